"""How a session chooses its mode, wires itself together, and judges what it is handed."""

from __future__ import annotations

import io
import logging
import pickle
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import apimart_widgets as am
from apimart_widgets import catalog, encoding, images
from apimart_widgets.images import local_picture
from apimart_widgets.reference import local_reference
from apimart_widgets.sandbox import upload
from tests.sandbox_server import SandboxServer

PATIENCE = 30.0


def picture(size: tuple[int, int] = (64, 48), colour: str = "red") -> Image.Image:
    return Image.new("RGB", size, colour)


def png(size: tuple[int, int] = (64, 48)) -> bytes:
    file = io.BytesIO()
    picture(size).save(file, "PNG")
    return file.getvalue()


# ---- mode


def test_without_a_key_it_draws_here_and_says_so(caplog: pytest.LogCaptureFixture) -> None:
    with am.Session() as session:
        assert session.mode == "sandbox"
        assert session.origin.endswith(".invalid")
    assert "nothing is billed" in caplog.text


def test_with_a_key_it_is_live_and_says_so(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="apimart_widgets")
    monkeypatch.setenv("APIMART_API_KEY", "sk-canary")
    with am.Session() as session:
        assert (session.mode, session.origin) == ("live", "https://api.apimart.ai")
        assert "sk-canary" not in repr(session) + repr(vars(session))
    assert "https://api.apimart.ai" in caplog.text
    assert "sk-canary" not in caplog.text


def test_sandbox_mode_ignores_any_key_and_is_silent(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("APIMART_API_KEY", "sk-canary")
    monkeypatch.setenv("APIMART_BASE_URL", "http://127.0.0.1:9")
    with am.Session("sk-another", mode="sandbox") as session:
        assert session.balance().remaining is not None
    assert caplog.text == ""


def test_live_mode_without_a_key_says_where_to_put_one() -> None:
    with pytest.raises(am.ConfigurationError, match="APIMART_API_KEY"):
        am.Session(mode="live")
    with pytest.raises(am.ConfigurationError, match="APIMART_API_KEY"):
        am.Session(base_url="http://127.0.0.1:9")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"mode": "test"}, "live"),
        ({"mode": "sandbox", "base_url": "http://127.0.0.1:9"}, "takes no base_url"),
        ({"max_concurrency": 0}, "max_concurrency"),
        ({"max_concurrency": True}, "max_concurrency"),
        ({"api_key": "sk-1", "base_url": "ftp://example.com"}, "no address of a server"),
        ({"api_key": "sk-1", "base_url": "https://me:secret@example.com"}, "user name or password"),
        ({"api_key": "sk-1", "base_url": "https://example.com?x=1"}, r"\?"),
        ({"api_key": 7}, "int"),
    ],
)
def test_settings_that_cannot_work_are_refused_before_anything_is_opened(
    arguments: dict[str, object], words: str, tmp_path: Path
) -> None:
    with pytest.raises(am.ConfigurationError, match=words) as raised:
        am.Session(library=tmp_path / "library", **arguments)  # type: ignore[arg-type]
    assert "secret" not in str(raised.value)
    assert not (tmp_path / "library").exists()


def test_the_library_is_where_the_environment_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APIMART_LIBRARY", str(tmp_path / "there"))
    with am.Session(mode="sandbox") as session:
        assert session.library.folder == tmp_path / "there"


# ---- pictures, in the sandbox of this process


def test_the_sandbox_in_this_process_makes_pictures() -> None:
    with am.Session(mode="sandbox", library=":memory:", sandbox_seconds=0) as session:
        images = session.generate("A red fox", size="2:3", background="transparent", quality="low")
        (image,) = images
        drawn = image.to_pil()
        assert (drawn.size, drawn.mode) == ((1024, 1536), "RGBA")
        assert drawn.getchannel("A").getextrema() == (0, 255)
        assert image.mode == "sandbox"
        assert session.estimate("A red fox", quality="low") is not None


# ---- what is handed in


