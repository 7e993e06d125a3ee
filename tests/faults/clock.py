"""Time that passes only while everybody sleeps, so that days of polling take milliseconds and go the same way again."""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import itertools
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from apimart_widgets.loop import Clock, IOThread

T = TypeVar("T")

START = 1_800_000_000.0


class CountingIO(IOThread):
    """The background thread, which knows how much of its blocking work is under way."""

    def __init__(self) -> None:
        super().__init__()
        self.busy = 0
        self.rested = asyncio.Event()

    async def work(self, function: Callable[..., T], *args: Any) -> T:
        future = self.loop.run_in_executor(self.executor, function, *args)
        self.busy += 1
        future.add_done_callback(self._done)
        return await future

    def _done(self, _: object) -> None:
        self.busy -= 1
        self.rested.set()


class VirtualClock(Clock):
    """Stands still until `run` is called; then it jumps to the next moment somebody sleeps until.

    It jumps only when nothing else on the background thread is left to do, and between two calls of `run` it stands,
    however long the test thread takes: what happens when does not depend on how fast the machine is.
    """

    def __init__(self, io: CountingIO) -> None:
        self.time = START
        self._io = io
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._count = itertools.count()
        self._called = asyncio.Event()

    def now(self) -> float:
        return self.time

    def monotonic(self) -> float:
        return self.time

    def jitter(self) -> float:
        return 0.5

    def alarm(self, seconds: float) -> asyncio.Future[None]:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.time + max(0.0, seconds), next(self._count), future))
        self._called.set()
        return future

    def pass_by(self, seconds: float) -> None:
        """Let time pass while nobody is there, as between two lives of a kernel."""
        self.time += seconds

    def run(self, until: Callable[[], bool] = lambda: False, *, jumps: int = 20_000) -> bool:
        """Let time pass until everything rests and `until` holds, nobody sleeps, or it has jumped `jumps` times.

        Returns whether `until` holds.
        """
        return self._io.submit(self._run(until, jumps)).result(60)

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Let time pass while the test thread waits for something itself."""
        over = asyncio.Event()
        running = self._io.submit(self._run_on(over))
        try:
            yield
        finally:
            self._io.call(over.set)
            self._io.call(self._called.set)
            running.result(60)

    async def _run(self, until: Callable[[], bool], jumps: int) -> bool:
        while True:
            await self._rest()
            if until() or jumps == 0 or not self._jump():
                return until()
            jumps -= 1

    async def _run_on(self, over: asyncio.Event) -> None:
        while not over.is_set():
            self._called.clear()
            await self._rest()
            if not self._jump() and not over.is_set():
                await self._called.wait()

    async def _rest(self) -> None:
        """Wait until nothing on this thread can go on without time passing."""
        ready = self._io.loop._ready  # type: ignore[attr-defined]
        while self._io.busy or ready:
            if ready:
                await asyncio.sleep(0)
            else:
                self._io.rested.clear()
                await self._io.rested.wait()

    def _jump(self) -> bool:
        while self._sleepers:
            moment, _, future = heapq.heappop(self._sleepers)
            if not future.done():
                self.time = max(self.time, moment)
                future.set_result(None)
                return True
        return False
