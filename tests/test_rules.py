"""Every field, default and rule of the specification's table, and that the sandbox and these rules agree on them."""

from __future__ import annotations

import enum
import json
import math
import pickle
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from apimart_widgets import InvalidRequest, RequestWarning, register_model, rules
from apimart_widgets.catalog import unregister_model
from apimart_widgets.reference import local_url
from apimart_widgets.request import DEFAULTS, FIELDS, ImageRequest
from apimart_widgets.rules import whole_number
from apimart_widgets.sandbox.app import create_app
from tests.examples import examples
from tests.in_process import InProcess

SEED_MODELS = ("gpt-image-1-official", "gpt-image-1.5-official")
THIRD_MODEL = "gpt-image-2-official"
SEED_SIZES = {"1:1": (1024, 1024), "3:2": (1536, 1024), "2:3": (1024, 1536)}
MORE_SIZES = ("auto", "4:3", "3:4", "5:4", "4:5", "16:9", "9:16", "2:1", "1:2", "21:9", "9:21")
QUALITIES = ("auto", "low", "medium", "high")
URL = "https://example.com/fox.png"
# More digits than Python writes out.
HUGE = pytest.param(10**5000, id="huge")


def problems(**fields: Any) -> list[tuple[str, str]]:
    """What a request of these fields is refused for, as (field, sentence)."""
    with pytest.raises(InvalidRequest) as caught:
        ImageRequest(**{"prompt": "A fox", **fields})
    for problem in caught.value.problems:
        assert problem.message.endswith((".", "?")), problem.message
        assert problem.message in str(caught.value)
        assert problem.message.to("zh") != problem.message
    return [(problem.field, str(problem.message)) for problem in caught.value.problems]


def problem(**fields: Any) -> tuple[str, str]:
    (only,) = problems(**fields)
    return only


def accepted(**fields: Any) -> ImageRequest:
    return ImageRequest(**{"prompt": "A fox", **fields})


@pytest.fixture
def own_model() -> Iterator[str]:
    name = "gpt-image-9-official"
    register_model(name, sizes={"7:5": (1400, 1000)}, max_images=10, max_references=1, takes_mask=False, moderations=[])
    yield name
    unregister_model(name)


# ---- words


@pytest.mark.parametrize("model", SEED_MODELS)
@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("size", tuple(SEED_SIZES)),
        ("quality", QUALITIES),
        ("background", ("auto", "opaque", "transparent")),
        ("moderation", ("auto", "low")),
        ("output_format", ("png", "jpeg")),
    ],
)
def test_the_seed_models_take_the_words_of_the_table(model: str, field: str, words: tuple[str, ...]) -> None:
    for word in words:
        assert accepted(model=model, **{field: word}).to_payload()[field] == word
    for wrong in ("", words[0].upper() + " ", "webp", "4:3", "hd", None, 1, True, [words[0]], {}, words[0].encode()):
        assert problem(model=model, **{field: wrong})[0] == field


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("size", (*SEED_SIZES, *MORE_SIZES)),
        ("quality", QUALITIES),
        ("background", ("auto", "opaque")),
        ("moderation", ("auto", "low")),
        ("output_format", ("png", "jpeg", "webp")),
        ("resolution", ("1k", "2k", "4k")),
    ],
)
def test_the_third_model_takes_more_words(field: str, words: tuple[str, ...]) -> None:
    for word in words:
        assert accepted(model=THIRD_MODEL, **{field: word}).to_payload()[field] == word
    for wrong in ("transparent", "gif", "5:7", "8k", ""):
        assert problem(model=THIRD_MODEL, **{field: wrong})[0] == field


def test_defaults_are_the_specifications() -> None:
    assert ImageRequest("A fox").to_payload() == {
        "model": "gpt-image-1-official",
        "prompt": "A fox",
        "size": "1:1",
        "n": 1,
        "quality": "auto",
        "background": "auto",
        "moderation": "auto",
        "output_format": "png",
    }


