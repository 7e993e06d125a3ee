"""``Masking``: the mask editor within the panel, for the first reference of the form.

The editor is made with the panel and hidden until it is asked for: no widget is made while jobs run. What is painted
goes into the form at once, as a picture that is uploaded when the form is sent.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import ipywidgets as widgets
from PIL import Image

from .. import images
from ..session import Session
from ..words import Language, Sentence, say
from .form import Form
from .mask_editor import MaskEditor

if TYPE_CHECKING:
    from .panel import ImagePanel


class Masking:
    """One panel's masks: one for each picture that was a first reference, so that changing the order loses none."""

    def __init__(self, panel: ImagePanel, language: Language, layout: widgets.Layout) -> None:
        self._panel = panel
        self._lock = threading.Lock()
        self._editing: str | None = None
        self._wanted: str | None = None
        self._shown = False
        # Asked for while it may be open already, and then perhaps out of sight.
        self._asked = False
        self._masks: dict[str, str] = {}
        # Whether something was painted that is not taken yet.
        self._fresh = False
        self.editor = MaskEditor(Image.new("RGB", (1, 1)), language=language)
        done = widgets.Button(description=panel.say("panel.masking_done"), tooltip="", layout=layout)
        for name in ("apw-button", "apw-masking-done"):
            done.add_class(name)
        done.on_click(lambda _: self._close())
        title = widgets.Label(panel.say("panel.masking_title"), tooltip="", layout=layout)
        title.add_class("apw-masking-title")
        head = widgets.HBox([title, done], layout=layout)
        head.add_class("apw-masking-head")
        self.box = widgets.VBox([head, self.editor], layout=layout)
        for name in ("apw-masking", "apw-closed"):
            self.box.add_class(name)
        self.editor.on_mark = self._painted
        panel.references.on_mask(self._open)

    def mask_for(self, first: str | None) -> str | None:
        """The mask that was painted over a reference, by both addresses; None where none was."""
        with self._lock:
            return self._masks.get(first) if first is not None else None

    def forget(self, first: str | None) -> None:
        """The mask of a reference was taken away."""
        with self._lock:
            gone = self._masks.pop(first, None) if first is not None else None
            editing = first is not None and first == self._editing
        if gone is not None and editing:
            self.editor.clear()

    def move_to(self, session: Session) -> None:
        """Take the masks along to another session, which knows nothing of them."""
        for address in tuple(self._masks.values()):
            picture = self._panel.session.held(address)
            if picture is not None:
                session.hold(picture)

    def project(self, form: Form) -> None:
        """Show the editor while it is open for what is the first reference; on the widgets' thread."""
        first = form.image_urls[0] if form.image_urls else None
        shown = self._wanted is not None and self._wanted == self._editing == first
        (self.box.remove_class if shown else self.box.add_class)("apw-closed")
        if shown and (self._asked or not self._shown):
            self._asked = False
            self.editor.tell("focus")
        self._shown = shown
        self._panel.references.say_of_mask(self._share() if first == self._editing and self.editor.marked else None)

    def close(self) -> None:
        """Take the editor away with its panel."""
        self.editor.close()

    # ---- gestures: on any thread, so they only take note

    def _open(self, address: str) -> None:
        self._wanted = address
        self._asked = True
        self._panel.references.do(lambda: self._load(address), adds=0)

    def _close(self) -> None:
        self._wanted = None
        self._panel.references.focus()

    def _painted(self) -> None:
        with self._lock:
            waiting, self._fresh = self._fresh, True
        if not waiting:
            # A press waits for what is under way: it must not send the mask before this one.
            self._panel.references.do(self._take)

    # ---- on the workers

    def _load(self, address: str) -> None:
        """Put a reference into the editor, with the mask it has."""
        self._take()  # what was painted over the one before
        session = self._panel.session
        picture = session.held(address)
        if picture is None:
            return
        self.editor.image = picture.data
        form = self._panel.request
        with self._lock:
            self._editing = address
            known = self._masks.get(address)
        if known is None and form.mask_url and (form.image_urls or ())[:1] == (address,):
            known = form.mask_url
        mask = session.held(known) if known is not None and not self.editor.marked else None
        if mask is not None:
            self.editor.mask = mask.data

    def _take(self) -> None:
        """Bring what was painted into the form, if it belongs to what is the first reference there."""
        with self._lock:
            fresh, self._fresh = self._fresh, False
            editing = self._editing
        if not fresh or editing is None:
            return
        if self.editor.marked:
            size = self.editor.image.size
            mask = self._panel.session.hold(images.mask_picture(self.editor, size))
            with self._lock:
                self._masks[editing] = mask
        else:
            with self._lock:
                self._masks.pop(editing, None)
        self._panel.mask_first(editing, self.mask_for(editing))

    def _share(self) -> Sentence:
        """As short as a thumbnail is narrow; the editor says it in words."""
        percent = round(self.editor.share * 100)
        return say("panel.masking_share", n=percent) if percent else say("panel.masking_little", n=1)
