"""One panel as a page shows it: its widgets by what they are for, and a person's gestures on them."""

from __future__ import annotations

from typing import Any

from PIL import Image

from apimart_widgets.widgets.marks import Marks
from tests.kernel.conftest import Cell
from tests.kernel.front_end import FrontEnd, Widget

FINAL = ("completed", "failed", "unknown", "cancelled")
_VIEW = "application/vnd.jupyter.widget-view+json"


class Page:
    """`Page(front, root(front.run("panel")))`."""

    def __init__(self, front: FrontEnd, root: str) -> None:
        self.front = front
        self.root = root
        self.parts = list(front.below(front.widgets[root]))
        named = {str(part.state.get("_anywidget_id")).rpartition(".")[2]: part for part in self.parts}
        self.prompt, self.submit, self.results = (named[name] for name in ("PromptBox", "SubmitBar", "ResultsView"))
        self.strip, self.editor = (named[name] for name in ("ReferenceStrip", "MaskEditor"))

    def control(self, field: str) -> Widget:
        """The core control of a field."""
        wanted = f"apw-field-{field}"
        (found,) = (part for part in self.parts if wanted in part.state.get("_dom_classes", ()))
        return found

    def choose(self, field: str, words: str) -> None:
        """Choose what a dropdown or a row of buttons offers, by words of its label."""
        control = self.control(field)
        (index,) = (at for at, label in enumerate(control.state["_options_labels"]) if words in label)
        self.front.change(control, index=index)

    def chosen(self, field: str) -> str:
        """What a dropdown or a row of buttons shows as chosen."""
        control = self.control(field)
        return str(control.state["_options_labels"][control.state["index"]])

    def press(self, text: str, nonce: str) -> None:
        """Press Generate, with this text in the prompt."""
        self.front.send(self.submit, kind="generate", nonce=nonce, text=text)

    def open_editor(self) -> None:
        """Have a mask painted over the first reference."""
        (first, *_) = self.strip.state["items"]
        self.front.send(self.strip, kind="mask", id=first["id"])
        self.front.wait(lambda: self.editor.state["picture"]["id"] == first["picture"])

    def paint(self, rows: int, number: int) -> None:
        """Mark the first rows of the picture in the mask editor, after `number - 1` other strokes."""
        picture = self.editor.state["picture"]
        bits = Image.new("1", (picture["width"], picture["height"]))
        bits.paste(1, (0, 0, bits.width, rows))
        mask = {"kind": "mask", "page": "p", "number": number, "id": picture["id"], "part": 0, "parts": 1}
        self.front.send(self.editor, Marks.of(bits).packed, **mask)

    def answered(self, nonce: str) -> bool:
        """Whether the kernel has answered a press."""
        return any(content["nonce"] == nonce for content in self.submit.messages("accepted"))

    def settle(self) -> None:
        """Wait until every gesture so far was handled."""
        before = len(self.results.messages("clock"))
        self.front.send(self.results, kind="hello", turn=self.results.state["turn"])
        self.front.wait(lambda: len(self.results.messages("clock")) > before)

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The rows of the results, newest first."""
        return list(self.results.state["rows"])

    @property
    def images(self) -> list[str]:
        """The ids of every picture, newest row first."""
        return [image["id"] for row in self.rows for image in row["images"]]

    def wait_for(self, count: int) -> None:
        """Wait until there are that many rows, all ended, with a thumbnail for every picture."""
        self.front.wait(
            lambda: (
                len(self.rows) == count
                and all(row["status"] in FINAL for row in self.rows)
                and set(self.images) <= self.results.thumbnails().keys()
            )
        )

    def moves(self) -> set[tuple[str, str]]:
        """Every change of a row's status that the page was told of, as (from, to)."""
        last: dict[str, str] = {}
        seen = set()
        for update in self.results.updates:
            told = [(row["id"], row["status"]) for row in update.get("rows", ())]
            told += [(identity, each["status"]) for identity, each in update.get("live", {}).items()]
            for identity, status in told:
                if last.setdefault(identity, status) != status:
                    seen.add((last[identity], status))
                    last[identity] = status
        return seen


def root(cell: Cell) -> str:
    """The id of the widget that a cell has shown."""
    (found,) = (data[_VIEW]["model_id"] for data in cell.displayed if _VIEW in data)
    return str(found)
