"""Operations of lives."""

from livehall.core.people.faults import QuotaExceeded
from livehall.core.ports.sealing import Sealing
from livehall.core.recordings.links import Links
from livehall.core.rooms.faults import RoomInUse
from livehall.core.sessions.faults import Banned, FeatureDisabled, InvalidState, SessionNotFound
from livehall.dialects.kit import Addresses, Call, Conditions, Read, Window
from livehall.dialects.meltingspot.api import meltingspot
from livehall.dialects.meltingspot.lives import bridge, wire
from livehall.kernel.faults import Conflict, Forbidden
from livehall.kernel.ids import Id
from livehall.kernel.work import Work

TAG = "lives"


@meltingspot.route(
    "GET", "/v1/lives", operation="listLives", tag=TAG, access="service", filters=bridge.FILTERS,
)  # fmt: skip
async def list_lives(work: Read, window: Window, filters: Conditions) -> wire.LiveList:
    """List lives.

    By start, those of the same start by id. The figures are the kept ones that the filters go by; those of
    one live are exact. Of lives that the key may not run they are null, and null meets no filter.
    """
    found = await bridge.page(work, window, filters)
    items = [
        wire.Live.of(each, figures, [], work.now)
        for each, figures in zip(found.sessions, found.figures, strict=True)
    ]
    return wire.LiveList(items=items, total=found.total)


@meltingspot.route(
    "POST", "/v1/lives", operation="createLive", tag=TAG, access="service", status=201,
    raises=[Forbidden, QuotaExceeded], statuses={QuotaExceeded: 403},
)  # fmt: skip
async def create_live(
    work: Work, sealing: Sealing, links: Links, addresses: Addresses, call: Call, body: wire.LiveCreate
) -> wire.Live:
    """Create a live.

    With a room of its own, whose host is the member that is named.
    """
    shown = await bridge.create(work, sealing, body)
    return await bridge.answer(work, links, addresses.origin(call.origin), shown)


@meltingspot.route(
    "GET", "/v1/lives/{liveId}", operation="getLive", tag=TAG, access="service", raises=[SessionNotFound],
)  # fmt: skip
async def get_live(work: Read, links: Links, addresses: Addresses, call: Call, live_id: Id) -> wire.Live:
    """Show one live."""
    shown = await bridge.own(work, live_id)
    return await bridge.answer(work, links, addresses.origin(call.origin), shown)


@meltingspot.route(
    "PUT", "/v1/lives/{liveId}", operation="updateLive", tag=TAG, access="service",
    raises=[SessionNotFound, Forbidden, Banned, FeatureDisabled, InvalidState, QuotaExceeded, Conflict],
    statuses={QuotaExceeded: 403},
)  # fmt: skip
async def update_live(
    work: Work, sealing: Sealing, links: Links, addresses: Addresses, call: Call, live_id: Id,
    body: wire.LiveUpdate,
) -> wire.Live:  # fmt: skip
    """Change a live.

    Members that are absent keep their value. Start and solution can be changed until it begins.
    """
    shown = await bridge.update(work, sealing, live_id, body)
    return await bridge.answer(work, links, addresses.origin(call.origin), shown)


@meltingspot.route(
    "DELETE", "/v1/lives/{liveId}", operation="deleteLive", tag=TAG, access="service", status=204,
    raises=[SessionNotFound, Forbidden, Banned, FeatureDisabled, InvalidState, RoomInUse],
    statuses={Conflict: 403},
)  # fmt: skip
async def delete_live(work: Work, live_id: Id) -> None:
    """Remove a live, with its groups and people; not while it runs."""
    await bridge.delete(work, live_id)
