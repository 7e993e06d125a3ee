"""The options of ``%imagine``: one table, from which they are read, explained and completed."""

from __future__ import annotations

import argparse
import dataclasses
import io
import shlex
import textwrap
from collections.abc import Sequence
from typing import NoReturn

from . import catalog
from .errors import ConfigurationError
from .gallery import shortened
from .words import Sentence, say


@dataclasses.dataclass(frozen=True)
class Option:
    """One option: how it is written, where it goes, what stands for its value in the help (None: it has none)."""

    flags: tuple[str, ...]
    name: str
    value: str | None
    help: Sentence
    repeatable: bool = False

    @property
    def flag(self) -> str:
        """The option as sentences name it."""
        return self.flags[0]


FIELDS: tuple[Option, ...] = (
    Option(("--model",), "model", "NAME", say("magics.help_model")),
    Option(("--size",), "size", "RATIO", say("magics.help_size")),
    Option(("-n", "--n"), "n", "NUMBER", say("magics.help_n")),
    Option(("--quality",), "quality", "WORD", say("magics.help_quality")),
    Option(("--background",), "background", "WORD", say("magics.help_background")),
    Option(("--moderation",), "moderation", "WORD", say("magics.help_moderation")),
    Option(("--format",), "output_format", "WORD", say("magics.help_format")),
    Option(("--compression",), "output_compression", "NUMBER", say("magics.help_compression")),
    Option(("--resolution",), "resolution", "WORD", say("magics.help_resolution")),
)
"""Options that are fields of ``ImageRequest``."""

OPTIONS: tuple[Option, ...] = (
    *FIELDS,
    Option(("--reference",), "references", "PICTURE", say("magics.help_reference"), repeatable=True),
    Option(("--mask",), "mask", "PICTURE", say("magics.help_mask")),
    Option(("--reuse",), "reuse", None, say("magics.help_reuse")),
    Option(("--var",), "var", "NAME", say("magics.help_var")),
    Option(("--session",), "session", "NAME", say("magics.help_session")),
    Option(("--no-wait",), "no_wait", None, say("magics.help_no_wait")),
    Option(("--help",), "help", None, say("magics.help_help")),
)
"""Every option, in the order of the help."""

_BY_FLAG = {flag: option for option in OPTIONS for flag in option.flags}
FLAG_OF = {"image_urls": "--reference", "mask_url": "--mask", **{option.name: option.flag for option in FIELDS}}
"""Field of a request -> the option that fills it."""


# ---- reading what was typed


def read(line: str, cell: str | None = None) -> tuple[argparse.Namespace, str]:
    """Options and prompt of ``%imagine line``, or of ``%%imagine line`` above ``cell``.

    Values stay as they were written; an option that was left out is None, False, or an empty list.

    Raises:
        ConfigurationError: an option there is none of, one without its value, or one where it cannot be meant.

    >>> options, prompt = read("--size 3:2 -n 2 The fox's den")
    >>> options.size, options.n, options.quality, prompt
    ('3:2', '2', None, "The fox's den")
    >>> read("--sise 3:2 A fox")
    Traceback (most recent call last):
    apimart_widgets.errors.ConfigurationError: %imagine has no option --sise. Did you mean '--size'? %imagine --help
        lists them; a prompt that begins with a dash goes after --.
    """
    words, rest, marked = _split(line)
    try:
        options, unknown = parser().parse_known_args(words)
    except argparse.ArgumentError as error:
        _refuse_value(error)
    if unknown:
        _refuse_option(unknown[0])
    if cell is not None and rest and not options.help:
        raise ConfigurationError(say("magics.prompt_above", text=shortened(rest, 40)))
    prompt = rest if cell is None else cell.strip()
    if not marked:
        _check_order(prompt)
    return options, prompt


def _split(line: str) -> tuple[list[str], str, bool]:
    """The words of the options, the prompt as it was typed, and whether ``--`` stands between them."""
    reader = io.StringIO(line)
    lexer = shlex.shlex(reader, posix=True)
    lexer.whitespace_split, lexer.commenters = True, ""
    lexer.escape = ""  # or the paths of Windows would lose their backslashes
    words: list[str] = []
    try:
        # The prompt is never taken apart: quotes and spaces in it are its own. Some editors make one dash of two.
        while (rest := line[reader.tell() :].strip()).startswith(("-", "–", "—")):
            word = lexer.get_token() or ""
            if word == "--":
                return words, line[reader.tell() :].strip(), True
            words.append(word)
            option = _BY_FLAG.get(word)
            if option is not None and option.value is not None and (value := lexer.get_token()) is not None:
                words.append(value)
    except ValueError as error:
        raise ConfigurationError(say("magics.quote", text=shortened(rest, 40))) from error
    return words, rest, False


