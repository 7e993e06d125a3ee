"""``Recording``: what became of one request, second by second, kept with a study so that it can be played again.

``study_parts`` is all that a study keeps of jobs, ``read_recordings`` what a replay needs of a saved one; neither that
nor the folder holds a key or the address of anything that could be asked.
"""

from __future__ import annotations

import collections
import dataclasses
import datetime
import hashlib
import json
import os
import re
from collections.abc import Container, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from . import archive
from .config import Mode
from .errors import APIError, ConfigurationError, LibraryError
from .jobs import Job
from .ledger import Events
from .library import Library
from .redaction import GONE, redacted, redacted_values
from .request import ImageRequest
from .results import ImageSet
from .study import FORMAT, FORMAT_VERSION, RECORDINGS, Study, picture_path
from .task import FINAL_STATUSES, Task
from .words import say

if TYPE_CHECKING:
    from .session import Session

# A download that was tried again after a restart is played as one that took a while.
_LONGEST_FETCH = 60.0
_UNANSWERED = Task("", "")

_QUERY = re.compile(r"""(?i)https?://[^\s"'<>?#]*\?([^\s"'<>#]*)""")
# Fields of a query that sign or unlock its address, beside those that ``redacted`` knows.
_UNLOCKING = re.compile(
    r"(?i)(?:oss|google)access(?:key)?id|auth_?key|q-.+|hm|hdn(?:ts|ea)|(?:.*[_-])?(?:sign|sig|signature|token|hmac)"
    r"|auth|authorization|pass(?:word|wd)?|pwd|secret"
)
# Fields that go with a signature, until when it holds and for what, and may be anything in an address without one.
_BESIDE_SIGNATURES = re.compile(
    r"(?i)expires?|expiry|exp|policy|timestamp|ts?|e|ex|is|s[veprsit]|srt|spr|sip|sk(?:oid|tid|t|e|s|v)|sdd|sce"
)


@dataclasses.dataclass(frozen=True)
class Poll:
    """How a task stood ``at`` seconds after it was accepted: the server's ``status`` word, ``progress`` 0 to 100."""

    at: float
    status: str
    progress: float | None


@dataclasses.dataclass(frozen=True)
class Refused:
    """A request that was not accepted: the HTTP ``status``, and the server's own ``code`` and ``message``."""

    status: int
    code: str | None
    message: str | None


