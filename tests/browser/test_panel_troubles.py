"""What goes wrong in the panel ends in one sentence and the one button that helps; keys are kept to themselves."""

from __future__ import annotations

import os
import re
import signal
import socket
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.browser.lab import Server
from tests.browser.panel import FOX, PATIENCE, Panel, in_sandbox, on_origin, open_panel
from tests.sandbox_server import SandboxServer

# In pieces, so that the cell that looks for it is not where it is found.
KEY = ("sk", "canary", "browser", "7")
FIND_THE_KEY = f"""
import ipywidgets
states = repr([widget.get_state() for widget in ipywidgets.widgets.widget._instances.values()])
print(f"{{len(states) > 10_000=}}", f"{{'-'.join({KEY!r}) in states=}}", f"{{'-'.join({KEY!r}) in repr(vars(panel))=}}")
"""

# What it looks like while ipywidgets holds a change back: the page shows it, and the kernel has not heard of it.
CHOOSE_UNHEARD = """(control, value) => {
  if (control.tagName != 'SELECT') control.value = value;
  else control.selectedIndex = [...control.options].findIndex(({text}) => text.split(/\\s/).includes(value));
}"""

ODD_SIZE = f'panel.request = am.ImageRequest.from_payload({{"prompt": "{FOX}", "size": "7:5"}})'


def _says(row: Locator, words: str, button: str) -> None:
    """A row that says this in one sentence and offers this, and nothing else, to help."""
    box = row.locator(".apw-job-box")
    expect(box).to_contain_text(words, timeout=PATIENCE)
    expect(box.get_by_role("button")).to_have_text([button])


@pytest.fixture(scope="module")
def panel(browser: Browser, jupyter: Server) -> Iterator[Panel]:
    """One panel for the tests that leave it as they found it."""
    with open_panel(browser, jupyter, "troubles", [in_sandbox(0), ODD_SIZE]) as opened:
        yield opened


def test_what_the_server_will_not_make(panel: Panel) -> None:
    before = panel.rows.count()
    refused = panel.make(f"[refuse] {FOX}")
    _says(refused, "Refused by the safety filter", "Edit prompt")
    expect(refused.get_by_role("button")).to_have_text(["Hide", "Edit prompt"])
    panel.write("Something else")
    refused.get_by_role("button", name="Edit prompt").click()
    expect(panel.prompt).to_have_value(f"[refuse] {FOX}")
    expect(panel.prompt).to_be_focused()
    failed = panel.make(f"[fail] {FOX}")
    _says(failed, "APIMart could not make the picture", "Retry")
    expect(failed).to_contain_text("Nothing was billed")
    failed.get_by_role("button", name="Retry").click()
    expect(panel.rows).to_have_count(before + 3)
    _says(panel.rows.first, "APIMart could not make the picture", "Retry")


def test_an_origin_that_cannot_be_reached_or_refuses_the_key(
    browser: Browser, jupyter: Server, instant_server: SandboxServer
) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # taken, and nobody listens
        origin = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        cells = [on_origin(origin), on_origin(instant_server.url, "sk-wrong-browser")]
        with open_panel(browser, jupyter, "origins", cells) as panel:
            expect(panel.root.locator(".apw-badge")).to_have_text("Live")
            row = panel.make(FOX)
            _says(row, "could not be reached", "Retry")
            panel.notebook.run(1)
            refused = Panel(panel.notebook, 1)
            row = refused.make(FOX)
            _says(row, "did not accept this key (401)", "Check key")
            row.get_by_role("button", name="Check key").click()
            expect(refused.root.locator(".apw-key-field")).to_be_focused()


