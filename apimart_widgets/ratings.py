"""Which of two pictures people prefer: the table of ratings, win rates, and how far raters agree with themselves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from . import words
from .analysis import Table, checked_rows, one_mode, percent, title
from .config import Mode
from .errors import ConfigurationError

RATING_FIELDS = ("rater", "a", "b", "choice", "time", "repeat")
"""The columns of the table of ratings, one row a decision.

``rater`` a pseudonym; ``a`` and ``b`` the sha256 of the pictures at the left and right; ``choice`` "a", "b" or "tie";
``time`` of the decision, ISO 8601; ``repeat`` 0 where the rater saw the pair first, 1 where it was shown again.
"""


@dataclass(frozen=True)
class Judgement:
    """One decision, joined with what is known of the two pictures.

    Attributes:
        first: level of the picture at the left.
        second: level of the other.
        choice: "a" for the first, "b" for the second, or "tie".
        prompt: of both.
        rater: a pseudonym.
    """

    first: Any
    second: Any
    choice: str
    prompt: str
    rater: str


@dataclass(frozen=True)
class Judgements:
    """Ratings joined with their pictures; made by ``joined``.

    Attributes:
        by: the setting compared by.
        levels: of that setting among the rated pictures, in the order of the pictures' records.
        rows: one judgement for each decision that is no repetition.
        mode: "live" or "sandbox", of the rated pictures.
    """

    by: str
    levels: tuple[Any, ...]
    rows: tuple[Judgement, ...]
    mode: Mode


def joined(ratings: Iterable[Mapping[str, Any]], records: Iterable[Mapping[str, Any]], by: str) -> Judgements:
    """``ratings`` (rows with ``RATING_FIELDS``) joined with the pictures' ``records`` by content.

    Repeated pairs are left out: they say how steady a rater is, and would count twice.

    Raises:
        ConfigurationError: live and sandbox mixed, a rating of a picture that is not among the records, a pair not
            within one prompt and size or of one level, or a row that is no rating.
    """
    table = _checked(ratings)
    pictures = by_content(checked_rows(records, by), by)
    rated: dict[str, Mapping[str, Any]] = {}
    rows = []
    for number, rating in enumerate(table, start=1):
        for side in ("a", "b"):
            if rating[side] not in pictures:
                raise ConfigurationError(words.say("ratings.unknown_picture", number=number, content=rating[side][:12]))
        first, second = pictures[rating["a"]], pictures[rating["b"]]
        rated.update({rating["a"]: first, rating["b"]: second})
        if (first["prompt"], by == "size" or first["size"]) != (second["prompt"], by == "size" or second["size"]):
            raise ConfigurationError(words.say("ratings.other_prompt", number=number))
        if first[by] == second[by]:
            raise ConfigurationError(words.say("ratings.same_level", number=number, by=by, level=repr(first[by])))
        if not rating["repeat"]:
            rows.append(Judgement(first[by], second[by], rating["choice"], first["prompt"], rating["rater"]))
    mode = one_mode(rated.values())
    if not rows:
        raise ConfigurationError(words.say("ratings.none"))
    present = {level for row in rows for level in (row.first, row.second)}
    levels = dict.fromkeys(record[by] for record in pictures.values() if record[by] in present)
    return Judgements(by, tuple(levels), tuple(rows), mode)


def _checked(ratings: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    table = list(ratings) if isinstance(ratings, Iterable) else []
    if not table:
        raise ConfigurationError(words.say("ratings.none"))
    for number, rating in enumerate(table, start=1):
        whole = isinstance(rating, Mapping) and all(name in rating for name in RATING_FIELDS)
        if not whole or not all(isinstance(rating[name], str) for name in ("rater", "a", "b")):
            raise ConfigurationError(words.say("ratings.no_rating", number=number, fields=", ".join(RATING_FIELDS)))
        if rating["choice"] not in ("a", "b", "tie"):
            raise ConfigurationError(words.say("ratings.choice", number=number, choice=repr(rating["choice"])))
    return table


def by_content(records: Sequence[Mapping[str, Any]], by: str) -> dict[str, Mapping[str, Any]]:
    """The record of each content, by its sha256.

    Raises:
        ConfigurationError: one content under two settings, which its rating could not tell apart.

    >>> row = {"sha256": "f0", "quality": "low", "prompt": "A fox", "size": "1:1"}
    >>> by_content([row, row], "quality") == {"f0": row}
    True
    """
    found: dict[str, Mapping[str, Any]] = {}
    for number, record in enumerate(records, start=1):
        content = record.get("sha256")
        if not isinstance(content, str):
            raise ConfigurationError(words.say("analysis.no_column", name="sha256", known=", ".join(map(str, record))))
        other = found.setdefault(content, record)
        if any(other[name] != record[name] for name in (by, "prompt", "size")):
            raise ConfigurationError(words.say("ratings.same_content", number=number, content=content[:12]))
    return found


def between_levels(
    ratings: Iterable[Mapping[str, Any]], records: Iterable[Mapping[str, Any]], by: str
) -> list[Mapping[str, Any]]:
    """Of decisions made in several comparisons, those between two levels of ``by`` within one prompt and size.

    The others were made to compare by another setting. One of a picture without a record stays.

    Raises:
        ConfigurationError: as ``joined``, of the records.

    >>> shared = {"prompt": "A fox", "size": "1:1"}
    >>> records = [{"sha256": name, "quality": name[0], **shared} for name in ("l1", "l2", "h1")]
    >>> decided = [{"rater": "r1", "a": "l1", "b": other, "repeat": 0} for other in ("l2", "h1")]
    >>> [rating["b"] for rating in between_levels(decided, records, "quality")]
    ['h1']
    """
    pictures = by_content(checked_rows(records, by), by)

    def compares(rating: Mapping[str, Any]) -> bool:
        first, second = pictures.get(rating["a"]), pictures.get(rating["b"])
        if first is None or second is None:
            return True
        same = ("prompt",) if by == "size" else ("prompt", "size")
        return bool(first[by] != second[by]) and all(first[name] == second[name] for name in same)

    return [rating for rating in ratings if compares(rating)]


def once(ratings: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Of decisions made in several comparisons, the first that a rater made of a pair, and of its repetition.

    >>> rating = {"rater": "r1", "a": "f0", "b": "f1", "choice": "a", "repeat": 0}
    >>> once([rating, {**rating, "a": "f1", "b": "f0"}, {**rating, "repeat": 1}]) == [rating, {**rating, "repeat": 1}]
    True
    """
    first: dict[Any, Mapping[str, Any]] = {}
    for rating in ratings:
        first.setdefault((*_asked(rating), rating["repeat"]), rating)
    return list(first.values())


