"""``Ledger``: what was asked for, what became of it and what it cost, a row a job.

A job's row is committed before its request is sent, its task id right after the answer. Every row carries origin,
account and mode, since a task belongs to the server and key it was made with and to nobody else. Several kernels may
share a ledger: a job has one holder at a time, whose hold is renewed while it lives and taken over when it is gone.
Holds only save calls; what is correct rests on the fence, which rises with every change of hands.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import json
import os
import secrets
import socket
from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Any, Literal

from .catalog import Estimate, money
from .config import APIKey, Mode
from .database import Database
from .errors import BudgetError
from .request import ImageRequest
from .words import say

UPLOADS_LIVE = 72 * 3600.0
DAY = 24 * 3600.0
HOLD = 30.0
"""Seconds a hold lasts without being renewed."""

# After this neither a result's address nor an idempotency key can be alive.
LOST_AFTER = 72 * 3600.0

Events = Sequence[tuple[float, str, Mapping[str, Any]]]
"""What happened to a job: (Unix seconds, kind, details) each."""

Row = dict[str, Any]
"""A row of the table ``jobs``, column -> value."""


@dataclasses.dataclass(frozen=True)
class Scope:
    """Whose rows: the API's origin, the account behind the key, and "live" or "sandbox"."""

    origin: str
    account: str
    mode: Mode

    @property
    def columns(self) -> tuple[str, str, str]:
        """Origin, account and mode, in the order of the tables' columns."""
        return self.origin, self.account, self.mode


_IN_SCOPE = "origin = ? AND account = ? AND mode = ?"


class HoldLost(Exception):
    """Another kernel has taken a job over; whoever held it before writes nothing more."""


class AskedBefore(Exception):
    """The same was asked for before, by the job of ``row``."""

    def __init__(self, row: Row) -> None:
        super().__init__(row["id"])
        self.row = row


@dataclasses.dataclass(frozen=True)
class Spending:
    """What was spent within the last ``hours``, by one account at one origin, over all kernels.

    Attributes:
        billed: what pictures cost that were made.
        in_flight: the most that may come to it: requests that were sent, or wait to be, and are not done.
        unit: the currency.
        hours: how far back it counts.
        estimated: whether some of ``billed`` stands for a price list and not for the server's own word.
        budget: the daily budget, or None.

    >>> print(Spending(1.25, 0.5, "USD", 24.0, estimated=False, budget=5.0))
    $1.25 was billed in the last 24 h and up to $0.50 is in flight, of a budget of $5.00.
    >>> float(Spending(1.25, 0.5, "USD", 24.0, estimated=False))
    1.75
    """

    billed: float
    in_flight: float
    unit: str
    hours: float
    estimated: bool
    budget: float | None = None

    @property
    def total(self) -> float:
        """Billed and in flight together, which is what a budget is held against."""
        return self.billed + self.in_flight

    @property
    def left(self) -> float | None:
        """What the budget still allows, never below 0; None without one."""
        return None if self.budget is None else max(0.0, self.budget - self.total)

    def __float__(self) -> float:
        return self.total

    def __str__(self) -> str:
        return str(
            say(
                "ledger.spent" if self.budget is None else "ledger.spent_of",
                billed=money(self.billed, self.unit),
                in_flight=money(self.in_flight, self.unit),
                hours=f"{self.hours:g}",
                budget=money(self.budget or 0.0, self.unit),
            )
        )


Offered = Literal["unsent", "unanswered"]
"""Jobs that are taken up only when their owner says so: never sent, or sent long ago without an answer."""


