"""Buildings and bridges. Windows are lit when the lamp says it is dark."""

from __future__ import annotations

from apimart_widgets.sandbox.colour import CREAM, INK, WHITE, Colour, mix, rgb
from apimart_widgets.sandbox.drawing import Area, Point
from apimart_widgets.sandbox.figure import Figure
from apimart_widgets.sandbox.outline import points

_GLOW = rgb("ffd27a")


def _window(f: Figure, x: float, y: float, width: float, height: float, *, arched: bool = False) -> None:
    """A window around (`x`, `y`): lit at night, a cool pane by day."""
    pane = _GLOW if f.lamp.lit else rgb("4a5c78")
    if f.lamp.lit:
        f.gleam(x, y, max(width, height) * 1.7, _GLOW, 0.45)
    left, right, top, bottom = x - width / 2, x + width / 2, y - height / 2, y + height / 2
    if arched:
        where = f.shape(
            [
                (left, bottom),
                (left, y - height * 0.2),
                (x - width * 0.35, top + height * 0.08),
                (x, top),
                (x + width * 0.35, top + height * 0.08),
                (right, y - height * 0.2),
                (right, bottom),
            ],
            pane,
            sharp=True,
            volume=0.2,
        )
    else:
        where = f.bar(left, top, right, bottom, pane, volume=0.2)
    if f.lamp.lit:
        f.shines(where)
    if f.detail and width > 3:
        f.stroke([(x, top), (x, bottom)], [0.6], mix(pane, INK, 0.6))
        f.stroke([(left, y), (right, y)], [0.6], mix(pane, INK, 0.6))


def _stones(f: Figure, wall: Area, left: float, top: float, right: float, bottom: float, colour: Colour) -> None:
    """Single stones in a wall, at full detail more of them."""
    for _ in range((0, 10, 34)[f.detail]):
        x, y = f.rng.uniform(left, right), f.rng.uniform(top, bottom)
        wide = f.rng.uniform(1.6, 3.2)
        f.bar(x, y, x + wide, y + 1.2, colour, round_by=0.4, within=wall, volume=0, opacity=0.45)


def house(f: Figure, colour: Colour | None) -> None:
    """A cottage with a chimney."""
    wall, roof, wood = (
        colour or rgb("efe0c2"),
        rgb("b5513c") if colour is None else mix(colour, INK, 0.5),
        rgb("6b4a35"),
    )
    f.bar(66, 18, 75, 44, rgb("9a5a48"))
    f.bar(64.5, 16, 76.5, 20, rgb("7c4436"))
    body = f.bar(16, 54, 84, 99.5, wall)
    _stones(f, body, 16, 58, 82, 97, mix(wall, wood, 0.3))
    gable = f.shape(points("24,58 50,30 50,58"), wall, sharp=True)
    f.shape(points("8,58 30,24 74,24 92,58"), roof, sharp=True)
    for row in range(2 * f.detail + 1):
        y = 30 + row * (27 / (2 * f.detail + 1))
        f.stroke(
            [(4, y), (96, y)],
            [0.9],
            mix(roof, INK, 0.35),
            opacity=0.35,
            within=f.shape(points("8,58 30,24 74,24 92,58"), roof, sharp=True, opacity=0.0),
        )
    f.shape(points("6,57 94,57 95,61 5,61"), mix(roof, INK, 0.3), sharp=True)
    f.stroke([(50, 99), (50, 99)], [0.1], wall, within=gable)
    f.shape(points("41,99.5 41,78 44,72.5 50,70.5 56,72.5 59,78 59,99.5"), wood, sharp=True)
    f.oval(56, 86, 1.1, 1.1, _GLOW)
    for x in (28, 72):
        f.bar(x - 8, 68, x + 8, 85, CREAM, round_by=1)
        _window(f, x, 76.5, 13, 14)
        f.bar(x - 9, 85, x + 9, 88, wood, round_by=1)
        for k in range(5):
            f.oval(x - 7 + k * 3.5, 85, 2, 1.8, (rgb("e0607a"), rgb("f2c14f"), rgb("6f9a55"))[k % 3], volume=0.4)
    _window(f, 50, 44, 9, 9, arched=True)
    f.texture(0.07)


