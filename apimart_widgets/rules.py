"""The rules of the specification's table, as checks on a mapping of fields.

``check`` takes whatever a caller wrote and finds every breach at once. It is a function of plain values, apart from
``ImageRequest``, so that an unfinished form can be judged as well as a finished request.
"""

from __future__ import annotations

import dataclasses
import decimal
import json
import math
import numbers
import operator
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from .catalog import Model, model, models, nearest
from .reference import url_problem
from .words import Sentence, say

_PACKAGE = str(Path(__file__).parent)
# Far below Python's recursion limit, which copying, hashing and pickling of nested values would meet.
_DEEPEST = 32


@dataclasses.dataclass(frozen=True)
class Problem:
    """One breach of a rule, or one notice: the ``field`` it belongs to and a sentence that says what to do."""

    field: str
    message: Sentence


@dataclasses.dataclass
class Checked:
    """What ``check`` found: normalised ``values``, ``problems`` that forbid sending, ``notices`` that do not."""

    values: dict[str, Any]
    problems: tuple[Problem, ...] = ()
    notices: tuple[Problem, ...] = ()


def check(given: Mapping[str, Any], fields: Sequence[str]) -> Checked:
    """Judge ``given`` (field -> value, every one of ``fields`` present) by the rules of its model.

    >>> from apimart_widgets.request import DEFAULTS, FIELDS
    >>> [p.field for p in check({**DEFAULTS, "prompt": "A fox", "n": "1"}, FIELDS).problems]
    ['n']
    """
    return _Check(given, fields).run()


def callers_level() -> int:
    """The ``stacklevel`` that makes a warning point at the first line outside this package."""
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        level, frame = level + 1, frame.f_back
    return level


def whole_number(value: object) -> int | None:
    """``value`` as an int where it is a whole number (numpy's too); None for bools, floats and quoted numbers."""
    if isinstance(value, bool) or type(value).__name__ in ("bool", "bool_"):
        return None
    try:
        return operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        return None


def amount(value: object) -> float | None:
    """``value`` as a float where it is a number (numpy's and a ``Decimal`` too), infinity among them.

    None for bools, texts, NaN, and integers that are too large for a float.

    >>> amount(2), amount(10**400), amount("2"), amount(True)
    (2.0, None, None, None)
    """
    if isinstance(value, bool) or not isinstance(value, numbers.Real | decimal.Decimal):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return None if math.isnan(found) else found


def as_typed(value: object) -> str:
    """``value`` as it would be typed, cut to what fits a sentence.

    >>> as_typed("a"), len(as_typed(10**5000))
    ("'a'", 5)
    """
    try:
        text = " ".join(repr(value).split())
    except Exception:
        # repr is foreign code, and Python's own refuses integers of more than 4,300 digits.
        text = f"<{type(value).__name__}>"
    return text if len(text) <= 60 else text[:59] + "…"


