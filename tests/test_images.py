"""Reading pictures safely, thumbnails, and what a user may hand in."""

from __future__ import annotations

import hashlib
import io
import struct
import threading
import warnings
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageDraw, ImageFile, JpegImagePlugin

from apimart_widgets import encoding, images
from apimart_widgets.encoding import UPLOAD_LIMIT, displayable, megabytes
from apimart_widgets.errors import ImageError
from apimart_widgets.images import PIXEL_LIMIT, decode, inspect, local_picture, mask_picture, thumbnail
from apimart_widgets.metadata import bare
from tests.examples import examples


def scene(mode: str = "RGB", size: tuple[int, int] = (60, 40)) -> Image.Image:
    image = Image.radial_gradient("L").resize(size)
    if mode == "RGBA":
        return Image.merge("RGBA", [image, image, image, Image.linear_gradient("L").resize(size)])
    return image.convert(mode)


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def png_that_claims(width: int, height: int) -> bytes:
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = b"IDAT" + zlib.compress(bytes(1000))
    chunks = [struct.pack(">I", len(c) - 4) + c + struct.pack(">I", zlib.crc32(c)) for c in (header, data, b"IEND")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def webp_that_claims(width: int, height: int) -> bytes:
    plain = saved(scene("RGBA"), "WEBP")
    return plain[:24] + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little") + plain[30:]


# ---- inspect and decode


@pytest.mark.parametrize(
    ("kind", "mode", "media_type"),
    [
        ("PNG", "RGBA", "image/png"),
        ("PNG", "1", "image/png"),
        ("JPEG", "RGB", "image/jpeg"),
        ("JPEG", "L", "image/jpeg"),
        ("WEBP", "RGB", "image/webp"),
        ("WEBP", "RGBA", "image/webp"),
        ("GIF", "P", "image/gif"),
        ("BMP", "RGB", "image/bmp"),
        ("TIFF", "RGB", "image/tiff"),
    ],
)
def test_inspect_and_decode(kind: str, mode: str, media_type: str) -> None:
    data = saved(scene(mode), kind)
    info = inspect(data)
    assert (info.format, info.width, info.height, info.frames) == (kind.lower(), 60, 40, 1)
    assert info.media_type == media_type
    image = decode(data)
    assert (image.size, image.mode) == ((60, 40), info.mode)
    assert image.tobytes() == Image.open(io.BytesIO(data)).tobytes()


def test_frames_of_an_animation() -> None:
    frames = [Image.new("RGB", (4, 4), colour) for colour in ("red", "green", "blue")]
    data = saved(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert inspect(data).frames == 3
    assert decode(data).size == (4, 4)


def test_a_phones_mpo_is_a_jpeg() -> None:
    data = saved(scene(), "MPO", save_all=True, append_images=[scene()])
    assert inspect(data).format == "jpeg"
    assert inspect(data).media_type == "image/jpeg"
    picture = local_picture(data)
    assert (picture.name, picture.notices) == ("picture.jpg", ())
    assert inspect(picture.data).frames == 1  # the second may show where it was taken
    assert decode(picture.data).tobytes() == decode(data).tobytes()


BAD = {
    "empty": (b"", r"empty \(0 bytes\)"),
    "text": (b"<html><body>502 Bad Gateway</body></html>", "not an image"),
    "zeros": (bytes(5000), "not an image|damaged"),
    "two bytes": (b"xx", "not an image"),
    "png truncated": (saved(scene(), "PNG")[:-40], "damaged or cut off"),
    "png header only": (saved(scene(), "PNG")[:20], "damaged or cut off"),
    "jpeg truncated": (saved(scene(), "JPEG")[:-200], "damaged or cut off"),
    "jpeg header only": (saved(scene(), "JPEG")[:20], "damaged or cut off"),
    "webp truncated": (saved(scene(), "WEBP")[:-40], "damaged or cut off"),
    "gif truncated": (saved(scene(), "GIF")[:-200], "damaged or cut off"),
    "png bomb": (png_that_claims(20_000, 20_000), "20000x20000 pixels; at most 8192x8192"),
    "png huge bomb": (png_that_claims(2_000_000, 2_000_000), "2000000x2000000 pixels"),
    "png just over": (png_that_claims(8192, 8193), "8192x8193 pixels"),
    "webp bomb": (webp_that_claims(16_000, 16_000), "16000x16000 pixels"),
    "postscript": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\n", "not an image"),
}
every_bad = pytest.mark.parametrize(("data", "sentence"), BAD.values(), ids=BAD.keys())


@every_bad
def test_bytes_that_cannot_be_read(data: bytes, sentence: str) -> None:
    for read in (decode, thumbnail, local_picture):
        with pytest.raises(ImageError, match=sentence):
            read(data)


def test_a_bomb_is_refused_from_its_header() -> None:
    with pytest.raises(ImageError, match="8193 pixels"):
        inspect(png_that_claims(8192, 8193))
    assert inspect(png_that_claims(8192, 8192)).width * 8192 == PIXEL_LIMIT


def test_pillows_switches_stay_the_users(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", False)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert decode(saved(scene(), "PNG")).size == (60, 40)
        assert decode(saved(scene(), "JPEG")).size == (60, 40)
        with pytest.raises(ImageError, match=r"more pixels than this notebook lets Pillow read"):
            decode(saved(scene(), "ICO"))
    assert Image.MAX_IMAGE_PIXELS == 100
    assert ImageFile.LOAD_TRUNCATED_IMAGES is False


@settings(max_examples=examples(200), deadline=None)
@given(
    kind=st.sampled_from(["PNG", "JPEG", "WEBP", "GIF", "BMP"]),
    where=st.integers(0, 5000),
    what=st.binary(min_size=1, max_size=6),
)
def test_damage_gives_a_picture_or_a_sentence(kind: str, where: int, what: bytes) -> None:
    data = bytearray(saved(scene(size=(16, 12)), kind))
    where %= len(data)
    data[where : where + len(what)] = what
    for read in (inspect, decode, local_picture):
        try:
            found = read(bytes(data))
        except ImageError:
            continue
        assert found.width * found.height <= PIXEL_LIMIT


# ---- thumbnails


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_thumbnail_keeps_shape_and_never_enlarges(kind: str) -> None:
    data = saved(scene(size=(900, 600)), kind)
    info = inspect(thumbnail(data, 320))
    assert (info.format, info.width, info.height) == ("webp", 320, 213)
    assert inspect(thumbnail(data, 5000)).width == 900


@pytest.mark.parametrize("mode", ["1", "L", "LA", "La", "P", "PA", "RGB", "RGBA", "RGBa", "RGBX", "CMYK", "YCbCr"])
@pytest.mark.parametrize("more", ["", "I;16", "I", "F", "HSV", "LAB"])
def test_thumbnail_of_every_mode(mode: str, more: str) -> None:
    image = Image.new(more or mode, (50, 50))
    before = image.tobytes()
    assert inspect(thumbnail(image, 20)).width == 20
    assert image.tobytes() == before
    assert image.size == (50, 50)


def test_thumbnail_keeps_alpha() -> None:
    shown = decode(thumbnail(scene("RGBA", (400, 400)), 100))
    assert shown.mode == "RGBA"
    low, high = shown.getchannel("A").getextrema()
    assert low < 20
    assert high > 235


def test_thumbnail_fits_max_bytes() -> None:
    noise = Image.effect_noise((600, 400), 120).convert("RGB")
    sizes = [len(thumbnail(noise, 320, max_bytes=limit)) for limit in (20_000, 8_000, 3_000, 600)]
    assert all(size <= limit for size, limit in zip(sizes, (20_000, 8_000, 3_000, 600), strict=True))
    assert len(thumbnail(noise, 320)) > 20_000
    assert decode(thumbnail(noise, 320, max_bytes=1)).width <= 320


def test_thumbnail_stands_upright() -> None:
    turned = Image.Exif()
    turned[0x0112] = 6
    assert decode(thumbnail(saved(scene(size=(60, 40)), "JPEG", exif=turned))).size == (40, 60)
    assert decode(thumbnail(saved(scene(), "PNG", exif=b"Exif\0\0 no exif at all"))).size == (60, 40)


def test_thumbnails_from_many_threads() -> None:
    data = saved(scene(size=(300, 300)), "PNG")
    made: list[bytes] = []
    threads = [threading.Thread(target=lambda: made.append(thumbnail(data, 64))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == [made[0]] * 8


def test_displayable_scales_deep_greys() -> None:
    deep = Image.new("I;16", (2, 1))
    deep.putpixel((1, 0), 65535)
    assert displayable(deep).tobytes() == b"\0\0\0\xff\xff\xff"
    assert displayable(Image.new("F", (1, 1), 0.5)).tobytes() == b"\x80\x80\x80"
    assert displayable(Image.new("F", (1, 1), 200.0)).tobytes() == b"\xc8\xc8\xc8"


# ---- local pictures


@pytest.mark.parametrize(
    ("kind", "name"), [("PNG", "fox.png"), ("JPEG", "fox.jpg"), ("WEBP", "fox.webp"), ("GIF", "fox.gif")]
)
def test_what_the_upload_takes_goes_as_it_is(tmp_path: Path, kind: str, name: str) -> None:
    data = saved(scene(), kind)
    path = tmp_path / "fox.dat"  # told by content, not by suffix
    path.write_bytes(data)
    for source in (path, str(path)):
        picture = local_picture(source)
        assert picture.data == data
        assert (picture.name, picture.width, picture.height) == (name, 60, 40)
        assert picture.sha256 == hashlib.sha256(data).hexdigest()
    assert local_picture(bytearray(data)).data == local_picture(memoryview(data)).data == data
    assert local_picture(data, name="of/mine.jpeg").name == "mine" + Path(name).suffix


@pytest.mark.parametrize("kind", ["BMP", "TIFF", "PPM", "ICO"])
def test_other_formats_become_png(kind: str) -> None:
    picture = local_picture(saved(scene(size=(32, 32)), kind))
    assert picture.media_type == "image/png"
    assert decode(picture.data).convert("RGB").tobytes() == scene(size=(32, 32)).tobytes()


@pytest.mark.parametrize(
    "mode", ["1", "L", "LA", "La", "P", "PA", "RGB", "RGBA", "RGBa", "RGBX", "CMYK", "YCbCr", "HSV", "LAB"]
)
def test_pil_images_of_every_mode(mode: str) -> None:
    image = Image.new(mode, (5, 4))
    picture = local_picture(image)
    assert (picture.media_type, picture.name) == ("image/png", "picture.png")
    assert decode(picture.data).size == (5, 4)
    assert local_picture(image).sha256 == picture.sha256


@pytest.mark.parametrize("mode", ["I", "F", "I;16", "I;16B"])
def test_pil_images_with_deep_pixels(mode: str) -> None:
    assert decode(local_picture(Image.new(mode, (5, 4))).data).size == (5, 4)


@pytest.mark.parametrize("shape", [(4, 6), (4, 6, 1), (4, 6, 3), (4, 6, 4)])
@pytest.mark.parametrize("dtype", ["uint8", "float32", "float64", "float16", "bool"])
def test_arrays(shape: tuple[int, ...], dtype: str) -> None:
    array = (np.indices(shape).sum(0) % 2).astype(dtype)
    eight_bit = (array * 255).astype("uint8") if dtype != "uint8" else array
    for given_array in (array, np.asfortranarray(array)):
        picture = local_picture(given_array)
        assert (picture.name, picture.width, picture.height) == ("array.png", 6, 4)
        assert np.array_equal(np.asarray(decode(picture.data)), eight_bit.squeeze())


@pytest.mark.parametrize(
    ("array", "sentence"),
    [
        (np.zeros((4, 4, 2), "uint8"), r"shape \(4, 4, 2\).*height x width x 3"),
        (np.zeros(4, "uint8"), "shape"),
        (np.zeros((0, 4), "uint8"), "shape"),
        (np.zeros((4, 4), "int64"), "array of int64.*astype"),
        (np.zeros((4, 4), "complex64"), "array of complex64"),
        (np.full((4, 4), 200.0), "between 0 and 1.*255"),
        (np.full((4, 4), np.nan), "NaN"),
    ],
)
def test_arrays_that_are_no_picture(array: np.ndarray, sentence: str) -> None:
    with pytest.raises(ImageError, match=sentence):
        local_picture(array)


def test_any_object_with_bytes() -> None:
    class Result:
        bytes = saved(scene(), "PNG")

    assert local_picture(Result()).data == Result.bytes


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "empty.png").touch()
    (tmp_path / "notes.txt").write_text("A red fox")
    for source, sentence in [
        (tmp_path / "missing.png", r"There is no file .*missing\.png \(looked for in "),
        (tmp_path, "is a folder"),
        (tmp_path / "empty.png", r"empty\.png is empty"),
        (tmp_path / "notes.txt", r"notes\.txt is not an image"),
        ("https://example.com/fox.png", "is a web address"),
        ("a\0b.png", "cannot be read"),
        ("x" * 5000, "cannot be read"),
        ("~nobody-of-this-name/fox.png", "cannot be read"),
        (7, "cannot be read from int. Use a path"),
        (None, "cannot be read from NoneType"),
    ]:
        with pytest.raises(ImageError, match=sentence):
            local_picture(source)


def test_a_pil_image_whose_file_is_cut_off() -> None:
    lazy = Image.open(io.BytesIO(saved(scene(), "PNG")[:-40]))
    with pytest.raises(ImageError, match="damaged or cut off"):
        local_picture(lazy)
    with pytest.raises(ImageError, match="no pixels"):
        local_picture(Image.new("RGB", (0, 5)))


# ---- what a picture says besides


def exif(orientation: int | None = None) -> Image.Exif:
    block = Image.Exif()
    if orientation is not None:
        block[0x0112] = orientation
    block[0x010E] = "At home"
    block.get_ifd(0x8825)[1] = "N"
    block.get_ifd(0x8825)[2] = (48.0, 51.0, 30.2)
    return block


XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/">At home</x:xmpmeta>'
PROFILE = b"\0" * 16 + b"RGB " + b"\0" * 111


def tells_nothing(data: bytes) -> bool:
    image = Image.open(io.BytesIO(data))
    known = {"icc_profile", "transparency", "jfif", "jfif_version", "jfif_unit", "jfif_density", "loop", "background"}
    known |= {"duration", "timestamp", "progressive", "progression"}
    return not image.getexif() and set(image.info) <= known and b"At home" not in data


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("JPEG", {"comment": b"At home"}),
        ("JPEG", {"comment": b"At home", "progressive": True}),
        ("PNG", {}),
        ("WEBP", {}),
        ("WEBP", {"lossless": True}),
    ],
)
@pytest.mark.parametrize("orientation", [None, 1, 9])
def test_metadata_goes_and_the_picture_stays(kind: str, options: dict[str, object], orientation: int | None) -> None:
    known = {"icc_profile": PROFILE}
    data = saved(scene(), kind, exif=exif(orientation), xmp=XMP, **known, **options)
    assert b"At home" in data
    assert not tells_nothing(data)
    picture = local_picture(data)
    assert tells_nothing(picture.data)
    assert picture.notices == ()
    assert decode(picture.data).tobytes() == decode(data).tobytes()
    assert decode(picture.data).info["icc_profile"] == PROFILE
    options.pop("comment", None)
    if kind != "WEBP":  # whose bare form Pillow writes without the extended header
        assert picture.data == saved(scene(), kind, **known, **options)
    # The content is what is uploaded: whatever was said besides, it is the same picture.
    assert picture.sha256 == local_picture(saved(scene(), kind, exif=exif(), **known, **options)).sha256


def corners(size: tuple[int, int] = (64, 32)) -> Image.Image:
    """A picture that no turn or mirror leaves as it is, of whole blocks, so that a JPEG hardly changes it."""
    image = Image.new("RGB", size, "black")
    width, height = size[0] // 2, size[1] // 2
    image.paste((250, 20, 20), (0, 0, width, height))
    image.paste((20, 250, 20), (width, 0, size[0], height))
    image.paste((20, 20, 250), (0, height, width, size[1]))
    return image


# What the pixels of ``corners`` have to be stored as, for the orientation to make them ``corners`` again.
STORED = {
    1: lambda upright: upright,
    2: lambda upright: upright.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
    3: lambda upright: upright.transpose(Image.Transpose.ROTATE_180),
    4: lambda upright: upright.transpose(Image.Transpose.FLIP_TOP_BOTTOM),
    5: lambda upright: upright.transpose(Image.Transpose.TRANSPOSE),
    6: lambda upright: upright.transpose(Image.Transpose.ROTATE_90),
    7: lambda upright: upright.transpose(Image.Transpose.TRANSVERSE),
    8: lambda upright: upright.transpose(Image.Transpose.ROTATE_270),
}


@pytest.mark.parametrize("orientation", STORED)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "BMP as PIL"])
def test_pictures_are_stored_upright(kind: str, orientation: int) -> None:
    lying, turned = STORED[orientation](corners()), exif(orientation)
    source: object
    if kind == "BMP as PIL":
        lying.getexif()[0x0112] = orientation
        source = lying
    else:
        options = {"lossless": True} if kind == "WEBP" else {"quality": 90, "subsampling": 0} if kind == "JPEG" else {}
        source = saved(lying, kind, exif=turned, **options)
    picture = local_picture(source)
    shown = decode(picture.data)
    assert (shown.size, (picture.width, picture.height)) == ((64, 32), (64, 32))
    assert tells_nothing(picture.data)
    assert picture.media_type == {"JPEG": "image/jpeg", "WEBP": "image/webp"}.get(kind, "image/png")
    difference = np.abs(np.asarray(shown).astype(int) - np.asarray(corners()).astype(int))
    assert difference.max() <= (6 if kind == "JPEG" else 0)
    assert local_picture(source).data == picture.data


