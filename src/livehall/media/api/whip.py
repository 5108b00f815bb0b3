"""WHIP's addresses (RFC 9725): `/whip` and `/w` with the stream key as bearer token, or as path below it.

A session's own address holds 192 random bits; whoever knows it may change or end the session.
"""

from livekit.protocol import ingress as proto
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from livehall.media.api import descriptions
from livehall.media.ingress.faults import KeyRefused, TooManyTries
from livehall.media.ingress.guard import WITHIN_S
from livehall.media.ingress.service import IngressService
from livehall.media.ingress.whip import WhipSession, WhipSessions
from livehall.media.rooms.resource import Refused


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
        address = descriptions.SessionAddress[WhipSession](self._sessions)
        methods = ["PATCH", "DELETE", "OPTIONS"]
        return [*found, Route("/whip/session/{id}", address.endpoint, methods=methods)]

    async def _endpoint(self, request: Request) -> Response:
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=descriptions.PREFLIGHT)
        try:
            key = request.path_params.get("key") or _bearer(request)
            info = self._service.admit(key, proto.WHIP_INPUT, _address(request))
            offer = await descriptions.text(request, descriptions.SDP)
            session, answer = await self._sessions.open(info, offer)
            return descriptions.created(session, "/whip", answer)
        except Refused as refused:
            return descriptions.refusal(refused.status, refused.text)
        except TooManyTries:
            answered = descriptions.refusal(429, "Too many wrong stream keys came from here.")
            answered.headers["Retry-After"] = str(int(WITHIN_S))
            return answered
        except KeyRefused:
            return descriptions.refusal(401, "The stream key is not valid.")


def _bearer(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _address(request: Request) -> str:
    """Who asks. Only what stands on this machine before us is believed to say so."""
    host = request.client.host if request.client is not None else ""
    if host in ("", "127.0.0.1", "::1"):  # empty: the front of several workers
        return request.headers.get("x-forwarded-for", host).rpartition(",")[2].strip()
    return host
