"""From a LiveKit request to what a recorder does; what we do not do is refused here, by name."""

import re
import time
from pathlib import Path

import msgspec
from livekit.protocol import egress as proto
from msgspec.structs import replace

from livehall.media.egress import layouts, targets
from livehall.media.egress.faults import EgressFault

SEGMENT_S = 2  # default length of an HLS segment, seconds
MAX_SEGMENT_S = 10


CAMERA = ("CAMERA", "MICROPHONE", "UNKNOWN")
SCREEN = ("SCREEN_SHARE", "SCREEN_SHARE_AUDIO")

Request = (
    proto.RoomCompositeEgressRequest | proto.ParticipantEgressRequest | proto.TrackCompositeEgressRequest
)


class SegmentPlan(msgspec.Struct, frozen=True, kw_only=True):
    """HLS: all paths absolute; segments are `<prefix>_00000.ts` and lie beside the playlists."""

    prefix: str
    playlist: str
    live_playlist: str = ""  # the last few segments only; empty: not written
    duration_s: float = SEGMENT_S


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What is recorded, and where to. At least one of `file`, `segments`, `streams` is set."""

    file: str = ""  # absolute path of the MP4; empty: none
    segments: SegmentPlan | None = None
    streams: tuple[str, ...] = ()  # RTMP addresses at the beginning; their ends are secrets
    has_audio: bool = True
    has_video: bool = True
    layout: str = ""  # of a composed canvas; empty: one picture at a time, as it was sent where it may
    identity: str = ""  # of the one participant who is recorded; empty: everybody
    sources: tuple[str, ...] = ()  # of that participant
    tracks: tuple[str, ...] = ()  # sids of what is recorded; empty: everything

    def takes(self, sid: str, identity: str, source: str) -> bool:
        """Whether a track belongs into the recording."""
        if self.identity and (identity != self.identity or source not in self.sources):
            return False
        return not self.tracks or sid in self.tracks


def plan(request: Request, output_dir: Path) -> Plan:
    """Raises: EgressFault (`invalid_argument`, `unimplemented`, `resource_exhausted`)."""
    if not request.room_name:
        raise EgressFault("invalid_argument", "room_name is missing.")
    _refuse_what_is_absent(request)
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
    if request.audio_only and request.video_only:
        raise EgressFault("invalid_argument", "audio_only and video_only exclude each other.")
    return replace(
        made,
        has_audio=not request.video_only,
        has_video=not request.audio_only,
        layout=plan_layout(request.layout),
    )


def _plan_outputs(request: Request, output_dir: Path) -> Plan:
    files, segments, streams = (
        list(request.file_outputs),
        list(request.segment_outputs),
        list(request.stream_outputs),
    )
    if not isinstance(request, proto.ParticipantEgressRequest):  # the older fields, one of each
        files += [request.file] if request.HasField("file") else []
        segments += [request.segments] if request.HasField("segments") else []
        streams += [request.stream] if request.HasField("stream") else []
    if not files and not segments and not streams:
        raise EgressFault("invalid_argument", "A file, a segment or a stream output is missing.")
    if len(files) > 1 or len(segments) > 1 or len(streams) > 1:
        raise EgressFault("invalid_argument", "At most one file, one segment and one stream output.")
    return Plan(
        file=_plan_file(files[0], request.room_name, output_dir) if files else "",
        segments=_plan_segments(segments[0], request.room_name, output_dir) if segments else None,
        streams=targets.plan(streams[0]) if streams else (),
    )


def plan_layout(name: str) -> str:
    """The layout of a composed canvas, or nothing for one picture at a time.

    Raises: EgressFault (`invalid_argument`).
    """
    layout = layouts.parse(name) if name else None
    if name and layout is None:
        names = ", ".join(layouts.NAMES)
        raise EgressFault("invalid_argument", f"Layouts are {names}, each also with -light or -dark.")
    return name if layout is not None and layout.name != "single-speaker" else ""


def _refuse_what_is_absent(request: Request) -> None:
    absent = {
        "Image outputs": len(request.image_outputs) > 0,
        "Webhooks of a single egress": len(request.webhooks) > 0,
    }
    if isinstance(request, proto.RoomCompositeEgressRequest):
        absent["Web pages as templates"] = bool(request.custom_base_url)
        mixing = request.audio_mixing != proto.DEFAULT_MIXING
        absent["Mixing each speaker into a channel of its own"] = mixing
    for what, is_asked in absent.items():
        if is_asked:
            raise EgressFault("unimplemented", f"{what}: not available on this server.")


def _plan_file(output: proto.EncodedFileOutput, room: str, output_dir: Path) -> str:
    if output.file_type not in (proto.DEFAULT_FILETYPE, proto.MP4):
        raise EgressFault("unimplemented", "Files are MP4 only on this server.")
    _refuse_uploads(output)
    path = _inside(
        _filled(output.filepath or "{room_name}-{time}", room, output.filepath[-1:] == "/"), output_dir
    )
    return str(path if path.suffix == ".mp4" else path.with_name(path.name + ".mp4"))


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


def _refuse_uploads(output: proto.EncodedFileOutput | proto.SegmentedFileOutput) -> None:
    if output.WhichOneof("output") is not None:
        raise EgressFault("unimplemented", "Uploads: not available on this server; outputs are local files.")


def _filled(template: str, room: str, is_folder: bool) -> str:
    """LiveKit's placeholders `{room_name}` and `{time}` (UTC)."""
    if is_folder:
        template += "{room_name}-{time}"
    safe_room = re.sub(r"[^\w.-]", "_", room)
    return template.replace("{room_name}", safe_room).replace(
        "{time}", time.strftime("%Y-%m-%dT%H%M%S", time.gmtime())
    )


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
