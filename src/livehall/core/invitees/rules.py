"""Rules of invited people: pure."""

import unicodedata
from typing import Literal

from livehall.core.participants.model import Participant
from livehall.core.people.model import Person
from livehall.kernel.faults import invalid

Status = Literal["accepted", "invited", "declined"]
STATUSES: tuple[Status, ...] = ("accepted", "invited", "declined")


def status_of(row: Participant) -> Status:
    """How somebody stands: declined or turned away, accepted or registered, else asked."""
    if row.rsvp == "declined" or row.registration in ("denied", "cancelled"):
        return "declined"
    if row.rsvp == "accepted" or row.registration == "approved":
        return "accepted"
    return "invited"


def names_of(person: Person) -> tuple[str | None, str | None]:
    """First and last name of a member: what stands before and after the first space of the shown name."""
    first, _, last = person.name.strip().partition(" ")
    return first or None, last.strip() or None


def clean_name(text: str | None, field: str) -> str | None:
    """Trimmed, in NFC; None for an empty one. Raises: Invalid."""
    if text is None:
        return None
    name = unicodedata.normalize("NFC", text).strip()
    if any(unicodedata.category(c) in ("Cc", "Cs", "Co") for c in name):
        raise invalid(field, "Give readable characters.")
    return name or None
