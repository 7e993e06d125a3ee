"""When to ask for a task next. A pure function of what is known; nothing here waits or sends."""

from __future__ import annotations

# The vendor's client gives up after ten minutes. A task may still finish, and be billed, so we go on asking, slowly,
# until no result URL can be alive any more.
SLOW_AFTER = 600.0
GIVE_UP_AFTER = 72 * 3600.0

MIN_GAP = 0.5
_TYPICAL = 30.0
_SLOW_GAP = (30.0, 600.0)


def next_poll(waited: float, *, polls: int, estimated: float | None, progress: float | None) -> float:
    """Seconds until a task is asked for again.

    The first question comes at once: its answer carries ``estimated_time``, which the submit answer of today's API does
    not. Then nothing is asked until two fifths of the expected duration, when few tasks are done, and from there on in
    gaps that grow with the time already spent, so that the wasted time stays a fixed small share of the whole. A task
    older than ten minutes is asked for ever more rarely.

    Args:
        waited: seconds since the server accepted the task.
        polls: how often it was asked for already.
        estimated: the server's ``estimated_time`` in seconds, or None.
        progress: the server's ``progress``, 0 to 100, or None.

    >>> [next_poll(w, polls=p, estimated=40, progress=None) for w, p in [(0, 0), (0.2, 1), (20, 2)]]
    [0.0, 15.8, 2.4]
    """
    if polls == 0:
        return 0.0
    if waited >= SLOW_AFTER:
        return min(max(_SLOW_GAP[0], waited * 0.05), _SLOW_GAP[1])
    expected = estimated if estimated and estimated > 0 else _TYPICAL
    if progress is not None and 10 <= progress < 100:
        # Progress is uneven, so it moves the expectation without replacing it.
        expected = 0.5 * expected + 0.5 * waited * 100 / progress
    if waited < 0.4 * expected:
        return max(MIN_GAP, min(0.4 * expected - waited, 20.0))
    return max(MIN_GAP, min(0.06 * max(expected, waited), 5.0))
