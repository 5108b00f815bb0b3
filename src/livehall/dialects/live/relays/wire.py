"""TURN servers on the wire, as `RTCPeerConnection` takes them."""

from typing import Annotated

import msgspec
from msgspec import Meta


class IceServerResponse(msgspec.Struct, kw_only=True):
    urls: tuple[str, ...]
    username: str
    credential: str


class IceServersResponse(msgspec.Struct, kw_only=True):
    ice_servers: Annotated[
        tuple[IceServerResponse, ...],
        Meta(description="For `new RTCPeerConnection({iceServers})`. Empty where there is no TURN server."),
    ]
    ttl_seconds: Annotated[int, Meta(description="How long the credentials are good for.")]
