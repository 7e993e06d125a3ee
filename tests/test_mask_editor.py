"""The mask editor without a browser: what code reads and writes, and masks as the page sends them."""

from __future__ import annotations

import io
import random
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

import apimart_widgets as am
from apimart_widgets.widgets import marks as marks_module
from apimart_widgets.widgets.marks import PAGES, Arrivals, Marks

PATIENCE = 30.0
SIZES = [(1, 1), (7, 3), (8, 8), (1023, 771), (4096, 4096), (8192, 1)]


def disc(size: tuple[int, int]) -> Image.Image:
    """A disc in the middle, white on black."""
    image = Image.new("1", size)
    ImageDraw.Draw(image).ellipse((size[0] // 4, size[1] // 4, size[0] * 3 // 4, size[1] * 3 // 4), fill=1)
    image.putpixel((size[0] // 2, size[1] // 2), 1)
    return image


def noise(size: tuple[int, int]) -> Image.Image:
    """Every pixel by chance."""
    width = (size[0] + 7) // 8
    return Image.frombytes("1", size, random.Random(1).randbytes(width * size[1]))


class Page:
    """A page that shows an editor: messages go in as it sends them, and what it would be sent is kept."""

    def __init__(self, editor: am.MaskEditor, name: str = "page") -> None:
        self.editor = editor
        self.name = name
        self.number = 0
        self.told: list[tuple[dict[str, Any], list[bytes]]] = []
        self._changed = threading.Condition()
        editor.send = self._note  # what would go to a browser

    def _note(self, content: dict[str, Any], buffers: Any = None) -> None:
        with self._changed:
            self.told.append((content, list(buffers or ())))
            self._changed.notify_all()

    def send(self, kind: str, *buffers: bytes, **content: Any) -> None:
        message = {"kind": kind, "page": self.name, **content}
        self.editor._handle_custom_msg(message, [memoryview(each) for each in buffers])

    def paint(self, bits: Image.Image, **changes: Any) -> None:
        """Send a mask in pieces, as the page does."""
        self.number += 1
        packed = Marks.of(bits).packed
        pieces = [packed[start : start + marks_module.CHUNK] for start in range(0, len(packed), marks_module.CHUNK)]
        for part, piece in enumerate(pieces):
            self.send("mask", piece, **{**self.fields(part, len(pieces)), **changes})

    def fields(self, part: int = 0, parts: int = 1) -> dict[str, Any]:
        return {"id": self.editor.picture["id"], "number": self.number, "part": part, "parts": parts}

    def wait(
        self, kind: str, condition: Callable[[dict[str, Any]], object] = bool
    ) -> tuple[dict[str, Any], list[bytes]]:
        """The latest message of a kind that fulfils a condition."""

        def found() -> list[tuple[dict[str, Any], list[bytes]]]:
            return [each for each in self.told if each[0]["kind"] == kind and condition(each[0])]

        with self._changed:
            assert self._changed.wait_for(found, PATIENCE)
            return found()[-1]


@pytest.fixture
def page() -> Iterator[Page]:
    page = Page(am.MaskEditor(Image.new("RGB", (1023, 771), "navy")))
    yield page
    page.editor.close()


# ---- the bits on the wire


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("draw", [disc, noise])
def test_bits_arrive_as_they_were_sent(size: tuple[int, int], draw: Callable[[tuple[int, int]], Image.Image]) -> None:
    bits = draw(size)
    marks = Marks.of(bits)
    arrived = Marks.unpacked(marks.packed, size)
    assert arrived == marks
    assert arrived.mask().size == size
    assert arrived.mask().getchannel("A").tobytes() == bits.convert("L").point(lambda value: 255 - value).tobytes()
    assert marks.count == bits.convert("L").histogram()[255]


@given(st.lists(st.sampled_from([0, 0, 0, 255, 170]) | st.integers(0, 255), min_size=1, max_size=600))
def test_any_row_survives_packing(row: list[int]) -> None:
    bits = Image.frombytes("1", (8 * len(row), 1), bytes(row))
    packed = Marks.of(bits).packed
    assert Image.frombytes("1", bits.size, packed, "packbits", "1").tobytes() == bytes(row)
    assert len(packed) <= len(row) + -(-len(row) // 128)


def test_a_stroke_on_a_large_picture_is_a_small_message() -> None:
    assert len(Marks.of(disc((4096, 4096))).packed) < 100_000


def test_pieces_are_put_together_in_any_order_and_taken_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(marks_module, "CHUNK", 100)
    bits = noise((64, 64))
    packed = Marks.of(bits).packed
    pieces = [packed[start : start + 100] for start in range(0, len(packed), 100)]
    arrivals = Arrivals(bits.size)
    order = [*range(1, len(pieces)), 1, 0]
    taken = [arrivals.take(pieces[i], page="a", number=1, part=i, parts=len(pieces)) for i in order]
    assert taken[:-1] == [None] * (len(order) - 1)
    assert taken[-1] == Marks.of(bits)
    assert arrivals.take(pieces[0], page="a", number=1, part=0, parts=len(pieces)) is None
    assert arrivals.kept == {"a": 1}


def test_a_newer_mask_takes_the_place_of_one_that_is_not_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(marks_module, "CHUNK", 300)
    old, new = Marks.of(noise((64, 64))), Marks.of(Image.new("1", (64, 64), 1))
    arrivals = Arrivals((64, 64))
    assert arrivals.take(old.packed[:300], page="a", number=1, part=0, parts=2) is None
    assert arrivals.take(new.packed, page="a", number=2, part=0, parts=1) == new
    assert arrivals.take(old.packed[300:], page="a", number=1, part=1, parts=2) is None


def test_silent_pages_are_forgotten() -> None:
    arrivals = Arrivals((8, 8))
    packed = Marks.of(disc((8, 8))).packed
    for number in range(2 * PAGES):
        arrivals.take(packed, page=f"page {number}", number=1, part=0, parts=1)
    assert list(arrivals.kept) == [f"page {number}" for number in range(PAGES, 2 * PAGES)]


# ---- in code


def test_nothing_is_marked_at_first(page: Page) -> None:
    editor = page.editor
    assert (editor.mask, editor.marked, editor.share) == (None, False, 0.0)
    assert editor.image.size == (1023, 771)
    assert (editor.picture["width"], editor.picture["height"]) == (1023, 771)


def test_an_editor_may_begin_with_a_mask() -> None:
    editor = am.MaskEditor(Image.new("RGB", (40, 30)), mask=disc((40, 30)))
    assert editor.marked
    assert editor.mask is not None
    assert editor.mask.getpixel((20, 15)) == (0, 0, 0, 0)
    assert editor.mask.getpixel((0, 0)) == (0, 0, 0, 255)
    editor.clear()
    assert (editor.mask, editor.marked, editor.share) == (None, False, 0.0)


def masks(size: tuple[int, int]) -> dict[str, Any]:
    bits = disc(size)
    grey = bits.convert("L")
    clear = Image.new("RGBA", size, "red")
    clear.putalpha(grey.point(lambda value: 255 - value))
    file = io.BytesIO()
    clear.save(file, "PNG")
    return {"1": bits, "L": grey, "RGBA": clear, "array": np.asarray(grey) > 0, "bytes": file.getvalue()}


@pytest.mark.parametrize("kind", masks((2, 2)))
@pytest.mark.parametrize("size", [(9, 5), (1023, 771)])
def test_a_mask_is_taken_in_every_form(kind: str, size: tuple[int, int]) -> None:
    editor = am.MaskEditor(Image.new("RGB", size), mask=masks(size)[kind])
    assert editor.mask is not None
    assert editor.mask.getchannel("A").tobytes() == disc(size).convert("L").point(lambda v: 255 - v).tobytes()
    assert editor.share == pytest.approx(np.asarray(disc(size)).mean())


def test_what_is_more_than_half_open_may_change() -> None:
    editor = am.MaskEditor(Image.new("RGB", (2, 1)))
    soft = Image.new("L", (2, 1))
    soft.putdata([127, 128])
    editor.mask = soft
    assert editor.mask is not None
    assert editor.mask.getchannel("A").tobytes() == b"\xff\x00"


@pytest.mark.parametrize(
    ("mask", "said"),
    [
        (Image.new("L", (5, 5), 255), "5x5"),
        (Image.new("RGB", (6, 4)), "alpha"),
        (Image.new("L", (6, 4)), "nothing open"),
        ("nowhere.png", "nowhere.png"),
    ],
)
def test_a_mask_that_does_not_fit_is_refused_and_leaves_the_old_one(mask: object, said: str) -> None:
    editor = am.MaskEditor(Image.new("RGB", (6, 4)), mask=disc((6, 4)))
    before = editor.share
    with pytest.raises(am.ImageError, match=said):
        editor.mask = mask
    assert editor.share == before


def test_what_is_no_picture_is_refused() -> None:
    with pytest.raises(am.ImageError):
        am.MaskEditor(b"no picture")
    with pytest.raises(am.APIMartError):
        am.MaskEditor(Image.new("RGB", (1, 1)), language="fr")  # type: ignore[arg-type]


def test_another_picture_begins_with_nothing_marked(page: Page) -> None:
    page.editor.mask = disc((1023, 771))
    before = dict(page.editor.picture)
    page.editor.image = Image.new("RGB", (1023, 771), "navy")
    assert page.editor.marked
    page.editor.image = Image.new("RGB", (30, 20))
    assert (page.editor.image.size, page.editor.mask) == ((30, 20), None)
    page.wait("mask", lambda content: content["id"] != before["id"])
    assert (page.editor.picture["width"], page.editor.picture["height"]) == (30, 20)


def test_changes_can_be_watched(page: Page) -> None:
    seen: list[tuple[str, Any]] = []
    told = threading.Semaphore(0)
    page.editor.observe(lambda change: seen.append(("marked", change.new)), "marked")

    def note() -> None:
        seen.append(("change", page.editor.share > 0))
        told.release()

    stop = page.editor.on_change(note)
    page.paint(disc((1023, 771)))
    assert told.acquire(timeout=PATIENCE)
    assert seen == [("marked", True), ("change", True)]
    page.editor.clear()
    assert told.acquire(timeout=PATIENCE)
    assert seen[2:] == [("marked", False), ("change", False)]
    stop()
    page.paint(disc((1023, 771)))
    page.wait("mask", lambda content: content["kept"] == {"page": 2})
    assert seen[4:] == [("marked", True)]


def test_what_is_watching_may_fail_without_harm(page: Page, caplog: pytest.LogCaptureFixture) -> None:
    called = threading.Event()
    page.editor.on_change(lambda: 1 / 0)
    page.editor.on_change(called.set)
    page.paint(disc((1023, 771)))
    assert called.wait(PATIENCE)
    assert "ZeroDivisionError" in caplog.text


def test_the_editor_itself_is_a_mask(tmp_path: Path) -> None:
    picture = Image.new("RGB", (64, 48), "teal")
    file = tmp_path / "fox.png"
    picture.save(file)
    with am.Session(mode="sandbox", library=":memory:", sandbox_seconds=0) as session:
        editor = am.MaskEditor(file)
        with pytest.raises(am.InvalidRequest, match="nothing open"):
            session.submit("a hat", references=[file], mask=editor)
        editor.mask = disc((64, 48))
        images = session.submit("a hat", references=[file], mask=editor).result(PATIENCE)
        assert len(images) == 1


def test_it_says_what_it_is(page: Page) -> None:
    assert repr(page.editor) == "<MaskEditor: 0% of 1023x771 may change>"


# ---- masks as the page sends them


@pytest.mark.parametrize("size", SIZES)
def test_what_was_painted_is_read_pixel_by_pixel(size: tuple[int, int]) -> None:
    page = Page(am.MaskEditor(Image.new("RGB", size)))
    page.paint(noise(size))
    page.paint(disc(size))
    mask = page.editor.mask
    assert mask is not None
    assert (mask.mode, mask.size) == ("RGBA", size)
    assert mask.getchannel("A").tobytes() == disc(size).convert("L").point(lambda value: 255 - value).tobytes()
    page.wait("mask", lambda content: content["kept"] == {"page": 2})


def test_a_mask_of_many_bytes_comes_in_pieces() -> None:
    page = Page(am.MaskEditor(Image.new("RGB", (4096, 4096))))
    bits = noise((4096, 4096))
    assert len(Marks.of(bits).packed) > marks_module.CHUNK
    page.paint(bits)
    assert page.editor.share == pytest.approx(0.5, abs=0.01)


def test_erasing_everything_leaves_no_mask(page: Page) -> None:
    page.paint(disc((1023, 771)))
    page.paint(Image.new("1", (1023, 771)))
    assert (page.editor.mask, page.editor.marked) == (None, False)


WRONG: list[dict[str, Any]] = [
    {"page": 7},
    {"page": "x" * 100},
    {"number": "1"},
    {"number": True},
    {"part": 1, "parts": 1},
    {"part": -1},
    {"parts": 10_000, "part": 9_999},
    {"part": None},
]


@pytest.mark.parametrize("changes", WRONG, ids=str)
def test_a_message_that_is_wrong_is_refused(page: Page, changes: dict[str, Any]) -> None:
    page.paint(disc((1023, 771)), **changes)
    page.wait("refused")
    assert page.editor.mask is None


@pytest.mark.parametrize("data", [b"", b"\x00", b"\xff\xff" * 10, Marks.of(disc((1023, 770))).packed, None])
def test_bytes_that_are_no_mask_are_refused_and_leave_the_old_one(page: Page, data: bytes | None) -> None:
    page.paint(disc((1023, 771)))
    before = page.editor.share
    page.number += 1
    page.send("mask", *([] if data is None else [data]), **page.fields())
    assert page.wait("refused")[0]["number"] == 2
    assert page.editor.share == before
    page.paint(noise((1023, 771)))
    assert page.editor.share != before


def test_what_was_painted_over_another_picture_is_passed_over(page: Page) -> None:
    page.paint(disc((1023, 771)), id="another")
    assert page.editor.mask is None
    assert not [content for content, _ in page.told if content["kind"] == "refused"]


def test_a_page_that_says_hello_gets_the_mask_and_then_the_picture(page: Page) -> None:
    bits = disc((1023, 771))
    page.paint(bits)
    page.wait("mask")
    page.told.clear()
    page.send("hello", page="another")
    content, (data,) = page.wait("picture")
    assert content["id"] == page.editor.picture["id"]
    shown = Image.open(io.BytesIO(data))
    assert (shown.format, shown.size) == ("WEBP", (1023, 771))
    kinds = [content["kind"] for content, _ in page.told]
    assert kinds.index("mask") < kinds.index("picture")
    content, (packed,) = page.wait("mask")
    assert Marks.unpacked(packed, (1023, 771)) == Marks.of(bits)
    assert content["page"] == "page"


def test_a_large_picture_is_shown_smaller_and_masked_in_full() -> None:
    page = Page(am.MaskEditor(Image.new("RGB", (4096, 3000))))
    page.send("hello")
    _, (data,) = page.wait("picture")
    assert Image.open(io.BytesIO(data)).size == (2048, 1500)
    assert (page.editor.picture["width"], page.editor.picture["height"]) == (4096, 3000)


def test_a_turned_photograph_is_shown_and_masked_upright() -> None:
    file = io.BytesIO()
    image = Image.new("RGB", (60, 40))
    exif = image.getexif()
    exif[0x0112] = 6  # to be turned by a quarter
    image.save(file, "JPEG", exif=exif)
    page = Page(am.MaskEditor(file.getvalue()))
    page.send("hello")
    _, (data,) = page.wait("picture")
    shown = Image.open(io.BytesIO(data))
    assert shown.size == page.editor.image.size == (40, 60)
    assert (page.editor.picture["width"], page.editor.picture["height"]) == (40, 60)
    assert 0x0112 not in shown.getexif()


def test_every_page_is_told_what_one_of_them_painted(page: Page) -> None:
    page.paint(disc((1023, 771)))
    content, (packed,) = page.wait("mask", lambda content: content["kept"])
    assert (content["page"], content["kept"]) == ("page", {"page": 1})
    assert Marks.unpacked(packed, (1023, 771)) == Marks.of(disc((1023, 771)))
    page.name = "another"
    page.number = 0
    page.paint(noise((1023, 771)))
    content, _ = page.wait("mask", lambda content: content["page"] == "another")
    assert content["kept"] == {"page": 1, "another": 1}
    page.editor.clear()
    assert page.wait("mask", lambda content: content["page"] == "")[1] == []


def test_a_mask_sent_twice_does_not_undo_what_came_between(page: Page) -> None:
    page.paint(disc((1023, 771)))
    page.editor.clear()
    page.number -= 1
    page.paint(disc((1023, 771)))
    assert page.editor.mask is None
    page.wait("mask", lambda content: content["kept"] == {"page": 1})


def test_strangers_are_passed_over(page: Page) -> None:
    page.send("no such kind")
    page.editor._handle_custom_msg("text", [])
    assert page.editor.mask is None
