"""What an HTTP answer of this API means: its JSON, or the error it stands for, as a sentence.

Pure functions of (status, headers, body); nothing here sends. The table is the documentation's "Errors".
"""

from __future__ import annotations

import dataclasses
import functools
import json
from collections.abc import Mapping
from typing import Any

from . import errors
from .retry import MAX_RETRY_AFTER
from .task import ErrorDetail, error_detail, number
from .words import Sentence, say

_KINDS: Mapping[int, tuple[type[errors.APIStatusError], str]] = {
    400: (errors.BadRequestError, "client.bad_request"),
    401: (errors.AuthenticationError, "client.authentication"),
    402: (errors.InsufficientBalanceError, "client.balance"),
    403: (errors.PermissionDeniedError, "client.permission"),
    404: (errors.NotFoundError, "client.not_found"),
    409: (errors.ConflictError, "client.conflict"),
    413: (errors.RequestTooLargeError, "client.too_large"),
    422: (errors.UnprocessableEntityError, "client.bad_request"),
    429: (errors.RateLimitError, "client.rate_limit"),
}
# The filter names itself in many ways; these are OpenAI's codes and the words its messages share.
_POLICY_CODES = ("content_policy", "moderation", "safety", "sensitive", "content_filter", "contentpolicy")
_POLICY_PHRASES = ("content policy", "safety system", "safety filter", "moderation system", "content_policy_violation")
_POLICY_STATUSES = (400, 403, 422, 451)


@dataclasses.dataclass(frozen=True)
class Answer:
    """An HTTP answer: ``status``, ``headers`` (lower-case names) and the whole ``body``."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @functools.cached_property
    def json(self) -> Any:
        """The body as JSON; ValueError where it is something else."""
        return json.loads(self.body)

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
    code = number(body.get("code"))
    if code is not None and 400 <= code <= 599:
        status = int(code)
    # A failed task carries its reason in data.error, with a data of its own; that is no refusal of the call.
    if body.get("error") and "data" not in body:
        return status, error_detail(body["error"]) or ErrorDetail()
    if body.get("success") is False or status == code:
        message = body.get("message") or body.get("msg") or ""
        return status, error_detail(body.get("error")) or ErrorDetail(message=str(message))
    return None


def detail_of(answer: Answer) -> ErrorDetail:
    """What the server itself said, as far as its answer is readable; a page of HTML is not quoted."""
    try:
        body = answer.json
    except ValueError:
        return ErrorDetail()
    found = refusal_in(body)
    if found is not None:
        return found[1]
    return ErrorDetail(message=body) if isinstance(body, str) else ErrorDetail()


def status_error(
    answer: Answer, status: int, detail: ErrorDetail, *, billing: Sentence | None, retry_after: float | None
) -> errors.APIError:
    """The typed error for an answer; ``billing`` says what this means for the user's money, where that is known."""
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
    quoted = say("client.said", detail=shortened(detail.message)) if detail.message else ""
    wait = ""
    if retry_after is not None and retry_after > MAX_RETRY_AFTER:
        wait = say("client.wait_too_long", seconds=round(retry_after), most=round(MAX_RETRY_AFTER))
    where = shortened(answer.headers.get("location", ""))
    sentence = say(key, status=status, said=quoted, wait=wait, where=where)
    if billing is not None:
        sentence = say("client.two", first=sentence, second=billing)
    return kind(
        sentence,
        detail=detail.message or None,
        code=detail.code or detail.type or None,
        status_code=status,
        request_id=answer.request_id,
        retry_after=retry_after,
    )


def shortened(text: str, most: int = 300) -> str:
    """``text`` on one line and not longer than ``most`` characters: servers quote whole prompts and pages."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1] + "…"
