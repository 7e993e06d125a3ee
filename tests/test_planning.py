"""What a sweep asks for: every combination once, in whole blocks, and why some are left out."""

from __future__ import annotations

import itertools
import json
import math
import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apimart_widgets.catalog import register_model, unregister_model
from apimart_widgets.errors import ConfigurationError, RequestWarning
from apimart_widgets.planning import MOST_REQUESTS, plan

QUALITIES = st.lists(st.sampled_from(["auto", "low", "medium", "high"]), min_size=1, unique=True)
SIZES = st.lists(st.sampled_from(["1:1", "3:2", "2:3"]), min_size=1, unique=True)
PROMPTS = st.lists(st.text("abc", min_size=1, max_size=3), min_size=1, max_size=4, unique=True)


@given(PROMPTS, QUALITIES, SIZES, st.integers(1, 3), st.integers(0, 99))
def test_every_combination_is_asked_for_as_often_as_wanted(
    prompts: list[str], qualities: list[str], sizes: list[str], repeats: int, seed: int
) -> None:
    made = plan(prompts, repeats=repeats, seed=seed, fields={"quality": qualities, "size": sizes})
    asked = [(cell.request.prompt, cell.request.quality, cell.request.size, cell.repeat) for cell in made.cells]
    assert sorted(asked) == sorted(itertools.product(prompts, qualities, sizes, range(repeats)))
    # Whole blocks: once a prompt is left it does not come back.
    assert [prompt for prompt, _ in itertools.groupby(cell.request.prompt for cell in made.cells)] == prompts
    again = plan(prompts, repeats=repeats, seed=seed, fields={"quality": qualities, "size": sizes})
    assert [cell.request for cell in again.cells] == [cell.request for cell in made.cells]


def test_the_seed_shuffles_within_a_block() -> None:
    fields = {"quality": ["low", "medium", "high"], "size": ["1:1", "3:2", "2:3"]}
    orders = {
        tuple(cell.request.quality for cell in plan("A fox", seed=seed, fields=fields).cells) for seed in range(9)
    }
    assert len(orders) > 1


def test_names_in_a_prompt_are_filled_in() -> None:
    made = plan("a {animal} in {style}", fields={"animal": ["fox", "owl"], "style": ["ink", "oil"]})
    assert {cell.request.prompt for cell in made.cells} == {
        "a fox in ink",
        "a fox in oil",
        "a owl in ink",
        "a owl in oil",
    }
    assert dict(made.cells[0].levels) == {"animal": "fox", "style": "ink"}
    assert [cell.block for cell in made.cells] == [0, 1, 2, 3]


def test_doubled_braces_stand_for_themselves() -> None:
    (cell,) = plan("a {{curly}} {animal}", fields={"animal": "fox"}).cells
    assert cell.request.prompt == "a {curly} fox"


def test_combinations_that_break_a_rule_are_left_out_with_the_reason() -> None:
    made = plan("A fox", fields={"background": ["auto", "transparent"], "output_format": ["png", "jpeg"]})
    assert len(made.cells) == 3
    ((levels, count, reason),) = made.reasons
    assert (dict(levels), count) == ({"background": "transparent", "output_format": "jpeg"}, 1)
    assert str(reason).startswith("A JPEG cannot be transparent.")
    assert made.describe()["left_out"][0]["levels"] == {"background": "transparent", "output_format": "jpeg"}


@pytest.mark.parametrize(
    ("levels", "sentence"),
    [
        ([4, 9], r"n=9 becomes n=4, .* 1 to 4 pictures a request\. .* take 9 out of the list\."),
        ([5, 9], r"n=9 becomes n=4, .* take 9 out of the list\."),
        ([0, 1], r"n=0 becomes n=1, .* take 0 out of the list\."),
    ],
)
def test_two_levels_that_ask_for_the_same_are_no_comparison(levels: list[int], sentence: str) -> None:
    with pytest.raises(ConfigurationError, match=sentence):
        plan("A fox", fields={"n": levels})


def test_levels_are_those_the_server_makes() -> None:
    fields = {"background": ["transparent", "auto"], "output_format": ["jpeg", "png"]}
    with pytest.warns(RequestWarning, match="n=9 becomes n=4"):
        made = plan("A fox", fields={**fields, "n": [9, 1]})
    assert made.axes["n"] == (4, 1)
    assert {(cell.levels["n"], cell.request.n) for cell in made.cells} == {(4, 4), (1, 1)}
    assert {each.levels["n"] for each in made.left_out} == {4, 1}
    with pytest.warns(RequestWarning, match="n=9 becomes n=4"):
        assert plan("A fox", fields={"n": 9}).describe()["n"] == 4


def test_models_that_make_other_numbers_have_their_own_levels() -> None:
    register_model("gpt-image-9-official", max_images=6)
    try:
        with pytest.warns(RequestWarning, match="n=9 becomes n=[46]"):
            made = plan("A fox", fields={"model": ["gpt-image-1-official", "gpt-image-9-official"], "n": [1, 9]})
    finally:
        unregister_model("gpt-image-9-official")
    assert made.axes["n"] == (1, 4, 6)
    assert all(cell.levels["n"] == cell.request.n for cell in made.cells)


