"""A daily budget is held over restarts, refuses before anything is sent, and makes room for what was not billed."""

from __future__ import annotations

from pathlib import Path

import pytest

import apimart_widgets as am
from apimart_widgets import catalog
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
