"""The wire record: what stands in it, what must not, and what is left of it for jobs of earlier times."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import apimart_widgets as am
from apimart_widgets.jobs import Job
from apimart_widgets.library import Query
from tests.sandbox_server import SandboxServer

PATIENCE = 30.0
OpenSession = Callable[..., am.Session]
KEY = "sk-wire-5f0c7a1e9b3d"


def assert_lines(record: str, *patterns: str) -> None:
    """Lines that match stand in the record, in this order."""
    left = record.splitlines()
    for pattern in patterns:
        place = next((place for place, line in enumerate(left) if re.search(pattern, line)), None)
        assert place is not None, f"{pattern!r} is not in what follows:\n" + "\n".join(left)
        left = left[place + 1 :]


def test_every_exchange_is_there_in_order(instant_server: SandboxServer) -> None:
    with am.Session(KEY, instant_server.url, library=":memory:") as session:
        job = session.submit("A red fox [429]", n=2, references=[Image.new("RGB", (32, 32), "red")])
        job.result(PATIENCE)
        record = job.report()
    assert_lines(
        record,
        rf"{job.id}: completed, \d+\.\d s",
        rf"live, {instant_server.url}",
        r"^\d{4}-\d\d-\d\d UTC$",
        r"^\d\d:\d\d:\d\d\.\d{3}    \+0\.000 s  waits",
        r"POST /v1/uploads/images  picture\.png, \d+ bytes  ← in 0\.\d{3} s",
        rf"→ POST {instant_server.url}/v1/images/generations  attempt 1$",
        r"^    Authorization: Bearer \$APIMART_API_KEY$",
        rf"^    Idempotency-Key: {job.idempotency_key}$",
        r'^      "prompt": "A red fox \[429\]",$',
        r'^        "http://\S+/f/upload/\w+\.png"$',
        r"← 429 in \d\.\d{3} s \(req_\w+\)  Too many requests .*again in 1\.0 s$",
        r"attempt 2  the same bytes and key once more$",
        rf"← 200 in \d\.\d{{3}} s \(req_\w+\)  task {job.task_id}$",
        rf'^          "task_id": "{job.task_id}"$',
        rf"→ GET /v1/tasks/{job.task_id}  ← in \d\.\d{{3}} s  completed, 100 %",
        r"→ GET http://\S+\.png  ← in \d\.\d{3} s  [\d,]+ bytes, png$",
        r"completed$",
        r"last answer",
        r'^        "status": "completed",$',
    )
    assert record.count('"prompt"') == 1  # the body once, however often it was sent
    assert KEY not in record


@pytest.mark.parametrize(
    ("prompt", "lines"),
    [
        ("[refuse] A fox", [r"← 400 \(req_\w+\)  failed  Refused by the safety filter.*Nothing was billed\."]),
        ("[fail] A fox", [r"← 200 ", r"GET /v1/tasks/.*  failed", r"failed  APIMart could not make", r"last answer"]),
    ],
)
def test_a_failure_ends_it(open_session: OpenSession, instant_server: SandboxServer, prompt: str, lines: Any) -> None:
    job = open_session(instant_server.url).submit(prompt)
    with pytest.raises(am.APIMartError):
        job.result(PATIENCE)
    assert_lines(job.report(), *lines)


def test_what_was_not_sent_says_so(open_session: OpenSession, server: SandboxServer) -> None:
    session = open_session(server.url, max_concurrency=1)
    session.submit("A hare [slow]")
    waiting = session.submit("A red fox")
    assert waiting.cancel()
    record = waiting.report()
    assert_lines(record, "cancelled before it was sent", r"^Not sent\. It would be:$", '"prompt": "A red fox"')
    assert "POST" not in record
    assert_lines(waiting.report("zh"), "发送前已取消", "未发送")


def test_a_resumed_job_has_the_whole_of_it(server: SandboxServer, tmp_path: Path) -> None:
    with am.Session(KEY, server.url, library=tmp_path) as session:
        first = session.submit("A red fox [slow]")
        while first.task_id is None:
            session._io.executor.submit(lambda: None).result()
    with am.Session(KEY, server.url, library=tmp_path) as session:
        (job,) = session.resume().jobs
        job.result(PATIENCE)
        record = job.report()
        (kept,) = session.history(Query())[0]
        assert kept.report() == record.replace(f"{job.elapsed:.1f} s", f"{kept.elapsed:.1f} s", 1)
    sent = [
        "→ POST ",
        '"prompt": "A red fox',
        "← 200 ",
        "picked up again",
        "→ GET /v1/tasks/",
        r"→ GET http",
        "last ans",
    ]
    assert_lines(record, *sent)
    assert KEY not in record


ROW = {
    "id": "job_old",
    "idempotency_key": "apw-old",
    "created": 1000.0,
    "origin": "https://api.example",
    "mode": "live",
    "task_id": "task_old",
}


def old_job(session: am.Session, events: list[tuple[float, str, dict[str, Any]]], **row: Any) -> am.Job:
    """A job as a row of the ledger tells of it."""
    return Job(am.ImageRequest("A fox"), session._wiring, row={**ROW, **row}, events=events)


def test_rows_of_earlier_versions_know_less(open_session: OpenSession, instant_server: SandboxServer) -> None:
    events: list[tuple[float, str, dict[str, Any]]] = [
        (1000.0, "queued", {}),
        (1000.5, "post", {"attempt": 1}),
        (1001.0, "retry", {"because": "No answer.", "wait": 2.0}),
        (1001.0, "submitted", {"task_id": "task_old"}),
        (1002.0, "poll", {"status": "processing"}),
        (1003.0, "poll", {"because": "Gone."}),
        (90_000.0, "downloaded", {"index": 0, "bytes": 1234567, "format": "png"}),
        (90_001.0, "something new", {}),
    ]
    record = old_job(open_session(instant_server.url), events, payload=b'{"prompt":"A fox"}').report()
    assert_lines(
        record,
        "→ POST https://api.example/v1/images/generations  attempt 1",
        '^      "prompt": "A fox"$',
        r"\+1\.000 s  ←  No answer\.  again in 2\.0 s$",
        "←  task task_old$",
        "GET /v1/tasks/task_old  ←  processing$",
        "1970-01-02 UTC",
        r"\+89000\.000 s  → GET picture 1  ←  1,234,567 bytes, png$",
        "something new$",
    )


def test_nothing_secret_is_told(open_session: OpenSession, instant_server: SandboxServer) -> None:
    told = f"Incorrect API key {KEY}: see https://me:secret@files.example/a.png?sig=3f2a"
    answer = json.dumps({"data": {"status": "completed", "token_of": {"api_key": "secret"}, "message": told}})
    events: list[tuple[float, str, dict[str, Any]]] = [
        (1000.0, "post", {"attempt": 1}),
        (1001.0, "submitted", {"task_id": "t", "answer": told, "doubt": told}),
        (1002.0, "poll", {"because": told}),
        (1003.0, "failed", {"because": told}),
    ]
    payload = json.dumps({"prompt": "A fox", "image_urls": ["https://files.example/a.png?sig=3f2a"]}).encode()
    record = old_job(open_session(instant_server.url), events, payload=payload, answer=answer).report()
    for secret in (KEY, "secret", "3f2a"):
        assert secret not in record
    assert record.count("https://files.example/a.png?…") == 6


def test_a_prompt_stays_but_for_a_key_in_it(open_session: OpenSession, instant_server: SandboxServer) -> None:
    prompt = "A basic pencil sketch of a fox. cookie: chocolate, on a plate"
    payload = json.dumps({"prompt": f"{prompt}, {KEY}"}).encode()
    record = old_job(open_session(instant_server.url), [(1000.0, "post", {})], payload=payload).report()
    assert f'"prompt": "{prompt}, …"' in record


def test_days_without_an_answer_are_told_in_short(open_session: OpenSession, instant_server: SandboxServer) -> None:
    because = "api.apimart.ai could not be reached. " + "Check the network, a proxy or certificates. " * 3
    retry = ("retry", {"call": "poll", "because": because, "wait": 2.0})
    events = [(1000.0 + place, *(("poll", {"because": because}) if place % 5 == 4 else retry)) for place in range(4320)]
    events += [(9000.0, "retry", {"call": "download", "index": 0, "because": because}), (9001.0, "completed", {})]
    job = old_job(open_session(instant_server.url), events)
    record = job.report()
    polls, retries = map(int, re.findall(r"\((\d+) more polls and (\d+) more retries", record)[0])
    told = record.count("GET /v1/tasks/task_old")
    assert polls + told == 864
    assert polls + retries + record.count("GET /v1/tasks") == 4320
    assert told > 20
    assert_lines(record, r"\+0\.000 s", "more polls", r"\+4319\.000 s  → GET", r"GET picture 1", "completed$")
    assert len(record) < 64 * 1024
    assert "次查询重试" in job.report("zh")


def test_a_language_there_is_not_is_refused(open_session: OpenSession, instant_server: SandboxServer) -> None:
    job = old_job(open_session(instant_server.url), [])
    for language in ("fr", "zh-CN", None):
        with pytest.raises(am.ConfigurationError, match=r"no language .* Write language=\"en\""):
            job.report(language)  # type: ignore[arg-type]


def test_days_of_polling_are_told_in_short(open_session: OpenSession, instant_server: SandboxServer) -> None:
    polls = [(1000.0 + place, "poll", {"status": "processing", "progress": 30.0}) for place in range(5000)]
    record = old_job(open_session(instant_server.url), [*polls, (9000.0, "completed", {})]).report()
    assert record.count("GET /v1/tasks") == 300
    assert_lines(record, r"\+149\.000 s", r"^    \(4700 more polls", r"\+4850\.000 s", "completed$")
    assert len(record) < 64 * 1024
