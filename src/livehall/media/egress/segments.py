"""HLS (RFC 8216) while it happens: MPEG-TS segments that begin with a key frame, and their playlists.

A segment appears whole (written aside, then renamed) and then in the playlists. The list of published
segments is kept beside the parts, so that a successor goes on after the last one, marked as a
discontinuity, and nothing that was published is published twice.

With low latency (RFC 8216bis §4.4.4.9) a segment is several pieces, each a stream of its own, and is what
they are one after the other. A piece is published as a part when its sound is there; what a killed recorder
had published of a segment becomes a shorter one.
"""

import io
import math
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import av
import msgspec
from msgspec.structs import replace

from livehall.kernel.clock import rfc3339
from livehall.media.egress.encoders import AUDIO_TICKS, VIDEO_TICKS, Picture, Sound
from livehall.media.egress.parts import samples
from livehall.media.egress.plans import SegmentPlan

LIVE_SEGMENTS = 6  # in the live playlist
SEGMENTS_WITH_PARTS = 4  # at the end of a playlist: more than three target durations
HOLD_BACK = 3  # parts that a player stays behind the end (§4.4.3.8)
LEAD = 90_000  # 1/90,000 s added to all times, so that the codecs' delay never goes below zero
BLOCK_TICKS = 1920  # of sound, 1/90,000 s
UNEVEN = 2000  # 1/90,000 s by which the next picture may be later than the last step: parts have a limit
_OPTIONS = {"mpegts_copyts": "1", "mpegts_flags": "initial_discontinuity"}


class Part(msgspec.Struct, frozen=True):
    name: str
    start: int  # 1/90,000 s on the recording's line
    duration: int
    is_independent: bool  # begins with a key frame, or has no pictures


class Segment(msgspec.Struct, frozen=True):
    name: str
    start: int  # 1/90,000 s on the recording's line
    duration: int
    size: int  # bytes
    is_discontinuous: bool
    parts: tuple[Part, ...] = ()  # of the last few segments


class Published(msgspec.Struct, kw_only=True):
    """What players have been told."""

    epoch: float
    segments: list[Segment] = []
    is_over: bool = False
    parts: list[Part] = []  # of the segment that is on its way
    is_broken: bool = False  # that segment begins with a discontinuity

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
        f"#EXT-X-VERSION:{6 if plan.part_s else 3}",
        f"#EXT-X-TARGETDURATION:{max(math.ceil(plan.duration_s), math.floor(longest + 0.5))}",
        f"#EXT-X-MEDIA-SEQUENCE:{len(skipped)}",
        f"#EXT-X-DISCONTINUITY-SEQUENCE:{sum(segment.is_discontinuous for segment in skipped)}",
        "#EXT-X-INDEPENDENT-SEGMENTS",
    ]
    if plan.part_s:
        back = f"PART-HOLD-BACK={HOLD_BACK * plan.part_s:.3f}"
        lines.append(f"#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,{back}")
        lines.append(f"#EXT-X-PART-INF:PART-TARGET={plan.part_s:.3f}")
    if not skipped:
        lines.append("#EXT-X-PLAYLIST-TYPE:EVENT")
    for number, segment in enumerate(published.segments[len(skipped) :]):
        if segment.is_discontinuous:
            lines.append("#EXT-X-DISCONTINUITY")
        if segment.is_discontinuous or number == 0:
            at = datetime.fromtimestamp(published.epoch + segment.start / 90_000, UTC)
            lines.append(f"#EXT-X-PROGRAM-DATE-TIME:{rfc3339(at)}")
        lines += [_tag(part) for part in segment.parts]
        lines += [f"#EXTINF:{segment.duration / 90_000:.5f},", segment.name]
    if published.is_over:
        lines.append("#EXT-X-ENDLIST")
    elif plan.part_s:
        lines += ["#EXT-X-DISCONTINUITY"] * bool(published.parts and published.is_broken)
        lines += [_tag(part) for part in published.parts]
        lines.append(f'#EXT-X-PRELOAD-HINT:TYPE=PART,URI="{_next_part(published, plan)}"')
    return "\n".join(lines) + "\n"


def _tag(part: Part) -> str:
    ending = ",INDEPENDENT=YES" if part.is_independent else ""
    return f'#EXT-X-PART:DURATION={part.duration / 90_000:.5f},URI="{part.name}"{ending}'


def _next_part(published: Published, plan: SegmentPlan) -> str:
    return f"{Path(plan.prefix).name}_{len(published.segments):05d}-{len(published.parts)}.ts"


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.write_bytes(data)
    temporary.replace(path)


