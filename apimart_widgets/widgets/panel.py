"""``ImagePanel``: a form, a button, and a grid of pictures.

The panel's state is a plain object under a lock; the widgets are its projection. A callback, on whatever thread it
arrives, only reads values and calls thread-safe methods; the projector writes to the widgets.
"""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import ipywidgets as widgets
import traitlets
from IPython.display import display

from .. import catalog
from ..errors import APIMartError, BudgetError, InvalidRequest
from ..gallery import gallery
from ..jobs import Job, logger
from ..kernel import leave_to_repr
from ..ledger import Offered
from ..request import FORMS, ImageRequest, as_code, refusal
from ..request import Form as CodeForm
from ..results import GeneratedImage, ImageSet
from ..rules import Problem
from ..session import Session, default_session
from ..words import LANGUAGES, Language, Sentence, say
from .account import Account
from .catch_up import Current, catch_up
from .composer import HistoryBar, PromptBox, ReferenceStrip, ResultsView, SubmitBar, Viewer, front_end_words, keep_order
from .controls import Controls
from .form import QUALITIES_COMPARED, Form
from .gestures import ResultGestures
from .history import History
from .masking import Masking
from .projector import Projector
from .reference_words import FIELDS as REFERENCE_FIELDS
from .reference_words import TO_PRESS_AGAIN, spoken
from .references import Addresses, References
from .row_host import RowHost
from .rows import image_id, live
from .snapshot import Snapshot

# It is sent whole each time, 64 KB at most.
SNAPSHOT_INTERVAL = 1.0

# What the viewer says where it shows code.
_CODE_WORDS = tuple(f"results.{name}" for name in ("code", "copy", "copied", "close", "waiting"))
_ANSWERS: dict[Offered, dict[str, str]] = {
    "unsent": {"yes": "panel.unsent_yes", "no": "panel.unsent_no"},
    "unanswered": {"yes": "panel.unanswered_yes", "no": "panel.unanswered_no"},
}


