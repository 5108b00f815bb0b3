"""Channels that are taken away from somebody who may not listen to them any more, within 2 s."""

from collections.abc import Mapping, Sequence

from livehall.core.ports.realtime import Publisher
from livehall.core.sessions import store as sessions
from livehall.core.sessions.faults import SessionNotFound
from livehall.core.sessions.rights import STAFF, Role, rights_of, settings_of
from livehall.core.sessions.standings import of_account
from livehall.dialects.live.realtime.signals import ASK_AGAIN, UNSUBSCRIBED
from livehall.kernel.actor import SYSTEM
from livehall.kernel.journal import Entry
from livehall.kernel.relay import Reaction
from livehall.kernel.work import Desk


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
                session = await sessions.get(read, session_id)
                now = await of_account(read, session, account_id)
            except SessionNotFound:
                return
        lost = [] if now.is_staff else ["staff"]
        lost += [] if hears_stage(now.role) else ["stage"]
        lost += [] if "chat.read" in rights_of(settings_of(session), now) else ["chat"]
        for kind in lost:
            publisher.unsubscribe(
                f"{kind}:{session_id}", account_id, code=UNSUBSCRIBED, reason="this is not for you any more"
            )

    async def ask_again(entry: Entry) -> None:
        """Where some may not read the chat, everybody asks anew; who may is back without missing a word."""
        if not all(given["chat.read"] for given in entry.data["permissions"].values()):
            publisher.unsubscribe(f"chat:{entry.session_id}", code=ASK_AGAIN, reason="the settings changed")

    return {"stage.left": [revoke], "participant.role": [revoke], "session.settings": [ask_again]}
