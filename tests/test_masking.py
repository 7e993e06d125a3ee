"""The mask editor in the panel: opened for the first reference, painted into the form, kept through every change."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from PIL import Image

import apimart_widgets as am
from apimart_widgets.widgets.marks import Marks
from apimart_widgets.widgets.projector import Projector
from tests.sandbox_server import SandboxServer
from tests.test_panel import wait_until
from tests.test_references import Driver, picture

SIZE = (30, 20)


@pytest.fixture
def driver(instant_server: SandboxServer) -> Iterator[Driver]:
    with am.Session("sk-masking", instant_server.url, library=":memory:") as session:
        made = Driver(session)
        made.bring("red", picture(SIZE))
        made.bring("green", picture(SIZE, colour="green"))
        yield made
        made.panel.close()


def open_editor(driver: Driver) -> am.MaskEditor:
    editor = driver.panel.masking.editor
    driver.gesture(driver.strip, "mask", id=driver.ids()[0])
    wait_until(lambda: "apw-closed" not in driver.panel.masking.box._dom_classes)
    return editor


def paint(editor: am.MaskEditor, box: tuple[int, int, int, int]) -> None:
    spot = Image.new("L", SIZE)
    spot.paste(255, box)
    editor.mask = spot


def stroke(driver: Driver, box: tuple[int, int, int, int], number: int = 1) -> None:
    """A mask as the page sends it, after a stroke."""
    editor, bits = driver.panel.masking.editor, Image.new("1", SIZE)
    bits.paste(1, box)
    mask = {"kind": "mask", "page": "p", "number": number, "id": editor._picture.sha256, "part": 0, "parts": 1}
    editor._handle_custom_msg(mask, [memoryview(Marks.of(bits).packed)])


def mask_of(driver: Driver) -> Image.Image | None:
    """The mask of the form, as it would be uploaded."""
    address = driver.panel.request.mask_url
    held = driver.panel.session.held(address) if address else None
    return Image.open(io.BytesIO(held.data)) if held is not None else None


def settled(driver: Driver, condition: Callable[[], object]) -> None:
    driver.wait(lambda: not driver.panel.references._making and condition())


def test_it_is_offered_for_the_first_and_hidden_until_then(driver: Driver) -> None:
    assert driver.strip.can_mask
    assert "apw-closed" in driver.panel.masking.box._dom_classes
    editor = open_editor(driver)
    assert editor.image.size == SIZE
    assert driver.panel.request.mask_url is None


def test_nothing_is_drawn_before_the_panel_is_whole(
    instant_server: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As when the widgets' thread is quicker than the one that builds the panel.
    monkeypatch.setattr(Projector, "schedule", lambda self: self._project())
    with am.Session("sk-whole", instant_server.url, library=":memory:") as session:
        am.ImagePanel(session).close()


def test_asking_again_leads_to_the_open_editor(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    editor, told = open_editor(driver), list[str]()
    monkeypatch.setattr(editor, "tell", lambda kind, *_, **__: told.append(kind))
    driver.gesture(driver.strip, "mask", id=driver.ids()[0])
    wait_until(lambda: "focus" in told)


def test_what_is_painted_is_in_the_form_and_said_on_the_thumbnail(driver: Driver) -> None:
    editor = open_editor(driver)
    paint(editor, (0, 0, 15, 20))
    settled(driver, lambda: driver.panel.request.mask_url is not None)
    mask = mask_of(driver)
    assert mask is not None
    assert (mask.mode, mask.size) == ("RGBA", SIZE)
    alpha = mask.getchannel("A")
    assert (alpha.getpixel((3, 3)), alpha.getpixel((20, 3))) == (0, 255)
    driver.wait(lambda: driver.strip.mask["marked"] and driver.strip.mask["text"] == "✎ 50%")
    editor.clear()
    settled(driver, lambda: driver.panel.request.mask_url is None)


def test_a_size_that_does_not_fit_what_is_painted_over_is_said(driver: Driver) -> None:
    editor = open_editor(driver)
    assert driver.strip.items[0]["notes"] == []
    paint(editor, (0, 0, 15, 20))
    said = "The result will be 1024×1024, and the first reference is 30×20: size 3:2 fits it best."
    driver.wait(lambda: driver.strip.items[0]["notes"] == [said])
    driver.panel.request = driver.panel.request.replace(prompt="A hat", size="3:2")
    driver.wait(lambda: driver.strip.items[0]["notes"] == [])


def test_a_press_sends_the_mask_with_its_reference(driver: Driver, instant_server: SandboxServer) -> None:
    paint(open_editor(driver), (5, 5, 10, 10))
    settled(driver, lambda: driver.panel.request.mask_url is not None)
    driver.gesture(driver.submit, "generate", nonce="mask", text="A hat", shown=driver.shown())
    driver.wait(lambda: driver.finished(1))
    payload = instant_server.ledger()["tasks"][-1]["payload"]
    assert len(payload["image_urls"]) == 2
    assert payload["mask_url"] not in payload["image_urls"]
    assert not payload["mask_url"].startswith("https://picture.invalid")


def test_a_press_right_after_a_stroke_sends_nothing_else(driver: Driver) -> None:
    open_editor(driver)
    stroke(driver, (0, 0, 15, 20))
    driver.gesture(driver.submit, "generate", nonce="mask", text="A hat", shown=driver.shown())
    driver.wait(lambda: driver.messages("accepted"))
    jobs = driver.panel.session.jobs
    settled(driver, lambda: driver.panel.request.mask_url is not None)
    driver.panel.settle()
    if jobs:  # it was ready before
        assert jobs[0].request.mask_url == driver.panel.request.mask_url
    else:
        assert [text for text in driver.texts() if "on its way" in text]


def test_code_right_after_a_stroke_sends_it(driver: Driver) -> None:
    open_editor(driver)
    driver.panel.request = driver.panel.request.replace(prompt="A hat")
    for number in range(1, 6):
        stroke(driver, (0, 0, 5 * number, 20), number)
        driver.panel.submit()
        mask = mask_of(driver)
        assert mask is not None
        assert mask.getchannel("A").histogram()[0] == 100 * number
        assert driver.panel.session.jobs[-1].request.mask_url == driver.panel.request.mask_url


def test_code_does_not_send_a_form_whose_picture_is_not_ready(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    open_editor(driver)
    driver.panel.request = driver.panel.request.replace(prompt="A hat")
    monkeypatch.setattr("apimart_widgets.widgets.references.PATIENCE", 0.01)
    release = threading.Event()
    driver.panel.references.do(release.wait)
    with pytest.raises(am.InvalidRequest, match="on its way"):
        driver.panel.submit()
    release.set()
    settled(driver, lambda: True)
    driver.panel.submit()


def test_a_stroke_is_kept_when_another_picture_is_opened_at_once(driver: Driver) -> None:
    # As a kernel that was busy reads it: all at once.
    open_editor(driver)
    red, green = driver.ids()
    stroke(driver, (0, 0, 15, 20))
    driver.gesture(driver.strip, "move", gesture="green first", id=green, to=0)
    driver.gesture(driver.strip, "mask", id=green)
    wait_until(lambda: driver.panel.masking._editing == driver.urls()[0])
    driver.gesture(driver.strip, "move", gesture="red first", id=red, to=0)
    assert driver.panel.request.mask_url is not None


def test_a_mask_stays_with_its_picture_through_every_order(driver: Driver) -> None:
    paint(open_editor(driver), (0, 0, 3, 3))
    settled(driver, lambda: driver.panel.request.mask_url is not None)
    mine = driver.panel.request.mask_url
    driver.gesture(driver.strip, "move", gesture="green first", id=driver.ids()[1], to=0)
    # A mask belongs to the first reference, and this one is another.
    assert driver.panel.request.mask_url is None
    driver.wait(lambda: "apw-closed" in driver.panel.masking.box._dom_classes)
    driver.wait(lambda: driver.strip.items[0]["name"].startswith("green"))
    driver.gesture(driver.strip, "move", gesture="red first", id=driver.ids()[1], to=0)
    assert driver.panel.request.mask_url == mine
    driver.wait(lambda: driver.strip.items[0]["name"].startswith("red"))
    assert open_editor(driver).marked
    driver.gesture(driver.strip, "unmask", id=driver.ids()[0])
    assert driver.panel.request.mask_url is None
    wait_until(lambda: not driver.panel.masking.editor.marked)


def test_a_mask_is_taken_from_what_the_page_saw_as_the_first(driver: Driver) -> None:
    paint(open_editor(driver), (0, 0, 3, 3))
    settled(driver, lambda: driver.panel.request.mask_url is not None)
    mine, (red, green) = driver.panel.request.mask_url, driver.ids()
    # Another view has moved it away, of which the one with the button has not heard.
    driver.gesture(driver.strip, "move", gesture="green first", id=green, to=0)
    driver.gesture(driver.strip, "unmask", id=green)
    driver.gesture(driver.strip, "move", gesture="red first", id=red, to=0)
    assert driver.panel.request.mask_url == mine
    driver.gesture(driver.strip, "move", gesture="green again", id=green, to=0)
    driver.gesture(driver.strip, "unmask", id=red)
    driver.gesture(driver.strip, "move", gesture="red again", id=red, to=0)
    assert driver.panel.request.mask_url is None


@contextmanager
def reused_elsewhere(driver: Driver, edit: am.ImageRequest, key: str) -> Iterator[Driver]:
    """A request in the form of another session's panel, with the pictures it starts from."""
    with am.Session(key, driver.panel.session.origin, library=":memory:") as session:
        for address in (*(edit.image_urls or ()), edit.mask_url):
            held = driver.panel.session.held(str(address))
            assert held is not None
            session.hold(held)
        other = Driver(session)
        other.panel.request = edit
        other.wait(lambda: len(other.strip.items) == 2)
        yield other


