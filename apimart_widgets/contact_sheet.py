"""Many pictures on one: a contact sheet with captions below them, or a table of cells under headers."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from PIL import Image, ImageColor, ImageDraw

from . import words
from .encoding import displayable
from .errors import ImageError
from .lettering import Font, font_for, lines
from .rules import as_typed, whole_number

_CAPTION_LINES = 3
_HEADER_LINES = 8
SMALLEST_CELL = 16
"""Pixels under which a cell shows nothing."""
LARGEST_CELL = 4096
"""Pixels over which a handful of cells would fill the memory; no picture of this API is larger."""


def contact_sheet(
    images: Sequence[Image.Image],
    captions: Sequence[str] | None = None,
    *,
    columns: int | None = None,
    cell: int = 320,
    background: str = "white",
    font: str | os.PathLike[str] | None = None,
) -> Image.Image:
    """All ``images`` on one sheet, each within a square of ``cell`` pixels, its caption below it.

    Captions wrap, and end in an ellipsis after three lines. They are set in Pillow's own font, which knows Latin
    letters only; for Chinese and other scripts in one of the machine's, see ``lettering.font_for``. A character that no
    font found can draw becomes a question mark, with a warning that says what to install.

    Args:
        images: in reading order; smaller ones are not enlarged.
        captions: one for each image, or None; numbers are written out, and None among them leaves one out.
        columns: by default as many as make the sheet about square.
        cell: side of the square, in pixels.
        background: any colour Pillow knows; captions are black or white, whichever can be read on it.
        font: path of a font file for the captions.

    Raises:
        ImageError: no images, not one caption for each, no list of them, no column, a cell under 16 pixels, or no font
            at ``font``.

    >>> contact_sheet([Image.new("RGB", (300, 200))] * 4, cell=100).size
    (224, 158)
    """
    if not images:
        raise ImageError(words.say("images.empty_sheet"))
    said = [""] * len(images) if captions is None else _listed(captions)
    if len(said) != len(images):
        raise ImageError(words.say("images.caption_count", captions=len(said), images=len(images)))
    cell, columns = check_layout(cell, math.ceil(math.sqrt(len(images))) if columns is None else columns)
    columns = min(columns, len(images))
    # More than a sheet can show: a prompt may have 32,000 characters.
    texts = [caption[: cell * _CAPTION_LINES] for caption in said]
    face = font_for("".join(texts), _text_size(cell), font)
    tiles = [
        _Tile(shrunk(image, cell), lines(text, face, cell, _CAPTION_LINES))
        for image, text in zip(images, texts, strict=True)
    ]
    rows = [tiles[first : first + columns] for first in range(0, len(tiles), columns)]
    return _drawn(rows, face, cell, background)


def _listed(captions: object) -> list[str]:
    """Captions as a list, from whatever holds several: an array and a column of a table have no truth value."""
    if isinstance(captions, str | bytes) or not isinstance(captions, Iterable):
        raise ImageError(words.say("images.no_captions", value=as_typed(captions)))
    return ["" if caption is None else str(caption) for caption in captions]


def check_layout(cell: object, columns: object = 1) -> tuple[int, int]:
    """Both as plain ints; refuse a sheet that nobody could look at: cells of 16 to 4,096 pixels, a column at least.

    Raises:
        ImageError: with a sentence.
    """
    side, across = whole_number(cell), whole_number(columns)
    if side is None or across is None or not SMALLEST_CELL <= side <= LARGEST_CELL or across < 1:
        given = {"columns": as_typed(columns), "cell": as_typed(cell)}
        raise ImageError(words.say("images.sheet_layout", most=LARGEST_CELL, **given))
    return side, across


def shrunk(image: Image.Image, cell: int) -> Image.Image:
    """A copy of ``image`` that can be pasted, at most ``cell`` pixels wide and high.

    >>> shrunk(Image.new("CMYK", (300, 200)), 30).size
    (30, 20)
    """
    fitted = displayable(image.copy())
    fitted.thumbnail((cell, cell), Image.Resampling.LANCZOS, reducing_gap=2.0)
    return fitted


class Place(NamedTuple):
    """A cell of a table: its pictures stand side by side; where there are none, ``words`` say why."""

    pictures: Sequence[Image.Image]
    words: str


class Headers(NamedTuple):
    """What stands around a table: a line above it, "" for none, and a text for the corner, each row and each column."""

    title: str
    corner: str
    rows: Sequence[str]
    columns: Sequence[str]


def table_sheet(
    headers: Headers,
    places: Sequence[Sequence[Place]],
    *,
    cell: int,
    background: str = "white",
    font: str | os.PathLike[str] | None = None,
) -> Image.Image:
    """A table of pictures as one image: labels of the rows at the left, of the columns on top, wrapped to their width.

    Every cell is as wide as the one with the most pictures, ``cell`` pixels for each; a row is as high as its highest
    picture.

    Args:
        headers: all that is written around it.
        places: the cells, row by row; pictures already ``shrunk`` to ``cell``.
        cell: width of one picture, in pixels.
        background, font: as for ``contact_sheet``.

    Raises:
        ImageError: a cell under 16 pixels, or no font at ``font``.

    >>> fox = Image.new("RGB", (100, 50))
    >>> headers = Headers("", "", ["low", "high"], ["A fox"])
    >>> table_sheet(headers, [[Place([fox], "")], [Place([], "none yet")]], cell=100).size
    (149, 145)
    """
    cell, _ = check_layout(cell)
    return _TableSheet(headers, places, cell, font).drawn(background)


class _TableSheet:
    def __init__(
        self,
        headers: Headers,
        places: Sequence[Sequence[Place]],
        cell: int,
        font: str | os.PathLike[str] | None,
    ) -> None:
        self.places = places
        self.cell = cell
        self.gap = _gap(cell)
        most = cell * _HEADER_LINES
        written = [headers.title, headers.corner, *headers.rows, *headers.columns]
        written += [place.words for row in places for place in row]
        self.font = letters = font_for("".join(text[:most] for text in written), _text_size(cell), font)
        across = max((len(place.pictures) for row in places for place in row), default=0) or 1
        self.width = across * cell + (across - 1) * (self.gap // 2)
        self.labels_width = min(
            cell, max((letters.width(text[:most]) for text in (headers.corner, *headers.rows)), default=0)
        )
        self.heights = [max((self._height(place) for place in row), default=cell // 2) for row in places]
        self.labels = [
            lines(text, letters, self.labels_width or cell, max(1, height // letters.line_height))
            for text, height in zip(headers.rows, self.heights, strict=True)
        ]
        self.columns = [lines(text, letters, self.width, _HEADER_LINES) for text in headers.columns]
        self.corner = lines(headers.corner, letters, self.labels_width or cell, _HEADER_LINES)
        self.left = self.gap + (self.labels_width + self.gap if self.labels_width else 0)
        self.right = self.left + len(self.columns) * (self.width + self.gap)
        self.title = lines(headers.title, letters, self.right - 2 * self.gap, _HEADER_LINES)

    def _height(self, place: Place) -> int:
        # Room to say in words why there is nothing.
        return max(
            (picture.height for picture in place.pictures), default=min(self.cell // 2, 4 * self.font.line_height)
        )

    def drawn(self, background: str) -> Image.Image:
        line, gap = self.font.line_height, self.gap
        title = len(self.title) * line + (gap if self.title else 0)
        header = max(map(len, [self.corner, *self.columns]), default=0) * line
        top = gap + title + header + (gap // 2 if header else 0)
        height = top + sum(self.heights) + gap * len(self.heights)
        self.sheet, self.ink = _blank((self.right, height), background)
        self.draw = ImageDraw.Draw(self.sheet)
        self._write(self.title, gap, gap)
        self._write(self.corner, gap, gap + title + header - len(self.corner) * line, self.labels_width, align=1)
        for column, texts in enumerate(self.columns):
            left = self.left + column * (self.width + gap)
            self._write(texts, left, gap + title + header - len(texts) * line)
        for row, height in enumerate(self.heights):
            texts = self.labels[row]
            self._write(texts, gap, top + (height - len(texts) * line) // 2, self.labels_width, align=1)
            for column, place in enumerate(self.places[row]):
                self._put(place, self.left + column * (self.width + gap), top, height)
            top += height + gap
        return self.sheet

    def _put(self, place: Place, left: int, top: int, height: int) -> None:
        for number, picture in enumerate(place.pictures):
            x = left + number * (self.cell + self.gap // 2) + (self.cell - picture.width) // 2
            y = top + (height - picture.height) // 2
            self.sheet.paste(picture, (x, y), picture if picture.mode == "RGBA" else None)
        if not place.pictures:
            self.draw.rectangle((left, top, left + self.width - 1, top + height - 1), outline="gray")
            room = self.width - 2 * self.gap
            texts = lines(place.words, self.font, room, max(1, height // self.font.line_height))
            self._write(
                texts, left + self.gap, top + (height - len(texts) * self.font.line_height) // 2, room, align=0.5
            )

    def _write(self, texts: Sequence[str], left: int, top: int, width: int = 0, align: float = 0) -> None:
        """Lines of text; ``align``: 0 at the left of ``width``, 1 at its right."""
        for number, text in enumerate(texts):
            x = left + (round((width - self.font.width(text)) * align) if align else 0)
            self.draw.text((x, top + number * self.font.line_height), text, self.ink, self.font.face)


def _text_size(cell: int) -> int:
    return max(12, cell // 20)


def _gap(cell: int) -> int:
    return max(8, cell // 20)


def _blank(size: tuple[int, int], background: str) -> tuple[Image.Image, str]:
    """An empty sheet, and the colour that can be read on it."""
    try:
        colour = ImageColor.getrgb(background)
    except (ValueError, TypeError, AttributeError) as error:
        raise ImageError(words.say("images.no_colour", value=repr(background))) from error
    red, green, blue = colour[:3]
    ink = "black" if 299 * red + 587 * green + 114 * blue > 127_000 else "white"
    return Image.new("RGBA" if len(colour) == 4 else "RGB", size, colour), ink


class _Tile(NamedTuple):
    picture: Image.Image
    lines: list[str]


def _drawn(rows: list[list[_Tile]], font: Font, cell: int, background: str) -> Image.Image:
    gap = _gap(cell)
    pictures = [max(tile.picture.height for tile in row) for row in rows]
    captions = [max(len(tile.lines) for tile in row) * font.line_height for row in rows]
    width = gap + len(rows[0]) * (cell + gap)
    height = gap + sum(pictures) + sum(captions) + gap * len(rows)
    sheet, ink = _blank((width, height), background)
    draw = ImageDraw.Draw(sheet)
    top = gap
    for row, picture, caption in zip(rows, pictures, captions, strict=True):
        for column, tile in enumerate(row):
            left = gap + column * (cell + gap)
            place = left + (cell - tile.picture.width) // 2, top + picture - tile.picture.height
            sheet.paste(tile.picture, place, tile.picture if tile.picture.mode == "RGBA" else None)
            for number, line in enumerate(tile.lines):
                draw.text((left, top + picture + gap // 4 + number * font.line_height), line, ink, font.face)
        top += picture + caption + gap
    return sheet
