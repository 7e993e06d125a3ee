"""``compare``: any two pictures under the same zoom and pan, in a cell's output."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import traitlets

from .. import images
from ..database import storable
from ..errors import APIMartError, ConfigurationError, ImageError
from ..gallery import shortened
from ..images import LocalPicture
from ..results import GeneratedImage
from ..words import LANGUAGES, Language, Sentence, say
from .composer import FrontEnd, front_end_words
from .projector import Projector
from .rows import PROMPT_SHOWN, given_picture, picture, settings

_STATIC = Path(__file__).parent / "static"


class Comparison(FrontEnd):
    """Two pictures side by side, under a slider, or in turns, at the same zoom and place; made by ``compare``.

    The wheel with Ctrl, two fingers, a double click and the keys + - 0 1 zoom; dragging and the arrow keys move; the
    space bar shows the second picture while it is held.
    """

    # What the panel opens as a dialog, drawn into a page.
    _esm = _STATIC / "viewer.js"
    _css = _STATIC / "viewer.css"

    pictures: traitlets.List[Any] = traitlets.List().tag(sync=True)
    """[{name, label, image, row}] of both: ``row`` holds what was asked for, None for a picture not made here; a
    ``label`` of the user's stands alone, a ``name`` beside how the pictures differ."""

    notices: traitlets.List[Any] = traitlets.List().tag(sync=True)
    """What became of the pictures that their owner should know of, in words; usually nothing."""

    def __init__(self, a: object, b: object, *, labels: Sequence[str] | None = None, language: Language = "en") -> None:
        if language not in LANGUAGES:
            raise APIMartError(say("panel.language", language=language))
        given = _checked(labels)
        names = _names(a, b)
        self._pictures = [_read(source) for source in (a, b)]
        sides = zip((a, b), self._pictures, given or names, strict=True)
        self._projector = Projector(self._project)
        super().__init__(
            words=front_end_words(language, "results."),
            language=language,
            pictures=[_side(*side, alone=given is not None, language=language) for side in sides],
            notices=[
                _notice(notice, name).to(language)
                for name, each in zip(names, self._pictures, strict=True)
                for notice in each.notices
            ],
        )
        self.on_gesture(self._gesture)

    def close(self) -> None:
        """Take the comparison away."""
        if hasattr(self, "_projector"):  # ipywidgets also closes what was never built
            self._projector.close()
        super().close()

    def __repr__(self) -> str:
        one, two = (f"{side['name']} {side['image']['width']}x{side['image']['height']}" for side in self.pictures)
        return f"<Comparison: {one}, {two}>"

    def _gesture(self, content: Mapping[str, Any], _: list[memoryview]) -> None:
        if content["kind"] == "hello":
            self._projector.schedule()

    def _project(self) -> None:
        # One message each: the first is shown while the second is on its way.
        for each, side in zip(self._pictures, self.pictures, strict=True):
            self.tell("picture", each.data, id=side["image"]["id"], media_type=each.media_type)


def compare(a: object, b: object, *, labels: Sequence[str] | None = None, language: Language = "en") -> Comparison:
    """Show two pictures side by side, under a slider, or in turns, at the same zoom and place.

    Args:
        a: a path, bytes, a PIL image, a numpy array or a ``GeneratedImage``.
        b: the same; pictures of another size are scaled to the same frame.
        labels: a text for each; by default their file names, or "A" and "B", with the settings in which two
            ``GeneratedImage``s differ.
        language: "en" or "zh".

    Each is shown with all its pixels; one whose file takes over 20 MB is made smaller for the page, which says so.

    Raises:
        ImageError: one is no picture that can be read, or a web address.
        ConfigurationError: ``labels`` are not two texts.
        APIMartError: the language is another one.

    >>> from PIL import Image
    >>> import apimart_widgets as am
    >>> am.compare(Image.new("RGB", (300, 200)), Image.new("RGB", (150, 100)), labels=["large", "small"])
    <Comparison: large 300x200, small 150x100>
    """
    return Comparison(a, b, labels=labels, language=language)


def _checked(labels: object) -> tuple[str, str] | None:
    if labels is None:
        return None
    # A text is a sequence of texts too, and "AB" a slip.
    known = list(labels) if isinstance(labels, Sequence) and not isinstance(labels, str | bytes) else []
    if len(known) != 2 or not all(isinstance(label, str) and label.strip() for label in known):
        raise ConfigurationError(say("comparison.labels", labels=repr(labels)))
    return known[0], known[1]


def _names(a: object, b: object) -> list[str]:
    """File names where both have one and they differ; else the letters, with the file name where there is one."""
    files = [_file_name(source) for source in (a, b)]
    if all(files) and files[0] != files[1]:
        return files
    return [f"{letter} · {file}" if file else letter for letter, file in zip("AB", files, strict=True)]


def _file_name(source: object) -> str:
    """Of a path, or of the file that Pillow has opened; "" where there is none."""
    path = source if isinstance(source, str | os.PathLike) else getattr(source, "filename", "")
    name = os.path.basename(os.fsdecode(path)) if isinstance(path, str | bytes | os.PathLike) else ""
    # A file name on Linux may hold bytes that are no text.
    return storable(name)


def _read(source: object) -> LocalPicture:
    if isinstance(source, str) and source.lower().startswith(("http:", "https:")):
        raise ImageError(say("comparison.web_address", address=shortened(source, 200)))
    return images.local_picture(source)


def _notice(notice: Sentence, name: str) -> Sentence:
    """A notice about an upload as one about what is shown."""
    if notice.key != "images.made_smaller":
        return notice
    return say("comparison.made_smaller", name=name, old=notice.values["old"], new=notice.values["new"])


def _side(source: object, given: LocalPicture, name: str, *, alone: bool, language: Language) -> dict[str, Any]:
    """What the page is told of a picture."""
    alt = say("comparison.alt", name=name, width=given.width, height=given.height).to(language)
    image, row = given_picture(given, alt), None
    if isinstance(source, GeneratedImage):
        # Its content still names it in messages, and the page shows the pixels that were read.
        image = picture(source, language) | {field: image[field] for field in ("id", "width", "height")}
        request = source.request
        row = {
            "prompt": shortened(request.prompt, PROMPT_SHOWN),
            "settings": settings(request),
            "n": max(request.n, source.index + 1),
            "mode": source.mode,
            "cost": None,  # known without its unit
            "started": 0,
            "ended": None,
        }
    return {"name": name, "label": name if alone else None, "image": image, "row": row}
