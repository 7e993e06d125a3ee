"""The stage of one picture: the image being painted, and what every part of a scene has to know of it."""

from __future__ import annotations

import hashlib
import math
import random
from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image, ImageChops

from .brief import Brief
from .colour import Colour, mix
from .drawing import Area, Point, fade, fill, soften
from .figure import Figure, Lamp
from .palette import Palette

Draw = Callable[[Figure, Colour | None], None]


def dice(*words: str) -> random.Random:
    """A random generator that depends on `words` alone: the same on every run, process and Python version.

    >>> dice("fox", "1").random() == dice("fox", "1").random() != dice("fox", "2").random()
    True
    """
    digest = hashlib.sha256("\x1f".join(words).encode("utf-8", "surrogatepass")).digest()
    return random.Random(int.from_bytes(digest[:8], "big"))


@dataclass
class Stage:
    """One picture in the making.

    `horizon` is the y of the horizon in pixels, `sun` where sun or moon stands (it may be hidden), `detail` 0, 1 or 2.
    Every part throws dice of its own (`dice(part)`), so that a part which only richer pictures have does not move the
    others.
    """

    image: Image.Image
    brief: Brief
    palette: Palette
    detail: int
    key: str
    horizon: float
    sun: Point

    @property
    def width(self) -> int:
        return self.image.width

    @property
    def height(self) -> int:
        return self.image.height

    @property
    def span(self) -> float:
        """The length subjects and details are measured by: the shorter side."""
        return float(min(self.width, self.height))

    def dice(self, part: str) -> random.Random:
        """The random generator of one part of this picture."""
        return dice(self.key, part)

    def lamp(self, at: Point) -> Lamp:
        """The light as it falls on something `at` a point of the picture."""
        dx, dy = self.sun[0] - at[0], min(self.sun[1] - at[1], -0.35 * abs(self.sun[0] - at[0]))
        length = math.hypot(dx, dy) or 1.0
        light = self.palette.light
        return Lamp((dx / length, dy / length), light.key, mix(light.sky[0], (20, 16, 40), 0.45), light.dark)


@dataclass(frozen=True)
class Cutout:
    """A drawn subject: its straight RGBA `picture`, and the mask `shine` of what gives light of its own."""

    picture: Image.Image
    shine: Image.Image


def cutout(
    stage: Stage, draw: Draw, colour: Colour | None, pixels: float, at: Point, part: str, *, flip: bool
) -> Cutout:
    """A subject `pixels` high (its 100 x 100 box), lit as it will stand `at` a point."""
    made = Figure(pixels, stage.detail, stage.lamp(at), stage.dice(part), flip=flip)
    draw(made, colour)
    return Cutout(made.picture(), made.shine())


def place(
    stage: Stage, subject: Cutout, foot: Point, *, shadow: float = 0.4, haze: float = 0.0, bright: bool = False
) -> None:
    """Put a subject's picture on the stage, its box's bottom centre at `foot`: shadow, the hour's light, rim light.

    `bright` things (lamps, screens, neon) keep more of their own colour in the dark; `haze` mixes in the air of the
    distance.
    """
    picture = subject.picture
    box = picture.width / (1 + 2 * Figure.margin)
    corner = (round(foot[0] - picture.width / 2), round(foot[1] - picture.height + box * Figure.margin))
    alpha = picture.getchannel("A")
    if shadow:
        cast_shadow(stage, alpha, foot, box, shadow)
    light = stage.palette.light
    ambient = mix(light.ambient, (255, 255, 255), 0.6 if bright else 0.25)
    own = picture.convert("RGB")
    colours = ImageChops.multiply(own, Image.new("RGB", picture.size, ambient))
    if haze:
        colours = Image.blend(colours, Image.new("RGB", picture.size, stage.palette.far(ambient, 1.0)), haze)
    if stage.detail:
        _rim(
            colours, alpha, stage.lamp(foot), box, 0.75 if light.dark or stage.palette.hour in ("dusk", "dawn") else 0.4
        )
    colours.paste(own, mask=subject.shine)
    stage.image.paste(colours, corner, alpha)


def _rim(colours: Image.Image, alpha: Image.Image, lamp: Lamp, box: float, strength: float) -> None:
    """Brighten the edge that faces the light."""
    reach = max(1.0, box * 0.014)
    moved = Image.new("L", alpha.size, 0)
    moved.paste(alpha, (round(-lamp.toward[0] * reach), round(-lamp.toward[1] * reach)))
    edge = soften(ImageChops.subtract(alpha, moved), reach * 0.45)
    fill(colours, Area(ImageChops.multiply(edge, alpha), (0, 0)), lamp.key, strength)


def cast_shadow(stage: Stage, alpha: Image.Image, foot: Point, box: float, strength: float) -> None:
    """The soft shadow of a subject on flat ground: falling away from the light, and a darker spot where it stands."""
    factor = 4 if box > 160 else 2
    small = alpha.crop((0, 0, alpha.width, round(alpha.height - box * Figure.margin + 1))).reduce(factor)
    squash, lean = 0.24, max(-1.1, min(1.1, -stage.lamp(foot).toward[0] * 1.2))
    height = max(2, round(small.height * squash))
    spread = round(abs(lean) * height * 2.2) + 12
    sheet = Image.new("L", (small.width + 2 * spread, height + 16), 0)
    flat = small.resize((small.width, height), Image.Resampling.BILINEAR).transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    sheet.paste(flat, (spread, 4))
    # x in the source as a function of the target: the farther down the shadow, the farther it leans
    sheet = sheet.transform(
        sheet.size, Image.Transform.AFFINE, (1, -lean * 2.0, lean * 8.0, 0, 1, 0), Image.Resampling.BILINEAR
    )
    sheet = soften(sheet, box * 0.022 / factor + 0.6)
    full = sheet.resize((sheet.width * factor, sheet.height * factor), Image.Resampling.BILINEAR)
    at = (round(foot[0] - full.width / 2), round(foot[1] - 4 * factor - box * 0.012))
    left, top = max(0, at[0]), max(0, at[1])
    right, bottom = min(stage.width, at[0] + full.width), min(stage.height, at[1] + full.height)
    if right <= left or bottom <= top:
        return
    part = full.crop((left - at[0], top - at[1], right - at[0], bottom - at[1]))
    dark = mix(stage.palette.light.sky[0], (16, 12, 34), 0.6)
    fill(stage.image, Area(fade(part, strength), (left, top)), dark)
