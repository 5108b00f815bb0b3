"""An egress on disk: `<output_dir>/.state/<egress id>/egress.json`, written before a recorder starts."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import msgspec

from livehall.media.egress.plans import Plan
from livehall.media.egress.targets import Target


class FileResult(msgspec.Struct, frozen=True, kw_only=True):
    """The finished file; the same lies beside it as `<file>.json`."""

    started_at: int  # Unix nanoseconds, the first frame
    duration: int  # nanoseconds
    size: int  # bytes
    parts: int  # recorder runs and shapes that were joined
    frames_in: int  # pictures that reached the recorder
    frames_written: int
    frames_lost: int  # of frames_in: not whole or not decodable
    wall: int  # nanoseconds from the first frame to the end by the clock; 0 when the end is not known
    av_offset_ms: float  # beginning of the picture minus beginning of the sound
    video_end_s: float
    audio_end_s: float
    black_share: float  # 0–1, of the sampled pictures
    silent_share: float  # 0–1, of the time
    findings: list[str] = []  # what a person should look at, in words


class SegmentsResult(msgspec.Struct, frozen=True, kw_only=True):
    started_at: int  # Unix nanoseconds
    duration: int  # nanoseconds
    size: int  # bytes
    count: int


class ImagesResult(msgspec.Struct, frozen=True, kw_only=True):
    started_at: int  # Unix nanoseconds, the first picture
    ended_at: int  # the last one
    count: int


class Result(msgspec.Struct, frozen=True, kw_only=True):
    file: FileResult | None = None
    segments: SegmentsResult | None = None
    images: tuple[ImagesResult | None, ...] = ()  # of each image output


class Egress(msgspec.Struct, kw_only=True):
    """State of one egress. Times are Unix nanoseconds, 0 when not reached."""

    id: str
    room_sid: str
    room_name: str
    request: str  # as protobuf JSON
    plan: Plan
    status: int  # livekit.EgressStatus
    requested_at: int
    started_at: int = 0
    stopped_at: int = 0  # the recording's end: when a stop was asked for
    ended_at: int = 0
    updated_at: int = 0
    error: str = ""
    result: Result | None = None
    targets: list[Target] = []  # all there ever were
    layout: str = ""  # where it was changed
    kind: Literal["room_composite", "participant", "track_composite", "track"] = "room_composite"


def write_durably(path: Path, data: bytes) -> None:
    """Replace a file so that after a power cut there is the old one or the new one."""
    temporary = path.with_name(f".{path.name}.tmp")
    with temporary.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def load(folder: Path) -> Egress:
    return msgspec.json.decode((folder / "egress.json").read_bytes(), type=Egress)


class Store:
    """All egresses below one output folder."""

    def __init__(self, output_dir: Path) -> None:
        self._root = output_dir / ".state"

    def folder(self, egress_id: str) -> Path:
        return self._root / egress_id

    def save(self, egress: Egress) -> None:
        folder = self.folder(egress.id)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_durably(folder / "egress.json", msgspec.json.encode(egress))

    def all(self) -> Iterator[Egress]:
        for path in sorted(self._root.glob("EG_*/egress.json")):
            try:
                yield load(path.parent)
            except (msgspec.DecodeError, OSError):
                continue  # written by another version, or removed meanwhile

    def remove(self, egress_id: str) -> None:
        shutil.rmtree(self.folder(egress_id), ignore_errors=True)
