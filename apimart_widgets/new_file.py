"""``new_file``: files that are written whole or not at all, and never over another."""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from . import words
from .errors import ConfigurationError, ImageError


def check_path(path: object, example: str) -> None:
    """Refuse what names no file; ``example`` is one that would.

    Raises:
        ConfigurationError: with a sentence.
    """
    if not isinstance(path, str | os.PathLike) or not os.fspath(path):
        raise ConfigurationError(words.say("new_file.no_path", example=example, value=repr(path)))


def numbered(path: Path) -> Iterator[Path]:
    """``path``, then the names to try where that one is taken.

    >>> [path.name for path in itertools.islice(numbered(Path("fox.png")), 3)]
    ['fox.png', 'fox-2.png', 'fox-3.png']
    """
    yield path
    for number in itertools.count(2):
        yield path.with_name(f"{path.stem}-{number}{path.suffix}")


@contextlib.contextmanager
def new_file(target: Path) -> Iterator[IO[bytes]]:
    """A new file at ``target``, or at the next free number; half a file is never left behind.

    Raises:
        ImageError: it cannot be written there.
    """
    with _write_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        file = _first_free(target)
    try:
        with _write_errors(target), file:
            yield file
    except BaseException:
        Path(file.name).unlink(missing_ok=True)
        raise


def _first_free(target: Path) -> IO[bytes]:
    candidates = numbered(target)
    while True:
        with contextlib.suppress(FileExistsError):
            return next(candidates).open("xb")


def reason(error: OSError | ValueError) -> str:
    """Why, without the path, which the sentence names itself."""
    return getattr(error, "strerror", None) or str(error)


@contextlib.contextmanager
def _write_errors(target: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError) as error:  # ValueError: a name no file can have
        if isinstance(error, ImageError):
            raise
        raise ImageError(words.say("results.cannot_write", path=str(target), reason=reason(error))) from error
