"""Tables of webhook endpoints and of what is delivered to them; and their rows."""

from datetime import datetime
from typing import Literal

import msgspec
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    text,
)

from livehall.kernel.db import Instant, Json, Key, metadata, only
from livehall.kernel.ids import Id

OffReason = Literal["failing", "gone"]
State = Literal["pending", "failed", "succeeded", "abandoned"]
Format = Literal["live", "meltingspot"]

endpoint = Table(
    "webhook_endpoint",
    metadata,
    Column("id", Key, primary_key=True),
    Column("organization_id", Key, ForeignKey("organization.id"), nullable=False),
    Column("url", Text, nullable=False),
    Column("description", Text),
    Column("format", Text, nullable=False),
    Column("event_types", Json, nullable=False),  # none named: all of the format
    Column("library_ids", Json, nullable=False),  # none named: all
    Column("is_enabled", Boolean, nullable=False),
    Column("off_reason", Text),  # why we switched it off; null: nobody did, or a person
    Column("secret_enc", LargeBinary, nullable=False),
    Column("previous_enc", LargeBinary),
    Column("previous_until", Instant),
    Column("position", BigInteger, nullable=False),  # of the journal, as far as it was told
    Column("since", Instant, nullable=False),  # nothing from before is told: rows may be placed late
    Column("failing_since", Instant),
    Column("last_success_at", Instant),  # to the minute
    Column("created_by", Key),
    Column("revision", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("deleted_at", Instant),
    Column("replay_after", Key),  # deliveries after this one are still to be sent again; null: none are
    Column("replay_until", Key),  # up to this one
    Column("give_up_until", Key),  # deliveries up to this one are still to be given up; null: none are
    CheckConstraint("off_reason in ('failing','gone')", name="webhook_endpoint_off_reason"),
)
Index("webhook_endpoint_of", endpoint.c.organization_id, endpoint.c.id)
Index("webhook_endpoint_living", endpoint.c.id, **only(text("deleted_at is null")))
Index("webhook_endpoint_removed", endpoint.c.deleted_at, **only(text("deleted_at is not null")))
Index("webhook_endpoint_giving_up", endpoint.c.id, **only(text("give_up_until is not null")))
Index("webhook_endpoint_replaying", endpoint.c.id, **only(text("replay_after is not null")))

delivery = Table(
    "webhook_delivery",
    metadata,
    Column("id", Key, primary_key=True),  # rises in the order of what is told
    Column("organization_id", Key, nullable=False),
    Column("endpoint_id", Key, ForeignKey("webhook_endpoint.id"), nullable=False),
    Column("message_id", Text, nullable=False),  # the same however often, and to whomever, it is sent
    Column("event_type", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("is_test", Boolean, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("try_at", Instant),  # not before; null: not any more
    Column("last_attempt_at", Instant),
    Column("response_status", Integer),
    Column("response_excerpt", Text),
    Column("error", Text),
    Column("duration_ms", Integer),
    Column("created_at", Instant, nullable=False),
    CheckConstraint("state in ('pending','failed','succeeded','abandoned')", name="webhook_delivery_state"),
    CheckConstraint(
        "(try_at is not null) = (state in ('pending','failed'))", name="webhook_delivery_settled"
    ),
)
Index("webhook_delivery_once", delivery.c.endpoint_id, delivery.c.message_id, unique=True)
Index(  # without what is settled, of which there may be any number; what waits is behind what is due
    "webhook_delivery_open",
    delivery.c.endpoint_id,
    delivery.c.try_at,
    delivery.c.id,
    **only(text("try_at is not null")),
)
Index("webhook_delivery_of", delivery.c.endpoint_id, delivery.c.id)
Index("webhook_delivery_in_state", delivery.c.endpoint_id, delivery.c.state, delivery.c.id)
Index("webhook_delivery_of_type", delivery.c.endpoint_id, delivery.c.event_type, delivery.c.id)


class Endpoint(msgspec.Struct, frozen=True):
    id: Id
    organization_id: Id
    url: str
    description: str | None
    format: Format
    event_types: list[str]
    library_ids: list[Id]
    is_enabled: bool
    off_reason: OffReason | None
    secret_enc: bytes
    previous_enc: bytes | None
    previous_until: datetime | None
    position: int
    since: datetime
    failing_since: datetime | None
    last_success_at: datetime | None
    created_by: Id | None
    revision: int
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None
    replay_after: Id | None
    replay_until: Id | None
    give_up_until: Id | None


class Delivery(msgspec.Struct, frozen=True):
    id: Id
    organization_id: Id
    endpoint_id: Id
    message_id: str
    event_type: str
    body: str
    is_test: bool
    state: State
    attempts: int
    try_at: datetime | None
    last_attempt_at: datetime | None
    response_status: int | None
    response_excerpt: str | None
    error: str | None
    duration_ms: int | None
    created_at: datetime
