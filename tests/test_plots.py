"""Plots: what is drawn where, what is said beside it, and what is refused. How they look was looked at."""

from __future__ import annotations

import itertools
import math
import subprocess
import sys
from typing import Any

import matplotlib
import matplotlib.style
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from IPython.core.formatters import DisplayFormatter
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from apimart_widgets.contrast import contrast
from apimart_widgets.errors import ConfigurationError
from apimart_widgets.plots import plot
from tests.examples import examples

Row = dict[str, Any]


def study(prompts: int = 12, *, levels: tuple[str, ...] = ("low", "high"), mode: str = "live") -> list[Row]:
    draws = np.random.default_rng(3)
    return [
        {
            "prompt": f"Fox {prompt}",
            "size": size,
            "quality": level,
            "mode": mode,
            "n": 1,
            "style": level,
            "cost": 0.01 + place,
            "cost_unit": "USD",
            "waited": 9.0 + 4 * place + draws.normal(),
            "sharpness": draws.normal(300 + 50 * place, 40),
            "rating": int(draws.integers(1, 6)),
        }
        for prompt, size, (place, level) in itertools.product(range(prompts), ("1:1", "3:2"), enumerate(levels))
    ]


def drawn(ax: Axes, gid: str) -> list[Any]:
    return [artist for artist in ax.get_children() if artist.get_gid() == gid]


def points(ax: Axes) -> list[np.ndarray[Any, Any]]:
    """The points of each level, shape (pictures, 2)."""
    return [np.asarray(artist.get_offsets()) for artist in drawn(ax, "points")]


def means(ax: Axes) -> list[float]:
    return [float(bars.lines[0].get_ydata()[0]) for bars in ax.containers]


def ends(ax: Axes) -> list[tuple[float, float]]:
    """The interval of each level that has one."""
    segments = [bars.lines[2][0].get_segments()[0] for bars in ax.containers if bars.lines[2]]
    return [(float(low[1]), float(high[1])) for low, high in segments]


def notes(ax: Axes) -> str:
    return " ".join(text.get_text().replace("\n", " ") for text in drawn(ax, "notes"))


def ticks(ax: Axes) -> list[str]:
    return [label.get_text() for label in ax.get_xticklabels()]


# ---- a setting


def test_every_picture_is_a_point_of_its_level() -> None:
    rows = study(levels=("low", "medium", "high"))
    ax = plot(rows, "quality", "sharpness", levels=["high", "low", "medium"])
    assert ticks(ax) == ["high", "low", "medium"]
    for place, level in enumerate(("high", "low", "medium")):
        own = points(ax)[place]
        assert own[:, 1].tolist() == [row["sharpness"] for row in rows if row["quality"] == level]
        assert (np.abs(own[:, 0] - place) < 0.5).all()
    looks = [artist.get_facecolor()[0].tolist() for artist in drawn(ax, "points")]
    shapes = [artist.get_paths()[0].vertices.tolist() for artist in drawn(ax, "points")]
    assert looks[0] != looks[1] != looks[2] != looks[0]
    assert shapes[0] != shapes[1] != shapes[2] != shapes[0]


def test_the_means_differ_as_the_contrast_says_and_lie_in_their_intervals() -> None:
    rows = [row for row in study() if not (row["prompt"] == "Fox 3" and row["size"] == "3:2")]
    ax = plot(rows, "quality", "sharpness")
    low, high = means(ax)
    assert high - low == pytest.approx(contrast(rows, "sharpness", "quality", "low").differences[0].estimate)
    assert [bottom < mean < top for (bottom, top), mean in zip(ends(ax), (low, high), strict=True)] == [True, True]
    assert "95 % interval, bootstrap over prompts, 2000 draws, seed 0." in notes(ax)
    assert "Under 10 prompts" not in notes(ax)


def test_the_interval_is_over_prompts_and_not_over_pictures() -> None:
    """Each picture many times over says nothing more about other prompts."""
    once, often = (ends(plot(study() * times, "quality", "sharpness")) for times in (1, 20))
    np.testing.assert_allclose(often, once)


def test_under_ten_prompts_there_is_no_interval_and_the_plot_says_so() -> None:
    ax = plot(study(9), "quality", "sharpness")
    assert len(means(ax)) == 2
    assert ends(ax) == []
    assert "Under 10 prompts there is no interval" in notes(ax)
    assert "95 % interval, bootstrap" not in notes(ax)


def test_prompts_are_levels_without_intervals() -> None:
    ax = plot(study(3), "prompt", "rating")
    assert ticks(ax) == ["Fox 0", "Fox 1", "Fox 2"]
    assert (len(means(ax)), ends(ax)) == (3, [])
    assert all(tick == round(tick) for tick in ax.get_yticks())  # half a star is none