def test_a_mask_is_turned_as_its_reference_is() -> None:
    lying = half_open("L").transpose(Image.Transpose.ROTATE_90)
    made = mask_picture(saved(lying, "PNG", exif=exif(6)), (6, 4))
    assert decode(made.data).getchannel("A").tobytes() == OPEN_RIGHT
    assert tells_nothing(made.data)


@pytest.mark.parametrize("sampling", [0, 1, 2])
def test_a_turned_jpeg_keeps_its_sampling_and_profile(sampling: int) -> None:
    data = saved(scene(), "JPEG", exif=exif(3), subsampling=sampling, icc_profile=PROFILE)
    turned = Image.open(io.BytesIO(local_picture(data).data))
    assert isinstance(turned, JpegImagePlugin.JpegImageFile)
    assert JpegImagePlugin.get_sampling(turned) == sampling
    assert turned.info["icc_profile"] == PROFILE
    assert turned.quantization[0][0] == 2  # quality 95


def test_a_turned_webp_keeps_the_colours_nobody_sees() -> None:
    hidden = scene("RGBA")
    hidden.putalpha(0)
    turned = local_picture(saved(hidden, "WEBP", lossless=True, exact=True, exif=exif(3)))
    assert decode(turned.data).tobytes() == hidden.transpose(Image.Transpose.ROTATE_180).tobytes()


