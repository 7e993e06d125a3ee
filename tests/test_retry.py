"""Whether a call may be sent again, and after how long: the contract's table and what a second sending could cost."""

from __future__ import annotations

import email.utils
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apimart_widgets.retry import (
    MAX_ATTEMPTS,
    MAX_RETRY_AFTER,
    Failure,
    Repeat,
    delay,
    is_transient,
    parse_retry_after,
)

NEVER = [400, 401, 402, 403, 404, 405, 413, 422, 451, 501, 505]
REFUSED_FOR_NOW = [409, 425, 429]
TROUBLE = [500, 502, 503, 504, 520, 524, 529]
NO_ANSWER = Failure(None)
NEVER_ARRIVED = Failure(None, received=False)


def wait(failure: Failure, repeat: Repeat, *, attempt: int = 1, resends: int = 0, jitter: float = 0.5) -> float | None:
    return delay(failure, repeat, attempt=attempt, resends=resends, jitter=jitter)


@pytest.mark.parametrize("repeat", Repeat)
@pytest.mark.parametrize("status", NEVER)
def test_a_wrong_request_is_never_sent_again(status: int, repeat: Repeat) -> None:
    assert wait(Failure(status, retry_after=1.0), repeat) is None
    assert not is_transient(status)
    assert not Failure(status).outcome_unknown


@pytest.mark.parametrize("repeat", Repeat)
@pytest.mark.parametrize("status", REFUSED_FOR_NOW)
def test_a_refusal_for_now_had_no_effect_and_is_sent_again(status: int, repeat: Repeat) -> None:
    assert wait(Failure(status), repeat) is not None
    assert is_transient(status)
    assert not Failure(status).outcome_unknown


@pytest.mark.parametrize("status", [408, *TROUBLE])
def test_after_trouble_only_what_is_safe_is_sent_again(status: int) -> None:
    assert is_transient(status)
    assert Failure(status).outcome_unknown
    assert wait(Failure(status), Repeat.FREELY) is not None
    assert wait(Failure(status), Repeat.WITH_KEY) is not None
    assert wait(Failure(status), Repeat.UNLESS_RECEIVED) is None


def test_without_an_answer_a_paid_request_is_sent_again_once_and_an_upload_never() -> None:
    assert NO_ANSWER.outcome_unknown
    assert wait(NO_ANSWER, Repeat.WITH_KEY, resends=0) is not None
    assert wait(NO_ANSWER, Repeat.WITH_KEY, attempt=2, resends=1) is None
    assert wait(Failure(504), Repeat.WITH_KEY, attempt=2, resends=1) is None
    assert wait(Failure(504), Repeat.FREELY, attempt=2, resends=1) is not None
    assert wait(NO_ANSWER, Repeat.UNLESS_RECEIVED) is None
    assert wait(NO_ANSWER, Repeat.FREELY, attempt=4, resends=3) is not None


@pytest.mark.parametrize("repeat", Repeat)
def test_what_never_arrived_may_always_be_sent_again(repeat: Repeat) -> None:
    assert not NEVER_ARRIVED.outcome_unknown
    assert wait(NEVER_ARRIVED, repeat, attempt=MAX_ATTEMPTS - 1, resends=1) is not None


@pytest.mark.parametrize("failure", [Failure(429), Failure(503), NO_ANSWER, NEVER_ARRIVED, Failure(429, retry_after=1)])
def test_it_ends(failure: Failure) -> None:
    assert wait(failure, Repeat.FREELY, attempt=MAX_ATTEMPTS - 1) is not None
    assert wait(failure, Repeat.FREELY, attempt=MAX_ATTEMPTS) is None


@pytest.mark.parametrize("status", [429, 503])
def test_the_server_says_how_long(status: int) -> None:
    for seconds in (5, 7.5, MAX_RETRY_AFTER):
        assert wait(Failure(status, retry_after=seconds), Repeat.WITH_KEY, attempt=4) == seconds
    assert wait(Failure(status, retry_after=MAX_RETRY_AFTER + 1), Repeat.FREELY) is None


def test_a_server_that_says_now_is_not_asked_in_a_rush() -> None:
    waits = [wait(Failure(429, retry_after=0.0), Repeat.FREELY, attempt=attempt) for attempt in (1, 2, 3, 4)]
    assert waits == [wait(Failure(429), Repeat.FREELY, attempt=attempt) for attempt in (1, 2, 3, 4)]


def test_the_back_off_doubles_and_is_spread() -> None:
    least = [wait(NEVER_ARRIVED, Repeat.FREELY, attempt=attempt, jitter=0.0) for attempt in range(1, MAX_ATTEMPTS)]
    most = [wait(NEVER_ARRIVED, Repeat.FREELY, attempt=attempt, jitter=1.0) for attempt in range(1, MAX_ATTEMPTS)]
    assert (least, most) == ([0.25, 0.5, 1.0, 2.0], [0.5, 1.0, 2.0, 4.0])


@given(
    st.builds(Failure, st.none() | st.integers(400, 599), st.booleans(), st.none() | st.floats(0, 1e9)),
    st.sampled_from(Repeat),
    st.integers(1, 9),
    st.integers(0, 9),
    st.floats(0, 1, exclude_max=True),
)
def test_a_wait_is_never_shorter_than_asked_nor_longer_than_allowed(
    failure: Failure, repeat: Repeat, attempt: int, resends: int, jitter: float
) -> None:
    seconds = delay(failure, repeat, attempt=attempt, resends=resends, jitter=jitter)
    if seconds is not None:
        assert max(0.25, failure.retry_after or 0.0) <= seconds <= MAX_RETRY_AFTER
        assert attempt < MAX_ATTEMPTS
        assert not (failure.outcome_unknown and repeat is Repeat.UNLESS_RECEIVED)


# ---- Retry-After


NOW = 1_800_000_000.0


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("0", 0.0),
        ("120", 120.0),
        (" 7 ", 7.0),
        ("1.5", 1.5),
        ("5, 5", 5.0),
        ("5,300", 300.0),
        (email.utils.formatdate(NOW + 90, usegmt=True), 90.0),
        (email.utils.formatdate(NOW + 90), 90.0),
        (email.utils.formatdate(NOW - 90, usegmt=True), 0.0),
        ("Friday, 15-Jan-27 08:01:00 GMT", 60.0),
        (None, None),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1e3", None),
        (".", None),
        ("5,", None),
        ("٣", None),
        ("inf", None),
        ("Fri, 99 Jan 2027 08:01:00 GMT", None),
        ("Fri, 15 Jan 99999999999999999999 08:01:00 GMT", None),
    ],
)
def test_both_forms_of_retry_after(header: str | None, seconds: float | None) -> None:
    assert parse_retry_after(header, now=NOW) == seconds


def test_more_digits_than_a_float_takes_are_too_long_to_wait() -> None:
    seconds = parse_retry_after("9" * 400, now=NOW)
    assert seconds is not None
    assert math.isfinite(seconds)
    assert wait(Failure(429, retry_after=seconds), Repeat.FREELY) is None


WORDS = st.sampled_from(
    ["Fri,", "15", "Jan", "2027", "08:01:00", "GMT", "+9999", "-", "99:99", "0", "Feb 30", ":", ","]
)


@given(st.text(max_size=30) | st.lists(WORDS, max_size=8).map(" ".join))
def test_any_header_is_read_or_says_nothing(header: str) -> None:
    seconds = parse_retry_after(header, now=NOW)
    assert seconds is None or 0 <= seconds < math.inf
