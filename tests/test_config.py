"""The environment's settings, the key that shows itself to nobody, and the server's address."""

from __future__ import annotations

import copy
import os
import pickle
import traceback
from typing import Any

import pytest

from apimart_widgets import ConfigurationError, config
from apimart_widgets.config import APIKey, check_base_url, read_environment

CANARY = "sk-canary-7f3a9"


# ---- the key


@pytest.mark.parametrize("shown", [repr, str, "{}".format, "{!r}".format, lambda key: [key]])
def test_a_key_shows_itself_to_nobody(shown: Any) -> None:
    assert CANARY not in str(shown(APIKey(CANARY)))
    assert APIKey(CANARY).reveal() == CANARY


@pytest.mark.parametrize("kept", [pickle.dumps, copy.copy, copy.deepcopy])
def test_a_key_is_not_copied_or_written_to_a_file(kept: Any) -> None:
    with pytest.raises(TypeError, match="A key is not pickled"):
        kept(APIKey(CANARY))


def test_a_key_has_no_attributes_to_look_at() -> None:
    with pytest.raises(TypeError):
        vars(APIKey(CANARY))
    with pytest.raises(AttributeError):
        APIKey(CANARY).note = CANARY  # type: ignore[attr-defined]


@pytest.mark.parametrize("copied", [f"{CANARY}\n", f" {CANARY} ", f"\t{CANARY}\r\n"])
def test_white_space_around_a_copied_key_is_dropped(copied: str) -> None:
    assert APIKey(copied).reveal() == CANARY


@pytest.mark.parametrize("odd", ["sk-a b", "sk-密钥", "sk-a\nb", "sk-\u200b", "sk-\x00", "“sk-1”"])
def test_an_odd_key_is_refused_without_being_quoted(odd: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^api_key cannot be a key: its character ") as caught:
        APIKey.of(odd)
    assert odd not in str(caught.value)
    stack = traceback.TracebackException.from_exception(caught.value, capture_locals=True).stack
    ours = [frame for frame in stack if frame.filename == config.__file__]
    assert ours
    assert repr(odd) not in str([frame.locals for frame in ours])


@pytest.mark.parametrize("wrong", [3, b"sk-1", ["sk-1"], True])
def test_a_key_is_text(wrong: Any) -> None:
    with pytest.raises(ConfigurationError, match=rf"^The key is text, not {type(wrong).__name__}\."):
        APIKey.of(wrong)


def test_no_key_is_no_key() -> None:
    assert [APIKey.of(value) for value in (None, "", "  \n")] == [None, None, None]
    key = APIKey("sk-1")
    assert APIKey.of(key) is key
    with pytest.raises(ConfigurationError, match=r"^api_key is empty"):
        APIKey(" ")


def test_an_accounts_name_depends_on_key_and_salt_and_gives_nothing_away() -> None:
    names = {APIKey(key).digest(salt) for key in ("sk-1", "sk-2") for salt in (b"a" * 16, b"b" * 16)}
    assert len(names) == 4
    assert APIKey("sk-1").digest(b"a" * 16) in names
    assert all(len(name) == 32 and int(name, 16) for name in names)


# ---- the environment


def test_an_empty_environment_says_nothing() -> None:
    for environ in ({}, {"APIMART_API_KEY": " ", "APIMART_BASE_URL": "", "APIMART_LIBRARY": "\t"}):
        found = read_environment(environ)
        assert (found.api_key, found.base_url, found.library) == (None, "https://api.apimart.ai", None)


def test_the_settings_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APIMART_API_KEY", CANARY)
    monkeypatch.setenv("APIMART_BASE_URL", "http://localhost:8765/")
    monkeypatch.setenv("APIMART_LIBRARY", os.sep + "pictures")
    found = read_environment()
    assert found.api_key is not None
    assert found.api_key.reveal() == CANARY
    assert (found.base_url, found.library) == ("http://localhost:8765", os.sep + "pictures")
    assert CANARY not in repr(found)


def test_a_setting_that_cannot_work_is_named_and_hurts_only_who_asks_for_it() -> None:
    found = read_environment(
        {"APIMART_API_KEY": "<your key>", "APIMART_BASE_URL": "api.apimart.ai", "APIMART_LIBRARY": "x"}
    )
    assert found.library == "x"
    with pytest.raises(ConfigurationError, match=r"^APIMART_API_KEY cannot be a key: its character 6 "):
        _ = found.api_key
    with pytest.raises(
        ConfigurationError, match=r"^APIMART_BASE_URL is 'api\.apimart\.ai', which is no address of a server"
    ):
        _ = found.base_url


# ---- the server's address


@pytest.mark.parametrize(
    ("written", "origin"),
    [
        ("https://api.apimart.ai", "https://api.apimart.ai"),
        ("https://api.apimart.ai/", "https://api.apimart.ai"),
        ("https://api.apimart.ai/v1", "https://api.apimart.ai"),
        ("HTTPS://api.apimart.ai/v1//", "https://api.apimart.ai"),
        ("http://localhost:8765", "http://localhost:8765"),
        ("http://[::1]:8080/", "http://[::1]:8080"),
        ("http://[::1]:80/", "http://[::1]"),
        ("https://API.apimart.ai:443/v1", "https://api.apimart.ai"),
        ("https://api.apimart.ai:", "https://api.apimart.ai"),
        ("https://api.apimart.ai:80", "https://api.apimart.ai:80"),
        ("https://proxy.example/Apimart", "https://proxy.example/Apimart"),
        ("https://proxy.example/apimart/v1/", "https://proxy.example/apimart"),
        ("https://proxy.example/v1beta", "https://proxy.example/v1beta"),
    ],
)
def test_an_address_is_brought_to_one_form(written: str, origin: str) -> None:
    assert check_base_url(written) == check_base_url(origin) == origin


@pytest.mark.parametrize(
    "wrong",
    [
        *("", "api.apimart.ai", "ftp://api.apimart.ai", "https://", "https:///v1", "https://[::1", "https://a:x"),
        *("https://a:99999", "https://a b", " https://a", "https://a\n", "https://a\x00", "https://a\u200b", None, 3),
        *(b"https://a", ["https://a"], "file:///etc", "javascript:1"),
    ],
)
def test_what_is_no_address_is_told_how_to_write_one(wrong: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"^base_url is .*no address of a server\. Write one such as https://"):
        check_base_url(wrong)


@pytest.mark.parametrize("wrong", ["https://me:hunter2@api.apimart.ai", "https://hunter2@api.apimart.ai", "https://@a"])
def test_an_address_with_credentials_is_refused_without_being_quoted(wrong: str) -> None:
    with pytest.raises(ConfigurationError, match="user name or password") as caught:
        check_base_url(wrong)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("wrong", ["https://a/?key=1", "https://a/#top", "https://a?", "https://a#"])
def test_an_address_ends_before_query_and_fragment(wrong: str) -> None:
    with pytest.raises(ConfigurationError, match=r"something after \? or #"):
        check_base_url(wrong)
