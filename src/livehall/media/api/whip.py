"""WHIP's addresses (RFC 9725): `/whip` and `/w` with the stream key as bearer token, or as path below it.

A session's own address holds 192 random bits; whoever knows it may change or end the session.
"""

from livekit.protocol import ingress as proto
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from livehall.media.ingress.faults import KeyRefused, TooManyTries
from livehall.media.ingress.guard import WITHIN_S
from livehall.media.ingress.service import IngressService
from livehall.media.ingress.whip import Refused, WhipSession, WhipSessions

LARGEST_OFFER = 128 << 10  # bytes
_SDP, _FRAGMENT = "application/sdp", "application/trickle-ice-sdpfrag"
_CROSS_ORIGIN = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "Location, ETag"}
_PREFLIGHT = {
    **_CROSS_ORIGIN,
    "Access-Control-Allow-Methods": "POST, PATCH, DELETE, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, If-Match",
    "Accept-Post": _SDP,
}


class WhipApi:
    def __init__(self, service: IngressService, sessions: WhipSessions) -> None:
        self._service = service
        self._sessions = sessions

    def routes(self) -> list[Route]:
        found = []
        for base in ("/whip", "/w"):
            found += [
                Route(base, self._endpoint, methods=["POST", "OPTIONS"]),
                Route(base + "/{key}", self._endpoint, methods=["POST", "OPTIONS"]),
            ]
        return [*found, Route("/whip/session/{id}", self._session, methods=["PATCH", "DELETE", "OPTIONS"])]

    async def _endpoint(self, request: Request) -> Response:
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=_PREFLIGHT)
        try:
            return await self._begin(request)
        except Refused as refusal:
            return _refusal(refusal.status, refusal.text)
        except TooManyTries:
            answer = _refusal(429, "Too many wrong stream keys came from here.")
            answer.headers["Retry-After"] = str(int(WITHIN_S))
            return answer
        except KeyRefused:
            return _refusal(401, "The stream key is not valid.")

    async def _begin(self, request: Request) -> Response:
        key = request.path_params.get("key") or _bearer(request)
        info = self._service.admit(key, proto.WHIP_INPUT, _address(request))
        offer = await _text(request, _SDP)
        session, answer = await self._sessions.open(info, offer)
        headers = {**_CROSS_ORIGIN, "Location": f"/whip/session/{session.id}", "ETag": _quoted(session)}
        return Response(answer, 201, headers, media_type=_SDP)

    async def _session(self, request: Request) -> Response:
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=_PREFLIGHT)
        try:
            session = self._sessions.find(request.path_params["id"])
            if request.method == "DELETE":
                await self._sessions.close(session)
                return Response(status_code=200, headers=_CROSS_ORIGIN)
            return await self._patch(request, session)
        except Refused as refusal:
            return _refusal(refusal.status, refusal.text)

    async def _patch(self, request: Request, session: WhipSession) -> Response:
        """Trickled candidates are not needed, since we make no checks; restarts are answered."""
        fragment = await _text(request, _FRAGMENT)
        condition = request.headers.get("if-match", "")
        if not condition:
            raise Refused(428, "Say by If-Match which ICE session is meant.")
        if condition == "*":
            body = self._sessions.restart(session, fragment)
            headers = {**_CROSS_ORIGIN, "ETag": _quoted(session)}
            return Response(body, 200, headers, media_type=_FRAGMENT)
        if condition != _quoted(session):
            raise Refused(412, "This ICE session is over.")
        return Response(status_code=204, headers=_CROSS_ORIGIN)


def _refusal(status: int, text: str) -> Response:
    return PlainTextResponse(text + "\n", status, headers=dict(_CROSS_ORIGIN))


def _quoted(session: WhipSession) -> str:
    return f'"{session.etag}"'


def _bearer(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _address(request: Request) -> str:
    """Who asks. Only what stands on this machine before us is believed to say so."""
    host = request.client.host if request.client is not None else ""
    if host in ("", "127.0.0.1", "::1"):  # empty: the front of several workers
        return request.headers.get("x-forwarded-for", host).rpartition(",")[2].strip()
    return host


async def _text(request: Request, kind: str) -> str:
    """Raises: Refused."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != kind:
        raise Refused(415, f"Send {kind}.")
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_OFFER:
            raise Refused(413, "This is more than one session description.")
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise Refused(400, "The body is not UTF-8.") from None