def test_a_profile_of_other_colours_does_not_go_along() -> None:
    print_profile = PROFILE.replace(b"RGB ", b"CMYK")
    data = saved(scene("CMYK"), "TIFF", icc_profile=print_profile)
    assert "icc_profile" not in decode(local_picture(data).data).info
    turned = local_picture(saved(scene("CMYK"), "JPEG", exif=exif(6), icc_profile=print_profile))
    assert decode(turned.data).info["icc_profile"] == print_profile
    assert decode(turned.data).mode == "CMYK"


@pytest.mark.parametrize(("orientation", "size"), [(1, (60, 40)), (6, (40, 60))])
def test_a_pil_image_tells_nothing_and_keeps_what_it_says(
    tmp_path: Path, orientation: int, size: tuple[int, int]
) -> None:
    scene().save(tmp_path / "fox.jpg", exif=exif(orientation), comment=b"At home", xmp=XMP, icc_profile=PROFILE)
    image = Image.open(tmp_path / "fox.jpg")
    picture = local_picture(image)
    assert (picture.name, picture.width, picture.height) == ("fox.png", *size)
    assert tells_nothing(picture.data)
    assert decode(picture.data).info["icc_profile"] == PROFILE
    assert image.info["comment"] == b"At home"
    assert image.getexif()[0x0112] == orientation
    assert image.size == (60, 40)


