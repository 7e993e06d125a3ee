"""``Uploads``: brings a request's local pictures to the server, each distinct content once while its address lives."""

from __future__ import annotations

import asyncio
import collections
from typing import Any

from .client import AsyncClient
from .errors import APIError, UploadError
from .images import LocalPicture
from .jobs import Job
from .ledger import Scope
from .library import Library
from .loop import Clock, IOThread
from .request import encode_payload
from .words import say


class Uploads:
    """Makes the final bytes of a request. Lives on the background thread."""

    def __init__(self, client: AsyncClient, library: Library, scope: Scope, *, io: IOThread, clock: Clock) -> None:
        self._client = client
        self._library = library
        self._scope = scope
        self._io = io
        self._clock = clock
        self._under_way: dict[str, asyncio.Lock] = collections.defaultdict(asyncio.Lock)

    async def payload(self, job: Job) -> bytes:
        """The bytes of a job's request, its local pictures uploaded side by side.

        Raises:
            UploadError: one did not arrive. Nothing was billed.
        """
        needed = {reference.sha256: reference for reference in job.request.local_references()}
        if not needed:
            return encode_payload(job.request.to_payload())
        job._enter("uploading", pictures=len(needed))
        urls = await asyncio.gather(*(self._url(job, job._pictures.get(sha256)) for sha256 in needed))
        return encode_payload(job.request.with_uploads(dict(zip(needed, urls, strict=True))))

    async def _url(self, job: Job, picture: LocalPicture | None) -> str:
        if picture is None:  # of an earlier session, and no longer kept
            raise UploadError(say("jobs.reference_gone"))
        # One at a time for one content: two jobs with the same reference share its upload.
        async with self._under_way[picture.sha256]:
            known = await self._io.work(self._known, picture.sha256)
            if known is not None:
                return known
            heard: dict[str, Any] = {}
            try:
                upload = await self._client.upload(
                    picture.data,
                    filename=picture.name,
                    content_type=picture.media_type,
                    notify=job._noting("upload", heard),
                )
            except APIError as error:
                raise UploadError(say("jobs.upload_failed", name=picture.name, reason=error.message)) from error
            job._happened("uploaded", name=picture.name, bytes=len(picture.data), **heard)
            await self._io.work(self._keep, picture.sha256, upload.url)
            return upload.url

    def _known(self, sha256: str) -> str | None:
        return self._library.upload_url(self._scope, sha256, now=self._clock.now())

    def _keep(self, sha256: str, url: str) -> None:
        self._library.add_upload(self._scope, sha256, url=url, at=self._clock.now())
