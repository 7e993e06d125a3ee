"""``Library``: the ledger of everything asked for, and the pictures themselves.

A folder with one SQLite file and the server's bytes as files named by their SHA-256. Each picture's file and row are
there before its job counts as completed: whatever moment a process dies, what may be paid for can be found again.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import functools
import hashlib
import json
import math
import os
import sqlite3
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from .config import Mode
from .database import MEMORY, storable
from .decisions import Decisions
from .errors import ConfigurationError, LibraryError
from .fact_table import fact_table
from .gallery import MOST_SHOWN, picture_list
from .images import ImageInfo, LocalPicture
from .ledger import DAY, LOST_AFTER, Row, Scope, moment
from .request import ImageRequest
from .results import GeneratedImage, ImageSet
from .rules import as_typed, whole_number
from .task import Cost, Task
from .thumbnails import Thumbnails
from .words import say

MOST_STARS = 5

LONGEST_NOTE = 2000
"""Characters a note may have: with the prompt it has to fit into a saved file's metadata."""

# What SQLite can count to.
_LARGEST = 2**63 - 1
# A file that was begun and never got its name is of a process that died; a slow disk is given a day.
_PARTIAL_FOR = 24 * 3600.0


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
    changed_outside: float | None = None

    @functools.cached_property
    def sha256(self) -> str:
        """SHA-256 of the bytes, in hexadecimal."""
        return hashlib.sha256(self.data).hexdigest()

    def generated(self, mode: Mode, path: Path | None, small: Thumbnails | None = None) -> GeneratedImage:
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
            created=moment(self.created),
            cost=self.cost,
            changed_outside=self.changed_outside,
            _small=small,
        )


@dataclasses.dataclass(frozen=True)
class Query:
    """What to look for among the pictures kept; every field narrows it down, "" and None do not.

    Attributes:
        text: words of the prompt or the note, in any order, upper or lower case.
        model, size, quality: as in the request.
        since, until: the first and the last day, or moment (a naive one is local time).
        stars: rated with at least as many.
    """

    text: str = ""
    model: str = ""
    size: str = ""
    quality: str = ""
    since: datetime.date | None = None
    until: datetime.date | None = None
    stars: int = 0

    @classmethod
    def of(cls, **given: Any) -> Query:
        """A query from what a user wrote: days as ``date``, ``datetime`` or "2026-11-24".

        Raises:
            ConfigurationError: a day that is none, something else than text where text is, or no number of stars.

        >>> Query.of(since="2026-11-24", quality=None).since
        datetime.date(2026, 11, 24)
        """
        # An array or a missing value of pandas is neither, and has no truth value when it is compared.
        known = {name: value for name, value in given.items() if value is not None and not _is_empty(value)}
        for name in ("since", "until"):
            if isinstance(known.get(name), str):
                known[name] = _day(name, known[name])
            elif name in known and not _is_day(known[name]):
                raise ConfigurationError(say("library.no_day", name=name, value=as_typed(known[name])))
        for name in ("text", "model", "size", "quality"):
            if not isinstance(known.get(name, ""), str):
                raise ConfigurationError(say("library.no_text", name=name, value=as_typed(known[name])))
            if name in known:  # half a character is in no prompt, and no question to a database
                known[name] = storable(known[name])
        known["stars"] = _count("stars", known.get("stars", 0))
        return cls(**known)

    def condition(self) -> tuple[str, dict[str, Any]]:
        """The same for SQL: a condition on ``images`` joined with ``jobs``, and its values."""
        parts = ["images.deleted IS NULL"]
        values: dict[str, Any] = {}
        for place, word in enumerate(self.text.casefold().split()):
            parts.append(f"instr(casefold(jobs.prompt) || char(10) || casefold(images.note), :word{place})")
            values[f"word{place}"] = word
        for name in ("model", "size", "quality"):
            if getattr(self, name):
                parts.append(f"jobs.{name} = :{name}")
                values[name] = getattr(self, name)
        if self.since is not None:
            parts.append("images.created >= :since")
            values["since"] = _start(self.since)
        if self.until is not None:
            parts.append("images.created < :until")
            values["until"] = _end(self.until)
        if self.stars:
            parts.append("images.rating >= :stars")
            values["stars"] = self.stars
        return " AND ".join(parts), values


