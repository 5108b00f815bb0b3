"""Signing in, as a client of the Live API sees it."""

import pytest

from livehall.kernel.ids import new_id


def error_of(response):
    body = response.json()
    assert body["success"] is False
    return response.status_code, body["error"]["code"]


async def signed_in(hall, password="correct horse"):
    await hall.person(password=password)
    answer = await hall.client().post("/auth/login", json={"email": "ada@example.org", "password": password})
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


async def test_login(hall):
    data = await signed_in(hall)
    assert (data["token_type"], data["expires_in"], data["refresh_expires_in"]) == ("Bearer", 900, 2592000)
    assert data["user"]["email"] == "ada@example.org"


async def test_a_wrong_password_and_an_unknown_address_answer_alike(hall):
    await hall.person(password="correct horse")
    client = hall.client()
    answers = [
        await client.post("/auth/login", json={"email": email, "password": "wrong"})
        for email in ("ada@example.org", "nobody@example.org")
    ]
    assert [error_of(answer) for answer in answers] == [(401, "invalid_credentials")] * 2


async def test_refresh_token(hall):
    data = await signed_in(hall)
    client = hall.client()
    first = await client.post("/auth/refresh", json={"refresh_token": data["refresh_token"]})
    assert first.status_code == 200
    again = await client.post("/auth/refresh", json={"refresh_token": data["refresh_token"]})
    assert error_of(again) == (401, "token_reused")
    family = await client.post("/auth/refresh", json={"refresh_token": first.json()["data"]["refresh_token"]})
    assert error_of(family) == (401, "invalid_credentials")


async def test_register_viewer(hall):
    await hall.person()
    answer = await hall.client().post("/auth/viewers", json={"username": "Li", "device_name": "phone"})
    assert answer.status_code == 201
    data = answer.json()["data"]
    me = await hall.client(data["access_token"]).get("/auth/me")
    assert (me.json()["data"]["username"], me.json()["data"]["role"]) == ("Li", "viewer")


async def test_login_device(hall):
    await hall.person()
    client = hall.client()
    made = (await client.post("/auth/viewers", json={"username": "Li"})).json()["data"]
    back = await client.post("/auth/device", json={"device_token": made["device_token"]})
    assert back.status_code == 200
    assert back.json()["data"]["user"]["id"] == made["user"]["id"]
    for other in (made["refresh_token"], made["access_token"], "nothing"):
        refused = await client.post("/auth/device", json={"device_token": other})
        assert error_of(refused) == (401, "invalid_credentials")


async def test_a_viewer_of_an_unknown_room_is_told_so_c5(hall):
    await hall.person()
    answer = await hall.client().post("/auth/viewers", json={"username": "Li", "room_id": new_id()})
    assert error_of(answer) == (422, "validation_failed")
    assert answer.json()["error"]["details"][0]["field"] == "room_id"


async def test_create_auth_code_and_exchange_it(hall):
    client = await hall.signed_in()
    made = await client.post("/auth/code")
    assert made.status_code == 201
    assert made.json()["data"]["expires_in"] == 60
    code = made.json()["data"]["code"]
    traded = await hall.client().post("/auth/exchange", json={"code": code})
    assert traded.status_code == 200
    assert traded.json()["data"]["user"]["email"] == "ada@example.org"
    again = await hall.client().post("/auth/exchange", json={"code": code})
    assert error_of(again) == (410, "code_expired")


async def test_get_me(hall):
    client = await hall.signed_in()
    answer = await client.get("/auth/me")
    assert answer.json()["data"]["email"] == "ada@example.org"
    assert answer.json()["timestamp"] > 0


async def test_logout_ends_the_access_token_too(hall):
    data = await signed_in(hall)
    client = hall.client(data["access_token"])
    assert (await client.get("/auth/me")).status_code == 200
    assert (await client.post("/auth/logout", json={})).status_code == 204
    assert error_of(await client.get("/auth/me")) == (401, "unauthenticated")
    refreshed = await client.post("/auth/refresh", json={"refresh_token": data["refresh_token"]})
    assert error_of(refreshed) == (401, "invalid_credentials")


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer x", "Basic YTpi", "Bearer a.b.c"])
async def test_a_bad_credential_is_refused_c2(hall, header):
    client = hall.client()
    answer = await client.get("/auth/me", headers={"Authorization": header})
    assert error_of(answer) == (401, "unauthenticated")
    assert answer.headers["X-Request-Id"] == answer.json()["error"]["request_id"]


async def test_health_check(hall):
    answer = await hall.client().get("/health")
    assert answer.json()["data"]["status"] == "ok"
    assert set(answer.json()["data"]["checks"].values()) == {"ok"}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nothing", 404), ("DELETE", "/auth/login", 405), ("GET", "/rooms/none", 404)],
)
async def test_an_address_that_is_none_answers_in_the_dialects_shape(hall, method, path, status):
    answer = await hall.client().request(method, path)
    assert error_of(answer) == (status, "not_found")
