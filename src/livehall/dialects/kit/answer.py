"""What a route may give back, besides a wire struct, None (204) or a Starlette `Response`."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar, overload

import msgspec

T = TypeVar("T")

encode = msgspec.json.Encoder().encode

Moment = Annotated[str, msgspec.Meta(extra_json_schema={"format": "date-time"})]
"""An instant in an answer: RFC 3339 in UTC with milliseconds."""


class Answer(msgspec.Struct, frozen=True):
    """A wire struct with something beside it. `revision` becomes the `ETag`."""

    data: Any
    revision: int | None = None
    status: int | None = None
    headers: Mapping[str, str] = {}


@overload
def moment(instant: datetime) -> str: ...
@overload
def moment(instant: None) -> None: ...
@overload
def moment(instant: datetime | None) -> str | None: ...
def moment(instant: datetime | None) -> str | None:
    """How an answer writes an instant: as `rfc3339` does, in a third of the time."""
    if instant is None:
        return None
    if instant.tzinfo is not UTC:
        instant = instant.astimezone(UTC)
    return f"{encode(instant)[1:20].decode()}.{instant.microsecond // 1000:03d}Z"
