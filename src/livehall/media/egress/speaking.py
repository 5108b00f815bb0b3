"""Who speaks: by the loudness of what was decoded, and slow enough that the picture does not jump."""

from array import array

LOUD = 600  # of 32,767 (-35 dBFS): speech, not breath
HOLD_S = 2.0  # whoever speaks keeps the picture so long
QUIET_S = 1.0  # after so long without a loud sound somebody is silent
SAMPLE_EVERY = 31  # of the samples


class Speaker:
    def __init__(self) -> None:
        self.identity = ""
        self._since = float("-inf")
        self._loud_at: dict[str, float] = {}

    def heard(self, identity: str, pcm: bytes, now: float) -> bool:
        """`pcm`: 16 bits, interleaved. True when somebody else has become the speaker."""
        if max(map(abs, array("h", pcm)[::SAMPLE_EVERY]), default=0) < LOUD:
            return False
        self._loud_at[identity] = now
        if identity == self.identity:
            return False
        is_held = now - self._since < HOLD_S
        speaks_still = now - self._loud_at.get(self.identity, float("-inf")) < QUIET_S
        if self.identity and (is_held or speaks_still):
            return False
        self.identity, self._since = identity, now
        return True
