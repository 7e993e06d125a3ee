"""When a task is asked for next."""

from __future__ import annotations

import itertools
import math
import random
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apimart_widgets.expectation import EDGES, Expectation, Progress, expect
from apimart_widgets.polling import CALL, ENOUGH, GIVE_UP_AFTER, MAX_GAP, MIN_GAP, SLOW_AFTER, next_poll

DURATIONS = st.lists(st.floats(0.0, 2_000.0), max_size=60)
NOTHING = expect()


def moments(until: float, expected: Expectation, *, call: float = CALL) -> list[float]:
    """When a task is asked for that is done after ``until`` seconds, the last moment included."""
    asked: list[float] = []
    now = 0.0
    for polls in itertools.count():
        now += next_poll(now, polls=polls, expected=expected, call=call)
        asked.append(now)
        if now >= until:
            return asked
    raise AssertionError


def test_the_first_question_comes_at_once_until_enough_is_known() -> None:
    few, many = expect([25.0] * (ENOUGH - 1)), expect([25.0] * ENOUGH)
    assert next_poll(0.0, polls=0, expected=NOTHING) == 0.0
    assert next_poll(0.0, polls=0, expected=few) == 0.0
    assert 10.0 < next_poll(0.0, polls=0, expected=many) < 25.0


def test_tasks_that_tend_to_be_done_at_once_are_asked_for_at_once() -> None:
    assert next_poll(0.0, polls=0, expected=expect([0.0] * 20)) == 0.0
    # A server that was slow, and is no longer.
    assert next_poll(0.0, polls=0, expected=expect([0.0, 0.0] + [10.0] * 20)) == 0.0


def test_a_task_taken_up_late_is_asked_for_when_it_would_have_been() -> None:
    known = expect([25.0] * 20)
    first = next_poll(0.0, polls=0, expected=known)
    assert next_poll(10.0, polls=0, expected=known) == pytest.approx(first - 10.0)
    assert next_poll(40.0, polls=0, expected=known) == 0.0
    assert next_poll(9_999.0, polls=0, expected=known) == 0.0


@pytest.mark.parametrize("lasts", [3.0, 10.0, 15.0, 30.0, 60.0, 120.0, 599.0])
def test_a_finished_task_is_noticed_soon_and_without_many_questions(lasts: float) -> None:
    asked = moments(lasts, expect(estimated=lasts))
    assert asked[-1] - lasts <= max(1.5, 0.2 * lasts)
    assert len(asked) <= 60


def test_one_gap_passes_over_times_when_no_task_ends() -> None:
    two_heaps = expect([12.0, 45.0, 11.0, 47.0, 13.0, 44.0, 12.0, 46.0] * 4)
    asked = moments(46.0, two_heaps)
    gaps = [(before, after) for before, after in itertools.pairwise(asked) if before < 30.0 < after]
    assert len(gaps) == 1
    assert gaps[0][1] - gaps[0][0] > 12.0


def test_an_old_task_is_asked_for_ever_more_rarely() -> None:
    gaps = [
        next_poll(waited, polls=99, expected=NOTHING, progress=99.0) for waited in (SLOW_AFTER, 3_600.0, GIVE_UP_AFTER)
    ]
    assert gaps == [30.0, 180.0, 600.0]
    assert len(moments(GIVE_UP_AFTER, NOTHING)) < 700


@given(
    waited=st.floats(-5.0, GIVE_UP_AFTER),
    polls=st.integers(1, 10_000),
    seconds=DURATIONS,
    estimated=st.none() | st.floats(-1.0, 1e12),
    progress=st.none() | st.floats(0.0, 100.0),
    pointed=st.lists(st.tuples(st.floats(0.0, 2_000.0), st.floats(0.01, 1e6)), max_size=5),
)
def test_a_gap_is_neither_a_rush_nor_a_silence(
    waited: float,
    polls: int,
    seconds: list[float],
    estimated: float | None,
    progress: float | None,
    pointed: list[tuple[float, float]],
) -> None:
    expected = expect(seconds, estimated=estimated, pointed=pointed)
    gap = next_poll(waited, polls=polls, expected=expected, progress=progress)
    assert math.isfinite(gap)
    assert MIN_GAP <= gap <= (MAX_GAP if waited < SLOW_AFTER else 600.0)
    assert 0.0 <= next_poll(waited, polls=0, expected=expected) <= MAX_GAP


