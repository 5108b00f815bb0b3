"""Use cases of sessions that the database alone decides. Those that need the media server: `steps`."""

from datetime import datetime
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from livehall.core.people import groups_store as groups
from livehall.core.presets.flags import MEETING, freeze
from livehall.core.presets.model import Preset
from livehall.core.rooms import ops as room_ops
from livehall.core.rooms import rules as room_rules
from livehall.core.rooms import store as room_store
from livehall.core.rooms.events import RoomCreated
from livehall.core.rooms.model import Room
from livehall.core.rooms.removing import at_removal
from livehall.core.sessions import following, ingest, machine, plans, rules, standings, store
from livehall.core.sessions.events import (
    SessionCreated,
    SessionDeleted,
    SessionFacts,
    SessionRescheduled,
    SessionUpdated,
    about,
)
from livehall.core.sessions.faults import InvalidState
from livehall.core.sessions.model import EndReason, Format, Mode, Provider, Session
from livehall.core.sessions.programme import host_media
from livehall.core.sessions.showing import Shown, show, show_one
from livehall.core.sessions.store import Query as Query
from livehall.kernel.faults import Forbidden, check_revision
from livehall.kernel.ids import Id, new_id
from livehall.kernel.work import Work


class CreateSession(msgspec.Struct, frozen=True, kw_only=True):
    room_id: Id
    title: str
    description: str | None = None
    mode: Mode | None = None  # None: as the preset's type says, else `webcam`
    scheduled_start_at: datetime | None = None
    scheduled_end_at: datetime | None = None
    timezone: str | None = None
    external_url: str | None = None
    recording_enabled: bool | None = None
    metadata: dict[str, str] = {}
    preset_id: Id | None = None
    provider: Provider | None = None  # who plays it, where that is not us
    format: Format | None = None
    chat_enabled: bool | None = None
    participants_visible: bool | None = None


class Reschedule(msgspec.Struct, frozen=True, kw_only=True):
    scheduled_start_at: datetime
    scheduled_end_at: datetime | UnsetType | None = UNSET
    timezone: str | UnsetType = UNSET
    notify: bool = True


class ChangeSettings(msgspec.Struct, frozen=True, kw_only=True):
    """None removes an override."""

    chat_enabled: bool | UnsetType | None = UNSET
    stage_enabled: bool | UnsetType | None = UNSET
    max_join_limit: int | UnsetType | None = UNSET
    recording_enabled: bool | UnsetType | None = UNSET
    waiting_room: bool | UnsetType | None = UNSET
    participants_visible: bool | UnsetType | None = UNSET
    question_moderation: bool | UnsetType | None = UNSET


OVERRIDES = {
    "chat_enabled": "chat_override",
    "stage_enabled": "stage_override",
    "max_join_limit": "join_limit_override",
    "recording_enabled": "recording_override",
    "waiting_room": "waiting_override",
    "participants_visible": "participants_override",
    "question_moderation": "moderation_override",
}


class Page(msgspec.Struct, frozen=True, kw_only=True):
    sessions: list[Shown]
    total: int


async def create(work: Work, cmd: CreateSession) -> Shown:
    """Plan a session in a room.

    Raises: RoomNotFound, Forbidden, QuotaExceeded, Invalid. Emits: SessionCreated.
    """
    room = await room_store.keep_own(work, cmd.room_id)
    room_rules.check_may_edit(work.actor, room)
    preset = await following.chosen(work, room, cmd.preset_id)
    limits = await plans.limits_for(work, room.organization_id)
    row = await add(work, room, cmd, preset, limits)
    return await show_one(work, row, room)


async def add(
    work: Work, room: Room, cmd: CreateSession, preset: Preset | None, limits: dict[str, Any] | None
) -> Session:
    """The row and its event; that the actor may have it was checked. `limits`: of the organization's plan.

    Raises: QuotaExceeded, Invalid. Emits: SessionCreated.
    """
    rules.check_times(cmd.scheduled_start_at, cmd.scheduled_end_at)
    rules.check_time_zone(cmd.timezone)
    mode = cmd.mode or (preset.type if preset else "webcam")
    rules.check_external(mode, cmd.external_url)
    rules.check_labels(cmd.metadata)
    plans.check_length(limits, cmd.scheduled_start_at, cmd.scheduled_end_at)
    row = _planned(work, room, cmd, mode, preset, limits)
    await store.add(work, row)
    is_new = any(isinstance(each, RoomCreated) and each.room_id == room.id for each in work.events)
    work.emit(SessionCreated(**about(row), session=SessionFacts.of(row), in_new_room=is_new))
    return row