# ---- win rates


@dataclass(frozen=True)
class WinRate:
    """How one level fared: ``rate`` is (wins + ties / 2) / comparisons, from 0 to 1."""

    level: Any
    wins: int
    losses: int
    ties: int

    @property
    def comparisons(self) -> int:
        """All its comparisons."""
        return self.wins + self.losses + self.ties

    @property
    def rate(self) -> float:
        """Share of comparisons won, a tie counting half."""
        return (self.wins + self.ties / 2) / self.comparisons


@dataclass(frozen=True)
class WinRates:
    """What ``win_rates`` found, one ``WinRate`` a level; shown it is a table.

    A rate depends on whom a level was compared with: in an unbalanced design look at ``bradley_terry.strengths``.
    """

    by: str
    rates: tuple[WinRate, ...]
    mode: Mode

    @property
    def title(self) -> words.Sentence | None:
        """What stands above it when it is made of sandbox drawings; None for live pictures."""
        return title(self.mode)

    def to_records(self) -> list[dict[str, Any]]:
        """One dict a level: by, level, wins, losses, ties, comparisons, rate, mode."""
        names = ("level", "wins", "losses", "ties", "comparisons", "rate")
        return [
            {"by": self.by, **{name: getattr(row, name) for name in names}, "mode": self.mode} for row in self.rates
        ]

    def __repr__(self) -> str:
        return self._table().text()

    def _repr_html_(self) -> str:
        return self._table().html()

    def _table(self) -> Table:
        say = words.say
        head = (self.by, say("ratings.rate"), say("ratings.wins"), say("ratings.losses"), say("ratings.ties"))
        rows = tuple(
            (str(row.level), percent(row.rate), str(row.wins), str(row.losses), str(row.ties)) for row in self.rates
        )
        return Table((self.title,) if self.title else (), head, rows, (say("ratings.rate_method"),))


