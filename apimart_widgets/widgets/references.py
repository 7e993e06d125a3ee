"""``References``: the strip of reference pictures. What it shows is the form's ``image_urls``, and nothing else.

Gestures come on any thread and only take note; files are read, made fit for upload and shrunk on the session's workers.
"""

from __future__ import annotations

import collections
import dataclasses
import functools
import itertools
import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .. import catalog, images
from ..errors import APIMartError
from ..images import LocalPicture
from ..interrupts import Flag
from ..loop import io_thread
from ..reference import local_reference
from ..results import ImageSet
from ..rules import Problem
from ..session import Session
from ..words import Sentence, say
from .arrivals import Arrivals, WrongPieceError
from .composer import ReferenceStrip
from .form import Form
from .reference_words import FIELDS, TO_PRESS_AGAIN, about, other_shape, place_of, spoken
from .tiles import MOST_SHOWN, Tiles, file_name, host_and_name

if TYPE_CHECKING:
    from .panel import ImagePanel

logger = logging.getLogger("apimart_widgets")

Addresses = tuple[str, ...]

PATIENCE = 10.0  # s that code waits for pictures and masks; the largest take about two

_BOX = 192  # pixels of a thumbnail: three times as many as a tile has, for dense screens and a crop
_HEARD = 64
_NOTES = 6
_ADDRESS = 2000
_BATCH = 32
_MISSING = "panel.references_missing"


@dataclasses.dataclass(frozen=True)
class _Known:
    """What is shown of a picture of this machine."""

    width: int
    height: int
    thumbnail: bytes
    notices: tuple[Sentence, ...]

    @classmethod
    def of(cls, picture: LocalPicture) -> _Known:
        return cls(picture.width, picture.height, images.thumbnail(picture.data, _BOX), picture.notices)


