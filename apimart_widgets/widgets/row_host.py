"""``RowHost``: what a results view needs of whoever shows it: rows, ticks, pictures, answers, words."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ..errors import APIMartError, ImageError
from ..jobs import Job
from ..request import DEFAULT_ORIGIN
from ..results import GeneratedImage, ImageSet
from ..session import Session
from ..thumbnails import SIDE
from ..words import Language, Sentence, said_in, say
from .marks import remember
from .projector import Projector
from .rows import image_id, row

if TYPE_CHECKING:
    from .composer import ResultsView


class RowHost:
    """State behind a results view, safe on any thread; whoever inherits makes the view and its projector.

    ``begin_hosting`` comes first, since a widget's own constructor may already be asked for something.
    """

    _results_view: ResultsView
    _projector: Projector
    _unwatch: Callable[[], None] | None = None

    def begin_hosting(self, session: Session, language: Language) -> None:
        """Work for the jobs of ``session``."""
        self._session = session
        self._language: Language = language
        self._lock = threading.RLock()
        self._nonces: set[str] = set()
        self._selection: list[str] = []
        # Page -> number of the last gesture of ticking that came from it.
        self._heard: dict[str, int] = {}
        self._thumbnails_sent: set[str] = set()
        self._rows_of: dict[str, tuple[object, dict[str, Any]]] = {}

    @property
    def session(self) -> Session:
        """Where the jobs go; of a panel another one once a key was entered."""
        return self._session

    @property
    def language(self) -> Language:
        """ "en" or "zh"."""
        return self._language

    @property
    def code_origin(self) -> str:
        """The origin that code is written for: the sandbox in this process cannot be reached from elsewhere."""
        return self._session.origin if self._session.mode == "live" else DEFAULT_ORIGIN

    # ---- what the session tells, on any thread

    def follow(self, session: Session) -> None:
        """Be told of the jobs and the kept pictures of ``session``, and no more of another's."""
        if self._unwatch is not None:
            self._unwatch()
        ends = contextlib.ExitStack()
        ends.callback(session.watch(self.job_changed))
        ends.callback(session.watch_kept(self.kept_changed))
        self._unwatch = ends.close

    def job_changed(self, job: Job) -> None:
        """Something about a job has changed; it may tell of that with locks held."""
        raise NotImplementedError

    def kept_changed(self, images: Sequence[GeneratedImage], by: GeneratedImage | None) -> None:
        """Pictures have other stars or another note, as ``by`` has them; or are gone, where it is None."""
        raise NotImplementedError

    # ---- what gestures ask for

    def once(self, nonce: str) -> bool:
        """Whether a gesture that costs money is seen for the first time: five clicks make one job."""
        with self._lock:
            if nonce in self._nonces:
                return False
            self._nonces.add(nonce)
            return True

    def tick(self, identity: str, on: bool, *, page: object = None, number: object = None) -> None:
        """Tick a picture, or take the tick away; ``page`` and ``number``: whose gesture that was, and which."""
        with self._lock:
            others = [each for each in self._selection if each != identity]
            self._selection = [*others, identity] if on else others
            self._hear(page, number)
        self._projector.schedule()

    def untick_all(self, *, page: object = None, number: object = None) -> None:
        """Take every tick away."""
        with self._lock:
            self._selection = []
            self._hear(page, number)
        self._projector.schedule()

    def _hear(self, page: object, number: object) -> None:
        if isinstance(page, str) and len(page) <= 64 and isinstance(number, int):
            remember(self._heard, page, number)

    def ticks(self) -> tuple[list[str], dict[str, int]]:
        """What is ticked, and up to which of its gestures each page is heard by that."""
        with self._lock:
            return list(self._selection), dict(self._heard)

    def shown_jobs(self) -> Sequence[Job]:
        """The jobs that have a row."""
        raise NotImplementedError

    def job(self, job_id: Any) -> Job | None:
        """The job of this id, or None."""
        return next((job for job in self.shown_jobs() if job.id == job_id), None)

    def known_pictures(self) -> dict[str, GeneratedImage]:
        """Every picture there is, by its id in messages."""
        return {image_id(image): image for job in self.shown_jobs() for image in job.images}

    def pictures(self, identities: Any) -> ImageSet:
        """The pictures of these ids, in that order; unknown ids are passed over."""
        known = self.known_pictures()
        wanted = identities if isinstance(identities, list) else []
        return ImageSet([known[identity] for identity in wanted if identity in known])

    # ---- what the view is told, on the widgets' thread

    def redraw(self) -> None:
        """Have the widgets brought up to date soon; from any thread."""
        if self._unwatch is not None:  # what is being built is drawn once it is whole
            self._projector.schedule()

    def redraw_now(self) -> None:
        """The same at once; on the widgets' thread."""
        self._projector.bring()

    def answer(self, function: Callable[[ResultsView], object]) -> None:
        """Have ``function`` send something to the results view; what goes wrong is said there."""

        def send() -> None:
            try:
                function(self._results_view)
            except APIMartError as error:
                self._results_view.tell("say", text=self.said(error.message))

        self._projector.run(send)

    def send_thumbnails(self, pictures: ImageSet) -> None:
        """Push pictures, small, as bytes: all in one message, since a page pays for each message it is sent.

        Raises:
            ImageError: the file of one is gone; the others were sent.
        """
        made = {image_id(picture): _small(picture) for picture in pictures}
        self._thumbnails_sent.update(made)
        small = {identity: each for identity, each in made.items() if isinstance(each, bytes)}
        if small:
            self._results_view.tell("thumbnails", *small.values(), ids=list(small))
        for each in made.values():
            if isinstance(each, ImageError):
                raise each

    def send_new_thumbnails(self, pictures: ImageSet) -> None:
        """The same, unasked, for those of ``pictures`` that were not sent yet."""
        # Of a file that is gone whoever opens the picture is told.
        with contextlib.suppress(ImageError):
            self.send_thumbnails(ImageSet([each for each in pictures if image_id(each) not in self._thumbnails_sent]))

    def row(self, job: Job, now: float) -> dict[str, Any]:
        """A job's row; the same object while nothing but its progress changed, so that nothing is sent."""
        pictures = tuple((image.index, image.rating, image.note) for image in job.images)
        ending = (job.done(), job.error, job.notice, job.retried_by is None)
        # While it waits its row alone tells what happens to it.
        waiting = len(job.events) if job.status == "queued" else 0
        version = (job.status, job.hidden, pictures, job.task_id is None, ending, waiting)
        known = self._rows_of.get(job.id)
        if known is None or known[0] != version:
            known = self._rows_of[job.id] = (version, self.described(job, now))
        return known[1]

    def described(self, job: Job, now: float) -> dict[str, Any]:
        """A job's row, made anew."""
        return row(job, self._language, now=now)

    # ---- words

    def said(self, sentence: Sentence | str) -> str:
        """A sentence said elsewhere, in the view's language; a server's own words stay as they are."""
        return said_in(sentence, self._language)

    def say(self, key: str, **values: Any) -> str:
        """A sentence in the view's language."""
        return say(key, **values).to(self._language)


def _small(picture: GeneratedImage) -> bytes | ImageError:
    try:
        return picture.thumbnail(SIDE, max_bytes=48_000)
    except ImageError as error:
        return error
