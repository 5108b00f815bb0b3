"""From the vendor's meeting to ours: a room with one session."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from livehall.core.sessions import meetings
from livehall.core.sessions.meetings import CreateMeeting, IssueToken
from livehall.core.sessions.rules import GuestRole
from livehall.dialects.sourceloop.errors import BadRequest
from livehall.dialects.sourceloop.values import instant_of
from livehall.kernel.work import Work

TITLE = "Meeting"
CREATED_BY, MODIFIED_BY = "createdBy", "modifiedBy"  # labels of the session (L16)
ROLES: Mapping[str, GuestRole] = {"subscriber": "viewer", "publisher": "speaker", "moderator": "moderator"}


async def create(work: Work, options: Mapping[str, Any]) -> str:
    """The link of a new meeting. Raises: BadRequest, Invalid, Forbidden, QuotaExceeded, LinkTaken."""
    start = _start(options, work.now) if options.get("isScheduled") else work.now
    _, room = await meetings.create(
        work,
        CreateMeeting(
            title=TITLE,
            scheduled_start_at=start,
            recording_enabled=bool(options.get("enableArchiving")),
            e2ee=bool(options.get("endToEndEncryption")),
            metadata={CREATED_BY: work.actor.name, MODIFIED_BY: work.actor.name},
        ),
    )
    return room.slug


def wanted_token(link: str, options: Mapping[str, Any], now: datetime) -> IssueToken:
    """Checks in the vendor's order (L18). Raises: BadRequest, Invalid."""
    check_link(link)
    until = options.get("expireTime")
    role, data = options.get("role", "publisher"), options.get("data", "")
    expires_at = None if until is None else meetings.check_ahead(instant_of(until, "expireTime"), now)
    if not isinstance(role, str) or role not in ROLES:
        raise BadRequest("role unknown")
    if not isinstance(data, str):
        raise BadRequest("data is no text")
    return IssueToken(role=ROLES[role], name=data, expires_at=expires_at)


async def edit(work: Work, link: str, *, is_scheduled: bool, schedule_time: datetime | None) -> None:
    """L26–L29. Raises: SessionNotFound, BadRequest, Invalid."""
    check_link(link)
    await meetings.find(work, link)
    if is_scheduled and schedule_time is None:
        raise BadRequest("scheduleTime missing")
    if schedule_time is not None:
        meetings.check_ahead(schedule_time, work.now)
    start = schedule_time if is_scheduled and schedule_time is not None else work.now
    await meetings.move(work, link, start, {MODIFIED_BY: work.actor.name})


def check_link(link: str) -> None:
    """Raises: BadRequest."""
    if not link.strip():
        raise BadRequest("blank link")


def _start(options: Mapping[str, Any], now: datetime) -> datetime:
    if options.get("scheduleTime") is None:
        raise BadRequest("scheduleTime missing")
    return meetings.check_ahead(instant_of(options["scheduleTime"], "scheduleTime"), now)