def _tower(
    f: Figure, x: float, half: float, top: float, wall: Colour, roof: Colour, *, cone: float, bottom: float = 99.5
) -> None:
    body = f.shape([(x - half, bottom), (x - half, top), (x + half, top), (x + half, bottom)], wall, sharp=True)
    _stones(f, body, x - half, top + 4, x + half, bottom - 3, mix(wall, INK, 0.3))
    f.shape(
        [(x - half - 1.6, top + 5), (x - half - 1.6, top - 1), (x + half + 1.6, top - 1), (x + half + 1.6, top + 5)],
        mix(wall, CREAM, 0.15),
        sharp=True,
    )
    if cone:
        f.shape([(x - half - 3, top), (x, top - cone), (x + half + 3, top)], roof, sharp=True)
        f.stroke([(x, top - cone + 1), (x, top - cone - 9)], [0.8], INK)
        f.shape([(x, top - cone - 9), (x + 9, top - cone - 6.5), (x, top - cone - 4)], rgb("d9483b"), sharp=True)
    else:
        teeth = 4
        wide = (2 * half + 3.2) / (2 * teeth - 1)
        for k in range(teeth):
            left = x - half - 1.6 + 2 * k * wide
            f.bar(left, top - 5, left + wide, top, mix(wall, CREAM, 0.15))
    _window(f, x, top + 14, min(4.4, half * 0.6), 8, arched=True)


def castle(f: Figure, colour: Colour | None) -> None:
    """A castle with five towers."""
    wall = mix(colour, rgb("b9ad9f"), 0.5) if colour else rgb("b5aa9c")
    roof = rgb("50658f") if colour is None else mix(colour, INK, 0.35)
    back = mix(wall, rgb("6f6a80"), 0.35)
    _tower(f, 50, 10, 22, back, roof, cone=27)
    _tower(f, 31, 7, 36, back, roof, cone=20)
    _tower(f, 69, 7, 32, back, roof, cone=20)
    keep = f.bar(22, 56, 78, 99.5, wall)
    _stones(f, keep, 22, 60, 76, 96, mix(wall, INK, 0.3))
    for k in range(9):
        f.bar(22 + k * 6.4, 51, 26 + k * 6.4, 57, wall)
    for x in (35, 65):
        _window(f, x, 70, 4, 9, arched=True)
    _tower(f, 14, 10, 48, wall, roof, cone=26)
    _tower(f, 86, 10, 48, wall, roof, cone=26)
    f.shape(points("40,99.5 40,82 43,76 50,72.5 57,76 60,82 60,99.5"), mix(wall, CREAM, 0.25), sharp=True)
    f.shape(points("43,99.5 43,83 45,79 50,76 55,79 57,83 57,99.5"), rgb("4a3428"), sharp=True)
    for k in range(1, 4):
        f.stroke([(43 + k * 3.5, 78), (43 + k * 3.5, 99)], [0.5], INK, opacity=0.6)
    f.texture(0.1)


