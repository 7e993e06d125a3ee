"""``AsyncClient``: one method an endpoint. Nothing else in the package knows URLs or headers.

Every call has a deadline, a size limit, and retries by ``retry.py``. The key travels to the API's origin and nowhere
else: it is added to single API calls, never to the connection pool, and redirects are not followed with it.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import datetime
import errno
import functools
import http.cookiejar
import json
import os
import ssl
import uuid
from collections.abc import Callable, Generator, Mapping
from types import TracebackType
from typing import Any
from urllib.parse import quote, urlsplit

import anyio
import httpx

from . import retry
from .answers import Answer, detail_of, exchange, gives_reason, refusal_in, shortened, status_error, without_key
from .catalog import PriceList
from .config import APIKey, check_base_url, read_environment
from .errors import (
    APIConnectionError,
    APIError,
    APIResponseError,
    APITimeoutError,
    BadRequestError,
    ConfigurationError,
    InvalidRequest,
    NotFoundError,
    PermissionDeniedError,
)
from .loop import Clock, unanswered
from .request import ImageRequest, encode_payload, refusal
from .retry import Repeat
from .rules import Problem
from .task import Balance, ErrorDetail, Task, Upload, read_prices
from .version import VERSION
from .words import Sentence, say

_GENERATIONS = "/v1/images/generations"
MAX_JSON_BYTES = 16 * 2**20
MAX_PICTURE_BYTES = 128 * 2**20
_MAX_REDIRECTS = 5
# The pool of connections looks at each of them for each call that waits: with a thousand jobs its search alone would
# hold the loop up for seconds.
_AT_ONCE = 32
# A second less than uvicorn and Node.js leave an idle connection open: a POST that meets its closing gets no answer.
_LIMITS = httpx.Limits(max_connections=_AT_ONCE, max_keepalive_connections=_AT_ONCE, keepalive_expiry=4.0)
# What httpx unpacks piece by piece, to at most a thousand times as much. Of others, or of two that are stacked, one
# piece may fill the memory.
_ASKED_CODINGS = ("gzip", "deflate")
_CODINGS = (*_ASKED_CODINGS, "br", "zstd")
# The models a key may use are told with a refusal; nobody should wait for them.
_LOOK_UP_SECONDS = 10.0
# A key no longer than this could be part of any word; it is one made up for a sandbox.
_NO_SECRET = 8
_WRONG_IN_ITSELF = (400, 404, 413, 422)

# Of an answer that names a task; more of it is told where the task is asked for.
_ANSWER_TOLD = 2000

Notify = Callable[[str, dict[str, Any]], None]


@dataclasses.dataclass(frozen=True)
class _Call:
    """One exchange with the API: what is sent, what may be repeated, and what a failure means for money."""

    method: str
    url: str
    repeat: Repeat
    deadline: float
    max_bytes: int = MAX_JSON_BYTES
    content: bytes | None = dataclasses.field(default=None, repr=False)
    headers: Mapping[str, str] = dataclasses.field(default_factory=dict)
    params: Mapping[str, str] = dataclasses.field(default_factory=dict)
    file: tuple[str, bytes, str] | None = dataclasses.field(default=None, repr=False)
    with_key: bool = True
    expects_json: bool = True
    refused_as: int = 400
    billing: Sentence | None = None
    also_retry: frozenset[int] = frozenset()
    sent_before: bool = False
    notify: Notify | None = None


class AsyncClient:
    """The APIMart image API (specification and documentation), one method an endpoint.

    Args:
        api_key: the key; None reads ``APIMART_API_KEY``.
        base_url: the API's origin; None reads ``APIMART_BASE_URL``, else https://api.apimart.ai.
        transport: an httpx transport in place of the network, such as ``httpx.ASGITransport(app)``.
        timeout: seconds a call may take as a whole; uploads and downloads get five times as long.
        clock: what waits between retries.

    Raises:
        ConfigurationError: no key, or an origin that cannot work.

    Every method raises ``APIError`` in one of its kinds. An instance belongs to one event loop: the one it is first
    used on or, once that is closed, the next.

    >>> from apimart_widgets.loop import run
    >>> from apimart_widgets.sandbox.app import create_app
    >>> async def balance():
    ...     transport = httpx.ASGITransport(create_app())
    ...     async with AsyncClient("sk-1", "https://sandbox.apimart.invalid", transport=transport) as client:
    ...         return await client.balance()
    >>> run(balance()).unlimited
    False
    """

    # Shown where a constructor that failed left it unset, as in a traceback with its locals.
    base_url = ""

    def __init__(
        self,
        api_key: str | APIKey | None = None,
        base_url: str | None = None,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        timeout: float = 60.0,
        clock: Clock | None = None,
    ) -> None:
        # Bound to a name that hides it at once: this frame may appear in a traceback with its locals.
        try:
            api_key = APIKey.of(api_key) or read_environment().api_key
        except ConfigurationError:
            api_key = None
            raise
        if api_key is None:
            raise ConfigurationError(say("config.no_key"))
        self._key = api_key
        self.base_url = check_base_url(base_url) if base_url is not None else read_environment().base_url
        self._transport = transport
        self._timeout = timeout
        self._clock = clock or Clock()
        self._http: httpx.AsyncClient | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def __repr__(self) -> str:
        return f"AsyncClient({self.base_url!r})"

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close its connections; the next call would open new ones."""
        http, self._http = self._http, None
        if http is not None:
            await http.aclose()

    # ---- generation

    async def submit(
        self,
        request: ImageRequest | bytes,
        *,
        idempotency_key: str | None = None,
        sent_before: bool = False,
        notify: Notify | None = None,
    ) -> Task:
        """POST /v1/images/generations: have pictures made. **This is what is billed.**

        Args:
            request: the request, or the exact bytes of one that was sent before.
            idempotency_key: the key it carries, 1 to 191 visible ASCII characters; None makes a new one. To repeat a
                request whose outcome is unknown, send the identical bytes with the key of the error.
            sent_before: whether the identical request was sent before; without an answer it is then not sent once more,
                and only a refusal of the request itself settles its outcome.
            notify: told of every attempt, as (kind, details): "sending" (``attempt``), then "retry" (``because``,
                ``wait`` in seconds) or "answered" (``status_code``, ``request_id``, ``answer``: the beginning of its
                body), both with the ``seconds`` it took. An attempt that is the last and fails raises.

        Raises:
            InvalidRequest: the request breaks a rule, or refers to a picture on this machine; nothing was sent.
            ConfigurationError: the idempotency key cannot be sent.
            APIError: refused or failed. Where ``outcome_unknown`` is True it may have been accepted, and be billed.
        """
        content = request if isinstance(request, bytes) else _checked_payload(request)
        key = f"apw-{uuid.uuid4().hex}" if idempotency_key is None else idempotency_key
        if not isinstance(key, str) or not 1 <= len(key) <= 191 or not all("!" <= c <= "~" for c in key):
            raise ConfigurationError(say("client.idempotency_key"))
        call = _Call(
            "POST",
            self._url(_GENERATIONS),
            Repeat.WITH_KEY,
            self._timeout,
            content=content,
            headers={"Content-Type": "application/json", "Idempotency-Key": key},
            billing=say("client.nothing_billed"),
            sent_before=sent_before,
            notify=notify,
        )
        try:
            with unanswered():
                answer = await self._send(call)
        except APIError as error:
            error.idempotency_key = key
            if isinstance(error, BadRequestError | NotFoundError | PermissionDeniedError) and _names_model(error):
                await self._add_usable_models(error)
            raise
        replayed = answer.headers.get("idempotency-replayed", "").lower() == "true"
        return Task.read(answer.json, replayed=replayed)

    async def retrieve(self, task_id: str, *, language: str | None = None, notify: Notify | None = None) -> Task:
        """GET /v1/tasks/{task_id}: how the task stands. ``language``: "zh", "en", "ko" or "ja", for its messages.

        ``notify``: as in ``submit``.
        """
        url = self._url(f"/v1/tasks/{_path_part(task_id)}")
        params = {"language": language} if language else {}
        answer = await self._send(_Call("GET", url, Repeat.FREELY, self._timeout, params=params, notify=notify))
        return Task.read(answer.json, task_id=task_id)

    async def download(self, url: str, *, max_bytes: int = MAX_PICTURE_BYTES, notify: Notify | None = None) -> bytes:
        """GET a finished picture from wherever it lies, without the key. Raises ``APIError`` like every call.

        ``notify``: as in ``submit``.
        """
        if not isinstance(url, str):
            raise ConfigurationError(say("client.bad_url", url=url))
        call = _Call(
            "GET",
            url,
            Repeat.FREELY,
            self._timeout * 5,
            max_bytes=max_bytes,
            with_key=False,
            expects_json=False,
            # A file store may take a moment to show a file that was just written.
            also_retry=frozenset({404}),
            notify=notify,
        )
        return (await self._send(call)).body

    # ---- pictures in

    async def upload(self, data: bytes, *, filename: str, content_type: str, notify: Notify | None = None) -> Upload:
        """POST /v1/uploads/images: put a picture (PNG, JPEG, WebP, GIF, at most 20 MB) where the API can read it.

        Never sent a second time after an unknown outcome: an upload carries no idempotency key. ``notify``: as in
        ``submit``.
        """
        call = _Call(
            "POST",
            self._url("/v1/uploads/images"),
            Repeat.UNLESS_RECEIVED,
            self._timeout * 5,
            file=(filename, data, content_type),
            billing=say("client.nothing_billed"),
            notify=notify,
        )
        answer = await self._send(call)
        upload = Upload.read(answer.json)
        if not upload.url:
            raise APIResponseError(say("client.no_upload_url"), request_id=answer.request_id)
        return upload

    # ---- money and models

    async def balance(self) -> Balance:
        """GET /v1/balance: what this key may still spend."""
        return Balance.read(await self._read("/v1/balance", refused_as=401))

    async def user_balance(self) -> Balance:
        """GET /v1/user/balance: what the account may still spend."""
        return Balance.read(await self._read("/v1/user/balance", refused_as=401))

    async def models(self) -> tuple[str, ...]:
        """GET /v1/models: the names of the models this key may use."""
        entries = (await self._read("/v1/models")).get("data")
        entries = entries if isinstance(entries, list) else []
        names = (entry.get("id") if isinstance(entry, Mapping) else entry for entry in entries)
        return tuple(name for name in names if isinstance(name, str))

    async def price(self, model: str) -> PriceList | None:
        """GET /api/pricing/model: the server's own prices, or None where it lists none. Needs no key."""
        call = _Call(
            "GET",
            self._url("/api/pricing/model"),
            Repeat.FREELY,
            self._timeout,
            params={"model": model},
            with_key=False,
        )
        body = (await self._send(call)).json
        today = datetime.datetime.fromtimestamp(self._clock.now(), datetime.timezone.utc).date().isoformat()
        return read_prices(body, source=f"{self.base_url}/api/pricing/model", date=today)

    async def model_schema(self, model: str) -> Mapping[str, Any]:
        """GET /v1/model-schema: the JSON schema of a generation request, empty where the server gives none."""
        body = await self._read("/v1/model-schema", {"model": model, "operation": "image_generation"})
        schema = body.get("input_schema")
        return schema if isinstance(schema, Mapping) else {}

    # ---- one call

    async def _read(
        self, path: str, params: Mapping[str, str] | None = None, *, refused_as: int = 400
    ) -> Mapping[str, Any]:
        call = _Call("GET", self._url(path), Repeat.FREELY, self._timeout, params=params or {}, refused_as=refused_as)
        body: Mapping[str, Any] = (await self._send(call)).json
        return body

    def _url(self, path: str) -> str:
        return self.base_url + path

    async def _send(self, call: _Call) -> Answer:
        """Send ``call`` until it is answered, refused for good, or may not be sent again."""
        attempt, outcome_unknown = 0, call.sent_before
        resends = retry.MAX_RESENDS_WITHOUT_ANSWER if call.sent_before else 0
        while True:
            attempt += 1
            if call.notify is not None:
                call.notify("sending", {"attempt": attempt})
            began = self._clock.monotonic()
            try:
                answer = self._accepted(call, await self._once(call))
                if call.notify is not None:
                    call.notify("answered", {**_told_of(answer, call), **self._since(began)})
                return answer
            except APIError as error:
                failure = _failure_of(error, call)
                # One attempt without a clear answer is enough, whatever came of those after it.
                outcome_unknown = (outcome_unknown or failure.outcome_unknown) and not _settles(error, failure, call)
                wait = retry.delay(failure, call.repeat, attempt=attempt, resends=resends, jitter=self._clock.jitter())
                if wait is None or error.lasting:
                    if call.billing is not None:
                        _tell_billing(error, call, outcome_unknown)
                    raise
                if call.notify is not None:
                    detail = {"because": str(error), "wait": wait, **exchange(error), **self._since(began)}
                    call.notify("retry", {**detail, "unanswered": True} if failure.outcome_unknown else detail)
                resends += failure.unanswered
            await self._clock.sleep(wait)

    def _since(self, began: float) -> dict[str, float]:
        return {"seconds": round(self._clock.monotonic() - began, 3)}

    async def _once(self, call: _Call) -> Answer:
        """One attempt. Whatever goes wrong on the way becomes an ``APIError`` of ours."""
        failed: APIError
        http = await self._connections()
        try:
            _check_address(call.url)
            # Whoever waits for a free place is not late yet.
            async with self._places:
                with anyio.fail_after(call.deadline):
                    return await self._exchange(http, call)
        except TimeoutError:
            failed = APITimeoutError(say("client.timeout", host=_host(call.url), seconds=f"{call.deadline:g}"))
        except (httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeError):
            failed = _lasting(say("client.bad_url", url=call.url[:200]))
        except httpx.HTTPError as error:
            failed = _connection_error(error, _host(call.url), self._without_key(str(error).rstrip(".")))
        except (asyncio.CancelledError, KeyboardInterrupt) as interrupt:
            raise interrupt.with_traceback(None) from None
        # Raised here, not in the handlers: the frames of the failed exchange hold the key in raw bytes, and a chained
        # exception would keep them for whoever prints a traceback with its locals. An interrupt leaves them for the
        # same reason.
        raise failed

    async def _connections(self) -> httpx.AsyncClient:
        loop = asyncio.get_running_loop()
        verify: ssl.SSLContext | bool = False
        if self._transport is None and (self._http is None or self._loop is not loop):
            # A loop that ran into the import lock would stand still for as long.
            verify = await asyncio.to_thread(connecting)
        if self._http is not None and self._loop is not loop:
            if self._loop is not None and not self._loop.is_closed():
                raise ConfigurationError(say("client.other_loop"))
            # Its connections died with their loop.
            self._http = None
        if self._http is None:
            self._loop = loop
            self._places = asyncio.Semaphore(_AT_ONCE)
            self._http = opened(
                transport=self._transport,
                timeout=httpx.Timeout(None, connect=15.0),
                verify=verify,
                limits=_LIMITS,
                headers={"User-Agent": f"apimart-widgets/{VERSION}", "Accept-Encoding": ", ".join(_ASKED_CODINGS)},
                cookies=_NoCookies(),
                event_hooks={"request": [_check_next_address]},
                max_redirects=_MAX_REDIRECTS,
            )
        return self._http

    async def _exchange(self, http: httpx.AsyncClient, call: _Call) -> Answer:
        request = http.build_request(
            call.method,
            call.url,
            content=call.content,
            headers=dict(call.headers),
            params=dict(call.params) or None,
            files={"file": call.file} if call.file else None,
        )
        response = await http.send(
            request,
            auth=_Bearer(self._key) if call.with_key else None,
            stream=True,
            follow_redirects=not call.with_key,
        )
        try:
            body = await limited_body(response, call.max_bytes)
        except (httpx.TransportError, httpx.DecodingError, APIResponseError):
            if response.is_success:
                raise
            # The status says what happened; only the explanation is lost.
            body = b""
        finally:
            await response.aclose()
        headers = {name.lower(): value for name, value in response.headers.items()}
        if call.with_key:
            # Some servers quote the key back, and an answer ends up in messages and tracebacks.
            headers = {name: self._without_key(value) for name, value in headers.items()}
            body = self._body_without_key(body)
        return Answer(response.status_code, headers, body)

    def _body_without_key(self, body: bytes) -> bytes:
        encoding: str = json.detect_encoding(body)
        try:
            text = body.decode(encoding, "surrogatepass")
        except UnicodeDecodeError:
            encoding = "latin-1"  # takes any bytes
            text = body.decode(encoding)
        return self._without_key(text).encode(encoding, "surrogatepass")

    def _without_key(self, text: str) -> str:
        key = self._key.reveal()
        return without_key(text, key, "(hidden)") if len(key) > _NO_SECRET else text

    def _accepted(self, call: _Call, answer: Answer) -> Answer:
        """``answer`` where it is a success that can be read; raises the error it stands for otherwise."""
        if not 200 <= answer.status < 300:
            raise self._refused(call, answer, answer.status, detail_of(answer))
        if call.expects_json:
            try:
                body = answer.json
            except ValueError:
                sentence = say("client.not_json", host=_host(call.url))
                raise APIResponseError(sentence, request_id=answer.request_id) from None
            if not isinstance(body, Mapping):
                raise APIResponseError(say("client.not_object", host=_host(call.url)), request_id=answer.request_id)
            refused = refusal_in(body, call.refused_as)
            if refused is not None:
                raise self._refused(call, answer, *refused)
            if call.repeat is Repeat.WITH_KEY and not Task.read(body).id:
                # Accepted, it seems, and nothing to ask for it by: the resend with the same key may name it.
                raise APIResponseError(say("client.no_task_id"), request_id=answer.request_id)
        return answer

    def _refused(self, call: _Call, answer: Answer, status: int, detail: ErrorDetail) -> APIError:
        after = retry.parse_retry_after(answer.headers.get("retry-after"), now=self._clock.now())
        file_host = None if call.expects_json else _host(call.url)
        return status_error(answer, status, detail, retry_after=after, file_host=file_host)

    async def _add_usable_models(self, error: APIError) -> None:
        """A refused model is best answered with those the key may use; the list is free to ask for."""
        usable: tuple[str, ...] = ()
        with contextlib.suppress(APIError), anyio.move_on_after(_LOOK_UP_SECONDS):
            usable = await self.models()
        if usable:
            error.message = say("client.usable_models", first=error.message, models=", ".join(usable))


