"""Pictures as plain HTML: thumbnails under the prompt and settings they came from, or in a table with headers.

It stays in the notebook file, so it is small (``BUDGET``) and whole: no script, no style sheet, no second file. The
colours are the notebook's own where it has any, and otherwise those around it, so it suits light and dark.
"""

from __future__ import annotations

import base64
import functools
import html
import itertools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from . import fact_table, words
from .contact_sheet import Headers
from .containers import webp_canvas
from .errors import ImageError
from .images import thumbnail

if TYPE_CHECKING:
    from .request import ImageRequest
    from .results import GeneratedImage

BUDGET = fact_table.BUDGET
"""Most bytes of HTML (UTF-8) of one gallery or table."""

MOST_SHOWN = 12
"""Pictures shown; how many more there are is said in words."""

MOST_IN_TABLE = 48
"""The same of a table."""

_LISTED_AT = 96  # pixels a listed picture is wide
_LISTED_BOX = 160
_LONGEST_NOTE = 600

_PROMPT_SHOWN = 160
_HEADER_SHOWN = 80
_TABLE = "border-collapse:separate;border-spacing:6px;margin:0"
_HEADER = "vertical-align:{vertical};text-align:{side};font-weight:600;max-width:240px;overflow-wrap:anywhere"
_CELL = "vertical-align:middle;text-align:center;padding:0"
_LISTED = "vertical-align:middle;text-align:left;padding:2px 10px"
_QUIET = fact_table.QUIET
_TEXT = f"{fact_table.FONT};max-width:1100px;padding:4px 0"
_HEADING = "margin:0 0 6px;overflow-wrap:anywhere"
_MARK = "border:1px solid currentColor;border-radius:9px;padding:0 7px;font-size:.85em;white-space:nowrap"
_KINDS = {
    "sandbox": "results.sandbox",
    "replay": "results.replay",
    "sandbox replay": "results.sandbox_replay",
}
_GRID = "display:grid;grid-template-columns:repeat(auto-fill,{column});gap:10px;margin:0 0 12px"
_COLUMN = "minmax(max(150px,22%),1fr)"  # four on a wide page, two on a narrow one
_COLUMN_OF_ONE = "minmax(0,512px)"
_PICTURE = "display:block;width:100%;max-width:{most}px;height:auto;border-radius:6px;margin:0"
_CHEQUERED = ";background:repeating-conic-gradient(#8884 0 25%,transparent 0 50%) 0/16px 16px"


