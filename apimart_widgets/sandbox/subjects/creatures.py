"""Birds, water animals, and the hoofed ones, seen from the side."""

from __future__ import annotations

from dataclasses import dataclass

from apimart_widgets.sandbox.colour import CREAM, INK, WHITE, Colour, mix, rgb, shifted
from apimart_widgets.sandbox.figure import Figure
from apimart_widgets.sandbox.outline import beside, mirrored, points


def owl(f: Figure, colour: Colour | None) -> None:
    """An owl on a branch."""
    fur = colour or f.rng.choice((rgb("8a6a4e"), rgb("a5896a"), rgb("6f6a72")))
    pale, dark = mix(fur, CREAM, 0.62), mix(fur, INK, 0.45)
    f.stroke(points("2,93 30,95 68,93 100,95"), [3.5, 6, 6, 3], rgb("6b4a34"), volume=0.8)
    f.shape(points("40,88 50,86 60,88 58,108 50,111 42,108"), dark)
    body = f.shape(mirrored("50,18 66,20 77,36 80,58 73,82 60,94 50,96"), fur)
    breast = f.shape(mirrored("50,46 62,50 67,66 62,84 50,93"), pale, within=body, volume=0.6)
    for row in range(5):
        for k in range(-2, 3):
            x, y = 50 + (k + (row % 2) * 0.5) * 6.6, 58 + row * 7
            f.shape(
                [(x - 2.2, y), (x, y - 1), (x + 2.2, y), (x, y + 4.2)],
                mix(fur, dark, 0.35),
                within=breast,
                volume=0.2,
                opacity=0.8,
            )
    for side in (-1, 1):
        wing = f.shape(beside(side, "22,42 31,50 32,70 22,91 17,72"), mix(fur, dark, 0.35))
        for y in (58, 67, 76):
            f.stroke(
                [(50 + side * 18, y), (50 + side * 24, y + 3.5), (50 + side * 31, y)],
                [0.4, 1.5, 0.4],
                dark,
                within=wing,
                opacity=0.7,
            )
        f.shape(beside(side, "8,24 20,19 30,7 28,28"), dark)
        f.oval(50 + side * 12.5, 36, 13, 13, pale, volume=0.5)
        f.oval(50 + side * 11.5, 36, 8.3, 8.3, rgb("f0b740"), volume=0.5)
        f.oval(50 + side * 11.5, 36, 5.1, 5.1, INK, volume=0)
        f.oval(50 + side * 11.5 - 1.8, 33.8, 1.8, 1.8, WHITE, volume=0)
        for toe in (-3.5, 0, 3.5):
            f.stroke([(50 + side * 10 + toe, 92), (50 + side * 10 + toe, 97.5)], [2.6, 1.8], rgb("d9a04a"), volume=0.4)
    f.shape(points("46.5,39 53.5,39 50,50"), rgb("e2a13d"), volume=0.6)
    f.texture(0.12)


def bird(f: Figure, colour: Colour | None) -> None:
    """A songbird on a twig."""
    back = colour or f.rng.choice((rgb("3f7fb5"), rgb("c8563c"), rgb("6d8f4f"), rgb("e0a83a")))
    breast = mix(rgb("f2a65a"), CREAM, 0.35) if colour is None else mix(back, CREAM, 0.75)
    dark = mix(back, INK, 0.5)
    f.stroke(points("0,92 34,90 70,93 104,88"), [3, 4.5, 4, 2], rgb("6b4a34"), volume=0.8)
    f.shape(points("88,87 96,78 106,78 101,87"), rgb("6f9a55"))
    f.shape(points("24,66 6,80 -8,95 0,98 16,88 32,78"), dark)
    for x in (48, 56):
        f.stroke([(x, 80), (x + 1, 91)], [2.2, 1.8], rgb("8a5a3b"))
        f.stroke([(x - 3, 92), (x + 5, 91)], [1.8], rgb("8a5a3b"))
    body = f.shape(points("20,70 26,52 40,40 52,26 64,19 76,22 82,32 80,46 76,62 66,78 48,84 30,80"), back)
    f.shape(points("74,36 82,40 80,56 68,76 50,83 40,80 54,70 64,54"), breast, within=body, volume=0.6)
    wing = f.shape(points("54,46 60,58 50,72 30,80 14,84 24,66 38,50"), mix(back, dark, 0.35))
    for k in range(3):
        f.stroke(
            [(52 - k * 2, 58 + k * 6), (36 - k * 3, 69 + k * 4), (18, 80 + k)],
            [0.6, 1.6, 0.5],
            dark,
            within=wing,
            opacity=0.7,
        )
    f.shape(points("81,30 94,34 81,38.5"), rgb("e5a63c"), volume=0.5)
    f.eye(72, 31, 3.2)
    f.texture(0.1)