class _NoCookies(http.cookiejar.CookieJar):
    """Keeps none: the API has no use for them, hosts of pictures might, and looking for them is a tenth of a call."""

    def extract_cookies(self, response: object, request: object) -> None:
        """Leave them where they are."""


class _Bearer(httpx.Auth):
    """Puts the key on one request, so that no dict of ours ever holds it."""

    def __init__(self, key: APIKey) -> None:
        self._key = key

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["Authorization"] = f"Bearer {self._key.reveal()}"
        yield request


def _check_address(url: str) -> None:
    """httpx.InvalidURL for what httpx itself lets pass, although nothing can be reached by it."""
    try:
        _ = urlsplit(url).port  # raises where the host or the port cannot be one
    except ValueError as error:
        raise httpx.InvalidURL(str(error)) from None


async def _check_next_address(request: httpx.Request) -> None:
    """The same for where a redirect leads."""
    _check_address(str(request.url))


async def limited_body(response: httpx.Response, most: int) -> bytes:
    """The body of an answer, unpacked.

    Raises:
        APIResponseError: it has more than ``most`` bytes, or is packed in a way that was not asked for.
    """
    _check_codings(response)
    announced = response.headers.get("content-length", "")
    too_large = announced.isdigit() and int(announced) > most
    chunks, size = [], 0
    if not too_large:
        async for chunk in response.aiter_bytes():
            chunks.append(chunk)
            size += len(chunk)
            if size > most:
                too_large = True
                break
    if too_large:
        raise _lasting(say("client.body_too_large", host=response.url.host, megabytes=f"{most / 2**20:.3g}"))
    return b"".join(chunks)


