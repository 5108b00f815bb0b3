"""Twirp v7: one POST per method, JSON or protobuf, errors as `{"code", "msg"}`."""

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

import structlog
from google.protobuf.json_format import MessageToJson, Parse, ParseError
from google.protobuf.message import DecodeError, Message
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from livehall.media.rooms.grants import Claims
from livehall.media.rooms.tokens import Keys, TokenRefused

LARGEST_BODY = 1 << 20  # bytes
_STATUS = {  # Twirp's specification, "Error codes"
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
log = structlog.get_logger(__name__)


class TwirpError(Exception):
    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


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
        except TwirpError as error:
            body = {"code": error.code, "msg": error.text}
            return JSONResponse(body, status_code=_STATUS[error.code])
        except Exception:  # the edge: a fault of ours is told as one, and logged once
            log.exception("server API call failed", path=request.url.path)
            return JSONResponse({"code": "internal", "msg": "internal error"}, status_code=500)

    async def _answer(self, request: Request) -> Response:
        claims = self._authenticate(request)
        service, name = request.path_params["service"], request.path_params["method"]
        method = self._methods.get((service, name))
        if method is None:
            raise TwirpError("bad_route", f"no handler for path {request.url.path}")
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind not in ("application/json", "application/protobuf"):
            raise TwirpError("bad_route", f"unexpected Content-Type: {kind[:100]!r}")
        message = _decode(method.request, kind, await _body(request))
        result = await method.call(claims, message)
        if kind == "application/json":
            return Response(MessageToJson(result, indent=None), media_type=kind)
        return Response(result.SerializeToString(), media_type=kind)

    def _authenticate(self, request: Request) -> Claims:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise TwirpError("unauthenticated", "permissions denied")
        try:
            return self._keys.verify(token)
        except TokenRefused as refusal:
            raise TwirpError("unauthenticated", refusal.text) from None


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
            return Parse(body, kind(), ignore_unknown_fields=True)
        return kind.FromString(body)
    except (ParseError, DecodeError, UnicodeDecodeError, RecursionError):
        raise TwirpError("malformed", "the request could not be decoded") from None
