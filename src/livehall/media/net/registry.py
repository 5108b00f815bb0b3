"""Who is behind a user fragment, and the way on which a peer is reached.

A peer is found by the user fragment in an authenticated check. The check also brings the way on which it
came: a UDP address, or a TCP connection. What is nominated is what we send on.
"""

from typing import Any, NamedTuple, Protocol

from livehall.media.dtls.srtp import Opener, Sealer
from livehall.media.net.ice import Check

Address = tuple[str, int]


class Way(Protocol):
    """Leads to one peer; sending never waits and never fails."""

    address: Address
    is_closed: bool

    @property
    def outbox(self) -> "PacketSender": ...

    def send(self, datagram: bytes) -> None: ...


class PacketSender(Protocol):
    def send_rtp(
        self,
        packet: bytes,
        sequence: int,
        timestamp: int,
        ssrc: int,
        sealer: Sealer,
        to: Any,  # a way that has this sender as its outbox
        number: int = -1,
    ) -> None:
        """Send an RTP packet whose sequence, timestamp and SSRC are replaced by those given, and its
        transport-wide number if there is one."""
        ...


class Plan(NamedTuple):
    """What is looked for in the packets of one SSRC."""

    codec: str  # whose payloads are taken apart: vp8, h264; empty: none
    payload_type: int  # of no other packets
    level_id: int  # of the extension with the audio level; 0: none


class Stream(Protocol):
    """One SSRC of a peer, whose packets come decrypted and taken apart."""

    opener: Opener
    plan: Plan
    number_id: int  # of the extension with transport-wide numbers; 0: none

    def take(self, packet: Any, arrival: tuple[Any, ...], now: float) -> bool:
        """`packet` is a buffer in which it begins, `arrival` its `hall_arrival` (inbox.h). False when the
        peer's stream is another by now; the packet is taken all the same."""
        ...


class Peer(Protocol):
    """Whoever owns a user fragment."""

    def checked(self, check: Check, way: Way) -> bytes | None:
        """The answer to a check, or None when it is not properly signed."""
        ...

    def receive(self, datagram: bytes) -> None: ...

    def stream(self, ssrc: int) -> Stream | None:
        """What is to be known to decrypt its packets elsewhere; None: hand all of them to `receive`."""
        ...


class Door(Protocol):
    """A socket on which peers come in."""

    def forget(self, peer: Peer) -> None: ...

    def forget_stream(self, peer: Peer, ssrc: int) -> None:
        """It sends no more of it."""
        ...

    def close(self) -> None: ...


class Registry:
    """The user fragments of all peers, and the doors that they may come in by."""

    def __init__(self) -> None:
        self._by_ufrag: dict[str, Peer] = {}
        self.doors: list[Door] = []
        self.dropped = 0
        self.is_behind = False  # what a door hands over now has waited for long: pictures give way

    def register(self, ufrag: str, peer: Peer) -> None:
        self._by_ufrag[ufrag] = peer

    def forget_ufrag(self, ufrag: str) -> None:
        self._by_ufrag.pop(ufrag, None)

    def forget(self, peer: Peer) -> None:
        for door in self.doors:
            door.forget(peer)

    def forget_stream(self, peer: Peer, ssrc: int) -> None:
        for door in self.doors:
            door.forget_stream(peer, ssrc)

    def find(self, check: Check | None) -> Peer | None:
        """The peer whom the check names; it has yet to say whether it is properly signed."""
        return self._by_ufrag.get(check.ufrag) if check is not None else None

    def close(self) -> None:
        for door in self.doors:
            door.close()
