"""Encoders of sessions (modes `rtmp` and `whip`): OBS, ffmpeg, hardware.

The media server makes the address and the key, when the session is planned, and refuses encoders until the
session starts. The end puts the encoder out and forgets the key. `reconcile` gives back what a media server
has lost, and takes away what belongs to no session, whatever reports were missed (`realtime.md` §4).
"""

from contextlib import suppress

import msgspec
import structlog

from livehall.core.ports.media import Ingest, IngestUnsupported, MediaIngress, MediaUnavailable
from livehall.core.ports.sealing import Sealing
from livehall.core.sessions import ingest, ops, store
from livehall.core.sessions.events import SessionDeleted, about
from livehall.core.sessions.faults import IngestUnavailable, SessionNotFound
from livehall.core.sessions.ingest import EncoderAddress
from livehall.core.sessions.model import Session
from livehall.core.sessions.showing import Shown
from livehall.kernel.actor import MEDIA, Actor
from livehall.kernel.db import DatabaseUnavailable
from livehall.kernel.ids import Id, parse_id
from livehall.kernel.work import Desk, Work

log = structlog.get_logger(__name__)


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """A new session, and where its encoder will push to."""

    shown: Shown
    address: EncoderAddress | None


class Encoders:
    """One for the hall; `reconcile` remembers what it saw in the round before."""

    def __init__(self, ingress: MediaIngress, sealing: Sealing) -> None:
        self._ingress = ingress
        self._sealing = sealing
        self._strays: frozenset[str] = frozenset()

    async def open(self, session: Session, *, accepts: bool = True) -> Ingest | None:
        """What the media server gives this session's encoder; None for sessions without one.

        Raises: IngestUnavailable, MediaUnavailable.
        """
        if session.mode not in ("rtmp", "whip"):
            return None
        try:
            return await self._ingress.open(session.id, session.mode, accepts=accepts)
        except IngestUnsupported as fault:
            raise IngestUnavailable from fault

    async def keep(self, work: Work, session: Session, made: Ingest | None) -> None:
        """Note it. The session is held."""
        if made is not None:
            await ingest.keep(work, self._sealing, session, made)

    async def close(self, session_id: Id) -> None:
        """Raises: MediaUnavailable."""
        await self._ingress.close(session_id)

    async def find(self, session_id: Id) -> Ingest | None:
        """How it comes right now, or None when that cannot be said."""
        with suppress(MediaUnavailable):
            return await self._ingress.find(session_id)
        return None

    async def address(self, work: Work, shown: Shown) -> EncoderAddress | None:
        """For the host's eyes only, while the session is not over."""
        if not shown.standing.is_owner:
            return None
        return await ingest.address(work, self._sealing, shown.session.id)

    async def create(self, desk: Desk, actor: Actor, cmd: ops.CreateSession) -> Planned:
        """Plan a session, with the address and the key of its encoder.

        Raises: RoomNotFound, Forbidden, QuotaExceeded, Invalid, MediaUnavailable, IngestUnavailable (the
        session has been taken back). Emits: SessionCreated.
        """
        async with desk.work(actor) as work:
            shown = await ops.create(work, cmd)
        session = shown.session
        try:
            made = await self.open(session, accepts=False)
        except MediaUnavailable:
            async with desk.work(actor) as work:
                held, _ = await store.hold(work, await store.get(work, session.id))
                await store.note(work, held.id, {"deleted_at": work.now})
                work.emit(SessionDeleted(**about(held)))
            raise
        if made is None:
            return Planned(shown=shown, address=None)
        async with desk.work(actor) as work:
            held, _ = await store.hold(work, await store.get(work, session.id))
            await self.keep(work, held, made)
        return Planned(shown=shown, address=EncoderAddress(kind=made.kind, url=made.url, key=made.key))

    async def close_if_over(self, desk: Desk, session_id: Id) -> None:
        """An encoder pushes: where no session keeps its key, it is put out. Raises: MediaUnavailable."""
        async with desk.read(MEDIA) as read:
            if await ingest.is_kept(read, session_id):
                return
        await self.close(session_id)

    async def reconcile(self, desk: Desk) -> None:
        """One round. What cannot be done now is left to the next; nothing is raised."""
        try:
            rooms = await self._ingress.rooms()
            async with desk.read(MEDIA) as read:
                sessions = [each for each in await store.open_sessions(read) if each.media_room is not None]
                strays = await self._without_session(read, rooms)
            for session in sessions:
                if session.mode in ("rtmp", "whip") and session.id not in rooms:
                    await self._give_back(desk, session)
            # One that was there a round ago too: a session that is being planned is not stored yet.
            for room in strays & self._strays:
                log.info("an encoder's address without a session is taken away", room=room)
                await self.close(room)
            self._strays = strays
        except (MediaUnavailable, DatabaseUnavailable) as fault:
            log.warning("encoders are not as they should be", code=fault.code)

    async def _give_back(self, desk: Desk, session: Session) -> None:
        log.warning("an encoder's address was lost, and is made again", session_id=session.id)
        made = await self.open(session)
        with suppress(SessionNotFound):
            async with desk.work(MEDIA, origin="job") as work:
                held, _ = await store.hold(work, await store.get(work, session.id))
                if held.is_open:
                    await self.keep(work, held, made)

    async def _without_session(self, read: Work, rooms: frozenset[str]) -> frozenset[str]:
        known = {room for room in rooms if parse_id(room) is not None}
        return frozenset(known - await ingest.kept_of(read, known))
