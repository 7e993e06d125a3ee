"""``Replay``: the API as it once answered. It speaks HTTP to the client and knows nothing but what was recorded.

Nothing is drawn, asked or billed. A request that was recorded gets the recorded course: its answer, how the task stood
whenever it was asked for, and its pictures, each after the recorded time. One that was not is refused by name.
"""

from __future__ import annotations

import asyncio
import dataclasses
import difflib
import functools
import hashlib
import heapq
import itertools
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import httpx

from .config import Mode
from .errors import BadRequestError, ConfigurationError
from .gallery import shortened
from .loop import Clock, IOThread
from .recording import Poll, Recorded, Recording, asked, by_request, comparable, queries_of
from .reference import local_url
from .request import DEFAULTS, FIELDS, ImageRequest
from .rules import amount, as_typed
from .words import Sentence, say

REPLAY_ORIGIN = "https://replay.apimart.invalid"

_FILES = "/f/"
_NEAREST = 3
_PROMPT_SHOWN = 80
_DIFFERENCE_SHOWN = 40
# Prompts are held against each other by so many characters of their beginning and of their end, closely only the most
# promising: what compares texts takes the square of their length, and a prompt may have thousands of characters.
_COMPARED = 150
_COMPARED_CLOSELY = 8
# Seconds. Who asks so little before the recorded client was answered is kept waiting, as the server kept that one.
_PATIENCE = 2.0
# A call is given up after a minute.
_LONGEST_ANSWER = 50.0
_ALWAYS_NAMED = ("size", "quality", "n")
_NEVER_NAMED = ("prompt", "extra_body")
_COUNTED = ("image_urls", "mask_url")
_WITH_ADDRESSES = (*_COUNTED, "extra_body")


@dataclasses.dataclass
class _Playing:
    """A recording that was asked for.

    ``id`` is its task's, ``accepted`` when that was (seconds of the clock), ``told`` how many of its polls were.
    """

    id: str
    recording: Recording
    accepted: float
    told: int = 0


