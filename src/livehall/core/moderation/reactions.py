"""What follows from a ban, after its commit: first the media server, then realtime (`realtime.md` §1).

Nothing waits for it, and each part is tried on its own: a media server that does not answer keeps nobody in
the realtime channels. What is missed here is caught by the reports of connections and by the reconciler.
"""

from collections.abc import Mapping, Sequence

from livehall.core.audience.reports import holder_of
from livehall.core.moderation.turning_away import after_registration
from livehall.core.ports.media import MediaRooms
from livehall.core.ports.realtime import Publisher
from livehall.core.ports.sealing import Sealing
from livehall.core.sessions.standings import is_kept_out
from livehall.kernel.actor import SYSTEM
from livehall.kernel.ids import Id
from livehall.kernel.journal import Entry
from livehall.kernel.relay import Reaction
from livehall.kernel.work import Desk

BANNED = (4502, "banned")  # final for Centrifugo's clients


def reactions(
    desk: Desk, media: MediaRooms, publisher: Publisher, sealing: Sealing
) -> Mapping[str, Sequence[Reaction]]:
    """Event type → what it sets off. Each is harmless when repeated."""

    async def remove_from_media(entry: Entry) -> None:
        """All connections of the account, whichever tokens they came by, and of its devices."""
        room = entry.data["media_room"]
        if room is None or not await still_holds(entry):
            return
        account_id, known = entry.data["account_id"], set(entry.data["identities"])
        for each in await media.present(room) or ():
            if each.identity in known or holder_of(each.identity) == account_id:
                await media.remove(room, each.identity)

    async def disconnect(entry: Entry) -> None:
        if await still_holds(entry):
            for account_id in (entry.data["account_id"], *entry.data["others"]):
                publisher.disconnect(account_id, code=BANNED[0], reason=BANNED[1])

    async def still_holds(entry: Entry) -> bool:
        """A ban that was lifted before its turn came throws out nobody."""
        session_id: Id = entry.session_id or ""
        async with desk.read(SYSTEM) as read:
            return await is_kept_out(read, session_id, entry.data["account_id"], None)

    return {
        "participant.banned": [remove_from_media, disconnect],
        "participant.registration": [lambda entry: after_registration(desk, sealing, entry)],
    }
