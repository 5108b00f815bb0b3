"""Outputs of the media server: begun, ended, kept. Three steps (architecture, rule 2): the intent is stored;
the server is called outside any transaction; the answer is stored, or the intent taken back.

An intent that a caller waits for is taken back when the server refuses, and the caller gets 502. One that
nobody waits for (go-live, a follow-up) stays, and `jobs` tries it again for a while.
"""

import asyncio
from datetime import datetime, timedelta
from functools import partial

import msgspec
import structlog

from livehall.core.audience.scene import Scene, scene
from livehall.core.ports.media import (
    MediaOutputs,
    MediaUnavailable,
    Output,
    OutputUnsupported,
    StreamRefused,
)
from livehall.core.ports.sealing import Sealing
from livehall.core.recordings import ops, reports, rows, store, streaming, streaming_store, wanting
from livehall.core.recordings.arranging import arranged, shown_first
from livehall.core.recordings.faults import (
    AlreadyRecording,
    AlreadyStreaming,
    NotStreaming,
    RecordingNotFound,
)
from livehall.core.recordings.model import OPEN, Egress, Recording
from livehall.core.recordings.ops import Shown
from livehall.core.recordings.quotas import check_is_readable, check_may_record
from livehall.core.sessions import store as sessions
from livehall.core.sessions.faults import InvalidState
from livehall.core.sessions.model import Session
from livehall.kernel.actor import MEDIA, SYSTEM, Actor
from livehall.kernel.db import Duplicate
from livehall.kernel.ids import Id
from livehall.kernel.work import Desk, Work

log = structlog.get_logger(__name__)

GAVE_UP = "media_unavailable"
ASKED = timedelta(seconds=10)  # who asks the media server for longer has died over it
LOOK_S = 0.1


class Hls(msgspec.Struct, frozen=True, kw_only=True):
    """The HLS output of a session, and whether this call had to start it."""

    session: Session
    egress: Egress
    created: bool


