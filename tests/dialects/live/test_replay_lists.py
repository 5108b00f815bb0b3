"""What was published, over all rooms that one may find."""

from datetime import timedelta

import pytest

from livehall.core.recordings import listing, rows, store
from livehall.core.recordings.model import Recording
from livehall.core.sessions import store as sessions
from livehall.kernel.actor import SYSTEM, Actor
from livehall.kernel.ids import new_id
from tests.dialects.live.evening import an_evening, code
from tests.dialects.live.test_recordings import FILM
from tests.support.people import Hands
from tests.support.statements import Noted


@pytest.fixture
def hands(hall) -> Hands:
    clock = Hands(hall.app.house.desk.clock().replace(microsecond=0))
    hall.app.house.desk.clock = clock
    return clock


@pytest.fixture
async def host(hall, hands):
    return await hall.signed_in()


async def a_session(host, session: str, room: str = "Physics", **more: object) -> dict:
    made = (await host.post("/rooms", json={"title": room, **more})).json()["data"]
    planned = await host.post(f"/rooms/{made['id']}/sessions", json={"title": session})
    return planned.json()["data"]["session"]


async def a_replay(
    hall, session: dict, visibility: str = "public", *, title: str | None = None, seconds: int = 61
) -> Recording:
    """As it is once it was published, with a picture; its file is nobody's business here."""
    async with hall.app.house.desk.work(SYSTEM) as work:
        row = await rows.add_recording(work, await sessions.get(work, session["id"]))
        asset = await rows.file_of(work, row, len(FILM))
        await store.add_asset(work, asset)
        await store.set_asset(work, asset, state="ready", size=len(FILM), has_thumbnail=True)
        row = await store.change(work, row, visibility=visibility, title=title or row.title)
        row = await rows.move(work, row, "processing", duration_ms=seconds * 1000, started_at=work.now)
        return await rows.move(work, row, "ready", size=len(FILM))


async def listed(client, query: str = "", path: str = "/replays") -> list[dict]:
    answer = await client.get(f"{path}?{query}")
    assert answer.status_code == 200, answer.text
    data = answer.json()["data"]
    assert data["pagination"]["total"] >= len(data["replays"])
    return data["replays"]


async def titles(client, query: str = "") -> list[str]:
    return [each["title"] for each in await listed(client, query)]


async def test_replays_of_all_rooms_are_listed_searched_and_sorted(hall, hands, host):
    waves = await a_session(host, "Waves", "Physics")
    rhyme = await a_session(host, "Rhyme", "Poetry")
    first = await a_replay(hall, waves, seconds=90)
    hands.forward(hours=1)
    await a_replay(hall, rhyme, title="The evening", seconds=30)
    hands.forward(hours=1)
    await a_replay(hall, waves, title="Waves, part two", seconds=60)
    guest = hall.client()
    assert await titles(guest) == ["Waves, part two", "The evening", "Waves"]
    assert await titles(guest, "sort=published_at") == ["Waves", "The evening", "Waves, part two"]
    assert await titles(guest, "page=2&limit=2") == ["Waves"]
    assert await titles(guest, "search=poetry") == ["The evening"]  # of its room
    assert await titles(guest, "search=rhy%20even") == ["The evening"]  # of its session, and its own
    assert await titles(guest, "search=wave") == ["Waves, part two", "Waves"]
    assert await titles(guest, "search=TW") == ["Waves, part two"]  # too short for any index
    assert await titles(guest, "search=rhyme%20waves") == []
    assert await titles(guest, "search=%25") == []
    for query in ("sort=colour", "sort=duration", "room_id=x", "limit=101", "page=0", f"search={'x' * 201}"):
        assert code(await guest.get(f"/replays?{query}")) == (422, "validation_failed")

    last = (await listed(guest))[-1]
    at = first.published_at.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    picture = last.pop("thumbnail_url")
    assert picture.startswith(f"http://hall.test/api/v1/recordings/{first.id}/file?token=")
    assert last == {
        "recording_id": first.id, "title": "Waves", "description": None, "visibility": "public",
        "session": {"id": waves["id"], "title": "Waves"},
        "room": {
            "id": waves["room_id"], "title": "Physics", "library_id": waves["room"]["library_id"],
        },
        "duration": 90, "started_at": at, "published_at": at,
        "watch_url": f"http://hall.test/w/{waves['room_id']}/replay/{first.id}",
    }  # fmt: skip


