"""What goes along when a session is planned once more: slices above copy their part in the same work."""

from collections.abc import Awaitable, Callable

from livehall.core.sessions.model import Session
from livehall.kernel.work import Work

Copying = Callable[[Work, Session, Session], Awaitable[None]]
_copying: list[Copying] = []


def at_copy(copying: Copying) -> Copying:
    """Register what copies its part of the first session into the second."""
    _copying.append(copying)
    return copying


async def copy_all(work: Work, session: Session, copy: Session) -> None:
    """In the order in which they registered."""
    for copying in _copying:
        await copying(work, session, copy)
