"""Finished pictures: out as PIL, arrays, files, tables and HTML."""

from __future__ import annotations

import copy
import dataclasses
import datetime
import hashlib
import html.parser
import io
import json
import pickle
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from IPython.core.formatters import DisplayFormatter
from PIL import Image

from apimart_widgets.errors import ConfigurationError, ImageError
from apimart_widgets.gallery import BUDGET, unpictured
from apimart_widgets.images import inspect
from apimart_widgets.metadata import embed
from apimart_widgets.request import ImageRequest
from apimart_widgets.results import RECORD_FIELDS, GeneratedImage, ImageSet
from tests.examples import examples

NOW = datetime.datetime(2026, 11, 22, 12, 0, tzinfo=datetime.timezone.utc)
AWKWARD = "\"A 'red' fox</script><img src=x onerror=alert(1)> & 雪 \U0001f98a\n\n" * 3


def encoded(kind: str = "PNG", *, mode: str = "RGB", seed: int = 0, size: tuple[int, int] = (150, 100)) -> bytes:
    image = Image.radial_gradient("L").rotate(seed * 10).resize(size).convert(mode)
    if mode == "RGBA":
        image.putalpha(Image.linear_gradient("L").resize(size))
    file = io.BytesIO()
    image.save(file, kind)
    return file.getvalue()


def picture(prompt: str = "A red fox", *, index: int = 0, data: bytes | None = None, **more: Any) -> GeneratedImage:
    data = data or encoded(seed=index)
    info = inspect(data)
    request = {name: more.pop(name) for name in ("n", "quality", "size", "image_urls", "background") if name in more}
    return GeneratedImage(
        **{
            "request": ImageRequest(prompt, **{"n": 4, "quality": "low", "size": "3:2", **request}),
            "task_id": "task_01",
            "index": index,
            "data": data,
            "path": None,
            "sha256": hashlib.sha256(data).hexdigest(),
            "size": (info.width, info.height),
            "format": info.format,
            "mode": "live",
            "created": NOW,
            **more,
        }
    )


@pytest.fixture
def four() -> ImageSet:
    return ImageSet([picture(index=index, cost=0.016) for index in range(4)])


@pytest.fixture
def on_disk(tmp_path: Path) -> GeneratedImage:
    path = tmp_path / "kept.png"
    path.write_bytes(encoded())
    return dataclasses.replace(picture(), data=None, path=path)


# ---- one picture


def test_nothing_is_read_until_it_is_looked_at(on_disk: GeneratedImage) -> None:
    gone = dataclasses.replace(on_disk, path=Path("nowhere.png"))
    images = ImageSet([gone, gone])
    assert "2 of 4" not in repr(images)
    assert [record["bytes"] for record in images.to_records()] == [None, None]
    assert images.to_records()[0]["width"] == 150
    with pytest.raises(ImageError, match=r"cannot be read: No such file.*put it back at nowhere\.png"):
        images.to_pil()
    assert on_disk.bytes == encoded()
    assert on_disk.data is None
    with pytest.raises(ImageError, match="neither bytes nor a file"):
        _ = dataclasses.replace(on_disk, path=None).bytes


def test_pil_images_are_new_each_time() -> None:
    image = picture()
    first = image.to_pil()
    first.paste("white", (0, 0, 150, 100))
    assert image.to_pil().tobytes() == Image.open(io.BytesIO(encoded())).tobytes()
    assert (first.mode, first.size) == ("RGB", (150, 100))


def test_arrays() -> None:
    image = picture(data=encoded(mode="RGBA"))
    array = np.asarray(image)
    assert array.shape == (100, 150, 4)
    assert array.dtype == np.uint8
    assert np.array_equal(array, np.asarray(image.to_pil()))
    assert np.asarray(image, dtype=float).dtype == float
    array[:] = 0
    assert np.asarray(image).any()
    if np.lib.NumpyVersion(np.__version__) >= "2.0.0":
        with pytest.raises(ValueError, match="leave out copy=False"):
            np.array(image, copy=False)


def test_thumbnails_are_made_once(on_disk: GeneratedImage) -> None:
    first = on_disk.thumbnail(64)
    assert (inspect(first).format, inspect(first).width) == ("webp", 64)
    assert on_disk.path is not None
    on_disk.path.unlink()
    assert on_disk.thumbnail(64) is first


def test_it_cannot_change() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        picture().rating = 5  # type: ignore[misc]