class _Check:
    """One pass over the fields, in the order of the specification's table."""

    def __init__(self, given: Mapping[str, Any], fields: Sequence[str]) -> None:
        self.unknown = [name for name in given if name not in fields]
        self.fields = fields
        self.values: dict[str, Any] = {name: _plain(given[name]) for name in fields}
        self.problems: list[Problem] = []
        self.notices: list[Problem] = []
        name = self.values["model"]
        self.known = model(name) if isinstance(name, str) else None
        self.model = self.known or _any_model()

    def run(self) -> Checked:
        rules: tuple[Callable[[], None], ...] = (
            self.unknown_fields,
            self.prompt,
            self.model_name,
            self.size,
            self.n,
            self.words,
            self.transparency,
            self.compression,
            self.references,
            self.mask,
            self.extra,
        )
        for rule in rules:
            rule()
        return Checked(self.values, tuple(self.problems), tuple(self.notices))

    def problem(self, field: str, key: str, /, **values: Any) -> None:
        self.problems.append(Problem(field, say(key, **values)))

    def notice(self, field: str, key: str, /, **values: Any) -> None:
        self.notices.append(Problem(field, say(key, **values)))

    def unknown_fields(self) -> None:
        for name in self.unknown:
            self.problem(name, "request.unknown_field", name=name, hint=_hint(name, self.fields))

    def prompt(self) -> None:
        prompt = self.values["prompt"]
        if not isinstance(prompt, str):
            self.problem("prompt", "request.prompt_no_text", type=type(prompt).__name__)
            return
        if not prompt.strip():
            self.problem("prompt", "request.prompt_empty")
        try:
            prompt.encode()
        except UnicodeEncodeError as error:
            self.problem("prompt", "request.half_character", field="prompt", position=error.start)

    def model_name(self) -> None:
        name = self.values["model"]
        known = [m.name for m in models()]
        if not isinstance(name, str):
            self.problem("model", "request.model_no_text", type=type(name).__name__, known=", ".join(known))
            return
        if self.known is None:
            self.problem("model", "request.unknown_model", name=name, hint=_hint(name, known), known=", ".join(known))

    def size(self) -> None:
        written = _in_pixels(self.values["size"])
        for ratio, pixels in self.model.sizes.items():
            if pixels is not None and written == f"{pixels[0]}x{pixels[1]}":
                self.problem("size", "request.size_in_pixels", size=written, ratio=ratio)
                return
        self._word("size", tuple(self.model.sizes), "1:1")

    def n(self) -> None:
        n = whole_number(self.values["n"])
        if n is None:
            self.problem("n", "request.n_no_number", value=as_typed(self.values["n"]))
            return
        most = self.model.max_images
        self.values["n"] = min(max(n, 1), most)
        if self.values["n"] != n:
            self.notice("n", "request.n_normalised", given=as_typed(n), n=self.values["n"], most=most)

    def words(self) -> None:
        self._word("quality", self.model.qualities, "auto")
        self._word("background", self.model.backgrounds, "auto")
        self._word("moderation", self.model.moderations, "auto")
        self._word("output_format", self.model.output_formats, "png")
        if self.values["resolution"] is not None:
            self._word("resolution", self.model.resolutions, None)

    def _word(self, field: str, words: Sequence[str], default: str | None) -> None:
        value = self.values[field]
        name = self.model.name
        if words and not (isinstance(value, str) and value in words):
            listed, hint = ", ".join(map(repr, words)), _hint(value, words)
            shown = as_typed(value)
            self.problem(field, "request.not_a_word", field=field, value=shown, words=listed, model=name, hint=hint)
        # A model without the field still gets its default, which nobody wrote and every server ignores.
        elif not words and not (isinstance(value, str) and value == default):
            self.problem(field, "request.no_such_field", field=field, model=name)

    def transparency(self) -> None:
        if _is(self.values["background"], "transparent") and _is(self.values["output_format"], "jpeg"):
            self.problem("background", "request.transparent_jpeg")

    def compression(self) -> None:
        value = self.values["output_compression"]
        if value is None:
            return
        level = whole_number(value)
        if level is None or not 0 <= level <= 100:
            self.problem("output_compression", "request.compression_range", value=as_typed(value))
            return
        self.values["output_compression"] = level
        if _is(self.values["output_format"], "png"):
            self.notice("output_compression", "request.compression_png")

    def references(self) -> None:
        urls = self.values["image_urls"]
        if urls is None:
            return
        if not isinstance(urls, list | tuple):
            self.problem("image_urls", "request.urls_no_list", type=type(urls).__name__)
            return
        self.values["image_urls"] = tuple(map(_plain, urls)) or None
        for position, url in enumerate(urls):
            wrong = url_problem(url)
            if wrong is not None:
                self.problem("image_urls", "request.url_at", position=position, problem=wrong)
        most, count = self.model.max_references, len(urls)
        if count > most:
            name = self.model.name
            self.problem("image_urls", "request.too_many", count=count, most=most, excess=count - most, model=name)

    def mask(self) -> None:
        url = self.values["mask_url"]
        if url is None:
            return
        if self.values["image_urls"] is None:
            self.problem("mask_url", "request.mask_alone")
        if not self.model.takes_mask:
            self.problem("mask_url", "request.no_such_field", field="mask_url", model=self.model.name)
        wrong = url_problem(url)
        if wrong is not None:
            self.problems.append(Problem("mask_url", wrong))

    def extra(self) -> None:
        extra = {} if self.values["extra_body"] is None else self.values["extra_body"]
        if not isinstance(extra, Mapping) or not all(isinstance(name, str) for name in extra):
            self.problem("extra_body", "request.extra_no_mapping")
            return
        taken = [name for name in extra if name in self.fields]
        for name in taken:
            self.problem("extra_body", "request.extra_taken", name=name)
        try:
            text = json.dumps(extra, default=_plain_json, ensure_ascii=False, allow_nan=False)
            text.encode()
            # Through JSON and back: what is kept is exactly what is sent, and shares nothing with the caller's dict.
            self.values["extra_body"] = json.loads(text)
            too_deep = _deeper_than(self.values["extra_body"], _DEEPEST)
        except (TypeError, ValueError) as error:
            self.problem("extra_body", "request.extra_no_json", error=str(error))
            return
        except RecursionError:
            too_deep = True
        if too_deep:
            self.problem("extra_body", "request.extra_too_deep", most=_DEEPEST)
        elif extra and not taken:
            self.notice("extra_body", "request.extra_sent", names=", ".join(map(repr, extra)))


