"""``Grid``: pictures arranged by two of their settings, to be looked at, printed, and kept with what they came from."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from PIL import Image, PngImagePlugin

from . import analysis, catalog, words
from .contact_sheet import Headers, Place, check_layout, shrunk, table_sheet
from .encoding import encoded
from .errors import ConfigurationError, ImageError
from .gallery import gallery, picture_table
from .kernel import leave_to_repr
from .metadata import KEYWORD
from .new_file import check_path, new_file
from .request import FIELDS, thaw
from .results import RECORD_VERSION, GeneratedImage, ImageSet
from .rules import as_typed, whole_number
from .version import VERSION

if TYPE_CHECKING:
    from .widgets.matrix import Matrix

Labels = Callable[[GeneratedImage], Mapping[str, Any]]
Caption = Callable[[GeneratedImage], str]
Missing = Mapping[tuple[Any, Any], str]

_OF_THE_PICTURE = ("index",)
_QUALITIES = ("auto", "low", "medium", "high")


class Arrangement(NamedTuple):
    """Where every picture lies. Replaced as a whole, so that a reader on another thread never sees half of one.

    Attributes:
        row, col: what rows and columns differ in; ``col`` is None where there is one column alone.
        rows, cols: their levels.
        cells: (row level, column level) -> its pictures, where there are any.
        missing: (row level, column level) -> why there are none.
    """

    row: str
    col: str | None
    rows: tuple[Hashable, ...]
    cols: tuple[Hashable, ...]
    cells: Mapping[tuple[Hashable, Hashable], ImageSet]
    missing: Missing

    @property
    def images(self) -> ImageSet:
        """Every picture in reading order."""
        return ImageSet(image for row in self.rows for col in self.cols for image in self.cell(row, col))

    @property
    def pages(self) -> int:
        """How many pictures the fullest cell holds, at least 1."""
        return max(map(len, self.cells.values()), default=1)

    def cell(self, row: Hashable, col: Hashable) -> ImageSet:
        """The pictures of a cell."""
        return self.cells.get((row, col), ImageSet())

    def why(self, row: Hashable, col: Hashable, language: words.Language = "en") -> str:
        """What stands in a place without a picture."""
        return self.missing.get((row, col)) or words.say("grid.none_yet").to(language)

    def headers(self, language: words.Language = "en") -> Headers:
        """What stands around the table, in words."""
        title = analysis.title(self.images[0].mode) if self.images else None
        corner = words.say("grid.corner", row=self.row, col=self.col).to(language) if self.col else self.row
        rows = [_text(self.row, level, language) for level in self.rows]
        cols = [_text(self.col, level, language) if self.col else "" for level in self.cols]
        return Headers(title.to(language) if title else "", corner, rows, cols)


class Grid:
    """Pictures in a table: one setting down the side, another across the top. In a notebook it can be zoomed into.

    A cell may hold several pictures: repeats, the ``n`` of a request, or other settings that are no axis. The live
    grid shows the first of every cell, and steps through the others.

    Args:
        images: finished pictures of one mode: live ones, sandbox drawings, or replayed ones.
        row, col: a field of the request, such as "quality" or "prompt"; "index", the picture's place in its task; or a
            label that ``labels`` gives. ``col=None`` makes a single column.
        rows, cols: levels in the order in which they shall stand, those without a picture among them. Levels that only
            the pictures have follow behind. By default qualities and numbers ascend, and others stand as they come.
        labels: a function that gives what a picture is known by besides its request: {"animal": "fox", "repeat": 2}.
        missing: {(row level, col level): why there is no picture}; other empty places say "none yet".
        caption: a function that gives the few words shown on a picture, such as its seconds and cost.
        language: "en" or "zh", of the widget.

    Raises:
        ConfigurationError: no such setting, a level that cannot be one, live pictures mixed with drawings.

    >>> import apimart_widgets as am
    >>> with am.Session(mode="sandbox", library=":memory:", sandbox_seconds=0) as session:
    ...     foxes = session.generate("A red fox", n=2) + session.generate("A red fox", size="3:2")
    >>> grid = Grid(foxes, "quality", "size")
    >>> grid
    <Grid: 3 pictures, 1 x 2 by quality and size>
    >>> grid.rows, grid.cols, len(grid.cell("auto", "1:1"))
    (('auto',), ('1:1', '3:2'), 2)
    """

    def __init__(
        self,
        images: Iterable[GeneratedImage],
        row: str = "quality",
        col: str | None = "size",
        *,
        rows: Iterable[Any] | None = None,
        cols: Iterable[Any] | None = None,
        labels: Labels | None = None,
        missing: Missing | None = None,
        caption: Caption | None = None,
        language: words.Language = "en",
    ) -> None:
        if language not in words.LANGUAGES:
            raise ConfigurationError(words.say("panel.language", language=language))
        if labels is not None and not callable(labels):
            raise ConfigurationError(words.say("grid.labels_no_function", kind=type(labels).__name__))
        self._row = _axis("row", row)
        self._col = None if col is None else _axis("col", col)
        if row == col:
            raise ConfigurationError(words.say("grid.same_axis", name=row))
        self._given = _levels("rows", rows), _levels("cols", cols) if col is not None else (None,)
        self._labels = labels
        self._caption = caption
        self._language = language
        self._matrix: Matrix | None = None
        self._now = self._arranged(images, _checked(missing or {}))

    @property
    def now(self) -> Arrangement:
        """Where every picture lies at this moment."""
        return self._now

    @property
    def rows(self) -> tuple[Any, ...]:
        """The levels of the rows, from the top."""
        return self._now.rows

    @property
    def cols(self) -> tuple[Any, ...]:
        """The levels of the columns, from the left; (None,) where there is one alone."""
        return self._now.cols

    @property
    def images(self) -> ImageSet:
        """Every picture in reading order: row by row, and within a cell as they were given."""
        return self._now.images

    @property
    def language(self) -> words.Language:
        """The widget's."""
        return self._language

    def cell(self, row: Any, col: Any = None) -> ImageSet:
        """The pictures of a cell; none where there are none yet.

        Raises:
            ConfigurationError: the grid has no such level.
        """
        now = self._now
        for name, level, known in ((now.row, row, now.rows), (now.col or "col", col, now.cols)):
            if not _is_level(level) or level not in known:
                listed = ", ".join(map(repr, known))
                raise ConfigurationError(words.say("grid.no_cell", axis=name, level=repr(level), known=listed))
        return now.cell(row, col)

    def caption(self, image: GeneratedImage) -> str:
        """The few words shown on a picture, or ""."""
        return "" if self._caption is None else str(self._caption(image))

    def update(self, images: Iterable[GeneratedImage], *, missing: Missing | None = None) -> None:
        """Show these pictures instead, from any thread: the open widget keeps its zoom, its page and its focus.

        Args:
            images: all of them, those shown before among them.
            missing: the reasons from now on; None keeps those there are.

        Raises:
            ConfigurationError: as when the grid was made; what it shows then stays.
        """
        self._now = self._arranged(images, self._now.missing if missing is None else _checked(missing))
        if self._matrix is not None:
            self._matrix.refresh()

    # ---- out of it

    def to_pil(
        self,
        cell: int = 320,
        page: int | None = None,
        *,
        background: str = "white",
        font: str | os.PathLike[str] | None = None,
    ) -> Image.Image:
        """The whole grid as one image with readable headers: rows labelled at the left, columns on top.

        Long prompts wrap to the width of their column. Above sandbox drawings stands that they are no evidence. Letters
        are set in Pillow's own font; Chinese and other scripts in a font of this machine that has them, found as
        ``lettering.font_for`` says, and where there is none, a warning says which package to install.

        Args:
            cell: width, and most height, of a picture, in pixels.
            page: 1 for the first picture of every cell, 2 for the second; None puts all pictures of a cell side by
                side, so that a printed grid leaves none out.
            background: any colour Pillow knows.
            font: path of a font file to use instead.

        Raises:
            ImageError: there are no pictures and no levels, the file of a picture is gone, ``cell`` is under 16.
            ConfigurationError: there is no such page.
        """
        return _sheet(self._now, cell, page, background, font)

    def save(
        self,
        path: str | os.PathLike[str],
        *,
        cell: int = 320,
        page: int | None = None,
        background: str = "white",
        font: str | os.PathLike[str] | None = None,
    ) -> Path:
        """Write ``to_pil`` to a PNG file, with every picture's settings and SHA-256 in it; never overwrites.

        They are JSON in an ``iTXt`` chunk: ``metadata.extract(data)`` reads it, or Pillow as
        ``image.text["apimart-widgets"]``. It holds ``row`` and ``col`` with their names and levels, and of each picture
        its place among those (from 0), task, request and content hash.

        Args:
            path: a file, ``.png`` is added; or a folder that exists.
            cell, page, background, font: as for ``to_pil``.

        Returns:
            The path written.

        Raises:
            ImageError: as ``to_pil``; another suffix than .png; or it cannot be written there.
        """
        check_path(path, "grid.png")
        target = Path(os.path.expanduser(path))
        if target.is_dir():
            target /= "grid.png"
        if target.suffix.lower() in (".jpg", ".jpeg", ".webp", ".gif", ".pdf", ".svg", ".tif", ".tiff"):
            raise ImageError(words.say("grid.suffix", path=target.stem, suffix=target.suffix))
        if target.suffix.lower() != ".png":
            target = target.with_name(target.name + ".png")
        now = self._now
        page = _checked_page(page, now.pages)
        image = _sheet(now, cell, page, background, font)
        text = PngImagePlugin.PngInfo()
        # ASCII, so that no character of a prompt is lost; and without the limit that JPEG puts on a picture's record.
        text.add_itxt(KEYWORD.decode(), json.dumps(_record(now, page)))
        with new_file(target) as file:
            file.write(encoded(image, "PNG", pnginfo=text, compress_level=4))
        return Path(file.name)

    @property
    def matrix(self) -> Matrix:
        """The live widget, the same each time."""
        from .widgets.matrix import Matrix

        if self._matrix is None or self._matrix.comm is None:  # never shown, or closed
            self._matrix = Matrix(self)
        return self._matrix

    def __repr__(self) -> str:
        now = self._now
        shape = f"{len(now.rows)} x {len(now.cols)}"
        return f"<Grid: {len(now.images)} pictures, {shape} by {now.row}{f' and {now.col}' if now.col else ''}>"

    def _repr_html_(self) -> str:
        now = self._now
        if not now.rows or not now.cols:
            return gallery(())
        cells = [[now.cell(row, col) for col in now.cols] for row in now.rows]
        empty = [[now.why(row, col, self._language) for col in now.cols] for row in now.rows]
        return picture_table(now.headers(self._language), cells, empty)

    def _ipython_display_(self) -> None:
        leave_to_repr()
        self.matrix.show()

    # ---- within

    def _arranged(self, images: Iterable[GeneratedImage], missing: Missing) -> Arrangement:
        if not isinstance(images, Iterable):
            raise ConfigurationError(words.say("grid.not_images", kind=type(images).__name__))
        pictures = ImageSet(images)
        for image in pictures:
            if not isinstance(image, GeneratedImage):
                raise ConfigurationError(words.say("grid.not_images", kind=type(image).__name__))
        if pictures:
            analysis.one_mode({"mode": image.mode} for image in pictures)
        cells: dict[tuple[Hashable, Hashable], list[GeneratedImage]] = {}
        for number, image in enumerate(pictures, start=1):
            cells.setdefault(self._where(image, number), []).append(image)
        given_rows, given_cols = self._given
        taken = [*cells, *missing]
        return Arrangement(
            self._row,
            self._col,
            _ordered(given_rows, [row for row, _ in taken]),
            _ordered(given_cols, [col for _, col in taken]),
            {place: ImageSet(members) for place, members in cells.items()},
            missing,
        )

    def _where(self, image: GeneratedImage, number: int) -> tuple[Hashable, Hashable]:
        own: Mapping[str, Any] = {} if self._labels is None else self._labels(image)
        if not isinstance(own, Mapping):
            raise ConfigurationError(words.say("grid.labels_no_mapping", kind=type(own).__name__))
        row = self._level(self._row, own, image, number)
        return row, None if self._col is None else self._level(self._col, own, image, number)

    def _level(self, name: str, own: Mapping[str, Any], image: GeneratedImage, number: int) -> Hashable:
        if name in own:
            level = own[name]
        elif name in FIELDS:
            level = getattr(image.request, name)
        elif name in _OF_THE_PICTURE:
            level = getattr(image, name)
        elif self._labels is not None:
            raise ConfigurationError(words.say("grid.no_label", name=name, number=number, picture=image.file_name))
        else:
            known = [*FIELDS, *_OF_THE_PICTURE]
            close = catalog.nearest(name, known)
            hint = words.say("request.did_you_mean", name=close) if close else ""
            raise ConfigurationError(words.say("grid.unknown_axis", name=name, hint=hint, known=", ".join(known)))
        return _checked_level(name, level)


