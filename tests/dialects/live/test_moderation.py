"""Bans and the waiting room over HTTP, and their doors beside it."""

from time import monotonic

import msgspec
import pytest

from livehall.dialects.live.realtime.publishing import publications
from livehall.dialects.live.recordings import hls
from livehall.kernel import journal
from livehall.kernel.actor import SYSTEM
from livehall.kernel.ids import new_id
from tests.dialects.live.evening import Evening, an_evening, code
from tests.dialects.live.test_recordings import a_ready_recording, package_is_active

ASKED = {"client": "c1", "transport": "websocket", "protocol": "json", "encoding": "json"}
ABOUT_NOBODY = {"banned": False, "expires_at": None}


async def me(client) -> str:
    return (await client.get("/auth/me")).json()["data"]["id"]


async def ban(evening: Evening, **body: object):
    who = body.pop("user_id", None) or await me(evening.viewer)
    return await evening.host.post(f"/sessions/{evening.id}/bans", json={"user_id": who, **body})


async def guest(hall, evening: Evening, client, name: str):
    """Somebody who registers by name, on the device that the client keeps."""
    body = {"username": name, "room_id": evening.session["room_id"]}
    answer = (await client.post("/auth/viewers", json=body)).json()["data"]
    return hall.client(answer["access_token"])


async def behind_a_door(hall) -> Evening:
    evening = await an_evening(hall)
    path = f"/sessions/{evening.id}/settings"
    assert (await evening.host.patch(path, json={"waiting_room": True})).status_code == 200
    return evening


async def test_ban_participant(hall):
    evening = await an_evening(hall)
    await evening.join(display_name="Benny")
    answer = await ban(evening, reason=" rude ", duration=3600)
    assert answer.status_code == 201
    found = answer.json()["data"]
    assert (found["username"], found["reason"]) == ("Benny", "rude")
    assert found["user_id"] == await me(evening.viewer)
    assert found["banned_by"] == await me(evening.host)
    assert found["expires_at"] > found["banned_at"]
    assert code(await ban(evening)) == (409, "already_exists")
    assert code(await evening.viewer.post(f"/sessions/{evening.id}/join")) == (403, "banned")


async def test_list_bans(hall):
    evening = await an_evening(hall)
    path = f"/sessions/{evening.id}/bans"
    found = (await ban(evening)).json()["data"]
    assert (await evening.host.get(path)).json()["data"] == {"banned": [found], "total": 1}
    assert (await evening.host.delete(f"{path}/{found['user_id']}")).status_code == 204
    assert (await evening.host.get(path)).json()["data"] == {"banned": [], "total": 0}
    assert (await evening.host.get(f"{path}?include_lifted=true")).json()["data"]["total"] == 1
    assert code(await evening.viewer.get(path)) == (403, "forbidden")
    assert code(await hall.client().get(path)) == (401, "unauthenticated")


async def test_unban_participant(hall):
    evening = await an_evening(hall)
    path = f"/sessions/{evening.id}/bans"
    who = await me(evening.viewer)
    assert code(await evening.host.delete(f"{path}/{who}")) == (404, "not_found")
    await ban(evening)
    assert code(await evening.viewer.delete(f"{path}/{who}")) == (403, "banned")
    assert (await evening.host.delete(f"{path}/{who}")).status_code == 204
    assert (await evening.join())["admission"] == "admitted"


async def test_get_my_ban(hall):
    evening = await an_evening(hall)
    path = f"/sessions/{evening.id}/bans/me"
    assert (await evening.viewer.get(path)).json()["data"] == ABOUT_NOBODY
    until = (await ban(evening, duration=600)).json()["data"]["expires_at"]
    assert (await evening.viewer.get(path)).json()["data"] == {"banned": True, "expires_at": until}
    assert (await evening.host.get(path)).json()["data"] == ABOUT_NOBODY
    assert code(await evening.viewer.get(f"/sessions/{new_id()}/bans/me")) == (404, "not_found")


