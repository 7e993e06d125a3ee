"""The rules of ``POST /v1/images/generations``: JSON in, a checked `Order` out, or a `Refusal` that says what to mend.

The first breach found is answered. Fields the API does not know are ignored; an optional field that is ``null`` counts
as not given. Source: APIMart's page of gpt-image-1-official and gpt-image-1.5-official.
"""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn
from urllib.parse import urlsplit

from .models import BACKGROUNDS, MODELS, MODERATIONS, MOST_IMAGES, QUALITIES, Model
from .refusal import Refusal

LONGEST_IDEMPOTENCY_KEY = 191
_DEEPEST_BODY = 64


@dataclass(frozen=True)
class Order:
    """A generation request with every default filled in and every rule kept.

    >>> order = read_order({"model": "gpt-image-1-official", "prompt": "A fox", "size": "3:2", "n": 9})
    >>> order.n, order.quality, order.pixels, order.price
    (4, 'auto', (1536, 1024), 0.252)
    """

    model: Model
    prompt: str
    size: str
    resolution: str | None
    n: int
    quality: str
    background: str
    moderation: str
    output_format: str
    output_compression: int | None
    image_urls: tuple[str, ...]
    mask_url: str | None

    @property
    def pixels(self) -> tuple[int, int]:
        """Width and height of each picture."""
        return self.model.pixels(self.size, self.resolution)

    @property
    def price(self) -> float:
        """US dollars for all pictures of the order."""
        return round(self.n * self.model.price(self.size, self.quality), 6)

    def says(self, word: str) -> bool:
        """Whether the prompt holds a word in brackets, such as ``[slow]``."""
        return f"[{word}]" in self.prompt


