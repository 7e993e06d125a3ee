"""Edits with a mask: what comes back differs from what went in where the mask lets it, and says how much elsewhere."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

import apimart_widgets as am
from tests.sandbox_server import SandboxServer

PATIENCE = 30.0


@pytest.fixture(scope="module")
def painter() -> Iterator[SandboxServer]:
    """A server that really paints: a flat colour is everywhere."""
    with SandboxServer(seconds=0, flat=False) as running:
        yield running


@pytest.fixture
def painting() -> Image.Image:
    with am.Session(mode="sandbox", library=":memory:", sandbox_seconds=0) as session:
        return session.generate("A red fox", quality="low", timeout=PATIENCE)[0].to_pil()


def test_an_edit_says_that_nothing_changed_outside_its_mask(
    painting: Image.Image, painter: SandboxServer, tmp_path: Path
) -> None:
    hole = Image.new("L", painting.size)
    hole.paste(255, (100, 100, 400, 400))
    with am.Session("sk-edits", painter.url, library=tmp_path) as session:
        (image,) = session.generate("A hat", references=[painting], mask=hole, timeout=PATIENCE)
        assert image.changed_outside == 0
        # What has no mask says nothing.
        (other,) = session.generate("A hat", references=[painting], timeout=PATIENCE)
        assert other.changed_outside is None
    with am.Session("sk-edits", painter.url, library=tmp_path) as session:
        assert [kept.changed_outside for kept in session.library] == [None, 0]


def test_the_mask_reaches_the_server_as_a_png_with_alpha_in_the_size_of_the_reference(
    painting: Image.Image, painter: SandboxServer
) -> None:
    hole = Image.new("1", painting.size)
    hole.paste(1, (0, 0, 10, 10))
    with am.Session("sk-edits", painter.url, library=":memory:") as session:
        job = session.submit("A hat", references=[painting], mask=hole)
        job.result(PATIENCE)
        mask = next(each for each in job._pictures.values() if each.name == "mask.png")
        sent = Image.open(io.BytesIO(mask.data))
        assert (sent.format, sent.mode, sent.size) == ("PNG", "RGBA", painting.size)
        alpha = sent.getchannel("A")
        assert (alpha.getpixel((0, 0)), alpha.getpixel((20, 20))) == (0, 255)
