"""What the stage asks of the media server: that open connections may publish what their people may.

The word of the database is always read anew, so that a step may be repeated, come late, or be overtaken:
the last one to run leaves each connection with the rights of that moment.
"""

from collections.abc import Collection, Sequence

import msgspec

from livehall.core.audience.reports import holder_of
from livehall.core.audience.scene import name_of, scene
from livehall.core.ports.media import Grant, MediaRooms, MediaToken, Presence
from livehall.core.rooms import store as rooms
from livehall.core.sessions import places
from livehall.core.sessions import rules as session_rules
from livehall.core.sessions import store as sessions
from livehall.core.sessions.faults import InvalidState, SessionNotFound
from livehall.core.sessions.model import Session
from livehall.core.sessions.rights import Settings, Standing, rights_of, settings_of, sources_of
from livehall.core.sessions.standings import of_people
from livehall.core.stage import management, ops
from livehall.core.stage.faults import NotOnStage
from livehall.core.stage.management import AddToStage, Permit
from livehall.core.stage.seating import Member
from livehall.kernel.actor import MEDIA, Actor
from livehall.kernel.ids import Id
from livehall.kernel.work import Desk


class StageToken(msgspec.Struct, frozen=True, kw_only=True):
    grant: Grant
    token: MediaToken


async def add(desk: Desk, media: MediaRooms, actor: Actor, cmd: AddToStage) -> Member:
    """Bring somebody on stage, if the media server answers; their connections follow by reaction.

    Raises: what `management.add` does, MediaUnavailable.
    """
    await _check_answers(desk, media, actor, cmd.session_id)
    async with desk.work(actor) as work:
        return await management.add(work, cmd)


async def permit(desk: Desk, media: MediaRooms, actor: Actor, cmd: Permit) -> Member:
    """Give or take rights, if the media server answers; connections follow by reaction.

    Raises: what `management.permit` does, MediaUnavailable.
    """
    await _check_answers(desk, media, actor, cmd.session_id)
    async with desk.work(actor) as work:
        return await management.permit(work, cmd)


async def token(desk: Desk, media: MediaRooms, actor: Actor, session_id: Id) -> StageToken:
    """A way in that publishes as the seat allows: `u.<account>` (C17). No call is made.

    Raises: SessionNotFound, Banned, NotOnStage, InvalidState, Forbidden.
    """
    async with desk.read(actor) as read:
        at = await scene(read, session_id)
        at.check_not_banned()
        account_id = ops.person(read)
        if not at.standing.is_on_stage and at.standing.role not in ("host", "co_host"):
            raise NotOnStage
        if not at.session.is_open or at.session.media_room is None:
            raise InvalidState("There is no stage now: the session is not in backstage or live.")
        name = await name_of(read, at)
        grant = session_rules.grant_for(at.standing, at.settings, at.session, account_id, nonce="", name=name)
        return StageToken(grant=grant, token=media.token(grant, read.now))


async def settle(
    desk: Desk, media: MediaRooms, session_id: Id, account_ids: Collection[Id] | None = None
) -> None:
    """Give the open connections of these people exactly the rights that they have now.

    None: of all who are on stage, may publish, or have a connection that only staff and the stage may have.
    One of the latter is closed when they are neither any more (C17); a monitor's when they are not staff.
    Raises: MediaUnavailable.
    """
    async with desk.read(MEDIA) as read:
        try:
            session = await sessions.get(read, session_id)
        except SessionNotFound:
            return
    if not session.is_open or session.media_room is None:
        return
    present = await media.present(session.media_room) or ()
    wanted = await _concerned(desk, session, present) if account_ids is None else set(account_ids)
    for each, grant in await _differing(desk, session, present, wanted):
        if grant is None:
            await media.remove(session.media_room, each.identity)
        else:
            await media.permit(grant)


async def end_viewing(desk: Desk, media: MediaRooms, session_id: Id, account_id: Id) -> None:
    """Who came with a stage token has no further use for the connection they watched by (C17).

    Raises: MediaUnavailable.
    """
    present = await media.present(session_id) or ()
    mine = [each.identity for each in present if session_rules.account_of(each.identity) == account_id]
    if f"u.{account_id}" not in mine:
        return
    for identity in mine:
        if not session_rules.is_own_connection(identity):
            await media.remove(session_id, identity)


async def _check_answers(desk: Desk, media: MediaRooms, actor: Actor, session_id: Id) -> None:
    """Nothing is changed when the media server does not answer. Raises: MediaUnavailable, SessionNotFound."""
    async with desk.read(actor) as read:
        at = await scene(read, session_id)
        at.check("stage.manage")
    if at.session.media_room is not None:
        await media.present(at.session.media_room)


async def _differing(
    desk: Desk, session: Session, present: Sequence[Presence], account_ids: set[Id]
) -> list[tuple[Presence, Grant | None]]:
    """Connections whose rights are not those of their people, with the right ones; None: to be closed."""
    async with desk.read(MEDIA) as read:
        room = (await rooms.by_ids(read, {session.room_id})).get(session.room_id)
        if room is None:
            return []
        who = await of_people(read, session, room, account_ids)
    settings = settings_of(session, room)
    found: list[tuple[Presence, Grant | None]] = []
    for each in present:
        account_id = holder_of(each.identity)
        if each.kind != "standard" or account_id not in who:
            continue
        standing = who[account_id]
        if not _may_stay(each.identity, standing):
            found.append((each, None))
        elif session_rules.is_monitor(each.identity):  # publishes nothing, whoever holds it
            continue
        elif (grant := _grant(session, settings, standing, each)) is not None:
            found.append((each, grant))
    return found


def _may_stay(identity: str, standing: Standing) -> bool:
    if session_rules.is_monitor(identity):
        return standing.is_staff
    return standing.is_staff or standing.is_on_stage or not session_rules.is_own_connection(identity)


def _grant(session: Session, settings: Settings, standing: Standing, each: Presence) -> Grant | None:
    """None, when the connection has these rights already."""
    sources = sources_of(rights_of(settings, standing))
    if set(sources) == set(each.publish):
        return None
    return Grant(room=session.id, identity=each.identity, publish=sources, data=bool(sources))


async def _concerned(desk: Desk, session: Session, present: Sequence[Presence]) -> set[Id]:
    async with desk.read(MEDIA) as read:
        seated = {seat.account_id for seat in await places.seats(read, session.id)}
    return seated | {
        account_id
        for each in present
        if (account_id := holder_of(each.identity)) is not None
        and (
            each.publish
            or session_rules.is_own_connection(each.identity)
            or session_rules.is_monitor(each.identity)
        )
    }