async def test_what_cannot_be_a_ban_is_refused(hall):
    evening = await an_evening(hall)
    for body in ({"user_id": "none"}, {"duration": 59}, {"reason": "x" * 281}, {"user_id": new_id()}):
        assert code(await ban(evening, **body)) == (422, "validation_failed")
    assert code(await ban(evening, user_id=await me(evening.host))) == (403, "forbidden")


async def test_c16_a_banned_caller_reads_what_strangers_read_and_no_more(hall):
    evening = await an_evening(hall)
    await evening.join()
    room, session = f"/rooms/{evening.session['room_id']}", f"/sessions/{evening.id}"
    await ban(evening)
    for path in (room, session, f"{room}/sessions"):
        assert (await evening.viewer.get(path)).status_code == 200
    for path in (f"{session}/chat", f"{session}/viewers", f"{session}/recordings"):
        assert code(await evening.viewer.get(path)) == (403, "banned")
    assert code(await evening.viewer.post(f"{session}/chat", json={"message": "a"})) == (403, "banned")


async def test_c16_registering_anew_on_that_device_does_not_help(hall):
    evening = await an_evening(hall)
    browser, other = hall.client(), hall.client()
    first = await guest(hall, evening, browser, "Troll")
    await evening.join(first)
    await ban(evening, user_id=await me(first))
    again = await guest(hall, evening, browser, "Angel")
    assert code(await again.post(f"/sessions/{evening.id}/join")) == (403, "banned")
    assert (await again.get(f"/sessions/{evening.id}/bans/me")).json()["data"]["banned"] is True
    third = await guest(hall, evening, browser, "Saint")  # the device is the same however often
    assert code(await third.post(f"/sessions/{evening.id}/join")) == (403, "banned")
    elsewhere = await guest(hall, evening, other, "Neighbour")
    assert (await evening.join(elsewhere))["admission"] == "admitted"


async def test_c16_realtime_lets_nobody_connect_subscribe_or_stay_who_is_banned(hall, hall_secrets):
    evening = await an_evening(hall)
    secret = {"X-Proxy-Secret": hall_secrets.centrifugo_secret}
    joined = await evening.join()

    async def ask(what: str, **more: object):
        answer = await hall.client().post(f"/centrifugo/{what}", json={**ASKED, **more}, headers=secret)
        return answer.json()

    data = {"token": joined["realtime"]["token"]}
    connected = (await ask("connect", data=data))["result"]
    listening = {"user": connected["user"], "meta": connected["meta"]}
    assert "result" in await ask("subscribe", channel=f"session:{evening.id}", **listening)
    await ban(evening)
    refused = {"disconnect": {"code": 4502, "reason": "banned"}}
    assert await ask("connect", data=data) == refused
    for kind in ("session", "chat"):
        assert await ask("subscribe", channel=f"{kind}:{evening.id}", **listening) == refused
        lapsed = await ask("sub-refresh", channel=f"{kind}:{evening.id}", **listening)
        assert lapsed == {"result": {"expired": True}}
    assert await ask("refresh", **listening) == {"result": {"expired": True}}


async def test_c16_hls_stops_within_two_seconds_and_a_beat_does_not_bring_it_back(hall, monkeypatch):
    evening = await an_evening(hall)
    await evening.host.post(f"/sessions/{evening.id}/hls")
    await package_is_active(evening)
    joined = await evening.join(prefer="hls")
    client = hall.client()
    beat = f"/attendance/{joined['attendance_id']}/beat"
    assert (await evening.viewer.post(beat)).status_code == 200
    assert (await client.get(joined["hls_url"])).status_code == 200
    await ban(evening)
    monkeypatch.setattr(hls, "monotonic", lambda: monotonic() + 1.5)
    assert (await client.get(joined["hls_url"])).status_code == 403
    assert code(await evening.viewer.post(beat)) == (403, "banned")


