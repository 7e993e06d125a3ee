"""``ImageRequest`` as a value: what it sends, and that it survives whatever is done with values."""

from __future__ import annotations

import copy
import dataclasses
import json
import math
import pickle
import warnings
from collections.abc import Mapping
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apimart_widgets import ImageRequest, InvalidRequest, RequestWarning
from apimart_widgets.reference import local_reference, local_url
from apimart_widgets.request import DEFAULTS, FIELDS, FrozenDict, encode_payload, thaw
from apimart_widgets.sandbox.app import create_app
from tests.in_process import InProcess

FULL: dict[str, Any] = {
    "model": "gpt-image-2-official",
    "prompt": 'A "red" fox',
    "size": "16:9",
    "n": 3,
    "quality": "low",
    "background": "opaque",
    "moderation": "low",
    "output_format": "jpeg",
    "output_compression": 0,
    "image_urls": ["https://example.com/a.png", "https://example.com/b.png"],
    "mask_url": "https://example.com/mask.png",
    "resolution": "2k",
}
EXTRA = {"seed": 0, "tags": ["a", {"b": None}], "on": False, "name": ""}
PROMPTS = [
    'It\'s a "fox" `in` $HOME \\ {braces} %s !',
    "</script><script>alert(1)</script>",
    "one\ntwo\r\n\tthree\x00\x7f\u2028\u2029end",
    "一只在月光下的狐狸，水墨画。",
    "🦊👩‍👩‍👧‍👦 e\u0301 \u202eright to left",
    "x" * 32_000,
    "🦊" * 32_000,
]


def with_extra(**fields: Any) -> ImageRequest:
    with pytest.warns(RequestWarning, match="unchecked"):
        return ImageRequest(**fields, extra_body=EXTRA)


def test_the_payload_is_every_field_that_is_not_none() -> None:
    assert ImageRequest(**FULL).to_payload() == FULL
    assert with_extra(**FULL).to_payload() == FULL | EXTRA
    assert list(ImageRequest(**FULL).to_payload()) == list(FULL)


def test_the_payload_belongs_to_the_caller() -> None:
    request = with_extra(**FULL)
    payload = request.to_payload()
    payload["image_urls"].append("https://example.com/c.png")
    payload["tags"][1]["b"] = 1
    assert request.to_payload() == FULL | EXTRA


def test_later_changes_of_what_was_handed_in_do_not_reach_the_request() -> None:
    urls, extra = list(FULL["image_urls"]), copy.deepcopy(EXTRA)
    with pytest.warns(RequestWarning, match="unchecked"):
        request = ImageRequest(**{**FULL, "image_urls": urls}, extra_body=extra)
    before = hash(request)
    urls.clear()
    extra["tags"][1]["b"] = 1  # type: ignore[index]
    extra["more"] = 1
    assert request.to_payload() == FULL | EXTRA
    assert hash(request) == before


def test_a_request_cannot_be_changed() -> None:
    request = with_extra(**FULL)
    with pytest.raises(dataclasses.FrozenInstanceError):
        request.prompt = "A hen"  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError):
        del request.prompt
    with pytest.raises(TypeError):
        request.extra_body["seed"] = 1  # type: ignore[index]
    with pytest.raises(TypeError):
        request.extra_body["tags"][0] = 1
    assert isinstance(request.image_urls, tuple)


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda value: pickle.loads(pickle.dumps(value))])
def test_copies_and_pickles_are_equal(copied: Any) -> None:
    request = with_extra(**FULL)
    other = copied(request)
    assert other == request
    assert hash(other) == hash(request)
    assert other.to_payload() == request.to_payload()
    assert {request, other} == {request}


def test_requests_differ_by_any_field() -> None:
    request = ImageRequest(**FULL)
    others = [
        request.replace(prompt="A hen"),
        request.replace(n=2),
        request.replace(image_urls=FULL["image_urls"][::-1]),
        request.replace(mask_url=None),
        with_extra(**FULL),
    ]
    assert len({request, *others}) == 6
    assert len({one.fingerprint() for one in (request, *others)}) == 6


def test_replace_checks_anew() -> None:
    request = ImageRequest(**FULL)
    assert request.replace() == request
    assert dataclasses.replace(request, n=1) == request.replace(n=1) == ImageRequest(**{**FULL, "n": 1})
    with pytest.raises(InvalidRequest, match="resolution"):
        request.replace(model="gpt-image-1-official", size="1:1")
    with pytest.raises(InvalidRequest, match="mask_url"):
        request.replace(image_urls=None)
    with pytest.raises(InvalidRequest, match="no field 'promt'"):
        request.replace(promt="A hen")


def test_a_stored_payload_is_read_back_without_being_judged() -> None:
    request = with_extra(**FULL)
    assert ImageRequest.from_payload(request.to_payload()) == request
    assert ImageRequest.from_payload(json.loads(encode_payload(request.to_payload()))) == request
    old = ImageRequest.from_payload({"model": "gone", "prompt": "", "n": 9, "seed": 7})
    assert (old.model, old.n, old.extra_body, old.pixels) == ("gone", 9, {"seed": 7}, None)
    assert [problem.field for problem in old.check()] == ["prompt", "model"]
    assert request.check() == ()


def test_the_defaults_are_those_of_the_constructor() -> None:
    assert {name: getattr(ImageRequest("A fox"), name) for name in FIELDS} == {**DEFAULTS, "prompt": "A fox"}


