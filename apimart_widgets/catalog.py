"""The models as data: what each accepts, how large its pictures are, and what they cost on a public list.

The two ``-official`` models of the specification are described by its tables ("Body", "Size Reference"); the third is
known from APIMart's pages and from clients, so its pixel sizes are not promised. A model this version does not know is
added with ``register_model``; nothing else in the package names a model.
"""

from __future__ import annotations

import dataclasses
import difflib
import math
import threading
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from .errors import ConfigurationError
from .words import say

DEFAULT_MODEL = "gpt-image-1-official"


@dataclasses.dataclass(frozen=True)
class Estimate:
    """What a request would cost: from ``low`` to ``high`` in ``unit``, by the list of ``source`` as of ``date``.

    >>> print(model("gpt-image-1-official").prices.estimate("1:1", None, "low", 4))
    about $0.044
    """

    low: float
    high: float
    unit: str
    source: str
    date: str

    def __str__(self) -> str:
        low, high = money(self.low, self.unit), money(self.high, self.unit)
        return f"about {low}" if low == high else f"{low} to {high}"


@dataclasses.dataclass(frozen=True)
class PriceList:
    """What one picture costs, by size and quality.

    Attributes:
        prices: (size, quality) -> price of one picture in ``unit``. Sizes are ratios ("3:2") or pixels ("1536x1024").
        unit: the currency, "USD".
        source: who says so, as a person would want it cited.
        date: the day the list was read, ISO 8601.
        flat: one price whatever the size and quality, or None.
    """

    prices: Mapping[tuple[str, str], float]
    unit: str
    source: str
    date: str
    flat: float | None = None

    def per_image(self, size: str, pixels: tuple[int, int] | None, quality: str) -> tuple[float, float] | None:
        """The cheapest and dearest price of one picture; None when the list does not say.

        Quality "auto" may become any quality, so it spans all of them; any other word has one price, twice.

        >>> model("gpt-image-1.5-official").prices.per_image("3:2", (1536, 1024), "auto")
        (0.013, 0.2)
        """
        sizes = {size} if pixels is None else {size, f"{pixels[0]}x{pixels[1]}"}
        found = [
            price
            for (listed_size, listed_quality), price in self.prices.items()
            if listed_size in sizes and (quality in ("auto", listed_quality))
        ]
        if found:
            return min(found), max(found)
        return None if self.flat is None else (self.flat, self.flat)

    def estimate(self, size: str, pixels: tuple[int, int] | None, quality: str, n: int) -> Estimate | None:
        """What ``n`` pictures would cost; None when the list does not say."""
        each = self.per_image(size, pixels, quality)
        return Estimate(each[0] * n, each[1] * n, self.unit, self.source, self.date) if each else None


@dataclasses.dataclass(frozen=True)
class Model:
    """One model: every word its fields take, and its limits.

    Attributes:
        name: what goes into the request's ``model``.
        title: what it is for, in the vendor's words.
        sizes: ratio -> (width, height) in pixels, or None where the pixels are not known.
        qualities, backgrounds, moderations, output_formats, resolutions: the words each field takes; the first is the
            server's default. An empty tuple means the model has no such field.
        max_images: most pictures a request (``n``).
        max_references: most entries in ``image_urls``.
        takes_mask: whether ``mask_url`` works.
        prices: a public list, for scale, or None. The server's own prices go before it.
    """

    name: str
    title: str
    sizes: Mapping[str, tuple[int, int] | None]
    qualities: tuple[str, ...] = ("auto", "low", "medium", "high")
    backgrounds: tuple[str, ...] = ("auto", "opaque", "transparent")
    moderations: tuple[str, ...] = ("auto", "low")
    output_formats: tuple[str, ...] = ("png", "jpeg")
    resolutions: tuple[str, ...] = ()
    max_images: int = 4
    max_references: int = 15
    takes_mask: bool = True
    prices: PriceList | None = None

    def pixels(self, size: str) -> tuple[int, int] | None:
        """(width, height) of a picture of this ``size``, or None where it is not known.

        >>> model("gpt-image-1-official").pixels("2:3")
        (1024, 1536)
        """
        return self.sizes.get(size)

    def better_size(self, size: str, width: int, height: int) -> str | None:
        """A size whose shape is nearer to width x height than that of ``size``; None where none is, or none is known.

        >>> model("gpt-image-1-official").better_size("1:1", 3000, 2000)
        '3:2'
        """
        sizes = {name: pixels for name, pixels in self.sizes.items() if pixels is not None}
        if size not in sizes:
            return None

        def strain(name: str) -> float:
            across, down = sizes[name]
            return abs(math.log(across * height / (down * width)))

        best = min(sizes, key=strain)
        return best if strain(best) < strain(size) - 0.01 else None

    def choices(self) -> dict[str, tuple[str, ...]]:
        """The words each field of a request takes; empty for a field the model does not have.

        >>> model("gpt-image-1-official").choices()["size"]
        ('1:1', '2:3', '3:2')
        """
        return {
            "size": tuple(self.sizes),
            "quality": self.qualities,
            "background": self.backgrounds,
            "moderation": self.moderations,
            "output_format": self.output_formats,
            "resolution": self.resolutions,
        }


