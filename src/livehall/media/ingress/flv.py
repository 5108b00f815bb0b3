"""FLV (Adobe's "Video File Format" 10.1, annex E): tags as RTMP carries them, and what their heads say."""

import struct
from collections.abc import Iterator
from typing import NamedTuple

HEADER = b"FLV\x01\x05" + (9).to_bytes(4) + bytes(4)
AUDIO, VIDEO, DATA = 8, 9, 18
LARGEST_TAG = 8 << 20  # bytes
_TAG = struct.Struct("!B3s3sB3s")
_ENHANCED = 0x80  # of a video tag's first byte: a FourCC follows (Enhanced RTMP)
_AVC, _AAC, _MP3, _ENHANCED_SOUND = 7, 10, 2, 9


class FlvInvalid(ValueError):
    """Not FLV, or cut off in a tag."""


class Unsupported(Exception):
    """A codec that we do not take; the text tells the host what to choose instead."""


class Tag(NamedTuple):
    kind: int
    timestamp: int  # milliseconds, 32 bits: of decoding
    body: bytes


class Frame(NamedTuple):
    """The body of a sound or picture tag. A configuration describes the frames that follow."""

    codec: str  # h264, aac, mp3
    is_configuration: bool
    is_key: bool
    offset: int  # milliseconds from decoding to showing
    data: bytes


def write(tag: Tag) -> bytes:
    size = len(tag.body)
    head = _TAG.pack(
        tag.kind, size.to_bytes(3), (tag.timestamp & 0xFFFFFF).to_bytes(3), tag.timestamp >> 24, b"\0\0\0"
    )
    return head + tag.body + (size + _TAG.size).to_bytes(4)


def is_configuration(tag: Tag) -> bool:
    """Whether a decoder needs this tag before all others."""
    head = tag.body[:2]
    if len(head) < 2:
        return False
    if tag.kind == VIDEO:
        return head[0] & 15 == _AVC and head[1] == 0 and not head[0] & _ENHANCED
    return tag.kind == AUDIO and head[0] >> 4 == _AAC and head[1] == 0


class Reader:
    """Cuts a byte stream into tags."""

    def __init__(self) -> None:
        self._rest = bytearray()
        self._is_begun = False

    def feed(self, data: bytes) -> Iterator[Tag]:
        """Raises: FlvInvalid."""
        self._rest += data
        if not self._is_begun:
            if len(self._rest) < len(HEADER):
                return
            if self._rest[:3] != b"FLV":
                raise FlvInvalid("not FLV")
            del self._rest[: len(HEADER)]
            self._is_begun = True
        while len(self._rest) >= _TAG.size:
            kind, size, low, high, _ = _TAG.unpack_from(self._rest)
            length = int.from_bytes(size)
            end = _TAG.size + length
            if length > LARGEST_TAG:
                raise FlvInvalid("a tag that is too large")
            if len(self._rest) < end + 4:
                return
            body = bytes(self._rest[_TAG.size : end])
            del self._rest[: end + 4]
            yield Tag(kind, high << 24 | int.from_bytes(low), body)


def read_frame(tag: Tag) -> Frame | None:
    """What a tag carries; None for what carries no media.

    Raises: Unsupported.
    """
    if tag.kind == VIDEO:
        return _picture(tag.body)
    return _sound(tag.body) if tag.kind == AUDIO else None


def _picture(body: bytes) -> Frame | None:
    if len(body) < 5:
        return None
    if body[0] & _ENHANCED:
        return _enhanced_picture(body)
    if body[0] & 15 != _AVC:
        raise Unsupported("The encoder sends a kind of video that is not taken here. Choose H.264.")
    if body[1] > 1:
        return None  # the end of a sequence
    offset = int.from_bytes(body[2:5], signed=True)
    return Frame("h264", body[1] == 0, body[0] >> 4 == 1, offset, body[5:])


def _enhanced_picture(body: bytes) -> Frame | None:
    """Enhanced RTMP, "Enhanced Video": packet type and FourCC in place of the codec number."""
    kind, name = body[0] & 15, body[1:5]
    if name != b"avc1":
        shown = {b"hvc1": "HEVC", b"av01": "AV1", b"vp09": "VP9"}.get(name, "another kind of video")
        raise Unsupported(f"The encoder sends {shown}. Choose H.264.")
    is_key = body[0] >> 4 & 7 == 1
    if kind == 0:
        return Frame("h264", True, is_key, 0, body[5:])
    if kind == 1 and len(body) >= 8:
        return Frame("h264", False, is_key, int.from_bytes(body[5:8], signed=True), body[8:])
    return Frame("h264", False, is_key, 0, body[5:]) if kind == 3 else None


def _sound(body: bytes) -> Frame | None:
    if len(body) < 2:
        return None
    codec = body[0] >> 4
    if codec == _AAC:
        return Frame("aac", body[1] == 0, True, 0, body[2:])
    if codec == _MP3:
        return Frame("mp3", False, True, 0, body[1:])
    if codec == _ENHANCED_SOUND and body[1:5] == b"mp4a" and len(body) >= 5:
        return Frame("aac", body[0] & 15 == 0, True, 0, body[5:]) if body[0] & 15 < 2 else None
    raise Unsupported("The encoder sends a kind of sound that is not taken here. Choose AAC.")
