"""A proxy or certificates of the environment that cannot be used: a sentence, at once, and nothing is billed."""

from __future__ import annotations

import asyncio
import traceback
from pathlib import Path

import pytest

from apimart_widgets import Session, errors
from apimart_widgets.client import AsyncClient
from tests.client.conftest import KEY, REQUEST, RecordingClock

NOWHERE = "http://127.0.0.1:9"
SETTINGS = {
    "a SOCKS proxy": ("ALL_PROXY", "socks5://me:pass-7f3a@127.0.0.1:1080", 'pip install "httpx[socks]"'),
    "a scheme of its own": ("HTTPS_PROXY", "ftp://127.0.0.1:8080", "is no address of a proxy"),
    "no port": ("http_proxy", "http://me:pass-7f3a/@127.0.0.1:8080", "is no address of a proxy"),
    "an exception with a port": ("NO_PROXY", "[::1]:8080", "hosts without ports"),
    "no such file": ("SSL_CERT_FILE", "missing.pem", "No such file or directory"),
    "a folder as file": ("SSL_CERT_FILE", ".", "Is a directory"),
    "a file without certificates": ("SSL_CERT_FILE", "empty.pem", "no certificate or crl found"),
    "no such folder": ("SSL_CERT_DIR", "missing", "Not a directory"),
}


@pytest.fixture(params=SETTINGS)
def wrong(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> tuple[str, str]:
    """The name of a setting that cannot be used, and what is said of it."""
    name, value, said = SETTINGS[request.param]
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty.pem").touch()
    for other in ("SSL_CERT_FILE", "SSL_CERT_DIR", "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(other, raising=False)
    monkeypatch.setenv(name, value)
    return name, said


def test_a_call_says_which_setting_cannot_be_used(wrong: tuple[str, str]) -> None:
    clock = RecordingClock()

    async def submit() -> None:
        async with AsyncClient(KEY, NOWHERE, clock=clock) as client:
            await client.submit(REQUEST)

    with pytest.raises(errors.APIConnectionError) as caught:
        asyncio.run(submit())
    name, said = wrong
    assert name in str(caught.value)
    assert said in str(caught.value)
    assert "pass-7f3a" not in "".join(traceback.format_exception(caught.value))
    assert str(caught.value).endswith("Nothing was billed.")
    assert (caught.value.received, caught.value.outcome_unknown, clock.sleeps) == (False, False, [])


def test_a_job_fails_and_nothing_counts_as_billed(wrong: tuple[str, str]) -> None:
    with Session(KEY, NOWHERE, library=":memory:") as session:
        job = session.submit(REQUEST)
        with pytest.raises(errors.APIConnectionError, match=wrong[0]):
            job.result(timeout=10)
        assert (job.status, job.may_be_billed, session.spent().in_flight) == ("failed", False, 0)
        with pytest.raises(errors.APIConnectionError, match=wrong[0]):
            session.balance()


def test_once_the_setting_is_mended_the_same_client_works(
    wrong: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def twice() -> tuple[str, str]:
        async with AsyncClient(KEY, NOWHERE, clock=RecordingClock()) as client:
            with pytest.raises(errors.APIConnectionError) as first:
                await client.balance()
            monkeypatch.delenv(wrong[0])
            with pytest.raises(errors.APIConnectionError) as second:
                await client.balance()
            return str(first.value), str(second.value)

    first, second = asyncio.run(twice())
    assert wrong[0] in first
    assert "could not be reached" in second
