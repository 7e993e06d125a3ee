"""Nothing paid for may be lost, nothing paid twice: the order of writes, and what an unknown outcome leads to."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

import apimart_widgets as am
from apimart_widgets.delivery import is_gone
from apimart_widgets.jobs import Job, Wiring
from apimart_widgets.ledger import Scope
from apimart_widgets.library import Library, Query
from apimart_widgets.loop import Clock, io_thread
from apimart_widgets.runner import Runner
from apimart_widgets.sandbox.app import create_app
from apimart_widgets.task import ResultURL
from tests.raw_server import Drop, RawServer, Request, Trickle, answer
from tests.sandbox_server import SandboxServer

PATIENCE = 30.0


def picture(colour: str = "red") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (1024, 1024), colour).save(file, "PNG")
    return file.getvalue()


def json_answer(body: Any, status: int = 200) -> bytes:
    return answer(status, json.dumps(body).encode())


class Script:
    """A server of the API, scripted: counts what it saw, and may look at the ledger while it is being asked."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder
        self.url = ""
        self.posts: list[Request] = []
        self.rows_at_post: list[dict[str, Any]] = []
        self.rows_at_poll: list[dict[str, Any]] = []
        self.rows_at_download: list[dict[str, Any]] = []
        self.post: Callable[[int], Any] = lambda count: json_answer(
            {"code": 200, "data": [{"status": "submitted", "task_id": "task_1"}]}
        )
        self.poll: Callable[[], Any] = self.completed
        self.file: Callable[[], Any] = lambda: answer(200, picture(), content_type="image/png")

    def completed(self) -> bytes:
        images = [{"url": [f"{self.url}/file.png"]}]
        return json_answer(
            {"code": 200, "data": {"id": "task_1", "status": "completed", "result": {"images": images}, "cost": 0.5}}
        )

    def __call__(self, request: Request) -> Any:
        if request.method == "POST":
            self.posts.append(request)
            self.rows_at_post.extend(self.rows())
            return self.post(len(self.posts))
        if request.path.startswith("/v1/tasks/"):
            self.rows_at_poll.extend(self.rows())
            return self.poll()
        if request.path.startswith("/file"):
            self.rows_at_download.extend(self.rows())
            return self.file()
        return json_answer({"error": {"code": 404, "message": "no such address"}}, 404)

    def rows(self) -> list[dict[str, Any]]:
        """The ledger as another process would find it after this one was killed now."""
        if self.folder is None:
            return []
        db = sqlite3.connect(f"file:{self.folder / 'library.sqlite3'}?mode=ro", uri=True)
        try:
            db.row_factory = sqlite3.Row
            return [dict(row) for row in db.execute("SELECT * FROM jobs")]
        finally:
            db.close()


def test_the_ledger_is_ahead_of_every_step(tmp_path: Path) -> None:
    script = Script(tmp_path)
    with RawServer(script) as server, am.Session("sk-1", server.url, library=tmp_path) as session:
        script.url = server.url
        job = session.submit("A red fox", size="1:1")
        images = job.result(PATIENCE)
        origin = server.url

    (posted,) = script.posts
    (row,) = script.rows_at_post
    assert row["status"] == "sending"
    assert row["payload"] == posted.body
    assert row["idempotency_key"] == posted.headers["idempotency-key"]
    assert (row["origin"], row["mode"], row["task_id"]) == (origin, "live", None)
    assert row["account"] not in ("", "sk-1")
    assert script.rows_at_poll[0]["task_id"] == "task_1"
    assert script.rows_at_download[0]["task_id"] == "task_1"
    assert script.rows_at_download[0]["finished"] is None

    path = images[0].path
    assert path is not None
    assert path.read_bytes() == picture()
    with Library(tmp_path) as library:
        (kept,) = list(library)
        assert kept.sha256 == images[0].sha256
        row_after = library.job(job.id)
        assert row_after is not None
        assert (row_after["status"], row_after["cost"], row_after["cost_estimated"]) == ("completed", 0.5, 0)
        assert [kind for _, kind, _ in library.events(job.id)][-1] == "completed"


