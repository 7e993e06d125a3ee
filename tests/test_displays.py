"""What a notebook shows of jobs, requests, balances, libraries and sweeps: small, escaped, right without a kernel."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from typing import Any

import pytest
from IPython.core.formatters import DisplayFormatter
from PIL import Image

import apimart_widgets as am
from apimart_widgets import library as library_module
from apimart_widgets.fact_table import BUDGET, fact_table
from apimart_widgets.images import inspect
from apimart_widgets.ledger import Scope
from apimart_widgets.library import Picture, Query
from apimart_widgets.widgets.job import JobView
from apimart_widgets.widgets.rows import image_id
from tests.sandbox_server import SandboxServer
from tests.test_results import AWKWARD, Page, noisy

PATIENCE = 30.0
OpenSession = Callable[..., am.Session]


def shown(value: object) -> Page:
    """What a notebook is given of a value: one piece of HTML, small and closed, and its repr beside it."""
    text, page = drawn(value)
    assert text == repr(value)
    return page


def drawn(value: object) -> tuple[str, Page]:
    """The text and the HTML that a notebook is given of a value."""
    data, _ = DisplayFormatter().format(value)
    assert len(data["text/html"].encode()) <= BUDGET
    page = Page(data["text/html"].replace("<br>", " "))
    assert {tag for tag, _ in page.seen} <= {
        *("div", "b", "span", "em", "table", "thead", "tbody", "tr", "th", "td", "img", "figure", "figcaption"),
    }
    assert all(not name.startswith("on") for _, attributes in page.seen for name in attributes)
    return data["text/plain"], page


# ---- requests and balances


def test_a_request_is_a_table_of_its_settings() -> None:
    page = shown(am.ImageRequest(AWKWARD, size="3:2", n=3, output_format="jpeg", output_compression=0))
    assert "onerror=alert(1)>" in page.text
    for text in ("Size3:2 · 1536x1024", "Images3", "Formatjpeg", "Compression0", "Qualityauto"):
        assert text in page.text
    assert "References" not in page.text


def test_the_longest_request_fits_too_and_what_is_wrong_is_said() -> None:
    urls = [f"https://files.example/{'&' * 3000}{place}" for place in range(15)]
    longest = am.ImageRequest.from_payload(
        {"prompt": "'" * 32_000, "size": "9:1", "image_urls": urls, **{f"x{n}": "<" * 3000 for n in range(20)}}
    )
    assert "size: gpt-image-1-official has no size '9:1'." in shown(longest).text


def test_a_balance_is_a_table() -> None:
    assert "Left$7.50" in shown(am.Balance(7.5, 2.0)).text
    assert "Leftunlimited" in shown(am.Balance(None, None, unlimited=True)).text


# ---- libraries


def test_a_library_shows_its_newest_and_reads_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    with am.Library(":memory:") as library:
        assert "No images yet." in shown(library).text
        image = noisy(0)
        request = am.ImageRequest(AWKWARD)
        scope = Scope("https://api.example", "a", "live")
        for place in range(40):
            job = f"job_{place}"
            library.add_job(job, scope, request=request, idempotency_key=job, created=1000.0 + place)
            library.set_job(job, cost=0.25, cost_unit="USD", cost_source="x", cost_estimated=place % 2)
            info = inspect(image.bytes)
            library.add_image(job, scope, Picture(request, job, 0, image.bytes, info, 1000.0 + place, 0.25))
        made: list[str] = []
        plain = library_module.Library._image

        def counted(self: am.Library, row: Any) -> am.GeneratedImage:
            made.append(row["task_id"])
            return plain(self, row)

        monkeypatch.setattr(library_module.Library, "_image", counted)
        page = shown(library)
        assert made == [f"job_{place}" for place in range(39, 27, -1)]
    assert len(page.all("img")) == 12
    assert page.text.endswith("and 28 more")
    assert (page.text.count("about $0.25"), page.text.count("$0.25")) == (6, 12)
    assert "closed" in Page(library._repr_html_()).text


# ---- requests


def test_a_request_of_very_many_fields_fits_and_says_what_is_left_out() -> None:
    with pytest.warns(am.RequestWarning, match="unchecked"):
        request = am.ImageRequest("A fox", extra_body={f"field_{place}": place for place in range(400)})
    page = shown(request)
    (left_out,) = re.findall(r"\((\d+) more lines are left out here\.\)", page.text)
    told = set(re.findall(r"field_\d+", page.text))
    assert len(told) + int(left_out) == 400
    assert len(told) > 150
    assert "field_99" in told


def test_a_table_counts_every_line_it_leaves_out() -> None:
    facts = [(f"name {place}", "雪" * 500) for place in range(1000)]
    notes = [f"note {place}" for place in range(1000)]
    table = fact_table("雪" * 9000, facts, notes)
    (left_out,) = re.findall(r"\((\d+) more lines", table)
    told = len(re.findall(r"name \d|note \d", table))
    assert told + int(left_out) == 2000
    assert BUDGET * 0.8 < len(table.encode()) <= BUDGET
    assert "note 0" in table
    assert "more lines" not in fact_table("A fox", facts[:5], notes[:5])


# ---- sweeps


def test_a_sweep_of_very_many_prompts_fits(open_session: OpenSession, instant_server: SandboxServer) -> None:
    prompts = [f"{number} {AWKWARD}" for number in range(400)]
    sweep = open_session(instant_server.url).sweep(prompts, quality=["low", "high"], name="<b>" * 500)
    html = sweep._repr_html_()
    assert len(html.encode()) <= BUDGET
    assert "<img" not in html
    assert "prompt: and 376 more" in Page(html).text


# ---- jobs


def test_a_job_is_a_row_in_a_terminal_and_html_without_a_kernel(
    open_session: OpenSession, server: SandboxServer
) -> None:
    job = open_session(server.url).submit(f"{AWKWARD} [slow]", n=4)
    text, page = drawn(job)  # its state and age go on meanwhile
    assert text.startswith("Job(")
    assert repr(job.request.prompt[:20])[:-1] in text
    assert "On its way when this was last drawn: " in page.text
    assert "onerror=alert(1)>" in page.text
    job.result(PATIENCE)
    page = shown(job)
    assert len(page.all("img")) == 4
    assert "Made in " in page.text


def test_a_failed_job_says_why(open_session: OpenSession, instant_server: SandboxServer) -> None:
    job = open_session(instant_server.url).submit("[refuse] <i>A fox</i>")
    with pytest.raises(am.ContentPolicyError):
        job.result(PATIENCE)
    assert "Refused by the safety filter." in shown(job).text


class Watcher:
    """A job's view, and what a page would be told by it."""

    def __init__(self, session: am.Session, job: am.Job) -> None:
        self.job_view = JobView(session, job)
        self.view = self.job_view._results_view
        self.told: list[tuple[dict[str, Any], list[bytes]]] = []
        self._changed = threading.Condition()
        self.view.send = self._note
        self.view.observe(lambda _: self._note(None))

    def _note(self, content: dict[str, Any] | None, buffers: Any = None) -> None:
        with self._changed:
            if content is not None:
                self.told.append((content, list(buffers or ())))
            self._changed.notify_all()

    def gesture(self, kind: str, **content: Any) -> None:
        self.view._handle_custom_msg({"kind": kind, **content}, [])

    def wait(self, condition: Callable[[], object]) -> None:
        with self._changed:
            assert self._changed.wait_for(condition, PATIENCE)

    def messages(self, kind: str) -> list[dict[str, Any]]:
        return [content for content, _ in list(self.told) if content["kind"] == kind]


