"""Antialiased drawing on Pillow images: outlines, areas, gradients, glows and cloud-like noise.

Pillow's own shapes have hard edges. Here an outline becomes an :class:`Area`, a coverage mask drawn two to four times
too large and reduced, and every fill goes through such a mask. All coordinates are pixels of the image drawn on, y
downwards. Nothing in this module keeps state, and all randomness comes from the :class:`random.Random` passed in.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from .colour import Colour, mix

Point = tuple[float, float]


@dataclass(frozen=True)
class Area:
    """Where to paint: a coverage ``mask`` (mode L, 0 to 255) whose top left pixel lies ``at`` (x, y) of the picture."""

    mask: Image.Image
    at: tuple[int, int]

    def within(self, other: Area) -> Area:
        """This area cut to what it shares with `other`.

        >>> left, right = area((9, 9), [(0, 0), (4, 0), (4, 9), (0, 9)]), area((9, 9), [(5, 0), (9, 0), (9, 9), (5, 9)])
        >>> left.within(right).mask.getextrema()
        (0, 0)
        """
        window = Image.new("L", self.mask.size, 0)
        window.paste(other.mask, (other.at[0] - self.at[0], other.at[1] - self.at[1]))
        return Area(ImageChops.multiply(self.mask, window), self.at)


def smooth(points: Sequence[Point], *, closed: bool = True, steps: int = 8) -> list[Point]:
    """A Catmull-Rom curve through `points`, as a polyline with `steps` pieces between neighbours.

    >>> smooth([(0, 0), (4, 0)], closed=False, steps=2)
    [(0.0, 0.0), (2.0, 0.0), (4, 0)]
    """
    count = len(points)
    last = count if closed else count - 1

    def at(index: int) -> Point:
        return points[index % count] if closed else points[min(max(index, 0), count - 1)]

    curve: list[Point] = []
    for i in range(last):
        (x0, y0), (x1, y1), (x2, y2), (x3, y3) = at(i - 1), at(i), at(i + 1), at(i + 2)
        for step in range(steps):
            t = step / steps
            a, b = t * t, t * t * t
            wa, wb, wc, wd = -t + 2 * a - b, 2 - 5 * a + 3 * b, t + 4 * a - 3 * b, b - a
            curve.append(((wa * x0 + wb * x1 + wc * x2 + wd * x3) / 2, (wa * y0 + wb * y1 + wc * y2 + wd * y3) / 2))
    if not closed:
        curve.append(points[-1])
    return curve


def ribbon(points: Sequence[Point], widths: Sequence[float]) -> list[Point]:
    """The outline of a stroke along `points` whose width runs evenly through `widths` (pixels)."""
    left: list[Point] = []
    right: list[Point] = []
    last = len(points) - 1
    for i, (x, y) in enumerate(points):
        (ax, ay), (bx, by) = points[max(i - 1, 0)], points[min(i + 1, last)]
        length = math.hypot(bx - ax, by - ay) or 1.0
        position = i / last * (len(widths) - 1)
        lower = min(int(position), len(widths) - 2)
        half = (widths[lower] + (widths[lower + 1] - widths[lower]) * (position - lower)) / 2
        nx, ny = -(by - ay) / length * half, (bx - ax) / length * half
        left.append((x + nx, y + ny))
        right.append((x - nx, y - ny))
    return left + right[::-1]


def ellipse(centre: Point, rx: float, ry: float, turn: float = 0.0) -> list[Point]:
    """The outline of an ellipse with radii `rx`, `ry` pixels, turned by `turn` degrees."""
    count = max(16, min(96, int((rx + ry) * 0.6)))
    c, s = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    ring = [(math.cos(k / count * math.tau) * rx, math.sin(k / count * math.tau) * ry) for k in range(count)]
    return [(centre[0] + x * c - y * s, centre[1] + x * s + y * c) for x, y in ring]


def area(size: tuple[int, int], *outlines: Sequence[Point]) -> Area:
    """The union of closed `outlines`, antialiased and cut to a picture of `size`; nothing inside gives an empty 1 x 1
    area."""
    xs = [x for outline in outlines for x, _ in outline]
    ys = [y for outline in outlines for _, y in outline]
    left, top = max(0, math.floor(min(xs, default=0)) - 1), max(0, math.floor(min(ys, default=0)) - 1)
    right, bottom = min(size[0], math.ceil(max(xs, default=0)) + 1), min(size[1], math.ceil(max(ys, default=0)) + 1)
    if right <= left or bottom <= top:
        return Area(Image.new("L", (1, 1), 0), (0, 0))
    width, height = right - left, bottom - top
    scale = 4 if width * height < 120_000 else 2
    large = Image.new("L", (width * scale, height * scale), 0)
    draw = ImageDraw.Draw(large)
    for outline in outlines:
        if len(outline) > 2:
            draw.polygon([((x - left) * scale, (y - top) * scale) for x, y in outline], fill=255)
    return Area(large.reduce(scale), (left, top))


def fade(mask: Image.Image, opacity: float) -> Image.Image:
    """`mask` at `opacity` (0 to 1) of its strength."""
    return mask if opacity >= 1 else mask.point([int(value * opacity) for value in range(256)])


def fill(image: Image.Image, where: Area, paint: Colour | Image.Image, opacity: float = 1.0) -> None:
    """Paint `where` with a colour, or with a picture of the mask's size. RGBA images are treated as premultiplied (see
    `figure`)."""
    mask = fade(where.mask, opacity)
    box = (where.at[0], where.at[1], where.at[0] + mask.width, where.at[1] + mask.height)
    if isinstance(paint, Image.Image):
        image.paste(paint.convert(image.mode), box, mask)
    else:
        image.paste((*paint, 255) if image.mode == "RGBA" else paint, box, mask)


def column(size: tuple[int, int], stops: Sequence[Colour]) -> Image.Image:
    """A vertical gradient through `stops`, evenly spaced from top to bottom."""
    strip = Image.new("RGB", (1, len(stops)))
    strip.putdata(list(stops))
    return strip.resize(size, Image.Resampling.BILINEAR, box=(0, 0.5, 1, len(stops) - 0.5))


def slope(size: tuple[int, int], toward: Point, near: Colour, far: Colour) -> Image.Image:
    """A two-colour gradient over a box: `near` on the side that `toward` (a direction) points to, `far` opposite."""
    reach = abs(toward[0]) + abs(toward[1]) or 1.0
    corners = [(x * toward[0] + y * toward[1]) / reach for y in (-1, 1) for x in (-1, 1)]
    tiny = Image.new("RGB", (2, 2))
    tiny.putdata([mix(far, near, (value + 1) / 2) for value in corners])
    return tiny.resize(size, Image.Resampling.BILINEAR, box=(0.5, 0.5, 1.5, 1.5))


def fading_disc(strength: float = 1.0, power: float = 2.0) -> Image.Image:
    """A 256 x 256 mask: `strength` in the middle, nothing from the inscribed circle outwards, falling with `power`.

    >>> disc = fading_disc()
    >>> disc.getpixel((128, 128)), disc.getpixel((0, 128))
    (255, 0)
    """
    rim = 180.0  # Pillow's radial gradient reaches 255 in the corners, so about 180 at the middle of each side
    return Image.radial_gradient("L").point([int(255 * strength * max(0.0, 1 - v / rim) ** power) for v in range(256)])


def glow(
    image: Image.Image, centre: Point, radius: float, colour: Colour, strength: float = 1.0, power: float = 2.0
) -> None:
    """Add light: a round fall-off of `colour`, full in the centre and nothing at `radius` pixels."""
    halo(image, centre, (radius, radius), colour, strength, power)


def halo(
    image: Image.Image,
    centre: Point,
    radii: tuple[float, float],
    colour: Colour,
    strength: float = 1.0,
    power: float = 2.0,
) -> None:
    """Like `glow`, but elliptic: `radii` across and down, in pixels."""
    rx, ry = max(radii[0], 1.0), max(radii[1], 1.0)
    left, top = int(centre[0] - rx), int(centre[1] - ry)
    box = (max(0, left), max(0, top), min(image.width, int(centre[0] + rx)), min(image.height, int(centre[1] + ry)))
    if box[2] <= box[0] or box[3] <= box[1]:
        return
    source = (
        (box[0] - left) / (2 * rx) * 256,
        (box[1] - top) / (2 * ry) * 256,
        min(256.0, (box[2] - left) / (2 * rx) * 256),
        min(256.0, (box[3] - top) / (2 * ry) * 256),
    )
    size = (box[2] - box[0], box[3] - box[1])
    mask = fading_disc(strength, power).resize(size, Image.Resampling.BILINEAR, box=source)
    light = Image.composite(Image.new("RGB", size, colour), Image.new("RGB", size), mask)
    image.paste(ImageChops.screen(image.crop(box), light), box)


def screen(image: Image.Image, mask: Image.Image, colour: Colour) -> None:
    """Add light of one `colour` through a `mask` of the image's size."""
    light = Image.composite(Image.new("RGB", image.size, colour), Image.new("RGB", image.size), mask)
    image.paste(ImageChops.screen(image, light), (0, 0))