def test_every_problem_is_said_at_once_and_nothing_is_sent(instant_server: SandboxServer, tmp_path: Path) -> None:
    before = instant_server.ledger()["requests"]
    with am.Session("sk-1", instant_server.url, library=":memory:") as session:
        with pytest.raises(am.InvalidRequest) as raised:
            session.submit(
                "", references=[tmp_path / "missing.png", b"", "https://me:pw@example.com/a.png"], n="4", quality="best"
            )
        assert [problem.field for problem in raised.value.problems] == [
            *("image_urls", "image_urls"),
            *("prompt", "n", "quality", "image_urls"),
        ]
        assert "missing.png" in str(raised.value)
        assert session.jobs == ()
    assert instant_server.ledger()["requests"] == before


@pytest.mark.parametrize("kind", ["path", "text path", "bytes", "PIL", "numpy", "generated", "URL"])
def test_references_of_every_kind_reach_the_server_in_order(
    instant_server: SandboxServer, tmp_path: Path, kind: str
) -> None:
    (tmp_path / "fox.png").write_bytes(png())
    with am.Session("sk-1", instant_server.url, library=":memory:") as session:
        references = {
            "path": tmp_path / "fox.png",
            "text path": str(tmp_path / "fox.png"),
            "bytes": png(),
            "PIL": picture(),
            "numpy": np.asarray(picture()),
            "generated": session.generate("A fox")[0],
            "URL": "https://example.com/fox.png",
        }
        job = session.submit("Two foxes", references=["https://example.com/first.png", references[kind]])
        job.result(PATIENCE)
        sent = next(
            task["payload"]["image_urls"] for task in instant_server.ledger()["tasks"] if task["id"] == job.task_id
        )
        assert len(sent) == 2
        assert sent[0] == "https://example.com/first.png"
        assert sent[1].startswith("https://example.com/" if kind == "URL" else "http://localhost:")


def test_a_mask_is_put_into_form_for_the_first_reference(instant_server: SandboxServer) -> None:
    hole = np.zeros((48, 64), dtype=bool)
    hole[10:20, 10:30] = True
    with am.Session("sk-1", instant_server.url, library=":memory:") as session:
        job = session.submit("A hat", references=[picture()], mask=hole)
        assert len(job.result(PATIENCE)) == 1
        names = [local_reference(url) for url in [*(job.request.image_urls or ()), job.request.mask_url or ""]]
        assert all(names)
        with pytest.raises(am.InvalidRequest, match="size") as raised:
            session.submit("A hat", references=[picture((32, 32))], mask=hole)
        assert [problem.field for problem in raised.value.problems] == ["mask_url"]
        with pytest.raises(am.InvalidRequest, match="belongs to a reference"):
            session.submit("A hat", mask=hole)
        with pytest.raises(am.InvalidRequest, match="given twice, as mask and as mask_url"):
            session.submit("A hat", references=[picture()], mask=hole, mask_url="https://example.com/mask.png")


def test_what_is_uploaded_does_not_say_where_it_was_taken(instant_server: SandboxServer, tmp_path: Path) -> None:
    where = Image.Exif()
    where[0x0112] = 6
    where.get_ifd(0x8825)[2] = (48.0, 51.0, 30.2)
    picture((64, 48)).save(tmp_path / "fox.jpg", exif=where)
    fit = local_picture(tmp_path / "fox.jpg")
    hole = np.ones((64, 48), dtype=bool)  # of the size the picture has once it is upright
    with am.Session("sk-1", instant_server.url, library=":memory:") as session:
        session.submit("A hat", references=[tmp_path / "fox.jpg"], mask=hole).result(PATIENCE)
        uploads = {upload["filename"]: upload for upload in instant_server.ledger()["uploads"]}
    assert uploads["fox.jpg"]["sha256"] == fit.sha256
    assert not Image.open(io.BytesIO(fit.data)).getexif()


def moving() -> bytes:
    file = io.BytesIO()
    picture().save(file, "GIF", save_all=True, append_images=[picture(colour="blue")])
    return file.getvalue()


