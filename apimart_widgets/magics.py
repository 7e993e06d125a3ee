"""``%imagine`` and ``%%imagine``: pictures from a line or a cell of a notebook.

``%load_ext apimart_widgets`` brings both. Their errors are the package's own, shown as the sentence alone; while they
wait one line says how far the job is, and stopping them leaves the job.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import copy
import keyword
import sys
import tokenize
import warnings
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import IPython
from IPython.core.inputtransformer2 import EscapedCommand, HelpEnd, MagicAssign, TokenTransformBase
from IPython.core.magic import needs_local_scope, no_var_expand
from IPython.display import DisplayHandle, display

from .errors import APIMartError, ConfigurationError, InvalidRequest, RequestWarning
from .filling import Filling
from .gallery import shortened
from .jobs import Job
from .kernel import in_kernel
from .magic_options import FIELDS, FLAG_OF, Option, completions, parser, read
from .request import refusal
from .results import ImageSet
from .rules import Problem
from .session import Session, default_session
from .still import duration, standing
from .still import status as named
from .words import Sentence, say

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

# A live line that changes more often is no easier to read.
_TICK = 0.25
_NUMBERS = ("n", "output_compression")


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
            print(parser().format_help())
            return None
        _check_variable(options.var)
        session = _session(options.session, variables)
        asked = session.now()
        job = _submit(session, options, written, Filling(variables), variables)
        made: ImageSet | Job = job
        if not options.no_wait:
            made = _wait(job, _sent_before(job, asked), _jobs_in(session, variables, session.jobs.index(job)))
        if options.var:
            self._shell.push({options.var: made})
        return made

    def complete(self, context: Any) -> dict[str, Any]:
        """Options and their values, as IPython's completer asks for them (its matchers, second version)."""
        from IPython.core.completer import SimpleCompletion

        fragment, found = completions(
            context.text_until_cursor, context.line_with_cursor, _sessions(self._shell.user_ns)
        )
        return {
            "completions": [SimpleCompletion(text=text, type="magic") for text in found],
            "matched_fragment": fragment,
            "ordered": True,
            # Whatever Python could stand here is none of it meant.
            "suppress": bool(found),
        }

    complete.matcher_api_version = 2  # type: ignore[attr-defined]


def load(shell: InteractiveShell) -> None:
    """Give a shell ``%imagine`` and ``%%imagine``, with completion from IPython 8.6 on."""
    unload(shell)
    magic = Imagine(shell)
    shell.magics_manager.register_function(magic.imagine, "line_cell", "imagine")
    shell.input_transformer_manager.token_transformers.append(Question)
    if IPython.version_info >= (8, 6):
        shell.Completer.custom_matchers.append(magic.complete)


def unload(shell: InteractiveShell) -> None:
    """Take them away again; a shell that has none stays as it is."""
    for kind in ("line", "cell"):
        shell.magics_manager.magics[kind].pop("imagine", None)
    transformers = shell.input_transformer_manager.token_transformers
    transformers[:] = [each for each in transformers if each is not Question]
    matchers = shell.Completer.custom_matchers
    matchers[:] = [each for each in matchers if not isinstance(getattr(each, "__self__", None), Imagine)]


class Question(TokenTransformBase):
    """Lets ``%imagine`` have a prompt that ends in a question mark: IPython takes that for a call for help."""

    # Of what begins at the same place, the lowest goes first.
    priority = HelpEnd.priority - 1

    def __init__(self, help_call: HelpEnd, magic: EscapedCommand | MagicAssign) -> None:
        self.start_line, self.start_col = help_call.start_line, help_call.start_col
        self._magic = magic

    @classmethod
    def find(cls, tokens_by_line: list[list[tokenize.TokenInfo]]) -> Question | None:
        """The first of them in a cell; ``%imagine?``, without a space, stays a call for help."""
        for line in tokens_by_line:
            help_call = HelpEnd.find([line])
            magic = help_call and (EscapedCommand.find([line]) or MagicAssign.find([line]))
            if magic and _is_imagine(line, (magic.start_line + 1, magic.start_col)):
                return cls(help_call, magic)
        return None

    def transform(self, lines: list[str]) -> list[str]:
        """The cell with that line as IPython has it for any other prompt."""
        transformed: list[str] = self._magic.transform(lines)
        return transformed


