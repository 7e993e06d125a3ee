"""The models as data, their prices, and making a model known."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import pytest

from apimart_widgets import ConfigurationError, Estimate, ImageRequest, PriceList, models, register_model
from apimart_widgets.catalog import DEFAULT_MODEL, model, money, nearest, unregister_model
from apimart_widgets.sandbox.models import MODELS as SERVER_MODELS

NAME = "gpt-image-9-official"


@pytest.fixture(autouse=True)
def _forget() -> Any:
    yield
    unregister_model(NAME)
    unregister_model(DEFAULT_MODEL)


def test_the_models_of_the_specification_come_first() -> None:
    assert [known.name for known in models()] == [
        "gpt-image-1-official",
        "gpt-image-1.5-official",
        "gpt-image-2-official",
    ]
    assert models()[0].name == DEFAULT_MODEL


@pytest.mark.parametrize("name", SERVER_MODELS)
def test_each_model_is_what_the_sandbox_takes(name: str) -> None:
    ours, theirs = model(name), SERVER_MODELS[name]
    assert ours is not None
    assert set(ours.sizes) == set(theirs.ratios)
    assert set(ours.output_formats) == set(theirs.formats)
    assert ("transparent" in ours.backgrounds) == theirs.transparent
    assert (ours.max_references, tuple(ours.resolutions)) == (theirs.most_references, tuple(theirs.resolutions))
    for size, pixels in ours.sizes.items():
        assert pixels in (None, theirs.pixels(size))


@pytest.mark.parametrize(
    ("name", "square", "oblong"),
    [
        ("gpt-image-1-official", (0.011, 0.042, 0.167), (0.016, 0.063, 0.25)),
        ("gpt-image-1.5-official", (0.009, 0.034, 0.133), (0.013, 0.05, 0.20)),
    ],
)
def test_list_prices(name: str, square: tuple[float, ...], oblong: tuple[float, ...]) -> None:
    known = model(name)
    assert known is not None
    assert known.prices is not None
    assert (known.prices.unit, known.prices.date) == ("USD", "2026-11-22")
    for size, listed in (("1:1", square), ("2:3", oblong), ("3:2", oblong)):
        for quality, price in zip(("low", "medium", "high"), listed, strict=True):
            assert known.prices.per_image(size, known.pixels(size), quality) == (price, price)
        assert known.prices.per_image(size, None, "auto") == (listed[0], listed[2])


def test_nothing_is_promised_for_the_third_model() -> None:
    known = model("gpt-image-2-official")
    assert known is not None
    assert known.prices is None
    assert set(known.sizes.values()) == {None}


def test_a_price_list_by_pixels_and_a_flat_one() -> None:
    listed = PriceList({("1536x1024", "low"): 0.02}, "USD", "example", "2026-01-01", flat=0.5)
    assert listed.per_image("3:2", (1536, 1024), "low") == (0.02, 0.02)
    assert listed.per_image("3:2", None, "low") == (0.5, 0.5)
    assert PriceList({}, "USD", "example", "2026-01-01").estimate("1:1", None, "low", 1) is None


def test_an_estimate_spans_what_auto_may_become() -> None:
    known = model(DEFAULT_MODEL)
    assert known is not None
    assert known.prices is not None
    estimate = known.prices.estimate("1:1", None, "auto", 4)
    assert estimate == Estimate(0.011 * 4, 0.167 * 4, "USD", known.prices.source, known.prices.date)
    assert str(estimate) == "$0.044 to $0.67"
    assert str(Estimate(2.0, 2.0, "credits", "example", "2026-01-01")) == "about 2.00 credits"


@pytest.mark.parametrize(
    ("amount", "text"), [(0, "$0.00"), (0.009, "$0.009"), (0.0113, "$0.011"), (0.1, "$0.10"), (1234.5, "$1234.50")]
)
def test_money_is_shown_in_cents_or_two_digits(amount: float, text: str) -> None:
    assert money(amount, "USD") == text


def test_nearest_is_a_likely_slip_or_nothing() -> None:
    assert nearest("hgih", ["low", "high"]) == "high"
    assert nearest("ultra", ["low", "high"]) is None


# ---- register_model


def test_a_registered_model_is_known_until_forgotten() -> None:
    registered = register_model(f" {NAME} ", sizes={"7:5": [1400, 1000], "1:1": None}, qualities=["auto", "ultra"])
    assert registered == model(NAME) == models()[-1]
    assert ImageRequest("A fox", model=NAME, size="7:5", quality="ultra").pixels == (1400, 1000)
    assert registered.max_references == 15
    unregister_model(NAME)
    assert model(NAME) is None


def test_a_registered_model_has_no_price_unless_given_one() -> None:
    assert register_model(NAME).prices is None
    listed = PriceList({}, "USD", "example", "2026-01-01", flat=1.0)
    assert register_model(NAME, like="gpt-image-2-official", prices=listed).prices is listed


def test_what_was_handed_in_can_change_without_changing_the_model() -> None:
    sizes, words = {"1:1": (8, 8)}, ["auto"]
    registered = register_model(NAME, sizes=sizes, qualities=words)
    sizes["2:3"] = (8, 12)
    words.append("low")
    assert (dict(registered.sizes), registered.qualities) == ({"1:1": (8, 8)}, ("auto",))
    assert isinstance(registered.sizes, MappingProxyType)


def test_a_listed_model_described_anew_comes_back_when_forgotten() -> None:
    before = model(DEFAULT_MODEL)
    assert register_model(DEFAULT_MODEL, max_references=1) == model(DEFAULT_MODEL)
    unregister_model(DEFAULT_MODEL)
    assert model(DEFAULT_MODEL) == before
    assert models()[0].name == DEFAULT_MODEL
    unregister_model("never heard of")


@pytest.mark.parametrize("name", ["", "  ", None, 3, ["a"]])
def test_a_model_needs_a_name(name: Any) -> None:
    with pytest.raises(ConfigurationError, match="A model needs a name"):
        register_model(name)


@pytest.mark.parametrize("like", ["gpt-image-0", None, ["a"]])
def test_a_model_resembles_a_known_one(like: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"Write like= one of: gpt-image-1-official, .*\.$"):
        register_model(NAME, like=like)


def test_a_model_has_no_other_fields() -> None:
    with pytest.raises(ConfigurationError, match=r"no field 'max_refs'\. Its fields are: title, sizes, qualities"):
        register_model(NAME, max_refs=3)
    with pytest.raises(TypeError):
        register_model(NAME, name="another")  # type: ignore[misc]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("sizes", ["1:1"]),
        ("sizes", {"1:1": "1024x1024"}),
        ("sizes", {"1:1": (1024,)}),
        ("sizes", {1: None}),
        ("qualities", "low"),
        ("output_formats", [1]),
        ("resolutions", None),
        ("max_images", 0),
        ("max_images", "4"),
        ("max_references", True),
        ("takes_mask", 1),
        ("prices", 0.04),
        ("title", None),
    ],
)
def test_a_field_of_the_wrong_form_is_told_how_to_write_it(field: str, value: Any) -> None:
    with pytest.raises(ConfigurationError, match=rf"^{field} of a model cannot be that\. Write it as in {field}="):
        register_model(NAME, **{field: value})
    assert model(NAME) is None
