"""A look into a film that was made elsewhere: `python -m livehall.media.egress.inspecting FILE`.

It writes one JSON object on standard output: `duration_ms`, `width`, `height` and a `picture` (JPEG, in
Base64); or `why` there is nothing to be shown, and the `codec` that is to blame.

The file may be hostile. So it is read as an MP4 and as nothing else, no other file or address is opened for
it, memory and processor time are limited, and where the kernel can, this process may read the file and
Python's libraries, and nothing else. Exit status 0: it was looked at; 3: it could not be.
"""

import resource
import sys
from pathlib import Path

import av
import msgspec

from livehall.media.confining import confine
from livehall.media.egress import posters

MEMORY = 2 << 30  # bytes
PROCESSOR_S = 60
LONGEST_S = 24 * 3600
WITHIN_S = 5.0  # so far before its end a film may have its last picture and sound
UNREADABLE = 3

SHOWN = frozenset({"h264", "av1", "vp9"})  # what the players of today's browsers show in an MP4
HEARD = frozenset({"aac", "mp3", "opus", "flac"})
FORM = "mov"  # ffmpeg's name for MP4
OPTIONS = {"protocol_whitelist": "file", "enable_drefs": "0"}
LARGEST_PICTURE = 700_000  # bytes: in Base64 less than the parent reads


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    duration_ms: int
    width: int | None
    height: int | None
    picture: bytes | None = None


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    why: str
    codec: str = ""


def look(file: Path) -> Seen | Refused:
    """Raises: OSError."""
    try:
        with av.open(f"file:{file.absolute()}", format=FORM, options=OPTIONS) as container:
            seen = _see(container)
    except av.FFmpegError:
        return Refused(why="unreadable")
    if isinstance(seen, Refused):
        return seen
    picture = posters.picture(file, seen.duration_ms / 1000, form=FORM, options=OPTIONS)
    if picture is not None and len(picture) > LARGEST_PICTURE:
        picture = None
    return msgspec.structs.replace(seen, picture=picture)


def _see(container: "av.container.InputContainer") -> Seen | Refused:
    pictures = [each for each in container.streams.video if not _is_cover(each)]
    sounds = list(container.streams.audio)
    if not pictures and not sounds:
        return Refused(why="no_tracks")
    for stream, known in [(each, SHOWN) for each in pictures] + [(each, HEARD) for each in sounds]:
        name = stream.codec_context.codec.canonical_name if stream.codec_context else ""
        if name not in known:
            return Refused(why="codec", codec=name)
    duration_s = (container.duration or 0) / av.time_base
    if duration_s <= 0:
        return Refused(why="no_tracks")
    if duration_s > LONGEST_S:
        return Refused(why="too_long")
    first = pictures[0] if pictures else sounds[0]
    if next(container.decode(first), None) is None:
        return Refused(why="unreadable")
    if _last_s(container, duration_s) < duration_s - WITHIN_S:
        return Refused(why="incomplete")
    return Seen(
        duration_ms=round(duration_s * 1000),
        width=pictures[0].width if pictures else None,
        height=pictures[0].height if pictures else None,
    )


def _is_cover(stream: "av.VideoStream") -> bool:
    """A picture on the case, and none of the film."""
    return bool(stream.disposition & av.stream.Disposition.attached_pic)


def _last_s(container: "av.container.InputContainer", duration_s: float) -> float:
    """Where the last picture or sound ends that is there: of one that was cut off the index promises more."""
    container.seek(round(max(duration_s - WITHIN_S, 0) * av.time_base))
    last = 0.0
    for packet in container.demux():
        if packet.pts is not None and packet.size:
            last = max(last, float((packet.pts + (packet.duration or 0)) * packet.time_base))
    return last


def _limit(file: Path) -> None:
    confine(file)
    for what, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, PROCESSOR_S),
        (resource.RLIMIT_FSIZE, 0),  # it writes to nothing but its pipe
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def main(arguments: list[str]) -> int:
    file = Path(arguments[0])
    _limit(file)
    av.logging.set_level(av.logging.PANIC)
    try:
        seen = look(file)
    except (MemoryError, ValueError, OverflowError):
        return UNREADABLE
    sys.stdout.buffer.write(msgspec.json.encode(seen) + b"\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
