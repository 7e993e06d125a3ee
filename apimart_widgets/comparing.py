"""``Comparing``: what a sweep and an opened study have in common: tables, grids, contrasts, ratings, plots, methods.

Every figure is made from rows and pictures, so that a study opened from its folder gives the same ones without a key.
"""

from __future__ import annotations

import abc
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import bradley_terry, metrics, plots, ratings, tables
from .analysis import Mode
from .bradley_terry import Strengths
from .contrast import Contrast, contrast
from .grid import Grid
from .methods import methods
from .ratings import SelfAgreement, WinRates
from .results import GeneratedImage, ImageSet
from .study import Study
from .words import Sentence

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


class Comparing(abc.ABC):
    """Something that was made at several settings, to compare them."""

    mode: Mode

    @property
    @abc.abstractmethod
    def images(self) -> ImageSet:
        """Every picture there is, in the order of the plan."""

    @property
    @abc.abstractmethod
    def axes(self) -> Mapping[str, tuple[Any, ...]]:
        """Name of each axis -> its levels."""

    @abc.abstractmethod
    def study(self) -> Study:
        """All of it as one frozen value."""

    @abc.abstractmethod
    def _records(self) -> list[dict[str, Any]]:
        """One row a picture, in the order of ``images``."""

    @property
    @abc.abstractmethod
    def ratings(self) -> list[dict[str, Any]]:
        """Blind decisions on its pictures, one row each (``ratings.RATING_FIELDS``)."""

    # ---- tables

    def to_records(self, metrics: Sequence[str] = ()) -> list[dict[str, Any]]:
        """One dict a picture: its settings and levels, what it cost, how long it took, and the ``metrics`` named.

        The columns stand in ``tables.COLUMNS``, each with its type, unit and meaning; those of metrics and of names in
        the prompts follow. Unknown values are None.

        Raises:
            ConfigurationError: a metric nobody knows.
            ImportError: metrics need the extra ``apimart-widgets[analysis]``.
        """
        return tables.rows(self._measured(metrics))

    def to_pandas(self, metrics: Sequence[str] = ()) -> pd.DataFrame:
        """``to_records`` as a DataFrame with stable types. Needs pandas."""
        return tables.to_pandas(self._measured(metrics))

    def to_parquet(self, path: str | os.PathLike[str], metrics: Sequence[str] = ()) -> Path:
        """``to_records`` as a Parquet file; returns its path. Needs the extra ``apimart-widgets[analysis]``.

        Raises:
            ConfigurationError: the file cannot be written.
        """
        return tables.to_parquet(self._measured(metrics), path)

    def _measured(self, names: Sequence[str]) -> list[dict[str, Any]]:
        rows = self._records()
        if not names:
            return rows
        listed = [names] if isinstance(names, str) else list(names)
        found = metrics.measure(self.images, listed)
        return [{**row, **{name: each[name] for name in listed}} for row, each in zip(rows, found, strict=True)]

    def _with(self, *names: str) -> list[dict[str, Any]]:
        """The rows, with those of ``names`` that are metrics."""
        rows = self._records()
        known = {metric.name for metric in metrics.metrics()}
        return self._measured([name for name in names if name in known and not (rows and name in rows[0])])

    # ---- to look at

    def labels(self, image: GeneratedImage) -> Mapping[str, Any]:
        """What a picture is known by beside its request: names of its prompt, and ``repeat`` from 0."""
        return self._all_labels().get((image.task_id, image.index), {})

    def _all_labels(self) -> dict[tuple[str, int], dict[str, Any]]:
        known = {column.name for column in tables.COLUMNS}
        names = [name for name in self.axes if name not in known]
        return {
            (row["task_id"], row["index"]): {"repeat": row["repeat"], **{name: row.get(name) for name in names}}
            for row in self._records()
        }

    def grid(self, row: str = "quality", col: str | None = "size", **settings: Any) -> Grid:
        """Its pictures arranged by two settings; ``settings`` as ``Grid`` takes them.

        Raises:
            ConfigurationError: no such setting.
        """
        known = self._all_labels()
        chosen: dict[str, Any] = {
            "rows": self.axes.get(row),
            "cols": self.axes.get(col) if col is not None else None,
            "labels": lambda image: known.get((image.task_id, image.index), {}),
            **settings,
        }
        return Grid(self.images, row, col, **chosen)

    def plot(self, x: str, y: str, *, by: str | None = None, ax: Axes | None = None, seed: int = 0) -> Axes:
        """``y`` over ``x`` as single points with means and 95 % intervals over prompts; see ``plots.plot``.

        Columns and metrics alike: ``sweep.plot("quality", "sharpness")``, ``sweep.plot("cost", "rating")``.
        """
        rows = self._with(x, y)
        return plots.plot(rows, x, y, by=by, levels=self._levels_made(by or x, rows), ax=ax, seed=seed)

    def _levels_made(self, name: str, rows: Sequence[Mapping[str, Any]]) -> list[Any] | None:
        """The levels of an axis that have pictures, in the order of the plan."""
        made = [row.get(name) for row in rows]
        return [level for level in self.axes[name] if level in made] if name in self.axes else None

    # ---- to judge

    def contrast(self, metric: str, by: str, baseline: Any, *, seed: int = 0, resamples: int = 2000) -> Contrast:
        """How a metric or a column of numbers differs between levels, within prompt and size; see ``contrast``."""
        return contrast(self._with(metric), metric, by, baseline, seed=seed, resamples=resamples)

    def win_rates(self, by: str) -> WinRates:
        """How often the pictures of each level were preferred in blind comparisons."""
        return ratings.win_rates(self.ratings, self._records(), by)

    def strengths(self, by: str, *, seed: int = 0, resamples: int = 1000) -> Strengths:
        """Bradley-Terry strengths of the levels, with ties after Davidson (1970); see ``bradley_terry.strengths``."""
        return bradley_terry.strengths(self.ratings, self._records(), by, seed=seed, resamples=resamples)

    def self_agreement(self) -> tuple[SelfAgreement, ...]:
        """How far each rater chose the same when a pair came again."""
        return ratings.self_agreement(self.ratings)

    def methods(self, *, statistics: Iterable[Contrast | Strengths] = ()) -> Sentence:
        """A paragraph for the paper: what was made, how, when, at what cost, and the ``statistics`` used."""
        return methods(self.study(), statistics=statistics)

    def export(self, folder: str | os.PathLike[str]) -> Path:
        """Write pictures, tables, payloads, answers, ratings, prices and a manifest; ``open_sweep`` reads them back."""
        return self.study().save(folder)


