"""``methods``: how a study was made, as a paragraph for a paper, from what the study itself holds."""

from __future__ import annotations

import functools
import math
import string
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import urlsplit

from . import words
from .bradley_terry import Strengths
from .catalog import money
from .config import is_replay
from .contrast import Contrast
from .errors import ConfigurationError
from .reference import local_reference
from .study import Study
from .words import Sentence

_Reason = TypeVar("_Reason", bound=str)
# Settings worth a reader's time where every picture has the same.
_SETTINGS = ("size", "quality", "background", "moderation", "output_format", "output_compression", "resolution")
# Why combinations were left out: further ones are counted.
_REASONS = 5


def methods(study: Study, *, statistics: Iterable[Contrast | Strengths] = ()) -> Sentence:
    """One paragraph in plain words: what was asked of which model where and when, what came of it, and what it cost.

    Of sandbox drawings it says first of all that they are drawings and no evidence about any model; of a replay, what
    it plays, and when and where that was recorded. What the study does not hold is not said; numbers are those of its
    pictures, not of its plan.

    Args:
        study: a study, new or opened.
        statistics: contrasts and strengths that the paper reports; how each was computed is then said too.

    Returns:
        The paragraph; ``.to("zh")`` gives it in Chinese.

    >>> from apimart_widgets.results import ImageSet
    >>> study = Study(
    ...     name="foxes", mode="sandbox", origin="http://127.0.0.1:8000", images=ImageSet(),
    ...     plan={"prompts": ["A fox", "A hare"], "axes": {"quality": ["low", "high"]}, "repeats": 3, "n": 1},
    ...     versions={"python": "3.12.1"},
    ... )
    >>> print(methods(study))
    These are drawings of an offline sandbox and no evidence about any model. No picture was made. The plan was
    2 prompts with every combination of quality (low, high), 3 times each, with 1 picture a request. Software: Python
    3.12.1.
    """
    sentences = [
        *_first(study),
        *_made(study),
        *_planned(study),
        *_left_out(study),
        *_order(study),
        *_same(study),
        *_failed(study),
        *_cost(study),
        *_prices(study),
        *_software(study),
        *_statistics(_reported(statistics)),
    ]
    return functools.reduce(lambda first, second: words.say("methods.then", first=first, second=second), sentences)


def by_reason(
    left_out: Iterable[tuple[Mapping[str, Any], _Reason]],
) -> tuple[tuple[Mapping[str, Any], int, _Reason], ...]:
    """Each reason once: what the combinations left out for it have in common, and how many they are."""
    found: dict[_Reason, list[Mapping[str, Any]]] = {}
    for levels, reason in left_out:
        found.setdefault(reason, []).append(levels)
    return tuple(
        ({name: level for name, level in first.items() if all(each[name] == level for each in every)}, n, reason)
        for reason, every in found.items()
        for first, n in [(every[0], len(every))]
    )


def _reported(statistics: Iterable[Contrast | Strengths]) -> list[Contrast | Strengths]:
    found = list(statistics) if isinstance(statistics, Iterable) else [statistics]
    if isinstance(statistics, str) or not all(isinstance(each, Contrast | Strengths) for each in found):
        raise ConfigurationError(words.say("methods.no_list", value=repr(statistics)[:80]))
    return found


def _first(study: Study) -> list[Sentence]:
    played = [words.say("methods.replay", name=_played(study).get("name", study.name))] if is_replay(study.mode) else []
    return [*played, *([words.say("methods.sandbox")] if "sandbox" in study.mode else [])]


def _played(study: Study) -> Mapping[str, Any]:
    """What a replay says of where its pictures come from."""
    found: Mapping[str, Any] = study.plan.get("played") or {}
    return found


def _made(study: Study) -> list[Sentence]:
    """How many pictures of how many requests, from which model, where and when."""
    if not study.records:
        return [words.say("methods.none")]
    days = sorted(row["created"][:10] for row in study.records if row["created"])
    if is_replay(study.mode):
        days = list(_played(study).get("days") or ())
    values = {
        "pictures": _pictures(len(study.records)),
        "prompts": _prompts(len({row["prompt"] for row in study.records})),
        "requests": _requests(len({row["task_id"] for row in study.records})),
        "models": ", ".join(sorted({str(row["model"]) for row in study.records})),
        "host": _host(str(_played(study).get("origin", study.origin))),
        "when": _when(days),
    }
    return [words.say("methods.made", **values)]


