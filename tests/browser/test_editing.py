"""A picture is edited without leaving the notebook: dropped, painted over, sent, looked at before and after."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.browser.lab import Server
from tests.browser.looker import WINDOW, Looker
from tests.browser.panel import PATIENCE, Panel, on_origin, open_panel
from tests.browser.test_references import Strip, paste, picture, transfer
from tests.sandbox_server import SandboxServer

SIZE = (1024, 1024)

# Where the result differs from the first reference, as a box of pixels; None: nowhere.
DIFFERENCE = """
import io
from PIL import Image, ImageChops
job = session.jobs[0]
first = Image.open(io.BytesIO(session.held(job.request.image_urls[0]).data)).convert("RGB")
mask = Image.open(io.BytesIO(session.held(job.request.mask_url).data)).getchannel("A")
result = job.images[0].to_pil().convert("RGB")
changed = ImageChops.difference(first, result).convert("L").point(lambda value: 255 if value else 0)
closed = ImageChops.multiply(changed, mask.point(lambda alpha: 255 if alpha else 0))
print(first.size == result.size == mask.size, closed.getbbox(), changed.getbbox() is not None, mask.getextrema())
"""


@pytest.fixture(scope="module")
def painter() -> Iterator[SandboxServer]:
    """A server that really paints, for pictures that keep what is closed."""
    with SandboxServer(seconds=0, flat=False) as running:
        yield running


def _editor(panel: Panel) -> Locator:
    return panel.root.locator(".apw-masking .apw-mask")


def _open_editor(panel: Panel, strip: Strip) -> Locator:
    strip.opens.first.click()
    strip.row.get_by_role("button", name="Paint a mask").click()
    editor = _editor(panel)
    stage = editor.get_by_role("application")
    expect(stage).to_be_visible(timeout=PATIENCE)
    expect(stage).to_be_focused()
    expect(stage.locator("img")).to_have_js_property("complete", True, timeout=PATIENCE)
    expect(stage.get_by_text("Fetching")).to_be_hidden()
    return editor


def _stroke(panel: Panel, editor: Locator, *points: tuple[float, float]) -> None:
    """Draw through points, given as shares of the picture's width and height."""
    image = editor.get_by_role("application").locator("img")
    image.scroll_into_view_if_needed()
    box = image.bounding_box()
    assert box is not None
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
    panel.page.mouse.move(*places[0])
    panel.page.mouse.down()
    for place in places[1:]:
        panel.page.mouse.move(*place, steps=6)
    panel.page.mouse.up()


@pytest.mark.timeout(180)
def test_a_picture_is_dropped_painted_over_and_changed_there_alone(
    browser: Browser, jupyter: Server, painter: SandboxServer
) -> None:
    with open_panel(browser, jupyter, "editing", [on_origin(painter.url, "sk-editing"), DIFFERENCE]) as panel:
        strip = Strip(panel)
        strip.root.dispatch_event("drop", {"dataTransfer": transfer(panel, "fox.png", picture("orange", SIZE))})
        strip.names("fox.png")
        paste(panel.prompt, transfer(panel, "castle.png", picture("blue", SIZE)))
        strip.names("fox.png", "castle.png")
        editor = _open_editor(panel, strip)
        _stroke(panel, editor, (0.2, 0.2), (0.8, 0.8))
        _stroke(panel, editor, (0.8, 0.2), (0.2, 0.8))
        panel.page.keyboard.press("Control+z")
        expect(strip.root).to_contain_text(re.compile(r"✎ \d+%"), timeout=PATIENCE)
        # Which mask is shown goes along with a press.
        shown = panel.root.locator(".apw-references")
        expect(shown).to_have_attribute("data-shown", re.compile(r'"mask":"r\d+"'))
        panel.button("Done").click()
        expect(editor).to_be_hidden()
        row = panel.make("A big red hat")
        expect(row).to_contain_text("0 % changed outside the mask")
        found = panel.notebook.run(1)
        # The same size, nothing changed where the mask is closed, something where it is open, and it is both.
        expect(found).to_contain_text("True None True (0, 255)")
        task = painter.ledger()["tasks"][-1]["payload"]
        assert len(task["image_urls"]) == 2
        uploads = painter.ledger()["uploads"]
        assert len(uploads) == len({upload["sha256"] for upload in uploads}) == 3
        row.get_by_role("button", name="More for").click()
        panel.root.get_by_role("menuitem", name="Before and after").click()
        expect(panel.dialog.locator("img")).to_have_count(2)
        for each in panel.dialog.locator("img").all():
            expect(each).to_have_js_property("naturalWidth", SIZE[0], timeout=PATIENCE)
        panel.page.keyboard.press("Escape")


@pytest.mark.timeout(180)
def test_painting_in_the_panel_is_accessible_and_fits(
    browser: Browser, jupyter: Server, painter: SandboxServer
) -> None:
    cells = [on_origin(painter.url, "sk-looks")]
    with open_panel(browser, jupyter, "editing-looks", cells, **WINDOW) as panel:
        panel.prompt.fill("A big red hat")
        strip = Strip(panel)
        paste(panel.prompt, transfer(panel, "photo.png", picture("teal", (768, 512))))
        expect(strip.opens).to_have_count(1, timeout=PATIENCE)
        editor = _open_editor(panel, strip)
        _stroke(panel, editor, (0.3, 0.3), (0.6, 0.4), (0.5, 0.7))
        expect(strip.root).to_contain_text(re.compile(r"✎ \d+%"), timeout=PATIENCE)
        Looker(panel.notebook, panel.root, "panel").look("masking")
