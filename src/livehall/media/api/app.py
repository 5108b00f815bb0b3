"""The HTTP application of the media server."""

from importlib.metadata import version

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from livehall.media.api.egress import EgressApi, EgressMethods
from livehall.media.api.ingress import IngressApi
from livehall.media.api.room_service import RoomService
from livehall.media.api.twirp import Twirp
from livehall.media.api.whep import WhepApi
from livehall.media.api.whip import WhipApi
from livehall.media.ingress.encoders import Encoders
from livehall.media.rooms.grants import Claims
from livehall.media.rooms.rooms import RoomElsewhere, Rooms
from livehall.media.rooms.tokens import Keys
from livehall.media.signal.admission import Admission, Refused, admit_dual, admit_single, check_token, unwrap
from livehall.media.signal.session import Session
from livehall.media.watching.sessions import WhepSessions

_ANY_ORIGIN = {"Access-Control-Allow-Origin": "*"}  # clients of other origins ask why they were refused


class Doors:
    """`/rtc` and `/rtc/v1`, with the pages that tell a client why it was refused."""

    def __init__(self, rooms: Rooms, keys: Keys) -> None:
        self._rooms = rooms
        self._keys = keys
        self._version = version("livehall")

    async def single(self, websocket: WebSocket) -> None:
        try:
            admission = admit_single(websocket.headers, websocket.query_params, self._keys)
            self._check_home(admission.claims)
        except Refused as refusal:
            await self._refuse(websocket, refusal)
        else:
            await self._run(websocket, admission)

    async def dual(self, websocket: WebSocket) -> None:
        try:
            admission = admit_dual(websocket.headers, websocket.query_params, self._keys)
            self._check_home(admission.claims)
        except Refused as refusal:
            await self._refuse(websocket, refusal)
        else:
            await self._run(websocket, admission)

    async def validate_single(self, request: Request) -> Response:
        return self._validate(request, is_single=True)

    async def validate_dual(self, request: Request) -> Response:
        return self._validate(request, is_single=False)

    async def no_upgrade(self, request: Request) -> Response:
        return Response(status_code=404)

    async def alive(self, request: Request) -> Response:
        return PlainTextResponse("OK")

    def _validate(self, request: Request, *, is_single: bool) -> Response:
        try:
            if is_single:
                unwrap(request.query_params.get("join_request", ""))
            self._check_home(check_token(request.headers, request.query_params, self._keys))
        except Refused as refusal:
            return PlainTextResponse(refusal.text, refusal.status, headers=_ANY_ORIGIN)
        return PlainTextResponse("success", headers=_ANY_ORIGIN)

    def _check_home(self, claims: Claims) -> None:
        """Raises: Refused."""
        try:
            self._rooms.check_home(claims.video.room)
        except RoomElsewhere as elsewhere:
            raise Refused(elsewhere.status, elsewhere.text) from None

    async def _run(self, websocket: WebSocket, admission: Admission) -> None:
        await websocket.accept()
        await Session(websocket, admission, self._rooms, self._version).run()

    async def _refuse(self, websocket: WebSocket, refusal: Refused) -> None:
        await websocket.send_denial_response(PlainTextResponse(refusal.text, refusal.status))


def application(rooms: Rooms, keys: Keys, egress: EgressMethods, encoders: Encoders) -> Starlette:
    doors = Doors(rooms, keys)
    twirp = Twirp(keys)
    twirp.serve("livekit.RoomService", RoomService(rooms).methods())
    twirp.serve("livekit.Egress", EgressApi(egress).methods())
    twirp.serve("livekit.Ingress", IngressApi(encoders.service).methods())
    return Starlette(
        routes=[
            Route("/", doors.alive),
            WebSocketRoute("/rtc", doors.dual),
            WebSocketRoute("/rtc/v1", doors.single),
            Route("/rtc", doors.no_upgrade),
            Route("/rtc/v1", doors.no_upgrade),
            Route("/rtc/validate", doors.validate_dual),
            Route("/rtc/v1/validate", doors.validate_single),
            *WhipApi(encoders.service, encoders.whip).routes(),
            *WhepApi(WhepSessions(rooms, encoders.service.place), keys).routes(),
            Route("/twirp/{service}/{method}", twirp.endpoint, methods=["POST", "GET", "PUT", "DELETE"]),
        ]
    )
