"""The tables of polls and of votes, and their rows.

    draft   prepared: the staff sees it
    open    accepts votes, until `closes_at` if that is set
    closed  final: `voters` and `votes` hold the count, which was made from the rows when it closed

A vote is one row of one voter: bit n of `choices` stands for the option at position n. So one ballot a
person (I7) is the primary key's doing, and a later vote replaces the earlier one in a single statement
(C21). The row has neither an id nor a time, and SQLite keeps it in the order of its key: nothing in it
tells when it was cast. `secrecy` says what `voter_key` is.
"""

from datetime import datetime
from typing import Literal, TypedDict

import msgspec
from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from livehall.kernel.db import Instant, Json, Key, metadata, only
from livehall.kernel.ids import Id

Status = Literal["draft", "open", "closed"]
ShowResults = Literal["always", "after_vote", "after_close"]

poll = Table(
    "poll",
    metadata,
    Column("id", Key, primary_key=True),
    Column("organization_id", Key, nullable=False),
    Column("session_id", Key, nullable=False),
    Column("created_by", Key, ForeignKey("account.id"), nullable=False),
    Column("question", Text, nullable=False),
    Column("options", Json, nullable=False),  # [{id, text}], two to ten
    Column("allow_multiple", Boolean, nullable=False),
    Column("anonymous", Boolean, nullable=False),
    Column("show_results", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("duration_s", Integer),  # from opening to closing by itself
    Column("closes_at", Instant),
    Column("closed_at", Instant),
    Column("voters", Integer),  # null until closed
    Column("votes", Json),  # by position; null until closed
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    CheckConstraint("show_results in ('always','after_vote','after_close')", name="poll_show_results"),
    CheckConstraint("status in ('draft','open','closed')", name="poll_status"),
    CheckConstraint("(status = 'closed') = (closed_at is not null)", name="poll_closed"),
    CheckConstraint("(status = 'closed') = (voters is not null)", name="poll_counted"),
    UniqueConstraint("organization_id", "id", name="poll_tenant"),
    ForeignKeyConstraint(
        ["organization_id", "session_id"], ["session.organization_id", "session.id"], name="poll_session"
    ),
)
Index("poll_order", poll.c.session_id, poll.c.id)
OPEN = text("status = 'open'")
Index("poll_due", poll.c.closes_at, **only(OPEN))

poll_vote = Table(
    "poll_vote",
    metadata,
    Column("poll_id", Key, primary_key=True),
    Column("voter_key", Text, primary_key=True),
    Column("organization_id", Key, nullable=False),
    Column("account_id", Key, ForeignKey("account.id")),  # null in an anonymous poll
    Column("choices", Integer, nullable=False),
    CheckConstraint("choices between 1 and 1023", name="poll_vote_choices"),
    ForeignKeyConstraint(
        ["organization_id", "poll_id"], ["poll.organization_id", "poll.id"], name="poll_vote_poll"
    ),
    sqlite_with_rowid=False,
)
Index("poll_vote_count", poll_vote.c.poll_id, poll_vote.c.choices)  # counting reads it and nothing else


class Option(TypedDict):
    id: Id
    text: str


class Tally(msgspec.Struct, frozen=True):
    """How many voted, and how many for each option, by position."""

    voters: int
    votes: tuple[int, ...]

    @property
    def percentages(self) -> tuple[float, ...]:
        """Of all voters, 0 to 100; with several choices each, more than 100 together."""
        return tuple(round(100 * votes / self.voters, 1) if self.voters else 0.0 for votes in self.votes)


class Poll(msgspec.Struct, frozen=True):
    id: Id
    organization_id: Id
    session_id: Id
    created_by: Id
    question: str
    options: list[Option]
    allow_multiple: bool
    anonymous: bool
    show_results: ShowResults
    status: Status
    duration_s: int | None
    closes_at: datetime | None
    closed_at: datetime | None
    voters: int | None
    votes: list[int] | None
    created_at: datetime
    updated_at: datetime

    @property
    def final(self) -> Tally | None:
        """The count, once it is closed."""
        return None if self.voters is None else Tally(self.voters, tuple(self.votes or ()))

    @property
    def nothing(self) -> Tally:
        """The count before the first vote."""
        return Tally(0, (0,) * len(self.options))
