"""``Session``: the only place that wires key, client, runner, library and sandbox together."""

from __future__ import annotations

import math
import os
import threading
from collections.abc import Callable, Coroutine, Mapping, Sequence
from types import TracebackType
from typing import Any, TypeVar

import httpx

from . import catalog, images, rules
from .client import AsyncClient
from .config import APIKey, Mode, read_environment
from .errors import ConfigurationError, DownloadError, ImageError, JobError
from .images import LocalPicture
from .jobs import UNSENT, Job, logger
from .library import MEMORY, Library, Scope
from .loop import Clock, io_thread
from .reference import local_reference, local_url
from .request import DEFAULTS, FIELDS, ImageRequest, refusal
from .results import ImageSet
from .rules import Problem
from .runner import Runner
from .task import Balance
from .words import Sentence, say

T = TypeVar("T")
SANDBOX_ORIGIN = "https://sandbox.apimart.invalid"


class Session:
    """A connection to the API, or to the sandbox, with its jobs and its library.

    Args:
        api_key: the key; None reads ``APIMART_API_KEY``.
        base_url: the API's origin; None reads ``APIMART_BASE_URL``, else https://api.apimart.ai.
        mode: "live" (no key is an error), "sandbox" (drawings made on this machine, nothing is billed, any key is
            ignored), or None: live where there is a key, else the sandbox, and it says which.
        library: a folder, ``":memory:"`` to keep nothing on disk, or None for ``APIMART_LIBRARY``, else the user's data
            folder.
        max_concurrency: jobs in flight at once; the rest wait their turn.
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
        sandbox_seconds: float = 3.0,
    ) -> None:
        # Hidden at once: this frame may appear in a traceback with its locals.
        try:
            api_key = APIKey.of(api_key)
        except ConfigurationError:
            api_key = None
            raise
        _check_settings(mode, max_concurrency, sandbox_seconds)
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
            self._client = _sandbox_client(sandbox_seconds, self._clock)
        else:
            self._client = AsyncClient(api_key, base_url, clock=self._clock)
        self.origin = self._client.base_url
        self.library = Library(library if library is not None else environment.library)
        # The in-process sandbox has no accounts; elsewhere whoever holds another key has other tasks.
        account = self.library.account(api_key) if self.mode == "live" and api_key is not None else "sandbox"
        self._io = io_thread()
        self._lock = threading.Lock()
        self._jobs: list[Job] = []
        self._pictures: dict[str, LocalPicture] = {}
        self._key = api_key
        self._max_concurrency = max_concurrency
        self._balance: Balance | None = None
        self._balance_after = -1
        self._models: tuple[str, ...] | None = None
        self._models_asked = False
        self._watchers: tuple[Callable[[Job], object], ...] = ()
        self._runner = Runner(
            self._client,
            self.library,
            Scope(self.origin, account, self.mode),
            io=self._io,
            clock=self._clock,
            max_concurrency=max_concurrency,
        )
        if mode is None:
            self._say_mode()

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

    # ---- pictures

    def submit(
        self,
        prompt: str | ImageRequest,
        *,
        references: Sequence[object] | None = None,
        mask: object | None = None,
        **fields: Any,
    ) -> Job:
        """Start making pictures and return at once. **In live mode this is what is billed.**

        Args:
            prompt: the prompt, with further ``fields`` of ``ImageRequest``; or a whole request, with fields to change.
            references: pictures to start from: URLs, paths, PIL images, numpy arrays, bytes, ``GeneratedImage``s. What
                lies on this machine is uploaded to APIMart, where anyone with the link can open it for 72 hours.
            mask: what may change in the first reference: a URL, or a picture whose alpha is 0 there (or a black and
                white one, white there).

        Raises:
            InvalidRequest: lists every problem by field. Nothing was sent or uploaded.
        """
        if self._closed:
            raise ConfigurationError(say("session.closed"))
        request, pictures = _request_from(prompt, references, mask, fields)
        # A request that is used again names pictures by content: those handed in before are still here.
        with self._lock:
            self._pictures |= pictures
            pictures = dict(self._pictures)
        missing = [picture for picture in request.local_references() if picture.sha256 not in pictures]
        if missing:
            raise refusal((Problem("image_urls", say("session.missing_picture", picture=str(missing[0]))),))
        needed = {picture.sha256: pictures[picture.sha256] for picture in request.local_references()}
        return self._start(request, needed)

    def _start(self, request: ImageRequest, pictures: Mapping[str, LocalPicture]) -> Job:
        job = Job(
            request,
            mode=self.mode,
            clock=self._clock,
            io=self._io,
            on_cancel=self._runner.dropped,
            on_change=self._changed,
            pictures=pictures,
        )
        with self._lock:
            self._jobs.append(job)
        self._changed(job)
        self._runner.submit(job)
        return job

    def retry(self, job: Job) -> Job:
        """A new job for the same request, with a new idempotency key.

        Raises:
            ConfigurationError: the job still runs, or an earlier attempt may be billed; ``look_again`` is for those.
        """
        if not job.done() or job.status == "completed" or self._may_be_billed(job):
            raise ConfigurationError(say("session.no_retry", status=job.status))
        return self._start(job.request, job._pictures)

    def look_again(self, job: Job) -> None:
        """Take up a job again that was sent and ended without its pictures: nothing new is asked for.

        A known task is asked for again; without one, the identical request is sent with its own idempotency key.
        """
        if self._may_be_billed(job):
            self._runner.resume(job)

    @staticmethod
    def _may_be_billed(job: Job) -> bool:
        return job.status == "unknown" or isinstance(job.error, DownloadError)

    def reference(self, source: object) -> str:
        """An address by which requests of this session may name a picture of this machine in ``image_urls``.

        It is uploaded when the first such request is sent. ``source`` as in ``submit(..., references=[...])``.

        Raises:
            ImageError: it is no picture that can be read.
        """
        picture = images.local_picture(source)
        with self._lock:
            self._pictures[picture.sha256] = picture
        return local_url(picture.sha256, picture.name)

    def generate(self, prompt: str | ImageRequest, *, timeout: float | None = None, **arguments: Any) -> ImageSet:
        """``submit`` and ``result`` in one: make pictures and wait for them.

        An interrupt or the ``timeout`` (seconds) ends the wait; the job goes on and stands in ``jobs``.
        """
        return self.submit(prompt, **arguments).result(timeout)

    @property
    def jobs(self) -> tuple[Job, ...]:
        """Every job of this session, oldest first."""
        with self._lock:
            return tuple(self._jobs)

    def watch(self, function: Callable[[Job], object]) -> Callable[[], None]:
        """Call ``function(job)`` whenever anything about a job changes; returns what ends that.

        It is called on whatever thread the change happens, often, and with locks held: it should only take note.
        """
        with self._lock:
            self._watchers = (*self._watchers, function)

        def stop() -> None:
            with self._lock:
                self._watchers = tuple(each for each in self._watchers if each is not function)

        return stop

    def _changed(self, job: Job) -> None:
        for function in self._watchers:
            function(job)

    # ---- money

    def balance(self) -> Balance:
        """What the key may still spend. Raises ``APIError``."""
        return self._wait_for(self._client.balance())

    def estimate(self, prompt: str | ImageRequest, **fields: Any) -> catalog.Estimate | None:
        """What a request would cost, by the server's price list; None where no price is known.

        Quality "auto" may become any quality, so its estimate is a range.
        """
        request, _ = _request_from(prompt, None, None, fields)
        prices = self._wait_for(self._runner.prices(request.model))
        return prices.estimate(request.size, request.pixels, request.quality, request.n) if prices else None

    def prices(self, model: str, on_ready: Callable[[], object]) -> catalog.PriceList | None:
        """The price list of a model as far as it is known now; ``on_ready()`` is called once more is.

        Never waits: a panel asks for it while it draws.
        """
        known, listed = self._runner.known_prices(model)
        if not known:
            self._runner.ask(self._runner.prices(model), lambda _: on_ready())
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

            self._runner.ask(self._client.models(), heard)
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

            self._runner.ask(self._client.balance(), heard)
        return self._balance

    def in_memory(self) -> Session:
        """A session like this one that keeps nothing on disk."""
        key = None if self.mode == "sandbox" else self._key
        origin = None if self.mode == "sandbox" else self.origin
        return Session(key, origin, mode=self.mode, library=MEMORY, max_concurrency=self._max_concurrency)

    def now(self) -> float:
        """The time as jobs see it, in seconds since 1970."""
        return self._clock.now()

    def delete(self, images: ImageSet) -> None:
        """Delete pictures for good, from the library and from the jobs they belong to."""
        for image in images:
            self.library.delete(image, at=self._clock.now())
        for job in self.jobs:
            job._forget(images)

    # ---- the end

    def close(self) -> None:
        """Stop following jobs and close connections and library. What was sent stays in the ledger."""
        if self._closed:
            return
        self._closed = True
        self._wait_for(self._stop())
        for job in self.jobs:
            left: JobError = JobError(say("jobs.closed", status=job.status), job_id=job.id, task_id=job.task_id)
            job._finish("cancelled" if job.status in UNSENT else "unknown", left)
        self.library.close()

    async def _stop(self) -> None:
        await self._runner.close()
        await self._client.aclose()

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _wait_for(self, coroutine: Coroutine[Any, Any, T]) -> T:
        if self._io.is_current():
            coroutine.close()
            raise ConfigurationError(say("loop.run_on_io_thread"))
        return self._io.submit(coroutine).result()


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


def _check_settings(mode: object, max_concurrency: object, sandbox_seconds: object) -> None:
    if mode not in (None, "live", "sandbox"):
        raise ConfigurationError(say("session.mode", mode=mode))
    if not isinstance(max_concurrency, int) or isinstance(max_concurrency, bool) or max_concurrency < 1:
        raise ConfigurationError(say("session.max_concurrency", value=repr(max_concurrency)))
    if not isinstance(sandbox_seconds, int | float) or not 0 <= sandbox_seconds < math.inf:
        raise ConfigurationError(say("session.sandbox_seconds", value=repr(sandbox_seconds)))


def _sandbox_client(seconds: float, clock: Clock) -> AsyncClient:
    # Starlette costs 90 ms to import, which a live session has no use for.
    from .sandbox.app import create_app

    transport = httpx.ASGITransport(create_app(seconds=seconds), raise_app_exceptions=False)
    return AsyncClient("sandbox", SANDBOX_ORIGIN, transport=transport, clock=clock)


# ---- from what a user hands in to a request


def _request_from(
    prompt: str | ImageRequest, references: Sequence[object] | None, mask: object | None, fields: Mapping[str, Any]
) -> tuple[ImageRequest, dict[str, LocalPicture]]:
    """The request, local pictures named by content, and those pictures by their content hash."""
    given = dict(fields)
    if isinstance(prompt, ImageRequest):
        given = {name: getattr(prompt, name) for name in FIELDS} | given
    else:
        given["prompt"] = prompt
    taken = _Pictures()
    urls = given.get("image_urls")
    # Addresses in a form the rules refuse are left for the rules to refuse.
    listed = urls is None or (isinstance(urls, list | tuple) and all(isinstance(url, str) for url in urls))
    if references is not None and listed:
        given["image_urls"] = taken.references(urls or (), references)
    if mask is not None and listed:
        given["mask_url"] = taken.mask(mask, given.get("image_urls") or ())
    if taken.problems:
        others = rules.check({**DEFAULTS, **given}, FIELDS).problems
        raise refusal((*taken.problems, *others))
    return ImageRequest(**given), taken.pictures


# Stands where a picture could not be read, so that the rules still judge the rest, each at its own place.
_NO_PICTURE = local_url("", "unreadable")


class _Pictures:
    """Turns references and mask into addresses, and collects what has to be uploaded and what is wrong with it."""

    def __init__(self) -> None:
        self.pictures: dict[str, LocalPicture] = {}
        self.problems: list[Problem] = []

    def references(self, urls: Sequence[str], references: Sequence[object]) -> list[str]:
        if isinstance(references, str | bytes | os.PathLike) or not isinstance(references, Sequence):
            wrong = say("session.references_no_list", type=type(references).__name__)
            self.problems.append(Problem("image_urls", wrong))
            return [*urls, _NO_PICTURE]
        return [*urls, *(self._address(place, source) for place, source in enumerate(references, len(urls)))]

    def mask(self, mask: object, urls: Sequence[str]) -> str:
        if _is_url(mask):
            return str(mask)
        first = local_reference(urls[0]) if urls else None
        reference = self.pictures.get(first.sha256) if first else None
        try:
            if reference is not None:
                size = (reference.width, reference.height)
            else:
                # The size of a reference elsewhere is not known here; the server compares it.
                own = images.local_picture(mask)
                size = (own.width, own.height)
            return self._keep(images.mask_picture(mask, size))
        except ImageError as error:
            self._problem("mask_url", error.message)
            return _NO_PICTURE

    def _address(self, place: int, source: object) -> str:
        if _is_url(source):
            return str(source)
        try:
            return self._keep(images.local_picture(source))
        except ImageError as error:
            self._problem("image_urls", say("request.url_at", position=place, problem=error.message))
            return _NO_PICTURE

    def _keep(self, picture: LocalPicture) -> str:
        self.pictures[picture.sha256] = picture
        return local_url(picture.sha256, picture.name)

    def _problem(self, field: str, message: str) -> None:
        said = message if isinstance(message, Sentence) else say("session.problem", text=message)
        self.problems.append(Problem(field, said))


def _is_url(source: object) -> bool:
    """Whether text is meant as an address; what is wrong with it is for the rules to say."""
    return isinstance(source, str) and source.strip().lower().startswith(("http:", "https:", "data:", "file:", "ftp:"))
