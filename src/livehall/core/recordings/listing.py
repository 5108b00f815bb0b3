"""The replays of all rooms that somebody may find: what was published and they may watch."""

import msgspec

from livehall.core.recordings import listing_store, store
from livehall.core.recordings.listing_store import Query as Query
from livehall.core.recordings.listing_store import Sort as Sort
from livehall.core.recordings.ops import Shown
from livehall.core.rooms import store as rooms
from livehall.core.rooms.model import Room
from livehall.core.sessions import store as sessions
from livehall.core.sessions.model import Session
from livehall.kernel.work import Work


class Replay(msgspec.Struct, frozen=True, kw_only=True):
    shown: Shown
    session: Session
    room: Room


class Page(msgspec.Struct, frozen=True, kw_only=True):
    replays: list[Replay]
    total: int


async def page(work: Work, query: Query) -> Page:
    """In a constant number of queries. A guest sees public ones of public rooms; members also the members'.

    A password or a registration of the room is asked for at the door of a session, and not for a recording
    that its host let everybody watch. What somebody was banned from is left out.
    """
    found, total = await listing_store.page(work, query)
    files = await store.assets_of(work, [each.id for each in found])
    occasions = await sessions.by_ids(work, {each.session_id for each in found})
    places = await rooms.by_ids(work, {each.room_id for each in found})
    return Page(
        replays=[
            Replay(
                shown=Shown(
                    recording=each,
                    library_id=places[each.room_id].library_id,
                    asset=files.get(each.id),
                ),
                session=occasions[each.session_id],
                room=places[each.room_id],
            )
            for each in found
        ],
        total=total,
    )
