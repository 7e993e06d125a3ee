"""What importing costs, and what a picture costs beyond plain httpx. Numbers for people: nothing is asserted.

    python -m tests.benchmarks.core

Ours and the peer take turns (A B A B), over one sandbox server whose tasks are done at once and whose pictures are one
cached flat colour, so that neither waiting nor painting counts. Each figure is a median with its range.
"""

from __future__ import annotations

import io
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

import httpx
from PIL import Image

import apimart_widgets as am
from tests.sandbox_server import SandboxServer

ROUNDS = 25
KEY = "sk-benchmark"


def spread(seconds: list[float]) -> str:
    return f"{statistics.median(seconds) * 1000:7.1f} ms   ({min(seconds) * 1000:.1f} to {max(seconds) * 1000:.1f})"


def in_turn(*contenders: Callable[[], object], rounds: int = ROUNDS) -> list[list[float]]:
    """Seconds each contender took, round by round, one after the other."""
    times: list[list[float]] = [[] for _ in contenders]
    for contender in contenders:
        contender()
    for _ in range(rounds):
        for contender, taken in zip(contenders, times, strict=True):
            began = time.perf_counter()
            contender()
            taken.append(time.perf_counter() - began)
    return times


def imports() -> None:
    """Seconds of `import ...` inside a fresh interpreter, its start-up left out."""

    def seconds(statement: str) -> float:
        code = f"import time; began = time.perf_counter(); {statement}; print(time.perf_counter() - began)"
        return float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)

    statements = {
        "import ipywidgets": "import ipywidgets",
        "  and apimart_widgets": "import ipywidgets, apimart_widgets",
        "  and apimart_widgets.Session": "import ipywidgets, apimart_widgets as am; am.Session",
        "  and a sandbox session open": (
            'import ipywidgets, apimart_widgets as am; am.Session(mode="sandbox", library=":memory:")'
        ),
    }
    taken: dict[str, list[float]] = {name: [] for name in statements}
    for _ in range(9):
        for name, statement in statements.items():
            taken[name].append(seconds(statement))
    base = statistics.median(taken["import ipywidgets"])
    for name, found in taken.items():
        beyond = (statistics.median(found) - base) * 1000
        print(f"  {name:32} {spread(found)}   {beyond:+.0f} ms")


def plain(client: httpx.Client, url: str) -> Image.Image:
    """What a careful person would write without us: submit, ask, fetch, decode."""
    headers = {"Authorization": f"Bearer {KEY}", "Idempotency-Key": f"plain-{time.perf_counter_ns()}"}
    body = {"model": "gpt-image-1-official", "prompt": "A fox", "size": "1:1", "n": 1, "quality": "low"}
    submitted = client.post(f"{url}/v1/images/generations", json=body, headers=headers).raise_for_status().json()
    task_id = submitted["data"][0]["task_id"]
    while True:
        task: dict[str, Any] = (
            client.get(f"{url}/v1/tasks/{task_id}", headers=headers).raise_for_status().json()["data"]
        )
        if task["status"] == "completed":
            break
        time.sleep(0.5)
    data = client.get(task["result"]["images"][0]["url"][0]).raise_for_status().content
    picture = Image.open(io.BytesIO(data))
    picture.load()
    return picture


def one_picture() -> None:
    """From submit to a decoded PIL image, a task of zero seconds."""
    names = ["plain httpx", "ours, library in memory", "ours, library on disk"]
    with (
        SandboxServer(seconds=0) as server,
        httpx.Client(trust_env=False) as client,
        tempfile.TemporaryDirectory() as folder,
        am.Session(KEY, server.url, library=":memory:") as memory,
        am.Session(KEY, server.url, library=folder) as disk,
    ):

        def ours(session: am.Session) -> None:
            session.generate("A fox", quality="low")[0].to_pil()

        times = in_turn(lambda: plain(client, server.url), lambda: ours(memory), lambda: ours(disk))
    base = statistics.median(times[0])
    for name, found in zip(names, times, strict=True):
        print(f"  {name:32} {spread(found)}   {statistics.median(found) / base:.2f} x")


def main() -> None:
    print(json.dumps({"python": sys.version.split()[0], "httpx": httpx.__version__, "rounds": ROUNDS}))
    print("\nImport")
    imports()
    print("\nOne picture, submit to PIL, task of zero seconds")
    one_picture()


if __name__ == "__main__":
    main()
