"""Figures, as a client of the Live API sees them."""

from livehall.kernel.ids import new_id
from tests.dialects.live.test_sessions import error_of, on_air

FIELDS = {
    "total_rooms", "total_sessions", "live_sessions", "scheduled_sessions", "ended_sessions",
    "current_viewers", "total_viewers", "peak_viewers", "total_watch_time", "average_watch_time",
    "total_recordings", "storage_used", "upcoming_sessions", "period_start", "period_end",
}  # fmt: skip


async def test_get_dashboard_stats(hall):
    ada = await hall.signed_in()
    room = (await ada.post("/rooms", json={"title": "Talks"})).json()["data"]
    for number in range(6):
        start = f"2097-01-0{9 - number}T10:00:00Z"
        body = {"title": f"Evening {number}", "scheduled_start_time": start}
        await ada.post(f"/rooms/{room['id']}/sessions", json=body)
    data = (await ada.get("/sessions/stats")).json()["data"]
    assert set(data) == FIELDS
    assert (data["total_rooms"], data["scheduled_sessions"], data["live_sessions"]) == (1, 6, 0)
    titles = [session["title"] for session in data["upcoming_sessions"]]
    assert titles == [f"Evening {number}" for number in (5, 4, 3, 2, 1)]
    library = f"/libraries/{room['library_id']}/sessions/stats"
    assert (await ada.get(library)).json()["data"]["scheduled_sessions"] == 6


async def test_the_dashboard_of_another_library_is_empty(hall):
    ada = await hall.signed_in(role="admin")
    room = (await ada.post("/rooms", json={"title": "Talks"})).json()["data"]
    await ada.post(f"/rooms/{room['id']}/sessions", json={"title": "Evening"})
    other = (await ada.post("/libraries", json={"name": "Archive"})).json()["data"]
    data = (await ada.get(f"/libraries/{other['id']}/sessions/stats")).json()["data"]
    assert (data["total_rooms"], data["scheduled_sessions"]) == (0, 0)
    assert (await ada.get(f"/libraries/{new_id()}/sessions/stats")).status_code == 404


async def test_the_dashboard_is_for_hosts(hall):
    vera = await hall.signed_in("vera@example.org", "viewer")
    assert (await vera.get("/sessions/stats")).status_code == 403
    assert (await hall.client().get("/sessions/stats")).status_code == 401
    ada = await hall.signed_in()
    wrong = await ada.get(
        "/sessions/stats", params={"from": "2026-02-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"}
    )
    assert wrong.status_code == 422
    assert wrong.json()["error"]["details"][0]["field"] == "from"  # C3


async def evening(hall, ada):
    """Cy was asked and comes; Eva registered and does not; Gus walks in."""
    session = (await on_air(ada))["session"]
    path, cy = f"/sessions/{session['id']}", await hall.signed_in("cy@example.org", "viewer")
    await ada.post(f"{path}/people", json={"email": "cy@example.org"})
    await ada.post(f"{path}/registrations", json={"email": "eva@example.org", "first_name": "Eva"})
    gus = (await hall.client().post("/auth/viewers", json={"username": "Gus"})).json()["data"]
    for client in (cy, hall.client(gus["access_token"])):
        joined = (await client.post(f"{path}/join")).json()["data"]
        await client.post(f"/attendance/{joined['attendance_id']}/beat")
    await hall.app.house.relay.drained()
    return path, gus["user"]["id"]


async def test_list_attendees(hall):
    ada = await hall.signed_in()
    path, gus = await evening(hall, ada)
    person = (await ada.get(f"{path}/people", params={"search": "cy"})).json()["data"]["people"][0]
    data = (await ada.get(f"{path}/attendees")).json()["data"]
    found = {each["id"]: each for each in data["attendees"]}
    assert set(found) == {person["id"], gus}  # a walk-in is told by the account
    assert (found[person["id"]]["email"], found[gus]["name"]) == ("cy@example.org", "Gus")
    assert all(each["is_active"] and each["has_participated"] for each in data["attendees"])
    assert data["pagination"]["total"] == 2
    bob = await hall.signed_in("bob@example.org")
    await ada.post(f"{path}/people", json={"email": "bob@example.org", "role": "co_host"})
    seen = (await bob.get(f"{path}/attendees")).json()["data"]["attendees"]
    assert [(each["id"], each["email"]) for each in seen] == [(each, None) for each in found]
    away = (await ada.get(f"{path}/attendees", params={"active": "false"})).json()["data"]
    assert (away["attendees"], away["pagination"]["total"]) == ([], 0)
    first, second = [
        (await ada.get(f"{path}/attendees", params={"limit": 1, "page": page})).json()["data"]["attendees"]
        for page in (1, 2)
    ]
    assert {first[0]["id"], second[0]["id"]} == set(found)
    await ada.post(f"{path}/end")
    after = (await ada.get(f"{path}/attendees")).json()["data"]["attendees"]
    assert all(each["left_at"] and not each["is_active"] for each in after)
    for client, answer in (
        (await hall.signed_in("cy@example.org", "viewer"), (403, "forbidden")),
        (await hall.signed_in("mal@example.org", "admin", "Elsewhere"), (403, "forbidden")),
        (hall.client(), (401, "unauthenticated")),
    ):
        for name in ("attendees", "metrics", "report"):
            assert error_of(await client.get(f"{path}/{name}")) == answer


async def test_session_metrics(hall):
    ada = await hall.signed_in()
    path, _ = await evening(hall, ada)
    before = (await ada.get(f"{path}/metrics")).json()["data"]
    assert (before["no_show"], before["attendee"]) == (0, 2)
    await ada.post(f"{path}/end")
    data = (await ada.get(f"{path}/metrics")).json()["data"]
    names = ("invited", "registrant", "attendee", "no_show", "attendance_rate", "total_replay_view")
    assert [data[name] for name in names] == [1, 1, 2, 1, 0, 0]
    person = (await ada.get(f"{path}/people", params={"search": "cy"})).json()["data"]["people"][0]
    cy = await hall.signed_in(person["email"], "viewer")
    assert (await cy.patch(f"{path}/people/{person['id']}", json={"rsvp": "accepted"})).status_code == 200
    data = (await ada.get(f"{path}/metrics")).json()["data"]
    assert [data[name] for name in names] == [1, 2, 2, 1, 50, 0]


async def test_session_report(hall):
    ada = await hall.signed_in()
    path, _ = await evening(hall, ada)
    await ada.post(f"{path}/end")
    data = (await ada.get(f"{path}/report")).json()["data"]
    assert data["metrics"] == (await ada.get(f"{path}/metrics")).json()["data"]
    assert data["attendance"] == (await ada.get(f"{path}/attendance/stats")).json()["data"]
    assert data["attendance"]["unique_viewers"] == data["metrics"]["attendee"] == 2
    assert data["interaction"]["chat_messages"] == 0
    assert (data["status"], data["started_at"] is None) == ("ended", False)
