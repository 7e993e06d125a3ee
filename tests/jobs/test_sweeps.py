"""Sweeps over a real server: nothing is made twice, nothing is sent that was not allowed, and a stop stops."""

from __future__ import annotations

import json
import math
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import apimart_widgets as am
from apimart_widgets.sweep import Sweep
from tests.raw_server import Drop, RawServer, Request, answer
from tests.sandbox_server import SandboxServer

KEY = "sk-sweep"
QUALITIES = ["low", "medium", "high"]
SHUFFLED = 0  # a seed that sends them in another order


@pytest.fixture
def server() -> Iterator[SandboxServer]:
    """A server of the test's own, whose tasks are done at once."""
    with SandboxServer(seconds=0) as server:
        yield server


def tasks(server: SandboxServer) -> int:
    return len(server.ledger()["tasks"])


def until(sweep: Sweep, ready: Any) -> None:
    """Wait, by its own word of changes, until something is so of a sweep."""
    changed = threading.Event()
    end = sweep.watch(changed.set)
    try:
        while not ready():
            assert changed.wait(30)
            changed.clear()
    finally:
        end()


def test_everything_is_made_once_and_tabled(server: SandboxServer, tmp_path: Path) -> None:
    with am.Session(KEY, server.url, library=tmp_path) as session:
        sweep = session.sweep(["a {animal}", "A lighthouse"], animal=["fox", "owl"], quality=QUALITIES, n=2, repeats=2)
        sweep.run(max_cost=10)
        assert tasks(server) == len(sweep.cells) == 18
        rows = sweep.to_records()
        assert len(rows) == len(sweep.images) == 36
        counts = Counter((row["prompt"], row["quality"], row["repeat"], row["index"]) for row in rows)
        assert set(counts.values()) == {1}
        assert {row["animal"] for row in rows} == {"fox", "owl", None}
        assert all(row["waited"] > 0 and row["job_id"] and row["sweep"] == sweep.name for row in rows)
        assert sum(row["cost"] for row in rows) == pytest.approx(sweep.progress.spent)
        assert {row["cost_estimated"] for row in rows} == {False}
        json.dumps(rows)


def test_a_second_run_in_another_kernel_makes_nothing_again(server: SandboxServer, tmp_path: Path) -> None:
    axes: dict[str, Any] = {"quality": ["low", "high"], "repeats": 2}
    with am.Session(KEY, server.url, library=tmp_path) as session:
        first = session.sweep("A fox", **axes)
        first.run(max_cost=5)
        kept = {image.sha256 for image in first.images}
    with am.Session(KEY, server.url, library=tmp_path) as session:
        second = session.sweep("A fox", **axes)
        # Its pictures are there before it is run.
        assert {image.sha256 for image in second.images} == kept
        assert second.estimate() is not None
        assert float(second.estimate().high) == 0  # type: ignore[union-attr]
        second.run()
        assert tasks(server) == 4
        third = session.sweep("A fox", quality=["low", "high"], repeats=3)
        third.run(max_cost=5)
        assert tasks(server) == 6
        assert len({job.id for job in third.jobs}) == 6
        # Each is a repeat of its own.
        repeats = Counter((row["quality"], row["repeat"]) for row in third.to_records())
        assert repeats == Counter({(quality, repeat): 1 for quality in ("low", "high") for repeat in range(3)})


def test_what_failed_is_asked_for_again_alone(tmp_path: Path) -> None:
    with (
        SandboxServer(seconds=0) as server,
        am.Session(KEY, server.url, library=tmp_path) as session,
    ):
        sweep = session.sweep(["A fox", "[fail] A fox"], quality=["low", "high"])
        sweep.run(max_cost=5)
        assert (sweep.progress.done, sweep.progress.failed) == (2, 2)
        assert {cell.request.prompt for cell, _ in sweep.failures} == {"[fail] A fox"}
        assert all(isinstance(error, am.TaskFailedError) for _, error in sweep.failures)
        sweep.run(max_cost=5)
        asked = Counter(json.dumps(job.request.to_payload()) for job in session.jobs)
        assert sorted(asked.values()) == [1, 1, 2, 2]
        # Pictures are of the cells they were asked for in.
        assert {image.request.prompt for image in sweep.images} == {"A fox"}


