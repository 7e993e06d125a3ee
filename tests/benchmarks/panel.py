"""What the panel costs: opening it, results on the wire, stalls of the kernel, drawing in a browser.

Beside each figure stands a peer measured in the same run: 26 plain core controls, ``ipywidgets.Image``, a cell without
jobs. Pictures come from a sandbox server in a process of its own; where painting them is not the subject it has painted
them before.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page as BrowserPage
from playwright.sync_api import sync_playwright

from tests.benchmarks.figures import Figure, Section, milliseconds
from tests.browser.lab import Notebook, Server, open_notebook
from tests.chromium import launch
from tests.kernel.front_end import FrontEnd, Traffic
from tests.kernel.page import Page, root
from tests.kernel.versions import VERSIONS, running
from tests.sandbox_server import SandboxServer

ROUNDS = 7

SESSION = """
import time, pathlib
import ipywidgets as widgets
import apimart_widgets as am
session = am.Session("{key}", "{url}", library=":memory:")
"""

# As many parts as a form of this size takes when each keeps the layout and style it is born with.
CONTROLS = """
def build_controls():
    made = []
    for number in range(8):
        made.append(widgets.Dropdown(options=["auto", "low", "medium", "high"], description=f"Choice {number}"))
    for number in range(4):
        made.append(widgets.ToggleButtons(options=["auto", "low", "medium", "high"], description=f"Toggle {number}"))
    made += [widgets.Textarea(description="Prompt"), widgets.Textarea(description="References")]
    made += [widgets.IntSlider(description="Images"), widgets.BoundedIntText(description="Compression")]
    made += [widgets.Button(description="Generate"), widgets.Button(description="Compare")]
    made += [widgets.HTML("status") for _ in range(2)] + [widgets.Checkbox(description="More")]
    made += [widgets.FloatProgress()]
    return widgets.VBox([widgets.HBox(made[:8]), widgets.HBox(made[8:16]), widgets.VBox(made[16:])])
"""

STALLS = """
def longest_stall(done):
    # Seconds between two turns of a loop that does nothing else, until a second after `done()`.
    longest, last, end = 0.0, time.perf_counter(), None
    while end is None or last < end:
        now = time.perf_counter()
        longest, last = max(longest, now - last), now
        if end is None and done():
            end = now + 1.0
    return longest

def eight_jobs(session):
    return [session.submit(f"Fox {number}", size="3:2", quality="low") for number in range(8)]

def stalls(key):
    # Without jobs, and while eight jobs of a panel end at once.
    with am.Session(key, session.origin, library=":memory:", max_concurrency=8) as fresh:
        panel = am.ImagePanel(fresh)
        begin = time.perf_counter()
        quiet = longest_stall(lambda: time.perf_counter() > begin + 1.0)
        jobs = eight_jobs(fresh)
        busy = longest_stall(lambda: all(job.done() for job in jobs))
        panel.close()
    return quiet, busy
"""


@contextmanager
def kernel(server: SandboxServer, key: str) -> Iterator[FrontEnd]:
    """A kernel of the newest version with a session open, and a front end for it."""
    with running(VERSIONS[-1], server) as manager, FrontEnd(manager) as front:
        front.run(SESSION.format(key=key, url=server.url) + CONTROLS + STALLS)
        yield front


def cost(front: FrontEnd, code: str) -> Traffic:
    """What a cell sends for widgets, until everything it started has been sent."""
    front.traffic = Traffic()
    front.run(code)
    front.run("from apimart_widgets.widgets import projector\nprojector._shared_executor().submit(int).result()")
    return front.traffic


# ---- opening

PLAIN = "26 core controls"


def opening() -> Section:
    """comm_open and JSON of a panel, and the kernel's time for it, beside 26 core controls."""
    panel, controls = "panel = am.ImagePanel(session)\npanel", "shown = build_controls()\nshown"
    timed = "began = time.perf_counter()\n{}\nprint(time.perf_counter() - began)"
    with SandboxServer() as server, kernel(server, "sk-opening") as front:
        first, plain, second = (cost(front, code) for code in (panel, controls, panel))
        front.traffic = Traffic()
        taken: dict[str, list[float]] = {"am.ImagePanel(session)": [], "build_controls()": []}
        for _ in range(ROUNDS):
            for code, found in taken.items():
                found.append(float(front.run(timed.format(code)).text))
    ours, peer = map(milliseconds, taken.values())
    figures = []
    for name, sent in {"": first, ", a second one": second}.items():
        beside = {PLAIN: [plain.opened]}
        figures.append(Figure(what=f"comm_open{name}", unit="", ours=[sent.opened], beside=beside, goal="at most 40"))
        beside = {PLAIN: [plain.json / 1000]}
        figures.append(
            Figure(what=f"JSON{name}", unit="kB", ours=[sent.json / 1000], beside=beside, goal="at most 60 kB")
        )
        figures.append(Figure(what=f"source of widgets{name}", unit="kB", ours=[sent.source / 1000]))
    figures.append(Figure(what="kernel time", unit="ms", ours=ours, beside={PLAIN: peer}))
    return Section("Opening the panel", figures)


