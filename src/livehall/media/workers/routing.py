"""Which worker, or which workers, a request is for. Nothing is decided here about who may do what: tokens are
read, not believed, and a request that makes no sense goes to a worker that says so."""

import base64
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any
from urllib.parse import unquote

import msgspec
from google.protobuf.json_format import Parse, ParseError
from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass
from livekit.protocol import egress, ingress, room
from starlette.datastructures import QueryParams

from livehall.media.signal.admission import token_of
from livehall.media.workers.place import worker_of

_SERVICES: Mapping[str, Any] = {
    f"livekit.{name}": module.DESCRIPTOR.services_by_name[name]
    for module, name in ((room, "RoomService"), (egress, "Egress"), (ingress, "Ingress"))
}
_OF_ALL = ("ListRooms", "ListEgress", "ListIngress")
_BY_ID = ("egress_id", "ingress_id")
_ROOM = ("room_name", "room")


class Several(Enum):
    ALL = "all"  # every worker is asked, and what they say is put together
    WHO_KNOWS = "who knows"  # the first that does not answer `not_found`


Target = int | Several


class Asked(msgspec.Struct, frozen=True):
    """A request as the front has read it."""

    method: str
    target: str  # path and query as they came
    headers: Mapping[str, str]  # names in lower case
    body: bytes

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]


class Router:
    def __init__(self, workers: int, room_of_key: Callable[[str], str | None]) -> None:
        """`room_of_key`: the room that a stream key belongs to."""
        self._workers = workers
        self._room_of_key = room_of_key

    def target(self, asked: Asked) -> Target:
        segments = [unquote(segment) for segment in asked.path.split("/")[1:]]
        match segments:
            case ["twirp", service, method]:
                return self._call(asked, service, method)
            case ["whip" | "whep", "session", name]:
                number = name.partition(".")[0]
                return int(number) % self._workers if number.isdecimal() and len(number) < 4 else 0
            case ["whip" | "w", *rest]:
                return self.of_key(rest[0] if rest else bearer(asked.headers))
            case ["rtc" | "whep", *_]:
                query = QueryParams(asked.target.partition("?")[2])
                return worker_of(_room_in_token(token_of(asked.headers, query)), self._workers)
        return 0

    def of_key(self, key: str) -> int:
        """A key that nobody has is always refused by the same worker, which counts the tries."""
        known = self._room_of_key(key)
        return worker_of(known, self._workers) if known is not None else 0

    def _call(self, asked: Asked, service: str, method: str) -> Target:
        known = _SERVICES.get(service)
        described = known.methods_by_name.get(method) if known is not None else None
        if described is None:
            return 0
        if method in _OF_ALL:
            return Several.ALL
        message = _read(GetMessageClass(described.input_type), asked)
        if message is None:
            return 0
        if any(getattr(message, name, "") for name in _BY_ID):
            return Several.WHO_KNOWS
        names = ("name",) if method == "CreateRoom" else _ROOM
        found = next((value for name in names if (value := getattr(message, name, ""))), "")
        return worker_of(found, self._workers)


def _read(kind: type[Message], asked: Asked) -> Message | None:
    try:
        if asked.headers.get("content-type", "").partition(";")[0].strip().lower() == "application/json":
            return Parse(asked.body, kind(), ignore_unknown_fields=True)
        return kind.FromString(asked.body)
    except (ParseError, DecodeError, UnicodeDecodeError, RecursionError):
        return None


def bearer(headers: Mapping[str, str]) -> str:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _room_in_token(token: str) -> str:
    """As the token says; whether it is to be believed is the worker's business."""
    parts = token.split(".")
    if len(parts) != 3:
        return ""
    try:
        body = base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))
        payload = msgspec.json.decode(body, type=_Payload, strict=False)
    except (ValueError, msgspec.DecodeError):
        return ""
    return payload.video.room


class _Video(msgspec.Struct, frozen=True):
    room: str = ""


class _Payload(msgspec.Struct, frozen=True):
    video: _Video = _Video()
