"""What registrations and answers publish (`realtime.md` §3): who, and nothing that they wrote."""

from typing import Any

from livehall.dialects.live.realtime.publishing import Message, publishes
from livehall.dialects.live.rooms.publications import shelf
from livehall.kernel.journal import Entry


@publishes("participant.registered")
def registered(entry: Entry) -> list[Message]:
    return [(channel, entry.type, registrant(entry)) for channel in shelf(entry)]


def registrant(entry: Entry) -> dict[str, Any]:
    data = entry.data
    return {
        "id": data["participant_id"],
        "room_id": data["room_id"],
        "session_id": data["session_id"],
        "name": data["name"],
        "status": data["registration"],
    }


@publishes("participant.rsvp")
def answered(entry: Entry) -> list[Message]:
    return [(channel, entry.type, answer(entry)) for channel in shelf(entry)]


def answer(entry: Entry) -> dict[str, Any]:
    return {name: entry.data[name] for name in ("participant_id", "rsvp")}