def _sheet(
    now: Arrangement, cell: int, page: int | None, background: str, font: str | os.PathLike[str] | None
) -> Image.Image:
    page = _checked_page(page, now.pages)
    cell, _ = check_layout(cell)
    if not now.rows or not now.cols:
        raise ImageError(words.say("images.empty_sheet"))
    # Shrunk one at a time: at full size a hundred pictures would not fit into memory.
    places = [
        [
            Place(
                [shrunk(image.to_pil(), cell) for image in _of_page(now.cell(row, col), page)],
                now.why(row, col),
            )
            for col in now.cols
        ]
        for row in now.rows
    ]
    return table_sheet(now.headers(), places, cell=cell, background=background, font=font)


def _record(now: Arrangement, page: int | None) -> dict[str, Any]:
    """What ``save`` writes into the file."""
    pictures = [
        {
            "row": now.rows.index(row),
            "col": now.cols.index(col),
            "sha256": image.sha256,
            "task_id": image.task_id,
            "index": image.index,
            "request": image.request.to_payload(),
        }
        for row in now.rows
        for col in now.cols
        for image in _of_page(now.cell(row, col), page)
    ]
    return {
        "software": f"apimart-widgets {VERSION}",
        "version": RECORD_VERSION,
        "kind": "grid",
        "title": now.headers().title,
        "mode": next((image.mode for image in now.images), None),
        "row": {"name": now.row, "levels": list(map(_plain, now.rows))},
        "col": None if now.col is None else {"name": now.col, "levels": list(map(_plain, now.cols))},
        "page": page,
        "pictures": pictures,
    }


