"""Davidson's model: against his data and his iteration, a direct maximisation, and where there is no maximum."""

from __future__ import annotations

import itertools
import json
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.sparse.csgraph import connected_components

from apimart_widgets.bradley_terry import Fit, davidson, strengths
from apimart_widgets.errors import ConfigurationError
from apimart_widgets.words import Sentence
from tests.examples import examples

# Chocolate puddings of six brands, example 2 of Davidson (1970), from R's PlackettLuce: pair, wins of each, ties.
PUDDINGS = [
    *((1, 2, 19, 22, 16), (1, 3, 16, 19, 12), (2, 3, 19, 19, 10), (1, 4, 18, 23, 13), (2, 4, 23, 19, 9)),
    *((3, 4, 19, 20, 15), (1, 5, 13, 19, 18), (2, 5, 16, 20, 12), (3, 5, 16, 15, 17), (4, 5, 17, 14, 16)),
    *((1, 6, 18, 21, 12), (2, 6, 22, 20, 12), (3, 6, 13, 18, 10), (4, 6, 14, 19, 18), (5, 6, 11, 21, 12)),
]


def tables(k: int, pairs: Any) -> tuple[Any, Any]:
    wins, ties = np.zeros((k, k)), np.zeros((k, k))
    for i, j, first, second, tied in pairs:
        wins[i - 1, j - 1], wins[j - 1, i - 1], ties[i - 1, j - 1] = first, second, tied
    return wins, ties


def negative_log_likelihood(parameters: Any, wins: Any, ties: Any) -> float:
    """As the model is written down, pair by pair; the last parameter is log nu."""
    worths, nu = np.exp(np.append(parameters[:-1], 0.0)), np.exp(parameters[-1])
    total = 0.0
    for i, j in itertools.combinations(range(len(wins)), 2):
        tie = nu * np.sqrt(worths[i] * worths[j])
        whole = worths[i] + worths[j] + tie
        seen = (wins[i, j], worths[i]), (wins[j, i], worths[j]), (ties[i, j] + ties[j, i], tie)
        total -= sum(count * np.log(part / whole) for count, part in seen if count)
    return float(total)


def maximised(wins: Any, ties: Any) -> Any:
    """Strengths with mean 0, log nu and log-likelihood by a general optimiser without derivatives of ours."""
    found = minimize(negative_log_likelihood, np.zeros(len(wins)), (wins, ties), method="BFGS", options={"gtol": 1e-6})
    strengths = np.append(found.x[:-1], 0.0)
    return strengths - strengths.mean(), found.x[-1], -found.fun


def iterated(wins: Any, ties: Any) -> tuple[Any, float]:
    """Davidson's own iteration (1970, section 4): worths from scores of two for a win and one for a tie, then nu."""
    compared = wins + wins.T + ties + ties.T
    tied = (ties + ties.T).sum() / 2
    score = 2 * wins.sum(axis=1) + (ties + ties.T).sum(axis=1)
    worths, nu = np.full(len(wins), 1 / len(wins)), 1.0
    for _ in range(5000):
        root = np.sqrt(np.outer(worths, worths))
        whole = worths[:, None] + worths[None, :] + nu * root
        share = compared * (2 + nu * np.sqrt(worths[None, :] / worths[:, None])) / whole
        worths = score / (share.sum(axis=1) - np.diag(share))
        worths = worths / worths.sum()
        root = np.sqrt(np.outer(worths, worths))
        off = ~np.eye(len(wins), dtype=bool)
        nu = tied / ((compared * root / (worths[:, None] + worths[None, :] + nu * root))[off].sum() / 2)
    return worths, nu


# ---- the model


def test_davidsons_puddings() -> None:
    """His data; the estimates are those of his iteration run to its end, and of a general optimiser."""
    wins, ties = tables(6, PUDDINGS)
    fit = davidson(wins, ties)
    assert isinstance(fit, Fit)
    worths, nu = iterated(wins, ties)
    assert fit.worths == pytest.approx(worths, abs=1e-7)
    assert fit.nu == pytest.approx(nu, abs=1e-7)
    theirs, log_nu, height = maximised(wins, ties)
    assert fit.strengths == pytest.approx(theirs, abs=1e-5)
    assert np.log(fit.nu) == pytest.approx(log_nu, abs=1e-5)
    assert fit.log_likelihood == pytest.approx(height)
    # As many ties and as many points (two for a win, one for a tie) are expected of each brand as were seen.
    worth = np.array(fit.worths)
    tie = fit.nu * np.sqrt(np.outer(worth, worth))
    compared = (wins + wins.T + ties + ties.T) / (worth[:, None] + worth[None, :] + tie)
    points = (compared * (2 * worth[:, None] + tie)).sum(axis=1)
    assert points == pytest.approx(2 * wins.sum(axis=1) + (ties + ties.T).sum(axis=1))
    assert (compared * tie).sum() / 2 == pytest.approx(ties.sum())
    assert worth.sum() == pytest.approx(1)


