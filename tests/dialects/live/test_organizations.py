"""Organizations and their members, as a client of the Live API sees them."""

import pytest

from livehall.kernel.ids import new_id
from tests.dialects.live.test_clients import error_of, machine, made
from tests.dialects.live.test_sessions import planned


async def names(client, organization, **query):
    answer = await client.get(f"/organizations/{organization}/members", params=query)
    assert answer.status_code == 200, answer.text
    return [each["username"] for each in answer.json()["data"]["members"]]


@pytest.fixture
async def ann(hall):
    return await hall.person("ann@example.org", "admin")


@pytest.fixture
async def admin(hall, ann):
    return hall.client(hall.token(ann))


async def test_a_member_sees_the_organizations_they_belong_to(hall, ann, admin):
    bob = await hall.person("bob@example.org", "viewer")
    there = await hall.person("bob@example.org", "host", "Elsewhere")
    await hall.person("eve@example.org", "admin", "Nowhere")
    client = hall.client(hall.token(bob))

    listed = (await client.get("/organizations")).json()["data"]
    assert listed["pagination"] == {"page": 1, "limit": 20, "total": 2, "total_pages": 1}
    told = [
        (each["name"], each["slug"], each["role"], each["is_current"]) for each in listed["organizations"]
    ]
    assert told == [("Elsewhere", "elsewhere", "host", False), ("Livehall", "livehall", "viewer", True)]
    second = (await client.get("/organizations", params={"limit": 1, "page": 2})).json()["data"]
    assert (second["organizations"], second["pagination"]["total_pages"]) == (listed["organizations"][1:], 2)
    for each in listed["organizations"]:
        assert (await client.get(f"/organizations/{each['id']}")).json()["data"] == each

    own = (await admin.get("/organizations")).json()["data"]["organizations"]
    assert [(each["id"], each["role"]) for each in own] == [(ann.organization_id, "admin")]
    for id_ in (there.organization_id, new_id(), "no-uuid"):
        for path in (f"/organizations/{id_}", f"/organizations/{id_}/members"):
            assert error_of(await admin.get(path)) == (404, "not_found"), path
            assert error_of(await hall.client().get(path)) == (401, "unauthenticated"), path
    assert error_of(await hall.client().get("/organizations")) == (401, "unauthenticated")


async def test_whoever_registered_alone_is_a_member_of_no_organization(hall, ann, admin):
    answer = await hall.client().post("/auth/viewers", json={"username": "Gus"})
    guest = hall.client(answer.json()["data"]["access_token"])
    assert (await guest.get("/organizations")).json()["data"]["organizations"] == []
    for path in (f"/organizations/{ann.organization_id}", f"/organizations/{ann.organization_id}/members"):
        assert error_of(await guest.get(path)) == (404, "not_found")
    assert await names(admin, ann.organization_id) == ["ann"]


async def test_an_administrator_lists_searches_and_sorts_the_members(hall, ann, admin):
    for name, role in (("zoe", "owner"), ("cy", "host"), ("bob", "viewer"), ("under_score", "viewer")):
        await hall.person(f"{name}@example.org", role)
    await hall.person("eve@example.org", "viewer", "Elsewhere")
    code = {"external_user_id": "crm-17", "username": "Élodie", "email": "e.martin@example.org"}
    assert (await admin.post("/auth/code", json=code)).status_code == 201
    organization = ann.organization_id

    answer = (await admin.get(f"/organizations/{organization}/members", params={"limit": 2})).json()["data"]
    assert answer["pagination"] == {"page": 1, "limit": 2, "total": 6, "total_pages": 3}
    assert [(each["id"], each["email"]) for each in answer["members"]][:1] == [(ann.id, "ann@example.org")]
    everybody = ["ann", "bob", "cy", "under_score", "zoe", "Élodie"]
    assert await names(admin, organization) == everybody
    assert await names(admin, organization, sort="-name") == everybody[::-1]
    pages = [await names(admin, organization, limit=2, page=page) for page in (1, 2, 3, 4)]
    assert pages == [everybody[:2], everybody[2:4], everybody[4:], []]
    by_role = await names(admin, organization, sort="role")
    assert by_role == ["zoe", "ann", "cy", "bob", "under_score", "Élodie"]
    assert await names(admin, organization, sort="created_at") == [
        "ann",
        "zoe",
        "cy",
        "bob",
        "under_score",
        "Élodie",
    ]

    for search, found in (
        ("ÉLO", ["Élodie"]), ("crm-17", ["Élodie"]), ("martin élodie", ["Élodie"]), ("martin bob", []),
        ("ZOE@example", ["zoe"]), ("r_s", ["under_score"]), ("_", ["under_score"]), ("%", []), ("eve", []),
        ("  ", everybody),
    ):  # fmt: skip
        assert await names(admin, organization, search=search) == found, search
    assert await names(admin, organization, role="admin") == ["ann", "zoe"]
    assert await names(admin, organization, role=["host", "viewer"], search="b") == ["bob"]
    found = await admin.get(f"/organizations/{organization}/members", params={"role": "host"})
    assert found.json()["data"]["pagination"]["total"] == 1


