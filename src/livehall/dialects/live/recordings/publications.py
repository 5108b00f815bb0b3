"""What events of recordings publish (`realtime.md` §3).

Everybody sees the sign; the rest is the staff's, and the library's hosts', who have it in their lists.
"""

from livehall.dialects.live.realtime.publishing import Message, publishes
from livehall.dialects.live.rooms.publications import shelf, shortened, timed
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
        "publish_at": data.get("publish_at"),  # new in 0050
        "published_at": data.get("published_at"),
        "created_at": data["created_at"],
        "updated_at": data["updated_at"],
    }
    told = shortened(payload)
    return [
        (f"session:{entry.session_id}", entry.type, {"active": data["active"]}),
        *((channel, entry.type, told) for channel in (f"staff:{entry.session_id}", *shelf(entry))),
    ]


@publishes("egress.state")
def egress_state(entry: Entry) -> list[Message]:
    data = entry.data
    payload = {name: data[name] for name in ("kind", "target_id", "status", "error")}
    return [(f"staff:{entry.session_id}", entry.type, payload)]


@publishes("stage.layout")
def stage_layout(entry: Entry) -> list[Message]:
    """To everybody, and to those on stage."""
    payload = {"layout": entry.data["layout"], "pinned": entry.data.get("pinned_id")}  # new in 0046
    return [(f"{kind}:{entry.session_id}", entry.type, payload) for kind in ("session", "stage")]


@publishes("recording.updated")
def recording_updated(entry: Entry) -> list[Message]:
    """A replay that was just released is told to everybody who sees the room."""
    data = entry.data
    changed = {
        "id": data["recording_id"],
        "title": data["title"],
        "visibility": data["visibility"],
        "publish_at": data.get("publish_at"),  # new in 0050
        "published_at": data.get("published_at"),
    }
    insiders = (f"staff:{entry.session_id}", *shelf(entry))
    messages: list[Message] = [(channel, entry.type, timed(changed)) for channel in insiders]
    if data["is_published"]:
        replay = {
            "recording_id": data["recording_id"],
            "session_id": data["session_id"],
            "playback_url": None,
            "duration": data["duration_s"],
        }
        seen_by = (f"room:{entry.room_id}", *shelf(entry))
        messages += [(channel, "replay.published", replay) for channel in seen_by]
    return messages


@publishes("recording.deleted")
def recording_deleted(entry: Entry) -> list[Message]:
    channels = (f"staff:{entry.session_id}", *shelf(entry))
    return [(channel, entry.type, {"id": entry.data["recording_id"]}) for channel in channels]


@publishes("job.state")
def cleanup_state(entry: Entry) -> list[Message]:
    """For administrators, and for whoever had it done."""
    state = entry.data["state"]
    payload = {
        "job_id": entry.data["cleanup_id"],
        "kind": "cleanup",
        "state": state,
        "progress": 1.0 if state == "succeeded" else 0.0,
        "asset_id": None,
    }
    channels = [f"org:{entry.organization_id}"]
    if entry.actor_kind == "account":
        channels.append(f"user:{entry.actor_id}")
    return [(channel, entry.type, payload) for channel in channels]
