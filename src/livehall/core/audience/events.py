"""Facts about who comes and goes. Journal rows of a crowd: small."""

from datetime import datetime
from typing import ClassVar, Literal

from livehall.core.audience.model import Delivery
from livehall.core.sessions.rights import Role
from livehall.kernel.ids import Id
from livehall.kernel.work import Event

LeftReason = Literal["left", "disconnected", "vanished", "ended", "removed", "banned"]


class AttendanceJoined(Event, frozen=True, kw_only=True, tag="attendance.joined"):
    """Somebody is there: an interval of presence began."""

    subject: ClassVar[str] = "attendance"
    attendance_id: Id
    session_id: Id
    room_id: Id
    account_id: Id | None
    identity: str
    name: str
    role: Role
    delivery: Delivery
    joined_at: datetime


class MeetingEntered(Event, frozen=True, kw_only=True, tag="meeting.entered"):
    """Somebody came into a meeting, where everybody has a seat. Told to nobody."""

    subject: ClassVar[str] = "attendance"
    attendance_id: Id
    session_id: Id
    room_id: Id
    account_id: Id


class AttendanceLeft(Event, frozen=True, kw_only=True, tag="attendance.left"):
    """An interval of presence is over."""

    subject: ClassVar[str] = "attendance"
    attendance_id: Id
    session_id: Id
    room_id: Id
    account_id: Id | None
    identity: str
    name: str
    role: Role
    duration_s: int  # of this interval
    reason: LeftReason
    left_at: datetime


class AttendanceExported(Event, frozen=True, kw_only=True, tag="attendance.exported"):
    """Somebody took the attendance out as a file."""

    subject: ClassVar[str] = "session"
    audit: ClassVar[bool] = True
    session_id: Id
    room_id: Id
    format: str
    people: int


class VisitorLeft(Event, frozen=True, kw_only=True, tag="visitor.left"):
    """Somebody said goodbye; what is still connected of them is to be closed."""

    subject: ClassVar[str] = "session"
    session_id: Id
    room_id: Id
    media_room: str | None
    identities: list[str]
    attendance_ids: list[Id]


class VisitorRemoved(VisitorLeft, frozen=True, kw_only=True, tag="visitor.removed"):
    """Somebody may not be there any more: what is connected of them is to be closed, wherever it is."""

    account_id: Id


class ConnectionRefused(Event, frozen=True, kw_only=True, tag="connection.refused"):
    """The media server let somebody in who may not be there; they are to be removed."""

    subject: ClassVar[str] = "session"
    audit: ClassVar[bool] = True
    session_id: Id
    room_id: Id
    media_room: str
    identity: str


class SpeakerConnected(Event, frozen=True, kw_only=True, tag="speaker.connected"):
    """Somebody on stage came with a connection of their own, which ends those they watched by (C17)."""

    subject: ClassVar[str] = "session"
    session_id: Id
    room_id: Id
    account_id: Id


class HlsWanted(Event, frozen=True, kw_only=True, tag="hls.wanted"):
    """Somebody is to watch by HLS, and there is none yet."""

    subject: ClassVar[str] = "session"
    session_id: Id
    room_id: Id


class Waiting(Event, frozen=True, kw_only=True):
    """Of somebody before the door of a waiting room."""

    subject: ClassVar[str] = "attendance"
    attendance_id: Id
    session_id: Id
    room_id: Id
    account_id: Id | None
    name: str
    since: datetime


class WaitingEntered(Waiting, frozen=True, kw_only=True, tag="waiting.entered"):
    """Somebody knocks."""


class WaitingLeft(Waiting, frozen=True, kw_only=True, tag="waiting.left"):
    """Somebody waits no longer, and was neither admitted nor denied."""


class WaitingAdmitted(Waiting, frozen=True, kw_only=True, tag="waiting.admitted"):
    """Somebody was let in; they come in by joining again."""

    audit: ClassVar[bool] = True
    join_url: str


class WaitingDenied(Waiting, frozen=True, kw_only=True, tag="waiting.denied"):
    """Somebody was sent away. `reason` is shown to them."""

    audit: ClassVar[bool] = True
    reason: str | None