def win_rates(ratings: Iterable[Mapping[str, Any]], records: Iterable[Mapping[str, Any]], by: str) -> WinRates:
    """How often the pictures of each level of ``by`` were preferred, a tie counting half.

    Raises:
        ConfigurationError: as ``joined``.

    >>> records = [
    ...     {"sha256": quality, "quality": quality, "prompt": "A fox", "size": "1:1", "mode": "live"}
    ...     for quality in ("low", "high")
    ... ]
    >>> rating = {"rater": "r1", "a": "low", "b": "high", "time": "2026-11-24T09:00:00+00:00", "repeat": 0}
    >>> [(row.level, row.rate) for row in win_rates([{**rating, "choice": "b"}], records, "quality").rates]
    [('low', 0.0), ('high', 1.0)]
    """
    judgements = joined(ratings, records, by)
    counts = {level: {"wins": 0, "losses": 0, "ties": 0} for level in judgements.levels}
    for row in judgements.rows:
        if row.choice == "tie":
            counts[row.first]["ties"] += 1
            counts[row.second]["ties"] += 1
        else:
            winner, loser = (row.first, row.second) if row.choice == "a" else (row.second, row.first)
            counts[winner]["wins"] += 1
            counts[loser]["losses"] += 1
    return WinRates(by, tuple(WinRate(level, **count) for level, count in counts.items()), judgements.mode)


# ---- the raters


@dataclass(frozen=True)
class SelfAgreement:
    """How often a rater decided a repeated pair as before.

    Attributes:
        rater: a pseudonym.
        pairs: repetitions of a pair that the rater had decided before.
        agreed: those decided as before: the same picture, or a tie again.
        orphans: repetitions without a first decision of the same rater; they are not counted.
    """

    rater: str
    pairs: int
    agreed: int
    orphans: int = field(default=0)

    @property
    def share(self) -> float | None:
        """``agreed`` of ``pairs``, from 0 to 1; None without pairs. By chance it would be about a third or a half."""
        return self.agreed / self.pairs if self.pairs else None


def self_agreement(ratings: Iterable[Mapping[str, Any]]) -> tuple[SelfAgreement, ...]:
    """How far each rater agrees with their own earlier decision, from the pairs shown again, sides exchanged or not.

    Returns:
        One ``SelfAgreement`` a rater, in the order in which they appear.

    Raises:
        ConfigurationError: no ratings, or a row that is no rating.

    >>> rating = {"rater": "r1", "a": "x", "b": "y", "choice": "a", "time": "2026-11-24T09:00:00+00:00", "repeat": 0}
    >>> self_agreement([rating, {**rating, "a": "y", "b": "x", "choice": "b", "repeat": 1}])
    (SelfAgreement(rater='r1', pairs=1, agreed=1, orphans=0),)
    """
    table = _checked(ratings)
    first = {_asked(rating): _chosen(rating) for rating in table if not rating["repeat"]}
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for rating in table:
        count = counts[rating["rater"]]
        if not rating["repeat"]:
            continue
        if _asked(rating) not in first:
            count[2] += 1
            continue
        count[0] += 1
        count[1] += first[_asked(rating)] == _chosen(rating)
    return tuple(SelfAgreement(rater, *count) for rater, count in counts.items())


def _asked(rating: Mapping[str, Any]) -> tuple[str, frozenset[str]]:
    return rating["rater"], frozenset((rating["a"], rating["b"]))


def _chosen(rating: Mapping[str, Any]) -> str | None:
    """The preferred picture's content; None for a tie."""
    return None if rating["choice"] == "tie" else rating[rating["choice"]]
