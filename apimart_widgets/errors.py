"""The exceptions of this package, named as the vendor-neutral ``openai`` client names them.

Every message is a sentence a person can act on. ``except APIMartError`` catches all of them::

    APIMartError
    ├── InvalidRequest (ValueError)        the request breaks a rule; .problems lists every one, by field
    ├── ConfigurationError (ValueError)    a key, origin or setting that cannot work
    ├── BudgetError                        the daily budget does not allow the request; nothing was sent
    ├── APIError                           the server, or the way to it; .message .code .request_id
    │   ├── APIConnectionError             no usable connection; .outcome_unknown for a request that may have arrived
    │   │   └── APITimeoutError (TimeoutError)
    │   ├── APIResponseError               an answer that is not what the API speaks (HTML, cut JSON, no task id)
    │   ├── ContentPolicyError             the safety filter refused the prompt, a reference or a result
    │   └── APIStatusError                 an HTTP status; .status_code
    │       ├── BadRequestError            400
    │       ├── AuthenticationError        401
    │       ├── InsufficientBalanceError   402
    │       ├── PermissionDeniedError      403
    │       ├── NotFoundError              404
    │       ├── ConflictError              409
    │       ├── RequestTooLargeError       413
    │       ├── UnprocessableEntityError   422
    │       ├── RateLimitError             429
    │       └── InternalServerError        5xx
    ├── JobError                           why a job has no result; .job_id .task_id
    │   ├── TaskFailedError                the server accepted the task and it failed
    │   ├── OutcomeUnknownError            sent, and no answer says whether it was accepted: it may be billed
    │   ├── JobCancelledError              cancelled before it was sent
    │   └── JobTimeoutError (TimeoutError) the wait is over, the job goes on
    ├── UploadError                        a reference or mask did not reach the server; nothing was billed
    ├── DownloadError                      a finished picture could not be fetched; .images holds the others
    ├── ImageError (ValueError)            bytes that are no picture, or one of the wrong form
    └── LibraryError                       the ledger or its folder cannot be read or written

``RequestWarning`` is a ``UserWarning``: allowed, and probably not meant.
``ContentPolicyError`` stands beside ``APIStatusError`` because the filter speaks twice: as an HTTP
status at the door, and as a failed task later, without one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .results import ImageSet
    from .rules import Problem


class APIMartError(Exception):
    """Base of every exception this package raises on purpose.

    ``message`` is the whole sentence; where it came from ``words.py`` it can be said in another language. ``reason`` is
    the error behind that of a job, such as the ``APIError`` with status and request id, or None.

    >>> str(APIMartError("The key is missing."))
    'The key is missing.'
    """

    reason: BaseException | None = None

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    def __str__(self) -> str:
        return str(self.message)


class InvalidRequest(APIMartError, ValueError):
    """A request that breaks rules of the API. Nothing was sent, uploaded or billed.

    ``problems`` holds every breach found, each with its ``field`` and ``message``.
    """

    def __init__(self, message: str, problems: Sequence[Problem] = ()) -> None:
        super().__init__(message)
        self.problems = tuple(problems)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.message, self.problems)


class BudgetError(APIMartError):
    """The daily budget does not allow a request. Nothing was sent, uploaded or billed."""


class ConfigurationError(APIMartError, ValueError):
    """A key, an origin, a folder or another setting that cannot work."""


class APIError(APIMartError):
    """The server refused, failed, or could not be reached.

    Attributes:
        message: the sentence shown to the user, with what to do.
        detail: what the server itself said, or None.
        code: the server's own error code (text), or None.
        status_code: the HTTP status (int), or None where there was no answer or the task failed later.
        request_id: the server's name for this exchange, for its support, or None.
        outcome_unknown: True when a billed request was sent and no answer says whether it was accepted.
        idempotency_key: the key that request carried; send the identical bytes with it again, never with a new one.
        lasting: True where asking again would end the same: an answer too large, an address that cannot be opened, a
            setting of this machine that cannot be used.
    """

    lasting = False

    def __init__(
        self,
        message: str,
        *,
        detail: str | None = None,
        code: str | None = None,
        status_code: int | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.detail = detail
        self.code = code
        self.status_code = status_code
        self.request_id = request_id
        self.retry_after = retry_after
        self.outcome_unknown = False
        self.idempotency_key: str | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), dict(self.__dict__))


def _rebuild(kind: type[APIMartError], state: dict[str, Any]) -> APIMartError:
    error = kind.__new__(kind, state["message"])
    error.__dict__.update(state)
    return error


class APIConnectionError(APIError):
    """The server could not be reached, or the connection broke.

    ``received`` is False only where no connection was made, so that the server cannot have acted.
    """

    received = True


class APITimeoutError(APIConnectionError, TimeoutError):
    """The server did not answer in time."""


class APIResponseError(APIError):
    """The server answered something that is not this API: HTML, cut JSON, an answer without a task."""


class ContentPolicyError(APIError):
    """The safety filter refused the prompt, a reference or the result. Nothing was billed."""


class APIStatusError(APIError):
    """The server answered with an HTTP error status."""


class BadRequestError(APIStatusError):
    """400: the request is wrong."""


class AuthenticationError(APIStatusError):
    """401: the key is missing or not accepted."""


class InsufficientBalanceError(APIStatusError):
    """402: the balance is used up."""


class PermissionDeniedError(APIStatusError):
    """403: the key may not do this."""


class NotFoundError(APIStatusError):
    """404: the server does not know this task, file, model or address."""


class ConflictError(APIStatusError):
    """409: two requests got in each other's way."""


