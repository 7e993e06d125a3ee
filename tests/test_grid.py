"""Grids without a browser: where pictures lie, the printed image, what it keeps, and what the page is told."""

from __future__ import annotations

import datetime
import hashlib
import json
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from IPython.core.formatters import DisplayFormatter
from PIL import Image, ImageChops

import apimart_widgets as am
from apimart_widgets import metadata
from apimart_widgets.encoding import encoded
from apimart_widgets.gallery import BUDGET
from apimart_widgets.grid import Grid
from tests.test_panel import wait_until

PATIENCE = 30.0
COLOURS = ("crimson", "navy", "teal", "orange", "purple", "olive", "maroon", "green")


def drawn(
    number: int = 0, *, index: int = 0, mode: str = "live", path: Path | None = None, **fields: Any
) -> am.GeneratedImage:
    """A picture of one colour, as if it had been asked for with these fields."""
    request = am.ImageRequest(**{"prompt": "A red fox", "size": "3:2", **fields})
    width, height = request.pixels or (1024, 1024)
    size = width // 8, height // 8
    data = encoded(Image.new("RGB", size, COLOURS[number % len(COLOURS)]), "PNG")
    return am.GeneratedImage(
        request=request,
        task_id=f"task_{number:02}",
        index=index,
        data=None if path else data,
        path=path,
        sha256=hashlib.sha256(data).hexdigest(),
        size=size,
        format="png",
        mode=mode,  # type: ignore[arg-type]
        created=datetime.datetime.now(datetime.timezone.utc),
    )


def study() -> list[am.GeneratedImage]:
    """Two qualities of two sizes; (low, 3:2) twice, (high, 1:1) not at all."""
    return [
        drawn(0, quality="high", size="3:2"),
        drawn(1, quality="low", size="3:2"),
        drawn(2, quality="low", size="1:1"),
        drawn(3, quality="low", size="3:2"),
    ]


def refusal(*arguments: Any, **options: Any) -> str:
    with pytest.raises(am.APIMartError) as caught:
        Grid(*arguments, **options)
    return str(caught.value)


# ---- where pictures lie


def test_pictures_lie_by_their_settings_in_reading_order() -> None:
    high, low, square, again = pictures = study()
    grid = Grid(pictures)
    assert (grid.rows, grid.cols) == (("low", "high"), ("3:2", "1:1"))
    assert grid.cell("low", "3:2") == am.ImageSet([low, again])
    assert grid.cell("high", "1:1") == am.ImageSet()
    assert grid.images == am.ImageSet([low, again, square, high])
    assert grid.now.pages == 2


def test_levels_stand_as_given_and_the_others_follow() -> None:
    grid = Grid(study(), rows=["medium", "low"], cols=["1:1"])
    assert (grid.rows, grid.cols) == (("medium", "low", "high"), ("1:1", "3:2"))
    assert len(grid.images) == 4  # none is left out


def test_qualities_and_numbers_ascend() -> None:
    pictures = [drawn(n, quality=quality, n=n) for n, quality in ((4, "high"), (2, "auto"), (3, "low"))]
    grid = Grid(pictures, "n", "quality")
    assert (grid.rows, grid.cols) == ((2, 3, 4), ("auto", "low", "high"))
    assert grid.now.headers().rows == ["n 2", "n 3", "n 4"]  # a bare 2 would say nothing
    styled = Grid([drawn(0), drawn(1)], "style", None, labels=lambda image: {"style": ""})
    assert styled.now.headers().rows == ["style –"]


def test_one_column() -> None:
    grid = Grid(study(), "quality", None)
    assert (grid.cols, len(grid.cell("low"))) == ((None,), 3)
    assert grid.now.headers().columns == [""]


def test_labels_of_ones_own() -> None:
    pictures = study()
    labels = {
        picture.task_id: {"animal": animal, "repeat": 1} for picture, animal in zip(pictures, "abab", strict=True)
    }
    grid = Grid(pictures, "animal", "repeat", labels=lambda image: labels[image.task_id])
    assert (grid.rows, grid.cols) == (("a", "b"), (1,))
    assert "Have it give every picture one" in refusal(pictures, "anmal", labels=lambda image: labels[image.task_id])
    assert Grid([], "animal", "repeat", labels=dict).rows == ()


