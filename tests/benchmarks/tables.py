"""What the table of a large study costs. Numbers for people: nothing is asserted.

python -m tests.benchmarks.tables
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from apimart_widgets.tables import from_parquet, rows, to_pandas, to_parquet

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


def spread(act: Callable[[], object]) -> str:
    act()
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        act()
        times.append(time.perf_counter() - began)
    return f"{statistics.median(times):6.2f} s   ({min(times):.2f} to {max(times):.2f})"


def main() -> None:
    print(json.dumps({"python": sys.version.split()[0], "pandas": pd.__version__, "pyarrow": pa.__version__}))
    records = [record(number) for number in range(ROWS)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "images.parquet"
        to_parquet(records, path)
        print(f"\n{ROWS} rows of {len(rows(records)[0])} columns")
        print(f"  rows checked and whole      {spread(lambda: rows(records))}")
        print(f"  to_pandas                   {spread(lambda: to_pandas(records))}")
        print(f"  pandas.DataFrame alone      {spread(lambda: pd.DataFrame(records))}")
        print(f"  to_parquet                  {spread(lambda: to_parquet(records, path))}")
        print(f"  from_parquet                {spread(lambda: from_parquet(path))}")
        print(f"  file                        {path.stat().st_size / 1024:6.0f} KB")


if __name__ == "__main__":
    main()
