"""``python -m apimart_widgets.sandbox --port N --seconds S``: the sandbox as a server for any client of the API.

The first line printed is the address. Both names of this machine are served, because pictures come from the one that
the API was not called by.
"""

from __future__ import annotations

import argparse
import contextlib
import errno
import socket
import sys
from collections.abc import Sequence

import uvicorn

from .app import create_app
from .origin import files_origin_for

_NO_IPV6 = {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}
_ATTEMPTS_AT_A_FREE_PORT = 20


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until interrupted; the exit code: 0 after an interrupt, 2 when something given cannot be used."""
    given = _parser().parse_args(arguments)
    try:
        app = create_app(seconds=given.seconds, balance=given.balance, api_key=given.key, flat=given.flat)
        sockets = listen(given.host, given.port)
    except (ValueError, OSError) as error:
        print(_sentence(error, given.host, given.port), file=sys.stderr)
        return 2
    with contextlib.suppress(KeyboardInterrupt):
        config = uvicorn.Config(app, log_level="warning", access_log=False, lifespan="off", ws="none")
        _Server(config, given.host, given.key).run(sockets=sockets)
    return 0


class _Server(uvicorn.Server):
    """Says its address once it serves and knows what to do with an interrupt: whoever reads it may act at once."""

    def __init__(self, config: uvicorn.Config, host: str, key: str | None) -> None:
        super().__init__(config)
        self._host = host
        self._key = key

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        assert sockets is not None
        _announce(self._host, sockets[0].getsockname()[1], self._key)


def listen(host: str, port: int) -> list[socket.socket]:
    """Listening sockets for a host; port 0 finds a free one. `OSError` when the port is in use.

    For this machine's own names there are two, IPv4 and IPv6, with the same port: ``localhost`` may mean either, and a
    stranger behind the other one would be sent our requests.

    >>> sockets = listen("127.0.0.1", 0)
    >>> len({one.getsockname()[1] for one in sockets})
    1
    >>> for one in sockets: one.close()
    """
    if host not in ("127.0.0.1", "localhost", "::1"):
        return [_listen(socket.AF_INET6 if ":" in host else socket.AF_INET, host, port)]
    for _ in range(_ATTEMPTS_AT_A_FREE_PORT):
        first = _listen(socket.AF_INET, "127.0.0.1", port)
        try:
            return [first, _listen(socket.AF_INET6, "::1", first.getsockname()[1])]
        except OSError as error:
            if error.errno in _NO_IPV6 and host != "::1":
                return [first]
            first.close()
            if port or error.errno != errno.EADDRINUSE:
                raise
    raise OSError(errno.EADDRINUSE, "no port is free on both 127.0.0.1 and ::1")


def _listen(family: socket.AddressFamily, host: str, port: int) -> socket.socket:
    # With the protocol named, asyncio turns Nagle's algorithm off; without, every small answer waits 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if sys.platform != "win32":  # there the option would share the port with a running server
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind((host, port))
        listener.listen(128)
    except OSError:
        listener.close()
        raise
    return listener


def _announce(host: str, port: int, key: str | None) -> None:
    api = f"http://{'127.0.0.1' if host == 'localhost' else f'[{host}]' if ':' in host else host}:{port}"
    print(f"APIMart sandbox on {api} (pictures come from {files_origin_for(api)})")
    print(f"Point a client at it: APIMART_BASE_URL={api} APIMART_API_KEY={'<the key given>' if key else 'anything'}")
    print("Ctrl-C stops it.", flush=True)


def _sentence(error: ValueError | OSError, host: str, port: int) -> str:
    if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
        return f"Port {port} on {host} is in use. Choose another with --port, or --port 0 for any free one."
    if isinstance(error, OSError):
        return f"Cannot serve on {host}, port {port}: {error.strerror or error}."
    return str(error)


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text} is no port. Write a number from 0 to 65535.")
    return int(text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m apimart_widgets.sandbox", description="The APIMart image API, offline."
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
    parser.add_argument(
        "--port", type=_port, default=8765, help="port to listen on; 0 finds a free one (default: 8765)"
    )
    parser.add_argument("--seconds", type=float, default=3.0, help="typical time of a low-quality task (default: 3)")
    parser.add_argument("--balance", type=float, default=100.0, help="US dollars each key starts with (default: 100)")
    parser.add_argument("--key", help="the only key to accept (default: any)")
    parser.add_argument("--flat", action="store_true", help="plain pictures of one colour, for measurements")
    return parser


if __name__ == "__main__":
    sys.exit(main())
