"""The sandbox painter: what it draws, what it promises about pixels, and the files it writes."""

from __future__ import annotations

import hashlib
import io
import os
import random
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageStat

from apimart_widgets.sandbox import finish
from apimart_widgets.sandbox.brief import Mention, read
from apimart_widgets.sandbox.colour import BLACK, WHITE
from apimart_widgets.sandbox.figure import Figure, Lamp
from apimart_widgets.sandbox.painter import encode, paint
from apimart_widgets.sandbox.subjects import SUBJECTS
from apimart_widgets.sandbox.vocabulary import VOCABULARY

PROMPTS = (
    "A red fox resting on a snowy ridge at dusk, soft rim light, 35 mm",
    "An ancient castle under a starry sky",
    "a robot in a neon city at night, rain",
    "still life with apples and a cup",
    "quantum entanglement",
    "a goldfish",
)
ODD_PROMPTS = (
    "!?;:,.()",
    "\"'`</script><b>&amp;\\n%s{}",
    "\U0001f98a\U0001f319\U0001f3d4",
    "一" * 500,
    "\ud800 lone surrogate",
    "[fail]",
    "red " * 8000,
)


def picture(prompt: str, size: tuple[int, int] = (96, 96), **changes: object) -> Image.Image:
    arguments: dict[str, object] = {"quality": "low", "background": "auto", "seed": "0", **changes}
    return paint(prompt, size, **arguments)  # type: ignore[arg-type]


def file_of(image: Image.Image, image_format: str = "PNG", **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, image_format, **options)
    return buffer.getvalue()


def difference(first: Image.Image, second: Image.Image) -> float:
    """Mean absolute difference per channel, 0 to 255."""
    return sum(ImageStat.Stat(ImageChops.difference(first.convert("RGB"), second.convert("RGB"))).mean) / 3


def lightness(image: Image.Image) -> float:
    return ImageStat.Stat(image.convert("L")).mean[0]


def sharpness(image: Image.Image) -> float:
    """Variance of the Laplacian; the outermost pixels are left out, the filter does not compute them."""
    kernel = ImageFilter.Kernel((3, 3), (0, 1, 0, 1, -4, 1, 0, 1, 0), scale=8, offset=128)
    edges = image.convert("L").filter(kernel)
    return ImageStat.Stat(edges.crop((1, 1, edges.width - 1, edges.height - 1))).var[0] * 64


def photograph(size: tuple[int, int] = (120, 90)) -> Image.Image:
    """A stand-in for a user's picture: a dark ball on a light ground with a coloured gradient."""
    image = Image.merge(
        "RGB", [Image.linear_gradient("L").resize(size), Image.new("L", size, 190), Image.new("L", size, 160)]
    )
    ImageDraw.Draw(image).ellipse((size[0] * 0.3, size[1] * 0.2, size[0] * 0.7, size[1] * 0.8), fill=(20, 30, 60))
    return image