def test_reusing_an_edit_brings_its_mask_back_into_the_editor(driver: Driver) -> None:
    paint(open_editor(driver), (0, 0, 30, 10))
    settled(driver, lambda: driver.panel.request.mask_url is not None)
    edit = driver.panel.request.replace(prompt="A hat")
    driver.panel.request = am.ImageRequest("Something else")
    with reused_elsewhere(driver, edit, "sk-masking") as other:
        editor = open_editor(other)
        wait_until(lambda: editor.marked)
        assert editor.share == 0.5
        assert other.panel.request.mask_url == edit.mask_url
        other.panel.close()


def test_reuse_takes_the_mask_out_of_the_open_editor(driver: Driver) -> None:
    editor = open_editor(driver)
    plain = driver.panel.request.replace(prompt="A hat")
    paint(editor, (0, 0, 15, 20))
    settled(driver, lambda: driver.panel.request.mask_url is not None)
    driver.panel.fill(plain)
    wait_until(lambda: not editor.marked)
    assert driver.panel.request.mask_url is None
    assert "apw-closed" not in driver.panel.masking.box._dom_classes


def test_reuse_puts_its_mask_into_the_open_editor(driver: Driver) -> None:
    editor = open_editor(driver)
    paint(editor, (0, 0, 15, 20))
    settled(driver, lambda: driver.panel.request.mask_url is not None)
    half = driver.panel.request.replace(prompt="A hat")
    paint(editor, (0, 0, 30, 20))
    settled(driver, lambda: driver.panel.request.mask_url != half.mask_url)
    driver.wait(lambda: driver.strip.mask["text"] == "✎ 100%")
    stroke(driver, (0, 0, 3, 20))  # comes before Reuse, which counts for more
    driver.panel.fill(half)
    wait_until(lambda: editor.share == 0.5)
    driver.wait(lambda: driver.strip.mask["text"] == "✎ 50%")
    settled(driver, lambda: driver.panel.request.mask_url == half.mask_url)
    stroke(driver, (0, 0, 3, 20), 2)
    settled(driver, lambda: driver.panel.request.mask_url != half.mask_url)
    assert editor.share == 0.1


