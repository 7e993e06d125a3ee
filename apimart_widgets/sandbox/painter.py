"""The sandbox painter: pictures drawn from a prompt's words with Pillow alone, offline and free.

It stands in for a paid image model. It reads words from a list (`brief`), chooses palette and light (`palette`), paints
a place from back to front (`scene`, `places`, `scenes`) and puts the named subjects into it (`subjects`). It
understands nothing; a prompt without a known word gets a scene chosen by its hash.

What `quality` does
-------------------
It is **our drawing** and no evidence about any model. The composition of a prompt and seed stays the same; what changes
is how far it is worked out:

- ``low``: painted at 0.8 of the size and enlarged, so softer; flat shapes in one colour, two ranges of hills or towers,
few trees and stars, hardly any glow, no texture,
  no rim light.
- ``medium``: every part shaded from light to dark, a third layer, clouds, mist, soft shadows, rim light, rippled
  reflections, light grain; about twice as many trees, windows, waves and stars.
- ``high``: also a soft shadow inside every part, surface texture, a fourth layer, finer clouds, the milky way, shafts
of
  light, the most trees, windows, grass and stars, stronger grain and vignette, edges sharpened.
- ``auto``: the same as medium.

Sharpness (the variance of the Laplacian) rises from low to high on average over prompts, because there is more to see.

Determinism: the same arguments give the same pixels on every run, process and Python version (with the same Pillow).
Every part of a picture throws dice of its own, seeded by SHA-256 of prompt, seed and the part's name. Nothing here
keeps state, so threads may paint at once.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import replace

from PIL import Image

from . import brief as briefs
from . import editing, finish, scene
from .encoding import encode

__all__ = ["encode", "paint"]

_DETAIL = {"low": 0, "medium": 1, "auto": 1, "high": 2}
_SMALL_SIDE, _MOST_PIXELS = 256, 4_400_000
_COARSE = 0.8  # low quality is painted at this share of the size and enlarged
_MOST_REFERENCES = 16


def paint(
    prompt: str,
    size: tuple[int, int],
    *,
    quality: str,
    background: str,
    seed: str,
    references: Sequence[bytes] = (),
    mask: bytes | None = None,
) -> Image.Image:
    """Paint one picture.

    Parameters
    ----------
    prompt
        Any text, in English or Chinese. Words in square brackets are orders to the sandbox server and not read.
    size
        Width and height in pixels, 64 to 4096 each. Pictures under 256 pixels or over 4.4 megapixels are painted larger
        or smaller and resampled.
    quality
        ``"low"``, ``"medium"``, ``"high"`` or ``"auto"`` (medium); the module says what each draws.
    background
        ``"transparent"`` paints the subject alone on alpha 0; anything else a full picture.
    seed
        What tells pictures of one prompt apart, for example their index: light, layout and side vary with it, the
        subject stays.
    references
        Up to 16 files in any format Pillow reads. One is restyled, several are merged into one composition; with `mask`
        the first is edited.
    mask
        A picture with an alpha channel. The first reference, resized if it is not of `size`, is changed only where the
        mask's alpha is 0 (the mask resized with NEAREST).

    Returns
    -------
    PIL.Image.Image
        Of exactly `size`. RGB; RGBA when `background` is transparent, or when the reference edited under a mask has
        transparency. A small sandbox mark stands in the lower right corner, under a mask only where it fits into the
        open part.

    Raises
    ------
    ValueError
        For a reference or mask that cannot be read, a mask without alpha channel or without reference, or an impossible
        size.

    >>> picture = paint("a fox at dusk", (96, 64), quality="low", background="auto", seed="0")
    >>> picture.mode, picture.size
    ('RGB', (96, 64))
    >>> paint("a fox", (64, 64), quality="low", background="transparent", seed="0").getpixel((0, 0))[3]
    0
    """
    _check(size, quality, references, mask)
    brief = briefs.read(prompt)
    key = hashlib.sha256(briefs.plain(prompt).encode("utf-8", "surrogatepass")).hexdigest()
    order = editing.Order(brief, size, _DETAIL[quality], key, seed)
    clear = background == "transparent"
    if mask is not None:
        return editing.inpaint(order, references[0], mask, transparent=clear)
    image = _painted(replace(order, size=_working_size(size, _DETAIL[quality])), references, clear)
    if image.size != size:
        image = image.resize(size, Image.Resampling.LANCZOS)
    finish.mark(image)
    return image


def _painted(order: editing.Order, references: Sequence[bytes], clear: bool) -> Image.Image:
    if references:
        image = editing.from_references(order, references)
        return finish.rounded_off(image) if clear else image
    compose = scene.cut_out if clear else scene.compose
    return compose(order.brief, order.size, order.detail, order.prompt, order.seed)


def _check(size: tuple[int, int], quality: str, references: Sequence[bytes], mask: bytes | None) -> None:
    if not all(64 <= side <= 4096 for side in size):
        raise ValueError(
            f"The sandbox paints 64 to 4096 pixels a side, not {size[0]} x {size[1]}. Choose another size."
        )
    if quality not in _DETAIL:
        raise ValueError(f"quality is low, medium, high or auto, not {quality!r}.")
    if len(references) > _MOST_REFERENCES:
        raise ValueError(f"At most {_MOST_REFERENCES} references, not {len(references)}. Leave some out.")
    if mask is not None and not references:
        raise ValueError("A mask needs the picture it belongs to. Send that picture as the first reference.")


def _working_size(size: tuple[int, int], detail: int) -> tuple[int, int]:
    """The size to paint at: tiny pictures larger, huge ones and those of low quality smaller, all others as they
    are."""
    factor = max(1.0, _SMALL_SIDE / min(size))
    if size[0] * size[1] > _MOST_PIXELS:
        factor = math.sqrt(_MOST_PIXELS / (size[0] * size[1]))
    if detail == 0:
        factor *= _COARSE
    return size if factor == 1.0 else (round(size[0] * factor), round(size[1] * factor))
