"""The panel as a person meets it in a page: found by what it says of itself, driven by mouse and keyboard."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Locator, expect

from tests.browser.lab import FrontEnd, Notebook, Server, open_cells

PATIENCE = 30_000  # milliseconds
FOX = "A red fox resting on a snowy ridge at dusk"


def in_sandbox(seconds: float = 0.5, *, language: str = "en") -> str:
    """The cell that shows a panel whose pictures are drawn in the kernel."""
    return "\n".join(
        [
            "import apimart_widgets as am",
            f'session = am.Session(mode="sandbox", library=":memory:", sandbox_seconds={seconds})',
            f'panel = am.ImagePanel(session, language="{language}")',
            "panel",
        ]
    )


def on_origin(url: str, key: str = "sk-browser") -> str:
    """The cell that shows a panel working for a server of its own."""
    return "\n".join(
        [
            "import apimart_widgets as am",
            f'session = am.Session("{key}", "{url}", library=":memory:")',
            "panel = am.ImagePanel(session)",
            "panel",
        ]
    )


class Gate:
    """A cell that keeps the kernel busy until the test has seen enough."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "open"
        wait = f"while not pathlib.Path({json.dumps(str(self._path))}).exists():"
        self.cell = "\n".join(["import pathlib, time", wait, "    time.sleep(0.05)"])

    def open(self) -> None:
        """Let the cell end."""
        self._path.touch()


class Panel:
    """One live panel of a page."""

    def __init__(self, notebook: Notebook, place: int = 0) -> None:
        self.notebook = notebook
        self.page = notebook.page
        self.root = self.page.locator(".apw-root").nth(place)
        self.prompt = self.root.locator(".apw-prompt-text")
        self.generate = self.root.locator(".apw-generate")
        self.references = self.root.get_by_role("group", name="References", exact=True)
        self.compare_qualities = self.button("Compare qualities")
        self.problems = self.root.get_by_role("group", name="Before this can be sent")
        self.rows = self.root.locator(".apw-results").get_by_role("listitem")
        self.placeholders = self.root.locator(".apw-tile:not(.apw-loaded)")
        self.pictures = self.root.locator(".apw-tile.apw-loaded img")
        self.openers = self.root.locator(".apw-tile-open")
        self.ticks = self.root.locator(".apw-tick")
        self.tray = self.root.get_by_role("region", name="Selected pictures")
        self.dialog = self.page.locator("dialog[open]")

    def button_in(self, role: str, name: str) -> Locator:
        """A control by its role and the beginning of its name."""
        return self.root.get_by_role(role, name=re.compile(f"^{re.escape(name)}"))  # type: ignore[arg-type]

    def button(self, name: str) -> Locator:
        """A button by the beginning of its name."""
        return self.button_in("button", name)

    def choice(self, group: str, name: str) -> Locator:
        """One of the choices that stand in a row."""
        return self.root.get_by_role("radiogroup", name=group).get_by_role("radio", name=name, exact=True)

    def select(self, name: str, value: str) -> None:
        """Choose from a dropdown with the keyboard, by its value's place in the list.

        Each step is a change of its own, and ipywidgets holds one back until the kernel has answered the one before:
        whoever changes another control next waits first until the panel shows this choice elsewhere.
        """
        dropdown = self.button_in("combobox", name)
        expect(dropdown).to_be_visible()
        options = dropdown.locator("option").all_inner_texts()
        (place,) = [place for place, option in enumerate(options) if value in option.split()]
        dropdown.focus()
        self.page.keyboard.press("Home")
        for _ in range(place):
            self.page.keyboard.press("ArrowDown")

    def write(self, prompt: str) -> None:
        """Type a prompt over what is there."""
        self.prompt.click()
        self.page.keyboard.press("Control+a")
        self.page.keyboard.type(prompt)

    def make(self, prompt: str) -> Locator:
        """Generate pictures of a prompt and wait until that row, the newest, has ended; returns the row."""
        before = self.rows.count()
        self.write(prompt)
        self.generate.click()
        expect(self.rows).to_have_count(before + 1, timeout=PATIENCE)
        row = self.rows.first
        expect(row.get_by_role("progressbar")).to_be_hidden(timeout=PATIENCE)
        expect(self.generate).to_have_attribute("aria-disabled", "false", timeout=PATIENCE)
        return row


@contextmanager
def open_panel(
    browser: Browser,
    server: Server,
    name: str,
    cells: list[str],
    front_end: FrontEnd = "lab",
    *,
    width: int = 1280,
    height: int = 1000,
) -> Iterator[Panel]:
    """A notebook of these cells, its first cell run, which shows the panel."""
    with open_cells(browser, server, name, cells, front_end, width=width, height=height) as notebook:
        notebook.run(0)
        panel = Panel(notebook)
        expect(panel.prompt).to_be_visible(timeout=PATIENCE)
        yield panel
