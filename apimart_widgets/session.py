"""``Session``: the only place that wires key, client, runner, library and sandbox together."""

from __future__ import annotations

import asyncio
import concurrent.futures
import datetime
import json
import math
import os
import threading
from collections.abc import Callable, Container, Coroutine, Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

import httpx

from . import catalog, images
from .client import AsyncClient, connecting
from .config import APIKey, Mode, check_budget, read_environment
from .database import MEMORY
from .errors import APIMartError, ConfigurationError, DownloadError, JobError, LibraryError
from .images import LocalPicture
from .intake import request_from, warn
from .interrupts import uninterrupted
from .jobs import (
    FINAL,
    IN_OTHER_HANDS,
    UNSENT,
    Job,
    Status,
    Watchers,
    Wiring,
    check_timeout,
    logger,
    status_on_its_way,
)
from .ledger import AskedBefore, Offered, Row, Scope, Spending
from .library import Library, Query, pictures_in
from .loop import Clock, io_thread
from .reference import local_reference, local_url
from .request import ImageRequest, refusal
from .results import GeneratedImage, ImageSet
from .resumption import Offer, Resumption
from .rules import Problem, amount, as_typed, whole_number
from .runner import Runner, posted_here
from .task import Balance
from .words import say

if TYPE_CHECKING:
    from .recording import Recorded
    from .replay import Replay
    from .sweep import Sweep

T = TypeVar("T")
SANDBOX_ORIGIN = "https://sandbox.apimart.invalid"


