"""``Runner``: takes jobs through queue, uploads, POST and polling, on the background thread.

The order of writes is what keeps paid pictures: the row before the POST, the task id right after it, each picture's
file and row before the job counts as completed. Once a request was sent, trouble with the ledger is told and does not
stop the job: its pictures stay reachable in memory. A job that another kernel has taken over is followed in the ledger.
"""

from __future__ import annotations

import asyncio
import collections
import contextlib
import contextvars
from collections.abc import Callable, Coroutine, Iterable, Iterator
from typing import Any, TypeVar

from .answers import exchange
from .catalog import Estimate
from .client import AsyncClient
from .delivery import Delivery
from .durations import Durations
from .errors import (
    APIError,
    APIMartError,
    BudgetError,
    DownloadError,
    JobError,
    LibraryError,
    OutcomeUnknownError,
)
from .interrupts import uninterrupted
from .jobs import IN_OTHER_HANDS, UNSENT, Job, Status, logger, status_on_its_way, unpacked
from .ledger import HOLD, AskedBefore, Events, HoldLost, Row, Scope
from .library import Library
from .loop import LAST_WAIT, LOOK, Clock, IOThread
from .prices import Prices, cost_columns
from .prices import estimate as estimated
from .redaction import redacted_json
from .task import Task
from .tracker import Finished, Tracker
from .uploads import Uploads
from .words import Sentence, say

# How often the ledger is read for a job that another kernel moves along.
_GLANCE = 2.0
_NOBODY = {"holder": None, "held_until": None}

T = TypeVar("T")

# Brings a job on until its task is finished, or None: until it waits for its turn to be asked for, or is at its end.
# Called with the runner and the job, since a method of each would be one more thing a queued job consists of.
Steps = Callable[["Runner", Job], Coroutine[Any, Any, "Finished | None"]]

# A request without an answer is sent once more by itself after a restart, and not again by every session of a process.
_posted_here: set[str] = set()


def posted_here() -> frozenset[str]:
    """Ids of jobs whose POST this process has begun."""
    return frozenset(_posted_here)


def _by_mistake(job: Job, error: Exception) -> tuple[Status, JobError]:
    """How a job ends by a mistake of ours, and what is said of it."""
    # From "sending" on nobody can rule out that the request arrived.
    status: Status = "failed" if job.status in UNSENT else "unknown"
    return status, JobError(say("jobs.bug", error=repr(error)), job_id=job.id, task_id=job.task_id)


def _from(status: str) -> Steps:
    """What brings a job on from where it was left; one that was cancelled meanwhile, to where that is written down."""
    return Runner._drive if status in ("queued", "cancelled") else Runner._pick_up


