"""What follows from a session's events, after their commit."""

from collections.abc import Mapping, Sequence

from livehall.core.ports.media import MediaRooms
from livehall.kernel.journal import Entry
from livehall.kernel.relay import Reaction


def reactions(media: MediaRooms) -> Mapping[str, Sequence[Reaction]]:
    """Event type → what it sets off. Each is harmless when repeated."""

    async def close_media_room(entry: Entry) -> None:
        """C25: everybody who is still connected is put out."""
        if entry.data["media_room"] is not None:
            await media.close(entry.data["media_room"])

    return {"session.ended": [close_media_room]}
