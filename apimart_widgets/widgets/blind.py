"""``BlindComparison``: which of two pictures is better, asked without saying which is which."""

from __future__ import annotations

import concurrent.futures
import logging
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import traitlets
from PIL import Image, ImageOps

from .. import bradley_terry, encoding, images
from ..analysis import percent, title
from ..errors import APIMartError, ConfigurationError
from ..library import Library
from ..pairing import Plan, plan
from ..ratings import RATING_FIELDS, SelfAgreement, WinRates, self_agreement, win_rates
from ..results import GeneratedImage, ImageSet
from ..session import Session
from ..words import LANGUAGES, Language, said_in, say
from .composer import FrontEnd, front_end_words
from .projector import Projector
from .sitting import Sitting

if TYPE_CHECKING:
    import pandas as pd

logger = logging.getLogger("apimart_widgets")

_STATIC = Path(__file__).parent / "static"

LARGEST_SHOWN = 1536
"""Pixels a side of what the page is sent: as large as the pictures of most models, and as their box on a sharp screen.
"""


class BlindComparison(FrontEnd):
    """Shows two pictures at a time and asks which is better, without a word of how they were made.

    Left, right or no difference, by button or with the arrow keys; U takes the last one back. The pairs are those of
    ``pairing.plan``. Both pictures are written anew, with the same number of pixels, the same format and as many bytes,
    so that nothing in the page tells them apart but what they show. A pair whose file is gone since can be gone past:
    nothing is kept of it, and the end says how many there were.

    Args:
        images: of one mode, live or sandbox, with two levels of ``by`` within a prompt and size.
        by: a setting of the request, such as "quality" or "model".
        pairs: how many, without the tenth that is shown twice. Where the pictures make fewer, all of those.
        rater: a pseudonym under which the choices are kept; None asks for one first.
        seed: of choice, sides and order of the pairs.
        library: a ``Library``, or a ``Session``, whose library it is: each choice is kept there at once, and the same
            comparison by the same rater goes on where it was, in another kernel too. None keeps them in the widget.
        language: "en" or "zh".

    Raises:
        ConfigurationError: as ``pairing.plan``; a pseudonym or library that is none.
        ImageError: the file of a picture is gone.

    >>> import apimart_widgets as am
    >>> with am.Session(mode="sandbox", library=":memory:", sandbox_seconds=0) as session:
    ...     made = session.generate("A fox", quality="low", n=2) + session.generate("A fox", quality="high", n=2)
    ...     am.BlindComparison(made, by="quality", rater="anna")
    <BlindComparison: 0 of 5 pairs decided by anna>
    """

    _esm = _STATIC / "blind.js"
    _css = _STATIC / "blind.css"

    state = traitlets.Dict().tag(sync=True)
    """{phase: "name" | "pair" | "end", number, total, pair, next, last: tokens, title, notice, thanks, problem, heard}.

    ``pair`` is shown, ``next`` fetched, ``last`` can be taken back; ``heard`` counts the gestures that were answered.
    """

    done = traitlets.Int(0, read_only=True)
    """How many pairs the rater has decided; can be observed, and then calls on the widgets' thread."""

    def __init__(
        self,
        images: Iterable[GeneratedImage],
        by: str = "quality",
        pairs: int = 200,
        rater: str | None = None,
        *,
        seed: int = 0,
        library: Library | Session | None = None,
        language: Language = "en",
    ) -> None:
        if language not in LANGUAGES:
            raise APIMartError(say("panel.language", language=language))
        pictures = list(images) if isinstance(images, Iterable) else images
        self._sitting = Sitting(plan(pictures, by, pairs=pairs, seed=seed), _library(library))
        self._pictures = _whole(pictures)
        if rater is not None:
            self._sitting.begin(rater)
        self._problem = ""
        self._heard = 0
        self._projector = Projector(self._project, interval=0)
        # Writing a pair anew takes a moment, in which the other widgets and the next press are not to wait.
        self._writer = concurrent.futures.ThreadPoolExecutor(1, thread_name_prefix="apimart-widgets-blind")
        super().__init__(words=front_end_words(language, "blind_"), language=language)
        self._project()
        self.on_gesture(self._gesture)

    # ---- for code

    @property
    def plan(self) -> Plan:
        """The pairs, in the order in which they are shown."""
        return self._sitting.plan

    @property
    def rater(self) -> str | None:
        """The pseudonym, or None before one was given."""
        return self._sitting.rater or None

    @property
    def total(self) -> int:
        """How many pairs there are, repetitions among them."""
        return len(self.plan.pairs)

    @property
    def ratings(self) -> list[dict[str, Any]]:
        """The decisions so far, one row each, with ``ratings.RATING_FIELDS``.

        With a library, those of every rater of this comparison.

        Raises:
            LibraryError: the library was closed, or cannot be read.
        """
        self._sitting.refresh()
        return self._sitting.rows

    def to_pandas(self) -> pd.DataFrame:
        """``ratings`` as a DataFrame, ``time`` as timestamps in UTC.

        Raises:
            ImportError: pandas is not installed; the sentence says how to install it.
        """
        try:
            import pandas as pd
        except ImportError as error:
            raise ImportError(say("results.no_pandas")) from error
        table: pd.DataFrame = pd.DataFrame(self.ratings, columns=list(RATING_FIELDS))
        table["time"] = pd.to_datetime(table["time"], utc=True, format="ISO8601")
        return table

    def win_rates(self) -> WinRates:
        """How often each level was preferred; see ``ratings.win_rates``.

        Raises:
            ConfigurationError: nothing was decided yet.
        """
        return win_rates(self.ratings, self._records(), self.plan.by)

    def strengths(self, *, seed: int = 0, resamples: int = 1000) -> bradley_terry.Strengths:
        """How strongly each level is preferred; see ``bradley_terry.strengths``.

        Raises:
            ConfigurationError: nothing was decided yet, or a seed or number of resamples that is none.
            ImportError: the extra for analyses is not installed.
        """
        return bradley_terry.strengths(self.ratings, self._records(), self.plan.by, seed=seed, resamples=resamples)

    def self_agreement(self) -> tuple[SelfAgreement, ...]:
        """How far each rater decided the pairs shown twice alike; see ``ratings.self_agreement``.

        Raises:
            ConfigurationError: nothing was decided yet.
        """
        return self_agreement(self.ratings)

    def close(self) -> None:
        """Take the comparison away; its ratings can still be read."""
        if hasattr(self, "_writer"):  # ipywidgets also closes what was never built
            self._projector.close()
            self._writer.shutdown(wait=False, cancel_futures=True)
        super().close()

    def __repr__(self) -> str:
        by = f" by {self.rater}" if self.rater else ""
        return f"<BlindComparison: {self._sitting.done} of {self.total} pairs decided{by}>"

    def _records(self) -> list[dict[str, Any]]:
        return ImageSet(self._pictures.values()).to_records()

    # ---- gestures: on any thread, so they are handed on

    def _gesture(self, content: Mapping[str, Any], _: list[memoryview]) -> None:
        kinds: dict[str, Callable[[], object]] = {
            "hello": self._sitting.refresh,
            "name": lambda: self._sitting.begin(content.get("text")),
            "decide": lambda: self._sitting.decide(content.get("pair"), content.get("choice")),
            "undo": lambda: self._sitting.take_back(content.get("pair")),
            "skip": lambda: self._sitting.skip(content.get("pair")),
        }
        if content["kind"] == "want":
            self._want(content.get("pair"))
        elif content["kind"] in kinds:
            self._projector.run(partial(self._act, kinds[content["kind"]]))

    def _act(self, act: Callable[[], object]) -> None:
        self._heard += 1
        try:
            act()
            self._problem = ""
        except APIMartError as error:
            self._problem = self._said(error.message)
        self._project()

    def _want(self, token: object) -> None:
        pair = self._sitting.pair(token)
        if pair is not None and isinstance(token, str):
            self._writer.submit(self._write, token, [self._pictures[content] for content in (pair.a, pair.b)])

    def _write(self, token: str, pair: Sequence[GeneratedImage]) -> None:
        try:
            files = alike([image.bytes for image in pair])
        except APIMartError as error:
            # Its sentence names the file, and so the content.
            logger.warning("A pair of a blind comparison cannot be shown: %s", error)
            self._projector.run(partial(self.tell, "lost", pair=token, text=self._said(say("blind.lost"))))
        else:
            self._projector.run(partial(self.tell, "pictures", *files, pair=token))

    # ---- projection: on the widgets' thread

    def _project(self) -> None:
        sitting, place = self._sitting, self._sitting.place
        phase = "name" if not sitting.rater else "end" if place is None else "pair"
        notice, drawings = sitting.plan.notice, title(sitting.plan.mode)
        self.state = {
            "phase": phase,
            "number": sitting.done + sitting.skipped + 1,
            "total": self.total,
            "pair": sitting.token(place) if phase == "pair" else None,
            "next": sitting.token(place + 1) if phase == "pair" and place is not None else None,
            "last": sitting.last(),
            "title": self._said(drawings) if drawings else "",
            "notice": self._said(notice) if notice else "",
            "thanks": self._thanks() if phase == "end" else [],
            "problem": self._problem,
            "heard": self._heard,
        }
        self.set_trait("done", sitting.done)

    def _thanks(self) -> list[str]:
        own, skipped = [row for row in self._sitting.rows if row["rater"] == self.rater], self._sitting.skipped
        if not skipped:
            said = [say("blind.thanks", rater=self.rater, count=len(own))]
        else:
            said = [say("blind.thanks_without", rater=self.rater, count=len(own), skipped=skipped)]
        for found in self_agreement(own) if own else ():
            if found.pairs:
                said.append(say("blind.agreed", agreed=found.agreed, pairs=found.pairs, share=percent(found.share)))
        return [self._said(sentence) for sentence in said]

    def _said(self, sentence: str) -> str:
        return said_in(sentence, self._language())

    def _language(self) -> Language:
        return "zh" if self.language == "zh" else "en"


