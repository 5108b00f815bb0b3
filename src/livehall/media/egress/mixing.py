"""All microphones into one: 48 kHz, stereo, 16 bits, in blocks of one AAC frame; silence in the gaps."""

from array import array
from collections.abc import Iterator
from operator import add

RATE = 48_000  # samples per second
BLOCK = 1024  # samples per channel; one AAC frame
WIDTH = 4  # bytes per sample of both channels
AHEAD = 30 * RATE  # samples; farther in the future than this is a broken clock, not sound
QUIET = 32  # of 32,767 (-60 dBFS); at or below counts as silent

_SILENCE = bytes(BLOCK * WIDTH)


class Mixer:
    """Sound is written at positions in samples from the recording's beginning, and read in blocks once."""

    def __init__(self, position: int = 0) -> None:
        self.position = position  # of the next block
        self.mixed = 0  # blocks
        self.silent = 0  # of these
        self._voices: dict[int, _Voice] = {}

    def write(self, track: int, position: int, pcm: bytes) -> None:
        """Add sound of a track; what lies before the next block comes too late and is left out."""
        if position > self.position + AHEAD:
            return
        self._voices.setdefault(track, _Voice(self.position)).write(position, pcm)

    def remove(self, track: int) -> None:
        """The track has ended; what was written stays."""
        voice = self._voices.get(track)
        if voice is not None:
            voice.has_ended = True

    def blocks(self, until: int) -> Iterator[tuple[int, bytes]]:
        """All blocks that end at or before the sample `until`, each with its position."""
        while self.position + BLOCK <= until:
            block = _sum([voice.read() for voice in self._voices.values()])
            for track in [track for track, voice in self._voices.items() if voice.is_done]:
                del self._voices[track]
            self.mixed += 1
            self.silent += _is_quiet(block)
            yield self.position, block
            self.position += BLOCK


class _Voice:
    def __init__(self, position: int) -> None:
        self.has_ended = False
        self._position = position
        self._sound = bytearray()

    @property
    def is_done(self) -> bool:
        return self.has_ended and not self._sound

    def write(self, position: int, pcm: bytes) -> None:
        start = (position - self._position) * WIDTH
        if start < 0:
            pcm, start = pcm[-start:], 0
        if start > len(self._sound):
            self._sound.extend(bytes(start - len(self._sound)))
        self._sound[start : start + len(pcm)] = pcm

    def read(self) -> bytes:
        block = bytes(self._sound[: BLOCK * WIDTH])
        del self._sound[: BLOCK * WIDTH]
        self._position += BLOCK
        return block


def _sum(blocks: list[bytes]) -> bytes:
    heard = [block.ljust(BLOCK * WIDTH, b"\0") for block in blocks if block.strip(b"\0")]
    if not heard:
        return _SILENCE
    total: list[int] | array[int] = array("h", heard[0])
    for block in heard[1:]:
        total = list(map(add, total, array("h", block)))
    try:
        return array("h", total).tobytes()
    except OverflowError:  # too loud together: clip, which is rarer and cheaper than scaling always
        return array("h", [max(-32768, min(32767, value)) for value in total]).tobytes()


def _is_quiet(block: bytes) -> bool:
    if block is _SILENCE:
        return True
    samples = memoryview(block).cast("h")
    return max(samples) <= QUIET and min(samples) >= -QUIET
