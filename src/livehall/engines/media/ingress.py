"""`MediaIngress` by LiveKit's Ingress service: RTMP and WHIP.

What we have made is known by its name, since others may use the same server.
"""

from livekit import api as livekit
from livekit.protocol import ingress as proto
from livekit.protocol import models

from livehall.core.ports.media import (
    Ingest,
    IngestKind,
    IngestState,
    IngestUnsupported,
    MediaUnavailable,
)
from livehall.engines.media.calls import Calls

NAME = "livehall"
IDENTITY = "encoder"
NO_INGRESS = (
    "ingress not connected",  # livekit-server 1.13.5
    "no response from servers",
    "this way of ingress is switched off",  # our own without RTMP's port
)
KINDS: dict[IngestKind, proto.IngressInput] = {"rtmp": proto.RTMP_INPUT, "whip": proto.WHIP_INPUT}
NAMES: dict[int, IngestKind] = {number: kind for kind, number in KINDS.items()}
STATES: dict[int, IngestState] = {
    proto.IngressState.ENDPOINT_BUFFERING: "connecting",
    proto.IngressState.ENDPOINT_PUBLISHING: "active",
    proto.IngressState.ENDPOINT_ERROR: "failed",
}


class LiveKitIngress:
    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def open(self, room: str, kind: IngestKind, *, accepts: bool = True) -> Ingest:
        try:
            for info in await self._list(room):
                if info.input_type == KINDS[kind]:
                    return ingest_of(info if info.enabled == accepts else await self._switch(info, accepts))
            return ingest_of(await self._create(room, kind, accepts))
        except MediaUnavailable as fault:
            if lacks_ingress(fault):
                raise IngestUnsupported from fault
            raise

    async def close(self, room: str) -> None:
        try:
            for info in await self._list(room):
                await self._delete(proto.DeleteIngressRequest(ingress_id=info.ingress_id))
        except MediaUnavailable as fault:
            if not lacks_ingress(fault):
                raise

    async def find(self, room: str) -> Ingest | None:
        found = await self._list(room)
        return ingest_of(found[0]) if found else None

    async def rooms(self) -> frozenset[str]:
        try:
            return frozenset(info.room_name for info in await self._list())
        except MediaUnavailable as fault:
            if lacks_ingress(fault):
                return frozenset()
            raise

    async def _list(self, room: str = "") -> list[proto.IngressInfo]:
        request = proto.ListIngressRequest(room_name=room)
        listed = await self._calls.call(lambda api: api.ingress.list_ingress(request))
        return [info for info in listed.items if info.name == NAME] if listed is not None else []

    async def _create(self, room: str, kind: IngestKind, accepts: bool) -> proto.IngressInfo:
        request = proto.CreateIngressRequest(
            input_type=KINDS[kind],
            name=NAME,
            room_name=room,
            participant_identity=IDENTITY,
            audio=proto.IngressAudioOptions(source=models.MICROPHONE),
            video=proto.IngressVideoOptions(source=models.CAMERA),
            enabled=accepts,
        )
        made = await self._calls.call(lambda api: api.ingress.create_ingress(request))
        assert made is not None, "no refusal is harmless here"
        return made

    async def _delete(self, request: proto.DeleteIngressRequest) -> None:
        await self._calls.call(lambda api: api.ingress.delete_ingress(request), harmless=("not_found",))

    async def _switch(self, info: proto.IngressInfo, accepts: bool) -> proto.IngressInfo:
        request = proto.UpdateIngressRequest(ingress_id=info.ingress_id, enabled=accepts)
        changed = await self._calls.call(lambda api: api.ingress.update_ingress(request))
        assert changed is not None, "no refusal is harmless here"
        return changed


def lacks_ingress(fault: MediaUnavailable) -> bool:
    """Whether the server answered that it has no part that takes encoders."""
    error = fault.__cause__
    if not isinstance(error, livekit.TwirpError):
        return False
    if error.code in ("unimplemented", "bad_route"):
        return True
    return any(text in error.message for text in NO_INGRESS)


def ingest_of(info: proto.IngressInfo) -> Ingest:
    """An ingress as the server tells of it, in answers and in reports."""
    video, audio = info.state.video, info.state.audio
    return Ingest(
        id=info.ingress_id,
        room=info.room_name,
        kind=NAMES.get(info.input_type, "rtmp"),
        url=info.url,
        key=info.stream_key,
        state=STATES.get(info.state.status, "idle"),
        error=info.state.error,
        video_bps=video.average_bitrate or None,
        audio_bps=audio.average_bitrate or None,
        width=video.width or None,
        height=video.height or None,
        frame_rate=video.framerate or None,
    )
