"""A study goes into a folder and comes back whole, without a key; what was done to the folder is found."""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
import json
import os
import re
import shutil
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import apimart_widgets as am
from apimart_widgets import archive, tables
from apimart_widgets.bradley_terry import strengths
from apimart_widgets.contrast import contrast
from apimart_widgets.errors import ConfigurationError, ImageError, LibraryError
from apimart_widgets.metrics import measure
from apimart_widgets.plots import plot
from apimart_widgets.ratings import win_rates
from apimart_widgets.results import ImageSet
from apimart_widgets.study import FORMAT, Study
from tests.examples import examples
from tests.sandbox_server import SandboxServer
from tests.test_canary import everything_in, forms
from tests.test_redaction import SECRET
from tests.test_results import encoded, picture
from tests.test_tables import VALUES, drawn_rows

PROMPTS = tuple(f"A fox, number {number}, 雪 \U0001f98a" for number in range(4))
LEVELS = ("low", "high")


def study_of(session: am.Session, prompts: tuple[str, ...] = PROMPTS) -> Study:
    """A study of real pictures, two levels of quality, put together as a sweep does it."""
    jobs = [
        session.submit(prompt, quality=quality, size="1:1") for prompt, quality in itertools.product(prompts, LEVELS)
    ]
    images = ImageSet(image for job in jobs for image in job.result(60))
    facts = [
        {**row, "sweep": "foxes", "repeat": 0, "job_id": job.id, "waited": 1.5, "cost_unit": "USD", "number": place}
        for place, (job, row) in enumerate(zip(jobs, measure(images, ["sharpness"]), strict=True))
    ]
    pairs = zip(images[0::2], images[1::2], strict=True)
    return Study(
        name="foxes",
        mode=session.mode,
        origin=session.origin,
        plan={
            "prompts": list(prompts),
            "axes": {"quality": LEVELS},
            "repeats": 1,
            "n": 1,
            "seed": 3,
            "order": "blocks",
        },
        records=facts,
        images=images,
        payloads={job.id: session.library.job(job.id)["payload"] for job in jobs},  # type: ignore[index]
        answers={job.id: json.dumps({"id": job.task_id, "url": f"https://e.example/a?sig={SECRET}"}) for job in jobs},
        events={job.id: [str(event) for event in job.events] for job in jobs},
        failures={"job_lost": f"The server said no to sk-{SECRET}."},
        ratings=[
            {"rater": rater, "a": a.sha256, "b": b.sha256, "choice": choice, "time": "2026-11-24T09:00:00", "repeat": 0}
            for (a, b), (rater, choice) in itertools.product(pairs, (("r1", "b"), ("r2", "a"), ("r3", "tie")))
        ],
        prices=[
            {"model": "gpt-image-1-official", "size": "1:1", "quality": "low", "price": 0.011, "unit": "USD"}
            | {"source": "a list", "date": "2026-11-22"}
        ],
    )


@pytest.fixture(scope="module")
def study() -> Study:
    with am.Session(mode="sandbox", library=":memory:", sandbox_seconds=0) as session:
        return study_of(session)


