"""Rooms, as a client of the Live API sees them."""

from livehall.kernel.ids import new_id
from tests.dialects.live.evening import an_evening


def error_of(response):
    body = response.json()
    assert body["success"] is False
    return response.status_code, body["error"]["code"]


async def created(client, **fields):
    answer = await client.post("/rooms", json={"title": "Talks", **fields})
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]


async def test_create_room(hall):
    ada = await hall.signed_in()
    tag = {"google_tag_manager": {"container_id": "GTM-ABCD", "enabled": True}}
    room = await created(ada, title="  Talks ", description="About", analytics=tag, password="sesame")
    assert (room["title"], room["visibility"], room["has_password"]) == ("Talks", "public", True)
    assert (room["analytics"], room["active_session_id"]) == (tag, None)
    assert room["library_id"] is not None  # C9
    assert room["host"]["email"] is None
    assert "password" not in room
    assert room["created_at"].endswith("Z")


async def test_a_repeated_create_makes_one_room_c4(hall):
    ada = await hall.signed_in()
    answers = [
        await ada.post("/rooms", json={"title": "Once"}, headers={"Idempotency-Key": "k"}) for _ in range(2)
    ]
    assert answers[0].json() == answers[1].json()
    assert answers[1].headers["Idempotent-Replayed"] == "true"
    assert (await ada.get("/rooms/mine")).json()["data"]["pagination"]["total"] == 1


async def test_create_room_says_what_is_wrong(hall):
    ada, bob = await hall.signed_in(), await hall.signed_in("bob@example.org", "viewer")
    for body, field in (
        ({}, "title"),
        ({"title": " "}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"title": "x", "colour": "red"}, "colour"),
        ({"title": "x", "visibility": "secret"}, "visibility"),
        ({"title": "x", "library_id": new_id()}, "library_id"),
        ({"title": "x", "default_preset_id": new_id()}, "default_preset_id"),
        ({"title": "x", "analytics": {"google_tag_manager": {"container_id": "x", "enabled": True}}},
         "analytics.google_tag_manager.container_id"),
    ):  # fmt: skip
        answer = await ada.post("/rooms", json=body)
        assert error_of(answer) == (422, "validation_failed"), body
        assert answer.json()["error"]["details"][0]["field"] == field
    assert error_of(await bob.post("/rooms", json={"title": "x"})) == (403, "forbidden")
    assert error_of(await hall.client().post("/rooms", json={"title": "x"})) == (401, "unauthenticated")


async def test_list_rooms(hall):
    ada = await hall.signed_in()
    await created(ada, title="Open")
    await created(ada, title="Hidden", visibility="unlisted")
    anybody = hall.client()
    data = (await anybody.get("/rooms", params={"sort": "title", "limit": 1})).json()["data"]
    assert [room["title"] for room in data["rooms"]] == ["Open"]
    assert data["pagination"] == {"page": 1, "limit": 1, "total": 1, "total_pages": 1}
    none = (await anybody.get("/rooms", params={"live": "true"})).json()["data"]
    assert none["rooms"] == []
    wrong = await anybody.get("/rooms", params={"sort": "colour"})
    assert error_of(wrong) == (422, "validation_failed")
    assert wrong.json()["error"]["details"][0]["field"] == "sort"  # C3


async def test_list_my_rooms(hall):
    ada, bob = await hall.signed_in(), await hall.signed_in("bob@example.org", "viewer")
    await created(ada, visibility="private")
    data = (await ada.get("/rooms/mine", params={"search": "talk"})).json()["data"]
    assert [room["visibility"] for room in data["rooms"]] == ["private"]
    assert error_of(await bob.get("/rooms/mine")) == (403, "forbidden")


async def test_get_room(hall):
    ada = await hall.signed_in()
    room = await created(ada)
    answer = await hall.client().get(f"/rooms/{room['id']}")
    assert answer.json()["data"] == room
    assert answer.headers["ETag"] == '"0"'
    private = await created(ada, visibility="private")
    for path in (private["id"], new_id(), "no-uuid"):
        assert error_of(await hall.client().get(f"/rooms/{path}")) == (404, "not_found")


async def test_update_room(hall):
    ada = await hall.signed_in()
    room = await created(ada, password="sesame", description="About")
    answer = await ada.patch(
        f"/rooms/{room['id']}", json={"description": None, "password": None}, headers={"If-Match": '"0"'}
    )
    changed = answer.json()["data"]
    assert (changed["description"], changed["has_password"], changed["title"]) == (None, False, "Talks")
    assert answer.headers["ETag"] == '"1"'
    late = await ada.patch(f"/rooms/{room['id']}", json={"title": "Late"}, headers={"If-Match": '"0"'})
    assert error_of(late) == (409, "conflict")
    eve = await hall.signed_in("eve@example.org", "admin", "Elsewhere")
    assert error_of(await eve.patch(f"/rooms/{room['id']}", json={"title": "x"})) == (404, "not_found")


async def test_delete_room(hall):
    ada = await hall.signed_in()
    room = await created(ada)
    session = (await ada.post(f"/rooms/{room['id']}/sessions", json={"title": "Evening"})).json()["data"]
    session_id = session["session"]["id"]
    await ada.post(f"/sessions/{session_id}/start")
    assert error_of(await ada.delete(f"/rooms/{room['id']}")) == (409, "invalid_state")  # C7
    await ada.post(f"/sessions/{session_id}/end")
    assert (await ada.delete(f"/rooms/{room['id']}")).status_code == 204
    assert error_of(await ada.get(f"/rooms/{room['id']}")) == (404, "not_found")
    assert error_of(await ada.get(f"/sessions/{session_id}")) == (404, "not_found")


async def test_a_room_says_how_many_watch_by_webrtc_and_the_others_come_by_hls(hall):
    evening = await an_evening(hall)
    room = f"/rooms/{evening.session['room_id']}"
    assert (await evening.host.get(room)).json()["data"]["max_direct_viewers"] == 100
    assert (await evening.host.patch(room, json={"max_direct_viewers": -1})).status_code == 422
    narrow = await evening.host.patch(room, json={"max_direct_viewers": 1})
    assert narrow.json()["data"]["max_direct_viewers"] == 1
    later = await hall.signed_in("cy@example.org", "viewer")
    assert [(await evening.join())["delivery"], (await evening.join(later))["delivery"]] == ["webrtc", "hls"]
    await evening.host.patch(room, json={"max_direct_viewers": 2})
    assert (await evening.join(later))["delivery"] == "webrtc"
    made = await evening.host.post("/rooms", json={"title": "A large one", "max_direct_viewers": 5000})
    assert made.json()["data"]["max_direct_viewers"] == 5000
