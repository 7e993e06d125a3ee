"""Comparing two pictures in JupyterLab, with a real kernel: in a cell's output, and before and after in the panel."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, FloatRect, Locator, expect

from tests.browser.lab import FrontEnd, Notebook, Server, Theme, load, open_cells
from tests.browser.looker import THEMES, Looker
from tests.browser.panel import PATIENCE, open_panel
from tests.sandbox_server import SandboxServer

TWO_SIZES = """
from PIL import Image
import apimart_widgets as am

large = Image.linear_gradient("L").resize((1200, 800))
small = Image.radial_gradient("L").resize((300, 200))
am.compare(large, small, labels={labels})
"""
FOXES = """
import apimart_widgets as am

session = am.Session({key!r}, {url!r}, library=":memory:")
prompt = "A red fox resting on a snowy ridge at dusk"
low, high = (session.generate(prompt, size="3:2", quality=quality)[0] for quality in ("low", "high"))
am.compare(low, high, language="{language}")
"""
EDITED = """
import apimart_widgets as am
from PIL import Image

session = am.Session(mode="sandbox", library=":memory:", sandbox_seconds=0)
fox = session.generate("A red fox resting on a snowy ridge at dusk", size="3:2")
session.generate("The same fox wearing a blue scarf", references=[fox[0]], size="3:2")
panel = am.ImagePanel(session)
panel
"""


class Comparison:
    """A comparison in a page."""

    def __init__(self, notebook: Notebook) -> None:
        self.notebook = notebook
        self.page = notebook.page
        self.root = self.page.locator(".apw-compared")
        self.stage = self.root.locator(".apw-stage")
        self.pictures = self.root.locator("img")
        self.divider = self.root.get_by_role("slider")

    def wait(self, *widths: int) -> None:
        """Until both pictures are there, with all their pixels."""
        expect(self.pictures).to_have_count(2, timeout=PATIENCE)
        for picture, width in zip(self.pictures.all(), widths, strict=True):
            expect(picture).to_have_js_property("naturalWidth", width, timeout=PATIENCE)
        expect(self.root.locator(".apw-chip")).to_be_hidden()

    def button(self, name: str) -> Locator:
        return self.root.get_by_role("button", name=name, exact=True)

    def boxes(self) -> list[FloatRect]:
        """Where the pictures lie, each from the corner of its frame."""
        found: list[FloatRect] = self.pictures.evaluate_all(
            """pictures => pictures.map((picture) => {
              const [box, frame] = [picture, picture.closest(".apw-frame")].map((each) => each.getBoundingClientRect());
              const [x, y] = [box.left - frame.left, box.top - frame.top];
              return Object.fromEntries(Object.entries({x, y, width: box.width, height: box.height})
                .map(([name, value]) => [name, Math.round(value)]));
            })"""
        )
        return found

    def keys(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)


@contextmanager
def open_comparison(
    browser: Browser, server: Server, name: str, cell: str, front_end: FrontEnd = "lab"
) -> Iterator[Comparison]:
    """A notebook whose first cell shows a comparison."""
    with open_cells(browser, server, name, [cell.strip(), "1 + 1"], front_end, width=1700, height=1500) as notebook:
        notebook.page.emulate_media(reduced_motion="no-preference")  # pictures flicker
        notebook.run(0)
        yield Comparison(notebook)


@pytest.mark.timeout(240)
@pytest.mark.parametrize("front_end", ["lab", "notebook"])
def test_two_pictures_three_modes_one_zoom(browser: Browser, jupyter: Server, front_end: FrontEnd) -> None:
    cell = TWO_SIZES.format(labels=["before", "after"])
    with open_comparison(browser, jupyter, f"compare-{front_end}", cell, front_end) as comparison:
        comparison.wait(1200, 300)
        expect(comparison.root.locator(".apw-tag")).to_have_text(["before", "after"])
        one, two = comparison.boxes()
        assert one == two  # the small picture is scaled to the same frame
        _zoom_and_move(comparison)
        _slide(comparison)
        _flicker(comparison)
        comparison.button("Swap").click()
        expect(comparison.root.locator(".apw-tag")).to_have_text(["after", "before"])
        _scrolls_on(comparison)


def _zoom_and_move(comparison: Comparison) -> None:
    fitting = comparison.boxes()[0]
    comparison.stage.focus()
    comparison.keys("+", "+", "ArrowLeft", "ArrowUp")
    one, two = comparison.boxes()
    assert one == two
    assert one["width"] > 1.4 * fitting["width"]
    assert one["x"] > -(one["width"] - fitting["width"]) / 2
    comparison.keys("1")
    expect(comparison.root.locator(".apw-percent")).to_have_text("100 %")
    comparison.stage.hover(position={"x": 60, "y": 60})
    comparison.page.mouse.down()
    comparison.page.mouse.move(*_moved(comparison, 100, 90), steps=3)
    comparison.page.mouse.up()
    one, two = comparison.boxes()
    assert one == two


def _moved(comparison: Comparison, x: float, y: float) -> tuple[float, float]:
    box = comparison.stage.bounding_box()
    assert box is not None
    return box["x"] + x, box["y"] + y


def _slide(comparison: Comparison) -> None:
    comparison.button("Slider").click()
    expect(comparison.button("Slider")).to_have_attribute("aria-pressed", "true")
    expect(comparison.root.locator(".apw-percent")).not_to_have_text("")
    one, two = comparison.boxes()
    assert one == two
    comparison.divider.focus()
    comparison.keys("Home", "ArrowRight", "Shift+ArrowRight")
    expect(comparison.divider).to_have_attribute("aria-valuenow", "12")
    clip = comparison.root.locator(".apw-layer").nth(1)
    expect(clip).to_have_css("clip-path", "inset(0px 0px 0px 12%)")


def _flicker(comparison: Comparison) -> None:
    comparison.button("Flicker").click()
    second = comparison.root.locator(".apw-second")
    expect(second).to_be_attached()
    expect(second).not_to_be_attached()
    comparison.stage.focus()
    comparison.page.keyboard.down(" ")
    expect(second).to_be_attached()
    comparison.page.keyboard.up(" ")
    expect(second).not_to_be_attached()
    comparison.page.wait_for_timeout(700)
    expect(second).not_to_be_attached()  # whoever holds the key looks by hand
    comparison.button("Play").click()
    expect(second).to_be_attached()
    comparison.button("Pause").click()
    comparison.button("Side by side").click()


def _scrolls_on(comparison: Comparison) -> None:
    """The wheel is the page's, except with Ctrl."""
    percent = comparison.root.locator(".apw-percent")
    comparison.button("Fit").click()
    before = percent.inner_text()
    comparison.stage.hover()
    comparison.page.mouse.wheel(0, -200)
    expect(percent).to_have_text(before)
    comparison.page.keyboard.down("Control")
    comparison.page.mouse.wheel(0, -200)
    comparison.page.keyboard.up("Control")
    expect(percent).not_to_have_text(before)


