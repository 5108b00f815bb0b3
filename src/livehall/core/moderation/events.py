"""Facts about bans."""

from datetime import datetime
from typing import ClassVar

from livehall.kernel.ids import Id
from livehall.kernel.work import Event


class ParticipantBanned(Event, frozen=True, kw_only=True, tag="participant.banned"):
    """Somebody is out, and what they had open is closed in the same transaction.

    `identities` and `others`: connections in the media room, and further accounts, that go with the devices.
    """

    subject: ClassVar[str] = "ban"
    audit: ClassVar[bool] = True
    ban_id: Id
    session_id: Id
    room_id: Id
    media_room: str | None
    account_id: Id
    name: str
    reason: str | None
    banned_by: Id
    banned_at: datetime
    expires_at: datetime | None
    identities: list[str]
    others: list[Id]


class ParticipantUnbanned(Event, frozen=True, kw_only=True, tag="participant.unbanned"):
    """A ban was lifted before its time."""

    subject: ClassVar[str] = "ban"
    audit: ClassVar[bool] = True
    ban_id: Id
    session_id: Id
    room_id: Id
    account_id: Id
