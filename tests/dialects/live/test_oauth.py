"""OAuth clients: a token for an id and a secret, what it opens, and its end."""

import asyncio
import base64
import json
from datetime import timedelta

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from livehall.core.people import clients_store, oauth
from livehall.engines.tokens.clients import RsaTokens, new_key
from livehall.kernel.actor import SYSTEM
from livehall.kernel.ids import new_id
from livehall.server import secrets as kept
from tests.dialects.live.test_clients import machine, made

GRANT = {"grant_type": "client_credentials"}


@pytest.fixture
async def ann(hall):
    return await hall.signed_in("ann@example.org", "admin")


async def token_of(hall, client, **form):
    answer = await hall.client().post(
        "/oauth/token", data=GRANT | form, auth=(client["client"]["client_id"], client["secret"])
    )
    assert answer.status_code == 200, answer.text
    return answer.json()["access_token"]


async def test_a_client_gets_a_token_and_works_with_it(hall, ann):
    client = await made(ann, kind="oauth", scopes=["write"])
    assert client["secret"].startswith("lho_")
    basic = (client["client"]["client_id"], client["secret"])
    answer = await hall.client().post("/oauth/token", data=GRANT, auth=basic)
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json() | {"access_token": ""} == {
        "access_token": "", "expires_in": 3600, "token_type": "Bearer", "scope": "write",
    }  # fmt: skip
    in_form = GRANT | {"client_id": basic[0], "client_secret": basic[1], "surprise": "1"}
    by_form = (await hall.client().post("/oauth/token", data=in_form)).json()["access_token"]
    for token in (answer.json()["access_token"], by_form):
        room = await hall.client(token).post("/rooms", json={"title": "Made by a machine"})
        assert room.status_code == 201, room.text
    (shown,) = (await ann.get("/api-clients")).json()["data"]["clients"]
    assert (shown["kind"], shown["last_used_at"] is not None) == ("oauth", True)
    assert client["secret"] not in (await ann.get("/api-clients")).text  # I19
    # The secret is for the token endpoint, and no key; a token is for what its scopes say.
    assert (await machine(hall, client["secret"]).get("/rooms")).status_code == 401
    assert (await hall.client(by_form).post("/auth/code", json={})).status_code in (401, 403)


async def test_a_token_has_the_scopes_that_were_asked_for(hall, ann):
    client = await made(ann, kind="oauth", scopes=["write", "admin"])
    reading = await hall.client().post(
        "/oauth/token",
        data=GRANT | {"scope": "admin"},
        auth=(client["client"]["client_id"], client["secret"]),
    )
    refused = await hall.client(reading.json()["access_token"]).post("/rooms", json={"title": "x"})
    assert refused.status_code == 403
    # What the client lost meanwhile, its tokens have lost too.
    token = await token_of(hall, client)
    path = f"/api-clients/{client['client']['id']}"
    await ann.patch(path, json={"scopes": ["admin"]})
    assert (await hall.client(token).post("/rooms", json={"title": "x"})).status_code == 403
    await ann.delete(path)
    assert (await hall.client(token).get("/rooms/mine")).status_code == 401


async def test_errors_of_the_token_endpoint_are_those_of_rfc_6749(hall, ann):
    client = await made(ann, kind="oauth")
    key = await made(ann)
    right = (client["client"]["client_id"], client["secret"])
    for form, auth, status, error in (
        (GRANT, None, 401, "invalid_client"),
        (GRANT, (right[0], "wrong"), 401, "invalid_client"),
        (GRANT, (key["client"]["client_id"], key["secret"]), 401, "invalid_client"),
        ({"grant_type": "password"}, right, 400, "unsupported_grant_type"),
        ({}, right, 400, "invalid_request"),
        (GRANT | {"scope": "write"}, right, 400, "invalid_scope"),
    ):
        answer = await hall.client().post("/oauth/token", data=form or {"x": "y"}, auth=auth)
        assert (answer.status_code, answer.json()["error"]) == (status, error), form
        assert ("www-authenticate" in answer.headers) == (status == 401)
        assert answer.json()["error_description"]
    for headers, body in (
        ({"content-type": "application/json"}, json.dumps(GRANT)),
        ({"content-type": "application/x-www-form-urlencoded"}, "grant_type=a&grant_type=b"),
        ({"content-type": "application/x-www-form-urlencoded"}, "grant_type=%ff"),
    ):
        answer = await hall.client().post("/oauth/token", content=body, headers=headers, auth=right)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