def test_damaged_exif_is_no_hindrance() -> None:
    for kind in ("JPEG", "PNG", "WEBP"):
        data = saved(scene(), kind, exif=b"Exif\0\0 At home, but no Exif at all")
        assert decode(local_picture(data).data).tobytes() == decode(data).tobytes()
        assert tells_nothing(local_picture(data).data)


def test_a_jpeg_whose_parts_cannot_be_followed_is_coded_anew() -> None:
    whole = saved(scene(), "JPEG", exif=exif())
    place = whole.index(b"\xff\xdb")
    loose = whole[:place] + b"\xff\0" + whole[place:]  # Pillow reads it all the same
    assert bare(loose) is None
    picture = local_picture(loose)
    assert tells_nothing(picture.data)
    assert (picture.media_type, picture.width, picture.height) == ("image/jpeg", 60, 40)


@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_cut_off_anywhere_is_refused(progressive: bool) -> None:
    data = saved(scene(size=(200, 150)), "JPEG", progressive=progressive, exif=exif())
    for end in range(2, len(data) - 2, 37):
        with pytest.raises(ImageError, match=r"damaged or cut off|not an image"):
            local_picture(data[:end])


# ---- several frames


def moving(kind: str) -> bytes:
    frames = [Image.new("RGB", (20, 10), colour) for colour in ("red", "lime", "blue")]
    options = {"lossless": True} if kind == "WEBP" else {}
    return saved(frames[0], kind, save_all=True, append_images=frames[1:], duration=50, **options)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "TIFF"])