@given(seconds=DURATIONS, waited=st.floats(0.1, 500.0), dearer=st.floats(1.0, 50.0))
def test_the_dearer_a_call_the_longer_the_gap(seconds: list[float], waited: float, dearer: float) -> None:
    expected = expect(seconds)
    gap = next_poll(waited, polls=1, expected=expected)
    assert next_poll(waited, polls=1, expected=expected, call=CALL * dearer) >= gap - 1e-9


@given(middle=st.floats(2.0, 60.0), times=st.floats(1.0, 4.0))
def test_tasks_that_take_longer_are_asked_for_later(middle: float, times: float) -> None:
    seconds = [middle * factor for factor in (0.8, 0.9, 1.0, 1.1, 1.3, 1.0)]
    first = next_poll(0.0, polls=0, expected=expect(seconds))
    assert next_poll(0.0, polls=0, expected=expect([each * times for each in seconds])) >= first - 0.05 * middle


def cost(asked: list[float], durations: list[float], call: float) -> float:
    """What a schedule costs on average: the lag, and its calls at their price."""
    total = 0.0
    for duration in durations:
        polls, moment = next((number, each) for number, each in enumerate(asked, 1) if each >= duration)
        total += moment - duration + call * polls
    return total / len(durations)


def optimum(durations: list[float], call: float) -> float:
    """The least that any schedule costs for these durations: dynamic programming over the moments they end at."""
    ends = sorted(durations)
    best = [0.0] * (len(ends) + 1)  # from the task on, the earlier ones being noticed, in all
    for start in range(len(ends) - 1, -1, -1):
        lag, least = 0.0, math.inf
        for end in range(start + 1, len(ends) + 1):
            lag += (ends[end - 1] - ends[end - 2]) * (end - 1 - start) if end > start + 1 else 0.0
            least = min(least, lag + call * (len(ends) - start) + best[end])
        best[start] = least
    return best[0] / len(ends)


@pytest.mark.parametrize("call", [0.2, 1.0])
def test_it_costs_hardly_more_than_the_optimum(call: float) -> None:
    drawn, law = random.Random(7), statistics.NormalDist(math.log(25.0), 0.4)
    seen = [drawn.lognormvariate(law.mean, law.stdev) for _ in range(50)]
    durations = [math.exp(law.inv_cdf((place + 0.5) / 600)) for place in range(600)]
    # The optimum knows the law, and ours only fifty tasks that followed it.
    ours = cost(moments(max(durations), expect(seen), call=call), durations, call)
    assert optimum(durations, call) <= ours <= 1.1 * optimum(durations, call)


# ---- what is expected


@given(seconds=DURATIONS, estimated=st.none() | st.floats(0.0, 1e12))
def test_shares_are_probabilities(seconds: list[float], estimated: float | None) -> None:
    expected = expect(seconds, estimated=estimated)
    assert len(expected.shares) == len(EDGES)
    assert min(expected.shares) >= 0.0
    assert sum(expected.shares) == pytest.approx(1.0)


@pytest.mark.parametrize("estimated", [None, 0.0, -1.0])
def test_without_an_estimate_the_typical_is_expected(estimated: float | None) -> None:
    assert expect(estimated=estimated).shares == pytest.approx(expect(estimated=25.0).shares)


def test_what_was_seen_last_counts_for_more() -> None:
    def likelier(expected: Expectation) -> float:
        return sum(share for edge, share in zip(EDGES, expected.shares, strict=True) if edge > 25.0)

    assert likelier(expect([40.0] * 10 + [15.0] * 10)) > 1.1 * likelier(expect([15.0] * 10 + [40.0] * 10))


def test_progress_moves_the_next_question() -> None:
    known = expect([40.0, 45.0, 36.0, 42.0, 38.0] * 4)
    gaps = [next_poll(20.0, polls=3, expected=known, progress=progress) for progress in (20.0, 50.0, 90.0)]
    assert gaps == sorted(gaps, reverse=True)
    assert gaps[0] > gaps[-1]
    unsaid = next_poll(20.0, polls=3, expected=known)
    assert {next_poll(20.0, polls=3, expected=known, progress=progress) for progress in (5.0, 100.0)} == {unsaid}


def test_progress_that_only_counts_the_seconds_is_not_believed() -> None:
    durations = [12.0, 45.0, 11.0, 47.0, 13.0, 44.0] * 8
    by_the_clock = Progress.seen((each, 60.0) for each in durations)
    of_the_task = Progress.seen((each, 1.2 * each) for each in durations)
    assert by_the_clock.slope < 0.1
    assert of_the_task.slope > 0.9
    assert of_the_task.off < 0.5 < Progress().off