def test_nothing_is_sent_beyond_what_is_allowed(server: SandboxServer) -> None:
    with am.Session(KEY, server.url, library=":memory:") as session:
        sweep = session.sweep("A fox", quality=["high"], repeats=10)
        for allowed, sentence in [
            (None, r"may cost up to \$1\.67\. Nothing was sent\. Write sweep\.run\(max_cost=1\.67\)"),
            (1.0, r"10 requests may cost up to \$1\.67, and max_cost allows \$1\.00"),
            (-1, "amount in US dollars"),
            (math.nan, "amount in US dollars"),
            (True, "amount in US dollars"),
            ("2", "amount in US dollars"),
        ]:
            with pytest.raises(am.ConfigurationError, match=sentence):
                sweep.run(max_cost=allowed)  # type: ignore[arg-type]
        assert tasks(server) == 0
        assert session.jobs == ()
        sweep.run(max_cost=1.67)
        assert tasks(server) == 10
        # The limit is one of the whole sweep: what is made counts.
        more = session.sweep("A fox", quality=["high"], repeats=12)
        with pytest.raises(am.ConfigurationError, match="max_cost allows"):
            more.run(max_cost=1.67)


def test_an_unknown_price_needs_leave(server: SandboxServer) -> None:
    am.register_model("gpt-image-9-official", prices=None)
    try:
        with am.Session(KEY, server.url, library=":memory:") as session:
            sweep = session.sweep("A fox", model="gpt-image-9-official")
            for allowed in (None, 5.0):
                with pytest.raises(am.ConfigurationError, match=r"max_cost=math\.inf"):
                    sweep.run(max_cost=allowed)
            assert session.jobs == ()
    finally:
        from apimart_widgets import catalog

        catalog.unregister_model("gpt-image-9-official")


def test_what_would_meet_every_request_ends_it(tmp_path: Path) -> None:
    with (
        SandboxServer(seconds=0) as server,
        am.Session("sk-wrong", server.url, library=tmp_path, max_concurrency=1) as session,
    ):
        sweep = session.sweep("A fox", quality=["low"], repeats=20)
        sweep.run(max_cost=5)
        assert sweep.progress.failed <= 2
        assert sweep.progress.halted is not None
        assert "did not accept this key" in sweep.progress.halted
        assert not sweep.progress.going


