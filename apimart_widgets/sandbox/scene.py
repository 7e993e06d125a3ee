"""Composes one picture: decides place and light, has the place painted and finished."""

from __future__ import annotations

import random
from dataclasses import replace

from PIL import Image

from . import finish, palette
from .brief import Brief, Mention
from .cast import Ground, colour_of, pose, stand
from .places import PLACES, weather_over
from .scenes import graphic
from .stage import Stage, cutout, dice
from .subjects import SUBJECTS

# what is shown when a prompt names nothing the painter knows
_FREE: tuple[tuple[str, str | None], ...] = (
    ("mountains", None),
    ("lake", None),
    ("lake", "sailboat"),
    ("mountains", "balloon"),
    ("forest", "deer"),
    ("sea", "sailboat"),
    ("desert", None),
    ("meadow", "tree"),
    ("meadow", "windmill"),
    ("city", None),
    ("coast", "lighthouse"),
    ("abstract", None),
    ("space", None),
    ("mountains", "pagoda"),
)


def compose(brief: Brief, size: tuple[int, int], detail: int, prompt: str, seed: str) -> Image.Image:
    """The finished picture of `brief` at `size`, without the mark. `prompt` throws the dice all its pictures share,
    `seed` the others."""
    world, take = dice(prompt), dice(prompt, seed)
    chosen, brief = _place_of(brief, world)
    stage = _stage(brief, chosen, size, detail, prompt, seed)
    mentions = brief.subjects
    if "icon" in brief.styles:
        _icon(stage, mentions)
    elif brief.styles & {"poster", "minimal"} and chosen not in ("room", "table"):
        foot = graphic.poster(stage)
        stand(stage, mentions, Ground(foot, 1.12, shadow=0.0), "poster")
    else:
        PLACES[chosen](stage, mentions)
        if chosen not in ("room", "table", "undersea", "space"):
            weather_over(stage)
    return finish.apply(stage.image, brief, stage.palette, detail, dice(prompt, seed, "finish", str(take.random())))


def cut_out(brief: Brief, size: tuple[int, int], detail: int, prompt: str, seed: str) -> Image.Image:
    """The subjects alone on nothing: RGBA with a real alpha channel, as large as fits."""
    world = dice(prompt)
    chosen, brief = _place_of(brief, world)
    mentions = brief.subjects or (
        Mention(world.choice(("fox", "balloon", "tree", "rocket", "mushroom", "star", "owl", "guitar"))),
    )
    light = replace(brief, light="day", weathers=frozenset(), styles=brief.styles - {"neon"})
    stage = _stage(light, chosen, size, detail, prompt, seed)
    rng = dice(prompt, seed, "cut")
    sheet = Image.new("RGBA", size, (0, 0, 0, 0))
    count = len(mentions)
    pixels = min(size[1] * 0.72, size[0] / count * (0.74 if count == 1 else 0.86)) * rng.uniform(0.9, 1.0)
    for index, mention in enumerate(mentions):
        subject = SUBJECTS[mention.name]
        x = size[0] * (index + 0.5) / count + (rng.uniform(-0.02, 0.02) * size[0] if count == 1 else 0)
        foot = (x, size[1] * 0.5 + pixels * 0.5)
        picture = cutout(
            stage,
            pose(brief, subject),
            colour_of(mention),
            pixels,
            (x, foot[1] - pixels / 2),
            f"subject {index}",
            flip=rng.random() < 0.5,
        ).picture
        box = picture.getchannel("A").getbbox()
        if box is None:
            continue
        picture = picture.crop(box)
        room = (size[0] * 0.86 / count, size[1] * 0.84)
        shrink = min(1.0, room[0] / picture.width, room[1] / picture.height)
        if shrink < 1.0:
            picture = picture.resize(
                (max(1, round(picture.width * shrink)), max(1, round(picture.height * shrink))),
                Image.Resampling.LANCZOS,
            )
        sheet.alpha_composite(
            picture, (max(0, round(x - picture.width / 2)), max(0, round((size[1] - picture.height) / 2)))
        )
    return sheet


