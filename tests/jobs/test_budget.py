"""A daily budget is held over restarts, refuses before anything is sent, and makes room for what was not billed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import apimart_widgets as am
from apimart_widgets import catalog, prices
from apimart_widgets.catalog import PriceList
from tests.jobs.test_money import Script, json_answer
from tests.raw_server import Action, RawServer, Request, Trickle, answer
from tests.sandbox_server import SandboxServer

PATIENCE = 30.0
KEY = "sk-budget"


def test_what_was_spent_counts_after_a_restart_too(instant_server: SandboxServer, tmp_path: Path) -> None:
    with am.Session(KEY, instant_server.url, library=tmp_path, daily_budget=0.05) as session:
        one = session.estimate("A red fox", quality="low")
        assert one is not None
        images = session.generate("A red fox", quality="low", timeout=PATIENCE)
        assert images[0].cost == pytest.approx(one.high)
        spent = session.spent()
        assert (spent.billed, spent.in_flight, spent.budget) == (pytest.approx(one.high), 0.0, 0.05)
    with am.Session(KEY, instant_server.url, library=tmp_path, daily_budget=0.05) as session:
        assert session.spent().billed == pytest.approx(one.high)
        sent = len(instant_server.ledger()["tasks"])
        with pytest.raises(am.BudgetError, match="Nothing was sent"):
            session.submit("A red fox", quality="high")
        assert session.jobs == ()
        assert len(instant_server.ledger()["tasks"]) == sent
        # A refused task costs nothing.
        for _ in range(4):
            with pytest.raises(am.ContentPolicyError):
                session.generate("[refuse] A fox", quality="low", n=2, timeout=PATIENCE)
    with am.Session("sk-another", instant_server.url, library=tmp_path, daily_budget=0.05) as session:
        assert session.spent().total == 0


def test_quality_auto_is_reserved_at_its_dearest_and_settled_by_the_bill(tmp_path: Path) -> None:
    with (
        SandboxServer(seconds=2) as server,
        am.Session(KEY, server.url, library=tmp_path, daily_budget=1.0) as session,
    ):
        job = session.submit("A red fox", quality="auto")
        estimate = session.estimate("A red fox", quality="auto")
        assert estimate is not None
        assert session.spent().in_flight == pytest.approx(estimate.high)
        job.result(PATIENCE)
        assert job.cost is not None
        assert session.spent().billed == pytest.approx(job.cost.amount)
        assert session.spent().in_flight == 0
        assert not job.cost.estimated
        assert server.url in job.cost.source


def test_a_price_nobody_knows_is_refused(instant_server: SandboxServer) -> None:
    am.register_model("gpt-image-9-official", prices=None)
    try:
        with am.Session(KEY, instant_server.url, library=":memory:", daily_budget=100) as session:
            with pytest.raises(am.BudgetError, match="price of this request to gpt-image-9-official is not known"):
                session.submit("A red fox", model="gpt-image-9-official")
            assert session.jobs == ()
    finally:
        catalog.unregister_model("gpt-image-9-official")


class Dear(Script):
    """Asks $0.90 a picture, and tells it from the second time on."""

    first_answer: Action = answer(403, b"<html>")

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0
        self.post = lambda count: json_answer({"code": 200, "data": [{"task_id": f"task_{count}"}]})

    def completed(self) -> bytes:
        images = [{"url": [f"{self.url}/file.png"]}]
        return json_answer({"data": {"id": "task_1", "status": "completed", "result": {"images": images}}})

    def __call__(self, request: Request) -> Any:
        if not request.path.startswith("/api/pricing"):
            return super().__call__(request)
        self.asked += 1
        listed = {"data": {"size_quality_prices": {"1:1": {"high": 0.9}}}}
        return self.first_answer if self.asked == 1 else json_answer(listed)


@pytest.mark.parametrize("first", [answer(403, b"<html>"), json_answer({"data": {}}), json_answer({}, 404)])
def test_a_budget_is_held_against_the_servers_own_prices(first: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    script = Dear()
    script.first_answer = first
    with (
        RawServer(script) as server,
        am.Session(KEY, server.url, library=":memory:", daily_budget=1) as session,
    ):
        script.url = server.url
        for _ in range(2):
            with pytest.raises(am.BudgetError, match="not known"):
                session.submit("A red fox", quality="high")
        assert (len(script.posts), script.asked, session.jobs) == (0, 1, ())
        monkeypatch.setattr(prices, "_PAUSE", 0.0)
        session.generate("A red fox", quality="high", timeout=PATIENCE)
        assert session.spent().billed == pytest.approx(0.9)
        with pytest.raises(am.BudgetError, match="not known"):
            session.submit("A red fox", quality="low")
        with pytest.raises(am.BudgetError, match=r"up to \$0\.90, and the daily budget of \$1\.00"):
            session.submit("A red fox", quality="high")
    assert (len(script.posts), script.asked) == (1, 2)


def test_prices_a_model_was_registered_with_count_where_the_server_lists_none() -> None:
    am.register_model("gpt-image-9-official", prices=PriceList({}, "USD", "my contract", "2026-11-30", flat=0.6))
    script = Dear()
    try:
        with (
            RawServer(script) as server,
            am.Session(KEY, server.url, library=":memory:", daily_budget=1) as session,
        ):
            script.url = server.url
            session.generate("A red fox", model="gpt-image-9-official", timeout=PATIENCE)
            with pytest.raises(am.BudgetError, match=r"up to \$0\.60"):
                session.submit("A red fox", model="gpt-image-9-official")
    finally:
        catalog.unregister_model("gpt-image-9-official")


def test_a_price_that_does_not_come_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prices, "_PATIENCE", 0.5)
    script = Dear()
    script.first_answer = Trickle(b"", b"")
    with (
        RawServer(script) as server,
        am.Session(KEY, server.url, library=":memory:", daily_budget=1) as session,
        pytest.raises(am.BudgetError, match="not known"),
    ):
        session.submit("A red fox", quality="high")


def test_an_estimate_without_a_budget_is_by_the_public_list_until_the_server_tells_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    script = Dear()
    with RawServer(script) as server, am.Session(KEY, server.url, library=":memory:") as session:
        for _ in range(2):
            estimate = session.estimate("A red fox", quality="high")
            assert estimate is not None
            assert "OpenAI" in estimate.source
        assert script.asked == 1
        monkeypatch.setattr(prices, "_PAUSE", 0.0)
        estimate = session.estimate("A red fox", quality="high")
        assert estimate is not None
        assert (estimate.high, script.asked) == (0.9, 2)


def test_the_environment_sets_a_budget_for_live_sessions(
    instant_server: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("APIMART_BUDGET", "$0.001")
    with am.Session(KEY, instant_server.url, library=":memory:") as session:
        assert session.daily_budget == 0.001
        with pytest.raises(am.BudgetError):
            session.submit("A red fox")
    with am.Session(mode="sandbox", library=":memory:", sandbox_seconds=0) as session:
        assert session.daily_budget is None
        session.generate("A red fox", quality="low", timeout=PATIENCE)
    monkeypatch.setenv("APIMART_BUDGET", "five")
    with pytest.raises(am.ConfigurationError, match="APIMART_BUDGET is an amount in USD"):
        am.Session(KEY, instant_server.url, library=":memory:")


@pytest.mark.parametrize("amount", [-1, float("nan"), float("inf"), True, "5"])
def test_a_budget_that_is_no_amount_is_refused(amount: object) -> None:
    with pytest.raises(am.ConfigurationError, match="daily_budget is an amount in USD"):
        am.Session(mode="sandbox", library=":memory:", daily_budget=amount)  # type: ignore[arg-type]
