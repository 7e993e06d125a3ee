"""A job's row in a cell of its own, its wire record, and the form as code, in JupyterLab with a real kernel."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.browser.conftest import SCREENSHOTS
from tests.browser.lab import Server
from tests.browser.looker import STICKS_OUT, WIDTHS, let_axe_judge
from tests.browser.panel import PATIENCE, in_sandbox, open_panel

SLOW = "<b>A red fox</b> [slow]"


@pytest.mark.timeout(240)
def test_the_wire_is_looked_at_and_the_form_is_taken_as_code(browser: Browser, jupyter: Server) -> None:
    cells = [in_sandbox(1.5), f"job = session.submit({SLOW!r}, n=2, quality='low')\njob", "session.library"]
    with open_panel(browser, jupyter, "wire", cells, width=1700) as panel:
        row = panel.notebook.run(1).locator(".apw-job")
        expect(row).to_contain_text(SLOW)
        summary = row.locator("summary")
        summary.focus()
        summary.press("Enter")
        record = row.get_by_role("region", name="Wire record")
        expect(record).to_contain_text("Authorization: Bearer $APIMART_API_KEY", timeout=PATIENCE)
        expect(row.get_by_role("progressbar")).to_be_visible()
        _look(row, "job-running")
        # It grows while it is open and the job runs.
        expect(record).to_contain_text("The server's last answer about the task:", timeout=PATIENCE)
        expect(record).to_contain_text(re.compile(r"GET /v1/tasks/task_\w+  ← in [\d.]+ s  processing, \d+ %"))
        expect(row.locator(".apw-tile.apw-loaded img")).to_have_count(2, timeout=PATIENCE)
        expect(row.get_by_role("button", name="Reuse")).to_have_count(0)
        row.get_by_role("button", name="Copy").click()
        expect(row.get_by_role("button", name="Copied")).to_be_visible()
        _look(row, "job-done")
        # The panel beside it shows the same job, folded, and the form as it stands.
        expect(panel.rows.first.locator("summary")).to_have_text("Wire record")
        expect(panel.rows.first.locator(".apw-wire pre")).to_be_hidden()
        panel.write("An owl")
        panel.select("Size", "3:2")
        panel.button("Code").click()
        expect(panel.dialog).to_contain_text("size='3:2'")
        expect(panel.dialog).to_contain_text("'An owl'")
        if SCREENSHOTS:
            panel.page.screenshot(path=f"{SCREENSHOTS}/form-code.png")
        panel.dialog.get_by_role("tab", name="JSON").click()
        expect(panel.dialog).to_contain_text('"prompt": "An owl"')
        panel.page.keyboard.press("Escape")
        expect(panel.button("Code")).to_be_focused()
        expect(panel.notebook.run(2).locator("tbody img")).to_have_count(2)
        if SCREENSHOTS:
            panel.page.screenshot(path=f"{SCREENSHOTS}/wire-notebook.png", full_page=True)


def _look(row: Locator, state: str) -> None:
    """Judge a row at each width, by ruler and by axe-core; keep screenshots."""
    output = row.locator("xpath=ancestor::*[contains(@class, 'apw-panel')]")
    for width in WIDTHS:
        output.evaluate("(root, width) => { root.style.width = `${width}px`; }", width)
        assert output.evaluate(STICKS_OUT) == [], f"{state} at {width}"
        if SCREENSHOTS:
            output.screenshot(path=f"{SCREENSHOTS}/{state}-{width}.png", animations="disabled")
    let_axe_judge(output, state)
