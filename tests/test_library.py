"""The ledger: what is kept, for whom, and what is said when it cannot be."""

from __future__ import annotations

import contextlib
import datetime
import io
import json
import os
import sqlite3
import stat
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import apimart_widgets as am
from apimart_widgets import database, images
from apimart_widgets.config import APIKey
from apimart_widgets.database import MEMORY, MIGRATIONS
from apimart_widgets.ledger import Scope
from apimart_widgets.library import Library, Picture, Query

SCOPE = Scope("https://api.apimart.ai", "account", "live")


def png(colour: str = "red") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (8, 6), colour).save(file, "PNG")
    return file.getvalue()


def add_job(library: Library, name: str = "job", prompt: str = "A fox", scope: Scope = SCOPE) -> None:
    request = am.ImageRequest(prompt)
    library.add_job(name, scope, request=request, idempotency_key=f"key-{name}", created=1.0)


def add_image(
    library: Library, name: str = "job", *, index: int = 0, created: float = 2.0, colour: str = "red"
) -> None:
    data = png(colour)
    request = am.ImageRequest.from_payload({"prompt": "A fox"})
    picture = Picture(request, f"task-{name}", index, data, images.inspect(data), created, 0.25)
    library.add_image(name, SCOPE, picture)


@pytest.mark.parametrize("prompt", ["\"quotes\" and 'more'", "</script>", "x" * 32_000, "一只狐狸在雪地里", "🦊🏔️"])
def test_a_prompt_comes_back_as_it_was(tmp_path: Path, prompt: str) -> None:
    with Library(tmp_path) as library:
        add_job(library, prompt=prompt)
        add_image(library)
    with Library(tmp_path) as library:
        (image,) = list(library)
        assert image.request.prompt == prompt


def test_pictures_outlive_the_process_that_made_them(tmp_path: Path) -> None:
    with Library(tmp_path) as library:
        add_job(library)
        for index, created in enumerate([5.0, 7.0, 6.0]):
            add_image(library, index=index, created=created, colour=["red", "green", "blue"][index])
    with Library(tmp_path) as library:
        assert [image.index for image in library] == [1, 2, 0]
        newest = next(iter(library))
        assert newest.bytes == png("green")
        assert newest.path is not None
        assert newest.path.read_bytes() == newest.bytes
        assert newest.path.stem == newest.sha256
        assert (newest.size, newest.format, newest.cost, newest.mode) == ((8, 6), "png", 0.25, "live")
        assert newest.created.timestamp() == 7.0
        assert len(library) == 3


def test_it_tells_how_long_tasks_took_by_the_servers_account(tmp_path: Path) -> None:
    answers = {
        "timed": {"created": 100, "completed": 119, "estimated_time": 60},
        "a replay, quicker": {"actual_time": 90},
        "untimed": {},
    }
    with Library(tmp_path) as library:
        for place, (name, told) in enumerate(answers.items()):
            add_job(library, name)
            answer = json.dumps({"code": 200, "data": {"id": name, "status": "completed", **told}})
            library.set_job(name, status="completed", submitted=1.0, finished=31.0, answer=answer, created=10.0 - place)
        add_job(library, "on its way")
        found = library.took("live")
        assert {(took.model, took.quality, took.size) for took in found} == {("gpt-image-1-official", "auto", "1:1")}
        assert [(took.seconds, took.estimated) for took in found] == [(19.0, 60.0), (30.0, None)]
        assert library.took("sandbox") == []


def test_the_same_picture_of_the_same_task_is_kept_once(tmp_path: Path) -> None:
    with Library(tmp_path) as library:
        add_job(library)
        add_image(library)
        add_image(library)
        assert len(library) == 1


def test_two_rows_may_share_one_file(tmp_path: Path) -> None:
    with Library(tmp_path) as library:
        for name in ("one", "two"):
            add_job(library, name)
            add_image(library, name)
        assert len(library) == 2
    assert len([path for path in (tmp_path / "images").rglob("*") if path.is_file()]) == 1


