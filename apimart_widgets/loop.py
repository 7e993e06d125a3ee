"""The one background thread with its event loop, and ``run()`` for coroutines in a cell.

A kernel runs cells on its own loop and blocks it whenever a cell computes; polling there would stop. So all network
work of every session runs on one daemon thread, and Pillow, SQLite and the disk on a pool of two more. Nothing starts
at import: the thread starts with the first session. As the process ends, POSTs that are under way and what the pools
have to do get a few seconds; tasks of the server are not waited for.
"""

from __future__ import annotations

import asyncio
import atexit
import collections
import concurrent.futures
import contextlib
import contextvars
import os
import queue
import random
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from typing import Any, ParamSpec, TypeVar

import anyio.lowlevel

from .errors import ConfigurationError
from .interrupts import Flag, stoppable, uninterrupted
from .words import say

T = TypeVar("T")
P = ParamSpec("P")

# Waits are made of these: on some platforms an interrupt is only seen between two of them.
SLICE = 0.2

# So many calls may wait before whoever makes more of them lets the background thread have a turn; and for how long.
_BACKLOG, _TURN = 20, 0.005

# How long the end of a session or a process waits for answers at most, and how often it looks, in seconds.
# A kernel that is restarted is killed soon after.
LAST_WAIT, LOOK = 5.0, 0.01

# For how many turns of the loop nothing may be under way before the end of a process believes that.
_QUIET_TURNS = 20


class _Alarms(threading.local):
    """One context for every alarm of a thread: each would have a copy of its own, and ``wake`` looks at none."""

    def __init__(self) -> None:
        self.context = contextvars.Context()


_alarms = _Alarms()


