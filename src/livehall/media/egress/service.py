"""The egress service of the media server: recordings and HLS of rooms, by LiveKit's Egress API.

State lies on disk before a recorder starts. `open` finishes what an earlier process left behind: its
recorders end by themselves when their input ends, and their parts are joined and reported as ended.
"""

import asyncio
import secrets
import string
import time
from collections.abc import Callable
from contextlib import suppress
from copy import deepcopy
from pathlib import Path
from typing import Literal

import structlog
from google.protobuf import json_format
from livekit.protocol import egress as proto
from msgspec.structs import replace

from livehall.media.egress import targets
from livehall.media.egress.faults import EgressFault
from livehall.media.egress.infos import to_info
from livehall.media.egress.job import OPEN_STATES, Job
from livehall.media.egress.plans import Plan, Request, plan_layout
from livehall.media.egress.plans import plan as plan_of
from livehall.media.egress.storage import Egress, Store
from livehall.media.tracks.programme import Programme
from livehall.media.workers.place import ALONE, Place

Notify = Callable[[str, proto.EgressInfo], None]

KEPT_NS = 24 * 3600 * 10**9  # how long an ended egress is listed
MOST_AT_ONCE = 8
KINDS: dict[type, Literal["room_composite", "participant", "track_composite", "track"]] = {
    proto.RoomCompositeEgressRequest: "room_composite",
    proto.ParticipantEgressRequest: "participant",
    proto.TrackCompositeEgressRequest: "track_composite",
    proto.TrackEgressRequest: "track",
}
CLOSE_S = 20.0  # for finishing all recordings when the server stops

_log = structlog.get_logger(__name__)
_ALPHABET = string.ascii_letters + string.digits


