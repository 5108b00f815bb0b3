"""How the pictures of a session are put together, wherever they become one: recording, HLS, streams."""

from livehall.core.audience.scene import scene
from livehall.core.ports.media import Layout
from livehall.core.recordings import store
from livehall.core.recordings.events import SessionArranged
from livehall.core.sessions import store as sessions
from livehall.core.sessions.faults import InvalidState
from livehall.core.sessions.model import Session
from livehall.kernel.faults import check_revision
from livehall.kernel.ids import Id
from livehall.kernel.work import Work


async def arrange(
    work: Work, session_id: Id, layout: Layout, expected_revision: int | None = None
) -> Session:
    """Choose the layout, at any time until the session is over.

    What runs follows at once. Between one picture and several it cannot be changed while something runs: one
    picture is passed on as it was sent, several are drawn anew, and a file does not change from one to the
    other.

    Raises: SessionNotFound, Forbidden, Banned, FeatureDisabled, Conflict, InvalidState.
    Emits: SessionArranged, for a change.
    """
    at = await scene(work, session_id)
    at.check("session.run")
    session, _ = await sessions.hold(work, at.session)  # two who change the same revision: one is told
    check_revision(session.revision, expected_revision)
    if session.is_over:
        raise InvalidState("The session is over.")
    if session.mode == "external":
        raise InvalidState("The picture of this session is not ours to arrange.")
    if session.layout == layout:
        return session
    if "single" in (session.layout, layout):
        running = await store.open_in(work, session_id)
        if any(row.status != "ending" for row in running):
            raise InvalidState(
                "What is recorded, packaged or streamed now began otherwise: stop it first, or choose before"
                " going live."
            )
    changed = await sessions.change(work, session_id, {"layout": layout})
    work.emit(
        SessionArranged(
            organization_id=changed.organization_id,
            session_id=changed.id,
            room_id=changed.room_id,
            revision=changed.revision,
            layout=changed.layout,
        )
    )
    return changed