class Recorder:
    """Asks the media server for outputs, once for each intent, however many want it."""

    def __init__(self, desk: Desk, outputs: MediaOutputs, sealing: Sealing, *, public_url: str) -> None:
        """`public_url`: the public origin without a slash, for HLS addresses."""
        self.desk, self.outputs, self.public_url = desk, outputs, public_url
        self._sealing = sealing
        self.answering_since: datetime | None = None  # the media server, this process, without a break
        self._under_way: dict[Id, asyncio.Task[None]] = {}
        self._anew: set[asyncio.Task[None]] = set()

    async def start(self, actor: Actor, session_id: Id) -> Shown:
        """Begin to record.

        Raises: SessionNotFound, Forbidden, FeatureDisabled, InvalidState, QuotaExceeded, AlreadyRecording,
        MediaUnavailable.
        Emits: OutputWanted, RecordingChanged.
        """
        async with self.desk.work(actor) as work:
            at = await self._running(work, session_id)
            await check_may_record(work, at.session)
            try:
                recording = await rows.add_recording(work, at.session)
            except Duplicate as error:
                raise AlreadyRecording from error
            egress = await rows.add_egress(work, at.session, "file", recording.id)
        await self._begin_or_take_back(egress)
        async with self.desk.read(actor) as read:
            return await ops.get(read, recording.id)

    async def stop(self, actor: Actor, session_id: Id) -> Shown:
        """End the recording that runs; without one, the last one is the answer.

        Raises: SessionNotFound, Forbidden, RecordingNotFound (there never was one), MediaUnavailable.
        Emits: RecordingChanged.
        """
        async with self.desk.work(actor) as work:
            at = await self._run(work, session_id)
            recording = await store.running(work, session_id)
            if recording is None:
                last = await store.last(work, session_id)
                if last is None:
                    raise RecordingNotFound
                return await ops.show(work, at, last)
            wanted = await _end_of(work, recording)
        try:
            await self._end(wanted)
        except MediaUnavailable:
            async with self.desk.work(actor) as work:
                for row in wanted:
                    held = await store.get_egress(work, row.id)
                    if held is not None and held.status == "ending":
                        await store.change_egress(work, held, status=row.status)
            raise
        async with self.desk.work(actor) as work:
            held_recording = await store.get(work, recording.id)
            if held_recording is None:
                raise RecordingNotFound
            if held_recording.status in ("starting", "recording"):
                held_recording = await rows.move(work, held_recording, "processing", ended_at=work.now)
            return await ops.show(work, at, held_recording)

    async def cut(self, recording: Recording) -> None:
        """End a recording that its plan has no more room for; what it has is kept.

        Raises: MediaUnavailable; the reconciler then ends its output. Emits: RecordingChanged.
        """
        async with self.desk.work(SYSTEM, origin="job") as work:
            held = await store.running(work, recording.session_id)
            if held is None or held.id != recording.id:
                return
            wanted = await _end_of(work, held)
            if (held := await store.running(work, recording.session_id)) is not None:
                await rows.move(work, held, "processing", ended_at=work.now)
        await self._end(wanted)

    async def ensure_hls(self, actor: Actor, session_id: Id) -> Hls:
        """One HLS output of the session, whoever asks and how often.

        Raises: SessionNotFound, Forbidden, InvalidState, MediaUnavailable.
        Emits: OutputWanted, SessionUpdated, OutputChanged.
        """
        async with self.desk.work(actor) as work:
            at = await self._running(work, session_id)
            egress, created = await wanting.want_hls(work, at.session)
        if egress.media_id is None:
            await self._begin_or_take_back(egress)
        async with self.desk.read(actor) as read:
            return Hls(
                session=await sessions.get(read, session_id),
                egress=await store.get_egress(read, egress.id) or egress,
                created=created,
            )

    async def start_stream(self, actor: Actor, session_id: Id, target_id: Id) -> Egress:
        """Push the broadcast to a target of its room.

        Raises: SessionNotFound, Forbidden, StreamingTargetNotFound, InvalidState, FeatureDisabled,
        AlreadyStreaming, MediaUnavailable. Emits: OutputWanted, OutputChanged.
        """
        async with self.desk.work(actor) as work:
            at = await self._running(work, session_id)
            target = await streaming_store.get(work, at.session.room_id, target_id)
            if at.session.status != "live":
                raise InvalidState("The session is not live.")
            await check_is_readable(work, at.session)
            try:
                egress = await rows.add_egress(work, at.session, "rtmp", target_id=target.id)
            except Duplicate as error:
                raise AlreadyStreaming from error
        await self._begin_or_take_back(egress)
        async with self.desk.read(actor) as read:
            return await store.get_egress(read, egress.id) or egress

    async def stop_stream(self, actor: Actor, session_id: Id, target_id: Id) -> Egress:
        """End it; the server reports when it has. Until then a repetition is harmless.

        Raises: SessionNotFound, Forbidden, StreamingTargetNotFound, NotStreaming, MediaUnavailable.
        Emits: OutputChanged.
        """
        async with self.desk.work(actor) as work:
            at = await self._run(work, session_id)
            await streaming_store.get(work, at.session.room_id, target_id)
            row = await store.stream_of(work, session_id, target_id)
            if row is None:
                raise NotStreaming
            if row.media_id is None:
                await give_up(work, row, reports.NOTHING_RECORDED)
            elif row.status != "ending":
                row = await store.change_egress(work, row, status="ending")
                rows.tell_output(work, row, at.session.room_id)
        await self._end([row])
        async with self.desk.read(actor) as read:
            return await store.get_egress(read, row.id) or row

    async def begin(self, egress_id: Id) -> None:
        """The middle and the end of the three steps, once at a time for each intent.

        Raises: MediaUnavailable, OutputUnsupported; the intent is left as it is.
        """
        task = self._under_way.get(egress_id)
        if task is None:
            task = asyncio.get_running_loop().create_task(self._begin(egress_id))
            self._under_way[egress_id] = task
            task.add_done_callback(lambda _: self._under_way.pop(egress_id, None))
        await asyncio.shield(task)

    async def begin_waiting(self, session_id: Id) -> None:
        """There is a media room now: ask again for what could not begin without it, and wait for nothing."""
        async with self.desk.read(SYSTEM) as read:
            found = await store.open_in(read, session_id)
        for row in found:
            if row.media_id is None:
                task = asyncio.get_running_loop().create_task(self._begin_anew(row.id))
                self._anew.add(task)
                task.add_done_callback(self._anew.discard)
                task.add_done_callback(partial(_say_fault, row.id))

    async def end_all(self, session_id: Id) -> None:
        """The session is over: its outputs end, what was recorded is kept.

        Raises: MediaUnavailable; may be repeated. Emits: RecordingChanged.
        """
        async with self.desk.work(SYSTEM, origin="job") as work:
            wanted = await store.open_in(work, session_id)
            for row in wanted:
                if row.media_id is None:
                    await give_up(work, row, reports.NOTHING_RECORDED)
                elif row.status != "ending":
                    await store.change_egress(work, row, status="ending")
            recording = await store.running(work, session_id)
            if recording is not None:
                await rows.move(work, recording, "processing", ended_at=work.now)
        await self._end([row for row in wanted if row.media_id is not None])

    async def arrange(self, session_id: Id) -> None:
        """Have what runs of a session show its pictures as the session says.

        Raises: MediaUnavailable; may be repeated.
        """
        async with self.desk.read(SYSTEM) as read:
            session = await sessions.ever(read, session_id)
            running = [row for row in await store.open_in(read, session_id) if row.status != "ending"]
        for row in running:
            await self.show(row, session)

    async def show(self, row: Egress, session: Session) -> None:
        """Have one output show its pictures so. One that only begins may not follow yet, and is told again.

        Raises: MediaUnavailable.
        """
        knows = row.status == "active" and arranged(row) == arranged(session)
        if row.media_id is None or knows:
            return
        await self.outputs.arrange(row.media_id, session.layout, shown_first(session))
        if row.status == "active":
            async with self.desk.work(SYSTEM, origin="job") as work:
                await store.change_egress(work, row, layout=session.layout, pinned_id=session.pinned_id)

    async def _begin_anew(self, egress_id: Id) -> None:
        """Behind what is under way, which may have asked too early; nothing where that was answered."""
        if (asked := self._under_way.get(egress_id)) is not None:
            await asyncio.wait([asked])
        await self.begin(egress_id)

    async def _begin(self, egress_id: Id) -> None:
        while True:
            async with self.desk.work(SYSTEM, origin="job") as work:
                row = await store.get_egress(work, egress_id)
                if row is None or row.media_id is not None or row.status != "starting":
                    return
                session = await sessions.ever(work, row.session_id)
                target = await self._target(work, row)
                if await store.ask(work, egress_id, work.now - ASKED):
                    break
            await asyncio.sleep(LOOK_S)  # another process asks
        try:
            output = await self._ask(session, row, target)
        except BaseException:
            async with self.desk.work(SYSTEM, origin="job") as work:
                held = await store.get_egress(work, egress_id)
                if held is not None:
                    await store.change_egress(work, held, asked_at=None)
            raise
        async with self.desk.work(MEDIA, origin="job") as work:
            held = await store.get_egress(work, egress_id)
            is_wanted = held is not None and held.status in ("starting", "active")
            now = await sessions.ever(work, session.id)
            if held is not None and held.media_id is None:
                held = await store.change_egress(
                    work, held, media_id=output.id, layout=session.layout, pinned_id=session.pinned_id
                )
                if is_wanted:
                    await reports.apply(work, held, output, self.public_url)
        if not is_wanted:  # stopped, or the session ended, while the server was asked
            await self.outputs.stop(output.id)
        elif arranged(now) != arranged(session):  # changed, while the server was asked
            await self.outputs.arrange(output.id, now.layout, shown_first(now))

    async def _target(self, work: Work, row: Egress) -> str:
        """The whole address of a stream, with its secret; empty for what is none."""
        if row.streaming_target_id is None:
            return ""
        target = await streaming_store.any_of_id(work, row.streaming_target_id)
        return streaming.address(self._sealing, target)

    async def _ask(self, session: Session, row: Egress, target: str) -> Output:
        room = session.media_room or session.id
        shown = session.layout, shown_first(session)
        if target:
            return await self.outputs.stream(room, target, *shown)
        if row.kind == "file":
            return await self.outputs.record(room, row.path, *shown)
        return await self.outputs.package(room, row.path, *shown)

    async def _begin_or_take_back(self, row: Egress) -> None:
        try:
            await self.begin(row.id)
        except MediaUnavailable:
            async with self.desk.work(SYSTEM) as work:
                held = await store.get_egress(work, row.id)
                if held is not None and held.media_id is None:
                    await store.take_back(work, held)
            raise

    async def _end(self, wanted: list[Egress]) -> None:
        for row in wanted:
            if row.media_id is not None:
                await self.outputs.stop(row.media_id)

    async def _run(self, work: Work, session_id: Id) -> Scene:
        """Raises: SessionNotFound, Forbidden."""
        at = await scene(work, session_id)
        at.check("session.run")
        return at

    async def _running(self, work: Work, session_id: Id) -> Scene:
        """Raises: SessionNotFound, Forbidden, InvalidState."""
        at = await self._run(work, session_id)
        if not at.session.is_open or at.session.media_room is None:
            raise InvalidState("The session is not in backstage or live.")
        if at.session.mode == "external":
            raise InvalidState("The picture of this session is not ours to record.")
        return at


