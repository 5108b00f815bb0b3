"""The envelope of what goes wrong (L3), and the faults that only this API knows."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import msgspec

from livehall.core.ports.tokens import BadToken, ExpiredToken
from livehall.dialects.kit import Problem
from livehall.dialects.kit.body import Unreadable, WrongMediaType
from livehall.kernel.faults import Detail, Fault, Forbidden, Gone, Invalid, Unauthenticated, Unavailable

NAMES = {
    400: "BadRequestError",
    401: "UnauthorizedError",
    403: "ForbiddenError",
    404: "NotFoundError",
    409: "ConflictError",
    413: "PayloadTooLargeError",
    415: "UnsupportedMediaTypeError",
    417: "ExpectationFailedError",
    422: "UnprocessableEntityError",
    429: "TooManyRequestsError",
    503: "ServiceUnavailableError",
}
REALM = 'Bearer realm="Users"'
REJECTED = {"message": "TokenExpired"}  # whatever was wrong with a token (L4)
KEYWORDS = {"type": "type", "unknown": "additionalProperties", "required": "required", "value": "format"}


class BadRequest(Invalid):
    """A rule of the operation is broken; what does not fit the schema is `Invalid` itself."""

    code = "bad_request"


class ProviderFailed(Unavailable):
    """What the vendor's provider would have refused: an unexpected failure to the caller."""


class ArchiveGone(Gone):
    """A recording that a meeting still names, and that is deleted (L41)."""


class ErrorFacts(msgspec.Struct, kw_only=True, rename="camel", omit_defaults=True):
    status_code: int
    message: str | dict[str, str]
    name: str = ""
    code: str = ""


class Error(msgspec.Struct, kw_only=True, rename="camel"):
    """What went wrong. `message` is an object where a token was rejected."""

    error: ErrorFacts


class Info(msgspec.Struct, kw_only=True, rename="camel"):
    path: str
    code: str
    message: str
    info: dict[str, Any]


class ValidationFacts(msgspec.Struct, kw_only=True, rename="camel"):
    status_code: Literal[422]
    name: Literal["UnprocessableEntityError"]
    message: str
    code: Literal["VALIDATION_FAILED"]
    details: list[Info]


class ValidationError(msgspec.Struct, kw_only=True, rename="camel"):
    """The body does not fit the schema."""

    error: ValidationFacts


@contextmanager
def bad_requests() -> Iterator[None]:
    """A rule of the core that a value breaks is 400 here; 422 is for what the schema alone can tell."""
    try:
        yield
    except Invalid as fault:
        raise BadRequest(_words(fault), details=fault.details) from fault


def shape(problem: Problem) -> Error | ValidationError:
    fault, status = problem.fault, problem.status
    if status == 422:
        return ValidationError(error=_validation(fault))
    facts = ErrorFacts(status_code=status, message=_message(fault, status), name=NAMES.get(status, ""))
    if status == 415:
        facts.code = "UNSUPPORTED_MEDIA_TYPE"
    elif isinstance(fault, Unreadable) and not isinstance(fault, WrongMediaType):
        facts.name = "SyntaxError"
    return Error(error=facts)


def _message(fault: Fault, status: int) -> str | dict[str, str]:
    if status == 500:
        return "Internal Server Error"
    if isinstance(fault, (BadToken, ExpiredToken)):
        return REJECTED
    if isinstance(fault, Unauthenticated):
        return REALM
    if isinstance(fault, Forbidden):
        return "NotAllowedAccess"
    return _words(fault)


def _words(fault: Fault) -> str:
    return "; ".join(detail.message for detail in fault.details) or fault.text


def _validation(fault: Fault) -> ValidationFacts:
    details = fault.details or (Detail(field="", rule="value", message=fault.text),)
    return ValidationFacts(
        status_code=422,
        name="UnprocessableEntityError",
        message="The body does not fit its schema.",
        code="VALIDATION_FAILED",
        details=[_info(detail) for detail in details],
    )


def _info(detail: Detail) -> Info:
    """As a JSON Schema validator says it: where, and which keyword refused it."""
    keyword = KEYWORDS.get(detail.rule, detail.rule)
    parent, _, member = detail.field.rpartition(".")
    if keyword in ("additionalProperties", "required"):
        name = "additionalProperty" if keyword == "additionalProperties" else "missingProperty"
        return Info(path=_pointer(parent), code=keyword, message=detail.message, info={name: member})
    info = {"format": "date-time"} if keyword == "format" else {}
    return Info(path=_pointer(detail.field), code=keyword, message=detail.message, info=info)


def _pointer(field: str) -> str:
    return "/" + field.replace(".", "/") if field else ""
