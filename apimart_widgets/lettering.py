"""Text on pictures: a font that has the characters, and lines that fit a width.

Pillow's own font knows Latin letters only. For other scripts a font of the machine is looked for, and what none of them
can draw becomes a question mark, with a warning that says what to install.
"""

from __future__ import annotations

import bisect
import contextlib
import importlib.util
import math
import os
import re
import shutil
import subprocess
import warnings
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from PIL import ImageFont

from . import words
from .errors import ImageError
from .rules import callers_level

_ELLIPSIS = "..."
_MISSING = "?"
_LISTED = 12  # characters a warning names

_CHINESE = re.compile(
    "[\u2e80-\u2fdf\u3000-\u303f\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]"
)
_JAPANESE_OR_KOREAN = re.compile("[\u3040-\u30ff\u1100-\u11ff\uac00-\ud7af]")

_KNOWN_FILES = (
    ("NotoSansCJK-Regular.ttc", 2),  # the face with the forms of mainland China
    ("NotoSansCJKsc-Regular.otf", 0),
    ("NotoSansSC-Regular.otf", 0),
    ("SourceHanSansSC-Regular.otf", 0),
    ("wqy-microhei.ttc", 0),
    ("wqy-zenhei.ttc", 0),
    ("PingFang.ttc", 0),
    ("Hiragino Sans GB.ttc", 0),
    ("STHeiti Medium.ttc", 0),
    ("msyh.ttc", 0),
    ("simhei.ttf", 0),
    ("Arial Unicode.ttf", 0),
    ("DejaVuSans.ttf", 0),
)
"""Files Pillow looks for in the system's font folders, with the face to take; the last has Greek and Cyrillic."""


class Font(NamedTuple):
    """A face, and which of the characters it was chosen for it cannot draw."""

    face: ImageFont.FreeTypeFont
    missing: frozenset[str]

    @property
    def line_height(self) -> int:
        """Pixels from one line to the next."""
        return math.ceil(self.face.size * 1.35)

    def width(self, text: str) -> int:
        """Pixels that ``text`` takes on one line, its line breaks as spaces: a face cannot measure them."""
        return math.ceil(self.face.getlength(self.drawable(_on_one_line(text))))

    def drawable(self, text: str) -> str:
        """``text`` with a question mark for each character that the face lacks."""
        return "".join(_MISSING if character in self.missing else character for character in text)


def font_for(characters: str, size: int, font: str | os.PathLike[str] | None = None) -> Font:
    """A font of ``size`` pixels for ``characters``; warns of those that it cannot draw.

    Without ``font`` it is Pillow's own, where that has all of them: it knows Latin letters, and no Chinese. Otherwise
    it is the one that lacks the fewest, of

    1. the font that fontconfig (``fc-match``, on Linux) names for the characters, such as Noto Sans CJK or WenQuanYi,
    2. well-known files in the system's font folders: Noto CJK, WenQuanYi, PingFang (macOS), Microsoft YaHei (Windows),
    3. DejaVu Sans as it comes with matplotlib, which has Greek and Cyrillic.

    No font comes with this package: Chinese needs one on the machine, on Debian ``fonts-noto-cjk``.

    Args:
        characters: everything that will be written.
        size: of the letters, in pixels.
        font: path of a TrueType or OpenType file to use instead.

    Raises:
        ImageError: ``font`` is no font that can be read, or Pillow was built without FreeType.

    >>> font_for("A red fox", 12).missing
    frozenset()
    """
    needed = frozenset(character for character in characters if not character.isspace())
    found = _best(size, needed) if font is None else _given(font, size, needed)
    if found.missing:
        _warn(found.missing, given=font is not None)
    return found


def lines(text: str, font: Font, width: int, most: int) -> list[str]:
    """``text`` broken at spaces, or anywhere in a script without them, into at most ``most`` lines of ``width`` pixels.

    Where there is no room for all of it, the last line ends in an ellipsis.

    >>> lines("A red fox resting in deep snow", font_for("", 12), 100, most=2)
    ['A red fox resting', 'in deep snow']
    """
    # What cannot fit anyway is not measured: a prompt may have 32,000 characters.
    rest = font.drawable(_on_one_line(text[: width * most]))
    broken: list[str] = []
    while rest and len(broken) < most:
        length = _that_fit(rest, font.face, width)
        if length < len(rest) and len(broken) == most - 1:
            shorter = _that_fit(rest, font.face, width - math.ceil(font.face.getlength(_ELLIPSIS)))
            return [*broken, rest[:shorter].rstrip() + _ELLIPSIS]
        space = rest.rfind(" ", 0, length + 1)
        if length < len(rest) and space > length // 2:
            length = space
        broken.append(rest[:length].rstrip())
        rest = rest[length:].lstrip()
    return broken


