"""Taking out all that was said in a session."""

from collections.abc import AsyncIterator, Awaitable, Callable

import msgspec

from livehall.core.audience.scene import scene
from livehall.core.messages.model import Kind
from livehall.core.messages.store import ByOne, Order, Said, by_author, replies, said
from livehall.kernel.actor import Actor
from livehall.kernel.ids import Id
from livehall.kernel.work import Desk

Replies = Callable[[list[Id]], Awaitable[list[Said]]]
"""What was said in answer to these messages, in the order of time."""


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


async def written_by_author(
    desk: Desk, actor: Actor, session_id: Id, kind: Kind
) -> AsyncIterator[list[ByOne]]:
    """The same, the messages of one author together, some authors at a time; who wrote first comes first."""
    async with desk.read(actor) as read:
        at = await scene(read, session_id)
        at.check("session.run")
    parts = by_author(desk, at.session, kind)
    return parts if at.standing.is_owner else _all_without_addresses(parts)


async def replies_to(desk: Desk, actor: Actor, session_id: Id, kind: Kind) -> Replies:
    """A way to what was said in answer to messages, for the same people and with the same rights.

    Raises: SessionNotFound, Banned, Forbidden.
    """
    async with desk.read(actor) as read:
        at = await scene(read, session_id)
        at.check("session.run")

    async def read_on(parent_ids: list[Id]) -> list[Said]:
        rows = await replies(desk, at.session, kind, parent_ids)
        return rows if at.standing.is_owner else [msgspec.structs.replace(row, email=None) for row in rows]

    return read_on


async def _without_addresses(rows: AsyncIterator[Said]) -> AsyncIterator[Said]:
    async for row in rows:
        yield msgspec.structs.replace(row, email=None)


async def _all_without_addresses(parts: AsyncIterator[list[ByOne]]) -> AsyncIterator[list[ByOne]]:
    async for part in parts:
        yield [[msgspec.structs.replace(line, email=None) for line in lines] for lines in part]


__all__ = ["ByOne", "Order", "Replies", "Said", "replies_to", "taken_out", "written_by_author"]
