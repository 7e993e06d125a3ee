"""POST /v1/images/generations and GET /v1/tasks/{id}: from a request to pictures."""

from __future__ import annotations

import io
import secrets
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from PIL import Image

from .conftest import Api, assert_error

VERSION = {"X-APIMart-Response-Version": "2026-07-27"}
ODD_BODIES = [
    b"",
    b"null",
    b"[]",
    b'["model"]',
    b"17",
    b'"text"',
    b"true",
    b"{",
    b"model=gpt-image-1-official&prompt=x",
    b"\xff\xfe{}",
    b"\xef\xbb\xbf{}",
    b'{"n": NaN}',
    b'{"n": Infinity}',
    b'{"n": 1e999}',
    b'{"n": ' + b"9" * 10_000 + b"}",
    b'{"prompt": "\\ud800"}',
    b'{"\\udc00": 1}',
    b"[" * 100_000,
    b'{"a":' * 100_000,
    *(b'{"a": ' + b"[" * depth + b"]" * depth + b"}" for depth in (64, 300, 800, 900, 940, 960, 980, 990, 2000)),
]
BREACHES: list[tuple[str, dict[str, Any]]] = [
    ("model", {"model": "gpt-image-0"}),
    ("model", {"model": None}),
    ("model", {"model": ["gpt-image-1-official"]}),
    ("prompt", {"prompt": None}),
    ("prompt", {"prompt": " \n\t"}),
    ("prompt", {"prompt": ["A red fox"]}),
    ("size", {"size": "16:9"}),
    ("size", {"size": "1024x1024"}),
    ("size", {"size": 1}),
    ("n", {"n": "1"}),
    ("n", {"n": 1.0}),
    ("n", {"n": True}),
    ("n", {"n": [1]}),
    ("quality", {"quality": "hd"}),
    ("quality", {"quality": {"level": "low"}}),
    ("background", {"background": "white"}),
    ("moderation", {"moderation": "high"}),
    ("output_format", {"output_format": "webp"}),
    ("output_format", {"output_format": "jpg"}),
    ("background", {"background": "transparent", "output_format": "jpeg"}),
    ("background", {"model": "gpt-image-2-official", "background": "transparent"}),
    ("resolution", {"model": "gpt-image-2-official", "resolution": "8k"}),
    ("output_compression", {"output_compression": 101}),
    ("output_compression", {"output_compression": -1}),
    ("output_compression", {"output_compression": "80"}),
    ("output_compression", {"output_compression": 80.5}),
    ("output_compression", {"output_compression": False}),
    ("image_urls", {"image_urls": "https://example.com/a.png"}),
    ("image_urls", {"image_urls": {"0": "https://example.com/a.png"}}),
    ("image_urls", {"image_urls": ["data:image/png;base64,AAAA"]}),
    ("image_urls", {"image_urls": ["a.png"]}),
    ("image_urls", {"image_urls": ["file:///etc/hosts"]}),
    ("image_urls", {"image_urls": ["http://[::1"]}),
    ("image_urls", {"image_urls": ["http://example.com:99999/"]}),
    ("image_urls", {"image_urls": ["http://"]}),
    ("image_urls", {"image_urls": [None]}),
    ("image_urls", {"image_urls": ["https://example.com/a.png"] * 16}),
    ("image_urls", {"model": "gpt-image-2-official", "image_urls": ["https://example.com/a.png"] * 17}),
    ("mask_url", {"mask_url": "https://example.com/mask.png"}),
    ("mask_url", {"mask_url": "https://example.com/mask.png", "image_urls": []}),
    ("mask_url", {"mask_url": ["https://example.com/mask.png"], "image_urls": ["https://example.com/a.png"]}),
]


def picture_of(response: httpx.Response) -> Image.Image:
    assert response.status_code == 200, response.text
    assert int(response.headers["content-length"]) == len(response.content)
    image = Image.open(io.BytesIO(response.content))
    assert response.headers["content-type"] == f"image/{str(image.format).lower()}"
    image.load()
    return image