def _on_one_line(text: str) -> str:
    return " ".join(text.split())


def _that_fit(text: str, face: ImageFont.FreeTypeFont, width: int) -> int:
    """How many characters of ``text`` fit into ``width`` pixels, at least one."""
    return max(
        1, bisect.bisect_right(range(1, len(text) + 1), width, key=lambda end: math.ceil(face.getlength(text[:end])))
    )


def _warn(missing: frozenset[str], *, given: bool) -> None:
    characters = sorted(missing)
    named = [character if character.isprintable() else f"U+{ord(character):04X}" for character in characters[:_LISTED]]
    shown = " ".join(named) + (" …" if len(characters) > _LISTED else "")
    if given:
        sentence = words.say("lettering.given_lacks", characters=shown)
    elif any(map(_CHINESE.match, characters)):
        sentence = words.say("lettering.no_chinese", characters=shown)
    else:
        sentence = words.say("lettering.no_font", characters=shown)
    warnings.warn(str(sentence), UserWarning, stacklevel=callers_level())


def _given(font: str | os.PathLike[str], size: int, characters: frozenset[str]) -> Font:
    try:
        path = os.path.expanduser(font)
        return _tried(ImageFont.truetype(path, size), characters)
    except (OSError, ValueError, TypeError) as error:
        if isinstance(error, ImageError):
            raise
        raise ImageError(words.say("lettering.unreadable", path=str(font), reason=str(error))) from error


@lru_cache(maxsize=32)
def _best(size: int, characters: frozenset[str]) -> Font:
    """Pillow's own font if it has all ``characters``, else the machine's font that lacks the fewest."""
    best = _tried(ImageFont.load_default(size), characters)
    if not best.missing:
        return best
    for file, face in _candidates(best.missing):
        with contextlib.suppress(OSError):  # not on this machine, or no outlines
            font = _tried(ImageFont.truetype(file, size, index=face), characters)
            best = font if len(font.missing) < len(best.missing) else best
        if not best.missing:
            break
    return best


def _candidates(missing: frozenset[str]) -> Iterator[tuple[str, int]]:
    yield from _of_fontconfig(missing)
    yield from _KNOWN_FILES
    # Found without importing matplotlib, which takes a second.
    matplotlib = importlib.util.find_spec("matplotlib")
    if matplotlib is not None and matplotlib.origin is not None:
        yield str(Path(matplotlib.origin).parent / "mpl-data" / "fonts" / "ttf" / "DejaVuSans.ttf"), 0


def _of_fontconfig(missing: frozenset[str]) -> Iterator[tuple[str, int]]:
    """The file and the face that fontconfig thinks best; it names one even where none has the characters."""
    program = shutil.which("fc-match")
    if program is None:
        return
    text = "".join(sorted(missing))
    pattern = ":charset=" + " ".join(f"{ord(character):x}" for character in text[:200])
    if _CHINESE.search(text) and not _JAPANESE_OR_KOREAN.search(text):
        pattern += ":lang=zh-cn"
    try:
        answer = subprocess.run(
            [program, "--format=%{index}|%{file}", pattern], capture_output=True, text=True, timeout=10, check=True
        )
    except (OSError, subprocess.SubprocessError, UnicodeError):
        return
    face, bar, file = answer.stdout.partition("|")
    if bar and face.isdigit():
        yield file, int(face) & 0xFFFF  # above that stands which instance of a variable font


def _tried(face: ImageFont.FreeTypeFont | ImageFont.ImageFont, characters: frozenset[str]) -> Font:
    if not isinstance(face, ImageFont.FreeTypeFont):
        raise ImageError(words.say("images.no_freetype"))
    # A font draws what it lacks as one and the same sign, which a noncharacter shows.
    nothing = _drawing(face, "\uffff")
    return Font(face, frozenset(character for character in characters if _drawing(face, character) == nothing))


def _drawing(face: ImageFont.FreeTypeFont, character: str) -> tuple[tuple[int, int], bytes]:
    mask = face.getmask(character)
    return mask.size, bytes(mask)