def test_a_jobs_view_follows_it_and_pulls_its_record(open_session: OpenSession, server: SandboxServer) -> None:
    session = open_session(server.url)
    job = session.submit("A red fox [slow]", n=2)
    watcher = Watcher(session, job)
    assert [row["id"] for row in watcher.view.rows] == [job.id]
    session.submit("Another")
    watcher.wait(lambda: watcher.view.rows[0]["status"] == "completed")
    assert len(watcher.view.rows) == 1
    assert watcher.view.rows[0]["events"] <= len(job.events)
    assert watcher.view.live == {}
    watcher.wait(lambda: watcher.messages("thumbnails"))
    identities = [image["id"] for image in watcher.view.rows[0]["images"]]
    watcher.gesture("tick", id=identities[1], on=True)
    watcher.wait(lambda: watcher.view.selected == identities[1:])
    assert watcher.messages("report") == []
    watcher.gesture("report", row=job.id)
    watcher.gesture("report", row="no such job")
    watcher.gesture("code", ids=identities, form="json")
    watcher.wait(lambda: watcher.messages("code"))
    assert watcher.messages("report") == [{"kind": "report", "row": job.id, "text": job.report()}]
    assert '"prompt": "A red fox' in watcher.messages("code")[0]["text"]
    watcher.gesture("rate", id=identities[0], rating=4)
    watcher.wait(lambda: watcher.view.rows[0]["images"][0]["rating"] == 4)


def test_a_retry_stands_above_what_it_retries(open_session: OpenSession, instant_server: SandboxServer) -> None:
    session = open_session(instant_server.url)
    failed, refused = session.submit("[fail] A fox"), session.submit("[refuse] A fox")
    for job in (failed, refused):
        with pytest.raises(am.APIMartError):
            job.result(PATIENCE)
    # Without a form nothing can be edited.
    assert Watcher(session, refused).view.rows[0]["error"]["action"] is None
    watcher = Watcher(session, failed)
    assert watcher.view.rows[0]["error"]["action"] == "retry"
    for _ in range(3):
        watcher.gesture("retry", row=failed.id, nonce="once")
    watcher.wait(lambda: len(watcher.view.rows) == 2 and watcher.view.rows[0]["status"] == "failed")
    assert [row["id"] for row in watcher.view.rows] == [session.jobs[-1].id, failed.id]
    assert len(session.jobs) == 3


def test_a_view_of_a_job_of_the_history_follows_its_pictures(
    open_session: OpenSession, instant_server: SandboxServer
) -> None:
    session = open_session(instant_server.url)
    first, second = session.generate("A red fox", n=2, timeout=PATIENCE)
    (job,), _, _ = session.history(Query.of())
    watcher = Watcher(session, job)
    session.rate(first, 4)
    watcher.wait(lambda: [image["rating"] for image in watcher.view.rows[0]["images"]] == [4, None])
    watcher.gesture("delete", ids=[image_id(second)])
    watcher.wait(lambda: [image["rating"] for image in watcher.view.rows[0]["images"]] == [4])


def test_pictures_of_noise_fit(open_session: OpenSession, instant_server: SandboxServer) -> None:
    noise = Image.merge("RGB", [Image.effect_noise((600, 400), 100) for _ in range(3)])
    job = open_session(instant_server.url).submit(AWKWARD, references=[noise], n=4)
    job._settle("completed", am.ImageSet([noisy(place) for place in range(4)]), ended=None, error=None)
    assert len(shown(job).all("img")) == 4