def test_a_reused_mask_survives_a_change_of_order(driver: Driver) -> None:
    paint(open_editor(driver), (0, 0, 15, 20))
    settled(driver, lambda: driver.panel.request.mask_url is not None)
    edit = driver.panel.request.replace(prompt="A hat")
    with reused_elsewhere(driver, edit, "sk-order") as other:
        first, second = other.ids()
        other.gesture(other.strip, "move", gesture="second first", id=second, to=0)
        assert other.panel.request.mask_url is None
        other.gesture(other.strip, "move", gesture="first again", id=first, to=0)
        assert other.panel.request.mask_url == edit.mask_url
        other.panel.close()


def test_a_press_asks_for_the_mask_the_page_shows_of_its_first_reference(driver: Driver) -> None:
    paint(open_editor(driver), (0, 0, 15, 20))
    settled(driver, lambda: driver.panel.request.mask_url is not None)
    edit = driver.panel.request.replace(prompt="A hat")
    driver.gesture(driver.strip, "move", gesture="green first", id=driver.ids()[1], to=0)
    driver.wait(lambda: driver.names()[0].startswith("green") and not driver.strip.mask["marked"])
    shown = driver.shown()
    # A kernel that was busy reads both at once.
    driver.panel.fill(edit)
    driver.gesture(driver.submit, "generate", nonce="overtaken", text="A hat", shown=shown)
    driver.wait(lambda: driver.finished(1))
    request = driver.panel.session.jobs[0].request
    assert (request.image_urls, request.mask_url) == ((edit.image_urls or ())[::-1], None)


