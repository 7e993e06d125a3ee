"""Does a live origin still speak the API this package assumes? The work behind ``python -m apimart_widgets check``.

Everything asked for is free, unless an amount to spend is given: then one picture of the cheapest kind is made, as any
other, with its row in the library. What was said is kept as a transcript in which the key is blanked.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import httpx

from . import catalog, images
from .answers import without_key
from .client import MAX_JSON_BYTES, AsyncClient, connecting, limited_body, opened
from .config import APIKey
from .errors import APIConnectionError, APIError, APIMartError, APIResponseError, AuthenticationError, NotFoundError
from .jobs import Job
from .prices import estimate as estimate_of
from .redaction import redacted, redacted_json
from .request import DEFAULTS, PAYLOAD_FIELDS, ImageRequest
from .results import GeneratedImage
from .rules import as_typed
from .session import Session
from .version import VERSION
from .words import Sentence, say

Verdict = Literal["ok", "differs", "note"]
_KEPT_HEADERS = ("content-type", "x-request-id", "retry-after", "x-apimart-response-version", "idempotency-replayed")
_QUOTED = 20_000
_PIECE = 65_536


@dataclasses.dataclass(frozen=True)
class Finding:
    """One thing that was compared: whether it is as assumed, and a sentence about it."""

    verdict: Verdict
    message: Sentence


class Recorder(httpx.AsyncBaseTransport):
    """An httpx transport that keeps what was said, without the key.

    It sends through a client of httpx, since a bare transport takes no notice of the proxies in the environment.
    """

    def __init__(self, key: APIKey) -> None:
        self._http = opened(verify=connecting())
        self._key = key
        self.exchanges: list[dict[str, Any]] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self._http.send(request, stream=True)
        chunks, size = [], 0
        try:
            async for chunk in response.aiter_raw():
                chunks.append(chunk)
                size += len(chunk)
                if size > MAX_JSON_BYTES:  # more than whoever reads it takes
                    break
        finally:
            await response.aclose()
        body = b"".join(chunks)
        self.exchanges.append(
            {
                "method": request.method,
                "url": self.without_key(str(request.url)),
                "status": response.status_code,
                "headers": {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers},
                "body": redacted_json(self.without_key(_read(await _unpacked(response, body))))[:_QUOTED],
            }
        )
        return httpx.Response(response.status_code, headers=response.headers, stream=_Whole(body), request=request)

    async def aclose(self) -> None:
        await self._http.aclose()

    def without_key(self, text: str) -> str:
        """``text`` without the key."""
        return without_key(text, self._key.reveal(), "[key]")

    def blanked(self, text: str) -> str:
        """The same, and without the signatures that make a file's address a secret of its own."""
        return redacted(self.without_key(text))


async def _unpacked(response: httpx.Response, body: bytes) -> bytes:
    """``body`` as it reads: most servers compress it, and a key in it would stay in sight of whoever unpacks it."""
    packed = httpx.Response(
        response.status_code, headers=response.headers, stream=_Whole(body), request=response.request
    )
    try:
        return await limited_body(packed, MAX_JSON_BYTES)
    except (httpx.DecodingError, APIResponseError):
        return b""


def _read(body: bytes) -> str:
    return body.decode(json.detect_encoding(body), "replace")


class _Whole(httpx.AsyncByteStream):
    def __init__(self, body: bytes) -> None:
        self._body = body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        # In pieces, as from the network: whoever unpacks them looks at a limit after each.
        for start in range(0, len(self._body), _PIECE):
            yield self._body[start : start + _PIECE]


async def compare(client: AsyncClient) -> list[Finding]:
    """The free comparisons: models, prices, schema, balance, and what an unknown task looks like.

    Raises:
        AuthenticationError, APIConnectionError: the key is refused or the origin cannot be reached, so that nothing
            can be compared. Any other trouble is a difference like others, and the rest is compared all the same.
    """
    try:
        listed = await client.models()
        findings = [_listed(model, listed) for model in catalog.models()]
    except (AuthenticationError, APIConnectionError):
        raise
    except APIError as error:
        findings = [Finding("differs", say("check.no_models", reason=error.message))]
        listed = tuple(model.name for model in catalog.models())
    for model in catalog.models():
        if model.name in listed:
            findings.append(await _priced(client, model))
            findings.extend(await _schema(client, model))
    findings.append(await _balance(client))
    findings.append(await _unknown_task(client))
    return findings


