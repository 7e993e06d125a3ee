"""Balance, prices, models, schema and the shape of errors: the calls that cost nothing."""

from __future__ import annotations

import httpx
import pytest

from .conftest import Api, assert_error

SEED_MODELS = {"gpt-image-1-official", "gpt-image-1.5-official"}


@pytest.mark.parametrize("path", ["/v1/balance", "/v1/user/balance"])
def test_balance_is_in_numbers(free_api: Api, path: str) -> None:
    response = free_api.get(path)
    assert response.status_code == 200
    balance = response.json()
    assert balance["success"] is True
    assert isinstance(balance["remain_balance"], int | float)
    assert isinstance(balance["used_balance"], int | float)
    assert balance["unlimited_quota"] is (balance["remain_balance"] == -1)


def test_models_are_listed(free_api: Api) -> None:
    body = free_api.get("/v1/models").json()
    assert body["object"] == "list"
    assert {model["id"] for model in body["data"]} >= SEED_MODELS


@pytest.mark.parametrize("model", sorted(SEED_MODELS))
def test_a_schema_names_the_fields(free_api: Api, model: str) -> None:
    body = free_api.get(f"/v1/model-schema?model={model}&operation=image_generation").json()
    assert (body["model"], body["operation"]) == (model, "image_generation")
    assert {"prompt", "size", "n", "quality"} <= set(body["input_schema"]["properties"])


@pytest.mark.parametrize("model", sorted(SEED_MODELS))
def test_a_price_needs_no_key(free_api: Api, model: str) -> None:
    body = free_api.client.get(f"{free_api.origin}/api/pricing/model?model={model}").json()
    assert body["success"] is True
    assert body["data"]["model_name"] == model
    prices = body["data"]["size_quality_prices"]
    assert all(price > 0 for by_quality in prices.values() for price in by_quality.values())


def test_an_unknown_task_is_refused(free_api: Api) -> None:
    response = free_api.get("/v1/tasks/task_00000000000000000000000000")
    assert 400 <= response.status_code < 500
    assert response.json()["error"]["message"]


def test_a_wrong_key_is_refused(free_api: Api) -> None:
    response = Api(free_api.client, free_api.origin, "sk-wrong-key").get("/v1/models")
    assert response.status_code == 401
    assert response.json()["error"]["message"]


def test_a_wrong_key_has_no_balance(api: Api) -> None:
    response = Api(api.client, api.origin, "sk-wrong-key").get("/v1/balance")
    assert response.status_code == 200
    assert response.json() == {"success": False, "message": "This key is not valid."}
    assert_error(api.client.get(f"{api.origin}/v1/balance"), 401)


@pytest.mark.parametrize("model", ["gpt-image-1-official", "gpt-image-1.5-official", "gpt-image-2-official"])
@pytest.mark.parametrize("quality", ["auto", "low", "medium", "high"])
def test_the_balance_goes_down_by_price_times_images(api: Api, model: str, quality: str) -> None:
    prices = api.get(f"/api/pricing/model?model={model}").json()["data"]["size_quality_prices"]
    before = api.get("/v1/balance").json()
    task = api.finished(api.task_id(model=model, quality=quality, size="3:2", n=3))
    after = api.get("/v1/user/balance").json()
    assert task["cost"] == pytest.approx(3 * prices["3:2"][quality])
    assert after["used_balance"] == pytest.approx(task["cost"])
    assert before["remain_balance"] - after["remain_balance"] == pytest.approx(task["cost"])
    assert prices["3:2"]["auto"] == prices["3:2"]["medium"]


def test_what_is_not_there_is_told(api: Api) -> None:
    assert_error(api.get("/v1/model-schema?model=nothing"), 404, "model")
    assert_error(api.get("/v1/model-schema"), 404, "model")
    assert_error(api.get("/v1/model-schema?model=gpt-image-1-official&operation=video"), 400, "operation")
    assert api.get("/api/pricing/model?model=nothing").json()["success"] is False
    assert_error(api.get("/v1/nothing"), 404)
    assert_error(api.get("/v1/models/"), 404)
    assert_error(api.get("/"), 404)


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [("GET", "/v1/images/generations", "POST"), ("DELETE", "/v1/tasks/task_1", "GET"), ("PUT", "/v1/models", "GET")],
)
def test_a_wrong_method_is_told_the_right_one(api: Api, method: str, path: str, allowed: str) -> None:
    response: httpx.Response = api.client.request(method, api.origin + path)
    assert_error(response, 405)
    assert allowed in response.headers["allow"]
