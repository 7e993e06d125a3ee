"""The package's order, its public names, and what importing it costs."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import apimart_widgets

PACKAGE = Path(apimart_widgets.__file__).parent

# The order in which the package is read: a module imports only modules above it.
READING_ORDER = [
    "errors",
    "words",
    "catalog",
    "fact_table",
    "reference",
    "rules",
    "snippets",
    "request",
    "task",
    "config",
    "retry",
    "expectation",
    "polling",
    "answers",
    "interrupts",
    "kernel",
    "loop",
    "version",
    "client",
    "containers",
    "metadata",
    "encoding",
    "images",
    "lettering",
    "contact_sheet",
    "gallery",
    "new_file",
    "thumbnails",
    "results",
    "database",
    "ledger",
    "decisions",
    "library",
    "durations",
    "analysis",
    "grid",
    "metrics",
    "contrast",
    "ratings",
    "bradley_terry",
    "tables",
    "shown_axes",
    "plots",
    "redaction",
    "archive",
    "study",
    "methods",
    "comparing",
    "pairing",
    "still",
    "wire_record",
    "jobs",
    "recording",
    "replay",
    "prices",
    "uploads",
    "tracker",
    "delivery",
    "runner",
    "intake",
    "resumption",
    "planning",
    "sweep",
    "session",
    "widgets",
    "filling",
    "magic_options",
    "magics",
    "check",
    "__main__",
    "__init__",
]
# Imports inside functions that reach outside the order, with their reason.
LATE = {
    ("metrics", "tables"): "a name may be that of any column, and tables ask metrics for their units",
    ("session", "sandbox"): "Starlette costs time that a live session has no use for",
    ("sweep", "widgets"): "only a sweep that runs is shown, and widgets show sweeps too",
    ("session", "widgets"): "a script that only makes pictures may lack a notebook; jobs are shown by widgets",
    ("grid", "widgets"): "a grid that is printed or saved has no use for ipywidgets, and a script may lack a notebook",
}


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def at_module_level(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements that run when the module is imported; what only a type checker reads does not."""
    for node in body:
        if isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING"):
            continue
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        yield node
        for block in ("body", "orelse", "finalbody"):
            yield from at_module_level(getattr(node, block, []))
        for handler in getattr(node, "handlers", []):
            yield from at_module_level(handler.body)


def own_imports(node: ast.stmt, package: str) -> Iterator[str]:
    """The modules of ours that a statement imports; ``package`` is the folder it stands in, or ""."""
    if isinstance(node, ast.ImportFrom):
        start = ["apimart_widgets", *([package] if package else [])][: 2 - node.level + bool(package)]
        module = ".".join([*(start if node.level else []), *([node.module] if node.module else [])])
        named = [f"{module}.{alias.name}" for alias in node.names] if module == "apimart_widgets" else [module]
    elif isinstance(node, ast.Import):
        named = [alias.name for alias in node.names]
    else:
        named = []
    ours = (name.split(".")[1] for name in named if name.startswith("apimart_widgets."))
    yield from (name for name in ours if name != package)


@pytest.mark.parametrize(
    ("statement", "package", "modules"),
    [
        ("from . import a, b", "", ["a", "b"]),
        ("from .a import x", "", ["a"]),
        ("from apimart_widgets.a.b import x", "", ["a"]),
        ("import apimart_widgets.a, os", "", ["a"]),
        ("from .a import x", "widgets", []),
        ("from .. import a", "widgets", ["a"]),
        ("from ..a import x", "widgets", ["a"]),
        ("from os import path", "widgets", []),
    ],
)
def test_an_import_is_traced_to_its_module(statement: str, package: str, modules: list[str]) -> None:
    assert list(own_imports(ast.parse(statement).body[0], package)) == modules


def late_imports(tree: ast.Module, package: str) -> set[str]:
    functions = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    inner = (node for function in functions for node in ast.walk(function) if isinstance(node, ast.stmt))
    return {module for node in inner for module in own_imports(node, package)}


# The sandbox stands apart: it has no place in the order, since it may import none of it.
FILES = [path for path in sorted(PACKAGE.rglob("*.py")) if "sandbox" not in path.relative_to(PACKAGE).parts]