class References:
    """The references of one panel, and the mask that belongs to the first of them."""

    def __init__(self, panel: ImagePanel, strip: ReferenceStrip) -> None:
        self._panel = panel
        self._strip = strip
        self._lock = threading.Lock()
        self._arrivals = Arrivals()
        self._work: collections.deque[tuple[Callable[[], None], int]] = collections.deque()
        self._making = 0
        self._made = Flag()
        self._made.set()
        self._focus_wanted = self._ready = False
        self._counter = itertools.count(1)
        self._tiles = Tiles()
        self._mask_names = Tiles()
        # Content hash -> what is shown of it; None: it is no longer at hand.
        self._known: dict[str, _Known | None] = {}
        self._asked: set[str] = set()
        self._sent: set[str] = set()
        self._notes: list[dict[str, Any]] = []
        self._heard: collections.deque[str] = collections.deque(maxlen=_HEARD)
        self._taken: list[str] = []
        self._cancelled: set[str] = set()
        self._version = 0
        self._projected: Addresses = ()
        # Address that was added here -> the version of the strip that showed it first.
        self._added: dict[str, int | None] = {}
        self._mask_editor: Callable[[str], object] | None = None
        self._mask_text: Sentence | None = None
        self._kinds: dict[str, Callable[[Mapping[str, Any], list[memoryview]], None]] = {
            "piece": self._piece,
            "where": self._where,
            "cancel": self._cancel,
            "add": self._add,
            "remove": self._remove,
            "move": self._move,
            "thumbnails": self._thumbnails,
            "dismiss": self._dismiss,
            "mask": self._edit_mask,
            "unmask": self._remove_mask,
        }
        strip.on_gesture(self._gesture)

    # ---- for the mask editor

    def on_mask(self, function: Callable[[str], object] | None) -> None:
        """Call ``function(address)`` when a mask is to be painted for the first reference; None takes it back.

        It is called on any thread and must only take note. ``Session.held(address)`` gives the picture.
        """
        self._mask_editor = function
        if self._ready:  # else the panel is still being made, and is drawn once it is
            self._panel.redraw()

    def say_of_mask(self, text: Sentence | None) -> None:
        """Put ``text`` on the first thumbnail while the form has a mask; None says that there is one."""
        if text != self._mask_text:
            self._mask_text = text
            self._panel.redraw()

    # ---- for the panel

    def use(self, pictures: ImageSet) -> None:
        """Add pictures of the session; they are uploaded when the form is sent."""

        def make() -> None:
            added = [self._keep(picture, f"image-{picture.index + 1}") for picture in pictures]
            said = self._panel.say("panel.used" if any(added) else "panel.references_there")
            self._panel.answer(lambda view: view.tell("say", text=said))

        self.do(make)

    def close(self) -> None:
        """Give up what is on its way."""
        self._arrivals.close()

    def move_to(self, session: Session, form: Form) -> None:
        """Take the pictures along to another session, which knows nothing of them."""
        before = self._panel.session
        for address in form.image_urls:
            picture = _held(before, address)
            if picture is not None:
                session.hold(picture)
        with self._lock:
            missing = {sha256 for sha256, known in self._known.items() if known is None}
            self._asked -= missing
            self._known = {sha256: known for sha256, known in self._known.items() if known is not None}

    def seen(self, shown: Mapping[str, Any], now: Addresses) -> Addresses:
        """The addresses that a page showed at a press: its tiles, and what stands in its field.

        What was added here and had not reached the page yet counts too: it was asked for before the press.
        """
        version = shown.get("version")
        there = [self._tiles.address(tile) for tile in _list(shown.get("tiles"))]
        with self._lock:
            unseen = [
                address
                for address, first in self._added.items()
                if address in now and (first is None or not isinstance(version, int) or first > version)
            ]
        typed = [address for address in _list(shown.get("typed")) if isinstance(address, str)]
        later = [address for address in dict.fromkeys([*unseen, *typed]) if address not in there]
        return tuple([address for address in there if address is not None] + later)

    def judge(self, problems: Sequence[Problem], form: Form, shown: object) -> tuple[Problem, ...]:
        """Problems in the panel's words, with what only the strip knows of; ``shown`` as in ``seen``."""
        found = [spoken(problem) for problem in problems]
        found += [Problem("image_urls", text) for _, text in self._gone(form.image_urls)]
        coming = shown.get("coming") if isinstance(shown, Mapping) else 0
        first = next(iter(form.image_urls), None)
        # Read after the form: what has been made since is not in it, though nothing is being made any more.
        late = self._making > 0 or (first is not None and form.mask_url != self._panel.masking.mask_for(first))
        if late or (isinstance(coming, int) and coming > 0):
            found.append(self.waiting())
        if isinstance(shown, Mapping) and isinstance(shown.get("mask"), str):
            seen = self._mask_names.address({"id": shown["mask"]})
            if self._panel.masking.is_unseen(first, form.mask_url, seen):
                found.append(Problem("mask_url", say("panel.references_mask_changed")))
        return tuple(found)

    def settle(self) -> bool:
        """Wait, not on a worker, for what is being made ready; returns whether it is all in the form."""
        return self._made.wait(PATIENCE)

    def waiting(self) -> Problem:
        """What is wrong with asking now for something that is not all here yet."""
        return Problem("image_urls", say("panel.references_wait"))

    def focus(self) -> None:
        """Put the keyboard's focus on the strip, once it shows what is wrong."""
        self._focus_wanted = True
        self._panel.redraw()

    # ---- projection: on the widgets' thread

    def project(self, form: Form, pressed: Sequence[Problem]) -> None:
        """Bring the form's references to the strip; ``pressed``: what the last press was refused for."""
        self._ready = True
        session = self._panel.session
        model = catalog.model(form.model)
        ids = self._tiles.names(form.image_urls)
        with self._lock:
            if form.image_urls != self._projected:
                self._projected, self._version = form.image_urls, self._version + 1
            for address in self._added:
                if self._added[address] is None and address in form.image_urls:
                    self._added[address] = self._version
            notes, heard, taken, self._taken = list(self._notes), list(self._heard), self._taken, []
        items = [self._item(each, address) for each, address in zip(ids, form.image_urls, strict=True)]
        shape = other_shape(form, items[0]["width"], items[0]["height"]) if items and "width" in items[0] else None
        if shape is not None:
            items[0]["notes"].append(self._panel.said(shape))
        local = any(item["kind"] == "picture" for item in items)
        with self._strip.hold_sync():
            self._strip.items, self._strip.heard, self._strip.version = items, heard, self._version
            self._strip.most = model.max_references if model is not None else 0
            self._strip.problems = self._problems(form, pressed, ids)
            self._strip.notes = notes
            self._strip.upload_note = self._panel.say("panel.references_upload") if _uploads(session, local) else ""
            self._strip.can_mask = self._mask_editor is not None and (model is None or model.takes_mask)
            text = self._mask_text or say("panel.references_mask")
            name = "".join(self._mask_names.names([form.mask_url] if form.mask_url is not None else []))
            self._strip.mask = {"marked": bool(name), "text": self._panel.said(text), "id": name}
        self._push_thumbnails(items)
        for upload in taken:  # after the tile that takes its place
            self._strip.tell("taken", upload=upload)
        if self._focus_wanted:
            self._focus_wanted = False
            self._strip.tell("focus")
        self._look_for(form.image_urls)

    def _item(self, identity: str, address: str) -> dict[str, Any]:
        """What the strip shows of one reference."""
        reference = local_reference(address)
        if reference is None:
            host, name = host_and_name(address)
            return {"id": identity, "kind": "link", "host": host, "name": name, "address": address[:_ADDRESS]}
        known = self._known.get(reference.sha256)
        item = {"id": identity, "kind": "picture", "name": reference.name[:MOST_SHOWN], "picture": reference.sha256}
        if known is not None:
            named = [self._panel.said(about(notice, reference.name)) for notice in known.notices]
            return {**item, "width": known.width, "height": known.height, "notes": named}
        return {**item, "kind": "gone"} if reference.sha256 in self._known else item

    def _problems(self, form: Form, pressed: Sequence[Problem], ids: Sequence[str]) -> list[dict[str, str]]:
        """Everything that is wrong with the references: as they stand, and what the last press was refused for."""
        found: list[tuple[str, Problem]] = []
        for problem in form.check().problems:
            if problem.field in FIELDS:
                place = place_of(problem)
                found.append(("" if place is None else ids[place], spoken(problem)))
        found += [(ids[place], Problem("image_urls", text)) for place, text in self._gone(form.image_urls)]
        # Only a press could find these; of the rest it may have found what was mended since.
        found += [("", each) for each in pressed if each.message.key in (*TO_PRESS_AGAIN, _MISSING)]
        return [{"id": each, "field": said.field, "text": self._panel.said(said.message)} for each, said in found]

    def _gone(self, addresses: Addresses) -> list[tuple[int, Sentence]]:
        """The places of pictures that are no longer at hand, with what to say of each."""
        gone = []
        for place, address in enumerate(addresses):
            reference = local_reference(address)
            if reference is not None and self._known.get(reference.sha256, reference) is None:
                said = say("panel.references_gone", name=reference.name[:MOST_SHOWN])
                gone.append((place, say("panel.references_at", place=place + 1, problem=said)))
        return gone

    def _push_thumbnails(self, items: Sequence[Mapping[str, Any]]) -> None:
        self._send_thumbnails([item["picture"] for item in items if item["kind"] == "picture"], again=False)

    def _send_thumbnails(self, pictures: Sequence[Any], *, again: bool) -> None:
        """Send thumbnails as bytes, all in one message; those that were sent before only where they are asked for."""
        ready = {}
        for picture in pictures:
            known = self._known.get(picture) if isinstance(picture, str) else None
            if known is not None and (again or picture not in self._sent):
                ready[picture] = known.thumbnail
        self._sent.update(ready)
        if ready:
            self._strip.tell("thumbnails", *ready.values(), ids=list(ready))

    def _look_for(self, addresses: Addresses) -> None:
        """Have looked for what is shown of pictures that came into the form from elsewhere."""
        session = self._panel.session
        for address in addresses:
            reference = local_reference(address)
            if reference is None or reference.sha256 in self._known or reference.sha256 in self._asked:
                continue
            self._asked.add(reference.sha256)
            self.do(functools.partial(self._look, session, address, reference.sha256), adds=0)

    # ---- on the workers

    def do(self, work: Callable[[], None], *, adds: int = 1) -> None:
        """Have ``work`` done on a worker, one after the other in the order it came; a press waits for what adds."""
        with self._lock:
            self._making += adds
            if self._making:
                self._made.clear()
            self._work.append((work, adds))
            if len(self._work) > 1:
                return
        io_thread().executor.submit(self._work_on)

    def _work_on(self) -> None:
        more = True
        while more:
            work, adds = self._work[0]
            try:
                work()
            except Exception:
                logger.exception("A reference could not be made ready")
            with self._lock:
                self._making -= adds
                if not self._making:
                    self._made.set()
                self._work.popleft()
                more = bool(self._work)
            self._panel.redraw()

    def _look(self, session: Session, address: str, sha256: str) -> None:
        picture = _held(session, address)
        try:
            self._known[sha256] = _Known.of(picture) if picture is not None else None
        except APIMartError:  # its file was damaged since
            self._known[sha256] = None

    def _keep(self, source: object, name: str, upload: str = "") -> bool:
        """Make a picture fit for upload and add it; returns whether it was added. ``upload``: the page's name of it."""
        try:
            picture = images.local_picture(source, name=name)
            known = _Known.of(picture)
        except APIMartError as error:
            self._note(about(error.message, name), bad=True)
            return False
        address = self._panel.session.hold(picture)
        gone = self._known.get(picture.sha256, known) is None
        self._known[picture.sha256] = known
        added = False

        def add(addresses: Addresses) -> Addresses:
            nonlocal added
            contents = [reference.sha256 for each in addresses if (reference := local_reference(each))]
            added = picture.sha256 not in contents and upload not in self._cancelled
            return (*addresses, address) if added else addresses

        self._tiles.name(address, upload)
        with self._lock:
            self._added[address] = None
        self._panel.change_references(add, by_hand=False)
        if not added and not gone and upload not in self._cancelled:
            self._note(say("panel.references_twice", name=name), bad=False)
        return added

    def _note(self, text: Sentence, *, bad: bool) -> None:
        """Say something beside the strip until it is put away."""
        note = {"id": f"n{next(self._counter)}", "text": self._panel.said(text), "bad": bad}
        with self._lock:
            self._notes = [*[each for each in self._notes if each["text"] != note["text"]], note][-_NOTES:]
        self._panel.redraw()

    # ---- gestures: files

    def _gesture(self, content: Mapping[str, Any], buffers: list[memoryview]) -> None:
        act = self._kinds.get(content["kind"])
        if act is not None:
            act(content, buffers)

    def _piece(self, content: Mapping[str, Any], buffers: list[memoryview]) -> None:
        """A piece of a file came; the last one makes it whole."""
        upload, name = str(content.get("upload")), file_name(content.get("name"))
        size, offset = content.get("size"), content.get("offset")
        data = bytes(buffers[0]) if buffers else b""
        try:
            if not isinstance(size, int) or not isinstance(offset, int):
                raise WrongPieceError
            pieces = self._arrivals.take(upload, size=size, offset=offset, data=data)
        except WrongPieceError:
            self._note(say("panel.references_not_whole", name=name), bad=True)
            self._over(upload)
            return
        if pieces is not None:
            self.do(lambda: self._make(upload, name, pieces))
        self._answer(upload)

    def _make(self, upload: str, name: str, pieces: list[bytes]) -> None:
        try:
            if upload not in self._cancelled:
                self._keep(b"".join(pieces), name, upload)
        except Exception:  # whatever it is, the page must not wait for this file for ever
            self._note(say("panel.references_damaged", name=name), bad=True)
            raise
        finally:
            self._over(upload)

    def _over(self, upload: str) -> None:
        """Tell the page, once it has been shown what came of it, that a file is no longer on its way."""
        with self._lock:
            self._taken.append(upload)
        self._panel.redraw()

    def _where(self, content: Mapping[str, Any], _: list[memoryview]) -> None:
        self._answer(str(content.get("upload")), asked=True)

    def _answer(self, upload: str, *, asked: bool = False) -> None:
        reached = self._arrivals.next(upload)
        self._panel.answer(lambda view: self._strip.tell("got", upload=upload, next=reached, asked=asked))

    def _cancel(self, content: Mapping[str, Any], buffers: list[memoryview]) -> None:
        upload = str(content.get("upload"))
        self._arrivals.drop(upload)
        with self._lock:
            self._cancelled.add(upload)
        # It may have become a reference before the page heard of it.
        self._remove({**content, "gesture": upload, "id": upload}, buffers)

    def _thumbnails(self, content: Mapping[str, Any], _: list[memoryview]) -> None:
        wanted = _list(content.get("ids"))[:_BATCH]
        self._panel.answer(lambda view: self._send_thumbnails(wanted, again=True))

    # ---- gestures: the list

    def _add(self, content: Mapping[str, Any], _: list[memoryview]) -> None:
        links = [link for link in _list(content.get("links")) if isinstance(link, Mapping)]

        def add(addresses: Addresses) -> Addresses:
            for link in links:
                address = link.get("address")
                if isinstance(address, str) and address and address not in addresses:
                    addresses = (*addresses, address)
                    self._tiles.name(address, link.get("id"))
            return addresses

        self._change(content, add)

    def _remove(self, content: Mapping[str, Any], _: list[memoryview]) -> None:
        def remove(addresses: Addresses) -> Addresses:
            place = self._tiles.place(addresses, content.get("id"))
            return addresses if place is None else (*addresses[:place], *addresses[place + 1 :])

        self._change(content, remove)

    def _move(self, content: Mapping[str, Any], _: list[memoryview]) -> None:
        to = content.get("to")

        def move(addresses: Addresses) -> Addresses:
            place = self._tiles.place(addresses, content.get("id"))
            if place is None or not isinstance(to, int) or not 0 <= to < len(addresses):
                return addresses
            others = [*addresses[:place], *addresses[place + 1 :]]
            others.insert(to, addresses[place])
            return tuple(others)

        self._change(content, move)

    def _change(self, content: Mapping[str, Any], change: Callable[[Addresses], Addresses]) -> None:
        """Do what a gesture asks for, once, however often it is sent."""
        gesture = str(content.get("gesture"))
        with self._lock:
            if gesture in self._heard:
                return
            self._heard.append(gesture)
        self._panel.change_references(change)

    def _dismiss(self, content: Mapping[str, Any], _: list[memoryview]) -> None:
        with self._lock:
            self._notes = [note for note in self._notes if note["id"] != content.get("id")]
        self._panel.redraw()

    # ---- gestures: the mask

    def _edit_mask(self, content: Mapping[str, Any], _: list[memoryview]) -> None:
        address = self._tiles.address({"id": content.get("id")})
        if self._mask_editor is not None and address is not None:
            self._mask_editor(address)

    def _remove_mask(self, content: Mapping[str, Any], _: list[memoryview]) -> None:
        self._panel.remove_mask(self._tiles.address({"id": content.get("id")}))


def _held(session: Session, address: str) -> LocalPicture | None:
    try:
        return session.held(address)
    except APIMartError:  # a library that is closed or cannot be read has no picture
        return None


def _uploads(session: Session, local: bool) -> bool:
    return local and session.mode == "live"


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
