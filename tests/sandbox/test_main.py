"""`python -m apimart_widgets.sandbox`: the command that serves."""

from __future__ import annotations

import contextlib
import signal
import socket
import subprocess
import sys
from collections.abc import Callable

import pytest

from apimart_widgets.sandbox.__main__ import listen, main


def code_of(run: Callable[[], int]) -> int | str | None:
    """The exit code, returned or raised (argparse raises its own)."""
    try:
        return run()
    except SystemExit as stop:
        return stop.code


def names_of_this_machine() -> list[str]:
    names = ["127.0.0.1", "localhost"]
    # Not every machine has IPv6.
    with contextlib.suppress(OSError), socket.create_server(("::1", 0), family=socket.AF_INET6):
        names.append("::1")
    return names


@pytest.mark.parametrize("host", names_of_this_machine())
def test_both_names_of_this_machine_have_the_same_port(host: str) -> None:
    sockets = listen(host, 0)
    try:
        port = sockets[0].getsockname()[1]
        for family, *_, address in socket.getaddrinfo("localhost", port, type=socket.SOCK_STREAM):
            with socket.socket(family, socket.SOCK_STREAM) as client:
                client.connect(address)
    finally:
        for listener in sockets:
            listener.close()


def test_a_port_in_use_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["--port", str(port)]) == 2
    assert capsys.readouterr().err == (
        f"Port {port} on 127.0.0.1 is in use. Choose another with --port, or --port 0 for any free one.\n"
    )


@pytest.mark.parametrize(
    "arguments", [["--port", "70000"], ["--port", "x"], ["--seconds", "-1"], ["--balance", "nan"], ["--key", ""]]
)
def test_what_cannot_be_used_is_told(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert code_of(lambda: main(["--port", "0", *arguments])) == 2
    assert "Write" in (error := capsys.readouterr().err) or "port" in error


def test_an_interrupt_ends_it_quietly() -> None:
    command = [sys.executable, "-m", "apimart_widgets.sandbox", "--port", "0", "--key", "sk-given"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        lines = [server.stdout.readline() for _ in range(3)]
        server.send_signal(signal.SIGINT)
        _, errors = server.communicate(timeout=30)
    assert lines[0].startswith("APIMart sandbox on http://127.0.0.1:")
    assert "(pictures come from http://localhost:" in lines[0]
    assert "APIMART_BASE_URL=http://127.0.0.1:" in lines[1]
    assert "sk-given" not in lines[1]
    assert (server.returncode, errors) == (0, "")
