"""Streaming targets and outputs over HTTP; the egress of a real media server runs them."""

import asyncio

import pytest

from livehall.core.ports.media import StreamRefused
from livehall.engines.media import LiveKit
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


@pytest.mark.parametrize("host", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "[::1]", "[::ffff:10.0.0.1]"])
async def test_threat_25_nobody_is_streamed_to_within_this_network(host):
    media = LiveKit("http://127.0.0.1:9", "key", "s" * 32)
    with pytest.raises(StreamRefused):
        await media.outputs.stream("room", f"rtmp://{host}/app/key")
    await media.close()