def test_a_repr_shows_what_differs_from_the_defaults() -> None:
    assert repr(ImageRequest("A fox", n=2)) == "ImageRequest('A fox', n=2)"
    assert repr(with_extra(prompt="A fox")) == f"ImageRequest('A fox', extra_body={EXTRA!r})"
    assert eval(repr(ImageRequest(**FULL)), {"ImageRequest": ImageRequest}) == ImageRequest(**FULL)
    assert len(repr(ImageRequest("x" * 32_000))) < 110


@pytest.mark.parametrize("prompt", PROMPTS, ids=range(len(PROMPTS)))
def test_any_prompt_comes_back_as_it_was(prompt: str) -> None:
    request = ImageRequest(prompt)
    with httpx.Client(transport=InProcess(create_app(seconds=0)), base_url="https://sandbox.apimart.invalid") as http:
        headers = {"Authorization": "Bearer sk-test", "Content-Type": "application/json"}
        sent = http.post("/v1/images/generations", content=encode_payload(request.to_payload()), headers=headers)
        assert sent.status_code == 200
        (task,) = http.get("/sandbox/ledger").json()["tasks"]
    assert task["payload"]["prompt"] == prompt
    assert json.loads(request.as_json())["prompt"] == prompt
    assert pickle.loads(pickle.dumps(request)).prompt == prompt


def test_the_same_payload_is_the_same_bytes() -> None:
    payload = ImageRequest("狐狸", n=2).to_payload()
    assert encode_payload(payload) == encode_payload(json.loads(encode_payload(payload)))
    assert "狐狸".encode() in encode_payload(payload)


# ---- pictures on this machine


LOCAL = ImageRequest(
    "A fox",
    image_urls=[local_url("aa" * 32, "fox one.png"), "https://example.com/a.png", local_url("bb" * 32, "two.png")],
    mask_url=local_url("cc" * 32, "mask.png"),
)


def test_local_pictures_are_replaced_by_their_uploads_and_nowhere_else() -> None:
    assert [str(picture) for picture in LOCAL.local_references()] == [
        f"fox one.png, sha256 {'a' * 16}",
        f"two.png, sha256 {'b' * 16}",
        f"mask.png, sha256 {'c' * 16}",
    ]
    sent = LOCAL.with_uploads({"aa" * 32: "https://f/1", "bb" * 32: "https://f/2", "cc" * 32: "https://f/3"})
    assert sent["image_urls"] == ["https://f/1", "https://example.com/a.png", "https://f/2"]
    assert sent["mask_url"] == "https://f/3"
    assert LOCAL.to_payload() | sent == sent
    assert ImageRequest("A fox").with_uploads({}) == ImageRequest("A fox").to_payload()


@pytest.mark.parametrize(
    "name", ["fox.png", "a/b?c#d%.png", "狐狸.png", "line\nbreak.png", "", "..", "latin-1 \udce9.png"]
)
def test_a_local_picture_keeps_its_name(name: str) -> None:
    request = ImageRequest("A fox", image_urls=[local_url("ab", name)])
    (picture,) = request.local_references()
    assert picture.sha256 == "ab"
    assert picture.name == name.replace("\udce9", "?")
    assert str(picture).isprintable()


def test_an_ordinary_address_is_no_local_picture() -> None:
    assert local_reference("https://example.com/picture.invalid/a/b.png") is None


def test_the_fingerprint_goes_by_content() -> None:
    renamed = LOCAL.replace(mask_url=local_url("cc" * 32, "another name.png"))
    assert renamed != LOCAL
    assert renamed.fingerprint() == LOCAL.fingerprint()
    assert LOCAL.replace(mask_url=local_url("dd" * 32, "mask.png")).fingerprint() != LOCAL.fingerprint()


def test_the_fingerprint_does_not_go_by_the_order_of_extra_fields() -> None:
    one = ImageRequest.from_payload({"prompt": "A fox", "style": {"a": 1, "b": 2}, "seed": 7})
    other = ImageRequest.from_payload({"seed": 7, "style": {"b": 2, "a": 1}, "prompt": "A fox"})
    assert one == other
    assert one.fingerprint() == other.fingerprint()


# ---- extra_body


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@given(st.dictionaries(st.text().filter(lambda name: name not in FIELDS), JSON, max_size=4))
def test_any_json_can_ride_along(extra: dict[str, Any]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RequestWarning)
        request = ImageRequest("A fox", extra_body=extra)
    assert request.to_payload() == ImageRequest("A fox").to_payload() | extra
    assert ImageRequest.from_payload(request.to_payload()) == request
    assert pickle.loads(pickle.dumps(request)) == request
    assert hash(request) == hash(copy.deepcopy(request))


def test_a_frozen_dict_is_a_mapping_all_the_way_down() -> None:
    frozen = FrozenDict({"a": [1, {"b": (2,)}]})
    assert isinstance(frozen["a"][1], Mapping)
    assert thaw(frozen) == {"a": [1, {"b": [2]}]}
    assert repr(frozen) == "{'a': [1, {'b': [2]}]}"
    assert (len(frozen), list(frozen)) == (1, ["a"])


def test_encoding_refuses_what_is_no_json() -> None:
    with pytest.raises(ValueError, match="JSON"):
        encode_payload({"seed": math.nan})
