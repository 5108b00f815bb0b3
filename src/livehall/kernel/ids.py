"""UUIDv7 identifiers (RFC 9562 §5.7), made by us before an insert.

They sort by time, so an index on them grows at its right edge; 62 random bits and a counter of 12 bits
with a random start come from the operating system's generator, which is asked for many at once. Inside,
an id is its canonical 36-character text: no driver and no encoder has to convert it.
"""

import os
import re
import struct
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

Id = str

AT_ONCE = 4096  # random bytes
_is_canonical = re.compile("[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}").fullmatch  # RFC 9562 §4

EPOCH, MILLISECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(milliseconds=1)

_last_ms = 0
_sequence = 0
_prefix = ""  # the first digits of ids of this millisecond
_random: Iterator[tuple[int]] = iter(())


def _forget_random() -> None:
    """A process that was forked off must not make the same ids as its parent."""
    global _random
    _random = iter(())


os.register_at_fork(after_in_child=_forget_random)


def _bits() -> int:
    """64 of them, given to nobody else: taking the next is one step, whatever threads there are."""
    global _random
    while True:
        for (found,) in _random:
            return found
        _random = struct.iter_unpack("<Q", os.urandom(AT_ONCE))


def new_id() -> Id:
    """A UUIDv7 that sorts after every earlier one made in this process."""
    global _last_ms, _sequence, _prefix
    now = time.time_ns() // 1_000_000
    if now <= _last_ms and _sequence < 0xFFF:
        _sequence += 1
    else:  # 4096 in one millisecond: borrow from the next (RFC 9562 §6.2, method 1)
        _last_ms, _sequence = max(now, _last_ms + 1), _bits() & 0x7FF
        stamp = f"{_last_ms:012x}"
        _prefix = f"{stamp[:8]}-{stamp[8:]}-7"
    rest = f"{_bits() >> 2 | 0b10 << 62:016x}"
    return f"{_prefix}{_sequence:03x}-{rest[:4]}-{rest[4:]}"


def earliest_id(at: datetime) -> Id:
    """An id that sorts before every one that was made at this instant (to the millisecond), or later."""
    since = (at - EPOCH) // MILLISECOND  # not rounded: an id of the same millisecond may not come before
    return str(UUID(int=(since << 80) | (0x7 << 76) | (0b10 << 62)))


def parse_id(text: str) -> Id | None:
    """The id that `text` spells in the canonical 36-character form, in lower case, or None."""
    return text.lower() if _is_canonical(text) is not None else None