@settings(max_examples=examples(40), deadline=None)
@given(st.integers(2, 4), st.integers(0, 2**32 - 1), st.integers(0, 5))
def test_against_a_direct_maximisation(k: int, seed: int, tied: int) -> None:
    draws = np.random.default_rng(seed)
    wins, ties = draws.integers(0, 8, (k, k)), draws.integers(0, tied + 1, (k, k))
    np.fill_diagonal(ties, 0)
    fit = davidson(wins, ties)
    assume(isinstance(fit, Fit))
    assert isinstance(fit, Fit)
    if ties.any():
        expected, log_nu, height = maximised(wins, ties)
        assert np.log(fit.nu) == pytest.approx(log_nu, abs=2e-3)
        assert fit.strengths == pytest.approx(expected, abs=2e-3)
    else:
        assert fit.nu == 0
        found = minimize(lambda x: negative_log_likelihood(np.append(x, -50.0), wins, ties), np.zeros(k - 1))
        expected, height = np.append(found.x, 0) - np.append(found.x, 0).mean(), -found.fun
        assert fit.strengths == pytest.approx(expected, abs=2e-3)
    assert fit.log_likelihood >= height - 1e-6
    # Which level stands first does not matter.
    turned = davidson(wins[::-1, ::-1], ties[::-1, ::-1])
    assert isinstance(turned, Fit)
    assert turned.strengths[::-1] == pytest.approx(fit.strengths, abs=1e-6)


# ---- where there is no maximum


@settings(max_examples=examples(60), deadline=None)
@given(st.integers(2, 5), st.integers(0, 2**32 - 1))
def test_without_ties_it_is_estimable_where_the_graph_is_strongly_connected(k: int, seed: int) -> None:
    wins = np.random.default_rng(seed).integers(0, 2, (k, k))
    np.fill_diagonal(wins, 0)
    strong = connected_components(wins, connection="strong", return_labels=False) == 1
    assert isinstance(davidson(wins, np.zeros((k, k))), Fit) == strong


@pytest.mark.parametrize(
    ("k", "pairs", "sentence"),
    [
        (2, [(1, 2, 5, 0, 0)], "level 2 never won against level 1"),
        # Ties do not help: the strength and nu can grow together.
        (2, [(1, 2, 5, 0, 3)], "level 2 never won against level 1"),
        (2, [(1, 2, 0, 0, 3)], "every comparison was a tie"),
        (2, [(1, 2, 0, 0, 0)], "fall into groups that were never compared"),
        (4, [(1, 2, 1, 1, 0), (3, 4, 1, 1, 1)], "fall into groups that were never compared"),
        (3, [(1, 2, 2, 2, 0), (1, 3, 4, 0, 0), (2, 3, 4, 0, 0)], "level 3 never won against level 1, level 2"),
        # A tie elsewhere fixes nu, and a level with ties alone is then as strong as the one it ties with.
        (3, [(1, 2, 2, 2, 1), (2, 3, 0, 0, 3)], None),
        # Nobody ever lost to a lower one, and yet the tie of the first and the third holds all together.
        (3, [(1, 2, 2, 0, 2), (2, 3, 2, 0, 2), (1, 3, 0, 0, 2)], None),
    ],
)
def test_where_it_is_not_estimable_it_says_why(k: int, pairs: Any, sentence: str | None) -> None:
    found = davidson(*tables(k, pairs))
    if sentence is None:
        assert isinstance(found, Fit)
        assert max(map(abs, found.strengths)) < 10
    else:
        assert isinstance(found, Sentence)
        assert found.startswith("Not estimable")
        assert sentence in found


@pytest.mark.parametrize(
    ("wins", "ties"),
    [
        *(([[0]], [[0]]), ([[0, 1]], [[0, 1]]), ([[0, -1], [1, 0]], [[0, 0], [0, 0]]), ("many", "few")),
        *(([[0, 1], [1, 0]], [[0] * 3] * 3), ([[0, np.nan], [1, 0]], [[0, 0], [0, 0]])),
    ],
)
def test_what_are_no_counts(wins: Any, ties: Any) -> None:
    with pytest.raises(ConfigurationError, match="two square tables of counts"):
        davidson(wins, ties)


# ---- from ratings


WORTH = {"low": -0.6, "medium": 0.0, "high": 0.6}


def survey(seed: int, *, prompts: int = 20, raters: int = 6, spread: float = 0.3) -> tuple[list[Any], list[Any]]:
    """Ratings by raters and on prompts that differ about known strengths, with nu = 0.8; and the pictures' records."""
    draws = np.random.default_rng([23, seed])
    records, ratings = [], []
    liking = {(rater, level): draws.normal(0, spread) for rater in range(raters) for level in WORTH}
    for prompt in range(prompts):
        suits = {level: draws.normal(0, spread) for level in WORTH}
        records += [
            {"sha256": f"{prompt}-{level}", "prompt": f"Fox {prompt}", "size": "1:1", "quality": level, "mode": "live"}
            for level in WORTH
        ]
        for rater, pair in itertools.product(range(raters), itertools.combinations(WORTH, 2)):
            i, j = (np.exp(WORTH[level] + suits[level] + liking[rater, level]) for level in pair)
            chances = np.array([i, j, 0.8 * np.sqrt(i * j)])
            choice = ("a", "b", "tie")[draws.choice(3, p=chances / chances.sum())]
            sides = {"a": f"{prompt}-{pair[0]}", "b": f"{prompt}-{pair[1]}"}
            ratings.append({"rater": f"r{rater}", **sides, "choice": choice, "time": "", "repeat": 0})
    return ratings, records


