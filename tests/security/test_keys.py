"""API keys: one kind of credential, at its own operations, with no more than its maker may (threats 2, 4)."""

from pathlib import Path

import pytest
import yaml
from sqlalchemy import bindparam, update

from livehall.core.people import store
from livehall.core.people.model import membership
from livehall.dialects.live import routes as _routes
from livehall.dialects.live.api import api
from livehall.kernel.actor import SYSTEM
from livehall.kernel.db import Command, Key
from livehall.kernel.ids import new_id

assert _routes

ROOT = Path(__file__).parents[2]
PEOPLE_ONLY = [route for route in api.routes if route.needs_actor and not route.takes_keys]


@pytest.fixture
async def ann(hall):
    return await hall.signed_in("ann@example.org", "admin")


@pytest.fixture
async def secret(ann):
    body = {"name": "Shop", "scopes": ["write", "codes", "admin"]}
    return (await ann.post("/api-clients", json=body)).json()["data"]["secret"]


def with_headers(hall, **headers):
    client = hall.client()
    client.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
    return client


async def status_of(client, route, library_id):
    path = route.path.replace("{library_id}", library_id)
    while "{" in path:
        before, _, rest = path.partition("{")
        path = before + new_id() + rest.partition("}")[2]
    body = {"message": "x", "name": "x"} if route.signature.body is not None else None
    return (await client.request(route.verb, path, json=body)).status_code


def test_2_keys_open_what_the_contract_says_and_what_is_public():
    """On public operations a key, like a token, widens what is seen."""
    contract = yaml.safe_load((ROOT / "contracts/live.yaml").read_text())
    by_name = {
        operation["operationId"]: {name for each in operation.get("security", ()) for name in each}
        for operations in contract["paths"].values()
        for operation in operations.values()
        if isinstance(operation, dict) and "operationId" in operation
    }
    for route in api.routes:
        schemes = by_name.get(route.operation)
        if schemes is not None and route.access not in ("public", "none"):
            assert route.takes_keys is ("apiKey" in schemes), route.operation


async def test_2_a_key_is_refused_where_people_act(hall, ann, secret):
    """422: what is wrong with the body is said before."""
    library_id = (await ann.post("/libraries", json={"name": "Here"})).json()["data"]["id"]
    client = with_headers(hall, X_Api_Key=secret)
    for route in PEOPLE_ONLY:
        assert await status_of(client, route, library_id) in (401, 404, 422), route.operation
    assert {"joinSession", "sendChatMessage", "getMe", "createApiClient"} <= {
        route.operation for route in PEOPLE_ONLY
    }
    assert (await client.get("/auth/me")).status_code == 401
    assert (await client.post("/api-clients", json={"name": "Another"})).status_code == 401


async def test_2_a_key_is_no_bearer_and_a_token_no_key(hall, ann, secret):
    token = ann.headers["Authorization"].removeprefix("Bearer ")
    for headers in (
        {"Authorization": f"Bearer {secret}"},
        {"X_Api_Key": token},
        {"X_Api_Key": f"Bearer {secret}"},
        {"X_Api_Key": ""},
        {"X_Api_Key": secret[:-1]},
        {"X_Api_Key": secret.swapcase()},
    ):
        assert (await with_headers(hall, **headers).get("/rooms/mine")).status_code == 401
    for path, body in (
        ("/auth/refresh", {"refresh_token": secret}),
        ("/auth/device", {"device_token": secret}),
    ):
        assert (await hall.client().post(path, json=body)).status_code == 401
    assert (await hall.client().post("/auth/exchange", json={"code": secret})).status_code == 410


async def test_4_a_key_has_no_more_than_its_maker_has_now(hall, ann, secret):
    client = with_headers(hall, X_Api_Key=secret)
    host = await hall.signed_in()
    room = (await host.post("/rooms", json={"title": "Talks"})).json()["data"]
    path, body = f"/rooms/{room['id']}", {"title": "Changed"}
    assert (await client.patch(path, json=body)).status_code == 200
    person = await hall.person("ann@example.org", "admin")
    for role, status in (("host", 403), ("viewer", 401)):
        async with hall.app.house.desk.work(SYSTEM) as work:
            await store.set_role(work, person.id, person.organization_id, role)
        hall.app.house.sign_in.forget_clients()
        assert (await client.patch(path, json=body)).status_code == status


async def test_4_a_key_hands_out_no_role_above_its_own(hall, ann):
    plain = (await ann.post("/api-clients", json={"name": "Codes", "scopes": ["codes"]})).json()["data"]
    client = with_headers(hall, X_Api_Key=plain["secret"])
    boss = await hall.person("boss@example.org", "owner")
    async with hall.app.house.desk.work(SYSTEM) as work:
        named = update(membership).where(membership.c.account_id == bindparam("who", type_=Key))
        await work.db.run(Command(named.values(external_user_id="boss")), who=boss.id)
    assert (await client.post("/auth/code", json={"external_user_id": "boss"})).status_code == 403


async def test_17_a_key_of_another_organization_finds_nothing(hall, secret):
    eve = await hall.signed_in("eve@example.org", organization="Elsewhere")
    room = (await eve.post("/rooms", json={"title": "Inner", "visibility": "private"})).json()["data"]
    client = with_headers(hall, X_Api_Key=secret)
    assert (await client.get(f"/rooms/{room['id']}")).status_code == 404
    assert (await client.patch(f"/rooms/{room['id']}", json={"title": "x"})).status_code == 404
    assert (await client.delete(f"/rooms/{room['id']}")).status_code == 404
