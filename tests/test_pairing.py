"""Pairs for blind ratings: balanced, blind, the same from the same seed, a tenth of them twice."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import apimart_widgets as am
from apimart_widgets.pairing import APART, Plan, plan
from tests.examples import examples
from tests.pictures import made

QUALITIES = ("low", "medium", "high")
STUDY = [
    made(f"Fox {prompt}", quality=quality, size=size, take=take)
    for prompt in range(3)
    for size in ("1:1", "3:2")
    for quality in QUALITIES
    for take in range(2)
]


def known(images: list[am.GeneratedImage]) -> dict[str, am.GeneratedImage]:
    return {image.sha256: image for image in images}


def firsts(found: Plan) -> list[Any]:
    return [pair for pair in found.pairs if not pair.repeat]


def spread(counts: Counter[Any]) -> int:
    return max(counts.values()) - min(counts.values())


STUDIES = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from(["1:1", "3:2"]), st.sampled_from(QUALITIES), st.integers(0, 2)),
    min_size=2,
    max_size=30,
    unique=True,
).map(lambda drawn: [made(f"Fox {p}", size=size, quality=quality, take=take) for p, size, quality, take in drawn])


@settings(max_examples=examples(60), deadline=None)
@given(STUDIES, st.integers(1, 60), st.integers(0, 1000), st.randoms(use_true_random=False))
def test_every_plan_is_of_comparable_pairs(
    images: list[am.GeneratedImage], pairs: int, seed: int, dice: random.Random
) -> None:
    possible = {
        frozenset((one.sha256, two.sha256))
        for one in images
        for two in images
        if one.request.quality != two.request.quality
        and (one.request.prompt, one.request.size) == (two.request.prompt, two.request.size)
    }
    if not possible:
        with pytest.raises(am.ConfigurationError):
            plan(images, "quality", pairs=pairs, seed=seed)
        return
    found = plan(images, "quality", pairs=pairs, seed=seed)
    asked = [frozenset((pair.a, pair.b)) for pair in firsts(found)]
    assert len(set(asked)) == len(asked) == min(pairs, len(possible))
    assert set(asked) <= possible
    assert (found.notice is None) == (pairs <= len(possible))
    _repeats_are_of_earlier_pairs(found)
    assert plan(dice.sample(images, len(images)), "quality", pairs=pairs, seed=seed) == found


def _repeats_are_of_earlier_pairs(found: Plan) -> None:
    count = len(firsts(found))
    repeats = [place for place, pair in enumerate(found.pairs) if pair.repeat]
    assert len(repeats) == (-(-count // 10) if count > 1 else 0)
    assert len({(found.pairs[place].a, found.pairs[place].b) for place in repeats}) == len(repeats)
    for place in repeats:
        again = found.pairs[place]
        (first,) = (at for at, pair in enumerate(found.pairs) if (pair.a, pair.b, pair.repeat) == (again.b, again.a, 0))
        between = sum(not pair.repeat for pair in found.pairs[first + 1 : place])
        assert between >= min(APART, count // 2)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("pairs", [18, 36, 54, 72])
def test_levels_prompts_pictures_and_sides_are_balanced(pairs: int, seed: int) -> None:
    found = firsts(plan(STUDY, "quality", pairs=pairs, seed=seed))
    pictures = known(STUDY)
    levels, cells, uses, left = Counter(), Counter(), Counter(), Counter()  # type: ignore[var-annotated]
    for pair in found:
        one, two = pictures[pair.a].request, pictures[pair.b].request
        compared = tuple(sorted((one.quality, two.quality)))
        levels[compared] += 1
        cells[compared, one.prompt, one.size] += 1
        uses.update((pair.a, pair.b))
        left[compared] += one.quality == compared[0]
    assert len(levels) == 3
    assert len(cells) == 18
    assert len(uses) == len(STUDY)
    assert spread(levels) == spread(cells) == 0
    assert spread(uses) <= 2
    for compared, count in levels.items():
        assert abs(2 * left[compared] - count) <= 1


def test_another_seed_draws_another_choice_order_and_sides() -> None:
    one, two = (plan(STUDY, "quality", pairs=20, seed=seed) for seed in (1, 2))
    assert plan(STUDY, "quality", pairs=20, seed=1) == one
    assert [frozenset((pair.a, pair.b)) for pair in one.pairs] != [frozenset((pair.a, pair.b)) for pair in two.pairs]
    assert {(pair.a, pair.b) for pair in firsts(one)} != {(pair.a, pair.b) for pair in firsts(two)}


def test_the_order_does_not_go_by_prompt_or_level() -> None:
    pictures = known(STUDY)
    shown = [pictures[pair.a].request.prompt for pair in firsts(plan(STUDY, "quality", pairs=72))]
    changes = sum(one != two for one, two in itertools.pairwise(shown))
    assert changes > 30  # sorted there would be 2


def test_two_hundred_pairs_become_two_hundred_and_twenty() -> None:
    images = [
        made(f"Fox {prompt}", quality=quality, take=take)
        for prompt in range(10)
        for quality in ("low", "high")
        for take in range(5)
    ]
    found = plan(images, "quality", pairs=200)
    assert (found.found, len(found.pairs), found.notice) == (200, 220, None)


def test_fewer_pairs_than_asked_for_are_said() -> None:
    found = plan(STUDY, "quality", pairs=1000)
    assert found.found == 72
    assert found.notice == "These pictures make 72 different pairs; 1000 were asked for."


def test_a_picture_that_is_there_twice_counts_once() -> None:
    assert plan([*STUDY, *STUDY], "quality", pairs=30) == plan(STUDY, "quality", pairs=30)


def test_sizes_are_compared_within_a_prompt() -> None:
    found = plan(STUDY, "size", pairs=50)
    pictures = known(STUDY)
    for pair in found.pairs:
        assert pictures[pair.a].request.prompt == pictures[pair.b].request.prompt
        assert pictures[pair.a].request.size != pictures[pair.b].request.size


@pytest.mark.parametrize(
    ("images", "given", "sentence"),
    [
        ([], {}, "There are no pictures to compare"),
        (["fox.png"], {}, "not str"),
        (STUDY[0], {}, "All pictures have quality 'low'"),
        (STUDY, {"by": "colour"}, r"no setting 'colour' .* one of: .*quality"),
        (STUDY, {"by": ["quality"]}, "no setting"),
        (STUDY, {"by": "sha256"}, "no setting"),
        (STUDY, {"by": "prompt"}, "prompts cannot be compared"),
        ([made(image_urls=["https://a.example/1.png"])], {"by": "image_urls"}, "lists"),
        (STUDY, {"by": "model"}, "All pictures have model"),
        (STUDY, {"pairs": 0}, "pairs is a whole number from 1"),
        (STUDY, {"pairs": True}, "pairs is a whole number from 1"),
        (STUDY, {"seed": -1}, "seed is a whole number"),
        ([made("One", quality="low"), made("Two", quality="high")], {}, "No prompt and size has pictures with two"),
        ([made(quality="low"), made(quality="high", mode="sandbox")], {}, "live and the others are sandbox"),
    ],
)
def test_what_cannot_be_compared_is_said(images: Any, given: dict[str, Any], sentence: str) -> None:
    with pytest.raises(am.ConfigurationError, match=sentence):
        plan(images, **given)
