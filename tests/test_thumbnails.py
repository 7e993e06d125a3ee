"""Small copies of pictures in a library: made once, read instead of the picture, gone with it."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import apimart_widgets as am
from apimart_widgets import images
from apimart_widgets.errors import ImageError
from apimart_widgets.library import Library


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with am.Session(mode="sandbox", library=tmp_path / "library", sandbox_seconds=0) as session:
        session.generate("A fox", size="3:2", quality="low", n=2)
    return tmp_path / "library"


def kept(folder: Path) -> list[Path]:
    return sorted(folder.glob("thumbnails/??/*"))


def test_each_is_made_once_and_serves_later_kernels(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert kept(folder) == []
    with Library(folder) as library:
        first = [image.thumbnail() for image in library]
    assert len(kept(folder)) == 2
    with Library(folder) as library:
        pictures = library.search()
        # With its file away there is nothing to make one from.
        for image in pictures:
            assert image.path is not None
            image.path.rename(image.path.with_suffix(".away"))
        assert [image.thumbnail() for image in pictures] == first
        large = pictures[0].thumbnail(512, max_bytes=48_000)
        assert Image.open(io.BytesIO(large)).size == (512, 341)
        assert len(large) <= 48_000
        # A rating makes another object of it, which knows the same.
        assert library.rate(pictures[0], 3).thumbnail() == first[0]


@pytest.mark.parametrize("wrong", [{"box": each} for each in (0, -1, None, "1", 2.5)] + [{"max_bytes": "1"}])
def test_a_size_that_is_none_is_refused(folder: Path, wrong: dict[str, Any]) -> None:
    with Library(folder) as library:
        with pytest.raises(ImageError, match="A thumbnail is a whole number of pixels wide"):
            library.search()[0].thumbnail(**wrong)
        assert library.search()[0].thumbnail(np.int64(64)) == library.search()[0].thumbnail(64)


def test_a_larger_one_is_made_from_the_picture(folder: Path) -> None:
    with Library(folder) as library:
        assert Image.open(io.BytesIO(library.search()[0].thumbnail(900))).size == (900, 600)
    assert kept(folder) == []


@pytest.mark.parametrize("damaged", [b"", b"RIFF", b"<html>", None])
def test_a_damaged_one_is_made_again(folder: Path, damaged: bytes | None) -> None:
    with Library(folder) as library:
        whole = library.search()[0].thumbnail()
        for path in kept(folder):
            path.write_bytes(path.read_bytes()[:-20] if damaged is None else damaged)
        assert library.search()[0].thumbnail() == whole


def test_where_none_can_be_written_pictures_are_shown_all_the_same(folder: Path) -> None:
    (folder / "thumbnails").write_text("in the way")
    with Library(folder) as library:
        assert images.inspect(library.search()[0].thumbnail()).width == 320


def test_they_go_with_their_pictures(folder: Path) -> None:
    with Library(folder) as library:
        one, two = library.search()
        one.thumbnail(), two.thumbnail()
        library.delete(one)
        assert [path.stem for path in kept(folder)] == [two.sha256]
        (folder / "thumbnails" / two.sha256[:2] / "half.partial").write_bytes(b"RIFF")
        library.clear()
        assert kept(folder) == []
