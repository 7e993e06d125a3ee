"""The parts that PNG, JPEG and WebP files are made of, walked without decoding the picture."""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from . import words
from .errors import ImageError

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
SCAN, EOI, SOS, COM = 0x00, 0xD9, 0xDA, 0xFE
"""JPEG markers: (none of its own) coded pixels, end of the picture, start of a scan, a comment."""
XMP_FLAG, ALPHA_FLAG = 0x04, 0x10
"""Bits of a WebP file's extended header."""

# Among coded pixels FF is followed by 0 or a restart mark. (Looking for \xff+ would take twenty times as long.)
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")


def container(data: bytes) -> str | None:
    """``"png"``, ``"jpeg"``, ``"webp"`` or None, told by the first bytes.

    >>> container(b"RIFF....WEBP")
    'webp'
    """
    if data.startswith(PNG_SIGNATURE):
        return "png"
    if data.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    return None


def webp_canvas(data: bytes) -> tuple[int, int, bool]:
    """Width and height in pixels and whether alpha is used, from the headers of a WebP file.

    Raises:
        ImageError: the headers are cut off or damaged.
    """
    for chunk in riff_chunks(data):
        body = chunk.body
        if chunk.kind == b"VP8X" and len(body) >= 10:
            width, height = (1 + int.from_bytes(body[i : i + 3], "little") for i in (4, 7))
            return width, height, bool(body[0] & ALPHA_FLAG)
        if chunk.kind == b"VP8 " and body[3:6] == b"\x9d\x01\x2a" and len(body) >= 10:
            width, height = (side & 0x3FFF for side in struct.unpack_from("<HH", body, 6))
            if not width or not height:  # the other forms count from 1 and cannot say 0
                raise damaged()
            return width, height, False
        if chunk.kind == b"VP8L" and body[:1] == b"\x2f" and len(body) >= 5:
            (bits,) = struct.unpack_from("<I", body, 1)
            return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF), bool(bits >> 28 & 1)
    raise damaged()


def damaged() -> ImageError:
    """The error to raise for a file whose parts do not add up."""
    return ImageError(words.say("images.damaged_file"))


# ---- PNG: signature, then chunks of length, type, body, CRC


def png_chunks(data: bytes) -> Iterator[tuple[bytes, bytes, bytes]]:
    """(type, body, the chunk as it stands) up to and with IEND.

    Raises:
        ImageError: the file ends before that.

    >>> [kind for kind, _, _ in png_chunks(PNG_SIGNATURE + png_chunk(b"IHDR", bytes(13)) + png_chunk(b"IEND", b""))]
    [b'IHDR', b'IEND']
    """
    at = len(PNG_SIGNATURE)
    while True:
        if at + 12 > len(data):
            raise damaged()
        length, kind = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        if end > len(data):
            raise damaged()
        yield kind, data[at + 8 : end - 4], data[at:end]
        if kind == b"IEND":
            return
        at = end


def png_chunk(kind: bytes, body: bytes) -> bytes:
    """A chunk with its length and check sum.

    >>> png_chunk(b"IEND", b"")
    b'\\x00\\x00\\x00\\x00IEND\\xaeB`\\x82'
    """
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


# ---- JPEG: start of image, then segments of FF, marker, length, body, up to the scan


def jpeg_segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """(marker, start, end) of each segment before the first scan; the scan itself last, to the end of the file.

    Raises:
        ImageError: something else stands before the scan, or there is none.

    >>> list(jpeg_segments(b"\\xff\\xd8" b"\\xff\\xfe\\x00\\x04hi" b"\\xff\\xda\\x00\\x02..."))
    [(254, 2, 8), (218, 8, 15)]
    """
    for marker, start, end in jpeg_parts(data):
        if marker == SOS:
            yield marker, start, len(data)
            return
        yield marker, start, end


def jpeg_parts(data: bytes) -> Iterator[tuple[int, int, int]]:
    """(marker, start, end) of everything in the first picture of a file, up to and with its end mark.

    The coded pixels behind each start of a scan stand as a part of their own, with ``SCAN`` for a marker.

    Raises:
        ImageError: something else stands between, or the file ends before that.

    >>> file = b"\\xff\\xd8" b"\\xff\\xfe\\x00\\x04hi" b"\\xff\\xda\\x00\\x02" b"...\\xff\\x00..." b"\\xff\\xd9" b"more"
    >>> [(hex(marker), file[start:end]) for marker, start, end in jpeg_parts(file)][2:]
    [('0x0', b'...\\xff\\x00...'), ('0xd9', b'\\xff\\xd9')]
    """
    at = 2
    while True:
        start = at
        while data[at : at + 2] == b"\xff\xff":  # fill bytes may stand before a marker
            at += 1
        if data[at : at + 2] == b"\xff\xd9" and start > 2:
            yield EOI, start, at + 2
            return
        if data[at : at + 1] != b"\xff" or at + 4 > len(data):
            raise damaged()
        marker = data[at + 1]
        at += 2 + struct.unpack_from(">H", data, at + 2)[0]
        if marker != SOS and (marker < 0xC0 or 0xD0 <= marker <= 0xD9 or at > len(data)):  # no segment of a picture
            raise damaged()
        yield marker, start, at
        if marker == SOS:
            following = _MARKER.search(data, at)
            if following is None:
                raise damaged()
            yield SCAN, at, following.start()
            at = following.start()


# ---- WebP: RIFF, size, WEBP, then chunks of type, length, body, padded to even length


class RiffChunk(NamedTuple):
    """A part of a WebP file: its four-letter kind, and its content without length and padding."""

    kind: bytes
    body: bytes

    def pack(self) -> bytes:
        """The chunk as it stands in a file."""
        return self.kind + struct.pack("<I", len(self.body)) + self.body + b"\0" * (len(self.body) % 2)


def riff_end(data: bytes) -> int:
    """Where a WebP file ends by its own account; bytes behind that are none of its.

    >>> riff_end(riff([], b"trailing"))
    12
    """
    if len(data) < 12:
        raise damaged()
    return 8 + int(struct.unpack_from("<I", data, 4)[0])


def riff_chunks(data: bytes) -> Iterator[RiffChunk]:
    """The chunks of a WebP file.

    Raises:
        ImageError: the file ends before the last one does.

    >>> list(riff_chunks(riff([RiffChunk(b"VP8L", b"...")], b"")))
    [RiffChunk(kind=b'VP8L', body=b'...')]
    """
    at, end = 12, riff_end(data)
    if end > len(data):
        raise damaged()
    while at < end:
        if at + 8 > end:
            raise damaged()
        kind, length = struct.unpack_from("<4sI", data, at)
        if at + 8 + length > end:
            raise damaged()
        yield RiffChunk(kind, data[at + 8 : at + 8 + length])
        at += 8 + length + length % 2


def riff(chunks: Iterable[RiffChunk], trailing: bytes) -> bytes:
    """A WebP file of ``chunks``, with ``trailing`` behind it.

    >>> riff([], b"trailing")
    b'RIFF\\x04\\x00\\x00\\x00WEBPtrailing'
    """
    body = b"WEBP" + b"".join(chunk.pack() for chunk in chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body + trailing
