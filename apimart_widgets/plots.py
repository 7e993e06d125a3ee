"""``plot``: the pictures of a study as points, by a setting or by two numbers.

Every picture is one point; means are drawn over them, never instead of them. Colours are Okabe and Ito's (2008), which
people with colour-blind eyes tell apart; shapes differ too. Nothing here touches pyplot or its list of figures.
"""

from __future__ import annotations

import math
import textwrap
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import words
from .analysis import FEWEST_PROMPTS, check_seed, cost_unit, interval, needs_extra, one_mode, title
from .errors import ConfigurationError
from .gallery import shortened
from .request import FIELDS
from .tables import unit

if TYPE_CHECKING:
    from matplotlib.axes import Axes

RESAMPLES = 2000

_WIDTH, _HEIGHT = 6.4, 4.4  # inches: 640 px wide at 100 dots an inch
_DPI = 100
# Okabe and Ito's colours, those that stand out most first; black would be lost on a dark ground.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#F0E442")
_DARK_COLOURS = ("#56B4E9", "#E69F00", "#009E73", "#CC79A7", "#F0E442", "#D55E00", "#0072B2")
_SHAPES = ("o", "s", "^", "D", "v", "P", "X", "<")
_CJK_FONTS = (
    *("Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Sans SC", "Source Han Sans SC", "Microsoft YaHei", "PingFang SC"),
    *("Hiragino Sans GB", "Heiti TC", "SimHei", "WenQuanYi Zen Hei", "WenQuanYi Micro Hei", "Arial Unicode MS"),
)
_MOST_LEVELS = 40  # more are no levels but values
_JITTER = 0.16
_NOTE_WIDTH = 18  # characters of a note in an inch

Row = Mapping[str, Any]


@dataclass(frozen=True)
class _Point:
    """One picture: its numbers (``x`` is 0 where it stands by its level), its level, and its prompt and size."""

    x: float
    y: float
    level: Any
    prompt: Any
    size: Any


@dataclass(frozen=True)
class _Canvas:
    """Axes to draw on, the ``ink`` that is read on their ground, the colours that stand out, and how text is set."""

    ax: Axes
    ink: str
    colours: tuple[str, ...]
    text: Mapping[str, Any]

    @property
    def rim(self) -> dict[str, Any]:
        """How single points are edged: yellow would be lost on white without."""
        return {"alpha": 0.75, "edgecolors": self.ink, "linewidths": 0.4}

    def mark(self, place: int) -> dict[str, Any]:
        """Colour and shape of a level. Both change from one level to the next, and no two of 56 share both."""
        return {"color": self.colours[place % len(self.colours)], "marker": _SHAPES[place % len(_SHAPES)]}