def lighthouse(f: Figure, colour: Colour | None) -> None:
    """A banded lighthouse on rocks, its lamp lit."""
    band, white, dark = colour or rgb("cf4638"), rgb("f4efe6"), rgb("3a3f4e")
    rock = rgb("5f5d66")
    f.shape(points("8,101 18,88 30,84 42,86 62,83 76,88 92,101"), rock)
    f.shape(points("8,101 24,93 40,96 56,92 74,96 92,101"), mix(rock, INK, 0.3))
    f.bar(58, 74, 78, 90, white)
    f.shape(points("55,75 62,66 74,66 81,75"), band, sharp=True)
    _window(f, 68, 81, 5, 6)
    tower = f.shape(points("35,90 41,22 59,22 65,90"), white, sharp=True)
    for top in (30, 52, 74):
        f.shape([(30, top), (70, top), (70, top + 11), (30, top + 11)], band, within=tower, sharp=True)
    for y in (47, 69):
        _window(f, 50, y, 4, 6.5, arched=True)
    f.bar(36, 18, 64, 22.5, dark, round_by=1)
    for k in range(8):
        f.stroke([(37 + k * 3.7, 12.5), (37 + k * 3.7, 19)], [0.7], dark)
    f.stroke([(36.5, 12.5), (63.5, 12.5)], [0.9], dark)
    f.shines(f.bar(42, 3, 58, 18, rgb("fff2b8") if f.lamp.lit else rgb("cfe3ea"), volume=0.3))
    f.gleam(50, 10, 26 if f.lamp.lit else 12, rgb("fff0ae"), 0.8)
    for x in (42, 47.3, 52.6, 58):
        f.stroke([(x, 3), (x, 18)], [0.8], dark)
    f.shape(points("39,4 44,-3 50,-7 56,-3 61,4"), band)
    f.stroke([(50, -6), (50, -13)], [1], dark)
    f.texture(0.07)


def windmill(f: Figure, colour: Colour | None) -> None:
    """A tower mill with four sails."""
    wall, cap, wood = colour or rgb("f0e6d2"), rgb("a8503c"), rgb("6b4a35")
    body = f.shape(points("28,99.5 37,38 63,38 72,99.5"), wall, sharp=True)
    _stones(f, body, 30, 44, 68, 96, mix(wall, wood, 0.35))
    f.shape(points("34,41 36,30 44,22 56,22 64,30 66,41"), cap)
    f.shape(points("44,99.5 44,84 50,80 56,84 56,99.5"), wood, sharp=True)
    for y in (52, 68):
        _window(f, 50, y, 6, 8, arched=True)
    for dx, dy in ((0.64, -0.77), (0.77, 0.64), (-0.64, 0.77), (-0.77, -0.64)):
        tip = (50 + dx * 50, 34 + dy * 50)
        f.stroke([(50, 34), tip], [2.2, 1.4], wood, volume=0.4)
        nx, ny = -dy * 11, dx * 11
        start = (50 + dx * 13, 34 + dy * 13)
        sail: list[Point] = [start, (start[0] + nx, start[1] + ny), (tip[0] + nx, tip[1] + ny), tip]
        f.shape(sail, CREAM, sharp=True, opacity=0.92)
        for k in range(1, 6):
            a = (start[0] + (tip[0] - start[0]) * k / 6, start[1] + (tip[1] - start[1]) * k / 6)
            f.stroke([a, (a[0] + nx, a[1] + ny)], [0.7], wood, opacity=0.7)
    f.oval(50, 34, 3.4, 3.4, wood)
    f.texture(0.07)


def pagoda(f: Figure, colour: Colour | None) -> None:
    """A five-storeyed pagoda."""
    wall, roof, beam = colour or rgb("b8402f"), rgb("3d4a55"), rgb("f0dcb0")
    f.bar(22, 93, 78, 99.5, rgb("9a948c"))
    for level in range(5):
        bottom, half = 93 - level * 17.4, 21 - level * 2.7
        f.bar(50 - half * 0.72, bottom - 12.5, 50 + half * 0.72, bottom, wall)
        for k in (-0.5, 0, 0.5):
            _window(f, 50 + k * half, bottom - 5, half * 0.24, 7)
        f.stroke([(50 - half * 0.74, bottom - 1), (50 + half * 0.74, bottom - 1)], [1.2], beam)
        y = bottom - 12
        f.shape(
            [
                (50 - half - 9, y - 1.5),
                (50 - half * 0.9, y - 2),
                (50 - half * 0.55, y - 6.5),
                (50 + half * 0.55, y - 6.5),
                (50 + half * 0.9, y - 2),
                (50 + half + 9, y - 1.5),
                (50 + half + 4, y + 2),
                (50, y + 1.4),
                (50 - half - 4, y + 2),
            ],
            roof,
        )
        for side in (-1, 1):
            f.stroke([(50 + side * (half + 5), y + 1), (50 + side * (half + 5), y + 4.5)], [0.5], rgb("d9a83f"))
            f.oval(50 + side * (half + 5), y + 5.2, 1, 1.3, rgb("e3b64f"))
    f.stroke([(50, 1), (50, -15)], [1.8, 0.6], rgb("d9a83f"), volume=0.5)
    for k in range(4):
        f.oval(50, -2 - k * 2.8, 2.4 - k * 0.4, 0.8, rgb("d9a83f"))
    f.texture(0.08)


