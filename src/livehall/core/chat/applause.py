"""Applause and the like: counted for a second, told, and forgotten."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping

import msgspec

from livehall.core.audience.scene import name_of, person_of, scene
from livehall.core.messages.pace import Pace
from livehall.core.sessions.faults import InvalidState
from livehall.kernel.faults import invalid
from livehall.kernel.ids import Id
from livehall.kernel.work import Work

EMOJI = ("👏", "👍", "❤️", "😂", "😮", "🎉", "🤔", "🙏")
GATHER_S = 1.0
BURST = 10  # of one person at once
EVERY_S = 0.5  # seconds for one more


class Reactions(msgspec.Struct, frozen=True, kw_only=True):
    """What came within a second, for `chat.reaction`; never in the journal."""

    session_id: Id
    counts: Mapping[str, int]


class Applause:
    """Of this process; those of others are told by them."""

    def __init__(self, publish: Callable[[Reactions], None]) -> None:
        self._publish = publish
        self._pace = Pace(burst=BURST, every_s=EVERY_S)
        self._counts: dict[Id, Counter[str]] = defaultdict(Counter)

    async def react(self, work: Work, session_id: Id, emoji: str) -> None:
        """Raises: SessionNotFound, Banned, FeatureDisabled, Forbidden, InvalidState, Invalid, TooFast."""
        at = await scene(work, session_id)
        at.check("chat.read")
        if at.session.status != "live":
            raise InvalidState("There is applause while the session is live.")
        await name_of(work, at)
        if emoji not in EMOJI:
            raise invalid("emoji", f"Choose one of {' '.join(EMOJI)}.")
        self._pace.check(session_id, person_of(work.actor), work.now)
        self._counts[session_id][emoji] += 1

    async def gather(self) -> None:
        """One round."""
        counts, self._counts = self._counts, defaultdict(Counter)
        for session_id, found in counts.items():
            self._publish(Reactions(session_id=session_id, counts=found))
