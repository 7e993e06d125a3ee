"""``Library``: the ledger of everything asked for, and the pictures themselves.

A folder with one SQLite file and the server's bytes as files named by their SHA-256. A job's row is committed before
its request is sent, its task id right after the answer, each picture's file and row before the job counts as completed:
whatever moment a process dies, what may have been paid for can be found again. Every row carries origin, account and
mode, since a task belongs to the server and key it was made with and to nobody else.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import functools
import hashlib
import json
import os
import secrets
import sqlite3
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import platformdirs

from .config import APIKey, Mode
from .errors import LibraryError
from .images import ImageInfo
from .request import ImageRequest
from .results import GeneratedImage
from .words import say

MEMORY = ":memory:"
UPLOADS_LIVE = 72 * 3600.0

Events = Sequence[tuple[float, str, Mapping[str, Any]]]
"""What happened to a job: (Unix seconds, kind, details) each."""

# A library is opened by every later version: entries are only ever added at the end, never changed.
MIGRATIONS: tuple[str, ...] = (
    """
    CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL);
    CREATE TABLE jobs (
        id TEXT PRIMARY KEY,
        origin TEXT NOT NULL, account TEXT NOT NULL, mode TEXT NOT NULL,
        created REAL NOT NULL,          -- Unix seconds, as every moment here
        status TEXT NOT NULL,
        request TEXT NOT NULL,          -- JSON; pictures of this machine by content hash
        fingerprint TEXT NOT NULL,      -- of the request: the same for what asks for the same
        payload BLOB,                   -- the exact bytes of the POST, once they are final
        idempotency_key TEXT NOT NULL UNIQUE,
        task_id TEXT,
        sent REAL,                      -- when the first POST was begun
        submitted REAL,                 -- when the server's task id arrived
        finished REAL,
        cost REAL, cost_unit TEXT, cost_source TEXT, cost_estimated INTEGER,
        error TEXT,
        UNIQUE (origin, account, mode, task_id)
    );
    CREATE INDEX jobs_by_status ON jobs (origin, account, mode, status);
    CREATE INDEX jobs_by_fingerprint ON jobs (origin, account, mode, fingerprint);
    CREATE TABLE images (
        id INTEGER PRIMARY KEY,
        job_id TEXT NOT NULL REFERENCES jobs (id),
        origin TEXT NOT NULL, account TEXT NOT NULL, mode TEXT NOT NULL,
        task_id TEXT NOT NULL,
        position INTEGER NOT NULL,      -- within the task, from 0
        sha256 TEXT NOT NULL,
        format TEXT NOT NULL, width INTEGER NOT NULL, height INTEGER NOT NULL, bytes INTEGER NOT NULL,
        created REAL NOT NULL,
        cost REAL,
        rating INTEGER,
        UNIQUE (origin, account, mode, task_id, position)
    );
    CREATE INDEX images_by_age ON images (created);
    CREATE TABLE events (
        job_id TEXT NOT NULL REFERENCES jobs (id),
        at REAL NOT NULL, kind TEXT NOT NULL, detail TEXT NOT NULL
    );
    CREATE INDEX events_by_job ON events (job_id);
    CREATE TABLE uploads (
        origin TEXT NOT NULL, account TEXT NOT NULL, sha256 TEXT NOT NULL,
        url TEXT NOT NULL, created REAL NOT NULL,
        PRIMARY KEY (origin, account, sha256)
    );
    """,
    # A deleted picture leaves its row, so that whatever looks for missing pictures does not fetch it again.
    "ALTER TABLE images ADD COLUMN deleted REAL",
)


@dataclasses.dataclass(frozen=True)
class Scope:
    """Whose rows: the API's origin, the account behind the key, and "live" or "sandbox"."""

    origin: str
    account: str
    mode: Mode


