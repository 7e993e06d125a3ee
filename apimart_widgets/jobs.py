"""``Job``: our handle on one request, from the queue to its pictures.

A job is moved along by the ``Runner`` on the background thread and read from any other. Waiting for it never owns it:
an interrupt or a timeout ends the wait and leaves the job, and whatever was paid for it, alive.
"""

from __future__ import annotations

import asyncio
import dataclasses
import datetime
import itertools
import json
import logging
import threading
import uuid
from collections.abc import Callable, Generator, Iterable, Mapping
from typing import Any, Literal, NamedTuple

from .config import Mode
from .errors import (
    APIMartError,
    ConfigurationError,
    DownloadError,
    JobCancelledError,
    JobError,
    JobTimeoutError,
    LibraryError,
)
from .images import LocalPicture
from .interrupts import Flag, stoppable, uninterrupted
from .kernel import leave_to_repr
from .loop import SLICE, Clock, IOThread
from .request import ImageRequest
from .results import GeneratedImage, ImageSet
from .rules import amount, as_typed
from .still import still
from .task import Cost, Task
from .wire_record import wire_record
from .words import LANGUAGES, Language, Sentence, say

logger = logging.getLogger("apimart_widgets")

Status = Literal[
    "queued",
    "uploading",
    "sending",
    "submitted",
    "processing",
    "downloading",
    "completed",
    "failed",
    "cancelled",
    "unknown",
]
UNSENT: tuple[Status, ...] = ("queued", "uploading")
# The fence of a job that another kernel moves along: no row has it, so nothing can be written on that one's row.
IN_OTHER_HANDS = -1
FINAL: tuple[Status, ...] = ("completed", "failed", "cancelled", "unknown")

_TICK = 0.1

# When, what, then the name and the value of each detail in turn. One tuple of plain values: a thousand jobs may wait at
# once, and such tuples are the one thing the interpreter need not look through for garbage, while everything stands
# still.
Happened = tuple[Any, ...]
# Events as the ledger tells them.
_Told = Iterable[tuple[float, str, Mapping[str, Any]]]


@dataclasses.dataclass(frozen=True)
class Event:
    """One thing that happened to a job: when (Unix seconds), what, and its details."""

    at: float
    kind: str
    detail: Mapping[str, Any]

    def __str__(self) -> str:
        moment = datetime.datetime.fromtimestamp(self.at).strftime("%H:%M:%S.%f")[:-3]
        # The body of an answer would fill the page; ``report`` shows it.
        details = ", ".join(f"{name} {value}" for name, value in self.detail.items() if name != "answer")
        return f"{moment} {self.kind}" + (f": {details}" if details else "")


def _packed(at: float, kind: str, detail: Mapping[str, Any]) -> Happened:
    return (at, kind, *itertools.chain.from_iterable(detail.items()))


def unpacked(happened: Happened) -> tuple[float, str, dict[str, Any]]:
    """When something happened to a job, what, and its details.

    >>> unpacked((1.5, "poll", "status", "pending", "seconds", 0.2))
    (1.5, 'poll', {'status': 'pending', 'seconds': 0.2})
    """
    at, kind, *detail = happened
    return at, kind, dict(zip(detail[::2], detail[1::2], strict=True))


class Wiring(NamedTuple):
    """What all jobs of a session have in common: where they are sent, what moves them, and who is told of them.

    In one place, since Python gives an instance with 30 attributes a dictionary of its own, and of a thousand
    waiting jobs each object counts (see ``Clock.alarm``).
    """

    mode: Mode
    origin: str
    clock: Clock
    io: IOThread
    on_cancel: Callable[[Job], None]
    on_change: Callable[[Job], None]
    on_show: Callable[[Job], None]


