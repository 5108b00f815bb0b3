"""The seam between forwarding and recording: what an egress sees of a room.

Forwarding calls a tap on the event loop for every media packet of a published track, in the order of
arrival, retransmissions included and each packet once. A tap returns at once.
"""

from collections.abc import Callable
from typing import Literal, NamedTuple, Protocol

Kind = Literal["audio", "video"]
Codec = Literal["opus", "vp8", "h264", "vp9", "av1"]


class Packet(NamedTuple):
    """One RTP packet without its header extensions and padding."""

    sequence: int  # 16 bits, as the publisher numbered it
    timestamp: int  # RTP ticks, 32 bits
    marker: bool
    payload: bytes
    arrived_at: float  # Unix seconds


def is_of(identity: str, person: str) -> bool:
    """Whether an identity is that of a person: `ada` has the connections `ada` and `ada.<any>`."""
    return bool(person) and (identity == person or identity.startswith(f"{person}."))


class Tap(Protocol):
    def packet(self, packet: Packet) -> None: ...

    def sender_report(self, ntp: int, timestamp: int) -> None:
        """RFC 3550 §6.4.1: 64-bit NTP time of the publisher's clock and the RTP timestamp that matches it."""
        ...

    def ended(self) -> None:
        """The track is gone; nothing more comes."""
        ...


class Published(Protocol):
    """One track that somebody publishes. For simulcast the tap gets the best layer that flows."""

    sid: str
    identity: str  # of the publisher
    kind: Kind
    codec: Codec
    source: str  # CAMERA, MICROPHONE, SCREEN_SHARE, SCREEN_SHARE_AUDIO, UNKNOWN
    clock_rate: int  # RTP ticks per second
    muted: bool

    def tap(self, tap: Tap) -> Callable[[], None]:
        """Begin; the result ends it. Tapping asks the publisher for a key frame."""
        ...

    def request_key_frame(self) -> None: ...


class Observer(Protocol):
    def track_published(self, track: Published) -> None: ...

    def track_unpublished(self, track: Published) -> None: ...

    def track_muted(self, track: Published) -> None:
        """`track.muted` has changed."""
        ...

    def closed(self) -> None:
        """The room is gone."""
        ...


class Programme(Protocol):
    """A room as an egress sees it."""

    sid: str
    name: str

    def published(self) -> tuple[Published, ...]: ...

    def speaking(self) -> dict[str, float]:
        """How loud those are who speak now, 0 to 1, by identity."""
        ...

    def observe(self, observer: Observer) -> Callable[[], None]: ...
