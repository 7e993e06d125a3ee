"""Jobs as the rows of the results view: plain JSON values, without the pictures themselves. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from .. import errors
from ..catalog import money
from ..gallery import shortened
from ..images import LocalPicture
from ..jobs import Job
from ..polling import SLOW_AFTER
from ..request import ImageRequest
from ..results import GeneratedImage
from ..words import Language, said_in, say

Action = Literal["edit", "key", "look", "retry"]
PROMPT_SHOWN = 400
_SETTINGS = (
    *("model", "size", "quality", "n", "background", "moderation", "output_format", "output_compression", "resolution"),
)


def image_id(image: GeneratedImage) -> str:
    """The name of a picture in messages between kernel and browser."""
    return f"{image.task_id}/{image.index}/{image.sha256[:12]}"


def row(job: Job, language: Language, *, now: float) -> dict[str, Any]:
    """Everything the results view shows of a job, except how far it is (see ``progress``)."""
    request = job.request
    return {
        "id": job.id,
        "prompt": shortened(request.prompt, PROMPT_SHOWN),
        **progress(job, now=now),
        "started": job.created,
        "ended": job.ended,
        "settings": settings(request),
        "pixels": list(request.pixels) if request.pixels else None,
        "n": request.n,
        "cost": _cost(job, language),
        "mode": job.mode,
        "error": _error(job, language),
        "notice": job.notice.to(language) if job.notice is not None else None,
        "hidden": job.hidden,
        "task_id": job.task_id,
        "images": [picture(image, language) for image in job.images] if job.done() else [],
    }


def progress(job: Job, *, now: float) -> dict[str, Any]:
    """How far a job is: the part of a row that changes while it runs."""
    running = not job.done()
    return {
        "status": job.status,
        "progress": round(job.progress, 1),
        "estimated": job.estimated_time,
        "slow": running and job.status != "queued" and now - job.created > SLOW_AFTER,
        "can_cancel": job.status in ("queued", "uploading"),
        # Whoever has opened its wire record sees by this that it has grown.
        "events": len(job.events),
    }


def live(jobs: Iterable[Job], *, now: float) -> dict[str, Any]:
    """How far running jobs are, by their ids. Of one that waits its row says all there is to say."""
    return {job.id: progress(job, now=now) for job in jobs if not job.done() and job.status != "queued"}


def settings(request: ImageRequest) -> dict[str, Any]:
    """What was asked for besides the prompt; references are only counted."""
    known = {name: value for name in _SETTINGS if (value := getattr(request, name)) is not None}
    return known | ({"references": len(request.image_urls)} if request.image_urls else {})


def picture(image: GeneratedImage, language: Language) -> dict[str, Any]:
    """Everything the front ends show of a picture, except the picture itself."""
    width, height = image.size
    return {
        "id": image_id(image),
        "index": image.index,
        "width": width,
        "height": height,
        "format": image.format,
        "bytes": image.file_size,
        "alt": image.alt.to(language),
        "sha256": image.sha256,
        "created": image.created.timestamp(),
        "rating": image.rating,
        "note": image.note,
        "outside": image.changed_outside,
    }


def given_picture(given: LocalPicture, alt: str) -> dict[str, Any]:
    """The same of a picture that was handed in; its content is its name in messages."""
    return {
        "id": given.sha256[:16],
        "width": given.width,
        "height": given.height,
        "format": given.media_type.removeprefix("image/"),
        "bytes": len(given.data),
        "alt": alt,
    }


def _cost(job: Job, language: Language) -> str | None:
    if job.mode != "live":
        return say("panel.free").to(language) if job.status == "completed" else None
    if job.cost is None:
        return None
    amount = money(job.cost.amount, job.cost.unit)
    return say("panel.about", amount=amount).to(language) if job.cost.estimated else amount


def _error(job: Job, language: Language) -> dict[str, Any] | None:
    if job.error is None:
        return None
    return {"message": said_in(job.error.message, language), "action": helps(job)}


def helps(job: Job) -> Action | None:
    """The one thing that helps a job that ended without its pictures; None where nothing does.

    Nothing that may have been billed is ever offered again as a new request.
    """
    error = job.error
    if job.retried_by is not None:
        return None
    if job.status == "unknown" or (isinstance(error, errors.DownloadError) and not error.lasting):
        return "look"
    if job.may_be_billed:
        return None
    if isinstance(error, errors.LibraryError | errors.JobCancelledError) and job.task_id is not None:
        return None
    if isinstance(error, errors.AuthenticationError | errors.PermissionDeniedError | errors.InsufficientBalanceError):
        return "key"
    wrong = (
        errors.ContentPolicyError,
        errors.BadRequestError,
        errors.UnprocessableEntityError,
        errors.RequestTooLargeError,
        errors.NotFoundError,
    )
    if isinstance(error, wrong):
        return "edit"
    return "retry"
