"""The key reaches the API's origin and nothing else: no message, log, traceback, pickle, image host or redirect."""

from __future__ import annotations

import asyncio
import copy
import json
import logging
import pickle
import traceback
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import httpx
import pytest

from apimart_widgets import errors
from apimart_widgets.client import AsyncClient
from apimart_widgets.config import APIKey
from tests.raw_server import Action, Drop, DropBeforeReading, RawServer, Request, Send, Trickle, answer, html

from .conftest import REQUEST, RecordingClock, Sandbox, talk

CANARY = "sk-canary-5f2b8e1d9c7a4036"
ODD_CANARY = "sk-canary-\N{ZERO WIDTH SPACE}5f2b8e1d9c7a4036"
LOGGERS = ("httpx", "httpcore", "asyncio", "apimart_widgets", "")
QUOTED = json.dumps({"error": {"code": CANARY, "message": f"Wrong key: {CANARY}", "type": CANARY}}).encode()
FAULTS: dict[str, Action] = {
    "dropped before": DropBeforeReading(),
    "dropped": Drop(),
    "reset": Drop(reset=True),
    "cut off": answer(200, b"{", content_length=100),
    "reset within": Send(answer(200, b"{", content_length=100), reset=True),
    "cut off refusal": answer(400, b"{", content_length=100),
    "garbage": b"garbage\r\n\r\n",
    "page": html(200),
    "page with the key": html(200, f"<p>{CANARY}</p>"),
    "list": answer(200, b"[]"),
    "no task": answer(200, b"{}"),
    "corrupt": answer(200, b"\x00", headers={"Content-Encoding": "gzip"}),
    "too large": answer(200, content_length=10**12),
    "slow": Trickle(b"", b""),
    "redirect": answer(302, headers={"Location": "http://127.0.0.1:1/"}),
    "refusal in 200": answer(200, QUOTED),
    "refusal of a model": answer(400, QUOTED.replace(b"Wrong", b"model")),
    **{f"status {status}": answer(status, QUOTED) for status in (400, 401, 402, 403, 404, 413, 422, 429, 500, 503)},
}
# A server that gives the key away by itself, in what httpcore notes at DEBUG level of every answer.
QUOTED_IN_THE_HEAD: dict[str, Action] = {
    "garbage": f"Bearer {CANARY}\r\n\r\n".encode(),
    "bad header": f"HTTP/1.1 200 OK\r\nBad header Bearer {CANARY}\r\n\r\n".encode(),
    "redirect": answer(302, headers={"Location": f"http://127.0.0.1:1/?key={CANARY}"}),
    "request id": answer(400, headers={"X-Request-Id": CANARY}),
}
CALLS: dict[str, Callable[[AsyncClient], Awaitable[Any]]] = {
    "submit": lambda client: client.submit(REQUEST),
    "upload": lambda client: client.upload(b"x", filename="a.png", content_type="image/png"),
    "balance": lambda client: client.balance(),
}


@pytest.fixture
def logged() -> Iterator[list[str]]:
    """Every log line of any level, formatted."""
    lines: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(f"{self.format(record)} {record.args!r}")

    keep, before = Keep(), {name: logging.getLogger(name).level for name in LOGGERS}
    logging.getLogger().addHandler(keep)
    for name in LOGGERS:
        logging.getLogger(name).setLevel(logging.DEBUG)
    yield lines
    logging.getLogger().removeHandler(keep)
    for name, level in before.items():
        logging.getLogger(name).setLevel(level)


def everything_shown(error: BaseException) -> str:
    """All that a person or a crash reporter may see of an exception, the locals of its package's frames included."""
    told = traceback.TracebackException.from_exception(error, capture_locals=True)
    # The frames of the test itself hold the key, as those of any caller may.
    for part in _chain(told):
        part.stack[:] = [frame for frame in part.stack if "tests" not in frame.filename.split("/")]
    pickled = pickle.dumps(error) if isinstance(error, errors.APIMartError) else b""
    return "".join([*told.format(), str(error), repr(error), repr(vars(error)), repr(error.args), str(pickled)])


def _chain(told: traceback.TracebackException | None) -> Iterator[traceback.TracebackException]:
    while told is not None:
        yield told
        told = told.__cause__ or told.__context__


def failure(use: Callable[[], Any]) -> BaseException:
    with pytest.raises(BaseException) as caught:  # noqa: PT011 - of whatever kind: it must not show the key
        use()
    return caught.value


# A read needs no task id, so an answer without one is no failure of it.
FAILURES = [(fault, call) for fault in FAULTS for call in CALLS if (fault, call) != ("no task", "balance")]


