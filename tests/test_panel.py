"""The panel without a browser: the form's rules, gestures as messages, jobs as rows."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from ipywidgets.widgets import widget as widget_module

import apimart_widgets as am
from apimart_widgets import catalog
from apimart_widgets.widgets.form import Form
from apimart_widgets.widgets.job import JobView
from tests.sandbox_server import SandboxServer

PATIENCE = 30.0


def wait_until(condition: Callable[[], object]) -> None:
    """Wait for what another process does, of which nothing here is told."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        threading.Event().wait(0.05)


class Driver:
    """A panel and what its front end would see of it; gestures go in as the browser sends them."""

    def __init__(self, session: am.Session, **arguments: Any) -> None:
        self.panel = am.ImagePanel(session, **arguments)
        self.prompt, self.submit, self.results, self.strip = (
            self.panel._prompt_box,
            self.panel._submit_bar,
            self.panel._results_view,
            self.panel._strip,
        )
        self.told: list[tuple[dict[str, Any], list[bytes]]] = []
        self._changed = threading.Condition()
        for part in (self.prompt, self.submit, self.results, self.strip):
            part.send = self._note  # what would go to a browser
            part.observe(self._wake)
        self.panel.observe(self._wake)
        for control in (*self.panel._controls.fields.values(), self.panel._controls.more):
            control.observe(self._wake)

    def _note(self, content: dict[str, Any], buffers: Any = None) -> None:
        with self._changed:
            self.told.append((content, list(buffers or ())))
            self._changed.notify_all()

    def _wake(self, _: object) -> None:
        with self._changed:
            self._changed.notify_all()

    def gesture(self, part: Any, kind: str, *buffers: bytes, **content: Any) -> None:
        part._handle_custom_msg({"kind": kind, **content}, [memoryview(buffer) for buffer in buffers])

    def wait(self, condition: Callable[[], object]) -> None:
        with self._changed:
            assert self._changed.wait_for(condition, PATIENCE)

    def messages(self, kind: str) -> list[dict[str, Any]]:
        return [content for content, _ in list(self.told) if content["kind"] == kind]

    def rows(self) -> list[dict[str, Any]]:
        return list(self.results.rows)

    def finished(self, count: int) -> bool:
        rows = self.rows()
        return len(rows) == count and all(row["status"] in ("completed", "failed", "unknown") for row in rows)


@pytest.fixture
def driver(instant_server: SandboxServer) -> Iterator[Driver]:
    with am.Session("sk-panel", instant_server.url, library=":memory:") as session:
        driver = Driver(session)
        yield driver
        driver.panel.close()


def test_a_terminal_shows_its_repr(driver: Driver) -> None:
    # IPython takes it where a display is not implemented.
    with pytest.raises(NotImplementedError):
        driver.panel._ipython_display_()
    assert re.fullmatch(r"<ImagePanel: Session\(live, http://127\.0\.0\.1:\d+, 0 jobs\)>", repr(driver.panel))


# ---- the form


def test_a_change_mends_its_partner_and_says_so() -> None:
    form, notes = Form(prompt="A fox", background="transparent").changed("output_format", "jpeg")
    assert (form.background, set(notes)) == ("auto", {"background"})
    form, notes = Form(prompt="A fox", output_format="jpeg").changed("background", "transparent")
    assert (form.output_format, set(notes)) == ("png", {"output_format"})
    assert not form.check().problems


def test_what_was_mended_stays_said_and_the_fold_stays_as_the_user_left_it(driver: Driver) -> None:
    controls = driver.panel._controls
    controls.fields["background"].value = "transparent"
    controls.fields["output_format"].value = "jpeg"
    driver.wait(lambda: controls.fields["background"].value == "auto")
    driver.gesture(driver.prompt, "prompt", text="A fox")
    driver.wait(lambda: driver.prompt.prompt == "A fox")
    assert controls.more.value is True
    assert "the background is auto now" in controls._more_notes.value
    controls.more.value = False
    driver.panel.session.generate("A fox")
    driver.wait(lambda: driver.finished(1))
    assert controls.more.value is False
    controls.fields["background"].value = "transparent"
    driver.wait(lambda: controls.fields["output_format"].value == "png")
    driver.wait(lambda: driver.panel._controls.more.value)


@pytest.mark.parametrize("model", [model.name for model in catalog.models()])
def test_a_change_of_model_never_leaves_what_it_does_not_take(model: str) -> None:
    for other in catalog.models():
        for size in other.sizes:
            for background in other.backgrounds:
                for output_format in other.output_formats:
                    form = Form("A fox", other.name, size, background=background, output_format=output_format)
                    changed, notes = form.changed("model", model)
                    wrong = [problem for problem in changed.check().problems if "transparent" not in problem.message]
                    assert not wrong
                    assert (changed.size == size) == ("size" not in notes)


def test_compression_counts_for_jpeg_alone() -> None:
    form = Form("A fox", output_compression=50)
    assert form.request().output_compression is None
    assert form.changed("output_format", "jpeg")[0].request().output_compression == 50


# ---- in code


def test_the_request_is_read_and_written_and_observed(driver: Driver) -> None:
    seen: list[am.ImageRequest] = []
    driver.panel.observe(lambda change: seen.append(change.new), "request")
    request = am.ImageRequest(
        "A fox",
        model="gpt-image-1.5-official",
        size="3:2",
        n=3,
        quality="low",
        background="opaque",
        output_format="jpeg",
    )
    driver.panel.request = request
    driver.wait(lambda: driver.prompt.prompt == "A fox" and driver.submit.count == 3)
    controls = driver.panel._controls.fields
    driver.wait(lambda: controls["size"].value == "3:2" and controls["output_format"].value == "jpeg")
    assert (controls["model"].value, controls["quality"].value, controls["n"].value) == (request.model, "low", 3)
    controls["n"].value = 2
    assert driver.panel.request == request.replace(n=2)
    assert seen[0] == request
    assert seen[-1] == request.replace(n=2)


def test_submit_does_what_the_button_does(driver: Driver) -> None:
    with pytest.raises(am.InvalidRequest, match="The prompt is empty"):
        driver.panel.submit()
    driver.panel.request = am.ImageRequest("A fox", n=2)
    job = driver.panel.submit()
    assert len(job.result(PATIENCE)) == 2
    driver.wait(lambda: len(driver.panel.results) == 2)
    assert driver.panel.results == job.images


