"""The last coat: the manner a prompt asks for (watercolour, oil, sketch ...), grain, vignette and the sandbox's
mark."""

from __future__ import annotations

import random

from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageFilter, ImageFont, ImageOps

from .brief import Brief
from .colour import mix, rgb
from .drawing import Area, clouding, fade, fill, levels
from .palette import Palette

_MARK = "sandbox"


def apply(image: Image.Image, brief: Brief, palette: Palette, detail: int, rng: random.Random) -> Image.Image:
    """Every manner the brief names, in a fixed order, then grain and vignette by `detail`."""
    styles = brief.styles
    if detail and palette.hour not in ("fog", "space"):
        image = ImageEnhance.Color(ImageEnhance.Contrast(image).enhance(1.1)).enhance(1.06)
    for name, manner in (("watercolor", watercolor), ("oil", oil), ("sketch", sketch), ("ink", ink), ("pixel", pixel)):
        if name in styles:
            image = manner(image, rng)
            break
    if "posterised" in styles:
        image = ImageOps.posterize(ImageEnhance.Color(image.filter(ImageFilter.ModeFilter(5))).enhance(1.5), 2)
    if "duotone" in styles:
        image = ImageOps.colorize(
            ImageOps.autocontrast(image.convert("L")),
            mix(palette.light.sky[0], (20, 10, 50), 0.5),
            mix(palette.accent, (255, 244, 220), 0.7),
            mid=palette.accent,
        )
    if "pastel" in styles:
        image = Image.blend(ImageEnhance.Color(image).enhance(0.85), Image.new("RGB", image.size, rgb("fff4ec")), 0.26)
    if "vintage" in styles:
        warm = ImageOps.colorize(image.convert("L"), rgb("2d1e1a"), rgb("fbeacb"), mid=rgb("b08458"))
        image = Image.blend(image, warm, 0.55)
    if "mono" in styles:
        image = ImageOps.autocontrast(image.convert("L"), cutoff=1).convert("RGB")
    if "neon" in styles:
        image = ImageEnhance.Color(image).enhance(1.2)
    if detail == 2:
        image = image.filter(ImageFilter.UnsharpMask(radius=1, percent=45, threshold=2))
    if detail:
        image = vignette(image, 0.14 if detail == 1 else 0.22)
        image = grain(image, rng, 3 if detail == 1 else 5)
    return image


def grain(image: Image.Image, rng: random.Random, strength: int) -> Image.Image:
    """Paper grain, at most `strength` levels up or down; it also hides the steps of gradients."""
    side = 320
    tile = Image.frombytes("L", (side, side), rng.randbytes(side * side)).point(
        [128 + round((v - 127.5) / 127.5 * strength) for v in range(256)]
    )
    sheet = Image.new("L", image.size)
    for y in range(0, image.height, side):
        for x in range(0, image.width, side):
            sheet.paste(tile, (x, y))
    return ImageChops.add(image, Image.merge("RGB", [sheet] * 3), 1, -128)


def vignette(image: Image.Image, strength: float) -> Image.Image:
    """Corners darker by up to `strength`."""
    curve = [255 - int(255 * strength * max(0.0, v / 255 - 0.45) ** 1.6 / 0.55**1.6) for v in range(256)]
    disc = Image.radial_gradient("L").point(curve).resize((32, 32), Image.Resampling.BILINEAR)
    sheet = disc.resize(image.size, Image.Resampling.BICUBIC)
    return ImageChops.multiply(image, Image.merge("RGB", [sheet] * 3))


