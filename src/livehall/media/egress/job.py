"""One egress from its beginning to its end: recorder processes come and go, the recording stays one.

The recorder is watched by its reports. One that dies, or says nothing for `SILENCE_S` although it is fed,
is replaced, and the successor is fed from the last safe place. After the end a finisher joins the parts.
A fault of our own side ends the recording, and what lies on disk is finished and reported as failed.
"""

import asyncio
import contextlib
import errno
import sys
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import structlog
from livekit.protocol import egress as proto

from livehall.media.egress import targets, wire
from livehall.media.egress.faults import EgressFault
from livehall.media.egress.feed import Feed
from livehall.media.egress.storage import (
    Egress,
    FileResult,
    ImagesResult,
    Result,
    SegmentsResult,
    Store,
)
from livehall.media.egress.targets import Target
from livehall.media.tracks.programme import Programme

SILENCE_S = 15.0  # ticks come five times a second, so a sound recorder reports every second
MOST_RUNS = 50
STUCK_RUNS = 3  # so many recorders fell over the same messages
LATE_RUNS = 4  # after the end: what cannot be written then is not worth more waiting
DRAIN_S = 30.0  # for what a recorder still holds when the end has come
FINISH_S = 900.0  # a day's recording at the speed of a slow disk
FINISH_TRIES = 3
SPAWN_WAITS_S = (0.2, 1.0, 3.0)  # a machine that is short of processes or memory for a moment
_SHORTAGES = (errno.EAGAIN, errno.ENOMEM, errno.EMFILE, errno.ENFILE)
OPEN_STATES = (proto.EGRESS_STARTING, proto.EGRESS_ACTIVE, proto.EGRESS_ENDING)

_log = structlog.get_logger(__name__)
_reports: msgspec.json.Decoder[wire.Report] = msgspec.json.Decoder(wire.Report)
_results = msgspec.json.Decoder(Result)


