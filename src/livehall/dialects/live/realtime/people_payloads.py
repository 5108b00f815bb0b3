"""What is inside a publication about people (`realtime.md` §3); the others are in `payloads`."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from livehall.core.participants.model import Registration, Rsvp
from livehall.dialects.kit import Moment
from livehall.dialects.live.auth.wire import Uuid

Role = Literal["host", "co_host", "moderator", "speaker", "viewer", "monitor"]


class AttendanceLeft(msgspec.Struct, kw_only=True):
    identity: str
    user_id: Uuid | None
    duration: Annotated[int, Meta(ge=0, description="Seconds.")]
    reason: str


class WaitingPerson(msgspec.Struct, kw_only=True):
    attendance_id: Uuid
    name: str
    user_id: Uuid | None
    since: Moment


class Admitted(msgspec.Struct, kw_only=True):
    """To the person: come in."""

    session_id: Uuid
    join_url: str


class Denied(msgspec.Struct, kw_only=True):
    """To the person: stay out."""

    session_id: Uuid
    reason: str | None


class WaitingAdmitted(WaitingPerson, kw_only=True):
    session_id: Uuid
    join_url: str


class WaitingDenied(WaitingPerson, kw_only=True):
    session_id: Uuid
    reason: str | None


class RoleChanged(msgspec.Struct, kw_only=True):
    user_id: Uuid
    role: Role
    previous_role: Role


class BanTold(msgspec.Struct, kw_only=True):
    user_id: Uuid
    session_id: Uuid
    expires_at: Moment | None


class Registrant(msgspec.Struct, kw_only=True):
    """Somebody registered; without `session_id` for all sessions of the room."""

    id: Uuid
    room_id: Uuid
    session_id: Uuid | None
    name: str
    status: Registration


class Answered(msgspec.Struct, kw_only=True):
    """Somebody who was asked says whether they come."""

    participant_id: Uuid
    rsvp: Rsvp