def test_equal_when_task_index_and_content_are() -> None:
    image = picture()
    assert image == picture("another prompt", rating=3)
    assert hash(image) == hash(picture("another prompt"))
    assert image != picture(index=1)
    assert image != picture(task_id="task_02")
    assert image != picture(data=encoded(seed=7))
    assert image != "task_01"
    assert len({image, picture(), picture(index=1)}) == 2


def test_alt_and_repr() -> None:
    image = picture("A red\nfox " * 100, index=1, quality="high")
    assert image.alt.startswith("Image 2 of 4, high, 150x100: A red fox A red fox")
    assert len(image.alt) < 160
    assert image.alt.endswith("…")
    assert image.alt.to("zh").startswith("第 2 张，共 4 张")
    assert picture("x", mode="sandbox").alt == "Sandbox drawing 1 of 4, low, 150x100: x"
    assert len(repr(image)) < 150
    assert repr(picture(mode="sandbox")) == "<GeneratedImage 1 of 4, low, 150x100 png, sandbox: 'A red fox'>"


@pytest.mark.parametrize("change", [copy.copy, copy.deepcopy, lambda value: pickle.loads(pickle.dumps(value))])
def test_pickle_and_copy(change: Any, on_disk: GeneratedImage, four: ImageSet) -> None:
    again = change(on_disk)
    assert again == on_disk
    assert (again.request, again.path, again.created) == (on_disk.request, on_disk.path, NOW)
    assert change(four) == four
    assert change(four)[2].to_pil().tobytes() == four[2].to_pil().tobytes()


# ---- saving and opening


@pytest.mark.parametrize(
    ("slip", "sentence"),
    [
        (lambda four: four[0].save(None), 'to a path, such as "a-red-fox_low'),
        (lambda four: four.save(5), 'to a path, such as "pictures/", and not to 5'),
        (lambda four: four.to_zip(None), 'such as "pictures.zip", and not to None'),
        (lambda four: GeneratedImage.open(None), 'by its path, such as "fox.png", and not by None'),
        (lambda four: four["a"], r"write images\[0\] or images\[:2\], and not images\['a'\]"),
        (lambda four: four[1.0], r"and not images\[1.0\]"),
    ],
)
def test_a_slip_says_what_to_write(four: ImageSet, slip: Any, sentence: str) -> None:
    with pytest.raises((ConfigurationError, TypeError), match=sentence):
        slip(four)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("prompt", ["A red fox", AWKWARD, "狐" * 15_000])
def test_saved_and_opened_again(tmp_path: Path, kind: str, prompt: str) -> None:
    image = picture(
        prompt,
        data=encoded(kind),
        index=2,
        cost=0.25,
        rating=4,
        note="the tail\nis cut off 🦊",
        mode="sandbox",
        image_urls=["https://example.com/a.png"],
    )
    path = image.save(tmp_path / "new" / "fox")
    assert path == tmp_path / "new" / f"fox.{ {'JPEG': 'jpg'}.get(kind, kind.lower()) }"
    assert path.read_bytes() != image.bytes
    again = GeneratedImage.open(str(path))
    assert again == image
    assert again.bytes == image.bytes
    for name in ("request", "task_id", "index", "cost", "rating", "note", "mode", "created", "size", "format"):
        assert getattr(again, name) == getattr(image, name)
    assert again.path == path
    with Image.open(path) as saved:
        assert saved.tobytes() == image.to_pil().tobytes()
    plain = again.save(tmp_path / "plain", metadata=False)
    assert plain.read_bytes() == image.bytes


def test_a_prompt_cut_when_saving_comes_back_cut(tmp_path: Path) -> None:
    image = picture("\U0001f98a" * 32_000)
    first = image.save(tmp_path / "foxes.png")
    again = GeneratedImage.open(first)
    assert image.request.prompt.startswith(again.request.prompt)
    assert len(again.request.prompt) > 15_000
    # A copy of the copy does not pass the cut prompt off as the whole one.
    assert again.save(tmp_path / "again.png").read_bytes() == first.read_bytes()


