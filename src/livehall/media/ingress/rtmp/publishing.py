"""What an encoder says until it publishes, and what we answer (Adobe's RTMP 1.0, section 7.2; no sockets).

`connect`, `createStream` and `publish` are answered; `releaseStream`, `FCPublish` and others that encoders
send beside them need no answer. After `publish` the stream key is known and decided on by the caller.
"""

from typing import NamedTuple

from livehall.media.ingress.rtmp import amf0, chunks
from livehall.media.ingress.rtmp.chunks import Message, RtmpInvalid

OUR_CHUNK_SIZE = 4096
WINDOW_BYTES = 2_500_000  # after which a side acknowledges
_STREAM = 1  # the only message stream that we give
_CONTROL, _COMMANDS = 2, 3  # our chunk streams
_PING_REQUEST, _PING_RESPONSE, _STREAM_BEGIN = 6, 7, 0  # user control events, section 7.1.7
_LONGEST_KEY = 256


class Publish(NamedTuple):
    """The encoder wants to publish under this key."""

    key: str


class Unpublish(NamedTuple):
    """The encoder has ended its stream properly."""


class Dialogue:
    """`hear` every message of kinds other than sound, picture and data; send what `answers` gives."""

    def __init__(self) -> None:
        self._out = bytearray()
        self._chunk_size = chunks.FIRST_CHUNK_SIZE
        self._is_connected = False

    def answers(self) -> bytes:
        """What is to be sent; each byte once."""
        out, self._out = bytes(self._out), bytearray()
        return out

    def hear(self, message: Message) -> Publish | Unpublish | None:
        """Raises: RtmpInvalid."""
        if message.kind == chunks.USER_CONTROL:
            if message.body[:2] == _PING_REQUEST.to_bytes(2):
                self._control(_PING_RESPONSE, message.body[2:6])
            return None
        if message.kind != chunks.COMMAND:
            return None
        try:
            name, number, *rest = amf0.decode(message.body)
        except (amf0.AmfInvalid, ValueError) as error:
            raise RtmpInvalid(f"a command that makes no sense: {error}") from None
        if not isinstance(name, str) or not isinstance(number, float):
            raise RtmpInvalid("a command without a name")
        return self._command(name, number, rest)

    def acknowledge(self, received: int) -> None:
        """So many bytes have come in all."""
        self._send(chunks.ACKNOWLEDGEMENT, (received & 0xFFFFFFFF).to_bytes(4))

    def accept(self) -> None:
        """The key is good: media may come."""
        self._control(_STREAM_BEGIN, _STREAM.to_bytes(4))
        self._status("status", "NetStream.Publish.Start", "Publishing.")

    def refuse(self, code: str, text: str) -> None:
        """`code` such as `NetStream.Publish.BadName`. Close afterwards."""
        self._status("error", code, text)

    def _command(self, name: str, number: float, rest: list[amf0.Value]) -> Publish | Unpublish | None:
        if name == "connect":
            self._connected(number)
        elif not self._is_connected:
            raise RtmpInvalid("a command before `connect`")
        elif name == "createStream":
            self._reply([_RESULT, number, None, float(_STREAM)])
        elif name == "publish":
            key = rest[1] if len(rest) > 1 and isinstance(rest[1], str) else ""
            return Publish(key.partition("?")[0][:_LONGEST_KEY])
        elif name in ("deleteStream", "closeStream", "FCUnpublish"):
            return Unpublish()
        elif name in ("play", "play2"):
            raise RtmpInvalid("nothing is played here")
        return None

    def _connected(self, number: float) -> None:
        if self._is_connected:
            raise RtmpInvalid("`connect` a second time")
        self._is_connected = True
        self._send(chunks.WINDOW, WINDOW_BYTES.to_bytes(4))
        self._send(chunks.PEER_BANDWIDTH, WINDOW_BYTES.to_bytes(4) + b"\2")
        self._send(chunks.SET_CHUNK_SIZE, OUR_CHUNK_SIZE.to_bytes(4))
        self._chunk_size = OUR_CHUNK_SIZE
        properties: dict[str, amf0.Value] = {"fmsVer": "FMS/3,0,1,123", "capabilities": 31.0}
        information: dict[str, amf0.Value] = {
            "level": "status",
            "code": "NetConnection.Connect.Success",
            "description": "Connected.",
            "objectEncoding": 0.0,
        }
        self._reply([_RESULT, number, properties, information])

    def _status(self, level: str, code: str, text: str) -> None:
        information: dict[str, amf0.Value] = {"level": level, "code": code, "description": text}
        self._send(chunks.COMMAND, amf0.encode(["onStatus", 0.0, None, information]), _STREAM)

    def _reply(self, values: list[amf0.Value]) -> None:
        self._send(chunks.COMMAND, amf0.encode(values))

    def _control(self, event: int, body: bytes) -> None:
        self._send(chunks.USER_CONTROL, event.to_bytes(2) + body)

    def _send(self, kind: int, body: bytes, stream: int = 0) -> None:
        channel = _COMMANDS if kind == chunks.COMMAND else _CONTROL
        self._out += chunks.write(Message(kind, stream, 0, body), channel, self._chunk_size)


_RESULT = "_result"
