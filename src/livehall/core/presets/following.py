"""What follows a preset in the transaction that changes or removes it.

Slices above this one go by presets (rooms, sessions) and may not be imported from here; they announce
themselves, when they are imported:

    @follows
    async def follow(work: Work, preset: Preset) -> None: ...

`preset` is the row after the change; with `deleted_at` set it goes. A follower that raises undoes the change:
so a preset in use stays.
"""

from collections.abc import Awaitable, Callable

from livehall.core.presets.model import Preset
from livehall.kernel.work import Work

Follower = Callable[[Work, Preset], Awaitable[None]]

followers: list[Follower] = []


def follows(follower: Follower) -> Follower:
    """Have `follower` run in the transaction of every change and removal, in the order of announcement."""
    if follower not in followers:
        followers.append(follower)
    return follower


async def tell(work: Work, preset: Preset) -> None:
    for follower in followers:
        await follower(work, preset)
