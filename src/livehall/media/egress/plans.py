"""From a LiveKit request to what a recorder does; what we do not do is refused here, by name."""

import re
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import msgspec
from livekit.protocol import egress as proto
from livekit.protocol import models
from msgspec.structs import replace

from livehall.media.egress import layouts, targets
from livehall.media.egress.faults import EgressFault
from livehall.media.tracks.programme import Published

SEGMENT_S = 2  # default length of an HLS segment, seconds
MAX_SEGMENT_S = 10
IMAGE_EVERY_S = 10  # as LiveKit's default
MOST_IMAGES = 4  # image outputs of one egress
LARGEST_IMAGE = 4096  # pixels, each way


CAMERA = ("CAMERA", "MICROPHONE", "UNKNOWN")
SCREEN = ("SCREEN_SHARE", "SCREEN_SHARE_AUDIO")

Composed = (
    proto.RoomCompositeEgressRequest | proto.ParticipantEgressRequest | proto.TrackCompositeEgressRequest
)
Request = Composed | proto.TrackEgressRequest
Container = Literal["mp4", "webm", "ogg"]
CONTAINERS: dict[str, Container] = {"h264": "mp4", "vp8": "webm", "vp9": "webm", "av1": "webm", "opus": "ogg"}
EXTENSIONS = (
    ".mp4",
    ".webm",
    ".ogg",
    ".ivf",
    ".mp3",
    ".ts",
    ".m3u8",
    ".jpeg",
)  # LiveKit puts its own instead


class SegmentPlan(msgspec.Struct, frozen=True, kw_only=True):
    """HLS: all paths absolute; segments are `<prefix>_00000.ts` and lie beside the playlists."""

    prefix: str
    playlist: str
    live_playlist: str = ""  # the last few segments only; empty: not written
    duration_s: float = SEGMENT_S
    part_s: float = 0.0  # of low-latency HLS; 0: whole segments only


