"""Addresses of the chat's files: signed for one file and one person, and good for a quarter of an hour."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from livehall.core.chat import ops
from livehall.core.chat.files_model import ChatFile
from livehall.core.chat.model import Message
from livehall.core.recordings.links import Links
from livehall.dialects.live.chat.wire import ChatAttachment
from livehall.kernel.actor import Actor
from livehall.kernel.ids import Id
from livehall.kernel.work import Work

FRESH = timedelta(minutes=15)


def signed(file: ChatFile, actor: Actor, links: Links, origin: str, now: datetime) -> ChatAttachment:
    token = links.sign("chat", f"{file.id}:{actor.account_id or ''}", now + FRESH)
    return ChatAttachment.of(file, f"{origin}/api/v1/assets/{file.id}/content?token={token}")


async def attached(
    work: Work, links: Links, origin: str, messages: Sequence[Message]
) -> dict[Id, ChatAttachment]:
    """The files of messages, by message, as the caller may open them."""
    files = await ops.files_of(work, messages)
    return {
        message_id: signed(file, work.actor, links, origin, work.now) for message_id, file in files.items()
    }
