"""The stop button, at every step of every call that sends something: no job is left that never ends, none unlisted."""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType

import pytest

import apimart_widgets as am
from apimart_widgets import loop
from apimart_widgets.loop import WorkerPool
from apimart_widgets.widgets.projector import Projector
from tests.sandbox_server import SandboxServer
from tests.test_panel import wait_until

PATIENCE = 60.0


def interrupted(call: Callable[[], object], step: int) -> bool:
    """Run ``call`` and press stop at its ``step``-th step; False where it has no more than that.

    A step is where the interpreter looks for signals: as a function is entered, and as one of C returns.
    """
    steps = 0

    def count(frame: FrameType, event: str, arg: object) -> None:
        nonlocal steps
        if event in ("call", "c_return"):
            steps += 1
            if steps == step:
                sys.setprofile(None)
                signal.raise_signal(signal.SIGINT)

    try:
        sys.setprofile(count)
        try:
            call()
        finally:
            sys.setprofile(None)
    except KeyboardInterrupt:
        return True
    return steps >= step


Call = Callable[[am.Session, int], object]


def submit(session: am.Session, step: int) -> object:
    return session.submit(f"A fox {step}", quality="low")


def reuse(session: am.Session, step: int) -> object:
    return session.submit(f"A fox {step}", quality="low", reuse=True)


def submit_and_cancel(session: am.Session, step: int) -> object:
    return session.submit(f"A fox {step}", quality="low").cancel()


def retry(session: am.Session, step: int) -> object:
    return session.retry(session.jobs[0])


@pytest.mark.parametrize("budget", [None, 1000.0])
@pytest.mark.parametrize("call", [submit, reuse, submit_and_cancel, retry])
@pytest.mark.timeout(100)
# Where it comes while Python tidies up, the interpreter reports it and goes on.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_every_step_may_be_the_last(call: Call, budget: float | None, instant_server: SandboxServer) -> None:
    with am.Session("sk-stop", instant_server.url, library=":memory:", daily_budget=budget) as session:
        before = len(instant_server.ledger()["tasks"])
        step = 0
        pressed = True
        while pressed:
            # With a budget the steps are much the same: every fifth will do.
            step += 1 if budget is None else 5
            if call is retry:
                refused = session.submit(f"[refuse] A fox {step}", quality="low")
                with pytest.raises(am.ContentPolicyError):
                    refused.result(PATIENCE)
                pressed = interrupted(lambda refused=refused: session.retry(refused), step)  # type: ignore[misc]
                if refused.retried_by is not None:
                    with pytest.raises(am.ContentPolicyError):
                        refused.retried_by.result(PATIENCE)
                    assert refused.retried_by in session.jobs
            else:
                pressed = interrupted(lambda: call(session, step), step)  # noqa: B023
        assert step > 50
        for job in session.jobs:
            with contextlib.suppress(am.ContentPolicyError, am.JobCancelledError):
                job.result(PATIENCE)
        assert len(session.generate("And the next one", quality="low", timeout=PATIENCE)) == 1
        # What the server was asked for is what the session lists.
        sent = sum(job.task_id is not None for job in session.jobs)
        assert len(instant_server.ledger()["tasks"]) - before == sent


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_session_whose_close_is_interrupted_can_still_be_closed() -> None:
    step, pressed = 0, True
    while pressed:
        step += 1
        session = am.Session(mode="sandbox", library=":memory:", sandbox_seconds=60)
        job = session.submit("A fox")
        pressed = interrupted(session.close, step)
        session.close()
        with pytest.raises(am.JobError, match="session was closed"):
            job.result(PATIENCE)
    assert step > 10


def test_a_call_is_handed_to_a_pool_whole_or_not_at_all() -> None:
    pool = WorkerPool(1, "test-pool")
    step, pressed = 0, True
    while pressed:
        step += 1
        pressed = interrupted(lambda: pool.submit(int), step)
        pool.submit(int).result(PATIENCE)
        wait_until(lambda: not pool.is_busy())
    assert step > 5


def test_a_background_thread_that_is_there_is_waited_for_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    registered: list[object] = []

    def press_and_register(function: object) -> None:
        signal.raise_signal(signal.SIGINT)
        registered.append(function)

    monkeypatch.setattr(loop, "_io", None)
    monkeypatch.setattr("atexit.register", press_and_register)
    with pytest.raises(KeyboardInterrupt):
        loop.io_thread()
    assert (loop._io is not None) == bool(registered)


@pytest.mark.parametrize("interval", [0.0, 0.05])
def test_what_is_scheduled_is_brought_after_an_interrupt_too(interval: float) -> None:
    step, pressed = 0, True
    while pressed:
        step += 1
        brought = threading.Event()
        projector = Projector(brought.set, interval)
        projector._last = time.monotonic()
        pressed = interrupted(projector.schedule, step)
        projector.schedule()
        assert brought.wait(PATIENCE)
    assert step > 5
