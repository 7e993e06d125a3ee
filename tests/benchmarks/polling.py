"""How soon a finished task is noticed, and for how many polls.

    python -m tests.benchmarks.polling [FOLDER]   every schedule, also over the durations a library there has seen

No network and no clock: tasks last as long as a law says, every call takes a fifth of a second, and each schedule is
carried out to the poll that finds the task done. So the figures are the same on any machine. Lag runs from the end of
the task on the server to the answer that tells of it, half a round trip at the least. A poll is priced in seconds of
lag, at a fifth of one unless the row says otherwise; cost is lag plus price times polls.

Ours knows what the server and the library say and nothing else: with the first poll's answer ``estimated_time``, with
each the uneven ``progress``, and of earlier tasks durations in whole seconds. The optimum knows the law the tasks are
drawn from, for each quality, but no progress; ours may go below it by that, most where progress is the sandbox's, which
follows the task more closely than a server's need. "Earlier tasks only" leaves out what the server says, "nothing seen"
the earlier tasks, as with the first five of a kind. The peers are the fixed schedules of other clients of this API.
Each figure is the median of several rounds of other tasks, with its range.
"""

from __future__ import annotations

import dataclasses
import math
import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import apimart_widgets as am
from apimart_widgets.durations import Durations
from apimart_widgets.expectation import pointed_to
from apimart_widgets.library import Library, Took
from apimart_widgets.loop import io_thread
from apimart_widgets.polling import CALL, MIN_GAP, next_poll
from apimart_widgets.request import ImageRequest
from apimart_widgets.sandbox.task import spread, task_state
from tests.benchmarks.figures import Figure, Section
from tests.sandbox_server import SandboxServer

ROUNDS, TASKS, SEEN = 5, 240, 30
SEEN_SECONDS = 12.0
ROUND_TRIP = 0.2
PRICES = (0.1, 0.2, 0.5, 1.0, 2.0)
# Of a task older than ten minutes the package gives up noticing soon: the longest are cut there.
LONGEST = 590.0
AXES = ("lag", "polls")

Draw = Callable[[np.random.Generator, int], Any]
Tell = Callable[[float, float], float | None]
Gaps = Callable[[float, int, float | None, float | None], float]


# ---- how long tasks take, and what the server says of it


@dataclasses.dataclass(frozen=True)
class Kind:
    """Tasks of one quality: their durations in seconds, and the ``estimated_time`` the server gives."""

    quality: str
    draw: Draw
    estimated: float | None
    law: Draw | None = None  # the same, for the optimum, where drawing is slow


@dataclasses.dataclass(frozen=True)
class Law:
    """Tasks of several qualities, equally often; ``tell(duration, now)`` is the server's progress."""

    kinds: tuple[Kind, ...]
    tell: Tell


def lognormal(middle: float, sigma: float) -> Draw:
    return lambda rng, count: middle * np.exp(sigma * rng.standard_normal(count))


def either(first: Draw, second: Draw) -> Draw:
    return lambda rng, count: np.where(rng.random(count) < 0.5, first(rng, count), second(rng, count))


def with_tail(body: Draw, share: float) -> Draw:
    def draw(rng: np.random.Generator, count: int) -> Any:
        times = np.where(rng.random(count) < share, 1 + rng.pareto(1.2, count), 1.0)
        return np.minimum(body(rng, count) * times, LONGEST)

    return draw


def sandbox(typical: float) -> tuple[Draw, Draw]:
    def draw(rng: np.random.Generator, count: int) -> Any:
        return typical * np.array([spread(f"task_{number}") for number in rng.integers(1 << 62, size=count)])

    return draw, lambda rng, count: typical * np.clip(lognormal(1.0, 0.25)(rng, count), 0.6, 1.7)


def uneven(duration: float, now: float) -> float:
    """Stands still and jumps: the sandbox's own."""
    return task_state(0.0, duration, now).progress


def by_the_clock(_: float, now: float) -> float:
    """Knows nothing of the task, and only counts the seconds."""
    return min(99.0, 100 * now / 60)


def silent(_: float, __: float) -> None:
    return None


