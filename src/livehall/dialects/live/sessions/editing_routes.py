"""Changing an announced session, calling it off, planning it once more."""

from livehall.core.people.faults import QuotaExceeded
from livehall.core.sessions import editing
from livehall.core.sessions.faults import FeatureDisabled, InvalidState, SessionNotFound
from livehall.core.sessions.showing import Shown
from livehall.dialects.kit import Answer, IfMatch
from livehall.dialects.live.api import api
from livehall.dialects.live.sessions import editing_wire as wire
from livehall.dialects.live.sessions.wire import SessionResponse
from livehall.kernel.faults import Conflict, Forbidden
from livehall.kernel.ids import Id
from livehall.kernel.work import Work

RAISES = (SessionNotFound, Forbidden, FeatureDisabled, Conflict, InvalidState)


@api.route(
    "PATCH", "/sessions/{id}", operation="updateSession", tag="Sessions", access="co-host",
    raises=[*RAISES, QuotaExceeded], answer=SessionResponse,
)  # fmt: skip
async def update_session(work: Work, id: Id, if_match: IfMatch, body: wire.UpdateSessionRequest) -> Answer:
    """Change an announced session.

    A mode for encoders gets its address and key at the start. Publishes: `session.updated`,
    `session.rescheduled`, `session.settings`.
    """
    return _answer(await editing.update(work, id, body.command(), if_match), work)


@api.route(
    "POST", "/sessions/{id}/cancel", operation="cancelSession", tag="Sessions", access="co-host",
    raises=RAISES, answer=SessionResponse,
)  # fmt: skip
async def cancel_session(work: Work, id: Id, if_match: IfMatch) -> Answer:
    """Call off an announced session.

    Those who were invited, registered or asked to be reminded are told by mail. Publishes: `session.state`.
    """
    return _answer(await editing.cancel(work, id, if_match), work)


@api.route(
    "POST", "/sessions/{id}/duplicate", operation="duplicateSession", tag="Sessions", access="host",
    status=201, repeatable=True, raises=[SessionNotFound, Forbidden, QuotaExceeded], answer=SessionResponse,
)  # fmt: skip
async def duplicate_session(work: Work, id: Id, body: wire.DuplicateSessionRequest | None) -> Answer:
    """Plan a session once more.

    With its settings, polls and speakers; the polls are drafts. Publishes: `session.created`.
    """
    cmd = (body or wire.DuplicateSessionRequest()).command()
    return _answer(await editing.duplicate(work, id, cmd), work)


def _answer(shown: Shown, work: Work) -> Answer:
    return Answer(SessionResponse.of(shown, work.now), revision=shown.session.revision)
