"""Making a recording the replay of its session: now, later, and not any more."""

from datetime import timedelta

import msgspec
import pytest
from sqlalchemy import bindparam, update
from structlog.testing import capture_logs

from livehall.core.recordings import jobs, rows, store
from livehall.core.recordings.model import recording as recording_table
from livehall.core.sessions import store as sessions
from livehall.dialects.live.realtime.publishing import publications
from livehall.kernel import journal
from livehall.kernel.actor import SYSTEM
from livehall.kernel.db import Command, Key
from livehall.kernel.ids import new_id
from tests.dialects.live.evening import Evening, an_evening, code
from tests.dialects.live.test_recordings import a_ready_recording
from tests.support.people import Hands


@pytest.fixture
def hands(hall) -> Hands:
    clock = Hands(hall.app.house.desk.clock().replace(microsecond=0))
    hall.app.house.desk.clock = clock
    return clock


def wire_time(moment) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")


async def publish(evening: Evening, recording_id: str, at=None, client=None):
    body = {} if at is None else {"publish_at": wire_time(at)}
    return await (client or evening.host).post(f"/recordings/{recording_id}/publish", json=body)


async def shown(evening: Evening, recording_id: str) -> dict:
    return (await evening.host.get(f"/recordings/{recording_id}")).json()["data"]


async def watched(evening: Evening, recording_id: str) -> bool:
    return (await evening.viewer.get(f"/recordings/{recording_id}/playback")).status_code == 200


async def told(evening: Evening, name: str = "replay.published") -> list[dict]:
    """Its publications, once for each channel that has them."""
    async with evening.hall.app.house.desk.database.read() as db:
        entries = await db.all(journal.SINCE, after=0, limit=1000)
    found = [msgspec.json.decode(each.data) for entry in entries for _, each in publications(entry)]
    return [each["data"] for each in found if each["type"] == name]


async def round_of_jobs(evening: Evening, publisher: jobs.Publisher | None = None) -> None:
    await (publisher or jobs.Publisher(evening.hall.app.house.desk)).publish_due()
    await evening.hall.app.house.relay.drained()


async def test_a_recording_is_published_now_or_at_its_time(hall, hands, tmp_path):
    evening = await an_evening(hall)
    now, later = [await a_ready_recording(evening, tmp_path) for _ in range(2)]
    answer = await publish(evening, now.id)
    assert answer.status_code == 200, answer.text
    data = answer.json()["data"]
    assert (data["visibility"], data["publish_at"]) == ("public", None)
    assert data["published_at"] == wire_time(hands.now)
    assert await watched(evening, now.id)

    due = hands.now + timedelta(days=2)
    data = (await publish(evening, later.id, due)).json()["data"]
    assert (data["visibility"], data["publish_at"]) == ("private", wire_time(due))
    assert data["published_at"] is None
    hands.now = due - timedelta(milliseconds=1)
    await round_of_jobs(evening)
    assert not await watched(evening, later.id)
    hands.now = due
    await round_of_jobs(evening)
    assert await watched(evening, later.id)
    data = await shown(evening, later.id)
    assert (data["visibility"], data["publish_at"]) == ("public", None)
    assert data["published_at"] == wire_time(due)


async def test_one_is_told_of_a_recording_that_was_published_later_as_of_one_published_at_once(
    hall, hands, tmp_path
):
    evening = await an_evening(hall)
    recording = await a_ready_recording(evening, tmp_path)
    due = hands.now + timedelta(hours=1)
    await publish(evening, recording.id, due)
    await hall.app.house.relay.drained()
    assert await told(evening) == []
    waiting = {"id": recording.id, "title": "Waves", "visibility": "private", "published_at": None}
    assert {**waiting, "publish_at": wire_time(due)} in await told(evening, "recording.updated")
    hands.now = due
    for _ in range(3):  # a round that is repeated tells nothing more
        await round_of_jobs(evening)
    replays = await told(evening)
    assert len(replays) == 2  # to the room, and to its library
    assert all(each["recording_id"] == recording.id for each in replays)


async def test_without_a_body_a_recording_is_published_now(hall, hands, tmp_path):
    evening = await an_evening(hall)
    recording = await a_ready_recording(evening, tmp_path)
    answer = await evening.host.post(f"/recordings/{recording.id}/publish")
    assert answer.status_code == 200, answer.text
    data = answer.json()["data"]
    assert (data["visibility"], data["published_at"]) == ("public", wire_time(hands.now))


