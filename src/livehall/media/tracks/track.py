"""One published track: its layers, who reads it, and which layer serves whom."""

import time
from collections.abc import Callable

from livehall.media.rtp.packet import Header
from livehall.media.tracks.feed import Feed
from livehall.media.tracks.layer import Layer, Repairs, Uplink
from livehall.media.tracks.programme import Codec, Kind, Tap
from livehall.media.tracks.taps import TapFeed

RIDS = ("q", "h", "f")  # LiveKit's names of simulcast layers, lowest first
QUALITY_OF_RID = {rid: quality for quality, rid in enumerate(RIDS)}


class Track:
    """Satisfies `programme.Published`."""

    def __init__(
        self,
        uplink: Uplink,
        *,
        sid: str,
        identity: str,
        kind: Kind,
        codec: Codec,
        source: str,
        clock_rate: int,
        payload_type: int,
        rtx_payload_type: int | None,
        red_payload_type: int | None = None,
        rids: tuple[str, ...] = (),
        level_id: int | None = None,
        dependency_id: int | None = None,
    ) -> None:
        self._uplink = uplink
        self.sid = sid
        self.identity = identity
        self.kind: Kind = kind
        self.codec: Codec = codec
        self.source = source
        self.clock_rate = clock_rate
        self.muted = False
        self.payload_type = payload_type
        self.rtx_payload_type = rtx_payload_type
        self.red_payload_type = red_payload_type
        self.rids = rids
        self._level_id = level_id
        self._dependency_id = dependency_id
        self.layers: dict[str, Layer] = {}
        self.feeds: list[Feed] = []
        self._taps: list[TapFeed] = []
        self._flowing: frozenset[str] = frozenset()
        self.is_over = False
        self.dimensions: dict[int, tuple[int, int]] = {}  # quality: width and height, as announced

    # Layers

    def add_layer(self, ssrc: int, rid: str = "") -> Layer:
        quality = QUALITY_OF_RID.get(rid, self.rids.index(rid) if rid in self.rids else 2)
        layer = Layer(
            self._uplink,
            ssrc=ssrc,
            kind=self.kind,
            codec=self.codec,
            payload_type=self.payload_type,
            red_payload_type=self.red_payload_type,
            clock_rate=self.clock_rate,
            rid=rid,
            quality=quality,
            level_id=self._level_id,
            dependency_id=self._dependency_id,
        )
        self.layers[rid] = layer
        for feed in self.feeds:
            feed.aim()
        return layer

    def repairs_of(self, rid: str = "") -> Repairs | None:
        layer = self.layers.get(rid)
        if layer is None or self.rtx_payload_type is None:
            return None
        return Repairs(layer, self.rtx_payload_type)

    def best_layer(self, quality: int) -> Layer | None:
        """The best flowing layer up to `quality`; when none flows so low, the lowest that flows."""
        if not self.rids:
            return self.layers.get("")
        now = time.monotonic()
        layers = sorted(self.layers.values(), key=lambda layer: layer.quality)
        flowing = [layer for layer in layers if layer.is_flowing(now)] or layers
        fitting = [layer for layer in flowing if layer.quality <= quality]
        return fitting[-1] if fitting else next(iter(flowing), None)

    def is_one_stream(self, layer: Layer) -> bool:
        """All that flows is this stream, so that qualities mean layers within it."""
        now = time.monotonic()
        return all(other is layer or not other.is_flowing(now) for other in self.layers.values())

    def rates(self, now: float) -> tuple[tuple[int, float], ...]:
        """(quality, bits per second) of what a subscriber can get, lowest first."""
        flowing = [layer for layer in self.layers.values() if layer.is_flowing(now)]
        layers = sorted(flowing or self.layers.values(), key=lambda layer: layer.quality)
        if len(layers) == 1 and layers[0].steps is not None:
            return layers[0].steps.rates()
        return tuple((layer.quality, layer.rate_bps) for layer in layers)

    def quality_for(self, width: int, height: int) -> int:
        """The lowest announced quality that fills a picture of this size, in pixels."""
        for quality, (wide, high) in sorted(self.dimensions.items()):
            if wide >= width and high >= height:
                return quality
        return 2

    def wanted_quality(self) -> int | None:
        """The best quality that anybody reads, or None when nobody does."""
        wanted = [feed.quality for feed in self.feeds if not feed.is_paused]
        return max(wanted) if wanted else None

    # Readers

    def attach(self, feed: Feed) -> None:
        self.feeds.append(feed)

    def detach(self, feed: Feed) -> None:
        feed.detach()
        if feed in self.feeds:
            self.feeds.remove(feed)

    def tap(self, tap: Tap) -> Callable[[], None]:
        feed = TapFeed(self, tap)
        self._taps.append(feed)
        self.attach(feed)
        feed.aim()

        def end() -> None:
            if feed in self._taps:
                self._taps.remove(feed)
                self.detach(feed)

        return end

    def request_key_frame(self) -> None:
        for feed in self._taps:
            feed.request_key_frame()

    # By the clock

    def tick(self, now: float) -> None:
        for layer in self.layers.values():
            layer.tick(now)
        if not self.rids:
            return
        flowing = frozenset(rid for rid, layer in self.layers.items() if layer.is_flowing(now))
        if flowing != self._flowing:
            self._flowing = flowing
            for feed in self.feeds:
                feed.aim()

    def close(self) -> None:
        """Tell every tap; subscriptions are closed by whoever made them."""
        self.is_over = True
        for tap in tuple(self._taps):
            tap.ended()
        self._taps.clear()
        for feed in tuple(self.feeds):
            self.detach(feed)


class LateLayers:
    """Finds the layer of a stream whose SSRC no SDP has told: by the section's mid and its rid."""

    def __init__(
        self, track: Track, mid: str, *, mid_id: int | None, rid_id: int | None, repaired_rid_id: int | None
    ) -> None:
        self.track = track
        self._mid = mid
        self._mid_id = mid_id
        self._rid_id = rid_id
        self._repaired_rid_id = repaired_rid_id
        self._repaired: set[str] = set()

    def claim(self, header: Header, extra: dict[int, bytes]) -> Layer | Repairs | None:
        """The sink of this stream; each layer takes one SSRC and one for repairs, no more."""
        if self.track.is_over or _name(extra, self._mid_id) != self._mid:
            return None
        repaired = _name(extra, self._repaired_rid_id)
        is_repair = bool(repaired) or header.payload_type == self.track.rtx_payload_type
        if is_repair:
            repairs = self.track.repairs_of(repaired) if repaired not in self._repaired else None
            if repairs is not None:
                self._repaired.add(repaired)
            return repairs
        rid = _name(extra, self._rid_id) if self.track.rids else ""
        if rid in (self.track.rids or ("",)) and rid not in self.track.layers:
            return self.track.add_layer(header.ssrc, rid)
        return None


def _name(extra: dict[int, bytes], number: int | None) -> str:
    value = extra.get(number) if number is not None else None
    return value.decode("ascii", "replace") if value else ""
