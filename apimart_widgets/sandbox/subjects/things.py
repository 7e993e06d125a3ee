"""Things one can put on a table."""

from __future__ import annotations

import math

from apimart_widgets.sandbox.colour import BLACK, CREAM, INK, WHITE, Colour, mix, rgb
from apimart_widgets.sandbox.figure import Figure
from apimart_widgets.sandbox.outline import beside, mirrored, points


def bottle(f: Figure, colour: Colour | None) -> None:
    """A glass bottle, half full, with a cork."""
    glass = colour or f.rng.choice((rgb("4f9a86"), rgb("5a8fb5"), rgb("7fa35a")))
    f.bar(44.5, -7, 55.5, 6, rgb("b98a5a"), round_by=1.5)
    body = f.shape(
        mirrored("50,2 57,2.5 58,8 56.5,12 57,28 62,37 70,46 72,58 72,90 69,98 60,100 50,100"),
        mix(glass, WHITE, 0.28),
        volume=1.2,
    )
    f.shape(points("22,62 50,63.5 78,62 78,102 22,102"), mix(glass, INK, 0.12), within=body, volume=1.0)
    f.oval(50, 62, 22, 2.6, mix(glass, WHITE, 0.45), within=body, volume=0)
    f.bar(31, 70, 69, 90, rgb("f6eedd"), round_by=1.5, volume=0.5)
    f.bar(33, 72, 67, 88, mix(glass, rgb("f6eedd"), 0.7), round_by=1, volume=0.2)
    f.shape(points("44,84 50,74 56,84"), mix(glass, INK, 0.35), sharp=True, volume=0)
    f.stroke(points("33,52 32,60 32,68"), [2.6, 3, 2.2], WHITE, opacity=0.75)
    f.stroke([(46.5, 10), (46.5, 28)], [1.8, 1.4], WHITE, opacity=0.7)
    f.stroke(points("67.5,50 69,60 69,90"), [1, 1.4, 1], mix(glass, INK, 0.4), opacity=0.5)
    f.bar(42.5, 4, 57.5, 9, mix(glass, INK, 0.2), round_by=2)


def cup(f: Figure, colour: Colour | None) -> None:
    """A steaming cup on its saucer."""
    glaze = colour or f.rng.choice((rgb("e9e2d4"), rgb("4f7f95"), rgb("c8604a"), rgb("d9b06a")))
    rim = mix(glaze, WHITE, 0.5)
    f.oval(50, 93, 44, 7, mix(glaze, INK, 0.12))
    f.oval(50, 91.4, 43, 6, rim, volume=0.6)
    f.stroke(points("76,56 92,56 95,68 84,79 70,79"), [6, 5.5, 5.5, 5.5, 5], glaze, volume=0.8)
    f.shape(points("18,47 82,47 81,62 74,80 64,90.5 50,92.5 36,90.5 26,80 19,62"), glaze, volume=1.1)
    f.oval(50, 47, 32, 7.4, rim, volume=0.5)
    f.oval(50, 47.8, 28.6, 5.8, rgb("5a3524"), volume=0.6)
    f.oval(45, 47.5, 15, 2.6, rgb("b98a5f"), volume=0, opacity=0.8)
    f.stroke(points("27,58 30,72 37,82"), [2.2, 2, 0.8], WHITE, opacity=0.55)
    for x, lean in ((40, 1), (51, -1), (61, 1)) if f.detail else ():
        f.stroke(
            [(x, 40), (x + lean * 5, 30), (x - lean * 4, 18), (x + lean * 3, 4)],
            [1, 2.6, 2.4, 0.4],
            WHITE,
            opacity=0.32,
        )


def hat(f: Figure, colour: Colour | None) -> None:
    """A hat with a wide brim and a band."""
    felt = colour or f.rng.choice((rgb("b07a45"), rgb("7a4a3a"), rgb("4f5f7a")))
    f.oval(50, 84, 49, 13, mix(felt, INK, 0.22))
    crown = f.shape(
        points("23,84 25,62 29,44 37,35 45,38 50,41 55,38 63,35 71,44 75,62 77,84 66,91 50,93 34,91"), felt, volume=1.2
    )
    f.shape(points("15,66 34,75 50,77 66,75 85,66 85,83 68,92 50,94 32,92 15,83"), mix(felt, INK, 0.6), within=crown)
    f.stroke(points("45,39 50,52 55,39"), [1, 1.8, 1], mix(felt, INK, 0.4), within=crown, opacity=0.6)
    f.shape(points("1,83 12,80 30,89 50,92 70,89 88,80 99,83 92,93 72,99 50,100 28,99 8,93"), felt, volume=1.1)
    f.stroke(points("32,48 30,58 29,66"), [1.6, 2.4, 1.2], WHITE, within=crown, opacity=0.35)
    f.stroke(points("8,88 26,94.5 44,96.5"), [0.8, 1.4, 0.6], WHITE, opacity=0.3)


