"""Operations of the host: the form, the list, and what becomes of a registration."""

from livehall.core.ports.sealing import Sealing
from livehall.core.registrations import handling, ops, steps
from livehall.core.registrations.faults import AddressTaken, RegistrationNotFound, WrongState
from livehall.core.rooms.faults import RoomNotFound
from livehall.core.sessions.faults import SessionNotFound
from livehall.dialects.kit import Answer, Call, IfMatch, Read
from livehall.dialects.live.api import Addresses, api
from livehall.dialects.live.registrations import TAG, form, wire
from livehall.kernel.actor import Actor
from livehall.kernel.faults import Conflict, Forbidden
from livehall.kernel.ids import Id
from livehall.kernel.work import Desk, Work


@api.route(
    "GET", "/rooms/{id}/registration", operation="getRegistrationForm", tag=TAG, access="public",
    raises=[RoomNotFound], answer=form.RegistrationFormResponse,
)  # fmt: skip
async def get_registration_form(work: Read, id: Id) -> Answer:
    """Show what is asked of those who register, and whether they still can."""
    shown = await ops.form(work, id)
    return Answer(form.RegistrationFormResponse.of(shown), revision=shown.room.revision)


@api.route(
    "PUT", "/rooms/{id}/registration", operation="setRegistrationForm", tag=TAG, access="host",
    raises=[RoomNotFound, Forbidden, Conflict], answer=form.RegistrationFormResponse,
)  # fmt: skip
async def set_registration_form(
    work: Work, id: Id, if_match: IfMatch, body: form.RegistrationFormRequest
) -> Answer:
    """Say who can and must register, and what is asked.

    Those who have registered stay so. Answers of fields that are gone are kept.
    """
    shown = await ops.define(work, id, body.form(), if_match)
    return Answer(form.RegistrationFormResponse.of(shown), revision=shown.room.revision)


@api.route(
    "GET", "/rooms/{id}/registrations", operation="listRoomRegistrations", tag=TAG, access="host",
    raises=[RoomNotFound, Forbidden],
)  # fmt: skip
async def list_room_registrations(
    work: Read, addresses: Addresses, call: Call, id: Id, query: wire.ListRegistrationsQuery
) -> wire.RegistrationListResponse:
    """List who registered for the room or one of its sessions."""
    found = await handling.page(work, id, None, query.query())
    return wire.RegistrationListResponse.of(found, query, addresses.origin(call.origin))


@api.route(
    "GET", "/sessions/{id}/registrations", operation="listSessionRegistrations", tag=TAG, access="host",
    raises=[SessionNotFound, RoomNotFound, Forbidden],
)  # fmt: skip
async def list_session_registrations(
    work: Read, addresses: Addresses, call: Call, id: Id, query: wire.ListRegistrationsQuery
) -> wire.RegistrationListResponse:
    """List who registered for the session, or for all sessions of its room.

    An address that did both is listed once. Presence is that in this session.
    """
    found = await handling.page(work, None, id, query.query())
    return wire.RegistrationListResponse.of(found, query, addresses.origin(call.origin))


@api.route(
    "POST", "/rooms/{id}/registrations/import", operation="importRegistrations", tag=TAG, access="host",
    raises=[RoomNotFound, Forbidden],
)  # fmt: skip
async def import_registrations(
    desk: Desk, sealing: Sealing, actor: Actor, id: Id, body: wire.ImportRequest
) -> wire.ImportResponse:
    """Register the people of a CSV file for all sessions of the room.

    At most 2,000 people at once. A line that is wrong is refused, and the others are taken. Who is
    registered stays as they are.
    """
    results = await steps.import_people(desk, sealing, actor, body.command(id))
    return wire.ImportResponse.of(results, dry_run=body.dry_run)


@api.route(
    "GET", "/registrations/{id}", operation="getRegistration", tag=TAG, access="host",
    raises=[RegistrationNotFound], answer=wire.RegistrationResponse,
)  # fmt: skip
async def get_registration(work: Read, sealing: Sealing, addresses: Addresses, call: Call, id: Id) -> Answer:
    """Show one registration, with presence and the personal link."""
    shown = await handling.get(work, sealing, id)
    return _answer(shown, addresses, call)


@api.route(
    "PATCH", "/registrations/{id}", operation="updateRegistration", tag=TAG, access="host",
    raises=[RegistrationNotFound, AddressTaken, Conflict], answer=wire.RegistrationResponse,
)  # fmt: skip
async def update_registration(
    work: Work,
    sealing: Sealing,
    addresses: Addresses,
    call: Call,
    id: Id,
    if_match: IfMatch,
    body: wire.UpdateRegistrationRequest,
) -> Answer:
    """Correct what somebody said of themselves.

    With another address they get another personal link, by mail; the old one opens nothing any more.
    """
    return _answer(await handling.correct(work, sealing, id, body.command(), if_match), addresses, call)


@api.route(
    "POST", "/registrations/{id}/approve", operation="approveRegistration", tag=TAG, access="host",
    raises=[RegistrationNotFound, WrongState],
)  # fmt: skip
async def approve_registration(
    work: Work, addresses: Addresses, call: Call, id: Id
) -> wire.RegistrationResponse:
    """Let a registrant in, and send them the link.

    Idempotent.
    """
    return wire.RegistrationResponse.of(await handling.approve(work, id), addresses.origin(call.origin))


@api.route(
    "POST", "/registrations/{id}/deny", operation="denyRegistration", tag=TAG, access="host",
    raises=[RegistrationNotFound, WrongState],
)  # fmt: skip
async def deny_registration(
    work: Work, addresses: Addresses, call: Call, id: Id, body: wire.DenyRequest | None
) -> wire.RegistrationResponse:
    """Decline a registration that waits for approval, with or without a mail.

    Idempotent.
    """
    shown = await handling.deny(work, id, notify=body.notify if body is not None else True)
    return wire.RegistrationResponse.of(shown, addresses.origin(call.origin))


@api.route(
    "POST", "/registrations/{id}/resend", operation="resendRegistration", tag=TAG, access="host",
    raises=[RegistrationNotFound, WrongState],
)  # fmt: skip
async def resend_registration(
    work: Work, addresses: Addresses, call: Call, id: Id
) -> wire.RegistrationResponse:
    """Send the confirmation again."""
    return wire.RegistrationResponse.of(await handling.resend(work, id), addresses.origin(call.origin))


@api.route(
    "DELETE", "/registrations/{id}", operation="cancelRegistration", tag=TAG, access="host", status=204,
    raises=[RegistrationNotFound, WrongState],
)  # fmt: skip
async def cancel_registration(work: Work, id: Id) -> None:
    """Cancel a registration.

    The personal link lets nobody in any more. The person may register again. Idempotent.
    """
    await handling.cancel(work, id)


def _answer(shown: handling.Shown, addresses: Addresses, call: Call) -> Answer:
    body = wire.RegistrationResponse.of(shown, addresses.origin(call.origin))
    return Answer(body, revision=shown.participant.revision)
