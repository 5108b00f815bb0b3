"""From parts to one file, an MP4 with its index in front, without encoding anything again, and a look at it.

Parts overlap where a recorder was killed and its successor began at an earlier key frame: the later part
wins from its beginning on. A stretch without sound between parts is filled with silence. `finish` may be
repeated after any crash: the result is kept before the parts are removed.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import av
import msgspec

from livehall.media.egress import images, opus, posters, segments, storage
from livehall.media.egress.encoders import AUDIO_TICKS, VIDEO_TICKS, SoundEncoder
from livehall.media.egress.mixing import BLOCK, RATE
from livehall.media.egress.parts import PartNote, samples
from livehall.media.egress.plans import Container, Plan
from livehall.media.egress.storage import FileResult, Result, SegmentsResult

OVERLAP = 450  # 1/90,000 s (5 ms): a picture this close to the next part's beginning is the same one
ONE_PICTURE = 3000  # 1/90,000 s that a picture without neighbours is shown
DARK, MUTE = 0.95, 0.99  # shares above which a person should look


if TYPE_CHECKING:
    Encoded = av.Packet[av.stream.Stream]


class _Part:
    def __init__(self, path: Path, note: PartNote) -> None:
        self.path = path
        self.note = note
        self.end: int | None = None  # 1/90,000 s; None: as long as it is


def finish(folder: Path, plan: Plan) -> Result:
    """Join, check and publish what was recorded. An empty result: nothing was."""
    kept = folder / "result.json"
    if kept.exists():
        result = msgspec.json.decode(kept.read_bytes(), type=Result)
    else:
        stopped_at = storage.load(folder).stopped_at
        result = Result(
            file=_finish_file(folder, plan, stopped_at),
            segments=_finish_segments(folder, plan),
            images=tuple(images.kept(folder, number) for number in range(len(plan.images))),
        )
        storage.write_durably(kept, msgspec.json.encode(result))
    if result.file is not None or not plan.file:
        for leftover in folder.glob("part-*"):
            leftover.unlink()
    return result


def _finish_segments(folder: Path, plan: Plan) -> SegmentsResult | None:
    published = segments.load(folder)
    if plan.segments is None or published is None or not published.segments:
        return None
    if not published.is_over:
        published.is_over = True
        segments.publish(folder, plan.segments, published)
    return SegmentsResult(
        started_at=round(published.epoch * 1e9),
        duration=published.end * 10**9 // 90_000,
        size=sum(segment.size for segment in published.segments),
        count=len(published.segments),
    )


def _finish_file(folder: Path, plan: Plan, stopped_at: int) -> FileResult | None:
    if not plan.file:
        return None
    parts = _readable_parts(folder, plan.container)
    if not parts:
        return None
    path = Path(plan.file)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.part")
    joined = _join(parts, temporary, plan.container)
    with temporary.open("rb+") as file:
        os.fsync(file.fileno())
    temporary.replace(path)
    if joined.frames and not plan.is_direct:
        posters.make(path, max(joined.last_picture / 90_000, 0.0))
    result = _check(parts, joined, path.stat().st_size, stopped_at)
    storage.write_durably(path.with_name(path.name + ".json"), msgspec.json.encode(result))
    return result


def _readable_parts(folder: Path, container: Container) -> list[_Part]:
    parts: list[_Part] = []
    for path in sorted(folder.glob(f"part-*.{container}")):
        try:
            note = msgspec.json.decode(path.with_suffix(".json").read_bytes(), type=PartNote)
            with av.open(str(path)) as opened:
                is_empty = next(opened.demux(), None) is None
        except (OSError, av.FFmpegError, msgspec.DecodeError):
            continue  # killed before its first fragment; the successor has begun at or before it
        if is_empty:
            continue
        while parts and parts[-1].note.start >= note.start:
            parts.pop()
        if parts:
            parts[-1].end = note.start
        parts.append(_Part(path, note))
    return parts


class _Joined:
    """What was written. Positions on the recording's line."""

    def __init__(self) -> None:
        self.frames = 0
        self.first_picture: int | None = None  # 1/90,000 s
        self.last_picture = 0
        self.picture_step = 0
        self.first_sound: int | None = None  # samples
        self.sound_end = 0


_OPTIONS: dict[Container, dict[str, str]] = {
    "mp4": {"movflags": "faststart", "avoid_negative_ts": "disabled"},
    "webm": {},
    "ogg": {},
}


def _join(parts: list[_Part], target: Path, container: Container) -> _Joined:
    joined = _Joined()
    with av.open(str(target), "w", format=container, options=_OPTIONS[container]) as output:
        writer = _Writer(output, parts, joined)
        for part in parts:
            with av.open(str(part.path)) as opened:
                for packet in _packets(opened):
                    writer.write(part, packet)
    return joined


def _packets(container: "av.container.InputContainer") -> Iterator["Encoded"]:
    """Until the end or the first damage."""
    try:
        for packet in container.demux():
            if packet.dts is not None:
                yield packet
    except av.FFmpegError:
        return


