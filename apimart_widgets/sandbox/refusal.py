"""A refused request, as the API words it: a status and one error object."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_KINDS = {
    401: "authentication_error",
    402: "insufficient_balance_error",
    404: "not_found_error",
    405: "invalid_request_error",
    410: "not_found_error",
    429: "rate_limit_error",
    500: "server_error",
}


class Refusal(Exception):
    """Raised by any rule of the sandbox; the application answers it as ``{"error": {code, message, type, param}}``.

    `status` is the HTTP status, `code` the word a program can branch on (for 401 it is the number, as the API's own
    pages show it), `param` the field at fault, `headers` what the answer carries besides (``Retry-After``).

    >>> Refusal(400, "missing_prompt", "The field prompt is missing.", param="prompt").body()
    {'error': {'code': 'missing_prompt', 'message': 'The field prompt is missing.', 'type': 'invalid_request_error',
     'param': 'prompt'}}
    """

    def __init__(
        self,
        status: int,
        code: str | int,
        message: str,
        *,
        param: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.param = param
        self.headers = dict(headers or {})

    def body(self) -> dict[str, dict[str, Any]]:
        """The JSON body of the answer."""
        kind = _KINDS.get(self.status, "invalid_request_error")
        return {"error": {"code": self.code, "message": self.message, "type": kind, "param": self.param}}
