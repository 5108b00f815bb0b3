"""HTTP answers of the signalling doors, in LiveKit's words."""

import base64
import gzip
import time

import httpx
import jwt
import pytest
from livekit.protocol import rtc
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests.media.conftest import KEY, SECRET, Stage

pytestmark = pytest.mark.media


def signed(secret: str = SECRET, **claims: object) -> str:
    body = {
        "iss": KEY,
        "sub": "bob",
        "exp": time.time() + 3600,
        "video": {"roomJoin": True, "room": "hall"},
        **claims,
    }
    return jwt.encode(body, secret, algorithm="HS256")


async def refusal(stage: Stage, path: str) -> tuple[int, str]:
    with pytest.raises(InvalidStatus) as caught:
        await connect(stage.url + path)
    answer = caught.value.response
    return answer.status_code, (answer.body or b"").decode()


@pytest.mark.parametrize(
    ("token", "status", "text"),
    [
        ("", 401, "no permissions to access the room"),
        ("nonsense", 401, "invalid authorization token"),
        (signed(iss="other"), 401, "invalid API key: other"),
        (signed(exp=1), 401, "invalid token"),
        (signed(secret="x" * 32), 401, "invalid token"),
        (signed(video={"room": "hall"}), 401, "permissions denied"),
        (signed(video={"roomJoin": True}), 400, "no room name"),
        (signed(sub=""), 400, "identity cannot be empty"),
    ],
)
async def test_a_token_that_does_not_hold_is_refused(stage: Stage, token: str, status: int, text: str):
    assert await refusal(stage, f"/rtc?access_token={token}") == (status, text)
    async with httpx.AsyncClient(base_url=stage.http_url) as http:
        answer = await http.get("/rtc/validate", params={"access_token": token})
    assert (answer.status_code, answer.text) == (status, text)


async def test_a_token_without_an_end_is_refused(stage: Stage):
    body = {"iss": KEY, "sub": "bob", "video": {"roomJoin": True, "room": "hall"}}
    token = jwt.encode(body, SECRET, algorithm="HS256")
    assert (await refusal(stage, f"/rtc?access_token={token}"))[0] == 401


async def test_an_unsigned_token_is_refused(stage: Stage):
    body = {"iss": KEY, "sub": "bob", "exp": time.time() + 3600, "video": {"roomJoin": True, "room": "hall"}}
    token = jwt.encode(body, None, algorithm="none")
    assert (await refusal(stage, f"/rtc?access_token={token}"))[0] == 401


async def test_v1_wants_a_join_request(stage: Stage):
    path = f"/rtc/v1?access_token={stage.token('bob')}"
    assert await refusal(stage, path) == (400, "join_request is required")
    wrong = (400, "cannot base64 decode wrapped join request")
    assert await refusal(stage, f"{path}&join_request=%21%21") == wrong


async def test_a_gzip_bomb_is_refused(stage: Stage):
    bomb = rtc.WrappedJoinRequest(
        compression=rtc.WrappedJoinRequest.GZIP, join_request=gzip.compress(b"\0" * (16 << 20))
    )
    text = base64.urlsafe_b64encode(bomb.SerializeToString()).decode()
    status, _ = await refusal(stage, f"/rtc/v1?access_token={stage.token('bob')}&join_request={text}")
    assert status == 400


async def test_the_plain_pages(stage: Stage):
    good = {"Authorization": f"Bearer {stage.token('bob')}"}
    async with httpx.AsyncClient(base_url=stage.http_url, headers=good) as http:
        pages = {
            path: await http.get(path)
            for path in ("/", "/rtc", "/rtc/v1", "/rtc/validate", "/rtc/v1/validate")
        }

    assert (pages["/"].status_code, pages["/"].text) == (200, "OK")
    assert (pages["/rtc/validate"].status_code, pages["/rtc/validate"].text) == (200, "success")
    assert (pages["/rtc"].status_code, pages["/rtc"].text) == (404, "")
    assert (pages["/rtc/v1"].status_code, pages["/rtc/v1"].text) == (404, "")
    assert pages["/rtc/v1/validate"].status_code == 400


async def test_a_join_without_an_offer_waits_for_one(stage: Stage):
    wish = rtc.JoinRequest(metadata="m")
    wrapped = rtc.WrappedJoinRequest(join_request=wish.SerializeToString())
    text = base64.urlsafe_b64encode(wrapped.SerializeToString()).decode()
    async with connect(f"{stage.url}/rtc/v1?access_token={stage.token('bob')}&join_request={text}") as socket:
        first = rtc.SignalResponse.FromString(await socket.recv())
        second = rtc.SignalResponse.FromString(await socket.recv())

    assert (first.WhichOneof("message"), second.WhichOneof("message")) == ("join", "refresh_token")


async def test_a_token_made_by_the_official_package_opens(stage: Stage):
    async with httpx.AsyncClient(base_url=stage.http_url) as http:
        answer = await http.get("/rtc/validate", params={"access_token": stage.token("x", "r")})
    assert answer.text == "success"
