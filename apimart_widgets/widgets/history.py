"""``History``: everything the library keeps, a page at a time, for the results view. Read only when it is opened."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import APIMartError
from ..jobs import Job
from ..library import MOST_STARS, Query
from ..results import GeneratedImage, ImageSet
from .rows import image_id, picture, row

if TYPE_CHECKING:
    from .panel import ImagePanel

_PAGE = 12
# Pictures that the largest screens show of a page before it is scrolled.
_FIRST = 16
_TEXT = ("text", "model", "size", "quality", "since", "until")
_NO_FILTER: dict[str, Any] = {**dict.fromkeys(_TEXT, ""), "stars": 0}


class _Seen(NamedTuple):
    """A picture that was read, with the job it was made by."""

    job: Job
    image: GeneratedImage


class History:
    """The state of one panel's history. Gestures come on any thread; reading is left to the widgets' thread."""

    def __init__(self, panel: ImagePanel) -> None:
        self._panel = panel
        self._lock = threading.Lock()
        self._open = False
        self._busy = False
        self._filter = dict(_NO_FILTER)
        self._jobs: tuple[Job, ...] = ()
        # Everything read so far: what was ticked stays ticked when another search takes it off the page.
        self._seen: dict[str, _Seen] = {}
        # What became of kept pictures since the last turn of the widgets' thread.
        self._changes: list[tuple[Sequence[GeneratedImage], GeneratedImage | None]] = []
        self._results: set[str] = set()
        self._choices: dict[str, list[str]] = {}
        self._total = 0
        self._more = False

    def gesture(self, content: Mapping[str, Any]) -> None:
        """It was opened or closed, filtered, or another page was asked for.

        The page shows by itself that it waits, so that what was read is the first thing it is told.
        """
        kind = content["kind"]
        if kind == "history":
            self._open = content.get("open") is True
            if self._open:
                self._read_soon(_PAGE)
            else:
                self._panel.redraw()
        elif kind == "history-filter":
            given = content.get("filter")
            # Kept as it came: the page knows by it that it was heard.
            self._filter = dict(given) if isinstance(given, Mapping) else dict(_NO_FILTER)
            self._read_soon(_PAGE)
        elif kind == "history-more":
            self._read_soon(len(self._jobs) + _PAGE)

    def take(self, images: Sequence[GeneratedImage], by: GeneratedImage | None) -> None:
        """Take note that ``by`` stands for kept pictures now, or that they are gone; from any thread."""
        with self._lock:
            self._changes.append((images, by))

    def bring(self, results: Iterable[str]) -> None:
        """Show what became of kept pictures, given the session's own as they are now; on the widgets' thread.

        Where some came or went it is read anew, if it is shown. For stars or a note it is not: a search made anew would
        take the picture away under the eye.
        """
        with self._lock:
            changes, self._changes = self._changes, []
            before, self._results = self._results, set(results)
        shown = len(self._jobs)
        for images, by in changes:
            self._replace(images, by)
        came, went = self._results - before, any(by is None for _, by in changes)
        if self._open and (came or went):
            self._read_soon(max(_PAGE, shown))

    def _replace(self, images: Sequence[GeneratedImage], by: GeneratedImage | None) -> None:
        for job in self._jobs:
            job._replace(images, by)
        with self._lock:
            self._jobs = tuple(job for job in self._jobs if job.images)
            for identity in map(image_id, images):
                if by is None:
                    self._seen.pop(identity, None)
                elif identity in self._seen:
                    self._seen[identity] = self._seen[identity]._replace(image=by)

    def forget(self) -> None:
        """Another session has another library."""
        with self._lock:
            self._open, self._jobs, self._total, self._more = False, (), 0, False
            self._filter, self._seen = dict(_NO_FILTER), {}

    def state(self, selection: Iterable[str]) -> dict[str, Any]:
        """What the results view is told, given the ids of the ticked pictures; empty until it is opened."""
        with self._lock:
            if not self._open and not self._seen:
                return {}
            now = self._panel.session.now()
            listed = self._results.union(image_id(image) for job in self._jobs for image in job.images)
            held = [self._seen[each] for each in selection if each in self._seen and each not in listed]
            return {
                "open": self._open,
                "busy": self._busy,
                "rows": [row(job, self._panel.language, now=now) for job in self._jobs],
                "held": [
                    {**row(job, self._panel.language, now=now), "images": [picture(image, self._panel.language)]}
                    for job, image in held
                ],
                "more": self._more,
                "total": self._total,
                "filter": dict(self._filter),
                "choices": self._choices,
            }

    def pictures(self) -> dict[str, GeneratedImage]:
        """Every picture read so far, by its id in messages."""
        with self._lock:
            return {identity: seen.image for identity, seen in self._seen.items()}

    def job(self, job_id: object) -> Job | None:
        """A job on the pages read, or None."""
        return next((job for job in self._jobs if job.id == job_id), None)

    def _read_soon(self, most: int) -> None:
        self._busy = True
        self._panel.answer(lambda view: self._read(most))

    def _read(self, most: int) -> None:
        session = self._panel.session
        try:
            jobs, total, more = session.history(Query.of(**_checked(self._filter)), most=most)
            choices = session.library.words_used()
            with self._lock:
                self._jobs, self._total, self._more, self._choices = jobs, total, more, choices
                self._seen |= {image_id(image): _Seen(job, image) for job in jobs for image in job.images}
        finally:
            self._busy = False
            self._panel.redraw_now()
        # The page asks for what it shows, and what it shows first need not wait for that.
        self._panel.send_new_thumbnails(ImageSet([image for job in jobs for image in job.images][:_FIRST]))


def _checked(given: Mapping[str, Any]) -> dict[str, Any]:
    """What of a filter can be looked for: a date that is being typed filters nothing yet."""
    checked = dict(_NO_FILTER)
    for name in _TEXT:
        value = given.get(name)
        if not isinstance(value, str):
            continue
        try:
            Query.of(**{name: value})
        except APIMartError:
            continue
        checked[name] = value
    stars = given.get("stars")
    if isinstance(stars, int) and 0 <= stars <= MOST_STARS:
        checked["stars"] = stars
    return checked
