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
from apimart_widgets.metadata import CUT_MARKS, RECORD_LIMIT, bare, embed, extract, strip
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


def test_a_prompt_cut_twice_keeps_the_hash_of_the_whole() -> None:
    first = extract(embed(FILES["png"], {"prompt": "\U0001f98a" * 32_000}))
    assert first is not None
    again = extract(embed(FILES["png"], {**first, "rating": "a" * 100}))
    assert again is not None
    assert len(again["prompt"]) < len(first["prompt"])
    assert [again[mark] for mark in CUT_MARKS] == [first[mark] for mark in CUT_MARKS]


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
    for data in (FILES["jpeg"], picture("JPEG", comment=b"theirs")):
        with Image.open(io.BytesIO(embed(data, record))) as image:
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


# ---- nothing but the picture

SECRET = b"48.8584 N"
PROFILE = b"\0" * 16 + b"RGB " + b"\0" * 111


def located() -> Image.Exif:
    block = Image.Exif()
    block[0x010E] = SECRET.decode()
    block.get_ifd(0x8825)[2] = (48.0, 51.0, 30.2)
    block.get_ifd(0x8825)[1] = "N"
    return block


def segment(marker: int, body: bytes) -> bytes:
    return b"\xff" + struct.pack(">BH", marker, len(body) + 2) + body


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def riff_chunk(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def tagged_jpeg(**options: object) -> bytes:
    """A JPEG with metadata of every kind, in its head, between its scans where it has several, and behind it."""
    plain = picture("JPEG", exif=located(), xmp=XMP + SECRET, comment=SECRET, icc_profile=PROFILE, **options)
    length = struct.unpack_from(">H", plain, 4)[0]
    more = [
        segment(0xE0, b"JFXX\0\x13" + SECRET),
        segment(0xED, b"Photoshop 3.0\x008BIM\x04\x04\0\0" + SECRET),
        segment(0xEB, b"JP\0\1" + SECRET),
        b"\xff\xff" + segment(0xFE, SECRET),
    ]
    header = plain[2 : 4 + length]
    if header[4:8] == b"JFIF":  # with a thumbnail of one pixel
        header = segment(0xE0, header[4:-2] + b"\1\1" + SECRET[:3])
    data = plain[:2] + header + b"".join(more) + plain[4 + length :]
    last_scan = data.rindex(b"\xff\xda")
    if data.count(b"\xff\xda") > 1:
        data = data[:last_scan] + segment(0xFE, SECRET) + segment(0xE1, b"Exif\0\0" + SECRET) + data[last_scan:]
    return data + plain + SECRET


def tagged_png(**options: object) -> bytes:
    info = PngImagePlugin.PngInfo()
    info.add_text("Author", SECRET.decode())
    info.add_text("Comment", SECRET.decode(), zip=True)
    info.add_itxt("XML:com.adobe.xmp", SECRET.decode())
    data = picture("PNG", exif=located(), pnginfo=info, icc_profile=PROFILE, dpi=(300, 300), **options)
    own = chunk(b"tIME", bytes(7)) + chunk(b"caBX", SECRET) + chunk(b"prVt", SECRET)
    return data[:33] + own + data[33:-12] + chunk(b"tEXt", b"Late\0" + SECRET) + data[-12:] + SECRET


def tagged_webp(**options: object) -> bytes:
    data = picture("WEBP", exif=located(), xmp=XMP + SECRET, icc_profile=PROFILE, **options)
    data += riff_chunk(b"MINE", SECRET)
    return data[:4] + struct.pack("<I", len(data) - 8) + data[8:] + SECRET


def tagged_gif(**options: object) -> bytes:
    data = picture("GIF", mode="P", comment=SECRET, **options)
    place = 13 + (3 << ((data[10] & 7) + 1))
    loop = b"\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\0"
    packet = b"\x21\xff\x0bXMP DataXMP" + SECRET + b"\1" + bytes(range(255, -1, -1)) + b"\0"
    return data[:place] + loop + packet + data[place:] + SECRET


TAGGED = {
    "jpeg": tagged_jpeg(),
    "jpeg, progressive": tagged_jpeg(progressive=True),
    "jpeg, with restart marks": tagged_jpeg(restart_marker_blocks=1),
    "jpeg, grey": tagged_jpeg(mode="L"),
    "jpeg, four colours": tagged_jpeg(mode="CMYK"),
    "png": tagged_png(),
    "png, alpha": tagged_png(mode="RGBA"),
    "webp": tagged_webp(),
    "webp, lossless with alpha": tagged_webp(mode="RGBA", lossless=True),
    "webp, alpha": tagged_webp(mode="RGBA"),
    "gif": tagged_gif(),
    "gif, transparent": tagged_gif(transparency=3),
}
every_tagged = pytest.mark.parametrize("data", TAGGED.values(), ids=TAGGED.keys())
WORDS_OF_METADATA = [SECRET, SECRET[:3], b"Exif", b"EXIF", b"eXIf", b"xmp", b"XMP", b"Photoshop", b"8BIM", b"MPF"]


@every_tagged
def test_nothing_but_the_picture_stays(data: bytes) -> None:
    assert SECRET in data
    left = bare(data)
    assert left is not None
    assert [word for word in WORDS_OF_METADATA if word in left] == []
    with Image.open(io.BytesIO(data)) as before, Image.open(io.BytesIO(left)) as after:
        assert (after.mode, after.size, after.tobytes()) == (before.mode, before.size, before.tobytes())
        assert after.info.get("transparency") == before.info.get("transparency")
        assert after.info.get("icc_profile") == before.info.get("icc_profile")
        known = {"jfif", "jfif_version", "jfif_unit", "jfif_density", "dpi", "icc_profile", "adobe", "adobe_transform"}
        known |= {"transparency", "background", "version", "progressive", "progression", "loop", "duration"}
        known |= {"timestamp"}  # of the only frame of a WebP: 0
        assert set(after.info) <= known, after.info
        assert not after.getexif()
    assert bare(left) == left


@pytest.mark.parametrize("kind", ["jpeg", "jpeg, progressive", "png", "webp", "webp, alpha"])
def test_the_compressed_picture_stays_byte_for_byte(kind: str) -> None:
    data, left = TAGGED[kind], bare(TAGGED[kind])
    assert left is not None
    if kind == "jpeg":
        assert compressed(data).startswith(compressed(left))
    elif kind == "jpeg, progressive":
        assert left == bare(picture("JPEG", progressive=True, icc_profile=PROFILE))
    else:
        assert compressed(data) == compressed(left) != b""


@every_file
def test_a_file_without_metadata_stays_as_it_is(data: bytes) -> None:
    assert bare(data) == data
    assert bare(picture("GIF", mode="P")) == picture("GIF", mode="P")


@every_file
def test_our_own_record_goes_too(data: bytes) -> None:
    left = bare(embed(data, {"prompt": SECRET.decode()}))
    assert left is not None
    assert b"apimart" not in left
    assert pixels(left) == pixels(data)


def animation(kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    frames = [Image.new("RGB", (20, 10), colour) for colour in ("red", "green", "blue")]
    frames[0].save(file, kind, save_all=True, append_images=frames[1:], duration=50, **options)
    return file.getvalue()


@pytest.mark.parametrize("kind", ["GIF", "PNG"])
def test_of_an_animation_the_first_frame_stays(kind: str) -> None:
    left = bare(animation(kind))
    assert left is not None
    assert len(left) < len(animation(kind))
    with Image.open(io.BytesIO(left)) as image:
        assert not getattr(image, "is_animated", False)
        assert image.convert("RGB").getpixel((3, 3)) == (255, 0, 0)
    assert bare(animation("WEBP")) is None


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"GIF89a" + bytes(30), b"<html>", picture("BMP"), b"\xff\xd8\xff"])
def test_there_is_nothing_to_lay_bare(data: bytes) -> None:
    assert bare(data) is None


