"""The form as a plain value: what is filled in, and how a change mends what it would break. No widget is known here."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from .. import catalog
from ..request import DEFAULTS, FIELDS, ImageRequest
from ..rules import Checked, check
from ..words import Sentence, say

QUALITIES_COMPARED = ("low", "medium", "high")


@dataclasses.dataclass(frozen=True)
class Form:
    """What the panel's controls hold, by the API's field names. Nothing here is judged until it is asked for.

    ``image_urls`` is a tuple of addresses as typed, possibly empty.

    >>> form, notes = Form(prompt="A fox", output_format="jpeg").changed("background", "transparent")
    >>> form.output_format, print(notes["output_format"])
    A JPEG cannot be transparent, so the format is png now.
    ('png', None)
    """

    prompt: str = ""
    model: str = catalog.DEFAULT_MODEL
    size: str = "1:1"
    n: int = 1
    quality: str = "auto"
    background: str = "auto"
    moderation: str = "auto"
    output_format: str = "png"
    output_compression: int | None = None
    image_urls: tuple[str, ...] = ()
    mask_url: str | None = None
    resolution: str | None = None
    extra_body: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    @classmethod
    def of(cls, request: ImageRequest) -> Form:
        """A form filled with a request, whatever it was read from: what no control could show is left out."""
        values = {name: getattr(request, name) for name in FIELDS}
        kept = {name: value for name, value in values.items() if value is None or _fits(name, value)}
        return cls(**{**kept, "image_urls": kept.get("image_urls") or ()})

    def fields(self) -> dict[str, Any]:
        """The fields as ``ImageRequest`` takes them."""
        values = {name: getattr(self, name) for name in FIELDS}
        values["image_urls"] = self.image_urls or None
        if self.output_format == "png":
            # The control is out of use then; what it held comes back with jpeg.
            values["output_compression"] = None
        return values

    def request(self) -> ImageRequest:
        """The form as a request, not judged: ``request.check()`` tells what is wrong with it."""
        values = {name: value for name, value in self.fields().items() if value is not None}
        return ImageRequest.from_payload({**values, **values.pop("extra_body", {})})

    def check(self) -> Checked:
        """What the rules say of the form as it stands."""
        return check({**DEFAULTS, **self.fields()}, FIELDS)

    def changed(self, field: str, value: Any) -> tuple[Form, dict[str, Sentence]]:
        """The form after one control changed, its partners mended; and a note for each that was."""
        form = dataclasses.replace(self, **{field: value})
        notes: dict[str, Sentence] = {}
        if field == "model":
            form, notes = form._fitted()
        if form.background == "transparent" and form.output_format == "jpeg":
            if field == "output_format":
                form = dataclasses.replace(form, background="auto")
                notes["background"] = say("panel.no_longer_transparent")
            else:
                form = dataclasses.replace(form, output_format="png")
                notes["output_format"] = say("panel.now_png")
        return form, notes

    def _fitted(self) -> tuple[Form, dict[str, Sentence]]:
        """The form with what its model does not take set back to the server's default."""
        model = catalog.model(self.model)
        if model is None:
            return self, {}
        changes: dict[str, Any] = {}
        notes: dict[str, Sentence] = {}
        for field, words in model.choices().items():
            value = getattr(self, field)
            if words and value is not None and value not in words:
                changes[field] = words[0]
                notes[field] = say("panel.set_back", model=model.name, value=value, now=words[0])
        if self.resolution is not None and not model.resolutions:
            changes["resolution"] = None
        return dataclasses.replace(self, **changes), notes


def _fits(name: str, value: Any) -> bool:
    if name == "image_urls":
        return isinstance(value, tuple) and all(isinstance(url, str) for url in value)
    if name in ("n", "output_compression"):
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, Mapping if name == "extra_body" else str)


def size_label(size: str, pixels: tuple[int, int] | None) -> str:
    """A size as the dropdown shows it: the shape, the ratio, and the pixels where they are known.

    >>> size_label("3:2", (1536, 1024)), size_label("auto", None)
    ('▭ 3:2 · 1536×1024', 'auto')
    """
    width, _, height = size.partition(":")
    if not (width.isdigit() and height.isdigit()):
        return size
    shape = "□" if width == height else "▭" if int(width) > int(height) else "▯"
    return f"{shape} {size}" + (f" · {pixels[0]}×{pixels[1]}" if pixels else "")
