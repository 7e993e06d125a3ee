"""What a setting changes: differences within prompt and size, with intervals over prompts."""

from __future__ import annotations

import dataclasses
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from . import words
from .analysis import (
    FEWEST_PROMPTS,
    Table,
    between,
    check_draws,
    checked_rows,
    cost_unit,
    figure,
    interval,
    needs_extra,
    one_mode,
    title,
)
from .config import Mode
from .errors import ConfigurationError
from .metrics import unit_of
from .request import FIELDS, FrozenDict

_Cell = tuple[Any, ...]  # prompt, size


@dataclasses.dataclass(frozen=True)
class Difference:
    """How much one level differs from the baseline.

    Attributes:
        level: of the setting compared by.
        estimate: mean over prompts, in the metric's unit; None where no prompt has both levels.
        low: lower end of its 95 % interval; None under ``FEWEST_PROMPTS`` prompts.
        high: its upper end.
        p: of the sign-flip test; None without an interval.
        p_holm: the same, adjusted for all levels of this contrast after Holm.
        prompts: prompts with both levels, over which the mean and the interval are.
        images: pictures of this level with a value.
        missing: pictures of this level without one.
        unmatched: of ``images``, those whose prompt and size has none of the baseline; they are left out.
        by_prompt: the difference for each prompt, a mapping.
    """

    level: Any
    estimate: float | None
    low: float | None
    high: float | None
    p: float | None
    p_holm: float | None
    prompts: int
    images: int
    missing: int
    unmatched: int
    by_prompt: FrozenDict = dataclasses.field(repr=False)


@dataclasses.dataclass(frozen=True)
class Contrast:
    """What ``contrast`` found. Printed and shown it is a table with units and what has to be known to read it.

    Attributes:
        metric: the column compared.
        unit: of the metric, "" for a plain number.
        by: the setting compared by.
        baseline: the level the others are compared with.
        images: pictures of the baseline with a value.
        missing: pictures of the baseline without one.
        differences: one for each other level, in the order in which they appear.
        mixed: other settings that differ between pictures of one prompt and size, over which it was averaged.
        mode: "live" or "sandbox".
        seed: of the bootstrap and the test: the same records with it give the same numbers.
        resamples: of each.
    """

    metric: str
    unit: str
    by: str
    baseline: Any
    images: int
    missing: int
    differences: tuple[Difference, ...]
    mixed: tuple[str, ...]
    mode: Mode
    seed: int
    resamples: int

    @property
    def title(self) -> words.Sentence | None:
        """What stands above it when it is made of sandbox drawings; None for live pictures."""
        return title(self.mode)

    def to_records(self) -> list[dict[str, Any]]:
        """One dict a level, the baseline first: plain values, so that they go into JSON or a table."""
        shared = {
            name: getattr(self, name) for name in ("metric", "unit", "by", "baseline", "mode", "seed", "resamples")
        }
        nothing = dict.fromkeys(("estimate", "low", "high", "p", "p_holm", "prompts", "unmatched"))
        base = {**shared, "level": self.baseline, **nothing, "images": self.images, "missing": self.missing}
        own = [name for name in base if name not in shared]
        return [base, *({**shared, **{name: getattr(row, name) for name in own}} for row in self.differences)]

    def __repr__(self) -> str:
        return self._table().text()

    def _repr_html_(self) -> str:
        return self._table().html()

    def _table(self) -> Table:
        say = words.say
        unit = f" ({self.unit})" if self.unit else ""
        heading = say("contrast.heading", metric=self.metric, unit=unit, by=self.by, baseline=str(self.baseline))
        head = (
            self.by,
            say("contrast.difference", unit=unit),
            say("analysis.interval"),
            say("contrast.p"),
            say("contrast.p_holm"),
            say("contrast.prompts"),
            say("contrast.images"),
            say("contrast.missing"),
            say("contrast.unmatched"),
        )
        dash = figure(None)
        base = (str(self.baseline), dash, dash, dash, dash, dash, str(self.images), str(self.missing), dash)
        rows = tuple(_row(difference) for difference in self.differences)
        above = tuple(line for line in (self.title, heading) if line)
        return Table(above, head, (base, *rows), self._notes())

    def _notes(self) -> tuple[str, ...]:
        notes = [words.say("contrast.method")]
        if any(row.low is not None for row in self.differences):
            notes.append(words.say("contrast.drawn", resamples=self.resamples, seed=self.seed))
        if any(row.low is None for row in self.differences):
            notes.append(words.say("analysis.few_prompts", fewest=FEWEST_PROMPTS))
        if self.mixed:
            notes.append(words.say("contrast.mixed", names=", ".join(self.mixed)))
        return tuple(notes)


