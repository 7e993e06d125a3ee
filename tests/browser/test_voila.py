"""The panel on a page of Voila: a notebook without its code, with a kernel behind it."""

from __future__ import annotations

from playwright.sync_api import Browser, Page, expect

from tests.browser.lab import Notebook, Server
from tests.browser.looker import STICKS_OUT, keep, let_axe_judge
from tests.browser.panel import FOX, PATIENCE, Panel, in_sandbox

TAKES_THE_WIDTH = """([panel, width]) => {
  const own = panel.getBoundingClientRect().width;
  return width - 60 < own && own < width;
}"""


def test_pictures_are_made_and_looked_at_by_keyboard(browser: Browser, jupyter: Server) -> None:
    jupyter.write("voila", [in_sandbox()])
    page = browser.new_page(viewport={"width": 1280, "height": 1000})
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(f"{error.message}\n{error.stack}"))
    page.route("https://**", lambda route: route.abort())  # Voila asks a CDN for icons
    page.goto(f"{jupyter.url}/voila/render/voila.ipynb")
    panel = Panel(Notebook(page, "voila"))
    expect(panel.prompt).to_be_visible(timeout=PATIENCE)
    _ask_for_two(panel)
    _look_at_the_second(panel)
    expect(page.locator(".apw-snapshot")).to_be_attached()
    expect(page.locator(".apw-snapshot")).to_be_hidden()
    _fits(panel)
    page.close()
    assert not [error for error in errors if "apw" in error or "anywidget" in error or "blob:" in error]


def _ask_for_two(panel: Panel) -> None:
    panel.choice("Images", "2").click()
    panel.write(FOX)
    panel.page.keyboard.press("Control+Enter")
    expect(panel.pictures).to_have_count(2, timeout=PATIENCE)


def _look_at_the_second(panel: Panel) -> None:
    panel.openers.nth(1).focus()
    panel.page.keyboard.press("Enter")
    expect(panel.dialog.locator("img")).to_have_js_property("naturalWidth", 1024, timeout=PATIENCE)
    expect(panel.dialog).to_contain_text("2 of 2")
    panel.page.keyboard.press("Escape")
    expect(panel.openers.nth(1)).to_be_focused()
    panel.ticks.nth(1).focus()
    panel.page.keyboard.press("Space")
    expect(panel.tray).to_contain_text("1 selected")


def _fits(panel: Panel) -> None:
    """From a telephone to a wide screen: the panel takes the page's width and nothing sticks out of either."""
    for width in (400, 1700):
        panel.page.set_viewport_size({"width": width, "height": 1000})
        # A page learns its new size a moment after it was given.
        panel.page.wait_for_function(TAKES_THE_WIDTH, arg=[panel.root.element_handle(), width])
        keep(panel.page.locator("body"), f"voila-{width}")
        assert panel.root.evaluate(STICKS_OUT) == []
        assert not _scrolls_sideways(panel.page)
    let_axe_judge(panel.root, "finished")


def _scrolls_sideways(page: Page) -> bool:
    sideways: bool = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    return sideways
