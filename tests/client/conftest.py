"""What the client's tests share: a clock that never waits, and the sandboxes to speak to."""

from __future__ import annotations

import asyncio
import secrets
import ssl
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx
import pytest

from apimart_widgets import ImageRequest
from apimart_widgets.client import AsyncClient
from apimart_widgets.loop import Clock
from apimart_widgets.sandbox.app import create_app
from tests.in_process import InProcess
from tests.sandbox_server import SandboxServer

T = TypeVar("T")

KEY = "sk-test-0123456789abcdef"
REQUEST = ImageRequest("A red fox", quality="low")
IN_PROCESS_ORIGIN = "https://sandbox.apimart.invalid"
# Loading the certificates takes longer than a whole test: once is enough.
TLS = ssl.create_default_context()
NOW = 1_800_000_000.0


class RecordingClock(Clock):
    """Notes how long it was asked to wait, and returns at once."""

    def __init__(self) -> None:
        self.sleeps: list[float] = []

    def now(self) -> float:
        return NOW

    def alarm(self, seconds: float) -> asyncio.Future[None]:
        self.sleeps.append(seconds)
        return super().alarm(0)

    def jitter(self) -> float:
        return 0.0


def talk(
    url: str,
    use: Callable[[AsyncClient], Awaitable[T]],
    *,
    key: str = KEY,
    clock: Clock | None = None,
    timeout: float = 30.0,
) -> T:
    """What `use` makes of a client of the server at `url`, on a loop of its own; nothing waits between retries."""

    async def conversation() -> T:
        transport = httpx.AsyncHTTPTransport(verify=TLS)
        async with AsyncClient(
            key, url, transport=transport, clock=clock or RecordingClock(), timeout=timeout
        ) as client:
            return await use(client)

    return asyncio.run(conversation())


@dataclass
class Sandbox:
    """A sandbox and a key, thus an account, of this test's own."""

    origin: str
    http: httpx.Client
    transport: Callable[[], httpx.AsyncBaseTransport | None]
    key: str
    clock: RecordingClock

    def client(self, key: str | None = None) -> AsyncClient:
        return AsyncClient(key or self.key, self.origin, transport=self.transport(), clock=self.clock)

    def talk(self, use: Callable[[AsyncClient], Awaitable[T]], *, key: str | None = None) -> T:
        async def conversation() -> T:
            async with self.client(key) as client:
                return await use(client)

        return asyncio.run(conversation())

    def ledger(self) -> dict[str, Any]:
        found: dict[str, Any] = self.http.get(f"{self.origin}/sandbox/ledger").json()
        return found

    def tasks(self, idempotency_key: str) -> list[dict[str, Any]]:
        """The ledger's tasks of an idempotency key: the server on a port is shared by many tests."""
        return [task for task in self.ledger()["tasks"] if task["idempotency_key"] == idempotency_key]


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The servers of these tests are on this machine, whatever proxy stands in the environment."""
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def _in_process(**settings: Any) -> Iterator[Sandbox]:
    app = create_app(seconds=0, flat=True, **settings)
    with httpx.Client(transport=InProcess(app)) as http:
        yield Sandbox(
            IN_PROCESS_ORIGIN,
            http,
            lambda: httpx.ASGITransport(app),
            f"sk-test-{secrets.token_hex(8)}",
            RecordingClock(),
        )


def _on_a_port(server: SandboxServer) -> Iterator[Sandbox]:
    with httpx.Client(trust_env=False) as http:
        yield Sandbox(server.url, http, lambda: None, f"sk-test-{secrets.token_hex(8)}", RecordingClock())


@pytest.fixture(params=["in-process", "port"])
def sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """Each sandbox in turn: in this process, and as a server on a port."""
    if request.param == "in-process":
        yield from _in_process()
    else:
        yield from _on_a_port(request.getfixturevalue("instant_server"))


@pytest.fixture(scope="session")
def poor_server() -> Iterator[SandboxServer]:
    """A sandbox server whose accounts hold no money."""
    with SandboxServer(options=("--balance", "0")) as server:
        yield server


@pytest.fixture(params=["in-process", "port"])
def poor_sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """Each sandbox in turn, with nothing on the account."""
    if request.param == "in-process":
        yield from _in_process(balance=0.0)
    else:
        yield from _on_a_port(request.getfixturevalue("poor_server"))
