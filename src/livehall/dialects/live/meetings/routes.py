"""Operations of meetings."""

from livehall.core.audience import entering
from livehall.core.people.faults import QuotaExceeded
from livehall.core.ports.media import MediaRooms, MediaUnavailable
from livehall.core.ports.sealing import Sealing
from livehall.core.ports.tokens import Tokens
from livehall.core.recordings.links import Links
from livehall.core.rooms.faults import RoomNotFound
from livehall.core.sessions import meetings
from livehall.core.sessions.faults import (
    Banned,
    FeatureDisabled,
    InvalidState,
    NotAdmitted,
    RegistrationRequired,
    RoomBusy,
    SessionNotFound,
    WrongPassword,
)
from livehall.core.sessions.meetings import TooEarly
from livehall.dialects.kit import Answer, Call
from livehall.dialects.live.api import Addresses, api
from livehall.dialects.live.attendance.routes import joined_answer
from livehall.dialects.live.attendance.wire import JoinSessionRequest, JoinSessionResponse
from livehall.dialects.live.meetings import wire
from livehall.kernel.actor import Actor
from livehall.kernel.faults import Forbidden
from livehall.kernel.ids import Id
from livehall.kernel.work import Desk

NO_STORE = {"Cache-Control": "no-store"}


@api.route(
    "POST", "/sessions/{id}/token", operation="createMediaToken", tag="Sessions", access="host",
    raises=[QuotaExceeded, SessionNotFound, Forbidden, InvalidState, TooEarly, RoomBusy],
    answer=wire.MediaTokenResponse,
)  # fmt: skip
async def create_media_token(
    call: Call, desk: Desk, media: MediaRooms, addresses: Addresses, actor: Actor, id: Id,
    body: wire.MediaTokenRequest | None,
) -> Answer:  # fmt: skip
    """Make a media token for a client of your own.

    While the session is open; a meeting begins with its first token, from ten minutes ahead of its time.
    Whoever comes with it is known by its `name` alone, and never more than a guest.
    """
    cmd = (body or wire.MediaTokenRequest()).command()
    issued = await meetings.issue(desk, media, actor, id, cmd)
    return Answer(wire.MediaTokenResponse.of(issued, addresses.media_url(call.origin)), headers=NO_STORE)


@api.route(
    "POST", "/rooms/{id}/join", operation="joinRoom", tag="Rooms", access="viewer",
    raises=[
        QuotaExceeded, RoomNotFound, SessionNotFound, InvalidState, RoomBusy, Banned, NotAdmitted,
        RegistrationRequired, WrongPassword, FeatureDisabled, MediaUnavailable,
    ],
    answer=JoinSessionResponse,
)  # fmt: skip
async def join_room(
    call: Call, desk: Desk, media: MediaRooms, sealing: Sealing, tokens: Tokens, links: Links,
    addresses: Addresses, actor: Actor, id: Id, body: JoinSessionRequest | None,
) -> Answer:  # fmt: skip
    """Enter a room: the session that is on.

    A room of kind `meeting` begins one with this entry: its next session if that is due within ten minutes,
    else a new one. A room of broadcasts in which nothing is on answers `invalid_state`.
    """
    cmd = (body or JoinSessionRequest()).command("")
    joined = await entering.enter(desk, media, sealing, actor, id, cmd)
    return await joined_answer(joined, desk, actor, tokens, links, addresses, call)
