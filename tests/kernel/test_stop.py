"""What a cell has shown answers while another cell runs, where the kernel can: a Stop saves what is not yet spent."""

from __future__ import annotations

import pytest

from tests.kernel.front_end import FrontEnd
from tests.kernel.page import Page, root
from tests.kernel.versions import VERSIONS, running
from tests.sandbox_server import SandboxServer

SETUP = """
import time
import apimart_widgets as am
session = am.Session(mode="sandbox", library=":memory:", sandbox_seconds=1, max_concurrency=1)
sweep = session.sweep(["A fox", "A hare", "An owl"], quality=["low", "medium"], name="animals")
"""


@pytest.mark.parametrize("version", VERSIONS)
def test_a_sweep_is_stopped_while_the_cell_runs_that_makes_it(version: str) -> None:
    with SandboxServer() as server, running(version, server) as manager, FrontEnd(manager) as front:
        front.run(SETUP)
        view = front.widgets[root(front.run("sweep"))]
        cell = front.start("sweep.run(max_cost=5)\nprint(len(session.jobs))")
        front.wait(lambda: view.state["progress"]["done"] >= 1)
        front.send(view, kind="stop")
        made = int(front.finish(cell).text)
        assert (made < 6) == front.has_subshells
        front.wait(lambda: view.messages("stopping"))


@pytest.mark.parametrize("version", VERSIONS)
def test_a_grid_brings_its_pictures_while_a_cell_runs(version: str) -> None:
    with SandboxServer() as server, running(version, server) as manager, FrontEnd(manager) as front:
        front.run(f"{SETUP}\nmade = am.Session(mode='sandbox', library=':memory:', sandbox_seconds=0)")
        front.run("sweep = made.sweep(['A fox', 'A hare'], quality=['low', 'medium'])\nsweep.run(max_cost=5)")
        view = front.widgets[root(front.run("sweep.grid('quality', 'prompt')"))]
        ids = list(view.state["table"]["pictures"])
        cell = front.start("print('busy', flush=True)\ntime.sleep(4)")
        front.wait(lambda: front.printed(cell))
        front.send(view, kind="thumbnails", ids=ids, box=320)
        front.wait(view.thumbnails)
        assert front.busy(cell) == front.has_subshells
        front.finish(cell)


def test_a_cell_finds_the_pictures_it_has_waited_for_in_the_panel() -> None:
    with SandboxServer() as server, running(VERSIONS[-1], server) as manager, FrontEnd(manager) as front:
        front.run(f"{SETUP}\npanel = am.ImagePanel(am.Session(mode='sandbox', library=':memory:', sandbox_seconds=0))")
        Page(front, root(front.run("panel"))).settle()
        many = "\n    ".join(
            [
                "for _ in range(8):",
                "panel.request = am.ImageRequest('A fox', n=2)",
                "panel.submit().result()",
                "print(len(panel.results), end=' ')",
            ]
        )
        cell = front.run(many)
        assert cell.text.split() == [str(2 * number) for number in range(1, 9)]
