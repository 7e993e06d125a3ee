"""Things that sail, roll and fly."""

from __future__ import annotations

import math

from apimart_widgets.sandbox.colour import CREAM, INK, WHITE, Colour, mix, rgb
from apimart_widgets.sandbox.figure import Figure
from apimart_widgets.sandbox.outline import beside, mirrored, points

_GLASS = rgb("7fb3cf")


def sailboat(f: Figure, colour: Colour | None) -> None:
    """A sloop under main and jib."""
    hull, sail = colour or rgb("b5452f"), rgb("fbf5e8")
    f.stroke([(52, 84), (52, 4)], [1.8, 1.2], rgb("6b4a35"))
    f.shape(points("50,8 46,30 34,58 16,76 50,77"), mix(sail, rgb("e9c9a0"), 0.25), sharp=False)
    main = f.shape(points("54,4 66,30 78,56 86,77 54,77"), sail, sharp=False)
    for y in (26, 44, 61):
        f.stroke([(53, y), (92, y + 3)], [0.7], mix(sail, INK, 0.25), within=main, opacity=0.6)
    f.stroke([(53, 79), (88, 79)], [1.6], rgb("6b4a35"))
    f.shape(points("52,3 64,0.5 52,-3"), hull, sharp=True)
    f.shape(points("10,82 30,84.5 70,84.5 96,80 86,95 76,100 28,100 18,94"), hull)
    f.stroke(points("11,84 32,87 70,87 94,83"), [1.8], CREAM, opacity=0.9)
    f.shape(points("40,84 43,78 62,78 66,84"), rgb("8a5a3b"), sharp=True)
    f.texture(0.06)


def ship(f: Figure, colour: Colour | None) -> None:
    """A three-masted square-rigger."""
    hull, sail = colour or rgb("6f432c"), rgb("f5e9d0")
    for x, top, wide in ((22, 20, 17), (50, 6, 22), (77, 18, 17)):
        f.stroke([(x, 82), (x, top - 6)], [2, 1.1], rgb("5a3a28"))
        for row, (y, share) in enumerate(((top + 2, 0.7), (top + 20, 0.88), (top + 40, 1.0))):
            if y + 18 > 82:
                continue
            w = wide * share * 0.62
            f.stroke([(x - w, y), (x + w, y)], [1.3], rgb("5a3a28"))
            f.shape(
                [
                    (x - w, y + 0.5),
                    (x + w, y + 0.5),
                    (x + w + 2.5, y + 8),
                    (x + w, y + 16),
                    (x, y + 13.5),
                    (x - w, y + 16),
                    (x - w + 2.5, y + 8),
                ],
                mix(sail, CREAM, row * 0.2),
            )
        f.shape([(x, top - 6), (x + 10, top - 4), (x, top - 1.5)], rgb("c8402f"), sharp=True)
    f.stroke([(94, 80), (116, 66)], [2, 0.9], rgb("5a3a28"))
    f.shape(points("79,24 112,68 84,78"), mix(sail, rgb("d9bf95"), 0.3), sharp=True)
    body = f.shape(points("-2,70 12,80 50,84 84,81 102,74 94,90 84,100 16,100 4,90"), hull)
    f.stroke(points("-1,78 14,87 50,90 84,88 98,82"), [2.2], rgb("d9a84a"), within=body)
    for k in range(7):
        f.bar(16 + k * 10, 91.5, 19.6 + k * 10, 95, rgb("ffd27a") if f.lamp.lit else INK, within=body, volume=0)
    f.texture(0.08)


def _wheel(f: Figure, x: float, y: float, r: float) -> None:
    f.oval(x, y, r, r, rgb("2a2c35"))
    f.oval(x, y, r * 0.6, r * 0.6, rgb("c9ced6"))
    f.oval(x, y, r * 0.22, r * 0.22, rgb("6a7080"))
    if f.detail:
        for k in range(5):
            a = k / 5 * math.tau
            f.stroke([(x, y), (x + math.cos(a) * r * 0.56, y + math.sin(a) * r * 0.56)], [r * 0.12], rgb("6a7080"))