class Session:
    """A connection to the API, or to the sandbox, with its jobs and its library.

    Args:
        api_key: the key; None reads ``APIMART_API_KEY``.
        base_url: the API's origin; None reads ``APIMART_BASE_URL``, else https://api.apimart.ai.
        mode: "live" (no key is an error), "sandbox" (drawings made on this machine, nothing is billed, any key is
            ignored), or None: live where there is a key, else the sandbox, and it says which. Of a session made by
            ``replay`` it is "replay", or "sandbox replay" where drawings were recorded.
        library: a folder, ``":memory:"`` to keep nothing on disk, or None for ``APIMART_LIBRARY``, else the user's data
            folder.
        max_concurrency: jobs in flight at once; the rest wait their turn.
        daily_budget: the most that may be billed or in flight within 24 hours, in the unit of the prices (USD), over
            all kernels that share the library; None reads ``APIMART_BUDGET``, which counts in live mode. A request that
            does not fit, or whose price the server does not tell, is refused with ``BudgetError`` before anything is
            sent; of a model the server lists no prices of, those it was registered with count.
        sandbox_seconds: how long a sandbox task takes, about, at low quality.

    Raises:
        ConfigurationError: a setting that cannot work.
        LibraryError: the library cannot be opened.

    >>> with Session(mode="sandbox", library=":memory:", sandbox_seconds=0) as session:
    ...     images = session.generate("A red fox", size="3:2", quality="low")
    ...     images[0].to_pil().size
    (1536, 1024)
    """

    def __init__(
        self,
        api_key: str | APIKey | None = None,
        base_url: str | None = None,
        *,
        mode: Mode | None = None,
        library: str | os.PathLike[str] | None = None,
        max_concurrency: int = 4,
        daily_budget: float | None = None,
        sandbox_seconds: float = 3.0,
    ) -> None:
        # Hidden at once: this frame may appear in a traceback with its locals.
        try:
            api_key = APIKey.of(api_key)
        except ConfigurationError:
            api_key = None
            raise
        max_concurrency, sandbox_seconds = _checked_settings(mode, max_concurrency, sandbox_seconds)
        daily_budget = check_budget(daily_budget, "daily_budget")
        self._closed = False
        environment = read_environment()
        if mode == "sandbox":
            api_key = None  # any key is ignored, a broken one in the environment too
        elif api_key is None:
            api_key = environment.api_key
        self.mode: Mode = mode or ("sandbox" if api_key is None and base_url is None else "live")
        self._clock = Clock()
        if self.mode == "sandbox":
            if base_url is not None:
                raise ConfigurationError(say("session.sandbox_origin", base_url=base_url))
            client = _sandbox_client(sandbox_seconds, self._clock)
        else:
            client = AsyncClient(api_key, base_url, clock=self._clock)
            io_thread().executor.submit(connecting)
        if daily_budget is None and self.mode == "live":
            daily_budget = environment.daily_budget
        self._key = api_key
        self._replay: Replay | None = None
        self._wire(client, library if library is not None else environment.library, max_concurrency, daily_budget)
        if mode is None:
            self._say_mode()

    @classmethod
    def replay(cls, folder: str | os.PathLike[str], *, speed: float = 1.0, max_concurrency: int = 4) -> Session:
        """A session that plays what was exported: recorded pictures after the recorded time, without key or network.

        What was recorded is asked for as ever, by ``submit``, ``generate``, ``sweep`` or a panel, and goes as it went:
        its progress, its pictures, its failure. The same request gets what came of it in the order it was recorded,
        and then from the first again; as repeats of a sweep, each recorded one once. Any other request is refused and
        told the nearest that were recorded. Nothing is drawn, billed or kept, and everything is marked as a replay.

        Args:
            folder: what ``sweep.export(folder)`` or ``session.export(folder)`` wrote.
            speed: how many times as fast; ``math.inf`` does not wait at all. Times in tables are those of the replay.
            max_concurrency: jobs in flight at once; what was recorded with more waits its turn.

        Raises:
            ConfigurationError: no such folder, an empty one, no export, one without anything to play; or no such speed.
            LibraryError: a file of it is damaged, missing or too much; or it is of a later version of this package.

        >>> import tempfile
        >>> with Session(mode="sandbox", library=":memory:", sandbox_seconds=0) as session:
        ...     made = session.generate("A red fox", n=2)
        ...     folder = session.export(tempfile.mkdtemp())
        >>> with Session.replay(folder, speed=100) as session:
        ...     played = session.generate("A red fox", n=2)
        ...     played == made, played[0].mode, float(session.spent())
        (True, 'sandbox replay', 0.0)
        """
        from .recording import read_recordings
        from .replay import REPLAY_ORIGIN, Replay

        max_concurrency, _ = _checked_settings(None, max_concurrency, 0)
        session = cls.__new__(cls)
        session._closed = False
        session._clock = Clock()
        session._key = None
        replay = Replay(read_recordings(folder), speed=speed, clock=session._clock, io=io_thread())
        session._replay = replay
        session.mode = replay.mode
        client = AsyncClient("replay", REPLAY_ORIGIN, transport=replay, clock=session._clock)
        session._wire(client, MEMORY, max_concurrency, None)
        return session

    def _wire(
        self,
        client: AsyncClient,
        library: str | os.PathLike[str] | None,
        max_concurrency: int,
        daily_budget: float | None,
    ) -> None:
        self._client = client
        self.origin = client.base_url
        self.daily_budget = daily_budget
        self.library = Library(library)
        # Only a server has accounts; there whoever holds another key has other tasks.
        account = self.library.account(self._key) if self.mode == "live" and self._key is not None else self.mode
        self._io = io_thread()
        self._lock = threading.Lock()
        self._reusing = threading.Lock()
        self._jobs: list[Job] = []
        # Those that are listed once they have a row.
        self._enrolling: set[Job] = set()
        self._pictures: dict[str, LocalPicture] = {}
        self._max_concurrency = max_concurrency
        self._balance: Balance | None = None
        self._balance_after = -1
        self._models: tuple[str, ...] | None = None
        self._models_asked = False
        self._watchers = Watchers("What session.watch was given")
        self._kept_watchers = Watchers("What session.watch_kept was given")
        # What jobs are shown as; widgets are imported when one is.
        self._views: dict[str, Any] = {}
        self._resumption: Resumption | None = None
        self._scope = Scope(self.origin, account, self.mode)
        self._runner = Runner(
            self._client,
            self.library,
            self._scope,
            io=self._io,
            clock=self._clock,
            max_concurrency=max_concurrency,
            daily_budget=daily_budget,
        )
        self._wiring = Wiring(
            self.mode, self.origin, self._clock, self._io, self._runner.dropped, self._watchers.tell, self._show
        )

    def _say_mode(self) -> None:
        if self.mode == "sandbox":
            # A warning without a handler of the user's own is shown as one plain line, in a notebook too.
            logger.warning("%s", say("session.is_sandbox"))
        else:
            logger.info("%s", say("session.is_live", origin=self.origin))

    def __repr__(self) -> str:
        # A traceback with its locals may ask one whose constructor failed.
        known = vars(self)
        return f"Session({known.get('mode')}, {known.get('origin')}, {len(known.get('_jobs', ()))} jobs)"

    @property
    def played(self) -> Recorded | None:
        """What a replay plays: its ``name``, ``mode``, ``origin`` and ``days``; None of any other session."""
        return None if self._replay is None else self._replay.recorded

    # ---- pictures

    def submit(
        self,
        prompt: str | ImageRequest,
        *,
        references: Sequence[object] | None = None,
        mask: object | None = None,
        reuse: bool = False,
        repeat: int = 0,
        **fields: Any,
    ) -> Job:
        """Start making pictures and return at once. **In live mode this is what is billed.**

        Args:
            prompt: the prompt, with further ``fields`` of ``ImageRequest``; or a whole request, with fields to change.
            references: pictures to start from: URLs, paths, PIL images, numpy arrays, bytes, ``GeneratedImage``s. What
                lies on this machine is uploaded to APIMart, where anyone with the link can open it for 72 hours. It
                goes without its metadata (where and when it was taken), upright, as one frame and with at most 20 MB; a
                ``RequestWarning`` says so where it lost frames or pixels by that.
            mask: what may change in the first reference: a URL, or a picture whose alpha is 0 there (or a black and
                white one, white there).
            reuse: where the library holds the pictures of the same request, made or on their way at the same origin
                with the same account, return that job and pay nothing. The same is what asks for the same: defaults
                filled in, pictures by their content.
            repeat: with ``reuse``, which of several identical requests is meant, from 0.

        Raises:
            InvalidRequest: lists every problem by field. Nothing was sent or uploaded.
            BudgetError: the daily budget does not allow it. Nothing was sent or uploaded.
        """
        self._check_open()
        turn = whole_number(repeat)
        if turn is None or turn < 0:
            raise ConfigurationError(say("session.repeat", value=as_typed(repeat)))
        request, pictures = request_from(prompt, references, mask, fields)
        if not reuse:
            return self._submit(request, pictures)
        with self._reusing:  # one after the other, so that each finds what those before it asked for
            made = self._made_before(request, turn)
            return made if made is not None else self._submit(request, pictures, repeat=turn)

    def _submit(self, request: ImageRequest, pictures: Mapping[str, LocalPicture], *, repeat: int | None = None) -> Job:
        with self._lock:
            self._pictures |= pictures
        if repeat is not None and self._replay is not None:
            self._replay.check_repeat(request, repeat)
        needed = self._local_pictures(request)
        missing = [picture for picture in request.local_references() if picture.sha256 not in needed]
        if missing:
            raise refusal((Problem("image_urls", say("session.missing_picture", picture=str(missing[0]))),))
        return self._begin(Job(request, self._wiring, pictures=needed), repeat=repeat)

    def _local_pictures(self, request: ImageRequest) -> dict[str, LocalPicture]:
        """The pictures of this machine that a request names by content: handed in before, or kept by the library."""
        found: dict[str, LocalPicture] = {}
        for reference in request.local_references():
            picture = self._held(reference.sha256)
            if picture is not None:
                found[reference.sha256] = picture
        return found

    def _held(self, sha256: str) -> LocalPicture | None:
        return self._pictures.get(sha256) or self.library.local(sha256)

    def _begin(self, job: Job, *, repeat: int | None = None) -> Job:
        try:
            handed_over = self._hand_over(job, repeat=repeat)
            if handed_over is not None:
                self._io.wait_for(handed_over)
        except AskedBefore as found:  # just now, by another thread or kernel
            return self._known_job(found.row)
        return job

    @uninterrupted()
    def _hand_over(
        self, job: Job, *, repeat: int | None = None, instead_of: Job | None = None
    ) -> concurrent.futures.Future[None] | None:
        """Give a job to the background thread; returns what has to be waited for before it counts as asked for."""
        self._io.check_process()
        # With a budget refused here and now, and not as a job that fails: what it forbids was never asked for.
        if self.daily_budget is not None or repeat is not None:
            self._check_thread()
            return self._io.submit(self._enrol(job, repeat, instead_of))
        self._list(job)
        self._runner.submit(job)
        self._end_if_closed(job)
        return None

    async def _enrol(self, job: Job, repeat: int | None, instead_of: Job | None) -> None:
        # Here and not by who waits: an interrupt ends the wait, and the job is on its way all the same.
        with self._lock:  # whoever comes across its row before it is listed would make another job of it
            self._enrolling.add(job)
        try:
            await self._runner.enrol(job, repeat=repeat)
            self._list(job)
        except APIMartError as error:
            if instead_of is not None:
                instead_of._retried_by = None
            job._finish("failed", error)  # who asked for it twice has it already
            raise
        finally:
            with self._lock:
                self._enrolling.discard(job)
        self._end_if_closed(job)

    def _list(self, job: Job) -> None:
        with self._lock:
            self._jobs.append(job)
        self._watchers.tell(job)

    def made(self, request: ImageRequest) -> tuple[Job, ...]:
        """Completed jobs that asked for the same at this origin with this account, oldest first; nothing is sent.

        Raises:
            LibraryError: the library cannot be read.
        """
        rows = self.library.asked_before(self._scope, request.fingerprint())
        return tuple(self._known_job(row) for row in rows if row["status"] == "completed")

    def submit_missing(self, request: ImageRequest, besides: Container[str]) -> Job:
        """A job that asks for ``request``: one of those there are, made or on its way, else a new one that is billed.

        Args:
            request: what is asked for.
            besides: ids of jobs that are not meant, since they stand for other repeats of the same.

        Raises:
            BudgetError, LibraryError, ConfigurationError: as ``submit``; nothing was sent.
        """
        with self._reusing:
            rows = self._asked_before(request)
            left = next((row for row in rows if row["id"] not in besides), None)
            return self._known_job(left) if left is not None else self._submit(request, {}, repeat=len(rows))

    def _made_before(self, request: ImageRequest, repeat: int) -> Job | None:
        """The job that asked for the same, made or on its way: the one after ``repeat`` others."""
        rows = self._asked_before(request)
        return self._known_job(rows[repeat]) if repeat < len(rows) else None

    def _asked_before(self, request: ImageRequest) -> list[Row]:
        """The rows that stand for the same request, made or on their way, oldest first."""
        if self.mode == "sandbox":
            # No task of a kernel that is gone will ever be done.
            self._close_drawings()
        self._runner.settle()  # a job cancelled just now is none of them
        # Nor one whose row is only being committed. Asked first: what is written down meanwhile is not found then.
        cancelled = self._runner.unwritten_cancels()
        rows = self.library.asked_before(self._scope, request.fingerprint())
        return [row for row in rows if row["id"] not in cancelled]

    @uninterrupted()
    def _known_job(self, row: Row) -> Job:
        """The job of a row: this session's own, or one that is followed from here on."""
        own = self._own(row)
        if row["status"] == "queued" and (own is None or own.done()):
            # Left unsent by a kernel that is gone; its owner asks for it now.
            taken = self._send_offered("unsent", [row["id"]])
            if taken:
                return taken[0]
        if own is None and row["status"] == "unknown":
            # What ``resume`` would do: ask for it again, once in a process.
            again, _ = self.library.take(self._scope, now=self._clock.now(), ids=[row["id"]], but=posted_here())
            if again:
                return self._take_up(again)[0]
        job, is_new = self._handle(row)
        if is_new and not job.done():
            job._fence = IN_OTHER_HANDS
            self._runner.follow(job)
            self._end_if_closed(job)
        elif row["status"] == "completed" and job.status != "completed" and job._reopen():
            # Another session fetched what this one could not.
            job._take_over(row)
            job._end_as(row, self.library.images_of(row["id"]).values(), self.library.events(row["id"]))
        return job

    def _own(self, row: Row) -> Job | None:
        """This session's job of a row, if it has one."""
        with self._lock:
            return _of((*self._jobs, *self._enrolling), row)

    def _handle(self, row: Row) -> tuple[Job, bool]:
        """This session's one job of a row, and whether it is new: two would each be moved along."""
        own = self._own(row)
        if own is not None:
            return own, False
        made = self._restored(row)
        with self._lock:
            own = _of((*self._jobs, *self._enrolling), row)
            if own is not None:  # made by another thread meanwhile
                return own, False
            self._jobs.append(made)
        self._watchers.tell(made)
        return made, True

    def _restored(self, row: Row) -> Job:
        """A job as its row tells of it, on its way or done."""
        request, events = ImageRequest.from_payload(json.loads(row["request"])), self.library.events(row["id"])
        job = Job(request, self._wiring, pictures=self._local_pictures(request), row=row, events=events)
        if row["finished"] is None:
            job._status = status_on_its_way(row)
        else:
            job._end_as(row, self.library.images_of(row["id"]).values(), events)
        return job

    def retry(self, job: Job) -> Job:
        """A new job for the same request, with a new idempotency key; one for each job, however often it is asked for.

        Raises:
            ConfigurationError: the job still runs, or an earlier attempt may be billed; ``look_again`` is for those.
                Or that is no job; or the session is closed.
        """
        _check_job(job)
        self._check_open()
        with job._lock:  # taken up again between two of these, it would seem to be one that was never billed
            if not job.done() or job.status in ("completed", "unknown") or job.may_be_billed:
                raise ConfigurationError(say("session.no_retry", status=job.status))
        # Made before the lock is taken: whoever watches is told of it.
        again = Job(job.request, self._wiring, pictures=job._pictures)
        with uninterrupted():
            with self._lock:
                if job._retried_by is not None:
                    return job._retried_by
                job._retried_by = again
            handed_over = self._hand_over(again, instead_of=job)
        if handed_over is not None:
            self._io.wait_for(handed_over)
        return again

    def look_again(self, job: Job) -> None:
        """Ask for a job that was sent, at once, whether it runs or ended without its pictures: nothing new is ordered.

        A known task is asked for; without one, the identical request is sent with its own idempotency key.

        Raises:
            ConfigurationError: that is no job; or the session is closed.
        """
        _check_job(job)
        self._check_open()
        unfetched = isinstance(job.error, DownloadError) and not job.error.lasting
        unkept = isinstance(job.error, LibraryError) and job.was_sent
        if not job.done():
            self._runner.nudge(job)
        elif job.status == "unknown" or unfetched or unkept:
            self._runner.resume(job)
            self._end_if_closed(job)

    def sweep(
        self,
        prompt: str | Sequence[str],
        *,
        repeats: int = 1,
        name: str | None = None,
        seed: int = 0,
        references: Sequence[object] | None = None,
        mask: object | None = None,
        **axes: Any,
    ) -> Sweep:
        """Plan every combination of prompts and settings, to compare them. Nothing is sent before ``sweep.run()``.

        Args:
            prompt: one prompt or several; ``{names}`` in it are filled from axes of that name.
            repeats: how often each combination is asked for.
            name: of the study, for tables and exports; "sweep" and today's date where it is left out.
            seed: of the order within each prompt.
            references, mask: as in ``submit``, the same for every request.
            axes: fields of ``ImageRequest`` or names in the prompt: a list of levels is an axis, one value a constant.

        Raises:
            ConfigurationError: what is wrong with an axis or a prompt, and what to write instead.
            InvalidRequest: a reference or the mask cannot be used.

        >>> with Session(mode="sandbox", library=":memory:", sandbox_seconds=0) as session:
        ...     sweep = session.sweep("a {animal}", animal=["fox", "owl"], quality=["low", "high"], name="animals")
        ...     len(sweep.cells)
        4
        """
        from .sweep import Sweep

        return Sweep.planned(
            self, prompt, repeats=repeats, name=name, seed=seed, references=references, mask=mask, axes=axes
        )

    # ---- after a restart

    @uninterrupted()
    def resume(self) -> Resumption:
        """Take up what an earlier session left behind at the same origin, with the same account, in the same mode.

        What may already be paid for is taken up by itself: a known task is asked for and its pictures fetched; a
        request without an answer is sent once more, byte for byte and with its own key. What was only queued is not
        sent, since people restart a kernel to stop spending, and what got no answer for a day is not asked for again:
        both are offered. Tasks of the in-process sandbox, or of a replay, ended with their kernel, so there is nothing
        to take up.

        Raises:
            LibraryError: the ledger cannot be read.
        """
        self._io.check_process()
        now = self._clock.now()
        if self.mode != "live":
            if self.mode == "sandbox":
                self._close_drawings()
            rows: list[Row] = []
            offers: dict[Offered, list[str]] = {"unsent": [], "unanswered": []}
        else:
            self._runner.settle()
            self.library.close_unanswered(self._scope, now=now)
            rows, elsewhere = self.library.take(self._scope, now=now, but=posted_here())
            offers = self.library.offers(self._scope, now=now)
            self._runner.watch(elsewhere, self._take_up)
        jobs = self._take_up(rows)
        resumption = Resumption(
            jobs,
            *(Offer(kind, offers[kind], send=self._send_offered, discard=self._discard_offered) for kind in offers),
        )
        self._resumption = resumption
        return resumption

    @property
    def resumption(self) -> Resumption | None:
        """What ``resume`` found last, or None where it was not called yet."""
        return self._resumption

    def _close_drawings(self) -> None:
        own = {job.id for job in self.jobs}
        self.library.close_drawings(self._scope, now=self._clock.now(), reason=say("jobs.sandbox_ended"), but=own)

    def _take_up(self, rows: Sequence[Row]) -> tuple[Job, ...]:
        jobs, idle = [], []
        for row in rows:
            job, is_new = self._handle(row)
            with job._lock:
                if not is_new:
                    # Given up by this session; or lost to another kernel that is gone now, and still moved along here.
                    job._take_over(row)
                if is_new or job._reopen(status_on_its_way(row)):
                    idle.append(job)
            jobs.append(job)
            self._watchers.tell(job)
        self._runner.take_up(idle)
        for job in idle:
            self._end_if_closed(job)
        return tuple(jobs)

    @uninterrupted()
    def _send_offered(self, kind: Offered, ids: Sequence[str]) -> tuple[Job, ...]:
        now = self._clock.now()
        return self._take_up(self.library.take_offered(self._scope, kind, ids, now=now, budget=self.daily_budget))

    def _discard_offered(self, kind: Offered, ids: Sequence[str]) -> int:
        return self.library.dismiss(self._scope, kind, ids, now=self._clock.now())

    # ---- pictures handed in

    def reference(self, source: object) -> str:
        """An address by which requests of this session may name a picture of this machine in ``image_urls``.

        It is uploaded when the first such request is sent. ``source`` as in ``submit(..., references=[...])``.

        Raises:
            ImageError: it is no picture that can be read.
        """
        picture = images.local_picture(source)
        warn(picture.notices)
        return self.hold(picture)

    def hold(self, picture: LocalPicture) -> str:
        """``reference`` for a picture that is ready for upload; a content keeps the name it came under first."""
        with self._lock:
            self._pictures.setdefault(picture.sha256, picture)
        return local_url(picture.sha256, picture.name)

    def held(self, address: str) -> LocalPicture | None:
        """The picture that such an address names: handed in before, or kept by the library; else None.

        Raises:
            ConfigurationError: the address is no text.
            LibraryError: the library cannot be read.
        """
        if not isinstance(address, str):
            raise ConfigurationError(say("reference.no_text", type=type(address).__name__))
        reference = local_reference(address)
        return self._held(reference.sha256) if reference is not None else None

    def generate(self, prompt: str | ImageRequest, *, timeout: float | None = None, **arguments: Any) -> ImageSet:
        """``submit`` and ``result`` in one: make pictures and wait for them.

        An interrupt or the ``timeout`` (seconds) ends the wait; the job goes on and stands in ``jobs``.
        """
        check_timeout(timeout)
        return self.submit(prompt, **arguments).result(timeout)

    @property
    def jobs(self) -> tuple[Job, ...]:
        """Every job of this session, oldest first."""
        with self._lock:
            return tuple(self._jobs)

    def watch(self, function: Callable[[Job], object]) -> Callable[[], None]:
        """Call ``function(job)`` whenever anything about a job changes; returns what ends that.

        It is called on whatever thread the change happens, often, and with locks held: it should only take note. What
        it raises is logged.
        """
        return self._watchers.add(function)

    def _show(self, job: Job) -> None:
        """Display a job, as the one widget it has."""
        from .widgets.job import JobView

        view = self._views.get(job.id)
        if view is None or not view.is_open:
            view = self._views[job.id] = JobView(self, job)
        view.show()

    # ---- money

    def balance(self) -> Balance:
        """What the key may still spend. Raises ``APIError``."""
        self._check_open()
        return self._wait_for(self._client.balance())

    def estimate(self, prompt: str | ImageRequest, **fields: Any) -> catalog.Estimate | None:
        """What a request would cost, by the server's price list; None where no price is known.

        Quality "auto" may become any quality, so its estimate is a range.
        """
        request, _ = request_from(prompt, None, None, fields)
        self._wait_for(self._runner.prices.of(request.model))
        return self._runner.prices.estimate(request)

    def known_estimate(self, request: ImageRequest) -> catalog.Estimate | None:
        """``estimate`` by what is known without asking; never waits."""
        return self._runner.prices.estimate(request)

    @property
    def max_concurrency(self) -> int:
        """Jobs in flight at once."""
        return self._max_concurrency

    def spent(self, hours: float = 24.0) -> Spending:
        """What this account was billed at this origin within the last ``hours``, and what may yet be.

        It counts the jobs of every kernel that shares the library, in the unit of the prices (USD).

        Raises:
            ConfigurationError: ``hours`` is no number from 0 up.
        """
        back = amount(hours)
        if back is None or back < 0:
            raise ConfigurationError(say("session.hours", value=as_typed(hours)))
        return self.library.spending(
            self._scope, unit="USD", now=self._clock.now(), hours=back, budget=self.daily_budget
        )

    def prices(self, model: str, on_ready: Callable[[], object]) -> catalog.PriceList | None:
        """The price list of a model as far as it is known now; ``on_ready()`` is called once more is.

        Never waits: a panel asks for it while it draws.
        """
        known, listed = self._runner.prices.known(model)
        if not known:
            self._runner.ask(lambda: self._runner.prices.of(model), lambda _: on_ready())
        return listed

    def known_models(self, on_ready: Callable[[], object]) -> tuple[str, ...] | None:
        """The models this key may use, or None while that is not known; ``on_ready()`` is called once it is.

        Never waits.
        """
        if not self._models_asked and self.mode == "live":
            self._models_asked = True

            def heard(models: tuple[str, ...]) -> None:
                self._models = models or None
                on_ready()

            self._runner.ask(self._client.models, heard)
        return self._models

    def known_balance(self, on_ready: Callable[[], object]) -> Balance | None:
        """The balance as last heard of; where pictures were paid for since, it is asked for and ``on_ready()`` called.

        Never waits. A balance that cannot be read is left out: the next job says what is wrong.
        """
        paid_for = sum(job.done() for job in self.jobs)
        with self._lock:
            current = self._balance_after == paid_for
            self._balance_after = paid_for
        if not current:

            def heard(balance: Balance) -> None:
                self._balance = balance
                on_ready()

            self._runner.ask(self._client.balance, heard)
        return self._balance

    def in_memory(self) -> Session:
        """A session like this one that keeps nothing on disk."""
        if self._replay is not None:
            folder, speed = self._replay.recorded.folder, self._replay.speed
            return Session.replay(folder, speed=speed, max_concurrency=self._max_concurrency)
        key = None if self.mode == "sandbox" else self._key
        origin = None if self.mode == "sandbox" else self.origin
        return Session(
            key,
            origin,
            mode=self.mode,
            library=MEMORY,
            max_concurrency=self._max_concurrency,
            daily_budget=self.daily_budget,
        )

    def now(self) -> float:
        """The time as jobs see it, in seconds since 1970."""
        return self._clock.now()

    # ---- what is kept

    def delete(self, images: GeneratedImage | Iterable[GeneratedImage]) -> int:
        """Delete pictures for good, from the library and from the jobs they belong to; returns how many there were.

        Raises:
            ConfigurationError: something else than pictures is among them; nothing was deleted.
        """
        wanted = pictures_in(images)
        gone = self.library.delete(wanted, at=self._clock.now())
        self._replace(wanted, None)
        return gone

    def rate(self, image: GeneratedImage, stars: int | None) -> GeneratedImage:
        """Give a picture 1 to 5 stars, or take them away with None; returns it with its new rating.

        Raises:
            ConfigurationError: no such number of stars, or no picture of this library.
        """
        by = self.library.rate(image, stars)
        self._replace([image], by)
        return by

    def note(self, image: GeneratedImage, text: str | None) -> GeneratedImage:
        """Keep a note with a picture, or take it away with None; returns it with its new note.

        Raises:
            ConfigurationError: the note is no text, or too long; or what it is about is no picture of this library.

        >>> import apimart_widgets as am
        >>> with am.Session(mode="sandbox", library=":memory:", sandbox_seconds=0) as session:
        ...     image = session.note(session.generate("A red fox")[0], "the tail is cut off")
        ...     image.note, session.library.search("tail")[0] == image
        ('the tail is cut off', True)
        """
        by = self.library.note(image, text)
        self._replace([image], by)
        return by

    def watch_kept(
        self, function: Callable[[Sequence[GeneratedImage], GeneratedImage | None], object]
    ) -> Callable[[], None]:
        """Call ``function(images, by)`` whenever pictures were rated, noted or deleted here; returns what ends that.

        ``by`` is what stands for them now, or None: they are gone. It is called on the thread that did it, and should
        only take note. What it raises is logged.
        """
        return self._kept_watchers.add(function)

    def _replace(self, images: Sequence[GeneratedImage], by: GeneratedImage | None) -> None:
        for job in self.jobs:
            job._replace(images, by)
        self._kept_watchers.tell(images, by)

    def history(self, query: Query, *, skip: int = 0, most: int = 12) -> tuple[tuple[Job, ...], int, bool]:
        """Jobs whose kept pictures ``query`` finds, newest first: ``most`` after the first ``skip``.

        Returns:
            The jobs, as done, each with the pictures found; how many pictures are found in all; whether more follow.
        """
        page = self.library.page(query, skip=skip, most=most)
        jobs = []
        for row, pictures in page.jobs:
            job = Job(pictures[0].request, self._wiring, row=row, events=self.library.events(row["id"]))
            status: Status = row["status"] if row["status"] in FINAL else "completed"
            job._settle(status, pictures, ended=row["finished"] or pictures[-1].created.timestamp(), error=None)
            jobs.append(job)
        return tuple(jobs), page.total, page.more

    # ---- for others

    def export(
        self,
        folder: str | os.PathLike[str],
        jobs: Iterable[Job | GeneratedImage] | None = None,
        *,
        name: str | None = None,
    ) -> Path:
        """Write jobs with their pictures, answers and times into a folder, for ``Session.replay`` and ``open_sweep``.

        Args:
            folder: which must not exist or be empty. It holds no key and no path of this machine.
            jobs: jobs, or pictures that stand for theirs, such as ``session.library.search("fox")``; None is every job
                of this session that was sent and is done.
            name: of the whole; "session" and today's date where it is left out.

        Returns:
            The folder.

        Raises:
            ConfigurationError: there is nothing to export, or something else than jobs and pictures; a job is not done,
                a picture was made elsewhere; or the folder is not empty, or no path.
            ImageError, LibraryError: a picture's file is gone, or the folder cannot be written.
            ImportError: the extra ``apimart-widgets[analysis]`` is not installed, which writes tables.

        >>> import tempfile, apimart_widgets as am
        >>> with Session(mode="sandbox", library=":memory:", sandbox_seconds=0) as session:
        ...     images = session.generate("A red fox", n=2)
        ...     am.open_sweep(session.export(tempfile.mkdtemp(), images, name="foxes"))
        Study 'foxes', sandbox: 2 pictures, 0 ratings.
        """
        from .archive import target_path
        from .recording import study_of

        target = target_path(folder)
        chosen = self._to_export(jobs)
        today = datetime.datetime.fromtimestamp(self.now()).date().isoformat()
        return study_of(self, chosen, name=name or f"session {today}").save(target)

    def _to_export(self, jobs: Iterable[Job | GeneratedImage] | None) -> list[Job]:
        if jobs is None:
            chosen = [job for job in self.jobs if job.done() and job.was_sent]
        elif isinstance(jobs, Job | GeneratedImage):
            chosen = [self._job_behind(jobs)]
        elif isinstance(jobs, Iterable):
            chosen = list({job.id: job for job in map(self._job_behind, jobs)}.values())
        else:
            from .comparing import Comparing

            key = "session.export_sweep" if isinstance(jobs, Comparing) else "session.export_kind"
            raise ConfigurationError(say(key, type=type(jobs).__name__))
        if not chosen:
            raise ConfigurationError(say("session.nothing_to_export"))
        running = next((job for job in chosen if not job.done()), None)
        if running is not None:
            raise ConfigurationError(say("session.export_running", status=running.status))
        return chosen

    def _job_behind(self, each: object) -> Job:
        """A job, or the one that made a picture; as far as they are of this session's account."""
        own = {job.id: job for job in self.jobs}
        if isinstance(each, Job):
            row = self.library.job(each.id)
        elif isinstance(each, GeneratedImage):
            row = self.library.job_of(self._scope, each.task_id)
        else:
            raise ConfigurationError(say("session.export_kind", type=type(each).__name__))
        if row is None or row["mode"] != self.mode:
            raise ConfigurationError(say("session.export_foreign", mode=self.mode))
        return own.get(row["id"]) or self._restored(row)

    # ---- the end

    def close(self) -> None:
        """Stop following jobs and close connections and library. What was sent stays in the ledger.

        Requests that are being sent get up to five seconds to be answered, so that the number of a task that may be
        billed is known; an interrupt ends the wait for them.
        """
        stopped = self._begin_to_close()
        if stopped is not None:
            self._io.wait_for(stopped)

    def _begin_to_close(self) -> concurrent.futures.Future[None] | None:
        """Have the background thread close it, whoever waits for that; None where it was done before."""
        if self._closed:
            return None
        self._check_thread()
        with uninterrupted():  # whoever is interrupted between the two could not close it any more
            self._closed = True
            return self._io.submit(self._stop())

    async def _stop(self) -> None:
        # All of it here: an interrupt ends the wait for it alone.
        await self._runner.close()
        await self._client.aclose()
        for job in self.jobs:
            self._end_if_closed(job)
        await self._io.work(self.library.close)

    def _end_if_closed(self, job: Job) -> None:
        """Have nobody wait for a job that nobody moves along any more."""
        if not self._closed:
            return
        with job._lock:  # sent between two of these, it would be called unsent
            # In other hands it is sent all the same.
            unsent = job.status in UNSENT and job._fence != IN_OTHER_HANDS
            sentence = say("jobs.closed_unsent") if unsent else say("jobs.closed", status=job.status)
            left = JobError(sentence, job_id=job.id, task_id=job.task_id)
            job._finish("cancelled" if unsent else "unknown", left)

    def _check_open(self) -> None:
        if self._closed:
            raise ConfigurationError(say("session.closed"))

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # A cell that awaits something is cancelled where others are interrupted.
        if kind is not None and issubclass(kind, (KeyboardInterrupt, asyncio.CancelledError)):
            self._begin_to_close()  # whoever wants to stop does not want to wait
        else:
            self.close()

    def _wait_for(self, coroutine: Coroutine[Any, Any, T]) -> T:
        try:
            self._check_thread()
        except ConfigurationError:
            coroutine.close()
            raise
        return self._io.wait_for(self._io.submit(coroutine))

    def _check_thread(self) -> None:
        if self._io.is_current():
            raise ConfigurationError(say("loop.run_on_io_thread"))


