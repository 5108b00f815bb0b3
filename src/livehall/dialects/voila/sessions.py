"""Where the reports of a session are found, and that it is one of its program."""

from livehall.core.sessions.faults import SessionNotFound
from livehall.core.sessions.ops import check_may_run
from livehall.kernel.actor import Actor
from livehall.kernel.ids import Id
from livehall.kernel.work import Desk

PROGRAM = "/organizations/{organizationId}/programs/{programId}"
SESSION = f"{PROGRAM}/sessions/{{sessionId}}"


async def check_is_in(desk: Desk, actor: Actor, session_id: Id, program_id: Id) -> None:
    """Raises: SessionNotFound, Forbidden."""
    async with desk.read(actor) as read:
        shown = await check_may_run(read, session_id)
    if shown.session.room_id != program_id:
        raise SessionNotFound
