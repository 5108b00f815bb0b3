"""Operations of those who register, and of the bearers of a personal link."""

from starlette.responses import Response

from livehall.core.people.faults import AccountDisabled
from livehall.core.ports.mail import Stationery
from livehall.core.ports.sealing import Sealing
from livehall.core.ports.tokens import Tokens
from livehall.core.registrations import links, ops, own
from livehall.core.registrations.faults import (
    NoSuchAccess,
    NotApproved,
    RegistrationClosed,
    RegistrationFull,
    SignInInstead,
    WrongState,
)
from livehall.core.reminders.entries import entry_of
from livehall.core.reminders.faults import NotPlanned
from livehall.core.rooms.faults import RoomNotFound
from livehall.core.sessions.faults import SessionNotFound
from livehall.dialects.kit import Call, Rate, Read
from livehall.dialects.live.api import Addresses, api
from livehall.dialects.live.auth.wire import AuthResponse
from livehall.dialects.live.registrations import TAG, own_wire, wire
from livehall.dialects.live.reminders.wire import language_of
from livehall.kernel.faults import invalid
from livehall.kernel.ids import Id
from livehall.kernel.work import Work

CROWD = Rate(per_minute=6000, burst=3000)  # an audience behind one address, and software that registers many


@api.route(
    "POST", "/rooms/{id}/registrations", operation="registerForRoom", tag=TAG, access="public", status=201,
    repeatable=True, rate=CROWD, raises=[RoomNotFound, RegistrationClosed, RegistrationFull],
)  # fmt: skip
async def register_for_room(
    work: Work, sealing: Sealing, addresses: Addresses, call: Call, id: Id, body: wire.RegisterRequest
) -> wire.RegisteredResponse:
    """Register for all sessions of a room.

    One registration for each address: a repeat answers the same one to the host and its software. The public
    gets the personal link with the first answer, unless the form confirms addresses, and by mail; a repeat
    tells nothing of what is there. Publishes: `participant.registered`.
    """
    cmd = body.command(room_id=id, language=_language(call))
    found = await ops.register(work, sealing, cmd)
    return wire.RegisteredResponse.of(found, body, addresses.origin(call.origin))


@api.route(
    "POST", "/sessions/{id}/registrations", operation="registerForSession", tag=TAG, access="public",
    status=201, repeatable=True, rate=CROWD,
    raises=[SessionNotFound, RoomNotFound, RegistrationClosed, RegistrationFull],
)  # fmt: skip
async def register_for_session(
    work: Work, sealing: Sealing, addresses: Addresses, call: Call, id: Id, body: wire.RegisterRequest
) -> wire.RegisteredResponse:
    """Register for one session, with the form of its room.

    Who registered for all sessions of the room is registered for this one. Otherwise as for a room.
    Publishes: `participant.registered`.
    """
    cmd = body.command(session_id=id, language=_language(call))
    found = await ops.register(work, sealing, cmd)
    return wire.RegisteredResponse.of(found, body, addresses.origin(call.origin))


@api.route(
    "GET", "/registrations/self", operation="getOwnRegistration", tag=TAG, access="none", rate=CROWD,
    raises=[NoSuchAccess],
)  # fmt: skip
async def get_own_registration(
    work: Read, addresses: Addresses, call: Call, query: own_wire.AccessQuery
) -> own_wire.OwnRegistrationResponse:
    """Show a registrant their registration, and the sessions that are to come.

    The end of the personal link comes in the header `X-Access-Token`, which stands in no log of addresses, or
    as `token`.
    """
    token = _token(call, query)
    page = await own.page(work, token)
    return own_wire.OwnRegistrationResponse.of(page, token, addresses.origin(call.origin) + api.prefix)


