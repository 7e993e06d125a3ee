"""The mask editor in JupyterLab, with a real kernel: painted by pointer and keys, and read back pixel by pixel."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, expect

from tests.browser.conftest import keep_screenshot
from tests.browser.lab import FrontEnd, Notebook, Server, Theme, load, open_cells
from tests.browser.looker import THEMES, Looker
from tests.browser.panel import PATIENCE
from tests.conftest import Measured

Mask = npt.NDArray[np.bool_]

SHOW = """
import numpy as np
from PIL import Image
import apimart_widgets as am

across, down = np.meshgrid(np.linspace(0, 255, {width}), np.linspace(0, 255, {height}))
picture = Image.fromarray(np.stack([across, down, 255 - across], 2).astype(np.uint8))
editor = am.MaskEditor(picture, language="{language}")
editor
"""
FOX = """
import apimart_widgets as am

session = am.Session(mode="sandbox", library=":memory:", sandbox_seconds=0)
fox = session.generate("A red fox resting on a snowy ridge at dusk", size="3:2")[0]
editor = am.MaskEditor(fox, language="{language}")
editor
"""
READ = """
mask = editor.mask
mask.save("{name}.png") if mask else print("nothing is marked")
"""

# How long each call of what listens to the stage, and each frame, takes; to be run before the editor is shown.
WATCH = """() => {
  const watched = window.times;
  window.times = {pointermove: [], pointerdown: [], pointerup: [], frames: []};
  if (watched) return;
  const listen = EventTarget.prototype.addEventListener;
  EventTarget.prototype.addEventListener = function (name, what, ...rest) {
    if (!this.classList?.contains("apw-mask-stage")) return listen.call(this, name, what, ...rest);
    return listen.call(this, name, (event) => {
      const start = performance.now();
      what(event);
      window.times[name]?.push(performance.now() - start);
    }, ...rest);
  };
  const frame = window.requestAnimationFrame;
  window.requestAnimationFrame = (what) => frame((now) => {
    const start = performance.now();
    what(now);
    window.times.frames.push(performance.now() - start);
  });
}"""


class Editor:
    """A mask editor in a page, driven in pixels of its picture."""

    def __init__(self, notebook: Notebook, folder: Path, name: str, size: tuple[int, int]) -> None:
        self.notebook = notebook
        self.page = notebook.page
        self.file = folder / f"{name}.png"
        self.size = size
        self.root = self.page.locator(".apw-mask")
        self.stage = self.root.get_by_role("application")
        self.picture = self.stage.locator("img")

    def wait(self) -> None:
        """Until the picture is there."""
        expect(self.picture).to_have_js_property("complete", True, timeout=PATIENCE)
        expect(self.stage.get_by_text("Fetching")).to_be_hidden()

    def button(self, name: str) -> Locator:
        return self.root.get_by_role("button", name=name, exact=True)

    def says(self, text: str) -> None:
        """What is said about the share, in words."""
        expect(self.root.get_by_text(text)).to_be_visible()

    def move(self, x: float, y: float, steps: int = 1) -> None:
        """Bring the pointer to a point of the picture."""
        box = self.picture.bounding_box()
        assert box is not None
        scale = box["width"] / self.size[0]
        self.page.mouse.move(box["x"] + x * scale, box["y"] + y * scale, steps=steps)

    def drag(self, *points: tuple[float, float]) -> None:
        """Press the pointer at the first point, go through the others and let go."""
        self.move(*points[0])
        self.page.mouse.down()
        for point in points[1:]:
            self.move(*point, steps=4)
        self.page.mouse.up()

    def keys(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def read(self) -> Mask | None:
        """``editor.mask`` in the next cell: where it is open."""
        self.file.unlink(missing_ok=True)
        output = self.notebook.run(1)
        if not self.file.exists():
            assert "nothing is marked" in output.inner_text()
            return None
        mask = Image.open(self.file)
        assert (mask.mode, mask.size) == ("RGBA", self.size)
        alpha = np.asarray(mask.getchannel("A"))
        assert set(np.unique(alpha)) <= {0, 255}
        return alpha == 0

    def brush(self) -> int:
        """The brush's diameter in pixels of the picture."""
        text = self.root.get_by_label("Size").get_attribute("aria-valuetext")
        assert text is not None
        return int(re.sub(r"\D", "", text))


