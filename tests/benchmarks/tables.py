"""What the table of a large study costs."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pandas as pd

from apimart_widgets.tables import from_parquet, rows, to_pandas, to_parquet
from tests.benchmarks.figures import Figure, Section, in_turn

ROWS = 10_000
ROUNDS = 5


def record(number: int) -> dict[str, Any]:
    """One row with every column, three metrics and a variable of the template."""
    return {
        "prompt": f"A fox in the style of {number % 40}",
        "model": "gpt-image-1-official",
        "size": "3:2",
        "n": 1,
        "quality": ("low", "high")[number % 2],
        "background": "auto",
        "moderation": "auto",
        "output_format": "png",
        "output_compression": None,
        "image_urls": None,
        "mask_url": None,
        "resolution": None,
        "extra_body": {},
        "sweep": "benchmark",
        "repeat": number % 5,
        "mode": "sandbox",
        "task_id": f"task_{number}",
        "index": 0,
        "job_id": f"job_{number}",
        "created": f"2026-11-22T12:{number % 60:02}:00.5+00:00",
        "waited": 12.5,
        "generated": 9.0,
        "cost": 0.016,
        "cost_unit": "USD",
        "cost_source": "a list",
        "cost_estimated": True,
        "bytes": 2_000_000,
        "width": 1536,
        "height": 1024,
        "format": "png",
        "sha256": f"{number:064x}",
        "path": None,
        "rating": number % 5 + 1,
        "note": None,
        "sharpness": number / 7,
        "entropy": 7.5,
        "brightness": 0.5,
        "style": str(number % 40),
    }


def section() -> Section:
    """Seconds for the table of a study, beside a bare data frame of the same records."""
    records = [record(number) for number in range(ROWS)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "images.parquet"
        to_parquet(records, path)
        checked, framed, bare, written, read = in_turn(
            lambda: rows(records),
            lambda: to_pandas(records),
            lambda: pd.DataFrame(records),
            lambda: to_parquet(records, path),
            lambda: from_parquet(path),
            rounds=ROUNDS,
        )
        size = path.stat().st_size / 1000
    figures = [
        Figure(what="to_pandas", unit="s", ours=framed, beside={"pandas.DataFrame": bare}, goal="below 1 s"),
        Figure(what="  of which checking the rows", unit="s", ours=checked),
        Figure(what="to_parquet", unit="s", ours=written),
        Figure(what="from_parquet", unit="s", ours=read),
        Figure(what="the file", unit="kB", ours=[size]),
    ]
    return Section(f"A table of {ROWS:,} rows", figures)
