"""``MaskEditor``: paint what may change in a picture."""

from __future__ import annotations

import io
import logging
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import traitlets
from PIL import Image

from .. import images
from ..errors import APIMartError
from ..images import LocalPicture
from ..jobs import Watchers
from ..words import LANGUAGES, Language, say
from .catch_up import catch_up
from .composer import FrontEnd, front_end_words
from .marks import Arrivals, Marks
from .projector import Projector

_STATIC = Path(__file__).parent / "static"

logger = logging.getLogger("apimart_widgets")

LARGEST_SHOWN = 2048
"""Pixels a side of what the page is sent to show; the mask has the size of the picture all the same."""


class MaskEditor(FrontEnd):
    """Paint what may change in a picture: with brush, eraser and rectangle, by pointer, pen, fingers or keys.

    Args:
        image: the picture to edit, as ``Session.submit`` takes references: a path, bytes, a PIL image, an array, a
            ``GeneratedImage``.
        mask: what is marked at first; see ``mask``.
        language: "en" or "zh".

    It can be handed in as it is: ``session.submit("a hat", references=[picture], mask=editor)``.

    >>> from PIL import Image
    >>> import apimart_widgets as am
    >>> editor = am.MaskEditor(Image.new("RGB", (1536, 1024)))
    >>> editor.mask is None, editor.marked
    (True, False)
    >>> editor.mask = Image.new("L", (1536, 1024), 255)  # white may change
    >>> editor.mask.mode, editor.mask.size, editor.mask.getpixel((0, 0)), editor.share
    ('RGBA', (1536, 1024), (0, 0, 0, 0), 1.0)
    """

    _esm = _STATIC / "mask_editor.js"
    _css = _STATIC / "mask_editor.css"

    picture = traitlets.Dict().tag(sync=True)
    """{id, width, height} of what the page shows."""

    marked = traitlets.Bool(False, read_only=True)
    """Whether anything may change; can be observed, on whatever thread a mask arrives."""

    def __init__(self, image: object, *, mask: object | None = None, language: Language = "en") -> None:
        if language not in LANGUAGES:
            raise APIMartError(say("panel.language", language=language))
        self._lock = threading.RLock()
        self._projector = Projector(self._project)
        self._watchers = Watchers("What a mask editor's on_change was given")
        # Called at once, on whatever thread, and must only take note: ``on_change`` comes late enough to be overtaken.
        self.on_mark: Callable[[], object] = lambda: None
        self._shown = ("", b"")  # of the widgets' thread alone: what was last made for display, and of what
        self._open(images.local_picture(image))
        super().__init__(words=front_end_words(language, "mask_"), language=language, picture=self._described())
        self.on_gesture(self._gesture)
        if mask is not None:
            self.mask = mask

    def _open(self, picture: LocalPicture) -> None:
        self._picture = picture
        self._arrivals = Arrivals((picture.width, picture.height))
        self._marks: Marks | None = None
        self._painter = ""
        self._changed = self._greeting = False

    # ---- for code

    @property
    def image(self) -> Image.Image:
        """The picture; assign another one to edit that instead, with nothing marked.

        Raises:
            ImageError: on assigning what is no picture.
        """
        return images.decode(self._picture.data)

    @image.setter
    def image(self, image: object) -> None:
        picture = images.local_picture(image)
        with self._lock:
            if picture.sha256 == self._picture.sha256:
                return
            self._open(picture)
            self._mark(None, "")

    @property
    def mask(self) -> Image.Image | None:
        """What was painted: RGBA of exactly the picture's size, alpha 0 where it may change and 255 elsewhere.

        Its colours are black: the API reads the alpha alone, and what is all black is small to upload. None while
        nothing is marked. Assign a mask to show it: a PIL image (in modes "1" and "L" white may change, with an alpha
        channel what is more than half transparent), an array (True may change), a path or bytes; None clears.

        Raises:
            ImageError: on assigning a mask of another size, without alpha, or that leaves nothing open.
        """
        catch_up()
        marks = self._marks
        return marks.mask() if marks is not None else None

    @mask.setter
    def mask(self, mask: object | None) -> None:
        if mask is None:
            return self._mark(None, "")
        size = (self._picture.width, self._picture.height)
        taken = Marks.of_mask(images.decode(images.mask_picture(mask, size).data))
        return self._mark(taken, "")

    @property
    def share(self) -> float:
        """How much of the picture may change, 0 to 1."""
        catch_up()
        marks = self._marks
        return marks.share if marks is not None else 0.0

    @property
    def bytes(self) -> bytes:
        """The mask as a PNG, for which the editor itself can be handed in; all of it closed while nothing is marked."""
        file = io.BytesIO()
        size = (self._picture.width, self._picture.height)
        (self.mask or Image.new("RGBA", size, (0, 0, 0, 255))).save(file, "PNG", compress_level=1)
        return file.getvalue()

    def clear(self) -> None:
        """Mark nothing."""
        self.mask = None

    def on_change(self, function: Callable[[], object]) -> Callable[[], None]:
        """Call ``function()`` soon after the mask has changed, by hand or by code; returns what ends that.

        It is called on the widgets' thread, at most a few times a second, and should be quick.
        """
        return self._watchers.add(function)

    def close(self) -> None:
        """Take the editor away; its mask can still be read."""
        if hasattr(self, "_projector"):  # ipywidgets also closes what was never built
            self._projector.close()
        super().close()

    def __repr__(self) -> str:
        return f"<MaskEditor: {self.share:.0%} of {self._picture.width}x{self._picture.height} may change>"

    # ---- gestures: on any thread, so they only take note

    def _gesture(self, content: Mapping[str, Any], buffers: list[memoryview]) -> None:
        if content["kind"] == "hello":
            with self._lock:
                self._greeting = True
            self._projector.schedule()
        elif content["kind"] == "mask":
            self._receive(content, buffers)

    def _receive(self, content: Mapping[str, Any], buffers: list[memoryview]) -> None:
        with self._lock:
            if content.get("id") != self._picture.sha256:
                return  # painted over a picture that is no longer the one
            fields = {name: content.get(name) for name in ("page", "number", "part", "parts")}
            try:
                marks = self._arrivals.take(bytes(buffers[0]) if buffers else b"", **fields)
            except ValueError as error:
                logger.warning("A mask that came from the page could not be read: %s", error)
                self._projector.run(lambda: self.tell("refused", page=fields["page"], number=fields["number"]))
                return
            if marks is not None:
                self._mark(marks, str(fields["page"]))
        self._projector.schedule()

    def _mark(self, marks: Marks | None, painter: str) -> None:
        """Have this marked; ``painter`` is the page that shows it already."""
        with self._lock:
            self._marks = marks if marks is not None and marks.count else None
            self._painter = painter
            self._changed = True
            # Under the lock, so that what is said last is what is so.
            self.set_trait("marked", self._marks is not None)
            self.on_mark()
        self._projector.schedule()

    # ---- projection: on the widgets' thread

    def _project(self) -> None:
        with self._lock:
            picture, marks, painter, kept = self._picture, self._marks, self._painter, dict(self._arrivals.kept)
            changed, self._changed = self._changed, False
            greeting, self._greeting = self._greeting, False
            described = self._described()
        self.picture = described
        # The mask first: once the picture is there, one may paint over it.
        packed = [marks.packed] if marks is not None else []
        self.tell("mask", *packed, id=picture.sha256, page=painter, kept=kept)
        if greeting:
            if self._shown[0] != picture.sha256:
                self._shown = (picture.sha256, images.thumbnail(picture.data, LARGEST_SHOWN))
            self.tell("picture", self._shown[1], id=picture.sha256)
        if changed:
            self._watchers.tell()

    def _described(self) -> dict[str, Any]:
        return {"id": self._picture.sha256, "width": self._picture.width, "height": self._picture.height}