LOW, HIGH = lognormal(12, 0.25), lognormal(45, 0.3)
LAWS = {
    "lognormal, estimate 60 s": Law((Kind("auto", lognormal(25, 0.5), 60.0),), uneven),
    "two qualities, estimate 60 s": Law((Kind("low", LOW, 60.0), Kind("high", HIGH, 60.0)), uneven),
    "bimodal, progress by the clock": Law((Kind("auto", either(LOW, HIGH), 60.0),), by_the_clock),
    "heavy tail, server says nothing": Law((Kind("auto", with_tail(lognormal(25, 0.35), 0.1), None),), silent),
    "as the sandbox, 12 s": Law(
        tuple(
            Kind(quality, draw, round(12 * times), law)
            for quality, times in {"low": 1.0, "medium": 1.6, "high": 2.5}.items()
            for draw, law in [sandbox(12 * times)]
        ),
        uneven,
    ),
}


def law_of(folder: Path) -> Law:
    """The durations a library has seen, drawn again and again."""
    with Library(folder) as library:
        earlier = library.took("live") or library.took("sandbox")
    if not earlier:
        raise SystemExit(f"The library in {folder} holds no task whose duration the server told.")
    by_quality: dict[str, list[Took]] = {}
    for took in earlier:
        by_quality.setdefault(took.quality, []).append(took)

    def draw(seconds: list[float]) -> Draw:
        # Within the second they are rounded to.
        return lambda rng, count: np.maximum(rng.choice(seconds, count) + rng.uniform(-0.5, 0.5, count), 0.0)

    kinds = [
        Kind(quality, draw([each.seconds for each in seen]), seen[0].estimated) for quality, seen in by_quality.items()
    ]
    return Law(tuple(kinds), uneven)


Contender = Callable[[Kind], Gaps]


# ---- schedules


def peers() -> dict[str, Gaps]:
    def steady(first: float, then: float) -> Gaps:
        return lambda waited, polls, *_: then if polls else first

    def growing(_: float, polls: int, *__: object) -> float:
        return (1, 2, 3, 5, 8, 10)[min(polls, 5)]

    return {
        "every 2 s": steady(2, 2),
        "10 s, then every 3 s": steady(10, 3),
        "10 s, then every 4 s": steady(10, 4),
        "12 s, then every 5 s": steady(12, 5),
        "1, 2, 3, 5, 8, 10, 10 ... s": growing,
    }


def ours(durations: Durations, quality: str, price: float, *, told: bool = True) -> Gaps:
    request = ImageRequest("A fox", quality=quality)

    def gaps(waited: float, polls: int, estimated: float | None, progress: float | None) -> float:
        expected = durations.expect(request, estimated if told else None)
        return next_poll(waited, polls=polls, expected=expected, progress=progress if told else None, call=price)

    return gaps


def carried_out(gaps: Gaps, kind: Kind, tell: Tell, duration: float) -> tuple[float, int]:
    """The lag and the polls of one task, which begins on the server at 0 and is known to us half a round trip later."""
    now, polls = ROUND_TRIP / 2, 0
    estimated = progress = None
    while True:
        now += gaps(now - ROUND_TRIP / 2, polls, estimated, progress)
        looked = now + ROUND_TRIP / 2
        now += ROUND_TRIP
        polls += 1
        if looked >= duration:
            return now - duration, polls
        estimated, progress = kind.estimated, tell(duration, looked)