@pytest.mark.parametrize("model", SEED_MODELS)
def test_pixels_are_those_of_the_size_reference(model: str) -> None:
    assert {size: accepted(model=model, size=size).pixels for size in SEED_SIZES} == SEED_SIZES


def test_the_third_models_pixels_are_not_promised() -> None:
    assert {accepted(model=THIRD_MODEL, size=size).pixels for size in (*SEED_SIZES, *MORE_SIZES)} == {None}


def test_resolution_is_refused_where_the_model_has_none() -> None:
    field, message = problem(resolution="2k")
    assert (field, message) == ("resolution", "gpt-image-1-official has no resolution. Leave it out.")


@pytest.mark.parametrize(
    ("field", "wrong", "hint"),
    [("output_format", "jpg", "jpeg"), ("quality", "HIGH", "high"), ("background", "transparant", "transparent")],
)
def test_a_misspelt_word_is_told_from_its_neighbour(field: str, wrong: str, hint: str) -> None:
    assert problem(**{field: wrong})[1].endswith(f"Did you mean {hint!r}?")


@pytest.mark.parametrize("size", ["1024x1536", (1024, 1536), [np.int64(1024), 1536]])
def test_a_size_in_pixels_is_told_its_ratio(size: object) -> None:
    field, message = problem(size=size)
    assert (field, message) == ("size", "Sizes are written as ratios: write size='2:3' to get 1024x1536.")


@pytest.mark.parametrize(
    "size", ["512x512", (1, 2, 3), pytest.param((10**5000, 1), id="huge"), np.array([1024, 1024]), np.zeros(3)]
)
def test_other_sizes_are_refused_with_the_list(size: object) -> None:
    assert problem(size=size)[1].endswith("Write one of '1:1', '2:3', '3:2'.")


class Quality(str, enum.Enum):
    """A caller's own words."""

    BEST = "high"


def test_text_of_another_class_is_kept_as_plain_text() -> None:
    request = accepted(quality=Quality.BEST, size=np.str_("3:2"), model=np.str_(SEED_MODELS[1]))
    assert request == accepted(quality="high", size="3:2", model=SEED_MODELS[1])
    assert {type(value) for value in request.to_payload().values()} == {str, int}
    assert "np." not in request.as_python()
    assert accepted(image_urls=[np.str_(URL)]).as_python() == accepted(image_urls=[URL]).as_python()


# ---- n


@pytest.mark.parametrize(
    ("given_n", "n"),
    [(0, 1), (-3, 1), (5, 4), (10**9, 4), pytest.param(-(10**5000), 1, id="huge"), (np.int64(9), 4)],
)
def test_n_outside_1_to_4_becomes_what_the_server_makes_of_it(given_n: int, n: int) -> None:
    with pytest.warns(RequestWarning, match=f"becomes n={n}, as on the server: it makes 1 to 4 pictures a request"):
        request = accepted(n=given_n)
    assert request.to_payload()["n"] == n


@pytest.mark.parametrize("n", [1, 2, 3, 4, np.int8(3), np.uint64(2), np.array(2)])
def test_n_inside_is_kept_as_a_plain_int(n: Any) -> None:
    sent = accepted(n=n).to_payload()["n"]
    assert (sent, type(sent)) == (int(n), int)


@pytest.mark.parametrize(
    "n", ["1", True, False, 1.0, math.nan, None, np.bool_(True), np.float64(1), np.array([1, 2]), [1], int, b"1"]
)
def test_n_is_nothing_but_a_whole_number(n: object) -> None:
    field, message = problem(n=n)
    assert field == "n"
    assert message.startswith("n is a plain whole number such as n=1, not ")
    assert whole_number(n) is None


# ---- compression, transparency


@pytest.mark.parametrize("level", [0, 1, 100, np.int64(50)])
def test_compression_goes_with_jpeg(level: int) -> None:
    payload = accepted(output_format="jpeg", output_compression=level).to_payload()
    assert payload["output_compression"] == level
    assert type(payload["output_compression"]) is int