# ---- gestures


@pytest.mark.parametrize("wrong", [True, 0, "sandbox"])
def test_what_is_no_session_is_refused(wrong: Any) -> None:
    with pytest.raises(am.APIMartError, match=r"A panel is given a session, .* Write ImagePanel"):
        am.ImagePanel(wrong)


def test_pressing_generate_starts_a_job_and_brings_its_pictures(driver: Driver) -> None:
    driver.gesture(driver.submit, "generate", nonce="1", text="A red fox")
    driver.wait(lambda: driver.finished(1))
    (row,) = driver.rows()
    assert (row["prompt"], row["status"], row["n"], row["pixels"]) == ("A red fox", "completed", 1, [1024, 1024])
    (image,) = row["images"]
    assert image["alt"] == "Image 1 of 1, auto, 1024x1024: A red fox"
    driver.wait(lambda: driver.messages("thumbnails"))
    (thumbnail,) = [buffers[0] for content, buffers in driver.told if content["kind"] == "thumbnails"]
    assert thumbnail[8:12] == b"WEBP"
    assert driver.messages("accepted") == [{"kind": "accepted", "nonce": "1", "ok": True}]


def test_five_presses_with_one_nonce_make_one_job(driver: Driver) -> None:
    for _ in range(5):
        driver.gesture(driver.submit, "generate", nonce="same", text="A fox")
    driver.wait(lambda: driver.finished(1))
    assert len(driver.panel.session.jobs) == 1


def test_a_press_that_is_sent_again_is_answered_again(driver: Driver) -> None:
    for _ in range(2):
        driver.gesture(driver.submit, "generate", nonce="lost", text="A fox")
    assert driver.messages("accepted") == [{"kind": "accepted", "nonce": "lost", "ok": True}] * 2
    driver.wait(lambda: driver.finished(1))