@dataclasses.dataclass(frozen=True, kw_only=True)
class Recording:
    """One request and its course.

    Attributes:
        request: what was asked for, pictures of a machine by their content.
        answered: seconds until the POST was answered.
        refused: why it was not accepted, or None.
        task_id: the server's name of the task, or "" where it was refused.
        polls: how the task stood whenever it was asked for, the last one finished.
        pictures: path of each picture within the folder, or None for one that did not come; without those that came
            and were deleted since.
        fetched: seconds each took to come.
        answer: the server's last word on the task.
        queries: what its addresses were told apart by, as ``queries_of`` gives it; None where an earlier version of
            this package recorded it.
    """

    request: ImageRequest
    answered: float
    refused: Refused | None = None
    task_id: str = ""
    polls: tuple[Poll, ...] = ()
    pictures: tuple[str | None, ...] = ()
    fetched: tuple[float, ...] = ()
    answer: Task = _UNANSWERED
    queries: str | None = None

    @classmethod
    def of(cls, job: Job, events: Events, answer: str | None) -> Recording | None:
        """The course of a job by its ``events`` and the server's last ``answer``; None where it cannot be played.

        That is what was never sent, is not over, or was lost on the way: nobody knows what the server would have done.
        And what has no picture left, since all of them were deleted.
        """
        posts = [at for at, kind, _ in events if kind == "post"]
        accepted = next((at for at, kind, _ in reversed(events) if kind == "submitted"), None)
        if not posts or not job.done():
            return None
        if accepted is None:
            return cls._refusal(job, events, posts[-1])
        later = [each for each in events if each[0] >= accepted]
        polls = [
            Poll(at - accepted, detail["status"], detail.get("progress"))
            for at, kind, detail in later
            if kind == "poll" and "status" in detail
        ]
        ends = next((place for place, poll in enumerate(polls) if poll.status in FINAL_STATUSES), None)
        if ends is None or answer is None:
            return None
        came = {detail["index"]: at - accepted - polls[ends].at for at, kind, detail in later if kind == "downloaded"}
        paths = {image.index: picture_path(image) for image in job.images}
        count = max(len(Task.read(json.loads(answer)).images), *(index + 1 for index in paths), 0)
        places = [index for index in range(count) if index in paths or not _had_come(job, index, came)]
        if count and not places:
            return None
        return cls(
            request=job.request,
            answered=accepted - max((at for at in posts if at <= accepted), default=accepted),
            task_id=job.task_id or "",
            polls=tuple(polls[: ends + 1]),
            pictures=tuple(map(paths.get, places)),
            fetched=tuple(min(came.get(index, 0.0), _LONGEST_FETCH) for index in places),
            queries=queries_of(job.request),
        )

    @classmethod
    def _refusal(cls, job: Job, events: Events, sent: float) -> Recording | None:
        error = job.error
        if job.status != "failed" or not isinstance(error, APIError) or error.status_code is None:
            return None
        ended = next((at for at, kind, _ in reversed(events) if kind == "failed"), sent)
        refused = Refused(error.status_code, error.code, error.detail)
        queries = queries_of(job.request)
        return cls(request=job.request, answered=max(0.0, ended - sent), refused=refused, queries=queries)

    def to_json(self) -> dict[str, Any]:
        """The same as plain values."""
        return {
            "request": self.request.to_payload(),
            "answered": _rounded(self.answered),
            "refused": None if self.refused is None else dataclasses.asdict(self.refused),
            "task_id": self.task_id,
            "polls": [[_rounded(poll.at), poll.status, poll.progress] for poll in self.polls],
            "pictures": list(self.pictures),
            "fetched": list(map(_rounded, self.fetched)),
            "queries": self.queries,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any], answer: str | None) -> Recording:
        """The recording that ``to_json`` gave. Raises KeyError, TypeError or ValueError where it is none."""
        refused = value["refused"]
        polls = tuple(Poll(float(at), str(status), progress) for at, status, progress in value["polls"])
        if refused is None and (not polls or polls[-1].status not in FINAL_STATUSES):
            raise ValueError("a task without an end")
        return cls(
            request=ImageRequest.from_payload(value["request"]),
            answered=float(value["answered"]),
            refused=None if refused is None else Refused(**refused),
            task_id=str(value["task_id"]),
            polls=polls,
            pictures=tuple(value["pictures"]),
            fetched=tuple(map(float, value["fetched"])),
            answer=Task.read(json.loads(answer)) if answer else _UNANSWERED,
            queries=None if value.get("queries") is None else str(value["queries"]),
        )


def _rounded(seconds: float) -> float:
    return round(seconds, 3)


def _had_come(job: Job, index: int, came: Container[int]) -> bool:
    """Whether a picture that is not there had come, and was deleted since: then it is no failure of the request."""
    return job.status == "completed" or index in came


@dataclasses.dataclass(frozen=True)
class Recorded:
    """What a replay plays: the ``recordings`` of a study that was saved in ``folder``, and what is said of it."""

    folder: Path
    name: str
    mode: Mode
    origin: str
    created: str
    recordings: tuple[Recording, ...]

    @property
    def days(self) -> tuple[str, str]:
        """The first and the last day on which it was recorded, by the server's account, in UTC."""
        days = [day for each in self.recordings if (day := _day(each.answer.created)) is not None]
        return (min(days), max(days)) if days else (self.created[:10], self.created[:10])

    def describe(self) -> dict[str, Any]:
        """What a study of it says of where it comes from."""
        return {"name": self.name, "mode": self.mode, "origin": self.origin, "days": list(self.days)}


def _day(moment: float | None) -> str | None:
    """The day of a moment in Unix seconds, in UTC; None where it is of no calendar, as one in milliseconds is."""
    if moment is None:
        return None
    try:
        return datetime.datetime.fromtimestamp(moment, datetime.timezone.utc).date().isoformat()
    except (ValueError, OverflowError, OSError):
        return None


