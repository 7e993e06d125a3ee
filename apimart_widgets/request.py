"""``ImageRequest``: one generation request as a frozen value, with every rule of the specification.

The fields carry the API's own names (specification, "Body"). Whatever breaks a rule is found before anything is sent
or uploaded, all of it at once, by field; what the server would silently change is changed here, with a warning.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, get_args

from . import catalog, rules, snippets
from .errors import InvalidRequest, RequestWarning
from .fact_table import fact_table
from .reference import LocalReference, local_reference
from .rules import Problem
from .words import say

DEFAULT_ORIGIN = "https://api.apimart.ai"


class FrozenDict(Mapping[str, Any]):
    """A mapping that cannot change and can be hashed; nested dicts and lists are frozen with it.

    >>> FrozenDict({"a": [1, 2]}) == {"a": (1, 2)}, hash(FrozenDict({"a": [1]})) == hash(FrozenDict({"a": [1]}))
    (True, True)
    """

    __slots__ = ("_items",)

    def __init__(self, items: Mapping[str, Any] = {}) -> None:
        self._items = {key: _freeze(value) for key, value in items.items()}

    def __getitem__(self, key: str) -> Any:
        return self._items[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __hash__(self) -> int:
        return hash(frozenset(self._items.items()))

    def __repr__(self) -> str:
        return repr(thaw(self))

    def __reduce__(self) -> tuple[Any, ...]:
        return FrozenDict, (dict(self._items),)


_EMPTY = FrozenDict()


def _freeze(value: Any) -> Any:
    if isinstance(value, Mapping):
        return FrozenDict(value) if value else _EMPTY
    return tuple(map(_freeze, value)) if isinstance(value, list | tuple) else value


def thaw(value: Any) -> Any:
    """Plain dicts and lists again, as ``json.dumps`` takes them."""
    if isinstance(value, Mapping):
        return {key: thaw(item) for key, item in value.items()}
    return list(map(thaw, value)) if isinstance(value, list | tuple) else value


@dataclasses.dataclass(frozen=True, init=False, repr=False)
class ImageRequest:
    """One request for pictures (specification, "Body").

    Args:
        prompt: what to draw, in any language.
        model: a name from ``catalog.models()``.
        size: a ratio, "1:1" (1024x1024), "3:2" (1536x1024) or "2:3" (1024x1536); the third model takes more.
        n: pictures asked for, 1 to 4. Like the server, 0 and less become 1 and more than 4 become 4, with a warning.
        quality: "auto", "low", "medium", "high".
        background: "auto", "opaque", "transparent" (not with jpeg).
        moderation: "auto", "low".
        output_format: "png", "jpeg".
        output_compression: 0 to 100, meant for jpeg; None leaves it to the server.
        image_urls: addresses of reference pictures, at most 15; turns image-to-image on.
        mask_url: address of a mask with an alpha channel, in the size of the first reference.
        resolution: "1k", "2k", "4k", for models that have it.
        extra_body: fields the API has and this version does not know, sent as they are, with a warning.

    Raises:
        InvalidRequest: lists every rule broken, by field. Nothing was sent.

    >>> request = ImageRequest("A red fox", size="3:2", quality="low")
    >>> request.to_payload()["size"], request.pixels
    ('3:2', (1536, 1024))
    >>> ImageRequest("", size="16:9", output_compression=101)
    Traceback (most recent call last):
    apimart_widgets.errors.InvalidRequest: This request has 3 problems. Nothing was sent.
      prompt: The prompt is empty. Describe the picture in words.
      size: gpt-image-1-official has no size '16:9'. Write one of '1:1', '2:3', '3:2'.
      output_compression: output_compression is a whole number from 0 to 100, not 101.
    """

    prompt: str
    model: str
    size: str
    n: int
    quality: str
    background: str
    moderation: str
    output_format: str
    output_compression: int | None
    image_urls: tuple[str, ...] | None
    mask_url: str | None
    resolution: str | None
    extra_body: Mapping[str, Any]

    def __init__(
        self,
        /,
        prompt: str = "",
        *,
        model: str = catalog.DEFAULT_MODEL,
        size: str = "1:1",
        n: int = 1,
        quality: str = "auto",
        background: str = "auto",
        moderation: str = "auto",
        output_format: str = "png",
        output_compression: int | None = None,
        image_urls: list[str] | tuple[str, ...] | None = None,
        mask_url: str | None = None,
        resolution: str | None = None,
        extra_body: Mapping[str, Any] | None = None,
        **unknown: Any,
    ) -> None:
        given = {name: value for name, value in locals().items() if name in FIELDS} | unknown
        checked = rules.check(given, FIELDS)
        if checked.problems:
            raise refusal(checked.problems)
        for notice in checked.notices:
            warnings.warn(str(notice.message), RequestWarning, stacklevel=rules.callers_level())
        self._fill(checked.values)

    def _fill(self, values: Mapping[str, Any]) -> None:
        for name in FIELDS:
            object.__setattr__(self, name, _freeze(values[name]))

    @classmethod
    def from_payload(cls, payload: Mapping[str, Any]) -> ImageRequest:
        """A request read back from what was once sent or stored, without judging it again.

        Unknown fields go into ``extra_body``; ``check()`` tells what today's rules say of it.

        >>> ImageRequest.from_payload({"prompt": "A fox", "model": "gone", "size": "1:1"}).model
        'gone'
        """
        values = {**DEFAULTS, **{name: payload[name] for name in FIELDS if name in payload}}
        values["extra_body"] = {name: value for name, value in payload.items() if name not in FIELDS}
        request = cls.__new__(cls)
        request._fill(values)
        return request

    def check(self) -> tuple[Problem, ...]:
        """Every rule this request breaks today; empty for a request that was made by the constructor."""
        return rules.check({name: getattr(self, name) for name in FIELDS}, FIELDS).problems

    def replace(self, **changes: Any) -> ImageRequest:
        """The same request with some fields changed, checked anew.

        >>> ImageRequest("A fox").replace(n=2).n
        2
        """
        return ImageRequest(**{**{name: getattr(self, name) for name in FIELDS}, **changes})

    @property
    def pixels(self) -> tuple[int, int] | None:
        """(width, height) the pictures will have, or None where the model does not say."""
        known = catalog.model(self.model)
        return known.pixels(self.size) if known else None

    def to_payload(self) -> dict[str, Any]:
        """The JSON body of POST /v1/images/generations: every field that is not None, ``extra_body`` spread out.

        >>> sorted(ImageRequest("A fox", output_format="jpeg", output_compression=0).to_payload())[-3:]
        ['prompt', 'quality', 'size']
        """
        payload = {name: thaw(getattr(self, name)) for name in PAYLOAD_FIELDS if getattr(self, name) is not None}
        payload.update(thaw(self.extra_body))
        return payload

    def local_references(self) -> tuple[LocalReference, ...]:
        """The pictures on this machine the request refers to, references first, then the mask."""
        urls = [*(self.image_urls or ()), *([self.mask_url] if self.mask_url else [])]
        return tuple(picture for url in urls if (picture := local_reference(url)))

    def with_uploads(self, urls: Mapping[str, str]) -> dict[str, Any]:
        """The payload with each local picture's address replaced; ``urls`` maps content hash -> uploaded URL."""

        def real(url: str) -> str:
            picture = local_reference(url)
            return urls[picture.sha256] if picture else url

        payload = self.to_payload()
        if self.image_urls:
            payload["image_urls"] = [real(url) for url in self.image_urls]
        if self.mask_url:
            payload["mask_url"] = real(self.mask_url)
        return payload

    def fingerprint(self) -> str:
        """SHA-256 (hex) of what is asked, defaults filled in, local pictures by content and not by name.

        Two requests with the same fingerprint ask for the same thing.

        >>> ImageRequest("A fox").fingerprint() == ImageRequest("A fox", size="1:1").fingerprint()
        True
        """
        payload = self.with_uploads({picture.sha256: picture.sha256 for picture in self.local_references()})
        return hashlib.sha256(json.dumps(payload, sort_keys=True).encode()).hexdigest()

    def as_json(self) -> str:
        """The payload as indented JSON; a picture on this machine stands as what it is."""
        shown = self.with_uploads({p.sha256: f"<url of {p}>" for p in self.local_references()})
        return json.dumps(shown, ensure_ascii=False, indent=2)

    def as_curl(self, origin: str = DEFAULT_ORIGIN) -> str:
        """Commands for a shell that send this request; the key comes from ``$APIMART_API_KEY``."""
        return snippets.curl(self.to_payload(), origin)

    def as_python(self, origin: str = DEFAULT_ORIGIN) -> str:
        """Python code that sends this request with this package; the key comes from ``os.environ``."""
        return snippets.python(self.to_payload(), DEFAULTS, origin)

    def _repr_html_(self) -> str:
        asked = [(str(say(_LABELS[name])), self._shown(name)) for name in _LABELS if self._shown(name)]
        asked += [(name, json.dumps(thaw(value), ensure_ascii=False)) for name, value in self.extra_body.items()]
        notes = [f"{problem.field}: {problem.message}" for problem in self.check()]
        return fact_table(str(self.prompt) or "–", asked, notes)

    def _shown(self, name: str) -> str:
        """A field in words; empty where it says nothing."""
        value = getattr(self, name)
        if value is None:
            return ""
        if name == "size" and self.pixels:
            return "{} \N{MIDDLE DOT} {}x{}".format(value, *self.pixels)
        urls = value if name == "image_urls" else (value,)
        local = [local_reference(each) if isinstance(each, str) else None for each in urls]
        return ", ".join(str(picture or url) for picture, url in zip(local, urls, strict=True))

    def __repr__(self) -> str:
        if not hasattr(self, "extra_body"):
            return "ImageRequest(...)"  # a traceback with its locals may ask one that was refused
        prompt = self.prompt if len(self.prompt) <= 80 else self.prompt[:79] + "…"
        changed = [
            f"{name}={getattr(self, name)!r}"
            for name in FIELDS
            if name != "prompt" and getattr(self, name) != DEFAULTS[name]
        ]
        return f"ImageRequest({', '.join([repr(prompt), *changed])})"


