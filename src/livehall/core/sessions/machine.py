"""The transitions of a session, inside one work. The rows are held by the caller (`store.hold`).

Opening has two halves, since the media server has its word in between (architecture, rule 2): `begin` stores
the intent (`backstage` without `media_room`), `confirm` the result with the event, `take_back` leaves all as
it was. A crash between them leaves an intent, which the reconciler finishes.
"""

import msgspec

from livehall.core.presets.flags import freeze
from livehall.core.rooms import store as rooms
from livehall.core.rooms.model import Room
from livehall.core.sessions import ending, fields, plans, rules, states, store
from livehall.core.sessions.events import SessionEnded, SessionStarted, SessionWentLive, about
from livehall.core.sessions.faults import RoomBusy
from livehall.core.sessions.model import EndReason, LiveWish, Session
from livehall.kernel.work import Work


async def begin(work: Work, session: Session, room: Room) -> Session:
    """Take the room for this session; nothing is told yet. Harmless from backstage on (C6).

    Raises: InvalidState, RoomBusy (I1), QuotaExceeded.
    """
    status = states.advance(session.status, "start")
    if status == session.status:
        return session
    if room.active_session_id is not None:
        raise RoomBusy
    await plans.check_may_open(work, session.organization_id)
    limits = await plans.limits_for(work, session.organization_id)  # of now: a plan may have changed since
    await store.note(work, session.id, {"status": status, "plan_limits": limits, "updated_at": work.now})
    await rooms.set_active(work, room.id, session.id, is_live=False)
    return msgspec.structs.replace(session, status=status, plan_limits=limits, updated_at=work.now)


async def confirm(work: Work, session: Session) -> Session:
    """The media room is open. Of several callers the first makes the transition, and its event.

    Emits: SessionStarted.
    """
    if session.status != "backstage" or session.media_room is not None:
        return session
    started = await store.change(
        work, session.id, {"media_room": session.id, "stream_state": "idle", "stream_since": work.now}
    )
    work.emit(
        SessionStarted(
            **about(started),
            was="scheduled",
            status=started.status,
            title=started.title,
            started_at=started.started_at,
            ended_at=started.ended_at,
            end_reason=started.end_reason,
        )
    )
    return started


async def take_back(work: Work, session: Session) -> None:
    """The media server did not follow: the session is planned as before, unless another call got through."""
    if session.status != "backstage" or session.media_room is not None:
        return
    status = states.advance(session.status, "fail")
    await store.note(
        work,
        session.id,
        {"status": status, "goes_live_on": None, "goes_live_until": None, "updated_at": work.now},
    )
    await rooms.set_active(work, session.room_id, None, is_live=False)


async def wish_live(work: Work, session: Session, room: Room, on: LiveWish) -> Session:
    """Go on air with the first source or picture; at once when it is there. Harmless from live on.

    A meeting waits for none: people come in to be its source.

    Emits: SessionWentLive.
    """
    if session.status != "backstage":
        return session
    if room.is_meeting:
        return await go_live(work, session, needs_source=False)
    until = work.now + (fields.FIRST_PICTURE if on == "picture" else fields.GO_LIVE_PATIENCE)
    await store.note(work, session.id, {"goes_live_on": on, "goes_live_until": until})
    session = msgspec.structs.replace(session, goes_live_on=on, goes_live_until=until)
    if session.mode == "external" or rules.may_go_live_by_itself(session, work.now):
        return await go_live(work, session)
    return session


async def go_live(work: Work, session: Session, *, needs_source: bool = True) -> Session:
    """Put it on air. Harmless while live (C6).

    A meeting needs no source: it is on as soon as somebody may come.
    Raises: InvalidState (not in backstage, or without a source). Emits: SessionWentLive.
    """
    status = states.advance(session.status, "go_live")
    if status == session.status:
        return session
    if needs_source:
        rules.check_has_source(session)
    live = await store.change(
        work,
        session.id,
        {
            "status": status,
            "started_at": work.now,
            "begins_at": session.scheduled_start_at or work.now,
            "goes_live_on": None,
            "goes_live_until": None,
        },
    )
    await rooms.set_active(work, session.room_id, session.id, is_live=True)
    work.emit(
        SessionWentLive(
            **about(live),
            was=session.status,
            status=status,
            title=live.title,
            started_at=live.started_at,
            ended_at=live.ended_at,
            end_reason=live.end_reason,
            hls_url=live.hls_url,
            viewer_count=live.viewer_count,
            recording_enabled=rules.settings_of(live).recording_enabled,
        )
    )
    return live


async def end(work: Work, session: Session, reason: EndReason) -> Session:
    """The end itself, whoever wants it. `session` is held. Raises: InvalidState. Emits: SessionEnded."""
    status = states.advance(session.status, "end")
    if status == session.status:
        return session
    await ending.close_all(work, session)
    ended = await store.change(
        work,
        session.id,
        {
            "status": status,
            "ended_at": max(work.now, session.started_at or work.now),
            "end_reason": reason,
            "preset_snapshot": freeze(rules.settings_of(session).preset),
            "stream_state": "idle",
            "stream_since": work.now,
            "programme": {},
            "host_media": {},
            "hls_url": None,
            "goes_live_on": None,
            "goes_live_until": None,
            "viewer_count": 0,
        },
    )
    await rooms.set_active(work, session.room_id, None, is_live=False)
    work.emit(
        SessionEnded(
            **about(ended),
            was=session.status,
            status=status,
            title=ended.title,
            started_at=ended.started_at,
            ended_at=ended.ended_at,
            end_reason=reason,
            media_room=ended.media_room,
        )
    )
    return ended
