"""Watch times by the Voilà API (V28–V30, V36)."""

from datetime import timedelta

import httpx
import pytest
from sqlalchemy import bindparam, insert

from livehall.core.audience.model import attendance
from livehall.core.sessions.store import get as session_of
from livehall.kernel.actor import SYSTEM
from livehall.kernel.db import Command
from livehall.kernel.ids import new_id
from tests.dialects.live.evening import an_evening
from tests.dialects.voila.test_attendees import registered
from tests.support.people import Hands

SEEN = Command(insert(attendance).values({c.name: bindparam(c.name, type_=c.type) for c in attendance.c}))


@pytest.fixture
def hands(hall) -> Hands:
    clock = Hands(hall.app.house.desk.clock())
    hall.app.house.desk.clock = clock
    return clock


async def account_of(hall, attendee):
    token = {"access_token": attendee["accessLink"].partition("#")[2]}
    traded = (await hall.client().post("/auth/access-link", json=token)).json()["data"]
    return (await hall.client(traded["access_token"]).get("/auth/me")).json()["data"]["id"]


async def was_there(hall, session_id, account_id, *spans, source="live", watched_ms=0):
    """`spans`: seconds from the start of the session. Without an account, somebody new for each."""
    async with hall.app.house.desk.work(SYSTEM) as work:
        session = await session_of(work, session_id)
        for first, last in spans:
            key = account_id or new_id()
            joined, left = (session.started_at + timedelta(seconds=at) for at in (first, last))
            values = dict.fromkeys(attendance.c.keys()) | {
                "id": new_id(), "organization_id": session.organization_id, "session_id": session_id,
                "account_id": account_id, "visitor_key": key, "display_name": "Somebody",
                "role": "viewer", "source": source, "state": "left", "delivery": "webrtc",
                "identity": f"u.{key}", "joined_at": joined, "last_seen_at": left, "left_at": left,
                "created_at": joined, "watched_ms": watched_ms, "turned_away": False,
            }  # fmt: skip
            await work.db.run(SEEN, **values)


async def test_v28_v29_v30_who_watched_and_for_how_long(hall, hands, partner):
    evening = await an_evening(hall)
    program = evening.session["room_id"]
    people = {
        name: await registered(partner, program, email=f"{name}@example.org", firstName=name)
        for name in ("vera", "ben", "eva", "never")
    }
    accounts = {name: await account_of(hall, people[name]) for name in ("vera", "ben", "eva")}
    walk_in = (await hall.person("ben@walk.example", "viewer")).id
    hands.forward(seconds=600)
    await evening.end()
    hands.forward(seconds=600)
    # Two devices at once and a pause; what reaches beyond the end does not count.
    await was_there(hall, evening.id, accounts["vera"], (0, 100.4), (50, 120), (300, 400), (590, 700))
    await was_there(hall, evening.id, accounts["ben"], (700, 900), source="replay", watched_ms=61_400)
    await was_there(hall, evening.id, accounts["eva"], (0, 10))
    await was_there(hall, evening.id, accounts["eva"], (700, 720), source="replay", watched_ms=20_000)
    await was_there(hall, evening.id, walk_in, (10, 20))
    answer = await partner.http.get(f"/programs/{program}/sessions/{evening.id}/attendees/statistics")
    assert answer.status_code == 200, answer.text
    rows = {row["email"]: row for row in answer.json()}
    assert set(rows) == {"vera@example.org", "ben@example.org", "eva@example.org", "ben@walk.example"}
    assert all(
        list(row) == ["attendeeId", "email", "liveWatchTime", "replayWatchTime"] for row in answer.json()
    )
    times = {email: (row["liveWatchTime"], row["replayWatchTime"]) for email, row in rows.items()}
    assert times == {
        "vera@example.org": (230, 0),
        "ben@example.org": (0, 61),
        "eva@example.org": (10, 20),
        "ben@walk.example": (10, 0),
    }
    for name in accounts:
        assert rows[f"{name}@example.org"]["attendeeId"] == people[name]["id"]
    assert rows["ben@walk.example"]["attendeeId"] not in {each["id"] for each in people.values()}
    again = await partner.http.get(f"/programs/{program}/sessions/{evening.id}/attendees/statistics")
    assert again.content == answer.content


async def test_addresses_are_for_the_host_and_administrators(hall, hands, partner_of):
    """The same of a client that acts for a co-host as in every other list of who came."""
    cohost, admin = await partner_of(scopes=("write",)), await partner_of()
    evening = await an_evening(hall)
    program = evening.session["room_id"]
    vera = await registered(admin, program, email="vera@example.org")
    hands.forward(seconds=600)
    await was_there(hall, evening.id, await account_of(hall, vera), (0, 100))
    at = f"/programs/{program}/sessions/{evening.id}/attendees/statistics"
    assert (await cohost.http.get(at)).status_code == 403
    me = (await cohost.host.get("/auth/me")).json()["data"]["id"]
    named = await evening.host.post(f"/sessions/{evening.id}/co-hosts", json={"user_id": me})
    assert named.status_code in {200, 201}, named.text
    (seen,), (whole,) = (await cohost.http.get(at)).json(), (await admin.http.get(at)).json()
    assert (seen["email"], whole["email"]) == ("", "vera@example.org")
    assert seen | {"email": whole["email"]} == whole


async def test_v36_the_whole_list_comes_in_one_answer_piece_by_piece(hall, hands, partner):
    evening = await an_evening(hall)
    program, crowd = evening.session["room_id"], 4_500
    hands.forward(seconds=60)
    await evening.end()
    await was_there(hall, evening.id, None, *[(0, 1 + number % 50) for number in range(crowd)])
    path = f"/programs/{program}/sessions/{evening.id}/attendees/statistics"
    pieces = []

    async def counted(scope, receive, send):
        async def note(message):
            pieces.append(len(message.get("body", b"")))
            await send(message)

        await hall.app.asgi(scope, receive, note)

    async with httpx.AsyncClient(transport=httpx.ASGITransport(counted), headers=partner.http.headers) as at:
        answer = await at.get(str(partner.http.base_url).rstrip("/") + path)
    assert "content-length" not in answer.headers
    assert sum(1 for piece in pieces if piece) > 4
    assert max(pieces) < 70_000
    rows = answer.json()
    assert len(rows) == len({row["attendeeId"] for row in rows}) == crowd
    assert sum(row["liveWatchTime"] for row in rows) == sum(1 + number % 50 for number in range(crowd))