def _checked_page(page: object, pages: int) -> int | None:
    number = whole_number(page)
    if page is not None and (number is None or not 1 <= number <= pages):
        raise ConfigurationError(words.say("grid.page", pages=pages, value=as_typed(page)))
    return number


def _of_page(images: ImageSet, page: int | None) -> ImageSet:
    return images if page is None else images[page - 1 : page]


def _axis(argument: str, name: object) -> str:
    if not isinstance(name, str) or not name:
        raise ConfigurationError(words.say("grid.axis_no_text", axis=argument, value=repr(name)))
    return name


def _levels(argument: str, levels: object) -> tuple[Hashable, ...]:
    if levels is None:
        return ()
    # A text is a sequence of texts too, and rows="low" a slip.
    if isinstance(levels, str | bytes) or not isinstance(levels, Iterable):
        raise ConfigurationError(words.say("grid.levels", axis=argument, value=repr(levels)))
    return tuple(dict.fromkeys(_checked_level(argument, level) for level in levels))


def _is_level(level: object) -> bool:
    try:
        hash(level)
    except TypeError:
        return False
    return True


def _checked_level(name: str, level: object) -> Hashable:
    if not _is_level(level):
        raise ConfigurationError(words.say("grid.level", axis=name, value=repr(level)))
    return level


