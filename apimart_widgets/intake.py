"""From what a user hands in, pictures of this machine among it, to a request and the pictures it needs uploaded."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from . import images, rules
from .errors import ImageError, RequestWarning
from .images import LocalPicture
from .reference import local_reference, local_url
from .request import DEFAULTS, FIELDS, ImageRequest, refusal
from .rules import Problem
from .words import Sentence, say


def request_from(
    prompt: str | ImageRequest, references: Sequence[object] | None, mask: object | None, fields: Mapping[str, Any]
) -> tuple[ImageRequest, dict[str, LocalPicture]]:
    """The request, local pictures named by content, and those pictures by their content hash."""
    given = dict(fields)
    if isinstance(prompt, ImageRequest):
        given = {name: getattr(prompt, name) for name in FIELDS} | given
    else:
        given["prompt"] = prompt
    taken = _Pictures()
    urls = given.get("image_urls")
    # Addresses in a form the rules refuse are left for the rules to refuse.
    listed = urls is None or (isinstance(urls, list | tuple) and all(isinstance(url, str) for url in urls))
    if references is not None and listed:
        given["image_urls"] = taken.references(urls or (), references)
    if mask is not None and listed:
        given["mask_url"] = taken.mask(mask, given.get("image_urls") or ())
    if mask is not None and fields.get("mask_url") is not None:
        taken.problems.append(Problem("mask_url", say("session.mask_twice")))
    warn(taken.notices)  # before a refusal too: a mask may not fit because its reference was made smaller
    if taken.problems:
        others = rules.check({**DEFAULTS, **given}, FIELDS).problems
        raise refusal((*taken.problems, *others))
    return ImageRequest(**given), taken.pictures


def warn(notices: Sequence[Sentence]) -> None:
    """Warn of what became of pictures, at the line outside this package that handed them in."""
    for notice in notices:
        warnings.warn(str(notice), RequestWarning, stacklevel=rules.callers_level())


# Stands where a picture could not be read, so that the rules still judge the rest, each at its own place.
_NO_PICTURE = local_url("", "unreadable")


class _Pictures:
    """Turns references and mask into addresses, and collects what has to be uploaded, noticed and refused."""

    def __init__(self) -> None:
        self.pictures: dict[str, LocalPicture] = {}
        self.notices: list[Sentence] = []
        self.problems: list[Problem] = []

    def references(self, urls: Sequence[str], references: Sequence[object]) -> list[str]:
        if isinstance(references, str | bytes | os.PathLike) or not isinstance(references, Sequence):
            wrong = say("session.references_no_list", type=type(references).__name__)
            self.problems.append(Problem("image_urls", wrong))
            return [*urls, _NO_PICTURE]
        return [*urls, *(self._address(place, source) for place, source in enumerate(references, len(urls)))]

    def mask(self, mask: object, urls: Sequence[str]) -> str:
        if _is_url(mask):
            return str(mask)
        first = local_reference(urls[0]) if urls else None
        reference = self.pictures.get(first.sha256) if first else None
        try:
            # The size of a reference elsewhere is not known here; the server compares it.
            picture = images.mask_picture(mask, (reference.width, reference.height) if reference else None)
            self.notices += picture.notices
            return self._keep(picture)
        except ImageError as error:
            self._problem("mask_url", error.message)
            return _NO_PICTURE

    def _address(self, place: int, source: object) -> str:
        if _is_url(source):
            return str(source)
        try:
            picture = images.local_picture(source)
            self.notices += (say("request.url_at", position=place, problem=notice) for notice in picture.notices)
            return self._keep(picture)
        except ImageError as error:
            self._problem("image_urls", say("request.url_at", position=place, problem=error.message))
            return _NO_PICTURE

    def _keep(self, picture: LocalPicture) -> str:
        self.pictures[picture.sha256] = picture
        return local_url(picture.sha256, picture.name)

    def _problem(self, field: str, message: str) -> None:
        said = message if isinstance(message, Sentence) else say("session.problem", text=message)
        self.problems.append(Problem(field, said))


def _is_url(source: object) -> bool:
    """Whether text is meant as an address; what is wrong with it is for the rules to say."""
    return isinstance(source, str) and source.strip().lower().startswith(("http:", "https:", "data:", "file:", "ftp:"))