async def get(work: Work, session_id: Id) -> Shown:
    """Raises: SessionNotFound."""
    return (await show(work, [await store.visible(work, session_id)]))[0]


async def check_visible(work: Work, session_id: Id) -> None:
    """Whether the actor may see it. Raises: SessionNotFound."""
    await store.visible(work, session_id)


async def page(work: Work, query: Query) -> Page:
    """Raises: RoomNotFound, when the list is of a room that the actor may not see."""
    if query.room_id is not None:
        await room_store.visible(work, query.room_id)
    rows, total = await store.page(work, query)
    return Page(sessions=await show(work, rows), total=total)


async def reschedule(
    work: Work, session_id: Id, cmd: Reschedule, expected_revision: int | None = None
) -> Shown:
    """Move a planned session to another time.

    Raises: SessionNotFound, Forbidden, Conflict, InvalidState, Invalid, QuotaExceeded.
    Emits: SessionRescheduled.
    """
    session, room = await hold_to_run(work, session_id, expected_revision)
    rules.check_planned(session)
    rules.check_future(cmd.scheduled_start_at, work.now)
    end = session.scheduled_end_at if cmd.scheduled_end_at is UNSET else cmd.scheduled_end_at
    zone = session.timezone if cmd.timezone is UNSET else cmd.timezone
    rules.check_times(cmd.scheduled_start_at, end)
    rules.check_time_zone(zone)
    plans.check_length(session.plan_limits, cmd.scheduled_start_at, end)
    moved = await store.change(
        work,
        session.id,
        {
            "scheduled_start_at": cmd.scheduled_start_at,
            "scheduled_end_at": end,
            "timezone": zone,
            "begins_at": cmd.scheduled_start_at,
        },
    )
    work.emit(
        SessionRescheduled(
            **about(moved),
            scheduled_start_at=cmd.scheduled_start_at,
            scheduled_end_at=end,
            timezone=zone,
            previous_start_at=session.scheduled_start_at,
            notify=cmd.notify,
        )
    )
    return await show_one(work, moved, room)


async def change_settings(
    work: Work, session_id: Id, cmd: ChangeSettings, expected_revision: int | None = None
) -> Shown:
    """Switch features for one session, at once. Without a change nothing is told.

    Raises: SessionNotFound, Forbidden, Conflict, InvalidState. Emits: SessionSettingsChanged.
    """
    session, room = await hold_to_run(work, session_id, expected_revision)
    if session.is_over:
        raise InvalidState("The session is over.")
    columns = {
        column: value
        for name, column in OVERRIDES.items()
        if (value := getattr(cmd, name)) is not UNSET and value != getattr(session, column)
    }
    if columns:
        session = await store.change(work, session.id, columns)
        following.tell_settings(work, session, room)
    return await show_one(work, session, room)


async def set_host_media(
    work: Work, session_id: Id, *, video: bool | None = None, audio: bool | None = None
) -> None:
    """Tell the audience that the host's camera or microphone went on or off. The media is not touched.

    Raises: SessionNotFound, Forbidden, InvalidState. Emits: HostMediaChanged.
    """
    session, _ = await hold_to_run(work, session_id)
    if not session.is_open:
        raise InvalidState("Nobody watches: the session is not in backstage or live.")
    given = {name: state for name, state in (("video", video), ("audio", audio)) if state is not None}
    await host_media(work, session, {**session.host_media, **given})


async def end(work: Work, session_id: Id, reason: EndReason = "host") -> Shown:
    """End a session for everybody; harmless when it has ended (C6).

    Open rows of other slices close in the same transaction (`ending`, I17); the media room and the
    channels follow after the commit. Raises: SessionNotFound, Forbidden, InvalidState. Emits: SessionEnded.
    """
    session, room = await hold_to_run(work, session_id)
    return await show_one(work, await machine.end(work, session, reason), room)


async def delete(work: Work, session_id: Id) -> None:
    """Remove a session that is not running, softly.

    Raises: SessionNotFound, Forbidden, InvalidState (C7). Emits: SessionDeleted.
    """
    session, room = await hold_own(work, session_id)
    standing = await standings.standing(work, session, room)
    rules.check_right(rules.settings_of(session, room), standing, "session.delete")
    rules.check_may_delete(session)
    await store.note(work, session.id, {"deleted_at": work.now})
    await ingest.forget(work, session.id)
    await groups.unlink_all(work, session.id)
    work.emit(SessionDeleted(**about(session)))