@dataclasses.dataclass(frozen=True)
class Picture:
    """A picture that has just arrived: the server's bytes and where they belong. ``created`` in Unix seconds."""

    request: ImageRequest
    task_id: str
    index: int
    data: bytes
    info: ImageInfo
    created: float
    cost: float | None

    @functools.cached_property
    def sha256(self) -> str:
        """SHA-256 of the bytes, in hexadecimal."""
        return hashlib.sha256(self.data).hexdigest()

    def generated(self, mode: Mode, path: Path | None) -> GeneratedImage:
        """The picture as users get it; ``path`` is None where it is kept in memory alone."""
        return GeneratedImage(
            request=self.request,
            task_id=self.task_id,
            index=self.index,
            data=self.data,
            path=path,
            sha256=self.sha256,
            size=(self.info.width, self.info.height),
            format=self.info.format,
            mode=mode,
            created=_moment(self.created),
            cost=self.cost,
        )


class Library:
    """A folder of pictures with the ledger of how they came about. Safe to use from several threads.

    Args:
        folder: where it lies; made when missing. None is the user's data folder, ``":memory:"`` keeps nothing on disk.

    Raises:
        LibraryError: no folder, or one that cannot be made, read or written; a database that is damaged or from a
            later version.

    >>> with Library(":memory:") as library:
    ...     len(library), library.folder
    (0, None)
    """

    def __init__(self, folder: str | os.PathLike[str] | None = None) -> None:
        if not isinstance(folder, str | os.PathLike | None):
            raise LibraryError(say("library.no_path", type=type(folder).__name__))
        in_memory = folder is not None and os.fspath(folder) == MEMORY
        chosen = platformdirs.user_data_path("apimart-widgets") if folder is None else Path(folder).expanduser()
        self.folder: Path | None = None if in_memory else chosen.absolute()
        self._lock = threading.RLock()
        self._files: dict[str, bytes] = {}
        self._closed = False
        with self._clear_errors(), contextlib.ExitStack() as on_failure:
            self._db = on_failure.enter_context(contextlib.closing(self._connect()))
            self._configure()
            self._migrate()
            self._salt = self._read_salt()
            on_failure.pop_all()

    def __enter__(self) -> Library:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the database; the pictures of an in-memory library are forgotten."""
        with self._lock:
            self._closed = True
            self._db.close()
            self._files.clear()

    def account(self, key: APIKey) -> str:
        """The name of the account behind ``key`` in this library; the key cannot be told from it."""
        return key.digest(self._salt)

    # ---- jobs, in the order of their life

    def add_job(
        self, job_id: str, scope: Scope, *, request: ImageRequest, idempotency_key: str, created: float
    ) -> None:
        """Commit a job that waits to be sent."""
        row = (job_id, scope.origin, scope.account, scope.mode, created, "queued")
        asked = (json.dumps(request.to_payload(), ensure_ascii=False), request.fingerprint(), idempotency_key)
        with self._writing() as db:
            db.execute(
                "INSERT INTO jobs (id, origin, account, mode, created, status, request, fingerprint, idempotency_key)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                row + asked,
            )

    def begin_post(self, job_id: str, *, payload: bytes, at: float, events: Events = ()) -> None:
        """Commit the exact bytes about to be sent, before they are."""
        self.set_job(job_id, events, status="sending", payload=payload, sent=at)

    def set_job(self, job_id: str, events: Events = (), **columns: Any) -> None:
        """Commit what became of a job, in one piece: columns of its row, and what happened to it."""
        happened = [(job_id, at, kind, json.dumps(dict(detail), ensure_ascii=False)) for at, kind, detail in events]
        names = ", ".join(f"{name} = ?" for name in columns)
        with self._writing() as db:
            if columns:
                db.execute(f"UPDATE jobs SET {names} WHERE id = ?", (*columns.values(), job_id))
            db.executemany("INSERT INTO events (job_id, at, kind, detail) VALUES (?, ?, ?, ?)", happened)

    def events(self, job_id: str) -> list[tuple[float, str, dict[str, Any]]]:
        """What happened to a job, oldest first."""
        with self._reading() as db:
            rows = db.execute(
                "SELECT at, kind, detail FROM events WHERE job_id = ? ORDER BY rowid", (job_id,)
            ).fetchall()
        return [(row["at"], row["kind"], json.loads(row["detail"])) for row in rows]

    def job(self, job_id: str) -> dict[str, Any] | None:
        """A job's row as column -> value, or None."""
        with self._reading() as db:
            row = db.execute("SELECT * FROM jobs WHERE id = ?", (job_id,)).fetchone()
        return dict(row) if row else None

    # ---- pictures

    def add_image(self, job_id: str, scope: Scope, picture: Picture) -> GeneratedImage:
        """Keep one picture: its file first, then its row. The same picture of the same task is kept once."""
        info, size = picture.info, len(picture.data)
        with self._clear_errors():
            self._keep_file(picture.sha256, info.format, picture.data)
        with self._writing() as db:
            db.execute(
                "INSERT INTO images (job_id, origin, account, mode, task_id, position, sha256, format, width, height,"
                " bytes, created, cost) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (origin, account, mode, task_id, position) DO NOTHING",
                (
                    *(job_id, scope.origin, scope.account, scope.mode, picture.task_id, picture.index, picture.sha256),
                    *(info.format, info.width, info.height, size, picture.created, picture.cost),
                ),
            )
        return picture.generated(scope.mode, self._path(picture.sha256, info.format))

    def delete(self, image: GeneratedImage, *, at: float) -> None:
        """Delete one picture for good; its file goes with the last picture that shares it."""
        with self._writing() as db:
            db.execute(
                "UPDATE images SET deleted = ? WHERE task_id = ? AND position = ? AND sha256 = ? AND deleted IS NULL",
                (at, image.task_id, image.index, image.sha256),
            )
            left: int = db.execute(
                "SELECT count(*) FROM images WHERE sha256 = ? AND deleted IS NULL", (image.sha256,)
            ).fetchone()[0]
        if left == 0:
            self._files.pop(image.sha256, None)
            path = self._path(image.sha256, image.format)
            if path is not None:
                with self._clear_errors():
                    path.unlink(missing_ok=True)

    def __iter__(self) -> Iterator[GeneratedImage]:
        """Every picture kept, newest first."""
        with self._reading() as db:
            rows = db.execute(
                "SELECT images.*, jobs.request FROM images JOIN jobs ON jobs.id = images.job_id"
                " WHERE images.deleted IS NULL ORDER BY images.created DESC, images.id DESC"
            ).fetchall()
        return (self._image(row) for row in rows)

    def __len__(self) -> int:
        with self._reading() as db:
            count: int = db.execute("SELECT count(*) FROM images WHERE deleted IS NULL").fetchone()[0]
        return count

    def __repr__(self) -> str:
        return f"Library({str(self.folder) if self.folder else MEMORY!r}, {len(self)} pictures)"

    # ---- notes

    def note(self, name: str, value: str) -> None:
        """Remember a word about this library, such as what its owner was told."""
        with self._writing() as db:
            db.execute("INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)", (f"note: {name}", value))

    def noted(self, name: str) -> str | None:
        """What was remembered under ``name``, or None."""
        with self._reading() as db:
            row = db.execute("SELECT value FROM meta WHERE name = ?", (f"note: {name}",)).fetchone()
        return row["value"] if row else None

    # ---- uploads

    def upload_url(self, scope: Scope, sha256: str, *, now: float) -> str | None:
        """Where this content was uploaded, while that address lives for at least another hour; else None."""
        with self._reading() as db:
            row = db.execute(
                "SELECT url FROM uploads WHERE origin = ? AND account = ? AND sha256 = ? AND created > ?",
                (scope.origin, scope.account, sha256, now - UPLOADS_LIVE + 3600),
            ).fetchone()
        return row["url"] if row else None

    def add_upload(self, scope: Scope, sha256: str, *, url: str, at: float) -> None:
        """Commit where a content was uploaded."""
        with self._writing() as db:
            db.execute(
                "INSERT OR REPLACE INTO uploads (origin, account, sha256, url, created) VALUES (?, ?, ?, ?, ?)",
                (scope.origin, scope.account, sha256, url, at),
            )

    # ---- the database and the files

    def _connect(self) -> sqlite3.Connection:
        if self.folder is None:
            place = MEMORY
        else:
            self.folder.parent.mkdir(parents=True, exist_ok=True)
            # Prompts and pictures are nobody else's business on a shared machine.
            self.folder.mkdir(mode=0o700, exist_ok=True)
            (self.folder / "images").mkdir(mode=0o700, exist_ok=True)
            place = str(self.folder / "library.sqlite3")
        return sqlite3.connect(place, timeout=10.0, check_same_thread=False, isolation_level=None)

    def _configure(self) -> None:
        self._db.row_factory = sqlite3.Row
        # Paid for is paid for: a commit has to survive a power cut, not only a crash of this process.
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.execute("PRAGMA foreign_keys = ON")
        with contextlib.suppress(sqlite3.OperationalError):
            # Refused on some network file systems; the rollback journal it then keeps works there.
            self._db.execute("PRAGMA journal_mode = WAL")

    def _migrate(self) -> None:
        with self._writing() as db:
            version: int = db.execute("PRAGMA user_version").fetchone()[0]
            if version > len(MIGRATIONS):
                raise LibraryError(say("library.newer", folder=self._place()))
            for script in MIGRATIONS[version:]:
                for statement in script.split(";\n"):
                    db.execute(statement)
            db.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")

    def _read_salt(self) -> bytes:
        with self._writing() as db:
            db.execute("INSERT OR IGNORE INTO meta (name, value) VALUES ('salt', ?)", (secrets.token_bytes(32),))
            salt: bytes = db.execute("SELECT value FROM meta WHERE name = 'salt'").fetchone()["value"]
        return salt

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction, rolled back whole when anything in it fails."""
        with self._clear_errors(), self._lock:
            self._check_open()
            # Taken at once: a lock that is upgraded later cannot wait its turn behind another process.
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
                self._db.execute("COMMIT")
            except BaseException:
                # SQLite rolls some failures back by itself, a full disk among them.
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    @contextlib.contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._clear_errors(), self._lock:
            self._check_open()
            yield self._db

    def _check_open(self) -> None:
        if self._closed:
            raise LibraryError(say("library.closed", folder=self._place()))

    @contextlib.contextmanager
    def _clear_errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            reason = str(error).rstrip(".")
            raise LibraryError(say("library.database", folder=self._place(), reason=reason)) from error
        except OSError as error:
            reason = error.strerror or str(error)
            raise LibraryError(say("library.folder", folder=self._place(), reason=reason)) from error

    def _place(self) -> str:
        return MEMORY if self.folder is None else str(self.folder)

    def _path(self, sha256: str, kind: str) -> Path | None:
        return self.folder / "images" / sha256[:2] / f"{sha256}.{kind}" if self.folder else None

    def _keep_file(self, sha256: str, kind: str, data: bytes) -> None:
        path = self._path(sha256, kind)
        if path is None:
            self._files[sha256] = data
            return
        if path.exists() and path.stat().st_size == len(data):
            return
        path.parent.mkdir(exist_ok=True)
        handle, partial = tempfile.mkstemp(dir=path.parent, prefix=".partial-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            # Under its name only once it is whole.
            os.replace(partial, path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(partial)
            raise

    def _image(self, row: sqlite3.Row) -> GeneratedImage:
        return GeneratedImage(
            request=ImageRequest.from_payload(json.loads(row["request"])),
            task_id=row["task_id"],
            index=row["position"],
            data=self._files.get(row["sha256"]),
            path=self._path(row["sha256"], row["format"]),
            sha256=row["sha256"],
            size=(row["width"], row["height"]),
            format=row["format"],
            mode=row["mode"],
            created=_moment(row["created"]),
            cost=row["cost"],
            rating=row["rating"],
        )


def _moment(seconds: float) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
