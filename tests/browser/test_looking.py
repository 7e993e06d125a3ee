"""What is looked at, asked about or written down stays what it is while the rows around it change."""

from __future__ import annotations

from playwright.sync_api import Browser, expect

from tests.browser.lab import Server
from tests.browser.panel import FOX, PATIENCE, Panel, in_sandbox, open_panel


def _make(panel: Panel, number: str) -> None:
    panel.choice("Images", number).click()
    panel.make(FOX)
    expect(panel.pictures).to_have_count(int(number), timeout=PATIENCE)


def _names(panel: Panel) -> list[str | None]:
    return [picture.get_attribute("alt") for picture in panel.pictures.all()]


def test_a_question_goes_with_what_it_was_asked_about(browser: Browser, jupyter: Server) -> None:
    with open_panel(browser, jupyter, "questions", [in_sandbox(0)]) as panel:
        _make(panel, "4")
        before = _names(panel)
        panel.ticks.nth(0).check()
        panel.tray.get_by_role("button", name="Delete").click()
        question = panel.tray.get_by_role("group", name="Delete 1 picture?")
        expect(question.get_by_role("button", name="Keep")).to_be_focused()
        panel.ticks.nth(2).check()
        expect(question).to_have_count(0)
        expect(panel.tray).to_contain_text("2 selected")
        panel.ticks.nth(0).uncheck()
        panel.tray.get_by_role("button", name="Delete").click()
        question.get_by_role("button", name="Delete").click()
        expect(panel.openers).to_have_count(3, timeout=PATIENCE)
        assert _names(panel) == [*before[:2], before[3]]
        # A row asks once, however often Delete is chosen from its menu.
        for _ in range(2):
            panel.rows.first.get_by_role("button", name="More for").click()
            panel.root.get_by_role("menuitem", name="Delete").click()
        question = panel.rows.first.get_by_role("group", name="Delete 3 pictures?")
        expect(question).to_have_count(1)
        question.get_by_role("button", name="Keep").click()
        expect(question).to_have_count(0)
        expect(panel.rows.first.get_by_role("button", name="More for")).to_be_focused()
