"""What the server says is read from either shape and every dialect, and never crashes a reader."""

from __future__ import annotations

import json
import math
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apimart_widgets import Balance, Cost, Task, Upload
from apimart_widgets.task import ErrorDetail, ResultURL, error_detail, number, read_prices

COMPLETED = {
    "code": 200,
    "data": {
        "id": "task_01",
        "status": "completed",
        "progress": 100,
        "result": {"images": [{"url": ["https://f/1.png"], "expires_at": 1763174708}]},
        "created": 1763088289,
        "completed": 1763088308,
        "estimated_time": 60,
        "actual_time": 19,
        "cost": 0.042,
        "credits_cost": "4.2",
        "something_new": [1],
    },
}


def result(images: Any) -> Task:
    return Task.read({"data": {"id": "t", "status": "completed", "result": images}})


# ---- tasks


def test_the_documented_answer() -> None:
    assert Task.read(COMPLETED) == Task(
        id="task_01",
        status="completed",
        progress=100.0,
        images=(ResultURL("https://f/1.png", 1763174708.0),),
        created=1763088289.0,
        completed=1763088308.0,
        estimated_time=60.0,
        actual_time=19.0,
        cost=0.042,
        credits_cost=4.2,
    )


def test_a_bill_below_zero_says_nothing() -> None:
    task = Task.read({"data": {"id": "t", "status": "completed", "cost": -1, "credits_cost": "-1"}})
    assert (task.cost, task.credits_cost) == (None, None)
    assert Task.read({"data": {"id": "t", "status": "completed", "cost": 0}}).cost == 0.0


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"code": 200, "data": [{"status": "submitted", "task_id": "task_01"}]}, "submitted"),
        ({"request_id": "r", "data": {"id": "task_01", "object": "generation.task", "status": "pending"}}, "pending"),
        ({"code": 200, "data": {"id": "task_01", "status": "PENDING ", "progress": 0}}, "pending"),
        ({"task_id": "task_01", "id": "row 7", "status": "processing"}, "processing"),
        ({"data": {"task_id": "task_01"}}, ""),
    ],
)
def test_every_shape_of_a_submit_answer(body: Any, status: str) -> None:
    task = Task.read(body, task_id="another", replayed=True)
    assert (task.id, task.status, task.finished, task.replayed) == ("task_01", status, False, True)


def test_the_estimate_of_the_older_answer() -> None:
    info = {"estimated_time": 100, "can_cancel": True}
    assert Task.read({"data": {"id": "t", "task_info": info}}).estimated_time == 100
    assert Task.read({"data": {"id": "t", "estimated_time": None, "task_info": info}}).estimated_time == 100
    assert Task.read({"data": {"id": "t", "estimated_time": 7, "task_info": info}}).estimated_time == 7
    assert Task.read({"data": {"id": "t", "task_info": "soon"}}).estimated_time is None


@pytest.mark.parametrize(
    ("images", "urls"),
    [
        ({"images": [{"url": ["a", "b"]}]}, ["a", "b"]),
        ({"images": [{"url": ["a"]}, {"url": ["b"]}]}, ["a", "b"]),
        ({"images": [{"url": "a"}, {"url": "b"}]}, ["a", "b"]),
        ({"images": ["a", "b"]}, ["a", "b"]),
        ({"images": [{"url": ["a", "", None, 3]}, {"url": None}, {}, None, [["b"]]]}, ["a"]),
        ({"images": []}, []),
        ({"images": None}, []),
        ({}, []),
        (None, []),
        ("a", []),
    ],
)
def test_every_way_to_name_the_pictures(images: Any, urls: list[str]) -> None:
    assert [image.url for image in result(images).images] == urls


def test_each_url_carries_its_expiry() -> None:
    images = [{"url": ["a", "b"], "expires_at": 7}, {"url": "c", "expires_at": "2026-11-22"}, "d"]
    assert [image.expires_at for image in result({"images": images}).images] == [7, 7, None, None]


@pytest.mark.parametrize(
    ("word", "status", "finished"),
    [
        ("completed", "completed", True),
        ("failed", "failed", True),
        ("cancelled", "cancelled", True),
        ("canceled", "cancelled", True),
        ("Completed", "completed", True),
        ("queued", "queued", False),
        ("推理中", "推理中", False),
        ("", "", False),
        (None, "", False),
        (7, "7", False),
    ],
)
def test_an_unknown_status_word_counts_as_running(word: Any, status: str, finished: bool) -> None:
    task = Task.read({"data": {"id": "t", "status": word}})
    assert (task.status, task.finished) == (status, finished)


