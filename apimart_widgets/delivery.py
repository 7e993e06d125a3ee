"""``Delivery``: brings the pictures of a finished task home, on the background thread."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from . import images
from .answers import GONE_STATUSES, exchange, is_passing
from .client import AsyncClient
from .errors import APIError, APIMartError, DownloadError, ImageError, LibraryError
from .jobs import Job, logger
from .ledger import LOST_AFTER, Scope
from .library import Library, Picture
from .loop import Clock, IOThread
from .reference import local_reference
from .results import GeneratedImage, ImageSet
from .task import ResultURL, Task
from .words import say

# Finds out what a finished task was billed: a price list may take its time, and the pictures' addresses expire.
Priced = Callable[[], Awaitable[None]]

_TRIES = 3
_PAUSE = 1.0


class Delivery:
    """Fetches pictures from wherever they lie and keeps them; those that arrive are kept whatever becomes of others."""

    def __init__(self, client: AsyncClient, library: Library, scope: Scope, *, io: IOThread, clock: Clock) -> None:
        self._client = client
        self._library = library
        self._scope = scope
        self._io = io
        self._clock = clock

    async def collect(self, job: Job, task: Task, priced: Priced, *, resumed: bool) -> None:
        """Fetch every picture of a task; of a ``resumed`` job none that is kept, or was deleted, already.

        ``job.images`` are those there are. ``priced`` is waited for with each picture in hand, before it is kept.

        Raises:
            DownloadError: some could not be fetched.
            LibraryError: some could not be kept; they are in ``job.images`` all the same.
        """
        try:
            kept, unread = await self._io.work(self._library.images_of, job.id, task.id) if resumed else {}, None
        except LibraryError as error:
            # They are paid for, and may be all there is: better fetched twice than not at all.
            kept, unread = {}, error
        missing = [index for index in range(len(task.images)) if index not in kept]
        fetches = (self._fetch(job, task, index, priced) for index in missing)
        outcomes = await asyncio.gather(*fetches, return_exceptions=True)
        arrived = [outcome for outcome in outcomes if isinstance(outcome, tuple)]
        there = [image for image in kept.values() if image is not None] + [image for image, _ in arrived]
        job._images = ImageSet(sorted(there, key=lambda image: image.index))
        failures = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
        for failure in failures:
            if not isinstance(failure, DownloadError):
                raise failure
        if failures:
            raise self._undelivered(job, task, failures, of=len(task.images)) from failures[0]
        unkept = next((trouble for _, trouble in arrived if trouble is not None), unread)
        if unkept is not None:
            raise unkept

    def _undelivered(self, job: Job, task: Task, failures: list[BaseException], *, of: int) -> DownloadError:
        first = failures[0]
        reason = first.message if isinstance(first, DownloadError) else ""
        lasting = all(isinstance(failure, DownloadError) and failure.lasting for failure in failures)
        if len(failures) < of:
            key = "jobs.download_failed_for_good" if lasting else "jobs.download_failed"
        else:
            key = "jobs.download_failed_wholly_for_good" if lasting else "jobs.download_failed_wholly"
        sentence = say(key, missing=len(failures), of=of, task_id=task.id, reason=reason)
        return DownloadError(sentence, images=job.images, lasting=lasting)

    async def _fetch(
        self, job: Job, task: Task, index: int, priced: Priced
    ) -> tuple[GeneratedImage, LibraryError | None]:
        """One picture, downloaded and kept. Trouble with keeping it is returned beside it, so that it is not lost."""
        heard: dict[str, Any] = {}
        image, trouble = await self._download(job, task, index, priced, heard)
        job._happened("downloaded", index=index, bytes=len(image.bytes), format=image.format, **heard)
        if trouble is not None:
            job._happened("not kept", index=index, because=str(trouble))
        return image, trouble

    def _take_in(self, job: Job, task: Task, index: int, data: bytes) -> tuple[GeneratedImage, LibraryError | None]:
        """A picture that has arrived, looked through and kept: all that is no work for the loop, in one go."""
        info = images.verify(data)
        share = job._cost.amount / len(task.images) if job._cost is not None else None
        changed = _changed_outside(job, data) if job.request.mask_url else None
        picture = Picture(job.request, task.id, index, data, info, self._clock.now(), share, changed)
        try:
            return self._library.add_image(job.id, self._scope, picture), None
        except LibraryError as error:
            return picture.generated(self._scope.mode, None), error

    async def _download(
        self, job: Job, task: Task, index: int, priced: Priced, heard: dict[str, Any]
    ) -> tuple[GeneratedImage, LibraryError | None]:
        result, current = task.images[index], True
        tries = 0
        while True:
            tries += 1
            try:
                data = await self._client.download(result.url, notify=job._noting("download", heard, index=index))
                await priced()
                return await self._io.work(self._take_in, job, task, index, data)
            except (APIError, ImageError) as error:
                if tries >= _TRIES:
                    raise self._undeliverable(job, result, error, current=current) from error
                failed = exchange(error) if isinstance(error, APIError) else {}
                wait = _PAUSE * tries
                job._happened("retry", call="address", index=index, because=str(error), wait=wait, **failed)
            await self._clock.sleep(wait)
            result, current = await self._fresh_url(task.id, index, result)

    async def _fresh_url(self, task_id: str, index: int, old: ResultURL) -> tuple[ResultURL, bool]:
        """The task's own word on where the picture lies now, since a server may sign its URLs anew; and if it said."""
        try:
            found = (await self._client.retrieve(task_id)).images
        except APIError:
            return old, False
        return (found[index], True) if index < len(found) else (old, True)

    def _undeliverable(self, job: Job, result: ResultURL, error: APIMartError, *, current: bool) -> DownloadError:
        """Why a picture did not come. ``current``: the address is the task's own last word."""
        lasting = current and is_gone(result, error, now=self._clock.now(), accepted=job._accepted)
        return DownloadError(say("jobs.expired") if lasting else error.message, lasting=lasting)


def _changed_outside(job: Job, data: bytes) -> float | None:
    """How much a result differs from what it was made of where its mask says that nothing may change."""
    request = job.request
    first = local_reference(request.image_urls[0]) if request.image_urls else None
    mask = local_reference(request.mask_url) if request.mask_url else None
    pictures = [job._pictures.get(each.sha256) if each else None for each in (first, mask)]
    if pictures[0] is None or pictures[1] is None:
        return None  # they lie elsewhere
    try:
        return images.changed_outside(pictures[0].data, data, pictures[1].data)
    except ImageError as error:
        logger.info("%s", error)
        return None


def is_gone(result: ResultURL, error: APIMartError, *, now: float, accepted: float | None) -> bool:
    """Whether a picture that could not be fetched will never be: its time is over, and its host says so too.

    Our clock may be wrong, and a host that has trouble says nothing about the picture; one that serves a broken picture
    is given three days. ``now`` and ``accepted``, when the server took the task, in Unix seconds.
    """
    refused = isinstance(error, APIError) and error.status_code in GONE_STATUSES
    expired = result.expires_at is not None and result.expires_at < now
    old = accepted is not None and now - accepted > LOST_AFTER
    passing = isinstance(error, APIError) and is_passing(error)
    return (expired and refused) or (old and not passing)
