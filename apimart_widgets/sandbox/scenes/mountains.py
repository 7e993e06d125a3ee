"""Mountains: ranges of peaks with lit and shaded flanks, gullies and snow."""

from __future__ import annotations

import math
import random
from itertools import pairwise

from apimart_widgets.sandbox.colour import mix
from apimart_widgets.sandbox.drawing import (
    Area,
    Point,
    area,
    column,
    fill,
)
from apimart_widgets.sandbox.stage import Stage


def mountains(stage: Stage, height: float) -> None:
    """Two to four ranges, `height` (share of the picture's height) high, each nearer one darker and clearer."""
    count = (2, 3, 4)[stage.detail]
    for index in range(count):
        near = index / (count - 1)
        rise = stage.height * height * (1.0 - 0.5 * near)
        base = stage.horizon + stage.height * (0.02 + 0.05 * near)
        _range(stage, stage.dice(f"range {round(near * 6)}"), rise, base, 0.78 - 0.42 * near)


def _range(stage: Stage, rng: random.Random, rise: float, base: float, distance: float) -> None:
    peaks = _peaks(stage, rng, rise, base)
    line = _craggy(rng, [point for peak in peaks for point in peak[:2]], rise)
    deep = base + stage.height * 0.16
    body = area(stage.image.size, [*line, (stage.width + 9.0, deep), (-9.0, deep)])
    palette = stage.palette
    rock = palette.rock if palette.cover in ("snow", "rock") else mix(palette.rock, palette.leaves[0], 0.3)
    top, foot = palette.far(rock, distance), palette.far(rock, min(0.95, distance + 0.24))
    fill(stage.image, body, column(body.mask.size, [top, mix(top, foot, 0.4), foot]))
    if stage.detail == 0:
        if palette.cover == "snow":
            _snow_caps(stage, rng, peaks, body, distance, 1.0)
        return
    toward = 1 if stage.sun[0] > stage.width / 2 else -1
    shade = palette.far(mix(rock, palette.light.sky[0], 0.55), distance)
    flanks = [_flank(rng, peak[0], base, -toward, rise) for peak in peaks]
    fill(stage.image, area(stage.image.size, *flanks).within(body), shade, 0.55)
    if palette.cover == "snow" or (distance > 0.5 and palette.cover != "sand" and rise > stage.height * 0.16):
        _snow_caps(stage, rng, peaks, body, distance, toward)
    if stage.detail == 2:
        gullies = [_gully(rng, peak[0], base, rise) for peak in peaks for _ in range(6)]
        fill(stage.image, area(stage.image.size, *gullies).within(body), mix(shade, foot, 0.2), 0.28)


def _peaks(stage: Stage, rng: random.Random, rise: float, base: float) -> list[tuple[Point, Point]]:
    """(summit, valley after it) from left to right."""
    peaks: list[tuple[Point, Point]] = []
    x = -rng.uniform(0.0, 0.7) * rise
    while x < stage.width + rise:
        top = base - rise * rng.uniform(0.55, 1.0)
        gap = rise * rng.uniform(0.75, 1.35)
        peaks.append(((x, top), (x + gap * 0.55, base - rise * rng.uniform(0.12, 0.42))))
        x += gap
    return peaks


def _craggy(rng: random.Random, points: list[Point], rise: float) -> list[Point]:
    """Break straight ridges by moving midpoints, three times, each time less."""
    wobble = rise * 0.055
    for _ in range(3):
        broken: list[Point] = []
        for (ax, ay), (bx, by) in pairwise(points):
            broken += [
                (ax, ay),
                ((ax + bx) / 2 + rng.uniform(-wobble, wobble) * 0.6, (ay + by) / 2 + rng.uniform(-wobble, wobble)),
            ]
        points = [*broken, points[-1]]
        wobble *= 0.55
    return points


def _flank(rng: random.Random, summit: Point, base: float, side: int, rise: float) -> list[Point]:
    """The side of a mountain that lies in shadow: from the summit down, back up in a zigzag."""
    x, y = summit
    fall = base - y
    outer = [(x, y - 2), (x + side * fall * 1.3, base + 9)]
    inner: list[Point] = []
    steps = 7
    for k in range(steps, 0, -1):
        t = k / steps
        inner.append(
            (
                x
                + side * fall * (0.16 * t + (0.09 if k % 2 else -0.05) * math.sqrt(t))
                + rng.uniform(-0.01, 0.01) * rise,
                y + fall * t,
            )
        )
    return outer + inner


def _gully(rng: random.Random, summit: Point, base: float, rise: float) -> list[Point]:
    x, y = summit
    start = rng.uniform(0.12, 0.5)
    lean = rng.uniform(-0.75, 0.75)
    ax, ay = x + lean * start * rise, y + start * rise * 1.05
    bx, by = ax + (lean * 0.8 + rng.uniform(-0.1, 0.1)) * rise * 0.4, ay + rise * rng.uniform(0.2, 0.45)
    wide = rise * rng.uniform(0.01, 0.03)
    return [(ax, ay), (bx + wide, by), (bx - wide, by)]


def _snow_caps(
    stage: Stage, rng: random.Random, peaks: list[tuple[Point, Point]], body: Area, distance: float, toward: float
) -> None:
    caps: list[list[Point]] = []
    shaded: list[list[Point]] = []
    for (x, y), (_, valley) in peaks:
        fall = (valley - y) * rng.uniform(0.5, 0.8)
        teeth = 9
        edge: list[Point] = []
        for k in range(teeth + 1):
            t = k / teeth * 2 - 1
            drop = fall * (1.1 if k % 2 else 0.72) * (1.02 - 0.25 * abs(t)) + rng.uniform(-0.08, 0.08) * fall
            edge.append((x + t * fall * 1.7, y + drop))
        caps.append([(x, y - 6), (x + fall * 1.9, y + fall * 0.6), *reversed(edge), (x - fall * 1.9, y + fall * 0.6)])
        shaded.append(
            [
                (x, y - 6),
                (x - toward * fall * 1.9, y + fall * 0.9),
                (x - toward * fall * 0.7, y + fall * 1.2),
                (x - toward * fall * 0.1, y + fall * 0.7),
                (x - toward * fall * 0.25, y + fall * 0.35),
            ]
        )
    palette = stage.palette
    white = mix(mix((246, 248, 252), palette.light.key, 0.25), palette.light.ambient, 0.2)
    cap = area(stage.image.size, *caps).within(body)
    fill(stage.image, cap, palette.far(white, distance * 0.62), 0.95)
    if stage.detail:
        fill(
            stage.image,
            area(stage.image.size, *shaded).within(cap),
            palette.far(mix(white, palette.light.sky[0], 0.45), distance * 0.7),
            0.75,
        )