def test_no_name_is_the_current_folder(four: ImageSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for written in (four[0].save(""), four.to_zip("")):
        assert written.absolute().parent == tmp_path


def test_names_in_a_folder_and_numbers(tmp_path: Path) -> None:
    image = picture("A red fox: at <dusk>?", index=0)
    name = "a-red-fox-at-dusk_low_3x2_1"
    assert [image.save(tmp_path).name for _ in range(3)] == [f"{name}.png", f"{name}-2.png", f"{name}-3.png"]
    assert image.save(f"{tmp_path}/later/").parent == tmp_path / "later"
    assert image.save(tmp_path / "fox.PNG") == tmp_path / "fox.PNG"
    assert image.save(tmp_path / "fox.PNG") == tmp_path / "fox-2.PNG"
    assert image.save(tmp_path / "fox.jpg").name == "fox.png"
    assert image.save(tmp_path / "version 1.5").name == "version 1.5.png"
    assert picture(data=encoded("JPEG")).save(tmp_path / "fox.jpeg").name == "fox.jpeg"


@settings(max_examples=examples(200), deadline=None)
@given(prompt=st.text(min_size=1, max_size=300))
def test_file_names_are_safe_everywhere(prompt: str) -> None:
    image = dataclasses.replace(picture(), request=ImageRequest.from_payload({"prompt": prompt, "size": "1:1"}))
    name = image.file_name
    assert not set(name) & set('<>:"/\\|?*')
    assert name.isprintable() or any(not character.isascii() for character in name)
    assert len(name.encode()) < 200
    assert name.endswith("_auto_1x1_1.png")
    assert not name.startswith((".", "-", " ", "_"))


@settings(max_examples=examples(200), deadline=None)
@given(quality=st.text(max_size=300), size=st.text(max_size=300), index=st.integers())
def test_file_names_are_safe_whatever_was_read_from_a_file(quality: str, size: str, index: int) -> None:
    payload = {"prompt": "\N{MATHEMATICAL BOLD SMALL ALPHA}" * 40, "quality": quality, "size": size}
    name = dataclasses.replace(picture(), request=ImageRequest.from_payload(payload), index=index).file_name
    assert not set(name) & set('<>:"/\\|?*\0')
    assert name.count(".") == 1
    assert len(name.encode()) < 240


@pytest.mark.parametrize("setting", ["quality", "size"])
def test_a_file_of_somebody_else_is_saved_in_the_folder_named(tmp_path: Path, setting: str) -> None:
    record = picture()._record()
    record["request"][setting] = "y/../../z"
    (tmp_path / "theirs.png").write_bytes(embed(encoded(), record))
    image = GeneratedImage.open(tmp_path / "theirs.png")
    (tmp_path / "a" / "b").mkdir(parents=True)
    assert image.save(tmp_path / "a" / "b").parent == tmp_path / "a" / "b"
    with zipfile.ZipFile(ImageSet([image]).to_zip(tmp_path / "a.zip")) as archive:
        assert not any("/" in name for name in archive.namelist())


def test_places_nothing_can_be_written_to(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for place in (tmp_path / "file" / "fox.png", "a\0b.png", tmp_path / ("x" * 300)):
        with pytest.raises(ImageError, match=r"Nothing can be written to .* Choose another"):
            picture().save(place)
    with pytest.raises(ImageError, match="Nothing can be written"):
        ImageSet([picture()]).save(tmp_path / "file")
    with pytest.raises(ImageError, match="Nothing can be written"):
        ImageSet([picture()]).to_zip(tmp_path / "file" / "a.zip")


def test_half_a_file_is_never_left(tmp_path: Path, on_disk: GeneratedImage) -> None:
    gone = dataclasses.replace(on_disk, path=tmp_path / "gone.png")
    out = tmp_path / "out"
    with pytest.raises(ImageError, match="cannot be read"):
        ImageSet([on_disk, gone]).to_zip(out / "both.zip")
    assert list(out.iterdir()) == []


def test_files_that_hold_no_record(tmp_path: Path) -> None:
    path = tmp_path / "fox.png"
    path.write_bytes(encoded())
    with pytest.raises(ImageError, match="holds no prompt and settings"):
        GeneratedImage.open(path)
    for record in (
        {},
        {"prompt": 3},
        {
            "prompt": "x",
            "request": {"n": "many"},
            "task_id": "t",
            "created": NOW.isoformat(),
            "mode": "live",
            "index": 0,
        },
        {"prompt": "x", "request": [], "task_id": "t"},
        {"prompt": "x", "request": {}, "task_id": "t", "created": "yesterday", "mode": "live", "index": 0},
        {"prompt": "x", "request": {}, "task_id": "t", "created": NOW.isoformat(), "mode": "dream", "index": 0},
        {"prompt": "x", "request": {}, "task_id": "t", "created": NOW.isoformat(), "mode": "live", "index": None},
    ):
        path.write_bytes(embed(encoded(), record))
        with pytest.raises(ImageError, match="cannot be understood"):
            GeneratedImage.open(path)
    with pytest.raises(ImageError, match=r"cannot be opened: .*Check the path"):
        GeneratedImage.open(tmp_path / "missing.png")
    path.write_bytes(b"")
    with pytest.raises(ImageError, match="empty"):
        GeneratedImage.open(path)


# ---- sets


def test_a_set_is_a_sequence(four: ImageSet) -> None:
    assert len(four) == 4
    assert isinstance(four[1:3], ImageSet)
    assert four[:2] + four[2:] == four
    assert four[-1] == four[3]
    assert picture(index=2) in four
    assert "fox" not in four
    assert four.index(picture(index=2)) == 2
    assert four != list(four)
    assert hash(four) == hash(ImageSet(four))
    assert [image.index for image in reversed(four)] == [3, 2, 1, 0]
    with pytest.raises(IndexError, match=r"no image \[9\]: this set holds 4"):
        four[9]
    with pytest.raises(TypeError):
        four + (1,)  # type: ignore[operator]  # noqa: RUF005 - the sum itself is meant


def test_to_pil(four: ImageSet) -> None:
    assert [image.size for image in four.to_pil()] == [(150, 100)] * 4


def test_save_all(tmp_path: Path, four: ImageSet) -> None:
    paths = (four + four).save(tmp_path / "out")
    assert [path.name for path in paths[:4]] == [f"a-red-fox_low_3x2_{number}.png" for number in (1, 2, 3, 4)]
    assert paths[4].name == "a-red-fox_low_3x2_1-2.png"
    assert len(set(paths)) == 8
    assert GeneratedImage.open(paths[6]) == four[2]
    assert four.save(tmp_path / "plain", metadata=False)[0].read_bytes() == four[0].bytes
    assert picture("雪上的红狐！").save(tmp_path / "out").name == "雪上的红狐_low_3x2_1.png"


def test_zip(tmp_path: Path, four: ImageSet) -> None:
    path = (four + four[:1]).to_zip(tmp_path / "foxes")
    assert path.name == "foxes.zip"
    assert four.to_zip(tmp_path / "foxes.zip", metadata=False).name == "foxes-2.zip"
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == [
            *(f"a-red-fox_low_3x2_{number}.png" for number in (1, 2, 3, 4)),
            "a-red-fox_low_3x2_1-2.png",
        ]
        extracted = archive.extract("a-red-fox_low_3x2_3.png", tmp_path)
    assert GeneratedImage.open(extracted) == four[2]
    old = dataclasses.replace(four[0], created=datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc))
    assert zipfile.is_zipfile(ImageSet([old]).to_zip(tmp_path))


def test_records(four: ImageSet, on_disk: GeneratedImage) -> None:
    records = (four + ImageSet([on_disk])).to_records()
    assert all(tuple(record) == RECORD_FIELDS for record in records)
    assert json.loads(json.dumps(records)) == records
    first = records[0]
    assert (first["prompt"], first["quality"], first["size"], first["n"]) == ("A red fox", "low", "3:2", 4)
    assert (first["width"], first["height"], first["bytes"]) == (150, 100, len(four[0].bytes))
    assert (first["created"], first["cost"], first["path"]) == ("2026-11-22T12:00:00+00:00", 0.016, None)
    assert records[4]["path"] == str(on_disk.path)
    assert records[4]["bytes"] == len(on_disk.bytes)


def test_pandas(four: ImageSet) -> None:
    table = four.to_pandas()
    assert list(table.columns) == list(RECORD_FIELDS)
    assert table["cost"].sum() == pytest.approx(0.064)
    assert table["created"].dt.tz is not None
    assert list(ImageSet().to_pandas().columns) == list(RECORD_FIELDS)


def test_without_pandas_the_sentence_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, four: ImageSet) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match=r'pip install "apimart-widgets\[pandas\]"'):
        four.to_pandas()


