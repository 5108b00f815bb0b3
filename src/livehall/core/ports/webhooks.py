"""What the core asks of those who carry webhooks out, and of those who write what stands in them.

`Carrier` is an engine: it calls somebody else's server. `Writer` is a dialect's: the core tells facts (rows
of the journal), and a dialect says which of them its readers know, under which names and in which shape.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from livehall.kernel.ids import Id
from livehall.kernel.journal import Entry
from livehall.kernel.work import Work


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """How a call went. `status` is None where none came, and `error` says why in a few words."""

    status: int | None
    excerpt: str  # the beginning of what was answered
    duration_ms: int
    error: str | None = None

    @property
    def is_good(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


class Carrier(Protocol):
    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answered:
        """One call, with a time limit of its own. A redirect is not followed: it is the answer."""
        ...


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """One event as its readers know it."""

    type: str
    body: bytes  # JSON
    key: str  # of this event and no other, letters, digits, `-` and `_`; two with one key are one event


class Occasion(msgspec.Struct, frozen=True, kw_only=True):
    """What a sample is made for."""

    id: Id
    organization_id: Id
    organization: str  # its name
    at: datetime


class Writer(Protocol):
    """Of one format of events."""

    @property
    def types(self) -> Mapping[str, str]:
        """The events that there are, and what each one tells, in a sentence."""
        ...

    @property
    def sources(self) -> Collection[str]:
        """The types of the journal that something is written of."""
        ...

    async def write(self, work: Work, entry: Entry) -> Sequence[Message]:
        """What a row is told as; it changes nothing. May be called twice for a row."""
        ...

    def sample(self, type: str, occasion: Occasion) -> bytes:
        """A body of this type as it could be, that says nothing of anybody."""
        ...
