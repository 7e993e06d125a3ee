"""How strongly each level is preferred: Bradley-Terry strengths with ties after Davidson (1970).

Davidson, "On extending the Bradley-Terry model to accommodate ties in paired comparison experiments", Journal of the
American Statistical Association 65, 317-328. With worths w and the ties' parameter nu, i is preferred to j with a
probability proportional to w_i, j to i to w_j, and neither to nu * sqrt(w_i * w_j).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import words
from .analysis import FEWEST_PROMPTS, Table, between, check_draws, figure, interval, needs_extra, percent, title
from .config import Mode
from .errors import ConfigurationError
from .ratings import Judgements, joined

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

MOST_LOST = 0.05
"""Share of resamples that may be not estimable; with more, the interval would be one of the others only."""

_STEPS = 200  # Newton takes about six; a likelihood that has a maximum never needs as many as these


@dataclass(frozen=True)
class Fit:
    """Davidson's model at its maximum likelihood.

    Attributes:
        strengths: log worths, with mean 0.
        nu: of the ties; 0 without any.
        log_likelihood: natural logarithm, without the constant of the counts.
    """

    strengths: tuple[float, ...]
    nu: float
    log_likelihood: float

    @property
    def worths(self) -> tuple[float, ...]:
        """The worths of Davidson's paper, which sum to 1."""
        with needs_extra():
            import numpy as np

        worths = np.exp(np.asarray(self.strengths))
        return tuple((worths / worths.sum()).tolist())


def davidson(wins: Any, ties: Any) -> Fit | words.Sentence:
    """Maximum likelihood estimates from counts.

    Args:
        wins: how often i was preferred to j, shape (k, k); the diagonal is not read.
        ties: how often neither was, shape (k, k), each tie of i and j once at [i, j] or [j, i].

    Returns:
        The fit, or a sentence that says why there is none: some strengths would be infinite (complete separation).

    Raises:
        ConfigurationError: not two square tables of counts of one shape for two levels or more.

    >>> fit = davidson([[0, 6], [2, 0]], [[0, 4], [0, 0]])
    >>> [round(worth, 3) for worth in fit.worths], round(fit.nu, 3)
    ([0.75, 0.25], 1.155)
    >>> davidson([[0, 6], [0, 0]], [[0, 4], [0, 0]])
    'Not estimable: level 2 never won against level 1, ...'
    """
    counts, pairs, k = _counted(wins, ties)
    names = [str(words.say("strengths.level", number=number + 1)) for number in range(k)]
    reason = _not_estimable(counts, pairs, k, names)
    return reason if reason is not None else _fit(counts, pairs, k)


def _counted(wins: Any, ties: Any) -> tuple[Array, list[tuple[int, int]], int]:
    """Counts (first preferred, second preferred, tie) for each pair compared, shape (pairs, 3)."""
    with needs_extra():
        import numpy as np

    try:
        won, tied = np.asarray(wins, dtype=float), np.asarray(ties, dtype=float)
    except (TypeError, ValueError):
        raise ConfigurationError(words.say("strengths.no_counts")) from None
    square = won.ndim == 2 and won.shape[0] == won.shape[1] >= 2 and won.shape == tied.shape
    if not square or not all(np.isfinite(table).all() and (table >= 0).all() for table in (won, tied)):
        raise ConfigurationError(words.say("strengths.no_counts"))
    k = len(won)
    pairs = list(itertools.combinations(range(k), 2))
    counts = np.array([[won[i, j], won[j, i], tied[i, j] + tied[j, i]] for i, j in pairs])
    return counts, pairs, k


def _design(counts: Array, pairs: Sequence[tuple[int, int]], k: int) -> Array:
    """What each outcome adds of each parameter, shape (pairs, outcomes, parameters).

    The last column is log nu. Without a tie it is minus infinity: the model is then that of Bradley and Terry, and
    the third outcome cannot happen. The first level's strength is held at 0.
    """
    with needs_extra():
        import numpy as np

    tied = bool(counts[:, 2].any())
    design = np.zeros((len(pairs), 3, k + 1))
    for row, (i, j) in enumerate(pairs):
        design[row, 0, [i, j]] = 0.5, -0.5
        design[row, 1, [i, j]] = -0.5, 0.5
    design[:, 2, k] = 1
    return design[:, :, 1:] if tied else design[:, :2, 1:k]