def test_numpy_and_pandas_are_imported_late() -> None:
    code = "import sys, apimart_widgets.results; print({'numpy', 'pandas'} & set(sys.modules))"
    ran = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert ran.stdout == "set()\n"


def test_contact_sheet(four: ImageSet) -> None:
    sheet = four.contact_sheet(columns=4, cell=100)
    assert sheet.width == 440
    assert sheet.height > four.contact_sheet([""] * 4, columns=4, cell=100).height
    with pytest.raises(ImageError, match="no images"):
        ImageSet().contact_sheet()


def test_text_for_terminals(four: ImageSet) -> None:
    assert repr(four[:2]).splitlines() == [
        "ImageSet of 2:",
        "  1 of 4, low, 150x100 png: 'A red fox'",
        "  2 of 4, low, 150x100 png: 'A red fox'",
    ]
    assert repr(ImageSet()) == "No images yet."
    many = repr(ImageSet(list(four) * 20)).splitlines()
    assert (len(many), many[-1]) == (22, "  and 60 more")


# ---- HTML


class Page(html.parser.HTMLParser):
    """The elements and text of a page, every element closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.open: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag != "img":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.seen if name == tag]


def noisy(index: int, **more: Any) -> GeneratedImage:
    noise = Image.merge("RGB", [Image.effect_noise((600, 400), 100) for _ in range(3)])
    file = io.BytesIO()
    noise.save(file, "PNG", compress_level=1)
    return picture(index=index, data=file.getvalue(), **more)


def test_four_pictures_fit_into_64_kb_whatever_they_show() -> None:
    images = ImageSet([noisy(index, prompt=AWKWARD * 100) for index in range(4)])
    text = images._repr_html_()
    assert BUDGET / 2 < len(text.encode()) <= BUDGET
    page = Page(text)
    assert len(page.all("img")) == 4
    assert "more" not in page.text
    for attributes in page.all("img"):
        assert (attributes["src"] or "").startswith("data:image/webp;base64,")
        assert (attributes["alt"] or "").startswith("Image ")
        assert int(attributes["width"] or 0) > 150


def test_many_pictures_fit_too() -> None:
    images = [
        noisy(index % 4, task_id=f"task_{index // 4}", prompt=f"{index // 4} " + AWKWARD * 9) for index in range(12)
    ]
    text = ImageSet(images + images[:1] * 28)._repr_html_()
    assert len(text.encode()) <= BUDGET
    page = Page(text)
    assert len(page.all("img")) == 12
    assert page.text.endswith("and 28 more")


def test_one_picture_fits_too() -> None:
    text = noisy(0, prompt='"' * 500)._repr_html_()
    assert BUDGET / 2 < len(text.encode()) <= BUDGET
    assert Page(text).all("img")[0]["width"] == "512"


def test_the_prompt_is_escaped() -> None:
    page = Page(ImageSet([picture(AWKWARD)])._repr_html_())
    assert {tag for tag, _ in page.seen} == {"div", "b", "span", "figure", "img", "figcaption"}
    assert "onerror=alert(1)> & 雪 \U0001f98a" in page.text
    assert "</script>" in (page.all("img")[0]["alt"] or "")
    assert all(not name.startswith("on") for _, attributes in page.seen for name in attributes)


def test_half_of_a_character_does_not_hinder_a_page(tmp_path: Path) -> None:
    record = {**picture()._record(), "prompt": "A fox \ud83e", "note": "\ud83e"}
    (tmp_path / "fox.png").write_bytes(embed(encoded(), record))
    image = GeneratedImage.open(tmp_path / "fox.png")
    for shown in (image, ImageSet([image] * 5)):
        page = shown._repr_html_()
        assert "A fox ?" in Page(page).text
        assert page.encode()
    lost = dataclasses.replace(image, data=None, path=tmp_path / "\udcff.png")
    assert "?.png" in Page(lost._repr_html_()).text
    assert unpictured(image.request, "live", ["\ud83e"]).encode()


def test_sandbox_drawings_are_marked_in_words(four: ImageSet) -> None:
    assert "Sandbox drawing" not in four._repr_html_()
    page = Page(ImageSet([picture(mode="sandbox"), picture(index=1)])._repr_html_())
    assert page.text.count("Sandbox drawing") == 1
    assert [(attributes["alt"] or "")[:7] for attributes in page.all("img")] == ["Sandbox", "Image 2"]


def test_a_file_that_is_gone_is_said_to_be_so(on_disk: GeneratedImage, four: ImageSet) -> None:
    gone = dataclasses.replace(on_disk, path=Path("nowhere.png"))
    page = Page((ImageSet([gone]) + four)._repr_html_())
    assert "put it back at nowhere.png" in page.text
    assert len(page.all("img")) == 4


def test_pictures_with_alpha_stand_on_a_chequered_ground() -> None:
    images = ImageSet([picture(), picture(index=1, data=encoded(mode="RGBA"))])
    plain, chequered = (attributes["style"] or "" for attributes in Page(images._repr_html_()).all("img"))
    assert "conic-gradient" in chequered
    assert "conic-gradient" not in plain


def test_what_a_notebook_is_given(four: ImageSet) -> None:
    data, _ = DisplayFormatter().format(four)
    assert set(data) == {"text/plain", "text/html"}
    assert data["text/html"] == four._repr_html_()
    one, _ = DisplayFormatter().format(four[0])
    assert one["text/plain"] == repr(four[0])
    assert len(Page(one["text/html"]).all("img")) == 1
    assert Page(ImageSet()._repr_html_()).text == "No images yet."
