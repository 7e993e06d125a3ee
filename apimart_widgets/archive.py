"""A folder that proves itself whole: beside its files a ``manifest.json`` with the size and SHA-256 of each.

It is written under another name and moved into place at the end, so that half of one never passes for whole. Reading
trusts nothing: what is changed, missing or too much is named, and no name leads out of the folder. The manifest bears a
checksum of itself. That shows an accident or a hand that changed a file, not a forger, who can make a new one.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from . import words
from .errors import ConfigurationError, LibraryError

MANIFEST = "manifest.json"

_PATH = re.compile(r"(?:[\w-]{1,80}/)?[\w-]{1,120}\.[a-z0-9]{1,10}", re.ASCII)
_RESERVED = re.compile(r"(?i)(?:con|prn|aux|nul|com\d|lpt\d)\.")
# What looking at a folder leaves in it.
_LITTER = (".DS_Store", "Thumbs.db", "desktop.ini")
_LITTER_FOLDERS = (".ipynb_checkpoints",)
_CHUNK = 1 << 20

Content = bytes | Callable[[Path], object]
"""A file's bytes, or what writes them to the path it is given."""


def write(folder: str | os.PathLike[str], files: Mapping[str, Content], about: Mapping[str, Any]) -> Path:
    """Write ``files`` (path within the folder -> content) and their manifest, which holds ``about`` too.

    Returns:
        The folder.

    Raises:
        ConfigurationError: the folder is there and not empty, or it is no path.
        LibraryError: it cannot be written there, or a name leads out of it; nothing is left behind.

    >>> import tempfile
    >>> place = tempfile.mkdtemp()
    >>> read(write(place, {"a.txt": b"fox"}, {"format": "example", "version": 1}), "example", 1)["version"]
    1
    """
    target = target_path(folder)
    _check_names(files, target)
    _check_free(target)
    beside = target.with_name(f".{target.name[:60]}-{secrets.token_hex(4)}.part")
    try:
        with _write_errors(target):
            beside.mkdir(parents=True)
            for path, content in files.items():
                _write_one(beside / path, content)
            listed = {path: _facts(beside / path) for path in sorted(files)}
            manifest = {**about, "files": listed}
            manifest["checksum"] = _checksum(manifest)
            _write_one(beside / MANIFEST, _pretty(manifest))
            _check_free(target)
            if target.is_dir():  # an empty one: where it may be replaced differs between systems
                target.rmdir()
            beside.rename(target)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise
    return target


def target_path(folder: object) -> Path:
    """Where ``folder``, as a user wrote it, is to be written.

    Raises:
        ConfigurationError: it is no path, such as jobs where the folder was forgotten.

    >>> target_path("foxes").is_absolute()
    True
    """
    return _path(folder, "archive.no_target")


def _path(folder: object, refusal: str) -> Path:
    if not isinstance(folder, str | os.PathLike) or not os.fspath(folder):
        shown = repr(folder) if isinstance(folder, str) else type(folder).__name__
        raise ConfigurationError(words.say(refusal, given=shown))
    return Path(os.path.expanduser(folder)).absolute()


def _check_free(target: Path) -> None:
    with _write_errors(target):
        try:
            os.lstat(target)
        except FileNotFoundError:
            return
        except ValueError as error:  # a name no folder can have
            raise OSError(str(error)) from error
        if not target.is_dir() or any(target.iterdir()):
            raise ConfigurationError(words.say("archive.not_empty", folder=str(target)))


def _write_one(path: Path, content: Content) -> None:
    path.parent.mkdir(exist_ok=True)
    if callable(content):
        content(path)
    else:
        path.write_bytes(content)


