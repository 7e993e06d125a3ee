"""Colours as (red, green, blue), 0 to 255, and the few operations the painter mixes them with."""

from __future__ import annotations

import colorsys

Colour = tuple[int, int, int]


def rgb(text: str) -> Colour:
    """A colour from its six hexadecimal digits.

    >>> rgb("ff8000")
    (255, 128, 0)
    """
    return (int(text[0:2], 16), int(text[2:4], 16), int(text[4:6], 16))


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """`first` with `share` (0 to 1) of `second` in it.

    >>> mix((0, 0, 0), (200, 100, 50), 0.5)
    (100, 50, 25)
    """
    share = min(1.0, max(0.0, share))
    r, g, b = (round(a + (c - a) * share) for a, c in zip(first, second, strict=True))
    return (r, g, b)


def under(colour: Colour, light: Colour) -> Colour:
    """A surface of `colour` in `light`: the two multiplied.

    >>> under((200, 100, 50), (255, 255, 255))
    (200, 100, 50)
    """
    r, g, b = (round(a * c / 255) for a, c in zip(colour, light, strict=True))
    return (r, g, b)


def shifted(colour: Colour, *, hue: float = 0.0, saturation: float = 1.0, value: float = 1.0) -> Colour:
    """`colour` with its hue turned (in turns, 0 to 1) and its saturation and value multiplied."""
    h, s, v = colorsys.rgb_to_hsv(*(part / 255 for part in colour))
    r, g, b = colorsys.hsv_to_rgb((h + hue) % 1.0, min(1.0, s * saturation), min(1.0, v * value))
    return (round(r * 255), round(g * 255), round(b * 255))


WHITE: Colour = (255, 255, 255)
BLACK: Colour = (0, 0, 0)
INK: Colour = (34, 30, 40)
CREAM: Colour = (250, 243, 228)
