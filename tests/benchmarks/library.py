"""What a large library costs: ten thousand pictures."""

from __future__ import annotations

import inspect
import json
import tempfile
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

import apimart_widgets as am
from apimart_widgets import images
from apimart_widgets.ledger import Scope
from apimart_widgets.library import Library, Picture, Query
from tests.benchmarks.figures import Figure, Section, alone, timed
from tests.browser.lab import Server, open_notebook
from tests.chromium import launch

COUNT, ROUNDS = 10_000, 5
SCOPE = Scope("https://api.apimart.ai", "account", "live")
PROMPTS = ("A red fox in the snow", "An ancient castle under a starry sky", "雪山上的狐狸", "A lighthouse in a storm")


def fill(folder: Path, count: int) -> None:
    """A library of so many pictures in jobs of four, a minute apart; the files are one and the same."""
    data = images.local_picture(bytes_of_a_picture()).data
    info = images.inspect(data)
    with Library(folder) as library, library._writing():
        for number in range(count // 4):
            name = f"job{number}"
            quality = ("low", "medium", "high")[number % 3]
            request = am.ImageRequest(f"{PROMPTS[number % 4]}, number {number}", n=4, quality=quality)
            library.add_job(name, SCOPE, request=request, idempotency_key=name, created=60.0 * number)
            library.set_job(name, status="completed", sent=60.0 * number, finished=60.0 * number, holder=None)
            for index in range(4):
                picture = Picture(request, f"task{number}", index, data, info, 60.0 * number + index, 0.01)
                library.add_image(name, SCOPE, picture)


def bytes_of_a_picture() -> bytes:
    with am.Session(mode="sandbox", library=":memory:", sandbox_seconds=0) as session:
        return session.generate("A red fox", quality="low", output_format="jpeg")[0].bytes


def measure(folder: str) -> None:
    """In a process of its own, which has the package imported, so that filling does not count; printed as JSON."""
    began = time.perf_counter()
    library = Library(folder)
    seconds = {
        "open": time.perf_counter() - began,
        "first page": timed(lambda: library.page(Query())),
        "page 100": timed(lambda: library.page(Query(), skip=100 * 12)),
        "search of a word": timed(lambda: library.page(Query(text="狐狸"))),
        "search of a word, a quality and a day": timed(
            lambda: library.page(Query.of(text="castle", quality="high", until="1970-01-03"))
        ),
        "words used": timed(library.words_used),
        "all of them, search()": timed(lambda: len(library.search())),
    }
    memory = peak()
    print(json.dumps([{what: each * 1000 for what, each in seconds.items()}, memory]))


def peak() -> float:
    """The most memory this process has had, in MB: ``getrusage`` begins with what its parent had."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:")) / 1024


PAGE = """
import apimart_widgets as am
panel = am.ImagePanel(am.Session(mode="sandbox", library={folder!r}))
panel
"""
MEMORY = f"{inspect.getsource(peak)}\nprint(peak())"

# From the press on History to every picture of its first page that is on screen being painted.
PAINTED = """
() => new Promise((resolve) => {
  const began = performance.now();
  [...document.querySelectorAll(".apw-panel button")].find((each) => each.textContent.trim() === "History").click();
  const look = () => {
    const tiles = [...document.querySelectorAll(".apw-results .apw-tile img")].filter((each) => {
      const box = each.getBoundingClientRect();
      return box.width && box.top < innerHeight && box.bottom > 0;
    });
    if (tiles.length > 3 && tiles.every((each) => each.complete && each.naturalWidth)) {
      resolve([performance.now() - began, tiles.length]);
    } else requestAnimationFrame(look);
  };
  look();
})
"""


def in_a_page(folder: Path) -> list[Figure]:
    """The first page of the history in JupyterLab, in a kernel of its own each time."""
    taken, memory, pictures = [], [], 0
    with tempfile.TemporaryDirectory() as root, Server(Path(root)) as server, sync_playwright() as playwright:
        browser = launch(playwright)
        for attempt in range(ROUNDS):
            server.write(f"history{attempt}", [PAGE.format(folder=str(folder)).strip(), MEMORY])
            with open_notebook(browser, server, f"history{attempt}", "lab", width=1300, height=1100) as notebook:
                notebook.run(0)
                notebook.page.get_by_role("button", name="History", exact=True).wait_for()
                milliseconds, pictures = notebook.page.evaluate(PAINTED)
                taken.append(milliseconds)
                memory.append(float(notebook.run(1).inner_text().strip().splitlines()[-1]))
        browser.close()
    return [
        Figure(what=f"history in Lab, press to {pictures} pictures painted", unit="ms", ours=taken),
        Figure(what="the kernel's memory with it", unit="MB", ours=memory),
    ]


def section() -> Section:
    """Fill a library and measure it."""
    with tempfile.TemporaryDirectory() as folder:
        fill(Path(folder), COUNT)
        code = f"from tests.benchmarks.library import measure; measure({folder!r})"
        found = [alone(code) for _ in range(ROUNDS)]
        names = list(found[0][0])
        figures = [Figure(what=name, unit="ms", ours=[times[name] for times, _ in found]) for name in names]
        figures.append(Figure(what="memory of the process", unit="MB", ours=[memory for _, memory in found]))
        figures += in_a_page(Path(folder))
    return Section(f"A library of {COUNT:,} pictures", figures)
