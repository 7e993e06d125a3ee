"""``Durations``: what a session knows of how long tasks take, from its library and from its own jobs."""

from __future__ import annotations

import asyncio
import collections
import logging
from collections.abc import Iterable

from .config import Mode
from .errors import LibraryError
from .expectation import Expectation, expect
from .library import Library, Took
from .loop import IOThread
from .polling import ENOUGH
from .request import ImageRequest

logger = logging.getLogger("apimart_widgets")

# Of a kind; older ones say little of today's server.
_LATEST = 50


class Durations:
    """How long earlier tasks took, by model, quality and size. Lives on the background thread.

    The library is read once, off that thread; what this session's own jobs take is added as they end.
    """

    def __init__(self, library: Library, mode: Mode, *, io: IOThread) -> None:
        self._library = library
        self._mode = mode
        self._io = io
        self._kinds: dict[tuple[str, ...], collections.deque[Took]] = {}
        self._expected: dict[tuple[str, str, str, float | None], Expectation] = {}
        self._reading = asyncio.Lock()
        self._was_read = False

    async def read(self) -> None:
        """Have what the library knows; only the first call reads it."""
        async with self._reading:
            if self._was_read:
                return
            try:
                earlier = await self._io.work(self._library.took, self._mode)
            except LibraryError as error:
                # Missed only where it would have saved a call.
                logger.info("%s", error)
                earlier = []
            self._was_read = True
            self.add(reversed(earlier))

    def add(self, tasks: Iterable[Took]) -> None:
        """Learn from tasks that ended, the latest last."""
        for took in tasks:
            for kind in ((took.model, took.quality, took.size), (took.model, took.quality)):
                self._kinds.setdefault(kind, collections.deque(maxlen=_LATEST)).appendleft(took)
        self._expected.clear()

    def expect(self, request: ImageRequest, estimated: float | None) -> Expectation:
        """How long a task may take for which the server's estimate, in seconds, is ``estimated``."""
        key = (request.model, request.quality, request.size, estimated)
        known = self._expected.get(key)
        if known is None:
            same = self._kinds.get(key[:3], ())
            alike = same if len(same) >= ENOUGH else self._kinds.get(key[:2], ())
            known = self._expected[key] = _expected_of(alike, estimated)
        return known


def _expected_of(alike: Iterable[Took], estimated: float | None) -> Expectation:
    """What is expected after tasks of the same kind, the latest first."""
    # A server that expects twice as much of this one as of that is likely to take twice as long.
    seconds = [took.seconds * (estimated / took.estimated if estimated and took.estimated else 1.0) for took in alike]
    pointed = [(took.seconds, took.pointed_to) for took in alike if took.pointed_to]
    return expect(seconds, estimated=estimated, pointed=pointed)