def _official(name: str, title: str, square: tuple[float, float, float], oblong: tuple[float, float, float]) -> Model:
    """One of the specification's two models, with OpenAI's list prices for low, medium and high."""
    levels = ("low", "medium", "high")
    prices = {(size, level): price for size in ("1:1",) for level, price in zip(levels, square, strict=True)}
    prices |= {(size, level): price for size in ("2:3", "3:2") for level, price in zip(levels, oblong, strict=True)}
    listed = PriceList(
        MappingProxyType(prices), "USD", "OpenAI's public price list (APIMart bills its own)", "2026-11-22"
    )
    sizes = MappingProxyType({"1:1": (1024, 1024), "2:3": (1024, 1536), "3:2": (1536, 1024)})
    return Model(name, title, sizes, prices=listed)


_LANDSCAPE = ("3:2", "4:3", "5:4", "16:9", "2:1", "21:9")
_THIRD_MODEL_SIZES = ("1:1", *_LANDSCAPE, *(":".join(reversed(size.split(":"))) for size in _LANDSCAPE), "auto")

_BUILT_IN: Mapping[str, Model] = {
    m.name: m
    for m in (
        _official(
            "gpt-image-1-official",
            "Stability-first, suitable for general image generation",
            (0.011, 0.042, 0.167),
            (0.016, 0.063, 0.25),
        ),
        _official(
            "gpt-image-1.5-official",
            "New version, suitable for higher quality and complex editing",
            (0.009, 0.034, 0.133),
            (0.013, 0.05, 0.20),
        ),
        Model(
            "gpt-image-2-official",
            "More ratios and resolutions",
            MappingProxyType(dict.fromkeys(_THIRD_MODEL_SIZES)),
            backgrounds=("auto", "opaque"),
            output_formats=("png", "jpeg", "webp"),
            resolutions=("1k", "2k", "4k"),
            max_references=16,
        ),
    )
}
_models = dict(_BUILT_IN)
_lock = threading.Lock()


def models() -> tuple[Model, ...]:
    """Every model known here, in the order they became known.

    >>> [m.name for m in models()][:2]
    ['gpt-image-1-official', 'gpt-image-1.5-official']
    """
    with _lock:
        return tuple(_models.values())


def model(name: str) -> Model | None:
    """The model of this name, or None."""
    with _lock:
        return _models.get(name)


def money(amount: float, unit: str) -> str:
    """An amount as it is shown: cents, or two digits where it is less.

    >>> money(1.5, "USD"), money(0.013, "USD"), money(3.0, "credits")
    ('$1.50', '$0.013', '3.00 credits')
    """
    digits = f"{amount:.2f}" if amount >= 0.095 or amount == 0 else f"{amount:.2g}"
    return f"${digits}" if unit == "USD" else f"{digits} {unit}"


def nearest(word: str, words: Iterable[str]) -> str | None:
    """The one of ``words`` that ``word`` was probably meant to be, or None.

    >>> nearest("gpt-image-1.5-offical", ["gpt-image-1-official", "gpt-image-1.5-official"])
    'gpt-image-1.5-official'
    """
    close = difflib.get_close_matches(word, list(words), n=1, cutoff=0.6)
    return close[0] if close else None


