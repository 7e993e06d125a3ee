"""What a prompt asks for, read from its words: subjects, place, light, season, weather, style and colours, in English
and Chinese.

This is a word list, not language understanding: "no fox" still gives a fox. What the words leave open stays None and is
chosen later, by the hash of the prompt and the seed.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from functools import cache

from .vocabulary import VOCABULARY


@dataclass(frozen=True)
class Mention:
    """One subject the prompt names, with the colour word before it, if any, and how many are meant (at most 3)."""

    name: str
    colour: str | None = None
    count: int = 1


@dataclass(frozen=True)
class Brief:
    """A prompt's words, sorted. `styles` and `weathers` may hold several; None or empty means the prompt does not say.

    >>> brief = read("A blue car at night, rain")
    >>> brief.subjects[0].name, brief.subjects[0].colour, brief.light, sorted(brief.weathers)
    ('car', 'blue', 'night', ['rain'])
    >>> read("一只狐狸在雪地里").subjects[0].name
    'fox'
    """

    subjects: tuple[Mention, ...] = ()
    places: tuple[str, ...] = ()
    light: str | None = None
    season: str | None = None
    weathers: frozenset[str] = frozenset()
    styles: frozenset[str] = frozenset()
    colours: tuple[str, ...] = ()
    poses: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True)
class _Hit:
    start: int
    end: int
    kind: str
    value: str
    plural: bool


@cache
def _lexicon() -> dict[str, tuple[tuple[str, str], ...]]:
    """word -> every (kind, value) it stands for."""
    lexicon: dict[str, tuple[tuple[str, str], ...]] = {}
    for kind, values in VOCABULARY.items():
        for value, words in values.items():
            for word in words.split():
                lexicon[word] = (*lexicon.get(word, ()), (kind, value))
    return lexicon


@cache
def _chinese() -> re.Pattern[str]:
    words = sorted((word for word in _lexicon() if not word.isascii()), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, words)))


def _singular(word: str) -> str:
    lexicon = _lexicon()
    for ending, replacement in (("s", ""), ("es", ""), ("ies", "y")):
        if word.endswith(ending) and word[: len(word) - len(ending)] + replacement in lexicon:
            return word[: len(word) - len(ending)] + replacement
    return word


def _hits(text: str) -> list[_Hit]:
    lexicon = _lexicon()
    hits: list[_Hit] = []
    for match in re.finditer(r"[a-z]+", text):
        word = match.group()
        single = word if word in lexicon else _singular(word)
        hits += [_Hit(match.start(), match.end(), *sense, plural=single != word) for sense in lexicon.get(single, ())]
    for match in _chinese().finditer(text):
        hits += [_Hit(match.start(), match.end(), *sense, plural=False) for sense in lexicon[match.group()]]
    return sorted(hits, key=lambda hit: hit.start)


def _count(before: str, hit: _Hit) -> int:
    """How many are meant, by the words just `before` and the plural; three stands for any more."""
    if re.search(r"\b(two|2|pair|couple)\b|[两双二]", before):
        return 2
    return 3 if hit.plural or re.search(r"[三四五几群]", before) else 1


def plain(prompt: str) -> str:
    """`prompt` in lower case, without words in square brackets, which are orders to the sandbox server, its spaces
    evened out.

    >>> plain("A Fox [slow]  at dusk")
    'a fox at dusk'
    """
    return " ".join(re.sub(r"\[[^\[\]]{0,24}\]", " ", prompt.lower()).split())


def read(prompt: str) -> Brief:
    """Sort the words of `prompt`."""
    text = plain(prompt).replace("still life", "stilllife")
    by_kind: dict[str, list[_Hit]] = {kind: [] for kind in VOCABULARY}
    for hit in _hits(text):
        by_kind[hit.kind].append(hit)

    subjects: dict[str, Mention] = {}
    worn: set[int] = set()
    colours = by_kind["colour"]
    ends = [c.end for c in colours]
    for hit in by_kind["subject"]:
        # A prompt may hold thousands of both, so that no subject may look at every colour.
        near = colours[bisect_left(ends, hit.start - 8) : bisect_right(ends, hit.start)]
        before = [c for c in near if "," not in text[c.end : hit.start]]
        colour = before[-1].value if before else None
        worn.update(c.start for c in before)
        if hit.value not in subjects:
            subjects[hit.value] = Mention(hit.value, colour, _count(text[max(0, hit.start - 16) : hit.start], hit))

    def values(kind: str) -> list[str]:
        return list(dict.fromkeys(hit.value for hit in by_kind[kind]))

    def first(kind: str) -> str | None:
        return next(iter(values(kind)), None)

    return Brief(
        subjects=tuple(subjects.values())[:3],
        places=tuple(values("place")),
        light=first("light"),
        season=first("season"),
        weathers=frozenset(values("weather")),
        styles=frozenset(values("style")),
        colours=tuple(dict.fromkeys(hit.value for hit in colours if hit.start not in worn)),
        poses=frozenset(values("pose")),
    )