@pytest.mark.parametrize(("fault", "call"), FAILURES)
def test_no_failure_shows_the_key(fault: str, call: str, logged: list[str]) -> None:
    with RawServer([FAULTS[fault]]) as server:
        timeout = 0.5 if fault == "slow" else 30.0
        error = failure(lambda: talk(server.url, CALLS[call], key=CANARY, timeout=timeout))
        if fault != "dropped before":
            assert server.requests[0].headers["authorization"] == f"Bearer {CANARY}"
    assert isinstance(error, errors.APIError)
    shown = everything_shown(error)
    assert "client.py" in shown
    assert CANARY not in shown
    assert logged
    assert CANARY not in "\n".join(logged)
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), vars(again)) == (type(error), str(error), vars(error))


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("fault", QUOTED_IN_THE_HEAD)
def test_nor_where_the_server_quotes_it_in_the_head(fault: str, call: str) -> None:
    with RawServer([QUOTED_IN_THE_HEAD[fault]]) as server:
        error = failure(lambda: talk(server.url, CALLS[call], key=CANARY))
    assert isinstance(error, errors.APIError)
    assert CANARY not in everything_shown(error)


def test_a_quoted_key_is_replaced_in_what_the_server_said() -> None:
    with RawServer([answer(401, QUOTED)]) as server:
        error = failure(lambda: talk(server.url, CALLS["submit"], key=CANARY))
    assert isinstance(error, errors.AuthenticationError)
    assert (error.detail, error.code) == ("Wrong key: (hidden)", "(hidden)")


ODD_KEY = 'sk-canary/5f2b"8e1d\\9c7a+4036'
SPELLINGS: dict[str, Callable[[str], str]] = {
    "JSON": lambda key: json.dumps(key)[1:-1],
    "PHP": lambda key: json.dumps(key)[1:-1].replace("/", r"\/"),
    ".NET": lambda key: json.dumps(key)[1:-1].replace("+", r"\u002B"),
    "all escaped": lambda key: "".join(f"\\u{ord(c):04x}" for c in key),
    "JSON in JSON": lambda key: json.dumps(json.dumps({"key": key}).replace("/", r"\/"))[1:-1],
}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_key_quoted_in_escapes_is_replaced(spelling: str, encoding: str) -> None:
    quoted = SPELLINGS[spelling](ODD_KEY)
    body = f'{{"error": {{"code": "{quoted}", "message": "Wrong key: {quoted}"}}}}'.encode(encoding)
    with RawServer([answer(401, body)]) as server:
        error = failure(lambda: talk(server.url, CALLS["submit"], key=ODD_KEY))
    assert isinstance(error, errors.AuthenticationError)
    assert error.detail == "Wrong key: " + ('{"key": "(hidden)"}' if spelling == "JSON in JSON" else "(hidden)")
    shown = everything_shown(error)
    assert not any("5f2b" in part or "4036" in part for part in (shown, shown.encode().decode("unicode_escape")))


def test_nor_is_a_key_in_escapes_told_of_an_answer() -> None:
    told: list[dict[str, Any]] = []

    def notify(kind: str, detail: dict[str, Any]) -> None:
        told.append(detail)

    body = f'{{"data": {{"id": "t", "status": "pending", "key": "{SPELLINGS["PHP"](ODD_KEY)}"}}}}'.encode()
    with RawServer([answer(200, body)]) as server:
        talk(server.url, lambda client: client.retrieve("t", notify=notify), key=ODD_KEY)
    assert json.loads(told[-1]["answer"])["data"] == {"id": "t", "status": "pending", "key": "(hidden)"}


def test_a_key_of_the_sandbox_changes_no_answer() -> None:
    body = b'{"data": {"id": "a-task", "status": "a-b"}}'
    with RawServer([answer(200, body)]) as server:
        assert talk(server.url, lambda client: client.retrieve("x"), key="a").id == "a-task"


def test_no_success_shows_it_in_a_log(sandbox: Sandbox, logged: list[str]) -> None:
    async def use(client: AsyncClient) -> None:
        task = await client.submit(REQUEST)
        (image,) = (await client.retrieve(task.id)).images
        await client.download(image.url)
        await client.upload(await client.download(image.url), filename="a.png", content_type="image/png")
        await client.balance()
        assert CANARY not in repr(client) + repr(vars(client))

    sandbox.talk(use, key=CANARY)
    assert any("HTTP Request: POST" in line for line in logged)
    assert CANARY not in "\n".join(logged)
    assert sandbox.ledger()["keys_seen_by_files_host"] == 0


