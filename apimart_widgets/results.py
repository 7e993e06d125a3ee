"""``GeneratedImage`` and ``ImageSet``: finished pictures, out as PIL images, arrays, files, tables and HTML."""

from __future__ import annotations

import builtins
import dataclasses
import datetime
import hashlib
import os
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from PIL import Image

from . import images, words
from .config import MODES, Mode
from .contact_sheet import contact_sheet
from .errors import ConfigurationError, ImageError
from .gallery import gallery, shortened
from .metadata import CUT_MARKS, embed, extract, strip
from .new_file import check_path, new_file, numbered, reason
from .request import FIELDS, ImageRequest, thaw
from .rules import as_typed, whole_number
from .thumbnails import SIDE, Thumbnails
from .version import VERSION

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

RECORD_VERSION = 1

RECORD_FIELDS: tuple[str, ...] = (
    *FIELDS,
    *("task_id", "index", "mode", "created", "cost", "rating", "note"),
    *("format", "width", "height", "bytes", "sha256", "path"),
)
"""The columns of ``ImageSet.to_records``: every setting of the request, then what is known of the picture."""

_FORMATS = {".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg", ".webp": "webp"}
_LINES_SHOWN = 20
_ALT: Mapping[Mode, str] = {
    "live": "results.alt",
    "sandbox": "results.alt_sandbox",
    "replay": "results.alt_replay",
    "sandbox replay": "results.alt_sandbox_replay",
}
_TEXT_FIELDS = ("model", "size", "quality", "background", "moderation", "output_format")


