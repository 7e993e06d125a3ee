"""Contrasts: against truth in simulated studies, against SciPy, and by what must hold of any."""

from __future__ import annotations

import itertools
import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from apimart_widgets.contrast import Contrast, Difference, contrast, holm
from apimart_widgets.errors import ConfigurationError
from tests.examples import examples

Row = dict[str, Any]


def row(prompt: int, quality: str, value: float | None, *, size: str = "1:1", **more: Any) -> Row:
    return {"prompt": f"Fox {prompt}", "size": size, "quality": quality, "mode": "live", "sharpness": value, **more}


def study(
    seed: int, *, prompts: int = 12, effect: float = 3.0, levels: tuple[str, ...] = ("low", "high"), repeats: int = 2
) -> list[Row]:
    """A study whose effect is known.

    The effect differs between prompts (with the spread 2 about its mean), and between two sizes by the same amount up
    and down; prompts, sizes and single pictures have values of their own.
    """
    draws = np.random.default_rng([17, seed])
    rows = []
    for prompt in range(prompts):
        base = draws.normal(100, 30)
        gains = {level: effect + draws.normal(0, 2) for level in levels[1:]}
        for (place, size), level in itertools.product(enumerate(("1:1", "3:2")), levels):
            gain = gains[level] + (1 if place else -1) if level in gains else 0
            noise = draws.normal(0, 1.5, repeats)
            rows += [row(prompt, level, float(base + 20 * place + gain + error), size=size) for error in noise]
    return rows


def only(found: Contrast) -> Difference:
    (difference,) = found.differences
    return difference


# ---- against truth


@pytest.mark.parametrize(("prompts", "studies"), [(12, 500), (30, 200)])
def test_the_intervals_cover_the_known_effect(prompts: int, studies: int) -> None:
    covered = 0
    for seed in range(examples(studies)):
        found = only(contrast(study(seed, prompts=prompts, repeats=1), "sharpness", "quality", "low", seed=seed))
        assert found.low is not None
        assert found.high is not None
        covered += found.low <= 3.0 <= found.high
    assert 0.90 <= covered / examples(studies) <= 0.98


def test_where_nothing_differs_the_test_says_so_as_often_as_it_should() -> None:
    """Three levels without an effect: of any after Holm in about 5 % of the studies, of the first alone likewise."""
    draws = np.random.default_rng(5)
    alone = after_holm = 0
    studies = 300
    for _ in range(studies):
        rows = [
            row(prompt, level, draws.normal()) for prompt in range(12) for level in ("low", "medium", "high", "auto")
        ]
        found = contrast(rows, "sharpness", "quality", "low", resamples=500).differences
        alone += (found[0].p or 0) <= 0.05
        after_holm += any((difference.p_holm or 0) <= 0.05 for difference in found)
    assert 0.02 <= alone / studies <= 0.08
    assert after_holm / studies <= 0.08


# ---- against others


@pytest.mark.parametrize("seed", range(3))
def test_the_sign_flip_test_is_that_of_scipy(seed: int) -> None:
    """SciPy goes through all 1,024 signs of 10 prompts; ours draws, so they agree to within its error."""
    rows = study(seed, prompts=10, effect=1.0)
    found = only(contrast(rows, "sharpness", "quality", "low", resamples=20_000))
    differences = np.array(list(found.by_prompt.values()))
    exact = stats.permutation_test((differences,), np.mean, permutation_type="samples", n_resamples=np.inf)
    assert found.p == pytest.approx(exact.pvalue, abs=4 * (exact.pvalue / 20_000) ** 0.5 + 1e-4)


@pytest.mark.parametrize("seed", range(3))
def test_the_bootstrap_is_that_of_scipy(seed: int) -> None:
    """At the confidence to which the percentiles are moved for 12 prompts."""
    found = only(contrast(study(seed), "sharpness", "quality", "low", resamples=20_000))
    differences = np.array(list(found.by_prompt.values()))
    level = 1 - 2 * stats.norm.cdf(-stats.t.ppf(0.975, 11) * (12 / 11) ** 0.5)
    theirs = stats.bootstrap(
        (differences,), np.mean, confidence_level=level, n_resamples=20_000, method="percentile", random_state=seed
    ).confidence_interval
    assert (found.low, found.high) == pytest.approx((theirs.low, theirs.high), abs=0.06 * (theirs.high - theirs.low))


