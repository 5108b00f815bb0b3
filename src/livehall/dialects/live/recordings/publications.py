"""What events of recordings publish (`realtime.md` §3). Everybody sees the sign; the rest is the staff's."""

from livehall.dialects.live.realtime.publishing import Message, publishes
from livehall.dialects.live.rooms.publications import shortened
from livehall.kernel.journal import Entry


@publishes("recording.state")
def recording_state(entry: Entry) -> list[Message]:
    """`RecordingResponse` without addresses."""
    data = entry.data
    payload = {
        "id": data["recording_id"],
        "session_id": data["session_id"],
        "room_id": data["room_id"],
        "title": data["title"],
        "description": data["description"],
        "status": data["status"],
        "visibility": data["visibility"],
        "started_at": data["started_at"],
        "ended_at": data["ended_at"],
        "duration": data["duration_s"],
        "file_size": data["file_size"],
        "format": "mp4",
        "playback_url": None,
        "error_code": data["error_code"],
        "attempts": data["attempts"],
        "created_at": data["created_at"],
        "updated_at": data["updated_at"],
    }
    return [
        (f"session:{entry.session_id}", entry.type, {"active": data["active"]}),
        (f"staff:{entry.session_id}", entry.type, shortened(payload)),
    ]


@publishes("egress.state")
def egress_state(entry: Entry) -> list[Message]:
    data = entry.data
    payload = {"kind": data["kind"], "target_id": None, "status": data["status"], "error": data["error"]}
    return [(f"staff:{entry.session_id}", entry.type, payload)]


@publishes("recording.updated")
def recording_updated(entry: Entry) -> list[Message]:
    """For the staff; a replay that was just released is told to everybody who sees the room."""
    data = entry.data
    changed = {"id": data["recording_id"], "title": data["title"], "visibility": data["visibility"]}
    messages: list[Message] = [(f"staff:{entry.session_id}", entry.type, changed)]
    if data["is_published"]:
        replay = {
            "recording_id": data["recording_id"],
            "session_id": data["session_id"],
            "playback_url": None,
            "duration": data["duration_s"],
        }
        messages.append((f"room:{entry.room_id}", "replay.published", replay))
    return messages


@publishes("recording.deleted")
def recording_deleted(entry: Entry) -> list[Message]:
    """For the staff and for the library's hosts, who have it in their lists."""
    channels = (f"staff:{entry.session_id}", f"library:{entry.data['library_id']}")
    return [(channel, entry.type, {"id": entry.data["recording_id"]}) for channel in channels]
