"""Changing an announced session, calling it off, planning it once more."""

from datetime import datetime
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from livehall.core.presets.flags import MEETING, freeze
from livehall.core.presets.model import Preset
from livehall.core.rooms import rules as room_rules
from livehall.core.rooms.model import Room
from livehall.core.sessions import following, ingest, ops, plans, rules, states, store
from livehall.core.sessions.copying import copy_all
from livehall.core.sessions.events import (
    SessionCancelled,
    SessionCreated,
    SessionFacts,
    SessionRescheduled,
    SessionUpdated,
    about,
)
from livehall.core.sessions.faults import InvalidState
from livehall.core.sessions.model import Format, Mode, Provider, Session
from livehall.core.sessions.publishing import publish_all
from livehall.core.sessions.showing import Shown, show_one
from livehall.kernel.addresses import is_web_address
from livehall.kernel.faults import invalid
from livehall.kernel.ids import Id, new_id
from livehall.kernel.work import Work

TOLD = (
    "title", "description", "mode", "external_url", "provider", "format", "scheduled_end_at", "timezone",
    "replay_url",
)  # fmt: skip
"""What clients follow in realtime; the times of one that has not begun are told by `SessionRescheduled`."""


class UpdateSession(msgspec.Struct, frozen=True, kw_only=True):
    """Absent fields stay as they are; None clears. `notify`: whether people are told of another time."""

    title: str | UnsetType = UNSET
    description: str | UnsetType | None = UNSET
    scheduled_start_at: datetime | UnsetType = UNSET
    scheduled_end_at: datetime | UnsetType | None = UNSET
    timezone: str | UnsetType | None = UNSET
    mode: Mode | UnsetType = UNSET
    external_url: str | UnsetType | None = UNSET
    provider: Provider | UnsetType | None = UNSET
    format: Format | UnsetType | None = UNSET
    preset_id: Id | UnsetType | None = UNSET
    replay_url: str | UnsetType | None = UNSET
    publish_recordings: bool | UnsetType | None = UNSET
    chat_enabled: bool | UnsetType | None = UNSET
    recording_enabled: bool | UnsetType | None = UNSET
    participants_visible: bool | UnsetType | None = UNSET
    metadata: dict[str, str] | UnsetType = UNSET
    notify: bool = True


class Duplicate(msgspec.Struct, frozen=True, kw_only=True):
    """A copy with a time of its own; absent: it has none yet. `title`: None keeps the first one's."""

    title: str | None = None
    scheduled_start_at: datetime | None = None
    scheduled_end_at: datetime | None = None


async def update(
    work: Work, session_id: Id, cmd: UpdateSession, expected_revision: int | None = None
) -> Shown:
    """Change what was announced. Start, mode, address and preset only until it begins.

    Raises: SessionNotFound, Forbidden, Conflict, InvalidState, Invalid, QuotaExceeded.
    Emits: SessionUpdated, SessionRescheduled, SessionSettingsChanged; each only for a change.
    """
    session, room = await ops.hold_to_run(work, session_id, expected_revision)
    columns = _columns(session, cmd)
    columns |= await _preset(work, session, room, cmd)
    columns = {name: value for name, value in columns.items() if value != getattr(session, name)}
    _check(session, columns)
    if not columns:
        return await show_one(work, session, room)
    changed = await store.change(work, session.id, columns)
    if session.mode != changed.mode and changed.mode not in ("rtmp", "whip"):
        await ingest.forget(work, session.id)  # its place at the media server follows (`Encoders.reconcile`)
    if (is_public := columns.get("publish_recordings")) is not None:
        await publish_all(work, changed, bool(is_public))
    await _tell(work, session, changed, room, notify=cmd.notify)
    return await show_one(work, await store.get(work, session.id), room)


async def cancel(work: Work, session_id: Id, expected_revision: int | None = None) -> Shown:
    """Call off an announced session; those concerned are told by mail. Harmless when it is called off (C6).

    Raises: SessionNotFound, Forbidden, Conflict, InvalidState. Emits: SessionCancelled.
    """
    session, room = await ops.hold_to_run(work, session_id, expected_revision)
    status = states.advance(session.status, "cancel")
    if status == session.status:
        return await show_one(work, session, room)
    cancelled = await store.change(work, session.id, {"status": status})
    await ingest.forget(work, session.id)
    work.emit(
        SessionCancelled(
            **about(cancelled),
            was=session.status,
            status=status,
            title=cancelled.title,
            started_at=None,
            ended_at=None,
            end_reason=None,
        )
    )
    return await show_one(work, cancelled, room)


async def duplicate(work: Work, session_id: Id, cmd: Duplicate) -> Shown:
    """Plan the same session once more, with its settings, and with the polls and people that go along.

    Raises: SessionNotFound, Forbidden, QuotaExceeded, Invalid. Emits: SessionCreated.
    """
    session, room = await ops.hold_own(work, session_id)
    room_rules.check_may_edit(work.actor, room)
    rules.check_times(cmd.scheduled_start_at, cmd.scheduled_end_at)
    limits = await plans.limits_for(work, room.organization_id)
    plans.check_length(limits, cmd.scheduled_start_at, cmd.scheduled_end_at)
    row = _copy(work, session, cmd)
    if session.is_over:  # its switches stand still since then; the copy goes by the preset as it is now
        preset = await following.chosen(work, room, None)
        row = msgspec.structs.replace(
            row,
            preset_id=preset.id if preset else None,
            preset_snapshot=_snapshot(room, preset),
        )
    row = msgspec.structs.replace(row, plan_limits=limits)
    await store.add(work, row)
    await copy_all(work, session, row)
    work.emit(SessionCreated(**about(row), session=SessionFacts.of(row)))
    return await show_one(work, row, room)


