"""Pictures made from pictures: restyling one reference, a collage of several, and painting into the open part of a
mask.

All of it works on the references' own pixels, so that what was handed in can be recognised in what comes out.
"""

from __future__ import annotations

import io
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from PIL import ExifTags, Image, ImageChops, ImageEnhance, ImageFilter, ImageOps

from . import finish, places, scene
from .brief import Brief
from .drawing import Area, column, fade, fill, soften
from .stage import dice

_WHOLE_SCENE = (
    0.5  # an open box of at least this share of the picture gets a scene of its own, a smaller one only its subject
)

# As the client turns its uploads (``encoding``), of which the sandbox imports nothing.
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True)
class Order:
    """What to paint: the prompt's words sorted, the size in pixels, `detail` 0 to 2, and the two keys all dice are
    thrown by."""

    brief: Brief
    size: tuple[int, int]
    detail: int
    prompt: str
    seed: str


def opened(data: bytes, what: str, near: tuple[int, int] | None = None) -> Image.Image:
    """The picture in `data`, upright, as RGB or, where it has transparency, RGBA.

    `what` names it in the error; a JPEG may be decoded smaller, though not below `near`.

    Raises
    ------
    ValueError
        When Pillow cannot read it.
    """
    try:
        file = Image.open(io.BytesIO(data))
        if near is not None:
            file.draft("RGB", near)
        file.load()
        picture = _upright(file)
        if picture.mode in ("I", "I;16", "I;16B", "I;16L", "F"):
            picture = _eight_bits(picture)
        clear = picture.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in picture.info
        return picture.convert("RGBA" if clear else "RGB")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError, Image.DecompressionBombWarning) as problem:
        raise ValueError(
            f"{what} is no picture that can be read ({problem}). Send a PNG, JPEG, WebP or GIF file."
        ) from problem


