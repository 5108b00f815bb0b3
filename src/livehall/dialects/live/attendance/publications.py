"""What events of the audience publish (`realtime.md` §3): to the staff; a crowd would drown in them."""

from livehall.dialects.live.realtime.publishing import Message, publishes
from livehall.dialects.live.rooms.publications import timed
from livehall.kernel.journal import Entry


@publishes("attendance.joined")
def attendance_joined(entry: Entry) -> list[Message]:
    """`ActiveViewerResponse`."""
    data = entry.data
    payload = {
        "user_id": data["account_id"],
        "identity": data["identity"],
        "username": data["name"],
        "role": data["role"],
        "on_stage": False,
        "hand_raised": False,
        "joined_at": data["joined_at"],
    }
    return [(f"staff:{entry.session_id}", entry.type, timed(payload))]


@publishes("attendance.left")
def attendance_left(entry: Entry) -> list[Message]:
    data = entry.data
    payload = {
        "identity": data["identity"],
        "user_id": data["account_id"],
        "duration": data["duration_s"],
        "reason": data["reason"],
    }
    return [(f"staff:{entry.session_id}", entry.type, payload)]
