"""May this call be sent again, and after how long? Pure functions; nothing here waits or sends.

The table is the API's (documentation, "Errors"): 408, 409, 425 and 429 after ``Retry-After``; 500 and its kin with
back-off. What decides beside it is what a second sending could cost: a status query nothing, a generation request with
its Idempotency-Key nothing where the server honours the key, an upload a second copy.
"""

from __future__ import annotations

import dataclasses
import datetime
import email.utils
import enum

MAX_ATTEMPTS = 5
# A server that asks for more than this is told to the user instead of waited for.
MAX_RETRY_AFTER = 120.0
# More digits than a float takes are a year, as good as never.
_LONGEST_WAIT = 365 * 86400.0
# A request without an answer may have been accepted. Where a server ignores the Idempotency-Key each resend could bill
# again, so one resend has to do; where it honours the key, one is nearly always enough.
MAX_RESENDS_WITHOUT_ANSWER = 1

_REFUSED_FOR_NOW = frozenset({408, 409, 425, 429})
_NEVER_WORKS = frozenset({501, 505})
# A gateway's word that the server behind it got the request and did not answer in time: silence, told by another.
_NO_ANSWER_IN_TIME = frozenset({504, 524})


class Repeat(enum.Enum):
    """What sending a call twice could do."""

    FREELY = "nothing: it only reads"
    WITH_KEY = "nothing where the server honours the Idempotency-Key it carries"
    UNLESS_RECEIVED = "something, so only where it certainly had no effect"


@dataclasses.dataclass(frozen=True)
class Failure:
    """How a call failed.

    Attributes:
        status: the HTTP status, or None when no usable answer came.
        received: whether the server may have got the request; False only when no connection was made.
        retry_after: seconds the server asked for, or None. The wait is never shorter than the back-off.
    """

    status: int | None = None
    received: bool = True
    retry_after: float | None = None

    @property
    def unanswered(self) -> bool:
        """Whether the server got the request and nobody heard what it did with it."""
        return self.received and (self.status is None or self.status in _NO_ANSWER_IN_TIME)

    @property
    def outcome_unknown(self) -> bool:
        """Whether the server may have acted on the request."""
        if self.status is None:
            return self.received
        return self.status == 408 or (self.status >= 500 and self.status not in _NEVER_WORKS)


def is_transient(status: int) -> bool:
    """Whether a call answered with this HTTP status may work later.

    >>> is_transient(503), is_transient(404), is_transient(501)
    (True, False, False)
    """
    return status in _REFUSED_FOR_NOW or (status >= 500 and status not in _NEVER_WORKS)


def delay(failure: Failure, repeat: Repeat, *, attempt: int, resends: int, jitter: float) -> float | None:
    """Seconds to wait before the call is sent again, or None when it must not be.

    Args:
        failure: how this attempt ended.
        repeat: what a second sending could do.
        attempt: attempts made so far, this one included (1, 2, ...).
        resends: how many of the earlier attempts were sent again without an answer to the one before.
        jitter: a random number in [0, 1), so that many clients do not come back together.

    >>> delay(Failure(429, retry_after=7), Repeat.WITH_KEY, attempt=1, resends=0, jitter=0.5)
    7.0
    >>> delay(Failure(None), Repeat.UNLESS_RECEIVED, attempt=1, resends=0, jitter=0.5) is None
    True
    """
    if attempt >= MAX_ATTEMPTS or (failure.status is not None and not is_transient(failure.status)):
        return None
    if failure.retry_after is not None and failure.retry_after > MAX_RETRY_AFTER:
        return None
    if failure.outcome_unknown and repeat is Repeat.UNLESS_RECEIVED:
        return None
    if failure.unanswered and repeat is Repeat.WITH_KEY and resends >= MAX_RESENDS_WITHOUT_ANSWER:
        return None
    backoff: float = min(8.0, 0.5 * 2 ** (attempt - 1)) * (0.5 + 0.5 * jitter)
    # A server that says 0, or a moment that our clock has already passed, is still not asked in a rush.
    return float(max(backoff, failure.retry_after or 0.0))


def parse_retry_after(value: str | None, *, now: float) -> float | None:
    """Seconds from a ``Retry-After`` header, given as seconds or as an HTTP date; None when it says nothing.

    >>> parse_retry_after("30", now=0.0), parse_retry_after("Thu, 01 Jan 1970 00:01:00 GMT", now=20.0)
    (30.0, 40.0)
    """
    if value is None:
        return None
    text = value.strip()
    # A server and a proxy before it may each have sent one, and headers of one name come joined by commas.
    given = [each.strip() for each in text.split(",")]
    if text.isascii() and all(each.replace(".", "", 1).isdigit() for each in given):
        return min(max(map(float, given)), _LONGEST_WAIT)
    try:
        moment = email.utils.parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=datetime.timezone.utc)
    return min(max(0.0, moment.timestamp() - now), _LONGEST_WAIT)
