"""``Tracker``: follows an accepted task until it is finished, on the background thread."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from . import polling
from .answers import exchange, is_content_policy, is_passing, said
from .client import AsyncClient
from .durations import Durations
from .errors import (
    APIError,
    ContentPolicyError,
    DownloadError,
    NotFoundError,
    OutcomeUnknownError,
    TaskFailedError,
)
from .expectation import pointed_to
from .jobs import Job
from .ledger import LOST_AFTER
from .library import Took
from .loop import Clock, wake
from .task import Task
from .words import say

# A task id is asked for moments after it was given out, and a gateway may lose its way for a while. Pictures that are
# paid for are not given up for that: only what stays unknown, however often and long it is asked for, is forgotten.
_MISSES_FORGIVEN = 3
_FORGOTTEN_AFTER = 60.0
_FORGOTTEN_AFTER_A_RESTART = 15.0
# A server that is busy says when to come again. What it asks for beyond this may be a mistake, and pictures wait.
_LONGEST_HELD_OFF = 600.0
# A list that is short of pictures is asked for so often again.
_SHORT_FORGIVEN, _SHORT_PAUSE = 1, 1.0


class Tracker:
    """Asks for tasks, each at its turn. ``on_slow`` is called with a job that will take long."""

    def __init__(
        self, client: AsyncClient, durations: Durations, *, clock: Clock, on_slow: Callable[[Job], None]
    ) -> None:
        self._client = client
        self._durations = durations
        self._clock = clock
        self._on_slow = on_slow
        self._alarms: dict[str, asyncio.Future[None]] = {}
        self._nudged: set[str] = set()

    def nudge(self, job: Job) -> None:
        """Ask for a job's task at once."""
        self._nudged.add(job.id)
        if job.id in self._alarms:
            wake(self._alarms[job.id])

    def forget(self, job: Job) -> None:
        """Nobody follows this job any more."""
        self._nudged.discard(job.id)

    async def follow(self, job: Job, *, resumed: bool = False) -> Task:
        """Ask for a job's task until it is finished. ``resumed``: it was accepted some time ago, so its id is no news.

        Raises:
            TaskFailedError, ContentPolicyError: why there are no pictures.
            DownloadError: it is called completed and names none, or the server has forgotten it.
            OutcomeUnknownError: it was accepted and can no longer be asked for.
        """
        task_id = job._task_id
        assert task_id is not None  # it was accepted
        forgotten_after = _FORGOTTEN_AFTER_A_RESTART if resumed else _FORGOTTEN_AFTER
        accepted = self._clock.now() if job._accepted is None else job._accepted
        polls, misses, missed_at, short_answers = 0, 0, 0.0, 0
        running_at, told = 0.0, None
        # Of the last answer, and not all of it: a thousand jobs may wait at once.
        progress: float | None = None
        finished = False
        held_off = 0.0
        await self._durations.read()
        while True:
            waited = max(0.0, self._clock.now() - accepted)
            if waited > polling.SLOW_AFTER:
                # It may take days; jobs that wait for a slot should not.
                self._on_slow(job)
            if waited > polling.GIVE_UP_AFTER and polls and not finished:
                raise self._out_of_sight(job, say("jobs.gave_up"))
            expected = self._durations.expect(job.request, job.estimated_time)
            gap = polling.next_poll(waited, polls=polls, expected=expected, progress=progress)
            if finished:  # and short of pictures, which may be there in a moment
                gap = min(gap, _SHORT_PAUSE)
            alarm = self._alarm(job, max(gap, held_off))
            if alarm is not None:
                try:
                    await alarm
                finally:
                    del self._alarms[job.id]
            self._nudged.discard(job.id)
            polls, held_off = polls + 1, 0.0
            asked_at = self._clock.now() - accepted
            heard: dict[str, Any] = {}
            try:
                task = await self._client.retrieve(task_id, notify=job._noting("poll", heard))
            except NotFoundError as error:
                misses += 1
                missed_at = missed_at if misses > 1 else self._clock.now()
                job._happened("poll", because=error.message, **exchange(error))
                if misses > _MISSES_FORGIVEN and self._clock.now() - missed_at >= forgotten_after:
                    raise DownloadError(say("jobs.task_gone", task_id=job.task_id), lasting=True) from error
                continue
            except APIError as error:
                job._happened("poll", because=error.message, **exchange(error))
                if is_passing(error):
                    held_off = min(error.retry_after or 0.0, _LONGEST_HELD_OFF)
                    continue
                raise self._out_of_sight(job, error.message) from error
            misses, progress, finished = 0, task.progress, task.finished
            self._saw(job, task, heard)
            forgiven = _SHORT_FORGIVEN if task.images else _MISSES_FORGIVEN
            if task.status == "completed" and len(task.images) < job.request.n and short_answers < forgiven:
                short_answers += 1
                continue
            if task.finished:
                if task.images:
                    self._learn(job, task, running_at, self._clock.now() - accepted, told)
                return self._succeeded(job, task, waited)
            running_at, told = asked_at, pointed_to(asked_at, progress)
            del task

    def _learn(self, job: Job, task: Task, running_at: float, done_at: float, told: float | None) -> None:
        """Remember how long it took: by the server's account, which is in whole seconds, within what was seen here."""
        if task.generated is None and done_at - running_at > polling.MAX_GAP:
            return  # nobody was there when it ended
        middle = (running_at + done_at) / 2 if task.generated is None else task.generated
        seconds = max(0.0, min(max(middle, running_at), done_at))
        request = job.request
        took = Took(request.model, request.quality, request.size, seconds, job.estimated_time, told)
        self._durations.add([took])

    @staticmethod
    def _out_of_sight(job: Job, reason: str) -> OutcomeUnknownError:
        sentence = say("jobs.out_of_sight", task_id=job.task_id, reason=reason)
        return OutcomeUnknownError(sentence, job_id=job.id, task_id=job.task_id)

    def _alarm(self, job: Job, seconds: float) -> asyncio.Future[None] | None:
        """What rings at the task's next turn, or when somebody asks to look at once; None where that is now."""
        if seconds <= 0 or job.id in self._nudged:
            return None
        alarm = self._alarms[job.id] = self._clock.alarm(seconds)
        return alarm

    def _saw(self, job: Job, task: Task, heard: dict[str, Any]) -> None:
        # What it expects to take is told with every answer, and written down once.
        expected = None if job.estimated_time else task.estimated_time
        seen = {"status": task.status, "progress": task.progress, "estimated_time": expected, **heard}
        job._happened("poll", **{name: value for name, value in seen.items() if value is not None})
        job._report(progress=task.progress, estimated_time=task.estimated_time)
        if task.finished:
            job._answer = task.answer
        if job.status == "submitted" and not task.finished and task.status not in ("submitted", "pending"):
            job._enter("processing")

    def _succeeded(self, job: Job, task: Task, waited: float) -> Task:
        if task.status == "completed" and task.images:
            return task
        if task.status == "completed":
            raise DownloadError(say("jobs.no_pictures", task_id=task.id), lasting=waited > LOST_AFTER)
        detail = task.error
        quoted = said(detail.message) if detail else ""
        if detail is not None and is_content_policy(detail):
            sentence = say(
                "client.two",
                first=say("client.content_policy", status="", said=quoted, wait="", where=""),
                second=say("client.nothing_billed"),
            )
            raise ContentPolicyError(sentence, detail=detail.message or None, code=detail.code or detail.type or None)
        key = "jobs.task_cancelled" if task.status == "cancelled" else "jobs.task_failed"
        raise TaskFailedError(
            say(key, said=quoted),
            job_id=job.id,
            task_id=task.id,
            code=(detail.code or detail.type or None) if detail else None,
            detail=(detail.message or None) if detail else None,
        )
