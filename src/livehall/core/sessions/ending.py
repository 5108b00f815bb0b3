"""What must be closed in the very transaction that ends a session (I17).

Slices above this one keep open rows of a session (attendance, polls, seats). They may not be imported
from here, so they announce themselves, when they are imported:

    @at_end
    async def close_attendance(work: Work, session: Session) -> None: ...

`session` is the row as it was before the end, `work.now` is the end. A closing that raises undoes the end.
"""

from collections.abc import Awaitable, Callable

from livehall.core.sessions.model import Session
from livehall.kernel.work import Work

Closing = Callable[[Work, Session], Awaitable[None]]

closings: list[Closing] = []


def at_end(closing: Closing) -> Closing:
    """Have `closing` run in the transaction of every end, in the order of announcement."""
    if closing not in closings:
        closings.append(closing)
    return closing


async def close_all(work: Work, session: Session) -> None:
    for closing in closings:
        await closing(work, session)
