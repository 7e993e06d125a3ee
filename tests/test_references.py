"""The strip of references without a browser: files in pieces, addresses, order, and what is wrong in words."""

from __future__ import annotations

import io
import random
import struct
import warnings
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import apimart_widgets as am
from apimart_widgets.reference import local_reference
from apimart_widgets.widgets import arrivals
from apimart_widgets.widgets.arrivals import LARGEST, PIECE, Arrivals, WrongPieceError
from tests.sandbox_server import SandboxServer
from tests.test_panel import Driver as PanelDriver

LINK = "https://a.example/pictures/{}.png"
UPLOADED = "Uploaded to APIMart; anyone with the link can open it for 72 hours."


def picture(size: tuple[int, int] = (30, 20), kind: str = "PNG", colour: Any = "red", **options: Any) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, kind, **options)
    return file.getvalue()


def noise(megabytes: float) -> bytes:
    """A picture that does not shrink: a BMP of random pixels."""
    side = int((megabytes * PIECE / 3) ** 0.5)
    file = io.BytesIO()
    Image.frombytes("RGB", (side, side), random.Random(1).randbytes(side * side * 3)).save(file, "BMP")
    return file.getvalue()


def bomb(width: int, height: int) -> bytes:
    """A small PNG whose header says that it is so large."""
    data = bytearray(picture((1, 1)))
    data[16:24] = struct.pack(">II", width, height)
    data[29:33] = struct.pack(">I", zlib.crc32(data[12:29]))
    return bytes(data)


def animation() -> bytes:
    file = io.BytesIO()
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "green", "blue")]
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:])
    return file.getvalue()


class Driver(PanelDriver):
    """A panel whose page brings files and addresses."""

    def piece(self, upload: str, data: bytes, place: int, **changes: Any) -> None:
        part = data[place * PIECE : (place + 1) * PIECE]
        content = {"upload": upload, "name": f"{upload}.png", "size": len(data), "offset": place * PIECE, **changes}
        self.gesture(self.strip, "piece", part, **content)

    def bring(self, upload: str, data: bytes, order: list[int] | None = None, **changes: Any) -> None:
        """All of a file, and wait until it is no longer on its way."""
        for place in order if order is not None else range(-(-len(data) // PIECE) or 1):
            self.piece(upload, data, place, **changes)
        self.wait(lambda: upload in self.taken())

    def taken(self) -> list[str]:
        return [message["upload"] for message in self.messages("taken")]

    def add(self, *addresses: str) -> None:
        links = [{"id": f"a{number}-{address[-12:]}", "address": address} for number, address in enumerate(addresses)]
        self.gesture(self.strip, "add", gesture=f"add {addresses}", links=links)

    def names(self) -> list[str]:
        return [item["name"] for item in self.strip.items]

    def ids(self) -> list[str]:
        return [item["id"] for item in self.strip.items]

    def texts(self) -> list[str]:
        return [each["text"] for each in (*self.strip.problems, *self.strip.notes)]

    def shown(self, **changes: Any) -> dict[str, Any]:
        """What the page says that it shows."""
        tiles = [{"id": identity} for identity in self.ids()]
        mask = self.strip.mask["id"]
        shown = {"tiles": tiles, "version": self.strip.version, "typed": [], "coming": 0, "mask": mask}
        return {"references": {**shown, **changes}}

    def urls(self) -> tuple[str, ...]:
        return self.panel.request.image_urls or ()


@pytest.fixture
def driver(instant_server: SandboxServer) -> Iterator[Driver]:
    with am.Session("sk-references", instant_server.url, library=":memory:") as session:
        driver = Driver(session)
        yield driver
        driver.panel.close()


# ---- files


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 0, 1], [0, 0, 2, 2, 1], [2, 1, 0]])
def test_a_file_arrives_in_pieces_whatever_their_order(driver: Driver, order: list[int]) -> None:
    data = noise(2.5)
    driver.bring("u1", data, order)
    driver.wait(lambda: driver.ids() == ["u1"])
    (item,) = driver.strip.items
    assert (item["kind"], item["name"]) == ("picture", "u1.png")
    assert item["width"] == item["height"] > 500
    held = driver.panel.session.held(driver.urls()[0])
    assert held is not None
    assert Image.open(io.BytesIO(held.data)).tobytes() == Image.open(io.BytesIO(data)).tobytes()
    reached = [message["next"] for message in driver.messages("got")]
    assert reached == sorted(reached)
    assert reached[-1] == len(data)


