"""The record inside a file comes back as it was, and nothing else in the file changes."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import struct
import zlib
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from apimart_widgets.containers import container, webp_canvas
from apimart_widgets.errors import ImageError
from apimart_widgets.metadata import RECORD_LIMIT, embed, extract, strip
from tests.examples import examples


def picture(kind: str, *, mode: str = "RGB", size: tuple[int, int] = (37, 23), **options: object) -> bytes:
    image = Image.radial_gradient("L").resize(size).convert(mode)
    if mode == "RGBA":
        image.putalpha(Image.linear_gradient("L").resize(size))
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


FILES = {
    "png": picture("PNG"),
    "png, alpha": picture("PNG", mode="RGBA"),
    "jpeg": picture("JPEG"),
    "jpeg, progressive": picture("JPEG", progressive=True, quality=60),
    "webp, VP8": picture("WEBP"),
    "webp, VP8 odd size": picture("WEBP", size=(1, 1)),
    "webp, VP8L": picture("WEBP", lossless=True),
    "webp, VP8L with alpha": picture("WEBP", mode="RGBA", lossless=True),
    "webp, VP8X with alpha": picture("WEBP", mode="RGBA"),
}
every_file = pytest.mark.parametrize("data", FILES.values(), ids=FILES.keys())


def pixels(data: bytes) -> tuple[str, tuple[int, int], bytes]:
    with Image.open(io.BytesIO(data)) as image:
        return image.mode, image.size, image.tobytes()


def compressed(data: bytes) -> bytes:
    """The compressed picture data of a file, found without the code under test."""
    if data.startswith(b"\x89PNG"):
        at, found = 8, b""
        while at < len(data):
            (length,) = struct.unpack_from(">I", data, at)
            if data[at + 4 : at + 8] == b"IDAT":
                found += data[at : at + 12 + length]
            at += 12 + length
        return found
    if data.startswith(b"RIFF"):
        at, found = 12, b""
        while at < len(data):
            kind, length = struct.unpack_from("<4sI", data, at)
            if kind in (b"VP8 ", b"VP8L", b"ALPH"):
                found += data[at : at + 8 + length]
            at += 8 + length + length % 2
        return found
    return data[data.index(b"\xff\xdb") :]  # quantisation tables to the end of the scan


@every_file
def test_the_picture_data_stays_the_servers_bytes(data: bytes) -> None:
    with_record = embed(data, {"prompt": "A red fox", "n": 4})
    assert extract(with_record) == {"prompt": "A red fox", "n": 4}
    assert extract(data) is None
    assert pixels(with_record) == pixels(data)
    assert compressed(with_record) == compressed(data) != b""


@every_file
@settings(max_examples=examples(40), deadline=None)
@given(text=st.text(max_size=300), number=st.integers() | st.floats(allow_nan=False) | st.none())
def test_any_text_comes_back_as_it_was(data: bytes, text: str, number: float | None) -> None:
    record = {"prompt": text, "extra": {text: [number, True]}}
    assert extract(embed(data, record)) == record


AWKWARD = [
    "",
    "\"quotes\" 'single' \\ back \\u003c",
    "</script><img src=x onerror=alert(1)>&amp;]]>",
    "</apimart:record></rdf:RDF>",
    "\x00\x01\x1f\x7f\ufffe\uffff\u2028",
    "雪上的红狐，黄昏",
    "\U0001f98a" * 100,
    "half a pair: \ud83e.",
    "a" * 32_000,
    "狐" * 20_000,
]


@every_file
@pytest.mark.parametrize("prompt", AWKWARD, ids=range(len(AWKWARD)))
def test_awkward_prompts(data: bytes, prompt: str) -> None:
    written = embed(data, {"prompt": prompt})
    assert extract(written) == {"prompt": prompt}
    assert pixels(written) == pixels(data)


@every_file
def test_a_record_too_long_has_its_prompt_cut(data: bytes) -> None:
    prompt = "\U0001f98a" * 32_000
    record = extract(embed(data, {"prompt": prompt, "size": "3:2"}))
    assert record is not None
    assert record["prompt_cut"] is True
    assert record["prompt_length"] == 32_000
    assert record["prompt_sha256"] == hashlib.sha256(prompt.encode()).hexdigest()
    assert record["size"] == "3:2"
    assert prompt.startswith(record["prompt"])
    assert RECORD_LIMIT - 400 < len(record["prompt"].encode()) < RECORD_LIMIT


def test_the_limit_is_exact() -> None:
    fits = {"prompt": "a" * (RECORD_LIMIT - len('{"prompt":""}'))}
    assert extract(embed(FILES["jpeg"], fits)) == fits
    record = extract(embed(FILES["jpeg"], {"prompt": fits["prompt"] + "a"}))
    assert record is not None
    assert record["prompt_cut"] is True


def test_settings_too_long_without_the_prompt() -> None:
    with pytest.raises(ImageError, match=r"settings alone take more than 60 KB.*metadata=False"):
        embed(FILES["png"], {"prompt": "A fox", "extra": "a" * RECORD_LIMIT})


@every_file
def test_an_earlier_record_is_replaced(data: bytes) -> None:
    once = embed(data, {"prompt": "second"})
    assert embed(embed(data, {"prompt": "first, longer"}), {"prompt": "second"}) == once


@every_file
def test_without_the_record_the_file_is_what_it_was(data: bytes) -> None:
    assert strip(data) == data
    assert strip(embed(data, {"prompt": "A fox"})) == data
    assert strip(embed(data + b"trailing", {"prompt": "A fox"})) == data + b"trailing"


def test_foreign_png_text_stays() -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("Software", "a server")
    info.add_itxt("apimart-widgets-other", "not ours")
    written = embed(picture("PNG", pnginfo=info, dpi=(300, 300)), {"prompt": "A fox"})
    with Image.open(io.BytesIO(written)) as image:
        assert isinstance(image, PngImagePlugin.PngImageFile)
        assert image.text["Software"] == "a server"
        assert image.text["apimart-widgets-other"] == "not ours"
        assert image.text["apimart-widgets"] == '{"prompt":"A fox"}'
        assert round(image.info["dpi"][0]) == 300


XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" dc:format="x"/>'
    b"</rdf:RDF></x:xmpmeta>"
)


def exif() -> bytes:
    block = Image.Exif()
    block[0x010E] = "a description"
    return block.tobytes()


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "PNG"])
@pytest.mark.parametrize("lossless", [False, True])
def test_foreign_exif_xmp_and_profile_stay(kind: str, lossless: bool) -> None:
    options = {"comment": b"theirs"} if kind == "JPEG" else {"lossless": lossless} if kind == "WEBP" else {}
    data = picture(kind, exif=exif(), xmp=XMP, icc_profile=b"a profile of odd length", **options)
    written = embed(embed(data, {"prompt": "</rdf:RDF> first"}), {"prompt": "A fox"})
    assert extract(written) == {"prompt": "A fox"}
    assert strip(written) == data
    with Image.open(io.BytesIO(data)) as before, Image.open(io.BytesIO(written)) as after:
        assert after.getexif()[0x010E] == "a description"
        assert after.info["icc_profile"] == before.info["icc_profile"]
        assert after.tobytes() == before.tobytes()
    assert written.count(b'dc:format="x"') == data.count(b'dc:format="x"')
    assert written.count(b"theirs") == data.count(b"theirs")


def test_a_foreign_xmp_packet_stays_xml() -> None:
    written = embed(picture("WEBP", xmp=XMP), {"prompt": "</rdf:RDF> & <A fox>"})
    with Image.open(io.BytesIO(written)) as image:
        theirs, ours = ElementTree.fromstring(image.info["xmp"])[0]
    assert list(theirs.attrib.values()) == ["", "x"]
    assert json.loads(ours[0].text or "") == {"prompt": "</rdf:RDF> & <A fox>"}


def test_other_software_finds_the_record() -> None:
    record = {"prompt": "A <red> fox"}
    with Image.open(io.BytesIO(embed(FILES["jpeg"], record))) as image:
        assert image.info["comment"] == b'apimart-widgets {"prompt":"A <red> fox"}'
    with Image.open(io.BytesIO(embed(FILES["webp, VP8"], record))) as image:
        assert ElementTree.fromstring(image.info["xmp"])[0][0][0].text == '{"prompt": "A \\u003cred\\u003e fox"}'


def test_an_xmp_packet_nobody_can_extend() -> None:
    with pytest.raises(ImageError, match="XMP packet that cannot be extended"):
        embed(picture("WEBP", xmp=b"no xml at all"), {"prompt": "A fox"})


def test_animated_webp_keeps_its_frames() -> None:
    file = io.BytesIO()
    frames = [Image.new("RGB", (20, 10), colour) for colour in ("red", "green", "blue")]
    frames[0].save(file, "WEBP", save_all=True, append_images=frames[1:], duration=50)
    with Image.open(io.BytesIO(embed(file.getvalue(), {"prompt": "A fox"}))) as image:
        assert getattr(image, "n_frames", 1) == 3


@every_file
def test_bytes_behind_the_picture_stay(data: bytes) -> None:
    assert embed(data + b"trailing", {"prompt": "A fox"}).endswith(b"trailing")


@pytest.mark.parametrize("data", [b"", b"GIF89a" + bytes(30), b"<html>", picture("GIF"), picture("BMP")])
def test_other_formats_have_no_place(data: bytes) -> None:
    assert extract(data) is None
    with pytest.raises(ImageError, match="PNG, JPEG and WebP files only"):
        embed(data, {"prompt": "A fox"})


@every_file
def test_files_cut_off_anywhere(data: bytes) -> None:
    full = embed(data, {"prompt": "A fox"})
    for end in range(0, len(full) - 1, 3):
        assert extract(full[:end]) in (None, {"prompt": "A fox"})
        if (
            container(data) == "jpeg" and b"\xff\xda" in full[: max(0, end - 2)]
        ):  # a cut within the scan shows when decoding
            assert extract(embed(full[:end], {"prompt": "again"})) == {"prompt": "again"}
        else:
            with pytest.raises(ImageError, match=r"damaged or cut off|PNG, JPEG and WebP files only"):
                embed(full[:end], {"prompt": "again"})


@every_file
@settings(max_examples=examples(150), deadline=None)
@given(where=st.integers(0, 10_000), what=st.binary(min_size=1, max_size=8))
def test_damaged_files_never_crash(data: bytes, where: int, what: bytes) -> None:
    full = bytearray(embed(data, {"prompt": "A fox"}))
    where %= len(full)
    full[where : where + len(what)] = what
    assert isinstance(extract(bytes(full)), dict | None)
    for change in (strip, lambda damaged: embed(damaged, {"prompt": "again"})):
        with contextlib.suppress(ImageError):
            change(bytes(full))


@settings(max_examples=examples(300), deadline=None)
@given(
    chunks=st.lists(
        st.tuples(st.sampled_from([b"VP8X", b"VP8 ", b"VP8L", b"XMP ", b"EXIF"]), st.binary(max_size=12)), max_size=4
    )
)
def test_odd_webp_containers_never_crash(chunks: list[tuple[bytes, bytes]]) -> None:
    parts = [kind + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2) for kind, body in chunks]
    data = b"RIFF" + struct.pack("<I", 4 + len(b"".join(parts))) + b"WEBP" + b"".join(parts)
    with contextlib.suppress(ImageError):
        assert extract(embed(data, {"prompt": "again"})) == {"prompt": "again"}


def test_bytes_under_our_keyword_that_are_no_record() -> None:
    for text in (b"[1, 2]", b"{", b"\xff\xfe", b"[" * 100_000, b'"text"'):
        body = b"apimart-widgets\0\0\0\0\0" + text
        chunk = struct.pack(">I", len(body)) + b"iTXt" + body + struct.pack(">I", zlib.crc32(b"iTXt" + body))
        assert extract(FILES["png"][:33] + chunk + FILES["png"][33:]) is None


def test_webp_canvas() -> None:
    assert webp_canvas(FILES["webp, VP8"]) == (37, 23, False)
    assert webp_canvas(FILES["webp, VP8L with alpha"]) == (37, 23, True)
    assert webp_canvas(FILES["webp, VP8X with alpha"]) == (37, 23, True)
    with pytest.raises(ImageError):
        webp_canvas(b"RIFF\x04\0\0\0WEBP")
    for side in (26, 28):  # width and height of the simple form, which can say 0
        flat = FILES["webp, VP8"][:side] + b"\0\0" + FILES["webp, VP8"][side + 2 :]
        for read in (webp_canvas, lambda data: embed(data, {"prompt": "A fox"})):
            with pytest.raises(ImageError, match="damaged or cut off"):
                read(flat)
