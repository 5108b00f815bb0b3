"""What events of sessions publish (`realtime.md` §3). Nothing here reads more than the journal row."""

from typing import Any

from livehall.dialects.live.realtime.publishing import Message, publishes
from livehall.dialects.live.rooms.publications import shelf, shortened, timed
from livehall.kernel.journal import Entry

NAMES = {  # ours → the API's
    "scheduled_start_at": "scheduled_start_time",
    "scheduled_end_at": "scheduled_end_time",
    "chat_override": "chat_enabled_override",
    "stage_override": "stage_enabled_override",
    "join_limit_override": "max_join_limit_override",
    "moderation_override": "question_moderation_override",
}


@publishes("session.created")
def session_created(entry: Entry) -> list[Message]:
    """`SessionResponse` of one that has not begun. A room that was made with it has no listeners yet."""
    channels = shelf(entry) if entry.data.get("in_new_room") else (room(entry), *shelf(entry))
    if not channels:
        return []
    payload = {
        **renamed(shortened(entry.data["session"])),
        "started_at": None,
        "ended_at": None,
        "duration": 0,
        "viewer_count": 0,
        "max_viewers": 0,
        "hls_url": None,
    }
    return [(channel, entry.type, payload) for channel in channels]


@publishes("session.deleted")
def session_deleted(entry: Entry) -> list[Message]:
    gone = {"id": entry.session_id}
    return [(channel, entry.type, gone) for channel in (room(entry), *shelf(entry))]


@publishes("session.updated")
def session_updated(entry: Entry) -> list[Message]:
    changed = renamed(shortened(entry.data["changed"]))
    return [(channel, entry.type, changed) for channel in (session(entry), room(entry), *shelf(entry))]


@publishes("session.rescheduled")
def session_rescheduled(entry: Entry) -> list[Message]:
    payload = {
        "scheduled_start_time": entry.data["scheduled_start_at"],
        "scheduled_end_time": entry.data["scheduled_end_at"],
        "timezone": entry.data["timezone"],
        "previous_start_time": entry.data["previous_start_at"],
    }
    told = timed(payload)
    return [(channel, entry.type, told) for channel in (session(entry), room(entry), *shelf(entry))]


@publishes("session.settings")
def session_settings(entry: Entry) -> list[Message]:
    names = (
        "effective_chat_enabled", "effective_stage_enabled", "effective_max_join_limit",
        "effective_question_moderation", "permissions",
    )  # fmt: skip
    return [(session(entry), entry.type, {name: entry.data[name] for name in names if name in entry.data})]


@publishes("session.started", "session.live", "session.ended", "session.cancelled")
def session_state(entry: Entry) -> list[Message]:
    """`session.state`, and `room.live` where the room goes on or off air."""
    data = entry.data
    state = {
        "from": data["was"],
        "to": data["status"],
        "started_at": data["started_at"],
        "ended_at": data["ended_at"],
        "end_reason": data["end_reason"],
    }
    messages: list[Message] = [
        (channel, "session.state", timed(state)) for channel in (session(entry), room(entry), *shelf(entry))
    ]
    if "live" in (data["was"], data["status"]):
        messages += [(channel, "room.live", on_air(entry)) for channel in (room(entry), *shelf(entry))]
    if data["end_reason"] == "quota":
        messages.append((f"org:{entry.organization_id}", "notice", out_of_minutes(entry)))
    return messages


@publishes("stream.state")
def stream_state(entry: Entry) -> list[Message]:
    payload = {"stream_state": entry.data["stream_state"], "since": entry.data["since"]}
    return [
        (channel, entry.type, timed(payload)) for channel in (session(entry), f"staff:{entry.session_id}")
    ]


@publishes("host.media")
def host_media(entry: Entry) -> list[Message]:
    payload = {name: entry.data[name] for name in ("video", "audio", "screen")}
    return [(session(entry), entry.type, payload)]


def on_air(entry: Entry) -> dict[str, Any]:
    data = entry.data
    return {
        "session_id": entry.session_id,
        "title": data["title"],
        "live": data["status"] == "live",
        "viewer_count": data.get("viewer_count", 0),
        "hls_url": data.get("hls_url"),
    }


def out_of_minutes(entry: Entry) -> dict[str, Any]:
    return {
        "kind": "quota",
        "subject": entry.session_id,
        "text": f"“{entry.data['title']}” was ended: the plan has no minutes left for it.",
    }


def session(entry: Entry) -> str:
    return f"session:{entry.session_id}"


def room(entry: Entry) -> str:
    return f"room:{entry.room_id}"


def renamed(facts: dict[str, Any]) -> dict[str, Any]:
    return {NAMES.get(name, name): value for name, value in facts.items()}
