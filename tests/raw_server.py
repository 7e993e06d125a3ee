"""A raw-socket HTTP server for what a well-behaved server cannot do: broken answers, to the byte.

    with RawServer([answer(200, b"{}"), Drop()]) as server:
        httpx.get(server.url)                  # the first answer of the script
        httpx.get(server.url)                  # the second: the connection is closed without a byte
    assert [request.path for request in server.requests] == ["/", "/"]

A script is a list, one entry for each connection in order (the last one goes on for all that follow), or a callable
from a `Request` to an entry. Every connection is closed after one answer. An entry is `bytes`, sent as they are, or:

- ``Drop()`` closes the connection once the request was read, without an answer; ``Drop(reset=True)`` resets it;
- ``DropBeforeReading()`` resets it before anything is read (in a list only: a callable is asked with the request);
- ``Send(bytes, reset=True)`` sends, then resets instead of closing, so that the client sees a broken connection;
- ``Trickle(first, then)`` sends `first`, then `then` again and again, a moment apart, until the client or the server
  goes away.

`answer`, `chunked` and `html` make the bytes of an answer, a wrong Content-Length and broken chunks among them.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import struct
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import BinaryIO

_STOP_WITHIN = 5.0


@dataclass(frozen=True)
class Request:
    """A request as it arrived: header names in lower case, the body as bytes."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Drop:
    """Read the request, answer nothing."""

    reset: bool = False


@dataclass(frozen=True)
class DropBeforeReading:
    """Reset the connection as soon as it was made."""


@dataclass(frozen=True)
class Send:
    """Send bytes; then reset the connection instead of closing it when `reset`."""

    content: bytes
    reset: bool = False


@dataclass(frozen=True)
class Trickle:
    """Send `first`, then `then` every `pause` seconds, without end."""

    first: bytes
    then: bytes
    pause: float = 0.02


Action = bytes | Drop | DropBeforeReading | Send | Trickle
Script = Sequence[Action] | Callable[[Request], Action]


def answer(
    status: int = 200,
    body: bytes = b"",
    *,
    headers: Mapping[str, str] | None = None,
    content_type: str = "application/json",
    content_length: int | None = None,
) -> bytes:
    """A whole answer; `content_length` overrides the true one (too large: cut off; too small: more bytes follow)."""
    length = len(body) if content_length is None else content_length
    fields = {"Content-Type": content_type, "Content-Length": str(length), "Connection": "close", **(headers or {})}
    lines = [f"HTTP/1.1 {status} Status", *(f"{name}: {value}" for name, value in fields.items())]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def chunked(chunks: Iterable[bytes], *, status: int = 200, end: bytes = b"0\r\n\r\n") -> bytes:
    """A chunked answer; an `end` other than the proper one leaves it unfinished or makes it junk."""
    head = f"HTTP/1.1 {status} Status\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    parts = [f"{len(chunk):x}\r\n".encode() + chunk + b"\r\n" for chunk in chunks]
    return head.encode() + b"".join(parts) + end


def html(status: int = 502, text: str = "<html><body><h1>Bad gateway</h1></body></html>") -> bytes:
    """An HTML page where JSON belongs, as a proxy sends it."""
    return answer(status, text.encode(), content_type="text/html; charset=utf-8")


class RawServer:
    """The server: a context manager, on a free port of 127.0.0.1, one thread a connection."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._closing = threading.Event()
        self._changed = threading.Condition()
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._connections = 0
        self._requests: list[Request] = []
        self._defects: list[Exception] = []
        self._listener = socket.create_server(("127.0.0.1", 0))

    @property
    def url(self) -> str:
        """The origin, such as ``http://127.0.0.1:40123``."""
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    @property
    def requests(self) -> list[Request]:
        """Every request read so far, in order of arrival."""
        with self._changed:
            return list(self._requests)

    @property
    def connections(self) -> int:
        """How many connections were made, those dropped before a request was read among them."""
        with self._changed:
            return self._connections

    def wait_for_requests(self, count: int, timeout: float = 10.0) -> bool:
        """Wait until so many requests were read; False when they did not come in time."""
        with self._changed:
            return self._changed.wait_for(lambda: len(self._requests) >= count, timeout)

    def __enter__(self) -> RawServer:
        self._start(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        address = self._listener.getsockname()
        self._closing.set()
        with self._changed:
            for connection in self._open:
                # Wakes a thread that is sending or receiving; closing alone does not.
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        # Nor does closing a listener wake the thread that waits for a connection: a connection does.
        socket.create_connection(address).close()
        for thread in self._threads:
            thread.join(_STOP_WITHIN)
        self._listener.close()
        assert not any(thread.is_alive() for thread in self._threads), "a thread of the raw server did not end"
        if self._defects and error is None:
            raise self._defects[0]

    def _start(self, work: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True, name="raw-server")
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            if self._closing.is_set():
                connection.close()
                return
            with self._changed:
                number = self._connections
                self._connections += 1
                self._open.add(connection)
            self._start(self._serve, connection, number)

    def _serve(self, connection: socket.socket, number: int) -> None:
        try:
            self._converse(connection, number)
        except OSError:
            pass  # the client went away, which is what some tests are about
        except Exception as defect:  # raised again where the test can see it, when the server is left
            self._defects.append(defect)
        finally:
            with self._changed:
                self._open.discard(connection)
                connection.close()

    def _converse(self, connection: socket.socket, number: int) -> None:
        action = None if callable(self._script) else self._script[min(number, len(self._script) - 1)]
        if isinstance(action, DropBeforeReading):
            _reset_on_close(connection)
            return
        request = _read(connection)
        if request is None:
            return
        with self._changed:
            self._requests.append(request)
            self._changed.notify_all()
        if callable(self._script):
            action = self._script(request)
        self._act(connection, action)

    def _act(self, connection: socket.socket, action: Action | None) -> None:
        if isinstance(action, bytes):
            connection.sendall(action)
        elif isinstance(action, Send):
            connection.sendall(action.content)
            if action.reset:
                _reset_on_close(connection)
        elif isinstance(action, Drop):
            if action.reset:
                _reset_on_close(connection)
        elif isinstance(action, Trickle):
            connection.sendall(action.first)
            while not self._closing.wait(action.pause):
                connection.sendall(action.then)
        else:
            raise TypeError(f"a script of the raw server holds {action!r}, which is no action")


def _read(connection: socket.socket) -> Request | None:
    with connection.makefile("rb") as stream:
        first = stream.readline().decode("latin-1").split()
        if len(first) < 2:
            return None
        fields = http.client.parse_headers(stream)
        if fields.get("Transfer-Encoding", "").lower() == "chunked":
            body = b"".join(_chunks(stream))
        else:
            body = stream.read(int(fields.get("Content-Length", "0")))
    return Request(first[0], first[1], {name.lower(): value for name, value in fields.items()}, body)


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    while size := int(stream.readline().split(b";")[0], 16):
        yield stream.read(size)
        stream.readline()
    stream.readline()


def _reset_on_close(connection: socket.socket) -> None:
    # No lingering: closing then sends RST at once, as a crashed peer or a cut line would.
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