def _pictures(count: int) -> Sentence:
    return words.say("methods.one_picture") if count == 1 else words.say("methods.pictures", count=count)


def _prompts(count: int) -> Sentence:
    return words.say("methods.one_prompt") if count == 1 else words.say("methods.prompts", count=count)


def _requests(count: int) -> Sentence:
    return words.say("methods.one_request") if count == 1 else words.say("methods.requests", count=count)


def _times(count: Any) -> Sentence:
    return words.say("methods.once") if count == 1 else words.say("methods.times", count=count)


def _host(origin: str) -> str:
    return urlsplit(origin).netloc.rpartition("@")[2] or origin


def _when(days: Sequence[str]) -> Sentence | str:
    if not days:
        return ""
    if days[0] == days[-1]:
        return words.say("methods.on", day=days[0])
    return words.say("methods.between", first=days[0], last=days[-1])


def _planned(study: Study) -> list[Sentence]:
    plan = study.plan
    axes, prompts = dict(plan.get("axes") or {}), plan.get("prompts") or ()
    axes.pop("prompt", None)  # they are counted, and stand in the table: in full they would drown the paragraph
    prompts = (prompts,) if isinstance(prompts, str) else prompts
    if not prompts:
        return []
    filled = {name: axes.pop(name) for name in list(axes) if _in_some(name, prompts)}
    values: dict[str, Any] = {"prompts": _prompts(len(prompts)), "times": _times(plan.get("repeats", 1))}
    if filled:
        values["prompts"] = words.say("methods.filled", prompts=values["prompts"], names=_listed_axes(filled))
    values["n"] = words.say("methods.pictures", count="n") if "n" in axes else _pictures(plan.get("n", 1))
    return [words.say("methods.planned_axes" if axes else "methods.planned", axes=_listed_axes(axes), **values)]


def _in_some(name: str, prompts: Sequence[str]) -> bool:
    """Whether a name stands in some of the prompts and not in others, which are not crossed with it."""
    return len({_stands_in(name, prompt) for prompt in prompts}) > 1


def _stands_in(name: str, prompt: str) -> bool:
    try:
        return any(field == name for _, field, _, _ in string.Formatter().parse(prompt))
    except (ValueError, TypeError):  # braces of a plan that no sweep made, or no text
        return False


def _listed_axes(axes: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} ({', '.join(map(_level, _listed(levels)))})" for name, levels in axes.items())


def _listed(levels: Any) -> Sequence[Any]:
    return levels if isinstance(levels, tuple) else (levels,)


def _level(level: Any) -> str:
    if isinstance(level, tuple):
        return f"[{', '.join(map(_level, level))}]"
    return "–" if level is None else str((isinstance(level, str) and local_reference(level)) or level)


def _left_out(study: Study) -> list[Sentence]:
    """Combinations that were not asked for, by reason."""
    found = by_reason((each["levels"], each["reason"]) for each in study.plan.get("left_out") or ())
    if not found:
        return []
    reasons = "; ".join(_combinations(*each) for each in found[:_REASONS])
    if more := sum(count for _, count, _ in found[_REASONS:]):
        return [words.say("methods.left_out_more", reasons=reasons, n=more)]
    return [words.say("methods.left_out", reasons=reasons)]


def _combinations(levels: Mapping[str, Any], count: int, reason: str) -> str:
    named = ", ".join(f"{name} {_level(level)}" for name, level in levels.items() if name != "prompt")
    return f"{count} × {named} ({reason.rstrip('.')})"


def _order(study: Study) -> list[Sentence]:
    order, seed = study.plan.get("order"), study.plan.get("seed")
    if order == "blocks":
        return [words.say("methods.blocks" if seed is not None else "methods.blocks_alone", seed=seed)]
    if order == "plan":
        return [words.say("methods.as_planned")]
    return [words.say("methods.order", order=order.rstrip("."))] if isinstance(order, str) and order else []


