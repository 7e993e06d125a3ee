"""What an HTTP answer means, as a function of status, headers and body."""

from __future__ import annotations

import json
import math
import pickle
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apimart_widgets import errors
from apimart_widgets.answers import Answer, detail_of, is_content_policy, refusal_in, shortened, status_error
from apimart_widgets.errors import APIError
from apimart_widgets.retry import parse_retry_after
from apimart_widgets.task import ErrorDetail


def answer(status: int = 400, body: Any = None, **headers: str) -> Answer:
    return Answer(status, headers, body if isinstance(body, bytes) else json.dumps(body).encode())


def error_of(status: int, body: Any = None, retry_after: float | None = None, **headers: str) -> APIError:
    said = answer(status, body, **headers)
    return status_error(said, status, detail_of(said), retry_after=retry_after)


KINDS = [
    (400, errors.BadRequestError, "APIMart refused the request (400)."),
    (401, errors.AuthenticationError, "Check APIMART_API_KEY."),
    (402, errors.InsufficientBalanceError, "Top it up on its console"),
    (403, errors.PermissionDeniedError, "Check its permissions and models"),
    (404, errors.NotFoundError, "does not know what was asked for (404)"),
    (409, errors.ConflictError, "Try again in a moment."),
    (413, errors.RequestTooLargeError, "at most 20 MB"),
    (422, errors.UnprocessableEntityError, "APIMart refused the request (422)."),
    (429, errors.RateLimitError, "Try again later, or with fewer at a time."),
    (500, errors.InternalServerError, "APIMart has trouble of its own (500)."),
    (503, errors.InternalServerError, "APIMart has trouble of its own (503)."),
    (520, errors.InternalServerError, "APIMart has trouble of its own (520)."),
    (418, errors.APIStatusError, "APIMart refused the request (418)."),
]


@pytest.mark.parametrize(("status", "kind", "advice"), KINDS)
def test_each_status_has_its_error_with_what_to_do(status: int, kind: type[APIError], advice: str) -> None:
    body = {"error": {"code": "some_code", "message": "The server's words.", "type": "some_type"}}
    error = error_of(status, body, **{"x-request-id": "req_1"})
    assert type(error) is kind
    assert advice in str(error)
    assert str(error).endswith("It said: The server's words.")
    assert (error.status_code, error.code, error.detail) == (status, "some_code", "The server's words.")
    assert error.request_id == "req_1"
    copied = pickle.loads(pickle.dumps(error))
    assert (type(copied), vars(copied)) == (kind, vars(error))


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        ({"error": {"code": 401, "message": "no"}}, "401", "no"),
        ({"error": {"code": "bad_key", "message": "no", "param": "key"}}, "bad_key", "no"),
        ({"error": {"type": "auth", "message": "no"}}, "auth", "no"),
        ({"error": "no"}, None, "no"),
        ({"success": False, "message": "no"}, None, "no"),
        ({"message": "no"}, None, "no"),
        ({"code": "bad_key", "message": "no", "data": None}, "bad_key", "no"),
        ("no", None, "no"),
        ({"error": {}}, None, None),
        ([], None, None),
        (7, None, None),
        (None, None, None),
        (b"<html><title>Bad gateway</title></html>", None, None),
        (b"", None, None),
        (b"\xff\xfe\x00", None, None),
        (b'{"error": {"mess', None, None),
        (b"[" * 100_000, None, None),
    ],
)
def test_every_form_of_an_error_body(body: Any, code: str | None, message: str | None) -> None:
    error = error_of(401, body)
    assert (error.code, error.detail) == (code, message)
    assert str(error).startswith("APIMart did not accept this key (401). Check APIMART_API_KEY.")
    assert "<" not in str(error)


def test_a_request_id_is_read_from_header_or_body() -> None:
    assert error_of(400, {"request_id": "req_2"}).request_id == "req_2"
    assert error_of(400, {"request_id": "req_2"}, **{"x-request-id": "req_1"}).request_id == "req_1"
    assert error_of(400, b"<html>").request_id is None


def test_a_wait_too_long_is_told() -> None:
    assert "APIMart asks to wait 600 s, longer than the 120 s waited here" in str(error_of(429, retry_after=600.0))
    assert "asks to wait" not in str(error_of(429, retry_after=120.0))
    assert error_of(429, retry_after=7.0).retry_after == 7.0
    assert "asks to wait" in str(error_of(503, retry_after=parse_retry_after("9" * 400, now=0.0)))