def _any_model() -> Model:
    """Whatever any known model takes: what it has not is wrong whichever model was meant."""
    known = models()
    sizes: dict[str, tuple[int, int] | None] = {}
    for one in known:
        sizes |= {size: sizes.get(size) or pixels for size, pixels in one.sizes.items()}

    def union(words: Callable[[Model], tuple[str, ...]]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(word for one in known for word in words(one)))

    return Model(
        say("request.catalogue"),
        "",
        sizes,
        qualities=union(lambda one: one.qualities),
        backgrounds=union(lambda one: one.backgrounds),
        moderations=union(lambda one: one.moderations),
        output_formats=union(lambda one: one.output_formats),
        resolutions=union(lambda one: one.resolutions),
        max_images=max(one.max_images for one in known),
        max_references=max(one.max_references for one in known),
        takes_mask=any(one.takes_mask for one in known),
    )


def _plain(value: Any) -> Any:
    """Text as an exact ``str``: a numpy or enum text would be written out as what it is in code and pickles."""
    return str.__str__(value) if isinstance(value, str) else value


def _is(value: object, word: str) -> bool:
    """``value == word`` for values whose ``==`` may answer something else than a bool, as an array's does."""
    return isinstance(value, str) and value == word


def _hint(value: object, words: Sequence[str]) -> Sentence | str:
    close = nearest(value.lower(), words) if isinstance(value, str) and len(value) <= 60 else None
    return say("request.did_you_mean", name=close) if close else ""


def _in_pixels(size: object) -> str | None:
    """A size given as "1024x1536" or (1024, 1536), in the first form; None for anything else."""
    if isinstance(size, list | tuple) and len(size) == 2:
        size = "x".join(as_typed(whole_number(side)) for side in size)
    return size if isinstance(size, str) else None


def _deeper_than(value: object, levels: int) -> bool:
    layer = [value]
    for _ in range(levels):
        layer = [
            inner
            for outer in layer
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
    return bool(layer)


def _plain_json(value: object) -> object:
    """Mappings and numpy's numbers as what JSON has for them."""
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, numbers.Integral):
        return int(value)
    if isinstance(value, numbers.Real):
        return float(value)
    if type(value).__name__ in ("bool", "bool_"):
        return bool(value)
    raise TypeError(f"{type(value).__name__} is no JSON value")
