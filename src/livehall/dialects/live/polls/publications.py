"""What events of polls publish (`realtime.md` §3): nobody's votes (C21), counts only where all may see them.

Where the audience may not see polls they go to the staff.
"""

from typing import Any

from livehall.core.polls.model import Tally
from livehall.dialects.live.realtime.publishing import Message, publishes
from livehall.dialects.live.rooms.publications import timed
from livehall.kernel.journal import Entry


@publishes("poll.opened")
def poll_opened(entry: Entry) -> list[Message]:
    """`PollResponse` without `my_votes`; with counts (none yet) where they are always shown."""
    poll = entry.data["poll"]
    counts = [(0, 0.0)] * len(poll["options"]) if poll["show_results"] == "always" else []
    return [(_channel(entry), entry.type, _payload(poll, 0, counts))]


@publishes("poll.closed")
def poll_closed(entry: Entry) -> list[Message]:
    """The same, with the final counts."""
    poll, tally = entry.data["poll"], entry.data["tally"]
    counts = counted(tally["voters"], tally["votes"])
    return [(_channel(entry), entry.type, _payload(poll, tally["voters"], counts))]


def counted(voters: int, votes: list[int]) -> list[tuple[int, float]]:
    """Votes and percentage of each option."""
    return list(zip(votes, Tally(voters, tuple(votes)).percentages, strict=True))


def _channel(entry: Entry) -> str:
    return f"{'session' if entry.data['is_public'] else 'staff'}:{entry.session_id}"


def _payload(poll: dict[str, Any], voters: int, counts: list[tuple[int, float]]) -> dict[str, Any]:
    options = [
        {
            **option,
            "position": at,
            "votes": counts[at][0] if counts else None,
            "percentage": counts[at][1] if counts else None,
        }
        for at, option in enumerate(poll["options"])
    ]
    return timed({**poll, "options": options, "total_voters": voters})
