"""Whether what was recorded of a session is shown to everybody: slices above follow in the same work."""

from collections.abc import Awaitable, Callable

from livehall.core.sessions.model import Session
from livehall.kernel.work import Work

Following = Callable[[Work, Session, bool], Awaitable[None]]
_following: list[Following] = []


def at_publishing(following: Following) -> Following:
    """Register what shows its part of a session to everybody, or to its staff alone."""
    _following.append(following)
    return following


async def publish_all(work: Work, session: Session, is_public: bool) -> None:
    """In the order in which they registered."""
    for following in _following:
        await following(work, session, is_public)