def _listed(model: catalog.Model, listed: tuple[str, ...]) -> Finding:
    if model.name in listed:
        return Finding("ok", say("check.listed", model=model.name))
    return Finding("differs", say("check.not_listed", model=model.name, listed=", ".join(listed)))


async def _priced(client: AsyncClient, model: catalog.Model) -> Finding:
    try:
        prices = await client.price(model.name)
    except APIError as error:
        return Finding("differs", say("check.no_prices", model=model.name, reason=error.message))
    theirs = _ranges(prices, model) if prices else {}
    if not theirs:
        return Finding("differs", say("check.no_prices", model=model.name, reason=""))
    ours = _ranges(model.prices, model) if model.prices else {}
    in_both = [size for size in theirs if size in ours] or list(theirs)
    # Where they part, if they do.
    size = next((size for size in in_both if theirs[size] != ours.get(size)), in_both[0])
    told = {"model": model.name, "size": size, "theirs": theirs[size]}
    if size not in ours:
        return Finding("note", say("check.prices", **told))
    if theirs[size] == ours[size]:
        return Finding("ok", say("check.prices_as_listed", **told))
    # No difference to mend: the server's own prices go before those of the package wherever they can be had.
    return Finding("note", say("check.prices_differ", **told, ours=ours[size]))


def _ranges(prices: catalog.PriceList, model: catalog.Model) -> dict[str, Sentence]:
    """What one picture costs at each size that a list has, from the lowest quality to the highest."""
    ranges = {}
    for size in model.sizes:
        each = prices.per_image(size, model.pixels(size), "auto")
        if each is not None:
            low, high = (catalog.money(amount, prices.unit) for amount in each)
            ranges[size] = say("check.price_range", low=low, high=high)
    return ranges


async def _schema(client: AsyncClient, model: catalog.Model) -> list[Finding]:
    try:
        schema = await client.model_schema(model.name)
    except APIError as error:
        return [Finding("note", say("check.no_schema", model=model.name, reason=error.message))]
    properties = schema.get("properties")
    if not isinstance(properties, Mapping):
        return [Finding("note", say("check.no_schema", model=model.name, reason=""))]
    found = []
    for field, ours in _assumed(model).items():
        theirs = properties.get(field)
        if theirs is None:
            found.append(Finding("differs", say("check.field_missing", model=model.name, field=field)))
        elif isinstance(theirs, Mapping):
            found.extend(_field(model, field, theirs, ours))
    required = schema.get("required")
    always_sent = {field for field, value in DEFAULTS.items() if value is not None}
    needed = sorted(set(map(str, required)) - always_sent) if isinstance(required, list) else []
    if needed:
        found.append(Finding("differs", say("check.required", model=model.name, fields=", ".join(needed))))
    new = sorted(set(properties) - set(PAYLOAD_FIELDS))
    if new:
        found.append(Finding("note", say("check.new_fields", model=model.name, fields=", ".join(new))))
    return found or [Finding("ok", say("check.schema", model=model.name))]


def _assumed(model: catalog.Model) -> dict[str, dict[str, Any]]:
    """What is assumed of each field, in the terms of a schema."""
    assumed: dict[str, dict[str, Any]] = {
        "prompt": {"type": "string", "maxLength": 32_000},
        "n": {"type": "integer", "minimum": 1, "maximum": model.max_images, "default": 1},
        "output_compression": {"type": "integer", "minimum": 0, "maximum": 100},
        "image_urls": {"type": "array", "maxItems": model.max_references},
    }
    if model.takes_mask:
        assumed["mask_url"] = {"type": "string"}
    for field, words in model.choices().items():
        if words:
            assumed[field] = {"type": "string", "enum": words, "default": words[0]}
    return assumed


def _field(model: catalog.Model, field: str, theirs: Mapping[str, Any], ours: Mapping[str, Any]) -> Iterator[Finding]:
    """Each term the server states otherwise; one it leaves out says nothing."""
    for term, assumed in ours.items():
        stated = theirs.get(term)
        if stated is None or _agree(term, stated, assumed):
            continue
        if term == "enum":
            listed = {"theirs": ", ".join(map(str, stated)), "ours": ", ".join(assumed)}
            yield Finding("differs", say("check.words", model=model.name, field=field, **listed))
        else:
            typed = {"theirs": as_typed(stated), "ours": as_typed(assumed)}
            yield Finding("differs", say("check.term", model=model.name, field=field, term=term, **typed))