def apple(f: Figure, colour: Colour | None) -> None:
    """An apple with a leaf."""
    skin = colour or f.rng.choice((rgb("c8342e"), rgb("d9503a"), rgb("9ab53f")))
    body = f.shape(mirrored("50,27 60,20 76,20 90,34 92,56 84,80 68,97 56,99 50,96.5"), skin, volume=1.3)
    f.shape(
        points("50,30 76,24 90,48 78,84 62,94 74,60"),
        mix(skin, rgb("f2c14f"), 0.5),
        within=body,
        opacity=0.28,
        volume=0,
    )
    f.shape(mirrored("50,24 60,24 66,27 58,32 50,34"), mix(skin, INK, 0.5), within=body, opacity=0.7, volume=0.4)
    f.stroke(points("50,31 51,18 57,8"), [2.2, 2.4, 3], rgb("6b4428"), volume=0.6)
    f.shape(points("54,18 62,6 78,2 88,7 80,16 66,20"), rgb("6f9a4a"))
    f.stroke(points("55,18 68,11 84,7"), [0.9, 0.4], rgb("b8cf8a"))
    f.shape(points("20,48 22,36 31,28 36,30 28,40 26,52"), WHITE, opacity=0.55, volume=0, within=body)
    for _ in range(26 * f.detail):
        f.oval(
            f.rng.uniform(14, 86), f.rng.uniform(36, 92), 0.55, 0.55, rgb("f6dfae"), within=body, volume=0, opacity=0.5
        )


def pear(f: Figure, colour: Colour | None) -> None:
    """A pear."""
    skin = colour or rgb("c9b84a")
    body = f.shape(mirrored("50,14 60,17 65,30 69,44 80,60 83,77 75,93 60,99.5 50,99"), skin, volume=1.3)
    f.shape(points("62,30 80,62 80,84 66,96 70,66"), rgb("d9803a"), within=body, opacity=0.3, volume=0)
    f.stroke(points("50,17 52,8 58,1"), [2.4, 2.2, 2.8], rgb("6b4428"))
    f.shape(points("53,10 64,2 78,5 68,13"), rgb("7a9a4a"))
    f.stroke(points("36,52 29,64 30,78"), [2.2, 3.4, 1.6], WHITE, opacity=0.5)
    for _ in range(34 * f.detail):
        f.oval(
            f.rng.uniform(22, 78), f.rng.uniform(30, 96), 0.5, 0.5, rgb("7a6a2a"), within=body, volume=0, opacity=0.5
        )


def citrus(f: Figure, colour: Colour | None) -> None:
    """An orange and half of one."""
    skin = colour or rgb("ec8a2c")
    whole = f.oval(40, 66, 34, 33.5, skin, volume=1.3)
    f.stroke(points("23,50 30,43 38,40"), [2, 3, 1.4], WHITE, opacity=0.5)
    for _ in range(40 * f.detail):
        f.oval(
            f.rng.uniform(8, 72),
            f.rng.uniform(34, 98),
            0.6,
            0.6,
            mix(skin, INK, 0.35),
            within=whole,
            volume=0,
            opacity=0.4,
        )
    f.shape(points("38,34 46,22 60,20 66,26 52,34"), rgb("5f8f4a"))
    f.oval(80, 80, 21, 20, skin)
    f.oval(79, 80, 18.6, 18.2, rgb("fbeed2"), volume=0.3)
    for k in range(9):
        a, b = k / 9 * math.tau + 0.05, (k + 1) / 9 * math.tau - 0.05
        mid = (a + b) / 2
        f.shape(
            [
                (79 + math.cos(mid) * 3, 80 + math.sin(mid) * 3),
                (79 + math.cos(a) * 15, 80 + math.sin(a) * 14.6),
                (79 + math.cos(mid) * 17, 80 + math.sin(mid) * 16.6),
                (79 + math.cos(b) * 15, 80 + math.sin(b) * 14.6),
            ],
            mix(skin, WHITE, 0.12),
            volume=0.5,
        )


