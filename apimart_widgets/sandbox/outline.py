"""Outlines written down as text: pairs of coordinates in a box of 100 x 100 units."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from .drawing import Point


@cache
def points(text: str) -> tuple[Point, ...]:
    """The points of a text of ``x,y`` pairs, separated by spaces.

    >>> points("0,0 10,2.5")
    ((0.0, 0.0), (10.0, 2.5))
    """
    return tuple((float(x), float(y)) for x, y in (pair.split(",") for pair in text.split()))


def beside(side: int, text: str) -> tuple[Point, ...]:
    """Points whose x counts from the middle of the box (x = 50), to the right for `side` 1, to the left for -1.

    >>> beside(-1, "10,5 20,5")
    ((40.0, 5.0), (30.0, 5.0))
    """
    return tuple((50 + side * x, y) for x, y in points(text))


def mirrored(half: str) -> tuple[Point, ...]:
    """A symmetric outline about x = 50 from its right half, written from top to bottom.

    >>> mirrored("50,0 60,10 50,20")
    ((50.0, 0.0), (60.0, 10.0), (50.0, 20.0), (40.0, 10.0))
    """
    right = points(half)
    return right + tuple((100 - x, y) for x, y in reversed(right) if x != 50)


def widened(outline: Sequence[Point], factor: float) -> list[Point]:
    """An outline stretched sideways about x = 50.

    >>> widened([(60.0, 1.0)], 2)
    [(70.0, 1.0)]
    """
    return [(50 + (x - 50) * factor, y) for x, y in outline]
