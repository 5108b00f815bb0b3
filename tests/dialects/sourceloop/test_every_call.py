"""What holds for every call: the order of checks, errors, who may call (L1–L8)."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from livehall.core.people import clients_store
from livehall.core.people.clients_store import MOST_OF_ONE_ISSUER
from livehall.core.rooms import rules
from livehall.kernel.actor import SYSTEM
from tests.dialects.live.test_clients import made
from tests.dialects.sourceloop.vendor import EVERYTHING, a_vendor, error_of, signed

TEXT = {"content-type": "text/plain"}
JSON = {"content-type": "application/json"}
CALLS = (
    ("POST", "/session", "CreateMeetingSession"),
    ("POST", "/session/AAAAAAAAAA/token", "GenerateMeetingToken"),
    ("PATCH", "/session/AAAAAAAAAA", "EditMeeting"),
    ("PATCH", "/session/AAAAAAAAAA/end", "StopMeeting"),
    ("GET", "/session/AAAAAAAAAA/attendees", "GetMeetingAttendees"),
    ("GET", "/archives", "GetMeetingArchives"),
    ("GET", "/archives/nothing", "GetMeetingArchives"),
    ("DELETE", "/archives/nothing", "DeleteMeetingArchive"),
    ("PUT", "/archives/storage-target", "SetMeetingUploadTarget"),
)


async def test_l1_l2_l3_checks_come_in_this_order_and_errors_have_one_shape(hall):
    vendor = await a_vendor(hall)
    nobody, weak, known = vendor.caller(), vendor.caller(vendor.token([])), vendor.software
    assert error_of(await nobody.get("/nowhere")) == (404, "NotFoundError")
    for verb, path in (
        ("GET", "/session"),
        ("PUT", "/session"),
        ("POST", "/archives"),
        ("GET", "/webhooks/session"),
    ):
        assert error_of(await nobody.request(verb, path)) == (404, "NotFoundError")  # L2: never 405

    path = "/session/AAAAAAAAAA"
    wrong_type = await nobody.patch(path, content="x", headers=TEXT)
    assert wrong_type.json()["error"].keys() == {"statusCode", "name", "message", "code"}
    assert error_of(wrong_type) == (415, "UnsupportedMediaTypeError")
    assert error_of(await nobody.patch(path, content="{", headers=JSON)) == (400, "SyntaxError")
    unfit = await nobody.patch(path, json={"surprise": 1})  # a bad body without bearer is 422, not 401
    assert error_of(unfit) == (422, "UnprocessableEntityError")
    assert unfit.json()["error"]["code"] == "VALIDATION_FAILED"
    assert unfit.json()["error"]["details"][0] == {
        "path": "",
        "code": "additionalProperties",
        "message": unfit.json()["error"]["details"][0]["message"],
        "info": {"additionalProperty": "surprise"},
    }
    assert error_of(await nobody.patch(path, json={})) == (401, "UnauthorizedError")
    assert error_of(await weak.patch(path, json={})) == (403, "ForbiddenError")
    unknown = await known.patch(path, json={})
    assert error_of(unknown) == (404, "NotFoundError")
    assert unknown.json()["error"].keys() == {"statusCode", "name", "message"}
    broken = await nobody.post("/webhooks/session", json={"sessionId": "x", "event": "y"})
    assert broken.json() == {"error": {"statusCode": 500, "message": "Internal Server Error"}}


async def test_l4_l5_l6_a_token_must_hold(hall):
    vendor = await a_vendor(hall)

    async def told(header: str | None):
        answer = await vendor.caller(**({"authorization": header} if header is not None else {})).get(
            "/archives"
        )
        return answer.status_code, answer.json()["error"]["message"] if answer.status_code != 200 else None

    absent, rejected = (401, 'Bearer realm="Users"'), (401, {"message": "TokenExpired"})
    for header in (None, "Basic abc", "Bearer "):
        assert await told(header) == absent
    now, claims = time.time(), {"iss": vendor.client["issuer"], "permissions": list(EVERYTHING)}
    for token in (
        "garbled", "a.b.c",
        vendor.token(iss="somebody"), vendor.token(iss=None), vendor.token(iss=7),
        vendor.token(exp=int(now) - 5), vendor.token(exp="soon"), vendor.token(nbf=int(now) + 600),
        vendor.token(secret="x" * 40),
        signed(claims, vendor.secret, "HS512"),
        vendor.token().rpartition(".")[0] + ".",
        vendor.token(passwordExpiryTime=int((now - 60) * 1000)),
        vendor.token(passwordExpiryTime=(datetime.now(UTC) - timedelta(days=1)).isoformat()),
        vendor.token(passwordExpiryTime="nonsense"), vendor.token(passwordExpiryTime=[]),
        vendor.token(passwordExpiryTime=10**400), vendor.token(iss="some\0body"),
    ):  # fmt: skip
        assert await told(f"Bearer {token}") == rejected, token
    for token in (
        vendor.token(),
        vendor.token(exp=None),
        vendor.token(passwordExpiryTime=int((now + 60) * 1000)),
        vendor.token(passwordExpiryTime=int(now + 60)),
        vendor.token(passwordExpiryTime=(datetime.now(UTC) + timedelta(days=1)).isoformat()),
    ):
        assert await told(f"Bearer {token}") == (200, None)

    for verb, path, permission in CALLS:  # one permission for each operation
        lacking = [each for each in EVERYTHING if each != permission]
        refused = await vendor.caller(vendor.token(lacking)).request(verb, path)
        assert error_of(refused) == (403, "ForbiddenError"), path
        assert refused.json()["error"]["message"] == "NotAllowedAccess"
        allowed = await vendor.caller(vendor.token([permission])).request(verb, path)
        assert allowed.status_code not in (401, 403), path
    assert error_of(await vendor.caller(vendor.token(permissions="all")).get("/archives"))[0] == 403


async def test_a_secret_is_scoped_rotated_with_overlap_and_revoked(hall):
    vendor = await a_vendor(hall, scopes=["write"])
    assert error_of(await vendor.software.put("/archives/storage-target", json={})) == (403, "ForbiddenError")
    assert (await vendor.software.post("/session")).status_code == 200
    reader = await a_vendor(hall, scopes=[])
    assert error_of(await reader.software.post("/session")) == (403, "ForbiddenError")
    assert (await reader.software.get("/archives")).status_code == 200

    path, old = f"/api-clients/{vendor.client['id']}", vendor.secret
    seen = (await vendor.admin.get(path)).json()["data"]
    assert seen["last_used_at"] is not None
    new = (await vendor.admin.post(f"{path}/rotate", json={"overlap": 3600})).json()["data"]["secret"]
    for secret, status in ((old, 200), (new, 200)):
        answer = await vendor.caller(vendor.token(secret=secret)).get("/archives")
        assert answer.status_code == status
    final = (await vendor.admin.post(f"{path}/rotate")).json()["data"]["secret"]
    for number, (secret, status) in enumerate(((old, 401), (new, 401), (final, 200))):
        answer = await vendor.caller(vendor.token(secret=secret, jti=number)).get("/archives")
        assert answer.status_code == status
    assert (await vendor.admin.delete(path)).status_code == 204
    assert (await vendor.caller(vendor.token(secret=final, jti=9)).get("/archives")).status_code == 401
    assert (await vendor.admin.get("/api-clients")).text.count("lhs_") == 0


async def test_an_issuer_that_another_organization_uses_too_finds_its_own_secret(hall):
    first = await a_vendor(hall, issuer="sourcefuse")
    second = await a_vendor(hall, "eve@example.org", "Elsewhere", issuer="sourcefuse")
    link = (await first.software.post("/session")).text
    assert (await first.software.get(f"/session/{link}/attendees")).json() == []
    assert MOST_OF_ONE_ISSUER > 2
    for verb, path in (
        ("POST", f"/session/{link}/token"),
        ("PATCH", f"/session/{link}"),
        ("PATCH", f"/session/{link}/end"),
        ("GET", f"/session/{link}/attendees"),
    ):  # nothing of one tenant is there for another
        answer = await second.software.request(verb, path)
        assert answer.status_code in (400, 404), path
        unknown = await second.software.request(verb, path.replace(link, "AAAAAAAAAA"))
        assert answer.json() == unknown.json()


async def test_strangers_who_take_an_issuers_name_first_do_not_keep_its_tokens_out(hall):
    for number in range(3):
        stranger = await a_vendor(
            hall, f"eve{number}@example.org", f"Elsewhere {number}", issuer="sourcefuse"
        )
        for _ in range(MOST_OF_ONE_ISSUER - 1):
            await made(stranger.admin, kind="signing_secret", issuer="sourcefuse")
        more = {"name": "One more", "kind": "signing_secret", "issuer": "sourcefuse"}
        refused = await stranger.admin.post("/api-clients", json=more)
        assert (refused.status_code, refused.json()["error"]["details"][0]["field"]) == (422, "issuer")
    late = await a_vendor(hall, issuer="sourcefuse")
    async with hall.app.house.desk.read(SYSTEM) as read:
        tried = await clients_store.by_issuer(read, "sourcefuse")
    assert len(tried) == 3 * MOST_OF_ONE_ISSUER + 1
    assert len({each.organization_id for each in tried[:4]}) == 4  # everybody's first comes first
    assert (await late.software.get("/archives")).status_code == 200


async def test_l7_two_meetings_of_one_link_clash(hall, monkeypatch):
    vendor = await a_vendor(hall)
    monkeypatch.setattr(rules, "new_code", lambda: "AAAAAAAAAA")
    assert (await vendor.software.post("/session")).text == "AAAAAAAAAA"
    assert error_of(await vendor.software.post("/session")) == (409, "ConflictError")


@pytest.mark.parametrize("what", ["session", "room"])
async def test_l8_what_is_deleted_softly_is_not_seen(hall, what):
    vendor = await a_vendor(hall)
    link = (await vendor.software.post("/session")).text
    session = await vendor.session(link)
    path = f"/sessions/{session['id']}" if what == "session" else f"/rooms/{session['room_id']}"
    assert (await vendor.admin.delete(path)).status_code == 204
    assert error_of(await vendor.software.get(f"/session/{link}/attendees")) == (404, "NotFoundError")
    assert error_of(await vendor.software.post(f"/session/{link}/token")) == (400, "BadRequestError")
