"""A server of the API in memory, as bad as it is told to be: tasks by key, a bill, pictures of a few dozen bytes."""

from __future__ import annotations

import dataclasses
import json
import struct
import zlib
from collections.abc import Callable, Mapping
from typing import Any

import httpx

ORIGIN = "https://api.faults.invalid"
FILES = "https://files.faults.invalid"
PRICE = 0.011
"""Of a square picture at low quality, which is what the jobs of these tests ask for."""

OLD_SHAPE, NEW_SHAPE = "old", "new"

# What becomes of a task. Those that pass end well after a while; the others lose pictures for good, or make none.
PASSING = (
    "good",
    "known late",  # the task is not found at first
    "file late",  # nor are its files
    "empty at first",  # completed, and the pictures are named later
    "backwards",
    "odd words",
    "slow",  # twenty minutes
    "endless",  # four days
    "clock ahead",  # its addresses work, and are said to have expired long ago
)
UNPAID = ("fails with an object", "fails with a string", "refused by the filter")
LOSING = ("fewer", "expired", "corrupt", "truncated", "zero bytes", "bomb", "empty", "forgotten")
FATES = PASSING + UNPAID + LOSING


def png(number: int, *, width: int = 2, height: int = 2) -> bytes:
    """A whole PNG of a few dozen bytes, another one for every number."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    line = b"\0" + struct.pack(">I", number)[1:] * 2
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(line * 2)) + chunk(b"IEND", b"")


BOMB = png(0, width=30_000, height=30_000)


def cut(picture: bytes) -> bytes:
    return picture[: len(picture) // 2]


def garbled(picture: bytes) -> bytes:
    return picture[:45] + bytes(255 - each for each in picture[45:50]) + picture[50:]


@dataclasses.dataclass
class ServerTask:
    id: str
    key: str
    payload: Mapping[str, Any]
    fate: str
    created: float
    pictures: list[bytes]
    life: int = 0
    polls: int = 0
    empty_answers: int = 0

    @property
    def finishes(self) -> float:
        return self.created + {"slow": 1200.0, "endless": 96 * 3600.0}.get(self.fate, 20.0)

    @property
    def paid(self) -> bool:
        return self.fate not in UNPAID

    @property
    def price(self) -> float:
        return PRICE * len(self.pictures) if self.paid else 0.0


class Server:
    """`honours_keys=False` makes a new task of every request, whatever its Idempotency-Key."""

    def __init__(
        self, now: Callable[[], float], *, honours_keys: bool = True, shape: str = OLD_SHAPE, says_cost: bool = False
    ) -> None:
        self._now = now
        self.honours_keys = honours_keys
        self.shape = shape
        self.says_cost = says_cost
        self.fates: list[str] = []
        self.tasks: dict[str, ServerTask] = {}
        self.asked_files: dict[str, int] = {}
        self.uploads = 0
        self.life = 0
        self._pictures = 0

    # ---- what it did

    def billed(self) -> dict[str, list[bytes]]:
        """The pictures made and billed so far, by task."""
        return {task.id: task.pictures for task in self.tasks.values() if task.paid and task.finishes <= self._now()}

    def of_key(self, key: str) -> list[ServerTask]:
        return [task for task in self.tasks.values() if task.key == key]

    # ---- answers

    def __call__(self, request: httpx.Request, body: bytes) -> httpx.Response:
        path = request.url.path
        if request.url.host == httpx.URL(FILES).host:
            assert "authorization" not in request.headers
            return self._file(path)
        if path == "/v1/images/generations":
            return self._generation(request, body)
        if path.startswith("/v1/tasks/"):
            return self._task(path.rpartition("/")[2])
        if path == "/v1/uploads/images":
            self.uploads += 1
            return answer({"url": f"{FILES}/upload/{self.uploads}.png", "bytes": len(body)})
        if path == "/api/pricing/model":
            return answer({"success": True, "data": {"size_quality_prices": {"1:1": {"low": PRICE}}}})
        return not_found()

    def _generation(self, request: httpx.Request, body: bytes) -> httpx.Response:
        key = request.headers["Idempotency-Key"]
        known = self.of_key(key)
        if known and self.honours_keys:
            assert known[0].payload == json.loads(body)
            return self._accepted(known[0], {"Idempotency-Replayed": "true"})
        payload = json.loads(body)
        fate = self.fates.pop(0) if self.fates else "good"
        count = payload.get("n", 1)
        made = max(1, count - 1) if fate == "fewer" else count
        pictures = [png(self._pictures + number) for number in range(made)]
        self._pictures += made
        task = ServerTask(f"task_{len(self.tasks)}", key, payload, fate, self._now(), pictures, self.life)
        self.tasks[task.id] = task
        return self._accepted(task, {})

    def _accepted(self, task: ServerTask, headers: Mapping[str, str]) -> httpx.Response:
        if self.shape == NEW_SHAPE:
            data: Any = {"id": task.id, "object": "generation.task", "status": "pending"}
            return answer({"request_id": "r", "data": data}, headers=headers)
        return answer({"code": 200, "data": [{"status": "submitted", "task_id": task.id}]}, headers=headers)

    def _task(self, task_id: str) -> httpx.Response:
        task = self.tasks.get(task_id)
        if task is None:
            return not_found()
        task.polls += 1
        if (task.fate == "known late" and task.polls <= 3) or (task.fate == "forgotten" and task.polls > 1):
            return not_found()
        finished = self._now() >= task.finishes
        data = {"id": task.id, **(self._end_of(task) if finished else self._middle_of(task))}
        return answer({"code": 200, "data": data} if self.shape == OLD_SHAPE else {"request_id": "r", "data": data})

    def _middle_of(self, task: ServerTask) -> dict[str, Any]:
        if task.fate == "odd words":
            return {"status": ["QUEUEING", "waiting_for_godot", "en cours"][task.polls % 3], "progress": "unknown"}
        if task.fate == "backwards":
            return {"status": "processing", "progress": [80, 10, 95, 0][task.polls % 4]}
        return {"status": "processing", "progress": 50}

    def _end_of(self, task: ServerTask) -> dict[str, Any]:
        if task.fate in UNPAID:
            error: Any = {"code": "server_error", "message": "out of paint", "type": "server"}
            if task.fate == "fails with a string":
                error = "out of paint"
            if task.fate == "refused by the filter":
                error = {"code": "content_policy_violation", "message": "not allowed"}
            return {"status": "failed", "error": error}
        data: dict[str, Any] = {"status": "completed", "progress": 100}
        data |= {"created": int(task.created), "completed": int(task.finishes)}
        if self.says_cost:
            data["cost"] = PRICE * len(task.pictures)
        if task.fate == "empty at first" and task.empty_answers < 2:
            task.empty_answers += 1
            return data
        if task.fate != "empty":
            data["result"] = {"images": self._addresses(task)}
        return data

    def _addresses(self, task: ServerTask) -> list[Mapping[str, Any]]:
        urls = [f"{FILES}/{task.id}/{place}.png" for place in range(len(task.pictures))]
        past = task.fate in ("expired", "clock ahead")
        # Signed anew with each answer, but for those that are gone.
        expires = {"expires_at": task.created - 3600 if past else self._now() + 24 * 3600}
        if self.shape == NEW_SHAPE:
            return [{"url": url, **expires} for url in urls]
        return [{"url": urls, **expires}]

    def _file(self, path: str) -> httpx.Response:
        _, task_id, name = path.split("/")
        task = self.tasks[task_id]
        picture = task.pictures[int(name.removesuffix(".png"))]
        self.asked_files[path] = asked = self.asked_files.get(path, 0) + 1
        if task.fate == "expired":
            return httpx.Response(403, content=b"<Error><Code>AccessDenied</Code></Error>")
        if task.fate == "file late" and asked <= 2:
            return httpx.Response(404)
        wrong = {"corrupt": garbled(picture), "truncated": cut(picture), "zero bytes": b"", "bomb": BOMB}
        return httpx.Response(200, content=wrong.get(task.fate, picture))


def answer(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> httpx.Response:
    return httpx.Response(status, json=body, headers=dict(headers or {}))


def not_found() -> httpx.Response:
    return answer({"error": {"code": 404, "message": "no such thing", "type": "not_found_error"}}, 404)