async def test_replays_are_listed_by_room_and_library(hall, host):
    owner = await hall.signed_in("olga@example.org", "owner")
    library = (await owner.post("/libraries", json={"name": "Arts"})).json()["data"]["id"]
    waves = await a_session(host, "Waves", "Physics")
    rhyme = await a_session(host, "Rhyme", "Poetry", library_id=library)
    for session in (waves, rhyme):
        await a_replay(hall, session)
    guest = hall.client()
    assert await titles(guest, f"room_id={waves['room_id']}") == ["Waves"]
    assert await titles(guest, f"room_id={waves['room_id'].upper()}") == ["Waves"]
    assert await titles(guest, f"library_id={library}") == ["Rhyme"]
    assert await titles(guest, f"room_id={waves['room_id']}&library_id={library}") == []
    assert await titles(guest, f"room_id={new_id()}") == []
    within = await listed(host, path=f"/libraries/{library}/replays")
    assert [each["title"] for each in within] == ["Rhyme"]


async def test_a_guest_sees_the_public_and_a_member_the_members_too(hall, host):
    for visibility in ("public", "members", "unlisted", "private"):
        session = await a_session(host, f"In {visibility}", visibility=visibility)
        for seen_by in ("public", "members", "private"):
            await a_replay(hall, session, seen_by, title=f"{seen_by} in {visibility}")
    member = await hall.signed_in("ben@example.org", "viewer")
    registered = await hall.client().post("/auth/viewers", json={"username": "Gus"})
    guest = hall.client(registered.json()["data"]["access_token"])
    other = await hall.signed_in("eve@example.net", "owner", "Elsewhere")
    for stranger in (hall.client(), guest, other):
        assert await titles(stranger) == ["public in public"]
    seen = ["members in members", "public in members", "members in public", "public in public"]
    for insider in (member, host):
        assert await titles(insider) == seen
    for client in (guest, member):  # what is listed can be watched
        for each in await listed(client):
            answer = await client.get(f"/recordings/{each['recording_id']}/playback")
            assert answer.status_code == 200, answer.text


async def test_what_is_not_to_be_watched_is_not_listed(hall, hands, host):
    guest = hall.client()
    withdrawn, deleted, waiting, unready = [await a_session(host, each) for each in "abcd"]
    rows_of = [await a_replay(hall, session) for session in (withdrawn, deleted)]
    assert await titles(guest) == ["b", "a"]
    await host.post(f"/recordings/{rows_of[0].id}/unpublish")
    await host.delete(f"/recordings/{rows_of[1].id}")
    later = await a_replay(hall, waiting, "private")
    due = (hands.now + timedelta(hours=1)).isoformat()
    await host.post(f"/recordings/{later.id}/publish", json={"publish_at": due})
    async with hall.app.house.desk.work(SYSTEM) as work:
        row = await rows.add_recording(work, await sessions.get(work, unready["id"]))
        row = await store.change(work, row, visibility="public")
        await rows.move(work, row, "processing")
    assert await titles(guest) == []
    session, room = await a_session(host, "e"), await a_session(host, "f")
    for gone in (session, room):
        await a_replay(hall, gone)
    assert (await host.delete(f"/sessions/{session['id']}")).status_code == 204
    assert await titles(guest) == ["f"]
    assert (await host.delete(f"/rooms/{room['room_id']}")).status_code == 204
    assert await titles(guest) == []


async def test_a_banned_person_is_not_offered_the_replay(hall):
    evening = await an_evening(hall)
    await a_replay(hall, evening.session)
    assert await titles(evening.viewer) == ["Waves"]
    who = (await evening.viewer.get("/auth/me")).json()["data"]["id"]
    await evening.host.post(f"/sessions/{evening.id}/bans", json={"user_id": who})
    assert await titles(evening.viewer) == []
    assert await titles(hall.client()) == ["Waves"]
    await evening.host.delete(f"/sessions/{evening.id}/bans/{who}")
    assert await titles(evening.viewer) == ["Waves"]


async def test_a_password_of_the_room_stands_before_its_sessions_alone(hall, host):
    session = await a_session(host, "Waves", password="sesame")
    recording = await a_replay(hall, session)
    registered = await hall.client().post("/auth/viewers", json={"username": "Gus"})
    guest = hall.client(registered.json()["data"]["access_token"])
    (found,) = await listed(guest)
    assert found["recording_id"] == recording.id
    assert (await guest.get(f"/recordings/{recording.id}/playback")).status_code == 200


async def test_a_list_of_replays_costs_a_constant_number_of_queries(hall, host):
    desk = hall.app.house.desk
    counts = []
    for more in (1, 8):
        for number in range(more):
            await a_replay(hall, await a_session(host, f"{more} {number}", f"Room {more} {number}"))
        noted = Noted(desk.database)
        for actor in (Actor(kind="anonymous"), Actor(kind="account", id=new_id(), is_guest=True)):
            async with type(desk)(noted, clock=desk.clock).read(actor) as read:
                found = await listing.page(read, listing.Query(limit=20))
        assert len(found.replays) == (1 if more == 1 else 9)
        counts.append(len(noted.read_statements))
    assert counts[0] == counts[1] <= 10
