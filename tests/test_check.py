"""`python -m apimart_widgets check`, against a sandbox on a port and against servers that differ from it."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import subprocess
import sys
import tracemalloc
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from apimart_widgets.check import Recorder, write_transcript
from apimart_widgets.client import AsyncClient
from apimart_widgets.config import APIKey
from apimart_widgets.errors import APIError
from apimart_widgets.sandbox.models import MODELS
from tests.raw_server import RawServer, Request, answer
from tests.sandbox_server import SandboxServer
from tests.test_session import png

CANARY = "sk-canary-7f3a"


def check(origin: str, folder: Path, *options: str, key: str = CANARY) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "APIMART_BASE_URL": origin, "APIMART_API_KEY": key, "APIMART_LIBRARY": ":memory:"}
    command = [sys.executable, "-m", "apimart_widgets", "check", "--folder", str(folder), *options]
    return subprocess.run(command, check=False, env=environment, capture_output=True, text=True)


def transcript(folder: Path) -> dict[str, Any]:
    (path,) = folder.glob("apimart-check-*.json")
    text = path.read_text(encoding="utf-8")
    assert CANARY not in text
    found: dict[str, Any] = json.loads(text)
    return found


def recorded(said: bytes) -> str:
    """What a transcript keeps of an answer's body."""

    async def ask(url: str) -> str:
        recorder = Recorder(APIKey(CANARY))
        async with AsyncClient(CANARY, url, transport=recorder) as client:
            with pytest.raises(APIError):
                await client.balance()
        return str(recorder.exchanges[0]["body"])

    with RawServer([said]) as server:
        return asyncio.run(ask(server.url))