def test_what_asks_for_the_same_is_asked_for_once() -> None:
    made = plan(["a red fox", "a {colour} fox"], fields={"colour": ["red", "blue"]})
    assert [cell.request.prompt for cell in made.cells] == ["a red fox", "a blue fox"]
    assert str(made.left_out[0].reason) == "It asks for the same as prompt=a red fox, colour=None."


def test_a_warning_comes_once_however_many_requests_it_is_about() -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        plan(["A fox", "An owl"], fields={"quality": ["low", "high"], "output_compression": 50})
    assert len(caught) == 1


def test_a_list_of_addresses_is_one_setting_and_a_list_of_lists_an_axis() -> None:
    one, two = "https://example.com/1.png", "https://example.com/2.png"
    (cell,) = plan("A fox", fields={"image_urls": [one, two]}).cells
    assert cell.request.image_urls == (one, two)
    made = plan("A fox", fields={"image_urls": [[one], [two], None]})
    assert {cell.request.image_urls for cell in made.cells} == {(one,), (two,), None}


@pytest.mark.parametrize("column", [np.array, pd.Series, pd.Index])
def test_levels_may_come_as_a_column_of_a_table(column: Any) -> None:
    made = plan("a {animal}", fields={"animal": column(["fox", "owl"]), "n": column([1, 2])})
    assert dict(made.axes) == {"animal": ("fox", "owl"), "n": (1, 2)}
    assert json.loads(json.dumps(made.describe()))["axes"] == {"animal": ["fox", "owl"], "n": [1, 2]}
    assert plan("a fox", fields={"n": [np.int64(1), np.int64(2)]}).axes["n"] == (1, 2)
    assert plan(column(["a fox", "an owl"])).prompts == ("a fox", "an owl")


@pytest.mark.parametrize(
    ("prompt", "settings", "sentence"),
    [
        ("A fox", {"fields": {"qualty": ["low"]}}, "Did you mean 'quality'?"),
        ("A fox", {"fields": {"zebra": ["low"]}}, "Settings are: model, size"),
        ("A fox", {"fields": {"quality": []}}, "quality has no level. Write at least one"),
        ("A fox", {"fields": {"quality": ["low", "low"]}}, "repeats=2"),
        ("A fox", {"fields": {"quality": {"low"}}}, "Write a list: quality="),
        ("A fox", {"fields": {"quality": iter(["low"])}}, "Write a list: quality="),
        ("A fox", {"fields": {"quality": ["ultra", "low"]}}, "quality cannot be 'ultra' in any combination"),
        ("A fox", {"fields": {"n": [1, 2.5]}}, "n cannot be 2.5 in any combination"),
        ("A fox", {"fields": {"n": [[1], [2]]}}, "n cannot be [1] in any combination"),
        ("A fox", {"fields": {"size": "16:9"}}, "Write one of '1:1', '2:3', '3:2'"),
        ("a {animal}", {}, 'Write animal=["...", "..."]'),
        ("a {animal}", {"fields": {"animal": []}}, "animal has no level"),
        ("a {", {}, "Write {{ and }}"),
        ("a {}", {}, "Write {{ and }}"),
        ("a {animal!r}", {"fields": {"animal": ["fox"]}}, "Write {{ and }}"),
        ("a {animal.legs}", {"fields": {"animal": ["fox"]}}, "Write {{ and }}"),
        ("a {quality}", {}, "another name"),
        ("a {repeat}", {"fields": {"repeat": ["x", "y"]}}, "such as {the_repeat}"),
        ("a {sharpness}", {"fields": {"sharpness": ["x", "y"]}}, "such as {the_sharpness}"),
        ("a {name}", {}, "such as {the_name}"),
        ("a {class}", {}, "such as {the_class}"),
        ("a {animal}", {"fields": {"animal": {"fox": 1}.keys()}}, "Write a list: animal="),
        ("a {animal}", {"fields": {"animal": {"fox": 1}}}, "a text or a number, and {'fox': 1} is neither"),
        ("a {animal}", {"fields": {"animal": [None, "fox"]}}, "a text or a number, and None is neither"),
        ("a {animal}", {"fields": {"animal": [b"fox"]}}, "a text or a number, and b'fox' is neither"),
        ("a {animal}", {"fields": {"animal": [math.nan]}}, "a text or a number, and nan is neither"),
        ("a {number}", {"fields": {"number": range(10**7)}}, "has 10000000 requests, and 1000 is the most"),
        ("", {}, "The prompt is empty"),
        ([], {}, "session.sweep"),
        (5, {}, "session.sweep"),
        (["A fox", 5], {}, "session.sweep"),
        (["A fox", "A fox"], {}, "prompt names 'A fox' twice"),
        ("A fox", {"repeats": 0}, "repeats is a whole number of at least 1"),
        ("A fox", {"repeats": True}, "repeats is a whole number of at least 1"),
        ("A fox", {"seed": -1}, "seed is a whole number of at least 0"),
        ("A fox", {"repeats": MOST_REQUESTS + 1}, f"{MOST_REQUESTS} is the most"),
        ([f"Fox {n}" for n in range(400)], {"fields": {"quality": ["low", "medium", "high"]}}, "has 1200 requests"),
    ],
)
def test_what_cannot_be_planned_is_said_with_what_to_write(
    prompt: Any, settings: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        plan(prompt, **settings)
    assert sentence in str(caught.value)