@dataclasses.dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class GeneratedImage:
    """One finished picture with the request it came from. It cannot change, and is light until looked at.

    Attributes:
        request: what was asked for.
        task_id: the server's name of the task.
        index: its place among the task's pictures, from 0.
        data: the file as the server sent it, or None when it is read from ``path`` on demand; see ``bytes``.
        path: the file on disk, or None.
        sha256: of the server's bytes, in hexadecimal.
        size: (width, height) in pixels.
        format: "png", "jpeg" or "webp".
        mode: "live", "sandbox" for a drawing of the offline sandbox, "replay" or "sandbox replay" where it was recorded
            earlier and played again.
        created: when it was fetched, with its time zone.
        cost: what this picture was billed, or None where that is not known.
        rating: the user's, or None.
        note: what the user wrote about it, or None.
        changed_outside: of an edit with a mask, the share (0 to 1) of the pixels the mask keeps that changed all the
            same; see ``images.changed_outside``. None for other pictures.

    Two are equal when task, index and content are.

    >>> import io
    >>> file = io.BytesIO()
    >>> Image.new("RGB", (3, 2)).save(file, "PNG")
    >>> image = GeneratedImage(
    ...     request=ImageRequest("A red fox", n=2), task_id="task_01", index=1, data=file.getvalue(), path=None,
    ...     sha256=hashlib.sha256(file.getvalue()).hexdigest(), size=(3, 2), format="png", mode="live",
    ...     created=datetime.datetime.now(datetime.timezone.utc),
    ... )
    >>> image
    <GeneratedImage 2 of 2, auto, 3x2 png: 'A red fox'>
    >>> image.to_pil().size, image.file_name
    ((3, 2), 'a-red-fox_auto_1x1_2.png')
    """

    request: ImageRequest
    task_id: str
    index: int
    data: builtins.bytes | None
    path: Path | None
    sha256: str
    size: tuple[int, int]
    format: str
    mode: Mode
    created: datetime.datetime
    cost: float | None = None
    rating: int | None = None
    note: str | None = None
    changed_outside: float | None = None
    # Where its library keeps small copies.
    _small: Thumbnails | None = dataclasses.field(default=None, repr=False, compare=False)
    _thumbnails: dict[tuple[int, int | None], builtins.bytes] = dataclasses.field(
        default_factory=dict, init=False, repr=False
    )
    # What its file said of a prompt that was too long for it. A copy must not pass the cut prompt off as the whole one.
    _cut: dict[str, Any] = dataclasses.field(default_factory=dict, init=False, repr=False)

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> GeneratedImage:
        """A picture saved with its metadata, with the request it came from.

        A prompt of more than 60 KB was cut when it was saved, and comes back so.

        Raises:
            ConfigurationError: that is no path.
            ImageError: the file cannot be read, or holds no record of this package.
        """
        if not isinstance(path, str | os.PathLike):
            raise ConfigurationError(words.say("results.no_file", value=repr(path)[:60]))
        file = Path(os.path.expanduser(path))
        try:
            data = file.read_bytes()
        except (OSError, ValueError) as error:  # ValueError: a name no file can have
            raise ImageError(words.say("results.cannot_read", path=str(path), reason=reason(error))) from error
        info = images.inspect(data)
        record = extract(data)
        if record is None:
            raise ImageError(words.say("results.no_record", path=str(path)))
        try:
            facts = _facts(record)
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
            raise ImageError(words.say("results.foreign_record", path=str(path))) from error
        data = strip(data)
        sha256 = hashlib.sha256(data).hexdigest()
        size = info.width, info.height
        image = cls(data=data, path=file.absolute(), sha256=sha256, size=size, format=info.format, **facts)
        image._cut.update({mark: record[mark] for mark in CUT_MARKS if mark in record})
        return image

    @property
    def bytes(self) -> builtins.bytes:
        """The file exactly as the server sent it.

        Raises:
            ImageError: its file was moved, deleted or cannot be read.
        """
        if self.data is not None:
            return self.data
        if self.path is None:
            raise ImageError(words.say("results.no_bytes"))
        try:
            return self.path.read_bytes()
        except OSError as error:
            raise ImageError(words.say("results.file_gone", path=str(self.path), reason=reason(error))) from error

    @property
    def alt(self) -> words.Sentence:
        """One line that says what the picture is, for people who do not see it."""
        width, height = self.size
        return words.say(
            _ALT[self.mode],
            number=self.index + 1,
            count=max(self.request.n, self.index + 1),
            quality=self.request.quality,
            width=width,
            height=height,
            prompt=shortened(self.request.prompt, 120),
        )

    @property
    def file_name(self) -> str:
        """A readable name, safe on every system: ``a-red-fox_low_3x2_1.png``."""
        request = self.request
        settings = request.quality, request.size.replace(":", "x"), str(self.index + 1)
        # Read from a file of somebody else's, these too may be any text, and lead out of the folder.
        return "_".join([_slug(request.prompt), *(_slug(ascii(text), 16) for text in settings)]) + self._suffix

    @property
    def _suffix(self) -> str:
        return ".jpg" if self.format == "jpeg" else "." + self.format

    def to_pil(self) -> Image.Image:
        """A fully loaded PIL image, a new one each time.

        Raises:
            ImageError: the file is gone or damaged.
        """
        return images.decode(self.bytes)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
        import numpy as np

        if copy is False:
            raise ValueError(words.say("results.array_copy"))
        return np.array(self.to_pil(), dtype=dtype)

    def thumbnail(self, box: int = 320, *, max_bytes: int | None = None) -> builtins.bytes:
        """A WebP at most ``box`` pixels wide and high, made once; with ``max_bytes`` as small as that.

        Raises:
            ImageError: a size that is none; or its file is gone or damaged.
        """
        side, most = whole_number(box), whole_number(max_bytes)
        if side is None or side < 1 or (max_bytes is not None and most is None):
            given = {"box": as_typed(box), "max_bytes": as_typed(max_bytes)}
            raise ImageError(words.say("images.thumbnail_size", **given))
        key = side, most
        if key not in self._thumbnails:
            start = self._thumbnail_to_start_from() if side <= SIDE else self.bytes
            fits = side == SIDE and len(start) <= (most or len(start))
            self._thumbnails[key] = start if fits else images.thumbnail(start, side, max_bytes=most)
        return self._thumbnails[key]

    def _thumbnail_to_start_from(self) -> builtins.bytes:
        """The largest thumbnail, from which the others are made: it is quick to decode, and its library may have it."""
        key = SIDE, None
        if key not in self._thumbnails:
            known = self._small.read(self.sha256) if self._small is not None else None
            self._thumbnails[key] = known or images.thumbnail(self.bytes, SIDE)
            if known is None and self._small is not None:
                self._small.keep(self.sha256, self._thumbnails[key])
        return self._thumbnails[key]

    def save(self, path: str | os.PathLike[str], *, metadata: bool = True) -> Path:
        """Write the picture to ``path``: a file, or a folder that exists or ends in a slash.

        Never overwrites: where the name is taken, ``-2`` and so on is added. The suffix is that of the format, since
        the picture is not encoded again. With ``metadata`` the prompt and settings are written into the file; without,
        the file is exactly what the server sent.

        Returns:
            The path written.

        Raises:
            ConfigurationError: that is no path.
            ImageError: it cannot be written there, or its file is gone.
        """
        _check_place(path, self.file_name)
        data = self._file_content(metadata)
        with new_file(self._target(path)) as file:
            file.write(data)
        return Path(file.name)

    def _target(self, path: str | os.PathLike[str]) -> Path:
        text = os.path.expanduser(os.fspath(path))
        target = Path(text)
        if os.path.isdir(target) or text.endswith(("/", os.sep)):
            return target / self.file_name
        meant = _FORMATS.get(target.suffix.lower())
        if meant == self.format:
            return target
        return target.with_name((target.stem if meant else target.name) + self._suffix)

    def _file_content(self, with_metadata: bool) -> builtins.bytes:
        return embed(self.bytes, self._record()) if with_metadata else self.bytes

    def _record(self) -> dict[str, Any]:
        """What ``save`` writes into the file and ``open`` reads back."""
        settings = self.request.to_payload()
        prompt = settings.pop("prompt")
        return {
            "software": f"apimart-widgets {VERSION}",
            "version": RECORD_VERSION,
            "prompt": prompt,
            "request": settings,
            "task_id": self.task_id,
            "index": self.index,
            "mode": self.mode,
            "created": self.created.isoformat(),
            "cost": self.cost,
            "rating": self.rating,
            "note": self.note,
            **self._cut,
        }

    def _row(self) -> dict[str, Any]:
        known = {
            **{name: getattr(self, name) for name in ("task_id", "index", "mode", "cost", "rating", "note")},
            **{name: getattr(self, name) for name in ("format", "sha256")},
            "created": self.created.isoformat(),
            "width": self.size[0],
            "height": self.size[1],
            "bytes": self.file_size,
            "path": None if self.path is None else str(self.path),
        }
        return {name: known[name] if name in known else thaw(getattr(self.request, name)) for name in RECORD_FIELDS}

    @property
    def file_size(self) -> int | None:
        """Length of the server's file in bytes; None when it is gone."""
        if self.data is not None:
            return len(self.data)
        try:
            return None if self.path is None else self.path.stat().st_size
        except OSError:  # a table is worth having although one file is gone
            return None

    def _line(self) -> str:
        width, height = self.size
        count = max(self.request.n, self.index + 1)
        mode = "" if self.mode == "live" else f", {self.mode}"
        prompt = shortened(self.request.prompt, 60)
        return f"{self.index + 1} of {count}, {self.request.quality}, {width}x{height} {self.format}{mode}: {prompt!r}"

    def __repr__(self) -> str:
        return f"<GeneratedImage {self._line()}>"

    def _repr_html_(self) -> str:
        return gallery([self])

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"text/plain": repr(self), "text/html": self._repr_html_()}

    def _identity(self) -> tuple[str, int, str]:
        return self.task_id, self.index, self.sha256

    def __eq__(self, other: object) -> bool:
        return self._identity() == other._identity() if isinstance(other, GeneratedImage) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._identity())


