"""What mybinder.org makes of this repository: an environment from binder/ alone, and the quickstart run in it.

repo2docker reads binder/ and nothing beside it, and lets pip install binder/requirements.txt from the root of the
checkout, into the environment of the Jupyter server itself.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import nbformat
import pytest

from tests.conftest import Measured
from tests.installer import install
from tests.test_notebooks import assert_shows_pictures

ROOT = Path(__file__).parents[1]
BINDER = ROOT / "binder"


def test_nothing_in_binder_is_left_unread() -> None:
    """The test below does what repo2docker does with these two files; any other would do something it does not see."""
    assert {path.name for path in BINDER.iterdir()} == {"requirements.txt", "runtime.txt"}
    assert not (ROOT / ".binder").exists(), "repo2docker refuses a repository with both folders"
    # Of the form that it reads. With another Python than this one the test below would prove less.
    assert re.fullmatch(r"python-3\.\d+\n", (BINDER / "runtime.txt").read_text(encoding="utf-8"))


def test_the_addresses_in_the_readme_open_a_notebook() -> None:
    addresses = re.findall(r"https://mybinder\.org/v2/[^\s)`]+", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert addresses
    for address in addresses:
        (opened,) = parse_qs(urlsplit(address).query)["urlpath"]
        assert opened.startswith("lab/tree/")
        assert (ROOT / opened.removeprefix("lab/tree/")).is_file()


@pytest.mark.kernel
@pytest.mark.timeout(900)
def test_the_quickstart_runs_in_what_binder_installs(tmp_path: Path, record_property: Measured) -> None:
    outside = {name: value for name, value in os.environ.items() if not name.startswith(("APIMART_", "PYTHON"))}
    began = time.monotonic()
    environment = _built(tmp_path / "environment", outside)
    built = time.monotonic()
    shown = _executed(environment, tmp_path, outside)
    ran = time.monotonic()
    record_property("binder/", f"installed in {built - began:.0f} s, quickstart run in {ran - built:.0f} s")
    assert_shows_pictures(shown, tmp_path)


def _built(folder: Path, outside: dict[str, str]) -> Path:
    """A new environment with what binder/requirements.txt brings, and nothing else."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    install(folder / "bin" / "python", "-r", "binder/requirements.txt", folder=ROOT, env=outside)
    # What a page of JupyterLab needs to show the panel comes with it.
    extensions = folder / "share" / "jupyter" / "labextensions"
    assert (extensions / "anywidget").is_dir()
    assert (extensions / "@jupyter-widgets" / "jupyterlab-manager").is_dir()
    return folder


def _executed(environment: Path, scratch: Path, outside: dict[str, str]) -> nbformat.NotebookNode:
    """The quickstart after a kernel of the new environment ran it, without a key and without a way out."""
    notebook, ran = ROOT / "notebooks" / "quickstart.ipynb", scratch / "ran.ipynb"
    nowhere = {"HTTP_PROXY": "http://127.0.0.1:9", "HTTPS_PROXY": "http://127.0.0.1:9"}
    quiet = {"APIMART_LIBRARY": str(scratch / "library"), "JUPYTER_PLATFORM_DIRS": "1"}
    here = {**outside, **nowhere, **quiet}
    python = environment / "bin" / "python"
    where = [python, "-c", "import apimart_widgets; print(apimart_widgets.__file__)"]
    found = subprocess.run(where, check=True, cwd=notebook.parent, env=here, capture_output=True, text=True).stdout
    assert Path(found).is_relative_to(environment), "the package comes from elsewhere"
    execute = [python, "-m", "jupyter", "execute", "--timeout=240", f"--output={ran}", str(notebook)]
    subprocess.run(execute, check=True, env=here)
    return nbformat.read(ran, as_version=4)
