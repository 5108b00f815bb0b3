"""What goes with a room, in the transaction that removes it.

Slices above this one have things in rooms (sessions) and may not be imported from here; they announce
themselves, when they are imported:

    @goes_with_room
    async def go(work: Work, room: Room) -> None: ...

`room` is the row after its removal, held until the work ends. A follower that raises undoes the removal.
"""

from collections.abc import Awaitable, Callable

from livehall.core.rooms.model import Room
from livehall.kernel.work import Work

Follower = Callable[[Work, Room], Awaitable[None]]

followers: list[Follower] = []


def goes_with_room(follower: Follower) -> Follower:
    """Have `follower` run in the transaction of every removal, in the order of announcement."""
    if follower not in followers:
        followers.append(follower)
    return follower


async def go(work: Work, room: Room) -> None:
    for follower in followers:
        await follower(work, room)