class _Piece:
    """A segment, or a part of one, that is being written, in memory."""

    def __init__(
        self,
        start: int,
        template: bytes,
        sound: "av.AudioStream | None",
        *,
        begins: bool,
        is_independent: bool,
    ) -> None:
        self.start = start
        self.end: int | None = None  # known when the next one begins
        self.begins = begins  # a segment
        self.is_independent = is_independent
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
        self._part_length = round(plan.part_s * 90_000)
        self._published = load(folder) or Published(epoch=epoch)
        self._written = b""  # of the segment that is on its way
        if self._published.parts:
            self._seal_parts()
        self._resume_at = self._published.end
        self._open: list[_Piece] = []
        self._began = 0  # where the newest segment begins
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
            self._cut_part(picture.position, picture.position - self._last_picture, is_key=picture.is_key)
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
        if at >= self._began + self._length and self._last_picture < at - self._length - 90_000:
            self._begin(at, is_break=False)  # nobody shows anything: cut by the sound alone
        self._cut_part(at, BLOCK_TICKS, is_key=not self._template)
        self._publish_until(at)
        for piece in self._open:
            if piece.end is None or at < piece.end:
                if at >= piece.start:
                    piece.write_sound(sound)
                break

    def close(self, position: int) -> None:
        """The line ends at `position`."""
        if self._open:
            self._open[-1].end = max(position, self._open[-1].start + 1)
            self._publish_until(max(position, self._open[-1].end))
        self._published.is_over = True
        self._published.segments = [replace(segment, parts=()) for segment in self._published.segments]
        if self._published.segments:
            publish(self._folder, self._plan, self._published)

    def _cut_at(self, picture: Picture) -> None:
        is_other = picture.shape != self._shape
        is_due = not self._open or picture.position >= self._began + self._length - 9_000
        if is_other or is_due:
            self._template, had = picture.data, bool(self._open)
            self._shape = picture.shape
            self._begin(picture.position, is_break=is_other and had)

    def _cut_part(self, at: int, step: int, *, is_key: bool) -> None:
        """Another piece from `at` on, if with what comes, which lasts `step`, this one were too long."""
        start = self._open[-1].start
        end = at + min(step + UNEVEN, self._part_length // 2)
        if self._part_length and at > start and end - start > self._part_length:
            self._next(at, begins=False, is_independent=is_key)

    def _begin(self, start: int, *, is_break: bool) -> None:
        if is_break or self._is_discontinuous:
            self._breaks.add(start)
            self._is_discontinuous = False
        self._began = start
        self._next(start, begins=True, is_independent=True)

    def _next(self, start: int, *, begins: bool, is_independent: bool) -> None:
        if self._open:
            self._open[-1].end = start
        self._open.append(
            _Piece(start, self._template, self._sound, begins=begins, is_independent=is_independent)
        )

    def _publish_until(self, position: int) -> None:
        while self._open and self._open[0].end is not None and self._open[0].end <= position:
            piece = self._open.pop(0)
            assert piece.end is not None
            data = piece.finish()
            self._written += data
            self._published.is_broken = (self._published.is_broken and not piece.begins) or (
                piece.start in self._breaks
            )
            part = Part("", piece.start, piece.end - piece.start, piece.is_independent)
            if self._part_length:
                name = _next_part(self._published, self._plan)
                _write(Path(self._plan.prefix).with_name(name), data)
                part = replace(part, name=name)
            self._published.parts.append(part)
            if not self._open or self._open[0].begins:
                self._seal()
            if self._part_length or not self._published.parts:
                publish(self._folder, self._plan, self._published)

    def _seal(self) -> None:
        """What is written is a whole segment."""
        published = self._published
        path = Path(f"{self._plan.prefix}_{len(published.segments):05d}.ts")
        _write(path, self._written)
        parts = tuple(published.parts)
        segment = Segment(
            path.name,
            parts[0].start,
            parts[-1].start + parts[-1].duration - parts[0].start,
            len(self._written),
            published.is_broken,
            parts if self._part_length else (),
        )
        published.segments.append(segment)
        published.parts, self._written = [], b""
        for number, old in enumerate(published.segments[:-SEGMENTS_WITH_PARTS]):
            for part in old.parts:
                path.with_name(part.name).unlink(missing_ok=True)
            if old.parts:
                published.segments[number] = replace(old, parts=())

    def _seal_parts(self) -> None:
        """What an earlier recorder has published of a segment becomes one."""
        folder = Path(self._plan.prefix).parent
        with suppress(FileNotFoundError):
            self._written = b"".join((folder / part.name).read_bytes() for part in self._published.parts)
            self._seal()
            return
        self._published.parts = []