def test_strengths_are_those_of_the_counts() -> None:
    ratings, records = survey(0)
    found = strengths(ratings, records, "quality", resamples=200)
    wins, ties = np.zeros((3, 3)), np.zeros((3, 3))
    place = {level: index for index, level in enumerate(WORTH)}
    for one in ratings:
        i, j = (place[one[side].split("-")[1]] for side in ("a", "b"))
        if one["choice"] == "tie":
            ties[i, j] += 1
        else:
            wins[(i, j) if one["choice"] == "a" else (j, i)] += 1
    fit = davidson(wins, ties)
    assert isinstance(fit, Fit)
    assert [row.level for row in found.levels] == list(WORTH)
    assert tuple(row.strength for row in found.levels) == pytest.approx(fit.strengths)
    assert found.nu == pytest.approx(fit.nu)
    assert (found.comparisons, found.prompts, found.raters, found.lost) == (360, 20, 6, 0)
    assert "Comparisons: 360, prompts: 20, raters: 6" in repr(found)
    assert "bootstrap over prompts and raters, 200 draws, seed 0" in found._repr_html_()
    records = found.to_records()
    assert json.loads(json.dumps(records)) == records


def test_a_seed_gives_the_same_intervals() -> None:
    ratings, records = survey(1)
    first = strengths(ratings, records, "quality", seed=3, resamples=200)
    assert first == strengths(ratings, records, "quality", seed=3, resamples=200)
    other = strengths(ratings, records, "quality", seed=4, resamples=200)
    assert [row.strength for row in other.levels] == [row.strength for row in first.levels]
    assert [row.low for row in other.levels] != [row.low for row in first.levels]
    assert all((row.low or 0) < (row.strength or 0) < (row.high or 0) for row in first.levels)


def test_more_prompts_do_not_make_one_rater_many() -> None:
    """Where raters differ, an interval over prompts alone would be far too narrow; it is not, and one rater is said."""
    ratings, records = survey(2, prompts=40, raters=4, spread=1.0)
    by_all = strengths(ratings, records, "quality", resamples=300)
    alike = strengths([{**one, "rater": "r0"} for one in ratings], records, "quality", resamples=300)
    assert (by_all.levels[0].high or 0) - (by_all.levels[0].low or 0) > 1.5 * (
        (alike.levels[0].high or 0) - (alike.levels[0].low or 0)
    )
    assert "With one rater the interval is over prompts alone" in repr(alike)
    assert "With one rater" not in repr(by_all)


def test_the_intervals_cover_the_known_strengths() -> None:
    """Over prompts and raters at once: at least as often as they say, and not always."""
    studies = examples(15, long=200)
    covered = 0
    for seed in range(studies):
        found = strengths(*survey(seed, prompts=15, raters=8), "quality", seed=seed, resamples=200)
        covered += sum((row.low or 0) <= WORTH[row.level] <= (row.high or 0) for row in found.levels)
    assert 0.90 <= covered / (3 * studies) <= 1.0


def test_few_prompts_have_strengths_without_intervals() -> None:
    found = strengths(*survey(0, prompts=9), "quality")
    assert all(row.strength is not None and row.low is None for row in found.levels)
    assert "Under 10 prompts there is no interval" in repr(found)


def test_separated_levels_have_no_strengths_and_the_reason() -> None:
    ratings, records = survey(0)
    unbeaten = [{**one, "choice": "b"} if one["b"].endswith("high") else one for one in ratings]
    found = strengths(unbeaten, records, "quality")
    assert not found.estimable
    assert [row.strength for row in found.levels] == [None] * 3
    assert "Not estimable: low, medium never won against high" in repr(found)
    assert "bootstrap" not in repr(found)
    assert "Bradley" not in repr(found)


def test_too_many_lost_resamples_leave_no_interval() -> None:
    """One lucky win in one prompt holds the graph together: most resamples of the prompts lack it."""
    ratings, records = survey(0, prompts=12, raters=1)
    one_win = [{**one, "choice": "b"} for one in ratings]
    one_win[0]["choice"] = one_win[1]["choice"] = "a"
    found = strengths(one_win, records, "quality", resamples=200)
    assert found.estimable
    assert found.lost > 50
    assert all(row.low is None for row in found.levels)
    assert f"{found.lost} of 200 resamples were not estimable" in repr(found)
