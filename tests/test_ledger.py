"""Whose turn a job is, what is taken up and what only offered, and what a budget allows."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

import apimart_widgets as am
from apimart_widgets.catalog import Estimate
from apimart_widgets.ledger import DAY, HOLD, LOST_AFTER, HoldLost, Ledger, Scope

LIVE = Scope("https://api.apimart.ai", "account", "live")
OTHERS = [
    Scope("https://other.example", "account", "live"),
    Scope("https://api.apimart.ai", "another", "live"),
    Scope("https://api.apimart.ai", "account", "sandbox"),
]
NOW = 1_800_000_000.0
GONE = "elsewhere/1/abc"


def price(amount: float) -> Estimate:
    return Estimate(amount / 2, amount, "USD", "a list", "2026-11-24")


def add(ledger: Ledger, name: str, *, scope: Scope = LIVE, at: float = NOW, **arguments: Any) -> None:
    request = am.ImageRequest(f"A fox, {name}")
    ledger.add_job(name, scope, request=request, idempotency_key=f"key-{name}", created=at, now=at, **arguments)


def left(ledger: Ledger, name: str, *, scope: Scope = LIVE, at: float = NOW, **columns: Any) -> None:
    """A job as a process left it that is gone."""
    add(ledger, name, scope=scope, at=at)
    ledger.set_job(name, holder=GONE, held_until=at, sent=at, **columns)


@pytest.fixture
def ledger() -> Any:
    opened = Ledger(":memory:")
    yield opened
    opened.close()


def ids(rows: list[dict[str, Any]]) -> list[str]:
    return [row["id"] for row in rows]


def test_what_may_be_paid_for_is_taken_up_and_nothing_else(ledger: Ledger) -> None:
    left(ledger, "unanswered", status="sending")
    left(ledger, "unknown", status="unknown", finished=NOW)
    left(ledger, "known task", status="submitted", task_id="t1")
    left(ledger, "finished there", status="downloading", task_id="t2")
    left(ledger, "out of sight", status="unknown", task_id="t3", finished=NOW)
    left(ledger, "done", status="completed", task_id="t4", finished=NOW)
    left(ledger, "failed", status="failed", task_id="t5", finished=NOW)
    left(ledger, "never sent", status="queued")
    later = NOW + HOLD + 1
    rows, elsewhere = ledger.take(LIVE, now=later)
    assert ids(rows) == ["unanswered", "unknown", "known task", "finished there", "out of sight"]
    assert elsewhere == []
    # Held now, and so taken by nobody else.
    assert ledger.take(LIVE, now=later) == ([], ids(rows))
    assert ledger.offers(LIVE, now=later) == {"unsent": ["never sent"], "unanswered": []}


@pytest.mark.parametrize("scope", OTHERS)
def test_what_belongs_to_another_origin_account_or_mode_is_left_alone(ledger: Ledger, scope: Scope) -> None:
    left(ledger, "theirs", scope=scope, status="sending")
    left(ledger, "their queue", scope=scope, status="queued")
    later = NOW + HOLD + 1
    assert ledger.take(LIVE, now=later) == ([], [])
    assert ledger.retake("theirs", LIVE, now=later) is None
    assert ledger.offers(LIVE, now=later) == {"unsent": [], "unanswered": []}
    assert ledger.take_offered(LIVE, "unsent", ["their queue"], now=later) == []
    assert ledger.asked_before(LIVE, am.ImageRequest("A fox, theirs").fingerprint()) == []
    assert ledger.spending(LIVE, unit="USD", now=later).total == 0


def test_no_answer_for_a_day_is_offered_and_after_three_days_let_be(ledger: Ledger) -> None:
    left(ledger, "old", status="sending", at=NOW - DAY - 1)
    left(ledger, "older", status="unknown", at=NOW - LOST_AFTER - 1)
    assert ledger.take(LIVE, now=NOW) == ([], [])
    assert ledger.offers(LIVE, now=NOW)["unanswered"] == ["old"]
    assert ledger.dismiss(LIVE, "unanswered", ["old"], now=NOW) == 1
    assert ledger.offers(LIVE, now=NOW)["unanswered"] == []
    row = ledger.job("old")
    assert row is not None
    # Nobody knows what became of it; only the asking is over.
    assert (row["status"], row["dismissed"], row["finished"]) == ("unknown", NOW, NOW)


def test_a_hold_ends_when_it_is_not_renewed_and_the_fence_keeps_its_holder_out(tmp_path: Path) -> None:
    first, second = Ledger(tmp_path), Ledger(tmp_path)
    add(first, "job")
    first.set_job("job", status="submitted", task_id="t", sent=NOW, fence=1)
    assert second.take(LIVE, now=NOW + HOLD - 1) == ([], ["job"])
    first.renew(now=NOW + HOLD - 1)
    assert second.take(LIVE, now=NOW + HOLD + 1) == ([], ["job"])
    ((row,), _) = second.take(LIVE, now=NOW + 2 * HOLD)
    assert row["fence"] == 2
    with pytest.raises(HoldLost):
        first.set_job("job", [(NOW, "completed", {})], fence=1, status="completed")
    assert second.events("job") == []
    first.renew(now=NOW + 9 * HOLD)  # holds nothing any more
    assert second.job("job") == {**row, "held_until": NOW + 3 * HOLD}
    second.set_job("job", fence=2, status="completed")
    first.close()
    second.close()


def test_a_job_that_waited_for_its_row_is_held_from_its_first_moment(tmp_path: Path) -> None:
    one, two = Ledger(tmp_path), Ledger(tmp_path)
    request = am.ImageRequest("A fox")
    late = NOW + 2 * HOLD  # a price list that was waited for, a slow disk, a thousand rows before it
    one.add_job(
        "late", LIVE, request=request, idempotency_key="key-late", created=NOW, now=late, reserve=price(1), budget=1.5
    )
    assert two.offers(LIVE, now=late)["unsent"] == []
    with pytest.raises(am.BudgetError):
        add(two, "more", at=late, reserve=price(1), budget=1.5)
    for ledger in (one, two):
        ledger.close()


@pytest.mark.skipif(os.name != "posix", reason="only there can it be told whether a process lives")
def test_a_process_that_is_gone_holds_nothing(tmp_path: Path) -> None:
    code = textwrap.dedent(
        f"""
        import sys, apimart_widgets as am
        from apimart_widgets.ledger import Ledger, Scope
        ledger = Ledger(sys.argv[1])
        scope = Scope("https://api.apimart.ai", "account", "live")
        ledger.add_job("job", scope, request=am.ImageRequest("A fox"), idempotency_key="k", created={NOW}, now={NOW})
        ledger.set_job("job", status="sending", sent={NOW})
        """
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True)
    ledger = Ledger(tmp_path)
    rows, _ = ledger.take(LIVE, now=NOW)
    assert ids(rows) == ["job"]
    ledger.close()


@pytest.mark.skipif(os.name != "posix", reason="only there can it be told whether a process lives")
def test_a_process_that_had_our_number_before_us_is_gone(tmp_path: Path) -> None:
    ledger, beside = Ledger(tmp_path), Ledger(tmp_path)
    for name, holder in (("left", f"{socket.gethostname()}/{os.getpid()}/0123"), ("beside", beside.holder)):
        add(ledger, name)
        ledger.set_job(name, holder=holder, status="submitted", task_id=name, sent=NOW)
    rows, elsewhere = ledger.take(LIVE, now=NOW)
    assert (ids(rows), elsewhere) == (["left"], ["beside"])
    ledger.close()
    beside.close()


def test_drawings_of_a_kernel_that_is_gone_are_closed_quietly(ledger: Ledger) -> None:
    sandbox = OTHERS[2]
    left(ledger, "drawing", scope=sandbox, status="submitted", task_id="t")
    left(ledger, "waiting", scope=sandbox, status="queued")
    add(ledger, "mine", scope=sandbox, at=NOW + HOLD)
    ledger.close_drawings(sandbox, now=NOW + HOLD + 1, reason="The kernel ended.")
    rows = [ledger.job(name) for name in ("drawing", "waiting", "mine")]
    assert [row["status"] for row in rows if row] == ["cancelled", "cancelled", "queued"]


# ---- money


def test_billed_and_in_flight_are_counted_for_a_day(ledger: Ledger) -> None:
    add(ledger, "made", reserve=price(0.50))
    ledger.set_job("made", status="completed", sent=NOW, finished=NOW, cost=0.20, cost_unit="USD", cost_estimated=0)
    add(ledger, "by the list", reserve=price(0.50))
    ledger.set_job(
        "by the list", status="completed", sent=NOW, finished=NOW, cost=0.3, cost_unit="USD", cost_estimated=1
    )
    add(ledger, "in credits", reserve=price(0.07))
    ledger.set_job("in credits", status="completed", sent=NOW, finished=NOW, cost=700, cost_unit="credits")
    add(ledger, "on its way", reserve=price(0.40))
    ledger.set_job("on its way", status="submitted", task_id="t", sent=NOW)
    add(ledger, "no answer", reserve=price(0.10))
    ledger.set_job("no answer", status="unknown", sent=NOW, finished=NOW)
    add(ledger, "refused", reserve=price(9.00))
    ledger.set_job("refused", status="failed", sent=NOW, finished=NOW)
    add(ledger, "waits", reserve=price(0.05))
    add(ledger, "yesterday", at=NOW - DAY - 1, reserve=price(3.00))
    ledger.set_job("yesterday", status="completed", finished=NOW - DAY - 1, cost=3.0, cost_unit="USD")
    spent = ledger.spending(LIVE, unit="USD", now=NOW)
    assert (round(spent.billed, 6), round(spent.in_flight, 6), spent.estimated) == (0.57, 0.55, True)
    assert round(ledger.spending(LIVE, unit="USD", now=NOW, hours=48).billed, 6) == 3.57


def test_a_budget_is_used_to_the_last_cent_and_no_further(ledger: Ledger) -> None:
    for number in range(3):
        add(ledger, str(number), reserve=price(0.1), budget=0.3)
    with pytest.raises(am.BudgetError, match=r"daily budget of \$0\.30 does not allow it"):
        add(ledger, "more", reserve=price(0.1), budget=0.3)
    assert ledger.job("more") is None
    # What was refused by the server costs nothing, and makes room.
    ledger.set_job("0", status="failed", finished=NOW)
    add(ledger, "again", reserve=price(0.1), budget=0.3)


def test_a_queue_that_a_dead_kernel_left_takes_no_room_until_it_is_sent(ledger: Ledger) -> None:
    add(ledger, "left", reserve=price(0.25))
    ledger.set_job("left", holder=GONE, held_until=NOW)
    later = NOW + HOLD + 1
    add(ledger, "new", at=later, reserve=price(0.1), budget=0.3)
    with pytest.raises(am.BudgetError, match=r"Together with these"):
        ledger.take_offered(LIVE, "unsent", ["left"], now=later, budget=0.3)
    assert ledger.offers(LIVE, now=later)["unsent"] == ["left"]
    assert ids(ledger.take_offered(LIVE, "unsent", ["left"], now=later, budget=0.5)) == ["left"]


def test_what_was_left_unsent_at_a_price_nobody_knows_is_not_sent_under_a_budget(ledger: Ledger) -> None:
    add(ledger, "left")
    ledger.set_job("left", holder=GONE, held_until=NOW)
    later = NOW + HOLD + 1
    with pytest.raises(am.BudgetError, match=r"the price of this request to gpt-image-1-official is not known\."):
        ledger.take_offered(LIVE, "unsent", ["left"], now=later, budget=5.0)
    assert ledger.offers(LIVE, now=later)["unsent"] == ["left"]
    assert ids(ledger.take_offered(LIVE, "unsent", ["left"], now=later)) == ["left"]


def test_two_processes_cannot_both_take_the_last_of_a_budget(tmp_path: Path) -> None:
    Ledger(tmp_path).close()
    code = textwrap.dedent(
        f"""
        import os, sys, apimart_widgets as am
        from apimart_widgets.catalog import Estimate
        from apimart_widgets.ledger import Ledger, Scope
        ledger, taken = Ledger(sys.argv[1]), 0
        sys.stdin.readline()
        for number in range(20):
            name = f"{{os.getpid()}}-{{number}}"
            try:
                ledger.add_job(
                    name, Scope("https://api.apimart.ai", "account", "live"), request=am.ImageRequest("A fox"),
                    idempotency_key=name, created={NOW}, now={NOW}, budget=1.0,
                    reserve=Estimate(0.1, 0.1, "USD", "a list", "2026-11-24"),
                )
                taken += 1
            except am.BudgetError:
                pass
        print(taken, flush=True)
        sys.stdin.readline()
        """
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    children = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    for child in children:
        assert child.stdin is not None
        child.stdin.write("\n")
        child.stdin.flush()
    # Both live until both have counted: what a process reserves that is gone is free again.
    taken = [int(child.stdout.readline()) for child in children if child.stdout is not None]
    assert sum(taken) == 10
    for child in children:
        child.communicate("\n", timeout=60)
