"""``%imagine`` and ``%%imagine``: pictures from a line or a cell of a notebook.

``%load_ext apimart_widgets`` brings both. What a request may say stands in one table, ``OPTIONS``, from which they are
read, explained and completed. ``{names}`` are filled in from the notebook's variables as ``str.format`` does it, and
nothing of a prompt is ever run as code.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import copy
import dataclasses
import io
import keyword
import shlex
import string
import sys
import warnings
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NoReturn

import IPython
from IPython.core.magic import needs_local_scope, no_var_expand
from IPython.display import DisplayHandle, display

from . import catalog
from .errors import APIMartError, ConfigurationError, InvalidRequest, RequestWarning
from .jobs import Job, Status
from .request import refusal
from .results import ImageSet
from .rules import Problem
from .session import Session, default_session
from .words import Sentence, say

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

# A live line that changes more often is no easier to read.
_TICK = 0.25


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
_FLAG_OF = {"image_urls": "--reference", "mask_url": "--mask", **{option.name: option.flag for option in FIELDS}}
_NUMBERS = ("n", "output_compression")


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
        options, unknown = _parser().parse_known_args(words)
    except argparse.ArgumentError as error:
        _refuse_value(error)
    if unknown:
        _refuse_option(unknown[0])
    if cell is None:
        if not marked:
            _check_order(rest)
        return options, rest
    if rest and not options.help:
        raise ConfigurationError(say("magics.prompt_above", text=_shortened(rest)))
    return options, cell.strip()


def _split(line: str) -> tuple[list[str], str, bool]:
    """The words of the options, the prompt as it was typed, and whether ``--`` stands between them."""
    reader = io.StringIO(line)
    lexer = shlex.shlex(reader, posix=True)
    lexer.whitespace_split, lexer.commenters = True, ""
    lexer.escape = ""  # or the paths of Windows would lose their backslashes
    words: list[str] = []
    try:
        # The prompt is never taken apart: quotes and spaces in it are its own.
        while (rest := line[reader.tell() :].strip()).startswith("-"):
            word = lexer.get_token() or ""
            if word == "--":
                return words, line[reader.tell() :].strip(), True
            words.append(word)
            option = _BY_FLAG.get(word)
            if option is not None and option.value is not None and (value := lexer.get_token()) is not None:
                words.append(value)
    except ValueError as error:
        raise ConfigurationError(say("magics.quote", text=_shortened(rest))) from error
    return words, rest, False


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="%imagine",
        usage="%(prog)s [...] ...",
        description=say("magics.description"),
        epilog=_words_of_models(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        add_help=False,
        allow_abbrev=False,
        exit_on_error=False,
    )
    group = parser.add_argument_group(say("magics.options"))
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
    return parser


def _words_of_models() -> str:
    """What each model takes, for the help."""
    lines: list[str] = []
    for model in catalog.models():
        lines.append(f"{model.name}:")
        lines += [f"  {option.flag:<14} {', '.join(words)}" for option in FIELDS if (words := _words(option, model))]
    return "\n".join([f"{say('magics.models')}:", *(f"  {line}" for line in lines)])


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
    """Refuse an option behind the prompt: it would be drawn, and paid for, instead of obeyed."""
    for word in prompt.split():
        if word.partition("=")[0] in _BY_FLAG:
            raise ConfigurationError(say("magics.option_after", option=word))


def _shortened(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"


# ---- filling in variables


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
            raise ConfigurationError(say("magics.braces", text=_shortened(text))) from error

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
            shown = "" if isinstance(key, int) else _shortened(key)
            raise ConfigurationError(say("magics.braces", text="{" + shown + "}"))
        if key not in self._variables:
            meant = catalog.nearest(key, (name for name in self._variables if not name.startswith("_")))
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
            reason = f"{type(error).__name__}: {error}"
            raise ConfigurationError(say("magics.cannot_fill", field=field, reason=reason)) from error


# ---- the magic


class Imagine:
    """The magics of one shell: ``load`` registers them."""

    def __init__(self, shell: InteractiveShell) -> None:
        self._shell = shell

    @no_var_expand
    @needs_local_scope
    def imagine(self, line: str, cell: str | None = None, local_ns: Mapping[str, Any] | None = None) -> Any:
        """Make pictures: %imagine --size 3:2 -n 2 A red fox, or %%imagine --size 3:2 with the prompt below.

        Options stand before the prompt; %imagine --help lists them. {names} are filled in from your variables.
        With a key, this is what is billed.
        """
        try:
            return self._imagine(line, cell, collections.ChainMap(dict(local_ns or {}), self._shell.user_ns))
        except APIMartError as error:
            raise _without_traceback(copy.copy(error)) from error

    def _imagine(self, line: str, cell: str | None, variables: Mapping[str, Any]) -> ImageSet | Job | None:
        options, written = read(line, cell)
        if options.help:
            print(_parser().format_help())
            return None
        _check_variable(options.var)
        session = _session(options.session, variables)
        asked = session.now()
        job = _submit(session, options, written, Filling(variables), variables)
        made: ImageSet | Job = job
        if not options.no_wait:
            made = _wait(job, job.created < asked, _jobs_in(session, variables, job))
        if options.var:
            self._shell.push({options.var: made})
        return made

    def complete(self, context: Any) -> dict[str, Any]:
        """Options and their values, as IPython's completer asks for them (its matchers, second version)."""
        from IPython.core.completer import SimpleCompletion

        fragment, found = _completions(context.text_until_cursor, context.line_with_cursor, self._shell.user_ns)
        return {
            "completions": [SimpleCompletion(text=text, type="magic") for text in found],
            "matched_fragment": fragment,
            "ordered": True,
            # Whatever Python could stand here is none of it meant.
            "suppress": bool(found),
        }

    complete.matcher_api_version = 2  # type: ignore[attr-defined]


