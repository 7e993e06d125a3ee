"""``SweepView``: a sweep's plan and how far it is, with Run and Stop; and the same in a terminal."""

from __future__ import annotations

import collections
import contextlib
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import traitlets
from IPython.display import display

from ..analysis import title
from ..catalog import money
from ..errors import APIMartError
from ..gallery import shortened
from ..kernel import in_kernel
from ..planning import shown
from ..words import Language, Sentence, said_in, say
from .composer import FrontEnd, front_end_words
from .projector import Projector
from .snapshot import Snapshot

if TYPE_CHECKING:
    from ..sweep import Sweep

_STATIC = Path(__file__).parent / "static"
_LISTED = 8
# Characters of the settings that a reason met, in a terminal.
_LONGEST_MET = 200


class SweepView(FrontEnd):
    """What ``Session.sweep`` returns shows itself as."""

    _esm = _STATIC / "sweep.js"
    _css = _STATIC / "sweep.css"

    plan: traitlets.Dict[Any, Any] = traitlets.Dict().tag(sync=True)
    """{name, axes, drawings, levels: [{axis, level, requests, cost}], left_out: [{n, levels, reason}], prompt}."""

    progress: traitlets.Dict[Any, Any] = traitlets.Dict().tag(sync=True)
    """{requests, done, running, failed, images, spent, allowed, left, going, halted, run, why_not, failures}."""

    def __init__(self, sweep: Sweep, language: Language = "en") -> None:
        self._sweep = sweep
        self._in: Language = language
        self._accepted: set[str] = set()
        self._priced_by: object = ()  # nothing is described yet
        self._projector = Projector(self._project)
        super().__init__(words=front_end_words(language, "sweep_"), language=language)
        self._project()
        self._end = sweep.watch(self._projector.schedule)
        self._snapshot = Snapshot(sweep._repr_html_)
        self.on_gesture(self._gesture)

    def _ipython_display_(self) -> None:
        bundle = self._repr_mimebundle_()
        assert bundle is not None  # None is of widgets that are closed
        display(bundle[0], metadata=bundle[1], raw=True)
        self._snapshot.show()

    def close(self) -> None:
        """Follow the sweep no more."""
        self._end()
        self._projector.close()
        self._snapshot.close()
        super().close()

    def _gesture(self, content: Mapping[str, Any], _: list[memoryview]) -> None:
        if content["kind"] == "stop":
            self._sweep.stop()
            self.tell("stopping")
        elif content["kind"] == "run":
            nonce, most = content.get("nonce"), content.get("most")
            # Sent again until it is answered, and accepted once.
            if isinstance(nonce, str) and nonce not in self._accepted and isinstance(most, int | float):
                self._accepted.add(nonce)
                # Off the kernel's thread: the price list may have to be asked for.
                threading.Thread(target=self._run, args=(float(most),), daemon=True).start()
            self.tell("accepted", nonce=nonce)

    def _run(self, most: float) -> None:
        try:
            self._sweep.run(max_cost=most, wait=False)
        except APIMartError as error:
            self.tell("refused", text=said_in(error.message, self._in))

    def _project(self) -> None:
        with self.hold_sync():
            left = self._sweep.known_estimate()
            priced_by = left and (left.source, left.date)
            if priced_by != self._priced_by:
                # All else of a plan stays as it is, and a large one takes its time.
                self._priced_by, self.plan = priced_by, described(self._sweep, self._in)
            self.progress = stands(self._sweep, self._in)
        snapshot = getattr(self, "_snapshot", None)
        if snapshot is not None:
            snapshot.update()


def described(sweep: Sweep, language: Language) -> dict[str, Any]:
    """The plan as the front end shows it."""
    plan = sweep.plan
    title_ = title(sweep.mode)
    return {
        "name": sweep.name,
        "axes": axes_line(sweep).to(language),
        "drawings": title_.to(language) if title_ else "",
        "levels": [
            {"axis": axis, "level": shown(level), "requests": count, "cost": cost}
            for axis, level, count, cost in by_level(sweep)
        ],
        "left_out": [
            {"n": n, "levels": in_words(levels), "reason": reason.to(language)}
            for levels, n, reason in plan.reasons[:_LISTED]
        ],
        # Where there are several they stand among the levels.
        "prompt": plan.prompts[0] if len(plan.prompts) == 1 else "",
    }