class Replay(httpx.AsyncBaseTransport):
    """An httpx transport that answers from what was ``recorded``, ``speed`` times as fast.

    >>> from apimart_widgets.recording import Recorded
    >>> from apimart_widgets.loop import Clock, io_thread
    >>> from pathlib import Path
    >>> replay = Replay(Recorded(Path(), "foxes", "live", "", "", ()), speed=2, clock=Clock(), io=io_thread())
    >>> replay.mode, replay.times(ImageRequest("A red fox"))
    ('replay', 0)
    """

    def __init__(self, recorded: Recorded, *, speed: float, clock: Clock, io: IOThread) -> None:
        times = amount(speed)
        if times is None or times <= 0:
            raise ConfigurationError(say("replay.speed", value=as_typed(speed)))
        self.recorded = recorded
        self.speed = times
        self._clock = clock
        self._io = io
        self._recordings = by_request(recorded.recordings)
        self._played: dict[tuple[str, str | None], int] = {}
        self._by_key: dict[str, _Playing] = {}
        self._tasks: dict[str, _Playing] = {}

    @property
    def mode(self) -> Mode:
        """Of its pictures: "replay", or "sandbox replay" where drawings were recorded."""
        return "sandbox replay" if self.recorded.mode == "sandbox" else "replay"

    def times(self, request: ImageRequest) -> int:
        """How often a request was recorded."""
        return len(self._recordings.get(self._name(request), ()))

    def _name(self, request: ImageRequest) -> tuple[str, str | None]:
        """What a request has in ``_recordings``, if anything: there may be one of an earlier version."""
        name = asked(request)
        return name if name in self._recordings else (name[0], None)

    def check_repeat(self, request: ImageRequest, repeat: int) -> None:
        """Refuse a repeat (from 0) that was not recorded: another's pictures would pass for new ones.

        Raises:
            ConfigurationError: with how often it was recorded.
        """
        times = self.times(request)
        if 0 < times <= repeat:
            raise ConfigurationError(say("replay.fewer_repeats", request=_in_words(request), times=times))

    # ---- the calls

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one call of the API, or of where its pictures lie."""
        path = request.url.path
        match request.method, path:
            case "POST", "/v1/images/generations":
                return await self._generate(json.loads(await request.aread()), request.headers["Idempotency-Key"])
            case "POST", "/v1/uploads/images":
                return _upload(await request.aread(), request.headers["Content-Type"])
            case "GET", "/v1/balance" | "/v1/user/balance":
                return httpx.Response(200, json={"success": True, "remain_balance": 0, "used_balance": 0})
            case "GET", _ if path.startswith("/v1/tasks/"):
                return await self._task(path.removeprefix("/v1/tasks/"))
            case "GET", _ if path.startswith(_FILES):
                return await self._picture(path.removeprefix(_FILES))
        return _refusal(404, "not_found", f"A replay has no {request.method} {path}.")

    async def _generate(self, payload: Mapping[str, Any], key: str) -> httpx.Response:
        known = self._by_key.get(key)
        if known is not None:
            return _answer_to(known, replayed=True)
        wanted = ImageRequest.from_payload(payload)
        name = self._name(wanted)
        if name not in self._recordings:
            # Other tasks go on meanwhile: there may be thousands of prompts to look through.
            refusal = await self._io.work(self._not_recorded, wanted)
            # Raised and not sent: a sentence of ours is said in the user's language, and not cut as another's is.
            raise BadRequestError(refusal, code="not_recorded", status_code=400)
        turn = self._played[name] = self._played.get(name, 0) + 1
        recordings = self._recordings[name]
        recording = recordings[(turn - 1) % len(recordings)]
        await self._wait(min(recording.answered / self.speed, _LONGEST_ANSWER))
        round_ = (turn - 1) // len(recordings)
        # Asked for once more, it is another task with the same pictures.
        task_id = recording.task_id + (f"-{round_ + 1}" if round_ else "")
        playing = _Playing(task_id, recording, self._clock.monotonic())
        self._by_key[key] = self._tasks[task_id] = playing
        return _answer_to(playing)

    async def _task(self, task_id: str) -> httpx.Response:
        playing = self._tasks.get(task_id)
        if playing is None:
            return _refusal(404, "task_not_found", "This replay has no task of this id.")
        polls = playing.recording.polls
        since = self._clock.monotonic() - playing.accepted
        past = sum(poll.at / self.speed <= since for poll in polls)
        if playing.told >= past and past < len(polls) and (wait := polls[past].at / self.speed - since) <= _PATIENCE:
            await self._wait(wait)
            past += 1
        playing.told = max(playing.told, past)
        poll = polls[past - 1] if past else Poll(0.0, "submitted", None)
        return httpx.Response(200, json={"code": 200, "data": self._told(playing, poll)})

    def _told(self, playing: _Playing, poll: Poll) -> dict[str, Any]:
        """What the server said of a task when it stood as ``poll`` has it."""
        recording = playing.recording
        answer = recording.answer
        data: dict[str, Any] = {"id": playing.id, "status": poll.status, "progress": poll.progress}
        if answer.estimated_time is not None:
            data["estimated_time"] = answer.estimated_time / self.speed
        if poll is not recording.polls[-1]:
            return data
        data |= {"created": answer.created, "completed": answer.completed, "actual_time": answer.actual_time}
        if poll.status == "completed":
            places = range(len(recording.pictures))
            data["result"] = {"images": [{"url": f"{REPLAY_ORIGIN}{_FILES}{playing.id}/{place}"} for place in places]}
            data["cost"] = 0
        elif answer.error is not None:
            data["error"] = dataclasses.asdict(answer.error)
        return data

    async def _picture(self, name: str) -> httpx.Response:
        task_id, _, place = name.rpartition("/")
        playing = self._tasks.get(task_id)
        path = playing.recording.pictures[int(place)] if playing is not None else None
        if playing is None or path is None:
            return _refusal(410, "gone", "This picture was not recorded.")
        await self._wait(playing.recording.fetched[int(place)] / self.speed)
        try:
            data = await self._io.work((self.recorded.folder / path).read_bytes)
        except OSError:
            data = b""
        if hashlib.sha256(data).hexdigest() not in path:
            return _refusal(410, "gone", "The file of this picture is gone from the folder, or was changed.")
        return httpx.Response(200, content=data)

    async def _wait(self, seconds: float) -> None:
        if seconds > 0:
            await self._clock.sleep(seconds)
        else:
            await asyncio.sleep(0)

    # ---- what was not recorded

    @functools.cached_property
    def _requests(self) -> Mapping[ImageRequest, set[str | None]]:
        """What was recorded, as ``comparable`` has it, and what the addresses of each said beside."""
        found: dict[ImageRequest, set[str | None]] = {}
        for (_, queries), recordings in self._recordings.items():
            found.setdefault(comparable(recordings[0].request), set()).add(queries)
        return found

    def _not_recorded(self, wanted: ImageRequest) -> Sentence:
        safe, queries = comparable(wanted), queries_of(wanted)
        known = {queries, None}
        nearest = [
            _beside(safe, each, same_queries=not known.isdisjoint(self._requests[each]))
            for each in _nearest(safe, self._requests)
        ]
        listed = functools.reduce(lambda first, second: say("replay.and", first=first, second=second), nearest)
        counts = {"requests": len(self._recordings), "prompts": len({each.prompt for each in self._requests})}
        return say("replay.not_recorded", asked=_in_words(safe), nearest=listed, **counts)


def _nearest(wanted: ImageRequest, recorded: Iterable[ImageRequest]) -> list[ImageRequest]:
    """The recorded requests that are nearest; another prompt counts for more than all settings."""
    alike = _alike(wanted.prompt, dict.fromkeys(each.prompt for each in recorded))

    def distance(other: ImageRequest) -> float:
        return (1 - alike[other.prompt]) * len(FIELDS) + _settings_apart(wanted, other)

    return heapq.nsmallest(_NEAREST, (each for each in recorded if each.prompt in alike), key=distance)


def _alike(prompt: str, others: Iterable[str]) -> dict[str, float]:
    """How much the prompts that are most like ``prompt`` are, 0 to 1; in a time that does not grow with their length.

    >>> _alike("A red fix", ["A red fox", "An owl"])
    {'A red fox': 0.888..., 'An owl': 0.266...}
    """
    matcher = difflib.SequenceMatcher(None, b=_ends(prompt), autojunk=False)

    def roughly(other: str) -> float:
        matcher.set_seq1(_ends(other))
        return matcher.quick_ratio()

    def closely(other: str) -> float:
        matcher.set_seq1(_ends(other))
        return matcher.ratio()

    return {other: closely(other) for other in heapq.nlargest(_COMPARED_CLOSELY, others, key=roughly)}


def _ends(prompt: str) -> str:
    short = len(prompt) <= 2 * _COMPARED
    return (prompt if short else prompt[:_COMPARED] + prompt[-_COMPARED:]).casefold()


def _settings_apart(one: ImageRequest, other: ImageRequest) -> int:
    return sum(bool(getattr(one, name) != getattr(other, name)) for name in FIELDS if name != "prompt")


def _in_words(request: ImageRequest) -> Sentence:
    """A request in a sentence: its prompt, and the settings that tell it from others."""
    settings = [f"{name} {getattr(request, name)}" for name in _ALWAYS_NAMED]
    for name in FIELDS:
        value = getattr(request, name)
        if name not in (*_ALWAYS_NAMED, *_NEVER_NAMED) and value != DEFAULTS[name]:
            shown = value if name not in _COUNTED else 1 if isinstance(value, str) else len(value)
            settings.append(f"{name} {shown}"[:_PROMPT_SHOWN])
    return say("replay.request", prompt=_shown(request), settings=", ".join(settings))


def _beside(wanted: ImageRequest, other: ImageRequest, *, same_queries: bool) -> Sentence:
    """A recorded request in words, and where it differs from ``wanted`` without their showing it."""
    unseen = list(_unseen(wanted, other))
    if not same_queries and all(getattr(wanted, name) == getattr(other, name) for name in _WITH_ADDRESSES):
        unseen.append(say("replay.other_query"))
    if not unseen:
        return _in_words(other)
    differences = functools.reduce(lambda first, second: say("replay.also", first=first, second=second), unseen)
    return say("replay.but", request=_in_words(other), differences=differences)


def _unseen(wanted: ImageRequest, other: ImageRequest) -> Iterator[Sentence]:
    """What ``_in_words`` does not tell two requests apart by."""
    if wanted.prompt != other.prompt and _shown(wanted) == _shown(other):
        yield _other_prompt(wanted.prompt, other.prompt)
    mine, theirs = wanted.image_urls or (), other.image_urls or ()
    if mine != theirs and len(mine) == len(theirs):
        places = [place for place, (one, another) in enumerate(zip(mine, theirs, strict=True), 1) if one != another]
        yield say("replay.other_references", places=", ".join(map(str, places)))
    if wanted.mask_url != other.mask_url and wanted.mask_url and other.mask_url:
        yield say("replay.other_mask")
    extra, recorded = wanted.extra_body, other.extra_body
    names = [name for name in {**extra, **recorded} if extra.get(name, ...) != recorded.get(name, ...)]
    if names:
        yield say("replay.other_extra", names=shortened(", ".join(names), _PROMPT_SHOWN))


def _other_prompt(wanted: str, other: str) -> Sentence:
    pairs = itertools.zip_longest(wanted, other)
    place = next(place for place, (mine, theirs) in enumerate(pairs) if mine != theirs)
    if place == len(other):
        return say("replay.prompt_ends", place=place)
    # Quoted, since what differs may be a blank.
    return say("replay.other_prompt", place=place + 1, rest=repr(other[place : place + _DIFFERENCE_SHOWN]))


def _shown(request: ImageRequest) -> str:
    return shortened(request.prompt, _PROMPT_SHOWN)


# ---- answers


def _answer_to(playing: _Playing, *, replayed: bool = False) -> httpx.Response:
    refused = playing.recording.refused
    if refused is not None:
        return _refusal(refused.status, refused.code, refused.message)
    answer = {"code": 200, "data": [{"status": "submitted", "task_id": playing.id}]}
    return httpx.Response(200, json=answer, headers={"Idempotency-Replayed": "true"} if replayed else {})


def _refusal(status: int, code: str | None, message: str | None) -> httpx.Response:
    return httpx.Response(status, json={"error": {"code": code or "", "message": message or ""}})


def _upload(body: bytes, content_type: str) -> httpx.Response:
    """Take a picture in under the address of its content, by which recorded requests name theirs.

    The body is of our own client: one part, its headers, a blank line, the file.
    """
    boundary = content_type.partition("boundary=")[2].encode()
    content = body.partition(b"\r\n\r\n")[2].rpartition(b"\r\n--" + boundary)[0]
    return httpx.Response(200, json={"url": local_url(hashlib.sha256(content).hexdigest(), "picture")})
