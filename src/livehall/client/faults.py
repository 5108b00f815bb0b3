"""What a call raises. Everything is a `LivehallError`; decide by class or by `code`."""

from http import HTTPStatus
from typing import Any

import msgspec


class Detail(msgspec.Struct, frozen=True):
    """One problem with one input: `field` is its dotted name, empty for the whole."""

    code: str
    message: str
    field: str = ""


class LivehallError(Exception):
    """A call did not succeed.

    `status` is the HTTP status, 0 without an answer. `code` and `message` are the server's (docs/api/calls.md
    lists the codes; the message is for people and may change), `request_id` is what its log has.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str = "",
        status: int = 0,
        details: tuple[Detail, ...] = (),
        request_id: str = "",
    ) -> None:
        super().__init__(message)
        self.message, self.code, self.status = message, code, status
        self.details, self.request_id = details, request_id

    def __str__(self) -> str:
        fields = "; ".join(f"{each.field}: {each.message}" for each in self.details)
        known = " ".join(filter(None, [str(self.status or ""), self.code]))
        said = f"{self.message} ({fields})" if fields else self.message
        return f"{known}: {said}" if known else said


class Unreachable(LivehallError):
    """No answer: no connection, a broken one, or a timeout. What was sent may have been done."""


class Unreadable(LivehallError):
    """An answer that does not fit the API, from something else at this address or from another version."""


class Invalid(LivehallError):
    """400, 413, 416 or 422: the call itself is wrong; `details` names the fields."""


class Unauthenticated(LivehallError):
    """401: no credential, or one that does not hold."""


class QuotaExceeded(LivehallError):
    """402: the plan of the organization does not allow more."""


class Forbidden(LivehallError):
    """403: not allowed to whoever the credential stands for."""


class NotFound(LivehallError):
    """404: absent, or not theirs to see."""


class Conflict(LivehallError):
    """409: the state of things refuses it, or they changed meanwhile."""


class Gone(LivehallError):
    """410: a code or a signed address that is used up or too old."""


class RateLimited(LivehallError):
    """429: too many calls. `retry_after` is in seconds, None if the server does not say."""

    retry_after: float | None = None


class Unavailable(LivehallError):
    """5xx: the server, or a part of it, could not do it now. `retry_after` as for `RateLimited`."""

    retry_after: float | None = None


BY_STATUS: dict[int, type[LivehallError]] = {
    HTTPStatus.BAD_REQUEST: Invalid,
    HTTPStatus.UNAUTHORIZED: Unauthenticated,
    HTTPStatus.PAYMENT_REQUIRED: QuotaExceeded,
    HTTPStatus.FORBIDDEN: Forbidden,
    HTTPStatus.NOT_FOUND: NotFound,
    HTTPStatus.CONFLICT: Conflict,
    HTTPStatus.GONE: Gone,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: Invalid,
    HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE: Invalid,
    HTTPStatus.UNPROCESSABLE_ENTITY: Invalid,
    HTTPStatus.TOO_MANY_REQUESTS: RateLimited,
}


class _Error(msgspec.Struct):
    code: str
    message: str
    details: tuple[Detail, ...] = ()
    request_id: str = ""


class _Problem(msgspec.Struct):
    error: _Error


def fault_of(status: int, body: bytes, retry_after: float | None) -> LivehallError:
    """The fault for an answer that is not a success, whether or not its body is the API's."""
    kind = BY_STATUS.get(status, Unavailable if status >= 500 else LivehallError)
    known: dict[str, Any] = {}
    try:
        error = msgspec.json.decode(body, type=_Problem).error
        message = error.message
        known = {"code": error.code, "details": error.details, "request_id": error.request_id}
    except msgspec.DecodeError:
        message = "The answer is no success and no error of the API."
    fault = kind(message, status=status, **known)
    if isinstance(fault, (RateLimited, Unavailable)):
        fault.retry_after = retry_after
    return fault
