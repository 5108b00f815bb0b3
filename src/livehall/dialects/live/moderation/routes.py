"""Operations of bans and of the waiting room."""

from livehall.core.audience import waiting
from livehall.core.audience.faults import AttendanceNotFound
from livehall.core.moderation import ops
from livehall.core.moderation.faults import AlreadyBanned, BanNotFound
from livehall.core.people.faults import QuotaExceeded
from livehall.core.sessions.faults import InvalidState, SessionNotFound
from livehall.dialects.kit import Call, Read
from livehall.dialects.live.api import Addresses, api
from livehall.dialects.live.moderation import wire
from livehall.dialects.live.rooms.wire import PageQuery
from livehall.dialects.live.sessions.wire import ShareURLResponse
from livehall.kernel.faults import Forbidden
from livehall.kernel.ids import Id
from livehall.kernel.work import Work

MODERATION, WAITING = "Moderation", "Waiting room"


@api.route(
    "POST", "/sessions/{id}/bans", operation="banParticipant", tag=MODERATION, access="moderator",
    status=201, repeatable=True, raises=[SessionNotFound, Forbidden, AlreadyBanned],
)  # fmt: skip
async def ban_participant(
    work: Work, id: Id, body: wire.BanParticipantRequest
) -> wire.BannedParticipantResponse:
    """Throw a person out and keep them out.

    Ends media, realtime and attendance, expires requests, and refuses further joins of the account and of
    the devices that it was seen on (C16). Nobody bans a person of equal or higher role.
    """
    return wire.BannedParticipantResponse.of(await ops.ban(work, body.command(id)))


@api.route(
    "GET", "/sessions/{id}/bans", operation="listBans", tag=MODERATION, access="moderator",
    raises=[SessionNotFound, Forbidden],
)  # fmt: skip
async def list_bans(work: Read, id: Id, query: wire.BansQuery) -> wire.BannedParticipantsListResponse:
    """Who is banned."""
    found = await ops.page(work, id, include_lifted=query.include_lifted)
    return wire.BannedParticipantsListResponse.of(found)


@api.route(
    "GET", "/sessions/{id}/bans/me", operation="getMyBan", tag=MODERATION, access="viewer",
    raises=[SessionNotFound],
)  # fmt: skip
async def get_my_ban(work: Read, id: Id) -> wire.BanStatusResponse:
    """Am I banned."""
    return wire.BanStatusResponse.of(await ops.mine(work, id))


@api.route(
    "DELETE", "/sessions/{id}/bans/{user_id}", operation="unbanParticipant", tag=MODERATION,
    access="moderator", status=204, raises=[SessionNotFound, BanNotFound, Forbidden],
)  # fmt: skip
async def unban_participant(work: Work, id: Id, user_id: Id) -> None:
    """Lift a ban."""
    await ops.lift(work, id, user_id)


@api.route(
    "GET", "/sessions/{id}/waiting", operation="listWaiting", tag=WAITING, access="moderator",
    raises=[SessionNotFound, Forbidden],
)  # fmt: skip
async def list_waiting(work: Read, id: Id, query: PageQuery) -> wire.WaitingListResponse:
    """Who waits, the longest waiting first."""
    found = await waiting.page(work, id, offset=query.offset, limit=query.limit)
    return wire.WaitingListResponse.of(found, query)


@api.route(
    "POST", "/sessions/{id}/waiting/{attendance_id}/admit", operation="admitWaiting", tag=WAITING,
    access="moderator", raises=[QuotaExceeded, SessionNotFound, AttendanceNotFound, Forbidden],
)  # fmt: skip
async def admit_waiting(
    work: Work, call: Call, addresses: Addresses, id: Id, attendance_id: Id
) -> wire.AdmissionResponse:
    """Let somebody in.

    They join again, and need not wait any more in this session. Also undoes a refusal.
    """
    row = await waiting.admit(work, id, attendance_id, _address(addresses, call))
    return wire.AdmissionResponse.of(row)


@api.route(
    "POST", "/sessions/{id}/waiting/{attendance_id}/deny", operation="denyWaiting", tag=WAITING,
    access="moderator", raises=[SessionNotFound, AttendanceNotFound, Forbidden, InvalidState],
)  # fmt: skip
async def deny_waiting(
    work: Work, id: Id, attendance_id: Id, body: wire.DenyRequest | None
) -> wire.AdmissionResponse:
    """Send somebody away.

    They stay out for this session, unless they are admitted after all.
    """
    reason = body.reason if body else None
    return wire.AdmissionResponse.of(await waiting.deny(work, id, attendance_id, reason))


@api.route(
    "POST", "/sessions/{id}/waiting/admit-all", operation="admitAllWaiting", tag=WAITING,
    access="moderator", raises=[QuotaExceeded, SessionNotFound, Forbidden],
)  # fmt: skip
async def admit_all_waiting(work: Work, call: Call, addresses: Addresses, id: Id) -> wire.AdmittedAllResponse:
    """Let everybody in who waits now, as far as the plan has room for them."""
    found = await waiting.admit_all(work, id, _address(addresses, call))
    return wire.AdmittedAllResponse(admitted=len(found))


def _address(addresses: Addresses, call: Call) -> waiting.Address:
    """Where viewers enter a session (C10)."""
    origin = addresses.origin(call.origin)
    return lambda session: ShareURLResponse.of(session, origin).viewer_url
