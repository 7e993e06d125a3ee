"""Processes are killed at every moment that matters; their successors bring every picture home once."""

from __future__ import annotations

import collections
import json
import multiprocessing
import os
import random
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from apimart_widgets.library import Library
from tests.kills import child
from tests.kills.child import POINTS
from tests.sandbox_server import SandboxServer

KILLS = 200 if os.environ.get("APW_LONG") else 40
PATIENCE = 120.0

# Each is a process of its own, forked from one that has nothing but the imports behind it.
PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["tests.kills.child"])


class Child:
    """A process, and what it says."""

    def __init__(self, server: SandboxServer, folder: Path, point: str, count: int) -> None:
        self._told, told = PROCESSES.Pipe(duplex=False)
        self.process = PROCESSES.Process(target=child.main, args=(server.url, str(folder), point, count, told))
        self.process.start()
        told.close()

    def says(self) -> str:
        """The next word; nothing once it has ended."""
        assert self._told.poll(PATIENCE)
        try:
            return str(self._told.recv())
        except EOFError:
            return ""

    def end(self) -> int | None:
        """Wait for its end; how it ended."""
        self.process.join(PATIENCE)
        return self.process.exitcode


def kill_at(server: SandboxServer, folder: Path, point: str, count: int) -> None:
    """Run a child until it kills itself."""
    assert Child(server, folder, point, count).end() == -signal.SIGKILL


def kill_anywhere(server: SandboxServer, folder: Path, seconds: float) -> None:
    """Kill a child from outside a while after it has begun its work; one that was quicker has ended well."""
    started = Child(server, folder, "anywhere", 0)
    started.says()
    started.process.join(seconds)
    started.process.kill()
    started.end()


def bring_home(server: SandboxServer, folder: Path) -> None:
    """A last process that is left alive."""
    started = Child(server, folder, "end", 0)
    assert (started.says(), started.says(), started.end()) == ("ready", "done", 0)


def rows(folder: Path) -> list[dict[str, Any]]:
    db = sqlite3.connect(folder / "library.sqlite3")
    try:
        db.row_factory = sqlite3.Row
        return [dict(row) for row in db.execute("SELECT * FROM jobs")]
    finally:
        db.close()


def everything_is_home(server: SandboxServer, folder: Path) -> None:
    """Every picture billed is kept, none was billed twice, and none that was asked for is missing."""
    ledger, jobs = server.ledger(), rows(folder)
    assert {job["status"] for job in jobs} <= {"completed"}
    asked = sum(json.loads(job["request"])["n"] for job in jobs)
    assert ledger["billed_images"] == asked
    tasks = {task["id"] for task in ledger["tasks"]}
    assert sorted(job["task_id"] for job in jobs) == sorted(tasks)
    assert len(ledger["tasks"]) == len(tasks) == len(jobs)
    with Library(folder) as library:
        kept = list(library)
        assert len(kept) == asked
        by_task = collections.Counter(image.task_id for image in kept)
        assert by_task == {job["task_id"]: json.loads(job["request"])["n"] for job in jobs}
        for image in kept:
            image.to_pil()


@pytest.mark.timeout(1200)
def test_whatever_moment_a_process_dies_every_picture_comes_home_once(tmp_path: Path) -> None:
    chance = random.Random(20261124)
    with SandboxServer(seconds=0.3) as server:
        for kill in range(KILLS):
            point = [*POINTS, "anywhere"][kill % (len(POINTS) + 1)]
            if point == "anywhere":
                kill_anywhere(server, tmp_path, chance.uniform(0.0, 0.8))
            else:
                # A process asks three times, and comes to each point as often at least.
                kill_at(server, tmp_path, point, chance.randint(1, 3))
        bring_home(server, tmp_path)
        everything_is_home(server, tmp_path)
        print(f"{KILLS} kills, {len(rows(tmp_path))} jobs, {server.ledger()['replays']} replays")


@pytest.mark.parametrize("point", POINTS)
def test_a_first_process_that_dies_there_is_made_good_by_the_second(tmp_path: Path, point: str) -> None:
    with SandboxServer(seconds=0.1) as server:
        kill_at(server, tmp_path, point, 1)
        bring_home(server, tmp_path)
        everything_is_home(server, tmp_path)


SIDE_BY_SIDE = """
import sys
import apimart_widgets as am
from apimart_widgets import runner
runner.HOLD = 1.0
session = am.Session("sk-kills", sys.argv[1], library=sys.argv[2], max_concurrency=8)
for number in range(25):
    session.submit(f"{sys.argv[3]} {number}", n=1 + number % 2)
    if number % 5 == 0:
        session.resume()
print("submitted", flush=True)
sys.stdin.readline()
session.resume()
print("resumed", flush=True)
sys.stdin.readline()
session.resume().unsent.send()
for job in session.jobs:
    job.result(60)
print("done", flush=True)
session.close()
"""


def side_by_side(server: SandboxServer, folder: Path, name: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", SIDE_BY_SIDE, server.url, str(folder), name]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def says(child: subprocess.Popen[str]) -> str:
    assert child.stdout is not None
    return child.stdout.readline().strip()


def tell(child: subprocess.Popen[str]) -> None:
    assert child.stdin is not None
    child.stdin.write("\n")
    child.stdin.flush()


def test_two_processes_share_a_library_and_each_picture_comes_once(tmp_path: Path) -> None:
    with SandboxServer(seconds=0.2) as server:
        children = [side_by_side(server, tmp_path, name) for name in ("one", "two")]
        for child in children:
            assert says(child) == "submitted"
            tell(child)
            assert says(child) == "resumed"
            tell(child)
        for child in children:
            assert says(child) == "done"
            child.communicate(timeout=PATIENCE)
        everything_is_home(server, tmp_path)
        ledger = server.ledger()
        # Neither asked for what the other was at.
        assert (len(ledger["tasks"]), ledger["replays"]) == (50, 0)


def test_a_process_takes_over_from_one_that_died_beside_it(tmp_path: Path) -> None:
    with SandboxServer(seconds=1.0) as server:
        first = side_by_side(server, tmp_path, "one")
        assert says(first) == "submitted"
        second = side_by_side(server, tmp_path, "two")
        assert says(second) == "submitted"
        tell(second)
        assert says(second) == "resumed"  # and has seen what the first is at
        first.kill()
        first.communicate(timeout=PATIENCE)
        tell(second)
        assert says(second) == "done"
        second.communicate(timeout=PATIENCE)
        bring_home(server, tmp_path)
        everything_is_home(server, tmp_path)