@pytest.fixture(scope="module")
def saved(study: Study, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return study.save(tmp_path_factory.mktemp("studies") / "foxes")


@pytest.fixture
def folder(saved: Path, tmp_path: Path) -> Path:
    """A copy that may be spoiled."""
    return Path(shutil.copytree(saved, tmp_path / "copy"))


def held(study: Study) -> dict[str, Any]:
    """All a study holds, but where its pictures lie."""
    parts = {field.name: getattr(study, field.name) for field in dataclasses.fields(Study)}
    parts["records"] = [{**row, "path": None} for row in study.records]
    return parts


def test_a_name_that_no_folder_can_have_is_said() -> None:
    with pytest.raises(LibraryError, match=r"cannot be read: File name too long"):
        am.open_sweep("x" * 5000)


# ---- there and back


def test_what_is_opened_is_what_was_saved(study: Study, saved: Path) -> None:
    opened = Study.open(saved)
    assert held(opened) == held(study)
    assert [image.bytes for image in opened.images] == [image.bytes for image in study.images]
    for name in ("request", "created", "size", "format", "mode", "cost", "rating"):
        assert [getattr(image, name) for image in opened.images] == [getattr(image, name) for image in study.images]
    assert all(Path(row["path"]).is_file() for row in opened.records)


def test_every_figure_is_recomputed_from_the_folder(study: Study, saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_network(*_: object, **__: object) -> None:
        raise AssertionError

    monkeypatch.setattr(socket.socket, "connect", no_network)
    opened = Study.open(saved)
    both = study, opened
    first, second = (contrast(each.records, "sharpness", "quality", "low") for each in both)
    assert first == second
    assert first.differences[0].prompts == len(PROMPTS)
    rates = [win_rates(each.ratings, each.records, "quality") for each in both]
    assert rates[0] == rates[1]
    fits = [strengths(each.ratings, each.records, "quality", resamples=200) for each in both]
    assert fits[0] == fits[1]
    assert fits[0].estimable
    again = measure(opened.images, ["sharpness"])
    assert [row["sharpness"] for row in again] == [row["sharpness"] for row in study.records]
    pictures = [plot(each.records, "quality", "sharpness")._repr_png_() for each in (study, opened)]  # type: ignore[attr-defined]
    assert pictures[0] == pictures[1]


def test_the_folder_reads_without_this_package(study: Study, saved: Path) -> None:
    listed = json.loads((saved / "manifest.json").read_text(encoding="utf-8"))["files"]
    for path, facts in listed.items():
        data = (saved / path).read_bytes()
        assert (hashlib.sha256(data).hexdigest(), len(data)) == (facts["sha256"], facts["bytes"])
    for image in study.images:
        assert (saved / "images" / f"{image.sha256}.png").read_bytes() == image.bytes
    assert json.loads((saved / "plan.json").read_text(encoding="utf-8"))["axes"] == {"quality": ["low", "high"]}
    first = study.records[0]["job_id"]
    sent = json.loads((saved / "payloads" / f"{first}.json").read_text(encoding="utf-8"))
    assert (sent["prompt"], sent["quality"]) == (PROMPTS[0], "low")
    readme = (saved / "README.txt").read_text(encoding="utf-8")
    assert readme.startswith("Sandbox drawings: no evidence about any model\n")
    assert all(re.split(r"[/]", path)[0] in readme for path in [*listed, "manifest.json"] if path != "README.txt")
    assert "沙盒绘图" in readme


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=8), inner, max_size=2),
    max_leaves=6,
)
IDS = st.from_regex(r"job_[0-9a-f]{4}", fullmatch=True)


@settings(max_examples=examples(15), deadline=None)
@given(
    data=st.data(),
    rows=drawn_rows(),
    plan=st.dictionaries(st.text(max_size=8), JSON, max_size=3),
    prices=st.lists(st.dictionaries(st.text(max_size=8), JSON, max_size=3), max_size=2),
    answers=st.dictionaries(IDS, st.text(max_size=30) | JSON.map(json.dumps), max_size=2),
    events=st.dictionaries(IDS, st.lists(st.text(max_size=20), max_size=3), max_size=2),
)
def test_any_study_comes_back(
    tmp_path_factory: pytest.TempPathFactory,
    data: st.DataObject,
    rows: list[Any],
    plan: Any,
    prices: Any,
    answers: Any,
    events: Any,
) -> None:
    prompts = data.draw(st.lists(st.text(min_size=1).filter(str.strip), min_size=len(rows), max_size=len(rows)))
    contents = data.draw(st.lists(st.integers(0, 2), min_size=len(rows), max_size=len(rows)))
    images = ImageSet(
        picture(prompt, index=place, data=encoded(("PNG", "JPEG", "WEBP")[seed], seed=seed))
        for place, (prompt, seed) in enumerate(zip(prompts, contents, strict=True))
    )
    records = [{**row, **known} for row, known in zip(rows, images.to_records(), strict=True)]
    made = Study(
        name=data.draw(st.text(max_size=10)),
        mode="live",
        origin="https://api.apimart.ai",
        plan=plan,
        prices=prices,
        records=records,
        images=images,
        answers=answers,
        events=events,
    )
    opened = Study.open(made.save(tmp_path_factory.mktemp("drawn") / "study"))
    assert held(opened) == held(made)
    assert [image.request for image in opened.images] == [image.request for image in images]


def test_types_of_the_table_are_the_same_although_a_study_is_empty(tmp_path: Path) -> None:
    empty = Study(name="none", mode="live", origin="https://api.apimart.ai", plan={}, images=ImageSet())
    opened = Study.open(empty.save(tmp_path / "none"))
    assert held(opened) == held(empty)
    assert set(VALUES) == {column.type for column in tables.COLUMNS}


# ---- nothing secret