def _fit(counts: Array, pairs: Sequence[tuple[int, int]], k: int) -> Fit:
    """Newton's method; the logarithm of the likelihood is concave, and here it has a maximum."""
    with needs_extra():
        import numpy as np

    design = _design(counts, pairs, k)
    seen = counts[:, : design.shape[1]]
    parameters = np.zeros(design.shape[2])
    height, gradient, curvature = _likelihood(seen, design, parameters)
    for _ in range(_STEPS):
        step = np.linalg.solve(curvature, gradient)
        while (reached := _likelihood(seen, design, parameters + step))[0] < height - 1e-9 * abs(height):
            step = step / 2
        parameters = parameters + step
        height, gradient, curvature = reached
        if np.abs(step).max() < 1e-9:
            break
    strengths = np.concatenate([[0.0], parameters[: k - 1]])
    nu = float(np.exp(parameters[-1])) if design.shape[1] == 3 else 0.0
    return Fit(tuple((strengths - strengths.mean()).tolist()), nu, height)


def _likelihood(seen: Array, design: Array, parameters: Array) -> tuple[float, Array, Array]:
    """The logarithm of the likelihood, its gradient, and minus its second derivatives."""
    with needs_extra():
        import numpy as np

    scores = design @ parameters
    scores = scores - scores.max(axis=1, keepdims=True)
    logs = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    expected = np.exp(logs) * seen.sum(axis=1, keepdims=True)
    gradient = np.einsum("po,poq->q", seen - expected, design)
    mean = np.einsum("po,poq->pq", np.exp(logs), design)
    spread = np.einsum("po,poq,por->qr", expected, design, design)
    curvature = spread - np.einsum("p,pq,pr->qr", seen.sum(axis=1), mean, mean)
    return float((seen * logs).sum()), gradient, curvature


# ---- whether there is a maximum


def _not_estimable(
    counts: Array, pairs: Sequence[tuple[int, int]], k: int, names: Sequence[str]
) -> words.Sentence | None:
    """Why there is no finite maximum, or None where there is one.

    There is one exactly when no direction of the parameters keeps every outcome seen at least as likely as the others
    of its pair (Albert and Anderson 1984, Biometrika 71, 1-10). For wins alone that is Ford's condition of 1957, a
    strongly connected graph of who beat whom. Ties do not close a cycle by themselves: with ties and wins and no loss,
    the strength and nu can grow together. So the direction is looked for, by linear programming.
    """
    with needs_extra():
        import numpy as np
        from scipy.optimize import linprog

    if _cycle_through_all(counts, pairs, k):
        return None
    design = _design(counts, pairs, k)
    rows = [
        design[pair, outcome] - design[pair, other]
        for pair, outcome in zip(*np.nonzero(counts[:, : design.shape[1]]), strict=True)
        for other in range(design.shape[1])
        if other != outcome
    ]
    if not rows or np.linalg.matrix_rank(rows) < design.shape[2]:
        return words.say("strengths.not_connected")
    if not counts[:, :2].any():
        return words.say("strengths.only_ties")
    gains = np.array(rows)
    best = linprog(-gains.sum(axis=0), A_ub=-gains, b_ub=np.zeros(len(gains)), bounds=(-1, 1))
    if -best.fun < 1e-7:
        return None
    direction = np.round(np.concatenate([[0.0], best.x[: k - 1]]), 6)
    upper = [name for name, value in zip(names, direction, strict=True) if value == direction.max()]
    lower = [name for name, value in zip(names, direction, strict=True) if value != direction.max()]
    return words.say("strengths.separated", upper=", ".join(upper), lower=", ".join(lower))


def _cycle_through_all(counts: Array, pairs: Sequence[tuple[int, int]], k: int) -> bool:
    """Whether wins alone lead from every level to every other, which is enough, and is quick to see."""
    with needs_extra():
        import numpy as np
        from scipy.sparse.csgraph import connected_components

    beaten = np.zeros((k, k))
    for (i, j), (first, second, _) in zip(pairs, counts, strict=True):
        beaten[i, j], beaten[j, i] = first, second
    return bool(connected_components(beaten, connection="strong", return_labels=False) == 1)


