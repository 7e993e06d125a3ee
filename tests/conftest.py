"""What every test gets: no key, no library of the user's; and servers to talk to."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import apimart_widgets as am
from tests.sandbox_server import SandboxServer

Measured = Callable[[str, object], None]
"""What ``record_property`` is: a figure's name and its value, printed at the end."""


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


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests have measured (``record_property``), since what they print themselves is lost beside others."""
    reports = [report for reports in terminalreporter.stats.values() for report in reports]
    calls = [report for report in reports if getattr(report, "when", None) == "call"]
    measured = [figure for report in calls for figure in report.user_properties]
    if measured:
        terminalreporter.section("measured")
    for name, value in measured:
        terminalreporter.write_line(f"{name}: {value}")
