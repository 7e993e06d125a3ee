"""``ResultGestures``: what the results view's messages do. Each method is one kind of message."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import APIMartError, ImageError
from ..gallery import shortened
from ..jobs import Job
from ..reference import local_reference
from ..request import FORMS, as_code
from ..results import GeneratedImage
from .rows import given_picture

if TYPE_CHECKING:
    from .composer import ResultsView
    from .panel import ImagePanel
    from .row_host import RowHost

_BATCH = 32


class RowGestures:
    """Called with every message of a results view, on any thread; sending is left to the widgets' thread."""

    def __init__(self, host: RowHost) -> None:
        self._host = host
        self._kinds: dict[str, Callable[[Mapping[str, Any]], object]] = {
            "hello": self._hello,
            "thumbnails": self._thumbnails,
            "open": self._open,
            "before": self._before,
            "tick": lambda content: host.tick(str(content.get("id")), content.get("on") is True, **_sender(content)),
            "clear": lambda content: host.untick_all(**_sender(content)),
            "cancel": self._cancel,
            "look": self._look,
            "retry": self._retry,
            "delete": self._delete,
            "zip": self._zip,
            "code": self._code,
            "rate": self._rate,
            "note": self._note,
            "report": self._report,
        }

    def __call__(self, content: Mapping[str, Any], _: list[memoryview]) -> None:
        act = self._kinds.get(content["kind"])
        if act is not None:
            act(content)

    def _hello(self, content: Mapping[str, Any]) -> None:
        def greet(view: ResultsView) -> None:
            view.catch_up(content.get("turn"))
            view.tell("clock", now=self._host.session.now())

        self._host.answer(greet)

    def _thumbnails(self, content: Mapping[str, Any]) -> None:
        wanted = content.get("ids")
        self._host.answer(partial(self._send_thumbnails, wanted[:_BATCH] if isinstance(wanted, list) else []))

    def _send_thumbnails(self, identities: list[Any], _: ResultsView) -> None:
        self._host.send_thumbnails(self._host.pictures(identities))

    def _open(self, content: Mapping[str, Any]) -> None:
        self._host.answer(partial(self._send_picture, content.get("id")))

    def _send_picture(self, identity: Any, view: ResultsView) -> None:
        pictures = self._host.pictures([identity])
        for image in pictures:
            try:
                data = image.bytes
            except ImageError:
                view.tell("gone", id=identity)
                raise
            # Rows carry the beginning of a long prompt only.
            prompt = image.request.prompt
            view.tell("picture", data, id=identity, media_type=f"image/{image.format}", prompt=prompt)
        if not pictures:
            view.tell("gone", id=identity)
            view.tell("say", text=self._host.say("panel.picture_gone"))

    def _before(self, content: Mapping[str, Any]) -> None:
        """A picture is to be compared with the first one it was made from."""
        identity = content.get("id")
        for image in self._host.pictures([identity]):
            if image.request.image_urls:
                self._host.answer(partial(self._send_before, identity, image.request.image_urls[0]))

    def _send_before(self, identity: Any, address: str, view: ResultsView) -> None:
        picture = self._host.session.held(address)
        if picture is not None:
            before = given_picture(picture, self._host.say("panel.before_alt"))
            view.tell("before", picture.data, id=identity, media_type=picture.media_type, image=before)
        elif local_reference(address) is None:
            view.tell("say", text=self._host.say("panel.before_elsewhere", url=shortened(address, 80)))
        else:
            view.tell("say", text=self._host.say("panel.before_gone"))

    def _cancel(self, content: Mapping[str, Any]) -> None:
        job = self._host.job(content.get("row"))
        if job is not None and not job.cancel():
            self._say("panel.already_sent")

    def _look(self, content: Mapping[str, Any]) -> None:
        job = self._host.job(content.get("row"))
        if job is not None and self._host.once(str(content.get("nonce"))):
            self._host.session.look_again(job)

    def _retry(self, content: Mapping[str, Any]) -> None:
        job = self._host.job(content.get("row"))
        if job is None or not self._host.once(str(content.get("nonce"))):
            return
        try:
            self._host.session.retry(job)
        except APIMartError:
            self._say("panel.no_retry")

    def _delete(self, content: Mapping[str, Any]) -> None:
        pictures = self._host.pictures(content.get("ids"))
        self._host.answer(lambda view: self._host.session.delete(pictures))

    def _rate(self, content: Mapping[str, Any]) -> None:
        stars = content.get("rating")
        self._change(content, lambda picture: self._host.session.rate(picture, stars))

    def _note(self, content: Mapping[str, Any]) -> None:
        text = content.get("text")
        self._change(content, lambda picture: self._host.session.note(picture, text))

    def _change(self, content: Mapping[str, Any], change: Callable[[GeneratedImage], object]) -> None:
        pictures = self._host.pictures([content.get("id")])
        self._host.answer(lambda view: [change(picture) for picture in pictures])

    def _zip(self, content: Mapping[str, Any]) -> None:
        pictures = self._host.pictures(content.get("ids"))

        def send(view: ResultsView) -> None:
            with tempfile.TemporaryDirectory() as folder:
                path = pictures.to_zip(Path(folder) / "pictures.zip")
                view.tell("zip", path.read_bytes(), name=path.name)

        self._host.answer(send) if pictures else self._say("panel.picture_gone")

    def _code(self, content: Mapping[str, Any]) -> None:
        form = content.get("form")
        if form in FORMS:
            requests = dict.fromkeys(image.request for image in self._host.pictures(content.get("ids")))
            text = as_code([*requests], form, self._host.code_origin)
            self._host.answer(lambda view: view.tell("code", text=text, form=form))

    def _report(self, content: Mapping[str, Any]) -> None:
        """The wire record of a job was opened, or has grown while it is open."""
        job = self._host.job(content.get("row"))
        if job is not None:
            self._host.answer(partial(self._send_report, job))

    def _send_report(self, job: Job, view: ResultsView) -> None:
        view.tell("report", row=job.id, text=job.report(self._host.language))

    def _say(self, key: str) -> None:
        self._host.answer(lambda view: view.tell("say", text=self._host.say(key)))