class Job:
    """Runs as `task`; `changed` is called with the webhook's name after each change of state."""

    def __init__(self, egress: Egress, store: Store, changed: Callable[[str, Egress], None]) -> None:
        self.egress = egress
        self.recorder_pid: int | None = None
        self.runs = 0  # recorder processes so far
        self._store = store
        self._changed = changed
        self._feed: Feed | None = None
        self._process: asyncio.subprocess.Process | None = None

    def stop(self) -> None:
        """The end is now. The rest happens in `run`. May be called again."""
        if self.egress.status not in (proto.EGRESS_STARTING, proto.EGRESS_ACTIVE):
            return
        self.egress.stopped_at = time.time_ns()
        self._move_to(proto.EGRESS_ENDING, "egress_updated")
        if self._feed is not None:
            self._feed.end()

    def stream_to(self, added: tuple[str, ...], removed: frozenset[str]) -> None:
        """Begin and end targets. Raises: EgressFault (`invalid_argument`, `resource_exhausted`)."""
        running = {target.url: target for target in self.egress.targets if target.is_open}
        if not removed <= running.keys() or not running.keys().isdisjoint(added):
            raise EgressFault("invalid_argument", "Only streams that run are removed, and others added.")
        targets.checked((running.keys() - removed) | set(added))  # not more than there may be
        for url in removed:
            running[url].finish(time.time_ns())
        self.egress.targets += targets.begin(added)
        self._save()
        self._tell_targets()
        self._changed("egress_updated", self.egress)

    def arrange(self, layout: str) -> None:
        """Lay the canvas out anew; the name was checked."""
        self.egress.layout = layout
        self._save()
        if self._feed is not None:
            self._feed.arrange(layout)
        self._changed("egress_updated", self.egress)

    def begin(self, programme: Programme) -> None:
        """Listen to the room from now on; what comes before the recorder runs is kept for it."""
        self._feed = Feed(programme, self.egress.plan, on_closed=self.stop)
        self._tell_targets()
        self._feed.open()

    async def run(self) -> None:
        """Record until `stop` or the end of the room, then finish. `begin` comes first."""
        assert self._feed is not None
        try:
            await self._record(self._feed)
            if self._feed.dropped:
                _log.warning("recording has gaps", egress=self.egress.id, messages=self._feed.dropped)
        except Exception:
            _log.exception("recording broke off", egress=self.egress.id)
            self.egress.error = "The recording broke off by a fault of the server."
            self.stop()
        finally:
            self._feed.close()
            await self._kill()
        await self.finish()

    async def _record(self, feed: Feed) -> None:
        """One recorder after the other, until all is written or there is no hope."""
        late_runs = stuck_runs = 0
        while True:
            safe_before = feed.safe_number
            if await self._record_once(feed):
                return
            late_runs += self.egress.stopped_at > 0
            stuck_runs = stuck_runs + 1 if feed.safe_number == safe_before else 0
            if self.runs >= MOST_RUNS or late_runs >= LATE_RUNS:
                self.stop()
                return
            if stuck_runs >= STUCK_RUNS:
                feed.skip()
                stuck_runs = 0
            await asyncio.sleep(min(2.0, 0.1 * (self.runs - 1)))

    async def finish(self) -> None:
        """Join what lies on disk and say how it went."""
        result = None
        for _ in range(FINISH_TRIES):
            result = await self._join()
            if result is not None:
                break
        egress = self.egress
        if result is None:
            self.fail("The recording could not be joined; its parts are kept.")
            return
        egress.ended_at = time.time_ns()
        egress.result = result
        streamed = [target for target in egress.targets if target.started_at]
        for target in egress.targets:
            if target.is_open:
                target.finish(egress.ended_at)
        outputs: list[FileResult | SegmentsResult | ImagesResult | Target | None] = [
            *streamed,
            *result.images,
        ]
        outputs += [result.file] * bool(egress.plan.file) + [result.segments] * bool(egress.plan.segments)
        present = [output for output in outputs if output is not None]
        if present:
            egress.started_at = min(output.started_at for output in present)
        if egress.error:  # it broke off; what there is of it has been joined
            self._move_to(proto.EGRESS_FAILED, "egress_ended")
        elif not present:
            egress.error = "Nobody published a picture or sound, so nothing was recorded."
            self._move_to(proto.EGRESS_ABORTED, "egress_ended")
        elif len(present) < len(outputs):
            egress.error = "One of the outputs is empty."
            self._move_to(proto.EGRESS_FAILED, "egress_ended")
        else:
            self._move_to(proto.EGRESS_COMPLETE, "egress_ended")

    def fail(self, error: str) -> None:
        """It has ended, and not well. An earlier error is the cause of this one, so it stays."""
        self.egress.error = self.egress.error or error
        self.egress.ended_at = time.time_ns()
        self._move_to(proto.EGRESS_FAILED, "egress_ended")

    def _move_to(self, status: int, event: str) -> None:
        self.egress.status = status
        self._save()
        self._changed(event, self.egress)

    def _save(self) -> None:
        self.egress.updated_at = time.time_ns()
        try:
            self._store.save(self.egress)
        except OSError:  # the room and the core go on; at worst the next start finishes it once more
            _log.exception("egress state not saved", egress=self.egress.id)

    async def _record_once(self, feed: Feed) -> bool:
        """Run one recorder; True when it has written all of the recording."""
        self.runs += 1
        process = self._process = await _spawn("record", self._store.folder(self.egress.id))
        self.recorder_pid = process.pid
        assert process.stdin is not None
        feed.attach(process.stdin)
        try:
            await self._listen(process, feed)
        finally:
            feed.detach()
            with contextlib.suppress(OSError):
                process.stdin.close()
            await self._kill()
        is_whole = process.returncode == 0 and self.egress.stopped_at > 0
        if not is_whole:
            _log.warning(
                "recorder ended early", egress=self.egress.id, exit_status=process.returncode, runs=self.runs
            )
        return is_whole

    async def _listen(self, process: asyncio.subprocess.Process, feed: Feed) -> None:
        """Act on reports until the recorder closes its output or falls silent."""
        assert process.stdout is not None
        with contextlib.suppress(TimeoutError):
            while line := await asyncio.wait_for(process.stdout.readline(), SILENCE_S):
                try:
                    report = _reports.decode(line)
                except msgspec.DecodeError as error:  # a library of the recorder printed something
                    _log.warning("not a report", egress=self.egress.id, fault=str(error))
                    continue
                self._act_on(report, feed)
            await asyncio.wait_for(process.wait(), DRAIN_S)

    def _act_on(self, report: wire.Report, feed: Feed) -> None:
        match report:
            case wire.Beat(resume):
                feed.safe(resume)
            case wire.KeyFrameWanted(index):
                feed.key_frame_wanted(index)
            case wire.Shown(index):
                feed.shown(index)
            case wire.Started(at) if not self.egress.started_at:
                self.egress.started_at = round(at * 1e9)
                if not self._only_streams:
                    self._begin()
            case wire.StreamState():
                self._learn(report)

    @property
    def _only_streams(self) -> bool:
        plan = self.egress.plan
        return not plan.file and plan.segments is None and not plan.images

    def _begin(self) -> None:
        if self.egress.status == proto.EGRESS_STARTING:
            self._move_to(proto.EGRESS_ACTIVE, "egress_started")

    def _learn(self, report: wire.StreamState) -> None:
        target = next((each for each in self.egress.targets if each.id == report.id and each.is_open), None)
        if target is None or target.state == report.state == "active":
            return
        was = target.state
        target.learn(report.state, round(report.at * 1e9), report.error)
        _log.info("stream", egress=self.egress.id, target=target.id, state=target.state, error=target.error)
        self._save()
        self._tell_targets()
        if target.state == "active" and self.egress.status == proto.EGRESS_STARTING:
            self._begin()  # nothing is made but streams, and a platform has taken one
        elif {was, target.state} != {"starting", "active"}:
            self._changed("egress_updated", self.egress)
        if self._only_streams and not any(each.is_open for each in self.egress.targets):
            self.egress.error = "All streams have failed."
            self.stop()

    def _tell_targets(self) -> None:
        if self._feed is not None:
            self._feed.stream_to(
                tuple(wire.Stream(each.id, each.url) for each in self.egress.targets if each.is_open)
            )

    async def _kill(self) -> None:
        process = self._process
        if process is not None and process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    async def _join(self) -> Result | None:
        try:
            process = self._process = await _spawn("finish", self._store.folder(self.egress.id))
        except OSError:
            _log.exception("finisher not started", egress=self.egress.id)
            return None
        try:
            output, _ = await asyncio.wait_for(process.communicate(), FINISH_S)
            return _results.decode(output) if process.returncode == 0 else None
        except (TimeoutError, msgspec.DecodeError):
            return None
        finally:
            await self._kill()


async def _spawn(command: str, folder: Path) -> asyncio.subprocess.Process:
    """Raises: OSError."""
    for wait in SPAWN_WAITS_S:
        try:
            return await _spawn_once(command, folder)
        except OSError as error:
            if error.errno not in _SHORTAGES:
                raise
            _log.warning("child not started yet", command=command, fault=str(error))
            await asyncio.sleep(wait)
    return await _spawn_once(command, folder)


async def _spawn_once(command: str, folder: Path) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "livehall.media.egress.child", command, str(folder),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        limit=1 << 20,
    )  # fmt: skip
