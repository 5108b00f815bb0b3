"""What passes between the media process and a recorder child.

To the child (its standard input): frames of `length, kind, time` and a body, numbered by counting. From
the child (its standard output): one JSON report a line. The numbers make a killed child harmless: a
report says up to which number all is safely on disk, and the successor is fed from there.
"""

import struct
from collections.abc import Iterator
from typing import Literal, NamedTuple

import msgspec

from livehall.media.tracks.programme import Codec, Kind, Packet

NO_TRACK = -1

_HEADER = struct.Struct("!IBd")  # length of the body, kind, Unix seconds
_PACKET = struct.Struct("!iHI?d")
_SENDER_REPORT = struct.Struct("!iQI")
_INDEX = struct.Struct("!i")


class Anchor(msgspec.Struct, frozen=True):
    """Where a track's timeline stood: RTP time (32 bits) ↔ position on the recording's line in ticks."""

    timestamp: int
    position: int


class Resume(msgspec.Struct, frozen=True, kw_only=True):
    """What a successor must know to go on at message `number`. The zero value is a new recording."""

    number: int = 0
    epoch: float | None = None  # Unix seconds at position 0
    picture: int = NO_TRACK
    views: tuple[int, ...] = ()
    anchors: dict[int, Anchor] = {}
    frames_in: int = 0


class Track(msgspec.Struct, frozen=True, kw_only=True):
    """A track is announced before its first packet."""

    index: int
    sid: str
    identity: str
    kind: Kind
    codec: Codec
    clock_rate: int
    source: str = ""


class Media(NamedTuple):
    track: int
    packet: Packet


class SenderReport(NamedTuple):
    track: int
    ntp: int
    timestamp: int


class Ended(NamedTuple):
    track: int


class Picture(NamedTuple):
    """From its next key frame on this track is the picture; `NO_TRACK`: the last picture stays."""

    track: int


class Views(msgspec.Struct, frozen=True):
    """The tracks on a composed canvas from now on, the most important first."""

    indices: tuple[int, ...]


class Arrange(msgspec.Struct, frozen=True):
    """How a composed canvas is laid out from now on."""

    layout: str


class Tick(NamedTuple):
    """Time passes."""


class End(NamedTuple):
    """The recording is over at this time."""


class Stream(msgspec.Struct, frozen=True):
    """A target of the running picture. The end of `url` is a secret."""

    id: str
    url: str


class Streams(msgspec.Struct, frozen=True):
    """All targets from now on."""

    wanted: tuple[Stream, ...]


Message = Resume | Track | Media | SenderReport | Ended | Picture | Tick | End | Streams | Views | Arrange


def encode(at: float, message: Message) -> bytes:
    """One frame; `at` is Unix seconds."""
    match message:
        case Media(index, packet):
            kind = 0
            body = _PACKET.pack(index, *packet[:3], packet.arrived_at) + packet.payload
        case SenderReport():
            kind, body = 1, _SENDER_REPORT.pack(*message)
        case Ended(index):
            kind, body = 2, _INDEX.pack(index)
        case Picture(index):
            kind, body = 3, _INDEX.pack(index)
        case Tick():
            kind, body = 4, b""
        case End():
            kind, body = 5, b""
        case Track():
            kind, body = 6, msgspec.json.encode(message)
        case Resume():
            kind, body = 7, msgspec.json.encode(message)
        case Streams():
            kind, body = 8, msgspec.json.encode(message)
        case Views():
            kind, body = 9, msgspec.json.encode(message)
        case Arrange():
            kind, body = 10, msgspec.json.encode(message)
    return _HEADER.pack(len(body), kind, at) + body


def _decode(kind: int, body: bytes) -> Message:
    match kind:
        case 0:
            index, sequence, timestamp, marker, arrived_at = _PACKET.unpack_from(body)
            return Media(index, Packet(sequence, timestamp, marker, body[_PACKET.size :], arrived_at))
        case 1:
            return SenderReport(*_SENDER_REPORT.unpack(body))
        case 2:
            return Ended(*_INDEX.unpack(body))
        case 3:
            return Picture(*_INDEX.unpack(body))
        case 4:
            return Tick()
        case 5:
            return End()
        case 6:
            return msgspec.json.decode(body, type=Track)
        case 7:
            return msgspec.json.decode(body, type=Resume)
        case 8:
            return msgspec.json.decode(body, type=Streams)
        case 9:
            return msgspec.json.decode(body, type=Views)
        case 10:
            return msgspec.json.decode(body, type=Arrange)
    raise ValueError(f"There is no message of kind {kind}.")


class Reader:
    """Cuts a byte stream into messages."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[tuple[float, Message]]:
        self._rest += data
        position = 0
        try:
            while len(self._rest) - position >= _HEADER.size:
                length, kind, at = _HEADER.unpack_from(self._rest, position)
                end = position + _HEADER.size + length
                if end > len(self._rest):
                    return
                body = self._rest[position + _HEADER.size : end]
                position = end
                yield at, _decode(kind, body)
        finally:
            self._rest = self._rest[position:]


class Started(msgspec.Struct, frozen=True, tag=True):
    """The first frame is in; Unix seconds."""

    at: float


class KeyFrameWanted(msgspec.Struct, frozen=True, tag=True):
    index: int


class Shown(msgspec.Struct, frozen=True, tag=True):
    """This track is the picture from now on."""

    index: int


class Beat(msgspec.Struct, frozen=True, tag=True):
    """A sign of life, about one a second while messages come."""

    resume: Resume


class StreamState(msgspec.Struct, frozen=True, tag=True):
    """What has become of a target at this time (Unix seconds)."""

    id: str
    state: Literal["active", "retrying", "failed"]
    at: float
    error: str = ""


Report = Started | KeyFrameWanted | Shown | Beat | StreamState
