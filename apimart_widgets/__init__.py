"""apimart-widgets: a Jupyter panel and a Python client for the APIMart image API.

>>> import apimart_widgets as am
>>> with am.Session(mode="sandbox", library=":memory:", sandbox_seconds=0) as session:
...     images = session.generate("A red fox", size="3:2")
>>> images[0].size
(1536, 1024)

Importing the package is cheap: nothing starts, and a name's module is loaded when the name is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

_EXPORTS = {
    "catalog": ("Estimate", "Model", "PriceList", "models", "register_model"),
    "client": ("AsyncClient",),
    "comparing": ("OpenedSweep", "open_sweep"),
    "errors": (
        "APIConnectionError",
        "APIError",
        "APIMartError",
        "APIResponseError",
        "APIStatusError",
        "APITimeoutError",
        "AuthenticationError",
        "BadRequestError",
        "BudgetError",
        "ConfigurationError",
        "ConflictError",
        "ContentPolicyError",
        "DownloadError",
        "ImageError",
        "InsufficientBalanceError",
        "InternalServerError",
        "InvalidRequest",
        "JobCancelledError",
        "JobError",
        "JobTimeoutError",
        "LibraryError",
        "NotFoundError",
        "OutcomeUnknownError",
        "PermissionDeniedError",
        "RateLimitError",
        "RequestTooLargeError",
        "RequestWarning",
        "TaskFailedError",
        "UnprocessableEntityError",
        "UploadError",
    ),
    "grid": ("Grid",),
    "jobs": ("Event", "Job"),
    "ledger": ("Spending",),
    "library": ("Library",),
    "loop": ("run",),
    "metrics": ("register_metric",),
    "request": ("ImageRequest",),
    "results": ("GeneratedImage", "ImageSet"),
    "rules": ("Problem",),
    "session": ("Session",),
    "sweep": ("Progress", "Sweep"),
    "task": ("Balance", "Cost", "Task", "Upload"),
    "widgets.blind": ("BlindComparison",),
    "widgets.comparison": ("Comparison", "compare"),
    "widgets.mask_editor": ("MaskEditor",),
    "widgets.panel": ("ImagePanel",),
}
_MODULE_OF = {name: module for module, names in _EXPORTS.items() for name in names}

__all__ = [
    "APIConnectionError",
    "APIError",
    "APIMartError",
    "APIResponseError",
    "APIStatusError",
    "APITimeoutError",
    "AsyncClient",
    "AuthenticationError",
    "BadRequestError",
    "Balance",
    "BlindComparison",
    "BudgetError",
    "Comparison",
    "ConfigurationError",
    "ConflictError",
    "ContentPolicyError",
    "Cost",
    "DownloadError",
    "Estimate",
    "Event",
    "GeneratedImage",
    "Grid",
    "ImageError",
    "ImagePanel",
    "ImageRequest",
    "ImageSet",
    "InsufficientBalanceError",
    "InternalServerError",
    "InvalidRequest",
    "Job",
    "JobCancelledError",
    "JobError",
    "JobTimeoutError",
    "Library",
    "LibraryError",
    "MaskEditor",
    "Model",
    "NotFoundError",
    "OpenedSweep",
    "OutcomeUnknownError",
    "PermissionDeniedError",
    "PriceList",
    "Problem",
    "Progress",
    "RateLimitError",
    "RequestTooLargeError",
    "RequestWarning",
    "Session",
    "Spending",
    "Sweep",
    "Task",
    "TaskFailedError",
    "UnprocessableEntityError",
    "Upload",
    "UploadError",
    "compare",
    "models",
    "open_sweep",
    "register_metric",
    "register_model",
    "run",
]


def __getattr__(name: str) -> Any:
    module = _MODULE_OF.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f".{module}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def load_ipython_extension(ipython: Any) -> None:
    """What ``%load_ext apimart_widgets`` does: give the notebook ``%imagine`` and ``%%imagine``."""
    from .magics import load

    load(ipython)


def unload_ipython_extension(ipython: Any) -> None:
    """What ``%unload_ext apimart_widgets`` does: take them away again."""
    from .magics import unload

    unload(ipython)


if TYPE_CHECKING:
    from .catalog import Estimate, Model, PriceList, models, register_model
    from .client import AsyncClient
    from .comparing import OpenedSweep, open_sweep
    from .errors import (
        APIConnectionError,
        APIError,
        APIMartError,
        APIResponseError,
        APIStatusError,
        APITimeoutError,
        AuthenticationError,
        BadRequestError,
        BudgetError,
        ConfigurationError,
        ConflictError,
        ContentPolicyError,
        DownloadError,
        ImageError,
        InsufficientBalanceError,
        InternalServerError,
        InvalidRequest,
        JobCancelledError,
        JobError,
        JobTimeoutError,
        LibraryError,
        NotFoundError,
        OutcomeUnknownError,
        PermissionDeniedError,
        RateLimitError,
        RequestTooLargeError,
        RequestWarning,
        TaskFailedError,
        UnprocessableEntityError,
        UploadError,
    )
    from .grid import Grid
    from .jobs import Event, Job
    from .ledger import Spending
    from .library import Library
    from .loop import run
    from .metrics import register_metric
    from .request import ImageRequest
    from .results import GeneratedImage, ImageSet
    from .rules import Problem
    from .session import Session
    from .sweep import Progress, Sweep
    from .task import Balance, Cost, Task, Upload
    from .widgets.blind import BlindComparison
    from .widgets.comparison import Comparison, compare
    from .widgets.mask_editor import MaskEditor
    from .widgets.panel import ImagePanel
