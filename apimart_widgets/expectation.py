"""``Expectation``: how long a task may take, from earlier ones and from what the server says. Pure functions."""

from __future__ import annotations

import bisect
import dataclasses
import functools
import itertools
import math
import statistics
from collections.abc import Iterable, Sequence

# Durations are told apart in cells, each a twentieth longer than the one before; the last is without end.
_SHORTEST, _GROWTH, _CELLS = 0.05, 1.05, 195
_LONGEST = 1e6
_LOGS = tuple(math.log(_SHORTEST) + step * math.log(_GROWTH) for step in range(_CELLS - 1))
_CENTRES = (_LOGS[0], *(low + math.log(_GROWTH) / 2 for low in _LOGS))
EDGES = (0.0, *map(math.exp, _LOGS))
"""Where each cell begins, in seconds: up to 610."""

# Nothing is known: the typical picture is said to take 15 to 60 s, and the documentation's own example took 19. That
# one was estimated at 60, so an estimate counts as much as this does, and not more.
_TYPICAL = 25.0
# Of a log-logistic: half of all tasks take 0.7 to 1.4 times the middle, one in a hundred more than 4.6 times.
_STEEPNESS = 3.0
# The weight of what was never seen; the last task seen has 1, and each before it a little less, for servers change.
_UNSEEN = 0.5
_FADING = 0.98
# A duration seen stands for all within reach of so many others, at most half as long again; in logarithms. Where few
# were seen that says little, so three more of a middling reach are taken into its mean.
_NEIGHBOURS, _REACH, _FARTHEST, _REACHES = 0.4, 0.3, 0.5, 3.0
# The server tells whole seconds.
_ROUNDING = 0.3
# Progress is believed as far as it was right of earlier tasks; before there are any, as if three that differ by a half
# had shown it to be off by a factor of about two.
_TRIALS, _DIFFERING, _OFF = 3.0, 0.5, 0.8


@dataclasses.dataclass(frozen=True)
class Progress:
    """How progress goes with durations: the logarithm of what it points to is a line in that of the duration.

    A slope of 1 says that it follows the task, 0 that it only counts the seconds; ``off`` is the spread around it.
    """

    offset: float = 0.0
    slope: float = 1.0
    off: float = _OFF

    @classmethod
    def seen(cls, pointed: Iterable[tuple[float, float]]) -> Progress:
        """A line of least squares, drawn towards the one that follows the task.

        Args:
            pointed: how many seconds earlier tasks took, and what their progress had pointed to.
        """
        logs = [(_log(took), _log(told)) for took, told in pointed]
        if not logs:
            return cls()
        count = _TRIALS + len(logs)
        bias = sum(told - took for took, told in logs) / count
        middle = statistics.fmean(took for took, _ in logs)
        along = sum((took - middle) * (told - took - bias) for took, told in logs)
        across = sum((took - middle) ** 2 for took, _ in logs)
        slope = min(max(1.0 + along / (_TRIALS * _DIFFERING**2 + across), 0.0), 1.0)
        offset = bias + (1.0 - slope) * middle
        squares = sum((told - offset - slope * took) ** 2 for took, told in logs)
        return cls(offset, slope, math.sqrt((_TRIALS * _OFF**2 + squares) / count))


@dataclasses.dataclass(frozen=True)
class Expectation:
    """How long a task may take, as far as anybody knows.

    Attributes:
        shares: for each cell of ``EDGES`` the probability that the task ends within it.
        seen: how many earlier tasks that rests on.
        progress: how far the server's progress is to be believed.
    """

    shares: tuple[float, ...]
    seen: int
    progress: Progress

    def given(self, waited: float, progress: float | None) -> tuple[float, ...]:
        """The shares, not adding up to 1, once the server says ``progress`` (0 to 100) after ``waited`` seconds.

        >>> known = expect([20.0, 40.0] * 5)
        >>> for progress in (60.0, 30.0):
        ...     shares = known.given(12.0, progress)
        ...     print(round(EDGES[shares.index(max(shares))]))
        19
        40
        """
        told = pointed_to(waited, progress)
        if told is None:
            return self.shares
        line, place = self.progress, math.log(told) - self.progress.offset
        return tuple(
            share * math.exp(-min(0.5 * ((place - line.slope * centre) / line.off) ** 2, 50.0))
            for share, centre in zip(self.shares, _CENTRES, strict=True)
        )


