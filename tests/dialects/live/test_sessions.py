"""Sessions, as a client of the Live API sees them; the media server is a real one."""

import asyncio
from datetime import timedelta

import pytest

from livehall.kernel.clock import rfc3339, utc_now
from livehall.kernel.ids import new_id
from tests.support.media_servers import MediaAddress, publishing


def error_of(response):
    body = response.json()
    assert body["success"] is False
    return response.status_code, body["error"]["code"]


def later(**by):
    return rfc3339(utc_now() + timedelta(**by))


async def planned(client, room_id=None, **fields):
    if room_id is None:
        room_id = (await client.post("/rooms", json={"title": "Talks"})).json()["data"]["id"]
    answer = await client.post(f"/rooms/{room_id}/sessions", json={"title": "Evening", **fields})
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]["session"]


async def started(client, **fields):
    session = await planned(client, **fields)
    answer = await client.post(f"/sessions/{session['id']}/start")
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


async def on_air(client):
    external = {"mode": "external", "external_url": "https://example.org/live"}
    session = await planned(client, **external)
    answer = await client.post(f"/sessions/{session['id']}/go-live")
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


async def test_create_session(hall):
    ada = await hall.signed_in()
    session = await planned(
        ada, scheduled_start_time="2030-05-01T20:00:00.5+02:00", timezone="Europe/Berlin", metadata={"a": "b"}
    )
    assert (session["status"], session["mode"], session["duration"]) == ("scheduled", "webcam", 0)
    assert session["scheduled_start_time"] == "2030-05-01T18:00:00.500Z"
    assert session["room"]["id"] == session["room_id"]
    assert (session["effective_chat_enabled"], session["stream_state"]) == (True, "idle")


async def test_create_session_says_what_is_wrong(hall):
    ada, bob = await hall.signed_in(), await hall.signed_in("bob@example.org", "viewer")
    room = (await planned(ada))["room_id"]
    for body, field in (
        ({}, "title"),
        ({"title": "\n"}, "title"),
        ({"title": "x", "mode": "external"}, "external_url"),
        ({"title": "x", "mode": "telepathy"}, "mode"),
        ({"title": "x", "preset_id": new_id()}, "preset_id"),
        ({"title": "x", "scheduled_start_time": "tomorrow"}, "scheduled_start_time"),
        ({"title": "x", "scheduled_start_time": "0001-01-01T00:00:00+14:00"}, "scheduled_start_time"),
        ({"title": "x", "scheduled_start_time": "2030-05-01T20:00:00"}, "scheduled_start_time"),
    ):
        answer = await ada.post(f"/rooms/{room}/sessions", json=body)
        assert error_of(answer) == (422, "validation_failed"), body
        assert answer.json()["error"]["details"][0]["field"] == field
    url = f"/rooms/{room}/sessions"
    assert error_of(await bob.post(url, json={"title": "x"})) == (403, "forbidden")
    assert error_of(await ada.post(f"/rooms/{new_id()}/sessions", json={"title": "x"})) == (404, "not_found")


async def test_list_room_sessions(hall):
    ada = await hall.signed_in()
    first = await planned(ada, scheduled_start_time=later(days=1))
    second = await planned(ada, first["room_id"], scheduled_start_time=later(days=2))
    url = f"/rooms/{first['room_id']}/sessions"
    data = (await hall.client().get(url)).json()["data"]
    assert [each["id"] for each in data["sessions"]] == [second["id"], first["id"]]
    few = await hall.client().get(url, params={"from": later(hours=30), "status": ["scheduled", "live"]})
    assert [each["id"] for each in few.json()["data"]["sessions"]] == [second["id"]]
    assert error_of(await hall.client().get(f"/rooms/{new_id()}/sessions")) == (404, "not_found")
    assert error_of(await hall.client().get(url, params={"status": "lively"})) == (422, "validation_failed")


async def test_list_sessions(hall):
    ada = await hall.signed_in()
    session = await planned(ada)
    for query, count in (
        ({}, 1),
        ({"search": "even"}, 1),
        ({"search": "morning"}, 0),
        ({"status": "live"}, 0),
        ({"room_id": session["room_id"]}, 1),
        ({"room_id": new_id()}, 0),
        ({"page": 2}, 0),
    ):
        data = (await hall.client().get("/sessions", params=query)).json()["data"]
        assert len(data["sessions"]) == count, query


async def test_list_live_sessions(hall):
    ada = await hall.signed_in()
    await planned(ada)
    live = await on_air(ada)
    data = (await hall.client().get("/sessions/live")).json()["data"]
    assert [each["id"] for each in data["sessions"]] == [live["session"]["id"]]