@given(st.lists(st.floats(0, 1), min_size=1, max_size=6))
def test_holm_is_the_closed_test_of_bonferronis(p_values: list[float]) -> None:
    """By its definition: of each level the largest Bonferroni p of all families of levels that it belongs to."""
    places = range(len(p_values))
    families = [family for size in range(1, len(p_values) + 1) for family in itertools.combinations(places, size)]
    expected = [
        max(min(1.0, len(family) * min(p_values[other] for other in family)) for family in families if place in family)
        for place in places
    ]
    assert holm(p_values) == pytest.approx(expected)


def test_the_estimate_by_hand() -> None:
    """Two prompts; the first has two sizes, which count together as much as the one size of the second."""
    rows = [
        *(row(1, "low", 1.0), row(1, "low", 3.0), row(1, "high", 10.0)),  # 10 - 2
        *(row(1, "low", 0.0, size="3:2"), row(1, "high", 2.0, size="3:2")),  # 2 - 0
        *(row(2, "low", 5.0), row(2, "high", 4.0), row(2, "high", 8.0)),  # 6 - 5
        row(3, "high", 1000.0),  # nothing to compare it with
        row(2, "high", None),
        row(2, "low", math.nan),
    ]
    found = contrast(rows, "sharpness", "quality", "low")
    high = only(found)
    assert high.by_prompt == {"Fox 1": 5.0, "Fox 2": 1.0}
    assert (high.estimate, high.low, high.high, high.p, high.p_holm) == (3.0, None, None, None, None)
    assert (high.prompts, high.images, high.missing, high.unmatched) == (2, 5, 1, 1)
    assert (found.images, found.missing) == (4, 1)
    assert "Under 10 prompts there is no interval" in repr(found)
    assert "seed" not in repr(found)


# ---- what must hold of any


@settings(max_examples=examples(20), deadline=None)
@given(seed=st.integers(0, 10_000), shift=st.floats(-1e3, 1e3), factor=st.floats(0.01, 100), order=st.randoms())
def test_units_order_and_the_level_of_a_prompt_do_not_matter(
    seed: int, shift: float, factor: float, order: Any
) -> None:
    rows = study(seed)
    before = only(contrast(rows, "sharpness", "quality", "low", resamples=200))
    moved = [{**one, "sharpness": factor * (one["sharpness"] + shift * len(one["prompt"]))} for one in rows]
    after = only(contrast(moved, "sharpness", "quality", "low", resamples=200))
    for name in ("estimate", "low", "high"):
        assert getattr(after, name) == pytest.approx(factor * getattr(before, name), rel=1e-6, abs=1e-6 * factor)
    prompts = list(dict.fromkeys(one["prompt"] for one in rows))
    blocks = {prompt: [one for one in rows if one["prompt"] == prompt] for prompt in prompts}
    for block in blocks.values():
        order.shuffle(block)
    shuffled = only(contrast([one for prompt in prompts for one in blocks[prompt]], "sharpness", "quality", "low"))
    assert shuffled.estimate == pytest.approx(before.estimate)
    # Exchanging the levels changes the sign.
    other = only(contrast(rows, "sharpness", "quality", "high", resamples=200))
    assert other.estimate == pytest.approx(-before.estimate)
    assert other.p == pytest.approx(before.p)


def test_a_seed_gives_the_same_numbers_and_a_further_level_changes_none() -> None:
    rows = study(1, levels=("low", "medium", "high"))
    found = contrast(rows, "sharpness", "quality", "low", seed=4)
    assert found == contrast(rows, "sharpness", "quality", "low", seed=4)
    assert hash(found) == hash(contrast(rows, "sharpness", "quality", "low", seed=4))
    assert found.seed == 4
    alone = only(contrast([one for one in rows if one["quality"] != "high"], "sharpness", "quality", "low", seed=4))
    first = found.differences[0]
    assert (first.estimate, first.low, first.high, first.p) == (alone.estimate, alone.low, alone.high, alone.p)
    assert (first.low, first.high) != tuple(
        getattr(contrast(rows, "sharpness", "quality", "low", seed=5).differences[0], name) for name in ("low", "high")
    )
    assert [difference.p_holm for difference in found.differences] == holm([one.p or 0 for one in found.differences])


