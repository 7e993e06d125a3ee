"""How many examples a property test draws: ten times as many under `tests/run --long`."""

from __future__ import annotations

import os


def examples(count: int) -> int:
    return count * 10 if os.environ.get("APW_LONG") else count
