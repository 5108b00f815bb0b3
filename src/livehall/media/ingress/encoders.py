"""All that lets encoders in: the service, RTMP's port, and WHIP's sessions."""

import socket
from collections.abc import Callable

import structlog
from livekit.protocol import ingress as proto
from livekit.protocol import webhook

from livehall.media.ingress import wire
from livehall.media.ingress.pull import Pull
from livehall.media.ingress.push import Push
from livehall.media.ingress.rtmp.front import RtmpFront
from livehall.media.ingress.service import IngressService
from livehall.media.ingress.whip import WhipSessions
from livehall.media.rooms.rooms import Rooms
from livehall.media.settings import MediaSettings
from livehall.media.workers.place import ALONE, Place

log = structlog.get_logger(__name__)


class Encoders:
    """`open` before anything else is used."""

    def __init__(
        self,
        settings: MediaSettings,
        rooms: Rooms,
        tell: Callable[[webhook.WebhookEvent], None],
        place: Place = ALONE,
    ) -> None:
        self._settings = settings
        self._place = place
        self._rooms = rooms
        self._api_key = settings.secret_for_webhooks()[0]
        self.service = IngressService(tell, settings.output_dir / ".state", place)
        self.whip = WhipSessions(self.service, rooms, self._api_key)
        self._front = RtmpFront(self.service, self._push)

    @property
    def rtmp_port(self) -> int:
        return self._front.port

    async def open(self, address: str, whip_url: str) -> None:
        """`address` and `whip_url`: what encoders are told where the settings say nothing."""
        settings = self._settings
        rtmp_url = ""
        if settings.rtmp_port and (listener := self._listen()) is not None:
            await self._front.start(listener)
            host = f"[{address}]" if ":" in address else address
            rtmp_url = settings.rtmp_url or f"rtmp://{host}:{self.rtmp_port or settings.rtmp_port}/live"
        urls: dict[int, str] = {proto.RTMP_INPUT: rtmp_url, proto.WHIP_INPUT: settings.whip_url or whip_url}
        self.service.open(urls, settings.pull_hosts, self._pull)

    async def close(self) -> None:
        await self._front.close()
        await self.service.close()

    def _listen(self) -> socket.socket | None:
        """The port, or, where the front of several workers has it, the socket that it comes by."""
        if self._place.is_alone:
            return rtmp_socket(self._settings)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(str(self._place.rtmp))
        listener.listen(128)
        return listener

    def _pull(self, info: proto.IngressInfo) -> Pull:
        settings = self._settings
        order = wire.Order(info.url, settings.pull_hosts, settings.pull_private)
        return Pull(self.service, self._rooms, info, self._api_key, order)

    def _push(self, info: proto.IngressInfo) -> Push:
        return Push(self.service, self._rooms, info, self._api_key)


def rtmp_socket(settings: MediaSettings) -> socket.socket | None:
    """None when there shall be none, or the port is taken: the hall is of use without encoders, so it begins
    nevertheless."""
    host, port = settings.udp_host, settings.rtmp_port
    if not port:
        return None
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        log.error("RTMP cannot be received: its port is not free", port=port, fault=str(error))
        return None
    return listener
