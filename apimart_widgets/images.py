"""Pillow on bytes: safe reading, thumbnails, and pictures of the user's made ready for upload.

Everything here works on bytes or on copies, and leaves Pillow's process-wide switches (``MAX_IMAGE_PIXELS``,
``LOAD_TRUNCATED_IMAGES``) to the notebook they belong to.
"""

from __future__ import annotations

import functools
import hashlib
import io
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from PIL import Image, ImageChops, ImageFile, JpegImagePlugin

from . import words
from .containers import container, webp_canvas
from .encoding import UPLOAD_LIMIT, coded_alike, displayable, encoded, fitted, megabytes, turn, upload_bytes, upright
from .errors import ImageError
from .metadata import bare

if TYPE_CHECKING:
    import numpy as np

PIXEL_LIMIT = 8192 * 8192
"""Pixels a picture may have before it is decoded: a 64-megapixel photograph, 256 MB as RGBA.

It lies below the size at which Pillow itself starts to warn, so that one limit holds.
"""

UPLOAD_FORMATS = ("png", "jpeg", "webp", "gif")
"""What the upload endpoint takes; other formats become PNG."""

_RUNS_A_PROGRAM = "EPS"  # Pillow hands PostScript to Ghostscript: never with bytes from a server or a stranger
_STILL = ("MPO", "PSD")  # what Pillow counts as their frames is a preview, or the layers of one picture
_GREY_MODES = ("1", "L", "I", "F", "I;16", "I;16B", "I;16L", "I;16N")
_SAME_WITHIN = 8  # of 255: what JPEG does to a pixel that nobody meant to change
_THUMBNAIL_QUALITIES = (82, 70, 55, 40, 25, 10)


@dataclass(frozen=True)
class ImageInfo:
    """What the header of a picture says.

    Attributes:
        format: ``"png"``, ``"jpeg"``, ``"webp"``, ``"gif"`` or Pillow's name of another format in lower case.
        width: pixels.
        height: pixels.
        mode: Pillow's mode, for example ``"RGBA"``.
        media_type: for example ``"image/png"``.
        frames: 1 for a still picture.
    """

    format: str
    width: int
    height: int
    mode: str
    media_type: str
    frames: int


@dataclass(frozen=True)
class LocalPicture:
    """A picture of the user's as bytes ready for upload.

    Attributes:
        data: PNG, JPEG, WebP or GIF bytes.
        name: a file name with the suffix of its format.
        media_type: for example ``"image/png"``.
        width: pixels.
        height: pixels.
        sha256: of ``data``, in hexadecimal.
        notices: what became of the picture that its owner should know of; usually nothing.
    """

    data: bytes = field(repr=False)
    name: str
    media_type: str
    width: int
    height: int
    sha256: str
    notices: tuple[words.Sentence, ...] = ()


def inspect(data: bytes) -> ImageInfo:
    """What the header of ``data`` says, without decoding the picture.

    Raises:
        ImageError: 0 bytes, no picture, a damaged header, or more than ``PIXEL_LIMIT`` pixels.

    >>> file = io.BytesIO()
    >>> Image.new("RGB", (3, 2)).save(file, "PNG")
    >>> inspect(file.getvalue())
    ImageInfo(format='png', width=3, height=2, mode='RGB', media_type='image/png', frames=1)
    """
    name = _unnamed()
    opened = _opened(data, name)
    kind, media_type = _kind(opened)
    try:
        frames = getattr(opened, "n_frames", 1)
    except Exception as error:  # counting walks the file, and damaged bytes raise anything
        raise _unreadable(name, error) from error
    return ImageInfo(kind, opened.width, opened.height, opened.mode, media_type, frames)


