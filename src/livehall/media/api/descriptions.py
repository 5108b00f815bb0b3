"""What WHIP's and WHEP's addresses have in common: an offer is posted, and the session that is made of it has
an address of its own, which takes PATCH (ICE) and DELETE."""

from collections.abc import Awaitable
from typing import Generic, Protocol, TypeVar

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from livehall.media.rooms.resource import Refused, Resource

LARGEST_OFFER = 128 << 10  # bytes
SDP, FRAGMENT = "application/sdp", "application/trickle-ice-sdpfrag"
CROSS_ORIGIN = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "Location, ETag, Link"}
PREFLIGHT = {
    **CROSS_ORIGIN,
    "Access-Control-Allow-Methods": "POST, PATCH, DELETE, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, If-Match",
    "Accept-Post": SDP,
}
T = TypeVar("T", bound=Resource)


class Sessions(Protocol[T]):
    def find(self, session_id: str) -> T:
        """Raises: Refused."""
        ...

    def close(self, session: T) -> Awaitable[None]: ...


class SessionAddress(Generic[T]):
    """The address of one session."""

    def __init__(self, sessions: Sessions[T]) -> None:
        self._sessions = sessions

    async def endpoint(self, request: Request) -> Response:
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=PREFLIGHT)
        try:
            session = self._sessions.find(request.path_params["id"])
            if request.method == "DELETE":
                await self._sessions.close(session)
                return Response(status_code=200, headers=CROSS_ORIGIN)
            return await _patch(request, session)
        except Refused as refused:
            return refusal(refused.status, refused.text)


async def _patch(request: Request, session: Resource) -> Response:
    """Trickled candidates are not needed, since we make no checks; restarts are answered."""
    fragment = await text(request, FRAGMENT)
    condition = request.headers.get("if-match", "")
    if not condition:
        raise Refused(428, "Say by If-Match which ICE session is meant.")
    if condition == "*":
        body = session.restart(fragment)
        return Response(body, 200, {**CROSS_ORIGIN, "ETag": quoted(session)}, media_type=FRAGMENT)
    if condition != quoted(session):
        raise Refused(412, "This ICE session is over.")
    return Response(status_code=204, headers=CROSS_ORIGIN)


def created(session: Resource, where: str, answer: str) -> Response:
    headers = {**CROSS_ORIGIN, "Location": f"{where}/session/{session.id}", "ETag": quoted(session)}
    return Response(answer, 201, headers, media_type=SDP)


def refusal(status: int, words: str) -> Response:
    return PlainTextResponse(words + "\n", status, headers=dict(CROSS_ORIGIN))


def quoted(session: Resource) -> str:
    return f'"{session.etag}"'


async def text(request: Request, kind: str) -> str:
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
