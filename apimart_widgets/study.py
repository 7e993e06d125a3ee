"""``Study``: everything one study is made of, in a folder that can be published and opened again without a key.

From the opened folder every figure is recomputed: ``contrast``, ``plot``, ``win_rates`` and ``strengths`` take its
``records`` and ``ratings``, ``measure`` its ``images``.
"""

from __future__ import annotations

import dataclasses
import datetime
import functools
import hashlib
import importlib.metadata
import json
import os
import platform
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from . import archive, tables, words
from .analysis import needs_extra, one_mode, title
from .config import MODES, Mode
from .errors import ConfigurationError, ImageError, LibraryError
from .redaction import redacted, redacted_json, redacted_values
from .request import FIELDS, FrozenDict, ImageRequest, encode_payload, thaw
from .results import GeneratedImage, ImageSet
from .version import VERSION

FORMAT = "apimart-widgets study"
FORMAT_VERSION = 1
RECORDINGS = "recordings.json"

_PACKAGES = (
    *("apimart-widgets", "httpx", "imagehash", "matplotlib", "numpy", "pandas", "pillow", "pyarrow"),
    *("scikit-image", "scipy"),
)
_JOB_ID = re.compile(r"[A-Za-z0-9_-]{1,80}")
_ADDRESSES = ("image_urls", "mask_url")
# Fields of a request that may hold what opens something.
_MAY_OPEN = (*_ADDRESSES, "extra_body")
_SAID_BY_OTHERS = ("note", "cost_source")


def software() -> dict[str, Any]:
    """Versions of what computes here: ``python``, ``platform``, and ``packages`` by name.

    >>> sorted(software())
    ['packages', 'platform', 'python']
    """
    packages = {name: version for name in _PACKAGES if (version := _installed(name)) is not None}
    return {"python": platform.python_version(), "platform": platform.platform(), "packages": packages}