def test_every_piece_is_answered_with_how_far_it_is(driver: Driver) -> None:
    data = noise(2.5)
    driver.piece("u1", data, 1)
    driver.gesture(driver.strip, "where", upload="u1")
    driver.piece("u1", data, 0)
    driver.gesture(driver.strip, "where", upload="nobody's")
    driver.wait(lambda: len(driver.messages("got")) == 4)
    assert [(each["next"], each["asked"]) for each in driver.messages("got")] == [
        *((0, False), (0, True), (2 * PIECE, False), (0, True)),
    ]


def test_a_piece_that_comes_again_after_the_end_adds_nothing(driver: Driver) -> None:
    data = picture()
    driver.bring("u1", data)
    driver.piece("u1", data, 0)
    driver.wait(lambda: len(driver.messages("got")) == 2)
    assert driver.messages("got")[1]["next"] == len(data)
    assert len(driver.urls()) == 1


def test_a_cancelled_file_is_never_added(driver: Driver) -> None:
    data = noise(1.5)
    driver.piece("u1", data, 0)
    driver.gesture(driver.strip, "cancel", upload="u1")
    driver.piece("u1", data, 1)
    driver.piece("u1", data, 0)
    driver.bring("u2", picture())
    assert driver.names() == ["u2.png"]
    # One that had arrived before the page heard of it goes as well.
    driver.gesture(driver.strip, "cancel", upload="u2")
    driver.wait(lambda: driver.strip.items == [])
    assert driver.texts() == []


def test_the_same_content_is_added_once_and_said(driver: Driver) -> None:
    driver.bring("u1", picture())
    driver.bring("u2", picture())
    driver.wait(lambda: driver.strip.notes)
    assert driver.names() == ["u1.png"]
    assert [(note["text"], note["bad"]) for note in driver.strip.notes] == [
        ("u2.png is among the references already.", False)
    ]
    driver.gesture(driver.strip, "dismiss", id=driver.strip.notes[0]["id"])
    driver.wait(lambda: driver.strip.notes == [])


@pytest.mark.parametrize(
    "changes", [{"offset": 7}, {"offset": -PIECE}, {"size": 3}, {"size": "3"}, {"size": LARGEST + 1}, {"offset": None}]
)
def test_a_piece_that_does_not_fit_is_refused_in_words(driver: Driver, changes: dict[str, Any]) -> None:
    driver.bring("u1", picture(), **changes)
    driver.wait(lambda: driver.texts() == ["u1.png did not arrive whole. Add it again."])
    assert driver.strip.items == []


def test_a_file_that_never_completes_is_forgotten() -> None:
    clock = [0.0]
    coming = Arrivals(now=lambda: clock[0])
    coming.take("u1", size=2 * PIECE, offset=0, data=bytes(PIECE))
    clock[0] = arrivals.FORGOTTEN_AFTER - 1
    coming.forget_old()
    assert (len(coming), coming.next("u1")) == (1, PIECE)
    clock[0] += 2
    coming.forget_old()
    assert (len(coming), coming.next("u1")) == (0, 0)
    # Its page may still be there, behind a cell that took that long: it begins anew.
    assert coming.take("u1", size=2 * PIECE, offset=PIECE, data=bytes(PIECE)) is None
    assert coming.take("u1", size=2 * PIECE, offset=0, data=bytes(PIECE)) is not None
    with pytest.raises(WrongPieceError):
        coming.take("u2", size=0, offset=0, data=b"")
    coming.close()


GIF = "{} has several frames or pages. Only the first is used, as a still picture."
BAD = {
    "empty": (b"", "did not arrive whole"),
    "text": (b"<html>not found</html>", "u1.png is not an image that can be read. Use a PNG, JPEG, WebP or GIF file."),
    "cut off": (picture((300, 300), "JPEG")[:-400], "u1.png is damaged or cut off. Use a complete copy of the file."),
    "bomb": (bomb(30_000, 30_000), "u1.png has 30000x30000 pixels, more than can be read here (8192x8192)."),
}


@pytest.mark.parametrize("what", BAD)
def test_what_is_no_picture_is_said_beside_the_strip_and_changes_nothing_else(driver: Driver, what: str) -> None:
    driver.panel.request = am.ImageRequest("A fox", n=2, image_urls=[LINK.format(1)])
    data, words = BAD[what]
    driver.bring("u1", data)
    driver.wait(lambda: any(words in text for text in driver.texts()))
    assert driver.panel.request == am.ImageRequest("A fox", n=2, image_urls=[LINK.format(1)])
    driver.gesture(driver.submit, "generate", nonce="1", text="A fox", shown=driver.shown())
    driver.wait(lambda: driver.finished(1))