def watercolor(image: Image.Image, rng: random.Random) -> Image.Image:
    """Pigment on paper: washes with darker rims, uneven density, white paper at the edges."""
    size = image.size
    half, small = (max(2, size[0] // 2), max(2, size[1] // 2)), (max(2, size[0] // 4), max(2, size[1] // 4))
    wash = (
        image.resize(half, Image.Resampling.BOX).filter(ImageFilter.MedianFilter(3)).filter(ImageFilter.ModeFilter(3))
    )
    wash = Image.blend(wash.resize(size, Image.Resampling.BICUBIC), image, 0.25)
    wash = ImageEnhance.Color(ImageEnhance.Contrast(wash).enhance(1.12)).enhance(1.3)
    blooms = levels(clouding(rng, small, (5, 5), 4), 0.3, 0.9, 0.4).resize(size, Image.Resampling.BICUBIC)
    wash.paste(rgb("fffaf0"), mask=blooms)
    edges = image.resize(small).convert("L").filter(ImageFilter.FIND_EDGES).filter(ImageFilter.GaussianBlur(0.7))
    rim = edges.point([255 - min(80, v) for v in range(256)]).resize(size, Image.Resampling.BICUBIC)
    wash = ImageChops.multiply(wash, Image.merge("RGB", [rim] * 3))
    frame = Image.new("L", small, 0)
    inset = max(2, min(small) // 26)
    ImageDraw.Draw(frame).rectangle((inset, inset, small[0] - inset - 1, small[1] - inset - 1), fill=255)
    frame = ImageChops.add(frame.filter(ImageFilter.GaussianBlur(inset * 0.7)), clouding(rng, small, (9, 9), 4), 2)
    frame = levels(frame, 0.44, 0.54).resize(size, Image.Resampling.BICUBIC)
    return Image.composite(wash, grain(Image.new("RGB", size, rgb("fbf6ea")), rng, 6), frame)


def oil(image: Image.Image, rng: random.Random) -> Image.Image:
    """Short thick strokes: the picture seen through a field of dabs, embossed."""
    width, height = image.size
    dab = max(3, round(min(width, height) / 110))
    base = image.filter(ImageFilter.BoxBlur(dab * 0.5))
    result = base.copy()
    draw = ImageDraw.Draw(result)
    source = base.resize((max(1, width // dab), max(1, height // dab)), Image.Resampling.BILINEAR)
    cells = source.load()
    assert cells is not None
    order = [(cx, cy) for cy in range(source.height) for cx in range(source.width)]
    rng.shuffle(order)
    for cx, cy in order:
        colour = cells[cx, cy]
        assert isinstance(colour, tuple)
        lift = rng.randint(-11, 11)
        x, y = (cx + rng.random()) * dab, (cy + rng.random()) * dab
        dx, dy = dab * rng.uniform(0.6, 1.5), dab * rng.uniform(-0.5, 0.5)
        tone = tuple(max(0, min(255, int(part) + lift)) for part in colour)
        draw.line([x - dx, y - dy, x + dx, y + dy], fill=tone, width=max(2, round(dab * 0.75)))
    relief = (
        result.convert("L")
        .filter(ImageFilter.EMBOSS)
        .point([max(0, min(255, 128 + (v - 128) // 2)) for v in range(256)])
    )
    result = Image.blend(result, image, 0.22)
    return ImageEnhance.Color(ImageChops.add(result, Image.merge("RGB", [relief] * 3), 1, -128)).enhance(1.15)


def sketch(image: Image.Image, rng: random.Random) -> Image.Image:
    """Pencil on cream paper: contours by dodging, shade by hatching."""
    tone = ImageOps.autocontrast(image.convert("L"), cutoff=1)
    soft = ImageOps.invert(tone).filter(ImageFilter.GaussianBlur(max(1.5, min(image.size) / 170)))
    lines = ImageChops.add(tone, soft, 1, 0).point([int(255 * (v / 255) ** 5.5) for v in range(256)])
    hatch = Image.new("L", image.size, 255)
    draw = ImageDraw.Draw(hatch)
    step = max(4, min(image.size) // 150)
    for offset in range(-image.height, image.width, step):
        draw.line([offset, 0, offset + image.height, image.height], fill=rng.randint(120, 190), width=max(1, step // 5))
    shade = tone.point([min(255, int(v * 1.35)) for v in range(256)])
    drawn = ImageChops.multiply(lines, ImageChops.lighter(hatch, shade))
    drawn = ImageChops.multiply(drawn, tone.point([min(255, 150 + v // 2) for v in range(256)]))
    return ImageOps.colorize(drawn, rgb("38343a"), rgb("faf5e9"))


def ink(image: Image.Image, rng: random.Random) -> Image.Image:
    """Brush and ink: few tones, running at their edges, on warm paper."""
    size = image.size
    tone = ImageOps.autocontrast(image.convert("L").filter(ImageFilter.MedianFilter(3)), cutoff=2)
    tone = tone.point([int(255 * (v / 255) ** 0.7) for v in range(256)])
    few = tone.point([min(255, (v + 26) // 52 * 52) for v in range(256)]).filter(
        ImageFilter.GaussianBlur(min(size) / 700)
    )
    small = (max(2, size[0] // 4), max(2, size[1] // 4))
    bleed = clouding(rng, small, (9, 9), 4).point([v // 6 for v in range(256)]).resize(size, Image.Resampling.BICUBIC)
    tone = ImageChops.add(Image.blend(few, tone, 0.4), bleed, 1, -16)
    return ImageOps.colorize(tone, rgb("1b1b21"), rgb("f7f1e2"), mid=rgb("a09d97"))


def pixel(image: Image.Image, rng: random.Random) -> Image.Image:
    """Large square pixels and few colours."""
    across = max(32, min(image.width, image.height) // rng.choice((7, 8)))
    scale = min(image.size) / across
    small = image.resize(
        (max(1, round(image.width / scale)), max(1, round(image.height / scale))), Image.Resampling.BOX
    )
    few = small.quantize(28, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).convert("RGB")
    return few.resize(image.size, Image.Resampling.NEAREST)


def rounded_off(image: Image.Image) -> Image.Image:
    """RGBA: the picture as a sticker, its outside transparent behind a soft rounded edge."""
    scale, inset = 4, round(min(image.size) * 0.06)
    size = (image.width // scale + 1, image.height // scale + 1)
    alpha = Image.new("L", size, 0)
    radius = min(image.size) * 0.12 / scale
    ImageDraw.Draw(alpha).rounded_rectangle(
        (inset // scale, inset // scale, size[0] - inset // scale - 1, size[1] - inset // scale - 1), radius, fill=255
    )
    sticker = image.convert("RGBA")
    sticker.putalpha(
        alpha.resize((size[0] * scale, size[1] * scale), Image.Resampling.BICUBIC).crop((0, 0, *image.size))
    )
    return sticker


def _letters(
    image: Image.Image,
) -> tuple[ImageFont.FreeTypeFont | ImageFont.ImageFont, float, tuple[float, float, float, float]]:
    """Font, its size in pixels, and the box of the mark's word."""
    size = max(7.0, min(image.size) / 44)
    font = ImageFont.load_default(size=size)
    return font, size, font.getbbox(_MARK)


def mark_box(image: Image.Image, within: tuple[int, int, int, int] | None = None) -> tuple[int, int, int, int] | None:
    """Where the mark goes: the lower right corner of `within` (default: the whole picture), or None where it has no
    room."""
    box = within or (0, 0, image.width, image.height)
    _, size, (left, top, right, bottom) = _letters(image)
    width, height, margin = round(right - left + 1.1 * size), round(bottom - top + 0.72 * size), round(size * 0.7)
    x, y = box[2] - margin - width, box[3] - margin - height
    return None if x < box[0] or y < box[1] else (x, y, x + width, y + height)


def mark(image: Image.Image, place: tuple[int, int, int, int] | None = None) -> None:
    """Write the small sandbox mark into the box `place` (default: the picture's lower right corner)."""
    place = place or mark_box(image)
    if place is None:
        return
    x, y, width, height = place[0], place[1], place[2] - place[0], place[3] - place[1]
    font, size, (left, top, _, bottom) = _letters(image)
    scale = 3
    pill = Image.new("L", (width * scale, height * scale), 0)
    ImageDraw.Draw(pill).rounded_rectangle(
        (0, 0, width * scale - 1, height * scale - 1), radius=height * scale / 2, fill=255
    )
    pill = fade(pill.reduce(scale), 0.42)
    letters = Image.new("L", (width, height), 0)
    ImageDraw.Draw(letters).text((0.55 * size - left, (height - (bottom - top)) / 2 - top), _MARK, font=font, fill=225)
    for mask, colour in ((pill, rgb("12121c")), (letters, rgb("ffffff"))):
        if image.mode == "RGBA":
            label = Image.new("RGBA", (width, height), (*colour, 0))
            label.putalpha(mask)
            image.alpha_composite(label, (x, y))
        else:
            fill(image, Area(mask, (x, y)), colour)
