"""Each fault of a single call, by name, and the outcome it has to have."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest

import apimart_widgets as am
from apimart_widgets.jobs import FINAL
from tests.faults.server import FATES, NEW_SHAPE, OLD_SHAPE, PRICE, png
from tests.faults.transport import MISSHAPEN, SPOILT, TROUBLE, UNANSWERED, UNSENT
from tests.faults.world import World

BY_NAME = {"ids": lambda value: value if isinstance(value, str) else None}


def waits(world: World, kind: str) -> list[float]:
    """Seconds between the calls of a kind."""
    moments = [call.at for call in world.transport.calls_of(kind)]
    return [later - earlier for earlier, later in itertools.pairwise(moments)]


def delivered(world: World, job: am.Job) -> bool:
    """Whether a job has every picture its one task made, in the handle and in the library."""
    (task,) = world.server.of_key(job.idempotency_key)
    kept = world.kept(job)
    row = world.row(job)
    assert (row["status"], row["task_id"], row["error"]) == ("completed", task.id, None)
    return job.status == "completed" and kept == task.pictures == [image.bytes for image in job.result()]


# ---- sending


@pytest.mark.parametrize("fault", [*UNSENT, *UNANSWERED, *TROUBLE, "429"], **BY_NAME)
def test_a_request_that_fails_once_is_sent_once_more_and_made_once(world: World, fault: str) -> None:
    world.script["submit"] = [fault]
    job = world.submit(n=2)
    world.finish()
    assert delivered(world, job)
    assert len(world.posts(job.idempotency_key)) == 2
    assert len(set(world.posts(job.idempotency_key))) == 1
    assert world.kinds(job).count("post") == 2
    assert job.notice is None or fault in ("broken while sending", *TROUBLE)


@pytest.mark.parametrize(("fault", "wait"), [("429, 7 s", 7), ("429, a date", 39), ("429, a date gone by", 0.3)])
def test_a_limit_is_waited_out_as_long_as_the_server_says(world: World, fault: str, wait: float) -> None:
    world.script["submit"] = [fault]
    job = world.submit()
    world.finish()
    assert delivered(world, job)
    assert wait <= waits(world, "submit")[0] <= wait + 1.1
    assert job.notice is None


@pytest.mark.parametrize("fault", ["429, 3600 s", "429, a date far away"])
def test_a_limit_of_an_hour_is_told_and_not_waited_out(world: World, fault: str) -> None:
    world.script["submit"] = [fault]
    job = world.submit()
    world.finish()
    with pytest.raises(am.RateLimitError, match=r"APIMart asks to wait \d+ s, longer than .* Nothing was billed\.$"):
        job.result()
    assert (job.status, job.may_be_billed, world.server.tasks) == ("failed", False, {})
    assert world.row(job)["status"] == "failed"


def test_limits_without_end_fail_with_nothing_billed(world: World) -> None:
    world.script["submit"] = ["429"] * 5
    job = world.submit()
    world.finish()
    with pytest.raises(am.RateLimitError, match=r"Nothing was billed\.$"):
        job.result()
    assert len(world.posts(job.idempotency_key)) == 5
    world.restart()
    assert world.session.jobs == ()


# A gateway's word of silence is sent again once, as silence is.
@pytest.mark.parametrize(("fault", "sendings"), [(fault, 2 if fault == "504" else 5) for fault in TROUBLE])
def test_a_burst_of_trouble_is_ridden_out_with_one_key(world: World, fault: str, sendings: int) -> None:
    world.script["submit"] = [fault] * (sendings - 1)
    job = world.submit()
    world.finish()
    assert delivered(world, job)
    assert len(world.posts(job.idempotency_key)) == sendings


@pytest.mark.parametrize(("fault", "sendings"), [(fault, 2 if fault == "504" else 5) for fault in TROUBLE])
def test_trouble_without_end_is_an_unknown_outcome(world: World, fault: str, sendings: int) -> None:
    world.script["submit"] = [fault] * sendings
    job = world.submit()
    world.finish()
    with pytest.raises(am.OutcomeUnknownError, match="it may be billed"):
        job.result()
    assert (job.status, job.may_be_billed) == ("unknown", True)
    (again,) = world.restart().jobs
    world.finish()
    assert delivered(world, again)
    # Nobody can tell that the server did not act on the first of them.
    assert again.notice is not None


def test_a_server_out_of_reach_is_a_failure_with_nothing_billed(world: World) -> None:
    world.script["submit"] = ["no connection"] * 5
    job = world.submit()
    world.finish()
    with pytest.raises(am.APIConnectionError, match=r"could not be reached.* Nothing was billed\.$"):
        job.result()
    assert job.status == world.row(job)["status"] == "failed"


@pytest.mark.parametrize("fault", UNANSWERED)
def test_two_sendings_without_an_answer_are_an_unknown_outcome_and_no_third(world: World, fault: str) -> None:
    world.script["submit"] = [fault] * 2
    job = world.submit()
    world.finish()
    with pytest.raises(am.OutcomeUnknownError, match="it may be billed"):
        job.result()
    assert len(world.posts(job.idempotency_key)) == 2
    assert (job.status, world.row(job)["status"]) == ("unknown", "unknown")


def test_an_answer_that_takes_its_time_is_waited_for(world: World) -> None:
    world.script.update(submit=["slow"], poll=["slow"], file=["slow"])
    job = world.submit()
    world.finish()
    assert delivered(world, job)
    assert len(world.posts(job.idempotency_key)) == 1


def test_half_of_a_character_in_an_answer_ends_no_job_otherwise(world: World) -> None:
    world.script.update(submit=["half a character"], poll=["half a character"] * 9)
    job = world.submit(n=2)
    world.finish()
    assert delivered(world, job)
    assert "a fox ?" in job.report().encode().decode()
    world.script["submit"] = ["400"]
    refused = world.submit()
    world.finish(refused)
    assert (refused.status, "no: a fox ?" in str(refused.error)) == ("failed", True)


def test_an_end_that_cannot_be_written_down_is_an_end_all_the_same(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_job = world.session.library.set_job

    def fails_at_the_end(job_id: str, *args: Any, **columns: Any) -> None:
        if columns.get("status") in FINAL:
            raise ValueError("no such ledger")
        set_job(job_id, *args, **columns)

    monkeypatch.setattr(world.session.library, "set_job", fails_at_the_end)
    job = world.submit()
    world.finish(job)
    assert (job.status, job.may_be_billed) == ("unknown", True)
    assert "ValueError('no such ledger')" in str(job.error)


# ---- asking for the task


@pytest.mark.parametrize("fault", [*UNSENT, *UNANSWERED, *TROUBLE, "429", "429, 7 s", "429, 3600 s", "404"])
def test_a_task_is_asked_for_again_whatever_a_poll_brings(world: World, fault: str) -> None:
    world.script["poll"] = [fault] * 3
    job = world.submit(n=2)
    world.finish()
    assert delivered(world, job)


@pytest.mark.parametrize("fault", ["no connection", "408", "503", "429", "404"])
def test_an_outage_of_polls_does_not_end_a_job(world: World, fault: str) -> None:
    world.script["poll"] = [fault] * 40
    job = world.submit()
    world.finish()
    assert delivered(world, job)


def test_a_gateway_that_lost_its_way_for_a_while_costs_no_picture(world: World) -> None:
    world.script["poll"] = ["404"] * 6
    job = world.submit()
    world.finish()
    assert delivered(world, job)
    assert sum(call.fault == "404" for call in world.transport.calls_of("poll")) == 6


# ---- fetching


def test_pictures_do_not_wait_for_what_they_cost(make_world: Callable[..., World]) -> None:
    world = make_world(says_cost=False)
    world.open()
    world.script["price"] = ["slow"]
    job = world.submit(n=2)
    world.finish()
    assert max(call.at for call in world.transport.calls_of("file")) < min(
        call.at for call in world.transport.calls_of("price")
    )
    assert job.cost is not None
    assert [image.cost for image in job.result()] == [job.cost.amount / 2] * 2


@pytest.mark.parametrize("fault", [*UNSENT, *TROUBLE, "no answer", "cut off", "HTML", "404", "403", "429", *SPOILT])
def test_a_picture_is_fetched_again_where_it_did_not_arrive_whole(world: World, fault: str) -> None:
    world.script["file"] = [fault]
    job = world.submit()
    world.finish()
    assert delivered(world, job)


@pytest.mark.parametrize("fault", [*SPOILT, "HTML", "403"])
def test_a_picture_that_never_arrives_whole_stays_open_and_comes_after_a_restart(world: World, fault: str) -> None:
    # The first of two arrives; the second is fetched three times in vain.
    world.script["file"] = ["", fault, fault, fault]
    job = world.submit(n=2)
    world.finish()
    with pytest.raises(am.DownloadError, match=r"1 of 2 pictures .*could not be fetched") as raised:
        job.result()
    assert raised.value.images is not None
    assert len(raised.value.images) == len(job.images) == len(world.kept(job)) == 1
    assert (job.status, job.may_be_billed) == ("failed", True)
    row = world.row(job)
    assert (row["status"], row["finished"], row["holder"]) == ("downloading", None, None)
    assert row["error"] == str(job.error)

    (again,) = world.restart().jobs
    before = len(world.transport.calls_of("file"))
    world.finish()
    assert delivered(world, again)
    # Only the one that was missing.
    assert len(world.transport.calls_of("file")) == before + 1


def test_a_bomb_is_refused_by_its_header(world: World) -> None:
    world.script["file"] = ["bomb"] * 3
    job = world.submit()
    world.finish()
    with pytest.raises(am.DownloadError, match="30000x30000 pixels"):
        job.result()


# ---- uploads


@pytest.mark.parametrize("fault", [*UNSENT, "429", "429, 7 s", "slow"])
def test_an_upload_that_surely_did_not_arrive_is_sent_again(world: World, fault: str) -> None:
    world.script["upload"] = [fault]
    job = world.submit(references=[png(7)])
    world.finish()
    assert delivered(world, job)
    assert world.server.uploads == 1


@pytest.mark.parametrize("fault", ["no answer", "no answer in time", "cut off", "HTML", *TROUBLE, *MISSHAPEN])
def test_an_upload_without_an_answer_is_not_sent_again_and_nothing_is_billed(world: World, fault: str) -> None:
    world.script["upload"] = [fault]
    job = world.submit(references=[png(7)])
    world.finish()
    with pytest.raises(am.UploadError, match=r"could not be uploaded, so the request was not sent\."):
        job.result()
    assert len(world.transport.calls_of("upload")) == 1
    assert world.server.tasks == {}
    assert (job.status, world.row(job)["status"]) == ("failed", "failed")


# ---- prices


@pytest.mark.parametrize("fault", [*UNSENT, *TROUBLE, "HTML", *MISSHAPEN])
def test_without_a_price_list_the_catalogue_stands_in(world: World, fault: str) -> None:
    world.script["price"] = [fault] * 5
    job = world.submit(n=3)
    world.finish()
    assert delivered(world, job)
    assert job.cost is not None
    assert (job.cost.amount, job.cost.estimated) == (pytest.approx(3 * PRICE), True)


# ---- what becomes of a task


@pytest.mark.parametrize("shape", [OLD_SHAPE, NEW_SHAPE])
@pytest.mark.parametrize(
    "fate", ["good", "known late", "file late", "empty at first", "backwards", "odd words", "slow", "clock ahead"]
)
def test_a_task_that_only_looks_bad_brings_its_pictures(
    make_world: Callable[..., World], fate: str, shape: str
) -> None:
    world = make_world(shape=shape, says_cost=True)
    world.open()
    world.server.fates = [fate]
    seen: list[float] = []
    world.session.watch(lambda job: seen.append(job.progress))
    job = world.submit(n=2)
    world.finish()
    assert delivered(world, job)
    assert seen == sorted(seen)
    assert job.cost is not None
    assert (job.cost.amount, job.cost.estimated) == (pytest.approx(2 * PRICE), False)
    assert world.session.spent().billed == pytest.approx(2 * PRICE)


def test_a_picture_said_to_have_expired_is_not_given_up_for_trouble_on_the_way(world: World) -> None:
    world.server.fates = ["clock ahead"]
    world.script["file"] = ["no connection"] * 15
    job = world.submit()
    world.finish()
    assert isinstance(job.error, am.DownloadError)
    assert not job.error.lasting
    world.session.look_again(job)
    world.finish()
    assert delivered(world, job)


def test_a_refused_address_is_not_given_up_while_the_task_cannot_be_asked_for_a_new_one(world: World) -> None:
    world.server.fates = ["clock ahead"]
    job = world.submit()
    world.clock.run(lambda: bool(world.transport.calls_of("file")))
    world.script.update(file=["403"] * 2, poll=["no connection"] * 40)
    world.finish()
    world.script.clear()
    if job.status == "failed":
        assert isinstance(job.error, am.DownloadError)
        assert not job.error.lasting
        world.session.look_again(job)
        world.finish()
    assert delivered(world, job)


@pytest.mark.parametrize("fate", ["fails with an object", "fails with a string"])
def test_a_failed_task_says_why_and_costs_nothing(world: World, fate: str) -> None:
    world.server.fates = [fate]
    job = world.submit()
    world.finish()
    with pytest.raises(am.TaskFailedError, match=r"It said: out of paint\. Nothing was billed\.$"):
        job.result()
    assert (job.status, job.may_be_billed, world.row(job)["status"]) == ("failed", False, "failed")
    assert float(world.session.spent()) == 0.0


def test_the_filter_speaks_and_nothing_is_billed(world: World) -> None:
    world.server.fates = ["refused by the filter"]
    job = world.submit()
    world.finish()
    with pytest.raises(am.ContentPolicyError, match=r"Refused by the safety filter\..* Nothing was billed\.$"):
        job.result()
    assert job.status == "failed"


def test_fewer_pictures_than_asked_are_what_it_is_completed_with_and_billed_for(world: World) -> None:
    world.server.fates = ["fewer"]
    job = world.submit(n=4)
    world.finish()
    assert delivered(world, job)
    assert len(job.result()) == 3
    assert job.cost is not None
    assert job.cost.amount == pytest.approx(3 * PRICE)


def test_expired_addresses_end_a_job_for_good_and_say_so(world: World) -> None:
    world.server.fates = ["expired"]
    job = world.submit(n=2)
    world.finish()
    with pytest.raises(am.DownloadError, match=r"Its address has expired, and APIMart gave no new one\. It may be"):
        job.result()
    assert (job.status, world.row(job)["status"]) == ("failed", "failed")
    assert world.session.spent().billed == pytest.approx(2 * PRICE)
    asked = len(world.transport.calls)
    assert world.restart().jobs == ()
    assert len(world.transport.calls) == asked


def test_a_forgotten_task_ends_a_job_for_good_and_counts_as_billed(world: World) -> None:
    world.server.fates = ["forgotten"]
    job = world.submit(n=2)
    world.finish()
    with pytest.raises(am.DownloadError, match=r"no longer knows the task task_0.*It may be billed\.$"):
        job.result()
    assert (job.status, job.may_be_billed, world.row(job)["status"]) == ("failed", True, "failed")
    assert world.session.spent().billed == pytest.approx(2 * PRICE)
    with pytest.raises(am.ConfigurationError, match="may be billed"):
        world.session.retry(job)
    assert world.restart().jobs == ()


def test_completed_without_pictures_stays_open_for_three_days_and_then_ends(world: World) -> None:
    world.server.fates = ["empty"]
    job = world.submit()
    world.finish()
    with pytest.raises(am.DownloadError, match=r"completed and names no pictures\. It may be billed"):
        job.result()
    assert world.row(job)["finished"] is None
    assert world.session.spent().in_flight == pytest.approx(PRICE)
    world.close()
    world.clock.pass_by(73 * 3600)
    world.open()
    (again,) = world.session.resume().jobs
    world.finish()
    assert isinstance(again.error, am.DownloadError)
    assert again.error.lasting
    assert world.row(again)["status"] == "failed"
    assert world.session.spent().billed == pytest.approx(PRICE)
    assert world.restart().jobs == ()


@pytest.mark.parametrize("fate", ["corrupt", "truncated", "zero bytes", "bomb"])
def test_a_picture_spoilt_at_the_server_fails_and_is_looked_for_again_until_it_is_too_late(
    world: World, fate: str
) -> None:
    world.server.fates = [fate]
    job = world.submit()
    world.finish()
    assert isinstance(job.error, am.DownloadError)
    assert "could not be fetched" in str(job.error)
    (again,) = world.restart().jobs
    world.finish()
    assert again.status == "failed"
    assert world.row(again)["finished"] is None
    world.close()
    world.clock.pass_by(73 * 3600)
    world.open().resume()
    world.finish()
    assert world.row(again)["status"] == "failed"
    assert world.restart().jobs == ()


def test_a_task_that_never_ends_is_given_up_after_three_days(world: World) -> None:
    world.server.fates = ["endless"]
    job = world.submit()
    began = world.clock.now()
    world.finish()
    with pytest.raises(am.OutcomeUnknownError, match=r"No result came within 72 hours\. It may be billed; its id is"):
        job.result()
    assert (job.status, world.row(job)["status"]) == ("unknown", "unknown")
    assert 72 * 3600 < world.clock.now() - began < 72.5 * 3600
    gaps = waits(world, "poll")
    assert max(gap for gap in gaps[1:20]) < 20
    assert max(gaps) == pytest.approx(600, abs=1)
    assert world.session.spent().in_flight == pytest.approx(PRICE)
    assert world.restart().jobs == ()


def test_every_fate_has_its_test() -> None:
    told = {"good", "known late", "file late", "empty at first", "backwards", "odd words", "slow", "clock ahead"}
    told |= {"fails with an object", "fails with a string", "refused by the filter", "fewer", "expired", "forgotten"}
    told |= {"empty", "corrupt", "truncated", "zero bytes", "bomb", "endless"}
    assert told == set(FATES)