def optimum(law: Any, price: float) -> Gaps:
    """The cheapest schedule there is for durations like these, by dynamic programming.

    With F the share that is done, from the moment x a task was found running, asking next at y costs
    price * (1 - F(x)), the lag of those that end in between, and the same again from y on.
    """
    fine = np.arange(0.0, np.quantile(law, 0.99), 0.1)
    coarse = np.geomspace(fine[-1] + 0.1, law.max() + 1e-6, 300)
    at = np.concatenate([fine, coarse])
    ordered = np.sort(law)
    below = np.searchsorted(ordered, at, side="right")
    done = below / len(law)
    summed = np.concatenate([[0.0], np.cumsum(ordered)])[below] / len(law)
    cost, following = np.zeros(len(at)), np.zeros(len(at), int)
    for here in range(len(at) - 2, -1, -1):
        later = slice(here + 1, None)
        total = at[later] * (done[later] - done[here]) - summed[later] + cost[later]
        best = int(np.argmin(total))
        following[here] = here + 1 + best
        cost[here] = total[best] + summed[here] + price * (1 - done[here])
    moments, here = [], 0
    while here < len(at) - 1:
        here = following[here]
        moments.append(float(at[here]))

    def gaps(waited: float, polls: int, *_: object) -> float:
        # A moment is when the server looks.
        wanted = moments[polls] - ROUND_TRIP if polls < len(moments) else waited + 30
        return max(wanted - waited, MIN_GAP if polls else 0.0)

    return gaps


# ---- rounds


@dataclasses.dataclass(frozen=True)
class Course:
    """How one round went: means over its tasks, in seconds of lag and in polls."""

    lag: float
    polls: float

    def cost(self, price: float) -> float:
        return self.lag + price * self.polls


def seen_before(law: Law, empty: Library, rng: np.random.Generator) -> Durations:
    """What a session has of SEEN earlier tasks of each kind, to the server's whole seconds."""
    model = ImageRequest("A fox").model
    durations = Durations(empty, "live", io=io_thread())
    for kind in law.kinds:
        starts = rng.random(SEEN)
        for start, seconds in zip(starts, kind.draw(rng, SEEN), strict=True):
            looked = float(rng.uniform(0.4, 0.95) * seconds)
            told = pointed_to(looked, law.tell(float(seconds), looked))
            durations.add([Took(model, kind.quality, "1:1", float(math.floor(start + seconds)), kind.estimated, told)])
    return durations


def course(law: Law, tasks: list[Any], contender: Contender) -> Course:
    found = []
    for kind, durations in zip(law.kinds, tasks, strict=True):
        gaps = contender(kind)
        found += [carried_out(gaps, kind, law.tell, float(duration)) for duration in durations]
    return Course(statistics.fmean(lag for lag, _ in found), statistics.fmean(polls for _, polls in found))


def contenders(seen: Durations, nothing: Durations, best: dict[float, dict[str, Gaps]]) -> dict[str, Contender]:
    """Everyone who takes part in a round."""
    found: dict[str, Contender] = {}
    for price in best:
        found[named("optimum", price)] = at_price(price, lambda kind, price: best[price][kind.quality])
        found[named("ours", price)] = at_price(price, lambda kind, price: ours(seen, kind.quality, price))
    found["ours, earlier tasks only"] = lambda kind: ours(seen, kind.quality, CALL, told=False)
    found["ours, nothing seen"] = lambda kind: ours(nothing, kind.quality, CALL)
    found["ours, nothing known"] = lambda kind: ours(nothing, kind.quality, CALL, told=False)
    return found | {name: anyhow(gaps) for name, gaps in peers().items()}


def at_price(price: float, schedule: Callable[[Kind, float], Gaps]) -> Contender:
    return lambda kind: schedule(kind, price)


def anyhow(gaps: Gaps) -> Contender:
    return lambda _: gaps


def named(name: str, price: float) -> str:
    return name if price == CALL else f"{name}, a poll at {price} s"