def test_a_key_and_signatures_are_in_no_file(
    instant_server: SandboxServer, open_session: Callable[..., am.Session], tmp_path: Path
) -> None:
    session = open_session(instant_server.url)
    key = session._key.reveal()
    made = study_of(session, PROMPTS[:2])
    answer = httpx.get(
        f"{instant_server.url}/v1/tasks/{made.images[0].task_id}", headers={"Authorization": f"Bearer {key}"}
    ).text
    planted = f"Authorization: Bearer {key}; https://files.example/a.png?X-Amz-Signature={SECRET}; key {key}"
    first = next(iter(made.answers))
    payload = {"prompt": "A fox", "image_urls": [f"https://me:{SECRET}@files.example/a.png?sig={SECRET}"]}
    planted_study = dataclasses.replace(
        made,
        origin=f"https://user:{SECRET}@api.apimart.ai/?key={key}",
        records=[{**row, "note": planted, "cost_source": planted} for row in made.records],
        answers={**made.answers, first: answer, "job_x": json.dumps({"said": planted, "api_key": key, "u": [planted]})},
        events={**made.events, "job_x": [planted]},
        failures={"job_x": planted},
        payloads={**made.payloads, "job_x": json.dumps(payload).encode()},
        prices=[{"source": planted}],
        plan={
            "prompts": ["A fox"],
            "axes": {"image_urls": [[f"https://files.example/a.png?sig={SECRET}"], [planted]]},
            "constants": {"mask_url": f"https://files.example/b.png?sig={SECRET}", "extra_body": {"api_key": key}},
            "left_out": [{"levels": {"image_urls": [planted]}, "reason": planted}, planted],
            "order": planted,
        },
        versions={"python": planted},
    )
    written = dict(everything_in(planted_study.save(tmp_path / "study")))
    assert len(written) > 10
    found = {path.name for path, data in written.items() for form in (*forms(key), SECRET.encode()) if form in data}
    assert found == set()
    table = tables.from_parquet(tmp_path / "study" / "images.parquet")
    assert key not in repr(table)
    assert SECRET not in repr(table)
    opened = Study.open(tmp_path / "study")
    assert held(opened) == held(planted_study)


def test_a_payload_without_secrets_is_the_very_bytes_sent(study: Study) -> None:
    spaced = b'{ "prompt": "see https://e.example/?q=fox", "n": 1 }'
    kept = dataclasses.replace(study, payloads={"job_a": spaced}).payloads["job_a"]
    assert kept == spaced  # the prompt is the user's own


def test_words_that_come_before_a_secret_elsewhere_stay_in_levels_and_notes(tmp_path: Path) -> None:
    styles = ["basic pencil sketch", "Basic dXNlcjpwYXNz", "cookie: shape=round"]
    with am.Session(mode="sandbox", library=":memory:", sandbox_seconds=0) as session:
        sweep = session.sweep("A fox: {style}", style=styles, quality=["low", "high"], name="styles")
        sweep.run(max_cost=2)
        session.note(sweep.images[0], "basic composition, strong light")
        opened = am.open_sweep(sweep.export(tmp_path / "styles"))
    assert dict(opened.axes) == dict(sweep.axes)
    assert opened.grid("quality", "style").cols == tuple(styles)
    assert {row["style"] for row in opened.to_records()} == set(styles)
    assert f"style ({', '.join(styles)})" in opened.methods()
    assert opened.to_records()[0]["note"] == "basic composition, strong light"


# ---- what was done to the folder


def spoil_picture(folder: Path) -> None:
    path = next((folder / "images").iterdir())
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)


def add_to_manifest(folder: Path, path: str) -> None:
    """A manifest that is right in itself and names a file elsewhere."""
    manifest = json.loads((folder / "manifest.json").read_bytes())
    manifest["files"][path] = {"sha256": hashlib.sha256(b"").hexdigest(), "bytes": 0}
    manifest["checksum"] = archive._checksum(manifest)
    (folder / "manifest.json").write_text(json.dumps(manifest))


