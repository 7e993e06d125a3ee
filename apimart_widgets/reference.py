"""How a request names a picture: by its URL, or, for a picture on this machine, by its content.

A local picture has no URL until it is uploaded, and the uploaded URL expires after 72 hours. ``local_url`` gives it an
address under a host that can never exist; the real URL takes its place in the bytes that are sent, and nowhere else.
"""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import quote, unquote, urlsplit

from .words import Sentence, say

_PREFIX = "https://picture.invalid/"


class LocalReference(NamedTuple):
    """What a placeholder address says of a picture on this machine: its content hash (hex) and its name."""

    sha256: str
    name: str

    def __str__(self) -> str:
        # On one line: it stands in comments of generated code, which a line break in a file name would end.
        name = "".join(character if character.isprintable() else "?" for character in self.name)
        return f"{name}, sha256 {self.sha256[:16]}"


def local_url(sha256: str, name: str) -> str:
    """The placeholder address of a picture on this machine.

    >>> local_url("ab12", "my fox.png")
    'https://picture.invalid/ab12/my%20fox.png'
    """
    # A file name on Linux may hold bytes that are no text.
    return f"{_PREFIX}{sha256}/{quote(name, safe='', errors='replace')}"


def local_reference(url: str) -> LocalReference | None:
    """What ``local_url`` put into ``url``, or None for an ordinary address.

    >>> local_reference(local_url("ab" * 32, "fox.png")).name
    'fox.png'
    """
    if not url.startswith(_PREFIX):
        return None
    sha256, _, name = url.removeprefix(_PREFIX).partition("/")
    return LocalReference(sha256, unquote(name))


def url_problem(url: object) -> Sentence | None:
    """Why ``url`` cannot stand where the API wants a publicly reachable URL, or None.

    >>> print(url_problem("https://me:secret@example.com/photo.png"))
    The URL holds a user name or password, which would be sent to APIMart. Use a URL that opens without them.
    >>> url_problem("https://example.com/photo.png") is None
    True
    """
    if not isinstance(url, str):
        return say("reference.no_text", type=type(url).__name__)
    url = str.__str__(url)
    shown = url if len(url) <= 60 else url[:59] + "…"
    lowered = url.strip().lower()
    if lowered.startswith("data:"):
        return say("reference.data_uri")
    if lowered.startswith("file:"):
        return say("reference.file", url=shown)
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return say("reference.not_a_url", url=shown)
    if parts.scheme.lower() not in ("http", "https"):
        # A drive letter reads as a one-letter scheme.
        path_like = not parts.scheme or len(parts.scheme) == 1
        return say("reference.path" if path_like else "reference.scheme", url=shown, scheme=parts.scheme)
    if parts.username is not None or parts.password is not None:
        return say("reference.credentials")
    if not host or port == 0 or any(character.isspace() or not character.isprintable() for character in url):
        return say("reference.not_a_url", url=shown)
    return None
