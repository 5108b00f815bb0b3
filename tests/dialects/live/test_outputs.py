"""Streaming targets and outputs over HTTP; the egress of a real media server runs them."""

import asyncio

import pytest
from livekit.api import LiveKitAPI
from livekit.protocol.egress import ListEgressRequest

from livehall.core.ports.media import StreamRefused
from livehall.engines.media import LiveKit
from livehall.kernel import journal
from livehall.kernel.actor import SYSTEM
from tests.dialects.live.evening import an_evening, code
from tests.support.waiting import eventually

KEY = "live_5f0a-secret-91c2"
WANTED = {"name": "Elsewhere", "endpoint": "rtmp://127.0.0.1:9/app", "stream_key": KEY, "is_enabled": False}


async def test_targets_are_made_shown_changed_and_removed(hall):
    evening = await an_evening(hall)
    path = f"/rooms/{evening.session['room_id']}/streaming-targets"
    made = await evening.host.post(
        path, json={**WANTED, "kind": "youtube", "public_url": "https://x.example"}
    )
    assert made.status_code == 201, made.text
    one = f"{path}/{made.json()['data']['id']}"
    shown = await evening.host.get(one)
    listed = await evening.host.get(path)
    changed = await evening.host.patch(
        one, json={"name": "There", "public_url": None}, headers={"If-Match": shown.headers["etag"]}
    )
    assert changed.json()["data"]["name"] == "There"
    assert changed.json()["data"]["public_url"] is None
    stale = await evening.host.patch(one, json={"name": "x"}, headers={"If-Match": shown.headers["etag"]})
    assert code(stale) == (409, "conflict")
    assert [each["id"] for each in listed.json()["data"]["targets"]] == [made.json()["data"]["id"]]
    for answer in (made, shown, listed, changed):  # I19
        assert KEY not in answer.text
        assert "…91c2" in answer.text
    assert (await evening.host.delete(one)).status_code == 204
    assert code(await evening.host.get(one)) == (404, "not_found")


async def test_a_room_has_eight_targets_even_when_more_come_at_once(hall):
    evening = await an_evening(hall)
    path = f"/rooms/{evening.session['room_id']}/streaming-targets"
    answers = await asyncio.gather(*(evening.host.post(path, json=WANTED) for _ in range(12)))
    assert sorted(answer.status_code for answer in answers) == [201] * 8 + [422] * 4


async def test_what_is_no_rtmp_address_is_refused_by_field(hall):
    evening = await an_evening(hall)
    path = f"/rooms/{evening.session['room_id']}/streaming-targets"
    answer = await evening.host.post(path, json={**WANTED, "endpoint": "https://example.org/app"})
    assert answer.status_code == 422
    assert [detail["field"] for detail in answer.json()["error"]["details"]] == ["endpoint"]


async def test_a_stream_is_started_listed_and_stopped(hall):
    evening = await an_evening(hall)
    room = evening.session["room_id"]
    target = (await evening.host.post(f"/rooms/{room}/streaming-targets", json=WANTED)).json()["data"]["id"]
    path = f"/sessions/{evening.id}/outputs"
    assert (await evening.host.get(path)).json()["data"]["outputs"] == []
    assert code(await evening.host.post(f"{path}/{target}/stop")) == (409, "invalid_state")
    started = await evening.host.post(f"{path}/{target}/start")
    assert started.status_code == 202, started.text
    assert (started.json()["data"]["kind"], started.json()["data"]["target_id"]) == ("rtmp", target)
    assert code(await evening.host.post(f"{path}/{target}/start")) == (409, "invalid_state")
    removal = await evening.host.delete(f"/rooms/{room}/streaming-targets/{target}")
    assert code(removal) == (409, "invalid_state")
    (listed,) = (await evening.host.get(path)).json()["data"]["outputs"]
    assert (listed["status"], listed["name"]) == ("starting", "Elsewhere")
    assert KEY not in started.text
    assert (await evening.host.post(f"{path}/{target}/stop")).status_code == 202
    await eventually(  # nobody showed anything, so there was nothing to stream
        lambda: evening.host.get(path),
        lambda answer: answer.json()["data"]["outputs"][0]["status"] == "aborted",
        within=30,
        what="the stream is over",
    )


