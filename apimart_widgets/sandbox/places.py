"""The places a picture can show, each painted from back to front with the subjects in their depth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PIL import Image

from .brief import Mention
from .cast import Ground, afloat, buildings, colour_of, pose, split, spot, stand, tall
from .colour import mix
from .drawing import Point
from .scenes import city, ideas, indoors, land, mountains, shore, sky, space, trees, undersea, water, weather
from .stage import Stage, cutout, dice, place
from .subjects import SUBJECTS

_COMPANIONS = ("apple", "pear", "citrus", "cup", "bottle", "vase", "book", "lantern")


def weather_over(stage: Stage) -> None:
    """Rain or snow in front of everything, where the brief names it."""
    if stage.brief.weathers & {"rain", "storm"}:
        weather.rain(stage)
    if snowing(stage):
        weather.snow(stage, front=True)


def snowing(stage: Stage) -> bool:
    return "snow" in stage.brief.weathers and stage.palette.hour != "dusk"


def _open_country(stage: Stage, mentions: tuple[Mention, ...], *, peaks: float, wooded: float) -> None:
    """Sky, far ranges, a wooded middle ground, a near slope, and the subjects on it."""
    palette_, h = stage.palette, stage.height
    bare = 0.3 if palette_.cover == "snow" else 1.0
    far, near, _ = split(mentions)
    sky.paint(stage)
    if "storm" in stage.brief.weathers:
        weather.lightning(stage)
    if peaks:
        mountains.mountains(stage, peaks)
    else:
        land.hill(stage, "far hill", stage.horizon + h * 0.03, h * 0.1, palette_.leaves[1], 0.72, waves=3)
    if stage.detail:
        weather.mist(stage, stage.horizon + h * 0.03, h * 0.09, 0.55, "mist far")
    back = land.hill(
        stage,
        "back",
        stage.horizon + h * 0.1,
        h * 0.09,
        mix(palette_.ground, palette_.leaves[1], 0.5 * bare),
        0.46,
        waves=3,
    )
    trees.wood(stage, "back wood", back, h * 0.05, 0.5, wooded * 1.2)
    middle = land.hill(
        stage, "middle", stage.horizon + h * 0.2, h * 0.1, mix(palette_.ground, palette_.leaves[0], 0.28 * bare), 0.22
    )
    open_at = spot(stage) / stage.width
    trees.wood(
        stage,
        "middle wood",
        middle,
        h * 0.1,
        0.24,
        wooded * 0.8,
        clear=(open_at - 0.2, open_at + 0.2) if far or near else (9, 9),
    )
    buildings(stage, far, middle, near)
    if "fog" in stage.brief.weathers or palette_.hour == "fog":
        weather.mist(stage, stage.horizon + h * 0.16, h * 0.14, 0.8, "mist near")
    if snowing(stage):
        weather.snow(stage, front=False)
    front = land.hill(stage, "front", stage.horizon + h * 0.31, h * 0.07, palette_.ground, 0.0)
    land.ground_detail(stage, front)
    if near:
        x = spot(stage)
        stand(stage, near, Ground((x, max(h * 0.92, land.height_at(front, x) + h * 0.06))), "near")


def _mountains(stage: Stage, mentions: tuple[Mention, ...]) -> None:
    _open_country(stage, mentions, peaks=0.36, wooded=0.8)


def _meadow(stage: Stage, mentions: tuple[Mention, ...]) -> None:
    _open_country(stage, mentions, peaks=0.0, wooded=0.35)


def _forest(stage: Stage, mentions: tuple[Mention, ...]) -> None:
    """Row behind row of trees in the mist, a clearing in front."""
    palette_, h = stage.palette, stage.height
    far, near, _ = split(mentions)
    sky.paint(stage)
    rows = (2, 3, 4)[stage.detail]
    for index in range(rows):
        t = index / (rows - 1)
        crest = land.hill(
            stage,
            f"forest {round(t * 6)}",
            stage.horizon + h * (0.02 + 0.22 * t),
            h * 0.05,
            palette_.leaves[1],
            0.74 - 0.56 * t,
            waves=3,
        )
        open_at = spot(stage) / stage.width
        clear = (open_at - 0.15 * t - 0.02, open_at + 0.15 * t + 0.02) if t > 0.5 else (9.0, 9.0)
        trees.wood(
            stage, f"trees {round(t * 6)}", crest, h * (0.2 + 0.2 * t), 0.72 - 0.58 * t, 1.0 - 0.3 * t, clear=clear
        )
        if stage.detail:
            weather.mist(stage, stage.horizon + h * (0.05 + 0.2 * t), h * 0.1, 0.6 - 0.3 * t, f"mist {index}")
        if far and index == rows - 1:
            buildings(stage, far, crest, near)
    if not stage.palette.light.dark and not stage.brief.weathers & {"rain", "storm"}:
        weather.beams(stage)
    if snowing(stage):
        weather.snow(stage, front=False)
    front = land.hill(
        stage, "front", stage.horizon + h * 0.3, h * 0.06, mix(palette_.ground, palette_.leaves[0], 0.25), 0.0
    )
    land.ground_detail(stage, front)
    if near:
        stand(stage, near, Ground((spot(stage), h * 0.92)), "near")


def _desert(stage: Stage, mentions: tuple[Mention, ...]) -> None:
    h = stage.height
    far, near, _ = split(mentions)
    sky.paint(stage)
    count = (3, 4, 6)[stage.detail]
    crest: list[Point] = []
    for index in range(count):
        t = index / (count - 1)
        crest = land.dune(
            stage, f"dune {round(t * 10)}", stage.horizon + h * (0.02 + 0.3 * t), h * (0.07 + 0.07 * t), 0.66 * (1 - t)
        )
        if index == count - 2:
            buildings(stage, far, crest, near)
    land.ground_detail(stage, crest)
    if near:
        stand(stage, near, Ground((spot(stage), h * 0.91)), "near")


def _sea(stage: Stage, mentions: tuple[Mention, ...]) -> None:
    h = stage.height
    _, near, wet = split(mentions)
    sky.paint(stage)
    if "storm" in stage.brief.weathers:
        weather.lightning(stage)
    rng = stage.dice("islands")
    if rng.random() < 0.6:
        shore.island(stage, "island", stage.horizon + 1, h * 0.1)
    rough = 0.1 if stage.brief.weathers & {"storm"} else 0.5
    water.paint(stage, stage.horizon, calm=rough)
    afloat(stage, wet + near, rough)


def _coast(stage: Stage, mentions: tuple[Mention, ...]) -> None:
    """Sea behind, a beach or headland in front."""
    h = stage.height
    far, near, wet = split(mentions)
    sky.paint(stage)
    if "storm" in stage.brief.weathers:
        weather.lightning(stage)
    if not mentions or stage.dice("islands").random() < 0.7:
        shore.island(stage, "island", stage.horizon + 1, h * 0.08)
    water.paint(stage, stage.horizon, calm=0.15 if stage.brief.weathers & {"storm"} else 0.45)
    if wet:
        stand(
            stage,
            wet,
            Ground((stage.width - spot(stage), stage.horizon + h * 0.08), 0.5 if near or far else 1.0, 0.12),
            "wet",
        )
    if far:
        crest = shore.headland(stage, spot(stage))
        buildings(stage, far, crest, near, hump=False)
    if near or not far:
        crest = shore.beach(stage)
        if not mentions:
            trees.frame(stage, crest)
        if near:
            stand(stage, near, Ground((spot(stage), h * 0.92)), "near")


def _lake(stage: Stage, mentions: tuple[Mention, ...]) -> None:
    """Mountains mirrored in still water, a near bank."""
    palette_, h = stage.palette, stage.height
    far, near, wet = split(mentions)
    sky.paint(stage)
    mountains.mountains(stage, 0.34)
    shore = stage.horizon + h * 0.08
    bank = land.hill(stage, "shore", shore - h * 0.005, h * 0.05, palette_.leaves[1], 0.42, waves=3)
    trees.wood(stage, "shore wood", bank, h * 0.065, 0.42, 1.3)
    if far:
        buildings(stage, far, [(x, shore) for x, _ in bank], near)
    if stage.detail:
        weather.mist(stage, shore, h * 0.05, 0.5, "mist lake")
    water.paint(stage, shore, calm=0.85)
    if wet:
        afloat(stage, wet, 0.85)
    if snowing(stage):
        weather.snow(stage, front=False)
    front = land.hill(stage, "front", h * (0.9 if near else 0.97), h * 0.05, palette_.ground, 0.0)
    land.ground_detail(stage, front)
    trees.frame(stage, front)
    if near:
        stand(stage, near, Ground((spot(stage), h * 0.93)), "near")


def _undersea(stage: Stage, mentions: tuple[Mention, ...]) -> None:
    undersea.deep_sea(stage)
    size = SUBJECTS[mentions[0].name].size if mentions else 0.5
    stand(stage, mentions, Ground((spot(stage), stage.height * 0.48 + stage.span * size * 0.52), 1.0, 0.0, 0.0), "near")


def _city(stage: Stage, mentions: tuple[Mention, ...]) -> None:
    h = stage.height
    sky.paint(stage)
    base = stage.horizon + h * (0.12 if mentions else 0.2)
    city.skyline(stage, base)
    if stage.detail:
        weather.mist(stage, base, h * 0.1, 0.35, "mist city")
    city.street(stage, base)
    if mentions:
        stand(stage, mentions, Ground((spot(stage), h * 0.93)), "near")


def _space(stage: Stage, mentions: tuple[Mention, ...]) -> None:
    landed = any(SUBJECTS[m.name].stance in ("ground", "far", "table") for m in mentions)
    space.space(stage, landed=landed)
    if mentions:
        stand(stage, mentions, Ground((spot(stage), stage.height * 0.92)), "near")


def _abstract(stage: Stage, mentions: tuple[Mention, ...]) -> None:
    ideas.idea(stage)
    if mentions:
        stand(stage, mentions, Ground((stage.width / 2, stage.height * 0.76), 1.1), "near")


def _room(stage: Stage, mentions: tuple[Mention, ...]) -> None:
    """A window sill with the subjects on it, another small picture outside."""

    def view(size: tuple[int, int]) -> Image.Image:
        outer = [p for p in stage.brief.places if p not in ("room", "table", "abstract", "space")]
        inner = replace(
            stage,
            image=Image.new("RGB", size),
            horizon=size[1] * 0.62,
            sun=(stage.sun[0] / stage.width * size[0], size[1] * 0.24),
            key=stage.key + "view",
        )
        PLACES[outer[0] if outer else inner.dice("view").choice(("mountains", "meadow", "city", "lake"))](inner, ())
        if stage.brief.weathers & {"rain", "storm"}:
            weather.rain(inner)
        return inner.image

    sill = indoors.window(stage, view)
    if mentions:
        stand(stage, mentions, Ground((spot(stage), sill + stage.height * 0.115), 1.05), "near")


def _table(stage: Stage, mentions: tuple[Mention, ...]) -> None:
    """A still life: what is named, and two or three things that go with it."""
    rng = stage.dice("still life")
    edge = indoors.table(stage)
    names: list[Mention] = []
    for mention in mentions:
        names += [mention] * (mention.count if SUBJECTS[mention.name].size < 0.35 else 1)
    world = dice(stage.key.split("\x1f")[0], "companions")
    spare = [name for name in _COMPANIONS if name not in {m.name for m in names}]
    world.shuffle(spare)
    if all(SUBJECTS[m.name].size < 0.4 for m in names):
        names.append(Mention(next(name for name in spare if SUBJECTS[name].size > 0.44)))
    names += [Mention(name) for name in spare if name not in {m.name for m in names}][: max(0, 4 - len(names))]
    names = sorted(names[:7], key=lambda m: -SUBJECTS[m.name].size)
    depth = stage.height - edge
    slots = list(range(len(names)))
    rng.shuffle(slots)
    spread = min(stage.width * 0.8, stage.span * 0.27 * len(names))
    for order, (mention, slot) in enumerate(zip(names, slots, strict=True)):
        subject = SUBJECTS[mention.name]
        size = stage.span * tall(stage) * min(0.62, subject.size) * rng.uniform(1.12, 1.24)
        x = stage.width / 2 + ((slot + 0.5) / len(names) - 0.5) * spread + rng.uniform(-0.015, 0.015) * stage.width
        size = min(size, (edge + depth * 0.3 - stage.height * 0.04) / (1.32 if mention.name == "guitar" else 1.16))
        foot = (x, edge + depth * (0.3 + 0.38 * order / max(1, len(names) - 1)) + rng.uniform(-0.02, 0.02) * depth)
        picture = cutout(
            stage,
            pose(stage.brief, subject),
            colour_of(mention),
            size,
            (x, foot[1] - size / 2),
            f"thing {order}",
            flip=rng.random() < 0.3,
        )
        indoors.contact(stage, foot, size * 0.62)
        place(stage, picture, foot, shadow=0.4, bright=True)


PLACES: dict[str, Callable[[Stage, tuple[Mention, ...]], None]] = {
    "mountains": _mountains,
    "meadow": _meadow,
    "forest": _forest,
    "desert": _desert,
    "sea": _sea,
    "coast": _coast,
    "lake": _lake,
    "undersea": _undersea,
    "city": _city,
    "space": _space,
    "abstract": _abstract,
    "room": _room,
    "table": _table,
}
