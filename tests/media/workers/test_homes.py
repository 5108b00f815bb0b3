"""A room is in one worker: the front finds it, and no other worker makes it."""

import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import OctKey
from starlette.datastructures import QueryParams
from websockets.asyncio.client import unix_connect
from websockets.exceptions import InvalidStatus

from livehall.media.client.offer import Offers, Section
from livehall.media.client.path import MediaPath
from livehall.media.rooms.tokens import Keys
from livehall.media.serve import MediaServer
from livehall.media.signal.admission import check_token
from livehall.media.workers.place import Place, worker_of
from livehall.media.workers.routing import Asked, Router
from tests.media.conftest import KEY, SECRET, Hooks, settings

HERE, ELSEWHERE = (next(n for n in ("hall", "yard", "attic") if worker_of(n, 2) == each) for each in (0, 1))
SDP = {"Content-Type": "application/sdp"}


def a_token(room: str, secret: str = SECRET) -> str:
    rights = {"roomJoin": True, "room": room, "roomCreate": True, "ingressAdmin": True}
    payload = {"iss": KEY, "sub": "ada", "exp": time.time() + 600, "video": rights}
    return jwt.encode({"alg": "HS256", "typ": "JWT"}, payload, OctKey.import_key(secret))


GOOD, JUNK = a_token(HERE), a_token(ELSEWHERE, "x" * 32)


@pytest.mark.parametrize("path", ["/rtc", "/rtc/v1", "/rtc/validate", "/whep"])
@pytest.mark.parametrize(
    ("query", "headers"),
    [
        (f"access_token={GOOD}", {}),
        (f"access_token={JUNK}&access_token={GOOD}", {}),
        (f"access_token={JUNK}&access%5Ftoken={GOOD}", {}),
        (f"access_token={JUNK}", {"authorization": GOOD}),
        (f"access_token={JUNK}", {"authorization": f"Bearer {GOOD}"}),
    ],
)
def test_the_front_reads_the_token_that_the_worker_reads(
    path: str, query: str, headers: Mapping[str, str]
) -> None:
    admitted = check_token(headers, QueryParams(query), Keys({KEY: SECRET})).video.room
    asked = Asked("GET", f"{path}?{query}", headers, b"")
    assert Router(2, lambda _: None).target(asked) == worker_of(admitted, 2) == 0


@pytest.fixture
async def worker(hooks: Hooks, tmp_path: Path) -> AsyncIterator[MediaServer]:
    """The first of two, reached without a front."""
    place = Place(0, 2, str(tmp_path))
    async with MediaServer(settings(hooks, tmp_path / "out", tcp_port=0), place) as server:
        yield server


@pytest.mark.media
async def test_a_worker_refuses_a_room_that_is_of_another(worker: MediaServer, tmp_path: Path) -> None:
    door, token = str(tmp_path / "0.http"), {"Authorization": f"Bearer {a_token(ELSEWHERE)}"}
    for path in ("/rtc", "/rtc/v1?join_request=EgA"):
        with pytest.raises(InvalidStatus) as refused:
            await unix_connect(door, f"ws://localhost{path}", additional_headers=token)
        assert refused.value.response.status_code == 421
    async with AsyncExitStack() as stack:
        transport = httpx.AsyncHTTPTransport(uds=door)
        http = await stack.enter_async_context(
            httpx.AsyncClient(transport=transport, base_url="http://worker")
        )
        assert (await http.get("/rtc/validate", headers=token)).status_code == 421
        player = await http.post("/whep", content=an_offer("recvonly"), headers=SDP | token)
        assert (player.status_code, "another worker" in player.text) == (421, True)

        calls = "/twirp/livekit"
        made = await http.post(f"{calls}.RoomService/CreateRoom", json={"name": ELSEWHERE}, headers=token)
        assert (made.status_code, made.json()["code"]) == (412, "failed_precondition")
        made = await http.post(f"{calls}.RoomService/CreateRoom", json={"name": HERE}, headers=token)
        assert made.status_code == 200

        whip = {"input_type": "WHIP_INPUT", "room_name": ELSEWHERE, "participant_identity": "encoder"}
        defined = await http.post(f"{calls}.Ingress/CreateIngress", json=whip, headers=token)
        assert (defined.status_code, defined.json()["code"]) == (412, "failed_precondition")
        assert "another worker" in defined.json()["msg"]
        assert (await http.post(f"{calls}.Ingress/ListIngress", json={}, headers=token)).json() == {
            "items": []
        }
    assert worker.rooms is not None
    assert [room.name for room in worker.rooms.all()] == [HERE]


@pytest.mark.media
async def test_an_encoder_is_let_in_by_the_worker_of_its_room_alone(
    worker: MediaServer, hooks: Hooks, tmp_path: Path
) -> None:
    whip = {"input_type": "WHIP_INPUT", "room_name": ELSEWHERE, "participant_identity": "encoder"}
    token = {"Authorization": f"Bearer {a_token(ELSEWHERE)}"}
    sibling = MediaServer(settings(hooks, tmp_path / "out", tcp_port=0), Place(1, 2, str(tmp_path)))
    async with sibling, AsyncExitStack() as stack:
        first, second = [
            await stack.enter_async_context(
                httpx.AsyncClient(
                    transport=httpx.AsyncHTTPTransport(uds=str(tmp_path / f"{number}.http")),
                    base_url="http://worker",
                )
            )
            for number in (0, 1)
        ]
        defined = await second.post("/twirp/livekit.Ingress/CreateIngress", json=whip, headers=token)
        path = f"/whip/{defined.json()['stream_key']}"
        assert (await first.post(path, content=an_offer("sendonly"), headers=SDP)).status_code == 401
        let_in = await second.post(path, content=an_offer("sendonly"), headers=SDP)
        assert let_in.status_code == 201
        assert (await second.delete(let_in.headers["Location"])).status_code == 200
    assert worker.rooms is not None
    assert worker.rooms.all() == []


def an_offer(direction: str) -> str:
    path = MediaPath(lambda _: None, lambda _: None)
    return Offers(path.party).write([Section(kind="audio", mid="0", direction=direction)])