@api.route(
    "DELETE", "/registrations/self", operation="cancelOwnRegistration", tag=TAG, access="none", status=204,
    rate=CROWD, raises=[NoSuchAccess, WrongState],
)  # fmt: skip
async def cancel_own_registration(work: Work, call: Call, query: own_wire.AccessQuery) -> None:
    """Cancel one's own registration, by `X-Access-Token` or `token`.

    Idempotent.
    """
    await own.cancel(work, _token(call, query))


@api.route(
    "GET", "/registrations/self/consent", operation="getOwnConsent", tag=TAG, access="none", rate=CROWD,
    raises=[NoSuchAccess],
)  # fmt: skip
async def get_own_consent(work: Read, call: Call, query: own_wire.AccessQuery) -> own_wire.OwnConsentResponse:
    """Show a registrant what they agreed to, by `X-Access-Token` or `token`.

    The text is the one that they were shown, also when the form asks for another one by now. With
    `is_outdated` they are to be asked again.
    """
    return own_wire.OwnConsentResponse.of(await own.consent(work, _token(call, query)))


@api.route(
    "PUT", "/registrations/self/consent", operation="setOwnConsent", tag=TAG, access="none", rate=CROWD,
    raises=[NoSuchAccess, WrongState],
)  # fmt: skip
async def set_own_consent(
    work: Work, call: Call, query: own_wire.AccessQuery, body: wire.ConsentGiven
) -> own_wire.OwnConsentResponse:
    """Agree to what the form asks and to the terms that hold today, by `X-Access-Token` or `token`.

    Or no longer, where the form leaves that open. Idempotent. 422 when the text or the terms are not the
    versions that are named any more.
    """
    return own_wire.OwnConsentResponse.of(await own.agree_again(work, _token(call, query), body.said()))


@api.route(
    "GET", "/registrations/self/calendar.ics", operation="getOwnCalendar", tag=TAG, access="none",
    media="text/calendar", rate=CROWD, raises=[NoSuchAccess, NotPlanned],
)  # fmt: skip
async def get_own_calendar(
    work: Read, stationery: Stationery, addresses: Addresses, call: Call, query: own_wire.AccessQuery
) -> Response:
    """The planned sessions for the registrant's calendar, with the personal link (iCalendar, RFC 5545).

    By `X-Access-Token`; programs that know an address only give `token`.
    """
    token = _token(call, query)
    page = await own.page(work, token)
    origin = addresses.origin(call.origin)
    link, room = links.address(origin, token), page.registrant.place.room
    row = page.registrant.participant
    counts = row.registration == "pending" or row.is_expected
    entries = [
        entry_of(session, room, origin, work.now, link=link)
        for session in page.sessions
        if counts and session.scheduled_start_at is not None and session.status != "cancelled"
    ]
    if not entries:
        raise NotPlanned
    headers = {
        "Content-Disposition": 'attachment; filename="sessions.ics"',
        "Cache-Control": "private, no-cache",
        "X-Content-Type-Options": "nosniff",
    }
    body = stationery.calendar(entries[0], "PUBLISH", *entries[1:])
    return Response(body, headers=headers, media_type="text/calendar")


@api.route(
    "POST", "/auth/access-link", operation="tradeAccessLink", tag="Auth", access="none", rate=CROWD,
    raises=[NoSuchAccess, NotApproved, SignInInstead, AccountDisabled],
)  # fmt: skip
async def trade_access_link(work: Work, tokens: Tokens, body: own_wire.AccessLinkRequest) -> AuthResponse:
    """Trade the token of a personal link for a viewer's tokens.

    They stand for the registrant alone, and never for the account of a member with the same address.
    """
    return AuthResponse.of(await own.enter(work, body.access_token), tokens, work.now)


def _token(call: Call, query: own_wire.AccessQuery) -> str:
    """Raises: Invalid."""
    token = call.headers.get("x-access-token") or query.token
    if token is None:
        raise invalid("token", "Send `X-Access-Token`, or `token`.", rule="required")
    return token


def _language(call: Call) -> str | None:
    return language_of(call.headers.get("accept-language", ""))
