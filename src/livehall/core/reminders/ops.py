"""Use cases of reminders: say what one wants to be told, and stop it."""

import base64
import binascii
from datetime import datetime

import msgspec

from livehall.core.ports.sealing import Sealing
from livehall.core.reminders import planning, rules, store
from livehall.core.reminders.faults import NoSuchLink
from livehall.core.reminders.model import Follow, Wish
from livehall.core.rooms import store as rooms
from livehall.kernel.faults import Unauthenticated
from livehall.kernel.ids import Id
from livehall.kernel.work import Work

LINK = "unsubscribe"  # the purpose that a link is sealed for
LONGEST_LINK = 400  # characters


class Subscribe(msgspec.Struct, frozen=True, kw_only=True):
    """None: the default."""

    room_id: Id
    channels: list[str] | None = None
    lead_times: list[int] | None = None
    language: str | None = None  # a BCP 47 tag


class Status(msgspec.Struct, frozen=True, kw_only=True):
    room_id: Id
    wish: Wish | None
    since: datetime | None


async def subscribe(work: Work, cmd: Subscribe) -> Status:
    """Be told about a room's sessions; replaces what was asked for before.

    Raises: RoomNotFound, Invalid.
    """
    account_id = _account(work)
    await rooms.visible(work, cmd.room_id)
    room = await rooms.hold(work, cmd.room_id)
    account = await store.account_of(work, account_id)
    has_address = account is not None and account.email is not None
    wish = rules.wish_of(cmd.channels, cmd.lead_times, has_address=has_address, language=cmd.language)
    await store.wish(work, account_id, room, wish)
    follow = await store.get(work, account_id, room.id)
    assert follow is not None, "written by this work"
    await planning.plan_follower(work, room, follow)
    return _status(room.id, follow)


async def unsubscribe(work: Work, room_id: Id) -> None:
    """Not to be told any more; harmless without a subscription.

    Raises: RoomNotFound.
    """
    account_id = _account(work)
    follow = await store.get(work, account_id, room_id)
    if follow is None or work.actor.library_id is not None:
        await rooms.visible(work, room_id)  # who follows a room that went out of sight may still stop
    if follow is None:
        return
    await store.hold_room(work, room_id)  # as who subscribes does
    await store.unwish(work, account_id, room_id)
    await store.suppress_of_person(work, account_id, room_id)


async def status(work: Work, room_id: Id) -> Status:
    """Raises: RoomNotFound."""
    account_id = _account(work)
    await rooms.visible(work, room_id)
    return _status(room_id, await store.get(work, account_id, room_id))


async def stop_mails(work: Work, sealing: Sealing, token: str) -> None:
    """End the mails about one room, by the link that came with them.

    Whoever holds the link may do this one thing, without signing in (RFC 8058 §3.2). The answer is the same
    whether mails were wanted or not. Raises: NoSuchLink.
    """
    account_id, room_id = read_link(sealing, token)
    room = await store.hold_room(work, room_id)  # as who subscribes does: no wish is written over
    follow = await store.get(work, account_id, room_id)
    wish = follow.wish if follow is not None else None
    if wish is None:
        return
    left = [channel for channel in wish.channels if channel != "email"]
    if left and room is not None:
        await store.wish(work, account_id, room, msgspec.structs.replace(wish, channels=left))
    else:
        await store.unwish(work, account_id, room_id)
    await store.suppress_of_person(work, account_id, room_id, "email")


def link_of(sealing: Sealing, account_id: Id, room_id: Id) -> str:
    """The part of an address that ends somebody's mails about a room."""
    sealed = sealing.seal(f"{account_id} {room_id}", purpose=LINK)
    return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()


def read_link(sealing: Sealing, token: str) -> tuple[Id, Id]:
    """(account, room). Raises: NoSuchLink."""
    try:
        if len(token) > LONGEST_LINK:
            raise NoSuchLink
        sealed = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        account_id, room_id = sealing.unseal(sealed, purpose=LINK).split(" ")
    except (binascii.Error, ValueError) as error:
        raise NoSuchLink from error
    return account_id, room_id


def _account(work: Work) -> Id:
    if work.actor.account_id is None:
        raise Unauthenticated
    return work.actor.account_id


def _status(room_id: Id, follow: Follow | None) -> Status:
    wish = follow.wish if follow is not None else None
    return Status(
        room_id=room_id, wish=wish, since=follow.reminded_since if follow and wish is not None else None
    )
