"""Operations of coming, going and attendance."""

from datetime import datetime

from starlette.responses import StreamingResponse

from livehall.core.audience import ops, people, steps
from livehall.core.audience.faults import AttendanceNotFound
from livehall.core.insight import metrics
from livehall.core.people.faults import QuotaExceeded
from livehall.core.ports.media import MediaRooms, MediaUnavailable
from livehall.core.ports.sealing import Sealing
from livehall.core.ports.tokens import Tokens
from livehall.core.recordings import replays
from livehall.core.recordings.faults import RecordingNotFound
from livehall.core.recordings.links import Links
from livehall.core.sessions.faults import (
    Banned,
    FeatureDisabled,
    InvalidState,
    NotAdmitted,
    RegistrationRequired,
    SessionNotFound,
    WrongPassword,
)
from livehall.core.sessions.showing import show_one
from livehall.core.stage import ops as stage
from livehall.dialects.kit import Answer, Call, Read
from livehall.dialects.live import tables
from livehall.dialects.live.api import Addresses, api
from livehall.dialects.live.attendance import wire
from livehall.dialects.live.recordings.addresses import hls_for
from livehall.dialects.live.rooms.wire import PageQuery
from livehall.kernel.actor import Actor
from livehall.kernel.faults import Forbidden
from livehall.kernel.ids import Id
from livehall.kernel.work import Desk, Work

NO_STORE = {"Cache-Control": "no-store"}


@api.route(
    "POST", "/sessions/{id}/join", operation="joinSession", tag="Sessions", access="viewer",
    raises=[
        QuotaExceeded, SessionNotFound, InvalidState, Banned, NotAdmitted, RegistrationRequired,
        WrongPassword, MediaUnavailable,
    ],
    answer=wire.JoinSessionResponse,
)  # fmt: skip
async def join_session(
    call: Call, desk: Desk, media: MediaRooms, sealing: Sealing, tokens: Tokens, links: Links,
    addresses: Addresses, actor: Actor, id: Id, body: wire.JoinSessionRequest | None,
) -> Answer:  # fmt: skip
    """Enter a session as whoever one is in it.

    Staff and speakers may join from `backstage` on, others when `live`; earlier the answer has admission
    `too_early` and no media token. Calling again while present goes on with the same attendance and a fresh
    token.
    """
    cmd = (body or wire.JoinSessionRequest()).command(id)
    joined = await steps.join(desk, media, sealing, actor, cmd)
    return await joined_answer(joined, desk, actor, tokens, links, addresses, call)


async def joined_answer(
    joined: steps.Joined, desk: Desk, actor: Actor, tokens: Tokens, links: Links, addresses: Addresses,
    call: Call,
) -> Answer:  # fmt: skip
    """What somebody gets who has come in."""
    at = joined.scene
    async with desk.read(actor) as read:
        shown = await show_one(read, at.session, at.room, at.standing)
        access = wire.realtime_access(joined, actor, tokens, addresses.realtime_url(call.origin), read.now)
        answer = wire.JoinSessionResponse.of(
            joined,
            shown,
            media_url=addresses.media_url(call.origin),
            hls_url=_hls_url(joined, shown.session.hls_url, links, addresses.origin(call.origin), read.now),
            realtime=access,
            now=read.now,
        )
    return Answer(answer, headers=NO_STORE)


def _hls_url(
    joined: steps.Joined, hls_url: str | None, links: Links, origin: str, now: datetime
) -> str | None:
    """Bound to the attendance, so that it stops with it (C16)."""
    if hls_url is None or joined.attendance is None:
        return None
    return hls_for(origin, links, joined.scene.session.id, joined.attendance.id, now)


@api.route(
    "POST", "/sessions/{id}/leave", operation="leaveSession", tag="Attendance", access="viewer",
    status=204, hot=True, raises=[SessionNotFound],
)  # fmt: skip
async def leave_session(work: Work, id: Id) -> None:
    """Say goodbye.

    Also called by the page when it is closed; the media server's own report comes later and changes nothing
    more. Without presence nothing happens (C6).
    """
    await ops.leave(work, id)


@api.route(
    "GET", "/sessions/{id}/viewers", operation="listViewers", tag="Attendance", access="viewer",
    machines=True,
    raises=[SessionNotFound, FeatureDisabled, Forbidden],
)  # fmt: skip
async def list_viewers(work: Read, id: Id, query: PageQuery) -> wire.ActiveViewersResponse:
    """Who is there now."""
    found = await people.present(work, id, offset=query.offset, limit=query.limit)
    return wire.ActiveViewersResponse.of(found, await stage.marks(work, id), query)


@api.route(
    "GET", "/sessions/{id}/attendance", operation="listAttendance", tag="Attendance", access="host",
    raises=[SessionNotFound, Forbidden],
)  # fmt: skip
async def list_attendance(work: Read, id: Id, query: wire.AttendanceQuery) -> wire.AttendanceListResponse:
    """Who was there, and how long."""
    return wire.AttendanceListResponse.of(await people.page(work, id, query.query()), query)


@api.route(
    "GET", "/sessions/{id}/attendance/stats", operation="getAttendanceStats", tag="Attendance",
    access="host", raises=[SessionNotFound, Forbidden],
)  # fmt: skip
async def get_attendance_stats(work: Read, id: Id) -> wire.AttendanceStatsResponse:
    """Figures of the audience."""
    figures = await people.statistics(work, id)
    return wire.AttendanceStatsResponse.of(figures, (await metrics.metrics(work, [id]))[id])


@api.route(
    "GET", "/sessions/{id}/attendance/export", operation="exportAttendance", tag="Attendance",
    access="host", raises=[SessionNotFound, Forbidden], plain=True,
    answer=list[wire.AttendanceResponse], also=tables.FILES,
)  # fmt: skip
async def export_attendance(desk: Desk, actor: Actor, id: Id, query: wire.ExportQuery) -> StreamingResponse:
    """The attendance as a file.

    Streamed. Text cells that begin like a formula are defused. The export is written to the audit log.
    """
    export = await people.export(desk, actor, id, query.format)
    rows = (wire.AttendanceResponse.of(each) async for each in people.exported(desk, actor, export))
    return tables.answer(query.format, f"attendance-{id}", wire.AttendanceResponse, rows)


@api.route(
    "POST", "/attendance/{id}/beat", operation="attendanceBeat", tag="Attendance", access="viewer",
    hot=True, raises=[AttendanceNotFound, SessionNotFound, RecordingNotFound, Banned, InvalidState],
)  # fmt: skip
async def attendance_beat(work: Work, id: Id, body: wire.BeatRequest | None) -> wire.BeatResponse:
    """A player's sign of life, every 30 s, for those who watch without a media connection.

    Of a replay, it says what was played since the last one: media time, at most four seconds in a second.
    """
    row = await replays.beat(work, id, (body or wire.BeatRequest()).stretches())
    return wire.BeatResponse(attendance_id=row.id, next_beat_in=wire.BEAT_S)
