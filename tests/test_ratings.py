"""Ratings joined with their pictures, win rates, and the raters' agreement with themselves."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apimart_widgets.errors import ConfigurationError
from apimart_widgets.ratings import SelfAgreement, joined, self_agreement, win_rates

LEVELS = ("low", "medium", "high")
RECORDS = [
    {
        "sha256": f"{prompt}-{quality}-{size}",
        "prompt": f"Fox {prompt}",
        "size": size,
        "quality": quality,
        "mode": "live",
    }
    for prompt in range(4)
    for quality in LEVELS
    for size in ("1:1", "3:2")
]


def rating(a: str, b: str, choice: str, *, prompt: int = 0, rater: str = "r1", repeat: int = 0) -> dict[str, Any]:
    sides = {"a": f"{prompt}-{a}-1:1", "b": f"{prompt}-{b}-1:1"}
    return {"rater": rater, **sides, "choice": choice, "time": "2026-11-24T09:00:00+00:00", "repeat": repeat}


def test_win_rates_by_hand() -> None:
    table = [
        rating("low", "high", "b"),
        rating("high", "low", "a", prompt=1),
        rating("low", "high", "tie", prompt=2),
        rating("low", "high", "a", repeat=1),
        rating("medium", "low", "b", rater="r2"),
    ]
    found = win_rates(table, RECORDS, "quality")
    assert [(row.level, row.wins, row.losses, row.ties, row.rate) for row in found.rates] == [
        ("low", 1, 2, 1, 0.375),
        ("medium", 0, 1, 0, 0.0),
        ("high", 2, 0, 1, 2.5 / 3),
    ]
    assert [line.split()[:2] for line in repr(found).splitlines()[1:4]] == [
        ["low", "37.5"],
        ["medium", "0.0"],
        ["high", "83.3"],
    ]
    records = found.to_records()
    assert json.loads(json.dumps(records)) == records


CHOICES = st.lists(
    st.tuples(st.permutations(LEVELS), st.sampled_from(["a", "b", "tie"]), st.integers(0, 3)), min_size=1, max_size=30
)


@given(CHOICES)
def test_sides_do_not_matter_and_every_win_is_a_loss(drawn: list[Any]) -> None:
    table = [rating(levels[0], levels[1], choice, prompt=prompt) for levels, choice, prompt in drawn]
    other = {"a": "b", "b": "a", "tie": "tie"}
    turned = [{**one, "a": one["b"], "b": one["a"], "choice": other[one["choice"]]} for one in table]
    found = win_rates(table, RECORDS, "quality")
    assert found == win_rates(turned, RECORDS, "quality")
    assert sum(row.wins for row in found.rates) == sum(row.losses for row in found.rates)
    assert sum(row.comparisons for row in found.rates) == 2 * len(table)
    assert sum(row.rate * row.comparisons for row in found.rates) == pytest.approx(len(table))
    assert list(found.rates) == sorted(found.rates, key=lambda row: LEVELS.index(row.level))


def test_self_agreement_by_hand() -> None:
    table = [
        rating("low", "high", "b"),
        rating("high", "low", "a", repeat=1),  # the same picture at the other side
        rating("low", "high", "tie", prompt=1),
        rating("low", "high", "tie", prompt=1, repeat=1),
        rating("low", "high", "a", prompt=2),
        rating("low", "high", "tie", prompt=2, repeat=1),
        rating("low", "high", "a", prompt=3, repeat=1),  # never shown before to this rater
        rating("low", "high", "a", prompt=3, rater="r2"),
    ]
    first, second = self_agreement(table)
    assert first == SelfAgreement("r1", pairs=3, agreed=2, orphans=1)
    assert first.share == pytest.approx(2 / 3)
    assert second.share is None


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"choice": "left"}, "The choice in row 2 is 'left'. It is 'a', 'b' or 'tie'."),
        ({"a": None}, "Row 2 is no rating"),
        ({"rater": 7}, "Row 2 is no rating"),
        ({"a": "0-low-3:2"}, "are not of one prompt and size"),
        ({"a": "1-low-1:1"}, "are not of one prompt and size"),
        ({"a": "0-high-1:1"}, "Both pictures of rating 2 have quality 'high'"),
        ({"a": "0123456789abcdef"}, r"Rating 2 is of a picture \(0123456789ab…\)"),
    ],
)
def test_a_wrong_rating_is_said(wrong: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ConfigurationError, match=sentence):
        joined([rating("low", "high", "a"), {**rating("low", "high", "a"), **wrong}], RECORDS, "quality")


def test_what_else_cannot_be_joined() -> None:
    with pytest.raises(ConfigurationError, match="no ratings yet"):
        win_rates([], RECORDS, "quality")
    with pytest.raises(ConfigurationError, match="no ratings yet"):
        win_rates([rating("low", "high", "a", repeat=1)], RECORDS, "quality")
    with pytest.raises(ConfigurationError, match=r"Row 1 is no rating. A rating is a dict with: rater, a, b, choice"):
        self_agreement([{"rater": "r1"}])
    same = [{**record, "sha256": "0-low-1:1"} for record in RECORDS]
    with pytest.raises(ConfigurationError, match=r"stands in another row with other settings"):
        win_rates([rating("low", "high", "a")], same, "quality")
    with pytest.raises(ConfigurationError, match="has a column 'sha256'"):
        win_rates([rating("low", "high", "a")], [{**RECORDS[0], "sha256": None}], "quality")


def test_sizes_may_be_compared_across_sizes() -> None:
    pair = {**rating("low", "low", "a"), "b": "0-low-3:2"}
    assert [row.level for row in win_rates([pair], RECORDS, "size").rates] == ["1:1", "3:2"]
