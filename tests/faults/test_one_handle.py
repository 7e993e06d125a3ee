"""One job of a session for each row, moved along once: whoever else comes to it, and whenever it is let go of."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from typing import Any

import pytest

import apimart_widgets as am
from apimart_widgets import runner
from apimart_widgets.catalog import Estimate
from apimart_widgets.jobs import Job
from tests.faults.server import PRICE, png
from tests.faults.test_restarts import until_call
from tests.faults.test_two_kernels import PATIENCE, kinds
from tests.faults.world import World
from tests.test_panel import wait_until

LOST = ["broken while sending"] * 2


def row_of(session: am.Session, job: am.Job) -> dict[str, Any]:
    row = session.library.job(job.id)
    assert row is not None
    return row


# ---- what another session brought to its end


def test_looking_again_for_what_another_session_completed_asks_the_server_for_nothing(
    make_world: Callable[..., World],
) -> None:
    world = make_world(honours_keys=False)
    one = world.open()
    world.script["submit"] = list(LOST)
    job = world.submit(n=2)
    world.clock.run(job.done)
    two = world.open()
    other = two.submit(job.request, reuse=True)
    two.look_again(other)
    world.clock.run(other.done)
    assert (job.status, other.status) == ("unknown", "completed")
    posts, pictures = world.posts(job.idempotency_key), [image.bytes for image in other.images]
    one.look_again(job)
    world.clock.run(job.done)
    assert job.status == row_of(one, job)["status"] == "completed"
    assert [image.bytes for image in job.images] == pictures
    assert world.posts(job.idempotency_key) == posts


def test_what_could_not_be_fetched_here_and_was_elsewhere_is_had_by_asking_for_the_same(world: World) -> None:
    one = world.session
    world.script["file"] = ["403"] * 20
    job = world.submit()
    world.clock.run(job.done)
    world.script["file"] = []
    two = world.open()
    (other,) = two.resume().jobs
    world.clock.run(other.done)
    assert (job.status, other.status) == ("failed", "completed")
    assert one.submit(job.request, reuse=True) is job
    assert one.made(job.request) == (job,)
    assert [image.bytes for image in job.result()] == world.server.tasks["task_0"].pictures


def test_a_task_that_another_kernel_learned_of_is_asked_for_and_not_ordered_again(
    make_world: Callable[..., World],
) -> None:
    world = make_world(honours_keys=False)
    one = world.open()
    world.server.fates = ["slow"] * 3
    world.script["submit"] = list(LOST)
    job = world.submit()
    world.clock.run(job.done)
    runner._posted_here.clear()
    two = world.open()
    (other,) = two.resume().jobs
    world.clock.run(lambda: other.status == "processing")
    two.close()
    posts = world.posts(job.idempotency_key)
    assert one.resume().jobs == (job,)
    world.clock.run(job.done)
    assert (job.status, job.task_id) == ("completed", "task_0")
    assert world.posts(job.idempotency_key) == posts


def test_who_was_taken_up_and_left_before_anything_was_written_is_not_forgotten(world: World) -> None:
    world.script["submit"] = list(LOST)
    job = world.submit()
    world.clock.run(job.done)
    runner._posted_here.clear()
    rows, _ = world.session.library.take(world.session._scope, now=world.clock.now())
    assert row_of(world.session, job)["status"] == "sending"
    world.session.library.let_go()
    world.clock.pass_by(80 * 3600.0)
    session = world.open()
    assert session.resume().jobs == ()
    row = row_of(session, job)
    assert [each["id"] for each in rows] == [job.id]
    assert row["status"] == "unknown"
    assert row["finished"] is not None


def test_the_pictures_of_a_second_task_are_fetched_where_those_of_the_first_are_kept(
    make_world: Callable[..., World],
) -> None:
    world = make_world(honours_keys=False)
    session = world.open()
    commit, tries = session.library.set_job, itertools.count()

    def locked(*given: Any, **columns: Any) -> None:
        # When the first task gave its number, and when it had come to its end.
        if next(tries) >= 1:
            raise am.LibraryError("The library is locked for now. Try again.")
        commit(*given, **columns)

    session.library.set_job = locked  # type: ignore[method-assign]
    job = world.submit(n=2)
    world.clock.run(job.done)
    assert world.kept(job) == world.server.tasks["task_0"].pictures
    world.crash()
    (again,) = world.open().resume().jobs
    world.finish()
    assert again.task_id == "task_1"
    assert world.kept(again) == [image.bytes for image in again.images] == world.server.tasks["task_1"].pictures


# ---- two threads


def test_a_job_sent_and_asked_for_at_the_same_time_has_one_handle(make_world: Callable[..., World]) -> None:
    world = make_world(honours_keys=False)
    world.open(max_concurrency=1)
    world.server.fates = ["endless", "good"]
    world.submit("First")
    world.submit("Fox")
    until_call(world, "poll")
    world.close()
    session = world.open()
    unsent = session.resume().unsent
    read, asking = session.library.events, threading.Thread(target=lambda: world.submit("Fox", reuse=True))
    calls = itertools.count()

    def slow(job_id: str) -> Any:
        if next(calls) == 0:  # by who sends it: the other comes and has a handle before this one
            asking.start()
            asking.join(PATIENCE)
        return read(job_id)

    session.library.events = slow  # type: ignore[method-assign]
    unsent.send()
    (fox,) = [job for job in session.jobs if job.request.prompt == "Fox"]
    session.library.events = read  # type: ignore[method-assign]
    world.clock.run(fox.done)
    assert fox.status == "completed"
    assert len(world.posts(fox.idempotency_key)) == 1


def test_a_job_that_is_taken_up_in_the_moment_it_ends_is_moved_along(world: World) -> None:
    session, commit = world.session, world.session.library.set_job
    world.script["file"] = ["403"] * 8
    taken: list[am.Job] = []

    def then_resume(*given: Any, **columns: Any) -> None:
        commit(*given, **columns)
        if columns.get("error") and not taken:
            resuming = threading.Thread(target=lambda: taken.extend(session.resume().jobs))
            resuming.start()
            resuming.join()
            world.script["file"] = []

    session.library.set_job = then_resume  # type: ignore[method-assign]
    job = world.submit()
    assert world.clock.run(lambda: job.status == "completed")
    assert taken == [job]
    assert row_of(session, job)["holder"] is None


def test_two_presses_of_retry_are_refused_alike(make_world: Callable[..., World]) -> None:
    session = make_world().open(daily_budget=PRICE / 2)
    failed = failed_job(session)
    begun, going = threading.Event(), threading.Event()

    async def reserve(_: am.Job) -> Estimate:
        begun.set()
        await session._io.work(going.wait, PATIENCE)
        return Estimate(PRICE, PRICE, "USD", "server", "2026-01-01")

    session._runner._reservation = reserve  # type: ignore[method-assign]
    first: list[BaseException] = []

    def press() -> None:
        try:
            session.retry(failed)
        except am.BudgetError as error:
            first.append(error)

    pressing = threading.Thread(target=press)
    pressing.start()
    assert begun.wait(PATIENCE)
    again = session.retry(failed)
    going.set()
    pressing.join()
    assert len(first) == 1
    with pytest.raises(am.BudgetError):
        again.result(PATIENCE)


def failed_job(session: am.Session) -> am.Job:
    job = Job(am.ImageRequest("A red fox"), session._wiring)
    job._finish("failed", am.APIMartError("It failed."))
    return job


# ---- cancelled


def test_what_another_kernel_is_to_send_is_not_cancelled_here(make_world: Callable[..., World]) -> None:
    world = make_world()
    world.open(max_concurrency=1)
    world.server.fates = ["slow", "good"]
    world.submit("First")
    second = world.submit("Second")
    until_call(world, "poll")
    followed = world.open().submit(second.request, reuse=True)
    assert followed.id == second.id
    assert followed.cancel() is False
    world.clock.run(lambda: "followed" in kinds(followed))
    assert followed.cancel() is False
    assert second.cancel() is True
    world.clock.run(followed.done)
    assert followed.status == "cancelled"


def test_a_cancelled_job_is_not_offered_although_the_session_ends_at_once(make_world: Callable[..., World]) -> None:
    world = make_world()
    world.open(max_concurrency=1)
    world.server.fates = ["endless"]
    world.submit("First")
    job = world.submit("Second")
    until_call(world, "poll")
    assert job.cancel()
    world.close()
    session = world.open()
    assert len(session.resume().unsent) == 0
    assert row_of(session, job)["status"] == "cancelled"


@pytest.mark.parametrize("answer", ["400", "slow"])
def test_a_job_cancelled_while_its_pictures_are_uploaded_is_cancelled_in_the_ledger_too(
    world: World, answer: str
) -> None:
    world.script["upload"] = [answer]
    job = world.submit(references=[png(1)])
    until_call(world, "upload")
    assert job.cancel()
    world.clock.run(jumps=200 if answer == "400" else 2)
    world.close()
    session = world.open()
    assert len(session.resume().unsent) == 0
    assert (job.status, row_of(session, job)["status"]) == ("cancelled", "cancelled")


def test_a_job_cancelled_while_it_is_taken_up_is_cancelled_in_the_ledger_too(make_world: Callable[..., World]) -> None:
    world = make_world()
    world.open(max_concurrency=1)
    world.server.fates = ["endless"]
    world.submit("First")
    world.submit("Second")
    until_call(world, "poll")
    world.close()
    session = world.open()
    unsent, take_up = session.resume().unsent, session._runner.take_up

    def cancelled_just_before(jobs: list[am.Job]) -> None:
        assert [job.cancel() for job in jobs] == [True]
        take_up(jobs)

    session._runner.take_up = cancelled_just_before  # type: ignore[method-assign, assignment]
    (job,) = unsent.send()
    world.clock.run(jumps=50)
    assert (job.status, row_of(session, job)["status"]) == ("cancelled", "cancelled")
    assert not world.posts(job.idempotency_key)


def test_the_same_asked_for_after_it_was_cancelled_is_made(make_world: Callable[..., World]) -> None:
    world = make_world()
    session = world.open(max_concurrency=1)
    world.submit("First")
    until_call(world, "submit")
    job = world.submit("Second")
    world.clock.run(lambda: job._fence is not None, jumps=0)
    busy = threading.Event()
    session._io.loop.call_soon_threadsafe(busy.wait, PATIENCE)  # so that the background thread comes later
    assert job.cancel()
    assert session._made_before(job.request, 0) is None
    busy.set()


# ---- a session that ends


def test_a_session_closed_just_after_an_answer_keeps_the_number_of_its_task(make_world: Callable[..., World]) -> None:
    world = make_world(honours_keys=False)
    session = world.open()
    busy, ask = threading.Event(), session._client.submit

    async def answered(*given: Any, **named: Any) -> Any:
        task = await ask(*given, **named)
        for _ in range(2):  # as while two large pictures are looked through
            world.io.executor.submit(busy.wait, PATIENCE)
        return task

    session._client.submit = answered  # type: ignore[method-assign]
    job = world.submit()
    with world.clock.running():
        wait_until(lambda: job.task_id is not None)
        closing = threading.Thread(target=world.close)
        closing.start()
        wait_until(lambda: session._runner._closed)
        busy.set()
        closing.join()
    again = world.open()
    assert row_of(again, job)["task_id"] == "task_0"
    again.resume()
    world.finish()
    assert list(world.server.tasks) == ["task_0"]


def test_nothing_is_begun_in_a_session_that_is_closed(world: World) -> None:
    world.server.fates = ["fails with a string"]
    job = world.submit()
    world.finish(job)
    session = world.session
    world.close()
    for begin in (session.retry, session.look_again):
        with pytest.raises(am.ConfigurationError, match="This session is closed"):
            begin(job)
    with pytest.raises(am.ConfigurationError, match="This session is closed"):
        session.balance()
    assert job.done()


@pytest.mark.parametrize("budget", [None, 10.0])
def test_a_job_asked_for_while_its_session_is_closed_ends(
    make_world: Callable[..., World], budget: float | None
) -> None:
    session = make_world().open(daily_budget=budget)
    go_on = session._submit

    def too_late(*given: Any, **named: Any) -> am.Job:
        session.close()
        return go_on(*given, **named)

    session._submit = too_late  # type: ignore[method-assign]
    if budget is None:
        with pytest.raises(am.APIMartError):
            session.submit("A red fox").result(PATIENCE)
        return

    async def reserve(_: am.Job) -> Estimate:
        return Estimate(PRICE, PRICE, "USD", "server", "2026-01-01")

    session._runner._reservation = reserve  # type: ignore[method-assign]
    with pytest.raises(am.APIMartError):
        session.submit("A red fox").result(PATIENCE)


def test_closing_a_session_on_the_wrong_thread_leaves_it_open(world: World) -> None:
    session, heard = world.session, threading.Event()
    refused: list[am.ConfigurationError] = []

    def close(_: am.Job) -> None:
        if session._io.is_current():
            try:
                session.close()
            except am.ConfigurationError as error:
                refused.append(error)
            heard.set()

    session.watch(close)
    job = world.submit()
    world.finish(job)
    assert heard.wait(PATIENCE)
    assert refused
    assert job.status == "completed"
    assert not session._closed


# ---- a follower


def test_a_follower_that_cannot_read_the_ledger_writes_nothing_on_its_owners_row(
    make_world: Callable[..., World],
) -> None:
    world = make_world()
    world.open(max_concurrency=1)
    world.submit("First")
    job = world.submit("Second")
    until_call(world, "poll")
    two = world.open()
    read, troubles = two.library.job, iter([am.LibraryError("The library is locked for now. Try again.")])

    def locked_once(job_id: str) -> Any:
        for trouble in troubles:
            raise trouble
        return read(job_id)

    followed = two.submit(job.request, reuse=True)
    two.library.job = locked_once  # type: ignore[method-assign]
    world.clock.run(lambda: job.done() and followed.done())
    assert (job.status, followed.status) == ("completed", "completed")
    assert [image.bytes for image in followed.images] == [image.bytes for image in job.images]
    assert len(world.posts(job.idempotency_key)) == 1


def test_what_a_follower_takes_over_is_held_while_it_lives(world: World) -> None:
    one, job = world.session, world.submit()
    world.server.fates = ["slow"]
    until_call(world, "poll")
    two = world.open()
    followed = two.submit(job.request, reuse=True)
    assert followed.id == job.id
    one.close()
    world.clock.run(lambda: "picked up" in kinds(followed))
    assert two._runner._keeping_hold
    assert row_of(two, followed)["holder"] == two.library.holder


# ---- the sandbox


def test_what_this_sandbox_may_still_draw_is_not_written_down_as_ended_with_its_kernel() -> None:
    with am.Session(mode="sandbox", library=":memory:", sandbox_seconds=0) as session:
        keep, troubles = session.library.add_image, iter([am.LibraryError("The disk is full for now. Try again.")])

        def full_once(*given: Any, **named: Any) -> Any:
            for trouble in troubles:
                raise trouble
            return keep(*given, **named)

        session.library.add_image = full_once  # type: ignore[method-assign]
        job = session.submit("A red fox", quality="low")
        with pytest.raises(am.LibraryError):
            job.result(PATIENCE)
        session.generate("Another", quality="low", reuse=True)
        assert row_of(session, job)["finished"] is None
        session.look_again(job)
        assert len(job.result(PATIENCE)) == 1
