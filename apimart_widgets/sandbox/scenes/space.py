"""Outer space: nebulae, stars, planets, and the ground of a moon."""

from __future__ import annotations

import math

from PIL import Image, ImageChops

from apimart_widgets.sandbox.colour import BLACK, WHITE, mix, rgb, shifted
from apimart_widgets.sandbox.drawing import (
    Area,
    Point,
    area,
    clouding,
    column,
    ellipse,
    fill,
    glow,
    levels,
    screen,
    slope,
    smooth,
    soften,
)
from apimart_widgets.sandbox.scenes import sky
from apimart_widgets.sandbox.stage import Stage

_SCALE = 4


_NEBULAE = (
    (rgb("7a3fb0"), rgb("2f6fd0")),
    (rgb("c0467f"), rgb("4a3fa8")),
    (rgb("1f8f9f"), rgb("5a3fae")),
    (rgb("d0703f"), rgb("5f2f7f")),
)


def space(stage: Stage, *, landed: bool) -> float:
    """Stars, nebulae and a planet; with `landed`, the ground of a moon, whose crest height is returned."""
    rng = stage.dice("space")
    w, h = stage.width, stage.height
    first, second = rng.choice(_NEBULAE)
    small = slope((w // _SCALE + 1, h // _SCALE + 1), (rng.choice((-1, 1)), 1), rgb("141a48"), rgb("07081a"))
    cells = (3.0 * w / stage.span, 3.0 * h / stage.span)
    for colour in (first, second)[: 1 + (stage.detail > 0)]:
        cloud = levels(clouding(rng, small.size, cells, 3), 0.38, 0.92, 0.7)
        screen(small, soften(cloud, stage.span / 250), colour)
    if stage.detail:
        heart = (small.width * rng.uniform(0.25, 0.75), small.height * rng.uniform(0.2, 0.5))
        glow(small, heart, max(small.size) * 0.4, mix(first, WHITE, 0.25), 0.5)
    if stage.detail == 2:
        dust = levels(clouding(rng, small.size, cells, 4), 0.5, 0.85, 0.6)
        fill(small, Area(soften(dust, 1.2), (0, 0)), rgb("0a0a20"))
    stage.image.paste(small.resize((w, h), Image.Resampling.BICUBIC, box=(0, 0, w / _SCALE, h / _SCALE)), (0, 0))
    sky.stars(stage, h, share=1.3)
    side = 1 if stage.sun[0] < w / 2 else -1
    planet(
        stage,
        (w * (0.5 - side * rng.uniform(0.2, 0.3)), h * rng.uniform(0.22, 0.34)),
        stage.span * rng.uniform(0.15, 0.23),
        ringed=rng.random() < 0.6,
    )
    if stage.detail:
        planet(
            stage,
            (w * (0.5 + side * rng.uniform(0.28, 0.4)), h * rng.uniform(0.12, 0.3)),
            stage.span * rng.uniform(0.03, 0.05),
            ringed=False,
        )
    return moon_ground(stage) if landed else float(h)


def planet(stage: Stage, centre: Point, radius: float, *, ringed: bool) -> None:
    """A banded planet lit from the sun's side, with its rings."""
    rng = stage.dice(f"planet {round(radius)} {ringed}")
    size = stage.image.size
    base = rng.choice((rgb("e0905a"), rgb("6fa8c9"), rgb("c98fb0"), rgb("d9b97a"), rgb("7fb8a0")))
    tilt = rng.uniform(-28, 28)
    ring = _ring(size, centre, radius, tilt) if ringed else None
    tone = mix(base, WHITE, 0.35)
    if ring:
        upper = area(size, _half(centre, radius * 3, tilt, -1))
        fill(stage.image, ring.within(upper), tone, 0.55)
    if stage.detail:
        glow(stage.image, centre, radius * 1.45, base, 0.5, 2.2)
    disc = area(size, ellipse(centre, radius, radius))
    fill(stage.image, disc, base)
    for _ in range(2 + 3 * stage.detail):
        y = rng.uniform(-0.85, 0.85)
        c, s = math.cos(math.radians(tilt)), math.sin(math.radians(tilt))
        at = (centre[0] - s * y * radius, centre[1] + c * y * radius)
        stripe = area(size, ellipse(at, radius * 1.05, radius * rng.uniform(0.03, 0.12), tilt)).within(disc)
        fill(stage.image, stripe, shifted(base, hue=rng.uniform(-0.04, 0.04), value=rng.choice((0.82, 1.15))), 0.55)
    toward = stage.lamp(centre).toward
    shade = Image.new("L", disc.mask.size, 0)
    shade.paste(disc.mask, (round(toward[0] * radius * 0.5), round(toward[1] * radius * 0.5)))
    night = ImageChops.subtract(disc.mask, soften(shade, radius * 0.22))
    fill(stage.image, Area(night, disc.at), rgb("060818"), 0.82 if stage.detail else 0.6)
    if ring:
        lower = area(size, _half(centre, radius * 3, tilt, 1))
        fill(stage.image, ring.within(lower), tone, 0.8)


def _ring(size: tuple[int, int], centre: Point, radius: float, tilt: float) -> Area:
    outer = area(size, ellipse(centre, radius * 2.0, radius * 0.46, tilt))
    for share, width in ((1.36, 0.31), (1.72, 0.395)):
        gap = area(size, ellipse(centre, radius * share, radius * width, tilt)).mask if share < 1.5 else None
        if gap is not None:
            hole = Image.new("L", outer.mask.size, 0)
            inner = area(size, ellipse(centre, radius * share, radius * width, tilt))
            hole.paste(inner.mask, (inner.at[0] - outer.at[0], inner.at[1] - outer.at[1]))
            outer = Area(ImageChops.subtract(outer.mask, hole), outer.at)
    return outer


def _half(centre: Point, reach: float, tilt: float, side: int) -> list[Point]:
    c, s = math.cos(math.radians(tilt)), math.sin(math.radians(tilt))
    corners = ((-reach, 0.0), (reach, 0.0), (reach, side * reach), (-reach, side * reach))
    return [(centre[0] + x * c - y * s, centre[1] + x * s + y * c) for x, y in corners]


def moon_ground(stage: Stage) -> float:
    """A cratered grey ground along the lower edge; returns the height of its crest in the middle."""
    rng = stage.dice("moon")
    w, h = stage.width, stage.height
    base = h * 0.78
    crest: list[Point] = smooth(
        [(k / 8 * (w + 20) - 10, base + rng.uniform(-0.02, 0.03) * h) for k in range(9)], closed=False, steps=8
    )
    ground = area(stage.image.size, [*crest, (w + 10.0, h + 10.0), (-10.0, h + 10.0)])
    light, dark = rgb("c3c0cc"), rgb("4c4a60")
    fill(
        stage.image,
        ground,
        column(ground.mask.size, [light, mix(light, dark, 0.5), dark]) if stage.detail else mix(light, dark, 0.45),
    )
    if stage.detail == 2:
        dust = clouding(rng, (max(2, w // 3), max(2, (h - ground.at[1]) // 3)), (14, 8), 5).resize(
            ground.mask.size, Image.Resampling.BICUBIC
        )
        fill(stage.image, Area(levels(dust, 0.45, 0.8, 0.4), ground.at).within(ground), mix(dark, BLACK, 0.2))
    lift = -1 if stage.sun[0] < w / 2 else 1
    for _ in range(5 + 7 * stage.detail):
        near = rng.random()
        x, y = rng.uniform(0, w), base + (0.05 + 0.9 * near) * (h - base)
        rx = stage.span * (0.015 + 0.055 * near) * rng.uniform(0.5, 1.2)
        ry = rx * (0.2 + 0.14 * near)
        fill(
            stage.image,
            area(stage.image.size, ellipse((x - lift * rx * 0.06, y + ry * 0.14), rx * 1.08, ry * 1.1)).within(ground),
            mix(light, WHITE, 0.4),
            0.75,
        )
        pit = area(stage.image.size, ellipse((x, y), rx, ry)).within(ground)
        fill(stage.image, pit, slope(pit.mask.size, (float(lift), 0.3), mix(dark, BLACK, 0.45), mix(dark, light, 0.45)))
    return base
