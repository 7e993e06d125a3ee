"""A grid of pictures in JupyterLab, with a real kernel: keys, one zoom for all, pages, large, and while it fills."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.browser.lab import Notebook, Server, Theme, load, open_cells, open_notebook
from tests.browser.looker import ANY, THEMES, WIDTHS_FROM_400, Looker
from tests.browser.panel import PATIENCE
from tests.sandbox_server import SandboxServer

PICTURES = """
import apimart_widgets as am
from apimart_widgets.grid import Grid

session = am.Session({key!r}, {url!r}, library=":memory:")
lighthouse = "A lighthouse at dawn, seen from a small boat on a rough sea, with gulls"
prompts = ["A red fox in snow", lighthouse, "一座星空下的古堡"]
pictures = am.ImageSet()
for quality in ("low", "medium"):
    for prompt in prompts[:2]:
        pictures = pictures + session.generate(prompt, quality=quality, size="3:2", n=2)
"""
GRID = """
grid = Grid(
    pictures, "quality", "prompt", rows=["low", "medium", "high"], cols=prompts, language="{language}",
    missing={{("high", prompts[0]): "refused by the safety filter"}},
    caption=lambda image: "14 s · $0.013",
)
grid
"""
MORE = """
high = session.generate(prompts[1], quality="high", size="3:2", n=2)
grid.update(pictures + high)
"""


class Matrix:
    """A grid in a page."""

    def __init__(self, notebook: Notebook) -> None:
        self.notebook = notebook
        self.page = notebook.page
        self.root = self.page.locator(".apw-matrix")
        self.cells = self.root.get_by_role("gridcell")
        self.pictures = self.root.locator("img[src]")
        self.percent = self.root.locator(".apw-matrix-percent")
        self.dialog = self.page.locator("dialog.apw-dialog")

    def wait(self, pictures: int) -> None:
        """Until so many pictures are there, with their pixels."""
        expect(self.pictures).to_have_count(pictures, timeout=PATIENCE)
        self.page.wait_for_function(
            "() => [...document.querySelectorAll('.apw-matrix img[src]')].every((picture) => picture.naturalWidth > 0)"
        )

    def button(self, name: str) -> Locator:
        return self.root.get_by_role("button", name=name, exact=True)

    def places(self) -> set[str]:
        """Where the pictures lie within their cells: one value where all lie alike."""
        return set(
            self.pictures.evaluate_all(
                """pictures => pictures.map((picture) => {
                  const [box, frame] = [picture, picture.parentElement].map((each) => each.getBoundingClientRect());
                  const shares = [(box.left - frame.left) / frame.width, (box.top - frame.top) / frame.height,
                    box.width / frame.width, box.height / frame.height];
                  return shares.map((share) => share.toFixed(2)).join(" ");
                })"""
            )
        )

    def keys(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)


@contextmanager
def open_grid(
    browser: Browser, server: Server, origin: SandboxServer, name: str, language: str = "en"
) -> Iterator[Matrix]:
    """A notebook whose second cell shows a grid; the third fills it."""
    cells = [
        PICTURES.format(key=f"sk-{name}", url=origin.url).strip(),
        GRID.format(language=language).strip(),
        MORE.strip(),
    ]
    with open_cells(browser, server, name, cells, width=1700, height=1500) as notebook:
        notebook.run(0)
        notebook.run(1)
        matrix = Matrix(notebook)
        matrix.wait(4)
        yield matrix


@pytest.mark.timeout(240)
def test_it_is_a_table_that_the_keyboard_walks_through(
    browser: Browser, jupyter: Server, origin: SandboxServer
) -> None:
    with open_grid(browser, jupyter, origin, "grid-keys") as matrix:
        expect(matrix.root.get_by_role("grid")).to_have_accessible_name("Pictures by quality and prompt")
        expect(matrix.root.get_by_role("rowheader")).to_have_text(["low", "medium", "high"])
        expect(matrix.cells).to_have_count(9)
        expect(matrix.cells.nth(0)).to_have_accessible_name(re.compile("low, A red fox in snow: .*Image 1 of 2.*14 s"))
        expect(matrix.cells.nth(6)).to_have_text("refused by the safety filter")
        expect(matrix.cells.nth(8)).to_have_text("none yet")
        assert matrix.root.locator("[role=gridcell][tabindex='0']").count() == 1
        cells = matrix.notebook.cells.count()
        matrix.cells.nth(0).focus()
        matrix.keys("ArrowRight", "ArrowDown")
        expect(matrix.cells.nth(4)).to_be_focused()
        matrix.keys("ArrowUp", "ArrowUp")  # nothing above the first row
        expect(matrix.cells.nth(1)).to_be_focused()
        matrix.keys("Control+End")
        expect(matrix.cells.nth(8)).to_be_focused()
        matrix.keys("Home", *"00ddabx")
        expect(matrix.cells.nth(6)).to_be_focused()
        assert matrix.notebook.cells.count() == cells
        assert matrix.page.locator(".jp-Dialog").count() == 0
        matrix.keys("Tab")
        expect(matrix.button("Zoom out")).to_be_focused()


@pytest.mark.timeout(240)
def test_one_zoom_for_all(browser: Browser, jupyter: Server, origin: SandboxServer) -> None:
    with open_grid(browser, jupyter, origin, "grid-zoom") as matrix:
        assert matrix.places() == {"0.00 0.00 1.00 1.00"}
        matrix.cells.nth(1).focus()
        matrix.keys("+", "+", "+")
        expect(matrix.percent).to_have_text("195 %")
        assert len(matrix.places()) == 1
        before = matrix.places()
        box = matrix.cells.nth(0).bounding_box()
        assert box is not None
        matrix.page.mouse.move(box["x"] + 60, box["y"] + 60)
        matrix.page.mouse.down()
        matrix.page.mouse.move(box["x"] + 100, box["y"] + 80, steps=4)
        matrix.page.mouse.up()
        assert len(matrix.places()) == 1
        assert matrix.places() != before
        expect(matrix.dialog).to_have_count(0)  # dragging opens nothing
        matrix.page.mouse.wheel(0, -100)
        expect(matrix.percent).to_have_text("195 %")  # the wheel alone scrolls
        matrix.page.keyboard.down("Control")
        matrix.page.mouse.wheel(0, -100)
        matrix.page.keyboard.up("Control")
        expect(matrix.percent).to_have_text("322 %")
        matrix.page.wait_for_function(
            "() => [...document.querySelectorAll('.apw-matrix img[src]')].every((one) => one.naturalWidth === 1536)",
            timeout=PATIENCE,
        )  # what a thumbnail could not show
        matrix.keys("0")
        expect(matrix.percent).to_have_text("100 %")
        assert matrix.places() == {"0.00 0.00 1.00 1.00"}


@pytest.mark.timeout(240)
def test_pages_and_the_large_view(browser: Browser, jupyter: Server, origin: SandboxServer) -> None:
    with open_grid(browser, jupyter, origin, "grid-pages") as matrix:
        first = matrix.root.locator("img").first.get_attribute("src")
        expect(matrix.root.locator(".apw-matrix-page")).to_have_text("1 of 2 in each cell")
        matrix.cells.nth(0).focus()
        matrix.keys("PageDown", "PageDown")
        expect(matrix.root.locator(".apw-matrix-page")).to_have_text("2 of 2 in each cell")
        expect(matrix.cells.nth(0)).to_have_accessible_name(re.compile("Image 2 of 2"))
        expect(matrix.root.locator("img").first).not_to_have_attribute("src", first or "")
        expect(matrix.root.locator("img").first).to_have_attribute("src", re.compile("blob:"))
        expect(matrix.button("Next picture of each cell")).to_have_attribute("aria-disabled", "true")
        matrix.keys("Enter")
        expect(matrix.dialog).to_be_visible()
        expect(matrix.dialog.locator("img")).to_have_js_property("naturalWidth", 1536, timeout=PATIENCE)
        expect(matrix.dialog.locator(".apw-place")).to_have_text("2 of 8")
        expect(matrix.dialog.get_by_role("radio")).to_have_count(0)  # here nothing is rated
        expect(matrix.dialog.get_by_role("button", name="Delete")).to_have_count(0)
        matrix.keys("ArrowRight")
        expect(matrix.dialog.locator(".apw-place")).to_have_text("3 of 8")
        matrix.dialog.get_by_role("button", name="Python").click()
        expect(matrix.dialog.last).to_contain_text("A lighthouse at dawn")
        matrix.keys("Escape", "Escape")
        expect(matrix.dialog).to_have_count(0)
        expect(matrix.cells.nth(0)).to_be_focused()
        matrix.cells.nth(4).click()
        expect(matrix.dialog).to_be_visible()
        matrix.keys("Escape")


@pytest.mark.timeout(240)
def test_filling_it_keeps_zoom_page_and_focus(browser: Browser, jupyter: Server, origin: SandboxServer) -> None:
    with open_grid(browser, jupyter, origin, "grid-fills") as matrix:
        matrix.button("Next picture of each cell").click()
        matrix.cells.nth(4).focus()
        matrix.keys("+", "+")
        matrix.notebook.run(2, wait=True)
        matrix.wait(5)
        expect(matrix.cells.nth(7)).to_have_accessible_name(re.compile("high, A lighthouse.*Image 2 of 2"))
        expect(matrix.root.locator(".apw-matrix-page")).to_have_text("2 of 2 in each cell")
        expect(matrix.percent).to_have_text("156 %")
        expect(matrix.root.locator("[role=gridcell][tabindex='0']")).to_have_accessible_name(
            re.compile("^medium, A light")
        )


@pytest.mark.timeout(240)
def test_the_focus_stays_where_it_is_when_pictures_come(
    browser: Browser, jupyter: Server, origin: SandboxServer
) -> None:
    with open_grid(browser, jupyter, origin, "grid-focus") as matrix:
        # Run later, so that the focus can be in the grid by then.
        later = "import threading; threading.Timer(3, lambda: grid.update(pictures[:4], missing={})).start()"
        matrix.notebook.cells.nth(2).locator(".cm-content").first.click()
        matrix.keys("Control+a")
        matrix.page.keyboard.insert_text(later)
        matrix.notebook.run(2)
        matrix.cells.nth(1).focus()
        matrix.wait(2)
        expect(matrix.cells.nth(6)).to_have_text("none yet")
        expect(matrix.cells.nth(1)).to_be_focused()


@pytest.mark.timeout(240)
def test_a_saved_notebook_keeps_a_plain_table(browser: Browser, jupyter: Server, origin: SandboxServer) -> None:
    with open_grid(browser, jupyter, origin, "grid-saved") as matrix:
        expect(matrix.page.locator(".apw-snapshot")).to_be_hidden()
        matrix.notebook.save()
        # The kernel lives: the widget is there again, with its pictures.
        load(matrix.page, jupyter, "grid-saved", "lab")
        matrix.wait(4)
    with open_notebook(browser, jupyter, "grid-saved") as notebook:
        copy = notebook.page.locator(".apw-snapshot")
        expect(copy.get_by_role("rowheader").first).to_have_text("low", timeout=PATIENCE)
        expect(copy.locator("img")).to_have_count(4)
        expect(copy.locator("img").first).to_be_visible()


# ---- how it looks


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("language", "themes"), [("en", THEMES), ("zh", ["light"])])
def test_it_is_accessible_and_fits(
    browser: Browser, jupyter: Server, origin: SandboxServer, language: str, themes: Sequence[Theme]
) -> None:
    with open_grid(browser, jupyter, origin, f"grid-looks-{language}", language) as matrix:
        looker = Looker(
            matrix.notebook,
            matrix.root,
            f"grid-{language}",
            widths=WIDTHS_FROM_400,
            themes=themes,
            impacts=ANY,
            at_each_width=partial(_nothing_is_cut_off_and_all_frames_are_alike, matrix),
        )
        looker.look("fitting")
        matrix.cells.nth(1).focus()
        matrix.keys("+", "+", "+")
        looker.look("zoomed")
        matrix.cells.nth(1).focus()
        matrix.keys("Enter")
        expect(matrix.dialog.locator("img")).to_have_js_property("naturalWidth", 1536, timeout=PATIENCE)
        looker.look("large")


def _nothing_is_cut_off_and_all_frames_are_alike(matrix: Matrix) -> None:
    card = matrix.root.locator(".apw-matrix-card")
    assert card.evaluate("card => card.scrollWidth <= card.clientWidth")
    shapes = matrix.root.locator(".apw-matrix-frame").evaluate_all(
        "frames => frames.map(({clientWidth, clientHeight}) => `${clientWidth} ${clientHeight}`)"
    )
    assert len(set(shapes)) == 1, set(shapes)
