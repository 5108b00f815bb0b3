"""WebSocket frames of a server (RFC 6455 §5), without extensions."""

import struct
from enum import IntEnum

from livehall.gateway.centrifugo import codes
from livehall.gateway.centrifugo.codes import Disconnect

FIN, MASKED = 0x80, 0x80
RESERVED_BITS = 0x70  # no extension is negotiated, so they must be zero
MAX_CONTROL = 125


class Opcode(IntEnum):
    """RFC 6455 §11.8."""

    CONTINUATION = 0
    TEXT = 1
    BINARY = 2
    CLOSE = 8
    PING = 9
    PONG = 10


def frame(payload: bytes, opcode: int = Opcode.TEXT) -> bytes:
    """One whole, unmasked frame."""
    size = len(payload)
    if size < 126:
        return struct.pack("!BB", FIN | opcode, size) + payload
    if size < 65536:
        return struct.pack("!BBH", FIN | opcode, 126, size) + payload
    return struct.pack("!BBQ", FIN | opcode, 127, size) + payload


def close_frame(code: int, reason: str) -> bytes:
    """A close frame; the reason is cut to what a control frame holds."""
    text = reason.encode()[: MAX_CONTROL - 2].decode(errors="ignore").encode()
    return frame(struct.pack("!H", code) + text, Opcode.CLOSE)


def unmask(payload: bytes, mask: bytes) -> bytes:
    """RFC 6455 §5.3, as one XOR of two long integers."""
    size = len(payload)
    key = (mask * (size // 4 + 1))[:size]
    return (int.from_bytes(payload, "little") ^ int.from_bytes(key, "little")).to_bytes(size, "little")


class FrameReader:
    """Puts a client's messages together. Holds at most one message and one frame of `max_message` bytes."""

    __slots__ = ("_buffer", "_max_message", "_parts")

    def __init__(self, max_message: int) -> None:
        self._max_message = max_message
        self._buffer: bytearray | None = None  # the beginning of a frame
        self._parts: bytearray | None = None  # the beginning of a fragmented text message

    def feed(self, data: bytes) -> list[tuple[Opcode, bytes]]:
        """The text messages and control frames that `data` completes, in order.

        Raises: Disconnect.
        """
        if self._buffer is not None:
            self._buffer += data
        window = data if self._buffer is None else self._buffer
        complete: list[tuple[Opcode, bytes]] = []
        at = 0
        while (found := self._frame(window, at)) is not None:
            first, payload, at = found
            message = self._assemble(first & FIN, first & 0x0F, payload)
            if message is not None:
                complete.append(message)
        if self._buffer is None:
            self._buffer = bytearray(data[at:]) if at < len(data) else None
        elif at == len(self._buffer):
            self._buffer = None
        else:
            del self._buffer[:at]
        return complete

    def _frame(self, window: bytes | bytearray, at: int) -> tuple[int, bytes, int] | None:
        """First byte, unmasked payload and end of the frame at `at`, or None while it is incomplete."""
        if len(window) - at < 2:
            return None
        first, second, start = window[at], window[at + 1], at + 2
        if first & RESERVED_BITS or not second & MASKED:
            raise Disconnect(*codes.PROTOCOL_ERROR)
        size = second & 0x7F
        if first & 0x08 and (size > MAX_CONTROL or not first & FIN):
            raise Disconnect(*codes.PROTOCOL_ERROR)
        if size > MAX_CONTROL:
            width = 2 if size == 126 else 8
            if len(window) - start < width:
                return None
            size, start = int.from_bytes(window[start : start + width], "big"), start + width
        if not first & 0x08 and size + len(self._parts or b"") > self._max_message:
            raise Disconnect(*codes.TOO_BIG)
        end = start + 4 + size
        if len(window) < end:
            return None
        return first, unmask(bytes(window[start + 4 : end]), bytes(window[start : start + 4])), end

    def _assemble(self, final: int, opcode: int, payload: bytes) -> tuple[Opcode, bytes] | None:
        """A control frame or a whole text message, or None after a part of one."""
        if opcode in (Opcode.CLOSE, Opcode.PING, Opcode.PONG):
            return Opcode(opcode), payload
        if opcode == Opcode.BINARY:
            raise Disconnect(*codes.TEXT_ONLY)
        continues = opcode == Opcode.CONTINUATION
        if opcode not in (Opcode.TEXT, Opcode.CONTINUATION) or continues is (self._parts is None):
            raise Disconnect(*codes.PROTOCOL_ERROR)
        if self._parts is not None:
            self._parts += payload
            payload = bytes(self._parts) if final else b""
            self._parts = None if final else self._parts
        elif not final:
            self._parts = bytearray(payload)
        return (Opcode.TEXT, payload) if final else None