def test_a_task_belongs_to_one_job(tmp_path: Path) -> None:
    with Library(tmp_path) as library:
        add_job(library, "one")
        add_job(library, "two")
        library.set_job("one", task_id="task")
        with pytest.raises(am.LibraryError):
            library.set_job("two", task_id="task")
        other = Scope(SCOPE.origin, "another account", "live")
        add_job(library, "three", scope=other)
        library.set_job("three", task_id="task")


def test_a_failed_write_leaves_nothing_half_done(tmp_path: Path) -> None:
    with Library(tmp_path) as library:
        add_job(library)
        with pytest.raises(am.LibraryError):
            library.set_job("job", [(1.0, "fine", {}), (None, "no moment", {})], status="completed")  # type: ignore[list-item]
        row = library.job("job")
        assert row is not None
        assert row["status"] == "queued"
        assert library.events("job") == []
        library.set_job("job", status="sending")


def test_memory_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with Library(":memory:") as library:
        add_job(library)
        add_image(library)
        (image,) = list(library)
        assert image.bytes == png()
        assert image.path is None
        assert library.folder is None
    assert list(tmp_path.iterdir()) == []


def test_uploads_are_remembered_while_their_url_lives(tmp_path: Path) -> None:
    with Library(tmp_path) as library:
        library.add_upload(SCOPE, "hash", url="https://files.example/1.png", at=1000.0)
        assert library.upload_url(SCOPE, "hash", now=1000.0 + 70 * 3600) == "https://files.example/1.png"
        assert library.upload_url(SCOPE, "hash", now=1000.0 + 72 * 3600) is None
        assert library.upload_url(Scope(SCOPE.origin, "another", "live"), "hash", now=1000.0) is None


def test_the_account_is_stable_and_does_not_give_the_key_away(tmp_path: Path) -> None:
    with Library(tmp_path) as library:
        account = library.account(APIKey("sk-canary"))
        assert account != library.account(APIKey("sk-other"))
    with Library(tmp_path) as library:
        assert library.account(APIKey("sk-canary")) == account
    with Library(tmp_path / "another") as library:
        assert library.account(APIKey("sk-canary")) != account
    assert b"sk-canary" not in b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


def test_a_library_of_the_first_version_opens(tmp_path: Path) -> None:
    """The first schema, as the first release wrote it, with a row in it."""
    db = sqlite3.connect(tmp_path / "library.sqlite3")
    db.executescript(MIGRATIONS[0])
    db.execute("PRAGMA user_version = 1")
    db.execute(
        "INSERT INTO jobs (id, origin, account, mode, created, status, request, fingerprint, idempotency_key)"
        """ VALUES ('j', 'o', 'a', 'live', 1, 'queued', '{"prompt": "A fox"}', 'f', 'k')"""
    )
    db.commit()
    db.close()
    with Library(tmp_path) as library:
        row = library.job("j")
        assert row is not None
        assert row["request"] == '{"prompt": "A fox"}'


def test_a_library_of_a_later_version_is_left_alone(tmp_path: Path) -> None:
    Library(tmp_path).close()
    db = sqlite3.connect(tmp_path / "library.sqlite3")
    db.execute("PRAGMA user_version = 999")
    db.close()
    with pytest.raises(am.LibraryError, match="newer version"):
        Library(tmp_path)


def test_a_damaged_database_is_said_and_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    (tmp_path / "library.sqlite3").write_bytes(b"this is no database at all, but it is long enough" * 100)
    before = (tmp_path / "library.sqlite3").read_bytes()
    with pytest.raises(am.LibraryError, match="choose another folder"):
        Library(tmp_path)
    assert (tmp_path / "library.sqlite3").read_bytes() == before