# ---- from ratings


@dataclass(frozen=True)
class Strength:
    """One level: ``strength`` in log-odds (mean 0), its 95 % interval, and ``worth``, the share it has of all worths.

    None where it is not estimable, or for the ends where there is no interval.
    """

    level: Any
    strength: float | None
    low: float | None
    high: float | None
    worth: float | None


@dataclass(frozen=True)
class Strengths:
    """What ``strengths`` found; shown it is a table.

    Attributes:
        by: the setting compared by.
        levels: one ``Strength`` each.
        nu: how common ties are: against an equal, a tie has the probability nu / (2 + nu). None if not estimable.
        reason: why it is not estimable, or None.
        comparisons: decisions it rests on, without repetitions.
        prompts: their prompts.
        raters: their raters.
        mode: "live" or "sandbox".
        seed: of the bootstrap.
        resamples: of it.
        lost: those that were not estimable.
    """

    by: str
    levels: tuple[Strength, ...]
    nu: float | None
    reason: words.Sentence | None
    comparisons: int
    prompts: int
    raters: int
    mode: Mode
    seed: int
    resamples: int
    lost: int

    @property
    def estimable(self) -> bool:
        """Whether there are strengths at all."""
        return self.reason is None

    @property
    def title(self) -> words.Sentence | None:
        """What stands above it when it is made of sandbox drawings; None for live pictures."""
        return title(self.mode)

    def to_records(self) -> list[dict[str, Any]]:
        """One dict a level: plain values, so that they go into JSON or a table."""
        names = ("nu", "comparisons", "prompts", "raters", "mode", "seed", "resamples", "lost")
        shared = {"by": self.by, **{name: getattr(self, name) for name in names}}
        own = ("level", "strength", "low", "high", "worth")
        return [{**shared, **{name: getattr(row, name) for name in own}} for row in self.levels]

    def __repr__(self) -> str:
        return self._table().text()

    def _repr_html_(self) -> str:
        return self._table().html()

    def _table(self) -> Table:
        say = words.say
        head = (self.by, say("strengths.strength"), say("analysis.interval"), say("strengths.worth"))
        rows = tuple(
            (str(row.level), figure(row.strength, signed=True), between(row.low, row.high), percent(row.worth))
            for row in self.levels
        )
        return Table((self.title,) if self.title else (), head, rows, self._notes())

    def _notes(self) -> tuple[str, ...]:
        say = words.say
        counts = {"comparisons": self.comparisons, "prompts": self.prompts, "raters": self.raters}
        notes = [say("strengths.counts", **counts)]
        if self.reason is not None:
            return (*notes, self.reason)
        notes.append(say("strengths.method", nu=figure(self.nu)))
        if self.prompts < FEWEST_PROMPTS:
            notes.append(say("analysis.few_prompts", fewest=FEWEST_PROMPTS))
        elif self.lost > MOST_LOST * self.resamples:
            notes.append(say("strengths.lost", lost=self.lost, resamples=self.resamples))
        else:
            notes.append(say("strengths.drawn", resamples=self.resamples, seed=self.seed))
            if self.raters == 1:
                notes.append(say("strengths.one_rater"))
        return tuple(notes)


