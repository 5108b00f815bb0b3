"""LiveKit's Egress service, in front of whoever records."""

from collections.abc import Awaitable
from typing import Protocol, TypeVar

from google.protobuf.message import Message
from livekit.protocol import egress

from livehall.media.api.twirp import Method, TwirpError
from livehall.media.egress.faults import EgressFault
from livehall.media.rooms.grants import Claims

T = TypeVar("T")


class EgressMethods(Protocol):
    """Raises: EgressFault."""

    async def start_room_composite(self, request: egress.RoomCompositeEgressRequest) -> egress.EgressInfo: ...

    async def list(self, request: egress.ListEgressRequest) -> egress.ListEgressResponse: ...

    async def stop(self, request: egress.StopEgressRequest) -> egress.EgressInfo: ...

    async def close(self) -> None: ...


class EgressApi:
    def __init__(self, service: EgressMethods | None) -> None:
        self._service = service

    def methods(self) -> dict[str, Method]:
        return {
            "StartRoomCompositeEgress": Method(egress.RoomCompositeEgressRequest, self.start_room_composite),
            "ListEgress": Method(egress.ListEgressRequest, self.list),
            "StopEgress": Method(egress.StopEgressRequest, self.stop),
        }

    async def start_room_composite(
        self, claims: Claims, request: egress.RoomCompositeEgressRequest
    ) -> Message:
        return await _told(self._checked(claims).start_room_composite(request))

    async def list(self, claims: Claims, request: egress.ListEgressRequest) -> Message:
        return await _told(self._checked(claims).list(request))

    async def stop(self, claims: Claims, request: egress.StopEgressRequest) -> Message:
        return await _told(self._checked(claims).stop(request))

    def _checked(self, claims: Claims) -> EgressMethods:
        if not claims.video.room_record:
            raise TwirpError("permission_denied", "permissions denied")
        if self._service is None:
            raise TwirpError("unimplemented", "this media server has no recorder")
        return self._service


async def _told(call: Awaitable[T]) -> T:
    """A refusal of the recorder in Twirp's words. Raises: TwirpError."""
    try:
        return await call
    except EgressFault as fault:
        raise TwirpError(fault.code, fault.msg) from None
