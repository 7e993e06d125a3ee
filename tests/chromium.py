"""The browser of the tests: Debian's chromium, or the part of it that needs no screen and starts in half the time."""

from __future__ import annotations

import shutil

from playwright.sync_api import Browser, Playwright

# What would look for a network that is not there, or for a graphics card.
_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


def installed() -> str | None:
    """The path of the browser, or None."""
    return shutil.which("chromium-headless-shell") or shutil.which("chromium")


def launch(playwright: Playwright) -> Browser:
    """Start it."""
    path = installed()
    assert path is not None, "tests/run installs chromium-headless-shell or leaves these tests out"
    return playwright.chromium.launch(executable_path=path, args=_ARGUMENTS)
