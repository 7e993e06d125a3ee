"""``Matrix``: a grid of pictures in a cell's output, every picture under the same zoom and pan."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets
from IPython.display import display

from ..errors import ImageError
from ..gallery import shortened
from ..loop import io_thread
from ..request import FORMS, as_code
from ..results import GeneratedImage
from ..words import Language
from .composer import FrontEnd, Viewer, front_end_words
from .projector import Projector
from .rows import PROMPT_SHOWN, image_id, picture, settings
from .snapshot import Snapshot

if TYPE_CHECKING:
    from ..grid import Grid

_STATIC = Path(__file__).parent / "static"
_BOXES = (160, 320, 640)  # what matrix.js asks for, in pixels; the first takes half the time of the second
_MANY_COLUMNS = 6  # above it cells are so narrow that the first is enough
_BATCH = 4  # thumbnails a message: the first are on screen while the others are made
_AT_ONCE = 512
_MADE_BEFORE = 48  # about what a screen shows, made while the page is still drawing the table


class Matrix(FrontEnd):
    """What a ``Grid`` shows in a notebook; made by ``grid.matrix``.

    Arrow keys move between the cells, Enter or a click opens a picture large. The wheel with Ctrl and the keys + - 0
    zoom all pictures, dragging moves them. Page Up and Page Down step through the pictures of each cell.
    """

    _esm = _STATIC / "matrix.js"
    _css = _STATIC / "matrix.css"

    viewer = anywidget.WidgetTrait().tag(sync=True)
    """The widget whose front end opens pictures large."""

    table = traitlets.Dict().tag(sync=True)
    """Everything but the pixels, in one trait, so that a page never shows half of a change.

    {row, col: what they are called, col "" for a single column; corner; rows, cols: [{key, text}]; cells: for each row
    for each column {ids, words}; pictures: id -> {image: as ``rows.picture`` makes it, job, caption}; jobs: id ->
    {prompt, settings, n, mode, task_id}; pages; shape: width over height of a cell; mode: of the pictures, or ""}.
    """

    def __init__(self, grid: Grid) -> None:
        self._grid = grid
        self._lock = threading.Lock()
        self._pictures: dict[str, GeneratedImage] = {}
        self._projector = Projector(self._project)
        self._snapshot = Snapshot(grid._repr_html_)
        super().__init__(
            words=front_end_words(grid.language, "matrix_", "badge_", "results."),
            language=grid.language,
            table=self._state(),
            viewer=Viewer(),
        )
        self._kinds = {"thumbnails": self._thumbnails, "open": self._open, "code": self._code}
        self.on_gesture(self._gesture)
        self._make_ready()

    def show(self) -> None:
        """Display it, with the plain copy that a saved notebook keeps beside it."""
        display(self)
        self._snapshot.show()

    def refresh(self) -> None:
        """Bring the grid as it is now to the page, soon; from any thread."""
        self._projector.schedule()

    def close(self) -> None:
        """Take the matrix away; the plain copy stays."""
        if hasattr(self, "_projector"):  # ipywidgets also closes what was never built
            self._projector.close()
            self._snapshot.close()
        super().close()

    # ---- down to the page

    def _project(self) -> None:
        self.table = self._state()
        self._snapshot.update()

    def _state(self) -> dict[str, Any]:
        now, language = self._grid.now, self._grid.language
        headers = now.headers(language)
        pictures = now.images
        with self._lock:
            self._pictures = {image_id(image): image for image in pictures}
        return {
            "row": now.row,
            "col": now.col or "",
            "corner": headers.corner,
            "rows": _named(now.rows, headers.rows),
            "cols": _named(now.cols, headers.columns),
            "cells": [
                [
                    {"ids": list(map(image_id, now.cell(row, col))), "words": now.why(row, col, language)}
                    for col in now.cols
                ]
                for row in now.rows
            ],
            "pictures": {image_id(image): self._facts(image, language) for image in pictures},
            "jobs": {_job_id(image): _job(image) for image in pictures},
            "pages": now.pages,
            "shape": _shape(pictures),
            "mode": pictures[0].mode if pictures else "",
        }

    def _facts(self, image: GeneratedImage, language: Language) -> dict[str, Any]:
        return {"image": picture(image, language), "job": _job_id(image), "caption": self._grid.caption(image)}

    def _make_ready(self) -> None:
        """Have the thumbnails made that the page will ask for first; a picture remembers its own."""
        now = self._grid.now
        first = [image for row in now.rows for col in now.cols for image in now.cell(row, col)[:1]]
        box = _BOXES[0] if len(now.cols) > _MANY_COLUMNS else _BOXES[1]
        for image in first[:_MADE_BEFORE]:
            io_thread().executor.submit(_small, image, box)

    # ---- up from the page

    def _gesture(self, content: Mapping[str, Any], _: list[memoryview]) -> None:
        act = self._kinds.get(content["kind"])
        if act is not None:
            act(content)

    def _thumbnails(self, content: Mapping[str, Any]) -> None:
        box = content.get("box")
        wanted = list(self._asked(content.get("ids")))
        if box not in _BOXES:
            return
        # Pictures are made small by the two workers there are for that, and sent from the widgets' thread.
        for first in range(0, len(wanted), _BATCH):
            io_thread().executor.submit(self._shrink, wanted[first : first + _BATCH], box)

    def _shrink(self, batch: Sequence[tuple[str, GeneratedImage]], box: int) -> None:
        made = {identity: _small(image, box) for identity, image in batch}
        self._projector.run(partial(self._send_thumbnails, made, box))

    def _send_thumbnails(self, made: Mapping[str, bytes | None], box: int) -> None:
        there = {identity: webp for identity, webp in made.items() if webp is not None}
        if there:
            self.tell("thumbnails", *there.values(), ids=list(there), box=box)
        if gone := [identity for identity in made if identity not in there]:
            self.tell("gone", ids=gone)

    def _open(self, content: Mapping[str, Any]) -> None:
        for identity, image in self._asked([content.get("id")]):
            self._projector.run(partial(self._send_picture, identity, image))

    def _send_picture(self, identity: str, image: GeneratedImage) -> None:
        try:
            data = image.bytes
        except ImageError:
            self.tell("gone", ids=[identity])
            return
        self.tell("picture", data, id=identity, media_type=f"image/{image.format}", prompt=image.request.prompt)

    def _code(self, content: Mapping[str, Any]) -> None:
        form = content.get("form")
        if form in FORMS:
            requests = dict.fromkeys(image.request for _, image in self._asked(content.get("ids")))
            text = as_code([*requests], form)
            self._projector.run(lambda: self.tell("code", text=text, form=form))

    def _asked(self, identities: object) -> Iterator[tuple[str, GeneratedImage]]:
        """The pictures of these names that are in the grid."""
        for identity in identities[:_AT_ONCE] if isinstance(identities, list) else []:
            with self._lock:
                image = self._pictures.get(identity) if isinstance(identity, str) else None
            if image is not None:
                yield identity, image


def _small(image: GeneratedImage, box: int) -> bytes | None:
    """A thumbnail; None where its file is gone."""
    try:
        return image.thumbnail(box)
    except ImageError:
        return None


def _named(levels: Sequence[object], texts: Sequence[str]) -> list[dict[str, str]]:
    # 1 and "1" are two levels under one text.
    return [{"key": repr(level), "text": text} for level, text in zip(levels, texts, strict=True)]


def _job_id(image: GeneratedImage) -> str:
    return f"{image.mode}/{image.task_id}"


def _job(image: GeneratedImage) -> dict[str, Any]:
    """What the large view is told of the request behind a picture."""
    request = image.request
    return {
        "prompt": shortened(request.prompt, PROMPT_SHOWN),
        "settings": settings(request),
        "n": max(request.n, image.index + 1),
        "mode": image.mode,
        "task_id": image.task_id,
        "cost": None,  # known without its unit
        "started": 0,
        "ended": None,
    }


def _shape(images: Sequence[GeneratedImage]) -> float:
    """Width over height of every cell: that of the pictures, and square where they differ."""
    shapes = {round(width / height, 2) for width, height in (image.request.pixels or image.size for image in images)}
    return min(2.0, max(0.5, shapes.pop())) if len(shapes) == 1 else 1.0
