"""``Arrivals``: files on their way up from a page, a piece at a time. No widget is known here."""

from __future__ import annotations

import collections
import dataclasses
import threading
import time
from collections.abc import Callable

PIECE = 1024 * 1024
"""Bytes of every piece but the last, as in references.js: far below what a notebook server lets through at once."""

LARGEST = 100 * 1024 * 1024
"""Bytes a file may have. What is over the limit of an upload is made smaller, so it may be larger than that."""

FORGOTTEN_AFTER = 120.0
"""Seconds without a piece after which a file is given up: its page was closed, or loaded again."""

_REMEMBERED = 200


class WrongPieceError(ValueError):
    """A piece that belongs to no file of this size."""


@dataclasses.dataclass
class _Arrival:
    size: int
    touched: float
    pieces: dict[int, bytes] = dataclasses.field(default_factory=dict)

    def arrived(self) -> int:
        """Bytes that are here without a gap before them."""
        count = 0
        while count < self.size and count in self.pieces:
            count += len(self.pieces[count])
        return count


class Arrivals:
    """Puts files together; pieces may come in any order, twice, and on any thread.

    >>> arrivals = Arrivals()
    >>> arrivals.take("a", size=PIECE + 2, offset=PIECE, data=b"ox"), arrivals.next("a")
    (None, 0)
    >>> whole = arrivals.take("a", size=PIECE + 2, offset=0, data=b"f" * PIECE)
    >>> len(whole), arrivals.next("a") == PIECE + 2
    (2, True)
    """

    def __init__(self, *, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._coming: dict[str, _Arrival] = {}
        # A piece that comes once more for a file that is here, or was cancelled, must not begin it anew.
        self._over: collections.OrderedDict[str, int] = collections.OrderedDict()
        self._broom: threading.Timer | None = None

    def __len__(self) -> int:
        """How many files are on their way."""
        with self._lock:
            return len(self._coming)

    def take(self, upload: str, *, size: int, offset: int, data: bytes) -> list[bytes] | None:
        """Take a piece; returns the file's pieces, in order, when the last one is here.

        Raises:
            WrongPieceError: it does not belong to a file of this size; that file is given up.
        """
        with self._lock:
            if upload in self._over:
                return None
            arrival = self._coming.setdefault(upload, _Arrival(size, self._now()))
            fits = 0 < size <= LARGEST and size == arrival.size and 0 <= offset < size and offset % PIECE == 0
            if not fits or len(data) != min(PIECE, size - offset):
                self._end(upload, 0)
                raise WrongPieceError
            arrival.touched = self._now()
            arrival.pieces[offset] = data
            if arrival.arrived() < size:
                self._sweep_later()
                return None
            self._end(upload, size)
            return [arrival.pieces[place] for place in sorted(arrival.pieces)]

    def next(self, upload: str) -> int:
        """Where to go on: the bytes that are here without a gap, 0 for a file that was forgotten."""
        with self._lock:
            if upload in self._over:
                return self._over[upload]
            return self._coming[upload].arrived() if upload in self._coming else 0

    def drop(self, upload: str) -> None:
        """Give a file up; pieces of it that are still to come are passed over."""
        with self._lock:
            self._end(upload, 0)

    def forget_old(self) -> None:
        """Give up every file of which nothing came for a while. One whose page is still there begins anew."""
        with self._lock:
            self._broom = None
            for upload, arrival in list(self._coming.items()):
                if self._now() - arrival.touched >= FORGOTTEN_AFTER:
                    del self._coming[upload]
            if self._coming:
                self._sweep_later()

    def close(self) -> None:
        """Give up everything."""
        with self._lock:
            self._coming.clear()
            if self._broom is not None:
                self._broom.cancel()

    def _end(self, upload: str, size: int) -> None:
        self._coming.pop(upload, None)
        self._over[upload] = size
        while len(self._over) > _REMEMBERED:
            self._over.popitem(last=False)

    def _sweep_later(self) -> None:
        if self._broom is None:
            self._broom = threading.Timer(FORGOTTEN_AFTER, self.forget_old)
            self._broom.daemon = True
            self._broom.start()