def _is_imagine(line: list[tokenize.TokenInfo], start: tuple[int, int]) -> bool:
    """Whether ``%imagine`` and a space stand at this place of a line."""
    tokens = [token for token in line if token.start >= start]
    return [token.string for token in tokens[:2]] == ["%", "imagine"] and tokens[1].end < tokens[2].start


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
        if not known:
            raise ConfigurationError(say("magics.no_session_yet", name=name))
        raise ConfigurationError(say("magics.no_session", name=name, known=known))
    return found


def _sessions(variables: Mapping[str, Any]) -> list[str]:
    return [name for name, value in variables.items() if isinstance(value, Session) and not name.startswith("_")]


def _submit(
    session: Session, options: argparse.Namespace, written: str, filling: Filling, variables: Mapping[str, Any]
) -> Job:
    prompt = filling.fill(written)
    fields: dict[str, Any] = {
        option.name: _number_or_text(option, _filled(option.flag, text, filling))
        for option in FIELDS
        if (text := getattr(options, option.name)) is not None
    }
    references = [each for text in options.references for each in _pictures(_filled("--reference", text, filling))]
    mask = None if options.mask is None else _filled("--mask", options.mask, filling)
    known = len(session.jobs)
    try:
        with _warnings_as_lines():
            return session.submit(prompt, references=references or None, mask=mask, reuse=options.reuse, **fields)
    except InvalidRequest as error:
        named = (Problem(FLAG_OF.get(each.field, each.field), each.message) for each in error.problems)
        raise refusal(tuple(named)) from error
    except KeyboardInterrupt:
        # Whether it is among them is not known yet, and others may follow.
        said = say("magics.interrupted_early", jobs=_jobs_in(session, variables, f"{known}:"))
        raise _without_traceback(KeyboardInterrupt(said)) from None


def _filled(flag: str, text: str, filling: Filling) -> Any:
    """What an option stands for.

    Raises:
        ConfigurationError: as ``fill``; or it is None or empty, and the request would be billed as if without it.
    """
    value = filling.value(text)
    if value is None or (isinstance(value, ImageSet | list | tuple) and not value):
        raise ConfigurationError(say("magics.nothing_in", option=flag, text=shortened(text, 40)))
    return value


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


def _jobs_in(session: Session, variables: Mapping[str, Any], place: int | str) -> str:
    """Code that gets at a job of the session by its place, or at several by a slice.

    A session only ever adds to its jobs, so that a place counted from the first stays right.
    """
    named = (name for name in _sessions(variables) if variables[name] is session)
    # A whole cell: nobody has to know where the default session lives.
    owner = next(named, "import apimart_widgets.session; apimart_widgets.session.default_session()")
    return f"{owner}.jobs[{place}]"


def _sent_before(job: Job, moment: float) -> bool:
    """Whether it was sent by then: what an earlier session left in the queue is sent, and billed, only now."""
    return any(event.kind == "post" and event.at < moment for event in job.events)


# ---- waiting


def _wait(job: Job, sent_before: bool, place: str) -> ImageSet:
    line = _Line()
    try:
        while not job.done():
            line.show(standing(job))
            with contextlib.suppress(APIMartError):  # why there are no pictures is said below
                job.result(timeout=_TICK)
        line.end(_outcome(job, sent_before, place))
        if job.error is not None and job.images:
            display(job.images)  # they are paid for, whatever became of the others
        return job.result()
    except KeyboardInterrupt:
        line.end(standing(job))
        raise _without_traceback(KeyboardInterrupt(say("magics.interrupted", job=place))) from None


def _outcome(job: Job, sent_before: bool, place: str) -> Sentence:
    """What became of a job, in one line."""
    time = duration(job.elapsed)
    if job.status != "completed":
        status = named(job)
        if job.may_be_billed:  # what its error says to do begins with the job
            return say("magics.may_be_billed", status=status, time=time, job=place)
        return say("magics.progress", status=status, time=time)
    count = len(job.images)
    pictures = say("magics.one_picture") if count == 1 else say("magics.pictures", n=count)
    if sent_before:
        return say("magics.made_before", pictures=pictures)
    cost = f", {job.cost}" if job.cost is not None and job.mode == "live" else ""
    return say("magics.ended", pictures=pictures, time=time, cost=cost)


class _Line:
    """One line that is written over: an output of the cell, or a line of the terminal."""

    def __init__(self) -> None:
        self._in_kernel = in_kernel()
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
