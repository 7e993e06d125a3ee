"""``PromptBox``, ``ReferenceStrip``, ``SubmitBar``: where a request is written and sent off, dropdowns between them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from ..words import LANGUAGES, SENTENCES, Language
from .catch_up import messages_come_here

_STATIC = Path(__file__).parent / "static"

Gesture = Callable[[dict[str, Any], list[memoryview]], None]


def front_end_words(language: Language, *prefixes: str) -> dict[str, str]:
    """The sentences in a language whose names begin with one of ``prefixes``: each front end is sent its own alone."""
    place = LANGUAGES.index(language)
    names = {key: key.removeprefix("panel.") for key in SENTENCES if key.startswith("panel.")}
    return {name: SENTENCES[key][place] for key, name in names.items() if name.startswith(prefixes)}


def keep_order(widget: Any) -> None:
    """Have the gestures of a widget and all it shows arrive in the order they were made."""
    # ipykernel 7.4 hands a comm's messages to whichever shell last wrote to that comm. While a cell runs, a press would
    # overtake the size that was chosen before it, and make, and bill, the wrong picture; and what was shown by a cell
    # would wait for the end of the next, a Stop too, while all it should stop is made.
    if hasattr(widget.comm, "_reply_subshell_for"):
        widget.comm._reply_subshell_for = None
    for child in getattr(widget, "children", ()):
        keep_order(child)


class FrontEnd(anywidget.AnyWidget):
    """A widget with a front end of ours: state goes down as traits, gestures come up as messages with a ``kind``."""

    words = traitlets.Dict().tag(sync=True)
    """key -> sentence in the panel's language."""

    language = traitlets.Unicode("en").tag(sync=True)
    """"en" or "zh"."""

    def __init__(self, **traits: Any) -> None:
        super().__init__(**traits)
        keep_order(self)

    def on_gesture(self, function: Gesture) -> None:
        """Call ``function(content, buffers)`` for every message of the front end."""

        def hand_on(_: object, content: Any, buffers: list[memoryview]) -> None:
            if isinstance(content, dict) and isinstance(content.get("kind"), str):
                messages_come_here()
                function(content, buffers)

        self.on_msg(hand_on)

    def tell(self, kind: str, *buffers: bytes, **content: Any) -> None:
        """Send a message to every view of this widget."""
        self.send({"kind": kind, **content}, buffers=list(buffers))


class PromptBox(FrontEnd):
    """The badge, the key entry and the prompt."""

    _esm = _STATIC / "prompt.js"
    _css = _STATIC / "prompt.css"

    prompt = traitlets.Unicode().tag(sync=True)
    """What the prompt holds; the browser keeps newer typing to itself until it has sent it."""

    badge = traitlets.Dict().tag(sync=True)
    """{mode: the session's, origin, balance, note}."""

    problem = traitlets.Unicode().tag(sync=True)
    """What is wrong with the prompt, shown after a press."""

    kept = traitlets.Unicode().tag(sync=True)
    """Where prompts and pictures are kept, once the user was told."""


class ReferenceStrip(FrontEnd):
    """The reference pictures as a strip of thumbnails, and whatever brings more of them."""

    _esm = _STATIC / "references.js"
    _css = _STATIC / "references.css"

    items: traitlets.List[Any] = traitlets.List().tag(sync=True)
    """The references in order: {id, kind: "picture" | "link" | "gone", name}.

    A picture also has {picture: its name in messages of thumbnails}, and once it was looked at {width, height, notes:
    what became of it, in words}; a link {host, address}, shortened.
    """

    heard: traitlets.List[Any] = traitlets.List().tag(sync=True)
    """The last gestures that ``items`` shows the outcome of."""

    version = traitlets.Int().tag(sync=True)
    """Counts changes of ``items``; a press says which it has seen."""

    most = traitlets.Int().tag(sync=True)
    """How many the model takes; 0 where that is not known."""

    problems: traitlets.List[Any] = traitlets.List().tag(sync=True)
    """[{id: of the tile it is about, or "", field, text}]."""

    notes: traitlets.List[Any] = traitlets.List().tag(sync=True)
    """[{id, text, bad}]: what came of files, until it is put away."""

    upload_note = traitlets.Unicode().tag(sync=True)
    """Where the pictures go; empty while there is none, or nowhere to go."""

    can_mask = traitlets.Bool(False).tag(sync=True)
    """Whether a mask can be painted here."""

    mask = traitlets.Dict().tag(sync=True)
    """{marked: whether there is a mask, text: what the first thumbnail says of it}."""