async def _end_of(work: Work, recording: Recording) -> list[Egress]:
    """Its outputs, which the media server is now to be told to end. Emits: RecordingChanged."""
    opened = await store.open_in(work, recording.session_id)
    wanted = [row for row in opened if row.recording_id == recording.id]
    for row in wanted:
        if row.media_id is None:
            await give_up(work, row, reports.NOTHING_RECORDED)
        else:
            await store.change_egress(work, row, status="ending")
    return wanted


async def give_up(work: Work, row: Egress, code: str) -> None:
    """An intent comes to nothing, and one can see why. Emits: RecordingChanged, OutputChanged."""
    if row.status not in OPEN:
        return
    row = await store.change_egress(work, row, status="failed", error=code, ended_at=work.now)
    recording = await store.get(work, row.recording_id) if row.recording_id else None
    if recording is not None:
        await rows.move(work, recording, "failed", error_code=code, ended_at=work.now)
    if row.kind != "file":
        rows.tell_output(work, row, (await sessions.ever(work, row.session_id)).room_id)


def is_hopeless(fault: MediaUnavailable) -> bool:
    """Whether asking again will not help."""
    return isinstance(fault, OutputUnsupported | StreamRefused)


def _say_fault(egress_id: Id, task: asyncio.Task[None]) -> None:
    """What fails where nobody waits; the reconciler tries it again."""
    fault = None if task.cancelled() else task.exception()
    if fault is not None:
        log.warning("an output could not begin", egress_id=egress_id, fault=repr(fault))
