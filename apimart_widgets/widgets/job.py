"""``JobView``: one job as a live row in a cell's output, with its pictures; a retry of it stands above it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import ipywidgets as widgets
from IPython.display import display

from ..jobs import Job
from ..results import GeneratedImage, ImageSet
from ..session import Session
from ..still import still
from ..words import Language
from .composer import ResultsView, Viewer, front_end_words
from .gestures import RowGestures
from .projector import Projector
from .row_host import RowHost
from .rows import image_id, live
from .snapshot import Snapshot

_STATIC = Path(__file__).parent / "static"
_SNAPSHOT_INTERVAL = 1.0
# What helps only where there is a form, or a place for a key.
_NEEDS_A_PANEL = ("edit", "key")


class JobRow(ResultsView):
    """The results view without a panel around it: no history, and no form to fill."""

    # Without a panel there is no prompt box, whose style sheet holds what all parts share.
    _css = "\n".join(  # type: ignore[assignment]
        (_STATIC / name).read_text(encoding="utf-8") for name in ("prompt.css", "results.css")
    )


class JobView(RowHost):
    """What a ``Job`` shows itself as in a notebook; ``Session`` makes one for each job that is shown."""

    def __init__(self, session: Session, job: Job, language: Language = "en") -> None:
        self.begin_hosting(session, language)
        self._job = job
        layout = widgets.Layout()
        self._results_view = JobRow(
            words=front_end_words(language, "results."),
            language=language,
            layout=layout,
            viewer=Viewer(layout=layout),
        )
        self._box = widgets.VBox([self._results_view], layout=layout)
        self._box.add_class("apw-panel")
        self._projector = Projector(self._project)
        self._snapshot = Snapshot(lambda: still(self._job))
        self._snapshots = Projector(self._snapshot.update, _SNAPSHOT_INTERVAL)
        self._results_view.on_gesture(RowGestures(self))
        self.follow(session)
        self._project()

    @property
    def is_open(self) -> bool:
        """Whether it can be shown: ``Widget.close_all()`` may have closed it."""
        return self._box.comm is not None

    def show(self) -> None:
        """Display it, with the plain copy that a saved notebook keeps beside it."""
        display({**self._box._repr_mimebundle_(), "text/plain": repr(self._job)}, raw=True)
        self._snapshot.show()

    # ---- for its view

    def shown_jobs(self) -> list[Job]:
        """The job, and what was started in its place."""
        jobs = [self._job]
        while (again := jobs[-1].retried_by) is not None:
            jobs.append(again)
        return jobs

    def described(self, job: Job, now: float) -> dict[str, Any]:
        row = super().described(job, now)
        if row["error"] is not None and row["error"]["action"] in _NEEDS_A_PANEL:
            row["error"] = {**row["error"], "action": None}
        return row

    def job_changed(self, job: Job) -> None:
        # A job tells of itself with its own lock held: here nothing is asked of any that takes one.
        if any(job.id == each.id for each in self.shown_jobs()):
            self._projector.schedule()

    def kept_changed(self, images: Sequence[GeneratedImage], by: GeneratedImage | None) -> None:
        # The session has done it to its own jobs, and one of ``session.history`` is none of them.
        for job in self.shown_jobs():
            job._replace(images, by)

    def _project(self) -> None:
        now, jobs, view = self._session.now(), self.shown_jobs(), self._results_view
        selection, heard = self.ticks()
        images = ImageSet([image for job in jobs if job.done() for image in job.images])
        known = {image_id(image) for image in images}
        with view.hold_sync():
            view.rows = [self.row(job, now) for job in reversed(jobs)]
            view.live = live(jobs, now=now)
            view.selected = [identity for identity in selection if identity in known]
            view.heard = heard
        self.send_new_thumbnails(images)
        self._snapshots.schedule()