def _checked(missing: object) -> Missing:
    if not isinstance(missing, Mapping):
        raise ConfigurationError(words.say("grid.missing", value=repr(missing)))
    for place, why in missing.items():
        if not isinstance(place, tuple) or len(place) != 2 or not isinstance(why, str):
            raise ConfigurationError(words.say("grid.missing", value=repr({place: why})))
    return dict(missing)


def _ordered(given: Sequence[Hashable], found: Iterable[Hashable]) -> tuple[Hashable, ...]:
    """The given levels, then the others: qualities and numbers ascending, anything else as it comes."""
    others = [level for level in dict.fromkeys(found) if level not in given]
    numbers = [level for level in others if isinstance(level, int | float)]
    if len(numbers) == len(others):
        return (*given, *sorted(numbers))
    return (
        *given,
        *sorted(others, key=lambda level: _QUALITIES.index(level) if level in _QUALITIES else len(_QUALITIES)),
    )


def _text(name: str | None, level: object, language: words.Language) -> str:
    """A level as a header. A text says by itself what it is; a number, None or an empty text does not."""
    if isinstance(level, str) and level:
        return level
    shown = "–" if level in (None, "") else str(thaw(level))
    return words.say("grid.level_named", name=name, level=shown).to(language)


def _plain(level: object) -> Any:
    """A level as JSON has it."""
    return level if level is None or isinstance(level, str | int | float | bool) else str(thaw(level))