@pytest.mark.parametrize("level", [-1, 101, HUGE, "50", 50.0, True, np.bool_(False), math.inf, [50]])
def test_compression_is_0_to_100(level: object) -> None:
    field, message = problem(output_format="jpeg", output_compression=level)
    assert field == "output_compression"
    assert message.startswith("output_compression is a whole number from 0 to 100, not ")


def test_compression_with_png_is_sent_with_a_warning() -> None:
    with pytest.warns(RequestWarning, match=r"not recommended with png.*write output_format=\"jpeg\""):
        request = accepted(output_compression=0)
    assert request.to_payload()["output_compression"] == 0


@pytest.mark.parametrize("model", SEED_MODELS)
def test_transparent_and_jpeg_exclude_each_other(model: str) -> None:
    field, message = problem(model=model, background="transparent", output_format="jpeg")
    assert (field, message) == (
        "background",
        'A JPEG cannot be transparent. Write output_format="png", or background="auto".',
    )


# ---- references and mask


@pytest.mark.parametrize(("model", "most"), [*((model, 15) for model in SEED_MODELS), (THIRD_MODEL, 16)])
def test_references_up_to_the_models_limit(model: str, most: int) -> None:
    assert len(accepted(model=model, image_urls=[URL] * most).to_payload()["image_urls"]) == most
    field, message = problem(model=model, image_urls=[URL] * (most + 2))
    assert field == "image_urls"
    assert message == f"{model} takes at most {most} references, and these are {most + 2}. Leave out 2."


def test_no_references_are_not_sent() -> None:
    assert "image_urls" not in accepted(image_urls=[]).to_payload()
    assert accepted(image_urls=[]) == accepted(image_urls=()) == accepted()


@pytest.mark.parametrize(
    "urls", [URL, URL.encode(), bytearray(b"ab"), {URL}, {URL: 1}, 3, range(10**9), np.array([URL])]
)
def test_references_are_a_list(urls: object) -> None:
    field, message = problem(image_urls=urls)
    assert field == "image_urls"
    assert message == f'image_urls is a list of URLs, not {type(urls).__name__}. Write image_urls=["https://..."].'


WRONG_URLS = [
    ("data:image/png;base64,AAAA", "no longer takes data: URIs"),
    (" DATA:image/png,x", "no longer takes data: URIs"),
    ("file:///home/me/fox.png", "lies on this machine"),
    ("fox.png", "reads as a file path"),
    ("./my fox.png", "reads as a file path"),
    ("C:\\pictures\\fox.png", "reads as a file path"),
    ("", "reads as a file path"),
    ("example.com/fox.png", "begin a URL with https://"),
    ("ftp://example.com/fox.png", "begins with ftp:"),
    ("javascript:alert(1)", "begins with javascript:"),
    ("https://me:secret@example.com/fox.png", "user name or password"),
    ("https://token@example.com/fox.png", "user name or password"),
    ("https://", "is not a URL"),
    ("https:///fox.png", "is not a URL"),
    ("https://[::1/fox.png", "is not a URL"),
    ("https://example.com:99999/", "is not a URL"),
    ("https://example.com:0/", "is not a URL"),
    ("https://example.com/my fox.png", "is not a URL"),
    ("https://example.com/\nfox.png", "is not a URL"),
    ("https://example.com/\x00", "is not a URL"),
    ("https://example.com/\ud800", "is not a URL"),
    (None, "a URL as text, not NoneType"),
    (3, "a URL as text, not int"),
    (Path("fox.png"), "a URL as text, not P"),
]


