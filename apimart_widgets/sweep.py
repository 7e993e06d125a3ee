"""``Sweep``: the product of prompts and settings, planned, then run; what exists is never made again.

A sweep owns nothing that was paid for: its jobs are the session's, its pictures the library's. So it may be stopped,
the kernel restarted and the cell run again, and each request still finds the pictures it was once answered with.
"""

from __future__ import annotations

import collections
import contextlib
import dataclasses
import datetime
import itertools
import math
import statistics
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .analysis import Table, title
from .catalog import Estimate, money
from .comparing import Comparing
from .database import storable
from .errors import (
    APIMartError,
    AuthenticationError,
    BadRequestError,
    BudgetError,
    ConfigurationError,
    ContentPolicyError,
    ImageError,
    InsufficientBalanceError,
    JobCancelledError,
    PermissionDeniedError,
    TaskFailedError,
    UnprocessableEntityError,
)
from .gallery import BUDGET, shortened
from .grid import Grid
from .intake import request_from
from .interrupts import Flag, stoppable, uninterrupted
from .jobs import Job, Watchers, logger
from .kernel import in_kernel
from .loop import SLICE
from .planning import Cell, Plan, is_axis, plain, plan, shown
from .recording import rows_of, study_parts, waited
from .results import ImageSet
from .rules import amount, as_typed
from .study import Study
from .words import Sentence, say

if TYPE_CHECKING:
    from .session import Session

FREE_UP_TO = 1.0
"""US dollars a sweep may cost without ``max_cost``."""

_BETWEEN_GRIDS = 0.25
# Of one axis, in a table; and characters of a level there.
_LISTED = 24
_LONGEST_LEVEL = 120

# What would meet every further request too.
_ENDS_IT = (AuthenticationError, BudgetError, InsufficientBalanceError, PermissionDeniedError)
# What is about one prompt, and says nothing of the next.
_OF_ITS_OWN = (BadRequestError, ContentPolicyError, TaskFailedError, UnprocessableEntityError)
# Other troubles in a row that end it: a network that is gone, a server that is down.
_TROUBLES = 3

# Seconds a request may take while none of its quality was timed: guesses, which the first ones timed put right.
_GUESSES = {"low": 15.0, "medium": 25.0, "high": 45.0, "auto": 45.0}


@dataclasses.dataclass(frozen=True)
class Progress:
    """How far a sweep is; counts are of requests.

    Attributes:
        requests: planned.
        done: with all their pictures.
        running: on their way.
        failed: ended without pictures; run again to ask for these alone.
        images: pictures there are.
        spent: what was billed for them and may be for those on their way (US dollars); estimates where that is unknown.
        allowed: the ``max_cost`` it runs under, or None.
        seconds_left: expected, by what such requests took before; guessed while none was timed.
        going: whether further requests are being sent.
        halted: why it stopped by itself, or None.
    """

    requests: int
    done: int
    running: int
    failed: int
    images: int
    spent: float
    allowed: float | None
    seconds_left: float
    going: bool
    halted: Sentence | None

    def __str__(self) -> str:
        return str(
            say(
                "sweep.progress",
                done=self.done,
                requests=self.requests,
                running=self.running,
                failed=self.failed,
                spent=money(self.spent, "USD"),
            )
        )