def bridge(f: Figure, colour: Colour | None) -> None:
    """A stone bridge of three arches."""
    stone = colour or rgb("b7a992")
    deck = points("-28,72 0,64 50,57 100,64 128,72 128,99 -28,99")
    outline = list(points("-28,70 0,62 50,55 100,62 128,70 128,99.5"))
    for right, left, crown in ((122, 92, 78), (78, 22, 70), (8, -22, 78)):
        mid, bow = (left + right) / 2, (right - left) / 2
        outline += [
            (right, 99.5),
            (right, crown + 12),
            (mid + bow * 0.72, crown + 3.5),
            (mid + bow * 0.35, crown + 0.6),
            (mid, crown),
            (mid - bow * 0.35, crown + 0.6),
            (mid - bow * 0.72, crown + 3.5),
            (left, crown + 12),
            (left, 99.5),
        ]
    body = f.shape([*outline, (-28, 99.5)], stone, sharp=True)
    _stones(f, body, -26, 62, 122, 96, mix(stone, INK, 0.3))
    _stones(f, body, -26, 62, 122, 96, mix(stone, WHITE, 0.3))
    f.stroke([(x, y - 3) for x, y in deck[:5]], [4.5], mix(stone, WHITE, 0.2), volume=0.6, sharp=True)
    for x in (-8, 22, 50, 78, 108):
        y = 52 + abs(x - 50) * 0.14
        f.stroke([(x, y + 6), (x, y - 8)], [1.2], rgb("3a3f4e"))
        f.oval(x, y - 9.5, 2.2, 2.6, rgb("fff0b0") if f.lamp.lit else rgb("d9dfe0"))
        if f.lamp.lit:
            f.gleam(x, y - 9.5, 10, _GLOW, 0.7)
    f.texture(0.09)


def tent(f: Figure, colour: Colour | None) -> None:
    """A tent beside a camp fire."""
    cloth = colour or rgb("d97a3a")
    f.shape(points("-6,99.5 36,42 62,99.5"), cloth, sharp=True)
    f.shape(points("36,42 84,99.5 60,99.5"), mix(cloth, INK, 0.3), sharp=True)
    inside = f.shape(points("16,99.5 34,58 46,99.5"), _GLOW if f.lamp.lit else rgb("5a3a30"), sharp=True, volume=0.4)
    if f.lamp.lit:
        f.shines(inside)
    f.shape(points("34,58 50,99.5 42,99.5"), mix(cloth, WHITE, 0.3), sharp=True)
    f.stroke([(36, 42), (34, 36)], [1.4], rgb("6b4a35"))
    for a, b in (((36, 44), (-16, 99)), ((40, 46), (94, 99))):
        f.stroke([a, b], [0.5], CREAM, opacity=0.7)
    f.gleam(108, 90, 24, rgb("ffb04f"), 0.75)
    f.shape(points("101,97 99,88 105,82 107,72 112,82 117,88 115,97"), rgb("f0702f"), volume=0.2)
    f.shape(points("104,97 104,90 108,82 112,90 112,97"), rgb("ffd65a"), volume=0)
    for a, b in (((97, 99), (117, 95)), ((99, 95), (119, 99))):
        f.stroke([a, b], [3], rgb("6b4a35"), volume=0.6)
    f.texture(0.07)