def car(f: Figure, colour: Colour | None) -> None:
    """A small round car of the sixties."""
    paint = colour or f.rng.choice((rgb("d9483b"), rgb("3f8fb0"), rgb("e8b13f"), rgb("6aa88a")))
    body = f.shape(
        points("-12,84 -12,74 -4,67 14,64 24,50 38,43 60,43 74,50 86,64 102,67 112,74 112,86 100,91 0,91"), paint
    )
    for course in (points("22,63 30,52 40,47.5 48,47.5 48,63"), points("52,63 52,47.5 61,47.5 71,53 79,63")):
        f.shape(course, _GLASS, sharp=True)
        f.shape(
            [(course[0][0] + 6, 63), (course[0][0] + 16, 46), (course[0][0] + 20, 46), (course[0][0] + 10, 63)],
            WHITE,
            opacity=0.3,
            volume=0,
            within=f.shape(course, _GLASS, sharp=True, opacity=0.0),
        )
    f.stroke(points("-10,77 20,75 80,75 111,77"), [1.3], mix(paint, WHITE, 0.6), within=body)
    f.stroke([(50, 64), (50, 88)], [0.8], mix(paint, INK, 0.45))
    f.stroke([(54, 70), (60, 70)], [1.6], rgb("e4e7ea"))
    f.shape(points("-14,86 10,87 10,91 -12,92"), rgb("c9ced6"))
    f.shape(points("90,87 114,86 112,92 90,91"), rgb("c9ced6"))
    f.oval(108, 73, 4, 4.6, rgb("fff2c0"))
    f.gleam(110, 73, 14 if f.lamp.lit else 7, rgb("fff0b5"), 0.7)
    f.oval(-9, 74, 2.8, 3.6, rgb("c0302a"))
    for x in (16, 84):
        f.oval(x, 89, 14.5, 13.5, mix(paint, INK, 0.6))
        _wheel(f, x, 89.5, 10.5)
    f.stroke([(40, 43.5), (61, 43.5)], [1.2], mix(paint, WHITE, 0.5))


def _pane(f: Figure, left: float, top: float, right: float, bottom: float) -> None:
    """A window pane, lit in the dark."""
    pane = f.bar(left, top, right, bottom, rgb("ffd98a") if f.lamp.lit else _GLASS, round_by=1.5)
    if f.lamp.lit:
        f.shines(pane)


def train(f: Figure, colour: Colour | None) -> None:
    """A steam engine with one carriage."""
    paint = colour or rgb("2f6b5a")
    trim, dark = rgb("d9a83f"), rgb("2b2d36")
    f.bar(-26, 56, 22, 88, rgb("a8453a"), round_by=3)
    for k in range(3):
        _pane(f, -21 + k * 14, 62, -11 + k * 14, 74)
    f.bar(-28, 52, 24, 58, dark, round_by=2)
    f.bar(52, 56, 104, 80, paint, round_by=10)
    for x in (64, 78, 92):
        f.bar(x, 56, x + 2, 80, trim)
    f.bar(26, 46, 54, 86, paint, round_by=2)
    f.bar(22, 41, 58, 47.5, dark, round_by=2.5)
    _pane(f, 31, 52, 48, 65)
    f.shape(points("89,57 88,44 86,38 100,38 98,44 97,57"), dark, sharp=True)
    f.oval(70, 54, 5, 5.5, trim)
    f.oval(104, 68, 5.5, 12, dark)
    f.oval(107, 59, 4, 4, rgb("fff2c0"))
    f.gleam(109, 59, 14, rgb("fff0b5"), 0.7)
    f.bar(-28, 84, 106, 89.5, dark)
    f.shape(points("100,88 118,98 98,98"), rgb("a8453a"), sharp=True)
    for x, r in ((-15, 6.5), (10, 6.5), (34, 9.5), (56, 9.5), (78, 7.5), (94, 7.5)):
        _wheel(f, x, 99.5 - r, r)
    f.stroke([(34, 91), (78, 92)], [2], trim)
    for k in range(2 + 2 * f.detail):
        f.oval(92 - k * 13, 28 - k * 5.5, 7 + k * 1.8, 5.5 + k * 1.3, WHITE, opacity=0.75 - k * 0.1, volume=0.5)


