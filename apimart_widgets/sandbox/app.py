"""The APIMart image API without a network: a Starlette application that answers every call of it, and draws.

Calls: ``POST /v1/images/generations``, ``GET /v1/tasks/{id}?language=``, ``POST /v1/uploads/images``,
``GET /v1/balance``, ``/v1/user/balance``, ``/v1/models``, ``/v1/model-schema?model=``, ``/api/pricing/model?model=``,
``/sandbox/ledger``; result and upload files under ``/f/`` on a host name of their own.

**Keys.** Any key is taken, unless one is set, and each is an account of its own; keys that start with ``sk-wrong`` are
refused, for lessons and tests. The image host refuses a request that carries a key.

**Words in brackets** in a prompt make the sandbox misbehave:

========== =======================================================================================================
[slow]     the task takes four times as long
[429]      the first POST with this idempotency key (without one: with this body) is answered 429 with
           ``Retry-After: 1``; the same again is accepted
[refuse]   refused with 400 ``content_policy_violation``; nothing is billed
[fail]     accepted, then the task fails; nothing is billed
========== =======================================================================================================

**Ledger.** ``GET /sandbox/ledger`` needs no key and shows none. ``requests`` counts every POST to
``/v1/images/generations``, whatever became of it: it is ``accepted`` (new tasks) plus ``replays`` (answered with an
earlier task of the same idempotency key) plus ``refused`` (any error, from 401 to 429). ``billed_images`` and
``billed_amount`` (US dollars) count completed tasks; ``polls`` the task reads, ``downloads`` the files sent,
``keys_seen_by_files_host`` the file requests that carried a key. Each task stands there with ``id``, ``account`` (a
number), ``status``, ``n`` (as normalised), ``cost``, ``payload`` (the body as sent), ``created``, ``completed`` (when
it ended, or null) and ``idempotency_key``; each upload with its answer and ``sha256``.

**Kept idempotency keys.** Only an accepted request is remembered under its key; a refused one may be mended and sent
again under the same key.

**References.** The sandbox's own upload and result URLs stand for their content. A URL elsewhere cannot be fetched
offline: a stand-in is painted from its text. A mask must be one of the sandbox's own files.

**Determinism.** A picture follows from the request with its defaults, the content of its references, its index and how
often the same request came before under this key; not from the task id or the time. One prompt at several qualities or
sizes is one drawing made several ways.
"""

from __future__ import annotations

import math
import time
import uuid
from collections.abc import Callable

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .ledger import Ledger
from .origin import read_origin
from .refusal import Refusal
from .service import Sandbox
from .studio import Studio


def create_app(
    *,
    seconds: float = 3.0,
    balance: float = 100.0,
    api_key: str | None = None,
    files_origin: str | None = None,
    clock: Callable[[], float] = time.time,
    flat: bool = False,
) -> Starlette:
    """The sandbox as an ASGI application; its state is a `Sandbox` at ``app.state.sandbox``.

    `seconds`: how long a task typically takes at low quality (0: completed at once). `balance`: what each account
    starts with, in US dollars; ``math.inf`` is an unlimited quota. `api_key`: the only key accepted; None takes any.
    `files_origin`: where pictures come from, such as ``https://files.example.com``; None derives it from the host a
    request was sent to (see `origin.files_origin_for`). `clock`: Unix seconds. `flat`: pictures of one colour, so that
    drawing does not count in a measurement. `ValueError` when one of them makes no sense.

    >>> import asyncio, httpx
    >>> async def models():
    ...     transport = httpx.ASGITransport(create_app())
    ...     async with httpx.AsyncClient(transport=transport, base_url="https://sandbox.apimart.invalid") as client:
    ...         answer = await client.get("/v1/models", headers={"Authorization": "Bearer any"})
    ...     return [model["id"] for model in answer.json()["data"]]
    >>> asyncio.run(models())
    ['gpt-image-1-official', 'gpt-image-1.5-official', 'gpt-image-2-official']
    """
    if not (math.isfinite(seconds) and seconds >= 0):
        raise ValueError(f"seconds is {seconds}. Write how long a task takes: 0 or more.")
    if not balance >= 0:
        raise ValueError(f"balance is {balance}. Write US dollars: 0 or more, or inf.")
    if files_origin is not None:
        files_origin = read_origin(files_origin)
    if api_key is not None and not api_key.strip():
        raise ValueError("api_key is blank. Write the key to accept, or None for any.")
    sandbox = Sandbox(seconds, Ledger(balance=balance), api_key, files_origin, clock, Studio(flat=flat))
    app = Starlette(
        routes=sandbox.routes(),
        exception_handlers={Refusal: _answer_refusal, HTTPException: _answer_http_error, Exception: _answer_defect},
    )
    app.router.redirect_slashes = False
    app.add_middleware(_RequestIds)
    app.state.sandbox = sandbox
    return app


class _RequestIds:
    """Puts an ``x-request-id`` on every answer; handlers find it at ``request.state.request_id``."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = f"req_{uuid.uuid4().hex}"
        scope.setdefault("state", {})["request_id"] = request_id

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["x-request-id"] = request_id
            await send(message)

        await self._app(scope, receive, send_with_id)


def _answer_refusal(request: Request, refusal: Exception) -> Response:
    assert isinstance(refusal, Refusal)
    return JSONResponse(refusal.body(), refusal.status, refusal.headers)


def _answer_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    call = f"{request.method} {request.url.path}"
    if error.status_code == 404:
        refusal = Refusal(404, "not_found", f"There is no {call} on this host.")
    elif error.status_code == 405:
        allowed = (error.headers or {}).get("Allow", "another method")
        refusal = Refusal(405, "method_not_allowed", f"There is no {call}. This path takes {allowed}.")
    else:
        refusal = Refusal(error.status_code, "bad_request", f"The request could not be read: {error.detail}")
    return JSONResponse(refusal.body(), error.status_code, error.headers)


def _answer_defect(request: Request, error: Exception) -> Response:
    refusal = Refusal(500, "sandbox_defect", f"The sandbox itself has a defect here ({type(error).__name__}: {error}).")
    # This answer is given outside the middleware that puts the id on all others.
    return JSONResponse(refusal.body(), 500, {"x-request-id": request.state.request_id})
