"""How a script ends: what is under way is written down, nothing hangs, and nobody reads a traceback. And forks."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.jobs.test_money import Script, json_answer
from tests.raw_server import RawServer, Request, Trickle

BEGIN = """
import sys, threading, time
import apimart_widgets as am
session = am.Session("sk-1", sys.argv[1], library=sys.argv[2])
"""
IN_A_THREAD = """
def work():
    print(len(session.generate("A fox", timeout=20)), len(session.generate("An owl", timeout=20)))
threading.Thread(target=work).start()
time.sleep(0.3)
"""
A_LAST_LINE = """
session.submit("A fox")
"""
ON_A_BUSY_MACHINE = """
from apimart_widgets.loop import io_thread
loop = io_thread().loop
def hold_up():
    time.sleep(0.015)
    loop.call_soon(hold_up)
session.submit("A fox")
loop.call_soon_threadsafe(hold_up)
"""
ON_ITS_WAY = """
job = session.submit("A fox")
while job.status not in ("submitted", "processing"):
    time.sleep(0.01)
print(time.monotonic())
"""
A_CALLBACK = """
job = session.submit("A fox")
job.add_done_callback(lambda job: (time.sleep(0.5), print("called", flush=True)))
job.result(20)
"""
FORKED = """
import multiprocessing
def use():
    waits = (lambda: job.result(), lambda: am.run(job))
    for call in (lambda: session.submit("An owl"), *waits, session.balance, session.resume):
        try:
            print(call())
        except am.ConfigurationError as error:
            print(error)
    with am.Session("sk-1", sys.argv[1], library=":memory:") as own:
        print(len(own.generate("An owl", timeout=20)), flush=True)
session.generate("A fox", timeout=20)  # by now nothing is imported that the new process would wait for
job = session.submit("A fox")
child = multiprocessing.get_context("fork").Process(target=use)
child.start()
child.join(20)
child.kill()
"""

FORKED_FROM_A_LOOP = """
import asyncio, os
async def elsewhere():
    await asyncio.wait_for(asyncio.to_thread(time.sleep, 0.01), 10)  # or its loop is not woken
am.run(elsewhere())
child = os.fork()
if not child:
    {child}
    sys.exit()  # not as multiprocessing does: what is registered for the end is called
os.waitpid(child, 0)
began = time.monotonic()
am.run(elsewhere())
print(time.monotonic() - began < 5)
"""
FORKED_BESIDE_A_LOOP = """
import asyncio, os
async def elsewhere():
    await asyncio.wait_for(asyncio.to_thread(time.sleep, 0.01), 10)  # or its loop is not woken
used, forked = threading.Event(), threading.Event()
def work():
    am.run(elsewhere())
    used.set()
    forked.wait(20)
    began = time.monotonic()
    am.run(elsewhere())
    print(time.monotonic() - began < 5)
thread = threading.Thread(target=work)
thread.start()
used.wait(20)
child = os.fork()
if not child:
    {child}
    sys.exit()
os.waitpid(child, 0)
forked.set()
thread.join()
"""
LEFT_RUNNING = """
import asyncio
began = threading.Event()
async def go_on():
    began.set()
    await asyncio.sleep(60)
threading.Thread(target=lambda: am.run(go_on()), daemon=True).start()
began.wait(10)
"""
HALF_READ = """
async def inner():
    yield 1
    yield 2
async def outer():
    async for number in inner():
        yield number
async def begin():
    async for number in outer():
        break
am.run(begin())
"""
LEFT_BEHIND = """
import asyncio, contextlib
client = am.AsyncClient("sk-1", sys.argv[1])
behind = []
async def go_on(seconds):
    await asyncio.sleep(seconds)
    await client.submit(am.ImageRequest("A fox"))
async def begin():
    with contextlib.suppress(am.APIError):
        await client.balance()  # by now nothing is imported that a POST would wait for
    behind.append(asyncio.ensure_future(go_on(60)))
    await asyncio.sleep(0)
    behind.append(asyncio.ensure_future(go_on(0)))
am.run(begin())
"""

DRAWN_IN_A_THREAD = """
session = am.Session(mode="sandbox", library=":memory:", sandbox_seconds=0)
def work():
    time.sleep(0.3)
    print(len(session.generate("A fox", timeout=20)))