@contextmanager
def open_editor(
    browser: Browser,
    server: Server,
    name: str,
    size: tuple[int, int],
    cell: str = SHOW,
    language: str = "en",
    front_end: FrontEnd = "lab",
) -> Iterator[Editor]:
    """A notebook whose first cell shows an editor of a picture of that size, and whose second one reads its mask."""
    first = cell.format(width=size[0], height=size[1], language=language).strip()
    cells = [first, READ.format(name=name).strip(), "1 + 1"]
    with open_cells(browser, server, name, cells, front_end, width=1280, height=1300) as notebook:
        notebook.page.evaluate(WATCH)
        notebook.run(0)
        editor = Editor(notebook, server.notebooks, name, size)
        if language == "en":
            editor.wait()
        yield editor


def distance(size: tuple[int, int], *points: tuple[float, float]) -> npt.NDArray[np.float64]:
    """How far the middle of each pixel lies from the way through the points."""
    x, y = np.meshgrid(np.arange(size[0]) + 0.5, np.arange(size[1]) + 0.5)
    far = np.full((size[1], size[0]), np.inf)
    for (ax, ay), (bx, by) in zip(points, [*points[1:], points[-1]], strict=True):
        length = (bx - ax) ** 2 + (by - ay) ** 2
        along = np.clip(((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length, 0, 1) if length else np.zeros_like(x)
        far = np.minimum(far, np.hypot(x - ax - along * (bx - ax), y - ay - along * (by - ay)))
    return far


def is_stroke(mask: Mask | None, radius: float, *points: tuple[float, float]) -> None:
    """Every pixel is as the stroke leaves it; the pointer stands on whole pixels of the screen, hence one of leeway."""
    assert mask is not None
    far = distance((mask.shape[1], mask.shape[0]), *points)
    assert mask[far < radius - 1.5].all()
    assert not mask[far > radius + 1.5].any()


@pytest.mark.timeout(240)
def test_what_is_painted_is_what_code_reads(browser: Browser, jupyter: Server) -> None:
    size = (1023, 771)
    with open_editor(browser, jupyter, "mask-paint", size) as editor:
        editor.says("Paint what may change")
        assert editor.read() is None
        path = [(200.0, 200.0), (500.0, 260.0), (480.0, 500.0)]
        radius = editor.brush() / 2
        editor.drag(*path)
        is_stroke(editor.read(), radius, *path)
        before = editor.read()
        assert before is not None
        editor.says(f"{round(100 * before.mean())} % of the picture may change")
        _undo_and_redo(editor, before)
        _rectangle_and_invert(editor, before)
        _erase(editor)


def _undo_and_redo(editor: Editor, before: Mask) -> None:
    editor.stage.focus()
    editor.keys("Control+z")
    editor.says("Paint what may change")
    assert editor.read() is None
    editor.button("Redo").click()
    assert (editor.read() == before).all()
    for keys in ("Control+z", "Control+Shift+Z", "Control+z", "Control+y"):
        editor.stage.focus()
        editor.keys(keys)
    assert (editor.read() == before).all()


def _rectangle_and_invert(editor: Editor, before: Mask) -> None:
    editor.button("Clear").click()
    assert editor.read() is None
    editor.button("Rectangle").click()
    editor.drag((700, 600), (900, 650), (812, 420))
    mask = editor.read()
    assert mask is not None
    rows, columns = np.nonzero(mask)
    assert [columns.min(), columns.max(), rows.min(), rows.max()] == pytest.approx([700, 812, 420, 600], abs=1.5)
    assert mask.sum() == (columns.max() - columns.min() + 1) * (rows.max() - rows.min() + 1)
    editor.button("Invert").click()
    assert (editor.read() == ~mask).all()
    editor.button("Undo").click()
    editor.button("Undo").click()
    editor.button("Undo").click()
    assert (editor.read() == before).all()


def _erase(editor: Editor) -> None:
    editor.button("Invert").click()
    editor.button("Invert").click()
    editor.stage.focus()
    editor.keys("b", "]", "]")
    radius = editor.brush() / 2
    editor.keys("i", "e")
    expect(editor.button("Eraser")).to_have_attribute("aria-pressed", "true")
    before = editor.read()
    assert before is not None
    editor.drag((100, 700), (300, 700))
    mask = editor.read()
    assert mask is not None
    far = distance(editor.size, (100, 700), (300, 700))
    assert not mask[far < radius - 1.5].any()
    assert (mask == before)[far > radius + 1.5].all()


@pytest.mark.timeout(240)
@pytest.mark.parametrize("front_end", ["lab", "notebook"])
def test_the_keyboard_alone_suffices(browser: Browser, jupyter: Server, front_end: FrontEnd) -> None:
    size = (640, 480)
    with open_editor(browser, jupyter, f"mask-keys-{front_end}", size, front_end=front_end) as editor:
        cells = editor.notebook.cells.count()
        editor.button("Clear").focus()
        editor.keys("Tab")
        expect(editor.stage).to_be_focused()
        radius, step = editor.brush() / 2, round(editor.brush() / 4)
        # Into the corner, where the picture ends, and from there by counted steps.
        editor.keys(*["Shift+ArrowLeft"] * 20, *["Shift+ArrowUp"] * 16)
        editor.keys(*["Shift+ArrowRight"] * 4, *["Shift+ArrowDown"] * 3, "ArrowLeft", "Enter")
        x, y = 0.5 + 19 * step, 0.5 + 15 * step
        is_stroke(editor.read(), radius, (x, y))
        editor.stage.focus()
        editor.page.keyboard.down("Enter")
        editor.keys("ArrowRight", "ArrowRight", "Shift+ArrowRight")
        editor.page.keyboard.up("Enter")
        is_stroke(editor.read(), radius, (x, y), (x + 7 * step, y))
        _rectangle_by_keys(editor)
        for part in (editor.stage, editor.button("Fit"), editor.root.get_by_label("Stripes")):
            part.focus()
            editor.keys(*"1200bddx", "ArrowDown", "Shift+ArrowDown")
            expect(part).to_be_focused()
        assert editor.notebook.cells.count() == cells
        assert editor.page.locator(".jp-Dialog").count() == 0


def _rectangle_by_keys(editor: Editor) -> None:
    editor.stage.focus()
    editor.keys("Control+z", "Control+z", "r", "ArrowDown", " ")
    expect(editor.root.get_by_text("First corner set.")).to_be_attached()
    editor.keys("Shift+ArrowRight", "Shift+ArrowDown", "Escape")
    assert editor.read() is None
    editor.stage.focus()
    editor.keys("ArrowLeft", "Enter", "Shift+ArrowRight", "Shift+ArrowDown", "Enter")
    mask = editor.read()
    assert mask is not None
    rows, columns = np.nonzero(mask)
    assert mask.sum() == (columns.max() - columns.min() + 1) * (rows.max() - rows.min() + 1)
    assert np.ptp(columns) == np.ptp(rows)


@pytest.mark.timeout(240)
def test_zoom_and_pan_move_the_picture_and_not_the_mask(browser: Browser, jupyter: Server) -> None:
    size = (800, 600)
    with open_editor(browser, jupyter, "mask-zoom", size) as editor:
        fitting = editor.picture.bounding_box()
        assert fitting is not None
        editor.move(300, 200)
        editor.page.keyboard.down("Control")
        editor.page.mouse.wheel(0, -300)
        editor.page.keyboard.up("Control")
        editor.drag((300, 200), (340, 200))
        is_stroke(editor.read(), editor.brush() / 2, (300, 200), (340, 200))
        _pan(editor)
        is_stroke(editor.read(), editor.brush() / 2, (300, 200), (340, 200))
        keep_screenshot(editor.page, "mask-zoomed")
        editor.drag((370, 235), (370, 260))
        mask = editor.read()
        assert mask is not None
        assert mask[distance(size, (370, 235), (370, 260)) < editor.brush() / 2 - 1.5].all()
        editor.stage.focus()
        editor.keys("0")
        assert editor.picture.bounding_box() == fitting
        editor.button("Zoom in").click()
        expect(editor.root.get_by_role("group", name="Zoom")).to_contain_text(re.compile(r"\d+ %"))


def _pan(editor: Editor) -> None:
    before = editor.picture.bounding_box()
    assert before is not None
    editor.move(300, 200)
    editor.page.mouse.down(button="middle")
    editor.page.mouse.move(*_shifted(editor, 40, 20), steps=3)
    editor.page.mouse.up(button="middle")
    editor.page.keyboard.down(" ")
    editor.page.mouse.down()
    editor.page.mouse.move(*_shifted(editor, 70, 30), steps=3)
    editor.page.mouse.up()
    editor.page.keyboard.up(" ")
    after = editor.picture.bounding_box()
    assert after is not None
    assert after["x"] - before["x"] > 20
    assert after["width"] == before["width"]
    assert editor.root.get_by_role("button", name="Undo").get_attribute("aria-disabled") == "false"


def _shifted(editor: Editor, x: float, y: float) -> tuple[float, float]:
    box = editor.stage.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2 + x, box["y"] + box["height"] / 2 + y


@pytest.mark.timeout(240)
def test_two_fingers_move_and_one_paints(browser: Browser, jupyter: Server) -> None:
    size = (800, 600)
    with open_editor(browser, jupyter, "mask-touch", size) as editor:
        box = editor.stage.bounding_box()
        assert box is not None
        x, y = box["x"] + 300, box["y"] + 200
        client = editor.page.context.new_cdp_session(editor.page)

        def touch(kind: str, *points: tuple[float, float]) -> None:
            fingers = [{"x": px, "y": py, "id": place} for place, (px, py) in enumerate(points)]
            client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": fingers})

        touch("touchStart", (x, y))
        touch("touchMove", (x + 20, y))
        touch("touchStart", (x + 20, y), (x + 120, y))
        touch("touchMove", (x - 30, y), (x + 170, y))
        touch("touchEnd")
        assert editor.read() is None
        zoomed = editor.picture.bounding_box()
        assert zoomed is not None
        assert zoomed["width"] > box["width"] * 1.3
        touch("touchStart", (x, y))
        touch("touchMove", (x + 60, y + 10))
        touch("touchEnd")
        assert editor.read() is not None


@pytest.mark.timeout(240)
def test_a_reload_brings_picture_and_mask_back_and_two_views_agree(browser: Browser, jupyter: Server) -> None:
    size = (640, 480)
    with open_editor(browser, jupyter, "mask-reload", size) as editor:
        editor.drag((100, 100), (300, 200))
        before = editor.read()
        editor.notebook.save()
        load(editor.page, jupyter, "mask-reload", "lab")
        editor.wait()
        expect(editor.root.get_by_text("of the picture may change")).to_be_visible()
        expect(editor.button("Undo")).to_have_attribute("aria-disabled", "true")
        assert (editor.read() == before).all()
        _run(editor, "editor")
        expect(editor.root).to_have_count(2)
        shares = editor.root.locator(".apw-mask-told")
        editor.root.nth(1).get_by_role("button", name="Invert").click()
        expect(shares).to_have_text([re.compile("98 %"), re.compile("98 %")])
        assert (editor.read() == ~before).all()  # type: ignore[operator]
        _run(editor, "editor.clear()")
        expect(shares).to_have_text([re.compile("Paint what may change")])  # the other view was in this cell
        _run(editor, "editor.image = Image.new('RGB', (300, 500), 'teal')")
        editor.says("300×500")
        editor.wait()
        editor.size = (300, 500)
        editor.drag((150, 100), (150, 400))
        is_stroke(editor.read(), editor.brush() / 2, (150, 100), (150, 400))


def _run(editor: Editor, code: str) -> None:
    """Write code over what stands in the last cell, and run it."""
    editor.notebook.cells.nth(2).locator(".cm-content").click()
    editor.keys("Control+a")
    editor.page.keyboard.type(code)
    editor.notebook.run(2)


@pytest.mark.timeout(240)
def test_the_largest_picture_follows_the_pointer(browser: Browser, jupyter: Server, record_property: Measured) -> None:
    size = (4096, 4096)
    with open_editor(browser, jupyter, "mask-large", size) as editor:
        path = [(400.0, 400.0), (3600.0, 900.0), (700.0, 3300.0), (3500.0, 3600.0)]
        editor.move(*path[0])
        editor.page.mouse.down()
        for point in path[1:]:
            editor.move(*point, steps=30)
        editor.page.mouse.up()
        is_stroke(editor.read(), editor.brush() / 2, *path)
        for kind in ("pointerdown", "pointermove", "pointerup", "frames"):
            times = sorted(editor.page.evaluate(f"window.times.{kind}"))
            middle, late = times[len(times) // 2], times[int(len(times) * 0.95)]
            figures = f"{middle:.2f} ms, 95 % {late:.2f} ms, most {times[-1]:.2f} ms"
            record_property(f"mask of 4096x4096, {len(times)} {kind}", figures)


# ---- how it looks


@pytest.mark.timeout(240)
@pytest.mark.parametrize(("language", "themes"), [("en", THEMES), ("zh", ["light"])])
def test_it_is_accessible_and_fits(browser: Browser, jupyter: Server, language: str, themes: Sequence[Theme]) -> None:
    with open_editor(browser, jupyter, f"mask-looks-{language}", (1536, 1024), FOX, language) as editor:
        expect(editor.stage.locator(".apw-mask-loading")).to_be_hidden(timeout=PATIENCE)
        editor.page.set_viewport_size({"width": 1700, "height": 1500})
        # Where the pointer is, the brush shows.
        point = partial(editor.move, 1000, 620)
        looker = Looker(editor.notebook, editor.root, f"mask-{language}", themes=themes, at_each_width=point)
        looker.look("empty")
        for place in range(5):
            editor.keys("]") if place else editor.stage.focus()
        editor.drag((560, 480), (700, 420), (860, 470), (900, 640), (780, 760), (600, 720), (560, 480))
        editor.drag((660, 560), (760, 640))
        looker.look("painted")