def test_outside_a_notebook_it_says_why_it_ended(
    server: SandboxServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with am.Session("sk-wrong", server.url, library=tmp_path / "wrong", max_concurrency=1) as session:
        sweep = session.sweep("A fox", quality="low", repeats=20)
        sweep.run(max_cost=5)
        said = capsys.readouterr().err.splitlines()[-2:]
        assert said[0] == sweep.progress.halted
        assert said[1].startswith("1 failed: APIMart did not accept this key")
        assert "(repeat " in said[1]
        assert str(sweep.progress.halted) in repr(sweep)
        assert str(sweep.progress.halted) in sweep._table().text()
        waiting = session.sweep("An owl", quality="low")
    waiting.run(max_cost=5)  # its session was closed
    assert waiting.progress.halted
    assert str(waiting.progress.halted) in capsys.readouterr().err
    with am.Session(KEY, server.url, library=tmp_path / "right", max_concurrency=1) as session:
        sweep = session.sweep([*(f"[fail] A fox {n}" for n in range(2)), "A fox"], quality="low")
        sweep.run(max_cost=1)
        (line,) = [each for each in capsys.readouterr().err.splitlines() if "2 failed: " in each]
        assert "[fail] A fox 0" in line
        session.sweep("A fox", quality="low").run()
        assert "failed:" not in capsys.readouterr().err


def test_bad_prompts_do_not_end_it(server: SandboxServer, tmp_path: Path) -> None:
    with am.Session(KEY, server.url, library=tmp_path, max_concurrency=1) as session:
        sweep = session.sweep([*(f"[fail] A fox {n}" for n in range(5)), "A fox"], quality="low")
        sweep.run(max_cost=1)
        assert (sweep.progress.done, sweep.progress.failed, sweep.progress.halted) == (1, 5, None)


def test_a_server_that_is_gone_ends_it_after_three(tmp_path: Path) -> None:
    with SandboxServer(seconds=0) as server:
        url = server.url
    with am.Session(KEY, url, library=tmp_path, max_concurrency=1) as session:
        sweep = session.sweep([f"An owl {n}" for n in range(9)], quality="low")
        sweep.run(max_cost=1)
        assert (sweep.progress.done, sweep.progress.failed) == (0, 3)
        assert "Nothing was billed" in str(sweep.progress.halted)


def test_it_ends_after_three_though_a_callback_keeps_its_callbacks_waiting(tmp_path: Path) -> None:
    ended = threading.Event()
    with RawServer([Drop()]) as gone, am.Session(KEY, gone.url, library=tmp_path) as session:
        first = session.submit("a fox")
        first.add_done_callback(lambda job: ended.wait(60))  # those of every other job come after it
        first.cancel()
        sweep = session.sweep("a {animal}", animal=[f"owl {number}" for number in range(20)])
        try:
            sweep.run(max_cost=math.inf)
            assert "may be billed" in str(sweep.progress.halted)
            # Three, and those that were on their way beside them.
            assert len(sweep.jobs) <= 3 + session.max_concurrency
        finally:
            ended.set()


def test_what_may_be_billed_is_asked_for_under_its_own_key_alone(tmp_path: Path) -> None:
    def script(request: Request) -> bytes:
        return b"" if request.method == "POST" else answer(404, b"{}")

    with RawServer(script) as server, am.Session(KEY, server.url, library=tmp_path) as session:
        sweep = session.sweep("A fox", quality="low")
        sweep.run()
        assert (sweep.progress.failed, sweep.jobs[0].status) == (1, "unknown")
        estimate = sweep.estimate()
        assert estimate is not None
        # It is counted as spent, and not as to be spent.
        assert (estimate.high, sweep.progress.spent > 0) == (0, True)
        sweep.run(max_cost=sweep.progress.spent)
        posts = [request for request in server.requests if request.method == "POST"]
        assert len(posts) > 2
        assert len({request.headers["idempotency-key"] for request in posts}) == 1
        assert len(session.jobs) == 1


def test_a_stop_sends_nothing_further_and_loses_nothing(tmp_path: Path) -> None:
    with (
        SandboxServer(seconds=0.5) as server,
        am.Session(KEY, server.url, library=tmp_path, max_concurrency=2) as session,
    ):
        sweep = session.sweep(["A fox", "An owl"], quality=["low"], repeats=8)
        sweep.run(max_cost=5, wait=False)
        until(sweep, lambda: sweep.progress.done >= 3)
        sweep.stop()
        sweep.wait()
        for job in sweep.jobs:
            if job.status != "cancelled":
                job.result(30)
        sent = tasks(server)
        assert 3 <= sent <= 8
        assert len(sweep.images) == sent == sum(job.status == "completed" for job in sweep.jobs)
        assert sweep.progress.failed == 0
        # What was begun was begun in blocks.
        assert {image.request.prompt for image in sweep.images} == {"A fox"}
        sweep.run(max_cost=5)
        assert tasks(server) == 16 == len(sweep.images)


@pytest.mark.parametrize(("done", "times"), [(0, 1), (2, 2)], ids=["before anything is sent", "twice on its way"])
def test_an_interrupt_stops_it(tmp_path: Path, done: int, times: int) -> None:
    script = """
import os, signal, sys, threading
import apimart_widgets as am
session = am.Session("sk-sweep", sys.argv[1], library=sys.argv[2], max_concurrency=2)
sweep = session.sweep("A fox", quality=["low"], repeats=12)
done, times = map(int, sys.argv[3:])
left = threading.Semaphore(times)
def interrupt():
    if sweep.progress.done >= done and left.acquire(blocking=False):
        os.kill(os.getpid(), signal.SIGINT)
sweep.watch(interrupt)
try:
    sweep.run(max_cost=5)
except KeyboardInterrupt:
    print("stopped", sweep.progress.going)
for job in sweep.jobs:
    if job.status != "cancelled":
        job.result(30)
print(len(sweep.images) < 12)
"""
    with SandboxServer(seconds=0.3) as server:
        command = [sys.executable, "-c", script, server.url, str(tmp_path), str(done), str(times)]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert ended.stdout.split() == ["stopped", "False", "True"]


def test_two_sweeps_at_once_make_shared_requests_once(server: SandboxServer) -> None:
    with am.Session(KEY, server.url, library=":memory:") as session:
        sweeps = [session.sweep("A fox", quality=["low", "high"], repeats=3) for _ in range(2)]
        for sweep in sweeps:
            sweep.run(max_cost=5, wait=False)
        for sweep in sweeps:
            sweep.wait()
        assert tasks(server) == 6
        assert [sweep.progress.done for sweep in sweeps] == [6, 6]
        for sweep in sweeps:
            assert len({job.id for job in sweep.jobs}) == 6


def test_pictures_of_this_machine_go_along(server: SandboxServer) -> None:
    with am.Session(KEY, server.url, library=":memory:") as session:
        sweep = session.sweep("A fox", quality=["low", "high"], references=[Image.new("RGB", (64, 64), "red")])
        sweep.run(max_cost=5)
        assert sweep.progress.done == 2
        assert len({job.request.image_urls for job in sweep.jobs}) == 1
        with pytest.raises(am.InvalidRequest, match="Nothing was sent"):
            session.sweep("A fox", references=["/nowhere/at/all.png"])


RED, BLUE = (Image.new("RGB", (64, 64), colour) for colour in ("red", "blue"))
ELSEWHERE, MASK_ELSEWHERE = "https://example.com/1.png", "https://example.com/mask.png"


def test_addresses_beside_pictures_handed_in_are_kept() -> None:
    with am.Session(mode="sandbox", library=":memory:", sandbox_seconds=0) as session:
        red = session.reference(RED)
        for urls in ([ELSEWHERE], (ELSEWHERE,), np.array([ELSEWHERE])):
            (cell,) = session.sweep("A fox", references=[RED], image_urls=urls, mask_url=MASK_ELSEWHERE).cells
            assert (cell.request.image_urls, cell.request.mask_url) == ((ELSEWHERE, red), MASK_ELSEWHERE)
        masks = session.sweep("A fox", references=[RED], mask_url=[None, MASK_ELSEWHERE])
        assert {cell.request.mask_url for cell in masks.cells} == {None, MASK_ELSEWHERE}
        assert {cell.request.image_urls for cell in masks.cells} == {(red,)}
        (cell,) = session.sweep("A fox", mask=Image.new("1", (64, 64), 1), image_urls=[red]).cells
        assert cell.request.mask_url.startswith("https://picture.invalid/")


@pytest.mark.parametrize("column", [list, tuple, np.array])
def test_models_are_compared_on_a_picture_of_this_machine(column: Any) -> None:
    models = ["gpt-image-1-official", "gpt-image-1.5-official"]
    with am.Session(mode="sandbox", library=":memory:", sandbox_seconds=0) as session:
        sweep = session.sweep("A fox", references=[RED], model=column(models))
        assert {(cell.request.model, cell.request.image_urls) for cell in sweep.cells} == {
            (model, (session.reference(RED),)) for model in models
        }


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"references": []}, r"Write references=\[picture\], or leave references out"),
        ({"references": am.ImageSet()}, r"Write references=\[picture\]"),
        ({"references": [[RED], [BLUE]]}, r"image_urls=\[\[session\.reference\(first\)\]"),
        ({"references": [RED], "mask": [RED, BLUE]}, "plan a sweep for each"),
        ({"references": [RED], "mask": MASK_ELSEWHERE, "mask_url": MASK_ELSEWHERE}, "given twice"),
        ({"references": [RED], "image_urls": [[ELSEWHERE], None]}, r"Write session\.reference\(picture\) into each"),
        ({"references": [RED], "model": []}, "model has no level"),
    ],
)
def test_pictures_handed_in_are_no_axis(given: dict[str, Any], sentence: str) -> None:
    with (
        am.Session(mode="sandbox", library=":memory:", sandbox_seconds=0) as session,
        pytest.raises(am.ConfigurationError, match=sentence),
    ):
        session.sweep("A fox", **given)


