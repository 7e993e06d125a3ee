"""``Controls``: the dropdowns, toggles and fields of a request, as core ipywidgets with shared layout and style."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from typing import Any

import ipywidgets as widgets
from ipywidgets.widgets.widget_description import DescriptionStyle

from .. import catalog
from ..words import Language, Sentence, say
from .form import Form, size_label

_NUMBERS = 4
_NO_COMPRESSION = 90
# What the number of pictures and their price depend on.
_PRICED = ("model", "size", "quality", "n")
# A control without options cannot hold a value; it is out of use until its model has some.
_NOTHING = [("", "")]


class Controls:
    """Core widgets for every field but the prompt and the references, whose strip is handed in to stand among them.

    ``on_change(field, value)`` is told what the user did. ``show`` writes a form to the widgets; it is called on the
    projector's thread only.
    """

    def __init__(self, form: Form, language: Language, strip: Any, on_change: Callable[[str, Any], None]) -> None:
        self._language = language
        self._on_change = on_change
        self._shown_by = 0
        self._noted: Mapping[str, Sentence] = {}
        # One layout and style for all: each of their own would double what is sent when the panel opens.
        layout = widgets.Layout(width="auto")
        self._common = {"layout": layout, "style": DescriptionStyle(description_width="auto")}
        toggles = {"layout": layout, "style": widgets.ToggleButtonsStyle(button_width="auto", description_width="auto")}
        model = catalog.model(form.model) or catalog.models()[0]
        self.fields: dict[str, Any] = {
            "model": self._dropdown("model", [(m.name, m.name) for m in catalog.models()]),
            "size": self._dropdown("size", _sizes(model)),
            "quality": self._toggles("quality", model.qualities, toggles),
            "n": self._toggles("n", range(1, _NUMBERS + 1), toggles),
            "background": self._dropdown("background", _words(model.backgrounds)),
            "moderation": self._dropdown("moderation", _words(model.moderations)),
            "output_format": self._dropdown("output_format", _words(model.output_formats)),
            "output_compression": widgets.BoundedIntText(
                value=_NO_COMPRESSION,
                min=0,
                max=100,
                description=self._say("output_compression"),
                tooltip="",
                **self._common,
            ),
            "resolution": self._dropdown("resolution", _words(model.resolutions)),
        }
        self._labels: dict[str, dict[str, Any]] = {field: {} for field in self.fields}
        for field, control in self.fields.items():
            self._labels[field].update(getattr(control, "options", ()))
        # Without a tooltip of its own, a core control without a description shows the word "null" for one.
        self.more = widgets.ToggleButton(value=False, layout=layout, tooltip="")
        self.notes = widgets.HTML(layout=layout, tooltip="")
        self._more_notes = widgets.HTML(layout=layout, style=self.notes.style, tooltip="")
        self._build(strip)
        for field, control in self.fields.items():
            control.observe(lambda change, field=field: self._changed(field, change.new), "value")

    def focus(self, field: str) -> None:
        """Put the keyboard's focus on the control of ``field``."""
        if field in ("background", "moderation", "output_format", "output_compression", "resolution"):
            self.more.value = True
        control = self.fields.get(field)
        if control is not None:
            control.focus()

    def values(self, shown: Mapping[str, Any]) -> dict[str, Any]:
        """Field -> value of what a page shows in the controls: labels that were once offered, and a number."""
        values = {
            field: self._labels[field][label]
            for field, label in shown.items()
            if isinstance(label, str) and label in self._labels.get(field, ())
        }
        level, number = self.fields["output_compression"], str(shown.get("output_compression", ""))
        # What the control holds here stands for the server's choice until somebody changes it.
        if re.fullmatch(r"\d{1,4}", number, re.ASCII) and int(number) != level.value:
            values["output_compression"] = min(int(number), level.max)
        model = catalog.model(values.get("model", ""))
        if model is not None and not model.resolutions and "resolution" not in shown:
            # Nothing on the page could take back what is left of another model.
            values["resolution"] = None
        return values

    def show(
        self, form: Form, fields: frozenset[str], notes: Mapping[str, Sentence], listed: tuple[str, ...] | None
    ) -> None:
        """Write ``fields`` of the form to their widgets, what each offers first, and the notes beside them.

        ``listed`` names the models the key may use, where that is known: another is shown as unavailable, not hidden.
        """
        model = catalog.model(form.model)
        # A change that the user makes meanwhile, on another thread, counts.
        self._shown_by = threading.get_ident()
        try:
            self._offer(form, model, listed)
            for field in fields & set(self.fields):
                control, value = self.fields[field], getattr(form, field)
                if value is None:
                    # The server's choice, as it stands where nobody has touched the control: a press reads the page.
                    value = _NO_COMPRESSION if field == "output_compression" else control.options[0][1]
                control.value = value
        finally:
            self._shown_by = 0
        self._apply(form, model, notes)

    def priced(self, form: Form) -> dict[str, str]:
        """Field -> label of what a price depends on, as a page shows it that is up to date with ``form``."""
        return {
            field: label
            for field in _PRICED
            for label, value in self.fields[field].options
            if value == getattr(form, field)
        }

    # ---- building

    def _build(self, strip: Any) -> None:
        tight = widgets.Layout(margin="0")
        row = widgets.HBox([self.fields[name] for name in ("model", "size", "quality", "n")], layout=tight)
        row.add_class("apw-row")
        self.more.add_class("apw-more")
        names = ("background", "moderation", "output_format", "output_compression", "resolution")
        more_box = widgets.VBox([*(self.fields[name] for name in names), self._more_notes], layout=tight)
        more_box.add_class("apw-more-box")
        for note in (self.notes, self._more_notes):
            note.add_class("apw-note")
        self.box = widgets.VBox([row, strip, self.notes, self.more, more_box], layout=tight)
        self.box.add_class("apw-controls")
        for name, control in self.fields.items():
            control.add_class(f"apw-field-{name.replace('_', '-')}")

    def _dropdown(self, field: str, options: Any) -> widgets.Dropdown:
        return widgets.Dropdown(options=list(options) or _NOTHING, description=self._say(field), **self._common)

    def _toggles(self, field: str, options: Any, common: Mapping[str, Any]) -> widgets.ToggleButtons:
        return widgets.ToggleButtons(
            options=[(str(option), option) for option in options],
            description=self._say(field),
            tooltip="",  # its label would show "null" otherwise
            **common,
        )

    def _say(self, key: str, **values: Any) -> str:
        return say(f"panel.{key}", **values).to(self._language)

    # ---- following

    def _changed(self, field: str, value: Any) -> None:
        if self._shown_by == threading.get_ident():
            return
        self._on_change(field, value)

    def _offer(self, form: Form, model: catalog.Model | None, listed: tuple[str, ...] | None) -> None:
        offered: dict[str, list[tuple[str, Any]]] = {
            "model": [(self._model_label(m, listed), m.name) for m in catalog.models()]
        }
        offered["n"] = [(str(n), n) for n in range(1, _NUMBERS + 1)]
        if model is not None:
            offered |= {name: _words(words) for name, words in model.choices().items()}
            offered["size"] = _sizes(model)
        else:
            # Of a model that is not known here: what stood there before, and what the request holds.
            others = {name: control for name, control in self.fields.items() if name not in offered}
            offered |= {name: list(each.options) for name, each in others.items() if hasattr(each, "options")}
        for field, known in offered.items():
            # Without options of its own a control is out of use, and must not go on showing those of another model.
            options, value = known or _NOTHING, getattr(form, field)
            if value is not None and value not in [option for _, option in known]:
                # A request filled in by code may hold what is not known here; the rules say so when it is sent.
                options = [*known, (str(value), value)]
            control = self.fields[field]
            if list(control.options) != options:
                self._labels[field].update(options)
                control.options = options
                if value is not None:
                    # New options put a core control back to the first of them.
                    control.value = value

    def _model_label(self, model: catalog.Model, listed: tuple[str, ...] | None) -> str:
        if listed is None or model.name in listed:
            return model.name
        return self._say("model_unavailable", model=model.name)

    def _apply(self, form: Form, model: catalog.Model | None, notes: Mapping[str, Sentence]) -> None:
        """What is out of use says why; what was mended says so; the folded part is summed up."""
        resolutions = model.resolutions if model is not None else ()
        self.fields["output_compression"].disabled = form.output_format == "png"
        resolution = self.fields["resolution"]
        (resolution.remove_class if resolutions else resolution.add_class)("apw-closed")
        beneath = {name: note for name, note in notes.items() if name in ("size", "quality", "n")}
        self.notes.value = _lines([note.to(self._language) for note in beneath.values()])
        folded = [note.to(self._language) for name, note in notes.items() if name not in beneath]
        if form.output_format == "png":
            folded.append(self._say("compression_for_jpeg"))
        if model is not None and "transparent" not in model.backgrounds:
            folded.append(self._say("no_transparent", model=model.name))
        self._more_notes.value = _lines(folded)
        summary = f"{self._say('background').lower()} {form.background} · {form.output_format}"
        summary += f" · {self._say('moderation').lower()} {form.moderation}"
        if resolutions:
            summary += f" · {self._say('resolution').lower()} {form.resolution or resolutions[0]}"
        self.more.description = self._say("more", summary=summary)
        # Opened once for each change, not at every step of a job: the user may fold it again.
        if notes is not self._noted and any(name not in beneath for name in notes):
            self.more.value = True
        self._noted = notes


def _sizes(model: catalog.Model) -> list[tuple[str, str]]:
    return [(size_label(size, pixels), size) for size, pixels in model.sizes.items()]


def _words(words: tuple[str, ...]) -> list[tuple[str, str]]:
    return [(word, word) for word in words]


def _lines(sentences: list[str]) -> str:
    """Our own sentences, a line each; model names and words of the form are the only values in them."""
    import html

    return "".join(f"<div>{html.escape(sentence)}</div>" for sentence in sentences)