class ImagePlan(msgspec.Struct, frozen=True, kw_only=True):
    """Pictures of the recording, `<prefix>_00000.jpeg` and so on; the prefix is absolute."""

    prefix: str
    interval_s: int = IMAGE_EVERY_S
    suffix: Literal["index", "timestamp", "none"] = "index"
    width: int = 0  # pixels; 0: as the other one wants it, or as it is
    height: int = 0


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What is recorded, and where to. At least one of `file`, `segments`, `streams`, `images` is set."""

    file: str = ""  # absolute path; empty: none
    container: Container = "mp4"  # of the file; OGG has sound alone
    is_direct: bool = False  # one track, as it was sent
    segments: SegmentPlan | None = None
    images: tuple[ImagePlan, ...] = ()
    streams: tuple[str, ...] = ()  # RTMP addresses at the beginning; their ends are secrets
    has_audio: bool = True
    has_video: bool = True
    layout: str = ""  # of a composed canvas; empty: one picture at a time, as it was sent where it may
    pinned: str = ""  # at the beginning: who comes first (`layouts`); empty: nobody
    identity: str = ""  # of the one participant who is recorded; empty: everybody
    sources: tuple[str, ...] = ()  # of that participant
    tracks: tuple[str, ...] = ()  # sids of what is recorded; empty: everything

    def takes(self, sid: str, identity: str, source: str) -> bool:
        """Whether a track belongs into the recording."""
        if self.identity and (identity != self.identity or source not in self.sources):
            return False
        return not self.tracks or sid in self.tracks


def plan(request: Request, output_dir: Path, published: Iterable[Published] = ()) -> Plan:
    """`published`: what the room has; of all that is recorded by its track, it is there.

    Raises: EgressFault (`invalid_argument`, `unimplemented`, `resource_exhausted`, `not_found`).
    """
    if not request.room_name:
        raise EgressFault("invalid_argument", "room_name is missing.")
    _refuse_what_is_absent(request)
    if isinstance(request, proto.TrackEgressRequest):
        return _plan_track(request, output_dir, published)
    made = _plan_composed(request, output_dir)
    if not {track.sid for track in published}.issuperset(made.tracks):
        raise EgressFault("not_found", "The track does not exist.")
    return made


def _plan_track(request: proto.TrackEgressRequest, output_dir: Path, published: Iterable[Published]) -> Plan:
    if request.HasField("websocket_url"):
        raise EgressFault("unimplemented", "Websocket outputs: not available on this server.")
    if not request.track_id or not request.HasField("file"):
        raise EgressFault("invalid_argument", "track_id and a file output are needed.")
    track = next((each for each in published if each.sid == request.track_id), None)
    if track is None:
        raise EgressFault("not_found", "The track does not exist.")
    _refuse_uploads(request.file)
    names = {
        "{track_id}": track.sid,
        "{track_type}": track.kind,
        "{track_source}": track.source.lower(),
        "{publisher_identity}": track.identity,
    }
    container = CONTAINERS[track.codec]
    path = request.file.filepath
    if not path or path.endswith("/"):
        path += "{track_id}-{time}"
    for name, value in names.items():
        path = path.replace(name, _safe(value))
    return Plan(
        file=_plan_path(path, request.room_name, output_dir, container),
        container=container,
        is_direct=True,
        has_audio=track.kind == "audio",
        has_video=track.kind == "video",
        tracks=(track.sid,),
    )


def _plan_composed(request: Composed, output_dir: Path) -> Plan:
    made = _plan_outputs(request, output_dir)
    match request:
        case proto.ParticipantEgressRequest():
            if not request.identity:
                raise EgressFault("invalid_argument", "identity is missing.")
            return replace(
                made, identity=request.identity, sources=SCREEN if request.screen_share else CAMERA
            )
        case proto.TrackCompositeEgressRequest():
            tracks = (request.audio_track_id, request.video_track_id)
            if not any(tracks):
                raise EgressFault("invalid_argument", "audio_track_id or video_track_id is missing.")
            return replace(
                made, tracks=tuple(filter(None, tracks)), has_audio=bool(tracks[0]), has_video=bool(tracks[1])
            )
    return replace(
        made,
        has_audio=not request.video_only,
        has_video=not request.audio_only,
        layout=plan_layout(request.layout),
        pinned=layouts.pinned_in(request.layout),
    )


def _has_video(request: Composed) -> bool:
    match request:
        case proto.RoomCompositeEgressRequest():
            if request.audio_only and request.video_only:
                raise EgressFault("invalid_argument", "audio_only and video_only exclude each other.")
            return not request.audio_only
        case proto.TrackCompositeEgressRequest():
            return bool(request.video_track_id)
    return True


def _plan_container(output: proto.EncodedFileOutput, *, has_video: bool, is_alone: bool) -> Container:
    """What LiveKit makes of sound alone is OGG, unless another output of the same sound needs AAC."""
    match output.file_type:
        case proto.MP4:
            return "mp4"
        case proto.OGG if has_video:
            raise EgressFault("invalid_argument", "OGG files have sound alone.")
        case proto.OGG if not is_alone:
            raise EgressFault("invalid_argument", "OGG files go with no segments or streams: those have AAC.")
        case proto.OGG:
            return "ogg"
        case proto.DEFAULT_FILETYPE:
            return "ogg" if is_alone and not has_video else "mp4"
    raise EgressFault("unimplemented", "Files are MP4 or OGG on this server.")


def _plan_outputs(request: Composed, output_dir: Path) -> Plan:
    files, segments, streams = (
        list(request.file_outputs),
        list(request.segment_outputs),
        list(request.stream_outputs),
    )
    if not isinstance(request, proto.ParticipantEgressRequest):  # the older fields, one of each
        files += [request.file] if request.HasField("file") else []
        segments += [request.segments] if request.HasField("segments") else []
        streams += [request.stream] if request.HasField("stream") else []
    if not files and not segments and not streams and not request.image_outputs:
        raise EgressFault("invalid_argument", "A file, segment, stream or image output is missing.")
    if request.image_outputs and not _has_video(request):
        raise EgressFault("invalid_argument", "Images need a picture.")
    if len(files) > 1 or len(segments) > 1 or len(streams) > 1:
        raise EgressFault("invalid_argument", "At most one file, one segment and one stream output.")
    has_video, is_alone = _has_video(request), not segments and not streams
    container: Container = "mp4"
    if files:
        container = _plan_container(files[0], has_video=has_video, is_alone=is_alone)
    return Plan(
        file=_plan_file(files[0], request.room_name, output_dir, container) if files else "",
        container=container,
        segments=_plan_segments(segments[0], request.room_name, output_dir) if segments else None,
        streams=targets.plan(streams[0]) if streams else (),
        images=_plan_images(request, output_dir),
    )


def plan_layout(name: str) -> str:
    """The layout of a composed canvas, or nothing for one picture at a time.

    Raises: EgressFault (`invalid_argument`).
    """
    layout = layouts.parse(name) if name else None
    if name and layout is None:
        names = ", ".join(layouts.NAMES)
        raise EgressFault(
            "invalid_argument",
            f"Layouts are {names}, each also with -light or -dark, and with {layouts.PINNED}<identity>.",
        )
    return name if layout is not None and layout.name != "single-speaker" else ""


def _refuse_what_is_absent(request: Request) -> None:
    absent = {
        "Webhooks of a single egress": len(request.webhooks) > 0,
    }
    if isinstance(request, proto.RoomCompositeEgressRequest):
        absent["Web pages as templates"] = bool(request.custom_base_url)
        mixing = request.audio_mixing != proto.DEFAULT_MIXING
        absent["Mixing each speaker into a channel of its own"] = mixing
    for what, is_asked in absent.items():
        if is_asked:
            raise EgressFault("unimplemented", f"{what}: not available on this server.")


def _plan_file(output: proto.EncodedFileOutput, room: str, output_dir: Path, container: Container) -> str:
    _refuse_uploads(output)
    return _plan_path(output.filepath or "{room_name}-{time}", room, output_dir, container)


def _plan_path(template: str, room: str, output_dir: Path, container: Container) -> str:
    path = _inside(_filled(template, room, template[-1:] == "/"), output_dir)
    stem = path.stem if path.suffix in EXTENSIONS else path.name
    return str(path.with_name(f"{stem}.{container}"))


def _plan_segments(output: proto.SegmentedFileOutput, room: str, output_dir: Path) -> SegmentPlan:
    if output.protocol == proto.HLS_FMP4_PROTOCOL:
        raise EgressFault("unimplemented", "HLS segments are MPEG-TS on this server.")
    if output.filename_suffix != proto.INDEX:
        raise EgressFault("unimplemented", "Segments are named by their index on this server.")
    if output.segment_duration > MAX_SEGMENT_S:
        raise EgressFault("invalid_argument", f"segment_duration is at most {MAX_SEGMENT_S} seconds.")
    _refuse_uploads(output)
    prefix = _inside(_filled(output.filename_prefix or "{room_name}-{time}", room, False), output_dir)
    playlist = _beside(
        prefix, _filled(output.playlist_name, room, False) or f"{prefix.name}.m3u8", output_dir
    )
    live = _beside(prefix, _filled(output.live_playlist_name, room, False), output_dir)
    if live == playlist:
        raise EgressFault("invalid_argument", "playlist_name and live_playlist_name are the same.")
    return SegmentPlan(
        prefix=str(prefix),
        playlist=playlist,
        live_playlist=live,
        duration_s=output.segment_duration or SEGMENT_S,
    )


def _plan_images(request: Composed, output_dir: Path) -> tuple[ImagePlan, ...]:
    if len(request.image_outputs) > MOST_IMAGES:
        raise EgressFault("resource_exhausted", f"At most {MOST_IMAGES} image outputs.")
    found = tuple(_plan_image(output, request.room_name, output_dir) for output in request.image_outputs)
    if len({image.prefix for image in found}) < len(found):
        raise EgressFault("invalid_argument", "Two image outputs have the same prefix.")
    return found


def _plan_image(output: proto.ImageOutput, room: str, output_dir: Path) -> ImagePlan:
    if output.image_codec not in (models.IC_DEFAULT, models.IC_JPEG):
        raise EgressFault("unimplemented", "Images are JPEG on this server.")
    if not (0 <= output.width <= LARGEST_IMAGE and 0 <= output.height <= LARGEST_IMAGE):
        raise EgressFault("invalid_argument", f"Images have at most {LARGEST_IMAGE} pixels each way.")
    _refuse_uploads(output)
    template = output.filename_prefix or "{room_name}-{time}"
    return ImagePlan(
        prefix=str(_inside(_filled(template, room, template[-1:] == "/"), output_dir)),
        interval_s=output.capture_interval or IMAGE_EVERY_S,
        suffix=_SUFFIXES.get(output.filename_suffix, "index"),
        width=output.width,
        height=output.height,
    )


_SUFFIXES: dict[int, Literal["index", "timestamp", "none"]] = {
    proto.IMAGE_SUFFIX_INDEX: "index",
    proto.IMAGE_SUFFIX_TIMESTAMP: "timestamp",
    proto.IMAGE_SUFFIX_NONE_OVERWRITE: "none",
}


def _refuse_uploads(
    output: proto.EncodedFileOutput | proto.SegmentedFileOutput | proto.DirectFileOutput | proto.ImageOutput,
) -> None:
    if output.WhichOneof("output") is not None:
        raise EgressFault("unimplemented", "Uploads: not available on this server; outputs are local files.")


def _filled(template: str, room: str, is_folder: bool) -> str:
    """LiveKit's placeholders `{room_name}` and `{time}` (UTC)."""
    if is_folder:
        template += "{room_name}-{time}"
    return template.replace("{room_name}", _safe(room)).replace(
        "{time}", time.strftime("%Y-%m-%dT%H%M%S", time.gmtime())
    )


