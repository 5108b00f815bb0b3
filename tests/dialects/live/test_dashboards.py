"""`library:` and `org:`: what hosts and administrators hear beside any session (C24, realtime.md §1)."""

import msgspec
import pytest

from livehall.core.ports.realtime import Refused
from livehall.core.sessions import machine
from livehall.core.sessions import store as sessions
from livehall.dialects.live.realtime import revocations
from livehall.dialects.live.realtime.publishing import Envelope
from livehall.kernel.actor import SYSTEM
from tests.dialects.live.evening import an_evening, code


class Heard:
    """What is published to channels of these kinds."""

    def __init__(self, hall, *kinds):
        self.hall, self.kinds, self.said = hall, kinds, []
        self._publish = hall.app.house.hub.publish
        hall.app.house.hub.publish = self._note

    def _note(self, channel, publication):
        if channel.partition(":")[0] in self.kinds:
            self.said.append((channel, msgspec.json.decode(publication.data, type=Envelope)))
        self._publish(channel, publication)

    async def types(self, channel):
        await self.hall.app.house.relay.drained()
        return [envelope.type for where, envelope in self.said if where == channel]


async def own_token(client):
    answer = await client.post("/realtime/token")
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]


async def opens(hall, token, channel):
    """The snapshot of a channel, or the code of the refusal."""
    gate = hall.app.house.gate
    try:
        subscribed = await gate.subscribe(await gate.connect(token), channel)
    except Refused as refused:
        return refused.code
    return msgspec.json.decode(subscribed.data)["snapshot"]


async def test_c24_a_token_of_ones_own_opens_the_dashboards_of_its_role(hall):
    ada, owner = await hall.person(), await hall.person("olga@example.org", "owner")
    host = hall.client(hall.token(ada))
    room = (await host.post("/rooms", json={"title": "Physics"})).json()["data"]
    library, org = f"library:{room['library_id']}", f"org:{ada.organization_id}"

    access = await own_token(host)
    assert access["channels"] == [f"user:{ada.id}", library]
    assert [each["title"] for each in (await opens(hall, access["token"], library))["rooms"]] == ["Physics"]
    assert await opens(hall, access["token"], org) == 103

    of_owner = await own_token(hall.client(hall.token(owner)))
    assert of_owner["channels"] == [f"user:{owner.id}", library, org]
    snapshot = await opens(hall, of_owner["token"], org)
    assert (snapshot["organization"]["id"], snapshot["plan"]) == (ada.organization_id, None)

    viewer = await own_token(await hall.signed_in("ben@example.org", "viewer"))
    assert [channel.partition(":")[0] for channel in viewer["channels"]] == ["user"]
    assert await opens(hall, viewer["token"], library) == 103
    stranger = await own_token(await hall.signed_in("eve@example.org", "owner", organization="Two"))
    assert [await opens(hall, stranger["token"], channel) for channel in (library, org)] == [103, 103]


async def test_c24_neither_an_access_token_nor_one_of_a_session_opens_a_dashboard(hall):
    evening = await an_evening(hall)
    joined = await evening.join(evening.host)
    library = f"library:{evening.session['room']['library_id']}"
    ada = await hall.person()
    assert await opens(hall, joined["realtime"]["token"], library) == 103
    assert await opens(hall, hall.token(ada), library) == 103
    assert code(await hall.client().post("/realtime/token")) == (401, "unauthenticated")


async def test_a_dashboard_hears_rooms_sessions_and_recordings_that_its_hosts_may_find_i22(hall):
    heard = Heard(hall, "library")
    evening = await an_evening(hall)
    room_id, library = evening.session["room_id"], f"library:{evening.session['room']['library_id']}"
    await evening.host.post(f"/sessions/{evening.id}/recordings/start")
    await evening.host.post(f"/sessions/{evening.id}/recordings/stop")
    assert (await heard.types(library))[:6] == [
        "room.created", "session.created", "session.state", "session.state", "room.live", "recording.state",
    ]  # fmt: skip

    heard.said.clear()
    await evening.host.patch(f"/rooms/{room_id}", json={"visibility": "private"})
    await evening.end()
    told = set(await heard.types(library))
    assert told - {"recording.state"} == {"room.deleted"}  # and nothing of what happens there from now on
    heard.said.clear()
    await evening.host.patch(f"/rooms/{room_id}", json={"visibility": "members"})
    assert "room.updated" in await heard.types(library)


async def test_administrators_hear_of_cleanups_and_of_a_session_that_its_plan_ended(hall):
    heard = Heard(hall, "org")
    evening = await an_evening(hall)
    admin = await hall.person("olga@example.org", "admin")
    answer = await hall.client(hall.token(admin)).post("/admin/storage/cleanup", json={})
    assert answer.status_code < 300, answer.text
    await hall.app.house.cleaner.clean_running()
    async with hall.app.house.desk.work(SYSTEM, origin="job") as work:
        held, _ = await sessions.hold(work, await sessions.get(work, evening.id))
        await machine.end(work, held, "quota")
    org = f"org:{admin.organization_id}"
    assert await heard.types(org) == ["job.state", "job.state", "notice"]
    told = [envelope.data for _, envelope in heard.said]
    assert [each["state"] for each in told[:2]] == ["running", "succeeded"]
    assert (told[2]["kind"], told[2]["subject"]) == ("quota", evening.id)


async def test_4_a_dashboard_is_taken_away_with_the_role(hall, monkeypatch):
    taken = []
    hub = hall.app.house.hub
    monkeypatch.setattr(hub, "unsubscribe", lambda channel, user=None, **_: taken.append((channel, user)))
    admin = await hall.person("olga@example.org", "admin")
    await hall.client(hall.token(admin)).post("/rooms", json={"title": "Physics"})
    await hall.app.house.relay.drained()
    assert taken == []
    await hall.person("olga@example.org", "host")
    await hall.app.house.relay.drained()
    assert taken == [(f"org:{admin.organization_id}", admin.id)]
    await hall.person("olga@example.org", "viewer")
    await hall.app.house.relay.drained()
    assert [channel.partition(":")[0] for channel, _ in taken[1:]] == ["library", "org"]


async def test_5_a_sign_in_that_is_ended_closes_its_connections(hall, monkeypatch):
    closed = []
    monkeypatch.setattr(revocations, "FRESH_S", 0.0)
    monkeypatch.setattr(
        hall.app.house.hub, "disconnect", lambda user, **how: closed.append((user, how["code"]))
    )
    await hall.person()
    eve = (await hall.client().post("/auth/viewers", json={"username": "Eve"})).json()["data"]
    client = hall.client(eve["access_token"])
    token = (await own_token(client))["token"]
    assert (await client.post("/auth/logout", json={})).status_code == 204
    await hall.app.house.relay.drained()
    assert closed == [(eve["user"]["id"], 4001)]
    with pytest.raises(Refused) as refused:
        await hall.app.house.gate.connect(token)
    assert refused.value.code == 4501