async def test_publishing_twice_is_publishing_once(hall, hands, tmp_path):
    evening = await an_evening(hall)
    recording = await a_ready_recording(evening, tmp_path)
    first = await publish(evening, recording.id)
    hands.forward(minutes=5)
    again = await publish(evening, recording.id)
    assert (again.status_code, again.headers["etag"]) == (200, first.headers["etag"])
    assert again.json()["data"]["published_at"] == first.json()["data"]["published_at"]
    assert code(await publish(evening, recording.id, hands.now + timedelta(days=1))) == (409, "invalid_state")
    await hall.app.house.relay.drained()
    assert len(await told(evening)) == 2


async def test_another_time_takes_the_place_of_the_first(hall, hands, tmp_path):
    evening = await an_evening(hall)
    recording = await a_ready_recording(evening, tmp_path)
    first, second = hands.now + timedelta(hours=1), hands.now + timedelta(hours=2)
    for due in (first, second):
        etag = (await publish(evening, recording.id, due)).headers["etag"]
    assert (await publish(evening, recording.id, second)).headers["etag"] == etag
    hands.now = first
    await round_of_jobs(evening)
    assert (await shown(evening, recording.id))["publish_at"] == wire_time(second)
    hands.now = second
    await round_of_jobs(evening)
    assert await watched(evening, recording.id)


async def test_what_is_withdrawn_is_not_published_later(hall, hands, tmp_path):
    evening = await an_evening(hall)
    kept, gone, public = [await a_ready_recording(evening, tmp_path) for _ in range(3)]
    due = hands.now + timedelta(hours=1)
    for recording in (kept, gone):
        await publish(evening, recording.id, due)
    await publish(evening, public.id)
    for _ in range(2):  # C6
        for recording in (kept, public):
            answer = await evening.host.post(f"/recordings/{recording.id}/unpublish")
            assert answer.status_code == 200, answer.text
            data = answer.json()["data"]
            times = (data["publish_at"], data["published_at"])
            assert (data["visibility"], *times) == ("private", None, None)
    assert not await watched(evening, public.id)
    assert (await evening.host.delete(f"/recordings/{gone.id}")).status_code == 204
    hands.now = due
    await round_of_jobs(evening)
    assert (await shown(evening, kept.id))["visibility"] == "private"
    async with hall.app.house.desk.read(SYSTEM) as read:
        assert await store.get(read, gone.id) is None


async def test_nothing_of_a_session_that_was_removed_is_published(hall, hands, tmp_path):
    evening = await an_evening(hall)
    recording = await a_ready_recording(evening, tmp_path)
    due = hands.now + timedelta(hours=1)
    await publish(evening, recording.id, due)
    await evening.end()
    assert (await evening.host.delete(f"/sessions/{evening.id}")).status_code == 204
    hands.now = due
    await round_of_jobs(evening)
    assert await told(evening) == []
    async with hall.app.house.desk.read(SYSTEM) as read:
        row = await store.get(read, recording.id)
    assert (row.visibility, row.publish_at) == ("private", None)


async def test_another_visibility_ends_a_time_to_come_save_that_members_may_watch_before(
    hall, hands, tmp_path
):
    evening = await an_evening(hall)
    recording = await a_ready_recording(evening, tmp_path)
    path, due = f"/recordings/{recording.id}", hands.now + timedelta(hours=1)
    await publish(evening, recording.id, due)
    for body in ({"title": "Wide"}, {"visibility": "private"}, {"visibility": "members"}):
        data = (await evening.host.patch(path, json=body)).json()["data"]
        assert data["publish_at"] == wire_time(due)
    assert (await shown(evening, recording.id))["published_at"] == wire_time(hands.now)
    withdrawn = (await evening.host.patch(path, json={"visibility": "private"})).json()["data"]
    assert (withdrawn["publish_at"], withdrawn["published_at"]) == (None, None)
    await publish(evening, recording.id, due)
    session = f"/sessions/{evening.id}"
    await evening.host.patch(session, json={"publish_recordings": True})
    assert (await shown(evening, recording.id))["published_at"] == wire_time(hands.now)
    await evening.host.patch(session, json={"publish_recordings": False})
    data = await shown(evening, recording.id)
    assert (data["visibility"], data["publish_at"], data["published_at"]) == ("private", None, None)


