"""What was exported is played again: as it went, in its time, and never passed off as anything but a replay."""

from __future__ import annotations

import asyncio
import dataclasses
import hashlib
import io
import json
import math
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

import apimart_widgets as am
from apimart_widgets import archive, delivery, replay
from apimart_widgets.client import AsyncClient
from apimart_widgets.delivery import Delivery
from apimart_widgets.errors import ConfigurationError, LibraryError
from apimart_widgets.loop import Clock, io_thread
from apimart_widgets.recording import Poll, Recorded, Recording, Refused, queries_of
from apimart_widgets.replay import REPLAY_ORIGIN, Replay
from apimart_widgets.request import ImageRequest
from apimart_widgets.results import ImageSet
from apimart_widgets.sandbox.app import create_app
from apimart_widgets.study import FORMAT, Study
from apimart_widgets.task import Task
from apimart_widgets.words import Sentence
from tests.sandbox_server import SandboxServer
from tests.test_canary import everything_in, forms
from tests.test_panel import Driver
from tests.test_readme import SETUP, code, section

KEY = "sk-replay-0123456789abcdef"
PROMPTS = ["A {animal} in snow", "A [fail] lighthouse"]
AXES: dict[str, Any] = {"animal": ["fox", "owl"], "quality": ["low", "high"]}
REFERENCE = Image.new("RGB", (64, 64), "teal")
QUICK = 1000.0


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[am.Session]:
    """A live session that made a sweep and a few other pictures, some without success."""
    with (
        SandboxServer(seconds=0) as server,
        am.Session(KEY, server.url, library=tmp_path_factory.mktemp("library")) as session,
    ):
        yield session


@pytest.fixture(scope="module")
def sweep(live: am.Session) -> am.Sweep:
    made = live.sweep(PROMPTS, repeats=2, name="snow", **AXES)
    made.run(max_cost=10)
    return made