def lemon(f: Figure, colour: Colour | None) -> None:
    """A lemon and half of one."""
    citrus(f, colour or rgb("efcf3f"))


def book(f: Figure, colour: Colour | None) -> None:
    """A stack of three books, one lying open on top."""
    tones = (colour or rgb("b8453a"), rgb("2f6f7f"), rgb("d9a441"))
    for index, (left, right) in enumerate(((4, 96), (10, 90), (7, 92))):
        top, cover = 86 - index * 13, tones[index]
        f.bar(left, top, right, top + 13, cover, round_by=2.5)
        f.bar(left + 6, top + 2.2, right + 1, top + 10.8, rgb("f3e8d0"), volume=0.5)
        for k in range(3):
            f.stroke([(left + 8, top + 4.4 + k * 2.2), (right, top + 4.4 + k * 2.2)], [0.4], rgb("b8a888"), opacity=0.7)
        f.bar(left, top, left + 11, top + 13, cover, round_by=2.5)
        f.bar(left + 3, top + 3.4, left + 5, top + 9.6, mix(cover, CREAM, 0.6), volume=0)
    f.shape(points("2,58 26,54 50,60 74,54 98,58 98,61.5 50,63 2,61.5"), mix(tones[0], INK, 0.3))
    for side in (-1, 1):
        page = f.shape(beside(side, "0,58 12,46 30,42 45,46 46,58 26,54"), rgb("fbf4e4"), volume=0.7)
        for k in range(4 if f.detail else 0):
            y = 47.5 + k * 2
            f.stroke(
                [(50 + side * 14, y + 1), (50 + side * 28, y - 1.4), (50 + side * 41, y)],
                [0.6],
                rgb("8a8078"),
                within=page,
                opacity=0.7,
            )
    f.stroke(points("50,58 53,70 51,78"), [2, 2, 2.4], rgb("c8402f"))


def guitar(f: Figure, colour: Colour | None) -> None:
    """An acoustic guitar standing upright."""
    wood = colour or rgb("c98a45")
    dark = rgb("4a2f22")
    f.bar(47, -16, 53, 58, dark, round_by=0.5)
    f.shape(points("45,-14 44,-28 56,-28 55,-14"), mix(wood, INK, 0.35))
    for y in (-25, -20.5, -16.5):
        for side in (-1, 1):
            f.oval(50 + side * 7.4, y, 1.8, 1.3, rgb("d9dde2"))
    outline = mirrored("50,38 60,38.5 68,44 69,53 65,60 67,67 76,77 77,89 68,98 58,100 50,100")
    body = f.shape(outline, mix(wood, dark, 0.55))
    f.shape([(50 + (x - 50) * 0.93, 70 + (y - 70) * 0.95) for x, y in outline], wood, within=body, volume=1.1)
    if f.detail == 2:
        for k in range(15):
            x = 24 + k * 3.6
            f.stroke([(x, 38), (x + f.rng.uniform(-1, 1), 70), (x, 100)], [0.4], dark, within=body, opacity=0.16)
    f.oval(50, 63, 9.6, 9.6, mix(wood, CREAM, 0.4), volume=0.3)
    f.oval(50, 63, 8, 8, BLACK, volume=0.2)
    f.shape(points("60,66 66,70 66,80 58,76"), mix(wood, dark, 0.75), within=body, volume=0.4)
    f.bar(47.3, 36, 52.7, 60, dark)
    f.bar(41, 83, 59, 87, dark, round_by=1.5)
    for k in range(12):
        f.stroke([(47.3, -12 + k * 5.2), (52.7, -12 + k * 5.2)], [0.5], rgb("d9dde2"), opacity=0.8)
    for k in range(6):
        f.stroke([(47.9 + k * 0.84, -14), (46.5 + k * 1.4, 85)], [0.28], rgb("f4f0e4"), opacity=0.9)