def strengths(
    ratings: Iterable[Mapping[str, Any]],
    records: Iterable[Mapping[str, Any]],
    by: str,
    *,
    seed: int = 0,
    resamples: int = 1000,
) -> Strengths:
    """Strengths of the levels of ``by`` from blind ratings.

    The 95 % intervals come from drawing prompts and raters anew, independently of each other, a decision counting as
    often as its prompt times its rater was drawn (Owen 2007, "The pigeonhole bootstrap", Annals of Applied Statistics
    1, 386-411): decisions on one prompt or by one rater are alike. They are rather too wide than too
    narrow: in 100 simulated studies of 15 prompts and 8 raters they covered the known strengths in 98 %.

    Args:
        ratings: rows with ``ratings.RATING_FIELDS``; repeated pairs are left out.
        records: the pictures' rows, as ``ImageSet.to_records`` gives them.
        by: a column of settings, such as "quality".
        seed: of the random draws, kept in the result.
        resamples: how many, 200 or more.

    Raises:
        ConfigurationError: as ``ratings.joined``.
        ImportError: the extra is not installed.

    >>> records = [
    ...     {"sha256": quality, "quality": quality, "prompt": "A fox", "size": "1:1", "mode": "live"}
    ...     for quality in ("low", "high")
    ... ]
    >>> rating = {"rater": "r1", "a": "low", "b": "high", "time": "2026-11-24T09:00:00+00:00", "repeat": 0}
    >>> found = strengths([{**rating, "choice": choice} for choice in ("a", "b", "b", "b")], records, "quality")
    >>> [(row.level, round(row.worth, 2)) for row in found.levels]
    [('low', 0.25), ('high', 0.75)]
    """
    seed, resamples = check_draws(seed, resamples)
    judgements = joined(ratings, records, by)
    tally = _Tally(judgements)
    counts = tally.counts()
    names = [str(level) for level in judgements.levels]
    reason = _not_estimable(counts, tally.pairs, len(names), names)
    fit = None if reason is not None else _fit(counts, tally.pairs, len(names))
    enough = fit is not None and tally.prompts >= FEWEST_PROMPTS
    drawn = tally.resampled(seed, resamples) if enough else []
    lost = resamples - len(drawn) if enough else 0
    ends = _ends(drawn, tally.prompts) if enough and lost <= MOST_LOST * resamples else [(None, None)] * len(names)
    nothing = [None] * len(names)
    found = zip(judgements.levels, fit.strengths if fit else nothing, ends, fit.worths if fit else nothing, strict=True)
    return Strengths(
        by=by,
        levels=tuple(Strength(level, strength, *end, worth) for level, strength, end, worth in found),
        nu=fit.nu if fit else None,
        reason=reason,
        comparisons=len(judgements.rows),
        prompts=tally.prompts,
        raters=tally.raters,
        mode=judgements.mode,
        seed=seed,
        resamples=resamples,
        lost=lost,
    )


def _ends(drawn: Sequence[tuple[float, ...]], prompts: int) -> list[tuple[float | None, float | None]]:
    with needs_extra():
        import numpy as np

    return [interval(column, prompts) for column in np.asarray(drawn).T]


class _Tally:
    """Judgements as arrays, so that a thousand resamples take a second."""

    def __init__(self, judgements: Judgements) -> None:
        with needs_extra():
            import numpy as np

        place = {level: index for index, level in enumerate(judgements.levels)}
        self._k = len(place)
        self.pairs = list(itertools.combinations(range(self._k), 2))
        pair_of = {pair: index for index, pair in enumerate(self.pairs)}
        kinds = []
        for row in judgements.rows:
            first, second = place[row.first], place[row.second]
            outcome = 2 if row.choice == "tie" else int((row.choice == "a") != (first < second))
            kinds.append(3 * pair_of[min(first, second), max(first, second)] + outcome)
        self._kinds = np.array(kinds)
        prompts, self._prompt = np.unique([row.prompt for row in judgements.rows], return_inverse=True)
        raters, self._rater = np.unique([row.rater for row in judgements.rows], return_inverse=True)
        self.prompts, self.raters = len(prompts), len(raters)

    def counts(self, weights: Array | None = None) -> Array:
        """How often each outcome was seen, shape (pairs, 3); each decision once, or as often as ``weights`` says."""
        with needs_extra():
            import numpy as np

        counted = np.bincount(self._kinds, weights=weights, minlength=3 * len(self.pairs))
        return counted.reshape(-1, 3).astype(float)

    def resampled(self, seed: int, resamples: int) -> list[tuple[float, ...]]:
        """Strengths of each resample that is estimable."""
        with needs_extra():
            import numpy as np

        draws = np.random.default_rng(seed)
        names = [""] * self._k
        found = []
        for _ in range(resamples):
            prompts = np.bincount(draws.integers(self.prompts, size=self.prompts), minlength=self.prompts)
            raters = np.bincount(draws.integers(self.raters, size=self.raters), minlength=self.raters)
            counts = self.counts(prompts[self._prompt] * raters[self._rater])
            if _not_estimable(counts, self.pairs, self._k, names) is None:
                found.append(_fit(counts, self.pairs, self._k).strengths)
        return found
