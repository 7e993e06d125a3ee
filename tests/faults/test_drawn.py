"""Whatever is drawn of faults and restarts: every job ends in a stated outcome, and nothing billed is lost."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import apimart_widgets as am
from apimart_widgets import runner
from apimart_widgets.ledger import HOLD
from apimart_widgets.words import say
from tests.examples import examples
from tests.faults.invariants import check
from tests.faults.server import FATES, NEW_SHAPE, OLD_SHAPE, PRICE, png
from tests.faults.transport import BY_KIND
from tests.faults.world import World


@dataclasses.dataclass(frozen=True)
class Asked:
    """One job: how many pictures, from a reference or not, cancelled at once or not."""

    n: int
    reference: bool = False
    cancelled: bool = False


@dataclasses.dataclass(frozen=True)
class Life:
    """A kernel from its start to its end: what it asks for, what goes wrong, and how it ends.

    `jumps`: it ends after time has jumped so often, wherever its jobs stand then; None lets them come to their end.
    `away`: seconds until the next life begins. `locked`: which writes to the ledger fail. `second`: another kernel
    opens the same library meanwhile and takes up what it can, the first having been suspended for so many seconds.
    `looks`: its user looks again for everything at the end. Both only where the server honours keys, since elsewhere
    each may bill anew.
    """

    asks: list[Asked]
    script: dict[str, list[str]]
    locked: frozenset[int]
    jumps: int | None
    crashes: bool
    away: float
    second: float | None = None
    looks: bool = False


def faults(kind: str) -> st.SearchStrategy[list[str]]:
    # Half the calls pass: jobs that fail at the door see nothing of what is behind it.
    return st.lists(st.just("") | st.sampled_from(BY_KIND[kind]), max_size=7)


def rarely(once_in: int) -> st.SearchStrategy[bool]:
    return st.integers(1, once_in).map(lambda number: number == once_in)


LIVES = st.builds(
    Life,
    asks=st.lists(
        st.builds(
            Asked, st.integers(1, 4), st.integers(0, 5).map(lambda k: k == 5), st.integers(0, 9).map(lambda k: k == 9)
        ),
        max_size=3,
    ),
    script=st.fixed_dictionaries({kind: faults(kind) for kind in BY_KIND}),
    locked=st.frozensets(st.integers(0, 20), max_size=2),
    jumps=st.none() | st.integers(0, 60),
    crashes=st.booleans(),
    away=st.sampled_from([0.0, 0.0, 60.0, 3600.0, 25 * 3600.0, 80 * 3600.0]),
    second=st.sampled_from([None, None, 0.0, HOLD + 1]),
    looks=rarely(3),
)


# Explaining a failure traces every line, which takes minutes here.
NO_EXPLANATION = (Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink)
# Thousands of libraries are made and thrown away: where there is a folder in memory, no disk has to wait for them.
IN_MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def lock(world: World, writes: frozenset[int]) -> None:
    """Have some of the writes about jobs find the ledger locked."""
    library = world.session.library
    count = iter(range(10**9))

    def failing(write: Callable[..., Any]) -> Callable[..., Any]:
        def attempt(*args: Any, **named: Any) -> Any:
            if next(count) in writes:
                world.refused.add(world.life)
                raise am.LibraryError(say("library.locked", folder="here", reason="database is locked"))
            return write(*args, **named)

        return attempt

    library.set_job = failing(library.set_job)  # type: ignore[method-assign]
    library.add_job = failing(library.add_job)  # type: ignore[method-assign]
    library.add_image = failing(library.add_image)  # type: ignore[method-assign]


def live(world: World, life: Life, budget: float | None, allowed: int) -> int:
    """Let one life happen; returns how many jobs it asked for."""
    world.open(daily_budget=budget)
    world.script.update({kind: list(names) for kind, names in life.script.items()})
    if budget is not None:
        # The price is asked for once, and a budget waits for it: better before anything else is under way.
        with world.clock.running():
            world.session.estimate("A red fox", size="1:1", quality="low")
    lock(world, life.locked)
    with contextlib.suppress(am.LibraryError):
        world.session.resume()
    asked = life.asks[:allowed]
    for each in asked:
        with contextlib.suppress(am.BudgetError, am.LibraryError):
            job = world.submit(n=each.n, references=[png(1)] if each.reference else None)
            if each.cancelled:
                job.cancel()
    go_on(world, life.jumps)
    if world.server.honours_keys:
        with_others(world, life, budget)
    world.end(crashes=life.crashes)
    world.clock.pass_by(life.away)
    return len(asked)


def go_on(world: World, jumps: int | None) -> None:
    if jumps is None:
        world.finish(*world.jobs)
    else:
        world.clock.run(jumps=jumps)


def with_others(world: World, life: Life, budget: float | None) -> None:
    if life.second is not None:
        world.clock.pass_by(life.second)
        runner._posted_here.clear()  # as another process would not know
        world.open(daily_budget=budget).resume()
        go_on(world, life.jumps)
    if life.looks:
        for session in world.sessions:
            with contextlib.suppress(am.LibraryError):
                session.resume()
            for job in session.jobs:
                session.look_again(job)
        go_on(world, life.jumps)


def last_life(world: World, budget: float | None) -> None:
    """The server behaves and the disk too; everything is taken up once more."""
    world.script.clear()
    world.open(daily_budget=budget)
    resumption = world.session.resume()
    resumption.unsent.discard()
    resumption.unanswered.discard()
    world.finish()


@pytest.mark.timeout(900)
@settings(
    max_examples=examples(300, long=2000), deadline=None, phases=NO_EXPLANATION, suppress_health_check=list(HealthCheck)
)
@given(
    lives=st.lists(LIVES, min_size=1, max_size=4),
    fates=st.lists(st.sampled_from(FATES), max_size=8),
    honours_keys=st.booleans(),
    shape=st.sampled_from([OLD_SHAPE, NEW_SHAPE]),
    says_cost=st.booleans(),
    budget=st.none() | st.integers(1, 12).map(lambda pictures: pictures * PRICE),
)
def test_nothing_billed_is_lost_whatever_happens(
    lives: list[Life], fates: list[str], honours_keys: bool, shape: str, says_cost: bool, budget: float | None
) -> None:
    with tempfile.TemporaryDirectory(dir=IN_MEMORY) as folder:
        world = World(Path(folder), honours_keys=honours_keys, shape=shape, says_cost=says_cost)
        world.server.fates = list(fates)
        allowed = 4
        try:
            for life in lives:
                allowed -= live(world, life, budget, allowed)
            last_life(world, budget)
            check(world)
        finally:
            world.leave()
