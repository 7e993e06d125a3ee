"""Skies: gradient, sun or moon with its halo, stars, aurora, streaks and heaps of cloud.

Everything soft is painted at a quarter of the size and enlarged; only stars, disc and heaped clouds are drawn at full
size.
"""

from __future__ import annotations

import math
import random

from PIL import Image, ImageChops, ImageDraw

from apimart_widgets.sandbox.colour import WHITE, Colour, mix, rgb
from apimart_widgets.sandbox.drawing import (
    Area,
    area,
    clouding,
    column,
    ellipse,
    fade,
    fill,
    glow,
    halo,
    levels,
    soften,
)
from apimart_widgets.sandbox.stage import Stage

_SCALE = 4


def paint(stage: Stage) -> None:
    """Fill the picture down to the horizon (and a little below) with the sky of the stage's hour."""
    depth = min(stage.height, round(stage.horizon * 1.03) + 2)
    stage.image.paste(stage.palette.horizon, (0, 0, stage.width, stage.height))
    small = column((stage.width // _SCALE + 1, depth // _SCALE + 1), stage.palette.light.sky)
    _soft(stage, small)
    stage.image.paste(small.resize((stage.width, depth), Image.Resampling.BICUBIC), (0, 0))
    if stage.palette.light.dark and not stage.brief.weathers & {"storm", "rain", "fog"}:
        stars(stage, depth)
    if not stage.brief.weathers & {"storm", "rain"} and stage.palette.hour != "overcast":
        _disc(stage)
    if stage.palette.hour == "day" or (stage.palette.hour in ("dawn", "dusk") and stage.detail):
        _heaps(stage)


def _soft(stage: Stage, small: Image.Image) -> None:
    light, rng = stage.palette.light, stage.dice("sky")
    sun = (stage.sun[0] / _SCALE, stage.sun[1] / _SCALE)
    reach = max(small.size)
    if stage.detail == 2 and stage.palette.hour == "night":
        _milky_way(stage, small)
    veiled = 0.35 if stage.palette.hour in ("overcast", "storm", "fog") else 1.0
    if stage.detail:
        halo(small, sun, (reach * 0.75, reach * 0.5), light.halo, 0.42 * veiled)
        glow(small, sun, reach * 0.22, light.halo, 0.55 * veiled)
    else:
        glow(small, sun, reach * 0.3, light.halo, 0.35 * veiled)
    if "aurora" in stage.brief.weathers:
        _aurora(stage, small)
    if stage.detail:
        _streaks(stage, small, rng)


def _streaks(stage: Stage, small: Image.Image, rng: random.Random) -> None:
    """Long thin clouds, lit from below at dusk and dawn, heavy and dark in a storm."""
    light, hour = stage.palette.light, stage.palette.hour
    heavy = hour in ("overcast", "storm")
    noise = clouding(rng, small.size, (2.2, 4.5) if heavy else (1.6, 7.0), 4 if stage.detail == 2 else 3)
    if heavy:
        mask = levels(noise, 0.36, 0.72, 0.75)
        fill(small, Area(mask, (0, 0)), mix(light.sky[0], light.sky[1], 0.2))
        mask = levels(noise, 0.62, 0.9, 0.5)
        fill(small, Area(mask, (0, 0)), mix(light.sky[2], WHITE, 0.35))
        return
    amount = {"day": 0.35, "fog": 0.4}.get(hour, 0.5)
    colour = mix(light.key, light.sky[-1], 0.35) if not light.dark else mix(light.sky[-1], light.sky[-2], 0.5)
    fill(small, Area(levels(noise, 0.54, 0.8, amount), (0, 0)), colour)
    if stage.detail == 2 and hour in ("dusk", "dawn"):
        fill(
            small,
            Area(levels(clouding(rng, small.size, (2.5, 12.0), 4), 0.56, 0.8, 0.42), (0, 0)),
            mix(light.sky[1], light.sky[0], 0.4),
        )


def _milky_way(stage: Stage, small: Image.Image) -> None:
    rng = stage.dice("milky way")
    noise = clouding(rng, small.size, (5, 5), 4)
    band = Image.new("L", small.size, 0)
    tilt = rng.choice((-1, 1)) * rng.uniform(0.5, 0.9)
    x = small.width * rng.uniform(0.3, 0.7)
    reach = small.height * 1.1
    ImageDraw.Draw(band).line(
        [(x - tilt * reach, -reach * 0.1), (x + tilt * reach * 0.6, reach)], fill=150, width=max(2, small.height // 5)
    )
    band = ImageChops.multiply(soften(band, small.height / 10), levels(noise, 0.2, 0.85))
    light = Image.composite(
        Image.new("RGB", small.size, mix(stage.palette.light.halo, stage.palette.light.sky[-1], 0.4)),
        Image.new("RGB", small.size),
        band,
    )
    small.paste(ImageChops.screen(small, light), (0, 0))


def _aurora(stage: Stage, small: Image.Image) -> None:
    """Curtains of light: a wavy line whose brightness is smeared upward."""
    rng = stage.dice("aurora")
    for colour in (rgb("3fe0a0"), rgb("4fc3e8"), rgb("a06be0"))[: 1 + stage.detail]:
        curtain = Image.new("L", small.size, 0)
        draw = ImageDraw.Draw(curtain)
        base, phase, bend = small.height * rng.uniform(0.45, 0.72), rng.uniform(0, 6), rng.uniform(1.2, 2.4)
        strength = clouding(rng, (small.width, 2), (14, 1), 3)
        for x in range(small.width):
            y = (
                base
                + math.sin(x / small.width * 6 * bend / 2 + phase) * small.height * 0.13
                + math.sin(x / small.width * 17 + phase) * small.height * 0.03
            )
            draw.line([(x, y - small.height * 0.03), (x, y)], fill=int(strength.getpixel((x, 0)) * 0.9))  # type: ignore[operator]
        step = 1
        while step < small.height * 0.3:
            curtain = ImageChops.lighter(curtain, fade(ImageChops.offset(curtain, 0, -step), 0.86))
            step *= 2
        ImageDraw.Draw(curtain).rectangle((0, small.height * 0.9, small.width, small.height), fill=0)
        curtain = soften(curtain, 1.6)
        light = Image.composite(Image.new("RGB", small.size, colour), Image.new("RGB", small.size), fade(curtain, 0.85))
        small.paste(ImageChops.screen(small, light), (0, 0))


def stars(stage: Stage, depth: int, *, share: float = 1.0) -> None:
    """Scatter stars over the upper part of the picture, denser toward the top; a few with a glow."""
    rng = stage.dice("stars")
    count = int((60, 190, 520)[stage.detail] * share * math.sqrt(stage.width * depth / 500_000 + 0.15))
    sheet = Image.new("L", (stage.width * 2, depth * 2), 0)
    draw = ImageDraw.Draw(sheet)
    unit = stage.span / 1024
    for _ in range(count):
        x, y = rng.uniform(0, stage.width), rng.random() ** 1.35 * depth * 0.96
        size = max(0.45, unit * rng.choice((0.55, 0.6, 0.7, 0.9, 1.2, 1.7)))
        draw.ellipse([(x - size) * 2, (y - size) * 2, (x + size) * 2, (y + size) * 2], fill=rng.randint(110, 255))
    fill(stage.image, Area(sheet.reduce(2), (0, 0)), mix(stage.palette.light.disc, WHITE, 0.5))
    for _ in range((0, 4, 11)[stage.detail]):
        x, y = rng.uniform(0, stage.width), rng.random() ** 1.2 * depth * 0.75
        glow(stage.image, (x, y), 11 * unit + 2, stage.palette.light.halo, 0.8, 3)
        size = (1.6 + rng.random()) * unit + 0.4
        fill(stage.image, area(stage.image.size, ellipse((x, y), size, size)), WHITE)


def _disc(stage: Stage) -> None:
    """Sun or moon. The moon has its seas and, some nights, is a crescent."""
    rng = stage.dice("disc")
    radius = stage.span * rng.uniform(0.05, 0.075)
    if stage.palette.hour in ("dusk", "dawn"):
        radius *= 1.25
    if "poster" in stage.brief.styles or "minimal" in stage.brief.styles:
        radius *= 1.7
    size = stage.image.size
    where = area(size, ellipse(stage.sun, radius, radius))
    if not stage.palette.light.dark:
        if stage.palette.hour != "fog" or stage.detail:
            fill(stage.image, where, stage.palette.light.disc, 0.75 if stage.palette.hour == "fog" else 1.0)
        return
    if rng.random() < 0.35:
        bite = area(
            size, ellipse((stage.sun[0] - radius * 0.45, stage.sun[1] - radius * 0.22), radius * 0.92, radius * 0.92)
        )
        where = Area(ImageChops.subtract(where.mask, where.within(bite).mask), where.at)
        fill(stage.image, where, stage.palette.light.disc)
        return
    fill(stage.image, where, stage.palette.light.disc)
    if stage.detail:
        sea: Colour = mix(stage.palette.light.disc, stage.palette.light.sky[-1], 0.35)
        for x, y, share in (
            (-0.35, -0.25, 0.3),
            (0.2, -0.45, 0.18),
            (0.3, 0.25, 0.34),
            (-0.2, 0.4, 0.2),
            (-0.55, 0.25, 0.12),
        ):
            spot = area(
                size,
                ellipse((stage.sun[0] + x * radius, stage.sun[1] + y * radius), share * radius, share * radius * 0.9),
            )
            fill(stage.image, spot.within(where), sea, 0.45)


def _heaps(stage: Stage) -> None:
    """Heaped summer clouds with a flat underside, lit from the sun's side."""
    rng = stage.dice("heaps")
    light = stage.palette.light
    low_sun = stage.palette.hour != "day"
    for _ in range(rng.randint(2, 3 + stage.detail)):
        x, y = rng.uniform(-0.05, 1.05) * stage.width, rng.uniform(0.12, 0.72) * stage.horizon
        size = stage.span * rng.uniform(0.07, 0.15) * (1.25 - 0.6 * y / stage.horizon)
        blobs = []
        for k in range(-3, 4):
            lift = (1 - (k / 3.6) ** 2) * rng.uniform(0.6, 1.1)
            r = size * (0.28 + 0.34 * lift)
            blobs.append(ellipse((x + k * size * 0.52, y - r * 0.55 * lift), r * 1.15, r))
        cloud = area(stage.image.size, *blobs)
        floor = Image.new("L", cloud.mask.size, 0)
        ImageDraw.Draw(floor).rectangle((0, 0, cloud.mask.width, max(0.0, y + size * 0.06 - cloud.at[1])), fill=255)
        floor = soften(floor, size * 0.05)
        mask = ImageChops.multiply(cloud.mask, floor)
        if stage.detail == 2:
            mask = soften(mask, stage.span / 700)
        shade = mix(light.sky[-2], light.sky[1], 0.3)
        tones = [mix(light.disc, light.key, 0.2), mix(light.disc, light.key, 0.35), mix(shade, WHITE, 0.35)]
        if low_sun:
            tones = [
                mix(light.sky[1], light.sky[-2], 0.45),
                mix(light.sky[1], light.key, 0.45),
                mix(light.sky[-1], light.key, 0.5),
            ]
        fill(stage.image, Area(mask, cloud.at), column(mask.size, tones), 0.9)