def read(folder: str | os.PathLike[str], kind: str, newest: int) -> dict[str, Any]:
    """The manifest of a folder all of whose files are as they were written.

    Args:
        kind: what its ``format`` must be.
        newest: the latest ``version`` that can be read.

    Raises:
        ConfigurationError: it is no such folder, or no path.
        LibraryError: a file was changed, is missing, is too much, or leads elsewhere; or it is of a later version.
    """
    place = _path(folder, "archive.no_source")
    manifest = _manifest(place, kind)
    version = manifest.get("version")
    if type(version) is not int or version < 1:
        raise LibraryError(words.say("archive.changed", path=MANIFEST, folder=str(place)))
    if version > newest:
        raise LibraryError(words.say("archive.newer", folder=str(place), version=version, newest=newest))
    listed = _listed(manifest, place)
    found = set(_files_in(place))
    missing, extra = sorted(set(listed) - found), sorted(found - set(listed) - {MANIFEST})
    if missing:
        raise LibraryError(_named("archive.missing", missing, place))
    if extra:
        raise LibraryError(_named("archive.extra", extra, place))
    with read_errors(place):
        changed = [path for path, facts in listed.items() if _facts(place / path) != facts]
    if changed:
        raise LibraryError(_named("archive.changed", changed, place))
    return manifest


def _named(key: str, paths: list[str], place: Path) -> words.Sentence:
    shown: str | words.Sentence = paths[0]
    if len(paths) > 1:
        shown = words.say("archive.and_more", path=paths[0], more=len(paths) - 1)
    return words.say(key, path=shown, folder=str(place))


def _manifest(place: Path, kind: str) -> dict[str, Any]:
    path = place / MANIFEST
    with read_errors(place):  # of a name that is too long
        there = path.is_file()
    if not there:
        raise ConfigurationError(words.say("archive.none", folder=str(place)))
    if path.is_symlink():
        raise LibraryError(words.say("archive.leads_out", path=repr(MANIFEST), folder=str(place)))
    with read_errors(place):
        data = path.read_bytes()
    try:
        manifest = json.loads(data)
    except (ValueError, RecursionError):
        manifest = None
    if not isinstance(manifest, dict) or manifest.get("format") != kind:
        raise ConfigurationError(words.say("archive.none", folder=str(place)))
    return manifest


def _listed(manifest: Mapping[str, Any], place: Path) -> dict[str, Any]:
    """The files it names, each with its facts; every name stays within the folder."""
    files = manifest.get("files")
    paths = list(files) if isinstance(files, dict) else []
    _check_names(paths, place)
    if not isinstance(files, dict) or manifest.get("checksum") != _checksum(manifest):
        raise LibraryError(words.say("archive.changed", path=MANIFEST, folder=str(place)))
    return files


def _check_names(paths: Iterable[str], place: Path) -> None:
    for path in paths:
        if not _PATH.fullmatch(path) or _RESERVED.match(path.rpartition("/")[2]):
            raise LibraryError(words.say("archive.leads_out", path=ascii(path)[:80], folder=str(place)))


def _files_in(place: Path) -> Iterator[str]:
    """Every file as its path within the folder. Links are refused: they lead elsewhere."""
    with read_errors(place):
        for root, folders, names in os.walk(place, onerror=_raise):
            here = Path(root)
            folders[:] = [name for name in folders if name not in _LITTER_FOLDERS]
            for name in (*folders, *names):
                if (here / name).is_symlink():
                    path = (here / name).relative_to(place).as_posix()
                    raise LibraryError(words.say("archive.leads_out", path=repr(path), folder=str(place)))
            yield from ((here / name).relative_to(place).as_posix() for name in names if name not in _LITTER)


def _raise(error: OSError) -> None:
    raise error


def _facts(path: Path) -> dict[str, Any]:
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return {"sha256": digest.hexdigest(), "bytes": size}


def _checksum(manifest: Mapping[str, Any]) -> str:
    """SHA-256 of all of the manifest but the checksum itself."""
    rest = {name: value for name, value in manifest.items() if name != "checksum"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _pretty(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()


@contextlib.contextmanager
def _write_errors(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise LibraryError(words.say("archive.cannot_write", folder=str(target), reason=reason)) from error


@contextlib.contextmanager
def read_errors(place: Path) -> Iterator[None]:
    """Around reading a folder: what the system says becomes a ``LibraryError`` that names it."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise LibraryError(words.say("archive.cannot_read", folder=str(place), reason=reason)) from error
