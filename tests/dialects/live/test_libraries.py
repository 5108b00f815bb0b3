"""Libraries, as a client of the Live API sees them."""

from livehall.kernel.ids import new_id


def error_of(response):
    return response.status_code, response.json()["error"]["code"]


async def made(client, path="/libraries", **body):
    answer = await client.post(path, json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]


async def test_create_library(hall):
    ada = await hall.signed_in(role="admin")
    library = await made(ada, name="  Müller’s Talks ", description="About")
    assert (library["name"], library["slug"]) == ("Müller’s Talks", "mullers-talks")
    assert (library["is_default"], library["rooms"]) == (False, 0)


async def test_a_slug_is_taken_once(hall):
    ada = await hall.signed_in(role="admin")
    await made(ada, name="Talks")
    again = await ada.post("/libraries", json={"name": "Others", "slug": "talks"})
    assert error_of(again) == (409, "already_exists")
    other = await made(ada, name="Others")
    moved = await ada.patch(f"/libraries/{other['id']}", json={"slug": "talks"})
    assert error_of(moved) == (409, "already_exists")
    eve = await hall.signed_in("eve@example.org", "admin", "Elsewhere")
    assert (await made(eve, name="Talks"))["slug"] == "talks"


async def test_create_library_says_what_is_wrong(hall):
    ada, bob = await hall.signed_in(role="admin"), await hall.signed_in("bob@example.org")
    for body, field in (
        ({}, "name"),
        ({"name": " "}, "name"),
        ({"name": "x", "slug": "No Slug"}, "slug"),
    ):
        answer = await ada.post("/libraries", json=body)
        assert error_of(answer) == (422, "validation_failed"), body
        assert answer.json()["error"]["details"][0]["field"] == field
    assert error_of(await bob.post("/libraries", json={"name": "x"})) == (403, "forbidden")
    assert error_of(await hall.client().post("/libraries", json={"name": "x"})) == (401, "unauthenticated")


async def test_list_libraries(hall):
    ada, bob = await hall.signed_in(role="admin"), await hall.signed_in("bob@example.org", "viewer")
    await made(ada, "/rooms", title="Talks")
    library = await made(ada, name="Archive")
    await made(ada, "/rooms", title="Old talks", library_id=library["id"])
    data = (await bob.get("/libraries")).json()["data"]
    found = [(each["slug"], each["is_default"], each["rooms"]) for each in data["libraries"]]
    assert found == [("default", True, 1), ("archive", False, 1)]
    assert data["pagination"]["total"] == 2


async def test_get_library(hall):
    ada = await hall.signed_in(role="admin")
    library = await made(ada, name="Talks")
    answer = await ada.get(f"/libraries/{library['id']}")
    assert answer.json()["data"] == library
    assert answer.headers["ETag"] == '"0"'
    eve = await hall.signed_in("eve@example.org", "admin", "Elsewhere")
    for client, id_ in ((eve, library["id"]), (ada, new_id()), (ada, "no-uuid")):
        assert error_of(await client.get(f"/libraries/{id_}")) == (404, "not_found")


async def test_update_library(hall):
    ada = await hall.signed_in(role="admin")
    library = await made(ada, name="Talks", description="About")
    path = f"/libraries/{library['id']}"
    changed = await ada.patch(path, json={"name": "Tales", "description": None})
    assert (changed.json()["data"]["name"], changed.json()["data"]["description"]) == ("Tales", None)
    assert changed.headers["ETag"] == '"1"'
    late = await ada.patch(path, json={"name": "Late"}, headers={"If-Match": '"0"'})
    assert error_of(late) == (409, "conflict")


async def test_delete_library_when_it_is_empty(hall):
    ada = await hall.signed_in(role="admin")
    library = await made(ada, name="Talks")
    room = await made(ada, "/rooms", title="Evenings", library_id=library["id"])
    path = f"/libraries/{library['id']}"
    assert error_of(await ada.delete(path)) == (409, "in_use")  # C7
    assert (await ada.delete(f"/rooms/{room['id']}")).status_code == 204
    assert (await ada.delete(path)).status_code == 204
    assert error_of(await ada.get(path)) == (404, "not_found")
    assert error_of(await ada.get(f"{path}/rooms")) == (404, "not_found")
    assert (await made(ada, name="Talks"))["slug"] == "talks"  # free again


async def test_delete_library_moves_its_rooms_when_asked(hall):
    ada = await hall.signed_in(role="admin")
    library, other = await made(ada, name="Talks"), await made(ada, name="Archive")
    room = await made(ada, "/rooms", title="Evenings", library_id=library["id"])
    path = f"/libraries/{library['id']}"
    for wrong in (library["id"], new_id()):
        refused = await ada.delete(path, params={"move_to": wrong})
        assert error_of(refused) == (422, "validation_failed")
    assert (await ada.delete(path, params={"move_to": other["id"]})).status_code == 204
    moved = (await ada.get(f"/libraries/{other['id']}/rooms/{room['id']}")).json()["data"]
    assert moved["library_id"] == other["id"]


async def test_the_default_library_stays(hall):
    ada = await hall.signed_in(role="admin")
    room = await made(ada, "/rooms", title="Evenings")
    other = await made(ada, name="Archive")
    refused = await ada.delete(f"/libraries/{room['library_id']}", params={"move_to": other["id"]})
    assert error_of(refused) == (409, "in_use")
