"""Plants, standing or cut."""

from __future__ import annotations

import math

from apimart_widgets.sandbox.colour import CREAM, INK, WHITE, Colour, mix, rgb, shifted
from apimart_widgets.sandbox.drawing import Point
from apimart_widgets.sandbox.figure import Figure
from apimart_widgets.sandbox.outline import mirrored, points


def tree(f: Figure, colour: Colour | None) -> None:
    """A broad old tree."""
    leaf, bark = colour or f.rng.choice((rgb("5d8f4a"), rgb("d9772f"), rgb("7fa04a"))), rgb("6b4a35")
    for course, widths in (
        (points("50,101 49,80 50,62 48,40"), [14, 8.5, 7.5, 4]),
        (points("50,66 62,52 72,40"), [6, 4.5, 2.5]),
        (points("49,62 38,50 28,42"), [6, 4.5, 2.5]),
    ):
        f.stroke(course, widths, bark, volume=0.9)
    f.shape(points("40,101 46,92 54,92 62,101"), bark)
    for share, tone in ((1.0, mix(leaf, INK, 0.34)), (0.86, leaf), (0.62, mix(leaf, CREAM, 0.26))):
        lift = (1 - share) * 13
        for k in range(11):
            angle = k / 11 * math.tau
            x, y = 50 + math.cos(angle) * 27 * share - lift * 0.4, 31 + math.sin(angle) * 19 * share - lift
            r = (13 + f.rng.uniform(-2.5, 2.5)) * (0.6 + 0.4 * share)
            ring: list[Point] = [
                (
                    x + math.cos(a / 9 * math.tau) * r * f.rng.uniform(0.86, 1.1),
                    y + math.sin(a / 9 * math.tau) * r * f.rng.uniform(0.82, 1.02),
                )
                for a in range(9)
            ]
            f.shape(ring, tone, volume=0.55)
        f.oval(50 - lift * 0.4, 31 - lift, 25 * share, 17 * share, tone, volume=0.3)
    for _ in range((0, 40, 150)[f.detail]):
        angle, reach = f.rng.uniform(0, math.tau), math.sqrt(f.rng.random())
        x, y = 50 + math.cos(angle) * 36 * reach, 28 + math.sin(angle) * 27 * reach
        f.oval(
            x,
            y,
            1.5,
            0.9,
            mix(leaf, f.rng.choice((CREAM, WHITE, INK)), 0.32),
            turn=f.rng.uniform(-60, 60),
            volume=0,
            opacity=0.7,
        )
    f.texture(0.08)


def flower(f: Figure, colour: Colour | None) -> None:
    """Three blossoms on their stems."""
    petal = colour or f.rng.choice((rgb("e0607a"), rgb("e8853a"), rgb("b070c8"), rgb("e9b8c4")))
    green = rgb("5f8f4f")
    for x, bend in ((30, -4), (72, 5), (50, 0)):
        f.stroke(
            [(50 + bend * 0.4, 100), (50 + (x - 50) * 0.5 + bend, 74), (x, 42 if x != 50 else 28)],
            [3, 2.6, 2],
            green,
            volume=0.6,
        )
    for side, y in ((-1, 80), (1, 74)):
        f.shape([(50, y + 8), (50 + side * 12, y - 4), (50 + side * 30, y - 8), (50 + side * 22, y + 6)], green)
        f.stroke([(50, y + 8), (50 + side * 14, y), (50 + side * 27, y - 6)], [0.8, 0.4], mix(green, CREAM, 0.4))
    for x, y, size, tone in (
        (30, 42, 0.8, mix(petal, INK, 0.12)),
        (72, 40, 0.85, shifted(petal, hue=0.02, value=0.95)),
        (50, 24, 1.15, petal),
    ):
        for ring, count in ((1.0, 9), (0.72, 7)):
            shade = mix(tone, WHITE, 0.0 if ring == 1.0 else 0.22)
            for k in range(count):
                a = k / count * math.tau + ring * 2
                c, s = math.cos(a), math.sin(a)
                reach = 19 * size * ring
                tip = (x + c * reach, y + s * reach * 0.94)
                wide = 6.2 * size * ring
                f.shape(
                    [
                        (x, y),
                        (x + c * reach * 0.6 - s * wide, y + s * reach * 0.6 + c * wide),
                        tip,
                        (x + c * reach * 0.6 + s * wide, y + s * reach * 0.6 - c * wide),
                    ],
                    shade,
                    volume=0.8,
                )
        f.oval(x, y, 5.4 * size, 5.2 * size, rgb("f2c14f"))
        for _ in range(10 * f.detail):
            a, r = f.rng.uniform(0, math.tau), f.rng.uniform(0, 4.4) * size
            f.oval(x + math.cos(a) * r, y + math.sin(a) * r, 0.6, 0.6, rgb("a8702a"), volume=0)
    f.texture(0.05)


