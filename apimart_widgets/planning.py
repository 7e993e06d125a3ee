"""``Plan``: what a sweep asks for, worked out from prompts, settings and repeats. Nothing here sends anything."""

from __future__ import annotations

import dataclasses
import itertools
import keyword
import math
import random
import string
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from . import metrics, rules, tables
from .catalog import nearest
from .errors import ConfigurationError, RequestWarning
from .methods import by_reason
from .request import DEFAULTS, FIELDS, FrozenDict, ImageRequest, thaw
from .words import Sentence, say

MOST_REQUESTS = 1000
"""Requests of one sweep: more is a mistake more often than a study."""

_NO_AXES = ("prompt", "image_urls")
# A name in a prompt is written as an argument of ``session.sweep`` and becomes a column of its table.
_RESERVED = frozenset(
    [*("self", "repeats", "name", "seed", "references", "mask"), *(column.name for column in tables.COLUMNS)]
)


@dataclasses.dataclass(frozen=True, eq=False)
class Cell:
    """One request of a plan.

    Attributes:
        request: what is asked for.
        repeat: which of the identical requests of the plan it is, from 0.
        levels: what every axis has here; template names and "prompt" among them.
        block: the number of its prompt, from 0.
    """

    request: ImageRequest
    repeat: int
    levels: Mapping[str, Any]
    block: int

    @property
    def label(self) -> str:
        """Its levels in words: "quality low, size 3:2, repeat 1"."""
        return ", ".join([*(f"{name} {shown(level)}" for name, level in self.levels.items()), f"repeat {self.repeat}"])


@dataclasses.dataclass(frozen=True)
class LeftOut:
    """A combination that is not asked for, and why."""

    levels: Mapping[str, Any]
    reason: Sentence


@dataclasses.dataclass(frozen=True)
class Plan:
    """The cells of a sweep in the order they are sent.

    Whole blocks, one a prompt; within a block the settings and repeats are shuffled by ``seed``. So a sweep that is
    stopped has compared the same settings on every prompt it came to, and no setting always comes first.

    Attributes:
        prompts: as they were written, templates among them.
        axes: name of each axis -> its levels, in the order given; "prompt" where there are several.
        constants: fields held to one value.
        repeats: of every combination.
        seed: of the shuffle.
        cells: what is asked for.
        left_out: combinations that break a rule, or ask for the same as another.
    """

    prompts: tuple[str, ...]
    axes: Mapping[str, tuple[Any, ...]]
    constants: Mapping[str, Any]
    repeats: int
    seed: int
    cells: tuple[Cell, ...]
    left_out: tuple[LeftOut, ...]

    @property
    def reasons(self) -> tuple[tuple[Mapping[str, Any], int, Sentence], ...]:
        """Why combinations were left out: what those of one reason have in common, and how many they are."""
        return by_reason((each.levels, each.reason) for each in self.left_out)

    def describe(self) -> dict[str, Any]:
        """The same as plain values that go into JSON."""
        return {
            "prompts": list(self.prompts),
            "axes": {name: [thaw(level) for level in levels] for name, levels in self.axes.items()},
            "constants": {name: thaw(value) for name, value in self.constants.items()},
            "repeats": self.repeats,
            "n": thaw(self.axes["n"]) if "n" in self.axes else self.constants.get("n", 1),
            "seed": self.seed,
            "requests": len(self.cells),
            "order": "blocks",
            "left_out": [
                {"levels": {name: thaw(level) for name, level in each.levels.items()}, "reason": str(each.reason)}
                for each in self.left_out
            ],
        }