def test_from_a_prompt_to_a_picture(api: Api) -> None:
    response = api.generate()
    assert response.status_code == 200
    assert response.json()["code"] == 200
    (row,) = response.json()["data"]
    assert row["status"] == "submitted"
    assert row["task_id"].startswith("task_")

    task = api.finished(row["task_id"])
    assert (task["id"], task["status"], task["progress"]) == (row["task_id"], "completed", 100)
    assert task["completed"] - task["created"] == task["actual_time"] >= 0
    assert task["estimated_time"] >= 1
    assert task["cost"] == 0.011
    assert task["credits_cost"] > 0
    (entry,) = task["result"]["images"]
    (url,) = entry["url"]
    assert entry["expires_at"] == task["completed"] + 24 * 3600
    image = picture_of(api.fetch(url))
    assert (image.size, image.format) == ((1024, 1024), "PNG")


def test_the_newer_shape_is_asked_for_by_a_header(api: Api) -> None:
    response = api.generate(headers=VERSION)
    assert response.headers["X-APIMart-Response-Version"] == "2026-07-27"
    body = response.json()
    assert set(body) == {"request_id", "data"}
    assert body["request_id"] == response.headers["x-request-id"]
    assert body["data"] == {"id": body["data"]["id"], "object": "generation.task", "status": "pending"}
    assert api.finished(body["data"]["id"])["status"] == "completed"


def test_a_running_task_has_no_result(api: Api) -> None:
    task = api.get(f"/v1/tasks/{api.task_id(prompt='A fox [slow]', quality='high')}").json()
    assert task["code"] == 200
    assert task["data"]["status"] in ("pending", "processing")
    assert 0 <= task["data"]["progress"] < 100
    assert not {"result", "error", "completed", "cost"} & set(task["data"])


@pytest.mark.parametrize(("sent", "made"), [(None, 1), (-3, 1), (0, 1), (1, 1), (4, 4), (5, 4), (10**30, 4)])
def test_n_is_kept_within_one_and_four(api: Api, sent: int | None, made: int) -> None:
    task = api.finished(api.task_id(n=sent))
    urls = [url for entry in task["result"]["images"] for url in entry["url"]]
    assert len(urls) == len(set(urls)) == len(task["result"]["images"]) == made


@pytest.mark.parametrize(
    ("fields", "size"),
    [
        ({}, (1024, 1024)),
        ({"size": "3:2"}, (1536, 1024)),
        ({"size": "2:3", "model": "gpt-image-1.5-official"}, (1024, 1536)),
        ({"resolution": "4k"}, (1024, 1024)),
    ],
)
def test_ratios_become_pixels(api: Api, fields: dict[str, Any], size: tuple[int, int]) -> None:
    (entry,) = api.finished(api.task_id(**fields))["result"]["images"]
    assert picture_of(api.fetch(entry["url"][0])).size == size


@pytest.mark.parametrize("size", ["auto", "4:3", "3:4", "5:4", "4:5", "16:9", "9:16", "2:1", "1:2", "21:9", "9:21"])
def test_the_third_model_knows_more_ratios(api: Api, size: str) -> None:
    (entry,) = api.finished(api.task_id(model="gpt-image-2-official", size=size))["result"]["images"]
    width, height = picture_of(api.fetch(entry["url"][0])).size
    across, down = (1, 1) if size == "auto" else map(int, size.split(":"))
    assert width / height == pytest.approx(across / down, rel=0.001)


@pytest.mark.parametrize(
    ("fields", "kind", "mode"),
    [
        ({"output_format": "jpeg", "output_compression": 0}, "JPEG", "RGB"),
        ({"background": "transparent"}, "PNG", "RGBA"),
        ({"background": "opaque", "output_compression": 100}, "PNG", "RGB"),
        ({"model": "gpt-image-2-official", "output_format": "webp", "resolution": "2k"}, "WEBP", "RGB"),
    ],
)
def test_formats_and_background(api: Api, fields: dict[str, Any], kind: str, mode: str) -> None:
    (entry,) = api.finished(api.task_id(**fields))["result"]["images"]
    image = picture_of(api.fetch(entry["url"][0]))
    assert (image.format, image.mode) == (kind, mode)


