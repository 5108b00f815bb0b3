"""The record of privileged acts, for those who administer the organization."""

from collections.abc import AsyncIterator

from livehall.core.insight import audit_store as store
from livehall.core.people.rules import administered
from livehall.kernel.actor import Actor
from livehall.kernel.journal import Entry
from livehall.kernel.work import Desk

PART = 1000  # acts read at once


async def acts(desk: Desk, actor: Actor) -> AsyncIterator[Entry]:
    """All that is kept of them, the oldest first, read in parts.

    What is committed while it is read may be missing. Raises: Forbidden.
    """
    after = 0
    while True:
        async with desk.read(actor) as read:
            found = await store.following(read, administered(actor), after, PART)
        for entry in found:
            yield entry
        if len(found) < PART:
            return
        after = found[-1].seq