def _check_codings(response: httpx.Response) -> None:
    named = response.headers.get_list("content-encoding", split_commas=True)
    codings = [coding for coding in map(str.lower, named) if coding in _CODINGS]
    if len(codings) > 1 or not {*codings} <= {*_ASKED_CODINGS}:
        raise _lasting(say("client.codings", host=response.url.host, codings=shortened(", ".join(codings), 60)))


def _connection_error(error: httpx.HTTPError, host: str, reason: str) -> APIError:
    reason = reason or type(error).__name__
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.ProxyError):
        failed = APIConnectionError(say("client.unreachable", host=host, reason=reason))
        failed.received = False
        return failed
    if isinstance(error, httpx.TooManyRedirects):
        return _lasting(say("client.not_understood", host=host, reason=reason))
    if isinstance(error, httpx.DecodingError):
        return APIResponseError(say("client.not_understood", host=host, reason=reason))
    return APIConnectionError(say("client.broken", host=host, reason=reason))


def _lasting(sentence: Sentence) -> APIResponseError:
    error = APIResponseError(sentence)
    error.lasting = True
    return error


def connecting() -> ssl.SSLContext:
    """The certificates of this machine, and all else that a first connection waits for; on any thread.

    Reading and importing take long, and every client may share what comes of it.

    Raises:
        APIConnectionError: the environment names certificates that cannot be read.
    """
    file, folder = read_environment().certificates
    try:
        return _certificates(file, folder)
    except OSError as error:
        reason = error.strerror or str(error)
    name, path = ("SSL_CERT_DIR", folder) if folder and not file else ("SSL_CERT_FILE", file)
    raise _unusable(say("client.certificates", name=name, path=path, reason=reason))


