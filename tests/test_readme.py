"""What the README says is so: its code runs, and its tables agree with the package."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import apimart_widgets as am
from apimart_widgets.catalog import Model
from apimart_widgets.sandbox import painter
from tests.kernel.versions import VERSIONS

README = Path(__file__).parents[1] / "README.md"
TEXT = README.read_text(encoding="utf-8")

Names = dict[str, Any]


def section(heading: str) -> str:
    """What stands under a heading, up to the next one of its level."""
    (found,) = re.findall(rf"(?ms)^## {heading}\n(.*?)(?=^## |\Z)", TEXT)
    return str(found)


def code(text: str) -> list[str]:
    return re.findall(r"(?ms)^```python\n(.*?)^```", text)


def table(text: str, first: str) -> dict[str, list[str]]:
    """The table whose heading begins with this word: its further cells by the first of each row, the heading too."""
    (found,) = re.findall(rf"(?m)^(\| {first} \|.*\n(?:\|.*\n)+)", text)
    heading, _ruler, *lines = found.splitlines()
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in (heading, *lines)]
    return {name.strip("`"): further for name, *further in cells}


def words(cell: str) -> tuple[str, ...]:
    return tuple(re.findall(r"`([^`]+)`", cell))


# ---- the code


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Names]:
    """What a reader's notebook holds; its tasks are done at once and painted coarsely, and it saves into tmp_path."""
    monkeypatch.setitem(am.Session.__init__.__kwdefaults__, "sandbox_seconds", 0.0)
    monkeypatch.setattr(painter, "_working_size", lambda size, detail: (size[0] // 6, size[1] // 6))
    monkeypatch.chdir(tmp_path)
    held: Names = {}
    exec(SETUP, held)
    yield held
    held["session"].close()


SETUP, *RECIPES = code(section("Ten recipes"))
# What is so after each recipe: of the names it leaves, and of what it printed.
LEFT: dict[int, Callable[[Names, str], object]] = {
    1: lambda left, said: left["picture"].size == (1536, 1024) and len(list(Path("foxes").glob("*.png"))) == 4,
    2: lambda left, said: (
        left["session"].generate("A red fox in the snow", quality="low", reuse=True)[0].task_id
        == left["images"][0].task_id
    ),
    3: lambda left, said: [len(job.result()) for job in left["jobs"]] == [2, 2],
    4: lambda left, said: len(left["images"]) == 1 and not said,
    5: lambda left, said: left["sticker"].to_pil().getchannel("A").getextrema() == (0, 255),
    6: lambda left, said: [len(job.request.image_urls or ()) for job in left["session"].jobs] == [0, 1],
    7: lambda left, said: left["session"].jobs[-1].request.mask_url,
    8: lambda left, said: [left[name].request.quality for name in ("low", "high")] == ["low", "high"],
    9: lambda left, said: "$1.00" in said.splitlines()[0],
    10: lambda left, said: re.fullmatch(r"Refused: Refused by the safety filter\. .*\n\['size'\]\n", said),
}


def test_there_are_ten_recipes() -> None:
    numbers = re.findall(r"(?m)^\*\*(\d+)\. ", section("Ten recipes"))
    assert [int(number) for number in numbers] == list(LEFT)
    assert len(RECIPES) == len(LEFT)


@pytest.mark.parametrize("number", LEFT)
def test_a_recipe_runs_as_it_stands(names: Names, number: int, capsys: pytest.CaptureFixture[str]) -> None:
    exec(RECIPES[number - 1], names)
    assert LEFT[number](names, capsys.readouterr().out)


def test_a_wait_that_is_over_says_how_far_the_job_is(
    names: Names, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    result = am.Job.result

    def too_late(job: am.Job, timeout: float | None = None) -> am.ImageSet:
        result(job)
        raise am.JobTimeoutError("Too late.", job_id=job.id)

    monkeypatch.setattr(am.Job, "result", too_late)
    exec(RECIPES[3], names)
    assert capsys.readouterr().out == "completed, 100 %; later: job.result()\n"


# Replays wait as long as it took, in a session of their own: tests/test_replay.py plays them.
_APART = ("Ten recipes", "A lecture without a key")


def test_the_other_code_runs_in_order(names: Names, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MPLBACKEND", "agg")
    names["image"] = names["session"].generate("A red fox")[0]
    apart = [block for heading in _APART for block in code(section(heading))]
    for block in [block for block in code(TEXT) if block not in apart]:
        if "BlindComparison" in block:
            with pytest.raises(am.ConfigurationError, match="There are no ratings yet"):
                exec(block, names)
        else:
            exec(block, names)
    assert len(names["sweep"].images) == 18
    assert len(names["library"]) == 0


# ---- the tables


def test_the_table_of_options_is_that_of_the_code() -> None:
    options = table(section("Models and options"), "field")
    columns = [words(heading) for heading in options.pop("field")]
    assert [name for column in columns for name in column] == [model.name for model in am.models()]
    for model in am.models():
        place = next(place for place, column in enumerate(columns) if model.name in column)
        _is_described({field: cells[place] for field, cells in options.items()}, model)
    assert set(options) == {*am.ImageRequest("A fox").to_payload(), *_LEFT_OUT} - {"prompt", "model"}


# What a request of defaults does not send.
_LEFT_OUT = ("resolution", "output_compression", "image_urls", "mask_url")


def _is_described(cells: dict[str, str], model: Model) -> None:
    """Every word that a field takes, its default first; the pixels where they are known; the limits."""
    for field, choices in model.choices().items():
        assert words(cells[field]) == choices
    pixels = re.findall(r"`([\d:]+)` \((\d+)x(\d+)\)", cells["size"])
    assert {size: (int(width), int(height)) for size, width, height in pixels} == {
        size: known for size, known in model.sizes.items() if known
    }
    defaults = am.ImageRequest("A fox").to_payload()
    assert all(words(cells[field])[0] == defaults[field] for field in model.choices() if field in defaults)
    assert cells["n"] == f"`{defaults['n']}` to {model.max_images}"
    assert cells["image_urls"] == f"up to {model.max_references} reference pictures"
    assert bool(cells["mask_url"]) == model.takes_mask


def test_the_list_prices_are_those_of_the_code() -> None:
    text = section("Models and options")
    listed = table(text, "model")
    listed.pop("model")
    known = {model.name: model.prices for model in am.models() if model.prices}
    assert set(listed) == set(known)
    for name, prices in known.items():
        assert prices.date in text
        for cell, size in zip(listed[name], ("1:1", "2:3"), strict=True):
            assert cell == ", ".join(f"${prices.prices[size, level]:g}" for level in ("low", "medium", "high"))


def test_versions_and_links_are_those_of_the_repository() -> None:
    named = section("Front ends")
    assert all(version.removesuffix(".0") in named for version in VERSIONS)
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", TEXT):
        assert (README.parent / target).exists(), target
    headings = [
        re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in re.findall(r"(?m)^#+ (.*)$", TEXT)
    ]
    assert set(re.findall(r"\]\(#([^)]+)\)", TEXT)) <= set(headings)
