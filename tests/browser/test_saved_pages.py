"""What a notebook keeps, looked at in a browser without a kernel and without a network."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page

import apimart_widgets as am
from tests.sandbox_server import SandboxServer
from tests.test_notebooks import VISIBLE


def test_a_hostile_prompt_stays_text(page: Page, tmp_path: Path, instant_server: SandboxServer) -> None:
    prompt = "</script><img src=x onerror='window.broken = 1'><marquee>\"moving\"</marquee> & 狐狸 🦊"
    with am.Session("sk-1", instant_server.url, library=":memory:") as session:
        shown = session.generate(prompt, n=4)._repr_html_()
    path = tmp_path / "shown.html"
    path.write_text(f"<!doctype html><meta charset=utf-8>{shown}", encoding="utf-8")
    page.goto(path.as_uri())
    assert page.evaluate("window.broken") is None
    assert page.locator("marquee, script").count() == 0
    images = page.locator("img")
    assert images.count() == 4
    assert all(images.evaluate_all(VISIBLE))
    assert [images.nth(place).get_attribute("alt") for place in range(4)] == [
        f"Image {place + 1} of 4, auto, 1024x1024: {prompt}" for place in range(4)
    ]
