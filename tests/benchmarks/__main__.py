"""Every benchmark, one after the other: a table of each on the screen, all of them in a file.

    python -m tests.benchmarks                   everything, in about a quarter of an hour
    python -m tests.benchmarks picture polling   some of it

A figure is the median of several rounds with its range; peers take turns with us (A B A B), on one machine and over one
sandbox server, whose pictures are flat and kept where painting is not the subject. Nothing is asserted: these are
numbers for people, and other work on the machine shows in them.
"""

from __future__ import annotations

import argparse
import json
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.benchmarks import core, grid, in_flight, library, panel, polling, sweep, tables
from tests.benchmarks.figures import Section, machine

PARTS: dict[str, Callable[[], Section]] = {
    "import": core.imports,
    "picture": core.one_picture,
    "throughput": sweep.throughput,
    "in-flight": in_flight.section,
    "polling": polling.section,
    "opening": panel.opening,
    "wire": panel.wire,
    "stalls": panel.stalls,
    "browser": panel.browser,
    "library": library.section,
    "grid": grid.section,
    "tables": tables.section,
}


def measured(parts: list[str], failed: list[str]) -> Iterator[Section]:
    for name in parts:
        try:
            section = PARTS[name]()
        except Exception:  # the others are worth having all the same
            traceback.print_exc()
            failed.append(name)
            continue
        print(f"\n{section.table()}", flush=True)
        yield section


def main() -> int:
    given = argparse.ArgumentParser(
        "python -m tests.benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    given.add_argument("parts", nargs="*", choices=[[], *PARTS], default=[], metavar="part", help=", ".join(PARTS))
    given.add_argument("--json", type=Path, default=Path("benchmarks.json"), help="the file (default: %(default)s)")
    options = given.parse_args()
    where = machine()
    print(json.dumps(where))
    failed: list[str] = []
    sections = [section.to_json() for section in measured(options.parts or list(PARTS), failed)]
    options.json.write_text(json.dumps({"machine": where, "sections": sections}, indent=1) + "\n", encoding="utf-8")
    print(f"\nWritten to {options.json}." + (f" Not measured: {', '.join(failed)}." if failed else ""))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
