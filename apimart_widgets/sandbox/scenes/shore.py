"""Where land meets the sea: islands, headlands and beaches."""

from __future__ import annotations

import math

from apimart_widgets.sandbox.colour import WHITE, mix
from apimart_widgets.sandbox.drawing import (
    Point,
    area,
    column,
    fill,
    profile,
    smooth,
)
from apimart_widgets.sandbox.scenes.land import ground_detail, height_at
from apimart_widgets.sandbox.stage import Stage


def island(stage: Stage, part: str, base: float, rise: float) -> None:
    """A far island or cape on the water line."""
    rng = stage.dice(part)
    wide = stage.width * rng.uniform(0.2, 0.42)
    x = stage.width - stage.sun[0] + rng.uniform(-0.1, 0.1) * stage.width
    heights = profile(rng, 17, 0.5, 3)
    line = [
        (x + (k / 16 - 0.5) * wide, base - heights[k] * rise * math.sin(k / 16 * math.pi) ** 0.7) for k in range(17)
    ]
    where = area(
        stage.image.size, [*smooth(line, closed=False, steps=4), (x + wide / 2, base + 1), (x - wide / 2, base + 1)]
    )
    palette = stage.palette
    tone = mix(palette.rock, palette.leaves[0], 0.4)
    fill(
        stage.image,
        where,
        column(where.mask.size, [palette.far(tone, 0.5), palette.far(tone, 0.72)])
        if stage.detail
        else palette.far(tone, 0.6),
    )


def headland(stage: Stage, x: float) -> list[Point]:
    """A rocky, grass-topped cape for a building at `x`; returns its crest."""
    rng = stage.dice("headland")
    w, h = stage.width, stage.height
    side = 1 if x > w / 2 else -1
    crest: list[Point] = []
    for k in range(49):
        px = k / 48 * (w + 20) - 10
        t = (px - x) * side / w
        top = 0.735 + rng.uniform(-0.004, 0.004) + 0.03 * max(0.0, t - 0.15)
        if t < -0.17:
            fall = min(1.0, (-t - 0.17) / 0.2)
            top += 0.34 * fall**0.8 + rng.uniform(-0.022, 0.022) * (fall < 1)
        crest.append((px, h * top))
    body = area(stage.image.size, [*crest, (w + 10.0, h + 10.0), (-10.0, h + 10.0)])
    palette = stage.palette
    green = palette.lit(mix(palette.ground if palette.cover != "sand" else (108, 140, 84), palette.light.key, 0.15))
    stone = palette.lit(mix((110, 102, 104), palette.light.sky[0], 0.25))
    fill(
        stage.image,
        body,
        column(body.mask.size, [green, mix(green, stone, 0.6), stone, mix(stone, (20, 20, 34), 0.4)])
        if stage.detail
        else mix(green, stone, 0.4),
    )
    if stage.detail:
        cracks: list[list[Point]] = []
        for _ in range(26 * stage.detail):
            px = rng.uniform(0, w)
            py = height_at(crest, px) + rng.uniform(0.05, 0.3) * h
            size = stage.span * rng.uniform(0.015, 0.05)
            cracks.append(
                [
                    (px, py),
                    (px + size * 0.7, py + size * 0.25),
                    (px + size * 0.4, py + size),
                    (px - size * 0.2, py + size * 0.7),
                ]
            )
        fill(stage.image, area(stage.image.size, *cracks).within(body), mix(stone, (16, 16, 30), 0.45), 0.35)
    ground_detail(stage, crest)
    return crest


def beach(stage: Stage) -> list[Point]:
    """A bay of sand with wet edge and foam; returns the water's edge."""
    rng = stage.dice("beach")
    w, h = stage.width, stage.height
    lean = rng.choice((-1, 1))
    edge = smooth(
        [
            (k / 6 * (w + 20) - 10, h * (0.78 + lean * 0.045 * (k / 6 - 0.5) * 2 + rng.uniform(-0.012, 0.012)))
            for k in range(7)
        ],
        closed=False,
        steps=8,
    )
    palette = stage.palette
    sand = palette.lit(palette.ground if palette.cover in ("sand", "snow") else (222, 190, 142))
    for drop, colour, strength in (
        (-0.016, mix(palette.horizon, WHITE, 0.6), 0.75),
        (-0.004, mix(sand, palette.light.sky[0], 0.4), 0.9),
        (0.02, sand, 1.0),
    ):
        body = area(stage.image.size, [*((x, y + drop * h) for x, y in edge), (w + 10.0, h + 10.0), (-10.0, h + 10.0)])
        paint = column(body.mask.size, [mix(colour, palette.light.key, 0.2), mix(colour, palette.light.sky[0], 0.18)])
        fill(stage.image, body, paint if stage.detail and strength == 1.0 else colour, strength)
    crest = [(x, y + 0.03 * h) for x, y in edge]
    if stage.detail:
        pebbles: list[list[Point]] = []
        for _ in range(30 * stage.detail):
            x = rng.uniform(0, w)
            y = height_at(crest, x) + rng.random() * (h - height_at(crest, x))
            r = stage.span * rng.uniform(0.002, 0.006)
            pebbles.append(smooth([(x - r, y), (x, y - r * 0.6), (x + r, y), (x, y + r * 0.5)], steps=3))
        fill(stage.image, area(stage.image.size, *pebbles), mix(sand, (70, 60, 64), 0.5), 0.7)
        ground_detail(stage, crest) if palette.cover == "sand" else None
    return crest