def test_the_same_seed_draws_the_same_and_another_one_other_places() -> None:
    first, again, other = (plot(study(), "quality", "sharpness", seed=seed) for seed in (4, 4, 5))
    assert [own.tolist() for own in points(first)] == [own.tolist() for own in points(again)]
    assert ends(first) == ends(again)
    assert points(first)[0][:, 0].tolist() != points(other)[0][:, 0].tolist()
    assert points(first)[0][:, 1].tolist() == points(other)[0][:, 1].tolist()
    assert ends(first) != ends(other)


def test_settings_that_are_numbers_are_levels() -> None:
    rows = [{**row, "n": 1 + number % 2, "year": 1920 + number % 2} for number, row in enumerate(study())]
    assert ticks(plot(rows, "n", "waited")) == ["1", "2"]
    assert ticks(plot(rows, "year", "waited", levels=[1921, 1920])) == ["1921", "1920"]
    assert len(points(plot(rows, "year", "waited"))) == 1  # a column of numbers, and nobody calls them levels


@pytest.mark.parametrize("value", [None, math.nan])
def test_what_is_missing_is_left_out_and_counted(value: float | None) -> None:
    rows = study()
    rows[0]["sharpness"] = rows[7]["sharpness"] = value
    ax = plot(rows, "quality", "sharpness")
    assert sum(map(len, points(ax))) == len(rows) - 2
    assert f"2 of {len(rows)} pictures left out: no value of sharpness." in notes(ax)
    ax = plot(study(levels=("low", "medium", "high")), "quality", "sharpness", levels=["low", "high"])
    assert "24 of 72 pictures left out: of levels not asked for." in notes(ax)
    assert "left out" not in notes(plot(study(), "quality", "sharpness"))


# ---- two numbers


def test_two_numbers_are_a_scatter_plot_with_a_mean_for_each_level() -> None:
    rows = study()
    ax = plot(rows, "cost", "waited", by="quality", levels=["high", "low"])
    own = [row for row in rows if row["quality"] == "high"]
    assert points(ax)[0].tolist() == [[row["cost"], row["waited"]] for row in own]
    legend = ax.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["high", "low"]
    assert legend.get_title().get_text() == "quality"
    middle = [np.asarray(artist.get_offsets())[0].tolist() for artist in drawn(ax, "mean")]
    assert middle[0] == pytest.approx([1.01, np.mean([row["waited"] for row in own])])
    assert "Large points: mean of each quality" in notes(ax)


def test_without_levels_a_scatter_plot_is_points_alone() -> None:
    rows = study()
    rows[3]["cost"] = None
    ax = plot(rows, "cost", "sharpness")
    assert len(points(ax)[0]) == len(rows) - 1
    assert ax.get_legend() is None
    assert drawn(ax, "mean") == []
    assert notes(ax) == f"1 of {len(rows)} pictures left out: no value of cost."


# ---- what stands beside it


@pytest.mark.parametrize(
    ("x", "y", "labels"),
    [
        ("quality", "sharpness", ("quality", "sharpness (grey levels²)")),
        ("cost", "waited", ("cost (USD)", "waited (s)")),
        ("style", "rating", ("style", "rating (stars)")),
        ("sharpness", "cost", ("sharpness (grey levels²)", "cost (USD)")),
    ],
)
def test_axes_have_their_units(x: str, y: str, labels: tuple[str, str]) -> None:
    ax = plot(study(), x, y)
    assert (ax.get_xlabel(), ax.get_ylabel()) == labels


def test_units_may_come_from_elsewhere_and_a_cost_has_that_of_its_rows() -> None:
    assert plot(study(), "quality", "waited", unit_of=lambda name: "min").get_ylabel() == "waited (min)"
    rows = [{**row, "cost_unit": "credits"} for row in study()]
    assert plot(rows, "quality", "cost").get_ylabel() == "cost (credits)"


def test_sandbox_drawings_say_so_above_and_live_pictures_have_no_title() -> None:
    for arguments in ({"x": "quality", "y": "waited"}, {"x": "cost", "y": "waited", "by": "quality"}):
        ax = plot(study(mode="sandbox"), **arguments)  # type: ignore[arg-type]
        assert ax.get_title("left") == "Sandbox drawings: no evidence about any model"
        assert plot(study(), **arguments).get_title("left") == ""  # type: ignore[arg-type]


AWKWARD = st.text(st.characters(exclude_categories=["Cs", "Cc"], max_codepoint=0x24F), min_size=1, max_size=60)


