"""What importing costs, and what one picture costs beyond plain httpx."""

from __future__ import annotations

import io
import tempfile
import time
from typing import Any

import httpx
from PIL import Image

import apimart_widgets as am
from apimart_widgets.loop import io_thread
from tests.benchmarks.figures import KEY, Figure, Section, alone, in_turn, milliseconds, ratios
from tests.benchmarks.kept_pictures import KeptPictures
from tests.sandbox_server import SandboxServer

IMPORT_ROUNDS, PICTURE_ROUNDS = 9, 50

_IMPORTS = {
    "import ipywidgets": "import ipywidgets",
    "import apimart_widgets": "import ipywidgets, apimart_widgets",
    "and its Session": "import ipywidgets, apimart_widgets as am; am.Session",
    "and a sandbox session open": (
        'import ipywidgets, apimart_widgets as am; am.Session(mode="sandbox", library=":memory:")'
    ),
}


def imports() -> Section:
    """Milliseconds and modules beyond ``import ipywidgets``, each in a fresh interpreter whose start does not count."""
    taken: dict[str, list[float]] = {name: [] for name in _IMPORTS}
    modules: dict[str, int] = {}
    for _ in range(IMPORT_ROUNDS):
        for name, statement in _IMPORTS.items():
            seconds, modules[name] = _imported(statement)
            taken[name].append(seconds)
    base = "import ipywidgets"
    goals = {"import apimart_widgets": "below 150 ms"}
    figures = []
    for name in list(_IMPORTS)[1:]:
        beyond = [(mine - plain) * 1000 for mine, plain in zip(taken[name], taken[base], strict=True)]
        beside = {base: milliseconds(taken[base])}
        figures.append(
            Figure(what=f"{name}: time beyond", unit="ms", ours=beyond, beside=beside, goal=goals.get(name, ""))
        )
        count = [modules[name] - modules[base]]
        figures.append(Figure(what=f"{name}: modules beyond", unit="", ours=count, beside={base: [modules[base]]}))
    return Section("Import", figures)


def _imported(statement: str) -> tuple[float, int]:
    code = (
        f"import sys, time; began = time.perf_counter(); {statement}\n"
        "import json; print(json.dumps([time.perf_counter() - began, len(sys.modules)]))"
    )
    seconds, modules = alone(code)
    return seconds, modules


_BODY = {"model": "gpt-image-1-official", "prompt": "A fox", "size": "1:1", "n": 1, "quality": "low"}


def _headers() -> dict[str, str]:
    return {"Authorization": f"Bearer {KEY}", "Idempotency-Key": f"plain-{time.perf_counter_ns()}"}


def plain(client: httpx.Client, url: str) -> Image.Image:
    """What a careful person would write without us: submit, ask, fetch, decode."""
    headers = _headers()
    submitted = client.post(f"{url}/v1/images/generations", json=_BODY, headers=headers).raise_for_status().json()
    task_id = submitted["data"][0]["task_id"]
    while True:
        task: dict[str, Any] = (
            client.get(f"{url}/v1/tasks/{task_id}", headers=headers).raise_for_status().json()["data"]
        )
        if task["status"] == "completed":
            break
        time.sleep(0.5)
    return _decoded(client.get(task["result"]["images"][0]["url"][0]).raise_for_status().content)


async def in_background(client: httpx.AsyncClient, url: str) -> bytes:
    """The same calls as they have to be made where other cells are to run meanwhile, and nothing else."""
    headers = _headers()
    submitted = (await client.post(f"{url}/v1/images/generations", json=_BODY, headers=headers)).json()
    task = (await client.get(f"{url}/v1/tasks/{submitted['data'][0]['task_id']}", headers=headers)).json()["data"]
    return (await client.get(task["result"]["images"][0]["url"][0])).content


def _decoded(data: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(data))
    picture.load()
    return picture


def one_picture() -> Section:
    """From submit to a decoded PIL image, a task of zero seconds.

    As the sandbox draws it; and where painting is left out, as large as a model's, and flat.
    """
    servers = {
        "drawn": SandboxServer(flat=False),
        "2 MB, there at once": KeptPictures(flat=False),
        "flat, there at once": KeptPictures(flat=True),
    }
    figures = [figure for kind, server in servers.items() for figure in _one_picture(kind, server)]
    return Section("One picture, task of zero seconds", figures)


def _one_picture(kind: str, server: SandboxServer) -> list[Figure]:
    thread, asynchronous = io_thread(), httpx.AsyncClient(trust_env=False)
    with (
        server,
        httpx.Client(trust_env=False) as client,
        tempfile.TemporaryDirectory() as folder,
        am.Session(KEY, server.url, library=":memory:") as memory,
        am.Session(KEY, server.url, library=folder) as disk,
    ):

        def ours(session: am.Session) -> None:
            session.generate("A fox", quality="low")[0].to_pil()

        peer, bare, in_memory, on_disk = in_turn(
            lambda: plain(client, server.url),
            lambda: _decoded(thread.wait_for(thread.submit(in_background(asynchronous, server.url)))),
            lambda: ours(memory),
            lambda: ours(disk),
            rounds=PICTURE_ROUNDS,
        )
        thread.wait_for(thread.submit(asynchronous.aclose()))
    beside = {"plain httpx": milliseconds(peer)}
    figures = []
    for where, found in {"library in memory": in_memory, "library on disk": on_disk}.items():
        figures.append(Figure(what=f"{kind}, {where}", unit="ms", ours=milliseconds(found), beside=beside))
        times = ratios(found, peer)
        figures.append(Figure(what="  times plain httpx", unit="x", ours=times, goal="at most 1.3 x"))
    what = f"{kind}, asynchronous httpx alone, on our thread, times plain"
    return [*figures, Figure(what=what, unit="x", ours=ratios(bare, peer))]