@every_tagged
@settings(max_examples=examples(100), deadline=None)
@given(where=st.integers(0, 10_000), what=st.binary(min_size=1, max_size=8), end=st.integers(0, 10_000))
def test_laying_bare_a_damaged_file_never_crashes(data: bytes, where: int, what: bytes, end: int) -> None:
    full = bytearray(data)
    where %= len(full)
    full[where : where + len(what)] = what
    for damaged in (bytes(full), data[: end % len(data)]):
        left = bare(damaged)
        assert left is None or bare(left) == left


@settings(max_examples=examples(200), deadline=None)
@given(
    bodies=st.lists(
        st.tuples(st.sampled_from([0xE1, *range(0xE3, 0xEE), 0xEF, 0xFE]), st.binary(max_size=300)), max_size=5
    ),
    trailing=st.binary(max_size=50),
)
def test_whatever_stands_in_a_jpegs_segments_goes(bodies: list[tuple[int, bytes]], trailing: bytes) -> None:
    data = FILES["jpeg, progressive"]
    places = [2, *(at for at in range(len(data)) if data[at : at + 2] in (b"\xff\xda", b"\xff\xc4"))]
    for number, (marker, body) in enumerate(bodies):
        at = places[number % len(places)]  # from the front, so that later places are found again from the end
        behind = len(FILES["jpeg, progressive"]) - at
        data = data[:-behind] + segment(marker, body) + data[-behind:]
    assert bare(data + trailing) == FILES["jpeg, progressive"]


@settings(max_examples=examples(200), deadline=None)
@given(
    bodies=st.lists(st.tuples(st.from_regex(rb"[a-z][a-zA-Z]{3}", fullmatch=True), st.binary(max_size=100)), max_size=5)
)
def test_whatever_stands_in_a_pngs_own_chunks_goes(bodies: list[tuple[bytes, bytes]]) -> None:
    shown = (b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB", b"cICP", b"mDCV", b"cLLI", b"bKGD", b"pHYs", b"tRNS")
    data = FILES["png"]
    more = b"".join(chunk(kind, body) for kind, body in bodies if kind not in shown)
    assert bare(data[:33] + more + data[33:-12] + more + data[-12:]) == data
