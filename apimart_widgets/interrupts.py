"""``uninterrupted()``, ``stoppable()`` and ``Flag``: what the stop button must not tear in half, and what it ends.

An interrupt raises ``KeyboardInterrupt`` between any two steps of the main thread. Between a job's place in the list of
jobs and its hand-over to the background thread it would leave a job that never ends; within a transaction, a database
that stays locked. It may wait for the few milliseconds these take.
"""

from __future__ import annotations

import collections
import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType
from typing import Any


@contextlib.contextmanager
def uninterrupted() -> Iterator[None]:
    """Let an interrupt of the main thread wait until the block has ended. Other threads never get one.

    >>> import signal
    >>> try:
    ...     with uninterrupted():
    ...         signal.raise_signal(signal.SIGINT)
    ...         print("whole")
    ... except KeyboardInterrupt:
    ...     print("and then interrupted")
    whole
    and then interrupted
    """
    handler = _handler()
    if not callable(handler):
        yield
        return
    came: list[tuple[int, FrameType | None]] = []
    # Python looks for signals that came before it changes the handler: there is no moment between the two.
    signal.signal(signal.SIGINT, lambda number, frame: came.append((number, frame)))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)
        if came:
            handler(*came[-1])


@contextlib.contextmanager
def stoppable() -> Iterator[None]:
    """Let an interrupt end a wait of the main thread in a cell that awaits something as well.

    While such a cell runs, ipykernel answers an interrupt by cancelling the cell's task. That comes to nothing before
    its loop turns again, which is when the wait is over.

    >>> with stoppable():
    ...     pass
    """
    handler = _handler()
    if getattr(handler, "__module__", None) != "ipykernel.ipkernel":
        yield
        return
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)


def _handler() -> Any:
    """What answers an interrupt of this thread; None of any but the main one, which never gets one."""
    return signal.getsignal(signal.SIGINT) if threading.current_thread() is threading.main_thread() else None


class Flag:
    """``threading.Event`` for threads that may be interrupted while they wait.

    That one, as ``Future`` does, takes a lock in Python code: an interrupt at the wrong step leaves it taken, and the
    background thread stands still for good when it comes to say that the work is done.

    >>> flag = Flag()
    >>> flag.wait(0.01)
    False
    >>> flag.set()
    >>> flag.wait(0.01)
    True
    """

    def __init__(self) -> None:
        self._set = False

    def is_set(self) -> bool:
        """Whether there is nothing to wait for."""
        return self._set

    def set(self) -> None:
        """End every wait."""
        self._set = True
        waiters = getattr(self, "_waiters", ())
        with contextlib.suppress(IndexError):
            while waiters:
                waiters.popleft().release()

    def clear(self) -> None:
        """Let waits begin again."""
        self._set = False

    def wait(self, timeout: float) -> bool:
        """Wait for ``set``, ``timeout`` seconds at most; whether it came."""
        waiter = threading.Lock()
        waiter.acquire()
        # Made by whoever waits first, in one step: of a thousand jobs each has a flag, and few are waited for at once.
        waiters: collections.deque[threading.Lock] = vars(self).setdefault("_waiters", collections.deque())
        # From here on it is released once and no more, by whoever sets the flag, even after an interrupt.
        waiters.append(waiter)
        if not self._set:
            waiter.acquire(timeout=timeout)
            with contextlib.suppress(ValueError):
                waiters.remove(waiter)
        return self._set
