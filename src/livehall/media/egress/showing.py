"""From a publisher's frame to a picture of the recording: H.264 passes as it is, all else is encoded."""

from abc import ABC, abstractmethod

import av

from livehall.media.egress import h264
from livehall.media.egress.encoders import (
    HIGHEST,
    WIDEST,
    Picture,
    VideoEncoder,
    is_dark,
    make_decoder,
)
from livehall.media.egress.frames import Frame
from livehall.media.tracks.programme import Codec


class Shower(ABC):
    """Raises av.FFmpegError for frames that cannot be decoded."""

    def __init__(self) -> None:
        self.looked_at = 0  # pictures whose brightness was sampled
        self.black = 0  # of these

    @abstractmethod
    def show(self, frame: Frame, codec: Codec, position: int, *, force_key: bool) -> list[Picture]: ...

    def look(self, *, is_black: bool) -> None:
        """Count a picture that was looked at."""
        self.looked_at += 1
        self.black += is_black


class Showing(Shower):
    """Keeps the way of the current picture."""

    def __init__(self, encoder: VideoEncoder) -> None:
        super().__init__()
        self._encoder = encoder
        self._is_copying = False
        self._shape = b""
        self._viewer = make_decoder("h264")  # looks at key frames that pass as they are

    def show(self, frame: Frame, codec: Codec, position: int, *, force_key: bool) -> list[Picture]:
        if codec == "h264" and frame.size[0] <= WIDEST and frame.size[1] <= HIGHEST:
            return self._copy(frame, position)
        was_copying, self._is_copying = self._is_copying, False
        pictures, is_black = self._encoder.encode(frame, codec, position, force_key=force_key or was_copying)
        self.look(is_black=is_black)
        return pictures

    def _copy(self, frame: Frame, position: int) -> list[Picture]:
        if not self._is_copying and not frame.is_key:
            return []
        self._is_copying = True
        if frame.is_key:
            self._shape = h264.annex_b(h264.parameter_sets(h264.split_annex_b(frame.data)))
            for image in self._viewer.decode(av.Packet(frame.data)):
                self.look(is_black=is_dark(image))
        return [Picture(position, frame.data, frame.is_key, self._shape)]
