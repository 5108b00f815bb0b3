"""The recording while it runs: a series of files, each playable up to its last fragment, cluster or page.

A part is one decoder setup. Another shape of picture, or another recorder process, begins the next part.
Beside `part-0001.mp4` lies `part-0001.json` (`PartNote`): where the part begins on the recording's line.
"""

from pathlib import Path

import av
import msgspec

from livehall.media.egress.encoders import AUDIO_TICKS, VIDEO_TICKS, Picture, Sound, opened
from livehall.media.egress.plans import Container

FRAGMENT_S = 1.0  # what a killed recorder loses at most, together with the mixer's delay

_OPTIONS: dict[Container, dict[str, str]] = {
    "mp4": {
        "movflags": "empty_moov+default_base_moof",
        "frag_duration": str(round(FRAGMENT_S * 1e6)),
        "flush_packets": "1",
        "use_editlist": "0",
        "avoid_negative_ts": "disabled",
    },
    "webm": {"cluster_time_limit": str(round(FRAGMENT_S * 1000)), "flush_packets": "1"},
    "ogg": {"page_duration": str(round(FRAGMENT_S * 1e6)), "flush_packets": "1"},
}


class PartNote(msgspec.Struct, kw_only=True):
    """What the joiner must know of a part."""

    start: int  # 1/90,000 s on the recording's line
    epoch: float  # Unix seconds at the line's beginning
    has_video: bool
    run: int = 0  # which recorder wrote it; the figures below are sums over its parts
    frames_in: int = 0  # pictures that reached the recorder, over all parts until now
    frames_lost: int = 0  # of them in this recorder: not whole or not decodable
    looked_at: int = 0  # pictures sampled for brightness
    black: int = 0
    blocks: int = 0  # of 1,024 samples
    silent: int = 0


def samples(position: int) -> int:
    """1/90,000 s → samples at 48 kHz."""
    return round(position * 8 / 15)


class _Part:
    def __init__(
        self,
        path: Path,
        container: Container,
        start: int,
        picture: Picture | None,
        sound: "av.AudioStream | None",
    ) -> None:
        self.start = start
        self.shape = picture.shape if picture else b""
        self._container = av.open(str(path), "w", format=container, options=_OPTIONS[container])
        self._video: av.VideoStream | None = None
        if picture is not None:
            with opened(picture) as stream:
                self._video = self._container.add_stream_from_template(stream.streams.video[0], opaque=True)
            self._video.time_base = VIDEO_TICKS
        self._audio = self._container.add_stream_from_template(sound) if sound is not None else None

    def write_picture(self, picture: Picture) -> None:
        if self._video is None:
            return
        packet = av.Packet(picture.data)
        packet.pts = packet.dts = picture.position - self.start
        packet.time_base = VIDEO_TICKS
        packet.is_keyframe = picture.is_key
        packet.stream = self._video
        self._container.mux(packet)

    def write_sound(self, sound: Sound) -> None:
        pts = sound.position - samples(self.start)
        if self._audio is None or pts < 0:
            return
        packet = av.Packet(sound.data)
        packet.pts = packet.dts = pts
        packet.duration = sound.duration
        packet.time_base = AUDIO_TICKS
        packet.is_keyframe = True
        packet.stream = self._audio
        self._container.mux(packet)

    def close(self) -> None:
        self._container.close()


class Parts:
    """Writes pictures and sounds into the part they belong to. Sound may lag behind pictures."""

    def __init__(
        self, folder: Path, epoch: float, sound: "av.AudioStream | None", container: Container = "mp4"
    ) -> None:
        self._folder = folder
        self._epoch = epoch
        self._sound = sound
        self._open: list[_Part] = []  # the last one gets pictures; earlier ones wait for their sound
        self._container: Container = container
        self._count = len(list(folder.glob(f"part-*.{container}")))
        self._note_path = folder
        self._run = self._count
        self.note = PartNote(start=0, epoch=epoch, has_video=False)

    def write_picture(self, picture: Picture) -> None:
        """The first picture of all must be a key frame."""
        if not self._open or (picture.is_key and picture.shape != self._open[-1].shape):
            self._begin(picture.position, picture)
        self._open[-1].write_picture(picture)
        if self._sound is None:
            self._close_all_but_last()

    def write_sound(self, sound: Sound) -> None:
        if not self._open:
            self._begin(-(-sound.position * 15 // 8), None)
        while len(self._open) > 1 and sound.position >= samples(self._open[1].start):
            self._open.pop(0).close()
        self._open[0].write_sound(sound)

    def save_note(self, figures: PartNote | None = None) -> None:
        """Persist the figures of the current part; a killed recorder leaves the last ones."""
        if figures is not None:
            own = self.note
            self.note = msgspec.structs.replace(
                figures, start=own.start, epoch=own.epoch, has_video=own.has_video, run=own.run
            )
        if self._open:
            temporary = self._note_path.with_suffix(".tmp")
            temporary.write_bytes(msgspec.json.encode(self.note))
            temporary.replace(self._note_path)

    def close(self) -> None:
        self.save_note()
        for part in self._open:
            part.close()
        self._open = []

    def _begin(self, start: int, picture: Picture | None) -> None:
        self.save_note()
        figures = self.note
        self._count += 1
        path = self._folder / f"part-{self._count:04d}.{self._container}"
        self._open.append(_Part(path, self._container, start, picture, self._sound))
        self._note_path = path.with_suffix(".json")
        self.note = msgspec.structs.replace(
            figures, start=start, epoch=self._epoch, has_video=picture is not None, run=self._run
        )
        self.save_note()

    def _close_all_but_last(self) -> None:
        while len(self._open) > 1:
            self._open.pop(0).close()