async def test_the_secret_before_lives_on_for_its_time(hall, ann, monkeypatch):
    client = await made(ann, kind="oauth")
    rotate = f"/api-clients/{client['client']['id']}/rotate"
    renewed = (await ann.post(rotate, json={"overlap": 600})).json()["data"]
    assert await token_of(hall, client)
    assert await token_of(hall, renewed)
    await ann.post(rotate, json={})
    answer = await hall.client().post(
        "/oauth/token", data=GRANT, auth=(client["client"]["client_id"], client["secret"])
    )
    assert answer.status_code == 401


async def test_a_revoked_token_ends_at_once(hall, ann):
    client, other = await made(ann, kind="oauth"), await made(ann, kind="oauth")
    token, second = await token_of(hall, client), await token_of(hall, client)

    async def revoke(what, by):
        auth = (by["client"]["client_id"], by["secret"])
        answer = await hall.client().post("/oauth/revoke", data={"token": what}, auth=auth)
        assert (answer.status_code, answer.content) == (200, b"")

    await revoke(token, other)
    await revoke("nonsense", client)
    assert (await hall.client(token).get("/rooms/mine")).status_code == 200
    await asyncio.gather(*(revoke(token, client) for _ in range(4)))
    await revoke(token, client)
    assert (await hall.client(token).get("/rooms/mine")).status_code == 401
    assert (await hall.client(second).get("/rooms/mine")).status_code == 200
    answer = await hall.client().post("/oauth/revoke", data={"token": second})
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


async def test_anybody_can_check_a_token_with_the_public_keys(hall, ann):
    client = await made(ann, kind="oauth")
    token = await token_of(hall, client)
    keys = (await hall.client().get("/.well-known/jwks.json")).json()
    assert [set(key) & {"d", "p", "q"} for key in keys["keys"]] == [set()]
    decoded = jwt.decode(token, KeySet.import_key_set(keys), algorithms=["RS256"])
    assert decoded.header["kid"] == keys["keys"][0]["kid"]
    assert decoded.claims["client_id"] == client["client"]["client_id"]
    assert decoded.claims["iss"] == f"{hall.app.house.settings.public_url}/api/v1"
    # Signed by others, for others, or not at all.
    forger = RsaTokens(lambda: [new_key()], decoded.claims["iss"])
    claims = await hall.app.house.client_tokens.read(token)
    head, body, signature = token.split(".")
    unsigned = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
    for bad in (await forger.issue(claims), f"{head}.{body}.{signature[::-1]}", f"{unsigned}.{body}."):
        assert (await hall.client(bad).get("/rooms/mine")).status_code == 401


async def test_a_key_put_aside_still_checks_what_it_signed(tmp_path, hall, ann):
    old = RsaTokens(lambda: kept.load_oauth_keys(tmp_path, new_key), "https://live.example.org")
    client = await made(ann, kind="oauth")
    claims = await hall.app.house.client_tokens.read(await token_of(hall, client))
    signed = await old.issue(claims)
    kept.rotate_oauth_key(tmp_path, new_key)
    new = RsaTokens(lambda: kept.load_oauth_keys(tmp_path, new_key), "https://live.example.org")
    assert await new.read(signed) == claims
    before, after = await old.keys(), await new.keys()
    assert after["keys"][1:] == before["keys"]
    assert {oct(file.stat().st_mode & 0o777) for file in (tmp_path / "secrets").iterdir()} == {"0o600"}
    assert await new.issue(claims) != signed


async def test_the_ends_of_tokens_are_forgotten_when_they_are_over_anyhow(hall):
    gone, kept_one = new_id(), new_id()
    async with hall.app.house.desk.work(SYSTEM) as work:
        await clients_store.revoke_token(work, gone, work.now - timedelta(seconds=1))
        await clients_store.revoke_token(work, kept_one, work.now + timedelta(hours=1))
        await oauth.forget(work)
        assert not await clients_store.token_is_revoked(work, gone)
        assert await clients_store.token_is_revoked(work, kept_one)


async def test_a_credential_says_whom_it_stands_for(hall, ann):
    ours = (await ann.get("/whoami")).json()["data"]
    assert (ours["kind"], ours["role"], ours["acts_for"], ours["scopes"]) == ("account", "admin", None, [])
    client, key = await made(ann, kind="oauth", scopes=["write", "admin"]), await made(ann)
    told = (await hall.client(await token_of(hall, client, scope="write")).get("/whoami")).json()["data"]
    assert (told["kind"], told["id"], told["role"]) == ("client", client["client"]["id"], "host")
    assert (told["acts_for"], told["scopes"]) == (ours["id"], ["write"])
    by_key = (await machine(hall, key["secret"]).get("/whoami")).json()["data"]
    assert (by_key["id"], by_key["organization_id"]) == (key["client"]["id"], ours["organization_id"])
    assert (await hall.client().get("/whoami")).status_code == 401