def test_what_became_of_a_picture_is_said_and_warns_nobody(driver: Driver) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        driver.bring("u1", animation(), name="running fox.gif")
    driver.wait(lambda: driver.strip.items)
    assert driver.strip.items[0]["notes"] == [GIF.format("running fox.gif")]
    large = noise(23)
    driver.bring("u2", large, name="large.bmp")
    driver.wait(lambda: len(driver.strip.items) == 2)
    (said,) = driver.strip.items[1]["notes"]
    assert said.startswith("large.png takes 2")
    assert "It is sent at" in said
    assert driver.strip.problems == driver.strip.notes == []


# ---- addresses and order


def test_links_are_added_removed_and_moved(driver: Driver) -> None:
    one, two, three = (LINK.format(name) for name in ("one", "two", "three"))
    driver.add(one, two, three, two)
    driver.wait(lambda: driver.names() == ["one.png", "two.png", "three.png"])
    assert driver.strip.items[0] == {
        "id": driver.ids()[0],
        "kind": "link",
        "host": "a.example",
        "name": "one.png",
        "address": one,
    }
    first, second, third = driver.ids()
    driver.gesture(driver.strip, "move", gesture="m1", id=third, to=0)
    driver.wait(lambda: driver.ids() == [third, first, second])
    assert driver.urls() == (three, one, two)
    for _ in range(2):  # sent again, as a page does that hears nothing
        driver.gesture(driver.strip, "remove", gesture="r1", id=first)
    driver.wait(lambda: driver.urls() == (three, two))
    driver.wait(lambda: {"m1", "r1"} <= set(driver.strip.heard))
    for nonsense in ({"id": "nobody"}, {"id": third, "to": 9}, {"id": third, "to": "1"}, {}):
        driver.gesture(driver.strip, "move", gesture=repr(nonsense), **nonsense)
    assert driver.urls() == (three, two)


def test_the_strip_shows_what_the_form_holds_whoever_filled_it(driver: Driver) -> None:
    driver.panel.request = am.ImageRequest("A fox", image_urls=[LINK.format(1), LINK.format(2), LINK.format(1)])
    driver.wait(lambda: driver.names() == ["1.png", "2.png", "1.png"])
    assert len(set(driver.ids())) == 3
    driver.panel.session.generate("A fox", n=1)
    driver.wait(lambda: driver.finished(1))
    driver.gesture(driver.results, "use", ids=[driver.rows()[0]["images"][0]["id"]])
    driver.wait(lambda: len(driver.strip.items) == 4 and driver.strip.items[3].get("width"))
    driver.wait(lambda: {"kind": "say", "text": "Added to the references."} in driver.messages("say"))
    assert driver.strip.items[3]["name"] == "image-1.png"
    driver.panel.request = am.ImageRequest("A fox")
    driver.wait(lambda: driver.strip.items == [])


def test_reuse_brings_the_references_back(driver: Driver) -> None:
    driver.bring("u1", picture())
    driver.gesture(driver.submit, "generate", nonce="1", text="A fox", shown=driver.shown())
    driver.wait(lambda: driver.finished(1))
    driver.panel.request = am.ImageRequest("Something else")
    driver.wait(lambda: driver.strip.items == [])
    driver.gesture(driver.results, "reuse", row=driver.rows()[0]["id"])
    driver.wait(lambda: driver.names() == ["u1.png"])


def test_thumbnails_are_pushed_once_and_pulled_after_a_reload(driver: Driver) -> None:
    driver.bring("u1", picture((600, 300)))
    driver.wait(lambda: driver.messages("thumbnails"))
    (name,) = [item["picture"] for item in driver.strip.items]
    (small,) = [buffers[0] for content, buffers in driver.told if content["kind"] == "thumbnails"]
    assert Image.open(io.BytesIO(small)).size == (192, 96)
    driver.add(LINK.format(1))
    driver.wait(lambda: len(driver.strip.items) == 2)
    assert len(driver.messages("thumbnails")) == 1
    driver.gesture(driver.strip, "thumbnails", ids=[name, "unknown", 3])
    driver.wait(lambda: len(driver.messages("thumbnails")) == 2)
    assert driver.messages("thumbnails")[1]["ids"] == [name]