class ImageSet(Sequence[GeneratedImage]):
    """Several finished pictures, in order. Slices and sums are sets too; shown in a notebook it is a grid.

    >>> ImageSet()
    No images yet.
    >>> len(ImageSet() + ImageSet()), ImageSet()[:2] == ImageSet()
    (0, True)
    """

    def __init__(self, images: Iterable[GeneratedImage] = ()) -> None:
        self._images = tuple(images)

    def __len__(self) -> int:
        return len(self._images)

    @overload
    def __getitem__(self, index: int) -> GeneratedImage: ...
    @overload
    def __getitem__(self, index: slice) -> ImageSet: ...
    def __getitem__(self, index: int | slice) -> GeneratedImage | ImageSet:
        if isinstance(index, slice):
            return ImageSet(self._images[index])
        try:
            return self._images[index]
        except TypeError:
            raise TypeError(words.say("results.no_index", index=repr(index)[:60])) from None
        except IndexError:
            raise IndexError(words.say("results.index", index=index, count=len(self))) from None

    def __add__(self, other: object) -> ImageSet:
        return ImageSet(self._images + other._images) if isinstance(other, ImageSet) else NotImplemented

    def __eq__(self, other: object) -> bool:
        return self._images == other._images if isinstance(other, ImageSet) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._images)

    def to_pil(self) -> list[Image.Image]:
        """Every picture as a fully loaded PIL image, new ones each time."""
        return [image.to_pil() for image in self]

    def save(self, folder: str | os.PathLike[str], *, metadata: bool = True) -> list[Path]:
        """Write every picture into ``folder`` under a readable name, as ``GeneratedImage.save`` does.

        Returns:
            The paths written, in order.

        Raises:
            ConfigurationError, ImageError: as there.
        """
        _check_place(folder, "pictures/")
        return [image.save(Path(folder) / image.file_name, metadata=metadata) for image in self]

    def to_zip(self, path: str | os.PathLike[str], *, metadata: bool = True) -> Path:
        """Write every picture into one zip file at ``path`` (``.zip`` is added); never overwrites.

        Returns:
            The path written.

        Raises:
            ConfigurationError: that is no path.
            ImageError: it cannot be written there, or the file of a picture is gone.
        """
        _check_place(path, "pictures.zip")
        target = Path(os.path.expanduser(path))
        if os.path.isdir(target):
            target /= "images.zip"
        if target.suffix.lower() != ".zip":
            target = target.with_name(target.name + ".zip")
        with new_file(target) as file, zipfile.ZipFile(file, "w") as archive:
            for name, image in zip(_distinct(image.file_name for image in self), self, strict=True):
                moment = image.created.astimezone().timetuple()[:6]
                # Stored: pictures are compressed already. A zip file knows no year before 1980.
                archive.writestr(
                    zipfile.ZipInfo(name, max(moment, (1980, 1, 1, 0, 0, 0))), image._file_content(metadata)
                )
        return Path(file.name)

    def contact_sheet(
        self,
        captions: Sequence[str] | None = None,
        *,
        columns: int | None = None,
        cell: int = 320,
        background: str = "white",
        font: str | os.PathLike[str] | None = None,
    ) -> Image.Image:
        """All pictures on one PIL image; captions are quality, size and prompt unless given.

        Captions in Chinese need a font on this machine that has it; see ``contact_sheet.contact_sheet``.

        Args:
            captions: one for each picture.
            columns: by default as many as make the sheet about square.
            cell: side of the square each picture lies in, in pixels.
            background: any colour Pillow knows.
            font: path of a font file for the captions.

        Raises:
            ImageError: the set is empty, not one caption for each picture, or no font at ``font``.
        """
        if captions is None:
            captions = [image._line() for image in self]
        return contact_sheet(self.to_pil(), captions, columns=columns, cell=cell, background=background, font=font)

    def to_records(self) -> list[dict[str, Any]]:
        """One dict a picture with ``RECORD_FIELDS``: plain values, so that they go into JSON or a table.

        ``created`` is ISO 8601; ``bytes`` the length of the file, None when it is gone.
        """
        return [image._row() for image in self]

    def to_pandas(self) -> pd.DataFrame:
        """``to_records`` as a DataFrame, ``created`` as timestamps in UTC.

        Raises:
            ImportError: pandas is not installed; the sentence says how to install it.
        """
        try:
            import pandas as pd
        except ImportError as error:
            raise ImportError(words.say("results.no_pandas")) from error
        table: pd.DataFrame = pd.DataFrame(self.to_records(), columns=list(RECORD_FIELDS))
        table["created"] = pd.to_datetime(table["created"], utc=True)
        return table

    def __repr__(self) -> str:
        if not self:
            return str(words.say("results.none"))
        lines = [f"ImageSet of {len(self)}:", *(image._line() for image in self[:_LINES_SHOWN])]
        if more := len(self) - _LINES_SHOWN:
            lines += [words.say("results.more", n=more)] if more > 0 else []
        return "\n  ".join(lines)

    def _repr_html_(self) -> str:
        return gallery(self)


