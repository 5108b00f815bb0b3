"""What the team does about the chat: pin a message, take all away."""

import msgspec

from livehall.core.audience.scene import scene
from livehall.core.chat import ops, store
from livehall.core.chat.events import ChatCleared, MessagePinned
from livehall.core.chat.faults import MessageNotFound
from livehall.core.chat.model import Message
from livehall.kernel.ids import Id
from livehall.kernel.work import Work


async def pin(work: Work, session_id: Id, message_id: Id, *, is_pinned: bool = True) -> Message:
    """Keep a message in view, or take it down.

    Raises: SessionNotFound, MessageNotFound, Banned, FeatureDisabled, Forbidden. Emits: MessagePinned.
    """
    at = await scene(work, session_id)
    at.check("chat.manage")
    row = await _there(work, session_id, message_id)
    pinned_at = work.now if is_pinned else None
    if is_pinned == (row.pinned_at is not None) or not await store.pin(work, message_id, pinned_at):
        return await _there(work, session_id, message_id)  # as it is, or as somebody was faster
    work.emit(
        MessagePinned(
            organization_id=row.organization_id,
            message_id=message_id,
            session_id=session_id,
            room_id=at.session.room_id,
            pinned_at=pinned_at,
        )
    )
    return msgspec.structs.replace(row, pinned_at=pinned_at)


async def _there(work: Work, session_id: Id, message_id: Id) -> Message:
    row = await store.get(work, session_id, message_id)
    if row is None or row.deleted_at is not None:
        raise MessageNotFound
    return row


async def clear(work: Work, session_id: Id, account_id: Id | None = None) -> None:
    """Take all messages away, or all of one person.

    Raises: SessionNotFound, Banned, FeatureDisabled, Forbidden. Emits: ChatCleared or MessagesPurged.
    """
    at = await scene(work, session_id)
    at.check("chat.manage")
    if account_id is not None:
        await ops.delete_all_of(work, at.session, account_id)
    elif await store.mark_everything_deleted(work, session_id, work.actor.account_id):
        work.emit(
            ChatCleared(
                organization_id=at.session.organization_id,
                session_id=session_id,
                room_id=at.session.room_id,
                before=work.now,
                by=work.actor.account_id,
            )
        )
