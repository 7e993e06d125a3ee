"""How smoothly our loop runs: 1,000 tasks in flight.

What the measured process holds is what a session needs: collecting garbage takes the longer the more there is.
"""

from __future__ import annotations

import asyncio
import gc
import json
import statistics
import tempfile
import time

import apimart_widgets as am
from apimart_widgets.loop import io_thread
from tests.benchmarks.figures import KEY, Figure, Section, alone
from tests.sandbox_server import SandboxServer

IN_FLIGHT, ROUNDS = 1000, 5
_BEAT = 0.005


class Collections:
    """When the interpreter stood still to collect garbage, from and until, in seconds: no thread runs meanwhile."""

    def __init__(self) -> None:
        self.spans: list[tuple[float, float]] = []
        self._began = 0.0

    def __call__(self, phase: str, _: object) -> None:
        if phase == "start":
            self._began = time.perf_counter()
        else:
            self.spans.append((self._began, time.perf_counter()))

    def within(self, began: float, ended: float) -> float:
        """Seconds of a span that they took."""
        return sum(max(0.0, min(ended, last) - max(began, first)) for first, last in self.spans)


async def _beats(until: asyncio.Event) -> list[tuple[float, float]]:
    """How late the background loop wakes up, over and over: when it was due and when it did, in seconds."""
    beats = []
    while not until.is_set():
        due = time.perf_counter() + _BEAT
        await asyncio.sleep(_BEAT)
        beats.append((due, time.perf_counter()))
    return beats


def section() -> Section:
    """1,000 tasks in flight in one process: the longest stall of our own loop from the first submit to the last end."""
    code = "from tests.benchmarks import in_flight; in_flight.print_stalls()"
    found = [alone(code) for _ in range(ROUNDS)]
    goals = {"longest stall of our loop": "below 50 ms"}
    figures = [
        Figure(what=what, unit="ms", ours=[each[what] for each in found], goal=goals.get(what, "")) for what in found[0]
    ]
    return Section(f"{IN_FLIGHT:,} tasks in flight", figures)


def print_stalls() -> None:
    """Milliseconds of one round, as JSON."""
    thread = io_thread()
    with (
        SandboxServer(seconds=30) as server,
        tempfile.TemporaryDirectory() as folder,
        am.Session(KEY, server.url, library=folder, max_concurrency=IN_FLIGHT) as session,
    ):
        collections = Collections()
        gc.callbacks.append(collections)
        done = asyncio.Event()
        beating = thread.submit(_beats(done))
        began = time.perf_counter()
        jobs = [session.submit(f"A fox {number}", quality="low") for number in range(IN_FLIGHT)]
        submitted = time.perf_counter() - began
        for job in jobs:
            job.result(600)
        thread.call(done.set)
        beats = beating.result()
        gc.callbacks.remove(collections)
    late = sorted(woke - due for due, woke in beats)
    seconds = {
        "submitting them all": submitted,
        "median stall of our loop": statistics.median(late),
        "99th percentile": late[int(0.99 * len(late))],
        "longest stall of our loop": late[-1],
        "longest collection of garbage": max(last - first for first, last in collections.spans),
        "longest stall, those apart": max(woke - due - collections.within(due, woke) for due, woke in beats),
    }
    print(json.dumps({what: each * 1000 for what, each in seconds.items()}))
