"""The demonstration hall of `serve --demo`: an organization, a host, a room, a session to go live in."""

from livehall.cli.accounts import sign_in_link
from livehall.cli.links import DemoLinks
from livehall.core.people import ops as people
from livehall.core.people.model import Person
from livehall.core.rooms import ops as rooms
from livehall.core.rooms.model import Room
from livehall.core.rooms.store import Query as RoomQuery
from livehall.core.sessions import ops as sessions
from livehall.core.sessions.store import Query as SessionQuery
from livehall.engines.sealing import AesGcm
from livehall.kernel.actor import SYSTEM, Actor
from livehall.kernel.work import Work
from livehall.server.database import desk_of
from livehall.server.secrets import load_secrets
from livehall.server.settings import Settings

ORGANIZATION = "Demonstration hall"
HOST = "host@demo.livehall.invalid"  # RFC 2606: nobody has this address
ROOM, SESSION = "Demonstration room", "Try it out"


async def demo_hall(configured: Settings) -> DemoLinks:
    """Make what is missing of the hall; a second call finds it and gives a fresh sign-in link."""
    sealing = AesGcm(load_secrets(configured.data).at_rest_key)
    async with desk_of(configured) as desk:
        async with desk.work(SYSTEM, origin="job") as work:
            where = await people.default_organization(work, ORGANIZATION)
            host = await people.add_member(work, where, HOST, "owner")
        async with desk.work(_as(host), origin="job") as work:
            room = await _room(work, sealing)
            await _session(work, room)
        return DemoLinks(
            sign_in=await sign_in_link(desk, configured, host), room=f"{configured.public_url}/w/{room.id}"
        )


def _as(host: Person) -> Actor:
    return Actor(
        kind="account", id=host.id, organization_id=host.organization_id, role=host.role, name=host.name
    )


async def _room(work: Work, sealing: AesGcm) -> Room:
    found = await rooms.page(work, RoomQuery(mine=True, sort="created_at", limit=1))
    if found.rooms:
        return found.rooms[0].room
    return (await rooms.create(work, sealing, rooms.CreateRoom(title=ROOM))).room


async def _session(work: Work, room: Room) -> None:
    """One that is to come, or on. It is recorded from the moment it goes live."""
    open_ones = SessionQuery(room_id=room.id, statuses=("scheduled", "backstage", "live"), limit=1)
    if not (await sessions.page(work, open_ones)).sessions:
        await sessions.create(
            work, sessions.CreateSession(room_id=room.id, title=SESSION, recording_enabled=True)
        )
