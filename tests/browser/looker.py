"""What a state of the panel looks like: to axe-core, to a ruler, and, in screenshots, to a person."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, ViewportSize

from tests.browser.conftest import SCREENSHOTS
from tests.browser.lab import Theme
from tests.browser.panel import Panel

AXE = os.environ.get("APW_AXE", "")
README_PICTURE = os.environ.get("APW_README_PICTURE")
WIDTHS = (420, 740, 1240)
# Light last: what comes after expects it.
THEMES: tuple[Theme, ...] = ("dark", "light")
WINDOW: ViewportSize = {"width": 1700, "height": 1900}

SERIOUS = ("serious", "critical")
ANY = (None, "minor", "moderate", *SERIOUS)

# Elements that show something and lie beyond the right or left edge of their panel or dialog.
STICKS_OUT = """part => {
  const edge = part.getBoundingClientRect();
  return [...part.querySelectorAll("*")].filter((element) => {
    const box = element.getBoundingClientRect();
    const clipped = element.closest(".apw-spoken, .apw-frame, .apw-tile, pre, .apw-bar, .apw-mask-stage, svg");
    return !clipped && box.width > 0 && (box.right > edge.right + 1 || box.left < edge.left - 1);
  }).map((element) => element.outerHTML.slice(0, 120));
}"""


class Looker:
    """Looks at states of a panel: at each width, that nothing sticks out; then axe-core judges. Keeps screenshots.

    Without a ``label``, which tells these screenshots from others, it looks at both themes.
    """

    def __init__(self, panel: Panel, label: str | None = None) -> None:
        self._panel = panel
        self._page = panel.page
        self._label = label

    def look(self, state: str) -> None:
        """Judge the panel, or the dialog that is open over it."""
        dialog = self._panel.dialog.count() > 0
        part = self._panel.dialog if dialog else self._panel.root
        for label in self._labels():
            for width in WIDTHS:
                if dialog:
                    self._page.set_viewport_size({"width": width, "height": 800})
                else:
                    self.fit(width)
                assert part.evaluate(STICKS_OUT) == [], f"{state} at {width}"
                self.keep(part, f"{state}-{width}-{label}")
            self._page.set_viewport_size(WINDOW)
            let_axe_judge(part, f"{state}, {label}")

    def judge(self, part: Locator, state: str) -> None:
        """Let axe-core judge."""
        for label in self._labels():
            let_axe_judge(part, f"{state}, {label}")

    def _labels(self) -> Iterator[str]:
        if self._label is not None:
            yield self._label
            return
        for theme in THEMES:
            self._panel.notebook.use_theme(theme)
            yield theme

    def fit(self, width: int) -> None:
        """Make the panel so wide; it goes by its own width, not by the window's."""
        self._panel.root.evaluate("(root, width) => { root.style.width = `${width}px`; }", width)
        assert self._panel.root.evaluate("root => root.clientWidth") == width

    def keep_for_the_readme(self) -> None:
        """Write the README's picture where APW_README_PICTURE says."""
        if README_PICTURE:
            self.fit(900)
            self._page.evaluate("document.activeElement.blur()")
            self._panel.root.screenshot(path=README_PICTURE, animations="disabled")

    def keep(self, part: Locator, name: str) -> None:
        """Write a screenshot to the folder APW_SCREENSHOTS names."""
        if SCREENSHOTS:
            part.screenshot(path=Path(SCREENSHOTS) / f"panel-{name}.png", animations="disabled")


def let_axe_judge(part: Locator, state: str, *, impacts: Sequence[str | None] = SERIOUS) -> None:
    """axe-core finds nothing in a part of a page that has one of these impacts."""
    assert AXE, "tests/run sets APW_AXE to the path of axe.min.js (npm install axe-core)"
    if not part.page.evaluate("'axe' in window"):  # a page that another test left has it
        part.page.add_script_tag(path=AXE)
    found: dict[str, Any] = part.evaluate("part => axe.run(part, {resultTypes: ['violations']})")
    assert len(found["passes"]) > 5, "axe-core found nothing to judge"
    against = [told(violation) for violation in found["violations"] if violation["impact"] in impacts]
    assert not against, f"{state}:\n" + "\n".join(against)


def told(violation: dict[str, Any]) -> str:
    """What axe-core found, and where."""
    nodes = [f"    {node['html'][:160]}: {node['failureSummary'][:240]}" for node in violation["nodes"][:4]]
    return "\n".join([f"{violation['id']} ({violation['impact']}): {violation['help']}", *nodes])
