"""What meetings, tokens and attendees look like on the wire."""

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, Raw, UnsetType

from livehall.core.audience.callbacks import Seen
from livehall.core.audience.rows import guest_name
from livehall.dialects.kit import Request

LINK = "^[A-Za-z0-9_-]{10}$"
EPOCH = 1_577_836_800_000 << 12  # 2020-01-01: what is left of a UUIDv7's time and counter fits a JSON integer
REMEMBERED = 4096  # numbers, half a megabyte

LinkCode = Annotated[str, Meta(pattern=LINK, description="Link code of a meeting.")]
Time = Annotated[
    str | int,
    Meta(description="Date-time, or epoch milliseconds.", extra_json_schema={"format": "date-time"}),
]
Instant = Annotated[datetime, Meta(tz=True)]
Moment = Annotated[datetime, Meta(extra_json_schema={"format": "date-time"})]


class MeetingLink(msgspec.Struct, kw_only=True, rename="camel"):
    code: LinkCode


class MeetingOptions(msgspec.Struct, kw_only=True, rename="camel"):
    """No member is checked by schema; unknown ones are ignored."""

    is_scheduled: bool = False
    schedule_time: Time | UnsetType = UNSET
    enable_archiving: bool = False
    end_to_end_encryption: Annotated[bool, Meta(description="Relayed media: nothing of it is recorded.")] = (
        False
    )
    type: Annotated[
        Literal["group", "group-small", "peer-to-peer", "go"],
        Meta(description="Of the Twilio-shaped provider; heard by nobody here."),
    ] = "group"
    status_callback: Annotated[str, Meta(description="As `type`.", extra_json_schema={"format": "uri"})] = ""


class SessionOptions(msgspec.Struct, kw_only=True, rename="camel"):
    """`meetingLink` and the ids are taken from the path."""

    role: Literal["subscriber", "publisher", "moderator"] = "publisher"
    expire_time: Time | UnsetType = UNSET
    data: Annotated[
        str, Meta(description="Opaque text carried in the token; comes back as the attendee.")
    ] = ""
    meeting_link: str = ""
    meeting_link_id: str = ""
    meeting_id: str = ""


class SessionResponse(msgspec.Struct, kw_only=True, rename="camel"):
    session_id: str
    token: str


class VideoChatSessionPartial(Request, kw_only=True, rename="camel"):
    """`isScheduled` and `scheduleTime` say when the meeting is; all else is checked and ignored (L29)."""

    deleted: bool | UnsetType = UNSET
    deleted_on: Instant | UnsetType | None = UNSET
    deleted_by: str | UnsetType | None = UNSET
    created_on: Instant | UnsetType = UNSET
    modified_on: Instant | UnsetType = UNSET
    created_by: str | UnsetType = UNSET
    modified_by: str | UnsetType = UNSET
    id: float | UnsetType = UNSET
    session_id: str | UnsetType = UNSET
    meeting_link: str | UnsetType = UNSET
    is_scheduled: bool | UnsetType = UNSET
    schedule_time: Instant | UnsetType = UNSET
    is_archived: bool | UnsetType = UNSET
    archive_id: str | UnsetType = UNSET
    upload_target: str | UnsetType = UNSET
    start_time: Instant | UnsetType = UNSET
    end_time: Instant | UnsetType = UNSET
    ext_id: str | UnsetType = UNSET
    ext_metadata: dict[str, Any] | UnsetType = UNSET


class AttendeesQuery(msgspec.Struct, kw_only=True, rename="camel"):
    active: Annotated[str, Meta(description="Only the exact text true filters.")] = ""


class AttendeeMetadata(msgspec.Struct, gc=False, rename="camel"):
    webhook_payload: Annotated[
        Any, Meta(description="Latest event.", extra_json_schema={"type": "object"})
    ]  # JSON as it is stored


class SessionAttendee(msgspec.Struct, gc=False, rename="camel"):
    """One person of a meeting, however often they came."""

    id: int
    session_id: str
    attendee: Annotated[str, Meta(description="What the token carries as `data`.")]
    created_on: Moment
    modified_on: Moment | None
    is_deleted: Annotated[bool, Meta(description="True once gone.")]
    ext_id: str | None = None
    ext_metadata: AttendeeMetadata | None = None


def attendees(session_id: str, rows: Iterable[Seen], *, active: bool) -> list[SessionAttendee]:
    """The intervals of each person as one row, in the order of coming; with `active` of those still there."""
    found: dict[str, SessionAttendee] = {}
    for row in rows:
        key, told = row.visitor_key, row.callback
        metadata = None if told is None else AttendeeMetadata(Raw(told))
        known = found.get(key)
        if known is None:
            found[key] = SessionAttendee(
                number_of(row.id), session_id, guest_name(key), row.created_at, row.changed_at,
                row.state != "present", None, metadata,
            )  # fmt: skip
            continue
        known.modified_on = row.changed_at or row.created_at
        known.is_deleted = known.is_deleted and row.state != "present"
        if metadata is not None:
            known.ext_metadata = metadata
    return [each for each in found.values() if not each.is_deleted] if active else list(found.values())


@lru_cache(maxsize=REMEMBERED)
def number_of(row_id: str) -> int:
    """A row's id as the integer that this API prints: the time and the counter of its UUIDv7.

    Remembered, since the list of a meeting that is on is asked for again and again.
    """
    # 48 bits of time and, after 4 of the version, 12 of the counter
    return int(row_id[:8] + row_id[9:13] + row_id[15:18], 16) - EPOCH
