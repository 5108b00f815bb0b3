"""Reminders over HTTP."""

from datetime import UTC, datetime, timedelta

import icalendar
import pytest

from livehall.core.reminders import ops
from livehall.kernel.ids import new_id
from tests.dialects.live.evening import code
from tests.support.letters import letters


async def a_room(client, **more):
    answer = await client.post("/rooms", json={"title": "Physics", **more})
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]


async def a_session(client, room, **more):
    start = (datetime.now(UTC) + timedelta(hours=2)).isoformat()
    answer = await client.post(
        f"/rooms/{room['id']}/sessions", json={"title": "Waves", "scheduled_start_time": start, **more}
    )
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]["session"]


async def test_subscribe_reminders(hall):
    ada = await hall.signed_in()
    room = await a_room(ada)
    path = f"/rooms/{room['id']}/reminders"
    answer = await ada.post(path)
    assert answer.status_code == 201
    status = answer.json()["data"]
    assert status.pop("subscribed_at").endswith("Z")
    assert status == {"room_id": room["id"], "subscribed": True, "channels": ["email"], "lead_times": [15]}
    again = await ada.post(path, json={"channels": ["realtime"], "lead_times": [5, 1440]})
    assert again.status_code == 201
    assert (again.json()["data"]["channels"], again.json()["data"]["lead_times"]) == (["realtime"], [1440, 5])


async def test_get_reminder_status(hall):
    ada = await hall.signed_in()
    ben = await hall.signed_in("ben@example.org", "viewer")
    path = f"/rooms/{(await a_room(ada))['id']}/reminders"
    before = (await ben.get(path)).json()["data"]
    assert (before["subscribed"], before["channels"], before["lead_times"]) == (False, [], [])
    assert before["subscribed_at"] is None
    given = (await ben.post(path, json={"lead_times": [30]})).json()["data"]
    assert (await ben.get(path)).json()["data"] == given
    assert (await ada.get(path)).json()["data"]["subscribed"] is False


async def test_unsubscribe_reminders(hall):
    ada = await hall.signed_in()
    path = f"/rooms/{(await a_room(ada))['id']}/reminders"
    await ada.post(path)
    for _ in range(2):
        answer = await ada.delete(path)
        assert (answer.status_code, answer.content) == (204, b"")
    assert (await ada.get(path)).json()["data"]["subscribed"] is False


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"channels": ["push"]}, "channels[0]"),
        ({"channels": ["pigeon"]}, "channels[0]"),
        ({"channels": []}, "channels"),
        ({"lead_times": [1, 2, 3, 4]}, "lead_times"),
        ({"lead_times": [0]}, "lead_times[0]"),
        ({"lead_times": [43_201]}, "lead_times[0]"),
        ({"lead_times": ["15"]}, "lead_times[0]"),
        ({"nonsense": 1}, "nonsense"),
    ],
)
async def test_what_cannot_be_a_wish_is_refused_by_name(hall, body, field):
    ada = await hall.signed_in()
    room = await a_room(ada)
    answer = await ada.post(f"/rooms/{room['id']}/reminders", json=body)
    assert code(answer) == (422, "validation_failed")
    assert answer.json()["error"]["details"][0]["field"].startswith(field.partition("[")[0])


async def test_a_viewer_without_an_address_cannot_ask_for_mail(hall):
    ada = await hall.signed_in()
    room = await a_room(ada)
    viewer = (await hall.client().post("/auth/viewers", json={"username": "Gil"})).json()["data"]
    gil = hall.client(viewer["access_token"])
    path = f"/rooms/{room['id']}/reminders"
    assert (await gil.post(path)).json()["data"]["channels"] == ["realtime"]
    answer = await gil.post(path, json={"channels": ["email"]})
    assert code(answer) == (422, "validation_failed")
    assert answer.json()["error"]["details"][0]["field"] == "channels"


async def test_strangers_and_rooms_out_of_sight(hall):
    ada = await hall.signed_in()
    eve = await hall.signed_in("eve@example.org", "admin", "Elsewhere")
    room = await a_room(ada, visibility="members")
    for room_id in (room["id"], new_id(), "none"):
        path = f"/rooms/{room_id}/reminders"
        for verb in ("GET", "POST", "DELETE"):
            assert code(await eve.request(verb, path)) == (404, "not_found")
            assert code(await hall.client().request(verb, path)) == (401, "unauthenticated")


