"""The panel on three kernels: the same gestures, in idle and in busy kernels, come to the same end on each.

ipykernel 6.31 handles a gesture after the cell that runs; 7.3 and 7.4 at once, on another thread. What must not differ
is what becomes of it. The pictures are flat colours from a sandbox server: painting is not the subject.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import tempfile
import threading
from pathlib import Path
from typing import Any

import pytest

import apimart_widgets as am
from apimart_widgets.jobs import FINAL
from tests.kernel.conftest import PATIENCE
from tests.kernel.front_end import FrontEnd
from tests.kernel.page import Page, root
from tests.kernel.versions import VERSIONS, running
from tests.sandbox_server import SandboxServer

ORDER = ("queued", "uploading", "sending", "submitted", "processing", "downloading")

SETUP = """
import asyncio, pathlib, time
import ipykernel
import apimart_widgets as am
release = pathlib.Path({release!r})
session = am.Session(library=":memory:")
print(ipykernel.__version__)
"""

EDIT = """
from PIL import Image
import io
address = session.reference(Image.new("RGB", (128, 128), "teal"))
panel.request = am.ImageRequest("A fox in a hat", image_urls=(address,))
def painted_rows(request):
    if request.mask_url is None:
        return 0
    mask = Image.open(io.BytesIO(session.held(request.mask_url).data))
    return mask.getchannel("A").histogram()[0] // mask.width
