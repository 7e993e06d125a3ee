"""The sandbox as a server that paints, or fills, one picture and has it there at once for every task.

Painting does not count then, and fetching, keeping and decoding do: each file differs from the others in a number, as
no two pictures of a model are the same. What is painted gets some grain, which makes it as large as pictures of models
are, 2 MB at 1024 x 1024: the sandbox's own are a tenth of that.
"""

from __future__ import annotations

import io
import itertools
import sys

from PIL import Image, ImageChops

from apimart_widgets.containers import png_chunk
from apimart_widgets.sandbox import __main__, app
from apimart_widgets.sandbox.studio import Studio
from apimart_widgets.sandbox.task import Picture
from tests.sandbox_server import SandboxServer

_LAST_CHUNK = 12
_GRAIN = 8.0


class KeptPictures(SandboxServer):
    """`with KeptPictures(flat=False) as server: server.url`: tasks are done at once."""

    def __init__(self, *, flat: bool) -> None:
        super().__init__(flat=flat)
        self._command = [sys.executable, "-m", __name__, *self._command[3:]]


class _Kept(Studio):
    def __init__(self, *, flat: bool) -> None:
        super().__init__(flat=flat)
        self._one = b""
        self._numbers = itertools.count()

    def _name(self, picture: Picture) -> str:
        return picture.seed

    def _draw(self, picture: Picture) -> bytes:
        if not self._one:
            drawn = super()._draw(picture)
            self._one = drawn if self._flat else grainy(drawn)
        return numbered(self._one, next(self._numbers))


def grainy(png: bytes) -> bytes:
    """A PNG with some noise in each of its channels."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    noise = Image.merge("RGB", [Image.effect_noise(image.size, _GRAIN) for _ in range(3)])
    file = io.BytesIO()
    ImageChops.add(image, noise, offset=-128).save(file, "PNG")
    return file.getvalue()


def numbered(png: bytes, number: int) -> bytes:
    """A PNG with a number in a chunk of text before its end."""
    return png[:-_LAST_CHUNK] + png_chunk(b"tEXt", b"Number\0%d" % number) + png[-_LAST_CHUNK:]


if __name__ == "__main__":
    app.Studio = _Kept  # type: ignore[misc]
    sys.exit(__main__.main(sys.argv[1:]))
