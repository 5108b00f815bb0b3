"""Where clients find what: absolute, on the public origin (C10)."""

import msgspec

from livehall.kernel.ids import Id


class Addresses(msgspec.Struct, frozen=True, kw_only=True):
    """Where clients find what. No slash at the end."""

    public: str | None  # None while the bind is loopback: then the request's own origin
    media: str | None = None  # ws(s) address of a media server of its own; None: passed through the origin

    def origin(self, request_origin: str) -> str:
        return self.public or request_origin

    def media_url(self, request_origin: str) -> str:
        """What a LiveKit client connects to."""
        return self.media or self.origin(request_origin).replace("http", "ws", 1)

    def realtime_url(self, request_origin: str) -> str:
        """What a Centrifugo client connects to."""
        return self.origin(request_origin).replace("http", "ws", 1) + "/connection/websocket"


def file_address(origin: str, recording_id: Id, token: str, *, attachment: bool = False) -> str:
    """Where the file of a recording is had with a token that was signed for it."""
    more = "&disposition=attachment" if attachment else ""
    return f"{origin}/api/v1/recordings/{recording_id}/file?token={token}{more}"
