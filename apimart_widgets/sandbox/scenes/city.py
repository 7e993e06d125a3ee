"""Cities: rows of towers that rise out of the haze, lit windows, neon signs, a wet or dusty street."""

from __future__ import annotations

import random

from apimart_widgets.sandbox.colour import BLACK, Colour, mix, rgb, shifted
from apimart_widgets.sandbox.drawing import Point, area, column, fill, glow
from apimart_widgets.sandbox.stage import Stage

from . import water

_SIGNS = (rgb("ff4fa3"), rgb("35e0e8"), rgb("ffb13d"), rgb("a06bff"), rgb("58f0a0"))


def _box(left: float, top: float, right: float, bottom: float) -> list[Point]:
    return [(left, top), (right, top), (right, bottom), (left, bottom)]


def skyline(stage: Stage, base: float) -> None:
    """Rows of towers standing at `base`, the nearest row darkest."""
    rows = (2, 3, 4)[stage.detail]
    for index in range(rows):
        _row(stage, base, index / max(1, rows - 1), index == rows - 1)


def _row(stage: Stage, base: float, near: float, last: bool) -> None:
    rng = stage.dice(f"towers {round(near * 6)}")
    palette, unit = stage.palette, stage.span / 1024
    body_colour = mix(rgb("5f6b80"), palette.light.sky[0], 0.35)
    walls: list[list[Point]] = []
    blocks: list[tuple[float, float, float]] = []
    x = -rng.uniform(0, 60) * unit
    while x < stage.width:
        wide = rng.uniform(62, 130) * unit * (0.75 + 0.55 * near)
        centre = 1 - abs((x + wide / 2) / stage.width - 0.5) * (0.9 if not last else -0.9)
        high = stage.horizon * rng.uniform(0.28, 0.72) * (1.0 - 0.32 * near) * (0.72 + 0.45 * centre)
        top = base - high
        walls.append(_box(x, top, x + wide, base + 2))
        shape = rng.random()
        if shape < 0.25:
            walls.append(_box(x + wide * 0.2, top - 26 * unit, x + wide * 0.8, top + 2))
        elif shape < 0.42:
            walls.append([(x, top + 1), (x + wide * 0.5, top - wide * 0.55), (x + wide, top + 1)])
        elif shape < 0.58:
            walls.append([(x, top + 1), (x + wide, top - wide * 0.35), (x + wide, top + 1)])
        if rng.random() < 0.35:
            walls.append(
                _box(x + wide * 0.48, top - rng.uniform(40, 90) * unit, x + wide * 0.48 + 2.6 * unit + 0.5, top + 2)
            )
        blocks.append((x, top, wide))
        x += wide + (rng.uniform(-10, 26) if near < 0.9 else rng.uniform(0, 50)) * unit
    where = area(stage.image.size, *walls)
    distance = 0.72 - 0.62 * near
    top_colour, foot = palette.far(body_colour, distance), palette.far(body_colour, min(0.92, distance + 0.3))
    if near > 0.6:
        top_colour, foot = mix(top_colour, BLACK, 0.12), mix(foot, palette.light.sky[0], 0.25)
    fill(
        stage.image, where, column(where.mask.size, [top_colour, foot]) if stage.detail else mix(top_colour, foot, 0.4)
    )
    if stage.detail:
        shades = [_box(left + wide * 0.62, top, left + wide, base) for left, top, wide in blocks]
        fill(stage.image, area(stage.image.size, *shades), mix(palette.light.sky[0], BLACK, 0.3), 0.2)
    _windows(stage, rng, blocks, base, near)
    if last and palette.light.dark:
        _signs(stage, rng, blocks, base)