def test_a_press_is_answered_whatever_happens(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> bool:
        raise RuntimeError("nobody thought of this")

    for owner, name in ((driver.panel._account, "may_submit"), (driver.panel.session, "submit")):
        with monkeypatch.context() as patch:
            patch.setattr(owner, name, fail)
            driver.gesture(driver.submit, "generate", nonce=name, text="A fox")
        assert driver.messages("accepted")[-1] == {"kind": "accepted", "nonce": name, "ok": False}
        driver.wait(lambda: driver.submit.problems)
        assert "nobody thought of this" in driver.submit.problems[0]["message"]
        driver.panel.request = am.ImageRequest("A hare")
        driver.wait(lambda: not driver.submit.problems)
    driver.gesture(driver.submit, "generate", nonce="after", text="A fox")
    driver.wait(lambda: driver.finished(1))


def test_a_press_asks_for_what_the_page_shows(driver: Driver) -> None:
    # The choice itself may still be on its way: ipywidgets holds it back while an earlier one is unanswered.
    size = next(label for label, value in driver.panel._controls.fields["size"].options if value == "3:2")
    shown = {"size": size, "quality": "low", "n": "2", "references": "no such thing", "background": "no such word"}
    driver.gesture(driver.submit, "generate", nonce="as-seen", text="A red fox", shown=shown)
    driver.wait(lambda: driver.finished(1))
    (job,) = driver.panel.session.jobs
    assert (job.request.size, job.request.quality, job.request.n) == ("3:2", "low", 2)
    driver.wait(lambda: driver.panel._controls.fields["size"].value == "3:2")
    # The same press once more, from before the form was changed, changes nothing.
    driver.panel.request = am.ImageRequest("A hare")
    driver.gesture(driver.submit, "generate", nonce="as-seen", text="A red fox", shown=shown)
    assert driver.panel.request == am.ImageRequest("A hare")


@pytest.mark.parametrize(
    ("shown", "asked"), [("90", None), ("40", 40), ("4000", 100), ("-1", None), ("x", None), (None, None), (7, 7)]
)
def test_a_press_asks_for_the_compression_the_page_shows(driver: Driver, shown: object, asked: int | None) -> None:
    seen = {"output_format": "jpeg", "output_compression": shown}
    driver.gesture(driver.submit, "generate", nonce="level", text="A red fox", shown=seen)
    driver.wait(lambda: driver.finished(1))
    (job,) = driver.panel.session.jobs
    assert job.request.output_compression == asked


def test_what_the_page_shows_and_does_not_go_together_is_not_sent(driver: Driver) -> None:
    shown = {"background": "transparent", "output_format": "jpeg"}
    driver.gesture(driver.submit, "generate", nonce="clash", text="A red fox", shown=shown)
    driver.wait(lambda: driver.messages("accepted"))
    assert driver.messages("accepted") == [{"kind": "accepted", "nonce": "clash", "ok": False}]
    driver.wait(lambda: any("transparent" in each["message"] for each in driver.submit.problems))
    assert driver.panel.session.jobs == ()


def seen(driver: Driver) -> dict[str, str]:
    """What a page would show in the controls, as a press says it: those in use, by their labels."""
    fields = driver.panel._controls.fields
    shown = {
        name: control.label
        for name, control in fields.items()
        if getattr(control, "label", "") and "apw-closed" not in control._dom_classes
    }
    level = fields["output_compression"]
    return shown if level.disabled else {**shown, "output_compression": str(level.value)}


def choose(driver: Driver, field: str, value: object) -> None:
    """Change a control as a page does, and wait until the panel has followed."""
    driver.panel._controls.fields[field].value = value
    driver.panel.settle()


def test_nothing_is_left_of_a_model_that_was_only_looked_at(driver: Driver) -> None:
    choose(driver, "model", "gpt-image-2-official")
    between = seen(driver)
    assert between["resolution"] == "1k"
    choose(driver, "model", "gpt-image-1-official")
    assert driver.panel._controls.fields["resolution"].options == (("", ""),)
    # A press from a page that had not heard yet is refused, and the next is not.
    late = {**seen(driver), "resolution": "1k"}
    driver.gesture(driver.submit, "generate", nonce="late", text="A fox", shown=late)
    driver.gesture(driver.submit, "generate", nonce="next", text="A fox", shown=seen(driver))
    driver.wait(lambda: driver.finished(1))
    assert [each["ok"] for each in driver.messages("accepted")] == [False, True]
    assert driver.panel.session.jobs[0].request.resolution is None


def test_reuse_puts_back_what_the_request_leaves_to_the_server(driver: Driver) -> None:
    choose(driver, "model", "gpt-image-2-official")
    choose(driver, "resolution", "4k")
    choose(driver, "output_format", "jpeg")
    choose(driver, "output_compression", 20)
    assert "resolution 4k" in driver.panel._controls.more.description
    driver.panel.fill(am.ImageRequest("A fox", model="gpt-image-2-official", output_format="jpeg"))
    driver.panel.settle()
    shown = seen(driver)
    assert (shown["resolution"], shown["output_compression"]) == ("1k", "90")
    assert "resolution 1k" in driver.panel._controls.more.description
    driver.gesture(driver.submit, "generate", nonce="1", text="A fox", shown=shown)
    driver.wait(lambda: driver.finished(1))
    (job,) = driver.panel.session.jobs
    assert (job.request.resolution, job.request.output_compression) == ("1k", None)


def test_comparing_sends_the_request_at_each_quality(driver: Driver) -> None:
    driver.gesture(driver.submit, "compare", nonce="1", text="A fox")
    driver.wait(lambda: driver.finished(3))
    assert [job.request.quality for job in driver.panel.session.jobs] == ["low", "medium", "high"]


def test_a_press_with_a_problem_says_it_and_moves_the_focus(driver: Driver) -> None:
    assert driver.submit.problems == []
    driver.gesture(driver.submit, "generate", nonce="1", text="")
    driver.wait(lambda: driver.submit.problems and driver.prompt.problem)
    assert [problem["field"] for problem in driver.submit.problems] == ["prompt"]
    assert driver.messages("focus") == [{"kind": "focus", "field": "prompt"}]
    assert driver.messages("accepted") == [{"kind": "accepted", "nonce": "1", "ok": False}]
    # The page goes on to send what was typed before the press: nothing is mended by that.
    driver.gesture(driver.prompt, "prompt", text="")
    driver.panel.settle()
    assert driver.prompt.problem
    driver.gesture(driver.prompt, "prompt", text="A fox")
    driver.wait(lambda: driver.submit.problems == [] and driver.prompt.problem == "")
    assert driver.panel.session.jobs == ()


def test_ticking_selects_in_order(driver: Driver) -> None:
    driver.gesture(driver.submit, "generate", nonce="1", text="A fox")
    driver.wait(lambda: driver.finished(1))
    driver.panel.request = driver.panel.request.replace(n=3)
    driver.panel.submit()
    driver.wait(lambda: driver.finished(2))
    ids = [image["id"] for row in driver.rows() for image in row["images"]]
    for identity in (ids[2], ids[0]):
        driver.gesture(driver.results, "tick", id=identity, on=True)
    driver.wait(lambda: driver.results.selected == [ids[2], ids[0]])
    driver.wait(lambda: len(driver.panel.selected) == 2)
    driver.gesture(driver.results, "tick", id=ids[2], on=False)
    driver.wait(lambda: driver.results.selected == [ids[0]])
    driver.gesture(driver.results, "clear")
    driver.wait(lambda: driver.results.selected == [])


def test_the_form_is_written_as_code_as_the_page_shows_it(driver: Driver) -> None:
    origin = driver.panel.session.origin
    shown = {"quality": "low", "n": "2"}
    for form in ("python", "curl", "json", "perl"):
        driver.gesture(driver.submit, "code", form=form, text="It's a fox", shown=shown)
    driver.wait(lambda: len(driver.messages("code")) == 3)
    python, curl, payload = (message["text"] for message in driver.messages("code"))
    assert f"base_url={origin!r}" in python
    assert "n=2,\n    quality='low'" in python
    assert f"--url {origin}/v1/images/generations" in curl
    assert json.loads(payload)["prompt"] == "It's a fox"
    assert driver.panel.request == am.ImageRequest("It's a fox", quality="low", n=2)
    assert driver.panel.session.jobs == ()


def test_ticked_results_are_written_as_one_list_of_calls(driver: Driver) -> None:
    for number, prompt in enumerate(["A fox", "An owl"]):
        driver.gesture(driver.submit, "generate", nonce=str(number), text=prompt)
        driver.wait(lambda count=number + 1: driver.finished(count))  # type: ignore[misc]
    ids = [image["id"] for row in reversed(driver.rows()) for image in row["images"]]
    for form in ("python", "json"):
        driver.gesture(driver.results, "code", ids=[*ids, ids[0]], form=form)
    driver.wait(lambda: len(driver.messages("code")) == 2)
    python, payloads = (message["text"] for message in driver.messages("code"))
    assert python.count("session.submit(") == 2
    assert python.count("am.Session(") == 1
    assert [payload["prompt"] for payload in json.loads(payloads)] == ["A fox", "An owl"]
    job = driver.panel.session.jobs[0]
    driver.gesture(driver.results, "report", row=job.id)
    driver.wait(lambda: driver.messages("report"))
    assert driver.messages("report") == [{"kind": "report", "row": job.id, "text": job.report()}]


def test_full_pictures_travel_when_opened_and_thumbnails_when_asked_for(driver: Driver) -> None:
    prompt = "A fox on a ridge, " * 100 + "at dusk"
    driver.gesture(driver.submit, "generate", nonce="1", text=prompt)
    driver.wait(lambda: driver.finished(1))
    (identity,) = [image["id"] for image in driver.rows()[0]["images"]]
    assert driver.messages("picture") == []
    driver.gesture(driver.results, "open", id=identity)
    driver.wait(lambda: driver.messages("picture"))
    sent = next(buffers[0] for content, buffers in driver.told if content["kind"] == "picture")
    assert sent == driver.panel.results[0].bytes
    assert len(driver.rows()[0]["prompt"]) < 500
    assert driver.messages("picture")[0]["prompt"] == prompt
    driver.gesture(driver.results, "open", id="no such picture")
    driver.wait(lambda: driver.messages("gone"))
    assert driver.messages("gone") == [{"kind": "gone", "id": "no such picture"}]
    before = len(driver.messages("thumbnails"))
    driver.gesture(driver.results, "thumbnails", ids=[identity, "no such picture"])
    driver.wait(lambda: len(driver.messages("thumbnails")) == before + 1)


def test_two_panels_on_one_session_agree(driver: Driver) -> None:
    other = Driver(driver.panel.session)
    driver.gesture(driver.submit, "generate", nonce="1", text="A fox")
    driver.wait(lambda: driver.finished(1))
    other.wait(lambda: other.finished(1))
    assert other.rows() == driver.rows()
    driver.gesture(driver.results, "hide", row=driver.rows()[0]["id"])
    other.wait(lambda: other.rows()[0]["hidden"])
    other.panel.close()


@pytest.mark.parametrize(
    ("prompt", "words", "action"),
    [
        ("[refuse] A fox", "safety filter", "edit"),
        ("[fail] A fox", "could not make the picture", "retry"),
    ],
)
def test_a_failure_is_one_sentence_and_what_helps(driver: Driver, prompt: str, words: str, action: str) -> None:
    driver.gesture(driver.submit, "generate", nonce="1", text=prompt)
    driver.wait(lambda: driver.finished(1))
    error = driver.rows()[0]["error"]
    assert words in error["message"]
    assert error["action"] == action


def test_retry_is_accepted_once(driver: Driver) -> None:
    driver.gesture(driver.submit, "generate", nonce="1", text="[fail] A fox")
    driver.wait(lambda: driver.finished(1))
    for _ in range(3):
        driver.gesture(driver.results, "retry", row=driver.rows()[-1]["id"], nonce="again")
    driver.wait(lambda: driver.finished(2))
    assert len(driver.panel.session.jobs) == 2


def test_reuse_fills_the_form(driver: Driver) -> None:
    request = am.ImageRequest("A fox", size="2:3", quality="high", n=2, output_format="jpeg", output_compression=40)
    driver.panel.session.generate(request)
    driver.wait(lambda: driver.finished(1))
    driver.gesture(driver.results, "reuse", row=driver.rows()[0]["id"])
    driver.wait(lambda: driver.messages("set"))
    assert driver.panel.request == request
    driver.wait(lambda: driver.panel._controls.fields["output_compression"].value == 40)


def test_deleting_takes_pictures_from_library_and_results(driver: Driver) -> None:
    driver.panel.session.generate("A fox", n=2)
    driver.wait(lambda: driver.finished(1))
    first, second = (image["id"] for image in driver.rows()[0]["images"])
    driver.gesture(driver.results, "delete", ids=[first])
    driver.wait(lambda: [image["id"] for image in driver.rows()[0]["images"]] == [second])
    assert len(driver.panel.session.library) == 1


def test_code_and_zip_of_ticked_pictures(driver: Driver) -> None:
    driver.panel.session.generate("A fox", n=2)
    driver.wait(lambda: driver.finished(1))
    ids = [image["id"] for image in driver.rows()[0]["images"]]
    driver.gesture(driver.results, "code", ids=ids, form="python")
    driver.wait(lambda: driver.messages("code"))
    (code,) = driver.messages("code")
    assert code["text"].count("session.generate(") == 1
    assert "sk-panel" not in code["text"]
    driver.gesture(driver.results, "zip", ids=ids)
    driver.wait(lambda: driver.messages("zip"))
    (archive,) = [buffers[0] for content, buffers in driver.told if content["kind"] == "zip"]
    assert archive[:2] == b"PK"


# ---- keys and money


def test_a_typed_key_opens_a_live_session_and_is_nowhere_afterwards(
    instant_server: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("APIMART_BASE_URL", instant_server.url)
    with am.Session(mode="sandbox", library=":memory:") as sandbox:
        driver = Driver(sandbox)
        assert driver.prompt.badge["mode"] == "sandbox"
        driver.gesture(driver.prompt, "key", key="sk-wrong-1", keep=True)
        driver.wait(lambda: driver.messages("key-result"))
        (wrong,) = driver.messages("key-result")
        assert not wrong["ok"]
        assert "did not accept this key" in wrong["message"]
        driver.gesture(driver.prompt, "key", key="sk-canary-9", keep=False)
        driver.wait(lambda: driver.panel.session is not sandbox and driver.prompt.badge["mode"] == "live")
        driver.wait(lambda: "left" in driver.prompt.badge["balance"])
        assert driver.panel.session.library.folder is None
        states = [part.get_state() for part in (driver.prompt, driver.submit, driver.results)]
        assert "sk-canary-9" not in repr(states) + repr(driver.told) + repr(driver.panel.session)
        driver.panel.session.close()
        driver.panel.close()


def test_before_the_first_paid_picture_it_says_where_things_are_kept(
    instant_server: SandboxServer, tmp_path: Any
) -> None:
    with am.Session("sk-told", instant_server.url, library=tmp_path / "kept") as session:
        driver = Driver(session)
        driver.gesture(driver.submit, "generate", nonce="1", text="A fox")
        driver.wait(lambda: driver.submit.notice)
        assert str(tmp_path / "kept") in driver.submit.notice
        assert session.jobs == ()
        driver.gesture(driver.submit, "agree")
        driver.wait(lambda: driver.finished(1) and driver.submit.notice == "")
        driver.gesture(driver.submit, "generate", nonce="2", text="A fox")
        driver.wait(lambda: driver.finished(2))
        driver.panel.close()


@pytest.mark.parametrize("answer", ["agree", "keep-nothing"])
def test_going_on_asks_for_what_the_page_shows_by_then(
    instant_server: SandboxServer, tmp_path: Any, answer: str
) -> None:
    with am.Session("sk-go", instant_server.url, library=tmp_path / "kept") as session:
        driver = Driver(session)
        driver.gesture(driver.submit, "generate", nonce="1", text="A fox", shown={"n": "4"})
        driver.wait(lambda: driver.submit.notice)
        driver.gesture(driver.submit, answer, text="A hare", shown={"n": "1"})
        driver.wait(lambda: driver.finished(1))
        (job,) = driver.panel.session.jobs
        assert (job.request.prompt, job.request.n) == ("A hare", 1)
        driver.panel.session.close()
        driver.panel.close()


def test_a_press_that_waits_for_an_answer_ends_with_its_session(instant_server: SandboxServer, tmp_path: Any) -> None:
    with am.Session("sk-first", instant_server.url, library=tmp_path / "library") as session:
        driver = Driver(session)
        driver.gesture(driver.submit, "generate", nonce="1", text="A fox")
        driver.wait(lambda: driver.submit.notice)
        driver.gesture(driver.prompt, "forget")
        driver.wait(lambda: driver.prompt.badge["mode"] == "sandbox")
        driver.wait(lambda: driver.submit.notice == "")
        driver.gesture(driver.submit, "agree")
        driver.gesture(driver.submit, "generate", nonce="2", text="A hare")
        driver.wait(lambda: driver.finished(1))
        assert driver.rows()[0]["prompt"] == "A hare"
        driver.panel.session.close()
        driver.panel.close()


def test_keeping_nothing_moves_to_a_session_in_memory(instant_server: SandboxServer, tmp_path: Any) -> None:
    with am.Session("sk-nothing", instant_server.url, library=tmp_path / "kept") as session:
        driver = Driver(session)
        driver.gesture(driver.submit, "generate", nonce="1", text="A fox")
        driver.wait(lambda: driver.submit.notice)
        driver.gesture(driver.submit, "keep-nothing")
        driver.wait(lambda: driver.finished(1))
        assert driver.panel.session.library.folder is None
        assert len(session.library) == 0
        driver.panel.session.close()
        driver.panel.close()


def test_what_was_paid_for_in_memory_comes_back_with_its_key(
    instant_server: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("APIMART_BASE_URL", instant_server.url)

    def connect(key: str) -> am.Session:
        told = len(driver.messages("key-result"))
        driver.gesture(driver.prompt, "key", key=key, keep=False)
        driver.wait(lambda: len(driver.messages("key-result")) > told)
        return driver.panel.session

    with am.Session(mode="sandbox", library=":memory:") as sandbox:
        driver = Driver(sandbox)
        first = connect("sk-first-1")
        driver.gesture(driver.submit, "generate", nonce="1", text="A fox")
        driver.wait(lambda: driver.finished(1))
        driver.gesture(driver.prompt, "forget")
        driver.wait(lambda: driver.prompt.badge["mode"] == "sandbox" and driver.rows() == [])
        between = driver.panel.session
        other = connect("sk-other-1")
        assert other is not first
        assert other.jobs == ()
        # Twice: the key of the session that is open does not open another either.
        for _ in range(2):
            assert connect("sk-first-1") is first
        driver.wait(lambda: driver.finished(1) and len(driver.panel.results) == 1)
        for session in (first, between, other):
            session.close()
        driver.panel.close()


def test_the_estimate_stands_on_the_button(driver: Driver) -> None:
    driver.panel.request = am.ImageRequest("A fox", quality="low", n=4)
    driver.wait(lambda: driver.submit.estimate.startswith("about $"))
    driver.panel.request = am.ImageRequest("A fox", quality="auto", n=4)
    driver.wait(lambda: " to $" in driver.submit.estimate)


def test_it_speaks_chinese(instant_server: SandboxServer) -> None:
    with am.Session("sk-zh", instant_server.url, library=":memory:") as session:
        driver = Driver(session, language="zh")
        assert driver.panel._controls.fields["quality"].description == "质量"
        driver.gesture(driver.submit, "generate", nonce="1", text="")
        driver.wait(lambda: driver.prompt.problem)
        assert driver.prompt.problem.startswith("提示词为空")
        driver.panel.close()
        with pytest.raises(am.APIMartError, match="language="):
            am.ImagePanel(session, language="de")  # type: ignore[arg-type]


def test_a_model_the_server_does_not_list_is_shown_as_unavailable(driver: Driver) -> None:
    catalog.register_model("gpt-image-7-official")
    try:
        driver.panel.request = am.ImageRequest("A fox", model="gpt-image-7-official")
        control = driver.panel._controls.fields["model"]
        driver.wait(lambda: ("gpt-image-7-official (not available to this key)", control.value) in control.options)
        assert ("gpt-image-1-official", "gpt-image-1-official") in control.options
    finally:
        catalog.unregister_model("gpt-image-7-official")


STRANGE = {"size": "7:5", "n": 9, "quality": "ultra", "background": "lilac", "output_format": "gif", "resolution": "8k"}


def test_a_request_from_elsewhere_fills_the_form_whatever_it_holds(driver: Driver) -> None:
    driver.panel.request = am.ImageRequest.from_payload({"prompt": "A fox", "model": "gone", **STRANGE})
    controls = driver.panel._controls.fields
    driver.wait(lambda: driver.prompt.prompt == "A fox")
    assert {name: controls[name].value for name in ("model", *STRANGE)} == {"model": "gone", **STRANGE}
    driver.gesture(driver.submit, "generate", nonce="1", text="A fox")
    driver.wait(lambda: driver.submit.problems)
    assert driver.submit.problems[0]["field"] == "model"


def test_a_change_of_model_keeps_what_both_take(driver: Driver) -> None:
    controls = driver.panel._controls.fields
    driver.panel.request = am.ImageRequest("A fox", size="3:2", quality="high")
    driver.wait(lambda: controls["size"].value == "3:2")
    controls["model"].value = "gpt-image-2-official"
    driver.wait(lambda: len(controls["size"].options) > 3)
    assert (controls["size"].value, controls["quality"].value) == ("3:2", "high")
    assert driver.panel.request.size == "3:2"


def test_a_hidden_row_can_be_shown_again(driver: Driver) -> None:
    driver.panel.session.generate("A fox")
    driver.wait(lambda: driver.finished(1))
    (row,) = driver.rows()
    driver.gesture(driver.results, "hide", row=row["id"])
    driver.wait(lambda: driver.rows()[0]["hidden"])
    driver.gesture(driver.results, "hide", row=row["id"], hidden=False)
    driver.wait(lambda: not driver.rows()[0]["hidden"])


def open_history(driver: Driver) -> None:
    """Have the history read, and wait for it."""
    driver.gesture(driver.results, "history", open=True)
    driver.wait(lambda: driver.results.history.get("rows") and not driver.results.history["busy"])


def test_history_is_read_when_it_is_opened_and_filtered(driver: Driver) -> None:
    for prompt, quality in (("A red fox", "low"), ("A grey hare", "high")):
        driver.panel.request = am.ImageRequest(prompt, quality=quality)
        driver.panel.submit().result(PATIENCE)
    driver.wait(lambda: driver.finished(2))
    assert driver.results.history == {}
    driver.gesture(driver.results, "history", open=True)
    driver.wait(lambda: len(driver.results.history.get("rows", ())) == 2)
    assert [each["prompt"] for each in driver.results.history["rows"]] == ["A grey hare", "A red fox"]
    assert driver.results.history["choices"]["quality"] == ["high", "low"]
    everything = {**driver.results.history["filter"], "text": "FOX"}
    driver.gesture(driver.results, "history-filter", filter=everything)
    driver.wait(lambda: driver.results.history["total"] == 1)
    # A date that is still being typed narrows nothing down.
    driver.gesture(driver.results, "history-filter", filter={**everything, "since": "2026-1", "stars": "many"})
    driver.wait(lambda: not driver.results.history["busy"])
    (found,) = driver.results.history["rows"]
    assert found["settings"]["quality"] == "low"
    driver.gesture(driver.results, "history", open=False)
    driver.wait(lambda: driver.results.history["open"] is False)


def test_stars_are_given_and_shown_in_results_and_history(driver: Driver) -> None:
    driver.panel.request = am.ImageRequest("A red fox")
    driver.panel.submit().result(PATIENCE)
    driver.wait(lambda: driver.finished(1))
    driver.gesture(driver.results, "history", open=True)
    driver.wait(lambda: driver.results.history.get("rows"))
    identity = driver.rows()[0]["images"][0]["id"]
    driver.gesture(driver.results, "rate", id=identity, rating=4)
    driver.wait(lambda: driver.rows()[0]["images"][0]["rating"] == 4)
    driver.wait(lambda: driver.results.history["rows"][0]["images"][0]["rating"] == 4)
    assert [kept.rating for kept in driver.panel.session.library] == [4]
    driver.gesture(driver.results, "rate", id=identity, rating=9)
    driver.wait(lambda: any("1 to 5 stars" in each["text"] for each in driver.messages("say")))
    driver.gesture(driver.results, "rate", id=identity, rating=None)
    driver.wait(lambda: driver.rows()[0]["images"][0]["rating"] is None)


def test_a_note_is_kept_and_shown_in_results_and_history(driver: Driver) -> None:
    driver.panel.request = am.ImageRequest("A red fox")
    driver.panel.submit().result(PATIENCE)
    driver.wait(lambda: driver.finished(1))
    driver.gesture(driver.results, "history", open=True)
    driver.wait(lambda: driver.results.history.get("rows"))
    identity = driver.rows()[0]["images"][0]["id"]
    driver.gesture(driver.results, "note", id=identity, text="the tail is cut off")
    driver.wait(lambda: driver.rows()[0]["images"][0]["note"] == "the tail is cut off")
    driver.wait(lambda: driver.results.history["rows"][0]["images"][0]["note"] == "the tail is cut off")
    assert [kept.note for kept in driver.panel.session.library] == ["the tail is cut off"]
    driver.gesture(driver.results, "note", id=identity, text=["no", "text"])
    driver.wait(lambda: any("A note is text" in each["text"] for each in driver.messages("say")))
    driver.gesture(driver.results, "rate", id=identity, rating=4)
    driver.wait(lambda: driver.rows()[0]["images"][0]["rating"] == 4)
    assert driver.rows()[0]["images"][0]["note"] == "the tail is cut off"


def test_stars_and_notes_for_a_picture_that_another_kernel_deleted_are_refused_in_words(
    instant_server: SandboxServer, tmp_path: Any
) -> None:
    with am.Session("sk-panel", instant_server.url, library=tmp_path) as session, am.Library(tmp_path) as elsewhere:
        driver = Driver(session)
        session.generate("A red fox", timeout=PATIENCE)
        driver.wait(lambda: driver.finished(1))
        assert elsewhere.delete(elsewhere.search()) == 1
        identity = driver.rows()[0]["images"][0]["id"]
        for gesture in ({"kind": "rate", "rating": 4}, {"kind": "note", "text": "the best"}):
            before = len(driver.messages("say"))
            driver.gesture(driver.results, id=identity, **gesture)
            driver.wait(lambda before=before: len(driver.messages("say")) > before)
            assert "does not hold this picture" in driver.messages("say")[-1]["text"]
        assert driver.rows()[0]["images"][0]["rating"] is None
        driver.panel.close()


def test_history_keeps_what_other_sessions_made_and_deletes_it(instant_server: SandboxServer, tmp_path: Any) -> None:
    with am.Session("sk-earlier", instant_server.url, library=tmp_path) as earlier:
        earlier.generate("A red fox", n=2, timeout=PATIENCE)
    with am.Session("sk-later", instant_server.url, library=tmp_path) as session:
        driver = Driver(session)
        driver.gesture(driver.results, "history", open=True)
        driver.wait(lambda: driver.results.history.get("total") == 2)
        (found,) = driver.results.history["rows"]
        ids = [image["id"] for image in found["images"]]
        driver.gesture(driver.results, "thumbnails", ids=ids)
        driver.wait(lambda: driver.messages("thumbnails"))
        driver.gesture(driver.results, "tick", id=ids[1], on=True)
        driver.wait(lambda: len(driver.panel.selected) == 1)
        driver.gesture(driver.results, "reuse", row=found["id"])
        assert driver.panel.request == am.ImageRequest("A red fox", n=2)
        driver.gesture(driver.results, "delete", ids=ids[:1])
        driver.wait(lambda: driver.results.history["total"] == 1)
        assert len(session.library) == 1
        # What is ticked stays so when a search takes it off the page.
        driver.gesture(driver.results, "history-filter", filter={**driver.results.history["filter"], "text": "hare"})
        driver.wait(lambda: driver.results.history["total"] == 0)
        assert driver.results.selected == ids[1:]
        driver.panel.close()


@pytest.mark.parametrize("where", ["cell", "panel", "card"])
def test_what_is_deleted_elsewhere_is_ticked_no_more(driver: Driver, where: str) -> None:
    session = driver.panel.session
    job = session.submit("A red fox", n=2)
    gone, left = job.result(PATIENCE)
    driver.wait(lambda: driver.finished(1))
    open_history(driver)
    ids = [image["id"] for image in driver.rows()[0]["images"]]
    for identity in ids:
        driver.gesture(driver.results, "tick", id=identity, on=True)
    driver.wait(lambda: len(driver.panel.selected) == 2)
    if where == "cell":
        session.delete(gone)
    elif where == "panel":
        other = Driver(session)
        other.gesture(other.results, "delete", ids=ids[:1])
        other.panel.close()
    else:
        JobView(session, job)._results_view._handle_custom_msg({"kind": "delete", "ids": ids[:1]}, [])
    driver.wait(lambda: driver.results.selected == ids[1:])
    driver.wait(lambda: driver.panel.selected == am.ImageSet([left]))
    driver.wait(lambda: [image["id"] for row in driver.results.history["rows"] for image in row["images"]] == ids[1:])


def test_stars_notes_and_deletions_reach_every_history_of_the_session(
    instant_server: SandboxServer, tmp_path: Any
) -> None:
    with am.Session("sk-earlier", instant_server.url, library=tmp_path) as earlier:
        earlier.generate("A red fox", n=3, timeout=PATIENCE)
    with am.Session("sk-later", instant_server.url, library=tmp_path) as session:
        one, two = Driver(session), Driver(session)
        for each in (one, two):
            open_history(each)
        ids = [image["id"] for image in one.results.history["rows"][0]["images"]]

        def both(field: str, values: list[object]) -> None:
            for each in (one, two):
                each.wait(lambda each=each: [i[field] for i in each.results.history["rows"][0]["images"]] == values)  # type: ignore[misc]

        one.gesture(one.results, "rate", id=ids[1], rating=4)
        both("rating", [None, 4, None])
        session.rate(next(image for image in session.library if image.index == 2), 2)
        both("rating", [None, 4, 2])
        two.gesture(two.results, "note", id=ids[0], text="sharp")
        both("note", ["sharp", None, None])
        two.gesture(two.results, "tick", id=ids[0], on=True)
        two.wait(lambda: two.results.selected == ids[:1])
        one.gesture(one.results, "delete", ids=ids[:1])
        both("id", ids[1:])
        two.wait(lambda: two.results.history["total"] == 2 and two.results.selected == [])
        for each in (one, two):
            each.panel.close()


def test_a_page_is_told_of_what_is_ticked_and_in_no_list(instant_server: SandboxServer, tmp_path: Any) -> None:
    with am.Session("sk-earlier", instant_server.url, library=tmp_path) as earlier:
        earlier.generate("A red fox", n=2, timeout=PATIENCE)
        earlier.generate("A grey hare", timeout=PATIENCE)
    with am.Session("sk-later", instant_server.url, library=tmp_path) as session:
        driver = Driver(session)

        def held() -> list[tuple[str, str, int | None]]:
            rows = driver.results.history["held"]
            return [(row["prompt"], image["id"], image["rating"]) for row in rows for image in row["images"]]

        def search(text: str) -> None:
            driver.gesture(driver.results, "history-filter", filter={**driver.results.history["filter"], "text": text})

        open_history(driver)
        hare, fox = (row["images"][0]["id"] for row in driver.results.history["rows"])
        for identity in (hare, fox):
            driver.gesture(driver.results, "tick", id=identity, on=True)
        driver.wait(lambda: driver.results.selected == [hare, fox])
        assert held() == []
        search("hare")
        driver.wait(lambda: held() == [("A red fox", fox, None)])
        driver.gesture(driver.results, "rate", id=fox, rating=3)
        driver.wait(lambda: held() == [("A red fox", fox, 3)])
        search("a heron")
        driver.wait(lambda: held() == [("A grey hare", hare, None), ("A red fox", fox, 3)])
        driver.gesture(driver.results, "history", open=False)
        driver.gesture(driver.results, "delete", ids=[hare])
        driver.wait(lambda: held() == [("A red fox", fox, 3)] and not driver.results.history["open"])
        driver.gesture(driver.results, "clear")
        driver.wait(lambda: held() == [])
        driver.panel.close()


def test_what_changes_while_the_history_is_read_is_seen(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    session = driver.panel.session
    first, second = session.generate("A red fox", n=2, timeout=PATIENCE)
    read = session.history

    def overtaken(*given: Any, **named: Any) -> Any:
        found = read(*given, **named)
        monkeypatch.setattr(session, "history", read)
        session.rate(first, 4)
        session.delete(second)
        return found

    monkeypatch.setattr(session, "history", overtaken)
    open_history(driver)
    driver.wait(lambda: driver.results.history["total"] == 1)
    assert [image["rating"] for image in driver.results.history["rows"][0]["images"]] == [4]
    assert list(driver.panel.history.pictures().values()) == [first]


def test_what_is_rated_elsewhere_stays_where_a_search_has_found_it(driver: Driver) -> None:
    session = driver.panel.session
    (image,) = session.generate("A red fox", timeout=PATIENCE)
    session.rate(image, 5)
    open_history(driver)
    driver.gesture(driver.results, "history-filter", filter={**driver.results.history["filter"], "stars": 4})
    driver.wait(lambda: driver.results.history["filter"]["stars"] == 4 and not driver.results.history["busy"])
    session.rate(image, 1)
    driver.wait(lambda: [each["images"][0]["rating"] for each in driver.results.history["rows"]] == [1])


def test_a_file_that_is_gone_keeps_no_other_thumbnail_from_the_history(
    instant_server: SandboxServer, tmp_path: Any
) -> None:
    with am.Session("sk-earlier", instant_server.url, library=tmp_path) as earlier:
        earlier.generate("A red fox", timeout=PATIENCE)
        (gone,) = earlier.generate("A hare", size="3:2", timeout=PATIENCE)
        assert gone.path is not None
        gone.path.unlink()
    with am.Session("sk-later", instant_server.url, library=tmp_path) as session:
        driver = Driver(session, language="zh")
        driver.gesture(driver.results, "history", open=True)
        # Those that are seen first come without being asked for.
        driver.wait(lambda: driver.messages("thumbnails"))
        hare, fox = [row["images"][0]["id"] for row in driver.results.history["rows"]]
        assert driver.messages("thumbnails")[0]["ids"] == [fox]
        assert driver.messages("say") == []
        driver.gesture(driver.results, "thumbnails", ids=[hare, fox])
        driver.wait(lambda: driver.messages("say"))
        assert driver.messages("say")[0]["text"].startswith("无法读取")
        assert [message["ids"] for message in driver.messages("thumbnails")] == [[fox], [fox]]
        driver.panel.close()


def test_what_was_never_sent_is_offered_and_sent_once(instant_server: SandboxServer, tmp_path: Any) -> None:
    with SandboxServer(seconds=5) as slow, am.Session("sk-1", slow.url, library=tmp_path, max_concurrency=1) as earlier:
        jobs = [earlier.submit(f"Fox {number}") for number in range(3)]
        wait_until(lambda: jobs[0].task_id is not None)
        origin = slow.url
        earlier.close()
        with am.Session("sk-1", origin, library=tmp_path) as session:
            driver = Driver(session)
            driver.wait(lambda: driver.results.offers)
            (offer,) = driver.results.offers
            assert (offer["kind"], offer["text"], offer["yes"]) == ("unsent", "2 requests were never sent.", "Send")
            assert driver.results.pickup == "1 job from an earlier session is being picked up."
            for _ in range(5):
                driver.gesture(driver.results, "offer", offer="unsent", answer="yes", nonce="once")
            driver.wait(lambda: not driver.results.offers)
            wait_until(lambda: len(slow.ledger()["tasks"]) == 3)
            assert [job.request.prompt for job in session.jobs] == ["Fox 0", "Fox 1", "Fox 2"]
            driver.panel.close()


def test_a_request_read_from_somewhere_never_freezes_the_panel(driver: Driver) -> None:
    garbage = {"prompt": ["A fox"], "n": "4", "size": 3, "image_urls": "https://a.example/1.png", "quality": "low"}
    driver.panel.request = am.ImageRequest.from_payload(garbage)
    driver.wait(lambda: driver.panel._controls.fields["quality"].value == "low")
    assert (driver.submit.count, driver.prompt.prompt) == (1, "")


def test_changes_on_two_threads_are_not_lost(driver: Driver) -> None:
    def type_prompts() -> None:
        for number in range(50):
            driver.gesture(driver.prompt, "prompt", text=f"A fox, {number}")

    writer = threading.Thread(target=type_prompts)
    writer.start()
    for number in range(50):
        driver.panel._controls.fields["n"].value = 1 + number % 4
    driver.panel._controls.fields["n"].value = 3
    writer.join()
    assert (driver.panel.request.prompt, driver.panel.request.n) == ("A fox, 49", 3)
    driver.wait(lambda: (driver.prompt.prompt, driver.submit.count) == ("A fox, 49", 3))


def test_an_offer_that_came_to_nothing_is_made_anew(tmp_path: Any) -> None:
    with SandboxServer(seconds=5) as slow:
        with am.Session("sk-1", slow.url, library=tmp_path, max_concurrency=1) as earlier:
            jobs = [earlier.submit("A fox", quality="high") for _ in range(2)]
            wait_until(lambda: jobs[0].task_id is not None)
        with am.Session("sk-1", slow.url, library=tmp_path, daily_budget=0.2) as session:
            driver = Driver(session)
            driver.wait(lambda: driver.results.offers)
            before = driver.results.offers
            driver.gesture(driver.results, "offer", offer="unsent", answer="yes", nonce="one")
            driver.wait(lambda: any("daily budget" in each["text"] for each in driver.messages("say")))
            driver.wait(lambda: driver.results.offers and driver.results.offers != before)
            driver.gesture(driver.results, "offer", offer="unsent", answer="no", nonce="two")
            driver.wait(lambda: driver.results.offers == [])
            assert len(slow.ledger()["tasks"]) == 1
            driver.panel.close()


def test_a_press_beyond_the_budget_is_refused_beside_the_button(instant_server: SandboxServer) -> None:
    with am.Session("sk-1", instant_server.url, library=":memory:", daily_budget=0.02) as session:
        driver = Driver(session)
        driver.wait(lambda: "of $0.02 in 24 h" in driver.prompt.badge["balance"])
        driver.gesture(driver.submit, "generate", nonce="dear", text="A red fox", shown={"quality": "high"})
        driver.wait(lambda: driver.messages("accepted"))
        assert driver.messages("accepted")[-1]["ok"] is False
        driver.wait(lambda: any("daily budget of $0.02" in each["message"] for each in driver.submit.problems))
        assert session.jobs == ()
        driver.gesture(driver.submit, "generate", nonce="cheap", text="A red fox", shown={"quality": "low"})
        driver.wait(lambda: driver.finished(1))
        driver.panel.close()


def test_comparing_is_held_against_the_budget_as_a_whole(instant_server: SandboxServer) -> None:
    with am.Session("sk-1", instant_server.url, library=":memory:", daily_budget=0.10) as session:
        driver = Driver(session)
        driver.gesture(driver.submit, "compare", nonce="1", text="A fox")
        driver.wait(lambda: driver.messages("accepted"))
        assert driver.messages("accepted") == [{"kind": "accepted", "nonce": "1", "ok": False}]
        driver.wait(lambda: driver.submit.problems)
        (problem,) = driver.submit.problems
        assert "This would cost up to $0.22, and the daily budget of $0.10" in problem["message"]
        assert session.jobs == ()
        driver.panel.close()
    with am.Session("sk-1", instant_server.url, library=":memory:", daily_budget=0.30) as session:
        driver = Driver(session)
        driver.gesture(driver.submit, "compare", nonce="1", text="A fox")
        driver.wait(lambda: driver.finished(3))
        driver.panel.close()


def test_what_was_started_before_something_went_wrong_is_said(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    session = driver.panel.session
    submit = session.submit

    def fail_second(request: am.ImageRequest) -> am.Job:
        if session.jobs:
            raise am.LibraryError("The library cannot be read.")
        return submit(request)

    monkeypatch.setattr(session, "submit", fail_second)
    driver.gesture(driver.submit, "compare", nonce="1", text="A fox")
    driver.wait(lambda: driver.submit.problems)
    assert driver.messages("accepted") == [{"kind": "accepted", "nonce": "1", "ok": True}]
    first, second = (problem["message"] for problem in driver.submit.problems)
    assert first.startswith("1 of 3 requests were started")
    assert "The library cannot be read." in second


def test_a_script_that_makes_a_panel_ends_in_silence() -> None:
    code = 'import apimart_widgets as am; panel = am.ImagePanel(am.Session(mode="sandbox", library=":memory:"))'
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert ended.stdout + ended.stderr == ""


def test_opening_a_panel_sends_little() -> None:
    # What a page is sent for it, the source of its front ends apart: at most 40 widgets and 60 KB.
    with am.Session(mode="sandbox", library=":memory:") as session:
        before = set(widget_module._instances)
        panel = am.ImagePanel(session)
        made = [widget for key, widget in widget_module._instances.items() if key not in before]
        states = []
        for widget in made:
            state = {name: value for name, value in widget.get_state().items() if name not in ("_esm", "_css")}
            states.append(widget_module._remove_buffers(state)[0])
        panel.close()
    assert len(made) <= 40
    assert len(json.dumps(states)) <= 60_000
