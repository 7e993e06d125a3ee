"""``Comparing``: what a sweep and an opened study have in common: tables, grids, contrasts, ratings, plots, methods.

Every figure is made from rows and pictures, so that a study opened from its folder gives the same ones without a key.
"""

from __future__ import annotations

import abc
import inspect
import itertools
import os
import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from . import bradley_terry, metrics, new_file, plots, ratings, tables
from .bradley_terry import Strengths
from .catalog import money
from .config import Mode
from .contrast import Contrast, contrast
from .errors import ConfigurationError
from .grid import Grid
from .methods import methods
from .ratings import SelfAgreement, WinRates
from .request import FIELDS
from .results import GeneratedImage, ImageSet
from .study import Study
from .words import Sentence, say

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from PIL import Image


class Comparing(abc.ABC):
    """Something that was made at several settings, to compare them."""

    mode: Mode
    _known_rows: Mapping[tuple[str, int], Mapping[str, Any]] = MappingProxyType({})

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

    @abc.abstractmethod
    def _left_out(self) -> list[tuple[Mapping[str, Any], Sentence | str]]:
        """Combinations that were not asked for: their levels, and why."""

    @abc.abstractmethod
    def _asks_for(self, levels: Mapping[str, Any]) -> bool:
        """Whether a request of the plan has all of ``levels``."""

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

    def to_parquet(self, path: str | os.PathLike[str], metrics: Sequence[str] = ()) -> None:
        """``to_records`` as a Parquet file, as ``tables.to_parquet`` writes it; over one that is there.

        Raises:
            ConfigurationError: as ``to_records``; no path, or one that cannot be written to.
        """
        rows = self._measured(metrics)
        new_file.check_path(path, "table.parquet")
        place = Path(os.path.expanduser(path))
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            tables.to_parquet(rows, place)
        except OSError as error:
            raise ConfigurationError(
                say("results.cannot_write", path=str(place), reason=new_file.reason(error))
            ) from error

    def _measured(self, names: Sequence[str] | None) -> list[dict[str, Any]]:
        rows = self._records()
        listed = [] if names is None else metrics.listed(names)
        if not listed:
            return rows
        found = metrics.measure(self.images, listed)
        return [{**row, **{name: each[name] for name in listed}} for row, each in zip(rows, found, strict=True)]

    def _with(self, *names: str) -> list[dict[str, Any]]:
        """The rows, with those of ``names`` that are metrics and no columns."""
        columns = [*dict.fromkeys([*(column.name for column in tables.COLUMNS), *self.axes])]
        known = [metric.name for metric in metrics.metrics()]
        for name in names:
            if name not in columns and name not in known:
                listed = {"columns": ", ".join(columns), "metrics": ", ".join(known)}
                raise ConfigurationError(say("comparing.no_column", name=repr(name), **listed))
        return self._measured([name for name in names if name not in columns])

    # ---- to look at

    def labels(self, image: GeneratedImage) -> Mapping[str, Any]:
        """What a picture is known by beside its request: names of its prompt, and ``repeat`` from 0.

        Raises:
            ConfigurationError: that is no picture.
        """
        if not isinstance(image, GeneratedImage):
            raise ConfigurationError(say("library.no_picture", type=type(image).__name__))
        row = self._row_of(image)
        known = {column.name for column in tables.COLUMNS}
        names = ["repeat", *(name for name in self.axes if name not in known)]
        return {name: row[name] for name in names if name in row}

    def _row_of(self, image: GeneratedImage) -> Mapping[str, Any]:
        place = (image.task_id, image.index)
        if place not in self._known_rows:  # it is new
            self._known_rows = {(row["task_id"], row["index"]): row for row in self._records()}
        return self._known_rows.get(place, {})

    def _caption(self, image: GeneratedImage) -> str:
        row = self._row_of(image)
        seconds = "" if row.get("waited") is None else f"{row['waited']:.0f} s"
        cost = "" if row.get("cost") is None else money(row["cost"], row["cost_unit"])
        return " · ".join(filter(None, [seconds, cost]))

    def grid(self, row: str = "quality", col: str | None = "size", **settings: Any) -> Grid:
        """Its pictures arranged by two settings; ``settings`` as ``Grid`` takes them.

        Raises:
            ConfigurationError: no such setting.
        """
        settable = [*(name for name in FIELDS if name != "extra_body"), "index", "repeat"]
        for name in (row, col):
            if name is not None and name not in [*self.axes, *settable]:
                known = ", ".join(dict.fromkeys([*self.axes, *settable]))
                raise ConfigurationError(say("comparing.no_setting", name=repr(name), known=known))
        _check_arguments(Grid, settings, "comparing.no_argument")
        chosen: dict[str, Any] = {
            "rows": self._heads(row),
            "cols": self._heads(col),
            "labels": self.labels,
            "caption": self._caption,
            "missing": self._reasons(row, col),
            **settings,
        }
        return Grid(self.images, row, col, **chosen)

    def _reasons(self, row: str, col: str | None) -> dict[tuple[Any, Any], Sentence | str]:
        """Why places of a grid stay empty: no combination that has both levels was asked for."""
        sides = [name for name in (row, col) if name is not None]
        if not all(self._heads(name) for name in sides):
            return {}
        found = {}
        for levels, reason in self._left_out():
            pair = {name: levels[name] for name in sides}
            if not self._asks_for(pair):
                found[pair[row], None if col is None else pair[col]] = reason
        return found

    def _heads(self, name: str | None) -> list[Any] | None:
        """The levels of an axis as they stand in the rows; None for prompts with braces, which were sent filled in."""
        if name is None or name not in self.axes:
            return None
        levels = list(self.axes[name])
        return None if name == "prompt" and any("{" in level or "}" in level for level in levels) else levels

    def contact_sheet(self, captions: Sequence[str] | None = None, **settings: Any) -> Image.Image:
        """All its pictures on one PIL image, in the order of the plan; ``settings`` as ``ImageSet.contact_sheet``.

        ``grid(...).to_pil()`` is the same arranged by two settings, with their names at its sides.

        Raises:
            ConfigurationError: no such setting.
            ImageError: as ``ImageSet.contact_sheet``.
        """
        _check_arguments(ImageSet.contact_sheet, settings, "comparing.no_sheet_argument")
        return self.images.contact_sheet(captions, **settings)

    def between_repeats(self) -> list[dict[str, Any]]:
        """How far pictures of the same request differ: one row a request with several pictures, with its levels.

        ``distance`` is the mean over pairs of the Hamming distance of their perceptual hashes, 0 to 64 bits; see
        ``metrics.hash_distance``. It tells how varied a setting's pictures are, and is no measure of quality.

        Raises:
            ImportError: the extra ``apimart-widgets[analysis]`` is not installed.
        """
        groups: dict[str, list[GeneratedImage]] = {}
        for image in self.images:
            groups.setdefault(image.request.fingerprint(), []).append(image)
        names = dict.fromkeys(["prompt", "size", "quality", *self.axes])
        return [
            {
                **{name: self._row_of(images[0]).get(name) for name in names},
                "mode": self.mode,
                "pictures": len(images),
                "distance": _mean_distance([image.to_pil() for image in images]),
            }
            for images in groups.values()
            if len(images) > 1
        ]

    def plot(self, x: str, y: str, *, by: str | None = None, ax: Axes | None = None, seed: int = 0) -> Axes:
        """``y`` over ``x`` as single points with means and 95 % intervals over prompts; see ``plots.plot``.

        Columns and metrics alike: ``sweep.plot("quality", "sharpness")``, ``sweep.plot("cost", "rating")``.
        """
        rows = self._with(x, y, *([] if by is None else [by]))
        return plots.plot(rows, x, y, by=by, levels=self._levels_made(by or x, rows), ax=ax, seed=seed)

    def _levels_made(self, name: str, rows: Sequence[Mapping[str, Any]]) -> list[Any] | None:
        """The levels of an axis that have pictures, in the order of the plan."""
        levels, made = self._heads(name), [row.get(name) for row in rows]
        return None if levels is None else [level for level in levels if level in made]

    # ---- to judge

    def contrast(self, metric: str, by: str, baseline: Any, *, seed: int = 0, resamples: int = 2000) -> Contrast:
        """How a metric or a column of numbers differs between levels, within prompt and size; see ``contrast``."""
        rows = self._in_order_of(by, self._with(metric))
        return contrast(rows, metric, by, baseline, seed=seed, resamples=resamples)

    def win_rates(self, by: str) -> WinRates:
        """How often the pictures of each level were preferred in blind comparisons, whatever these compared by."""
        rows = self._in_order_of(by, self._records())
        return ratings.win_rates(self._decisions(by, rows), rows, by)

    def strengths(self, by: str, *, seed: int = 0, resamples: int = 1000) -> Strengths:
        """Bradley-Terry strengths of the levels, with ties after Davidson (1970); see ``bradley_terry.strengths``."""
        rows = self._in_order_of(by, self._records())
        return bradley_terry.strengths(self._decisions(by, rows), rows, by, seed=seed, resamples=resamples)

    def _decisions(self, by: str, rows: list[dict[str, Any]]) -> list[Mapping[str, Any]]:
        """The ratings that compare levels of ``by``: others were made of the same pictures to compare by another."""
        return ratings.once(ratings.between_levels(self.ratings, rows, by))

    def _in_order_of(self, by: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The rows by their level of an axis, in the order given: they were sent in an order that was drawn."""
        if by not in list(self.axes):
            return rows
        levels = self.axes[by]
        return sorted(rows, key=lambda row: levels.index(row[by]) if row[by] in levels else len(levels))

    def self_agreement(self) -> tuple[SelfAgreement, ...]:
        """How far each rater chose the same when a pair came again."""
        return ratings.self_agreement(ratings.once(self.ratings))

    def methods(self, *, statistics: Iterable[Contrast | Strengths] = ()) -> Sentence:
        """A paragraph for the paper: what was made, how, when, at what cost, and the ``statistics`` used."""
        return methods(self.study(), statistics=statistics)

    def export(self, folder: str | os.PathLike[str]) -> Path:
        """Write pictures, tables, payloads, answers, ratings, prices and a manifest; ``open_sweep`` reads them back."""
        return self.study().save(folder)


def _check_arguments(function: Callable[..., object], settings: Mapping[str, Any], key: str) -> None:
    """Refuse settings that ``function`` does not take, with the sentence ``key``."""
    taken = [each.name for each in inspect.signature(function).parameters.values() if each.kind is each.KEYWORD_ONLY]
    strange = next((name for name in settings if name not in taken), None)
    if strange is not None:
        raise ConfigurationError(say(key, name=strange, known=", ".join(taken)))


def _mean_distance(pictures: Sequence[Image.Image]) -> float:
    return statistics.mean(metrics.hash_distance(*pair) for pair in itertools.combinations(pictures, 2))


class OpenedSweep(Comparing):
    """A sweep as it was exported: its pictures, rows, ratings and prices, without a key; made by ``open_sweep``.

    Attributes:
        name: of the study.
        mode: "live", "sandbox" for drawings, or of a replay.
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

    def _left_out(self) -> list[tuple[Mapping[str, Any], Sentence | str]]:
        return [(each["levels"], each["reason"]) for each in self._study.plan.get("left_out", ())]

    def _asks_for(self, levels: Mapping[str, Any]) -> bool:
        # Of what was asked for, what has pictures is all that a grid can show.
        return any(all(row.get(name) == level for name, level in levels.items()) for row in self._study.records)

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