def penguin(f: Figure, colour: Colour | None) -> None:
    """An emperor penguin."""
    coat = colour or rgb("2f3644")
    for side in (-1, 1):
        f.oval(50 + side * 11, 97, 10, 3.6, rgb("e39b3c"))
    body = f.shape(mirrored("50,4 61,7 68,18 68,32 76,50 78,74 70,92 58,98 50,98"), coat)
    f.shape(mirrored("50,34 61,38 68,58 67,80 59,94 50,96"), rgb("f7f4ec"), within=body, volume=0.7)
    f.shape(mirrored("50,34 58,34 63,42 58,48 50,50"), rgb("f3c14f"), within=body, volume=0.4, opacity=0.75)
    for side in (-1, 1):
        f.shape(beside(side, "22,42 29,50 36,72 33,78 25,66"), mix(coat, INK, 0.2))
        f.oval(50 + side * 13.5, 25, 5.4, 7.5, rgb("f3b63f"), within=body, volume=0.3)
        f.eye(50 + side * 8, 18, 2.5)
    f.shape(points("45,22 55,22 50,32"), rgb("e5963c"), volume=0.6)
    f.texture(0.08)


def fish(f: Figure, colour: Colour | None) -> None:
    """A bright reef fish."""
    skin = colour or f.rng.choice((rgb("f08a3c"), rgb("e8663f"), rgb("f2b83f"), rgb("3f9fd0")))
    pale, dark = mix(skin, WHITE, 0.75), mix(skin, INK, 0.4)
    f.shape(points("20,52 4,34 -12,26 -8,50 -12,74 4,70"), mix(skin, dark, 0.15))
    f.shape(points("34,34 48,14 66,10 76,20 74,34"), mix(skin, dark, 0.2))
    f.shape(points("46,72 52,88 66,90 66,74"), mix(skin, dark, 0.2))
    body = f.shape(points("14,52 28,36 52,26 78,30 98,44 104,53 98,62 78,75 52,78 28,68"), skin)
    f.shape(points("14,56 40,66 70,66 102,56 92,72 60,82 26,72"), pale, within=body, volume=0.4, opacity=0.6)
    for x in (38, 64):
        f.shape(
            [(x - 3, 20), (x + 6, 22), (x + 8, 52), (x + 4, 84), (x - 5, 84), (x - 1, 52)],
            pale,
            within=body,
            volume=0.4,
        )
    if f.detail:
        for row in range(6):
            for k in range(4):
                at, y = 46 + k * 5.4 + (row % 2) * 2.7 - 1, 36 + row * 6
                f.stroke([(at - 2, y - 2), (at + 1, y), (at - 2, y + 2)], [0.6], dark, within=body, opacity=0.3)
    f.shape(points("62,56 50,66 46,76 58,72 68,62"), mix(skin, dark, 0.25))
    f.stroke(points("80,40 77,52 80,64"), [0.9], dark, within=body, opacity=0.5)
    f.eye(89, 46, 3.8, ring=pale)
    f.stroke(points("103,55 98,57.5 95,57"), [1.0], dark)


def whale(f: Figure, colour: Colour | None) -> None:
    """A humpback with a pale pleated throat."""
    skin = colour or rgb("3f6486")
    pale = mix(skin, WHITE, 0.72)
    f.shape(points("6,46 -8,34 -22,30 -16,42 -22,54 -6,56"), skin)
    body = f.shape(points("2,50 20,40 46,30 76,30 100,40 112,56 108,70 88,80 60,80 30,66 10,58"), skin)
    throat = f.shape(points("112,62 90,64 64,66 44,74 60,86 96,84"), pale, within=body, volume=0.6)
    for k in range(6):
        f.stroke(
            [(108 - k, 65 + k * 2.8), (84, 67 + k * 3), (56 + k * 2, 72 + k * 2)],
            [0.8],
            mix(skin, pale, 0.35),
            within=throat,
        )
    f.shape(points("66,70 56,88 46,100 62,98 78,76"), mix(skin, INK, 0.2))
    f.eye(95, 59, 2.2)
    f.stroke(points("112,60 100,63.5 86,63"), [1.0], mix(skin, INK, 0.45), within=body)
    for _ in range(14 * f.detail):
        f.oval(f.rng.uniform(20, 90), f.rng.uniform(34, 58), 0.7, 0.7, pale, within=body, opacity=0.45, volume=0)


