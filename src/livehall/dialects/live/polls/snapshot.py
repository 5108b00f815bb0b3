"""The open polls that the `session:` channel begins with."""

import msgspec

from livehall.core.polls.ballots import Ballots
from livehall.core.polls.showing import open_ones
from livehall.dialects.live.polls.wire import PollResponse
from livehall.kernel.ids import Id
from livehall.kernel.work import Read

SIZE_LIMIT = 40 * 1024  # bytes of all polls; a snapshot has at most 64 KiB

encode = msgspec.json.Encoder().encode


async def open_polls(
    read: Read, ballots: Ballots, session_id: Id, *, rights: frozenset[str], is_staff: bool
) -> list[PollResponse]:
    """The newest first, with the listener's own votes; what does not fit is read from the list."""
    if "poll.read" not in rights:
        return []
    found, size = [], 0
    for shown in await open_ones(read, ballots, session_id, is_staff=is_staff):
        answer = PollResponse.of(shown)
        size += len(encode(answer))
        if size > SIZE_LIMIT:
            break
        found.append(answer)
    return found