class Job:
    """One request on its way. Made by ``Session.submit``, which returns it at once.

    ``status`` goes through "queued", "uploading", "sending", "submitted", "processing" and "downloading" to one of
    "completed", "failed", "cancelled" (never sent), or "unknown": sent, and nobody can say what became of it, so that
    it may be billed.

    >>> import apimart_widgets as am
    >>> with am.Session(mode="sandbox", library=":memory:", sandbox_seconds=0) as session:
    ...     job = session.submit("A red fox", n=2)
    ...     len(job.result()), job.status
    (2, 'completed')
    """

    def __init__(
        self,
        request: ImageRequest,
        wiring: Wiring,
        *,
        pictures: Mapping[str, LocalPicture] | None = None,
        row: Mapping[str, Any] | None = None,
        events: _Told = (),
    ) -> None:
        known = row or {}
        self.id: str = known.get("id") or f"job_{uuid.uuid4().hex}"
        self.request = request
        self.idempotency_key: str = known.get("idempotency_key") or f"apw-{uuid.uuid4().hex}"
        self.created: float = known.get("created") or wiring.clock.now()
        # A row of history may have come of another server.
        self._wiring = wiring if row is None else wiring._replace(mode=row["mode"], origin=row["origin"])
        self._pictures = dict(pictures or {})
        self._lock = threading.RLock()
        self._finished = Flag()
        self._callbacks: tuple[Callable[[Job], object], ...] = ()
        self._events: tuple[Happened, ...] = ()
        # What the ledger does not have yet: events, and columns that it could not take.
        self._unsaved: tuple[Happened, ...] = ()
        self._unsaved_columns: dict[str, Any] = {}
        self._started = wiring.clock.monotonic() - (wiring.clock.now() - self.created)
        self._ended: float | None = None
        self._status: Status = "queued"
        self._progress = 0.0
        self._estimated_time: float | None = None
        self._task_id: str | None = known.get("task_id")
        self._accepted: float | None = known.get("submitted")
        self._answer: str | None = None
        self._payload: bytes | None = None
        self._cost: Cost | None = None
        self._error: APIMartError | None = None
        self._notice: Sentence | None = None
        self._images: ImageSet | None = None
        self._hidden = False
        self._retried_by: Job | None = None
        # Rises when another kernel takes the job over in the ledger; None before it has a row.
        self._fence: int | None = known.get("fence")
        if row is None:
            self._happened("queued")
        else:
            self._adopt(row, events)
            # What its owner should know outlives the session that came to it.
            if any("doubt" in event.detail for event in self.events):
                self._note(say("jobs.maybe_twice"))
            listed = [event.detail.get("pictures") for event in self.events if event.kind == "downloading"]
            if listed and listed[-1] is not None:
                self._note_short(listed[-1])

    # ---- reading

    @property
    def mode(self) -> Mode:
        """Where its pictures come from: "live", "sandbox", "replay" or "sandbox replay"."""
        return self._wiring.mode

    @property
    def origin(self) -> str:
        """The server it is sent to, as in ``https://api.apimart.ai``."""
        return self._wiring.origin

    @property
    def status(self) -> Status:
        """Where the job stands, in one word."""
        return self._status

    @property
    def progress(self) -> float:
        """0 to 100; never goes back, whatever the server says."""
        return self._progress

    @property
    def estimated_time(self) -> float | None:
        """Seconds the server expects the task to take, or None while it has not said."""
        return self._estimated_time

    @property
    def task_id(self) -> str | None:
        """The server's name for the task, once it has one."""
        return self._task_id

    @property
    def elapsed(self) -> float:
        """Seconds since ``submit``, until the job was done."""
        return (self._wiring.clock.monotonic() if self._ended is None else self._ended) - self._started

    @property
    def generated(self) -> float | None:
        """Seconds the pictures took by the server's account, or None where it has not said."""
        return Task.read(json.loads(self._answer)).generated if self._answer else None

    @property
    def cost(self) -> Cost | None:
        """What it was billed, once known; ``cost.estimated`` says whether the server said so."""
        return self._cost

    @property
    def error(self) -> APIMartError | None:
        """Why there is no result, or None."""
        return self._error

    @property
    def notice(self) -> Sentence | None:
        """What its owner should know although it went well, such as a doubt about the bill; or None."""
        return self._notice

    @property
    def retried_by(self) -> Job | None:
        """The job that ``session.retry`` has started in its place, or None."""
        return self._retried_by

    @property
    def may_be_billed(self) -> bool:
        """Whether it ended without its pictures and was, or may be, billed: asking anew might pay twice."""
        unkept = isinstance(self._error, LibraryError) and self.was_sent
        return self._status == "unknown" or isinstance(self._error, DownloadError) or unkept or self._cost is not None

    @property
    def was_sent(self) -> bool:
        """Whether its request was sent, by this session or an earlier one."""
        return any(happened[1] in ("post", "picked up") for happened in self._events)

    @property
    def images(self) -> ImageSet:
        """The pictures that arrived so far: all of them once completed, the others where one could not be fetched."""
        return self._images if self._images is not None else ImageSet()

    @property
    def ended(self) -> float | None:
        """When it was done (Unix seconds), or None."""
        return None if self._ended is None else self.created + self._ended - self._started

    @property
    def hidden(self) -> bool:
        """Whether the user no longer wants to see it; its pictures reach the library all the same."""
        return self._hidden

    @property
    def events(self) -> tuple[Event, ...]:
        """Everything that happened so far, oldest first."""
        return tuple(Event(*unpacked(happened)) for happened in self._events)

    def done(self) -> bool:
        """Whether nothing more will happen: completed, failed, cancelled, or unknown."""
        return self._finished.is_set()

    def __repr__(self) -> str:
        prompt = self.request.prompt if len(self.request.prompt) <= 60 else self.request.prompt[:59] + "…"
        task = f", {self._task_id}" if self._task_id else ""
        return f"Job({self._status}, {prompt!r}, {self.elapsed:.1f} s{task})"

    def _ipython_display_(self) -> None:
        leave_to_repr()
        self._wiring.on_show(self)

    def _repr_html_(self) -> str:
        return still(self)

    def report(self, language: Language = "en") -> str:
        """The wire record: what was sent and answered, when, and how long it took, as text.

        The POST with its headers and body and its answer; every poll; retries with their reason; uploads and downloads;
        the task's last answer. Times are UTC, and seconds since ``submit``. For lessons on asynchronous APIs, and for
        bug reports: the key is not in it, nor what signs an address; the prompt is. It works for a job of an earlier
        session too.

        Raises:
            ConfigurationError: no such language.

        >>> import apimart_widgets as am
        >>> with am.Session(mode="sandbox", library=":memory:", sandbox_seconds=0) as session:
        ...     images = session.generate("A red fox")
        >>> record = session.jobs[0].report()
        >>> "Authorization: Bearer $APIMART_API_KEY" in record, '"prompt": "A red fox"' in record
        (True, True)
        """
        if language not in LANGUAGES:
            raise ConfigurationError(say("panel.language", language=language))
        return wire_record(self, language)

    # ---- waiting

    def result(self, timeout: float | None = None) -> ImageSet:
        """Wait for the pictures.

        Args:
            timeout: seconds to wait; None waits as long as it takes.

        Raises:
            JobTimeoutError: not done in time. The job goes on.
            APIMartError: why there are no pictures, as in ``error``.

        An interrupt (the kernel's stop button) ends the wait at once; the job goes on.
        """
        if self._wiring.io.is_current():
            raise ConfigurationError(say("jobs.result_on_io_thread"))
        seconds = check_timeout(timeout)
        deadline = None if seconds is None else self._wiring.clock.monotonic() + seconds
        with stoppable():
            while (images := self._outcome()) is None:
                left = SLICE if deadline is None else min(SLICE, deadline - self._wiring.clock.monotonic())
                if left <= 0:
                    sentence = say("jobs.timeout", seconds=timeout, status=self._status)
                    raise JobTimeoutError(sentence, job_id=self.id, task_id=self._task_id)
                self._finished.wait(left)
        return images

    def _outcome(self) -> ImageSet | None:
        """Its pictures, or raises why there are none; None while it is not done."""
        with self._lock:  # another thread may take it up again: then it has no error, and not its pictures either
            if not self._finished.is_set():
                return None
            error, images = self._error, self.images
        if error is not None:
            # Everyone who waits gets a traceback of their own, that begins at their cell: the sentence says why, and
            # the frames of the background thread would only bury it.
            raise error.with_traceback(None) from None
        return images

    def __await__(self) -> Generator[Any, None, ImageSet]:
        return self._wait().__await__()

    async def _wait(self) -> ImageSet:
        # A tick, not a wrapped future: an interrupt of a cell that awaits one acts only when the future is done, and
        # cancelling one would cancel the job.
        self._wiring.io.check_process()
        while (images := self._outcome()) is None:  # noqa: ASYNC110
            await asyncio.sleep(_TICK)
        return images

    def add_done_callback(self, function: Callable[[Job], object]) -> None:
        """Call ``function(job)`` once the job is done, on a thread of its own; at once when it is done already."""
        with self._lock:
            if not self._finished.is_set():
                self._callbacks += (function,)
                return
        self._call(function)

    # ---- stopping

    def cancel(self) -> bool:
        """Take the job back if it was not sent yet.

        Returns True only then. What was sent cannot be cancelled (the API has no such call): ``hide()`` it; its
        pictures reach the library when they are done. Nor can what another kernel is to send, except there.
        """
        with uninterrupted():
            with self._lock:
                if self._status not in UNSENT or self._fence == IN_OTHER_HANDS:
                    return False
                self._happened("cancelled")
                self._finish("cancelled", JobCancelledError(say("jobs.cancelled"), job_id=self.id))
            self._wiring.on_cancel(self)
        return True

    def hide(self) -> None:
        """Say that the job is of no interest any more. It goes on: what it made is kept."""
        self._hidden = True
        self._wiring.on_change(self)

    def unhide(self) -> None:
        """Take ``hide`` back."""
        self._hidden = False
        self._wiring.on_change(self)

    # ---- moved along by the Runner

    def _happened(self, kind: str, **detail: Any) -> None:
        with self._lock:
            happened = _packed(self._wiring.clock.now(), kind, detail)
            self._events += (happened,)
            self._unsaved += (happened,)
        self._wiring.on_change(self)

    def _take_unsaved(self) -> tuple[Happened, ...]:
        with self._lock:
            unsaved, self._unsaved = self._unsaved, ()
            return unsaved

    def _noting(self, call: str, heard: dict[str, Any], **detail: Any) -> Callable[[str, dict[str, Any]], None]:
        """What a call of the client is to tell: its retries become events; ``heard`` gets how long the answer took."""

        def notify(kind: str, told: dict[str, Any]) -> None:
            if kind == "retry":
                self._happened("retry", call=call, **detail, **told)
            elif kind == "answered":
                heard["seconds"] = told["seconds"]

        return notify

    def _take_over(self, row: Mapping[str, Any]) -> None:
        """Go by the row from here on, which another kernel may have brought further."""
        self._fence = row["fence"]
        # What could not be written down is known here alone.
        self._task_id = row["task_id"] or self._task_id
        self._accepted = row["submitted"] or self._accepted
        self._payload = row["payload"] or self._payload

    def _adopt(self, row: Mapping[str, Any], events: _Told) -> None:
        """Take over what the ledger knows: the bill, what was sent and answered, and what happened meanwhile."""
        self._cost = _cost_of(row)
        self._answer = row.get("answer")
        self._payload = row.get("payload") or self._payload
        with self._lock:
            self._events = (*(_packed(*event) for event in events), *self._unsaved)

    def _put_back(self, events: tuple[Happened, ...]) -> None:
        """Take events back that could not be committed."""
        with self._lock:
            self._unsaved = events + self._unsaved

    def _forget_unsaved(self, columns: Mapping[str, Any]) -> None:
        """Let go of columns that were committed, or that nobody may commit any more; newer values stay."""
        for name, value in columns.items():
            if self._unsaved_columns.get(name) is value:
                self._unsaved_columns.pop(name, None)

    def _enter(self, status: Status, **detail: Any) -> bool:
        """Move on to ``status``; False where the job was cancelled meanwhile."""
        with self._lock:
            if self._finished.is_set():
                return False
            self._status = status
            self._happened(status, **detail)
            return True

    def _see(self, status: Status) -> None:
        """Show where another kernel has brought a job."""
        with self._lock:
            if status == self._status or self._finished.is_set():
                return
            self._status = status
        self._wiring.on_change(self)

    def _note(self, sentence: Sentence) -> None:
        """Have its owner know one thing more."""
        if self._notice is None:
            self._notice = sentence
        elif sentence not in self._notice:
            self._notice = say("client.two", first=self._notice, second=sentence)

    def _note_short(self, listed: int) -> None:
        """Say that the server lists fewer pictures than were asked for, where it does."""
        if listed < self.request.n:
            self._note(say("jobs.fewer" if listed > 1 else "jobs.fewer_one", listed=listed, asked=self.request.n))

    def _report(self, *, progress: float | None, estimated_time: float | None) -> None:
        with self._lock:
            self._progress = max(self._progress, progress or 0.0)
            self._estimated_time = estimated_time or self._estimated_time

    def _finish(self, status: Status, error: APIMartError | None = None) -> None:
        with self._lock:
            if self._finished.is_set():
                return
            self._status, self._error = status, error
            if error is not None and error.__cause__ is not None:
                # Raising it in a cell, without the frames of the background thread, drops what stands behind it.
                error.reason = error.__cause__.with_traceback(None)
            self._ended = self._wiring.clock.monotonic()
            if status == "completed":
                self._progress = 100.0
            self._finished.set()
            callbacks, self._callbacks = self._callbacks, ()
        self._wiring.on_change(self)
        for function in callbacks:
            self._call(function)

    def _replace(self, images: Iterable[GeneratedImage], by: GeneratedImage | None) -> None:
        """Have ``by`` stand for pictures of this job; None lets go of them."""
        wanted = set(images)
        with self._lock:
            if self._images is None or wanted.isdisjoint(self._images):
                return
            kept = [by if image in wanted else image for image in self._images]
            self._images = ImageSet([image for image in kept if image is not None])
        self._wiring.on_change(self)

    def _settle(self, status: Status, images: ImageSet, *, ended: float | None, error: APIMartError | None) -> None:
        """Be done at once, as the ledger knows it."""
        self._images = images
        self._finish(status, error)
        if ended is not None:
            self._ended = self._started + ended - self.created

    def _end_as(self, row: Mapping[str, Any], kept: Iterable[GeneratedImage | None], events: _Told) -> None:
        """Come to the end that a row tells of, with the pictures that are ``kept``; None stands for a deleted one."""
        self._adopt(row, events)
        error = JobError(row["error"], job_id=row["id"], task_id=row["task_id"]) if row["error"] else None
        images = ImageSet(image for image in kept if image is not None)
        self._settle(row["status"], images, ended=row["finished"], error=error)

    def _reopen(self, status: Status | None = None) -> bool:
        """Take a finished job up again, by default one that was sent; False where another thread just did."""
        with self._lock:
            if not self._finished.is_set():
                return False
            self._finished.clear()
            self._error, self._ended = None, None
            self._status = status or ("sending" if self._task_id is None else "submitted")
            return True

    def _call(self, function: Callable[[Job], object]) -> None:
        with uninterrupted():
            self._wiring.io.callbacks.submit(tell, f"A done-callback of {self!r}", function, self)