def test_a_file_where_the_folder_should_be_is_said(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(am.LibraryError, match="taken"):
        Library(tmp_path / "taken")


@pytest.mark.parametrize("name", ["with spaces", "图库", "ein 'Ordner'; DROP TABLE jobs"])
def test_odd_folder_names_work(tmp_path: Path, name: str) -> None:
    with Library(tmp_path / name) as library:
        add_job(library)
        add_image(library)
        assert next(iter(library)).bytes == png()


def test_threads_share_one_library(tmp_path: Path) -> None:
    with Library(tmp_path) as library:

        def work(number: int) -> None:
            for step in range(10):
                name = f"{number}-{step}"
                add_job(library, name)
                add_image(library, name, created=number + step)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(library) == 40


def test_processes_share_one_library(tmp_path: Path) -> None:
    code = textwrap.dedent(
        """
        import sys
        import apimart_widgets as am
        from apimart_widgets.ledger import Scope
        from apimart_widgets.library import Library
        scope = Scope("https://api.apimart.ai", "account", "live")
        with Library(sys.argv[1]) as library:
            for step in range(20):
                name = f"{sys.argv[2]}-{step}"
                request = am.ImageRequest("A fox")
                library.add_job(name, scope, request=request, idempotency_key=name, created=1.0)
                library.set_job(name, [(1.0, "sent", {})], status="sending")
        """
    )
    running = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path), str(number)]) for number in range(3)]
    assert [process.wait(60) for process in running] == [0, 0, 0]
    db = sqlite3.connect(tmp_path / "library.sqlite3")
    counts = db.execute("SELECT (SELECT count(*) FROM jobs), (SELECT count(*) FROM events)").fetchone()
    db.close()
    assert counts == (60, 60)


def test_a_closed_library_says_so(tmp_path: Path) -> None:
    library = Library(tmp_path)
    library.close()
    with pytest.raises(am.LibraryError, match=r"is closed\. Open it again"):
        len(library)
    with pytest.raises(am.LibraryError, match=r"is closed\. Open it again"):
        library.remember("told", "yes")


def test_pictures_are_for_their_owner_only(tmp_path: Path) -> None:
    with Library(tmp_path / "made") as library:
        add_job(library)
        add_image(library)
        path = next(iter(library)).path
    assert path is not None
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0
        assert stat.S_IMODE((tmp_path / "made").stat().st_mode) & 0o077 == 0


# ---- finding, rating, forgetting


def filled(folder: Path) -> Library:
    """Six pictures of three jobs, a day apart, the last on 24 November 2026 at noon."""
    library = Library(folder)
    noon = datetime.datetime(2026, 11, 24, 12).timestamp()
    prompts = [("A red Fox in snow", "low"), ("Ein Füchslein im Gras", "high"), ("雪山上的狐狸", "high")]
    for number, (prompt, quality) in enumerate(prompts):
        name = f"job{number}"
        request = am.ImageRequest(prompt, quality=quality, n=2, size="3:2" if number else "1:1")
        library.add_job(name, SCOPE, request=request, idempotency_key=name, created=1.0)
        library.set_job(name, status="completed", finished=2.0, sent=1.0)
        for index in range(2):
            data = png(f"#{number}{index}0000"[:7].ljust(7, "0"))
            created = noon - (2 - number) * 86400 + index
            picture = Picture(request, f"task-{name}", index, data, images.inspect(data), created, 0.25)
            library.add_image(name, SCOPE, picture)
    return library


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, [("雪", 1), ("雪", 0), ("Ein", 1), ("Ein", 0), ("A", 1), ("A", 0)]),
        ({"text": "fox"}, [("A", 1), ("A", 0)]),
        ({"text": "SNOW red"}, [("A", 1), ("A", 0)]),
        ({"text": "füchs"}, [("Ein", 1), ("Ein", 0)]),
        ({"text": "狐狸"}, [("雪", 1), ("雪", 0)]),
        ({"text": "fox hare"}, []),
        ({"text": "%"}, []),
        ({"text": "fox \ud83e"}, []),
        ({"quality": "high", "limit": 3}, [("雪", 1), ("雪", 0), ("Ein", 1)]),
        ({"size": "1:1"}, [("A", 1), ("A", 0)]),
        ({"model": "gpt-image-1.5-official"}, []),
        ({"since": "2026-11-24"}, [("雪", 1), ("雪", 0)]),
        ({"until": "2026-11-22"}, [("A", 1), ("A", 0)]),
        ({"since": datetime.date(2026, 11, 23), "until": datetime.date(2026, 11, 23)}, [("Ein", 1), ("Ein", 0)]),
        ({"until": datetime.datetime(2026, 11, 22, 12)}, [("A", 0)]),
        ({"since": "0001-01-01", "until": "9999-12-31", "limit": 1}, [("雪", 1)]),
        ({"since": pd.Timestamp("2026-11-24"), "limit": 1}, [("雪", 1)]),
        ({"since": "9999-12-31"}, []),
    ],
)
def test_pictures_are_found_by_prompt_settings_and_day(
    tmp_path: Path, query: dict[str, Any], found: list[tuple[str, int]]
) -> None:
    with filled(tmp_path) as library:
        seen = [(image.request.prompt, image.index) for image in library.search(**query)]
        assert [(prompt.startswith(start), index) for (prompt, index), (start, _) in zip(seen, found, strict=True)] == [
            (True, index) for _, index in found
        ]