class Clock:
    """Time as the client and the jobs see it; a test may pass one that does not wait."""

    def now(self) -> float:
        """Seconds since 1970."""
        return time.time()

    def monotonic(self) -> float:
        """Seconds since some moment, never set back."""
        return time.monotonic()

    def alarm(self, seconds: float) -> asyncio.Future[None]:
        """What is done after so many seconds; whoever waits for it may be woken earlier by ``wake``.

        As little as will do: a thousand jobs may wait at once, and each object among them lengthens the moments in
        which the interpreter collects garbage and everything stands still.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        loop.call_later(seconds, wake, future, context=_alarms.context)
        return future

    async def sleep(self, seconds: float) -> None:
        """Wait without holding up anything else."""
        await self.alarm(seconds)

    def jitter(self) -> float:
        """A random number in [0, 1)."""
        return random.random()


def wake(alarm: asyncio.Future[None]) -> None:
    """Have an alarm ring, unless it did or nobody waits for it any more."""
    if not alarm.done():
        alarm.set_result(None)


class WorkerPool(concurrent.futures.ThreadPoolExecutor):
    """Daemon threads for blocking work, which work on while a script waits in other threads than the main one.

    Python shuts the pools of its own down once the main thread has ended; a task id that came later could not be
    written down. asyncio takes no other kind, so this is one of theirs with its threads and its queue replaced.
    """

    def __init__(self, workers: int, name: str) -> None:
        super().__init__(workers, name)
        self._calls: queue.SimpleQueue[tuple[concurrent.futures.Future[Any], Callable[[], Any]]] = queue.SimpleQueue()
        # From the moment they are handed over: between the queue and its thread a call is in neither.
        self._unfinished: set[concurrent.futures.Future[Any]] = set()
        self._threads = {
            threading.Thread(target=self._work, name=f"{name}_{number}", daemon=True) for number in range(workers)
        }
        for thread in self._threads:
            thread.start()

    def submit(self, function: Callable[P, T], /, *args: P.args, **named: P.kwargs) -> concurrent.futures.Future[T]:
        """Have a function called on one of the threads, from any thread."""
        future: concurrent.futures.Future[T] = concurrent.futures.Future()
        with uninterrupted():  # counted and never called, it would be waited for at the end
            self._unfinished.add(future)
            self._calls.put((future, lambda: function(*args, **named)))
        return future

    def is_busy(self) -> bool:
        """Whether anything is left to do."""
        return bool(self._unfinished)

    def _work(self) -> None:
        while True:
            self._answer(*self._calls.get())

    def _answer(self, future: concurrent.futures.Future[T], call: Callable[[], T]) -> None:
        if future.set_running_or_notify_cancel():
            try:
                future.set_result(call())
            except BaseException as error:
                future.set_exception(error)
        # After whoever waits for it was told: what follows is on its way to the loop by now.
        self._unfinished.discard(future)


class IOThread:
    """A daemon thread with an event loop, and pools for blocking work beside it. Use ``io_thread()``, not this."""

    def __init__(self) -> None:
        self._process = os.getpid()
        self.loop = asyncio.new_event_loop()
        # Two workers: with four, decoding pictures stalls the kernel's own thread twice as long.
        self.executor = WorkerPool(2, "apimart-work")
        self.loop.set_default_executor(self.executor)
        # Apart from the two workers: a callback that waits for another job must not hold up that job's pictures.
        self.callbacks = WorkerPool(1, "apimart-callback")
        # How many POSTs of this thread are under way.
        self.unanswered = 0
        self._calls: collections.deque[Callable[[], object]] = collections.deque()
        self._called = False
        self._thread = threading.Thread(target=self._serve, name="apimart-io", daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        asyncio.set_event_loop(self.loop)
        # Imports what the first call would import in the midst of everybody else's work.
        self.loop.run_until_complete(anyio.lowlevel.checkpoint())
        self.loop.run_forever()

    def is_current(self) -> bool:
        """Whether the calling code runs on this thread. Raises ``ConfigurationError`` as ``check_process`` does."""
        self.check_process()
        return threading.current_thread() is self._thread

    def check_process(self) -> None:
        """Refuse to be used in a forked process: this thread does not run there, and would be waited for in vain.

        Raises:
            ConfigurationError: this is such a process.
        """
        if os.getpid() != self._process:
            raise ConfigurationError(say("loop.forked"))

    def submit(self, coroutine: Coroutine[Any, Any, T]) -> concurrent.futures.Future[T]:
        """Start a coroutine on this thread from any thread."""
        with uninterrupted():
            return asyncio.run_coroutine_threadsafe(coroutine, self.loop)

    def wait_for(self, answer: concurrent.futures.Future[T]) -> T:
        """Wait, on any other thread, for work that ``submit`` began. An interrupt ends the wait; the work goes on."""
        done = Flag()
        with uninterrupted():
            answer.add_done_callback(lambda _: done.set())
        with stoppable():
            while not done.wait(SLICE):
                pass
        with uninterrupted():
            return answer.result()

    def call(self, function: Callable[[], object]) -> None:
        """Call a function on this thread soon, from any thread."""
        self.check_process()
        with uninterrupted():
            self._calls.append(function)
            if not self._called:
                # Once for many: asyncio reads what wakes it until nothing more comes, and would read as long as a cell
                # submits jobs.
                self._called = True
                self.loop.call_soon_threadsafe(self._answer_calls)
        if len(self._calls) > _BACKLOG and not self.is_current():
            # That cell and those who commit its rows would hand the interpreter to each other, and never to this one.
            time.sleep(_TURN)

    def _answer_calls(self) -> None:
        self._called = False  # first: what comes from here on calls again
        while self._calls:
            self.loop.call_soon(self._calls.popleft())

    async def work(self, function: Callable[..., T], *args: Any) -> T:
        """Run blocking work on the pool and wait for it without holding up the loop."""
        return await self.loop.run_in_executor(self.executor, function, *args)

    async def settle(self) -> None:
        """Return once no POST is under way and the pools have nothing to do, as the process ends."""
        quiet = 0
        # Turns of the loop, not time: a step may be between the pool and the POST that comes of it, on a busy machine
        # for as long as you like, but it is never more than a few turns away.
        while quiet < _QUIET_TURNS:
            busy = self.unanswered or self.executor.is_busy() or self.callbacks.is_busy()
            quiet = 0 if busy else quiet + 1
            await asyncio.sleep(LOOK if busy else 0)


_lock = threading.Lock()
_io: IOThread | None = None


def io_thread() -> IOThread:
    """The process's one background thread, started on first use."""
    global _io
    with uninterrupted(), _lock:  # else it may be there, and nobody waits at the end for what it does
        if _io is None:
            _io = IOThread()
            atexit.register(_see_out)
        return _io


