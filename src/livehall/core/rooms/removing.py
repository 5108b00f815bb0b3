"""What goes with a room, in the very transaction that removes it.

Slices above this one have things in rooms (sessions) and may not be imported from here; they announce
themselves, when they are imported:

    @at_removal
    async def go(work: Work, room: Room) -> None: ...

`room` is the row after its removal, held until the work ends. Something that raises undoes the removal.
"""

from collections.abc import Awaitable, Callable

from livehall.core.rooms.model import Room
from livehall.kernel.work import Work

Removal = Callable[[Work, Room], Awaitable[None]]

removals: list[Removal] = []


def at_removal(removal: Removal) -> Removal:
    """Have `removal` run in the transaction of every removal, in the order of announcement."""
    if removal not in removals:
        removals.append(removal)
    return removal


async def remove_all(work: Work, room: Room) -> None:
    for removal in removals:
        await removal(work, room)
