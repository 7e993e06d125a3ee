"""What a mask marks, as the bits that page and kernel send each other, and how they are put together on arrival.

A mask travels as PackBits of its rows: eight pixels a byte, the first in the highest bit, 1 where the picture may
change. Pillow reads PackBits by itself; it cannot write it without TIFF around it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from PIL import Image, ImageChops

CHUNK = 2**20
"""Bytes a message may carry, at most."""

PAGES = 16
"""Pages that are remembered: those longest silent are forgotten."""

# A byte that stands 2 to 128 times, or up to 128 bytes of which none begins such a run of three.
_TOKEN = re.compile(rb"(.)\1{1,127}|(?:(.)(?!\2\2)){1,128}", re.DOTALL)


@dataclass(frozen=True)
class Marks:
    """What is marked of a picture.

    Attributes:
        size: width and height of the picture in pixels.
        packed: the bits, as they travel.
        count: how many pixels are marked.

    >>> marks = Marks.of(Image.new("1", (40, 2), 1))
    >>> marks.packed.hex(" "), marks.share
    ('fc ff fc ff', 1.0)
    """

    size: tuple[int, int]
    packed: bytes = field(repr=False)
    count: int

    @classmethod
    def of(cls, bits: Image.Image) -> Marks:
        """What is set in a picture of mode "1"."""
        width, rows = (bits.width + 7) // 8, bits.tobytes()
        lines = [rows[start : start + width] for start in range(0, len(rows), width)]
        packed = {line: _packed(line) for line in set(lines)}
        return cls(bits.size, b"".join(packed[line] for line in lines), _count(bits))

    @classmethod
    def of_mask(cls, mask: Image.Image) -> Marks:
        """Where a picture is more than half transparent."""
        return cls.of(mask.getchannel("A").point(lambda alpha: 255 * (alpha < 128), "1"))

    @classmethod
    def unpacked(cls, packed: bytes, size: tuple[int, int]) -> Marks:
        """What has arrived. Raises ``ValueError`` when it is no mask of this size."""
        return cls(size, packed, _count(_bits(packed, size)))

    @property
    def share(self) -> float:
        """How much of the picture is marked, 0 to 1."""
        return self.count / (self.size[0] * self.size[1])

    def mask(self) -> Image.Image:
        """Black in RGBA: alpha 0 where marked, 255 elsewhere."""
        mask = Image.new("RGBA", self.size)
        mask.putalpha(ImageChops.invert(_bits(self.packed, self.size).convert("L")))
        return mask


class Arrivals:
    """Puts together the masks of one picture, which come in pieces, some of them twice, from more than one page."""

    def __init__(self, size: tuple[int, int]) -> None:
        row = (size[0] + 7) // 8
        longest = size[1] * (row + -(-row // 128))
        self._size = size
        self._most_parts = -(-longest // CHUNK)
        self._pieces: dict[str, tuple[int, dict[int, bytes]]] = {}
        self.kept: dict[str, int] = {}
        """Page -> number of the last mask that was read."""

    def take(self, piece: bytes, *, page: Any, number: Any, part: Any, parts: Any, **_: Any) -> Marks | None:
        """The mask, once it is whole; None before, and when it was read already. Raises ``ValueError``."""
        if not (isinstance(page, str) and len(page) <= 64 and all(type(each) is int for each in (number, part, parts))):
            raise ValueError("no page or no numbers")
        if number <= self.kept.get(page, 0):
            return None
        begun, pieces = self._pieces.pop(page, (number, {}))
        if not (0 <= part < parts <= self._most_parts) or len(piece) > CHUNK:
            raise ValueError("more than a mask of this size can be")
        if number != begun:
            pieces = {}
        pieces[part] = piece
        if len(pieces) < parts:
            remember(self._pieces, page, (number, pieces))
            return None
        remember(self.kept, page, number)
        return Marks.unpacked(b"".join(pieces[place] for place in sorted(pieces)), self._size)


def remember(pages: dict[str, Any], page: str, what: Any) -> None:
    """Note something of a page, and forget the page that was silent longest where there are many."""
    pages.pop(page, None)
    pages[page] = what
    if len(pages) > PAGES:
        del pages[next(iter(pages))]


def _packed(row: bytes) -> bytes:
    packed = bytearray()
    for found in _TOKEN.finditer(row):
        token = found[0]
        packed += bytes((257 - len(token), token[0])) if found[1] else bytes((len(token) - 1,)) + token
    return bytes(packed)


def _count(bits: Image.Image) -> int:
    return sum(bits.histogram()[1:])  # what is set may be 1 or 255 in a picture of mode "1"


def _bits(packed: bytes, size: tuple[int, int]) -> Image.Image:
    return Image.frombytes("1", size, packed, "packbits", "1")