def _windows(
    stage: Stage, rng: random.Random, blocks: list[tuple[float, float, float]], base: float, near: float
) -> None:
    palette, unit = stage.palette, stage.span / 1024
    night = palette.light.dark or palette.hour in ("dusk",)
    step = (30, 22, 17)[stage.detail] * unit * (0.8 + 0.35 * near) + 1
    lit: dict[Colour, list[list[Point]]] = {}
    for left, top, wide in blocks:
        tone = rng.choice(
            (rgb("ffd98a"), rgb("ffc76b"), rgb("ffe9c0"), rgb("a8dcf0") if palette.hour == "neon" else rgb("ffd27a"))
        )
        share = rng.uniform(0.25, 0.62) if night else 0.85
        columns = max(2, int(wide / step))
        pane = wide / columns
        y = top + step * 0.7
        while y < base - step:
            for k in range(columns):
                if rng.random() < share:
                    x = left + (k + 0.24) * pane
                    lit.setdefault(tone, []).append(_box(x, y, x + pane * 0.5, y + step * 0.55))
            y += step
    for tone, panes in lit.items():
        where = area(stage.image.size, *panes)
        if night:
            fill(stage.image, where, mix(palette.far(tone, 0.45 - 0.4 * near), tone, 0.6), 0.4 + 0.5 * near)
        else:
            fill(stage.image, where, mix(palette.light.sky[1], palette.light.key, 0.3), 0.2 + 0.2 * near)


def _signs(stage: Stage, rng: random.Random, blocks: list[tuple[float, float, float]], base: float) -> None:
    """Upright neon signs on the nearest row."""
    unit = stage.span / 1024
    for left, top, wide in blocks:
        if rng.random() > 0.75:
            continue
        colour = rng.choice(_SIGNS)
        high = min((base - top) * 0.55, rng.uniform(90, 200) * unit)
        x, y = left + wide * rng.choice((0.16, 0.78)), top + (base - top - high) * rng.uniform(0.2, 0.7)
        broad = 20 * unit + 2
        if stage.detail:
            glow(stage.image, (x, y + high / 2), high * 0.95, colour, 0.6)
        frame = [*_ring(x - broad / 2, y, x + broad / 2, y + high, 2.4 * unit + 0.6)]
        fill(stage.image, area(stage.image.size, *frame), mix(colour, (255, 255, 255), 0.35))
        marks = []
        line = y + broad * 0.6
        while line < y + high - broad * 0.8:
            size = broad * 0.42
            marks.append(
                _box(x - size * rng.uniform(0.4, 0.7), line, x + size * rng.uniform(0.4, 0.7), line + 3 * unit + 0.6)
            )
            if rng.random() < 0.6:
                marks.append(_box(x - 1.4 * unit, line - 2 * unit, x + 1.4 * unit + 0.4, line + broad * 0.4))
            line += broad * 0.52
        fill(stage.image, area(stage.image.size, *marks), mix(shifted(colour, hue=0.08), (255, 255, 255), 0.55))


def _ring(left: float, top: float, right: float, bottom: float, line: float) -> list[list[Point]]:
    return [
        _box(left, top, right, top + line),
        _box(left, bottom - line, right, bottom),
        _box(left, top, left + line, bottom),
        _box(right - line, top, right, bottom),
    ]


def street(stage: Stage, top: float) -> None:
    """The ground before the towers: a wet street at night and in rain, else a pale square."""
    palette = stage.palette
    if palette.light.dark or stage.brief.weathers & {"rain", "storm"} or palette.hour == "dusk":
        water.paint(stage, top, calm=0.86)
        where = area(stage.image.size, _box(0, top, stage.width, stage.height))
        tone = mix(palette.light.sky[0], BLACK, 0.4)
        fill(stage.image, where, column(where.mask.size, [tone, mix(tone, palette.light.sky[1], 0.35)]), 0.42)
    else:
        where = area(stage.image.size, _box(0, top, stage.width, stage.height))
        stone = palette.far(rgb("b9b2a8"), 0.35)
        fill(
            stage.image, where, column(where.mask.size, [stone, palette.lit(rgb("a39b92")), palette.lit(rgb("8a837d"))])
        )
    if stage.detail:
        edge = area(stage.image.size, _box(0, top - stage.span * 0.004, stage.width, top + stage.span * 0.006))
        fill(stage.image, edge, mix(palette.light.sky[0], BLACK, 0.35), 0.6)
        centre, wide, low = stage.width * 0.5, stage.width * 0.26, stage.height
        lines: list[list[Point]] = [
            [(centre + k * stage.width * 0.07, top), (centre + k * wide + 1.6, low), (centre + k * wide - 1.6, low)]
            for k in range(-9, 10)
        ]
        fill(stage.image, area(stage.image.size, *lines), mix(palette.light.sky[0], BLACK, 0.5), 0.28)
