"""``%imagine`` as a front end sees it: pictures, one live line, sentences for errors, completion, the stop button."""

from __future__ import annotations

import itertools
import re

import pytest

from tests.kernel.conftest import Kernel


@pytest.fixture(scope="module")
def notebook(kernel: Kernel) -> Kernel:
    cell = kernel.run("%load_ext apimart_widgets")
    assert not cell.error, cell.traceback
    return kernel


def test_a_cell_shows_one_line_and_then_its_pictures(notebook: Kernel) -> None:
    notebook.run("animal = 'fox'")
    cell = notebook.run("%%imagine --session session --quality low -n 2 --var foxes\nA red {animal}\nat dawn")
    assert not cell.error, cell.traceback
    assert cell.text == ""
    line, pictures = cell.displayed
    assert set(line) == {"text/plain"}
    assert pictures["text/html"].count("<img") == 2
    lines = [line["text/plain"], *(each["text/plain"] for each in cell.updated)]
    assert any("drawing, " in each for each in lines)
    assert lines[-1].startswith("2 pictures in ")
    # Every message changes the line: none is sent for nothing.
    assert all(one != other for one, other in itertools.pairwise(lines))
    after = notebook.run("print(type(foxes).__name__, len(foxes), repr(foxes[0].request.prompt))")
    assert after.text.strip() == "ImageSet 2 'A red fox\\nat dawn'"


def test_a_line_may_be_assigned_and_left_to_run(notebook: Kernel) -> None:
    cell = notebook.run("job = %imagine --session session --quality low --no-wait A red fox")
    assert not cell.error, cell.traceback
    assert cell.displayed == []
    assert notebook.run("print(len(job.result()))").text.strip() == "1"


def test_the_default_session_serves_and_a_loop_shows_its_lines(notebook: Kernel) -> None:
    cell = notebook.run(
        "from apimart_widgets.session import default_session, set_default_session\n"
        "set_default_session(session)\n"
        "for animal in ['fox', 'owl']:\n    %imagine --quality low A {animal}\n"
        "print([job.request.prompt for job in session.jobs[-2:]])"
    )
    assert not cell.error, cell.traceback
    assert cell.text.strip() == "['A fox', 'A owl']"
    assert len(cell.displayed) == 2


def test_help_is_printed_and_ends_nothing(notebook: Kernel) -> None:
    cell = notebook.run("%imagine --help")
    assert not cell.error, cell.traceback
    assert "--reference PICTURE" in cell.text
    assert notebook.run("print('alive')").text.strip() == "alive"


@pytest.mark.parametrize(
    ("code", "kind", "said"),
    [
        ("%imagine --sise 3:2 A fox", "ConfigurationError", "Did you mean '--size'?"),
        ("%imagine --session session --size 16:9 -n x A fox", "InvalidRequest", "2 problems. Nothing was sent."),
        ("%%imagine --session session\nA {unknown} fox", "ConfigurationError", "no variable 'unknown'"),
        ("%imagine --session session [refuse] A fox", "ContentPolicyError", "Refused by the safety filter."),
    ],
)
def test_an_error_is_its_sentence_alone(notebook: Kernel, code: str, kind: str, said: str) -> None:
    cell = notebook.run(code)
    assert cell.error == kind
    assert said in cell.traceback
    assert "Traceback" not in cell.traceback
    assert "magics.py" not in cell.traceback
    assert cell.text == ""


def test_stop_ends_the_wait_and_says_where_the_job_is(notebook: Kernel) -> None:
    cell, _ = notebook.interrupt_after("%imagine --session session --quality high A red fox [slow]", "drawing, ")
    assert cell.error == "KeyboardInterrupt"
    assert "the job goes on" in cell.traceback
    assert re.search(r"session\.jobs\[\d+\]\.result\(\)", cell.traceback)
    assert "magics.py" not in cell.traceback
    after = notebook.run("print(session.jobs[-1].done(), len(session.jobs[-1].result()), session.jobs[-1].status)")
    assert after.text.split() == ["False", "1", "completed"], after.traceback


@pytest.mark.parametrize("percent", ["%", "%%", "foxes = %"])
def test_options_and_values_are_completed(notebook: Kernel, percent: str) -> None:
    start = f"{percent}imagine --session session "
    assert notebook.complete(f"{start}--qu") == [f"{start}--quality"]
    assert notebook.complete(f"{start}--quality ") == [
        f"{start}--quality {word}" for word in ("auto", "low", "medium", "high")
    ]
    assert notebook.complete(f"{start}--size 3:") == [f"{start}--size 3:2"]
    assert f"{start}--model gpt-image-2-official --size 16:9" in notebook.complete(
        f"{start}--model gpt-image-2-official --size 1"
    )
    assert notebook.complete(f"{percent}imagine --session ses") == [f"{percent}imagine --session session"]