@pytest.mark.parametrize("another", [True, False], ids=["another", "none"])
def test_a_press_sends_no_mask_that_the_page_has_not_shown(driver: Driver, another: bool) -> None:
    editor = open_editor(driver)
    plain = driver.panel.request.replace(prompt="A hat")
    paint(editor, (0, 0, 15, 20))
    settled(driver, lambda: driver.panel.request.mask_url is not None)
    half = driver.panel.request.replace(prompt="A hat")
    paint(editor, (0, 0, 30, 20))
    settled(driver, lambda: driver.strip.mask["text"] == "✎ 100%")
    shown = driver.shown()
    driver.panel.fill(half if another else plain)
    driver.gesture(driver.submit, "generate", nonce="overtaken", text="A hat", shown=shown)
    said = "The mask has changed meanwhile. Look at it, then press again."
    driver.wait(lambda: driver.texts() == [said])
    assert driver.panel.session.jobs == ()
    driver.wait(lambda: driver.strip.mask["id"] != shown["references"]["mask"])
    driver.gesture(driver.submit, "generate", nonce="seen", text="A hat", shown=driver.shown())
    driver.wait(lambda: driver.finished(1) and driver.texts() == [])
    assert driver.panel.session.jobs[0].request.mask_url == (half.mask_url if another else None)


def test_a_press_counts_what_was_done_to_the_mask_by_hand_before_the_page_shows_it(driver: Driver) -> None:
    paint(open_editor(driver), (0, 0, 15, 20))
    settled(driver, lambda: driver.strip.mask["text"] == "✎ 50%")
    driver.panel.fill(driver.panel.request.replace(prompt="A hat"))
    shown = driver.shown()
    stroke(driver, (0, 0, 30, 20))
    wait_until(lambda: not driver.panel.references._making)
    driver.gesture(driver.submit, "generate", nonce="painted", text="A hat", shown=shown)
    driver.gesture(driver.strip, "unmask", id=driver.ids()[0])
    driver.gesture(driver.submit, "generate", nonce="removed", text="A hat", shown=shown)
    driver.wait(lambda: driver.finished(2))
    painted, removed = (job.request.mask_url for job in driver.panel.session.jobs)
    assert painted is not None
    assert removed is None


def test_a_mask_of_an_address_stays_until_one_is_painted(driver: Driver) -> None:
    driver.panel.request = driver.panel.request.replace(prompt="A hat", mask_url="https://a.example/mask.png")
    editor = open_editor(driver)
    settled(driver, lambda: not editor.marked)
    assert driver.panel.request.mask_url == "https://a.example/mask.png"
    paint(editor, (0, 0, 15, 20))
    settled(driver, lambda: driver.panel.request.mask_url != "https://a.example/mask.png")
    assert mask_of(driver) is not None


def test_masks_go_along_to_another_session(driver: Driver, instant_server: SandboxServer) -> None:
    paint(open_editor(driver), (0, 0, 3, 3))
    settled(driver, lambda: driver.panel.request.mask_url is not None)
    with am.Session("sk-another", instant_server.url, library=":memory:") as session:
        driver.panel.use_session(session)
        assert session.held(str(driver.panel.request.mask_url)) is not None
        driver.panel.request = driver.panel.request.replace(prompt="A hat")
        driver.panel.submit().result(30)


def test_done_closes_it_and_keeps_what_was_painted(driver: Driver) -> None:
    paint(open_editor(driver), (0, 0, 3, 3))
    settled(driver, lambda: driver.panel.request.mask_url is not None)
    done: Any = driver.panel.masking.box.children[0].children[1]
    done.click()
    wait_until(lambda: "apw-closed" in driver.panel.masking.box._dom_classes)
    assert driver.panel.request.mask_url is not None
