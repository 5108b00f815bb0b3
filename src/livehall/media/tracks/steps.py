"""The layers within one stream (SVC): how many there are, and what they cost."""

from livehall.media.rtp.scalability import Unit

ALL = 7  # beyond any layer there is
_HEADERS = 58  # bytes of one packet beside its payload, as `layer` counts them
_FRESH = 0.5  # weight of the last second


class Steps:
    """Qualities (0 low, 1 medium, 2 high) mean spatial layers; in a stream with one of these, what the way
    to a subscriber allows means temporal layers."""

    def __init__(self) -> None:
        self.spatial_layers = self.temporal_layers = 1
        self.frames_per_s = 0.0
        self._rates: dict[tuple[int, int], float] = {}
        self._octets: dict[tuple[int, int], int] = {}
        self._pictures = 0
        self._highest = (0, 0)  # seen since the last measurement

    def count(self, unit: Unit, marker: bool, size: int) -> None:
        key = (unit.spatial, unit.temporal)
        self._octets[key] = self._octets.get(key, 0) + size + _HEADERS
        self._pictures += marker
        if unit.spatial_layers:
            self.spatial_layers = unit.spatial_layers
        self.spatial_layers = max(self.spatial_layers, unit.spatial + 1)
        self.temporal_layers = max(self.temporal_layers, unit.temporal + 1)
        self._highest = (max(self._highest[0], unit.spatial), max(self._highest[1], unit.temporal))

    def measure(self, seconds: float) -> None:
        """By the clock, about once a second."""
        rates = {key: octets * 8 / max(seconds, 1.0) for key, octets in self._octets.items()}
        for key, rate in rates.items():
            before = self._rates.get(key)
            rates[key] = rate if before is None else before + (rate - before) * _FRESH
        self._rates = rates
        self.frames_per_s = self._pictures / max(seconds, 1.0)
        if self._octets:
            self.temporal_layers = self._highest[1] + 1
        self._octets, self._pictures, self._highest = {}, 0, (0, 0)

    def spatial(self, quality: int) -> int:
        """The highest spatial layer of this quality."""
        return ALL if quality >= 2 else max(0, self.spatial_layers - 3 + quality)

    def temporal(self, allowed: int, frames_per_s: int) -> int:
        """The highest temporal layer that is allowed, and needed for so many frames; 0 frames: all."""
        highest = ALL
        if self.spatial_layers == 1 and allowed < 2:
            highest = max(0, self.temporal_layers - 3 + allowed)
        if frames_per_s and self.frames_per_s:
            for layer in range(self.temporal_layers - 1):
                if self.frames_per_s / 2 ** (self.temporal_layers - 1 - layer) >= 0.9 * frames_per_s:
                    return min(layer, highest)
        return highest

    def rates(self) -> tuple[tuple[int, float], ...]:
        """(quality, bits per second), lowest first."""
        found: list[tuple[int, float]] = []
        for quality in range(3):
            spatial, temporal = self.spatial(quality), self.temporal(quality, 0)
            rate = sum(rate for (s, t), rate in self._rates.items() if s <= spatial and t <= temporal)
            if found and rate <= found[-1][1]:  # no more than the one below: the same layers
                found.pop()
            found.append((quality, rate))
        return tuple(found)