def _same(study: Study) -> list[Sentence]:
    """The settings that every picture has, apart from those that were left to the server."""
    found = []
    for name in _SETTINGS:
        values = {row[name] for row in study.records}
        if len(values) == 1 and name not in (study.plan.get("axes") or {}) and (value := values.pop()) is not None:
            found.append(f"{name} {value}")
    return [words.say("methods.same", settings=", ".join(found))] if found else []


def _failed(study: Study) -> list[Sentence]:
    """How many requests brought no picture, by reason, the most frequent first."""
    if not study.failures:
        return [] if not study.records else [words.say("methods.no_failures")]
    reasons = Counter(text.strip().rstrip(".") for text in study.failures.values())
    listed = "; ".join(f"{count} × {reason}" for reason, count in reasons.most_common())
    return [words.say("methods.failed", requests=_requests(len(study.failures)), reasons=listed)]


def _cost(study: Study) -> list[Sentence]:
    """What the pictures cost in all, by unit and by who says so."""
    if is_replay(study.mode):
        return [words.say("methods.cost_replay")]
    sums: dict[tuple[str, str, bool], list[float]] = defaultdict(list)
    for row in study.records:
        if row["cost"] is not None:
            # What is not known to be the server's own word is an estimate.
            key = row["cost_unit"] or "USD", row["cost_source"] or "", row["cost_estimated"] is not False
            sums[key].append(row["cost"])
    unknown = sum(row["cost"] is None for row in study.records)
    sentences = [_sum(study, *key, costs) for key, costs in sums.items()]
    return [*sentences, *([words.say("methods.cost_unknown", pictures=_pictures(unknown))] if unknown else [])]


def _sum(study: Study, unit: str, source: str, estimated: bool, costs: Sequence[float]) -> Sentence:
    values: dict[str, Any] = {"pictures": _pictures(len(costs)), "cost": money(math.fsum(costs), unit)}
    values["source"] = words.say("methods.source", source=source) if source else ""
    if study.mode == "sandbox":
        return words.say("methods.cost_sandbox", **values)
    return words.say("methods.cost_estimated" if estimated else "methods.cost", **values)


def _prices(study: Study) -> list[Sentence]:
    lists = dict.fromkeys((str(row.get("source") or ""), str(row.get("date") or "")) for row in study.prices)
    named = "; ".join(f"{source}, {date}" if date else source for source, date in lists if source)
    return [words.say("methods.prices", lists=named)] if named and not is_replay(study.mode) else []


def _software(study: Study) -> list[Sentence]:
    packages: Mapping[str, Any] = study.versions.get("packages") or {}
    named = [f"Python {study.versions['python']}"] if study.versions.get("python") else []
    named += [f"{name} {version}" for name, version in packages.items()]
    return [words.say("methods.software", versions=", ".join(named))] if named else []


def _statistics(found: Sequence[Contrast | Strengths]) -> list[Sentence]:
    """How the numbers the paper reports were computed, each way once."""
    contrasts = [each for each in found if isinstance(each, Contrast)]
    metrics: dict[tuple[str, str], dict[str, None]] = defaultdict(dict)
    for each in contrasts:
        metrics[each.by, str(each.baseline)][each.metric] = None
    sentences = [
        words.say("methods.contrast", metrics=", ".join(names), by=by, baseline=baseline)
        for (by, baseline), names in metrics.items()
    ]
    tested = [each for each in contrasts if any(row.low is not None for row in each.differences)]
    for resamples, seed in dict.fromkeys((each.resamples, each.seed) for each in tested):
        sentences.append(words.say("methods.contrast_drawn", resamples=resamples, seed=seed))
    fitted = [each for each in found if isinstance(each, Strengths) and each.estimable]
    sentences += [words.say("methods.strengths", by=by) for by in dict.fromkeys(each.by for each in fitted)]
    drawn = [each for each in fitted if any(row.low is not None for row in each.levels)]
    for resamples, seed in dict.fromkeys((each.resamples, each.seed) for each in drawn):
        sentences.append(words.say("methods.strengths_drawn", resamples=resamples, seed=seed))
    return sentences
