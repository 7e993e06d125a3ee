"""How fast a grid of 100 pictures opens in JupyterLab.

The clock runs from the start of the cell until every cell on screen shows its picture (goal: under 1 s). The first grid
is a sweep's, of ten animals in ten places, on flat pictures. The second one is what decoding can cost at most: a dozen
sandbox drawings of 1024x1024 pixels over and over, each with thumbnails of its own, none of them made before.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.benchmarks.figures import Figure, Section
from tests.browser.lab import Notebook, Server, open_notebook
from tests.chromium import launch
from tests.sandbox_server import SandboxServer

ROUNDS = 5

SETUP = """
import dataclasses
import apimart_widgets as am
from apimart_widgets.grid import Grid

session = am.Session("sk-benchmark", "{url}", library=":memory:")
animals = ["fox", "owl", "bear", "hare", "deer", "wolf", "crow", "lynx", "mole", "swan"]
places = ["snow", "rain", "fog", "sand", "reeds", "moss", "leaves", "heather", "rocks", "grass"]
sweep = session.sweep("A {{animal}} in {{place}}", animal=animals, place=places, quality="low")
sweep.run(max_cost=10)

drawing = am.Session(mode="sandbox", library=":memory:", sandbox_seconds=0)
jobs = [drawing.submit(f"{{animal}} in deep snow", quality="low", n=4) for animal in ("A fox", "An owl", "A bear")]
drawings = [image for job in jobs for image in job.result()]

def grid():
    pictures = [dataclasses.replace(drawings[n % 12], task_id=f"task_{{n}}") for n in range(100)]
    places = {{id(picture): divmod(number, 10) for number, picture in enumerate(pictures)}}
    labels = lambda picture: dict(zip(("ten", "one"), places[id(picture)]))
    return Grid(pictures, "ten", "one", labels=labels, caption=lambda picture: "14 s, $0.013")
"""
CONTENDERS = {
    "a sweep's grid of 100 cells": 'sweep.grid(row="animal", col="place")',
    "100 drawings that no one has looked at": "grid()",
}
GOALS = {"a sweep's grid of 100 cells": "below 1,000 ms"}

_WATCH = """
(cell) => {
  const area = document.querySelectorAll(".jp-Notebook .jp-CodeCell")[cell];
  const prompt = area.querySelector(".jp-InputArea-prompt");
  window.taken = null;
  let began = null;
  const onScreen = (picture) => {
    const box = picture.getBoundingClientRect();
    const room = picture.closest(".apw-matrix-room").getBoundingClientRect();
    return box.bottom > room.top && box.top < Math.min(room.bottom, innerHeight) && box.right > room.left
      && box.left < Math.min(room.right, innerWidth);
  };
  const look = () => {
    const shown = [...area.querySelectorAll(".apw-matrix img")].filter(onScreen);
    const painted = shown.length && shown.every((picture) => picture.complete && picture.naturalWidth);
    if (painted) [window.taken, window.shown] = [performance.now() - began, shown.length];
    else requestAnimationFrame(look);
  };
  new MutationObserver(() => {
    if (began !== null || !prompt.textContent.includes("*")) return;
    began = performance.now();
    // What the last run left is not what this one paints.
    for (const old of area.querySelectorAll(".apw-matrix img")) old.remove();
    requestAnimationFrame(look);
  }).observe(prompt, { childList: true, subtree: true, characterData: true });
}
"""


def first_paint(notebook: Notebook) -> list[Figure]:
    """Each contender in turn, round by round."""
    assert "Error" not in notebook.run(0).inner_text()
    taken: dict[str, list[float]] = {name: [] for name in CONTENDERS}
    shown = dict.fromkeys(CONTENDERS, 0)
    for _ in range(ROUNDS):
        for cell, name in enumerate(CONTENDERS, start=1):
            # Scrolled to the top beforehand: Lab brings a cell into sight by itself, and not always alike.
            notebook.cells.nth(cell).scroll_into_view_if_needed()
            notebook.page.evaluate(_WATCH, cell)
            notebook.run(cell)
            notebook.page.wait_for_function("window.taken !== null", timeout=60_000)
            taken[name].append(notebook.page.evaluate("window.taken"))
            shown[name] = notebook.page.evaluate("window.shown")
            notebook.page.evaluate("document.activeElement.blur()")
    return [
        Figure(what=f"{name} ({shown[name]} pictures on screen)", unit="ms", ours=found, goal=GOALS.get(name, ""))
        for name, found in taken.items()
    ]


def section() -> Section:
    """Milliseconds from the start of the cell to every picture on screen being painted."""
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = launch(playwright)
        with SandboxServer() as sandbox, Server(Path(folder)) as jupyter:
            jupyter.write("grid", [SETUP.strip().format(url=sandbox.url), *CONTENDERS.values()])
            with open_notebook(browser, jupyter, "grid", height=1200) as notebook:
                figures = first_paint(notebook)
        browser.close()
    return Section("A grid in JupyterLab, from the start of the cell to its pictures being painted", figures)
