"""What registrations publish (`realtime.md` §3): who, and nothing that they wrote."""

from livehall.dialects.live.realtime.publishing import Message, publishes
from livehall.kernel.journal import Entry


@publishes("participant.registered")
def registered(entry: Entry) -> list[Message]:
    data = entry.data
    payload = {
        "id": data["participant_id"],
        "room_id": data["room_id"],
        "session_id": data["session_id"],
        "name": data["name"],
        "status": data["registration"],
    }
    return [(f"library:{data['library_id']}", entry.type, payload)]
