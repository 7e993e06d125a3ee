"""Palettes: the light of an hour and the ground of a place, from which every colour of a scene is mixed.

Nothing in a scene has a colour of its own alone. What is near is the ground's colour in the light of the hour; what is
far is mixed toward the horizon's haze. That keeps any combination in harmony.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

from .brief import Brief
from .colour import WHITE, Colour, mix, rgb, shifted, under
from .vocabulary import COLOURS


@dataclass(frozen=True)
class Light:
    """One hour: the sky from top to horizon, the sun or moon, what it lights (`key`) and what the sky fills in
    (`ambient`)."""

    sky: tuple[Colour, ...]
    disc: Colour
    halo: Colour
    key: Colour
    ambient: Colour
    dark: bool = False


def _light(sky: str, disc: str, halo: str, key: str, ambient: str, *, dark: bool = False) -> Light:
    return Light(tuple(map(rgb, sky.split())), rgb(disc), rgb(halo), rgb(key), rgb(ambient), dark)


LIGHTS: dict[str, tuple[Light, ...]] = {
    "dawn": (
        _light("5f7fb4 a9a9c9 f0bfae ffe3bd", "fff6dc", "ffd7a0", "ffdcae", "ece0e4"),
        _light("6a8fb0 9fb9c0 e6d3b9 fbe8c8", "fffbe8", "ffe2ae", "ffe6bd", "e9e6e0"),
        _light("755f9d b88cab eeb2a3 ffdfb5", "fff3d6", "ffc69a", "ffd3b0", "e6d6e0"),
    ),
    "day": (
        _light("3a86cf 6fb1e4 a9d5ef e3f3f3", "fffdf0", "fff3c8", "fff4d6", "f6f8fa"),
        _light("2f78b8 66aed6 b5dde6 f3f1dd", "fffdf0", "fff0bf", "fff0cc", "f8f6f0"),
        _light("4a9cc9 86c5dd bfe3e6 f6f3e2", "fffef4", "fff5d2", "fff6dd", "f5f8f8"),
    ),
    "dusk": (
        _light("2a2857 6b4583 cf6a70 f9a765 ffd591", "fff0c4", "ffb066", "ffb877", "b9a3bd"),
        _light("1f3a63 5b6a9d b98aa8 efa593 ffd3a0", "fff0d0", "ffb78c", "ffc295", "b4aec6"),
        _light("3a2a4d 8a4463 d9645a f59b52 fbc96f", "fff1bd", "ff9c4f", "ffae66", "bf9fae"),
    ),
    "night": (
        _light("060a22 0d1a42 1b3163 35558a", "f7f1da", "9db4e6", "b9cbf4", "7585bd", dark=True),
        _light("04121f 0a2b41 17495d 3c7580", "f3f4e2", "9ed4d0", "b2e0dc", "6f9aa6", dark=True),
        _light("0f0a2a 241a52 43337c 6f5596", "fbeede", "c4abea", "d3c1f3", "8578b3", dark=True),
    ),
    "overcast": (
        _light("71828f 93a2ab b6c0c3 d7dad6", "f4f4ee", "e6e8e4", "eceae2", "d3d9dd"),
        _light("66767f 8d9ba0 b4bdb9 dcd9cb", "f6f3e6", "ebe6d4", "ede8da", "d0d5d2"),
    ),
    "fog": (
        _light("aebcc3 c6cfd1 dcdfdb efece2", "fffaf0", "fff6e4", "f8f1e4", "dde3e4"),
        _light("a5b5b3 c0cbc6 dbdfd6 f0ebdc", "fffaf0", "fff4da", "f6efdd", "dae0dc"),
    ),
    "storm": (
        _light("1b232f 333f4d 55636d 8b9796", "e8ecec", "c2d0d6", "cfdadd", "8f9ca8", dark=True),
        _light("201f30 3b3a52 5f6076 9a9699", "ecebf0", "c8c6dc", "d5d2e2", "9793ab", dark=True),
    ),
    "space": (
        _light("0a1030 141a48 2a2f6a 4a4f90", "fffbe8", "fff0cc", "fff4dc", "d6d8ea", dark=True),
        _light("0a1030 141a48 2a2f6a 4a4f90", "fffbe8", "ffd9a8", "ffe2bd", "dcd4e4", dark=True),
    ),
    "neon": (
        _light("0d0628 2a0f56 6a1c7c d6478f", "ffe3f4", "ff5fb4", "ff8ad0", "8f78d0", dark=True),
        _light("050b26 0e2257 1f4f8f 43b6c9", "e6fbff", "4fd8ee", "86e6f5", "7d8fd8", dark=True),
    ),
}

COVERS: dict[str, tuple[Colour, ...]] = {
    "grass": (rgb("6d9a4f"), rgb("5d9160"), rgb("86a356")),
    "snow": (rgb("f1f4fa"), rgb("edf2f8")),
    "sand": (rgb("dfb67c"), rgb("e2a86b"), rgb("d9b98c")),
    "autumn": (rgb("b98a3e"), rgb("b5793c"), rgb("a8924a")),
    "blossom": (rgb("8fb56a"), rgb("9dbb7a")),
    "rock": (rgb("7d7a80"), rgb("8a7d78")),
}
LEAVES: dict[str, tuple[Colour, ...]] = {
    "grass": (rgb("3f7048"), rgb("4f8450"), rgb("2f6153")),
    "snow": (rgb("3a5a5a"), rgb("33505c")),
    "sand": (rgb("6d8a52"), rgb("5f7f5a")),
    "autumn": (rgb("d9772f"), rgb("c9502c"), rgb("e0a33a")),
    "blossom": (rgb("f3b6c6"), rgb("eda3ba"), rgb("f7cfd6")),
    "rock": (rgb("4b6350"), rgb("44585a")),
}


@dataclass(frozen=True)
class Palette:
    """The colours of one scene. `far(0)` is the ground at your feet, `far(1)` the last ridge before the sky."""

    light: Light
    hour: str
    cover: str
    ground: Colour
    rock: Colour
    leaves: tuple[Colour, ...]
    accent: Colour

    @property
    def horizon(self) -> Colour:
        """The haze everything far dissolves into."""
        return self.light.sky[-1]

    def lit(self, colour: Colour) -> Colour:
        """`colour` in the light of this hour."""
        return under(colour, self.light.ambient)

    def far(self, colour: Colour, distance: float) -> Colour:
        """`colour` in this light, seen through `distance` (0 near, 1 at the horizon) of air."""
        haze = mix(self.light.sky[-2], self.horizon, 0.45)
        if self.cover == "snow":
            haze = mix(haze, self.light.sky[1], 0.4)
        if self.cover == "sand":
            haze = mix(haze, self.lit(mix(self.ground, WHITE, 0.3)), 0.5)
        return mix(self.lit(colour), haze, distance)


def hour_of(brief: Brief, place: str, rng: random.Random) -> str:
    """The light a brief names, or one the dice choose, fair weather likelier than foul; paper and pencil want a light
    sky."""
    if place == "space":
        return "space"
    if "neon" in brief.styles:
        return "neon"
    if "storm" in brief.weathers:
        return "storm"
    if "fog" in brief.weathers and brief.light in (None, "day"):
        return "fog"
    if "rain" in brief.weathers and brief.light in (None, "day"):
        return "overcast"
    if "aurora" in brief.weathers:
        return "night"
    if brief.light:
        return brief.light
    if brief.styles & {"sketch", "ink", "watercolor", "vintage", "pastel"}:
        return rng.choice(("dawn", "day", "day", "fog") if "ink" in brief.styles else ("dawn", "day", "day", "dusk"))
    return rng.choice(("dawn", "day", "day", "dusk", "dusk", "night"))


def cover_of(brief: Brief, place: str, rng: random.Random) -> str:
    """What covers the ground: told by weather and season, else by the place."""
    if "snow" in brief.weathers or brief.season == "winter":
        return "snow"
    if place == "desert":
        return "sand"
    if brief.season == "autumn":
        return "autumn"
    if brief.season == "spring":
        return "blossom"
    if place == "mountains":
        return rng.choice(("grass", "grass", "snow", "autumn"))
    return "sand" if place == "coast" else "grass"


def choose(brief: Brief, place: str, world: random.Random, take: random.Random) -> Palette:
    """The palette for a brief: `world` throws the dice that belong to the prompt, `take` those that differ between
    pictures of it."""
    hour, cover = hour_of(brief, place, take), cover_of(brief, place, world)
    light = take.choice(LIGHTS[hour])
    free = [COLOURS[name] for name in brief.colours if name not in ("black", "white", "grey", "silver")]
    if free and place != "room":
        light = replace(light, sky=tuple(mix(stop, free[0], 0.28 if not light.dark else 0.18) for stop in light.sky))
    accent = free[0] if free else shifted(light.halo, hue=take.choice((-0.08, 0.0, 0.45)), saturation=1.2)
    return Palette(
        light=light,
        hour=hour,
        cover=cover,
        ground=take.choice(COVERS[cover]),
        rock=mix(take.choice(COVERS["rock"]), light.sky[0], 0.35),
        leaves=LEAVES[cover],
        accent=mix(accent, WHITE, 0.05),
    )
