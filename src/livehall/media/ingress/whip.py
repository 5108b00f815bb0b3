"""WHIP (RFC 9725): encoders by WebRTC. What they send is forwarded as it is, or encoded anew where asked."""

import secrets

import structlog
from livekit.protocol import ingress as proto
from livekit.protocol import models

from livehall.media.ingress.broadcast import Broadcast
from livehall.media.ingress.guest import announcement, claims_of
from livehall.media.ingress.recoding import Recoding
from livehall.media.ingress.service import IngressService
from livehall.media.rooms.participant import Participant
from livehall.media.rooms.resource import Refused, Resource, one_of_each
from livehall.media.rooms.rooms import RoomRefused, Rooms
from livehall.media.sdp import parse as sdp
from livehall.media.sdp.choose import choose

log = structlog.get_logger(__name__)


class WhipSession(Resource):
    """Satisfies `broadcast.Source`: what comes is forwarded as it is; the encoder is the participant."""

    def __init__(self, sessions: "WhipSessions", info: proto.IngressInfo) -> None:
        super().__init__(sessions.place.session_id(secrets.token_urlsafe(24)))
        self.broadcast: Broadcast | None = None
        self.info = info
        self._sessions = sessions

    async def join(self, sections: list[sdp.Section], offer: str) -> str:
        """Our answer. Raises: Refused, SdpInvalid."""
        try:
            participant = await self._sessions.rooms.join(
                claims_of(self.info, self._sessions.api_key),
                models.ClientInfo(),
                auto_subscribe=False,
                has_two_connections=False,
            )
        except RoomRefused as refused:
            raise Refused(refused.status, refused.text) from None
        self.participant, self.connection = participant, participant.publisher
        self.fingerprint = sections[0].fingerprint
        for section in sections:
            participant.announce(announcement(self.info, "video" if section.kind == "video" else "audio"))
        self._tell(sections)
        answer, _ = participant.publisher.answer(offer)
        return answer

    async def stop(self, reason: str) -> None:
        self._sessions.forget(self)
        await self.leave()

    def _tell(self, sections: list[sdp.Section]) -> None:
        assert self.broadcast is not None
        for section in sections:
            _, offered = choose(section) or (None, None)
            assert offered is not None  # `_check` has looked
            mime = f"{section.kind}/{offered.encoding.split('/')[0].lower()}"
            if section.kind == "video":
                self.broadcast.saw_video(mime_type=mime, width=0, height=0)
            else:
                self.broadcast.saw_audio(mime_type=mime, channels=2, sample_rate=offered.clock_rate)


class RecodedSession(WhipSession):
    """What comes is encoded anew, and published by a guest of ours (`enable_transcoding`)."""

    _recoding: Recoding | None = None

    async def join(self, sections: list[sdp.Section], offer: str) -> str:
        assert self.broadcast is not None
        recoding = self._recoding = Recoding(
            self._sessions.rooms,
            self.info,
            self._sessions.api_key,
            self.broadcast,
            self._joined,
            self._ended,
        )
        self.connection, self.fingerprint = recoding.connection, sections[0].fingerprint
        self._tell(sections)
        return await recoding.open(sections, offer)

    @property
    def is_gone(self) -> bool:
        return self._recoding is None or self._recoding.is_over

    async def stop(self, reason: str) -> None:
        self._sessions.forget(self)
        if self._recoding is not None:
            await self._recoding.close()

    def _joined(self, participant: Participant) -> None:
        self.participant = participant

    async def _ended(self, error: str) -> None:
        assert self.broadcast is not None
        await self.stop("")
        self._sessions.ended(self.broadcast, error)


class WhipSessions:
    def __init__(self, service: IngressService, rooms: Rooms, api_key: str) -> None:
        self._service = service
        self.place = service.place
        self.rooms = rooms
        self.api_key = api_key
        self._sessions: dict[str, WhipSession] = {}

    async def open(self, info: proto.IngressInfo, offer: str) -> tuple[WhipSession, str]:
        """The session, and our answer to the encoder's offer.

        Raises: Refused, KeyRefused.
        """
        sections = _check(offer)
        kind = RecodedSession if info.enable_transcoding else WhipSession
        session = kind(self, info)
        session.broadcast = await self._service.begin(info, session)
        self._sessions[session.id] = session
        try:
            answer = await session.join(sections, offer)
        except Exception:
            await session.stop("")
            self._service.ended(session.broadcast)
            raise
        return session, answer

    def find(self, session_id: str) -> WhipSession:
        """Raises: Refused."""
        session = self._sessions.get(session_id)
        if session is None or session.is_gone:
            raise Refused(404, "There is no such WHIP session.")
        return session

    async def close(self, session: WhipSession) -> None:
        """The encoder has ended it."""
        await session.stop("")
        if session.broadcast is not None:
            self._service.ended(session.broadcast)

    def ended(self, broadcast: Broadcast, error: str) -> None:
        self._service.ended(broadcast, error)

    def forget(self, session: WhipSession) -> None:
        self._sessions.pop(session.id, None)


def _check(offer: str) -> list[sdp.Section]:
    """The sections in which the encoder sends. Raises: Refused."""
    sending = one_of_each(offer, lambda section: section.sends, "The offer sends neither sound nor picture.")
    if unknown := [section.kind for section in sending if choose(section) is None]:
        raise Refused(406, f"No codec for {unknown[0]} that is taken here: offer Opus, and H.264 or VP8.")
    return sending