class TestPicture:
    @pytest.mark.parametrize("size", [(64, 64), (65, 300), (336, 144), (144, 336), (100, 4096), (2304, 2048)])
    def test_has_exactly_the_size(self, size: tuple[int, int]) -> None:
        image = picture("a lighthouse in a storm", size)
        assert (image.size, image.mode) == (size, "RGB")

    @pytest.mark.parametrize("quality", ["low", "medium", "high"])
    @pytest.mark.parametrize("prompt", PROMPTS)
    def test_is_neither_flat_nor_noise(self, prompt: str, quality: str) -> None:
        image = picture(prompt, (192, 128), quality=quality)
        assert ImageStat.Stat(image.convert("L")).stddev[0] > 12
        assert difference(image, image.filter(ImageFilter.BoxBlur(1))) < 12

    @pytest.mark.parametrize("place", VOCABULARY["place"])
    @pytest.mark.parametrize("light", ["dawn", "day", "night", "fog"])
    def test_every_place_is_painted_in_every_light(self, place: str, light: str) -> None:
        word = VOCABULARY["place"][place].split()[0]
        image = picture(f"{word}, {light}", (96, 64), quality="high")
        assert ImageStat.Stat(image.convert("L")).stddev[0] > 5

    @pytest.mark.parametrize("style", VOCABULARY["style"])
    def test_every_style_changes_the_picture(self, style: str) -> None:
        word = VOCABULARY["style"][style].split()[0]
        assert difference(picture("a fox"), picture(f"a fox, {word}")) > 4

    @pytest.mark.parametrize("prompt", ODD_PROMPTS)
    @pytest.mark.parametrize("background", ["auto", "transparent"])
    def test_takes_any_prompt(self, prompt: str, background: str) -> None:
        image = picture(prompt, background=background)
        assert image.getbbox() is not None

    def test_a_very_long_prompt_costs_no_more_than_a_short_one(self) -> None:
        start = time.perf_counter()
        image = picture("a fox by a lake, " * 1882 + "雪山", (1024, 1024), quality="high")
        print(f"32,000 characters at 1024 x 1024, high: {time.perf_counter() - start:.2f} s")
        assert image.size == (1024, 1024)

    def test_night_is_darker_than_day(self) -> None:
        for subject in ("fox", "castle", "sailboat", "car"):
            assert lightness(picture(f"a {subject} at night")) < lightness(picture(f"a {subject} at noon")) - 30

    def test_seeds_differ_visibly_and_keep_the_subject(self) -> None:
        takes = [picture("a red fox", (128, 128), seed=str(k)) for k in range(4)]
        for k, take in enumerate(takes):
            assert all(difference(take, other) > 6 for other in takes[k + 1 :])

    def test_words_in_brackets_are_not_read(self) -> None:
        assert picture("a fox [slow] at dusk").tobytes() == picture("a fox at dusk").tobytes()

    @pytest.mark.parametrize(
        ("size", "quality", "message"),
        [
            ((63, 100), "low", "64 to 4096"),
            ((100, 4097), "low", "64 to 4096"),
            ((100, 100), "best", "low, medium, high"),
        ],
    )
    def test_refuses_what_it_cannot_paint(self, size: tuple[int, int], quality: str, message: str) -> None:
        with pytest.raises(ValueError, match=message):
            picture("a fox", size, quality=quality)


class TestQuality:
    def test_sharpness_rises_from_low_to_high(self) -> None:
        means = []
        for quality in ("low", "medium", "high"):
            images = [picture(prompt, (256, 256), quality=quality) for prompt in PROMPTS]
            means.append(sum(map(sharpness, images)) / len(images))
        print("mean variance of the Laplacian:", [round(mean) for mean in means])
        assert means[0] * 1.2 < means[1]
        assert means[1] * 1.2 < means[2]

    def test_auto_is_medium(self) -> None:
        assert picture("a fox", quality="auto").tobytes() == picture("a fox", quality="medium").tobytes()

    def test_the_composition_stays_the_same(self) -> None:
        low, high = (picture("a fox on a hill at noon", (256, 256), quality=quality) for quality in ("low", "high"))
        other = picture("a fox on a hill at noon", (256, 256), quality="high", seed="7")
        assert difference(low, high) < difference(other, high)


