"""The pen that draws subjects: rounded parts with volume, in a box of 100 x 100 units whose bottom edge is the ground.

The layer it draws on is premultiplied RGBA, so that soft edges over nothing carry no dark fringe; `Figure.picture`
gives it back straight. How much each part is worked out follows `detail`: 0 flat colour, 1 a gradient from light to
shadow, 2 also a soft shadow inside the edge that turns away from the light.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from PIL import Image, ImageChops

from .colour import WHITE, Colour, mix
from .drawing import Area, Point, area, ellipse, fade, fading_disc, fill, ribbon, slope, smooth, soften


@dataclass(frozen=True)
class Lamp:
    """Where the light on a subject comes from (`toward`, a direction in pixels, y downwards) and what colours light and
    shadow take."""

    toward: Point
    key: Colour
    shade: Colour
    lit: bool = False


class Figure:
    """One subject being drawn. `detail` is 0, 1 or 2; `rng` belongs to this subject alone.

    >>> figure = Figure(40, 1, Lamp((-0.6, -0.8), (255, 250, 230), (40, 40, 80)), random.Random(1), flip=False)
    >>> body = figure.oval(50, 70, 20, 30, (200, 80, 40))
    >>> figure.picture().mode, figure.picture().size
    ('RGBA', (64, 64))
    """

    margin = 0.3

    def __init__(self, pixels: float, detail: int, lamp: Lamp, rng: random.Random, *, flip: bool) -> None:
        self.unit = pixels / 100
        self.detail = detail
        self.rng = rng
        self.flip = flip
        self.lamp = Lamp((-lamp.toward[0], lamp.toward[1]), lamp.key, lamp.shade, lamp.lit) if flip else lamp
        self._moved: tuple[float, float, float] = (0.0, 0.0, 1.0)
        side = round(pixels * (1 + 2 * self.margin))
        self.layer = Image.new("RGBA", (side, side), (0, 0, 0, 0))
        self._shine = Image.new("L", (side, side), 0)

    def picture(self) -> Image.Image:
        """What was drawn, as straight RGBA; the 100 x 100 box sits inside a margin of 30 units on every side."""
        straight = Image.frombytes("RGBa", self.layer.size, self.layer.tobytes()).convert("RGBA")
        return straight.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if self.flip else straight

    def shine(self) -> Image.Image:
        """The mask (mode L, same size as `picture`) of what gives light of its own."""
        return self._shine.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if self.flip else self._shine

    def shape(
        self,
        points: Sequence[Point],
        colour: Colour,
        *,
        within: Area | None = None,
        volume: float = 1.0,
        opacity: float = 1.0,
        sharp: bool = False,
    ) -> Area:
        """Fill the closed curve (or, when `sharp`, polygon) through `points`; returns its area for `within` of later
        parts."""
        place = [self._at(point) for point in points]
        where = area(self.layer.size, place if sharp else smooth(place, steps=7))
        if within is not None:
            where = where.within(within)
        self._paint(where, colour, volume, opacity)
        return where

    def oval(
        self,
        x: float,
        y: float,
        rx: float,
        ry: float,
        colour: Colour,
        *,
        turn: float = 0.0,
        within: Area | None = None,
        volume: float = 1.0,
        opacity: float = 1.0,
    ) -> Area:
        """Fill an ellipse around (`x`, `y`) with radii `rx`, `ry` units, turned by `turn` degrees."""
        where = area(self.layer.size, ellipse(self._at((x, y)), rx * self.unit, ry * self.unit, turn))
        if within is not None:
            where = where.within(within)
        self._paint(where, colour, volume, opacity)
        return where

    def stroke(
        self,
        points: Sequence[Point],
        widths: Sequence[float],
        colour: Colour,
        *,
        within: Area | None = None,
        volume: float = 0.0,
        opacity: float = 1.0,
        sharp: bool = False,
    ) -> Area:
        """A line along the open curve through `points`, its width running through `widths` units, with round ends."""
        place = [self._at(point) for point in points]
        line = place if sharp or len(place) < 3 else smooth(place, closed=False, steps=7)
        sizes = [width * self.unit for width in widths]
        sizes = sizes if len(sizes) > 1 else sizes * 2
        ends = [ellipse(line[0], sizes[0] / 2, sizes[0] / 2), ellipse(line[-1], sizes[-1] / 2, sizes[-1] / 2)]
        where = area(self.layer.size, ribbon(line, sizes), *ends)
        if within is not None:
            where = where.within(within)
        self._paint(where, colour, volume, opacity)
        return where

    def bar(
        self,
        left: float,
        top: float,
        right: float,
        bottom: float,
        colour: Colour,
        *,
        round_by: float = 0.0,
        within: Area | None = None,
        volume: float = 1.0,
        opacity: float = 1.0,
    ) -> Area:
        """A rectangle, its corners rounded by `round_by` units."""
        r = min(round_by, (right - left) / 2, (bottom - top) / 2)
        points: list[Point] = [(left, top), (right, top), (right, bottom), (left, bottom)]
        if r > 0:
            corners = (
                (right - r, top + r, -90),
                (right - r, bottom - r, 0),
                (left + r, bottom - r, 90),
                (left + r, top + r, 180),
            )
            points = [
                (x + r * math.cos(math.radians(start + k * 15)), y + r * math.sin(math.radians(start + k * 15)))
                for x, y, start in corners
                for k in range(7)
            ]
        return self.shape(points, colour, within=within, volume=volume, opacity=opacity, sharp=True)

    def eye(
        self, x: float, y: float, size: float, colour: Colour = (32, 26, 30), *, ring: Colour | None = None
    ) -> None:
        """A round eye with its glint."""
        if ring is not None:
            self.oval(x, y, size * 1.35, size * 1.35, ring, volume=0.4)
        self.oval(x, y, size, size * 1.12, colour, volume=0)
        self.oval(x - size * 0.3, y - size * 0.4, size * 0.34, size * 0.34, WHITE, volume=0)

    def gleam(self, x: float, y: float, radius: float, colour: Colour, opacity: float = 0.6) -> None:
        """A soft light, for lamps and reflections; nothing at detail 0."""
        if self.detail == 0:
            return
        side = max(4, round(radius * 2 * self.unit))
        mask = fading_disc(opacity).resize((side, side), Image.Resampling.BILINEAR)
        centre = self._at((x, y))
        where = Area(mask, (int(centre[0] - side / 2), int(centre[1] - side / 2))).within(self._everywhere())
        fill(self.layer, where, colour)
        self.shines(where)

    def shines(self, where: Area) -> None:
        """What lies in `where` gives light of its own: the hour's light leaves it as it is."""
        self._shine.paste(255, (*where.at, where.at[0] + where.mask.width, where.at[1] + where.mask.height), where.mask)

    def _everywhere(self) -> Area:
        return Area(Image.new("L", self.layer.size, 255), (0, 0))

    def texture(self, strength: float) -> None:
        """Fine grain over everything drawn so far, at detail 2 only: fur, bark, plaster."""
        if self.detail < 2:
            return
        size = self.layer.size
        grain = Image.frombytes("L", size, self.rng.randbytes(size[0] * size[1]))
        shade = grain.point([int(255 - (255 - v) * strength) for v in range(256)])
        r, g, b, a = self.layer.split()
        self.layer = Image.merge("RGBA", [*(ImageChops.multiply(band, shade) for band in (r, g, b)), a])

    @contextmanager
    def moved(self, x: float, y: float, scale: float) -> Iterator[None]:
        """Within this block the box's corner lies at (`x`, `y`) and its units are `scale` as long: a head on another
        body."""
        before, unit = self._moved, self.unit
        self._moved, self.unit = (before[0] + x * before[2], before[1] + y * before[2], before[2] * scale), unit * scale
        try:
            yield
        finally:
            self._moved, self.unit = before, unit

    def _at(self, point: Point) -> Point:
        x, y, scale = self._moved
        edge, unit = self.margin * 100, self.unit / scale
        return ((x + point[0] * scale + edge) * unit, (y + point[1] * scale + edge) * unit)

    def _paint(self, where: Area, colour: Colour, volume: float, opacity: float) -> None:
        if self.detail == 0 or volume <= 0:
            fill(self.layer, where, colour, opacity)
            return
        near = mix(colour, self.lamp.key, 0.2 * volume)
        far = mix(colour, self.lamp.shade, 0.3 * volume)
        fill(self.layer, where, slope(where.mask.size, self.lamp.toward, near, far), opacity)
        if self.detail == 2 and min(where.mask.size) > 12:
            self._round_off(where, colour, volume, opacity)

    def _round_off(self, where: Area, colour: Colour, volume: float, opacity: float) -> None:
        """Darken inside the edge away from the light: the part minus a blurred copy of itself moved toward the
        light."""
        width, height = where.mask.size
        reach = min(width, height) * 0.16
        moved = Image.new("L", where.mask.size, 0)
        moved.paste(where.mask, (round(self.lamp.toward[0] * reach), round(self.lamp.toward[1] * reach)))
        inner = ImageChops.subtract(where.mask, soften(moved, reach * 0.7))
        fill(self.layer, Area(fade(inner, 0.45 * volume * opacity), where.at), mix(colour, self.lamp.shade, 0.65))
