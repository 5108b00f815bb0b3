"""What chat and questions look like on the wire, attendee by attendee."""

from collections.abc import AsyncIterator
from typing import Annotated

import msgspec
from msgspec import Meta

from livehall.core.messages.steps import ByOne
from livehall.dialects.kit import Moment, moment
from livehall.dialects.voila.attendees.wire import Email
from livehall.dialects.voila.ids import outside

Address = Annotated[Email, Meta(description="Empty for who came without an address.")]


class ChatMessage(msgspec.Struct, kw_only=True, gc=False):
    message: str
    timestamp: Moment


class Question(msgspec.Struct, kw_only=True, gc=False):
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


async def chats(parts: AsyncIterator[list[ByOne]]) -> AsyncIterator[list[AttendeeChat]]:
    async for part in parts:
        yield [
            AttendeeChat(
                attendee_id=outside(lines[0].attendee_id),
                email=lines[0].email or "",
                messages=[
                    ChatMessage(message=line.text, timestamp=moment(line.created_at)) for line in lines
                ],
            )
            for lines in part
        ]


async def questions(parts: AsyncIterator[list[ByOne]]) -> AsyncIterator[list[AttendeeQuestions]]:
    async for part in parts:
        yield [
            AttendeeQuestions(
                attendee_id=outside(lines[0].attendee_id),
                email=lines[0].email or "",
                messages=[
                    Question(message=line.text, timestamp=moment(line.created_at), votes=line.votes)
                    for line in lines
                ],
            )
            for lines in part
        ]
