"""``Prices``: what pictures cost at one origin, asked for until it is known; and what a finished task was billed."""

from __future__ import annotations

import asyncio
import dataclasses
import datetime
import math
import time
from collections.abc import Mapping
from typing import Any

import anyio

from . import catalog
from .client import AsyncClient
from .config import is_replay
from .errors import APIError
from .jobs import logger
from .ledger import Scope
from .request import ImageRequest
from .task import Cost, Task

_FREE = catalog.PriceList({}, "USD", "replay", "", flat=0.0)

# How long a price is waited for, and how long a server that told none is left alone, in seconds.
_PATIENCE, _PAUSE = 20.0, 5.0


class Prices:
    """The server's price lists as far as they are known; the catalogue's, which are only for scale, stand in.

    In a replay every price is 0: what was paid once is not paid again.
    """

    def __init__(self, client: AsyncClient, scope: Scope) -> None:
        self._client = client
        self._origin = scope.origin
        self._free = _FREE if is_replay(scope.mode) else None
        self._lists: dict[str, catalog.PriceList] = {}
        self._told_none: dict[str, float] = {}
        self._asking = asyncio.Lock()

    def known(self, model: str) -> tuple[bool, catalog.PriceList | None]:
        """Whether there is no need to ask the server now, and what is known without asking; from any thread."""
        if self._free is not None:
            return True, self._free
        listed = catalog.model(model)
        left_alone = time.monotonic() - self._told_none.get(model, -math.inf) < _PAUSE
        return left_alone or model in self._lists, self._lists.get(model) or (listed.prices if listed else None)

    async def of(self, model: str) -> catalog.PriceList | None:
        """The prices the server itself tells, or those a model was registered with; on the background thread.

        None where there are none, and where the server could not be asked: it is then asked again the next time, since
        nobody should be held to a list that is only for scale.
        """
        if self._free is not None:
            return self._free
        async with self._asking:
            if not self.known(model)[0]:
                told = await self._ask(model)
                if told is not None:
                    self._lists[model] = told
                else:
                    self._told_none[model] = time.monotonic()
        return self._lists.get(model) or _registered(model)

    async def _ask(self, model: str) -> catalog.PriceList | None:
        try:
            with anyio.fail_after(_PATIENCE):
                return await self._client.price(model)
        except (APIError, TimeoutError) as error:
            logger.info("No prices from %s: %s", self._origin, error)
            return None

    def estimate(self, request: ImageRequest) -> catalog.Estimate | None:
        """What a request would cost, by what is known without asking; from any thread."""
        return estimate(self.known(request.model)[1], request)

    def at_most(self, request: ImageRequest) -> Cost | None:
        """What a request may have been billed where nobody says: all its pictures at their dearest."""
        most = self.estimate(request)
        return Cost(most.high, most.unit, f"{most.source}, {most.date}", estimated=True) if most else None

    async def billed(self, request: ImageRequest, task: Task, *, now: float) -> Cost | None:
        """What the server says a finished task was billed, else its price list times the pictures made."""
        if task.cost is not None or task.credits_cost is not None:
            source = f"{self._origin}, {datetime.datetime.fromtimestamp(now).date().isoformat()}"
            if task.cost is not None:
                return Cost(task.cost, "USD", source, estimated=False)
            return Cost(task.credits_cost or 0.0, "credits", source, estimated=False)
        if request.model not in self._told_none:
            # Asked again only by whoever needs it before it sends: finished pictures do not wait for a price twice.
            await self.of(request.model)
        prices = self.known(request.model)[1]
        each = prices.per_image(request.size, request.pixels, request.quality) if prices else None
        if prices is None or each is None:
            return None
        # The dearest, where quality auto leaves it open: an estimate must not flatter.
        return Cost(each[1] * len(task.images), prices.unit, f"{prices.source}, {prices.date}", estimated=True)


def _registered(model: str) -> catalog.PriceList | None:
    known = catalog.model(model)
    return known.prices if known is not None and catalog.registration(model) is not None else None


def estimate(prices: catalog.PriceList | None, request: ImageRequest) -> catalog.Estimate | None:
    """What a request would cost by a price list; None where that does not say."""
    return prices.estimate(request.size, request.pixels, request.quality, request.n) if prices else None


def cost_columns(cost: Cost | None) -> Mapping[str, Any]:
    """A cost as columns of the ledger; none where it is not known."""
    if cost is None:
        return {}
    names = ("cost", "cost_unit", "cost_source", "cost_estimated")
    return dict(zip(names, dataclasses.astuple(cost), strict=True))
