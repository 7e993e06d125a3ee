"""What the sandbox remembers: accounts, tasks and uploads. Bills and balances follow from the tasks and the time.

Every method may be called from any thread.
"""

from __future__ import annotations

import math
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .refusal import Refusal
from .task import Task
from .upload import Upload


@dataclass(eq=False)
class Account:
    """The owner of one key: every key is an account of its own, with a balance of its own (US dollars)."""

    number: int
    balance: float
    tasks: list[Task] = field(default_factory=list)
    replayable: dict[str, tuple[str, Task]] = field(default_factory=dict)
    repeats: Counter[str] = field(default_factory=Counter)
    held_off: set[str] = field(default_factory=set)


class Ledger:
    """The books of one sandbox; `balance` is what each account starts with, in US dollars (``math.inf``: no limit).

    >>> ledger = Ledger(balance=5.0)
    >>> account = ledger.account("any-key")
    >>> ledger.used(account, now=0.0), ledger.left(account, now=0.0)
    (0.0, 5.0)
    """

    def __init__(self, *, balance: float) -> None:
        self._balance = balance
        self._lock = threading.RLock()
        self._accounts: dict[str, Account] = {}
        self._tasks: dict[str, Task] = {}
        self._uploads: dict[str, Upload] = {}
        self._counts: Counter[str] = Counter()

    def account(self, key: str) -> Account:
        """The account of a key, opened when first seen."""
        with self._lock:
            return self._accounts.setdefault(key, Account(len(self._accounts) + 1, self._balance))

    def count(self, event: str) -> None:
        """Add one to a number that `as_json` reports."""
        with self._lock:
            self._counts[event] += 1

    def replayed(self, account: Account, idempotency_key: str | None, fingerprint: str) -> Task | None:
        """The task this key already made; `Refusal` 422 when it was made by another body."""
        with self._lock:
            if idempotency_key is None or idempotency_key not in account.replayable:
                return None
            first, task = account.replayable[idempotency_key]
        if first != fingerprint:
            message = "This Idempotency-Key was used with another body. Send the same body, or a new key."
            raise Refusal(422, "idempotency_key_reused", message, param="Idempotency-Key")
        return task

    def hold_off(self, account: Account, request: str) -> bool:
        """Whether this request (its key or fingerprint) has not been held off yet; it now has."""
        with self._lock:
            first = request not in account.held_off
            account.held_off.add(request)
            return first

    def accept(
        self, account: Account, digest: str, fingerprint: str, make_task: Callable[[int], Task]
    ) -> tuple[Task, bool]:
        """Write a new task down and return it with False, or the one its idempotency key made already with True.

        `make_task` gets how often a request of this digest came before. `Refusal` 402 when the balance, less what is
        billed and what the running tasks will cost, does not cover it.
        """
        with self._lock:
            task = make_task(account.repeats[digest])
            before = self.replayed(account, task.idempotency_key, fingerprint)
            if before is not None:
                return before, True
            self._afford(account, task)
            account.repeats[digest] += 1
            account.tasks.append(task)
            self._tasks[task.id] = task
            if task.idempotency_key is not None:
                account.replayable[task.idempotency_key] = (fingerprint, task)
            return task, False

    def keep(self, upload: Upload) -> None:
        """Write an upload down."""
        with self._lock:
            self._uploads[upload.name] = upload

    def task(self, task_id: str) -> Task | None:
        """The task of that id, whoever owns it."""
        return self._tasks.get(task_id)

    def upload(self, name: str) -> Upload | None:
        """The upload of that name."""
        return self._uploads.get(name)

    def used(self, account: Account, now: float) -> float:
        """US dollars billed to an account: price x images of its completed tasks; a failed task costs nothing."""
        with self._lock:
            prices = [task.order.price for task in account.tasks if task.state(now).status == "completed"]
        return round(math.fsum(prices), 6)

    def left(self, account: Account, now: float) -> float:
        """US dollars of an account that are not billed yet."""
        return round(account.balance - self.used(account, now), 6)

    def as_json(self, now: float) -> dict[str, Any]:
        """The answer of ``GET /sandbox/ledger``; its numbers are explained in the application's docstring."""
        with self._lock:
            tasks, uploads, counts = list(self._tasks.values()), list(self._uploads.values()), Counter(self._counts)
        rows = [_task_row(task, now) for task in tasks]
        billed = [row for row in rows if row["status"] == "completed"]
        return {
            "tasks": rows,
            "billed_images": sum(row["n"] for row in billed),
            "billed_amount": round(math.fsum(row["cost"] for row in billed), 6),
            "requests": counts["requests"],
            "accepted": len(tasks),
            "replays": counts["replays"],
            "refused": counts["refused"],
            "polls": counts["polls"],
            "downloads": counts["downloads"],
            "keys_seen_by_files_host": counts["keys_seen_by_files_host"],
            "uploads": [upload.answer() | {"sha256": upload.sha256} for upload in uploads],
        }

    def _afford(self, account: Account, task: Task) -> None:
        prices = [other.order.price for other in account.tasks if other.state(task.created).status != "failed"]
        spoken_for = math.fsum(prices)
        if task.order.price > round(account.balance - spoken_for, 6):
            message = f"The balance does not cover this request ({task.order.price} USD). Top up or ask for less."
            raise Refusal(402, "insufficient_balance", message)


def _task_row(task: Task, now: float) -> dict[str, Any]:
    state = task.state(now)
    return {
        "id": task.id,
        "account": task.account,
        "status": state.status,
        "n": task.order.n,
        "cost": task.order.price if state.status == "completed" else 0.0,
        "payload": task.body,
        "created": task.created,
        "completed": state.ended,
        "idempotency_key": task.idempotency_key,
    }