def parser() -> argparse.ArgumentParser:
    """What reads the options and explains them."""
    made = argparse.ArgumentParser(
        prog="%imagine",
        usage=argparse.SUPPRESS,
        description=say("magics.description"),
        epilog=_words_of_models(),
        formatter_class=_help_formatter,
        add_help=False,
        allow_abbrev=False,
        exit_on_error=False,
    )
    group = made.add_argument_group(say("magics.options"))
    for option in OPTIONS:
        if option.value is None:
            group.add_argument(*option.flags, dest=option.name, action="store_true", help=option.help)
            continue
        group.add_argument(
            *option.flags,
            dest=option.name,
            metavar=option.value,
            action="append" if option.repeatable else "store",
            default=[] if option.repeatable else None,
            help=option.help,
        )
    return made


def _words_of_models() -> str:
    """What each model takes, for the help; those that take the same stand together."""
    alike: dict[str, list[str]] = {}
    for model in catalog.models():
        lines = [
            textwrap.fill(", ".join(words), 78, initial_indent=f"    {option.flag:<15}", subsequent_indent=" " * 19)
            for option in FIELDS
            if (words := _words(option, model))
        ]
        alike.setdefault("\n".join(lines), []).append(model.name)
    return "\n".join(
        [f"{say('magics.models')}:", *(f"  {', '.join(names)}:\n{lines}" for lines, names in alike.items())]
    )


def _help_formatter(prog: str) -> argparse.HelpFormatter:
    # Sentences and lists come with their line breaks; the longest option has its help beside it.
    return argparse.RawDescriptionHelpFormatter(prog, max_help_position=28, width=78)


def _words(option: Option, model: catalog.Model) -> tuple[str, ...]:
    """The values an option takes with this model, where they can be listed."""
    if option.name == "model":
        return ()
    if option.name == "n":
        return tuple(str(n) for n in range(1, model.max_images + 1))
    return model.choices().get(option.name, ())


def _refuse_value(error: argparse.ArgumentError) -> NoReturn:
    flag = (error.argument_name or "").partition("/")[0]
    option = _BY_FLAG[flag]
    if option.value is None:
        raise ConfigurationError(say("magics.no_value_taken", option=flag)) from error
    raise ConfigurationError(say("magics.value_missing", option=flag, value=option.value)) from error


def _refuse_option(word: str) -> NoReturn:
    word = word.partition("=")[0]
    meant = catalog.nearest(word, _BY_FLAG)
    hint = say("request.did_you_mean", name=meant) if meant else ""
    raise ConfigurationError(say("magics.no_option", option=word, hint=hint))


def _check_order(prompt: str) -> None:
    """Refuse an option in the prompt: it would be drawn, and paid for, instead of obeyed."""
    for word in prompt.split():
        if word.partition("=")[0] in _BY_FLAG:
            raise ConfigurationError(say("magics.option_in_prompt", option=word))


# ---- completion


def completions(before: str, line: str, sessions: Sequence[str]) -> tuple[str, list[str]]:
    """What is being typed at the end of ``before``, and what it may become.

    >>> completions("%%imagine --size 3", "%%imagine --size 3", [])
    ('3', ['3:2'])
    >>> completions("%imagine --qu", "%imagine --qu", [])
    ('--qu', ['--quality'])
    """
    _, magic, typed = before.partition("%imagine ")
    if not magic:
        return "", []
    fragment = "" if typed[-1:].isspace() or not typed else typed.split()[-1]
    try:
        words, prompt, marked = _split(typed.removesuffix(fragment))
    except ConfigurationError:  # a quote that is not closed yet
        return fragment, []
    if prompt or marked:
        return fragment, []
    last = _BY_FLAG.get(words[-1]) if words else None
    flag, equals, value = fragment.partition("=")
    if last is not None and last.value is not None:
        found = _values(last, line, sessions)
    elif equals and flag in _BY_FLAG:
        fragment, found = value, _values(_BY_FLAG[flag], line, sessions)
    else:
        found = [flag for each in OPTIONS if each.repeatable or not set(each.flags) & set(words) for flag in each.flags]
    return fragment, [each for each in found if each.startswith(fragment)]


def _values(option: Option, line: str, sessions: Sequence[str]) -> list[str]:
    """What may follow an option; sizes and words are those of the model the line names."""
    if option.name == "model":
        return [model.name for model in catalog.models()]
    if option.name == "session":
        return list(sessions)
    named = (catalog.model(word.removeprefix("--model=")) for word in line.split())
    model = next((each for each in named if each is not None), catalog.model(catalog.DEFAULT_MODEL))
    return [] if model is None else list(_words(option, model))
