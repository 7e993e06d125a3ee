"""``Database``: the SQLite file of a library, shared by threads and kernels, and the history of its tables."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import platformdirs

from .config import check_base_url
from .errors import ConfigurationError, LibraryError
from .interrupts import uninterrupted
from .words import say

MEMORY = ":memory:"
FILE = "library.sqlite3"

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
    # Several kernels share a library: each job is moved along by one of them, and taken over when that one is gone.
    # Every change of hands raises the fence, and whoever was passed over writes nothing more.
    """
    ALTER TABLE jobs ADD COLUMN holder TEXT;
    ALTER TABLE jobs ADD COLUMN held_until REAL;
    ALTER TABLE jobs ADD COLUMN fence INTEGER NOT NULL DEFAULT 0;
    -- when its owner said that nothing is to be asked for any more
    ALTER TABLE jobs ADD COLUMN dismissed REAL;
    -- the most it may cost, from the moment it was submitted
    ALTER TABLE jobs ADD COLUMN reserved REAL;
    ALTER TABLE jobs ADD COLUMN reserved_unit TEXT;
    ALTER TABLE jobs ADD COLUMN prompt TEXT AS (json_extract(request, '$.prompt')) VIRTUAL;
    ALTER TABLE jobs ADD COLUMN model TEXT AS (json_extract(request, '$.model')) VIRTUAL;
    ALTER TABLE jobs ADD COLUMN size TEXT AS (json_extract(request, '$.size')) VIRTUAL;
    ALTER TABLE jobs ADD COLUMN quality TEXT AS (json_extract(request, '$.quality')) VIRTUAL;
    CREATE INDEX images_by_job ON images (job_id);
    CREATE TABLE local_pictures (                   -- the user's own, that jobs start from
        sha256 TEXT PRIMARY KEY,
        name TEXT NOT NULL, media_type TEXT NOT NULL,
        width INTEGER NOT NULL, height INTEGER NOT NULL, created REAL NOT NULL
    );
    """,
    # Of an edit with a mask: the share of the pixels the mask keeps that changed all the same, 0 to 1.
    "ALTER TABLE images ADD COLUMN changed_outside REAL",
    # The server's last word on a task, as JSON: addresses without what signs them.
    "ALTER TABLE jobs ADD COLUMN answer TEXT",
    # What its owner wrote about a picture; and which of two pictures raters chose, who are known by pseudonyms.
    """
    ALTER TABLE images ADD COLUMN note TEXT;
    CREATE TABLE decisions (
        comparison TEXT NOT NULL,
        rater TEXT NOT NULL,
        a TEXT NOT NULL, b TEXT NOT NULL,   -- contents of the pictures at the left and right
        repeat INTEGER NOT NULL,            -- 1 where the pair was shown for the second time
        choice TEXT NOT NULL,
        decided REAL NOT NULL,
        UNIQUE (comparison, rater, a, b, repeat)
    );
    """,
    # Stars that were given as an integer of numpy were kept as its bytes, the lowest first.
    "UPDATE images SET rating = nullif(instr(x'0102030405', substr(rating, 1, 1)), 0) WHERE typeof(rating) = 'blob'",
    # Origins were kept as they were typed, and are looked up in one form. One task under two of them stays two.
    """
    UPDATE OR IGNORE jobs SET origin = one_form(origin) WHERE origin <> one_form(origin);
    UPDATE OR IGNORE images SET origin = one_form(origin) WHERE origin <> one_form(origin);
    UPDATE OR IGNORE uploads SET origin = one_form(origin) WHERE origin <> one_form(origin)
    """,
)

# File systems that lie on another machine, as Linux names them. Write-ahead logging needs memory that is shared by all
# who have the file open, which they do not give; some of them take the setting all the same, and lose data later.
_NETWORK = frozenset(
    [
        *("nfs", "nfs3", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "ncpfs", "afs", "coda", "9p", "ceph"),
        *("lustre", "gpfs", "beegfs", "glusterfs", "ocfs2", "gfs2", "pvfs2", "orangefs", "davfs", "fuse.sshfs"),
        *("fuse.glusterfs", "fuse.rclone", "fuse.s3fs", "fuse.gcsfuse", "fuse.juicefs", "fuse.davfs2"),
    ]
)
_MOUNTS = Path("/proc/self/mountinfo")


class Database:
    """One SQLite file in a folder, or in memory. Every commit survives a power cut; any thread may use it.

    Args:
        folder: where it lies; made when missing. None is the user's data folder, ``":memory:"`` keeps nothing on disk.

    Raises:
        LibraryError: no folder, or one that cannot be made, read or written; a database that is damaged or from a
            later version.
    """

    def __init__(self, folder: str | os.PathLike[str] | None = None) -> None:
        if not isinstance(folder, str | os.PathLike | None):
            raise LibraryError(say("library.no_path", type=type(folder).__name__))
        in_memory = folder is not None and os.fspath(folder) == MEMORY
        chosen = platformdirs.user_data_path("apimart-widgets") if folder is None else Path(folder).expanduser()
        self.folder: Path | None = None if in_memory else chosen.absolute()
        self._lock = threading.RLock()
        self._closed = False
        with self._clear_errors(), contextlib.ExitStack() as on_failure:
            self._db = on_failure.enter_context(contextlib.closing(self._connect()))
            self._configure()
            self._migrate()
            on_failure.pop_all()

    def close(self) -> None:
        """Close the database; what was in memory alone is forgotten."""
        with self._lock:
            self._closed = True
            self._db.close()

    def _connect(self) -> sqlite3.Connection:
        if self.folder is None:
            place = MEMORY
        else:
            self.folder.parent.mkdir(parents=True, exist_ok=True)
            # Prompts and pictures are nobody else's business on a shared machine.
            self.folder.mkdir(mode=0o700, exist_ok=True)
            place = str(self.folder / FILE)
        return sqlite3.connect(place, timeout=10.0, check_same_thread=False, isolation_level=None)

    def _configure(self) -> None:
        self._db.row_factory = sqlite3.Row
        # Paid for is paid for: a commit has to survive a power cut, not only a crash of this process.
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.execute("PRAGMA foreign_keys = ON")
        self._db.create_function("casefold", 1, lambda text: text.casefold() if text else "", deterministic=True)
        self._db.create_function("one_form", 1, _one_form, deterministic=True)
        if self.folder is None:
            return
        if on_network(self.folder):
            self._db.execute("PRAGMA journal_mode = DELETE")
        else:
            with contextlib.suppress(sqlite3.OperationalError):
                # Refused where memory cannot be shared; the rollback journal it then keeps works there.
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

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction, rolled back whole when anything in it fails; within another it is part of that."""
        with uninterrupted(), self._clear_errors(), self._lock:
            self._check_open()
            if self._db.in_transaction:
                yield self._db
                return
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
        with uninterrupted(), self._clear_errors(), self._lock:
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
            raise LibraryError(self._told(error)) from error
        except OSError as error:
            reason = error.strerror or str(error)
            raise LibraryError(say("library.folder", folder=self._place(), reason=reason)) from error

    def _told(self, error: sqlite3.Error) -> str:
        reason = str(error).rstrip(".")
        if isinstance(error, sqlite3.DatabaseError) and ("malformed" in reason or "not a database" in reason):
            return say("library.damaged", folder=self._place(), file=FILE, reason=reason)
        if "locked" in reason or "busy" in reason:
            return say("library.locked", folder=self._place(), reason=reason)
        if "full" in reason or "readonly" in reason or "unable to open" in reason or "disk I/O" in reason:
            return say("library.folder", folder=self._place(), reason=reason)
        return say("library.database", folder=self._place(), reason=reason)

    def _place(self) -> str:
        return MEMORY if self.folder is None else str(self.folder)


