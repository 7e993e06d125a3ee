"""``Projector``: brings state to widgets, on one thread, a few times a second at most.

Widget traits written from several threads overwrite each other, and a running job changes many times a second. So
whoever changes state only says so (``schedule``), from any thread and at no cost; one thread then writes it all.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from ..interrupts import Flag, uninterrupted
from ..loop import WorkerPool

logger = logging.getLogger("apimart_widgets")

INTERVAL = 0.25
PATIENCE = 1.0  # s; what takes longer is not waited for

# One thread for every panel of the process: ipywidgets sends what it is told in the order it is told.
_executor: WorkerPool | None = None
_executor_lock = threading.Lock()


def _shared_executor() -> WorkerPool:
    global _executor
    with _executor_lock:
        if _executor is None:
            _executor = WorkerPool(1, "apimart-widgets")
        return _executor


class Projector:
    """Calls ``project`` soon after ``schedule``, at most once in ``interval`` seconds, never twice at a time."""

    def __init__(self, project: Callable[[], None], interval: float = INTERVAL) -> None:
        self._project = project
        self._interval = interval
        self._lock = threading.Lock()
        self._wanted = False
        self._closed = False
        self._last = 0.0

    def schedule(self) -> None:
        """Have the state brought to the widgets soon; from any thread, as often as one likes."""
        with uninterrupted():  # wanted and never handed over, nothing would be brought any more
            with self._lock:
                if self._wanted or self._closed:
                    return
                self._wanted = True
                wait = self._last + self._interval - time.monotonic()
            if wait <= 0:
                self._hand_over()
            else:
                timer = threading.Timer(wait, self._hand_over)
                timer.daemon = True
                timer.start()

    def bring(self) -> None:
        """Bring the state at once, as the answer to a gesture; on the widgets' thread."""
        with self._lock:
            self._wanted = True
        self._step()

    def settle(self) -> None:
        """Have what was scheduled brought now, and wait for it; not on the widgets' thread."""
        done = Flag()
        self._hand_over()
        _shared_executor().submit(done.set)
        done.wait(PATIENCE)

    def run(self, function: Callable[[], object]) -> None:
        """Have ``function`` called on the widgets' thread, after what was asked for before."""
        _shared_executor().submit(self._guarded, function)

    def close(self) -> None:
        """Bring nothing more."""
        with self._lock:
            self._closed = True

    def _hand_over(self) -> None:
        _shared_executor().submit(self._guarded, self._step)

    def _step(self) -> None:
        with self._lock:
            # Taken back before the state is read: what changes from here on asks for another turn.
            wanted, self._wanted = self._wanted, False
            self._last = time.monotonic()
            if self._closed or not wanted:
                return
        self._project()

    @staticmethod
    def _guarded(function: Callable[[], object]) -> None:
        try:
            function()
        except Exception:
            logger.exception("The panel could not be brought up to date")