class ImagePanel(RowHost, widgets.VBox):  # type: ignore[misc]
    """The whole user interface: build a request, run it in the background, see its pictures in a grid.

    Args:
        session: where jobs go; None is the kernel's one default session, so that re-running the cell keeps jobs and
            results.
        language: "en" or "zh".

    >>> import apimart_widgets as am
    >>> with am.Session(mode="sandbox", library=":memory:", sandbox_seconds=0) as session:
    ...     panel = am.ImagePanel(session)
    ...     panel.request = am.ImageRequest("A red fox", n=2)
    ...     job = panel.submit()
    ...     len(job.result()), panel.request.n
    (2, 2)
    """

    request = Current(ImageRequest)
    """The form as an ``ImageRequest``, not judged (``request.check()`` does that); assign one to fill the form."""

    results = Current(ImageSet)
    """Every picture of the session's jobs, oldest first."""

    selected = Current(ImageSet)
    """The ticked pictures, in the order they were ticked."""

    def __init__(self, session: Session | None = None, *, language: Language = "en") -> None:
        if language not in LANGUAGES:
            raise APIMartError(say("panel.language", language=language))
        if not isinstance(session, Session | None):
            raise APIMartError(say("panel.no_session", type=type(session).__name__))
        self.begin_hosting(session or default_session(), language)
        # The request this thread has published last, which is not to be taken for one that code assigns.
        self._own = threading.local()
        self._form = Form()
        self._notes: dict[str, Sentence] = {}
        self._problems: tuple[Problem, ...] = ()
        self._answers: dict[str, bool] = {}  # nonce of a press -> whether anything was started
        self._stale: set[str] = set()
        self._offer_turn = 0
        # One layout for all: each of its own would be sent with the panel, and again for every page.
        layout = widgets.Layout()
        common: dict[str, Any] = {"language": language, "layout": layout}
        self._prompt_box = PromptBox(words=front_end_words(language, "badge_", "key_", "prompt_"), **common)
        viewer = Viewer(layout=layout)
        words = front_end_words(language, "submit_", "results.form.", *_CODE_WORDS)
        self._submit_bar = SubmitBar(words=words, viewer=viewer, **common)
        self._results_view = ResultsView(
            words=front_end_words(language, "results.", "history."),
            viewer=viewer,
            history_bar=HistoryBar(layout=layout),
            **common,
        )
        self._strip = ReferenceStrip(words=front_end_words(language, "references"), **common)
        self._controls = Controls(self._form, language, self._strip, self._change)
        self._snapshot = Snapshot(lambda: gallery(self.results[::-1]))
        self._projector = Projector(self._project)
        self._snapshots = Projector(self._snapshot.update, SNAPSHOT_INTERVAL)
        self._account = Account(self)
        self.references = References(self, self._strip)
        self.masking = Masking(self, **common)
        self.history = History(self)
        shown = (self._prompt_box, self._controls.box, self.masking.box, self._submit_bar, self._results_view)
        inner = widgets.VBox(shown, layout=layout)
        inner.add_class("apw-panel")
        super().__init__([inner], request=self._form.request(), results=ImageSet(), selected=ImageSet())
        self.add_class("apw-root")
        keep_order(self)
        self._prompt_box.on_gesture(self._on_prompt)
        self._submit_bar.on_gesture(self._on_submit)
        self._results_view.on_gesture(ResultGestures(self))
        self.follow(self._session)
        self._stale = set(self._controls.fields)
        self._project()
        self._resume()

    # ---- for code

    def submit(self) -> Job:
        """Do what the button does: start a job from the form.

        Raises:
            InvalidRequest: the form breaks a rule; nothing was sent.
        """
        catch_up()
        arrived = self.references.settle()
        form = self._form
        problems = form.check().problems or (() if arrived else (self.references.waiting(),))
        if problems:
            raise refusal(problems)
        return self._session.submit(form.request())

    def settle(self) -> None:
        """Bring the traits up to date with what is known, if it is not done yet."""
        self.references.settle()
        self._projector.schedule()  # a job tells that it has ended a moment after whoever waited for it goes on
        self._projector.settle()

    def close(self) -> None:
        """Take the panel away; its session and jobs go on."""
        if self._unwatch is not None:  # ipywidgets also closes what was never built
            self._unwatch()
            self._unwatch = None
            self._projector.close()
            self._snapshots.close()
            self._snapshot.close()
            self.references.close()
            self.masking.close()
            view = self._results_view
            for part in (self._prompt_box, self._strip, self._submit_bar, view, view.viewer, view.history_bar):
                part.close()
        super().close()

    def __repr__(self) -> str:
        return f"<ImagePanel: {getattr(self, '_session', None)!r}>"

    def _ipython_display_(self) -> None:
        leave_to_repr()
        display(self._repr_mimebundle_(), raw=True)
        self._snapshot.show()

    @traitlets.observe("request")
    def _request_assigned(self, change: Any) -> None:
        if change.new is getattr(self._own, "request", None):
            return
        with self._lock:
            if change.new == self._form.request():
                return
            over, self._form = self._form.prompt, Form.of(change.new)
            form = self._form
            if form.image_urls:
                self.masking.put(form.image_urls[0], form.mask_url, given=True)
            self._notes, self._problems = {}, ()
            self._stale = {"prompt", *self._controls.fields}
        # As a message too: the page takes a prompt that it has sent itself for an echo, and goes on with its own.
        self._projector.run(lambda: self._prompt_box.tell("set", text=change.new.prompt, over=over))
        self._projector.schedule()

    def _publish(self) -> None:
        """Let code see the form as it is; whoever changed it meanwhile, on another thread, is seen too."""
        while True:
            with self._lock:
                request = self._form.request()
            self._own.request = request
            self.request = request
            with self._lock:
                if self._form.request() == request:
                    return

    # ---- gestures: on any thread, so they only take note

    def _change(self, field: str, value: Any) -> None:
        """A control was changed by the user."""
        with self._lock:
            before = self._form
            self._form, notes = before.changed(field, value)
            # What was mended is written back; what the user just chose is not, or a slow echo would undo it.
            mended = {name for name in self._controls.fields if getattr(before, name) != getattr(self._form, name)}
            self._stale |= mended - {field}
            if self._form != before:  # a page may tell of what a press has brought along already
                if field != "prompt":  # writing on does not take back what a control's change has mended
                    self._notes = notes
                self._problems = tuple(problem for problem in self._problems if problem.field != field)
        self._publish()
        self._projector.schedule()

    def _on_prompt(self, content: Mapping[str, Any], _: list[memoryview]) -> None:
        kind = content["kind"]
        if kind == "prompt":
            self._change("prompt", str(content.get("text") or ""))
        elif kind == "hello":
            self._projector.schedule()
        elif kind in ("key", "forget"):
            self._account.gesture(content)

    def _on_submit(self, content: Mapping[str, Any], _: list[memoryview]) -> None:
        kind = content["kind"]
        if kind in ("generate", "compare"):
            self._press(kind, content)
        elif kind == "focus-field":
            self._focus(str(content.get("field")))
        elif kind == "code" and content.get("form") in FORMS:
            self._answer_code(self._as_seen(content), content["form"])
        elif kind in ("agree", "keep-nothing"):
            self._account.gesture(content)

    def _as_seen(self, content: Mapping[str, Any]) -> Form:
        """The form, brought to what the page showed at a press: a choice made before may still be on its way.

        Nothing is mended here. What does not go together is a problem to be looked at, not another picture to be paid.
        """
        shown = content.get("shown")
        shown = shown if isinstance(shown, Mapping) else {}
        values = self._controls.values(shown)
        if isinstance(content.get("text"), str):
            values["prompt"] = content["text"]
        with self._lock:
            if isinstance(shown.get("references"), Mapping):
                values["image_urls"] = urls = self.references.seen(shown["references"], self._form.image_urls)
                if urls[:1] != self._form.image_urls[:1]:
                    values["mask_url"] = self.masking.mask_for(urls[0] if urls else None)
            differing = {name for name, value in values.items() if getattr(self._form, name) != value}
            self._form = form = dataclasses.replace(self._form, **values)
            self._stale |= differing & set(self._controls.fields)
        self._publish()
        return form

    def _press(self, kind: str, content: Mapping[str, Any]) -> None:
        """Generate or Compare qualities was pressed."""
        nonce = str(content.get("nonce"))
        if self.once(nonce):
            self._follow(kind, content, lambda started: self._answer_press(nonce, started))
        elif nonce in self._answers:
            # A page sends its press again until it has heard the answer, and one may be lost.
            self._answer_press(nonce, self._answers[nonce])

    def _follow(self, kind: str, content: Mapping[str, Any], answer: Callable[[bool], object]) -> None:
        """Start what the page asks for in ``content``; ``answer`` is told whether anything was started."""
        requests: list[ImageRequest] = []
        try:
            requests = self._asked(kind, content)
            if requests and not self._account.may_submit(
                lambda seen: self._follow(kind, seen, lambda _: self._projector.schedule())
            ):
                requests = []
        except Exception as error:  # the page waits for an answer, whatever happens
            requests = []
            with self._lock:
                self._problems = _said_of(error)
        if not requests:
            answer(False)
        elif self._session.daily_budget is not None:
            # A budget may have to ask for prices first, and a callback must not wait for them.
            threading.Thread(target=lambda: answer(self.start(requests)), daemon=True).start()
        else:
            answer(self.start(requests))

    def _asked(self, kind: str, content: Mapping[str, Any]) -> list[ImageRequest]:
        """The requests a page asks for; none where something is wrong with them, which is then said."""
        form = self._as_seen(content)
        shown = content.get("shown")
        with self._lock:
            strip = shown.get("references") if isinstance(shown, Mapping) else None
            self._problems = problems = self.references.judge(form.check().problems, form, strip)
        if problems:
            self._focus(problems[0].field)
            return []
        request = form.request()
        return [request.replace(quality=each) for each in QUALITIES_COMPARED] if kind == "compare" else [request]

    def _answer_code(self, seen: Form, form: CodeForm) -> None:
        text = as_code([seen.request()], form, self.code_origin)
        self._projector.run(lambda: self._submit_bar.tell("code", form=form, text=text))
        self._projector.schedule()

    def _answer_press(self, nonce: str, started: bool) -> None:
        self._answers[nonce] = started
        self._submit_bar.tell("accepted", nonce=nonce, ok=started)
        self._projector.schedule()

    def start(self, requests: Sequence[ImageRequest]) -> bool:
        """Start a job for each request, and say beside the button what goes wrong; returns whether any was started."""
        started = 0
        problems: tuple[Problem, ...] = ()
        try:
            self._check_budget(requests)
            for each in requests:
                self._session.submit(each)
                started += 1
        except Exception as error:  # some may be paid for by now, and the page must hear of them
            problems = _said_of(error)
        if problems:
            if started:
                # Else whoever presses again pays for these once more.
                problems = (Problem("", say("panel.some_started", n=started, asked=len(requests))), *problems)
            with self._lock:
                self._problems = problems
        return started > 0

    def _check_budget(self, requests: Sequence[ImageRequest]) -> None:
        """Hold what several requests cost together against the daily budget: none is sent where not all may be.

        Raises:
            BudgetError: it does not allow them, or the price of one is not known.
        """
        budget = self._session.daily_budget
        if budget is None or len(requests) == 1:
            return  # each alone is held against it by the session
        estimates = [self._session.estimate(each) for each in requests]
        known = [estimate for estimate in estimates if estimate is not None]
        if len(known) < len(estimates):
            raise BudgetError(say("ledger.price_unknown", model=requests[0].model))
        needed, spent = sum(estimate.high for estimate in known), self._session.spent()
        if spent.total + needed > budget + 1e-9:  # sums of prices may miss a budget by a hair
            amounts = {"budget": budget, "needed": needed, "billed": spent.billed, "in_flight": spent.in_flight}
            said = {name: catalog.money(amount, spent.unit) for name, amount in amounts.items()}
            raise BudgetError(say("ledger.over_budget", **said))

    def _focus(self, field: str) -> None:
        if field == "prompt":
            self._prompt_box.tell("focus", field="prompt")
        elif field in REFERENCE_FIELDS:
            self.references.focus()
        else:
            self._projector.run(lambda: self._controls.focus(field))

    def fill(self, request: ImageRequest) -> None:
        """Put a request into the form, over whatever was typed before that was asked for."""
        with self._lock:
            over = self._form.prompt
        self.request = request
        self._prompt_box.tell("set", text=request.prompt, over=over)
        self._prompt_box.tell("focus", field="prompt")

    def change_references(self, change: Callable[[Addresses], Addresses], *, by_hand: bool = True) -> None:
        """Change the form's references; what the last press was refused for is said no more.

        Where it is not done ``by_hand``, what a press has to be made again for stays said.
        """
        with self._lock:
            before = self._form
            urls = change(before.image_urls)
            mask = before.mask_url
            if urls[:1] != before.image_urls[:1]:
                # A mask belongs to the first reference, and to no other.
                mask = self.masking.mask_for(urls[0] if urls else None)
            self._form = dataclasses.replace(before, image_urls=urls, mask_url=mask)
            kept = () if by_hand else TO_PRESS_AGAIN
            self._problems = tuple(
                problem
                for problem in self._problems
                if problem.field not in REFERENCE_FIELDS or problem.message.key in kept
            )
        self._publish()
        self._projector.schedule()

    def remove_mask(self, first: str | None) -> None:
        """Take away the mask of what the page saw as the first reference; another may have become that meanwhile."""
        if first is not None:
            self.masking.put(first, None)
        self.mask_first(first)

    def mask_first(self, first: str | None) -> None:
        """Bring the mask of a reference into the form, if that is the first."""
        with self._lock:
            if next(iter(self._form.image_urls), None) != first:
                return
            self._form = dataclasses.replace(self._form, mask_url=self.masking.mask_for(first))
            self._problems = tuple(problem for problem in self._problems if problem.field != "mask_url")
        self._publish()
        self._projector.schedule()

    def ask_again(self) -> None:
        """Have what an earlier session left offered anew."""
        with self._lock:
            self._offer_turn += 1
        self._projector.schedule()

    def focus_key(self) -> None:
        """Open the key entry."""
        self._prompt_box.tell("focus", field="key")

    def tell_key_result(self, attempt: object, ok: bool, message: str) -> None:
        """Say beside the key entry whether the key of this attempt works; it may hold another one by now."""
        self._prompt_box.tell("key-result", attempt=attempt, ok=ok, message=self.said(message))

    # ---- selection

    def shown_jobs(self) -> Sequence[Job]:
        """The jobs that have a row."""
        return self._session.jobs

    def job(self, job_id: Any) -> Job | None:
        """The job of this id, of the history too, or None."""
        return super().job(job_id) or self.history.job(job_id)

    def known_pictures(self) -> dict[str, GeneratedImage]:
        """Every picture there is, of the history too, by its id in messages."""
        return self.history.pictures() | super().known_pictures()

    # ---- what the session tells, on any thread

    def job_changed(self, job: Job) -> None:
        self._projector.schedule()

    def kept_changed(self, images: Sequence[GeneratedImage], by: GeneratedImage | None) -> None:
        self.history.take(images, by)
        self._projector.schedule()

    # ---- another session

    def use_session(self, session: Session) -> None:
        """Send what follows to another session, and show its jobs."""
        self.references.move_to(session, self._form)
        self.masking.move_to(session)
        with self._lock:
            self._session = session
            self._selection, self._problems = [], ()
        self.history.forget()
        self.follow(session)
        self._projector.schedule()
        self._resume()

    def _resume(self) -> None:
        """Take up, in the background, what an earlier session left behind: once for a session."""
        session = self._session
        if session.library.folder is None or session.resumption is not None:
            return

        def resume() -> None:
            try:
                session.resume()
            except APIMartError as error:
                self._results_view.tell("say", text=self.said(error.message))
            self._projector.schedule()

        threading.Thread(target=resume, name="apimart-resume", daemon=True).start()

    # ---- projection: on the widgets' thread

    def _project(self) -> None:
        with self._lock:
            form, notes, problems = self._form, self._notes, self._problems
            stale, self._stale = frozenset(self._stale), set()
            selection, heard = self.ticks()
        self._controls.show(form, stale, notes, self._session.known_models(self._projector.schedule))
        self.masking.project(form)
        self.references.project(form, problems)
        with self._prompt_box.hold_sync():
            if "prompt" in stale or self._prompt_box.prompt != form.prompt:
                self._prompt_box.prompt = form.prompt
            self._prompt_box.badge = self._account.badge()
            self._prompt_box.kept = self._account.kept()
            self._prompt_box.problem = next((self.said(p.message) for p in problems if p.field == "prompt"), "")
        with self._submit_bar.hold_sync():
            self._submit_bar.count = form.n
            self._submit_bar.estimate, self._submit_bar.compare = self._estimates(form)
            self._submit_bar.priced = self._controls.priced(form)
            self._submit_bar.compare_enabled = self._can_compare(form)
            self._submit_bar.problems = [{"field": p.field, "message": self.said(p.message)} for p in problems]
            self._submit_bar.notice = self._account.notice()
        self._project_results(selection, heard)

    def _project_results(self, selection: list[str], heard: dict[str, int]) -> None:
        session, now = self._session, self._session.now()
        jobs = session.jobs
        rows = [self.row(job, now) for job in reversed(jobs)]
        results = ImageSet([image for job in jobs if job.done() for image in job.images])
        known = {image_id(image): image for image in results}
        self.history.bring(known)
        old = self.history.pictures()
        with self._results_view.hold_sync():
            self._results_view.rows = rows
            self._results_view.live = live(jobs, now=now)
            self._results_view.selected = [identity for identity in selection if identity in known or identity in old]
            self._results_view.heard = heard
            self._results_view.history = self.history.state(selection)
            self._results_view.pickup, self._results_view.offers = self._left_behind(session)
        self.send_new_thumbnails(results)
        self.results = results
        known = old | known
        self.selected = ImageSet([known[identity] for identity in selection if identity in known])
        self._snapshots.schedule()

    def _left_behind(self, session: Session) -> tuple[str, list[dict[str, Any]]]:
        """What is being picked up from an earlier session, in words, and what waits for a word of its owner."""
        resumption = session.resumption
        if resumption is None:
            return "", []
        running = any(not job.done() for job in resumption.jobs)
        pickup = resumption.sentence if running else None
        offers = [
            {
                "kind": offer.kind,
                "text": self.said(offer.sentence),
                **{answer: self.say(key) for answer, key in _ANSWERS[offer.kind].items()},
                # An answer that came to nothing is a new question.
                "turn": self._offer_turn,
            }
            for offer in (resumption.unsent, resumption.unanswered)
            if len(offer)
        ]
        return self.said(pickup) if pickup is not None else "", offers

    # ---- words

    def _can_compare(self, form: Form) -> bool:
        model = catalog.model(form.model)
        return model is not None and set(QUALITIES_COMPARED) <= set(model.qualities)

    def _estimates(self, form: Form) -> tuple[str, str]:
        """What the two buttons would cost, in words."""
        if self._session.mode == "sandbox":
            return (self.say("panel.free"),) * 2
        if self._session.mode != "live":
            return (self.say("panel.free_replay"),) * 2
        model = catalog.model(form.model)
        prices = self._session.prices(form.model, self._projector.schedule)
        if model is None or prices is None:
            return (self.say("panel.price_unknown"),) * 2
        pixels = model.pixels(form.size)
        one = prices.estimate(form.size, pixels, form.quality, form.n)
        each = [prices.estimate(form.size, pixels, quality, form.n) for quality in QUALITIES_COMPARED]
        known = [estimate for estimate in each if estimate is not None]
        total = sum(estimate.high for estimate in known) if len(known) == len(each) else None
        return (self._estimate(one.low, one.high, one.unit) if one else self.say("panel.price_unknown")), (
            self._estimate(total, total, prices.unit) if total is not None else self.say("panel.price_unknown")
        )

    def _estimate(self, low: float, high: float, unit: str) -> str:
        if low == high:
            return self.say("panel.about", amount=catalog.money(low, unit))
        return self.say("panel.range", low=catalog.money(low, unit), high=catalog.money(high, unit))


def _said_of(error: Exception) -> tuple[Problem, ...]:
    """What is said beside the button of what went wrong."""
    if isinstance(error, InvalidRequest):
        return tuple(map(spoken, error.problems))
    if isinstance(error, APIMartError):
        said = error.message if isinstance(error.message, Sentence) else say("session.problem", text=error.message)
        return (Problem("", said),)
    logger.error("A press came to nothing", exc_info=error)
    return (Problem("", say("panel.bug", error=repr(error))),)