def test_missing_places_say_why() -> None:
    grid = Grid(study(), missing={("max", "1:1"): "refused by the filter"})
    assert grid.rows == ("low", "high", "max")
    assert grid.now.why("max", "1:1") == "refused by the filter"
    assert grid.now.why("high", "1:1") == "none yet"
    assert grid.now.why("high", "1:1", "zh") == "尚无图片"


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"row": "qualty"}, "Did you mean 'quality'"),
        ({"row": "size"}, "Rows and columns are both 'size'"),
        ({"row": None}, "row names a setting as text"),
        ({"col": 3}, "col names a setting as text"),
        ({"rows": "low"}, "rows is a list of levels"),
        ({"cols": [["1:1"]]}, "A level of cols is one value"),
        ({"missing": ["low"]}, "This part of it cannot be understood"),
        ({"missing": {"low": "why"}}, "{'low': 'why'}"),
        ({"missing": {("low", "1:1"): 3}}, "3}"),
        ({"labels": {"animal": "fox"}}, "labels= is a function"),
        ({"labels": lambda image: "fox"}, "labels= gives a dict"),
        ({"row": "animal", "labels": lambda image: {"animal": ["fox"]}}, "A level of animal is one value"),
        ({"language": "de"}, "no language 'de'"),
    ],
)
def test_wrong_arguments_are_said_in_a_sentence(options: dict[str, Any], sentence: str) -> None:
    assert sentence in refusal(study(), **options)


def test_what_is_no_picture_is_refused() -> None:
    assert "not of str" in refusal("foxes")
    assert "not of int" in refusal(7)
    assert "live" in refusal([drawn(0), drawn(1, mode="sandbox")])


def test_a_cell_that_is_not_there_is_said() -> None:
    with pytest.raises(am.ConfigurationError, match=r"no quality 'max' .* 'low', 'high'"):
        Grid(study()).cell("max", "1:1")


def test_what_cannot_be_shown_leaves_the_grid_as_it_was() -> None:
    grid = Grid(study())
    with pytest.raises(am.ConfigurationError):
        grid.update([*study(), drawn(9, mode="sandbox")])
    assert len(grid.images) == 4


# ---- the printed image


def colours(image: Image.Image) -> set[Any]:
    return {colour for _, colour in image.convert("RGB").getcolors(1_000_000) or []}


def test_every_picture_is_on_the_image_and_a_page_holds_one_of_each_cell() -> None:
    grid = Grid(study())
    whole, first, second = grid.to_pil(100), grid.to_pil(100, page=1), grid.to_pil(100, 2)
    inks = [Image.new("RGB", (1, 1), name).getpixel((0, 0)) for name in COLOURS[:4]]
    assert set(inks) <= colours(whole)
    assert set(inks) & colours(first) == {*inks[:3]}
    assert set(inks) & colours(second) == {inks[3]}
    assert first.size == second.size or first.width == second.width
    # Side by side, in every column: twice as wide, but for the gap that is between columns already.
    assert whole.width - first.width == 2 * (100 + 4)


def ink_in(image: Image.Image, box: tuple[int, int, int, int]) -> bool:
    part = image.crop(box)
    return ImageChops.difference(part, Image.new("RGB", part.size, "white")).getbbox() is not None


