"""What this API tells the software of a Spot (M41)."""

import json

import msgspec
import yaml

from livehall.dialects.meltingspot.hooks.wire import TYPES, LiveEvent, ParticipantEvent
from livehall.kernel.clock import utc_now
from tests.dialects.live.test_webhook_endpoints import endpoint, told
from tests.dialects.meltingspot.conftest import START
from tests.docs.pages import ROOT
from tests.support.people import say
from tests.support.receiver import fits

SCHEMAS = {
    "live.participant.created": "LiveParticipantEvent",
    "live.participant.updated": "LiveParticipantEvent",
    "live.updated": "LiveEvent",
}


async def test_m41_what_happens_is_told_in_the_three_events_of_this_api(hall, spot, receiver):
    hook, secret = await endpoint(spot.host, receiver.url, format="meltingspot")

    async def heard():
        """The events since the last time, each with its type."""
        before = len(receiver.calls)
        await told(hall)
        listed = await spot.host.get(f"/webhook-endpoints/{hook['id']}/deliveries?limit=100")
        kinds = {each["message_id"]: each["event_type"] for each in listed.json()["data"]["deliveries"]}
        assert all(fits(secret, *call) for call in receiver.calls)
        return [(kinds[headers["webhook-id"]], json.loads(body)) for headers, body in receiver.calls[before:]]

    live = await spot.live(title="Waves")
    assert await heard() == []  # this API has no event for a live that is new
    changed = {"title": "Particles", "startDate": START + 60, "endDate": START + 7200, "solution": "BuiltIn"}
    assert await spot.status("PUT", f"/lives/{live['id']}", json=changed) == 200
    ((kind, event),) = await heard()  # moved and renamed at once, and told once
    assert kind == "live.updated"
    assert event["live"] == {"id": live["id"], "name": "Particles", "status": "Planned"}
    assert event["spot"] == {"id": live["spotId"], "name": "Livehall"}
    assert (event["test"], abs(event["occurredAt"] - utc_now().timestamp()) < 60) == (False, True)

    invited = await spot.http.post(f"/lives/{live['id']}/participants", json={"member": "cy@example.org"})
    ((kind, event),) = await heard()
    assert (kind, event["live"]) == ("live.participant.created", {"id": live["id"], "name": "Particles"})
    row = invited.json()
    assert event["member"] == {"id": row["spotMemberId"], "email": "cy@example.org", "status": "Invited"}
    assert event["liveParticipant"] == {"status": "Invited"}

    speaker = {"email": "zoe@example.org", "firstName": "Zoe", "lastName": "May", "title": "Chemist"}
    await spot.http.post(f"/lives/{live['id']}/speakers", json={"member": speaker, "grantHostRights": True})
    ((kind, event),) = await heard()  # asked, and in a role: told once
    assert kind == "live.participant.created"
    names = {name: event["member"][name] for name in ("firstname", "lastname", "title")}
    assert names == {"firstname": "Zoe", "lastname": "May", "title": "Chemist"}

    await say(spot.hall.app.house.desk, row["id"], "accepted")
    ((kind, event),) = await heard()
    assert (kind, event["liveParticipant"]["status"]) == ("live.participant.updated", "Accepted")

    for step in ("start", "end"):
        assert (await spot.host.post(f"/sessions/{live['id']}/{step}")).status_code == 200
    events = await heard()
    assert {kind for kind, _ in events} == {"live.updated"}
    assert events[-1][1]["live"]["status"] == "Ended"


async def test_m41_a_registration_for_all_lives_of_a_room_is_told_of_those_that_are_not_over(
    hall, spot, receiver
):
    lives = [await spot.live(title="Waves")]
    room = (await spot.host.get(f"/sessions/{lives[0]['id']}")).json()["data"]["room_id"]
    more = await spot.host.post(f"/rooms/{room}/sessions", json={"title": "Again"})
    assert more.status_code == 201, more.text
    await endpoint(spot.host, receiver.url, format="meltingspot", event_types=["live.participant.created"])
    body = {"email": "vera@example.org", "first_name": "Vera", "last_name": "Rubin"}
    answer = await spot.host.post(f"/rooms/{room}/registrations", json=body)
    assert answer.status_code == 201, answer.text
    await told(hall)
    assert sorted(each["live"]["name"] for each in receiver.bodies) == ["Again", "Waves"]
    assert {each["member"]["email"] for each in receiver.bodies} == {"vera@example.org"}
    assert len(set(receiver.ids)) == 2


async def test_m41_samples_are_marked_and_events_have_the_members_of_the_contract(hall, spot, receiver):
    contract = yaml.safe_load((ROOT / "contracts/meltingspot.yaml").read_text())
    assert set(contract["webhooks"]) == set(TYPES)
    hook, _ = await endpoint(spot.host, receiver.url, format="meltingspot")
    for kind in TYPES:
        sent = await spot.host.post(f"/webhook-endpoints/{hook['id']}/test", json={"event_type": kind})
        assert sent.status_code == 202
    await told(hall)
    assert {each["test"] for each in receiver.bodies} == {True}
    for kind, body in zip(TYPES, receiver.bodies, strict=True):
        schema = contract["components"]["schemas"][SCHEMAS[kind]]
        assert set(schema["required"]) <= set(body) <= set(schema["properties"])
        msgspec.convert(body, LiveEvent if kind == "live.updated" else ParticipantEvent)
