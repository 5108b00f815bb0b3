"""Attendees (V18–V30)."""

from starlette.responses import Response

from livehall.core.insight.attending import attendees
from livehall.core.ports.sealing import Sealing
from livehall.core.registrations import links, places
from livehall.core.registrations.faults import RegistrationClosed, RegistrationFull
from livehall.core.registrations.ops import register
from livehall.core.rooms.faults import RoomNotFound
from livehall.core.sessions.faults import SessionNotFound
from livehall.dialects.kit import Addresses, Answer, Call, json_array
from livehall.dialects.voila.api import voila
from livehall.dialects.voila.attendees import wire
from livehall.dialects.voila.sessions import PROGRAM, SESSION, check_is_in
from livehall.kernel.actor import Actor
from livehall.kernel.faults import NotFound
from livehall.kernel.ids import Id
from livehall.kernel.work import Desk, Work


@voila.route(
    "POST", f"{PROGRAM}/attendees", operation="registerAttendee", tag="attendees", access="service",
    status=201, statuses={NotFound: 400}, raises=[RoomNotFound, RegistrationClosed, RegistrationFull],
    answer=wire.Attendee,
)  # fmt: skip
async def register_attendee(
    work: Work, sealing: Sealing, addresses: Addresses, call: Call, program_id: Id, body: wire.AttendeeCreate
) -> Answer:
    """Register an attendee on a program.

    Creates the registration and returns its personal access link. Who is registered already is answered with
    the same id and link.
    """
    await places.own(work, program_id, None)
    found = await register(work, sealing, body.command(program_id))
    link = links.address(addresses.origin(call.origin), links.token_of(sealing, found.participant))
    return Answer(wire.Attendee.of(found.participant, link, call.http.path_params))


@voila.route(
    "GET", f"{SESSION}/attendees/statistics", operation="listAttendeeStatistics", tag="attendees",
    access="service", raises=[SessionNotFound], answer=list[wire.AttendeeStatistics],
)  # fmt: skip
async def list_attendee_statistics(desk: Desk, actor: Actor, program_id: Id, session_id: Id) -> Response:
    """Watch time per attendee.

    Only attendees who watched the live or its replay are listed.
    """
    await check_is_in(desk, actor, session_id, program_id)
    return await json_array(wire.statistics(attendees(desk, actor, session_id)))
