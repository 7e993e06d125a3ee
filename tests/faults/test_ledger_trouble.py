"""Trouble with the disk and the database: a clear error, pictures within reach, and all well once it is over."""

from __future__ import annotations

import contextlib
import errno
import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

import apimart_widgets as am
from apimart_widgets import database
from apimart_widgets.ledger import HOLD, Scope
from tests.faults.world import World

Trouble = Callable[[World], AbstractContextManager[None]]


def statement(world: World, sql: str) -> Any:
    library = world.session.library
    with library._lock:
        return library._db.execute(sql).fetchone()


@contextlib.contextmanager
def no_room_for_files(world: World, code: int = errno.ENOSPC) -> Iterator[None]:
    library = world.session.library

    def fails(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    library._keep_file = fails  # type: ignore[method-assign, assignment]
    yield
    del library._keep_file


@contextlib.contextmanager
def no_room_in_database(world: World) -> Iterator[None]:
    library, elsewhere = world.session.library, Scope("https://elsewhere.invalid", "nobody", "live")

    def fill(number: int, detail: str) -> None:
        name = f"filling {number}"
        request = am.ImageRequest("A red fox", size="1:1", quality="low")
        library.add_job(name, elsewhere, request=request, idempotency_key=name, created=1.0)
        library.set_job(name, [(1.0, "filling", {"with": detail})] * 5)

    statement(world, f"PRAGMA max_page_count = {statement(world, 'PRAGMA page_count')[0]}")
    for part, detail in enumerate(["x" * 300, ""]):
        with contextlib.suppress(am.LibraryError):
            for number in range(10_000):
                fill(part * 10_000 + number, detail)
    yield
    statement(world, "PRAGMA max_page_count = 1000000")


@contextlib.contextmanager
def read_only(world: World) -> Iterator[None]:
    statement(world, "PRAGMA query_only = ON")
    with no_room_for_files(world, errno.EROFS):
        yield
    statement(world, "PRAGMA query_only = OFF")


@contextlib.contextmanager
def locked(world: World) -> Iterator[None]:
    statement(world, "PRAGMA busy_timeout = 5")
    other = sqlite3.connect(world.folder / database.FILE, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    yield
    other.execute("ROLLBACK")
    other.close()


ALL_TROUBLE = [
    pytest.param(no_room_for_files, r"cannot be used: No space left on device\. Make room", id="no room for files"),
    pytest.param(no_room_in_database, r"cannot be used: database or disk is full\. Make room", id="no room"),
    pytest.param(read_only, r"cannot be used: .*[Rr]ead-?only.*\. Make room or rights there", id="read only"),
    pytest.param(locked, r"is held by another program: database is locked\. Close that program", id="locked"),
]


@pytest.mark.parametrize("restarts", [False, True])
@pytest.mark.parametrize(("trouble", "sentence"), ALL_TROUBLE)
def test_pictures_that_cannot_be_kept_are_within_reach_and_come_later(
    world: World, trouble: Trouble, sentence: str, restarts: bool
) -> None:
    job = world.submit(n=2)
    assert world.clock.run(lambda: bool(world.transport.calls_of("poll")))
    pictures = world.server.tasks["task_0"].pictures
    with trouble(world):
        world.finish()
        with pytest.raises(am.LibraryError, match=sentence):
            job.result()
        assert [image.bytes for image in job.images] == pictures
        assert (job.status, job.may_be_billed) == ("failed", True)
        with pytest.raises(am.ConfigurationError, match="may be billed"):
            world.session.retry(job)
    resumption = world.restart() if restarts else world.session.resume()
    assert [each.id for each in resumption.jobs] == [job.id]
    world.finish()
    (again,) = world.session.jobs
    assert (again.status, [image.bytes for image in again.result()]) == ("completed", pictures)
    assert world.kept(job) == pictures
    row = world.row(job)
    assert (row["status"], row["task_id"], row["error"], row["holder"]) == ("completed", "task_0", None, None)
    assert len(world.posts(job.idempotency_key)) == 1
    assert {"queued", "post", "submitted", "completed"} <= set(world.kinds(job))


@pytest.mark.parametrize(("trouble", "sentence"), ALL_TROUBLE)
def test_looking_again_keeps_them_too(world: World, trouble: Trouble, sentence: str) -> None:
    job = world.submit()
    assert world.clock.run(lambda: bool(world.transport.calls_of("poll")))
    with trouble(world):
        world.finish()
    world.session.look_again(job)
    world.finish()
    assert job.status == "completed"
    assert world.kept(job) == world.server.tasks["task_0"].pictures


@pytest.mark.parametrize(("trouble", "sentence"), ALL_TROUBLE[1:])
def test_without_its_row_nothing_is_sent(world: World, trouble: Trouble, sentence: str) -> None:
    with trouble(world):
        job = world.submit()
        world.finish()
        with pytest.raises(am.LibraryError, match=sentence):
            job.result()
        assert (job.status, job.may_be_billed) == ("failed", False)
    assert world.transport.calls_of("submit") == []
    again = world.session.retry(job)
    world.finish()
    assert again.status == "completed"


def test_a_mistake_of_ours_in_writing_its_row_ends_the_job(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def mistaken(*_: Any, **__: Any) -> int:
        raise KeyError("prompt")

    monkeypatch.setattr(world.session.library, "add_job", mistaken)
    job = world.submit()
    world.finish(job)
    with pytest.raises(am.JobError, match=r"A mistake in this package stopped the job: KeyError\('prompt'\)"):
        job.result()
    assert job.status == "failed"
    assert not world.transport.calls_of("submit")
    assert "could not be written down" in caplog.text


def test_a_ledger_locked_for_a_moment_loses_neither_task_nor_story(world: World) -> None:
    job = world.submit()
    assert world.clock.run(lambda: bool(world.transport.calls_of("submit")))
    with locked(world):
        # The task's id arrives, and cannot be written down.
        assert world.clock.run(lambda: job.task_id is not None)
        assert world.clock.run(lambda: len(world.transport.calls_of("poll")) > 0)
    assert world.row(job)["task_id"] is None
    world.close()
    world.open()
    assert world.row(job)["task_id"] == "task_0"
    (again,) = world.session.resume().jobs
    world.finish()
    assert again.status == "completed"
    assert len(world.posts(job.idempotency_key)) == 1
    assert {"queued", "sending", "post", "submitted", "not recorded", "picked up", "completed"} <= set(world.kinds(job))


def test_a_library_that_is_locked_when_it_is_opened_says_so(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    connect = sqlite3.connect

    def impatient(*args: Any, **named: Any) -> sqlite3.Connection:
        return connect(*args, **{**named, "timeout": 0.005})

    with locked(world):
        monkeypatch.setattr(database.sqlite3, "connect", impatient)
        with pytest.raises(am.LibraryError, match=r"is held by another program: .*Close that program"):
            world.open()
        monkeypatch.undo()
    world.open()


def test_a_database_that_is_damaged_under_way_is_said_and_comes_back_with_the_file(world: World) -> None:
    job = world.submit(n=2)
    assert world.clock.run(lambda: bool(world.transport.calls_of("poll")))
    file = world.folder / database.FILE
    statement(world, "PRAGMA wal_checkpoint(TRUNCATE)")
    whole = file.read_bytes()
    with file.open("r+b") as damaged:
        damaged.seek(100)
        damaged.write(b"\xff" * (len(whole) - 100))
    statement(world, "PRAGMA cache_size = 0")
    statement(world, "PRAGMA shrink_memory")

    world.finish()
    with pytest.raises(am.LibraryError, match=r"library\.sqlite3 .* is damaged: .* Move the file away to begin"):
        job.result()
    pictures = world.server.tasks["task_0"].pictures
    assert [image.bytes for image in job.images] == pictures
    world.close()
    with pytest.raises(am.LibraryError, match="is damaged"):
        world.open()

    for rest in world.folder.glob(f"{database.FILE}-*"):
        rest.unlink()
    file.write_bytes(whole)
    world.clock.pass_by(HOLD + 1)  # which the copy remembers
    world.open()
    world.session.resume()
    world.finish()
    assert world.kept(job) == pictures
    assert len(world.posts(job.idempotency_key)) == 1


@contextlib.contextmanager
def nobody_special() -> Iterator[None]:
    """As a user whose rights count: nothing is read-only for root."""
    privileged = hasattr(os, "geteuid") and os.geteuid() == 0
    if privileged:
        os.seteuid(65534)
    try:
        yield
    finally:
        if privileged:
            os.seteuid(0)


def test_a_read_only_folder_is_said_when_it_is_opened() -> None:
    # Not below pytest's own folder, which is root's alone where root runs the tests.
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "library"
        am.Library(folder).close()
        Path(name).chmod(0o755)
        for path in (folder, *folder.iterdir()):
            path.chmod(0o555 if path.is_dir() else 0o444)
        with nobody_special(), pytest.raises(am.LibraryError, match="Make room or rights there"):
            am.Library(folder)
        folder.chmod(0o700)


def test_a_folder_that_cannot_be_made_is_said(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(self: Path, *args: Any, **named: Any) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(Path, "mkdir", refuses)
    with pytest.raises(am.LibraryError, match=r"Read-only file system\. Make room or rights there"):
        am.Library(world.folder / "elsewhere")
