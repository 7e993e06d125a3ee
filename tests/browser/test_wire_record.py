"""A job's row in a cell of its own, its wire record, and the form as code, in JupyterLab with a real kernel."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import keep_screenshot
from tests.browser.lab import Server
from tests.browser.looker import Looker
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
        output = row.locator("xpath=ancestor::*[contains(@class, 'apw-panel')]")
        looker = Looker(panel.notebook, output, "job")
        looker.look("running")
        # It grows while it is open and the job runs.
        expect(record).to_contain_text("The server's last answer about the task:", timeout=PATIENCE)
        expect(record).to_contain_text(re.compile(r"GET /v1/tasks/task_\w+  ← in [\d.]+ s  processing, \d+ %"))
        expect(row.locator(".apw-tile.apw-loaded img")).to_have_count(2, timeout=PATIENCE)
        expect(row.get_by_role("button", name="Reuse")).to_have_count(0)
        row.get_by_role("button", name="Copy").click()
        expect(row.get_by_role("button", name="Copied")).to_be_visible()
        looker.look("done")
        # The panel beside it shows the same job, folded, and the form as it stands.
        expect(panel.rows.first.locator("summary")).to_have_text("Wire record")
        expect(panel.rows.first.locator(".apw-wire pre")).to_be_hidden()
        panel.write("An owl")
        panel.select("Size", "3:2")
        panel.button("Code").click()
        expect(panel.dialog).to_contain_text("size='3:2'")
        expect(panel.dialog).to_contain_text("'An owl'")
        keep_screenshot(panel.page, "form-code")
        panel.dialog.get_by_role("tab", name="JSON").click()
        expect(panel.dialog).to_contain_text('"prompt": "An owl"')
        panel.page.keyboard.press("Escape")
        expect(panel.button("Code")).to_be_focused()
        expect(panel.notebook.run(2).locator("tbody img")).to_have_count(2)
        keep_screenshot(panel.page, "wire-notebook")
