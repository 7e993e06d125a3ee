"""The panel by keyboard alone, for screen readers, in light and dark, wide and narrow."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.browser.lab import Server
from tests.browser.looker import WINDOW, Looker
from tests.browser.panel import FOX, PATIENCE, Panel, in_sandbox, open_panel

# An outline on the focused element, on its box, or on what it draws of itself; otherwise the element.
FOCUS_SHOWS = """() => {
  const focused = document.activeElement;
  const styles = [[focused], [focused, "::after"], [focused.parentElement]].map((part) => getComputedStyle(...part));
  const shows = ({ outlineStyle, outlineWidth }) => outlineStyle !== "none" && parseFloat(outlineWidth) > 0;
  return styles.some(shows) ? "" : focused.outerHTML.slice(0, 160);
}"""


def _tab_to(panel: Panel, target: Locator, key: str = "Tab") -> None:
    """Press Tab until the target has the focus; on the way it is never invisible."""
    for _ in range(40):
        panel.page.keyboard.press(key)
        assert panel.page.evaluate(FOCUS_SHOWS) == ""
        if target.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"40 presses of {key} did not lead to {target}")


def test_the_keyboard_alone_suffices(browser: Browser, jupyter: Server) -> None:
    with open_panel(browser, jupyter, "keyboard", [in_sandbox(0)]) as panel:
        keyboard = panel.page.keyboard
        panel.prompt.focus()
        keyboard.type(FOX)
        _tab_to(panel, panel.choice("Images", "1"))
        keyboard.press("ArrowRight")
        expect(panel.choice("Images", "2")).to_have_attribute("aria-checked", "true")
        expect(panel.choice("Images", "2")).to_be_focused()
        _tab_to(panel, panel.generate)
        expect(panel.generate).to_contain_text("Generate 2")
        keyboard.press("Enter")
        expect(panel.pictures).to_have_count(2, timeout=PATIENCE)
        expect(panel.generate).to_be_focused()
        _tab_to(panel, panel.openers.first)
        keyboard.press("Enter")
        expect(panel.dialog.locator("img")).to_have_js_property("naturalWidth", 1024, timeout=PATIENCE)
        assert panel.page.evaluate(FOCUS_SHOWS) == ""
        keyboard.press("ArrowRight")
        expect(panel.dialog).to_contain_text("2 of 2")
        keyboard.press("Escape")
        expect(panel.openers.first).to_be_focused()
        _tab_to(panel, panel.ticks.first)
        keyboard.press("Space")
        _tab_to(panel, panel.ticks.nth(1))
        keyboard.press("Space")
        expect(panel.tray).to_contain_text("2 selected")
        compare = panel.tray.get_by_role("button", name="Compare")
        _tab_to(panel, compare)
        keyboard.press("Enter")
        expect(panel.dialog.locator("img")).to_have_count(2)
        _tab_to(panel, panel.dialog.get_by_role("button", name="Slider"), "Shift+Tab")
        keyboard.press("Enter")
        _tab_to(panel, panel.dialog.get_by_role("slider"))
        keyboard.press("ArrowLeft")
        expect(panel.dialog.get_by_role("slider")).to_have_attribute("aria-valuenow", "48")
        keyboard.press("Escape")
        expect(panel.dialog).to_have_count(0)
        expect(compare).to_be_focused()
        panel.openers.first.focus()
        keyboard.press("Enter")
        delete = panel.dialog.get_by_role("button", name="Delete")
        _tab_to(panel, delete)
        keyboard.press("Enter")
        _tab_to(panel, delete, "Shift+Tab")
        keyboard.press("Enter")
        expect(panel.openers).to_have_count(1)
        expect(panel.dialog.locator(".apw-stage")).to_be_focused()
        keyboard.press("Escape")
        expect(panel.openers).to_be_focused()


@pytest.mark.timeout(240)
def test_every_state_is_accessible_and_fits(browser: Browser, jupyter: Server) -> None:
    wrong = {"size": "7:5", "image_urls": ["file:///home/me/fox.png", "https://user:secret@a.example/1.png"]}
    cells = [f"panel.request = am.ImageRequest.from_payload({request})" for request in (wrong, {})]
    with open_panel(browser, jupyter, "looks", [in_sandbox(0.3), *cells], **WINDOW) as panel:
        looker = Looker(panel.notebook, panel.root, "panel")
        looker.look("empty")
        _problems(panel, looker)
        _key_form_and_more(panel, looker)
        _finished(panel, looker)
        _in_every_condition(panel, looker)
        _dialogs(panel, looker)


def _problems(panel: Panel, looker: Looker) -> None:
    panel.notebook.run(1)
    expect(panel.references.get_by_role("listitem").first).to_be_visible()
    panel.generate.click()
    expect(panel.problems).to_be_visible()
    looker.look("problems")
    panel.notebook.run(2)
    expect(panel.problems).to_be_hidden()


def _key_form_and_more(panel: Panel, looker: Looker) -> None:
    panel.button("Use a key").click()
    panel.button("Connect").click()
    panel.root.locator(".apw-more").click()
    panel.select("Background", "transparent")
    expect(panel.root.locator(".apw-more")).to_contain_text("transparent")
    panel.select("Format", "jpeg")
    expect(panel.root.locator(".apw-more-box")).to_contain_text("so the background is auto now")
    looker.look("key-and-more")
    panel.select("Format", "png")
    panel.prompt.fill(FOX)
    panel.button("Cancel").click()
    panel.root.locator(".apw-more").click()


def _finished(panel: Panel, looker: Looker) -> None:
    panel.choice("Images", "4").click()
    panel.select("Size", "3:2")
    panel.choice("Quality", "low").click()
    panel.make("A lighthouse on a cliff above a stormy sea")
    panel.choice("Quality", "high").click()
    panel.make(FOX)
    for place in (0, 5):
        panel.ticks.nth(place).click()
    expect(panel.pictures).to_have_count(8, timeout=PATIENCE)
    looker.look("results")
    looker.keep_for_the_readme()


def _in_every_condition(panel: Panel, looker: Looker) -> None:
    panel.make("[refuse] An ancient castle under a starry sky, in the style of a living artist")
    panel.write("A hot air balloon over lavender fields at sunrise [slow]")
    panel.choice("Images", "3").click()
    panel.select("Size", "2:3")
    panel.generate.click()
    expect(panel.placeholders).to_have_count(3)
    looker.look("running")


def _dialogs(panel: Panel, looker: Looker) -> None:
    # Whatever came above it meanwhile.
    fox = panel.rows.filter(has_text=FOX).first
    fox.locator(".apw-tile-open").nth(1).click()
    expect(panel.dialog.locator("img")).to_have_js_property("naturalWidth", 1536, timeout=PATIENCE)
    expect(panel.dialog.locator(".apw-chip")).to_be_hidden()
    looker.look("large")
    panel.page.keyboard.press("Escape")
    panel.tray.get_by_role("button", name="Compare").click()
    for picture in panel.dialog.locator("img").all():
        expect(picture).to_have_js_property("naturalWidth", 1536, timeout=PATIENCE)
    looker.look("compare")
    panel.dialog.get_by_role("button", name="Slider").click()
    looker.look("slider")
    panel.page.keyboard.press("Escape")
    panel.tray.get_by_role("button", name="Python").click()
    expect(panel.dialog).to_contain_text("session.submit(")
    looker.look("code")
    panel.page.keyboard.press("Escape")
    panel.rows.last.get_by_role("button", name="More for").click()
    expect(panel.root.get_by_role("menu")).to_be_visible()
    looker.judge("menu")
    panel.page.keyboard.press("Escape")


# What stays as it is in any language: names, the API's words for values, what the user wrote, what a server said, and
# the names of tasks and files.
_UNTRANSLATED = re.compile(
    r"\b(gpt-image-[\w.-]+|auto|medium|high|opaque|transparent|jpeg|webp|APIMart|Python|cURL|JSON|Ctrl|Enter|JPEG"
    r"|task_\w+|[0-9a-f]{12})\b|\[refuse\]|The content policy does not allow this prompt: it holds"
)


@pytest.mark.timeout(180)
def test_it_speaks_chinese_everywhere(browser: Browser, jupyter: Server) -> None:
    with open_panel(browser, jupyter, "chinese", [in_sandbox(0, language="zh")], **WINDOW) as panel:
        panel.generate.click()
        expect(panel.root).to_contain_text("提示词为空")
        _is_chinese(panel.root)
        panel.root.locator(".apw-more").click()
        panel.root.get_by_role("button", name="使用密钥").click()
        panel.select("格式", "jpeg")
        expect(panel.root.locator(".apw-more")).to_contain_text("jpeg")
        panel.select("背景", "transparent")
        expect(panel.root).to_contain_text("JPEG 不能透明，因此格式已改为 png。")
        _is_chinese(panel.root)
        panel.prompt.fill("雪山上的狐狸")
        panel.generate.click()
        expect(panel.pictures).to_have_count(1, timeout=PATIENCE)
        panel.prompt.fill("[refuse] 雪")
        expect(panel.generate).to_have_attribute("aria-disabled", "false")
        panel.generate.click()
        expect(panel.root.get_by_role("button", name="修改提示词")).to_be_visible(timeout=PATIENCE)
        panel.ticks.first.click()
        _is_chinese(panel.root)
        Looker(panel.notebook, panel.root, "chinese", themes=["light"]).look("results")
        panel.openers.first.click()
        _is_chinese(panel.dialog)
        panel.page.keyboard.press("Escape")


def _is_chinese(part: Locator) -> None:
    hidden: list[str] = part.locator("[aria-label], [title], img").evaluate_all(
        "all => all.map(one => [one.ariaLabel, one.title, one.alt].filter(Boolean).join(' '))"
    )
    said = " ".join([part.inner_text(), *hidden])
    assert re.findall(r"[A-Za-z]{4,}", _UNTRANSLATED.sub("", said)) == []
