"""What events of bans and of the waiting room publish (`realtime.md` §3)."""

from livehall.dialects.live.realtime.publishing import Message, publishes
from livehall.dialects.live.rooms.publications import timed
from livehall.kernel.journal import Entry


@publishes("participant.banned")
def participant_banned(entry: Entry) -> list[Message]:
    """The reason, and who did it, are for the staff: there it is `BannedParticipantResponse`."""
    data = entry.data
    told = timed(
        {
            "user_id": data["account_id"],
            "session_id": data["session_id"],
            "expires_at": data["expires_at"],
        }
    )
    record = timed(
        {
            "id": data["ban_id"],
            "username": data["name"],
            "reason": data["reason"],
            "banned_by": data["banned_by"],
            "banned_at": data["banned_at"],
        }
    )
    return [
        (f"user:{data['account_id']}", entry.type, told),
        (f"staff:{entry.session_id}", entry.type, {**record, **told}),
    ]


@publishes("participant.unbanned")
def participant_unbanned(entry: Entry) -> list[Message]:
    account_id = entry.data["account_id"]
    payload = {"user_id": account_id, "session_id": entry.session_id, "expires_at": None}
    return [
        (f"user:{account_id}", entry.type, payload),
        (f"staff:{entry.session_id}", entry.type, payload),
    ]


@publishes("waiting.entered", "waiting.left")
def waiting(entry: Entry) -> list[Message]:
    return [(f"staff:{entry.session_id}", entry.type, _person(entry))]


@publishes("waiting.admitted", "waiting.denied")
def decided(entry: Entry) -> list[Message]:
    """To the person where to come in, or why not; to the staff, too, about whom."""
    name = "join_url" if entry.type == "waiting.admitted" else "reason"
    told = {"session_id": entry.session_id, name: entry.data[name]}
    messages: list[Message] = [(f"staff:{entry.session_id}", entry.type, {**_person(entry), **told})]
    if entry.data["account_id"] is not None:
        messages.append((f"user:{entry.data['account_id']}", entry.type, told))
    return messages


def _person(entry: Entry) -> dict[str, object]:
    data = entry.data
    return timed(
        {
            "attendance_id": data["attendance_id"],
            "name": data["name"],
            "user_id": data["account_id"],
            "since": data["since"],
        }
    )
