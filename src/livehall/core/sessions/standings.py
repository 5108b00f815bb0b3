"""Who somebody is in a session: the room's host, an administrator, what they were appointed to, on stage.

What a standing may do is in `rights`. Asked of the database each time: nothing that was signed or cached
says who somebody is now (threat 4). Who is banned is a viewer without rights, whatever else they were.
"""

import contextlib
from collections.abc import Collection, Mapping, Sequence

import msgspec

from livehall.core.participants import store as participants
from livehall.core.participants.model import Participant, ParticipantRole, Registration, Rsvp
from livehall.core.people import store as people
from livehall.core.people.model import Person
from livehall.core.people.rules import digest
from livehall.core.rooms import store as rooms_store
from livehall.core.rooms.model import Room
from livehall.core.sessions import bans, places, standings_store, store
from livehall.core.sessions.faults import SessionNotFound
from livehall.core.sessions.model import Session
from livehall.core.sessions.rights import Standing, standing_of
from livehall.core.sessions.standings_store import Holds, Met
from livehall.kernel.actor import Actor
from livehall.kernel.db import Duplicate, Statement
from livehall.kernel.ids import Id
from livehall.kernel.work import Work


async def meet(
    work: Work, statement: Statement[Met], session_id: Id
) -> tuple[Session, Room, Standing, str | None]:
    """A session that the actor may see, its room, their standing there, and the text that was asked for.

    One question for plain viewers; for others those of `standings`. Raises: SessionNotFound.
    """
    found = await standings_store.met(work, statement, session_id)
    if found is None:
        raise SessionNotFound
    session, room, holds, text = found
    who = (await standings(work, [session], {room.id: room}, holds=holds))[session.id]
    return session, room, who, text


async def standing(work: Work, session: Session, room: Room, actor: Actor | None = None) -> Standing:
    """The actor's standing (the work's own, unless another is given)."""
    return (await standings(work, [session], {room.id: room}, actor))[session.id]


async def of_account(work: Work, session: Session, account_id: Id, device_key: str | None = None) -> Standing:
    """Of somebody who does not act now: known by account, and by the device if that is known.

    Raises: SessionNotFound.
    """
    room = (await rooms_store.by_ids(work, {session.room_id})).get(session.room_id)
    if room is None:
        raise SessionNotFound
    return await standing(work, session, room, await somebody(work, session, account_id, device_key))


async def standing_in(work: Work, session_id: Id, account_id: Id) -> tuple[Session, Standing]:
    """A session, and who somebody is there who does not act now. Raises: SessionNotFound."""
    session = await store.get(work, session_id)
    return session, await of_account(work, session, account_id)


async def somebody(work: Work, session: Session, account_id: Id, device_key: str | None = None) -> Actor:
    """Who does not act now, as they are in the session's organization at this moment."""
    person = await people.person(work, account_id, session.organization_id)
    actor = _actor(account_id, person if person and person.is_active else None)
    return msgspec.structs.replace(actor, visitor_key=device_key)


async def is_kept_out(work: Work, session_id: Id, account_id: Id | None, device_key: str | None) -> bool:
    """Whether a ban holds against somebody who does not act now; one query for those without any.

    Raises: SessionNotFound.
    """
    if account_id is None or not await bans.against(work, {session_id}, account_id, device_key):
        return False
    session = await store.get(work, session_id)
    return (await of_account(work, session, account_id, device_key)).is_banned


