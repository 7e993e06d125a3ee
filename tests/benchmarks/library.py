"""What a large library costs: ten thousand pictures. Numbers for people: nothing is asserted.

python -m tests.benchmarks.library [PICTURES]
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import sync_playwright

import apimart_widgets as am
from apimart_widgets import images
from apimart_widgets.ledger import Scope
from apimart_widgets.library import Library, Picture, Query
from tests.browser.lab import Server, open_notebook
from tests.chromium import launch

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


MEASURE = """
import sys
from tests.benchmarks.library import measure
measure(sys.argv[1])
"""


def measure(folder: str) -> None:
    """In a process of its own, so that filling does not count."""
    began = time.perf_counter()
    library = Library(folder)
    told("open", began)
    timed("first page", lambda: library.page(Query()))
    timed("page 100", lambda: library.page(Query(), skip=100 * 12))
    timed("search of a word", lambda: library.page(Query(text="狐狸")))
    timed("search, quality and day", lambda: library.page(Query.of(text="castle", quality="high", until="1970-01-03")))
    timed("words used", library.words_used)
    timed("all of them, search()", lambda: len(library.search()))
    print(f"{'peak memory':30s} {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:7.0f} MB")


def timed(what: str, act: Callable[[], object]) -> None:
    began = time.perf_counter()
    act()
    told(what, began)


def told(what: str, began: float) -> None:
    print(f"{what:30s} {(time.perf_counter() - began) * 1000:7.1f} ms")


PAGE = """
import resource
import apimart_widgets as am
panel = am.ImagePanel(am.Session(mode="sandbox", library={folder!r}))
panel
"""
MEMORY = "print(f'{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB')"

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


def in_a_page(folder: Path) -> None:
    """The first page of the history in JupyterLab, in a kernel of its own each time."""
    with tempfile.TemporaryDirectory() as root, Server(Path(root)) as server, sync_playwright() as playwright:
        browser = launch(playwright)
        for attempt in range(3):
            server.write(f"history{attempt}", [PAGE.format(folder=str(folder)).strip(), MEMORY])
            with open_notebook(browser, server, f"history{attempt}", "lab", width=1300, height=1100) as notebook:
                notebook.run(0)
                notebook.page.get_by_role("button", name="History", exact=True).wait_for()
                milliseconds, pictures = notebook.page.evaluate(PAINTED)
                print(
                    f"{'first page, press to paint':30s} {milliseconds:7.1f} ms   {pictures} pictures on screen", end=""
                )
                print(f"   kernel: {notebook.run(1).inner_text().strip().splitlines()[-1]}")
        browser.close()


def main(count: int) -> None:
    """Fill a library and measure it."""
    with tempfile.TemporaryDirectory() as folder:
        fill(Path(folder), count)
        print(f"{count} pictures, in a process that has the package imported:")
        subprocess.run([sys.executable, "-c", MEASURE, folder], check=True)
        print("and in JupyterLab:")
        in_a_page(Path(folder))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