def read_recordings(folder: str | os.PathLike[str]) -> Recorded:
    """What ``sweep.export(folder)`` or ``session.export(folder)`` recorded; every hash is checked.

    Raises:
        ConfigurationError: there is no such folder, it is empty, it is no export, or nothing in it can be played.
        LibraryError: a file was changed, is missing, is too much or leads elsewhere; it is of a later version.
    """
    if not isinstance(folder, str | os.PathLike):
        raise ConfigurationError(say("replay.no_path", type=type(folder).__name__))
    place = Path(os.path.expanduser(folder)).absolute()
    if not os.path.isdir(place):
        raise ConfigurationError(say("replay.no_folder", folder=str(place)))
    with archive.read_errors(place):
        names = os.listdir(place)
    if not names:
        raise ConfigurationError(say("replay.empty_folder", folder=str(place)))
    manifest = archive.read(place, FORMAT, FORMAT_VERSION)
    try:
        with archive.read_errors(place):
            kept = json.loads((place / RECORDINGS).read_bytes()) if RECORDINGS in manifest["files"] else {}
            answers = {job_id: _answer(place, job_id) for job_id in kept}
        about = [str(manifest[name]) for name in ("name", "origin", "created")]
        mode: Mode = manifest["mode"]
        recordings = tuple(Recording.from_json(each, answers[job_id]) for job_id, each in kept.items())
        strange = {path for each in recordings for path in each.pictures if path} - set(manifest["files"])
        if strange:
            raise ValueError(strange.pop())
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise LibraryError(say("study.foreign", folder=str(place))) from error
    if mode not in ("live", "sandbox"):
        raise ConfigurationError(say("replay.of_replay", folder=str(place)))
    if not recordings:
        raise ConfigurationError(say("replay.nothing", folder=str(place)))
    return Recorded(place, about[0], mode, about[1], about[2], recordings)


def _answer(place: Path, job_id: str) -> str | None:
    path = place / "answers" / f"{job_id}.json"
    return path.read_text(encoding="utf-8") if path.is_file() else None


# ---- what makes a request the one that was recorded


def comparable(request: ImageRequest) -> ImageRequest:
    """A request as a recording has it: without what a study leaves out of addresses, local pictures by their content.

    >>> print(*comparable(ImageRequest("A fox", image_urls=["https://a.example/1.png?sig=3f2a"])).image_urls)
    https://a.example/1.png?…
    """
    payload = request.with_uploads({picture.sha256: picture.sha256 for picture in request.local_references()})
    safe = {name: value if name == "prompt" else redacted_values(value) for name, value in payload.items()}
    return ImageRequest.from_payload(safe)


def queries_of(request: ImageRequest) -> str:
    """What the queries of a request's addresses say, as a SHA-256 (hex); "" where they say nothing.

    A study leaves queries out, and two pictures may differ in nothing else. What signs or unlocks an address is not
    hashed: a signature is another one every time, and a short password could be found by trying. What stays tells one
    picture from another, and nobody reads it out of the hash who does not know it already.

    >>> first, second, signed = (
    ...     queries_of(ImageRequest("A fox", image_urls=[f"https://a.example/uc?{query}"]))
    ...     for query in ("id=1", "id=2", "Expires=1764000000&id=1&sig=3f2a")
    ... )
    >>> first == second, first == signed
    (False, True)
    """
    payload = {name: value for name, value in request.to_payload().items() if name != "prompt"}
    said = list(map(_without_signature, _QUERY.findall(json.dumps(payload, ensure_ascii=False, sort_keys=True))))
    return hashlib.sha256(json.dumps(said).encode()).hexdigest() if any(said) else ""


def _without_signature(query: str) -> list[str]:
    """The fields of a query that say what lies behind it, and not who may have it."""
    fields = {part: unquote(part.partition("=")[0]) for part in query.split("&") if part}
    unlocking = {part for part, name in fields.items() if _unlocks(name)}
    beside = {part for part, name in fields.items() if unlocking and _BESIDE_SIGNATURES.fullmatch(name)}
    return [part for part in fields if part not in unlocking | beside]


def _unlocks(name: str) -> bool:
    field = f"{name}=x"
    return redacted(field) != field or _UNLOCKING.fullmatch(name) is not None


