"""Metadata in picture files, spliced in and out without decoding them.

``embed``, ``extract`` and ``strip`` are about our record inside a file the server sent; ``bare`` is about what other
software wrote into a file of the user's.

Pillow re-encodes a JPEG even with ``quality="keep"``, so the record is written into the container itself, where
other software can read it too:

======  ==========================================================  ==================================
file    place                                                       read with Pillow alone
======  ==========================================================  ==================================
PNG     an ``iTXt`` chunk with the keyword ``apimart-widgets``      ``image.text["apimart-widgets"]``
JPEG    a ``COM`` segment that starts with ``apimart-widgets``      ``image.info["comment"]``
WebP    ``<apimart:record>`` in the XMP packet                      ``image.info["xmp"]``
======  ==========================================================  ==================================

The compressed picture data is not touched. A content credential (C2PA) in the file signs the file's bytes, so a
validator calls a file with our record "changed"; without the record the file stays exactly what the server sent.
"""

from __future__ import annotations

import hashlib
import json
import re
import struct
from collections.abc import Mapping
from typing import Any

from . import words
from .containers import (
    ALPHA_FLAG,
    COM,
    PNG_SIGNATURE,
    SCAN,
    XMP_FLAG,
    RiffChunk,
    container,
    damaged,
    jpeg_parts,
    jpeg_segments,
    png_chunk,
    png_chunks,
    riff,
    riff_chunks,
    riff_end,
    webp_canvas,
)
from .errors import ImageError

RECORD_LIMIT = 60 * 1024
"""Bytes of JSON (UTF-8) a record may take: what fits into one JPEG segment with room to spare."""

CUT_MARKS = ("prompt_cut", "prompt_sha256", "prompt_length")
"""What a record holds beside a prompt that was cut to fit."""

KEYWORD = b"apimart-widgets"

_PNG_PICTURE = (
    *(b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"),  # the pixels
    *(b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB", b"cICP", b"mDCV", b"cLLI", b"bKGD", b"pHYs"),  # how they look
)
_PROFILE_FLAG = 0x20
_XMP_PACKET = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b"</rdf:RDF></x:xmpmeta>"
)
_XMP_RECORD = re.compile(rb"<rdf:Description [^<>]*><apimart:record>([^<]*)</apimart:record></rdf:Description>")


def embed(data: bytes, record: Mapping[str, Any]) -> bytes:
    """``data`` (PNG, JPEG or WebP) with ``record`` written into it; the picture data stays byte for byte.

    A record of ours that is already there is replaced, metadata of others is kept. Over ``RECORD_LIMIT`` bytes of
    JSON the ``prompt`` is cut, and ``prompt_cut: True``, ``prompt_sha256`` (of its UTF-8) and ``prompt_length``
    (characters) are recorded with it, unless ``record`` holds them already.

    Raises:
        ImageError: another format, a damaged file, or a record too long even without its prompt.

    >>> import io
    >>> from PIL import Image
    >>> file = io.BytesIO()
    >>> Image.new("RGB", (2, 2)).save(file, "PNG")
    >>> extract(embed(file.getvalue(), {"prompt": "A fox </script>"}))
    {'prompt': 'A fox </script>'}
    """
    text = _fitting(record)
    data = strip(data)
    match container(data):
        case "png":
            return _embed_png(data, text)
        case "jpeg":
            return _embed_jpeg(data, text)
        case "webp":
            return _embed_webp(data, text)
        case _:
            raise ImageError(words.say("images.no_place_for_metadata"))


def strip(data: bytes) -> bytes:
    """``data`` without our record: what the server sent, byte for byte. Other formats come back as they are.

    Raises:
        ImageError: a damaged PNG, JPEG or WebP file.

    >>> strip(b"GIF89a...")
    b'GIF89a...'
    """
    match container(data):
        case "png":
            return _strip_png(data)
        case "jpeg":
            return _strip_jpeg(data)
        case "webp":
            return _strip_webp(data)
        case _:
            return data


def extract(data: bytes) -> dict[str, Any] | None:
    """The record ``embed`` wrote into ``data``, or None: none there, a damaged one, or no picture at all.

    >>> extract(b"not a picture") is None
    True
    """
    try:
        match container(data):
            case "png":
                text = _extract_png(data)
            case "jpeg":
                text = _extract_jpeg(data)
            case "webp":
                text = _extract_webp(data)
            case _:
                return None
        record = json.loads(text) if text is not None else None
    except (ImageError, ValueError, RecursionError):  # cut or foreign bytes under our keyword are no record of ours
        return None
    return record if isinstance(record, dict) else None


def bare(data: bytes) -> bytes | None:
    """The first picture of a PNG, JPEG, WebP or GIF file and nothing else; its compressed data stays byte for byte.

    Kept is what the pixels are decoded and coloured with, ICC profiles among it. Gone are Exif, XMP, IPTC, comments,
    texts, times, thumbnails, content credentials, later frames, everything unknown, and what stands behind the
    picture: a telephone keeps a second picture there, with Exif of its own.

    Returns None where that takes decoding: an animated WebP, a file built in a way not followed here, another format.
    Exif goes whatever it says, so the orientation has to be looked at before.

    >>> bare(PNG_SIGNATURE + png_chunk(b"tEXt", b"Author\\0A fox") + png_chunk(b"IEND", b"") + b"...")
    b'\\x89PNG\\r\\n\\x1a\\n\\x00\\x00\\x00\\x00IEND\\xaeB`\\x82'
    """
    try:
        match container(data):
            case "png":
                return _bare_png(data)
            case "jpeg":
                return _bare_jpeg(data)
            case "webp":
                return _bare_webp(data)
            case _:
                return _bare_gif(data) if data.startswith(b"GIF8") else None
    except (ImageError, IndexError, struct.error):
        return None


def _json(record: Mapping[str, Any]) -> bytes:
    # backslashreplace turns a lone surrogate into \udXXX, which is its JSON escape: any str comes back as it was.
    text = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "backslashreplace")


