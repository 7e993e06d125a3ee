"""When to ask for a task next. A pure function of what is known; nothing here waits or sends.

A question costs a call, and silence costs lag: the pictures are there and nobody knows. With a call worth c seconds of
lag, this is the inspection problem of reliability theory: to find a failure that shows only when one looks. Barlow,
Hunter and Proschan solved it exactly ("Optimum checking procedures", J. SIAM 11, 1963; Barlow and Proschan,
"Mathematical Theory of Reliability", 1965, chapter 4), by a recursion whose first moment has to be searched for. Keller
("Optimum checking schedules for systems subject to random failure", Management Science 21, 1974) took the questions to
be so many that they have a density n(t), and found it by the calculus of variations. His is the rule used here:

    A task that lasts t costs c for each of its questions, as many as the integral of n up to t, and about half a gap
    of lag, 1 / 2n(t). With S(t) the share of tasks that last longer, f = -S' and the hazard rate h = f / S, the
    expected cost is the integral of c n S + f / 2n, least where c S = f / 2n^2. So n(t) = sqrt(h(t) / 2c), and the gap
    that balances lag against calls is sqrt(2c / h).

The next question comes where the integral of n since the last one reaches 1. A gap therefore passes over times when
hardly any task ends, and ends where they do. ``tests/benchmarks/polling.py`` sets it beside the exact optimum.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Sequence

from .expectation import EDGES, Expectation

# The vendor's client gives up after ten minutes. A task may still finish, and be billed, so we go on asking, slowly,
# until no result URL can be alive any more.
SLOW_AFTER = 600.0
GIVE_UP_AFTER = 72 * 3600.0
_SLOW_GAP = (30.0, 600.0)

MIN_GAP = 0.5
# However much the past says for a longer one: servers change.
MAX_GAP = 60.0
CALL = 0.2
"""Seconds of lag that one call is worth. Lag falls as its root, and calls rise; at this, both lie below those of the
loops that people write for this API, where tasks of the kind are known."""
# From so many earlier tasks on, what comes is known well enough to do without the question at once.
ENOUGH = 5


def next_poll(
    waited: float, *, polls: int, expected: Expectation, progress: float | None = None, call: float = CALL
) -> float:
    """Seconds until a task is asked for again.

    Where little is known the first question comes at once: its answer carries ``estimated_time``, which the submit
    answer of today's API does not. So it does where tasks of the kind tend to be done at once. Otherwise, and from then
    on, the gaps are Keller's (see the module). A task older than ten minutes is asked for ever more rarely.

    Args:
        waited: seconds since the server accepted the task.
        polls: how often it was asked for already; 0 also where nobody did since a restart.
        expected: how long it may take.
        progress: the server's last ``progress``, 0 to 100, or None.
        call: seconds of lag that one call is worth.

    >>> from apimart_widgets.expectation import expect
    >>> known = expect([24.0, 25.0, 26.0, 25.0, 24.0, 28.0])
    >>> [round(next_poll(w, polls=p, expected=known), 1) for w, p in [(0, 0), (20, 1), (25, 2), (60, 9)]]
    [18.2, 2.4, 1.3, 3.0]
    >>> [round(next_poll(w, polls=p, expected=expect(estimated=25.0)), 1) for w, p in [(0, 0), (0.2, 1), (25, 2)]]
    [0.0, 9.4, 2.6]
    """
    if waited >= SLOW_AFTER:
        return min(max(_SLOW_GAP[0], waited * 0.05), _SLOW_GAP[1]) if polls else 0.0
    if polls:
        gap = _next_question(waited, expected.given(waited, progress), call) - waited
        return min(max(gap, MIN_GAP), MAX_GAP)
    first = _next_question(0.0, expected.shares, call)
    at_once = sum(expected.shares[: bisect.bisect(EDGES, MIN_GAP)])
    if expected.seen < ENOUGH or first < MIN_GAP or at_once * first > call:
        return 0.0
    return min(max(first - waited, 0.0), MAX_GAP)


def _next_question(asked: float, shares: Sequence[float], call: float) -> float:
    """The moment at which the integral of n, from ``asked`` on, reaches 1. Within a cell the hazard is even."""
    cell = bisect.bisect(EDGES, asked) - 1
    left = sum(shares[cell:])
    missing, at = 1.0, asked
    for start, end, share in zip(EDGES[cell:], EDGES[cell + 1 :], shares[cell:], strict=False):
        after = left - share
        if after <= 1e-9 * left:
            break  # it is all but certain to end within this cell
        density = math.sqrt(math.log(left / after) / (end - start) / (2 * call))
        if density * (end - at) >= missing:
            return at + missing / density
        missing -= density * (end - at)
        left, at = after, end
    return at
