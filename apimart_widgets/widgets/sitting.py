"""``Sitting``: one rater's way through a plan of pairs. No widget is known here."""

from __future__ import annotations

import datetime
import hashlib
import json
import secrets
import threading
from collections.abc import Iterable, Mapping
from dataclasses import astuple
from typing import Any

from ..errors import ConfigurationError
from ..library import Library
from ..pairing import Pair, Plan
from ..words import say

LONGEST_NAME = 40
CHOICES = ("a", "b", "tie")


class Sitting:
    """What one rater has decided of a plan, kept in a library where there is one. Safe on any thread.

    Pairs are known outside by random tokens, which tell nothing of the pictures and not even their order.

    >>> from apimart_widgets.pairing import Pair, Plan
    >>> sitting = Sitting(Plan("quality", (Pair("f0", "f1"), Pair("f1", "f2")), "live", asked=2, seed=0))
    >>> sitting.begin("anna")
    >>> token = sitting.token(0)
    >>> sitting.decide(token, "a"), sitting.decide(token, "b"), sitting.place  # pressed twice
    (True, False, 1)
    >>> sitting.take_back(token), sitting.place
    (True, 0)
    """

    def __init__(self, plan: Plan, library: Library | None = None) -> None:
        self.plan = plan
        self.rater = ""
        self._library = library
        self._comparison = _named(plan)
        self._lock = threading.RLock()
        self._tokens = tuple(secrets.token_urlsafe(12) for _ in plan.pairs)
        self._place_of = {token: place for place, token in enumerate(self._tokens)}
        self._rows: tuple[dict[str, Any], ...] = ()
        self._decided: dict[int, dict[str, Any]] = {}
        self._skipped: set[int] = set()
        self.refresh()

    def begin(self, rater: object) -> None:
        """Take up the decisions of a rater, or begin with none.

        Raises:
            ConfigurationError: that is no pseudonym.
        """
        name = rater.strip() if isinstance(rater, str) else ""
        if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
            raise ConfigurationError(say("blind.rater", most=LONGEST_NAME))
        with self._lock:
            self.rater = name
            self.refresh()

    def refresh(self) -> None:
        """Read once more what is kept: another kernel may have gone on."""
        with self._lock:
            self._take(self._rows if self._library is None else self._library.decisions(self._comparison))

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Every decision known, of all raters, oldest first: rows with ``ratings.RATING_FIELDS``."""
        with self._lock:
            return [dict(row) for row in self._rows]

    @property
    def done(self) -> int:
        """How many pairs this rater has decided, repetitions among them."""
        with self._lock:
            return len(self._decided)

    @property
    def skipped(self) -> int:
        """How many pairs were gone past without a decision."""
        with self._lock:
            return len(self._skipped - self._decided.keys())

    @property
    def place(self) -> int | None:
        """Where in the plan the rater is; None at its end, or while there is no rater."""
        with self._lock:
            past = self._skipped | self._decided.keys()
            return next((place for place in range(len(self._tokens)) if place not in past), None)

    def token(self, place: int | None) -> str | None:
        """The name of a pair outside; None where there is none."""
        return self._tokens[place] if place is not None and 0 <= place < len(self._tokens) else None

    def pair(self, token: object) -> Pair | None:
        """The pair of a token, or None."""
        place = self._place_of.get(token) if isinstance(token, str) else None
        return None if place is None else self.plan.pairs[place]

    def decide(self, token: object, choice: object) -> bool:
        """Keep a decision of the pair at hand: "a" the left picture, "b" the right one, "tie" neither.

        Returns:
            Whether it counts: not when it is of another pair, such as of one decided already.

        Raises:
            LibraryError: it could not be kept, and so does not count.
        """
        with self._lock:
            place = self.place
            if not self.rater or place is None or token != self._tokens[place] or choice not in CHOICES:
                return False
            pair = self.plan.pairs[place]
            now = datetime.datetime.now(datetime.timezone.utc).isoformat()
            row = {
                "rater": self.rater,
                "a": pair.a,
                "b": pair.b,
                "choice": choice,
                "time": now,
                "repeat": pair.repeat,
            }
            if self._library is not None:
                self._library.keep_decision(self._comparison, row)
            self._rows = (*self._rows, row)
            self.refresh()
            return True

    def skip(self, token: object) -> bool:
        """Go past the pair at hand, which cannot be shown; nothing is kept of it. Returns whether it was that one."""
        with self._lock:
            place = self.place
            if place is None or token != self._tokens[place]:
                return False
            self._skipped.add(place)
            return True

    def last(self) -> str | None:
        """The token of the pair decided last, or None."""
        with self._lock:
            place = self.place
            before = range(len(self._tokens) if place is None else place)
            return self.token(max((at for at in before if at in self._decided), default=None))

    def take_back(self, token: object) -> bool:
        """Take back the decision of the pair decided last; returns whether that was it."""
        with self._lock:
            if token is None or token != self.last():
                return False
            row = self._decided[self._place_of[str(token)]]
            if self._library is not None:
                self._library.drop_decision(self._comparison, row)
            self._rows = tuple(each for each in self._rows if each is not row)
            self.refresh()
            return True

    def _take(self, rows: Iterable[dict[str, Any]]) -> None:
        self._rows = tuple(rows)
        place_of = {(pair.a, pair.b, pair.repeat): place for place, pair in enumerate(self.plan.pairs)}
        own = [row for row in self._rows if row["rater"] == self.rater]
        decided = {place_of.get(_shown(row)): row for row in own}
        self._decided = {place: row for place, row in decided.items() if place is not None}


def _shown(row: Mapping[str, Any]) -> tuple[str, str, int]:
    return row["a"], row["b"], row["repeat"]


def _named(plan: Plan) -> str:
    """A name for what is compared: the same pairs in the same order, in whatever kernel."""
    told = [plan.mode, plan.by, [astuple(pair) for pair in plan.pairs]]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()
