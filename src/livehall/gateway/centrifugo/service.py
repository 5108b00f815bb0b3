"""What all connections share."""

import msgspec

from livehall.core.ports.channels import Channels
from livehall.gateway.centrifugo.handshake import AllowedOrigins
from livehall.gateway.centrifugo.heartbeat import Heartbeat, Rhythm


class ConnectionLimits(msgspec.Struct, frozen=True, kw_only=True):
    """What one connection may use, and how many there may be."""

    connections: int = 50_000
    message_bytes: int = 64 * 1024  # from the client
    backlog_bytes: int = 1024 * 1024  # to a client that does not read; above it is slow and goes
    commands_per_s: float = 32.0
    burst: int = 128  # commands at once
    gate_timeout: float = 10.0  # seconds that a command may wait for its answer
    close_timeout: float = 5.0  # seconds that a client may take to answer a close frame


class Service:
    """The hub, the clock and the limits of one realtime door."""

    __slots__ = ("allowed_origins", "heartbeat", "hub", "limits", "path")

    def __init__(
        self,
        hub: Channels,
        *,
        path: str,
        allowed_origins: AllowedOrigins,
        rhythm: Rhythm,
        limits: ConnectionLimits,
    ) -> None:
        self.hub = hub
        self.path = path
        self.allowed_origins = allowed_origins
        self.heartbeat = Heartbeat(rhythm)
        self.limits = limits
