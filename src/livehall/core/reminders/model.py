"""Tables of who follows which room, and of what they are to be told; and their rows."""

from datetime import datetime
from typing import Any, Literal

import msgspec
from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Table,
    Text,
    text,
)

from livehall.kernel.db import Instant, Json, Key, metadata, only
from livehall.kernel.ids import Id

Channel = Literal["email", "realtime"]
Kind = Literal["reminder", "live", "moved", "cancellation"]
State = Literal["queued", "sent", "failed", "suppressed"]

follow = Table(
    "follow",
    metadata,
    Column("account_id", Key, ForeignKey("account.id"), primary_key=True),
    Column("room_id", Key, primary_key=True),
    Column("organization_id", Key, nullable=False),  # the room's
    Column("is_favorite", Boolean, nullable=False),
    Column("reminders", Json),  # channels, lead_times; null: wants none
    Column("reminded_since", Instant),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    ForeignKeyConstraint(
        ["organization_id", "room_id"], ["room.organization_id", "room.id"], name="follow_room"
    ),
)
Index("follow_of_room", follow.c.room_id, follow.c.account_id)

notification = Table(
    "notification",
    metadata,
    Column("id", Key, primary_key=True),
    Column("organization_id", Key, ForeignKey("organization.id"), nullable=False),
    Column("account_id", Key, ForeignKey("account.id")),  # of a follower
    Column("room_id", Key, nullable=False),
    Column("session_id", Key, nullable=False),
    Column("kind", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("starts_at", Instant),  # of the session, as this was planned
    Column("previous_start_at", Instant),  # of one that was moved
    Column("dedupe_key", Text, nullable=False, unique=True),
    Column("due_at", Instant, nullable=False),
    Column("try_at", Instant, nullable=False),  # not before; later than `due_at` after a failure or a claim
    Column("attempts", Integer, nullable=False),
    Column("recipient", Text),  # the address that it went to
    Column("settled_at", Instant),  # when it ceased to be queued
    Column("created_at", Instant, nullable=False),
    Column("participant_id", Key),  # of somebody who registered
    ForeignKeyConstraint(
        ["organization_id", "session_id"],
        ["session.organization_id", "session.id"],
        name="notification_session",
    ),
    CheckConstraint("kind in ('reminder','live','moved','cancellation')", name="notification_kind"),
    CheckConstraint("channel in ('email','realtime')", name="notification_channel"),
    CheckConstraint("state in ('queued','sent','failed','suppressed')", name="notification_state"),
    CheckConstraint("(state = 'queued') = (settled_at is null)", name="notification_settled"),
    CheckConstraint("(account_id is null) <> (participant_id is null)", name="notification_person"),
)
QUEUED = text("state = 'queued'")
Index("notification_due", notification.c.try_at, **only(QUEUED))
Index(
    "notification_of_session",
    notification.c.session_id,
    notification.c.account_id,
)
Index("notification_to", notification.c.recipient, notification.c.settled_at)
Index("notification_settled_at", notification.c.settled_at, **only(text("settled_at is not null")))


class Wish(msgspec.Struct, frozen=True):
    """What somebody wants to be told, and how."""

    channels: list[str]
    lead_times: list[int]  # minutes before the start
    language: str | None = None  # in which it was asked for; the account's own goes first


class Follow(msgspec.Struct, frozen=True):
    account_id: Id
    room_id: Id
    organization_id: Id
    is_favorite: bool
    reminders: dict[str, Any] | None
    reminded_since: datetime | None
    created_at: datetime
    updated_at: datetime

    @property
    def wish(self) -> Wish | None:
        return None if self.reminders is None else msgspec.convert(self.reminders, Wish)


class Notification(msgspec.Struct, frozen=True):
    """For a follower (`account_id`), or somebody who registered (`participant_id`)."""

    id: Id
    organization_id: Id
    account_id: Id | None
    room_id: Id
    session_id: Id
    kind: Kind
    channel: Channel
    state: State
    starts_at: datetime | None
    previous_start_at: datetime | None
    dedupe_key: str
    due_at: datetime
    try_at: datetime
    attempts: int
    recipient: str | None
    settled_at: datetime | None
    created_at: datetime
    participant_id: Id | None = None
