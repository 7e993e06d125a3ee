"""Two sessions on one folder, as two kernels: who moves a job along, and what the other one sees of it."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

import apimart_widgets as am
from apimart_widgets import runner
from apimart_widgets.ledger import HOLD
from tests.faults.world import World

PATIENCE = 30.0


def polled(world: World) -> bool:
    return bool(world.transport.calls_of("poll"))


def suspended(world: World) -> None:
    """The kernel polls, and is then suspended for so long that its hold is over."""
    assert world.clock.run(lambda: polled(world))
    world.clock.pass_by(HOLD + 1)


def refused(*_: object, **__: object) -> None:
    raise am.LibraryError("The library is locked.")


def kinds(job: am.Job) -> list[str]:
    return [event.kind for event in job.events]


def test_a_job_taken_over_is_followed_and_both_end_with_the_same_pictures(world: World) -> None:
    job = world.submit(n=3)
    suspended(world)
    world.open()
    (other,) = world.session.resume().jobs
    assert world.clock.run(lambda: job.done() and other.done())
    assert (job.status, other.status) == ("completed", "completed")
    assert "followed" in kinds(job)
    pictures = world.server.tasks["task_0"].pictures
    assert [image.bytes for image in job.result()] == [image.bytes for image in other.result()] == pictures
    assert world.kept(job) == pictures
    assert len(world.posts(job.idempotency_key)) == 1


def test_a_job_may_change_hands_again_and_again(world: World) -> None:
    # Nobody renews a hold on this clock, and an answer that takes longer than one lets the other kernel have the job.
    slow = iter([["slow"]] * 4)

    def slow_down(job: am.Job) -> None:
        if job.events[-1].kind == "followed":
            world.script["poll"] = list(next(slow, []))

    world.server.fates = ["slow"]
    world.session.watch(slow_down)
    job = world.submit(n=2)
    suspended(world)
    world.open().watch(slow_down)
    (other,) = world.session.resume().jobs
    assert world.clock.run(lambda: job.done() and other.done())
    assert (job.status, other.status) == ("completed", "completed")
    assert max(kinds(job).count("followed"), kinds(other).count("followed")) >= 2, (kinds(job), kinds(other))
    pictures = world.server.tasks["task_0"].pictures
    assert world.kept(job) == [image.bytes for image in job.result()] == pictures
    assert [image.bytes for image in other.result()] == pictures
    assert len(world.posts(job.idempotency_key)) == 1


def test_a_request_on_its_way_is_taken_over_with_its_key(world: World) -> None:
    world.script["submit"] = ["no answer in time"]
    job = world.submit()
    world.clock.run(lambda: bool(world.transport.calls_of("submit")))
    world.clock.pass_by(HOLD + 1)
    world.open()
    # This process has begun its POST; another one would not know.
    runner._posted_here.clear()
    (other,) = world.session.resume().jobs
    assert world.clock.run(lambda: job.done() and other.done())
    assert (job.status, other.status) == ("completed", "completed")
    assert len(world.server.tasks) == 1
    assert world.kept(job) == world.server.tasks["task_0"].pictures


def test_a_number_that_only_one_kernel_heard_of_is_written_down_once_it_has_the_job_again(world: World) -> None:
    world.script["submit"] = ["slow", "no answer in time"]
    job = world.submit()
    world.clock.run(lambda: bool(world.transport.calls_of("submit")))
    world.clock.pass_by(HOLD + 1)
    runner._posted_here.clear()
    world.open().resume()
    # Its answer comes while the other kernel has the job, so that it may not write; that one waits for longer than it
    # may hold a job on this clock.
    world.finish(job)
    assert kinds(job).index("submitted") < kinds(job).index("followed") < kinds(job).index("picked up")
    assert (job.status, job.task_id) == ("completed", "task_0")
    assert world.row(job)["task_id"] == "task_0"
    assert world.kept(job) == world.server.tasks["task_0"].pictures


def test_an_end_that_could_not_be_written_is_not_written_over_what_another_kernel_made_of_it(world: World) -> None:
    one, commit = world.session, world.session.library.set_job
    world.server.fates = ["slow"]
    job = world.submit()
    assert world.clock.run(lambda: polled(world))
    one.library.set_job = refused  # type: ignore[method-assign]
    world.script["poll"] = ["400"]
    world.finish(job)
    assert job.status == "unknown"
    one.library.set_job = commit  # type: ignore[method-assign]
    world.script["poll"] = []
    world.clock.pass_by(HOLD + 1)
    world.open()
    assert len(world.session.resume().jobs) == 1
    world.close()
    asked = len(world.transport.calls_of("poll"))
    assert one.resume().jobs == (job,)
    assert world.clock.run(lambda: len(world.transport.calls_of("poll")) > asked)
    row = world.row(job)
    assert (row["status"], row["finished"], row["error"]) == ("submitted", None, None)
    world.finish(job)
    assert job.status == "completed"


def test_a_job_that_is_taken_up_while_the_end_it_had_elsewhere_is_read_is_moved_along(world: World) -> None:
    one, images_of = world.session, world.session.library.images_of
    world.server.fates = ["slow"]
    job = world.submit()
    suspended(world)
    taken: list[am.Job] = []

    def then_resume(*given: object) -> object:
        if not taken:
            resuming = threading.Thread(target=lambda: taken.extend(one.resume().jobs))
            resuming.start()
            resuming.join()
        return images_of(*given)  # type: ignore[arg-type]

    one.library.images_of = then_resume  # type: ignore[method-assign, assignment]
    world.script["poll"] = ["400"]
    (other,) = world.open().resume().jobs
    assert world.clock.run(lambda: job.done() and other.done())
    assert taken == [job]
    assert (job.status, other.status) == ("completed", "unknown")


def test_a_kernel_that_follows_picks_up_what_the_other_leaves(world: World) -> None:
    one = world.session
    job = world.submit(n=2)
    world.clock.run(lambda: polled(world))
    world.open()
    other = world.submit(n=2, reuse=True)
    assert other.id == job.id
    assert world.session.resume().jobs == ()
    one.close()
    world.finish()
    assert other.status == "completed"
    assert [image.bytes for image in other.result()] == world.server.tasks["task_0"].pictures


def test_what_was_never_sent_is_not_sent_by_a_kernel_that_follows(make_world: Callable[..., World]) -> None:
    world = make_world()
    one = world.open(max_concurrency=1)
    world.submit("First")
    waiting = world.submit("Second")
    world.clock.run(lambda: polled(world))
    world.open()
    other = world.submit("Second", reuse=True)
    assert other.id == waiting.id
    one.close()
    world.finish()
    assert other.status == "cancelled"
    with pytest.raises(am.JobError, match=r"session\.resume\(\) says what became of it\."):
        other.result()
    assert len(world.session.resume().unsent) == 1
    assert len(world.server.tasks) == 1
    # Asked for once more, it is: the same job, sent for the first time.
    assert world.submit("Second", reuse=True) is other
    world.finish()
    assert other.status == "completed"
    assert len(world.posts(waiting.idempotency_key)) == 1


def test_a_job_that_is_still_moved_along_is_taken_up_again_without_doing_anything_twice(world: World) -> None:
    one, job = world.session, world.submit(n=2)
    suspended(world)
    two = world.open()
    assert len(two.resume().jobs) == 1
    two.close()
    # It has not heard that the other kernel had it.
    assert one.resume().jobs == (job,)
    assert world.clock.run(job.done)
    assert job.status == "completed"
    assert kinds(job).count("downloading") == 1
    assert len(world.transport.calls_of("file")) == 2
    assert len(world.posts(job.idempotency_key)) == 1


def test_a_job_that_is_followed_is_taken_up_without_doing_anything_twice(world: World) -> None:
    one, job = world.session, world.submit(n=2)
    suspended(world)
    two = world.open()
    world.script["poll"] = ["slow"]  # the other kernel's
    assert len(two.resume().jobs) == 1
    assert world.clock.run(lambda: "followed" in kinds(job))
    two.close()
    assert one.resume().jobs == (job,)
    assert world.clock.run(job.done)
    assert job.status == "completed"
    assert kinds(job).count("downloading") == 1
    assert len(world.transport.calls_of("file")) == 2


def test_what_waits_for_its_turn_is_sent_once_although_it_is_taken_up_again(make_world: Callable[..., World]) -> None:
    world = make_world()
    one = world.open(max_concurrency=1)
    world.server.fates = ["slow", "good"]
    world.submit("First")
    waiting = world.submit("Second")
    suspended(world)
    two = world.open(max_concurrency=1)
    two.resume()  # the first
    assert len(two.resumption.unsent.send()) == 1
    two.close()
    assert one.resume().unsent.send() == (waiting,)
    world.clock.run()
    assert waiting.status == "completed"
    assert kinds(waiting)[-1] == "completed"
    row = one.library.job(waiting.id)
    assert row is not None
    assert row["status"] == "completed"
    assert len(world.posts(waiting.idempotency_key)) == 1


def test_the_end_another_kernel_came_to_is_told_with_its_reason(world: World) -> None:
    world.server.fates = ["fails with a string"]
    job = world.submit()
    suspended(world)
    world.open()
    (other,) = world.session.resume().jobs
    assert world.clock.run(lambda: job.done() and other.done())
    assert (job.status, other.status) == ("failed", "failed")
    assert str(job.error) == str(other.error)


def test_what_a_dead_kernel_held_is_taken_up_once_its_hold_is_over(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    # How often a waiting kernel looks is counted in real time.
    monkeypatch.setattr(runner, "HOLD", 0.02)
    job = world.submit()
    world.clock.run(lambda: polled(world))
    world.crash()
    world.clock.time -= HOLD + 1
    world.open()
    taken = threading.Event()
    world.session.watch(lambda job: taken.set())
    assert world.session.resume().jobs == ()
    world.clock.pass_by(HOLD + 1)
    assert taken.wait(PATIENCE)
    (again,) = world.session.jobs
    world.finish()
    assert (again.id, again.status) == (job.id, "completed")