def gallery(images: Sequence[GeneratedImage], notes: Sequence[str] = ()) -> str:
    """``images`` as HTML of at most ``BUDGET`` bytes, in their order; neighbours of one request stand together.

    ``notes`` stand below, a line each. Everything the user wrote is escaped. A picture whose file is gone is said to
    be so.

    >>> "No images yet." in gallery([])
    True
    """
    if not images:
        return f'<div style="{_TEXT}"><em>{words.say("results.none")}</em></div>'
    box = 512 if len(images) == 1 else 320
    shown = images[:MOST_SHOWN]
    frame = len(_page(images, [_tag(image, b"", (box, box, True), box) for image in shown], notes).encode())
    # Four bytes of base64 hold three of the picture.
    most = max(512, (BUDGET - frame) // len(shown) // 4 * 3)
    pictures = [_picture(image, box, most) for image in shown]
    while len(page := _page(images, pictures, notes).encode()) > BUDGET and len(pictures) > 1:
        pictures.pop()
    return page.decode()


def unpictured(request: ImageRequest, mode: str, notes: Sequence[str]) -> str:
    """A request without pictures, as ``gallery`` would head them, with ``notes`` below."""
    return f'<div style="{_TEXT}">{_heading(request, mode)}{_noted(notes)}</div>'


def _noted(notes: Sequence[str]) -> str:
    lines = (_escaped(shortened(note, _LONGEST_NOTE)) for note in notes)
    return "".join(f'<div style="{_QUIET};overflow-wrap:anywhere">{line}</div>' for line in lines)


def _page(images: Sequence[GeneratedImage], pictures: Sequence[str], notes: Sequence[str]) -> str:
    """The whole gallery, with ``pictures`` (HTML) of the first images."""
    parts = [f'<div style="{_TEXT}">']
    shown = zip(images, pictures, strict=False)
    for (_, request, mode), group in itertools.groupby(shown, _origin):
        members = list(group)
        parts.append(_heading(request, mode))
        parts.append(f'<div style="{_GRID.format(column=_COLUMN if len(images) > 1 else _COLUMN_OF_ONE)}">')
        parts += [f'<figure style="margin:0">{picture}{_caption(image)}</figure>' for image, picture in members]
        parts.append("</div>")
    if more := len(images) - len(pictures):
        parts.append(f'<div style="{_QUIET}">{words.say("results.more", n=more)}</div>')
    return "".join([*parts, _noted(notes), "</div>"])


def _origin(shown: tuple[GeneratedImage, str]) -> tuple[str, ImageRequest, str]:
    image, _ = shown
    return image.task_id, image.request, image.mode


def _heading(request: ImageRequest, mode: str) -> str:
    return f'<div style="{_HEADING}"><b>{_prompt(request)}</b> {_settings(request, mode)}</div>'


def _prompt(request: ImageRequest) -> str:
    return _escaped(shortened(request.prompt, _PROMPT_SHOWN))


def _settings(request: ImageRequest, mode: str) -> str:
    settings = [request.quality, request.size, request.model]
    if request.background == "transparent":
        settings.append(str(words.say("results.transparent")))
    mark = f' <span style="{_MARK}">{words.say(_KINDS[mode])}</span>' if mode in _KINDS else ""
    quiet = _escaped(shortened(" \N{MIDDLE DOT} ".join(settings), _PROMPT_SHOWN))
    return f'<span style="{_QUIET}">{quiet}</span>{mark}'


def _caption(image: GeneratedImage) -> str:
    width, height = image.size
    said = words.say("results.caption", number=image.index + 1, width=width, height=height, format=image.format.upper())
    return f'<figcaption style="{_QUIET}">{_escaped(said)}</figcaption>'


def _picture(image: GeneratedImage, box: int, most: int) -> str:
    try:
        webp = image.thumbnail(box, max_bytes=most)
    except ImageError as error:
        return f'<em style="display:block;overflow-wrap:anywhere">{_escaped(str(error)[:300])}</em>'
    return _tag(image, webp, webp_canvas(webp), box)


def _small_picture(image: GeneratedImage, box: int, most: int, *, wide: int | None = None) -> str:
    """As ``_picture``, of the thumbnail that a live table shows too: the whole picture is decoded once for both."""
    try:
        webp = _smaller(image.thumbnail(box), box, most)
    except ImageError as error:
        return f'<em style="overflow-wrap:anywhere">{_escaped(str(error)[:300])}</em>'
    return _tag(image, webp, webp_canvas(webp), wide or box)


@functools.lru_cache(maxsize=512)
def _smaller(webp: bytes, box: int, most: int) -> bytes:
    """Remembered: a table that fills is drawn again and again."""
    return thumbnail(webp, box, max_bytes=most)


def _tag(image: GeneratedImage, webp: bytes, canvas: tuple[int, int, bool], box: int) -> str:
    width, height, alpha = canvas
    style = _PICTURE.format(most=box) + (_CHEQUERED if alpha else "")
    source = base64.b64encode(webp).decode()
    return (
        f'<img src="data:image/webp;base64,{source}" alt="{_escaped(image.alt)}" '
        f'width="{width}" height="{height}" style="{style}">'
    )


def picture_list(title: str, images: Sequence[GeneratedImage], costs: Sequence[str], total: int) -> str:
    """Pictures with their request, cost and day, a line each, as HTML of at most ``BUDGET`` bytes.

    Args:
        title: what stands above them.
        images: the first of them, in order.
        costs: what each was billed, in words.
        total: how many there are in all.

    >>> "No images yet." in picture_list("A library", [], [], 0)
    True
    """
    shown = images[:MOST_SHOWN]
    empty = [_tag(image, b"", (_LISTED_BOX, _LISTED_BOX, True), _LISTED_AT) for image in shown]
    frame = len(_list(title, shown, empty, costs, total).encode())
    most = max(256, (BUDGET - frame) // max(1, len(shown)) // 4 * 3)
    pictures = [_small_picture(image, _LISTED_BOX, most, wide=_LISTED_AT) for image in shown]
    while len(page := _list(title, shown, pictures, costs, total).encode()) > BUDGET and len(pictures) > 1:
        pictures.pop()
    return page.decode()


def _list(
    title: str, images: Sequence[GeneratedImage], pictures: Sequence[str], costs: Sequence[str], total: int
) -> str:
    parts = [f'<div style="{_TEXT}">', f'<div style="{_HEADING}"><b>{_escaped(shortened(title, 200))}</b></div>']
    if not total:
        return "".join([*parts, f"<em>{words.say('results.none')}</em></div>"])
    parts.append(f'<table style="{_TABLE}"><thead><tr>')
    parts += [_header(words.say(name), "col") for name in ("results.picture", "results.request")]
    parts += [_header(words.say(name), "col") for name in ("results.cost", "results.made")]
    parts.append("</tr></thead><tbody>")
    for image, picture, cost in zip(images, pictures, costs, strict=False):
        request = f"{_prompt(image.request)}<br>{_settings(image.request, image.mode)}"
        made = image.created.astimezone().strftime("%Y-%m-%d %H:%M")
        cells = [f'<td style="padding:0;width:{_LISTED_AT}px">{picture}</td>']
        cells += [f'<td style="{_LISTED};overflow-wrap:anywhere">{request}</td>']
        cells += [f'<td style="{_LISTED};white-space:nowrap">{_escaped(each)}</td>' for each in (cost, made)]
        parts.append(f'<tr style="background:none">{"".join(cells)}</tr>')
    parts.append("</tbody></table>")
    if more := total - len(pictures):
        parts.append(f'<div style="{_QUIET}">{words.say("results.more", n=more)}</div>')
    return "".join([*parts, "</div>"])


def picture_table(
    headers: Headers, cells: Sequence[Sequence[Sequence[GeneratedImage]]], empty: Sequence[Sequence[str]]
) -> str:
    """The first picture of every cell, small, as an HTML table of at most ``BUDGET`` bytes.

    Args:
        headers: what stands around the table, plain text.
        cells: the pictures of each cell, row by row.
        empty: what is said where a cell has none.

    Rows for which there is no room are left out, and how many pictures are not shown is said in words.

    >>> table = picture_table(Headers("", "size", ["1:1"], ["low"]), [[[]]], [["none yet"]])
    >>> "none yet" in table, '<th scope="row"' in table
    (True, True)
    """
    across = min(len(headers.columns), MOST_IN_TABLE)
    down = min(len(headers.rows), max(1, MOST_IN_TABLE // across))
    shown = [images[0] for row in cells[:down] for images in row[:across] if images]
    box = 320 if across * down <= 4 else 160
    pictures = {image: _tag(image, b"", (box, box, True), box) for image in shown}
    frame = len(_table(headers, cells, empty, (down, across), pictures).encode())
    most = max(256, (BUDGET - frame) // max(1, len(shown)) // 4 * 3)
    pictures = {image: _small_picture(image, box, most) for image in shown}
    while len(page := _table(headers, cells, empty, (down, across), pictures).encode()) > BUDGET and down > 1:
        down -= 1
    return page.decode()


def _table(
    headers: Headers,
    cells: Sequence[Sequence[Sequence[GeneratedImage]]],
    empty: Sequence[Sequence[str]],
    shape: tuple[int, int],
    pictures: Mapping[GeneratedImage, str],
) -> str:
    """The first rows and columns of a table, with ``pictures`` (HTML)."""
    down, across = shape
    parts = [f'<div style="{_TEXT}">']
    if headers.title:
        parts.append(f'<div style="{_HEADING}"><b>{_escaped(headers.title)}</b></div>')
    parts.append(f'<table style="{_TABLE}"><thead><tr>{_header(headers.corner, "td")}')
    parts += [_header(text, "col") for text in headers.columns[:across]]
    parts.append("</tr></thead><tbody>")
    for place, text in enumerate(headers.rows[:down]):
        parts.append(f"<tr>{_header(text, 'row')}")
        for images, why in zip(cells[place][:across], empty[place], strict=False):
            said = f'<span style="{_QUIET}">{_escaped(shortened(why, _HEADER_SHOWN))}</span>'
            parts.append(f'<td style="{_CELL}">{pictures[images[0]] if images else said}</td>')
        parts.append("</tr>")
    parts.append("</tbody></table>")
    left_out = sum(len(images) for row in cells for images in row)
    left_out -= sum(bool(images) for row in cells[:down] for images in row[:across])
    if left_out:
        parts.append(f'<div style="{_QUIET}">{words.say("results.more", n=left_out)}</div>')
    return "".join([*parts, "</div>"])


def _header(text: str, scope: str) -> str:
    said = _escaped(shortened(text, _HEADER_SHOWN))
    if scope == "td":  # the corner: it names both
        return f'<td style="{_HEADER.format(vertical="bottom", side="right")};{_QUIET}">{said}</td>'
    vertical, side = ("bottom", "left") if scope == "col" else ("middle", "right")
    return f'<th scope="{scope}" style="{_HEADER.format(vertical=vertical, side=side)}">{said}</th>'


def _escaped(text: str) -> str:
    # Half of a character, as where an emoji was cut, cannot be sent to a browser.
    return html.escape(text.encode(errors="replace").decode())


def shortened(text: str, length: int) -> str:
    """``text`` on one line, at most ``length`` characters, cut with an ellipsis.

    >>> shortened("A red fox\\n in the snow", 12)
    'A red fox i…'
    """
    line = " ".join(text[: 4 * length].split())
    return line if len(line) <= length and len(text) <= 4 * length else line[: length - 1].rstrip() + "…"
