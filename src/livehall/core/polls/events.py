"""Facts about polls. Votes are none: a row in the journal would say who voted, and when.

With the whole poll, so that a reconnecting client recovers it from the journal alone. `is_public` tells
whether the audience may see polls; only then the event is on the `session:` channel and has raised the
session's `revision` (C23).
"""

from datetime import datetime
from typing import ClassVar

import msgspec

from livehall.core.polls.model import Option, Poll, ShowResults, Status, Tally
from livehall.kernel.ids import Id
from livehall.kernel.work import Event


class PollFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A poll without anybody's vote."""

    id: Id
    session_id: Id
    created_by: Id
    question: str
    options: list[Option]
    status: Status
    allow_multiple: bool
    anonymous: bool
    show_results: ShowResults
    closes_at: datetime | None
    closed_at: datetime | None
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, poll: Poll) -> "PollFacts":
        return cls(**{name: getattr(poll, name) for name in cls.__struct_fields__})


class PollEvent(Event, frozen=True, kw_only=True):
    subject: ClassVar[str] = "poll"
    poll_id: Id
    session_id: Id
    room_id: Id
    revision: int
    is_public: bool
    poll: PollFacts


class PollDrafted(PollEvent, frozen=True, kw_only=True, tag="poll.drafted"):
    """Prepared, or changed while it was a draft."""


class PollOpened(PollEvent, frozen=True, kw_only=True, tag="poll.opened"):
    pass


class PollClosed(PollEvent, frozen=True, kw_only=True, tag="poll.closed"):
    """With the final count."""

    tally: Tally