def plan(
    prompt: str | Sequence[str], *, repeats: int = 1, seed: int = 0, fields: Mapping[str, Any] | None = None
) -> Plan:
    """Every combination of prompts and settings.

    Args:
        prompt: one prompt, or several; ``{names}`` in it stand for axes of that name, ``{{`` for a brace.
        repeats: how often each combination is asked for.
        seed: of the order within each prompt.
        fields: fields of ``ImageRequest`` or names in the prompt -> a list of levels (an axis), or one value for all.
            ``image_urls`` is a list itself: a list of lists is an axis.

    Raises:
        ConfigurationError: an axis that is no field and no name in a prompt, has no level or one twice; a name in a
            prompt without values; a level that no request may have; more than ``MOST_REQUESTS``.

    >>> made = plan("a {animal}", repeats=2, fields={"animal": ["fox", "owl"], "quality": ["low", "high"]})
    >>> len(made.cells), made.cells[0].request.prompt, [cell.block for cell in made.cells]
    (8, 'a fox', [0, 0, 0, 0, 1, 1, 1, 1])
    """
    given = {name: plain(value) for name, value in (fields or {}).items()}
    repeats, seed = _whole("repeats", repeats, least=1), _whole("seed", seed, least=0)
    prompts = _prompts(prompt)
    names = _names_in(prompts)
    _check_names(names)
    axes, constants = _sorted_out(given, names)
    missing = [name for name in names if name not in axes]
    if missing:
        raise ConfigurationError(say("sweep.no_values", name=missing[0]))
    if len(prompts) > 1:
        axes = {"prompt": prompts, **axes}
    combinations = _count(prompts, axes, names) * repeats
    if combinations > MOST_REQUESTS:
        raise ConfigurationError(say("sweep.too_many", n=combinations, most=MOST_REQUESTS))
    _check_n(axes, constants)
    cells, left_out = _cells(prompts, axes, constants, names, repeats)
    axes = _as_made(axes, [*(cell.levels for cell in cells), *(each.levels for each in left_out)])
    _check_levels(axes, cells, left_out)
    if "n" in constants and len(made := {cell.request.n for cell in cells}) == 1:
        constants["n"] = made.pop()
    return Plan(
        prompts,
        MappingProxyType(axes),
        MappingProxyType({name: value for name, value in constants.items() if value != DEFAULTS.get(name)}),
        repeats,
        seed,
        _in_order(cells, seed),
        tuple(left_out),
    )


def shown(level: Any) -> str:
    """A level as it is shown in a heading."""
    return str(level) if isinstance(level, str | int | float | None) else str(thaw(level))


def plain(value: Any) -> Any:
    """What comes from numpy or pandas as Python's own: numbers, and lists of one column."""
    to_list = getattr(value, "tolist", None)
    return to_list() if callable(to_list) and not isinstance(value, type) else value


def is_axis(name: str, value: Any) -> bool:
    """Whether the value of a field lists levels."""
    if not isinstance(value, list | tuple | range):
        return False
    # A list of addresses is one setting.
    return name != "image_urls" or all(isinstance(each, list | tuple | None) for each in value)


def _whole(name: str, value: object, *, least: int) -> int:
    number = rules.whole_number(value)
    if number is None or number < least:
        raise ConfigurationError(say("sweep.number", name=name, least=least, value=rules.as_typed(value)))
    return number


def _prompts(prompt: object) -> tuple[str, ...]:
    listed = (prompt,) if isinstance(prompt, str) else plain(prompt)
    if not isinstance(listed, list | tuple) or not listed or not all(isinstance(each, str) for each in listed):
        raise ConfigurationError(say("sweep.no_prompt", value=repr(prompt)[:80]))
    _check_count(listed)
    _check_axis("prompt", tuple(listed))
    return tuple(listed)


def _names_in(prompts: Iterable[str]) -> tuple[str, ...]:
    """Names in braces, in the order they come."""
    names: dict[str, None] = {}
    for prompt in prompts:
        try:
            parts = list(string.Formatter().parse(prompt))
        except ValueError as error:
            raise ConfigurationError(say("sweep.braces", prompt=prompt)) from error
        for _, name, form, conversion in parts:
            if name is None:
                continue
            if form or conversion or not name.isidentifier():
                raise ConfigurationError(say("sweep.braces", prompt=prompt))
            names[name] = None
    return tuple(names)


