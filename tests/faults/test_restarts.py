"""What a restart takes up, what it offers, and what it leaves alone."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import apimart_widgets as am
from apimart_widgets.ledger import HOLD
from tests.faults.server import ORIGIN, PRICE
from tests.faults.world import World


def unanswered(world: World, **fields: object) -> am.Job:
    """A job whose request was sent twice and never answered."""
    world.script["submit"] = ["no answer", "no answer"]
    job = world.submit(**fields)
    world.finish(job)
    assert job.status == "unknown"
    return job


def until_call(world: World, kind: str, *, after: int = 0) -> None:
    """Let time pass until a call of this kind, the one after so many others, is on its way."""
    assert world.clock.run(lambda: len(world.transport.calls_of(kind)) > after)


def test_an_unknown_outcome_is_asked_for_once_a_restart(world: World) -> None:
    job = unanswered(world, n=2)
    # The same process does not send it again by itself, whatever is opened and closed in it.
    assert world.session.resume().jobs == ()
    for restarts in (1, 2):
        world.script["submit"] = ["no answer"]
        (again,) = world.restart().jobs
        world.finish()
        assert (again.status, again.idempotency_key) == ("unknown", job.idempotency_key)
        assert len(world.posts(job.idempotency_key)) == 2 + restarts
    world.script.clear()
    (again,) = world.restart().jobs
    world.finish()
    assert again.status == "completed"
    assert again.notice is None  # the server knew the key
    assert len(world.posts(job.idempotency_key)) == 5
    assert len(set(world.posts(job.idempotency_key))) == 1
    assert len(world.server.tasks) == 1
    assert world.kinds(again).count("picked up") == 3
    assert world.kinds(again).count("post") == 5


@pytest.mark.parametrize("fault", ["no connection", "429", "429, 3600 s", "503"])
def test_a_refusal_of_the_resend_says_nothing_of_the_first_sending(world: World, fault: str) -> None:
    unanswered(world)
    world.close()
    world.script["submit"] = [fault] * 5
    world.open()
    (again,) = world.session.resume().jobs
    world.finish()
    assert (again.status, world.row(again)["status"]) == ("unknown", "unknown")
    assert "it may be billed" in str(again.error)
    assert "Nothing was billed" not in str(again.error)
    world.script.clear()
    (again,) = world.restart().jobs
    world.finish()
    assert again.status == "completed"
    assert len(world.server.tasks) == 1


def test_where_keys_are_ignored_each_restart_doubles_at_most_once_and_it_is_said(
    make_world: Callable[..., World],
) -> None:
    world = make_world(honours_keys=False)
    world.open()
    unanswered(world)
    assert len(world.server.tasks) == 2
    for restarts in (1, 2):
        world.script["submit"] = ["no answer"] * 5
        (again,) = world.restart().jobs
        world.finish()
        assert len(world.server.tasks) == 2 + restarts
        assert "may be billed" in str(again.error)
    world.script.clear()
    (again,) = world.restart().jobs
    until_call(world, "poll")
    said = "If the first had arrived after all, both may be billed."
    assert said in str(again.notice)
    # It is still said when yet another kernel brings it to its end.
    world.crash()
    world.open()
    (again,) = world.session.resume().jobs
    world.finish()
    assert again.status == "completed"
    assert said in str(again.notice)
    assert len(world.server.tasks) == 5


def test_what_got_no_answer_for_a_day_is_offered_and_not_sent(world: World) -> None:
    job = unanswered(world)
    world.close()
    world.clock.pass_by(24 * 3600)
    world.open()
    resumption = world.session.resume()
    assert resumption.jobs == ()
    assert len(resumption.unanswered) == 1
    world.clock.run()
    assert len(world.posts(job.idempotency_key)) == 2
    (again,) = resumption.unanswered.send()
    world.finish()
    assert again.status == "completed"
    assert len(world.posts(job.idempotency_key)) == 3
    assert len(world.server.tasks) == 1


def test_what_is_discarded_is_said_to_be_perhaps_billed_and_never_asked_for_again(world: World) -> None:
    job = unanswered(world)
    world.close()
    world.clock.pass_by(25 * 3600)
    world.open()
    assert world.session.resume().unanswered.discard() == 1
    row = world.row(job)
    assert (row["status"], world.kinds(job)[-1]) == ("unknown", "discarded")
    assert "may be billed" in row["error"]
    resumption = world.restart()
    assert (resumption.jobs, len(resumption.unanswered)) == ((), 0)


@pytest.mark.parametrize("hours", [1, 25, 73])
def test_a_request_cut_off_while_it_is_sent_is_taken_up_offered_or_ended(world: World, hours: int) -> None:
    job = world.submit()
    until_call(world, "submit")
    world.crash()
    world.clock.pass_by(hours * 3600)
    world.open()
    resumption = world.session.resume()
    assert (len(resumption.jobs), len(resumption.unanswered)) == {1: (1, 0), 25: (0, 1), 73: (0, 0)}[hours]
    if hours == 73:
        row = world.row(job)
        assert (row["status"], world.kinds(job)[-1]) == ("unknown", "unknown")
        assert "may be billed" in row["error"]
        # It does not count against a budget for ever.
        world.clock.pass_by(25 * 3600)
        assert float(world.session.spent()) == 0.0


def test_what_was_only_queued_is_offered_and_not_sent(make_world: Callable[..., World]) -> None:
    world = make_world()
    world.open(max_concurrency=1)
    jobs = [world.submit(f"Fox {number}") for number in range(3)]
    until_call(world, "poll")
    world.close()
    assert [job.status for job in jobs] == ["unknown", "cancelled", "cancelled"]
    world.open()
    resumption = world.session.resume()
    assert len(resumption.jobs) == 1
    assert repr(resumption).endswith(
        "2 requests were never sent. Send them with .send(), or drop them with .discard()."
    )
    world.finish()
    assert len(world.server.tasks) == 1
    sent = resumption.unsent.send()
    world.finish()
    assert [job.status for job in sent] == ["completed"] * 2
    assert {job.idempotency_key for job in sent} == {job.idempotency_key for job in jobs[1:]}
    assert len(world.server.tasks) == 3


def test_after_ten_minutes_it_is_asked_for_slowly_over_restarts_until_three_days_after_it_was_sent(
    world: World,
) -> None:
    world.server.fates = ["endless"]
    job = world.submit()
    began = world.clock.now()
    assert world.clock.run(lambda: world.clock.now() > began + 700)
    for _ in range(4):
        world.close()
        world.clock.pass_by(12 * 3600)
        world.open()
        (again,) = world.session.resume().jobs
        assert again.id == job.id
        polls = len(world.transport.calls_of("poll"))
        moment = world.clock.now()
        assert world.clock.run(lambda moment=moment: world.clock.now() > moment + 3 * 3600)
        assert not again.done()
        # At once, and then every ten minutes.
        assert 17 <= len(world.transport.calls_of("poll")) - polls <= 20
    world.finish()
    assert again.status == "unknown"
    assert "72 hours" in str(again.error)
    assert 72 * 3600 < world.clock.now() - began < 72.5 * 3600
    assert world.restart().jobs == ()


def test_a_task_of_a_request_that_was_sent_again_may_be_unknown_for_a_while(world: World) -> None:
    world.server.fates = ["known late"]
    job = world.submit()
    world.clock.run(jumps=0)
    world.restart()
    world.script["poll"] = ["404"] * 2
    world.finish()
    assert world.row(job)["status"] == "completed"


def test_pages_of_a_gateway_after_a_restart_are_no_word_of_the_task(world: World) -> None:
    world.server.fates = ["slow"]
    job = world.submit()
    until_call(world, "poll")
    world.restart()
    world.script["poll"] = ["404"] * 30
    world.finish()
    assert world.row(job)["status"] == "completed"


def test_a_task_that_is_unknown_for_a_while_after_a_busy_server_held_it_off_is_not_given_up(world: World) -> None:
    # Minutes old it is asked for rarely: four answers are soon a minute and a half.
    world.server.fates = ["known late"]
    world.script["poll"] = ["429, 3600 s", "404"]
    job = world.submit()
    world.finish()
    assert job.status == "completed"


def test_a_slow_task_that_ends_between_two_kernels_is_fetched(world: World) -> None:
    world.server.fates = ["slow"]
    job = world.submit(n=3)
    until_call(world, "poll")
    world.crash()
    world.clock.pass_by(7200)
    world.open()
    (again,) = world.session.resume().jobs
    world.finish()
    assert again.status == "completed"
    assert world.kept(job) == world.server.tasks["task_0"].pictures


def test_only_what_is_missing_is_fetched_and_a_deleted_picture_never_again(world: World) -> None:
    world.script["file"] = ["", "", "403", "403", "403"]
    job = world.submit(n=3)
    world.finish()
    assert len(job.images) == 2
    deleted = job.images[0]
    world.session.delete(job.images[:1])
    assert [image.index for image in job.images] == [1]
    world.close()
    asked = len(world.transport.calls)
    world.open()
    (again,) = world.session.resume().jobs
    world.finish()
    assert again.status == "completed"
    paths = [call.path for call in world.transport.calls[asked:] if call.kind == "file"]
    assert paths == ["/task_0/2.png"]
    assert deleted.index == 0
    assert [image.index for image in again.images] == [1, 2]
    world.restart()
    assert len(world.kept(job)) == 2


@pytest.mark.parametrize("moment", ["submit", "poll", "file"])
@pytest.mark.parametrize("steps", [0, 1, 2])
def test_a_crash_anywhere_on_the_way_loses_nothing(world: World, moment: str, steps: int) -> None:
    job = world.submit(n=4)
    until_call(world, moment)
    world.clock.run(jumps=steps)
    world.crash()
    world.open()
    world.session.resume()
    world.finish()
    assert world.kept(job) == world.server.tasks["task_0"].pictures
    assert len(world.server.tasks) == 1
    assert world.row(job)["status"] == "completed"


def test_before_its_hold_is_over_a_job_of_a_kernel_that_died_waits(world: World) -> None:
    world.submit()
    until_call(world, "poll")
    world.crash()
    world.clock.time -= HOLD + 1
    world.open()
    assert world.session.resume().jobs == ()
    world.clock.pass_by(HOLD + 1)
    assert len(world.session.resume().jobs) == 1
    world.finish()


@pytest.mark.parametrize(
    "other", [{"key": "sk-another"}, {"origin": "https://elsewhere.faults.invalid"}, {"mode": "sandbox"}]
)
def test_nothing_crosses_origin_account_or_mode(world: World, other: dict[str, str]) -> None:
    unanswered(world)
    made = world.submit("A made fox")
    world.finish(made)
    world.server.fates = ["slow"]
    world.submit("A slow fox")
    until_call(world, "submit", after=3)
    world.close()
    settings = {"key": "sk-faults", "origin": ORIGIN, **other}
    if "mode" in other:
        settings["origin"] = None  # type: ignore[assignment]
    world.open(**settings)  # type: ignore[arg-type]
    asked = len(world.transport.calls)
    resumption = world.session.resume()
    assert (resumption.jobs, len(resumption.unsent), len(resumption.unanswered)) == ((), 0, 0)
    assert float(world.session.spent()) == 0.0
    assert len(world.transport.calls) == asked
    if "mode" not in other:
        again = world.submit("A made fox", reuse=True)
        assert again.id != made.id
    world.close()
    world.open()
    assert len(world.session.resume().jobs) == 2
    world.finish()


def test_the_same_request_is_not_paid_for_twice(world: World) -> None:
    first = world.submit(reuse=True, n=2)
    assert world.submit(reuse=True, n=2) is first
    until_call(world, "poll")
    assert world.submit(reuse=True, n=2) is first
    world.crash()

    world.open()
    on_its_way = world.submit(reuse=True, n=2)
    assert on_its_way.id == first.id
    world.finish()
    assert [image.bytes for image in on_its_way.result()] == world.server.tasks["task_0"].pictures

    world.close()
    world.open()
    made = world.submit(reuse=True, n=2)
    assert made.done()
    assert (made.id, len(made.result()), made.status) == (first.id, 2, "completed")
    second = world.submit(reuse=True, n=2, repeat=1)
    world.finish()
    assert second.id != first.id
    assert len(world.server.tasks) == 2
    assert world.session.spent().billed == pytest.approx(4 * PRICE)


@pytest.mark.parametrize("honours_keys", [True, False])
def test_asking_for_the_same_again_asks_for_what_got_no_answer(
    make_world: Callable[..., World], honours_keys: bool
) -> None:
    world = make_world(honours_keys=honours_keys)
    world.open()
    job = unanswered(world)
    tasks = len(world.server.tasks)
    # Not a second time in the same process.
    assert world.submit(job.request, reuse=True) is job  # type: ignore[arg-type]
    world.close()
    world.script.clear()
    world.open()
    again = world.submit(job.request, reuse=True)  # type: ignore[arg-type]
    assert again.id == job.id
    world.finish()
    assert again.status == "completed"
    assert len(set(world.posts(job.idempotency_key))) == 1
    assert len(world.server.tasks) == (tasks if honours_keys else tasks + 1)
    assert (again.notice is None) == honours_keys
    assert world.session.resume().jobs == ()


def test_a_job_that_failed_is_not_reused(world: World) -> None:
    world.server.fates = ["fails with a string"]
    first = world.submit(reuse=True)
    world.finish()
    assert first.status == "failed"
    second = world.submit(reuse=True)
    world.finish()
    assert second.status == "completed"


def test_a_budget_holds_over_restarts_and_frees_what_was_not_billed(make_world: Callable[..., World]) -> None:
    world = make_world()
    world.open(daily_budget=3 * PRICE)
    world.server.fates = ["fails with a string"]
    with world.clock.running():
        failed = world.submit(n=2)
        world.session._wait_for(_done(failed))
    made = world.submit(n=2)
    with pytest.raises(am.BudgetError, match=r"Nothing was sent\."):
        world.submit(n=2)
    until_call(world, "poll", after=len(world.transport.calls_of("poll")))
    world.crash()
    world.open(daily_budget=3 * PRICE)
    with world.clock.running(), pytest.raises(am.BudgetError):
        world.submit(n=2)
    world.session.resume()
    world.finish()
    assert world.row(made)["status"] == "completed"
    world.submit()
    world.finish()
    assert world.session.spent().left == pytest.approx(0.0)
    with pytest.raises(am.BudgetError):
        world.submit()
    world.clock.pass_by(24 * 3600 + 1)
    world.submit(n=3)
    world.finish()
    assert len(world.server.billed()) == 3


async def _done(job: am.Job) -> None:
    while not job.done():
        await job._wiring.clock.sleep(1.0)
