"""Origins: which host a request was sent to, and which one its pictures come from."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit

from starlette.requests import Request

from .refusal import Refusal

_LOOPBACK = {"127.0.0.1": "localhost", "localhost": "127.0.0.1", "::1": "localhost"}
_FILES_PREFIX = "files."
_NO_REAL_HOST = ".invalid"
_DEFAULT_PORTS = {"http": 80, "https": 443}


def files_origin_for(origin: str) -> str:
    """Where the files of an API origin come from, when no other place was set.

    A name under ``.invalid`` gets ``files.`` before it. The two names of this machine stand in for each other, with
    the same port. Any other host is only known by the one name it was called by, so its files come from there.

    >>> files_origin_for("https://sandbox.apimart.invalid")
    'https://files.sandbox.apimart.invalid'
    >>> files_origin_for("http://127.0.0.1:8000"), files_origin_for("http://localhost:8000")
    ('http://localhost:8000', 'http://127.0.0.1:8000')
    """
    parts = urlsplit(origin)
    host = parts.hostname or ""
    if host.endswith(_NO_REAL_HOST):
        host = _FILES_PREFIX + host
    elif host in _LOOPBACK:
        host = _LOOPBACK[host]
    else:
        return origin
    return f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port else "")


def serves_only_files(origin: str) -> bool:
    """Whether a host is one that `files_origin_for` made up, so that no API call belongs there.

    >>> serves_only_files("https://files.sandbox.apimart.invalid"), serves_only_files("http://localhost:8000")
    (True, False)
    """
    host = urlsplit(origin).hostname or ""
    return host.startswith(_FILES_PREFIX) and host.endswith(_NO_REAL_HOST)


def same_host(one: str, other: str) -> bool:
    """Whether two URLs name the same host and port.

    >>> same_host("https://example.com/a.png", "https://EXAMPLE.com:443")
    True
    """
    return _host_and_port(urlsplit(one)) == _host_and_port(urlsplit(other))


def origin_of(request: Request) -> str:
    """The origin a request was sent to, by its Host header; `Refusal` 400 when that header makes no sense."""
    try:
        parts = urlsplit(f"{request.url.scheme}://{request.url.netloc}")
        if parts.hostname and parts.port != 0:
            return f"{parts.scheme}://{parts.netloc}"
    except ValueError:
        pass
    raise Refusal(400, "invalid_host", "The Host header names no host. Send the host and port of the address.")


def read_origin(text: str) -> str:
    """A scheme, host and perhaps port, such as ``https://files.example.com``; `ValueError` when it is anything else.

    >>> read_origin("https://files.example.com/")
    'https://files.example.com'
    """
    parts = urlsplit(text)
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname or parts.path.strip("/") or parts.query:
        raise ValueError(f"{text!r} is no origin. Write a scheme and a host, such as https://files.example.com")
    return f"{parts.scheme}://{parts.netloc}"


def _host_and_port(parts: SplitResult) -> tuple[str | None, int | None]:
    return parts.hostname, parts.port or _DEFAULT_PORTS.get(parts.scheme)
