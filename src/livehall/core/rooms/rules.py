"""Rules of rooms: pure."""

import hmac
import secrets
import unicodedata

from livehall.core.rooms.faults import RoomInUse
from livehall.core.rooms.model import Room
from livehall.kernel.actor import Actor
from livehall.kernel.faults import Forbidden, invalid

LONGEST_TITLE = 200  # C8


def clean_title(text: str, field: str = "title") -> str:
    """A title, trimmed, in NFC, with 1 to 200 characters and none that controls (C8).

    Raises: Invalid.
    """
    title = unicodedata.normalize("NFC", text).strip()
    is_plain = title.isascii() and title.isprintable()
    is_readable = is_plain or not any(unicodedata.category(each) in ("Cc", "Cs") for each in title)
    if not 1 <= len(title) <= LONGEST_TITLE or not is_readable:
        raise invalid(field, f"Give a title of 1 to {LONGEST_TITLE} readable characters.")
    return title


def new_slug() -> str:
    """The room's part of a link: 128 random bits, since an unlisted room is as safe as its link."""
    return secrets.token_urlsafe(16)


def new_code() -> str:
    """The link of a meeting: ten characters of a URL, 60 random bits, since its clients count on ten.

    It opens nothing by itself: who comes by it needs a token that the meeting's maker gives.
    """
    return secrets.token_urlsafe(9)[:10]


def check_may_host(actor: Actor) -> None:
    """Hosts and administrators own rooms. Raises: Forbidden."""
    if not actor.may_host:
        raise Forbidden("Hosts and administrators own rooms; your role does not.")


def check_may_edit(actor: Actor, room: Room) -> None:
    """The host of the room, or an administrator of its organization. Raises: Forbidden."""
    is_own = actor.account_id is not None and actor.account_id == room.host_id
    is_administrator = actor.is_admin and actor.organization_id == room.organization_id
    if actor.session_id is not None or not (is_own or is_administrator):
        raise Forbidden("Only the room's host or an administrator may do this.")


def check_may_delete(room: Room) -> None:
    """Raises: RoomInUse."""
    if room.active_session_id is not None:
        raise RoomInUse


def password_purpose(room_id: str) -> str:
    """What a sealed room password is bound to."""
    return f"room password {room_id}"


def same(given: str, kept: str) -> bool:
    """Whether two secrets are equal, in a time that tells nothing of them."""
    return hmac.compare_digest(given.encode(), kept.encode())
