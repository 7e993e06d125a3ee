"""Upright figures: a robot, an astronaut, a traveller."""

from __future__ import annotations

from apimart_widgets.sandbox.colour import CREAM, INK, WHITE, Colour, mix, rgb
from apimart_widgets.sandbox.figure import Figure
from apimart_widgets.sandbox.outline import beside, mirrored, points


def robot(f: Figure, colour: Colour | None) -> None:
    """A friendly robot with a lit face."""
    shell = colour or f.rng.choice((rgb("dfe4ea"), rgb("e8b04a"), rgb("6fb2b8"), rgb("d8745a")))
    joint, dark = rgb("5a6270"), rgb("23283a")
    glow = rgb("6ff0ee") if colour is None or colour[2] < 160 else rgb("ffd45e")
    for side in (-1, 1):
        f.stroke([(50 + side * 9.5, 72), (50 + side * 10.5, 92)], [6], joint, volume=0.8)
        f.bar(50 + side * 11 - 8, 89, 50 + side * 11 + 8, 99, shell, round_by=4)
        f.stroke(beside(side, "21,50 30,58 29,70"), [5.5], joint, volume=0.8)
        f.bar(50 + side * 29 - 5, 60, 50 + side * 29 + 5, 73, shell, round_by=4)
        f.stroke([(50 + side * 26.5, 73), (50 + side * 26, 79)], [2.8, 2], joint, volume=0.6)
        f.stroke([(50 + side * 31.5, 73), (50 + side * 32.5, 79)], [2.8, 2], joint, volume=0.6)
        f.oval(50 + side * 20.5, 49, 6, 6, joint)
    body = f.shape(mirrored("50,43 66,44 71,52 69,68 64,77 50,78.5"), shell)
    f.bar(40, 51, 60, 67, mix(shell, dark, 0.2), round_by=3, within=body, volume=0.4)
    for k, tone in enumerate((rgb("e8604f"), rgb("f0c24f"), rgb("62c27f"))):
        f.oval(44 + k * 6, 56, 1.7, 1.7, tone, volume=0.4)
    f.bar(43, 60.5, 57, 63, dark, round_by=1, volume=0.2)
    f.bar(43.6, 61.1, 51.5, 62.4, glow, round_by=0.5, volume=0)
    f.bar(45, 38, 55, 45, joint)
    f.stroke([(50, 8), (50, -3)], [1.8], joint)
    f.gleam(50, -5, 11, glow, 0.7)
    f.oval(50, -5, 3.2, 3.2, glow, volume=0.3)
    for side in (-1, 1):
        f.bar(50 + side * 28 - 3.5, 17, 50 + side * 28 + 3.5, 31, joint, round_by=2.5)
    head = f.shape(mirrored("50,7 68,8.5 76,16 77,27 73,37 64,41 50,41.5"), shell)
    f.shape(mirrored("50,13.5 65,14.5 70,20 70,28 66,34 50,35.5"), dark, within=head, volume=0.5)
    for side in (-1, 1):
        f.gleam(50 + side * 9.5, 23, 9, glow, 0.55)
        f.oval(50 + side * 9.5, 23, 3.6, 4.4, glow, volume=0)
    f.stroke(points("45,30 50,32 55,30"), [1.3], glow)
    f.shape(points("36,16 44,14.6 40,22 34,26"), WHITE, opacity=0.18, volume=0)
    if f.detail == 2:
        for x, y in ((34, 47), (66, 47), (36, 74), (64, 74), (33, 12), (67, 12)):
            f.oval(x, y, 1, 1, mix(shell, dark, 0.4), volume=0.3)


