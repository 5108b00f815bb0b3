"""WHEP's addresses (draft-ietf-wish-whep-03): `/whep` with an access token of the room as bearer token."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from livehall.media.api import descriptions
from livehall.media.rooms.resource import Refused, Resource
from livehall.media.rooms.tokens import Keys
from livehall.media.signal.admission import Refused as NotAdmitted
from livehall.media.signal.admission import check_token
from livehall.media.watching.sessions import WhepSessions


class WhepApi:
    def __init__(self, sessions: WhepSessions, keys: Keys) -> None:
        self._sessions = sessions
        self._keys = keys

    def routes(self) -> list[Route]:
        address = descriptions.SessionAddress[Resource](self._sessions)
        return [
            Route("/whep", self._endpoint, methods=["POST", "OPTIONS"]),
            Route("/whep/session/{id}", address.endpoint, methods=["PATCH", "DELETE", "OPTIONS"]),
        ]

    async def _endpoint(self, request: Request) -> Response:
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=descriptions.PREFLIGHT)
        try:
            claims = check_token(request.headers, request.query_params, self._keys)
            if not claims.video.may_subscribe:
                raise Refused(403, "This token does not let its bearer watch.")
            session, answer = await self._sessions.open(
                claims, await descriptions.text(request, descriptions.SDP)
            )
        except (NotAdmitted, Refused) as refused:
            return descriptions.refusal(refused.status, refused.text)
        made = descriptions.created(session, "/whep", answer)
        for link in self._links(session):
            made.headers.append("Link", link)
        return made

    def _links(self, session: Resource) -> list[str]:
        """TURN servers, as RFC 9725 section 4.6 writes them."""
        issued = self._sessions.turn_servers(session)
        if issued is None:
            return []
        urls, username, credential = issued
        words = f'rel="ice-server"; username="{username}"; credential="{credential}"'
        return [f'<{url}>; {words}; credential-type="password"' for url in urls]
