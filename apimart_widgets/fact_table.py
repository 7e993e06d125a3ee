"""What is known of one thing, as an HTML table: a name and a value a line. It stays in the notebook file: it is small.

The colours are the notebook's own where it has any, and otherwise those around it, so it suits light and dark.
"""

from __future__ import annotations

import html
from collections.abc import Sequence

from .words import say

BUDGET = 64 * 1024
"""Most bytes of HTML (UTF-8) of one display."""

FONT = "color:var(--jp-ui-font-color1,inherit);font:13px/1.45 var(--jp-ui-font-family,system-ui,sans-serif)"
QUIET = "color:var(--jp-ui-font-color2,inherit);font-size:.92em"

_LONGEST = 2000
# Shorter than this a text says nothing, and rather than that, lines are left out.
_SHORTEST = 60
_NAME = "padding:2px 16px 2px 0;text-align:left;vertical-align:top;font-weight:400;white-space:nowrap"
_VALUE = "padding:2px 0;text-align:left;vertical-align:top;overflow-wrap:anywhere"


def fact_table(title: str, facts: Sequence[tuple[str, str]], notes: Sequence[str] = ()) -> str:
    """HTML of at most ``BUDGET`` bytes: ``title`` in bold, a line for each fact (name, value), and notes below.

    Everything in it is escaped; texts too long for it are cut with an ellipsis, and of too many lines some are left out
    and counted.

    >>> table = fact_table("A <b>fox</b>", [("size", "3:2")], ["Nothing was sent."])
    >>> "A &lt;b&gt;fox&lt;/b&gt;" in table, '<th scope="row"' in table
    (True, True)
    """
    longest, lines = _LONGEST, len(facts) + len(notes)
    while (size := len((page := _page(title, facts, notes, longest, lines)).encode(errors="replace"))) > BUDGET:
        if longest > _SHORTEST:
            longest = max(longest // 2, _SHORTEST)
        elif lines:
            lines = min(lines - 1, lines * BUDGET // size)
        else:
            break
    return page


def _page(title: str, facts: Sequence[tuple[str, str]], notes: Sequence[str], longest: int, lines: int) -> str:
    """The table with at most so many lines; notes, which say what is wrong, may fill half of them and more."""
    left_out = len(facts) + len(notes) - lines
    notes = notes[: max(lines // 2, lines - len(facts))]
    facts = facts[: lines - len(notes)]

    def said(text: str) -> str:
        return html.escape(text if len(text) <= longest else text[: longest - 1].rstrip() + "…")

    parts = [f'<div style="{FONT};max-width:1100px;padding:4px 0">']
    parts.append(f'<div style="margin:0 0 4px;overflow-wrap:anywhere"><b>{said(title)}</b></div>')
    parts.append('<table style="border-collapse:collapse;margin:0"><tbody>')
    for name, value in facts:
        header = f'<th scope="row" style="{_NAME};{QUIET}">{said(name)}</th>'
        parts.append(f'<tr style="background:none">{header}<td style="{_VALUE}">{said(value)}</td></tr>')
    parts.append("</tbody></table>")
    below = [*([say("facts.left_out", n=left_out)] if left_out else []), *notes]
    parts += [f'<div style="{QUIET};overflow-wrap:anywhere">{said(note)}</div>' for note in below]
    return "".join([*parts, "</div>"])