def butterfly(f: Figure, colour: Colour | None) -> None:
    """A butterfly with open wings."""
    wing = colour or f.rng.choice((rgb("e8853a"), rgb("4a86d0"), rgb("b565c0"), rgb("e2b23c")))
    edge, glow = mix(wing, INK, 0.75), mix(wing, WHITE, 0.55)
    for side in (-1, 1):
        lower = f.shape(beside(side, "0,54 20,58 36,72 30,92 14,88 4,68"), edge)
        f.shape(beside(side, "3,57 18,62 31,73 26,86 14,82"), shifted(wing, hue=0.02), within=lower, volume=0.7)
        upper = f.shape(beside(side, "0,50 14,24 38,8 54,14 50,40 30,58 6,58"), edge)
        f.shape(beside(side, "3,50 16,29 36,15 47,20 43,38 26,53"), wing, within=upper, volume=0.8)
        for tip in ((46, 14), (44, 26), (38, 38)):
            f.stroke([(50 + side * 4, 52), (50 + side * tip[0], tip[1])], [1.3, 0.6], edge, within=upper, opacity=0.8)
        for x, y in ((50, 16), (51, 24), (49, 33), (33, 76), (28, 87)):
            f.oval(50 + side * x, y, 1.5, 1.5, CREAM, volume=0)
        f.oval(50 + side * 22, 72, 5, 4.4, glow, within=lower, volume=0.2)
        f.stroke(beside(side, "1,40 7,28 13,24"), [0.9, 0.6], INK)
        f.oval(50 + side * 13, 24, 1.3, 1.3, INK, volume=0)
    f.stroke(points("50,38 50,56 50,82"), [5, 6, 2], rgb("3a2c2c"), volume=0.8)
    f.oval(50, 37, 3.6, 3.6, rgb("3a2c2c"))


def turtle(f: Figure, colour: Colour | None) -> None:
    """A turtle with a plated shell."""
    skin = colour or rgb("7fa35a")
    shell, line = mix(rgb("8a6a3f"), skin, 0.3), rgb("5a4028")
    for x, lean in ((24, -7), (66, 7)):
        f.stroke([(x, 78), (x + lean, 96)], [14, 11], skin, volume=0.8)
    f.shape(points("6,82 -6,90 8,90"), skin)
    f.shape(points("76,74 88,62 100,56 110,62 109,73 98,79 82,86"), skin)
    dome = f.shape(points("2,84 8,60 26,42 46,37 66,43 82,60 88,84 46,90"), shell)
    for course in (
        points("32,52 46,46 60,52 62,68 46,74 30,68"),
        points("10,66 26,56 24,70 14,78"),
        points("66,56 80,68 78,78 68,70"),
    ):
        f.shape(course, mix(shell, CREAM, 0.25), within=dome, sharp=True, volume=0.6)
    for a, b in (
        ((46, 46), (46, 36)),
        ((30, 68), (20, 86)),
        ((62, 68), (72, 86)),
        ((46, 74), (46, 90)),
        ((32, 52), (24, 42)),
        ((60, 52), (68, 42)),
    ):
        f.stroke([a, b], [1.4], line, within=dome, opacity=0.7)
    f.stroke(points("0,84 46,90 90,84"), [5], mix(shell, CREAM, 0.35), volume=0.5)
    f.eye(102, 64, 2.2)
    f.stroke(points("109,71 103,72 99,70"), [0.9], line)
    f.texture(0.08)


@dataclass(frozen=True)
class _Hoofed:
    coat: Colour
    hair: Colour
    hoof: Colour
    slim: float


def _legs(f: Figure, kind: _Hoofed, *, far: bool) -> None:
    coat = mix(kind.coat, INK, 0.32) if far else kind.coat
    lines = (
        (points("63,60 60,74 62,86 60,96"), points("36,60 37,74 41,85 39,96"))
        if far
        else (points("70,58 71.5,73 70.5,86 71,96"), points("28,58 24,72 29,84 27,96"))
    )
    for index, line in enumerate(lines):
        thick = (10 if index == 0 else 15) * kind.slim
        f.stroke(line, [thick, thick * 0.6, 4.4 * kind.slim, 4.6 * kind.slim], coat, volume=0.8)
        x, y = line[-1]
        f.shape(
            [(x - 2.8, y - 1.5), (x + 2.6, y - 1.5), (x + 4, y + 3.6), (x - 3.4, y + 3.6)],
            kind.hoof,
            sharp=True,
            volume=0.5,
        )


def _trunk(f: Figure, kind: _Hoofed) -> None:
    _legs(f, kind, far=True)
    f.shape(points("20,50 26,40 36,37 50,40 62,38 72,40 78,50 75,62 62,67 46,65 32,68 22,62"), kind.coat)
    _legs(f, kind, far=False)
    f.oval(28, 53, 9 * kind.slim, 11 * kind.slim, kind.coat, volume=0.5)


