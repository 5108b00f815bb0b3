"""Who is shown first wherever the pictures of a session become one: somebody on stage, as long as they are.

`core.recordings.arranging` pins; whoever closes a place on stage calls `unpin` in the same work.
"""

from livehall.core.sessions import places, rules, store
from livehall.core.sessions.events import SessionArranged, about
from livehall.core.sessions.model import Session
from livehall.kernel.faults import invalid
from livehall.kernel.ids import Id
from livehall.kernel.work import Work


async def check_may_be_pinned(work: Work, session: Session, account_id: Id) -> None:
    """`session` is held, so that nobody leaves the stage meanwhile. Raises: Invalid."""
    if not await _is_on_stage(work, session, account_id):
        raise invalid("pinned", "There is nobody with this id on stage.")


async def unpin_absent(work: Work, session: Session) -> None:
    """Nobody is shown first any more, if who was has left the stage. Emits: SessionArranged, for a change."""
    pinned = session.pinned_id
    if pinned and not await _is_on_stage(work, session, pinned):
        await unpin(work, session.id, pinned)


async def unpin(work: Work, session_id: Id, account_id: Id | None = None) -> None:
    """Nobody is shown first any more, if it was this person; None: whoever it was.

    Emits: SessionArranged, for a change.
    """
    changed = await store.unpin(work, session_id, account_id)
    if changed is not None:
        tell(work, changed)


def tell(work: Work, session: Session) -> None:
    """Say how the pictures are put together now. Emits: SessionArranged."""
    work.emit(SessionArranged(**about(session), layout=session.layout, pinned_id=session.pinned_id))


async def _is_on_stage(work: Work, session: Session, account_id: Id) -> bool:
    seated = {seat.account_id for seat in await places.seats(work, session.id)}
    return rules.is_on_stage(session, account_id, seated)
