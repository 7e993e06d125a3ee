"""``Runner``: takes jobs through queue, uploads, POST, polling and download, on the background thread.

The order of writes is what keeps paid pictures: the row before the POST, the task id right after it, each picture's
file and row before the job counts as completed. Once a request was sent, trouble with the ledger is told and does not
stop the job: its pictures stay reachable in memory.
"""

from __future__ import annotations

import asyncio
import collections
import dataclasses
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from . import catalog, images, polling
from .answers import is_content_policy, said
from .client import AsyncClient
from .errors import (
    APIConnectionError,
    APIError,
    APIMartError,
    APIResponseError,
    ContentPolicyError,
    DownloadError,
    ImageError,
    InternalServerError,
    JobError,
    LibraryError,
    NotFoundError,
    OutcomeUnknownError,
    RateLimitError,
    TaskFailedError,
    UploadError,
)
from .images import LocalPicture
from .jobs import UNSENT, Job, logger
from .library import Library, Picture, Scope
from .loop import Clock, IOThread
from .request import encode_payload
from .results import GeneratedImage, ImageSet
from .task import Cost, ResultURL, Task
from .words import Sentence, say

# A task id is asked for moments after it was given out; a server may need as long to know it.
_MISSES_FORGIVEN = 3
_DOWNLOAD_TRIES = 3
_DOWNLOAD_PAUSE = 1.0
# Says nothing about the task: it is asked for again at its next turn.
_PASSING = (APIConnectionError, APIResponseError, InternalServerError, RateLimitError)

T = TypeVar("T")

_WRONG_IN_ITSELF = (400, 404, 413, 422)


class _OutOfSight(Exception):
    """The task was accepted and can no longer be asked for; its outcome is unknown."""


