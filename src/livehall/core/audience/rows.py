"""Making rows of attendance and telling of them: what operations, reports and jobs have in common."""

from datetime import datetime
from typing import TypeVar

from livehall.core.audience import store
from livehall.core.audience.events import (
    AttendanceJoined,
    AttendanceLeft,
    LeftReason,
    MeetingEntered,
    Waiting,
)
from livehall.core.audience.model import Attendance, Delivery, State
from livehall.core.sessions.model import Session
from livehall.core.sessions.rights import Role
from livehall.kernel.ids import Id, new_id
from livehall.kernel.work import Work

W = TypeVar("W", bound=Waiting)
GUEST = "guest:"


def guest_key(name: str) -> str:
    """The person whom a customer's server calls so: never the same as an account or a device of ours."""
    return GUEST + name


def guest_name(visitor_key: str) -> str:
    """What a customer's server calls a guest; the key itself of everybody else."""
    return visitor_key.removeprefix(GUEST)


def new_row(
    work: Work,
    session: Session,
    *,
    account_id: Id | None,
    visitor_key: str,
    device_key: str | None,
    name: str,
    role: Role,
    state: State,
    delivery: Delivery,
    identity: str,
    connection_id: str | None = None,
    joined_at: datetime | None = None,
    left_at: datetime | None = None,
) -> Attendance:
    return Attendance(
        id=new_id(),
        organization_id=session.organization_id,
        session_id=session.id,
        account_id=account_id,
        visitor_key=visitor_key,
        device_key=device_key,
        display_name=name,
        role=role,
        source="live",
        state=state,
        delivery=delivery,
        identity=identity,
        connection_id=connection_id,
        joined_at=joined_at,
        last_seen_at=work.now,
        left_at=left_at,
        created_at=work.now,
    )


def tell_joined(work: Work, session: Session, row: Attendance, at: datetime) -> None:
    """Emits: AttendanceJoined; and MeetingEntered, where somebody with an account is to have a seat."""
    work.emit(
        AttendanceJoined(
            organization_id=row.organization_id,
            attendance_id=row.id,
            session_id=row.session_id,
            room_id=session.room_id,
            account_id=row.account_id,
            identity=row.identity,
            name=row.display_name,
            role=row.role,
            delivery=row.delivery,
            joined_at=at,
        )
    )
    if session.in_meeting and row.account_id is not None and row.role in ("viewer", "speaker"):
        work.emit(
            MeetingEntered(
                organization_id=row.organization_id,
                attendance_id=row.id,
                session_id=row.session_id,
                room_id=session.room_id,
                account_id=row.account_id,
            )
        )


async def close(work: Work, session: Session, row: Attendance, at: datetime, reason: LeftReason) -> bool:
    """End a presence at `at`, not before it began and not in the future. False, when it had ended.

    Emits: AttendanceLeft.
    """
    began = row.joined_at or at
    ended = max(min(at, work.now), began)
    if not await store.close(work, row, ended):
        return False
    tell_left(work, session, row, began, ended, reason)
    return True


def tell_left(
    work: Work, session: Session, row: Attendance, began: datetime, ended: datetime, reason: LeftReason
) -> None:
    """Emits: AttendanceLeft."""
    work.emit(
        AttendanceLeft(
            organization_id=row.organization_id,
            attendance_id=row.id,
            session_id=row.session_id,
            room_id=session.room_id,
            account_id=row.account_id,
            identity=row.identity,
            name=row.display_name,
            role=row.role,
            duration_s=round((ended - began).total_seconds()),
            reason=reason,
            left_at=ended,
        )
    )


def told(kind: type[W], session: Session, row: Attendance, **more: object) -> W:
    """The event of this kind about somebody before the door."""
    return kind(
        organization_id=row.organization_id,
        attendance_id=row.id,
        session_id=row.session_id,
        room_id=session.room_id,
        account_id=row.account_id,
        name=row.display_name,
        since=row.created_at,
        **more,
    )
