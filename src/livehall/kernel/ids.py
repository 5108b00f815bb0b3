"""UUIDv7 identifiers (RFC 9562 §5.7), made by us before an insert.

They sort by time, so an index on them grows at its right edge; 74 random bits come from the
operating system's generator, so nobody guesses one.
"""

import os
import secrets
import time
from uuid import UUID

_last_ms = 0
_sequence = 0


def new_id() -> UUID:
    """A UUIDv7 that sorts after every earlier one made in this process."""
    global _last_ms, _sequence
    now = time.time_ns() // 1_000_000
    if now > _last_ms:
        _last_ms, _sequence = now, secrets.randbits(11)
    else:
        _sequence += 1
        if _sequence > 0xFFF:  # 4096 in one millisecond: borrow from the next (RFC 9562 §6.2, method 1)
            _last_ms, _sequence = _last_ms + 1, secrets.randbits(11)
    rest = int.from_bytes(os.urandom(8)) >> 2
    return UUID(int=(_last_ms << 80) | (0x7 << 76) | (_sequence << 64) | (0b10 << 62) | rest)


def parse_id(text: str) -> UUID | None:
    """The id that `text` spells in the canonical 36-character form, or None."""
    if len(text) != 36:
        return None
    try:
        value = UUID(text)
    except ValueError:
        return None
    return value if str(value) == text.lower() else None