def verify(data: bytes) -> ImageInfo:
    """What ``data`` is, after making sure that it is whole.

    A PNG carries check sums and an end mark, which are read without decoding it; anything else is decoded.

    Raises:
        ImageError: as ``decode``.

    >>> file = io.BytesIO()
    >>> Image.new("RGB", (3, 2)).save(file, "PNG")
    >>> verify(file.getvalue()).format
    'png'
    >>> verify(file.getvalue()[:-20])
    Traceback (most recent call last):
    apimart_widgets.errors.ImageError: ...
    """
    info = inspect(data)
    if info.format != "png":
        decode(data)
        return info
    name = _unnamed()
    opened = _opened(data, name)
    try:
        opened.verify()
    except Exception as error:  # damaged bytes raise anything
        raise ImageError(words.say("images.damaged", name=name, reason=str(error))) from error
    return info


def decode(data: bytes) -> Image.Image:
    """``data`` as a fully loaded PIL image (the first frame of an animation).

    Raises:
        ImageError: 0 bytes, no picture, a truncated or damaged one, or more than ``PIXEL_LIMIT`` pixels.

    >>> decode(b"<html>not found</html>")
    Traceback (most recent call last):
    apimart_widgets.errors.ImageError: The picture is not an image that can be read. ...
    """
    return _decoded(data, _unnamed())


