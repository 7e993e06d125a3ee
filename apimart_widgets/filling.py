"""``Filling``: a notebook's variables in a prompt, as ``str.format`` has them; nothing of a prompt is run as code."""

from __future__ import annotations

import contextlib
import re
import string
from collections.abc import Iterator, Mapping
from typing import Any

from .catalog import nearest
from .errors import ConfigurationError
from .gallery import shortened
from .words import say

# {row["name"]} is Python; str.format takes the quotes for a part of the name.
_QUOTED_INDEX = re.compile(r"""(?<=[\w\]])\[(["'])(.*?)\1\]""")


class Filling(string.Formatter):
    """Fills ``{names}`` in from variables, with attributes and indexes, and says what is wrong in sentences.

    >>> Filling({"animal": "fox", "names": ["Reineke"]}).fill("A {animal} called {names[0]}, in {{braces}}")
    'A fox called Reineke, in {braces}'
    >>> Filling({"animal": "fox"}).fill("A {animl}")
    Traceback (most recent call last):
    apimart_widgets.errors.ConfigurationError: There is no variable 'animl' to fill {animl} with. Did you mean 'animal'?
        Set it in a cell above, or double the braces to have them in the prompt: {{animl}}.
    """

    def __init__(self, variables: Mapping[str, Any]) -> None:
        self._variables = variables

    def fill(self, text: str) -> str:
        """``text`` with every name filled in, ``{{`` and ``}}`` as braces.

        Raises:
            ConfigurationError: no such variable, none of its attributes or items, or braces that are not closed.
        """
        try:
            return self.vformat(text, (), {})
        except ValueError as error:
            if isinstance(error, ConfigurationError):
                raise
            raise ConfigurationError(say("magics.braces", text=shortened(text, 40))) from error

    def value(self, text: str) -> Any:
        """What ``text`` stands for: the object itself where it is one ``{name}`` and nothing else, otherwise text."""
        try:
            parts = list(self.parse(text))
        except ValueError:
            parts = []
        if len(parts) == 1 and parts[0][1] and parts[0][0::2] == ("", "") and parts[0][3] is None:
            return self.get_field(parts[0][1], (), {})[0]
        return self.fill(text)

    def get_field(self, field_name: str, args: Any, kwargs: Any) -> Any:
        with self._in_words(field_name):
            return super().get_field(field_name, args, kwargs)

    def get_value(self, key: int | str, args: Any, kwargs: Any) -> Any:
        if not isinstance(key, str) or not key.isidentifier():
            shown = "" if isinstance(key, int) else shortened(key, 40)
            raise ConfigurationError(say("magics.braces", text="{" + shown + "}"))
        if key not in self._variables:
            meant = nearest(key, (name for name in self._variables if not name.startswith("_")))
            hint = say("request.did_you_mean", name=meant) if meant else ""
            raise ConfigurationError(say("magics.no_variable", name=key, hint=hint))
        return self._variables[key]

    def convert_field(self, value: Any, conversion: str | None) -> Any:
        with self._in_words(f"!{conversion}"):
            return super().convert_field(value, conversion)

    def format_field(self, value: Any, format_spec: str) -> Any:
        with self._in_words(f":{format_spec}"):
            return super().format_field(value, format_spec)

    @contextlib.contextmanager
    def _in_words(self, field: str) -> Iterator[None]:
        try:
            yield
        except ConfigurationError:
            raise
        except Exception as error:
            # An attribute, an index or a format is the user's own code, which may fail in any way.
            unquoted = _QUOTED_INDEX.sub(r"[\2]", field)
            if unquoted != field:
                raise ConfigurationError(say("magics.quoted_index", field=field, unquoted=unquoted)) from error
            reason = f"{type(error).__name__}: {error}"
            raise ConfigurationError(say("magics.cannot_fill", field=field, reason=reason)) from error