class Runner:
    """At most ``max_concurrency`` jobs at once, the rest in the order they came. Lives on the background thread."""

    def __init__(
        self, client: AsyncClient, library: Library, scope: Scope, *, io: IOThread, clock: Clock, max_concurrency: int
    ) -> None:
        self._client = client
        self._library = library
        self._scope = scope
        self._io = io
        self._clock = clock
        self._most = max_concurrency
        self._closed = False
        self._waiting: collections.deque[Job] = collections.deque()
        self._running: set[Job] = set()
        self._entrance = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self._uploads: dict[str, asyncio.Lock] = collections.defaultdict(asyncio.Lock)
        self._prices: dict[str, catalog.PriceList | None] = {}

    def submit(self, job: Job) -> None:
        """Take a job on, from any thread."""
        self._io.call(lambda: self._start(self._enqueue(job)))

    def resume(self, job: Job) -> None:
        """Take up again, from any thread, a job that was sent and ended without its pictures."""
        if job._reopen():
            self._io.call(lambda: self._start(self._guarded(job, self._pick_up)))

    def dropped(self, job: Job) -> None:
        """Told, from any thread, that a job was cancelled before it was sent."""
        self._io.call(lambda: self._start(self._forget(job)))

    def ask(self, question: Coroutine[Any, Any, T], then: Callable[[T], object]) -> None:
        """Ask the server something beside the jobs, from any thread; ``then`` gets the answer, if one comes."""

        async def asked() -> None:
            try:
                then(await question)
            except APIError as error:
                logger.info("%s", error)

        self._io.call(lambda: self._start(asked()))

    async def close(self) -> None:
        """Stop moving jobs along. What was sent stays in the ledger as it stands."""
        self._closed = True
        self._waiting.clear()
        tasks = [task for task in self._tasks if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _start(self, coroutine: Any) -> None:
        if self._closed:
            coroutine.close()
            return
        task = self._io.loop.create_task(coroutine)
        # The loop itself keeps only weak references to its tasks.
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # ---- the queue

    async def _enqueue(self, job: Job) -> None:
        async with self._entrance:  # one after the other: the pool's two workers would let jobs overtake each other
            try:
                await self._io.work(self._add_row, job)
            except LibraryError as error:
                # Without its row nothing is sent: a picture nobody can find again must not be paid for.
                job._happened("failed", because=str(error))
                job._finish("failed", error)
                return
            if not job.done():
                self._waiting.append(job)
        if job.done():
            await self._record(job, status=job.status, finished=self._clock.now())
        self._pump()

    def _add_row(self, job: Job) -> None:
        self._library.add_job(
            job.id, self._scope, request=job.request, idempotency_key=job.idempotency_key, created=job.created
        )

    async def _forget(self, job: Job) -> None:
        if job in self._waiting:
            self._waiting.remove(job)
            await self._record(job, status="cancelled", finished=self._clock.now())

    def _pump(self) -> None:
        while self._waiting and len(self._running) < self._most:
            job = self._waiting.popleft()
            self._running.add(job)
            self._start(self._guarded(job, self._drive))

    def _release(self, job: Job) -> None:
        self._running.discard(job)
        self._pump()

    # ---- one job

    async def _drive(self, job: Job) -> None:
        payload = await self._prepare(job)
        if not job._enter("sending", bytes=len(payload)):
            await self._record(job, status="cancelled", finished=self._clock.now())
            return
        await self._io.work(self._begin_post, job, payload)
        await self._finish(job, await self._post(job, payload))

    async def _pick_up(self, job: Job) -> None:
        """Ask for a task that is known, or send the identical request again with its own key."""
        if job.task_id is not None:
            await self._finish(job, Task(job.task_id, "submitted"))
            return
        row = await self._io.work(self._library.job, job.id)
        assert row is not None  # nothing is sent without its row
        try:
            task = await self._post(job, row["payload"])
        except APIError as error:
            # A refusal of this sending says nothing of the one before, unless the request itself is wrong.
            error.outcome_unknown = error.status_code not in _WRONG_IN_ITSELF
            raise
        await self._finish(job, task)

    async def _finish(self, job: Job, task: Task) -> None:
        task = await self._follow(job, task)
        await self._collect(job, task)
        await self._end(job, "completed")

    async def _guarded(self, job: Job, steps: Callable[[Job], Coroutine[Any, Any, None]]) -> None:
        """Run the steps of a job to their end, whatever that is."""
        try:
            await steps(job)
        except _OutOfSight as error:
            sentence = say("jobs.out_of_sight", task_id=job.task_id, reason=str(error))
            unknown = OutcomeUnknownError(sentence, job_id=job.id, task_id=job.task_id)
            await self._end(job, "unknown", unknown)
        except (DownloadError, LibraryError) as error:
            # Finished on the server and perhaps paid for: the ledger keeps it open, so that it can be fetched later.
            job._happened("failed", because=str(error))
            await self._record(job, error=str(error))
            job._finish("failed", error)
        except APIMartError as error:
            await self._end_with(job, error)
        except Exception as error:  # a bug of ours must not leave a waiting cell hanging
            logger.exception("%r stopped", job)
            failed = JobError(say("jobs.bug", error=repr(error)), job_id=job.id, task_id=job.task_id)
            # From "sending" on nobody can rule out that the request arrived.
            await self._end(job, "failed" if job.status in UNSENT else "unknown", failed)
        finally:
            self._release(job)

    async def _end_with(self, job: Job, error: APIMartError) -> None:
        if isinstance(error, APIError) and error.outcome_unknown:
            known = error.message if isinstance(error.message, Sentence) else say("session.problem", text=error.message)
            doubt = say("client.may_be_billed")
            message = known if doubt in known else say("client.two", first=known, second=doubt)
            unknown = OutcomeUnknownError(message, job_id=job.id)
            unknown.__cause__ = error
            await self._end(job, "unknown", unknown)
        else:
            await self._end(job, "failed", error)

    async def _end(self, job: Job, status: Any, error: APIMartError | None = None) -> None:
        """Commit the end, then let the world know: whoever waits finds the ledger up to date."""
        job._happened(status, **({"because": str(error)} if error else {}))
        columns: dict[str, Any] = {"status": status, "finished": self._clock.now()}
        if error is not None:
            columns["error"] = str(error)
        if job._cost is not None:
            cost = dataclasses.astuple(job._cost)
            columns |= dict(zip(("cost", "cost_unit", "cost_source", "cost_estimated"), cost, strict=True))
        trouble = await self._record(job, **columns)
        if trouble is not None and status == "completed":
            status, error = "failed", trouble
        job._finish(status, error)

    async def _record(self, job: Job, **columns: Any) -> LibraryError | None:
        """Commit columns and events of a job that is on its way; trouble is told, not raised."""
        events = job._take_unsaved()
        if not columns and not events:
            return None
        try:
            await self._io.work(lambda: self._library.set_job(job.id, events, **columns))
        except LibraryError as error:
            logger.warning("%s", error)
            job._happened("not recorded", because=str(error))
            return error
        return None

    # ---- before the POST

    async def _prepare(self, job: Job) -> bytes:
        """The final bytes of the request, its local pictures uploaded side by side."""
        needed = {reference.sha256: reference for reference in job.request.local_references()}
        if needed:
            job._enter("uploading", pictures=len(needed))
            urls = await asyncio.gather(*(self._uploaded(job, job._pictures[sha256]) for sha256 in needed))
            return encode_payload(job.request.with_uploads(dict(zip(needed, urls, strict=True))))
        return encode_payload(job.request.to_payload())

    async def _uploaded(self, job: Job, picture: LocalPicture) -> str:
        # One at a time for one content: two jobs with the same reference share its upload.
        async with self._uploads[picture.sha256]:
            known = await self._io.work(self._known_upload, picture.sha256)
            if known is not None:
                return known
            try:
                upload = await self._client.upload(picture.data, filename=picture.name, content_type=picture.media_type)
            except APIError as error:
                raise UploadError(say("jobs.upload_failed", name=picture.name, reason=error.message)) from error
            job._happened("uploaded", name=picture.name, bytes=len(picture.data))
            await self._io.work(self._keep_upload, picture.sha256, upload.url)
            return upload.url

    def _known_upload(self, sha256: str) -> str | None:
        return self._library.upload_url(self._scope, sha256, now=self._clock.now())

    def _keep_upload(self, sha256: str, url: str) -> None:
        self._library.add_upload(self._scope, sha256, url=url, at=self._clock.now())

    def _begin_post(self, job: Job, payload: bytes) -> None:
        self._library.begin_post(job.id, payload=payload, at=self._clock.now(), events=job._take_unsaved())

    # ---- the POST and the polls

    async def _post(self, job: Job, payload: bytes) -> Task:
        def notify(kind: str, detail: dict[str, Any]) -> None:
            job._happened(kind if kind == "retry" else "post", **detail)

        task = await self._client.submit(payload, idempotency_key=job.idempotency_key, notify=notify)
        job._task_id = task.id
        job._enter("submitted", task_id=task.id, **({"replayed": True} if task.replayed else {}))
        await self._record(job, status="submitted", task_id=task.id, submitted=self._clock.now())
        return task

    async def _follow(self, job: Job, task: Task) -> Task:
        """Ask for the task until it is finished; raises the error a failed one stands for."""
        accepted, polls, misses = self._clock.monotonic(), 0, 0
        empty_answers = 0
        while True:
            waited = self._clock.monotonic() - accepted
            if waited > polling.SLOW_AFTER:
                # It may take days; jobs that wait for a slot should not.
                self._release(job)
            if waited > polling.GIVE_UP_AFTER:
                raise _OutOfSight(say("jobs.gave_up"))
            await self._clock.sleep(
                polling.next_poll(waited, polls=polls, estimated=job.estimated_time, progress=task.progress)
            )
            polls += 1
            try:
                task = await self._client.retrieve(task.id)
            except NotFoundError as error:
                misses += 1
                job._happened("poll", because=error.message)
                if misses > _MISSES_FORGIVEN:
                    raise TaskFailedError(
                        say("jobs.task_gone", task_id=job.task_id), job_id=job.id, task_id=job.task_id
                    ) from error
                continue
            except _PASSING as error:
                job._happened("poll", because=error.message)
                continue
            except APIError as error:
                raise _OutOfSight(error.message) from error
            misses = 0
            self._saw(job, task)
            if task.status == "completed" and not task.images and empty_answers < _MISSES_FORGIVEN:
                empty_answers += 1
                continue
            if task.finished:
                return self._succeeded(job, task)

    def _saw(self, job: Job, task: Task) -> None:
        seen = {"status": task.status, "progress": task.progress}
        job._happened("poll", **{name: value for name, value in seen.items() if value is not None})
        job._report(progress=task.progress, estimated_time=task.estimated_time)
        if job.status == "submitted" and not task.finished and task.status not in ("submitted", "pending"):
            job._enter("processing")

    def _succeeded(self, job: Job, task: Task) -> Task:
        if task.status == "completed" and task.images:
            return task
        if task.status == "completed":
            raise DownloadError(say("jobs.no_pictures", task_id=task.id))
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

    # ---- the pictures

    async def _collect(self, job: Job, task: Task) -> None:
        """Fetch and keep every picture; those that arrive are kept whatever becomes of the others."""
        job._enter("downloading", pictures=len(task.images))
        job._cost = await self._cost_of(job, task)
        recording = asyncio.ensure_future(self._record(job, status="downloading"))
        fetches = (self._fetch(job, task, index) for index in range(len(task.images)))
        outcomes = await asyncio.gather(*fetches, return_exceptions=True)
        await recording
        arrived = [outcome for outcome in outcomes if isinstance(outcome, tuple)]
        job._images = ImageSet([image for image, _ in arrived])
        failures = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
        for failure in failures:
            if not isinstance(failure, DownloadError):
                raise failure
        if failures:
            first = failures[0]
            reason = first.message if isinstance(first, DownloadError) else ""
            key = "jobs.download_failed" if arrived else "jobs.download_failed_wholly"
            sentence = say(key, missing=len(failures), of=len(outcomes), task_id=task.id, reason=reason)
            raise DownloadError(sentence, images=job.images) from failures[0]
        unkept = next((trouble for _, trouble in arrived if trouble is not None), None)
        if unkept is not None:
            raise unkept

    async def _fetch(self, job: Job, task: Task, index: int) -> tuple[GeneratedImage, LibraryError | None]:
        """One picture, downloaded and kept. Trouble with keeping it is returned beside it, so that it is not lost."""
        data, info = await self._download(task, index)
        job._happened("downloaded", index=index, bytes=len(data), format=info.format)
        share = job._cost.amount / len(task.images) if job._cost is not None else None
        picture = Picture(job.request, task.id, index, data, info, self._clock.now(), share)
        try:
            return await self._io.work(self._library.add_image, job.id, self._scope, picture), None
        except LibraryError as error:
            job._happened("not kept", index=index, because=str(error))
            return picture.generated(self._scope.mode, None), error

    async def _download(self, task: Task, index: int) -> tuple[bytes, images.ImageInfo]:
        result = task.images[index]
        tries = 0
        while True:
            tries += 1
            try:
                data = await self._client.download(result.url)
                return data, await self._io.work(images.verify, data)
            except (APIError, ImageError) as error:
                if tries >= _DOWNLOAD_TRIES:
                    raise self._undeliverable(result, error) from error
            await self._clock.sleep(_DOWNLOAD_PAUSE * tries)
            result = await self._fresh_url(task.id, index, result)

    async def _fresh_url(self, task_id: str, index: int, old: ResultURL) -> ResultURL:
        """The task's own word on where the picture lies now: a server may sign its URLs anew."""
        try:
            found = (await self._client.retrieve(task_id)).images
        except APIError:
            return old
        return found[index] if index < len(found) else old

    def _undeliverable(self, result: ResultURL, error: APIMartError) -> DownloadError:
        expired = result.expires_at is not None and result.expires_at < self._clock.now()
        return DownloadError(say("jobs.expired") if expired else error.message)

    async def _cost_of(self, job: Job, task: Task) -> Cost | None:
        """What the server says was billed, else its price list times the pictures made."""
        if task.cost is not None:
            return Cost(task.cost, "USD", self._scope.origin, estimated=False)
        if task.credits_cost is not None:
            return Cost(task.credits_cost, "credits", self._scope.origin, estimated=False)
        prices = await self.prices(job.request.model)
        each = prices.per_image(job.request.size, job.request.pixels, job.request.quality) if prices else None
        if prices is None or each is None:
            return None
        # The dearest, where quality auto leaves it open: an estimate must not flatter.
        source = f"{prices.source}, {prices.date}"
        return Cost(each[1] * len(task.images), prices.unit, source, estimated=True)

    def known_prices(self, model: str) -> tuple[bool, catalog.PriceList | None]:
        """Whether the server was asked, and what is known without asking; from any thread."""
        known = catalog.model(model)
        return model in self._prices, self._prices.get(model) or (known.prices if known else None)

    async def prices(self, model: str) -> catalog.PriceList | None:
        """The server's price list for a model, asked for once; else the catalogue's, which is only for scale."""
        if model not in self._prices:
            try:
                self._prices[model] = await self._client.price(model)
            except APIError as error:
                logger.info("No prices from %s: %s", self._scope.origin, error)
                self._prices[model] = None
        return self.known_prices(model)[1]
