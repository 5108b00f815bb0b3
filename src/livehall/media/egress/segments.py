"""HLS (RFC 8216) while it happens: MPEG-TS segments that begin with a key frame, and their playlists.

A segment appears whole (written aside, then renamed) and then in the playlists. The list of published
segments is kept beside the parts, so that a successor goes on after the last one, marked as a
discontinuity, and nothing that was published is published twice.
"""

import io
import math
from datetime import UTC, datetime
from pathlib import Path

import av
import msgspec

from livehall.kernel.clock import rfc3339
from livehall.media.egress.encoders import AUDIO_TICKS, VIDEO_TICKS, Picture, Sound
from livehall.media.egress.parts import samples
from livehall.media.egress.plans import SegmentPlan

LIVE_SEGMENTS = 6  # in the live playlist
LEAD = 90_000  # 1/90,000 s added to all times, so that the codecs' delay never goes below zero
_OPTIONS = {"mpegts_copyts": "1", "mpegts_flags": "initial_discontinuity"}


class Segment(msgspec.Struct, frozen=True):
    name: str
    start: int  # 1/90,000 s on the recording's line
    duration: int
    size: int  # bytes
    is_discontinuous: bool


class Published(msgspec.Struct, kw_only=True):
    """What players have been told."""

    epoch: float
    segments: list[Segment] = []
    is_over: bool = False

    @property
    def end(self) -> int:
        return self.segments[-1].start + self.segments[-1].duration if self.segments else 0


def load(folder: Path) -> Published | None:
    path = folder / "segments.json"
    return msgspec.json.decode(path.read_bytes(), type=Published) if path.exists() else None


def publish(folder: Path, plan: SegmentPlan, published: Published) -> None:
    """Persist the list and write the playlists."""
    _write(folder / "segments.json", msgspec.json.encode(published))
    _write(Path(plan.playlist), playlist(published, plan, len(published.segments)).encode())
    if plan.live_playlist:
        _write(Path(plan.live_playlist), playlist(published, plan, LIVE_SEGMENTS).encode())


def playlist(published: Published, plan: SegmentPlan, count: int) -> str:
    """The media playlist of the last `count` segments; of all: an EVENT playlist, which only grows."""
    skipped = published.segments[: len(published.segments) - count] if count < len(published.segments) else []
    longest = max([segment.duration / 90_000 for segment in published.segments], default=plan.duration_s)
    lines = [
        "#EXTM3U",
        "#EXT-X-VERSION:3",
        f"#EXT-X-TARGETDURATION:{max(math.ceil(plan.duration_s), math.floor(longest + 0.5))}",
        f"#EXT-X-MEDIA-SEQUENCE:{len(skipped)}",
        f"#EXT-X-DISCONTINUITY-SEQUENCE:{sum(segment.is_discontinuous for segment in skipped)}",
        "#EXT-X-INDEPENDENT-SEGMENTS",
    ]
    if not skipped:
        lines.append("#EXT-X-PLAYLIST-TYPE:EVENT")
    for number, segment in enumerate(published.segments[len(skipped) :]):
        if segment.is_discontinuous:
            lines.append("#EXT-X-DISCONTINUITY")
        if segment.is_discontinuous or number == 0:
            at = datetime.fromtimestamp(published.epoch + segment.start / 90_000, UTC)
            lines.append(f"#EXT-X-PROGRAM-DATE-TIME:{rfc3339(at)}")
        lines += [f"#EXTINF:{segment.duration / 90_000:.5f},", segment.name]
    if published.is_over:
        lines.append("#EXT-X-ENDLIST")
    return "\n".join(lines) + "\n"


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.write_bytes(data)
    temporary.replace(path)


