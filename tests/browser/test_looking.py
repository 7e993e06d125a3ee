"""What is looked at, asked about or written down stays what it is while the rows around it change."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.browser.conftest import keep_screenshot
from tests.browser.lab import Server
from tests.browser.looker import DRAWN
from tests.browser.panel import FOX, PATIENCE, Panel, in_sandbox, open_panel

RUN = """code => jupyterapp.shell.currentWidget.sessionContext.session.kernel.requestExecute({code}).done"""
PRESS = """keys => {
  for (const key of keys) document.querySelector('dialog[open] .apw-stage').dispatchEvent(
    new KeyboardEvent('keydown', {key, bubbles: true, cancelable: true}));
}"""


def _kept_in(folder: Path) -> str:
    """The cell that shows a panel whose pictures outlive its kernel."""
    return in_sandbox(0).replace('":memory:"', repr(str(folder)))


def _open_history(panel: Panel) -> Locator:
    panel.root.get_by_role("button", name="History").click()
    return panel.root.locator(".apw-past .apw-tile-open")


def _after_a_restart(before: Panel) -> tuple[Panel, Locator]:
    """The second cell is run, the kernel restarted, and the third one shows a panel: that one, and its open history."""
    before.notebook.run(1)
    before.notebook.restart()
    before.notebook.run(2)
    panel = Panel(before.notebook, 1)
    return panel, _open_history(panel)


def _run(panel: Panel, code: str) -> None:
    """Run code as another window would, the dialog of this one open."""
    panel.page.evaluate(RUN, code)


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
        # It is about the pictures that are there.
        panel.page.keyboard.press("ArrowDown")
        panel.root.get_by_role("menuitem", name="Delete").click()
        expect(question).to_have_count(1)
        _run(panel, "session.delete(panel.results[:1])")
        expect(panel.openers).to_have_count(2)
        expect(panel.rows.first.get_by_role("group", name="Delete")).to_have_count(0)


@pytest.mark.timeout(120)
def test_what_is_looked_at_stays_until_it_is_deleted(browser: Browser, jupyter: Server, tmp_path: Path) -> None:
    cells = [
        _kept_in(tmp_path / "library"),
        "for prompt in ('A fox', 'A hare', 'An owl'):\n    session.rate(session.generate(prompt)[0], 4)",
        _kept_in(tmp_path / "library"),
        "print([each.note for each in session.library])",
    ]
    with open_panel(browser, jupyter, "looked-at", cells) as before:
        panel, openers = _after_a_restart(before)
        panel.root.get_by_role("combobox", name="Rating").select_option(label="★ 4 and up")
        expect(openers).to_have_count(3, timeout=PATIENCE)
        openers.nth(1).click()
        hare = panel.dialog.get_by_role("img", name="A hare")
        place = panel.dialog.locator(".apw-place")
        panel.dialog.get_by_role("radio", name="1 star").click()
        note = panel.dialog.get_by_role("textbox", name="Note")
        note.click()
        panel.page.keyboard.type("Not sharp,")
        # A job ends, so that the search is made again: it no longer finds what is looked at.
        _run(panel, "session.rate(session.generate('A newcomer')[0], 5)")
        expect(openers).to_have_count(3)
        expect(panel.root.locator(".apw-past")).to_contain_text("A newcomer", timeout=PATIENCE)
        expect(panel.root.locator(".apw-past")).not_to_contain_text("A hare")
        expect(hare).to_be_visible()
        expect(note).to_be_focused()
        panel.page.keyboard.type(" haze")
        expect(place).to_have_text("2 of 3")
        panel.dialog.get_by_role("button", name="Next").click()
        expect(panel.dialog.get_by_role("img", name="A fox")).to_be_visible()
        panel.page.keyboard.press("Escape")
        assert "'Not sharp, haze'" in panel.notebook.run(3).inner_text()
        # One that is hidden meanwhile has no place among the others.
        panel.root.get_by_role("button", name="History").click()
        panel.openers.first.click()
        expect(place).to_have_text("1 of 1")
        _run(panel, "session.jobs[-1].hide()")
        expect(panel.rows).to_have_count(0)
        expect(place).to_have_text("1 of 1")
        panel.dialog.get_by_role("button", name="Delete").click()
        panel.dialog.get_by_role("group").get_by_role("button", name="Delete").click()
        expect(panel.dialog).to_have_count(0)
        # Nor is it in the history that was read before.
        expect(panel.root.locator(".apw-past")).not_to_contain_text("A newcomer")


def test_what_stands_beside_a_picture_can_be_pressed_whatever_comes(browser: Browser, jupyter: Server) -> None:
    with open_panel(browser, jupyter, "beside", [in_sandbox(0)]) as panel:
        panel.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        _make(panel, "2")
        panel.openers.first.click()
        details = panel.dialog.locator(".apw-details")
        expect(panel.dialog.locator("img")).to_have_js_property("naturalWidth", 1024, timeout=PATIENCE)
        note = panel.dialog.get_by_role("textbox", name="Note")
        for words, name in (("The tail", "Copy"), (" is cut off", "Delete")):
            note.press_sequentially(words)
            button = details.get_by_role("button", name=name)
            button.scroll_into_view_if_needed()
            box = button.bounding_box()
            assert box is not None
            # The note is kept when the press begins, and what is pressed must be there still when it ends.
            panel.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, delay=60)
            expect(details.get_by_role("button", name={"Copy": "Copied", "Delete": "Keep"}[name])).to_be_focused()
        # Stars given elsewhere take no question away.
        _run(panel, "session.rate(panel.results[0], 2)")
        expect(panel.dialog.get_by_role("radio", name="2 stars")).to_be_checked()
        details.get_by_role("button", name="Keep").click()
        expect(details.get_by_role("button", name="Delete")).to_be_focused()
        note.press_sequentially(" ")
        _run(panel, "session.rate(panel.results[0], 3)")
        expect(panel.dialog.get_by_role("radio", name="3 stars")).to_be_checked()
        note.press_sequentially("and the ears")
        panel.page.keyboard.press("Tab")
        expect(details.get_by_role("button", name="Copy")).to_be_focused()
        # Stepping on makes the buttons anew; the focus goes to the same one.
        download = details.get_by_role("button", name="Download")
        download.focus()
        panel.page.keyboard.press("ArrowRight")
        expect(panel.dialog).to_contain_text("2 of 2")
        expect(download).to_be_focused()
        expect(note).to_have_value("")
        panel.page.keyboard.press("ArrowLeft")
        expect(note).to_have_value("The tail is cut off and the ears")


@pytest.mark.timeout(120)
def test_what_is_looked_at_is_whole_however_many_were_before(browser: Browser, jupyter: Server) -> None:
    with open_panel(browser, jupyter, "whole", [in_sandbox(0)]) as panel:
        panel.choice("Images", "4").click()
        for number in (1, 2, 3):
            panel.make(f"{FOX} {number}")
        expect(panel.pictures).to_have_count(12, timeout=PATIENCE)
        panel.openers.first.click()
        for number in range(1, 9):
            if number > 1:
                panel.page.keyboard.press("ArrowRight")
            expect(panel.dialog.locator(".apw-place")).to_have_text(f"{number} of 12")
            expect(panel.dialog.locator("img")).to_have_js_property("naturalWidth", 1024, timeout=PATIENCE)
        # On to the last and back to the first, faster than the kernel answers.
        panel.page.evaluate(PRESS, ["ArrowRight"] * 4 + ["ArrowLeft"] * 11)
        _run(panel, "pass")  # by when everything that was asked for has come
        expect(panel.dialog.locator(".apw-place")).to_have_text("1 of 12")
        expect(panel.dialog.get_by_text("Fetching the full picture")).to_be_hidden()
        expect(panel.dialog.locator("img")).to_have_js_property("naturalWidth", 1024, timeout=PATIENCE)
        panel.page.keyboard.press("Escape")
        # One of eight that are held, the one looked at longest ago, and one that is not.
        panel.ticks.nth(3).check()
        panel.ticks.nth(7).check()
        panel.tray.get_by_role("button", name="Compare").click()
        for picture in reversed(panel.dialog.locator("img").all()):
            expect(picture).to_have_js_property("naturalWidth", 1024, timeout=PATIENCE)


def test_the_card_of_a_job_is_whole_though_a_panel_hides_it(browser: Browser, jupyter: Server) -> None:
    cells = [in_sandbox(0), "job = session.submit('A red fox', n=4)\njob"]
    with open_panel(browser, jupyter, "card", cells) as panel:
        card = panel.notebook.run(1).locator(".apw-formless")
        expect(card.locator(".apw-tile.apw-loaded")).to_have_count(4, timeout=PATIENCE)
        panel.rows.first.get_by_role("button", name="More for").click()
        panel.root.get_by_role("menuitem", name="Hide").click()
        expect(panel.rows).to_have_count(0)
        expect(card.get_by_role("button", name="More for")).to_be_visible()
        expect(card.get_by_role("button", name="Show again")).to_have_count(0)
        card.locator(".apw-tile-open").first.click()
        expect(panel.dialog).to_contain_text("1 of 4")
        panel.page.keyboard.press("ArrowRight")
        expect(panel.dialog).to_contain_text("2 of 4")


@pytest.mark.timeout(120)
def test_the_keyboard_keeps_its_place(browser: Browser, jupyter: Server, tmp_path: Path) -> None:
    cells = [
        _kept_in(tmp_path / "library"),
        "for prompt in ('A fox', 'A hare', 'An owl', 'A kite'):\n    session.generate(prompt)",
    ]
    with open_panel(browser, jupyter, "places", cells) as panel:
        panel.notebook.run(1)
        expect(panel.pictures).to_have_count(4, timeout=PATIENCE)
        panel.openers.nth(2).click()
        following = panel.dialog.get_by_role("button", name="Next")
        following.press("Enter")
        expect(panel.dialog).to_contain_text("4 of 4")
        expect(following).to_be_focused()
        expect(following).to_have_attribute("aria-disabled", "true")
        panel.page.keyboard.press("Enter")
        panel.page.keyboard.press("ArrowLeft")
        expect(panel.dialog).to_contain_text("3 of 4")
        panel.page.keyboard.press("Escape")

        openers = _open_history(panel)
        search = panel.root.get_by_role("searchbox")
        for prompt, delete in (("owl", _delete_in_the_menu), ("fox", _delete_in_the_tray), ("hare", _delete_large)):
            search.fill(prompt)
            expect(openers).to_have_count(1)
            expect(openers.get_by_role("img", name=prompt)).to_be_visible()
            delete(panel, panel.root.locator(".apw-past .apw-job"))
            expect(openers).to_have_count(0)
            expect(search).to_be_focused()

        search.fill("kite")
        expect(openers).to_have_count(1)
        panel.root.locator(".apw-past .apw-tick").press("Space")
        search.fill("nothing")
        expect(openers).to_have_count(0)
        panel.tray.get_by_role("button", name="Clear").press("Enter")
        expect(panel.tray).to_be_hidden()
        expect(search).to_be_focused()

        history = panel.root.get_by_role("button", name="History")
        history.press("Enter")
        _run(panel, "for job in session.jobs[:3]: job.hide()")
        expect(panel.rows).to_have_count(1)
        panel.rows.get_by_role("button", name="More for").press("Enter")
        panel.root.get_by_role("menuitem", name="Hide").press("Enter")
        expect(panel.rows).to_have_count(0)
        expect(history).to_be_focused()
        _run(panel, "session.submit('A fox [fail]')")
        retry = panel.rows.get_by_role("button", name="Retry")
        retry.press("Enter")
        expect(panel.rows).to_have_count(2, timeout=PATIENCE)
        expect(panel.rows.last.get_by_role("heading")).to_be_focused()


def _delete_in_the_menu(panel: Panel, row: Locator) -> None:
    row.get_by_role("button", name="More for").press("Enter")
    panel.root.get_by_role("menuitem", name="Delete").press("Enter")
    row.get_by_role("group", name="Delete 1 picture?").get_by_role("button", name="Delete").press("Enter")


def _delete_in_the_tray(panel: Panel, row: Locator) -> None:
    row.locator(".apw-tick").press("Space")
    panel.tray.get_by_role("button", name="Delete").press("Enter")
    panel.tray.get_by_role("group").get_by_role("button", name="Delete").press("Enter")


def _delete_large(panel: Panel, row: Locator) -> None:
    row.locator(".apw-tile-open").press("Enter")
    panel.dialog.get_by_role("button", name="Delete").press("Enter")
    panel.dialog.get_by_role("group").get_by_role("button", name="Delete").press("Enter")


def test_a_picture_whose_file_is_gone_says_so(browser: Browser, jupyter: Server, tmp_path: Path) -> None:
    kept = _kept_in(tmp_path / "library")
    grid = "from apimart_widgets.grid import Grid\nGrid(session.library.search(), 'quality', 'prompt')"
    cells = [kept, "session.generate('A fox', n=2)", kept, grid]
    with open_panel(browser, jupyter, "file-gone", cells) as before:
        panel, openers = _after_a_restart(before)
        expect(openers).to_have_count(2, timeout=PATIENCE)
        expect(panel.root.locator(".apw-past .apw-tile.apw-loaded")).to_have_count(2, timeout=PATIENCE)
        cell = panel.notebook.run(3).locator(".apw-matrix-cell")
        expect(cell.locator("img[src]")).to_be_visible(timeout=PATIENCE)
        _run(panel, "files = [(each.path, each.path.read_bytes()) for each in session.library]")
        _run(panel, "for path, _ in files: path.unlink()")
        openers.first.click()
        said = panel.dialog.locator(".apw-chip").get_by_text("its file cannot be read")
        expect(said).to_be_visible(timeout=PATIENCE)
        panel.page.keyboard.press("ArrowRight")
        expect(panel.dialog).to_contain_text("2 of 2")
        expect(said).to_be_visible(timeout=PATIENCE)
        keep_screenshot(panel.page, "file-gone")
        panel.page.keyboard.press("Escape")
        cell.click()
        expect(said).to_be_visible(timeout=PATIENCE)
        panel.page.keyboard.press("Escape")
        # How large it is is not known either, once the history has been read again.
        panel.root.get_by_role("searchbox").fill("fox")
        openers.first.click()
        expect(panel.dialog.locator("dt", has_text="File")).to_have_count(0)
        expect(panel.dialog.locator("dt", has_text="Created")).to_be_visible()
        panel.page.keyboard.press("Escape")
        # It is asked for again when it is looked at again.
        _run(panel, "for path, data in files: path.write_bytes(data)")
        openers.first.click()
        expect(panel.dialog.locator("img")).to_have_js_property("naturalWidth", 1024, timeout=PATIENCE)
        expect(said).to_be_hidden()


def test_a_double_click_opens_once_and_does_no_more(browser: Browser, jupyter: Server) -> None:
    with open_panel(browser, jupyter, "double", [in_sandbox(0)]) as panel:
        _make(panel, "2")
        percent = panel.dialog.locator(".apw-percent")
        panel.openers.first.click()
        fitting = percent.inner_text()
        panel.page.keyboard.press("Escape")
        panel.openers.first.dblclick()
        expect(panel.dialog).to_have_count(1)
        expect(percent).to_have_text(fitting)
        panel.page.evaluate(DRAWN)
        panel.page.wait_for_timeout(600)  # after which it zooms
        panel.dialog.locator("img").dblclick()
        expect(percent).not_to_have_text(fitting)
        panel.page.keyboard.press("Escape")
        panel.root.locator(".apw-form-code").dblclick()
        expect(panel.dialog).to_contain_text("session.generate(", timeout=PATIENCE)
        panel.page.evaluate(DRAWN)
        panel.page.wait_for_timeout(600)  # after which a press beside it closes it
        panel.page.mouse.click(5, 5)
        expect(panel.dialog).to_have_count(0)


def test_what_is_said_goes_away_wherever_it_stands(browser: Browser, jupyter: Server) -> None:
    with open_panel(browser, jupyter, "said", [in_sandbox(0)]) as panel:
        _make(panel, "1")
        _run(panel, "panel._results_view.tell('say', text='In the panel.')")
        said = panel.root.locator(".apw-results-head .apw-said")
        expect(said).to_have_text("In the panel.")
        panel.openers.first.click()
        _run(panel, "panel._results_view.tell('say', text='In the dialog.')")
        expect(panel.dialog.locator(".apw-said")).to_have_text("In the dialog.")
        panel.page.keyboard.press("Escape")
        expect(said).to_have_text("In the panel.")
        expect(said).to_have_text("", timeout=10_000)
