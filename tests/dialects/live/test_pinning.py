"""Who is pinned, over HTTP, on the channels, and at the media server's recorder."""

import asyncio

import pytest
from livekit.api import LiveKitAPI
from livekit.protocol.egress import ListEgressRequest

from livehall.kernel.ids import new_id
from tests.dialects.live.evening import code
from tests.dialects.live.test_stage import another, data, joined, listens, on_stage
from tests.support.waiting import eventually


async def an_evening_with(hall, *people):
    """A live session, the path of its layout, and the ids of those who were brought on stage."""
    evening, path = await joined(hall)
    clients = [evening.viewer, *[await another(hall, evening, email) for email in people]]
    ids = [(await on_stage(evening, path, client))["user_id"] for client in clients]
    return evening, f"/sessions/{evening.id}/layout", ids


async def test_a_host_pins_and_unpins_and_leaves_the_rest_as_it_is(hall):
    evening, path, (ben,) = await an_evening_with(hall)
    chosen = data(await evening.host.patch(path, json={"layout": "grid"}))
    assert chosen == {"layout": "grid", "pinned": None}
    pinned = await evening.host.patch(path, json={"pinned": ben.upper()})
    assert data(pinned) == {"layout": "grid", "pinned": ben}
    assert pinned.headers["etag"] == (await evening.host.get(f"/sessions/{evening.id}")).headers["etag"]
    assert data(await evening.host.patch(path, json={"layout": "speaker"})) == {
        "layout": "speaker",
        "pinned": ben,
    }
    assert data(await evening.host.patch(path, json={})) == {"layout": "speaker", "pinned": ben}
    assert data(await evening.viewer.get(f"/sessions/{evening.id}/stage/participants"))["pinned"] == ben
    assert data(await evening.host.patch(path, json={"pinned": None})) == {
        "layout": "speaker",
        "pinned": None,
    }


async def test_only_who_is_on_stage_is_pinned_and_only_by_the_host(hall):
    evening, path, (ben,) = await an_evening_with(hall)
    eve = data(await (await another(hall, evening)).get("/auth/me"))["id"]
    for nobody in (eve, new_id()):
        refused = await evening.host.patch(path, json={"layout": "grid", "pinned": nobody})
        assert code(refused) == (422, "validation_failed")
        assert [each["field"] for each in refused.json()["error"]["details"]] == ["pinned"]
    assert code(await evening.host.patch(path, json={"pinned": "ben"})) == (422, "validation_failed")
    assert code(await evening.viewer.patch(path, json={"pinned": ben})) == (403, "forbidden")
    assert data(await evening.host.patch(path, json={})) == {"layout": "single", "pinned": None}


async def test_of_two_pins_for_one_revision_one_is_told_to_look_again(hall):
    evening, path, people = await an_evening_with(hall, "eve@example.org")
    etag = (await evening.host.get(f"/sessions/{evening.id}")).headers["etag"]
    answers = await asyncio.gather(
        *(evening.host.patch(path, json={"pinned": each}, headers={"If-Match": etag}) for each in people)
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    (lost,) = [answer for answer in answers if answer.status_code == 409]
    assert code(lost) == (409, "conflict")


def replay(state, told):
    """What a client makes of the events."""
    for event in told:
        if event["type"] == "stage.layout":
            state = event["data"]
    return state


@pytest.mark.parametrize("kind", ["session", "stage"])
async def test_replay_the_channels_tell_who_is_pinned(hall, kind):
    evening, path, (ben, eve) = await an_evening_with(hall, "eve@example.org")
    listener = await listens(hall, evening, evening.host, kind)

    async def read():
        found = await listener.read()
        if kind == "session":
            return {"layout": found["session"]["layout"], "pinned": found["stage"]["pinned"]}
        return {"layout": found["layout"], "pinned": found["pinned"]}

    async def leaves():
        await evening.viewer.post(f"/sessions/{evening.id}/stage/leave")

    steps = [
        (lambda: evening.host.patch(path, json={"pinned": ben}), {"layout": "single", "pinned": ben}),
        (lambda: evening.host.patch(path, json={"layout": "grid"}), {"layout": "grid", "pinned": ben}),
        (leaves, {"layout": "grid", "pinned": None}),
        (lambda: evening.host.patch(path, json={"pinned": eve}), {"layout": "grid", "pinned": eve}),
    ]
    state = await read()
    assert state == {"layout": "single", "pinned": None}
    for step, wanted in steps:
        await step()
        told = await listener.published()
        revisions = [event["revision"] for event in told]
        assert revisions == sorted(set(revisions))
        state = replay(state, told)
        assert state == await read() == wanted


async def test_the_end_is_the_end_of_a_pin_and_tells_so_before(hall):
    evening, path, (ben,) = await an_evening_with(hall)
    await evening.host.patch(path, json={"pinned": ben})
    listener = await listens(hall, evening, evening.host, "session")
    await listener.read()
    await evening.end()
    told = [(each["type"], each["data"]) for each in await listener.published()]
    kinds = [kind for kind, _ in told]
    assert ("stage.layout", {"layout": "single", "pinned": None}) in told
    assert kinds.index("stage.layout") < kinds.index("session.state")
    assert code(await evening.host.patch(path, json={"pinned": ben})) == (409, "invalid_state")


async def test_the_recorder_is_told_who_is_pinned(hall, media_server, hall_secrets):
    evening, path, (ben,) = await an_evening_with(hall)
    await evening.host.post(f"/sessions/{evening.id}/recordings/start")

    async def recorded_as(layout):
        keys = hall_secrets.media_api_key, hall_secrets.media_api_secret
        async with LiveKitAPI(f"http://127.0.0.1:{media_server.http_port}", *keys) as api:
            listed = await api.egress.list_egress(ListEgressRequest(active=True))
        return [item.room_composite.layout for item in listed.items] == [layout]

    assert await recorded_as("single-speaker")
    await evening.host.patch(path, json={"pinned": ben})  # also where one picture at a time was begun
    await eventually(
        lambda: recorded_as(f"single-speaker;pinned=u.{ben}"), within=15, what="the recorder follows"
    )
    await evening.viewer.post(f"/sessions/{evening.id}/stage/leave")
    await eventually(lambda: recorded_as("single-speaker"), within=15, what="who leaves is let go")
    await evening.end()