class _Open:
    """A segment that is being written, in memory."""

    def __init__(self, start: int, template: bytes, sound: "av.AudioStream | None") -> None:
        self.start = start
        self.end: int | None = None  # known when the next one begins
        self._buffer = io.BytesIO()
        self._container = av.open(self._buffer, "w", format="mpegts", options=_OPTIONS)
        self._video: av.VideoStream | None = None
        if template:
            with av.open(io.BytesIO(template), format="h264") as stream:
                self._video = self._container.add_stream_from_template(stream.streams.video[0])
        self._audio = self._container.add_stream_from_template(sound) if sound is not None else None

    def write_picture(self, picture: Picture) -> None:
        if self._video is not None:
            packet = av.Packet(picture.data)
            packet.pts = packet.dts = picture.position + LEAD
            packet.time_base, packet.stream, packet.is_keyframe = VIDEO_TICKS, self._video, picture.is_key
            self._container.mux(packet)

    def write_sound(self, sound: Sound) -> None:
        if self._audio is not None:
            packet = av.Packet(sound.data)
            packet.pts = packet.dts = sound.position + samples(LEAD)
            packet.time_base, packet.stream, packet.is_keyframe = AUDIO_TICKS, self._audio, True
            packet.duration = sound.duration
            self._container.mux(packet)

    def finish(self) -> bytes:
        self._container.close()
        return self._buffer.getvalue()


class Segments:
    """Cuts pictures and sounds into segments. Sound may lag behind pictures."""

    def __init__(self, folder: Path, plan: SegmentPlan, epoch: float, sound: "av.AudioStream | None") -> None:
        self._folder = folder
        self._plan = plan
        self._sound = sound
        self._length = round(plan.duration_s * 90_000)
        self._published = load(folder) or Published(epoch=epoch)
        self._resume_at = self._published.end
        self._open: list[_Open] = []
        self._template = b""  # a key frame in the shape of now
        self._shape = b""
        self._is_discontinuous = bool(self._published.segments)
        self._breaks: set[int] = set()  # starts of segments that need a discontinuity
        self._last_picture = -self._length - 90_000  # long ago
        Path(plan.prefix).parent.mkdir(parents=True, exist_ok=True)

    def write_picture(self, picture: Picture) -> None:
        if picture.position < self._resume_at:
            return
        if picture.is_key:
            self._cut_at(picture)
        if self._open and self._template:
            self._open[-1].write_picture(picture)
            self._last_picture = picture.position
        if self._sound is None:
            self._publish_until(picture.position)

    @property
    def is_open(self) -> bool:
        return bool(self._open)

    def write_sound(self, sound: Sound) -> None:
        at = -(-sound.position * 15 // 8)
        if at < self._resume_at:
            return
        if not self._open:
            if self._template or self._resume_at:
                return  # a picture comes first
            self._begin(at, is_break=False)
        last = self._open[-1]
        if at >= last.start + self._length and self._last_picture < at - self._length - 90_000:
            self._begin(at, is_break=False)  # nobody shows anything: cut by the sound alone
        self._publish_until(at)
        for segment in self._open:
            if segment.end is None or at < segment.end:
                if at >= segment.start:
                    segment.write_sound(sound)
                break

    def close(self, position: int) -> None:
        """The line ends at `position`."""
        if self._open:
            self._open[-1].end = max(position, self._open[-1].start + 1)
            self._publish_until(max(position, self._open[-1].end))
        self._published.is_over = True
        if self._published.segments:
            publish(self._folder, self._plan, self._published)

    def _cut_at(self, picture: Picture) -> None:
        is_other = picture.shape != self._shape
        is_due = not self._open or picture.position >= self._open[-1].start + self._length - 9_000
        if is_other or is_due:
            self._template, had = picture.data, bool(self._open)
            self._shape = picture.shape
            self._begin(picture.position, is_break=is_other and had)

    def _begin(self, start: int, *, is_break: bool) -> None:
        if self._open:
            self._open[-1].end = start
        if is_break or self._is_discontinuous:
            self._breaks.add(start)
            self._is_discontinuous = False
        self._open.append(_Open(start, self._template, self._sound))

    def _publish_until(self, position: int) -> None:
        while self._open and self._open[0].end is not None and self._open[0].end <= position:
            segment = self._open.pop(0)
            assert segment.end is not None
            data = segment.finish()
            path = Path(f"{self._plan.prefix}_{len(self._published.segments):05d}.ts")
            _write(path, data)
            self._published.segments.append(
                Segment(
                    path.name,
                    segment.start,
                    segment.end - segment.start,
                    len(data),
                    segment.start in self._breaks,
                )
            )
            publish(self._folder, self._plan, self._published)
