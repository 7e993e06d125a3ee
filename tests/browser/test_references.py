"""The strip of references in JupyterLab: files by button, drop and paste, addresses, order, and what is sent of it."""

from __future__ import annotations

import base64
import io
import random
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, expect

from tests.browser.lab import Server, load
from tests.browser.looker import WINDOW, Looker
from tests.browser.panel import FOX, PATIENCE, Gate, Panel, in_sandbox, on_origin, open_panel
from tests.browser.test_panel import press_keys
from tests.sandbox_server import SandboxServer

UPLOADED = "Uploaded to APIMart; anyone with the link can open it for 72 hours."
LINK = "https://a.example/pictures/my%20fox.png"


def picture(colour: str, size: tuple[int, int] = (640, 480), kind: str = "PNG") -> bytes:
    file = io.BytesIO()
    image = Image.new("RGB", size, colour)
    image.paste("white", (size[0] // 8, size[1] // 8, size[0] // 3, size[1] // 3))
    image.save(file, kind)
    return file.getvalue()


def noise(megabytes: float) -> bytes:
    """A PNG that cannot be made smaller."""
    side = int((megabytes * 1024 * 1024 / 3) ** 0.5)
    file = io.BytesIO()
    image = Image.frombytes("RGB", (side, side), random.Random(1).randbytes(side * side * 3))
    image.save(file, "PNG", compress_level=0)
    return file.getvalue()


def moving() -> bytes:
    """A GIF of two frames."""
    first, second = (Image.new("RGB", (40, 30), colour) for colour in ("red", "blue"))
    file = io.BytesIO()
    first.save(file, "GIF", save_all=True, append_images=[second])
    return file.getvalue()


class Strip:
    """The references of a panel."""

    disk: Path  # of the person at the page

    def __init__(self, panel: Panel) -> None:
        self.panel = panel
        self.page = panel.page
        self.root = panel.references
        self.tiles = panel.references.locator(".apw-ref")
        self.opens = panel.references.locator(".apw-ref-open")
        self.coming = panel.references.get_by_role("progressbar")
        self.zone = panel.references.get_by_role("button", name="Drop, paste or choose pictures")
        self.field = panel.references.get_by_role("textbox", name="Address of a picture")
        self.row = panel.references.locator(".apw-ref-row")
        self.said = panel.references.locator(".apw-ref-said li")

    def choose(self, files: dict[str, bytes]) -> None:
        """Choose files of these names in the dialog that the field opens."""
        folder = Path(tempfile.mkdtemp(dir=Strip.disk))
        for name, data in files.items():
            (folder / name).write_bytes(data)
        with self.page.expect_file_chooser() as chooser:
            self.zone.click()
        assert chooser.value.is_multiple()
        chooser.value.set_files([folder / name for name in files])

    def names(self, *names: str) -> None:
        """Wait until the strip shows these, in order."""
        labels = [
            re.compile(rf"^Reference {place} of {len(names)}: {re.escape(name)}") for place, name in enumerate(names, 1)
        ]
        expect(self.opens).to_have_count(len(names), timeout=PATIENCE)
        for each, label in zip(self.opens.all(), labels, strict=True):
            expect(each).to_have_attribute("aria-label", label, timeout=PATIENCE)

    def act(self, place: int, name: str) -> None:
        """Open a tile's row and press what it offers."""
        self.opens.nth(place).click()
        self.row.get_by_role("button", name=name, exact=True).click()


def transfer(panel: Panel, name: str, data: bytes, kind: str = "image/png") -> Any:
    """A DataTransfer of the page that holds one file."""
    return panel.page.evaluate_handle(
        """([name, kind, text]) => {
          const data = new DataTransfer();
          data.items.add(new File([Uint8Array.from(atob(text), (each) => each.charCodeAt(0))], name, { type: kind }));
          return data;
        }""",
        [name, kind, base64.b64encode(data).decode()],
    )


def paste(target: Locator, data: Any) -> None:
    target.evaluate(
        "(target, data) => target.dispatchEvent(new ClipboardEvent('paste',"
        " { clipboardData: data, bubbles: true, cancelable: true }))",
        data,
    )


@pytest.fixture(scope="module", autouse=True)
def disk(tmp_path_factory: pytest.TempPathFactory) -> None:
    Strip.disk = tmp_path_factory.mktemp("disk")


@pytest.fixture(scope="module")
def server() -> Iterator[SandboxServer]:
    with SandboxServer(seconds=0) as opened:
        yield opened


@pytest.mark.timeout(240)
def test_from_files_drops_pastes_and_addresses_to_a_request(
    browser: Browser, jupyter: Server, server: SandboxServer
) -> None:
    cells = [on_origin(server.url, "sk-strip"), "print(panel.request.image_urls)"]
    foreign: list[str] = []
    with open_panel(browser, jupyter, "strip", cells) as panel:
        panel.page.on("request", lambda request: foreign.append(request.url) if "example" in request.url else None)
        strip = Strip(panel)
        expect(panel.references).to_contain_text("References(up to 15)")
        expect(strip.root).not_to_contain_text("APIMart")
        strip.choose({"red.png": picture("red"), "green.jpg": picture("green", kind="JPEG")})
        strip.names("red.png", "green.jpg")
        expect(strip.tiles.nth(1).locator("img")).to_have_js_property("naturalWidth", 192)
        expect(strip.root).to_contain_text(UPLOADED)
        _drop(strip)
        strip.names("red.png", "green.jpg", "blue.png")
        paste(panel.prompt, transfer(panel, "image.png", picture("orange")))
        strip.names("red.png", "green.jpg", "blue.png", "image.png")
        _type_addresses(strip)
        strip.act(2, "Make first")
        strip.names("blue.png", "red.png", "green.jpg", "image.png", "my fox.png", "2.png")
        strip.root.get_by_role("button", name="Remove image.png").click()
        strip.names("blue.png", "red.png", "green.jpg", "my fox.png", "2.png")
        # Twice the same picture is the same reference.
        strip.choose({"red again.png": picture("red")})
        expect(strip.said).to_contain_text("red again.png is among the references already.")
        strip.said.get_by_role("button", name="Dismiss").click()
        expect(strip.said).to_have_count(0)
        panel.make(FOX)
        _was_sent(server)
        panel.notebook.save(panel.prompt)
        load(panel.page, jupyter, "strip", "lab")
        strip.names("blue.png", "red.png", "green.jpg", "my fox.png", "2.png")
        expect(strip.tiles.first.locator("img")).to_have_js_property("naturalWidth", 192, timeout=PATIENCE)
    assert foreign == []


def _drop(strip: Strip) -> None:
    data = transfer(strip.panel, "blue.png", picture("blue"))
    # Anywhere on the panel: beside the strip the browser would leave the notebook and show the picture.
    strip.panel.prompt.dispatch_event("dragover", {"dataTransfer": data})
    expect(strip.root.get_by_role("button", name="Drop to add")).to_be_visible()
    strip.panel.prompt.dispatch_event("dragleave", {"dataTransfer": data})
    expect(strip.zone).to_be_visible()
    strip.root.dispatch_event("dragover", {"dataTransfer": data})
    strip.root.dispatch_event("drop", {"dataTransfer": data})
    expect(strip.zone).to_be_visible()


def _type_addresses(strip: Strip) -> None:
    strip.root.get_by_role("button", name="Link").click()
    expect(strip.field).to_be_focused()
    strip.page.keyboard.type(f"{LINK} file:///home/me/fox.png https://b.example/2.png")
    strip.page.keyboard.press("Enter")
    strip.names("red.png", "green.jpg", "blue.png", "image.png", "my fox.png", "2.png")
    link = strip.tiles.nth(4)
    expect(link).to_contain_text("a.example")
    assert link.locator("img").count() == 0
    expect(strip.field).to_have_value("file:///home/me/fox.png")
    expect(strip.field).to_have_attribute("aria-invalid", "true")
    expect(strip.field).to_have_accessible_description(re.compile("lies on a machine that APIMart cannot reach"))
    strip.page.keyboard.press("Escape")
    expect(strip.field).to_be_hidden()
    expect(strip.root.get_by_role("button", name="Link")).to_be_focused()


def _was_sent(server: SandboxServer) -> None:
    ledger = server.ledger()
    assert sorted(upload["filename"] for upload in ledger["uploads"]) == ["blue.png", "green.jpg", "red.png"]
    sent = ledger["tasks"][-1]["payload"]["image_urls"]
    by_name = {upload["url"]: upload["filename"] for upload in ledger["uploads"]}
    assert [by_name.get(url, url) for url in sent] == [
        "blue.png",
        "red.png",
        "green.jpg",
        LINK,
        "https://b.example/2.png",
    ]


@pytest.mark.timeout(180)
def test_twenty_megabytes_arrive_behind_a_busy_cell(browser: Browser, jupyter: Server, tmp_path: Path) -> None:
    gate = Gate(tmp_path)
    look = "held = session.held(panel.request.image_urls[0]); print(len(held.data), held.width)"
    with open_panel(browser, jupyter, "large", [in_sandbox(0), gate.cell, look]) as panel:
        strip = Strip(panel)
        panel.write(FOX)
        panel.notebook.run(1, wait=False)
        data = noise(19.5)
        strip.choose({"large.png": data, "red.png": picture("red")})
        expect(strip.coming.first).to_have_attribute("aria-valuenow", re.compile(r"^[1-9]\d?$"), timeout=PATIENCE)
        expect(strip.coming.first).to_have_accessible_name("Bringing large.png to the kernel")
        expect(strip.coming.nth(1)).to_have_accessible_name("Waiting: red.png")
        # Nothing is sent without what is on its way.
        panel.generate.click()
        expect(strip.said).to_contain_text("A picture or mask was still on its way", timeout=PATIENCE)
        expect(panel.rows).to_have_count(0)
        strip.names("large.png", "red.png")
        assert panel.notebook.prompt(1) == "[*]:"
        gate.open()
        expect(panel.notebook.run(2)).to_contain_text(str(len(data)))
        # Said until it is pressed again: a sentence that goes with the files may never be read.
        expect(strip.said).to_have_count(1)
        panel.generate.click()
        expect(panel.pictures).to_have_count(1, timeout=PATIENCE)
        expect(strip.said).to_have_count(0)


@pytest.fixture(scope="module")
def panel(browser: Browser, jupyter: Server) -> Iterator[Panel]:
    """One panel for the tests that leave it as they found it."""
    with open_panel(browser, jupyter, "strip-small", [in_sandbox(0), "panel.request = panel.request"]) as opened:
        opened.notebook.save()
        yield opened


def test_a_file_is_cancelled_and_a_reload_in_the_middle_leaves_nothing(panel: Panel, jupyter: Server) -> None:
    strip = Strip(panel)
    large = noise(15)
    strip.choose({"large.png": large, "next.png": picture("blue")})
    strip.root.get_by_role("button", name="Cancel large.png").click()
    strip.names("next.png")
    strip.root.get_by_role("button", name="Remove next.png").click()
    strip.choose({"large.png": large})
    expect(strip.coming).to_have_attribute("aria-valuenow", re.compile(r"^[1-9]\d?$"))
    load(panel.page, jupyter, "strip-small", "lab")
    expect(strip.zone).to_be_visible(timeout=PATIENCE)
    expect(strip.tiles).to_have_count(0)


def test_what_is_no_picture_is_said_and_the_rest_is_kept(panel: Panel) -> None:
    strip = Strip(panel)
    panel.write(FOX)
    cut_off = picture("red", kind="JPEG")[:-60]
    strip.choose({"notes.txt": b"no picture", "cut off.jpg": cut_off, "empty.png": b"", "red.png": picture("red")})
    strip.names("red.png")
    expect(strip.said).to_have_text(
        [
            re.compile("notes.txt is not an image that can be read"),
            re.compile("cut off.jpg is damaged or cut off"),
            re.compile("empty.png is empty"),
        ]
    )
    expect(panel.prompt).to_have_value(FOX)
    # What is done next is the answer to it.
    strip.choose({"blue.png": picture("blue")})
    strip.names("red.png", "blue.png")
    expect(strip.said).to_have_count(0)
    # What became of a picture is no fault of it.
    strip.choose({"moving.gif": moving()})
    strip.names("red.png", "blue.png", "moving.gif")
    expect(strip.said).to_have_text([re.compile("moving.gif has several frames or pages")])
    expect(strip.opens.last).to_have_accessible_description(re.compile("moving.gif has several frames"))
    expect(strip.tiles.last).not_to_have_class(re.compile("apw-wrong"))
    _remove_all(strip)


def _remove_all(strip: Strip) -> None:
    for _ in range(strip.opens.count()):
        strip.opens.first.focus()
        strip.page.keyboard.press("Delete")
    expect(strip.tiles).to_have_count(0)


def test_the_keyboard_alone_suffices(panel: Panel) -> None:
    strip, keyboard = Strip(panel), panel.page.keyboard
    strip.choose({f"{colour}.png": picture(colour) for colour in ("red", "green", "blue")})
    strip.names("red.png", "green.png", "blue.png")
    strip.opens.first.focus()
    keyboard.press("End")
    expect(strip.opens.nth(2)).to_be_focused()
    keyboard.press("Alt+ArrowLeft")
    strip.names("red.png", "blue.png", "green.png")
    expect(strip.opens.nth(1)).to_be_focused()
    expect(strip.root.get_by_role("status")).to_have_text("blue.png is reference 2 of 3 now.")
    keyboard.press("Enter")
    expect(strip.row).to_contain_text("The first reference is the one that is edited; a mask belongs to it.")
    first = strip.row.get_by_role("button", name="Make first")
    for _ in range(3):
        keyboard.press("Tab")
        if first.evaluate("one => one === document.activeElement"):
            break
    keyboard.press("Enter")
    strip.names("blue.png", "red.png", "green.png")
    keyboard.press("Escape")
    strip.opens.first.focus()
    keyboard.press("Escape")
    expect(strip.row).to_be_hidden()
    keyboard.press("Delete")
    strip.names("red.png", "green.png")
    expect(strip.opens.first).to_be_focused()
    before = panel.page.locator(".jp-Notebook .jp-Cell").all_inner_texts()
    for target in (strip.opens.first, strip.zone, strip.root.get_by_role("button", name="Link")):
        target.focus()
        press_keys(panel, "1200bddx")
    assert panel.page.locator(".jp-Notebook .jp-Cell").count() == len(before)
    _remove_all(strip)


def test_a_tile_is_dragged_to_another_place(panel: Panel) -> None:
    strip = Strip(panel)
    strip.choose({f"{colour}.png": picture(colour) for colour in ("red", "green", "blue")})
    strip.names("red.png", "green.png", "blue.png")
    strip.tiles.nth(2).drag_to(strip.tiles.nth(0))
    strip.names("blue.png", "red.png", "green.png")
    _remove_all(strip)


def test_a_press_with_a_problem_goes_to_the_strip(panel: Panel) -> None:
    strip = Strip(panel)
    panel.write(FOX)
    strip.root.get_by_role("button", name="Link").click()
    panel.page.keyboard.type("file:///home/me/fox.png")
    panel.generate.click()
    # What stands in the field is asked for too.
    expect(strip.said).to_contain_text("Reference 1: file:///home/me/fox.png lies on a machine")
    expect(strip.opens.first).to_be_focused()
    expect(strip.opens.first).to_have_accessible_description(re.compile("lies on a machine"))
    expect(strip.field).to_have_value("")
    expect(panel.problems).to_be_hidden()
    expect(panel.rows).to_have_count(0)
    panel.page.keyboard.press("Delete")
    expect(strip.said).to_have_count(0)
    strip.root.get_by_role("button", name="Link").click()


@pytest.mark.timeout(240)
def test_every_state_is_accessible_and_fits(browser: Browser, jupyter: Server, server: SandboxServer) -> None:
    paint = "panel.references.on_mask(print)"
    mask = f'panel.request = panel.request.replace(prompt="A fox", mask_url="{LINK}")'
    gone = "https://picture.invalid/" + "0" * 64 + "/lost.png"
    urls = [gone, *(LINK.replace("fox", f"fox-{number}") for number in range(15))]
    many = f'panel.request = am.ImageRequest.from_payload({{"prompt": "A fox", "image_urls": {urls}}})'
    cells = [on_origin(server.url, "sk-looks"), paint, mask, many]
    with open_panel(browser, jupyter, "strip-looks", cells, **WINDOW) as panel:
        strip, looker = Strip(panel), Looker(panel.notebook, panel.root, "panel")
        panel.write(FOX)
        looker.look("references-empty")
        strip.root.get_by_role("button", name="Link").click()
        panel.page.keyboard.type(f"{LINK} https://me:secret@a.example/1.png")
        panel.page.keyboard.press("Enter")
        looker.look("references-address")
        panel.page.keyboard.press("Escape")
        strip.choose({f"{colour}.png": picture(colour) for colour in ("navy", "orange", "teal")})
        strip.names("my fox.png", "navy.png", "orange.png", "teal.png")
        strip.opens.nth(1).click()
        looker.look("references-chosen")
        strip.row.get_by_role("button", name="Make first").click()
        panel.notebook.run(1)
        panel.notebook.run(2)
        expect(strip.row.get_by_role("button", name="Edit mask")).to_be_visible()
        looker.look("references-mask")
        strip.row.get_by_role("button", name="Remove mask").click()
        expect(strip.row.get_by_role("button", name="Paint a mask")).to_be_visible()
        looker.look("references-paint")
        strip.choose({"notes.txt": b"no picture", "empty.png": b""})
        expect(strip.said).to_have_count(2)
        strip.root.dispatch_event("dragover", {"dataTransfer": transfer(panel, "a.png", b"a")})
        looker.look("references-wrong-and-drop")
        _on_their_way(strip, looker)
        strip.coming.first.locator("xpath=..").get_by_role("button").click()
        panel.notebook.run(3)
        expect(strip.said).to_contain_text(["takes at most 15 references", "lost.png is no longer at hand"])
        looker.look("references-many")


def _on_their_way(strip: Strip, looker: Looker) -> None:
    """Files as they come, held back by a page that sends no more than two pieces."""
    strip.page.evaluate(
        """() => {
          let pieces = 0;
          const slice = (window.slice = Blob.prototype.slice);
          Blob.prototype.slice = function (...range) {
            const part = slice.apply(this, range);
            if ((pieces += 1) > 9) part.arrayBuffer = () => new Promise(() => {});
            return part;
          };
        }"""
    )
    strip.root.dispatch_event("dragleave", {"dataTransfer": transfer(strip.panel, "a.png", b"a")})
    strip.choose({"large.png": noise(15), "next.png": picture("red")})
    expect(strip.coming.first).to_have_attribute("aria-valuenow", re.compile("^[4-9]"), timeout=PATIENCE)
    looker.look("references-coming")
    strip.page.evaluate("() => { Blob.prototype.slice = window.slice; }")
