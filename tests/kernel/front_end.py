"""A front end without a browser: it runs cells and speaks the widgets' side of the comm protocol, as JupyterLab does.

`FrontEnd.widgets` holds what a browser would hold: for every comm its state, the messages it got, the bytes it cost.
Nothing runs by itself: messages are read while `run` or `wait` waits for something.
"""

from __future__ import annotations

import dataclasses
import queue
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import Any

from ipywidgets.widgets.widget import _put_buffers
from jupyter_client.manager import KernelManager

from tests.kernel.conftest import PATIENCE, Cell

_WIDGETS, _CONTROL = "jupyter.widget", "jupyter.widget.control"
_PROTOCOL = {_WIDGETS: "2.1.0", _CONTROL: "1.0.0"}
_QUIET = 2.0
_SOURCE = ("_esm", "_css")


@dataclasses.dataclass
class Widget:
    """One comm: the state it has now, every change of it in order, and the messages it got with their buffers."""

    id: str
    state: dict[str, Any]
    updates: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    told: list[tuple[dict[str, Any], list[bytes]]] = dataclasses.field(default_factory=list)

    def messages(self, kind: str) -> list[dict[str, Any]]:
        """The messages of one kind."""
        return [content for content, _ in self.told if content.get("kind") == kind]

    def take_rows(self, told: dict[str, Any]) -> None:
        """Bring `rows` up to date, as the results view's own code does."""
        if "all" not in told:
            assert told["turn"] == self.state["turn"] + 1, "a message was missed"
        known = {row["id"]: row for row in [*self.state["rows"], *told.get("changed", ())]}
        ids = told.get("ids", dict.fromkeys([*told.get("added", ()), *(row["id"] for row in self.state["rows"])]))
        rows = told.get("all", [known[each] for each in ids])
        self.state |= {"rows": rows, "turn": told["turn"]}
        self.updates.append({"rows": rows})

    def thumbnails(self) -> dict[str, bytes]:
        """Every small picture that came, by the picture's id."""
        return {
            identity: buffer
            for content, buffers in self.told
            if content.get("kind") == "thumbnails"
            for identity, buffer in zip(content["ids"], buffers, strict=True)
        }


@dataclasses.dataclass
class Traffic:
    """What came from the kernel for widgets, in messages and bytes; ESM and CSS source counted apart."""

    opened: int = 0
    messages: int = 0
    json: int = 0
    source: int = 0
    binary: int = 0


