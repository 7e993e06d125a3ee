"""``%imagine`` and ``%%imagine`` in a real IPython shell."""

from __future__ import annotations

import re
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from IPython.core.completer import provisionalcompleter
from IPython.core.interactiveshell import InteractiveShell
from PIL import Image
from traitlets.config import Config

import apimart_widgets as am
from apimart_widgets.catalog import unregister_model
from apimart_widgets.magic_options import OPTIONS
from apimart_widgets.session import set_default_session
from tests.sandbox_server import SandboxServer


@pytest.fixture
def session() -> Iterator[am.Session]:
    """The default session: a sandbox that draws at once."""
    with am.Session(mode="sandbox", library=":memory:", sandbox_seconds=0) as session:
        set_default_session(session)
        yield session


@pytest.fixture
def shell(session: am.Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[InteractiveShell]:
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    shell = InteractiveShell.instance(config=config)
    shell.run_line_magic("load_ext", "apimart_widgets")
    yield shell
    InteractiveShell.clear_instance()


def refused(shell: InteractiveShell, code: str, capsys: pytest.CaptureFixture[str]) -> tuple[BaseException, str]:
    """Run a cell that has to fail; its error, and all that it showed."""
    capsys.readouterr()
    result = shell.run_cell(code)
    error = result.error_in_exec
    assert error is not None, f"{code!r} did not fail: {result.result!r}"
    shown = capsys.readouterr()
    return error, shown.out + shown.err


# ---- what is asked for


def test_a_line_makes_pictures(shell: InteractiveShell) -> None:
    made = shell.run_cell("%imagine --size 3:2 --quality low -n 2 A red fox").result
    assert isinstance(made, am.ImageSet)
    assert [image.size for image in made] == [(1536, 1024)] * 2
    assert made[0].request == am.ImageRequest("A red fox", size="3:2", quality="low", n=2)


def test_a_cell_is_the_prompt(shell: InteractiveShell) -> None:
    made = shell.run_cell("%%imagine --quality low --var foxes\n\nA red fox,\n  at dawn\n\n").result
    assert made[0].request.prompt == "A red fox,\n  at dawn"
    assert shell.user_ns["foxes"] is made


def test_a_cell_may_have_options_drawn_where_it_says_so(shell: InteractiveShell) -> None:
    made = shell.run_cell("%%imagine --quality low --\nA sign that says --size 3:2").result
    assert (made[0].request.prompt, made[0].request.size) == ("A sign that says --size 3:2", "1:1")


def test_every_field_has_an_option(shell: InteractiveShell) -> None:
    made = shell.run_cell(
        "%imagine --model gpt-image-2-official --size=16:9 --n 1 --quality low --background opaque --moderation low"
        " --format jpeg --compression 80 --resolution 2k A red fox"
    ).result
    assert made[0].request == am.ImageRequest(
        "A red fox",
        model="gpt-image-2-official",
        size="16:9",
        quality="low",
        background="opaque",
        moderation="low",
        output_format="jpeg",
        output_compression=80,
        resolution="2k",
    )


@pytest.mark.parametrize(
    ("line", "prompt"),
    [
        ("The fox's den", "The fox's den"),
        ('-n 1 "A  fox",  he   said', '"A  fox",  he   said'),
        ("--quality low -- --size matters", "--size matters"),
        ("-- - a dash", "- a dash"),
        ("A fox # not a comment", "A fox # not a comment"),
        ("A $fox for $5, 100 % red", "A $fox for $5, 100 % red"),
        ("一只红狐狸", "一只红狐狸"),
    ],
)
def test_a_prompt_goes_as_it_was_typed(shell: InteractiveShell, line: str, prompt: str) -> None:
    shell.user_ns["fox"] = "wolf"
    assert shell.run_line_magic("imagine", line)[0].request.prompt == prompt


def test_var_holds_the_job_where_nobody_waits(shell: InteractiveShell, session: am.Session) -> None:
    job = shell.run_cell("%imagine --no-wait --var job A red fox").result
    assert isinstance(job, am.Job)
    assert shell.user_ns["job"] is job is session.jobs[-1]
    assert len(job.result(60)) == 1


def test_reuse_pays_once(shell: InteractiveShell, session: am.Session, capsys: pytest.CaptureFixture[str]) -> None:
    first = shell.run_line_magic("imagine", "--reuse A red fox")
    assert "nothing new was billed" not in capsys.readouterr().out
    again = shell.run_line_magic("imagine", "--reuse A red fox")
    assert again == first
    assert "1 picture, asked for before: nothing new was billed" in capsys.readouterr().out
    shell.run_line_magic("imagine", "A red fox")
    assert len(session.jobs) == 2


def test_what_an_earlier_session_left_in_the_queue_is_billed_now(
    shell: InteractiveShell, server: SandboxServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key, line = "sk-test-left-in-the-queue", "--session mine --reuse --quality low A fox"
    with am.Session(key, server.url, library=tmp_path / "kept", max_concurrency=1) as earlier:
        earlier.submit("An owl [slow]", quality="high")
        left = earlier.submit("A fox", quality="low", reuse=True)  # which returns once it stands in the library
    assert not left.was_sent
    for said in (r"1 picture in \d+ s, (about )?\$0\.\d+\n", "1 picture, asked for before: nothing new was billed\n"):
        with am.Session(key, server.url, library=tmp_path / "kept") as session:
            shell.user_ns["mine"] = session
            shell.run_line_magic("imagine", line)
            assert [job.id for job in session.jobs] == [left.id]
        assert re.fullmatch(said, capsys.readouterr().out)


def test_a_session_is_named_by_its_variable(shell: InteractiveShell, session: am.Session) -> None:
    with am.Session(mode="sandbox", library=":memory:", sandbox_seconds=0) as other:
        shell.user_ns["other"] = other
        shell.run_line_magic("imagine", "--session other A red fox")
        assert (len(other.jobs), len(session.jobs)) == (1, 0)


def test_where_there_is_no_session_variable_it_says_how_to_make_one(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    error, shown = refused(shell, "%imagine --session mine A fox", capsys)
    assert isinstance(error, am.ConfigurationError)
    assert "Make one with mine = apimart_widgets.Session()" in shown


@pytest.mark.parametrize(
    ("code", "prompt"),
    [
        ("%imagine --quality low What does the fox see?", "What does the fox see?"),
        ("%imagine Who's there??  ", "Who's there??"),
        ("%imagine 狐狸看见了什么?", "狐狸看见了什么?"),
        ("foxes = %imagine What does it see?", "What does it see?"),
        ("for _ in range(1):\n    %imagine Where is it?\nprint('done')", "Where is it?"),
        ("%imagine What does \\\nit see?", "What does  it see?"),
    ],
)
def test_a_prompt_may_be_a_question(shell: InteractiveShell, session: am.Session, code: str, prompt: str) -> None:
    assert shell.check_complete(code)[0] != "invalid"
    assert shell.run_cell(code).success
    assert [job.request.prompt for job in session.jobs] == [prompt]


@pytest.mark.parametrize("code", ["%imagine?", "%imagine??", "for _ in range(1):\n    %imagine?"])
def test_a_question_mark_alone_asks_for_help(shell: InteractiveShell, session: am.Session, code: str) -> None:
    asked: list[str] = []
    for name in ("pinfo", "pinfo2"):
        shell.register_magic_function(asked.append, "line", name)
    assert shell.run_cell(code).success
    assert [name.strip().strip("%") for name in asked] == ["imagine"]
    assert session.jobs == ()


@pytest.mark.parametrize(
    "code", ['text = """\n%imagine What?\n"""', "%time imagine?", "imagine?", "if True:\n    ?", "# %imagine What?"]
)
def test_other_question_marks_are_left_alone(shell: InteractiveShell, code: str) -> None:
    with_it = shell.transform_cell(code)
    shell.run_line_magic("unload_ext", "apimart_widgets")
    assert with_it == shell.transform_cell(code)


# ---- pictures to start from


def test_references_are_paths_addresses_and_variables(shell: InteractiveShell, tmp_path: Path) -> None:
    path = tmp_path / "my fox.png"
    Image.new("RGB", (30, 20)).save(path)
    several = [Image.new("RGB", (10, 10), colour) for colour in ("red", "blue")]
    shell.user_ns.update(fox=Image.new("RGB", (20, 30)), several=several)
    made = shell.run_line_magic(
        "imagine",
        f'--reference "{path}" --reference {{fox}} --reference https://example.com/a.png --reference {{several}} Hats',
    )
    request = made[0].request
    assert len(request.image_urls) == 5
    assert request.image_urls[2] == "https://example.com/a.png"
    assert request.local_references()[0].name == "my fox.png"
    assert len({each.sha256 for each in request.local_references()}) == 4


def test_made_pictures_are_references_and_a_mask_says_where(shell: InteractiveShell) -> None:
    shell.run_line_magic("imagine", "--quality low --var foxes A red fox")
    shell.user_ns["mask"] = np.ones(np.asarray(shell.user_ns["foxes"][0]).shape[:2], dtype=bool)
    edited = shell.run_line_magic("imagine", "--reference {foxes[0]} --mask {mask} A hat on its head")
    assert edited[0].request.mask_url
    assert len(edited[0].request.image_urls) == 1


# ---- variables


def test_variables_fill_the_prompt_and_the_options(shell: InteractiveShell) -> None:
    shell.user_ns.update(
        animal="fox", row=types.SimpleNamespace(name="Reineke"), names=["Ada", "Bo"], count=2, shape="2:3", share=0.5
    )
    shell.user_ns["looks"] = {"fox": "bold"}
    made = shell.run_cell(
        "%%imagine -n {count} --size {shape}\n"
        "A {looks[fox]} {animal}, {row.name} or {names[1]}, {share:.0%} red, in {{braces}}"
    ).result
    assert made[0].request.prompt == "A bold fox, Reineke or Bo, 50% red, in {braces}"
    assert (made[0].request.n, made[0].request.size) == (2, "2:3")


def test_variables_of_a_function_are_seen_and_go_first(shell: InteractiveShell) -> None:
    result = shell.run_cell(
        "animal = 'fox'\n"
        "def make(animal):\n"
        "    return get_ipython().run_line_magic('imagine', 'A {animal}')[0].request.prompt\n"
        "make('owl')"
    )
    assert result.result == "A owl"


@pytest.mark.parametrize(
    ("prompt", "said"),
    [
        ("A {animl}", ["no variable 'animl'", "Did you mean 'animal'?", "{{animl}}"]),
        ("A {animal.colour}", ["{animal.colour} cannot be filled in", "AttributeError"]),
        ("A {names[7]}", ["{names[7]} cannot be filled in", "IndexError"]),
        ("A {names[x]}", ["{names[x]} cannot be filled in"]),
        ('A {looks["fox"]}', ['{looks["fox"]} cannot be filled in', "without quotes. Write {looks[fox]}."]),
        ("A {looks['fox'][0].real}", ["Write {looks[fox][0].real}."]),
        ("A {animal:%Y}", ["cannot be filled in"]),
        ("A {animal!x}", ["cannot be filled in"]),
        ("A {animal", ["cannot be filled in. Name a variable in braces"]),
        ("A } fox", ["cannot be filled in. Name a variable in braces"]),
        ("A {} fox", ["{} cannot be filled in. Name a variable in braces"]),
        ("A {0} fox", ["Name a variable in braces"]),
        ('Like {"colour": "red"}', ["Name a variable in braces", "{{ and }}"]),
        ("A {touched.append(1)}", ["cannot be filled in"]),
        ("A {trouble.name}", ["{trouble.name} cannot be filled in (RuntimeError: no way)"]),
    ],
)
def test_what_cannot_be_filled_in_is_a_sentence(
    shell: InteractiveShell,
    session: am.Session,
    prompt: str,
    said: list[str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    class Trouble:
        @property
        def name(self) -> str:
            raise RuntimeError("no way")

    touched: list[int] = []
    shell.user_ns.update(animal="fox", names=["Ada"], looks={"fox": "red"}, touched=touched, trouble=Trouble())
    error, shown = refused(shell, f"%%imagine\n{prompt}", capsys)
    assert isinstance(error, am.ConfigurationError)
    for part in said:
        assert part in shown
    assert session.jobs == ()
    assert touched == []


# ---- errors


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("%imagine --sise 3:2 A fox", ["no option --sise", "Did you mean '--size'?"]),
        ("%imagine -x A fox", ["no option -x"]),
        ("%imagine --siz 3:2 A fox", ["no option --siz"]),
        ("%imagine --size", ["--size needs a value. Write --size RATIO"]),
        ("%imagine -n", ["-n needs a value"]),
        ("%imagine --reuse=yes A fox", ["--reuse takes no value"]),
        ('%imagine --reference "fox.png A fox', ["A quote is not closed"]),
        ("%imagine A fox --size 3:2", ["--size stands in the prompt", "Nothing was sent"]),
        ("%imagine A fox --quality=low", ["--quality=low stands in the prompt"]),
        ("%imagine A fox -n 2", ["-n stands in the prompt"]),
        ("%%imagine\n--size 3:2\nA fox", ["--size stands in the prompt", "on the line of %%imagine"]),
        ("%imagine —size 3:2 A fox", ["no option —size", "Did you mean '--size'?"]),
        ("%%imagine A fox\nin the snow", ["'A fox' on the line of %%imagine is no option"]),
        ("%imagine --var 2foxes A fox", ["--var 2foxes is no name"]),
        ("%imagine --var class A fox", ["--var class is no name"]),
        ("%imagine --session nobody A fox", ["nobody is no variable that holds a Session", "one of: mine"]),
        ("%imagine --session text A fox", ["text is no variable that holds a Session"]),
        ("%imagine", ["prompt: The prompt is empty."]),
        ("%%imagine --size 3:2\n   \n", ["prompt: The prompt is empty."]),
        (
            "%imagine --size 16:9 -n two --quality best --format gif --compression 101 A fox",
            [
                "5 problems. Nothing was sent.",
                "--size: gpt-image-1-official has no size '16:9'",
                "-n: n is a plain whole number such as n=1, not 'two'",
                "--quality: ",
                "--format: ",
                "--compression: ",
            ],
        ),
        ("%imagine --model gpt-image-1.5-offical A fox", ["--model: ", "Did you mean 'gpt-image-1.5-official'?"]),
        ("%imagine --reference nowhere.png A fox", ["--reference: image_urls[0]: There is no file nowhere.png"]),
        ("%imagine --reference {text} --mask {number} A fox", ["--mask: A picture cannot be read from int"]),
        ("%imagine --mask https://example.com/mask.png A fox", ["--mask: A mask belongs to a reference picture."]),
        ("%imagine --reference {empty} A fox", ["--reference {empty} is None or empty.", "Nothing was sent."]),
        ("%imagine --reference {text} --reference {empty} A fox", ["--reference {empty} is None or empty."]),
        ("%imagine --reference {text} --mask {nothing} A fox", ["--mask {nothing} is None or empty."]),
        ("%imagine --model gpt-image-2-official --resolution {nothing} A fox", ["or leave out --resolution."]),
    ],
)
def test_what_is_wrong_is_a_sentence_and_costs_nothing(
    shell: InteractiveShell,
    session: am.Session,
    code: str,
    said: list[str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    shell.user_ns.update(mine=session, text="https://example.com/fox.png", number=7, empty=am.ImageSet(), nothing=None)
    error, shown = refused(shell, code, capsys)
    assert isinstance(error, am.InvalidRequest | am.ConfigurationError)
    for part in said:
        assert part in shown
    assert shown.strip().startswith(f"{type(error).__name__}: ")
    assert "Traceback" not in shown
    assert ".py" not in shown
    assert session.jobs == ()


def test_why_a_job_failed_is_a_sentence_of_its_own_kind(
    shell: InteractiveShell, session: am.Session, capsys: pytest.CaptureFixture[str]
) -> None:
    error, shown = refused(shell, "%imagine --var fox [refuse] A fox", capsys)
    assert isinstance(error, am.ContentPolicyError)
    assert "ContentPolicyError: Refused by the safety filter." in shown
    assert "Traceback" not in shown
    assert "fox" not in shell.user_ns
    # The job's own error is left as it was: elsewhere it has its traceback.
    assert not hasattr(session.jobs[-1].error, "_render_traceback_")


def test_pictures_that_came_are_shown_where_others_did_not(
    shell: InteractiveShell, session: am.Session, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched: list[str] = []
    download = session._client.download

    async def first_only(url: str, **arguments: Any) -> bytes:
        fetched.append(url)
        if url != fetched[0]:
            raise am.NotFoundError("Gone.", status_code=404)
        return await download(url, **arguments)

    monkeypatch.setattr(session._client, "download", first_only)
    shell.user_ns["mine"] = session
    error, shown = refused(shell, "%imagine --quality low -n 2 A fox", capsys)
    assert isinstance(error, am.DownloadError)
    assert "the job is mine.jobs[0]" in shown
    assert "1 of 2, low, 1024x1024 png, sandbox: 'A fox'" in shown


def test_stop_while_it_is_handed_over_says_where_to_look(
    shell: InteractiveShell, session: am.Session, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*arguments: Any, **more: Any) -> am.Job:
        raise KeyboardInterrupt

    monkeypatch.setattr(session, "submit", stopped)
    error, shown = refused(shell, "%imagine A fox", capsys)
    assert isinstance(error, KeyboardInterrupt)
    assert "It may be on its way" in shown
    assert "Traceback" not in shown
    monkeypatch.undo()
    where = re.search(r"look at (.*) before you ask again", shown)
    assert where is not None
    assert shell.run_cell(where[1]).result == ()
    job = session.submit("A fox", quality="low")
    session.submit("An owl", quality="low")
    assert shell.run_cell(where[1]).result[0] is job


def test_the_code_for_a_job_that_was_left_stays_right(
    shell: InteractiveShell, session: am.Session, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*arguments: Any, **more: Any) -> am.ImageSet:
        raise KeyboardInterrupt

    session.generate("A badger", quality="low")
    with monkeypatch.context() as patched:
        patched.setattr(am.Job, "result", stopped)
        error, shown = refused(shell, "%imagine --quality low A fox", capsys)
    assert isinstance(error, KeyboardInterrupt)
    where = re.search(r"Get its pictures with (.*)\.$", shown.strip())
    assert where is not None
    session.generate("An owl", quality="low")
    assert shell.run_cell(where[1]).result[0].request.prompt == "A fox"


def test_the_last_line_says_what_was_billed(
    shell: InteractiveShell,
    instant_server: SandboxServer,
    open_session: Callable[..., am.Session],
    capsys: pytest.CaptureFixture[str],
) -> None:
    shell.user_ns["mine"] = open_session(instant_server.url)
    shell.run_line_magic("imagine", "--session mine --quality low A fox")
    assert re.fullmatch(r"1 picture in \d+ s, (about )?\$0\.\d+\n", capsys.readouterr().out)


def test_a_budget_holds(shell: InteractiveShell, capsys: pytest.CaptureFixture[str]) -> None:
    with am.Session(mode="sandbox", library=":memory:", sandbox_seconds=0, daily_budget=0.01) as poor:
        shell.user_ns["poor"] = poor
        error, shown = refused(shell, "%imagine --session poor --quality high -n 4 A fox", capsys)
        assert isinstance(error, am.BudgetError)
        assert "Traceback" not in shown
        assert poor.jobs == ()


def test_a_warning_is_one_line(shell: InteractiveShell, capsys: pytest.CaptureFixture[str]) -> None:
    made = shell.run_cell("%imagine -n 9 --quality low A fox").result
    assert len(made) == 4
    assert capsys.readouterr().err == "n=9 becomes n=4, as on the server: it makes 1 to 4 pictures a request.\n"


# ---- help, progress, loading


def test_help_explains_every_option_and_makes_nothing(
    shell: InteractiveShell, session: am.Session, capsys: pytest.CaptureFixture[str]
) -> None:
    assert shell.run_cell("%imagine --help A fox").success
    shown = capsys.readouterr().out
    for option in OPTIONS:
        assert all(flag in shown for flag in option.flags)
        assert option.help[:30] in shown
    assert "gpt-image-1.5-official" in shown
    assert "1:1, 2:3, 3:2" in shown
    assert session.jobs == ()
    assert shell.run_cell("%%imagine --help\nA fox").success
    assert session.jobs == ()


def test_a_terminal_shows_one_line(
    shell: InteractiveShell, session: am.Session, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    shell.run_line_magic("imagine", "-n 2 A fox")
    assert re.fullmatch(r"2 pictures in \d+ s\n", capsys.readouterr().out)
    with am.Session(mode="sandbox", library=":memory:", sandbox_seconds=0.5) as slow:
        shell.user_ns["slow"] = slow
        monkeypatch.setattr("sys.stdout.isatty", lambda: True)
        shell.run_line_magic("imagine", "--session slow --quality low A fox")
    shown = capsys.readouterr().out
    assert shown.count("\n") == 1
    assert shown.startswith("\r")
    assert "drawing, " in shown
    # The last line leaves nothing of a longer one before it.
    assert shown.split("\r")[-1].startswith("1 picture in ")


def test_unloading_takes_it_away_and_loading_twice_gives_it_once(shell: InteractiveShell) -> None:
    count = len(shell.Completer.custom_matchers)
    transformers = list(shell.input_transformer_manager.token_transformers)
    shell.run_line_magic("reload_ext", "apimart_widgets")
    assert len(shell.Completer.custom_matchers) == count
    assert shell.input_transformer_manager.token_transformers == transformers
    shell.run_line_magic("unload_ext", "apimart_widgets")
    assert shell.find_line_magic("imagine") is None
    assert shell.find_cell_magic("imagine") is None
    assert len(shell.Completer.custom_matchers) == count - 1
    assert shell.input_transformer_manager.token_transformers == transformers[:-1]
    am.unload_ipython_extension(shell)


# ---- completion


def completed(shell: InteractiveShell, code: str) -> list[str]:
    """The line as it would stand with each completion taken."""
    with provisionalcompleter():
        return [code[: each.start] + each.text for each in shell.Completer.completions(code, len(code))]


def ends(shell: InteractiveShell, code: str) -> list[str]:
    return [line.split(" ")[-1] for line in completed(shell, code)]


@pytest.mark.parametrize("percent", ["%", "%%", "fox = %"])
def test_options_and_values_are_completed(shell: InteractiveShell, percent: str) -> None:
    start = f"{percent}imagine "
    assert ends(shell, f"{start}--qu") == ["--quality"]
    assert ends(shell, f"{start}--quality ") == ["auto", "low", "medium", "high"]
    assert ends(shell, f"{start}--quality m") == ["medium"]
    assert ends(shell, f"{start}--size ") == ["1:1", "2:3", "3:2"]
    assert completed(shell, f"{start}--size 3:") == [f"{start}--size 3:2"]
    assert completed(shell, f"{start}--size=2") == [f"{start}--size=2:3"]
    assert ends(shell, f"{start}-n ") == ["1", "2", "3", "4"]
    assert ends(shell, f"{start}--model gpt-image-1.") == ["gpt-image-1.5-official"]
    assert "16:9" in ends(shell, f"{start}--model gpt-image-2-official --size ")
    assert ends(shell, f"{start}--model gpt-image-2-official --resolution ") == ["1k", "2k", "4k"]
    offered = ends(shell, f"{start}--size 3:2 --reference fox.png -")
    assert {"--quality", "-n", "--reference"} <= set(offered)
    assert "--size" not in offered


def test_sessions_are_completed_and_the_prompt_is_left_alone(shell: InteractiveShell, session: am.Session) -> None:
    shell.user_ns["mine"] = session
    assert ends(shell, "%imagine --session ") == ["mine"]
    assert "--quality" not in ends(shell, "%imagine A fox --qu")
    assert "--quality" not in ends(shell, "%imagine -- --qu")
    assert "--quality" not in ends(shell, "%%imagine --size 3:2\n--qu")


def test_what_a_registered_model_takes_is_completed(shell: InteractiveShell) -> None:
    am.register_model("gpt-image-9-official", sizes={"7:5": None})
    try:
        assert ends(shell, "%imagine --model gpt-image-9-official --size ") == ["7:5"]
    finally:
        unregister_model("gpt-image-9-official")