def _fitting(record: Mapping[str, Any]) -> bytes:
    text = _json(record)
    if len(text) <= RECORD_LIMIT:
        return text
    prompt = str(record.get("prompt", ""))
    digest = hashlib.sha256(prompt.encode("utf-8", "backslashreplace")).hexdigest()
    marks = dict(zip(CUT_MARKS, (True, digest, len(prompt)), strict=True))
    # Cut once more, it is still the whole prompt that the hash and the length are of.
    marks |= {mark: record[mark] for mark in CUT_MARKS if mark in record}

    def cut_at(length: int) -> bytes:
        return _json({**record, "prompt": prompt[:length], **marks})

    if len(cut_at(0)) > RECORD_LIMIT:
        raise ImageError(words.say("images.record_too_long", limit=RECORD_LIMIT // 1024))
    fits, too_long = 0, len(prompt)
    while too_long - fits > 1:
        middle = (fits + too_long) // 2
        fits, too_long = (middle, too_long) if len(cut_at(middle)) <= RECORD_LIMIT else (fits, middle)
    return cut_at(fits)


# ---- PNG: signature, then chunks of length, type, body, CRC


def _is_ours(kind: bytes, body: bytes) -> bool:
    return kind == b"iTXt" and body.startswith(KEYWORD + b"\0")


def _strip_png(data: bytes) -> bytes:
    parts = [PNG_SIGNATURE]
    end = len(PNG_SIGNATURE)
    for kind, body, chunk in png_chunks(data):
        end += len(chunk)
        if not _is_ours(kind, body):
            parts.append(chunk)
    return b"".join([*parts, data[end:]])


def _embed_png(data: bytes, text: bytes) -> bytes:
    kind, _, header = next(png_chunks(data))
    if kind != b"IHDR":
        raise damaged()
    # Behind the keyword: not compressed, method 0, no language, no translated keyword.
    ours = png_chunk(b"iTXt", KEYWORD + b"\0\0\0\0\0" + text)
    # Before the picture data, so that readers of the header alone find it.
    place = len(PNG_SIGNATURE) + len(header)
    return data[:place] + ours + data[place:]


def _extract_png(data: bytes) -> bytes | None:
    for kind, body, chunk in png_chunks(data):
        if _is_ours(kind, body) and png_chunk(kind, body) == chunk:
            return body.removeprefix(KEYWORD + b"\0\0\0\0\0")
    return None


def _bare_png(data: bytes) -> bytes:
    # Without its animation chunks an APNG is the still picture that other software shows.
    return PNG_SIGNATURE + b"".join(chunk for kind, _, chunk in png_chunks(data) if kind in _PNG_PICTURE)


# ---- JPEG: start of image, then segments of FF, marker, length, body, up to the scan


def _jpeg_record(segment: bytes) -> bytes | None:
    body = segment.lstrip(b"\xff")[3:]
    return body[len(KEYWORD) + 1 :] if body.startswith(KEYWORD + b" ") else None


def _strip_jpeg(data: bytes) -> bytes:
    parts = [data[:2]]
    for marker, start, end in jpeg_segments(data):
        if marker != COM or _jpeg_record(data[start:end]) is None:
            parts.append(data[start:end])
    return b"".join(parts)


def _embed_jpeg(data: bytes, text: bytes) -> bytes:
    # JFIF and Exif must stand first; and of several comments other software reads the last.
    place = next(start for marker, start, _ in jpeg_segments(data) if not (0xE0 <= marker <= 0xEF or marker == COM))
    body = KEYWORD + b" " + text
    return data[:place] + _jpeg_segment(COM, body) + data[place:]


def _extract_jpeg(data: bytes) -> bytes | None:
    for marker, start, end in jpeg_segments(data):
        if marker == COM and (text := _jpeg_record(data[start:end])) is not None:
            return text
    return None


def _bare_jpeg(data: bytes) -> bytes:
    parts = (_bare_part(marker, data[start:end]) for marker, start, end in jpeg_parts(data))
    return data[:2] + b"".join(parts)


def _bare_part(marker: int, segment: bytes) -> bytes:
    """The segment as far as the picture needs it; empty where it does not."""
    if marker == SCAN or 0xC0 <= marker <= 0xDF:  # pixels, tables, frames, the end
        return segment
    body = segment.lstrip(b"\xff")[3:]
    if marker == 0xE0 and body.startswith(b"JFIF\0"):
        return segment if len(body) == 14 else _jpeg_segment(marker, body[:12] + b"\0\0")  # without its thumbnail
    if marker == 0xE2 and body.startswith(b"ICC_PROFILE\0"):
        return segment
    if marker == 0xEE and body.startswith(b"Adobe"):  # says how the colours are coded
        return segment if len(body) == 12 else _jpeg_segment(marker, body[:12])
    return b""


def _jpeg_segment(marker: int, body: bytes) -> bytes:
    return b"\xff" + struct.pack(">BH", marker, len(body) + 2) + body


# ---- WebP: RIFF, size, WEBP, then chunks of type, length, body, padded to even length


def _extended_header(first: RiffChunk) -> bytes:
    if first.kind != b"VP8X" or len(first.body) < 10:
        raise damaged()
    return first.body


def _strip_webp(data: bytes) -> bytes:
    chunks = list(riff_chunks(data))
    place = next(
        (i for i, chunk in enumerate(chunks) if chunk.kind == b"XMP " and _XMP_RECORD.search(chunk.body)), None
    )
    if place is None:
        return data
    packet = _XMP_RECORD.sub(b"", chunks[place].body)
    if packet != _XMP_PACKET:
        chunks[place] = RiffChunk(b"XMP ", packet)
    else:  # the packet, and perhaps the extended header, was there for our record alone
        del chunks[place]
        header = _extended_header(chunks[0])
        chunks[0] = RiffChunk(b"VP8X", bytes([header[0] & ~XMP_FLAG]) + header[1:])
        if len(chunks) == 2 and chunks[1].kind in (b"VP8 ", b"VP8L"):
            del chunks[0]
    return riff(chunks, data[riff_end(data) :])


def _embed_webp(data: bytes, text: bytes) -> bytes:
    chunks = list(riff_chunks(data))
    if chunks[:1] and chunks[0].kind == b"VP8X":
        header = _extended_header(chunks.pop(0))
    else:  # the simple form has no room for metadata: it gets the extended header
        width, height, alpha = webp_canvas(data)
        header = struct.pack("<I", ALPHA_FLAG if alpha else 0)
        header += (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    place = next((i for i, chunk in enumerate(chunks) if chunk.kind == b"XMP "), None)
    if place is None:  # behind the picture and Exif, before chunks nobody defined
        known = (b"ICCP", b"ANIM", b"ANMF", b"ALPH", b"VP8 ", b"VP8L", b"EXIF")
        place = 1 + max((i for i, chunk in enumerate(chunks) if chunk.kind in known), default=-1)
        chunks.insert(place, RiffChunk(b"XMP ", _XMP_PACKET))
    chunks[place] = RiffChunk(b"XMP ", _xmp_with(text, chunks[place].body))
    extended = RiffChunk(b"VP8X", bytes([header[0] | XMP_FLAG]) + header[1:])
    return riff([extended, *chunks], data[riff_end(data) :])


def _xmp_with(text: bytes, packet: bytes) -> bytes:
    # As ASCII JSON without <, > and & the record is XML text as it stands, whatever characters the prompt has.
    plain = json.dumps(json.loads(text)).translate({ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&"})
    head, closing, tail = packet.rpartition(b"</rdf:RDF>")
    if not closing:
        raise ImageError(words.say("images.foreign_xmp"))
    namespace = b'<rdf:Description rdf:about="" xmlns:apimart="urn:apimart-widgets:1"><apimart:record>'
    return head + namespace + plain.encode("ascii") + b"</apimart:record></rdf:Description>" + closing + tail


def _extract_webp(data: bytes) -> bytes | None:
    for chunk in riff_chunks(data):
        if chunk.kind == b"XMP " and (found := _XMP_RECORD.search(chunk.body)):
            return found[1]
    return None


def _bare_webp(data: bytes) -> bytes | None:
    kept = []
    for chunk in riff_chunks(data):
        if chunk.kind == b"VP8X":
            header = _extended_header(chunk)
            kept.append(RiffChunk(b"VP8X", bytes([header[0] & (_PROFILE_FLAG | ALPHA_FLAG)]) + header[1:10]))
        elif chunk.kind == b"ANMF":  # a frame may be smaller than the picture, and stand anywhere in it
            return None
        elif chunk.kind in (b"ICCP", b"ALPH", b"VP8 ", b"VP8L"):
            kept.append(chunk)
    return riff(kept, b"")


# ---- GIF: signature, screen and colour table, then blocks: 21 (extension), 2C (picture), 3B (end)


def _bare_gif(data: bytes) -> bytes | None:
    start = 13 + _colour_table(data[10])
    parts = [data[:start]]
    while data[start] == 0x21:
        end = _behind_sub_blocks(data, start + 2)
        control = data[start + 1] == 0xF9  # says which colour is transparent
        profile = data[start + 1] == 0xFF and data[start + 3 : start + 14] == b"ICCRGBG1012"
        if control or profile:
            parts.append(data[start:end])
        start = end
    if data[start] != 0x2C:
        return None
    end = _behind_sub_blocks(data, start + 11 + _colour_table(data[start + 9]))
    return b"".join([*parts, data[start:end], b";"])


def _colour_table(flags: int) -> int:
    """Its length in bytes."""
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _behind_sub_blocks(data: bytes, at: int) -> int:
    while length := data[at]:
        at += 1 + length
    return at + 1
