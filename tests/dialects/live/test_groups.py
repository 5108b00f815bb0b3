"""Groups and what is open to them, as a client of the Live API sees it."""

from types import SimpleNamespace

import pytest

from livehall.kernel.ids import new_id
from tests.dialects.live.test_libraries import error_of, made
from tests.dialects.live.test_sessions import planned
from tests.support.processes import free_port


@pytest.fixture
def media_server():
    """Nobody listens there."""
    return SimpleNamespace(http_port=free_port())


async def joins(client, session):
    return await client.post(f"/sessions/{session['id']}/join")


async def test_create_group(hall):
    ada, bob = await hall.signed_in(role="admin"), await hall.signed_in("bob@example.org")
    group = await made(ada, "/groups", name=" Friends ", description="Who helped", emoji="🎈", icon="star")
    assert (group["name"], group["emoji"], group["icon"], group["members"]) == ("Friends", "🎈", "star", 0)
    assert (await bob.get(f"/groups/{group['id']}")).json()["data"] == group
    assert error_of(await ada.post("/groups", json={"name": "Friends"})) == (409, "already_exists")
    for client, body, answer in (
        (bob, {"name": "x"}, (403, "forbidden")),
        (hall.client(), {"name": "x"}, (401, "unauthenticated")),
        (ada, {"name": " "}, (422, "validation_failed")),
        (ada, {"name": "x", "emoji": "x" * 20}, (422, "validation_failed")),
        (ada, {"name": "x", "icon": "a\x07b"}, (422, "validation_failed")),
        (ada, {}, (422, "validation_failed")),
    ):
        assert error_of(await client.post("/groups", json=body)) == answer, body
    eve = await hall.signed_in("eve@example.org", "admin", "Elsewhere")
    for client, id_ in ((eve, group["id"]), (ada, new_id()), (ada, "no-uuid")):
        for verb in ("get", "delete"):
            assert error_of(await getattr(client, verb)(f"/groups/{id_}")) == (404, "not_found")
    assert (await made(eve, "/groups", name="Friends"))["members"] == 0


async def test_list_groups(hall):
    ada, bob = await hall.signed_in(role="admin"), await hall.signed_in("bob@example.org", "viewer")
    for name in ("Zebras", "Apes"):
        await made(ada, "/groups", name=name)
    data = (await bob.get("/groups", params={"limit": 1})).json()["data"]
    assert [each["name"] for each in data["groups"]] == ["Apes"]
    assert data["pagination"] == {"page": 1, "limit": 1, "total": 2, "total_pages": 2}


async def test_update_group(hall):
    ada, bob = await hall.signed_in(role="admin"), await hall.signed_in("bob@example.org")
    group, other = await made(ada, "/groups", name="One", emoji="🎈"), await made(ada, "/groups", name="Two")
    path = f"/groups/{group['id']}"
    changed = await ada.patch(path, json={"name": "First", "emoji": None})
    assert (changed.json()["data"]["name"], changed.json()["data"]["emoji"]) == ("First", None)
    assert error_of(await ada.patch(path, json={"name": other["name"]})) == (409, "already_exists")
    late = await ada.patch(path, json={"name": "x"}, headers={"If-Match": '"0"'})
    assert error_of(late) == (409, "conflict")
    assert error_of(await bob.patch(path, json={"name": "x"})) == (403, "forbidden")


async def test_members_of_a_group(hall):
    ada, bob = await hall.signed_in(role="admin"), await hall.signed_in("bob@example.org")
    group, person = await made(ada, "/groups", name="Friends"), await hall.person("cy@example.org", "viewer")
    path = f"/groups/{group['id']}/members"
    for _ in range(2):
        assert (await ada.put(f"{path}/{person.id}")).json()["data"]["email"] == "cy@example.org"
    seen = [(await client.get(path)).json()["data"]["members"] for client in (ada, bob)]
    assert [[each["email"] for each in members] for members in seen] == [["cy@example.org"], [None]]
    assert (await ada.get(f"/groups/{group['id']}")).json()["data"]["members"] == 1
    by_address = await ada.post(path, json={"email": "CY@example.org"})
    assert by_address.json()["data"]["id"] == person.id
    for email in ("eve@example.org", "nobody@example.org"):
        assert error_of(await ada.post(path, json={"email": email})) == (404, "not_found")
    assert error_of(await bob.post(path, json={"email": "cy@example.org"})) == (403, "forbidden")
    guest = (await hall.client().post("/auth/viewers", json={"username": "Gus"})).json()["data"]
    stranger = await hall.person("eve@example.org", "admin", "Elsewhere")
    for id_ in (guest["user"]["id"], stranger.id, new_id()):
        assert error_of(await ada.put(f"{path}/{id_}")) == (404, "not_found")
    assert error_of(await bob.put(f"{path}/{person.id}")) == (403, "forbidden")
    assert error_of(await bob.delete(f"{path}/{person.id}")) == (403, "forbidden")
    assert (await ada.delete(f"{path}/{person.id}")).status_code == 204
    assert error_of(await ada.delete(f"{path}/{person.id}")) == (404, "not_found")
    assert error_of(await hall.client().get(path)) == (401, "unauthenticated")


