"""``run``: a coroutine to its end from a plain thread, a running loop, or not at all."""

from __future__ import annotations

import asyncio
import concurrent.futures
import gc
import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from apimart_widgets import errors
from apimart_widgets.client import AsyncClient
from apimart_widgets.loop import io_thread, run
from tests.raw_server import RawServer, Trickle
from tests.sandbox_server import SandboxServer

from .conftest import KEY, REQUEST, Sandbox

# nest-asyncio2 patches asyncio for the whole process, so a loop that runs already has a process of its own.
ON_A_RUNNING_LOOP = """
import asyncio, os, signal, sys, threading
from apimart_widgets import AsyncClient, ImageRequest, run

async def inner(client):
    task = await client.submit(ImageRequest("A red fox", quality="low"))
    return (await client.retrieve(task.id)).status

async def beside(ticks):
    while True:
        ticks.append(1)
        await asyncio.sleep(0)

async def endless(seen, soon):
    soon(signal.raise_signal, signal.SIGINT)
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        seen.append("cancelled")
        raise

async def fail():
    raise LookupError("as it was")

async def main():
    client, ticks, seen = AsyncClient("sk-test-run", sys.argv[1]), [], []
    other = asyncio.ensure_future(beside(ticks))
    print(run(inner(client)), run(inner(client)), run(client.balance()).used, (await client.balance()).used)
    print("others went on:", len(ticks) > 1)
    try:
        run(fail())
    except LookupError as error:
        print(repr(error))
    soon = asyncio.get_running_loop().call_soon
    try:
        run(endless(seen, soon))
    except KeyboardInterrupt:
        print("interrupted", seen)
    soon(signal.raise_signal, signal.SIGINT)
    try:
        run(endless(seen, soon))
    except KeyboardInterrupt:
        print("interrupted before it began", seen)
    print(run(client.models())[0])
    other.cancel()
    await client.aclose()

if sys.version_info >= (3, 11):
    # Its runner would take the interrupt for itself; a kernel leaves it to the code that runs.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    loop = asyncio.new_event_loop()
    loop.run_until_complete(main())
    loop.close()
else:
    asyncio.run(main())
"""


async def answer() -> int:
    await asyncio.sleep(0)
    return 42


async def failing() -> None:
    raise LookupError("as it was")


class TestOnAPlainThread:
    def test_gives_the_value_or_the_exception(self) -> None:
        assert run(answer()) == 42
        with pytest.raises(LookupError, match="as it was"):
            run(failing())

    def test_takes_any_awaitable(self) -> None:
        class Later:
            def __await__(self):  # type: ignore[no-untyped-def]
                return answer().__await__()

        assert run(Later()) == 42

    def test_a_client_lives_through_several_runs(self, sandbox: Sandbox) -> None:
        client = sandbox.client()
        task = run(client.submit(REQUEST))
        (image,) = run(client.retrieve(task.id)).images
        assert run(client.download(image.url)).startswith(b"\x89PNG")
        assert run(client.balance()).used == pytest.approx(0.011)
        run(client.aclose())

    def test_many_threads_at_once(self, instant_server: SandboxServer) -> None:
        start = threading.Barrier(8)

        def use(number: int) -> float | None:
            client = AsyncClient(f"{KEY}-run-{number}", instant_server.url)
            start.wait(30)
            run(client.submit(REQUEST))
            used = run(client.balance()).used
            run(client.aclose())
            return used

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            assert list(pool.map(use, range(8))) == [pytest.approx(0.011)] * 8


class TestInterrupts:
    @pytest.fixture
    def logged(self) -> Iterator[list[str]]:
        lines: list[str] = []
        handler = logging.Handler()
        handler.emit = lambda record: lines.append(record.getMessage())  # type: ignore[method-assign]
        logging.getLogger("asyncio").addHandler(handler)
        yield lines
        logging.getLogger("asyncio").removeHandler(handler)

    def test_end_the_wait_and_cancel_the_coroutine(self, logged: list[str]) -> None:
        seen: list[str] = []

        async def endless() -> None:
            asyncio.get_running_loop().call_soon(signal.raise_signal, signal.SIGINT)
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                seen.append("cancelled")
                raise

        with pytest.raises(KeyboardInterrupt):
            run(endless())
        assert seen == ["cancelled"]
        assert run(answer()) == 42
        assert logged == []

    def test_in_the_midst_of_its_own_code(self, logged: list[str]) -> None:
        async def busy() -> None:
            await asyncio.sleep(0)
            signal.raise_signal(signal.SIGINT)

        with pytest.raises(KeyboardInterrupt):
            run(busy())
        assert run(answer()) == 42
        gc.collect()
        assert logged == []

    def test_during_a_call_of_the_client(self) -> None:
        with RawServer([Trickle(b"", b"")]) as server:
            client = AsyncClient(KEY, server.url)

            async def call() -> None:
                loop = asyncio.get_running_loop()

                def interrupt_when_asked() -> None:
                    server.wait_for_requests(1)
                    loop.call_soon_threadsafe(signal.raise_signal, signal.SIGINT)

                loop.run_in_executor(None, interrupt_when_asked)
                await client.balance()

            with pytest.raises(KeyboardInterrupt):
                run(call())
            run(client.aclose())


class TestOnARunningLoop:
    def test_runs_within_it(self, instant_server: SandboxServer) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        command = [sys.executable, "-W", "error", "-c", ON_A_RUNNING_LOOP, instant_server.url]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment, check=False)
        assert (done.stderr, done.returncode) == ("", 0)
        assert done.stdout.splitlines() == [
            "completed completed 0.022 0.022",
            "others went on: True",
            "LookupError('as it was')",
            "interrupted ['cancelled']",
            "interrupted before it began ['cancelled']",
            "gpt-image-1-official",
        ]

    def test_is_refused_on_the_background_thread(self) -> None:
        async def use() -> None:
            run(answer())

        with pytest.raises(errors.ConfigurationError, match="Use await there"):
            io_thread().submit(use()).result(30)