def test_without_its_row_nothing_is_sent(tmp_path: Path) -> None:
    script = Script()
    with RawServer(script) as server, am.Session("sk-1", server.url, library=tmp_path) as session:
        blocker = sqlite3.connect(tmp_path / "library.sqlite3")
        blocker.execute("DROP TABLE events")
        blocker.execute("ALTER TABLE jobs RENAME TO gone")
        blocker.commit()
        blocker.close()
        job = session.submit("A red fox")
        with pytest.raises(am.LibraryError, match="cannot be used"):
            job.result(PATIENCE)
    assert script.posts == []


def test_a_dropped_answer_is_asked_for_once_more_with_the_same_key_and_bytes() -> None:
    script = Script()
    first = script.post
    script.post = lambda count: Drop() if count == 1 else first(count)
    with RawServer(script) as server, am.Session("sk-1", server.url, library=":memory:") as session:
        script.url = server.url
        job = session.submit("A red fox")
        assert len(job.result(PATIENCE)) == 1
    one, two = script.posts
    assert one.body == two.body
    assert one.headers["idempotency-key"] == two.headers["idempotency-key"] == job.idempotency_key


def test_the_answer_to_a_post_under_way_is_written_down_before_a_session_is_closed(tmp_path: Path) -> None:
    script, answered = Script(), threading.Event()
    first = script.post
    script.post = lambda count: answered.wait(PATIENCE) and first(count)
    with RawServer(script) as server:
        script.url = server.url
        with am.Session("sk-1", server.url, library=tmp_path) as session:
            job = session.submit("A red fox")
            assert server.wait_for_requests(1, PATIENCE)
            threading.Timer(0.3, answered.set).start()
        assert job.task_id == "task_1"
        with Library(tmp_path) as library:
            row = library.job(job.id)
            assert row is not None
            assert (row["status"], row["task_id"], row["holder"]) == ("submitted", "task_1", None)


@pytest.mark.parametrize("stop", [KeyboardInterrupt, asyncio.CancelledError])
def test_an_interrupted_block_is_left_at_once_and_no_number_is_lost(stop: type[BaseException], tmp_path: Path) -> None:
    script, left = Script(), threading.Event()
    first = script.post
    script.post = lambda count: left.wait(PATIENCE) and first(count)
    with RawServer(script) as server:
        script.url = server.url
        with contextlib.suppress(stop), am.Session("sk-1", server.url, library=tmp_path) as session:
            job = session.submit("A red fox")
            assert server.wait_for_requests(1, PATIENCE)
            raise stop
        left.set()
        with pytest.raises(am.JobError, match="session was closed"):
            job.result(PATIENCE)
        assert job.task_id == "task_1"