"""

# Cells that stay busy until the front end has seen enough, and the size that is chosen meanwhile.
BUSY = {
    "sleeping": ("while not release.exists(): time.sleep(0.02)", "2:3"),
    "computing": ("while not release.exists(): sum(range(20_000))", "3:2"),
    "awaiting": ("while not release.exists(): await asyncio.sleep(0.02)", "1:1"),
}


@dataclasses.dataclass
class Story:
    """What a page has seen of one kernel, without what differs from run to run: times, ids, how often it polled."""

    version: str = ""
    mended: dict[str, str] = dataclasses.field(default_factory=dict)
    handled_while_busy: dict[str, bool] = dataclasses.field(default_factory=dict)
    has_subshells: bool = False
    moves: set[tuple[str, str]] = dataclasses.field(default_factory=set)
    rows: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    thumbnails: list[str] = dataclasses.field(default_factory=list)
    ticked: list[int] = dataclasses.field(default_factory=list)
    overtaken: list[str] = dataclasses.field(default_factory=list)
    painted_over: list[str] = dataclasses.field(default_factory=list)
    complaints: list[str] = dataclasses.field(default_factory=list)


@functools.cache
def story(version: str) -> Story:
    """The whole story, told once for every version."""
    told = Story()
    with tempfile.TemporaryDirectory() as folder, SandboxServer(seconds=0.3) as server:
        release = Path(folder) / "release"
        with running(version, server) as manager, FrontEnd(manager) as front:
            told.version = front.run(SETUP.format(release=str(release))).text.strip()
            told.has_subshells = front.has_subshells
            page = Page(front, root(front.run("panel = am.ImagePanel(session)\npanel")))
            _idle(page, told)
            for name in BUSY:
                told.handled_while_busy[name] = _busy(page, name, release)
            _failing(page)
            _two_panels(page)
            _missed(page)
            _ticked(page, told)
            _read_at_once(page, told)
            _paid_as_painted(page, told)
            told.rows = [_timeless(row) for row in page.rows]
            told.moves = page.moves()
            told.thumbnails = _digests(page)
            with FrontEnd(manager) as reloaded:
                _reloaded(page, reloaded, told)
            told.complaints += front.complaints
    return told


def _idle(page: Page, told: Story) -> None:
    """Controls are changed, one change mends another control, and a press makes two pictures."""
    page.choose("output-format", "jpeg")
    page.choose("background", "transparent")
    page.front.wait(lambda: page.chosen("output-format") == "png")
    told.mended = {field: page.chosen(field) for field in ("output-format", "background")}
    page.choose("background", "auto")
    page.choose("quality", "low")
    page.choose("n", "2")
    page.press("A red fox", "idle")
    page.wait_for(1)


def _busy(page: Page, name: str, release: Path) -> bool:
    """A job ends while a cell runs; then a size is chosen and Generate pressed five times, before the cell ends.

    Returns whether the press was answered while the cell still ran.
    """
    front, before = page.front, len(page.rows)
    waiting, size = BUSY[name]
    cell = front.start(f"panel.submit()\nprint('busy', flush=True)\n{waiting}")
    front.wait(lambda: front.printed(cell))
    page.wait_for(before + 1)
    assert front.busy(cell), "the cell ended before its job"
    page.choose("size", size)
    for _ in range(5):
        page.press(f"A fox, {name}", name)
    if front.has_subshells:
        front.wait(lambda: page.answered(name))
    at_once = front.busy(cell) and page.answered(name)
    release.touch()
    front.finish(cell)
    release.unlink()
    page.settle()
    page.wait_for(before + 2)
    return at_once


def _failing(page: Page) -> None:
    before = len(page.rows)
    page.choose("n", "1")
    for prompt in ("[refuse] A fox", "[fail] A fox"):
        page.press(prompt, prompt)
    page.settle()
    page.wait_for(before + 2)


def _two_panels(page: Page) -> None:
    """Jobs of two panels on one session, side by side; both pages end with the same rows."""
    front, before = page.front, len(page.rows)
    other = Page(front, root(front.run("other = am.ImagePanel(session)\nother")))
    assert len(other.rows) == before
    other.press("From the second panel", "second")
    front.wait(lambda: other.answered("second"))
    page.press("From the first panel", "first")
    for each in (page, other):
        each.wait_for(before + 2)
    assert other.rows == page.rows
    assert _digests(other) == _digests(page)


def _missed(page: Page) -> None:
    """A page is sent the rows that changed, and all of them only where it has missed some."""
    told, rows = page.results.messages("rows"), page.rows
    assert rows
    # Each goes once with every change of its status, however many there are.
    assert sum(len(each.get("changed", ())) for each in told) <= 8 * len(rows)
    page.settle()
    told = page.results.messages("rows")
    page.settle()
    assert page.results.messages("rows") == told
    page.results.state |= {"turn": page.results.state["turn"] - 1, "rows": []}
    page.settle()
    assert page.rows == rows


def _ticked(page: Page, told: Story) -> None:
    wanted = [page.images[2], page.images[0]]
    for identity in wanted:
        page.front.send(page.results, kind="tick", id=identity, on=True)
    page.front.wait(lambda: page.results.state["selected"] == wanted)
    told.ticked = [page.images.index(identity) for identity in wanted]


def _read_at_once(page: Page, told: Story) -> None:
    """A cell is run at the moment in which something was typed, and one in which a tick was set or taken away."""
    identity = page.images[2]
    for turn in range(20):
        on = turn % 2 == 1
        page.front.send(page.prompt, kind="prompt", text=f"Turn {turn}")
        typed = page.front.run("print(panel.request.prompt)").text.strip()
        page.front.send(page.results, kind="tick", id=identity, on=on)
        ticked = page.front.run("print(len(panel.selected))").text.strip()
        if (typed, ticked) != (f"Turn {turn}", str(1 + on)):
            told.overtaken.append(f"{turn}: {typed}, {ticked} ticked")


def _paid_as_painted(page: Page, told: Story) -> None:
    """A cell sends the form, or reads it, at the moment in which a stroke was painted: idle, and after a long cell."""
    front, before = page.front, len(page.rows)
    front.run(EDIT)
    front.wait(lambda: page.strip.state["items"])
    page.open_editor()
    for turn in range(1, 9):
        if turn % 4 == 0:
            cell = front.start("print('busy', flush=True)\ntime.sleep(0.5)")
            front.wait(functools.partial(front.printed, cell))
        page.paint(rows=8 * turn, number=turn)
        asked = "panel.request" if turn % 2 else "panel.submit().request"
        rows = front.run(f"print(painted_rows({asked}))").text.strip()
        if rows != str(8 * turn):
            told.painted_over.append(f"{asked}: {rows} rows of {8 * turn}")
    front.run("panel.request = am.ImageRequest('A fox')")
    page.wait_for(before + 4)


def _reloaded(page: Page, front: FrontEnd, told: Story) -> None:
    """A page that was loaded again finds rows, ticks and thumbnails, and its press counts."""
    front.restore()
    again = Page(front, page.root)
    assert again.rows == page.rows
    assert again.results.state["selected"] == page.results.state["selected"]
    assert again.prompt.state["prompt"] == page.prompt.state["prompt"]
    front.send(again.results, kind="thumbnails", ids=again.images)
    again.wait_for(len(page.rows))
    assert _digests(again) == told.thumbnails
    again.press("After a reload", "reloaded")
    again.wait_for(len(again.rows) + 1)
    assert again.rows[0]["status"] == "completed"
    told.complaints += front.complaints


def _timeless(row: dict[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in row.items() if name not in ("id", "started", "ended", "task_id", "events")}
    kept["images"] = [
        {name: value for name, value in image.items() if name not in ("id", "created")} for image in row["images"]
    ]
    return kept


def _digests(page: Page) -> list[str]:
    thumbnails = page.results.thumbnails()
    return [hashlib.sha256(thumbnails[identity]).hexdigest() for identity in page.images]


@pytest.mark.parametrize("version", VERSIONS)
def test_every_gesture_counts_once_and_comes_to_its_end(version: str) -> None:
    told = story(version)
    assert told.version == version
    assert told.mended == {"output-format": "png", "background": "transparent"}
    seen = [(row["prompt"], row["status"], row["settings"]["size"], len(row["images"])) for row in told.rows]
    assert seen == [
        *[("A fox in a hat", "completed", "1:1", 1)] * 4,
        ("From the first panel", "completed", "1:1", 1),
        ("From the second panel", "completed", "1:1", 1),
        ("[fail] A fox", "failed", "1:1", 0),
        ("[refuse] A fox", "failed", "1:1", 0),
        ("A fox, awaiting", "completed", "1:1", 2),
        ("A fox, computing", "completed", "3:2", 2),
        ("A fox, computing", "completed", "3:2", 2),
        ("A fox, sleeping", "completed", "2:3", 2),
        ("A fox, sleeping", "completed", "2:3", 2),
        ("A red fox", "completed", "1:1", 2),
        ("A red fox", "completed", "1:1", 2),
    ]
    assert [row["error"]["action"] for row in told.rows if row["error"]] == ["retry", "edit"]
    assert told.ticked == [2, 0]
    assert told.complaints == []


@pytest.mark.parametrize("version", VERSIONS)
def test_a_row_only_ever_moves_forward(version: str) -> None:
    moves = story(version).moves
    allowed = {(before, after) for at, before in enumerate(ORDER) for after in (*ORDER[at + 1 :], *FINAL)}
    assert moves <= allowed
    assert any(after == "completed" for _, after in moves)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_press_is_handled_at_once_where_the_kernel_can(version: str) -> None:
    told = story(version)
    assert told.handled_while_busy == dict.fromkeys(BUSY, told.has_subshells)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_cell_reads_what_was_done_before_it_was_run(version: str) -> None:
    assert story(version).overtaken == []


@pytest.mark.parametrize("version", VERSIONS)
def test_a_cell_sends_what_was_painted_before_it_was_run(version: str) -> None:
    assert story(version).painted_over == []


def test_every_kernel_comes_to_the_same_rows_and_pictures() -> None:
    first, *others = (story(version) for version in VERSIONS)
    for other in others:
        assert other.rows == first.rows
        assert other.thumbnails == first.thumbnails


def test_a_change_that_comes_while_the_panel_is_drawn_counts() -> None:
    # On a subshell gestures arrive beside the thread that draws.
    drawn = threading.Event()
    with am.Session(mode="sandbox", library=":memory:") as session:
        panel = am.ImagePanel(session)
        fields = panel._controls.fields

        def choose_meanwhile(_: object) -> None:
            user = threading.Thread(target=lambda: setattr(fields["n"], "value", 3))
            user.start()
            user.join()
            drawn.set()

        fields["size"].observe(choose_meanwhile, "value")
        panel.request = am.ImageRequest("A red fox", size="3:2")
        assert drawn.wait(PATIENCE)
        assert (panel.request.size, panel.request.n) == ("3:2", 3)
        panel.close()
