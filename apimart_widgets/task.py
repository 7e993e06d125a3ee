"""What the server said, as values: ``Task``, ``Upload``, ``Balance``, and its prices as a ``PriceList``.

Servers of this API answer in two shapes and several dialects (``url`` a list or a string, ``error`` an object or a
string, ``code`` a number or a string). These readers take all of them, ignore what they do not know, and never raise
on content: what is missing is None, and a status word they do not know counts as still running.
"""

from __future__ import annotations

import dataclasses
import json
import math
import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from .catalog import PriceList, money
from .fact_table import fact_table
from .words import say

FINAL_STATUSES = ("completed", "failed", "cancelled")


@dataclasses.dataclass(frozen=True)
class ResultURL:
    """Where one finished picture lies, and until when (Unix seconds, or None where the server did not say)."""

    url: str
    expires_at: float | None = None


@dataclasses.dataclass(frozen=True)
class ErrorDetail:
    """What the server gave as the reason: its ``code``, ``message`` and ``type`` as text, each possibly empty."""

    code: str = ""
    message: str = ""
    type: str = ""
    param: str = ""


@dataclasses.dataclass(frozen=True)
class Task:
    """The server's record of one generation request (documentation, "Task status").

    Attributes:
        id: the server's name for it.
        status: the server's word in lower case: "submitted", "pending", "processing", "completed", "failed",
            "cancelled", or another, which counts as running.
        progress: 0 to 100, or None.
        images: where the finished pictures lie.
        error: the reason, once failed.
        created, completed: Unix seconds. estimated_time, actual_time: seconds.
        cost, credits_cost: what was billed, where the server says.
        replayed: whether the server recognised the idempotency key and answered with the task it already had.
        answer: of a finished task the whole answer as JSON, its addresses without what signs them; "" of another.

    >>> Task.read({"code": 200, "data": [{"status": "submitted", "task_id": "task_01"}]}).id
    'task_01'
    >>> task = Task.read({"data": {"id": "t", "status": "completed", "result": {"images": [{"url": ["a", "b"]}]}}})
    >>> [image.url for image in task.images], task.finished
    (['a', 'b'], True)
    """

    id: str
    status: str
    progress: float | None = None
    images: tuple[ResultURL, ...] = ()
    error: ErrorDetail | None = None
    created: float | None = None
    completed: float | None = None
    estimated_time: float | None = None
    actual_time: float | None = None
    cost: float | None = None
    credits_cost: float | None = None
    replayed: bool = False
    answer: str = dataclasses.field(default="", repr=False, compare=False)

    @property
    def generated(self) -> float | None:
        """Seconds it took by the server's account, or None where that does not say."""
        if self.actual_time is not None:
            return self.actual_time
        if self.created is None or self.completed is None:
            return None
        return max(0.0, self.completed - self.created)

    @property
    def finished(self) -> bool:
        """Whether nothing more will happen to it on the server."""
        return self.status in FINAL_STATUSES

    @classmethod
    def read(cls, body: Any, *, task_id: str = "", replayed: bool = False) -> Task:
        """A task from a submit or status answer; ``task_id`` stands in where the answer names none."""
        data = _record(body)
        info = data.get("task_info")
        info = info if isinstance(info, Mapping) else {}
        status = str(data.get("status") or "").strip().lower()
        status = "cancelled" if status == "canceled" else status
        progress = number(data.get("progress"))
        estimates = (data.get("estimated_time"), info.get("estimated_time"))
        return cls(
            id=_text(data.get("task_id")) or _text(data.get("id")) or task_id,
            status=status,
            progress=None if progress is None else min(max(progress, 0.0), 100.0),
            images=tuple(_result_urls(data.get("result"))),
            error=error_detail(data.get("error")),
            created=number(data.get("created")),
            completed=number(data.get("completed")),
            estimated_time=next(filter(None, map(number, estimates)), None),
            actual_time=number(data.get("actual_time")),
            cost=_bill(data.get("cost")),
            credits_cost=_bill(data.get("credits_cost")),
            replayed=replayed,
            answer=_unsigned(body) if status in FINAL_STATUSES else "",
        )


@dataclasses.dataclass(frozen=True)
class Upload:
    """A picture the server keeps for 72 hours (documentation, "Image upload").

    ``created_at`` is in Unix seconds, ``bytes`` the size of the file; None where the server did not say.
    """

    url: str
    filename: str = ""
    content_type: str = ""
    bytes: int | None = None
    created_at: float | None = None

    @classmethod
    def read(cls, body: Any) -> Upload:
        """An upload from its answer; ``url`` is empty where the answer held none.

        >>> Upload.read({"url": "https://files.example/a.png", "bytes": 12}).bytes
        12
        """
        data = _record(body)
        size = number(data.get("bytes"))
        return cls(
            url=_text(data.get("url")),
            filename=_text(data.get("filename")),
            content_type=_text(data.get("content_type")),
            bytes=None if size is None else int(size),
            created_at=number(data.get("created_at")),
        )