def set_in_manifest(folder: Path, name: str, value: Any, *, rightly: bool = False) -> None:
    manifest = json.loads((folder / "manifest.json").read_bytes())
    manifest[name] = value
    if rightly:
        manifest["checksum"] = archive._checksum(manifest)
    (folder / "manifest.json").write_text(json.dumps(manifest))


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (spoil_picture, r"^images/[0-9a-f]{64}\.png in .* is not as it was saved"),
        (lambda folder: (folder / "plan.json").write_text("{}"), r"^plan\.json in .* is not as it was saved"),
        (lambda folder: (folder / "images.parquet").unlink(), r"^images\.parquet is missing in"),
        (lambda folder: shutil.rmtree(folder / "events"), r"^events/job_\w+\.txt and 7 more is missing"),
        (lambda folder: (folder / "notes.txt").touch(), r"^notes\.txt in .* does not belong to it"),
        (lambda folder: (folder / "payloads" / "x.json").touch(), r"^payloads/x\.json in .* does not belong"),
        (lambda folder: set_in_manifest(folder, "mode", "live"), r"^manifest\.json in .* is not as it was saved"),
        (lambda folder: set_in_manifest(folder, "files", []), r"^manifest\.json in .* is not as it was saved"),
        (lambda folder: set_in_manifest(folder, "version", "1"), r"^manifest\.json in .* is not as it was saved"),
        (lambda folder: set_in_manifest(folder, "mode", "live", rightly=True), "do not make up a study"),
        (lambda folder: set_in_manifest(folder, "version", 2), r"later version \(format 2; this one reads up to 1\)"),
        (lambda folder: add_to_manifest(folder, "../secret.txt"), r"^'\.\./secret\.txt' in .* may lead out of it"),
        (lambda folder: add_to_manifest(folder, "/etc/hosts.x"), "may lead out of it"),
        (lambda folder: add_to_manifest(folder, "images/../../x.txt"), "may lead out of it"),
        (lambda folder: add_to_manifest(folder, "C:\\x.txt"), "may lead out of it"),
        (lambda folder: add_to_manifest(folder, "events/nul.txt"), "may lead out of it"),
        (lambda folder: add_to_manifest(folder, "images/a.png\n"), "may lead out of it"),
    ],
)
def test_what_was_done_to_a_folder_is_said(folder: Path, spoil: Callable[[Path], object], sentence: str) -> None:
    (folder.parent / "secret.txt").touch()
    Study.open(folder)
    spoil(folder)
    with pytest.raises(LibraryError, match=sentence):
        Study.open(folder)


@settings(max_examples=examples(25), deadline=None)
@given(data=st.data())
def test_any_changed_byte_is_found(study: Study, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    folder = tmp_path_factory.mktemp("spoiled") / "study"
    few = dataclasses.replace(study, images=study.images[:1], records=study.records[:1], payloads={}, answers={})
    few.save(folder)
    path = data.draw(
        st.sampled_from(sorted(path for path in folder.rglob("*") if path.is_file() and path.stat().st_size))
    )
    content = bytearray(path.read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))
    path.write_bytes(content)
    try:
        opened = Study.open(folder)
    except (LibraryError, ConfigurationError):
        return
    assert path.name == "manifest.json"  # white space there says nothing
    assert held(opened) == held(few)


@pytest.mark.parametrize("what", ["file", "folder"])
def test_links_are_not_followed(folder: Path, what: str) -> None:
    elsewhere = folder.parent / "elsewhere"
    moved = folder / ("plan.json" if what == "file" else "images")
    shutil.move(moved, elsewhere)
    moved.symlink_to(elsewhere)
    with pytest.raises(LibraryError, match="a name or link that may lead out of it"):
        Study.open(folder)


def test_what_looking_at_a_folder_leaves_in_it_is_no_trouble(folder: Path) -> None:
    (folder / ".DS_Store").touch()
    (folder / "images" / "Thumbs.db").touch()
    (folder / ".ipynb_checkpoints").mkdir()
    (folder / ".ipynb_checkpoints" / "README-checkpoint.txt").touch()
    Study.open(folder)


@pytest.mark.parametrize("content", [None, "{}", "fox", "[1]", '{"format": "another"}', "[" * 100_000])
def test_a_folder_that_is_no_study_is_said(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "manifest.json").write_text(content)
    with pytest.raises(ConfigurationError, match="holds no saved study"):
        Study.open(tmp_path)
    with pytest.raises(ConfigurationError, match="holds no saved study"):
        Study.open(tmp_path / "nowhere")


def test_files_that_are_whole_and_no_study_are_said(tmp_path: Path) -> None:
    files: dict[str, archive.Content] = {"images.parquet": b"fox"}
    archive.write(tmp_path / "s", files, {"format": FORMAT, "version": 1, "name": "s"})
    with pytest.raises(LibraryError, match="do not make up a study"):
        Study.open(tmp_path / "s")


# ---- saving


