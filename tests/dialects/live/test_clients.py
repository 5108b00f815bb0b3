"""API clients and what their keys may do, as a client of the Live API sees them."""

from datetime import timedelta

import httpx
import pytest

from livehall.core.people import clients, clients_store
from livehall.core.people.rules import digest
from livehall.kernel.actor import SYSTEM
from livehall.kernel.ids import new_id


def error_of(response):
    return response.status_code, response.json()["error"]["code"]


async def made(admin, **fields):
    answer = await admin.post("/api-clients", json={"name": "Shop", **fields})
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]


def machine(hall, secret):
    client = hall.client()
    client.headers["X-Api-Key"] = secret
    return client


@pytest.fixture
async def ann(hall) -> httpx.AsyncClient:
    return await hall.signed_in("ann@example.org", "admin")


async def test_create_api_client(hall, ann):
    answer = await ann.post("/api-clients", json={"name": " Shop ", "scopes": ["write", "write"]})
    data = answer.json()["data"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert data["secret"].startswith("lhk_")
    assert (data["client"]["name"], data["client"]["scopes"]) == ("Shop", ["write"])
    assert data["client"]["last_used_at"] is None
    async with hall.app.house.desk.read(SYSTEM) as read:
        kept = await clients_store.by_secret(read, digest(data["secret"]))
    assert data["secret"].encode() not in kept.secret_hash  # I19


async def test_create_api_client_says_what_is_wrong(hall, ann):
    for body, field in (
        ({}, "name"),
        ({"name": "x", "scopes": ["telepathy"]}, "scopes[0]"),
        ({"name": "x", "library_ids": [new_id()]}, "library_ids"),
        ({"name": "x", "expires_at": "2020-01-01T00:00:00Z"}, "expires_at"),
    ):
        answer = await ann.post("/api-clients", json=body)
        assert error_of(answer) == (422, "validation_failed"), body
        assert answer.json()["error"]["details"][0]["field"] == field
    host = await hall.signed_in()
    assert error_of(await host.post("/api-clients", json={"name": "x"})) == (403, "forbidden")
    assert (await ann.get("/api-clients")).json()["data"]["clients"] == []


async def test_list_and_get_api_client(hall, ann):
    first, second = (await made(ann))["client"], (await made(ann))["client"]
    data = (await ann.get("/api-clients")).json()["data"]
    assert [each["id"] for each in data["clients"]] == [second["id"], first["id"]]
    assert "secret" not in str(data)
    assert (await ann.get(f"/api-clients/{first['id']}")).json()["data"] == first
    eve = await hall.signed_in("eve@example.org", "admin", "Elsewhere")
    assert error_of(await eve.get(f"/api-clients/{first['id']}")) == (404, "not_found")


async def test_update_api_client(hall, ann):
    key = await made(ann)
    shop = machine(hall, key["secret"])
    assert error_of(await shop.post("/rooms", json={"title": "Talks"})) == (403, "forbidden")
    path = f"/api-clients/{key['client']['id']}"
    changed = await ann.patch(path, json={"scopes": ["write"], "name": "Till"})
    assert (changed.json()["data"]["name"], changed.headers["ETag"]) == ("Till", '"1"')
    assert (await shop.post("/rooms", json={"title": "Talks"})).status_code == 201
    late = await ann.patch(path, json={"name": "Late"}, headers={"If-Match": '"0"'})
    assert error_of(late) == (409, "conflict")


async def test_rotate_api_client(hall, ann):
    key = await made(ann)
    path = f"/api-clients/{key['client']['id']}/rotate"
    second = (await ann.post(path, json={"overlap": 3600})).json()["data"]["secret"]
    for secret in (key["secret"], second):  # both live for a while
        assert (await machine(hall, secret).get("/rooms/mine")).status_code == 200
    third = (await ann.post(path)).json()["data"]["secret"]
    for secret, status in ((key["secret"], 401), (second, 401), (third, 200)):
        assert (await machine(hall, secret).get("/rooms/mine")).status_code == status


async def test_the_old_secret_ends_with_its_time(hall, ann):
    key = await made(ann)
    await ann.post(f"/api-clients/{key['client']['id']}/rotate", json={"overlap": 60})
    desk, clock = hall.app.house.desk, hall.app.house.desk.clock
    for passed, found in ((59, True), (61, False)):
        desk.clock = lambda passed=passed: clock() + timedelta(seconds=passed)
        async with desk.read(SYSTEM) as read:
            known = await clients_store.by_secret(read, digest(key["secret"]))
        assert (known is not None) is found


async def test_revoke_api_client(hall, ann):
    key = await made(ann)
    shop = machine(hall, key["secret"])
    assert (await shop.get("/rooms/mine")).status_code == 200
    path = f"/api-clients/{key['client']['id']}"
    assert (await ann.delete(path)).status_code == 204
    assert error_of(await shop.get("/rooms/mine")) == (401, "unauthenticated")
    assert error_of(await ann.get(path)) == (404, "not_found")


async def test_a_use_is_noted(hall, ann):
    key = await made(ann)
    await machine(hall, key["secret"]).get("/rooms")
    shown = (await ann.get(f"/api-clients/{key['client']['id']}")).json()["data"]
    assert shown["last_used_at"] is not None


async def test_a_key_acts_as_its_makers_host(hall, ann):
    key = await made(ann, scopes=["write"])
    shop = machine(hall, key["secret"])
    room = (await shop.post("/rooms", json={"title": "Talks"})).json()["data"]
    assert room["host_id"] == key["client"]["created_by"]
    session = (await shop.post(f"/rooms/{room['id']}/sessions", json={"title": "Evening"})).json()["data"]
    path = f"/sessions/{session['session']['id']}"
    assert (await shop.post(f"{path}/start")).status_code == 200
    assert (await shop.post(f"{path}/end")).json()["data"]["status"] == "ended"
    others = (await (await hall.signed_in()).post("/rooms", json={"title": "Other"})).json()["data"]
    changed = {"title": "Mine now"}
    assert error_of(await shop.patch(f"/rooms/{others['id']}", json=changed)) == (403, "forbidden")
    boss = machine(hall, (await made(ann, scopes=["write", "admin"]))["secret"])
    assert (await boss.patch(f"/rooms/{others['id']}", json=changed)).status_code == 200


async def test_a_key_limited_to_libraries_reaches_nothing_else(hall, ann):
    here, there = [
        (await ann.post("/libraries", json={"name": name})).json()["data"]["id"] for name in ("Here", "There")
    ]
    shop = machine(hall, (await made(ann, scopes=["write"], library_ids=[here]))["secret"])
    made_here = await shop.post(f"/libraries/{here}/rooms", json={"title": "Talks"})
    assert made_here.status_code == 201
    room = made_here.json()["data"]
    assert (await shop.get(f"/libraries/{here}/rooms/{room['id']}")).status_code == 200
    assert error_of(await shop.get(f"/libraries/{there}/rooms")) == (404, "not_found")
    assert error_of(await shop.get("/rooms/mine")) == (401, "unauthenticated")
    assert error_of(await shop.post("/rooms", json={"title": "Talks"})) == (401, "unauthenticated")
    away = await shop.patch(f"/libraries/{here}/rooms/{room['id']}", json={"library_id": there})
    assert error_of(away) == (422, "validation_failed")


async def test_a_key_makes_codes_for_people_of_the_customer(hall, ann):
    plain = machine(hall, (await made(ann, scopes=["write"]))["secret"])
    person = {"external_user_id": "u1", "username": "Ursula"}
    assert error_of(await plain.post("/auth/code", json=person)) == (403, "forbidden")
    shop = machine(hall, (await made(ann, scopes=["codes"]))["secret"])
    code = (await shop.post("/auth/code", json=person)).json()["data"]["code"]
    signed_in = (await hall.client().post("/auth/exchange", json={"code": code})).json()["data"]
    assert (signed_in["user"]["username"], signed_in["user"]["role"]) == ("Ursula", "viewer")
    for body in ({}, None):  # never for its maker
        assert error_of(await shop.post("/auth/code", json=body)) == (422, "validation_failed")


async def test_a_signing_secret_is_no_key_and_is_kept_sealed(hall, ann):
    made_one = await made(ann, kind="signing_secret", scopes=["write"])
    client, secret = made_one["client"], made_one["secret"]
    assert secret.startswith("lhs_")
    assert (client["kind"], client["issuer"]) == ("signing_secret", client["client_id"])
    assert error_of(await machine(hall, secret).get("/rooms/mine")) == (401, "unauthenticated")
    answer = await ann.post(f"/api-clients/{client['id']}/rotate", json={"overlap": 60})
    later = answer.json()["data"]["secret"]
    async with hall.app.house.desk.read(SYSTEM) as read:
        (row,) = await clients_store.by_issuer(read, client["issuer"])
        assert clients.signing_secrets(hall.app.house.sealing, row, read.now) == (later, secret)
        after = read.now + timedelta(seconds=61)
        assert clients.signing_secrets(hall.app.house.sealing, row, after) == (later,)
    assert secret.encode() not in row.secret_enc + row.previous_enc
    for body, field in (
        ({"kind": "api_key", "issuer": "us"}, "issuer"),
        ({"kind": "signing_secret", "library_ids": [new_id()]}, "library_ids"),
    ):
        answer = await ann.post("/api-clients", json={"name": "x", **body})
        assert answer.json()["error"]["details"][0]["field"] == field
