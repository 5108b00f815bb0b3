"""Rules of reminders: pure."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from livehall.core.reminders.fields import USUAL_LEAD_TIME
from livehall.core.reminders.model import Channel, Notification, Wish
from livehall.core.rooms.model import Room
from livehall.core.sessions.model import Session
from livehall.kernel.faults import Detail, Invalid

CHANNELS: tuple[Channel, ...] = ("email", "realtime")
ATTEMPTS = 10  # over some five hours
LEASE = timedelta(minutes=5)  # for one delivery; whoever died with it has this long been dead
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)
RECENT = timedelta(hours=1)
MOST_PER_ADDRESS = 20  # mails within an hour, whoever caused them


def wish_of(
    channels: list[str] | None,
    lead_times: list[int] | None,
    *,
    has_address: bool,
    language: str | None = None,
) -> Wish:
    """What somebody asked for, with the defaults filled in. Raises: Invalid."""
    if channels is None:
        channels = ["email" if has_address else "realtime"]
    for number, channel in enumerate(channels):
        if channel not in CHANNELS:
            message = "Push is not available on this server." if channel == "push" else "email or realtime."
            raise Invalid(details=(Detail(field=f"channels[{number}]", rule="value", message=message),))
    if "email" in channels and not has_address:
        message = "Your account has no address to send mails to."
        raise Invalid(details=(Detail(field="channels", rule="value", message=message),))
    lead_times = [USUAL_LEAD_TIME] if lead_times is None else lead_times
    return Wish(
        channels=[channel for channel in CHANNELS if channel in channels],
        lead_times=sorted(set(lead_times), reverse=True),
        language=language,
    )


def due_times(
    lead_times: Iterable[int], start: datetime, now: datetime, *, at_once: bool
) -> list[tuple[int, datetime]]:
    """(lead in minutes, when to remind of it); nothing once the session has begun.

    With `at_once`, whoever has missed all lead times is told now, once.
    """
    if start <= now:
        return []
    planned = [(lead, start - timedelta(minutes=lead)) for lead in sorted(set(lead_times), reverse=True)]
    coming = [(lead, due) for lead, due in planned if due > now]
    if not coming and planned and at_once:
        return [(planned[-1][0], now)]
    return coming


def is_upcoming(session: Session, room: Room, now: datetime) -> bool:
    """Whether people may be reminded that it will begin."""
    return (
        session.deleted_at is None
        and room.deleted_at is None
        and session.status in ("scheduled", "backstage")
        and session.scheduled_start_at is not None
        and session.scheduled_start_at > now
    )


def still_holds(row: Notification, session: Session, room: Room, now: datetime) -> bool:
    """Whether what a notification says is (still) so."""
    is_gone = session.deleted_at is not None or room.deleted_at is not None
    match row.kind:
        case "reminder" | "moved":
            return is_upcoming(session, room, now) and session.scheduled_start_at == row.starts_at
        case "live":
            return session.status == "live" and not is_gone
        case "cancellation":
            return is_gone or session.status == "cancelled"


def retry_at(attempts: int, now: datetime) -> datetime | None:
    """When to try again after so many attempts; None: never."""
    if attempts >= ATTEMPTS:
        return None
    return now + min(FIRST_WAIT * (1 << (attempts - 1)), LONGEST_WAIT)
