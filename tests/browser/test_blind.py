"""Rating blindly in JupyterLab, with a real kernel: by keyboard to the end, across reload and restart, in private."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.lab import FrontEnd, Notebook, Server, Theme, load, open_cells
from tests.browser.looker import ANY, THEMES, WIDTHS_FROM_400, Looker
from tests.browser.panel import PATIENCE
from tests.sandbox_server import SandboxServer

FOXES = """
import apimart_widgets as am

session = am.Session({key!r}, {url!r}, library={library!r})
prompt = "A red fox resting on a snowy ridge at dusk"
if not len(session.library):
    for quality in ("low", "high"):
        session.generate(prompt, size="3:2", quality=quality, n=2)
blind = am.BlindComparison(session.library, by="quality", {arguments}, library=session, language="{language}")
blind
"""
RATINGS = "print([row['choice'] for row in blind.ratings])"
DELETE = "session.delete([each for each in session.library if each.sha256 == blind.plan.pairs[2].a])"


class Blind:
    """A blind comparison in a page."""

    def __init__(self, notebook: Notebook) -> None:
        self.notebook = notebook
        self.page = notebook.page
        self.root = self.page.locator(".apw-blind")
        self.card = self.root.locator(".apw-blind-card")
        self.stage = self.root.locator(".apw-blind-stage")
        self.pictures = self.root.locator("img")
        self.undo = self.root.get_by_role("button", name="Undo")
        self.progress = self.root.locator(".apw-blind-progress")

    def button(self, name: str) -> Locator:
        return self.root.get_by_role("button", name=name, exact=True)

    def at(self, number: int, total: int) -> None:
        """Until this pair is shown and a press counts."""
        expect(self.progress).to_have_text(f"{number} of {total}", timeout=PATIENCE)
        self.ready()

    def ready(self) -> None:
        expect(self.card).to_have_attribute("data-ready", "true", timeout=PATIENCE)
        for picture in self.pictures.all():
            expect(picture).to_have_js_property("naturalWidth", 1536)


def _cell(origin: SandboxServer, folder: Path, arguments: str = 'rater="anna"', language: str = "en") -> str:
    there = {"key": f"sk-{folder.name}", "url": origin.url, "library": str(folder / "library")}
    return FOXES.format(**there, arguments=arguments, language=language).strip()


@contextmanager
def open_blind(browser: Browser, server: Server, name: str, cell: str, front_end: FrontEnd = "lab") -> Iterator[Blind]:
    """A notebook whose first cell shows a blind comparison."""
    with open_cells(browser, server, name, [cell, RATINGS, DELETE], front_end, width=1700, height=1500) as notebook:
        notebook.run(0)
        yield Blind(notebook)


@pytest.mark.timeout(240)
def test_a_whole_comparison_by_keyboard(
    browser: Browser, jupyter: Server, origin: SandboxServer, tmp_path: Path
) -> None:
    cell = _cell(origin, tmp_path, "rater=None")
    with open_blind(browser, jupyter, "blind-keyboard", cell, "notebook") as blind:
        cells = blind.notebook.cells.count()
        name = blind.root.get_by_role("textbox", name="Your pseudonym")
        name.focus()
        blind.page.keyboard.type("anna 00dd")
        blind.page.keyboard.press("Enter")
        blind.at(1, 5)
        expect(blind.stage).to_be_focused()
        # A press too many, of a key that bounces, and letters that are shortcuts of the notebook.
        for key in ("ArrowLeft", "ArrowLeft", "a", "b", "0", "0"):
            blind.page.keyboard.press(key)
        blind.at(2, 5)
        for number, key in enumerate(["ArrowRight", "ArrowDown", " "], start=3):
            blind.page.keyboard.press(key)
            blind.at(number, 5)
        blind.page.keyboard.press("u")
        blind.at(4, 5)
        blind.page.keyboard.press("Backspace")
        blind.at(3, 5)
        for number, key in enumerate(["ArrowRight", "ArrowRight"], start=4):
            blind.page.keyboard.press(key)
            blind.at(number, 5)
        blind.page.keyboard.press("ArrowDown")
        expect(blind.root).to_contain_text("Thank you, anna 00dd. You decided all 5 pairs.")
        expect(blind.root).to_contain_text("Pairs that came twice: 1. You decided the same way both times:")
        expect(blind.undo).to_be_focused()
        assert blind.notebook.cells.count() == cells
        assert blind.page.locator(".jp-Dialog").count() == 0
        expect(blind.notebook.run(1)).to_contain_text("['a', 'b', 'b', 'b', 'tie']")


@pytest.mark.timeout(240)
def test_buttons_choose_and_give_the_focus_back(
    browser: Browser, jupyter: Server, origin: SandboxServer, tmp_path: Path
) -> None:
    with open_blind(browser, jupyter, "blind-buttons", _cell(origin, tmp_path)) as blind:
        expect(blind.undo).to_have_attribute("aria-disabled", "true")
        for number, name in enumerate(["Left", "No difference", "Right"], start=1):
            blind.at(number, 5)
            blind.button(name).dblclick()
        blind.at(4, 5)
        # The space bar is now the question's, not the last button's.
        expect(blind.stage).to_be_focused()
        blind.page.keyboard.press(" ")
        blind.at(5, 5)
        blind.undo.click()
        blind.at(4, 5)
        expect(blind.notebook.run(1)).to_contain_text("['a', 'tie', 'b']")


@pytest.mark.timeout(240)
def test_a_reload_and_a_restart_go_on_where_it_was(
    browser: Browser, jupyter: Server, origin: SandboxServer, tmp_path: Path
) -> None:
    with open_blind(browser, jupyter, "blind-resume", _cell(origin, tmp_path)) as blind:
        blind.at(1, 5)
        blind.stage.focus()
        blind.page.keyboard.press("ArrowLeft")
        blind.at(2, 5)
        blind.notebook.save()
        load(blind.page, jupyter, "blind-resume", "lab")
        blind.at(2, 5)
        blind.stage.focus()
        blind.page.keyboard.press("ArrowRight")
        blind.at(3, 5)
        blind.notebook.cells.nth(1).locator(".cm-content").click()
        blind.notebook.restart()
        blind.notebook.run(0)
        blind.at(3, 5)
        expect(blind.notebook.run(1)).to_contain_text("['a', 'b']")


@pytest.mark.timeout(240)
def test_a_pair_whose_picture_was_deleted_is_gone_past(
    browser: Browser, jupyter: Server, origin: SandboxServer, tmp_path: Path
) -> None:
    with open_blind(browser, jupyter, "blind-deleted", _cell(origin, tmp_path)) as blind:
        go_on = blind.root.get_by_role("button", name="Go on without this pair")
        blind.at(1, 5)
        expect(go_on).to_be_hidden()
        blind.notebook.run(2)
        skipped = 0
        for number in range(1, 6):
            expect(blind.progress).to_have_text(f"{number} of 5", timeout=PATIENCE)
            blind.stage.focus()
            expect(go_on.or_(blind.root.locator("[data-ready=true] .apw-blind-stage"))).to_be_visible(timeout=PATIENCE)
            if go_on.is_hidden():
                blind.page.keyboard.press("ArrowLeft")
                continue
            expect(blind.root.get_by_role("alert")).to_contain_text("or go on without the pair")
            if not skipped:
                Looker(blind.notebook, blind.root, "blind", widths=WIDTHS_FROM_400, impacts=ANY).look("deleted")
                blind.stage.focus()
            skipped += 1
            for _ in range(4):  # past the three answers
                blind.page.keyboard.press("Tab")
            expect(go_on).to_be_focused()
            blind.page.keyboard.press("Enter")
        assert skipped
        expect(blind.root).to_contain_text(
            f"Pairs you decided: {5 - skipped}. Pairs that could not be shown: {skipped}."
        )
        expect(blind.undo).to_be_focused()
        expect(go_on).to_be_hidden()
        expect(blind.notebook.run(1)).to_contain_text(str(["a"] * (5 - skipped)))


@pytest.mark.timeout(240)
def test_nothing_in_the_page_tells_which_is_which(
    browser: Browser, jupyter: Server, origin: SandboxServer, tmp_path: Path
) -> None:
    secrets = "print(sorted({s for i in session.library for s in (i.sha256, i.sha256[:12], i.task_id, i.file_name)}))"
    with open_blind(browser, jupyter, "blind-private", _cell(origin, tmp_path)) as blind:
        blind.at(1, 5)
        frames = _heard(blind.page)
        blind.notebook.run(0)
        blind.at(1, 5)
        blind.stage.focus()
        blind.page.keyboard.press("ArrowLeft")
        blind.at(2, 5)
        html = blind.root.evaluate("root => root.outerHTML")
        heard = [frame for frame in frames if '"state"' in frame or "apw-blind" in frame or '"pair"' in frame]
        assert heard, "nothing of the comparison was heard on the way"
        blind.notebook.cells.nth(1).locator(".cm-content").click()
        blind.page.keyboard.press("Control+a")
        blind.page.keyboard.type(secrets)
        output = blind.notebook.run(1).inner_text()
        known = json.loads(output.strip().replace("'", '"'))
        assert len(known) >= 10
        for text in (html, *heard):
            assert not [secret for secret in known if secret in text]
        assert not re.search(r"\blow\b|\bhigh\b|quality|red fox", html)
        alts = blind.pictures.evaluate_all("pictures => pictures.map((picture) => picture.alt)")
        assert alts == ["Left picture", "Right picture"]
        sizes = blind.pictures.evaluate_all(
            """async pictures => Promise.all(pictures.map(async (picture) => {
              const blob = await (await fetch(picture.src)).blob();
              const {width, height} = picture.getBoundingClientRect();
              return [blob.size, blob.type, picture.naturalWidth, picture.naturalHeight, width, height].join();
            }))"""
        )
        assert len(set(sizes)) == 1


def _heard(page: Page) -> list[str]:
    """What comes from the kernel from now on, over the connection that is open."""
    frames: list[str] = []

    def keep(event: dict[str, Any]) -> None:
        payload = event["response"]["payloadData"]
        binary = event["response"]["opcode"] == 2
        frames.append(base64.b64decode(payload).decode(errors="ignore") if binary else payload)

    protocol = page.context.new_cdp_session(page)
    protocol.on("Network.webSocketFrameReceived", keep)
    protocol.send("Network.enable")
    return frames


# ---- how it looks


@pytest.mark.timeout(240)
@pytest.mark.parametrize(("language", "themes"), [("en", THEMES), ("zh", ["light"])])
def test_it_is_accessible_and_fits(
    browser: Browser, jupyter: Server, origin: SandboxServer, tmp_path: Path, language: str, themes: Sequence[Theme]
) -> None:
    cell = _cell(origin, tmp_path, "rater=None, pairs=9", language)
    with open_blind(browser, jupyter, f"blind-looks-{language}", cell) as blind:
        name, widths = f"blind-{language}", WIDTHS_FROM_400
        looker = Looker(blind.notebook, blind.root, name, widths=widths, themes=themes, impacts=ANY)
        expect(blind.root.get_by_role("textbox")).to_be_visible(timeout=PATIENCE)
        looker.look("name")
        blind.root.get_by_role("textbox").fill("anna")
        blind.page.keyboard.press("Enter")
        blind.ready()
        looker.look("pair")
        for _ in range(5):
            blind.ready()
            blind.stage.focus()
            before = blind.card.evaluate("card => card.querySelector('[role=progressbar]').ariaValueNow")
            blind.page.keyboard.press("ArrowLeft")
            expect(blind.root.get_by_role("progressbar")).not_to_have_attribute("aria-valuenow", before)
        expect(blind.root.locator(".apw-blind-end")).to_contain_text("anna")
        looker.look("end")