@pytest.mark.parametrize("origin", ["nonsense", "https://a.example/?key=1", "https://a:b@a.example"])
def test_settings_that_cannot_work(origin: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APIMART_API_KEY", CANARY)
    shown = everything_shown(failure(lambda: AsyncClient(base_url=origin)))
    assert CANARY not in shown
    monkeypatch.setenv("APIMART_BASE_URL", origin)
    assert CANARY not in everything_shown(failure(AsyncClient))


def test_a_key_that_cannot_be_right(monkeypatch: pytest.MonkeyPatch) -> None:
    given = everything_shown(failure(lambda: AsyncClient(ODD_CANARY)))
    monkeypatch.setenv("APIMART_API_KEY", ODD_CANARY)
    for shown in (given, everything_shown(failure(AsyncClient))):
        assert "its character 11 is not a plain letter" in shown
        assert "5f2b8e1d9c7a4036" not in shown


def test_an_interrupted_call_leaves_no_frames_of_the_transport() -> None:
    with RawServer([Trickle(b"", b"")]) as server:

        async def use(client: AsyncClient) -> None:
            call = asyncio.create_task(client.balance())
            await asyncio.to_thread(server.wait_for_requests, 1)
            call.cancel()
            await call

        error = failure(lambda: talk(server.url, use, key=CANARY))
    assert isinstance(error, asyncio.CancelledError)
    shown = everything_shown(error)
    assert "client.py" in shown
    assert "httpcore" not in shown
    assert CANARY not in shown


def test_the_client_and_its_key_are_not_pickled_or_shown() -> None:
    client = AsyncClient(CANARY, "https://api.example")
    assert repr(client) == "AsyncClient('https://api.example')"
    assert CANARY not in repr(vars(client))
    for thing in (client, APIKey(CANARY)):
        with pytest.raises(TypeError, match="not pickled"):
            pickle.dumps(thing)
        with pytest.raises(TypeError, match="not pickled"):
            copy.deepcopy(thing)


class TestImageHosts:
    def test_never_sent_to_where_a_picture_lies(self) -> None:
        def files(request: Request) -> bytes:
            return answer(302, headers={"Location": "/b"}) if request.path == "/a" else answer(200, b"picture")

        with RawServer(files) as host, RawServer([answer(200, b"{}", headers={"Set-Cookie": "id=1"})]) as api:

            async def use(client: AsyncClient) -> bytes:
                await client.balance()
                return await client.download(f"{host.url}/a")

            assert talk(api.url, use, key=CANARY) == b"picture"
            assert api.requests[0].headers["authorization"] == f"Bearer {CANARY}"
            assert len(host.requests) == 2
            assert CANARY not in str(host.requests)
            assert not any("authorization" in request.headers for request in host.requests)

    def test_nor_to_the_api_s_own_host(self) -> None:
        with RawServer([answer(200, b"picture")]) as server:
            talk(server.url, lambda client: client.download(f"{server.url}/v1/balance"), key=CANARY)
            assert CANARY not in str(server.requests)

    def test_nor_with_the_price_list(self) -> None:
        with RawServer([answer(200, b"{}")]) as server:
            talk(server.url, lambda client: client.price("m"), key=CANARY)
            assert CANARY not in str(server.requests)

    @pytest.mark.parametrize("call", CALLS)
    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    def test_nor_after_a_redirect(self, status: int, call: str) -> None:
        with RawServer([answer(200, b"{}")]) as other:
            with RawServer([answer(status, headers={"Location": f"{other.url}/v1/x"})]) as server:
                error = failure(lambda: talk(server.url, CALLS[call], key=CANARY))
            assert other.connections == 0
        assert "the key is not sent after it" in str(error)


def test_never_in_a_header_of_a_client_that_others_share() -> None:
    """The key stands on single requests: the connection pool and its defaults know nothing of it."""
    seen: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={"data": {"remain_balance": 1}})

    async def use() -> None:
        transport = httpx.MockTransport(handle)
        async with AsyncClient(CANARY, "https://api.example", transport=transport, clock=RecordingClock()) as client:
            await client.balance()
            await client.download("https://api.example/picture.png")

    asyncio.run(use())
    assert [request.headers.get("Authorization") for request in seen] == [f"Bearer {CANARY}", None]


def test_no_cookie_goes_back_to_who_set_it() -> None:
    async def use(client: AsyncClient) -> None:
        for _ in range(2):
            await client.download(f"{host.url}/a")

    with RawServer([answer(200, b"picture", headers={"Set-Cookie": "visitor=1; Path=/"})] * 2) as host:
        talk(host.url, use)
        assert ["cookie" in request.headers for request in host.requests] == [False, False]
