"""A task and its state. Nothing runs: the state follows from when the task began, how long it takes and the time now.

How long a task takes: the sandbox's `seconds` is the typical time at low quality; medium and auto take 1.6 times that,
high 2.5 times, and ``[slow]`` in the prompt four times as long again. Around the typical time durations spread
lognormally (sigma 0.25, kept within 0.6 and 1.7 times), settled by the task's id.
"""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .rules import Order
from .upload import Upload

RESULT_LIFETIME = 24 * 3600.0
"""Seconds from a task's completion until its result URLs expire."""
CREDITS_PER_DOLLAR = 100
"""The sandbox's own rate between `cost` and `credits_cost`."""

_TIMES_AS_LONG = {"low": 1.0, "auto": 1.6, "medium": 1.6, "high": 2.5}
_TIMES_AS_LONG_WHEN_SLOW = 4.0
_FAILS_AT = 0.6
_PENDING_UNTIL = 0.08
_PORTIONS = (0.0, 0.08, 0.20, 0.45, 0.52, 0.85, 0.95, 1.0)
_PROGRESS = (0, 0, 12, 30, 58, 71, 94, 100)

_FAILED = {
    "en": "The sandbox let this task fail, because its prompt holds [fail].",
    "zh": "提示词中含有 [fail]，沙盒因此让该任务失败。未产生费用。",
    "ko": "프롬프트에 [fail]이 있어 샌드박스가 이 작업을 실패로 처리했습니다. 요금은 청구되지 않았습니다.",
    "ja": "プロンプトに [fail] が含まれるため、サンドボックスはこのタスクを失敗させました。料金は発生していません。",
}


@dataclass(frozen=True)
class TaskState:
    """What a task shows at one moment: a status word, progress in percent, and when it ended (Unix seconds)."""

    status: str
    progress: int
    ended: float | None = None


def task_state(created: float, seconds: float, now: float, *, fails: bool = False) -> TaskState:
    """The state of a task that began at `created` and takes `seconds`, seen at `now` (all in seconds).

    Progress never goes back and is uneven on purpose: it stands still, then jumps. A task that fails does so after
    six tenths of its time and keeps the progress it had.

    >>> task_state(100.0, 10.0, 100.5)
    TaskState(status='pending', progress=0, ended=None)
    >>> task_state(100.0, 10.0, 105.0)
    TaskState(status='processing', progress=49, ended=None)
    >>> task_state(100.0, 10.0, 110.0)
    TaskState(status='completed', progress=100, ended=110.0)
    >>> task_state(100.0, 10.0, 500.0, fails=True)
    TaskState(status='failed', progress=61, ended=106.0)
    >>> task_state(100.0, 0.0, 100.0).status
    'completed'
    """
    end = created + seconds * (_FAILS_AT if fails else 1.0)
    if now >= end:
        return TaskState("failed", _progress(_FAILS_AT), end) if fails else TaskState("completed", 100, end)
    portion = max(0.0, (now - created) / seconds)
    return TaskState("pending" if portion < _PENDING_UNTIL else "processing", _progress(portion))


def typical_seconds(seconds: float, order: Order) -> float:
    """How long an order of this quality takes, before the spread."""
    return seconds * _TIMES_AS_LONG[order.quality] * (_TIMES_AS_LONG_WHEN_SLOW if order.says("slow") else 1.0)


def spread(task_id: str) -> float:
    """By how much one task's time differs from the typical one: the same factor for the same id, 0.6 to 1.7.

    >>> spread("task_1") == spread("task_1"), 0.6 <= spread("task_2") <= 1.7
    (True, True)
    """
    return min(max(random.Random(task_id).lognormvariate(0.0, 0.25), 0.6), 1.7)


@dataclass(frozen=True)
class Elsewhere:
    """A picture at an address that is not the sandbox's: offline, a stand-in of `size` is painted from its text."""

    url: str
    size: tuple[int, int]


@dataclass(frozen=True, eq=False)
class Task:
    """One accepted generation request. `body` is the request as sent, `account` the owner's number.

    `digest` stands for everything the pictures depend on (the request with its defaults, the content of references)
    and `repeat` for how often that came before. `typical` and `seconds` are the usual and this task's own duration.
    """

    id: str
    account: int
    body: Mapping[str, Any]
    order: Order
    created: float
    typical: float
    seconds: float
    idempotency_key: str | None
    references: tuple[Upload | Picture | Elsewhere, ...]
    mask: Upload | Picture | None
    digest: str
    repeat: int
    files_origin: str

    def state(self, now: float) -> TaskState:
        """The task's state at `now`."""
        return task_state(self.created, self.seconds, now, fails=self.order.says("fail"))

    def picture_url(self, index: int) -> str:
        """Where picture `index` (from 0) can be fetched."""
        return f"{self.files_origin}/f/image/{self.id}-{index}.{self.order.output_format}"

    def answer(self, now: float, language: str) -> dict[str, Any]:
        """The ``data`` of ``GET /v1/tasks/{id}``."""
        state = self.state(now)
        data: dict[str, Any] = {
            "id": self.id,
            "status": state.status,
            "progress": state.progress,
            "created": int(self.created),
            "estimated_time": max(1, round(self.typical)),
        }
        if state.ended is None:
            return data
        data["completed"] = int(state.ended)
        data["actual_time"] = int(state.ended) - int(self.created)
        if state.status == "failed":
            message = _FAILED.get(language, _FAILED["en"])
            return data | {"error": {"code": "generation_failed", "message": message, "type": "server_error"}}
        expires = int(state.ended + RESULT_LIFETIME)
        images = [{"url": [self.picture_url(index)], "expires_at": expires} for index in range(self.order.n)]
        cost = self.order.price
        return data | {
            "result": {"images": images},
            "cost": cost,
            "credits_cost": round(cost * CREDITS_PER_DOLLAR, 4),
        }


@dataclass(frozen=True)
class Picture:
    """Picture `index` (from 0) of a task; its content follows from the order and `take`."""

    task: Task
    index: int

    @property
    def seed(self) -> str:
        """Settles everything about the file: two pictures of one seed have the same bytes."""
        return f"{self.task.digest}/{self.task.repeat}/{self.index}"

    @property
    def take(self) -> str:
        """Which drawing of its prompt it is. The same at every quality and size, so that these can be compared."""
        return f"{self.task.repeat}/{self.index}"

    @property
    def files_origin(self) -> str:
        """The origin its URL is under."""
        return self.task.files_origin

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.task.order.pixels

    @property
    def has_alpha(self) -> bool:
        """Whether its file has an alpha channel."""
        return self.task.order.background == "transparent"

    def made(self, now: float) -> bool:
        """Whether its task is completed."""
        return self.task.state(now).status == "completed"

    def expired(self, now: float) -> bool:
        """Whether its URL has stopped working."""
        ended = self.task.state(now).ended
        return ended is not None and now >= ended + RESULT_LIFETIME


def _progress(portion: float) -> int:
    after = bisect_right(_PORTIONS, portion)
    if after == len(_PORTIONS):
        return _PROGRESS[-1]
    start, end = _PORTIONS[after - 1], _PORTIONS[after]
    low, high = _PROGRESS[after - 1], _PROGRESS[after]
    return int(low + (high - low) * (portion - start) / (end - start))