async def test_get_session(hall):
    ada = await hall.signed_in()
    session = await planned(ada)
    answer = await hall.client().get(f"/sessions/{session['id']}")
    public = {name: value for name, value in session.items() if name != "metadata"}  # the staff's own labels
    assert (answer.json()["data"], answer.headers["ETag"]) == (public, '"0"')
    assert (await ada.get(f"/sessions/{session['id']}")).json()["data"] == session
    assert error_of(await hall.client().get(f"/sessions/{new_id()}")) == (404, "not_found")


async def test_delete_session(hall):
    ada = await hall.signed_in()
    running = (await started(ada))["session"]
    assert error_of(await ada.delete(f"/sessions/{running['id']}")) == (409, "invalid_state")  # C7
    session = await planned(ada)
    assert (await ada.delete(f"/sessions/{session['id']}")).status_code == 204
    assert error_of(await ada.get(f"/sessions/{session['id']}")) == (404, "not_found")


async def test_start_session(hall, media_server):
    ada = await hall.signed_in()
    data = await started(ada)
    assert (data["session"]["status"], data["room_name"]) == ("backstage", data["session"]["id"])
    assert data["livekit_url"] == "ws://hall.test"  # C10
    assert data["session"]["room"]["active_session_id"] == data["session"]["id"]
    address = MediaAddress(f"http://127.0.0.1:{media_server.http_port}", is_ours=True)
    async with publishing(address, data["token"]) as host:
        await host.publish_audio()


async def test_a_room_holds_one_running_session_i1(hall):
    ada = await hall.signed_in()
    running = (await started(ada))["session"]
    second = await planned(ada, running["room_id"])
    assert error_of(await ada.post(f"/sessions/{second['id']}/start")) == (409, "room_busy")


@pytest.mark.parametrize(("mode", "url"), [("rtmp", "rtmp_url"), ("whip", "whip_url")])
async def test_an_encoders_address_and_key_are_told_at_once_and_again_at_the_start(hall, mode, url):
    ada = await hall.signed_in()
    room = (await ada.post("/rooms", json={"title": "Talks"})).json()["data"]["id"]
    plan = {"title": "From OBS", "mode": mode}
    made = (await ada.post(f"/rooms/{room}/sessions", json=plan)).json()["data"]
    assert made[url].startswith(("rtmp://", "http://"))
    assert len(made["stream_key"]) >= 22
    begun = (await ada.post(f"/sessions/{made['session']['id']}/start")).json()["data"]
    names = ("rtmp_url", "whip_url", "stream_key")
    assert [begun[name] for name in names] == [made[name] for name in names]
    assert made["stream_key"] not in (await ada.get(f"/sessions/{made['session']['id']}")).text


async def test_a_session_without_an_encoder_has_no_key(hall):
    ada = await hall.signed_in()
    begun = await started(ada)
    assert (begun["rtmp_url"], begun["stream_key"], begun["whip_url"]) == (None, None, None)


async def test_start_webcam(hall, media_server):
    ada = await hall.signed_in()
    session = await planned(ada)
    answer = await ada.post(f"/sessions/{session['id']}/start-webcam")
    assert answer.json()["data"]["session"]["status"] == "backstage"  # C18: until the first picture
    external = await planned(ada, mode="external", external_url="https://example.org/live")
    assert error_of(await ada.post(f"/sessions/{external['id']}/start-webcam")) == (409, "invalid_state")


async def test_go_live(hall, media_server):
    ada = await hall.signed_in()
    data = await started(ada)
    url = f"/sessions/{data['session']['id']}/go-live"
    assert error_of(await ada.post(url)) == (409, "invalid_state")  # nothing to see yet
    address = MediaAddress(f"http://127.0.0.1:{media_server.http_port}", is_ours=True)
    async with publishing(address, data["token"]) as host:
        await host.publish_audio()
        async with asyncio.timeout(15):
            while (live := await ada.post(url)).status_code == 409:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        again = await ada.post(url)
    assert [answer.json()["data"]["session"]["status"] for answer in (live, again)] == ["live", "live"]  # C6


async def test_end_session(hall):
    ada, bob = await hall.signed_in(), await hall.signed_in("bob@example.org", "viewer")
    live = (await on_air(ada))["session"]
    url = f"/sessions/{live['id']}/end"
    assert error_of(await bob.post(url)) == (403, "forbidden")
    ended, again = await ada.post(url), await ada.post(url)
    assert ended.json()["data"]["status"] == "ended"
    assert again.json()["data"] == ended.json()["data"]  # C6
    assert error_of(await ada.post(f"/sessions/{live['id']}/start")) == (409, "invalid_state")


