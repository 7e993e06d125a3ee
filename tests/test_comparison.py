"""Comparing without a browser: what the page is told of two pictures, its messages, and wrong inputs."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import apimart_widgets as am
from apimart_widgets import encoding, images
from tests.test_panel import wait_until

PATIENCE = 30.0
SMALL, LARGE = Image.new("RGB", (30, 20), "navy"), Image.new("RGB", (300, 200), "teal")


class Page:
    """A page that shows a comparison: what it would be sent is kept."""

    def __init__(self, comparison: am.Comparison) -> None:
        self.comparison = comparison
        self.told: list[tuple[dict[str, Any], list[bytes]]] = []
        self._changed = threading.Condition()
        comparison.send = self._note  # what would go to a browser

    def _note(self, content: dict[str, Any], buffers: Any = None) -> None:
        with self._changed:
            self.told.append((content, list(buffers or ())))
            self._changed.notify_all()

    def hello(self) -> list[tuple[dict[str, Any], list[bytes]]]:
        """Say hello as a page does; returns both pictures."""
        before = len(self.told)
        self.comparison._handle_custom_msg({"kind": "hello"}, [])
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.told) == before + 2, PATIENCE)
        return self.told[before:]


@pytest.fixture(scope="module")
def foxes() -> Iterator[list[am.GeneratedImage]]:
    """The same in low and in high quality."""
    with am.Session(mode="sandbox", library=":memory:", sandbox_seconds=0) as session:
        yield [session.generate("A red fox", size="3:2", quality=quality)[0] for quality in ("low", "high")]


def png(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def names(comparison: am.Comparison) -> list[str]:
    return [side["name"] for side in comparison.pictures]


def refusal(*arguments: Any, **options: Any) -> am.APIMartError:
    with pytest.raises(am.APIMartError) as caught:
        am.compare(*arguments, **options)
    return caught.value


# ---- messages


def test_each_hello_is_answered_with_both_pictures() -> None:
    page = Page(am.compare(SMALL, LARGE))
    for _ in range(2):  # the page was loaded again
        told = page.hello()
        assert [content["id"] for content, _ in told] == [side["image"]["id"] for side in page.comparison.pictures]
        assert [content["media_type"] for content, _ in told] == ["image/png"] * 2
        assert [images.decode(data).size for _, (data,) in told] == [(30, 20), (300, 200)]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_what_a_browser_shows_keeps_its_format(kind: str) -> None:
    file = io.BytesIO()
    LARGE.save(file, kind)
    page = Page(am.compare(file.getvalue(), SMALL))
    content, (data,) = page.hello()[0]
    assert content["media_type"] == f"image/{kind.lower()}"
    assert page.comparison.pictures[0]["image"]["bytes"] == len(data)
    assert images.inspect(data).format == kind.lower()


def test_any_other_picture_is_sent_as_png(tmp_path: Path) -> None:
    LARGE.save(tmp_path / "fox.tiff")
    page = Page(am.compare(tmp_path / "fox.tiff", np.zeros((20, 30), bool)))
    assert [images.inspect(data).format for _, (data,) in page.hello()] == ["png", "png"]


def test_a_file_too_large_for_a_page_is_made_smaller_and_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoding, "UPLOAD_LIMIT", 5_000)
    monkeypatch.setattr(images, "UPLOAD_LIMIT", 5_000)
    noise = Image.effect_noise((200, 100), 80)
    page = Page(am.compare(noise, SMALL, language="zh"))
    (_, (data,)), _ = page.hello()
    assert len(data) <= 5_000
    width = page.comparison.pictures[0]["image"]["width"]
    assert width < 200
    (notice,) = page.comparison.notices
    assert "A 以" in notice
    assert "200x100" in notice


def test_a_closed_comparison_sends_nothing() -> None:
    comparison = am.compare(SMALL, LARGE)
    page = Page(comparison)
    page.hello()
    comparison.close()
    comparison._gesture({"kind": "hello"}, [])
    assert len(page.told) == 2


# ---- what the page is told


def test_results_are_told_with_their_settings(foxes: list[am.GeneratedImage]) -> None:
    comparison = am.compare(*foxes)
    rows = [side["row"] for side in comparison.pictures]
    assert [row["settings"]["quality"] for row in rows] == ["low", "high"]
    assert [row["prompt"] for row in rows] == ["A red fox"] * 2
    assert [(side["image"]["width"], side["image"]["height"]) for side in comparison.pictures] == [(1536, 1024)] * 2
    assert "A red fox" in comparison.pictures[0]["image"]["alt"]
    assert names(comparison) == ["A", "B"]


def test_a_result_and_another_picture(foxes: list[am.GeneratedImage]) -> None:
    comparison = am.compare(foxes[0], LARGE)
    assert [side["row"] is None for side in comparison.pictures] == [False, True]


def test_names_are_those_of_the_files_or_letters(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "fox.png").write_bytes(png(LARGE))
    (tmp_path / "owl.png").write_bytes(png(SMALL))
    fox, owl = tmp_path / "one" / "fox.png", tmp_path / "owl.png"
    assert names(am.compare(fox, str(owl))) == ["fox.png", "owl.png"]
    assert names(am.compare(Image.open(fox), owl)) == ["fox.png", "owl.png"]
    assert names(am.compare(fox, tmp_path / "two" / "fox.png")) == ["A · fox.png", "B · fox.png"]
    assert names(am.compare(fox, SMALL)) == ["A · fox.png", "B"]
    assert [side["label"] for side in am.compare(fox, owl).pictures] == [None, None]


def test_labels_stand_alone_whatever_they_hold() -> None:
    comparison = am.compare(SMALL, SMALL, labels=("<b>before</b>", "{after}"))
    assert [side["label"] for side in comparison.pictures] == ["<b>before</b>", "{after}"]
    assert repr(comparison) == "<Comparison: <b>before</b> 30x20, {after} 30x20>"


def test_the_words_are_in_the_language_asked_for() -> None:
    comparison = am.compare(SMALL, LARGE, language="zh")
    assert comparison.words["results.swap"] == "对调"
    assert comparison.pictures[0]["image"]["alt"] == "图片 A，30x20 像素"


# ---- wrong inputs


@pytest.mark.parametrize("address", ["https://example.com/fox.png", "HTTP://example.com/fox.png"])
def test_a_web_address_is_refused_with_what_to_do(address: str) -> None:
    for arguments in ((address, SMALL), (SMALL, address)):
        error = refusal(*arguments)
        assert isinstance(error, am.ImageError)
        assert "Save the picture and pass the path" in str(error)


@pytest.mark.parametrize("source", ["missing.png", b"", b"<html>", 7, None, np.zeros((2, 2, 7)), Path("/")])
def test_what_is_no_picture_is_refused(source: object) -> None:
    assert isinstance(refusal(SMALL, source), am.ImageError)


@pytest.mark.parametrize("labels", ["AB", ("one",), ("a", "b", "c"), ("a", 2), ("a", " "), 5, {"a": 1}])
def test_labels_are_two_texts(labels: object) -> None:
    error = refusal(SMALL, LARGE, labels=labels)
    assert isinstance(error, am.ConfigurationError)
    assert 'labels=("before", "after")' in str(error)


def test_another_language_is_refused() -> None:
    assert "fr" in str(refusal(SMALL, LARGE, language="fr"))


# ---- before and after, in the panel


class Asked:
    """A panel whose results view is asked for the picture before."""

    def __init__(self, session: am.Session, language: Any = "en") -> None:
        self.panel = am.ImagePanel(session, language=language)
        self.told: list[tuple[dict[str, Any], list[bytes]]] = []
        self._changed = threading.Condition()
        self.panel._results_view.send = self._note

    def _note(self, content: dict[str, Any], buffers: Any = None) -> None:
        with self._changed:
            self.told.append((content, list(buffers or ())))
            self._changed.notify_all()

    def wait(self, condition: Callable[[], object]) -> None:
        with self._changed:
            assert self._changed.wait_for(condition, PATIENCE)

    def ask(self, rows: list[Any] | None = None) -> tuple[dict[str, Any], list[bytes]]:
        """What is answered of the newest picture, of these rows or of the session's."""
        (image,) = (rows or self.panel._results_view.rows)[0]["images"]
        self.panel._results_view._handle_custom_msg({"kind": "before", "id": image["id"]}, [])
        self.wait(lambda: any(content["kind"] in ("before", "say") for content, _ in self.told))
        return next(each for each in self.told if each[0]["kind"] in ("before", "say"))