@at_removal
async def delete_in(work: Work, room: Room) -> None:
    """The sessions of a removed room go with it, at the same moment; none is running, and no event tells."""
    await store.remove_in(work, room.id)
    await ingest.forget_in(work, room.id)


def were_made_together(session: Session, room: Room) -> bool:
    """Whether the room was made for the session: in one piece of work, whose time no user writes and no copy
    has.
    """
    return session.created_at == room.created_at


async def delete_with_room(work: Work, session_id: Id) -> None:
    """Remove a session, and its room where that was made for it and has no other one.

    Raises: SessionNotFound, Forbidden, InvalidState, RoomInUse. Emits: SessionDeleted, RoomDeleted.
    """
    shown = await get(work, session_id)
    room = shown.room.room
    await delete(work, session_id)
    if were_made_together(shown.session, room) and not await store.has_sessions(work, room.id):
        await room_ops.delete(work, room.id)


async def hls_changed(work: Work, session_id: Id, hls_url: str | None) -> None:
    """The package of the programme is there, or gone. For the slice that runs outputs.

    Emits: SessionUpdated.
    """
    session, _ = await store.hold(work, await store.get(work, session_id))
    if session.hls_url == hls_url or (hls_url is not None and not session.is_open):
        return
    changed = await store.change(work, session.id, {"hls_url": hls_url})
    work.emit(SessionUpdated(**about(changed), changed={"hls_url": hls_url}))


async def check_may_watch_over(work: Work, session_id: Id) -> Shown:
    """The session, for its staff: health, share links, monitoring. Raises: SessionNotFound, Forbidden."""
    session = await store.own(work, session_id)
    shown = (await show(work, [session]))[0]
    if not shown.standing.is_staff:
        raise Forbidden
    return shown


async def check_may_run(work: Work, session_id: Id) -> Shown:
    """The session, for those who run it. Raises: SessionNotFound, Forbidden."""
    session = await store.own(work, session_id)
    shown = (await show(work, [session]))[0]
    rules.check_right(shown.settings, shown.standing, "session.run")
    return shown


async def hold_own(work: Work, session_id: Id) -> tuple[Session, Room]:
    """Both rows, held, of the actor's organization. Raises: SessionNotFound."""
    return await store.hold(work, await store.own(work, session_id))


async def hold_to_run(
    work: Work, session_id: Id, expected_revision: int | None = None
) -> tuple[Session, Room]:
    """Both rows, held, for one who may run the session. Raises: SessionNotFound, Forbidden, Conflict."""
    session, room = await hold_own(work, session_id)
    standing = await standings.standing(work, session, room)
    rules.check_right(rules.settings_of(session, room), standing, "session.run")
    check_revision(session.revision, expected_revision)
    return session, room


def _planned(
    work: Work,
    room: Room,
    cmd: CreateSession,
    mode: Mode,
    preset: Preset | None,
    limits: dict[str, Any] | None,
) -> Session:
    return Session(
        id=new_id(),
        organization_id=room.organization_id,
        room_id=room.id,
        created_by=work.actor.account_id,
        title=room_rules.clean_title(cmd.title),
        description=cmd.description,
        status="scheduled",
        mode=mode,
        scheduled_start_at=cmd.scheduled_start_at,
        scheduled_end_at=cmd.scheduled_end_at,
        timezone=cmd.timezone,
        started_at=None,
        ended_at=None,
        end_reason=None,
        preset_id=preset.id if preset else None,
        preset_snapshot=freeze(preset.switches if preset else MEETING) if preset or room.is_meeting else None,
        chat_override=cmd.chat_enabled,
        stage_override=None,
        join_limit_override=None,
        recording_override=cmd.recording_enabled,
        waiting_override=None,
        external_url=cmd.external_url,
        media_room=None,
        hls_url=None,
        goes_live_on=None,
        goes_live_until=None,
        programme={},
        host_media={},
        stream_state="idle",
        stream_since=None,
        interrupted_at=None,
        interruptions=0,
        viewer_count=0,
        max_viewers=0,
        metadata=cmd.metadata,
        revision=0,
        created_at=work.now,
        updated_at=work.now,
        deleted_at=None,
        plan_limits=limits,
        begins_at=cmd.scheduled_start_at or work.now,
        provider=cmd.provider or (rules.provider_of(cmd.external_url) if cmd.external_url else None),
        format=cmd.format,
        participants_override=cmd.participants_visible,
    )
