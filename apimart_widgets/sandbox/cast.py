"""The cast of a picture: subjects set onto the stage, singly, in groups, on a bough, afloat or on their hill."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .brief import Brief, Mention
from .colour import Colour, mix, rgb
from .drawing import Point, area, fill, ribbon, smooth
from .scenes import land, trees, water
from .stage import Stage, cutout, place
from .subjects import SUBJECTS, Subject
from .vocabulary import COLOURS


@dataclass(frozen=True)
class Ground:
    """Where a subject may stand: its `foot`, how large it should be there, and how much air lies before it."""

    foot: Point
    scale: float = 1.0
    haze: float = 0.0
    shadow: float = 0.42


def pose(brief: Brief, subject: Subject) -> Callable[..., None]:
    return subject.lying if subject.lying and "lying" in brief.poses else subject.draw


def colour_of(mention: Mention) -> Colour | None:
    return COLOURS[mention.colour] if mention.colour else None


def tall(stage: Stage) -> float:
    """Upright pictures have room for larger subjects."""
    return 1.0 + 0.22 * min(1.0, max(0.0, stage.height / stage.width - 1.0) * 2)


def stand(stage: Stage, mentions: tuple[Mention, ...], ground: Ground, part: str, *, lone: bool = False) -> None:
    """Put the mentioned subjects side by side around `ground.foot`, the first the largest."""
    rng = stage.dice(part)
    crowd: list[tuple[Mention, float, float]] = [(mention, 0.0, 1.0) for mention in mentions]
    if len(mentions) > 1:
        crowd = [
            (mention, (k - (len(mentions) - 1) / 2) * 0.52, 1.0 if k == 0 else 0.86)
            for k, mention in enumerate(mentions)
        ]
        if len(mentions) == 2 and "umbrella" in (mentions[0].name, mentions[1].name):
            crowd = sorted(((mention, 0.0, 1.0) for mention in mentions), key=lambda entry: entry[0].name != "umbrella")
    elif mentions and mentions[0].count == 2 and not lone:
        crowd = [(mentions[0], 0.3, 0.78), (mentions[0], -0.24, 0.96)]
    elif mentions and mentions[0].count == 3 and not lone:
        crowd = [(mentions[0], -0.46, 0.72), (mentions[0], 0.44, 0.62), (mentions[0], 0.0, 0.92)]
    for index, (mention, shift, share) in enumerate(crowd):
        subject = SUBJECTS[mention.name]
        size = (
            stage.span
            * tall(stage)
            * (max(subject.size, 0.38) if subject.stance == "table" else subject.size)
            * ground.scale
            * share
            * (0.9 if len(crowd) > 1 else 1.0)
            * rng.uniform(0.94, 1.06)
        )
        foot = (ground.foot[0] + shift * stage.span, ground.foot[1] - (1 - share) * stage.span * 0.1)
        size = min(size, (foot[1] - stage.height * 0.03) / (1.34 if mention.name == "guitar" else 1.18))
        if mention.name == "bridge":
            size = stage.width / 1.5
        if mention.name == "umbrella" and len(crowd) == 2:
            foot = (ground.foot[0] + stage.span * 0.02, foot[1] - stage.span * 0.3)
        foot = (min(max(foot[0], size * 0.42), stage.width - size * 0.42), foot[1])
        _one(stage, mention, subject, size, foot, ground, f"{part} {index}", rng.random() < 0.5)


def _one(
    stage: Stage, mention: Mention, subject: Subject, size: float, foot: Point, ground: Ground, part: str, flip: bool
) -> None:
    shadow = ground.shadow
    if subject.stance == "air":
        size = min(size, stage.height * 0.64)
        foot, shadow = (foot[0], stage.height * 0.39 + size * 0.5), 0.0
    elif subject.stance == "perch":
        foot, shadow = (foot[0], stage.height * 0.8), 0.0
        _branch(stage, foot, size, part)
    elif subject.stance in ("water", "deep"):
        shadow = 0.0
    picture = cutout(
        stage, pose(stage.brief, subject), colour_of(mention), size, (foot[0], foot[1] - size / 2), part, flip=flip
    )
    place(stage, picture, foot, shadow=shadow, haze=ground.haze, bright=subject.bright)


def _branch(stage: Stage, foot: Point, size: float, part: str) -> None:
    """A bough across the picture for birds to sit on."""
    rng = stage.dice(part + " branch")
    y, side = foot[1] - size * 0.07, rng.choice((-1, 1))
    start = (stage.width * (0.5 - side * 0.56), y + size * 0.16)
    end = (foot[0] + side * size * 0.9, y - size * 0.05)
    line = smooth([start, ((start[0] + foot[0]) / 2, y + size * 0.03), (foot[0], y), end], closed=False, steps=10)
    twigs = [ribbon(line, [size * 0.12, size * 0.07, size * 0.015])]
    leaves: list[list[Point]] = []
    for _ in range(5 + 4 * stage.detail):
        x, base = line[rng.randrange(len(line))]
        tip = (x + side * size * rng.uniform(0.05, 0.2), base - size * rng.uniform(-0.12, 0.2))
        twigs.append(ribbon([(x, base), tip], [size * 0.018, size * 0.008]))
        wide = size * 0.035
        leaves.append(
            smooth(
                [
                    tip,
                    (tip[0] + side * wide, tip[1] - wide),
                    (tip[0] + side * wide * 2.6, tip[1] - wide * rng.uniform(-0.6, 0.8)),
                    (tip[0] + side * wide, tip[1] + wide * 0.7),
                ],
                steps=4,
            )
        )
    stage_palette = stage.palette
    fill(stage.image, area(stage.image.size, *twigs), stage_palette.lit(rgb("6b4a34")))
    fill(
        stage.image,
        area(stage.image.size, *leaves),
        stage_palette.lit(mix(stage_palette.leaves[0], (255, 255, 255), 0.08)),
    )


def spot(stage: Stage) -> float:
    """The x of the main subject: off the middle, away from the sun."""
    rng = stage.dice("spot")
    offset = rng.uniform(0.04, 0.13)
    return stage.width * (0.5 + offset if stage.sun[0] < stage.width / 2 else 0.5 - offset)


def split(mentions: tuple[Mention, ...]) -> tuple[tuple[Mention, ...], tuple[Mention, ...], tuple[Mention, ...]]:
    """Mentions by where they belong: set back (buildings), near, on water."""
    far = tuple(m for m in mentions if SUBJECTS[m.name].stance == "far")
    wet = tuple(m for m in mentions if SUBJECTS[m.name].stance == "water")
    return far, tuple(m for m in mentions if m not in far and m not in wet), wet


def buildings(
    stage: Stage, far: tuple[Mention, ...], crest: list[Point], near: tuple[Mention, ...], *, hump: bool = True
) -> None:
    """Buildings on their hill, large when nothing stands before them."""
    if not far:
        return
    x = spot(stage) if not near else stage.width - spot(stage)
    y = land.height_at(crest, x) + stage.span * 0.015
    stand(stage, far, Ground((x, y), 1.0 if not near else 0.62, 0.06 if not near else 0.16, 0.0), "far", lone=True)
    if hump:
        trees.bushes(stage, x, y, stage.span * SUBJECTS[far[0].name].size * (1.0 if not near else 0.62) * 1.15)


def afloat(stage: Stage, mentions: tuple[Mention, ...], calm: float) -> None:
    """Boats with their mirror image in the water."""
    if not mentions:
        return
    x, y = spot(stage), stage.horizon + stage.height * 0.2
    bridge = any(m.name == "bridge" for m in mentions)
    if bridge:
        x, y = stage.width / 2, stage.horizon + stage.height * 0.14
    stand(stage, mentions, Ground((x, y), 1.18 if bridge else 1.1, 0.03, 0.0), "afloat")
    water.mirror_again(stage, y - stage.span * 0.012, calm)
