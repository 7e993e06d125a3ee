"""The deep sea: light from above, shoals, kelp and coral on the floor."""

from __future__ import annotations

import math
import random

from PIL import Image, ImageChops, ImageDraw

from apimart_widgets.sandbox.colour import WHITE, Colour, mix, rgb
from apimart_widgets.sandbox.drawing import (
    Point,
    area,
    column,
    ellipse,
    fill,
    glow,
    ribbon,
    screen,
    smooth,
    soften,
)
from apimart_widgets.sandbox.stage import Stage

_SCALE = 4


def deep_sea(stage: Stage) -> None:
    """Under water: light from above, far shoals, kelp and coral on the floor, bubbles."""
    rng = stage.dice("deep")
    w, h = stage.width, stage.height
    shade = 0.45 if stage.palette.light.dark else 0.0
    stops = [
        mix(rgb(c), rgb("061a3a"), shade)
        for c in rng.choice(
            (
                ("8fe0df", "3fb0c4", "1f7aa6", "12497f"),
                ("a6e8d0", "45b8ae", "1d8091", "114a6b"),
                ("8fd0ee", "3f93cf", "2361a6", "173a78"),
            )
        )
    ]
    small = column((w // _SCALE + 1, h // _SCALE + 1), stops)
    glow(small, (stage.sun[0] / _SCALE, -small.height * 0.08), max(small.size) * 0.7, rgb("dffff0"), 0.7 - shade)
    if stage.detail:
        _rays(small, rng, stage.sun[0] / _SCALE)
    stage.image.paste(small.resize((w, h), Image.Resampling.BICUBIC, box=(0, 0, w / _SCALE, h / _SCALE)), (0, 0))
    for index, distance in enumerate((0.75, 0.5, 0.15)[: 2 + (stage.detail > 0)]):
        base = h * (0.8 + 0.07 * index)
        crest: list[Point] = smooth(
            [(k / 7 * (w + 20) - 10, base - rng.uniform(0, 0.09) * h) for k in range(8)], closed=False, steps=6
        )
        floor = area(stage.image.size, [*crest, (w + 10.0, h + 10.0), (-10.0, h + 10.0)])
        sand = mix(mix(rgb("d9c9a0"), stops[2], 0.35), mix(stops[2], stops[3], 0.4), distance)
        fill(
            stage.image,
            floor,
            column(floor.mask.size, [mix(sand, WHITE, 0.12), mix(sand, stops[3], 0.5)]) if stage.detail else sand,
        )
        _growth(stage, rng, crest, stops, distance)
    _shoal(stage, rng, stops)


def _rays(small: Image.Image, rng: random.Random, x: float) -> None:
    sheet = Image.new("L", small.size, 0)
    draw = ImageDraw.Draw(sheet)
    for _ in range(9):
        top, lean, wide = (
            x + rng.uniform(-0.35, 0.35) * small.width,
            rng.uniform(-0.35, 0.35) * small.width,
            rng.uniform(0.01, 0.05) * small.width,
        )
        draw.polygon(
            [
                (top - wide * 0.4, -2),
                (top + wide * 0.4, -2),
                (top + lean + wide * 1.6, small.height * 0.85),
                (top + lean - wide * 1.6, small.height * 0.85),
            ],
            fill=rng.randint(26, 64),
        )
    fall = column(sheet.size, [(255,) * 3, (150,) * 3, (0,) * 3]).convert("L")
    screen(small, ImageChops.multiply(soften(sheet, 5.0), fall), rgb("e6fff4"))


def _growth(stage: Stage, rng: random.Random, crest: list[Point], stops: list[Colour], distance: float) -> None:
    """Kelp and coral along a ridge of the sea floor."""
    unit = stage.span / 1024
    tones = (rgb("e8705f"), rgb("f0a05a"), rgb("c25f9f"), rgb("4fae7f"), rgb("7f6fd0"))
    for _ in range(int((7, 12, 20)[stage.detail] * stage.width / stage.span * (1.1 - 0.5 * distance))):
        x, y = rng.choice(crest[3:-3])
        y += 10 * unit
        tone = mix(rng.choice(tones), mix(stops[2], stops[3], 0.3), distance * 0.9)
        size = unit * rng.uniform(50, 120) * (1.2 - 0.6 * distance)
        outlines: list[list[Point]] = []
        if rng.random() < 0.4:
            sway = rng.uniform(-0.4, 0.4) * size
            for k in range(3):
                foot = x + (k - 1) * size * 0.16
                outlines.append(
                    ribbon(
                        smooth(
                            [
                                (foot, y),
                                (foot + sway * 0.4, y - size * 0.7),
                                (foot - sway * 0.3, y - size * 1.4),
                                (foot + sway, y - size * rng.uniform(1.6, 2.3)),
                            ],
                            closed=False,
                        ),
                        [size * 0.14, size * 0.12, 1],
                    )
                )
            tone = mix(mix(rgb("4f9f6f"), tone, 0.25), stops[3], distance * 0.6)
        else:
            for k in range(7):
                a = math.radians(-90 + (k - 3) * 22 + rng.uniform(-6, 6))
                tip = (x + math.cos(a) * size * 0.8, y + math.sin(a) * size * rng.uniform(0.6, 0.95))
                outlines.append(
                    ribbon([(x, y), ((x + tip[0]) / 2, (y + tip[1]) / 2 - size * 0.05), tip], [size * 0.16, size * 0.1])
                )
                outlines.append(ellipse(tip, size * 0.085, size * 0.085))
        where = area(stage.image.size, *outlines)
        fill(
            stage.image,
            where,
            column(where.mask.size, [mix(tone, WHITE, 0.25), mix(tone, stops[3], 0.4)]) if stage.detail else tone,
        )


def _shoal(stage: Stage, rng: random.Random, stops: list[Colour]) -> None:
    unit = stage.span / 1024
    fishes: list[list[Point]] = []
    cx, cy, way = stage.width * rng.uniform(0.15, 0.85), stage.height * rng.uniform(0.2, 0.45), rng.choice((-1, 1))
    for _ in range((7, 16, 30)[stage.detail]):
        x, y, s = (
            cx + rng.gauss(0, 0.12) * stage.width,
            cy + rng.gauss(0, 0.06) * stage.height,
            unit * rng.uniform(9, 17),
        )
        fishes.append(
            smooth(
                [
                    (x + way * s, y),
                    (x + way * s * 0.3, y - s * 0.38),
                    (x - way * s * 0.6, y - s * 0.06),
                    (x - way * s * 1.15, y - s * 0.4),
                    (x - way * s * 1.15, y + s * 0.4),
                    (x - way * s * 0.6, y + s * 0.06),
                    (x + way * s * 0.3, y + s * 0.38),
                ],
                steps=4,
            )
        )
    fill(stage.image, area(stage.image.size, *fishes), mix(stops[2], stops[3], 0.5), 0.6)
    for _ in range((10, 28, 60)[stage.detail]):
        x, y, r = rng.uniform(0, stage.width), rng.uniform(0, stage.height * 0.9), unit * rng.uniform(2, 9) + 0.6
        fill(stage.image, area(stage.image.size, ellipse((x, y), r, r)), mix(stops[0], WHITE, 0.4), 0.35)
        fill(stage.image, area(stage.image.size, ellipse((x - r * 0.3, y - r * 0.35), r * 0.35, r * 0.3)), WHITE, 0.7)