def register_model(name: str, *, like: str = DEFAULT_MODEL, **changes: Any) -> Model:
    """Make a model known that this version does not list, described by how it differs from another.

    Args:
        name: the model's name on the server.
        like: the known model it resembles. Prices are not inherited: an unknown price must not look known.
        changes: any other field of ``Model``, such as ``sizes`` or ``max_references``.

    Raises:
        ConfigurationError: an empty name, an unknown ``like``, or a change that is no field of ``Model`` or of the
            wrong form for it.

    >>> register_model("gpt-image-9-official", max_references=4).max_references
    4
    >>> unregister_model("gpt-image-9-official")
    """
    if not isinstance(name, str) or not name.strip():
        raise ConfigurationError(say("catalog.no_name"))
    base = model(like) if isinstance(like, str) else None
    if base is None:
        raise ConfigurationError(say("catalog.unknown_like", like=like, known=", ".join(m.name for m in models())))
    fields = [f.name for f in dataclasses.fields(Model) if f.name != "name"]
    unknown = sorted(set(changes) - set(fields))
    if unknown:
        raise ConfigurationError(say("catalog.unknown_change", name=unknown[0], fields=", ".join(fields)))
    kept = {field: _kept(field, value) for field, value in changes.items()}
    registered = dataclasses.replace(base, **{"name": name.strip(), "prices": None, **kept})
    with _lock:
        _models[registered.name] = registered
    return registered


def unregister_model(name: str) -> None:
    """Forget what ``register_model`` said of this name; a name that is not known is no error.

    One of the models this version lists is again what it was.
    """
    with _lock:
        if name in _BUILT_IN:
            _models[name] = _BUILT_IN[name]
        else:
            _models.pop(name, None)


def registration(name: str) -> dict[str, Any] | None:
    """What makes a registered model known elsewhere, as ``register_model`` is told it; None for one that is listed.

    Prices are left out, since no request depends on them.

    >>> register_model("gpt-image-9-official", max_references=4) and registration("gpt-image-9-official")
    {'max_references': 4}
    >>> unregister_model("gpt-image-9-official")
    """
    known = model(name)
    if known is None or known is _BUILT_IN.get(name):
        return None
    base = _BUILT_IN[DEFAULT_MODEL]
    told = {f.name: getattr(known, f.name) for f in dataclasses.fields(Model) if f.name not in ("name", "prices")}
    changed = {field: value for field, value in told.items() if value != getattr(base, field)}
    return changed | {"sizes": dict(known.sizes)} if "sizes" in changed else changed


def _kept(field: str, value: Any) -> Any:
    """``value`` as ``Model`` keeps it: checked, and nothing the caller could still change."""
    right, example = _FORMS.get(field, (_are_words, f'{field}=["auto", "low"]'))
    if not right(value):
        raise ConfigurationError(say("catalog.wrong_change", field=field, example=example))
    if field == "sizes":
        return MappingProxyType({size: pixels and tuple(pixels) for size, pixels in value.items()})
    return tuple(value) if isinstance(value, list) else value


def _are_words(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(word, str) for word in value)


def _are_sizes(value: Any) -> bool:
    return isinstance(value, Mapping) and all(
        isinstance(size, str)
        and (pixels is None or (isinstance(pixels, list | tuple) and [type(side) for side in pixels] == [int, int]))
        for size, pixels in value.items()
    )


# How a field of a model is written; those not named here are lists of words.
_FORMS: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "title": (lambda value: isinstance(value, str), 'title="For posters"'),
    "sizes": (_are_sizes, 'sizes={"1:1": (1024, 1024), "16:9": None}'),
    "max_images": (lambda value: type(value) is int and value >= 1, "max_images=4"),
    "max_references": (lambda value: type(value) is int and value >= 0, "max_references=15"),
    "takes_mask": (lambda value: isinstance(value, bool), "takes_mask=True"),
    "prices": (lambda value: value is None or isinstance(value, PriceList), "prices=PriceList(...)"),
}
