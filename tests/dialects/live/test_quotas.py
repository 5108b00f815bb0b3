"""What the plan of an organization allows, as a client of the Live API meets it."""

import asyncio
from datetime import timedelta

import pytest

from livehall.core.people import ops, plans
from livehall.core.people.model import Quotas
from livehall.core.people.plans import PutPlan
from livehall.core.recordings import jobs
from livehall.core.recordings import store as recordings
from livehall.kernel.actor import SYSTEM
from tests.dialects.live.evening import an_evening
from tests.dialects.live.test_moderation import behind_a_door


def error_of(response):
    return response.status_code, response.json()["error"]["code"]


EXCEEDED = (402, "quota_exceeded")


async def go_by(hall, *, without=(), modules=(), **quotas):
    async with hall.app.house.desk.work(SYSTEM) as work:
        cmd = PutPlan(
            code="small", name="Small", quotas=Quotas(**quotas), disabled_features=without, modules=modules
        )
        await plans.put(work, cmd)
        await plans.assign(work, await ops.default_organization(work, "Livehall"), "small")


async def evening(client, **fields):
    room = (await client.post("/rooms", json={"title": "Talks"})).json()["data"]
    made = await client.post(f"/rooms/{room['id']}/sessions", json={"title": "Evening", **fields})
    return made.json()["data"]["session"]["id"]


async def test_rooms(hall):
    ada = await hall.signed_in()
    await go_by(hall, rooms=2)
    made = [await ada.post("/rooms", json={"title": "Talks"}) for _ in range(2)]
    assert [answer.status_code for answer in made] == [201, 201]
    assert error_of(await ada.post("/rooms", json={"title": "Talks"})) == EXCEEDED
    eve = await hall.signed_in("eve@example.org", organization="Elsewhere")
    assert (await eve.post("/rooms", json={"title": "Talks"})).status_code == 201
    assert (await ada.delete(f"/rooms/{made[0].json()['data']['id']}")).status_code == 204
    assert (await ada.post("/rooms", json={"title": "Talks"})).status_code == 201


