"""The ledger: what is kept, for whom, and what is said when it cannot be."""

from __future__ import annotations

import io
import os
import sqlite3
import stat
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import pytest
from PIL import Image

import apimart_widgets as am
from apimart_widgets import images
from apimart_widgets.config import APIKey
from apimart_widgets.database import MIGRATIONS
from apimart_widgets.ledger import Scope
from apimart_widgets.library import Library, Picture

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
        library.note("told", "yes")


def test_pictures_are_for_their_owner_only(tmp_path: Path) -> None:
    with Library(tmp_path / "made") as library:
        add_job(library)
        add_image(library)
        path = next(iter(library)).path
    assert path is not None
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0
        assert stat.S_IMODE((tmp_path / "made").stat().st_mode) & 0o077 == 0
