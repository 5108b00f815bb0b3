"""What events of rooms publish (`realtime.md` §3): `RoomResponse` as a stranger may know it."""

from datetime import datetime
from typing import Any

from livehall.dialects.live.realtime.publishing import Message, publishes
from livehall.kernel.clock import rfc3339
from livehall.kernel.journal import Entry

LONGEST_TEXT = 1000  # characters of a description; a publication has at most 16 KiB
INSTANTS = ("_at", "_time", "since")  # how members end that hold an instant


@publishes("room.created", "room.updated")
def room_changed(entry: Entry) -> list[Message]:
    room = shortened(entry.data["room"])
    channels = [f"library:{room['library_id']}"]
    if entry.type == "room.updated":
        channels.append(f"room:{room['id']}")
    return [(channel, entry.type, room) for channel in channels]


@publishes("room.deleted")
def room_deleted(entry: Entry) -> list[Message]:
    return [(f"library:{entry.data['library_id']}", entry.type, {"id": entry.data["room_id"]})]


def shortened(facts: dict[str, Any]) -> dict[str, Any]:
    """The same with a description that fits (the whole is read from the API) and times as we write them."""
    text = facts.get("description")
    return timed(facts if text is None else {**facts, "description": text[:LONGEST_TEXT]})


def timed(facts: dict[str, Any]) -> dict[str, Any]:
    """The same with milliseconds in every instant; the journal writes only those that are not zero."""
    return {
        name: rfc3339(datetime.fromisoformat(value)) if value and name.endswith(INSTANTS) else value
        for name, value in facts.items()
    }
