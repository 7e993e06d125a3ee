"""What went over the wire for a job, as text: for lessons on asynchronous APIs, and for bug reports.

It is made of what the job and the ledger know. Rows written by earlier versions know less (no status, no seconds), and
those parts are left out. The key is in none of it, nor what signs an address.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .redaction import redacted, redacted_values
from .task import Task
from .version import VERSION
from .words import Language, say

if TYPE_CHECKING:
    from .jobs import Event, Job

_MOST_POLLS = 300
_LONGEST_POLLS = 48_000
# Of a line about a poll, beside its reason.
_LINE = 100
_LONGEST_BODY = 60_000
_INDENT = "    "
_HEADERS = ("Authorization: Bearer $APIMART_API_KEY", "Content-Type: application/json")


def wire_record(job: Job, language: Language = "en") -> str:
    """The record of ``job``; ``Job.report`` says what stands in it."""
    return "\n".join(_Record(job, language).lines()) + "\n"


class _Record:
    def __init__(self, job: Job, language: Language) -> None:
        self._job = job
        self._language = language
        self._events = job.events
        self._day: datetime.date | None = None
        self._body_shown = False
        answer = _read(job._answer)
        self._answer = answer
        self._addresses = [image.url for image in Task.read(answer).images] if answer is not None else []

    def lines(self) -> Iterator[str]:
        job = self._job
        yield self._say("wire.head", job=job.id, status=job.status, seconds=f"{job.elapsed:.1f}")
        yield f"apimart-widgets {VERSION}, {job.mode}, {redacted(job.origin)}"
        yield f"Idempotency-Key: {job.idempotency_key}"
        if job.cost is not None:
            yield self._say("wire.cost", cost=job.cost, source=job.cost.source)
        yield self._say("wire.key")
        yield self._say("wire.times")
        events, left_out = _thinned(self._events)
        for place, event in enumerate(events):
            if left_out and place == left_out[0]:
                key = "wire.polls_and_retries_left_out" if left_out[2] else "wire.polls_left_out"
                yield _INDENT + self._say(key, n=left_out[1], retries=left_out[2])
            yield from self._told(event)
        if not self._body_shown:
            yield ""
            yield self._say("wire.sent_body" if job._payload else "wire.unsent_body")
            yield from self._body()
        if self._answer is not None:
            yield ""
            yield self._say("wire.last_answer")
            yield from _indented(self._answer)

    def _told(self, event: Event) -> Iterator[str]:
        moment = datetime.datetime.fromtimestamp(event.at, datetime.timezone.utc)
        if moment.date() != self._day:
            self._day = moment.date()
            yield ""
            yield f"{self._day.isoformat()} UTC"
        since = f"{event.at - self._job.created:+.3f} s"
        time = moment.strftime("%H:%M:%S.%f")[:-3]
        yield f"{time}  {since:>10}  {redacted(self._what(event))}".rstrip()
        if event.kind == "post" and not self._body_shown:
            yield from (_INDENT + line for line in (*_HEADERS, f"Idempotency-Key: {self._job.idempotency_key}"))
            yield from self._body()
        if isinstance(answer := event.detail.get("answer"), str):
            yield from _indented(_read(answer), answer)

    def _body(self) -> Iterator[str]:
        self._body_shown = True
        payload = self._job._payload
        sent = payload.decode(errors="replace") if payload else self._job.request.as_json()
        yield from _indented(_read(sent), sent)

    def _what(self, event: Event) -> str:
        """What happened, in one line."""
        tell = _TELLERS.get(event.kind)
        if tell is not None:
            return tell(self, event.detail)
        key = _PLAIN.get(event.kind)
        # Of an end, the answer to the POST that brought it.
        answered = self._answered(event.detail) if "status_code" in event.detail else ""
        return _joined(answered, self._say(key) if key else event.kind, self._because(event.detail))

    # ---- kinds of events

    def _sending(self, detail: Mapping[str, Any]) -> str:
        return self._say("wire.sending", bytes=f"{detail.get('bytes', 0):,}")

    def _uploading(self, detail: Mapping[str, Any]) -> str:
        return self._say("wire.uploading", n=detail.get("pictures", 0))

    def _downloading(self, detail: Mapping[str, Any]) -> str:
        return self._say("wire.downloading", n=detail.get("pictures", 0))

    def _not_kept(self, detail: Mapping[str, Any]) -> str:
        return _joined(self._say("wire.not_kept", number=int(detail.get("index", 0)) + 1), self._because(detail))

    def _post(self, detail: Mapping[str, Any]) -> str:
        again = self._say("wire.again") if detail.get("again") or detail.get("attempt", 1) > 1 else ""
        attempt = self._say("wire.attempt", n=detail.get("attempt", 1))
        return _joined(f"→ POST {self._job.origin}/v1/images/generations", attempt, again)

    def _submitted(self, detail: Mapping[str, Any]) -> str:
        replayed = self._say("wire.replayed") if detail.get("replayed") else ""
        task = self._say("wire.task", task_id=detail.get("task_id"))
        return _joined(self._answered(detail), task, replayed, str(detail.get("doubt") or ""))

    def _poll(self, detail: Mapping[str, Any]) -> str:
        call = f"→ GET /v1/tasks/{self._job.task_id}"
        if "because" in detail:
            return _joined(call, self._answered(detail), self._because(detail))
        progress, expected = detail.get("progress"), detail.get("estimated_time")
        known = [str(detail.get("status", ""))]
        known += [f"{progress:g} %"] if progress is not None else []
        known += [self._say("wire.expected", seconds=f"{expected:g}")] if expected else []
        return _joined(call, self._answered(detail), ", ".join(filter(None, known)))

    def _retry(self, detail: Mapping[str, Any]) -> str:
        call = {"poll": "GET /v1/tasks", "upload": "POST /v1/uploads/images"}.get(detail.get("call", ""), "")
        if "index" in detail:
            call = f"GET {self._address(detail['index'])}"
        anew = self._say("wire.address_anew") if detail.get("call") == "address" else ""
        wait = self._say("wire.wait", seconds=f"{detail.get('wait', 0.0):.1f}")
        return _joined(self._answered(detail), call, self._because(detail), anew, wait)

    def _uploaded(self, detail: Mapping[str, Any]) -> str:
        file = self._say("wire.file", name=detail.get("name"), bytes=f"{detail.get('bytes', 0):,}")
        return _joined("→ POST /v1/uploads/images", file, self._answered(detail))

    def _downloaded(self, detail: Mapping[str, Any]) -> str:
        size = self._say("wire.bytes", bytes=f"{detail.get('bytes', 0):,}", format=detail.get("format", ""))
        return _joined(f"→ GET {self._address(detail.get('index', 0))}", self._answered(detail), size)

    # ---- parts of a line

    def _answered(self, detail: Mapping[str, Any]) -> str:
        """``← 200 in 0.041 s (req_1)``, as far as it is known."""
        parts = ["←"]
        if "status_code" in detail:
            parts.append(str(detail["status_code"]))
        if "seconds" in detail:
            parts.append(self._say("wire.seconds", seconds=f"{detail['seconds']:.3f}"))
        if "request_id" in detail:
            parts.append(f"({detail['request_id']})")
        return " ".join(parts)

    def _because(self, detail: Mapping[str, Any]) -> str:
        return str(detail.get("because") or "")

    def _address(self, index: Any) -> str:
        known = isinstance(index, int) and 0 <= index < len(self._addresses)
        return self._addresses[index] if known else self._say("wire.picture", number=int(index) + 1)

    def _say(self, key: str, **values: Any) -> str:
        return say(key, **values).to(self._language)


_TELLERS: Mapping[str, Callable[[_Record, Mapping[str, Any]], str]] = {
    "uploading": _Record._uploading,
    "uploaded": _Record._uploaded,
    "sending": _Record._sending,
    "post": _Record._post,
    "retry": _Record._retry,
    "submitted": _Record._submitted,
    "poll": _Record._poll,
    "downloading": _Record._downloading,
    "downloaded": _Record._downloaded,
    "not kept": _Record._not_kept,
}
_PLAIN: Mapping[str, str] = {
    "queued": "wire.queued",
    "processing": "wire.processing",
    "completed": "wire.completed",
    "failed": "wire.failed",
    "unknown": "wire.unknown",
    "cancelled": "wire.cancelled",
    "discarded": "wire.discarded",
    "picked up": "wire.picked_up",
    "followed": "wire.followed",
    "not recorded": "wire.not_recorded",
}


def _joined(*parts: str) -> str:
    """The parts there are, on one line."""
    return "  ".join(" ".join(part.split()) for part in parts if part)


def _thinned(events: Sequence[Event]) -> tuple[list[Event], tuple[int, int, int] | None]:
    """The events without the middle of very many polls and their retries.

    Returns:
        What is left; and where the others stood, how many polls they were, and how many retries; None if none.
    """
    polling = [place for place, event in enumerate(events) if _is_of_polling(event)]
    ends = _MOST_POLLS // 2
    # An outage gives every line a long reason.
    while ends > 1 and _length(events, set(polling) - set(polling[ends:-ends])) > _LONGEST_POLLS:
        ends //= 2
    dropped = polling[ends:-ends]
    if not dropped:
        return list(events), None
    gone = set(dropped)
    polls = sum(events[place].kind == "poll" for place in dropped)
    kept = [event for place, event in enumerate(events) if place not in gone]
    return kept, (dropped[0], polls, len(dropped) - polls)


def _is_of_polling(event: Event) -> bool:
    return event.kind == "poll" or (event.kind == "retry" and event.detail.get("call") == "poll")


def _length(events: Sequence[Event], places: Iterable[int]) -> int:
    """Characters that tell of the polls and retries at these places, about."""
    return sum(_LINE + len(str(events[place].detail.get("because") or "")) for place in places)


def _read(text: str | None) -> Any:
    """JSON as values, or None."""
    try:
        return json.loads(text) if text else None
    except (ValueError, RecursionError):
        return None


def _indented(value: Any, text: str = "") -> Iterator[str]:
    """A body of JSON without what must not be told; ``text`` is what it was, where that could not be read."""
    shown = redacted(text) if value is None else json.dumps(redacted_values(value), ensure_ascii=False, indent=2)
    if len(shown) > _LONGEST_BODY:
        shown = shown[:_LONGEST_BODY] + "…"
    yield from (_INDENT + line for line in shown.splitlines())
