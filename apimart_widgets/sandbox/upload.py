"""Pictures sent to ``POST /v1/uploads/images``: told by content, kept in memory for as long as the sandbox lives."""

from __future__ import annotations

import hashlib
import io
import secrets
from dataclasses import dataclass
from typing import Any

from .refusal import Refusal

UPLOAD_LIFETIME = 72 * 3600.0
"""Seconds from an upload until its URL expires."""
LARGEST_UPLOAD = 20 * 1024 * 1024
"""Bytes."""

_SUFFIXES = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp", "GIF": "gif"}
_MOST_PIXELS = 64_000_000


@dataclass(frozen=True, eq=False)
class Upload:
    """One uploaded picture. `name` is the last part of its URL, `size` width and height in pixels."""

    name: str
    filename: str
    content_type: str
    content: bytes
    sha256: str
    size: tuple[int, int]
    has_alpha: bool
    created: float
    files_origin: str

    @property
    def url(self) -> str:
        """Where the picture can be fetched."""
        return f"{self.files_origin}/f/upload/{self.name}"

    def expired(self, now: float) -> bool:
        """Whether its URL has stopped working."""
        return now >= self.created + UPLOAD_LIFETIME

    def answer(self) -> dict[str, Any]:
        """What the upload is answered with."""
        return {
            "url": self.url,
            "filename": self.filename,
            "content_type": self.content_type,
            "bytes": len(self.content),
            "created_at": int(self.created),
        }


def receive(content: bytes, filename: str, created: float, files_origin: str) -> Upload:
    """Check an uploaded file and give it an address; `Refusal` 400 or 413 when it is no picture the API takes.

    The picture is decoded once, so that a file cut off on its way is refused here rather than when it is drawn from.

    >>> receive(b"hello", "note.png", 0.0, "https://files.invalid")
    Traceback (most recent call last):
    ...
    apimart_widgets.sandbox.refusal.Refusal: The file note.png is no JPEG, PNG, WebP or GIF picture.
    """
    if len(content) > LARGEST_UPLOAD:
        message = f"The file {filename} has {len(content)} bytes. At most {LARGEST_UPLOAD} (20 MB) are taken."
        raise Refusal(413, "file_too_large", message, param="file")
    kind, size, has_alpha = _look_at(content, filename)
    return Upload(
        name=f"{secrets.token_hex(16)}.{_SUFFIXES[kind]}",
        filename=filename,
        content_type=f"image/{kind.lower()}",
        content=content,
        sha256=hashlib.sha256(content).hexdigest(),
        size=size,
        has_alpha=has_alpha,
        created=created,
        files_origin=files_origin,
    )


def _look_at(content: bytes, filename: str) -> tuple[str, tuple[int, int], bool]:
    from PIL import (
        Image,
        UnidentifiedImageError,
    )  # drawing libraries are loaded with the first picture, not with the application

    try:
        with Image.open(io.BytesIO(content), formats=tuple(_SUFFIXES)) as image:
            if image.width * image.height > _MOST_PIXELS:
                raise _unsupported(f"The picture {filename} has more than {_MOST_PIXELS} pixels.")
            image.load()
            # A camera's JPEG with a second picture inside is what Pillow calls MPO.
            kind = "JPEG" if image.format == "MPO" else str(image.format)
            return kind, image.size, "A" in image.getbands() or "transparency" in image.info
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _unsupported(f"The picture {filename} has more than {_MOST_PIXELS} pixels.") from None
    except UnidentifiedImageError:
        raise _unsupported(f"The file {filename} is no JPEG, PNG, WebP or GIF picture.") from None
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise _unsupported(f"The picture {filename} is damaged ({error}).") from None


def _unsupported(message: str) -> Refusal:
    return Refusal(400, "unsupported_file", message, param="file")
