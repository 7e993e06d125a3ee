"""Style sheets come into a page as widgets are shown, in any order: what a panel looks like does not depend on it."""

from __future__ import annotations

from playwright.sync_api import Browser, Page, expect

from tests.browser.lab import Server
from tests.browser.panel import FOX, PATIENCE, Panel, in_sandbox, open_panel

OTHER = 'other = am.Session(mode="sandbox", library=":memory:", sandbox_seconds=0)\n'
# What brings style sheets of its own into the page, and how it is found there.
SHOWN = {
    ".apw-formless .apw-loaded": OTHER + 'other.submit("A kite")',
    ".apw-sweep": OTHER + 'other.sweep(["A kite", "An owl"], quality=["low", "high"])',
    ".apw-matrix": OTHER
    + 'made = other.generate("A kite", quality="low") + other.generate("A kite", quality="high")\n'
    + 'am.Grid(made, "quality", "prompt")',
}
# Every element of the panel and of a dialog over it: where it is, how it is drawn, and how with the focus.
LOOKS = """() => {
  const all = document.querySelectorAll(":is(.apw-root, dialog[open]), :is(.apw-root, dialog[open]) *");
  return [...all].map((element) => {
    const [around, box] = [element.closest(".apw-root, dialog"), element].map((each) => each.getBoundingClientRect());
    const place = box.width ? [box.x - around.x, box.y - around.y, box.width, box.height] : [];
    const looks = [place.map(Math.round).join(" ")];
    for (const part of ["", "::before", "::after"]) looks.push(...getComputedStyle(element, part).cssText.split("; "));
    const before = document.activeElement;
    if (element.hasAttribute("tabindex") || element.tabIndex >= 0) element.focus({ preventScroll: true });
    const { outline, outlineOffset } = getComputedStyle(element);
    before.focus({ preventScroll: true });
    return [`${element.tagName} ${element.className}`, [...looks, `${outline} ${outlineOffset}`]];
  });
}"""
DIFFERENT = """([before, after]) => before.flatMap(([name, looks], place) => {
  const others = after[place]?.[1] ?? [];
  const lost = looks.filter((look, at) => look !== others[at]);
  return lost.length ? [[name, ...lost.slice(0, 5)].join(" | ")] : [];
})"""
TURN_ROUND = """() => {
  const sheets = [...document.querySelectorAll("head > style[id^=apimart_widgets]")];
  document.head.append(...sheets.reverse());
  return sheets.length;
}"""


def _look_alike_in_any_order(page: Page) -> None:
    page.keyboard.press("Shift")  # or the focus would not show
    before = page.evaluate_handle(LOOKS)
    assert page.evaluate(TURN_ROUND) > 5
    different = page.evaluate(DIFFERENT, [before, page.evaluate_handle(LOOKS)])
    page.evaluate(TURN_ROUND)
    assert different == []


def test_what_other_cells_show_leaves_the_panel_as_it_looks(browser: Browser, jupyter: Server) -> None:
    with open_panel(browser, jupyter, "beside", [in_sandbox(0), *SHOWN.values()]) as panel:
        _fill(panel)
        before = panel.page.evaluate_handle(LOOKS)
        for cell, shown in enumerate(SHOWN, start=1):
            panel.notebook.run(cell)
            expect(panel.page.locator(shown).first).to_be_visible(timeout=PATIENCE)
            assert panel.page.evaluate(DIFFERENT, [before, panel.page.evaluate_handle(LOOKS)]) == [], shown


def test_style_sheets_may_come_in_any_order(browser: Browser, jupyter: Server) -> None:
    with open_panel(browser, jupyter, "sheets", [in_sandbox(0)]) as panel:
        page = panel.page
        _fill(panel)
        for tick in panel.ticks.all():
            tick.check()
        _look_alike_in_any_order(page)
        for opener in (panel.tray.get_by_role("button", name="Compare"), panel.root.locator(".apw-form-code")):
            opener.click()
            expect(panel.dialog).to_be_visible()
            _look_alike_in_any_order(page)
            page.keyboard.press("Escape")
        panel.openers.first.click()
        expect(panel.dialog.locator("img").first).to_have_js_property("complete", True)
        _look_alike_in_any_order(page)
        page.keyboard.press("Escape")
        panel.button("History").click()
        expect(panel.root.get_by_role("searchbox")).to_be_visible()
        _look_alike_in_any_order(page)


def _fill(panel: Panel) -> None:
    """Rows of both ends, and every part of the form open."""
    panel.root.evaluate("root => { root.style.width = '860px'; }")  # whatever is shown below
    panel.choice("Images", "2").click()
    panel.make(FOX)
    panel.make(f"[fail] {FOX}")
    panel.button("More:").click()
    panel.button("Link").click()
    panel.button("Use a key").click()
    panel.page.evaluate("document.activeElement.blur()")
    panel.page.mouse.move(5, 5)