class Ledger(Database):
    """The rows of jobs. Safe to use from several threads and processes."""

    def __init__(self, folder: str | os.PathLike[str] | None = None) -> None:
        super().__init__(folder)
        # In memory too the pid stands for the process that holds a job.
        self.holder = f"{socket.gethostname()}/{os.getpid()}/{secrets.token_hex(8)}"
        _holders_here.add(self.holder)
        with contextlib.ExitStack() as on_failure:
            on_failure.callback(self._db.close)
            self._salt = self._read_salt()
            on_failure.pop_all()

    def account(self, key: APIKey) -> str:
        """The name of the account behind ``key`` in this library; the key cannot be told from it."""
        return key.digest(self._salt)

    def _read_salt(self) -> bytes:
        with self._writing() as db:
            db.execute("INSERT OR IGNORE INTO meta (name, value) VALUES ('salt', ?)", (secrets.token_bytes(32),))
            salt: bytes = db.execute("SELECT value FROM meta WHERE name = 'salt'").fetchone()["value"]
        return salt

    # ---- jobs, in the order of their life

    def add_job(
        self,
        job_id: str,
        scope: Scope,
        *,
        request: ImageRequest,
        idempotency_key: str,
        created: float,
        reserve: Estimate | None = None,
        budget: float | None = None,
        now: float = 0.0,
        events: Events = (),
        repeat: int | None = None,
    ) -> int:
        """Commit a job that waits to be sent, held by this library's process; returns its fence.

        Args:
            reserve: what it may cost; its high end is set aside.
            budget: the most that may be billed or in flight within 24 hours up to ``now``, this job included. Whether
                it fits is decided in the same transaction, so that two kernels cannot both take the last of it.
            repeat: commit it only where at most so many jobs asked for the same before, decided in the same way.

        Raises:
            AskedBefore: there are more; nothing was committed.
            BudgetError: it does not fit; nothing was committed.
        """
        row = (job_id, *scope.columns, created, "queued")
        asked = (json.dumps(request.to_payload(), ensure_ascii=False), request.fingerprint(), idempotency_key)
        # From now on, since it may have waited for its turn: one that nobody seems to hold is in no other's budget.
        held = (self.holder, max(created, now) + HOLD, 1)
        reserved = (reserve.high, reserve.unit) if reserve is not None else (None, None)
        with self._writing() as db:
            before = self.asked_before(scope, request.fingerprint()) if repeat is not None else []
            if repeat is not None and repeat < len(before):
                raise AskedBefore(before[repeat])
            if budget is not None:
                self._check_budget(scope, reserve, budget=budget, now=now)
            db.execute(
                "INSERT INTO jobs (id, origin, account, mode, created, status, request, fingerprint, idempotency_key,"
                " holder, held_until, fence, reserved, reserved_unit)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                row + asked + held + reserved,
            )
            self._add_events(job_id, events)
        return 1

    def begin_post(
        self, job_id: str, *, payload: bytes, at: float, events: Events = (), fence: int | None = None
    ) -> None:
        """Commit the exact bytes about to be sent, before they are."""
        self.set_job(job_id, events, fence=fence, status="sending", payload=payload, sent=at)

    def set_job(self, job_id: str, events: Events = (), *, fence: int | None = None, **columns: Any) -> None:
        """Commit what became of a job, in one piece: columns of its row, and what happened to it.

        Raises:
            HoldLost: the job has changed hands since ``fence``; nothing was written.
        """
        names = ", ".join(f"{name} = ?" for name in columns)
        with self._writing() as db:
            self.check_hold(job_id, fence)
            if columns:
                db.execute(f"UPDATE jobs SET {names} WHERE id = ?", (*columns.values(), job_id))
            self._add_events(job_id, events)

    def check_hold(self, job_id: str, fence: int | None) -> None:
        """Raise ``HoldLost`` where a job has changed hands since ``fence``; None is nobody's."""
        with self._reading() as db:
            row = db.execute("SELECT fence FROM jobs WHERE id = ?", (job_id,)).fetchone()
        if fence is not None and (row is None or row["fence"] != fence):
            raise HoldLost(job_id)

    def _add_events(self, job_id: str, events: Events) -> None:
        happened = [(job_id, at, kind, json.dumps(dict(detail), ensure_ascii=False)) for at, kind, detail in events]
        self._db.executemany("INSERT INTO events (job_id, at, kind, detail) VALUES (?, ?, ?, ?)", happened)

    def events(self, job_id: str) -> list[tuple[float, str, dict[str, Any]]]:
        """What happened to a job, oldest first."""
        with self._reading() as db:
            rows = db.execute(
                "SELECT at, kind, detail FROM events WHERE job_id = ? ORDER BY rowid", (job_id,)
            ).fetchall()
        return [(row["at"], row["kind"], json.loads(row["detail"])) for row in rows]

    def job(self, job_id: str) -> Row | None:
        """A job's row as column -> value, or None."""
        with self._reading() as db:
            row = db.execute("SELECT * FROM jobs WHERE id = ?", (job_id,)).fetchone()
        return dict(row) if row else None

    def job_of(self, scope: Scope, task_id: str) -> Row | None:
        """The row of the job whose task the server called ``task_id``, or None."""
        with self._reading() as db:
            row = db.execute(
                f"SELECT * FROM jobs WHERE {_IN_SCOPE} AND task_id = ?", (*scope.columns, task_id)
            ).fetchone()
        return dict(row) if row else None

    def asked_before(self, scope: Scope, fingerprint: str) -> list[Row]:
        """Jobs that asked for the same and have, or may still bring, all their pictures; oldest first."""
        with self._reading() as db:
            rows = db.execute(
                f"SELECT * FROM jobs WHERE {_IN_SCOPE} AND fingerprint = ? AND status NOT IN ('failed', 'cancelled')"
                " AND dismissed IS NULL AND NOT EXISTS"
                " (SELECT 1 FROM images WHERE images.job_id = jobs.id AND images.deleted IS NOT NULL)"
                " ORDER BY created, rowid",
                (*scope.columns, fingerprint),
            ).fetchall()
        return [dict(row) for row in rows]

    # ---- whose turn it is

    def take(
        self, scope: Scope, *, now: float, ids: Iterable[str] | None = None, but: Container[str] = ()
    ) -> tuple[list[Row], list[str]]:
        """Take up what was left on its way and may be paid for.

        That is: a known task, and a request without an answer that is younger than a day, unless its id stands in
        ``but``. Without ``ids`` every such job of ``scope`` is meant.

        Returns:
            The rows taken, oldest first, and the ids of those that another kernel still holds.
        """
        wanted = (
            "((task_id IS NOT NULL AND (status IN ('sending', 'submitted', 'downloading')"
            " OR (status = 'unknown' AND sent > :lost)))"
            " OR (task_id IS NULL AND status IN ('sending', 'unknown') AND sent > :day AND dismissed IS NULL))"
        )
        return self._take(scope, wanted, now, ids, but)

    def offers(self, scope: Scope, *, now: float) -> dict[Offered, list[str]]:
        """Ids of jobs that nobody holds and that are taken up only when their owner says so, oldest first."""
        with self._reading() as db:
            found: dict[Offered, list[str]] = {}
            for kind, wanted in _OFFERED.items():
                rows = db.execute(
                    f"SELECT * FROM jobs WHERE {_NAMED_SCOPE} AND {wanted} ORDER BY created, rowid",
                    _named(scope, now),
                ).fetchall()
                found[kind] = [row["id"] for row in rows if not self.is_held(row, now)]
        return found

    def take_offered(
        self, scope: Scope, kind: Offered, ids: Iterable[str], *, now: float, budget: float | None = None
    ) -> list[Row]:
        """Take up jobs that were offered; those another kernel was quicker with are left out.

        Raises:
            BudgetError: they do not fit into ``budget`` together, or what one costs is not known; none was taken.
        """
        with self._writing():
            rows, _ = self._take(scope, _OFFERED[kind], now, ids)
            unpriced = next((row for row in rows if row["reserved"] is None), None)
            if budget is not None and unpriced is not None:
                # Asked for while there was no budget.
                raise BudgetError(say("ledger.price_unknown", model=unpriced["model"]))
            if budget is not None and rows:
                # They are held now, and so count as in flight.
                self._check_budget(scope, None, budget=budget, now=now)
        return rows

    def dismiss(self, scope: Scope, kind: Offered, ids: Iterable[str], *, now: float) -> int:
        """Have offered jobs asked for no more; returns how many."""
        rows = self.take_offered(scope, kind, ids, now=now)
        for row in rows:
            self._give_up(row, "discarded", now=now, sent=kind == "unanswered", dismissed=now)
        return len(rows)

    def close_unanswered(self, scope: Scope, *, now: float) -> None:
        """End requests that were never answered and that no server knows the key of any more."""
        rows, _ = self._take(scope, "task_id IS NULL AND status = 'sending' AND sent <= :lost", now, None)
        for row in rows:
            self._give_up(row, "unknown", now=now, sent=True)

    def _give_up(self, row: Row, kind: str, *, now: float, sent: bool, **columns: Any) -> None:
        if sent:
            columns |= {"status": "unknown", "error": row["error"] or str(say("jobs.never_answered"))}
        else:
            columns["status"] = "cancelled"
        self.set_job(
            row["id"], [(now, kind, {})], fence=row["fence"], finished=now, holder=None, held_until=None, **columns
        )

    def retake(self, job_id: str, scope: Scope, *, now: float) -> Row | None:
        """Take one job that may still be brought further, unless another kernel holds it."""
        rows, _ = self._take(scope, "(finished IS NULL OR status = 'unknown')", now, [job_id])
        return rows[0] if rows else None

    def renew(self, *, now: float) -> None:
        """Hold on to every job this library's process holds."""
        with self._writing() as db:
            db.execute("UPDATE jobs SET held_until = ? WHERE holder = ?", (now + HOLD, self.holder))

    def let_go(self, job_id: str | None = None, status: str | None = None) -> None:
        """Hold a job, or those of a status, or all of them, no longer."""
        with self._writing() as db:
            db.execute(
                "UPDATE jobs SET holder = NULL, held_until = NULL"
                " WHERE holder = ? AND (? IS NULL OR id = ?) AND (? IS NULL OR status = ?)",
                (self.holder, job_id, job_id, status, status),
            )

    def close_drawings(self, scope: Scope, *, now: float, reason: str, but: Container[str] = ()) -> None:
        """End jobs of the sandbox in a process that is gone: its tasks went with it, and nothing was billed.

        ``but``: ids of those that this process's own sandbox may still draw.
        """
        open_rows = "status NOT IN ('completed', 'failed', 'cancelled')"
        with self._reading() as db:
            ids = [row["id"] for row in db.execute(f"SELECT id FROM jobs WHERE {open_rows}") if row["id"] not in but]
        rows, _ = self._take(scope, open_rows, now, ids)
        for row in rows:
            self.set_job(
                row["id"], fence=row["fence"], status="cancelled", finished=now, error=reason, holder=None,
                held_until=None,
            )  # fmt: skip

    def _take(
        self, scope: Scope, wanted: str, now: float, ids: Iterable[str] | None, but: Container[str] = ()
    ) -> tuple[list[Row], list[str]]:
        only = None if ids is None else set(ids)
        taken: list[Row] = []
        elsewhere: list[str] = []
        with self._writing() as db:
            rows = db.execute(
                f"SELECT * FROM jobs WHERE {_NAMED_SCOPE} AND {wanted} ORDER BY created, rowid", _named(scope, now)
            ).fetchall()
            for row in rows:
                if (only is not None and row["id"] not in only) or (row["task_id"] is None and row["id"] in but):
                    continue
                if self.is_held(row, now):
                    elsewhere.append(row["id"])
                    continue
                fence = row["fence"] + 1
                held = (self.holder, now + HOLD, fence, row["id"])
                # No longer finished, whatever it was: it is on its way again, also for who finds it left once more.
                db.execute(
                    "UPDATE jobs SET holder = ?, held_until = ?, fence = ?, finished = NULL, status = CASE"
                    " WHEN status <> 'unknown' THEN status WHEN task_id IS NULL THEN 'sending' ELSE 'submitted' END"
                    " WHERE id = ?",
                    held,
                )
                taken.append({**dict(row), "holder": self.holder, "fence": fence, "finished": None})
        return taken, elsewhere

    def is_held(self, row: Mapping[str, Any], now: float) -> bool:
        """Whether a kernel that may be alive moves a job along."""
        holder: str | None = row["holder"]
        if holder is None or holder == self.holder:
            return holder is not None and row["finished"] is None
        return now < (row["held_until"] or 0.0) and not _is_gone(holder)

    # ---- money

    def spending(
        self, scope: Scope, *, unit: str, now: float, hours: float = 24.0, budget: float | None = None
    ) -> Spending:
        """What was billed, and what may yet be, within the last ``hours`` up to ``now`` (Unix seconds)."""
        with self._reading() as db:
            rows = db.execute(
                "SELECT status, finished, holder, held_until, cost, cost_unit, cost_estimated, reserved, reserved_unit"
                f" FROM jobs WHERE {_IN_SCOPE}"
                # A task may be billed at its end, days after it was sent.
                " AND (coalesce(finished, sent, created) >= ?"
                " OR status NOT IN ('completed', 'failed', 'cancelled', 'unknown'))",
                (*scope.columns, now - hours * 3600),
            ).fetchall()
        billed, in_flight, estimated = 0.0, 0.0, False
        for row in rows:
            reserved = row["reserved"] if row["reserved_unit"] == unit else None
            if row["cost"] is not None:
                # A server that bills in credits is counted by the price list.
                said = row["cost_unit"] == unit
                billed += row["cost"] if said else reserved or 0.0
                estimated |= bool(row["cost_estimated"]) or not said
            elif row["status"] == "queued":
                # What a dead kernel never sent is sent by nobody unless its owner says so.
                in_flight += (reserved or 0.0) if self.is_held(row, now) else 0.0
            elif row["status"] not in ("completed", "failed", "cancelled"):
                in_flight += reserved or 0.0
        return Spending(billed, in_flight, unit, hours, estimated, budget)

    def _check_budget(self, scope: Scope, reserve: Estimate | None, *, budget: float, now: float) -> None:
        needed, unit = (reserve.high, reserve.unit) if reserve is not None else (0.0, "USD")
        spent = self.spending(scope, unit=unit, now=now, budget=budget)
        # Sums of prices such as 0.1 and 0.2 may miss a budget of 0.3 by a hair.
        if spent.total + needed > budget + 1e-9:
            key = "ledger.over_budget" if reserve is not None else "ledger.offers_over_budget"
            amounts = {"budget": budget, "needed": needed, "billed": spent.billed, "in_flight": spent.in_flight}
            raise BudgetError(say(key, **{name: money(amount, unit) for name, amount in amounts.items()}))

    # ---- what is remembered

    def remember(self, name: str, value: str) -> None:
        """Remember a word about this library, such as what its owner was told."""
        with self._writing() as db:
            db.execute("INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)", (f"note: {name}", value))

    def remembered(self, name: str) -> str | None:
        """What was remembered under ``name``, or None."""
        with self._reading() as db:
            row = db.execute("SELECT value FROM meta WHERE name = ?", (f"note: {name}",)).fetchone()
        return row["value"] if row else None

    # ---- uploads

    def upload_url(self, scope: Scope, sha256: str, *, now: float) -> str | None:
        """Where this content was uploaded, while that address lives for at least another hour; else None."""
        with self._reading() as db:
            row = db.execute(
                "SELECT url FROM uploads WHERE origin = ? AND account = ? AND sha256 = ? AND created > ?",
                (scope.origin, scope.account, sha256, now - UPLOADS_LIVE + 3600),
            ).fetchone()
        return row["url"] if row else None

    def add_upload(self, scope: Scope, sha256: str, *, url: str, at: float) -> None:
        """Commit where a content was uploaded."""
        with self._writing() as db:
            db.execute(
                "INSERT OR REPLACE INTO uploads (origin, account, sha256, url, created) VALUES (?, ?, ?, ?, ?)",
                (scope.origin, scope.account, sha256, url, at),
            )


_NAMED_SCOPE = "origin = :origin AND account = :account AND mode = :mode"
_OFFERED: dict[Offered, str] = {
    "unsent": "status = 'queued' AND dismissed IS NULL",
    "unanswered": (
        "task_id IS NULL AND status IN ('sending', 'unknown') AND sent <= :day AND sent > :lost AND dismissed IS NULL"
    ),
}


_holders_here: set[str] = set()


def _named(scope: Scope, now: float) -> dict[str, Any]:
    return {
        **dataclasses.asdict(scope),
        "day": now - DAY,
        "lost": now - LOST_AFTER,
    }


def _is_gone(holder: str) -> bool:
    """Whether the process behind a holder is known to have ended: only of this machine can that be told."""
    host, _, rest = holder.partition("/")
    pid = rest.partition("/")[0]
    if os.name != "posix" or host != socket.gethostname() or not pid.isdigit():
        return False
    if int(pid) == os.getpid():
        # The number has come round again, as it soon does in a container that is started anew.
        return holder not in _holders_here
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except OSError:  # another user's
        return False
    return False


def moment(seconds: float) -> datetime.datetime:
    """Unix seconds as a moment with its time zone."""
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