def test_the_sandbox_is_as_assumed(instant_server: SandboxServer, tmp_path: Path) -> None:
    before = instant_server.ledger()["requests"]
    done = check(instant_server.url, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "differs" not in done.stdout
    assert done.stdout.count("has the fields, words and limits assumed") == 3
    assert done.stdout.count("as the list that comes with this package says") == 2
    record = transcript(tmp_path)
    asked = {exchange["url"].removeprefix(instant_server.url).split("?")[0] for exchange in record["exchanges"]}
    assert asked >= {"/v1/models", "/api/pricing/model", "/v1/model-schema", "/v1/balance"}
    assert record["findings"]
    assert instant_server.ledger()["requests"] == before


def test_spending_makes_one_picture_and_compares_it(instant_server: SandboxServer, tmp_path: Path) -> None:
    before = instant_server.ledger()
    done = check(instant_server.url, tmp_path, "--spend", "0.05")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1024x1024 png" in done.stdout
    after = instant_server.ledger()
    assert (after["requests"], after["billed_images"]) == (before["requests"] + 1, before["billed_images"] + 1)
    record = transcript(tmp_path)
    said = "".join(line.strip() for line in record["job"])
    assert f'"data": [{{"status": "submitted","task_id": "{after["tasks"][-1]["id"]}"' in said
    asked = {exchange["url"].removeprefix(instant_server.url): exchange for exchange in record["exchanges"]}
    task_id = after["tasks"][-1]["id"]
    assert json.loads(asked[f"/v1/tasks/{task_id}"]["body"])["data"]["status"] == "completed"


def test_runs_of_the_same_second_keep_a_transcript_each(tmp_path: Path) -> None:
    key = APIKey.of(CANARY)
    assert key is not None
    recorder = Recorder(key)
    kept = [write_transcript(tmp_path, "https://api.example", [], recorder, [event]) for event in ("first", "second")]
    assert [json.loads(path.read_text(encoding="utf-8"))["job"] for path in kept] == [["first"], ["second"]]


def test_it_does_not_spend_more_than_allowed(instant_server: SandboxServer, tmp_path: Path) -> None:
    before = instant_server.ledger()["requests"]
    done = check(instant_server.url, tmp_path, "--spend", "0.0001")
    assert done.returncode == 1
    assert "No picture was made" in done.stdout
    assert instant_server.ledger()["requests"] == before


@pytest.mark.parametrize("budget", ["0.001", "little"])
def test_what_was_compared_is_told_where_a_budget_forbids_to_spend(
    instant_server: SandboxServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, budget: str
) -> None:
    monkeypatch.setenv("APIMART_BUDGET", budget)
    before = instant_server.ledger()["requests"]
    done = check(instant_server.url, tmp_path, "--spend", "0.05")
    assert done.returncode == 1
    assert "The balance can be read." in done.stdout
    assert "The picture could not be made." in done.stdout
    assert transcript(tmp_path)["exchanges"]
    assert instant_server.ledger()["requests"] == before


def test_it_spends_nothing_where_the_server_tells_no_price(tmp_path: Path) -> None:
    posts: list[Request] = []

    def unpriced(request: Request) -> bytes:
        if request.method == "POST":
            posts.append(request)
        return answer(404, b"<html>")

    with RawServer(unpriced) as server:
        done = check(server.url, tmp_path, "--spend", "0.05")
    assert done.returncode == 1
    assert "No picture was made: the server tells no price for gpt-image-1-official" in done.stdout
    assert posts == []


@pytest.mark.parametrize(
    "query",
    [
        r"a=1\u0026X-Amz-Signature=3f2a9c",
        "a=1&x-oss-signature=3f2a9c",
        "q-ak=1&q-signature=3f2a9c",
        "a=1&X-Goog-Signature=3f2a9c",
        "auth_key=1796048816-0-0-3f2a9c",
    ],
)
def test_what_signs_an_address_is_kept_in_no_transcript(tmp_path: Path, query: str) -> None:
    def signed(request: Request) -> bytes:
        url = f"http://{request.headers['host']}/file.png?{query}"
        return answer(404, f'{{"error": {{"message": "gone", "url": "{url}"}}}}'.encode())

    with RawServer(signed) as server:
        check(server.url, tmp_path)
    bodies = [exchange["body"] for exchange in transcript(tmp_path)["exchanges"]]
    assert all("/file.png" in body for body in bodies)
    assert not any("3f2a9c" in body for body in bodies)


def test_a_picture_that_cost_more_than_was_allowed_is_said(tmp_path: Path) -> None:
    def dearer(request: Request) -> bytes:
        if request.path.startswith("/api/pricing"):
            return answer(200, b'{"data": {"size_quality_prices": {"1:1": {"low": 0.01}}}}')
        if request.method == "POST":
            return answer(200, b'{"code": 200, "data": [{"status": "submitted", "task_id": "task_1"}]}')
        if request.path.startswith("/v1/tasks/task_1"):
            url = f"http://{request.headers['host']}/file.png"
            task = {"id": "task_1", "status": "completed", "cost": 0.5, "result": {"images": [{"url": [url]}]}}
            return answer(200, json.dumps({"code": 200, "data": task}).encode())
        if request.path == "/file.png":
            return answer(200, png((1024, 1024)))
        return answer(404, b"<html>")

    with RawServer(dearer) as server:
        done = check(server.url, tmp_path, "--spend", "0.05")
    assert done.returncode == 1
    assert "One picture was made and cost $0.50: --spend allows $0.05" in done.stdout


@pytest.mark.parametrize("amount", ["-1", "nan", "inf", "five"])
def test_an_amount_that_is_none_is_a_sentence(instant_server: SandboxServer, tmp_path: Path, amount: str) -> None:
    done = check(instant_server.url, tmp_path, f"--spend={amount}")
    assert done.returncode == 2
    assert f"{amount} is no amount to spend. Write US dollars, such as 0.05." in done.stderr


def test_nothing_is_spent_where_nothing_could_be_kept(instant_server: SandboxServer, tmp_path: Path) -> None:
    before = instant_server.ledger()["requests"]
    done = check(instant_server.url, tmp_path / "missing", "--spend", "0.05")
    assert done.returncode == 2
    assert "Name another with --folder" in done.stderr
    assert "Traceback" not in done.stderr
    assert instant_server.ledger()["requests"] == before


def test_what_differs_is_said(tmp_path: Path) -> None:
    def other(request: Request) -> bytes:
        if request.path.startswith("/v1/models"):
            return answer(200, b'{"object": "list", "data": [{"id": "gpt-image-1-official"}, {"id": "brand-new"}]}')
        if request.path.startswith("/v1/model-schema"):
            schema = {"properties": {"size": {"enum": ["1:1"]}, "seed": {}, "quality": {}, "background": {}}}
            return answer(200, json.dumps({"input_schema": schema}).encode())
        if request.path.startswith("/v1/balance"):
            return answer(200, b'{"success": true}')
        return answer(404, f'{{"error": "nothing for {CANARY} at {request.path}"}}'.encode())

    with RawServer(other) as server:
        done = check(server.url, tmp_path)
    assert done.returncode == 1
    for words in [
        "gpt-image-1.5-official is not listed",
        "takes other words for size: 1:1",
        "no longer has the field moderation",
        "does not know: seed",
        "The balance has another shape",
        "no readable prices",
    ]:
        assert words in done.stdout
    assert CANARY not in done.stdout
    assert transcript(tmp_path)["exchanges"]


def test_a_schema_that_differs_in_limits_defaults_and_types_is_said(tmp_path: Path) -> None:
    model = MODELS["gpt-image-1-official"]
    schema = model.input_schema()
    schema["required"] += ["quality", "seed"]
    changes = {
        "prompt": {"maxLength": 100},
        "n": {"type": ["number", "null"], "minimum": 1.0, "maximum": 1},
        "quality": {"default": "high"},
        "output_compression": {"type": "string", "minimum": 1},
        "image_urls": {"maxItems": 1},
    }
    for field, terms in changes.items():
        schema["properties"][field] |= terms
    del schema["properties"]["mask_url"]

    def other(request: Request) -> bytes:
        if request.path.startswith("/v1/models"):
            return answer(200, json.dumps({"data": [{"id": model.id}]}).encode())
        return answer(200, json.dumps({"input_schema": schema}).encode())

    with RawServer(other) as server:
        done = check(server.url, tmp_path)
    assert done.returncode == 1
    said = [line for line in done.stdout.splitlines() if " states another " in line or "mask" in line]
    assert [line.partition(f"{model.id} ")[2] for line in said] == [
        "states another maxLength for prompt: 100; assumed: 32000.",
        "states another maximum for n: 1; assumed: 4.",
        "states another type for output_compression: 'string'; assumed: 'integer'.",
        "states another minimum for output_compression: 1; assumed: 0.",
        "states another maxItems for image_urls: 1; assumed: 15.",
        "no longer has the field mask_url.",
        "states another default for quality: 'high'; assumed: 'auto'.",
    ]
    assert "requires seed, which a request may leave out" in done.stdout
    assert "limits assumed" not in done.stdout


def test_what_cannot_be_read_is_a_difference_and_the_rest_is_compared(tmp_path: Path) -> None:
    def strange(request: Request) -> bytes:
        if request.path.startswith("/api/pricing/model"):
            return answer(200, b'{"data": {"model_price": 0.05}}')
        return answer(501, b"<html>Not here</html>")

    with RawServer(strange) as server:
        done = check(server.url, tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    for words in ["The models cannot be listed", "costs $0.05", "no readable schema", "The balance has another shape"]:
        assert words in done.stdout
    assert {exchange["status"] for exchange in transcript(tmp_path)["exchanges"]} == {200, 501}


def test_other_prices_than_the_listed_ones_are_told_beside_them(tmp_path: Path) -> None:
    prices = {"1:1": {"low": 0.011, "high": 0.167}, "3:2": {"low": 0.02, "high": 0.25}}

    def dearer(request: Request) -> bytes:
        if request.path.startswith("/api/pricing/model"):
            return answer(200, json.dumps({"data": {"size_quality_prices": prices}}).encode())
        return answer(200, b'{"data": [{"id": "gpt-image-1-official"}]}')

    with RawServer(dearer) as server:
        done = check(server.url, tmp_path)
    told = "costs $0.02 to $0.25 a picture at 3:2; the list that comes with this package says $0.016 to $0.25."
    assert f"  note    gpt-image-1-official {told}" in done.stdout.splitlines()


def test_compressed_answers_are_kept_readable_and_without_the_key(tmp_path: Path) -> None:
    listed = json.dumps({"object": "list", "data": [], "for": CANARY}).encode()
    with RawServer(lambda request: answer(200, gzip.compress(listed), headers={"Content-Encoding": "gzip"})) as server:
        done = check(server.url, tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    body = transcript(tmp_path)["exchanges"][0]["body"]
    assert json.loads(body) == {"object": "list", "data": [], "for": "[key]"}


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        (b"x" * 19_990 + CANARY.encode(), "x" * 19_990 + "[key]"),
        (json.dumps({"for": CANARY}).replace("-", r"\u002D").encode(), '{"for": "[key]"}'),
        (json.dumps({"for": CANARY}).encode("utf-16"), '{"for": "[key]"}'),
    ],
    ids=["across the cut", "in escapes", "in UTF-16"],
)
def test_the_key_is_kept_in_no_transcript(body: bytes, kept: str) -> None:
    assert recorded(answer(401, body)) == kept


@pytest.mark.parametrize("codings", ["gzip", "gzip, gzip"])
def test_an_answer_that_unpacks_to_very_much_is_not_unpacked_whole(codings: str) -> None:
    body = gzip.compress(bytes(256 * 2**20), 1)
    packed = gzip.compress(body) if codings == "gzip, gzip" else body
    tracemalloc.start()
    try:
        assert recorded(answer(200, packed, headers={"Content-Encoding": codings})) == ""
        assert tracemalloc.get_traced_memory()[1] < 160 * 2**20
    finally:
        tracemalloc.stop()


def test_an_answer_without_end_is_not_read_to_its_end() -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 64:
            sent += 1
            yield bytes(2**20)

    async def ask() -> None:
        recorder = Recorder(APIKey(CANARY))
        without_end = httpx.MockTransport(lambda request: httpx.Response(200, content=endless()))
        recorder._http = httpx.AsyncClient(transport=without_end)
        async with AsyncClient(CANARY, "https://api.example", transport=recorder) as client:
            with pytest.raises(APIError, match="more than the 16 MB expected here"):
                await client.balance()

    asyncio.run(ask())
    assert sent < 20


def test_a_proxy_of_the_environment_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with RawServer(lambda request: answer(200, b'{"object": "list", "data": []}')) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.delenv("NO_PROXY", raising=False)
        done = check("http://api.example.invalid", tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    assert proxy.requests[0].path == "http://api.example.invalid/v1/models"


@pytest.mark.parametrize(("name", "value"), [("ALL_PROXY", "socks5://127.0.0.1:1080"), ("SSL_CERT_FILE", "/")])
def test_a_setting_that_cannot_be_used_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    done = check("http://127.0.0.1:9", tmp_path)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert name in done.stderr
    assert "or unset" in done.stderr


@pytest.mark.parametrize(
    ("key", "words"), [("", "There is no key"), ("sk-wrong-1", "did not accept this key (401)")], ids=["none", "wrong"]
)
def test_a_key_that_cannot_work_is_a_sentence(
    instant_server: SandboxServer, tmp_path: Path, key: str, words: str
) -> None:
    done = check(instant_server.url, tmp_path, key=key)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unreachable_origin_is_a_sentence(tmp_path: Path) -> None:
    done = check("http://127.0.0.1:9", tmp_path)
    assert done.returncode == 2
    assert "could not be reached" in done.stderr
    assert "Traceback" not in done.stderr
