"""Rules of people: pure."""

import hashlib
import re
import unicodedata
from datetime import timedelta

from livehall.core.people.faults import AccountDisabled
from livehall.core.people.model import Person
from livehall.kernel.actor import Actor, Role
from livehall.kernel.faults import Forbidden, invalid
from livehall.kernel.ids import Id

REFRESH_LIFETIME = timedelta(days=30)
DEVICE_LIFETIME = timedelta(days=365)
CODE_LIFETIME = timedelta(seconds=60)

POWER: dict[Role, int] = {"viewer": 0, "host": 1, "admin": 2, "owner": 3}


def digest(token: str) -> bytes:
    """What is kept of a token of 256 random bits: its SHA-256 (no salt: there is nothing to guess)."""
    return hashlib.sha256(token.encode()).digest()


def clean_name(text: str, field: str = "username", longest: int = 100) -> str:
    """A name, trimmed, in NFC, with 1 to `longest` characters and none that controls or hides.

    Raises: Invalid.
    """
    name = unicodedata.normalize("NFC", text).strip()
    if not 1 <= len(name) <= longest or any(unicodedata.category(c) in ("Cc", "Cs", "Co") for c in name):
        raise invalid(field, f"Give a name of 1 to {longest} readable characters.")
    return name


def clean_email(text: str) -> str:
    """An address as it is kept and compared: trimmed, in lower case."""
    return text.strip().lower()


def slug_of(name: str) -> str:
    """A name as part of an address."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60] or "organization"


def check_active(person: Person) -> None:
    """Raises: AccountDisabled."""
    if not person.is_active:
        raise AccountDisabled


def administered(actor: Actor) -> Id:
    """The organization that somebody administers as a whole. Raises: Forbidden."""
    if actor.member_of is None or not actor.is_admin or not actor.is_whole:
        raise Forbidden("Only administrators of the whole organization may do this.")
    return actor.member_of


def check_may_give(own: Role | None, wanted: Role) -> None:
    """Nobody hands out a role above their own. Raises: Forbidden."""
    if own is None or POWER[wanted] > POWER[own]:
        raise Forbidden("You cannot hand out a role above your own.")
