"""Rules of sessions: pure. Who may do what is in `rights`; the machine is in `states`."""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Literal, cast, get_args
from urllib.parse import urlsplit
from zoneinfo import available_timezones

import msgspec

from livehall.core.rooms.model import Room
from livehall.core.sessions import fields
from livehall.core.sessions.faults import (
    Banned,
    IngestUnavailable,
    InvalidState,
    InvitationRequired,
    NotAdmitted,
    RegistrationRequired,
    SessionNotFound,
    WrongPassword,
)
from livehall.core.sessions.model import Mode, Provider, Session
from livehall.core.sessions.rights import (
    ROLES,
    Standing,
    check_right,
    grant_for,
    monitor_grant,
    permissions,
    rights_of,
    settings_of,
    standing_of,
)
from livehall.kernel.addresses import is_web_address
from livehall.kernel.faults import invalid
from livehall.kernel.ids import Id

__all__ = [
    "ROLES",
    "check_may_enter",
    "check_right",
    "grant_for",
    "monitor_grant",
    "permissions",
    "rights_of",
    "settings_of",
    "standing_of",
]

PICTURES = ("camera", "screen_share")
Admission = Literal["admitted", "waiting", "too_early"]
GuestRole = Literal["viewer", "speaker", "moderator"]


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
    was_denied: bool = False  # sent away from it


def check_may_enter(session: Session, room: Room, standing: Standing, visitor: Visitor) -> Admission:
    """May a person enter? The first rule that decides.

    Raises: InvalidState (the session is over), Banned, NotAdmitted, RegistrationRequired, InvitationRequired,
    WrongPassword, SessionNotFound (a room that they may not see).
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
    if visitor.was_denied:
        raise NotAdmitted
    if not _is_expected(visitor):
        _check_stranger(room, visitor)
    waits = settings_of(session, room).waiting_room and not visitor.was_admitted
    return "waiting" if waits else "admitted"


def is_open_to_strangers(room: Room) -> bool:
    """Whether anybody may enter, so that nothing need be known of who asks."""
    is_hidden = room.visibility in ("private", "members")
    return not (room.needs_registration or room.has_password or is_hidden or room.entry)


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
    if room.entry == "members" and not visitor.is_member:
        raise InvitationRequired("Members of the organization enter here.")
    if room.entry == "invited" and not visitor.is_in_linked_group:
        raise InvitationRequired


def clean_instant(instant: datetime, field: str) -> datetime:
    """In UTC, cut to milliseconds. Raises: Invalid, at the edges of the calendar."""
    try:
        utc = instant.astimezone(UTC)
    except OverflowError as error:
        raise invalid(field, "This instant is out of range.") from error
    return utc.replace(microsecond=utc.microsecond // 1000 * 1000)


def check_times(start: datetime | None, end: datetime | None) -> None:
    """Raises: Invalid, when it would end before it begins."""
    if end is not None and start is None:
        raise invalid("scheduled_end_time", "Give a start as well.")
    if start is not None and end is not None and end <= start:
        raise invalid("scheduled_end_time", "The end comes after the start.")


def check_future(start: datetime, now: datetime) -> None:
    """Raises: Invalid."""
    if start <= now:
        raise invalid("scheduled_start_time", "The new start lies in the future.")


def check_time_zone(name: str | None) -> None:
    """Raises: Invalid."""
    if name is not None and name not in available_timezones():
        raise invalid("timezone", "Give an IANA time zone such as Europe/Berlin.")


def check_external(mode: Mode, url: str | None) -> None:
    """Mode `external` plays an address, the others have none. Raises: Invalid."""
    if mode != "external":
        if url is not None:
            raise invalid("external_url", "Only a session of mode `external` plays an address.")
        return
    if url is None:
        raise invalid("external_url", "Mode `external` needs the address to play.", rule="required")
    if not is_web_address(url):
        raise invalid("external_url", "Give an http or https address.")


PROVIDERS: dict[str, Provider] = {
    "youtube.com": "youtube",
    "youtu.be": "youtube",
    "youtube-nocookie.com": "youtube",
    "vimeo.com": "vimeo",
}


def provider_of(url: str) -> Provider:
    """Who plays an address, by its host."""
    host = (urlsplit(url).hostname or "").removeprefix("www.") if is_web_address(url) else ""
    return next((name for end, name in PROVIDERS.items() if host == end or host.endswith(f".{end}")), "other")


def check_labels(labels: dict[str, str]) -> None:
    """Raises: Invalid."""
    if len(labels) > fields.MOST_LABELS:
        raise invalid("metadata", f"At most {fields.MOST_LABELS} labels.")
    for name, value in labels.items():
        if not 1 <= len(name) <= fields.LONGEST_LABEL or len(value) > fields.LONGEST_LABEL_VALUE:
            raise invalid("metadata", "A label has a short name and at most 500 characters.")


def check_planned(session: Session) -> None:
    """Raises: InvalidState, unless it has not begun."""
    if session.status != "scheduled":
        raise InvalidState("Only a session that has not begun can be moved.")


def check_may_delete(session: Session) -> None:
    """Raises: InvalidState (C7)."""
    if session.is_open:
        raise InvalidState("The session is running; end it first.")


def check_has_source(session: Session) -> None:
    """Raises: InvalidState."""
    if session.mode != "external" and session.stream_state != "active":
        raise InvalidState("No camera, microphone or encoder has arrived yet; publish first.")


def check_has_ingest(session: Session) -> None:
    """Raises: IngestUnavailable."""
    if session.mode in ("rtmp", "whip"):
        raise IngestUnavailable


def may_go_live_by_itself(session: Session, now: datetime) -> bool:
    """Whether what arrives now takes the session live, as its start asked."""
    if session.status != "backstage" or session.goes_live_on is None or session.goes_live_until is None:
        return False
    arrived = has_picture(session.programme) if session.goes_live_on == "picture" else True
    return arrived and session.stream_state == "active" and now <= session.goes_live_until


def has_picture(programme: dict[str, list[str]]) -> bool:
    return any(source in PICTURES for _, _, source in programme.values())


def is_programme(identity: str, kind: str = "standard", seated: Collection[Id] = ()) -> bool:
    """Whether a connection's tracks are the programme: of staff and people on stage, or of an encoder.

    Viewers are `u.<account>.<nonce>`, and keep that connection when they take a seat (C17): `seated` are the
    accounts on stage. Monitors are `m.…` (`realtime.md` §4, identities).
    """
    if kind == "ingress":
        return True
    if kind != "standard":
        return False
    if (role := guest_role(identity)) is not None:
        return role in ("speaker", "moderator")
    if not identity.startswith("u."):
        return False
    return is_own_connection(identity) or account_of(identity) in seated


def is_on_stage(session: Session, account_id: Id, seated: Collection[Id]) -> bool:
    """Whether a person sits on stage, or has no seat, as the host, and is in the programme."""
    return account_id in seated or any(
        account_of(identity) == account_id for _, identity, _ in session.programme.values()
    )


def is_own_connection(identity: str) -> bool:
    """`u.<account>`: of staff, and of people on stage by a stage token; not that of a viewer."""
    return account_of(identity) is not None and identity.count(".") == 1


def guest_identity(role: GuestRole, nonce: str) -> str:
    """`x.<role>.<nonce>`: who comes with a token that a customer's server asked for."""
    return f"x.{role}.{nonce}"


