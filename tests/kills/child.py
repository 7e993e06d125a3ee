"""A process that asks for pictures and is killed at a chosen moment.

It first takes up what its predecessors left behind. At the COUNT-th time it comes to POINT it kills itself, as a crash
or a kernel's restart would. At `end` it stays alive until everything is done, sends what was never sent, and ends well.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

from apimart_widgets import Session
from apimart_widgets.client import AsyncClient
from apimart_widgets.library import Library
from apimart_widgets.runner import Runner
from apimart_widgets.tracker import Tracker

KEY = "sk-kills"
_left = 0
_lock = threading.Lock()


def die() -> None:
    """Kill this process if it is the time."""
    global _left
    with _lock:
        _left -= 1
        if _left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def before(owner: type, name: str) -> None:
    """Come to the point whenever this method is about to be called."""
    original = getattr(owner, name)

    def wrapper(*args: Any, **named: Any) -> Any:
        die()
        return original(*args, **named)

    setattr(owner, name, wrapper)


def after(owner: type, name: str) -> None:
    """Come to the point whenever this coroutine has ended."""
    original = getattr(owner, name)

    async def wrapper(*args: Any, **named: Any) -> Any:
        value = await original(*args, **named)
        die()
        return value

    setattr(owner, name, wrapper)


def between_file_and_row() -> None:
    """Come to the point whenever a picture's file is on the disk and its row is not."""
    original = Library._keep_file

    def wrapper(*args: Any) -> None:
        original(*args)
        die()

    Library._keep_file = wrapper  # type: ignore[method-assign]


POINTS: dict[str, Callable[[], None]] = {
    "before the row": lambda: before(Runner, "_add_row"),
    "before the POST": lambda: before(AsyncClient, "submit"),
    # The server has accepted; nothing of it is written down here.
    "before the answer": lambda: after(AsyncClient, "submit"),
    "between polls": lambda: before(Tracker, "_waits"),
    "before a download": lambda: before(AsyncClient, "download"),
    "after a download": lambda: after(AsyncClient, "download"),
    "between file and row": between_file_and_row,
    "before the end": lambda: before(Runner, "_end"),
}


def main(url: str, folder: str, point: str, count: int, told: Connection) -> None:
    """Take up, ask for three more, and wait for the end."""
    global _left
    _left = count
    if point in POINTS:
        POINTS[point]()
    session = Session(KEY, url, library=folder)
    left = session.resume()
    if point != "end":
        for number in range(3):
            session.submit(f"{point} {os.getpid()} {number}", n=number + 1)
    else:
        left.unsent.send()
    told.send("ready")
    for job in session.jobs:
        job.result(60)
    if point == "end":
        session.close()
        told.send("done")
