"""`FaultTransport`: the way to the server, on which calls are dropped, delayed, refused and their answers spoilt."""

from __future__ import annotations

import dataclasses
import email.utils
import json
from collections.abc import Awaitable, Callable

import httpx

from apimart_widgets.loop import Clock
from tests.faults.server import BOMB, FILES, Server, cut, garbled

Act = Callable[[], httpx.Response]
Fault = Callable[[httpx.Request, Act, Clock], Awaitable[httpx.Response]]

# A moment on the way there and one on the way back, so that a test may stop the clock in between.
_ON_THE_WAY = 0.01


@dataclasses.dataclass(frozen=True)
class Call:
    """One call as it reached the transport, and what was done to it ("" is nothing)."""

    kind: str
    path: str
    key: str
    body: bytes
    fault: str
    at: float


class FaultTransport(httpx.AsyncBaseTransport):
    """In front of `server`: each call takes the next fault of its kind from `script`, while there are any.

    Kinds are "submit", "poll", "file", "upload" and "price"; an entry "" lets a call pass.
    """

    def __init__(self, server: Server, clock: Clock) -> None:
        self.server = server
        self.clock = clock
        self.script: dict[str, list[str]] = {}
        self.calls: list[Call] = []

    def calls_of(self, kind: str) -> list[Call]:
        return [call for call in self.calls if call.kind == kind]

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        body = await request.aread()
        kind = kind_of(request)
        left = self.script.get(kind)
        fault = left.pop(0) if left else ""
        key = request.headers.get("Idempotency-Key", "")
        self.calls.append(Call(kind, request.url.path, key, body, fault, self.clock.now()))
        await self.clock.sleep(_ON_THE_WAY)
        response = await FAULTS[fault](request, lambda: self.server(request, body), self.clock)
        await self.clock.sleep(_ON_THE_WAY)
        return response


def kind_of(request: httpx.Request) -> str:
    path = request.url.path
    if request.url.host == httpx.URL(FILES).host:
        return "file"
    if path == "/v1/images/generations":
        return "submit"
    if path.startswith("/v1/tasks/"):
        return "poll"
    return "upload" if path == "/v1/uploads/images" else "price"


def raises(error: type[httpx.TransportError], *, acts: bool = False, after: float = 0.0) -> Fault:
    async def fault(request: httpx.Request, act: Act, clock: Clock) -> httpx.Response:
        if acts:
            act()
        await clock.sleep(after)
        raise error("as the test has it", request=request)

    return fault


def answers(
    status: int, body: bytes = b"{}", *, acts: bool = False, kind: str = "application/json", **headers: str
) -> Fault:
    async def fault(request: httpx.Request, act: Act, clock: Clock) -> httpx.Response:
        if acts:
            act()
        fields = {"Content-Type": kind, **{name.replace("_", "-"): value for name, value in headers.items()}}
        return httpx.Response(status, content=body, headers=fields)

    return fault


def asks_to_wait(seconds: float) -> Fault:
    """429 with an HTTP date."""

    async def fault(request: httpx.Request, act: Act, clock: Clock) -> httpx.Response:
        moment = email.utils.formatdate(clock.now() + seconds, usegmt=True)
        return httpx.Response(429, headers={"Retry-After": moment})

    return fault


def spoils(change: Callable[[bytes], bytes]) -> Fault:
    """The server acts, and its answer arrives changed."""

    async def fault(request: httpx.Request, act: Act, clock: Clock) -> httpx.Response:
        response = act()
        return httpx.Response(response.status_code, content=change(response.content))

    return fault


def delays(seconds: float) -> Fault:
    async def fault(request: httpx.Request, act: Act, clock: Clock) -> httpx.Response:
        response = act()
        await clock.sleep(seconds)
        return response

    return fault


async def passes(request: httpx.Request, act: Act, clock: Clock) -> httpx.Response:
    return act()


_PAGE = b"<!doctype html><html><body><h1>Please log in</h1></body></html>"
_SHAPES = [{"data": {"status": "submitted"}}, {"data": [[], 3]}, {"data": "task"}, {}, [1, 2], "task", None, 12]

FAULTS: dict[str, Fault] = {
    "": passes,
    # ---- the server never saw it
    "no connection": raises(httpx.ConnectError),
    "no connection in time": raises(httpx.ConnectTimeout, after=15.0),
    "broken while sending": raises(httpx.WriteError),
    "429": answers(429),
    "429, 7 s": answers(429, Retry_After="7"),
    "429, a date": asks_to_wait(40),
    "429, a date gone by": asks_to_wait(-40),
    "429, 3600 s": answers(429, Retry_After="3600"),
    "429, a date far away": asks_to_wait(7200),
    "408": answers(408),
    "400": answers(400, b'{"error": {"message": "no: a fox \\ud83e"}}'),
    "500": answers(500, json.dumps({"error": "boom"}).encode()),
    "502": answers(502, _PAGE, kind="text/html"),
    "503": answers(503, Retry_After="2"),
    "504": answers(504, b""),
    # ---- it acted, and its answer was lost
    "no answer": raises(httpx.ReadError, acts=True),
    "no answer in time": raises(httpx.ReadTimeout, acts=True, after=60.0),
    "cut off": raises(httpx.RemoteProtocolError, acts=True),
    "slow": delays(45.0),
    "HTML": answers(200, _PAGE, acts=True, kind="text/html"),
    "half a character": spoils(lambda body: body[:-1] + b', "echo": "a fox \\ud83e"}'),
    "cut JSON": spoils(lambda body: body[: len(body) // 2]),
    **{
        f"wrong shape {place}": answers(200, json.dumps(shape).encode(), acts=True)
        for place, shape in enumerate(_SHAPES)
    },
    # ---- of a file
    "404": answers(404, b""),
    "403": answers(403, b"<Error/>"),
    "corrupt": spoils(garbled),
    "truncated": spoils(cut),
    "zero bytes": spoils(lambda body: b""),
    "bomb": spoils(lambda body: BOMB),
}

UNSENT = ("no connection", "no connection in time")
REFUSED = tuple(name for name in FAULTS if name.startswith("429"))
TROUBLE = ("408", "500", "502", "503", "504")
MISSHAPEN = tuple(name for name in FAULTS if name.startswith("wrong shape"))
UNANSWERED = ("broken while sending", "no answer", "no answer in time", "cut off", "HTML", "cut JSON", *MISSHAPEN)
HALVES = ("half a character",)
SPOILT = ("corrupt", "truncated", "zero bytes", "bomb")

BY_KIND: dict[str, tuple[str, ...]] = {
    "submit": (*UNSENT, *REFUSED, *TROUBLE, *UNANSWERED, *HALVES, "slow", "403", "404"),
    "poll": (*UNSENT, *REFUSED, *TROUBLE, *UNANSWERED, *HALVES, "slow", "403", "404"),
    "file": (*UNSENT, *REFUSED, *TROUBLE, "no answer", "no answer in time", "cut off", "HTML", *SPOILT, "slow", "404"),
    "upload": (*UNSENT, *REFUSED, *TROUBLE, *UNANSWERED, *HALVES, "slow"),
    "price": (*UNSENT, *REFUSED, *TROUBLE, *UNANSWERED, *HALVES, "slow"),
}
