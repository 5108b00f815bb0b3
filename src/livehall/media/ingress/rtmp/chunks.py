"""The chunk stream of RTMP (Adobe's specification 1.0, section 5.3): bytes in, messages out, and back.

What a stranger may make us keep is bounded: the size of one message, the number of chunk streams, and the
sum of all messages that are begun and not complete. `trust` widens the bounds once the stream key is known.
"""

import struct
from collections.abc import Iterator
from typing import NamedTuple

FIRST_CHUNK_SIZE = 128  # bytes, section 5.4.1
LARGEST_CHUNK = 1 << 16
_STRANGER = (16 << 10, 8)  # largest message in bytes, most chunk streams
_TRUSTED = (4 << 20, 32)  # a key frame of 4K at 50 Mb/s is about 1 MB
_EXTENDED = 0xFFFFFF  # of a time: the real one follows in four bytes
_HEADERS = (11, 7, 3, 0)  # bytes of the message header by format, section 5.3.1.2

SET_CHUNK_SIZE, ABORT, ACKNOWLEDGEMENT, USER_CONTROL, WINDOW, PEER_BANDWIDTH = 1, 2, 3, 4, 5, 6
AUDIO, VIDEO, DATA, COMMAND = 8, 9, 18, 20


class RtmpInvalid(ValueError):
    """The peer does not speak RTMP as we know it, or asks for too much."""


class Message(NamedTuple):
    kind: int
    stream: int
    timestamp: int  # milliseconds, 32 bits
    body: bytes


class _Channel:
    """One chunk stream: the last header, and the message that is being put together."""

    __slots__ = ("body", "delta", "is_extended", "kind", "length", "stream", "timestamp")

    def __init__(self) -> None:
        self.kind = self.stream = self.length = self.timestamp = self.delta = 0
        self.is_extended = False
        self.body: bytearray | None = None


class ChunkReader:
    """Cuts a byte stream into messages. Protocol control that concerns reading is acted on here."""

    def __init__(self) -> None:
        self._rest = bytearray()
        self._chunk_size = FIRST_CHUNK_SIZE
        self._channels: dict[int, _Channel] = {}
        self._largest, self._most_channels = _STRANGER
        self._kept = 0  # bytes of messages that are not complete

    def trust(self) -> None:
        """The peer has shown a valid stream key: pictures may come."""
        self._largest, self._most_channels = _TRUSTED

    @property
    def waiting(self) -> int:
        """Bytes that are kept for messages which are not complete."""
        return self._kept + len(self._rest)

    def feed(self, data: bytes) -> Iterator[Message]:
        """Raises: RtmpInvalid; the connection is of no use afterwards."""
        self._rest += data
        while (message := self._chunk()) is not None:
            if message is not _MORE:
                if message.kind == SET_CHUNK_SIZE:
                    self._set_chunk_size(message.body)
                elif message.kind == ABORT:
                    self._abort(message.body)
                else:
                    yield message

    def _chunk(self) -> Message | None:
        """Take one chunk: the message that it completes, `_MORE` when it completes none, None when it is
        not all there."""
        rest = self._rest
        head = _basic_header(rest)
        if head is None:
            return None
        form, number, at = head
        channel = self._channels.get(number)
        if channel is None:
            # librtmp begins its channel of protocol control without a stream id.
            if form != 0 and not (form == 1 and number == 2):
                raise RtmpInvalid("a chunk stream begins without a full header")
            if len(self._channels) >= self._most_channels:
                raise RtmpInvalid("too many chunk streams")
            channel = _Channel()
        end = at + _HEADERS[form]
        if len(rest) < end:
            return None
        is_begun = channel.body is not None
        if is_begun and form != 3:
            raise RtmpInvalid("a message begins before the last one has ended")
        field = int.from_bytes(rest[at : at + 3]) if form < 3 else 0
        is_extended = field == _EXTENDED if form < 3 else channel.is_extended
        length = int.from_bytes(rest[at + 3 : at + 6]) if form < 2 else channel.length
        if length > self._largest:
            raise RtmpInvalid(f"a message of {length} bytes")
        if is_extended:
            if len(rest) < end + 4:
                return None
            field = int.from_bytes(rest[end : end + 4])
            end += 4
        have = len(channel.body) if channel.body is not None else 0
        size = min(self._chunk_size, length - have)
        if len(rest) < end + size:
            return None
        self._channels[number] = channel
        if not is_begun:
            self._begin(channel, form, field, is_extended, length, bytes(rest[at : at + _HEADERS[form]]))
        return self._append(channel, end, size)

    def _begin(
        self, channel: _Channel, form: int, field: int, is_extended: bool, length: int, header: bytes
    ) -> None:
        channel.length = length
        channel.is_extended = is_extended
        if form < 2:
            channel.kind = header[6]
        if form == 0:
            channel.stream = int.from_bytes(header[7:11], "little")
            channel.timestamp = channel.delta = field
        else:
            if form < 3:
                channel.delta = field
            channel.timestamp = (channel.timestamp + channel.delta) & 0xFFFFFFFF
        channel.body = bytearray()

    def _append(self, channel: _Channel, start: int, size: int) -> Message:
        assert channel.body is not None
        channel.body += self._rest[start : start + size]
        del self._rest[: start + size]
        if len(channel.body) < channel.length:
            self._kept += size
            if self._kept > 2 * self._largest:
                raise RtmpInvalid("too many messages are begun and not ended")
            return _MORE
        self._kept -= len(channel.body) - size
        body, channel.body = bytes(channel.body), None
        return Message(channel.kind, channel.stream, channel.timestamp, body)

    def _set_chunk_size(self, body: bytes) -> None:
        size = int.from_bytes(body[:4])
        if len(body) < 4 or not 1 <= size <= LARGEST_CHUNK:
            raise RtmpInvalid(f"chunks of {size} bytes")
        self._chunk_size = size

    def _abort(self, body: bytes) -> None:
        channel = self._channels.get(int.from_bytes(body[:4])) if len(body) >= 4 else None
        if channel is not None and channel.body is not None:
            self._kept -= len(channel.body)
            channel.body = None


_MORE = Message(0, 0, 0, b"")


def _basic_header(rest: bytearray) -> tuple[int, int, int] | None:
    """(format, chunk stream, bytes taken), section 5.3.1.1; None when it is not all there."""
    if not rest:
        return None
    form, number = rest[0] >> 6, rest[0] & 63
    if number > 1:
        return form, number, 1
    if len(rest) < 2 + number:
        return None
    if number == 0:
        return form, 64 + rest[1], 2
    return form, 64 + rest[1] + 256 * rest[2], 3


def write(message: Message, channel: int, chunk_size: int) -> bytes:
    """One message in chunks, with a full header; `channel` 2–63."""
    time = min(message.timestamp, _EXTENDED)
    extended = struct.pack("!I", message.timestamp) if time == _EXTENDED else b""
    header = bytes((channel,)) + time.to_bytes(3) + len(message.body).to_bytes(3) + bytes((message.kind,))
    written = header + message.stream.to_bytes(4, "little") + extended + message.body[:chunk_size]
    for start in range(chunk_size, len(message.body), chunk_size):
        written += bytes((0xC0 | channel,)) + extended + message.body[start : start + chunk_size]
    return written