def test_nothing_is_overwritten(study: Study, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "mine.txt").write_text("mine")
    (tmp_path / "file").write_text("mine")
    for name in ("there", "file"):
        with pytest.raises(ConfigurationError, match="is there and not empty, and nothing is ever overwritten"):
            study.save(tmp_path / name)
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["file", "mine.txt", "there"]
    (tmp_path / "empty").mkdir()
    assert study.save(tmp_path / "empty") == tmp_path / "empty"
    assert held(Study.open(tmp_path / "empty")) == held(study)


@pytest.mark.parametrize("after", range(0, 28, 4))
def test_half_a_study_is_never_left(study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    """The disk is full after so many files."""
    wrote, counted = Path.write_bytes, itertools.count()

    def full(path: Path, data: bytes) -> int:
        if next(counted) >= after:
            raise OSError(28, "No space left on device")
        return wrote(path, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(LibraryError, match=r"cannot be written: No space left on device\. Nothing was left behind"):
        study.save(tmp_path / "study")
    assert list(tmp_path.iterdir()) == []


def test_an_interrupt_leaves_nothing_either(study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(tables, "to_parquet", interrupted)
    with pytest.raises(KeyboardInterrupt):
        study.save(tmp_path / "study")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["a\0b", "x" * 300, os.path.join("file", "study")])
def test_a_folder_that_cannot_be_is_said(study: Study, tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(LibraryError, match="cannot be written"):
        study.save(tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("path", ["../x.txt", "/x.txt", "con.txt", "a/b/c.txt", "x"])
def test_no_name_that_could_not_be_read_is_written(tmp_path: Path, path: str) -> None:
    with pytest.raises(LibraryError, match="may lead out of it"):
        archive.write(tmp_path / "s" / "t", {path: b"fox"}, {"format": "example", "version": 1})
    assert list(tmp_path.rglob("*")) == []


def test_a_picture_whose_file_was_changed_or_is_gone_is_not_saved(tmp_path: Path) -> None:
    (tmp_path / "fox.png").write_bytes(encoded(seed=1))
    image = dataclasses.replace(picture(), data=None, path=tmp_path / "fox.png")
    rows = [{**ImageSet([image]).to_records()[0]}]
    made = Study(name="s", mode="live", origin="", plan={}, images=ImageSet([image]), records=rows)
    with pytest.raises(ImageError, match="is no longer the file the server sent"):
        made.save(tmp_path / "study")
    (tmp_path / "fox.png").unlink()
    with pytest.raises(ImageError):
        made.save(tmp_path / "study")
    assert list(tmp_path.iterdir()) == []


# ---- what does not fit together


@pytest.mark.parametrize(
    ("change", "error", "sentence"),
    [
        ({"mode": "real"}, ConfigurationError, '"replay" or "sandbox replay", not \'real\''),
        ({"mode": "live"}, ConfigurationError, "The study is live, and its rows are not"),
        ({"records": ()}, ConfigurationError, "The 0 rows and 8 pictures of a study are not the same ones"),
        ({"answers": {"../x": "{}"}}, ConfigurationError, r"not '\.\./x': it becomes the name of a file"),
        ({"failures": {"": "x"}}, ConfigurationError, "not ''"),
        ({"plan": {"a": object()}}, ConfigurationError, "The plan of a study must be plain values"),
        ({"plan": None}, ConfigurationError, "The plan of a study must be plain values"),
        ({"versions": "3.11"}, ConfigurationError, "The versions of a study must be plain values"),
        ({"prices": [{"price": float("nan")}]}, ConfigurationError, "The prices of a study must be plain values"),
        ({"payloads": {"job_a": b"fox"}}, ConfigurationError, "A payload is the JSON that was sent"),
        ({"ratings": [{"repeat": "no"}]}, ConfigurationError, "'repeat' cannot hold 'no'"),
    ],
)
def test_parts_that_do_not_fit_are_said(
    study: Study, change: dict[str, Any], error: type[Exception], sentence: str
) -> None:
    with pytest.raises(error, match=sentence):
        dataclasses.replace(study, **change)


def test_a_study_cannot_change(study: Study) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        study.name = "x"  # type: ignore[misc]
    given_plan = {"axes": {"quality": ["low"]}}
    made = dataclasses.replace(study, plan=given_plan)
    given_plan["axes"]["quality"].append("high")
    assert made.plan["axes"]["quality"] == ("low",)
    assert repr(study) == "Study 'foxes', sandbox: 8 pictures, 12 ratings."