def _sender(content: Mapping[str, Any]) -> dict[str, Any]:
    """Which page a gesture came from, and its number there."""
    return {name: content.get(name) for name in ("page", "number")}


class ResultGestures(RowGestures):
    """The same for the view of a panel, which has a form, a history, and jobs of an earlier session."""

    def __init__(self, panel: ImagePanel) -> None:
        super().__init__(panel)
        self._panel = panel
        self._kinds |= {
            "hide": self._hide,
            "reuse": self._reuse,
            "edit": self._reuse,
            "key": lambda content: panel.focus_key(),
            "use": self._use,
            "offer": self._offer,
            "history": panel.history.gesture,
            "history-filter": panel.history.gesture,
            "history-more": panel.history.gesture,
        }

    def _hide(self, content: Mapping[str, Any]) -> None:
        job = self._panel.job(content.get("row"))
        if job is not None:
            (job.unhide if content.get("hidden") is False else job.hide)()

    def _reuse(self, content: Mapping[str, Any]) -> None:
        job = self._panel.job(content.get("row"))
        if job is not None:
            self._panel.fill(job.request)

    def _offer(self, content: Mapping[str, Any]) -> None:
        """What an earlier session left is sent, or dropped."""
        if not self._panel.once(str(content.get("nonce"))):
            return
        resumption = self._panel.session.resumption
        offers = {"unsent": resumption.unsent, "unanswered": resumption.unanswered} if resumption else {}
        offer = offers.get(str(content.get("offer")))
        if offer is not None:
            self._panel.answer(partial(self._take_up, offer.send if content.get("answer") == "yes" else offer.discard))

    def _take_up(self, act: Callable[[], object], _: ResultsView) -> None:
        try:
            act()
        finally:
            self._panel.ask_again()

    def _use(self, content: Mapping[str, Any]) -> None:
        self._panel.references.use(self._panel.pictures(content.get("ids")))
