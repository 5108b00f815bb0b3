"""What can go wrong, named once.

Fault
  Unauthenticated   nobody, or a credential that does not hold
  NotFound          the thing is absent, or the actor may not know that it exists
  Forbidden         the actor is known and may not do this
  Conflict          the thing is in a state that refuses this
  Invalid           the request is well formed and makes no sense; `details` name the fields
  Gone              it was here once and will not come back
  Limited           a rate or a quota was reached; `retry_after_s` says when to come back
  Unavailable       an engine (database, media, mail, storage) did not answer

A fault knows nothing of HTTP: each dialect gives it a status and a body. A feature names its own
faults beneath one of these, with a `code` that never changes and a message for people.
"""

from typing import ClassVar

import msgspec


class Detail(msgspec.Struct, frozen=True, kw_only=True):
    """One field that is not acceptable: where it is, which rule it broke, and words about it."""

    field: str
    rule: str
    message: str


class Fault(Exception):
    """The root of the tree; raised only through its branches."""

    code: ClassVar[str] = "fault"
    message: ClassVar[str] = "Something went wrong."

    def __init__(
        self,
        message: str | None = None,
        *,
        details: tuple[Detail, ...] = (),
        retry_after_s: int | None = None,
    ) -> None:
        self.text = message or self.message
        self.details = details
        self.retry_after_s = retry_after_s
        super().__init__(self.text)


class Unauthenticated(Fault):
    code = "unauthenticated"
    message = "Sign in first."


class NotFound(Fault):
    code = "not_found"
    message = "There is nothing here that you may see."


class Forbidden(Fault):
    code = "forbidden"
    message = "Your role does not allow this."


class Conflict(Fault):
    code = "conflict"
    message = "The resource is in a state that refuses this."


class Invalid(Fault):
    code = "validation_failed"
    message = "One or more fields are not acceptable."


class Gone(Fault):
    code = "gone"
    message = "This is no longer here."


class Limited(Fault):
    code = "rate_limited"
    message = "Too many calls; wait a moment."


class Unavailable(Fault):
    code = "unavailable"
    message = "A part of the service does not answer; try again in a moment."


KINDS: tuple[type[Fault], ...] = (
    Unauthenticated, NotFound, Forbidden, Conflict, Invalid, Gone, Limited, Unavailable,
)  # fmt: skip


def check_revision(found: int, expected: int | None) -> None:
    """Raises: Conflict, when the caller saw another state (`If-Match`)."""
    if expected is not None and found != expected:
        raise Conflict("It was changed meanwhile; read it again.")


def invalid(field: str, message: str, *, rule: str = "value") -> Invalid:
    """An `Invalid` about one field: `field` as a dotted path in the caller's words."""
    return Invalid(details=(Detail(field=field, rule=rule, message=message),))