def guest_role(identity: str) -> GuestRole | None:
    """The role in `x.<role>.<nonce>`; None for everybody else."""
    kind, _, rest = identity.partition(".")
    role = rest.partition(".")[0]
    return cast(GuestRole, role) if kind == "x" and role in get_args(GuestRole) else None


def is_monitor(identity: str) -> bool:
    """`m.<account>.<nonce>`: of staff, who watch unseen."""
    return identity.startswith("m.")


def account_of(identity: str) -> Id | None:
    """The account in `u.<account>` and `u.<account>.<nonce>`; None for machines and monitors."""
    kind, _, rest = identity.partition(".")
    return rest.partition(".")[0] or None if kind == "u" else None


def host_media_of(programme: dict[str, list[str]], host_id: Id) -> dict[str, bool]:
    """Which of camera, microphone and screen the host sends, from the programme's tracks."""
    sources = {source for _, identity, source in programme.values() if identity == f"u.{host_id}"}
    return {
        "video": "camera" in sources,
        "audio": "microphone" in sources,
        "screen": "screen_share" in sources,
    }


def duration_s(session: Session, now: datetime) -> int:
    """Whole seconds on air, until now while live; 0 for one that never was."""
    if session.started_at is None:
        return 0
    return max(0, int(((session.ended_at or now) - session.started_at).total_seconds()))