class Sweep(Comparing):
    """Every combination of some prompts and settings; made by ``Session.sweep``. Nothing is sent before ``run``.

    Attributes:
        name: of the study, in tables and exports.
        mode: "live", "sandbox" for drawings, or of a replay.
        plan: what is asked for, in which order, and what was left out.
        session: through which it is asked for.

    >>> import apimart_widgets as am
    >>> with am.Session(mode="sandbox", library=":memory:", sandbox_seconds=0) as session:
    ...     sweep = session.sweep("A red fox", quality=["low", "high"], name="foxes")
    ...     sweep.run(max_cost=1)
    ...     sorted({row["quality"] for row in sweep.to_records()})
    ['high', 'low']
    """

    def __init__(self, session: Session, made: Plan, name: str) -> None:
        self.session = session
        self.plan = made
        self.name = name
        self.mode = session.mode
        # Held for moments, and never while a job is asked anything: a job tells of itself with its own lock held.
        self._lock = threading.Lock()
        self._jobs: dict[int, Job] = {}
        self._ids: set[str] = set()
        self._asked = [cell.request.fingerprint() for cell in made.cells]
        self._repeats: dict[str, list[int]] = {}
        for place, asked in enumerate(self._asked):
            self._repeats.setdefault(asked, []).append(place)
        self._allowed: float | None = None
        self._halted: Sentence | None = None
        self._stopped = True
        self._troubles = 0
        # Handed over and not judged yet; known to the thread that feeds alone.
        self._unjudged: list[Job] = []
        self._idle = Flag()
        self._idle.set()
        self._woken = Flag()
        self._watchers = Watchers("What sweep.watch was given")
        self._grids: weakref.WeakSet[Grid] = weakref.WeakSet()
        # What it shows itself as; widgets are imported when it does.
        self._view: Any = None
        self._seconds = session.library.durations(session.mode)
        self._take_made()

    @classmethod
    def planned(
        cls,
        session: Session,
        prompt: str | Sequence[str],
        *,
        repeats: int,
        name: str | None,
        seed: int,
        references: Sequence[object] | None,
        mask: object | None,
        axes: Mapping[str, Any],
    ) -> Sweep:
        """What ``Session.sweep`` makes."""
        if name is not None and (not isinstance(name, str) or not name.strip()):
            raise ConfigurationError(say("sweep.no_name", value=repr(name)))
        fields = dict(axes)
        if references is not None or mask is not None:
            fields |= _handed_in(session, references, mask, fields)
        made = plan(prompt, repeats=repeats, seed=seed, fields=fields)
        today = datetime.datetime.fromtimestamp(session.now()).date().isoformat()
        return cls(session, made, storable(name).strip() if name else f"sweep {today}")

    # ---- reading

    @property
    def cells(self) -> tuple[Cell, ...]:
        """Every request planned, in the order they are sent."""
        return self.plan.cells

    @property
    def axes(self) -> Mapping[str, tuple[Any, ...]]:
        """Name of each axis -> its levels."""
        return self.plan.axes

    @property
    def jobs(self) -> tuple[Job, ...]:
        """The jobs there are, in the order of the plan."""
        return tuple(self._by_place().values())

    @property
    def images(self) -> ImageSet:
        """Every picture there is, in the order of the plan."""
        return ImageSet(image for job in self.jobs for image in job.images)

    @property
    def failures(self) -> tuple[tuple[Cell, APIMartError], ...]:
        """Requests that ended without their pictures, and why."""
        return tuple(
            (self.cells[place], job.error)
            for place, job in self._by_place().items()
            if job.error is not None and job.status != "cancelled"
        )

    @property
    def progress(self) -> Progress:
        """How far it is, now."""
        jobs = self.jobs
        done = sum(job.status == "completed" for job in jobs)
        failed = sum(job.status in ("failed", "unknown") for job in jobs)
        return Progress(
            requests=len(self.cells),
            done=done,
            running=sum(not job.done() for job in jobs),
            failed=failed,
            images=sum(len(job.images) for job in jobs),
            spent=sum(map(self._cost_of, jobs)),
            allowed=self._allowed,
            seconds_left=self._expected(),
            going=not self._idle.is_set() and not self._stopped,
            halted=self._halted,
        )

    def estimate(self) -> Estimate | None:
        """What the requests that are not made yet would cost; None where the price of one is not known."""
        for model in {cell.request.model for cell in self.cells}:
            # The server's price list, where it has one.
            self.session.estimate("price", model=model)
        return self.known_estimate()

    def known_estimate(self) -> Estimate | None:
        """``estimate`` by what is known without asking; never waits."""
        total: Estimate | None = None
        known: dict[tuple[Any, ...], Estimate | None] = {}
        for place in filter(self._costs_anew, self._missing()):
            kind = _kind(self.cells[place])
            if kind not in known:
                known[kind] = self.session.known_estimate(self.cells[place].request)
            each = known[kind]
            if each is None:
                return None
            total = (
                each
                if total is None
                else dataclasses.replace(total, low=total.low + each.low, high=total.high + each.high)
            )
        return total if total is not None else Estimate(0.0, 0.0, "USD", "", "")

    def __len__(self) -> int:
        return len(self.cells)

    def __repr__(self) -> str:
        progress = self.progress
        return f"<Sweep {self.name!r}: {' '.join(map(str, filter(None, [progress, progress.halted])))}>"

    def _repr_html_(self) -> str:
        # Levels may be many, prompts among them long.
        pages = (self._table(listed).html() for listed in (_LISTED, _LISTED // 4, 1))
        return next((page for page in pages if len(page.encode()) <= BUDGET), self._table(0).html())

    def _ipython_display_(self) -> None:
        from .widgets.sweep import view_of

        if in_kernel():
            view_of(self)._ipython_display_()
        else:
            print(self._table().text())

    def _table(self, listed: int = _LISTED) -> Table:
        """The plan and how far it is, with at most ``listed`` levels of each axis and as many reasons."""
        from .widgets.sweep import axes_line, by_level, in_words

        name = shortened(self.name, _LONGEST_LEVEL)
        above = [each for each in (title(self.mode), name) if each]
        rows: list[tuple[str, str, str]] = []
        for axis, levels in itertools.groupby(by_level(self), lambda row: row[0]):
            named = [(f"{axis} {shortened(shown(each), _LONGEST_LEVEL)}", str(n), cost) for _, each, n, cost in levels]
            rows += named[:listed]
            if more := len(named[listed:]):
                rows.append((f"{axis}: {say('sweep.more_levels', n=more)}", "", ""))
        left = self.known_estimate()
        progress = self.progress
        notes = [str(axes_line(self)), str(progress), *([str(progress.halted)] if progress.halted else [])]
        notes += [str(say("sweep.would_cost", cost=str(left)))] if left is not None and left.high else []
        notes += [
            str(say("sweep.left_out", n=n, levels=shortened(in_words(levels), _LONGEST_LEVEL), reason=reason))
            for levels, n, reason in self.plan.reasons[:listed]
        ]
        return Table(tuple(map(str, above)), ("", "requests", "cost"), tuple(rows), tuple(notes))

    # ---- running

    def run(self, max_cost: float | None = None, *, wait: bool = True) -> None:
        """Ask for what is not made yet, and wait. **In live mode this is what is billed.**

        What the library holds of these requests, made by whatever kernel, is taken and not made again. What failed
        before is asked for anew; what may be billed already, under its own key alone. An interrupt stops it: what was
        sent goes on and is kept, nothing further is sent.

        Args:
            max_cost: the most that all of the sweep may cost (US dollars), what is made already included; needed above
                ``FREE_UP_TO``. ``math.inf`` allows anything.
            wait: until it has ended; without, it goes on in the background.

        Raises:
            ConfigurationError: ``max_cost`` is missing, no amount, or less than it may cost. Nothing was sent.
        """
        self._allow(max_cost)
        with self._stopped_by_interrupts():
            while self._stopped and not self._idle.wait(SLICE):
                pass  # a stop is on its way
            with uninterrupted(), self._lock:
                self._stopped, self._halted, self._troubles = False, None, 0
                if self._idle.is_set():
                    self._idle.clear()
                    for work in (self._feed, self._fill_grids):
                        threading.Thread(target=work, name="apimart-sweep", daemon=True).start()
            self._watchers.tell()
            if wait:
                self._wait()

    def wait(self) -> None:
        """Wait until it has ended or was stopped. An interrupt stops it."""
        with self._stopped_by_interrupts():
            self._wait()

    def _wait(self) -> None:
        from .widgets.sweep import shown_while

        with shown_while(self) as refresh:
            while not self._idle.wait(SLICE):
                refresh()

    @contextlib.contextmanager
    def _stopped_by_interrupts(self) -> Iterator[None]:
        try:
            with stoppable():
                yield
        except KeyboardInterrupt:
            with uninterrupted():  # a second press is not to break off what the first one asked for
                self.stop()
            raise

    def stop(self) -> None:
        """Send nothing further; what was sent goes on and is kept. ``run`` goes on with the rest."""
        self._stopped = True
        self._woken.set()
        for job in self.jobs:
            job.cancel()
        self._watchers.tell()

    def watch(self, function: Callable[[], object]) -> Callable[[], None]:
        """Call ``function()`` whenever anything changes, on any thread; returns what ends that."""
        ends = contextlib.ExitStack()
        ends.callback(self._watchers.add(function))
        ends.callback(self.session.watch(lambda job: function() if job.id in self._ids else None))
        return ends.close

    def _allow(self, max_cost: float | None) -> None:
        given = max_cost
        max_cost = amount(given)
        if given is not None and (max_cost is None or max_cost < 0):
            raise ConfigurationError(say("sweep.no_amount", value=as_typed(given)))
        estimate = self.estimate()
        most = None if estimate is None else estimate.high + self.progress.spent
        if max_cost is None:
            if estimate is None:
                raise ConfigurationError(say("sweep.price_unknown"))
            if estimate.high > FREE_UP_TO:
                asked = math.ceil(round((most or 0.0) * 100, 6)) / 100
                raise ConfigurationError(say("sweep.needs_max_cost", cost=money(asked, "USD"), amount=f"{asked:.2f}"))
        elif most is None:
            if max_cost < math.inf:
                raise ConfigurationError(say("sweep.price_unknown"))
        elif estimate is not None and estimate.high and most > max_cost + 1e-9:
            raise ConfigurationError(
                say("sweep.over_max_cost", cost=money(most, "USD"), allowed=money(max_cost, "USD"), n=len(self.cells))
            )
        self._allowed = max_cost

    def _feed(self) -> None:
        """Hand requests to the session, few at a time: what waits in its queue would be sent after a stop."""
        try:
            self._unjudged = []
            for place in self._missing():
                if not self._may_go_on(place):
                    break
                self._set(place, job := self._ask(place))
                self._unjudged.append(job)
                job.add_done_callback(self._job_ended)
                if self._stopped:  # while it was handed over
                    job.cancel()
                self._watchers.tell()
            while not self._stopped and self._flying():
                self._let_end()
            self._judge()
        except APIMartError as error:
            self._halted = error.message if isinstance(error.message, Sentence) else say("sweep.halted", why=str(error))
        except Exception as error:
            logger.exception("%s", say("sweep.broken"))
            self._halted = say("sweep.halted", why=str(error))
        finally:
            self._stopped = True
            self._idle.set()
            self._watchers.tell()

    def _ask(self, place: int) -> Job:
        """Ask for a cell that is not made: under its own key where it may be billed already, else anew."""
        known = self._by_place()
        job = known.get(place)
        if job is not None and job.may_be_billed:
            self.session.look_again(job)
            return job
        same = {known[other].id for other in self._repeats[self._asked[place]] if other in known}
        return self.session.submit_missing(self.cells[place].request, same)

    def _may_go_on(self, place: int) -> bool:
        """Wait for a free place; False where nothing further is to be sent."""
        while not self._stopped and self._flying() >= self.session.max_concurrency:
            self._let_end()
        self._judge()
        if self._stopped:
            return False
        estimate = self.session.known_estimate(self.cells[place].request) if self._costs_anew(place) else None
        spent = sum(map(self._cost_of, self.jobs))
        if self._allowed is not None and spent + (estimate.high if estimate else 0.0) > self._allowed + 1e-9:
            self._halted = say("sweep.spent", spent=money(spent, "USD"), allowed=money(self._allowed, "USD"))
            return False
        return True

    def _let_end(self) -> None:
        """Wait until a job may have ended."""
        self._woken.wait(SLICE)
        self._woken.clear()
        self._judge()

    def _judge(self) -> None:
        """Stop where what has ended says that the next would meet the same.

        By whoever sends the next, and not as jobs tell of their end: that may come late, behind a callback of the
        user's, and meanwhile each request might be billed in vain.
        """
        ended: list[Job] = []
        going: list[Job] = []
        for job in self._unjudged:
            (ended if job.done() else going).append(job)
        self._unjudged = going
        for job in sorted(ended, key=lambda job: job.ended or 0.0):
            own = job.error is None or isinstance(job.error, (*_OF_ITS_OWN, JobCancelledError))
            self._troubles = 0 if own else self._troubles + 1
            if not self._stopped and (isinstance(job.error, _ENDS_IT) or self._troubles >= _TROUBLES):
                self._halted = say("sweep.halted", why=str(job.error))
                self.stop()

    def _job_ended(self, job: Job) -> None:
        if job.status == "completed":
            self._timed(job)
        self._woken.set()
        self._watchers.tell()
        # A grid of hundreds is not to begin with decoding them all.
        with contextlib.suppress(ImageError):
            for image in job.images:
                image.thumbnail()

    def _missing(self) -> Iterator[int]:
        return (place for place in range(len(self.cells)) if not self._is_made(place))

    def _costs_anew(self, place: int) -> bool:
        """Whether asking for a cell is paid for, and was not perhaps already."""
        job = self._jobs.get(place)
        return job is None or not job.may_be_billed

    def _is_made(self, place: int) -> bool:
        job = self._jobs.get(place)
        return job is not None and (not job.done() or job.status == "completed")

    def _flying(self) -> int:
        return sum(not job.done() for job in self.jobs)

    def _by_place(self) -> dict[int, Job]:
        with self._lock:
            return dict(sorted(self._jobs.items()))

    def _set(self, place: int, job: Job) -> None:
        with self._lock:
            self._jobs[place] = job
            self._ids.add(job.id)

    def _take_made(self) -> None:
        """Find what the library holds already, so that a sweep shows its pictures before it is run again."""
        for places in self._repeats.values():
            for place, job in zip(places, self.session.made(self.cells[places[0]].request), strict=False):
                self._set(place, job)

    # ---- money and time

    def _cost_of(self, job: Job) -> float:
        """What a job was billed, or may yet be, in dollars."""
        if job.cost is not None and job.cost.unit == "USD":
            return job.cost.amount
        if job.done() and not (job.may_be_billed or job.status == "completed"):
            return 0.0
        known = self.session.known_estimate(job.request)
        return known.high if known else 0.0

    def _timed(self, job: Job) -> None:
        seconds = waited(job)
        if seconds is not None:
            with self._lock:
                self._seconds.setdefault((job.request.model, job.request.quality), []).append(seconds)

    def _expected(self) -> float:
        """Seconds until all is made."""
        jobs = self._by_place()
        kinds = collections.Counter(
            (cell.request.model, cell.request.quality)
            for place, cell in enumerate(self.cells)
            if place not in jobs or jobs[place].status != "completed"
        )
        with self._lock:
            timed = {kind: statistics.median(seconds[-50:]) for kind, seconds in self._seconds.items() if seconds}
        # A server that is quick at one quality is at the others.
        pace = statistics.median([seconds / _guess(kind) for kind, seconds in timed.items()] or [1.0])
        total = sum(timed.get(kind, pace * _guess(kind)) * count for kind, count in kinds.items())
        return total / max(1, min(self.session.max_concurrency, sum(kinds.values())))

    # ---- for tables and studies

    def _records(self) -> list[dict[str, Any]]:
        return [row for place, job in self._by_place().items() for row in self._rows(self.cells[place], job)]

    def _rows(self, cell: Cell, job: Job) -> list[dict[str, Any]]:
        names = {name: level for name, level in cell.levels.items() if name != "prompt"}
        return rows_of(job, {"sweep": self.name, "repeat": cell.repeat, **names})

    def _left_out(self) -> list[tuple[Mapping[str, Any], Sentence | str]]:
        return [(each.levels, each.reason) for each in self.plan.left_out]

    def _asks_for(self, levels: Mapping[str, Any]) -> bool:
        return any(all(cell.levels[name] == level for name, level in levels.items()) for cell in self.cells)

    def grid(self, row: str = "quality", col: str | None = "size", **settings: Any) -> Grid:
        """Its pictures arranged by two settings; a grid that is there while the sweep runs fills as they come."""
        grid = super().grid(row, col, **settings)
        self._grids.add(grid)
        return grid

    def _fill_grids(self) -> None:
        """Bring pictures to the grids there are, four times a second at most, until the sweep has ended."""
        shown = -1
        while True:
            ended = self._idle.wait(_BETWEEN_GRIDS)
            images = self.images
            if len(images) != shown:
                shown = len(images)
                for grid in list(self._grids):
                    grid.update(images)
            if ended:
                return

    def study(self) -> Study:
        """All of it as one frozen value, as ``export`` writes it.

        Raises:
            LibraryError: the library cannot be read.
        """
        played = self.session.played
        return Study(
            name=self.name,
            mode=self.mode,
            origin=self.session.origin,
            plan={**self.plan.describe(), **({} if played is None else {"played": played.describe()})},
            images=self.images,
            records=self._records(),
            ratings=self.ratings,
            prices=self._prices(),
            **study_parts(self.session.library, self.jobs),
        )

    def _prices(self) -> list[dict[str, Any]]:
        found = {}
        for cell in self.cells:
            request = cell.request.replace(n=1) if cell.request.n > 1 else cell.request
            each = self.session.known_estimate(request)
            if each is not None:
                named = {"model": request.model, "size": request.size, "quality": request.quality}
                listed = {"unit": each.unit, "source": each.source, "date": each.date}
                found[_kind(cell)] = {**named, "price": each.high, **listed}
        return list(found.values())

    @property
    def ratings(self) -> list[dict[str, Any]]:
        """Blind decisions on its pictures kept in the library, one row each (``ratings.RATING_FIELDS``)."""
        return self.session.library.decisions_about(image.sha256 for image in self.images)


def _handed_in(
    session: Session, references: Sequence[object] | None, mask: object | None, fields: Mapping[str, Any]
) -> dict[str, Any]:
    """The fields that name the pictures handed in, beside the addresses of ``fields``."""
    urls, models = plain(fields.get("image_urls")), plain(fields.get("model"))
    _check_handed_in(references, mask, urls, fields.get("mask_url"))
    # The picture is in every request: a model that does not take it is refused, if not here then by the plan.
    model = models[0] if is_axis("model", models) and models else models
    given = {"image_urls": urls, **({"model": model} if isinstance(model, str) else {})}
    # Read once: what they are named by stands in every request.
    example, pictures = request_from("pictures", references, mask, given)
    for picture in pictures.values():
        session.hold(picture)
    named = {"image_urls": list(example.image_urls or ())}
    return named if mask is None else {**named, "mask_url": example.mask_url}


def _check_handed_in(references: object, mask: object, urls: object, mask_url: object) -> None:
    """Refuse what would be an axis or lost: pictures handed in are the same for every request."""
    listed = references if isinstance(references, Sequence) else None
    if listed is not None and not listed:
        raise ConfigurationError(say("sweep.no_references"))
    if any(isinstance(each, list | tuple | ImageSet) for each in listed or ()):
        raise ConfigurationError(say("sweep.references_levels"))
    if isinstance(mask, list | tuple):
        raise ConfigurationError(say("sweep.mask_levels"))
    if mask is not None and mask_url is not None:
        raise ConfigurationError(say("session.mask_twice"))
    if urls and is_axis("image_urls", urls):
        raise ConfigurationError(say("sweep.urls_levels"))


def _guess(kind: tuple[str, str]) -> float:
    return _GUESSES.get(kind[1], max(_GUESSES.values()))


def _kind(cell: Cell) -> tuple[Any, ...]:
    request = cell.request
    return request.model, request.size, request.quality, request.n, request.resolution
