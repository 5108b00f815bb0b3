"""VP9 out of RTP (RFC 9628 §4.2): pictures, each of one frame or, with layers, of several in a superframe."""

from livehall.media.egress.vp8 import Malformed

_HAS_PICTURE, _INTER, _HAS_LAYERS, _FLEXIBLE = 0x80, 0x40, 0x20, 0x10
BEGINS, _HAS_STRUCTURE = 0x08, 0x02
_LONG_PICTURE, _MORE = 0x80, 0x01
_HAS_SIZES, _HAS_GROUP = 0x10, 0x08
_SUPERFRAME = 0xC0 | 3 << 3  # VP9 Bitstream Specification, annex B: sizes of four bytes


class Gatherer:
    """Payloads of one picture, in order."""

    def __init__(self) -> None:
        self.size = (0, 0)  # pixels, of the largest layer
        self._frames: list[bytearray] = []
        self._is_key = False

    def add(self, payload: bytes) -> None:
        """Raises: Malformed."""
        try:
            length, size = _read(payload)
        except IndexError:
            raise Malformed("The VP9 descriptor is cut off.") from None
        if length >= len(payload):
            raise Malformed("No VP9 data follows the descriptor.")
        first = payload[0]
        if first & BEGINS:
            if not self._frames:
                self._is_key = not first & _INTER
            self._frames.append(bytearray())
        elif not self._frames:
            raise Malformed("A frame without its beginning.")
        self._frames[-1] += payload[length:]
        self.size = size or self.size

    def take(self) -> tuple[bytes, bool]:
        """The picture and whether a decoder can begin with it. Raises: Malformed."""
        frames, is_key = self._frames, self._is_key
        self.clear()
        if not frames:
            raise Malformed("An empty picture.")
        if len(frames) == 1:
            return bytes(frames[0]), is_key
        marker = bytes([_SUPERFRAME | len(frames) - 1])
        sizes = b"".join(len(frame).to_bytes(4, "little") for frame in frames)
        return b"".join(frames) + marker + sizes + marker, is_key

    def clear(self) -> None:
        self._frames, self._is_key = [], False


def _read(payload: bytes) -> tuple[int, tuple[int, int] | None]:
    """Bytes of the descriptor, and the size of the largest layer where it is told. Raises: IndexError."""
    first = payload[0]
    at = 1
    if first & _HAS_PICTURE:
        at += 2 if payload[at] & _LONG_PICTURE else 1
    if first & _HAS_LAYERS:
        at += 1 if first & _FLEXIBLE else 2
    if first & _INTER and first & _FLEXIBLE:
        for _ in range(3):
            at += 1
            if not payload[at - 1] & _MORE:
                break
    size = None
    if first & _HAS_STRUCTURE:
        structure = payload[at]
        at += 1
        if structure & _HAS_SIZES:
            at += 4 * ((structure >> 5) + 1)
            size = int.from_bytes(payload[at - 4 : at - 2]), int.from_bytes(payload[at - 2 : at])
        if structure & _HAS_GROUP:
            pictures = payload[at]
            at += 1
            for _ in range(pictures):
                at += 1 + (payload[at] >> 2 & 3)
    return at, size
