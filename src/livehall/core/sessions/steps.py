"""Use cases that owe the caller the media server's word (architecture, rule 2): check and store the intent;
call the server outside any transaction; store the result, or take the intent back and answer 502.

A crash after the intent is finished by `reconciler`.
"""

import secrets

import msgspec

from livehall.core.ports.media import Grant, MediaRooms, MediaToken, MediaUnavailable
from livehall.core.rooms.model import Room
from livehall.core.sessions import machine, ops, programme, rules, standings, store
from livehall.core.sessions.encoders import Encoders
from livehall.core.sessions.faults import InvalidState, RoomBusy
from livehall.core.sessions.ingest import EncoderAddress
from livehall.core.sessions.model import LiveWish, Session
from livehall.core.sessions.ops import hold_own
from livehall.core.sessions.showing import Shown, show_one
from livehall.kernel.actor import Actor
from livehall.kernel.db import Duplicate
from livehall.kernel.faults import Forbidden
from livehall.kernel.ids import Id
from livehall.kernel.work import Desk, Work


class Start(msgspec.Struct, frozen=True, kw_only=True):
    session_id: Id
    go_live: bool = False


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """A session in backstage or live, with the caller's own way into its media room."""

    shown: Shown
    grant: Grant
    token: MediaToken
    encoder: EncoderAddress | None = None  # of modes that take one; told to the host alone


async def start(
    desk: Desk, media: MediaRooms, actor: Actor, cmd: Start, encoders: Encoders | None = None
) -> Opened:
    """Open the backstage; with `go_live`, on air as soon as a source is there.

    Without `encoders` only sessions start that need none.

    Raises: SessionNotFound, Forbidden, InvalidState, RoomBusy, QuotaExceeded, MediaUnavailable,
    IngestUnavailable.
    Emits: SessionStarted, SessionWentLive.
    """
    return await _open(
        desk, media, actor, cmd.session_id, "source" if cmd.go_live else None, encoders=encoders
    )


async def start_webcam(desk: Desk, media: MediaRooms, actor: Actor, session_id: Id) -> Opened:
    """Open the backstage; on air with the first picture within 60 s (C18).

    Raises: SessionNotFound, Forbidden, InvalidState (also: another mode), RoomBusy, QuotaExceeded,
    MediaUnavailable. Emits: SessionStarted, SessionWentLive.
    """
    async with desk.read(actor) as read:
        shown = await ops.check_may_run(read, session_id)
    if shown.session.mode != "webcam":
        raise InvalidState("Only a session of mode `webcam` starts with the browser's camera.")
    return await _open(desk, media, actor, session_id, "picture")


async def go_live(
    desk: Desk, media: MediaRooms, actor: Actor, session_id: Id, encoders: Encoders | None = None
) -> Opened:
    """Put a session on air: from backstage with a source, or from the plan for mode `external`.

    The media server is asked when no report of a source has come yet, since reports may be late or lost.
    Raises: SessionNotFound, Forbidden, InvalidState, RoomBusy, QuotaExceeded, MediaUnavailable.
    Emits: SessionWentLive.
    """
    async with desk.read(actor) as read:
        session = (await ops.check_may_run(read, session_id)).session
    if session.mode == "external" and session.status == "scheduled":
        return await _open(desk, media, actor, session_id, "source")
    if session.status == "backstage" and session.mode != "external" and session.stream_state != "active":
        present = await media.present(session.id)
        async with desk.work(actor) as work:
            found = await programme.of_present(work, session_id, present or ())
            await programme.seen(work, session_id, found, work.now)
    async with desk.work(actor) as work:
        held, room = await _running(work, session_id)
        live = await machine.go_live(work, held)
        shown = await show_one(work, live, room)
        return await _opened(work, shown, media, actor, encoders)


async def monitor(desk: Desk, media: MediaRooms, actor: Actor, session_id: Id) -> Opened:
    """A way in for staff that nobody sees. Raises: SessionNotFound, Forbidden, InvalidState."""
    async with desk.read(actor) as read:
        shown = await ops.check_may_watch_over(read, session_id)
        if not shown.session.is_open:
            raise InvalidState("There is nothing to watch: the session is not in backstage or live.")
        assert actor.account_id is not None, "staff have accounts"
        grant = rules.monitor_grant(shown.session, actor.account_id, nonce=secrets.token_hex(8))
        return Opened(shown=shown, grant=grant, token=media.token(grant, read.now))


async def _running(work: Work, session_id: Id) -> tuple[Session, Room]:
    """Both rows, held, for one who may run the session. Raises: SessionNotFound, Forbidden."""
    session, room = await hold_own(work, session_id)
    standing = await standings.standing(work, session, room)
    rules.check_right(rules.settings_of(session, room), standing, "session.run")
    return session, room


async def _opened(
    work: Work, shown: Shown, media: MediaRooms, actor: Actor, encoders: Encoders | None
) -> Opened:
    if actor.account_id is None:
        raise Forbidden("Only a person can be on air; sign in with an account.")
    grant = rules.grant_for(
        shown.standing, shown.settings, shown.session, actor.account_id, nonce="", name=actor.name
    )
    encoder = await encoders.address(work, shown) if encoders is not None else None
    return Opened(shown=shown, grant=grant, token=media.token(grant, work.now), encoder=encoder)


async def _open(
    desk: Desk,
    media: MediaRooms,
    actor: Actor,
    session_id: Id,
    wish: LiveWish | None,
    *,
    encoders: Encoders | None = None,
) -> Opened:
    try:
        async with desk.work(actor) as work:
            session, room = await _running(work, session_id)
            if encoders is None:
                rules.check_has_ingest(session)
            session = await machine.begin(work, session, room)
    except Duplicate as error:
        raise RoomBusy from error
    if session.media_room is None:
        await open_media_room(desk, media, actor, session_id, encoders)
    async with desk.work(actor) as work:
        session, room = await _running(work, session_id)
        if not session.is_open or session.media_room is None:
            raise InvalidState(f"The session is {session.status} by now.")
        if wish is not None:
            session = await machine.wish_live(work, session, room, wish)
        return await _opened(work, await show_one(work, session, room), media, actor, encoders)


async def open_media_room(
    desk: Desk, media: MediaRooms, actor: Actor, session_id: Id, encoders: Encoders | None = None
) -> None:
    """The middle and the end of a start; also what finishes one that a crash cut off.

    Raises: MediaUnavailable, when the intent has been taken back; InvalidState. Emits: SessionStarted.
    """
    async with desk.read(actor) as read:
        planned = await store.get(read, session_id)
    made = None
    try:
        await media.open(session_id)
        if encoders is not None:
            made = await encoders.open(planned)
    except MediaUnavailable:
        async with desk.work(actor) as work:
            session, _ = await store.hold(work, await store.get(work, session_id))
            await machine.take_back(work, session)
        raise
    async with desk.work(actor) as work:
        session, _ = await store.hold(work, await store.get(work, session_id))
        if encoders is not None and session.is_open:
            await encoders.keep(work, session, made)
        await machine.confirm(work, session)
    if not session.is_open:  # ended, or taken back by another call, while the server was asked
        if encoders is not None and made is not None:
            await encoders.close(session_id)
        await media.close(session_id)
        raise InvalidState(f"The session is {session.status} by now.")