def bicycle(f: Figure, colour: Colour | None) -> None:
    """A town bicycle with a basket."""
    frame = colour or rgb("3f8f8b")
    for x in (14, 86):
        for k in range(0 if f.detail == 0 else 12):
            angle = k / 12 * math.tau
            f.stroke(
                [(x, 78), (x + math.cos(angle) * 20, 78 + math.sin(angle) * 20)], [0.4], rgb("9aa0aa"), opacity=0.8
            )
        ring = [(x + math.cos(k / 24 * math.tau) * 20, 78 + math.sin(k / 24 * math.tau) * 20) for k in range(25)]
        f.stroke(ring, [3], rgb("2b2d36"))
        f.stroke(ring, [0.8], rgb("c9ced6"))
        f.oval(x, 78, 2.4, 2.4, rgb("6a7080"))
    for a, b in (
        ((14, 78), (46, 80)),
        ((14, 78), (36, 50)),
        ((46, 80), (33, 42)),
        ((46, 80), (74, 46)),
        ((36, 50), (73, 44)),
        ((71, 36), (86, 78)),
    ):
        f.stroke([a, b], [2.6], frame, volume=0.5)
    f.shape(points("24,38 42,38 43,42 34,43.5 25,42"), rgb("6b432c"))
    f.stroke(points("71,36 70,30 62,29"), [2.2], rgb("c9ced6"))
    f.oval(61, 29, 3.2, 1.9, rgb("6b432c"))
    f.oval(46, 80, 5, 5, rgb("8a9099"))
    f.stroke([(46, 80), (50, 90)], [1.8], rgb("4a4f5a"))
    f.stroke([(46, 91), (55, 90)], [2.4], rgb("2b2d36"))
    f.shape(points("76,36 98,36 94,52 79,52"), rgb("b98a52"), sharp=True)
    for k in range(4):
        f.oval(79 + k * 5, 34, 4, 4, (rgb("e58aa8"), rgb("f2c14f"), rgb("c8503f"), rgb("7fa35a"))[k], volume=0.6)


def rocket(f: Figure, colour: Colour | None) -> None:
    """A rocket in flight."""
    paint, body = colour or rgb("d9483b"), rgb("f2f0ec")
    f.gleam(50, 96, 30, rgb("ffb45a"), 0.7)
    f.shape(points("42,78 39,94 44,104 50,124 56,104 61,94 58,78"), rgb("f0772f"), volume=0)
    f.shape(points("45,78 43.5,92 50,110 56.5,92 55,78"), rgb("ffd65a"), volume=0)
    f.shape(points("47.5,78 47,88 50,98 53,88 52.5,78"), WHITE, volume=0)
    for side in (-1, 1):
        f.shape(beside(side, "12,50 24,64 27,86 13,76"), paint)
    hull = f.shape(mirrored("50,-12 57,-2 64,18 66,42 62,66 58,78 50,79"), body, volume=1.2)
    f.shape(mirrored("50,-14 58,-2 63,11 50,13"), paint, within=hull, volume=1.1)
    f.shape(mirrored("50,63 68,62 66,71 50,72"), paint, within=hull)
    f.oval(50, 32, 9, 9, rgb("8a93a4"))
    f.oval(50, 32, 6.6, 6.6, rgb("3f6fa0"), volume=1.2)
    f.shape(points("46,30 49,26.5 53,27 48,32"), WHITE, opacity=0.6, volume=0)
    f.shape(points("47.5,52 52.5,52 51.5,84 48.5,84"), mix(paint, INK, 0.25))
    for y in (20, 46, 57):
        for k in range(-2, 3):
            f.oval(50 + k * 6, y, 0.6, 0.6, rgb("8a93a4"), within=hull, volume=0)


