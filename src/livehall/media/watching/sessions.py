"""WHEP (draft-ietf-wish-whep-03): players by WebRTC that know nothing but an address and a token."""

import secrets

from livekit.protocol import models

from livehall.media.rooms.connection import MediaCore
from livehall.media.rooms.grants import Claims
from livehall.media.rooms.participant import Participant
from livehall.media.rooms.resource import Refused, Resource, one_of_each
from livehall.media.rooms.rooms import RoomRefused, Rooms
from livehall.media.watching.connection import WatchingConnection
from livehall.media.workers.place import ALONE, Place


class WhepSessions:
    """A player is a participant like any other, of whoever its token names: it is listed, counted and told of
    by webhooks, its rights are changed and it is removed as theirs are."""

    def __init__(self, rooms: Rooms, place: Place = ALONE) -> None:
        self._rooms = rooms
        self._place = place
        self._sessions: dict[str, Resource] = {}

    async def open(self, claims: Claims, offer: str) -> tuple[Resource, str]:
        """The session, and our answer to the player's offer. Raises: Refused."""
        sections = one_of_each(
            offer, lambda section: section.receives, "The offer receives neither sound nor picture."
        )
        session = Resource(self._place.session_id(secrets.token_urlsafe(24)))
        session.fingerprint = sections[0].fingerprint

        def connection(core: MediaCore, participant: Participant) -> WatchingConnection:
            return WatchingConnection(core, participant, closed=lambda: self._forget(session))

        try:
            participant = await self._rooms.join(
                claims,
                models.ClientInfo(),
                auto_subscribe=True,
                has_two_connections=False,
                connection=connection,
            )
        except RoomRefused as refused:
            raise Refused(refused.status, refused.text) from None
        session.participant, session.connection = participant, participant.publisher
        self._sessions[session.id] = session
        answer, _ = participant.publisher.answer(offer)
        participant.room.admit(participant)
        return session, answer

    def find(self, session_id: str) -> Resource:
        """Raises: Refused."""
        session = self._sessions.get(session_id)
        if session is None or session.is_gone:
            raise Refused(404, "There is no such WHEP session.")
        return session

    async def close(self, session: Resource) -> None:
        """The player has ended it."""
        await session.leave()

    def turn_servers(self, session: Resource) -> tuple[tuple[str, ...], str, str] | None:
        """URLs, user name and password."""
        assert session.participant is not None
        return self._rooms.turn.issue(f"{session.participant.room.sid}.{session.participant.sid}")

    def _forget(self, session: Resource) -> None:
        self._sessions.pop(session.id, None)