def stands(sweep: Sweep, language: Language) -> dict[str, Any]:
    """How far it is, as the front end shows it."""
    progress = sweep.progress
    left = sweep.known_estimate()
    waiting = progress.requests - progress.done - progress.running
    most = None if left is None else progress.spent + left.high
    return {
        "requests": progress.requests,
        "done": progress.done,
        "running": progress.running,
        "failed": progress.failed,
        "images": progress.images,
        "planned": sum(cell.request.n for cell in sweep.cells),
        "spent": money(progress.spent, "USD"),
        "allowed": money(progress.allowed, "USD") if progress.allowed not in (None, float("inf")) else "",
        "cost": "" if left is None or not waiting else str(left),
        "left": progress.seconds_left if waiting or progress.running else 0,
        "width": sweep.session.max_concurrency,
        "going": progress.going,
        "halted": progress.halted.to(language) if progress.halted else "",
        "run": waiting,
        "most": most,
        "why_not": say("sweep.price_unknown").to(language) if waiting and left is None else "",
        "failures": failures(sweep, language),
    }


def failures(sweep: Sweep, language: Language) -> list[dict[str, Any]]:
    """Why requests failed, each reason once: {reason, n, cells: some of those it met}."""
    cells: dict[str, list[str]] = {}
    for cell, error in sweep.failures:
        cells.setdefault(said_in(error.message, language), []).append(cell.label)
    return [{"reason": reason, "n": len(met), "cells": met[:_LISTED]} for reason, met in cells.items()][:_LISTED]


def axes_line(sweep: Sweep) -> Sentence:
    """What varies, in one line."""
    axes = " × ".join(f"{name} ({len(levels)})" for name, levels in sweep.axes.items()) or "prompt (1)"
    return say("sweep.axes_one" if sweep.plan.repeats == 1 else "sweep.axes_many", axes=axes, n=sweep.plan.repeats)


def by_level(sweep: Sweep) -> list[tuple[str, Any, int, str]]:
    """For each axis and level: how many requests have it, and what they cost in all."""
    rows = []
    for axis, levels in sweep.axes.items():
        for level in levels:
            requests = [cell.request for cell in sweep.cells if cell.levels[axis] == level]
            kinds = collections.Counter(requests)
            costs = [(sweep.session.known_estimate(request), count) for request, count in kinds.items()]
            known = [(each.high, count) for each, count in costs if each is not None]
            cost = money(sum(high * count for high, count in known), "USD") if len(known) == len(costs) else ""
            rows.append((axis, level, len(requests), cost))
    return rows


def in_words(levels: Mapping[str, Any]) -> str:
    """Levels in one line."""
    return ", ".join(f"{name} {shown(level)}" for name, level in levels.items())


def view_of(sweep: Sweep) -> SweepView:
    """The one view of a sweep, however often it is shown."""
    if sweep._view is None:
        sweep._view = SweepView(sweep)
    view: SweepView = sweep._view
    return view


@contextlib.contextmanager
def shown_while(sweep: Sweep) -> Iterator[Callable[[], None]]:
    """Show how far a sweep is while the block runs; yields what to call now and then."""
    if in_kernel():
        view_of(sweep)._ipython_display_()
        yield lambda: None
        return
    from tqdm.auto import tqdm

    with tqdm(total=len(sweep), unit="request", desc=sweep.name) as bar:

        def refresh() -> None:
            progress = sweep.progress
            ended = progress.done + progress.failed
            if ended > bar.n:
                bar.set_postfix_str(f"{progress.failed} failed, {money(progress.spent, 'USD')}", refresh=False)
                bar.update(ended - bar.n)

        yield refresh
        refresh()
    # The bar counts what failed and does not say why it ends early; that stands where the bar does.
    for line in in_trouble(sweep):
        print(line, file=sys.stderr)


def in_trouble(sweep: Sweep) -> list[str]:
    """Why it stopped by itself and why requests failed, in lines; none where all went well."""
    halted = sweep.progress.halted
    lines = [] if halted is None else [str(halted)]
    for each in failures(sweep, "en"):
        met = shortened("; ".join(each["cells"]), _LONGEST_MET)
        lines.append(str(say("sweep.failed", n=each["n"], reason=each["reason"], cells=met)))
    return lines