class OpenedSweep(Comparing):
    """A sweep as it was exported: its pictures, rows, ratings and prices, without a key; made by ``open_sweep``.

    Attributes:
        name: of the study.
        mode: "live", or "sandbox" for drawings.
    """

    def __init__(self, study: Study) -> None:
        self._study = study
        self.name = study.name
        self.mode = study.mode

    @property
    def images(self) -> ImageSet:
        """Every picture, in the order of the plan."""
        return self._study.images

    @property
    def axes(self) -> Mapping[str, tuple[Any, ...]]:
        """Name of each axis -> its levels."""
        return {name: tuple(levels) for name, levels in self._study.plan.get("axes", {}).items()}

    @property
    def ratings(self) -> list[dict[str, Any]]:
        """Blind decisions on its pictures, one row each (``ratings.RATING_FIELDS``)."""
        return [dict(row) for row in self._study.ratings]

    def study(self) -> Study:
        """What it was opened from."""
        return self._study

    def _records(self) -> list[dict[str, Any]]:
        return [dict(row) for row in self._study.records]

    def __repr__(self) -> str:
        return repr(self._study)


def open_sweep(folder: str | os.PathLike[str]) -> OpenedSweep:
    """What ``sweep.export(folder)`` wrote, to compute every figure anew without a key and without a network.

    Raises:
        ConfigurationError: the folder holds no exported sweep.
        LibraryError: a file was changed, is missing or is too much.
        ImportError: the extra ``apimart-widgets[analysis]`` is not installed.

    >>> import tempfile, apimart_widgets as am
    >>> with am.Session(mode="sandbox", library=":memory:", sandbox_seconds=0) as session:
    ...     sweep = session.sweep("A red fox", quality=["low", "high"], name="foxes")
    ...     sweep.run()
    ...     folder = sweep.export(tempfile.mkdtemp())
    >>> open_sweep(folder)
    Study 'foxes', sandbox: 2 pictures, 0 ratings.
    """
    return OpenedSweep(Study.open(folder))
