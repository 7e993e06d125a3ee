"""What an HTTP answer of this API means: its JSON, or the error it stands for, as a sentence.

Pure functions of (status, headers, body); nothing here sends. The table is the documentation's "Errors".
"""

from __future__ import annotations

import dataclasses
import functools
import json
import math
import re
from collections.abc import Mapping
from typing import Any

from . import errors
from .retry import MAX_RETRY_AFTER, is_transient
from .task import ErrorDetail, Task, error_detail, number
from .words import Sentence, say

_KINDS: Mapping[int, tuple[type[errors.APIStatusError], str]] = {
    400: (errors.BadRequestError, "client.bad_request"),
    401: (errors.AuthenticationError, "client.authentication"),
    402: (errors.InsufficientBalanceError, "client.balance"),
    403: (errors.PermissionDeniedError, "client.permission"),
    404: (errors.NotFoundError, "client.not_found"),
    408: (errors.APIStatusError, "client.not_in_time"),
    409: (errors.ConflictError, "client.conflict"),
    413: (errors.RequestTooLargeError, "client.too_large"),
    422: (errors.UnprocessableEntityError, "client.bad_request"),
    425: (errors.APIStatusError, "client.conflict"),
    429: (errors.RateLimitError, "client.rate_limit"),
}
# The filter names itself in many ways; these are OpenAI's codes and the words its messages share.
_POLICY_CODES = ("content_policy", "moderation", "safety", "sensitive", "content_filter", "contentpolicy")
_POLICY_PHRASES = ("content policy", "safety system", "safety filter", "moderation system", "content_policy_violation")
_POLICY_STATUSES = (400, 403, 422, 451)
_SENTENCE_ENDS = (".", "!", "?", "…", "。", "！", "？")
# Escapes of surrogates: two in a row are one character, one alone is none.
_HALVES = re.compile(r"\\u[dD][89a-fA-F]|[\ud800-\udfff]")
# How file hosts speak of an address that has expired.
GONE_STATUSES = (400, 401, 403, 404, 410)


@dataclasses.dataclass(frozen=True)
class Answer:
    """An HTTP answer: ``status``, ``headers`` (lower-case names) and the whole ``body``."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @functools.cached_property
    def json(self) -> Any:
        """The body as JSON; ValueError where it is something else.

        Half of a character, which servers leave that cut a prompt within an emoji, becomes "?": it can neither be
        kept in a ledger nor shown.
        """
        try:
            text = self.body.decode(json.detect_encoding(self.body), "surrogatepass")
            value = json.loads(text)
            if _HALVES.search(text):
                value = json.loads(json.dumps(value, ensure_ascii=False).encode(errors="replace"))
        except RecursionError:
            raise ValueError("The body is nested too deeply.") from None
        return value

    @property
    def request_id(self) -> str | None:
        """The server's name for this exchange, from the header or the body."""
        named = self.headers.get("x-request-id")
        if named:
            return named
        try:
            body = self.json
        except ValueError:
            return None
        found = body.get("request_id") if isinstance(body, Mapping) else None
        return str(found) if found else None


def is_content_policy(detail: ErrorDetail) -> bool:
    """Whether the safety filter speaks.

    >>> is_content_policy(ErrorDetail("moderation_blocked", "no")), is_content_policy(ErrorDetail(message="bad size"))
    (True, False)
    """
    if detail.param == "moderation":
        # The field of that name was wrong ("invalid_moderation"); nothing was judged.
        return False
    named = f"{detail.code} {detail.type}".lower()
    return any(word in named for word in _POLICY_CODES) or any(
        phrase in detail.message.lower() for phrase in _POLICY_PHRASES
    )


def refusal_in(body: Any, status: int = 400) -> tuple[int, ErrorDetail] | None:
    """The error an answer carries in its body, as (HTTP status it stands for, reason); None if none.

    ``status`` is what it stands for where the body names no HTTP status itself.

    >>> refusal_in({"success": False, "message": "no such token"})
    (400, ErrorDetail(code='', message='no such token', type='', param=''))
    >>> refusal_in({"code": 200, "data": []}) is None
    True
    """
    if not isinstance(body, Mapping):
        return None
    task = Task.read(body)
    if task.id and task.finished:
        # A failed task carries its reason, and perhaps a code, of its own; that is no refusal of the call.
        return None
    error, named = body.get("error"), _http_status(body.get("code"))
    if error and not body.get("data") and not ("id" in body or "task_id" in body):
        inner = error.get("code") if isinstance(error, Mapping) else None
        return named or _http_status(inner) or status, _reason(body)
    if body.get("success") is False or named is not None:
        return named or status, _reason(body)
    return None


def _http_status(code: Any) -> int | None:
    """``code`` where it is the number of an HTTP error, quoted or not."""
    found = number(code)
    return int(found) if found is not None and 400 <= found <= 599 else None