def plot(
    records: Iterable[Row],
    x: str,
    y: str,
    *,
    by: str | None = None,
    levels: Sequence[Any] | None = None,
    unit_of: Callable[[str], str] = unit,
    ax: Axes | None = None,
    seed: int = 0,
) -> Axes:
    """Draw one point a picture.

    Where ``x`` is a setting: a column of points for each level, the mean of the level, and its 95 % interval over
    prompts. The mean is that of ``contrast``: within prompt and size, over the sizes of a prompt, then over prompts;
    the interval is a bootstrap over prompts (``analysis.interval``, 2000 draws). Under ``analysis.FEWEST_PROMPTS``
    prompts there is no interval, and the plot says so. Where ``x`` holds numbers (cost, waited, a metric) it is a
    scatter plot, with the mean of each level of ``by``.

    Fields of a request, repeats and prompts count as settings even where they are numbers, as does any column whose
    ``levels`` are given. A picture without a value is left out and counted under the plot. What is made of sandbox
    drawings says so above.

    Args:
        records: rows of one mode, as ``measure`` or a study gives them.
        x: a column: a setting, or numbers.
        y: a column of numbers.
        by: a setting that colours a scatter plot.
        levels: of ``x``, or of ``by`` in a scatter plot, in the order they are drawn in; others are left out and
            counted. In the order of the rows where it is left out.
        unit_of: a column's unit. That of a cost comes from the rows' ``cost_unit``.
        ax: where to draw; a figure with ``layout="constrained"`` makes room for the notes. Left out, axes of a new
            figure of 640 px, which show themselves in a notebook.
        seed: of the bootstrap and of the points' places within their column.

    Returns:
        ``ax``, or the new axes: ``.figure.savefig("plot.pdf")`` keeps them.

    Raises:
        ConfigurationError: live and sandbox mixed, an unknown column or level, no numbers to draw, or costs in several
            units.
        ImportError: the extra is not installed.

    >>> rows = [
    ...     {"prompt": f"Fox {n}", "size": "1:1", "quality": quality, "mode": "sandbox", "waited": n % 3 + wait}
    ...     for n in range(12) for quality, wait in (("low", 9.0), ("high", 21.0))
    ... ]
    >>> ax = plot(rows, "quality", "waited")
    >>> ax.get_xlabel(), ax.get_ylabel(), ax.get_title("left")
    ('quality', 'waited (s)', 'Sandbox drawings: no evidence about any model')
    """
    with needs_extra():
        from matplotlib.ticker import MaxNLocator

    seed = check_seed(seed)
    rows = _checked(records, [x, y, *([] if by is None else [by])])
    heading = title(one_mode(rows))
    scatter = _is_scatter(rows, x, by, levels)
    if by is not None and not scatter:
        raise ConfigurationError(words.say("plots.by", x=repr(x)))
    group = by if scatter else x
    chosen = [None] if group is None else _levels(rows, group, levels)
    points, notes = _points(rows, x, y, group, chosen)
    if not points:
        raise ConfigurationError(words.say("plots.no_points", x=repr(x), y=repr(y)))
    labels = [_label(rows, name, unit_of) for name in (x, y)]
    canvas = _canvas(ax)
    if scatter:
        to_read = _draw_scatter(canvas, points, chosen, by)
    else:
        to_read = _draw_levels(canvas, points, chosen, seed, by_size=x != "size")
    _write(canvas, labels, heading, [*to_read, *notes])
    if all(point.y.is_integer() for point in points):  # half a star is none
        canvas.ax.yaxis.set_major_locator(MaxNLocator(integer=True))
    return canvas.ax


# ---- what is drawn


def _checked(records: Iterable[Row], columns: Sequence[str]) -> list[Row]:
    rows = list(records)
    if not rows:
        raise ConfigurationError(words.say("analysis.no_rows"))
    if not all(isinstance(row, Mapping) for row in rows):
        raise ConfigurationError(words.say("analysis.not_rows"))
    for name in ("prompt", "size", *columns):
        if not isinstance(name, str) or not all(name in row for row in rows):
            known = ", ".join(sorted({str(column) for row in rows for column in row}))
            raise ConfigurationError(words.say("analysis.no_column", name=name, known=known))
    return rows


def _is_scatter(rows: Sequence[Row], x: str, by: str | None, levels: Sequence[Any] | None) -> bool:
    """Whether ``x`` holds numbers that are no setting."""
    if x in (*FIELDS, "repeat") or (levels is not None and by is None):
        return False
    present = [row[x] for row in rows if not _is_missing(row[x])]
    return bool(present) and all(_is_number(value) for value in present)


def _is_number(value: Any) -> bool:
    return hasattr(value, "__float__") and not isinstance(value, bool | str)


def _is_missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def _levels(rows: Sequence[Row], name: str, levels: Sequence[Any] | None) -> list[Any]:
    """The levels of a column in the order they are drawn in."""
    if not all(isinstance(row[name], Hashable) for row in rows):
        raise ConfigurationError(words.say("analysis.by_list", by=name))
    there = list(dict.fromkeys(row[name] for row in rows))
    one = isinstance(levels, str) or not isinstance(levels, Iterable)
    asked = there if levels is None else [levels] if one else list(levels)
    known = ", ".join(repr(level)[:60] for level in there[:_MOST_LEVELS])
    for level in asked:
        if level not in there:
            raise ConfigurationError(words.say("plots.no_level", name=name, level=repr(level), known=known))
    if not 1 <= len(asked) <= _MOST_LEVELS:
        raise ConfigurationError(words.say("plots.levels", name=repr(name), count=len(asked), most=_MOST_LEVELS))
    return asked


