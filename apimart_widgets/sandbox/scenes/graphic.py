"""Flat settings: posters in few colours, and the plate behind an icon."""

from __future__ import annotations

import math
import random

from PIL import Image, ImageChops

from apimart_widgets.sandbox.colour import BLACK, CREAM, WHITE, Colour, mix, rgb
from apimart_widgets.sandbox.drawing import Area, Point, area, column, ellipse, fade, fill, slope, smooth, soften
from apimart_widgets.sandbox.stage import Stage

# ground, three tones from light to dark, one accent
_INKS: tuple[tuple[Colour, ...], ...] = (
    (rgb("f4ead7"), rgb("f0c68a"), rgb("d9805a"), rgb("3f4a63"), rgb("e8503a")),
    (rgb("e9f0ea"), rgb("a9ccb8"), rgb("4f8f86"), rgb("23424f"), rgb("f2a65a")),
    (rgb("20304f"), rgb("3f5f8a"), rgb("7fa0bf"), rgb("121b33"), rgb("f2c46b")),
    (rgb("f7e3dc"), rgb("eab0a8"), rgb("b5677a"), rgb("4a2f4f"), rgb("f2b35a")),
    (rgb("f3eee0"), rgb("cfd8c0"), rgb("7f9a6f"), rgb("2f4a3f"), rgb("d9642f")),
    (rgb("2a1f3f"), rgb("5a3f7a"), rgb("a8648f"), rgb("170f26"), rgb("f5a65f")),
)
_PLATES: tuple[Colour, ...] = (
    rgb("2f7f95"),
    rgb("f2b35a"),
    rgb("5a5fa8"),
    rgb("e0705a"),
    rgb("5fa08a"),
    rgb("33486b"),
    rgb("e9a3a8"),
)


def poster(stage: Stage) -> Point:
    """A poster's ground: one of five layouts in one set of inks; returns where the subject stands."""
    rng = stage.dice("poster")
    w, h = stage.width, stage.height
    inks = rng.choice(_INKS)
    whole = area(stage.image.size, [(0, 0), (w, 0), (w, h), (0, h)])
    fill(
        stage.image,
        whole,
        column((w, h), [mix(inks[0], inks[1], 0.12), inks[0], mix(inks[0], inks[1], 0.35)])
        if stage.detail
        else inks[0],
    )
    layout = rng.choice((_sun, _arch, _rays, _bands, _moon))
    foot = layout(stage, rng, inks)
    _border(stage, inks[0], mix(inks[3], inks[0], 0.15))
    return foot


def _disc(stage: Stage, centre: Point, radius: float, first: Colour, second: Colour) -> Area:
    where = area(stage.image.size, ellipse(centre, radius, radius))
    fill(stage.image, where, slope(where.mask.size, (0, -1), first, second) if stage.detail else first)
    return where


def _hills(stage: Stage, rng: random.Random, inks: tuple[Colour, ...], tops: tuple[float, ...]) -> None:
    w, h = stage.width, stage.height
    for index, top in enumerate(tops[: 2 + (stage.detail > 0)]):
        crest = smooth(
            [(k / 5 * (w + 40) - 20, h * (top + rng.uniform(-0.05, 0.05))) for k in range(6)], closed=False, steps=10
        )
        where = area(stage.image.size, [*crest, (w + 20.0, h + 5.0), (-20.0, h + 5.0)])
        tone = mix(inks[2], inks[3], index / 2)
        fill(stage.image, where, column(where.mask.size, [mix(tone, inks[1], 0.2), tone]) if stage.detail else tone)


def _sun(stage: Stage, rng: random.Random, inks: tuple[Colour, ...]) -> Point:
    w, h = stage.width, stage.height
    _disc(
        stage,
        (w * rng.uniform(0.42, 0.58), h * 0.44),
        stage.span * rng.uniform(0.3, 0.36),
        inks[4],
        mix(inks[4], inks[1], 0.6),
    )
    _hills(stage, rng, inks, (0.66, 0.74, 0.82))
    return (w * rng.uniform(0.46, 0.54), h * 0.89)


