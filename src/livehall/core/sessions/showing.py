"""Sessions as an actor may see them."""

import msgspec

from livehall.core.presets import store as presets
from livehall.core.presets.model import Preset
from livehall.core.rooms import ops as rooms
from livehall.core.rooms import store as room_store
from livehall.core.rooms.model import Room
from livehall.core.rooms.ops import Shown as ShownRoom
from livehall.core.sessions import rules, standings
from livehall.core.sessions.model import Session
from livehall.core.sessions.rights import Settings, Standing
from livehall.kernel.work import Work


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A session as the actor may see it; `standing` is the actor's own.

    `preset`: what it goes by, or went by until it was over; also one that is gone by now.
    """

    session: Session
    room: ShownRoom
    standing: Standing
    preset: Preset | None = None

    @property
    def settings(self) -> Settings:
        return rules.settings_of(self.session, self.room.room)

    @property
    def may_count(self) -> bool:
        """Whether the actor may know how many watch."""
        return "viewers.count" in rules.rights_of(self.settings, self.standing)


async def show(work: Work, sessions: list[Session]) -> list[Shown]:
    """Sessions with their rooms, hosts and presets, in a constant number of queries."""
    found = await room_store.by_ids(work, {session.room_id for session in sessions})
    who = await standings.standings(work, sessions, found)
    by_preset = await presets.by_ids(work, {each.preset_id for each in sessions if each.preset_id})
    shown = {each.room.id: each for each in await rooms.show(work, list(found.values()))}
    return [
        Shown(
            session=session,
            room=shown[session.room_id],
            standing=who[session.id],
            preset=by_preset.get(session.preset_id) if session.preset_id else None,
        )
        for session in sessions
    ]


async def show_one(work: Work, session: Session, room: Room, standing: Standing | None = None) -> Shown:
    """`show` for rows that are at hand; the room's mark of what is on follows the session.

    `standing`: the actor's, where it was asked for already.
    """
    if session.is_open:
        room = msgspec.structs.replace(room, active_session_id=session.id, is_live=session.status == "live")
    elif room.active_session_id == session.id:
        room = msgspec.structs.replace(room, active_session_id=None, is_live=False)
    shown = (await rooms.show(work, [room]))[0]
    by_preset = await presets.by_ids(work, {session.preset_id} if session.preset_id else set())
    return Shown(
        session=session,
        room=shown,
        standing=standing or await standings.standing(work, session, room),
        preset=next(iter(by_preset.values()), None),
    )