@pytest.mark.parametrize("visibility", ["public", "members"])
async def test_c16_a_replay_and_its_addresses_are_closed_to_a_banned_viewer(hall, tmp_path, visibility):
    evening = await an_evening(hall)
    recording = await a_ready_recording(evening, tmp_path, visibility)
    path = f"/recordings/{recording.id}"
    address = (await evening.viewer.get(path)).json()["data"]["playback_url"]
    stranger = await hall.signed_in("eve@example.org", "viewer")
    theirs = (await stranger.get(path)).json()["data"]["playback_url"]
    assert (await hall.client().get(address)).status_code == 200
    await ban(evening)
    for closed in (path, f"{path}/download", f"/sessions/{evening.id}/recordings"):
        assert code(await evening.viewer.get(closed)) == (403, "banned")
    assert code(await hall.client().get(address)) == (403, "banned")
    assert (await hall.client().get(theirs)).status_code == 200


async def test_who_waits_is_listed(hall):
    evening = await behind_a_door(hall)
    path = f"/sessions/{evening.id}/waiting"
    knocked = await evening.join()
    assert (knocked["admission"], knocked["token"], knocked["hls_url"]) == ("waiting", None, None)
    assert f"session:{evening.id}" not in knocked["realtime"]["channels"]
    found = (await evening.host.get(path)).json()["data"]
    (one,) = found["waiting"]
    assert (one["attendance_id"], one["name"]) == (knocked["attendance_id"], "ben")
    assert found["pagination"]["total"] == 1
    assert code(await evening.viewer.get(path)) == (403, "forbidden")


async def test_who_is_admitted_comes_in(hall):
    evening = await behind_a_door(hall)
    path = f"/sessions/{evening.id}/waiting"
    knocked = await evening.join()
    assert code(await evening.viewer.post(f"{path}/{knocked['attendance_id']}/admit")) == (403, "forbidden")
    for _ in range(2):
        answer = await evening.host.post(f"{path}/{knocked['attendance_id']}/admit")
        assert answer.json()["data"]["admission"] == "admitted"
    assert (await evening.join())["admission"] == "admitted"
    assert code(await evening.host.post(f"{path}/{new_id()}/admit")) == (404, "not_found")


async def test_who_is_denied_stays_out(hall):
    evening = await behind_a_door(hall)
    path = f"/sessions/{evening.id}/waiting"
    knocked = await evening.join()
    answer = await evening.host.post(f"{path}/{knocked['attendance_id']}/deny", json={"reason": "Full."})
    assert answer.json()["data"]["admission"] == "denied"
    assert code(await evening.viewer.post(f"/sessions/{evening.id}/join")) == (403, "forbidden")
    await evening.host.post(f"{path}/{knocked['attendance_id']}/admit")
    assert (await evening.join())["admission"] == "admitted"
    refused = await evening.host.post(f"{path}/{knocked['attendance_id']}/deny")
    assert code(refused) == (409, "invalid_state")


async def test_all_who_wait_come_in_at_once(hall):
    evening = await behind_a_door(hall)
    await evening.join()
    eve = await hall.signed_in("eve@example.org", "viewer")
    await evening.join(eve)
    answer = await evening.host.post(f"/sessions/{evening.id}/waiting/admit-all")
    assert answer.json()["data"] == {"admitted": 2}
    for client in (evening.viewer, eve):
        assert (await evening.join(client))["admission"] == "admitted"


