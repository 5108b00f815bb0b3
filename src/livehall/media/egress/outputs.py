"""Where what one encoding makes goes: parts of the file, HLS segments, images, streams."""

from collections.abc import Iterable
from pathlib import Path

import av

from livehall.media.egress import wire
from livehall.media.egress.encoders import Picture, Sound
from livehall.media.egress.images import Images
from livehall.media.egress.parts import PartNote, Parts
from livehall.media.egress.plans import Plan
from livehall.media.egress.segments import Segments
from livehall.media.egress.streams import Streams


class Outputs:
    def __init__(self, folder: Path, plan: Plan, epoch: float, sound: "av.AudioStream | None") -> None:
        """`folder`: where the egress keeps its state and parts; `epoch`: Unix seconds at position 0."""
        self._parts = Parts(folder, epoch, sound, plan.container) if plan.file else None
        self._segments = Segments(folder, plan.segments, epoch, sound) if plan.segments else None
        self._images = [Images(folder, number, each, epoch) for number, each in enumerate(plan.images)]
        self._streams = Streams(sound is not None)

    @property
    def wants_key_frame(self) -> bool:
        """True while a segment or a stream cannot begin without one."""
        has_no_segment = self._segments is not None and not self._segments.is_open
        return has_no_segment or self._streams.wants_key_frame

    def stream_to(self, wanted: Iterable[wire.Stream]) -> None:
        self._streams.set(wanted)

    def said(self) -> Iterable[wire.StreamState]:
        """What has happened to the streams since the last call."""
        return self._streams.poll()

    def write_picture(self, picture: Picture) -> None:
        if self._parts is not None:
            self._parts.write_picture(picture)
        if self._segments is not None:
            self._segments.write_picture(picture)
        for images in self._images:
            images.write_picture(picture)
        self._streams.write(picture)

    def write_sound(self, sound: Sound) -> None:
        if self._parts is not None:
            self._parts.write_sound(sound)
        if self._segments is not None:
            self._segments.write_sound(sound)
        self._streams.write(sound)

    def note(self, figures: PartNote) -> None:
        """Persist what the finished file's check needs; the part's own fields are kept."""
        if self._parts is not None:
            self._parts.save_note(figures)

    def close(self, position: int) -> Iterable[wire.StreamState]:
        """The line ends at `position` (1/90,000 s)."""
        if self._parts is not None:
            self._parts.close()
        if self._segments is not None:
            self._segments.close(position)
        return self._streams.close()
