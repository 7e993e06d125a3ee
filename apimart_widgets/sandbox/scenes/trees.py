"""Trees and bushes: woods along a crest, trees that frame a view, bushes at the foot of a house."""

from __future__ import annotations

import math
import random

from PIL import Image, ImageChops

from apimart_widgets.sandbox.colour import WHITE, mix
from apimart_widgets.sandbox.drawing import (
    Area,
    Point,
    area,
    column,
    ellipse,
    fill,
    smooth,
    soften,
)
from apimart_widgets.sandbox.scenes.land import height_at
from apimart_widgets.sandbox.stage import Stage


def pine(rng: random.Random, x: float, base: float, height: float, tiers: int) -> list[Point]:
    """The outline of a conifer standing at (`x`, `base`)."""
    right: list[Point] = []
    left: list[Point] = []
    for k in range(tiers):
        t, u = k / tiers, (k + 1) / tiers
        wide = height * (0.05 + 0.19 * u) * rng.uniform(0.88, 1.12)
        top, bottom = base - height * (1 - t * 0.9), base - height * (0.98 - u * 0.9)
        inner = height * 0.05 * (1 + 1.6 * t)
        right += [(x + (inner if k else 0.0), top), (x + wide, bottom + height * 0.015)]
        left += [(x - (inner if k else 0.0), top), (x - wide * rng.uniform(0.9, 1.1), bottom + height * 0.015)]
    trunk = height * 0.022
    return [
        *right,
        (x + trunk, base - height * 0.08),
        (x + trunk, base),
        (x - trunk, base),
        (x - trunk, base - height * 0.08),
        *reversed(left),
    ]


def crown(rng: random.Random, x: float, base: float, height: float) -> list[list[Point]]:
    """The outlines of a broad-leaved tree: trunk and a heap of round boughs."""
    trunk: list[Point] = [
        (x - height * 0.035, base),
        (x - height * 0.02, base - height * 0.5),
        (x + height * 0.02, base - height * 0.5),
        (x + height * 0.035, base),
    ]
    boughs = [trunk]
    for _ in range(7):
        angle, reach = rng.uniform(0, math.tau), rng.uniform(0.0, 0.2)
        r = height * rng.uniform(0.15, 0.23)
        cx, cy = x + math.cos(angle) * reach * height, base - height * 0.66 + math.sin(angle) * reach * height * 0.9
        boughs.append(
            smooth(
                [
                    (
                        cx + math.cos(a / 8 * math.tau) * r * rng.uniform(0.88, 1.1),
                        cy + math.sin(a / 8 * math.tau) * r * 0.92,
                    )
                    for a in range(8)
                ],
                steps=4,
            )
        )
    return boughs


def wood(
    stage: Stage,
    part: str,
    crest: list[Point],
    height: float,
    distance: float,
    density: float,
    *,
    clear: tuple[float, float] = (9, 9),
) -> None:
    """A row of trees along `crest`, about `height` pixels high, leaving out `clear` (from, to as shares of the
    width)."""
    rng = stage.dice(part)
    palette = stage.palette
    count = int(stage.width / height * 2.1 * density * (0.6, 1.0, 1.5)[stage.detail])
    leafy = palette.cover in ("autumn", "blossom") or (palette.cover == "grass" and rng.random() < 0.4)
    groups: list[list[list[Point]]] = [[], [], []]
    tips: list[list[Point]] = []
    for _ in range(count):
        x = rng.uniform(-0.02, 1.02) * stage.width
        size = height * rng.uniform(0.6, 1.15)
        group = rng.randrange(3)
        if clear[0] < x / stage.width < clear[1]:
            continue
        base = height_at(crest, x) + size * 0.06
        if leafy and rng.random() < 0.8:
            groups[group] += crown(rng, x, base, size)
        else:
            outline = pine(rng, x, base, size * 1.25, 4 + stage.detail * 2)
            groups[group].append(outline)
            tips.append([(px, py) if py < base - size * 0.2 else (px, base - size * 0.2) for px, py in outline])
    for index, outlines in enumerate(groups):
        if not outlines:
            continue
        colour = palette.leaves[index % len(palette.leaves)]
        where = area(stage.image.size, *outlines)
        top = palette.far(mix(colour, palette.light.key, 0.18), distance)
        foot = palette.far(mix(colour, palette.light.sky[0], 0.5), min(1.0, distance + 0.06))
        fill(stage.image, where, column(where.mask.size, [top, foot]) if stage.detail else mix(top, foot, 0.5))
    if palette.cover == "snow" and tips and stage.detail:
        _snow_on(stage, tips, height, distance)


def _snow_on(stage: Stage, outlines: list[list[Point]], height: float, distance: float) -> None:
    """Snow on the boughs: each tree's outline minus itself moved down, on the side of the light."""
    body = area(stage.image.size, *outlines)
    side = 1 if stage.sun[0] < stage.width / 2 else -1
    moved = Image.new("L", body.mask.size, 0)
    moved.paste(body.mask, (round(side * height * 0.035), round(height * 0.05)))
    snow = ImageChops.subtract(body.mask, moved)
    fill(stage.image, Area(snow, body.at), stage.palette.far(mix(WHITE, stage.palette.light.key, 0.2), distance), 0.85)


