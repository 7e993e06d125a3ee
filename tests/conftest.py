"""What every test gets: no key, no library of the user's; and servers to talk to."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import apimart_widgets as am
from tests.sandbox_server import SandboxServer


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No test may spend with the developer's key or write into their library."""
    monkeypatch.delenv("APIMART_API_KEY", raising=False)
    monkeypatch.delenv("APIMART_BASE_URL", raising=False)
    monkeypatch.setenv("APIMART_LIBRARY", str(tmp_path / "library"))


@pytest.fixture(scope="session")
def instant_server() -> Iterator[SandboxServer]:
    """A sandbox server whose tasks are done at once."""
    with SandboxServer(seconds=0) as server:
        yield server


@pytest.fixture(scope="session")
def server() -> Iterator[SandboxServer]:
    """A sandbox server whose tasks take a quarter of a second or so."""
    with SandboxServer(seconds=0.2) as server:
        yield server


@pytest.fixture
def open_session() -> Iterator[Callable[..., am.Session]]:
    """Makes live sessions with a key of their own, in memory unless told otherwise, and closes them."""
    opened: list[am.Session] = []

    def make(base_url: str, **arguments: Any) -> am.Session:
        arguments.setdefault("library", ":memory:")
        session = am.Session(f"sk-test-{secrets.token_hex(8)}", base_url, **arguments)
        opened.append(session)
        return session

    yield make
    for session in opened:
        session.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests run last: Playwright keeps an event loop running on this thread until the browser is closed."""
    items.sort(key=lambda item: "browser" in item.path.parts)
