"""Open ground: hills, dunes, and what makes the foreground near."""

from __future__ import annotations

import random
from itertools import pairwise

from PIL import Image, ImageChops, ImageDraw

from apimart_widgets.sandbox.colour import WHITE, Colour, mix, shifted
from apimart_widgets.sandbox.drawing import (
    Area,
    Point,
    area,
    clouding,
    column,
    fill,
    levels,
    profile,
    slope,
    smooth,
)
from apimart_widgets.sandbox.stage import Stage


def hill_line(rng: random.Random, width: int, base: float, rise: float, waves: int = 2) -> list[Point]:
    """A soft hill crest across the picture: `rise` pixels high above `base`."""
    heights = profile(rng, 33, 0.32, waves)
    return smooth([(k / 32 * (width + 20) - 10, base - h * rise) for k, h in enumerate(heights)], closed=False, steps=5)


def hill(
    stage: Stage, part: str, base: float, rise: float, colour: Colour, distance: float, *, waves: int = 2
) -> list[Point]:
    """A hill from its crest down to the bottom edge, lit on top; returns the crest."""
    crest = hill_line(stage.dice(part), stage.width, base, rise, waves)
    body = area(stage.image.size, [*crest, (stage.width + 10.0, stage.height + 10.0), (-10.0, stage.height + 10.0)])
    palette = stage.palette
    top = palette.far(mix(colour, palette.light.key, 0.22), distance)
    foot = palette.far(mix(colour, palette.light.sky[0], 0.3), max(0.0, distance - 0.06))
    if stage.detail == 0:
        fill(stage.image, body, mix(top, foot, 0.35))
        return crest
    deep = mix(foot, palette.light.sky[0], 0.25)
    fill(stage.image, body, column(body.mask.size, [top, mix(top, foot, 0.6), foot, deep]))
    if stage.detail == 2:
        rng = stage.dice(part + " patches")
        small = (max(2, body.mask.width // 4), max(2, body.mask.height // 4))
        patches = levels(clouding(rng, small, (4, 5), 4), 0.42, 0.75, 0.5).resize(
            body.mask.size, Image.Resampling.BICUBIC
        )
        fill(stage.image, Area(patches, body.at).within(body), mix(deep, foot, 0.3))
    return crest


def height_at(crest: list[Point], x: float) -> float:
    """The y of a crest at `x` (pixels)."""
    for (ax, ay), (bx, by) in pairwise(crest):
        if ax <= x <= bx:
            return ay + (by - ay) * (x - ax) / ((bx - ax) or 1.0)
    return crest[-1][1] if x > crest[-1][0] else crest[0][1]


def ground_detail(stage: Stage, crest: list[Point]) -> None:
    """What makes the foreground near: blades of grass, flowers, tracks in snow, ripples in sand, fallen leaves."""
    if stage.detail == 0:
        return
    rng = stage.dice("ground")
    palette, unit = stage.palette, stage.span / 1024
    count = (0, 90, 420)[stage.detail]
    light: list[list[Point]] = []
    dark: list[list[Point]] = []
    dots: list[tuple[float, float, float]] = []
    for _ in range(count):
        x = rng.uniform(0, stage.width)
        top = height_at(crest, x)
        depth = rng.random() ** 0.8
        y = top + (stage.height - top) * depth + 2
        size = unit * (6 + 30 * depth) * rng.uniform(0.6, 1.3)
        target = light if rng.random() < 0.5 else dark
        if palette.cover in ("grass", "blossom"):
            lean = rng.uniform(-0.5, 0.5) * size
            target.append(
                [
                    (x - size * 0.09, y),
                    (x + lean * 0.5, y - size * 0.6),
                    (x + lean, y - size),
                    (x + lean * 0.5 + size * 0.06, y - size * 0.55),
                    (x + size * 0.09, y),
                ]
            )
            if rng.random() < 0.16:
                dots.append((x + lean, y - size, size * 0.13))
        elif palette.cover == "autumn":
            dots.append((x, y, size * 0.13))
        elif palette.cover == "sand":
            target.append(
                smooth([(x - size * 2.4, y), (x, y - size * 0.12), (x + size * 2.4, y), (x, y + size * 0.1)], steps=4)
            )
        elif rng.random() < 0.3:
            target.append(
                smooth([(x - size * 2.6, y), (x, y - size * 0.12), (x + size * 2.6, y), (x, y + size * 0.07)], steps=4)
            )
        elif stage.detail == 2:
            dots.append((x, y, size * 0.04))
    base = palette.ground
    strength = {"snow": 0.32, "sand": 0.22}.get(palette.cover, 0.55)
    fill(stage.image, area(stage.image.size, *light), palette.lit(mix(base, palette.light.key, 0.45)), strength)
    fill(stage.image, area(stage.image.size, *dark), palette.lit(mix(base, palette.light.sky[0], 0.5)), strength)
    _dots(stage, dots, rng)


def _dots(stage: Stage, dots: list[tuple[float, float, float]], rng: random.Random) -> None:
    if not dots:
        return
    top = int(min(y for _, y, _ in dots)) - 4
    for index, colour in enumerate(_petals(stage)):
        sheet = Image.new("L", (stage.width * 2, (stage.height - top) * 2), 0)
        draw = ImageDraw.Draw(sheet)
        for x, y, r in dots[index :: len(_petals(stage))]:
            size = max(0.7, r)
            draw.ellipse(
                [(x - size) * 2, (y - top - size * 0.8) * 2, (x + size) * 2, (y - top + size * 0.8) * 2],
                fill=rng.randint(170, 255),
            )
        fill(stage.image, Area(sheet.reduce(2), (0, top)), stage.palette.lit(colour))


def _petals(stage: Stage) -> tuple[Colour, ...]:
    """What lies or blooms on the ground: sparkles of snow, leaves, flowers."""
    if stage.palette.cover == "snow":
        return (WHITE,)
    if stage.palette.cover == "autumn":
        return stage.palette.leaves
    return (stage.palette.accent, WHITE, shifted(stage.palette.accent, hue=0.12))


def dune(stage: Stage, part: str, base: float, rise: float, distance: float) -> list[Point]:
    """A dune field: bright windward slopes, and from each peak a curved edge behind which lies shade; returns the
    crest."""
    rng = stage.dice(part)
    palette, w, h = stage.palette, stage.width, stage.height
    lee = -1 if stage.sun[0] > w / 2 else 1
    peaks = [(x * w, base - rise * rng.uniform(0.6, 1.0)) for x in _scattered(rng)]
    knots: list[Point] = []
    for (x, y), (after, _) in zip(peaks, [*peaks[1:], (peaks[-1][0] + 0.5 * w, 0.0)], strict=True):
        knots += [(x, y), (x + (after - x) * 0.5, base - rise * rng.uniform(0.0, 0.25))]
    crest = smooth(knots, closed=False, steps=12)
    body = area(stage.image.size, [*crest, (crest[-1][0], h + 10.0), (crest[0][0], h + 10.0)])
    rust = mix((150, 84, 58), palette.light.sky[0], 0.25)
    sand = palette.far(mix(palette.ground, palette.light.key, 0.35), distance)
    low = palette.far(mix(palette.ground, rust, 0.22), distance * 0.8)
    fill(
        stage.image,
        body,
        column(body.mask.size, [sand, mix(sand, low, 0.6), low]) if stage.detail else mix(sand, low, 0.3),
    )
    shade = palette.far(mix(palette.ground, rust, 0.6), distance)
    for x, y in peaks:
        _lee(stage, rng, (x, y), crest, body, lee, shade)
    return crest


def _scattered(rng: random.Random) -> list[float]:
    """Where peaks stand, as shares of the width: uneven gaps, from beyond the left edge to beyond the right."""
    places = [rng.uniform(-0.5, -0.2)]
    while places[-1] < 1.25:
        places.append(places[-1] + rng.uniform(0.34, 0.62))
    return places


def _lee(
    stage: Stage, rng: random.Random, peak: Point, crest: list[Point], body: Area, side: int, shade: Colour
) -> None:
    """The shaded side of one dune: sharp along the spine that winds down from the peak, lost toward the next hollow."""
    x, y = peak
    w, deep = stage.width, stage.height * 0.42
    spine = smooth(
        [
            (x, y),
            (x + side * w * rng.uniform(0.02, 0.05), y + deep * 0.22),
            (x - side * w * rng.uniform(0.0, 0.04), y + deep * 0.52),
            (x + side * w * rng.uniform(0.06, 0.14), y + deep),
        ],
        closed=False,
        steps=9,
    )
    reach = w * 0.34
    ridge = [point for point in crest if 0 < (point[0] - x) * side < reach]
    ridge = ridge if side > 0 else ridge[::-1]
    where = area(stage.image.size, [*ridge, (x + side * reach, y + deep), *spine[::-1]]).within(body)
    fading = slope(where.mask.size, (-float(side), 0.0), (255, 255, 255), (0, 0, 0)).convert("L")
    fill(stage.image, Area(ImageChops.multiply(where.mask, fading), where.at), shade, 0.85)
