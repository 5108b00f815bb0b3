"""Which preset a session goes by: chosen when it is planned, followed until it is over."""

from sqlalchemy import bindparam, select, update

from livehall.core.presets import store as presets
from livehall.core.presets.faults import PresetInUse, PresetNotFound
from livehall.core.presets.flags import freeze
from livehall.core.presets.following import follows
from livehall.core.presets.model import Preset
from livehall.core.rooms import store as room_store
from livehall.core.rooms.model import Room
from livehall.core.sessions import rights, store
from livehall.core.sessions.events import SessionSettingsChanged, about
from livehall.core.sessions.model import Session, session
from livehall.kernel.db import Command, Instant, Json, Key, Statement, any_of
from livehall.kernel.faults import invalid
from livehall.kernel.ids import Id
from livehall.kernel.work import Work

OF_PRESET = session.c.preset_id == bindparam("followed", type_=Key)
OPEN = Statement(
    select(session).where(
        OF_PRESET, session.c.status.in_(("backstage", "live")), session.c.deleted_at.is_(None)
    ),
    Session,
)
PLANNED = (OF_PRESET, session.c.status == "scheduled")
ROOMS = Statement(select(session.c.room_id).where(*PLANNED).distinct(), str)
FOLLOW = Command(
    update(session)
    .where(*PLANNED, any_of(session.c.room_id, "room_ids"))
    .values(
        preset_id=bindparam("new_preset_id", type_=Key),
        preset_snapshot=bindparam("snapshot", type_=Json),
        revision=session.c.revision + 1,
        updated_at=bindparam("moment", type_=Instant),
    )
)


async def chosen(work: Work, room: Room, preset_id: Id | None) -> Preset | None:
    """The one named, else the room's, else the host's default; None is the built-in one.

    Raises: Invalid, for one that the actor may not see (C5).
    """
    if preset_id is not None:
        try:
            return await presets.usable(work, preset_id, room.library_id)
        except PresetNotFound as error:
            raise invalid("preset_id", "There is no preset with this id that you may see.") from error
    if room.default_preset_id is not None:
        found = (await presets.by_ids(work, {room.default_preset_id})).get(room.default_preset_id)
        if found is not None and found.deleted_at is None:
            return found
    if room.is_meeting:  # a host's default is made for broadcasts
        return None
    return await presets.default_of(work, room.organization_id, room.host_id, room.library_id)


@follows
async def follow(work: Work, preset: Preset) -> None:
    """Sessions that are not over take a changed preset on at once; of a removed one, those to come what they
    would have had without it: their room's, else their host's default, since nobody's personal preset becomes
    another one's.

    Raises: PresetInUse. Emits: SessionSettingsChanged.
    """
    open_sessions = await work.db.all(OPEN, followed=preset.id)
    if preset.deleted_at is not None and open_sessions:
        raise PresetInUse
    rooms = await work.db.all(ROOMS, followed=preset.id)
    if preset.deleted_at is None:
        await _planned_take(work, preset, preset, rooms)
    else:
        for room in (await room_store.by_ids(work, set(rooms))).values():
            await _planned_take(work, preset, await chosen(work, room, None), [room.id])
    snapshot = freeze(preset.switches)
    for each in open_sessions:
        held, room = await store.hold(work, each)
        if held.is_open and held.preset_id == preset.id:
            changed = await store.change(work, held.id, {"preset_snapshot": snapshot})
            tell_settings(work, changed, room)


async def _planned_take(work: Work, followed: Preset, preset: Preset | None, rooms: list[Id]) -> None:
    await work.db.run(
        FOLLOW,
        followed=followed.id,
        room_ids=rooms,
        new_preset_id=preset.id if preset else None,
        snapshot=freeze(preset.switches) if preset else None,
        moment=work.now,
    )


def tell_settings(work: Work, session: Session, room: Room) -> None:
    """Say what holds in a session from now on. Emits: SessionSettingsChanged."""
    settings = rights.settings_of(session, room)
    work.emit(
        SessionSettingsChanged(
            **about(session),
            effective_chat_enabled=settings.chat_enabled,
            effective_stage_enabled=settings.stage_enabled,
            effective_max_join_limit=settings.max_join_limit,
            effective_question_moderation=settings.question_moderation,
            permissions={
                role: rights.permissions(settings, standing) for role, standing in rights.ROLES.items()
            },
        )
    )