@functools.cache
def _certificates(file: str | None, folder: str | None) -> ssl.SSLContext:
    # httpx looks in both itself; a change of either is to be heeded.
    if folder and not file and not any(map(os.path.isdir, folder.split(os.pathsep))):
        # Nobody else says so: every server would seem to have a bad certificate.
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
    context = httpx.create_ssl_context()
    httpx.AsyncHTTPTransport(verify=context)  # imports what a connection needs
    return context


def opened(**settings: Any) -> httpx.AsyncClient:
    """A client of httpx, which reads the proxies of the environment as it is made.

    Raises:
        APIConnectionError: one of them cannot be used.
    """
    try:
        return httpx.AsyncClient(**settings)
    except (ImportError, RuntimeError):
        # The second comes from what was imported before the missing package was installed.
        sentence = say("client.socks_proxy", name=_names_of_proxies(lambda url: url.lower().startswith("socks")))
    except (ValueError, httpx.InvalidURL):
        bad = _names_of_proxies(_is_no_proxy)
        sentence = say("client.bad_proxy", name=bad) if bad else say("client.bad_no_proxy")
    # Raised here and without the reason: a proxy's address may hold a password.
    raise _unusable(sentence)


def _names_of_proxies(wanted: Callable[[str], bool]) -> str:
    return ", ".join(name for name, url in read_environment().proxies.items() if wanted(url))


