"""When a task is asked for next."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apimart_widgets.polling import GIVE_UP_AFTER, MIN_GAP, SLOW_AFTER, next_poll


def moments(until: float, estimated: float | None = None, progress: float | None = None) -> list[float]:
    """When a task is asked for that is done after ``until`` seconds, the last moment included."""
    asked: list[float] = []
    now = 0.0
    for polls in itertools.count():
        now += next_poll(now, polls=polls, estimated=estimated, progress=progress)
        asked.append(now)
        if now >= until:
            return asked
    raise AssertionError


def test_the_first_question_comes_at_once_for_it_brings_the_estimate() -> None:
    assert next_poll(0.0, polls=0, estimated=None, progress=None) == 0.0
    assert next_poll(9_999.0, polls=0, estimated=60.0, progress=50.0) == 0.0


@pytest.mark.parametrize("estimated", [20.0, 40.0, 60.0])
def test_nothing_is_asked_before_a_picture_can_be_done(estimated: float) -> None:
    early = [moment for moment in moments(estimated, estimated) if 0 < moment < 0.39 * estimated]
    assert early in ([], [20.0])


@pytest.mark.parametrize("lasts", [3.0, 10.0, 15.0, 30.0, 60.0, 120.0, 599.0])
def test_a_finished_task_is_noticed_soon_and_without_many_questions(lasts: float) -> None:
    asked = moments(lasts, estimated=lasts)
    assert asked[-1] - lasts <= max(MIN_GAP, 0.1 * lasts)
    assert len(asked) <= 130


@pytest.mark.parametrize("estimated", [None, 0.0, -1.0])
def test_without_an_estimate_half_a_minute_is_expected(estimated: float | None) -> None:
    assert moments(300.0, estimated) == moments(300.0, 30.0)


def test_progress_moves_the_expectation() -> None:
    late = next_poll(20.0, polls=3, estimated=40.0, progress=10.0)
    assert late > next_poll(20.0, polls=3, estimated=40.0, progress=None)
    assert next_poll(20.0, polls=3, estimated=40.0, progress=5.0) == next_poll(
        20.0, polls=3, estimated=40.0, progress=100.0
    )


def test_an_old_task_is_asked_for_ever_more_rarely() -> None:
    gaps = [
        next_poll(waited, polls=99, estimated=60.0, progress=99.0) for waited in (SLOW_AFTER, 3_600.0, GIVE_UP_AFTER)
    ]
    assert gaps == [30.0, 180.0, 600.0]
    assert len(moments(GIVE_UP_AFTER, 60.0)) < 700


@given(
    st.floats(-5.0, GIVE_UP_AFTER),
    st.integers(1, 10_000),
    st.none() | st.floats(0.0, 1e12),
    st.none() | st.floats(0.0, 100.0),
)
def test_a_gap_is_neither_a_rush_nor_a_silence(
    waited: float, polls: int, estimated: float | None, progress: float | None
) -> None:
    gap = next_poll(waited, polls=polls, estimated=estimated, progress=progress)
    assert math.isfinite(gap)
    assert MIN_GAP <= gap <= (20.0 if waited < SLOW_AFTER else 600.0)
