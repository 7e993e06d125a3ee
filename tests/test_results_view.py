"""What a page is told of rows fits what it was given when it opened, whatever thread asks when."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from apimart_widgets.widgets.composer import ResultsView
from tests.kernel.front_end import Widget


@pytest.fixture
def view() -> Iterator[ResultsView]:
    made = ResultsView()
    yield made
    made.close()


def row(name: str, status: str = "queued") -> dict[str, Any]:
    return {"id": name, "status": status}


def listened(view: ResultsView, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = []
    monkeypatch.setattr(view, "send", lambda content, buffers=None: told.append(content))
    return told


def opened(view: ResultsView) -> Widget:
    """A page that is loaded now."""
    state = view.get_state()
    return Widget("", {**state, "rows": list(state["rows"])})


def test_only_rows_that_changed_are_sent(view: ResultsView, monkeypatch: pytest.MonkeyPatch) -> None:
    told = listened(view, monkeypatch)
    first, second = row("a"), row("b")
    view.rows = [first]
    view.rows = [second, first]
    done = row("a", "completed")
    view.rows = [second, done]
    view.rows = [done]
    assert [(each["changed"], each.get("added"), each.get("ids")) for each in told] == [
        ([first], ["a"], None),
        ([second], ["b"], None),
        ([done], [], None),
        ([], None, ["a"]),
    ]


def test_a_page_that_opens_between_two_messages_is_given_what_the_next_one_fits(
    view: ResultsView, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = listened(view, monkeypatch)
    view.rows = [row("a")]
    with view.hold_sync():
        view.rows = [row("b"), row("a")]
        page = opened(view)  # the rows are new, and no page was told of them
    page.take_rows(told[-1])
    assert [each["id"] for each in page.state["rows"]] == ["b", "a"]
    assert page.state["turn"] == opened(view).state["turn"]


def test_only_a_page_that_has_missed_some_is_sent_all(view: ResultsView, monkeypatch: pytest.MonkeyPatch) -> None:
    view.rows = [row("a")]
    told = listened(view, monkeypatch)
    view.catch_up(opened(view).state["turn"])
    assert told == []
    view.catch_up(None)
    assert told == [{"kind": "rows", "turn": 1, "all": (row("a"),)}]


def test_two_threads_tell_one_story(view: ResultsView, monkeypatch: pytest.MonkeyPatch) -> None:
    told = listened(view, monkeypatch)
    page = opened(view)

    def change(name: str) -> None:
        for number in range(300):
            view.rows = [row(f"{name}{number}"), *view.rows[:5]]

    threads = [threading.Thread(target=change, args=(name,)) for name in ("a", "b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for each in told:
        page.take_rows(each)
    assert page.state["turn"] == len(told)
    assert page.state["rows"] == list(view.rows)
