"""The notebooks run from top to bottom, without a key and without a network, and show their pictures."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from nbconvert import HTMLExporter
from playwright.sync_api import sync_playwright

from tests import chromium
from tests.conftest import Measured

NOTEBOOKS = sorted(Path(__file__).parents[1].glob("notebooks/*.ipynb"))
LESSON = next(path for path in NOTEBOOKS if path.stem == "teaching")

# What a reader has seen by the end, in this order.
SEEN = {
    "comparing_quality": [
        r"Nothing was sent\. Write sweep\.run\(max_cost=4\.40\)",
        # The painter's true effect, found: intervals above zero, and of next to nothing for brightness.
        r"sharpness .* by quality, against low",
        r"medium +\+\S+ +\+\S+ to \+\S+",
        r"high +\+\S+ +\+\S+ to \+\S+",
        r"brightness by quality, against low",
        r"high +[+-]0\.0\d+ ",
        r"198 decisions, invented by dice",
        r"Comparisons: 180, prompts: 10, raters: 3",
        r"the same contrast: True",
        r"These are drawings of an offline sandbox and no evidence about any model\.",
        r"Differences in sharpness, brightness\s+between levels of quality",
    ],
    "teaching": [
        r"submit returned after",
        r"completed, cost \$0\.022 \(play money\)",
        r"→ POST \S+  attempt 1\n    Authorization: Bearer \$APIMART_API_KEY\n",
        r"← 200 in .* task task_\w+\n",
        r"→ GET /v1/tasks/task_\w+  ← in .* (?:pending|processing), \d+ %(?:, about \d+ s expected)?\n",
        r"→ GET https://\S+\.png  ← in .* bytes, png\n",
        r"cancel the last, still in the queue: True",
        r"cancel the first, sent already: +False",
        r"Not done within 0\.5 s .* The job goes on",
        r"finished all the same: 1 picture",
        r"The job was cancelled before it was sent\.",
        r"\[slow\] +1 picture",
        r"\[429\] +1 picture",
        r"ContentPolicyError: Refused by the safety filter\.",
        r"TaskFailedError: APIMart could not make the picture\.",
        r"post: attempt 1\n.* retry: because .* wait 1\.0, .*\n.* post: attempt 2",
        r"This request has 2 problems\. Nothing was sent\.",
        r"blue-dog-17 -> (task_\w+) \nblue-dog-17 -> \1 true\nred-cat-42 -> (?!\1)task_\w+",
        r"3 requests, 2 pictures billed",
        r"the same job: True",
        r"cat +in the fog +\d+ of 64 bits differ",
        r"24 pictures, in play money: \$0\.26 was billed",
    ],
}
SOLVED = [r"\d+ polls", r"together: +\d", r"(?s)subject × style.*sailing boat.*castle.*and 4 more"]


VISIBLE = "images => images.map(image => image.complete && image.naturalWidth > 0 && image.clientWidth > 0)"


def execute(notebook: Any, folder: Path, afterwards: list[Any]) -> None:
    """Run a notebook, and then further cells, in a fresh kernel that has neither key nor way out."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("APIMART_")}
    environment |= {
        "APIMART_LIBRARY": str(folder / "library"),
        # Whatever tried to reach the network would be told off by this port.
        "HTTP_PROXY": "http://127.0.0.1:9",
        "HTTPS_PROXY": "http://127.0.0.1:9",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    }
    cells = list(notebook.cells)
    notebook.cells = cells + afterwards
    client = NotebookClient(notebook, timeout=240, resources={"metadata": {"path": str(LESSON.parent)}})
    client.execute(env=environment)
    notebook.cells = cells


def solutions_of(lesson: Any) -> list[Any]:
    """The lesson's folded solutions, as cells."""
    folded = [cell.source for cell in lesson.cells if cell.source.startswith("<details>")]
    codes = [code for source in folded for code in re.findall(r"```python\n(.*?)```", source, re.DOTALL)]
    assert len(codes) == sum(cell.source.startswith("# Your code for exercise") for cell in lesson.cells)
    return [nbformat.v4.new_code_cell(code) for code in codes]


def assert_shown_offline(path: Path) -> None:
    """An exported notebook shows every picture in a browser that reaches nothing but the file."""
    with sync_playwright() as playwright:
        browser = chromium.launch(playwright)
        page = browser.new_page(viewport={"width": 1000, "height": 900}, offline=True)
        page.goto(path.as_uri())
        images = page.locator("img")
        assert images.count() >= 3
        assert all(images.evaluate_all(VISIBLE))
        browser.close()


def assert_shows_pictures(notebook: Any, folder: Path) -> None:
    """A notebook ran without a complaint and shows pictures, as a page of its own too."""
    outputs = outputs_of(notebook)
    assert not [output for output in outputs if output.output_type == "error"]
    assert not [output.text for output in outputs if output.get("name") == "stderr"]
    shown = [output.data for output in outputs if "data" in output]
    assert any("<img" in data.get("text/html", "") for data in shown)
    assert any("image/png" in data for data in shown)
    if chromium.installed():
        page = folder / "exported.html"
        page.write_text(HTMLExporter().from_notebook_node(notebook)[0], encoding="utf-8")
        assert_shown_offline(page)


def outputs_of(notebook: Any) -> list[Any]:
    return [output for cell in notebook.cells for output in cell.get("outputs", [])]


def assert_seen(notebook: Any, sentences: list[str]) -> None:
    text = "\n".join(
        output.get("text") or output.get("data", {}).get("text/plain", "") for output in outputs_of(notebook)
    )
    place = 0
    for sentence in sentences:
        found = re.compile(sentence).search(text, place)
        assert found, f"{sentence!r} is not in what follows:\n{text[place:]}"
        place = found.start()


@pytest.mark.kernel
@pytest.mark.timeout(300)
@pytest.mark.parametrize("path", [path for path in NOTEBOOKS if path.stem != "quickstart"], ids=lambda path: path.stem)
def test_a_notebook_runs_and_shows_pictures(path: Path, tmp_path: Path, record_property: Measured) -> None:
    """All but the quickstart, which tests/test_binder.py runs where Binder would."""
    notebook = nbformat.read(path, as_version=4)
    solutions = solutions_of(notebook) if path == LESSON else []
    execute(notebook, tmp_path, solutions)
    for cell, sentence in zip(solutions, SOLVED if solutions else [], strict=True):
        assert re.search(sentence, str(cell.outputs)), cell.outputs
    record_property(f"{path.name}, saved with what it shows", f"{len(nbformat.writes(notebook)) / 1e6:.2f} MB")
    assert_shows_pictures(notebook, tmp_path)
    assert_seen(notebook, SEEN.get(path.stem, []))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_no_price_is_set_as_a_formula(path: Path) -> None:
    """Two dollar signs in a paragraph are mathematics to Jupyter, with a backslash before them too."""
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "markdown":
            assert "$" not in re.sub(r"```.*?```", "", cell.source, flags=re.DOTALL), cell.source


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_committed_clean_and_cannot_spend(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert cells
    for cell in cells:
        assert cell.outputs == []
        assert cell.execution_count is None
    opened = re.findall(r"am\.Session\((.*?)\)", "\n".join(cell.source for cell in cells))
    assert opened
    assert "ImagePanel()" not in "".join(cell.source for cell in cells), "a panel without a session may be a live one"
    assert all('mode="sandbox"' in arguments for arguments in opened)
