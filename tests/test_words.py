"""The one table of sentences: complete, used, and the same in both languages."""

from __future__ import annotations

import ast
import copy
import pickle
import re
import string
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

import apimart_widgets
from apimart_widgets.words import LANGUAGES, SENTENCES, Sentence, say

PACKAGE = Path(apimart_widgets.__file__).parent
SECTIONS = {key.partition(".")[0] for key in SENTENCES}
# A file may be called as a section is.
FILE_SUFFIXES = {"css", "js", "parquet", "png", "sqlite3", "zip"}
# Parts that stand within a sentence or around one.
FRAGMENTS = {key for key, (english, _) in SENTENCES.items() if not re.search(r"[.?!…]$", english)}


def keys_in(path: Path) -> Iterator[str]:
    """Every key of the table a module names, wherever it hands it on."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            section, dot, rest = node.value.partition(".")
            if dot and section in SECTIONS and re.fullmatch(r"[a-z0-9_]+", rest) and rest not in FILE_SUFFIXES:
                yield node.value


def say_calls(path: Path) -> Iterator[tuple[int, ast.expr]]:
    """What each ``say(...)`` of a module is given as its key, with its line."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and node.args:
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name == "say":
                yield node.lineno, node.args[0]


MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path.name != "words.py" and "sandbox" not in path.parts)
NAMED = {key: path.name for path in MODULES for key in keys_in(path)}
# The panel's own sentences are handed to its front ends by name, and to its controls by the field's name.
PANEL = {key for key in SENTENCES if key.startswith("panel.")}
FRONT_ENDS = sorted(PACKAGE.rglob("*.js"))
QUOTED = {
    f"panel.{word}"
    for path in [*FRONT_ENDS, *PACKAGE.glob("widgets/controls.py")]
    for word in re.findall(r"[\"'`]([a-z0-9_]+)[\"'`]", path.read_text(encoding="utf-8"))
}


def test_every_sentence_named_in_the_package_is_in_the_table() -> None:
    assert {key: module for key, module in NAMED.items() if key not in SENTENCES} == {}


# Their words, panel.results.* and panel.history.*, are held against the table by tests/front, which can run what puts
# keys together.
KEPT_BY_NODE = ("results", "viewer", "history")
# The same in every language.
NAMES = ("Python", "cURL", "JSON", "SHA-256")


def test_every_sentence_a_front_end_says_is_in_the_table() -> None:
    said = {
        f"panel.{word}": path.name
        for path in FRONT_ENDS
        if path.stem not in KEPT_BY_NODE
        for word in re.findall(r"\bsay\(\"([a-z0-9_]+)\"", path.read_text(encoding="utf-8"))
    }
    assert {key: file for key, file in said.items() if key not in PANEL} == {}


def test_every_sentence_of_the_table_is_named_in_the_package() -> None:
    kept = {key for key in SENTENCES if key.startswith(("panel.results.", "panel.history."))}
    assert sorted(set(SENTENCES) - set(NAMED) - QUOTED - kept) == []


def test_keys_are_written_out_where_they_are_used() -> None:
    """A key put together at run time could not be found by the tests above, which know the panel's by their ends."""
    built = [
        f"{path.name}:{line}"
        for path in MODULES
        for line, key in say_calls(path)
        if isinstance(key, ast.JoinedStr | ast.BinOp) and not ast.unparse(key).startswith("f'panel.")
    ]
    assert built == []


def places(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}


def wrong(holds: Callable[[str, str], bool], keys: Iterable[str] = SENTENCES) -> dict[str, tuple[str, str]]:
    """The sentences of which it does not hold: in one test for all, since there are hundreds."""
    return {key: SENTENCES[key] for key in keys if not holds(*SENTENCES[key])}


def test_both_languages_have_the_same_places() -> None:
    assert wrong(lambda english, chinese: places(english) == places(chinese)) == {}
    assert wrong(lambda english, _: all(re.fullmatch(r"[a-z_]+", place) for place in places(english))) == {}


def test_a_sentence_ends_as_a_sentence() -> None:
    assert wrong(lambda _, chinese: bool(re.search(r"[。？！….?!]$", chinese)), set(SENTENCES) - FRAGMENTS) == {}
    # No half sentence that was meant as a whole one: a part ends in a place, in code, or is a few words.
    assert wrong(lambda english, _: bool(re.search(r"[})\"]$", english)) or len(english.split()) <= 8, FRAGMENTS) == {}
    assert wrong(lambda _, chinese: not chinese.endswith("。"), FRAGMENTS) == {}


def test_no_sentence_has_blanks_too_many() -> None:
    assert wrong(lambda *both: all(text == text.rstrip() for text in both)) == {}
    assert wrong(lambda english, _: "  " not in english.strip()) == {}


def test_the_english_is_plain_and_the_chinese_is_chinese() -> None:
    assert wrong(lambda english, _: not re.search(r"[\u4e00-\u9fff]", english)) == {}

    def is_chinese(english: str, chinese: str) -> bool:
        words = re.sub(r"\{[^}]*\}|\w+_\w+|[\W\d_]", "", english)
        return not words or english in NAMES or bool(re.search(r"[\u4e00-\u9fff]", chinese))

    assert wrong(is_chinese) == {}


# ---- what say() makes


INNER = say("reference.data_uri")
OUTER = say("request.url_at", position=0, problem=INNER)


def test_a_sentence_is_its_english_text_and_knows_the_other() -> None:
    sentence = say("request.n_no_number", value="'1'")
    assert sentence == "n is a plain whole number such as n=1, not '1'."
    assert isinstance(sentence, str)
    assert sentence.to("en") == sentence
    assert sentence.to("zh") == "n 是普通整数，例如 n=1，而不是 '1'。"


def test_sentences_within_a_sentence_are_translated_with_it() -> None:
    assert f"image_urls[0]: {INNER}" == OUTER
    assert OUTER.to("zh") == f"image_urls[0]：{INNER.to('zh')}"
    lines = say("request.one_problem", lines=(say("request.line", field="image_urls", message=OUTER),), n=1)
    assert lines.splitlines()[1] == f"  image_urls: {OUTER}"
    assert lines.to("zh").splitlines()[1] == f"  image_urls：{OUTER.to('zh')}"


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda sentence: pickle.loads(pickle.dumps(sentence))])
def test_a_copied_sentence_still_knows_the_other_language(copied: Any) -> None:
    other = copied(OUTER)
    assert type(other) is Sentence
    assert [other.to(language) for language in LANGUAGES] == [OUTER.to(language) for language in LANGUAGES]


def test_what_a_user_wrote_is_never_read_as_a_place() -> None:
    assert say("request.prompt_no_text", type="{n} {0.__class__}") == (
        "The prompt is text, not {n} {0.__class__}. Write it in quotes."
    )


def test_a_missing_value_is_an_error_at_once() -> None:
    with pytest.raises(KeyError):
        say("request.n_no_number")