def _arch(stage: Stage, rng: random.Random, inks: tuple[Colour, ...]) -> Point:
    w, h = stage.width, stage.height
    half, top = stage.span * 0.34, h / 2 - stage.span * 0.3
    for grow, tone in ((1.12, inks[4]), (1.0, inks[2])):
        ring: list[Point] = [
            (
                w / 2 + math.cos(a / 30 * math.pi) * half * grow,
                top - math.sin(a / 30 * math.pi) * half * grow + half * 0.35,
            )
            for a in range(31)
        ]
        where = area(stage.image.size, [*ring, (w / 2 - half * grow, h * 0.86), (w / 2 + half * grow, h * 0.86)])
        fill(
            stage.image,
            where,
            column(where.mask.size, [mix(tone, inks[1], 0.1), mix(tone, inks[1], 0.65)]) if stage.detail else tone,
        )
    inside = where
    sun = area(
        stage.image.size, ellipse((w / 2 + half * rng.uniform(-0.4, 0.4), top + half * 0.3), half * 0.3, half * 0.3)
    ).within(inside)
    fill(stage.image, sun, mix(inks[0], inks[4], 0.2))
    for index, level in enumerate((0.62, 0.7)):
        crest = smooth(
            [(w / 2 - half * 1.2 + k / 4 * half * 2.4, h * (level + rng.uniform(-0.05, 0.04))) for k in range(5)],
            closed=False,
            steps=9,
        )
        hill = area(stage.image.size, [*crest, (w / 2 + half * 1.2, h * 0.87), (w / 2 - half * 1.2, h * 0.87)]).within(
            inside
        )
        fill(stage.image, hill, mix(inks[2], inks[3], 0.45 + 0.4 * index))
    return (w / 2, h * 0.85)


def _rays(stage: Stage, rng: random.Random, inks: tuple[Colour, ...]) -> Point:
    w, h = stage.width, stage.height
    centre = (w / 2, h * rng.uniform(0.55, 0.68))
    turn, count = rng.uniform(0, 1), rng.choice((11, 14, 16))
    reach = (w + h) * 0.8

    def at(k: float) -> Point:
        angle = (k + turn) / count * math.tau
        return (centre[0] + math.cos(angle) * reach, centre[1] + math.sin(angle) * reach)

    beams: list[list[Point]] = [[centre, at(k), at(k + 0.5)] for k in range(count)]
    fill(stage.image, area(stage.image.size, *beams), mix(inks[0], inks[1], 0.7), 0.8)
    _disc(stage, centre, stage.span * 0.3, inks[4], mix(inks[4], inks[1], 0.4))
    _hills(stage, rng, inks, (0.74, 0.8, 0.86))
    return (w / 2, h * 0.9)


def _bands(stage: Stage, rng: random.Random, inks: tuple[Colour, ...]) -> Point:
    w, h = stage.width, stage.height
    count = 4 + stage.detail
    for k in range(count):
        top = h * (0.3 + 0.52 * k / count)
        phase = rng.uniform(0, 6)
        crest: list[Point] = [
            (x / 20 * (w + 20) - 10, top + math.sin(x / 20 * 5 + phase) * h * 0.035) for x in range(21)
        ]
        where = area(stage.image.size, [*smooth(crest, closed=False, steps=4), (w + 10.0, h + 5.0), (-10.0, h + 5.0)])
        t = k / (count - 1)
        fill(stage.image, where, mix(mix(inks[1], inks[2], min(1, t * 1.6)), inks[3], max(0.0, t * 1.8 - 0.9)))
    _disc(stage, (w * rng.choice((0.28, 0.72)), h * 0.22), stage.span * 0.1, inks[4], mix(inks[4], inks[0], 0.3))
    return (w * rng.uniform(0.45, 0.55), h * 0.9)


