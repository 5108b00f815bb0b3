"""What a call is on the wire, and what its answer means; the same for both clients."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar
from urllib.parse import quote

import httpx
import msgspec
from msgspec import UNSET

from livehall.client.faults import LivehallError, Unreadable, fault_of

PREFIX = "/api/v1"  # what the document's paths stand below
BUSY = frozenset({429, 503})  # nothing was done, and the server says when to come again
REVISION_HEADER = "ETag"

One = str | int | float | bool | datetime
Asked = One | Sequence[str] | None  # what a query may say; None is left out, several are repeated
T = TypeVar("T")


class Model(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A part of a request or of an answer. Members that this version does not know are ignored."""


class Revised(Model, kw_only=True):
    """An answer that may be changed on the condition that nobody else did."""

    revision: int | None = msgspec.field(default=None, name="-revision")
    """From the answer's `ETag`; give it to the changing call. None inside of lists."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call, ready to be sent as often as needed: its key is chosen here, once."""

    verb: str
    path: str  # below the prefix, quoted
    query: Mapping[str, Asked] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    body_required: bool = False
    file: bytes | None = None  # a body that is none of JSON
    file_type: str = "application/json"
    key: str | None = None
    revision: int | None = None
    byte_range: str | None = None

    @property
    def may_repeat(self) -> bool:
        """Whether a second sending does nothing that the first has not done."""
        return self.verb == "GET" or self.key is not None

    def content(self) -> bytes | None:
        if self.body is None:
            return self.file
        given = {name: value for name, value in self.body.items() if value is not UNSET}
        return msgspec.json.encode(given) if given or self.body_required else None

    def parameters(self) -> dict[str, str | list[str]]:
        return {name: _text(value) for name, value in self.query.items() if value is not None}

    def headers(self) -> dict[str, str]:
        found: dict[str, str] = {}
        if self.key is not None:
            found["Idempotency-Key"] = self.key
        if self.revision is not None:
            found["If-Match"] = f'"{self.revision}"'
        if self.byte_range is not None:
            found["Range"] = self.byte_range
        return found


class _Opened(msgspec.Struct):
    data: msgspec.Raw = msgspec.Raw(b"null")


def path(template: str, *values: str) -> str:
    """The template with each `{}` filled; a value can never become more than its own segment."""
    for value in values:
        if value in ("", ".", ".."):
            raise ValueError(f"{value!r} is no id.")
    return template.format(*(quote(value, safe="") for value in values))


def key_for(chosen: str | None) -> str:
    """The caller's own key, else a new one."""
    return chosen if chosen is not None else uuid.uuid4().hex


def opened(response: httpx.Response, answer: type[T]) -> T:
    """What the envelope holds. Raises: Unreadable."""
    try:
        envelope = msgspec.json.decode(response.content, type=_Opened)
        data = msgspec.json.decode(envelope.data, type=answer)
    except msgspec.DecodeError as error:
        raise Unreadable(f"The answer does not fit the API: {error}", status=response.status_code) from None
    if isinstance(data, Revised):
        data.revision = _revision(response.headers.get(REVISION_HEADER, ""))
    return data


def is_null(response: httpx.Response) -> bool:
    """Whether the envelope is well and empty."""
    try:
        return bytes(msgspec.json.decode(response.content, type=_Opened).data) == b"null"
    except msgspec.DecodeError:
        return False


def refusal(response: httpx.Response) -> LivehallError:
    """The fault of a response that was read and is no success."""
    return fault_of(response.status_code, response.content, retry_after(response))


def retry_after(response: httpx.Response) -> float | None:
    """Seconds, of either form of RFC 9110, section 10.2.3."""
    said = response.headers.get("Retry-After", "")
    if said.isdecimal():
        return float(said)
    try:
        return max(0.0, (parsedate_to_datetime(said) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return None


def _revision(etag: str) -> int | None:
    bare = etag.removeprefix("W/").strip('"')
    return int(bare) if bare.isdecimal() else None


def _text(value: One | Sequence[str]) -> str | list[str]:
    match value:
        case str() | int() | float() if not isinstance(value, bool):
            return str(value)
        case bool():
            return "true" if value else "false"
        case datetime():
            return value.isoformat()
        case _:
            return list(value)
