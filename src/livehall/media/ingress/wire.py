"""What an ingest child writes: RTP payloads of the programme, and reports of what the encoder sends."""

import struct
from collections.abc import Iterator
from typing import Literal

import msgspec

_HEAD = struct.Struct("!BBQI")  # kind, marker, RTP ticks, length
_REPORT = 2
_LARGEST = 64 << 10


class Payload(msgspec.Struct, frozen=True):
    """One RTP payload; `timestamp` is unwrapped, from the encoder's clock."""

    kind: Literal["audio", "video"]
    timestamp: int
    marker: bool
    data: bytes


class Order(msgspec.Struct, frozen=True):
    """What a child that pulls is told, as one line."""

    url: str
    hosts: tuple[str, ...]  # that it may fetch from
    may_be_private: bool  # whether they may be of this network


class SawVideo(msgspec.Struct, frozen=True, tag=True):
    mime_type: str
    width: int
    height: int
    frame_rate: float
    is_transcoded: bool


class SawAudio(msgspec.Struct, frozen=True, tag=True):
    mime_type: str
    channels: int
    sample_rate: int


class KeyFrameWanted(msgspec.Struct, frozen=True, tag=True):
    """Pictures cannot be decoded before the next one."""


class Refused(msgspec.Struct, frozen=True, tag=True):
    """Another run would end the same way; the text is for the host."""

    text: str


Report = SawVideo | SawAudio | KeyFrameWanted | Refused
_reports: msgspec.json.Decoder[Report] = msgspec.json.Decoder(Report)


class WireInvalid(ValueError):
    """Not what a child of ours writes."""


def encode(message: Payload | Report) -> bytes:
    if isinstance(message, Payload):
        kind = 1 if message.kind == "video" else 0
        return _HEAD.pack(kind, message.marker, message.timestamp, len(message.data)) + message.data
    body = msgspec.json.encode(message)
    return _HEAD.pack(_REPORT, 0, 0, len(body)) + body


class Reader:
    """Cuts a byte stream into messages."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, data: bytes) -> Iterator[Payload | Report]:
        """Raises: WireInvalid."""
        self._rest += data
        while len(self._rest) >= _HEAD.size:
            kind, marker, timestamp, size = _HEAD.unpack_from(self._rest)
            if size > _LARGEST or kind > _REPORT:
                raise WireInvalid("a message that no child writes")
            end = _HEAD.size + size
            if len(self._rest) < end:
                return
            body = bytes(self._rest[_HEAD.size : end])
            del self._rest[:end]
            if kind == _REPORT:
                try:
                    yield _reports.decode(body)
                except msgspec.DecodeError as error:
                    raise WireInvalid(str(error)) from None
            else:
                yield Payload("video" if kind else "audio", timestamp, bool(marker), body)
