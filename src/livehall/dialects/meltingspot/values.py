"""Words of this API and ours."""

from datetime import UTC, datetime
from typing import Literal

from livehall.core.rooms.model import Entry, Visibility
from livehall.core.sessions.model import Format, Session, Status
from livehall.core.sessions.rules import clean_instant
from livehall.kernel.faults import invalid

Solution = Literal["Youtube", "Vimeo", "BuiltIn", "NoSolution"]
BuiltInType = Literal["Workshop", "Conference"]
LiveStatus = Literal["Ended", "Planned", "Live"]
Shown = Literal["Display", "Hidden"]
Seen = Literal["AnyOne", "OnlySpotMembers", "InvitedMembersOnly"]
Participation = Literal["AnySpotMembers", "InvitedMembersOnly"]

STATUS: dict[Status, LiveStatus] = {
    "scheduled": "Planned",
    "backstage": "Planned",
    "live": "Live",
    "ended": "Ended",
    "cancelled": "Ended",
}
STATUSES: dict[LiveStatus, tuple[Status, ...]] = {
    name: tuple(ours for ours, theirs in STATUS.items() if theirs == name)
    for name in ("Planned", "Live", "Ended")
}
SOLUTION: dict[str, Solution] = {
    "built_in": "BuiltIn",
    "youtube": "Youtube",
    "vimeo": "Vimeo",
    "other": "NoSolution",
    "none": "NoSolution",
}
SOURCES: dict[Solution, tuple[str, ...]] = {
    name: tuple(ours for ours, theirs in SOLUTION.items() if theirs == name)
    for name in ("Youtube", "Vimeo", "BuiltIn", "NoSolution")
}
FORMAT: dict[Format, BuiltInType] = {"workshop": "Workshop", "conference": "Conference"}
FORMATS: dict[BuiltInType, Format] = {"Workshop": "workshop", "Conference": "conference"}
VISIBILITY: dict[Visibility, Seen] = {
    "public": "AnyOne",
    "unlisted": "AnyOne",
    "members": "OnlySpotMembers",
    "private": "InvitedMembersOnly",
}
VISIBILITIES: dict[Seen, Visibility] = {
    "AnyOne": "public",
    "OnlySpotMembers": "members",
    "InvitedMembersOnly": "private",
}
ENTRIES: dict[Participation, Entry] = {"AnySpotMembers": "members", "InvitedMembersOnly": "invited"}
BREAKOUTS = "meltingspot.enableBreakoutRooms"  # a label of the session
MILLISECONDS = 100_000_000_000  # values above are milliseconds (domain, contradiction 6)


def instant(seconds: int, field: str) -> datetime:
    """A Unix time that came in. Raises: Invalid."""
    try:
        found = datetime.fromtimestamp(seconds / 1000 if seconds > MILLISECONDS else seconds, UTC)
    except (OverflowError, ValueError, OSError) as error:
        raise invalid(field, "This instant is out of range.") from error
    return clean_instant(found, field)


def source_of(session: Session) -> str:
    return session.provider or ("other" if session.mode == "external" else "built_in")


def start_of(session: Session) -> datetime:
    return session.begins_at or session.scheduled_start_at or session.created_at


def end_of(session: Session) -> datetime:
    """As planned, else as it was; one of which neither is known ends where it starts."""
    return session.scheduled_end_at or session.ended_at or start_of(session)


def computed_status(session: Session, now: datetime) -> LiveStatus:
    """What the clock says (M19)."""
    if session.status == "cancelled":
        return "Ended"
    if now < start_of(session):
        return "Planned"
    if session.scheduled_end_at is None and session.status not in ("ended", "cancelled"):
        return "Live"
    return "Live" if now <= end_of(session) else "Ended"
