"""`MediaOutputs` by LiveKit's Egress: recordings as MP4, packages as HLS with segments of 2 s."""

from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from livekit import api as livekit
from livekit.protocol import egress

from livehall.core.ports.media import (
    Layout,
    MediaUnavailable,
    Output,
    OutputFile,
    OutputKind,
    OutputState,
    OutputUnsupported,
    StreamRefused,
)
from livehall.engines.addresses import leads_outside
from livehall.engines.media.calls import Calls

SEGMENT_S = 2
SECOND_NS = 1_000_000_000
REMEMBERED = timedelta(hours=1)
NO_EGRESS = ("egress not connected", "no response from servers")  # livekit-server 1.13.5
NONE = egress.ListEgressRequest(room_name="-", active=True)

STATES: dict[int, OutputState] = {
    egress.EGRESS_STARTING: "starting",
    egress.EGRESS_ACTIVE: "active",
    egress.EGRESS_ENDING: "ending",
    egress.EGRESS_COMPLETE: "complete",
    egress.EGRESS_FAILED: "failed",
    egress.EGRESS_ABORTED: "aborted",
    egress.EGRESS_LIMIT_REACHED: "complete",
}
# As LiveKit's recorder names them; it shows a grid for the two last, which are our server's.
LAYOUTS: dict[Layout, str] = {
    "single": "single-speaker",
    "speaker": "speaker",
    "grid": "grid",
    "side_by_side": "side-by-side",
    "picture_in_picture": "picture-in-picture",
}
PINNED = ";pinned="  # what our server reads behind the name (`docs/use/media.md`)
OPEN: tuple[OutputState, ...] = ("starting", "active", "ending")


class LiveKitOutputs:
    def __init__(self, calls: Calls, *, private_targets: bool = False) -> None:
        """`private_targets`: whether streams may go to addresses of this network."""
        self._calls = calls
        self._private_targets = private_targets

    async def record(self, room: str, path: str, layout: Layout = "single", pinned: str = "") -> Output:
        file = egress.EncodedFileOutput(file_type=egress.MP4, filepath=path)
        return await self._start(_request(room, named(layout, pinned), file_outputs=[file]))

    async def package(self, room: str, path: str, layout: Layout = "single", pinned: str = "") -> Output:
        playlist = PurePosixPath(path)
        segments = egress.SegmentedFileOutput(
            filename_prefix=str(playlist.with_suffix("")),
            playlist_name=playlist.name,
            segment_duration=SEGMENT_S,
        )
        return await self._start(_request(room, named(layout, pinned), segment_outputs=[segments]))

    async def stream(self, room: str, url: str, layout: Layout = "single", pinned: str = "") -> Output:
        await self._check_address(url)
        stream = egress.StreamOutput(protocol=egress.RTMP, urls=[url])
        return await self._start(_request(room, named(layout, pinned), stream_outputs=[stream]))

    async def arrange(self, output_id: str, layout: Layout, pinned: str = "") -> None:
        request = egress.UpdateLayoutRequest(egress_id=output_id, layout=named(layout, pinned))
        await self._calls.call(
            lambda api: api.egress.update_layout(request), harmless=("not_found", "failed_precondition")
        )

    async def stop(self, output_id: str) -> None:
        request = egress.StopEgressRequest(egress_id=output_id)
        await self._calls.call(
            lambda api: api.egress.stop_egress(request), harmless=("not_found", "failed_precondition")
        )

    async def outputs(self, room: str) -> tuple[Output, ...]:
        request = egress.ListEgressRequest(room_name=room)
        try:
            listed = await self._calls.call(lambda api: api.egress.list_egress(request))
        except MediaUnavailable as fault:
            if lacks_egress(fault):
                return ()
            raise
        since = datetime.now(UTC) - REMEMBERED
        found = [output_of(info) for info in listed.items] if listed is not None else []
        return tuple(
            each for each in found if each.state in OPEN or each.ended_at is None or each.ended_at >= since
        )

    async def _check_address(self, url: str) -> None:
        """Raises: StreamRefused, for what leads into this network."""
        if self._private_targets:
            return
        parts = urlsplit(url)
        try:
            is_public = await leads_outside(parts.hostname or "", parts.port or 1935)
        except OSError as error:
            raise StreamRefused("The address of the streaming target cannot be found.") from error
        if not is_public:
            raise StreamRefused

    async def _start(self, request: egress.RoomCompositeEgressRequest) -> Output:
        try:
            # Asked first: a LiveKit server without egress answers a start after 22 s, and this at once.
            await self._calls.call(lambda api: api.egress.list_egress(NONE))
            info = await self._calls.call(lambda api: api.egress.start_room_composite_egress(request))
        except MediaUnavailable as fault:
            if lacks_egress(fault):
                raise OutputUnsupported from fault
            raise
        assert info is not None, "no refusal is harmless here"
        return output_of(info)


def named(layout: Layout, pinned: str) -> str:
    """A layout as the server is told it.

    LiveKit's request has no field for who is pinned, and its recorder hands the layout to a web page that
    goes by how the name begins (livekit/egress, template-default/src/Room.tsx): there it means what it did.
    """
    return f"{LAYOUTS[layout]}{PINNED}{pinned}" if pinned else LAYOUTS[layout]


def _request(room: str, layout: str, **outputs: Any) -> egress.RoomCompositeEgressRequest:
    return egress.RoomCompositeEgressRequest(room_name=room, layout=layout, **outputs)


def lacks_egress(fault: MediaUnavailable) -> bool:
    """Whether the server answered that it has no part that could record."""
    error = fault.__cause__
    if not isinstance(error, livekit.TwirpError):
        return False
    return error.code in ("unimplemented", "bad_route") or any(text in error.message for text in NO_EGRESS)


def output_of(info: egress.EgressInfo) -> Output:
    """An egress as the server tells of it, in answers and in reports."""
    is_hls = bool(info.segment_results) or bool(info.room_composite.segment_outputs)
    is_stream = bool(info.stream_results) or bool(info.room_composite.stream_outputs)
    kind: OutputKind = "hls" if is_hls else "rtmp" if is_stream else "file"
    playlist = info.segment_results[0] if info.segment_results else None
    return Output(
        id=info.egress_id,
        room=info.room_name,
        kind=kind,
        state=STATES.get(info.status, "failed"),
        error=next((each.error for each in info.stream_results if each.error), "") or info.error,
        started_at=instant(info.started_at),
        ended_at=instant(info.ended_at),
        files=tuple(file_of(file) for file in info.file_results),
        playlist=(playlist.playlist_location or playlist.playlist_name) if playlist else "",
    )


def file_of(file: egress.FileInfo) -> OutputFile:
    return OutputFile(
        path=file.location or file.filename,
        duration_s=file.duration / SECOND_NS,
        size=file.size,
        started_at=instant(file.started_at),
        ended_at=instant(file.ended_at),
    )


def instant(nanoseconds: int) -> datetime | None:
    """Nanoseconds since 1970, cut to milliseconds; 0 is never."""
    if not nanoseconds:
        return None
    milliseconds = nanoseconds // 1_000_000
    return datetime.fromtimestamp(milliseconds // 1000, UTC).replace(microsecond=milliseconds % 1000 * 1000)
