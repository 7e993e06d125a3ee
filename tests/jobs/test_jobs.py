"""Jobs as a user meets them: in the background, several at once, waited for, interrupted, cancelled."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import apimart_widgets as am
from apimart_widgets.loop import io_thread
from tests.raw_server import Drop, RawServer, Request, answer
from tests.sandbox_server import SandboxServer
from tests.test_panel import wait_until

OpenSession = Callable[..., am.Session]
PATIENCE = 30.0
ROOT = Path(__file__).parents[2]

FEW_OBJECTS = """
import gc
import apimart_widgets as am
from tests.jobs.test_jobs import polls
from tests.test_panel import wait_until
with am.Session(mode="sandbox", library=":memory:", sandbox_seconds=600) as session:
    job = session.submit("A red fox")
    wait_until(lambda: polls(job) >= 1)
    kept = gc.get_referents(job)
    assert not any(type(each) is dict and "_status" in each for each in kept)
    gc.collect()
    assert not any(map(gc.is_tracked, job._events[:-1]))
"""


def test_a_job_brings_the_pictures_asked_for(open_session: OpenSession, instant_server: SandboxServer) -> None:
    session = open_session(instant_server.url)
    job = session.submit("A red fox", size="3:2", quality="low", n=4, output_format="jpeg")
    images = job.result(PATIENCE)

    assert [image.size for image in images] == [(1536, 1024)] * 4
    assert [image.index for image in images] == [0, 1, 2, 3]
    assert {image.format for image in images} == {"jpeg"}
    assert {image.task_id for image in images} == {job.task_id}
    assert [picture.size for picture in images.to_pil()] == [(1536, 1024)] * 4
    assert (job.status, job.progress, job.error, job.done()) == ("completed", 100.0, None, True)
    assert job.cost is not None
    assert not job.cost.estimated
    assert sum(image.cost or 0 for image in images) == pytest.approx(job.cost.amount)
    assert images[0].mode == "live"
    assert len(session.library) == 4


def test_events_tell_the_story_in_order(open_session: OpenSession, server: SandboxServer) -> None:
    job = open_session(server.url).submit("A red fox")
    job.result(PATIENCE)
    kinds = [event.kind for event in job.events]
    story = ["queued", "sending", "post", "submitted", "poll", "downloading", "downloaded", "completed"]
    assert [kind for kind in dict.fromkeys(kinds) if kind in story] == story
    assert [event.at for event in job.events] == sorted(event.at for event in job.events)
    assert "sk-test" not in str([str(event) for event in job.events])


def test_submit_returns_before_anything_is_done(open_session: OpenSession, server: SandboxServer) -> None:
    job = open_session(server.url).submit("A red fox [slow]")
    assert not job.done()
    assert job.status in ("queued", "sending", "submitted")
    assert job.result(PATIENCE)


def test_those_that_wait_take_no_task_of_the_loop() -> None:
    """Else a thousand of them are what the interpreter looks through whenever it collects garbage."""

    async def tasks() -> int:
        return len(asyncio.all_tasks())

    with am.Session(mode="sandbox", library=":memory:", max_concurrency=100, sandbox_seconds=600) as session:
        before = io_thread().submit(tasks()).result(PATIENCE)
        jobs = [session.submit(f"Fox {number}") for number in range(100)]
        wait_until(lambda: all(polls(job) for job in jobs))
        # One renews the hold on them all; some may be asking for the second time.
        assert io_thread().submit(tasks()).result(PATIENCE) - before < 50
        session.look_again(jobs[0])
        wait_until(lambda: polls(jobs[0]) >= 2)


@pytest.mark.skipif(sys.version_info < (3, 11), reason="every instance has a dictionary")
def test_a_job_has_few_enough_attributes_to_need_no_dictionary_of_its_own() -> None:
    """One object fewer of each that waits, as above.

    In a process of its own: what others did to instances of the class, such as interrupt their making, counts.
    """
    subprocess.run([sys.executable, "-c", FEW_OBJECTS], timeout=PATIENCE, check=True, cwd=ROOT)


def polls(job: am.Job) -> int:
    return [event.kind for event in job.events].count("poll")


def test_no_more_than_max_concurrency_are_in_flight(open_session: OpenSession, server: SandboxServer) -> None:
    session = open_session(server.url, max_concurrency=2)
    jobs = [session.submit(f"Fox {number}") for number in range(6)]
    for job in jobs:
        job.result(PATIENCE)
    sent = [next(event.at for event in job.events if event.kind == "sending") for job in jobs]
    ended = [next(event.at for event in job.events if event.kind == "completed") for job in jobs]
    in_flight = [sum(began <= moment < end for began, end in zip(sent, ended, strict=True)) for moment in sent]
    assert max(in_flight) == 2
    # First come, first served.
    assert sent == sorted(sent)
    assert session.jobs == tuple(jobs)


def test_a_queued_job_can_be_cancelled_and_a_sent_one_cannot(open_session: OpenSession, server: SandboxServer) -> None:
    session = open_session(server.url, max_concurrency=1)
    first = session.submit("First [slow]")
    second = session.submit("Second")
    before = server.ledger()["requests"]
    assert second.cancel() is True
    assert second.status == "cancelled"
    assert second.cancel() is False
    with pytest.raises(am.JobCancelledError, match="Nothing was billed"):
        second.result()
    third = session.submit("Third")
    assert first.result(PATIENCE)
    assert first.cancel() is False
    assert third.result(PATIENCE)
    row = session.library.job(second.id)
    assert row is not None
    assert (row["status"], row["sent"]) == ("cancelled", None)
    assert server.ledger()["requests"] <= before + 2


def test_a_cancelled_job_still_in_the_queue_does_not_hold_up_the_others(
    open_session: OpenSession, server: SandboxServer
) -> None:
    session = open_session(server.url, max_concurrency=1)
    jobs = [session.submit(f"Fox {number}") for number in range(4)]
    assert jobs[2].cancel()
    assert [len(jobs[number].result(PATIENCE)) for number in (0, 1, 3)] == [1, 1, 1]


def test_a_job_cancelled_while_its_picture_is_uploaded_does_not_hold_up_the_others() -> None:
    received = threading.Event()

    def slow(request: Request) -> bytes:
        if request.path == "/v1/uploads/images":
            assert received.wait(PATIENCE)
            return answer(200, b'{"url": "https://files.example/a.png"}')
        if request.method == "POST":
            return answer(200, b'{"code": 200, "data": [{"status": "submitted", "task_id": "task_1"}]}')
        return answer(200, b'{"code": 200, "data": {"id": "task_1", "status": "failed", "error": "enough"}}')

    with (
        RawServer(slow) as server,
        am.Session("sk-1", server.url, library=":memory:", max_concurrency=1) as session,
    ):
        first = session.submit("One", references=[Image.new("RGB", (2, 2))])
        second = session.submit("Two")
        wait_until(lambda: first.status == "uploading")
        assert first.cancel()
        try:
            with pytest.raises(am.TaskFailedError):
                second.result(PATIENCE / 2)
        finally:
            received.set()
        wait_until(lambda: (session.library.job(first.id) or {"finished": None})["finished"] is not None)
        posts = [request.body for request in server.requests if request.path == "/v1/images/generations"]
    assert [json.loads(body)["prompt"] for body in posts] == ["Two"]


def test_a_timeout_ends_the_wait_and_not_the_job(open_session: OpenSession, server: SandboxServer) -> None:
    job = open_session(server.url).submit("A red fox [slow]")
    with pytest.raises(am.JobTimeoutError, match="The job goes on"):
        job.result(timeout=0.05)
    with pytest.raises(TimeoutError):
        job.result(timeout=0)
    assert len(job.result(PATIENCE)) == 1


def test_done_callbacks_run_once_each_off_the_waiting_thread(open_session: OpenSession, server: SandboxServer) -> None:
    session = open_session(server.url)
    called: list[tuple[str, str]] = []
    ran = threading.Event()

    def note(job: am.Job) -> None:
        called.append((job.status, threading.current_thread().name))
        if len(called) == 2:
            ran.set()

    job = session.submit("A red fox")
    job.add_done_callback(note)
    job.result(PATIENCE)
    job.add_done_callback(note)
    assert ran.wait(PATIENCE)
    assert [status for status, _ in called] == ["completed", "completed"]
    assert threading.current_thread().name not in [name for _, name in called]


def test_a_callback_may_wait_for_another_job(open_session: OpenSession, server: SandboxServer) -> None:
    session = open_session(server.url)
    found: list[int] = []
    ran = threading.Event()

    def follow_up(job: am.Job) -> None:
        found.append(len(session.generate("And another", n=2)))
        ran.set()

    session.submit("A red fox").add_done_callback(follow_up)
    assert ran.wait(PATIENCE)
    assert found == [2]


def test_a_failing_callback_is_logged_and_harms_nobody(
    open_session: OpenSession, instant_server: SandboxServer, caplog: pytest.LogCaptureFixture
) -> None:
    session = open_session(instant_server.url)
    ran = threading.Event()

    def fail(job: am.Job) -> None:
        raise ZeroDivisionError("mine")

    job = session.submit("A red fox")
    job.add_done_callback(fail)
    job.add_done_callback(lambda job: ran.set())
    assert job.result(PATIENCE)
    assert ran.wait(PATIENCE)
    assert "done-callback" in caplog.text
    assert "ZeroDivisionError" in caplog.text


def test_jobs_can_be_awaited_on_any_loop(open_session: OpenSession, server: SandboxServer) -> None:
    session = open_session(server.url)

    async def both() -> list[am.ImageSet]:
        return list(await asyncio.gather(session.submit("One"), session.submit("Two", n=2)))

    assert [len(images) for images in asyncio.run(both())] == [1, 2]
    assert len(am.run(session.submit("Three"))) == 1


def test_cancelling_an_await_leaves_the_job(open_session: OpenSession, server: SandboxServer) -> None:
    session = open_session(server.url)
    job = session.submit("A red fox [slow]")

    async def impatient() -> None:
        await asyncio.wait_for(job, timeout=0.05)

    with pytest.raises(asyncio.TimeoutError):
        asyncio.run(impatient())
    assert not job.done()
    assert len(job.result(PATIENCE)) == 1


def test_hiding_a_job_keeps_its_pictures(open_session: OpenSession, server: SandboxServer) -> None:
    session = open_session(server.url)
    job = session.submit("A red fox")
    job.hide()
    assert job.hidden
    job.result(PATIENCE)
    assert [image.task_id for image in session.library] == [job.task_id]


@pytest.mark.parametrize(
    ("prompt", "kind", "words"),
    [
        ("[refuse] A fox", am.ContentPolicyError, "safety filter"),
        ("[fail] A fox", am.TaskFailedError, "could not make the picture"),
    ],
)
def test_refusals_and_failures_say_so_and_cost_nothing(
    open_session: OpenSession, instant_server: SandboxServer, prompt: str, kind: type[Exception], words: str
) -> None:
    session = open_session(instant_server.url)
    before = session.balance()
    job = session.submit(prompt)
    with pytest.raises(kind, match=words) as raised:
        job.result(PATIENCE)
    assert str(raised.value).endswith("Nothing was billed.")
    assert (job.status, len(job.images), job.cost) == ("failed", 0, None)
    assert session.balance() == before


def test_a_burst_limit_is_waited_out(open_session: OpenSession, instant_server: SandboxServer) -> None:
    job = open_session(instant_server.url).submit("[429] A fox")
    assert len(job.result(PATIENCE)) == 1
    assert [event.detail["wait"] for event in job.events if event.kind == "retry"] == [1.0]


def test_a_wrong_key_says_what_to_check(instant_server: SandboxServer) -> None:
    with am.Session("sk-wrong-1", instant_server.url, library=":memory:") as session:
        with pytest.raises(am.AuthenticationError) as raised:
            session.generate("A fox")
        message = str(raised.value)
        assert message.startswith("APIMart did not accept this key (401). Check APIMART_API_KEY.")
        assert message.endswith("Nothing was billed.")


def test_an_unreachable_origin_is_a_failure_with_nothing_billed() -> None:
    with am.Session("sk-1", "http://127.0.0.1:9", library=":memory:") as session:
        job = session.submit("A fox")
        with pytest.raises(am.APIConnectionError, match="could not be reached") as raised:
            job.result(PATIENCE)
        assert str(raised.value).endswith("Nothing was billed.")
        assert job.status == "failed"


def close_elsewhere(session: am.Session) -> None:
    thread = threading.Thread(target=session.close)
    thread.start()
    thread.join(PATIENCE)


def test_a_job_looked_at_again_while_its_session_is_closed_is_not_waited_for_in_vain(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with RawServer([Drop()]) as server:
        session = am.Session("sk-1", server.url, library=":memory:")
        job = session.submit("A fox")
        with pytest.raises(am.OutcomeUnknownError):
            job.result(PATIENCE)
        monkeypatch.setattr(session, "_check_open", lambda: close_elsewhere(session))
        session.look_again(job)
        with pytest.raises(am.JobError, match="session was closed"):
            job.result(PATIENCE)


@pytest.mark.parametrize("how", ["resumed", "reused"])
def test_a_job_taken_up_while_the_session_is_closed_is_not_waited_for_in_vain(
    how: str, monkeypatch: pytest.MonkeyPatch, server: SandboxServer, tmp_path: Path
) -> None:
    with am.Session("sk-1", server.url, library=tmp_path) as before:
        left = before.submit("A fox [slow]", quality="low")
        while left.task_id is None:
            time.sleep(0.01)
        if how == "resumed":
            before.close()
        session = am.Session("sk-1", server.url, library=tmp_path)
        restored = session._restored

        def closed_by_then(row: Any) -> am.Job:
            job = restored(row)
            close_elsewhere(session)
            return job

        monkeypatch.setattr(session, "_restored", closed_by_then)
        if how == "resumed":
            (job,) = session.resume().jobs
        else:
            job = session.submit("A fox [slow]", quality="low", reuse=True)
        with pytest.raises(am.JobError, match="session was closed"):
            job.result(PATIENCE)


def test_closing_a_session_ends_every_wait(server: SandboxServer) -> None:
    session = am.Session("sk-1", server.url, library=":memory:", max_concurrency=1)
    running, waiting = session.submit("One [slow]"), session.submit("Two [slow]")
    session.close()
    session.close()
    for job in (running, waiting):
        with pytest.raises(am.JobError, match="session was closed"):
            job.result()
    assert waiting.status == "cancelled"
    # Nobody shall look for a picture, or a bill, of what never left this machine.
    assert str(waiting.error) == "The session was closed before the job was sent. Nothing was billed."
    with pytest.raises(am.ConfigurationError, match="closed"):
        session.submit("Three")