class EgressService:
    """`programme` finds a room by name; `notify` gets `egress_started`, `egress_updated`, `egress_ended`."""

    def __init__(
        self,
        programme: Callable[[str], Programme | None],
        notify: Notify,
        output_dir: Path,
        place: Place = ALONE,
        *,
        most_at_once: int = MOST_AT_ONCE,
        part_s: float = 0.0,
    ) -> None:
        """`part_s`: of low-latency HLS; 0: whole segments only."""
        self._programme = programme
        self._notify = notify
        self._output_dir = output_dir
        self._place = place
        self._most_at_once = most_at_once
        self._part_s = part_s
        self._store = Store(output_dir)
        self._egresses: dict[str, Egress] = {}
        self._jobs: dict[str, Job] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._is_open = False

    async def open(self) -> None:
        """Take over what lies on disk. Every other call does it first if nobody has."""
        if self._is_open:
            return
        for egress in self._store.all():
            if not self._place.owns(egress.room_name):
                continue
            if egress.status in OPEN_STATES:
                try:
                    self._take_over(egress)
                except Exception:  # one that cannot be taken over must not keep the others from it
                    _log.exception("egress not taken over", egress=egress.id)
            elif time.time_ns() - egress.ended_at > KEPT_NS:
                self._store.remove(egress.id)
            else:
                self._egresses[egress.id] = egress
        self._is_open = True

    async def start(self, request: Request) -> proto.EgressInfo:
        """Begin to record a room, one of its participants, or tracks of it.

        `egress_started` follows with the first frame. One of a participant ends when they have nothing to
        show for a while, one of tracks with them, and all end with their room.

        Raises: EgressFault (`not_found`, `invalid_argument`, `unimplemented`, `resource_exhausted`,
        `internal`).
        """
        await self.open()
        programme = self._programme(request.room_name)
        plan = plan_of(request, self._output_dir, programme.published() if programme is not None else ())
        if programme is None:
            raise EgressFault("not_found", "The room does not exist.")
        if plan.segments is not None:
            plan = replace(plan, segments=replace(plan.segments, part_s=self._part_s))
        self._check_may_start(plan)
        egress = Egress(
            id="EG_" + "".join(secrets.choice(_ALPHABET) for _ in range(12)),
            room_sid=programme.sid,
            room_name=programme.name,
            request=_shown(request),
            kind=KINDS[type(request)],
            plan=plan,
            targets=targets.begin(plan.streams),
            status=proto.EGRESS_STARTING,
            requested_at=time.time_ns(),
            updated_at=time.time_ns(),
        )
        try:
            self._store.save(egress)
        except OSError as error:
            _log.exception("egress state not saved", egress=egress.id)
            raise EgressFault("internal", "The server cannot write to its recordings folder.") from error
        job = self._add(egress)
        job.begin(programme)
        self._run(job, job.run())
        return to_info(egress)

    async def list(self, request: proto.ListEgressRequest) -> proto.ListEgressResponse:
        """Those that run, and those that ended within a day; newest first."""
        await self.open()
        self._forget_old()
        found = [
            egress
            for egress in self._egresses.values()
            if (not request.room_name or egress.room_name == request.room_name)
            and (not request.egress_id or egress.id == request.egress_id)
            and (not request.active or egress.status in OPEN_STATES)
        ]
        found.sort(key=lambda egress: egress.requested_at, reverse=True)
        return proto.ListEgressResponse(items=[to_info(egress) for egress in found])

    async def stop(self, request: proto.StopEgressRequest) -> proto.EgressInfo:
        """End a recording; `egress_ended` follows when the file is whole.

        Raises: EgressFault (`not_found`, `failed_precondition` when it has ended or is ending).
        """
        await self.open()
        egress = self._find(request.egress_id)
        if egress.status not in (proto.EGRESS_STARTING, proto.EGRESS_ACTIVE):
            state = proto.EgressStatus.Name(egress.status)
            raise EgressFault("failed_precondition", f"An egress with status {state} cannot be stopped.")
        job = self._jobs.get(egress.id)
        if job is None:
            raise EgressFault("failed_precondition", "The egress does not run any more.")
        job.stop()
        return to_info(egress)

    async def update_stream(self, request: proto.UpdateStreamRequest) -> proto.EgressInfo:
        """Begin and end targets while the egress runs.

        Raises: EgressFault (`not_found`, `failed_precondition`, `invalid_argument`, `unimplemented`,
        `resource_exhausted`).
        """
        await self.open()
        egress = self._find(request.egress_id)
        job = self._jobs.get(egress.id)
        if job is None or egress.status not in (proto.EGRESS_STARTING, proto.EGRESS_ACTIVE):
            raise EgressFault("failed_precondition", "The egress does not run any more.")
        if request.add_destinations:
            raise EgressFault("unimplemented", "Streams are RTMP or RTMPS on this server.")
        job.stream_to(targets.checked(request.add_output_urls), frozenset(request.remove_output_urls))
        return to_info(egress)

    async def update_layout(self, request: proto.UpdateLayoutRequest) -> proto.EgressInfo:
        """Lay a composed canvas out anew; of one picture at a time, say who is pinned.

        Raises: EgressFault (`not_found`, `failed_precondition`, `invalid_argument`).
        """
        await self.open()
        egress = self._find(request.egress_id)
        job = self._jobs.get(egress.id)
        if job is None or egress.status not in (proto.EGRESS_STARTING, proto.EGRESS_ACTIVE):
            raise EgressFault("failed_precondition", "The egress does not run any more.")
        if not request.layout:
            raise EgressFault("invalid_argument", "layout is missing.")
        is_composed = bool(plan_layout(request.layout))
        if egress.kind != "room_composite" or (is_composed and not egress.plan.layout):
            raise EgressFault("failed_precondition", "It was begun without a layout.")
        job.arrange(request.layout)
        return to_info(egress)

    async def close(self) -> None:
        """Stop and finish all that runs; what is not finished in time is taken up by the next `open`."""
        for job in list(self._jobs.values()):
            job.stop()
        tasks = list(self._tasks.values())
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=CLOSE_S)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def _take_over(self, egress: Egress) -> None:
        if not egress.stopped_at:
            egress.stopped_at = _last_written(self._store.folder(egress.id))
        egress.status = proto.EGRESS_ENDING
        self._store.save(egress)
        job = self._add(egress)
        _log.info("finishing an egress of an earlier process", egress=egress.id)
        self._run(job, job.finish())

    def _check_may_start(self, plan: Plan) -> None:
        if len(self._jobs) >= self._most_at_once:
            raise EgressFault("resource_exhausted", f"{self._most_at_once} egresses run already.")
        mine = _paths(plan)
        for job in self._jobs.values():
            if mine & _paths(job.egress.plan):
                raise EgressFault("invalid_argument", "Another egress writes to the same path.")

    def _add(self, egress: Egress) -> Job:
        self._egresses[egress.id] = egress
        job = self._jobs[egress.id] = Job(egress, self._store, self._tell)
        return job

    def _run(self, job: Job, work: "asyncio._CoroutineLike[None]") -> None:
        task = self._tasks[job.egress.id] = asyncio.create_task(work, name=f"egress {job.egress.id}")
        task.add_done_callback(lambda task: self._done(job.egress.id, task))

    def _done(self, egress_id: str, task: asyncio.Task[None]) -> None:
        job = self._jobs.pop(egress_id)
        del self._tasks[egress_id]
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("egress failed", egress=egress_id, exc_info=error)
            if job.egress.status in OPEN_STATES:
                job.fail("The recording ended by a fault of the server.")

    def _tell(self, event: str, egress: Egress) -> None:
        self._notify(event, to_info(egress))

    def _find(self, egress_id: str) -> Egress:
        egress = self._egresses.get(egress_id)
        if egress is None:
            raise EgressFault("not_found", "There is no such egress.")
        return egress

    def _forget_old(self) -> None:
        now = time.time_ns()
        for egress in list(self._egresses.values()):
            if egress.status not in OPEN_STATES and now - egress.ended_at > KEPT_NS:
                del self._egresses[egress.id]
                self._store.remove(egress.id)


def _shown(request: Request) -> str:
    """The request as JSON, for `EgressInfo`: without the secrets of its streams."""
    copy = deepcopy(request)
    outputs = [] if isinstance(copy, proto.TrackEgressRequest) else list(copy.stream_outputs)
    if isinstance(copy, proto.RoomCompositeEgressRequest | proto.TrackCompositeEgressRequest):
        outputs += [copy.stream] * copy.HasField("stream")
    for output in outputs:
        output.urls[:] = [targets.shown(url) for url in output.urls]
    return json_format.MessageToJson(copy, preserving_proto_field_name=True, indent=None)


def _last_written(folder: Path) -> int:
    """Unix nanoseconds. A recorder that still ends may take files away meanwhile."""
    times = []
    for path in folder.iterdir():
        with suppress(FileNotFoundError):
            times.append(path.stat().st_mtime_ns)
    return max(times, default=time.time_ns())


def _paths(plan: Plan) -> set[str]:
    named = {plan.file} if plan.file else set()
    if plan.segments is not None:
        named |= {plan.segments.playlist, plan.segments.live_playlist, plan.segments.prefix} - {""}
    named |= {image.prefix for image in plan.images}
    return named