def test_the_panel_sends_the_picture_before() -> None:
    with am.Session(mode="sandbox", library=":memory:", sandbox_seconds=0) as session:
        session.generate("A red fox", references=[LARGE])
        asked = Asked(session)
        content, (data,) = asked.ask()
        assert (content["kind"], content["media_type"]) == ("before", "image/png")
        assert images.decode(data).size == (content["image"]["width"], content["image"]["height"]) == LARGE.size
        assert content["image"]["alt"] == "The picture it was made from"
        asked.panel.close()


def test_a_later_session_has_the_picture_before(tmp_path: Path) -> None:
    with am.Session(mode="sandbox", library=tmp_path / "library", sandbox_seconds=0) as session:
        session.generate("A red fox", references=[LARGE, SMALL])
    with am.Session(mode="sandbox", library=tmp_path / "library", sandbox_seconds=0) as later:
        asked = Asked(later)
        asked.panel._results_view._handle_custom_msg({"kind": "history", "open": True}, [])
        wait_until(lambda: asked.panel._results_view.history.get("rows"))
        content, (data,) = asked.ask(asked.panel._results_view.history["rows"])
        assert content["kind"] == "before"
        assert images.decode(data).size == LARGE.size
        asked.panel.close()


def test_the_panel_fetches_nothing_from_the_web_to_show_it() -> None:
    with am.Session(mode="sandbox", library=":memory:", sandbox_seconds=0) as session:
        session.generate("A red fox", references=["https://example.com/fox.png"])
        asked = Asked(session)
        text = "The first reference is on the web, where nothing is fetched from: https://example.com/fox.png"
        assert asked.ask()[0]["text"] == text
        asked.panel.close()


def test_the_panel_says_why_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    with am.Session(mode="sandbox", library=":memory:", sandbox_seconds=0) as session:
        session.generate("A red fox", references=[LARGE])
        monkeypatch.setattr(am.Session, "held", lambda *_: None)
        asked = Asked(session, "zh")
        assert asked.ask()[0]["text"] == "所用的原图已不再保留。"
        asked.panel.close()
