"""The table of participants, and its row."""

from datetime import datetime
from typing import Literal

import msgspec
from sqlalchemy import CheckConstraint, Column, ForeignKeyConstraint, Index, Table, Text, text

from livehall.kernel.db import Instant, Key, metadata, only
from livehall.kernel.ids import Id

ParticipantRole = Literal["co_host", "moderator", "speaker", "viewer"]

participant = Table(
    "participant",
    metadata,
    Column("id", Key, primary_key=True),
    Column("organization_id", Key, nullable=False),
    Column("room_id", Key, nullable=False),
    Column("session_id", Key),  # null: of the whole room
    Column("scope_id", Key, nullable=False),  # the narrowest of the ids above
    Column("account_id", Key),
    Column("email", Text),  # in lower case
    Column("role", Text, nullable=False),
    Column("invited_by", Key),
    Column("invited_at", Instant),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("deleted_at", Instant),
    ForeignKeyConstraint(
        ["organization_id", "room_id"], ["room.organization_id", "room.id"], name="participant_room"
    ),
    ForeignKeyConstraint(
        ["organization_id", "session_id"],
        ["session.organization_id", "session.id"],
        name="participant_session",
    ),
    ForeignKeyConstraint(["account_id"], ["account.id"], name="participant_account"),
    CheckConstraint("role in ('co_host','moderator','speaker','viewer')", name="participant_role"),
    CheckConstraint("account_id is not null or email is not null", name="participant_somebody"),
    CheckConstraint("scope_id = coalesce(session_id, room_id)", name="participant_scope"),
)
WITH_ACCOUNT = text("account_id is not null and deleted_at is null")
WITH_EMAIL = text("email is not null and deleted_at is null")
Index(  # I6
    "participant_of_account",
    participant.c.scope_id,
    participant.c.account_id,
    unique=True,
    **only(WITH_ACCOUNT),
)
Index(  # I6
    "participant_of_email", participant.c.scope_id, participant.c.email, unique=True, **only(WITH_EMAIL)
)
Index("participant_account_room", participant.c.account_id, participant.c.room_id)


class Participant(msgspec.Struct, frozen=True):
    id: Id
    organization_id: Id
    room_id: Id
    session_id: Id | None
    scope_id: Id
    account_id: Id | None
    email: str | None
    role: ParticipantRole
    invited_by: Id | None
    invited_at: datetime | None
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None
