"""A job as plain text and HTML, which a notebook shows where no kernel stands behind it: how it is, its pictures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from .gallery import gallery, unpictured
from .words import Sentence, say

if TYPE_CHECKING:
    from .jobs import Job, Status

_STATUS: Mapping[Status, str] = {
    "queued": "panel.results.status.queued",
    "uploading": "panel.results.status.uploading",
    "sending": "panel.results.status.sending",
    "downloading": "panel.results.status.downloading",
    "failed": "panel.results.status.failed",
    "cancelled": "panel.results.status.cancelled",
    "unknown": "panel.results.status.unknown",
}


def duration(seconds: float) -> Sentence:
    """A span of time in words.

    >>> duration(59.2), duration(61), duration(7261)
    ('59 s', '1 min 1 s', '2 h 1 min')
    """
    whole = round(seconds)
    if whole < 60:
        return say("panel.results.time.s", s=whole)
    if whole < 3600:
        return say("panel.results.time.min", m=whole // 60, s=whole % 60)
    return say("panel.results.time.h", h=whole // 3600, m=whole % 3600 // 60)


def status(job: Job) -> Sentence:
    """What a job is at, in a word or two."""
    return say(_STATUS.get(job.status, "magics.drawing"))


def standing(job: Job) -> Sentence:
    """What a job is at, and for how long, in one line."""
    elapsed = duration(job.elapsed)
    if job.estimated_time:
        key = "panel.results.time.of" if job.elapsed <= job.estimated_time else "panel.results.time.over"
        elapsed = say(key, elapsed=elapsed, estimated=duration(job.estimated_time))
    return say("magics.progress", status=status(job), time=elapsed)


def still(job: Job) -> str:
    """A job as HTML of at most 64 KB: its pictures, or how it stands; everything the user wrote is escaped."""
    notes = [str(note) for note in _notes(job)]
    return gallery(job.images, notes) if job.images else unpictured(job.request, job.mode, notes)


def _notes(job: Job) -> list[Sentence | str]:
    """What is said beneath the pictures, or in their place."""
    if not job.done():
        return [say("still.on_its_way", standing=standing(job), progress=f"{job.progress:g}")]
    notes: list[Sentence | str] = []
    if job.status == "completed":
        cost = f", {job.cost}" if job.cost is not None and job.mode == "live" else ""
        notes.append(say("still.made", time=duration(job.elapsed), cost=cost))
    else:
        notes.append(say("magics.progress", status=status(job), time=duration(job.elapsed)))
    if job.error is not None:
        notes.append(job.error.message)
    if job.notice is not None:
        notes.append(job.notice)
    return notes
