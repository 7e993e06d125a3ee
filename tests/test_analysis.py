"""What every analysis shares: the guard against mixing, the extra, intervals and tables."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import stats

from apimart_widgets.analysis import Table, figure, interval, one_mode, title
from apimart_widgets.bradley_terry import strengths
from apimart_widgets.contrast import contrast
from apimart_widgets.errors import ConfigurationError
from apimart_widgets.ratings import win_rates

SANDBOX = "Sandbox drawings: no evidence about any model"


def records(*modes: str, prompts: int = 12) -> list[dict[str, Any]]:
    """Two pictures a prompt, "low" and "high", of the modes in turn."""
    return [
        {
            "prompt": f"Fox {prompt}",
            "size": "1:1",
            "quality": quality,
            "sha256": f"{prompt}-{quality}",
            "sharpness": value,
        }
        | {"mode": modes[(2 * prompt + int(value)) % len(modes)]}
        for prompt in range(prompts)
        for quality, value in (("low", 0.0), ("high", 1.0))
    ]


def ratings(prompts: int = 12) -> list[dict[str, Any]]:
    """Each pair once by each of three raters, of whom one always prefers "low"."""
    return [
        {"rater": f"r{rater}", "a": f"{prompt}-low", "b": f"{prompt}-high", "choice": "b" if rater else "a"}
        | {"time": "2026-11-24T09:00:00+00:00", "repeat": 0}
        for prompt in range(prompts)
        for rater in range(3)
    ]


ANALYSES: dict[str, Callable[[list[dict[str, Any]]], Any]] = {
    "contrast": lambda rows: contrast(rows, "sharpness", "quality", "low"),
    "win_rates": lambda rows: win_rates(ratings(), rows, "quality"),
    "strengths": lambda rows: strengths(ratings(), rows, "quality", resamples=200),
}


@pytest.mark.parametrize("name", ANALYSES)
def test_live_and_sandbox_never_mix(name: str) -> None:
    with pytest.raises(ConfigurationError, match="12 of these 24 pictures is live") as refused:
        ANALYSES[name](records("live", "sandbox"))
    assert "沙盒" in refused.value.message.to("zh")
    for unknown in ({"mode": None}, {"mode": "Live"}):
        with pytest.raises(ConfigurationError, match="does not say whether"):
            ANALYSES[name]([*records("live")[:-1], {**records("live")[-1], **unknown}])


@pytest.mark.parametrize("name", ANALYSES)
def test_what_is_made_of_sandbox_drawings_says_so(name: str) -> None:
    drawn, live = ANALYSES[name](records("sandbox")), ANALYSES[name](records("live"))
    assert drawn.title == SANDBOX
    assert repr(drawn).startswith(SANDBOX + "\n")
    assert f"<b>{SANDBOX}</b>" in drawn._repr_html_()
    assert live.title is None
    assert SANDBOX not in repr(live) + live._repr_html_()
    assert {row["mode"] for row in drawn.to_records()} == {"sandbox"}
    assert title("live") is None


def test_rows_that_say_nothing_are_refused_with_a_sentence() -> None:
    rows = records("live")
    cases: list[tuple[Any, str]] = [
        ([], "no pictures to analyse"),
        ([1, 2], "Each row is a dict"),
        ([{**row, "quality": ["low"]} for row in rows], "holds lists"),
        ([{"mode": "live", "quality": "low"}], "has a column 'prompt'"),
    ]
    for wrong, sentence in cases:
        for name in ("contrast", "win_rates", "strengths"):
            with pytest.raises(ConfigurationError, match=sentence):
                ANALYSES[name](wrong)
    with pytest.raises(ConfigurationError, match="prompts cannot be compared so"):
        contrast(rows, "sharpness", "prompt", "Fox 1")
    with pytest.raises(ConfigurationError, match=r"has a column 'colour'. Columns: mode, prompt"):
        contrast(rows, "sharpness", "colour", "red")


@pytest.mark.parametrize(
    "draws", [{"seed": -1}, {"seed": 1.5}, {"seed": True}, {"resamples": 199}, {"resamples": "many"}]
)
def test_draws_that_could_not_be_repeated_are_refused(draws: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match=r"is a whole number from (0|200)"):
        contrast(records("live"), "sharpness", "quality", "low", **draws)


MISSING = """
import sys
sys.modules[{module!r}] = None
from PIL import Image
from apimart_widgets import metrics, bradley_terry
try:
    {call}
except ImportError as error:
    print(error)
"""


@pytest.mark.parametrize(
    ("module", "call"),
    [
        ("skimage", "metrics.sharpness(Image.new('RGB', (8, 8)))"),
        ("imagehash", "metrics.hash_distance(Image.new('RGB', (8, 8)), Image.new('RGB', (8, 8)))"),
        ("numpy", "metrics.brightness(Image.new('RGB', (8, 8)))"),
        ("scipy", "bradley_terry.davidson([[0, 1], [0, 0]], [[0, 0], [0, 0]])"),
    ],
)
def test_a_missing_extra_is_said_with_the_line_that_installs_it(module: str, call: str) -> None:
    """And without it the modules can still be imported."""
    script = MISSING.format(module=module, call=call)
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.startswith(f"This needs {module}")
    assert 'pip install "apimart-widgets[analysis]"' in ran.stdout


def test_importing_an_analysis_loads_nothing_heavy() -> None:
    look = "import sys; import apimart_widgets.bradley_terry, apimart_widgets.contrast, apimart_widgets.metrics;"
    look += "print([name for name in ('numpy', 'scipy', 'skimage', 'imagehash', 'pandas') if name in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


# ---- intervals


@pytest.mark.parametrize("clusters", [10, 25, 400])
def test_the_interval_is_as_wide_as_students(clusters: int) -> None:
    """Of a mean of normal values the bootstrap's spread is too small by sqrt((n - 1) / n); the interval makes up."""
    values = np.random.default_rng(3).normal(5, 2, clusters)
    means = np.random.default_rng(4).choice(values, (40_000, clusters)).mean(axis=1)
    expected = stats.t.interval(0.95, clusters - 1, values.mean(), values.std(ddof=1) / clusters**0.5)
    width = expected[1] - expected[0]
    assert interval(means, clusters) == pytest.approx(expected, abs=0.08 * width)


def test_one_mode_of_all() -> None:
    assert one_mode(records("sandbox")) == "sandbox"


# ---- tables


def test_a_table_escapes_what_a_user_wrote() -> None:
    html = Table(("<b>",), ("<script>", "n"), (("&amp;", "1"),), ("<i>",)).html()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert "<b>&lt;b&gt;</b>" in html
    assert "&amp;amp;" in html


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.0, "0"), (3, "3"), (-0.5, "-0.5"), (999.94, "999.9"), (1e9, "1.000e+09"), (1e-7, "1.000e-07")],
)
def test_figures(value: float, shown: str) -> None:
    assert figure(value) == shown
