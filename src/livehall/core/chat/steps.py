"""Taking out the whole chat."""

from collections.abc import AsyncIterator

from livehall.core.chat import ops
from livehall.core.messages.steps import taken_out
from livehall.core.messages.store import Order, Said
from livehall.kernel.actor import Actor
from livehall.kernel.ids import Id
from livehall.kernel.work import Desk


async def written_by_attendee(
    desk: Desk, actor: Actor, session_id: Id, order: Order = "author"
) -> AsyncIterator[Said]:
    """Every message that was not taken away, attendee by attendee or in the order of time; a stream.

    Raises: SessionNotFound, Banned, Forbidden; all before the first row.
    """
    return await taken_out(desk, actor, session_id, ("chat",), order)


async def export(desk: Desk, actor: Actor, session_id: Id, format: str, order: Order) -> AsyncIterator[Said]:
    """The same, and a line in the audit log.

    Raises: SessionNotFound, Banned, Forbidden. Emits: ChatExported.
    """
    rows = await written_by_attendee(desk, actor, session_id, order)
    async with desk.work(actor) as work:
        await ops.tell_exported(work, session_id, format)
    return rows
