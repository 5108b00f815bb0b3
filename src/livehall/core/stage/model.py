"""The table of those who ask for the stage, and its row. Seats are in `sessions.places`."""

from datetime import datetime
from typing import Literal

import msgspec
from sqlalchemy import CheckConstraint, Column, ForeignKeyConstraint, Index, Table, Text, text

from livehall.kernel.db import Instant, Key, metadata, only
from livehall.kernel.ids import Id

Kind = Literal["hand", "join"]
Status = Literal["pending", "approved", "rejected", "withdrawn", "expired"]

stage_request = Table(
    "stage_request",
    metadata,
    Column("id", Key, primary_key=True),
    Column("organization_id", Key, nullable=False),
    Column("session_id", Key, nullable=False),
    Column("account_id", Key, nullable=False),
    Column("display_name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("message", Text),  # of a hand
    Column("reason", Text),  # of a rejection
    Column("resolved_by", Key),
    Column("resolved_at", Instant),
    Column("created_at", Instant, nullable=False),
    CheckConstraint("kind in ('hand','join')", name="stage_request_kind"),
    CheckConstraint(
        "status in ('pending','approved','rejected','withdrawn','expired')", name="stage_request_status"
    ),
    CheckConstraint("(status = 'pending') = (resolved_at is null)", name="stage_request_resolved"),
    ForeignKeyConstraint(
        ["organization_id", "session_id"],
        ["session.organization_id", "session.id"],
        name="stage_request_session",
    ),
    ForeignKeyConstraint(["account_id"], ["account.id"], name="stage_request_account"),
)
PENDING = text("status = 'pending'")
Index(  # I5
    "stage_request_pending",
    stage_request.c.session_id,
    stage_request.c.account_id,
    stage_request.c.kind,
    unique=True,
    **only(PENDING),
)
Index("stage_request_of_person", stage_request.c.session_id, stage_request.c.account_id, stage_request.c.id)


class StageRequest(msgspec.Struct, frozen=True):
    """One raised hand, or one request for a seat. Ids are UUIDv7: their order is the order of asking."""

    id: Id
    organization_id: Id
    session_id: Id
    account_id: Id
    display_name: str
    kind: Kind
    status: Status
    message: str | None
    reason: str | None
    resolved_by: Id | None
    resolved_at: datetime | None
    created_at: datetime

    @property
    def is_pending(self) -> bool:
        return self.status == "pending"
