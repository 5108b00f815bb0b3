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
    """A library that cannot find it any more hears that it is gone."""
    room = shortened(entry.data["room"])
    channels = [*shelf(entry)]
    if entry.type == "room.updated":
        channels.append(f"room:{room['id']}")
    told: list[Message] = [(channel, entry.type, room) for channel in channels]
    return told + room_deleted(entry)


@publishes("room.deleted")
def room_deleted(entry: Entry) -> list[Message]:
    left = entry.data.get("left_shelf_id")
    return [(f"library:{left}", "room.deleted", {"id": entry.room_id})] if left else []


def shelf(entry: Entry) -> tuple[str, ...]:
    """The channel of the library whose hosts may find the room; none for a room that they may not."""
    shelf_id = entry.data.get("shelf_id")
    return (f"library:{shelf_id}",) if shelf_id else ()


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
