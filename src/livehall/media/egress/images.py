"""Pictures of a recording as JPEG files, one every so often.

Seldom ones are key frames, which can be decoded alone; for frequent ones every picture is decoded. How many
there are is kept beside the parts, so that a successor goes on with the next name.
"""

from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import av
import msgspec
from av.video.codeccontext import VideoCodecContext

from livehall.media.egress.encoders import Letterbox, Picture, make_decoder
from livehall.media.egress.plans import ImagePlan
from livehall.media.egress.storage import ImagesResult, write_durably

SELDOM_S = 4.0  # key frames come as often
FINE = 4  # quantizer of JPEG, 2 is the finest


def kept(folder: Path, number: int) -> ImagesResult | None:
    path = folder / f"images-{number}.json"
    return msgspec.json.decode(path.read_bytes(), type=ImagesResult) if path.exists() else None


class Images:
    """One image output; `number` tells it from the others of this egress."""

    def __init__(self, folder: Path, number: int, plan: ImagePlan, epoch: float) -> None:
        self._path = folder / f"images-{number}.json"
        self._plan = plan
        self._epoch = epoch
        self._done = kept(folder, number)
        self._interval = round(plan.interval_s * 90_000)
        self._is_seldom = plan.interval_s >= SELDOM_S
        self._due: int | None = None  # 1/90,000 s on the recording's line
        self._decoder = make_decoder("h264")
        self._shape = b""
        self._scaler = Letterbox()
        Path(plan.prefix).parent.mkdir(parents=True, exist_ok=True)

    def write_picture(self, picture: Picture) -> None:
        if picture.is_key and picture.shape != self._shape:
            self._decoder, self._shape = make_decoder("h264"), picture.shape
        if not self._shape or (self._is_seldom and not (picture.is_key and self._is_due(picture.position))):
            return
        try:
            images = self._decoder.decode(av.Packet(picture.data))
        except av.FFmpegError:
            return  # the next key frame is another chance
        if images and self._is_due(picture.position):
            self._take(images[-1], picture.position)

    def _is_due(self, position: int) -> bool:
        return self._due is None or position >= self._due

    def _take(self, image: av.VideoFrame, position: int) -> None:
        first = self._due if self._due is not None else position
        self._due = first + (1 + max(0, position - first) // self._interval) * self._interval
        at = round((self._epoch + position / 90_000) * 1e9)
        before = self._done or ImagesResult(started_at=at, ended_at=at, count=0)
        path = Path(self._plan.prefix + self._suffix(before.count, at))
        temporary = path.with_name(f".{path.name}.tmp")
        temporary.write_bytes(jpeg(self._scaled(image)))
        temporary.replace(path)
        self._done = msgspec.structs.replace(before, ended_at=at, count=before.count + 1)
        write_durably(self._path, msgspec.json.encode(self._done))

    def _suffix(self, number: int, at: int) -> str:
        """As LiveKit names them: by a number, by the time (UTC, milliseconds), or always the same."""
        match self._plan.suffix:
            case "index":
                return f"_{number:05d}.jpeg"
            case "timestamp":
                moment = datetime.fromtimestamp(at / 1e9, UTC)
                return f"_{moment:%Y%m%d%H%M%S}{moment.microsecond // 1000:03d}.jpeg"
        return ".jpeg"

    def _scaled(self, image: av.VideoFrame) -> av.VideoFrame:
        width, height = self._plan.width, self._plan.height
        if not width and not height:
            return image
        width = width or round(image.width * height / image.height)
        height = height or round(image.height * width / image.width)
        return self._scaler.put(image, (max(2, width // 2 * 2), max(2, height // 2 * 2)))


def jpeg(image: av.VideoFrame) -> bytes:
    encoder = av.CodecContext.create("mjpeg", "w")
    assert isinstance(encoder, VideoCodecContext)
    encoder.width, encoder.height = image.width, image.height
    encoder.pix_fmt, encoder.time_base = "yuvj420p", Fraction(1, 25)
    encoder.options = {"qmin": str(FINE), "qmax": str(FINE)}
    full = image.reformat(format="yuvj420p", src_color_range=1, dst_color_range=2)
    full.pts, full.time_base = 0, encoder.time_base
    return b"".join(bytes(packet) for packet in [*encoder.encode(full), *encoder.encode(None)])