async def test_reschedule_session(hall):
    ada = await hall.signed_in()
    session = await planned(ada)
    url = f"/sessions/{session['id']}/reschedule"
    when = later(days=3)
    answer = await ada.patch(url, json={"scheduled_start_time": when, "timezone": "Asia/Tokyo"})
    assert answer.json()["data"]["scheduled_start_time"] == when
    outdated = await ada.patch(url, json={"scheduled_start_time": when}, headers={"If-Match": '"0"'})
    assert error_of(outdated) == (409, "conflict")
    past = await ada.patch(url, json={"scheduled_start_time": later(days=-3)})
    assert error_of(past) == (422, "validation_failed")
    live = (await on_air(ada))["session"]
    late = await ada.patch(f"/sessions/{live['id']}/reschedule", json={"scheduled_start_time": when})
    assert error_of(late) == (409, "invalid_state")


async def test_update_session_settings(hall):
    ada = await hall.signed_in()
    session = await planned(ada)
    url = f"/sessions/{session['id']}/settings"
    off = (await ada.patch(url, json={"chat_enabled": False, "max_join_limit": 2})).json()["data"]
    assert (off["chat_enabled_override"], off["effective_chat_enabled"]) == (False, False)
    assert off["effective_max_join_limit"] == 2
    on = (await ada.patch(url, json={"chat_enabled": None})).json()["data"]
    assert (on["chat_enabled_override"], on["effective_chat_enabled"]) == (None, True)
    assert error_of(await ada.patch(url, json={"max_join_limit": -1})) == (422, "validation_failed")
    late = await ada.patch(url, json={"chat_enabled": False}, headers={"If-Match": '"0"'})
    assert error_of(late) == (409, "conflict")


async def test_set_host_video_and_set_host_audio(hall):
    ada = await hall.signed_in()
    session = await planned(ada)
    for name in ("video", "audio"):
        url = f"/sessions/{session['id']}/host-{name}"
        assert error_of(await ada.post(url, json={"enabled": True})) == (409, "invalid_state")
    await ada.post(f"/sessions/{session['id']}/start")
    for name in ("video", "audio"):
        url = f"/sessions/{session['id']}/host-{name}"
        assert (await ada.post(url, json={"enabled": True})).status_code == 204
        assert error_of(await ada.post(url, json={"enabled": "yes"})) == (422, "validation_failed")


async def test_get_monitor_token(hall):
    ada, bob = await hall.signed_in(), await hall.signed_in("bob@example.org", "viewer")
    session = (await started(ada))["session"]
    answer = await ada.get(f"/sessions/{session['id']}/monitor-token")
    assert answer.json()["data"]["identity"].startswith("m.")
    assert answer.headers["Cache-Control"] == "no-store"
    assert error_of(await bob.get(f"/sessions/{session['id']}/monitor-token")) == (403, "forbidden")
    quiet = await planned(ada)
    assert error_of(await ada.get(f"/sessions/{quiet['id']}/monitor-token")) == (409, "invalid_state")


async def test_get_stream_health(hall):
    ada = await hall.signed_in()
    session = (await started(ada))["session"]
    health = (await ada.get(f"/sessions/{session['id']}/health")).json()["data"]
    assert (health["stream_state"], health["ingest_type"], health["grade"]) == ("idle", "webrtc", "unknown")
    assert (health["interruptions"], health["video_bitrate"]) == (0, None)


async def test_create_studio_url(hall):
    ada = await hall.signed_in()
    session = await planned(ada)
    answer = await ada.post(f"/sessions/{session['id']}/studio-url")
    data = answer.json()["data"]
    assert answer.status_code == 201
    assert data["url"] == f"http://hall.test/studio/{session['id']}#code={data['code']}"
    traded = await hall.client().post("/auth/exchange", json={"code": data["code"]})
    bound = hall.client(traded.json()["data"]["access_token"])
    assert (await bound.post(f"/sessions/{session['id']}/start")).status_code == 200
    other = await planned(ada)
    assert error_of(await bound.post(f"/sessions/{other['id']}/start")) == (404, "not_found")


async def test_get_share_urls(hall):
    ada, bob = await hall.signed_in(), await hall.signed_in("bob@example.org", "viewer")
    session = await planned(ada)
    data = (await ada.get(f"/sessions/{session['id']}/share-urls")).json()["data"]
    room_url = f"http://hall.test/w/{session['room_id']}"
    assert data["room_url"] == room_url
    assert data["viewer_url"].startswith(room_url)
    assert data["embed_url"] in data["embed_code"]
    assert error_of(await bob.get(f"/sessions/{session['id']}/share-urls")) == (403, "forbidden")
