"""Water: what stands above it mirrored and drawn out, waves, and the glitter under sun or moon."""

from __future__ import annotations

import math
import random

from PIL import Image, ImageFilter

from apimart_widgets.sandbox.colour import WHITE, mix
from apimart_widgets.sandbox.drawing import Area, Point, area, column, fill, smooth
from apimart_widgets.sandbox.stage import Stage


def paint(stage: Stage, top: float, *, calm: float = 0.6, bottom: float | None = None) -> None:
    """Fill from `top` to `bottom` (default: the lower edge) with water that mirrors what is painted above; `calm` 0 is
    the open sea, 1 a pond."""
    bottom = float(stage.height) if bottom is None else bottom
    y, depth = round(top), round(bottom - top)
    if depth < 2:
        return
    above = min(y, round(depth * 1.25))
    mirror = stage.image.crop((0, y - above, stage.width, y)).transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    small = mirror.resize((max(2, stage.width // 3), max(2, depth // 2)), Image.Resampling.BILINEAR)
    small = small.filter(ImageFilter.BoxBlur((1 + (1 - calm) * 14, 1 + (1 - calm) * 4)))
    mirror = small.resize((stage.width, depth), Image.Resampling.BICUBIC)
    light = stage.palette.light
    tint = column(
        (stage.width, depth),
        [
            mix(light.sky[-1], light.sky[0], 0.25),
            mix(light.sky[1], light.sky[0], 0.4),
            mix(light.sky[0], (10, 30, 50), 0.35),
        ],
    )
    water = Image.blend(mirror, tint, 0.62 - 0.42 * calm)
    if stage.detail:
        water = _rippled(water, stage.dice("ripple"), calm, stage.span)
    stage.image.paste(water, (0, y))
    _waves(stage, top, bottom, calm)
    if stage.palette.hour not in ("overcast", "storm", "fog"):
        _glitter(stage, top, bottom)


def _rippled(water: Image.Image, rng: random.Random, calm: float, span: float) -> Image.Image:
    """Shift strips of rows sideways; strips grow toward the viewer."""
    result = water.copy()
    y, phase = 0, rng.uniform(0, 6)
    while y < water.height:
        nearness = y / water.height
        strip = max(1, round(span / 1024 * (1.5 + 5 * nearness)))
        shift = round(
            span / 1024 * (1 + 9 * nearness) * (1.4 - calm) * math.sin(phase + y * 0.35 / (0.4 + nearness))
            + rng.uniform(-1, 1) * nearness * 2
        )
        if shift:
            result.paste(water.crop((0, y, water.width, min(water.height, y + strip))), (shift, y))
        y += strip
    return result


def _wavelet(x: float, y: float, length: float, thick: float) -> list[Point]:
    return smooth(
        [
            (x - length, y),
            (x - length * 0.3, y - thick),
            (x + length * 0.4, y - thick * 0.7),
            (x + length, y),
            (x, y + thick * 0.6),
        ],
        steps=3,
    )


def _waves(stage: Stage, top: float, bottom: float, calm: float) -> None:
    rng = stage.dice("waves")
    count = int((26, 90, 240)[stage.detail] * (1.3 - 0.7 * calm))
    light: list[list[Point]] = []
    dark: list[list[Point]] = []
    for _ in range(count):
        near = rng.random() ** 1.4
        y = top + (bottom - top) * (0.02 + 0.97 * near)
        length = stage.span * (0.008 + 0.05 * near) * rng.uniform(0.5, 1.5)
        (light if rng.random() < 0.55 else dark).append(
            _wavelet(rng.uniform(0, stage.width), y, length, stage.span * (0.0007 + 0.0035 * near) * (1.5 - calm))
        )
    hour = stage.palette.light
    fill(stage.image, area(stage.image.size, *light), mix(hour.sky[-1], WHITE, 0.25), 0.42)
    fill(stage.image, area(stage.image.size, *dark), mix(hour.sky[0], (8, 20, 44), 0.4), 0.3)


def _glitter(stage: Stage, top: float, bottom: float) -> None:
    """The broken path of light below the disc."""
    rng = stage.dice("glitter")
    dashes: list[list[Point]] = []
    for _ in range((14, 60, 150)[stage.detail]):
        near = rng.random() ** 1.3
        y = top + (bottom - top) * near * 0.96 + 1
        spread = stage.span * (0.012 + 0.085 * near)
        length = stage.span * (0.006 + 0.028 * near) * rng.uniform(0.4, 1.3)
        dashes.append(
            _wavelet(stage.sun[0] + rng.gauss(0, 0.55) * spread, y, length, stage.span * (0.0009 + 0.003 * near))
        )
    where = area(stage.image.size, *dashes)
    fill(stage.image, Area(where.mask, where.at), mix(stage.palette.light.disc, stage.palette.light.halo, 0.3), 0.8)


def mirror_again(stage: Stage, y: float, calm: float) -> None:
    """Mirror what was put onto the water since: a band above `y`, faintly, below it."""
    top = round(y)
    depth = min(stage.height - top, round(stage.span * 0.3))
    if depth < 4 or top < depth:
        return
    above = (
        stage.image.crop((0, top - round(depth * 1.6), stage.width, top))
        if top > depth * 1.6
        else stage.image.crop((0, 0, stage.width, top))
    )
    mirror = above.transpose(Image.Transpose.FLIP_TOP_BOTTOM).resize((stage.width, depth), Image.Resampling.BILINEAR)
    if stage.detail:
        mirror = _rippled(mirror, stage.dice("ripple again"), calm, stage.span)
    mirror = mirror.filter(ImageFilter.BoxBlur((stage.span / 700, stage.span / 250)))
    fall = Image.new("L", (1, 32))
    fall.putdata([int(150 * (1 - k / 31) ** 0.8) for k in range(32)])
    stage.image.paste(mirror, (0, top), fall.resize((stage.width, depth), Image.Resampling.BILINEAR))