async def test_a_time_to_come_is_ended_and_members_still_watch(hall, hands, tmp_path):
    evening = await an_evening(hall)
    recording = await a_ready_recording(evening, tmp_path)
    path, due = f"/recordings/{recording.id}", hands.now + timedelta(hours=1)
    await evening.host.patch(path, json={"visibility": "members"})
    since = (await publish(evening, recording.id, due)).json()["data"]["published_at"]
    refused = await evening.host.patch(path, json={"publish_at": wire_time(due)})  # that is `/publish`
    assert code(refused) == (422, "validation_failed")
    assert code(await evening.viewer.patch(path, json={"publish_at": None})) == (403, "forbidden")
    stale = await evening.host.patch(path, json={"publish_at": None}, headers={"If-Match": '"0"'})
    assert code(stale) == (409, "conflict")
    assert (await shown(evening, recording.id))["publish_at"] == wire_time(due)
    etags = set()
    for _ in range(2):
        answer = await evening.host.patch(path, json={"publish_at": None})
        assert answer.status_code == 200, answer.text
        data = answer.json()["data"]
        assert (data["visibility"], data["publish_at"]) == ("members", None)
        assert data["published_at"] == since
        etags.add(answer.headers["etag"])
    assert len(etags) == 1
    hands.now = due
    await round_of_jobs(evening)
    assert (await shown(evening, recording.id))["visibility"] == "members"
    assert await watched(evening, recording.id)
    ended = {"id": recording.id, "title": "Waves", "visibility": "members", "published_at": since}
    assert {**ended, "publish_at": None} in await told(evening, "recording.updated")
    assert await told(evening) == []


async def test_ending_the_time_of_what_is_public_leaves_it_public(hall, hands, tmp_path):
    evening = await an_evening(hall)
    recording = await a_ready_recording(evening, tmp_path)
    await publish(evening, recording.id)
    answer = await evening.host.patch(f"/recordings/{recording.id}", json={"publish_at": None})
    assert answer.json()["data"]["visibility"] == "public"


async def test_all_of_a_session_are_withdrawn_with_what_is_to_come(hall, hands, tmp_path):
    evening = await an_evening(hall)
    recording = await a_ready_recording(evening, tmp_path)
    await publish(evening, recording.id, hands.now + timedelta(hours=1))
    answer = await evening.host.patch(f"/sessions/{evening.id}", json={"publish_recordings": False})
    assert answer.status_code == 200, answer.text
    assert (await shown(evening, recording.id))["publish_at"] is None


async def test_one_that_is_not_ready_waits_for_its_time_or_its_time_for_it(hall, hands):
    evening, desk = await an_evening(hall), hall.app.house.desk
    async with desk.work(SYSTEM) as work:
        recording = await rows.add_recording(work, await sessions.get(work, evening.id))
        await rows.move(work, recording, "processing", duration_ms=9000)
    assert code(await publish(evening, recording.id)) == (409, "invalid_state")
    due = hands.now + timedelta(hours=1)
    assert (await publish(evening, recording.id, due)).status_code == 200
    hands.now = due + timedelta(minutes=1)
    await round_of_jobs(evening)
    data = await shown(evening, recording.id)
    assert (data["visibility"], data["publish_at"]) == ("private", wire_time(due))
    async with desk.work(SYSTEM) as work:
        await rows.move(work, await store.hold(work, recording.id), "ready")
    await round_of_jobs(evening)
    data = await shown(evening, recording.id)
    assert (data["visibility"], data["publish_at"]) == ("public", None)
    assert data["published_at"] == wire_time(hands.now)


async def set_revision(hall, recording_id: str, revision: int) -> None:
    """After the highest one every change fails: none follows it."""
    statement = update(recording_table).where(recording_table.c.id == bindparam("row", type_=Key))
    async with hall.app.house.desk.work(SYSTEM) as work:
        await work.db.run(
            Command(statement.values(revision=bindparam("new"))), row=recording_id, new=revision
        )


async def test_a_round_publishes_so_many_and_one_that_it_cannot_publish_stops_nobody(
    hall, hands, tmp_path, database_url, monkeypatch
):
    evening = await an_evening(hall)
    found = [await a_ready_recording(evening, tmp_path) for _ in range(5)]
    for minutes, recording in enumerate(found, 1):
        await publish(evening, recording.id, hands.now + timedelta(minutes=minutes))
    unfit = found[0]
    await set_revision(hall, unfit.id, (1 << (63 if database_url.startswith("sqlite:") else 31)) - 1)
    hands.forward(hours=1)
    monkeypatch.setattr(jobs, "AT_ONCE", 3)

    async def public() -> list[bool]:
        return [(await shown(evening, each.id))["visibility"] == "public" for each in found]

    publisher = jobs.Publisher(hall.app.house.desk)
    with capture_logs() as logs:
        await round_of_jobs(evening, publisher)
        assert await public() == [False, True, True, True, False]
        await round_of_jobs(evening, publisher)
    faults = [each for each in logs if each["log_level"] == "error"]
    assert [each["recording_id"] for each in faults] == [unfit.id]  # and not in each round
    assert await public() == [False, True, True, True, True]
    await set_revision(hall, unfit.id, 1)
    await round_of_jobs(evening, publisher)
    assert await public() == [True] * len(found)


