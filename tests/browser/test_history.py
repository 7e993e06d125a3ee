"""What an earlier session left behind and everything that is kept, in a real page: taken up, found, rated, deleted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, expect

import apimart_widgets as am
from tests.browser.lab import Server, load
from tests.browser.looker import WINDOW, Looker
from tests.browser.panel import PATIENCE, Panel, open_panel
from tests.sandbox_server import SandboxServer


def _kept_in(url: str, folder: Path) -> str:
    return "\n".join(
        [
            "import apimart_widgets as am",
            f'session = am.Session("sk-history", "{url}", library={str(folder)!r}, max_concurrency=1)',
            "panel = am.ImagePanel(session)",
            "panel",
        ]
    )


SUBMIT = "jobs = [session.submit(f'Fox {n}', quality=q) for n, q in (('[slow]', 'auto'), (1, 'low'), (2, 'low'))]"
MAKE = "\n".join(
    [
        "pictures = [('A red fox', 'low', 2), ('A lighthouse in a storm', 'high', 1), ('A red kite', 'high', 1)]",
        "for prompt, quality, n in pictures:",
        "    made = session.generate(prompt, quality=quality, n=n)",
        "print(len(session.library), 'kept')",
    ]
)


@pytest.fixture(scope="module")
def server() -> Iterator[SandboxServer]:
    with SandboxServer(seconds=0, flat=False) as running:
        yield running


def _open_history(panel: Panel) -> None:
    panel.root.get_by_role("button", name="History").click()
    expect(panel.root.get_by_role("heading", name=re.compile("^History"))).to_be_visible()


def _rows(panel: Panel) -> Locator:
    """The rows on the page, of the results or of the history, whichever is open."""
    return panel.root.locator(".apw-job:visible")


@pytest.mark.timeout(180)
def test_what_a_restart_left_behind_is_taken_up_or_offered(browser: Browser, jupyter: Server, tmp_path: Path) -> None:
    # The first lasts until the kernel is there again, however busy the machine.
    with SandboxServer(seconds=3) as slow:
        shown = _kept_in(slow.url, tmp_path / "library")
        cells = [shown, SUBMIT, shown]
        with open_panel(browser, jupyter, "restart", cells) as panel:
            panel.notebook.run(1)
            expect(panel.rows).to_have_count(3)
            expect(panel.rows.last.get_by_role("button", name="Hide")).to_be_visible(timeout=PATIENCE)  # it was sent
            panel.notebook.restart()
            panel.notebook.run(2)
            again = Panel(panel.notebook, 1)
            expect(again.root).to_contain_text("1 job from an earlier session is being picked up.", timeout=PATIENCE)
            offer = again.root.get_by_role("group", name="2 requests were never sent.")
            expect(again.rows).to_have_count(1)
            offer.get_by_role("button", name="Send").dblclick()
            expect(again.rows).to_have_count(3, timeout=PATIENCE)
            expect(offer).to_be_hidden()
            expect(again.pictures).to_have_count(3, timeout=60_000)
            ledger = slow.ledger()
            assert (len(ledger["tasks"]), ledger["billed_images"]) == (3, 3)


@pytest.mark.timeout(180)
def test_everything_kept_is_found_rated_and_deleted(
    browser: Browser, jupyter: Server, server: SandboxServer, tmp_path: Path
) -> None:
    shown = _kept_in(server.url, tmp_path / "library")
    cells = [shown, MAKE, "print([each.rating for each in session.library])", shown]
    with open_panel(browser, jupyter, "history", cells) as before:
        expect(before.notebook.run(1)).to_contain_text("4 kept")
        before.notebook.restart()
        before.notebook.run(3)
        panel = Panel(before.notebook, 1)
        expect(panel.prompt).to_be_visible(timeout=PATIENCE)
        expect(panel.rows).to_have_count(0)
        _open_history(panel)
        expect(_rows(panel)).to_have_count(3, timeout=PATIENCE)
        expect(_rows(panel).first).to_contain_text("A red kite")
        search = panel.root.get_by_role("searchbox", name="Search prompts")
        search.fill("RED")
        expect(_rows(panel)).to_have_count(2)
        panel.root.get_by_role("combobox", name="Quality", exact=True).last.select_option("high")
        expect(_rows(panel)).to_have_count(1)
        _rate_it(panel)
        _note_it(panel)
        panel.root.get_by_role("button", name="Clear filters").click()
        expect(_rows(panel)).to_have_count(3)
        search.fill("tail")
        expect(_rows(panel)).to_have_count(1)
        search.fill("")
        expect(_rows(panel)).to_have_count(3)
        panel.root.get_by_role("combobox", name="Rating").select_option(label="★ 4 and up")
        expect(_rows(panel)).to_have_count(1)
        expect(panel.notebook.run(2)).to_contain_text("[4, None, None, None]")
        _rows(panel).first.get_by_role("button", name="Reuse").click()
        expect(panel.prompt).to_have_value("A red kite")
        panel.root.get_by_role("button", name="Clear filters").click()
        expect(_rows(panel)).to_have_count(3)
        _delete_the_last(panel)
        panel.root.get_by_role("button", name="History").click()
        expect(panel.root.get_by_role("heading", name=re.compile("^Results"))).to_be_visible()


def _rate_it(panel: Panel) -> None:
    _rows(panel).first.locator(".apw-tile-open").click()
    panel.dialog.get_by_role("radio", name="4 stars").click()
    expect(panel.dialog.get_by_role("radio", name="4 stars")).to_be_checked()
    panel.page.keyboard.press("Escape")
    expect(_rows(panel).first).to_contain_text("★ 4")


def _note_it(panel: Panel) -> None:
    """The keys that step, zoom and rate are letters in the field; closing the dialog keeps what stands there."""
    _rows(panel).first.locator(".apw-tile-open").click()
    note = panel.dialog.get_by_role("textbox", name="Note")
    note.focus()
    panel.page.keyboard.type("The tail is cut off, 2 of 5")
    panel.page.keyboard.press("ArrowLeft")
    expect(note).to_have_value("The tail is cut off, 2 of 5")
    expect(panel.dialog.get_by_role("radio", name="4 stars")).to_be_checked()
    panel.page.keyboard.press("Escape")
    expect(panel.dialog).to_have_count(0)
    _rows(panel).first.locator(".apw-tile-open").click()
    expect(note).to_have_value("The tail is cut off, 2 of 5")
    panel.page.keyboard.press("Escape")


def _delete_the_last(panel: Panel) -> None:
    """Asked for first, and then gone for good."""
    last = _rows(panel).last
    last.get_by_role("button", name="More for").click()
    panel.root.get_by_role("menuitem", name="Delete").click()
    question = panel.root.get_by_role("group", name="Delete 2 pictures?")
    question.get_by_role("button", name="Keep").click()
    expect(_rows(panel)).to_have_count(3)
    last.get_by_role("button", name="More for").click()
    panel.root.get_by_role("menuitem", name="Delete").click()
    question.get_by_role("button", name="Delete").click()
    expect(_rows(panel)).to_have_count(2)
    expect(panel.notebook.run(2)).to_contain_text("[4, None]")


@pytest.mark.timeout(180)
def test_what_is_ticked_under_two_searches_is_so_after_a_reload(
    browser: Browser, jupyter: Server, server: SandboxServer, tmp_path: Path
) -> None:
    with am.Session("sk-earlier", server.url, library=tmp_path) as earlier:
        for prompt in ("A lighthouse in a storm", "A red kite"):
            earlier.generate(prompt)
    with open_panel(browser, jupyter, "history-reload", [_kept_in(server.url, tmp_path)]) as panel:
        _open_history(panel)
        search = panel.root.get_by_role("searchbox", name="Search prompts")
        for words in ("lighthouse", "kite"):
            search.fill(words)
            expect(_rows(panel)).to_have_count(1, timeout=PATIENCE)
            expect(_rows(panel)).to_contain_text(words)
            _rows(panel).locator(".apw-tick").check()
        expect(panel.tray).to_contain_text("2 selected")
        panel.notebook.save(panel.prompt)
        load(panel.page, jupyter, "history-reload", "lab")
        expect(panel.tray).to_contain_text("2 selected", timeout=PATIENCE)
        panel.tray.get_by_role("button", name="Compare").click()
        for words in ("lighthouse", "kite"):
            expect(panel.dialog.get_by_role("img", name=re.compile(words))).to_be_visible(timeout=PATIENCE)


@pytest.mark.timeout(180)
def test_the_history_is_accessible_and_fits(
    browser: Browser, jupyter: Server, server: SandboxServer, tmp_path: Path
) -> None:
    cells = [_kept_in(server.url, tmp_path / "library"), MAKE]
    with open_panel(browser, jupyter, "history-looks", cells, **WINDOW) as panel:
        expect(panel.notebook.run(1)).to_contain_text("4 kept")
        looker = Looker(panel.notebook, panel.root, "panel")
        _open_history(panel)
        expect(_rows(panel)).to_have_count(3, timeout=PATIENCE)
        expect(panel.root.locator(".apw-tile.apw-loaded:visible")).to_have_count(4, timeout=PATIENCE)
        looker.look("history")
        panel.root.get_by_role("searchbox", name="Search prompts").fill("a heron")
        expect(panel.root).to_contain_text("No picture matches all of these.")
        looker.look("history-nothing")
