"""Which two pictures a rater is shown: pairs of two levels of a setting, balanced, in an order that tells nothing."""

from __future__ import annotations

import itertools
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from . import words
from .analysis import check_seed, checked_rows, one_mode
from .config import Mode
from .errors import ConfigurationError
from .ratings import by_content
from .request import FIELDS
from .results import GeneratedImage, ImageSet
from .rules import as_typed, whole_number

ONE_REPEATED_IN = 10
"""Of so many pairs one is shown a second time; these tell how far a rater agrees with themselves."""

APART = 10
"""Pairs shown between a pair and its repetition, where there are twice as many: by then it is no longer in the eye."""

_Cell = tuple[Any, ...]


@dataclass(frozen=True)
class Pair:
    """Two pictures as they are shown.

    Attributes:
        a: sha256 of the picture at the left.
        b: of the one at the right.
        repeat: 0, or 1 where the same two were shown before, the other way round.
    """

    a: str
    b: str
    repeat: int = 0


@dataclass(frozen=True)
class Plan:
    """What a rater is shown, in order; made by ``plan``.

    Attributes:
        by: the setting compared by.
        pairs: in the order in which they are shown, repetitions among them.
        mode: "live" or "sandbox", of all the pictures.
        asked: pairs asked for, without repetitions.
        seed: what the choice, the sides and the order were drawn with.
    """

    by: str
    pairs: tuple[Pair, ...]
    mode: Mode
    asked: int
    seed: int

    @property
    def found(self) -> int:
        """Different pairs, without repetitions."""
        return sum(not pair.repeat for pair in self.pairs)

    @property
    def notice(self) -> words.Sentence | None:
        """Says so where the pictures make fewer pairs than were asked for."""
        if self.found == self.asked:
            return None
        return words.say("pairing.fewer", found=self.found, asked=self.asked)


def plan(images: Iterable[GeneratedImage], by: str = "quality", *, pairs: int = 200, seed: int = 0) -> Plan:
    """Pairs of pictures of different levels of ``by``, each pair within one prompt and size.

    Pairs of levels are used equally often, and within them prompts and pictures. Each level is at the left in half of
    its pairs. A tenth of the pairs comes again later with the sides exchanged. The same pictures in any order, with the
    same seed, make the same plan.

    Args:
        images: of one mode, live or sandbox; a picture that is there twice counts once.
        by: a setting of the request whose levels are compared, such as "quality" or "model".
        pairs: how many, without repetitions. Where the pictures make fewer, all of those; see ``Plan.notice``.
        seed: a whole number from 0.

    Raises:
        ConfigurationError: no pictures, live and sandbox mixed, no such setting, a single level, no prompt and size
            with two levels, or a number of pairs or seed that is none.

    >>> import apimart_widgets as am
    >>> with am.Session(mode="sandbox", library=":memory:", sandbox_seconds=0) as session:
    ...     images = session.generate("A fox", quality="low", n=2) + session.generate("A fox", quality="high", n=2)
    >>> found = plan(images, by="quality", pairs=10)
    >>> found.found, len(found.pairs), found.notice
    (4, 5, 'These pictures make 4 different pairs; 10 were asked for.')
    """
    seed, most = check_seed(seed), whole_number(pairs)
    if most is None or most < 1:
        raise ConfigurationError(words.say("pairing.pairs", value=as_typed(pairs)))
    records = _records(images, by)
    mode = one_mode(records.values())
    # By content, so that the order in which the pictures were handed in does not change the plan.
    cells = _cells([records[content] for content in sorted(records)], by)
    dice = random.Random(seed)
    chosen = _balanced(cells, most, dice)
    firsts = _sided(chosen, dice)
    dice.shuffle(firsts)
    return Plan(by, tuple(_with_repeats(firsts, dice)), mode, most, seed)


