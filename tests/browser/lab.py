"""A real JupyterLab (and Notebook 7, which the same server serves) with a notebook open in chromium."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import httpx
import nbformat
from playwright.sync_api import Browser, Dialog, Error, Locator, Page, expect

FrontEnd = Literal["lab", "notebook", "voila"]
Theme = Literal["light", "dark"]
PATIENCE = 60_000  # milliseconds
# JupyterLab is loaded, and nothing is open in it.
IS_FREE = "'jupyterapp' in window && [...jupyterapp.shell.widgets('main')].length == 0"
CLOSE = "[...jupyterapp.shell.widgets('main')].forEach(widget => widget.dispose())"
# A page may still think that the kernel of an earlier notebook of that name is there.
OPEN = """async path => {
  await jupyterapp.serviceManager.sessions.refreshRunning();
  await jupyterapp.commands.execute('docmanager:open', {path});
}"""
# What a test left in its kernel: sessions at work, widgets, settings, names.
CLEAN = """
import gc, os, apimart_widgets, ipywidgets
[each.close() for each in gc.get_objects() if type(each) is apimart_widgets.Session]
ipywidgets.Widget.close_all()
[os.environ.pop(name) for name in ("APIMART_API_KEY", "APIMART_BASE_URL") if name in os.environ]
get_ipython().run_line_magic("reset", "-f")
"""
RUN_UNSEEN = """async code => {
  const kernel = jupyterapp.shell.currentWidget?.sessionContext.session?.kernel;
  if (!kernel) return null;
  const reply = await kernel.requestExecute({code, silent: true, store_history: false}).done;
  return reply.content.status;
}"""
# The notebook and its kernel under another name and with other cells.
TAKE_OVER = """async ([name, notebook]) => {
  const {context} = jupyterapp.shell.currentWidget;
  if (context.path !== name) await context.rename(name);
  context.model.fromJSON(notebook);
  await context.save();
}"""
CHANGE_THEME = "theme => jupyterapp.commands.execute('apputils:change-theme', {theme})"
# Lab takes everything off the page for a frame once it has a new theme, and a busy machine draws frames late.
HAS_THEME = "name => document.body.dataset.jpThemeName === name && jupyterapp.shell.isVisible"
_THEMES: dict[Theme, str] = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}


# What a notebook does not need costs a fifth of what it takes to load the page, and more at each change of the theme.
UNUSED = [
    f"@jupyterlab/{name}-extension"
    for name in (
        *("audio", "console", "csvviewer", "debugger", "extensionmanager", "fileeditor", "help", "htmlviewer"),
        *("hub", "imageviewer", "inspector", "launcher", "logconsole", "lsp", "markdownviewer", "mermaid"),
        *("pluginmanager", "running", "settingeditor", "terminal", "toc", "tooltip", "video"),
    )
]


class Server:
    """One Jupyter server on a folder of its own, without a token."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        quiet = {"fetchNews": "false", "checkForUpdates": False, "doNotDisturbMode": True}
        _write(folder / "settings/@jupyterlab/apputils-extension/notification.jupyterlab-settings", quiet)
        _write(folder / "config/labconfig/page_config.json", {"disabledExtensions": dict.fromkeys(UNUSED, True)})
        self.notebooks = folder / "notebooks"
        self.notebooks.mkdir()
        # Either front end as the last test left it, with a notebook of that name and its kernel, cleaned.
        self.waiting: dict[FrontEnd, tuple[Page, str]] = {}

    def __enter__(self) -> Server:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("APIMART_")}
        environment |= {
            "APIMART_LIBRARY": str(self.folder / "library"),
            "JUPYTERLAB_SETTINGS_DIR": str(self.folder / "settings"),
            "JUPYTERLAB_WORKSPACES_DIR": str(self.folder / "workspaces"),
            "JUPYTER_CONFIG_DIR": str(self.folder / "config"),
            "JUPYTER_RUNTIME_DIR": str(self.folder / "runtime"),
            "IPYTHONDIR": str(self.folder / "ipython"),
            "JUPYTER_PLATFORM_DIRS": "1",
        }
        options = [
            "--no-browser",
            "--allow-root",
            "--ServerApp.ip=127.0.0.1",
            f"--ServerApp.port={self.url.split(':')[-1]}",
        ]
        options += ["--IdentityProvider.token=", f"--ServerApp.root_dir={self.notebooks}", "--ServerApp.port_retries=0"]
        options += ["--LabApp.extension_manager=readonly", "--ServerApp.disable_check_xsrf=True"]
        options += ["--LabApp.expose_app_in_browser=True", "--JupyterNotebookApp.expose_app_in_browser=True"]
        with (self.folder / "server.log").open("w") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "jupyterlab", *options], env=environment, stdout=log, stderr=subprocess.STDOUT
            )
        self._wait()
        return self

    def __exit__(self, *_: object) -> None:
        for session in self._sessions():
            self._end(session)
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            # Seen once, at the end of all tests; what it waited for is not known.
            self._process.kill()
            self._process.wait()

    def shut_down(self, name: str) -> None:
        """End the kernel of a notebook."""
        for session in self._sessions():
            if session["path"] == f"{name}.ipynb":
                self._end(session)

    def _sessions(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = httpx.get(f"{self.url}/api/sessions", trust_env=False).json()
        return found

    def _end(self, session: dict[str, Any]) -> None:
        httpx.delete(f"{self.url}/api/sessions/{session['id']}", trust_env=False, timeout=60)

    def _wait(self) -> None:
        transport = httpx.HTTPTransport(retries=12)  # with a growing pause between them
        with httpx.Client(transport=transport, trust_env=False) as client:
            assert client.get(f"{self.url}/api").status_code == 200, (self.folder / "server.log").read_text()

    def write(self, name: str, cells: list[str]) -> Path:
        """A notebook of these code cells."""
        path = self.notebooks / f"{name}.ipynb"
        nbformat.write(_of(cells), path)
        return path


def _write(path: Path, content: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))


