"""What arrives from the host, the stage and encoders: the programme of a session.

Media reports come late, twice or not at all, so the tracks themselves are noted (`session.programme`), and
the state of the stream and what the host sends are computed from them. The reconciler gives the whole set
(`seen`), reports give single tracks; each is harmless when repeated.

A source that arrives takes a session live whose start asked for it (C18).
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import msgspec

from livehall.core.ports.media import Presence
from livehall.core.rooms.model import Room
from livehall.core.sessions import machine, pinning, places, rules, states, store
from livehall.core.sessions.events import HostMediaChanged, StreamStateChanged, about
from livehall.core.sessions.model import Session
from livehall.kernel.ids import Id
from livehall.kernel.work import Work

Programme = dict[str, list[str]]  # track sid → [participant sid, identity, source]


class ReportedTrack(msgspec.Struct, frozen=True, kw_only=True):
    """A track as the media server tells of it; `source` is camera, microphone, screen_share, …"""

    sid: str
    participant_sid: str
    identity: str
    source: str
    kind: str = "standard"  # of the participant: standard, ingress, …


async def track_published(work: Work, session_id: Id, track: ReportedTrack, at: datetime) -> None:
    """A track began. What is not the programme (viewers, monitors) changes nothing.

    Emits: StreamStateChanged, HostMediaChanged, SessionWentLive.
    """
    if not rules.is_programme(track.identity, track.kind, await _seated(work, session_id)):
        return
    session, room = await _hold(work, session_id)
    entry = [track.participant_sid, track.identity, track.source]
    await _apply(work, session, room, {**session.programme, track.sid: entry}, at)


async def track_unpublished(work: Work, session_id: Id, track_sid: str, at: datetime) -> None:
    """A track is gone. Emits: StreamStateChanged, HostMediaChanged, SessionArranged (it was the last of who
    was pinned without a seat).
    """
    session, room = await _hold(work, session_id)
    left = {sid: entry for sid, entry in session.programme.items() if sid != track_sid}
    await _apply(work, session, room, left, at)


async def participant_gone(work: Work, session_id: Id, participant_sid: str, at: datetime) -> None:
    """A connection is gone, and its tracks with it.

    Emits: StreamStateChanged, HostMediaChanged, SessionArranged (as `track_unpublished`).
    """
    session, room = await _hold(work, session_id)
    left = {sid: entry for sid, entry in session.programme.items() if entry[0] != participant_sid}
    await _apply(work, session, room, left, at)


async def seen(
    work: Work, session_id: Id, programme: Programme, at: datetime, known: Programme | None = None
) -> None:
    """Exactly these tracks are there now (the media server's list).

    `known`: what was noted before the server was asked; where a report came meanwhile, it is newer than the
    list, and the list is left aside. Emits: StreamStateChanged, HostMediaChanged, SessionArranged,
    SessionWentLive.
    """
    session, room = await _hold(work, session_id)
    if known is not None and known != session.programme:
        return
    await _apply(work, session, room, programme, at)


async def of_present(work: Work, session_id: Id, present: Sequence[Presence]) -> Programme:
    """The programme's tracks among those who are connected."""
    return programme_of(present, await _seated(work, session_id))


def programme_of(present: Sequence[Presence], seated: Collection[Id] = ()) -> Programme:
    """The same when it is known who is `seated` on stage."""
    return {
        track.sid: [presence.sid, presence.identity, track.source]
        for presence in present
        if rules.is_programme(presence.identity, presence.kind, seated)
        for track in presence.tracks
    }


async def encoder_came(work: Work, session_id: Id, at: datetime) -> None:
    """It pushes; its tracks are told of by themselves. Emits: StreamStateChanged."""
    session, _ = await _hold(work, session_id)
    state = states.stream_after(session.stream_state, "connect")
    if session.is_open and state != session.stream_state:
        since = min(at, work.now)
        session = await store.change(work, session.id, {"stream_state": state, "stream_since": since})
        work.emit(StreamStateChanged(**about(session), stream_state=state, since=since))


async def encoder_gone(work: Work, session_id: Id, at: datetime) -> None:
    """It pushes no longer; a host's camera may go on. Emits: StreamStateChanged."""
    session, _ = await _hold(work, session_id)
    await _follow(work, session, is_there=bool(session.programme), at=at)


async def source_active(work: Work, session_id: Id, at: datetime) -> None:
    """A source is there that tells no tracks. Emits: StreamStateChanged, SessionWentLive."""
    session, _ = await _hold(work, session_id)
    await _follow(work, session, is_there=True, at=at)


async def source_gone(work: Work, session_id: Id, at: datetime) -> None:
    """Nothing arrives any more (the media room is finished).

    Emits: StreamStateChanged, HostMediaChanged, SessionArranged.
    """
    session, room = await _hold(work, session_id)
    await _apply(work, session, room, {}, at)


async def host_media(work: Work, session: Session, media: Mapping[str, bool]) -> Session:
    """Note what the host sends, when it differs. `session` is held. Emits: HostMediaChanged."""
    video, audio, screen = (media.get(name, False) for name in ("video", "audio", "screen"))
    full = {"video": video, "audio": audio, "screen": screen}
    if {name: session.host_media.get(name, False) for name in full} == full:
        return session
    changed = await store.change(work, session.id, {"host_media": full})
    work.emit(HostMediaChanged(**about(changed), video=video, audio=audio, screen=screen))
    return changed


async def _seated(work: Work, session_id: Id) -> frozenset[Id]:
    return frozenset(seat.account_id for seat in await places.seats(work, session_id))


async def _hold(work: Work, session_id: Id) -> tuple[Session, Room]:
    return await store.hold(work, await store.get(work, session_id))


async def _apply(work: Work, session: Session, room: Room, programme: Programme, at: datetime) -> None:
    if not session.is_open or session.media_room is None:
        return
    if programme != session.programme:
        before = rules.host_media_of(session.programme, room.host_id)
        after = rules.host_media_of(programme, room.host_id)
        await store.note(work, session.id, {"programme": programme})
        session = msgspec.structs.replace(session, programme=programme)
        if before != after:  # else what the host said by `host-video` holds
            session = await host_media(work, session, after)
    await _follow(work, session, is_there=bool(programme), at=at)
    await pinning.unpin_absent(work, session)


async def _follow(work: Work, session: Session, *, is_there: bool, at: datetime) -> None:
    """The stream's state, and the session's where its start asked for it."""
    if not session.is_open:
        return
    state = states.stream_after(session.stream_state, "arrive" if is_there else "stop")
    if state == "interrupted" and session.status == "backstage":
        state = "idle"
    if state != session.stream_state:
        since = min(at, work.now)
        columns: dict[str, object] = {"stream_state": state, "stream_since": since}
        if state == "interrupted":
            columns |= {"interrupted_at": since, "interruptions": session.interruptions + 1}
        session = await store.change(work, session.id, columns)
        work.emit(StreamStateChanged(**about(session), stream_state=state, since=since))
    if rules.may_go_live_by_itself(session, work.now):
        await machine.go_live(work, session)
