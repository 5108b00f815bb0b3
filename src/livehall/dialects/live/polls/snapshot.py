"""The open polls that the `session:` channel begins with."""

import msgspec

from livehall.core.polls import store
from livehall.core.polls.ballots import Ballots
from livehall.core.polls.fields import MOST_OPEN
from livehall.core.polls.showing import show
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
    polls = await store.newest_open(read, session_id, MOST_OPEN)
    found, size = [], 0
    for shown in await show(read, ballots, polls, is_staff=is_staff):
        answer = PollResponse.of(shown)
        size += len(encode(answer))
        if size > SIZE_LIMIT:
            break
        found.append(answer)
    return found