@pytest.fixture(scope="module")
def swept(sweep: am.Sweep, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sweep.export(tmp_path_factory.mktemp("exports") / "sweep")


@pytest.fixture(scope="module")
def kept(live: am.Session, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Jobs that are no sweep: repeats, an edit, a refusal."""
    jobs = [live.submit("A red fox", n=2), live.submit("A red fox", n=2)]
    jobs.append(live.submit("With a hat", references=[REFERENCE], quality="low"))
    jobs.append(live.submit("[refuse] A fox"))
    for job in jobs[:3]:
        job.result(60)
    with pytest.raises(am.ContentPolicyError):
        jobs[3].result(60)
    return live.export(tmp_path_factory.mktemp("exports") / "kept", jobs, name="kept")


@pytest.fixture
def play() -> Iterator[Callable[..., am.Session]]:
    opened: list[am.Session] = []

    def make(folder: Path, **arguments: Any) -> am.Session:
        opened.append(am.Session.replay(folder, **{"speed": QUICK, **arguments}))
        return opened[-1]

    yield make
    for session in opened:
        session.close()


# ---- as it went


def test_a_sweep_of_the_same_axes_plays_the_whole_of_it(sweep: am.Sweep, swept: Path, play: Any) -> None:
    session = play(swept)
    played = session.sweep(PROMPTS, repeats=2, name="again", **AXES)
    played.run()
    assert played.images == sweep.images
    assert [image.bytes for image in played.images] == [image.bytes for image in sweep.images]
    assert [job.status for job in played.jobs] == [job.status for job in sweep.jobs]
    assert played.progress.failed == sweep.progress.failed == 4
    for (cell, error), (recorded, was) in zip(played.failures, sweep.failures, strict=True):
        assert (cell.request, cell.repeat, type(error), str(error)) == (
            recorded.request,
            recorded.repeat,
            type(was),
            str(was),
        )
    fields = ("prompt", "repeat", "animal", "sha256", "task_id", "generated")
    rows = zip(played.to_records(), sweep.to_records(), strict=True)
    assert all([row[name] for name in fields] == [was[name] for name in fields] for row, was in rows)


def test_nothing_is_spent_and_all_of_it_is_said_to_be_a_replay(swept: Path, play: Any, tmp_path: Path) -> None:
    session = play(swept)
    assert (session.mode, session.library.folder) == ("replay", None)
    assert session.estimate("A fox in snow", n=4).high == 0
    played = session.sweep(PROMPTS[0], repeats=2, name="again", **AXES)
    played.run()
    assert float(session.spent()) == session.balance().remaining == played.progress.spent == 0
    assert {row["cost"] for row in played.to_records()} == {0.0}
    image = played.images[0]
    assert {job.mode for job in played.jobs} == {image.mode} == {"replay"}
    paragraph = played.methods()
    assert paragraph.startswith("This is a replay of snow: what is told was recorded earlier")
    assert "through 127.0.0.1" in paragraph
    assert "The replay cost nothing." in paragraph
    assert "sandbox" not in paragraph
    assert "Replay" in image._repr_html_()
    assert "replay" in repr(session)
    for said in (repr(image), str(image.alt), played._repr_html_()):
        assert "eplay" in said
    assert am.GeneratedImage.open(image.save(tmp_path / "saved.png")).mode == "replay"
    with pytest.raises(ConfigurationError, match=r"several kinds \(live, replay\)"):
        am.Grid(am.open_sweep(swept).images + played.images)
    # Exported once more it is a study like any other, and no recording.
    again = played.export(tmp_path / "again")
    assert am.open_sweep(again).mode == "replay"
    with pytest.raises(ConfigurationError, match="exported from a replay"):
        am.Session.replay(again)


def test_drawings_stay_drawings(tmp_path: Path, play: Any) -> None:
    with am.Session(mode="sandbox", library=":memory:", sandbox_seconds=0) as drawn:
        drawn.generate("A red fox")
        session = play(drawn.export(tmp_path / "drawn"))
    image = session.generate("A red fox")[0]
    assert session.mode == image.mode == "sandbox replay"
    assert "no evidence about any model" in str(am.Grid([image], "quality").now.headers().title)
    assert image.alt.startswith("Replayed sandbox drawing")


def test_repeats_come_in_their_order_and_then_from_the_first(kept: Path, play: Any) -> None:
    session = play(kept)
    first, second, third = (session.generate("A red fox", n=2, size="1:1") for _ in range(3))
    recorded = am.open_sweep(kept).images
    assert (first, second) == (recorded[:2], recorded[2:4])
    assert [image.bytes for image in third] == [image.bytes for image in first]
    assert third != first  # asked for anew, and known as such
    assert session.generate("A red fox", n=2, reuse=True) == first
    with pytest.raises(ConfigurationError, match="was recorded 2 times, and this asks for more"):
        session.generate("A red fox", n=2, reuse=True, repeat=3)


def test_an_edit_is_known_by_the_content_of_its_reference(kept: Path, play: Any) -> None:
    session = play(kept)
    assert (
        session.generate("With a hat", references=[REFERENCE.copy()], quality="low") == am.open_sweep(kept).images[4:]
    )
    with pytest.raises(am.BadRequestError, match="holds no “With a hat”"):
        session.generate("With a hat", references=[Image.new("RGB", (64, 64), "red")], quality="low")


# ---- what is left of it


def test_a_picture_that_was_deleted_is_left_out(tmp_path: Path, play: Any, live: am.Session) -> None:
    made, gone = (live.generate(f"A {animal} that was deleted", n=2) for animal in ("stoat", "mole"))
    jobs = live.jobs[-2:]
    live.delete([made[0], *gone])
    session = play(live.export(tmp_path / "export", jobs))
    job = session.submit("A stoat that was deleted", n=2)
    assert [image.sha256 for image in job.result(60)] == [made[1].sha256]
    assert job.status == "completed"
    with pytest.raises(am.BadRequestError, match="holds no “A mole that was deleted”"):
        session.generate("A mole that was deleted", n=2)


def test_a_picture_that_never_came_fails_once_more(
    tmp_path: Path, play: Any, live: am.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    download = Delivery._download

    async def without_the_second(self: Delivery, job: am.Job, task: Task, index: int, *others: Any) -> Any:
        if index == 1 and job.mode == "live":
            raise am.DownloadError("It is gone.", lasting=True)
        return await download(self, job, task, index, *others)

    monkeypatch.setattr(Delivery, "_download", without_the_second)
    monkeypatch.setattr(delivery, "_PAUSE", 0)
    job = live.submit("A weasel", n=2)
    with pytest.raises(am.DownloadError):
        job.result(60)
    # Of what came, one more is deleted: that alone is left out.
    assert live.delete(job.images) == 1
    folder = live.export(tmp_path / "export", [job])
    assert [each["pictures"] for each in Study.open(folder).recordings.values()] == [(None,)]
    session = play(folder)
    with pytest.raises(am.DownloadError, match="This picture was not recorded"):
        session.generate("A weasel", n=2)


# ---- another request


def test_a_picture_in_a_format_that_was_not_asked_for_is_exported_opened_and_played(
    tmp_path: Path, play: Any, live: am.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = io.BytesIO()
    REFERENCE.save(file, "GIF")

    async def download(*_: Any, **__: Any) -> bytes:
        return file.getvalue()

    with monkeypatch.context() as served:
        served.setattr(AsyncClient, "download", download)
        sweep = live.sweep("A stoat", quality="low")
        sweep.run()
    assert sweep.images[0].save(tmp_path, metadata=False).suffix == ".gif"
    folders = [live.export(tmp_path / "jobs", sweep.jobs), sweep.export(tmp_path / "sweep")]
    for folder in folders:
        assert [image.bytes for image in Study.open(folder).images] == [file.getvalue()]
        assert play(folder).generate("A stoat", quality="low")[0].bytes == file.getvalue()


def test_pictures_that_differ_in_the_query_of_their_address_are_told_apart(
    tmp_path: Path, play: Any, live: am.Session
) -> None:
    one, two, three = (f"https://drive.example/uc?id={name}" for name in ("1AAA", "2BBB", "3CCC"))
    made = [live.generate("A hat", image_urls=[url], quality="low") for url in (one, two)]
    folder = live.export(tmp_path / "export", live.jobs[-2:])
    assert not any(b"1AAA" in data for _, data in everything_in(folder))
    session = play(folder)
    assert [session.generate("A hat", image_urls=[url], quality="low") for url in (two, one)] == made[::-1]
    with pytest.raises(am.BadRequestError) as refused:
        session.generate("A hat", image_urls=[three], quality="low")
    assert "image_urls 1), but an address in it differs after “?”. Recorded in all: requests 2" in str(refused.value)


@pytest.mark.parametrize(
    ("recorded", "asked"),
    [
        (
            "id=7&X-Amz-Date=1&X-Amz-Expires=60&X-Amz-Signature=ab",
            "id=7&X-Amz-Date=2&X-Amz-Expires=60&X-Amz-Signature=c",
        ),
        ("Expires=1&OSSAccessKeyId=LTAI&Signature=ab&id=7", "Expires=2&OSSAccessKeyId=LTAI&Signature=cd&id=7"),
        ("id=7&sv=2024&se=2026-01-01&sr=b&sp=r&sig=ab", "id=7&sv=2024&se=2027-01-01&sr=b&sp=r&sig=cd"),
        ("id=7&password=fox", "id=7&password=owl"),
    ],
)
def test_what_signs_or_unlocks_an_address_is_not_compared(recorded: str, asked: str) -> None:
    def queries(query: str) -> str:
        return queries_of(ImageRequest("A hat", image_urls=[f"https://files.example/a.png?{query}"]))

    assert queries(recorded) == queries(asked) == queries("id=7") != queries(recorded.replace("id=7", "id=8"))


def test_until_when_an_address_holds_is_of_its_signature_alone() -> None:
    pages = [ImageRequest("A hat", image_urls=[f"https://files.example/a?e={page}"]) for page in (1, 2)]
    assert queries_of(pages[0]) != queries_of(pages[1])


def test_an_export_of_an_earlier_version_knows_addresses_without_their_queries(
    tmp_path: Path, play: Any, live: am.Session
) -> None:
    made = live.generate("A cap", image_urls=["https://drive.example/uc?id=1AAA"])
    folder = live.export(tmp_path / "export", live.jobs[-1:])
    study = Study.open(folder)
    earlier = {
        job_id: {name: value for name, value in each.items() if name != "queries"}
        for job_id, each in study.recordings.items()
    }
    session = play(dataclasses.replace(study, recordings=earlier).save(tmp_path / "earlier"))
    assert session.generate("A cap", image_urls=["https://drive.example/uc?id=2BBB"]) == made
    with pytest.raises(am.BadRequestError) as refused:
        session.generate("A cap", image_urls=["https://drive.example/uc?id=2BBB"], quality="low")
    assert "(size 1:1, quality auto, n 1, image_urls 1). Recorded" in str(refused.value)


def test_a_refusal_is_refused_the_same_way(kept: Path, play: Any, live: am.Session) -> None:
    (was,) = (job.error for job in live.jobs if job.request.prompt == "[refuse] A fox")
    with pytest.raises(am.ContentPolicyError) as refused:
        play(kept).generate("[refuse] A fox")
    assert str(refused.value) == str(was)
    assert (refused.value.status_code, refused.value.code) == (400, "content_policy_violation")


def test_what_was_not_recorded_is_refused_with_the_nearest(kept: Path, play: Any) -> None:
    session = play(kept)
    with pytest.raises(am.BadRequestError) as refused:
        session.generate("A red fix", quality="high")
    said = refused.value.message
    assert said.startswith(
        "This replay holds no “A red fix” (size 1:1, quality high, n 1). The nearest that were recorded"
    )
    assert said.index("“A red fox” (size 1:1, quality auto, n 2)") < said.index("“[refuse] A fox”")
    assert said.endswith("Nothing was billed.")
    assert "最接近的录制" in said.to("zh")
    assert session.jobs[-1].task_id is None
    assert len(session.library) == 0


PREFACE = "A prompt that begins as so many do, in the same way, with more than eighty characters, and then comes "


def played(*recorded: ImageRequest) -> Replay:
    """A replay of requests that were refused, which is all that is needed to be told of them."""
    gone = Refused(400, None, None)
    recordings = tuple(
        Recording(request=each, answered=0.0, refused=gone, queries=queries_of(each)) for each in recorded
    )
    return Replay(Recorded(Path(), "n", "live", "", "", recordings), speed=QUICK, clock=Clock(), io=io_thread())


def refusal(replay: Replay, wanted: ImageRequest) -> Sentence:
    """What a request is told that was not recorded."""
    asked = {"json": wanted.to_payload(), "headers": {"Idempotency-Key": "k"}}
    request = httpx.Request("POST", f"{REPLAY_ORIGIN}/v1/images/generations", **asked)
    error = io_thread().submit(replay.handle_async_request(request)).exception(60)
    assert isinstance(error, am.BadRequestError)
    assert isinstance(error.message, Sentence)
    return error.message


A, B, C = (f"https://a.example/{name}.png" for name in "abc")
HAT: dict[str, Any] = {"prompt": "A hat"}


@pytest.mark.filterwarnings("ignore::apimart_widgets.errors.RequestWarning")
@pytest.mark.parametrize(
    ("recorded", "wanted", "said", "in_chinese"),
    [
        (
            {**HAT, "image_urls": [A, B]},
            {**HAT, "image_urls": [A, C]},
            "image_urls 2), but with another picture as reference 2.",
            "image_urls 2），但第 2 张参考图不同。",
        ),
        (
            {**HAT, "image_urls": [A], "mask_url": B},
            {**HAT, "image_urls": [A], "mask_url": C},
            "mask_url 1), but with another mask.",
            "但蒙版不同。",
        ),
        (
            {**HAT, "extra_body": {"seed": 7, "style": "ink"}},
            {**HAT, "extra_body": {"style": "ink", "steps": 2}},
            "n 1), but with other extra_body (steps, seed).",
            "但其 extra_body 不同（steps, seed）。",
        ),
        (
            {"prompt": PREFACE + "a fox in the snow"},
            {"prompt": PREFACE + "a wolf"},
            f"but its prompt differs from character {len(PREFACE) + 3} on: 'fox in the snow'.",
            f"但其提示词从第 {len(PREFACE) + 3} 个字符起不同：'fox in the snow'。",
        ),
        (
            {"prompt": PREFACE},
            {"prompt": PREFACE + "a wolf"},
            f"but its prompt ends after character {len(PREFACE)}.",
            f"但其提示词在第 {len(PREFACE)} 个字符后结束。",
        ),
        (
            {"prompt": "A  hat"},
            HAT,
            "but its prompt differs from character 3 on: ' hat'.",
            "但其提示词从第 3 个字符起不同：' hat'。",
        ),
        (
            {"prompt": PREFACE + "a fox", "image_urls": [A]},
            {"prompt": PREFACE + "an owl", "image_urls": [B]},
            "on: ' fox' and with another picture as reference 1.",
            "：' fox'，且第 1 张参考图不同。",
        ),
        ({**HAT, "image_urls": [A]}, HAT, "image_urls 1). Recorded", "image_urls 1）。共"),
    ],
)
def test_a_refusal_says_how_the_nearest_differs(
    recorded: dict[str, Any], wanted: dict[str, Any], said: str, in_chinese: str
) -> None:
    told = refusal(played(ImageRequest(**recorded)), ImageRequest(**wanted))
    assert said in told
    assert in_chinese in told.to("zh")


def test_long_prompts_are_refused_at_once_and_beside_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    threads = []
    nearest = replay._nearest

    def noted(*given: Any) -> list[ImageRequest]:
        threads.append(io_thread().is_current())
        return nearest(*given)

    monkeypatch.setattr(replay, "_nearest", noted)
    # Held against each other in full, they would take most of a minute.
    texts = [" ".join(f"{(7 * number + place) % 97} foxes" for place in range(1200)) for number in range(20)]
    others = played(*map(ImageRequest, texts))
    began = time.thread_time()
    told = refusal(others, ImageRequest(texts[3][:-5] + "owls"))
    assert time.thread_time() - began < 5
    assert threads == [False]
    assert f"differs from character {len(texts[3]) - 4} on: 'foxes'" in told


# ---- in its time


class Ticking(Clock):
    """A clock that stands still but while somebody waits, and then does not wait."""

    def __init__(self) -> None:
        self.time = 100.0

    def monotonic(self) -> float:
        return self.time

    def alarm(self, seconds: float) -> asyncio.Future[None]:
        self.time += seconds
        return super().alarm(0)


@pytest.mark.parametrize("speed", [1.0, 4.0])
def test_every_answer_takes_its_recorded_time(tmp_path: Path, speed: float) -> None:
    picture = b"a picture"
    name = hashlib.sha256(picture).hexdigest() + ".png"
    (tmp_path / name).write_bytes(picture)
    polls = (Poll(0.5, "pending", 0.0), Poll(20.0, "processing", 40.0), Poll(60.0, "completed", 100.0))
    answer = Task("task_1", "completed", created=1e9, actual_time=59.0, estimated_time=80.0, cost=0.5)
    request = ImageRequest("A fox")
    recording = Recording(
        request=request, answered=2.0, task_id="task_1", polls=polls, pictures=(name,), fetched=(4.0,), answer=answer
    )
    clock = Ticking()
    replay = Replay(Recorded(tmp_path, "n", "live", "", "", (recording,)), speed=speed, clock=clock, io=io_thread())

    async def call(method: str, path: str, **arguments: Any) -> tuple[float, httpx.Response]:
        before = clock.time
        answered = await replay.handle_async_request(httpx.Request(method, REPLAY_ORIGIN + path, **arguments))
        return (clock.time - before) * speed, answered

    async def course() -> list[Any]:
        posted = {"json": request.to_payload(), "headers": {"Idempotency-Key": "k"}}
        took, answered = await call("POST", "/v1/images/generations", **posted)
        seen: list[Any] = [(took, answered.json()["data"][0]["task_id"])]
        accepted = clock.time
        for at in (0.0, 1.0, 19.0, 20.1, 59.0, 70.0):
            clock.time = max(clock.time, accepted + at / speed)
            took, answered = await call("GET", "/v1/tasks/task_1")
            data = answered.json()["data"]
            seen.append((round(took, 6), data["status"], data["progress"], data["estimated_time"] * speed))
        assert (data["actual_time"], data["cost"]) == (59.0, 0)
        took, answered = await call("GET", data["result"]["images"][0]["url"].removeprefix(REPLAY_ORIGIN))
        again = await call("POST", "/v1/images/generations", **posted)
        return [*seen, (took, answered.content), (again[0], again[1].headers["Idempotency-Replayed"])]

    assert io_thread().submit(course()).result(30) == [
        (2.0, "task_1"),
        (0.5, "pending", 0.0, 80.0),
        (0.0, "pending", 0.0, 80.0),
        (1.0, "processing", 40.0, 80.0),
        (0.0, "processing", 40.0, 80.0),
        (1.0, "completed", 100.0, 80.0),
        (0.0, "completed", 100.0, 80.0),
        (4.0, picture),
        (0.0, "true"),
    ]


@pytest.mark.parametrize("speed", [0, -1, True, "2", float("nan")])
def test_a_speed_that_is_none_is_refused(swept: Path, speed: Any) -> None:
    with pytest.raises(ConfigurationError, match="speed is how many times as fast"):
        am.Session.replay(swept, speed=speed)


# ---- folders that cannot be played


def _damaged(folder: Path) -> None:
    path = next((folder / "images").iterdir())
    path.write_bytes(path.read_bytes()[:-1])


def _newer(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    (folder / "manifest.json").write_text(json.dumps({**manifest, "version": 99}), encoding="utf-8")


def _empty(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.mkdir()


def _other(folder: Path) -> None:
    _empty(folder)
    (folder / "notes.txt").write_text("a fox")


def _forged(folder: Path) -> None:
    _empty(folder)
    about = {"format": FORMAT, "version": 1, "name": "x", "mode": "live", "origin": "", "created": ""}
    archive.write(folder, {"recordings.json": b'{"job_1": {"request": 7}}'}, about)


def _without_courses(folder: Path) -> None:
    shutil.rmtree(folder)
    Study(name="x", mode="live", origin="https://api.apimart.ai", plan={}, images=ImageSet()).save(folder)


@pytest.mark.parametrize(
    ("spoil", "kind", "said"),
    [
        (shutil.rmtree, ConfigurationError, "There is no folder"),
        (_empty, ConfigurationError, "is empty"),
        (_other, ConfigurationError, "holds no saved study"),
        (_without_courses, ConfigurationError, "Nothing in .* can be played"),
        (_damaged, LibraryError, "is not as it was saved"),
        (_newer, LibraryError, "later version"),
        (_forged, LibraryError, "do not make up a study"),
    ],
)
def test_a_folder_that_cannot_be_played_says_why(
    swept: Path, tmp_path: Path, spoil: Callable[[Path], None], kind: type[Exception], said: str
) -> None:
    folder = Path(shutil.copytree(swept, tmp_path / "copy"))
    spoil(folder)
    with pytest.raises(kind, match=said):
        am.Session.replay(folder)


@pytest.mark.parametrize(
    ("created", "days"),
    [
        ((1764000000.0, 1764100000.0), ("2025-11-24", "2025-11-25")),
        ((1764000000000.0,), ("2026-01-02", "2026-01-02")),  # in milliseconds
        ((1764000000000.0, 1764000000.0), ("2025-11-24", "2025-11-24")),
        ((None, math.inf), ("2026-01-02", "2026-01-02")),
    ],
)
def test_a_moment_of_no_calendar_is_no_day_of_a_recording(
    created: tuple[float | None, ...], days: tuple[str, str]
) -> None:
    recordings = tuple(
        Recording(request=ImageRequest("A fox"), answered=0.0, answer=Task("t", "completed", created=each))
        for each in created
    )
    recorded = Recorded(Path(), "foxes", "live", "", "2026-01-02T09:00:00+00:00", recordings)
    assert recorded.days == days
    assert recorded.describe()["days"] == list(days)


def test_no_folder_at_all_and_no_mode_of_that_name() -> None:
    with pytest.raises(ConfigurationError, match=r"A replay plays a folder, not int\."):
        am.Session.replay(7)  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match=re.escape("Session.replay(folder)")):
        am.Session(mode="replay")


# ---- what is exported


def test_an_export_holds_no_key_and_no_path_of_this_machine(swept: Path, kept: Path, live: am.Session) -> None:
    secrets = [*forms(KEY), str(live.library.folder).encode(), str(Path.home()).encode(), str(swept.parent).encode()]
    for folder in (swept, kept):
        found = {str(path) for path, data in everything_in(folder) for secret in secrets if secret in data}
        assert found == set()
        assert (folder / "recordings.json").is_file()


def test_pictures_of_an_earlier_session_stand_for_their_jobs(tmp_path: Path, play: Any, live: am.Session) -> None:
    with am.Session(KEY, live.origin, library=tmp_path / "library") as before:
        made = before.generate("A heron", n=2)
    with am.Session(KEY, live.origin, library=tmp_path / "library") as session:
        with pytest.raises(ConfigurationError, match="nothing to export"):
            session.export(tmp_path / "none")
        folder = session.export(tmp_path / "found", session.library.search("heron"))
        with pytest.raises(ConfigurationError, match="not of this session's account and mode"):
            session.export(tmp_path / "none", [*live.library.search("snow")][:1])
        with pytest.raises(ConfigurationError, match="not str"):
            session.export(tmp_path / "none", ["heron"])  # type: ignore[list-item]
    assert not (tmp_path / "none").exists()
    assert play(folder).generate("A heron", n=2) == made


LESSON = """
import socket, sys
def no_network(*_, **__):
    raise AssertionError("a replay asked the network")
socket.socket.connect = socket.getaddrinfo = no_network
import apimart_widgets as am
with am.Session.replay(sys.argv[1], speed=1000) as session:
    sweep = session.sweep(["A {animal} in snow", "A [fail] lighthouse"], animal=["fox", "owl"], quality=["low", "high"],
                          repeats=2, name="lesson")
    sweep.run()
    print(len(sweep.images), sweep.progress.failed, session.mode, [image.sha256 for image in sweep.images])
assert "pyarrow" not in sys.modules, "students need no extra"
"""


def test_a_lesson_needs_neither_key_nor_network_nor_extra(swept: Path, sweep: am.Sweep, tmp_path: Path) -> None:
    moved = shutil.copytree(swept, tmp_path / "elsewhere")
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", LESSON, str(moved)], capture_output=True, text=True, check=False
    )
    assert ran.stdout.strip() == f"8 4 replay {[image.sha256 for image in sweep.images]}", ran.stderr
    assert not (tmp_path / "library").exists()


def test_the_lecture_of_the_readme_runs_as_it_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(am.Session.__init__.__kwdefaults__, "sandbox_seconds", 0.0)
    monkeypatch.setitem(create_app.__kwdefaults__, "flat", True)
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    exec(SETUP, names)
    made = names["session"]
    swept = next(block for block in code(section("Comparing settings")) if "session.sweep(" in block)
    exec(swept, names)
    names["job"], names["another_job"] = made.jobs[:2]
    for block in code(section("A lecture without a key")):
        exec(block, names)
    with made, names["session"] as session:
        assert session.mode == "sandbox replay"
        assert [job.status for job in session.jobs] == ["completed"] * 6
    assert len(am.open_sweep("lecture").images) == len(names["sweep"].images)
    assert len(am.open_sweep("exercise").images) == 2


# ---- the panel


def test_a_panel_plays_and_says_so(kept: Path, play: Any) -> None:
    driver = Driver(play(kept))
    try:
        badge = driver.prompt.badge
        assert badge == {
            "mode": "replay",
            "origin": "",
            "balance": "",
            "note": "Recorded pictures of kept; nothing is billed",
        }
        assert driver.submit.estimate == driver.submit.compare == "replay, free"
        assert driver.prompt.kept == ""
        driver.panel.request = am.ImageRequest("A red fox", n=2)
        driver.gesture(driver.submit, "generate", nonce="1", text="A red fox")
        driver.gesture(driver.submit, "generate", nonce="2", text="A blue fox")
        driver.wait(lambda: driver.finished(2))
        other, played = driver.rows()
        assert (played["mode"], played["cost"], len(played["images"])) == ("replay", "free", 2)
        assert "Replayed image 1 of 2" in played["images"][0]["alt"]
        assert other["error"]["action"] == "edit"
        assert "The nearest that were recorded: “A red fox”" in other["error"]["message"]
    finally:
        driver.panel.close()
