"""Who speaks, by the loudness of what was decoded."""

from array import array

from livehall.media.tracks import speaker

LOUD = 600  # of 32,767 (-35 dBFS): speech, not breath
SAMPLE_EVERY = 31  # of the samples


class Speaker:
    def __init__(self) -> None:
        self._shown = speaker.Speaker()

    @property
    def identity(self) -> str:
        return self._shown.identity

    def heard(self, identity: str, pcm: bytes, now: float) -> bool:
        """`pcm`: 16 bits, interleaved. True when somebody else has become the speaker."""
        loudness = max(map(abs, array("h", pcm)[::SAMPLE_EVERY]), default=0)
        if loudness < LOUD:
            return False
        before = self.identity
        self._shown.heard({identity: loudness / 32_767}, now)
        return self.identity != before
