"""What holds whatever happened, once the server behaves and everything was taken up once more."""

from __future__ import annotations

import re
from typing import Any

from apimart_widgets.jobs import FINAL, Job
from apimart_widgets.ledger import DAY, LOST_AFTER
from tests.faults.server import ServerTask
from tests.faults.world import World

# What a job has to say for itself where pictures of its task are missing.
SAYS_WHY = {
    "expired": "expired",
    "corrupt": "could not be fetched",
    "truncated": "could not be fetched",
    "zero bytes": "could not be fetched",
    "bomb": "could not be fetched",
    "empty": "names no pictures",
    "forgotten": "no longer knows the task",
}
ENDS = (".", "。", "!", "?")
_NO_SENTENCE = re.compile(r"Traceback|Error\(|Exception|<html|\b0x[0-9a-f]{6}|\bNone\b|mistake in this package")


def last_handles(world: World) -> dict[str, Job]:
    return {job.id: job for job in world.handles}


def check(world: World) -> None:
    rows = {job_id: world.session.library.job(job_id) for job_id in last_handles(world)}
    for job in world.handles:
        check_handle(world, job)
    for job_id, job in last_handles(world).items():
        row = rows[job_id]
        if row is None:
            # Its process ended before it was written down: then nothing was sent either.
            assert not world.posts(job.idempotency_key)
            assert job.status in ("cancelled", "failed")
            continue
        check_row(world, job, row)
        check_posts(world, job)
        check_pictures(world, job, row)
    tasks = [row["task_id"] for row in rows.values() if row is not None and row["task_id"] is not None]
    assert len(tasks) == len(set(tasks))
    if world.server.honours_keys:
        assert len(world.server.tasks) <= len(rows)
        check_spent(world, {row["task_id"]: row for row in rows.values() if row is not None})
    assert {call.key for call in world.transport.calls_of("submit")} <= {j.idempotency_key for j in world.handles}


def check_handle(world: World, job: Job) -> None:
    """It ended, and says why in a sentence."""
    assert job.done()
    assert job.status in FINAL
    if job.status == "completed":
        assert [image.bytes for image in job.images] == world.server.tasks[job.task_id or ""].pictures
    else:
        assert job.error is not None
    if job.error is not None:
        check_sentence(str(job.error))


def check_sentence(text: str) -> None:
    assert text.endswith(ENDS), text
    assert len(text.split()) > 3, text
    assert not _NO_SENTENCE.search(text), text


def check_row(world: World, job: Job, row: dict[str, Any]) -> None:
    kinds = world.kinds(job)
    ends = [kind for kind in kinds if kind in (*FINAL, "discarded")]
    assert row["idempotency_key"] == job.idempotency_key
    assert row["holder"] is None, row
    if row["error"] is not None:
        check_sentence(row["error"])
    assert kinds[0] == "queued"
    if row["finished"] is None:
        # Pictures that could not be fetched, and may be one day.
        assert row["task_id"] is not None, row
        assert row["error"] is not None, row
        assert ends[-1] == "failed", kinds
    else:
        assert row["status"] in FINAL, row
        assert ends[-1] in (row["status"], "discarded"), (kinds, row)
        assert (row["error"] is None) == (row["status"] in ("completed", "cancelled")), row
    if job in world.session.jobs and "discarded" not in kinds:
        assert row["error"] == (None if job.error is None else str(job.error))
        assert row["task_id"] == job.task_id
        assert row["finished"] is None or row["status"] == job.status


def check_posts(world: World, job: Job) -> None:
    """The same bytes each time, and in the story each time it was sent by a life that could write it down."""
    posts = world.posts(job.idempotency_key)
    assert len(set(posts)) <= 1
    kinds = world.kinds(job)
    lives = [life for life in range(world.life + 1) if world.posts(job.idempotency_key, life=life)]
    assert len(set(lives) - world.refused) <= kinds.count("sending") + kinds.count("picked up")
    tasks = world.server.of_key(job.idempotency_key)
    if world.server.honours_keys:
        assert len(tasks) <= 1
        return
    for life in lives:
        made = [task for task in tasks if task.life == life]
        # Once, and once more where the first sending got no answer; by later lives only that once more.
        assert len(made) <= (2 if life == lives[0] else 1), made
    if len(tasks) > 1:
        may_be_billed = job.status == "unknown" and "may be billed" in str(job.error)
        assert job.notice is not None or may_be_billed or not job.done() or "discarded" in kinds, job


def check_pictures(world: World, job: Job, row: dict[str, Any]) -> None:
    tasks = world.server.of_key(job.idempotency_key)
    billed = world.server.billed()
    own = [task for task in tasks if world.server.honours_keys or task.id == row["task_id"]]
    if row["status"] == "unknown" or any(task.id in billed for task in own):
        # Of a task that was doubled where keys are ignored, the job's notice speaks.
        assert "Nothing was billed" not in (row["error"] or ""), row
    kept = world.kept(job)
    task = world.server.tasks.get(row["task_id"] or "")
    assert task is None or task in tasks
    if row["status"] == "completed":
        assert task is not None
        assert kept == task.pictures
        assert task.id in billed
        return
    for each in tasks:
        # Of a doubled task only one can be asked for.
        if each.id in billed and (each is task or world.server.honours_keys) and kept != each.pictures:
            assert is_excused(world, row, each), (row, each)


def is_excused(world: World, row: dict[str, Any], task: ServerTask) -> bool:
    """Whether the job says why pictures of a task are missing, and it is true."""
    said = row["error"] or ""
    too_late = world.clock.now() - row["sent"] > LOST_AFTER
    if row["status"] == "unknown" and (row["dismissed"] is not None or too_late) and "may be billed" in said:
        return True
    if world.clock.now() - task.created > LOST_AFTER and ("72 hours" in said or "expired" in said):
        return True
    return task.fate in SAYS_WHY and (SAYS_WHY[task.fate] in said or "cannot be fetched any more" in said)


def check_spent(world: World, rows: dict[str | None, dict[str, Any]]) -> None:
    now = world.clock.now()
    expected = 0.0
    for task in world.server.tasks.values():
        known = task.id in rows and rows[task.id]["status"] == "completed"
        if task.id in world.server.billed() and (task.finishes if known else task.created) >= now - DAY:
            expected += task.price
    assert world.session.spent().total >= expected - 1e-9
    budget = world.session.daily_budget
    if budget is not None:
        for task in world.server.tasks.values():
            window = [
                each.price
                for each in world.server.tasks.values()
                if task.created - DAY < each.created <= task.created and each.id in world.server.billed()
            ]
            assert sum(window) <= budget + 1e-9
