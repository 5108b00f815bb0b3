"""What a light client counts of each stream that it receives."""

import time
from typing import Literal

import msgspec

from livehall.media.rtp.numbering import Unwrapper
from livehall.media.rtp.packet import Header


class Stream:
    """One SSRC. `lost` counts numbers that have not come, whatever came late."""

    def __init__(self, ssrc: int, kind: Literal["audio", "video", "repair"]) -> None:
        self.ssrc = ssrc
        self.kind = kind
        self._numbers = Unwrapper()
        self._first = 0
        self.packets = 0
        self.octets = 0
        self.first_at = 0.0  # monotonic seconds
        self.last_report = (0, 0.0)  # middle 32 bits of the sender report's NTP time, when it came

    def count(self, header: Header, size: int) -> None:
        place = self._numbers.unwrap(header.sequence)
        if not self.packets:
            self._first, self.first_at = place, time.monotonic()
        self._first = min(self._first, place)
        self.packets += 1
        self.octets += size

    @property
    def highest(self) -> int:
        """Extended sequence number, as receiver reports want it."""
        return (self._numbers.last or 0) & 0xFFFFFFFF

    @property
    def lost(self) -> int:
        expected = (self._numbers.last or 0) - self._first + 1
        return max(0, expected - self.packets) if self.packets else 0


class Totals(msgspec.Struct, frozen=True):
    """All media streams of one client together."""

    packets: int
    octets: int
    lost: int
    samples: int  # packets that were decrypted as a check
    bad_samples: int  # that could not be


def totals(streams: list[Stream], samples: int, bad_samples: int) -> Totals:
    media = [stream for stream in streams if stream.kind != "repair"]
    return Totals(
        sum(stream.packets for stream in media),
        sum(stream.octets for stream in media),
        sum(stream.lost for stream in media),
        samples,
        bad_samples,
    )
