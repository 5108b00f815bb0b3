"""What the media server's reports of tracks do to the stage (realtime.md §4)."""

from livehall.core.rooms import store as rooms
from livehall.core.sessions import rules
from livehall.core.sessions import store as sessions
from livehall.core.sessions.programme import ReportedTrack
from livehall.core.sessions.rights import rights_of, settings_of, sources_of
from livehall.core.sessions.standings import of_account
from livehall.core.stage.events import PublishingRefused
from livehall.kernel.ids import Id, parse_id
from livehall.kernel.work import Work


async def track_published(work: Work, session_id: Id, track: ReportedTrack) -> None:
    """Somebody publishes what they may not: with a token from before, or against the preset.

    Raises: SessionNotFound. Emits: PublishingRefused.
    """
    account_id = parse_id(rules.account_of(track.identity) or "")
    if track.kind != "standard" or account_id is None:
        return
    session = await sessions.get(work, session_id)
    room = (await rooms.by_ids(work, {session.room_id})).get(session.room_id)
    if room is None or not session.is_open:
        return
    standing = await of_account(work, session, account_id)
    if track.source in sources_of(rights_of(settings_of(session, room), standing)):
        return
    work.emit(
        PublishingRefused(
            organization_id=session.organization_id,
            session_id=session.id,
            room_id=session.room_id,
            account_id=account_id,
            identity=track.identity,
            source=track.source,
        )
    )
