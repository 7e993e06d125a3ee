"""How fast a sweep goes: 200 tasks of a second."""

from __future__ import annotations

import concurrent.futures
import contextlib
import io
import sys
import tempfile
from collections.abc import Iterator

import httpx

import apimart_widgets as am
from tests.benchmarks.core import plain
from tests.benchmarks.figures import KEY, Figure, Section, timed
from tests.sandbox_server import SandboxServer

TASKS, WIDTH, SECONDS = 200, 8, 1.0
ROUNDS = 3


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
        for number in range(ROUNDS):
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