def thumbnail(data_or_image: bytes | Image.Image, box: int = 320, *, max_bytes: int | None = None) -> bytes:
    """A WebP at most ``box`` pixels wide and high, with its alpha; never larger than the picture itself.

    With ``max_bytes`` the quality, then the size, goes down until it fits (the smallest is returned when none does).

    Raises:
        ImageError: the picture cannot be read.

    >>> small = inspect(thumbnail(Image.new("RGB", (1536, 1024))))
    >>> small.format, small.width, small.height
    ('webp', 320, 213)
    """
    if isinstance(data_or_image, Image.Image):
        image = data_or_image.copy()
    else:
        opened = _opened(data_or_image, _unnamed())
        opened.draft(None, (2 * box, 2 * box))  # a JPEG is decoded at a fraction of its size
        image = _loaded(opened, _unnamed())
    image = displayable(upright(image))
    image.thumbnail((box, box), Image.Resampling.LANCZOS, reducing_gap=2.0)
    image.info = {}  # colour profile and Exif can outweigh the picture
    best = b""
    for quality in _THUMBNAIL_QUALITIES:
        # Method 4, the default, takes more than twice as long for 4 % less.
        best = encoded(image, "WEBP", quality=quality, method=2)
        if max_bytes is None or len(best) <= max_bytes:
            return best
    if box <= 16:
        return best
    return thumbnail(image, box * 2 // 3, max_bytes=max_bytes)


def local_picture(source: object, *, name: str | None = None) -> LocalPicture:
    """What a user hands in as a reference, as bytes ready for upload.

    Args:
        source: a path, bytes, a PIL image of any mode, a numpy array (``uint8``, ``bool``, or floats 0 to 1; shape
            H x W, H x W x 3 or H x W x 4), or any object whose ``bytes`` are a picture, as a ``GeneratedImage``.
        name: the file name to upload it under; by default the file's own.

    PNG, JPEG, WebP and GIF (told by content) keep their format and, where they can, every byte of the picture itself;
    everything else becomes a PNG. Metadata does not go along (Exif with its GPS position, XMP, IPTC, comments, texts,
    thumbnails); an ICC profile does, since it says what the colours are. A picture that stands upright only by its
    Exif is turned. Of several frames the first is taken, and a file over ``UPLOAD_LIMIT`` bytes is coded anew and
    made smaller until it fits: ``notices`` says so.

    The same source gives the same bytes.

    Raises:
        ImageError: says what is wrong with the source and what to hand in instead.

    >>> local_picture(Image.new("RGB", (3, 2)))
    LocalPicture(name='picture.png', media_type='image/png', width=3, height=2, sha256='...', notices=())
    """
    given = _read(source, _unnamed())
    name, notices = name or given.name, _first_frame_only(given)
    kept = _kept(given)
    if kept is not None and len(kept) <= UPLOAD_LIMIT:
        if _kind(given.image)[0] == "png":
            verify(kept)  # its check sums, which decoding passes over
        return _packed(kept, name, notices)
    kind = _kind(given.image)[0] if given.data is not None else "png"
    data, notice = fitted(
        _loaded(given.image, given.called), kind, called=given.called, too_large=len(kept) if kept else None
    )
    return _packed(data, name, (*notices, notice) if notice else notices)


def mask_picture(mask: object, size: tuple[int, int] | None = None) -> LocalPicture:
    """A mask as the API wants it: a PNG of exactly ``size`` whose alpha is 0 where the picture may change.

    Args:
        mask: whatever ``local_picture`` takes. In a black-and-white mask (modes "1" and "L", H x W arrays) white or
            True may change, and grey as the nearer of the two; with an alpha channel the alpha counts as it is, unless
            nothing is wholly open: then what is mostly open is.
        size: width and height of the first reference, in pixels; None where they are not known.

    A mask is never made smaller. One over ``UPLOAD_LIMIT`` bytes loses its colours, which do not count.

    Raises:
        ImageError: the size differs, there is neither alpha nor black-and-white, the mask leaves nothing open, or it
            is too large even without colours.

    >>> half = Image.new("1", (2, 1))
    >>> half.putpixel((1, 0), 1)
    >>> decode(mask_picture(half, (2, 1)).data).getchannel("A").tobytes()
    b'\\xff\\x00'
    """
    name = words.say("images.the_mask")
    given = _read(mask, name)
    notices = _first_frame_only(given)
    image = upright(_loaded(given.image, given.called))
    if size is not None and image.size != tuple(size):
        found, wanted = (f"{width}x{height}" for width, height in (image.size, size))
        raise ImageError(words.say("images.mask_size", name=name, found=found, wanted=wanted, size=str(tuple(size))))
    if not image.has_transparency_data and image.mode not in _GREY_MODES:
        raise ImageError(words.say("images.mask_without_alpha", name=name))
    shown = displayable(image)
    if shown.mode == "RGB":  # grey, white may change
        # To one side or the other: a JPEG's white is often 254, and an alpha of 1 would keep that pixel.
        shown.putalpha(shown.getchannel("R").point(lambda value: 0 if value > 127 else 255))
    alpha = shown.getchannel("A")
    if not any(alpha.histogram()[:128]):  # not even half open anywhere
        raise ImageError(words.say("images.mask_closed", name=name))
    if not alpha.histogram()[0]:
        # The API changes what is wholly open, and nothing is: what is mostly so was meant.
        alpha = alpha.point(lambda value: 255 if value > 127 else 0)
        shown.putalpha(alpha)
    data = upload_bytes(shown, "png")
    if len(data) > UPLOAD_LIMIT:
        data = upload_bytes(Image.merge("RGBA", [*[Image.new("L", shown.size)] * 3, alpha]), "png")
    if len(data) > UPLOAD_LIMIT:
        raise ImageError(words.say("images.mask_too_large", name=name, megabytes=megabytes(len(data))))
    # A file keeps its name, by which its owner knows it again.
    return _packed(data, given.name if Path(given.name).suffix else "mask.png", notices)


def changed_outside(before: bytes, after: bytes, mask: bytes) -> float | None:
    """The share, 0 to 1, of the pixels that a mask keeps and that differ between two pictures all the same.

    Args:
        before: the picture that was edited, as a file.
        after: the result. Where its size is another, ``before`` and ``mask`` are scaled to it.
        mask: a file with an alpha channel, 0 where the picture may change. What is only half closed is not counted.

    A pixel differs when one of its channels does by more than 8 of 255, which a change of file format does not. None
    where the mask keeps nothing.

    >>> white, black, mask = Image.new("RGB", (4, 1), "white"), Image.new("RGB", (4, 1)), Image.new("RGBA", (4, 1))
    >>> mask.putpixel((0, 0), (0, 0, 0, 255))
    >>> changed_outside(*(local_picture(each).data for each in (white, black, mask)))
    1.0
    """
    made = decode(after)
    # With colours multiplied by alpha: those of what cannot be seen do not count.
    result, first = (each.convert("RGBA").convert("RGBa") for each in (made, decode(before)))
    kept = decode(mask).convert("RGBA").getchannel("A")
    if first.size != result.size:
        first = first.resize(result.size, Image.Resampling.LANCZOS)
    if kept.size != result.size:
        kept = kept.resize(result.size, Image.Resampling.NEAREST)
    if isinstance(made, JpegImagePlugin.JpegImageFile) and made.mode == "RGB":
        # What coding costs at sharp edges is no change: against the picture as the same coding would leave it.
        untouched = Image.composite(first.convert("RGBA").convert("RGB"), made, kept)
        first = decode(coded_alike(untouched, made)).convert("RGBA").convert("RGBa")
    kept = kept.point(lambda alpha: 255 if alpha == 255 else 0)
    differences = map(ImageChops.difference, first.split(), result.split())
    most = functools.reduce(ImageChops.lighter, differences)
    changed = ImageChops.multiply(most.point(lambda value: 255 if value > _SAME_WITHIN else 0), kept)
    total = kept.histogram()[255]
    return changed.histogram()[255] / total if total else None


# ---- reading


def _unnamed() -> words.Sentence:
    return words.say("images.the_picture")


def _opened(data: bytes, name: str) -> ImageFile.ImageFile:
    """The picture with its header read and its pixels not.

    Not ``Image.open``, which warns about large pictures before its caller can look at their size: silencing that
    takes ``warnings.catch_warnings`` (not thread-safe) or Pillow's limit (the notebook's). So its registry of
    formats is asked directly, and our own limit holds whatever the notebook has set.
    """
    if not data:
        raise ImageError(words.say("images.empty", name=name))
    if container(data) == "webp":  # Pillow allocates the whole canvas when it opens one
        _check_size(webp_canvas(data)[:2], name)
    Image.init()
    damage: Exception | None = None
    for identifier in Image.ID:
        factory, accepts = Image.OPEN[identifier]
        try:
            accepted = accepts(data[:16]) if accepts else True
        except Exception:  # fewer bytes than it looks at, which are then no picture of its kind
            continue
        if identifier == _RUNS_A_PROGRAM or isinstance(accepted, str) or not accepted:
            continue
        try:
            opened = factory(io.BytesIO(data), "")
        except Exception as error:  # a reader may raise anything on bytes that are not its own, or damaged
            damage = error if accepts else damage
            continue
        _check_size(opened.size, name)
        return opened
    if damage:
        raise _unreadable(name, damage) from damage
    raise ImageError(words.say("images.not_an_image", name=name))


def _check_size(size: tuple[int, int], name: str) -> None:
    width, height = size
    if width * height > PIXEL_LIMIT:
        side = int(PIXEL_LIMIT**0.5)
        raise ImageError(words.say("images.too_many_pixels", name=name, width=width, height=height, side=side))
    if width < 1 or height < 1:
        raise ImageError(words.say("images.no_pixels", name=name))


def _loaded(image: Image.Image, name: str) -> Image.Image:
    try:
        image.load()
    except Exception as error:  # as above: whatever a decoder raises, the picture cannot be read
        raise _unreadable(name, error) from error
    return image


def _unreadable(name: str, error: Exception) -> ImageError:
    if isinstance(error, Image.DecompressionBombError):  # some readers ask for the notebook's limit by themselves
        return ImageError(words.say("images.notebook_limit", name=name))
    return ImageError(words.say("images.damaged", name=name, reason=str(error)))


def _decoded(data: bytes, name: str) -> Image.Image:
    return _loaded(_opened(data, name), name)


def _kind(image: Image.Image) -> tuple[str, str]:
    """Our name of the format and its media type."""
    kind = "JPEG" if image.format == "MPO" else str(image.format)  # MPO: a phone's JPEG with a preview behind it
    return kind.lower(), Image.MIME.get(kind, "application/octet-stream")


# ---- what a user may hand in


class _Given(NamedTuple):
    """What was handed in.

    Attributes:
        data: the bytes of its file; None where there is none.
        image: the picture, perhaps with no more than its header read.
        name: of its file.
        called: so in a sentence.
    """

    data: bytes | None
    image: Image.Image
    name: str
    called: str


def _read(source: object, called: str) -> _Given:
    """What there is to ``source``, ``called`` so in errors where it has no name."""
    if isinstance(source, Image.Image):
        _check_size(source.size, called)
        filename = str(getattr(source, "filename", ""))
        return _Given(None, source, Path(filename).name or "picture", called)
    if (numpy := sys.modules.get("numpy")) is not None and isinstance(source, numpy.ndarray):
        return _Given(None, _from_array(source, called), "array", called)
    if isinstance(source, (str, os.PathLike)):
        data, name = _file(Path(source))
        return _Given(data, _opened(data, name), name, name)
    if isinstance(source, (bytes, bytearray, memoryview)):
        data = bytes(source)
    elif isinstance(held := getattr(source, "bytes", None), bytes):
        data = held
    else:
        raise ImageError(words.say("images.unknown_source", kind=type(source).__name__))
    return _Given(data, _opened(data, called), "picture", called)


def _first_frame_only(given: _Given) -> tuple[words.Sentence, ...]:
    """What to say of a picture with several frames; nothing where its owner has turned to a later one."""
    try:
        if given.image.format in _STILL or not getattr(given.image, "is_animated", False) or given.image.tell():
            return ()
    except Exception:  # counting walks the file, and damage behind the first frame is no matter
        return ()
    return (words.say("images.first_frame", name=given.called),)


def _kept(given: _Given) -> bytes | None:
    """A whole file for upload, without its metadata; None where the picture has to be coded anew for that.

    Raises:
        ImageError: the file is damaged.
    """
    kind = _kind(given.image)[0]
    if given.data is None or kind not in UPLOAD_FORMATS:
        return None
    if kind != "jpeg":
        if turn(_loaded(given.image, given.called)) is not None:
            return None
    elif turn(given.image) is not None:
        return None
    else:  # looked at through all of the file, at an eighth of the size: half the time, and hardly any memory
        small = _opened(given.data, given.called)
        small.draft(None, (1, 1))
        _loaded(small, given.called)
    return bare(given.data)


def _file(path: Path) -> tuple[bytes, str]:
    text = str(path)[:200]
    if text.startswith(("http:", "https:")):
        raise ImageError(words.say("images.web_address", address=text))
    try:
        file = path.expanduser()
        if file.is_dir():
            raise ImageError(words.say("images.folder", path=text))
        return file.read_bytes(), file.name
    except FileNotFoundError:
        raise ImageError(words.say("images.file_missing", path=text, folder=str(Path.cwd()))) from None
    except ImageError:
        raise
    except (OSError, ValueError, RuntimeError) as error:  # not permitted, a name no file can have, no home folder
        raise ImageError(words.say("images.file_unreadable", path=text, reason=str(error))) from error


def _from_array(array: np.ndarray[Any, Any], called: str) -> Image.Image:
    import numpy as np

    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    if not (array.ndim == 2 or (array.ndim == 3 and array.shape[2] in (3, 4))) or 0 in array.shape:
        raise ImageError(words.say("images.array_shape", shape=str(array.shape)))
    if array.dtype == np.bool_:
        array = array * np.uint8(255)
    elif array.dtype.kind == "f":
        if not (array.min() >= 0 and array.max() <= 1):  # NaN fails this too
            raise ImageError(words.say("images.array_range"))
        array = (array * 255).round().astype(np.uint8)
    if array.dtype != np.uint8:
        raise ImageError(words.say("images.array_type", dtype=str(array.dtype)))
    _check_size((array.shape[1], array.shape[0]), called)
    return Image.fromarray(np.ascontiguousarray(array))


def _packed(data: bytes, name: str, notices: tuple[words.Sentence, ...]) -> LocalPicture:
    image = _opened(data, name)
    kind, media_type = _kind(image)
    suffix = ".jpg" if kind == "jpeg" else f".{kind}"
    digest = hashlib.sha256(data).hexdigest()
    return LocalPicture(data, Path(name).stem + suffix, media_type, image.width, image.height, digest, notices)
