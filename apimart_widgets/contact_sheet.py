"""A contact sheet: many pictures on one, with captions that can be read."""

from __future__ import annotations

import bisect
import math
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from PIL import Image, ImageColor, ImageDraw, ImageFont

from . import words
from .encoding import displayable
from .errors import ImageError

_CAPTION_LINES = 3
_ELLIPSIS = "..."
_MISSING = "?"

_SYSTEM_FONTS = (
    "NotoSansCJK-Regular.ttc",
    "NotoSansCJKsc-Regular.otf",
    "NotoSansSC-Regular.otf",
    "SourceHanSansSC-Regular.otf",
    "wqy-microhei.ttc",
    "wqy-zenhei.ttc",
    "PingFang.ttc",
    "Hiragino Sans GB.ttc",
    "STHeiti Medium.ttc",
    "msyh.ttc",
    "simhei.ttf",
    "Arial Unicode.ttf",
    "DejaVuSans.ttf",
)
"""Files Pillow looks for in the system's font folders, Chinese ones first; the last knows Greek, Cyrillic and signs."""


def contact_sheet(
    images: Sequence[Image.Image],
    captions: Sequence[str] | None = None,
    *,
    columns: int | None = None,
    cell: int = 320,
    background: str = "white",
) -> Image.Image:
    """All ``images`` on one sheet, each within a square of ``cell`` pixels, its caption below it.

    Captions wrap, and end in an ellipsis after three lines. They are set in Pillow's own font, which knows Latin
    letters only. For other scripts a font of the system is looked for (Noto CJK, WenQuanYi, PingFang, Microsoft
    YaHei and the like); a character that no font found can draw becomes a question mark.

    Args:
        images: in reading order; smaller ones are not enlarged.
        captions: one for each image, or None.
        columns: by default as many as make the sheet about square.
        cell: side of the square, in pixels.
        background: any colour Pillow knows; captions are black or white, whichever can be read on it.

    Raises:
        ImageError: no images, not one caption for each, no column, or a cell under 16 pixels.

    >>> contact_sheet([Image.new("RGB", (300, 200))] * 4, cell=100).size
    (224, 158)
    """
    if not images:
        raise ImageError(words.say("images.empty_sheet"))
    if captions is not None and len(captions) != len(images):
        raise ImageError(words.say("images.caption_count", captions=len(captions), images=len(images)))
    columns = math.ceil(math.sqrt(len(images))) if columns is None else columns
    if columns < 1 or cell < 16:
        raise ImageError(words.say("images.sheet_layout", columns=columns, cell=cell))
    columns = min(columns, len(images))
    # What cannot fit into three lines anyway is not measured: a prompt may have 32,000 characters.
    texts = [" ".join(caption[: cell * _CAPTION_LINES].split()) for caption in captions or [""] * len(images)]
    font = _font(max(12, cell // 20), frozenset("".join(texts)))
    tiles = [_Tile(_fitted(image, cell), _lines(text, font, cell)) for image, text in zip(images, texts, strict=True)]
    rows = [tiles[first : first + columns] for first in range(0, len(tiles), columns)]
    return _drawn(rows, font, cell, background)


class _Tile(NamedTuple):
    picture: Image.Image
    lines: list[str]


class _Font(NamedTuple):
    face: ImageFont.FreeTypeFont
    missing: frozenset[str]

    @property
    def line_height(self) -> int:
        return math.ceil(self.face.size * 1.35)


def _drawn(rows: list[list[_Tile]], font: _Font, cell: int, background: str) -> Image.Image:
    gap = max(8, cell // 20)
    pictures = [max(tile.picture.height for tile in row) for row in rows]
    captions = [max(len(tile.lines) for tile in row) * font.line_height for row in rows]
    width = gap + len(rows[0]) * (cell + gap)
    height = gap + sum(pictures) + sum(captions) + gap * len(rows)
    colour = ImageColor.getrgb(background)
    sheet = Image.new("RGBA" if len(colour) == 4 else "RGB", (width, height), colour)
    draw = ImageDraw.Draw(sheet)
    red, green, blue = colour[:3]
    ink = "black" if 299 * red + 587 * green + 114 * blue > 127_000 else "white"
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


def _fitted(image: Image.Image, cell: int) -> Image.Image:
    fitted = displayable(image.copy())
    fitted.thumbnail((cell, cell), Image.Resampling.LANCZOS, reducing_gap=2.0)
    return fitted


def _lines(text: str, font: _Font, width: int) -> list[str]:
    """``text`` broken at spaces, or anywhere in a script without them, into at most three lines."""
    rest = "".join(_MISSING if character in font.missing else character for character in text)
    lines: list[str] = []
    while rest and len(lines) < _CAPTION_LINES:
        length = _that_fit(rest, font.face, width)
        if length < len(rest) and len(lines) == _CAPTION_LINES - 1:
            shorter = _that_fit(rest, font.face, width - math.ceil(font.face.getlength(_ELLIPSIS)))
            return [*lines, rest[:shorter].rstrip() + _ELLIPSIS]
        space = rest.rfind(" ", 0, length + 1)
        if length < len(rest) and space > length // 2:
            length = space
        lines.append(rest[:length].rstrip())
        rest = rest[length:].lstrip()
    return lines


def _that_fit(text: str, face: ImageFont.FreeTypeFont, width: int) -> int:
    """How many characters of ``text`` fit into ``width`` pixels, at least one."""
    return max(
        1, bisect.bisect_right(range(1, len(text) + 1), width, key=lambda end: math.ceil(face.getlength(text[:end])))
    )


@lru_cache(maxsize=32)
def _font(size: int, characters: frozenset[str]) -> _Font:
    """Pillow's own font if it has all ``characters``, else the system's font that lacks the fewest."""
    best = _tried(ImageFont.load_default(size), characters)
    for file in _SYSTEM_FONTS:
        if not best.missing:
            break
        try:
            font = _tried(ImageFont.truetype(file, size), characters)
        except OSError:  # not on this machine
            continue
        if len(font.missing) < len(best.missing):
            best = font
    return best


def _tried(face: ImageFont.FreeTypeFont | ImageFont.ImageFont, characters: frozenset[str]) -> _Font:
    if not isinstance(face, ImageFont.FreeTypeFont):
        raise ImageError(words.say("images.no_freetype"))
    # A font draws what it lacks as one and the same sign, which a noncharacter shows.
    nothing = _drawing(face, "\uffff")
    missing = {
        character for character in characters if not character.isspace() and _drawing(face, character) == nothing
    }
    return _Font(face, frozenset(missing))


def _drawing(face: ImageFont.FreeTypeFont, character: str) -> tuple[tuple[int, int], bytes]:
    mask = face.getmask(character)
    return mask.size, bytes(mask)
