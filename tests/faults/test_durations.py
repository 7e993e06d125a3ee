"""What a session learns of how long tasks take: when it asks for the next one, and what it knows after a restart."""

from __future__ import annotations

import apimart_widgets as am
from apimart_widgets.polling import ENOUGH
from tests.faults.world import World


def polled(job: am.Job) -> list[float]:
    """When its task was asked for, in seconds since it was accepted."""
    accepted = next(event.at for event in job.events if event.kind == "submitted")
    return [event.at - accepted for event in job.events if event.kind == "poll"]


def one_more(world: World, **fields: object) -> list[float]:
    job = world.submit(**fields)
    world.finish(job)
    assert job.status == "completed"
    return polled(job)


def test_after_a_few_tasks_the_next_is_asked_for_when_it_may_be_done(world: World) -> None:
    first, *_ = [one_more(world) for _ in range(ENOUGH)]
    assert first[0] < 0.1
    known = one_more(world)
    assert known[0] > 10.0
    assert len(known) < len(first)
    assert known[-1] < 20.0 + 1.5
    # The library remembers, and a task of another size is expected to last as long.
    world.close()
    world.open()
    assert one_more(world)[0] > 10.0
    assert one_more(world, size="3:2")[0] > 10.0
    assert one_more(world, quality="high")[0] < 0.1


def test_a_server_that_tells_no_times_is_learned_from_all_the_same(world: World) -> None:
    told = world.server._end_of
    world.server._end_of = lambda task: {  # type: ignore[method-assign]
        key: value for key, value in told(task).items() if key not in ("created", "completed")
    }
    for _ in range(ENOUGH):
        one_more(world)
    assert 10.0 < one_more(world)[0] < 20.0


def test_a_library_that_cannot_be_read_only_costs_the_question_at_once(world: World) -> None:
    def unreadable(_: object) -> list[object]:
        raise am.LibraryError("not now")

    world.session.library.took = unreadable  # type: ignore[method-assign,assignment]
    assert one_more(world)[0] < 0.1
