"""Rating blindly without a browser: what the page is told, what counts, what is kept, and what is never said."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import apimart_widgets as am
from apimart_widgets import images
from apimart_widgets.pairing import plan
from apimart_widgets.ratings import RATING_FIELDS
from apimart_widgets.widgets.blind import LARGEST_SHOWN, alike
from tests.pictures import made

PATIENCE = 30.0
FOXES = [
    made(f"Fox {n}", quality=quality, take=take) for n in range(3) for quality in ("low", "high") for take in (0, 1)
]


class Page:
    """A page that shows a comparison; everything it is told is kept."""

    def __init__(self, comparison: am.BlindComparison) -> None:
        self.comparison = comparison
        self.told: list[tuple[dict[str, Any], list[bytes]]] = []
        self._changed = threading.Condition()
        comparison.send = self._note  # what would go to a browser
        comparison.observe(self._stirred, "state")

    def _note(self, content: dict[str, Any], buffers: Any = None) -> None:
        with self._changed:
            self.told.append((content, list(buffers or ())))
            self._changed.notify_all()

    def _stirred(self, _: object) -> None:
        with self._changed:
            self._changed.notify_all()

    @property
    def state(self) -> dict[str, Any]:
        return self.comparison.state

    def wait(self, condition: Callable[[], object]) -> None:
        with self._changed:
            assert self._changed.wait_for(condition, PATIENCE)

    def act(self, kind: str, **content: Any) -> None:
        """Send a gesture, and wait until it was heard."""
        before = self.state["heard"]
        self.comparison._handle_custom_msg({"kind": kind, **content}, [])
        self.wait(lambda: self.state["heard"] == before + 1)

    def decide(self, choice: str) -> None:
        self.act("decide", pair=self.state["pair"], choice=choice)

    def want(self, token: str) -> tuple[dict[str, Any], list[bytes]]:
        count = len(self.told)
        self.comparison._handle_custom_msg({"kind": "want", "pair": token}, [])
        self.wait(lambda: len(self.told) > count)
        return self.told[count]


def opened(*, rater: str | None = "anna", pictures: Any = FOXES, **arguments: Any) -> Page:
    return Page(am.BlindComparison(pictures, pairs=12, rater=rater, **arguments))


# ---- deciding


def test_a_whole_comparison() -> None:
    page = opened()
    comparison = page.comparison
    seen: list[int] = []
    comparison.observe(lambda change: seen.append(change["new"]), "done")
    assert (comparison.total, page.state["number"], page.state["total"]) == (14, 1, 14)
    quality = {image.sha256: image.request.quality for image in FOXES}
    for number, pair in enumerate(comparison.plan.pairs, start=1):
        assert page.state["number"] == number
        page.decide("a" if quality[pair.a] == "high" else "b")
    assert seen == list(range(1, 15))
    assert page.state["phase"] == "end"
    assert page.state["pair"] is page.state["next"] is None
    assert page.state["thanks"] == [
        "Thank you, anna. You decided all 14 pairs.",
        "Pairs that came twice: 2. You decided the same way both times: 2 (100.0 %).",
    ]
    rates = {row.level: row for row in comparison.win_rates().rates}
    assert (rates["high"].wins, rates["high"].losses, rates["low"].wins) == (12, 0, 0)
    (own,) = comparison.self_agreement()
    assert (own.rater, own.pairs, own.agreed, own.orphans) == ("anna", 2, 2, 0)
    assert "never won" in (comparison.strengths().reason or "")
    table = comparison.to_pandas()
    assert (list(table.columns), len(table)) == (list(RATING_FIELDS), 14)
    assert str(table["time"].dt.tz) == "UTC"
    assert [(row["a"], row["b"], row["repeat"]) for row in comparison.ratings] == [
        (pair.a, pair.b, pair.repeat) for pair in comparison.plan.pairs
    ]


def test_a_press_counts_once_and_only_for_its_own_pair() -> None:
    page = opened()
    first = page.state["pair"]
    page.act("decide", pair=first, choice="a")
    page.act("decide", pair=first, choice="b")
    page.act("decide", pair=page.state["next"], choice="b")
    page.act("decide", pair="none of these", choice="b")
    page.act("decide", pair=["none"], choice="b")
    page.act("decide", pair=page.state["pair"], choice="left")
    assert [row["choice"] for row in page.comparison.ratings] == ["a"]
    assert page.comparison.done == 1


def test_the_last_decision_is_taken_back_once() -> None:
    page = opened()
    assert page.state["last"] is None
    page.act("undo", pair=None)
    first = page.state["pair"]
    page.decide("a")
    second = page.state["pair"]
    page.decide("tie")
    page.act("undo", pair=second)
    page.act("undo", pair=second)
    assert (page.state["pair"], page.state["last"], page.comparison.done) == (second, first, 1)
    page.decide("b")
    assert [row["choice"] for row in page.comparison.ratings] == ["a", "b"]


def test_the_end_can_be_taken_back() -> None:
    page = opened()
    while page.state["phase"] == "pair":
        page.decide("tie")
    page.act("undo", pair=page.state["last"])
    assert (page.state["phase"], page.state["number"], page.comparison.done) == ("pair", 14, 13)


def test_a_rater_is_asked_for_a_pseudonym_first() -> None:
    page = opened(rater=None)
    assert (page.state["phase"], page.state["pair"], page.comparison.rater) == ("name", None, None)
    page.act("decide", pair=page.state["pair"], choice="a")
    page.act("name", text="   ")
    assert "pseudonym of 1 to 40 characters" in page.state["problem"]
    page.act("name", text=None)
    page.act("name", text=" anna\n")
    assert (page.state["phase"], page.state["problem"], page.comparison.rater) == ("pair", "", "anna")
    assert page.comparison.ratings == []


def test_chinese() -> None:
    page = opened(rater=None, language="zh")
    page.act("name", text="")
    assert "化名" in page.state["problem"]
    assert page.state["notice"] == ""
    assert page.comparison.words["blind_tie"] == "没有差别"


def test_a_pair_that_cannot_be_shown_is_gone_past_and_nothing_kept_of_it(tmp_path: Path) -> None:
    with am.Session(mode="sandbox", library=tmp_path, sandbox_seconds=0) as session:
        for prompt in ("A fox", "An owl", "A kite"):
            for quality in ("low", "high"):
                session.generate(prompt, quality=quality)
        page = Page(am.BlindComparison(session.library, rater="anna", library=session))
        comparison = page.comparison
        assert comparison.total == 4
        page.decide("a")
        session.delete([image for image in session.library if image.sha256 == comparison.plan.pairs[1].a])
        first, lost = page.state["last"], page.state["pair"]
        assert page.want(lost)[0]["kind"] == "lost"
        page.act("skip", pair=page.state["next"])
        page.act("skip", pair=lost)
        page.act("skip", pair=lost)  # pressed twice
        assert (page.state["number"], page.state["last"], comparison.done) == (3, first, 1)
        page.act("undo", pair=first)
        assert page.state["number"] == 2
        page.decide("a")
        assert page.state["number"] == 3
        while page.state["phase"] == "pair":
            page.decide("a")
        assert page.state["thanks"][0] == "Thank you, anna. Pairs you decided: 3. Pairs that could not be shown: 1."
        assert len(comparison.ratings) == 3
        firsts = [row for row in comparison.ratings if not row["repeat"]]
        assert [rate.comparisons for rate in comparison.win_rates().rates] == [len(firsts)] * 2
        assert [rate.rater for rate in comparison.self_agreement()] == ["anna"]
        assert comparison.strengths().comparisons == len(firsts)


def test_a_comparison_of_which_nothing_can_be_shown_ends_too() -> None:
    page = opened(pictures=FOXES[:3])
    while page.state["phase"] == "pair":
        page.act("skip", pair=page.state["pair"])
    assert page.state["thanks"] == ["Thank you, anna. Pairs you decided: 0. Pairs that could not be shown: 3."]
    assert page.state["last"] is None


# ---- what is kept


def test_it_goes_on_where_it_was_in_another_kernel_too(tmp_path: Path) -> None:
    with am.Library(tmp_path) as library:
        page = opened(library=library)
        for choice in ("a", "b", "tie"):
            page.decide(choice)
        page.act("undo", pair=page.state["last"])
        kept = page.comparison.ratings
    with am.Library(tmp_path) as library:
        again = opened(library=library, pictures=FOXES[::-1])
        assert (again.state["number"], again.comparison.done, again.comparison.ratings) == (3, 2, kept)
        assert again.state["last"] is not None
        for other in (
            opened(library=library, rater="ben"),
            opened(library=library, seed=1),
            opened(library=library, pictures=FOXES[:8]),
        ):
            assert other.comparison.done == 0
        asked = opened(library=library, rater=None)
        asked.act("name", text="anna")
        assert asked.state["number"] == 3


def test_two_kernels_of_one_rater_never_decide_a_pair_twice(tmp_path: Path) -> None:
    with am.Library(tmp_path) as one, am.Library(tmp_path) as two:
        first, second = opened(library=one), opened(library=two)
        first.decide("a")
        second.decide("b")
        assert [row["choice"] for row in second.comparison.ratings] == ["a"]
        assert second.state["number"] == 2
        second.decide("tie")
        first.act("hello")  # the page is loaded again
        assert first.state["number"] == 3


def test_ratings_of_all_raters_come_together(tmp_path: Path) -> None:
    with am.Library(tmp_path) as library:
        for rater in ("anna", "ben"):
            opened(library=library, rater=rater).decide("a")
        page = opened(library=library, rater="cleo")
        assert [row["rater"] for row in page.comparison.ratings] == ["anna", "ben"]
        assert page.comparison.win_rates().rates[0].comparisons == 2


def test_a_choice_that_cannot_be_kept_does_not_count(tmp_path: Path) -> None:
    library = am.Library(tmp_path)
    page = opened(library=library)
    pair = page.state["pair"]
    library.close()
    page.decide("a")
    assert "is closed" in page.state["problem"]
    assert (page.state["pair"], page.comparison.done) == (pair, 0)


def test_a_session_stands_for_its_library() -> None:
    with am.Session(mode="sandbox", library=":memory:", sandbox_seconds=0) as session:
        made = [session.generate("A fox", quality=quality)[0] for quality in ("low", "high")]
        page = Page(am.BlindComparison(made, rater="anna", library=session))
        page.decide("a")
        assert Page(am.BlindComparison(made, rater="anna", library=session)).comparison.done == 1
        assert page.state["title"] == "Sandbox drawings: no evidence about any model"
        assert repr(page.comparison.win_rates()).startswith("Sandbox drawings")


def test_without_a_library_the_widget_keeps_them_and_after_it_was_closed() -> None:
    page = opened()
    page.decide("a")
    page.comparison.close()
    assert len(page.comparison.ratings) == 1
    assert opened().comparison.done == 0


# ---- what is never said


def test_nothing_the_page_is_told_tells_the_level() -> None:
    page = opened()
    for number in range(4):
        page.want(page.state["pair"])
        page.want(page.state["next"])
        page.decide("ab"[number % 2])
    told = json.dumps([page.comparison.get_state(), [content for content, _ in page.told]], default=str)
    for image in FOXES:
        for secret in (image.sha256, image.sha256[:12], image.task_id, image.request.prompt, image.request.quality):
            assert f'"{secret}"' not in told
            assert secret == "low" or secret == "high" or secret not in told
    tokens = [page.comparison._sitting.token(place) for place in range(14)]
    assert tokens != [opened().comparison._sitting.token(place) for place in range(14)]
    assert sorted(str(token) for token in tokens) != tokens


def test_both_files_have_one_format_size_and_length() -> None:
    pictures = [made("Fox", quality="low", kind="png"), made("Fox", quality="high", kind="jpeg")]
    page = opened(pictures=pictures)
    content, files = page.want(page.state["pair"])
    assert sorted(content) == ["kind", "pair"]
    assert len({len(file) for file in files}) == 1
    left = {image.sha256: image for image in pictures}[page.comparison.plan.pairs[0].a]
    shown = images.decode(files[0])
    assert (shown.format or "PNG", shown.size, shown.mode) == ("PNG", (12, 8), "RGBA")
    assert shown.convert("RGB").tobytes() == left.to_pil().convert("RGB").tobytes()


def encoded(picture: Image.Image, kind: str, **options: Any) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def test_pictures_of_other_sizes_and_with_metadata_are_made_alike() -> None:
    exif = Image.Exif()
    exif[0x010E] = "quality high"
    noise = Image.effect_noise((300, 200), 90)
    one, two = alike([encoded(noise, "JPEG", exif=exif), encoded(Image.new("RGB", (150, 90)), "WEBP")])
    assert len(one) == len(two)
    assert b"quality high" not in one
    assert images.decode(one).size == images.decode(two).size == (300, 200)
    assert images.decode(one).info == images.decode(two).info == {}
    clear = images.decode(two).getpixel((150, 1))
    assert clear == (0, 0, 0, 0)  # 150x90 fits 300x180
    large, other = alike([encoded(Image.new("RGB", (4000, 2000)), "PNG"), encoded(Image.new("RGB", (40, 20)), "PNG")])
    assert images.decode(large).size == images.decode(other).size == (LARGEST_SHOWN, LARGEST_SHOWN // 2)


def test_no_pair_is_sent_that_is_not_in_the_plan() -> None:
    page = opened()
    page.comparison._handle_custom_msg({"kind": "want", "pair": "another"}, [])
    page.comparison._handle_custom_msg({"kind": "want", "pair": None}, [])
    content, _ = page.want(page.state["pair"])
    assert content["pair"] == page.state["pair"]
    assert len(page.told) == 1


# ---- what is refused


def test_a_file_that_is_gone_is_told_of_before_the_first_pair(tmp_path: Path) -> None:
    with am.Session(mode="sandbox", library=tmp_path, sandbox_seconds=0) as session:
        for quality in ("low", "high"):
            session.generate("A fox", quality=quality)
        made = list(session.library)
        page = Page(am.BlindComparison(made, rater="anna"))
        assert made[0].path is not None
        made[0].path.unlink()
        with pytest.raises(am.ImageError, match="cannot be read"):
            am.BlindComparison(made)
        content, _ = page.want(page.state["pair"])  # gone meanwhile
        assert content["kind"] == "lost"
        assert "cannot be shown" in content["text"]
        assert made[0].sha256 not in content["text"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"by": "colour"}, "no setting 'colour'"),
        ({"rater": ""}, "pseudonym of 1 to 40"),
        ({"rater": 7}, "pseudonym of 1 to 40"),
        ({"rater": "x" * 41}, "pseudonym of 1 to 40"),
        ({"library": "folder"}, "is a Library, a Session or None, not str"),
        ({"language": "fr"}, "There is no language 'fr'"),
        ({"seed": "0"}, "seed is a whole number"),
    ],
)
def test_wrong_arguments_are_said(arguments: dict[str, Any], sentence: str) -> None:
    with pytest.raises(am.APIMartError, match=sentence):
        am.BlindComparison(FOXES, **arguments)


def test_no_analysis_before_the_first_decision() -> None:
    comparison = opened().comparison
    assert comparison.ratings == []
    assert len(comparison.to_pandas()) == 0
    for analyse in (comparison.win_rates, comparison.strengths, comparison.self_agreement):
        with pytest.raises(am.ConfigurationError, match="There are no ratings yet"):
            analyse()


def test_the_plan_is_that_of_pairing() -> None:
    assert opened(seed=3).comparison.plan == plan(FOXES, "quality", pairs=12, seed=3)