@pytest.mark.parametrize("day", [pd.NaT, pd.NA, np.array([1, 2]), np.datetime64("2026-11-24"), 5])
def test_what_is_no_day_is_refused(day: Any) -> None:
    with Library(":memory:") as library:
        for name in ("since", "until"):
            with pytest.raises(am.ConfigurationError, match=f"{name} is a day, not "):
                library.search(**{name: day})


def test_a_day_that_is_none_says_how_to_write_one(tmp_path: Path) -> None:
    with filled(tmp_path) as library, pytest.raises(am.ConfigurationError, match='Write it as "2026-11-24"'):
        library.search(since="last week")


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"text": 5}, "text is text, not 5. Write it in quotes"),
        ({"quality": ["low"]}, r"quality is text, not \['low'\]"),
        ({"size": (1, 1)}, r"size is text, not \(1, 1\)"),
        ({"stars": "x"}, "stars is a whole number from 0 up, not 'x'"),
        ({"stars": True}, "stars is a whole number from 0 up, not True"),
        ({"limit": "x"}, "limit is a whole number from 0 up, not 'x'"),
        ({"limit": -1}, "limit is a whole number from 0 up, not -1"),
    ],
)
def test_a_search_for_what_cannot_be_says_what_to_write(query: dict[str, Any], sentence: str) -> None:
    with Library(":memory:") as library, pytest.raises(am.ConfigurationError, match=f"^{sentence}"):
        library.search(**query)


def test_what_is_no_picture_is_refused_and_nothing_is_deleted(tmp_path: Path) -> None:
    with filled(tmp_path) as library:
        before = len(library)
        newest = next(iter(library))
        for wrong in ("x", 5, None, b"x", [newest, "x"]):
            with pytest.raises(am.ConfigurationError, match="A picture is meant"):
                library.delete(wrong)  # type: ignore[arg-type]
        for change in (library.rate, library.note):
            with pytest.raises(am.ConfigurationError, match=r"A picture is meant, .* not str"):
                change("x", None)  # type: ignore[arg-type]
        assert len(library) == before
        assert library.delete(iter([newest])) == 1