def _records(images: Iterable[GeneratedImage], by: str) -> dict[str, Mapping[str, Any]]:
    """The record of each content."""
    given = list(images) if isinstance(images, Iterable) else [images]
    if not given:
        raise ConfigurationError(words.say("pairing.no_images"))
    for image in given:
        if not isinstance(image, GeneratedImage):
            raise ConfigurationError(words.say("pairing.other_things", type=type(image).__name__))
    if by not in FIELDS:
        raise ConfigurationError(words.say("pairing.by", by=repr(by), known=", ".join(FIELDS)))
    rows = checked_rows(ImageSet(given).to_records(), by)
    levels = dict.fromkeys(row[by] for row in rows)
    if len(levels) == 1:
        raise ConfigurationError(words.say("analysis.one_level", by=by, level=repr(rows[0][by])))
    return by_content(rows, by)


def _cells(records: Sequence[Mapping[str, Any]], by: str) -> dict[_Cell, dict[_Cell, list[tuple[str, str]]]]:
    """Pair of levels -> prompt and size -> the pairs of contents there, each in the order of the levels."""
    groups: dict[_Cell, dict[Any, list[str]]] = defaultdict(lambda: defaultdict(list))
    for record in records:
        group = (record["prompt"],) if by == "size" else (record["prompt"], record["size"])
        groups[group][record[by]].append(record["sha256"])
    # The order of first appearance, the same for every prompt.
    place = {level: index for index, level in enumerate(dict.fromkeys(record[by] for record in records))}
    cells: dict[_Cell, dict[_Cell, list[tuple[str, str]]]] = defaultdict(dict)
    for group, levels in groups.items():
        for first, second in itertools.combinations(sorted(levels, key=place.__getitem__), 2):
            cells[first, second][group] = list(itertools.product(levels[first], levels[second]))
    if not cells:
        raise ConfigurationError(words.say("pairing.no_pairs", by=by))
    return cells


def _balanced(
    cells: Mapping[_Cell, Mapping[_Cell, list[tuple[str, str]]]], most: int, dice: random.Random
) -> dict[_Cell, list[tuple[str, str]]]:
    """At most ``most`` pairs: always one more of what was used least, of levels, then prompts, then pictures."""
    left = {levels: {group: list(pairs) for group, pairs in groups.items()} for levels, groups in cells.items()}
    chosen: dict[_Cell, list[tuple[str, str]]] = {levels: [] for levels in left}
    used: Counter[Any] = Counter()
    # Ties are broken by the dice: one draw for each way to choose, since a sort keeps what it finds equal in order.
    for groups in left.values():
        for pairs in groups.values():
            dice.shuffle(pairs)
    order = {each: dice.random() for levels, groups in left.items() for each in (levels, *groups)}
    for _ in range(most):
        open_levels = [levels for levels, groups in left.items() if groups]
        if not open_levels:
            break
        levels = min(open_levels, key=lambda each: (len(chosen[each]), order[each]))
        groups = left[levels]
        group = min(groups, key=lambda each: (used[levels, each], used[each], order[each]))
        pair = min(groups[group], key=lambda each: (max(used[each[0]], used[each[1]]), used[each[0]] + used[each[1]]))
        groups[group].remove(pair)
        if not groups[group]:
            del groups[group]
        chosen[levels].append(pair)
        used.update([(levels, group), group, *pair])
    return chosen


def _sided(chosen: Mapping[_Cell, list[tuple[str, str]]], dice: random.Random) -> list[Pair]:
    """Each level at the left in half of its pairs, which ones is drawn."""
    sided = []
    for pairs in chosen.values():
        start = dice.randrange(2)
        turned = [(start + index) % 2 == 1 for index in range(len(pairs))]
        dice.shuffle(turned)
        sided += [Pair(*(reversed(pair) if turn else pair)) for pair, turn in zip(pairs, turned, strict=True)]
    return sided


def _with_repeats(firsts: Sequence[Pair], dice: random.Random) -> list[Pair]:
    """``firsts`` in their order, and a tenth of them again, the other way round, at least ``APART`` pairs later."""
    apart = min(APART, len(firsts) // 2)
    count = -(-len(firsts) // ONE_REPEATED_IN) if apart else 0
    after: dict[int, list[Pair]] = defaultdict(list)
    for place in sorted(dice.sample(range(len(firsts) - apart), count)):
        pair = firsts[place]
        after[dice.randrange(place + apart, len(firsts))].append(Pair(pair.b, pair.a, repeat=1))
    return [shown for place, pair in enumerate(firsts) for shown in (pair, *after[place])]