def contrast(
    records: Iterable[Mapping[str, Any]],
    metric: str,
    by: str,
    baseline: Any,
    *,
    seed: int = 0,
    resamples: int = 2000,
) -> Contrast:
    """How ``metric`` differs between the levels of ``by``, against ``baseline``.

    In every prompt and size the mean of a level is compared with that of the baseline; the differences are averaged
    over the sizes of a prompt and then over prompts. A picture without a value (None or NaN) is missing and counted.

    The 95 % interval is a percentile bootstrap over prompts (``analysis.interval``), since pictures of one prompt are
    alike and prompts are what one would draw anew. p comes from a test that flips the signs of the prompts' differences
    (Fisher 1935; with one added to both counts after Phipson and Smyth 2010): it is exact where the level makes no
    difference in any prompt. Several levels are adjusted after Holm (1979); their intervals are not.

    Args:
        records: rows as ``ImageSet.to_records`` gives, with the metric, such as those of ``metrics.measure``.
        metric: a column of numbers. The unit of a cost comes from the rows' ``cost_unit``.
        by: a column of settings, such as "quality".
        baseline: the level to compare with, such as "low".
        seed: of the random draws, kept in the result.
        resamples: how many, 200 or more.

    Raises:
        ConfigurationError: live and sandbox mixed, an unknown column or baseline, one level only, values that are no
            numbers, costs in several units, or no prompt and size with two levels.
        ImportError: the extra is not installed.

    >>> rows = [
    ...     {"prompt": f"Fox {n}", "size": "1:1", "quality": quality, "mode": "sandbox", "edges": n % 3 + gain}
    ...     for n in range(12) for quality, gain in (("low", 0), ("high", 5 + n % 2))
    ... ]
    >>> found = contrast(rows, "edges", "quality", "low").differences[0]
    >>> found.level, found.estimate, round(found.low, 1), round(found.high, 1), found.prompts
    ('high', 5.5, 5.2, 5.8, 12)
    """
    seed, resamples = check_draws(seed, resamples)
    rows = checked_rows(records, by)
    mode = one_mode(rows)
    cells, missing = _grouped(rows, _values(rows, metric), by)
    _check_levels(list(cells), by, baseline)
    base = cells[baseline]
    others = [level for level in cells if level != baseline]
    found = [_difference(level, cells[level], base, missing[level], seed, resamples) for level in others]
    if not any(difference.prompts for difference in found):
        raise ConfigurationError(words.say("contrast.no_pairs", by=by, baseline=repr(baseline)))
    images = sum(len(cell) for cell in base.values())
    return Contrast(
        metric=metric,
        unit=(cost_unit(rows) if metric == "cost" else None) or unit_of(metric),
        by=by,
        baseline=baseline,
        images=images,
        missing=missing[baseline],
        differences=tuple(_adjusted(found)),
        mixed=_mixed(rows, by),
        mode=mode,
        seed=seed,
        resamples=resamples,
    )


def _grouped(
    rows: Sequence[Mapping[str, Any]], values: Sequence[float | None], by: str
) -> tuple[dict[Any, dict[_Cell, list[float]]], dict[Any, int]]:
    """The values of each level in each prompt and size, and how many of each level are missing."""
    levels = dict.fromkeys(row[by] for row in rows)
    cells: dict[Any, dict[_Cell, list[float]]] = {level: defaultdict(list) for level in levels}
    missing = dict.fromkeys(levels, 0)
    for row, value in zip(rows, values, strict=True):
        if value is None:
            missing[row[by]] += 1
        else:
            cells[row[by]][_cell(row, by)].append(value)
    return cells, missing


def _cell(row: Mapping[str, Any], by: str) -> _Cell:
    return (row["prompt"],) if by == "size" else (row["prompt"], row["size"])


def _values(rows: Sequence[Mapping[str, Any]], metric: str) -> list[float | None]:
    """The metric of each row; None where it is missing."""
    if not isinstance(metric, str) or not any(metric in row for row in rows):
        known = ", ".join(sorted({str(column) for row in rows for column in row}))
        raise ConfigurationError(words.say("analysis.no_column", name=metric, known=known))
    values: list[float | None] = []
    for number, row in enumerate(rows, start=1):
        value = row.get(metric)
        try:
            found = math.nan if value is None else float(value)
        except (TypeError, ValueError, OverflowError):
            found = math.inf
        if isinstance(value, str) or math.isinf(found):
            shown = repr(value)[:60]
            raise ConfigurationError(words.say("contrast.no_number", metric=metric, number=number, value=shown))
        values.append(None if math.isnan(found) else found)
    return values


