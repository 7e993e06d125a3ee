"""``Resumption``: what an earlier session left behind, and what becomes of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

from .jobs import Job
from .ledger import Offered
from .words import Sentence, say

_ONE: dict[Offered, str] = {"unsent": "resumption.unsent_one", "unanswered": "resumption.unanswered_one"}
_MANY: dict[Offered, str] = {"unsent": "resumption.unsent_many", "unanswered": "resumption.unanswered_many"}


class Offer:
    """Requests of an earlier session that are taken up only when their owner says so.

    "unsent" ones waited for their turn when their kernel stopped; sending them is what they cost. "unanswered" ones
    were sent more than a day ago and got no answer: they may have been made and billed, and asking again may bill anew.

    >>> offer = Offer("unsent", ("job_1",), send=lambda kind, ids: (), discard=lambda kind, ids: 1)
    >>> print(offer)
    1 request was never sent. Send it with .send(), or drop it with .discard().
    >>> offer.discard(), len(offer)
    (1, 0)
    """

    def __init__(
        self,
        kind: Offered,
        ids: Sequence[str],
        *,
        send: Callable[[Offered, Sequence[str]], tuple[Job, ...]],
        discard: Callable[[Offered, Sequence[str]], int],
    ) -> None:
        self.kind = kind
        self._ids = tuple(ids)
        self._send = send
        self._discard = discard

    def __len__(self) -> int:
        return len(self._ids)

    def send(self) -> tuple[Job, ...]:
        """Take them up as jobs of this session, with their own idempotency keys. **This is what may be billed.**

        Raises:
            BudgetError: the daily budget does not allow them; nothing was sent.
        """
        jobs = self._send(self.kind, self._ids) if self._ids else ()
        self._ids = ()
        return jobs

    def discard(self) -> int:
        """Never ask for them again; returns how many there were. Their rows stay in the ledger."""
        gone = self._discard(self.kind, self._ids) if self._ids else 0
        self._ids = ()
        return gone

    @property
    def sentence(self) -> Sentence:
        """What a reader should know; empty where there is nothing."""
        key = _ONE[self.kind] if len(self) == 1 else _MANY[self.kind]
        return say(key, n=len(self))

    def __repr__(self) -> str:
        if not self._ids:
            return str(say("resumption.nothing"))
        key = "resumption.with_calls_one" if len(self) == 1 else "resumption.with_calls_many"
        return str(say(key, first=self.sentence))


@dataclasses.dataclass(frozen=True)
class Resumption:
    """What ``session.resume()`` found.

    Attributes:
        jobs: taken up, because they may already be paid for; they stand in ``session.jobs`` too.
        unsent: never sent: ``unsent.send()`` or ``unsent.discard()``.
        unanswered: sent more than a day ago, without an answer: ``unanswered.send()`` asks again with the same key.
    """

    jobs: tuple[Job, ...]
    unsent: Offer
    unanswered: Offer

    @property
    def sentence(self) -> Sentence | None:
        """How many jobs are picked up; None where none is."""
        if not self.jobs:
            return None
        key = "resumption.picked_up_one" if len(self.jobs) == 1 else "resumption.picked_up_many"
        return say(key, n=len(self.jobs))

    def __repr__(self) -> str:
        parts = [str(self.sentence)] if self.sentence is not None else []
        parts += [repr(offer) for offer in (self.unsent, self.unanswered) if len(offer)]
        return "\n".join(parts) or str(say("resumption.nothing"))
