"""The table of participants, and its row."""

from datetime import datetime
from typing import Any, Literal

import msgspec
from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    text,
)

from livehall.kernel.db import Instant, Json, Key, metadata, only
from livehall.kernel.ids import Id

ParticipantRole = Literal["co_host", "moderator", "speaker", "viewer"]
Rsvp = Literal["pending", "accepted", "tentative", "declined"]
Registration = Literal["pending", "approved", "denied", "cancelled"]

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
    Column("first_name", Text),
    Column("last_name", Text),
    Column("display_name", Text),
    Column("external_id", Text),  # by which the caller's software knows the person
    Column("rsvp", Text),  # null: nobody asked
    Column("registration", Text),  # null: did not register
    Column("is_highlighted", Boolean, nullable=False, server_default="0"),
    Column("title", Text),
    Column("biography", Text),
    Column("answers", Json, nullable=False, server_default="{}"),  # by the id of the form's field
    Column("consent", Json),  # `Consent`
    Column("access_token_hash", LargeBinary),
    Column("access_token_sealed", LargeBinary),  # so that the same link can be given again
    Column("registered_at", Instant),
    Column("source", Json, nullable=False, server_default="{}"),  # where the person came from
    Column("language", Text),  # BCP 47, in which letters are written
    Column("revision", Integer, nullable=False, server_default="1"),
    Column("settled_at", Instant),  # since when the registration stands as it does
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
    CheckConstraint("rsvp in ('pending','accepted','tentative','declined')", name="participant_rsvp"),
    CheckConstraint(
        "registration in ('pending','approved','denied','cancelled')", name="participant_registration"
    ),
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
Index("participant_of_room", participant.c.room_id, participant.c.registered_at, participant.c.id)
Index("participant_in_scope", participant.c.scope_id, participant.c.id)
Index("participant_with_role", participant.c.scope_id, participant.c.role)
Index("participant_email_room", participant.c.email, participant.c.room_id)
Index("participant_access", participant.c.access_token_hash, unique=True)


class Consent(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody agreed to, or not, and when.

    `version` names the text, `terms_version` the terms of the organization that held then.
    """

    accepted: bool
    version: str | None
    at: datetime
    terms_version: str | None = None


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
    first_name: str | None = None
    last_name: str | None = None
    display_name: str | None = None
    external_id: str | None = None
    rsvp: Rsvp | None = None
    registration: Registration | None = None
    is_highlighted: bool = False
    title: str | None = None
    biography: str | None = None
    answers: dict[str, Any] = {}
    consent: dict[str, Any] | None = None
    access_token_hash: bytes | None = None
    access_token_sealed: bytes | None = None
    registered_at: datetime | None = None
    source: dict[str, Any] = {}
    language: str | None = None
    revision: int = 1
    settled_at: datetime | None = None

    @property
    def name(self) -> str:
        return shown_name(self.display_name, self.first_name, self.last_name)

    @property
    def is_expected(self) -> bool:
        """Whether a personal link lets this person in: registered and approved, or asked and not declined."""
        if self.registration is not None:
            return self.registration == "approved"
        return self.invited_at is not None and self.rsvp not in (None, "declined")


def shown_name(display_name: str | None, first_name: str | None, last_name: str | None) -> str:
    """As people are shown: the name they chose, else first and last name; empty when unknown."""
    return display_name or f"{first_name or ''} {last_name or ''}".strip()