def load(shell: InteractiveShell) -> None:
    """Give a shell ``%imagine`` and ``%%imagine``, with completion from IPython 8.6 on.

    >>> from IPython.core.interactiveshell import InteractiveShell
    >>> shell = InteractiveShell()
    >>> load(shell)
    >>> shell.find_line_magic("imagine") is not None, unload(shell), shell.find_line_magic("imagine")
    (True, None, None)
    """
    unload(shell)
    magic = Imagine(shell)
    shell.magics_manager.register_function(magic.imagine, "line_cell", "imagine")
    if IPython.version_info >= (8, 6):
        shell.Completer.custom_matchers.append(magic.complete)


def unload(shell: InteractiveShell) -> None:
    """Take them away again; a shell that has none stays as it is."""
    for kind in ("line", "cell"):
        shell.magics_manager.magics[kind].pop("imagine", None)
    matchers = shell.Completer.custom_matchers
    matchers[:] = [each for each in matchers if not isinstance(getattr(each, "__self__", None), Imagine)]


def _without_traceback(error: BaseException) -> BaseException:
    """The error, which IPython shows as its sentence alone: no frame of this package tells a user anything."""
    error._render_traceback_ = lambda: [f"{type(error).__name__}: {error}"]  # type: ignore[attr-defined]
    return error


def _check_variable(name: str | None) -> None:
    if name is not None and (not name.isidentifier() or keyword.iskeyword(name)):
        raise ConfigurationError(say("magics.no_identifier", name=name))


def _session(name: str | None, variables: Mapping[str, Any]) -> Session:
    if name is None:
        return default_session()
    found = variables.get(name)
    if not isinstance(found, Session):
        known = ", ".join(_sessions(variables))
        key = "magics.no_session" if known else "magics.no_session_yet"
        raise ConfigurationError(say(key, name=name, known=known))
    return found


def _sessions(variables: Mapping[str, Any]) -> list[str]:
    return [name for name, value in variables.items() if isinstance(value, Session) and not name.startswith("_")]


def _submit(
    session: Session, options: argparse.Namespace, written: str, filling: Filling, variables: Mapping[str, Any]
) -> Job:
    prompt = filling.fill(written)
    fields: dict[str, Any] = {
        option.name: _number_or_text(option, filling.value(text))
        for option in FIELDS
        if (text := getattr(options, option.name)) is not None
    }
    references = [each for text in options.references for each in _pictures(filling.value(text))]
    mask = None if options.mask is None else filling.value(options.mask)
    try:
        with _warnings_as_lines():
            return session.submit(prompt, references=references or None, mask=mask, reuse=options.reuse, **fields)
    except InvalidRequest as error:
        named = (Problem(_FLAG_OF.get(each.field, each.field), each.message) for each in error.problems)
        raise refusal(tuple(named)) from error
    except KeyboardInterrupt:
        said = say("magics.interrupted_early", jobs=_jobs_in(session, variables))
        raise _without_traceback(KeyboardInterrupt(said)) from None


def _number_or_text(option: Option, value: Any) -> Any:
    """A number where one was typed; what is not one is for the rules to refuse, with everything else."""
    if option.name in _NUMBERS and isinstance(value, str):
        with contextlib.suppress(ValueError):
            return int(value)
    return value


def _pictures(value: Any) -> list[Any]:
    """One picture, or those of a set or list: what ``--var`` holds is one."""
    return list(value) if isinstance(value, ImageSet | list | tuple) else [value]