class Runner:
    """At most ``max_concurrency`` jobs at once, the rest in the order they came. Lives on the background thread."""

    def __init__(
        self,
        client: AsyncClient,
        library: Library,
        scope: Scope,
        *,
        io: IOThread,
        clock: Clock,
        max_concurrency: int,
        daily_budget: float | None = None,
    ) -> None:
        self._client = client
        self._library = library
        self._scope = scope
        self._io = io
        self._clock = clock
        self._most = max_concurrency
        self._budget = daily_budget
        self.prices = Prices(client, scope)
        self._uploads = Uploads(client, library, scope, io=io, clock=clock)
        durations = Durations(library, scope.mode, io=io)
        self._tracker = Tracker(client, durations, clock=clock, on_turn=self._look_again, on_slow=self._release)
        self._delivery = Delivery(client, library, scope, io=io, clock=clock)
        self._closed = False
        self._waiting: collections.deque[tuple[Job, Steps]] = collections.deque()
        self._running: set[Job] = set()
        self._entrance = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        # One for every task.
        self._let_go, self._context = self._tasks.discard, contextvars.copy_context()
        # Closing lets these go on for a while: where a POST is under way, until the number of its task is written down,
        # and where a row is, since its job may have been cancelled.
        self._writing: set[asyncio.Task[Any] | None] = set()
        self._alive: set[Job] = set()
        self._unwritten: set[Job] = set()
        # Cancelled, which their rows do not say yet.
        self._dropped: set[Job] = set()
        self._keeping_hold = False

    def submit(self, job: Job) -> None:
        """Take a new job on, from any thread."""
        self._io.call(lambda: self._start(self.enrol(job)))

    def resume(self, job: Job) -> None:
        """Take up again, from any thread, a job that was sent and ended without its pictures."""
        with uninterrupted():
            if job._reopen():
                self._io.call(lambda: self._line_up(job, Runner._retake))

    def take_up(self, jobs: Iterable[Job]) -> None:
        """Take on, from any thread, jobs of the ledger that this library holds, each where it was left."""
        for job in jobs:
            steps = _from(job.status)
            self._io.call(lambda job=job, steps=steps: self._line_up(job, steps))  # type: ignore[misc]

    def follow(self, job: Job) -> None:
        """Follow, from any thread, a job that another kernel moves along."""
        self._io.call(lambda: self._start(self._guarded(job, Runner._follow_ledger)))

    def nudge(self, job: Job) -> None:
        """Ask for a running job's task at once, from any thread."""
        self._io.call(lambda: self._tracker.nudge(job))

    def dropped(self, job: Job) -> None:
        """Told, from any thread, that a job was cancelled before it was sent."""
        self._dropped.add(job)
        self._io.call(lambda: self._start(self._forget(job)))

    def unwritten_cancels(self) -> frozenset[str]:
        """Ids of jobs that were cancelled before they were sent, which their rows do not say yet; from any thread."""
        return frozenset(job.id for job in tuple(self._dropped))

    def watch(self, ids: Iterable[str], taken: Callable[[list[Row]], object]) -> None:
        """Take up jobs of another kernel once that is gone, from any thread; ``taken`` is told of their rows."""
        wanted = set(ids)
        if wanted:
            self._io.call(lambda: self._start(self._watch(wanted, taken)))

    def ask(self, question: Callable[[], Coroutine[Any, Any, T]], then: Callable[[T], object]) -> None:
        """Ask the server something beside the jobs, from any thread; ``then`` gets the answer, if one comes."""

        async def asked() -> None:
            try:
                then(await question())
            except APIError as error:
                logger.info("%s", error)

        self._io.call(lambda: self._start(asked()))

    async def close(self) -> None:
        """Stop moving jobs along. What was sent stays in the ledger as it stands, for whoever comes next.

        Answers to POSTs that are under way are waited for a little: torn off, each may be billed all the same, and
        nobody knows its task.
        """
        self._closed = True
        self._waiting.clear()
        tasks = [task for task in self._tasks if task is not asyncio.current_task()]
        going, until = set(tasks), self._io.loop.time() + LAST_WAIT
        leaving = self._io.loop.create_task(self._quietly(self._leave_unsent))
        while going:
            for task in going - (self._writing if self._io.loop.time() < until else set()):
                going.discard(task)
                task.cancel()
            if going:
                await asyncio.sleep(LOOK)
        await asyncio.gather(leaving, *tasks, return_exceptions=True)
        self._tracker.close()
        await self._quietly(self.settle)
        await self._quietly(self._library.let_go)

    async def _quietly(self, work: Callable[..., None], *args: Any) -> None:
        """Work on the ledger that comes right by itself later where it fails now."""
        try:
            await self._io.work(work, *args)
        except LibraryError as error:
            logger.info("%s", error)

    def settle(self) -> None:
        """Commit what the ledger does not say yet of jobs that ended; on any thread but the background one.

        Raises:
            LibraryError: it still cannot.
        """
        for job in [job for job in tuple(self._unwritten) if job.done() or self._closed]:
            with contextlib.suppress(HoldLost):
                self._save(job)
            self._unwritten.discard(job)
        self._settle_cancelled()

    def _settle_cancelled(self) -> None:
        for job in [job for job in tuple(self._dropped) if job._fence is not None]:
            with contextlib.suppress(HoldLost):
                self._save(job, **self._as_cancelled())
            self._dropped.discard(job)

    def _leave_unsent(self) -> None:
        """Hold no longer what is not sent any more: another session that is asked for the same need not wait."""
        self._settle_cancelled()
        self._library.let_go(None, "queued")

    def _start(self, coroutine: Any) -> None:
        if self._closed:
            coroutine.close()
            return
        task = self._io.loop.create_task(coroutine)
        # The loop itself keeps only weak references to its tasks.
        self._tasks.add(task)
        task.add_done_callback(self._let_go, context=self._context)

    # ---- the queue

    async def enrol(self, job: Job, *, repeat: int | None = None) -> None:
        """Commit a new job's row and let it wait for its turn.

        Raises:
            AskedBefore: more than ``repeat`` others asked for the same; it has no row.
            BudgetError: the daily budget does not allow it; it has no row.
        """
        async with self._entrance:  # one after the other: the pool's two workers would let jobs overtake each other
            try:
                reserve = await self._reservation(job)
                self._writing.add(asyncio.current_task())
                job._fence = await self._io.work(self._add_row, job, reserve, repeat)
            except (AskedBefore, BudgetError):
                raise
            except Exception as error:
                # Without its row nothing is sent: a picture nobody can find again must not be paid for.
                self._refuse(job, error)
                return
            finally:
                self._writing.discard(asyncio.current_task())
            if job.done():
                await self._record_cancelled(job)  # before whoever comes next looks for who asked for the same
            else:
                self._line_up(job, Runner._drive)

    @staticmethod
    def _refuse(job: Job, error: Exception) -> None:
        reason: APIMartError
        if isinstance(error, LibraryError):
            reason = error
        else:
            logger.exception("%r could not be written down", job)
            reason = _by_mistake(job, error)[1]
        job._happened("failed", because=str(reason))
        job._finish("failed", reason)

    async def _reservation(self, job: Job) -> Estimate | None:
        """The most a job may cost, set aside; with a budget, a price has to be known."""
        if self._budget is None:
            return self.prices.estimate(job.request)
        reserve = estimated(await self.prices.of(job.request.model), job.request)
        if reserve is None:
            raise BudgetError(say("ledger.price_unknown", model=job.request.model))
        return reserve

    def _add_row(self, job: Job, reserve: Estimate | None, repeat: int | None) -> int:
        now = self._clock.now()
        for reference in job.request.local_references():
            if reference.sha256 in job._pictures:
                self._library.add_local(job._pictures[reference.sha256], at=now)
        with self._events_of(job) as events:
            return self._library.add_job(
                job.id,
                self._scope,
                request=job.request,
                idempotency_key=job.idempotency_key,
                created=job.created,
                reserve=reserve,
                budget=self._budget,
                now=now,
                events=events,
                repeat=repeat,
            )

    def _line_up(self, job: Job, steps: Steps) -> None:
        if self._closed:
            return
        self._waiting.append((job, steps))
        self._keep(job)
        self._pump()

    def _keep(self, job: Job) -> None:
        """Hold on to a job, and to all others, until it is at its end."""
        self._alive.add(job)
        if not self._keeping_hold:
            self._keeping_hold = True
            self._start(self._keep_hold())

    async def _forget(self, job: Job) -> None:
        line = next((each for each in self._waiting if each[0] is job), None)
        if line is not None:
            self._waiting.remove(line)
            self._alive.discard(job)
            await self._record_cancelled(job)
        else:  # its pictures may be on their way to the server for minutes; jobs that wait for a slot should not
            self._release(job)

    def _pump(self) -> None:
        while self._waiting and len(self._running) < self._most:
            job, steps = self._waiting.popleft()
            self._running.add(job)
            self._start(self._guarded(job, steps))

    def _release(self, job: Job) -> None:
        self._running.discard(job)
        self._pump()

    async def _keep_hold(self) -> None:
        """Renew the hold on jobs while there are any. In real time, whatever the clock of the jobs says."""
        while self._alive or self._unwritten:
            await asyncio.sleep(HOLD / 3)
            await self._quietly(self.settle)
            await self._quietly(lambda: self._library.renew(now=self._clock.now()))
        self._keeping_hold = False

    async def _watch(self, wanted: set[str], taken: Callable[[list[Row]], object]) -> None:
        while wanted:
            await asyncio.sleep(HOLD / 2)
            try:
                rows, elsewhere = await self._io.work(
                    lambda ids=frozenset(wanted): self._library.take(self._scope, now=self._clock.now(), ids=ids)
                )
            except LibraryError as error:
                logger.info("%s", error)
                continue
            wanted = set(elsewhere)
            if rows:
                taken(rows)

    # ---- one job

    async def _drive(self, job: Job) -> Finished | None:
        payload = b"" if job.done() else await self._uploads.payload(job)
        if not job._enter("sending", bytes=len(payload)):
            await self._record_cancelled(job)
            return None
        try:
            await self._io.work(self._begin_post, job, payload)
        except LibraryError as error:
            await self._end(job, "failed", error)  # it was not sent
            return None
        await self._post(job, payload)
        return await self._tracker.follow(job)

    async def _retake(self, job: Job) -> Finished | None:
        """Pick a job up that this session had given up, unless another kernel has it by now."""
        if job in self._unwritten:
            # Its hold among it, which would be waited for.
            await self._io.work(self._save, job)
            self._unwritten.discard(job)
        row = await self._io.work(lambda: self._library.retake(job.id, self._scope, now=self._clock.now()))
        if row is None:  # another kernel has it, or has brought it to its end
            raise HoldLost(job.id)
        job._take_over(row)
        return await self._pick_up(job)

    async def _pick_up(self, job: Job) -> Finished | None:
        """Ask for a task that is known, or send the identical request again with its own key."""
        job._happened("picked up")
        if job.task_id is not None:
            await self._record_number(job)
            return await self._tracker.follow(job, resumed=True)
        row = await self._io.work(self._library.job, job.id)
        assert row is not None  # nothing is sent without its row
        job._payload = row["payload"]
        await self._record(job, status="sending")
        await self._post(job, row["payload"], sent_before=True)
        return await self._tracker.follow(job, resumed=True)

    def _look_again(self, job: Job) -> None:
        """Ask for the task of a job that has waited for its turn."""
        self._start(self._guarded(job, lambda runner, job: runner._tracker.look(job)))

    async def _finish(self, job: Job, task: Task, *, resumed: bool) -> None:
        """Bring the pictures of a finished task home."""
        if resumed or self._clock.now() - job.created > HOLD:
            # Read, since a commit takes its time: who was passed over need not fetch anything.
            await self._quietly(self._library.check_hold, job.id, job._fence)
        job._note_short(len(task.images))
        job._enter("downloading", pictures=len(task.images))

        async def priced() -> None:
            # Not committed yet: a successor would ask for the task, and hear the same.
            job._cost = await self.prices.billed(job.request, task, now=self._clock.now())

        try:
            await self._delivery.collect(job, task, priced, resumed=resumed)
        except DownloadError:
            await priced()
            raise
        await priced()
        await self._end(job, "completed")

    async def _guarded(self, job: Job, steps: Steps) -> None:
        """Run steps of a job to their end, whatever that is and whoever comes to it."""
        self._keep(job)
        try:
            while True:
                try:
                    await self._attempt(job, steps)
                except HoldLost:
                    steps = Runner._follow_ledger  # another kernel took it over, as may happen again and again
                    continue
                except Exception as error:  # nor one in how the end is written down
                    logger.exception("The end of %r could not be written down", job)
                    job._finish(*_by_mistake(job, error))
                break
        finally:
            if not self._tracker.is_waiting(job):
                self._tracker.forget(job)
                self._alive.discard(job)
                self._release(job)

    async def _attempt(self, job: Job, steps: Steps) -> None:
        try:
            found = await steps(self, job)
            if found is not None:
                await self._finish(job, found.task, resumed=found.resumed)
        except HoldLost:
            raise
        except OutcomeUnknownError as error:
            await self._end(job, "unknown", error)
        except (DownloadError, LibraryError) as error:
            if isinstance(error, DownloadError) and error.lasting:
                # Pictures nobody will see were paid for all the same.
                job._cost = job._cost or self.prices.at_most(job.request)
                await self._end(job, "failed", error)
                return
            if isinstance(error, LibraryError) and job.status in UNSENT:
                await self._end(job, "failed", error)
                return
            # Finished on the server and perhaps paid for: the ledger keeps it open, so that it can be fetched later.
            job._happened("failed", because=str(error))
            columns, fence = {"status": "downloading"} if job.status == "downloading" else {}, job._fence
            await self._record(job, error=str(error), **columns, **cost_columns(job._cost), **_NOBODY)
            job._finish("failed", error)
            if job._fence != fence and job._reopen():  # taken up again between the two
                self._io.call(lambda: self._line_up(job, Runner._pick_up))
        except APIMartError as error:
            await self._end_with(job, error)
        except Exception as error:  # a bug of ours must not leave a waiting cell hanging
            logger.exception("%r stopped", job)
            await self._end(job, *_by_mistake(job, error))

    async def _end_with(self, job: Job, error: APIMartError) -> None:
        known_by = exchange(error) if isinstance(error, APIError) else {}
        if isinstance(error, APIError) and error.outcome_unknown:
            known = error.message if isinstance(error.message, Sentence) else say("session.problem", text=error.message)
            doubt = say("client.may_be_billed")
            message = known if doubt in known else say("client.two", first=known, second=doubt)
            unknown = OutcomeUnknownError(message, job_id=job.id)
            unknown.__cause__ = error
            await self._end(job, "unknown", unknown, **known_by)
        else:
            await self._end(job, "failed", error, **known_by)

    async def _end(self, job: Job, status: Any, error: APIMartError | None = None, **known_by: Any) -> None:
        """Commit the end, then let the world know: whoever waits finds the ledger up to date."""
        if job.status == "cancelled":  # while its pictures were uploaded, which failed
            await self._record_cancelled(job)
            return
        job._happened(status, **({"because": str(error)} if error else {}), **known_by)
        columns: dict[str, Any] = {"status": status, "finished": self._clock.now(), **_NOBODY}
        columns["error"] = str(error) if error is not None else None
        if job._answer:
            columns["answer"] = job._answer
        trouble = await self._record(job, **columns, **cost_columns(job._cost))
        if trouble is not None and status == "completed":
            status, error = "failed", trouble
            # Left open, so that whoever takes it up once the ledger can be written finds it done.
            job._unsaved_columns.update(status="downloading", finished=None, error=str(error))
        job._finish(status, error)

    async def _record(self, job: Job, **columns: Any) -> LibraryError | None:
        """Commit columns and events of a job that is on its way; trouble is told, not raised.

        Raises:
            HoldLost: another kernel has taken the job over.
        """
        # Left to whoever closes the session where that comes before the pool comes to it.
        job._unsaved_columns.update(columns)
        self._unwritten.add(job)
        try:
            await self._io.work(self._save, job)
        except LibraryError as error:
            logger.warning("%s", error)
            job._happened("not recorded", because=str(error))
            return error
        except Exception:  # that it is no longer held, or a mistake: neither is mended by writing it again
            self._unwritten.discard(job)
            raise
        self._unwritten.discard(job)
        return None

    async def _record_cancelled(self, job: Job) -> None:
        with contextlib.suppress(HoldLost):
            await self._record(job, **self._as_cancelled())
        self._dropped.discard(job)

    def _as_cancelled(self) -> dict[str, Any]:
        return {"status": "cancelled", "finished": self._clock.now(), **_NOBODY}

    def _save(self, job: Job, **columns: Any) -> None:
        """Commit columns and events, with those that could not be committed before."""
        # First: where the job is taken up anew while this thread stands still, what follows is of before.
        fence = job._fence
        job._unsaved_columns.update(columns)
        # A copy: another thread may come with more while this one waits for the ledger.
        written = dict(job._unsaved_columns)
        try:
            with self._events_of(job) as events:
                self._library.set_job(job.id, events, fence=fence, **written)
        except HoldLost:
            # Nor may they be written later, once the job is held again: they tell of where it stood before.
            job._forget_unsaved(written)
            raise
        job._forget_unsaved(written)

    @contextlib.contextmanager
    def _events_of(self, job: Job) -> Iterator[Events]:
        """Events the ledger does not have yet; they stay with the job where they cannot be committed."""
        taken = job._take_unsaved()
        try:
            yield [unpacked(happened) for happened in taken]
        except LibraryError:
            job._put_back(taken)
            raise

    # ---- a job in other hands

    async def _follow_ledger(self, job: Job) -> Finished | None:
        """Wait until another kernel has brought a job to its end, or pick it up when that kernel is gone."""
        # It may take long; jobs of our own that wait for a slot should not.
        self._release(job)
        job._fence = IN_OTHER_HANDS
        job._take_unsaved()
        job._unsaved_columns.clear()
        job._happened("followed")
        while True:
            try:
                row, ours, elsewhere = await self._io.work(self._glance, job.id)
                if row is not None and row["finished"] is not None:
                    if await self._adopt(job, row):
                        return None
                    continue
            except LibraryError as error:  # whoever moves it along will write all the same
                logger.info("%s", error)
                await self._clock.sleep(_GLANCE)
                continue
            if row is None:
                job._finish("unknown", JobError(say("jobs.row_gone"), job_id=job.id, task_id=job.task_id))
                return None
            if ours is not None:
                job._take_over(ours)
                return await _from(ours["status"])(self, job)
            job._see(status_on_its_way(row))
            if not elsewhere and not self._library.is_held(row, self._clock.now()):
                # Given up by the others or left by them as they died, and nothing that is taken up by itself: its row
                # is not ours to change.
                reason = JobError(row["error"] or say("jobs.left_alone"), job_id=job.id, task_id=row["task_id"])
                job._finish("cancelled" if row["sent"] is None else "unknown", reason)
                return None
            await self._clock.sleep(_GLANCE)

    def _glance(self, job_id: str) -> tuple[Row | None, Row | None, list[str]]:
        """A followed job's row, and again where this library has it now; or its id where another kernel has."""
        row = self._library.job(job_id)
        if row is None or row["finished"] is not None:
            return row, None, []
        if row["holder"] == self._library.holder:  # its owner had this session take it up
            return row, row, []
        taken, elsewhere = self._library.take(self._scope, now=self._clock.now(), ids=[job_id])
        return row, taken[0] if taken else None, elsewhere

    async def _adopt(self, job: Job, row: Row) -> bool:
        """Bring a followed job to the end that its row tells of; False where its owner had it taken up meanwhile."""
        kept = await self._io.work(self._library.images_of, job.id)
        events = await self._io.work(self._library.events, job.id)
        with job._lock:
            if job._fence != IN_OTHER_HANDS:
                return False
            job._task_id = row["task_id"] or job._task_id  # known here alone where it could not be written down
            job._end_as(row, kept.values(), events)
        return True

    # ---- the POST

    def _begin_post(self, job: Job, payload: bytes) -> None:
        job._payload = payload
        with self._events_of(job) as events:
            self._library.begin_post(job.id, payload=payload, at=self._clock.now(), events=events, fence=job._fence)

    async def _post(self, job: Job, payload: bytes, *, sent_before: bool = False) -> None:
        doubtful = sent_before
        heard: dict[str, Any] = {}
        this = asyncio.current_task()

        def notify(kind: str, detail: dict[str, Any]) -> None:
            nonlocal doubtful
            (self._writing.discard if kind == "retry" else self._writing.add)(this)
            if kind == "answered":
                heard.update(detail, answer=redacted_json(detail["answer"]))
                return
            doubtful |= bool(detail.get("unanswered"))
            job._happened(kind if kind == "retry" else "post", **detail, **({"again": True} if sent_before else {}))

        _posted_here.add(job.id)
        try:
            task = await self._client.submit(
                payload, idempotency_key=job.idempotency_key, sent_before=sent_before, notify=notify
            )
            job._task_id, job._accepted = task.id, self._clock.now()
            if doubtful and not task.replayed:
                # Either no earlier sending arrived, or this server does not know its own keys: nobody can tell from
                # here.
                job._note(say("jobs.maybe_twice"))
            detail = {"task_id": task.id, **({"replayed": True} if task.replayed else {}), **heard}
            job._enter("submitted", **detail, **({"doubt": str(job._notice)} if job._notice else {}))
            await self._record_number(job)
        finally:
            self._writing.discard(this)

    async def _record_number(self, job: Job) -> None:
        """Commit the number of a job's task; also where it is no news, for it may be known here alone."""
        trouble = await self._record(job, status="submitted", task_id=job._task_id, submitted=job._accepted)
        if trouble is not None and await self._is_taken(job):
            sentence = say("jobs.number_taken", task_id=job._task_id)
            raise OutcomeUnknownError(sentence, job_id=job.id, task_id=job._task_id)

    async def _is_taken(self, job: Job) -> bool:
        """Whether the server gave a job the number of an earlier one's task, which the ledger knows already."""
        try:
            row = await self._io.work(self._library.job_of, self._scope, job._task_id)
        except LibraryError:
            return False
        if row is None or row["id"] == job.id:
            return False
        # Without the number its row can be written again; nor is it sent once more by itself, to get the same one.
        for name in ("task_id", "submitted"):
            job._unsaved_columns.pop(name, None)
        job._unsaved_columns["dismissed"] = self._clock.now()
        return True
