"""``Tracker``: follows accepted tasks until they are finished, on the background thread.

Between two questions a job is a ``Watch`` and an alarm, and no coroutine: a thousand jobs may wait at once, and each
object among them lengthens the moments in which the interpreter collects garbage and everything stands still.
"""

from __future__ import annotations

import asyncio
import collections
import dataclasses
from collections.abc import Callable
from typing import Any, NamedTuple

from . import polling
from .answers import exchange, gives_reason, is_content_policy, is_passing, said
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
_MISSES_FORGIVEN = 10
_FORGOTTEN_AFTER = 60.0
_FORGOTTEN_AFTER_A_RESTART = 15.0
# A server that is busy says when to come again. What it asks for beyond this may be a mistake, and pictures wait.
_LONGEST_HELD_OFF = 600.0
# So many questions at once: where a thousand tasks come up together, those that would wait for a connection need not
# wait as coroutines.
_AT_ONCE = 32
# A list that is short of pictures, or empty, is asked for so often again.
_SHORT_FORGIVEN, _EMPTY_FORGIVEN, _SHORT_PAUSE = 1, 3, 1.0


class Finished(NamedTuple):
    """A task that is finished and has pictures. ``resumed``: it was accepted some time ago, so its id was no news."""

    task: Task
    resumed: bool


@dataclasses.dataclass(slots=True, eq=False)
class Watch:
    """What is known of a job's task that is not finished yet; moments in seconds since it was accepted."""

    job: Job
    accepted: float
    resumed: bool
    polls: int = 0
    misses: int = 0
    missed_at: float = 0.0
    short_answers: int = 0
    running_at: float = 0.0
    """When it was last asked for and not finished."""
    told: float | None = None
    """How long it would take by the progress it had then."""
    progress: float | None = None
    finished: bool = False
    held_off: float = 0.0
    """Seconds that a busy server asked to be left alone."""
    alarm: asyncio.Future[None] | None = None


