"""`core.ports.media` by the LiveKit server API: our embedded media server, or a LiveKit server elsewhere.

`calls` one call with its deadline · `tokens` what opens a connection · `rooms` RoomService ·
`outputs` Egress · `ingress` Ingress · `reports` its webhooks. The composition root builds `LiveKit` and hands
its parts on.
"""

from livehall.engines.media.calls import Calls
from livehall.engines.media.ingress import LiveKitIngress
from livehall.engines.media.outputs import LiveKitOutputs
from livehall.engines.media.reports import LiveKitReports
from livehall.engines.media.rooms import LiveKitRooms
from livehall.engines.media.tokens import MediaTokens

__all__ = ["LiveKit"]


class LiveKit:
    """The media server at `url` (`http://…` or `https://…`). Opens its connections at the first call."""

    def __init__(self, url: str, key: str, secret: str, *, private_targets: bool = False) -> None:
        """`private_targets`: whether broadcasts may be streamed on to addresses of this network."""
        self._calls = Calls(url, key, secret)
        self.rooms = LiveKitRooms(self._calls, MediaTokens(key, secret))
        self.outputs = LiveKitOutputs(self._calls, private_targets=private_targets)
        self.ingress = LiveKitIngress(self._calls)
        self.reports = LiveKitReports(key, secret)

    async def close(self) -> None:
        await self._calls.close()
