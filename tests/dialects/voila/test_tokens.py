"""The token endpoint of the Voilà API (V1–V8), and what every call is asked (V9–V17)."""

import base64
import json
from datetime import timedelta
from uuid import UUID

import msgspec
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from livehall.dialects.voila import ids
from livehall.dialects.voila.sign_in import SCOPE
from livehall.engines.tokens.clients import LONGEST, RsaTokens, new_key
from livehall.kernel.clock import utc_now
from livehall.kernel.ids import new_id
from tests.dialects.voila.conftest import FORM, voila

FORM_TYPE = {"content-type": "application/x-www-form-urlencoded"}


def b64url(text):
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def refused(answer):
    return answer.status_code, answer.json()["error"]


async def test_v1_credentials_are_exchanged_for_a_token(hall, partner):
    answer = await voila(hall).post("/oauth2/token", data=FORM, auth=partner.credentials)
    assert answer.status_code == 200
    assert set(answer.json()) == {"access_token", "expires_in", "token_type"}
    assert answer.json()["token_type"] == "Bearer"


async def test_v2_v3_the_token_is_signed_with_rs256_and_says_whose_it_is(hall, partner):
    keys = KeySet.import_key_set((await hall.client().get("/.well-known/jwks.json")).json())
    token = jwt.decode(partner.token, keys, algorithms=["RS256"])
    assert token.header["alg"] == "RS256"
    assert token.header["kid"]
    claims = token.claims
    assert claims["exp"] - claims["iat"] == 3600
    assert claims["sub"] == claims["client_id"] == partner.credentials[0]
    assert (claims["token_use"], claims["scope"], claims["version"]) == ("access", SCOPE, 2)
    assert claims["auth_time"] == claims["iat"]
    assert claims["iss"].startswith("http")
    assert str(UUID(claims["jti"])) == claims["jti"]


async def test_v4_to_v8_what_is_wrong_at_the_token_endpoint(hall, partner):
    at, right = voila(hall), partner.credentials
    post = at.post
    for auth in (None, (right[0], "wrong"), ("lhc_0", right[1]), ("a\0", "b"), ("a%00", "b")):  # V4
        answer = await post("/oauth2/token", data=FORM, auth=auth)
        assert refused(answer) == (401, "invalid_client")
        assert answer.headers["www-authenticate"].startswith("Basic")
    in_form = FORM | {"client_id": right[0], "client_secret": right[1]}
    assert refused(await post("/oauth2/token", data=in_form)) == (401, "invalid_client")
    other = FORM | {"grant_type": "password"}  # V5
    assert refused(await post("/oauth2/token", data=other, auth=right)) == (400, "unsupported_grant_type")
    missing = {"scope": SCOPE}
    assert refused(await post("/oauth2/token", data=missing, auth=right)) == (400, "invalid_request")
    for scope in ({}, {"scope": "write"}, {"scope": f"{SCOPE} write"}):  # V6
        form = {"grant_type": "client_credentials"} | scope
        assert refused(await post("/oauth2/token", data=form, auth=right)) == (400, "invalid_scope")
    answer = await post("/oauth2/token", json=FORM, auth=right)  # V7
    assert refused(answer) == (400, "invalid_request")
    for each in (answer, await post("/oauth2/token", data=FORM, auth=right)):  # V8
        assert each.headers["cache-control"] == "no-store"
    # The token endpoint has no /v1.
    assert (await post("/v1/oauth2/token", data=FORM, auth=right)).status_code == 404


async def test_v9_a_bearer_that_does_not_hold_is_refused(hall, partner):
    claims = await hall.app.house.client_tokens.read(partner.token)
    issuer = f"{hall.app.house.settings.public_url}/api/v1"
    foreign = await RsaTokens(lambda: [new_key()], issuer).issue(claims)
    for late_s, status in ((1, 401), (-60, 200)):  # by a second, and with a minute left
        past = claims.expires_at - utc_now() + timedelta(seconds=late_s)
        moved = msgspec.structs.replace(
            claims, issued_at=claims.issued_at - past, expires_at=claims.expires_at - past
        )
        token = await hall.app.house.client_tokens.issue(moved)
        answer = await voila(hall, token, f"/v1/organizations/{partner.organization_id}").get("/ping")
        assert (answer.status_code, bool(answer.json().get("message"))) == (status, status == 401)
    head, body, signature = partner.token.split(".")
    key = (await partner.host.post("/api-clients", json={"name": "x"})).json()["data"]["secret"]
    person = partner.host.headers["authorization"].partition(" ")[2]
    padded = b64url(json.dumps({"alg": "RS256", "pad": "x" * LONGEST}))  # read by nobody, and kept nowhere
    for header in (
        None, "Bearer", "Bearer x", f"Basic {partner.token}", partner.token, f"Bearer {foreign}",
        f"Bearer {head}.{body}.{signature[::-1]}", f"Bearer {key}", f"Bearer {person}",
        f"Bearer {padded}.{body}.{signature}", f"Bearer {'A' * (LONGEST + 1)}",
    ):  # fmt: skip
        at = voila(hall, below=f"/v1/organizations/{partner.organization_id}")
        if header is not None:
            at.headers["authorization"] = header
        answer = await at.get("/ping")
        assert answer.status_code == 401, header
        assert answer.json()["message"]  # V15
    assert hall.app.house.client_tokens.is_one(partner.token)
    assert not hall.app.house.client_tokens.is_one(f"{padded}.{body}.{signature}")
    await partner.host.delete(f"/api-clients/{partner.client_id}")
    assert (await partner.http.get("/ping")).status_code == 401