def test_a_picture_that_the_library_kept_is_shown_and_one_that_is_gone_says_so(
    instant_server: SandboxServer, tmp_path: Path
) -> None:
    with am.Session("sk-kept", instant_server.url, library=tmp_path) as earlier:
        request = earlier.generate("A fox", references=[picture()], timeout=30)[0].request
    with am.Session("sk-kept", instant_server.url, library=tmp_path) as session:
        driver = Driver(session)
        driver.panel.request = request
        driver.wait(lambda: driver.strip.items and driver.strip.items[0].get("width") == 30)
        (kept,) = (tmp_path / "references").iterdir()
        kept.unlink()
        driver.panel.close()
    with am.Session("sk-kept", instant_server.url, library=tmp_path) as session:
        driver = Driver(session)
        driver.panel.request = request
        driver.wait(lambda: driver.strip.items and driver.strip.items[0]["kind"] == "gone")
        assert driver.texts() == ["Reference 1: picture.png is no longer at hand. Add it again, or remove it."]
        driver.gesture(driver.submit, "generate", nonce="1", text="A fox", shown=driver.shown())
        driver.wait(lambda: driver.messages("focus"))
        assert session.jobs == ()
        driver.bring("u1", picture())
        driver.wait(lambda: driver.strip.items[0]["kind"] == "picture")
        assert driver.texts() == []
        driver.gesture(driver.submit, "generate", nonce="2", text="A fox", shown=driver.shown())
        driver.wait(lambda: driver.submit.notice)
        driver.gesture(driver.submit, "agree")
        driver.wait(lambda: driver.finished(1))
        driver.panel.close()


def test_pictures_go_along_to_another_session(driver: Driver, instant_server: SandboxServer) -> None:
    driver.bring("u1", picture())
    with am.Session("sk-another", instant_server.url, library=":memory:") as other:
        driver.panel.use_session(other)
        driver.gesture(driver.submit, "generate", nonce="1", text="A fox", shown=driver.shown())
        driver.wait(lambda: driver.finished(1))
        assert [job.status for job in other.jobs] == ["completed"]


# ---- what is wrong


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("file:///home/me/fox.png", "file:///home/me/fox.png lies on a machine that APIMart cannot reach."),
        ("data:image/png;base64,AAAA", "A data: address holds the picture itself."),
        ("https://me:secret@a.example/1.png", "The address holds a user name or password"),
        ("fox.png", "fox.png is no web address. Begin with https://"),
        ("ftp://a.example/1.png", "ftp://a.example/1.png cannot be opened by APIMart."),
        ("https://a b/1.png", "is no address that can be opened."),
    ],
)
def test_an_address_that_cannot_be_sent_is_said_at_its_tile(driver: Driver, address: str, words: str) -> None:
    driver.panel.request = am.ImageRequest.from_payload({"prompt": "A fox", "image_urls": [LINK.format(1), address]})
    driver.wait(lambda: driver.strip.problems)
    (problem,) = driver.strip.problems
    assert (problem["id"], problem["field"]) == (driver.ids()[1], "image_urls")
    assert problem["text"].startswith("Reference 2: ")
    assert words in problem["text"]
    assert "references=[" not in problem["text"]
    assert "secret" not in problem["text"]
    driver.gesture(driver.submit, "generate", nonce="1", text="A fox", shown=driver.shown())
    driver.wait(lambda: driver.messages("focus"))
    assert len(driver.strip.problems) == 1
    assert driver.panel.session.jobs == ()
    driver.gesture(driver.strip, "remove", gesture="r", id=driver.ids()[1])
    driver.wait(lambda: driver.strip.problems == [] and driver.submit.problems == [])


def test_sixteen_for_a_model_that_takes_fifteen(driver: Driver) -> None:
    driver.add(*(LINK.format(number) for number in range(16)))
    driver.wait(lambda: len(driver.strip.items) == 16 and driver.texts())
    assert driver.strip.most == 15
    assert driver.texts() == [
        "gpt-image-1-official takes at most 15 references, and these are 16. Remove 1.",
    ]
    driver.gesture(driver.submit, "generate", nonce="1", text="A fox", shown=driver.shown())
    driver.wait(lambda: driver.messages("focus"))
    assert driver.panel.session.jobs == ()
    driver.panel._controls.fields["model"].value = "gpt-image-2-official"
    driver.wait(lambda: driver.strip.most == 16 and driver.strip.problems == [])


def test_a_mask_without_references_can_be_taken_away(driver: Driver) -> None:
    driver.panel.request = am.ImageRequest.from_payload({"prompt": "A fox", "mask_url": LINK.format("mask")})
    driver.wait(lambda: driver.strip.problems)
    assert [(each["field"], each["text"]) for each in driver.strip.problems] == [
        ("mask_url", "A mask belongs to a reference. Add the picture to edit, or remove the mask.")
    ]
    driver.gesture(driver.strip, "unmask")
    driver.wait(lambda: driver.strip.problems == [] and not driver.strip.mask["marked"])
    assert driver.panel.request == am.ImageRequest("A fox")


