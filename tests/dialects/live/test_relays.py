"""TURN credentials for clients of one's own."""

import base64
import hmac
import time

import pytest

SECRET = "shared-with-the-turn-server"
URLS = ("turn:turn.example.org:3478?transport=udp",)


@pytest.fixture
def hall_turn() -> dict[str, object]:
    return {"turn_urls": URLS, "turn_secret": SECRET, "turn_lifetime_s": 300}


async def test_whoever_is_signed_in_gets_credentials_that_end(hall):
    host = await hall.signed_in()
    answer = await host.get("/ice-servers")
    assert answer.headers["cache-control"] == "no-store"
    data = answer.json()["data"]
    (server,) = data["ice_servers"]
    ends, _, holder = server["username"].partition(":")
    assert (data["ttl_seconds"], server["urls"]) == (300, list(URLS))
    assert 290 <= int(ends) - time.time() <= 300
    assert holder
    digest = hmac.digest(SECRET.encode(), server["username"].encode(), "sha1")
    assert server["credential"] == base64.b64encode(digest).decode()
    assert SECRET not in answer.text
