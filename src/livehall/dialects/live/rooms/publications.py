"""What events of rooms publish (`realtime.md` §3): `RoomResponse` as a stranger may know it."""

from datetime import datetime
from typing import Any

from livehall.dialects.live.realtime.publishing import Message, publishes
from livehall.kernel.clock import rfc3339
from livehall.kernel.journal import Entry

LONGEST_TEXT = 1000  # characters of a description; a publication has at most 16 KiB
WITH_FRACTION = len("2026-03-01T12:00:00.123000Z")
INSTANTS = ("_at", "_time", "since")  # how members end that hold an instant


@publishes("room.created", "room.updated")
def room_changed(entry: Entry) -> list[Message]:
    """A library that cannot find it any more hears that it is gone."""
    channels = [*shelf(entry)]
    if entry.type == "room.updated":
        channels.append(f"room:{entry.data['room']['id']}")
    told: list[Message] = []
    if channels:  # nobody hears of a new room that is not listed
        room = shortened(entry.data["room"])
        told = [(channel, entry.type, room) for channel in channels]
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
        name: _in_ms(value) if value and name.endswith(INSTANTS) else value for name, value in facts.items()
    }


def _in_ms(instant: str) -> str:
    """From the journal's `2026-03-01T12:00:00.123000Z`, which needs no reading where it has a fraction."""
    if len(instant) == WITH_FRACTION and instant[-1] == "Z":
        return f"{instant[:-4]}Z"
    return rfc3339(datetime.fromisoformat(instant))
