"""What is wrong with references, in the panel's words: the rules' own are written for code. Pure functions."""

from __future__ import annotations

from .. import catalog
from ..rules import Problem
from ..words import Sentence, say
from .form import Form

FIELDS = ("image_urls", "mask_url")

# What a press was refused for that only another press mends.
TO_PRESS_AGAIN = ("panel.references_wait", "panel.references_mask_changed")

# What the rules say -> what the panel says of the same.
_SPOKEN = {
    "reference.no_text": "panel.references_not_url",
    "reference.data_uri": "panel.references_data",
    "reference.file": "panel.references_file",
    "reference.path": "panel.references_path",
    "reference.scheme": "panel.references_scheme",
    "reference.credentials": "panel.references_credentials",
    "reference.not_a_url": "panel.references_not_url",
    "request.too_many": "panel.references_too_many",
    "request.mask_alone": "panel.references_mask_alone",
    "request.no_such_field": "panel.references_no_mask",
    "session.missing_picture": "panel.references_missing",
    "images.empty": "panel.references_empty",
    "images.not_an_image": "panel.references_not_an_image",
    "images.damaged": "panel.references_damaged",
    "images.notebook_limit": "panel.references_damaged",
    "images.too_many_pixels": "panel.references_too_many_pixels",
}


def spoken(problem: Problem) -> Problem:
    """A problem as the panel says it; one that is not about references as it is.

    >>> from apimart_widgets.reference import url_problem
    >>> rule = Problem("image_urls", say("request.url_at", position=1, problem=url_problem("data:image/png,")))
    >>> print(spoken(rule).message)
    Reference 2: A data: address holds the picture itself. Choose, drop or paste the picture instead.
    """
    if problem.field not in FIELDS:
        return problem
    message = problem.message
    if message.key != "request.url_at":
        return Problem(problem.field, _spoken(message))
    inner = _spoken(message.values["problem"])
    return Problem(problem.field, say("panel.references_at", place=message.values["position"] + 1, problem=inner))


def place_of(problem: Problem) -> int | None:
    """The place, from 0, of the one reference a problem of the rules is about."""
    message = problem.message
    return message.values["position"] if message.key == "request.url_at" else None


def about(message: str, name: str) -> Sentence:
    """A sentence about a picture without a name, said of the file that it was."""
    if not isinstance(message, Sentence):
        return say("session.problem", text=message)
    values = {**message.values, "name": name} if "name" in message.values else message.values
    return _spoken(Sentence(message.key, values))


def other_shape(form: Form, width: int, height: int) -> Sentence | None:
    """What to say of a first reference that is painted over and sent for a result of another shape than it could be.

    >>> print(other_shape(Form(mask_url="https://example.com/mask.png"), 3000, 2000))
    The result will be 1024×1024, and the first reference is 3000×2000: size 3:2 fits it best.
    """
    model = catalog.model(form.model)
    best = model.better_size(form.size, width, height) if model is not None and form.mask_url is not None else None
    pixels = model.pixels(form.size) if model is not None else None
    if best is None or pixels is None:
        return None
    made, given = (f"{across}×{down}" for across, down in (pixels, (width, height)))
    return say("panel.references_shape", made=made, given=given, size=best)


def _spoken(message: Sentence) -> Sentence:
    return Sentence(_SPOKEN.get(message.key, message.key), message.values)