def sunflower(f: Figure, colour: Colour | None) -> None:
    """One tall sunflower."""
    petal, green = colour or rgb("f2b932"), rgb("5f8f3f")
    f.stroke(points("52,100 49,76 50,44"), [4.4, 3.8, 3.4], green, volume=0.7)
    for side, y in ((-1, 84), (1, 72)):
        leaf = f.shape(
            [
                (50, y),
                (50 + side * 10, y - 14),
                (50 + side * 28, y - 16),
                (50 + side * 36, y - 4),
                (50 + side * 20, y + 4),
            ],
            green,
        )
        f.stroke(
            [(50, y), (50 + side * 18, y - 7), (50 + side * 34, y - 5)], [0.9, 0.4], mix(green, CREAM, 0.4), within=leaf
        )
    for ring, count, tone in ((31, 20, mix(petal, rgb("d9822a"), 0.45)), (28, 18, petal)):
        for k in range(count):
            a = k / count * math.tau + (0.15 if ring == 28 else 0)
            c, s = math.cos(a), math.sin(a)
            f.shape(
                [
                    (50 + c * 11, 30 + s * 11),
                    (50 + c * 21 - s * 4.4, 30 + s * 21 + c * 4.4),
                    (50 + c * ring, 30 + s * ring),
                    (50 + c * 21 + s * 4.4, 30 + s * 21 - c * 4.4),
                ],
                tone,
                volume=0.7,
            )
    f.oval(50, 30, 15, 15, rgb("5a3522"))
    for k in range((0, 60, 150)[f.detail]):
        a, r = k * 2.39996, 14 * math.sqrt(k / 150 if f.detail == 2 else k / 60)
        f.oval(
            50 + math.cos(a) * r, 30 + math.sin(a) * r, 0.75, 0.75, mix(rgb("c98a3f"), rgb("7a4a28"), r / 14), volume=0
        )
    f.texture(0.05)


