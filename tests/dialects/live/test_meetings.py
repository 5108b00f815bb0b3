"""Rooms in which everybody who is let in may speak, as a client of the Live API sees them."""

from datetime import timedelta

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from livehall.kernel.clock import rfc3339
from tests.support.waiting import eventually


def data_of(answer, status=200):
    assert answer.status_code == status, answer.text
    return answer.json()["data"]


def error_of(answer):
    return answer.status_code, answer.json()["error"]["code"]


async def planned(host, **session):
    room = data_of(await host.post("/rooms", json={"title": "Talk", "kind": "meeting"}), 201)
    made = await host.post(f"/rooms/{room['id']}/sessions", json={"title": "Talk", **session})
    return room, data_of(made, 201)["session"]


async def test_a_media_token_begins_a_meeting(hall, hall_secrets):
    host, now = await hall.signed_in(), hall.app.house.desk.clock()
    room, session = await planned(host)
    path, wanted = f"/sessions/{session['id']}/token", {"role": "subscriber", "name": "Bo"}
    made = data_of(await host.post(path, json=wanted))
    claims = jwt.decode(
        made["token"], OctKey.import_key(hall_secrets.media_api_secret), algorithms=["HS256"]
    ).claims
    assert (claims["name"], claims["video"]["room"], claims["video"]["canPublish"]) == (
        "Bo",
        session["id"],
        False,
    )
    assert claims["sub"] == made["identity"]
    assert claims["exp"] == pytest.approx(now.timestamp() + 86_400, abs=30)
    seen = data_of(await host.get(f"/sessions/{session['id']}"))
    assert (seen["status"], seen["started_at"] is not None) == ("live", True)
    again = data_of(await host.post(path))
    assert data_of(await host.get(f"/sessions/{session['id']}"))["started_at"] == seen["started_at"]
    assert again["identity"] != made["identity"]
    soon = await host.post(path, json={"expires_at": rfc3339(now - timedelta(seconds=1))})
    assert error_of(soon) == (422, "validation_failed")
    stranger = await hall.signed_in("eve@example.org", "host")
    assert error_of(await stranger.post(path)) == (403, "forbidden")
    elsewhere = await hall.signed_in("joe@example.org", "admin", "Elsewhere")
    assert error_of(await elsewhere.post(path)) == (404, "not_found")
    data_of(await host.post(f"/sessions/{session['id']}/end"))
    assert error_of(await host.post(path)) == (409, "invalid_state")
    late, _ = now + timedelta(minutes=11), room
    _, later = await planned(host, scheduled_start_time=rfc3339(late))
    assert error_of(await host.post(f"/sessions/{later['id']}/token")) == (409, "too_early")
    _, ending = await planned(host, scheduled_start_time=rfc3339(now), scheduled_end_time=rfc3339(late))
    short = data_of(await host.post(f"/sessions/{ending['id']}/token"))
    assert short["expires_at"] == rfc3339(late)


async def test_everybody_who_enters_a_meeting_has_a_seat(hall):
    host, guest = await hall.signed_in(), await hall.signed_in("bo@example.org", "viewer")
    broadcast = data_of(await host.post("/rooms", json={"title": "Show"}), 201)
    assert error_of(await guest.post(f"/rooms/{broadcast['id']}/join")) == (409, "invalid_state")
    room = data_of(await host.post("/rooms", json={"title": "Talk", "kind": "meeting"}), 201)
    joined = data_of(await guest.post(f"/rooms/{room['id']}/join", json={"display_name": "Bo"}))
    assert (joined["admission"], joined["session"]["status"]) == ("admitted", "live")
    session = joined["session"]["id"]
    again = data_of(await guest.post(f"/rooms/{room['id']}/join"))
    assert again["session"]["id"] == session
    data_of(await guest.post(f"/attendance/{joined['attendance_id']}/beat"))

    async def seated():
        return data_of(await host.get(f"/sessions/{session}/stage/participants"))["participants"]

    (bo,) = await eventually(seated, within=5, what="a seat")
    assert bo["via"] == "role"


async def test_a_meeting_that_was_started_to_go_live_lets_everybody_in(hall):
    host, guest = await hall.signed_in(), await hall.signed_in("bo@example.org", "viewer")
    _, session = await planned(host)
    started = data_of(await host.post(f"/sessions/{session['id']}/start", json={"go_live": True}))
    assert started["session"]["status"] == "live"
    assert data_of(await guest.post(f"/sessions/{session['id']}/join"))["admission"] == "admitted"
