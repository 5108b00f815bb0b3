"""Terms of an organization, as a client of the Live API reads and sets them."""

import pytest

from livehall.kernel.ids import new_id
from tests.dialects.live.test_clients import error_of

TERMS = {"terms_url": "https://example.org/terms", "text": "We keep it for a year."}
REMOVED = {"deleted_recordings": 7, "history": 30, "audit": 365, "webhook_deliveries": 30, "exports": 3}
KEPT = ("registrations", "attendance", "chat", "questions", "polls", "recordings")


def data(answer, status=200):
    assert answer.status_code == status, answer.text
    return answer.json()["data"]


@pytest.fixture
async def admin(hall):
    return await hall.signed_in("ann@example.org", "admin")


async def test_everybody_reads_the_terms_of_an_organization(hall, admin):
    eve = await hall.signed_in("eve@example.org", "owner", "Elsewhere")
    data(await admin.put("/privacy/policy", json=TERMS))
    own = data(await admin.get("/privacy/policy"))
    assert {**TERMS, "version": "1", "organization": "Livehall"}.items() <= own.items()
    assert {each["kind"]: each["days"] for each in own["retention"]} == dict.fromkeys(KEPT) | REMOVED
    other = data(await eve.get("/privacy/policy"))
    assert (other["organization"], other["terms_url"], other["text"]) == ("Elsewhere", None, None)
    assert (other["version"], other["since"]) == (None, None)

    room = data(await admin.post("/rooms", json={"title": "Physics", "visibility": "unlisted"}), 201)["id"]
    hidden = data(await admin.post("/rooms", json={"title": "Staff", "visibility": "members"}), 201)["id"]
    anybody = hall.client()
    for client in (anybody, eve):
        for named in ({"room_id": room}, {"organization_id": own["organization_id"]}):
            assert data(await client.get("/privacy/policy", params=named)) == own
        for named in ({"room_id": hidden}, {"room_id": new_id()}, {"organization_id": new_id()}):
            answer = await client.get("/privacy/policy", params=named)
            assert error_of(answer) == (404, "not_found"), named
    unnamed = await anybody.get("/privacy/policy")
    assert error_of(unnamed) == (422, "validation_failed")
    both = {"room_id": room, "organization_id": own["organization_id"]}
    assert data(await anybody.get("/privacy/policy", params=both)) == own
    elsewhere = await anybody.get("/privacy/policy", params={**both, "organization_id": new_id()})
    assert error_of(elsewhere) == (404, "not_found")


async def test_an_administrator_says_what_the_terms_are(hall, admin):
    answer = await admin.put("/privacy/policy", json=TERMS)
    first = data(answer)
    assert (await hall.client().get("/privacy/policy")).json()["data"] == first
    assert (await admin.get("/privacy/policy")).headers["etag"] == answer.headers["etag"]

    second = await admin.put(
        "/privacy/policy", json={"text": "Two years."}, headers={"If-Match": answer.headers["etag"]}
    )
    assert (data(second)["version"], data(second)["terms_url"]) == ("2", None)
    stale = await admin.put("/privacy/policy", json=TERMS, headers={"If-Match": answer.headers["etag"]})
    assert error_of(stale) == (409, "conflict")
    unversioned = await admin.put("/privacy/policy", json={**TERMS, "version": "2"})
    assert unversioned.json()["error"]["details"][0]["field"] == "version"
    assert (
        data(await admin.put("/privacy/policy", json={**TERMS, "version": "spring"}))["version"] == "spring"
    )

    host = await hall.signed_in("ben@example.org", "host")
    assert error_of(await host.put("/privacy/policy", json=TERMS)) == (403, "forbidden")
    assert error_of(await hall.client().put("/privacy/policy", json=TERMS)) == (401, "unauthenticated")
    assert data(await admin.put("/privacy/policy", json={}))["version"] is None