def test_a_long_answer_is_cut_and_put_on_one_line() -> None:
    error = error_of(400, {"error": {"message": "line\n" * 10_000}})
    assert len(str(error)) < 400
    assert "\n" not in str(error)
    assert error.detail == "line\n" * 10_000
    assert shortened(" a\n b ") == "a b"


# ---- the safety filter


@pytest.mark.parametrize(
    "detail",
    [
        ErrorDetail("content_policy_violation"),
        ErrorDetail("moderation_blocked", "Your request was rejected."),
        ErrorDetail("400", "rejected by the safety system", "image_generation_user_error"),
        ErrorDetail(type="content_filter"),
        ErrorDetail("sensitive_words_detected"),
        ErrorDetail(message="It may violate our Content Policy."),
    ],
)
def test_the_safety_filter_is_told_by_code_type_or_words(detail: ErrorDetail) -> None:
    assert is_content_policy(detail)
    error = status_error(answer(), 400, detail, retry_after=None)
    assert isinstance(error, errors.ContentPolicyError)
    assert "Change the prompt or the references." in str(error)


@pytest.mark.parametrize(
    "detail",
    [
        ErrorDetail(),
        ErrorDetail("invalid_size", "size is wrong", "invalid_request_error", "size"),
        ErrorDetail(
            "invalid_moderation", 'moderation is "none". Write auto or low.', "invalid_request_error", "moderation"
        ),
    ],
)
def test_other_refusals_are_not_the_filter(detail: ErrorDetail) -> None:
    assert not is_content_policy(detail)
    assert type(status_error(answer(), 400, detail, retry_after=None)) is errors.BadRequestError


def test_trouble_of_the_server_is_no_verdict_on_the_prompt() -> None:
    assert type(error_of(500, {"error": {"code": "moderation_unavailable"}})) is errors.InternalServerError


# ---- errors within an answer of status 200


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"success": False, "message": "token not found"}, 400),
        ({"code": 402, "message": "no money"}, 402),
        ({"code": "429", "message": "slow down", "data": None}, 429),
        ({"error": {"message": "no"}}, 400),
        ({"error": "no", "data": None}, 400),
    ],
)
def test_an_error_may_come_with_status_200(body: Any, status: int) -> None:
    found = refusal_in(body)
    assert found is not None
    assert found[0] == status
    assert found[1].message


@pytest.mark.parametrize(
    "body",
    [
        {"code": 200, "data": []},
        {"code": 0, "data": {"id": "t"}},
        {"code": 200, "data": {"id": "t", "status": "failed", "error": {"code": 500, "message": "boom"}}},
        {"id": "t", "status": "failed", "error": "boom"},
        {"code": 400, "data": {"id": "t", "status": "failed", "error": "boom"}},
        {"code": 500, "id": "t", "status": "failed", "message": "boom"},
        {"success": True, "remain_balance": 1},
        {"code": "success"},
        {"error": None, "success": None},
        [],
        None,
        "no",
    ],
)
def test_what_is_no_refusal(body: Any) -> None:
    assert refusal_in(body) is None


@pytest.mark.parametrize("message", ["no such size", "no such size.", "really?", "没有", "没有。"])
def test_the_servers_words_end_as_a_sentence(message: str) -> None:
    error = error_of(400, {"error": message})
    assert re.fullmatch(rf"APIMart refused the request \(400\)\. It said: {re.escape(message)}\.?", str(error))
    assert str(error)[-1] in ".?。"
    assert not str(error).endswith(("..", "?.", "。."))


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"error": {"message": "a fox \\ud83e"}}', "a fox ?"),
        (b'{"error": {"message": "\\udd8a fox \\ud83e\\udd8a"}}', "? fox \N{FOX FACE}"),
        (b'{"error": {"message": "a fox \xed\xa0\xbe"}}', "a fox ?"),
    ],
    ids=["the first half", "the second half", "as bytes"],
)
def test_half_of_a_character_is_none(body: bytes, message: str) -> None:
    said = detail_of(Answer(400, {}, body)).message
    assert said == message


WORDS = ["error", "code", "message", "type", "param", "success", "data", "detail", "request_id"]
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=4),
    max_leaves=15,
)


@given(st.sampled_from([200, 302, 400, 403, 404, 429, 500]), ANYTHING, st.none() | st.floats(0, math.nextafter(1e9, 0)))
def test_any_answer_makes_a_readable_error(status: int, body: Any, retry_after: float | None) -> None:
    error = error_of(status, json.loads(json.dumps(body)), retry_after)
    assert isinstance(error, APIError)
    assert error.status_code == status
    assert len(str(error)) < 700
    assert error.detail is None or isinstance(error.detail, str)