async def test_a_session_is_open_to_a_group(hall):
    """A private room is seen and entered by members of linked groups, and by nobody else."""
    ada, cy = await hall.signed_in(role="admin"), await hall.signed_in("cy@example.org", "viewer")
    room = await made(ada, "/rooms", title="Board", visibility="private")
    session = await planned(ada, room["id"], mode="external", external_url="https://example.org/live")
    group, person = await made(ada, "/groups", name="Board"), await hall.person("cy@example.org", "viewer")
    path = f"/sessions/{session['id']}/groups"
    await ada.put(f"/groups/{group['id']}/members/{person.id}")
    assert error_of(await cy.get(f"/sessions/{session['id']}")) == (404, "not_found")
    assert error_of(await joins(cy, session)) == (404, "not_found")
    for _ in range(2):
        assert (await ada.put(f"{path}/{group['id']}")).status_code == 204
    assert (await ada.get(path)).json()["data"]["groups"][0]["name"] == "Board"
    assert (await cy.get(path)).json()["data"]["pagination"]["total"] == 1
    assert (await joins(cy, session)).json()["data"]["admission"] == "too_early"
    assert error_of(await joins(await hall.signed_in("dan@example.org"), session)) == (404, "not_found")
    bob = await hall.signed_in("bob@example.org")
    assert error_of(await bob.put(f"{path}/{group['id']}")) == (403, "forbidden")
    eve = await hall.signed_in("eve@example.org", "admin", "Elsewhere")
    assert error_of(await eve.get(path)) == (404, "not_found")
    assert error_of(await ada.put(f"{path}/{new_id()}")) == (404, "not_found")
    assert (await ada.delete(f"{path}/{group['id']}")).status_code == 204
    assert error_of(await ada.delete(f"{path}/{group['id']}")) == (404, "not_found")
    assert error_of(await joins(cy, session)) == (404, "not_found")


async def test_several_groups_at_once(hall):
    ada = await hall.signed_in(role="admin")
    session = await planned(ada)
    ids = [(await made(ada, "/groups", name=name))["id"] for name in "abc"]
    path = f"/sessions/{session['id']}/groups"

    async def linked():
        return [each["name"] for each in (await ada.get(path)).json()["data"]["groups"]]

    unknown = await ada.post(f"{path}/bulk-add", json={"group_ids": [ids[0], new_id()]})
    assert error_of(unknown) == (404, "not_found")
    assert await linked() == []
    assert (await ada.post(f"{path}/bulk-add", json={"group_ids": [*ids[:2], ids[0]]})).status_code == 204
    assert await linked() == ["a", "b"]
    assert (await ada.post(f"{path}/bulk-remove", json={"group_ids": ids[1:]})).status_code == 204
    assert await linked() == ["a"]
    gone = await ada.post(f"{path}/bulk-remove", json={"group_ids": [ids[0], new_id()]})
    assert error_of(gone) == (404, "not_found")
    assert await linked() == ["a"]
    guest = (await hall.client().post("/auth/viewers", json={"username": "Gus"})).json()["data"]
    gus = hall.client(guest["access_token"])  # sees the session, as strangers do, and is no member
    assert (await gus.get(f"/sessions/{session['id']}")).status_code == 200
    assert error_of(await gus.get(path)) == (404, "not_found")
    assert error_of(await ada.post(f"{path}/bulk-add", json={"group_ids": []})) == (422, "validation_failed")


async def test_a_library_is_open_to_a_group(hall):
    ada, cy = await hall.signed_in(role="admin"), await hall.signed_in("cy@example.org", "viewer")
    library, person = await made(ada, name="Shelf"), await hall.person("cy@example.org", "viewer")
    room = await made(ada, "/rooms", title="Board", visibility="private", library_id=library["id"])
    group, path = await made(ada, "/groups", name="Board"), f"/libraries/{library['id']}/groups"
    await ada.put(f"/groups/{group['id']}/members/{person.id}")
    assert error_of(await cy.get(f"/rooms/{room['id']}")) == (404, "not_found")
    assert (await made(ada, path, group_id=group["id"]))["id"] == group["id"]
    assert (await ada.get(path)).json()["data"]["groups"][0]["id"] == group["id"]
    assert (await cy.get(f"/rooms/{room['id']}")).status_code == 200
    assert error_of(await cy.get(path)) == (403, "forbidden")
    bob = await hall.signed_in("bob@example.org")  # a host, who would see other hosts' rooms by it
    assert error_of(await bob.post(path, json={"group_id": group["id"]})) == (403, "forbidden")
    assert error_of(await bob.delete(f"{path}/{group['id']}")) == (403, "forbidden")
    assert error_of(await ada.post(path, json={"group_id": new_id()})) == (404, "not_found")
    eve = await hall.signed_in("eve@example.org", "admin", "Elsewhere")
    assert error_of(await eve.get(path)) == (404, "not_found")
    assert (await ada.delete(f"{path}/{group['id']}")).status_code == 204
    assert error_of(await ada.delete(f"{path}/{group['id']}")) == (404, "not_found")
    assert error_of(await cy.get(f"/rooms/{room['id']}")) == (404, "not_found")


async def test_delete_group(hall):
    """What was open to it alone is closed at once."""
    ada, cy = await hall.signed_in(role="admin"), await hall.signed_in("cy@example.org", "viewer")
    room = await made(ada, "/rooms", title="Board", visibility="private")
    session = await planned(ada, room["id"])
    group, person = await made(ada, "/groups", name="Board"), await hall.person("cy@example.org", "viewer")
    await ada.put(f"/groups/{group['id']}/members/{person.id}")
    await ada.put(f"/sessions/{session['id']}/groups/{group['id']}")
    assert (await cy.get(f"/rooms/{room['id']}")).status_code == 200
    assert error_of(await cy.delete(f"/groups/{group['id']}")) == (403, "forbidden")
    assert (await ada.delete(f"/groups/{group['id']}")).status_code == 204
    assert error_of(await cy.get(f"/rooms/{room['id']}")) == (404, "not_found")
    assert (await ada.get(f"/sessions/{session['id']}/groups")).json()["data"]["groups"] == []
    assert (await made(ada, "/groups", name="Board"))["members"] == 0
