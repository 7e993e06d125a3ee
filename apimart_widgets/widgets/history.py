"""``History``: everything the library keeps, a page at a time, for the results view. Read only when it is opened."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..errors import APIMartError
from ..jobs import Job
from ..library import MOST_STARS, Query
from ..results import GeneratedImage
from .rows import image_id, row

if TYPE_CHECKING:
    from .panel import ImagePanel

_PAGE = 12
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
        self._choices: dict[str, list[str]] = {}
        self._total = 0
        self._more = False

    def gesture(self, content: Mapping[str, Any]) -> None:
        """It was opened or closed, filtered, or another page was asked for."""
        kind = content["kind"]
        if kind == "history":
            self._open = content.get("open") is True
            if self._open:
                self._read_soon(_PAGE)
        elif kind == "history-filter":
            given = content.get("filter")
            self._filter = _checked(given if isinstance(given, Mapping) else {})
            self._read_soon(_PAGE)
        elif kind == "history-more":
            self._read_soon(len(self._jobs) + _PAGE)
        self._panel.redraw()

    def refresh(self) -> None:
        """Something was made, deleted or rated: read what is shown once more, if it is shown."""
        if self._open:
            self._read_soon(max(_PAGE, len(self._jobs)))

    def forget(self) -> None:
        """Another session has another library."""
        with self._lock:
            self._open, self._jobs, self._total, self._more = False, (), 0, False
            self._filter = dict(_NO_FILTER)

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
        """Every picture on the pages read, by its id in messages."""
        return {image_id(image): image for job in self._jobs for image in job.images}

    def job(self, job_id: object) -> Job | None:
        """A job on the pages read, or None."""
        return next((job for job in self._jobs if job.id == job_id), None)

    def _read_soon(self, most: int) -> None:
        self._busy = True
        self._panel.answer(lambda view: self._read(most))

    def _read(self, most: int) -> None:
        session = self._panel.session
        try:
            jobs, total, more = session.history(Query.of(**self._filter), most=most)
            choices = session.library.words_used()
            with self._lock:
                self._jobs, self._total, self._more, self._choices = jobs, total, more, choices
        finally:
            self._busy = False
            self._panel.redraw()


def _checked(given: Mapping[str, Any]) -> dict[str, Any]:
    """A filter as the page sent it, without what is none: a date that is being typed filters nothing yet."""
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