def clouding(rng: random.Random, size: tuple[int, int], cells: tuple[float, float], octaves: int = 4) -> Image.Image:
    """Cloud-like noise (mode L, mean near 128): `cells` patches across and down, refined `octaves` times."""
    total = Image.new("L", size, 128)
    for octave in range(octaves):
        across, down = max(2, round(cells[0] * 2**octave)), max(2, round(cells[1] * 2**octave))
        across, down = min(across, size[0]), min(down, size[1])
        patch = Image.frombytes("L", (across, down), rng.randbytes(across * down))
        layer = patch.resize(size, Image.Resampling.BICUBIC)
        total = layer if octave == 0 else Image.blend(total, layer, 0.5 ** (octave * 0.8 + 0.4))
    return total


def levels(mask: Image.Image, low: float, high: float, top: float = 1.0) -> Image.Image:
    """Stretch a mask so that `low` (0 to 1) becomes 0 and `high` becomes `top`, with soft shoulders."""

    def shoulder(value: int) -> int:
        t = min(1.0, max(0.0, (value / 255 - low) / (high - low)))
        return int(255 * top * t * t * (3 - 2 * t))

    return mask.point([shoulder(value) for value in range(256)])


def soften(mask: Image.Image, radius: float) -> Image.Image:
    """Blur with a radius in pixels, done on a reduced copy when the radius is large: the eye cannot tell, the clock
    can."""
    if radius < 0.4:
        return mask
    factor = max(1, min(8, int(radius / 2.5)))
    if factor == 1 or min(mask.size) < 4 * factor:
        return mask.filter(ImageFilter.GaussianBlur(radius))
    small = mask.reduce(factor).filter(ImageFilter.GaussianBlur(radius / factor))
    return small.resize(mask.size, Image.Resampling.BILINEAR)


def profile(rng: random.Random, count: int, roughness: float = 0.55, start: int = 4) -> list[float]:
    """A fractal height line of `count` values between 0 and 1: `start` broad waves, each finer octave `roughness` as
    high."""
    total = [0.0] * count
    amplitude, cells = 1.0, start
    while cells < count:
        knots = [rng.random() for _ in range(cells + 2)]
        for i in range(count):
            position = i / (count - 1) * cells
            k = int(position)
            t = position - k
            t = t * t * (3 - 2 * t)
            total[i] += amplitude * (knots[k] * (1 - t) + knots[k + 1] * t)
        amplitude *= roughness
        cells *= 2
    low, high = min(total), max(total)
    return [(value - low) / ((high - low) or 1.0) for value in total]
