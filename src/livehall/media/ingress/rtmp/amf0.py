"""AMF 0 (Adobe, "Action Message Format – AMF 0"): the values in RTMP's commands."""

import struct
from collections.abc import Sequence

DEEPEST = 8
MOST_VALUES = 256  # in one message
_NUMBER, _BOOLEAN, _STRING, _OBJECT, _NULL, _UNDEFINED = 0, 1, 2, 3, 5, 6
_ECMA_ARRAY, _OBJECT_END, _STRICT_ARRAY, _DATE, _LONG_STRING = 8, 9, 10, 11, 12

Value = float | bool | str | None | dict[str, "Value"] | list["Value"]


class AmfInvalid(ValueError):
    """The bytes are not AMF 0, or more of it than a command needs."""


def decode(data: bytes) -> list[Value]:
    """All values, one after the other.

    Raises: AmfInvalid.
    """
    reader = _Reader(data)
    values: list[Value] = []
    while not reader.is_at_end:
        values.append(reader.value(0))
    return values


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._position = 0
        self._values = 0

    @property
    def is_at_end(self) -> bool:
        return self._position >= len(self._data)

    def value(self, depth: int) -> Value:
        self._values += 1
        if depth > DEEPEST or self._values > MOST_VALUES:
            raise AmfInvalid("too deep or too many values")
        marker = self._take(1)[0]
        if marker == _NUMBER:
            return float(struct.unpack("!d", self._take(8))[0])
        if marker == _BOOLEAN:
            return self._take(1) != b"\0"
        if marker == _STRING:
            return self._text(2)
        if marker == _LONG_STRING:
            return self._text(4)
        if marker in (_NULL, _UNDEFINED):
            return None
        if marker == _OBJECT:
            return self._members(depth)
        if marker == _ECMA_ARRAY:
            self._take(4)  # its length is a hint; the end marker counts
            return self._members(depth)
        if marker == _STRICT_ARRAY:
            count = int.from_bytes(self._take(4))
            if count > MOST_VALUES:
                raise AmfInvalid("too many values")
            return [self.value(depth + 1) for _ in range(count)]
        if marker == _DATE:
            return float(struct.unpack("!d2x", self._take(10))[0])
        raise AmfInvalid(f"a value of kind {marker}")

    def _members(self, depth: int) -> dict[str, Value]:
        members: dict[str, Value] = {}
        while True:
            name = self._text(2)
            if not name and self._data[self._position : self._position + 1] == bytes((_OBJECT_END,)):
                self._position += 1
                return members
            members[name] = self.value(depth + 1)

    def _text(self, width: int) -> str:
        size = int.from_bytes(self._take(width))
        try:
            return self._take(size).decode()
        except UnicodeDecodeError:
            raise AmfInvalid("a text that is not UTF-8") from None

    def _take(self, size: int) -> bytes:
        end = self._position + size
        if end > len(self._data):
            raise AmfInvalid("cut off")
        taken = self._data[self._position : end]
        self._position = end
        return taken


def encode(values: Sequence[Value]) -> bytes:
    """Numbers, texts up to 64 KiB, booleans, null and objects of them."""
    return b"".join(_encode(value) for value in values)


def _encode(value: Value) -> bytes:
    if value is None:
        return bytes((_NULL,))
    if isinstance(value, bool):
        return bytes((_BOOLEAN, value))
    if isinstance(value, float | int):
        return struct.pack("!Bd", _NUMBER, value)
    if isinstance(value, str):
        return bytes((_STRING,)) + _name(value)
    if isinstance(value, dict):
        members = b"".join(_name(name) + _encode(member) for name, member in value.items())
        return bytes((_OBJECT,)) + members + bytes((0, 0, _OBJECT_END))
    raise TypeError("arrays are not written")


def _name(text: str) -> bytes:
    encoded = text.encode()
    return struct.pack("!H", len(encoded)) + encoded
