"""LiveKit's Ingress service."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from google.protobuf.message import Message
from livekit.protocol import ingress as proto

from livehall.media.api.twirp import Method, TwirpError
from livehall.media.ingress.faults import IngressFault
from livehall.media.ingress.service import IngressService
from livehall.media.rooms.grants import Claims

Request = TypeVar("Request", bound=Message)


class IngressApi:
    def __init__(self, service: IngressService) -> None:
        self._service = service

    def methods(self) -> dict[str, Method]:
        service = self._service
        return {
            "CreateIngress": Method(proto.CreateIngressRequest, _checked(service.create)),
            "UpdateIngress": Method(proto.UpdateIngressRequest, _checked(service.update)),
            "ListIngress": Method(proto.ListIngressRequest, _checked(service.list)),
            "DeleteIngress": Method(proto.DeleteIngressRequest, _checked(service.delete)),
        }


def _checked(
    call: Callable[[Request], Awaitable[Message]],
) -> Callable[[Claims, Request], Awaitable[Message]]:
    """The call, for those who may make ingresses, with its refusals in Twirp's form."""

    async def checked(claims: Claims, request: Request) -> Message:
        if not claims.video.ingress_admin:
            raise TwirpError("permission_denied", "permissions denied")
        try:
            return await call(request)
        except IngressFault as fault:
            raise TwirpError(fault.code, fault.msg) from None

    return checked