def _agree(term: str, stated: Any, assumed: Any) -> bool:
    if term == "enum":
        return not isinstance(stated, list) or set(map(str, stated)) == set(assumed)
    if term == "type":
        kinds = stated if isinstance(stated, list) else [stated]
        return assumed in kinds or (assumed == "integer" and "number" in kinds)
    return bool(stated == assumed)


async def _balance(client: AsyncClient) -> Finding:
    try:
        balance = await client.balance()
    except APIError as error:
        return Finding("differs", say("check.no_balance", reason=error.message))
    if balance.unlimited or balance.remaining is not None:
        return Finding("ok", say("check.balance"))
    return Finding("differs", say("check.no_balance", reason=""))


async def _unknown_task(client: AsyncClient) -> Finding:
    try:
        await client.retrieve("task_00000000000000000000000000")
    except NotFoundError:
        return Finding("ok", say("check.unknown_task"))
    except APIError as error:
        return Finding("differs", say("check.unknown_task_differs", reason=error.message))
    return Finding("differs", say("check.unknown_task_differs", reason=""))


async def spend(session: Session, most: float, client: AsyncClient) -> tuple[Finding, list[str]]:
    """Make one picture of the cheapest kind, if it costs at most ``most`` USD, and compare it; and its wire record.

    ``client`` asks for the task once more, so that a transcript shows how a finished one is answered.
    """
    request = ImageRequest("A single red apple on a white table", quality="low")
    estimate = await _told_price(client, request)
    if estimate is None:
        return Finding("differs", say("check.unpriced", model=request.model)), []
    allowed = catalog.money(most, "USD")
    if estimate.high > most:
        return Finding("differs", say("check.too_dear", estimate=estimate, most=allowed)), []
    job = session.submit(request)
    try:
        made = _compared(job, (await job)[0])
        if job.cost is not None and job.cost.unit == "USD" and job.cost.amount > most:
            made = Finding("differs", say("check.dearer", cost=job.cost, estimate=estimate, most=allowed))
    except APIMartError as error:
        made = Finding("differs", say("check.no_picture", reason=error.message))
    if job.task_id is not None:
        with contextlib.suppress(APIError):
            await client.retrieve(job.task_id)
    # Events as text leave out how the request was answered, whose shape is what a transcript is read for.
    return made, job.report().splitlines()


async def _told_price(client: AsyncClient, request: ImageRequest) -> catalog.Estimate | None:
    """What a request would cost by the server's own word: the catalogue's prices are those of somebody else."""
    try:
        return estimate_of(await client.price(request.model), request)
    except APIError:
        return None


def _compared(job: Job, image: GeneratedImage) -> Finding:
    request = job.request
    info = images.inspect(image.bytes)
    as_asked = (info.width, info.height) == request.pixels and info.format == request.output_format
    key = "check.picture" if as_asked else "check.picture_differs"
    said = say(key, size=f"{info.width}x{info.height}", format=info.format, seconds=round(job.elapsed), cost=job.cost)
    return Finding("ok" if as_asked else "differs", said)


def write_transcript(folder: Path, origin: str, findings: list[Finding], recorder: Recorder, job: list[str]) -> Path:
    """Keep what was found and said, for a bug report or to see later what changed."""
    now = datetime.datetime.now(datetime.timezone.utc)
    record = {
        "package": f"apimart-widgets {VERSION}",
        "origin": origin,
        "date": now.isoformat(timespec="seconds"),
        "findings": [{"verdict": each.verdict, "message": recorder.blanked(str(each.message))} for each in findings],
        "exchanges": recorder.exchanges,
        "job": [recorder.blanked(line) for line in job],
    }
    # To the microsecond, and never over an earlier one: it may be the only record of a picture that was paid for.
    path = folder / f"apimart-check-{now:%Y%m%d-%H%M%S-%f}.json"
    with path.open("x", encoding="utf-8") as file:
        file.write(recorder.without_key(json.dumps(record, ensure_ascii=False, indent=2)) + "\n")
    return path