# ---- results on the wire

_BARE = "widgets.HBox([widgets.Image(value=image.bytes) for job in [{}] for image in job.images])"


def wire() -> Section:
    """Bytes for four pictures and for a hundred, until one is opened."""
    with SandboxServer(flat=False) as server, kernel(server, "sk-wire") as front:
        page = Page(front, root(front.run("panel = am.ImagePanel(session)\npanel")))
        front.traffic = Traffic()
        front.run('panel.request = am.ImageRequest("A red fox at dusk", size="3:2", quality="high", n=4)')
        front.run("job = panel.submit()")
        page.wait_for(1)
        four = front.traffic
        bare_four = cost(front, _BARE.format("job"))
        front.traffic = Traffic()
        front.run('for number in range(24): session.submit(f"Fox {number}", size="3:2", quality="low", n=4)')
        page.wait_for(25)
        hundred = [each + more for each, more in zip(_sent(four), _sent(front.traffic), strict=True)]
        bare_hundred = cost(front, _BARE.format("*session.jobs"))
        identity = page.images[0]
        front.traffic = Traffic()
        front.send(page.results, kind="open", id=identity)
        front.wait(lambda: page.results.messages("picture"))
        opened = front.traffic
    figures = []
    for name, ours, bare in (("4 results", _sent(four), bare_four), ("100 results", hundred, bare_hundred)):
        goal = "at most 200 kB" if bare is bare_four else ""
        beside = {"ipywidgets.Image": [_sent(bare)[0]]}
        figures.append(Figure(what=name, unit="kB", ours=[ours[0]], beside=beside, goal=goal))
        figures.append(Figure(what=f"  of which JSON, {name}", unit="kB", ours=[ours[1]]))
    figures.append(Figure(what="one picture opened", unit="kB", ours=[_sent(opened)[0]]))
    return Section("Results of 1536x1024 on the wire, until one is opened", figures)


def _sent(traffic: Traffic) -> tuple[float, float]:
    """kB of everything, and of JSON alone."""
    return (traffic.json + traffic.binary) / 1000, traffic.json / 1000


# ---- stalls


def stalls() -> Section:
    """Longest time the kernel's main thread stood still while eight jobs ended at once, a round each."""
    with SandboxServer(flat=False) as server, kernel(server, "sk-first") as front:
        front.run("for job in eight_jobs(session): job.result()")  # has them painted
        rounds = [json.loads(front.run(f"print(list(stalls('sk-{turn}')))").text) for turn in range(ROUNDS)]
    quiet, busy = (milliseconds(found) for found in zip(*rounds, strict=True))
    beside = {"a cell without jobs": quiet}
    figure = Figure(what="longest stall while eight jobs end", unit="ms", ours=busy, beside=beside, goal="below 20 ms")
    return Section("The kernel's main thread", [figure])


# ---- in a browser


def browser() -> Section:
    """First render in JupyterLab, and how long ticks and scrolls of 200 results keep the page's thread."""
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder, SandboxServer() as server:
        opened = launch(playwright)
        setup = SESSION.format(key="sk-browser", url=server.url) + CONTROLS
        cells = [setup, "am.ImagePanel(session)", "build_controls()"]
        many = "panel = am.ImagePanel(session)\nfor number in range(50): session.submit(f'Fox {number}', n=4)\npanel"
        with Server(Path(folder)) as jupyter:
            jupyter.write("render", cells)
            jupyter.write("many", [setup.replace("sk-browser", "sk-many"), many])
            with open_notebook(opened, jupyter, "render") as notebook:
                figures = [_first_render(notebook)]
            with open_notebook(opened, jupyter, "many") as notebook:
                notebook.run(0)
                notebook.run(1)
                figures += _two_hundred(notebook.page)
        opened.close()
    return Section("The panel in JupyterLab", figures)


