"""``Prices``: what pictures cost at one origin, asked for once a model; and what a finished task was billed."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Mapping
from typing import Any

from . import catalog
from .client import AsyncClient
from .config import is_replay
from .errors import APIError
from .jobs import logger
from .ledger import Scope
from .request import ImageRequest
from .task import Cost, Task

_FREE = catalog.PriceList({}, "USD", "replay", "", flat=0.0)


class Prices:
    """The server's price lists as far as they are known; the catalogue's, which are only for scale, stand in.

    In a replay every price is 0: what was paid once is not paid again.
    """

    def __init__(self, client: AsyncClient, scope: Scope) -> None:
        self._client = client
        self._origin = scope.origin
        self._free = _FREE if is_replay(scope.mode) else None
        self._lists: dict[str, catalog.PriceList | None] = {}

    def known(self, model: str) -> tuple[bool, catalog.PriceList | None]:
        """Whether the server was asked, and what is known without asking; from any thread."""
        if self._free is not None:
            return True, self._free
        listed = catalog.model(model)
        return model in self._lists, self._lists.get(model) or (listed.prices if listed else None)

    async def of(self, model: str) -> catalog.PriceList | None:
        """The price list of a model; on the background thread."""
        if self._free is None and model not in self._lists:
            try:
                self._lists[model] = await self._client.price(model)
            except APIError as error:
                logger.info("No prices from %s: %s", self._origin, error)
                self._lists[model] = None
        return self.known(model)[1]

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
        prices = await self.of(request.model)
        each = prices.per_image(request.size, request.pixels, request.quality) if prices else None
        if prices is None or each is None:
            return None
        # The dearest, where quality auto leaves it open: an estimate must not flatter.
        return Cost(each[1] * len(task.images), prices.unit, f"{prices.source}, {prices.date}", estimated=True)


def estimate(prices: catalog.PriceList | None, request: ImageRequest) -> catalog.Estimate | None:
    """What a request would cost by a price list; None where that does not say."""
    return prices.estimate(request.size, request.pixels, request.quality, request.n) if prices else None


def cost_columns(cost: Cost | None) -> Mapping[str, Any]:
    """A cost as columns of the ledger; none where it is not known."""
    if cost is None:
        return {}
    names = ("cost", "cost_unit", "cost_source", "cost_estimated")
    return dict(zip(names, dataclasses.astuple(cost), strict=True))