def test_what_became_of_a_reference_is_said_where_it_was_handed_in() -> None:
    with am.Session(mode="sandbox", library=":memory:", sandbox_seconds=0) as session:
        with pytest.warns(am.RequestWarning, match=r"^image_urls\[1\]: The picture has several frames") as warned:
            job = session.submit("Two foxes", references=["https://example.com/fox.png", moving()])
        assert [warning.filename for warning in warned] == [__file__]
        job.cancel()
        with pytest.warns(am.RequestWarning, match=r"^The picture has several frames") as warned:
            session.reference(moving())
        assert [warning.filename for warning in warned] == [__file__]


def test_that_a_reference_was_made_smaller_is_said_before_its_mask_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (images, encoding):
        monkeypatch.setattr(module, "UPLOAD_LIMIT", 20_000)
    noise = np.random.default_rng(5).integers(0, 256, (100, 100, 3), "uint8")
    with am.Session(mode="sandbox", library=":memory:") as session:
        refused = pytest.raises(am.InvalidRequest, match=r"mask is 100x100 pixels, the first reference 7\dx7\d")
        with pytest.warns(am.RequestWarning, match=r"It is sent at 7\dx7\d pixels"), refused:
            session.submit("A hat", references=[noise], mask=np.ones((100, 100), dtype=bool))


def test_a_mask_for_a_reference_elsewhere_keeps_its_size() -> None:
    with am.Session(mode="sandbox", library=":memory:") as session:
        job = session.submit("A hat", references=["https://example.com/a.png"], mask=np.ones((30, 20), dtype=bool))
        (mask,) = job._pictures.values()
        assert (mask.width, mask.height) == (20, 30)


def test_the_limit_is_what_the_sandbox_takes() -> None:
    assert encoding.UPLOAD_LIMIT == upload.LARGEST_UPLOAD


def test_every_problem_is_told_at_its_own_place() -> None:
    references = [5, "https://example.com/b.png", "data:image/png;base64,AAAA"]
    with am.Session(mode="sandbox", library=":memory:") as session:
        with pytest.raises(am.InvalidRequest) as raised:
            session.submit("A fox", image_urls=["https://example.com/a.png"], references=references)
        told = [(problem.field, str(problem.message)[:14]) for problem in raised.value.problems]
        assert told == [("image_urls", "image_urls[1]:"), ("image_urls", "image_urls[3]:")]
        with pytest.raises(am.InvalidRequest) as raised:
            session.submit("A fox", mask=b"no picture")
        assert [problem.field for problem in raised.value.problems] == ["mask_url", "mask_url"]
        assert "belongs to a reference" in str(raised.value)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"sandbox_seconds": -1}, "sandbox_seconds is a number of seconds from 0 up, not -1"),
        ({"sandbox_seconds": "3"}, "not '3'"),
        ({"sandbox_seconds": float("nan")}, "not nan"),
        ({"library": 5}, "A library is a folder, not int"),
        ({"max_concurrency": True}, "whole number from 1 up, not True"),
    ],
)
def test_a_setting_that_cannot_work_is_a_sentence(settings: dict[str, object], sentence: str) -> None:
    with pytest.raises((am.ConfigurationError, am.LibraryError), match=sentence):
        am.Session(**{"mode": "sandbox", "library": ":memory:", **settings})  # type: ignore[arg-type]


def test_one_reference_in_place_of_a_list_says_how_to_write_it() -> None:
    with (
        am.Session(mode="sandbox", library=":memory:") as session,
        pytest.raises(am.InvalidRequest, match=r"references=\[picture\]"),
    ):
        session.submit("A fox", references="fox.png")  # type: ignore[arg-type]


def test_a_request_may_be_handed_in_whole_and_changed(instant_server: SandboxServer) -> None:
    with am.Session("sk-1", instant_server.url, library=":memory:") as session:
        request = am.ImageRequest("A fox", size="3:2")
        assert session.submit(request).request == request
        assert session.submit(request, n=2).request == request.replace(n=2)
        revived = pickle.loads(pickle.dumps(request))
        assert session.submit(revived).request == request


