"""``Snapshot``: the plain HTML copy of what a widget shows, which a saved notebook keeps.

A widget's view is lost when a notebook is opened again, so the panel and the grid leave a second, separate output
beside themselves. The live widget's style sheet hides it; without one it is what a reader sees, trusted or not.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from IPython.core.getipython import get_ipython
from IPython.display import HTML, DisplayHandle, display


class Snapshot:
    """The output beside a widget: sent whole each time, and once more after the next cell, which may swallow one."""

    def __init__(self, html: Callable[[], str]) -> None:
        self._make = html
        self._lock = threading.Lock()
        self._handle: DisplayHandle | None = None
        self._again = False
        self._shown = ""

    def show(self) -> None:
        """Leave the output in the cell that runs now."""
        self._shown = self._html()
        if self._handle is None:
            self._handle = display(HTML(self._shown), display_id=True)
        else:  # shown again: under the same id, so that no copy goes stale
            self._handle.display(HTML(self._shown))
        shell = get_ipython()
        if shell is not None:
            shell.events.register("post_run_cell", self._after_cell)

    def update(self) -> None:
        """Send what there is now, if it is anything new; on the widgets' thread."""
        self._send(force=False)

    def close(self) -> None:
        """Leave the output as it stands."""
        if self._handle is None:
            return  # never shown; and when Python ends, asking for the shell may no longer be possible
        shell = get_ipython()
        if shell is not None:
            shell.events.unregister("post_run_cell", self._after_cell)
        self._handle = None

    def _after_cell(self, result: Any) -> None:
        with self._lock:
            again, self._again = self._again, False
        if again:
            self._send(force=True)

    def _send(self, *, force: bool) -> None:
        handle = self._handle
        if handle is None:
            return
        html = self._html()
        with self._lock:
            if html == self._shown and not force:
                return
            self._shown = html
            self._again = not force
        handle.update(HTML(html))

    def _html(self) -> str:
        return f'<div class="apw-snapshot">{self._make()}</div>'
