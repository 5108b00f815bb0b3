"""The media server's reports on the wire: LiveKit's own shape, which the engine reads."""

from typing import Any, Literal

import msgspec


class LiveKitWebhookEvent(msgspec.Struct, kw_only=True):
    """Event as sent by LiveKit, protobuf in JSON. Unknown members are ignored."""

    event: Literal[
        "room_started", "room_finished", "participant_joined", "participant_left",
        "participant_connection_aborted", "track_published", "track_unpublished", "egress_started",
        "egress_updated", "egress_ended", "ingress_started", "ingress_ended",
    ]  # fmt: skip
    id: str
    createdAt: str = ""  # noqa: N815  # protobuf in JSON writes camelCase, and 64-bit integers as text
    room: dict[str, Any] = {}
    participant: dict[str, Any] = {}
    track: dict[str, Any] = {}
    egressInfo: dict[str, Any] = {}  # noqa: N815
    ingressInfo: dict[str, Any] = {}  # noqa: N815
    numDropped: int = 0  # noqa: N815
