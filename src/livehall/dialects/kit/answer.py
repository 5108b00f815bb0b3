"""What a route may give back, besides a wire struct, None (204) or a Starlette `Response`."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, TypeVar, overload

import msgspec

from livehall.kernel.clock import rfc3339

T = TypeVar("T")

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
    """How an answer writes an instant."""
    return None if instant is None else rfc3339(instant)