async def test_outputs_are_the_staffs_business(hall):
    evening = await an_evening(hall)
    room = evening.session["room_id"]
    target = (await evening.host.post(f"/rooms/{room}/streaming-targets", json=WANTED)).json()["data"]["id"]
    for path in (f"/rooms/{room}/streaming-targets", f"/sessions/{evening.id}/outputs"):
        assert code(await evening.viewer.get(path)) == (403, "forbidden")
    for verb in ("start", "stop"):
        answer = await evening.viewer.post(f"/sessions/{evening.id}/outputs/{target}/{verb}")
        assert code(answer) == (403, "forbidden")
    eve = await hall.signed_in("eve@example.org", "admin", "Elsewhere")
    for path in (f"/rooms/{room}/streaming-targets", f"/rooms/{room}/streaming-targets/{target}"):
        assert (await eve.get(path)).status_code in (403, 404)  # the room is public; its targets are not
    assert code(await eve.post(f"/sessions/{evening.id}/outputs/{target}/start")) == (403, "forbidden")


async def test_the_layout_of_a_session_is_what_is_recorded(hall, media_server, hall_secrets):
    evening = await an_evening(hall)
    path = f"/sessions/{evening.id}"
    assert (await evening.host.get(path)).json()["data"]["layout"] == "single"
    chosen = await evening.host.patch(f"{path}/layout", json={"layout": "side_by_side"})
    assert chosen.json()["data"] == {"layout": "side_by_side", "pinned": None}
    recording = (await evening.host.post(f"{path}/recordings/start")).json()["data"]

    async def recorded_as(layout):
        keys = hall_secrets.media_api_key, hall_secrets.media_api_secret
        async with LiveKitAPI(f"http://127.0.0.1:{media_server.http_port}", *keys) as api:
            listed = await api.egress.list_egress(ListEgressRequest(active=True))
        return [item.room_composite.layout for item in listed.items] == [layout]

    assert await recorded_as("side-by-side")
    await evening.host.patch(f"{path}/layout", json={"layout": "grid"})
    await eventually(lambda: recorded_as("grid"), within=15, what="the recorder follows")
    single = await evening.host.patch(f"{path}/layout", json={"layout": "single"})
    assert code(single) == (409, "invalid_state")
    await evening.host.post(f"{path}/recordings/stop")
    answer = await evening.host.patch(f"{path}/layout", json={"layout": "single"})
    assert (answer.status_code, (await evening.host.get(path)).json()["data"]["layout"]) == (200, "single")
    assert recording["status"] in ("starting", "recording")


async def test_the_layout_is_the_hosts_to_choose_and_told_to_everybody(hall):
    evening = await an_evening(hall)
    path = f"/sessions/{evening.id}/layout"
    assert code(await evening.viewer.patch(path, json={"layout": "grid"})) == (403, "forbidden")
    etag = (await evening.host.get(f"/sessions/{evening.id}")).headers["etag"]
    assert (await evening.host.patch(path, json={"layout": "grid"})).status_code == 200
    stale = await evening.host.patch(path, json={"layout": "speaker"}, headers={"If-Match": etag})
    assert code(stale) == (409, "conflict")
    await evening.host.patch(path, json={"layout": "grid"})  # no change, and so no event
    await hall.app.house.relay.drained()
    async with hall.app.house.desk.read(SYSTEM) as read:
        told = await read.db.all(journal.SINCE_IN_SESSION, session_id=evening.id, after=-1, limit=500)
    layouts = [entry.data["layout"] for entry in told if entry.type == "stage.layout"]
    assert layouts == ["grid"]
    copy = (await evening.host.post(f"/sessions/{evening.id}/duplicate", json={})).json()["data"]
    assert copy["layout"] == "grid"
    await evening.end()
    assert code(await evening.host.patch(path, json={"layout": "single"})) == (409, "invalid_state")


@pytest.mark.parametrize("host", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "[::1]", "[::ffff:10.0.0.1]"])
async def test_threat_25_nobody_is_streamed_to_within_this_network(host):
    media = LiveKit("http://127.0.0.1:9", "key", "s" * 32)
    with pytest.raises(StreamRefused):
        await media.outputs.stream("room", f"rtmp://{host}/app/key")
    await media.close()
