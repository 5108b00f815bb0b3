"""Ids of 27 characters that sort by time: our UUIDv7 in the form of a KSUID, and back.

Twenty bytes in base 62: four of seconds since May 2014, as the form wants, and the sixteen of the UUID, which
sort by its milliseconds. Each id has one spelling.
"""

from hashlib import blake2b
from uuid import UUID

from livehall.dialects.kit import IdForm
from livehall.kernel.ids import Id, parse_id

LENGTH = 27
EPOCH = 1_400_000_000  # seconds
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"  # in the order of ASCII
VALUES = {character: value for value, character in enumerate(ALPHABET)}
PAIRS = [first + second for first in ALPHABET for second in ALPHABET]
TWO, FOUR, NINE = 62**2, 62**4, 62**9
PATTERN = "^[0-9A-Za-z]{27}$"


def outside(id: Id) -> str:
    """How an id of ours is written; another key, as a browser keeps one, by its digest."""
    if parse_id(id):
        number = int(id.replace("-", ""), 16)
    else:
        number = int.from_bytes(blake2b(id.encode(), digest_size=16).digest())
    left, last = divmod(_seconds(number) << 128 | number, NINE)
    first, middle = divmod(left, NINE)
    return _nine(first) + _nine(middle) + _nine(last)


def _nine(number: int) -> str:
    """Nine digits, two at a time: a report writes a hundred thousand ids, and each step on a long number
    costs as much as all on a short one.
    """
    high, low = divmod(number, FOUR)
    head, next_two = divmod(high, TWO)
    return f"{ALPHABET[head // TWO]}{PAIRS[head % TWO]}{PAIRS[next_two]}{PAIRS[low // TWO]}{PAIRS[low % TWO]}"


def inside(text: str) -> Id | None:
    """The id that `text` writes, in 27 characters or as the UUID that our pages show; None for neither."""
    if len(text) != LENGTH:
        return parse_id(text)
    number = 0
    for character in text:
        if character not in VALUES:
            return None
        number = number * 62 + VALUES[character]
    uuid = number & ((1 << 128) - 1)
    return str(UUID(int=uuid)) if number >> 128 == _seconds(uuid) else None


def _seconds(number: int) -> int:
    """The first four bytes, from the milliseconds in front of a UUIDv7."""
    return ((number >> 80) // 1000 - EPOCH) & 0xFFFFFFFF


FORM = IdForm(inside, {"type": "string", "minLength": 1})