def _installed(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:  # the extra is not installed
        return None


def _now() -> str:
    return datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")


@dataclasses.dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Study:
    """One finished study as a frozen value.

    What it is given is checked and copied: keys, authorizations and the queries of addresses are taken out at once, so
    that what is held is what is saved. Prompts stay as they are.

    Attributes:
        name: of the study.
        mode: "live", "sandbox" for drawings of the offline sandbox, "replay" or "sandbox replay" for such that
            were played again.
        origin: of the API, such as "https://api.apimart.ai".
        plan: plain JSON values: ``prompts`` (list of templates), ``axes`` (setting -> list of its levels), ``repeats``,
            ``n`` (pictures a request), ``seed``, and ``order``: "blocks" (all of a prompt before the next, shuffled
            inside by the seed), "plan" (as written), or words of your own.
        records: one row a picture as ``tables.rows`` gives them, in the order of ``images``.
        images: the pictures.
        payloads: job id -> the bytes sent.
        answers: job id -> the server's last answer as text, redacted.
        events: job id -> what happened to it, a line each, redacted.
        failures: job id -> why it brought no picture, in a sentence.
        recordings: job id -> its course, so that it can be played again, as ``Recording.to_json`` gives it.
        ratings: rows with ``ratings.RATING_FIELDS``.
        prices: rows with model, size, quality, price, unit, source and date.
        versions: as ``software`` gives them.
        created: when it was made, ISO 8601.

    Raises:
        ConfigurationError: a part that does not fit the others, or cannot be kept.

    >>> study = Study(name="foxes", mode="live", origin="https://api.apimart.ai", plan={"n": 1}, images=ImageSet())
    >>> study
    Study 'foxes', live: 0 pictures, 0 ratings.
    """

    name: str
    mode: Mode
    origin: str
    plan: Mapping[str, Any]
    images: ImageSet
    records: Sequence[Mapping[str, Any]] = ()
    payloads: Mapping[str, bytes] = dataclasses.field(default_factory=dict)
    answers: Mapping[str, str] = dataclasses.field(default_factory=dict)
    events: Mapping[str, Sequence[str]] = dataclasses.field(default_factory=dict)
    failures: Mapping[str, str] = dataclasses.field(default_factory=dict)
    recordings: Mapping[str, Mapping[str, Any]] = dataclasses.field(default_factory=dict)
    ratings: Sequence[Mapping[str, Any]] = ()
    prices: Sequence[Mapping[str, Any]] = ()
    versions: Mapping[str, Any] = dataclasses.field(default_factory=software)
    created: str = dataclasses.field(default_factory=_now)

    def __post_init__(self) -> None:
        if self.mode not in MODES:
            raise ConfigurationError(words.say("study.mode", value=ascii(self.mode)[:60]))
        for ids in (self.payloads, self.answers, self.events, self.failures, self.recordings):
            for job_id in ids:
                if not isinstance(job_id, str) or not _JOB_ID.fullmatch(job_id):
                    raise ConfigurationError(words.say("study.job_id", value=ascii(job_id)[:100]))
        kept = {
            "name": _text(self.name),
            "origin": redacted(_text(self.origin)),
            "plan": FrozenDict(_safe_plan(_json_values("plan", self.plan))),
            "records": tuple(map(_safe_row, tables.rows(self.records))),
            "payloads": FrozenDict({job_id: _safe_payload(data) for job_id, data in self.payloads.items()}),
            "answers": FrozenDict({job_id: redacted_json(_text(text)) for job_id, text in self.answers.items()}),
            "events": FrozenDict({job_id: tuple(map(_line, lines)) for job_id, lines in self.events.items()}),
            "failures": FrozenDict({job_id: redacted(_text(text)) for job_id, text in self.failures.items()}),
            "recordings": FrozenDict(
                {job_id: _safe_recording(_json_values("recordings", each)) for job_id, each in self.recordings.items()}
            ),
            "ratings": tuple(tables.rows(self.ratings, tables.RATING_COLUMNS)),
            "prices": tuple(redacted_values(_json_values("prices", list(self.prices)))),
            "versions": FrozenDict(redacted_values(_json_values("versions", self.versions))),
        }
        for name, value in kept.items():
            object.__setattr__(self, name, value)
        self._check_pictures()

    def _check_pictures(self) -> None:
        """Rows and pictures are the same ones, of the study's mode."""
        if [_identity(row) for row in self.records] != [image._identity() for image in self.images]:
            raise ConfigurationError(
                words.say("study.other_pictures", rows=len(self.records), pictures=len(self.images))
            )
        if self.records and one_mode(self.records) != self.mode:
            raise ConfigurationError(words.say("study.other_mode", mode=self.mode))

    @property
    def title(self) -> words.Sentence | None:
        """What stands above everything made of sandbox drawings or of a replay; None for live pictures."""
        return title(self.mode)

    def __repr__(self) -> str:
        counts = {"pictures": len(self.images), "ratings": len(self.ratings)}
        return str(words.say("study.line", name=repr(self.name), mode=self.mode, **counts))

    # ---- to a folder and back

    def save(self, folder: str | os.PathLike[str]) -> Path:
        """Write the study into ``folder``, which must not exist or be empty.

        It is written beside and moved into place at the end. ``README.txt`` in it says what every file is. The pictures
        are the server's very bytes, each content once; ``path`` in the table is within the folder.

        Returns:
            The folder.

        Raises:
            ConfigurationError: the folder is not empty.
            ImageError: a picture's file is gone or was changed.
            LibraryError: it cannot be written there; nothing is left behind.
            ImportError: the extra is not installed.

        >>> import tempfile
        >>> study = Study(name="foxes", mode="live", origin="https://api.apimart.ai", plan={}, images=ImageSet())
        >>> Study.open(study.save(tempfile.mkdtemp()))
        Study 'foxes', live: 0 pictures, 0 ratings.
        """
        with needs_extra():
            import pyarrow  # noqa: F401  before anything is written
        paths = {image.sha256: picture_path(image) for image in self.images}
        records = [{**row, "path": paths[row["sha256"]]} for row in self.records]
        files: dict[str, archive.Content] = {
            "README.txt": _readme(self).encode(),
            "images.parquet": functools.partial(tables.to_parquet, records),
            "ratings.parquet": functools.partial(tables.to_parquet, self.ratings, columns=tables.RATING_COLUMNS),
            "plan.json": _pretty(self.plan),
            "prices.json": _pretty(self.prices),
            "failures.json": _pretty(self.failures),
            RECORDINGS: _pretty(self.recordings),
            **{paths[image.sha256]: functools.partial(_write_picture, image) for image in self.images},
            **{f"payloads/{job_id}.json": data for job_id, data in self.payloads.items()},
            **{f"answers/{job_id}.json": text.encode() for job_id, text in self.answers.items()},
            **{
                f"events/{job_id}.txt": "".join(line + "\n" for line in lines).encode()
                for job_id, lines in self.events.items()
            },
        }
        about = {
            "format": FORMAT,
            "version": FORMAT_VERSION,
            "software": f"apimart-widgets {VERSION}",
            **{name: thaw(getattr(self, name)) for name in ("name", "mode", "origin", "created", "versions")},
        }
        return archive.write(folder, files, about)

    @classmethod
    def open(cls, folder: str | os.PathLike[str]) -> Study:
        """The study that was saved in ``folder``, without a key and without a network; every hash is checked.

        Its pictures stay in the folder and are read when they are looked at.

        Raises:
            ConfigurationError: the folder holds no study.
            LibraryError: a file was changed, is missing, is too much or leads elsewhere; the study is of a later
                version, or does not hold together.
            ImportError: the extra is not installed.
        """
        manifest = archive.read(folder, FORMAT, FORMAT_VERSION)
        place = Path(os.path.expanduser(folder)).absolute()
        try:
            return _opened(cls, place, manifest)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise LibraryError(words.say("study.foreign", folder=str(place))) from error
        except OSError as error:
            reason = error.strerror or str(error)
            raise LibraryError(words.say("archive.cannot_read", folder=str(place), reason=reason)) from error


def _opened(cls: type[Study], place: Path, manifest: Mapping[str, Any]) -> Study:
    def beneath(name: str) -> dict[str, Path]:
        """Job id -> its file in a folder."""
        paths = (path for path in manifest["files"] if path.startswith(name + "/"))
        return {Path(path).stem: place / path for path in paths}

    def read(name: str) -> Any:
        return json.loads((place / name).read_bytes())

    records = tables.from_parquet(place / "images.parquet")
    for row in records:
        listed = manifest["files"][row["path"]]
        if listed["sha256"] != row["sha256"] or not row["path"].startswith("images/"):
            raise ValueError(row["path"])
        row["path"] = str(place / row["path"])
    return cls(
        **{name: manifest[name] for name in ("name", "mode", "origin", "created", "versions")},
        plan=read("plan.json"),
        records=records,
        images=ImageSet(map(_picture, records)),
        payloads={job_id: path.read_bytes() for job_id, path in beneath("payloads").items()},
        answers={job_id: path.read_bytes().decode() for job_id, path in beneath("answers").items()},
        events={job_id: path.read_bytes().decode().split("\n")[:-1] for job_id, path in beneath("events").items()},
        failures=read("failures.json"),
        recordings=read(RECORDINGS),
        ratings=tables.from_parquet(place / "ratings.parquet", tables.RATING_COLUMNS),
        prices=read("prices.json"),
    )


def _picture(row: Mapping[str, Any]) -> GeneratedImage:
    asked = {name: row[name] for name in FIELDS if name != "extra_body" and row[name] is not None}
    return GeneratedImage(
        request=ImageRequest.from_payload({**(row["extra_body"] or {}), **asked}),
        data=None,
        path=Path(row["path"]),
        size=(row["width"], row["height"]),
        created=datetime.datetime.fromisoformat(row["created"]),
        **{name: row[name] for name in ("task_id", "index", "sha256", "format", "mode", "cost", "rating")},
        note=row.get("note"),
    )


# ---- what is kept of each part


def _identity(row: Mapping[str, Any]) -> tuple[Any, Any, Any]:
    return row["task_id"], row["index"], row["sha256"]


def _text(value: Any) -> str:
    """``value`` as text that a file can hold."""
    return str(value).encode("utf-8", "backslashreplace").decode()


def _line(text: Any) -> str:
    return redacted(" ".join(re.split(r"\r\n|\r|\n", _text(text))))


def _json_values(name: str, value: Any) -> Any:
    """``value`` as it comes back from JSON: a dict, or for the prices a list."""
    try:
        if not isinstance(value, list if name == "prices" else Mapping):
            raise TypeError(repr(value)[:60])
        text = json.dumps(thaw(value), ensure_ascii=False, allow_nan=False)
        text.encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise ConfigurationError(words.say("study.no_json", part=name, reason=ascii(str(error))[1:-1])) from error
    return json.loads(text)


def _safe_plan(plan: Mapping[str, Any]) -> dict[str, Any]:
    """A plan without what lies in its addresses; its prompts, and the levels that fill them, stay as they are."""
    safe = {}
    for name, value in plan.items():
        if name == "prompts":
            safe[name] = value
        elif name in ("axes", "constants"):
            safe[name] = _safe_levels(value)
        elif name == "left_out" and isinstance(value, list):
            safe[name] = [_safe_combination(each) for each in value]
        else:
            safe[name] = redacted_values(value)
    return safe


def _safe_combination(left_out: Any) -> Any:
    """A combination that was left out, and why."""
    safe = redacted_values(left_out)
    if isinstance(left_out, Mapping) and "levels" in left_out:
        safe["levels"] = _safe_levels(left_out["levels"])
    return safe


def _safe_levels(levels: Any) -> Any:
    """Levels by their axis, to the letter the same as in the rows, or no picture of theirs would be found."""
    if not isinstance(levels, Mapping):
        return redacted_values(levels)
    return {name: redacted_values(value) if name in _MAY_OPEN else value for name, value in levels.items()}


def _safe_row(row: dict[str, Any]) -> dict[str, Any]:
    """A row without what lies in its addresses; its prompt stays as it is."""
    texts = {name: redacted(row[name]) for name in _SAID_BY_OTHERS if row[name]}
    return {**row, **{name: redacted_values(row[name]) for name in _MAY_OPEN}, **texts}


def _safe_payload(data: bytes) -> bytes:
    """The bytes sent, to the byte where nothing in them has to go."""
    try:
        payload = json.loads(data)
    except (ValueError, RecursionError):
        payload = None
    if not isinstance(payload, dict):
        raise ConfigurationError(words.say("study.payload"))
    safe = _safe_request(payload)
    return bytes(data) if safe == payload else encode_payload(safe)


def _safe_request(payload: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value if name == "prompt" else redacted_values(value) for name, value in payload.items()}


def _safe_recording(recording: Mapping[str, Any]) -> dict[str, Any]:
    """A course without keys in what the server said and addresses that open something; its prompt stays as it is."""
    request = recording.get("request")
    safe: dict[str, Any] = redacted_values(recording)
    return {**safe, "request": _safe_request(request)} if isinstance(request, Mapping) else safe


def picture_path(image: GeneratedImage) -> str:
    """Where a saved study holds a picture, within its folder."""
    return f"images/{image.sha256}{image._suffix}"


def _write_picture(image: GeneratedImage, path: Path) -> None:
    data = image.bytes
    if hashlib.sha256(data).hexdigest() != image.sha256:
        raise ImageError(words.say("study.picture_changed", path=str(image.path), name=image.file_name))
    path.write_bytes(data)


def _pretty(value: Any) -> bytes:
    return (json.dumps(thaw(value), ensure_ascii=False, indent=2) + "\n").encode()


def _readme(study: Study) -> str:
    """What is what, in both languages."""
    say = words.say
    lines = (
        *(() if study.title is None else (study.title,)),
        say("study.readme", name=study.name, pictures=len(study.images), version=VERSION),
        say("study.readme_images"),
        say("study.readme_ratings"),
        say("study.readme_pictures"),
        say("study.readme_payloads"),
        say("study.readme_answers"),
        say("study.readme_events"),
        say("study.readme_failures"),
        say("study.readme_recordings"),
        say("study.readme_plan"),
        say("study.readme_prices"),
        say("study.readme_manifest"),
        say("study.readme_open"),
    )
    return "\n\n".join("\n".join(line.to(language) for line in lines) for language in words.LANGUAGES) + "\n"
