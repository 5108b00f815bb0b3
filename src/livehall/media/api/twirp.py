"""Twirp v7: one POST per method, JSON or protobuf, errors as `{"code", "msg"}`."""

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

import structlog
from google.protobuf.json_format import MessageToJson, Parse, ParseError
from google.protobuf.message import DecodeError, Message
from livekit.protocol import agent_dispatch, connector, egress, sip
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from livehall.media.rooms.grants import Claims
from livehall.media.rooms.tokens import Keys, TokenRefused

LARGEST_BODY = 1 << 20  # bytes
_STATUS = {  # Twirp's specification, "Error codes"
    "canceled": 408,
    "bad_route": 404,
    "malformed": 400,
    "invalid_argument": 400,
    "unauthenticated": 401,
    "permission_denied": 403,
    "not_found": 404,
    "failed_precondition": 412,
    "resource_exhausted": 429,
    "unimplemented": 501,
    "unavailable": 503,
    "internal": 500,
}
# Methods that LiveKit's protocol names; those that nobody serves here are `unimplemented`, not unknown.
_NAMED = frozenset(
    (service.full_name, method.name)
    for package in (agent_dispatch, connector, egress, sip)
    for service in package.DESCRIPTOR.services_by_name.values()
    for method in service.methods
)
log = structlog.get_logger(__name__)


class TwirpError(Exception):
    def __init__(self, code: str, text: str, meta: dict[str, str] | None = None) -> None:
        super().__init__(text)
        self.code = code
        self.text = text
        self.meta = meta


class NotAuthentic(Exception):
    """No token that we can believe: answered before Twirp, as plain text with status 401, as LiveKit does."""


class Method(NamedTuple):
    request: type[Message]
    call: Callable[[Claims, Any], Awaitable[Message]]


class Twirp:
    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._methods: dict[tuple[str, str], Method] = {}

    def serve(self, service: str, methods: dict[str, Method]) -> None:
        self._methods |= {(service, name): method for name, method in methods.items()}

    async def endpoint(self, request: Request) -> Response:
        try:
            return await self._answer(request)
        except NotAuthentic as refusal:
            return PlainTextResponse(str(refusal), status_code=401)
        except TwirpError as error:
            body: dict[str, object] = {"code": error.code, "msg": error.text}
            if error.meta:
                body["meta"] = error.meta
            return JSONResponse(body, status_code=_STATUS[error.code])
        except Exception:  # the edge: a fault of ours is told as one, and logged once
            log.exception("server API call failed", path=request.url.path)
            return JSONResponse({"code": "internal", "msg": "internal error"}, status_code=500)

    async def _answer(self, request: Request) -> Response:
        if request.method != "POST":
            raise _bad_route(request, f'unsupported method "{request.method}" (only POST is allowed)')
        claims = self._authenticate(request)
        service, name = request.path_params["service"], request.path_params["method"]
        method = self._methods.get((service, name))
        if method is None and (service, name) in _NAMED:
            raise TwirpError(
                "unimplemented", f"{service.removeprefix('livekit.')} {name}: not on this server"
            )
        if method is None:
            raise _bad_route(request, f'no handler for path "{request.url.path}"')
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind not in ("application/json", "application/protobuf"):
            raise _bad_route(request, f'unexpected Content-Type: "{kind[:100]}"')
        message = _decode(method.request, kind, await _body(request))
        result = await method.call(claims, message)
        if kind == "application/json":
            return Response(_json(result), media_type=kind)
        return Response(result.SerializeToString(), media_type=kind)

    def _authenticate(self, request: Request) -> Claims:
        header = request.headers.get("authorization", "")
        if not header:
            raise denied()
        scheme, _, token = header.partition(" ")
        if scheme != "Bearer":
            raise NotAuthentic("invalid authorization header. Must start with Bearer ")
        try:
            return self._keys.verify(token)
        except TokenRefused as refusal:
            raise NotAuthentic(refusal.text) from None


def denied() -> TwirpError:
    """What LiveKit says for want of a grant; it has no `permission_denied`."""
    return TwirpError("unauthenticated", "permissions denied")


def _bad_route(request: Request, text: str) -> TwirpError:
    return TwirpError("bad_route", text, {"twirp_invalid_route": f"{request.method} {request.url.path}"})


def _json(message: Message) -> str:
    """Field names as in the protocol's definition, zeros and empty lists written out, as LiveKit does."""
    return MessageToJson(
        message, indent=None, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
    )


async def _body(request: Request) -> bytes:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            raise TwirpError("malformed", "the request is too large")
    return body


def _decode(kind: type[Message], content_type: str, body: bytes) -> Message:
    try:
        if content_type == "application/json":
            if not body.lstrip().startswith(b"{"):
                raise ParseError("not an object")  # the library takes an empty list for an empty message
            return Parse(body, kind(), ignore_unknown_fields=True)
        return kind.FromString(body)
    except (ParseError, DecodeError, UnicodeDecodeError, RecursionError):
        name = content_type.removeprefix("application/")
        raise TwirpError("malformed", f"the {name} request could not be decoded") from None
