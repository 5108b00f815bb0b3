"""On which library's dashboard something of a room is told.

Those who publish read nothing but the journal's row, so it says so itself: `shelf_id` is the library whose
hosts may find the room in their lists (I22), None for a room that only some of them may see.
"""

from typing import Any

from livehall.core.rooms import store
from livehall.core.rooms.events import RoomCreated
from livehall.core.rooms.model import Room, Visibility
from livehall.kernel.ids import Id
from livehall.kernel.work import Work

LISTED: tuple[Visibility, ...] = ("public", "members")


def shelf_of(room: Room) -> Id | None:
    return room.library_id if room.visibility in LISTED and room.deleted_at is None else None


async def note(work: Work, rows: list[dict[str, Any]]) -> None:
    """For `Desk.note`: the shelf of each row's room, in one query; that of a new room is known."""
    made = {each.room_id: each.room for each in work.events if isinstance(each, RoomCreated)}
    shelves = {
        room_id: room.library_id if room.visibility in LISTED else None for room_id, room in made.items()
    }
    wanted = {row["room_id"] for row in rows if row["room_id"]} - shelves.keys()
    shelves |= {room_id: shelf_of(room) for room_id, room in (await store.by_ids(work, wanted)).items()}
    for row in rows:
        row["data"]["shelf_id"] = shelves.get(row["room_id"])
