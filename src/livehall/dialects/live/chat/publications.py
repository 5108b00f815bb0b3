"""What events of the chat publish (`realtime.md` §3)."""

from datetime import datetime

from livehall.dialects.live.realtime.publishing import Message, publishes
from livehall.dialects.live.rooms.publications import timed
from livehall.kernel.clock import rfc3339
from livehall.kernel.journal import Entry


@publishes("chat.message")
def chat_message(entry: Entry) -> list[Message]:
    """`ChatMessageResponse`, its file without an address: that is for one person and a short time."""
    data = entry.data
    payload = {
        "id": data["message_id"],
        "session_id": data["session_id"],
        "user_id": data["account_id"],
        "username": data["name"],
        "role": data["role"],
        "type": "system" if data["kind"] == "system" else "file" if data.get("file") else "text",
        "message": data["text"],
        "attachment": data.get("file"),
        "reply_to": data["parent_id"],
        "client_id": data["client_id"],
        "is_deleted": False,
        "deleted_by": None,
        "created_at": data["created_at"],
        "pinned_at": None,
    }
    return [(f"chat:{entry.session_id}", entry.type, timed(payload))]


@publishes("chat.pinned")
def chat_pinned(entry: Entry) -> list[Message]:
    payload = {"id": entry.data["message_id"], "pinned_at": entry.data["pinned_at"]}
    return [(f"chat:{entry.session_id}", entry.type, timed(payload))]


@publishes("chat.cleared")
def chat_cleared(entry: Entry) -> list[Message]:
    """Everything written until then is gone."""
    before = rfc3339(datetime.fromisoformat(entry.data["before"]))
    return [(f"chat:{entry.session_id}", entry.type, {"before": before})]


@publishes("chat.purged")
def chat_purged(entry: Entry) -> list[Message]:
    """As `chat.deleted`."""
    payload = {"ids": entry.data["message_ids"], "by": entry.data["by"]}
    return [(f"chat:{entry.session_id}", "chat.deleted", payload)]


@publishes("chat.deleted")
def chat_deleted(entry: Entry) -> list[Message]:
    payload = {"ids": [entry.data["message_id"]], "by": entry.data["by"]}
    return [(f"chat:{entry.session_id}", entry.type, payload)]
