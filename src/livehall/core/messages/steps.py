"""Taking out all that was said in a session."""

from collections.abc import AsyncIterator

import msgspec

from livehall.core.audience.scene import scene
from livehall.core.messages.model import Kind
from livehall.core.messages.store import Order, Said, said
from livehall.kernel.actor import Actor
from livehall.kernel.ids import Id
from livehall.kernel.work import Desk


async def taken_out(
    desk: Desk, actor: Actor, session_id: Id, kinds: tuple[Kind, ...], order: Order
) -> AsyncIterator[Said]:
    """Every message of these kinds, for one who may run the session; the right is checked at once.

    Addresses are for the host and the organization's administrators only.
    Raises: SessionNotFound, Banned, Forbidden.
    """
    async with desk.read(actor) as read:
        at = await scene(read, session_id)
        at.check("session.run")
    rows = said(desk, at.session, kinds, order)
    return rows if at.standing.is_owner else _without_addresses(rows)


async def _without_addresses(rows: AsyncIterator[Said]) -> AsyncIterator[Said]:
    async for row in rows:
        yield msgspec.structs.replace(row, email=None)


__all__ = ["Order", "Said", "taken_out"]