def alike(files: Sequence[bytes]) -> list[bytes]:
    """Pictures as PNGs that nothing but what they show tells apart.

    They are written anew in RGBA, without metadata, on frames of one size, the largest width and height among them but
    at most ``LARGEST_SHOWN``, each as large as it fits there; noise behind a shorter file makes them of one length.

    Raises:
        ImageError: one is no picture.

    >>> from PIL import Image
    >>> files = [encoding.encoded(Image.new("RGB", size), kind) for size, kind in (((9, 6), "PNG"), ((3, 2), "JPEG"))]
    >>> one, two = alike(files)
    >>> len(one) == len(two), images.decode(two).size
    (True, (9, 6))
    """
    pictures = [encoding.displayable(images.decode(data)).convert("RGBA") for data in files]
    width, height = (max(picture.size[side] for picture in pictures) for side in (0, 1))
    scale = min(1.0, LARGEST_SHOWN / max(width, height))
    frame = max(1, round(width * scale)), max(1, round(height * scale))
    written = [encoding.encoded(_framed(picture, frame), "PNG", compress_level=1) for picture in pictures]
    longest = max(map(len, written))
    return [file + secrets.token_bytes(longest - len(file)) for file in written]


def _framed(picture: Image.Image, frame: tuple[int, int]) -> Image.Image:
    fitted = picture if picture.size == frame else ImageOps.contain(picture, frame, Image.Resampling.LANCZOS)
    canvas = Image.new("RGBA", frame)
    canvas.paste(fitted, ((frame[0] - fitted.width) // 2, (frame[1] - fitted.height) // 2))
    return canvas


def _library(given: object) -> Library | None:
    if isinstance(given, Session):
        return given.library
    if not isinstance(given, Library | None):
        raise ConfigurationError(say("blind.library", type=type(given).__name__))
    return given


def _whole(pictures: Iterable[GeneratedImage]) -> dict[str, GeneratedImage]:
    """The pictures by their content; one whose file is gone is told of before the first pair, not at the hundredth."""
    found = {image.sha256: image for image in pictures}
    for image in found.values():
        if image.file_size is None:
            _ = image.bytes
    return found
