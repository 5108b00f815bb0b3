"""Operations of rooms."""

from livehall.core.people.faults import QuotaExceeded
from livehall.core.ports.sealing import Sealing
from livehall.core.rooms import ops
from livehall.core.rooms.faults import RoomInUse, RoomNotFound
from livehall.dialects.kit import Answer, IfMatch, Read
from livehall.dialects.live.api import api
from livehall.dialects.live.rooms import wire
from livehall.kernel.faults import Conflict, Forbidden
from livehall.kernel.ids import Id
from livehall.kernel.work import Work


@api.route("GET", "/rooms", operation="listRooms", tag="Rooms", access="public")
async def list_rooms(work: Read, query: wire.ListRoomsQuery) -> wire.RoomListResponse:
    """Browse the rooms anybody may see.

    Only rooms with visibility `public`; a signed-in caller also gets the `members` rooms of their
    organization. Host addresses are left out.
    """
    return wire.RoomListResponse.of(await ops.page(work, query.query()), query.page, query.limit)


@api.route(
    "POST", "/rooms", operation="createRoom", tag="Rooms", access="host", status=201, repeatable=True,
    raises=[QuotaExceeded, Forbidden], answer=wire.RoomResponse,
)  # fmt: skip
async def create_room(work: Work, sealing: Sealing, body: wire.CreateRoomRequest) -> Answer:
    """Open a room owned by the caller."""
    shown = await ops.create(work, sealing, body.command())
    return Answer(wire.RoomResponse.of(shown), revision=shown.room.revision)


@api.route("GET", "/rooms/mine", operation="listMyRooms", tag="Rooms", access="host", raises=[Forbidden])
async def list_my_rooms(work: Read, query: wire.ListMineQuery) -> wire.RoomListResponse:
    """List the rooms the caller owns."""
    return wire.RoomListResponse.of(await ops.page(work, query.query()), query.page, query.limit)


@api.route(
    "GET", "/rooms/{id}", operation="getRoom", tag="Rooms", access="public", raises=[RoomNotFound],
    answer=wire.RoomResponse,
)  # fmt: skip
async def get_room(work: Read, id: Id) -> Answer:
    """Show one room.

    Private rooms answer `not_found` to strangers. `active_session_id` is shown to the audience only while
    live.
    """
    shown = await ops.get(work, id)
    return Answer(wire.RoomResponse.of(shown), revision=shown.room.revision)


@api.route(
    "PATCH", "/rooms/{id}", operation="updateRoom", tag="Rooms", access="host",
    raises=[RoomNotFound, Forbidden, Conflict], answer=wire.RoomResponse,
)  # fmt: skip
async def update_room(
    work: Work, sealing: Sealing, id: Id, if_match: IfMatch, body: wire.UpdateRoomRequest
) -> Answer:
    """Change a room."""
    shown = await ops.update(work, sealing, id, body.command(), if_match)
    return Answer(wire.RoomResponse.of(shown), revision=shown.room.revision)


@api.route(
    "DELETE", "/rooms/{id}", operation="deleteRoom", tag="Rooms", access="host", status=204,
    raises=[RoomNotFound, Forbidden, RoomInUse],
)  # fmt: skip
async def delete_room(work: Work, id: Id) -> None:
    """Remove a room.

    Soft deletion: sessions, registrations and recordings go with it. Refused while a session is in
    backstage or live.
    """
    await ops.delete(work, id)