class SubmitBar(FrontEnd):
    """Generate, Compare qualities, and what is wrong."""

    _esm = _STATIC / "submit.js"
    _css = _STATIC / "submit.css"

    count = traitlets.Int(1).tag(sync=True)
    """Pictures the button asks for."""

    estimate = traitlets.Unicode().tag(sync=True)
    """What they would cost, in words."""

    compare = traitlets.Unicode().tag(sync=True)
    """What comparing the qualities would cost, in words."""

    priced = traitlets.Dict().tag(sync=True)
    """{field: label} of the controls that ``count``, ``estimate`` and ``compare`` belong to."""

    compare_enabled = traitlets.Bool(True).tag(sync=True)
    """Whether the model has the qualities to compare."""

    problems: traitlets.List[Any] = traitlets.List().tag(sync=True)
    """[{field, message}], shown after a press."""

    viewer = anywidget.WidgetTrait().tag(sync=True)
    """The widget whose front end opens the code of the form."""

    notice = traitlets.Unicode().tag(sync=True)
    """What has to be agreed to before the first picture is paid for."""


class Viewer(anywidget.AnyWidget):
    """Shows pictures large, side by side, and as code; the results view is handed its functions."""

    _esm = _STATIC / "viewer.js"
    _css = _STATIC / "viewer.css"


class HistoryBar(anywidget.AnyWidget):
    """Searches the library and offers to go on with an earlier session; the results view is handed its functions."""

    _esm = _STATIC / "history.js"
    _css = _STATIC / "history.css"


class ResultsView(FrontEnd):
    """Every job as a row, its pictures in a grid, large, side by side; in their place, on request, the library's."""

    _esm = _STATIC / "results.js"
    _css = _STATIC / "results.css"

    viewer = anywidget.WidgetTrait().tag(sync=True)
    """The widget whose front end opens pictures."""

    history_bar = anywidget.WidgetTrait().tag(sync=True)
    """The widget whose front end opens the history."""

    rows: traitlets.List[Any] = traitlets.List().tag(sync=True)
    """Jobs, newest first, as ``rows.row`` makes them. A page that is open is only sent those that changed."""

    turn = traitlets.Int().tag(sync=True)
    """Counts what was sent of ``rows``: a page that has missed some of it sees a gap, and asks for all of them."""

    live = traitlets.Dict().tag(sync=True)
    """Job id -> ``rows.progress`` of every running job: small, so that it may change often."""

    selected: traitlets.List[Any] = traitlets.List().tag(sync=True)
    """Ids of the ticked pictures, in the order they were ticked."""

    heard = traitlets.Dict().tag(sync=True)
    """Page -> number of the last of its gestures that ``selected`` shows the outcome of."""

    history = traitlets.Dict().tag(sync=True)
    """{open, rows, held, more, total, busy, filter, choices}; empty until it is opened for the first time.

    ``rows`` are those read so far, newest first, as in ``rows``; ``held``: one for each ticked picture that no row of
    either list shows, with that picture alone; ``more``: another page can be asked for; ``total``: pictures found;
    ``busy``: being read, and as long as ``rows`` is empty the page goes on showing those it has; ``filter``: {text,
    model, size, quality, since, until, stars}, exactly as the page sent it; ``choices``: what ``model``, ``size`` and
    ``quality`` can be, a list each.
    """

    pickup = traitlets.Unicode().tag(sync=True)
    """What is being picked up from an earlier session, in words."""

    offers: traitlets.List[Any] = traitlets.List().tag(sync=True)
    """[{kind: "unsent" | "unanswered", text, yes, no}]: what happens only if the user says so."""

    # The turn and the rows of the last message, which no thread sees apart from each other.
    _told: tuple[int, tuple[dict[str, Any], ...]] = (0, ())
    _telling = threading.Lock()

    def get_state(self, key: str | Iterable[str] | None = None, drop_defaults: bool = False) -> dict[str, Any]:
        """What a page is given that opens now: rows as they were last told of, so that the next message fits them."""
        state: dict[str, Any] = super().get_state(key, drop_defaults)
        told = dict(zip(("turn", "rows"), self._told, strict=True))
        return state | {name: value for name, value in told.items() if name in state}

    def send_state(self, key: str | Iterable[str] | None = None) -> None:
        """Send what was changed: of ``rows`` only those, since a thousand jobs are a megabyte."""
        if key is None:
            super().send_state()
            return
        names = {key} if isinstance(key, str) else set(key)
        if "rows" in names:
            self._tell_rows()
        names -= {"rows", "turn"}
        if names:
            super().send_state(names)

    def _tell_rows(self) -> None:
        with self._telling:
            (turn, before), rows = self._told, tuple(self.rows)
            known = {row["id"]: row for row in before}
            changed = [row for row in rows if known.get(row["id"]) is not row]
            old, ids = [row["id"] for row in before], [row["id"] for row in rows]
            added = len(ids) - len(old)
            order = {"added": ids[:added]} if added >= 0 and ids[added:] == old else {"ids": ids}
            self._told = turn + 1, rows
            self.tell("rows", turn=turn + 1, changed=changed, **order)

    def catch_up(self, seen: object) -> None:
        """Send all of ``rows`` to a page for which ``seen`` was the last turn, unless it has missed none."""
        with self._telling:
            turn, rows = self._told
            if seen != turn:
                self.tell("rows", turn=turn, all=rows)
