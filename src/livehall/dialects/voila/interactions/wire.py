"""What chat and questions look like on the wire, attendee by attendee."""

from collections.abc import AsyncIterator
from typing import Annotated

import msgspec
from msgspec import Meta

from livehall.core.messages.steps import Said
from livehall.dialects.kit import Moment, moment
from livehall.dialects.voila.attendees.wire import Email
from livehall.dialects.voila.ids import outside

Address = Annotated[Email, Meta(description="Empty for who came without an address.")]


class ChatMessage(msgspec.Struct, kw_only=True):
    message: str
    timestamp: Moment


class Question(msgspec.Struct, kw_only=True):
    message: str
    timestamp: Moment
    votes: Annotated[int, Meta(ge=0)]


class AttendeeChat(msgspec.Struct, kw_only=True, rename="camel"):
    """The chat messages of one attendee, the oldest first."""

    attendee_id: str
    email: Address
    messages: list[ChatMessage]


class AttendeeQuestions(msgspec.Struct, kw_only=True, rename="camel"):
    """The questions of one attendee, the oldest first."""

    attendee_id: str
    email: Address
    messages: list[Question]


async def chats(rows: AsyncIterator[Said]) -> AsyncIterator[AttendeeChat]:
    """`rows`: attendee by attendee."""
    async for row, messages in _grouped(rows):
        yield AttendeeChat(
            attendee_id=attendee_id(row),
            email=row.email or "",
            messages=[ChatMessage(message=each.text, timestamp=moment(each.created_at)) for each in messages],
        )


async def questions(rows: AsyncIterator[Said]) -> AsyncIterator[AttendeeQuestions]:
    """`rows`: attendee by attendee."""
    async for row, messages in _grouped(rows):
        yield AttendeeQuestions(
            attendee_id=attendee_id(row),
            email=row.email or "",
            messages=[
                Question(message=each.text, timestamp=moment(each.created_at), votes=each.votes)
                for each in messages
            ],
        )


def attendee_id(row: Said) -> str:
    """Messages of nobody's are in no report of attendees."""
    assert row.attendee_id is not None
    return outside(row.attendee_id)


async def _grouped(rows: AsyncIterator[Said]) -> AsyncIterator[tuple[Said, list[Said]]]:
    """Each author's first message, and all of theirs."""
    group: list[Said] = []
    async for row in rows:
        if group and group[0].account_id != row.account_id:
            yield group[0], group
            group = []
        group.append(row)
    if group:
        yield group[0], group