class TestDeterminism:
    def test_another_process_paints_the_same_pixels(self) -> None:
        code = (
            "import hashlib; from apimart_widgets.sandbox.painter import paint;"
            "image = paint('一只狐狸在雪地里', (120, 80), quality='high', background='auto', seed='3');"
            "print(hashlib.sha256(image.tobytes()).hexdigest())"
        )
        here = hashlib.sha256(picture("一只狐狸在雪地里", (120, 80), quality="high", seed="3").tobytes()).hexdigest()
        for hash_seed in ("1", "2"):
            environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
            done = subprocess.run(
                [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
            )
            assert done.stdout.strip() == here

    def test_threads_do_not_disturb_each_other(self) -> None:
        alone = [picture(prompt, quality="high").tobytes() for prompt in PROMPTS]
        with ThreadPoolExecutor(max_workers=4) as executor:
            together = list(executor.map(lambda prompt: picture(prompt, quality="high").tobytes(), PROMPTS * 2))
        assert together == alone * 2


class TestBrief:
    @pytest.mark.parametrize(
        ("prompt", "subjects"),
        [
            ("A red fox", (Mention("fox", "red"),)),
            ("两只猫", (Mention("cat", None, 2),)),
            ("apples and a blue cup", (Mention("apple", None, 3), Mention("cup", "blue"))),
            ("一只猫头鹰", (Mention("owl"),)),
            ("A hat on its head", (Mention("hat"),)),
            ("wolves, puppies and butterflies", (Mention("wolf"), Mention("dog", None, 3), Mention("butterfly"))),
            ("nothing known here", ()),
        ],
    )
    def test_subjects(self, prompt: str, subjects: tuple[Mention, ...]) -> None:
        assert read(prompt).subjects == subjects

    def test_light_weather_place_style_and_colour(self) -> None:
        brief = read("Watercolor of a harbour at sunset, rain, in teal and gold, autumn")
        assert (brief.light, brief.season, brief.places[0]) == ("dusk", "autumn", "sea")
        assert (brief.weathers, brief.styles, brief.colours) == ({"rain"}, {"watercolor"}, ("teal", "gold"))

    def test_a_long_prompt_of_nothing_but_colours_and_subjects_is_read_as_quickly_as_any(self) -> None:
        before = time.thread_time()
        assert read("红狐" * 16_000) == read("红狐")
        assert time.thread_time() - before < 2

    def test_every_subject_can_be_named_and_drawn(self) -> None:
        assert set(VOCABULARY["subject"]) == set(SUBJECTS)
        assert len(SUBJECTS) >= 25


class TestSubjects:
    @pytest.mark.parametrize("name", SUBJECTS)
    def test_fills_its_box_and_keeps_inside_the_margin(self, name: str) -> None:
        subject = SUBJECTS[name]
        for draw in filter(None, (subject.draw, subject.lying)):
            for detail in range(3):
                figure = Figure(
                    100, detail, Lamp((-0.6, -0.8), WHITE, BLACK, lit=True), random.Random(1), flip=detail == 1
                )
                draw(figure, None)
                alpha = figure.picture().getchannel("A")
                box = alpha.point([0] * 128 + [255] * 128).getbbox()
                assert box is not None
                assert box[3] - box[1] > 35
                assert box[2] - box[0] > 20
                assert alpha.histogram()[255] > 1200
                assert figure.shine().size == alpha.size

    def test_a_colour_word_colours_it(self) -> None:
        blue = ImageStat.Stat(picture("a blue car", background="transparent").convert("RGB")).mean
        red = ImageStat.Stat(picture("a red car", background="transparent").convert("RGB")).mean
        assert blue[2] > blue[0]
        assert red[0] > red[2]


class TestTransparent:
    @pytest.mark.parametrize(
        "prompt", ["A flat icon of a glass bottle with no background", "a fox", "two cats and a robot", "hope"]
    )
    @pytest.mark.parametrize("size", [(160, 160), (240, 120)])
    def test_subject_is_opaque_on_nothing_with_soft_edges(self, prompt: str, size: tuple[int, int]) -> None:
        image = picture(prompt, size, background="transparent", quality="high")
        counts = image.getchannel("A").histogram()
        assert image.mode == "RGBA"
        assert image.getpixel((0, 0)) == image.getpixel((size[0] - 1, 0)) == (0, 0, 0, 0)
        assert counts[0] > 0.2 * size[0] * size[1]
        assert counts[255] > 0.04 * size[0] * size[1]
        assert sum(counts[1:255]) > 50

    def test_a_reference_becomes_a_sticker(self) -> None:
        image = picture("warm", background="transparent", references=[file_of(photograph())])
        assert image.getpixel((0, 0))[3] == 0
        assert image.getpixel((48, 40))[3] == 255


class TestMark:
    @pytest.mark.parametrize("size", [(96, 96), (512, 384)])
    @pytest.mark.parametrize("background", ["auto", "transparent"])
    def test_stands_in_the_lower_right_corner(self, size: tuple[int, int], background: str) -> None:
        image = picture("a fox", size, background=background)
        box = finish.mark_box(image)
        assert box is not None
        assert box[0] > size[0] * 0.4
        assert box[1] > size[1] * 0.75
        pill = image.crop(box)
        if background == "transparent":
            assert 60 < ImageStat.Stat(pill.getchannel("A")).mean[0] < 220
        low, high = pill.convert("L").getextrema()
        assert high - low > 80


class TestReferences:
    def test_one_keeps_its_structure(self) -> None:
        reference = photograph((256, 256))
        for prompt in ("make it painterly", "duotone", "watercolor", "posterised, vintage"):
            image = picture(prompt, (256, 256), quality="medium", references=[file_of(reference)])
            ball, ground = image.crop((108, 108, 148, 148)), image.crop((20, 170, 60, 230))
            assert lightness(ball) < lightness(ground) - 25, prompt
            assert difference(image, reference) > 4, prompt

    def test_words_add_a_subject_and_light(self) -> None:
        reference = [file_of(photograph())]
        plain = picture("as it is", (128, 128), references=reference)
        assert difference(plain, picture("with a fox", (128, 128), references=reference)) > 8
        assert lightness(picture("at night", (128, 128), references=reference)) < lightness(plain) - 25

    @pytest.mark.parametrize("count", [2, 3, 7, 16])
    def test_several_are_all_to_be_seen(self, count: int) -> None:
        tones = [
            tuple(
                int(v) for v in Image.new("HSV", (1, 1), (k * 255 // count, 200, 200)).convert("RGB").getpixel((0, 0))
            )
            for k in range(count)
        ]
        image = picture(
            "a collage",
            (400, 300),
            quality="medium",
            references=[file_of(Image.new("RGB", (40, 60), tone)) for tone in tones],
        )
        few = 400 * 300 / count * 0.2
        for tone in tones:
            bands = ImageChops.difference(image, Image.new("RGB", image.size, tone)).split()
            near = ImageChops.lighter(ImageChops.lighter(bands[0], bands[1]), bands[2]).histogram()
            assert sum(near[:34]) > few, tone

    @pytest.mark.parametrize("mode", ["L", "LA", "P", "RGBA", "CMYK", "1", "I;16", "F"])
    def test_takes_any_mode(self, mode: str) -> None:
        image = (
            photograph().convert("L").convert("I").point(lambda v: v * 200).convert("I;16")
            if mode == "I;16"
            else photograph().convert(mode)
        )
        data = file_of(image, "TIFF" if mode in ("CMYK", "F") else "PNG")
        assert picture("a style", (96, 72), references=[data]).size == (96, 72)

    def test_a_photograph_held_upright_stays_upright(self) -> None:
        sideways = Image.new("RGB", (80, 40), "white")
        sideways.paste("black", (0, 0, 40, 40))
        exif = Image.Exif()
        exif[0x0112] = 6
        image = picture("as it is", (80, 160), references=[file_of(sideways, "JPEG", exif=exif)])
        assert lightness(image.crop((0, 0, 80, 60))) < lightness(image.crop((0, 100, 80, 140))) - 60

    @pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
    def test_damaged_exif_counts_as_none(self, kind: str) -> None:
        exif = Image.Exif()
        exif[0x0112] = 6
        whole = file_of(photograph(), kind, exif=exif, dpi=(72, 72))
        damaged = whole.replace(exif.tobytes()[6:14], b"no Exif!")
        assert damaged != whole
        still = picture("as it is", references=[file_of(photograph(), kind)])
        assert picture("as it is", references=[damaged]).tobytes() == still.tobytes()
        assert picture("as it is", references=[whole]).tobytes() != still.tobytes()

    def test_unreadable_bytes_are_named(self) -> None:
        with pytest.raises(ValueError, match="Reference 2 is no picture"):
            picture("a fox", references=[file_of(photograph()), b"GIF89a"])

    def test_more_than_sixteen_are_refused(self) -> None:
        with pytest.raises(ValueError, match="At most 16"):
            picture("a fox", references=[file_of(photograph())] * 17)


class TestMask:
    @staticmethod
    def mask(size: tuple[int, int], box: tuple[int, int, int, int]) -> Image.Image:
        mask = Image.new("RGBA", size, (0, 0, 0, 255))
        mask.paste((0, 0, 0, 0), box)
        return mask

    @pytest.mark.parametrize("prompt", ["a red fox", "a lake at dawn", "hello"])
    @pytest.mark.parametrize("quality", ["low", "high"])
    @pytest.mark.parametrize("box", [(40, 30, 110, 85), (0, 0, 120, 60), (0, 0, 120, 90), (3, 3, 5, 90)])
    def test_only_the_open_part_changes(self, prompt: str, quality: str, box: tuple[int, int, int, int]) -> None:
        reference = photograph()
        image = picture(
            prompt, (120, 90), quality=quality, references=[file_of(reference)], mask=file_of(self.mask((120, 90), box))
        )
        changed = ImageChops.difference(image, reference)
        changed.paste(0, box)
        assert image.mode == "RGB"
        assert changed.getbbox() is None
        assert difference(image.crop(box), reference.crop(box)) > 3

    def test_alpha_and_what_lies_under_it_are_kept(self) -> None:
        reference = photograph().convert("RGBA")
        reference.putalpha(Image.linear_gradient("L").resize((120, 90)))
        box = (10, 10, 50, 50)
        image = picture("a cat", (120, 90), references=[file_of(reference)], mask=file_of(self.mask((120, 90), box)))
        closed = Image.new("L", (120, 90), 255)
        closed.paste(0, box)
        assert image.mode == "RGBA"
        for band, original in zip(image.split(), reference.split(), strict=True):
            assert ImageChops.multiply(ImageChops.difference(band, original), closed).getbbox() is None

    def test_another_size_is_fitted_the_mask_to_the_nearest_pixel(self) -> None:
        reference = photograph((60, 45))
        image = picture(
            "a fox", (120, 90), references=[file_of(reference)], mask=file_of(self.mask((30, 30), (15, 0, 30, 30)))
        )
        grown = reference.resize((120, 90), Image.Resampling.LANCZOS)
        assert ImageChops.difference(image, grown).crop((0, 0, 60, 90)).getbbox() is None
        assert difference(image.crop((60, 0, 120, 90)), grown.crop((60, 0, 120, 90))) > 3

    def test_half_transparent_is_closed(self) -> None:
        reference = photograph()
        mask = file_of(Image.new("RGBA", (120, 90), (0, 0, 0, 1)))
        assert picture("a fox", (120, 90), references=[file_of(reference)], mask=mask).tobytes() == reference.tobytes()

    def test_transparent_background_leaves_nothing_round_the_new_subject(self) -> None:
        box = (20, 10, 100, 80)
        image = picture(
            "a fox",
            (120, 90),
            background="transparent",
            references=[file_of(photograph())],
            mask=file_of(self.mask((120, 90), box)),
        )
        assert image.getpixel((21, 11))[3] == 0
        assert image.getchannel("A").crop(box).getextrema() == (0, 255)
        assert image.getpixel((5, 5)) == (*photograph().getpixel((5, 5)), 255)

    def test_what_is_wrong_is_said(self) -> None:
        reference = [file_of(photograph())]
        with pytest.raises(ValueError, match="no alpha channel"):
            picture("a fox", references=reference, mask=file_of(photograph()))
        with pytest.raises(ValueError, match="first reference"):
            picture("a fox", mask=file_of(self.mask((96, 96), (0, 0, 9, 9))))
        with pytest.raises(ValueError, match="The mask is no picture"):
            picture("a fox", references=reference, mask=b"no")


class TestEncode:
    @pytest.mark.parametrize("output_format", ["png", "jpeg", "webp"])
    @pytest.mark.parametrize(
        "prompt", ["a fox", "一只狐狸 \U0001f98a \"'</script>", "\ud800", "\U0001f98a" * 32_000, "é" * 32_000]
    )
    def test_any_prompt_survives(self, output_format: str, prompt: str) -> None:
        data = encode(photograph(), output_format, compression=None, metadata={"prompt": prompt, "size": "3:2"})
        image = Image.open(io.BytesIO(data))
        image.load()
        assert (image.format or "").lower() == output_format
        if output_format == "png":
            assert (image.info["prompt"], image.info["sandbox"]) == (prompt.replace("\ud800", "?"), "true")
        else:
            comment = image.getexif().get_ifd(0x8769)[0x9286]
            assert comment.startswith(b"ASCII\0\0\0{")
            assert b'"sandbox": "true"' in comment
            assert b'"size": "3:2"' in comment

    @pytest.mark.parametrize("output_format", ["jpeg", "webp"])
    def test_compression_is_the_quality(self, output_format: str) -> None:
        image = picture("a castle", (256, 256), quality="high")
        sizes = [len(encode(image, output_format, compression=level, metadata={})) for level in (0, 40, 90, 100)]
        assert sizes == sorted(set(sizes))
        assert len(encode(image, output_format, compression=None, metadata={})) == sizes[2]

    def test_png_is_the_same_pixels(self) -> None:
        image = picture("a fox", background="transparent")
        data = encode(image, "png", compression=30, metadata={})
        assert Image.open(io.BytesIO(data)).tobytes() == image.tobytes()

    def test_jpeg_puts_transparent_on_white(self) -> None:
        data = encode(Image.new("RGBA", (16, 16), (0, 0, 0, 0)), "jpeg", compression=90, metadata={})
        assert Image.open(io.BytesIO(data)).getpixel((8, 8)) == (255, 255, 255)

    def test_webp_keeps_alpha(self) -> None:
        data = encode(picture("a fox", background="transparent"), "webp", compression=90, metadata={})
        assert Image.open(io.BytesIO(data)).mode == "RGBA"

    def test_another_format_is_refused(self) -> None:
        with pytest.raises(ValueError, match="png, jpeg and webp"):
            encode(photograph(), "tiff", compression=None, metadata={})
