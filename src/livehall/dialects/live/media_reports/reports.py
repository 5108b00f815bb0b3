"""From a report to the slices that it concerns (`realtime.md` §4, report by report)."""

from livehall.core.audience import reports as audience
from livehall.core.ports.media import Report
from livehall.core.recordings import reports as recordings
from livehall.core.sessions import programme
from livehall.core.sessions.faults import SessionNotFound
from livehall.core.stage import reports as stage
from livehall.kernel.ids import parse_id
from livehall.kernel.work import Work


async def apply(work: Work, report: Report, public_url: str) -> None:
    """What a report does to us. Rooms that are none of ours and events that we do not know do nothing.

    `public_url`: for the addresses that it makes known.
    """
    session_id = parse_id(report.room)
    if session_id is None:
        return
    try:
        if report.output is not None:
            await recordings.output(work, report.output, public_url)
        elif report.ingest is not None:
            await _encoder(work, report, session_id)
        elif report.event == "room_finished":
            at = audience.when(report.at_s, work.now)
            await audience.room_finished(work, report.room, at)
            await programme.seen(work, session_id, {}, at)
        elif report.presence is not None:
            await _participant(work, report, session_id)
    except SessionNotFound:
        return  # somebody else's room on the same server, or a session that is deleted


async def _encoder(work: Work, report: Report, session_id: str) -> None:
    at = audience.when(report.at_s, work.now)
    if report.event == "ingress_started":
        await programme.encoder_came(work, session_id, at)
    elif report.event == "ingress_ended":
        await programme.encoder_gone(work, session_id, at)


async def _participant(work: Work, report: Report, session_id: str) -> None:
    connection = _connection(work, report)
    match report.event:
        case "participant_joined":
            await audience.joined(work, connection)
        case "participant_left":
            await audience.left(work, connection)
            await programme.participant_gone(work, session_id, connection.sid, connection.at)
        case "participant_connection_aborted":
            await audience.aborted(work, connection)
        case "track_published" if report.track is not None:
            track = programme.ReportedTrack(
                sid=report.track.sid,
                participant_sid=connection.sid,
                identity=connection.identity,
                source=report.track.source,
                kind=connection.kind,
            )
            await programme.track_published(work, session_id, track, connection.at)
            await stage.track_published(work, session_id, track)
        case "track_unpublished" if report.track is not None:
            await programme.track_unpublished(work, session_id, report.track.sid, connection.at)


def _connection(work: Work, report: Report) -> audience.Connection:
    assert report.presence is not None
    at = audience.when(report.at_s, work.now)
    if report.event == "participant_joined":
        at = audience.stood(report.presence.joined_at, report.at_s, work.now)
    return audience.Connection(
        room=report.room,
        sid=report.presence.sid,
        identity=report.presence.identity,
        at=at,
        name=report.name,
        kind=report.presence.kind,
        reason=report.reason,
    )