def test_a_key_is_tried_used_and_kept_to_itself(browser: Browser, jupyter: Server) -> None:
    with SandboxServer() as server:
        setting = f'import os\nos.environ["APIMART_BASE_URL"] = "{server.url}"\n'
        cells = [setting + in_sandbox(0), FIND_THE_KEY]
        with open_panel(browser, jupyter, "key", cells) as panel:
            expect(panel.root.locator(".apw-badge")).to_have_text("Sandbox")
            _enter(panel, "sk-wrong-browser")
            message = panel.root.get_by_role("group", name="APIMart API key").locator(".apw-problem")
            expect(message).to_contain_text("did not accept this key", timeout=PATIENCE)
            expect(panel.root.locator(".apw-key-field")).to_have_value("")
            panel.page.keyboard.type("-".join(KEY))
            panel.page.keyboard.press("Enter")
            expect(panel.root.locator(".apw-badge")).to_have_text("Live", timeout=PATIENCE)
            expect(panel.root.locator(".apw-where")).to_have_text(server.url.removeprefix("http://"))
            expect(panel.root.locator(".apw-balance")).to_contain_text("left", timeout=PATIENCE)
            expect(panel.root.locator(".apw-key")).to_be_hidden()
            _agree_to_where_pictures_are_kept(panel)
            expect(panel.pictures).to_have_count(1, timeout=PATIENCE)
            assert [task["n"] for task in server.ledger()["tasks"]] == [1]
            found = panel.notebook.run(1)
            expect(found).to_contain_text("len(states) > 10_000=True")
            expect(found).not_to_contain_text("states=True")
            expect(found).not_to_contain_text("vars(panel))=True")
            panel.notebook.save()
            assert "-".join(KEY) not in (jupyter.notebooks / "key.ipynb").read_text()
            assert "-".join(KEY) not in panel.page.content()
            assert "-".join(KEY) not in panel.page.locator("input").evaluate_all("all => all.map(one => one.value)")
            panel.button("Key").click()
            panel.button("Back to the sandbox").click()
            expect(panel.root.locator(".apw-badge")).to_have_text("Sandbox")


def _enter(panel: Panel, key: str) -> None:
    panel.button("Use a key").click()
    expect(panel.root.locator(".apw-key-field")).to_be_focused()
    panel.page.keyboard.type(key)
    panel.button("Connect").click()


def _agree_to_where_pictures_are_kept(panel: Panel) -> None:
    panel.choice("Images", "4").click()
    panel.write(FOX)
    panel.page.keyboard.press("Control+Enter")
    question = panel.root.get_by_role("group", name="Before the first request")
    expect(question).to_contain_text("Prompts and pictures are kept in")
    expect(question).to_be_focused()
    expect(panel.rows).to_have_count(0)
    # Thought better of it: what is shown when one goes on is what is paid for.
    panel.choice("Images", "1").click()
    question.get_by_role("button", name="Go on").click()
    expect(question).to_be_hidden()


def test_a_press_with_a_problem_says_why_and_goes_there(panel: Panel) -> None:
    before = panel.rows.count()
    panel.prompt.fill("")
    under_prompt = panel.root.locator(".apw-prompt .apw-problem")
    expect(under_prompt).to_be_hidden()
    expect(panel.problems).to_be_hidden()
    expect(panel.prompt).to_have_accessible_name("Prompt")
    expect(panel.prompt).to_have_attribute("aria-invalid", "false")
    panel.generate.click()
    expect(under_prompt).to_contain_text("The prompt is empty")
    expect(panel.prompt).to_be_focused()
    expect(panel.prompt).to_have_attribute("aria-invalid", "true")
    expect(panel.prompt).to_have_accessible_description(re.compile("The prompt is empty"))
    panel.page.keyboard.type(FOX)
    expect(under_prompt).to_be_hidden()
    panel.notebook.run(1)
    size = panel.button_in("combobox", "Size")
    expect(size.locator("option:checked")).to_have_text("7:5")
    panel.generate.click()
    expect(panel.problems).to_contain_text("has no size '7:5'")
    expect(size).to_be_focused()
    panel.prompt.focus()
    panel.problems.get_by_role("button", name="Go there").click()
    expect(size).to_be_focused()
    panel.select("Size", "1:1")
    expect(panel.problems).to_be_hidden()
    expect(panel.rows).to_have_count(before)


def test_a_change_mends_its_partner_in_words(panel: Panel) -> None:
    panel.root.locator(".apw-more").click()
    compression = panel.button_in("spinbutton", "Compression")
    expect(compression).to_be_disabled()
    more = panel.root.locator(".apw-more-box")
    expect(more).to_contain_text("Compression is for jpeg")
    panel.select("Background", "transparent")
    expect(panel.root.locator(".apw-more")).to_contain_text("transparent")
    panel.select("Format", "jpeg")
    expect(more).to_contain_text("A JPEG cannot be transparent, so the background is auto now.")
    expect(panel.button_in("combobox", "Background").locator("option:checked")).to_have_text("auto")
    expect(compression).to_be_enabled()
    panel.select("Background", "transparent")
    expect(more).to_contain_text("A JPEG cannot be transparent, so the format is png now.")
    expect(panel.button_in("combobox", "Format").locator("option:checked")).to_have_text("png")
    expect(panel.root.locator(".apw-more")).to_contain_text("transparent")
    panel.select("Model", "gpt-image-2-official")
    expect(panel.root).to_contain_text("gpt-image-2-official has no transparent, so it is auto now.")


