"""The AsyncAPI 3.0 document of the realtime channels, from the catalogue.

Source: AsyncAPI Specification 3.0.0, sections Channel, Operation and Message Object.
"""

from typing import Any

import msgspec

from livehall.dialects.live.realtime.catalogue import EVENTS, kinds
from livehall.dialects.live.realtime.publishing import Envelope

Schema = dict[str, Any]
REFERENCE = "#/components/schemas/{name}"

DESCRIPTION = """What the hub publishes, in the protocol of Centrifugo: its client libraries work.

**Connect** to `/connection/websocket` with `{"token": "…"}` in the connect data: the `realtime.token` of
`joinSession`, that of `createRealtimeToken` (for `library:` and `org:`), or an access token (for `user:` and
`room:` alone).

**Subscribe** to a channel; the answer's data is a snapshot `{"revision": 41, "snapshot": {…}}`, enough to
draw a page. Publications with a lower `revision` are older than it and are to be dropped. Channels with a
stream are recovered after a loss.

**Envelope.** Every publication is `{"v", "type", "id", "session_id", "revision", "at", "actor", "data"}`. A
repeat has the same `id` and `type`. Unknown types and members are to be ignored.
"""

CHANNELS: dict[str, tuple[str, str]] = {  # kind → (name of the id, who may listen)
    "user": ("account_id", "One account. Subscribed by the server at connect."),
    "room": ("room_id", "Everybody who may see the room, anonymous visitors included."),
    "session": ("session_id", "Everybody whom `joinSession` let in."),
    "chat": ("session_id", "As `session:`, where the role may read the chat."),
    "stage": ("session_id", "People on stage, speakers, and the staff."),
    "staff": ("session_id", "Host, co-hosts, moderators, administrators."),
    "library": (
        "library_id",
        "Members with host rights in the library, by a token of `createRealtimeToken`. What is in rooms that "
        "not all of them may find is not told here.",
    ),
    "org": ("organization_id", "Owners and administrators, by a token of `createRealtimeToken`."),
}


def document() -> Schema:
    """The whole document."""
    payloads = kinds()
    schemas, components = msgspec.json.schema_components([Envelope, *payloads], ref_template=REFERENCE)
    by_kind = dict(zip([Envelope, *payloads], schemas, strict=True))
    messages: Schema = {}
    channels: Schema = {}
    operations: Schema = {}
    for kind, events in EVENTS.items():
        parameter, words = CHANNELS[kind]
        for name, payload in events.items():
            messages[f"{kind}.{name}"] = _message(name, by_kind[Envelope], by_kind[payload])
        channels[kind] = {
            "address": f"{kind}:{{{parameter}}}",
            "title": f"{kind}:",
            "description": words,
            "parameters": {parameter: {"description": "UUID."}},
            "messages": {
                f"{kind}.{name}": {"$ref": f"#/components/messages/{kind}.{name}"} for name in events
            },
        }
        operations[f"publish.{kind}"] = {
            "action": "send",
            "channel": {"$ref": f"#/channels/{kind}"},
            "messages": [{"$ref": f"#/channels/{kind}/messages/{kind}.{name}"} for name in events],
        }
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Livehall realtime", "version": "1.0.0", "description": DESCRIPTION},
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": operations,
        "components": {"schemas": components, "messages": messages},
    }


def _message(name: str, envelope: Schema, payload: Schema) -> Schema:
    return {
        "name": name,
        "contentType": "application/json",
        "payload": {
            "allOf": [
                envelope,
                {
                    "type": "object",
                    "required": ["type", "data"],
                    "properties": {"type": {"const": name}, "data": payload},
                },
            ]
        },
    }
