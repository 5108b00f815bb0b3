"""Changing, calling off and copying sessions, as a client of the Live API sees it."""

from livehall.core.recordings import rows
from livehall.core.recordings import store as recordings
from livehall.core.sessions import store
from livehall.kernel.actor import SYSTEM
from livehall.kernel.ids import new_id
from tests.dialects.live.test_sessions import error_of, later, planned


async def test_update_session(hall):
    ada, bob = await hall.signed_in(), await hall.signed_in("bob@example.org")
    session = await planned(ada, scheduled_start_time=later(hours=1))
    path, start = f"/sessions/{session['id']}", later(hours=2)
    body = {
        "title": " Morning ", "description": "**Who** comes", "scheduled_start_time": start,
        "scheduled_end_time": later(hours=3), "timezone": "Europe/Paris", "mode": "external",
        "external_url": "https://www.youtube.com/watch?v=1", "format": "workshop",
        "replay_url": "https://example.org/replay",
    }  # fmt: skip
    changed = await ada.patch(path, json=body)
    assert changed.status_code == 200, changed.text
    data = changed.json()["data"]
    assert {name: data[name] for name in body} | {"title": " Morning "} == body
    assert (data["title"], data["provider"], data["status"]) == ("Morning", "youtube", "scheduled")
    assert changed.headers["ETag"] == f'"{data["revision"]}"'
    back = (await ada.patch(path, json={"mode": "webcam", "replay_url": None})).json()["data"]
    assert (back["mode"], back["external_url"], back["replay_url"]) == ("webcam", None, None)
    same = (await ada.patch(path, json={"title": "Morning"})).json()["data"]
    assert same["revision"] == back["revision"]
    for client, body, answer in (
        (bob, {"title": "x"}, (403, "forbidden")),
        (await hall.signed_in("eve@example.org", "admin", "Elsewhere"), {"title": "x"}, (404, "not_found")),
        (ada, {"title": ""}, (422, "validation_failed")),
        (ada, {"mode": "external"}, (422, "validation_failed")),
        (ada, {"replay_url": "javascript:alert(1)"}, (422, "validation_failed")),
        (ada, {"scheduled_end_time": later(hours=1)}, (422, "validation_failed")),
        (ada, {"timezone": "Mars/Olympus"}, (422, "validation_failed")),
        (ada, {"preset_id": new_id()}, (422, "validation_failed")),
        (ada, {"status": "live"}, (422, "validation_failed")),
    ):
        assert error_of(await client.patch(path, json=body)) == answer, body
    late = await ada.patch(path, json={"title": "x"}, headers={"If-Match": '"0"'})
    assert error_of(late) == (409, "conflict")


async def test_cancel_session(hall):
    ada, bob = await hall.signed_in(), await hall.signed_in("bob@example.org")
    session = await planned(ada, scheduled_start_time=later(hours=1))
    path = f"/sessions/{session['id']}"
    assert error_of(await bob.post(f"{path}/cancel")) == (403, "forbidden")
    for _ in range(2):  # C6
        assert (await ada.post(f"{path}/cancel")).json()["data"]["status"] == "cancelled"
    assert error_of(await ada.post(f"{path}/start")) == (409, "invalid_state")
    assert error_of(await ada.patch(path, json={"mode": "whip"})) == (409, "invalid_state")
    assert error_of(await ada.post(f"{path}/end")) == (409, "invalid_state")
    assert (await ada.patch(path, json={"title": "Not tonight"})).status_code == 200


async def test_duplicate_session(hall):
    ada, bob = await hall.signed_in(), await hall.signed_in("bob@example.org")
    session = await planned(
        ada, description="About", metadata={"a": "b"}, scheduled_start_time=later(hours=1)
    )
    path = f"/sessions/{session['id']}"
    await ada.patch(f"{path}/settings", json={"chat_enabled": False})
    poll = {"question": "Tea?", "options": ["Yes", "No"], "draft": True}
    await ada.post(f"{path}/polls", json=poll)
    copy = await ada.post(f"{path}/duplicate", json={"title": "Again", "scheduled_start_time": later(days=1)})
    assert copy.status_code == 201, copy.text
    data = copy.json()["data"]
    assert (data["title"], data["description"], data["status"]) == ("Again", "About", "scheduled")
    assert (data["room_id"], data["effective_chat_enabled"]) == (session["room_id"], False)
    polls = (await ada.get(f"/sessions/{data['id']}/polls")).json()["data"]["polls"]
    assert [(each["question"], each["status"]) for each in polls] == [("Tea?", "draft")]
    plain = (await ada.post(f"{path}/duplicate")).json()["data"]
    assert (plain["title"], plain["scheduled_start_time"]) == (session["title"], None)
    assert error_of(await bob.post(f"{path}/duplicate")) == (403, "forbidden")


async def test_recordings_are_published_with_their_session_and_those_to_come(hall):
    ada = await hall.signed_in()
    session = await planned(ada)
    path, desk = f"/sessions/{session['id']}", hall.app.house.desk

    async def record():
        async with desk.work(SYSTEM) as work:
            row = await rows.add_recording(work, await store.get(work, session["id"]))
            return await recordings.change(work, row, status="ready")

    async def visibilities():
        found = (await ada.get(f"{path}/recordings")).json()["data"]["recordings"]
        return [each["visibility"] for each in found]

    await record()
    assert await visibilities() == ["private"]
    await ada.patch(path, json={"publish_recordings": True})
    await record()
    assert await visibilities() == ["public", "public"]
    await ada.patch(path, json={"publish_recordings": False})
    assert await visibilities() == ["private", "private"]


async def test_a_room_says_who_may_enter(hall):
    ada, bob = await hall.signed_in(), await hall.person("bob@example.org", "viewer")
    gus = (await hall.client().post("/auth/viewers", json={"username": "Gus"})).json()["data"]
    room = (await ada.post("/rooms", json={"title": "Talks", "entry": "members"})).json()["data"]
    session = await planned(ada, room["id"], mode="external", external_url="https://example.org/live")
    path = f"/sessions/{session['id']}"
    assert (await ada.post(f"{path}/go-live")).status_code == 200
    guest, member = hall.client(gus["access_token"]), hall.client(hall.token(bob))
    assert error_of(await guest.post(f"{path}/join")) == (403, "invitation_required")
    assert (await member.post(f"{path}/join")).json()["data"]["admission"] == "admitted"
    changed = await ada.patch(f"/rooms/{room['id']}", json={"entry": "invited"})
    assert changed.json()["data"]["entry"] == "invited"
    assert error_of(await member.post(f"{path}/join")) == (403, "invitation_required")
    await ada.post(f"{path}/people", json={"user_id": bob.id})
    assert (await member.post(f"{path}/join")).json()["data"]["admission"] == "admitted"
    assert (await ada.patch(f"/rooms/{room['id']}", json={"entry": None})).json()["data"]["entry"] is None
    assert (await guest.post(f"{path}/join")).json()["data"]["admission"] == "admitted"
    other = {"title": "x", "host_id": bob.id}
    assert error_of(await ada.post("/rooms", json=other)) == (403, "forbidden")
    admin = await hall.signed_in("ann@example.org", "admin")
    assert (await admin.post("/rooms", json=other)).json()["data"]["host_id"] == bob.id
    assert error_of(await admin.post("/rooms", json=other | {"host_id": new_id()})) == (
        422,
        "validation_failed",
    )