async def test_only_administrators_who_are_signed_in_to_it_see_the_members(hall, ann):
    host = await hall.person("cy@example.org", "host")
    elsewhere = await hall.person("cy@example.org", "admin", "Elsewhere")
    path = f"/organizations/{ann.organization_id}/members"
    for person in (host, elsewhere):
        assert error_of(await hall.client(hall.token(person)).get(path)) == (403, "forbidden")
    there = f"/organizations/{elsewhere.organization_id}/members"
    assert error_of(await hall.client(hall.token(host)).get(there)) == (403, "forbidden")
    assert (await hall.client(hall.token(elsewhere)).get(there)).status_code == 200


async def test_a_key_sees_the_organization_it_was_made_in(hall, ann, admin):
    elsewhere = await hall.person("ann@example.org", "admin", "Elsewhere")
    organization = ann.organization_id
    for scopes, status, role in ((["admin"], 200, "admin"), (["write"], 403, "host")):
        key = machine(hall, (await made(admin, scopes=scopes))["secret"])
        own = (await key.get("/organizations")).json()["data"]["organizations"]
        assert [(each["id"], each["role"], each["is_current"]) for each in own] == [
            (organization, role, True)
        ]
        assert (await key.get(f"/organizations/{organization}")).json()["data"] == own[0]
        assert (await key.get(f"/organizations/{organization}/members")).status_code == status
        for path in ("", "/members"):
            answer = await key.get(f"/organizations/{elsewhere.organization_id}{path}")
            assert error_of(answer) == (404, "not_found")


async def test_a_sign_in_for_one_session_sees_no_organization(hall, ann, admin):
    session = await planned(admin)
    code = (await admin.post("/auth/code", json={"session_id": session["id"]})).json()["data"]["code"]
    answer = await hall.client().post("/auth/exchange", json={"code": code})
    bound, own = hall.client(answer.json()["data"]["access_token"]), f"/organizations/{ann.organization_id}"
    for path in ("/organizations", own, f"{own}/members"):
        assert error_of(await bound.get(path)) == (403, "forbidden"), path
    assert error_of(await bound.get(f"/organizations/{new_id()}")) == (404, "not_found")


async def test_a_key_finds_the_member_that_a_live_is_hosted_by(hall, admin):
    """As `docs/api/meltingspot.md` tells: the id that MeltingSpot asks for, by the same key."""
    cy = await hall.person("cy@example.org", "host")
    secret = (await made(admin, scopes=["write", "admin"]))["secret"]
    key = machine(hall, secret)
    organization = (await key.get("/organizations")).json()["data"]["organizations"][0]["id"]
    found = await key.get(f"/organizations/{organization}/members", params={"search": "cy@example.org"})
    (member,) = found.json()["data"]["members"]
    assert (member["id"], member["email"]) == (cy.id, "cy@example.org")
    body = {
        "title": "Our evening", "spotMemberHostId": member["id"], "startDate": 2_000_000_000,
        "endDate": 2_000_003_600, "solution": "BuiltIn",
    }  # fmt: skip
    answer = await hall.client().post(
        "http://hall.test/meltingspot/v1/lives", json=body, headers={"Authorization": secret}
    )
    assert answer.status_code == 201, answer.text
    room = (await admin.get("/rooms")).json()["data"]["rooms"][0]
    assert (room["title"], room["host"]["id"]) == ("Our evening", cy.id)
