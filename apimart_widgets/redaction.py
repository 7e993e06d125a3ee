"""What must not leave with a study: keys, and the signatures of addresses that open whatever lies behind them.

Our own code writes no key anywhere; a server's answer may quote one, and its addresses carry signatures. What people
write stands beside them, and "a basic sketch" or "cookie: chocolate" is no secret: a word goes only where what follows
it looks like one. In doubt it goes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from .database import storable

GONE = "…"
"""Stands where something was taken out."""

# JSON may write an address as https:\/\/host.
_ADDRESS = re.compile(r"""(?i)(https?:(?:\\?/){2})(?:[^\s"'<>/?#]*@)?([^\s"'<>?#]*)([?#][^\s"'<>]*)?""")
_SIGNED = re.compile(
    r"""(?i)\b((?:x-(?:amz|goog|oss|cos|tos)-[\w-]+|signature|sig|token|key-pair-id|awsaccesskeyid|access_?key_?(?:id)?"""
    r"""|api_?key|q-(?:ak|signature))=)[^\s&"'<>\\]+"""
)
_KEY = re.compile(r"(?i)\bsk-[\w-]{6,}")
# Base64 changes from small to capital letters again and again; hardly a word does so twice.
_MIXED = r"(?-i:(?=(?:[\w+/]*[a-z][A-Z]){2}))[\w+/=]{8,}"
_BEARER = re.compile(rf"""(?ix) \b(bearer)\s+ (?: (?=[\w.~+/-]*[\d=])[\w.~+/=-]{{6,}} | [a-z_]{{20,}} | {_MIXED} )""")
# The word begins many a sentence, so that "1960s-style" may follow it.
_BASIC = re.compile(
    rf"""(?ix) \b(basic)\s+
    (?: (?=[\w.~+/-]*[\d=])[\w.~+/=-]{{16,}} | [\w+/]{{4,}}={{1,2}}(?![\w{GONE}]) | {_MIXED} )"""
)
# A header stands as text, or within quotes in a text that holds others, such as JSON that was cut.
_COLON = r"""(\\?["']?\s*:\s*\\?["']?)"""
_HEADER = re.compile(rf"""(?i)\b((?:proxy-)?authorization|x-api-key){_COLON}[^\r\n"']+""")
# Its value is name=value by RFC 6265; in case a server does otherwise, what may be an opaque one goes too.
_COOKIE = re.compile(
    rf"""(?ix) \b((?:set-)?cookie){_COLON}
    (?= [^\s"'=;,:]{{1,200}}= | (?=[a-z.~+/%_-]*\d)[\w.~+/%-]{{16}} ) [^\r\n"']+"""
)
_SECRET_FIELDS = ("authorization", "proxy-authorization", "api_key", "apikey", "x-api-key", "cookie", "set-cookie")


def redacted(text: str) -> str:
    """``text`` without keys, authorizations, and the queries of addresses.

    >>> redacted("GET https://files.example/a.png?Expires=9&sig=3f2a failed")
    'GET https://files.example/a.png?… failed'
    >>> redacted("Authorization: Bearer sk-0123456789"), redacted("Incorrect API key sk-0123456789.")
    ('Authorization: …', 'Incorrect API key ….')
    >>> redacted("A basic pencil sketch. cookie: chocolate, on a plate")
    'A basic pencil sketch. cookie: chocolate, on a plate'
    """
    text = _ADDRESS.sub(lambda found: f"{found[1]}{found[2]}{'?' + GONE if found[3] else ''}", text)
    for header in (_HEADER, _COOKIE):
        text = header.sub(rf"\1\2{GONE}", text)
    for scheme in (_BEARER, _BASIC):
        text = scheme.sub(rf"\1 {GONE}", text)
    text = _SIGNED.sub(rf"\1{GONE}", text)
    return _KEY.sub(GONE, text)


def redacted_values(value: Any) -> Any:
    """The same for every text within JSON values, names of fields included.

    >>> redacted_values({"api_key": "secret", "url": ["https://files.example/a.png?sig=3f2a"], "n": 2})
    {'api_key': '…', 'url': ['https://files.example/a.png?…'], 'n': 2}
    """
    if isinstance(value, str):
        return redacted(value)
    if isinstance(value, Mapping):
        return {
            redacted(str(name)): GONE if str(name).lower() in _SECRET_FIELDS and item else redacted_values(item)
            for name, item in value.items()
        }
    return [redacted_values(item) for item in value] if isinstance(value, list | tuple) else value


def redacted_json(text: str) -> str:
    """The same for a text of JSON, which stays JSON; any other text is redacted as it stands.

    >>> redacted_json('{"url": "https:\\\\/\\\\/files.example\\\\/a.png?sig=3f2a\\\\u0026e=1"}')
    '{"url": "https://files.example/a.png?…"}'
    """
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return redacted(text)
    try:
        # A server that cuts a text within an emoji leaves half of a character, which no file takes.
        return storable(json.dumps(redacted_values(value), ensure_ascii=False))
    except RecursionError:
        return redacted(text)
