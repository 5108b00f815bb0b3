"""Transport-wide congestion feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01), written and read.

The publisher numbers every packet of its transport; we say when each arrived, and its own estimator
decides how much it may send. Without this Chromium stays near its starting bitrate.
"""

import struct

from livehall.media.rtp.numbering import Unwrapper

_TICK = 0.00025  # seconds of one delta (§3.1.5)
_REFERENCE_TICK = 0.064  # seconds of one unit of the reference time (§3.1)
_MOST_PACKETS = 1000  # told of in one feedback; a longer gap than this starts anew
_MOST_READ = 2048  # packets of one feedback that we look at
_SYMBOLS = 7  # of two bits in one status vector chunk (§3.1.4)
_NOT_RECEIVED, _SMALL, _LARGE = 0, 1, 2


class ArrivalLog:
    """Arrivals since the last feedback; `feedback` empties it."""

    def __init__(self) -> None:
        self._numbers = Unwrapper()
        self._arrivals: list[tuple[int, float]] = []
        self._next: int | None = None  # the first number not yet told of
        self._count = 0

    def arrived(self, number: int, at: float) -> None:
        """`at` in seconds of a monotonic clock."""
        if len(self._arrivals) < _MOST_PACKETS:
            self._arrivals.append((number, at))

    def feedback(self, our_ssrc: int, media_ssrc: int) -> bytes | None:
        """One RTCP packet, or None when nothing has arrived."""
        if not self._arrivals:
            return None
        arrivals: dict[int, float] = {}
        for number, at in self._arrivals:
            arrivals.setdefault(self._numbers.unwrap(number), at)
        self._arrivals.clear()
        first, last = min(arrivals), max(arrivals)
        # Holes before the first arrival are told once; later arrivals of what was told of are told anew.
        base = self._next if self._next is not None and first - _MOST_PACKETS < self._next < first else first
        if last - base >= _MOST_PACKETS:
            base = last - _MOST_PACKETS + 1
        self._next = max(self._next or 0, last + 1)
        return self._write(our_ssrc, media_ssrc, base, last, arrivals)

    def _write(
        self, our_ssrc: int, media_ssrc: int, base: int, last: int, arrivals: dict[int, float]
    ) -> bytes:
        earliest = next(arrivals[number] for number in range(base, last + 1) if number in arrivals)
        reference = int(earliest / _REFERENCE_TICK)
        clock = round(reference * _REFERENCE_TICK / _TICK)
        symbols: list[int] = []
        deltas = bytearray()
        for number in range(base, last + 1):
            at = arrivals.get(number)
            if at is None:
                symbols.append(_NOT_RECEIVED)
                continue
            delta = round(at / _TICK) - clock
            if not -32768 <= delta <= 32767:
                symbols.append(_NOT_RECEIVED)  # told as lost rather than with a false time
                continue
            clock += delta
            if 0 <= delta <= 255:
                symbols.append(_SMALL)
                deltas.append(delta)
            else:
                symbols.append(_LARGE)
                deltas += struct.pack("!h", delta)
        head = struct.pack("!IIHH", our_ssrc, media_ssrc, base & 0xFFFF, len(symbols))
        head += ((reference & 0xFFFFFF) << 8 | (self._count & 0xFF)).to_bytes(4)
        self._count += 1
        body = head + _chunks(symbols) + deltas
        padding = -len(body) % 4
        if padding:
            body += b"\0" * (padding - 1) + bytes((padding,))
        first = 0x80 | (0x20 if padding else 0) | 15
        return struct.pack("!BBH", first, 205, len(body) // 4) + body


def _chunks(symbols: list[int]) -> bytes:
    """Runs of one symbol as run length chunks, everything else as two-bit vectors."""
    written = b""
    position = 0
    while position < len(symbols):
        run = position
        while run < len(symbols) and symbols[run] == symbols[position] and run - position < 0x1FFF:
            run += 1
        if run - position >= _SYMBOLS or run == len(symbols):
            written += struct.pack("!H", (symbols[position] << 13) | (run - position))
            position = run
            continue
        chunk = 0xC000
        for place, symbol in enumerate(symbols[position : position + _SYMBOLS]):
            chunk |= symbol << (12 - 2 * place)
        written += struct.pack("!H", chunk)
        position += _SYMBOLS
    return written


def read_feedback(body: bytes) -> list[tuple[int, float | None]]:
    """(16-bit number, seconds of the receiver's clock or None for not received) of a feedback, ascending.

    `body` begins after the RTCP header and both SSRCs (§3.1). What is cut short is left out.
    """
    if len(body) < 8:
        return []
    base, count, reference = struct.unpack_from("!HHI", body)
    symbols, position = _symbols(body, min(count, _MOST_READ))
    ticks = round((reference >> 8) * _REFERENCE_TICK / _TICK)
    told: list[tuple[int, float | None]] = []
    for place, symbol in enumerate(symbols):
        number = (base + place) & 0xFFFF
        if symbol == _SMALL and position < len(body):
            ticks += body[position]
            position += 1
        elif symbol == _LARGE and position + 1 < len(body):
            ticks += struct.unpack_from("!h", body, position)[0]
            position += 2
        elif symbol == _NOT_RECEIVED:
            told.append((number, None))
            continue
        else:
            break
        told.append((number, ticks * _TICK))
    return told


def _symbols(body: bytes, count: int) -> tuple[list[int], int]:
    """The status of each packet, and where the deltas begin (§3.1.1 to §3.1.4)."""
    symbols: list[int] = []
    position = 8
    while len(symbols) < count and position + 1 < len(body):
        chunk = body[position] << 8 | body[position + 1]
        position += 2
        if not chunk & 0x8000:
            symbols += [chunk >> 13 & 3] * min(chunk & 0x1FFF, count - len(symbols))
        elif chunk & 0x4000:
            symbols += [chunk >> shift & 3 for shift in range(12, -1, -2)]
        else:
            symbols += [chunk >> shift & 1 for shift in range(13, -1, -1)]
    del symbols[count:]
    return symbols, position