def _is_no_proxy(url: str) -> bool:
    try:
        httpx.Proxy(url if "://" in url else f"http://{url}")
    except (ValueError, httpx.InvalidURL):
        return True
    return False


def _unusable(sentence: Sentence) -> APIConnectionError:
    """A setting of this machine that no attempt gets past: nothing was sent, and waiting does not mend it."""
    error = APIConnectionError(sentence)
    error.received = False
    error.lasting = True
    return error


def _told_of(answer: Answer, call: _Call) -> dict[str, Any]:
    """What is told of an answer that was accepted; of a picture not its bytes."""
    told: dict[str, Any] = {"status_code": answer.status}
    if call.expects_json:
        told["answer"] = answer.body[:_ANSWER_TOLD].decode(errors="replace")
        if answer.request_id is not None:
            told["request_id"] = answer.request_id
    return told


def _failure_of(error: APIError, call: _Call) -> retry.Failure:
    status = error.status_code
    if status in call.also_retry:
        status = 503
    received = not isinstance(error, APIConnectionError) or error.received
    return retry.Failure(status, received, error.retry_after)


def _settles(error: APIError, failure: retry.Failure, call: _Call) -> bool:
    """Whether this answer to a resend also tells that no earlier attempt was accepted.

    Only one that gives a reason: others may come from somebody on the way to whoever accepted it. The same bytes under
    the same key would have been refused before. Not 402: an earlier attempt that was accepted may have used up the
    balance. What was sent by an earlier session may have found other rights; its bytes were the same.
    """
    status = failure.status
    if not gives_reason(error):
        return False
    if call.sent_before:
        return status in _WRONG_IN_ITSELF
    return status is not None and 400 <= status < 500 and status != 402 and not retry.is_transient(status)


def _tell_billing(error: APIError, call: _Call, outcome_unknown: bool) -> None:
    """Add to the message what is known of the bill."""
    if not outcome_unknown:
        error.message = say("client.two", first=error.message, second=call.billing)
    elif call.repeat is Repeat.WITH_KEY:
        error.outcome_unknown = True
        error.message = say("client.two", first=error.message, second=say("client.may_be_billed"))


def _checked_payload(request: ImageRequest) -> bytes:
    if not isinstance(request, ImageRequest):
        raise InvalidRequest(say("client.no_request", type=type(request).__name__))
    problems = list(request.check())
    if not problems and request.local_references():
        problems = [Problem("image_urls", say("client.local_reference"))]
    if problems:
        raise refusal(tuple(problems))
    return encode_payload(request.to_payload())


def _names_model(error: APIError) -> bool:
    return "model" in f"{error.code or ''} {error.detail or ''}".lower()


def _path_part(task_id: str) -> str:
    if not isinstance(task_id, str):
        raise ConfigurationError(say("client.no_task_id_text", type=type(task_id).__name__))
    return quote(task_id, safe="")


def _host(url: str) -> str:
    # Without a user name and password, if it has them: this is shown.
    return urlsplit(url).netloc.rpartition("@")[2]