async def standings(
    work: Work,
    sessions: Sequence[Session],
    rooms: Mapping[Id, Room],
    actor: Actor | None = None,
    *,
    holds: Holds | None = None,
) -> dict[Id, Standing]:
    """For each of many sessions, in at most four queries. Hosts and administrators need none.

    `holds`: what is known already of all these sessions together.
    """
    actor = actor or work.actor
    plain = {each.id: standing_of(actor, rooms[each.room_id]) for each in sessions}
    others = {each.id for each in sessions if not plain[each.id].is_owner}
    if actor.account_id is None or not others:
        return plain
    scopes = others | {each.room_id for each in sessions if each.id in others}
    person = actor.account_id
    has_bans, has_roles, has_seats = holds or await standings_store.whatever_holds(
        work, others, scopes, actor
    )
    kept_out = await bans.against(work, others, person, actor.visitor_key) if has_bans else {}
    roles = await participants.roles(work, scopes, person, actor.member_of) if has_roles else {}
    seats = await places.of_person(work, others, person) if has_seats else {}
    for each in sessions:
        if each.id in others:
            seat = seats.get(each.id)
            plain[each.id] = standing_of(
                actor,
                rooms[each.room_id],
                _narrowest(roles, each),
                seat.place if seat else None,
            )
        if (ban := kept_out.get(each.id)) is not None:
            is_spared = ban.account_id != actor.account_id and plain[each.id].is_staff
            plain[each.id] = plain[each.id] if is_spared else BANNED
    return plain


class Expectation(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody registered for and answered; `has_link`: came with a personal link that holds."""

    registration: Registration | None = None
    rsvp: Rsvp | None = None
    has_link: bool = False


async def expectation(
    work: Work, session: Session, room: Room, access_token: str | None = None
) -> Expectation:
    """Of the actor: what is said for the session comes before what is said for its room.

    A guest who comes with the link of somebody without account is that person from now on. A link gives no
    more than entry: who helps to run the session signs in.
    """
    actor, has_link = work.actor, False
    if access_token is not None:
        row = await participants.by_access(work, digest(access_token))
        has_link = row is not None and row.is_expected
        has_link = has_link and row is not None and row.scope_id in (session.id, room.id)
        if has_link and row is not None and actor.account_id is not None and actor.is_guest:
            await _bind(work, row, actor.account_id)
    if actor.account_id is None:
        return Expectation(has_link=has_link)
    found = {
        scope_id: (registration, rsvp)
        for scope_id, registration, rsvp in await participants.expectations(
            work, {session.id, room.id}, actor.account_id, actor.member_of
        )
    }
    narrow, wide = found.get(session.id, (None, None)), found.get(room.id, (None, None))
    return Expectation(registration=narrow[0] or wide[0], rsvp=narrow[1] or wide[1], has_link=has_link)


async def _bind(work: Work, row: Participant, account_id: Id) -> None:
    if row.account_id is None and row.role not in ("co_host", "moderator"):
        with contextlib.suppress(Duplicate):
            await participants.bind(work, row.id, account_id)


BANNED = Standing(role="viewer", is_banned=True)


async def of_people(
    work: Work, session: Session, room: Room, account_ids: Collection[Id]
) -> dict[Id, Standing]:
    """Of many people in one session, whoever asks; in three queries. Bans are not looked at."""
    wanted = set(account_ids)
    if not wanted:
        return {}
    known = await people.people(work, wanted, session.organization_id)
    roles: dict[Id, dict[Id, ParticipantRole]] = {account_id: {} for account_id in wanted}
    for scope_id, account_id, role, by_address in await participants.roles_of(
        work, {session.id, room.id}, wanted
    ):
        person = known.get(account_id)
        if not by_address or (person is not None and not person.is_guest):  # guests choose their address
            roles[account_id][scope_id] = role
    seats = {seat.account_id: seat.place for seat in await places.seats(work, session.id)}
    return {
        account_id: standing_of(
            _actor(account_id, known.get(account_id)),
            room,
            _narrowest(roles[account_id], session),
            seats.get(account_id),
        )
        for account_id in wanted
    }


def _actor(account_id: Id, person: Person | None) -> Actor:
    """Somebody who does not call; one of another organization is a guest here."""
    if person is None:
        return Actor(kind="account", id=account_id, is_guest=True)
    return Actor(
        kind="account",
        id=account_id,
        organization_id=person.organization_id,
        role=person.role,
        is_guest=person.is_guest,
    )


def _narrowest(roles: Mapping[Id, ParticipantRole], session: Session) -> ParticipantRole | None:
    """Of the session before that of the room."""
    return roles.get(session.id) or roles.get(session.room_id)