def status_on_its_way(row: Mapping[str, Any]) -> Status:
    """Where a job stands whose row says that it is not done.

    >>> status_on_its_way({"task_id": None, "status": "sending"})
    'sending'
    """
    if row["task_id"] is not None:
        return "submitted"
    return "queued" if row["status"] == "queued" else "sending"


def tell(what: str, function: Callable[..., object], *given: Any) -> None:
    """Call what looks on: a slip of whoever wrote it is logged, as one of ``what``, and stops nothing."""
    try:
        function(*given)
    except Exception:
        logger.exception("%s, which looks on, failed", what)


class Watchers:
    """Functions that look on, in the order they came; ``what`` says of which kind, where one fails.

    >>> watchers = Watchers("What this example was given")
    >>> stop = watchers.add(print)
    >>> watchers.tell("A fox", 1)
    A fox 1
    >>> stop()
    >>> watchers.tell("A fox", 2)
    """

    def __init__(self, what: str) -> None:
        self._what = what
        self._lock = threading.Lock()
        self._functions: tuple[Callable[..., object], ...] = ()

    def add(self, function: Callable[..., object]) -> Callable[[], None]:
        """Have ``function`` told from now on; returns what ends that."""
        with self._lock:
            self._functions = (*self._functions, function)

        def stop() -> None:
            with self._lock:
                self._functions = tuple(each for each in self._functions if each is not function)

        return stop

    def tell(self, *given: Any) -> None:
        """Call them all, on this thread."""
        for function in self._functions:
            tell(self._what, function, *given)


def check_timeout(timeout: object) -> float | None:
    """Seconds to wait as a plain number; None waits as long as it takes.

    Raises:
        ConfigurationError: something else.

    >>> check_timeout(60), check_timeout(None)
    (60.0, None)
    """
    seconds = amount(timeout)
    if timeout is not None and seconds is None:
        raise ConfigurationError(say("jobs.no_timeout", value=as_typed(timeout)))
    return seconds


def _cost_of(row: Mapping[str, Any]) -> Cost | None:
    """What the ledger says a job was billed."""
    if row.get("cost") is None:
        return None
    return Cost(row["cost"], row["cost_unit"], row["cost_source"], bool(row["cost_estimated"]))
