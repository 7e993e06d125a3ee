"""A sweep in JupyterLab, with a real kernel: its plan, its run during a busy cell, a stop, and what went wrong."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.browser.lab import Notebook, Server, open_cells
from tests.browser.looker import Looker
from tests.browser.panel import PATIENCE, Gate

PLAN = """
import time
import apimart_widgets as am

session = am.Session(mode="sandbox", library=":memory:", sandbox_seconds=1)
sweep = session.sweep(
    ["A red fox in snow", "A lighthouse at dawn", {third!r}],
    quality=["low", "medium"], background=["auto", "transparent"], output_format=["png", "jpeg"], name="study-1",
)
sweep
"""


@contextmanager
def open_sweep(
    browser: Browser, server: Server, name: str, *, third: str = "一座星空下的古堡", busy: str = ""
) -> Iterator[tuple[Notebook, Locator]]:
    """A notebook whose first cell shows a sweep of 18 requests."""
    plan = PLAN.format(third=third).strip()
    cells = [plan, busy, "print(sweep.progress)", "sweep.run(max_cost=5)"]
    with open_cells(browser, server, name, cells, width=1700, height=1500) as notebook:
        notebook.run(0)
        yield notebook, notebook.page.locator(".apw-sweep")


@pytest.mark.timeout(240)
def test_a_press_runs_it_while_a_cell_is_busy(browser: Browser, jupyter: Server, tmp_path: Path) -> None:
    gate = Gate(tmp_path)
    with open_sweep(browser, jupyter, "sweep", busy=gate.cell) as (notebook, sweep):
        run = sweep.get_by_role("button", name="Run 18, about $0.48")
        expect(run).to_be_visible(timeout=PATIENCE)
        expect(sweep).to_contain_text("quality (2)")
        expect(sweep).to_contain_text(
            "6 with background transparent, output_format jpeg: A JPEG cannot be transparent."
        )
        expect(sweep).to_contain_text("Sandbox drawings: no evidence about any model")
        notebook.run(1, wait=False)
        for _ in range(5):
            sweep.locator(".apw-primary").dispatch_event("click")
        bar = sweep.get_by_role("progressbar")
        expect(bar).to_have_attribute("aria-valuenow", "18", timeout=PATIENCE)
        expect(sweep).to_contain_text("18 of 18 images")
        expect(sweep).to_contain_text("all made")
        expect(sweep.get_by_role("status")).to_have_text("all made")
        expect(sweep.get_by_role("button")).to_have_count(0)
        # All of it came while the cell was still busy.
        gate.open()
        assert "18 of 18 requests made" in notebook.run(2).inner_text()


@pytest.mark.timeout(240)
def test_a_stop_and_another_press(browser: Browser, jupyter: Server) -> None:
    with open_sweep(browser, jupyter, "sweep-stop", third="[fail] A castle") as (_, sweep):
        sweep.get_by_role("button", name="Run 18").click()
        expect(sweep.get_by_role("progressbar")).not_to_have_attribute("aria-valuenow", "0", timeout=PATIENCE)
        stop = sweep.get_by_role("button", name="Stop")
        # The focus went from the button that is gone to the one in its place.
        expect(stop).to_be_focused()
        stop.press("Enter")
        again = sweep.get_by_role("button", name="Run ")
        expect(again).to_be_visible(timeout=PATIENCE)
        expect(again).to_be_focused()
        again.press("Enter")
        expect(sweep).to_contain_text("6 failed", timeout=PATIENCE)
        expect(sweep.get_by_role("button", name="Run 6")).to_be_visible(timeout=PATIENCE)
        expect(sweep).to_contain_text("Run again to ask for these alone.")
        expect(sweep.get_by_role("listitem").filter(has_text="prompt [fail] A castle")).to_have_count(1)


@pytest.mark.timeout(240)
def test_it_can_be_read_by_everyone(browser: Browser, jupyter: Server) -> None:
    with open_sweep(browser, jupyter, "sweep-looks", third="[fail] A castle") as (notebook, sweep):
        expect(sweep.get_by_role("button", name="Run 18")).to_be_visible(timeout=PATIENCE)
        Looker(notebook, sweep.first, "sweep").look("plan")
        notebook.run(3)
        expect(sweep.last).to_contain_text("6 failed", timeout=PATIENCE)
        Looker(notebook, sweep.last, "sweep").look("done")
