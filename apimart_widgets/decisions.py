"""``Decisions``: what raters chose, kept in the ledger the moment they chose it."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from typing import Any

from .ledger import Ledger, moment


class Decisions(Ledger):
    """The part of a library that keeps blind ratings, each under its comparison, rater and pair."""

    def keep_decision(self, comparison: str, rating: Mapping[str, Any]) -> None:
        """Keep one decision; where this rater has decided the pair already, that stands.

        Args:
            comparison: a name for what is compared, the same for whoever opens it again.
            rating: a row with ``ratings.RATING_FIELDS``.
        """
        decided = datetime.datetime.fromisoformat(rating["time"]).timestamp()
        with self._writing() as db:
            db.execute(
                "INSERT OR IGNORE INTO decisions (comparison, rater, a, b, repeat, choice, decided)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (comparison, *(rating[name] for name in ("rater", "a", "b", "repeat", "choice")), decided),
            )

    def drop_decision(self, comparison: str, rating: Mapping[str, Any]) -> None:
        """Take a decision back."""
        with self._writing() as db:
            db.execute(
                "DELETE FROM decisions WHERE comparison = ? AND rater = ? AND a = ? AND b = ? AND repeat = ?",
                (comparison, *(rating[name] for name in ("rater", "a", "b", "repeat"))),
            )

    def decisions(self, comparison: str) -> list[dict[str, Any]]:
        """Every decision of a comparison, of all its raters, oldest first: rows with ``ratings.RATING_FIELDS``.

        >>> from apimart_widgets import Library
        >>> rating = {"rater": "anna", "a": "f0", "b": "f1", "choice": "tie", "repeat": 0}
        >>> with Library(":memory:") as library:
        ...     library.keep_decision("foxes", {**rating, "time": "2026-11-24T09:00:00+00:00"})
        ...     library.decisions("foxes")
        [{'rater': 'anna', 'a': 'f0', 'b': 'f1', 'choice': 'tie', 'time': '2026-11-24T09:00:00+00:00', 'repeat': 0}]
        """
        with self._reading() as db:
            rows = db.execute("SELECT * FROM decisions WHERE comparison = ? ORDER BY decided, rowid", (comparison,))
            return [_rating(row) for row in rows.fetchall()]

    def decisions_about(self, contents: Iterable[str]) -> list[dict[str, Any]]:
        """Every decision between two of these pictures, in whatever comparison, oldest first.

        Args:
            contents: sha256 of the pictures.
        """
        known = set(contents)
        with self._reading() as db:
            rows = db.execute("SELECT * FROM decisions ORDER BY decided, rowid").fetchall()
        return [_rating(row) for row in rows if row["a"] in known and row["b"] in known]


def _rating(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "rater": row["rater"],
        "a": row["a"],
        "b": row["b"],
        "choice": row["choice"],
        "time": moment(row["decided"]).isoformat(),
        "repeat": row["repeat"],
    }
