"""Pictures of ideas: flowing bands of colour, bodies of light, threads between them."""

from __future__ import annotations

import math
import random

from PIL import Image

from apimart_widgets.sandbox.colour import WHITE, Colour, mix, rgb
from apimart_widgets.sandbox.drawing import (
    Area,
    Point,
    area,
    ellipse,
    fill,
    glow,
    ribbon,
    slope,
    smooth,
    soften,
)
from apimart_widgets.sandbox.scenes import sky
from apimart_widgets.sandbox.stage import Stage

_SCALE = 4


# deep ground, lighter ground, first and second colour, light
_IDEAS = tuple(
    tuple(map(rgb, line.split()))
    for line in (
        "12103a 3a2f7a ff8a5c e0559a ffe3c0",
        "0b1f3a 1f5f7f 4fd0c4 6f8ff0 f0fff6",
        "2a0f33 7a2f5f ffb04f f0557a fff0d0",
        "0f2a2f 2f7a6f ffd166 4fb0a0 fffbe0",
        "f4e6d4 f7cfb0 e8705a 5f7fb5 fffaf0",
        "1a1440 5040a0 8fa0ff f08fc0 f6f0ff",
    )
)


def idea(stage: Stage) -> None:
    """A picture of an idea: flowing bands of colour, two bodies of light, and threads between them."""
    rng = stage.dice("idea")
    w, h = stage.width, stage.height
    tones = list(rng.choice(_IDEAS))
    if stage.brief.colours:
        tones[2] = mix(tones[2], stage.palette.accent, 0.75)
    small = slope((w // _SCALE + 1, h // _SCALE + 1), (rng.choice((-0.6, 0.6)), -1), tones[1], tones[0])
    stage.image.paste(small.resize((w, h), Image.Resampling.BICUBIC, box=(0, 0, w / _SCALE, h / _SCALE)), (0, 0))
    count = (4, 7, 11)[stage.detail]
    phase, bend = rng.uniform(0, 6), rng.uniform(0.8, 1.5)
    for k in range(count):
        t = k / count
        middle = [
            (
                x / 12 * (w + 40) - 20,
                h * (0.3 + 0.5 * t)
                + math.sin(x / 12 * math.tau * bend + phase + t * 2.2) * h * (0.16 - 0.05 * t)
                + math.sin(x / 12 * 9 + t * 4) * h * 0.03,
            )
            for x in range(13)
        ]
        wide = h * rng.uniform(0.05, 0.12)
        band = area(
            stage.image.size, ribbon(smooth(middle, closed=False, steps=8), [wide * 0.3, wide, wide * 1.3, wide * 0.4])
        )
        tone = mix(tones[2], tones[3], t)
        paint = (
            slope(band.mask.size, (1, -0.6), mix(tone, tones[4], 0.45), mix(tone, tones[0], 0.35))
            if stage.detail
            else tone
        )
        fill(stage.image, band, paint, 0.62)
    if stage.detail:
        sky.stars(stage, h, share=0.35)
    _bodies(stage, rng, tones)


def _bodies(stage: Stage, rng: random.Random, tones: list[Colour]) -> None:
    w, h = stage.width, stage.height
    first = (w * rng.uniform(0.2, 0.34), h * rng.uniform(0.32, 0.55))
    second = (w * rng.uniform(0.66, 0.8), h * rng.uniform(0.4, 0.66))
    radii = (stage.span * rng.uniform(0.1, 0.14), stage.span * rng.uniform(0.07, 0.12))
    threads: list[list[Point]] = []
    for _ in range((5, 12, 26)[stage.detail]):
        lift = (rng.random() - 0.5) * h * 0.4
        mid = ((first[0] + second[0]) / 2, (first[1] + second[1]) / 2 + lift)
        line = smooth(
            [
                first,
                ((first[0] + mid[0]) / 2, first[1] + lift * 0.75),
                mid,
                ((second[0] + mid[0]) / 2, second[1] + lift * 0.75),
                second,
            ],
            closed=False,
            steps=12,
        )
        threads.append(ribbon(line, [stage.span / 900 + 0.5] * 2))
    fill(stage.image, area(stage.image.size, *threads), mix(tones[4], WHITE, 0.4), 0.4)
    for centre, radius, tone in ((first, radii[0], tones[2]), (second, radii[1], tones[3])):
        if stage.detail:
            glow(stage.image, centre, radius * 2.6, tone, 0.7)
        for k in range(stage.detail):
            orbit = ellipse(centre, radius * (1.45 + 0.35 * k), radius * (0.5 + 0.2 * k), rng.uniform(-40, 40))
            fill(
                stage.image,
                area(stage.image.size, ribbon([*orbit, orbit[0]], [stage.span / 420] * 2)),
                mix(tones[4], WHITE, 0.5),
                0.7,
            )
            dot = orbit[rng.randrange(len(orbit))]
            fill(stage.image, area(stage.image.size, ellipse(dot, radius * 0.09, radius * 0.09)), WHITE)
        disc = area(stage.image.size, ellipse(centre, radius, radius))
        fill(
            stage.image,
            disc,
            slope(disc.mask.size, (-0.6, -0.8), mix(tone, WHITE, 0.55), mix(tone, tones[0], 0.45))
            if stage.detail
            else mix(tone, WHITE, 0.3),
        )
        shine = area(
            stage.image.size,
            ellipse((centre[0] - radius * 0.35, centre[1] - radius * 0.42), radius * 0.3, radius * 0.2, -35),
        ).within(disc)
        fill(stage.image, Area(soften(shine.mask, radius * 0.06), shine.at), WHITE, 0.6)