def test_pictures_come_from_another_host_without_the_key(api: Api) -> None:
    (entry,) = api.finished(api.task_id())["result"]["images"]
    url = urlsplit(entry["url"][0])
    assert url.hostname != urlsplit(api.origin).hostname
    assert api.fetch(api.origin + url.path).status_code == 404
    refused = api.fetch(entry["url"][0], headers={"Authorization": f"Bearer {api.key}"})
    assert "must not be sent to the image host" in assert_error(refused, 400)["message"]


@pytest.mark.parametrize("prompt", ["'\"</script>\\ \x00 \U0001f98a", "一只狐狸在雪地里", "x" * 32_000])
def test_the_prompt_may_hold_anything(api: Api, prompt: str) -> None:
    task_id = api.task_id(prompt=prompt)
    tasks = {task["id"]: task for task in api.get("/sandbox/ledger").json()["tasks"]}
    assert tasks[task_id]["payload"]["prompt"] == prompt


def test_nesting_is_taken_to_some_depth(api: Api) -> None:
    nested: object = 1
    for _ in range(60):
        nested = [nested]
    assert api.generate(extra=nested).status_code == 200
    assert api.get("/sandbox/ledger").json()["tasks"][-1]["payload"]["extra"] == nested


def test_unknown_fields_are_ignored_and_null_is_not_given(api: Api) -> None:
    nothing = dict.fromkeys(["size", "n", "quality", "background", "output_compression", "image_urls", "mask_url"])
    assert api.generate(style="vivid", user={"id": [1, 2.5]}, **{**nothing, "quality": "low"}).status_code == 200


@pytest.mark.parametrize(("param", "fields"), BREACHES, ids=[f"{param}-{i}" for i, (param, _) in enumerate(BREACHES)])
def test_a_breach_is_refused_by_field(api: Api, param: str, fields: dict[str, Any]) -> None:
    assert_error(api.generate(**fields), 400, param)
    assert api.get("/v1/balance").json()["used_balance"] == 0


@pytest.mark.parametrize("raw", ODD_BODIES, ids=range(len(ODD_BODIES)))
def test_an_odd_body_is_refused(api: Api, raw: bytes) -> None:
    response = api.post("/v1/images/generations", content=raw, headers={"Content-Type": "application/json"})
    assert assert_error(response, 400)["code"] == "invalid_json"


@pytest.mark.parametrize("field", ["model", "prompt", "size", "n", "quality", "output_compression", "image_urls"])
@pytest.mark.parametrize("value", [{}, [[[]]], 10**400, -0.0, "\x00", {"a": {"b": [None]}}])
def test_an_odd_value_is_never_a_server_error(api: Api, field: str, value: object) -> None:
    response = api.generate(**{field: value})
    assert response.status_code in (200, 400)
    if response.status_code == 400:
        assert_error(response, 400, field)


def test_an_unknown_model_is_told_the_known_ones(api: Api) -> None:
    error = assert_error(api.generate(model="gpt-image-0"), 400, "model")
    assert error["code"] == "model_not_found"
    assert "gpt-image-1-official, gpt-image-1.5-official" in error["message"]


def test_a_refused_prompt_and_a_failed_task_cost_nothing(api: Api) -> None:
    assert assert_error(api.generate(prompt="A [refuse]"), 400, "prompt")["code"] == "content_policy_violation"
    task = api.finished(api.task_id(prompt="A [fail]"))
    assert task["status"] == "failed"
    assert set(task["error"]) == {"code", "message", "type"}
    assert "result" not in task
    assert api.get("/v1/balance").json()["used_balance"] == 0


