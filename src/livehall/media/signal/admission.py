"""Who may open a signalling socket, and with which wishes; refusals are in LiveKit's words."""

import base64
import binascii
import zlib
from collections.abc import Mapping

import msgspec
from google.protobuf.message import DecodeError
from livekit.protocol import models, rtc

from livehall.media.rooms.grants import Claims
from livehall.media.rooms.tokens import Keys, TokenRefused

LARGEST_JOIN = 2 << 20  # bytes, unpacked: an offer may be long, a gzip bomb longer
_LONGEST_NAME = 256  # characters, of identities and of rooms, as LiveKit's own limit


class Refused(Exception):
    """Answered with this HTTP status and text instead of a WebSocket."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


class Admission(msgspec.Struct, frozen=True):
    """A client that may come in."""

    claims: Claims
    wish: rtc.JoinRequest
    has_two_connections: bool


def token_of(headers: Mapping[str, str], query: Mapping[str, str]) -> str:
    """The access token that a request shows, or nothing. The front of several workers asks here too: another
    reading of its own would lead a client past the home of its room."""
    if authorization := headers.get("authorization", ""):
        return authorization.removeprefix("Bearer ")
    return query.get("access_token", "")


def check_token(headers: Mapping[str, str], query: Mapping[str, str], keys: Keys) -> Claims:
    """Raises: Refused."""
    token = token_of(headers, query)
    if not token:
        raise Refused(401, "no permissions to access the room")
    try:
        claims = keys.verify(token)
    except TokenRefused as refusal:
        raise Refused(401, refusal.text) from None
    if not claims.video.room_join:
        raise Refused(401, "permissions denied")
    if not claims.video.room:
        raise Refused(400, "no room name")
    if not claims.identity:
        raise Refused(400, "identity cannot be empty")
    if len(claims.identity) > _LONGEST_NAME:
        raise Refused(400, f"participant identity length exceeds limits: max length {_LONGEST_NAME}")
    if len(claims.video.room) > _LONGEST_NAME:
        raise Refused(400, f"room name length exceeds limits: max length {_LONGEST_NAME}")
    return claims


def admit_single(headers: Mapping[str, str], query: Mapping[str, str], keys: Keys) -> Admission:
    """A client of `/rtc/v1`: one peer connection, wishes in `join_request`.

    Raises: Refused.
    """
    claims = check_token(headers, query, keys)
    return Admission(claims, unwrap(query.get("join_request", "")), has_two_connections=False)


def admit_dual(headers: Mapping[str, str], query: Mapping[str, str], keys: Keys) -> Admission:
    """A client of `/rtc`: two peer connections, wishes in the query. Clients of 2025 with a single one knew
    no `/rtc/v1` yet: they bring a `join_request` here.

    Raises: Refused.
    """
    if query.get("join_request"):
        return admit_single(headers, query, keys)
    claims = check_token(headers, query, keys)
    client = models.ClientInfo(
        sdk=_SDKS.get(query.get("sdk", "").upper(), models.ClientInfo.UNKNOWN),  # type: ignore[arg-type]
        version=query.get("version", "")[:64],
        protocol=_number(query.get("protocol", "")),
        client_protocol=_number(query.get("client_protocol", "")),
    )
    wish = rtc.JoinRequest(
        client_info=client,
        connection_settings=rtc.ConnectionSettings(auto_subscribe=query.get("auto_subscribe", "1") in _TRUE),
        reconnect=query.get("reconnect", "") in _TRUE,
        participant_sid=query.get("sid", ""),
    )
    return Admission(claims, wish, has_two_connections=True)


_TRUE = ("1", "true")
_SDKS = dict(models.ClientInfo.SDK.items())


def _number(text: str) -> int:
    return int(text) if text.isdigit() and len(text) < 6 else 0


def unwrap(text: str) -> rtc.JoinRequest:
    """The join request in a query parameter: base64 of protobuf, of gzip of protobuf.

    Raises: Refused.
    """
    if not text:
        raise Refused(400, "join_request is required")
    try:
        raw = base64.b64decode(
            text.replace("-", "+").replace("_", "/") + "=" * (-len(text) % 4), validate=True
        )
    except (binascii.Error, ValueError):
        raise Refused(400, "cannot base64 decode wrapped join request") from None
    try:
        wrapped = rtc.WrappedJoinRequest.FromString(raw)
    except DecodeError:
        raise Refused(400, "cannot unmarshal wrapped join request") from None
    body = wrapped.join_request
    if wrapped.compression == rtc.WrappedJoinRequest.GZIP:
        unpacker = zlib.decompressobj(wbits=31)
        try:
            body = unpacker.decompress(body, LARGEST_JOIN)
        except zlib.error:
            raise Refused(400, "cannot read decompressed join request") from None
        if not unpacker.eof:
            raise Refused(400, "cannot read decompressed join request")
    try:
        return rtc.JoinRequest.FromString(body)
    except DecodeError:
        raise Refused(400, "cannot unmarshal join request") from None
