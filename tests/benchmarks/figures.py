"""``Figure``: one measured quantity, ours beside its peers; tables of them for people, JSON for machines."""

from __future__ import annotations

import dataclasses
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx

Values = Sequence[float]

KEY = "sk-benchmark"  # the sandbox takes any


@dataclasses.dataclass(frozen=True, kw_only=True)
class Figure:
    """What was measured of one thing, a value a round.

    Attributes:
        what: what was measured.
        unit: of every value.
        ours: the values of this package.
        beside: those of each peer, measured in turn with ours.
        goal: what ours should come to, in words; empty where there is none.
    """

    what: str
    unit: str
    ours: Values
    beside: Mapping[str, Values] = dataclasses.field(default_factory=dict)
    goal: str = ""

    def cells(self) -> list[str]:
        """The row of a table."""
        beside = "; ".join(f"{name} {spread(values, self.unit)}" for name, values in self.beside.items())
        return [self.what, spread(self.ours, self.unit), beside, self.goal]

    def to_json(self) -> dict[str, Any]:
        """The same with every round's value."""
        contenders = {"ours": self.ours, **self.beside}
        return {
            "what": self.what,
            "unit": self.unit,
            "goal": self.goal,
            **{
                name: {"median": statistics.median(values), "rounds": list(values)}
                for name, values in contenders.items()
            },
        }


@dataclasses.dataclass(frozen=True)
class Section:
    """Figures of one kind. ``details`` are further values for the file, such as those of every peer."""

    title: str
    figures: Sequence[Figure]
    details: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    def table(self) -> str:
        """As Markdown, wide enough to be read as it stands."""
        rows = [[self.title, "ours", "beside it", "goal"], *(figure.cells() for figure in self.figures)]
        widths = [max(len(row[column]) for row in rows) for column in range(4)]
        lines = [
            "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
        ]
        lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
        return "\n".join(lines)

    def to_json(self) -> dict[str, Any]:
        """Everything of it."""
        found: dict[str, Any] = {"title": self.title, "figures": [figure.to_json() for figure in self.figures]}
        return {**found, "details": self.details} if self.details else found


def spread(values: Values, unit: str) -> str:
    """The median, and the least and the most where there were several rounds.

    >>> spread([1.234, 1.1, 1.5], "ms"), spread([39], "")
    ('1.23 ms (1.10 to 1.50)', '39')
    """
    middle = statistics.median(values)
    digits = 0 if middle >= 100 or all(float(value).is_integer() for value in values) else 1 if middle >= 10 else 2
    text = f"{middle:,.{digits}f} {unit}".rstrip()
    if min(values) == max(values):
        return text
    return f"{text} ({min(values):,.{digits}f} to {max(values):,.{digits}f})"


def ratios(ours: Values, peer: Values) -> list[float]:
    """How many times the peer's each of ours is, round by round."""
    return [mine / other for mine, other in zip(ours, peer, strict=True)]


def milliseconds(seconds: Values) -> list[float]:
    return [each * 1000 for each in seconds]


def timed(act: Callable[[], object]) -> float:
    """The seconds an act takes."""
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def alone(code: str) -> Any:
    """What a process of its own prints as JSON when it runs ``code``: what this one holds and has imported is apart."""
    return json.loads(
        subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.PIPE, text=True).stdout
    )


def in_turn(*contenders: Callable[[], object], rounds: int) -> list[list[float]]:
    """Seconds each contender took, round by round, one after the other; a first round does not count."""
    times: list[list[float]] = [[] for _ in contenders]
    for number in range(rounds + 1):
        for contender, taken in zip(contenders, times, strict=True):
            seconds = timed(contender)
            if number:
                taken.append(seconds)
    return times


def machine() -> dict[str, Any]:
    """Where this was measured."""
    return {
        "processor": _found(Path("/proc/cpuinfo"), r"model name\s*:\s*(.+)") or platform.processor(),
        "processors": os.cpu_count(),
        "memory_gb": round(int(_found(Path("/proc/meminfo"), r"MemTotal:\s*(\d+)") or 0) / 2**20),
        "system": platform.platform(),
        "python": platform.python_version(),
        "httpx": httpx.__version__,
        "date": time.strftime("%Y-%m-%d"),
    }


def _found(file: Path, pattern: str) -> str:
    found = re.search(pattern, file.read_text()) if file.is_file() else None
    return found[1].strip() if found else ""
