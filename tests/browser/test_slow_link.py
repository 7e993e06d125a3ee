"""What comes late to a page, or was done before it could be seen, overtakes nothing that a person does meanwhile."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import pytest
from PIL import Image
from playwright.sync_api import Browser, FilePayload, Locator, Page, expect

from tests.browser.lab import Server
from tests.browser.looker import DRAWN
from tests.browser.panel import PATIENCE, Panel, in_sandbox, open_panel
from tests.sandbox_server import SandboxServer

RUN = """code => jupyterapp.shell.currentWidget.sessionContext.session.kernel.requestExecute({code}).done"""
# From here on what kernel and page say to each other can be held up, either way.
HOLD = """([up, down]) => {
  const {kernel} = jupyterapp.shell.currentWidget.sessionContext.session;
  const socket = kernel._ws;
  if (!window.link || window.link.socket !== socket) {
    const [send, hear] = [socket.send.bind(socket), socket.onmessage];
    const link = window.link = {socket, up: [], down: [], holds: [false, false]};
    socket.send = (said) => (link.holds[0] ? link.up.push(said) : send(said));
    socket.onmessage = (said) => (link.holds[1] ? link.down.push(said) : hear(said));
    link.step = () => (link.down.length ? (hear(link.down.shift()), true) : false);
    link.free = () => {
      link.holds = [false, false];
      for (const said of link.up.splice(0)) send(said);
      while (link.step());
    };
  }
  link.holds = [up, down];
}"""
# All that lies over a part, or cuts it off, would be in the way of moving it about the page.
MOVE = """([part, x, y]) => {
  const root = part.closest('.apw-root');
  window.moved = [];
  for (let each = root; each; each = each.parentElement) {
    window.moved.push([each, each.style.cssText]);
    Object.assign(each.style, {overflow: 'visible', contain: 'none', zIndex: 10});
  }
  const box = part.getBoundingClientRect();
  root.style.translate = `${x - box.left - box.width / 2}px ${y - box.top - box.height / 2}px`;
}"""
PUT_BACK = """() => {
  document.querySelectorAll('dialog').forEach((each) => each.close());
  for (const [each, style] of window.moved ?? []) each.style.cssText = style;
}"""
# What a person would press who sees something change just now: whatever lies at a place once it has.
PRESS_AFTER = """([part, until, x, y]) => new MutationObserver((_, observer) => {
  if (!part.textContent.includes(until)) return;
  observer.disconnect();
  const there = document.elementFromPoint(x, y);
  window.pressed = there.getAttribute('aria-label') ?? there.textContent;
  there.dispatchEvent(new MouseEvent('click', {bubbles: true, detail: 1, clientX: x, clientY: y}));
}).observe(part, {childList: true, subtree: true, characterData: true})"""


@pytest.fixture(scope="module")
def filled(browser: Browser, jupyter: Server) -> Iterator[Panel]:
    """A panel with three pictures, each of a prompt of its own."""
    with open_panel(browser, jupyter, "slow-link", [in_sandbox(0), "1 + 1"]) as opened:
        for prompt in ("A fox", "A hare", "A wolf"):
            opened.make(prompt)
        expect(opened.pictures).to_have_count(3, timeout=PATIENCE)
        yield opened


@pytest.fixture
def panel(filled: Panel) -> Iterator[Panel]:
    """The same, left where it was."""
    yield filled
    filled.page.evaluate(PUT_BACK)


@contextmanager
def _held(page: Page, way: Literal["up", "down"]) -> Iterator[None]:
    page.evaluate(HOLD, [way == "up", way == "down"])
    try:
        yield
    finally:
        page.evaluate("link.free()")


def _settle(page: Page) -> None:
    """Until the page is drawn, and the kernel has said all it has to say."""
    page.evaluate(DRAWN)
    page.wait_for_timeout(700)


def _middle(part: Locator) -> tuple[float, float]:
    box = part.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def _bring_under(part: Locator, at: tuple[float, float]) -> None:
    part.page.evaluate(MOVE, [part.element_handle(), *at])


def _picture(colour: str) -> FilePayload:
    file = io.BytesIO()
    Image.new("RGB", (320, 200), colour).save(file, "PNG")
    return {"name": f"{colour}.png", "mimeType": "image/png", "buffer": file.getvalue()}


def test_a_tick_taken_away_does_not_come_back_for_a_moment(panel: Panel) -> None:
    with _held(panel.page, "down"):
        for place in (0, 1, 1):
            panel.ticks.nth(place).click()
            _settle(panel.page)
        while panel.page.evaluate("link.step()"):
            assert [each.is_checked() for each in panel.ticks.all()] == [True, False, False]
            expect(panel.tray).to_contain_text("1 selected")
    panel.button("Clear").click()
    _settle(panel.page)
    expect(panel.tray).to_be_hidden()


def test_a_request_that_comes_late_takes_no_words_back(panel: Panel) -> None:
    panel.write("Old words")
    _settle(panel.page)
    with _held(panel.page, "down"):
        panel.rows.last.get_by_role("button", name="Reuse").click()
        _settle(panel.page)
        panel.write("My own words")
    expect(panel.prompt).to_have_value("My own words")
    panel.page.keyboard.type(", and more")
    _settle(panel.page)
    expect(panel.prompt).to_have_value("My own words, and more")
    panel.rows.last.get_by_role("button", name="Reuse").click()
    expect(panel.prompt).to_have_value("A fox")


def test_the_focus_is_not_taken_from_what_somebody_has_gone_on_to(panel: Panel) -> None:
    cell = panel.notebook.cells.nth(1).locator(".cm-content")
    with _held(panel.page, "down"):
        panel.rows.last.get_by_role("button", name="Reuse").click()
        _settle(panel.page)
        cell.click()
    panel.page.keyboard.type("2")
    expect(cell).to_contain_text("2")
    expect(panel.prompt).to_have_value("A fox")


def test_a_double_click_on_a_picture_does_nothing_to_it(panel: Panel) -> None:
    panel.openers.first.click()
    stars = panel.dialog.locator(".apw-star")
    at = _middle(stars.nth(3))
    panel.page.keyboard.press("Escape")
    _bring_under(panel.openers.first, at)
    panel.page.mouse.dblclick(*at)
    expect(panel.dialog).to_have_count(1)
    _settle(panel.page)
    expect(panel.dialog.locator(".apw-star[aria-checked=true]")).to_have_count(0)
    panel.page.mouse.click(*at)
    expect(stars.nth(3)).to_have_attribute("aria-checked", "true")
    panel.page.keyboard.press("0")


def test_a_second_click_on_a_slow_page_does_not_close_what_the_first_opened(panel: Panel) -> None:
    panel.page.evaluate("""() => {
      const {showModal} = HTMLDialogElement.prototype;
      HTMLDialogElement.prototype.showModal = function() {
        showModal.call(this);
        HTMLDialogElement.prototype.showModal = showModal;
        for (const until = performance.now() + 900; performance.now() < until;);
      };
    }""")
    panel.openers.first.click()
    panel.page.mouse.click(5, 500)
    _settle(panel.page)
    expect(panel.dialog).to_have_count(1)
    panel.page.mouse.click(5, 500)
    expect(panel.dialog).to_have_count(0)


def test_a_double_click_on_what_lay_over_generate_pays_for_nothing(panel: Panel) -> None:
    before = panel.rows.count()
    panel.openers.first.click()
    close = panel.dialog.get_by_role("button", name="Close")
    _bring_under(panel.generate, _middle(close))
    panel.page.mouse.dblclick(*_middle(close))
    expect(panel.dialog).to_have_count(0)
    expect(panel.generate).to_be_focused()
    _settle(panel.page)
    expect(panel.rows).to_have_count(before)
    expect(panel.generate).to_have_attribute("aria-disabled", "false")


def test_a_mask_is_shown_over_no_other_reference_while_the_kernel_is_late(panel: Panel) -> None:
    panel.references.locator("input[type=file]").set_input_files([_picture("red"), _picture("blue")])
    expect(panel.references.locator(".apw-ref-picture img")).to_have_count(2, timeout=PATIENCE)
    panel.references.locator(".apw-ref-mask").first.click()
    expect(panel.root.locator(".apw-mask-picture")).to_be_visible(timeout=PATIENCE)
    panel.root.get_by_role("button", name="Invert").click()
    badge = panel.references.locator(".apw-ref-mask.apw-marked").first
    expect(badge).to_be_visible(timeout=PATIENCE)
    with _held(panel.page, "up"):
        panel.references.locator(".apw-ref-open").nth(1).focus()
        panel.page.keyboard.press("Alt+Home")
        first = panel.references.locator(".apw-ref-open").first
        expect(first).to_have_accessible_name("Reference 1 of 2: blue.png, 320×200")
        expect(badge).to_be_hidden()
    panel.page.keyboard.press("Alt+End")
    expect(badge).to_be_visible()


def test_no_star_goes_to_the_picture_that_took_the_place_of_a_deleted_one(panel: Panel) -> None:
    panel.openers.first.click()
    expect(panel.dialog).to_contain_text("A wolf")
    stars = panel.dialog.locator(".apw-star")
    at = _middle(stars.nth(3))
    panel.page.mouse.move(*at)
    panel.page.evaluate(PRESS_AFTER, [panel.dialog.locator(".apw-prompt-whole").element_handle(), "A hare", *at])
    panel.page.evaluate(RUN, "session.delete(panel.results[-1:])")
    expect(panel.dialog).to_contain_text("A hare")
    _settle(panel.page)
    assert panel.page.evaluate("window.pressed") == "4 stars"
    expect(panel.dialog.locator(".apw-star[aria-checked=true]")).to_have_count(0)
    panel.page.mouse.click(*at)
    expect(stars.nth(3)).to_have_attribute("aria-checked", "true")


def test_what_comes_under_the_pointer_as_a_job_ends_is_not_pressed_for_what_was_there(
    browser: Browser, jupyter: Server
) -> None:
    with open_panel(browser, jupyter, "slow-end", [in_sandbox(3)]) as panel:
        panel.write("A fox")
        panel.generate.click()
        hide = panel.rows.first.get_by_role("button", name="Hide")
        reuse = panel.rows.first.get_by_role("button", name="Reuse")
        expect(hide).to_be_visible()
        with _held(panel.page, "down"):
            panel.write("My own words")
            box = hide.bounding_box()
            assert box is not None
            at = box["x"] + 3, box["y"] + box["height"] / 2
            panel.page.mouse.move(*at)
            panel.page.evaluate(PRESS_AFTER, [panel.rows.first.element_handle(), "Reuse", *at])
        expect(reuse).to_be_visible(timeout=PATIENCE)
        _settle(panel.page)
        assert panel.page.evaluate("window.pressed") == "Reuse"
        expect(panel.prompt).to_have_value("My own words")
        reuse.click()
        expect(panel.prompt).to_have_value("A fox")


def test_what_became_of_one_key_does_not_take_another_out_of_the_field(browser: Browser, jupyter: Server) -> None:
    with SandboxServer() as server:
        setting = f'import os\nos.environ["APIMART_BASE_URL"] = "{server.url}"\n'
        with open_panel(browser, jupyter, "slow-key", [setting + in_sandbox(0)]) as panel:
            field = panel.root.locator(".apw-key-field")
            panel.button("Use a key").click()
            with _held(panel.page, "down"):
                panel.page.keyboard.type("sk-one")
                panel.page.keyboard.press("Enter")
                _settle(panel.page)
                panel.page.keyboard.press("Escape")
                panel.button("Use a key").click()
                panel.page.keyboard.type("sk-two")
            expect(panel.root.locator(".apw-badge")).to_have_text("Live", timeout=PATIENCE)
            _settle(panel.page)
            expect(field).to_have_value("sk-two")