async def test_v10_v11_v12_v14_v15_v16_whose_tenant_and_which_scope(hall, partner, partner_of):
    other = await partner_of("Elsewhere")
    assert (await partner.http.get("/ping")).json() == {"organizationId": partner.organization_id}  # V16
    short = ids.outside(partner.organization_id)
    for below in (f"/v1/organizations/{short}", f"/organizations/{short}"):  # V12
        answer = await voila(hall, partner.token, below).get("/ping")
        assert (answer.status_code, answer.json()) == (200, {"organizationId": short})
    for organization in (other.organization_id, new_id(), "nobody", "%00"):  # V10: whether it is there or not
        at = voila(hall, partner.token, f"/v1/organizations/{organization}")
        answers = [await at.get("/ping"), await at.post(f"/programs/{new_id()}/attendees", content=b"{")]
        for answer in answers:
            assert answer.status_code == 403, organization
            assert answer.json()["message"]
    live = await hall.client().post(  # V11
        "/oauth/token", data={"grant_type": "client_credentials"}, auth=partner.credentials
    )
    at = voila(hall, live.json()["access_token"], f"/v1/organizations/{partner.organization_id}")
    assert (await at.get("/ping")).status_code == 403
    # And the other way round: a token of this API opens no other one.
    assert (await hall.client(partner.token).get("/rooms/mine")).status_code == 401
    # V14: nobody, then the wrong tenant, then the wrong program, then the wrong body.
    stranger = voila(hall, below=f"/v1/organizations/{other.organization_id}")
    assert (await stranger.post("/programs/x/attendees", content=b"{")).status_code == 401


async def test_v15_what_no_operation_answers_is_json_with_a_message_too(hall, partner):
    for verb, path, status in (
        ("GET", "/nowhere", 404),
        ("GET", "/v1/organizations", 404),
        ("POST", f"/v1/organizations/{partner.organization_id}/ping", 405),
        ("GET", "/oauth2/token", 405),
    ):
        answer = await voila(hall, partner.token).request(verb, path)
        assert answer.status_code == status
        assert answer.json()["message"]
        assert answer.headers["content-type"] == "application/json"
    body = json.dumps({"firstName": "x" * (1 << 20)})
    answer = await partner.http.post(
        f"/programs/{new_id()}/attendees", content=body, headers={"content-type": "application/json"}
    )
    assert answer.status_code == 400
    assert answer.json()["message"]


@pytest.mark.parametrize("count", [3000])
def test_v25_ids_have_27_characters_and_sort_by_time(count):
    ours = [new_id() for _ in range(count)]
    outside = [ids.outside(each) for each in ours]
    assert {len(each) for each in outside} == {27}
    assert all(each.isascii() and each.isalnum() for each in outside)
    assert outside == sorted(outside)
    assert len(set(outside)) == count
    assert [ids.inside(each) for each in outside] == ours
    for one, text in zip(ours, outside, strict=True):  # seconds since May 2014, and 16 bytes
        number = UUID(one).int
        value = ((number >> 80) // 1000 - 1_400_000_000) << 128 | number
        assert sum(ids.ALPHABET.index(each) * 62**at for at, each in enumerate(reversed(text))) == value
    assert ids.inside(ours[0].upper()) == ours[0]
    for wrong in (
        "",
        "x",
        outside[0][:-1],
        outside[0] + "0",
        "z" * 27,
        "é" * 27,
        "0" * 27,
        outside[0][:-1] + "-",
    ):
        assert ids.inside(wrong) is None, wrong