def mushroom(f: Figure, colour: Colour | None) -> None:
    """A toadstool and its young."""
    cap = colour or rgb("cf3f34")
    for x, y, size in ((78, 100, 0.42), (50, 100, 1.0), (24, 100, 0.3)):

        def at(dx: float, dy: float, x: float = x, y: float = y, size: float = size) -> Point:
            return (x + dx * size, y + dy * size)

        f.shape([at(-9, -1), at(-8, -26), at(-7, -48), at(7, -48), at(8, -26), at(11, -1), at(0, 0.5)], rgb("f5ead6"))
        f.shape([at(-9, -40), at(-14, -30), at(0, -33), at(14, -30), at(9, -40)], rgb("e9dac0"))
        f.shape(
            [at(-38, -50), at(-20, -44), at(0, -42), at(20, -44), at(38, -50), at(0, -54)], rgb("e6d3b8"), volume=0.6
        )
        for k in range(-6, 7) if f.detail else ():
            f.stroke([at(k * 2, -44), at(k * 5.4, -50.5 + abs(k) * 0.1)], [0.5 * size], rgb("b09a80"), opacity=0.7)
        dome = f.shape(
            [
                at(-40, -50),
                at(-36, -68),
                at(-20, -86),
                at(0, -92),
                at(20, -86),
                at(36, -68),
                at(40, -50),
                at(20, -53.5),
                at(0, -55),
                at(-20, -53.5),
            ],
            cap,
            volume=1.2,
        )
        for dx, dy, r in (
            (-20, -68, 5),
            (-6, -82, 4.4),
            (8, -66, 6),
            (24, -72, 4.2),
            (-30, -58, 3.4),
            (30, -58, 3.6),
            (-6, -60, 2.6),
            (12, -84, 2.6),
        ):
            px, py = at(dx, dy)
            f.oval(px, py, r * size, r * size * 0.86, rgb("fdf6e8"), within=dome, volume=0.4)
    for _ in range(7 * (1 + f.detail)):
        blade = f.rng.uniform(8, 92)
        f.stroke(
            [(blade, 100), (blade + f.rng.uniform(-3, 3), 100 - f.rng.uniform(4, 11))],
            [1.3, 0.3],
            mix(rgb("6f9a4f"), INK, f.rng.uniform(0, 0.3)),
        )
    f.texture(0.06)


def cactus(f: Figure, colour: Colour | None) -> None:
    """A saguaro in bloom."""
    skin = colour or rgb("5f9a5c")
    line = mix(skin, INK, 0.4)
    f.stroke(points("46,66 30,66 17,64 14,52 14,38"), [12], skin, volume=1)
    f.stroke(points("54,56 70,56 84,54 87,44 87,28"), [12], skin, volume=1)
    trunk = f.shape(points("38.5,99.5 39,60 39,20 42,9 50,5 58,9 61,20 61,60 61.5,99.5 56,99.7 44,99.7"), skin)
    for x in (42, 46, 50, 54, 58):
        f.stroke([(x, 12 + abs(x - 50) * 0.8), (x, 99)], [0.8], line, within=trunk, opacity=0.55)
    for x, y0, y1 in ((12, 40, 58), (16, 40, 58), (85, 30, 50), (89, 30, 50)):
        f.stroke([(x, y0), (x, y1)], [0.7], line, opacity=0.5)
    for x, y in ((50, 5), (44, 8), (56, 8), (14, 31), (87, 21)):
        for k in range(5):
            a = k / 5 * math.tau
            f.oval(x + math.cos(a) * 2.6, y + math.sin(a) * 2.2, 2.2, 2, rgb("e8608a"), volume=0.4)
        f.oval(x, y, 1.4, 1.4, rgb("f2c14f"), volume=0)
    for _ in range(40 * f.detail):
        left, top = f.rng.uniform(40, 60), f.rng.uniform(14, 96)
        f.stroke([(left, top), (left + f.rng.uniform(-1.6, 1.6), top - 1.4)], [0.35], CREAM, within=trunk, opacity=0.8)
    f.texture(0.07)


def heart(f: Figure, colour: Colour | None) -> None:
    """A heart."""
    tone = colour or rgb("d9405a")
    body = f.shape(mirrored("50,30 60,16 78,12 92,24 92,44 78,68 60,86 50,95"), tone, volume=1.2)
    f.shape(points("16,34 22,20 34,18 26,26 20,40"), WHITE, opacity=0.5, volume=0, within=body)


def star(f: Figure, colour: Colour | None) -> None:
    """A five-pointed star with folded faces."""
    tone = colour or rgb("f2bf3f")
    rays: list[Point] = []
    for k in range(10):
        a, r = -math.pi / 2 + k / 10 * math.tau, 50 if k % 2 == 0 else 22
        rays.append((50 + math.cos(a) * r, 54 + math.sin(a) * r))
    f.shape(rays, tone, sharp=True)
    for k in range(0, 10, 2):
        f.shape([(50, 54), rays[k], rays[(k + 1) % 10]], mix(tone, INK, 0.18), sharp=True, volume=0.4)
