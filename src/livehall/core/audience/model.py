"""The table of attendance: one row for each connection, or attempt at one.

    expected  `join` gave the means to come, and nobody has been seen yet; `joined_at` is empty (C12)
    waiting   before the door of a waiting room
    present   seen; `connection_id` is the media server's `sid`, empty for HLS and external pictures
    left      was seen until `left_at`. Without `joined_at`: a *left* that came before its *joined*
    denied    was not let in from the waiting room

Who was admitted from the waiting room is remembered until the session ends (`admitted_at`), seen or not.

A row without `joined_at` counts nowhere. Nothing else is stored about how long somebody was there: all
figures are computed from these intervals (`figures`), so a report that comes late, twice or in the
wrong order leaves no trace. A replay is the exception: `watched_ms` is media time, told by beats.
"""

from datetime import datetime
from typing import Any, Literal

import msgspec
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Table,
    Text,
    text,
)

from livehall.core.sessions.rights import Role
from livehall.kernel.db import Instant, Json, Key, metadata, only
from livehall.kernel.ids import Id

Source = Literal["live", "replay"]
State = Literal["expected", "waiting", "present", "left", "denied"]
Delivery = Literal["webrtc", "hls", "sip", "external"]

UNCOUNTED: tuple[Role, ...] = ("host", "co_host", "moderator", "monitor")  # C13

attendance = Table(
    "attendance",
    metadata,
    Column("id", Key, primary_key=True),
    Column("organization_id", Key, nullable=False),
    Column("session_id", Key, nullable=False),
    Column("account_id", Key, ForeignKey("account.id")),
    Column("visitor_key", Text, nullable=False),  # the person: the account, else the device
    Column("device_key", Text),  # kept by the browser
    Column("display_name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("delivery", Text, nullable=False),
    Column("identity", Text, nullable=False),  # in the media room; of the newest token
    Column("connection_id", Text, unique=True),  # I10
    Column("joined_at", Instant),
    Column("last_seen_at", Instant, nullable=False),
    Column("left_at", Instant),
    Column("created_at", Instant, nullable=False),
    Column("recording_id", Key),  # of a replay; no foreign key, as recordings stand above this slice
    Column("watched_ms", BigInteger, nullable=False, server_default="0"),  # of media, in a replay
    Column("admitted_at", Instant),  # from the waiting room
    Column("callback", Json),  # the last that a customer's media vendor told of this guest
    Column("turned_away", Boolean, nullable=False, server_default="0"),  # its tokens open nothing any more
    CheckConstraint(
        "role in ('host','co_host','moderator','speaker','viewer','monitor')", name="attendance_role"
    ),
    CheckConstraint("source in ('live','replay')", name="attendance_source"),
    CheckConstraint("state in ('expected','waiting','present','left','denied')", name="attendance_state"),
    CheckConstraint("delivery in ('webrtc','hls','sip','external')", name="attendance_delivery"),
    CheckConstraint("joined_at <= left_at", name="attendance_order"),
    CheckConstraint("(state = 'left') = (left_at is not null)", name="attendance_left"),
    CheckConstraint("state <> 'present' or joined_at is not null", name="attendance_present"),
    CheckConstraint("state <> 'expected' or joined_at is null", name="attendance_expected"),
    ForeignKeyConstraint(
        ["organization_id", "session_id"],
        ["session.organization_id", "session.id"],
        name="attendance_session",
    ),
)
Index("attendance_person", attendance.c.session_id, attendance.c.visitor_key, attendance.c.joined_at)
Index("attendance_identity", attendance.c.session_id, attendance.c.identity)
Index(
    "attendance_open",
    attendance.c.session_id,
    attendance.c.visitor_key,
    **only(text("state = 'present'")),
)
Index(
    "attendance_unseen",
    attendance.c.last_seen_at,
    **only(text("state <> 'left' or joined_at is null")),
)
IS_UNSETTLED = text("(attendance.state <> 'left' or attendance.joined_at is null)")
"""Word by word what `attendance_unseen` holds: sweeps look at no more, however many have come and gone."""


class Attendance(msgspec.Struct, frozen=True):
    id: Id
    organization_id: Id
    session_id: Id
    account_id: Id | None
    visitor_key: str
    device_key: str | None
    display_name: str
    role: Role
    source: Source
    state: State
    delivery: Delivery
    identity: str
    connection_id: str | None
    joined_at: datetime | None
    last_seen_at: datetime
    left_at: datetime | None
    created_at: datetime
    recording_id: Id | None = None
    watched_ms: int = 0
    admitted_at: datetime | None = None
    callback: dict[str, Any] | None = None
    turned_away: bool = False