def test_a_post_that_is_not_answered_holds_the_close_of_a_session_up_for_a_while_only(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("apimart_widgets.runner.LAST_WAIT", 0.2)
    script = Script()
    script.post = lambda count: Trickle(b"", b"")
    with RawServer(script) as server:
        with am.Session("sk-1", server.url, library=tmp_path) as session:
            job = session.submit("A red fox")
            assert server.wait_for_requests(1, PATIENCE)
        assert (job.status, job.task_id) == ("unknown", None)
    assert len(script.posts) == 1


def test_an_unknown_outcome_is_never_called_failed() -> None:
    script = Script()
    script.post = lambda count: Drop()
    with RawServer(script) as server, am.Session("sk-1", server.url, library=":memory:") as session:
        job = session.submit("A red fox")
        with pytest.raises(am.OutcomeUnknownError, match="may be billed"):
            job.result(PATIENCE)
        assert job.status == "unknown"
        row = session.library.job(job.id)
        assert row is not None
        assert (row["status"], row["payload"]) == ("unknown", script.posts[0].body)
    assert len(script.posts) == 2


def test_a_task_that_can_no_longer_be_asked_for_is_unknown_and_keeps_its_id() -> None:
    script = Script()
    script.poll = lambda: json_answer({"error": {"code": 401, "message": "key revoked"}}, 401)
    with RawServer(script) as server, am.Session("sk-1", server.url, library=":memory:") as session:
        job = session.submit("A red fox")
        with pytest.raises(am.OutcomeUnknownError, match="task_1"):
            job.result(PATIENCE)
        assert (job.status, job.task_id) == ("unknown", "task_1")


@pytest.mark.parametrize(
    ("error", "code", "detail", "sentence"),
    [
        ("out of paint", None, "out of paint", "It said: out of paint. Nothing was billed."),
        (
            {"code": 500, "message": "Boom!", "type": "server_error"},
            "500",
            "Boom!",
            "It said: Boom! Nothing was billed.",
        ),
        ({}, None, None, "could not make the picture. Nothing was billed."),
        (None, None, None, "could not make the picture. Nothing was billed."),
    ],
)
def test_a_failed_task_gives_its_reason_in_every_form(
    error: object, code: str | None, detail: str | None, sentence: str
) -> None:
    script = Script()
    script.poll = lambda: json_answer({"code": 400, "data": {"id": "task_1", "status": "failed", "error": error}})
    with RawServer(script) as server, am.Session("sk-1", server.url, library=":memory:") as session:
        job = session.submit("A red fox")
        with pytest.raises(am.TaskFailedError) as raised:
            job.result(PATIENCE)
        assert (raised.value.code, raised.value.detail, job.status) == (code, detail, "failed")
        assert str(raised.value).endswith(sentence)


def test_a_finished_picture_that_cannot_be_fetched_stays_open_in_the_ledger() -> None:
    script = Script()
    script.file = lambda: answer(200, picture()[:200], content_type="image/png")
    with RawServer(script) as server, am.Session("sk-1", server.url, library=":memory:") as session:
        script.url = server.url
        job = session.submit("A red fox")
        with pytest.raises(
            am.DownloadError, match="task_1 is finished and its pictures could not be fetched"
        ) as raised:
            job.result(PATIENCE)
        assert "session.look_again(job)" in str(raised.value)
        assert job.status == "failed"
        row = session.library.job(job.id)
        assert row is not None
        assert (row["status"], row["task_id"], row["finished"]) == ("downloading", "task_1", None)


def test_pictures_that_cannot_be_kept_are_still_reachable(tmp_path: Path) -> None:
    script = Script()

    def file_after_the_folder_is_gone() -> bytes:
        (tmp_path / "images").rename(tmp_path / "elsewhere")
        (tmp_path / "images").write_text("in the way")
        return answer(200, picture(), content_type="image/png")

    script.file = file_after_the_folder_is_gone
    with RawServer(script) as server, am.Session("sk-1", server.url, library=tmp_path) as session:
        script.url = server.url
        job = session.submit("A red fox")
        with pytest.raises(am.LibraryError, match="folder"):
            job.result(PATIENCE)
        assert [image.to_pil().size for image in job.images] == [(1024, 1024)]
        assert job.images[0].path is None


def test_what_is_written_late_does_not_undo_what_came_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    script = Script()
    set_job, take_unsaved = Library.set_job, Job._take_unsaved
    standing, go = threading.Event(), threading.Event()

    def locked_once(*args: Any, **columns: Any) -> None:
        if columns.get("status") == "completed":
            monkeypatch.setattr(Library, "set_job", set_job)
            raise am.LibraryError("locked")
        set_job(*args, **columns)

    def stand_still(job: Job) -> Any:
        if threading.current_thread() is late:
            standing.set()
            go.wait(PATIENCE)
        return take_unsaved(job)

    with RawServer(script) as server, am.Session("sk-1", server.url, library=":memory:") as session:
        script.url = server.url
        monkeypatch.setattr(Library, "set_job", locked_once)
        job = session.submit("A red fox")
        with pytest.raises(am.LibraryError):
            job.result(PATIENCE)
        # As a hold is renewed, or as the same is asked for again.
        late = threading.Thread(target=session._runner.settle)
        monkeypatch.setattr(Job, "_take_unsaved", stand_still)
        late.start()
        assert standing.wait(PATIENCE)
        session.look_again(job)
        job.result(PATIENCE)
        go.set()
        late.join(PATIENCE)
        row = session.library.job(job.id)
        assert row is not None
        assert (row["status"], row["error"], row["finished"] is None) == ("completed", None, False)


def test_the_same_reference_is_uploaded_once(instant_server: SandboxServer) -> None:
    before = len(instant_server.ledger()["uploads"])
    with am.Session("sk-uploads", instant_server.url, library=":memory:") as session:
        jobs = [session.submit(f"Fox {number}", references=[picture("green")]) for number in range(3)]
        for job in jobs:
            job.result(PATIENCE)
        assert [kind for job in jobs for kind in [event.kind for event in job.events]].count("uploaded") == 1
        assert jobs[0].request.image_urls is not None
        assert jobs[0].request.image_urls[0].startswith("https://picture.invalid/")
    after = instant_server.ledger()
    assert len(after["uploads"]) == before + 1
    sent = after["tasks"][-1]["payload"]["image_urls"]
    assert all("picture.invalid" not in url for url in sent)


def test_a_failed_upload_fails_the_job_before_anything_is_billed() -> None:
    def refuse_uploads(request: Request) -> Any:
        assert request.path == "/v1/uploads/images"
        return json_answer({"error": {"code": 413, "message": "too large"}}, 413)

    with RawServer(refuse_uploads) as server, am.Session("sk-1", server.url, library=":memory:") as session:
        job = session.submit("A fox", references=[picture()])
        with pytest.raises(am.UploadError, match="could not be uploaded, so the request was not sent"):
            job.result(PATIENCE)
        assert job.status == "failed"
    assert [request.path for request in server.requests] == ["/v1/uploads/images"]


class RecordingClock(Clock):
    """Time that passes only while somebody sleeps, at once."""

    def __init__(self) -> None:
        self.time = 1_800_000_000.0
        self.sleeps: list[float] = []

    def now(self) -> float:
        return self.time

    def monotonic(self) -> float:
        return self.time

    def alarm(self, seconds: float) -> asyncio.Future[None]:
        self.sleeps.append(seconds)
        self.time += seconds
        # A breath of real time, so that what else is under way keeps up with the clock.
        return super().alarm(0.002)

    def jitter(self) -> float:
        return 0.5


def test_a_task_that_never_ends_is_asked_for_ever_more_slowly_and_frees_its_slot() -> None:
    clock = RecordingClock()
    app = create_app(seconds=10_000_000.0, clock=clock.now, flat=True)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    client = am.AsyncClient("sk-1", "https://sandbox.apimart.invalid", transport=transport, clock=clock)
    with Library(":memory:") as library:
        thread, scope = io_thread(), Scope("https://sandbox.apimart.invalid", "a", "live")
        runner = Runner(client, library, scope, io=thread, clock=clock, max_concurrency=1)
        done = threading.Event()
        wiring = Wiring("live", scope.origin, clock, thread, runner.dropped, print, print)
        jobs = []
        for number in range(2):
            job = Job(am.ImageRequest(f"Fox {number}"), wiring)
            job.add_done_callback(lambda job: done.set() if all(each.done() for each in jobs) else None)
            jobs.append(job)
        for job in jobs:
            runner.submit(job)
        assert done.wait(PATIENCE)
        thread.submit(runner.close()).result()
        thread.submit(client.aclose()).result()
        assert [job.status for job in jobs] == ["unknown", "unknown"]
        assert "72 hours" in str(jobs[0].error)
        assert max(clock.sleeps) == 600.0
        # The second was sent long before the first was given up.
        submitted = next(event.at for event in jobs[1].events if event.kind == "submitted")
        given_up = next(event.at for event in jobs[0].events if event.kind == "unknown")
        assert submitted < given_up


def test_looking_again_sends_the_identical_request_and_brings_the_picture() -> None:
    script = Script()
    accepted = script.post
    script.post = lambda count: Drop() if count <= 2 else accepted(count)
    with RawServer(script) as server, am.Session("sk-1", server.url, library=":memory:") as session:
        script.url = server.url
        job = session.submit("A red fox")
        with pytest.raises(am.OutcomeUnknownError):
            job.result(PATIENCE)
        with pytest.raises(am.ConfigurationError, match="may be billed"):
            session.retry(job)
        session.look_again(job)
        assert len(job.result(PATIENCE)) == 1
        assert job.status == "completed"
        session.look_again(job)  # nothing is left to look for
        assert job.status == "completed"
    assert len({(post.body, post.headers["idempotency-key"]) for post in script.posts}) == 1
    assert len(script.posts) == 3


def test_looking_again_fetches_a_picture_that_could_not_be_fetched() -> None:
    script = Script()
    whole = script.file
    script.file = lambda: answer(200, b"")
    with RawServer(script) as server, am.Session("sk-1", server.url, library=":memory:") as session:
        script.url = server.url
        job = session.submit("A red fox")
        with pytest.raises(am.DownloadError):
            job.result(PATIENCE)
        script.file = whole
        session.look_again(job)
        assert len(job.result(PATIENCE)) == 1
    assert len(script.posts) == 1


def test_a_wait_goes_on_where_another_thread_takes_the_job_up_as_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    script = Script()
    script.file = lambda: answer(200, b"no picture", content_type="image/png")
    outcome = Job._outcome

    def then_the_other_thread(job: Job) -> Any:
        if job.done():
            monkeypatch.setattr(Job, "_outcome", outcome)
            script.file = lambda: answer(200, picture(), content_type="image/png")
            session.look_again(job)
        return outcome(job)

    with RawServer(script) as server, am.Session("sk-1", server.url, library=":memory:") as session:
        script.url = server.url
        monkeypatch.setattr(Job, "_outcome", then_the_other_thread)
        assert len(session.submit("A red fox").result(PATIENCE)) == 1


def test_retrying_a_failed_job_is_a_new_request_with_a_new_key(instant_server: SandboxServer) -> None:
    with am.Session("sk-1", instant_server.url, library=":memory:") as session:
        failed = session.submit("[fail] A fox", references=[picture("green")])
        with pytest.raises(am.TaskFailedError):
            failed.result(PATIENCE)
        again = session.retry(failed)
        with pytest.raises(am.TaskFailedError):
            again.result(PATIENCE)
        assert again.request == failed.request
        assert again.idempotency_key != failed.idempotency_key
        assert again.task_id != failed.task_id


def test_a_job_that_is_looked_at_again_in_the_same_moment_is_not_asked_for_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    script = Script()
    script.post = lambda count: Drop()
    with RawServer(script) as server, am.Session("sk-1", server.url, library=":memory:") as session:
        job = session.submit("A red fox")
        with pytest.raises(am.OutcomeUnknownError):
            job.result(PATIENCE)
        other = threading.Thread(target=session.look_again, args=(job,))
        done = Job.done

        def then_the_other_thread(job: Job) -> bool:
            was = done(job)
            monkeypatch.setattr(Job, "done", done)
            other.start()
            other.join(0.5)
            return was

        monkeypatch.setattr(Job, "done", then_the_other_thread)
        with pytest.raises(am.ConfigurationError, match="billed already"):
            session.retry(job)
        other.join(PATIENCE)
    assert {request.headers["idempotency-key"] for request in script.posts} == {job.idempotency_key}


def test_what_stands_behind_an_error_is_kept_for_whoever_has_to_ask_about_it() -> None:
    script = Script()
    trouble = json.dumps({"error": {"code": 500, "message": "boom"}}).encode()
    script.post = lambda count: answer(500, trouble, headers={"X-Request-Id": "req_42"})
    with RawServer(script) as server, am.Session("sk-1", server.url, library=":memory:") as session:
        job = session.submit("A red fox")
        for _ in range(2):  # everyone who waits
            with pytest.raises(am.OutcomeUnknownError) as raised:
                job.result(PATIENCE)
            assert isinstance(raised.value.reason, am.APIError)
            assert (raised.value.reason.status_code, raised.value.reason.request_id) == (500, "req_42")
            assert raised.value.__cause__ is None


@pytest.mark.parametrize(
    ("expires_at", "hours", "error", "gone"),
    [
        (None, 1, am.NotFoundError("", status_code=404), False),
        (5.0, 1, am.NotFoundError("", status_code=404), True),
        (5.0, 1, am.APIStatusError("", status_code=410), True),
        (5.0, 1, am.InternalServerError("", status_code=503), False),
        (5.0, 1, am.APIConnectionError(""), False),
        (5.0, 1, am.ImageError(""), False),
        (None, 73, am.ImageError(""), True),
        (None, 73, am.PermissionDeniedError("", status_code=403), True),
        (None, 73, am.InternalServerError("", status_code=503), False),
    ],
)
def test_a_picture_is_given_up_only_when_its_own_host_says_so_after_its_time(
    expires_at: float | None, hours: float, error: am.APIMartError, gone: bool
) -> None:
    now = 1_800_000_000.0
    assert is_gone(ResultURL("https://a.example", expires_at), error, now=now, accepted=now - hours * 3600) is gone


def test_a_timeout_that_is_no_number_is_a_sentence(instant_server: SandboxServer) -> None:
    with am.Session("sk-1", instant_server.url, library=":memory:") as session:
        job = session.submit("A red fox")
        with pytest.raises(am.ConfigurationError, match="timeout is a number of seconds"):
            job.result("5")  # type: ignore[arg-type]
        job.result(PATIENCE)


@pytest.mark.parametrize("by", ["session", "sweep"])
def test_a_slip_of_whoever_looks_on_stops_nothing(
    by: str, instant_server: SandboxServer, caplog: pytest.LogCaptureFixture
) -> None:
    with am.Session("sk-looks-on", instant_server.url, library=":memory:") as session:
        sweep = session.sweep(f"A fox seen by a {by}", quality="low")
        watched: Any = session if by == "session" else sweep
        watched.watch(lambda *_: 1 / 0)
        sweep.run()
        assert [job.status for job in sweep.jobs] == ["completed"]
        assert len(session.library) == 1
    assert "which looks on, failed" in caplog.text


def test_the_number_of_an_earlier_task_is_said_and_not_asked_for_again(tmp_path: Path) -> None:
    script = Script()  # whose every task is task_1
    with RawServer(script) as server, am.Session("sk-1", server.url, library=tmp_path) as session:
        script.url = server.url
        session.generate("A fox")
        job = session.submit("An owl")
        with pytest.raises(am.OutcomeUnknownError, match=r"number of an earlier task \(task_1\).* may be billed"):
            job.result(PATIENCE)
        row = session.library.job(job.id)
        assert row is not None
        assert (row["status"], row["task_id"], row["finished"] is None) == ("unknown", None, False)
        # Whoever comes next does not send it once more.
        assert row["dismissed"] is not None
    assert len(script.posts) == 2


def test_a_busy_server_is_asked_again_when_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    script = Script()
    done, busy = script.poll, answer(429, b"{}", headers={"Retry-After": "500"})
    script.poll = lambda: busy
    with RawServer(script) as server, am.Session("sk-1", server.url, library=":memory:") as session:
        script.url = server.url
        waits: list[float] = []
        held_off, alarm = threading.Event(), session._clock.alarm

        def noted(seconds: float) -> Any:
            waits.append(seconds)
            if seconds > 100:
                held_off.set()
            return alarm(seconds)

        monkeypatch.setattr(session._clock, "alarm", noted)
        job = session.submit("A red fox")
        assert held_off.wait(PATIENCE)
        assert max(waits) == 500.0
        script.poll = done
        session.look_again(job)  # at once, all the same
        assert len(job.result(PATIENCE)) == 1


def test_a_list_that_is_short_of_pictures_is_asked_for_again_and_then_said(tmp_path: Path) -> None:
    script = Script()
    listed = [None, "/file0.png"]

    def poll() -> bytes:
        images = [{"url": url and script.url + url} for url in listed]
        return json_answer({"data": {"id": "task_1", "status": "completed", "result": {"images": images}}})

    script.poll = poll
    with RawServer(script) as server, am.Session("sk-1", server.url, library=tmp_path) as session:
        script.url = server.url
        job = session.submit("A red fox", n=2)
        assert len(job.result(PATIENCE)) == 1
        assert job.notice == "APIMart lists one picture, and 2 were asked for."
        assert [event.kind for event in job.events].count("poll") == 2
        (again,), _, _ = session.history(Query())
        assert again.notice == job.notice
    with am.Session("sk-1", script.url, library=tmp_path) as later:
        (restored,), _, _ = later.history(Query())
        assert restored.notice == job.notice