async def test_of_two_rooms_at_once_the_last_place_takes_one(hall):
    ada = await hall.signed_in()
    await go_by(hall, rooms=1)
    answers = await asyncio.gather(*(ada.post("/rooms", json={"title": "Talks"}) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 402, 402, 402]


async def test_presets(hall):
    ada = await hall.signed_in()
    await go_by(hall, presets=1)
    first = {"name": "Quiet", "type": "whip"}
    assert (await ada.post("/presets", json=first)).status_code == 201
    assert error_of(await ada.post("/presets", json={**first, "name": "Loud"})) == EXCEEDED


async def test_concurrent_sessions(hall):
    ada = await hall.signed_in()
    first, second = await evening(ada), await evening(ada)
    await go_by(hall, concurrent_sessions=1)
    assert (await ada.post(f"/sessions/{first}/start")).status_code == 200
    assert (await ada.post(f"/sessions/{first}/start")).status_code == 200  # C6
    assert error_of(await ada.post(f"/sessions/{second}/start-webcam")) == EXCEEDED
    assert (await ada.get(f"/sessions/{second}")).json()["data"]["status"] == "scheduled"
    await ada.post(f"/sessions/{first}/end")
    assert (await ada.post(f"/sessions/{second}/start")).status_code == 200


async def test_a_session_is_not_announced_for_longer_than_the_plan_allows(hall):
    ada = await hall.signed_in()
    await go_by(hall, session_minutes=60)
    room = (await ada.post("/rooms", json={"title": "Talks"})).json()["data"]
    body = {"title": "Long", "scheduled_start_time": "2097-01-01T10:00:00Z"}
    path = f"/rooms/{room['id']}/sessions"
    longer = await ada.post(path, json={**body, "scheduled_end_time": "2097-01-01T11:00:01Z"})
    assert error_of(longer) == EXCEEDED
    fits = await ada.post(path, json={**body, "scheduled_end_time": "2097-01-01T11:00:00Z"})
    assert fits.status_code == 201
    session_id = fits.json()["data"]["session"]["id"]
    moved = {"scheduled_start_time": "2097-01-02T10:00:00Z", "scheduled_end_time": "2097-01-02T11:00:01Z"}
    assert error_of(await ada.patch(f"/sessions/{session_id}/reschedule", json=moved)) == EXCEEDED


async def test_viewers(hall):
    ada = await hall.signed_in()
    await go_by(hall, viewers=1)
    session_id = await evening(ada, mode="external", external_url="https://example.org/live")
    assert (await ada.post(f"/sessions/{session_id}/go-live")).status_code == 200
    path = f"/sessions/{session_id}/join"
    ben = await hall.signed_in("ben@example.org", "viewer")
    eve = await hall.signed_in("eve@example.org", "viewer")
    assert (await ben.post(path)).status_code == 200
    assert error_of(await eve.post(path)) == EXCEEDED
    assert (await ben.post(path)).status_code == 200  # is there already
    assert (await ada.post(path)).status_code == 200  # runs the session


async def test_who_is_within_stays_when_the_plan_allows_fewer(hall):
    evening = await an_evening(hall)
    people = [await hall.signed_in(f"v{n}@example.org", "viewer") for n in range(3)]
    for each in people:
        await evening.join(each)
    await go_by(hall, viewers=2)
    path = f"/sessions/{evening.id}/join"
    assert [(await each.post(path)).status_code for each in people] == [200, 200, 200]
    late = await hall.signed_in("late@example.org", "viewer")
    assert error_of(await late.post(path)) == EXCEEDED


async def test_as_many_are_admitted_as_may_come_in(hall):
    evening = await behind_a_door(hall)
    await go_by(hall, viewers=2)
    people = [await hall.signed_in(f"v{n}@example.org", "viewer") for n in range(4)]
    knocked = [await evening.join(each) for each in people]
    assert [each["admission"] for each in knocked] == ["waiting"] * 4
    door = f"/sessions/{evening.id}/waiting"
    first, last = (f"{door}/{knocked[n]['attendance_id']}/admit" for n in (0, 3))
    assert (await evening.host.post(first)).status_code == 200
    assert (await evening.host.post(f"{door}/admit-all")).json()["data"] == {"admitted": 1}
    assert error_of(await evening.host.post(f"{door}/admit-all")) == EXCEEDED
    assert error_of(await evening.host.post(last)) == EXCEEDED
    assert (await evening.host.post(first)).status_code == 200  # C6
    for each in people[:2]:
        assert (await evening.join(each))["admission"] == "admitted"


@pytest.mark.parametrize("quotas", [{"storage_bytes": 0}, {"recording_minutes": 0}])
async def test_recordings(hall, quotas):
    ada = await hall.signed_in()
    await go_by(hall, **quotas)
    session_id = await evening(ada)
    await ada.post(f"/sessions/{session_id}/start")
    assert error_of(await ada.post(f"/sessions/{session_id}/recordings/start")) == EXCEEDED
    assert (await ada.get(f"/sessions/{session_id}/recordings/active")).json()["data"] is None


async def test_a_recording_ends_when_its_plan_has_no_more_room(hall):
    ada = await hall.signed_in()
    await go_by(hall, recording_minutes=10)
    session_id = await evening(ada)
    await ada.post(f"/sessions/{session_id}/start")
    made = (await ada.post(f"/sessions/{session_id}/recordings/start")).json()["data"]["id"]
    recorder = hall.app.house.recorder
    async with hall.app.house.desk.work(SYSTEM) as work:
        row = await recordings.get(work, made)
        began = work.now - timedelta(minutes=9, seconds=50)
        row = await recordings.change(work, row, status="recording", started_at=began)
    await jobs.stop_over_plan(recorder)
    assert (await ada.get(f"/recordings/{made}")).json()["data"]["status"] == "recording"
    async with hall.app.house.desk.work(SYSTEM) as work:
        await recordings.change(work, row, started_at=began - timedelta(seconds=11))
    await jobs.stop_over_plan(recorder)
    assert (await ada.get(f"/recordings/{made}")).json()["data"]["status"] == "processing"
    assert (await ada.get(f"/sessions/{session_id}/recordings/active")).json()["data"] is None


async def test_a_plan_without_recording_records_nothing(hall):
    ada = await hall.signed_in()
    await go_by(hall, without=("recording",))
    session_id = await evening(ada, recording_enabled=True)
    assert (await ada.get(f"/sessions/{session_id}")).json()["data"]["recording_enabled"] is False
    await ada.post(f"/sessions/{session_id}/start")
    refused = await ada.post(f"/sessions/{session_id}/recordings/start")
    assert error_of(refused) == (403, "feature_disabled")


async def test_what_a_plan_withholds_nobody_may(hall):
    ada = await hall.signed_in()
    session_id = await evening(ada, mode="external", external_url="https://example.org/live")
    await ada.post(f"/sessions/{session_id}/go-live")
    before = (await ada.post(f"/sessions/{session_id}/join")).json()["data"]
    assert before["permissions"]["chat.send"] is True
    await go_by(hall, modules=("polls",))  # an open session follows at once
    joined = (await ada.post(f"/sessions/{session_id}/join")).json()["data"]
    granted = {right for right, allowed in joined["permissions"].items() if allowed}
    assert "poll.create" in granted
    assert granted.isdisjoint({"chat.send", "chat.read", "stage.manage", "publish.screen"})
    assert joined["session"]["effective_chat_enabled"] is False
    refused = await ada.post(f"/sessions/{session_id}/chat", json={"message": "Hello"})
    assert error_of(refused) == (403, "feature_disabled")
