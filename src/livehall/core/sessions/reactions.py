"""What follows from a session's events, after their commit."""

from collections.abc import Mapping, Sequence

from livehall.core.ports.media import MediaIngress, MediaRooms
from livehall.kernel.journal import Entry
from livehall.kernel.relay import Reaction


def reactions(media: MediaRooms, ingress: MediaIngress | None = None) -> Mapping[str, Sequence[Reaction]]:
    """Event type → what it sets off. Each is harmless when repeated."""

    async def close_encoder(entry: Entry) -> None:
        """Before its room: an encoder whose key still held would come back and open the room anew."""
        if ingress is not None and entry.session_id is not None:
            await ingress.close(entry.session_id)

    async def close_media_room(entry: Entry) -> None:
        """C25: everybody who is still connected is put out."""
        if entry.data["media_room"] is not None:
            await media.close(entry.data["media_room"])

    return {
        "session.ended": [close_encoder, close_media_room],
        "session.deleted": [close_encoder],
        "session.cancelled": [close_encoder],
    }