def _upright(picture: Image.Image) -> Image.Image:
    try:
        turn = _TURNS.get(picture.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # damaged Exif says nothing about the orientation: the pixels count as they stand
        turn = None
    return picture if turn is None else picture.transpose(turn)


def _eight_bits(picture: Image.Image) -> Image.Image:
    """One channel of 16 or 32 bits, scaled by its own range."""
    values = picture.convert("F")
    low, high = (float(v) for v in values.getextrema())  # type: ignore[arg-type]
    return values.point(lambda v: v * (255 / ((high - low) or 1)) - low * (255 / ((high - low) or 1))).convert("L")


def from_references(order: Order, references: Sequence[bytes]) -> Image.Image:
    """Image to image: one reference is restyled, several are laid out together. RGB."""
    pictures = [opened(data, f"Reference {number}", order.size) for number, data in enumerate(references, start=1)]
    image = _restyled(order, pictures[0]) if len(pictures) == 1 else _collage(order, pictures)
    stage = scene.stage_over(image, order.brief, order.prompt, order.seed, order.detail)
    places.weather_over(stage)
    if order.brief.subjects:
        scene.subjects_over(stage)
    return finish.apply(stage.image, order.brief, stage.palette, order.detail, dice(order.prompt, order.seed, "finish"))


def _on_paper(picture: Image.Image) -> Image.Image:
    """RGB: transparent parts on warm white."""
    if picture.mode == "RGB":
        return picture
    paper = Image.new("RGB", picture.size, (250, 246, 238))
    paper.paste(picture, mask=picture.getchannel("A"))
    return paper


def _restyled(order: Order, picture: Image.Image) -> Image.Image:
    """One reference, filling the frame: painted over by hand, in the light the prompt names."""
    rng = dice(order.prompt, order.seed, "restyle")
    centre = (rng.uniform(0.42, 0.58), rng.uniform(0.42, 0.58))
    image = ImageOps.fit(_on_paper(picture), order.size, Image.Resampling.LANCZOS, centering=centre)
    if not order.brief.styles & {"watercolor", "oil", "sketch", "ink", "pixel", "mono"}:
        image = _painted_over(image, order.detail)
    palette = scene.palette_of(order.brief, order.prompt, order.seed)
    strength = 0.5 if order.brief.light or order.brief.weathers or order.brief.season else 0.28
    wash = column(
        order.size, [palette.light.sky[0], palette.light.sky[1], palette.horizon, palette.lit(palette.ground)]
    )
    image = Image.blend(image, ImageChops.soft_light(image, wash), strength * 1.6)
    if palette.light.dark and (order.brief.light or order.brief.weathers):
        night = ImageChops.multiply(image, Image.new("RGB", image.size, palette.light.ambient))
        image = Image.blend(image, night, 0.85)
    return image


def _painted_over(image: Image.Image, detail: int) -> Image.Image:
    """Flat touches of colour with a dark contour; finer with more `detail`."""
    half = (max(2, image.width // 2), max(2, image.height // 2))
    touches = image.resize(half, Image.Resampling.BOX).filter(ImageFilter.ModeFilter((9, 7, 5)[detail]))
    flat = ImageOps.posterize(ImageEnhance.Color(touches).enhance(1.3), (3, 4, 5)[detail]).filter(
        ImageFilter.GaussianBlur(0.6)
    )
    painted = Image.blend(flat.resize(image.size, Image.Resampling.BICUBIC), image, (0.1, 0.22, 0.38)[detail])
    contour = (
        touches.convert("L")
        .filter(ImageFilter.FIND_EDGES)
        .point([255 - min(120, max(0, v - 14) * 2) for v in range(256)])
    )
    # the edge filter copies the outermost pixels, which would draw a frame
    contour = ImageOps.expand(contour.crop((1, 1, half[0] - 1, half[1] - 1)), 1, 255)
    lines = contour.filter(ImageFilter.GaussianBlur(0.5)).resize(image.size, Image.Resampling.BICUBIC)
    return ImageChops.multiply(painted, Image.merge("RGB", [lines] * 3))


def _collage(order: Order, pictures: Sequence[Image.Image]) -> Image.Image:
    """Several references as prints laid out before the scene of the prompt, none hidden by another."""
    rng = dice(order.prompt, order.seed, "collage")
    width, height = order.size
    back = scene.compose(_without_subjects(order.brief), order.size, order.detail, order.prompt, order.seed)
    image = Image.blend(
        back.filter(ImageFilter.BoxBlur(min(width, height) / 90)), Image.new("RGB", order.size, (24, 20, 34)), 0.16
    )
    floor = 0.8 if order.brief.subjects and height > width * 0.6 else 0.94
    for picture, box in zip(pictures, _cells(len(pictures), width, height * floor, min(width, height)), strict=True):
        _lay(image, _on_paper(picture), box, rng, order.detail)
    return image


def _without_subjects(brief: Brief) -> Brief:
    return replace(brief, subjects=(), places=brief.places or ("mountains",), styles=frozenset())


def _cells(count: int, width: float, height: float, span: float) -> list[tuple[float, float, float, float]]:
    """`count` boxes (left, top, right, bottom) in even rows that fill the frame, as near to square as it allows."""
    rows = min(range(1, count + 1), key=lambda r: abs(math.log((width / math.ceil(count / r)) / (height / r))))
    gap = span * 0.03
    boxes: list[tuple[float, float, float, float]] = []
    for row in range(rows):
        inside = count // rows + (row < count % rows)
        wide, tall = (width - gap * (inside + 1.6)) / inside, (height - gap * (rows + 1.6)) / rows
        top = gap * 1.3 + row * (tall + gap)
        boxes += [
            (gap * 1.3 + k * (wide + gap), top, gap * 1.3 + k * (wide + gap) + wide, top + tall) for k in range(inside)
        ]
    return boxes


def _lay(
    image: Image.Image, picture: Image.Image, box: tuple[float, float, float, float], rng: random.Random, detail: int
) -> None:
    """One print with a white edge, a slight turn and a soft shadow."""
    wide, tall = max(8, round((box[2] - box[0]) * 0.95)), max(8, round((box[3] - box[1]) * 0.95))
    edge = max(1, round(min(wide, tall) * 0.035))
    inner = ImageOps.fit(picture, (max(2, wide - 2 * edge), max(2, tall - 2 * edge)), Image.Resampling.LANCZOS)
    sheet = Image.new("RGBA", (wide, tall), (252, 249, 242, 255))
    sheet.paste(ImageEnhance.Color(inner).enhance(1.08), (edge, edge))
    turned = sheet.rotate(rng.uniform(-2.6, 2.6), Image.Resampling.BICUBIC, expand=True)
    at = (round((box[0] + box[2] - turned.width) / 2), round((box[1] + box[3] - turned.height) / 2))
    alpha = turned.getchannel("A")
    reach = max(2, edge)
    if detail:
        frame = Area(Image.new("L", image.size, 255), (0, 0))
        grown = ImageOps.expand(alpha, 3 * reach, 0)
        drop = Area(fade(soften(grown, reach), 0.5), (at[0] - 3 * reach + reach // 3, at[1] - 3 * reach + reach))
        left, top = max(0, drop.at[0]), max(0, drop.at[1])
        cut = drop.mask.crop((left - drop.at[0], top - drop.at[1], drop.mask.width, drop.mask.height))
        fill(image, Area(cut, (left, top)).within(frame), (12, 8, 20))
    image.paste(turned.convert("RGB"), at, alpha)


def inpaint(order: Order, reference: bytes, mask: bytes, *, transparent: bool) -> Image.Image:
    """The reference, changed only where the mask's alpha is 0.

    A reference that has `order.size` is not resampled. The mask is fitted with NEAREST. RGBA where the reference has
    transparency or `transparent` is set, else RGB.

    Raises
    ------
    ValueError
        When either file cannot be read, or the mask has no alpha channel.
    """
    base = opened(reference, "The first reference")
    base = base if base.size == order.size else base.resize(order.size, Image.Resampling.LANCZOS)
    shape = opened(mask, "The mask")
    if shape.mode != "RGBA":
        raise ValueError(
            "The mask has no alpha channel. Send a PNG whose transparent parts (alpha 0) are to be painted."
        )
    closed = shape.getchannel("A").resize(order.size, Image.Resampling.NEAREST).point([0] + [255] * 255)
    opening = ImageChops.invert(closed)
    if transparent and base.mode == "RGB":
        base = base.convert("RGBA")
    box = opening.getbbox()
    if box is None:
        return base
    fresh = _cut_into(order, base, box) if transparent else _painted_in(order, base, opening, box)
    place = finish.mark_box(fresh, box)
    if place is not None and opening.crop(place).getextrema() == (255, 255):
        finish.mark(fresh, place)
    base.paste(fresh.convert(base.mode), mask=opening)
    return base


def _cut_into(order: Order, base: Image.Image, box: tuple[int, int, int, int]) -> Image.Image:
    """The subject alone, on nothing, fitted to the open box."""
    fresh = Image.new("RGBA", base.size, (0, 0, 0, 0))
    cut = scene.cut_out(order.brief, (box[2] - box[0], box[3] - box[1]), order.detail, order.prompt, order.seed)
    fresh.paste(cut, box[:2])
    return fresh


def _painted_in(order: Order, base: Image.Image, opening: Image.Image, box: tuple[int, int, int, int]) -> Image.Image:
    """The surroundings grown into the opening, and in front of them the subject, or a whole scene where there is room
    for one."""
    ground = _grown(base, opening)
    wide, tall = box[2] - box[0], box[3] - box[1]
    large = wide * tall >= _WHOLE_SCENE * base.width * base.height
    if order.brief.subjects and not large:
        stage = scene.stage_over(ground.crop(box), order.brief, order.prompt, order.seed, order.detail)
        scene.subjects_over(stage, alone=True)
        ground.paste(stage.image, box[:2])
        return ground
    painted = scene.compose(order.brief, (wide, tall), order.detail, order.prompt, order.seed)
    framed = ImageOps.expand(opening.crop(box), 4, 0)
    reach = max(1.0, min(wide, tall) * 0.015)
    soft = (
        soften(framed, reach)
        .point([max(0, min(255, (v - 110) * 3)) for v in range(256)])
        .crop((4, 4, 4 + wide, 4 + tall))
    )
    ground.paste(painted, box[:2], soft)
    return ground


def _grown(base: Image.Image, opening: Image.Image) -> Image.Image:
    """RGB in which the open part is filled smoothly from the closed pixels around it.

    Averages of closed pixels only, at ever coarser sizes (Pillow weights by alpha when it shrinks), laid over each
    other from coarse to fine.
    """
    source = _on_paper(base).convert("RGBA")
    source.putalpha(ImageChops.invert(opening))
    levels = [source]
    while min(levels[-1].size) > 3:
        last = levels[-1]
        levels.append(last.resize((max(1, last.width // 2), max(1, last.height // 2)), Image.Resampling.BOX))
    mean = levels[-1].resize((1, 1), Image.Resampling.BOX)
    filled = mean.convert("RGB")
    for level in reversed(levels):
        filled = filled.resize(level.size, Image.Resampling.BICUBIC).filter(ImageFilter.BoxBlur(1))
        filled.paste(level.convert("RGB"), mask=level.getchannel("A").point([min(255, v * 2) for v in range(256)]))
    return filled
