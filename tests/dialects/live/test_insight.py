"""Figures, as a client of the Live API sees them."""

from livehall.kernel.ids import new_id

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
