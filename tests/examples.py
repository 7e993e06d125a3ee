"""How many examples a property test draws: ten times as many under `tests/run --long`, or as many as it says."""

from __future__ import annotations

import os


def examples(count: int, *, long: int | None = None) -> int:
    if not os.environ.get("APW_LONG"):
        return count
    return count * 10 if long is None else long