@pytest.mark.parametrize(("url", "said"), WRONG_URLS)
def test_only_addresses_anyone_can_open_stand_where_a_url_belongs(url: object, said: str) -> None:
    field, message = problem(image_urls=[URL, url])
    assert field == "image_urls"
    assert message.startswith("image_urls[1]: ")
    assert said in message
    if url is not None:
        field, message = problem(image_urls=[URL], mask_url=url)
        assert field == "mask_url"
        assert said in message
    assert "secret" not in message


def test_a_long_url_is_cut_in_its_sentence() -> None:
    assert len(problem(image_urls=["https://example.com/a b" + "c" * 10_000])[1]) < 200


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com",
        "HTTPS://EXAMPLE.com/a",
        "https://[::1]:8080/a",
        "https://例え.jp/猫.png",
        local_url("a", "b"),
    ],
)
def test_ordinary_addresses_are_taken_as_they_are(url: str) -> None:
    assert accepted(image_urls=[url], mask_url=url).to_payload()["mask_url"] == url


@pytest.mark.parametrize("urls", [None, [], ()])
def test_a_mask_needs_a_reference(urls: object) -> None:
    field, message = problem(mask_url=URL, image_urls=urls)
    assert field == "mask_url"
    assert "Add the picture to edit as the first reference, or leave out the mask." in message


# ---- prompt, model, unknown fields


@pytest.mark.parametrize("prompt", ["", " \n\t ", "\u3000"])
def test_an_empty_prompt_is_refused(prompt: str) -> None:
    assert problem(prompt=prompt) == ("prompt", "The prompt is empty. Describe the picture in words.")


@pytest.mark.parametrize("prompt", [None, 3, b"A fox", ["A fox"], np.array("A fox")])
def test_a_prompt_is_text(prompt: object) -> None:
    assert problem(prompt=prompt)[1].startswith("The prompt is text, not ")


def test_half_a_character_is_found_in_the_prompt() -> None:
    assert "half a character at position 6 (a lone surrogate)" in problem(prompt="A fox \ud83e and more")[1]


def test_an_unknown_model_is_told_the_nearest_and_how_to_make_it_known() -> None:
    field, message = problem(model="gpt-image-1.5-offical")
    assert field == "model"
    assert "Did you mean 'gpt-image-1.5-official'?" in message
    assert "Known models: gpt-image-1-official, gpt-image-1.5-official, gpt-image-2-official." in message
    assert message.endswith("make it known with apimart_widgets.register_model('gpt-image-1.5-offical').")
    assert "Did you mean" not in problem(model="dall-e-3")[1]


def test_with_an_unknown_model_everything_no_model_takes_is_told_too() -> None:
    found = dict(
        problems(
            model="gpt-9",
            size="9:9",
            quality="best",
            background="blue",
            moderation="high",
            output_format="gif",
            resolution="8k",
            image_urls=[URL] * 17,
        )
    )
    words = ["size", "quality", "background", "moderation", "output_format", "resolution"]
    assert list(found) == ["model", *words, "image_urls"]
    assert found["quality"].startswith("The catalogue has no quality 'best'. Write one of 'auto', 'low',")
    assert "write size='3:2'" in dict(problems(model="gpt-9", size="1536x1024"))["size"]
    assert (
        problem(model="gpt-9", size="21:9", output_format="webp", resolution="4k", image_urls=[URL] * 16)[0] == "model"
    )


@pytest.mark.parametrize("model", [None, 1, [], SEED_MODELS])
def test_a_model_is_a_name(model: object) -> None:
    assert problem(model=model)[1].startswith(f"The model is a name in quotes, not {type(model).__name__}.")


@pytest.mark.parametrize(
    ("name", "hint"),
    [("image_url", "image_urls"), ("mask", "mask_url"), ("out_format", "output_format"), ("seed", None)],
)
def test_an_unknown_field_is_told_the_nearest(name: str, hint: str | None) -> None:
    field, message = problem(**{name: 1})
    assert field == name
    assert f"A request has no field {name!r}." in message
    assert ("Did you mean" in message) == (hint is not None)
    assert hint is None or f"Did you mean {hint!r}?" in message
    assert "extra_body={...}" in message


