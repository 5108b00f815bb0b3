"""What a client may say: Centrifugo's client protocol v2 in JSON, read strictly.

Source of the fields: centrifugal/protocol v0.23, definitions/client.proto. Unknown fields are ignored,
as clients grow; a field of a wrong type, a repeated key, a number that is none, or deep nesting is not.
"""

import json
from typing import Annotated, NoReturn

import msgspec

from livehall.core.ports.channels import Since
from livehall.gateway.centrifugo import codes
from livehall.gateway.centrifugo.codes import Disconnect

MAX_DEPTH = 32

Position = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]


class Recovery(msgspec.Struct, frozen=True):
    """The stream position inside a subscribe, or of a server-side subscription inside a connect."""

    recover: bool = False
    epoch: str = ""
    offset: Position = 0

    @property
    def since(self) -> Since | None:
        return Since(self.offset, self.epoch) if self.recover else None


class Connect(msgspec.Struct, frozen=True):
    """`token` is the library's field; `data` may be `{"token": …}`, the form that our pages use."""

    token: str = ""
    data: object = None
    subs: dict[str, Recovery] = {}

    @property
    def credential(self) -> str:
        """The token of either place; the one in `data` wins, empty means anonymous."""
        if isinstance(self.data, dict):
            token = self.data.get("token", "")
            if not isinstance(token, str):
                raise Disconnect(*codes.BAD_REQUEST)
            return token or self.token
        return self.token


class Subscribe(Recovery, frozen=True, kw_only=True):
    channel: str
    flag: Annotated[int, msgspec.Meta(ge=0)] = 0


class OfChannel(msgspec.Struct, frozen=True):
    """Unsubscribe, publish, presence, presence_stats, sub_refresh: only the channel matters to us."""

    channel: str


class StreamPosition(msgspec.Struct, frozen=True):
    offset: Position = 0
    epoch: str = ""


class History(msgspec.Struct, frozen=True, kw_only=True):
    channel: str
    limit: Annotated[int, msgspec.Meta(ge=-(2**31), lt=2**31)] = 0
    since: StreamPosition | None = None
    reverse: bool = False


class Refresh(msgspec.Struct, frozen=True):
    token: str = ""


class Nothing(msgspec.Struct, frozen=True):
    """A request whose content does not matter."""


Request = Connect | Subscribe | OfChannel | History | Refresh | Nothing

REQUESTS: dict[str, type[Request]] = {
    "connect": Connect,
    "subscribe": Subscribe,
    "unsubscribe": OfChannel,
    "publish": OfChannel,
    "presence": OfChannel,
    "presence_stats": OfChannel,
    "history": History,
    "ping": Nothing,
    "send": Nothing,
    "rpc": Nothing,
    "refresh": Refresh,
    "sub_refresh": OfChannel,
}


class Command(msgspec.Struct, frozen=True):
    """One command: `number` is the client's, to be repeated in the answer; 0 asks for none."""

    number: int
    method: str
    request: Request


def decode(line: bytes) -> Command:
    """Read one command.

    Raises: Disconnect, with the code for a bad request.
    """
    try:
        value = _loads(line.decode())
        if not isinstance(value, dict) or _is_too_deep(line, value):
            raise ValueError
        number = value.pop("id", 0)
        methods = [name for name in value if name in REQUESTS]
        if type(number) is not int or not 0 <= number < 2**32 or len(methods) != 1:
            raise ValueError
        method = methods[0]
        request = msgspec.convert(value[method], REQUESTS[method])
    except (ValueError, RecursionError):  # msgspec.ValidationError and UnicodeDecodeError are ValueErrors
        raise Disconnect(*codes.BAD_REQUEST) from None
    if number == 0 and method != "send":
        raise Disconnect(*codes.BAD_REQUEST)
    return Command(number, method, request)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)  # NaN and Infinity are not JSON (RFC 8259 §6)


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError
    return found


_loads = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant).decode


def _is_too_deep(line: bytes, value: object) -> bool:
    """Depth is at most the number of opening brackets, which are few in an honest command."""
    return line.count(b"{") + line.count(b"[") > MAX_DEPTH and _depth_exceeds(value, MAX_DEPTH)


def _depth_exceeds(value: object, limit: int) -> bool:
    if isinstance(value, dict):
        children = list(value.values())
    elif isinstance(value, list):
        children = value
    else:
        return False
    return limit == 0 or any(_depth_exceeds(child, limit - 1) for child in children)
