"""The methods paragraph says what the study holds, sandbox first, and nothing else."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from apimart_widgets.bradley_terry import strengths
from apimart_widgets.contrast import contrast
from apimart_widgets.methods import methods
from apimart_widgets.planning import plan
from apimart_widgets.reference import local_url
from apimart_widgets.results import ImageSet
from apimart_widgets.study import Study
from tests.test_results import encoded, picture

PLAN = {
    "prompts": ["A {animal}", "A house"],
    "axes": {"quality": ["low", "high"], "size": ["1:1", "3:2"]},
    "repeats": 2,
    "n": 1,
    "seed": 7,
    "order": "blocks",
}


def study(prompts: int = 12, mode: str = "live", **changes: Any) -> Study:
    """Pictures of two levels, fetched on two days; half of them billed by the server's own word."""
    images, rows = [], []
    for number, (prompt, quality) in enumerate(itertools.product(range(prompts), ("low", "high"))):
        image = picture(
            f"Fox {prompt}",
            quality=quality,
            size="3:2",
            index=0,
            task_id=f"task_{number}",
            cost=0.25,
            mode=mode,
            data=encoded(seed=number % 2) + bytes(number),
        )
        images.append(image)
        billed = {"cost_unit": "USD", "cost_source": "https://api.apimart.ai, 2026-11-22", "cost_estimated": False}
        if number % 2:
            billed |= {"cost_source": "a list, 2026-11-01", "cost_estimated": True}
        created = f"2026-11-{22 + number % 2}T23:30:00+00:00"
        sharpness = float(prompt % 5 + (9 if quality == "high" else 0))
        rows.append({**ImageSet([image]).to_records()[0], **billed, "created": created, "sharpness": sharpness})
    given = {"name": "foxes", "origin": "https://api.apimart.ai", "plan": PLAN, "mode": mode, "records": rows}
    versions = {"python": "3.11.7", "platform": "Linux", "packages": {"apimart-widgets": "0.1.0", "numpy": "2.4.6"}}
    return Study(**{**given, "images": ImageSet(images), "versions": versions, **changes})


def test_the_whole_paragraph() -> None:
    made = study(
        failures={"job_1": "The safety filter refused.", "job_2": "The safety filter refused.", "job_3": "Gone."},
        prices=[{"source": "a list", "date": "2026-11-01", "price": price} for price in (0.1, 0.2)],
    )
    assert methods(made) == (
        "24 requests brought 24 pictures of 12 prompts (gpt-image-1-official, through api.apimart.ai, from 2026-11-22"
        " to 2026-11-23, UTC). The plan was 2 prompts with every combination of quality (low, high), size (1:1, 3:2), 2"
        " times each, with 1 picture a request. Requests were sent in whole blocks, a prompt after another, in an order"
        " shuffled within each block (seed 7). All pictures have background auto, moderation auto, output_format png. 3"
        " requests brought no picture: 2 × The safety filter refused; 1 × Gone. By the server's account 12 pictures"
        " cost $3.00 in all (https://api.apimart.ai, 2026-11-22). By the price list 12 pictures cost about $3.00 in all"
        " (a list, 2026-11-01); the server named no cost. Prices: a list, 2026-11-01. Software: Python 3.11.7,"
        " apimart-widgets 0.1.0, numpy 2.4.6."
    )


def test_prompts_are_counted_and_not_recited() -> None:
    prompts = ["A fox", "A hare"]
    crossed = study(plan={**PLAN, "prompts": prompts, "axes": {"prompt": prompts, "quality": ["low", "high"]}})
    assert "The plan was 2 prompts with every combination of quality (low, high), 2 times each" in methods(crossed)
    alone = study(plan={**PLAN, "prompts": prompts, "axes": {"prompt": prompts}})
    assert "The plan was 2 prompts, 2 times each" in methods(alone)


def test_sandbox_drawings_are_called_so_before_all_else() -> None:
    text = methods(study(1, mode="sandbox"))
    assert text.startswith("These are drawings of an offline sandbox and no evidence about any model. ")
    assert "Nothing was billed" in text
    assert "By the server's account" not in text
    assert "sandbox" not in methods(study(1))
    assert text.to("zh").startswith("这些是离线沙盒的绘图，不能作为任何模型的证据。")


def test_statistics_are_said_where_they_are_reported() -> None:
    made = study()
    found = [
        contrast(made.records, metric, "quality", "low", seed=3, resamples=500) for metric in ("sharpness", "cost")
    ]
    text = methods(made, statistics=found)
    assert text.endswith(
        "Differences in sharpness, cost between levels of quality were taken within prompt and size against low,"
        " averaged per prompt and then over prompts. Their 95 % intervals come from a bootstrap over prompts (500"
        " draws, seed 3), p from a sign-flip test over prompts, adjusted after Holm for the levels of a contrast."
    )
    assert "bootstrap" not in methods(made)