def _safe(name: str) -> str:
    return re.sub(r"[^\w.-]", "_", name)


def _inside(name: str, output_dir: Path) -> Path:
    """The absolute path of a relative `name`; never outside of `output_dir` and never a hidden one."""
    path = Path(name)
    root = output_dir.resolve()
    has_forbidden = any(part.startswith(".") for part in path.parts) or "\0" in name or len(name) > 512
    if not name or path.is_absolute() or has_forbidden:
        raise EgressFault("invalid_argument", "Output paths are relative, without hidden or parent folders.")
    try:
        resolved = (root / path).resolve()  # follows links that lead elsewhere
    except OSError:
        raise EgressFault("invalid_argument", "The output path cannot be used.") from None
    if not resolved.is_relative_to(root) or resolved.is_dir():
        raise EgressFault("invalid_argument", "The output path leads outside or names a folder.")
    return resolved


def _beside(prefix: Path, name: str, output_dir: Path) -> str:
    if not name:
        return ""
    path = (
        _inside(name, output_dir)
        if "/" in name
        else _inside(str(prefix.parent.relative_to(output_dir.resolve()) / name), output_dir)
    )
    if path.parent != prefix.parent:
        raise EgressFault("invalid_argument", "Playlists and segments lie in the same folder.")
    return str(path if path.suffix == ".m3u8" else path.with_name(path.name + ".m3u8"))