@contextlib.contextmanager
def _warnings_as_lines() -> Iterator[None]:
    """Print what the package warns of: a place in IPython's own code would be named beside it otherwise."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", RequestWarning)
        yield
    for each in caught:
        if issubclass(each.category, RequestWarning):
            print(each.message, file=sys.stderr)
        else:
            warnings.warn_explicit(each.message, each.category, each.filename, each.lineno)


def _jobs_in(session: Session, variables: Mapping[str, Any], job: Job | None = None) -> str:
    """Code that gets at a job of the session, by default its last."""
    named = (name for name in _sessions(variables) if variables[name] is session)
    # A whole cell: nobody has to know where the default session lives.
    owner = next(named, "import apimart_widgets.session; apimart_widgets.session.default_session()")
    jobs = session.jobs
    place = jobs.index(job) - len(jobs) if job in jobs else -1
    return f"{owner}.jobs[{place}]"


# ---- waiting


def _wait(job: Job, made_before: bool, place: str) -> ImageSet:
    line = _Line()
    try:
        while not job.done():
            line.show(_progress(job))
            with contextlib.suppress(APIMartError):  # why there are no pictures is said below
                job.result(timeout=_TICK)
        line.end(_outcome(job, made_before, place))
        if job.error is not None and job.images:
            display(job.images)  # they are paid for, whatever became of the others
        return job.result()
    except KeyboardInterrupt:
        line.end(_progress(job))
        raise _without_traceback(KeyboardInterrupt(say("magics.interrupted", job=place))) from None


_STATUS: Mapping[Status, str] = {
    "queued": "panel.results.status.queued",
    "uploading": "panel.results.status.uploading",
    "sending": "panel.results.status.sending",
    "downloading": "panel.results.status.downloading",
    "failed": "panel.results.status.failed",
    "cancelled": "panel.results.status.cancelled",
    "unknown": "panel.results.status.unknown",
}


def _progress(job: Job) -> Sentence:
    """Where a job stands, in one line."""
    elapsed = _duration(job.elapsed)
    if job.estimated_time:
        key = "panel.results.time.of" if job.elapsed <= job.estimated_time else "panel.results.time.over"
        elapsed = say(key, elapsed=elapsed, estimated=_duration(job.estimated_time))
    return say("magics.progress", status=say(_STATUS.get(job.status, "magics.drawing")), time=elapsed)


def _outcome(job: Job, made_before: bool, place: str) -> Sentence:
    """What became of a job, in one line."""
    time = _duration(job.elapsed)
    if job.status != "completed":
        status = say(_STATUS.get(job.status, "magics.drawing"))
        if job.may_be_billed:  # what its error says to do begins with the job
            return say("magics.may_be_billed", status=status, time=time, job=place)
        return say("magics.progress", status=status, time=time)
    count = len(job.images)
    pictures = say("magics.one_picture") if count == 1 else say("magics.pictures", n=count)
    if made_before:
        return say("magics.made_before", pictures=pictures)
    cost = f", {job.cost}" if job.cost is not None and job.mode == "live" else ""
    return say("magics.ended", pictures=pictures, time=time, cost=cost)


def _duration(seconds: float) -> Sentence:
    whole = round(seconds)
    if whole < 60:
        return say("panel.results.time.s", s=whole)
    if whole < 3600:
        return say("panel.results.time.min", m=whole // 60, s=whole % 60)
    return say("panel.results.time.h", h=whole // 3600, m=whole % 3600 // 60)


class _Line:
    """One line that is written over: an output of the cell, or a line of the terminal."""

    def __init__(self) -> None:
        self._in_kernel = getattr(IPython.get_ipython(), "kernel", None) is not None
        self._handle: DisplayHandle | None = None
        self._shown = ""

    def show(self, text: str) -> None:
        """Write ``text`` over what stands there."""
        if text == self._shown:
            return
        if not self._in_kernel:
            if sys.stdout.isatty():
                print(f"\r{text:<{len(self._shown)}}", end="", flush=True)
        elif self._handle is None:
            self._handle = display({"text/plain": text}, raw=True, display_id=True)
        else:
            self._handle.update({"text/plain": text}, raw=True)
        self._shown = text

    def end(self, text: str) -> None:
        """Write the last of it, which stays."""
        self.show(text)
        if not self._in_kernel:
            print("" if sys.stdout.isatty() else text)


# ---- completion


def _completions(before: str, line: str, variables: Mapping[str, Any]) -> tuple[str, list[str]]:
    """What is being typed at the end of ``before``, and what it may become.

    >>> _completions("%%imagine --size 3", "%%imagine --size 3", {})
    ('3', ['3:2'])
    >>> _completions("%imagine --qu", "%imagine --qu", {})
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
        found = _values(last, line, variables)
    elif equals and flag in _BY_FLAG:
        fragment, found = value, _values(_BY_FLAG[flag], line, variables)
    else:
        found = [flag for each in OPTIONS if each.repeatable or not set(each.flags) & set(words) for flag in each.flags]
    return fragment, [each for each in found if each.startswith(fragment)]


def _values(option: Option, line: str, variables: Mapping[str, Any]) -> list[str]:
    """What may follow an option; sizes and words are those of the model the line names."""
    if option.name == "model":
        return [model.name for model in catalog.models()]
    if option.name == "session":
        return _sessions(variables)
    named = (catalog.model(word.removeprefix("--model=")) for word in line.split())
    model = next((each for each in named if each is not None), catalog.model(catalog.DEFAULT_MODEL))
    return [] if model is None else list(_words(option, model))
