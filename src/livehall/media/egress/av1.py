"""AV1 out of RTP (RTP Payload Format For AV1 1.0, §4): temporal units as a decoder and a file take them.

A payload is OBUs, or pieces of them, without their sizes; a temporal unit in a stream has a delimiter, and
each OBU its size (AV1 Bitstream Specification §5.3, "low overhead").
"""

from livehall.media.egress.vp8 import Malformed

_CONTINUES, _GOES_ON, _NEW_SEQUENCE = 0x80, 0x40, 0x08  # Z, Y, N of the aggregation header
_EXTENSION, _HAS_SIZE = 0x04, 0x02  # of an OBU's header
_DELIMITER, _TILE_LIST = 2, 8  # are not sent in RTP, and ignored
DELIMITER = b"\x12\x00"


class Gatherer:
    """Payloads of one temporal unit, in order."""

    size = (0, 0)  # not looked for

    def __init__(self) -> None:
        self._units: list[bytes] = []
        self._open: bytes | None = None  # an OBU whose rest comes with the next payload
        self._is_key = False
        self._is_empty = True

    def add(self, payload: bytes) -> None:
        """Raises: Malformed."""
        if not payload:
            raise Malformed("The payload is empty.")
        header = payload[0]
        if self._is_empty:
            self._is_key = bool(header & _NEW_SEQUENCE)
            self._is_empty = False
        pieces = _split(payload, header >> 4 & 3)
        if bool(header & _CONTINUES) != (self._open is not None):
            raise Malformed("A piece of an OBU without its other pieces.")
        if self._open is not None:
            pieces[0] = self._open + pieces[0]
            self._open = None
        if header & _GOES_ON:
            self._open = pieces.pop()
        self._units += pieces

    def take(self) -> tuple[bytes, bool]:
        """The temporal unit and whether a decoder can begin with it. Raises: Malformed."""
        units, is_key, is_cut = self._units, self._is_key, self._open is not None
        self.clear()
        if is_cut or not units:
            raise Malformed("A temporal unit that is not whole.")
        sized = [_with_size(unit) for unit in units if unit[0] >> 3 & 15 not in (_DELIMITER, _TILE_LIST)]
        return DELIMITER + b"".join(sized), is_key

    def clear(self) -> None:
        self._units, self._open = [], None
        self._is_key, self._is_empty = False, True


def _split(payload: bytes, count: int) -> list[bytes]:
    """The OBUs and pieces of a payload; of `count` (0: not told) the last one has no length."""
    found: list[bytes] = []
    at = 1
    while at < len(payload):
        if count and len(found) == count - 1:
            length = len(payload) - at
        else:
            length, at = _leb128(payload, at)
        if not length or at + length > len(payload):
            raise Malformed("An OBU is cut off.")
        found.append(payload[at : at + length])
        at += length
    if not found or len(found) < count:
        raise Malformed("An OBU is missing.")
    return found


def _leb128(data: bytes, at: int) -> tuple[int, int]:
    """The number, and where it ends."""
    value = 0
    for place in range(8):
        if at >= len(data):
            break
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << 7 * place
        if not byte & 0x80:
            return value, at
    raise Malformed("A length is cut off.")


def _with_size(unit: bytes) -> bytes:
    if unit[0] & _HAS_SIZE:
        return unit
    start = 2 if unit[0] & _EXTENSION else 1
    length, size = len(unit) - start, bytearray()
    while length > 0x7F:
        size.append(length & 0x7F | 0x80)
        length >>= 7
    size.append(length)
    return bytes([unit[0] | _HAS_SIZE]) + unit[1:start] + bytes(size) + unit[start:]
