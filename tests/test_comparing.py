"""A sweep's figures, and the same ones from its exported folder, without a key and without a network."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import apimart_widgets as am
from apimart_widgets.sweep import Sweep
from apimart_widgets.tables import COLUMNS


@pytest.fixture(scope="module")
def session() -> Iterator[am.Session]:
    with am.Session(mode="sandbox", library=":memory:", sandbox_seconds=0) as session:
        yield session


@pytest.fixture(scope="module")
def sweep(session: am.Session) -> Sweep:
    """Two prompts, two animals in one of them, two qualities, two formats of which one cannot be transparent."""
    sweep = session.sweep(
        ["a {animal}", "a house"],
        animal=["fox", "owl"],
        quality=["low", "high"],
        background=["auto", "transparent"],
        output_format=["png", "jpeg"],
        repeats=2,
        name="animals",
    )
    sweep.run(max_cost=10)
    return sweep


def test_rows_have_every_column_and_the_names_of_the_prompts(sweep: Sweep) -> None:
    rows = sweep.to_records(["sharpness"])
    assert len(rows) == len(sweep.cells) == 36
    assert list(rows[0]) == [*(column.name for column in COLUMNS), "animal", "sharpness"]
    assert all(row["sharpness"] > 0 for row in rows)
    for names in (np.array(["sharpness"]), pd.Series(["sharpness"]), pd.Index(["sharpness"])):
        assert sweep.to_records(names) == rows  # type: ignore[arg-type]
    table = sweep.to_pandas(["sharpness"])
    assert set(table["animal"].dropna()) == {"fox", "owl"}
    assert table["animal"].isna().sum() == 12


def test_a_parquet_file_gives_the_table_back(sweep: Sweep, tmp_path: Path) -> None:
    sweep.to_parquet(tmp_path / "tables" / "animals.parquet")
    assert len(pd.read_parquet(tmp_path / "tables" / "animals.parquet")) == 36


def test_a_grid_has_the_levels_of_the_plan_and_the_reasons_of_what_was_left_out(sweep: Sweep) -> None:
    grid = sweep.grid("background", "output_format")
    assert (grid.rows, grid.cols) == (("auto", "transparent"), ("png", "jpeg"))
    assert len(grid.cell("auto", "png")) == 12
    assert len(grid.cell("transparent", "jpeg")) == 0
    assert "A JPEG cannot be transparent" in str(grid.now.missing["transparent", "jpeg"])
    animals = sweep.grid("animal", "quality")
    assert animals.cell("fox", "low").to_records()[0]["prompt"] == "a fox"
    prompts = sweep.grid("prompt", None)
    assert set(prompts.rows) == {"a fox", "a owl", "a house"}
    assert "$" in grid.caption(grid.images[0])
    assert sweep.grid("repeat", "quality").rows == (0, 1)


def test_a_grid_of_references_has_the_pictures_of_each(session: am.Session, tmp_path: Path) -> None:
    made = session.sweep("a boat", image_urls=[[], ["https://example.com/1.png"]], quality=["low", "high"])
    made.run(max_cost=5)
    for each in (made, am.open_sweep(made.export(tmp_path / "study"))):
        grid = each.grid("image_urls", "quality")
        assert grid.rows == (None, ("https://example.com/1.png",))
        assert [len(grid.cell(row, col)) for row in grid.rows for col in grid.cols] == [1, 1, 1, 1]
    mask = session.sweep("a boat", image_urls=[[], ["https://example.com/1.png"]], mask_url=[None, "https://x.y/m.png"])
    assert "A mask belongs to" in str(mask.grid("image_urls", "mask_url").now.missing[None, "https://x.y/m.png"])


def test_a_grid_fills_while_its_sweep_runs(session: am.Session) -> None:
    running = session.sweep("A boat", quality=["low", "medium"], name="boats")
    grid = running.grid("quality", None)
    assert len(grid.images) == 0
    assert grid.rows == ("low", "medium")
    running.run(max_cost=1)
    for thread in threading.enumerate():
        if thread.name == "apimart-sweep":
            thread.join(30)
    assert len(grid.images) == 2


def test_contrasts_take_metrics_and_columns_alike(sweep: Sweep) -> None:
    assert sweep.contrast("sharpness", "quality", "low").images == 18
    assert sweep.contrast("cost", "quality", "low").differences[0].estimate > 0


def test_a_picture_costs_the_same_after_others_of_its_request_are_deleted() -> None:
    with am.Session(mode="sandbox", library=":memory:", sandbox_seconds=0) as session:
        sweep = session.sweep("a house", quality=["low", "high"], n=4)
        sweep.run(max_cost=2)
        before = sweep.contrast("cost", "quality", "low").differences[0].estimate
        session.delete([image for image in sweep.images if image.request.quality == "high"][:3])
        assert sweep.contrast("cost", "quality", "low").differences[0].estimate == before
        assert [row["cost"] for row in sweep.to_records()] == [image.cost for image in sweep.images]


@pytest.mark.parametrize(
    ("prompts", "drawn"),
    [
        (["a {animal}", "a house"], ["a fox", "a owl", "a house"]),
        (["a house", "a {animal}"], ["a house", "a fox", "a owl"]),
        (["a {{bare}} house", "a house"], ["a {bare} house", "a house"]),
        (["a house", "a tower"], ["a house", "a tower"]),
    ],
)
def test_prompts_are_compared_as_they_were_sent(
    session: am.Session, tmp_path: Path, prompts: list[str], drawn: list[str]
) -> None:
    names = {"animal": ["fox", "owl"]} if "a {animal}" in prompts else {}
    made = session.sweep(prompts, quality=["low", "high"], **names)
    made.run(max_cost=5)
    for each in (made, am.open_sweep(made.export(tmp_path / "study"))):
        ax = each.plot("prompt", "bytes")
        assert [tick.get_text() for tick in ax.get_xticklabels()] == drawn
        assert not any("left out" in text.get_text() for text in ax.texts)
        legend = each.plot("cost", "bytes", by="prompt").get_legend()
        assert [text.get_text() for text in legend.get_texts()] == drawn
        assert list(each.grid("prompt", None).rows) == drawn


def test_repeats_of_a_request_are_told_apart(sweep: Sweep) -> None:
    rows = sweep.between_repeats()
    assert len(rows) == 18
    assert {row["pictures"] for row in rows} == {2}
    assert all(0 <= row["distance"] <= 64 for row in rows)
    assert any(row["distance"] > 0 for row in rows)
    levels = ("prompt", "size", *sweep.axes)
    assert len({tuple(row[name] for name in levels) for row in rows}) == 18
    assert list(rows[0]) == ["prompt", "size", "quality", "animal", "background", "output_format", *list(rows[0])[-3:]]


def test_repeats_of_several_models_are_told_apart(session: am.Session, tmp_path: Path) -> None:
    models = ["gpt-image-1-official", "gpt-image-1.5-official"]
    url = "https://example.com/1.png"
    made = session.sweep("a boat", model=models, image_urls=[None, [url]], quality="low", repeats=2)
    made.run(max_cost=5)
    for each in (made, am.open_sweep(made.export(tmp_path / "study"))):
        rows = sorted((row["model"], row["image_urls"] or []) for row in each.between_repeats())
        assert rows == [(model, urls) for model in models for urls in ([], [url])]


def test_all_pictures_go_on_one_sheet(sweep: Sweep) -> None:
    assert sweep.contact_sheet(columns=6, cell=40).size == sweep.images.contact_sheet(columns=6, cell=40).size


def test_half_a_character_in_a_name_is_exported_as_a_question_mark(session: am.Session, tmp_path: Path) -> None:
    sweep = session.sweep("a house", quality="low", name="\ud800x")
    sweep.run()
    assert am.open_sweep(sweep.export(tmp_path / "study")).name == "?x"


def decide_all(session: am.Session, sweep: Sweep, by: str, *, pairs: int = 99, choice: str = "a") -> int:
    """Have one rater decide every pair of a comparison; returns how many different ones there were."""
    sitting = am.BlindComparison(sweep.images, by=by, rater="anna", library=session, pairs=pairs)._sitting
    while (place := sitting.place) is not None:
        sitting.decide(sitting.token(place), choice)
    return sitting.plan.found


def test_decisions_by_one_setting_do_not_spoil_those_by_another(tmp_path: Path) -> None:
    with am.Session(mode="sandbox", library=":memory:", sandbox_seconds=0) as session:
        sweep = session.sweep("a house", quality=["low", "high"], output_format=["png", "jpeg"], size=["1:1", "3:2"])
        sweep.run(max_cost=5)
        for by in ("quality", "output_format", "size"):
            decide_all(session, sweep, by)
        rows = {row["sha256"]: row for row in sweep.to_records()}
        opened = am.open_sweep(sweep.export(tmp_path / "study"))
        for by in ("quality", "output_format", "size"):
            compared = {
                frozenset((rating["a"], rating["b"]))
                for rating in sweep.ratings
                if rows[rating["a"]][by] != rows[rating["b"]][by]
                and (by == "size" or rows[rating["a"]]["size"] == rows[rating["b"]]["size"])
            }
            for each in (sweep, opened):
                assert [rate.comparisons for rate in each.win_rates(by).rates] == [len(compared)] * 2
                assert {level.level for level in each.strengths(by).levels} == set(sweep.axes[by])


def test_a_pair_that_was_decided_in_two_comparisons_counts_once() -> None:
    with am.Session(mode="sandbox", library=":memory:", sandbox_seconds=0) as session:
        sweep = session.sweep("a house", quality=["low", "high"], repeats=4)
        sweep.run(max_cost=5)
        decide_all(session, sweep, "quality", pairs=4)
        found = decide_all(session, sweep, "quality", choice="tie")
        (rater,) = sweep.self_agreement()
        assert len(sweep.ratings) > found
        assert [rate.comparisons for rate in sweep.win_rates("quality").rates] == [found, found]
        repeated = {frozenset((each["a"], each["b"])) for each in sweep.ratings if each["repeat"]}
        assert rater.pairs == len(repeated)


def test_stars_given_later_are_in_the_table(session: am.Session, sweep: Sweep, tmp_path: Path) -> None:
    session.rate(sweep.images[0], 4)
    session.note(sweep.images[0], "the best")
    row = sweep.to_records()[0]
    assert (row["rating"], row["note"]) == (4, "the best")
    kept = am.open_sweep(sweep.export(tmp_path / "study")).images[0]
    assert (kept.rating, kept.note) == (4, "the best")
    again = session.sweep("a house", quality=["low", "high"])
    assert again.progress.done == 2


@pytest.mark.parametrize(
    ("ask", "sentence"),
    [
        (lambda sweep: sweep.grid("zebra"), "'zebra' is none. Write one of: prompt, animal, quality"),
        (lambda sweep: sweep.grid("quality", "sharpness"), "'sharpness' is none"),
        (lambda sweep: sweep.contrast("sharpnes", "quality", "low"), "no column and no metric 'sharpnes'"),
        (lambda sweep: sweep.plot("quality", "zebra"), "no column and no metric 'zebra'"),
        (lambda sweep: sweep.contrast("sharpness", "quality", "medium"), "No picture has quality 'medium'"),
        (lambda sweep: sweep.to_pandas(["zebra"]), "There is no metric 'zebra'"),
        (lambda sweep: sweep.win_rates("quality"), "There are no ratings yet"),
    ],
)
def test_what_cannot_be_made_is_said_with_what_to_write(sweep: Sweep, ask: Any, sentence: str) -> None:
    with pytest.raises(am.ConfigurationError) as caught:
        ask(sweep)
    assert sentence in str(caught.value)


@pytest.mark.parametrize(
    ("ask", "sentence"),
    [
        (lambda session, sweep: session.export("lecture", sweep), r"write sweep\.export\(folder\)"),
        (lambda session, sweep: session.export("lecture", 5), "Jobs or their pictures are exported, not int"),
        (lambda session, sweep: session.export(session.jobs), "a folder, which is named first, and tuple is no name"),
        (lambda session, sweep: session.export(sweep), "a folder, which is named first, and Sweep is no name"),
        (lambda session, sweep: sweep.export(None), "a folder, which is named first, and NoneType is no name"),
        (lambda session, sweep: sweep.export(""), "a folder, which is named first, and '' is no name"),
        (lambda session, sweep: am.open_sweep(None), "opened by the name of its folder, not NoneType"),  # type: ignore[arg-type]
        (lambda session, sweep: am.open_sweep(sweep), "opened by the name of its folder, not Sweep"),
        (lambda session, sweep: session.delete("x"), "A picture is meant, .* not str"),
        (lambda session, sweep: session.rate("x", 3), "A picture is meant, .* not str"),
        (lambda session, sweep: sweep.labels(None), "A picture is meant, .* not NoneType"),
        (lambda session, sweep: session.retry(None), r"A job is meant, such as one of session\.jobs .* not NoneType"),
        (lambda session, sweep: session.look_again(sweep), "A job is meant, .* not Sweep"),
        (lambda session, sweep: session.held(None), "a URL as text, not NoneType"),
        (lambda session, sweep: sweep.images[0].request.as_curl(None), "origin is None, which is no address"),
        (lambda session, sweep: session.spent(hours="x"), "hours is a number of hours from 0 up, not 'x'"),
        (lambda session, sweep: session.spent(float("nan")), "hours is a number of hours from 0 up, not nan"),
        (lambda session, sweep: session.spent(-1), "hours is a number of hours from 0 up, not -1"),
        (lambda session, sweep: sweep.grid(row=["quality"]), r"arranged by settings, and \['quality'\] is none"),
        (lambda session, sweep: sweep.grid("quality", "prompt", size="1:1"), "'size' is none of them. To show a part"),
        (
            lambda session, sweep: sweep.contact_sheet(colums=2),
            "takes captions and columns, cell, background, font, and 'colums' is none of them",
        ),
        (lambda session, sweep: sweep.contrast("sharpness", ["quality"], "low"), r"a column \['quality'\]"),
        (lambda session, sweep: sweep.contrast(["sharpness"], "quality", "low"), r"no metric \['sharpness'\]"),
        (lambda session, sweep: sweep.plot("quality", "sharpness", by=["animal"]), r"no metric \['animal'\]"),
        (lambda session, sweep: sweep.to_records(5), "named in a list, .* and not by 5"),
        (lambda session, sweep: sweep.to_records([["sharpness"]]), "named in a list"),
        (lambda session, sweep: sweep.grid("animal", None).save(5), r'such as "grid.png", and not to 5'),
        (lambda session, sweep: sweep.plot("quality", "sharpness", ax=5), "ax is what matplotlib draws on, .* not 5"),
        (lambda session, sweep: sweep.methods(statistics=["x"]), r"not \['x'\]"),
        (lambda session, sweep: sweep.to_parquet(None), r'such as "table.parquet", and not to None'),
        (lambda session, sweep: sweep.to_parquet(""), r'such as "table.parquet", and not to \'\''),
        (
            lambda session, sweep: sweep.to_parquet("/dev/null/t.parquet"),
            "Nothing can be written to /dev/null/t.parquet: ",
        ),
    ],
)
def test_a_slip_at_the_call_says_what_to_write(session: am.Session, sweep: Sweep, ask: Any, sentence: str) -> None:
    with pytest.raises(am.ConfigurationError, match=sentence):
        ask(session, sweep)


def test_an_opened_folder_gives_every_figure_again(
    session: am.Session, sweep: Sweep, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    low, high = (next(image for image in sweep.images if image.request.quality == q) for q in ("low", "high"))
    for place, rater in enumerate(["anna", "bert"]):
        rating = {"rater": rater, "a": low.sha256, "b": high.sha256, "choice": "b", "repeat": 0}
        session.library.keep_decision("test", {**rating, "time": f"2026-11-27T09:0{place}:00+00:00"})
    folder = sweep.export(tmp_path / "animals")

    def no_network(*_: Any) -> None:
        raise AssertionError("a network was asked for")

    monkeypatch.setattr(socket.socket, "connect", no_network)
    opened = am.open_sweep(folder)
    assert (opened.name, opened.mode, dict(opened.axes)) == ("animals", "sandbox", dict(sweep.axes))
    assert [image.bytes for image in opened.images] == [image.bytes for image in sweep.images]
    one, two = (each.contrast("sharpness", "quality", "low") for each in (opened, sweep))
    assert one == two
    assert opened.ratings == sweep.ratings
    assert opened.win_rates("quality") == sweep.win_rates("quality")
    assert opened.methods(statistics=[one]) == sweep.methods(statistics=[two])
    assert str(opened.methods()).startswith("These are drawings of an offline sandbox")
    kept, made = (each.grid("background", "output_format") for each in (opened, sweep))
    assert (kept.rows, kept.cols, len(kept.images)) == (made.rows, made.cols, len(made.images))
    assert "A JPEG cannot be transparent" in str(kept.now.missing["transparent", "jpeg"])
    assert opened.plot("quality", "sharpness").get_title() == sweep.plot("quality", "sharpness").get_title()
    without_path = [{**row, "path": None} for row in sweep.to_records(["sharpness"])]
    assert [{**row, "path": None} for row in opened.to_records(["sharpness"])] == without_path
    study = opened.study()
    jobs = {job.id for job in sweep.jobs}
    assert set(study.payloads) == set(study.events) == set(study.answers) == jobs
    assert all('"completed"' in answer for answer in study.answers.values())
    assert {price["quality"] for price in study.prices} == {"low", "high"}
