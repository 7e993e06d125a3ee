"""``History``: everything the library keeps, a page at a time, for the results view. Read only when it is opened."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ..errors import APIMartError
from ..jobs import Job
from ..library import MOST_STARS, Query
from ..results import GeneratedImage, ImageSet
from .rows import image_id, row

if TYPE_CHECKING:
    from .panel import ImagePanel

_PAGE = 12
# Pictures that the largest screens show of a page before it is scrolled.
_FIRST = 16
_TEXT = ("text", "model", "size", "quality", "since", "until")
_NO_FILTER: dict[str, Any] = {**dict.fromkeys(_TEXT, ""), "stars": 0}


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
        self._seen: dict[str, GeneratedImage] = {}
        self._newest: tuple[str, ...] = ()
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

    def is_behind(self, results: Iterable[str]) -> bool:
        """Whether the session has other pictures than when this was last asked, so that a page has to be read anew."""
        now = tuple(results)
        behind, self._newest = now != self._newest, now
        return behind

    def refresh(self) -> None:
        """Read what is shown once more, if it is shown."""
        if self._open:
            self._read_soon(max(_PAGE, len(self._jobs)))

    def deleted(self, images: ImageSet) -> None:
        """Pictures are gone."""
        with self._lock:
            for image in images:
                self._seen.pop(image_id(image), None)
        self.refresh()

    def changed(self, image: GeneratedImage, by: GeneratedImage) -> None:
        """A picture has other stars or another note.

        The search is not made anew: it would take the picture away under the eye.
        """
        with self._lock:
            if image_id(image) in self._seen:
                self._seen[image_id(image)] = by
        for job in self._jobs:
            job._replace([image], by)

    def forget(self) -> None:
        """Another session has another library."""
        with self._lock:
            self._open, self._jobs, self._total, self._more = False, (), 0, False
            self._filter, self._seen = dict(_NO_FILTER), {}

    def state(self) -> dict[str, Any]:
        """What the results view is told; empty until it is opened."""
        with self._lock:
            if not self._open and not self._jobs:
                return {}
            now = self._panel.session.now()
            return {
                "open": self._open,
                "busy": self._busy,
                "rows": [row(job, self._panel.language, now=now) for job in self._jobs],
                "more": self._more,
                "total": self._total,
                "filter": dict(self._filter),
                "choices": self._choices,
            }

    def pictures(self) -> dict[str, GeneratedImage]:
        """Every picture read so far, by its id in messages."""
        with self._lock:
            return dict(self._seen)

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
                self._seen |= {image_id(image): image for job in jobs for image in job.images}
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
