"""Four-footed animals: two body plans, sitting and lying, and a coat, a head and a tail for each kind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from apimart_widgets.sandbox.colour import CREAM, INK, WHITE, Colour, mix, rgb
from apimart_widgets.sandbox.drawing import Area
from apimart_widgets.sandbox.figure import Figure
from apimart_widgets.sandbox.outline import beside, mirrored, points, widened


@dataclass(frozen=True)
class Coat:
    """The colours of an animal: fur, belly and muzzle, darker ear tips and socks, nose, and the iris around the
    pupil."""

    fur: Colour
    belly: Colour
    dark: Colour
    nose: Colour = INK
    iris: Colour | None = None


def _body(f: Figure, coat: Coat, *, broad: float = 1.0, socks: bool = False) -> Area:
    """Haunches, chest and forelegs of a sitting animal; `broad` widens it."""
    for side in (-1, 1):
        f.oval(50 + side * 17 * broad, 85, 13.5 * broad, 14, coat.fur)
        f.oval(50 + side * 20 * broad, 96.5, 11 * broad, 4.2, coat.dark if socks else mix(coat.fur, coat.dark, 0.15))
    trunk = f.shape(widened(mirrored("50,38 60,44 66,60 68,78 63,94 50,98"), broad), coat.fur)
    f.shape(widened(mirrored("50,50 57,52 61,57 57,68 54,75 50,81"), broad), coat.belly, within=trunk, volume=0.6)
    for side in (-1, 1):
        x = 50 + side * 6.8 * broad
        f.shape(
            [(x - 5.4, 68), (x + 5.4, 68), (x + 5, 90), (x + 6, 97.5), (x, 99.4), (x - 6, 97.5), (x - 5, 90)],
            coat.fur,
            volume=0.8,
        )
        if socks:
            f.shape([(x - 5, 86), (x, 83.5), (x + 5, 86), (x + 6, 97), (x, 99.4), (x - 6, 97)], coat.dark, volume=0.5)
        for toe in (-2, 2):
            f.stroke([(x + toe, 95.5), (x + toe, 98.4)], [0.7], mix(coat.dark, INK, 0.4), opacity=0.6)
    return trunk


def _muzzle(f: Figure, coat: Coat, y: float, size: float) -> None:
    """Nose and the small w of a mouth below it."""
    f.shape(
        [
            (50 - 4 * size, y),
            (50, y - 1.4 * size),
            (50 + 4 * size, y),
            (50 + 1.4 * size, y + 3.6 * size),
            (50 - 1.4 * size, y + 3.6 * size),
        ],
        coat.nose,
        volume=0.4,
    )
    line = mix(coat.nose, INK, 0.5)
    f.stroke([(50, y + 3 * size), (50, y + 6 * size)], [0.8 * size], line, opacity=0.8)
    for side in (-1, 1):
        f.stroke(
            [(50, y + 6 * size), (50 + side * 2.4 * size, y + 7.4 * size), (50 + side * 5 * size, y + 6.2 * size)],
            [0.8 * size],
            line,
            opacity=0.8,
        )


def _whiskers(f: Figure, y: float, reach: float) -> None:
    if f.detail == 0:
        return
    for side in (-1, 1):
        for lift in (-2.4, 0.4, 3.2):
            start = (50 + side * 10, y + lift * 0.4)
            f.stroke(
                [start, (50 + side * reach * 0.65, y + lift * 0.9 - 0.8), (50 + side * reach, y + lift * 1.7)],
                [0.55, 0.2],
                WHITE,
                opacity=0.75,
            )


def _canine_tail(f: Figure, coat: Coat) -> None:
    tail = f.shape(points("58,92 68,90 80,84 86,72 83,60 90,54 98,62 101,76 96,90 84,98 66,99"), coat.fur)
    f.shape(points("80,57 90,52 99,62 101,68 95,66 91,71 87,66 81,68"), coat.belly, within=tail, volume=0.6)


def _canine_head(f: Figure, coat: Coat) -> None:
    """Fox and wolf: pointed ears, a broad head that narrows to the muzzle."""
    for side in (-1, 1):
        ear = f.shape(beside(side, "7,19 12,6 23,-7 27.5,7 27,23 16,24"), coat.fur)
        f.shape(beside(side, "12,18 21.5,0 24.5,20"), mix(coat.dark, coat.fur, 0.15), volume=0.3)
        f.shape(beside(side, "18,-1 22.5,-9 28,2 24,3"), coat.dark, within=ear, volume=0.3)
    head = f.shape(mirrored("50,10 61,12.5 72,21 80,31 84,43 76,43 70,47 62,50 56,57 50,60"), coat.fur)
    for side in (-1, 1):
        cheek = beside(side, "0,60 1.5,44 8,38.5 20,36 35,43 20,48 8,56")
        f.shape(cheek, coat.belly, within=head, volume=0.5)
    f.shape(mirrored("50,26 54,32 55.5,44 54,52 50,55"), mix(coat.fur, coat.belly, 0.12), within=head, volume=0.3)
    f.shape(mirrored("50,47 55,50 54.5,56 50,60"), coat.belly, within=head, volume=0.2)
    for side in (-1, 1):
        f.eye(50 + side * 12.5, 34.5, 3.3, ring=coat.iris)
    _muzzle(f, coat, 51, 0.95)


def _cat_tail(f: Figure, coat: Coat) -> None:
    f.stroke(points("62,95 78,96 88,88 88,74 82,64 84,55"), [9, 9, 8.5, 8, 7.5, 6], coat.fur, volume=1)
    if f.detail:
        for x, y, dx, dy in ((86, 70, 8, 3), (88.5, 80, 8, 0), (84, 91, 5, 7), (84, 61, 7, -3)):
            f.stroke([(x - dx / 2, y - dy / 2), (x + dx / 2, y + dy / 2)], [1.8], coat.dark, opacity=0.65)


def _cat_head(f: Figure, coat: Coat) -> None:
    for side in (-1, 1):
        f.shape(beside(side, "6,18 15,8 24.5,-2 28,12 28,28 14,27"), coat.fur)
        f.shape(beside(side, "13,17 22.5,4.5 24.5,22"), mix(coat.nose, coat.fur, 0.35), volume=0.3)
    head = f.shape(mirrored("50,12 62,14 74,21 80,33 78,43 68,52 58,56 50,56.5"), coat.fur)
    f.shape(mirrored("50,42 54,40 62,43 64,49 58,55 50,57"), coat.belly, within=head, volume=0.4)
    if f.detail:
        for side in (-1, 1):
            for y, reach in ((33, 9), (38, 8), (43, 6)):
                f.stroke(
                    [(50 + side * 32, y - 1), (50 + side * (32 - reach), y + 1.5)],
                    [2.2, 0.6],
                    coat.dark,
                    within=head,
                    opacity=0.6,
                )
            f.stroke([(50 + side * 4.5, 11), (50 + side * 4, 21)], [2.2, 0.8], coat.dark, within=head, opacity=0.65)
        f.stroke([(50, 10), (50, 23)], [2.4, 0.8], coat.dark, within=head, opacity=0.65)
    for side in (-1, 1):
        f.oval(50 + side * 12.5, 33.5, 5.2, 5.4, coat.iris or coat.fur, volume=0.5)
        f.oval(50 + side * 12.5, 33.5, 2.3, 4.7, INK, volume=0)
        f.oval(50 + side * 12.5 - 1.5, 31.4, 1.3, 1.3, WHITE, volume=0)
    _muzzle(f, coat, 42, 0.75)
    _whiskers(f, 46, 38)


def _stripes(f: Figure, coat: Coat, trunk: Area) -> None:
    if f.detail:
        for side in (-1, 1):
            for y in (58, 65, 72, 79):
                f.stroke(
                    [(50 + side * 23, y), (50 + side * 12, y + 3)], [2.8, 0.5], coat.dark, within=trunk, opacity=0.7
                )


def _dog_tail(f: Figure, coat: Coat) -> None:
    f.stroke(points("64,92 80,88 88,76 87,66"), [9, 8, 6, 3], coat.fur, volume=1)


def _dog_head(f: Figure, coat: Coat) -> None:
    f.shape(mirrored("50,52 60,51 66,49 66,55 59,58.5 50,60"), rgb("c8423a"), volume=0.6)
    f.oval(50, 62, 3.2, 3.2, rgb("e8c04f"))
    head = f.shape(mirrored("50,8 61,10 70,20 72,32 69,45 62,54 50,57"), coat.fur)
    f.shape(mirrored("50,8 53.5,18 55,30 62,38 64,48 58,56 50,58"), coat.belly, within=head, volume=0.5)
    for side in (-1, 1):
        f.shape(beside(side, "13,11 23,11 31,24 33,40 28,50 22,44 19,28"), coat.dark)
        f.eye(50 + side * 10.5, 30, 3.1)
        f.stroke(beside(side, "7,23.5 11,22 14.5,24"), [1.1], coat.dark, opacity=0.6)
    f.shape(mirrored("50,48 53,48.5 53,55 50,57"), rgb("e08a8a"), volume=0.3)
    _muzzle(f, coat, 40, 1.15)


def _rabbit_tail(f: Figure, coat: Coat) -> None:
    f.oval(71, 90, 8, 7.5, coat.belly)


def _rabbit_head(f: Figure, coat: Coat) -> None:
    for side in (-1, 1):
        lean = 3 if side > 0 else 0
        f.shape(
            [
                (50 + side * 5, 30),
                (50 + side * 4.5, 6),
                (50 + side * 9, -18 + lean),
                (50 + side * 15, -20 + lean),
                (50 + side * 18, -6),
                (50 + side * 16, 16),
                (50 + side * 14, 31),
            ],
            coat.fur,
        )
        f.shape(
            [
                (50 + side * 8, 24),
                (50 + side * 8, 4),
                (50 + side * 11.5, -13 + lean),
                (50 + side * 14.5, -4),
                (50 + side * 12.5, 22),
            ],
            rgb("e7b3ae"),
            volume=0.4,
        )
    head = f.shape(mirrored("50,20 60,22 68,30 71,41 67,52 59,58 50,59.5"), coat.fur)
    f.shape(mirrored("50,45 56,44 63,49 60,57 50,60"), coat.belly, within=head, volume=0.4)
    for side in (-1, 1):
        f.eye(50 + side * 12, 38.5, 3.4)
        f.oval(50 + side * 15.5, 47, 3.4, 2.2, rgb("eaa5a0"), opacity=0.45, volume=0)
    _muzzle(f, coat, 46, 0.62)
    _whiskers(f, 49, 34)


def _tiger_tail(f: Figure, coat: Coat) -> None:
    f.stroke(points("64,94 82,94 92,84 90,68 94,58"), [8, 8, 7.5, 7, 5], coat.fur, volume=1)


def _tiger_head(f: Figure, coat: Coat) -> None:
    for side in (-1, 1):
        f.oval(50 + side * 24, 13, 9, 9, coat.fur)
        f.oval(50 + side * 24, 14, 5.2, 5.2, coat.dark, volume=0.2)
    head = f.shape(mirrored("50,7 64,10 76,20 81,34 80,46 68,54 58,57 50,58"), coat.fur)
    for side in (-1, 1):
        f.shape(beside(side, "16,50 26,42 32,46 22,56"), coat.belly, within=head, volume=0.4)
        f.oval(50 + side * 12.5, 25.5, 5, 3, coat.belly, within=head, volume=0)
        f.oval(50 + side * 6.5, 47, 8.2, 7, coat.belly, within=head, volume=0.4)
        for y, reach in ((27, 13), (34, 11), (41, 10)):
            f.stroke([(50 + side * 33, y - 2), (50 + side * (33 - reach), y + 2)], [3.4, 0.5], coat.dark, within=head)
        f.stroke([(50 + side * 6, 8), (50 + side * 5, 20)], [3, 0.8], coat.dark, within=head)
        f.eye(50 + side * 12.5, 32, 3, ring=coat.iris)
    f.stroke([(50, 6), (50, 22)], [3.4, 0.8], coat.dark, within=head)
    _muzzle(f, coat, 41, 1.0)
    _whiskers(f, 48, 38)


def _fox_coat(f: Figure, colour: Colour | None) -> Coat:
    fur = (
        rgb("dd6a2b")
        if colour is None
        else mix(colour, rgb("dd6a2b"), 0.7 if colour[0] > 150 and colour[2] < 90 else 0.05)
    )
    return Coat(fur, rgb("fbf1e4"), mix(mix(fur, INK, 0.72), rgb("4a2a24"), 0.5), iris=rgb("8a4a1c"))


def _wolf_coat(f: Figure, colour: Colour | None) -> Coat:
    fur = colour or rgb("7f8794")
    return Coat(fur, rgb("e6e8ea"), mix(fur, INK, 0.6), iris=rgb("d9b24c"))


def _cat_coat(f: Figure, colour: Colour | None) -> Coat:
    fur = colour or f.rng.choice((rgb("e09a4f"), rgb("8c8f98"), rgb("d9b48a"), rgb("4a4a55")))
    return Coat(fur, mix(fur, CREAM, 0.82), mix(fur, INK, 0.45), rgb("d98a86"), rgb("bfc767"))


def _dog_coat(f: Figure, colour: Colour | None) -> Coat:
    fur = colour or f.rng.choice((rgb("c98d4e"), rgb("a8693a"), rgb("e2c08a")))
    return Coat(fur, mix(fur, CREAM, 0.75), mix(fur, rgb("4a2c1c"), 0.6))


def _rabbit_coat(f: Figure, colour: Colour | None) -> Coat:
    fur = colour or f.rng.choice((rgb("d8c3a5"), rgb("b9a58e"), rgb("ece6de")))
    return Coat(fur, mix(fur, WHITE, 0.7), mix(fur, rgb("5a4438"), 0.4), rgb("d68c94"))


def _tiger_coat(f: Figure, colour: Colour | None) -> Coat:
    return Coat(colour or rgb("e58b32"), rgb("fdf3e2"), rgb("35241f"), rgb("cf7a72"), rgb("e3c04f"))


@dataclass(frozen=True)
class Animal:
    """What makes a kind: its coat for a colour word, its head and tail, and how the trunk is built."""

    coat: Callable[[Figure, Colour | None], Coat]
    head: Callable[[Figure, Coat], None]
    tail: Callable[[Figure, Coat], None]
    socks: bool = False
    striped: bool = False
    broad: float = 1.0

    def sitting(self, f: Figure, colour: Colour | None) -> None:
        """Seen from the front, the tail laid round to the side."""
        coat = self.coat(f, colour)
        self.tail(f, coat)
        trunk = _body(f, coat, broad=self.broad, socks=self.socks)
        if self.striped:
            _stripes(f, coat, trunk)
        f.oval(50, 57, 17, 6, coat.dark, within=trunk, volume=0, opacity=0.28)
        self.head(f, coat)
        f.texture(0.11)

    def lying(self, f: Figure, colour: Colour | None) -> None:
        """At rest on the ground: the body to the side, forepaws out, the head up and turned to the viewer."""
        coat = self.coat(f, colour)
        if self.socks:
            tail = f.shape(points("14,84 2,88 -12,84 -24,86 -30,92 -20,98 -4,99.5 16,98"), coat.fur)
            f.shape(points("-17,82 -26,84 -33,92 -22,100 -15,95 -19,91 -14,88"), coat.belly, within=tail, volume=0.6)
        elif self.head is _rabbit_head:
            f.oval(3, 84, 7, 7, coat.belly)
        else:
            f.stroke(points("10,92 -6,96 -18,92 -22,82"), [9, 7.5, 7, 4.5], coat.fur, volume=1)
        trunk = f.shape(points("4,90 5,76 14,65 30,60 48,58 62,52 74,56 80,72 80,90 72,98.5 20,98.5"), coat.fur)
        if self.striped and f.detail:
            for x in (14, 23, 32, 41):
                f.stroke([(x, 58), (x + 3, 78)], [3, 0.5], coat.dark, within=trunk, opacity=0.75)
        f.oval(20, 83, 17, 15.5, coat.fur)
        f.shape(points("12,95 26,91 42,93.5 45,97 40,99.3 14,99.3"), coat.dark if self.socks else coat.fur, volume=0.7)
        f.shape(points("58,60 68,56 76,62 76,78 68,86 60,78"), coat.belly, within=trunk, volume=0.6)
        for lift, shade in ((-2.5, 0.2), (0, 0.0)):
            fur = mix(coat.fur, coat.dark, shade)
            f.stroke([(60 + lift, 89 + lift), (76, 93 + lift), (92 - lift, 95.5 + lift)], [11, 9, 7.5], fur, volume=0.8)
            f.stroke(
                [(84 - lift, 94.6 + lift), (93 - lift, 95.6 + lift)],
                [8, 7.6],
                coat.dark if self.socks else mix(fur, coat.belly, 0.4),
                volume=0.5,
            )
        f.oval(69, 56.5, 14, 5.5, coat.dark, within=trunk, volume=0, opacity=0.3)
        with f.moved(34, 13, 0.7):
            self.head(f, coat)
        f.texture(0.11)


FOX = Animal(_fox_coat, _canine_head, _canine_tail, socks=True)
WOLF = Animal(_wolf_coat, _canine_head, _canine_tail, socks=True)
CAT = Animal(_cat_coat, _cat_head, _cat_tail, striped=True)
DOG = Animal(_dog_coat, _dog_head, _dog_tail)
RABBIT = Animal(_rabbit_coat, _rabbit_head, _rabbit_tail, broad=0.95)
TIGER = Animal(_tiger_coat, _tiger_head, _tiger_tail, striped=True, broad=1.12)


def bear(f: Figure, colour: Colour | None) -> None:
    """A brown bear."""
    fur = colour or rgb("8a5a38")
    _round_bear(f, Coat(fur, mix(fur, CREAM, 0.6), mix(fur, INK, 0.35)), patched=False)


def panda(f: Figure, colour: Colour | None) -> None:
    """A giant panda."""
    dark = colour or rgb("2d2a33")
    _round_bear(f, Coat(rgb("f6f2ea"), rgb("fffaf2"), dark), patched=True)


def _round_bear(f: Figure, coat: Coat, *, patched: bool) -> None:
    limb = coat.dark if patched else coat.fur
    trunk = f.shape(mirrored("50,44 66,48 76,64 79,82 70,96 50,99"), coat.fur)
    f.oval(50, 80, 17, 17, coat.belly, within=trunk, volume=0.6)
    if patched:
        f.shape(mirrored("50,46 66,48 80,62 80,70 66,62 50,60"), coat.dark, within=trunk, volume=0.5)
    for side in (-1, 1):
        f.stroke(beside(side, "21,57 29,70 22,82"), [13, 12.5, 11], limb, volume=0.9)
        f.oval(50 + side * 22, 93, 11, 7.5, limb)
        f.oval(50 + side * 22, 94, 6.5, 4.6, mix(limb, CREAM, 0.35), volume=0.3)
        f.oval(50 + side * 22, 13, 9, 9, limb)
        f.oval(50 + side * 22, 14, 5, 5, mix(limb, CREAM, 0.3), volume=0.2)
    head = f.shape(mirrored("50,8 64,10 77,22 79,36 71,49 60,54 50,55"), coat.fur)
    f.oval(50, 42.5, 12.5, 10.5, coat.belly, within=head, volume=0.5)
    for side in (-1, 1):
        if patched:
            f.oval(50 + side * 13.5, 30.5, 6, 7.6, coat.dark, turn=side * 28, volume=0.3)
        f.eye(50 + side * 12.5, 30, 2.9, ring=rgb("57484a") if patched else None)
    _muzzle(f, coat, 38.5, 1.05)
    f.texture(0.12)