async def test_c4_a_repeated_key_gives_the_first_answer_again(hall):
    ada = await hall.signed_in()
    path = f"/rooms/{(await a_room(ada))['id']}/reminders"
    answers = [await ada.post(path, headers={"Idempotency-Key": "a"}) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert answers[1].headers["idempotent-replayed"] == "true"


async def test_unsubscribe_by_link(hall):
    ada = await hall.person()
    client = hall.client(hall.token(ada))
    room = await a_room(client)
    path = f"/rooms/{room['id']}/reminders"
    await client.post(path)
    token = ops.link_of(hall.app.house.sealing, ada.id, room["id"])
    for _ in range(2):  # as a mail provider posts it (RFC 8058 §3.2)
        answer = await hall.client().post(
            f"/unsubscribe/{token}", data={"List-Unsubscribe": "One-Click"}, follow_redirects=False
        )
        assert (answer.status_code, answer.content) == (204, b"")
    assert (await client.get(path)).json()["data"]["subscribed"] is False


async def test_threat_29_reading_the_link_ends_nothing(hall):
    ada = await hall.person()
    client = hall.client(hall.token(ada))
    room = await a_room(client)
    await client.post(f"/rooms/{room['id']}/reminders")
    token = ops.link_of(hall.app.house.sealing, ada.id, room["id"])
    assert (await hall.client().get(f"/unsubscribe/{token}")).status_code == 405
    assert (await client.get(f"/rooms/{room['id']}/reminders")).json()["data"]["subscribed"] is True
    for wrong in ("x", token[:-1], token + "A"):
        assert code(await hall.client().post(f"/unsubscribe/{wrong}")) == (404, "not_found")


async def test_get_session_calendar(hall):
    ada = await hall.signed_in()
    room = await a_room(ada)
    session = await a_session(ada, room)
    urls = (await ada.get(f"/sessions/{session['id']}/share-urls")).json()["data"]
    path = urls["calendar_url"].partition("/api/v1")[2]
    answer = await hall.client().get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/calendar; charset=utf-8")
    assert answer.headers["content-disposition"] == 'attachment; filename="session.ics"'
    calendar = icalendar.Calendar.from_ical(answer.content)
    (event,) = calendar.walk("VEVENT")
    assert (calendar["METHOD"], event["UID"], event["SUMMARY"]) == ("PUBLISH", session["id"], "Waves")
    assert event["URL"] == f"http://hall.test/w/{room['id']}"
    moved = (datetime.now(UTC) + timedelta(days=3)).isoformat()
    await ada.patch(f"/sessions/{session['id']}/reschedule", json={"scheduled_start_time": moved})
    (later,) = icalendar.Calendar.from_ical((await hall.client().get(path)).content).walk("VEVENT")
    assert later["UID"] == event["UID"]
    assert later["SEQUENCE"] > event["SEQUENCE"]


async def test_what_has_no_planned_start_has_no_calendar(hall):
    ada = await hall.signed_in()
    session = await a_session(ada, await a_room(ada), scheduled_start_time=None)
    assert code(await ada.get(f"/sessions/{session['id']}/calendar.ics")) == (404, "not_found")
    assert (await ada.get(f"/sessions/{session['id']}/share-urls")).json()["data"]["calendar_url"] is None
    hidden = await a_session(ada, await a_room(ada, visibility="private"))
    assert code(await hall.client().get(f"/sessions/{hidden['id']}/calendar.ics")) == (404, "not_found")


async def test_reminders_within_a_library(hall):
    ada = await hall.signed_in(role="admin")
    library = (await ada.post("/libraries", json={"name": "Talks"})).json()["data"]
    room = await a_room(ada, library_id=library["id"])
    session = await a_session(ada, room)
    elsewhere = (await ada.post("/libraries", json={"name": "Others"})).json()["data"]
    inside, outside = (
        f"/libraries/{each['id']}/rooms/{room['id']}/reminders" for each in (library, elsewhere)
    )
    assert (await ada.post(inside)).status_code == 201
    assert (await ada.get(inside)).json()["data"]["subscribed"] is True
    for verb in ("GET", "POST", "DELETE"):
        assert code(await ada.request(verb, outside)) == (404, "not_found")
    assert (await ada.get(inside)).json()["data"]["subscribed"] is True
    calendar = f"/sessions/{session['id']}/calendar.ics"
    assert (await ada.get(f"/libraries/{library['id']}{calendar}")).status_code == 200
    assert code(await ada.get(f"/libraries/{elsewhere['id']}{calendar}")) == (404, "not_found")
    assert (await ada.delete(inside)).status_code == 204
    assert (await ada.get(inside)).json()["data"]["subscribed"] is False


@pytest.mark.parametrize(
    ("accepted", "subject"),
    [
        ("de-AT,de;q=0.9,en;q=0.8", b"Erinnerung: Waves"),
        ("fr", b"Rappel : Waves"),
        ("*", b"Reminder: Waves"),
        ("de, \x0bX: 1", b"Erinnerung: Waves"),
        ("../../de", b"Reminder: Waves"),
    ],
)
async def test_mails_are_in_the_language_in_which_they_were_asked_for(hall, tmp_path, accepted, subject):
    ada = await hall.signed_in()
    room = await a_room(ada)
    await ada.post(f"/rooms/{room['id']}/reminders", headers={"Accept-Language": accepted})
    soon = (datetime.now(UTC) + timedelta(minutes=5)).isoformat()
    await a_session(ada, room, scheduled_start_time=soon)
    await hall.app.house.relay.drained()
    await hall.app.house.courier.deliver()
    (letter,) = await letters(tmp_path / "data", 1)
    assert b"Subject: " + subject in letter.as_bytes()


async def test_a_reminder_is_delivered_while_the_hall_runs(hall, tmp_path):
    ada = await hall.signed_in()
    room = await a_room(ada)
    await ada.post(f"/rooms/{room['id']}/reminders")
    soon = (datetime.now(UTC) + timedelta(minutes=5)).isoformat()
    await a_session(ada, room, scheduled_start_time=soon)
    await hall.app.house.relay.drained()
    await hall.app.house.courier.deliver()
    (letter,) = await letters(tmp_path / "data", 1)
    assert b"Subject: Reminder: Waves" in letter.as_bytes()