def test_sizes_are_compared_within_a_prompt() -> None:
    found = only(contrast(study(2), "sharpness", "size", "1:1"))
    assert found.level == "3:2"
    assert found.prompts == 12
    assert found.estimate == pytest.approx(21, abs=1)  # 20 for the size, 2 more at "high", half of the pictures


def test_settings_that_vary_besides_are_named() -> None:
    rows = [{**one, "background": "auto" if number % 3 else "opaque"} for number, one in enumerate(study(0))]
    found = contrast(rows, "sharpness", "quality", "low")
    assert found.mixed == ("background",)
    assert "pictures also differ in background" in repr(found)
    assert contrast(study(0), "sharpness", "quality", "low").mixed == ()


def test_it_reads_as_a_table_with_units() -> None:
    found = contrast(study(3, levels=("low", "medium", "high")), "sharpness", "quality", "low", seed=7)
    lines = repr(found).splitlines()
    assert lines[0] == "sharpness (grey levels²) by quality, against low"
    assert lines[1].split("  ")[0] == "quality"
    assert "difference (grey levels²)" in lines[1]
    assert [line.split()[0] for line in lines[2:5]] == ["low", "medium", "high"]
    assert "< 0.001" in lines[4]
    assert "2000 draws each, seed 7." in repr(found)
    html = found._repr_html_()
    assert html.count("<tr>") == 4
    assert "grey levels²" in html
    records = found.to_records()
    assert json.loads(json.dumps(records)) == records
    assert [record["level"] for record in records] == ["low", "medium", "high"]
    assert {tuple(record) for record in records} == {tuple(records[0])}
    assert records[1]["unit"] == "grey levels²"


@pytest.mark.parametrize(
    ("change", "arguments", "sentence"),
    [
        ({}, ("sharpness", "quality", "lwo"), "No picture has quality 'lwo'. Write as baseline one of: 'low', 'high'."),
        ({"quality": "low"}, ("sharpness", "quality", "low"), "All pictures have quality 'low'"),
        ({}, ("beauty", "quality", "low"), "has a column 'beauty'"),
        ({"sharpness": "12"}, ("sharpness", "quality", "low"), "'sharpness' is '12' in row 1"),
        ({"sharpness": math.inf}, ("sharpness", "quality", "low"), "'sharpness' is inf in row 1"),
        ({"sharpness": [1]}, ("sharpness", "quality", "low"), r"'sharpness' is \[1\] in row 1"),
        ({"sharpness": None}, ("sharpness", "quality", "low"), "so nothing can be compared"),
    ],
)
def test_what_cannot_be_compared_is_said(change: Row, arguments: tuple[str, str, str], sentence: str) -> None:
    with pytest.raises(ConfigurationError, match=sentence):
        contrast([{**one, **change} for one in study(0)], *arguments)


def test_values_that_are_all_alike() -> None:
    found = only(contrast([{**one, "sharpness": 1.0} for one in study(0)], "sharpness", "quality", "low"))
    assert (found.estimate, found.low, found.high, found.p) == (0, 0, 0, 1)


def test_a_cost_is_in_the_unit_of_its_rows_and_never_in_two() -> None:
    rows = [row(n, quality, 1.0, cost=cost) for n in range(3) for quality, cost in (("low", 0.5), ("high", 2.0))]
    assert contrast(rows, "cost", "quality", "low").unit == "$"
    for unit in ("USD", "credits"):
        assert contrast([{**each, "cost_unit": unit} for each in rows], "cost", "quality", "low").unit == unit
    mixed = [{**each, "cost_unit": "credits" if each["quality"] == "low" else "USD"} for each in rows]
    with pytest.raises(ConfigurationError, match="several units: USD, credits"):
        contrast(mixed, "cost", "quality", "low")
    missing = [{**each, "cost": None, "cost_unit": "credits"} for each in rows]
    assert contrast([*missing, *rows], "cost", "quality", "low").unit == "$"
