"""Installs packages for a test: with uv, which takes seconds, else with pip, which takes a minute."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

# tests/run puts it there where it can.
_UV = Path(sys.executable).with_name("uv")


def install(python: str | Path, *what: str, folder: Path | None = None, env: Mapping[str, str] | None = None) -> None:
    """Install for this interpreter what the options of pip say, in that folder; both installers know the same ones."""
    if _UV.exists():
        tool = [str(_UV), "pip", "install", "--python", str(python)]
        if subprocess.run([*tool, "--quiet", *what], check=False, cwd=folder, env=env).returncode == 0:
            return
    # This environment's pip, and bytecode only of what is imported, save a third of the time.
    tool = [sys.executable, "-m", "pip", "--python", str(python), "--disable-pip-version-check", "install"]
    subprocess.run([*tool, "--quiet", "--no-compile", *what], cwd=folder, env=env, check=True)
