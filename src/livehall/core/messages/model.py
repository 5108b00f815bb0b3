"""The tables of messages and of votes for them. Ids are UUIDv7, so that their order is the order of writing.

    chat      what is written in the chat; `parent_id` is the message answered
    system    what the house itself writes there
    question  `state` pending → published → answered; pending · published → dismissed
    answer    of the question `parent_id`; `on_air_at`: said aloud then, perhaps without words here

The slices above have rows of their own, each with the columns of its kinds.
"""

from typing import Literal

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

from livehall.kernel.db import Instant, Key, metadata, only

Kind = Literal["chat", "system", "question", "answer"]
QuestionState = Literal["pending", "published", "answered", "dismissed"]

message = Table(
    "message",
    metadata,
    Column("id", Key, primary_key=True),
    Column("organization_id", Key, nullable=False),
    Column("session_id", Key, nullable=False),
    Column("account_id", Key, ForeignKey("account.id")),
    Column("participant_id", Key),  # who asked, where they were invited or registered
    Column("display_name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("parent_id", Key),
    Column("body", Text, nullable=False),
    Column("client_id", Text),  # chosen by the sender
    Column("state", Text),  # of a question
    Column("is_anonymous", Boolean, nullable=False, server_default="0"),  # the audience is told no name
    Column("vote_count", Integer, nullable=False, server_default="0"),  # of the rows below, gathered (I12)
    Column("pinned_at", Instant),
    Column("on_air_at", Instant),
    Column("deleted_by", Key, ForeignKey("account.id")),
    Column("created_at", Instant, nullable=False),
    Column("deleted_at", Instant),
    CheckConstraint("kind in ('chat','system','question','answer')", name="message_kind"),
    CheckConstraint("state in ('pending','published','answered','dismissed')", name="message_state"),
    CheckConstraint("(kind = 'question') = (state is not null)", name="message_state_of_question"),
    CheckConstraint("kind <> 'answer' or parent_id is not null", name="message_answers_something"),
    UniqueConstraint("organization_id", "id", name="message_tenant"),
    UniqueConstraint("session_id", "account_id", "client_id", name="message_repeat"),  # I9
    ForeignKeyConstraint(
        ["organization_id", "session_id"], ["session.organization_id", "session.id"], name="message_session"
    ),
    ForeignKeyConstraint(
        ["organization_id", "parent_id"], ["message.organization_id", "message.id"], name="message_parent"
    ),
)
Index("message_order", message.c.session_id, message.c.id)
Index("message_questions", message.c.session_id, message.c.id, **only(text("kind = 'question'")))
Index("message_answers", message.c.parent_id, message.c.id, **only(text("kind = 'answer'")))

message_vote = Table(
    "message_vote",
    metadata,
    Column("message_id", Key, primary_key=True),
    Column("voter_key", Text, primary_key=True),  # one vote a person (I7): the account, else the device
    Column("organization_id", Key, nullable=False),
    ForeignKeyConstraint(
        ["organization_id", "message_id"],
        ["message.organization_id", "message.id"],
        name="message_vote_message",
    ),
    sqlite_with_rowid=False,
)
