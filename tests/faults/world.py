"""`World`: a library folder, a server, the way to it and a clock; sessions come and go in it as kernels do."""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import apimart_widgets as am
from apimart_widgets import runner
from apimart_widgets.jobs import Job
from apimart_widgets.ledger import HOLD
from apimart_widgets.resumption import Resumption
from tests.faults.clock import CountingIO, VirtualClock
from tests.faults.server import ORIGIN, Server
from tests.faults.transport import FaultTransport

_session_module = importlib.import_module("apimart_widgets.session")
_io: list[CountingIO] = []


def io_of_tests() -> CountingIO:
    """One background thread for all these tests, as a process has one."""
    if not _io:
        _io.append(CountingIO())
    return _io[0]


class World:
    """`life` counts the restarts."""

    def __init__(self, folder: Path, **server: Any) -> None:
        self.folder = folder
        self.io = io_of_tests()
        self.clock = VirtualClock(self.io)
        self.server = Server(self.clock.now, **server)
        self.transport = FaultTransport(self.server, self.clock)
        self._past: list[Job] = []
        self.life = 0
        self.refused: set[int] = set()  # lives in which the ledger could not be written
        self.began: list[int] = [0]  # of each life: how many calls there had been
        self._open: list[am.Session] = []

    @property
    def script(self) -> dict[str, list[str]]:
        return self.transport.script

    @property
    def sessions(self) -> list[am.Session]:
        """Those open, the newest last."""
        return list(self._open)

    @property
    def session(self) -> am.Session:
        return self._open[-1]

    @property
    def handles(self) -> list[Job]:
        """All jobs that anybody ever got hold of, those of the newest session last."""
        return self._past + self.jobs

    @property
    def jobs(self) -> list[Job]:
        """Of all sessions that are open."""
        return [job for session in self._open for job in session.jobs]

    def open(self, *, key: str = "sk-faults", origin: str = ORIGIN, **settings: Any) -> am.Session:
        with self.patched():
            session = am.Session(key, origin, **{"library": self.folder, **settings})
        # There is no power cut in these tests: the hundreds of commits need not reach the disk one by one.
        with session.library._lock:
            session.library._db.execute("PRAGMA synchronous = OFF")
        self._open.append(session)
        return session

    @contextlib.contextmanager
    def patched(self) -> Iterator[None]:
        def client(*args: Any, **settings: Any) -> am.AsyncClient:
            return am.AsyncClient(*args, **{"transport": self.transport, **settings})

        with (
            mock.patch.object(_session_module, "AsyncClient", client),
            mock.patch.object(_session_module, "Clock", return_value=self.clock),
            mock.patch.object(_session_module, "io_thread", return_value=self.io),
        ):
            yield

    def submit(self, prompt: str = "A red fox", **fields: Any) -> Job:
        return self.session.submit(prompt, **{"size": "1:1", "quality": "low", **fields})

    def finish(self, *jobs: Job) -> None:
        """Let time pass until jobs are done, by default all of the newest session."""
        waiting = jobs or self.session.jobs
        assert self.clock.run(lambda: all(job.done() for job in waiting)), [str(job) for job in waiting]

    # ---- the ends of a life

    def close(self) -> None:
        """The newest kernel is shut down in good order, and its process ends."""
        session = self._open.pop()
        session.close()
        self._next_life(session)

    def crash(self) -> None:
        """The newest kernel dies: nobody lets go of anything. Time passes until its holds are over."""
        session = self._open.pop()
        session.library.let_go = lambda *_: None  # type: ignore[method-assign]
        session._runner.settle = lambda: None  # type: ignore[method-assign]
        session._runner._leave_unsent = lambda: None  # type: ignore[method-assign]
        session.close()
        self.clock.pass_by(HOLD + 1)
        self._next_life(session)

    def end(self, *, crashes: bool) -> None:
        """All kernels end."""
        while self._open:
            self.crash() if crashes else self.close()

    def _next_life(self, ended: am.Session) -> None:
        self._past += ended.jobs
        runner._posted_here.clear()
        self.life += 1
        self.server.life = self.life
        self.began.append(len(self.transport.calls))

    def restart(self, **settings: Any) -> Resumption:
        """Close, open again, and take up what was left."""
        self.close()
        return self.open(**settings).resume()

    def leave(self) -> None:
        while self._open:
            self._open.pop().close()
        runner._posted_here.clear()

    # ---- what there is

    def posts(self, key: str, *, life: int | None = None) -> list[bytes]:
        """The bytes of every request with this key, in one life or in all."""
        calls = self.transport.calls
        if life is not None:
            calls = calls[self.began[life] : [*self.began, len(calls)][life + 1]]
        return [call.body for call in calls if call.kind == "submit" and call.key == key]

    def row(self, job: Job) -> dict[str, Any]:
        row = self.session.library.job(job.id)
        assert row is not None
        return row

    def kinds(self, job: Job) -> list[str]:
        """The kinds of the events that the ledger keeps."""
        return [kind for _, kind, _ in self.session.library.events(job.id)]

    def kept(self, job: Job) -> list[bytes]:
        """The pictures of a job in the library."""
        images = self.session.library.images_of(job.id)
        return [image.bytes for _, image in sorted(images.items()) if image is not None]