def _of(cells: list[str]) -> nbformat.NotebookNode:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    notebook.metadata["kernelspec"] = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return notebook


class Notebook:
    """A notebook open in a page."""

    def __init__(self, page: Page, front_end: FrontEnd) -> None:
        self.page = page
        self.front_end = front_end
        self.cells = page.locator(".jp-Notebook .jp-CodeCell")

    def run(self, index: int, *, wait: bool = True) -> Locator:
        """Run a cell; returns its output area. A first key press can get lost, so it is repeated until it counts."""
        cell = self.cells.nth(index)
        prompt = cell.locator(".jp-InputArea-prompt").first
        # Running or run, under another number than before.
        began = re.compile(rf"\[(\*|(?!{_number(prompt)}\])\d+)\]:")
        for _ in range(10):
            cell.locator(".cm-content").first.click()
            self.page.keyboard.press("Control+Enter")
            try:
                expect(prompt).to_have_text(began, timeout=3_000)
                break
            except AssertionError:
                continue
        if wait:
            expect(prompt).to_have_text(re.compile(r"\[\d+\]:"), timeout=PATIENCE)
        return cell.locator(".jp-OutputArea")

    def restart(self) -> None:
        """Restart the kernel, with the keys that a person would press, and wait until it answers."""
        self.cells.first.locator(".jp-InputArea-prompt").first.click()
        self.page.keyboard.press("Escape")
        self.page.keyboard.press("0")
        self.page.keyboard.press("0")
        self.page.locator(".jp-Dialog .jp-mod-accept").click()
        expect(self.page.locator(".jp-Dialog")).to_have_count(0)
        self.page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").first.wait_for(timeout=PATIENCE)

    def prompt(self, index: int) -> str:
        """What stands beside a cell: ``[3]:``, or ``[*]:`` while it runs."""
        return self.cells.nth(index).locator(".jp-InputArea-prompt").first.inner_text()

    def use_theme(self, theme: Theme) -> None:
        """Change the colours of the live page."""
        name = _THEMES[theme]
        if self.page.evaluate("document.body.dataset.jpThemeName") != name:
            self.page.evaluate(CHANGE_THEME, name)
            self.page.wait_for_function(HAS_THEME, arg=name)

    def save(self, focus: Locator | None = None) -> None:
        """Save the notebook, the focus in its first cell or where told, and wait until it is on the disk."""
        (focus or self.cells.first.locator(".cm-content").first).click()
        with self.page.expect_response(
            lambda response: "/api/contents/" in response.url and response.request.method == "PUT"
        ):
            self.page.keyboard.press("Control+s")


def _number(prompt: Locator) -> str:
    found = re.search(r"\d+", prompt.inner_text())
    return found[0] if found else "none"