class _Writer:
    def __init__(self, output: "av.container.OutputContainer", parts: list[_Part], joined: _Joined) -> None:
        self._output = output
        self._joined = joined
        self._video: av.VideoStream | None = None
        self._audio: av.AudioStream | None = None
        self._is_opus = False
        for part in parts:
            with av.open(str(part.path)) as container:
                if self._video is None and container.streams.video:
                    self._video = output.add_stream_from_template(container.streams.video[0], opaque=True)
                    self._video.time_base = VIDEO_TICKS
                if self._audio is None and container.streams.audio:
                    self._audio = output.add_stream_from_template(container.streams.audio[0])
                    self._is_opus = self._audio.codec_context.name in ("opus", "libopus")
        self._block = opus.SILENT_SAMPLES if self._is_opus else BLOCK
        self._silence: bytes | None = opus.SILENCE if self._is_opus else None

    def write(self, part: _Part, packet: "Encoded") -> None:
        assert packet.pts is not None
        if packet.stream.type == "video":
            self._write_picture(part, packet)
        else:
            position = round(packet.pts * packet.time_base * RATE) + samples(part.note.start)
            self._write_sound(part, packet, position)

    def _write_picture(self, part: _Part, packet: "Encoded") -> None:
        position = round((packet.pts or 0) * packet.time_base * 90_000) + part.note.start
        joined = self._joined
        if part.end is not None and position >= part.end - OVERLAP:
            return
        if joined.first_picture is None:
            joined.first_picture = position
        else:
            joined.picture_step = position - joined.last_picture
        joined.last_picture = position
        joined.frames += 1
        assert self._video is not None
        packet.pts = packet.dts = position
        packet.time_base, packet.stream = VIDEO_TICKS, self._video
        # Counts for the last picture only; without it, players cut that one off.
        packet.duration = joined.picture_step or ONE_PICTURE
        self._output.mux(packet)

    def _write_sound(self, part: _Part, packet: "Encoded", position: int) -> None:
        joined = self._joined
        if part.end is not None and position >= samples(part.end):
            return
        if joined.first_sound is None:
            joined.first_sound = joined.sound_end = position
        while joined.sound_end + self._block <= position:
            self._mux_sound(av.Packet(self._silent_block()), joined.sound_end)
        if position >= joined.sound_end - self._block // 2:
            length = opus.samples_of(bytes(packet)) if self._is_opus else BLOCK
            self._mux_sound(packet, max(position, joined.sound_end), length)

    def _mux_sound(self, packet: "Encoded", position: int, length: int = 0) -> None:
        assert self._audio is not None
        packet.pts = packet.dts = position
        packet.time_base, packet.stream = AUDIO_TICKS, self._audio
        packet.duration = length or self._block
        packet.is_keyframe = True
        self._output.mux(packet)
        self._joined.sound_end = position + (length or self._block)

    def _silent_block(self) -> bytes:
        if self._silence is None:
            encoder = SoundEncoder()
            blocks = [encoder.encode(number * BLOCK, bytes(BLOCK * 4)) for number in range(4)]
            self._silence = blocks[-1][0].data
        return self._silence


def _check(parts: list[_Part], joined: _Joined, size: int, stopped_at: int) -> FileResult:
    notes = [part.note for part in parts]
    video_end = (
        (joined.last_picture + (joined.picture_step or ONE_PICTURE)) / 90_000 if joined.frames else 0.0
    )
    audio_end = joined.sound_end / RATE
    first_s = min(
        joined.first_picture / 90_000 if joined.first_picture is not None else float("inf"),
        joined.first_sound / RATE if joined.first_sound is not None else float("inf"),
    )
    duration_s = max(video_end, audio_end)
    wall_s = stopped_at / 1e9 - notes[0].epoch if stopped_at else 0.0
    offset_ms = 0.0
    if joined.first_picture is not None and joined.first_sound is not None:
        offset_ms = joined.first_picture / 90 - joined.first_sound / 48
    runs = list({note.run: note for note in notes}.values())  # the last part of each recorder has its sums
    black = sum(note.black for note in runs) / max(1, sum(note.looked_at for note in runs))
    silent = sum(note.silent for note in runs) / max(1, sum(note.blocks for note in runs))
    findings = []
    if wall_s and abs(wall_s - duration_s) > 1:
        findings.append(f"The file lasts {duration_s:.1f} s, the clock says {wall_s:.1f} s.")
    if black > DARK:
        findings.append("The picture is black nearly all the time.")
    if silent > MUTE:
        findings.append("There is silence nearly all the time.")
    return FileResult(
        started_at=round((notes[0].epoch + first_s) * 1e9),
        duration=round(duration_s * 1e9),
        size=size,
        parts=len(parts),
        frames_in=max(note.frames_in for note in notes),
        frames_written=joined.frames,
        frames_lost=sum(note.frames_lost for note in runs),
        wall=round(wall_s * 1e9),
        av_offset_ms=round(offset_ms, 1),
        video_end_s=round(video_end, 3),
        audio_end_s=round(audio_end, 3),
        black_share=round(black, 4),
        silent_share=round(silent, 4),
        findings=findings,
    )