def horse(f: Figure, colour: Colour | None) -> None:
    """A horse standing, mane and tail dark."""
    coat = colour or f.rng.choice((rgb("8a5232"), rgb("a8703f"), rgb("d8d2cb"), rgb("4c3a38")))
    hair = mix(coat, INK, 0.65)
    kind = _Hoofed(coat, hair, mix(hair, INK, 0.3), 1.0)
    f.stroke(points("23,45 13,50 10,66 15,84"), [4, 8, 9, 1], hair, volume=0.8)
    _trunk(f, kind)
    f.shape(points("60,42 68,28 75,15 82,9 89,15 87,28 80,44 75,60 62,60"), coat)
    f.shape(points("78,14 84,7 90,10 97,22 101,30 99,36 94,36 88,29 81,25"), coat)
    f.oval(97, 32, 4.2, 4.4, mix(coat, INK, 0.4), turn=30, volume=0.4)
    f.shape(points("81,10 82,1 87,8"), coat)
    f.shape(points("86,5 79,5 70,17 62,32 56,42 63,44 70,34 76,24 82,13"), hair)
    f.shape(points("84,6 90,10 90,18 85,13"), hair)
    f.eye(89, 17, 1.6)
    f.texture(0.08)


def deer(f: Figure, colour: Colour | None) -> None:
    """A stag with antlers."""
    coat = colour or rgb("b47a48")
    kind = _Hoofed(coat, mix(coat, INK, 0.5), rgb("3a2c28"), 0.78)
    for base, lean in ((80, -1), (84, 1)):
        horn = rgb("d8c19a") if lean > 0 else rgb("a98f6c")
        f.stroke([(base, 10), (base + lean * 7 - 2, -4), (base + lean * 8 + 2, -20)], [2.4, 2, 0.8], horn, volume=0.4)
        for t, reach in ((0.35, 9), (0.65, 8), (0.85, 6)):
            x, y = base + lean * 8 * t, 10 - 28 * t
            f.stroke(
                [(x, y), (x + lean * reach * 0.8, y - 4), (x + lean * reach, y - 10)], [1.8, 1.4, 0.6], horn, volume=0.3
            )
    f.shape(points("20,46 13,44 12,52 20,56"), CREAM)
    _trunk(f, kind)
    for x, y in ((34, 45), (42, 47), (50, 45), (38, 53), (46, 54), (56, 50)):
        f.oval(x, y, 1.4, 1.4, CREAM, volume=0, opacity=0.8)
    f.shape(points("64,42 71,30 76,18 82,11 88,16 85,30 79,46 74,58 64,56"), coat)
    f.shape(points("80,30 86,26 84,40 77,52"), mix(coat, CREAM, 0.6), volume=0.4)
    f.shape(points("78,13 84,8 90,11 97,20 100,26 97,30 90,27 82,23"), coat)
    f.shape(points("76,14 66,8 64,2 74,6"), coat)
    f.oval(98.5, 26.5, 2.4, 2.2, INK)
    f.eye(89, 16, 1.8)
    f.texture(0.1)


def elephant(f: Figure, colour: Colour | None) -> None:
    """An elephant from the side."""
    skin = colour or rgb("8d929c")
    far, line = mix(skin, INK, 0.28), mix(skin, INK, 0.35)
    f.stroke(points("6,48 0,60 1,74"), [2.6, 2, 1.6], skin)
    for x in (30, 64):
        f.bar(x - 7, 62, x + 7, 99, far, round_by=3)
    f.shape(points("4,62 6,42 20,28 42,25 62,28 74,40 76,62 68,76 40,80 14,76"), skin)
    for x in (17, 53):
        f.bar(x - 8, 62, x + 8, 99.5, skin, round_by=3)
        for k in (-4.5, 0, 4.5):
            f.oval(x + k, 97.6, 1.9, 1.6, mix(skin, CREAM, 0.6), volume=0)
    f.shape(points("62,24 76,16 92,20 100,34 99,48 88,58 72,56 62,44"), skin)
    f.stroke(points("93,38 101,54 101,72 96,88 103,95"), [16, 13, 9.5, 7, 5], skin, volume=0.9)
    if f.detail:
        for k in range(6):
            y = 54 + k * 6
            f.stroke([(97 - k * 0.3, y), (105 - k * 0.8, y + 0.6)], [0.7], line, opacity=0.4)
    f.shape(points("86,53 95,62 108,64 112,58 103,59 93,50"), rgb("f4ecd9"))
    f.shape(points("74,20 62,16 46,24 44,42 54,60 66,62 74,48 78,34"), mix(skin, rgb("c79a98"), 0.12))
    f.stroke(points("72,26 62,22 52,28 51,42"), [1.2], line, opacity=0.35)
    f.eye(87, 34, 1.9)
    f.texture(0.09)
