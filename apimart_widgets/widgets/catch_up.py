"""``catch_up``: a cell reads what was typed, chosen and painted before it was run.

Where the kernel has subshells, JupyterLab sends what happens in widgets to one of them, and cells to the main thread.
A cell that is run right after a stroke overtakes it now and then, and would pay for the picture without it. The kernel
has handed the stroke over before the cell begins, so a few turns of the other thread's loop bring it in.
"""

from __future__ import annotations

import asyncio
import threading
from typing import Any, TypeVar

import traitlets

from ..interrupts import Flag
from .projector import PATIENCE

_T = TypeVar("_T")

# A message takes a turn for each of its steps: socket, queue, handler. Turns alone pass too quickly where the machine
# has much else to do, so they are some milliseconds apart.
_TURNS, _APART = 8, 0.005

_loops: dict[threading.Thread, asyncio.AbstractEventLoop] = {}
_heard = 0  # messages so far


def messages_come_here() -> None:
    """Take down that this thread handles what happens in widgets, and that one more has come."""
    global _heard
    _heard += 1
    thread = threading.current_thread()
    if thread not in _loops:
        for gone in [each for each in _loops if not each.is_alive()]:
            del _loops[gone]
    try:
        _loops[thread] = asyncio.get_running_loop()
    except RuntimeError:
        _loops.pop(thread, None)  # called as a function, not for a message


def catch_up() -> bool:
    """Let the messages be handled that came before the cell which is running; whether there is a page to catch up with.

    On threads that do not run cells it does nothing.
    """
    here = threading.current_thread()
    if here is not threading.main_thread():
        return False
    for thread, loop in list(_loops.items()):
        if thread is not here and thread.is_alive():
            done = Flag()
            try:
                loop.call_soon_threadsafe(_turn, loop, _TURNS, _heard, done)
            except RuntimeError:  # closed meanwhile
                continue
            done.wait(PATIENCE)
    return bool(_loops)


def _turn(loop: asyncio.AbstractEventLoop, left: int, heard: int, done: Flag) -> None:
    """Let the loop turn until nothing has come for some turns: a large mask comes in several messages."""
    if heard != _heard:
        left = _TURNS
    if left:
        loop.call_later(_APART, _turn, loop, left - 1, _heard, done)
    else:
        done.set()


class Current(traitlets.Instance[_T]):
    """A trait that follows the page; its widget has a method ``settle()``, which brings it up to date."""

    def get(self, widget: Any, kind: Any = None) -> Any:
        """The value, after what the page has sent before."""
        if catch_up():
            widget.settle()
        return super().get(widget, kind)