def _check_place(path: object, example: str) -> None:
    """Refuse what is no path; an empty one is the current folder."""
    if path != "":
        check_path(path, example)


def _facts(record: Mapping[str, Any]) -> dict[str, Any]:
    """The fields a record holds; KeyError, TypeError or ValueError when it is not one of ours."""
    request = ImageRequest.from_payload({**record["request"], "prompt": record["prompt"]})
    texts = [request.prompt, record["task_id"], *(getattr(request, name) for name in _TEXT_FIELDS)]
    if not all(isinstance(text, str) for text in texts) or not isinstance(request.n, int):
        raise TypeError("a text or number of another type")
    created = datetime.datetime.fromisoformat(record["created"])
    if record["mode"] not in MODES or created.tzinfo is None:
        raise ValueError("an unknown mode or a time without its zone")
    cost, rating, note = record.get("cost"), record.get("rating"), record.get("note")
    if not isinstance(note, str | None):
        raise TypeError("a note that is no text")
    return {
        "request": request,
        "task_id": record["task_id"],
        "index": int(record["index"]),
        "mode": record["mode"],
        "created": created,
        "cost": None if cost is None else float(cost),
        "rating": None if rating is None else int(rating),
        "note": note,
    }


def _slug(text: str, longest: int = 40) -> str:
    """The words of ``text`` for a file name; letters of any script stay.

    >>> _slug("A red fox: <dusk>, 35 mm / f2"), _slug("雪上的 红狐!"), _slug("???")
    ('a-red-fox-dusk-35-mm-f2', '雪上的-红狐', 'image')
    """
    kept = ""
    for character in unicodedata.normalize("NFC", text[:400]).lower():
        # Marks belong to the letter before them, as in Hindi; alone they would be an invisible word.
        mark = unicodedata.category(character).startswith("M") and kept[-1:].strip() != ""
        kept += character if character.isalnum() or mark else " "
    slug = "-".join(kept.split())
    if len(slug) > longest:
        head, _, _ = slug[: longest + 1].rpartition("-")
        slug = head if len(head) > longest // 2 else slug[:longest]
    return slug or "image"


def _distinct(names: Iterable[str]) -> Iterator[str]:
    """Each name once; where one comes again, ``-2`` and so on is added, as on systems that ignore case."""
    taken: set[str] = set()
    for name in names:
        free = next(candidate for candidate in numbered(Path(name)) if candidate.name.lower() not in taken)
        taken.add(free.name.lower())
        yield free.name