@pytest.mark.parametrize("folder", ["", "  "])
def test_a_library_without_a_name_is_not_put_where_the_kernel_stands(
    folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for make in (lambda: Library(folder), lambda: am.Session(mode="sandbox", library=folder)):
        with pytest.raises(am.LibraryError, match=r"its name is empty\. Write"):
            make()
    assert list(tmp_path.iterdir()) == []


def test_a_page_holds_jobs_and_counts_pictures(tmp_path: Path) -> None:
    with filled(tmp_path) as library:
        first = library.page(Query(), most=2)
        assert [row["id"] for row, _ in first.jobs] == ["job2", "job1"]
        assert ([len(pictures) for _, pictures in first.jobs], first.total, first.more) == ([2, 2], 6, True)
        second = library.page(Query(), skip=2, most=2)
        assert ([row["id"] for row, _ in second.jobs], second.more) == (["job0"], False)
        assert library.words_used()["quality"] == ["high", "low"]


def test_stars_are_kept_and_looked_for(tmp_path: Path) -> None:
    with filled(tmp_path) as library:
        newest = next(iter(library))
        assert library.rate(newest, 4).rating == 4
        assert [image.rating for image in library.search(stars=4)] == [4]
        assert len(library.search(stars=5)) == 0
        for wrong in (0, 6, True, 2.5):
            with pytest.raises(am.ConfigurationError, match="1 to 5 stars"):
                library.rate(newest, wrong)  # type: ignore[arg-type]
        assert len(library.page(Query(stars=3)).jobs[0][1]) == 1


def test_stars_of_an_array_are_kept_as_numbers(tmp_path: Path) -> None:
    with filled(tmp_path) as library:
        first, second = list(library)[:2]
        for image, stars in zip((first, second), np.array([1, 5]), strict=True):
            assert type(library.rate(image, stars).rating) is int
        assert [image.rating for image in library.search(stars=5)] == [5]
        for wrong in (np.bool_(True), np.float64("nan"), pd.NA, np.array([1, 2])):
            with pytest.raises(am.ConfigurationError, match="1 to 5 stars"):
                library.rate(first, wrong)


def test_stars_and_notes_of_pictures_that_are_not_kept_are_refused(tmp_path: Path) -> None:
    with filled(tmp_path / "one") as library, Library(tmp_path / "two") as other:
        image = next(iter(library))
        saved = am.GeneratedImage.open(image.save(tmp_path / "saved.png"))
        for write in (lambda keeper: keeper.rate(image, 5), lambda keeper: keeper.note(image, "the best")):
            with pytest.raises(am.ConfigurationError, match=r"two does not hold this picture: it was deleted"):
                write(other)
        with pytest.raises(am.ConfigurationError, match="does not hold this picture"):
            other.rate(saved, 5)
        library.delete(image)
        with pytest.raises(am.ConfigurationError, match="does not hold this picture"):
            library.rate(image, 5)


@pytest.mark.parametrize(
    ("kept", "stars"), [(np.int64(5).tobytes(), 5), (np.int32(2).tobytes(), 2), (b"\x01", 1), (b"", None), (4, 4)]
)
def test_stars_that_were_kept_as_bytes_are_numbers_again(tmp_path: Path, kept: object, stars: int | None) -> None:
    filled(tmp_path).close()
    with contextlib.closing(sqlite3.connect(tmp_path / "library.sqlite3")) as db, db:
        db.execute("UPDATE images SET rating = ? WHERE id = 6", (kept,))
        db.execute("PRAGMA user_version = 6")
    with Library(tmp_path) as library:
        assert next(iter(library)).rating == stars


def test_what_was_kept_under_another_spelling_of_an_origin_is_found_again(tmp_path: Path) -> None:
    with Library(tmp_path) as library:
        for name, task in (("under way", "task-1"), ("in both", "task-2"), ("in both, again", "task-2")):
            scope = SCOPE if name == "in both" else Scope("https://API.apimart.ai:443", SCOPE.account, SCOPE.mode)
            add_job(library, name, scope=scope)
            library.set_job(name, status="submitted", task_id=task, sent=1.0, holder=None, cost=0.25, cost_unit="USD")
        library.add_upload(scope, "s", url="https://files.example/s.png", at=1.0)
    with contextlib.closing(sqlite3.connect(tmp_path / "library.sqlite3")) as db, db:
        db.execute("PRAGMA user_version = 7")
    with Library(tmp_path) as library:
        assert library.spending(SCOPE, unit="USD", now=2.0).billed == 0.5
        assert library.upload_url(SCOPE, "s", now=2.0) == "https://files.example/s.png"
        rows, _ = library.take(SCOPE, now=2.0)
        assert [row["id"] for row in rows] == ["under way", "in both"]
        assert library.job("in both, again") is not None


def test_a_deleted_picture_leaves_its_place_and_a_shared_file_stays(tmp_path: Path) -> None:
    with Library(tmp_path) as library:
        for name in ("one", "two"):
            add_job(library, name)
            add_image(library, name)
        one, two = library
        assert library.delete(one) == 1
        assert two.bytes == png()
        assert library.delete([one, two]) == 1
        assert not Path(str(two.path)).exists()
        assert library.images_of("one") == {0: None}
        # What comes again is not kept again.
        add_image(library, "one")
        assert len(library) == 0


def test_a_damaged_file_is_made_good_when_its_picture_comes_again(tmp_path: Path) -> None:
    with Library(tmp_path) as library:
        add_job(library)
        add_image(library)
        (image,) = library
        assert image.path is not None
        image.path.write_bytes(b"x" * len(png()))
        add_image(library)
        assert image.path.read_bytes() == png()


def test_forgetting_leaves_no_prompt_and_no_picture_anywhere(tmp_path: Path) -> None:
    with filled(tmp_path) as library:
        add_job(library, "on its way", prompt="A heron that is being made")
        library.set_job("on its way", status="submitted", task_id="t", sent=time.time())
        library.set_job("job0", sent=time.time(), finished=time.time(), cost=0.5, cost_unit="USD")
        library.add_local(images.local_picture(png()), at=1.0)
        assert library.clear() == 6
        assert len(library) == 0
        assert library.job("job1") is None
        # The sums of the last day stay for the budget, and what may be paid for stays whole.
        assert library.spending(SCOPE, unit="USD", now=time.time()).billed == 0.5
        row = library.job("on its way")
        assert row is not None
        assert "heron" in row["request"]
    everything = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"Fox" not in everything
    assert "狐狸".encode() not in everything
    assert [path for path in tmp_path.rglob("*") if path.suffix == ".png"] == []


def test_forgetting_keeps_what_may_be_paid_for_whole_and_nothing_that_was_never_sent(tmp_path: Path) -> None:
    now = time.time()
    with Library(tmp_path) as library:
        for name in ("unanswered", "given up", "out of sight", "left unsent"):
            add_job(library, name, prompt=f"A heron, {name}")
        ended = {"status": "unknown", "finished": now, "holder": None, "held_until": None}
        library.set_job("unanswered", payload=b"{}", sent=now - 60, **ended)
        library.set_job("given up", payload=b"{}", sent=now - 60, dismissed=now, **ended)
        library.set_job("out of sight", payload=b"{}", sent=now - 60, task_id="t", **ended)
        # Its kernel was killed, and let go of nothing.
        library.set_job("left unsent", holder="elsewhere/1/x", held_until=now - 1)
        library.clear()
        rows, _ = library.take(SCOPE, now=now)
        assert [(row["id"], row["payload"]) for row in rows] == [("unanswered", b"{}"), ("out of sight", b"{}")]
        assert all("heron" in row["request"] for row in rows)
        assert library.job("left unsent") is None
    assert b"heron, given up" not in (tmp_path / database.FILE).read_bytes()


def test_a_picture_that_a_job_starts_from_is_kept_for_a_restart(tmp_path: Path) -> None:
    picture = images.local_picture(png("green"))
    with Library(tmp_path) as library:
        library.add_local(picture, at=1.0)
    with Library(tmp_path) as library:
        assert library.local(picture.sha256) == picture
        assert library.local("0" * 64) is None


# ---- the disk


def test_commits_survive_a_power_cut_and_network_folders_keep_a_rollback_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Library(tmp_path / "here") as library:
        assert [row[0] for row in library._db.execute("PRAGMA synchronous")] == [2]
        assert [row[0] for row in library._db.execute("PRAGMA journal_mode")] == ["wal"]
    mounts = tmp_path / "mountinfo"
    mounts.write_text(f"22 1 8:1 / / rw - ext4 /dev/sda rw\n30 22 0:5 / {tmp_path.resolve()} rw - nfs4 nas:/home rw\n")
    monkeypatch.setattr(database, "_MOUNTS", mounts)
    with Library(tmp_path / "there") as library:
        assert [row[0] for row in library._db.execute("PRAGMA journal_mode")] == ["delete"]
        add_job(library)


def test_a_library_that_another_program_holds_says_so(tmp_path: Path) -> None:
    with Library(tmp_path) as library:
        library._db.execute("PRAGMA busy_timeout = 50")
        blocker = sqlite3.connect(tmp_path / "library.sqlite3")
        blocker.execute("BEGIN EXCLUSIVE")
        with pytest.raises(am.LibraryError, match="held by another program"):
            add_job(library)
        blocker.close()
        add_job(library)


def test_a_full_disk_says_so(tmp_path: Path) -> None:
    with Library(tmp_path) as library:
        pages = library._db.execute("PRAGMA page_count").fetchone()[0]
        library._db.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(am.LibraryError, match=r"full.*Make room"):
            add_job(library, prompt="x" * 30_000)
        library._db.execute("PRAGMA max_page_count = 1000000")
        add_job(library, prompt="x" * 30_000)


def test_a_half_written_file_of_a_dead_process_is_cleared_away_in_time(tmp_path: Path) -> None:
    Library(tmp_path).close()
    old, new = tmp_path / "incoming" / "old", tmp_path / "incoming" / "new"
    for path in (old, new):
        path.write_bytes(b"half")
    os.utime(old, (1.0, 1.0))
    Library(tmp_path).close()
    assert (old.exists(), new.exists()) == (False, True)


# ---- notes and decisions


def test_a_note_is_kept_found_and_taken_away(tmp_path: Path) -> None:
    with Library(tmp_path) as library:
        add_job(library)
        add_image(library)
        add_image(library, index=1, colour="blue")
        image = next(iter(library))
        assert image.note is None
        assert library.note(image, "  The tail is <b>cut</b> off\n").note == "The tail is <b>cut</b> off"
    with Library(tmp_path) as library:
        (found,) = library.search("TAIL fox")
        assert found == image
        assert found.note == "The tail is <b>cut</b> off"
        assert library.page(Query.of(text="tail")).total == 1
        assert len(library.search("cutoff")) == 0
        assert library.note(found, " ").note is None
        assert len(library.search("tail")) == 0
        assert len(library.search("fox")) == 2


def test_stars_and_note_are_returned_as_both_are_kept() -> None:
    with Library(MEMORY) as library:
        add_job(library)
        add_image(library)
        image = next(iter(library))  # which stays as it was read, without either
        library.rate(image, 4)
        noted = library.note(image, "the tail is cut off")
        rated = library.rate(image, 2)
    assert (noted.rating, noted.note) == (4, "the tail is cut off")
    assert (rated.rating, rated.note) == (2, "the tail is cut off")


def test_a_note_of_the_wrong_kind_is_refused() -> None:
    with Library(MEMORY) as library:
        add_job(library)
        add_image(library)
        image = next(iter(library))
        with pytest.raises(am.ConfigurationError, match="A note is text, or None, not int"):
            library.note(image, 5)  # type: ignore[arg-type]
        with pytest.raises(am.ConfigurationError, match="has 2001 characters, and a picture keeps at most 2000"):
            library.note(image, "x" * 2001)
        assert library.note(image, "half \ud83e").note == "half ?"


def test_a_deleted_picture_leaves_no_note(tmp_path: Path) -> None:
    with Library(tmp_path) as library:
        add_job(library)
        add_image(library)
        image = library.note(next(iter(library)), "private")
        library.delete(image)
    db = sqlite3.connect(tmp_path / "library.sqlite3")
    assert db.execute("SELECT note FROM images").fetchall() == [(None,)]
    db.close()


def decision(**changes: Any) -> dict[str, Any]:
    time = "2026-11-24T09:00:00+00:00"
    return {"rater": "anna", "a": "f0", "b": "f1", "choice": "a", "time": time, "repeat": 0, **changes}


def test_decisions_are_kept_apart_and_the_first_stands(tmp_path: Path) -> None:
    with Library(tmp_path) as library:
        library.keep_decision("foxes", decision())
        library.keep_decision("foxes", decision(choice="b"))
        library.keep_decision("foxes", decision(a="f1", b="f0", repeat=1, time="2026-11-24T09:05:00+00:00"))
        library.keep_decision("foxes", decision(rater="ben", choice="tie", time="2026-11-24T09:01:00+00:00"))
        library.keep_decision("kites", decision())
    with Library(tmp_path) as library:
        kept = library.decisions("foxes")
        assert [(row["rater"], row["choice"], row["repeat"]) for row in kept] == [
            ("anna", "a", 0),
            ("ben", "tie", 0),
            ("anna", "a", 1),
        ]
        assert kept[0] == decision()
        library.drop_decision("foxes", decision())
        assert [row["rater"] for row in library.decisions("foxes")] == ["ben", "anna"]
        assert len(library.decisions("kites")) == 1
        library.clear()
        assert library.decisions("foxes") == library.decisions("kites") == []
