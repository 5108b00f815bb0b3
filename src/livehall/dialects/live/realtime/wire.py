"""What a Centrifugo server asks, and what it is answered. The shapes are Centrifugo's own.

Members that a newer Centrifugo adds are not ours to refuse, so unknown ones are let through.
"""

from typing import Any

import msgspec


class CentrifugoConnectRequest(msgspec.Struct, kw_only=True):
    client: str
    transport: str
    protocol: str
    encoding: str
    data: dict[str, Any] = {}
    name: str = ""
    version: str = ""
    channels: list[str] = []


class CentrifugoSubscribeRequest(msgspec.Struct, kw_only=True):
    client: str
    transport: str
    protocol: str
    encoding: str
    user: str
    channel: str
    token: str = ""
    meta: dict[str, Any] = {}
    data: dict[str, Any] = {}


class CentrifugoRefreshRequest(msgspec.Struct, kw_only=True):
    client: str
    transport: str
    protocol: str
    encoding: str
    user: str
    meta: dict[str, Any] = {}


class CentrifugoSubRefreshRequest(msgspec.Struct, kw_only=True):
    client: str
    transport: str
    protocol: str
    encoding: str
    user: str
    channel: str
    meta: dict[str, Any] = {}


class CentrifugoError(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Answered to the client; the connection goes on. `temporary`: the client may ask again by itself."""

    code: int
    message: str
    temporary: bool = False


class CentrifugoDisconnect(msgspec.Struct, kw_only=True):
    """Ends the connection."""

    code: int
    reason: str


class CentrifugoConnectResponse(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Exactly one of the three. Not enveloped: the shape belongs to Centrifugo."""

    result: dict[str, Any] | None = None
    error: CentrifugoError | None = None
    disconnect: CentrifugoDisconnect | None = None


class CentrifugoSubscribeResponse(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Exactly one of the three. Not enveloped."""

    result: dict[str, Any] | None = None
    error: CentrifugoError | None = None
    disconnect: CentrifugoDisconnect | None = None


class CentrifugoRefreshResponse(msgspec.Struct, kw_only=True):
    """`expire_at` in Unix seconds, or `expired`. Not enveloped."""

    result: dict[str, Any]
