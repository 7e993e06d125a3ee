"""``Thumbnails``: small copies of a library's pictures, so that a page of old ones opens without decoding each anew.

Nothing depends on them: what is missing, damaged or cannot be written is made again from the picture.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Container
from pathlib import Path

SIDE = 512
"""Pixels of the longer side."""


class Thumbnails:
    """A folder of WebP files named by the SHA-256 of the pictures they were made from.

    >>> folder = Path(tempfile.mkdtemp())
    >>> thumbnails = Thumbnails(folder)
    >>> thumbnails.keep("ab12", b"RIFF\\x04\\x00\\x00\\x00WEBP")
    >>> thumbnails.read("ab12"), thumbnails.read("cd34")
    (b'RIFF\\x04\\x00\\x00\\x00WEBP', None)
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, sha256: str) -> bytes | None:
        """The file, or None where there is none that is whole."""
        try:
            data = self._path(sha256).read_bytes()
        except OSError:
            return None
        # A RIFF file says how long it is.
        whole = data[:4] == b"RIFF" and data[8:12] == b"WEBP" and int.from_bytes(data[4:8], "little") + 8 == len(data)
        return data if whole else None

    def keep(self, sha256: str, webp: bytes) -> None:
        """Write a file, if that can be done."""
        path = self._path(sha256)
        with contextlib.suppress(OSError):
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle, partial = tempfile.mkstemp(dir=path.parent, suffix=".partial")
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(webp)
                os.replace(partial, path)
            except BaseException:
                with contextlib.suppress(OSError):
                    os.unlink(partial)
                raise

    def drop(self, sha256: str) -> None:
        """Delete a file, if there is one."""
        self._path(sha256).unlink(missing_ok=True)

    def drop_all(self, but: Container[str]) -> None:
        """Delete every file, what a process left half written too, except those of these pictures."""
        for path in sorted(self._folder.glob("??/*")):
            if path.stem not in but or path.suffix != ".webp":
                path.unlink(missing_ok=True)

    def _path(self, sha256: str) -> Path:
        return self._folder / sha256[:2] / f"{sha256}.webp"
