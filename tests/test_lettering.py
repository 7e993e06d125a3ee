"""Fonts: which is found for which characters, where, and what is said where none is."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageFont

import apimart_widgets as am
from apimart_widgets import lettering
from apimart_widgets.contact_sheet import contact_sheet
from apimart_widgets.lettering import font_for, lines

FOX = "雪上的红狐"
PRIVATE = "\ue000\ue001"  # no font has a drawing for these


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    lettering._best.cache_clear()
    yield
    lettering._best.cache_clear()


@pytest.fixture
def bare_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without a font of its own."""
    monkeypatch.setattr(lettering, "_candidates", lambda missing: iter(()))


@pytest.fixture
def dejavu() -> Path:
    """A font file: Latin, Greek and Cyrillic, no Chinese."""
    import matplotlib

    return Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"


def test_latin_letters_are_pillows_own() -> None:
    assert font_for("A red fox", 20).face.getname() == ImageFont.load_default(20).getname()  # type: ignore[union-attr]


@pytest.mark.usefixtures("bare_machine")
def test_chinese_without_a_font_says_which_package_to_install() -> None:
    with pytest.warns(
        UserWarning, match=r"No font on this machine has 上 狐 .*apt-get install fonts-noto-cjk.*font="
    ) as caught:
        font = font_for(f"A fox, {FOX}", 20)
    assert font.drawable("A 狐") == "A ?"
    assert caught[0].filename == __file__  # the line that asked for it


@pytest.mark.usefixtures("bare_machine")
def test_other_characters_without_a_font_are_named() -> None:
    with pytest.warns(UserWarning, match=r"has U\+E000 U\+E001, drawn as question marks\. Pass font="):
        font_for(PRIVATE, 20)


def test_a_font_may_be_given(dejavu: Path) -> None:
    font = font_for("Лиса", 20, dejavu)
    assert (font.face.getname()[0], font.missing) == ("DejaVu Sans", frozenset())
    with pytest.warns(UserWarning, match="The font given lacks 狐"):
        assert font_for("狐", 20, str(dejavu)).missing == {"狐"}


@pytest.mark.parametrize("content", [None, b"not a font"])
def test_what_is_no_font_is_said(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "fox.ttf"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(am.ImageError, match=r"fox\.ttf cannot be read as a font.*\.ttf, \.otf or \.ttc"):
        contact_sheet([Image.new("RGB", (30, 20))], ["A fox"], font=path)


def test_matplotlibs_font_is_found_where_the_system_has_none(monkeypatch: pytest.MonkeyPatch, dejavu: Path) -> None:
    monkeypatch.setattr(lettering, "_of_fontconfig", lambda missing: iter(()))
    monkeypatch.setattr(lettering, "_KNOWN_FILES", ())
    font = font_for("Лиса", 20)
    assert (Path(font.face.path), font.missing) == (dejavu, frozenset())


def test_fontconfig_is_asked_for_the_characters_and_the_language(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    heard = tmp_path / "heard"
    program = tmp_path / "fc-match"
    program.write_text(f'#!/bin/sh\necho "$2" >> {heard}\nprintf "65538|/fonts/NotoSansCJK-Regular.ttc"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    # A font file of several faces: which, without the part that says how a variable one is set.
    assert list(lettering._of_fontconfig(frozenset("狐"))) == [("/fonts/NotoSansCJK-Regular.ttc", 2)]
    assert list(lettering._of_fontconfig(frozenset("狐の"))) == [("/fonts/NotoSansCJK-Regular.ttc", 2)]
    assert heard.read_text().splitlines() == [":charset=72d0:lang=zh-cn", ":charset=306e 72d0"]


def test_a_machine_without_fontconfig_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert list(lettering._of_fontconfig(frozenset("狐"))) == []


def test_text_breaks_at_spaces_and_anywhere_in_chinese(dejavu: Path) -> None:
    font = font_for("A fox", 20, dejavu)
    broken = lines("A red fox resting in deep snow", font, 120, most=9)
    assert " ".join(broken) == "A red fox resting in deep snow"
    assert all(font.width(line) <= 120 for line in broken)
    assert "".join(lines("x" * 50, font, 120, most=9)) == "x" * 50
    cut = lines("A red fox " * 400, font, 120, most=2)
    assert (len(cut), cut[1][-3:]) == (2, "...")
    assert font.width(cut[1]) <= 120
