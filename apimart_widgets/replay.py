"""``Replay``: the API as it once answered. It speaks HTTP to the client and knows nothing but what was recorded.

Nothing is drawn, asked or billed. A request that was recorded gets the recorded course: its answer, how the task stood
whenever it was asked for, and its pictures, each after the recorded time. One that was not is refused by name.
"""

from __future__ import annotations

import asyncio
import dataclasses
import difflib
import hashlib
import json
from collections.abc import Mapping
from typing import Any

import httpx

from .config import Mode
from .errors import BadRequestError, ConfigurationError
from .gallery import shortened
from .loop import Clock, IOThread
from .recording import Poll, Recorded, Recording, asked, by_request
from .reference import local_url
from .request import DEFAULTS, FIELDS, ImageRequest
from .words import Sentence, say

REPLAY_ORIGIN = "https://replay.apimart.invalid"

_FILES = "/f/"
_NEAREST = 3
_PROMPT_SHOWN = 80
# Seconds. Who asks so little before the recorded client was answered is kept waiting, as the server kept that one.
_PATIENCE = 2.0
# A call is given up after a minute.
_LONGEST_ANSWER = 50.0
_ALWAYS_NAMED = ("size", "quality", "n")
_NEVER_NAMED = ("prompt", "extra_body")


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
        if isinstance(speed, bool) or not isinstance(speed, int | float) or not speed > 0:
            raise ConfigurationError(say("replay.speed", value=repr(speed)))
        self.recorded = recorded
        self.speed = float(speed)
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
            # Raised and not sent: a sentence of ours is said in the user's language, and not cut as another's is.
            raise BadRequestError(self._not_recorded(wanted), code="not_recorded", status_code=400)
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

    def _not_recorded(self, wanted: ImageRequest) -> Sentence:
        first = [recordings[0].request for recordings in self._recordings.values()]
        nearest = sorted(first, key=lambda each: _distance(wanted, each))[:_NEAREST]
        listed = _in_words(nearest[0])
        for each in nearest[1:]:
            listed = say("replay.and", first=listed, second=_in_words(each))
        prompts = len({each.prompt for each in first})
        return say("replay.not_recorded", asked=_in_words(wanted), nearest=listed, requests=len(first), prompts=prompts)


def _distance(wanted: ImageRequest, other: ImageRequest) -> float:
    """How far two requests are apart; another prompt counts for more than all settings."""
    alike: float = difflib.SequenceMatcher(
        None, wanted.prompt.casefold(), other.prompt.casefold(), autojunk=False
    ).ratio()
    differing = sum(bool(getattr(wanted, name) != getattr(other, name)) for name in FIELDS if name != "prompt")
    return (1 - alike) * len(FIELDS) + differing


def _in_words(request: ImageRequest) -> Sentence | str:
    """A request in a sentence: its prompt, and the settings that tell it from others."""
    settings = [f"{name} {getattr(request, name)}" for name in _ALWAYS_NAMED]
    for name in FIELDS:
        value = getattr(request, name)
        if name not in (*_ALWAYS_NAMED, *_NEVER_NAMED) and value != DEFAULTS[name]:
            settings.append(f"{name} {len(value)}" if name == "image_urls" else f"{name} {value}"[:_PROMPT_SHOWN])
    return say("replay.request", prompt=shortened(request.prompt, _PROMPT_SHOWN), settings=", ".join(settings))


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