def test_fields_are_taken_by_name_only() -> None:
    assert [field for field, _ in problems(self=1, unknown=2, given=3)] == ["self", "unknown", "given"]


def test_a_registered_model_brings_its_own_rules(own_model: str) -> None:
    with pytest.warns(RequestWarning, match="1 to 10 pictures"):
        request = accepted(model=own_model, size="7:5", n=99, image_urls=[URL])
    assert (request.n, request.pixels) == (10, (1400, 1000))
    found = dict(problems(model=own_model, image_urls=[URL] * 2, mask_url=URL, moderation="low"))
    assert list(found) == ["size", "moderation", "image_urls", "mask_url"]
    assert found["moderation"] == f"{own_model} has no moderation. Leave it out."
    assert found["mask_url"] == f"{own_model} has no mask_url. Leave it out."


# ---- extra_body


def test_extra_fields_are_sent_with_a_warning() -> None:
    with pytest.warns(RequestWarning, match="extra_body sends 'seed', 'style' to APIMart unchecked"):
        request = accepted(extra_body={"seed": 0, "style": None})
    assert request.to_payload() == accepted().to_payload() | {"seed": 0, "style": None}


@pytest.mark.parametrize("empty", [None, {}])
def test_no_extra_fields_are_no_warning(empty: object) -> None:
    assert accepted(extra_body=empty).extra_body == {}


@pytest.mark.parametrize("extra", [[], "seed", 7, {1: 2}, {"a": 1, None: 2}, np.array([1, 2]), [("seed", 7)]])
def test_extra_body_is_a_dict_of_names(extra: object) -> None:
    assert problem(extra_body=extra) == (
        "extra_body",
        'extra_body is a dict of field names and values, such as extra_body={"seed": 7}.',
    )


def test_extra_body_cannot_name_a_field() -> None:
    found = problems(extra_body={"size": "1:1", "seed": 7, "extra_body": {}})
    assert [message for _, message in found] == [
        "'size' is a field of its own. Write it as size=..., not in extra_body.",
        "'extra_body' is a field of its own. Write it as extra_body=..., not in extra_body.",
    ]
    assert rules.check({**DEFAULTS, "prompt": "A fox", "extra_body": {"size": "1:1"}}, FIELDS).notices == ()


def test_extra_fields_are_kept_as_they_are_sent() -> None:
    with pytest.warns(RequestWarning, match="unchecked"):
        request = accepted(extra_body={"style": {1: (Quality.BEST, np.float64(0.5)), None: True}})
    assert request.to_payload()["style"] == {"1": ["high", 0.5], "null": True}
    assert ImageRequest.from_payload(json.loads(request.as_json())) == request
    assert "extra_body={'style': {'1': ['high', 0.5], 'null': True}}," in request.as_python()


CIRCULAR: dict[str, Any] = {}
CIRCULAR["itself"] = CIRCULAR


@pytest.mark.parametrize(
    "value",
    [math.nan, math.inf, {1}, b"x", object(), np.float32("nan"), np.zeros(2), "\ud800", CIRCULAR, {(1, 2): 3}, HUGE],
)
def test_extra_body_is_json(value: object) -> None:
    field, message = problem(extra_body={"seed": [value]})
    assert field == "extra_body"
    assert message.startswith("extra_body cannot be sent as JSON: ")


@pytest.mark.parametrize("levels", [33, 500, 100_000])
def test_extra_body_is_not_nested_without_end(levels: int) -> None:
    value: Any = 1
    for _ in range(levels):
        value = {"a": value}
    assert problem(extra_body=value) == ("extra_body", "extra_body is nested more than 32 levels deep. Flatten it.")


# ---- all at once


