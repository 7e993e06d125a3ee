"""A cell that is run again pays nothing: the same request is made once, wherever and whenever it was made."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import apimart_widgets as am
from apimart_widgets.config import Mode
from apimart_widgets.library import Library
from tests.jobs.test_money import Script, json_answer
from tests.raw_server import RawServer
from tests.sandbox_server import SandboxServer
from tests.test_panel import wait_until

PATIENCE = 30.0
KEY = "sk-reuse"


def test_what_was_made_is_not_made_again_even_after_a_restart(instant_server: SandboxServer, tmp_path: Path) -> None:
    before = instant_server.ledger()["billed_images"]
    with am.Session(KEY, instant_server.url, library=tmp_path) as session:
        first = session.generate("A red fox", quality="low", n=2, reuse=True, timeout=PATIENCE)
        # Defaults filled in or written out: the same is asked for.
        again = session.generate("A red fox", quality="low", n=2, size="1:1", reuse=True, timeout=PATIENCE)
        assert first == again
        assert len(session.jobs) == 1
    with am.Session(KEY, instant_server.url, library=tmp_path) as session:
        later = session.generate("A red fox", quality="low", n=2, reuse=True, timeout=PATIENCE)
        assert later == first
        assert [image.bytes for image in later] == [image.bytes for image in first]
        assert session.jobs[0].cost is not None
        assert instant_server.ledger()["billed_images"] == before + 2
        # Without it, and for a repeat, new pictures are made.
        session.generate("A red fox", quality="low", n=2, timeout=PATIENCE)
        third = session.generate("A red fox", quality="low", n=2, reuse=True, repeat=2, timeout=PATIENCE)
        assert third != first
        assert session.generate("A red fox", quality="low", n=2, reuse=True, repeat=2, timeout=PATIENCE) == third
    assert instant_server.ledger()["billed_images"] == before + 6


def test_a_job_on_its_way_is_waited_for_and_not_asked_for_again(tmp_path: Path) -> None:
    with SandboxServer(seconds=1) as server, am.Session(KEY, server.url, library=tmp_path) as session:
        submitted = threading.Event()
        session.watch(lambda job: submitted.set() if job.task_id is not None else None)
        running = session.submit("A red fox", reuse=True)
        assert session.submit("A red fox", reuse=True) is running
        with am.Session(KEY, server.url, library=tmp_path) as other:
            # Another kernel's job is followed in the ledger, and nothing is sent.
            submitted.wait(PATIENCE)
            followed = other.submit("A red fox", reuse=True)
            assert followed.id == running.id
            assert followed.result(PATIENCE) == running.result(PATIENCE)
        assert len(server.ledger()["tasks"]) == 1


def test_a_job_another_kernel_is_to_send_is_not_called_unbilled_as_a_session_is_closed(tmp_path: Path) -> None:
    script, answered = Script(), threading.Event()
    first = script.post
    script.post = lambda count: answered.wait(PATIENCE) and first(count)
    with RawServer(script) as server, am.Session(KEY, server.url, library=tmp_path, max_concurrency=1) as session:
        script.url = server.url
        session.submit("An owl")
        assert server.wait_for_requests(1, PATIENCE)
        waiting = session.submit("A red fox")
        wait_until(lambda: waiting._fence is not None)
        with am.Session(KEY, server.url, library=tmp_path) as other:
            followed = other.submit("A red fox", reuse=True)
            assert (followed.id, followed.status) == (waiting.id, "queued")
        assert (followed.status, followed.may_be_billed) == ("unknown", True)
        assert "may be billed" in str(followed.error)
        answered.set()


def test_what_an_interrupted_block_left_unsent_is_sent_where_it_is_asked_for_again(tmp_path: Path) -> None:
    script, answered = Script(), threading.Event()
    number = "task_{}".format
    script.post = lambda count: answered.wait(PATIENCE) and json_answer({"data": [{"task_id": number(count)}]})
    with RawServer(script) as server:
        script.url = server.url
        one = {"library": tmp_path, "max_concurrency": 1}
        with contextlib.suppress(KeyboardInterrupt), am.Session(KEY, server.url, **one) as session:
            session.submit("A red fox")
            waiting, cancelled = session.submit("An owl"), session.submit("A cat")
            assert server.wait_for_requests(1, PATIENCE)
            wait_until(lambda: cancelled._fence is not None)
            cancelled.cancel()
            raise KeyboardInterrupt
        wait_until(lambda: session.library.job(waiting.id)["holder"] is None)
        with am.Session(KEY, server.url, **one) as again:
            owl, cat = again.submit("An owl", reuse=True), again.submit("A cat", reuse=True)
            threading.Timer(0.1, answered.set).start()
            assert (len(owl.result(PATIENCE)), len(cat.result(PATIENCE))) == (1, 1)
            assert owl.id == waiting.id
            assert cat.id != cancelled.id
    assert len(script.posts) == 3


def test_pictures_are_told_by_their_content(instant_server: SandboxServer, tmp_path: Path) -> None:
    red, green = Image.new("RGB", (64, 64), "red"), Image.new("RGB", (64, 64), "green")
    file = tmp_path / "the same red.png"
    red.save(file)
    with am.Session(KEY, instant_server.url, library=tmp_path / "library") as session:
        first = session.generate("Repaint it", references=[red], reuse=True, timeout=PATIENCE)
        assert session.generate("Repaint it", references=[red.copy()], reuse=True, timeout=PATIENCE) == first
        assert session.generate("Repaint it", references=[green], reuse=True, timeout=PATIENCE) != first


def test_another_key_another_origin_and_what_was_deleted_are_made_anew(
    instant_server: SandboxServer, server: SandboxServer, tmp_path: Path
) -> None:
    with am.Session(KEY, instant_server.url, library=tmp_path) as session:
        first = session.generate("A red fox", reuse=True, timeout=PATIENCE)
        task = first[0].task_id
    with am.Session("sk-another", instant_server.url, library=tmp_path) as session:
        assert session.generate("A red fox", reuse=True, timeout=PATIENCE)[0].task_id != task
    with am.Session(KEY, server.url, library=tmp_path) as session:
        assert session.generate("A red fox", reuse=True, timeout=PATIENCE)[0].task_id != task
    with am.Session(KEY, instant_server.url, library=tmp_path) as session:
        session.delete(first)
        assert session.generate("A red fox", reuse=True, timeout=PATIENCE)[0].task_id != task


def test_what_the_library_lost_is_made_anew_by_the_same_session_too(
    instant_server: SandboxServer, tmp_path: Path
) -> None:
    with am.Session(KEY, instant_server.url, library=tmp_path) as session:
        first = session.generate("A red fox", n=2, reuse=True, timeout=PATIENCE)
        session.library.delete(first[0])
        second = session.generate("A red fox", n=2, reuse=True, timeout=PATIENCE)
        assert len({image.task_id for image in first + second}) == 2
        assert session.delete(second[0]) == 1
        assert len(session.jobs[1].images) == 1
        third = session.generate("A red fox", n=2, reuse=True, timeout=PATIENCE)
        assert len(third) == 2
        session.library.clear()
        fourth = session.generate("A red fox", n=2, reuse=True, timeout=PATIENCE)
        assert fourth[0].task_id != third[0].task_id
        assert set(session.library) == set(fourth)


def test_the_same_is_made_once_however_many_ask_at_the_same_moment(
    instant_server: SandboxServer, tmp_path: Path
) -> None:
    before = len(instant_server.ledger()["tasks"])
    with (
        am.Session(KEY, instant_server.url, library=tmp_path) as one,
        am.Session(KEY, instant_server.url, library=tmp_path) as two,
        ThreadPoolExecutor(8) as pool,
    ):
        made = list(
            pool.map(lambda session: session.generate("A red fox", reuse=True, timeout=PATIENCE), [one, two] * 4)
        )
        assert len({image.task_id for images in made for image in images}) == 1
        assert (len(one.jobs), len(two.jobs)) == (1, 1)
    assert len(instant_server.ledger()["tasks"]) == before + 1


def test_a_job_whose_row_was_committed_a_moment_ago_is_the_one_that_is_found(
    instant_server: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    committed, found = threading.Event(), threading.Event()
    with am.Session(KEY, instant_server.url, library=":memory:", daily_budget=1000.0) as session:
        add_row = session._runner._add_row

        def add_and_wait(*given: Any) -> int:
            fence = add_row(*given)
            committed.set()
            found.wait(PATIENCE)
            return fence

        monkeypatch.setattr(session._runner, "_add_row", add_and_wait)
        with ThreadPoolExecutor(1) as pool:
            asked = pool.submit(session.submit, "A red fox in the snow")
            assert committed.wait(PATIENCE)
            again = session.submit("A red fox in the snow", reuse=True)
            found.set()
            assert again is asked.result(PATIENCE)
        assert session.jobs == (again,)
        assert len(again.result(PATIENCE)) == 1


@pytest.fixture
def late_rows(monkeypatch: pytest.MonkeyPatch) -> tuple[threading.Event, threading.Event]:
    """A row was committed; the runner hears of it, once the second is set."""
    committed, told = threading.Event(), threading.Event()
    add_job = Library.add_job

    def late(*args: Any, **named: Any) -> int:
        fence = add_job(*args, **named)
        committed.set()
        told.wait(PATIENCE)
        return fence

    monkeypatch.setattr(Library, "add_job", late)
    return committed, told


def test_a_job_cancelled_while_its_row_is_committed_is_cancelled_after_a_close_too(
    late_rows: tuple[threading.Event, threading.Event], instant_server: SandboxServer, tmp_path: Path
) -> None:
    committed, told = late_rows
    session = am.Session(KEY, instant_server.url, library=tmp_path)
    dropped = session.submit("A red fox", quality="low")
    assert committed.wait(PATIENCE)
    assert dropped.cancel()
    threading.Timer(0.2, told.set).start()
    session.close()  # which ends whoever waits for the row
    with Library(tmp_path) as library:
        assert library.job(dropped.id)["status"] == "cancelled"  # type: ignore[index]


def test_a_job_cancelled_while_its_row_is_committed_is_asked_for_anew(
    late_rows: tuple[threading.Event, threading.Event], instant_server: SandboxServer, tmp_path: Path
) -> None:
    committed, told = late_rows
    with am.Session(KEY, instant_server.url, library=tmp_path) as session:
        dropped = session.submit("A red fox", quality="low")
        assert committed.wait(PATIENCE)
        assert dropped.cancel()
        threading.Timer(0.2, told.set).start()
        job = session.submit("A red fox", quality="low", reuse=True)
        assert len(job.result(PATIENCE)) == 1
        assert session.library.job(dropped.id)["status"] == "cancelled"  # type: ignore[index]


@pytest.mark.parametrize("mode", ["live", "sandbox"])
def test_what_a_killed_kernel_left_is_brought_to_its_end(mode: Mode, tmp_path: Path) -> None:
    with SandboxServer(seconds=1) as server:
        place = f"{KEY!r}, {server.url!r}" if mode == "live" else "sandbox_seconds=60"
        killed = subprocess.Popen(
            [sys.executable, "-c", _LEAVES_TWO.format(place=place, mode=mode, library=str(tmp_path))],
            stdout=subprocess.PIPE,
        )
        with killed:
            assert killed.stdout is not None
            assert killed.stdout.readline() == b"sent\n"
            killed.kill()
        settings = {"api_key": KEY, "base_url": server.url} if mode == "live" else {"sandbox_seconds": 0.0}
        with am.Session(mode=mode, library=tmp_path, **settings) as session:  # type: ignore[arg-type]
            # The first was on its way. The second was never sent, and is asked for now.
            assert len(session.generate("First", reuse=True, timeout=PATIENCE)) == 1
            assert len(session.generate("Second", reuse=True, timeout=PATIENCE)) == 1
            assert len(session.resume().unsent) == 0
        assert len(server.ledger()["tasks"]) == (2 if mode == "live" else 0)


_LEAVES_TWO = """
import time
import apimart_widgets as am
session = am.Session({place}, mode={mode!r}, library={library!r}, max_concurrency=1)
first, second = session.submit("First"), session.submit("Second")
while first.task_id is None or session.library.job(second.id) is None:
    time.sleep(0.02)
print("sent", flush=True)
time.sleep(60)
"""


def test_what_failed_is_tried_anew(instant_server: SandboxServer) -> None:
    with am.Session(KEY, instant_server.url, library=":memory:") as session:
        for _ in range(2):
            with pytest.raises(am.TaskFailedError):
                session.generate("[fail] A fox", reuse=True, timeout=PATIENCE)
        assert len(session.jobs) == 2


@pytest.mark.parametrize("repeat", [-1, True, "1", 0.5])
def test_a_repeat_that_is_no_count_is_refused(repeat: object) -> None:
    with (
        am.Session(mode="sandbox", library=":memory:") as session,
        pytest.raises(am.ConfigurationError, match="repeat counts"),
    ):
        session.submit("A red fox", reuse=True, repeat=repeat)  # type: ignore[arg-type]
    assert session.jobs == ()