_WATCH = """
([cell, parts]) => {
  const area = document.querySelectorAll(".jp-Notebook .jp-CodeCell")[cell];
  window.taken = null;
  let began = null;
  const prompt = area.querySelector(".jp-InputArea-prompt");
  const look = () => {
    const there = parts.every(([selector, count]) => area.querySelectorAll(selector).length >= count);
    if (there) window.taken = performance.now() - began;
    else requestAnimationFrame(look);
  };
  new MutationObserver(() => {
    if (began !== null || !prompt.textContent.includes("*")) return;
    began = performance.now();
    requestAnimationFrame(look);
  }).observe(prompt, { childList: true, subtree: true, characterData: true });
}
"""
_PANEL_PARTS = [[".apw-prompt-text", 1], [".apw-submit button", 2], [".apw-results-body", 1], ["select", 6]]
_CONTROL_PARTS = [["select", 8], ["textarea", 2], [".jupyter-button", 18], [".widget-hprogress", 1]]


def _first_render(notebook: Notebook) -> Figure:
    """From the start of the cell to all parts being there."""
    notebook.run(0)
    taken: dict[str, list[float]] = {"the panel": [], PLAIN: []}
    contenders = zip((1, 2), (_PANEL_PARTS, _CONTROL_PARTS), taken.values(), strict=True)
    for cell, parts, found in list(contenders) * ROUNDS:
        notebook.page.evaluate(_WATCH, [cell, parts])
        notebook.run(cell)
        notebook.page.wait_for_function("window.taken !== null")
        found.append(notebook.page.evaluate("window.taken"))
    return Figure(what="first render", unit="ms", ours=taken["the panel"], beside={PLAIN: taken[PLAIN]})


_TICK = """
async () => {
  const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  const taken = [];
  for (const check of [...document.querySelectorAll(".apw-tick")].slice(0, 40)) {
    const began = performance.now();
    check.click();
    document.querySelector(".apw-results-body").getBoundingClientRect(); // style and layout count
    taken.push((performance.now() - began) / 1000);
    await frame();
  }
  return taken;
}
"""


def _two_hundred(page: BrowserPage) -> list[Figure]:
    page.locator(".apw-earlier").click(timeout=60_000)
    page.wait_for_function("document.querySelectorAll('.apw-tile-open').length === 200", timeout=60_000)
    page.locator(".apw-tile img").last.scroll_into_view_if_needed()
    ticks = milliseconds(page.evaluate(_TICK))
    figures = [Figure(what="a tick among 200 results", unit="ms", ours=ticks, goal="below 16 ms")]
    for name, pixels in {"first time": -300, "again": 300}.items():
        script, everything = map(milliseconds, _scrolled(page, pixels, 30))
        what = f"a scroll of 300 px among 200 results, {name}"
        figures.append(Figure(what=what, unit="ms", ours=script, goal="below 16 ms"))
        figures.append(Figure(what="  with decoding and painting", unit="ms", ours=everything))
    return figures


def _scrolled(page: BrowserPage, pixels: int, count: int) -> tuple[list[float], list[float]]:
    """Seconds of the page's main thread for each of `count` turns of the wheel, by the browser's own account.

    First script, style and layout alone, then everything.
    """
    page.mouse.move(700, 500)
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")

    def spent() -> dict[str, float]:
        metrics = session.send("Performance.getMetrics")["metrics"]
        return {metric["name"]: metric["value"] for metric in metrics if metric["name"].endswith("Duration")}

    taken: list[dict[str, float]] = []
    for _ in range(count):
        before = spent()
        page.mouse.wheel(0, pixels)
        page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        taken.append({name: value - before[name] for name, value in spent().items()})
    script = [each["ScriptDuration"] + each["LayoutDuration"] + each["RecalcStyleDuration"] for each in taken]
    return script, [each["TaskDuration"] for each in taken]