def bushes(stage: Stage, x: float, y: float, wide: float) -> None:
    """A hump of ground and some bushes along the foot of a building that stands at (`x`, `y`), so that it does not
    float."""
    rng = stage.dice("bushes")
    palette, distance = stage.palette, 0.16
    tone = palette.far(mix(palette.ground, palette.leaves[0], 0.28), distance)
    hump = smooth(
        [
            (
                x + (k / 8 - 0.5) * wide * 1.5,
                y + wide * (0.1 * abs(k / 4 - 1) ** 1.5 - 0.02 + rng.uniform(-0.008, 0.008)),
            )
            for k in range(9)
        ],
        closed=False,
        steps=5,
    )
    body = area(
        stage.image.size,
        [*hump, (x + wide * 0.62, y + wide * 0.16), (x, y + wide * 0.2), (x - wide * 0.62, y + wide * 0.16)],
    )
    fill(stage.image, Area(soften(body.mask, wide * 0.006), body.at), tone)
    groups: list[list[list[Point]]] = [[], [], []]
    for _ in range((5, 9, 15)[stage.detail]):
        side = rng.choice((-1, 1))
        bx = x + side * wide * rng.uniform(0.22, 0.56)
        r = wide * rng.uniform(0.025, 0.06)
        by = y + wide * 0.035 - r * 0.3 + abs(bx - x) * 0.06
        groups[rng.randrange(3)] += [
            ellipse(
                (bx + rng.uniform(-1, 1) * r, by + rng.uniform(-0.5, 0.3) * r),
                r * rng.uniform(0.6, 1),
                r * rng.uniform(0.5, 0.9),
            )
            for _ in range(4)
        ]
    for index, outlines in enumerate(groups):
        if outlines:
            where = area(stage.image.size, *outlines)
            leaf = mix(
                palette.leaves[index % len(palette.leaves)], palette.ground, 0.15 if palette.cover != "snow" else 0.75
            )
            fill(
                stage.image,
                where,
                column(
                    where.mask.size,
                    [
                        palette.far(mix(leaf, palette.light.key, 0.2), distance),
                        palette.far(mix(leaf, palette.light.sky[0], 0.45), distance),
                    ],
                )
                if stage.detail
                else palette.far(leaf, distance),
            )


def frame(stage: Stage, crest: list[Point]) -> None:
    """One or two large dark trees at the side, that give a wide view its depth."""
    rng = stage.dice("frame")
    left = stage.sun[0] > stage.width / 2
    leafy = stage.palette.cover in ("autumn", "blossom")
    outlines: list[list[Point]] = []
    for k in range(1 + (stage.detail > 0)):
        share = (0.1 if leafy else 0.06) + 0.085 * k
        x = stage.width * (share if left else 1 - share)
        tall = min(stage.height * rng.uniform(0.48, 0.6), stage.span * 0.62) * (1 - 0.36 * k)
        base = height_at(crest, x) + stage.height * 0.03
        if leafy:
            _broad_tree(stage, rng, x, base, tall)
        else:
            outlines.append(pine(rng, x, base, tall, 6 + 3 * stage.detail))
    if leafy:
        return
    palette = stage.palette
    where = area(stage.image.size, *outlines)
    top = palette.lit(mix(palette.leaves[0], palette.light.key, 0.12))
    foot = palette.lit(mix(palette.leaves[0], palette.light.sky[0], 0.6))
    fill(stage.image, where, column(where.mask.size, [top, foot]) if stage.detail else mix(top, foot, 0.5))
    if palette.cover == "snow" and stage.detail:
        _snow_on(stage, outlines, stage.height * 0.3, 0.05)


def _broad_tree(stage: Stage, rng: random.Random, x: float, base: float, tall: float) -> None:
    """A near broad-leaved tree: dark boughs, lighter ones on the side of the light, single leaves at full detail."""
    palette, leaf = stage.palette, stage.palette.leaves[rng.randrange(len(stage.palette.leaves))]
    bark = area(stage.image.size, crown(rng, x, base, tall)[0])
    fill(stage.image, bark, palette.lit(mix((96, 68, 52), palette.light.sky[0], 0.3)))
    lean = tall * (0.03 if stage.sun[0] > x else -0.03)
    tones = (mix(leaf, palette.light.sky[0], 0.42), leaf, mix(leaf, palette.light.key, 0.35))
    for step, tone in enumerate(tones[: 1 + stage.detail]):
        boughs: list[list[Point]] = []
        for _ in range(13 - 3 * step):
            angle, reach = rng.uniform(0, math.tau), rng.uniform(0.0, 0.24 - 0.05 * step)
            r = tall * rng.uniform(0.08, 0.15) * (1 - 0.2 * step)
            centre = (
                x + lean * step + math.cos(angle) * reach * tall,
                base - tall * (0.66 + 0.03 * step) + math.sin(angle) * reach * tall * 0.8,
            )
            boughs.append(ellipse(centre, r * 1.15, r))
        fill(stage.image, area(stage.image.size, *boughs), palette.lit(tone), 0.92)
    if stage.detail == 2:
        for tone in tones[1:]:
            dabs: list[list[Point]] = []
            for _ in range(110):
                angle, reach = rng.uniform(0, math.tau), math.sqrt(rng.random()) * 0.34
                size = stage.span * rng.uniform(0.0025, 0.006)
                at = (x + math.cos(angle) * reach * tall, base - tall * 0.68 + math.sin(angle) * reach * tall * 0.82)
                dabs.append(ellipse(at, size * 1.5, size, rng.uniform(0, 180)))
            fill(stage.image, area(stage.image.size, *dabs), palette.lit(mix(tone, palette.light.key, 0.2)), 0.8)
