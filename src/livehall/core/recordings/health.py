"""How steadily programmes arrive: measured when asked, and told to those who listen for it.

Figures replace each other, so they are told beside the journal and kept nowhere. The process that leads
measures, for the listeners of all; a round that is left out is made up for by the next.
"""

import asyncio
from collections.abc import Callable, Iterable

import msgspec

from livehall.core.ports.media import Ingest
from livehall.core.recordings import ops
from livehall.core.recordings.ops import Outputs
from livehall.core.sessions import store as sessions
from livehall.core.sessions.encoders import Encoders
from livehall.core.sessions.model import Session
from livehall.kernel.actor import SYSTEM
from livehall.kernel.ids import Id
from livehall.kernel.work import Desk

EVERY_S = 5.0
AT_ONCE = 8  # encoders that the media server is asked about


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """For `stream.health`. `comes`: what the media server tells of the session's encoder."""

    session: Session
    outputs: Outputs
    comes: Ingest | None


async def measured(encoders: Encoders, session: Session) -> Ingest | None:
    """How the session's encoder comes; None where there is none, or it cannot be said. No work is open."""
    is_encoded = session.is_open and session.mode in ("rtmp", "whip")
    return await encoders.find(session.id) if is_encoded else None


class Healths:
    """Measures when asked, every `EVERY_S`."""

    def __init__(
        self,
        desk: Desk,
        encoders: Encoders,
        listened: Callable[[], Iterable[Id]],
        publish: Callable[[Health], None],
    ) -> None:
        """`listened`: the sessions whose staff listens now, at any process."""
        self._desk, self._encoders, self._listened, self._publish = desk, encoders, listened, publish

    async def tell(self) -> None:
        """One round over the open sessions that somebody listens for. Raises: DatabaseUnavailable."""
        wanted = set(self._listened())
        if not wanted:
            return
        async with self._desk.read(SYSTEM) as read:
            found = [each for each in (await sessions.by_ids(read, wanted)).values() if each.is_open]
            outputs = await ops.outputs(read, found)
        lanes = asyncio.Semaphore(AT_ONCE)
        await asyncio.gather(*(self._tell(lanes, *each) for each in zip(found, outputs, strict=True)))

    async def _tell(self, lanes: asyncio.Semaphore, session: Session, outputs: Outputs) -> None:
        async with lanes:
            comes = await measured(self._encoders, session)
        self._publish(Health(session=session, outputs=outputs, comes=comes))
