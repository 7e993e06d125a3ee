"""``python -m apimart_widgets check``: compare a live origin with what this package assumes."""

from __future__ import annotations

import argparse
import math
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from . import check
from .client import AsyncClient
from .config import read_environment
from .errors import APIMartError, ConfigurationError
from .loop import run
from .session import Session
from .words import say


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; 0 when everything is as assumed, 1 when something differs, 2 when nothing could be compared."""
    parser = argparse.ArgumentParser(prog="python -m apimart_widgets", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    checking = commands.add_parser(
        "check", help="compare models, prices, schema and answers with what this package assumes"
    )
    checking.add_argument(
        "--spend",
        type=_dollars,
        metavar="USD",
        default=0.0,
        help="also make one picture, if it costs at most this much",
    )
    checking.add_argument(
        "--folder", type=Path, default=Path(), help="where to keep the transcript (default: this folder)"
    )
    options = parser.parse_args(arguments)
    try:
        return _check(options.spend, options.folder)
    except (APIMartError, OSError) as error:
        print(error, file=sys.stderr)
        return 2


def _dollars(text: str) -> float:
    try:
        amount = float(text)
    except ValueError:
        amount = math.nan
    if not 0 <= amount < math.inf:
        raise argparse.ArgumentTypeError(f"{text} is no amount to spend. Write US dollars, such as 0.05.")
    return amount


def _check(most: float, folder: Path) -> int:
    if not (folder.is_dir() and os.access(folder, os.W_OK)):
        # Found out before anything is paid for, whose record would be lost.
        raise ConfigurationError(say("check.no_folder", folder=folder))
    config = read_environment()
    if config.api_key is None:
        raise ConfigurationError(say("config.no_key"))
    recorder = check.Recorder(config.api_key)
    print(say("check.begins", origin=config.base_url))

    async def compare() -> tuple[list[check.Finding], list[str]]:
        async with AsyncClient(config.api_key, config.base_url, transport=recorder) as client:
            findings = await check.compare(client)
            if most <= 0:
                return findings, []
            try:
                with Session(config.api_key, config.base_url, mode="live") as session:
                    made, events = await check.spend(session, most, client)
            except APIMartError as error:  # a budget or a library that refuses: what was compared stands all the same
                made, events = check.Finding("differs", say("check.no_picture", reason=error.message)), []
            return [*findings, made], events

    findings, events = run(compare())
    for finding in findings:
        print(recorder.blanked(f"  {finding.verdict:<8}{finding.message}"))
    path = check.write_transcript(folder, config.base_url, findings, recorder, events)
    print(say("check.kept", path=path))
    return 1 if any(finding.verdict == "differs" for finding in findings) else 0


if __name__ == "__main__":
    sys.exit(main())