@contextlib.contextmanager
def unanswered() -> Iterator[None]:
    """A POST, which the end of the process waits for a little where it is sent by the background thread.

    Torn off it may be billed all the same, and nobody knows its task.
    """
    io = _io
    if io is None or not io.is_current():
        yield
        return
    io.unanswered += 1
    try:
        yield
    finally:
        io.unanswered -= 1


def _see_out() -> None:
    if _io is not None:
        with contextlib.suppress(concurrent.futures.TimeoutError, KeyboardInterrupt):
            _io.submit(_io.settle()).result(LAST_WAIT)


def _forget_after_fork() -> None:
    # A forked child has the parent's loop without the thread that ran it.
    global _io, _lock
    _io, _lock = None, threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_after_fork)


def run(awaitable: Awaitable[T]) -> T:
    """Run a coroutine to its end and return its value, from a cell or a plain function, whether a loop runs or not.

    In a notebook a loop is always running, which ``asyncio.run`` refuses. There nest-asyncio2, the maintained successor
    of nest-asyncio, lets the running loop run the coroutine; it is imported and applied here and nowhere else. An
    interrupt ends the wait at once and cancels the coroutine, not the jobs it was waiting for.

    Raises:
        ConfigurationError: called from the background thread itself, which would wait for itself.

    >>> async def answer():
    ...     return 42
    >>> run(answer())
    42
    """
    if _io is not None and _io.is_current():
        _close(awaitable)
        raise ConfigurationError(say("loop.run_on_io_thread"))
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        loop = _thread_loop()
    else:
        import nest_asyncio2

        nest_asyncio2.apply(loop)
    # A coroutine goes in as it is: within a wrapper it would warn when an interrupt comes before its first step.
    task: asyncio.Task[T] = loop.create_task(awaitable if asyncio.iscoroutine(awaitable) else _as_coroutine(awaitable))
    try:
        with stoppable():
            return loop.run_until_complete(task)
    except BaseException:
        if not task.done():
            task.cancel()
            loop.run_until_complete(asyncio.gather(task, return_exceptions=True))
        raise


def _close(awaitable: Awaitable[Any]) -> None:
    # A coroutine that is never awaited warns; it was refused on purpose.
    close = getattr(awaitable, "close", None)
    if asyncio.iscoroutine(awaitable) and close is not None:
        close()


async def _as_coroutine(awaitable: Awaitable[T]) -> T:
    return await awaitable


_own = threading.local()


def _thread_loop() -> asyncio.AbstractEventLoop:
    """This thread's loop for ``run``, kept between calls so that an ``AsyncClient`` may be used in several."""
    loop: asyncio.AbstractEventLoop | None = getattr(_own, "loop", None)
    if loop is None or loop.is_closed() or getattr(_own, "pid", None) != os.getpid():
        loop = asyncio.new_event_loop()
        _own.loop, _own.pid = loop, os.getpid()
        atexit.register(_close_own, loop, _own.pid)
    return loop


def _close_own(loop: asyncio.AbstractEventLoop, process: int) -> None:
    """Close a loop as its process ends; in one forked from it this would deafen the loop of the other."""
    if os.getpid() != process:
        # Whichever thread of the other it is of: let go of now, it would close itself.
        _own.inherited = [*getattr(_own, "inherited", ()), loop]
        return
    if loop.is_closed() or loop.is_running():  # by a thread that nobody waits for
        return
    # As asyncio.run does, and before the loop turns again: it would begin what nobody lets end, a POST that is billed
    # among it.
    for task in asyncio.all_tasks(loop):
        task.cancel()
    loop.run_until_complete(_leave(loop))
    loop.close()


async def _leave(loop: asyncio.AbstractEventLoop) -> None:
    """End what was left half read, as ``asyncio.run`` does: it would complain of that as it is dropped."""
    for _ in range(_QUIET_TURNS):  # each such generator lets go of the next one
        await asyncio.sleep(0)
    await loop.shutdown_asyncgens()
