"""What events of reminders publish (`realtime.md` §3)."""

from livehall.dialects.live.realtime.publishing import Message, publishes
from livehall.kernel.journal import Entry


@publishes("notice")
def notice(entry: Entry) -> list[Message]:
    """For one person alone: what it is about, and words in their language."""
    data = entry.data
    payload = {"kind": data["kind"], "subject": data["session_id"], "text": data["text"]}
    return [(f"user:{data['account_id']}", entry.type, payload)]