FIELDS: tuple[str, ...] = tuple(field.name for field in dataclasses.fields(ImageRequest))
_LABELS: Mapping[str, str] = {
    "model": "panel.results.label.model",
    "size": "panel.results.label.size",
    "resolution": "panel.results.label.resolution",
    "n": "request.images",
    "quality": "panel.results.label.quality",
    "background": "panel.results.label.background",
    "output_format": "panel.results.label.output_format",
    "output_compression": "panel.results.label.output_compression",
    "moderation": "panel.results.label.moderation",
    "image_urls": "panel.results.label.references",
    "mask_url": "request.mask",
}
PAYLOAD_FIELDS: tuple[str, ...] = ("model", *(name for name in FIELDS if name not in ("model", "extra_body")))
DEFAULTS: Mapping[str, Any] = {
    **(ImageRequest.__init__.__kwdefaults__ or {}),
    "prompt": "",
    "extra_body": _EMPTY,
}


Form = Literal["python", "curl", "json"]
FORMS: tuple[Form, ...] = get_args(Form)


def as_code(requests: Sequence[ImageRequest], form: Form, origin: str = DEFAULT_ORIGIN) -> str:
    """Several requests as code: Python with a call for each in a list, cURL commands, or a JSON list of payloads.

    One request alone is written as its own ``as_python``, ``as_curl`` or ``as_json``; the key stands in none of them.

    >>> requests = [ImageRequest("A fox"), ImageRequest("An owl")]
    >>> [payload["prompt"] for payload in json.loads(as_code(requests, "json"))]
    ['A fox', 'An owl']
    """
    if not requests:
        return ""
    if form == "curl":
        return "\n\n".join(request.as_curl(origin) for request in requests)
    if len(requests) == 1:
        (request,) = requests
        return request.as_python(origin) if form == "python" else request.as_json()
    if form == "python":
        return snippets.python_list([request.to_payload() for request in requests], DEFAULTS, origin)
    return json.dumps([json.loads(request.as_json()) for request in requests], ensure_ascii=False, indent=2)


def refusal(problems: tuple[Problem, ...]) -> InvalidRequest:
    """The error that lists ``problems``."""
    lines = tuple(say("request.line", field=problem.field, message=problem.message) for problem in problems)
    key = "request.one_problem" if len(problems) == 1 else "request.problems"
    return InvalidRequest(say(key, n=len(problems), lines=lines), problems)


def encode_payload(payload: Mapping[str, Any]) -> bytes:
    """The bytes of a payload, the same for the same payload: a replay must send what was sent before."""
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