@settings(max_examples=examples(12), deadline=None)
@given(
    st.lists(AWKWARD | st.sampled_from(["$5 or $6", "a_b^c $\\frac", "%d {x}"]), min_size=1, max_size=9, unique=True)
)
def test_any_prompt_can_be_drawn(prompts: list[str]) -> None:
    rows = [{**row, "prompt": prompt} for prompt in prompts for row in study(1)]
    ax = plot(rows, "prompt", "waited")
    assert len(ticks(ax)) == len(prompts)
    assert ax._repr_png_()[0].startswith(b"\x89PNG")  # type: ignore[attr-defined]


# ---- where it is drawn


def test_it_shows_itself_in_a_notebook_and_leaves_pyplot_alone() -> None:
    ax = plot(study(), "quality", "waited")
    data, metadata = DisplayFormatter().format(ax)
    assert data["image/png"].startswith(b"\x89PNG")
    assert metadata["image/png"] == {"width": 640, "height": 440}
    code = (
        "import sys; from tests.test_plots import *; import matplotlib.pyplot as plt;"
        "before = dict(matplotlib.rcParams); plot(study(), 'quality', 'waited');"
        "print(plt.get_fignums(), before == dict(matplotlib.rcParams))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[] True"


def test_it_draws_into_axes_it_is_given() -> None:
    figure = Figure()
    first, second = figure.subplots(1, 2)
    assert plot(study(), "quality", "waited", ax=second) is second
    assert (len(points(second)), drawn(first, "points")) == (2, [])


def luminance(color: Any) -> float:
    channels = matplotlib.colors.to_rgb(color)
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("style", ["default", "dark_background", "ggplot", "Solarize_Light2"])
def test_text_is_legible_on_light_and_dark(style: str) -> None:
    with matplotlib.style.context(style):
        ax = plot(study(mode="sandbox"), "cost", "waited", by="quality")
    legend = ax.get_legend()
    assert legend is not None
    figure = ax.figure
    assert isinstance(figure, Figure)
    ground = luminance(figure.get_facecolor())
    texts = [ax.xaxis.label, ax.yaxis.label, *drawn(ax, "notes"), *legend.get_texts(), *ax.get_xticklabels()]
    for text in texts:
        lighter, darker = sorted((luminance(text.get_color()), ground), reverse=True)
        assert (lighter + 0.05) / (darker + 0.05) >= 4.5
    assert min(text.get_fontsize() for text in texts) >= 8


# ---- what is refused


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"x": "beauty"}, "Not every row has a column 'beauty'. Columns: cost, cost_unit, mode, n, prompt, quality,"),
        ({"y": "beauty"}, "Not every row has a column 'beauty'"),
        ({"x": "cost", "by": "beauty"}, "Not every row has a column 'beauty'"),
        ({"y": "style"}, "'style' is 'low' in row 1, and is drawn as a number"),
        ({"levels": ["low", "ultra"]}, "No picture has quality 'ultra'. Write in levels= some of: 'low', 'high'."),
        ({"levels": "ultra"}, "No picture has quality 'ultra'"),
        ({"levels": [["low"]]}, r"No picture has quality \['low'\]"),
        ({"levels": 3}, "No picture has quality 3"),
        ({"x": ["quality"]}, r"Not every row has a column \['quality'\]"),
        ({"levels": []}, r"'quality' has 0 levels, and 1 to 40 can be drawn\. .*plots\.plot\(rows, \.\.\., levels="),
        ({"by": "style"}, "'quality' is drawn as a setting, which has its colours already"),
        ({"seed": -1}, "The seed is a whole number from 0"),
    ],
)
def test_what_cannot_be_drawn_is_said(arguments: Row, sentence: str) -> None:
    with pytest.raises(ConfigurationError, match=sentence):
        plot(study(), **{"x": "quality", "y": "waited", **arguments})


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"waited": None}, "No picture has both 'quality' and 'waited'"),
        ({"waited": math.inf}, "'waited' is inf in row 1"),
        ({"waited": True}, "'waited' is True in row 1"),
        ({"quality": ["low"]}, "holds lists, which are no levels"),
        ({"mode": None}, "Row 1 does not say whether"),
    ],
)
def test_rows_that_cannot_be_drawn_are_named(change: Row, sentence: str) -> None:
    with pytest.raises(ConfigurationError, match=sentence):
        plot([{**row, **change} for row in study()], "quality", "waited")


def test_kinds_that_must_not_be_mixed() -> None:
    with pytest.raises(ConfigurationError, match="live and the others are sandbox drawings"):
        plot([*study(), *study(mode="sandbox")], "quality", "waited")
    rows = study()
    rows[0]["cost_unit"] = "credits"
    with pytest.raises(ConfigurationError, match="several units: USD, credits"):
        plot(rows, "quality", "cost")
    with pytest.raises(ConfigurationError, match="There are no pictures"):
        plot([], "quality", "cost")
    with pytest.raises(ConfigurationError, match="has 50 levels, and 1 to 40 can be drawn"):
        plot(study(50), "prompt", "cost")