threading.Thread(target=work).start()
"""


def ended(script: str, origin: str, folder: Path) -> tuple[str, float]:
    """What a script printed, which must be no trouble; and how long it took."""
    environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    command = [sys.executable, "-W", "ignore", "-c", BEGIN + script, origin, str(folder)]
    began = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, timeout=50, env=environment, check=False)
    assert (done.stderr, done.returncode) == ("", 0)
    return done.stdout, time.monotonic() - began


def rows(folder: Path) -> list[tuple[str, str | None]]:
    db = sqlite3.connect(folder / "library.sqlite3")
    try:
        return db.execute("SELECT status, task_id FROM jobs ORDER BY created").fetchall()
    finally:
        db.close()


class Slow(Script):
    """Takes its time to answer a POST."""

    def __init__(self) -> None:
        super().__init__()
        self.post = lambda count: json_answer({"code": 200, "data": [{"task_id": f"task_{count}"}]})

    def __call__(self, request: Request) -> Any:
        if request.method == "POST":
            time.sleep(0.6)
        return super().__call__(request)


def test_threads_go_on_after_the_main_one_has_ended(tmp_path: Path) -> None:
    script = Slow()
    with RawServer(script) as server:
        script.url = server.url
        assert ended(IN_A_THREAD, server.url, tmp_path)[0] == "1 1\n"
    assert rows(tmp_path) == [("completed", "task_1"), ("completed", "task_2")]


def test_drawings_are_made_after_the_main_thread_has_ended(tmp_path: Path) -> None:
    assert ended(DRAWN_IN_A_THREAD, "http://127.0.0.1:9", tmp_path)[0] == "1\n"


@pytest.mark.parametrize("last_lines", [A_LAST_LINE, ON_A_BUSY_MACHINE], ids=["idle", "busy"])
def test_what_was_posted_is_written_down_before_the_end(last_lines: str, tmp_path: Path) -> None:
    script = Slow()
    script.poll = lambda: json_answer({"code": 200, "data": {"id": "task_1", "status": "processing"}})
    with RawServer(script) as server:
        ended(last_lines, server.url, tmp_path)
    assert len(script.posts) == 1
    assert rows(tmp_path) == [("submitted", "task_1")]


def test_a_post_that_is_not_answered_holds_the_end_up_for_seconds(tmp_path: Path) -> None:
    script = Script()
    script.post = lambda count: Trickle(b"", b"")
    with RawServer(script) as server:
        _, seconds = ended(A_LAST_LINE, server.url, tmp_path)
    assert seconds < 15
    assert rows(tmp_path) == [("sending", None)]


def test_a_task_on_its_way_does_not_hold_the_end_up(tmp_path: Path) -> None:
    script = Script()
    script.poll = lambda: json_answer({"code": 200, "data": {"id": "task_1", "status": "processing"}})
    with RawServer(script) as server:
        at_its_last_line = float(ended(ON_ITS_WAY, server.url, tmp_path)[0])
        seconds = time.monotonic() - at_its_last_line
    assert seconds < 5  # which is how long the end waits for an answer
    assert [task_id for _, task_id in rows(tmp_path)] == ["task_1"]


def test_callbacks_are_called_before_the_end(tmp_path: Path) -> None:
    script = Script()
    with RawServer(script) as server:
        script.url = server.url
        assert ended(A_CALLBACK, server.url, tmp_path)[0] == "called\n"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_forked_process_is_told_to_make_a_session_of_its_own(tmp_path: Path) -> None:
    script = Slow()
    with RawServer(script) as server:
        script.url = server.url
        said = ended(FORKED, server.url, tmp_path)[0].splitlines()
    assert len(said) == 6
    assert all("Make a Session there" in line for line in said[:5])
    assert said[5] == "1"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.parametrize("child", ["pass", "am.run(elsewhere())"])
@pytest.mark.parametrize("script", [FORKED_FROM_A_LOOP, FORKED_BESIDE_A_LOOP], ids=["this thread", "another"])
def test_a_forked_process_leaves_the_loops_of_the_other_alone(script: str, child: str, tmp_path: Path) -> None:
    assert ended(script.format(child=child), "http://127.0.0.1:9", tmp_path)[0] == "True\n"


@pytest.mark.parametrize("script", [LEFT_RUNNING, HALF_READ], ids=["running", "half read"])
def test_what_am_run_left_says_nothing_at_the_end(script: str, tmp_path: Path) -> None:
    ended(script, "http://127.0.0.1:9", tmp_path)


def test_what_am_run_left_behind_is_not_begun_at_the_end(tmp_path: Path) -> None:
    script = Script()
    with RawServer(script) as server:
        ended(LEFT_BEHIND, server.url, tmp_path)
    assert script.posts == []
