"""The rules of the specification's table, as checks on a mapping of fields.

``check`` takes whatever a caller wrote and finds every breach at once. It is a function of plain values, apart from
``ImageRequest``, so that an unfinished form can be judged as well as a finished request.
"""

from __future__ import annotations

import dataclasses
import json
import operator
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from .catalog import Model, model, models, nearest
from .reference import url_problem
from .words import Sentence, say

_PACKAGE = str(Path(__file__).parent)


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
    if isinstance(value, bool) or not hasattr(value, "__index__") or type(value).__name__ in ("bool", "bool_"):
        return None
    return operator.index(value)


class _Check:
    """One pass over the fields, in the order of the specification's table."""

    def __init__(self, given: Mapping[str, Any], fields: Sequence[str]) -> None:
        self.given = given
        self.fields = fields
        self.values: dict[str, Any] = {name: given[name] for name in fields}
        self.problems: list[Problem] = []
        self.notices: list[Problem] = []
        self.model: Model | None = None

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
        for name in self.given:
            if name not in self.fields:
                close = nearest(name, self.fields)
                hint = say("request.did_you_mean", name=close) if close else ""
                self.problem(name, "request.unknown_field", name=name, hint=hint)

    def prompt(self) -> None:
        prompt = self.given["prompt"]
        if not isinstance(prompt, str):
            self.problem("prompt", "request.prompt_no_text", type=type(prompt).__name__)
        elif not prompt.strip():
            self.problem("prompt", "request.prompt_empty")
        else:
            self._sendable("prompt", prompt)

    def _sendable(self, field: str, text: str) -> None:
        try:
            text.encode()
        except UnicodeEncodeError as error:
            self.problem(field, "request.half_character", field=field, position=error.start)

    def model_name(self) -> None:
        name = self.given["model"]
        known = [m.name for m in models()]
        self.model = model(name) if isinstance(name, str) else None
        if self.model is None:
            close = nearest(name, known) if isinstance(name, str) else None
            hint = say("request.did_you_mean", name=close) if close else ""
            shown = name if isinstance(name, str) else repr(name)
            self.problem("model", "request.unknown_model", name=shown, hint=hint, known=", ".join(known))

    def size(self) -> None:
        if self.model is None:
            return
        size, sizes = self.given["size"], self.model.sizes
        if isinstance(size, str) and size in sizes:
            return
        ratio = next(
            (r for r, pixels in sizes.items() if pixels and size in (f"{pixels[0]}x{pixels[1]}", pixels)), None
        )
        if ratio is not None:
            self.problem("size", "request.size_in_pixels", size=size, ratio=ratio)
        else:
            self._not_a_word("size", size, tuple(sizes))

    def n(self) -> None:
        n = whole_number(self.given["n"])
        if n is None:
            self.problem("n", "request.n_no_number", value=repr(self.given["n"]))
            return
        most = self.model.max_images if self.model else 4
        self.values["n"] = min(max(n, 1), most)
        if self.values["n"] != n:
            self.notice("n", "request.n_normalised", given=n, n=self.values["n"], most=most)

    def words(self) -> None:
        if self.model is None:
            return
        for field, words in (
            ("quality", self.model.qualities),
            ("background", self.model.backgrounds),
            ("moderation", self.model.moderations),
            ("output_format", self.model.output_formats),
            ("resolution", self.model.resolutions),
        ):
            value = self.given[field]
            if field == "resolution" and value is None:
                continue
            if not words:
                self.problem(field, "request.no_such_field", field=field, model=self.model.name)
            elif not isinstance(value, str) or value not in words:
                self._not_a_word(field, value, words)

    def _not_a_word(self, field: str, value: object, words: Sequence[str]) -> None:
        listed = ", ".join(map(repr, words))
        name = self.model.name if self.model else ""
        close = nearest(value.lower(), words) if isinstance(value, str) else None
        hint = say("request.did_you_mean", name=close) if close else ""
        self.problem(field, "request.not_a_word", field=field, value=repr(value), words=listed, model=name, hint=hint)

    def transparency(self) -> None:
        if self.given["background"] == "transparent" and self.given["output_format"] == "jpeg":
            self.problem("background", "request.transparent_jpeg")

    def compression(self) -> None:
        value = self.given["output_compression"]
        if value is None:
            return
        level = whole_number(value)
        if level is None or not 0 <= level <= 100:
            self.problem("output_compression", "request.compression_range", value=repr(value))
            return
        self.values["output_compression"] = level
        if self.given["output_format"] == "png":
            self.notice("output_compression", "request.compression_png")

    def references(self) -> None:
        urls = self.given["image_urls"]
        if urls is None:
            return
        if isinstance(urls, str | bytes) or not isinstance(urls, Sequence):
            self.problem("image_urls", "request.urls_no_list", type=type(urls).__name__)
            return
        self.values["image_urls"] = tuple(urls) or None
        for position, url in enumerate(urls):
            wrong = url_problem(url)
            if wrong is not None:
                self.problem("image_urls", "request.url_at", position=position, problem=wrong)
            else:
                self._sendable("image_urls", url)
        most = self.model.max_references if self.model else None
        if most is not None and self.model is not None and len(urls) > most:
            self.problem(
                "image_urls",
                "request.too_many",
                count=len(urls),
                most=most,
                excess=len(urls) - most,
                model=self.model.name,
            )

    def mask(self) -> None:
        url = self.given["mask_url"]
        if url is None:
            return
        if not self.given["image_urls"]:
            self.problem("mask_url", "request.mask_alone")
        if self.model is not None and not self.model.takes_mask:
            self.problem("mask_url", "request.no_such_field", field="mask_url", model=self.model.name)
        wrong = url_problem(url)
        if wrong is not None:
            self.problems.append(Problem("mask_url", wrong))

    def extra(self) -> None:
        extra = self.given["extra_body"]
        self.values["extra_body"] = {} if extra is None else extra
        if extra is None or extra == {}:
            return
        if not isinstance(extra, Mapping) or not all(isinstance(name, str) for name in extra):
            self.problem("extra_body", "request.extra_no_mapping")
            return
        taken = [name for name in extra if name in self.fields]
        for name in taken:
            self.problem("extra_body", "request.extra_taken", name=name)
        try:
            json.dumps(extra, default=_mapping_or_error, ensure_ascii=False, allow_nan=False).encode()
        except (TypeError, ValueError) as error:
            self.problem("extra_body", "request.extra_no_json", error=str(error))
            return
        if not taken:
            self.notice("extra_body", "request.extra_sent", names=", ".join(map(repr, extra)))


def _mapping_or_error(value: object) -> dict[str, Any]:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"a {type(value).__name__} is no JSON value")
