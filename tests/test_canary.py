"""One live session from end to end, under a key that is then looked for in everything written and said."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from tests.sandbox_server import SandboxServer

CANARY = "sk-canary-9f3b7c2e5a814d60b1f7"

SETUP = """
import json, logging, os, pathlib, pickle, sys, traceback
logging.basicConfig(filename="debug.log", level=logging.DEBUG, force=True)
import apimart_widgets as am
said = []

def attempt(act):
    # A traceback with its locals, as a crash reporter takes it.
    try:
        said.append(repr(act()))
    except Exception as error:
        said.append("".join(traceback.TracebackException.from_exception(error, capture_locals=True).format()))
        said.append(repr(vars(error)))

def pickled(value):
    try:
        return pickle.dumps(value)
    except Exception as error:
        return repr(error)
"""
PANEL = """
panel = am.ImagePanel()
panel
"""
WORK = """
session = panel.session
session.submit("An owl")._ipython_display_()
assert session.mode == "live"
job = session.submit("A red fox", n=2)
images = job.result(60)
panel.request = am.ImageRequest("A red fox", n=2)
panel.submit().result(60)
images.save("saved")
images.to_zip("saved.zip")
session.export("exported")
for name, write in {"curl": images[0].request.as_curl, "python": images[0].request.as_python}.items():
    pathlib.Path(name).write_text(write(session.origin))
said += [repr(vars(each)) for each in (session, session._client, session._runner, job, panel, images[0])]
said += [job.report(), job._repr_html_(), session.library._repr_html_(), panel.request._repr_html_()]
for form in ("python", "curl", "json"):
    panel._submit_bar._handle_custom_msg({"kind": "code", "form": form}, [])
said += [str(event) for event in job.events] + [images._repr_html_(), str(session.spent()), repr(session.balance())]
images
"""
TROUBLE = """
attempt(lambda: session.generate("[refuse] A fox", timeout=60))
attempt(lambda: session.generate("[fail] A fox", timeout=60))
attempt(lambda: session.generate("", n="2"))
attempt(lambda: am.Session(os.environ["APIMART_API_KEY"] + "\\u200b"))
attempt(lambda: am.Session(os.environ["APIMART_API_KEY"], "ftp://nowhere"))
wrong = am.Session(os.environ["APIMART_API_KEY"].replace("sk-", "sk-wrong-"), library=":memory:")
attempt(lambda: wrong.generate("A fox", timeout=60))
said.append(repr([pickled(each) for each in (session, session._key, job, images, panel.request)]))
"""
STATE = """
import ipywidgets
state = ipywidgets.Widget.get_manager_state()
pathlib.Path("state.json").write_text(json.dumps(state, default=repr))
pathlib.Path("said.txt").write_text("\\n".join(said))
session.resume(), session.library
print(len(said), len(state["state"]))
"""


def forms(key: str) -> list[bytes]:
    """The key as it stands, and as base64 at each of the three places it may begin."""
    found = [key.encode(), key.encode("utf-16-le"), key[3:].encode()]
    for shift in range(3):
        coded = base64.b64encode(b"\0" * shift + key.encode())
        # Without the ends, which depend on what stands beside it.
        found.append(coded[4 if shift else 0 : -4])
    return found


def everything_in(folder: Path) -> Iterator[tuple[Path, bytes]]:
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        yield path, path.read_bytes()
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                for name in archive.namelist():
                    yield path / name, archive.read(name)


@pytest.mark.timeout(240)
def test_the_key_is_in_nothing_that_is_written_or_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with SandboxServer(seconds=0) as server:
        for name, value in {
            "APIMART_API_KEY": CANARY,
            "APIMART_BASE_URL": server.url,
            "APIMART_LIBRARY": str(tmp_path / "library"),
            "APIMART_BUDGET": "100",
            "IPYTHONDIR": str(tmp_path / "ipython"),
        }.items():
            monkeypatch.setenv(name, value)
        notebook = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(cell) for cell in (SETUP, PANEL, WORK, TROUBLE, STATE)]
        )
        client = NotebookClient(
            notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
        )
        client.execute()
        nbformat.write(notebook, tmp_path / "session.ipynb")
        checked = subprocess.run(
            [sys.executable, "-m", "apimart_widgets", "check", "--spend", "0.05", "--folder", str(tmp_path)],
            capture_output=True,
            text=True,
            check=False,
        )
        (tmp_path / "check.txt").write_text(checked.stdout + checked.stderr)
        assert server.ledger()["billed_images"] >= 4
    # It was all there to be found.
    written = dict(everything_in(tmp_path))
    assert {"debug.log", "said.txt", "state.json", "session.ipynb", "library.sqlite3", "curl", "python"} <= {
        path.name for path in written
    }
    assert b"httpcore" in written[tmp_path / "debug.log"]
    assert len(json.loads(written[tmp_path / "state.json"])["state"]) > 20
    assert b"application/vnd.jupyter.widget-state+json" in written[tmp_path / "session.ipynb"]
    assert any(path.name.startswith("apimart-check") for path in written)
    assert tmp_path / "exported" / "recordings.json" in written
    assert any(path.suffix == ".png" for path in written)
    # The key stood in the environment of the kernel and in no file.
    found = {
        str(path.relative_to(tmp_path)) for path, data in written.items() for form in forms(CANARY) if form in data
    }
    assert found == set()
