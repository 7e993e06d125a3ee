"""The origins the contract is held against: the sandbox in this process, the sandbox on a port, and the live one.

`api` is each sandbox in turn. `free_api` adds the live origin, for calls that cost nothing, when APIMART_API_KEY is
set. All are spoken to with plain httpx, so that a mistake in this project's own client cannot hide one here.
"""

from __future__ import annotations

import os
import re
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from apimart_widgets.sandbox.app import create_app
from tests.in_process import InProcess

IN_PROCESS, ON_A_PORT, LIVE = "in-process", "port", "live"
SANDBOXES = [IN_PROCESS, ON_A_PORT]
ORIGINS = [*SANDBOXES, LIVE] if os.environ.get("APIMART_API_KEY") else SANDBOXES
SECONDS = 0.05
PATIENCE = 30.0


@dataclass(frozen=True)
class Api:
    """One origin and one key."""

    client: httpx.Client
    origin: str
    key: str

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.client.get(self.origin + path, headers=self._headers(more), **more)

    def post(self, path: str, **more: Any) -> httpx.Response:
        return self.client.post(self.origin + path, headers=self._headers(more), **more)

    def fetch(self, url: str, **more: Any) -> httpx.Response:
        """Fetch a file: without the key."""
        return self.client.get(url, **more)

    def generate(self, **fields: Any) -> httpx.Response:
        """POST a generation request; `headers` go with it."""
        headers = fields.pop("headers", {})
        body = {"model": "gpt-image-1-official", "prompt": "A red fox", "quality": "low", **fields}
        return self.post("/v1/images/generations", json=body, headers=headers)

    def task_id(self, **fields: Any) -> str:
        """Submit a request that is in order."""
        response = self.generate(**fields)
        assert response.status_code == 200, response.text
        return str(response.json()["data"][0]["task_id"])

    def finished(self, task_id: str) -> dict[str, Any]:
        """Ask for a task until it has ended."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            data: dict[str, Any] = self.get(f"/v1/tasks/{task_id}").json()["data"]
            if data["status"] in ("completed", "failed"):
                return data
            time.sleep(SECONDS / 4)  # HTTP has no event to wait for: asking again is what the API offers
        raise AssertionError(f"{task_id} did not end within {PATIENCE} s")

    def upload(self, content: bytes, name: str = "picture.png") -> httpx.Response:
        return self.post("/v1/uploads/images", files={"file": (name, content)})

    def _headers(self, more: dict[str, Any]) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.key}", **(more.pop("headers", None) or {})}


def assert_error(response: httpx.Response, status: int, param: str | None = None) -> dict[str, Any]:
    error: dict[str, Any] = response.json()["error"]
    assert response.status_code == status, response.text
    assert set(error) == {"code", "message", "type", "param"}
    assert error["message"].endswith(".")
    assert error["param"] == param
    assert response.headers["x-request-id"]
    return error


@pytest.fixture(scope="session")
def clients() -> Iterator[dict[str, tuple[httpx.Client, str]]]:
    """A client and an origin for each name in ORIGINS."""
    command = [sys.executable, "-m", "apimart_widgets.sandbox", "--port", "0", "--seconds", str(SECONDS), "--flat"]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server,
        httpx.Client(transport=InProcess(create_app(seconds=SECONDS, flat=True))) as in_process,
        httpx.Client(trust_env=False, timeout=PATIENCE) as on_a_port,
        httpx.Client(timeout=PATIENCE) as live,
    ):
        assert server.stdout is not None
        found = re.match(r"APIMart sandbox on (\S+) ", server.stdout.readline())
        assert found is not None
        yield {
            IN_PROCESS: (in_process, "https://sandbox.apimart.invalid"),
            ON_A_PORT: (on_a_port, found[1]),
            LIVE: (live, os.environ.get("APIMART_BASE_URL", "https://api.apimart.ai")),
        }
        server.terminate()


@pytest.fixture(params=SANDBOXES)
def api(request: pytest.FixtureRequest, clients: dict[str, tuple[httpx.Client, str]]) -> Api:
    """A sandbox, with an account of its own for this test."""
    return Api(*clients[request.param], key=f"sk-test-{secrets.token_hex(8)}")


@pytest.fixture(params=ORIGINS)
def free_api(request: pytest.FixtureRequest, clients: dict[str, tuple[httpx.Client, str]]) -> Api:
    """Any origin, for calls that cost nothing."""
    key = os.environ["APIMART_API_KEY"] if request.param == LIVE else f"sk-test-{secrets.token_hex(8)}"
    return Api(*clients[request.param], key=key)