@dataclasses.dataclass(frozen=True)
class Balance:
    """What a key or an account may still spend (documentation, "Balance").

    Attributes:
        remaining: money left, or None when unlimited or not said.
        used: money spent so far.
        unlimited: whether there is no limit.
        remaining_credits, used_credits: the same in the vendor's credits, where the server says.
    """

    remaining: float | None
    used: float | None
    unlimited: bool = False
    remaining_credits: float | None = None
    used_credits: float | None = None

    @classmethod
    def read(cls, body: Any) -> Balance:
        """A balance from its answer.

        >>> Balance.read({"success": True, "remain_balance": -1, "used_balance": 2.3, "unlimited_quota": True})
        Balance(remaining=None, used=2.3, unlimited=True, remaining_credits=None, used_credits=None)
        """
        data = _record(body)
        remaining = number(data.get("remain_balance"))
        unlimited = data.get("unlimited_quota") is True or remaining == -1
        return cls(
            remaining=None if unlimited else remaining,
            used=number(data.get("used_balance")),
            unlimited=unlimited,
            remaining_credits=None if unlimited else number(data.get("remain_credits")),
            used_credits=number(data.get("used_credits")),
        )

    def _repr_html_(self) -> str:
        amounts = {
            "balance.remaining": say("balance.unlimited") if self.unlimited else _amount(self.remaining, "USD"),
            "balance.used": _amount(self.used, "USD"),
            "balance.remaining_credits": _amount(self.remaining_credits, "credits"),
            "balance.used_credits": _amount(self.used_credits, "credits"),
        }
        return fact_table(say("balance.title"), [(say(key), amount) for key, amount in amounts.items() if amount])


def _amount(amount: float | None, unit: str) -> str:
    return "" if amount is None else money(amount, unit)


@dataclasses.dataclass(frozen=True)
class Cost:
    """What a job was billed.

    ``amount`` in ``unit`` ("USD" or "credits"); ``estimated`` is False where the server itself said so, and True where
    it stands for price times pictures by the list named in ``source``.

    >>> str(Cost(0.05, "USD", "APIMart", estimated=True)), float(Cost(0.05, "USD", "APIMart", estimated=False))
    ('about $0.05', 0.05)
    """

    amount: float
    unit: str
    source: str
    estimated: bool

    def __float__(self) -> float:
        return self.amount

    def __str__(self) -> str:
        return f"about {money(self.amount, self.unit)}" if self.estimated else money(self.amount, self.unit)


def read_prices(body: Any, *, source: str, date: str) -> PriceList | None:
    """The price list of a pricing answer, or None where it holds no price.

    ``discount_rate`` is not applied: it is not known whether the listed prices already contain it, and an estimate
    that is too high is the lesser evil.

    >>> body = {"data": {"size_quality_prices": {"1:1": {"low": 0.04}}}}
    >>> read_prices(body, source="example", date="2026-01-01").per_image("1:1", None, "low")
    (0.04, 0.04)
    """
    data = _record(body)
    table = data.get("size_quality_prices")
    prices: dict[tuple[str, str], float] = {}
    for size, by_quality in table.items() if isinstance(table, Mapping) else ():
        for quality, listed in by_quality.items() if isinstance(by_quality, Mapping) else ():
            price = number(listed)
            if price is not None and price >= 0:
                prices[str(size), str(quality)] = price
    # A flat price of zero beside no table means "not priced this way", never "free".
    flat = number(data.get("model_price"))
    flat = flat if flat is not None and flat > 0 else None
    if not prices and flat is None:
        return None
    return PriceList(MappingProxyType(prices), "USD", source, date, flat)


def error_detail(error: Any) -> ErrorDetail | None:
    """The reason in an answer's ``error``, object or string; None where there is none.

    >>> error_detail({"code": 401, "message": "no"}), error_detail("boom").message, error_detail(None)
    (ErrorDetail(code='401', message='no', type='', param=''), 'boom', None)
    """
    if isinstance(error, Mapping) and error:
        return ErrorDetail(*(_text(error.get(name)) for name in ("code", "message", "type", "param")))
    return ErrorDetail(message=_text(error)) if error else None


def number(value: Any) -> float | None:
    """``value`` as a finite number, quoted ones too; None for anything else.

    >>> number("2.5"), number(True), number(float("nan"))
    (2.5, None, None)
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def _bill(value: Any) -> float | None:
    """What was billed. Less than nothing, with which this API says "unlimited" of a balance, would lift a budget."""
    found = number(value)
    return None if found is not None and found < 0 else found


def _unsigned(body: Any) -> str:
    """An answer as JSON, its addresses cut where what signs them begins.

    >>> _unsigned({"url": ["https://files.example/a.png?sig=secret"]})
    '{"url": ["https://files.example/a.png"]}'
    """
    return re.sub(r"(https?://[^\s\"\\?#]+)[?#][^\s\"\\]*", r"\1", json.dumps(body, ensure_ascii=False, default=str))


def _text(value: Any) -> str:
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def _record(body: Any) -> Mapping[str, Any]:
    """The mapping that carries the fields: ``data``, its first entry, or the body itself."""
    if not isinstance(body, Mapping):
        return {}
    data = body.get("data", body)
    if isinstance(data, list):
        data = data[0] if data else {}
    return data if isinstance(data, Mapping) else {}


def _result_urls(result: Any) -> Iterator[ResultURL]:
    images = result.get("images") if isinstance(result, Mapping) else None
    for entry in images if isinstance(images, list) else ():
        urls = entry.get("url") if isinstance(entry, Mapping) else entry
        expires_at = number(entry.get("expires_at")) if isinstance(entry, Mapping) else None
        if expires_at is not None and expires_at <= 0:  # how some servers say that they do not say
            expires_at = None
        for url in urls if isinstance(urls, list) else [urls]:
            if isinstance(url, str) and url:
                yield ResultURL(url, expires_at)
