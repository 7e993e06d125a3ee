"""Kernels of several versions of ipykernel: each version in a folder of its own, found before the environment's."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from jupyter_client.manager import KernelManager

from tests.installer import install
from tests.sandbox_server import SandboxServer

# The last without subshells, one that handles every message of a widget on a subshell, and one that chooses between
# subshell and main shell itself; it needs Python 3.11.
VERSIONS = ("6.31.0", "7.3.0", *(["7.4.0"] if sys.version_info >= (3, 11) else []))


def installed(version: str) -> Path:
    """The folder that holds this version of ipykernel, installed on first use.

    Folders are kept in `APW_KERNELS`, by default beside the environment's own packages.
    """
    kernels = Path(os.environ.get("APW_KERNELS") or Path(sys.prefix) / "kernels")
    folder = kernels / version
    if not folder.exists():
        kernels.mkdir(parents=True, exist_ok=True)
        # Half an installation would be taken for a whole one, so it gets its name when it is whole.
        with tempfile.TemporaryDirectory(dir=kernels) as scratch:
            target = Path(scratch) / version
            # Without its dependencies: those of the environment serve every version.
            install(sys.executable, "--no-deps", "--target", str(target), f"ipykernel=={version}")
            try:
                target.rename(folder)
            except OSError:
                # Another process was faster: its whole installation serves as well.
                if not folder.exists():
                    raise
    return folder


@contextmanager
def running(version: str, server: SandboxServer) -> Iterator[KernelManager]:
    """A kernel of this version in which a key for `server` is set."""
    found = os.environ.get("PYTHONPATH")
    path = os.pathsep.join([str(installed(version)), *([found] if found else [])])
    manager = KernelManager(kernel_name="python3")
    key = {"APIMART_API_KEY": "sk-kernel", "APIMART_BASE_URL": server.url}
    manager.start_kernel(env={**os.environ, **key, "PYTHONPATH": path})
    try:
        yield manager
    finally:
        manager.shutdown_kernel(now=True)
