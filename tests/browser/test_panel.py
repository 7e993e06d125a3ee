"""The panel in JupyterLab and Notebook 7, with a real kernel: from a prompt to pictures, and back after a reload."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest
from nbconvert import HTMLExporter
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.lab import FrontEnd, Server, load, open_notebook
from tests.browser.panel import FOX, PATIENCE, Gate, Panel, in_sandbox, on_origin, open_panel
from tests.sandbox_server import SandboxServer

both = pytest.mark.parametrize("front_end", ["lab", "notebook"])


@both
@pytest.mark.timeout(240)
def test_from_a_prompt_to_pictures_and_back(
    browser: Browser, jupyter: Server, tmp_path: Path, front_end: FrontEnd
) -> None:
    name, gate = f"story-{front_end}", Gate(tmp_path)
    with open_panel(browser, jupyter, name, [in_sandbox(4), gate.cell], front_end) as panel:
        panel.page.emulate_media(reduced_motion="no-preference")  # as most people see it
        _ask_for_four(panel)
        _watch_them_come_while_the_kernel_is_busy(panel, gate)
        _look_at_one(panel)
        _compare_two(panel)
        _reuse(panel)
        panel.notebook.save(panel.prompt)
        _reload(panel, jupyter, name, front_end)
        saved = _saved(jupyter, name)
    _reopen(browser, jupyter, name, front_end, saved)


def _ask_for_four(panel: Panel) -> None:
    panel.write(FOX)
    panel.select("Size", "3:2")
    panel.choice("Quality", "low").click()
    panel.choice("Images", "4").click()
    expect(panel.generate).to_have_text("Generate 4 · free")
    panel.generate.click()
    expect(panel.placeholders).to_have_count(4)
    for tile in panel.placeholders.all():
        box = tile.bounding_box()
        assert box is not None
        assert box["width"] / box["height"] == pytest.approx(1.5, abs=0.02)


def _watch_them_come_while_the_kernel_is_busy(panel: Panel, gate: Gate) -> None:
    panel.notebook.run(1, wait=False)
    assert panel.notebook.prompt(1) == "[*]:"
    expect(panel.pictures).to_have_count(4, timeout=PATIENCE)
    assert panel.notebook.prompt(1) == "[*]:"
    gate.open()
    expect(panel.notebook.cells.nth(1).locator(".jp-InputArea-prompt")).to_have_text(re.compile(r"\[\d+\]:"))
    assert [picture.get_attribute("alt") for picture in panel.pictures.all()] == [
        f"Sandbox drawing {number} of 4, low, 1536x1024: {FOX}" for number in (1, 2, 3, 4)
    ]


def _look_at_one(panel: Panel) -> None:
    panel.openers.first.click()
    large = panel.dialog.locator("img")
    expect(panel.dialog).to_have_accessible_name("Picture, large")
    expect(large).to_have_js_property("naturalWidth", 1536, timeout=PATIENCE)
    expect(panel.dialog).to_contain_text("1 of 4")
    for _ in range(2):
        panel.page.keyboard.press("ArrowRight")
    panel.page.keyboard.press("ArrowLeft")
    expect(panel.dialog).to_contain_text("2 of 4")
    expect(large).to_have_attribute("alt", re.compile("^Sandbox drawing 2 of 4"))
    expect(large).to_have_js_property("naturalWidth", 1536, timeout=PATIENCE)
    panel.page.keyboard.press("Escape")
    expect(panel.dialog).to_have_count(0)
    expect(panel.openers.first).to_be_focused()


def _compare_two(panel: Panel) -> None:
    panel.ticks.nth(0).click()
    panel.ticks.nth(2).click()
    expect(panel.tray).to_contain_text("2 selected")
    panel.tray.get_by_role("button", name="Compare").click()
    expect(panel.dialog.locator("img")).to_have_count(2)
    for picture in panel.dialog.locator("img").all():
        expect(picture).to_have_js_property("naturalWidth", 1536, timeout=PATIENCE)
    panel.dialog.get_by_role("button", name="Slider").click()
    slider = panel.dialog.get_by_role("slider")
    slider.focus()
    panel.page.keyboard.press("Home")
    expect(slider).to_have_attribute("aria-valuenow", "0")
    panel.dialog.get_by_role("button", name="Flicker").click()
    expect(panel.dialog.locator(".apw-second")).to_be_attached()
    expect(panel.dialog.locator(".apw-second")).not_to_be_attached()
    panel.page.keyboard.press("Escape")
    expect(panel.dialog).to_have_count(0)


def _reuse(panel: Panel) -> None:
    panel.write("Something else")
    panel.choice("Images", "1").click()
    panel.select("Size", "1:1")
    panel.rows.first.get_by_role("button", name="Reuse").click()
    _has_the_form_of_the_fox(panel)


def _has_the_form_of_the_fox(panel: Panel) -> None:
    expect(panel.prompt).to_have_value(FOX)
    expect(panel.choice("Images", "4")).to_have_attribute("aria-checked", "true")
    expect(panel.choice("Quality", "low")).to_have_attribute("aria-checked", "true")
    expect(panel.generate).to_contain_text("Generate 4")
    size = panel.button_in("combobox", "Size")
    expect(size.locator("option:checked")).to_contain_text("3:2")


def _reload(panel: Panel, jupyter: Server, name: str, front_end: FrontEnd) -> None:
    load(panel.page, jupyter, name, front_end)
    expect(panel.pictures).to_have_count(4, timeout=PATIENCE)
    expect(panel.rows).to_have_count(1)
    assert [tick.is_checked() for tick in panel.ticks.all()] == [True, False, True, False]
    _has_the_form_of_the_fox(panel)
    expect(panel.page.locator(".apw-snapshot")).to_be_hidden()


def _saved(jupyter: Server, name: str) -> Path:
    path = jupyter.notebooks / f"{name}.ipynb"
    (html,) = [
        output.data["text/html"]
        for output in nbformat.read(path, as_version=4).cells[0].outputs
        if "text/html" in output.data
    ]
    assert html.count("data:image/webp") == 4
    assert len(html.encode()) <= 64 * 1024 + 100
    return path


def _reopen(browser: Browser, jupyter: Server, name: str, front_end: FrontEnd, saved: Path) -> None:
    """Under a new kernel, and as a file from elsewhere, which the server has not signed."""
    with open_notebook(browser, jupyter, name, front_end) as notebook:
        _shows_the_copy(notebook.page.locator(".apw-snapshot"), notebook.page)
    stranger = nbformat.read(saved, as_version=4)
    stranger.cells[0].source += "  # from elsewhere"
    nbformat.write(stranger, jupyter.notebooks / f"{name}-stranger.ipynb")
    with open_notebook(browser, jupyter, f"{name}-stranger", front_end) as notebook:
        _shows_the_copy(notebook.cells.first.locator(".jp-OutputArea"), notebook.page)
    html, _ = HTMLExporter().from_notebook_node(nbformat.read(saved, as_version=4))
    exported = saved.with_suffix(".html")
    exported.write_text(html, encoding="utf-8")
    page = browser.new_page()
    page.route(re.compile("^https?:"), lambda route: route.abort())
    page.goto(exported.as_uri())
    _shows_the_copy(page.locator(".apw-snapshot"), page)
    page.close()


def _shows_the_copy(copy: Locator, page: Page) -> None:
    images = copy.locator("img")
    expect(images).to_have_count(4, timeout=PATIENCE)
    for image in images.all():
        expect(image).to_be_visible()
        assert image.evaluate("image => image.naturalWidth") > 100
    expect(copy).to_contain_text(FOX)
    assert page.locator(".apw-panel").count() == 0


@both
def test_five_clicks_in_a_busy_cell_make_one_job(
    browser: Browser, jupyter: Server, tmp_path: Path, front_end: FrontEnd
) -> None:
    gate = Gate(tmp_path)
    with (
        SandboxServer() as server,
        open_panel(
            browser,
            jupyter,
            f"clicks-{front_end}",
            [on_origin(server.url), gate.cell, "print(len(session.jobs), 'jobs')"],
            front_end,
        ) as panel,
    ):
        panel.write(FOX)
        panel.notebook.run(1, wait=False)
        # Two steps down the list, the second of which ipywidgets may hold back until after the press.
        panel.select("Size", "3:2")
        panel.generate.scroll_into_view_if_needed()
        box = panel.generate.bounding_box()
        assert box is not None
        for _ in range(5):
            # By place: Playwright would wait for the button to be enabled again.
            panel.page.mouse.click(box["x"] + 20, box["y"] + 20)
        assert panel.notebook.prompt(1) == "[*]:"
        gate.open()
        expect(panel.pictures).to_have_count(1, timeout=PATIENCE)
        expect(panel.notebook.run(2)).to_contain_text("1 jobs")
        assert [task["payload"]["size"] for task in server.ledger()["tasks"]] == ["3:2"]


KEYS = "1200bddxmya"
FOCUS = {
    "prompt": ".apw-prompt-text",
    "a dropdown": ".apw-field-size select",
    "a choice": ".apw-field-quality button.mod-active",
    "references": ".apw-ref-choose",
    "the address field": ".apw-ref-input",
    "more": ".apw-more",
    "a number": ".apw-field-output-compression input",
    "a dropdown under more": ".apw-field-background select",
    "the key entry": ".apw-header .apw-link",
    "Generate": ".apw-generate",
    "Compare qualities": ".apw-compare-qualities",
    "a picture": ".apw-tile-open",
    "a tick": ".apw-tick",
    "Reuse": ".apw-job-actions .apw-button",
    "the tray": ".apw-tray .apw-button",
}
# What cannot have the focus itself; a click on it must not give the focus to the cell.
BESIDE_CONTROLS = (".apw-where", ".apw-hint", ".apw-job-meta", ".apw-tray strong")


@both
@pytest.mark.timeout(180)
def test_keys_pressed_in_the_panel_stay_in_it(browser: Browser, jupyter: Server, front_end: FrontEnd) -> None:
    cells = [in_sandbox(0), "kept = 1", "kept"]
    with open_panel(browser, jupyter, f"keys-{front_end}", cells, front_end) as panel:
        panel.choice("Images", "2").click()
        panel.make(FOX)
        for place in (0, 1):
            panel.ticks.nth(place).click()
        panel.root.locator(".apw-more").click()
        panel.select("Format", "jpeg")
        expect(panel.root.locator(FOCUS["a number"])).to_be_enabled()
        panel.references.get_by_role("button", name="Link").click()
        before = _cells(panel)
        for selector in FOCUS.values():
            panel.root.locator(selector).first.focus()
            _press_keys(panel, before)
        for selector in BESIDE_CONTROLS:
            panel.root.locator(selector).first.click()
            _press_keys(panel, before)
        _press_keys_in_dialogs(panel, before)
        # The same keys do act on the notebook once the focus is there: what was proven is not their harmlessness.
        panel.notebook.cells.nth(1).locator(".jp-InputArea-prompt").click()
        panel.page.keyboard.press("Escape")
        panel.page.keyboard.press("b")
        expect(panel.notebook.cells).to_have_count(len(before) + 1)


def _press_keys_in_dialogs(panel: Panel, before: list[str]) -> None:
    panel.openers.first.click()
    _press_keys(panel, before)
    panel.dialog.get_by_role("button", name="Close").focus()
    _press_keys(panel, before)
    panel.page.keyboard.press("Escape")
    panel.tray.get_by_role("button", name="Compare").click()
    for mode in ("Side by side", "Slider", "Flicker"):
        panel.dialog.get_by_role("button", name=mode).click()
        _press_keys(panel, before)
    panel.page.keyboard.press("Escape")
    panel.tray.get_by_role("button", name="Python").click()
    expect(panel.dialog).to_contain_text("session.generate(")
    _press_keys(panel, before)
    panel.page.keyboard.press("Escape")
    panel.rows.first.get_by_role("button", name="More for").click()
    _press_keys(panel, before)
    panel.page.keyboard.press("Escape")


def _press_keys(panel: Panel, before: list[str]) -> None:
    focused = panel.page.evaluate("document.activeElement.outerHTML.slice(0, 120)")
    press_keys(panel, KEYS)
    assert _cells(panel) == before, focused


def press_keys(panel: Panel, keys: str) -> None:
    """Press keys that mean something to a notebook; it must not ask anything."""
    focused = panel.page.evaluate("document.activeElement.outerHTML.slice(0, 120)")
    for key in keys:
        panel.page.keyboard.press(key)
    assert panel.page.locator(".jp-Dialog").count() == 0, focused


def _cells(panel: Panel) -> list[str]:
    """Every cell by kind and text, also of those out of sight; the classes tell code from Markdown."""
    found: list[str] = panel.page.locator(".jp-Notebook .jp-Cell").evaluate_all(
        "cells => cells.map(cell => [cell.classList.contains('jp-CodeCell'),"
        " cell.querySelector('.cm-content')?.textContent].join(' '))"
    )
    return found


def test_two_panels_on_one_session_agree(browser: Browser, jupyter: Server) -> None:
    cells = [in_sandbox(0), "am.ImagePanel(session)"]
    with open_panel(browser, jupyter, "two", cells) as first:
        first.notebook.run(1)
        second = Panel(first.notebook, 1)
        expect(second.prompt).to_be_visible()
        first.make(FOX)
        expect(second.pictures).to_have_count(1, timeout=PATIENCE)
        second.make("A hare in the grass")
        expect(first.rows).to_have_count(2)
        expect(first.pictures).to_have_count(2, timeout=PATIENCE)
        assert [row.get_attribute("data-row") for row in first.rows.all()] == [
            row.get_attribute("data-row") for row in second.rows.all()
        ]
        expect(first.prompt).to_have_value(FOX)


def test_the_picture_after_a_deleted_one_takes_its_place_though_that_was_selected(
    browser: Browser, jupyter: Server
) -> None:
    with open_panel(browser, jupyter, "deleted", [in_sandbox(0)]) as panel:
        panel.choice("Images", "4").click()
        panel.make(FOX)
        expect(panel.pictures).to_have_count(4, timeout=PATIENCE)
        for tick in panel.ticks.all()[:2]:
            tick.check()
        expect(panel.tray).to_contain_text("2 selected")
        second = panel.pictures.nth(1).get_attribute("alt")
        panel.openers.first.click()
        panel.dialog.get_by_role("button", name="Delete").click()
        panel.dialog.get_by_role("group").get_by_role("button", name="Delete").click()
        expect(panel.dialog).to_contain_text("1 of 3")
        panel.page.keyboard.press("Escape")
        expect(panel.tray).to_contain_text("1 selected")
        expect(panel.openers.first).to_be_focused()
        assert panel.pictures.first.get_attribute("alt") == second