def test_a_request_read_back_is_judged_before_it_is_sent() -> None:
    with am.Session(mode="sandbox", library=":memory:") as session:
        stale = am.ImageRequest.from_payload({"prompt": "A fox", "model": "gone-model"})
        with pytest.raises(am.InvalidRequest, match="gone-model"):
            session.submit(stale)


def test_images_carry_the_request_they_came_from(instant_server: SandboxServer) -> None:
    prompt = '"quotes" </script> 狐狸 🦊 ' + "x" * 32_000
    with am.Session("sk-1", instant_server.url, library=":memory:") as session:
        (image,) = session.generate(prompt)
        assert image.request.prompt == prompt


def test_money_is_asked_for_without_being_spent(instant_server: SandboxServer) -> None:
    with am.Session("sk-money", instant_server.url, library=":memory:") as session:
        before = session.balance()
        one = session.estimate("A fox", quality="low")
        four = session.estimate("A fox", quality="low", n=4)
        auto = session.estimate("A fox")
        assert one is not None
        assert four is not None
        assert auto is not None
        assert four.high == pytest.approx(4 * one.high)
        assert auto.low < auto.high
        assert session.balance() == before
        job = session.submit("A fox", quality="low")
        job.result(PATIENCE)
        assert job.cost is not None
        assert job.cost.amount == pytest.approx(one.high)
        after = session.balance()
        assert before.remaining is not None
        assert after.remaining is not None
        assert before.remaining - after.remaining == pytest.approx(one.high)


def test_no_price_is_no_estimate(instant_server: SandboxServer) -> None:
    catalog.register_model("gpt-image-1-official-unpriced")
    try:
        with am.Session("sk-1", instant_server.url, library=":memory:") as session:
            assert session.estimate("A fox", model="gpt-image-1-official-unpriced") is None
    finally:
        catalog.unregister_model("gpt-image-1-official-unpriced")


def test_a_broken_key_in_the_environment_does_not_disturb_the_sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APIMART_API_KEY", "sk-\u2028broken")
    with am.Session(mode="sandbox", library=":memory:") as session:
        assert session.mode == "sandbox"
    with pytest.raises(am.ConfigurationError, match="APIMART_API_KEY"):
        am.Session(library=":memory:")


@pytest.mark.parametrize(
    "fields",
    [
        {"image_urls": "https://example.com/a.png", "references": [picture()]},
        {"image_urls": [3], "mask": picture()},
        {"image_urls": 7, "references": []},
    ],
)
def test_addresses_in_the_wrong_form_are_one_problem(fields: dict[str, object]) -> None:
    with am.Session(mode="sandbox", library=":memory:") as session, pytest.raises(am.InvalidRequest) as raised:
        session.submit("A fox", **fields)  # type: ignore[arg-type]
    assert [problem.field for problem in raised.value.problems] == ["image_urls"]


# ---- what is kept


def test_who_watches_is_told_of_what_became_of_kept_pictures(caplog: pytest.LogCaptureFixture) -> None:
    with am.Session(mode="sandbox", library=":memory:", sandbox_seconds=0) as session:
        images = session.generate("A red fox", n=3)
        told: list[tuple[list[am.GeneratedImage], int | None, str | None, int]] = []

        def hear(changed: Sequence[am.GeneratedImage], by: am.GeneratedImage | None) -> None:
            left = len(session.jobs[0].images)  # those of its jobs have changed by then
            told.append((list(changed), by and by.rating, by and by.note, left))

        session.watch_kept(lambda *_: 1 / 0)
        stop = session.watch_kept(hear)
        session.rate(images[0], 4)
        session.note(images[0], "sharp")
        session.delete(images[1:])
        with pytest.raises(am.ConfigurationError):
            session.rate(images[1], 4)
        stop()
        session.rate(images[0], None)
    assert told == [([images[0]], 4, None, 3), ([images[0]], 4, "sharp", 3), ([*images[1:]], None, None, 1)]
    assert "What session.watch_kept was given, which looks on, failed" in caplog.text