PLAIN = ("description", "timezone", "mode", "external_url", "provider", "format", "replay_url",
         "publish_recordings", "scheduled_start_at", "scheduled_end_at", "metadata")  # fmt: skip
SWITCHES = {
    "chat_enabled": "chat_override",
    "recording_enabled": "recording_override",
    "participants_visible": "participants_override",
}


def _columns(session: Session, cmd: UpdateSession) -> dict[str, object]:
    """What was given, as columns. Raises: Invalid."""
    found: dict[str, object] = {name: value for name in PLAIN if (value := getattr(cmd, name)) is not UNSET}
    if cmd.provider is UNSET and cmd.external_url is not UNSET:
        found["provider"] = rules.provider_of(cmd.external_url) if cmd.external_url else None
    if cmd.title is not UNSET:
        found["title"] = room_rules.clean_title(cmd.title)
    if cmd.mode is not UNSET and cmd.mode != "external":
        found.setdefault("external_url", None)
    for name, column in SWITCHES.items():
        if (value := getattr(cmd, name)) is not UNSET:
            found[column] = value
    if found.get("replay_url") is not None and not is_web_address(str(found["replay_url"])):
        raise invalid("replay_url", "Give an http or https address.")
    if found.get("replay_url") is not None:
        found["has_replay"] = True  # whether recordings have one too is known to `insight`
    if cmd.scheduled_start_at is not UNSET:
        found["begins_at"] = cmd.scheduled_start_at
    return found


async def _preset(work: Work, session: Session, room: Room, cmd: UpdateSession) -> dict[str, object]:
    """Raises: Invalid, for one that the actor may not see (C5)."""
    if cmd.preset_id is UNSET or cmd.preset_id == session.preset_id:
        return {}
    preset = await following.chosen(work, room, cmd.preset_id)
    return {
        "preset_id": preset.id if preset else None,
        "preset_snapshot": _snapshot(room, preset),
    }


def _snapshot(room: Room, preset: Preset | None) -> dict[str, Any] | None:
    """What a session of the room goes by; None is the built-in broadcast."""
    if preset is None:
        return freeze(MEETING) if room.is_meeting else None
    return freeze(preset.switches)


UNTIL_IT_BEGINS = ("scheduled_start_at", "mode", "external_url", "preset_id", "timezone")
UNTIL_IT_ENDS = ("scheduled_end_at", "chat_override", "recording_override", "participants_override")


def _check(session: Session, columns: dict[str, object]) -> None:
    """Whether these may change now, and fit together. Raises: InvalidState, Invalid, QuotaExceeded."""
    if session.status != "scheduled" and any(name in columns for name in UNTIL_IT_BEGINS):
        raise InvalidState("Start, mode, address and preset can be changed until it begins.")
    if session.is_over and any(name in columns for name in UNTIL_IT_ENDS):
        raise InvalidState("The session is over.")
    after = msgspec.structs.replace(session, **columns)
    if any(name in columns for name in ("scheduled_start_at", "scheduled_end_at")):
        rules.check_times(after.scheduled_start_at, after.scheduled_end_at)
        plans.check_length(session.plan_limits, after.scheduled_start_at, after.scheduled_end_at)
    rules.check_labels(after.metadata)
    if "timezone" in columns:
        rules.check_time_zone(after.timezone)
    if "mode" in columns or "external_url" in columns:
        rules.check_external(after.mode, after.external_url)


async def _tell(work: Work, before: Session, after: Session, room: Room, *, notify: bool) -> None:
    """One event for each kind of change; each carries a revision of its own (C23)."""
    revision = after.revision
    said = False

    async def next_one() -> Session:
        nonlocal revision, said
        if said:
            revision = await store.bump(work, after.id)
        said = True
        return msgspec.structs.replace(after, revision=revision)

    is_moved = before.scheduled_start_at != after.scheduled_start_at
    facts = {name: getattr(after, name) for name in TOLD if getattr(after, name) != getattr(before, name)}
    if is_moved:
        facts = {name: value for name, value in facts.items() if name not in ("scheduled_end_at", "timezone")}
        assert after.scheduled_start_at is not None
        work.emit(
            SessionRescheduled(
                **about(await next_one()),
                scheduled_start_at=after.scheduled_start_at,
                scheduled_end_at=after.scheduled_end_at,
                timezone=after.timezone,
                previous_start_at=before.scheduled_start_at,
                notify=notify,
            )
        )
    if rules.settings_of(before, room) != rules.settings_of(after, room):
        following.tell_settings(work, await next_one(), room)
    if facts or not said:
        work.emit(SessionUpdated(**about(await next_one()), changed=facts))


def _copy(work: Work, session: Session, cmd: Duplicate) -> Session:
    return msgspec.structs.replace(
        session,
        id=new_id(),
        created_by=work.actor.account_id,
        title=room_rules.clean_title(cmd.title) if cmd.title is not None else session.title,
        status="scheduled",
        scheduled_start_at=cmd.scheduled_start_at,
        scheduled_end_at=cmd.scheduled_end_at,
        started_at=None,
        ended_at=None,
        end_reason=None,
        media_room=None,
        hls_url=None,
        pinned_id=None,
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
        revision=0,
        created_at=work.now,
        updated_at=work.now,
        deleted_at=None,
        begins_at=cmd.scheduled_start_at or work.now,
        replay_url=None,
        has_replay=False,
        invited=0,
        registrants=0,
        attendees=0,
        no_shows=0,
        attendance_rate=0,
        average_view_s=0,
        replay_views=0,
    )