def _one_form(origin: str) -> str:
    try:
        return check_base_url(origin)
    except ConfigurationError:  # whatever it is, nobody can ask for it any more
        return origin


def storable(text: str) -> str:
    """``text`` as databases and files take it: half of a character, as where an emoji was cut, becomes "?".

    >>> storable("a fox \\ud83e")
    'a fox ?'
    """
    return text.encode(errors="replace").decode()


def on_network(folder: Path, mounts: str | None = None) -> bool:
    """Whether a folder lies on a file system of another machine. ``mounts``: the text of Linux's mountinfo.

    >>> table = "22 1 8:1 / / rw - ext4 /dev/sda1 rw\\n30 22 0:50 / /home rw - nfs4 server:/home rw"
    >>> on_network(Path("/home/ada/pictures"), table), on_network(Path("/homestead"), table)
    (True, False)
    """
    if mounts is None:
        if sys.platform == "win32":
            return str(folder).startswith("\\\\")
        try:
            mounts = _MOUNTS.read_text(errors="replace")
        except OSError:
            return False
        folder = folder.resolve()
    found = ("", "")
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        fields = before.split()
        if len(fields) < 5 or not after:
            continue
        point = fields[4].replace("\\040", " ")
        # The longest mount point counts, and of two at one place the later, which lies over the other.
        if folder.is_relative_to(point) and len(point) >= len(found[0]):
            found = (point, after.split()[0])
    return found[1] in _NETWORK
