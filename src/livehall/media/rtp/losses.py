"""What has not arrived: which packets to ask for again, how often, and when to give up."""

from livehall.media.rtp.numbering import Unwrapper

LARGEST_GAP = 128  # packets; a wider gap is not repaired but healed by a key frame
_MOST_TRIES = 8
_GIVE_UP_S = 1.0
_FIRST_WAIT_S = 0.02  # reordering, then the round trip


class LossTracker:
    """Feed it each arrival's unwrapped number; ask it what to request now."""

    def __init__(self) -> None:
        self.numbers = Unwrapper()
        self._missing: dict[int, tuple[float, float, int]] = {}  # number: (since, ask at, tries)

    @property
    def is_waiting(self) -> bool:
        return bool(self._missing)

    def arrived(self, sequence: int, now: float) -> tuple[int, bool]:
        """(place of the packet, True when the gap before it is too wide to repair)."""
        before = self.numbers.last
        if before is not None and sequence == before + 1 & 0xFFFF:  # nearly always
            self.numbers.last = before + 1
            return before + 1, False
        place = self.numbers.unwrap(sequence)
        if before is None:
            return place, False
        gap = place - before
        if gap <= 1:
            if self._missing:
                self._missing.pop(place, None)
            return place, False
        if gap > LARGEST_GAP:
            self._missing.clear()
            return place, True
        for number in range(before + 1, place):
            self._missing[number] = (now, now, 0)
        return place, False

    def due(self, now: float, round_trip_s: float) -> list[int]:
        """16-bit numbers to ask for now, ascending."""
        asked: list[int] = []
        for number, (since, ask_at, tries) in list(self._missing.items()):
            if tries >= _MOST_TRIES or now - since > _GIVE_UP_S:
                del self._missing[number]
            elif ask_at <= now:
                wait = max(_FIRST_WAIT_S, round_trip_s) * (1.5**tries)
                self._missing[number] = (since, now + wait, tries + 1)
                asked.append(number & 0xFFFF)
        return asked