async def test_threat_10_who_waits_hears_nothing_of_the_session(hall, hall_secrets):
    evening = await behind_a_door(hall)
    secret = {"X-Proxy-Secret": hall_secrets.centrifugo_secret}
    data = {"token": (await evening.join())["realtime"]["token"]}
    client = hall.client()
    answer = await client.post("/centrifugo/connect", json={**ASKED, "data": data}, headers=secret)
    connected = answer.json()["result"]
    for kind in ("session", "chat", "staff"):
        body = {
            **ASKED, "user": connected["user"], "meta": connected["meta"],
            "channel": f"{kind}:{evening.id}",
        }  # fmt: skip
        refused = (await client.post("/centrifugo/subscribe", json=body, headers=secret)).json()
        assert refused["error"]["code"] == 103
    assert code(await evening.viewer.get(f"/sessions/{evening.id}/chat")) == (403, "forbidden")


async def published(hall, channel: str) -> list[dict[str, object]]:
    """What a channel was told since the beginning, in order."""
    await hall.app.house.relay.drained()
    found = await hall.app.house.gate.history(channel, 0, 1000)
    return [msgspec.json.decode(each.data) for each in found or ()]


async def staff_snapshot(hall, evening: Evening, hall_secrets) -> dict[str, object]:
    joined = await evening.join(evening.host)
    gate = hall.app.house.gate
    who = await gate.connect(joined["realtime"]["token"])
    return msgspec.json.decode((await gate.subscribe(who, f"staff:{evening.id}")).data)["snapshot"]


def replayed(events: list[dict[str, object]]) -> dict[str, list[object]]:
    """The queues after these events, as a client keeps them."""
    waiting: dict[str, object] = {}
    banned: dict[str, object] = {}
    for event in events:
        data = dict(event["data"])
        match event["type"]:
            case "waiting.entered":
                waiting[data["attendance_id"]] = data
            case "waiting.left" | "waiting.admitted" | "waiting.denied":
                waiting.pop(data["attendance_id"], None)
            case "participant.banned":
                banned[data["user_id"]] = data
            case "participant.unbanned":
                banned.pop(data["user_id"], None)
    return {"waiting": list(waiting.values()), "banned": list(banned.values())}


async def test_replay_the_queues_of_the_staff_are_their_snapshot(hall, hall_secrets):
    evening = await behind_a_door(hall)
    people = [await hall.signed_in(f"{name}@example.org", "viewer") for name in ("eve", "mia", "zoe", "kim")]
    knocked = [await evening.join(client) for client in (evening.viewer, *people)]
    door = f"/sessions/{evening.id}/waiting"
    await evening.host.post(f"{door}/{knocked[0]['attendance_id']}/admit")
    await evening.host.post(f"{door}/{knocked[1]['attendance_id']}/deny")
    await people[1].post(f"/sessions/{evening.id}/leave")
    await ban(evening, user_id=await me(people[2]), reason="rude")
    await ban(evening, user_id=await me(evening.viewer), duration=600)
    await evening.host.delete(f"/sessions/{evening.id}/bans/{await me(people[2])}")

    snapshot = await staff_snapshot(hall, evening, hall_secrets)
    after = replayed(await published(hall, f"staff:{evening.id}"))
    assert [each["name"] for each in after["waiting"]] == ["kim"]
    assert snapshot == {"stage": [], "hands": [], "join_requests": [], "questions": [], **after}
    assert [each["username"] for each in snapshot["banned"]] == ["ben"]


async def test_the_reason_of_a_ban_is_for_the_staff_alone(hall):
    evening = await an_evening(hall)
    await ban(evening, reason="rude")
    who = await me(evening.viewer)
    await hall.app.house.relay.drained()
    async with hall.app.house.desk.read(SYSTEM) as read:
        rows = await read.db.all(journal.SINCE_IN_SESSION, session_id=evening.id, after=-1, limit=500)
    (entry,) = [row for row in rows if row.type == "participant.banned"]
    told = {channel: msgspec.json.decode(each.data)["data"] for channel, each in publications(entry)}
    assert told[f"user:{who}"] == {"user_id": who, "session_id": evening.id, "expires_at": None}
    assert told[f"staff:{evening.id}"]["reason"] == "rude"
    assert set(told) == {f"user:{who}", f"staff:{evening.id}"}
