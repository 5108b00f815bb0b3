"""Subscribers of one layer that get the same bytes but for numbers, served by one call into C.

Only where the native inner loop is there; whoever cannot be in a crowd is served one by one. A crowd is
arranged anew before the next packet whenever a subscriber begins, ends, or is reached another way.
"""

from collections.abc import Sequence

import structlog

from livehall.media.net.native import Lane, Lanes, NativeOutbox
from livehall.media.rtp import vp8
from livehall.media.tracks.reading import Item, Member, Reader

_NONE = (-1, False, 0, -1, 0)
log = structlog.get_logger(__name__)


class Crowd:
    def __init__(self, members: Sequence[tuple[Member, Lane]]) -> None:
        self.members = [member for member, _ in members]
        self._speaker = self.members[0]  # makes the packet for all
        self._outbox: NativeOutbox = members[0][1].outbox
        self._lanes = Lanes([lane for _, lane in members])

    def forward(self, item: Item, bodies: dict[int, bytes]) -> None:
        body = self._speaker.shared_body(item, bodies)
        at, counters = item.descriptor, _NONE
        if isinstance(at, vp8.COUNTED):
            head = len(body) - len(item.payload)
            counters = (
                head + at.picture_at if at.picture_at >= 0 else -1,
                at.picture_long,
                at.picture,
                head + at.layer_index_at if at.layer_index_at >= 0 else -1,
                at.layer_index,
            )
        self._outbox.fan_out(
            self._lanes,
            body,
            item.number,
            item.sequence,
            item.timestamp,
            len(item.payload),
            item.arrived,
            counters,
        )


def arrange(feeds: Sequence[Reader]) -> tuple[list[Crowd], list[Reader]]:
    """(crowds, those who are served one by one)."""
    groups: dict[tuple[NativeOutbox, int], list[tuple[Member, Lane]]] = {}
    others: list[Reader] = []
    for feed in feeds:
        try:
            place = feed.lane()
        except Exception:  # the loop's edge: the others are arranged all the same
            log.exception("a reader fits into no crowd", track=feed.track.sid)
            place = None
        if place is None:
            others.append(feed)
        else:
            member, lane = place
            groups.setdefault((lane.outbox, member.layout), []).append(place)
    return [Crowd(members) for members in groups.values()], others