def test_every_problem_is_listed_by_field_in_the_order_of_the_table() -> None:
    fields = {
        "prompt": "",
        "size": "16:9",
        "n": "1",
        "quality": "hd",
        "background": "glass",
        "moderation": "none",
        "output_format": "gif",
        "output_compression": 101,
        "image_urls": ["fox.png", URL, "data:,"],
        "mask_url": "mask.png",
        "resolution": "2k",
        "extra_body": {"seed": math.nan},
        "sead": 7,
    }
    found = [field for field, _ in problems(**fields)]
    table = ["size", "n", "quality", "background", "moderation", "output_format", "resolution", "output_compression"]
    assert found == ["sead", "prompt", *table, "image_urls", "image_urls", "mask_url", "extra_body"]


def test_the_error_is_a_value_error_of_readable_lines_that_survives_pickling() -> None:
    with pytest.raises(ValueError, match=r"This request has 2 problems\. Nothing was sent") as caught:
        ImageRequest("", n="1")  # type: ignore[arg-type]
    copied = pickle.loads(pickle.dumps(caught.value))
    assert str(copied).splitlines() == [
        "This request has 2 problems. Nothing was sent.",
        "  prompt: The prompt is empty. Describe the picture in words.",
        "  n: n is a plain whole number such as n=1, not '1'.",
    ]
    assert copied.problems == caught.value.problems
    assert copied.message.to("zh").startswith("此请求有 2 个问题，未发送任何内容。\n  prompt：提示词为空。")


def test_a_warning_points_at_the_line_that_wrote_the_request() -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        request = accepted(n=9)
        request.replace(n=0)
        ImageRequest("A fox", n=7)
    assert [Path(warning.filename).name for warning in caught] == [Path(__file__).name] * 3


def test_an_unfinished_form_can_be_judged() -> None:
    checked = rules.check({**DEFAULTS, "n": 9, "output_compression": 5}, FIELDS)
    assert [problem.field for problem in checked.problems] == ["prompt"]
    assert [notice.field for notice in checked.notices] == ["n", "output_compression"]
    assert checked.values["n"] == 4


# ---- anything at all


class Unprintable:
    """A value whose own repr fails."""

    def __repr__(self) -> str:
        raise RuntimeError("no")


def test_a_value_that_cannot_be_printed_is_named_by_its_class() -> None:
    assert "has no quality <Unprintable>. Write one of" in problem(quality=Unprintable())[1]


ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(st.characters(), max_size=20),
    st.binary(max_size=9),
    st.sampled_from([object(), int, np.int64(2), np.bool_(True), np.float64(2), np.zeros(2), np.array("a")]),
    st.sampled_from([np.zeros((2, 2)), {1}, range(3), Path("x"), 1j, CIRCULAR, np.array([True]), Quality.BEST]),
    st.sampled_from(
        [*SEED_SIZES, *QUALITIES, "transparent", "png", "jpeg", THIRD_MODEL, "2k", URL, [URL], {"seed": 7}]
    ),
)
KEYS = st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.tuples(st.integers())
ODDER = st.recursive(ODD, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=2))


@given(st.dictionaries(st.sampled_from([*FIELDS, "self", "seed", "mask", "checked"]), ODDER))
@settings(max_examples=examples(400), deadline=None)
def test_anything_makes_a_request_or_a_list_of_problems(fields: dict[str, Any]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RequestWarning)
        try:
            request = ImageRequest(**fields)
        except InvalidRequest as error:
            refused = error
        else:
            refused = None
    if refused is not None:
        assert refused.problems
        assert str(refused).encode()
        assert pickle.loads(pickle.dumps(refused)).problems == refused.problems
        return
    assert json.loads(json.dumps(request.to_payload(), allow_nan=False)) == request.to_payload()
    assert request.check() == ()
    assert hash(pickle.loads(pickle.dumps(request))) == hash(request)


# ---- the sandbox agrees