def _check_names(names: Iterable[str]) -> None:
    """Refuse a name that would not be told from a setting, an argument or a column."""
    taken = _RESERVED | {metric.name for metric in metrics.metrics()}
    for name in names:
        if name in FIELDS:
            raise ConfigurationError(say("sweep.field_in_braces", name=name))
        if name in taken or keyword.iskeyword(name):
            raise ConfigurationError(say("sweep.taken_in_braces", name=name))


def _sorted_out(given: Mapping[str, Any], names: Sequence[str]) -> tuple[dict[str, tuple[Any, ...]], dict[str, Any]]:
    """Axes, and fields held to one value."""
    axes: dict[str, tuple[Any, ...]] = {}
    constants: dict[str, Any] = {}
    for name, value in given.items():
        if name not in FIELDS and name not in names:
            meant = nearest(name, [*FIELDS, *names])
            known = ", ".join(field for field in FIELDS if field not in _NO_AXES)
            said = say("sweep.no_field_meant", name=name, meant=meant) if meant else None
            raise ConfigurationError(said or say("sweep.no_field", name=name, known=known))
        if isinstance(value, Iterable) and not isinstance(value, str | bytes | list | tuple | range | Mapping):
            raise ConfigurationError(say("sweep.no_list", name=name, type=type(value).__name__))
        if is_axis(name, value):
            _check_count(value)
            # A request without references has None, however that was written.
            axes[name] = tuple(plain(level) or None if name == "image_urls" else plain(level) for level in value)
            _check_axis(name, axes[name])
        elif name in names:
            axes[name] = (value,)
        else:
            constants[name] = value
    for name in names:
        for level in axes.get(name, ()):
            if not isinstance(level, str | int | float) or level in (math.inf, -math.inf) or level != level:
                raise ConfigurationError(say("sweep.no_word", name=name, level=repr(level)[:80]))
    # Lists among the levels as a request has them: a grid looks its pictures up by them.
    return dict(FrozenDict(axes)), constants


def _check_count(levels: Sequence[Any]) -> None:
    if len(levels) > MOST_REQUESTS:
        raise ConfigurationError(say("sweep.too_many", n=len(levels), most=MOST_REQUESTS))


def _check_axis(name: str, levels: Sequence[Any]) -> None:
    if not levels:
        raise ConfigurationError(say("sweep.empty_axis", name=name))
    for place, level in enumerate(levels):
        if level in levels[:place]:
            raise ConfigurationError(say("sweep.level_twice", name=name, level=repr(level)))


def _count(prompts: Sequence[str], axes: Mapping[str, Sequence[Any]], names: Sequence[str]) -> int:
    settings = 1
    for name, levels in axes.items():
        if name != "prompt" and name not in names:
            settings *= len(levels)
    blocks = 0
    for prompt in prompts:
        filled = 1
        for name in _names_in([prompt]):
            filled *= len(axes[name])
        blocks += filled
    return blocks * settings