class Tracker:
    """Asks for tasks, each at its turn.

    ``on_turn`` is called with a job that has waited and whose task is to be asked for now, ``on_slow`` with one that
    will take long.
    """

    def __init__(
        self,
        client: AsyncClient,
        durations: Durations,
        *,
        clock: Clock,
        on_turn: Callable[[Job], None],
        on_slow: Callable[[Job], None],
    ) -> None:
        self._client = client
        self._durations = durations
        self._clock = clock
        self._on_turn = on_turn
        self._on_slow = on_slow
        self._watches: dict[str, Watch] = {}
        self._nudged: set[str] = set()
        self._waiting: dict[asyncio.Future[None], Watch] = {}
        self._due: collections.deque[Watch] = collections.deque()
        self._turns = 0
        # One for every alarm.
        self._rang = self._ring

    def nudge(self, job: Job) -> None:
        """Ask for a job's task at once."""
        self._nudged.add(job.id)
        watch = self._watches.get(job.id)
        if watch is not None and watch.alarm is not None:
            wake(watch.alarm)

    def is_waiting(self, job: Job) -> bool:
        """Whether ``on_turn`` will be called with this job."""
        watch = self._watches.get(job.id)
        return watch is not None and watch.alarm is not None

    def forget(self, job: Job) -> None:
        """Nobody follows this job any more."""
        self._nudged.discard(job.id)
        self._watches.pop(job.id, None)

    def close(self) -> None:
        """Call nobody any more."""
        self._waiting.clear()
        self._due.clear()
        self._watches.clear()

    async def follow(self, job: Job, *, resumed: bool = False) -> Finished | None:
        """Begin to ask for a job's task: at once, as ``look`` does, or once it is its turn."""
        await self._durations.read()
        accepted = self._clock.now() if job._accepted is None else job._accepted
        watch = self._watches[job.id] = Watch(job, accepted, resumed)
        return None if self._waits(watch) else await self._look(watch)

    async def look(self, job: Job) -> Finished | None:
        """Ask for the task of a job whose turn it is; None where that comes again later.

        Raises:
            TaskFailedError, ContentPolicyError: why there are no pictures.
            DownloadError: it is called completed and names none, or the server has forgotten it.
            OutcomeUnknownError: it was accepted and can no longer be asked for.
        """
        try:
            return await self._look(self._watches[job.id])
        finally:
            self._turns -= 1
            self._give_turns()

    async def _look(self, watch: Watch) -> Finished | None:
        while True:
            self._nudged.discard(watch.job.id)
            task = await self._ask(watch)
            if task is not None:
                return Finished(task, watch.resumed)
            if self._waits(watch):
                return None

    def _waits(self, watch: Watch) -> bool:
        """Whether it is not yet a task's turn; then ``on_turn`` is called once it is, or somebody asks to look."""
        job, waited = watch.job, max(0.0, self._clock.now() - watch.accepted)
        if waited > polling.SLOW_AFTER:
            # It may take days; jobs that wait for a slot should not.
            self._on_slow(job)
        if waited > polling.GIVE_UP_AFTER and watch.polls and not watch.finished:
            raise self._out_of_sight(job, say("jobs.gave_up"))
        expected = self._durations.expect(job.request, job.estimated_time)
        gap = polling.next_poll(waited, polls=watch.polls, expected=expected, progress=watch.progress)
        if watch.finished:  # and short of pictures, which may be there in a moment
            gap = min(gap, _SHORT_PAUSE)
        gap = max(gap, watch.held_off)
        if gap <= 0 or job.id in self._nudged:
            return False
        watch.alarm = self._clock.alarm(gap)
        self._waiting[watch.alarm] = watch
        # In the context of the job, by which a kernel tells whose output it is.
        watch.alarm.add_done_callback(self._rang)
        return True

    def _ring(self, alarm: asyncio.Future[None]) -> None:
        watch = self._waiting.pop(alarm, None)
        if watch is not None:
            self._due.append(watch)
            self._give_turns()

    def _give_turns(self) -> None:
        while self._due and self._turns < _AT_ONCE:
            watch = self._due.popleft()
            watch.alarm = None
            self._turns += 1
            self._on_turn(watch.job)

    async def _ask(self, watch: Watch) -> Task | None:
        """Ask for a task once; None where it is not finished, or nobody could say."""
        job = watch.job
        assert job.task_id is not None  # it was accepted
        watch.polls += 1
        watch.held_off = 0.0
        asked_at = self._clock.now() - watch.accepted
        heard: dict[str, Any] = {}
        try:
            task = await self._client.retrieve(job.task_id, notify=job._noting("poll", heard))
        except APIError as error:
            job._happened("poll", because=error.message, **exchange(error))
            if isinstance(error, NotFoundError):
                if gives_reason(error):  # else a gateway has lost its way to the server, which may last
                    self._missed(watch, error)
                return None
            if not is_passing(error):
                raise self._out_of_sight(job, error.message) from error
            watch.held_off = min(error.retry_after or 0.0, _LONGEST_HELD_OFF)
            return None
        watch.misses, watch.progress, watch.finished = 0, task.progress, task.finished
        self._saw(job, task, heard)
        forgiven = _SHORT_FORGIVEN if task.images else _EMPTY_FORGIVEN
        if task.status == "completed" and len(task.images) < job.request.n and watch.short_answers < forgiven:
            watch.short_answers += 1
            return None
        if not task.finished:
            watch.running_at, watch.told = asked_at, pointed_to(asked_at, task.progress)
            return None
        if task.images:
            self._learn(watch, task)
        return self._succeeded(job, task, asked_at)

    def _missed(self, watch: Watch, error: NotFoundError) -> None:
        """The server does not know a task, which it may again in a moment."""
        now = self._clock.now()
        watch.misses += 1
        watch.missed_at = watch.missed_at if watch.misses > 1 else now
        is_news = watch.missed_at - watch.accepted <= _FORGOTTEN_AFTER
        forgotten_after = _FORGOTTEN_AFTER_A_RESTART if watch.resumed and not is_news else _FORGOTTEN_AFTER
        if watch.misses > _MISSES_FORGIVEN and now - watch.missed_at >= forgotten_after:
            raise DownloadError(say("jobs.task_gone", task_id=watch.job.task_id), lasting=True) from error

    def _learn(self, watch: Watch, task: Task) -> None:
        """Remember how long it took: by the server's account, which is in whole seconds, within what was seen here."""
        running_at, done_at = watch.running_at, self._clock.now() - watch.accepted
        if task.generated is None and done_at - running_at > polling.MAX_GAP:
            return  # nobody was there when it ended
        middle = (running_at + done_at) / 2 if task.generated is None else task.generated
        seconds = max(0.0, min(max(middle, running_at), done_at))
        request = watch.job.request
        estimated = watch.job.estimated_time
        took = Took(request.model, request.quality, request.size, seconds, estimated, watch.told)
        self._durations.add([took])

    @staticmethod
    def _out_of_sight(job: Job, reason: str) -> OutcomeUnknownError:
        sentence = say("jobs.out_of_sight", task_id=job.task_id, reason=reason)
        return OutcomeUnknownError(sentence, job_id=job.id, task_id=job.task_id)

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
