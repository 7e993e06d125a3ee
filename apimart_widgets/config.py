"""The only reader of environment variables: key, origin, library folder, daily budget, certificates, proxies.

``APIMART_API_KEY`` and ``APIMART_BASE_URL`` are the vendor's own names; ``APIMART_LIBRARY`` and ``APIMART_BUDGET``
are ours.
"""

from __future__ import annotations

import dataclasses
import hashlib
import math
import os
from collections.abc import Mapping
from typing import Literal, NoReturn, get_args
from urllib.parse import urlsplit

from . import rules
from .errors import ConfigurationError
from .request import DEFAULT_ORIGIN
from .words import say

Mode = Literal["live", "sandbox", "replay", "sandbox replay"]
"""Whether pictures come from a server and are billed, are drawn by the sandbox inside this process, or were recorded
earlier and are played again: live ones, or drawings."""

MODES: tuple[Mode, ...] = get_args(Mode)

_DEFAULT_PORTS = {"http": 80, "https": 443}
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")


def is_replay(mode: Mode) -> bool:
    """Whether what is of this mode was recorded earlier and is played again.

    >>> [mode for mode in MODES if is_replay(mode)]
    ['replay', 'sandbox replay']
    """
    return mode.endswith("replay")


class APIKey:
    """A key that shows itself to nobody: not in a repr, a log, a traceback's locals or a pickle.

    >>> APIKey("sk-secret")
    APIKey(hidden)
    """

    __slots__ = ("_value",)

    def __init__(self, value: str, name: str = "api_key") -> None:
        # A copied key often brings a line break along.
        value = value.strip()
        if not value:
            raise ConfigurationError(say("config.empty_key", name=name))
        wrong = next((place for place, c in enumerate(value) if not "!" <= c <= "~"), None)
        if wrong is not None:
            raise ConfigurationError(say("config.odd_key", name=name, position=wrong + 1))
        self._value = value

    @classmethod
    def of(cls, value: str | APIKey | None, name: str = "api_key") -> APIKey | None:
        """``value`` as a key; None and blank text are no key. ``name`` says in errors where it was written."""
        if value is None or isinstance(value, APIKey):
            return value
        if not isinstance(value, str):
            raise ConfigurationError(say("config.key_no_text", type=type(value).__name__))
        try:
            return cls(value, name) if value.strip() else None
        except ConfigurationError as error:
            # The frames of the check hold the key, and a traceback may be shown with its locals.
            value = None
            raise error.with_traceback(None) from None

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
    """What the environment says. Each setting is judged when it is asked for, so that one nobody needs hurts nobody."""

    # In no repr: a traceback with locals would show the key in it.
    _environ: Mapping[str, str] = dataclasses.field(repr=False)

    @property
    def api_key(self) -> APIKey | None:
        """``APIMART_API_KEY``, or None. Raises ``ConfigurationError`` for text that cannot be a key."""
        return APIKey.of(self._environ.get("APIMART_API_KEY"), "APIMART_API_KEY")

    @property
    def base_url(self) -> str:
        """``APIMART_BASE_URL``, or the vendor's origin. Raises ``ConfigurationError`` as ``check_base_url`` does."""
        return check_base_url(self._environ.get("APIMART_BASE_URL", "").strip() or DEFAULT_ORIGIN, "APIMART_BASE_URL")

    @property
    def library(self) -> str | None:
        """``APIMART_LIBRARY``: a folder, or None."""
        return self._environ.get("APIMART_LIBRARY", "").strip() or None

    @property
    def certificates(self) -> tuple[str | None, str | None]:
        """``SSL_CERT_FILE`` and ``SSL_CERT_DIR``: where httpx looks for certificates, or None."""
        return self._environ.get("SSL_CERT_FILE"), self._environ.get("SSL_CERT_DIR")

    @property
    def proxies(self) -> dict[str, str]:
        """``HTTP_PROXY``, ``HTTPS_PROXY`` and ``ALL_PROXY``, as far as they are set, in capitals or not."""
        return {name: url for name, url in self._environ.items() if name.upper() in _PROXIES and url.strip()}

    @property
    def daily_budget(self) -> float | None:
        """``APIMART_BUDGET``: the most that may be spent within 24 hours, in USD, or None.

        Raises ``ConfigurationError`` for text that is no amount: a limit that is misread must not be no limit.
        """
        text = self._environ.get("APIMART_BUDGET", "").strip()
        if not text:
            return None
        try:
            return check_budget(float(text.removeprefix("$")), "APIMART_BUDGET")
        except ValueError:
            raise ConfigurationError(say("config.budget", name="APIMART_BUDGET", value=repr(text))) from None


def check_budget(amount: object, name: str) -> float | None:
    """``amount`` as a daily budget; None is none. ``name`` says in errors where it was written.

    Raises:
        ConfigurationError: no finite number from 0 up.

    >>> check_budget(5, "daily_budget")
    5.0
    """
    if amount is None:
        return None
    found = rules.amount(amount)
    if found is None or not 0 <= found < math.inf:
        raise ConfigurationError(say("config.budget", name=name, value=rules.as_typed(amount)))
    return found


def read_environment(environ: Mapping[str, str] | None = None) -> Config:
    """The settings of the environment (``os.environ`` unless another mapping is given).

    >>> config = read_environment({"APIMART_API_KEY": "sk-1"})
    >>> config.api_key, config.base_url, config.library
    (APIKey(hidden), 'https://api.apimart.ai', None)
    """
    return Config(os.environ if environ is None else environ)


def check_base_url(url: str, name: str = "base_url") -> str:
    """``url`` in the form every call uses. ``name`` says in errors where it was written.

    That is with its host in small letters, and without a port that goes without saying, a trailing slash or ``/v1``.

    Raises:
        ConfigurationError: no http or https address, or one with credentials, a query or a fragment.

    >>> check_base_url("https://api.apimart.ai/v1/")
    'https://api.apimart.ai'
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except (ValueError, AttributeError, TypeError):
        raise ConfigurationError(say("config.base_url", name=name, url=url)) from None
    if parts.username is not None or parts.password is not None:
        # Not quoted: the address holds a secret.
        raise ConfigurationError(say("config.base_url_credentials", name=name))
    if parts.scheme not in ("http", "https") or not host or any(c.isspace() or not c.isprintable() for c in url):
        raise ConfigurationError(say("config.base_url", name=name, url=url))
    if parts.query or parts.fragment or "?" in url or "#" in url:
        raise ConfigurationError(say("config.base_url_query", name=name, url=url))
    path = parts.path.rstrip("/").removesuffix("/v1").rstrip("/")
    # One form for one server: what was spent and left behind there is looked up by it.
    place = parts.netloc.lower().removesuffix(f":{_DEFAULT_PORTS[parts.scheme]}").removesuffix(":")
    return f"{parts.scheme}://{place}{path}"
