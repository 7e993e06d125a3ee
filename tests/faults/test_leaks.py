"""Sessions come and go without leaving threads, tasks or connections behind."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

from tests.faults.world import World, io_of_tests


async def _tasks() -> set[asyncio.Task[object]]:
    return {task for task in asyncio.all_tasks() if task is not asyncio.current_task()}


def test_fifty_sessions_leave_no_threads_and_no_tasks(make_world: Callable[..., World]) -> None:
    world = make_world()
    io = io_of_tests()
    world.open()
    world.submit()
    world.finish()
    world.close()
    # The workers of the pools stay for the sessions to come; by now all of them are there.
    io.executor.submit(lambda: None).result()
    threads, tasks = set(threading.enumerate()), io.submit(_tasks()).result()
    for number in range(50):
        world.open()
        world.session.resume()
        job = world.submit(n=2)
        if number % 2:
            world.finish()
        else:
            # Closed while everything is under way.
            world.clock.run(jumps=number % 13)
        world.crash() if number % 3 else world.close()
        assert job.done()
    assert io.submit(_tasks()).result() == tasks
    assert {thread for thread in threading.enumerate() if thread.is_alive()} <= threads | set(io.executor._threads)
    assert len(io.executor._threads) <= 2
