"""How the pictures of a session are put together, wherever they become one: recording, HLS, streams."""

import msgspec
from msgspec import UNSET, UnsetType

from livehall.core.audience.scene import scene
from livehall.core.ports.media import Layout
from livehall.core.recordings import store
from livehall.core.recordings.model import Egress
from livehall.core.sessions import pinning
from livehall.core.sessions import store as sessions
from livehall.core.sessions.faults import InvalidState
from livehall.core.sessions.model import Session
from livehall.kernel.faults import check_revision
from livehall.kernel.ids import Id
from livehall.kernel.work import Work


class Arrange(msgspec.Struct, frozen=True, kw_only=True):
    """UNSET: as it is. `pinned_id`: the account that is shown first; None: nobody in particular."""

    layout: Layout | UnsetType = UNSET
    pinned_id: Id | UnsetType | None = UNSET
    expected_revision: int | None = None


async def arrange(work: Work, session_id: Id, cmd: Arrange) -> Session:
    """Choose the layout, at any time until the session is over, and who on stage is shown first.

    What runs follows at once. Between one picture and several it cannot be changed while something runs: one
    picture is passed on as it was sent, several are drawn anew, and a file does not change from one to the
    other.

    Raises: SessionNotFound, Forbidden, Banned, FeatureDisabled, Conflict, InvalidState, Invalid (who is
    pinned is not on stage).
    Emits: SessionArranged, for a change.
    """
    at = await scene(work, session_id)
    at.check("session.run")
    session, _ = await sessions.hold(work, at.session)  # two who change the same revision: one is told
    check_revision(session.revision, cmd.expected_revision)
    if session.is_over:
        raise InvalidState("The session is over.")
    if session.mode == "external":
        raise InvalidState("The picture of this session is not ours to arrange.")
    layout = session.layout if cmd.layout is UNSET else cmd.layout
    pinned_id = session.pinned_id if cmd.pinned_id is UNSET else cmd.pinned_id
    if (session.layout, session.pinned_id) == (layout, pinned_id):
        return session
    if pinned_id is not None and pinned_id != session.pinned_id:
        await pinning.check_may_be_pinned(work, session, pinned_id)
    if session.layout != layout and "single" in (session.layout, layout):
        running = await store.open_in(work, session_id)
        if any(row.status != "ending" for row in running):
            raise InvalidState(
                "What is recorded, packaged or streamed now began otherwise: stop it first, or choose before"
                " going live."
            )
    changed = await sessions.change(work, session_id, {"layout": layout, "pinned_id": pinned_id})
    pinning.tell(work, changed)
    return changed


def arranged(row: Session | Egress) -> tuple[Layout | None, Id | None]:
    """How the pictures are to be put together, or, of an output, were the last time it was told."""
    return row.layout, row.pinned_id


def shown_first(session: Session) -> str:
    """Who is pinned, as the media server knows people; empty: nobody."""
    return f"u.{session.pinned_id}" if session.pinned_id else ""