def astronaut(f: Figure, colour: Colour | None) -> None:
    """An astronaut in a white suit, a world mirrored in the visor."""
    suit = rgb("eef0f2") if colour is None else mix(colour, WHITE, 0.35)
    band, dark = colour or rgb("e2703a"), rgb("8a93a4")
    f.bar(29, 36, 71, 70, mix(dark, INK, 0.25), round_by=6)
    for side in (-1, 1):
        f.stroke(beside(side, "9,70 11,84 11,93"), [15, 14, 13], suit, volume=1)
        f.shape(
            [
                (50 + side * 11 - 7.5, 90),
                (50 + side * 11 + 7.5, 90),
                (50 + side * 11 + 9, 98),
                (50 + side * 11, 99.6),
                (50 + side * 11 - 8.5, 98),
            ],
            dark,
        )
        f.stroke([(50 + side * 4, 85), (50 + side * 18, 85)], [2], band, opacity=0.9)
        f.stroke(beside(side, "18,46 27,57 24,70"), [12, 11.5, 10], suit, volume=1)
        f.oval(50 + side * 23.5, 73, 5.6, 5.8, dark)
        f.stroke([(50 + side * 21, 63.5), (50 + side * 31.5, 65)], [2], band, opacity=0.9)
    trunk = f.shape(mirrored("50,38 65,40 70,50 68,66 62,76 50,78"), suit)
    f.bar(40, 52, 60, 65, mix(suit, dark, 0.35), round_by=2.5, within=trunk, volume=0.5)
    for k, tone in enumerate((rgb("d9483b"), rgb("4f8fd0"), rgb("efc148"))):
        f.oval(44 + k * 6, 56, 1.6, 1.6, tone, volume=0.4)
    f.bar(43, 59.5, 57, 62, dark, round_by=1, volume=0.3)
    f.oval(50, 23, 23.5, 22.5, suit)
    visor = f.oval(50, 23.5, 17.5, 15.2, rgb("22355e"), volume=1.2)
    f.shape(points("30,34 44,27 58,29 70,34 60,42 40,42"), rgb("e58b4a"), within=visor, volume=0.5, opacity=0.8)
    f.shape(points("30,38 46,33 60,35 70,40 50,44"), rgb("6a3f66"), within=visor, volume=0.3, opacity=0.9)
    for x, y, r in ((44, 17, 0.8), (58, 15, 0.7), (51, 21, 0.5), (62, 22, 0.8), (39, 22, 0.6)):
        f.oval(x, y, r, r, WHITE, within=visor, volume=0)
    f.shape(points("37,24 38,16 45,11 50,11 43,16 40,24"), WHITE, opacity=0.55, volume=0)
    for side in (-1, 1):
        f.bar(50 + side * 23 - 3, 18, 50 + side * 23 + 3, 29, dark, round_by=2)
    f.texture(0.05)


def person(f: Figure, colour: Colour | None) -> None:
    """A traveller in a long coat and scarf, seen from behind or in the round."""
    coat = colour or f.rng.choice((rgb("c8503f"), rgb("2f6f7f"), rgb("d9a441"), rgb("5a4a8a")))
    hair = f.rng.choice((rgb("2d2320"), rgb("6a4228"), rgb("a8763f")))
    scarf, skin = mix(coat, CREAM, 0.62), f.rng.choice((rgb("f0c8a4"), rgb("c98f66"), rgb("8a5a3f")))
    for side in (-1, 1):
        f.stroke([(50 + side * 5, 78), (50 + side * 5.5, 95)], [6.5, 5.5], rgb("33343f"), volume=0.7)
        f.shape(
            [
                (50 + side * 5.5 - 4, 93),
                (50 + side * 5.5 + 4, 93),
                (50 + side * 7 + 4.5, 99.5),
                (50 + side * 5 - 4.5, 99.5),
            ],
            rgb("5a3a2a"),
        )
    for side in (-1, 1):
        f.stroke(beside(side, "11,38 17,54 16,66"), [8.5, 8, 6.5], mix(coat, INK, 0.1), volume=0.9)
        f.oval(50 + side * 16, 68, 3.3, 3.6, skin, volume=0.6)
    body = f.shape(mirrored("50,30 59,32 63,42 63,58 68,80 60,84 50,84.5"), coat)
    f.stroke([(50, 40), (50, 84)], [0.9], mix(coat, INK, 0.4), within=body, opacity=0.6)
    for y in (47, 56, 65):
        f.oval(53, y, 1.1, 1.1, mix(coat, CREAM, 0.7), volume=0.3)
    f.shape(points("34,58 64,57 66,61 34,62"), mix(coat, INK, 0.35), within=body, volume=0.3)
    f.shape(mirrored("50,1 61,4 66,14 66,28 61,36 50,38"), hair)
    face = f.shape(mirrored("50,9 58,10 61,18 59.5,26 54,31 50,32"), skin, volume=0.6)
    f.shape(points("38,18 40,8 50,4 62,8 62,19 56,12 46,15"), hair, volume=0.5)
    for side in (-1, 1):
        f.oval(50 + side * 4.8, 20.5, 1.3, 1.6, INK, volume=0)
        f.oval(50 + side * 7, 25, 2, 1.3, rgb("e58a7a"), within=face, opacity=0.45, volume=0)
    f.stroke(points("48,27 50,28 52,27"), [0.8], mix(skin, rgb("8a3a34"), 0.6))
    f.shape(mirrored("50,32 58,31 63,35 61,40 50,42"), scarf, volume=0.7)
    f.stroke(points("56,38 62,48 72,54 80,52"), [6, 6.5, 6, 4], scarf, volume=0.7)
    f.texture(0.08)