class FrontEnd:
    """`with FrontEnd(manager) as front: front.run("panel")`."""

    def __init__(self, manager: KernelManager) -> None:
        self._client = manager.blocking_client()
        self.widgets: dict[str, Widget] = {}
        self.traffic = Traffic()
        self.complaints: list[str] = []
        self._cells: dict[str, Cell] = {}
        self._running: set[str] = set()
        self._subshells: dict[str, str | None] = {}

    def __enter__(self) -> FrontEnd:
        self._client.start_channels()
        self._client.wait_for_ready(timeout=PATIENCE)
        info = self._client.kernel_info(reply=True, timeout=PATIENCE)["content"]
        self.has_subshells = "kernel subshells" in info.get("supported_features", ())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.stop_channels()

    # ---- cells

    def start(self, code: str) -> str:
        """Begin a cell; returns its id."""
        identity = str(self._client.execute(code))
        self._cells[identity] = Cell()
        self._running.add(identity)
        return identity

    def run(self, code: str) -> Cell:
        """Run a cell to its end; one that raises is an error here too."""
        return self.finish(self.start(code))

    def finish(self, identity: str) -> Cell:
        """Wait for the end of a cell, and for the kernel's reply that says so."""
        self.wait(lambda: not self.busy(identity))
        # ipykernel 7.3 may stop reading for good when a message comes just while it sends a reply (mended in 7.4).
        while self._client.get_shell_msg(timeout=PATIENCE)["parent_header"].get("msg_id") != identity:
            pass
        cell = self._cells[identity]
        assert not cell.error, cell.traceback
        return cell

    def busy(self, identity: str) -> bool:
        """Whether the kernel has not said yet that it is done with a cell."""
        return identity in self._running

    def printed(self, identity: str) -> str:
        """What a cell has printed so far."""
        return self._cells[identity].text

    # ---- widgets

    def send(self, widget: Widget, *buffers: bytes, **content: Any) -> None:
        """Send a custom message, as a front end's `model.send` does."""
        self._comm("comm_msg", widget.id, {"method": "custom", "content": content}, buffers=buffers)

    def change(self, widget: Widget, **state: Any) -> None:
        """Change traits, as a front end's `model.save_changes` does."""
        widget.state.update(state)
        self._comm("comm_msg", widget.id, {"method": "update", "state": state, "buffer_paths": []})

    def restore(self) -> None:
        """Ask for the state of every widget, as a page does that was loaded again."""
        control = uuid.uuid4().hex
        self.widgets[control] = Widget(control, {})
        opened = self._comm("comm_open", control, {}, _CONTROL)
        self._running.add(opened)
        # ipykernel 7.4 looks for a comm before it has opened it, and warns.
        self.wait(lambda: not self.busy(opened))
        self._comm("comm_msg", control, {"method": "request_states"}, _CONTROL)
        self.wait(lambda: self.widgets[control].told)
        ((content, buffers),) = self.widgets.pop(control).told
        states = content["states"]
        paths = content["buffer_paths"]
        for (identity, *path), buffer in zip(paths, buffers, strict=True):
            _put_buffers(states[identity]["state"], [path], [buffer])
        for identity, each in states.items():
            self.widgets[identity] = Widget(identity, each["state"])

    def below(self, widget: Widget) -> Iterator[Widget]:
        """A widget and everything it shows, in order."""
        yield widget
        for reference in widget.state.get("children", ()):
            yield from self.below(self.widgets[reference.removeprefix("IPY_MODEL_")])

    # ---- the wire

    def wait(self, condition: Callable[[], object]) -> None:
        """Read messages until something is so."""
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < deadline, f"waited {PATIENCE} s; complaints: {self.complaints}"
            try:
                self._read(self._client.get_iopub_msg(timeout=_QUIET))
            except queue.Empty:
                continue

    def _comm(
        self, kind: str, identity: str, data: dict[str, Any], target: str = _WIDGETS, buffers: Sequence[bytes] = ()
    ) -> str:
        """Send a message of a comm to the kernel; returns the message's id."""
        content = {"comm_id": identity, "data": data}
        if kind == "comm_open":
            content["target_name"] = target
        message = self._client.session.msg(kind, content, metadata={"version": _PROTOCOL[target]})
        subshell = self._subshell(target)
        if subshell is not None:
            message["header"]["subshell_id"] = subshell
        self._client.session.send(self._client.shell_channel.socket, message, buffers=list(buffers))
        return str(message["msg_id"])

    def _subshell(self, target: str) -> str | None:
        """JupyterLab opens one subshell for every kind of comm where the kernel can."""
        if target not in self._subshells:
            self._subshells[target] = None
            if self.has_subshells:
                self._client.control_channel.send(self._client.session.msg("create_subshell_request", {}))
                reply = self._client.get_control_msg(timeout=PATIENCE)
                self._subshells[target] = reply["content"]["subshell_id"]
        return self._subshells[target]

    def _read(self, message: dict[str, Any]) -> None:
        kind, content = message["msg_type"], message["content"]
        identity = message["parent_header"].get("msg_id", "")
        if kind in ("comm_open", "comm_msg"):
            self._count(kind, content, message["buffers"])
            self._comm_came(kind, content, [bytes(buffer) for buffer in message["buffers"]])
        elif kind == "stream" and content["name"] == "stderr":
            self.complaints.append(content["text"])
        elif kind == "status" and content["execution_state"] == "idle":
            self._running.discard(identity)
        elif identity in self._cells:
            self._cell_said(identity, kind, content)

    def _cell_said(self, identity: str, kind: str, content: dict[str, Any]) -> None:
        cell = self._cells[identity]
        if kind == "stream":
            cell.text += content["text"]
        elif kind == "error":
            cell.error, cell.traceback = content["ename"], "\n".join(content["traceback"])
        elif kind in ("display_data", "execute_result"):
            cell.displayed.append(content["data"])

    def _comm_came(self, kind: str, content: dict[str, Any], buffers: list[bytes]) -> None:
        data = content["data"]
        if kind == "comm_open":
            _put_buffers(data["state"], data.get("buffer_paths", []), buffers)
            self.widgets[content["comm_id"]] = Widget(content["comm_id"], data["state"])
            return
        widget = self.widgets.get(content["comm_id"])
        if widget is None:  # made before this front end came
            return
        if data["method"] == "update":
            _put_buffers(data["state"], data.get("buffer_paths", []), buffers)
            widget.state.update(data["state"])
            widget.updates.append(data["state"])
        elif data["method"] == "custom":
            widget.told.append((data["content"], buffers))
            if data["content"].get("kind") == "rows":
                widget.take_rows(data["content"])
        elif data["method"] == "update_states":
            widget.told.append((data, buffers))

    def _count(self, kind: str, content: dict[str, Any], buffers: list[memoryview]) -> None:
        state = content["data"].get("state", {})
        source = sum(len(self._client.session.pack(state[name])) for name in _SOURCE if name in state)
        self.traffic.opened += kind == "comm_open"
        self.traffic.messages += 1
        self.traffic.json += len(self._client.session.pack(content)) - source
        self.traffic.source += source
        self.traffic.binary += sum(len(buffer) for buffer in buffers)