def _points(
    rows: Sequence[Row], x: str, y: str, group: str | None, levels: Sequence[Any]
) -> tuple[list[_Point], list[words.Sentence]]:
    """The pictures that can be drawn, and what has to be said of the others."""
    points: list[_Point] = []
    missing: dict[str, int] = defaultdict(int)
    others = 0
    for number, row in enumerate(rows, start=1):
        level = None if group is None else row[group]
        across = 0.0 if group == x else _value(row, x, number)
        up = _value(row, y, number)
        if level not in levels:
            others += 1
        elif across is None or up is None:
            missing[y if up is None else x] += 1
        else:
            points.append(_Point(across, up, level, row["prompt"], row["size"]))
    notes = [words.say("plots.missing", count=count, of=len(rows), name=name) for name, count in missing.items()]
    return points, [*notes, *([words.say("plots.other_levels", count=others, of=len(rows))] if others else [])]


def _value(row: Row, name: str, number: int) -> float | None:
    value = row[name]
    if _is_missing(value):
        return None
    try:
        found = float(value) if _is_number(value) else math.inf
    except (TypeError, ValueError, OverflowError):
        found = math.inf
    if not math.isfinite(found):
        raise ConfigurationError(words.say("plots.no_number", name=repr(name), number=number, value=repr(value)[:60]))
    return found


def _by_prompt(points: Sequence[_Point], values: Sequence[float], *, by_size: bool = True) -> list[float]:
    """A mean for each prompt: within a size first, then over its sizes, as ``contrast`` has it."""
    cells: dict[Any, dict[Any, list[float]]] = defaultdict(lambda: defaultdict(list))
    for point, value in zip(points, values, strict=True):
        cells[point.prompt][point.size if by_size else None].append(value)
    return [_mean([_mean(cell) for cell in sizes.values()]) for sizes in cells.values()]


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


def _label(rows: Sequence[Row], name: str, unit_of: Callable[[str], str]) -> str:
    """A column's name with its unit."""
    found = (cost_unit(rows) if name == "cost" else None) or unit_of(name)
    return str(words.say("plots.label", name=name, unit=found)) if found else name


# ---- how


def _canvas(ax: Axes | None) -> _Canvas:
    with needs_extra():
        import matplotlib
        from matplotlib import colors, font_manager
        from matplotlib.figure import Figure

        from .shown_axes import ShownAxes

    if ax is not None and not hasattr(ax, "get_facecolor"):
        raise ConfigurationError(words.say("plots.no_axes", value=repr(ax)))
    if ax is None:
        ax = Figure((_WIDTH, _HEIGHT), dpi=_DPI, layout="constrained").add_subplot(axes_class=ShownAxes)
    grounds = (ax.get_facecolor(), getattr(ax.figure, "get_facecolor", lambda: "white")(), "white")
    red, green, blue, _ = next(rgba for ground in grounds if (rgba := colors.to_rgba(ground))[3] > 0.5)
    dark = 0.299 * red + 0.587 * green + 0.114 * blue < 0.5
    # Matplotlib's own fonts have no Chinese; one of the system's stands in where there is one.
    there = set(font_manager.get_font_names())
    family = [*matplotlib.rcParams["font.family"], *(name for name in _CJK_FONTS if name in there)]
    ink = "#e6e6e6" if dark else "#24292f"
    # What a user wrote may hold $ signs, and is no formula.
    text = {"color": ink, "fontfamily": family, "parse_math": False}
    return _Canvas(ax, ink, _DARK_COLOURS if dark else _COLOURS, text)


def _draw_levels(
    canvas: _Canvas, points: Sequence[_Point], levels: Sequence[Any], seed: int, *, by_size: bool
) -> list[words.Sentence]:
    """A column of points for each level, its mean at their right; returns what has to be known to read it."""
    with needs_extra():
        import numpy as np

    draws = np.random.default_rng(seed)
    drawn: set[bool] = set()
    for place, level in enumerate(levels):
        own = [point for point in points if point.level == level]
        mark = canvas.mark(place)
        beside = place - 0.1 + draws.uniform(-_JITTER, _JITTER, len(own))
        canvas.ax.scatter(beside, [point.y for point in own], s=22, gid="points", **canvas.rim, **mark)
        if own:
            prompts = _by_prompt(own, [point.y for point in own], by_size=by_size)
            look = {"fmt": mark["marker"], "markersize": 8 if len(levels) <= 6 else 6}
            drawn.add(_draw_mean(canvas, place + 0.24, prompts, seed, look))
    names = [_tick(str(level), len(levels)) for level in levels]
    turned: dict[str, Any] = {"rotation": 35, "ha": "right", "rotation_mode": "anchor"} if len(levels) > 6 else {}
    canvas.ax.set_xticks(range(len(levels)), names, **turned, **canvas.text)
    canvas.ax.set_xlim(-0.6, len(levels) - 0.4)
    notes = [words.say("plots.mean")]
    if True in drawn:
        notes.append(words.say("plots.drawn", resamples=RESAMPLES, seed=seed))
    return [*notes, words.say("analysis.few_prompts", fewest=FEWEST_PROMPTS)] if False in drawn else notes


