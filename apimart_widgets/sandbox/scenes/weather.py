"""What falls from or hangs in the air in front of a scene: rain, snow, mist, lightning."""

from __future__ import annotations

from PIL import Image, ImageChops, ImageDraw

from apimart_widgets.sandbox.colour import WHITE, mix
from apimart_widgets.sandbox.drawing import (
    Area,
    Point,
    area,
    clouding,
    fade,
    fading_disc,
    fill,
    glow,
    levels,
    ribbon,
    soften,
)
from apimart_widgets.sandbox.stage import Stage


def lightning(stage: Stage) -> None:
    """A bolt from the clouds, in a storm."""
    rng = stage.dice("lightning")
    unit = stage.span / 1024
    x, y = stage.width * rng.choice((rng.uniform(0.1, 0.3), rng.uniform(0.7, 0.9))), stage.horizon * 0.1
    end = stage.horizon * rng.uniform(0.85, 0.98)
    bolts: list[list[Point]] = []
    line: list[Point] = [(x, y)]
    while y < end:
        x, y = x + rng.uniform(-34, 34) * unit, y + rng.uniform(14, 42) * unit
        line.append((x, min(y, end)))
        if stage.detail and rng.random() < 0.3:
            side: list[Point] = [(x, y)]
            for _ in range(rng.randint(2, 4)):
                side.append((side[-1][0] + rng.uniform(-44, 44) * unit, side[-1][1] + rng.uniform(10, 34) * unit))
            bolts.append(ribbon(side, [2.2 * unit, 0.7 * unit]))
    if stage.detail:
        glow(stage.image, (line[0][0], stage.horizon * 0.25), stage.span * 0.45, stage.palette.light.halo, 0.55)
        glow(stage.image, line[-1], stage.span * 0.2, stage.palette.light.halo, 0.6)
    bolts.append(ribbon(line, [5.5 * unit + 0.8, 2.2 * unit + 0.8]))
    fill(stage.image, area(stage.image.size, *bolts), mix(stage.palette.light.disc, WHITE, 0.6))


def mist(stage: Stage, y: float, thick: float, strength: float, part: str) -> None:
    """A bank of mist around height `y`, `thick` pixels from its middle to where it ends."""
    if stage.detail == 0:
        strength *= 0.6
    scale = 6
    top, bottom = max(0, round(y - thick)), min(stage.height, round(y + thick))
    if bottom - top < scale * 2:
        return
    size = (stage.width // scale + 1, (bottom - top) // scale + 1)
    bank = Image.new("L", (1, 64))
    bank.putdata(
        [int(255 * max(0.0, 1 - (abs((k + 0.5) / 64 * (bottom - top) + top - y) / thick)) ** 1.3) for k in range(64)]
    )
    bank = bank.resize(size, Image.Resampling.BICUBIC)
    wisps = levels(clouding(stage.dice(part), size, (2.5, 3), 3), 0.15, 0.8)
    mask = fade(ImageChops.multiply(bank, wisps.point([110 + v * 145 // 255 for v in range(256)])), strength)
    full = mask.resize((stage.width, bottom - top), Image.Resampling.BICUBIC)
    fill(stage.image, Area(full, (0, top)), mix(stage.palette.horizon, stage.palette.light.key, 0.15))


def rain(stage: Stage) -> None:
    """Slanting streaks, two depths of them."""
    rng = stage.dice("rain")
    unit = stage.span / 1024
    lean = rng.uniform(0.12, 0.3) * rng.choice((-1, 1))
    for count, length, width, strength in ((120, 46, 1.3, 0.28), (60, 90, 2.0, 0.3)):
        drops: list[list[Point]] = []
        for _ in range(int(count * (0.5, 1.4, 2.6)[stage.detail])):
            x, y = rng.uniform(-0.1, 1.1) * stage.width, rng.uniform(-0.1, 1.0) * stage.height
            reach = length * unit * rng.uniform(0.6, 1.3)
            drops.append(
                ribbon([(x, y), (x + lean * reach, y + reach)], [0.4 * unit + 0.2, width * unit * 0.75 + 0.35])
            )
        fill(stage.image, area(stage.image.size, *drops), mix(stage.palette.horizon, WHITE, 0.5), strength)


def snow(stage: Stage, *, front: bool) -> None:
    """Flakes: many small ones behind the subject, or (`front`) a few large soft ones before it."""
    rng = stage.dice("snow front" if front else "snow")
    unit = stage.span / 1024
    count = ((18, 45, 80) if front else (70, 220, 480))[stage.detail]
    scale = 1 if front else 2
    sheet = Image.new("L", (stage.width * scale, stage.height * scale), 0)
    draw = ImageDraw.Draw(sheet)
    for _ in range(count):
        x, y = rng.uniform(0, stage.width), rng.uniform(0, stage.height)
        r = unit * (rng.uniform(2.5, 6.5) if front else rng.uniform(0.9, 3.0)) + 0.4
        draw.ellipse(
            [(x - r) * scale, (y - r) * scale, (x + r) * scale, (y + r) * scale],
            fill=rng.randint(90, 200) if front else rng.randint(120, 240),
        )
    mask = soften(sheet, unit * 1.6) if front else sheet.reduce(scale)
    fill(
        stage.image,
        Area(mask, (0, 0)),
        mix(WHITE, stage.palette.light.key, 0.12),
        0.85 if not stage.palette.light.dark else 0.7,
    )


def beams(stage: Stage) -> None:
    """Shafts of light from the sun, at full detail."""
    if stage.detail < 2:
        return
    rng = stage.dice("beams")
    scale = 6
    size = (stage.width // scale + 1, stage.height // scale + 1)
    sheet = Image.new("L", size, 0)
    draw = ImageDraw.Draw(sheet)
    sx, sy = stage.sun[0] / scale, stage.sun[1] / scale
    reach = max(size) * 1.3
    for _ in range(9):
        a = rng.uniform(-0.75, 0.75) + (0.25 if sx < size[0] / 2 else -0.25)
        wide = rng.uniform(0.012, 0.045)
        points = [(sx, sy)] + [(sx + reach * t, sy + reach * (1 - abs(t) * 0.3)) for t in (a - wide, a + wide)]
        draw.polygon(points, fill=rng.randint(50, 130))
    fall = fading_disc(1.0, 1.4).resize((int(reach * 1.5), int(reach * 1.5)), Image.Resampling.BILINEAR)
    window = Image.new("L", size, 0)
    window.paste(fall, (int(sx - fall.width / 2), int(sy - fall.height / 2)))
    sheet = ImageChops.multiply(soften(sheet, 4.0), window).resize(stage.image.size, Image.Resampling.BICUBIC)
    light = Image.composite(
        Image.new("RGB", stage.image.size, stage.palette.light.halo),
        Image.new("RGB", stage.image.size),
        fade(sheet, 0.6),
    )
    stage.image.paste(ImageChops.screen(stage.image, light), (0, 0))