def test_an_interval_that_is_not_there_is_not_described() -> None:
    made = study(4)
    assert "bootstrap" not in methods(made, statistics=[contrast(made.records, "sharpness", "quality", "low")])


@pytest.mark.parametrize(("prompts", "drawn"), [(12, True), (4, False)])
def test_preferences_are_said_with_their_model(prompts: int, drawn: bool) -> None:
    made = study(prompts)
    pairs = list(zip(made.images[0::2], made.images[1::2], strict=True))
    ratings = [
        {"rater": f"r{place % 3}", "a": a.sha256, "b": b.sha256, "choice": choice, "time": "", "repeat": 0}
        for place, ((a, b), choice) in enumerate(itertools.product(pairs, ("a", "b", "b", "tie")))
    ]
    text = methods(made, statistics=[strengths(ratings, made.records, "quality", seed=5, resamples=200)])
    assert "fitted by a Bradley-Terry model with ties after Davidson (1970)." in text
    assert ("over prompts and raters (200 draws, seed 5)" in text) == drawn


def test_what_is_not_known_is_not_said() -> None:
    bare = study(1, plan={}, versions={}, records=[{**row, "cost": None} for row in study(1).records])
    assert methods(bare) == (
        "2 requests brought 2 pictures of 1 prompt (gpt-image-1-official, through api.apimart.ai, from 2026-11-22 to"
        " 2026-11-23, UTC). All pictures have size 3:2, background auto, moderation auto, output_format png. No request"
        " failed. What 2 pictures cost is not known."
    )


@pytest.mark.parametrize(
    ("plan", "sentence"),
    [
        ({"order": "plan"}, "Requests were sent in the order of the plan."),
        ({"order": "blocks"}, "in an order shuffled within each block."),
        ({"order": "all at once."}, "Order of the requests: all at once."),
        ({"prompts": "A fox"}, "The plan was 1 prompt, once each, with 1 picture a request."),
        (
            {"prompts": ["A fox"], "axes": {"quality": "low", "resolution": [None, "2k"]}},
            "quality (low), resolution (–, 2k)",
        ),
    ],
)
def test_the_plan_is_read_as_it_is(plan: dict[str, Any], sentence: str) -> None:
    assert sentence in methods(study(1, plan=plan))


def test_what_was_left_out_is_said_with_the_reason() -> None:
    fields = {"n": [1, 2], "quality": ["low", "high"], "background": ["transparent", "opaque"]}
    made = plan("A fox", fields={**fields, "output_format": ["png", "jpeg"]})
    assert (
        "The plan was 1 prompt with every combination of n (1, 2), quality (low, high), background (transparent,"
        " opaque), output_format (png, jpeg), once each, with n pictures a request. Left out of these combinations: 4 ×"
        " background transparent, output_format jpeg (A JPEG cannot be transparent. Write"
    ) in methods(study(1, plan=made.describe()))
    assert "Left out" not in methods(study(1, plan=plan("A fox", fields=fields).describe()))


def test_of_many_reasons_the_rest_is_counted() -> None:
    left_out = [{"levels": {"animal": str(n)}, "reason": f"Number {n}."} for n in range(7)]
    text = methods(study(1, plan={"prompts": ["A fox"], "left_out": left_out}))
    assert "; 1 × animal 4 (Number 4); and 2 more." in text
    assert "；另有 2 个。" in text.to("zh")


def test_prompts_are_not_crossed_with_a_name_they_lack() -> None:
    made = plan(["A hat", "A {z} {{y}} hat", "A {y} hat"], fields={"z": ["b", "c"], "y": "d", "quality": ["low"]})
    assert (
        "The plan was 3 prompts (z (b, c), y (d) filled in where a prompt names it) with every combination of quality"
        " (low), once each"
    ) in methods(study(1, plan=made.describe()))
    every = plan(["A {z} hat", "A {z} fox"], fields={"z": ["b", "c"]})
    assert "2 prompts with every combination of z (b, c), once each" in methods(study(1, plan=every.describe()))


def test_references_are_named_in_words() -> None:
    made = plan("A fox", fields={"image_urls": [[local_url("ab" * 32, "fox.png"), "https://example.com/1.png"], None]})
    assert "image_urls ([fox.png, sha256 abababababababab, https://example.com/1.png], –)" in methods(
        study(1, plan=made.describe())
    )


def test_it_can_be_said_in_chinese() -> None:
    text = methods(study(2)).to("zh")
    assert "4 个请求得到 2 个提示词的 4 张图片" in text
    assert "brought" not in text


def test_an_opened_study_says_the_same(tmp_path: Any) -> None:
    made = study(2)
    assert methods(Study.open(made.save(tmp_path / "study"))) == methods(made)