async def test_one_that_is_public_before_it_is_ready_is_published_when_it_is(hall, hands):
    evening, desk = await an_evening(hall), hall.app.house.desk
    async with desk.work(SYSTEM) as work:
        recording = await rows.add_recording(work, await sessions.get(work, evening.id))
        await rows.move(work, recording, "processing", duration_ms=9000)
    path = f"/recordings/{recording.id}"
    await evening.host.patch(path, json={"visibility": "public"})
    assert (await shown(evening, recording.id))["published_at"] is None
    hands.forward(minutes=3)
    async with desk.work(SYSTEM) as work:
        await rows.move(work, await store.hold(work, recording.id), "ready")
    assert (await shown(evening, recording.id))["published_at"] == wire_time(hands.now)


async def test_nothing_of_a_failed_recording_is_published(hall, hands):
    evening = await an_evening(hall)
    async with hall.app.house.desk.work(SYSTEM) as work:
        recording = await rows.add_recording(work, await sessions.get(work, evening.id))
        await rows.move(work, recording, "failed", error_code="lost")
    for at in (None, hands.now + timedelta(hours=1)):
        assert code(await publish(evening, recording.id, at)) == (409, "invalid_state")


async def test_one_that_fails_forgets_its_time_and_a_retry_publishes_nothing(hall, hands):
    evening, desk = await an_evening(hall), hall.app.house.desk
    async with desk.work(SYSTEM) as work:
        recording = await rows.add_recording(work, await sessions.get(work, evening.id))
        await rows.move(work, recording, "processing", duration_ms=9000)
    due = hands.now + timedelta(hours=1)
    assert (await publish(evening, recording.id, due)).status_code == 200
    async with desk.work(SYSTEM) as work:
        await rows.move(work, await store.hold(work, recording.id), "failed", error_code="file_missing")
    data = await shown(evening, recording.id)
    assert (data["status"], data["publish_at"]) == ("failed", None)
    await hall.app.house.relay.drained()
    states = [each for each in await told(evening, "recording.state") if each.get("status") == "failed"]
    assert states
    assert {each["publish_at"] for each in states} == {None}
    hands.now = due + timedelta(days=90)
    for status in ("processing", "ready"):
        async with desk.work(SYSTEM) as work:
            await rows.move(work, await store.hold(work, recording.id), status)
    await round_of_jobs(evening)
    data = await shown(evening, recording.id)
    assert (data["status"], data["visibility"], data["publish_at"]) == ("ready", "private", None)


async def test_publishing_says_what_is_wrong(hall, hands, tmp_path):
    evening = await an_evening(hall)
    recording = await a_ready_recording(evening, tmp_path)
    path = f"/recordings/{recording.id}/publish"
    for at in (hands.now, hands.now - timedelta(days=1)):
        assert code(await publish(evening, recording.id, at)) == (422, "validation_failed")
    for body in (
        {"publish_at": "tomorrow"}, {"publish_at": "2097-01-01T10:00:00"},
        {"publish_at": "9999-12-31T23:59:59-23:00"}, {"when": None},
    ):  # fmt: skip
        assert code(await evening.host.post(path, json=body)) == (422, "validation_failed")
    assert (await shown(evening, recording.id))["publish_at"] is None
    stale = await evening.host.post(path, json={}, headers={"If-Match": '"0"'})
    assert code(stale) == (409, "conflict")
    assert code(await publish(evening, new_id())) == (404, "not_found")


async def test_the_host_and_administrators_publish_and_nobody_else(hall, hands, tmp_path):
    evening = await an_evening(hall)
    recording = await a_ready_recording(evening, tmp_path, "members")
    carl = await hall.signed_in("carl@example.org", "viewer")
    who = (await carl.get("/auth/me")).json()["data"]["id"]
    await evening.host.post(f"/sessions/{evening.id}/co-hosts", json={"user_id": who})
    eve = await hall.signed_in("eve@example.net", "owner", "Elsewhere")
    for client, refusal in (
        (hall.client(), (401, "unauthenticated")),
        (evening.viewer, (403, "forbidden")),
        (carl, (403, "forbidden")),  # a co-host
        (eve, (404, "not_found")),
    ):
        for verb in ("publish", "unpublish"):
            assert code(await client.post(f"/recordings/{recording.id}/{verb}", json={})) == refusal
    olga = await hall.signed_in("olga@example.org", "admin")
    assert (await publish(evening, recording.id, client=olga)).status_code == 200