def plane(f: Figure, colour: Colour | None) -> None:
    """A small propeller plane from the side."""
    paint = colour or rgb("d9483b")
    f.shape(points("-8,30 6,30 20,52 4,54"), paint, sharp=True)
    hull = f.shape(points("-6,52 20,46 56,42 84,46 98,54 96,64 80,70 50,70 20,64"), rgb("f4efe4"))
    f.shape(points("-10,57 40,59 100,56 100,62 40,66 -10,60"), paint, within=hull, volume=0.7)
    f.shape(points("52,42 56,33 68,32 76,43"), _GLASS)
    for k in range(4):
        f.oval(20 + k * 8, 54, 2.2, 2.4, rgb("3f6fa0"), within=hull)
    f.shape(points("34,62 62,61 46,84 30,86"), mix(paint, INK, 0.12))
    f.oval(99, 57, 3.6, 5, rgb("3a3f4e"))
    f.oval(102, 57, 1.4, 20, rgb("d9dde2"), opacity=0.55, volume=0)
    f.shape(points("-12,50 12,49 4,56 -14,56"), mix(paint, INK, 0.2))
    for x in (60, 78):
        f.stroke([(x, 68), (x + 2, 78)], [2], rgb("6a7080"))
        f.oval(x + 2, 80, 4.6, 4.6, rgb("2b2d36"))


def balloon(f: Figure, colour: Colour | None) -> None:
    """A hot-air balloon with bright gores."""
    first = colour or f.rng.choice((rgb("d9483b"), rgb("e2893a"), rgb("3f7fb5")))
    second = rgb("f7dc9a") if colour is None else mix(colour, WHITE, 0.75)
    for side in (-1, 1):
        f.stroke([(50 + side * 13, 66), (50 + side * 6, 88)], [0.7], rgb("5a4433"))
        f.stroke([(50 + side * 5, 70), (50 + side * 4, 88)], [0.6], rgb("5a4433"))
    envelope = f.shape(mirrored("50,-8 70,-3 86,14 88,34 78,54 64,68 50,70"), first, volume=0.2)
    for outer, inner, tone in ((38, 27, second), (27, 14, first), (14, 0, second)):
        for side in (-1, 1):
            gore = [
                (50, -10),
                (50 + side * outer * 0.85, 6),
                (50 + side * outer, 28),
                (50 + side * outer * 0.75, 52),
                (50 + side * outer * 0.35, 72),
            ]
            back = [
                (50 + side * inner * 0.35, 72),
                (50 + side * inner * 0.75, 52),
                (50 + side * inner, 28),
                (50 + side * inner * 0.85, 6),
            ]
            f.shape([*gore, *back], tone, within=envelope, volume=0.4)
    f.shape(mirrored("50,-8 70,-3 86,14 88,34 78,54 64,68 50,70"), first, volume=2.2, opacity=0.28)
    f.stroke(points("13,38 50,45 87,38"), [3.4], mix(first, INK, 0.3), within=envelope, opacity=0.8)
    if f.lamp.lit:
        f.gleam(50, 62, 22, rgb("ffc45a"), 0.7)
    f.bar(42, 87, 58, 99.5, rgb("a8743f"), round_by=2.5)
    for y in (90.5, 93.5, 96.5):
        f.stroke([(42.5, y), (57.5, y)], [0.7], rgb("6b4a2c"), opacity=0.7)
    f.bar(41, 85.8, 59, 88.6, rgb("6b4a2c"), round_by=1.2)