def test_headers_are_drawn_and_long_prompts_wrap() -> None:
    short = [drawn(0, quality="low"), drawn(1, quality="high")]
    long = [drawn(n, quality=q, prompt="A fox " * 40) for n, q in enumerate(("low", "high"))]
    one, many = (Grid(pictures, "quality", "prompt").to_pil(160) for pictures in (short, long))
    assert one.width == many.width  # the prompt keeps to its column
    assert 8 * 17 - 17 <= many.height - one.height <= 8 * 17
    left = one.width - 160 - 8
    assert ink_in(one, (0, one.height // 2, left - 8, one.height))  # "high", beside the second row
    assert ink_in(one, (left, 0, one.width, 22))  # the prompt, above the column
    down = Grid(long, "prompt", "quality").to_pil(160)
    assert down.width == 8 + 3 * 168  # so do rows


def test_a_prompt_of_32000_characters_is_cut() -> None:
    assert Grid([drawn(0, prompt="x" * 32_000)], "quality", "prompt").to_pil(160).height < 400


@pytest.mark.parametrize("broken", ["a red\nfox", "a red\r\n\r\nfox", "a\tred\u2028fox\n"])
def test_line_breaks_in_a_prompt_stand_as_spaces(broken: str) -> None:
    one, other = (Grid([drawn(0, prompt=prompt)], "prompt", "quality").to_pil(160) for prompt in ("a red fox", broken))
    assert one.tobytes() == other.tobytes()


def test_drawings_are_called_so() -> None:
    live, sandbox = (Grid([drawn(0, mode=mode)]).to_pil(320) for mode in ("live", "sandbox"))
    assert sandbox.height > live.height
    assert Grid([drawn(0, mode="sandbox")]).now.headers().title == "Sandbox drawings: no evidence about any model"


def test_empty_places_are_drawn_with_their_words() -> None:
    without, with_reason = (
        Grid(study()[:1], rows=["low"], missing=missing).to_pil(200)
        for missing in (None, {("low", "3:2"): "refused by the safety filter of the server, twice"})
    )
    assert without.tobytes() != with_reason.tobytes()
    assert Grid([], rows=["low"], cols=["1:1"]).to_pil(100).width > 100


def test_a_dark_background_has_light_letters() -> None:
    assert (255, 255, 255) in colours(Grid(study()).to_pil(100, background="#111"))


@pytest.mark.parametrize("page", [0, 3, "1", True])
def test_pages_that_are_not_there(page: Any) -> None:
    with pytest.raises(am.ConfigurationError, match="page=1 to page=2"):
        Grid(study()).to_pil(page=page)


def test_what_cannot_be_printed() -> None:
    with pytest.raises(am.ImageError, match="no images"):
        Grid([]).to_pil()
    with pytest.raises(am.ImageError, match="at least 16 pixels"):
        Grid(study()).to_pil(3)
    with pytest.raises(am.ImageError, match="cannot be read"):
        Grid([drawn(0, path=Path("gone.png"))]).to_pil()


# ---- what the file keeps


def test_the_saved_file_names_axes_levels_and_every_picture(tmp_path: Path) -> None:
    pictures = study()
    grid = Grid([*pictures, drawn(4, prompt="雪上的狐狸 \N{FOX FACE}" + "x" * 20_000, quality="low", size="1:1")])
    saved = grid.save(tmp_path / "study", cell=64)
    assert saved == tmp_path / "study.png"
    record = metadata.extract(saved.read_bytes())
    assert record is not None
    assert record["row"] == {"name": "quality", "levels": ["low", "high"]}
    assert record["col"] == {"name": "size", "levels": ["3:2", "1:1"]}
    assert [(each["row"], each["col"]) for each in record["pictures"]] == [(0, 0), (0, 0), (0, 1), (0, 1), (1, 0)]
    for each, image in zip(record["pictures"], grid.images, strict=True):
        assert each["sha256"] == image.sha256
        assert am.ImageRequest.from_payload(each["request"]) == image.request
    with Image.open(saved) as opened:
        assert json.loads(opened.text["apimart-widgets"]) == record  # type: ignore[attr-defined]
        assert opened.convert("RGB").tobytes() == grid.to_pil(64).tobytes()


def test_a_page_keeps_what_is_on_it_and_nothing_is_overwritten(tmp_path: Path) -> None:
    grid = Grid(study(), "quality", None)
    first, second = (grid.save(tmp_path, cell=64, page=page) for page in (1, 2))
    assert (first.name, second.name) == ("grid.png", "grid-2.png")
    record = metadata.extract(second.read_bytes())
    assert record is not None
    assert (record["page"], record["col"]) == (2, None)
    assert [each["task_id"] for each in record["pictures"]] == ["task_02"]
    with pytest.raises(am.ImageError, match="saved as PNG"):
        grid.save(tmp_path / "study.jpg")


# ---- the plain table


def test_the_plain_table_escapes_and_says_what_it_leaves_out() -> None:
    pictures = [*study(), drawn(5, prompt="<script>alert(1)</script>", quality="low", size="3:2")]
    html = Grid(pictures, "prompt", "quality", missing={("A red fox", "max"): "<b>why</b>"})._repr_html_()
    assert "<script" not in html
    assert "<b>why" not in html
    assert "&lt;b&gt;why" in html
    assert 'scope="row"' in html
    assert "and 2 more" in html  # the other pictures of (A red fox, low)
    assert Grid([])._repr_html_() == am.ImageSet()._repr_html_()


def test_a_hundred_cells_fit_into_the_budget() -> None:
    pictures = [
        drawn(
            n,
            prompt=f"{n % 10} 雪上的红狐" * 40,
            quality="low",
            size="3:2",
            output_compression=n // 10,
            output_format="jpeg",
        )
        for n in range(100)
    ]
    grid = Grid(pictures, "prompt", "output_compression")
    html = grid._repr_html_()
    assert len(html.encode()) <= BUDGET
    shown = html.count("<img")
    assert shown >= 30
    assert f"and {100 - shown} more" in html


def test_a_terminal_shows_it_as_text(capsys: pytest.CaptureFixture[str]) -> None:
    grid = Grid(study())
    shown, _ = DisplayFormatter().format(grid, include=["text/plain"])
    assert shown == {"text/plain": "<Grid: 4 pictures, 2 x 2 by quality and size>"}
    assert capsys.readouterr().out == ""


# ---- what the page is told


class Page:
    """A page that shows a grid: what it would be sent is kept."""

    def __init__(self, grid: Grid) -> None:
        self.matrix = grid.matrix
        self.told: list[tuple[dict[str, Any], list[bytes]]] = []
        self._changed = threading.Condition()
        self.matrix.send = self._note  # what would go to a browser

    def _note(self, content: dict[str, Any], buffers: Any = None) -> None:
        with self._changed:
            self.told.append((content, list(buffers or ())))
            self._changed.notify_all()

    def ask(self, content: dict[str, Any], until: Callable[[], bool]) -> None:
        """Send a message as a page does, and wait for its answers."""
        self.matrix._handle_custom_msg(content, [])
        with self._changed:
            assert self._changed.wait_for(until, PATIENCE)

    def of(self, kind: str) -> list[tuple[dict[str, Any], list[bytes]]]:
        return [each for each in self.told if each[0]["kind"] == kind]


@pytest.fixture
def page() -> Iterator[Page]:
    page = Page(Grid(study(), caption=lambda image: f"${image.index}.10", missing={("high", "1:1"): "refused"}))
    yield page
    page.matrix.close()


def test_the_page_is_told_everything_but_the_pixels(page: Page) -> None:
    table = page.matrix.table
    assert [level["text"] for level in table["rows"]] == ["low", "high"]
    assert [[len(cell["ids"]) for cell in row] for row in table["cells"]] == [[2, 1], [1, 0]]
    assert table["cells"][1][1]["words"] == "refused"
    assert (table["pages"], table["mode"], table["shape"]) == (2, "live", 1.0)  # sizes differ
    first = table["pictures"][table["cells"][0][0]["ids"][0]]
    assert first["caption"] == "$0.10"
    assert table["jobs"][first["job"]]["settings"]["quality"] == "low"
    assert "data" not in json.dumps(table)


def test_thumbnails_come_when_asked_for_in_small_messages(page: Page) -> None:
    ids = list(page.matrix.table["pictures"])
    sent = lambda: sum(len(content["ids"]) for content, _ in page.of("thumbnails"))  # noqa: E731
    page.ask({"kind": "thumbnails", "ids": [*ids, "of another grid", 7], "box": 320}, lambda: sent() == 4)
    for content, buffers in page.of("thumbnails"):
        assert len(content["ids"]) == len(buffers) <= 4
        assert all(data[8:12] == b"WEBP" for data in buffers)
    before = len(page.told)
    page.matrix._handle_custom_msg({"kind": "thumbnails", "ids": ids, "box": 99_999}, [])
    page.matrix._handle_custom_msg({"kind": "thumbnails", "ids": "all", "box": 320}, [])
    page.ask({"kind": "code", "ids": ids[:1], "form": "python"}, lambda: len(page.told) > before)
    assert page.told[before][0]["kind"] == "code"
    assert "quality='low'" in page.told[before][0]["text"] or 'quality="low"' in page.told[before][0]["text"]


def test_a_picture_opens_as_the_server_sent_it(page: Page) -> None:
    identity = page.matrix.table["cells"][0][0]["ids"][1]
    page.ask({"kind": "open", "id": identity}, lambda: bool(page.of("picture")))
    ((content, (data,)),) = page.of("picture")
    assert (content["id"], content["media_type"]) == (identity, "image/png")
    assert data == study()[3].bytes


def test_a_picture_whose_file_is_gone_is_said_to_be_so(tmp_path: Path) -> None:
    page = Page(Grid([drawn(0, path=tmp_path / "gone.png"), drawn(1, quality="low")]))
    ids = list(page.matrix.table["pictures"])
    page.ask(
        {"kind": "thumbnails", "ids": ids, "box": 320}, lambda: bool(page.of("gone")) and bool(page.of("thumbnails"))
    )
    assert len(page.of("gone")[0][0]["ids"]) == 1
    page.ask({"kind": "open", "id": page.of("gone")[0][0]["ids"][0]}, lambda: len(page.of("gone")) == 2)
    page.matrix.close()


def test_an_open_grid_follows_from_any_thread() -> None:
    grid = Grid(study()[:1])
    matrix = grid.matrix
    assert grid.matrix is matrix
    thread = threading.Thread(target=lambda: [grid.update(study()[:count]) for count in range(1, 5)])
    thread.start()
    thread.join()
    wait_until(lambda: len(matrix.table["pictures"]) == 4)
    grid.update(study(), missing={("high", "1:1"): "refused"})
    wait_until(lambda: matrix.table["cells"][1][1]["words"] == "refused")
    matrix.close()
    assert grid.matrix is not matrix  # shown again, it is a new one
    grid.matrix.close()


def test_it_speaks_chinese() -> None:
    matrix = Grid(study(), language="zh").matrix
    assert matrix.table["cells"][1][1]["words"] == "尚无图片"
    assert matrix.words["matrix_fit"] == "全部适应"
    assert not [key for key in matrix.words if not re.match("matrix_|badge_|results", key)]
    matrix.close()