def measured(law: Law, empty: Library) -> dict[str, list[Course]]:
    """How every contender did, round by round."""
    rng = np.random.default_rng(0)
    laws = {kind.quality: (kind.law or kind.draw)(rng, 200_000) for kind in law.kinds}
    best = {price: {quality: optimum(drawn, price) for quality, drawn in laws.items()} for price in PRICES}
    nothing = Durations(empty, "live", io=io_thread())
    courses: dict[str, list[Course]] = {}
    for number in range(ROUNDS):
        rng = np.random.default_rng(number + 1)
        seen = seen_before(law, empty, rng)
        tasks = [kind.draw(rng, TASKS // len(law.kinds)) for kind in law.kinds]
        for name, contender in contenders(seen, nothing, best).items():
            courses.setdefault(name, []).append(course(law, tasks, contender))
    return courses


# ---- what is told


def median(values: list[float]) -> dict[str, float]:
    found = sorted(values)
    return {"median": round(statistics.median(found), 3), "least": round(found[0], 3), "most": round(found[-1], 3)}


def times_optimum(courses: dict[str, list[Course]], name: str) -> list[float]:
    """The cost as so many times the optimum's on the same tasks, round by round."""
    prices = {named(who, price): price for who in ("optimum", "ours") for price in PRICES}
    price = prices.get(name, CALL)
    best = courses[named("optimum", price)]
    return [mine.cost(price) / other.cost(price) for mine, other in zip(courses[name], best, strict=True)]


def rows_of(courses: dict[str, list[Course]]) -> dict[str, dict[str, dict[str, float]]]:
    """Lag, polls and cost of every contender."""
    return {
        name: {
            "lag": median([each.lag for each in rounds]),
            "polls": median([each.polls for each in rounds]),
            "cost": median(times_optimum(courses, name)),
        }
        for name, rounds in courses.items()
    }


def dominating(rows: dict[str, dict[str, dict[str, float]]], mine: str) -> list[str]:
    """The peers that ask less and notice sooner as well."""
    return [peer for peer in peers() if all(rows[peer][key]["median"] <= rows[mine][key]["median"] for key in AXES)]


def report(title: str, courses: dict[str, list[Course]]) -> None:
    """Print a law's table."""
    rows = rows_of(courses)
    heads = "".join(f"{head:>25}" for head in ("lag, s", "polls", "cost, optimum = 1"))
    print(f"\n{title}\n  {'':28}{heads}")
    for name, row in sorted(rows.items(), key=lambda each: "a poll at" in each[0]):
        cells = ["{median:.2f} ({least:.2f} to {most:.2f})".format(**row[key]) for key in ("lag", "polls", "cost")]
        print(f"  {name:28}" + "".join(f"{cell:>25}" for cell in cells))
    for mine in (each for each in rows if each.startswith("ours") and "a poll at" not in each):
        found = dominating(rows, mine)
        print(f"  peers with both fewer polls and less lag than {mine}: {', '.join(found) or 'none'}")


def seen_by_a_library() -> Law:
    """Durations that a library has seen: of real jobs, on a sandbox whose tasks take as long as they like."""
    with SandboxServer(seconds=SEEN_SECONDS) as server, tempfile.TemporaryDirectory() as folder:
        with am.Session("sk-benchmark", server.url, library=folder, max_concurrency=100) as session:
            qualities = ("low", "medium", "high")
            jobs = [session.submit(f"A fox {n}", quality=quality) for n in range(30) for quality in qualities]
            for job in jobs:
                job.result()
        return law_of(Path(folder))


def section() -> Section:
    """The cost of lag and polls, as so many times the optimum's; every schedule's lag and polls for the file."""
    figures, details = [], {}
    with Library(":memory:") as empty:
        for title, law in {**LAWS, "as seen by a library": seen_by_a_library()}.items():
            courses = measured(law, empty)
            rows = details[title] = rows_of(courses)
            cheapest = min(peers(), key=lambda peer: rows[peer]["cost"]["median"])
            beside = {f"best peer, {cheapest}:": times_optimum(courses, cheapest)}
            ours = times_optimum(courses, "ours")
            figures.append(Figure(what=title, unit="x", ours=ours, beside=beside, goal="at most 1.10 x"))
            better = len(dominating(rows, "ours"))
            figures.append(Figure(what="  peers with less lag and fewer polls", unit="", ours=[better], goal="none"))
    settings = {"price": CALL, "round_trip": ROUND_TRIP, "rounds": ROUNDS, "tasks": TASKS, "seen": SEEN}
    return Section("Lag and polls of a task, times the optimum's", figures, {**settings, "laws": details})


def main() -> None:
    laws = LAWS | {f"as seen in {folder}": law_of(Path(folder)) for folder in sys.argv[1:]}
    with Library(":memory:") as empty:
        for title, law in laws.items():
            report(title, measured(law, empty))


if __name__ == "__main__":
    main()
