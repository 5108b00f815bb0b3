"""What the events of this API look like on the wire, and in its document (M41)."""

from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from livehall.dialects.kit import Webhook
from livehall.dialects.meltingspot.people.wire import Status
from livehall.dialects.meltingspot.values import LiveStatus

Type = Literal["live.participant.created", "live.participant.updated", "live.updated"]
TYPES: Mapping[str, str] = {
    "live.participant.created": "Somebody was invited to a live, or registered for it.",
    "live.participant.updated": "A participant answered, was changed, approved or turned away.",
    "live.updated": "A live was changed, moved, started, ended or cancelled.",
}
Uuid = Annotated[str, Meta(extra_json_schema={"format": "uuid"})]


class Named(msgspec.Struct, kw_only=True):
    id: Uuid
    name: str


class NamedLive(Named, kw_only=True):
    status: LiveStatus


class Member(msgspec.Struct, kw_only=True):
    """Somebody; what is not known of them is absent. `id`: as `spotMemberId` of a participant."""

    id: Uuid
    status: Status
    email: str | UnsetType = UNSET
    firstname: str | UnsetType = UNSET
    lastname: str | UnsetType = UNSET
    title: str | UnsetType = UNSET


class Standing(msgspec.Struct, kw_only=True):
    status: Status


class ParticipantEvent(msgspec.Struct, kw_only=True, rename="camel"):
    live: Named
    live_participant: Standing
    member: Member
    occurred_at: int  # Unix seconds
    spot: Named
    test: bool = False


class LiveEvent(msgspec.Struct, kw_only=True, rename="camel"):
    live: NamedLive
    occurred_at: int  # Unix seconds
    spot: Named
    test: bool = False


BODIES: Mapping[str, type[ParticipantEvent] | type[LiveEvent]] = {
    "live.participant.created": ParticipantEvent,
    "live.participant.updated": ParticipantEvent,
    "live.updated": LiveEvent,
}
WEBHOOKS = {
    kind: Webhook(f"on_{kind.replace('.', '_')}", words.rstrip("."), BODIES[kind])
    for kind, words in TYPES.items()
}