@pytest.mark.parametrize(
    ("error", "detail"),
    [
        ({"code": 500, "message": "boom", "type": "server_error"}, ErrorDetail("500", "boom", "server_error")),
        (
            {"code": "moderation_blocked", "message": None, "param": "prompt"},
            ErrorDetail("moderation_blocked", param="prompt"),
        ),
        ("boom", ErrorDetail(message="boom")),
        (["boom"], ErrorDetail()),
        ({}, None),
        ("", None),
        (None, None),
    ],
)
def test_the_reason_of_a_failure(error: Any, detail: ErrorDetail | None) -> None:
    assert error_detail(error) == detail
    assert Task.read({"data": {"id": "t", "status": "failed", "error": error}}).error == detail


@pytest.mark.parametrize(
    ("progress", "read"), [(-5, 0), (45.5, 45.5), ("45", 45), (250, 100), ("45%", None), (None, None)]
)
def test_progress_is_0_to_100(progress: Any, read: float | None) -> None:
    assert Task.read({"data": {"progress": progress}}).progress == read


WORDS = ["data", "id", "task_id", "status", "progress", "result", "images", "url", "expires_at", "error", "task_info"]
WORDS += ["estimated_time", "remain_balance", "bytes", "size_quality_prices", "model_price", "code"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(WORDS),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(JSON)
def test_no_answer_crashes_a_reader(body: Any) -> None:
    body = json.loads(json.dumps(body))
    task = Task.read(body, task_id="t")
    assert task.id
    assert all(isinstance(image.url, str) for image in task.images)
    assert pickle.loads(pickle.dumps(task)) == task
    assert isinstance(Upload.read(body).url, str)
    assert Balance.read(body).remaining != -1
    prices = read_prices(body, source="example", date="2026-01-01")
    assert prices is None or all(price >= 0 for price in prices.prices.values())


# ---- the other answers


def test_an_upload() -> None:
    body = {
        "url": "https://f/a.jpg",
        "filename": "a.jpg",
        "content_type": "image/jpeg",
        "bytes": 235680,
        "created_at": 1743436800,
    }
    assert Upload.read(body) == Upload("https://f/a.jpg", "a.jpg", "image/jpeg", 235680, 1743436800.0)
    assert Upload.read({"code": 200, "data": body}) == Upload.read(body)
    assert Upload.read({"url": None}) == Upload("")


def test_a_balance() -> None:
    assert Balance.read({"success": True, "remain_balance": 10.5, "used_balance": 2.3}) == Balance(10.5, 2.3)
    credits = {"remain_balance": 1, "used_balance": 0, "remain_credits": 100, "used_credits": "7"}
    assert Balance.read(credits) == Balance(1.0, 0.0, False, 100.0, 7.0)
    assert Balance.read({"remain_balance": -1, "used_balance": 0}) == Balance(None, 0.0, unlimited=True)
    assert Balance.read({"unlimited_quota": True, "remain_balance": 5, "remain_credits": -1}) == Balance(
        None, None, unlimited=True
    )
    assert Balance.read({}) == Balance(None, None)


def test_prices() -> None:
    data = {
        "size_quality_prices": {"1:1": {"low": 0.01, "high": "0.2", "auto": None, "odd": -1}, "x": 3},
        "model_price": 0.5,
    }
    prices = read_prices({"success": True, "data": data}, source="APIMart", date="2026-11-22")
    assert prices is not None
    assert dict(prices.prices) == {("1:1", "low"): 0.01, ("1:1", "high"): 0.2}
    assert (prices.unit, prices.source, prices.date, prices.flat) == ("USD", "APIMart", "2026-11-22", 0.5)


@pytest.mark.parametrize("flat", [0, 0.0, -1, None, "free"])
def test_a_price_of_nothing_is_no_price(flat: Any) -> None:
    assert read_prices({"data": {"model_price": flat}}, source="APIMart", date="2026-11-22") is None


def test_a_cost() -> None:
    assert str(Cost(0.168, "USD", "APIMart", estimated=False)) == "$0.17"
    assert str(Cost(12, "credits", "APIMart", estimated=True)) == "about 12.00 credits"
    assert float(Cost(0.168, "USD", "APIMart", estimated=True)) == 0.168


@pytest.mark.parametrize(
    ("value", "read"),
    [(3, 3.0), ("2.5", 2.5), (" 7 ", 7.0), (True, None), (math.nan, None), ("inf", None), (10**400, None), ([], None)],
)
def test_numbers(value: Any, read: float | None) -> None:
    assert number(value) == read
