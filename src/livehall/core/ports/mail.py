"""What the core asks of mail: words for an occasion, a calendar entry, a way out (`engines.mail`).

Whoever sends again after a crash gives the same `Letter.message_id`, so that a reader's program can fold
the two into one.
"""

from datetime import datetime
from typing import Literal, Protocol

import msgspec

from livehall.kernel.faults import Fault, Unavailable

Method = Literal["PUBLISH", "REQUEST", "CANCEL"]  # RFC 5546 §1.4
Occasion = Literal[
    "reminder",
    "live",
    "moved",
    "cancellation",
    "appointment",
    "invitation",
    "registered",
    "applied",
    "approved",
    "denied",
    "webhook_off",
]


class MailUnavailable(Unavailable):
    message = "The mail server does not take the message now; it is tried again later."


class MailRefused(Fault):
    """Trying again would not help: there is no such mailbox, or the message is not acceptable."""

    code = "mail_refused"
    message = "The mail server refuses this message for good."


class Calendar(msgspec.Struct, frozen=True, kw_only=True):
    """An iCalendar object (RFC 5545) that goes with a letter."""

    body: bytes
    method: Method


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """One message to one address. No text of it is trusted: the engine keeps it out of headers' syntax."""

    to: str
    message_id: str  # the part before the `@`: letters, digits, `-`; the engine adds the sender's domain
    language: str
    subject: str
    text: str
    html: str
    calendar: Calendar | None = None
    unsubscribe: str | None = None  # an address that ends the mails when something is posted to it (RFC 8058)


class Words(msgspec.Struct, frozen=True):
    subject: str
    text: str
    html: str


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What a mail about a session may say."""

    room: str
    session: str | None  # its title
    starts_at: datetime | None
    previous_start_at: datetime | None = None
    timezone: str  # in which times are written
    url: str  # of the page where people watch
    organization: str
    unsubscribe_url: str | None = None  # None for a letter that nobody can end, such as an appointment
    role: str = ""  # to which somebody was appointed, or asked, or why something was switched off
    invited_by: str = ""  # by whom


class CalendarEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One session in somebody's calendar."""

    uid: str  # stable for the life of the session
    sequence: int  # never smaller than in an earlier entry; greater when its time has changed
    title: str
    description: str
    url: str
    starts_at: datetime
    ends_at: datetime | None  # None: an hour is set aside
    written_at: datetime
    attendee: str | None = None  # the recipient, and nobody else


class Post(Protocol):
    async def send(self, letter: Letter) -> None:
        """Hand the letter over. Raises: MailUnavailable, MailRefused."""
        ...


class Stationery(Protocol):
    """Writes; touches nothing outside."""

    def words(self, occasion: Occasion, language: str | None, facts: Facts) -> Words:
        """In `language` (a BCP 47 tag) or the nearest one that there is; else English."""
        ...

    def language(self, tag: str | None) -> str:
        """The language in which `words` would write."""
        ...

    def calendar(self, entry: CalendarEntry, method: Method, *more: CalendarEntry) -> bytes:
        """An iCalendar object. `CANCEL` takes the entry out of the calendar. `more`: only to `PUBLISH`."""
        ...
