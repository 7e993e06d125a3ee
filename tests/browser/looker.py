"""What a state of a widget looks like: to axe-core, to a ruler, and, in screenshots, to a person."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, ViewportSize

from tests.browser.conftest import SCREENSHOTS
from tests.browser.lab import Notebook, Theme

AXE = os.environ.get("APW_AXE", "")
README_PICTURE = os.environ.get("APW_README_PICTURE")
WIDTHS = (420, 740, 1240)
WIDTHS_FROM_400 = (400, *WIDTHS[1:])
# Light last: what comes after expects it.
THEMES: tuple[Theme, ...] = ("dark", "light")
# Every pixel costs; a person wants to see all of a panel at once.
WINDOW: ViewportSize = {"width": 1700, "height": 1900 if SCREENSHOTS or README_PICTURE else 1000}

SERIOUS = ("serious", "critical")
ANY = (None, "minor", "moderate", *SERIOUS)

# What cuts off what is in it, or is not seen at all.
CLIPS = ".apw-spoken, .apw-frame, .apw-matrix-frame, .apw-tile, pre, .apw-bar, .apw-mask-stage, svg"
# Elements that show something and lie beyond the right or left edge of their panel or dialog.
STICKS_OUT = """part => {
  const edge = part.getBoundingClientRect();
  return [...part.querySelectorAll("*")].filter((element) => {
    const box = element.getBoundingClientRect();
    const clipped = element.closest("CLIPS");
    return !clipped && box.width > 0 && (box.right > edge.right + 1 || box.left < edge.left - 1);
  }).map((element) => element.outerHTML.slice(0, 120));
}""".replace("CLIPS", CLIPS)
# A frame for what has changed, and one to draw it.
DRAWN = "new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))"


class Looker:
    """Looks at states of what a cell shows: at each width nothing sticks out, in each theme axe-core finds nothing.

    `at_each_width` may look at more, and move what moved with the width. Screenshots carry `name`.
    """

    def __init__(
        self,
        notebook: Notebook,
        root: Locator,
        name: str,
        *,
        widths: Sequence[int] = WIDTHS,
        themes: Sequence[Theme] = THEMES,
        impacts: Sequence[str | None] = SERIOUS,
        at_each_width: Callable[[], object] = lambda: None,
    ) -> None:
        self._notebook = notebook
        self._page = notebook.page
        self._root = root
        self._name = name
        self._widths = widths
        self._themes = themes
        self._impacts = impacts
        self._at_each_width = at_each_width

    def look(self, state: str) -> None:
        """Judge it, or the dialog that is open over it."""
        for theme in self._in_each_theme():
            # A theme has colours and no sizes: unless a person wants to see both, one is enough for the ruler.
            if SCREENSHOTS or theme == self._themes[-1]:
                self._measure(state, theme)
            self._let_axe_judge(f"{state}, {theme}")

    def judge(self, state: str) -> None:
        """Let axe-core judge, in each theme, what must not change its width now."""
        for theme in self._in_each_theme():
            self._let_axe_judge(f"{state}, {theme}")

    def _in_each_theme(self) -> Iterator[Theme]:
        for theme in self._themes:
            self._notebook.use_theme(theme)
            yield theme

    def _measure(self, state: str, theme: Theme) -> None:
        part, window = self._part(), self._page.viewport_size
        assert window is not None
        for width in self._widths:
            if part is self._root:
                self.fit(width)
            else:
                self._page.set_viewport_size({"width": width, "height": 800})
            self._page.evaluate(DRAWN)
            assert part.evaluate(STICKS_OUT) == [], f"{state} at {width}"
            self._at_each_width()
            keep(part, f"{self._name}-{state}-{width}-{theme}")
        self._page.set_viewport_size(window)

    def _part(self) -> Locator:
        dialog = self._page.locator("dialog[open]")
        return dialog if dialog.count() else self._root

    def _let_axe_judge(self, state: str) -> None:
        let_axe_judge(self._part(), state, impacts=self._impacts)

    def fit(self, width: int) -> None:
        """Make it so wide; a widget goes by its own width, not by the window's."""
        self._root.evaluate("(root, width) => { root.style.width = `${width}px`; }", width)
        # Lab gives the cells their room a moment after the window has changed.
        is_so_wide = "([root, width]) => root.getBoundingClientRect().width === width"
        self._page.wait_for_function(is_so_wide, arg=[self._root.element_handle(), width])

    def keep_for_the_readme(self) -> None:
        """Write the README's picture where APW_README_PICTURE says."""
        if README_PICTURE:
            self.fit(900)
            self._page.evaluate("document.activeElement.blur()")
            self._root.screenshot(path=README_PICTURE, animations="disabled")


def keep(part: Locator, name: str) -> None:
    """Write a screenshot to the folder APW_SCREENSHOTS names."""
    if SCREENSHOTS:
        part.screenshot(path=Path(SCREENSHOTS) / f"{name}.png", animations="disabled")


def let_axe_judge(part: Locator, state: str, *, impacts: Sequence[str | None] = SERIOUS) -> None:
    """axe-core finds nothing in a part of a page that has one of these impacts."""
    assert AXE, "tests/run sets APW_AXE to the path of axe.min.js (npm install axe-core)"
    if not part.page.evaluate("'axe' in window"):  # a page that another test left has it
        part.page.add_script_tag(path=AXE)
    found: dict[str, Any] = part.evaluate("part => axe.run(part, {resultTypes: ['violations']})")
    assert len(found["passes"]) > 5, f"{state}: axe-core found nothing to judge"
    against = [told(violation) for violation in found["violations"] if violation["impact"] in impacts]
    assert not against, f"{state}:\n" + "\n".join(against)


def told(violation: dict[str, Any]) -> str:
    """What axe-core found, and where."""
    nodes = [f"    {node['html'][:160]}: {node['failureSummary'][:240]}" for node in violation["nodes"][:4]]
    return "\n".join([f"{violation['id']} ({violation['impact']}): {violation['help']}", *nodes])
