"""What follows from events, after the commit: outputs begin and end, files are kept."""

import asyncio
import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import structlog

from livehall.core.ports.media import MediaUnavailable
from livehall.core.recordings import steps, store, wanting
from livehall.core.recordings.keeping import Keeper
from livehall.core.recordings.steps import Recorder
from livehall.core.sessions import store as sessions
from livehall.core.sessions.faults import FeatureDisabled, SessionNotFound
from livehall.kernel.actor import SYSTEM
from livehall.kernel.ids import Id
from livehall.kernel.journal import Entry
from livehall.kernel.relay import Reaction

log = structlog.get_logger(__name__)


class Reactions:
    """Each is harmless when repeated."""

    def __init__(
        self, recorder: Recorder, keeper: Keeper, folder: Path, *, packages_at_go_live: bool
    ) -> None:
        """`folder`: where the media server writes its outputs."""
        self._recorder, self._keeper, self._folder = recorder, keeper, folder
        self._packaging = [self.package] if packages_at_go_live else []
        self._desk = recorder.desk

    def by_event(self) -> Mapping[str, Sequence[Reaction]]:
        return {
            "session.live": [*self._packaging, self.record, self.stream],
            "session.ended": [self.end],
            "hls.wanted": [self.package],
            "stage.layout": [self.arrange],
            "output.wanted": [self.begin],
            "output.ended": [self.keep, self.clear],
            "recording.queued": [self.keep],
            "recording.uploaded": [self.keep],
        }

    async def record(self, entry: Entry) -> None:
        """C26: a session whose setting says so is recorded from the moment it goes live."""
        if not entry.data["recording_enabled"] or entry.session_id is None:
            return
        async with self._desk.work(SYSTEM, origin="job") as work:
            session = await sessions.ever(work, entry.session_id)
            is_ours = session.status == "live" and session.mode != "external"
            if is_ours and await work.first(f"record:{entry.id}"):
                await wanting.want_recording(work, session)

    async def stream(self, entry: Entry) -> None:
        """The room's streaming targets that are switched on begin with the broadcast."""
        if entry.session_id is None:
            return
        async with self._desk.work(SYSTEM, origin="job") as work:
            session = await sessions.ever(work, entry.session_id)
            is_ours = session.status == "live" and session.mode != "external"
            if is_ours and await work.first(f"stream:{entry.id}"):
                await wanting.want_streams(work, session)

    async def end(self, entry: Entry) -> None:
        """C26: what runs at the end is stopped and kept; by the reconciler, when the server is away."""
        if entry.session_id is None:
            return
        try:
            await self._recorder.end_all(entry.session_id)
        except MediaUnavailable:
            log.warning("outputs could not be ended", session_id=entry.session_id)

    async def package(self, entry: Entry) -> None:
        """The session went on air, or somebody is to watch by HLS."""
        if entry.session_id is None:
            return
        async with self._desk.work(SYSTEM, origin="job") as work:
            session = await sessions.ever(work, entry.session_id)
            waits = entry.type == "session.live" and session.in_meeting  # everybody there watches by WebRTC
            if session.status == "live" and session.mode != "external" and not waits:
                with suppress(FeatureDisabled):
                    await wanting.want_hls(work, session)

    async def arrange(self, entry: Entry) -> None:
        """What is recorded, packaged and streamed shows the pictures otherwise from now on.

        By the reconciler, when the server is away.
        """
        if entry.session_id is None:
            return
        try:
            await self._recorder.arrange(entry.session_id)
        except MediaUnavailable:
            log.warning("the pictures could not be arranged", session_id=entry.session_id)

    async def begin(self, entry: Entry) -> None:
        """Mostly the caller has begun it already. What fails here is tried again by the reconciler."""
        egress_id: Id = entry.data["egress_id"]
        try:
            await self._recorder.begin(egress_id)
        except MediaUnavailable as fault:
            log.warning("an output could not begin", egress_id=egress_id, fault=fault.code)
            if steps.is_hopeless(fault):
                await self._give_up(egress_id)
        except SessionNotFound:
            return

    async def keep(self, entry: Entry) -> None:
        """Tried once, so that a storage that is away holds up nothing else; `Keeper.keep_left` goes on."""
        recording_id: Id | None = entry.data["recording_id"]
        if recording_id is not None:
            await self._keeper.keep_soon(entry.data.get("egress_id"), recording_id)

    async def clear(self, entry: Entry) -> None:
        """A package is for watching live: its segments go with it."""
        async with self._desk.read(SYSTEM) as read:
            row = await store.get_egress(read, entry.data["egress_id"])
        if row is not None and row.kind == "hls":
            await asyncio.to_thread(shutil.rmtree, (self._folder / row.path).parent, ignore_errors=True)

    async def _give_up(self, egress_id: Id) -> None:
        async with self._desk.work(SYSTEM, origin="job") as work:
            row = await store.get_egress(work, egress_id)
            if row is not None and row.media_id is None:
                await steps.give_up(work, row, steps.GAVE_UP)


def reactions(
    recorder: Recorder, keeper: Keeper, folder: Path, *, packages_at_go_live: bool = True
) -> Mapping[str, Sequence[Reaction]]:
    """Event type → what it sets off.

    `folder`: where the media server writes its outputs. `packages_at_go_live`: whether HLS begins with the
    broadcast, or only with the first viewer who needs it.
    """
    return Reactions(recorder, keeper, folder, packages_at_go_live=packages_at_go_live).by_event()
