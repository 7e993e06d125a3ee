"""How fast a sweep goes, and how smoothly: 200 tasks of a second, and 1,000 in flight. Numbers: nothing is asserted.

    python -m tests.benchmarks.sweep

The server draws flat pictures once and keeps them, so that painting does not count.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import gc
import json
import statistics
import sys
import tempfile
import time

import httpx

import apimart_widgets as am
from apimart_widgets.loop import io_thread
from tests.benchmarks.core import KEY, plain
from tests.sandbox_server import SandboxServer

TASKS, WIDTH, SECONDS = 200, 8, 1.0
IN_FLIGHT = 1000
_BEAT = 0.005


class SteadyServer(SandboxServer):
    """Tasks take what they are said to take: the sandbox's own differ by a quarter, as real ones do."""

    def __init__(self, *, seconds: float) -> None:
        super().__init__(seconds=seconds)
        steady = "import sys; from apimart_widgets.sandbox import __main__, service; service.spread = lambda _: 1.0"
        self._command = [sys.executable, "-c", f"{steady}; sys.exit(__main__.main(sys.argv[1:]))", *self._command[3:]]


def throughput() -> None:
    """200 tasks of 1 s at width 8: ours, and a pool of threads with plain blocking code; the ideal is 25 s."""
    ideal = TASKS / WIDTH * SECONDS
    with SteadyServer(seconds=SECONDS) as server:
        with (
            tempfile.TemporaryDirectory() as folder,
            am.Session(KEY, server.url, library=folder, max_concurrency=WIDTH) as session,
        ):
            sweep = session.sweep([f"A fox {number}" for number in range(TASKS)], quality="low")
            began = time.perf_counter()
            sweep.run(max_cost=100)
            ours = time.perf_counter() - began
            assert sweep.progress.done == TASKS
        with httpx.Client(trust_env=False) as client, concurrent.futures.ThreadPoolExecutor(WIDTH) as pool:
            began = time.perf_counter()
            list(pool.map(lambda _: plain(client, server.url), range(TASKS)))
            pooled = time.perf_counter() - began
    for name, seconds in (("a sweep", ours), ("threads, asking every 0.5 s", pooled)):
        print(f"  {name:32} {seconds:6.1f} s   {seconds / ideal:.2f} x the ideal {ideal:.0f} s")


class Collections:
    """How long the interpreter stood still to collect garbage, each time, in seconds: no thread runs meanwhile."""

    def __init__(self) -> None:
        self.took = [0.0]
        self._began = 0.0

    def __call__(self, phase: str, _: object) -> None:
        if phase == "start":
            self._began = time.perf_counter()
        else:
            self.took.append(time.perf_counter() - self._began)


async def _beats(until: asyncio.Event) -> list[float]:
    """How late the background loop wakes up, over and over, in seconds."""
    late = []
    while not until.is_set():
        due = time.perf_counter() + _BEAT
        await asyncio.sleep(_BEAT)
        late.append(time.perf_counter() - due)
    return late


def in_flight() -> None:
    """1,000 tasks in flight in one process: the longest stall of our own loop from the first submit to the last end."""
    io = io_thread()
    with (
        SandboxServer(seconds=30) as server,
        tempfile.TemporaryDirectory() as folder,
        am.Session(KEY, server.url, library=folder, max_concurrency=IN_FLIGHT) as session,
    ):
        collections = Collections()
        gc.callbacks.append(collections)
        done = asyncio.Event()
        beats = io.submit(_beats(done))
        began = time.perf_counter()
        jobs = [session.submit(f"A fox {number}", quality="low") for number in range(IN_FLIGHT)]
        submitted = time.perf_counter() - began
        for job in jobs:
            job.result(600)
        io.call(done.set)
        late = sorted(beats.result())
        gc.callbacks.remove(collections)
    print(f"  submitted in {submitted:.2f} s, all done after {time.perf_counter() - began:.1f} s")
    print(
        f"  stall of our loop: median {statistics.median(late) * 1000:.1f} ms,"
        f" 99 % {late[int(0.99 * len(late))] * 1000:.1f} ms,"
    )
    print(f"    longest {late[-1] * 1000:.1f} ms (goal: 50 ms),")
    print(f"    longest collection of garbage {max(collections.took) * 1000:.1f} ms")


def main() -> None:
    print(json.dumps({"python": sys.version.split()[0], "httpx": httpx.__version__}))
    print("\n200 tasks of 1 s, 8 at a time (goal: 1.15 x)")
    throughput()
    print("\n1,000 in flight")
    in_flight()


if __name__ == "__main__":
    main()
