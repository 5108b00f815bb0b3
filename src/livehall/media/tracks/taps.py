"""A tap reads a track as a subscriber would: the best layer that flows, without a seam at a change."""

import time

from livehall.media.rtp import red
from livehall.media.tracks.feed import Feed, Readable
from livehall.media.tracks.programme import Packet, Tap
from livehall.media.tracks.reading import Item


class TapFeed(Feed):
    def __init__(self, track: Readable, tap: Tap) -> None:
        super().__init__(track)
        self._tap = tap

    def forward(self, item: Item, bodies: dict[int, bytes]) -> None:
        if self._newest is None or item.number > self._newest.number:
            self._newest = item
        if not item.payload or item.number < self._first:
            return  # padding that kept a number
        payload = self._renumbered(item)
        if isinstance(item.descriptor, red.Descriptor):
            payload = item.payload[item.descriptor.primary_at :]
        self._tap.packet(
            Packet(
                (item.sequence + self._sequence_shift) & 0xFFFF,
                (item.timestamp + self._timestamp_shift) & 0xFFFFFFFF,
                item.marker,
                payload,
                time.time(),
            )
        )

    def sender_report(self, ntp: int, timestamp: int) -> None:
        self._tap.sender_report(ntp, (timestamp + self._timestamp_shift) & 0xFFFFFFFF)

    def ended(self) -> None:
        self.detach()
        self._tap.ended()
