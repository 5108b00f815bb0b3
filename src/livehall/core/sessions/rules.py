"""Rules of sessions: pure. Who may do what is in `rights`; the machine is in `states`."""

from datetime import timedelta
from typing import Literal

import msgspec

from livehall.core.rooms.model import Room
from livehall.core.sessions.faults import (
    Banned,
    InvalidState,
    RegistrationRequired,
    SessionNotFound,
    WrongPassword,
)
from livehall.core.sessions.model import Session
from livehall.core.sessions.rights import (
    Standing,
    check_right,
    grant_for,
    monitor_grant,
    permissions,
    rights_of,
    settings_of,
    standing_of,
)

__all__ = [
    "check_may_enter",
    "check_right",
    "grant_for",
    "monitor_grant",
    "permissions",
    "rights_of",
    "settings_of",
    "standing_of",
]

Admission = Literal["admitted", "waiting", "too_early"]

FIRST_PICTURE = timedelta(seconds=60)  # C18
GO_LIVE_PATIENCE = timedelta(hours=24)  # `start` with `go_live`: how long a source may take


class Visitor(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of somebody who asks to enter, besides their standing."""

    is_banned: bool = False  # account, participant or device (C16)
    has_access_token: bool = False  # of a registration's link, valid for this session
    registration: str | None = None  # of their participant: pending, approved, denied, cancelled
    rsvp: str | None = None  # pending, accepted, tentative, declined
    has_invite: bool = False
    knows_password: bool = False
    is_member: bool = False  # of the room's organization
    is_in_linked_group: bool = False
    was_admitted: bool = False  # from the waiting room of this session


def check_may_enter(session: Session, room: Room, standing: Standing, visitor: Visitor) -> Admission:
    """May a person enter? The first rule that decides.

    Raises: InvalidState (the session is over), Banned, RegistrationRequired, WrongPassword,
    SessionNotFound (a room that they may not see).
    """
    if session.is_over:
        raise InvalidState("The session is over.")
    if session.status == "scheduled":
        return "too_early"
    if visitor.is_banned:
        raise Banned
    if standing.is_staff:
        return "admitted"
    if session.status == "backstage" and standing.role != "speaker":
        return "too_early"
    if not _is_expected(visitor):
        _check_stranger(room, visitor)
    waits = settings_of(session, room).waiting_room and not visitor.was_admitted
    return "waiting" if waits else "admitted"


def _is_expected(visitor: Visitor) -> bool:
    return (
        visitor.has_access_token
        or visitor.registration == "approved"
        or (visitor.rsvp is not None and visitor.rsvp != "declined")
    )


def _check_stranger(room: Room, visitor: Visitor) -> None:
    if room.needs_registration:
        raise RegistrationRequired
    if visitor.has_invite:
        return
    if room.has_password and not visitor.knows_password:
        raise WrongPassword
    if room.visibility == "private" and not visitor.is_in_linked_group:
        raise SessionNotFound
    if room.visibility == "members" and not visitor.is_member:
        raise SessionNotFound
