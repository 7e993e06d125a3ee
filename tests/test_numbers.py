"""Numbers of numpy and pandas are numbers wherever one is given; what is none is refused in a sentence."""

from __future__ import annotations

import decimal
import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import apimart_widgets as am
from apimart_widgets import rules
from apimart_widgets.contrast import contrast
from apimart_widgets.pairing import plan
from apimart_widgets.sweep import Sweep

INTEGERS = (np.int64, np.int32, np.uint8)
HUGE = 10**400
# Python refuses to write it out.
UNWRITABLE = 10**5000


@pytest.fixture(scope="module")
def session() -> Iterator[am.Session]:
    with am.Session(
        mode="sandbox", library=":memory:", sandbox_seconds=np.float32(0), max_concurrency=np.int64(4)
    ) as s:
        yield s


@pytest.fixture(scope="module")
def sweep(session: am.Session) -> Sweep:
    sweep = session.sweep("A fox", quality=["low", "high"], repeats=np.int64(2), seed=np.int32(3))
    sweep.run(max_cost=np.float32(2.5))
    return sweep


@pytest.mark.parametrize(
    ("given", "number"),
    [
        (2, 2.0),
        (0.5, 0.5),
        (np.int64(2), 2.0),
        (np.float32(0.5), 0.5),
        (np.float64(0.5), 0.5),
        (decimal.Decimal("0.5"), 0.5),
        (math.inf, math.inf),
        *((none, None) for none in (True, np.bool_(True), math.nan, np.float32("nan"), HUGE, "2", None, pd.NA, [2])),
        (decimal.Decimal("sNaN"), None),
        (np.array([2.0]), None),
    ],
)
def test_what_an_amount_is(given: Any, number: float | None) -> None:
    assert rules.amount(given) == number


def test_a_sweep_takes_them_and_keeps_plain_ones(session: am.Session, sweep: Sweep, tmp_path: Path) -> None:
    assert len(sweep.images) == 4
    assert (type(sweep.plan.repeats), type(sweep.plan.seed), sweep.progress.allowed) == (int, int, 2.5)
    found = sweep.contrast("cost", "quality", "low", seed=np.int64(1), resamples=np.int64(300))
    assert json.loads(json.dumps(found.to_records())) == found.to_records()
    assert type(am.BlindComparison(sweep.images, pairs=np.int64(3), seed=np.uint8(0)).plan.asked) is int
    grid = sweep.grid("quality", None)
    assert grid.to_pil(np.int64(40), page=np.int64(2)).size == grid.to_pil(40, 2).size
    assert grid.save(tmp_path, cell=np.int64(40), page=np.int64(1)).is_file()
    assert (
        sweep.contact_sheet(columns=np.int64(2), cell=np.int32(40)).size == sweep.contact_sheet(columns=2, cell=40).size
    )
    with am.Session.replay(sweep.export(tmp_path / "study"), speed=np.float32(1000)) as replay:
        assert type(replay._replay.speed) is float  # type: ignore[union-attr]


@pytest.mark.parametrize("integer", INTEGERS)
def test_a_session_takes_them(session: am.Session, sweep: Sweep, integer: Any) -> None:
    assert session.spent(integer(2)).hours == 2
    assert session.spent(np.float32(0.5)).hours == 0.5
    assert len(session.library.search(limit=integer(2), stars=integer(0))) == 2
    assert len(session.library.search(limit=HUGE)) == 4
    assert session.submit("A fox", quality="low", reuse=True, repeat=integer(1)) in session.jobs
    assert len(session.jobs[0].result(timeout=integer(5))) == 1
    assert len(session.generate("A fox", quality="low", reuse=True, timeout=np.float32(5))) == 1


def test_fields_beside_the_known_ones_take_them() -> None:
    extra = {"seed": np.int64(7), "strength": np.float32(0.5), "tiles": {"on": np.bool_(True), "sides": [np.uint8(3)]}}
    with pytest.warns(am.RequestWarning, match="extra_body sends"):
        request = am.ImageRequest("A fox", extra_body=extra)
    assert json.loads(json.dumps(request.to_payload()))["tiles"] == {"on": True, "sides": [3]}
    assert (request.extra_body["seed"], request.extra_body["strength"]) == (7, 0.5)
    for wrong in (np.float32("nan"), np.array([1]), decimal.Decimal(1)):
        with pytest.raises(am.InvalidRequest, match="extra_body cannot be sent as JSON"):
            am.ImageRequest("A fox", extra_body={"seed": wrong})


def test_a_budget_takes_them() -> None:
    for budget in (np.int64(5), np.float32(5), decimal.Decimal(5)):
        with am.Session(mode="sandbox", library=":memory:", daily_budget=budget) as session:  # type: ignore[arg-type]
            assert type(session.daily_budget) is float


@pytest.mark.parametrize(
    "wrong",
    [math.nan, np.float32("nan"), True, np.bool_(True), "2", pd.NA, UNWRITABLE, -1],
    ids=lambda value: type(value).__name__,
)
@pytest.mark.parametrize(
    ("ask", "sentence"),
    [
        (lambda session, sweep, it: session.spent(it), "hours is a number of hours from 0 up"),
        (lambda session, sweep, it: session.sweep("An owl").run(max_cost=it), "max_cost is an amount"),
        (lambda session, sweep, it: am.Session(mode="sandbox", daily_budget=it), "daily_budget is an amount"),
        (lambda session, sweep, it: am.Session(mode="sandbox", sandbox_seconds=it), "sandbox_seconds is a number"),
    ],
)
def test_what_is_no_amount_is_refused(session: am.Session, sweep: Sweep, wrong: Any, ask: Any, sentence: str) -> None:
    with pytest.raises(am.ConfigurationError, match=sentence):
        ask(session, sweep, wrong)


@pytest.mark.parametrize(
    "wrong", [0.5, True, np.bool_(True), np.float64(2), "2", pd.NA, math.nan, np.array([1, 2]), -1]
)
@pytest.mark.parametrize(
    "ask",
    [
        lambda session, sweep, it: session.sweep("An owl", repeats=it),
        lambda session, sweep, it: session.sweep("An owl", seed=it),
        lambda session, sweep, it: am.Session(mode="sandbox", max_concurrency=it),
        lambda session, sweep, it: session.submit("An owl", repeat=it),
        lambda session, sweep, it: session.library.search(limit=it),
        lambda session, sweep, it: sweep.grid("quality", None).to_pil(40, it),
        lambda session, sweep, it: sweep.contact_sheet(columns=it),
        lambda session, sweep, it: plan(sweep.images, pairs=it),
        lambda session, sweep, it: contrast(sweep.to_records(), "cost", "quality", "low", seed=it),
        lambda session, sweep, it: contrast(sweep.to_records(), "cost", "quality", "low", resamples=it),
    ],
)
def test_what_is_no_whole_number_is_refused(session: am.Session, sweep: Sweep, wrong: Any, ask: Any) -> None:
    with pytest.raises(am.APIMartError):
        ask(session, sweep, wrong)


@pytest.mark.parametrize("wrong", [math.nan, HUGE, "5", True, pd.NA])
def test_a_wait_that_is_none_is_refused_before_anything_is_sent(session: am.Session, sweep: Sweep, wrong: Any) -> None:
    before = session.jobs
    with pytest.raises(am.ConfigurationError, match="timeout is a number of seconds or None"):
        session.generate("A hare", timeout=wrong)
    assert session.jobs == before
