"""LiveKit's Egress service, in front of whoever records."""

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from google.protobuf.message import Message
from livekit.protocol import egress

from livehall.media.api.twirp import Method, TwirpError, denied
from livehall.media.egress.faults import EgressFault
from livehall.media.rooms.grants import Claims

Start = (
    egress.RoomCompositeEgressRequest
    | egress.ParticipantEgressRequest
    | egress.TrackCompositeEgressRequest
    | egress.TrackEgressRequest
)
Request = TypeVar("Request", bound=Message)


class EgressMethods(Protocol):
    """Raises: EgressFault."""

    async def open(self) -> None: ...

    async def start(self, request: Start) -> egress.EgressInfo: ...

    async def list(self, request: egress.ListEgressRequest) -> egress.ListEgressResponse: ...

    async def stop(self, request: egress.StopEgressRequest) -> egress.EgressInfo: ...

    async def update_stream(self, request: egress.UpdateStreamRequest) -> egress.EgressInfo: ...

    async def update_layout(self, request: egress.UpdateLayoutRequest) -> egress.EgressInfo: ...

    async def close(self) -> None: ...


class EgressApi:
    def __init__(self, service: EgressMethods) -> None:
        self._service = service

    def methods(self) -> dict[str, Method]:
        service = self._service
        return {
            "StartRoomCompositeEgress": Method(egress.RoomCompositeEgressRequest, _checked(service.start)),
            "StartParticipantEgress": Method(egress.ParticipantEgressRequest, _checked(service.start)),
            "StartTrackCompositeEgress": Method(egress.TrackCompositeEgressRequest, _checked(service.start)),
            "StartTrackEgress": Method(egress.TrackEgressRequest, _checked(service.start)),
            "ListEgress": Method(egress.ListEgressRequest, _checked(service.list)),
            "StopEgress": Method(egress.StopEgressRequest, _checked(service.stop)),
            "UpdateStream": Method(egress.UpdateStreamRequest, _checked(service.update_stream)),
            "UpdateLayout": Method(egress.UpdateLayoutRequest, _checked(service.update_layout)),
        }


def _checked(
    call: Callable[[Request], Awaitable[Message]],
) -> Callable[[Claims, Request], Awaitable[Message]]:
    """The call, for those who may record, with its refusals in Twirp's form."""

    async def checked(claims: Claims, request: Request) -> Message:
        if not claims.video.room_record:
            raise denied()
        try:
            return await call(request)
        except EgressFault as fault:
            raise TwirpError(fault.code, fault.msg) from None

    return checked
