"""What the media server's reports of outputs do (realtime.md §4). Late, doubled, reordered: harmless.

The same effects come from reports and from the reconciler, which asks for the list of outputs.
"""

from contextlib import suppress

import structlog

from livehall.core.people.faults import QuotaExceeded
from livehall.core.ports.media import Output
from livehall.core.recordings import rows, store
from livehall.core.recordings.events import OutputReported
from livehall.core.recordings.model import OPEN, Egress, Recording
from livehall.core.recordings.quotas import check_may_record
from livehall.core.recordings.states import egress_may
from livehall.core.sessions import ops as session_ops
from livehall.core.sessions import store as sessions
from livehall.core.sessions.faults import FeatureDisabled, SessionNotFound
from livehall.core.sessions.model import Session
from livehall.kernel.db import Duplicate
from livehall.kernel.ids import parse_id
from livehall.kernel.work import Work

log = structlog.get_logger(__name__)

MOST_ATTEMPTS = 3  # of an output that ends by itself
LOST = "lost"  # the media server no longer knows of it
NOTHING_RECORDED = "nothing_recorded"  # nobody published a picture or a sound
OUTPUT_FAILED = "output_failed"


async def output(work: Work, report: Output, public_url: str) -> None:
    """Copy what the media server says of an output. `public_url`: without a slash, for HLS addresses.

    Emits: RecordingChanged, SessionUpdated, OutputChanged, OutputReported, OutputWanted.
    """
    row = await store.egress_by_media_id(work, report.id)
    if row is None:
        row = await _adopt(work, report)
    if row is not None:
        await apply(work, row, report, public_url)


async def apply(work: Work, row: Egress, report: Output, public_url: str) -> Egress:
    """The effects of a report on the output it is about. Whether it is ending says our own row alone."""
    if report.state == "ending" or not egress_may(row.status, report.state):
        return row
    session = await sessions.ever(work, row.session_id)
    was_asked = row.status == "ending"  # its end is our own wish
    row = await store.change_egress(
        work,
        row,
        status=report.state,
        error=report.error,
        started_at=report.started_at or row.started_at,
        ended_at=row.ended_at if report.state in OPEN else (report.ended_at or work.now),
    )
    if row.kind == "file":
        await _follow_file(work, session, row, report, was_asked)
    elif row.kind == "rtmp":
        await _follow_stream(work, session, row, was_asked)
    else:
        await _follow_hls(work, session, row, public_url, was_asked)
    if row.status not in OPEN:
        work.emit(
            OutputReported(
                organization_id=row.organization_id,
                egress_id=row.id,
                session_id=row.session_id,
                room_id=session.room_id,
                recording_id=row.recording_id if row.status == "complete" else None,
            )
        )
    return row


def lost(row: Egress) -> Output:
    """What an output is that the media server no longer lists."""
    return Output(id=row.media_id or "", room=row.session_id, kind=row.kind, state="failed", error=LOST)


async def _adopt(work: Work, report: Output) -> Egress | None:
    """A report that was faster than the answer to the call that began the output."""
    session_id = parse_id(report.room)
    row = await store.unnamed(work, session_id, report.kind) if session_id else None
    return await store.change_egress(work, row, media_id=report.id) if row else None


async def _follow_file(work: Work, session: Session, row: Egress, report: Output, was_asked: bool) -> None:
    recording = await store.get(work, row.recording_id) if row.recording_id else None
    if recording is None:
        return
    if row.status == "active":
        await rows.move(work, recording, "recording", started_at=report.started_at or work.now)
    elif row.status == "complete" and report.files:
        await _keep(work, recording, report)
    elif row.status not in OPEN:
        await rows.move(work, recording, "failed", error_code=_code(report), ended_at=row.ended_at)
    if row.status not in OPEN and not was_asked and session.is_open:
        await _follow_up(work, session, row)


async def _keep(work: Work, recording: Recording, report: Output) -> None:
    """The file is whole, in the media server's folder: its own times and length are the recording's."""
    file = report.files[0]
    if await store.asset_of(work, recording.id) is None:
        await store.add_asset(work, await rows.file_of(work, recording, file.size))
    times = {
        "started_at": file.started_at or recording.started_at,
        "ended_at": file.ended_at or report.ended_at or work.now,
        "duration_ms": round(file.duration_s * 1000),
    }
    if recording.status == "processing":
        await store.change(work, recording, **times)
    else:
        await rows.move(work, recording, "processing", size=file.size, **times)


async def _follow_up(work: Work, session: Session, row: Egress) -> None:
    """It ended by itself while people are there: another recording goes on, if the plan still allows it."""
    attempt = 1 if row.status == "complete" else row.attempt + 1
    if attempt > MOST_ATTEMPTS:
        return
    try:
        await check_may_record(work, session)
    except (FeatureDisabled, QuotaExceeded) as refusal:
        log.info("a recording is not followed by another", session_id=session.id, reason=refusal.code)
        return
    try:
        following = await rows.add_recording(work, session)
    except Duplicate:  # somebody has begun one meanwhile
        return
    await rows.add_egress(work, session, "file", following.id, attempt)


def _code(report: Output) -> str:
    if report.error == LOST:
        return LOST
    return NOTHING_RECORDED if report.state == "aborted" else OUTPUT_FAILED


async def _follow_hls(work: Work, session: Session, row: Egress, public_url: str, was_asked: bool) -> None:
    with suppress(SessionNotFound):  # of one that is removed nobody has to know
        if row.status == "active":
            await session_ops.hls_changed(work, session.id, hls_address(public_url, session))
        elif row.status not in OPEN:
            await session_ops.hls_changed(work, session.id, None)
    if row.status not in OPEN and not was_asked and session.is_open and row.attempt < MOST_ATTEMPTS:
        await rows.add_egress(work, session, "hls", attempt=row.attempt + 1)
    rows.tell_output(work, row, session.room_id)


async def _follow_stream(work: Work, session: Session, row: Egress, was_asked: bool) -> None:
    """One that breaks off is begun again; the others never hear of it."""
    if row.status not in OPEN and not was_asked and session.is_open and row.attempt < MOST_ATTEMPTS:
        with suppress(Duplicate):  # somebody has begun one meanwhile
            await rows.add_egress(
                work, session, "rtmp", attempt=row.attempt + 1, target_id=row.streaming_target_id
            )
    rows.tell_output(work, row, session.room_id)


def hls_address(public_url: str, session: Session) -> str:
    """Where the session's HLS is; it opens with a token that `join` puts in (`hls`)."""
    return f"{public_url}/hls/{session.id}/index.m3u8"
