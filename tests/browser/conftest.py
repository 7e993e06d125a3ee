"""Debian's chromium, driven by Playwright; nothing of the page may come from a network."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, sync_playwright

from tests.browser.lab import Server
from tests.chromium import launch
from tests.sandbox_server import SandboxServer

SCREENSHOTS = os.environ.get("APW_SCREENSHOTS")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = launch(playwright)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def jupyter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One Jupyter server for all tests: it takes seconds to start."""
    with Server(tmp_path_factory.mktemp("jupyter")) as server:
        yield server


@pytest.fixture(scope="session")
def origin() -> Iterator[SandboxServer]:
    """A sandbox server whose tasks are done at once. What one key has had painted is there at once for another."""
    with SandboxServer(seconds=0, flat=False) as server:
        yield server


@pytest.fixture(params=["light", "dark"])
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    """An offline page in either colour scheme."""
    page = browser.new_page(viewport={"width": 1000, "height": 900}, color_scheme=request.param)

    def only_files(route: Route) -> None:
        if route.request.url.startswith("file:"):
            route.continue_()
        else:
            route.abort()

    page.route("**/*", only_files)
    yield page
    page.close()


def keep_screenshot(page: Page, name: str) -> None:
    """Write a screenshot to the folder APW_SCREENSHOTS names, for a person to look at."""
    if SCREENSHOTS:
        page.screenshot(path=Path(SCREENSHOTS) / f"{name}.png", full_page=True)