@pytest.mark.parametrize("name", ["", "  ", 5])
def test_a_name_is_a_name(name: Any, server: SandboxServer) -> None:
    with (
        am.Session(KEY, server.url, library=":memory:") as session,
        pytest.raises(am.ConfigurationError, match='such as name="study-1"'),
    ):
        session.sweep("A fox", name=name)


def test_levels_stand_in_the_order_given(tmp_path: Path) -> None:
    """Requests go out shuffled; tables of what was found do not."""
    with am.Session(mode="sandbox", library=":memory:", sandbox_seconds=0) as session:
        sweep = session.sweep("A fox", quality=QUALITIES, name="foxes", seed=SHUFFLED)
        assert [cell.levels["quality"] for cell in sweep.cells] != QUALITIES
        sweep.run(max_cost=1)
        opened = am.open_sweep(sweep.export(tmp_path / "study"))
        for each in (sweep, opened):
            found = each.contrast("sharpness", by="quality", baseline="low")
            assert [difference.level for difference in found.differences] == ["medium", "high"]
        place = {image.request.quality: image.sha256 for image in sweep.images}
        session.library.keep_decision("foxes", _decision(place["high"], place["low"]))
        session.library.keep_decision("foxes", _decision(place["medium"], place["low"]))
        assert [rate.level for rate in sweep.win_rates("quality").rates] == QUALITIES
        assert [strength.level for strength in sweep.strengths("quality").levels] == QUALITIES
        with pytest.raises(am.ConfigurationError, match="qualty"):
            sweep.contrast("sharpness", by="qualty", baseline="low")


def _decision(a: str, b: str) -> dict[str, Any]:
    return {"rater": "anna", "a": a, "b": b, "choice": "a", "time": "2026-11-24T09:00:00+00:00", "repeat": 0}
