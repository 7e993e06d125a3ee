"""From a PIL image to the bytes of a file: upright, in 8 bits where it must be, and small enough for an upload."""

from __future__ import annotations

import io
import math
from typing import Any

from PIL import Image, JpegImagePlugin

from . import words

UPLOAD_LIMIT = 20 * 1024 * 1024
"""Bytes a file may have for the upload endpoint."""

_ORIENTATION = 0x0112  # the Exif tag: how the camera was held
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_PNG_MODES = ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")
_SCALED_WELL = ("L", "LA", "RGB", "RGBA", "CMYK")
_PROFILE_SPACES = {"1": b"GRAY", "L": b"GRAY", "LA": b"GRAY", "I;16": b"GRAY", "CMYK": b"CMYK"}  # else RGB
_PROFILE_LIMIT = 4 * 1024 * 1024  # bytes; those for print take up to 3 MB


def displayable(image: Image.Image) -> Image.Image:
    """``image`` in 8-bit RGB, or RGBA when it has any transparency.

    16-bit greys are scaled, floats too when they lie between 0 and 1; other numbers are clipped to 0 to 255.

    >>> displayable(Image.new("LA", (1, 1))).mode, displayable(Image.new("CMYK", (1, 1))).mode
    ('RGBA', 'RGB')
    """
    if image.mode in ("RGBa", "La"):
        image = image.convert("RGBA" if image.mode == "RGBa" else "LA")
    if image.has_transparency_data:
        return image.convert("RGBA")
    if image.mode.startswith("I;16"):
        image = image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    elif image.mode == "F" and isinstance(high := image.getextrema()[1], float) and high <= 1:
        image = image.point(lambda value: value * 255 + 0.5).convert("L")
    return image.convert("RGB")


def turn(image: Image.Image) -> Image.Transpose | None:
    """What makes the picture stand upright, where its Exif says that it lies.

    >>> turn(Image.new("L", (1, 1))) is None
    True
    """
    try:
        return _TURNS.get(image.getexif().get(_ORIENTATION, 1))
    except Exception:  # damaged Exif says nothing about the orientation: the pixels count as they stand
        return None


def upright(image: Image.Image) -> Image.Image:
    """``image`` turned as its Exif says; itself where it stands already.

    >>> lying = Image.new("L", (3, 2))
    >>> lying.getexif()[0x0112] = 6
    >>> upright(lying).size
    (2, 3)
    """
    how = turn(image)
    return image if how is None else image.transpose(how)


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    """``image`` as a file, in a format and with options as ``Image.save`` takes them.

    >>> encoded(Image.new("L", (1, 1)), "PNG")[1:4]
    b'PNG'
    """
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def upload_bytes(image: Image.Image, kind: str, *, sampling: int = -1) -> bytes:
    """``image`` as a "jpeg", "webp" or "png" with its colour profile and no other metadata.

    PNG and WebP lose nothing. A JPEG is written at quality 95; ``sampling`` is Pillow's ``subsampling``.

    >>> upload_bytes(Image.new("CMYK", (1, 1)), "png")[:4]
    b'\\x89PNG'
    """
    if kind == "png" and image.mode not in _PNG_MODES:
        image = displayable(image)
    profile = image.info.get("icc_profile")
    space = _PROFILE_SPACES.get(image.mode, b"RGB ")
    if not isinstance(profile, bytes) or profile[16:20] != space or len(profile) > _PROFILE_LIMIT:
        profile = None  # it is about the colours before they were converted, or no profile at all
    plain = image.copy()  # whose info is cleared, since Pillow writes some of it unasked
    plain.info = {"transparency": image.info["transparency"]} if "transparency" in image.info else {}
    if kind == "jpeg":
        return encoded(plain, "JPEG", quality=95, subsampling=sampling, icc_profile=profile)
    if kind == "webp":  # less effort than by default: half the time, and hardly a byte more
        return encoded(plain, "WEBP", lossless=True, exact=True, quality=30, method=2, icc_profile=profile)
    return encoded(plain, "PNG", compress_level=4, icc_profile=profile)


def coded_alike(image: Image.Image, model: JpegImagePlugin.JpegImageFile) -> bytes:
    """``image`` as a JPEG that loses as much as ``model`` did.

    >>> model = Image.open(io.BytesIO(encoded(Image.new("RGB", (8, 8)), "JPEG", quality=30)))
    >>> alike = Image.open(io.BytesIO(coded_alike(Image.new("RGB", (8, 8), "red"), model)))
    >>> alike.quantization == model.quantization
    True
    """
    sampling = JpegImagePlugin.get_sampling(model)
    return encoded(image, "JPEG", qtables=model.quantization, subsampling=sampling)


def fitted(
    image: Image.Image, kind: str, *, called: str, too_large: int | None = None
) -> tuple[bytes, words.Sentence | None]:
    """``image`` upright as a file of at most ``UPLOAD_LIMIT`` bytes, and what to say where it had to be made to fit.

    Args:
        image: fully loaded.
        kind: "jpeg" and "webp" are kept; anything else becomes a PNG.
        called: the picture's name in the sentence.
        too_large: bytes of the file there is, where they are too many.

    >>> data, notice = fitted(Image.new("RGB", (3, 2)), "bmp", called="fox.bmp")
    >>> data[:4], notice
    (b'\\x89PNG', None)
    """
    kind = kind if kind in ("jpeg", "webp") else "png"
    # 0, 1 or 2; -1, Pillow's own choice, for one that it does not know.
    sampling = JpegImagePlugin.get_sampling(image) if isinstance(image, JpegImagePlugin.JpegImageFile) else -1
    image = upright(image)
    data, size, share = upload_bytes(image, kind, sampling=sampling), image.size, 1.0
    before = too_large or len(data)
    if len(data) > UPLOAD_LIMIT and image.mode not in _SCALED_WELL:
        image = displayable(image)
    while len(data) > UPLOAD_LIMIT:
        share *= 0.97 * math.sqrt(UPLOAD_LIMIT / len(data))
        size = (max(1, round(image.width * share)), max(1, round(image.height * share)))
        data = upload_bytes(image.resize(size, Image.Resampling.LANCZOS), kind, sampling=sampling)
    if before <= UPLOAD_LIMIT:
        return data, None
    old, new = (f"{width}x{height}" for width, height in (image.size, size))
    old_mb, new_mb = megabytes(before), megabytes(len(data))
    return data, words.say("images.made_smaller", name=called, old=old, old_mb=old_mb, new=new, new_mb=new_mb)


def megabytes(count: int) -> str:
    """A number of bytes in units of 1,048,576, rounded up: what is over a limit shall not read as the limit.

    >>> megabytes(20 * 1024 * 1024 + 1)
    '20.1'
    """
    return f"{math.ceil(count / 1024 / 1024 * 10) / 10:.1f}"
