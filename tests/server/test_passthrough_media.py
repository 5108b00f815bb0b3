"""The media server is reached through the port for people, and its server API is not."""

import httpx
import pytest
from livekit import api
from starlette.responses import PlainTextResponse

from livehall.media.client.receiver import JoinFailed, LightClient
from livehall.media.serve import MediaServer
from livehall.media.settings import MediaSettings
from livehall.server.passthrough import MediaPassthrough
from tests.server.serving import served

KEY, SECRET = "APItest", "s" * 32


@pytest.fixture
async def front():
    settings = MediaSettings(port=0, udp_host="127.0.0.1", udp_port=0, keys={KEY: SECRET})
    async with MediaServer(settings) as media:
        edge = MediaPassthrough(PlainTextResponse("page"), f"http://127.0.0.1:{media.http_port}")
        async with served(edge, lifespan="off") as port:
            yield port


def token(room="hall", identity="ada"):
    grants = api.VideoGrants(room_join=True, room=room)
    return api.AccessToken(KEY, SECRET).with_identity(identity).with_grants(grants).to_jwt()


@pytest.mark.media
async def test_a_viewer_joins_and_connects_through_the_port_for_people(front):
    client = LightClient(f"ws://127.0.0.1:{front}", token())
    try:
        await client.connect()
        assert client.participant.identity == "ada"
    finally:
        await client.close()


async def test_a_bad_token_is_refused_by_the_media_server_itself(front):
    client = LightClient(f"ws://127.0.0.1:{front}", "no.such.token")
    with pytest.raises(JoinFailed, match="401"):
        await client.join()
    await client.vanish()


async def test_the_server_api_stays_on_loopback(front):
    async with httpx.AsyncClient() as client:
        answer = await client.post(
            f"http://127.0.0.1:{front}/twirp/livekit.RoomService/ListRooms",
            json={},
            headers={"Authorization": f"Bearer {token()}"},
        )
    assert answer.text == "page"