@pytest.mark.timeout(240)
def test_keys_stay_in_it_and_a_reload_brings_it_back(browser: Browser, jupyter: Server) -> None:
    with open_comparison(browser, jupyter, "compare-reload", TWO_SIZES.format(labels=None)) as comparison:
        comparison.wait(1200, 300)
        expect(comparison.root.locator(".apw-tag")).to_have_text(
            [re.compile("A .*1200×800"), re.compile("B .*300×200")]
        )
        cells = comparison.notebook.cells.count()
        comparison.button("Side by side").focus()
        reached = []
        for _ in range(9):
            reached.append(
                comparison.page.evaluate("document.activeElement.textContent || document.activeElement.ariaLabel")
            )
            comparison.keys(*"00ddabx1+-")
            comparison.keys("Tab")
        assert {"Side by side", "Slider", "Flicker", "−", "+", "Fit", "1:1", "Swap"} <= set(reached)
        assert comparison.notebook.cells.count() == cells
        assert comparison.page.locator(".jp-Dialog").count() == 0
        comparison.notebook.save()
        load(comparison.page, jupyter, "compare-reload", "lab")
        comparison.wait(1200, 300)
        comparison.button("Slider").click()
        comparison.wait(1200, 300)


@pytest.mark.timeout(240)
def test_a_result_is_compared_with_the_picture_it_was_made_from(browser: Browser, jupyter: Server) -> None:
    with open_panel(browser, jupyter, "compare-before", [EDITED.strip()], width=1700) as panel:
        edited, fox = panel.rows.nth(0), panel.rows.nth(1)
        for row, offered in ((edited, 1), (fox, 0)):
            row.get_by_role("button", name="More for").click()
            expect(panel.root.get_by_role("menuitem", name="Details")).to_be_visible()
            expect(panel.root.get_by_role("menuitem", name="Before and after")).to_have_count(offered)
            panel.page.keyboard.press("Escape")
        edited.get_by_role("button", name="More for").click()
        panel.root.get_by_role("menuitem", name="Before and after").click()
        _is_before_and_after(panel.dialog)
        Looker(panel.notebook, panel.root, "panel", themes=["light"]).look("before")
        panel.page.keyboard.press("Escape")
        expect(panel.dialog).to_have_count(0)
        edited.locator(".apw-tile button").first.click()
        panel.dialog.get_by_role("button", name="Before and after").click()
        _is_before_and_after(panel.dialog.last)
        panel.page.keyboard.press("Escape")
        expect(panel.dialog).to_have_count(1)


def _is_before_and_after(dialog: Locator) -> None:
    expect(dialog.get_by_role("heading", name="Before and after", include_hidden=True)).to_be_attached()
    expect(dialog.locator(".apw-tag")).to_have_text(["Before", "After"])
    for picture in dialog.locator("img").all():
        expect(picture).to_have_js_property("naturalWidth", 1536, timeout=PATIENCE)
    sources = dialog.locator("img").evaluate_all("pictures => pictures.map((picture) => picture.src)")
    assert len(set(sources)) == 2
    dialog.get_by_role("button", name="Slider").click()
    expect(dialog.get_by_role("slider")).to_be_visible()


# ---- how it looks


@pytest.mark.timeout(240)
@pytest.mark.parametrize(("language", "themes"), [("en", THEMES), ("zh", ["light"])])
def test_it_is_accessible_and_fits(
    browser: Browser, jupyter: Server, origin: SandboxServer, language: str, themes: Sequence[Theme]
) -> None:
    cell = FOXES.format(key=f"sk-{language}", url=origin.url, language=language)
    with open_comparison(browser, jupyter, f"compare-looks-{language}", cell) as comparison:
        comparison.wait(1536, 1536)
        looker = Looker(comparison.notebook, comparison.root, f"comparison-{language}", themes=themes)
        for place, mode in enumerate(["side", "slider", "flicker"]):
            comparison.root.locator(".apw-segments button").nth(place).click()
            looker.look(mode)
        comparison.root.locator(".apw-segments button").first.click()
        comparison.stage.focus()
        comparison.keys("+", "+", "+", "+", "ArrowUp")
        looker.look("zoomed")