@dataclasses.dataclass(frozen=True)
class Page:
    """Some jobs of the history, newest first, each with those of its pictures that were looked for.

    ``total`` counts every picture found, on this page or not; ``more`` says whether older jobs follow.
    """

    jobs: Sequence[tuple[Row, ImageSet]]
    total: int
    more: bool


@dataclasses.dataclass(frozen=True)
class Took:
    """What a task of this model, quality and size took, in ``seconds`` from its acceptance on.

    ``estimated`` is what the server expected, ``pointed_to`` what its last progress spoke for; each None if unknown.
    """

    model: str
    quality: str
    size: str
    seconds: float
    estimated: float | None = None
    pointed_to: float | None = None


class Library(Decisions):
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
        if isinstance(folder, str) and not folder.strip():
            # As a path it would be whatever folder the kernel was started in.
            raise LibraryError(say("library.empty_path"))
        super().__init__(folder)
        self._files: dict[str, bytes] = {}
        self._small = Thumbnails(self.folder / "thumbnails") if self.folder else None
        try:
            with self._clear_errors():
                self._make_folders()
        except LibraryError:
            self._db.close()
            raise

    def durations(self, mode: Mode) -> dict[tuple[str, str], list[float]]:
        """Seconds that jobs took from sending to their pictures, by model and quality; the latest 50 of each.

        >>> with Library(":memory:") as library:
        ...     library.durations("live")
        {}
        """
        with self._reading() as db:
            rows = db.execute(
                "SELECT model, quality, finished - sent AS seconds FROM jobs"
                " WHERE mode = ? AND status = 'completed' AND sent IS NOT NULL ORDER BY created DESC LIMIT 2000",
                (mode,),
            ).fetchall()
        found: dict[tuple[str, str], list[float]] = {}
        for row in rows:
            known = found.setdefault((row["model"], row["quality"]), [])
            if len(known) < 50:
                known.append(row["seconds"])
        return found

    def took(self, mode: Mode) -> list[Took]:
        """What the latest 400 completed tasks took by the server's own account, the latest first.

        >>> with Library(":memory:") as library:
        ...     library.took("live")
        []
        """
        with self._reading() as db:
            rows = db.execute(
                "SELECT model, quality, size, answer, finished - submitted AS most FROM jobs WHERE mode = ?"
                " AND status = 'completed' AND answer IS NOT NULL AND submitted IS NOT NULL"
                " ORDER BY created DESC LIMIT 400",
                (mode,),
            ).fetchall()
        tasks = [Task.read(json.loads(row["answer"])) for row in rows]
        return [
            # Not more than we waited for it: a replay tells the times of the original, and may be quicker.
            Took(row["model"], row["quality"], row["size"], min(task.generated, row["most"]), task.estimated_time)
            for row, task in zip(rows, tasks, strict=True)
            if task.generated is not None
        ]

    def __enter__(self) -> Library:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the database; the pictures of an in-memory library are forgotten."""
        with self._lock:
            super().close()
            self._files.clear()

    # ---- pictures

    def add_image(self, job_id: str, scope: Scope, picture: Picture) -> GeneratedImage:
        """Keep one picture: its file first, then its row. The same picture of the same task is kept once."""
        info, size = picture.info, len(picture.data)
        path = self._path(picture.sha256, info.format)
        with self._clear_errors():
            self._keep_file(path, picture.sha256, picture.data)
        with self._writing() as db:
            db.execute(
                "INSERT INTO images (job_id, origin, account, mode, task_id, position, sha256, format, width, height,"
                " bytes, created, cost, changed_outside) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (origin, account, mode, task_id, position) DO NOTHING",
                (
                    *(job_id, *scope.columns, picture.task_id, picture.index, picture.sha256),
                    *(info.format, info.width, info.height, size, picture.created, picture.cost),
                    picture.changed_outside,
                ),
            )
            if path is not None and not path.exists():
                # Another kernel deleted the last picture that shared this file just before the row was there.
                self._keep_file(path, picture.sha256, picture.data)
        return picture.generated(scope.mode, path, self._small)

    def images_of(self, job_id: str, task_id: str | None = None) -> dict[int, GeneratedImage | None]:
        """A job's pictures by their place within the task; None stands for one that was deleted.

        ``task_id``: of which task, by default of the one its row names. There are two where its request was sent again
        to a server that does not know its own keys, each with pictures of its own.
        """
        with self._reading() as db:
            rows = db.execute(
                f"{_IMAGES} WHERE images.job_id = ? AND images.task_id = coalesce(?, jobs.task_id, images.task_id)"
                " ORDER BY position",
                (job_id, task_id),
            ).fetchall()
        return {row["position"]: self._image(row) if row["deleted"] is None else None for row in rows}

    def rate(self, image: GeneratedImage, stars: int | None) -> GeneratedImage:
        """Give a picture 1 to 5 stars, or take them away with None; returns it with its new rating.

        Raises:
            ConfigurationError: no such number of stars, or no picture that is kept here.
        """
        # SQLite would keep an integer of numpy as its bytes.
        given = whole_number(stars)
        if stars is not None and (given is None or not 1 <= given <= MOST_STARS):
            raise ConfigurationError(say("library.stars", value=as_typed(stars), most=MOST_STARS))
        return self._write_on(image, "rating", given)

    def note(self, image: GeneratedImage, text: str | None) -> GeneratedImage:
        """Keep a note with a picture, or take it away with None or an empty text; returns it with its new note.

        Raises:
            ConfigurationError: the note is no text, or longer than ``LONGEST_NOTE`` characters; or what it is about is
                no picture that is kept here.
        """
        if not isinstance(text, str | None):
            raise ConfigurationError(say("library.no_note", type=type(text).__name__))
        kept = storable(text or "").strip() or None
        if kept is not None and len(kept) > LONGEST_NOTE:
            raise ConfigurationError(say("library.long_note", count=len(kept), most=LONGEST_NOTE))
        return self._write_on(image, "note", kept)

    def _write_on(self, image: GeneratedImage, column: str, value: object) -> GeneratedImage:
        names = _names(image)
        with self._writing() as db:
            db.execute(f"UPDATE images SET {column} = ? WHERE {_SAME_IMAGE}", (value, *names))
            kept = db.execute(f"SELECT rating, note FROM images WHERE {_SAME_IMAGE}", names).fetchone()
        if kept is None:
            raise ConfigurationError(say("library.not_kept", folder=self._place()))
        # Both as they are kept: the picture handed in may be from before one of them.
        return dataclasses.replace(image, rating=kept["rating"], note=kept["note"])

    def delete(self, images: GeneratedImage | Iterable[GeneratedImage], *, at: float | None = None) -> int:
        """Delete pictures for good; a file goes with the last picture that shares it.

        Each leaves its place in the ledger, so that nothing fetches it again. ``at``: Unix seconds, by default now.

        Returns:
            How many there were.

        Raises:
            ConfigurationError: something else than pictures is among them; nothing was deleted.
        """
        wanted = pictures_in(images)
        now = time.time() if at is None else at
        gone = 0
        for image in wanted:
            with self._writing() as db:
                gone += db.execute(
                    f"UPDATE images SET deleted = ?, note = NULL WHERE {_SAME_IMAGE}", (now, *_names(image))
                ).rowcount
                self._drop_file_unless_shared(image.sha256, image.format)
        return gone

    def search(
        self,
        text: str = "",
        *,
        model: str | None = None,
        size: str | None = None,
        quality: str | None = None,
        since: datetime.date | str | None = None,
        until: datetime.date | str | None = None,
        stars: int = 0,
        limit: int | None = None,
    ) -> ImageSet:
        """Pictures kept whose prompt and note hold every word of ``text``, newest first.

        Args:
            text: words in any order, upper or lower case, whole or in part.
            model, size, quality: as in the request.
            since, until: the first and the last day, as a ``date``, a ``datetime`` or "2026-11-24".
            stars: rated with at least as many.
            limit: at most so many.

        Raises:
            ConfigurationError: a day that is none, something else than text where text is, or no such number.

        >>> with Library(":memory:") as library:
        ...     library.search("fox", quality="high", since="2026-11-01")
        No images yet.
        """
        most = -1 if limit is None else _count("limit", limit)
        query = Query.of(text=text, model=model, size=size, quality=quality, since=since, until=until, stars=stars)
        condition, values = query.condition()
        with self._reading() as db:
            rows = db.execute(
                f"{_IMAGES} WHERE {condition} {_NEWEST_FIRST} LIMIT :limit",
                {**values, "limit": most},
            ).fetchall()
        return ImageSet(self._image(row) for row in rows)

    def page(self, query: Query, *, skip: int = 0, most: int = 12) -> Page:
        """Jobs with pictures that ``query`` finds, newest first, ``most`` of them after the first ``skip``."""
        condition, values = query.condition()
        joined = f"FROM images JOIN jobs ON jobs.id = images.job_id WHERE {condition}"
        with self._reading() as db:
            total: int = db.execute(f"SELECT count(*) {joined}", values).fetchone()[0]
            found = db.execute(
                f"SELECT images.job_id {joined} GROUP BY images.job_id"
                " ORDER BY max(images.created) DESC, max(images.id) DESC LIMIT :most OFFSET :skip",
                {**values, "most": most + 1, "skip": skip},
            ).fetchall()
            jobs = []
            for (job_id,) in found[:most]:
                row = db.execute("SELECT * FROM jobs WHERE id = ?", (job_id,)).fetchone()
                images = db.execute(
                    f"{_IMAGES} WHERE {condition} AND images.job_id = :job ORDER BY position", {**values, "job": job_id}
                ).fetchall()
                jobs.append((dict(row), ImageSet(self._image(each) for each in images)))
        return Page(jobs, total, len(found) > most)

    def words_used(self) -> dict[str, list[str]]:
        """The models, sizes and qualities that pictures kept were made with."""
        with self._reading() as db:
            # One pass over the jobs for all three: a join with their pictures would be made for each.
            used = db.execute(
                "SELECT DISTINCT model, size, quality FROM jobs"
                " WHERE EXISTS (SELECT 1 FROM images WHERE images.job_id = jobs.id AND images.deleted IS NULL)"
            ).fetchall()
        names = ("model", "size", "quality")
        return {name: sorted({row[name] for row in used if row[name] is not None}) for name in names}

    def clear(self) -> int:
        """Forget every picture, prompt, reference and rating kept here; returns how many pictures there were.

        What is on its way or got no answer stays, since it may be paid for; so do the sums of the last day, without
        their prompts, since a budget counts them.
        """
        now = time.time()
        with self._writing() as db:
            db.execute("PRAGMA secure_delete = ON")
            gone: int = db.execute("SELECT count(*) FROM images WHERE deleted IS NULL").fetchone()[0]
            jobs = db.execute("SELECT id, status, sent, finished, dismissed, holder, held_until FROM jobs").fetchall()
            over = [(row["id"],) for row in map(dict, jobs) if self._is_over(row, now)]
            for table in ("images", "events"):
                db.executemany(f"DELETE FROM {table} WHERE job_id = ?", over)
            db.executemany(f"DELETE FROM jobs WHERE id = ? AND coalesce(finished, sent, 0) < {now - DAY!r}", over)
            db.executemany(
                "UPDATE jobs SET request = '{}', fingerprint = '', payload = NULL, error = NULL WHERE id = ?", over
            )
            for table in ("uploads", "decisions"):
                db.execute(f"DELETE FROM {table}")
            needed = " ".join(row[0] for row in db.execute("SELECT request FROM jobs"))
            for row in db.execute("SELECT * FROM local_pictures").fetchall():
                if row["sha256"] not in needed:
                    db.execute("DELETE FROM local_pictures WHERE sha256 = ?", (row["sha256"],))
                    self._drop_file(self._local_path(row["sha256"], row["name"]), row["sha256"])
            kept = {row[0] for row in db.execute("SELECT sha256 FROM images WHERE deleted IS NULL")}
            for path in sorted(self.folder.glob("images/??/*")) if self.folder else ():
                if path.stem not in kept:
                    path.unlink(missing_ok=True)
            if self._small is not None:
                self._small.drop_all(but=kept)
            for sha256 in [each for each in self._files if each not in kept and each not in needed]:
                del self._files[sha256]
        with self._clear_errors(), self._lock:
            # What was deleted would otherwise stand in free pages and in the log for a while.
            self._db.execute("VACUUM")
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return gone

    def _is_over(self, row: Row, now: float) -> bool:
        """Whether nothing will be asked for on behalf of a job any more."""
        if row["status"] == "queued":
            return not self.is_held(row, now)
        if row["status"] == "unknown" and row["dismissed"] is None:
            # Asked for again after a restart, while there may be anything to fetch.
            return (row["sent"] or 0.0) < now - LOST_AFTER
        return row["finished"] is not None

    def __iter__(self) -> Iterator[GeneratedImage]:
        """Every picture kept, newest first."""
        return iter(self.search())

    def __len__(self) -> int:
        with self._reading() as db:
            count: int = db.execute("SELECT count(*) FROM images WHERE deleted IS NULL").fetchone()[0]
        return count

    def __repr__(self) -> str:
        return f"Library({str(self.folder) if self.folder else MEMORY!r}, {len(self)} pictures)"

    def _repr_html_(self) -> str:
        """The newest pictures, small, with their requests; nothing is read of the others."""
        place = str(self.folder) if self.folder else MEMORY
        try:
            with self._reading() as db:
                rows = db.execute(
                    f"{_IMAGES} WHERE images.deleted IS NULL {_NEWEST_FIRST} LIMIT {MOST_SHOWN}"
                ).fetchall()
            total = len(self)
        except LibraryError as error:
            return fact_table(f"Library {place}", (), [str(error)])
        costs = [_cost_of(row) for row in rows]
        title = say("library.title", place=place, n=total)
        return picture_list(title, [self._image(row) for row in rows], costs, total)

    # ---- pictures of the user's

    def add_local(self, picture: LocalPicture, *, at: float) -> None:
        """Keep a picture that a job starts from, so that it can be uploaded after a restart too."""
        with self._clear_errors():
            self._keep_file(self._local_path(picture.sha256, picture.name), picture.sha256, picture.data)
        with self._writing() as db:
            db.execute(
                "INSERT OR IGNORE INTO local_pictures (sha256, name, media_type, width, height, created)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (picture.sha256, picture.name, picture.media_type, picture.width, picture.height, at),
            )

    def local(self, sha256: str) -> LocalPicture | None:
        """A picture that a job starts from, or None where it is not kept here."""
        with self._reading() as db:
            row = db.execute("SELECT * FROM local_pictures WHERE sha256 = ?", (sha256,)).fetchone()
        if row is None:
            return None
        path = self._local_path(sha256, row["name"])
        try:
            data = self._files[sha256] if path is None else path.read_bytes()
        except (KeyError, OSError):
            return None
        return LocalPicture(data, row["name"], row["media_type"], row["width"], row["height"], sha256)

    # ---- the files

    def _make_folders(self) -> None:
        if self.folder is None:
            return
        for name in ("images", "references", "incoming"):
            (self.folder / name).mkdir(mode=0o700, exist_ok=True)
        for path in (self.folder / "incoming").iterdir():
            with contextlib.suppress(OSError):
                if path.stat().st_mtime < time.time() - _PARTIAL_FOR:
                    path.unlink()

    def _path(self, sha256: str, kind: str) -> Path | None:
        return self.folder / "images" / sha256[:2] / f"{sha256}.{kind}" if self.folder else None

    def _local_path(self, sha256: str, name: str) -> Path | None:
        return self.folder / "references" / f"{sha256}{Path(name).suffix}" if self.folder else None

    def _keep_file(self, path: Path | None, sha256: str, data: bytes) -> None:
        if path is None or self.folder is None:
            self._files[sha256] = data
            return
        if path.exists() and path.stat().st_size == len(data) and path.read_bytes() == data:
            return
        path.parent.mkdir(mode=0o700, exist_ok=True)
        handle, partial = tempfile.mkstemp(dir=self.folder / "incoming")
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
        _sync_folder(path.parent)

    def _drop_file(self, path: Path | None, sha256: str) -> None:
        self._files.pop(sha256, None)
        if path is not None:
            path.unlink(missing_ok=True)

    def _drop_file_unless_shared(self, sha256: str, kind: str) -> None:
        shared = self._db.execute("SELECT 1 FROM images WHERE sha256 = ? AND deleted IS NULL LIMIT 1", (sha256,))
        if shared.fetchone() is None:
            self._drop_file(self._path(sha256, kind), sha256)
            if self._small is not None:
                self._small.drop(sha256)

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
            created=moment(row["created"]),
            cost=row["cost"],
            rating=row["rating"],
            note=row["note"],
            changed_outside=row["changed_outside"],
            _small=self._small,
        )


_IMAGES = (
    "SELECT images.*, jobs.request, jobs.cost_unit, jobs.cost_estimated"
    " FROM images JOIN jobs ON jobs.id = images.job_id"
)
_NEWEST_FIRST = "ORDER BY images.created DESC, images.id DESC"
_SAME_IMAGE = "task_id = ? AND position = ? AND sha256 = ? AND deleted IS NULL"


def _cost_of(row: sqlite3.Row) -> str:
    """What a picture was billed, in words."""
    if row["mode"] != "live":
        return say("panel.free")
    if row["cost"] is None:
        return "–"
    return str(Cost(row["cost"], row["cost_unit"] or "USD", "", bool(row["cost_estimated"])))


def pictures_in(images: GeneratedImage | Iterable[GeneratedImage]) -> list[GeneratedImage]:
    """One picture or several, as a list.

    Raises:
        ConfigurationError: something else is given, or among them.

    >>> pictures_in(ImageSet())
    []
    """
    given: Iterable[object] = (
        images if isinstance(images, Iterable) and not isinstance(images, str | bytes) else [images]
    )
    return [_picture(each) for each in given]


def _picture(image: object) -> GeneratedImage:
    if not isinstance(image, GeneratedImage):
        raise ConfigurationError(say("library.no_picture", type=type(image).__name__))
    return image


def _names(image: GeneratedImage) -> tuple[str, int, str]:
    image = _picture(image)
    return image.task_id, image.index, image.sha256


def _count(name: str, value: object) -> int:
    number = whole_number(value)
    if number is None or number < 0:
        raise ConfigurationError(say("library.no_count", name=name, value=as_typed(value)))
    return min(number, _LARGEST)


def _sync_folder(folder: Path) -> None:
    """Have a file's new name survive a power cut; only POSIX can, and needs to."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        # Some network file systems refuse it, and have then done it already.
        with contextlib.suppress(OSError):
            os.fsync(handle)
    finally:
        os.close(handle)


def _day(name: str, text: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        pass
    try:
        return datetime.datetime.fromisoformat(text)
    except ValueError:
        raise ConfigurationError(say("library.no_day", name=name, value=repr(text))) from None


def _is_empty(value: object) -> bool:
    return isinstance(value, str) and not value


def _is_day(value: object) -> bool:
    """Whether it is a date or a moment; pandas calls its missing one a moment too, which equals nothing."""
    return isinstance(value, datetime.date) and value == value


def _start(day: datetime.date) -> float:
    """Unix seconds at which a day, or a moment, begins."""
    begins = day if isinstance(day, datetime.datetime) else datetime.datetime.combine(day, datetime.time())
    try:
        return begins.timestamp()
    except (ValueError, OverflowError):  # the first and the last day of the calendar, with a time zone
        return math.inf if begins.year > 1 else -math.inf


def _end(day: datetime.date) -> float:
    """Unix seconds just after a day, or a moment, has ended."""
    if isinstance(day, datetime.datetime):
        return math.nextafter(_start(day), math.inf)
    return math.inf if day == datetime.date.max else _start(day + datetime.timedelta(days=1))