GOOD_URLS = (URL, "http://[::1]:8080/a", "HTTPS://EXAMPLE.com/?a=1#b", "https://例え.jp/猫.png")
BAD_URLS = tuple(url for url, _ in WRONG_URLS if not isinstance(url, Path))
# Where these rules refuse what the server takes, on purpose.
STRICTER = {
    "reference.credentials": "a secret in the URL would be sent to APIMart",
    "reference.not_a_url": "it holds characters nobody sees",
    "request.no_such_field": "the server ignores it, so that the wish is lost",
    "request.not_a_word": "null counts as not given there",
    "request.n_no_number": "null counts as not given there",
}


class Server:
    """A sandbox without end of money, with a reference and a mask that lie on it."""

    def __init__(self, folder: Path) -> None:
        app = create_app(seconds=0, balance=math.inf, flat=True)
        headers = {"Authorization": "Bearer sk-test"}
        self.http = httpx.Client(transport=InProcess(app), base_url="https://sandbox.apimart.invalid", headers=headers)
        Image.new("RGBA", (8, 8)).save(folder / "picture.png")
        sent = {"file": ("picture.png", (folder / "picture.png").read_bytes())}
        self.picture: str = self.http.post("/v1/uploads/images", files=sent).json()["url"]

    def takes(self, payload: dict[str, Any]) -> bool:
        # ASCII, since half a character can be written as JSON, and must be judged by the server.
        body = json.dumps(payload).encode()
        answer = self.http.post("/v1/images/generations", content=body)
        assert answer.status_code in (200, 400), answer.text
        return answer.status_code == 200


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Server:
    return Server(tmp_path_factory.mktemp("sandbox"))


def mostly(*good: object) -> st.SearchStrategy[Any]:
    """Nine times out of ten one of the words."""
    odd = st.none() | st.booleans() | st.integers(-2, 200) | st.floats(allow_nan=False) | st.text(max_size=4)
    return st.integers(0, 9).flatmap(lambda dice: st.sampled_from(good) if dice else odd | st.lists(odd, max_size=1))


ADDRESSES = st.integers(0, 19).flatmap(lambda dice: st.sampled_from([*GOOD_URLS, "own"] if dice else BAD_URLS))
BODIES = st.fixed_dictionaries(
    {"model": mostly(*SEED_MODELS, THIRD_MODEL), "prompt": mostly("A fox", "狐狸", "🦊 " * 9, "</script>'\"")},
    optional={
        "size": mostly(*SEED_SIZES, *MORE_SIZES),
        "n": mostly(1, 2, 3, 4) | st.integers(),
        "quality": mostly(*QUALITIES),
        "background": mostly("auto", "opaque", "transparent"),
        "moderation": mostly("auto", "low"),
        "output_format": mostly("png", "jpeg", "webp"),
        "output_compression": mostly(0, 50, 100),
        "resolution": mostly("1k", "2k", "4k"),
        "image_urls": st.lists(ADDRESSES, min_size=1, max_size=18) | st.just(["own"]) | mostly([URL]),
        # The sandbox is offline: it takes no mask that lies elsewhere.
        "mask_url": st.just("own") | ADDRESSES.filter(lambda url: url not in GOOD_URLS),
    },
)


@given(body=BODIES)
@settings(max_examples=examples(300), deadline=None)
def test_the_sandbox_takes_what_these_rules_take(sandbox: Server, body: dict[str, Any]) -> None:
    fields = dict(body)
    if isinstance(fields.get("image_urls"), list):
        fields["image_urls"] = [sandbox.picture if url == "own" else url for url in fields["image_urls"]]
    if fields.get("mask_url") == "own":
        fields["mask_url"] = sandbox.picture
    found = rules.check({**DEFAULTS, **fields}, FIELDS).problems
    taken = sandbox.takes(fields)
    if not found:
        assert taken
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RequestWarning)
            assert sandbox.takes(ImageRequest(**fields).to_payload())
    elif taken:
        reasons = [problem.message.values.get("problem", problem.message) for problem in found]
        assert {reason.key for reason in reasons} <= set(STRICTER)