def _reason(body: Mapping[str, Any]) -> ErrorDetail:
    """The reason in an answer's ``error``, however deep it is wrapped, or else in its ``message``."""
    data = body.get("data")
    error = body.get("error") or (data.get("error") if isinstance(data, Mapping) else None)
    while isinstance(error, Mapping) and not error.get("message") and error.get("error"):
        error = error["error"]
    found = error_detail(error) or ErrorDetail()
    if found.message:
        return found
    message = next((body[name] for name in ("message", "msg", "detail") if isinstance(body.get(name), str)), "")
    code = body.get("code")
    return dataclasses.replace(found, message=message, code=found.code or (code if isinstance(code, str) else ""))


def is_passing(error: errors.APIError) -> bool:
    """Whether a failure says nothing of what was asked for, so that it may be asked for later.

    >>> is_passing(errors.APIConnectionError("No network.")), is_passing(errors.NotFoundError("Gone.", status_code=404))
    (True, False)
    """
    if isinstance(error, errors.APIConnectionError | errors.APIResponseError | errors.InternalServerError):
        return True
    return error.status_code is not None and is_transient(error.status_code)


def gives_reason(error: errors.APIError) -> bool:
    """Whether a refusal says why in JSON, as this API does; pages of proxies and firewalls on the way to it do not.

    What those refuse says nothing of what the server behind them has accepted before.

    >>> gives_reason(errors.NotFoundError("Gone.", status_code=404, detail="no such task"))
    True
    >>> gives_reason(errors.NotFoundError("Gone.", status_code=404))
    False
    """
    return bool(error.code or error.detail)


def exchange(error: errors.APIError) -> dict[str, Any]:
    """How the exchange is known by which an error came: its HTTP status and the server's name for it, if there are any.

    >>> exchange(errors.NotFoundError("Gone.", status_code=404)), exchange(errors.APIConnectionError("No network."))
    ({'status_code': 404}, {})
    """
    known = {"status_code": error.status_code, "request_id": error.request_id}
    return {name: value for name, value in known.items() if value is not None}


def detail_of(answer: Answer) -> ErrorDetail:
    """What the server itself said, as far as its answer is readable; a page of HTML is not quoted."""
    try:
        body = answer.json
    except ValueError:
        return ErrorDetail()
    if isinstance(body, Mapping):
        return _reason(body)
    return ErrorDetail(message=body) if isinstance(body, str) else ErrorDetail()


def status_error(
    answer: Answer, status: int, detail: ErrorDetail, *, retry_after: float | None, file_host: str | None = None
) -> errors.APIError:
    """The typed error for an answer; ``file_host`` is where a picture was asked for, None for a call of the API."""
    kind: type[errors.APIError]
    if status in _POLICY_STATUSES and is_content_policy(detail):
        kind, key = errors.ContentPolicyError, "client.content_policy"
    elif status in _KINDS:
        kind, key = _KINDS[status]
    elif status >= 500:
        kind, key = errors.InternalServerError, "client.server_trouble"
    elif 300 <= status < 400:
        kind, key = errors.APIStatusError, "client.redirect"
    else:
        kind, key = errors.APIStatusError, "client.bad_request"
    if file_host is not None and status in GONE_STATUSES:
        key = "client.no_file"
    wait = ""
    if retry_after is not None and retry_after > MAX_RETRY_AFTER:
        wait = say("client.wait_too_long", seconds=math.ceil(retry_after), most=round(MAX_RETRY_AFTER))
    where = shortened(answer.headers.get("location", ""))
    return kind(
        say(key, status=status, said=said(detail.message), wait=wait, where=where, host=file_host or ""),
        detail=detail.message or None,
        code=detail.code or detail.type or None,
        status_code=status,
        request_id=answer.request_id,
        retry_after=retry_after,
    )


def said(message: str) -> Sentence | str:
    """The server's own words as a sentence that follows ours; empty where there are none.

    >>> said("no such size"), said("")
    (' It said: no such size.', '')
    """
    quoted = shortened(message)
    if not quoted:
        return ""
    return say("client.said", detail=quoted if quoted.endswith(_SENTENCE_ENDS) else f"{quoted}.")


def shortened(text: str, most: int = 300) -> str:
    """``text`` on one line and not longer than ``most`` characters: servers quote whole prompts and pages."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1] + "…"


def without_key(text: str, key: str, mark: str) -> str:
    """``text`` with ``mark`` for a key that is known, whichever of its characters JSON wrote as escapes.

    >>> without_key("Wrong: sk-a+b/c", "sk-a+b/c", "…"), without_key(r"Wrong: sk-a\\u002Bb\\/c", "sk-a+b/c", "…")
    ('Wrong: …', 'Wrong: …')
    """
    return re.sub(_spelt(key), mark, text) if "\\" in text else text.replace(key, mark)


def _spelt(key: str) -> str:
    # JSON within JSON escapes the backslashes of its escapes once more.
    return r"(?<!\\)" + "".join(rf"\\*(?:{re.escape(c)}|(?<=\\)(?i:u{ord(c):04x}))" for c in key)
