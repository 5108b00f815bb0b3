"""What lost reports would have done to outputs, intents that wait for a media server to come back, and what
time alone does to recordings.
"""

from collections import defaultdict
from datetime import datetime, timedelta

import structlog

from livehall.core.ports.media import MediaUnavailable, Output
from livehall.core.recordings import listing_store, publishing, quotas, reports, steps, store, wanting
from livehall.core.recordings.model import Egress
from livehall.core.recordings.steps import Recorder
from livehall.core.rooms import store as rooms
from livehall.core.sessions import store as sessions
from livehall.core.sessions.faults import SessionNotFound
from livehall.core.sessions.model import Session
from livehall.core.sessions.rights import settings_of
from livehall.kernel.actor import MEDIA, SYSTEM
from livehall.kernel.db import DatabaseUnavailable
from livehall.kernel.ids import Id
from livehall.kernel.work import Desk, Work

log = structlog.get_logger(__name__)

PATIENCE = timedelta(minutes=2)  # how long an intent is tried, by a media server that answers
CALLER = timedelta(seconds=10)  # an intent older than any call's deadline has no caller any more
AT_ONCE = 100  # recordings that one round publishes
YOUNG = timedelta(seconds=10)  # an output so young may not be listed yet


async def reconcile_outputs(recorder: Recorder) -> None:
    """Compare open outputs with the media server's; call it every few seconds.

    What cannot be done now is left to the next round.
    """
    try:
        async with recorder.desk.read(SYSTEM) as read:
            found, now = await store.all_open(read), read.now
    except DatabaseUnavailable:
        return
    by_session: dict[Id, list[Egress]] = defaultdict(list)
    for row in found:
        by_session[row.session_id].append(row)
    for session_id, rows in by_session.items():
        try:
            async with recorder.desk.read(SYSTEM) as read:
                session = await sessions.ever(read, session_id)
            await _reconcile(recorder, session, rows, now)
        except (MediaUnavailable, DatabaseUnavailable, SessionNotFound) as fault:
            log.warning("outputs could not be compared", session_id=session_id, fault=fault.code)


async def stop_over_plan(recorder: Recorder) -> None:
    """End recordings that run past what their plan has room for; call it every few seconds.

    Raises: DatabaseUnavailable. Emits: RecordingChanged.
    """
    async with recorder.desk.read(SYSTEM) as read:
        found = await quotas.over(read)
    for row in found:
        log.info("a recording ends with its plan's quota", recording_id=row.id, session_id=row.session_id)
        try:
            await recorder.cut(row)
        except MediaUnavailable as fault:
            log.warning("a recording could not be ended", recording_id=row.id, fault=fault.code)


class Publisher:
    """Publishes recordings whose time has come."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._failing: set[Id] = set()  # told of; each is tried again in every round

    async def publish_due(self) -> None:
        """Publish those that are ready; call it every few seconds.

        `AT_ONCE` at most, the earliest first. One that cannot be published is left to the next round, and
        those behind it are not. It is logged when it begins to fail, and not in every round.
        Raises: DatabaseUnavailable. Emits: RecordingUpdated.
        """
        published, passed_over = 0, set[Id]()
        while published < AT_ONCE:
            async with self._desk.read(SYSTEM) as read:
                found = await listing_store.to_publish(read, AT_ONCE - published, len(passed_over))
            if not found:
                break
            for recording_id in found:
                if await self._published(recording_id):
                    published += 1
                else:
                    passed_over.add(recording_id)
        self._failing &= passed_over

    async def _published(self, recording_id: Id) -> bool:
        """Raises: DatabaseUnavailable."""
        try:
            async with self._desk.work(SYSTEM, origin="job") as work:
                is_done = await publishing.publish_due(work, recording_id)
        except DatabaseUnavailable:
            raise
        except Exception:  # a mistake in one
            if recording_id not in self._failing:
                log.exception("a recording could not be published at its time", recording_id=recording_id)
                self._failing.add(recording_id)
            return False
        if is_done:
            log.info("a recording was published at its time", recording_id=recording_id)
        return is_done


async def _reconcile(recorder: Recorder, session: Session, rows: list[Egress], now: datetime) -> None:
    listed = {each.id: each for each in await _listed(recorder, session, now)}
    for row in rows:
        if row.media_id is None:
            await _try_again(recorder, session, row, now)
        elif (report := listed.get(row.media_id)) is not None:
            await _follow(recorder, session, row, report)
        elif now - row.created_at > YOUNG:
            await _follow(recorder, session, row, reports.lost(row))


async def _listed(recorder: Recorder, session: Session, now: datetime) -> tuple[Output, ...]:
    try:
        found = await recorder.outputs.outputs(session.media_room or session.id)
    except MediaUnavailable:
        recorder.answering_since = None
        raise
    recorder.answering_since = recorder.answering_since or now
    return found


async def _try_again(recorder: Recorder, session: Session, row: Egress, now: datetime) -> None:
    """Neither our own downtime nor the media server's counts against `PATIENCE`."""
    if now - row.created_at < CALLER:
        return
    is_hopeless = False
    tried_since = max(row.created_at, recorder.answering_since or now)
    if session.is_open and now - tried_since < PATIENCE:
        try:
            await recorder.begin(row.id)
            return
        except MediaUnavailable as fault:
            is_hopeless = steps.is_hopeless(fault)
            if not is_hopeless:
                raise
    async with recorder.desk.work(SYSTEM, origin="job") as work:
        held = await store.get_egress(work, row.id)
        if held is not None and held.media_id is None:
            await steps.give_up(work, held, steps.GAVE_UP)
            if held.kind == "file" and not is_hopeless:
                await _want_again(work, session.id)


async def _want_again(work: Work, session_id: Id) -> None:
    """C26: one failure is on record; a live session whose setting says so is recorded all the same."""
    session = await sessions.ever(work, session_id)
    room = (await rooms.by_ids(work, {session.room_id})).get(session.room_id)
    is_ours = session.status == "live" and session.mode != "external"
    if is_ours and room is not None and settings_of(session, room).recording_enabled:
        await wanting.want_recording(work, session)


async def _follow(recorder: Recorder, session: Session, row: Egress, report: Output) -> None:
    async with recorder.desk.work(MEDIA, origin="job") as work:
        held = await store.get_egress(work, row.id)
        if held is None:
            return
        held = await reports.apply(work, held, report, recorder.public_url)
    if held.status == "ending" and report.state in ("starting", "active"):
        await recorder.outputs.stop(report.id)  # the first call was cut off
    elif held.status == report.state == "active" and held.layout is not None:
        await recorder.show(held, session)  # chosen while the server was away
