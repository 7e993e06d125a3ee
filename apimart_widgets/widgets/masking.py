"""``Masking``: the mask editor within the panel, for the first reference of the form.

The editor is made with the panel and hidden until it is asked for: no widget is made while jobs run. What is painted
goes into the form at once, as a picture that is uploaded when the form is sent.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from typing import TYPE_CHECKING

import ipywidgets as widgets
from PIL import Image

from .. import images
from ..errors import APIMartError, ImageError
from ..session import Session
from ..words import Language, Sentence, say
from .form import Form
from .mask_editor import MaskEditor

if TYPE_CHECKING:
    from .panel import ImagePanel

logger = logging.getLogger("apimart_widgets")


class Masking:
    """One panel's masks: one for each picture that was a first reference, so that changing the order loses none.

    The form's mask is always the one that is known here of its first reference.
    """

    def __init__(self, panel: ImagePanel, language: Language, layout: widgets.Layout) -> None:
        self._panel = panel
        self._lock = threading.Lock()
        self._editing: str | None = None
        self._wanted: str | None = None
        self._shown = False
        # Asked for while it may be open already, and then perhaps out of sight.
        self._asked = False
        self._masks: dict[str, str] = {}
        # Reference -> the mask that came with a request, until another is painted or it is taken away by hand.
        self._given: dict[str, str | None] = {}
        # What the editor shows: the mask of a reference, by both addresses; None while that is about to change.
        self._loaded: tuple[str, str | None] | None = None
        # Whether something was painted that is not taken yet, and how often another mask took the place of what was.
        self._fresh = False
        self._turn = 0
        # The thread that puts a mask into the editor, which is not to be taken for one that is painted there.
        self._loader = 0
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
        """The mask of a reference, by both addresses; None where it has none."""
        with self._lock:
            return self._masks.get(first) if first is not None else None

    def is_unseen(self, first: str | None, mask: str | None, shown: str | None) -> bool:
        """Whether a page that shows ``shown`` as the mask of a reference was overtaken by a request that has another.

        What was done by hand is known on the page, whatever it shows yet.
        """
        with self._lock:
            return mask != shown and first in self._given and self._given[first] == mask

    def put(self, first: str, mask: str | None, *, given: bool = False) -> None:
        """A reference has this mask now, or None, whatever was painted over it before; ``given``: by a request."""
        with self._lock:
            if self._loaded == (first, mask):
                return
            self._know(first, mask)
            if given:
                self._given[first] = mask
            editing = first == self._editing
            if editing:
                self._loaded, self._fresh, self._turn = None, False, self._turn + 1
        if editing:
            self._panel.references.do(lambda: self._load(first), adds=0)

    def move_to(self, session: Session) -> None:
        """Take the masks along to another session, which knows nothing of them."""
        for address in tuple(self._masks.values()):
            with contextlib.suppress(APIMartError):  # a library that is closed or cannot be read has no picture
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
        if first != self._editing or form.mask_url is None:
            self._panel.references.say_of_mask(None)
        elif self._loaded == (first, form.mask_url):
            self._panel.references.say_of_mask(self._share() if self.editor.marked else None)

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
        if threading.get_ident() == self._loader:
            return
        with self._lock:
            waiting, self._fresh, self._loaded = self._fresh, True, None
        if not waiting:
            # A press waits for what is under way: it must not send the mask before this one.
            self._panel.references.do(self._take)

    # ---- on the workers

    def _load(self, address: str) -> None:
        """Put a reference into the editor, with the mask it has."""
        self._take()  # what was painted over the one before
        session = self._panel.session
        picture = session.held(address)
        with self._lock:
            known, turn = self._masks.get(address), self._turn
            if picture is None or self._loaded == (address, known):
                return
            self._editing, self._loaded = address, None
        mask = session.held(known) if known is not None else None
        self._loader = threading.get_ident()
        try:
            self.editor.image = picture.data
            self.editor.mask = mask.data if mask is not None else None
        except ImageError as error:  # a mask of another size came with a request
            logger.warning("The mask cannot be shown over its reference: %s", error)
            self.editor.clear()
        finally:
            self._loader = 0
        with self._lock:
            if turn == self._turn and not self._fresh:
                self._loaded = (address, known)

    def _take(self) -> None:
        """Bring what was painted into the form, if it belongs to what is the first reference there."""
        with self._lock:
            fresh, self._fresh = self._fresh, False
            editing, turn = self._editing, self._turn
        if not fresh or editing is None:
            return
        mask = None
        if self.editor.marked:
            mask = self._panel.session.hold(images.mask_picture(self.editor, self.editor.image.size))
        with self._lock:
            if turn != self._turn:
                return
            self._know(editing, mask)
            if not self._fresh:
                self._loaded = (editing, mask)
        self._panel.mask_first(editing)

    def _know(self, first: str, mask: str | None) -> None:
        self._given.pop(first, None)
        if mask is None:
            self._masks.pop(first, None)
        else:
            self._masks[first] = mask

    def _share(self) -> Sentence:
        """As short as a thumbnail is narrow; the editor says it in words."""
        percent = round(self.editor.share * 100)
        return say("panel.masking_share", n=percent) if percent else say("panel.masking_little", n=1)