def read_json(raw: bytes) -> dict[str, Any]:
    r"""The request body as an object, or a `Refusal` with status 400.

    Stricter than Python's reader: no ``NaN`` or ``Infinity``, no numbers beyond a double and no half of a surrogate
    pair, since none of them can be sent back; at most 64 levels of nesting.

    >>> read_json(b'{"n": 1}')
    {'n': 1}
    >>> read_json(b'{"prompt": "\\ud800"}')
    Traceback (most recent call last):
    ...
    apimart_widgets.sandbox.refusal.Refusal: The body holds half a surrogate pair: send complete characters, in UTF-8.
    """
    try:
        body = json.loads(raw.decode("utf-8"), parse_constant=_not_a_number, parse_float=_finite)
        json.dumps(body, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        _refuse_body("The body holds half a surrogate pair: send complete characters, in UTF-8.")
    except UnicodeDecodeError:
        _refuse_body("The body is not UTF-8: send JSON in UTF-8.")
    except RecursionError:
        _refuse_body(f"The body is nested too deeply: at most {_DEEPEST_BODY} levels are taken.")
    except ValueError as error:
        _refuse_body(f"The body is not valid JSON ({error}).")
    if not isinstance(body, dict):
        _refuse_body('The body must be a JSON object such as {"model": "...", "prompt": "..."}.')
    if _nested_too_deeply(body):
        _refuse_body(f"The body is nested too deeply: at most {_DEEPEST_BODY} levels are taken.")
    return body


def read_idempotency_key(value: str | None) -> str | None:
    """The header ``Idempotency-Key``: 1 to 191 visible ASCII characters without spaces, or not sent at all.

    >>> read_idempotency_key("order-17")
    'order-17'
    """
    if value is None:
        return None
    if not 1 <= len(value) <= LONGEST_IDEMPOTENCY_KEY or not all("!" <= character <= "~" for character in value):
        raise Refusal(
            400,
            "invalid_idempotency_key",
            f"Idempotency-Key must be 1 to {LONGEST_IDEMPOTENCY_KEY} visible ASCII characters without spaces.",
            param="Idempotency-Key",
        )
    return value


def read_order(body: Mapping[str, Any]) -> Order:
    """Check a request against every rule; `Refusal` with status 400 names the first field at fault.

    >>> read_order({"model": "gpt-image-1-official", "prompt": "A fox", "n": "1"})
    Traceback (most recent call last):
    ...
    apimart_widgets.sandbox.refusal.Refusal: n must be a plain whole number such as 1, without quotes.
    """
    given = {name: value for name, value in body.items() if value is not None}
    model = _model(given)
    prompt = _prompt(given)
    size = _word(given, "size", tuple(model.ratios), "1:1")
    resolution = _word(given, "resolution", tuple(model.resolutions), "1k") if model.resolutions else None
    count = _count(given)
    quality = _word(given, "quality", QUALITIES, "auto")
    background = _word(given, "background", BACKGROUNDS, "auto")
    moderation = _word(given, "moderation", MODERATIONS, "auto")
    output_format = _word(given, "output_format", model.formats, "png")
    _transparency(model, background, output_format)
    compression = _compression(given)
    image_urls = _image_urls(given, model.most_references)
    mask_url = _mask_url(given, image_urls)
    return Order(
        model,
        prompt,
        size,
        resolution,
        count,
        quality,
        background,
        moderation,
        output_format,
        compression,
        image_urls,
        mask_url,
    )


def find_model(name: object, *, status: int = 400) -> Model:
    """The model of that name; otherwise a `Refusal` that lists the models there are."""
    if isinstance(name, str) and name in MODELS:
        return MODELS[name]
    raise Refusal(
        status,
        "model_not_found",
        f"There is no model {_shown(name)} for this key. It may use {', '.join(MODELS)}.",
        param="model",
    )


def _model(given: Mapping[str, Any]) -> Model:
    if "model" not in given:
        raise Refusal(
            400, "missing_model", f"The field model is missing. Write one of {', '.join(MODELS)}.", param="model"
        )
    return find_model(given["model"])


def _prompt(given: Mapping[str, Any]) -> str:
    prompt = given.get("prompt")
    if isinstance(prompt, str) and prompt.strip():
        return prompt
    problem = "is missing" if prompt is None else "is blank" if isinstance(prompt, str) else "must be a string"
    raise Refusal(400, "invalid_prompt", f"The field prompt {problem}. Describe the picture in words.", param="prompt")


def _word(given: Mapping[str, Any], name: str, words: Collection[str], default: str) -> str:
    value = given.get(name, default)
    if isinstance(value, str) and value in words:
        return value
    raise Refusal(400, f"invalid_{name}", f"{name} is {_shown(value)}. Write one of {', '.join(words)}.", param=name)


def _count(given: Mapping[str, Any]) -> int:
    count = given.get("n", 1)
    if isinstance(count, bool) or not isinstance(count, int):
        raise Refusal(400, "invalid_n", "n must be a plain whole number such as 1, without quotes.", param="n")
    return min(max(count, 1), MOST_IMAGES)


def _transparency(model: Model, background: str, output_format: str) -> None:
    if background != "transparent":
        return
    if not model.transparent:
        message = f"{model.id} makes no transparent background. Write auto or opaque."
        raise Refusal(400, "unsupported_background", message, param="background")
    if output_format == "jpeg":
        message = "A transparent background cannot be used with output_format jpeg. Write png."
        raise Refusal(400, "unsupported_background", message, param="background")


def _compression(given: Mapping[str, Any]) -> int | None:
    compression = given.get("output_compression")
    if compression is None:
        return None
    if isinstance(compression, bool) or not isinstance(compression, int) or not 0 <= compression <= 100:
        message = "output_compression must be a whole number from 0 to 100, without quotes."
        raise Refusal(400, "invalid_output_compression", message, param="output_compression")
    return compression


def _image_urls(given: Mapping[str, Any], most: int) -> tuple[str, ...]:
    urls = given.get("image_urls", [])
    if not isinstance(urls, list):
        message = 'image_urls must be a list of URLs, such as ["https://example.com/a.png"].'
        raise Refusal(400, "invalid_image_urls", message, param="image_urls")
    if len(urls) > most:
        message = f"image_urls holds {len(urls)} URLs. At most {most} are taken."
        raise Refusal(400, "too_many_images", message, param="image_urls")
    for url in urls:
        _check_url(url, "image_urls")
    return tuple(urls)


def _mask_url(given: Mapping[str, Any], image_urls: Collection[str]) -> str | None:
    mask_url: str | None = given.get("mask_url")
    if mask_url is None:
        return None
    _check_url(mask_url, "mask_url")
    if not image_urls:
        message = "mask_url needs a reference: put the picture to change first in image_urls."
        raise Refusal(400, "mask_without_image", message, param="mask_url")
    return mask_url


def _check_url(url: object, param: str) -> None:
    code = "invalid_image_url" if param == "image_urls" else "invalid_mask_url"
    if isinstance(url, str) and url.lstrip()[:5].lower() == "data:":
        message = f"{param} holds a data URI. Base64 is no longer accepted: send the file to /v1/uploads/images first."
        raise Refusal(400, code, message, param=param)
    if not isinstance(url, str) or not _is_web_address(url):
        message = f"{param} holds {_shown(url)}, which is no address starting with http:// or https://."
        raise Refusal(400, code, message, param=param)


def _is_web_address(url: str) -> bool:
    if any(character <= " " or character == "\x7f" for character in url):
        return False
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _nested_too_deeply(body: object) -> bool:
    level = [body]
    for _ in range(_DEEPEST_BODY):
        level = [inner for outer in level for inner in _inside(outer)]
    return bool(level)


def _inside(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _not_a_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no JSON number")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number in it is too large")
    return number


def _refuse_body(message: str) -> NoReturn:
    raise Refusal(400, "invalid_json", message)
