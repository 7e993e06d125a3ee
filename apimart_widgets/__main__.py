"""``python -m apimart_widgets check``: compare a live origin with what this package assumes."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import httpx

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
        "--spend", type=float, metavar="USD", default=0.0, help="also make one picture, if it costs at most this much"
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


def _check(most: float, folder: Path) -> int:
    config = read_environment()
    if config.api_key is None:
        raise ConfigurationError(say("config.no_key"))
    recorder = check.Recorder(httpx.AsyncHTTPTransport(), config.api_key)
    print(say("check.begins", origin=config.base_url))

    async def compare() -> list[check.Finding]:
        async with AsyncClient(config.api_key, config.base_url, transport=recorder) as client:
            return await check.compare(client)

    findings = run(compare())
    events: list[str] = []
    if most > 0:
        with Session(config.api_key, config.base_url, mode="live") as session:
            more, events = check.spend(session, most)
            findings += more
    for finding in findings:
        print(recorder.blanked(f"  {finding.verdict:<8}{finding.message}"))
    path = check.write_transcript(folder, config.base_url, findings, recorder, events)
    print(say("check.kept", path=path))
    return 1 if any(finding.verdict == "differs" for finding in findings) else 0


if __name__ == "__main__":
    sys.exit(main())