@contextmanager
def open_notebook(
    browser: Browser, server: Server, name: str, front_end: FrontEnd = "lab", *, width: int = 1280, height: int = 1000
) -> Iterator[Notebook]:
    """Open a notebook that is among the server's files, under a new kernel.

    No error of ours may reach the page's console, and no dialog may appear in it.
    """
    waiting = server.waiting.pop(front_end, None)
    if waiting:
        page, left = waiting
        if front_end == "lab":
            page.evaluate(CLOSE)
        server.shut_down(left)
    else:
        page = _new_page(browser)
    _prepare(page, width, height)
    with _watched(page, server, name, front_end) as notebook:
        load(page, server, name, front_end)
        yield notebook


@contextmanager
def open_cells(
    browser: Browser,
    server: Server,
    name: str,
    cells: list[str],
    front_end: FrontEnd = "lab",
    *,
    width: int = 1280,
    height: int = 1000,
) -> Iterator[Notebook]:
    """Open a notebook of these code cells, not run yet; like :func:`open_notebook` in all else.

    Loading JupyterLab costs ten seconds of a processor and a notebook with its kernel seven, so a test that went well
    leaves both to the next one; its cells, widgets, sessions and names go.
    """
    if front_end not in server.waiting:
        server.write(name, cells)
        with open_notebook(browser, server, name, front_end, width=width, height=height) as notebook:
            yield notebook
        return
    page, _ = server.waiting.pop(front_end)
    _prepare(page, width, height)
    with _watched(page, server, name, front_end) as notebook:
        # No file of that name may be in the way.
        (server.notebooks / f"{name}.ipynb").unlink(missing_ok=True)
        page.evaluate(TAKE_OVER, [f"{name}.ipynb", _of(cells)])
        yield notebook


@contextmanager
def _watched(page: Page, server: Server, name: str, front_end: FrontEnd) -> Iterator[Notebook]:
    """A notebook whose page and kernel are cleaned and left to the next test, or closed."""
    surprises: list[str] = []
    errors: list[str] = []

    def note(dialog: Dialog) -> None:
        if dialog.type != "beforeunload":
            surprises.append(dialog.message)
        dialog.accept()

    def note_error(error: Error) -> None:
        errors.append(error.message)

    page.on("dialog", note)
    page.on("pageerror", note_error)
    kept = False
    try:
        notebook = Notebook(page, front_end)
        yield notebook
        assert not surprises
        assert not [error for error in errors if "apw" in error or "anywidget" in error or "blob:" in error]
        cleaned = page.evaluate(RUN_UNSEEN, CLEAN)
        if cleaned is not None:  # None: there is no kernel
            assert cleaned == "ok"
            page.remove_listener("dialog", note)
            page.remove_listener("pageerror", note_error)
            server.waiting[front_end] = page, name
            kept = True
    finally:
        if not kept:
            page.close()
            server.shut_down(name)


def _prepare(page: Page, width: int, height: int) -> None:
    page.set_viewport_size({"width": width, "height": height})
    # Without a graphics card every moving pixel costs a processor; a test that is about movement asks for it.
    page.emulate_media(reduced_motion="reduce")


def _new_page(browser: Browser) -> Page:
    page = browser.new_page()
    # A cell that is run before the notebook has found its kernel makes Lab ask for one.
    question = page.locator(".jp-Dialog", has_text="Select kernel for")
    page.add_locator_handler(question, lambda asked: asked.locator(".jp-mod-accept").click())
    return page


def load(page: Page, server: Server, name: str, front_end: FrontEnd) -> None:
    """Go to a notebook and wait until its kernel answers."""
    if front_end == "lab" and page.evaluate(IS_FREE):
        page.evaluate(OPEN, f"{name}.ipynb")
    else:
        # A workspace for each notebook: the shared one would open every notebook of the tests before this one too.
        where = f"lab/workspaces/{name}/tree" if front_end == "lab" else "notebooks"
        page.goto(f"{server.url}/{where}/{name}.ipynb")
    page.locator(".jp-Notebook .jp-CodeCell").first.wait_for(timeout=PATIENCE)
    if front_end == "lab":
        page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").first.wait_for(timeout=PATIENCE)
    else:
        page.locator("[data-status=idle], .jp-Notebook-ExecutionIndicator").first.wait_for(
            timeout=PATIENCE, state="attached"
        )
