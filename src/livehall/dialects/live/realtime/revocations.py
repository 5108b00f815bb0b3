"""Channels that are taken away from somebody who may not listen to them any more, within 2 s."""

import asyncio
from collections.abc import Mapping, Sequence

from livehall.core.people import reading as people
from livehall.core.ports.realtime import Publisher
from livehall.core.rooms import libraries
from livehall.core.sessions.faults import SessionNotFound
from livehall.core.sessions.rights import STAFF, Role, rights_of, settings_of
from livehall.core.sessions.standings import standing_in
from livehall.dialects.live.realtime.signals import ASK_AGAIN, SESSION_CHANNELS, UNSUBSCRIBED
from livehall.dialects.live.sign_in import FRESH_S
from livehall.kernel.actor import SYSTEM
from livehall.kernel.db import behind
from livehall.kernel.journal import Entry
from livehall.kernel.relay import Reaction
from livehall.kernel.work import Desk

LIBRARIES = 1000  # of one organization
NOT_FOR_YOU = "this is not for you any more"
COME_AGAIN = (4001, "token expired")


def hears_stage(role: Role) -> bool:
    """People on stage, speakers, staff. A viewer with a seat stands as a speaker."""
    return role in STAFF or role == "speaker"


def revocations(desk: Desk, publisher: Publisher) -> Mapping[str, Sequence[Reaction]]:
    """Event type → what it takes away. Who has come back meanwhile keeps it."""

    async def revoke(entry: Entry) -> None:
        session_id, account_id = entry.session_id, entry.data["account_id"]
        if session_id is None:
            return
        async with desk.read(SYSTEM) as read:
            try:
                session, now = await standing_in(read, session_id, account_id)
            except SessionNotFound:
                return
        lost = [] if now.is_staff else ["staff"]
        lost += [] if hears_stage(now.role) else ["stage"]
        lost += [] if "chat.read" in rights_of(settings_of(session), now) else ["chat"]
        for kind in lost:
            publisher.unsubscribe(f"{kind}:{session_id}", account_id, code=UNSUBSCRIBED, reason=NOT_FOR_YOU)

    async def ask_again(entry: Entry) -> None:
        """Where some may not read the chat, everybody asks anew; who may is back without missing a word."""
        if not all(given["chat.read"] for given in entry.data["permissions"].values()):
            publisher.unsubscribe(f"chat:{entry.session_id}", code=ASK_AGAIN, reason="the settings changed")

    async def member_changed(entry: Entry) -> None:
        """Who does not host or administer any more hears no dashboard."""
        account_id, organization_id = entry.data["account_id"], entry.organization_id
        if organization_id is None:
            return
        async with desk.read(SYSTEM) as read:
            person = await people.person(read, account_id, organization_id)
            shelves = await libraries.shelves(read, organization_id, LIBRARIES)
        role = person.role if person is not None and person.is_active else "viewer"
        lost = [f"library:{each.id}" for each in shelves] if role == "viewer" else []
        lost += [f"org:{organization_id}"] if role in ("viewer", "host") else []
        for channel in lost:
            publisher.unsubscribe(channel, account_id, code=UNSUBSCRIBED, reason=NOT_FOR_YOU)

    async def signed_out(entry: Entry) -> None:
        """All connections of the account come again; those of the sign-in that was ended are not let in.

        Not before every process has forgotten what it knew of that sign-in.
        """
        await asyncio.sleep(FRESH_S)
        publisher.disconnect(entry.data["account_id"], code=COME_AGAIN[0], reason=COME_AGAIN[1])

    async def removed(entry: Entry) -> None:
        """Out of the session, out of all that is its own; the gate lets them in again when they come anew."""
        for kind in SESSION_CHANNELS:
            channel = f"{kind}:{entry.session_id}"
            publisher.unsubscribe(channel, entry.data["account_id"], code=UNSUBSCRIBED, reason=NOT_FOR_YOU)

    return {
        "visitor.removed": [removed],
        "member.added": [behind(member_changed)],  # thousands, where a customer brings its people
        "credentials.revoked": [signed_out],
        "stage.left": [revoke],
        "participant.role": [revoke],
        "session.settings": [ask_again],
    }
