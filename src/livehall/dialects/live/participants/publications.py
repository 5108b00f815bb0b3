"""What appointments publish."""

from livehall.dialects.live.realtime.publishing import Message, publishes
from livehall.kernel.journal import Entry


@publishes("participant.role")
def role_changed(entry: Entry) -> list[Message]:
    """To the person, to everybody, to the staff. Somebody who is known by address alone is told by mail."""
    account_id = entry.data["account_id"]
    if account_id is None:
        return []
    payload = {
        "user_id": account_id,
        "role": entry.data["role"],
        "previous_role": entry.data["previous_role"],
    }
    channels = (f"user:{account_id}", f"session:{entry.session_id}", f"staff:{entry.session_id}")
    return [(channel, entry.type, payload) for channel in channels]
