"""The sandbox as a server process on a port of its own, for tests that need a real one."""

from __future__ import annotations

import re
import subprocess
import sys
from types import TracebackType
from typing import Any

import httpx


class SandboxServer:
    """`with SandboxServer(seconds=0) as server: server.url`, `server.ledger()`.

    Pictures are flat colours unless `flat=False`: painting is not what these tests are about.
    """

    def __init__(self, *, seconds: float = 0.0, flat: bool = True, options: tuple[str, ...] = ()) -> None:
        command = [sys.executable, "-m", "apimart_widgets.sandbox", "--port", "0", "--seconds", str(seconds), *options]
        self._command = [*command, "--flat"] if flat else command
        self.url = ""

    def __enter__(self) -> SandboxServer:
        self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        first = self._process.stdout.readline()
        found = re.match(r"APIMart sandbox on (\S+) ", first)
        assert found is not None, first
        self.url = found[1]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.communicate()

    def ledger(self) -> dict[str, Any]:
        """What the server has seen and billed."""
        found: dict[str, Any] = httpx.get(f"{self.url}/sandbox/ledger", trust_env=False).json()
        return found
