"""What media vendors send, as their documents say it."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType


class VonageConnection(msgspec.Struct, kw_only=True, rename="camel"):
    id: str
    created_at: Annotated[int, Meta(description="Epoch ms.")]
    data: str


class VonageStream(msgspec.Struct, kw_only=True, rename="camel"):
    id: str | UnsetType = UNSET
    connection: VonageConnection | UnsetType = UNSET
    created_at: int | UnsetType = UNSET
    video_type: Literal["camera", "screen"] | UnsetType = UNSET


class VonageEvent(msgspec.Struct, kw_only=True, rename="camel"):
    """Unknown names of events are ignored."""

    session_id: str
    event: str
    connection: VonageConnection
    project_id: str | UnsetType = UNSET
    reason: str | UnsetType = UNSET
    timestamp: int | UnsetType = UNSET
    stream: VonageStream | UnsetType = UNSET


class TwilioEvent(msgspec.Struct, kw_only=True, rename="camel"):
    """Of the provider that this hall is not: one has no `connection`, and is answered so."""

    status_callback_event: str
    room_sid: str
    room_name: str | UnsetType = UNSET
    room_status: str | UnsetType = UNSET
    room_type: str | UnsetType = UNSET
    account_sid: str | UnsetType = UNSET
    timestamp: str | UnsetType = UNSET
    participant_sid: str | UnsetType = UNSET
    participant_status: str | UnsetType = UNSET
    participant_duration: float | UnsetType = UNSET
    room_duration: float | UnsetType = UNSET
    sequence_number: float | UnsetType = UNSET
    recording_sid: str | UnsetType = UNSET


class Event(msgspec.Struct, kw_only=True, rename="camel"):
    """What of a callback must have its type; its `connection` is looked for afterwards (L34)."""

    session_id: str = ""
    event: str = ""
    reason: str = ""


def guest_of(payload: dict[str, Any]) -> str | None:
    """What the token of the connection carries; None where the payload names no connection."""
    connection = payload.get("connection")
    data = connection.get("data") if isinstance(connection, dict) else None
    return data if isinstance(data, str) else None