def test_only_the_first_frame_is_sent_and_it_is_said(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "fox.dat"
    path.write_bytes(moving(kind))
    picture = local_picture(path)
    (notice,) = picture.notices
    assert notice == "fox.dat has several frames or pages. Only the first is used, as a still picture."
    assert notice.to("zh").startswith("fox.dat包含多帧")
    assert picture.media_type == {"TIFF": "image/png"}.get(kind, f"image/{kind.lower()}")
    assert inspect(picture.data).frames == 1
    assert decode(picture.data).convert("RGB").getcolors() == [(200, (255, 0, 0))]
    assert local_picture(path) == picture


def test_a_pil_image_is_sent_as_the_frame_it_shows() -> None:
    image = Image.open(io.BytesIO(moving("GIF")))
    first = local_picture(image)
    assert len(first.notices) == 1
    assert decode(first.data).convert("RGB").getcolors() == [(200, (255, 0, 0))]
    image.seek(2)
    chosen = local_picture(image)
    assert chosen.notices == ()
    assert decode(chosen.data).convert("RGB").getcolors() == [(200, (0, 0, 255))]
    assert image.tell() == 2


def test_a_still_gif_is_not_called_moving() -> None:
    for data in (saved(scene(), "GIF"), saved(scene(), "PNG"), saved(scene(), "WEBP"), saved(scene(), "TIFF")):
        assert local_picture(data).notices == ()


def test_a_moving_mask_is_said_too() -> None:
    frames = [half_open("RGBA"), Image.new("RGBA", (6, 4))]
    data = saved(frames[0], "PNG", save_all=True, append_images=frames[1:])
    made = mask_picture(data, (6, 4))
    assert made.notices == ("The mask has several frames or pages. Only the first is used, as a still picture.",)
    assert decode(made.data).getchannel("A").tobytes() == OPEN_RIGHT


# ---- too large for an upload


def noise(width: int, height: int, bands: int = 3) -> np.ndarray:
    return np.random.default_rng(5).integers(0, 256, (height, width, bands), "uint8")


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_more_than_20_mb_is_made_to_fit_and_it_is_said(tmp_path: Path, kind: str) -> None:
    side = 3000 if kind == "PNG" else 4200
    options = {"compress_level": 0} if kind == "PNG" else {"quality": 95, "subsampling": 0}
    path = tmp_path / f"fox.{kind.lower()}"
    path.write_bytes(saved(Image.fromarray(noise(side, side)), kind, exif=exif(), **options))
    before = path.stat().st_size
    assert before > 25_000_000
    picture = local_picture(path)
    assert 0.7 * UPLOAD_LIMIT < len(picture.data) <= UPLOAD_LIMIT
    shown = decode(picture.data)
    assert shown.size == (picture.width, picture.height)
    assert shown.width == shown.height < side
    assert picture.media_type == f"image/{kind.lower()}"
    assert tells_nothing(picture.data)
    (notice,) = picture.notices
    old, new = f"{side}x{side}", f"{picture.width}x{picture.height}"
    assert notice.startswith(f"{path.name} takes {megabytes(before)} MB at {old} pixels, and an upload at most 20 MB.")
    assert notice.endswith(f"It is sent at {new} pixels with {megabytes(len(picture.data))} MB.")
    assert new in notice.to("zh")


@pytest.fixture
def small_uploads(monkeypatch: pytest.MonkeyPatch) -> int:
    """The limit, low enough that the cases below take no time."""
    for module in (images, encoding):
        monkeypatch.setattr(module, "UPLOAD_LIMIT", 40_000)
    return 40_000


def deep() -> Image.Image:
    return Image.fromarray(noise(300, 300, 2).view("uint16")[:, :, 0])


@pytest.mark.parametrize(
    ("kind", "mode"),
    [("PNG", mode) for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")]
    + [("WEBP", "RGB"), ("WEBP", "RGBA"), ("GIF", "P"), ("JPEG", "L"), ("JPEG", "CMYK"), ("TIFF", "CMYK")]
    + [("PIL", mode) for mode in ("1", "LA", "P", "RGBA", "RGBa", "I;16", "CMYK")],
)
def test_every_kind_is_made_to_fit(small_uploads: int, kind: str, mode: str) -> None:
    image = deep() if mode == "I;16" else Image.fromarray(noise(700, 700, 4)).convert(mode)
    options = {"lossless": True} if kind == "WEBP" else {}
    source = image if kind == "PIL" else saved(image, kind, **options)
    image = decode(source) if isinstance(source, bytes) else image
    picture = local_picture(source)
    assert len(picture.data) <= small_uploads
    shown = decode(picture.data)
    assert (shown.width, shown.height) == (picture.width, picture.height)
    assert shown.width == shown.height < image.width
    assert shown.has_transparency_data == image.has_transparency_data
    assert picture.media_type == {"WEBP": "image/webp", "JPEG": "image/jpeg"}.get(kind, "image/png")
    assert len(picture.notices) == 1
    assert local_picture(source) == picture


def test_a_file_coded_wastefully_keeps_its_pixels(small_uploads: int) -> None:
    data = saved(scene(size=(200, 100)), "PNG", compress_level=0)
    assert len(data) > small_uploads
    picture = local_picture(data)
    assert decode(picture.data).tobytes() == scene(size=(200, 100)).tobytes()
    (notice,) = picture.notices
    assert notice.endswith("It is sent at 200x100 pixels with 0.1 MB.")


def test_only_the_frame_that_is_sent_has_to_fit(small_uploads: int) -> None:
    frames = [Image.fromarray(noise(100, 100)).rotate(angle) for angle in range(9)]
    data = saved(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert len(data) > small_uploads
    picture = local_picture(data)
    assert (picture.media_type, picture.width) == ("image/gif", 100)
    assert len(picture.notices) == 1


def test_both_are_said_of_a_moving_picture_that_is_too_large(small_uploads: int) -> None:
    frames = [Image.fromarray(noise(300, 300)).rotate(angle) for angle in range(2)]
    picture = local_picture(saved(frames[0], "GIF", save_all=True, append_images=frames[1:]))
    assert [notice.key for notice in picture.notices] == ["images.first_frame", "images.made_smaller"]
    assert picture.media_type == "image/png"


def test_a_turned_picture_is_made_smaller_upright(small_uploads: int) -> None:
    data = saved(Image.fromarray(noise(300, 200)), "JPEG", exif=exif(6), quality=95)
    picture = local_picture(data)
    assert picture.width < 200
    assert picture.height > picture.width
    assert " at 200x300 pixels" in picture.notices[0]


def test_a_mask_is_never_made_smaller(small_uploads: int) -> None:
    colours = noise(200, 200, 4)
    colours[:, :, 3] = 255
    colours[50:90, 50:90, 3] = 0
    made = mask_picture(colours, (200, 200))
    assert len(made.data) < 2000
    assert (made.width, made.height, made.notices) == (200, 200, ())
    assert np.array_equal(np.asarray(decode(made.data))[:, :, 3], colours[:, :, 3])
    with pytest.raises(
        ImageError, match=r"The mask takes 0.2 MB, and an upload at most 20 MB\. Make its alpha 0 or 255"
    ):
        mask_picture(noise(300, 300, 4), (300, 300))


def test_a_large_profile_does_not_keep_a_picture_from_fitting() -> None:
    lying = saved(scene(), "JPEG", exif=exif(6))
    profile = PROFILE + bytes(6 * 1024 * 1024)
    picture = local_picture(saved(Image.open(io.BytesIO(lying)), "JPEG", exif=exif(6), icc_profile=profile))
    assert len(picture.data) < 100_000


# ---- speed


def test_a_jpeg_that_stands_upright_is_decoded_once_and_small(monkeypatch: pytest.MonkeyPatch) -> None:
    data = saved(scene(size=(1600, 1200)), "JPEG", exif=exif(1))
    loaded: list[tuple[int, int]] = []
    load = ImageFile.ImageFile.load

    def counting(image: ImageFile.ImageFile) -> object:
        if image.tile:
            loaded.append(image.size)
        return load(image)

    monkeypatch.setattr(ImageFile.ImageFile, "load", counting)
    local_picture(data)
    assert loaded == [(200, 150)]


# ---- masks


def half_open(mode: str) -> Image.Image:
    """6 x 4, the right half may change."""
    mask = Image.new("L", (6, 4))
    mask.paste(255, (3, 0, 6, 4))
    if mode in ("RGBA", "LA"):
        picture = scene("RGB" if mode == "RGBA" else "L", (6, 4))
        picture.putalpha(mask.point(lambda value: 255 - value))
        return picture
    return mask.convert(mode)


OPEN_RIGHT = (b"\xff" * 3 + b"\0" * 3) * 4


@pytest.mark.parametrize("mode", ["1", "L", "LA", "RGBA"])
def test_masks_from_anywhere(tmp_path: Path, mode: str) -> None:
    mask = half_open(mode)
    path = tmp_path / "a mask.png"
    mask.save(path)
    for source in (mask, path, str(path), path.read_bytes(), np.asarray(mask) if mode != "LA" else mask):
        made = mask_picture(source, (6, 4))
        image = decode(made.data)
        assert (made.media_type, made.width, made.height, image.mode) == ("image/png", 6, 4, "RGBA")
        assert image.getchannel("A").tobytes() == OPEN_RIGHT
    if mode == "RGBA":
        assert image.tobytes() == mask.tobytes()


def test_a_mask_from_a_file_keeps_its_name(tmp_path: Path) -> None:
    half_open("L").save(tmp_path / "hat here.bmp")
    assert mask_picture(tmp_path / "hat here.bmp", (6, 4)).name == "hat here.png"
    for source in (half_open("L"), saved(half_open("L"), "PNG"), np.asarray(half_open("L"))):
        assert mask_picture(source, (6, 4)).name == "mask.png"


def test_a_bool_array_is_a_mask() -> None:
    mask = np.zeros((4, 6), bool)
    mask[:, 3:] = True
    assert decode(mask_picture(mask, (6, 4)).data).getchannel("A").tobytes() == OPEN_RIGHT
    assert mask_picture(mask.astype(float), (6, 4)).sha256 == mask_picture(mask, (6, 4)).sha256


def test_a_mask_in_jpeg_is_black_and_white() -> None:
    alpha = decode(mask_picture(saved(Image.new("L", (6, 4), 255), "JPEG"), (6, 4)).data).getchannel("A")
    assert alpha.getextrema() == (0, 0)


def test_what_is_nearly_white_may_change_as_white() -> None:
    spot = Image.new("L", (64, 64))
    ImageDraw.Draw(spot).ellipse((9, 9, 49, 49), fill=255)
    alpha = decode(mask_picture(saved(spot, "JPEG", quality=60), (64, 64)).data).getchannel("A")
    assert sorted(value for _, value in alpha.getcolors() or ()) == [0, 255]
    wrong = ImageChops.difference(alpha, ImageChops.invert(spot)).histogram()[255]
    assert wrong < 0.01 * 64 * 64


def ones(dtype: str) -> npt.NDArray[Any]:
    """Labels, as a segmentation makes them: the right half may change."""
    mask = np.zeros((4, 6), dtype)
    mask[:, 3:] = 1
    return mask


@pytest.mark.parametrize(
    ("mask", "sentence"),
    [
        (half_open("L").resize((8, 4)), r"8x4 pixels, the first reference 6x4.*mask\.resize\(\(6, 4\)\)"),
        (half_open("RGB"), r"no alpha channel.*mask\.convert\('L'\)"),
        (half_open("P"), "no alpha channel"),
        (Image.new("L", (6, 4)), "leaves nothing open"),
        (Image.new("RGB", (6, 4)).convert("RGBA"), "leaves nothing open"),
        (ones("uint8"), r"leaves nothing open.*array\.astype\(bool\)"),
        (Image.fromarray(ones("int32")), "leaves nothing open"),
        (b"", "The mask is empty"),
    ],
)
def test_masks_of_the_wrong_form(mask: object, sentence: str) -> None:
    with pytest.raises(ImageError, match=sentence):
        mask_picture(mask, (6, 4))


# ---- what changed


def flat(size: tuple[int, int], colour: str) -> Image.Image:
    return Image.new("RGB", size, colour)


def hole(size: tuple[int, int], box: tuple[int, int, int, int]) -> bytes:
    mask = Image.new("L", size)
    mask.paste(255, box)
    return images.mask_picture(mask, size).data


def test_what_changed_where_the_mask_lets_it_is_not_counted() -> None:
    before, after = flat((40, 20), "white"), flat((40, 20), "white")
    after.paste("black", (0, 0, 20, 20))
    mask = hole((40, 20), (0, 0, 20, 20))
    assert images.changed_outside(encoded_png(before), encoded_png(after), mask) == 0
    after.paste("black", (20, 0, 25, 20))
    assert images.changed_outside(encoded_png(before), encoded_png(after), mask) == 0.25


def test_another_format_or_size_is_no_change() -> None:
    before = Image.linear_gradient("L").resize((64, 64)).convert("RGB")
    jpeg = io.BytesIO()
    before.save(jpeg, "JPEG", quality=92)
    mask = hole((64, 64), (0, 0, 8, 8))
    assert images.changed_outside(encoded_png(before), jpeg.getvalue(), mask) == 0
    assert images.changed_outside(encoded_png(flat((64, 64), "red")), encoded_png(flat((128, 96), "red")), mask) == 0
    assert images.changed_outside(encoded_png(flat((64, 64), "red")), encoded_png(flat((128, 96), "blue")), mask) == 1


@pytest.mark.parametrize(("quality", "sampling"), [(95, 0), (75, 2), (30, 2)])
def test_what_a_jpeg_loses_at_sharp_edges_is_no_change(quality: int, sampling: int) -> None:
    before = flat((512, 512), "white")
    draw = ImageDraw.Draw(before)
    for place, colour in enumerate(("red", "blue", "lime", "magenta", "black", "cyan") * 6):
        x, y = 97 * place % 480, 61 * place % 490
        draw.ellipse((x, y, x + 37, y + 37), fill=colour)
    after = before.copy()
    after.paste("orange", (9, 70, 60, 120))
    mask = hole((512, 512), (9, 70, 60, 120))
    coded = saved(after, "JPEG", quality=quality, subsampling=sampling)
    assert images.changed_outside(encoded_png(before), coded, mask) == pytest.approx(0, abs=0.004)
    after.paste("teal", (256, 256, 512, 512))
    coded = saved(after, "JPEG", quality=quality, subsampling=sampling)
    share = 256 * 256 / (512 * 512 - 51 * 50)
    assert images.changed_outside(encoded_png(before), coded, mask) == pytest.approx(share, abs=0.008)


def test_a_mask_that_keeps_nothing_says_nothing() -> None:
    open_wide = hole((8, 8), (0, 0, 8, 8))
    assert (
        images.changed_outside(encoded_png(flat((8, 8), "red")), encoded_png(flat((8, 8), "blue")), open_wide) is None
    )


def encoded_png(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def test_a_mask_with_alpha_that_is_wholly_open_nowhere_is_taken_as_it_was_meant() -> None:
    soft = Image.new("RGBA", (4, 1), (0, 0, 0, 255))
    soft.putpixel((0, 0), (0, 0, 0, 60))
    soft.putpixel((1, 0), (0, 0, 0, 200))
    made = images.decode(images.mask_picture(soft, (4, 1)).data)
    assert [made.getchannel("A").getpixel((x, 0)) for x in range(4)] == [0, 255, 255, 255]
    # Where something is wholly open, soft edges stay soft.
    soft.putpixel((2, 0), (0, 0, 0, 0))
    made = images.decode(images.mask_picture(soft, (4, 1)).data)
    assert [made.getchannel("A").getpixel((x, 0)) for x in range(4)] == [60, 200, 0, 255]


def test_a_png_with_a_flipped_bit_is_not_sent() -> None:
    data = bytearray(encoded_png(Image.linear_gradient("L").convert("RGB")))
    data[len(data) // 2] ^= 1
    with pytest.raises(ImageError, match="damaged"):
        images.local_picture(bytes(data))
