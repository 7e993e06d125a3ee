"""How fast a sweep goes, and how smoothly: 200 tasks of a second, and 1,000 in flight."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import gc
import io
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator

import httpx

import apimart_widgets as am
from apimart_widgets.loop import io_thread
from tests.benchmarks.core import KEY, plain
from tests.benchmarks.figures import Figure, Section, alone, timed
from tests.sandbox_server import SandboxServer

TASKS, WIDTH, SECONDS = 200, 8, 1.0
IN_FLIGHT = 1000
THROUGHPUT_ROUNDS, IN_FLIGHT_ROUNDS = 3, 3
_BEAT = 0.005


class SteadyServer(SandboxServer):
    """Tasks take what they are said to take: the sandbox's own differ by a quarter, as real ones do."""

    def __init__(self, *, seconds: float) -> None:
        super().__init__(seconds=seconds)
        steady = "import sys; from apimart_widgets.sandbox import __main__, service; service.spread = lambda _: 1.0"
        self._command = [sys.executable, "-c", f"{steady}; sys.exit(__main__.main(sys.argv[1:]))", *self._command[3:]]


def throughput() -> Section:
    """200 tasks of 1 s at width 8: jobs, a sweep, and a pool of threads with plain blocking code; the ideal is 25 s."""
    ideal = TASKS / WIDTH * SECONDS
    taken: dict[str, list[float]] = {"jobs": [], "sweep": [], "threads": []}
    with SteadyServer(seconds=SECONDS) as server, httpx.Client(trust_env=False) as client:
        plain(client, server.url)
        for number in range(THROUGHPUT_ROUNDS):
            with _session(server, number) as session:
                taken["jobs"].append(timed(lambda: _as_jobs(session)))
                taken["sweep"].append(timed(lambda: _as_sweep(session)))
            taken["threads"].append(timed(lambda: _in_threads(client, server.url)))
    beside = {"threads, asking every 0.5 s": taken["threads"]}
    figures = [
        Figure(what="jobs", unit="s", ours=taken["jobs"], beside=beside),
        Figure(what="jobs, times the ideal", unit="x", ours=[each / ideal for each in taken["jobs"]], goal="1.05 x"),
        Figure(what="a sweep", unit="s", ours=taken["sweep"], beside=beside),
        Figure(
            what="a sweep, times the ideal", unit="x", ours=[each / ideal for each in taken["sweep"]], goal="1.15 x"
        ),
        Figure(what="threads, times the ideal", unit="x", ours=[each / ideal for each in taken["threads"]]),
    ]
    return Section(f"{TASKS} tasks of {SECONDS:g} s, {WIDTH} at a time (ideal {ideal:g} s)", figures)


@contextlib.contextmanager
def _session(server: SandboxServer, number: int) -> Iterator[am.Session]:
    """A session that has made one picture before, as the plain client has."""
    with (
        tempfile.TemporaryDirectory() as folder,
        am.Session(f"{KEY}-{number}", server.url, library=folder, max_concurrency=WIDTH) as session,
    ):
        session.generate("A fox", quality="low")
        yield session


def _as_jobs(session: am.Session) -> None:
    jobs = [session.submit(f"A fox {number}", quality="low") for number in range(TASKS)]
    for job in jobs:
        job.result()


def _as_sweep(session: am.Session) -> None:
    sweep = session.sweep([f"A vixen {number}" for number in range(TASKS)], quality="low")
    with contextlib.redirect_stderr(io.StringIO()):  # its progress, which is not the subject
        sweep.run(max_cost=100)
    assert sweep.progress.done == TASKS


def _in_threads(client: httpx.Client, url: str) -> None:
    with concurrent.futures.ThreadPoolExecutor(WIDTH) as pool:
        list(pool.map(lambda _: plain(client, url), range(TASKS)))


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


def in_flight() -> Section:
    """1,000 tasks in flight in one process: the longest stall of our own loop from the first submit to the last end."""
    # Alone, since collecting garbage takes longer among much.
    code = "from tests.benchmarks import sweep; sweep.print_in_flight()"
    found = [alone(code) for _ in range(IN_FLIGHT_ROUNDS)]
    goals = {"longest stall of our loop": "below 50 ms"}
    figures = [
        Figure(what=what, unit="ms", ours=[each[what] for each in found], goal=goals.get(what, "")) for what in found[0]
    ]
    return Section(f"{IN_FLIGHT:,} tasks in flight", figures)


def print_in_flight() -> None:
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