def expect(
    seconds: Sequence[float] = (), *, estimated: float | None = None, pointed: Iterable[tuple[float, float]] = ()
) -> Expectation:
    """What earlier tasks of the kind, and the server, say of the next one.

    Each earlier duration stands for those near it, by a lognormal that is as wide as the next others are far (Breiman,
    Meisel and Purcell, "Variable kernel estimates of multivariate densities", Technometrics 19, 1977): so two qualities
    stay two heaps, and one task that took ages blurs no other.

    Args:
        seconds: how long earlier tasks took, the latest first.
        estimated: the server's ``estimated_time`` in seconds, or None; it counts where nothing was seen.
        pointed: how many seconds earlier tasks took, and what their progress had pointed to (see ``pointed_to``).

    >>> known = expect([20.0, 22.0, 21.0, 19.0, 60.0])
    >>> known.seen, round(sum(known.shares), 6)
    (5, 1.0)
    >>> [round(sum(known.shares[: bisect.bisect(EDGES, end)]), 1) for end in (15, 30, 55)]
    [0.1, 0.8, 0.9]
    """
    logs = [_log(each) for each in seconds]
    shares = [0.0] * _CELLS
    if logs:
        _add_unseen(shares, statistics.median(logs), _UNSEEN)
        _add_seen(shares, logs)
    else:
        _add_unseen(shares, math.log(_TYPICAL), 1.0)
        if estimated is not None and estimated > 0:
            _add_unseen(shares, _log(estimated), 1.0)
    whole = sum(shares)
    return Expectation(tuple(share / whole for share in shares), len(logs), Progress.seen(pointed))


def pointed_to(waited: float, progress: float | None) -> float | None:
    """The duration that ``progress`` (0 to 100) after ``waited`` seconds points to, or None where it says too little.

    >>> pointed_to(12.0, 40.0), pointed_to(12.0, 3.0)
    (30.0, None)
    """
    return waited * 100 / progress if progress is not None and 10 <= progress < 100 and waited > 0 else None


def _log(seconds: float) -> float:
    """The logarithm of a duration, of what a server may say within reason."""
    return math.log(min(max(seconds, _SHORTEST), _LONGEST))


def _add_seen(shares: list[float], logs: Sequence[float]) -> None:
    """A lognormal for each duration seen, the later the heavier."""
    neighbours = math.ceil(_NEIGHBOURS * len(logs) ** 0.8)
    # The server tells whole seconds, so many are alike.
    weights: dict[float, float] = {}
    for age, each in enumerate(logs):
        weights[each] = weights.get(each, 0.0) + _FADING**age
    for each, weight in weights.items():
        reach = min(sorted([*(abs(each - other) for other in logs), _FARTHEST])[neighbours], _FARTHEST)
        width = (_REACHES * _REACH + len(logs) * reach) / (_REACHES + len(logs))
        width = math.hypot(width, _ROUNDING / max(1.0, math.exp(each)))
        first, last = (bisect.bisect(_LOGS, each + side * 3.5 * width) for side in (-1, 1))
        before = 0.0
        for cell in range(first, min(last, len(_LOGS))):
            until = 0.5 * math.erfc((each - _LOGS[cell]) / width * math.sqrt(0.5))
            shares[cell] += weight * (until - before)
            before = until
        shares[last] += weight * (1.0 - before)


def _add_unseen(shares: list[float], middle: float, weight: float) -> None:
    for cell, share in enumerate(_unseen(middle)):
        shares[cell] += weight * share


@functools.lru_cache(64)
def _unseen(middle: float) -> tuple[float, ...]:
    """A log-logistic, whose tail is long: whatever was seen, a task that outlasts it may outlast that again."""
    lasting = [1.0, *(1.0 / (1.0 + math.exp((log - middle) * _STEEPNESS)) for log in _LOGS), 0.0]
    return tuple(before - after for before, after in itertools.pairwise(lasting))