def _check_levels(levels: Sequence[Any], by: str, baseline: Any) -> None:
    known = ", ".join(repr(level) for level in levels)
    if baseline not in levels:
        raise ConfigurationError(words.say("contrast.no_baseline", by=by, baseline=repr(baseline), known=known))
    if len(levels) < 2:
        raise ConfigurationError(words.say("analysis.one_level", by=by, level=known))


def _difference(
    level: Any,
    cells: Mapping[_Cell, Sequence[float]],
    base: Mapping[_Cell, Sequence[float]],
    missing: int,
    seed: int,
    resamples: int,
) -> Difference:
    within: dict[str, list[float]] = defaultdict(list)
    for cell, values in cells.items():
        if cell in base:
            within[cell[0]].append(_mean(values) - _mean(base[cell]))
    by_prompt = {prompt: _mean(differences) for prompt, differences in within.items()}
    enough = len(by_prompt) >= FEWEST_PROMPTS
    low, high, p = _drawn(list(by_prompt.values()), seed, resamples) if enough else (None, None, None)
    return Difference(
        level=level,
        estimate=_mean(list(by_prompt.values())) if by_prompt else None,
        low=low,
        high=high,
        p=p,
        p_holm=None,
        prompts=len(by_prompt),
        images=sum(len(values) for values in cells.values()),
        missing=missing,
        unmatched=sum(len(values) for cell, values in cells.items() if cell not in base),
        by_prompt=FrozenDict(by_prompt),
    )


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


def _drawn(differences: Sequence[float], seed: int, resamples: int) -> tuple[float, float, float]:
    """The interval of the mean and the p of the sign-flip test."""
    with needs_extra():
        import numpy as np

    prompts = np.asarray(differences)
    # A generator for each level, so that adding a level changes nothing about the others.
    draws = np.random.default_rng(seed)
    means = prompts[draws.integers(len(prompts), size=(resamples, len(prompts)))].mean(axis=1)
    signs = draws.integers(2, size=(resamples, len(prompts))) * 2 - 1
    flipped = np.abs((signs * prompts).mean(axis=1))
    # The same sum in another order differs in its last digits, and must still count as equal.
    extreme = int((flipped >= abs(prompts.mean()) * (1 - 1e-9)).sum())
    return *interval(means, len(prompts)), (extreme + 1) / (resamples + 1)


def holm(p_values: Sequence[float]) -> list[float]:
    """p values adjusted for being several (Holm 1979, Scandinavian Journal of Statistics 6, 65-70), in their order.

    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    order = sorted(range(len(p_values)), key=lambda index: p_values[index])
    adjusted = [1.0] * len(p_values)
    largest = 0.0
    for rank, index in enumerate(order):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = largest
    return adjusted


def _adjusted(differences: Sequence[Difference]) -> list[Difference]:
    tested = [difference.p for difference in differences if difference.p is not None]
    adjusted = iter(holm(tested))
    return [
        difference if difference.p is None else dataclasses.replace(difference, p_holm=next(adjusted))
        for difference in differences
    ]


def _mixed(rows: Sequence[Mapping[str, Any]], by: str) -> tuple[str, ...]:
    """Settings other than ``by`` with several values in one prompt and size: they may differ between levels too."""
    others = [name for name in FIELDS if name not in (by, "prompt", "size", "n")]
    seen: dict[tuple[str, _Cell], set[str]] = defaultdict(set)
    for row in rows:
        for name in others:
            if name in row:
                seen[name, _cell(row, by)].add(repr(row[name]))
    varying = {name for (name, _), values in seen.items() if len(values) > 1}
    return tuple(name for name in others if name in varying)


def _shown_p(p: float | None) -> str:
    if p is None:
        return figure(None)
    return f"{p:.3f}" if p >= 0.001 else "< 0.001"


def _row(difference: Difference) -> tuple[str, ...]:
    return (
        str(difference.level),
        figure(difference.estimate, signed=True),
        between(difference.low, difference.high),
        _shown_p(difference.p),
        _shown_p(difference.p_holm),
        *(str(getattr(difference, name)) for name in ("prompts", "images", "missing", "unmatched")),
    )
