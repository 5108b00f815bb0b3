"""A packet on its way to readers, and what a reader is to whoever hands it out."""

from typing import NamedTuple, Protocol

from livehall.media.net.native import Lane
from livehall.media.rtp import red, vp8
from livehall.media.rtp.scalability import Unit
from livehall.media.tracks.programme import Published

Descriptor = vp8.Descriptor | red.Descriptor | Unit  # what a packet says of itself


class Item(NamedTuple):
    """One packet as it came, without extensions and padding."""

    number: int  # unwrapped sequence
    sequence: int
    timestamp: int
    marker: bool
    payload: bytes
    is_key: bool  # a feed may begin here
    descriptor: Descriptor | None
    arrived: float  # monotonic seconds


class Reader(Protocol):
    """Gets the packets of a layer."""

    red_payload_type: int | None  # of redundancy, which the reader mends losses with

    @property
    def track(self) -> Published: ...

    def forward(self, item: Item, bodies: dict[int, bytes]) -> None:
        """Deliver one packet; `bodies` is shared by all readers of this packet."""
        ...

    def sender_report(self, ntp: int, timestamp: int) -> None: ...

    def lane(self) -> "tuple[Member, Lane] | None":
        """What a crowd needs to serve this reader; None: it is served by `forward` alone."""
        ...

    def give_up(self) -> None:
        """It has raised where the others were served: it gets nothing more."""
        ...


class Member(Reader, Protocol):
    """A reader that may be in a crowd."""

    layout: int  # those with the same get the same bytes but for numbers

    def shared_body(self, item: Item, bodies: dict[int, bytes]) -> bytes:
        """The packet for all of this layout whose counters are the publisher's."""
        ...
