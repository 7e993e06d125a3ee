"""A cell that is run again pays nothing: the same request is made once, wherever and whenever it was made."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from PIL import Image

import apimart_widgets as am
from tests.sandbox_server import SandboxServer

PATIENCE = 30.0
KEY = "sk-reuse"


def test_what_was_made_is_not_made_again_even_after_a_restart(instant_server: SandboxServer, tmp_path: Path) -> None:
    before = instant_server.ledger()["billed_images"]
    with am.Session(KEY, instant_server.url, library=tmp_path) as session:
        first = session.generate("A red fox", quality="low", n=2, reuse=True, timeout=PATIENCE)
        # Defaults filled in or written out: the same is asked for.
        again = session.generate("A red fox", quality="low", n=2, size="1:1", reuse=True, timeout=PATIENCE)
        assert first == again
        assert len(session.jobs) == 1
    with am.Session(KEY, instant_server.url, library=tmp_path) as session:
        later = session.generate("A red fox", quality="low", n=2, reuse=True, timeout=PATIENCE)
        assert later == first
        assert [image.bytes for image in later] == [image.bytes for image in first]
        assert session.jobs[0].cost is not None
        assert instant_server.ledger()["billed_images"] == before + 2
        # Without it, and for a repeat, new pictures are made.
        session.generate("A red fox", quality="low", n=2, timeout=PATIENCE)
        third = session.generate("A red fox", quality="low", n=2, reuse=True, repeat=2, timeout=PATIENCE)
        assert third != first
        assert session.generate("A red fox", quality="low", n=2, reuse=True, repeat=2, timeout=PATIENCE) == third
    assert instant_server.ledger()["billed_images"] == before + 6


def test_a_job_on_its_way_is_waited_for_and_not_asked_for_again(tmp_path: Path) -> None:
    with SandboxServer(seconds=1) as server, am.Session(KEY, server.url, library=tmp_path) as session:
        submitted = threading.Event()
        session.watch(lambda job: submitted.set() if job.task_id is not None else None)
        running = session.submit("A red fox", reuse=True)
        assert session.submit("A red fox", reuse=True) is running
        with am.Session(KEY, server.url, library=tmp_path) as other:
            # Another kernel's job is followed in the ledger, and nothing is sent.
            submitted.wait(PATIENCE)
            followed = other.submit("A red fox", reuse=True)
            assert followed.id == running.id
            assert followed.result(PATIENCE) == running.result(PATIENCE)
        assert len(server.ledger()["tasks"]) == 1


def test_pictures_are_told_by_their_content(instant_server: SandboxServer, tmp_path: Path) -> None:
    red, green = Image.new("RGB", (64, 64), "red"), Image.new("RGB", (64, 64), "green")
    file = tmp_path / "the same red.png"
    red.save(file)
    with am.Session(KEY, instant_server.url, library=tmp_path / "library") as session:
        first = session.generate("Repaint it", references=[red], reuse=True, timeout=PATIENCE)
        assert session.generate("Repaint it", references=[red.copy()], reuse=True, timeout=PATIENCE) == first
        assert session.generate("Repaint it", references=[green], reuse=True, timeout=PATIENCE) != first


def test_another_key_another_origin_and_what_was_deleted_are_made_anew(
    instant_server: SandboxServer, server: SandboxServer, tmp_path: Path
) -> None:
    with am.Session(KEY, instant_server.url, library=tmp_path) as session:
        first = session.generate("A red fox", reuse=True, timeout=PATIENCE)
        task = first[0].task_id
    with am.Session("sk-another", instant_server.url, library=tmp_path) as session:
        assert session.generate("A red fox", reuse=True, timeout=PATIENCE)[0].task_id != task
    with am.Session(KEY, server.url, library=tmp_path) as session:
        assert session.generate("A red fox", reuse=True, timeout=PATIENCE)[0].task_id != task
    with am.Session(KEY, instant_server.url, library=tmp_path) as session:
        session.delete(first)
        assert session.generate("A red fox", reuse=True, timeout=PATIENCE)[0].task_id != task


def test_what_failed_is_tried_anew(instant_server: SandboxServer) -> None:
    with am.Session(KEY, instant_server.url, library=":memory:") as session:
        for _ in range(2):
            with pytest.raises(am.TaskFailedError):
                session.generate("[fail] A fox", reuse=True, timeout=PATIENCE)
        assert len(session.jobs) == 2


@pytest.mark.parametrize("repeat", [-1, True, "1", 0.5])
def test_a_repeat_that_is_no_count_is_refused(repeat: object) -> None:
    with (
        am.Session(mode="sandbox", library=":memory:") as session,
        pytest.raises(am.ConfigurationError, match="repeat counts"),
    ):
        session.submit("A red fox", reuse=True, repeat=repeat)  # type: ignore[arg-type]
    assert session.jobs == ()
