"""Jobs in a real kernel: they go on while cells run, and waits end when the stop button is pressed.

How long stopping took is printed (half a second is what a person takes for "at once"); what is asserted is that the
wait ended while the job still ran, and that the job then came to its end.
"""

from __future__ import annotations

import pytest

from tests.conftest import Measured
from tests.kernel.conftest import Kernel


@pytest.mark.parametrize(
    "blocking",
    [
        "time.sleep(4)",
        "end = time.monotonic() + 5\nwhile time.monotonic() < end: sum(range(1000))",
        "await asyncio.sleep(4)",
    ],
    ids=["sleep", "computing", "await"],
)
def test_a_job_goes_on_while_a_cell_runs(kernel: Kernel, blocking: str) -> None:
    kernel.run('job = session.submit("A red fox", quality="low")')
    cell = kernel.run(f"{blocking}\nprint(job.status, len(job.images))")
    assert cell.error == "", cell.traceback
    assert cell.text.strip() == "completed 1"


@pytest.mark.parametrize(
    ("waiting", "interrupted"),
    [
        ("job.result()", "KeyboardInterrupt"),
        ("await job", "CancelledError"),
        ("am.run(wait())", "KeyboardInterrupt"),
        ('session.generate("Another fox [slow]")', "KeyboardInterrupt"),
    ],
)
def test_stop_ends_the_wait_and_leaves_the_job(
    kernel: Kernel, waiting: str, interrupted: str, record_property: Measured
) -> None:
    kernel.run(
        "for each in session.jobs: each.result()\n"
        "async def wait():\n    return await job\n"
        'job = session.submit("A red fox [slow]", quality="high")'
    )
    cell, seconds = kernel.interrupt_after(f'print("waiting", flush=True)\n{waiting}', "waiting")
    record_property(waiting, f"{seconds:.2f} s from stop to the end of the cell")
    assert cell.error in (interrupted, "KeyboardInterrupt", "CancelledError"), cell.traceback
    after = kernel.run("last = session.jobs[-1]\nprint(last.done(), len(last.result()), last.status, job.status)")
    assert after.text.split()[:3] == ["False", "1", "completed"], after.traceback


@pytest.mark.parametrize(
    "waiting",
    [
        "job.result()",
        "am.run(wait())",
        'session.generate("Another fox [slow]")',
        'session.sweep("A fox [slow]", quality=["low", "high"]).run(max_cost=5)',
    ],
)
def test_stop_ends_the_wait_of_a_cell_that_awaits_something_too(
    kernel: Kernel, waiting: str, record_property: Measured
) -> None:
    kernel.run(
        "import threading\n"
        "async def wait():\n    return await job\n"
        'job = session.submit("A red fox [slow]", quality="high")'
    )
    # Once it waits: an interrupt that comes before is ipykernel's own to answer.
    cell, seconds = kernel.interrupt_after(
        "await asyncio.sleep(0)\n"
        'threading.Timer(0.3, print, ["waiting"], {"flush": True}).start()\n'
        f"{waiting}",
        "waiting",
    )  # fmt: skip
    record_property(waiting, f"{seconds:.2f} s from stop to the end of the cell")
    assert cell.error == "KeyboardInterrupt", cell.traceback
    after = kernel.run("print(job.done(), len(job.result()), job.status)")
    assert after.text.split() == ["False", "1", "completed"], after.traceback


def test_what_looks_on_writes_where_the_job_was_submitted(kernel: Kernel) -> None:
    kernel.run("stop = session.watch(lambda job: print(job.status, flush=True))")
    cell = kernel.run('session.submit("A red fox", quality="low").result()\ntime.sleep(0.5)')
    kernel.run("stop()")
    assert [status for status in ("submitted", "completed") if status in cell.text] == ["submitted", "completed"]


def test_run_works_on_the_kernels_running_loop(kernel: Kernel) -> None:
    cell = kernel.run(
        "async def both():\n"
        "    jobs = [session.submit(f'Fox {number}', quality='low') for number in range(2)]\n"
        "    return [len(await job) for job in jobs]\n"
        "print(am.run(both()), am.run(both()))"
    )
    assert cell.text.strip() == "[1, 1] [1, 1]", cell.traceback


def test_errors_reach_a_cell_as_sentences(kernel: Kernel) -> None:
    cell = kernel.run('session.generate("", n="4")')
    assert cell.error == "InvalidRequest"
    assert "The prompt is empty." in cell.traceback
    assert "n is a plain whole number" in cell.traceback


def test_results_are_shown_as_pictures(kernel: Kernel) -> None:
    cell = kernel.run('session.generate("A red fox", n=4)')
    (shown,) = cell.displayed
    assert shown["text/html"].count("<img") == 4
    assert len(shown["text/html"].encode()) <= 64 * 1024
