"""A real Jupyter kernel, spoken to as a front end does."""

from __future__ import annotations

import dataclasses
import queue
import time
from collections.abc import Iterator
from typing import Any

import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager

PATIENCE = 60.0


@dataclasses.dataclass
class Cell:
    """What a cell printed and showed, what became of that, and the exception it ended with."""

    text: str = ""
    error: str = ""
    traceback: str = ""
    displayed: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    updated: list[dict[str, Any]] = dataclasses.field(default_factory=list)

    def says(self, marker: str) -> bool:
        shown = (each.get("text/plain", "") for each in [*self.displayed, *self.updated])
        return marker in self.text or any(marker in text for text in shown)


class Kernel:
    """A kernel in a process of its own; `run` a cell, or `start` one and `interrupt` it."""

    def __init__(self) -> None:
        self._manager = KernelManager(kernel_name="python3")
        self._manager.start_kernel()
        self._client: BlockingKernelClient = self._manager.client()
        self._client.start_channels()
        self._client.wait_for_ready(timeout=PATIENCE)

    def close(self) -> None:
        self._client.stop_channels()
        self._manager.shutdown_kernel(now=True)

    def start(self, code: str) -> str:
        """Begin a cell; returns its id."""
        return self._client.execute(code)

    def run(self, code: str) -> Cell:
        """Run a cell to its end."""
        return self.finish(self.start(code))

    def interrupt_after(self, code: str, marker: str) -> tuple[Cell, float]:
        """Run a cell and press stop once it has shown `marker`; how it ended, and seconds from stop to end."""
        cell = Cell()
        identity = self.start(code)
        while not cell.says(marker):
            assert not self._step(identity, cell), f"the cell ended before it showed {marker!r}: {cell}"
        pressed = time.monotonic()
        self._manager.interrupt_kernel()
        self.finish(identity, cell)
        return cell, time.monotonic() - pressed

    def complete(self, code: str) -> list[str]:
        """The line as it would stand with each completion taken, asked for at its end."""
        identity = self._client.complete(code, len(code))
        while (reply := self._client.get_shell_msg(timeout=PATIENCE))["parent_header"].get("msg_id") != identity:
            pass
        content = reply["content"]
        return [code[: content["cursor_start"]] + text + code[content["cursor_end"] :] for text in content["matches"]]

    def finish(self, identity: str, cell: Cell | None = None) -> Cell:
        cell = cell or Cell()
        while not self._step(identity, cell):
            pass
        # ipykernel 7.3 may stop reading for good when a message comes just while it sends a reply (mended in 7.4).
        while self._client.get_shell_msg(timeout=PATIENCE)["parent_header"].get("msg_id") != identity:
            pass
        return cell

    def _step(self, identity: str, cell: Cell) -> bool:
        """Read one message; True when the cell has ended."""
        try:
            message = self._client.get_iopub_msg(timeout=PATIENCE)
        except queue.Empty:
            raise AssertionError(f"no word from the kernel within {PATIENCE} s; so far: {cell}") from None
        if message["parent_header"].get("msg_id") != identity:
            return False
        kind, content = message["msg_type"], message["content"]
        if kind == "stream":
            cell.text += content["text"]
        elif kind == "error":
            cell.error, cell.traceback = content["ename"], "\n".join(content["traceback"])
        elif kind in ("display_data", "execute_result"):
            cell.displayed.append(content["data"])
        elif kind == "update_display_data":
            cell.updated.append(content["data"])
        return bool(kind == "status" and content["execution_state"] == "idle")


SETUP = """
import asyncio, time
import apimart_widgets as am
session = am.Session(mode="sandbox", library=":memory:", sandbox_seconds=0.5)
"""


@pytest.fixture(scope="module")
def kernel() -> Iterator[Kernel]:
    """A kernel in which a sandbox `session` is open."""
    kernel = Kernel()
    try:
        cell = kernel.run(SETUP)
        assert not cell.error, cell.traceback
        yield kernel
    finally:
        kernel.close()
