from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.faults.world import World


@pytest.fixture
def make_world(tmp_path: Path) -> Iterator[Callable[..., World]]:
    worlds: list[World] = []

    def make(**server: Any) -> World:
        worlds.append(World(tmp_path / f"library {len(worlds)}", **server))
        return worlds[-1]

    yield make
    for world in worlds:
        world.leave()


@pytest.fixture
def world(make_world: Callable[..., World]) -> World:
    """One with a session open."""
    made = make_world()
    made.open()
    return made


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What has no answer here when a session is closed never gets one: that is not waited for."""
    monkeypatch.setattr("apimart_widgets.runner.LAST_WAIT", 0.0)