def _place_of(brief: Brief, rng: random.Random) -> tuple[str, Brief]:
    """The place to paint, and the brief with whatever had to be invented put in."""
    if not brief.subjects and not brief.places:
        chosen, guest = rng.choice(_FREE)
        if brief.styles & {"poster", "minimal", "icon"} and guest is None:
            guest = rng.choice(("fox", "balloon", "owl", "sailboat", "deer"))
        elif brief.light or brief.weathers:
            guest = None
        if guest is None and brief.weathers | ({brief.season} if brief.season else set()):
            chosen = rng.choice(("mountains", "forest", "lake", "meadow"))
        return chosen, replace(brief, subjects=(Mention(guest),) if guest else ())
    stances = [SUBJECTS[mention.name].stance for mention in brief.subjects]
    places = [p for p in brief.places if p != "abstract"] or list(brief.places)
    if "deep" in stances and "table" not in places:
        return "undersea", brief
    chosen = places[0] if places else ""
    if "room" in places:
        chosen = "room"
    if not chosen and "table" in stances:
        chosen = "table"
    if not chosen:
        chosen = rng.choice(SUBJECTS[brief.subjects[0].name].homes)
    if "neon" in brief.styles and not places and chosen not in ("space", "abstract", "table"):
        chosen = "city"
    if chosen == "abstract" and brief.subjects and "abstract" not in SUBJECTS[brief.subjects[0].name].homes:
        chosen = SUBJECTS[brief.subjects[0].name].homes[0]
    if chosen == "sea" and any(stance in ("ground", "far") for stance in stances):
        chosen = "coast"
    if "water" in stances and chosen in ("mountains", "meadow", "forest", "city"):
        chosen = "lake"
    return chosen, brief


def _stage(brief: Brief, chosen: str, size: tuple[int, int], detail: int, prompt: str, seed: str) -> Stage:
    take = dice(prompt, seed, "stage")
    colours = palette.choose(brief, chosen, dice(prompt, "palette"), dice(prompt, seed, "palette"))
    width, height = size
    horizon = height * take.uniform(0.5, 0.6) * (0.92 if width > height * 1.2 else 1.04)
    side = take.choice((take.uniform(0.12, 0.32), take.uniform(0.68, 0.88)))
    rise = {"dusk": (0.66, 0.9), "dawn": (0.62, 0.86), "day": (0.16, 0.34)}.get(colours.hour, (0.2, 0.42))
    return Stage(
        image=Image.new("RGB", size, colours.light.sky[0]),
        brief=brief,
        palette=colours,
        detail=detail,
        key=f"{prompt}\x1f{seed}",
        horizon=horizon,
        sun=(width * side, horizon * take.uniform(*rise)),
    )


def palette_of(brief: Brief, prompt: str, seed: str) -> palette.Palette:
    """The palette of a brief outside of any particular place."""
    return palette.choose(brief, "mountains", dice(prompt, "palette"), dice(prompt, seed, "palette"))


def stage_over(image: Image.Image, brief: Brief, prompt: str, seed: str, detail: int) -> Stage:
    """A stage on which `image` already lies, for putting things before it."""
    stage = _stage(brief, "mountains", image.size, detail, prompt, seed)
    return replace(stage, image=image)


def subjects_over(stage: Stage, *, alone: bool = False) -> None:
    """The brief's subjects in front of a picture: at the side, or with `alone` filling it."""
    x = stage.width / 2 if alone else stage.width * (0.5 + (0.2 if stage.sun[0] < stage.width / 2 else -0.2))
    mentions = stage.brief.subjects
    scale = 0.8 / max(SUBJECTS[m.name].size for m in mentions) if alone else 0.85
    stand(stage, mentions, Ground((x, stage.height * 0.95), scale, 0.0, 0.4), "over", lone=alone)


def _icon(stage: Stage, mentions: tuple[Mention, ...]) -> None:
    """One subject on a plate."""
    mention = mentions[0] if mentions else Mention("star")
    subject = SUBJECTS[mention.name]
    size = stage.span * 0.54
    centre = (stage.width / 2, stage.height / 2)
    picture = cutout(
        stage,
        pose(stage.brief, subject),
        colour_of(mention),
        size,
        centre,
        "icon",
        flip=stage.dice("icon").random() < 0.5,
    ).picture
    box = picture.getchannel("A").getbbox() or (0, 0, 1, 1)
    shrink = min(1.0, stage.span * 0.6 / max(box[2] - box[0], box[3] - box[1]))
    picture = picture.crop(box).resize(
        (max(1, round((box[2] - box[0]) * shrink)), max(1, round((box[3] - box[1]) * shrink))), Image.Resampling.LANCZOS
    )
    corner = (round(centre[0] - picture.width / 2), round(centre[1] - picture.height / 2))
    graphic.plate(stage, picture, corner)
    stage.image.paste(picture, corner, picture)
