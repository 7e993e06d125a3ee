"""Many pictures on one, with captions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image, ImageChops

from apimart_widgets.contact_sheet import contact_sheet
from apimart_widgets.errors import ImageError


def colours(count: int, size: tuple[int, int] = (300, 200)) -> list[Image.Image]:
    return [Image.new("RGB", size, (index * 20, 100, 255 - index * 20)) for index in range(count)]


@pytest.mark.parametrize(
    ("count", "columns", "across"), [(1, None, 1), (4, None, 2), (5, None, 3), (9, 4, 4), (3, 8, 3)]
)
def test_layout(count: int, columns: int | None, across: int) -> None:
    sheet = contact_sheet(colours(count), columns=columns, cell=100)
    assert sheet.mode == "RGB"
    assert sheet.width == 8 + across * 108
    seen = [colour for _, colour in sheet.getcolors(100_000) or []]
    assert all(image.getpixel((0, 0)) in seen for image in colours(count))


def test_pictures_of_every_shape_and_mode_are_left_as_they_were() -> None:
    images = [
        Image.new("1", (10, 500)),
        Image.new("P", (900, 20)),
        Image.new("CMYK", (5, 5)),
        Image.new("RGBA", (50, 50)),
    ]
    before = [(image.size, image.tobytes()) for image in images]
    assert contact_sheet(images, list("abcd"), cell=64).width > 128
    assert [(image.size, image.tobytes()) for image in images] == before


def test_transparent_parts_show_the_background() -> None:
    sheet = contact_sheet([Image.new("RGBA", (50, 50), (255, 0, 0, 0))], background="navy", cell=50)
    assert sheet.getcolors() == [(sheet.width * sheet.height, (0, 0, 128))]
    assert contact_sheet(colours(1), background="#ffffff00").mode == "RGBA"


@pytest.mark.parametrize(("background", "ink"), [("white", 0), ("yellow", 0), ("black", 255), ("navy", 255)])
def test_captions_can_be_read_on_any_background(background: str, ink: int) -> None:
    blank = Image.new("RGB", (200, 10), background)
    sheet = contact_sheet([blank], ["A red fox"], background=background)
    assert (ink, ink, ink) in [colour for _, colour in sheet.getcolors(100_000) or []]


def inked(caption: str, cell: int = 200) -> Image.Image:
    return contact_sheet([Image.new("RGB", (cell, 10), "white")], [caption], cell=cell)


def test_long_captions_wrap_and_end_in_an_ellipsis() -> None:
    one, three = inked("A red fox"), inked("A red fox in the snow " * 2000)
    assert inked("").height < one.height < three.height
    assert inked("x" * 32_000).height == three.height
    assert inked("A red\n\nfox").tobytes() == inked("A red fox").tobytes()
    box = ImageChops.invert(three.convert("L")).getbbox()
    assert box is not None
    assert box[2] <= three.width - 8


def test_a_character_no_font_has_becomes_a_question_mark() -> None:
    with pytest.warns(UserWarning, match="drawn as question marks"):
        sheet = inked("fox \ue000\ue001")
    assert sheet.tobytes() == inked("fox ??").tobytes()


def test_a_font_may_be_given() -> None:
    import matplotlib

    dejavu = f"{matplotlib.get_data_path()}/fonts/ttf/DejaVuSans.ttf"
    blank = Image.new("RGB", (200, 10), "white")
    sheet = contact_sheet([blank], ["A red fox"], cell=200, font=dejavu)
    assert sheet.size == inked("A red fox").size
    assert sheet.tobytes() != inked("A red fox").tobytes()


@pytest.mark.parametrize(
    "captions", [np.array(["1", "2"]), pd.Series(["1", "2"]), pd.Index([1, 2]), [1, 2], (each for each in "12")]
)
def test_captions_come_from_whatever_holds_several(captions: Any) -> None:
    assert contact_sheet(colours(2), captions).tobytes() == contact_sheet(colours(2), ["1", "2"]).tobytes()


def test_a_picture_may_go_without_a_caption() -> None:
    assert contact_sheet(colours(2), ["x", None]).tobytes() == contact_sheet(colours(2), ["x", ""]).tobytes()  # type: ignore[list-item]


@pytest.mark.parametrize(
    ("images", "options", "sentence"),
    [
        (colours(2), {"captions": "ab"}, "captions is a list with a text for each picture, .* not 'ab'"),
        (colours(2), {"captions": 5}, "captions is a list with a text for each picture, .* not 5"),
        ([], {}, "no images"),
        (colours(2), {"captions": ["one"]}, "1 captions for 2 images"),
        (colours(2), {"columns": 0}, "at least 1 column"),
        (colours(2), {"cell": 3}, "at least 16 pixels"),
        (colours(2), {"cell": 10**6}, "at most 4096, in whole numbers"),
        (colours(2), {"cell": "x"}, "not columns=2, cell='x'"),
        (colours(2), {"columns": "x"}, "not columns='x', cell=320"),
        (colours(2), {"columns": True}, "not columns=True"),
        (colours(2), {"background": "nocolor"}, "a colour that Pillow knows, .* not 'nocolor'"),
        (colours(2), {"background": 5}, "a colour that Pillow knows, .* not 5"),
        (colours(2), {"captions": ["one", "two"], "font": 5}, "5"),
    ],
)
def test_sheets_that_cannot_be(images: list[Image.Image], options: dict[str, object], sentence: str) -> None:
    with pytest.raises(ImageError, match=sentence):
        contact_sheet(images, **options)  # type: ignore[arg-type]
