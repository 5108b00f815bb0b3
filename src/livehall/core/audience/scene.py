"""A session as one person meets it: the rows, what holds in it, and who they are there."""

import msgspec
from msgspec import UNSET, UnsetType

from livehall.core.audience import store
from livehall.core.rooms import store as rooms
from livehall.core.rooms.model import Room
from livehall.core.sessions.faults import Banned, SessionNotFound
from livehall.core.sessions.model import Session
from livehall.core.sessions.rights import Settings, Standing, check_right, settings_of
from livehall.core.sessions.standings import meet, standing
from livehall.core.sessions.standings_store import meeting
from livehall.kernel.actor import Actor
from livehall.kernel.faults import Forbidden, Unauthenticated
from livehall.kernel.ids import Id
from livehall.kernel.work import Work

MEETING = meeting(store.ADMITTED_AS_CLAUSE.scalar_subquery())


class NotJoined(Forbidden):
    message = "Join the session first."


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    session: Session
    room: Room
    settings: Settings
    standing: Standing
    name: str | UnsetType | None = UNSET
    """How the work's actor is called here, None for one who was not admitted; unset where nobody asked."""

    def check(self, right: str) -> None:
        """Raises: Banned, FeatureDisabled, Forbidden."""
        check_right(self.settings, self.standing, right)

    def check_not_banned(self) -> None:
        """For what needs no right, and yet is not for strangers (C16). Raises: Banned."""
        if self.standing.is_banned:
            raise Banned


def person_of(actor: Actor) -> str:
    """The person behind a caller: the account, else the device. Raises: Unauthenticated."""
    key = actor.account_id or actor.visitor_key
    if key is None:
        raise Unauthenticated
    return key


async def scene(work: Work, session_id: Id) -> Scene:
    """The session, if the actor may see it. Raises: SessionNotFound."""
    session, room, standing, name = await meet(work, MEETING, session_id)
    return Scene(
        session=session, room=room, settings=settings_of(session, room), standing=standing, name=name
    )


async def scene_of(work: Work, session: Session, actor: Actor | None = None) -> Scene:
    """The same for a session that was found already, and another actor, if given. Raises: SessionNotFound."""
    room = (await rooms.by_ids(work, {session.room_id})).get(session.room_id)
    if room is None:
        raise SessionNotFound
    return Scene(
        session=session,
        room=room,
        settings=settings_of(session, room),
        standing=await standing(work, session, room, actor),
    )


async def name_of(work: Work, scene: Scene) -> str:
    """How the actor is called in this session; staff is within always, others once they were admitted.

    Raises: Banned, NotJoined.
    """
    scene.check_not_banned()
    person, name = person_of(work.actor), scene.name
    if name is UNSET:
        name = await store.admitted_as(work, scene.session.id, person)
    if name is None and not scene.standing.is_staff:
        raise NotJoined
    return name or work.actor.name
