"""A recorder in this process, in the time that its messages carry."""

from collections.abc import Callable
from pathlib import Path

from livehall.media.egress import joining, storage, wire
from livehall.media.egress.child import recorder_of
from livehall.media.egress.plans import Plan
from livehall.media.tracks.programme import Packet
from tests.media.egress.stage import Line, Show, Watched, watch

T0 = 1_800_000_000.0


class Studio:
    """A recorder with tracks, and the file that comes of it."""

    def __init__(self, folder: Path, *lines: Line, plan: Plan | None = None) -> None:
        self.folder = folder
        self.plan = plan or Plan(file=str(folder / "out.mp4"))
        self.reports: list[wire.Report] = []
        self.recorder = recorder_of(self.plan)(folder, self.plan, self._hear)
        self.lines: dict[int, Line] = {}
        self.now = T0
        self._planned: list[tuple[float, Callable[[float], None]]] = []
        for line in lines:
            self.add(line)

    def add(self, line: Line) -> int:
        index = len(self.lines) + 1
        self.lines[index] = line
        self.recorder.handle(
            0.0,
            wire.Track(
                index=index, sid=line.sid, identity=line.identity, kind=line.kind, codec=line.codec,
                clock_rate=line.clock_rate,
            ),
        )  # fmt: skip
        line.tap(_Tap(self, index))
        if line.kind == "video":
            self.show(index)
        return index

    def show(self, index: int) -> None:
        if self.plan.layout:
            pictures = [number for number, line in self.lines.items() if line.kind == "video"]
            self.recorder.handle(self.now, wire.Views(tuple(pictures)))
            return
        self.recorder.handle(self.now, wire.Picture(index))

    def silence(self, line: Line, start: float, end: float) -> None:
        """Mute `line` between these seconds of the next `play`."""
        for at, muted in ((start, True), (end, False)):
            self._planned.append((at, lambda _, muted=muted: setattr(line, "muted", muted)))

    def play(self, seconds: float, *shows: Show, start: float = 0.0, ticks_after: float = 0.0) -> None:
        """All shows at the same time, from `start` seconds after the beginning; ticks so much later."""
        events: list[tuple[float, Callable[[float], None]]] = [
            (n / 5 + ticks_after, self._tick) for n in range(round(seconds * 5))
        ]
        for show in shows:
            events += show.events(seconds)
        events += self._planned
        for at, act in sorted(events, key=lambda event: event[0]):
            self.now = T0 + start + at
            act(T0 + start)
        self.now = T0 + start + seconds

    def close(self) -> None:
        self.recorder.handle(self.now, wire.End())

    def finish(self) -> storage.FileResult:
        self.close()
        egress = storage.Egress(
            id="EG_x", room_sid="RM_x", room_name="x", request="{}", plan=self.plan, status=2, requested_at=0,
            stopped_at=round(self.now * 1e9),
        )  # fmt: skip
        storage.write_durably(self.folder / "egress.json", storage.msgspec.json.encode(egress))
        result = joining.finish(self.folder, self.plan).file
        assert result is not None
        return result

    def watch(self) -> Watched:
        return watch(self.plan.file)

    def _tick(self, _: float) -> None:
        self.recorder.handle(self.now, wire.Tick())

    def _hear(self, report: wire.Report) -> None:
        self.reports.append(report)
        if isinstance(report, wire.KeyFrameWanted):
            self.lines[report.index].request_key_frame()


class _Tap:
    def __init__(self, studio: Studio, index: int) -> None:
        self._studio, self._index = studio, index

    def packet(self, packet: Packet) -> None:
        self._studio.recorder.handle(packet.arrived_at, wire.Media(self._index, packet))

    def sender_report(self, ntp: int, timestamp: int) -> None:
        self._studio.recorder.handle(self._studio.now, wire.SenderReport(self._index, ntp, timestamp))

    def ended(self) -> None:
        self._studio.recorder.handle(self._studio.now, wire.Ended(self._index))