def test_the_live_strip_says_where_pictures_go(driver: Driver) -> None:
    driver.add(LINK.format(1))
    driver.wait(lambda: driver.strip.items)
    assert driver.strip.upload_note == ""
    driver.bring("u1", picture())
    driver.wait(lambda: driver.strip.upload_note == UPLOADED)
    with am.Session(mode="sandbox", library=":memory:") as sandbox:
        driver.panel.use_session(sandbox)
        driver.wait(lambda: driver.strip.upload_note == "")


def test_it_speaks_chinese(instant_server: SandboxServer) -> None:
    with am.Session("sk-zh", instant_server.url, library=":memory:") as session:
        driver = Driver(session, language="zh")
        assert driver.strip.words["references"] == "参考图"
        driver.bring("u1", b"no picture")
        driver.wait(lambda: driver.texts() == ["u1.png 不是可以读取的图片。请使用 PNG、JPEG、WebP 或 GIF 文件。"])
        driver.panel.close()


# ---- a press


def test_a_press_asks_for_the_references_the_page_shows(driver: Driver, instant_server: SandboxServer) -> None:
    before = len(instant_server.ledger()["uploads"])
    driver.bring("u1", picture(colour="blue"))
    driver.bring("u2", picture(colour="green"))
    driver.add(LINK.format(1))
    driver.wait(lambda: len(driver.strip.items) == 3)
    one, two, link = driver.ids()
    # On the page the second is the first, the link is removed, another is on its way and one stands in the field.
    tiles = [{"id": two}, {"id": one}, {"id": "a-new", "address": LINK.format("new")}]
    shown = driver.shown(tiles=tiles, typed=[LINK.format("typed")])
    driver.gesture(driver.submit, "generate", nonce="1", text="A fox", shown=shown)
    driver.wait(lambda: driver.finished(1))
    (job,) = driver.panel.session.jobs
    named = [reference.name if (reference := local_reference(url)) else url for url in job.request.image_urls or ()]
    assert named == ["u2.png", "u1.png", LINK.format("new"), LINK.format("typed")]
    assert len(instant_server.ledger()["uploads"]) == before + 2
    sent = instant_server.ledger()["tasks"][-1]["payload"]["image_urls"]
    assert sent[2:] == [LINK.format("new"), LINK.format("typed")]
    assert link not in driver.ids()


def test_a_press_waits_for_no_file_and_leaves_none_out(driver: Driver) -> None:
    data = noise(1.5)
    driver.piece("u1", data, 0)
    driver.gesture(driver.submit, "generate", nonce="1", text="A fox", shown=driver.shown(coming=1))
    said = "A picture or mask was still on its way, so nothing was sent. Send it again when it is here."
    driver.wait(lambda: driver.texts() == [said])
    driver.wait(lambda: driver.messages("focus"))
    assert driver.messages("accepted")[-1]["ok"] is False
    driver.piece("u1", data, 1)
    driver.wait(lambda: "u1" in driver.taken() and driver.ids() == ["u1"])
    # It is here, and the press is still to be made again.
    assert driver.texts() == [said]
    # A page that has not been told of it yet has asked for it all the same.
    unaware = driver.shown(tiles=[], version=driver.strip.version - 1)
    driver.gesture(driver.submit, "generate", nonce="2", text="A fox", shown=unaware)
    driver.wait(lambda: driver.finished(1))
    driver.wait(lambda: driver.texts() == [])
    assert driver.rows()[0]["settings"]["references"] == 1


# ---- the mask editor


def test_a_mask_editor_is_called_for_the_picture_it_was_asked_for(driver: Driver) -> None:
    asked: list[str] = []
    driver.panel.references.on_mask(None)
    driver.bring("u1", picture())
    driver.wait(lambda: not driver.strip.can_mask)
    driver.gesture(driver.strip, "mask", id="u1")
    driver.panel.references.on_mask(asked.append)
    driver.wait(lambda: driver.strip.can_mask)
    driver.gesture(driver.strip, "mask", id="nobody")
    driver.gesture(driver.strip, "mask", id="u1")
    assert asked == list(driver.urls())
    assert driver.strip.mask == {"marked": False, "text": "Mask", "id": ""}
    driver.panel.request = driver.panel.request.replace(prompt="A hat", mask_url=LINK.format("mask"))
    driver.wait(lambda: driver.strip.mask["marked"])
    driver.panel.references.on_mask(None)
    driver.wait(lambda: not driver.strip.can_mask)