def asked(request: ImageRequest) -> tuple[str, str]:
    """What stands for a request: the fingerprint of what a recording has of it, and what its addresses say beside.

    >>> asked(ImageRequest("A fox", image_urls=["https://a.example/1.png?sig=3f2a"])) == asked(
    ...     ImageRequest("A fox", size="1:1", image_urls=["https://a.example/1.png?sig=9c41"]))
    True
    """
    return comparable(request).fingerprint(), queries_of(request)


def by_request(recordings: Iterable[Recording]) -> dict[tuple[str, str | None], list[Recording]]:
    """Recordings by what stands for their request, each in the order they were made.

    Those of an earlier version have None in the place of what their addresses said, which nobody knows any more.
    """
    found: dict[tuple[str, str | None], list[Recording]] = {}
    for recording in recordings:
        name = comparable(recording.request).fingerprint(), recording.queries
        found.setdefault(name, []).append(recording)
    return found


# ---- what a study keeps of jobs


def waited(job: Job) -> float | None:
    """Seconds from the sending of a job's request to its pictures, its wait in the queue left out."""
    sent = next((event.at for event in job.events if event.kind == "sending"), None)
    return None if sent is None or job.ended is None else max(0.0, job.ended - sent)


def rows_of(job: Job, beside: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One row a picture of a job, as ``tables.COLUMNS`` has them, with what else is known ``beside``."""
    cost = job.cost
    # What a picture was billed does not grow when another of its request is deleted.
    share = cost.amount / len(job.images) if cost is not None and job.images else None
    known = {
        "job_id": job.id,
        "waited": waited(job),
        "generated": job.generated,
        "cost_unit": cost.unit if cost else None,
        "cost_source": cost.source if cost else None,
        "cost_estimated": cost.estimated if cost else None,
    }
    rows = [{**row, "cost": share if row["cost"] is None else row["cost"]} for row in job.images.to_records()]
    return [{**row, **known, **{name: value for name, value in beside.items() if name not in row}} for row in rows]


def study_parts(library: Library, jobs: Sequence[Job]) -> dict[str, Any]:
    """Payloads, answers, events, failures and recordings of ``jobs``, as ``Study`` takes them.

    What could be played is recorded of live pictures and drawings; a replay is never recorded again, whose times may
    not be the true ones.

    Raises:
        LibraryError: the library cannot be read.
    """
    rows = {job.id: library.job(job.id) or {} for job in jobs}
    answers = {job_id: row["answer"] for job_id, row in rows.items() if row.get("answer")}
    failed = {job.id: str(job.error) for job in jobs if job.error is not None and job.status != "cancelled"}
    courses = (
        (job.id, Recording.of(job, library.events(job.id), answers.get(job.id)))
        for job in jobs
        if job.mode in ("live", "sandbox")
    )
    events = {job.id: [_without_place(str(event), library) for event in job.events] for job in jobs}
    return {
        "payloads": {job_id: row["payload"] for job_id, row in rows.items() if row.get("payload")},
        "answers": answers,
        "events": events,
        # Without what stands in one alone, so that equal reasons count together.
        "failures": {
            job.id: _without_place(failed[job.id].replace(job.task_id or "\0", "the task"), library)
            for job in jobs
            if job.id in failed
        },
        "recordings": {job_id: course.to_json() for job_id, course in courses if course is not None},
    }


def study_of(session: Session, jobs: Sequence[Job], *, name: str) -> Study:
    """Jobs of a session that are no plan of anything, as a study: their requests in the order they were made."""
    in_order = sorted(jobs, key=lambda job: job.created)
    repeats: collections.Counter[str] = collections.Counter()
    records = []
    for job in in_order:
        same = job.request.fingerprint()
        records += rows_of(job, {"sweep": name, "repeat": repeats[same]})
        repeats[same] += 1
    images = ImageSet(image for job in in_order for image in job.images)
    return Study(
        name=name,
        mode=session.mode,
        origin=session.origin,
        plan={"requests": len(in_order)},
        images=images,
        records=records,
        ratings=session.library.decisions_about(image.sha256 for image in images),
        **study_parts(session.library, in_order),
    )


def _without_place(text: str, library: Library) -> str:
    """What was said without where on this machine pictures are kept, or anything of its user's."""
    home = str(Path.home())
    text = text if library.folder is None else text.replace(str(library.folder), GONE)
    return text.replace(home, GONE) if len(home) > 1 else text