def _moon(stage: Stage, rng: random.Random, inks: tuple[Colour, ...]) -> Point:
    w, h = stage.width, stage.height
    side = rng.choice((-1, 1))
    centre, radius = (w * (0.5 + side * 0.08), h * 0.42), stage.span * 0.36
    disc = _disc(stage, centre, radius, mix(inks[1], inks[0], 0.3), inks[1])
    bite = area(
        stage.image.size,
        ellipse((centre[0] - side * radius * 0.42, centre[1] - radius * 0.2), radius * 0.86, radius * 0.86),
    )
    fill(stage.image, bite.within(disc), mix(inks[0], inks[1], 0.2))
    for _ in range(9 + 9 * stage.detail):
        x, y, r = rng.uniform(0.08, 0.92) * w, rng.uniform(0.07, 0.6) * h, stage.span * rng.uniform(0.003, 0.008)
        fill(
            stage.image,
            area(
                stage.image.size,
                [
                    (x, y - 2.4 * r),
                    (x + r * 0.5, y - r * 0.5),
                    (x + 2.4 * r, y),
                    (x + r * 0.5, y + r * 0.5),
                    (x, y + 2.4 * r),
                    (x - r * 0.5, y + r * 0.5),
                    (x - 2.4 * r, y),
                    (x - r * 0.5, y - r * 0.5),
                ],
            ),
            inks[4],
        )
    _hills(stage, rng, inks, (0.7, 0.78, 0.85))
    return (w * rng.uniform(0.46, 0.54), h * 0.9)


def _border(stage: Stage, paper: Colour, line: Colour) -> None:
    """A paper margin and a thin rule inside it."""
    w, h = stage.width, stage.height
    margin, rule = stage.span * 0.045, max(1.0, stage.span * 0.003)
    strips: list[list[Point]] = []
    for inset, wide in ((0.0, margin), (margin + rule * 3, rule)):
        a, b = inset, inset + wide
        strips = [
            [(a, a), (w - a, a), (w - a, b), (a, b)], [(a, h - b), (w - a, h - b), (w - a, h - a), (a, h - a)],
            [(a, a), (b, a), (b, h - a), (a, h - a)], [(w - b, a), (w - a, a), (w - a, h - a), (w - b, h - a)],
        ]  # fmt: skip
        fill(stage.image, area(stage.image.size, *strips), paper if inset == 0 else line, 1.0 if inset == 0 else 0.8)


def plate(stage: Stage, subject: Image.Image | None, corner: Point) -> None:
    """The rounded plate of an icon on a plain ground, with the long shadow of `subject`, whose picture will lie at
    `corner`."""
    rng = stage.dice("plate")
    w, h = stage.width, stage.height
    colour = mix(rng.choice(_PLATES), stage.palette.accent, 0.25 if stage.brief.colours else 0.0)
    whole = area(stage.image.size, [(0, 0), (w, 0), (w, h), (0, h)])
    fill(stage.image, whole, mix(mix(CREAM, WHITE, 0.5), colour, 0.12))
    half = stage.span * 0.4
    power = rng.choice((2.0, 4.5))
    outline: list[Point] = []
    for k in range(120):
        c, s = math.cos(k / 120 * math.tau), math.sin(k / 120 * math.tau)
        outline.append(
            (
                w / 2 + math.copysign(abs(c) ** (2 / power), c) * half,
                h / 2 + math.copysign(abs(s) ** (2 / power), s) * half,
            )
        )
    body = area(stage.image.size, outline)
    if stage.detail:
        drop = soften(body.mask, stage.span * 0.015)
        fill(
            stage.image,
            Area(fade(drop, 0.35), (body.at[0], body.at[1] + round(stage.span * 0.018))),
            mix(colour, BLACK, 0.5),
        )
    fill(
        stage.image,
        body,
        slope(body.mask.size, (-0.5, -1), mix(colour, WHITE, 0.28), mix(colour, BLACK, 0.1))
        if stage.detail
        else colour,
    )
    if subject is not None and stage.detail:
        _long_shadow(stage, subject.getchannel("A"), corner, body, colour)


def _long_shadow(stage: Stage, alpha: Image.Image, corner: Point, body: Area, colour: Colour) -> None:
    """The subject's outline drawn out to the lower right, by doubling its shift."""
    factor = 4
    small = Image.new("L", (stage.width // factor + 1, stage.height // factor + 1), 0)
    small.paste(alpha.reduce(factor), (int(corner[0] / factor), int(corner[1] / factor)))
    step = 1
    while step < max(small.size):
        moved = Image.new("L", small.size, 0)
        moved.paste(small, (step, step))
        small = ImageChops.lighter(small, moved)
        step *= 2
    full = small.resize((small.width * factor, small.height * factor), Image.Resampling.BILINEAR)
    fill(
        stage.image,
        Area(full.crop((0, 0, stage.width, stage.height)), (0, 0)).within(body),
        mix(colour, BLACK, 0.45),
        0.38,
    )
