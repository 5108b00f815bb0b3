"""The least valid session in a room of its own, as far as a test wants it."""

from livehall.core.rooms import ops as rooms
from livehall.core.sessions import machine, programme, store
from livehall.core.sessions import ops as sessions
from livehall.core.sessions.model import Session
from livehall.engines.sealing import AesGcm
from livehall.kernel.actor import MEDIA, Actor
from livehall.kernel.work import Desk

SEALING = AesGcm(b"s" * 32)


async def a_session(desk: Desk, host: Actor, **room: object) -> Session:
    """Planned, in a public room unless `room` says otherwise."""
    async with desk.work(host) as work:
        place = await rooms.create(work, SEALING, rooms.CreateRoom(title="Talks", **room))  # type: ignore[arg-type]
        shown = await sessions.create(work, sessions.CreateSession(room_id=place.room.id, title="Evening"))
    return shown.session


async def in_backstage(desk: Desk, host: Actor, **room: object) -> Session:
    session = await a_session(desk, host, **room)
    async with desk.work(host) as work:
        held, place = await store.hold(work, session)
        return await machine.confirm(work, await machine.begin(work, held, place))


async def on_air(desk: Desk, host: Actor, **room: object) -> Session:
    """Live: the host's camera arrives."""
    session = await in_backstage(desk, host, **room)
    async with desk.work(MEDIA) as work:
        camera = [f"PA_{session.id}", f"u.{host.id}", "camera"]
        await programme.seen(work, session.id, {"TR_camera": camera}, work.now)
        held, _ = await store.hold(work, session)
        return await machine.go_live(work, held)


async def end(desk: Desk, session: Session) -> Session:
    async with desk.work(MEDIA) as work:
        held, _ = await store.hold(work, session)
        return await machine.end(work, held, "host")