_default_lock = threading.Lock()
_default: Session | None = None


def default_session() -> Session:
    """The process's one session for panels that are given none: live where the environment has a key."""
    global _default
    with _default_lock:
        if _default is None or _default._closed:
            _default = Session(mode="sandbox" if read_environment().api_key is None else "live")
        return _default


def set_default_session(session: Session) -> None:
    """Make ``session`` the one that panels share which are given none."""
    global _default
    with _default_lock:
        _default = session


def _of(jobs: Iterable[Job], row: Row) -> Job | None:
    return next((job for job in jobs if job.id == row["id"]), None)


def _check_job(job: object) -> None:
    if not isinstance(job, Job):
        raise ConfigurationError(say("session.no_job", type=type(job).__name__))


def _checked_settings(mode: object, max_concurrency: object, sandbox_seconds: object) -> tuple[int, float]:
    """How many jobs at once, and how long a drawing takes, as plain numbers."""
    if mode not in (None, "live", "sandbox"):
        raise ConfigurationError(say("session.mode", mode=mode))
    at_once, seconds = whole_number(max_concurrency), amount(sandbox_seconds)
    if at_once is None or at_once < 1:
        raise ConfigurationError(say("session.max_concurrency", value=as_typed(max_concurrency)))
    if seconds is None or not 0 <= seconds < math.inf:
        raise ConfigurationError(say("session.sandbox_seconds", value=as_typed(sandbox_seconds)))
    return at_once, seconds


def _sandbox_client(seconds: float, clock: Clock) -> AsyncClient:
    # Starlette costs 90 ms to import, which a live session has no use for.
    from .sandbox.app import create_app

    transport = httpx.ASGITransport(create_app(seconds=seconds), raise_app_exceptions=False)
    return AsyncClient("sandbox", SANDBOX_ORIGIN, transport=transport, clock=clock)
