"""Openings and closings with their events, inside one work. The session's row is held by the caller."""

from livehall.core.polls import store
from livehall.core.polls.events import PollClosed, PollDrafted, PollFacts, PollOpened
from livehall.core.polls.model import Poll, Tally
from livehall.core.sessions import store as sessions
from livehall.core.sessions.model import Session
from livehall.core.sessions.rights import Standing, rights_of, settings_of
from livehall.kernel.work import Work

AUDIENCE = Standing(role="viewer")


def is_public(session: Session) -> bool:
    """Whether the audience may see polls; else they are told to the staff."""
    return "poll.read" in rights_of(settings_of(session), AUDIENCE)


async def tell_drafted(work: Work, session: Session, row: Poll) -> None:
    """Emits: PollDrafted."""
    work.emit(
        PollDrafted(
            organization_id=row.organization_id,
            poll_id=row.id,
            session_id=session.id,
            room_id=session.room_id,
            revision=session.revision,
            is_public=False,
            poll=PollFacts.of(row),
        )
    )


async def tell_opened(work: Work, session: Session, row: Poll) -> None:
    """Emits: PollOpened."""
    public = is_public(session)
    work.emit(
        PollOpened(
            organization_id=row.organization_id,
            poll_id=row.id,
            session_id=session.id,
            room_id=session.room_id,
            revision=await sessions.bump(work, session.id) if public else session.revision,
            is_public=public,
            poll=PollFacts.of(row),
        )
    )


async def close_poll(work: Work, session: Session, row: Poll, tally: Tally) -> Poll:
    """`row` is held, `tally` its exact count. One that ran out of time closed then. Emits: PollClosed."""
    at = work.now if row.closes_at is None else min(work.now, row.closes_at)
    closed = await store.close(work, row, tally, at)
    public = is_public(session)
    work.emit(
        PollClosed(
            organization_id=row.organization_id,
            poll_id=row.id,
            session_id=session.id,
            room_id=session.room_id,
            revision=await sessions.bump(work, session.id) if public else session.revision,
            is_public=public,
            poll=PollFacts.of(closed),
            tally=tally,
        )
    )
    return closed
