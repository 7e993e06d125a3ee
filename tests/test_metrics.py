"""Metrics against implementations that share nothing with them: SciPy, Pillow's ImageStat, formulas written out."""

from __future__ import annotations

import _thread
import dataclasses
import hashlib
import io
import math
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageStat
from scipy import ndimage, stats

from apimart_widgets import metrics as module
from apimart_widgets.errors import ConfigurationError
from apimart_widgets.metrics import (
    brightness,
    colourfulness,
    contrast_rms,
    entropy,
    hash_distance,
    measure,
    metrics,
    register_metric,
    sharpness,
    transparent_share,
    unit_of,
    unregister_metric,
)
from apimart_widgets.results import RECORD_FIELDS, GeneratedImage, ImageSet
from tests.examples import examples
from tests.test_results import picture

STANDARD = ["sharpness", "colourfulness", "entropy", "brightness", "contrast", "transparent_share"]


def noise(seed: int, size: tuple[int, int] = (24, 17), channels: int = 3) -> Image.Image:
    values = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], channels), dtype=np.uint8)
    return Image.fromarray(values)


def png(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def own() -> Iterator[list[str]]:
    """Names that are forgotten after the test."""
    names: list[str] = []
    yield names
    for name in names:
        unregister_metric(name)


# ---- against others


@pytest.mark.parametrize("seed", range(5))
def test_against_independent_implementations(seed: int) -> None:
    image = noise(seed)
    grey = image.convert("L")
    levels = np.asarray(grey, dtype=float)
    assert sharpness(image) == pytest.approx(ndimage.laplace(levels, mode="reflect").var())
    assert entropy(image) == pytest.approx(stats.entropy(grey.histogram(), base=2))
    assert brightness(image) == pytest.approx(ImageStat.Stat(grey).mean[0] / 255)
    assert contrast_rms(image) == pytest.approx(ImageStat.Stat(grey).stddev[0] / 255)


@pytest.mark.parametrize("seed", range(3))
def test_colourfulness_is_the_formula_of_the_paper(seed: int) -> None:
    """Written out pixel by pixel: sigma_rgyb + 0.3 mu_rgyb of Hasler and Suesstrunk (2003), section 7."""
    pixels = np.asarray(noise(seed)).reshape(-1, 3).tolist()
    red_green = [red - green for red, green, _ in pixels]
    yellow_blue = [0.5 * (red + green) - blue for red, green, blue in pixels]

    def moments(values: list[float]) -> tuple[float, float]:
        mean = sum(values) / len(values)
        return mean, sum((value - mean) ** 2 for value in values) / len(values)

    (mean_1, variance_1), (mean_2, variance_2) = moments(red_green), moments(yellow_blue)
    expected = math.sqrt(variance_1 + variance_2) + 0.3 * math.sqrt(mean_1**2 + mean_2**2)
    assert colourfulness(noise(seed)) == pytest.approx(expected)


@pytest.mark.parametrize("seed", range(5))
def test_the_hash_is_the_low_frequencies_of_a_cosine_transform(seed: int) -> None:
    """With a transform written as a matrix: 32 x 32 grey, its 8 x 8 lowest coefficients against their median."""

    def bits(image: Image.Image) -> Any:
        levels = np.asarray(image.convert("L").resize((32, 32), Image.Resampling.LANCZOS), dtype=float)
        place = np.arange(32)
        cosines = np.cos(np.pi * place[:, None] * (2 * place[None, :] + 1) / 64)
        low = (cosines @ levels @ cosines.T)[:8, :8]
        return low > np.median(low)

    first, second = noise(seed), noise(seed + 100)
    assert hash_distance(first, second) == int((bits(first) != bits(second)).sum())


def test_the_hash_tells_a_copy_from_another_picture() -> None:
    image = noise(0, (8, 8)).resize((256, 256), Image.Resampling.BICUBIC)
    assert hash_distance(image, image.resize((200, 200))) <= 4
    assert hash_distance(image, noise(1, (8, 8)).resize((256, 256), Image.Resampling.BICUBIC)) > 16


@settings(max_examples=examples(25), deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    width=st.integers(1, 40),
    height=st.integers(1, 40),
    channels=st.sampled_from([3, 4]),
)
def test_every_metric_is_a_number_within_its_range(seed: int, width: int, height: int, channels: int) -> None:
    image = noise(seed, (width, height), channels)
    ends = {"entropy": 8, "brightness": 1, "contrast": 0.5, "transparent_share": 1, "colourfulness": 300}
    for metric in metrics():
        value = metric.function(image)
        assert type(value) is float
        assert 0 <= value <= ends.get(metric.name, math.inf)
    mirrored = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    for metric in metrics():
        assert metric.function(mirrored) == pytest.approx(metric.function(image), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr"])
def test_every_mode_of_pillow_can_be_measured(mode: str) -> None:
    image = noise(3).convert(mode)
    assert all(math.isfinite(metric.function(image)) for metric in metrics())


def test_what_lies_under_transparent_parts_does_not_count() -> None:
    hidden = noise(1).convert("RGBA")
    hidden.putalpha(0)
    for metric, seen in ((sharpness, 0.0), (colourfulness, 0.0), (brightness, 1.0), (transparent_share, 1.0)):
        assert metric(hidden) == seen


def test_each_says_its_source_and_what_it_is_not() -> None:
    for function in (*(metric.function for metric in metrics()), hash_distance):
        assert "Source:" in (function.__doc__ or "")
        assert "Not quality" in (function.__doc__ or "")


# ---- one's own


def test_a_metric_of_ones_own(own: list[str]) -> None:
    own.append("redness")
    register_metric("redness", lambda image: ImageStat.Stat(image).mean[0], unit="levels")
    assert unit_of("redness") == "levels"
    assert [metric.name for metric in metrics()] == [*STANDARD, "redness"]
    (row,) = measure([picture(data=png(Image.new("RGB", (4, 4), "red")))], "redness")
    assert row["redness"] == 255
    unregister_metric("redness")
    assert unit_of("redness") == ""
    unregister_metric("sharpness")
    assert [metric.name for metric in metrics()] == STANDARD


@pytest.mark.parametrize(
    ("name", "function", "sentence"),
    [
        ("two words", lambda image: 1, "a name without spaces"),
        (7, lambda image: 1, "a name without spaces"),
        ("sharpness", lambda image: 1, "'sharpness' is taken"),
        ("quality", lambda image: 1, "'quality' is taken"),
        ("repeat", lambda image: 1, "'repeat' is taken"),
        ("waited", lambda image: 1, "'waited' is taken"),
        ("sweep", lambda image: 1, "'sweep' is taken"),
        ("broken", lambda image: 1 / 0, "failed. ZeroDivisionError: division by zero. It was not added"),
        ("endless", lambda image: math.inf, "It returned inf, and a metric returns one finite number"),
        ("nothing", lambda image: None, "It returned None"),
        ("text", lambda image: "3", "It returned '3'"),
        ("several", lambda image: [1, 2], r"It returned \[1, 2\]"),
        ("no_function", 3, "TypeError"),
    ],
)
def test_a_metric_that_cannot_work_is_refused(name: Any, function: Any, sentence: str) -> None:
    with pytest.raises(ConfigurationError, match=sentence):
        register_metric(name, function)
    assert [metric.name for metric in metrics()] == STANDARD


def test_a_metric_that_fails_on_a_picture_names_it(own: list[str]) -> None:
    own.append("fragile")
    register_metric("fragile", lambda image: 1 if image.mode == "RGB" else math.nan)
    with pytest.raises(ConfigurationError, match=r"'fragile' failed on a-red-fox_low_3x2_1.png. It returned nan"):
        measure([picture(data=png(noise(0, channels=4)))], ["fragile"])


def test_a_metric_that_draws_on_its_picture_spoils_no_other(own: list[str]) -> None:
    own.append("vandal")

    def blacken(image: Image.Image) -> float:
        image.paste("black", (0, 0, *image.size))
        return 0

    register_metric("vandal", blacken)
    (row,) = measure([picture(data=png(Image.new("RGB", (4, 4), "white")))], ["vandal", "brightness"])
    assert row["brightness"] == 1


# ---- a set of pictures


def test_rows_are_records_with_a_column_for_each_metric() -> None:
    images = ImageSet([picture(index=index, data=png(noise(index))) for index in range(4)])
    rows = measure(images)
    assert [list(row) for row in rows] == [[*RECORD_FIELDS, *STANDARD]] * 4
    assert [{name: row[name] for name in RECORD_FIELDS} for row in rows] == images.to_records()
    assert [row["sharpness"] for row in rows] == [sharpness(noise(index)) for index in range(4)]
    with pytest.raises(ConfigurationError, match=r"no metric 'beauty'. Known metrics: sharpness, colourfulness"):
        measure(images, ["beauty"])


def test_each_content_is_measured_once_and_never_on_the_callers_thread(own: list[str]) -> None:
    own.append("counted")
    threads: list[str] = []

    def count(image: Image.Image) -> float:
        threads.append(threading.current_thread().name)
        return 1

    register_metric("counted", count)
    threads.clear()
    images = [picture(index=index, data=png(noise(index + 50))) for index in range(3)]
    assert [row["counted"] for row in measure(images, ["counted"])] == [1, 1, 1]
    measure([*images, dataclasses.replace(images[0], task_id="task_02")], ["counted"])
    assert len(threads) == 3
    assert all(name.startswith("apimart-measure") for name in threads)
    # The same name for another function is another metric.
    unregister_metric("counted")
    register_metric("counted", lambda image: 2)
    assert [row["counted"] for row in measure(images, ["counted"])] == [2, 2, 2]
    unregister_metric("counted")
    assert not [key for key in module._measured if key[1].name == "counted"]


def test_an_interrupt_ends_the_wait_and_what_was_not_begun(own: list[str]) -> None:
    own.append("slow")
    begun: list[int] = []
    go_on = threading.Event()

    def slow(image: Image.Image) -> float:
        if image.size != (32, 32):  # no trial
            begun.append(1)
            if len(begun) == 1:
                _thread.interrupt_main()
            go_on.wait(10)
        return 1

    register_metric("slow", slow)
    images = [picture(index=index, data=png(noise(index + 200))) for index in range(20)]
    try:
        with pytest.raises(KeyboardInterrupt):
            measure(images, ["slow"])
    finally:
        go_on.set()
    assert len(begun) <= 4


def test_a_picture_whose_file_is_gone_is_missing() -> None:
    data = png(noise(99))
    gone = dataclasses.replace(picture(data=data), data=None, path=Path("nowhere.png"))
    kept: GeneratedImage = picture(data=png(noise(98)))
    rows = measure([gone, kept], ["entropy"])
    assert rows[0]["entropy"] is None
    assert rows[1]["entropy"] > 0
    assert rows[0]["sha256"] == hashlib.sha256(data).hexdigest()