def lantern(f: Figure, colour: Colour | None) -> None:
    """A lantern with a warm flame."""
    metal = colour or rgb("3f4652")
    f.gleam(50, 60, 48, rgb("ffb84f"), 0.5)
    f.stroke(points("34,22 36,2 50,-6 64,2 66,22"), [2], metal)
    f.shape(points("32,30 42,16 58,16 68,30"), metal)
    glass = f.shape(points("28,32 72,32 76,84 24,84"), rgb("ffdc8f"), sharp=True, volume=0.15)
    f.shines(glass)
    f.gleam(50, 62, 20, WHITE, 0.8)
    f.bar(44, 66, 56, 84, rgb("f6ecd6"), round_by=2)
    f.shape(points("50,44 54,54 53.5,63 50,66 46.5,63 46,54"), rgb("f08a2f"), volume=0)
    f.shape(points("50,52 52,58 50,65 48,58"), rgb("fff2b0"), volume=0)
    f.shape(points("30,34 36,34 34,82 27,82"), WHITE, within=glass, opacity=0.35, volume=0)
    for x0, x1 in ((28, 24), (50, 50), (72, 76)):
        f.stroke([(x0, 31), (x1, 85)], [2.4 if x0 != 50 else 1.0], metal)
    f.bar(25, 28, 75, 34, metal, round_by=2)
    f.bar(20, 84, 80, 92, metal, round_by=2)
    f.bar(15, 92, 85, 99.5, mix(metal, INK, 0.3), round_by=2)


def vase(f: Figure, colour: Colour | None) -> None:
    """A vase with branches and blossoms."""
    glaze = colour or f.rng.choice((rgb("4f7fa0"), rgb("d9cdb8"), rgb("b8604a")))
    stems = [
        points("50,50 44,28 28,6"),
        points("50,50 52,22 56,-12"),
        points("50,50 60,30 80,12"),
        points("50,50 40,36 18,30"),
        points("50,50 62,40 84,36"),
    ]
    blossom = rgb("f0b3c0") if glaze[2] > glaze[0] else rgb("f4d9a0")
    for stem in stems:
        f.stroke(stem, [1.8, 1.3, 0.8], rgb("6b5038"))
        for t in (0.35, 0.6, 0.8, 1.0):
            x = stem[0][0] + (stem[2][0] - stem[0][0]) * t + f.rng.uniform(-3, 3)
            y = stem[0][1] + (stem[2][1] - stem[0][1]) * t + f.rng.uniform(-4, 2)
            f.shape([(x, y), (x + 5, y - 4), (x + 10, y - 2), (x + 5, y + 2)], rgb("7a9a5c"), volume=0.5)
            for k in range(5):
                a = k / 5 * math.tau + t
                f.oval(x + math.cos(a) * 3, y + math.sin(a) * 3, 2.7, 2.5, blossom, volume=0.5)
            f.oval(x, y, 1.5, 1.5, rgb("e2a83f"), volume=0)
    body = f.shape(mirrored("50,46 58,46 59,52 62,58 72,68 74,80 68,94 60,99.5 50,99.5"), glaze, volume=1.3)
    for y in (70, 75):
        f.stroke([(24, y), (50, y + 3), (76, y)], [1.2], mix(glaze, WHITE, 0.6), within=body, opacity=0.7)
    f.oval(50, 46.5, 8.4, 2.2, mix(glaze, INK, 0.45))
    f.stroke(points("33,68 30,78 34,88"), [1.6, 2.8, 1.2], WHITE, opacity=0.5)


def umbrella(f: Figure, colour: Colour | None) -> None:
    """An open umbrella."""
    cloth = colour or rgb("c8402f")
    f.stroke(points("50,8 50,82 50,92 56,98 62,92"), [1.8], rgb("5a3a28"))
    dome = f.shape(
        points(
            "2,52 8,30 26,12 50,6 74,12 92,30 98,52 90,47 82,52 74,47 66,52 58,47 50,52 42,47 34,52 26,47 18,52 10,47"
        ),
        cloth,
        volume=1.2,
    )
    for left, right in ((18, 34), (50, 66), (82, 100)):
        f.shape(
            [(50, 5), ((left + 50) / 2, 24), (left, 54), (right, 54), ((right + 50) / 2, 24)],
            mix(cloth, WHITE, 0.32),
            within=dome,
            volume=0.4,
            opacity=0.75,
        )
    f.stroke([(50, 8), (50, 0)], [1.4], rgb("5a3a28"))
