"""What is told beside the journal, on its channels."""

from datetime import UTC, datetime, timedelta

from tests.dialects.live.evening import an_evening
from tests.dialects.live.following import Ear
from tests.dialects.live.test_dashboards import Heard


async def test_a_countdown_is_told_to_those_inside_and_to_those_before_the_door(hall):
    evening = await an_evening(hall)
    room = evening.session["room_id"]
    heard = Heard(hall, "room", "session")
    start = (datetime.now(UTC) + timedelta(minutes=9, seconds=45)).isoformat()
    planned = {"title": "Soon", "scheduled_start_time": start}
    made = await evening.host.post(f"/rooms/{room}/sessions", json=planned)
    session = made.json()["data"]["session"]
    await hall.app.house.countdowns.tell()
    told = [(channel, each) for channel, each in heard.said if each.type == "session.countdown"]
    assert sorted(channel for channel, _ in told) == [f"room:{room}", f"session:{session['id']}"]
    assert {each.data["starts_at"] for _, each in told} == {session["scheduled_start_time"]}
    assert {each.session_id for _, each in told} == {session["id"]}


async def test_health_is_told_to_the_staff_while_somebody_listens_and_only_then(hall):
    evening = await an_evening(hall)
    heard = Heard(hall, "staff")
    house, channel = hall.app.house, f"staff:{evening.id}"

    async def told():
        heard.said.clear()
        await house.healths.tell()
        return [(where, each) for where, each in heard.said if each.type == "stream.health"]

    joined = await evening.join(evening.host)
    await house.relay.drained()
    assert await told() == []
    ear = Ear(hall, await house.gate.connect(joined["realtime"]["token"]))
    await ear.listen(channel)
    found = await told()
    asked = (await evening.host.get(f"/sessions/{evening.id}/health")).json()["data"]
    assert found
    for where, each in found:
        assert (where, each.session_id) == (channel, evening.id)
        assert {**each.data, "checked_at": None} == {**asked, "checked_at": None}
    house.hub.leave(ear, channel)
    assert await told() == []