class RequestTooLargeError(APIStatusError):
    """413: the request or the uploaded picture is too large."""


class UnprocessableEntityError(APIStatusError):
    """422: the request is well formed and still wrong."""


class RateLimitError(APIStatusError):
    """429: too many requests; ``retry_after`` holds the seconds the server asked for, or None."""


class InternalServerError(APIStatusError):
    """5xx: trouble on the server's side."""


class JobError(APIMartError):
    """Why a job has no result. ``job_id`` names our job, ``task_id`` the server's task where one is known."""

    def __init__(self, message: str, *, job_id: str | None = None, task_id: str | None = None) -> None:
        super().__init__(message)
        self.job_id = job_id
        self.task_id = task_id

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), dict(self.__dict__))


class TaskFailedError(JobError):
    """The server accepted the task and it failed; a failed task is not billed.

    ``code`` and ``detail`` are the server's own words, or None.
    """

    def __init__(
        self,
        message: str,
        *,
        job_id: str | None = None,
        task_id: str | None = None,
        code: str | None = None,
        detail: str | None = None,
    ) -> None:
        super().__init__(message, job_id=job_id, task_id=task_id)
        self.code = code
        self.detail = detail


class OutcomeUnknownError(JobError):
    """The request was sent and no answer says whether it was accepted: it may be billed.

    The ledger keeps its bytes and its idempotency key, so that the identical request can be sent again.
    """


class JobCancelledError(JobError):
    """The job was cancelled before it was sent. Nothing was billed."""


class JobTimeoutError(JobError, TimeoutError):
    """The wait is over; the job goes on in the background and its pictures reach the library."""


class UploadError(APIMartError):
    """A reference or mask could not be prepared or uploaded. Nothing was billed."""


class DownloadError(APIMartError):
    """A picture that may be billed could not be fetched.

    ``images`` holds the pictures of the same job that did arrive (an ``ImageSet``, or None). ``lasting`` says that
    fetching it again cannot help: its address has expired, or the server has forgotten its task.
    """

    def __init__(self, message: str, *, images: ImageSet | None = None, lasting: bool = False) -> None:
        super().__init__(message)
        self.images = images
        self.lasting = lasting


class ImageError(APIMartError, ValueError):
    """Bytes that are no picture, or a picture of the wrong form for its place."""


class LibraryError(APIMartError):
    """The library's folder or database cannot be opened, read or written."""


class RequestWarning(UserWarning):
    """Something in a request that is allowed and probably not meant, or that the server changes silently."""