def _draw_mean(canvas: _Canvas, place: float, prompts: Sequence[float], seed: int, look: Mapping[str, Any]) -> bool:
    """Draw the mean over ``prompts``, with its interval where there are enough; returns whether there were."""
    with needs_extra():
        import numpy as np

    mean = _mean(prompts)
    enough = len(prompts) >= FEWEST_PROMPTS
    ends = None
    if enough:
        values = np.asarray(prompts)
        # A generator for each level, so that adding a level changes nothing about the others.
        resampled = np.random.default_rng(seed).integers(len(values), size=(RESAMPLES, len(values)))
        low, high = interval(values[resampled].mean(axis=1), len(values))
        # Drawn from the mean, which a skewed interval may just leave out.
        ends = [[max(0.0, mean - low)], [max(0.0, high - mean)]]
    canvas.ax.errorbar([place], [mean], yerr=ends, color=canvas.ink, capsize=5, linewidth=1.6, gid="mean", **look)
    return enough


def _draw_scatter(
    canvas: _Canvas, points: Sequence[_Point], levels: Sequence[Any], by: str | None
) -> list[words.Sentence]:
    """All points, and where there are levels the mean of each; returns what has to be known to read it."""
    for place, level in enumerate(levels):
        own = [point for point in points if point.level == level]
        mark, name = canvas.mark(place), shortened(str(level), 24)
        across, up = [point.x for point in own], [point.y for point in own]
        canvas.ax.scatter(across, up, s=24, gid="points", label=name, **canvas.rim, **mark)
        if by is not None and own:
            means = [_mean(_by_prompt(own, axis)) for axis in (across, up)]
            edge: dict[str, Any] = {"edgecolors": canvas.ink, "linewidths": 1.5}
            canvas.ax.scatter(means[:1], means[1:], s=130, gid="mean", zorder=3, **edge, **mark)
    if by is not None:
        legend = canvas.ax.legend(
            title=by, loc="upper left", bbox_to_anchor=(1, 1), frameon=False, alignment="left", borderaxespad=0
        )
        for text in (legend.get_title(), *legend.get_texts()):
            text.set(**canvas.text)
    return [words.say("plots.means_by", by=by)] if by is not None else []


def _tick(level: str, count: int) -> str:
    """A level's name below its column, broken or cut so that neighbours do not touch."""
    if count > 6:
        return shortened(level, 22)
    # Chinese characters are twice as wide as letters.
    wide = any(unicodedata.east_asian_width(character) in "WF" for character in level)
    width = max(6, (36 if wide else 72) // count)
    return "\n".join(textwrap.wrap(shortened(level, 3 * width), width)) or level


def _write(
    canvas: _Canvas, labels: Sequence[str], heading: words.Sentence | None, notes: Sequence[words.Sentence]
) -> None:
    """Labels, title and notes, and the calm around them."""
    ax = canvas.ax
    ax.set_xlabel(labels[0], **canvas.text)
    ax.set_ylabel(labels[1], **canvas.text)
    if heading is not None:
        ax.set_title(heading, loc="left", fontsize=11, fontweight="bold", **canvas.text)
    if notes:
        width = max(30, round(_NOTE_WIDTH * ax.bbox.width / ax.figure.dpi))
        lines = [line for note in notes for line in textwrap.wrap(note, width)]
        # Below the label wherever the layout puts that.
        below = ("axes fraction", ax.xaxis.label)
        ax.annotate(
            "\n".join(lines),
            (0, 0),
            xycoords=below,
            xytext=(0, -6),
            textcoords="offset points",
            va="top",
            fontsize=8,
            gid="notes",
            **canvas.text,
        )
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["left", "bottom"]].set_color(canvas.ink)
    ax.tick_params(colors=canvas.ink)
    ax.grid(axis="y", color=canvas.ink, alpha=0.15, linewidth=0.8)
    ax.set_axisbelow(True)
