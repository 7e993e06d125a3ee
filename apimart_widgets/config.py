"""The only reader of environment variables: key, origin, library folder.

``APIMART_API_KEY`` and ``APIMART_BASE_URL`` are the vendor's own names; ``APIMART_LIBRARY`` is ours.
"""

from __future__ import annotations

import dataclasses
import hashlib
import os
from collections.abc import Mapping
from typing import NoReturn
from urllib.parse import urlsplit

from .errors import ConfigurationError
from .request import DEFAULT_ORIGIN
from .words import say


class APIKey:
    """A key that shows itself to nobody: not in a repr, a log, a traceback's locals or a pickle.

    >>> APIKey("sk-secret")
    APIKey(hidden)
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        # A copied key often brings a line break along.
        value = value.strip()
        if not value:
            raise ConfigurationError(say("config.empty_key"))
        wrong = next((place for place, c in enumerate(value) if not "!" <= c <= "~"), None)
        if wrong is not None:
            raise ConfigurationError(say("config.odd_key", position=wrong + 1))
        self._value = value

    @classmethod
    def of(cls, value: str | APIKey | None) -> APIKey | None:
        """``value`` as a key; None and blank text are no key."""
        if value is None or isinstance(value, APIKey):
            return value
        if not isinstance(value, str):
            raise ConfigurationError(say("config.key_no_text", type=type(value).__name__))
        return cls(value) if value.strip() else None

    def reveal(self) -> str:
        """The key itself, for the Authorization header and nothing else."""
        return self._value

    def digest(self, salt: bytes) -> str:
        """A name for the account behind the key that does not give the key away (keyed BLAKE2b, 128 bits, hex)."""
        return hashlib.blake2b(self._value.encode(), key=salt, digest_size=16).hexdigest()

    def __repr__(self) -> str:
        return "APIKey(hidden)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("A key is not pickled: it would be written to a file. Read it from APIMART_API_KEY instead.")


@dataclasses.dataclass(frozen=True)
class Config:
    """What the environment says; None where it says nothing."""

    api_key: APIKey | None
    base_url: str
    library: str | None


def read_environment(environ: Mapping[str, str] | None = None) -> Config:
    """The settings of the environment (``os.environ`` unless another mapping is given).

    Raises:
        ConfigurationError: a key or an origin that cannot work.

    >>> read_environment({"APIMART_API_KEY": "sk-1"})
    Config(api_key=APIKey(hidden), base_url='https://api.apimart.ai', library=None)
    """
    environ = os.environ if environ is None else environ
    return Config(
        api_key=APIKey.of(environ.get("APIMART_API_KEY")),
        base_url=check_base_url(environ.get("APIMART_BASE_URL", "").strip() or DEFAULT_ORIGIN),
        library=environ.get("APIMART_LIBRARY", "").strip() or None,
    )


def check_base_url(url: str) -> str:
    """``url`` as every call uses it: without a trailing slash or ``/v1``.

    Raises:
        ConfigurationError: no http or https address, or one with credentials, a query or a fragment.

    >>> check_base_url("https://api.apimart.ai/v1/")
    'https://api.apimart.ai'
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except (ValueError, AttributeError, TypeError):
        raise ConfigurationError(say("config.base_url", url=url)) from None
    if parts.username is not None or parts.password is not None:
        # Not quoted: the address holds a secret.
        raise ConfigurationError(say("config.base_url_credentials"))
    if parts.scheme not in ("http", "https") or not host or any(c.isspace() for c in url):
        raise ConfigurationError(say("config.base_url", url=url))
    if parts.query or parts.fragment or "?" in url or "#" in url:
        raise ConfigurationError(say("config.base_url_query", url=url))
    path = parts.path.rstrip("/").removesuffix("/v1").rstrip("/")
    return f"{parts.scheme}://{parts.netloc}{path}"