@pytest.mark.parametrize(("language", "word"), [("zh", "沙盒"), ("ko", "요금"), ("ja", "料金"), ("en", "[fail]")])
def test_errors_of_a_task_are_told_in_a_language(api: Api, language: str, word: str) -> None:
    task_id = api.task_id(prompt="A [fail]")
    api.finished(task_id)
    assert word in api.get(f"/v1/tasks/{task_id}?language={language}").json()["data"]["error"]["message"]


def test_too_many_requests_then_accepted(api: Api) -> None:
    key = {"Idempotency-Key": secrets.token_hex(8)}
    first = api.generate(prompt="A fox [429]", headers=key)
    assert_error(first, 429)
    assert first.headers["Retry-After"] == "1"
    assert api.generate(prompt="A fox [429]", headers=key).status_code == 200
    assert api.generate(prompt="A fox [429]").status_code == 429
    assert api.generate(prompt="A fox [429]").status_code == 200


class TestIdempotency:
    def test_the_same_key_gives_the_same_task_once_billed(self, api: Api) -> None:
        key = {"Idempotency-Key": secrets.token_hex(8)}
        first, again = api.generate(headers=key), api.generate(headers=key)
        assert "Idempotency-Replayed" not in first.headers
        assert again.headers["Idempotency-Replayed"] == "true"
        assert again.json() == first.json()
        api.finished(first.json()["data"][0]["task_id"])
        newer = api.generate(headers=key | VERSION)
        assert newer.json()["data"]["id"] == first.json()["data"][0]["task_id"]
        assert newer.headers["Idempotency-Replayed"] == "true"
        assert api.get("/v1/balance").json()["used_balance"] == 0.011

    def test_a_failed_task_is_replayed_too(self, api: Api) -> None:
        key = {"Idempotency-Key": secrets.token_hex(8)}
        task_id = api.task_id(prompt="A [fail]", headers=key)
        api.finished(task_id)
        assert api.task_id(prompt="A [fail]", headers=key) == task_id

    def test_the_same_key_with_another_body_is_refused(self, api: Api) -> None:
        key = {"Idempotency-Key": secrets.token_hex(8)}
        api.task_id(headers=key)
        assert assert_error(api.generate(n=2, headers=key), 422, "Idempotency-Key")["code"] == "idempotency_key_reused"

    def test_keys_belong_to_an_account(self, api: Api) -> None:
        key = {"Idempotency-Key": secrets.token_hex(8)}
        other = Api(api.client, api.origin, f"{api.key}-other")
        assert api.task_id(headers=key) != other.task_id(headers=key)

    @pytest.mark.parametrize("key", ["", "two words", "k" * 192, b"schl\xfcssel", "tab\there"])
    def test_a_bad_key_is_refused(self, api: Api, key: str | bytes) -> None:
        assert_error(api.generate(headers={"Idempotency-Key": key}), 400, "Idempotency-Key")

    def test_the_longest_key_is_taken(self, api: Api) -> None:
        assert api.generate(headers={"Idempotency-Key": "~" * 191}).status_code == 200


class TestKeys:
    @pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer"}, {"Authorization": "Basic abc"}])
    def test_a_missing_key_is_refused(self, api: Api, header: dict[str, str]) -> None:
        response = api.client.post(f"{api.origin}/v1/images/generations", json={}, headers=header)
        assert assert_error(response, 401)["type"] == "authentication_error"

    def test_a_wrong_key_is_refused(self, api: Api) -> None:
        wrong = Api(api.client, api.origin, "sk-wrong-1")
        assert_error(wrong.generate(), 401)
        assert_error(wrong.get("/v1/tasks/task_1"), 401)
        assert_error(wrong.upload(b"x"), 401)

    def test_a_task_is_seen_by_its_account_only(self, api: Api) -> None:
        other = Api(api.client, api.origin, f"{api.key}-other")
        assert_error(other.get(f"/v1/tasks/{api.task_id()}"), 404, "task_id")
