"""Credentials: forged ones open nothing, and each kind opens its own door only (threats 1, 2, 3)."""

import base64
import hashlib
import hmac
import json
import time
from datetime import timedelta

import httpx
import pytest

from livehall.core.people import clients
from livehall.core.ports.tokens import Claims
from livehall.kernel.actor import SYSTEM
from livehall.media.rooms.grants import Claims as MediaClaims
from livehall.media.rooms.grants import VideoGrant
from livehall.media.rooms.tokens import Keys
from livehall.server.secrets import load_secrets

ASKED = {"client": "c1", "transport": "websocket", "protocol": "json", "encoding": "json"}


def part(value: object) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def forged(key: bytes, payload: dict, algorithm: str = "HS256") -> str:
    signed = f"{part({'alg': algorithm, 'typ': 'JWT'})}.{part(payload)}"
    digests = {"HS256": "sha256", "HS384": "sha384", "HS512": "sha512"}
    signature = hmac.digest(key, signed.encode(), digests.get(algorithm, "sha256"))
    return f"{signed}.{'' if algorithm == 'none' else part(signature)}"


@pytest.fixture
async def ada(hall):
    return await hall.person()


@pytest.fixture
def payload(ada):
    """What a token of Ada's says; signed with our key it holds."""
    return {
        "iss": "livehall",
        "aud": "api",
        "sub": ada.id,
        "org": ada.organization_id,
        "role": ada.role,
        "exp": int(time.time()) + 600,
        "name": ada.name,
    }


async def status_of_me(hall, token: str) -> int:
    return (await hall.client(token).get("/auth/me")).status_code


async def test_the_forgers_own_form_holds_with_our_key(hall, hall_secrets, payload):
    assert await status_of_me(hall, forged(hall_secrets.token_key, payload)) == 200


async def test_another_algorithm_is_refused(hall, hall_secrets, payload):
    for algorithm in ("none", "None", "HS384", "HS512", "RS256", "ES256", "EdDSA"):
        assert await status_of_me(hall, forged(hall_secrets.token_key, payload, algorithm)) == 401, algorithm


WRONG_CLAIMS = (
    {"iss": "somebody"},
    {"iss": None},
    {"aud": "realtime"},
    {"aud": ["api"]},
    {"aud": "*"},
    {"exp": None},
    {"exp": "2099-01-01T00:00:00Z"},
    {"exp": int(time.time()) - 61},
    {"exp": 10**400},
    {"sub": None},
    {"sub": "*"},
    {"org": None},
    {"role": "root"},
)


async def test_a_claim_that_does_not_hold_is_refused(hall, hall_secrets, payload):
    for changes in WRONG_CLAIMS:
        changed = {name: value for name, value in {**payload, **changes}.items() if value is not None}
        assert await status_of_me(hall, forged(hall_secrets.token_key, changed)) == 401, changes


async def test_another_key_and_a_changed_payload_are_refused(hall, hall_secrets, payload):
    assert await status_of_me(hall, forged(b"x" * 32, payload)) == 401
    assert await status_of_me(hall, forged(b"", payload)) == 401
    head, _, signature = forged(hall_secrets.token_key, payload).split(".")
    assert await status_of_me(hall, f"{head}.{part({**payload, 'role': 'owner'})}.{signature}") == 401


async def test_a_role_in_a_token_is_not_believed(hall, hall_secrets, payload):
    claimed = forged(hall_secrets.token_key, {**payload, "role": "owner"})
    assert (await hall.client(claimed).get("/auth/me")).json()["data"]["role"] == "host"


async def every_credential(hall, secrets, ada) -> dict[str, str]:
    """One of each kind that we give out or keep, all of them valid where they belong."""
    client = hall.client()
    viewer = (await client.post("/auth/viewers", json={"username": "Li"})).json()["data"]
    code = (await hall.client(hall.token(ada)).post("/auth/code")).json()["data"]["code"]
    now = hall.app.house.desk.clock()
    realtime = Claims(
        audience="realtime",
        expires_at=now + timedelta(minutes=5),
        account_id=ada.id,
        organization_id=ada.organization_id,
        role=ada.role,
        name=ada.name,
    )
    async with hall.app.house.desk.work(SYSTEM) as work:
        wanted = clients.CreateClient(name="Shop")
        key = (await clients.make(work, hall.app.house.sealing, ada.organization_id, ada.id, wanted)).secret
    keys = Keys({secrets.media_api_key: secrets.media_api_secret})
    grant = VideoGrant(room_join=True, room="anything")
    seat = MediaClaims(api_key=secrets.media_api_key, identity=f"u.{ada.id}", name="Ada", video=grant)
    return {
        "access": hall.token(ada),
        "refresh": viewer["refresh_token"],
        "device": viewer["device_token"],
        "code": code,
        "realtime": hall.app.house.tokens.issue(realtime),
        "media": keys.issue(seat),
        "webhook": keys.sign_webhook(secrets.media_api_key, b"{}"),
        "proxy": secrets.centrifugo_secret,
        "key": key,
    }


async def opens(hall, media_server, secrets, door: str, credential: str) -> bool:
    client = hall.client()
    proxy = {"X-Proxy-Secret": secrets.centrifugo_secret}
    if door == "api":
        return await status_of_me(hall, credential) == 200
    if door == "key":
        answer = await client.get("/rooms/mine", headers={"X-Api-Key": credential})
    elif door == "refresh":
        answer = await client.post("/auth/refresh", json={"refresh_token": credential})
    elif door == "exchange":
        answer = await client.post("/auth/exchange", json={"code": credential})
    elif door == "realtime":
        body = {**ASKED, "data": {"token": credential}}
        answer = await client.post("/centrifugo/connect", json=body, headers=proxy)
        return "result" in answer.json()
    elif door == "proxy":
        headers = {"X-Proxy-Secret": credential}
        answer = await client.post("/centrifugo/connect", json=ASKED, headers=headers)
    elif door == "webhook":
        headers = {"Authorization": credential, "Content-Type": "application/webhook+json"}
        answer = await client.post("/webhooks/livekit", content=b"{}", headers=headers)
        return answer.status_code != 401
    else:
        url = f"http://127.0.0.1:{media_server.http_port}/rtc/validate"
        headers = {"Authorization": f"Bearer {credential}"}
        async with httpx.AsyncClient() as media:
            return (await media.get(url, headers=headers)).status_code == 200
    return answer.is_success


OPENS = {
    "api": {"access"},
    "refresh": {"refresh"},
    "exchange": {"code"},
    "realtime": {"realtime", "access"},  # an access token hears its own channel and rooms (C24)
    "proxy": {"proxy"},
    "webhook": {"webhook"},
    "media": {"media"},
    "key": {"key"},
}


async def test_each_kind_of_credential_opens_its_own_door_only(hall, media_server, hall_secrets, ada):
    credentials = await every_credential(hall, hall_secrets, ada)
    opened = {
        door: {
            kind
            for kind, credential in credentials.items()
            if await opens(hall, media_server, hall_secrets, door, credential)
        }
        for door in OPENS
    }
    assert opened == OPENS


def test_signatures_and_encryption_have_keys_of_their_own(tmp_path):
    secrets = load_secrets(tmp_path)
    keys = {secrets.token_key.hex(), secrets.at_rest_key.hex(), secrets.media_api_secret}
    assert len(keys | {secrets.centrifugo_secret}) == 4
    assert hashlib.sha256(secrets.token_key).digest() != secrets.at_rest_key