def place(path: Path) -> str:
    """The name in the reading order: a folder is read as one."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def test_the_reading_order_names_every_module() -> None:
    assert {place(path) for path in FILES} <= set(READING_ORDER)
    assert len(set(READING_ORDER)) == len(READING_ORDER)


@pytest.mark.parametrize("path", FILES, ids=[str(path.relative_to(PACKAGE)) for path in FILES])
def test_a_module_imports_only_modules_above_it(path: Path) -> None:
    name = place(path)
    package = name if path.parent != PACKAGE else ""
    above = READING_ORDER[: READING_ORDER.index(name)]
    tree = parsed(path)
    early = [module for node in at_module_level(tree.body) for module in own_imports(node, package)]
    assert [module for module in early if module not in above] == []
    late = {(name, module) for module in late_imports(tree, package) if module not in above}
    assert late == {pair for pair in LATE if pair[0] == name}


SANDBOX = sorted((PACKAGE / "sandbox").rglob("*.py"))


@pytest.mark.parametrize("path", SANDBOX, ids=[str(path.relative_to(PACKAGE)) for path in SANDBOX])
def test_the_sandbox_imports_nothing_of_the_rest(path: Path) -> None:
    """A wrong field name must not pass on both sides."""
    depth = len(path.relative_to(PACKAGE / "sandbox").parts)
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.ImportFrom):
            assert node.level <= depth
            assert node.level or _may_be_used(node.module or "")
        elif isinstance(node, ast.Import):
            assert all(_may_be_used(alias.name) for alias in node.names)


def _may_be_used(module: str) -> bool:
    """Whether a module belongs to the sandbox itself or to another package."""
    return not module.startswith("apimart_widgets") or module.startswith("apimart_widgets.sandbox.")


def test_no_module_is_a_drawer_for_everything() -> None:
    names = {part.removesuffix(".py") for path in PACKAGE.rglob("*.py") for part in path.relative_to(PACKAGE).parts}
    assert names.isdisjoint({"utils", "util", "helpers", "helper", "manager", "common", "misc", "base", "core"})


def test_one_module_reads_the_environment() -> None:
    readers = {
        str(path.relative_to(PACKAGE))
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(parsed(path))
        if (isinstance(node, ast.Attribute) and node.attr in ("environ", "environb", "getenv", "getenvb"))
        or (
            isinstance(node, ast.ImportFrom)
            and node.module == "os"
            and {a.name for a in node.names} & {"environ", "getenv"}
        )
    }
    assert readers == {"config.py"}


# ---- public names


PUBLIC = [
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


def test_the_public_names_are_these() -> None:
    assert sorted(PUBLIC) == PUBLIC
    assert apimart_widgets.__all__ == PUBLIC
    assert set(PUBLIC) <= set(dir(apimart_widgets))


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_name_is_there_and_explained(name: str) -> None:
    value = getattr(apimart_widgets, name)
    assert value.__name__ == name
    assert value.__doc__
    assert not value.__doc__.startswith(f"{name}(")  # what dataclasses write where nobody did


def test_no_other_name_is_public() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'ImagePanle'"):
        _ = apimart_widgets.ImagePanle


def test_a_type_checker_sees_the_same_names() -> None:
    tree = parsed(PACKAGE / "__init__.py")
    (block,) = (node for node in tree.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")
    seen = {
        alias.asname or alias.name: f"apimart_widgets.{node.module}"
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert sorted(seen) == PUBLIC
    assert {name: getattr(apimart_widgets, name).__module__ for name in PUBLIC} == seen


def test_every_error_is_public() -> None:
    errors = {node.name for node in parsed(PACKAGE / "errors.py").body if isinstance(node, ast.ClassDef)}
    assert errors <= set(PUBLIC)


# ---- importing is cheap


HEAVY = [
    *("anyio", "asyncio", "concurrent.futures", "httpx", "imagehash", "ipywidgets", "matplotlib", "nest_asyncio2"),
    *(
        "numpy",
        "pandas",
        "PIL",
        "platformdirs",
        "pyarrow",
        "scipy",
        "skimage",
        "sqlite3",
        "ssl",
        "starlette",
        "uvicorn",
    ),
]
LOOK = """
import json, sys, threading
before = threading.active_count()
import apimart_widgets
dir(apimart_widgets)
print(json.dumps([[name for name in {heavy!r} if name in sys.modules], threading.active_count() - before]))
"""


def test_importing_the_package_loads_and_starts_nothing() -> None:
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", LOOK.format(heavy=HEAVY)], capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == "[[], 0]"