def _blocks(
    prompts: Sequence[str], axes: Mapping[str, Sequence[Any]], names: Sequence[str]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every prompt with its names filled in, and the levels that made it."""
    for prompt in prompts:
        used = [name for name in names if name in _names_in([prompt])]
        for values in itertools.product(*(axes[name] for name in used)):
            filled = dict(zip(used, values, strict=True))
            # A prompt that lacks a name has no level of it.
            levels = {**({"prompt": prompt} if "prompt" in axes else {}), **dict.fromkeys(names), **filled}
            yield prompt.format(**filled), levels


def _cells(
    prompts: Sequence[str],
    axes: Mapping[str, Sequence[Any]],
    constants: Mapping[str, Any],
    names: Sequence[str],
    repeats: int,
) -> tuple[list[Cell], list[LeftOut]]:
    varied = [name for name in axes if name != "prompt" and name not in names]
    cells: list[Cell] = []
    left_out: list[LeftOut] = []
    seen: dict[str, Mapping[str, Any]] = {}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", RequestWarning)
        for block, (prompt, about) in enumerate(_blocks(prompts, axes, names)):
            for values in itertools.product(*(axes[name] for name in varied)):
                settings = dict(zip(varied, values, strict=True))
                given = {**constants, **settings, "prompt": prompt}
                checked = rules.check({**DEFAULTS, **given}, FIELDS)
                # As the server makes it, and as it stands in the rows.
                levels = MappingProxyType(
                    {**about, **settings, **({"n": checked.values["n"]} if "n" in varied else {})}
                )
                request = _request(given, checked.problems)
                if isinstance(request, Sentence):
                    left_out.append(LeftOut(levels, request))
                elif (same := seen.setdefault(request.fingerprint(), levels)) is not levels:
                    left_out.append(LeftOut(levels, say("sweep.same", levels=_in_words(same))))
                else:
                    cells += (Cell(request, repeat, levels, block) for repeat in range(repeats))
    for message in dict.fromkeys(str(each.message) for each in caught):
        warnings.warn(message, RequestWarning, stacklevel=rules.callers_level())
    return cells, left_out


def _request(given: Mapping[str, Any], problems: Sequence[rules.Problem]) -> ImageRequest | Sentence:
    """The request, or why there is none."""
    if problems:
        return say("sweep.reasons", reasons=" ".join(str(problem.message) for problem in problems))
    return ImageRequest(**given)


def _in_words(levels: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={shown(level)}" for name, level in levels.items())


def _check_n(axes: Mapping[str, Sequence[Any]], constants: Mapping[str, Any]) -> None:
    """Refuse an ``n`` that the server makes into another one of the levels."""
    levels = axes.get("n", ())
    for model in axes.get("model", (constants.get("model", DEFAULTS["model"]),)):
        taken = list(levels)
        for level in levels:
            checked = rules.check({**DEFAULTS, "model": model, "n": level}, FIELDS)
            notice = next((each.message for each in checked.notices if each.field == "n"), None)
            if notice is None:
                continue
            if checked.values["n"] in taken:
                raise ConfigurationError(
                    say("sweep.n_twice", notice=notice, n=checked.values["n"], level=rules.as_typed(level))
                )
            taken.append(checked.values["n"])


def _as_made(axes: Mapping[str, tuple[Any, ...]], made: Sequence[Mapping[str, Any]]) -> dict[str, tuple[Any, ...]]:
    """The axes with the levels of ``n`` that combinations have."""
    if "n" not in axes:
        return dict(axes)
    levels: list[Any] = []
    for each in made:
        if each["n"] not in levels:
            levels.append(each["n"])
    return {**axes, "n": tuple(levels)}


def _check_levels(axes: Mapping[str, Sequence[Any]], cells: Sequence[Cell], left_out: Sequence[LeftOut]) -> None:
    """Refuse a level that no request may have: it is a mistake, not a combination to be left out."""
    for name, levels in axes.items():
        used = [cell.levels[name] for cell in cells]
        for level in levels:
            if level in used:
                continue
            reason = next((each.reason for each in left_out if each.levels.get(name) == level), None)
            if isinstance(reason, Sentence) and reason.key == "sweep.same" and name not in FIELDS:
                continue  # the prompt it makes is asked for already
            if reason is not None:
                raise ConfigurationError(say("sweep.level_never", name=name, level=repr(thaw(level)), reason=reason))
    if not cells:
        raise ConfigurationError(say("sweep.nothing", reason=left_out[0].reason))


def _in_order(cells: Iterable[Cell], seed: int) -> tuple[Cell, ...]:
    chance = random.Random(seed)
    ordered: list[Cell] = []
    for _, block in itertools.groupby(cells, key=lambda cell: cell.block):
        shuffled = list(block)
        chance.shuffle(shuffled)
        ordered += shuffled
    return tuple(ordered)