def test_no_price_stands_on_the_button_but_that_of_what_is_shown(browser: Browser, jupyter: Server) -> None:
    with (
        SandboxServer() as server,
        open_panel(browser, jupyter, "priced", [on_origin(server.url), "import os\nprint(os.getpid())"]) as panel,
    ):
        kernel = int(panel.notebook.run(1).inner_text())
        panel.choice("Quality", "low").click()
        expect(panel.generate).to_have_text(re.compile(r"^Generate 1 · about \$[0-9.]+$"), timeout=PATIENCE)
        one = panel.generate.inner_text()
        os.kill(kernel, signal.SIGSTOP)  # busy, whatever its version
        try:
            panel.choice("Images", "4").click()
            expect(panel.generate).to_have_text("Generate 4 · …")
            expect(panel.compare_qualities).to_have_text("Compare qualities · …")
            panel.choice("Images", "1").click()
            expect(panel.generate).to_have_text(one)
            panel.button_in("combobox", "Size").select_option(index=1)
            expect(panel.generate).to_have_text("Generate 1 · …")
            panel.choice("Images", "4").click()
        finally:
            os.kill(kernel, signal.SIGCONT)
        expect(panel.generate).to_have_text(re.compile(r"^Generate 4 · about"), timeout=PATIENCE)
        panel.write(FOX)
        panel.generate.click()
        expect(panel.pictures).to_have_count(4, timeout=PATIENCE)


def test_a_look_at_another_model_and_back_leaves_nothing_behind(browser: Browser, jupyter: Server) -> None:
    with open_panel(browser, jupyter, "looked-at", [in_sandbox(0)]) as panel:
        resolution = panel.root.locator(".apw-field-resolution")
        panel.button("More").click()
        for model, shown in {"gpt-image-2-official": True, "gpt-image-1-official": False}.items():
            panel.select("Model", model)
            expect(resolution).to_be_visible(visible=shown, timeout=PATIENCE)
        panel.make(FOX)
        expect(panel.pictures).to_have_count(1, timeout=PATIENCE)


def test_a_press_asks_for_what_the_page_shows_before_the_kernel_has_heard_of_it(
    browser: Browser, jupyter: Server
) -> None:
    with open_panel(browser, jupyter, "unheard", [in_sandbox(0), "print(session.jobs[0].request.as_json())"]) as panel:
        panel.button("More").click()
        panel.select("Format", "jpeg")
        compression = panel.root.locator(".apw-field-output-compression input")
        expect(compression).to_be_enabled()
        for field, value in {"size": "3:2", "moderation": "low", "background": "opaque"}.items():
            panel.root.locator(f".apw-field-{field} select").evaluate(CHOOSE_UNHEARD, value)
        compression.evaluate(CHOOSE_UNHEARD, "40")
        panel.make(FOX)
        asked = panel.notebook.run(1)
        for line in ('"size": "3:2"', '"moderation": "low"', '"background": "opaque"', '"output_compression": 40'):
            expect(asked).to_contain_text(line)


# Where the controls that are seen stand within the panel.
PLACES = """root => [...root.querySelectorAll("button, select, textarea, label")].flatMap((control) => {
  const [around, box] = [root, control].map((each) => each.getBoundingClientRect());
  const place = [box.x - around.x, box.y - around.y, box.width, box.height].map(Math.round);
  return box.width ? [place.join(" ")] : [];
})"""


def test_a_panel_that_outlived_its_kernel_says_what_to_do(browser: Browser, jupyter: Server) -> None:
    with open_panel(browser, jupyter, "outlived", [in_sandbox(0), ""]) as panel:
        said = panel.root.locator(".apw-restarted")
        panel.write(FOX)
        expect(said).to_be_hidden()
        before = panel.root.evaluate(PLACES)
        panel.notebook.cells.last.locator(".cm-content").click()
        panel.notebook.restart()
        expect(said).to_be_visible()
        expect(said).to_have_text("The kernel was restarted; run this panel's cell again.")
        expect(panel.root.get_by_role("status").filter(has_text="was restarted")).to_have_count(1)
        for press in (panel.generate, panel.compare_qualities, panel.generate):
            press.click()
            expect(panel.generate).to_have_attribute("aria-disabled", "false")
        expect(panel.root.locator(".apw-hint")).to_have_text("Ctrl+Enter")
        said.evaluate("said => said.style.setProperty('display', 'none', 'important')")
        assert panel.root.evaluate(PLACES) == before
        panel.notebook.run(0)
        panel.make(FOX)
        expect(panel.pictures).to_have_count(1, timeout=PATIENCE)
        expect(said).to_be_hidden()
