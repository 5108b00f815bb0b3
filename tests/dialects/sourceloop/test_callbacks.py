"""Attendees, and what a customer's media vendor tells of them (L32–L39)."""

from datetime import datetime, timedelta

import pytest

from livehall.core.audience import callbacks, jobs, reports
from livehall.core.audience.reports import Connection
from livehall.dialects.sourceloop.meetings.wire import number_of
from livehall.kernel.actor import MEDIA
from livehall.kernel.ids import new_id
from tests.dialects.sourceloop.vendor import a_vendor, error_of


class Meeting:
    """One that is on, as the vendor's webhook sees it."""

    def __init__(self, vendor, link: str, session_id: str) -> None:
        self.vendor, self.link, self.id = vendor, link, session_id
        self.house = vendor.hall.app.house

    async def tell(self, event: str, data: str = "bo", **more):
        body = {
            "sessionId": self.id, "projectId": "p", "event": event,
            "connection": {"id": "c-1", "createdAt": 1_700_000_000_000, "data": data}, **more,
        }  # fmt: skip
        answer = await self.vendor.caller().post("/webhooks/session", json=body)
        assert (answer.status_code, answer.content) == (204, b""), answer.text
        return body

    async def rows(self, active: str | None = None) -> list[dict]:
        query = {} if active is None else {"active": active}
        answer = await self.vendor.software.get(f"/session/{self.link}/attendees", params=query)
        assert answer.headers["content-type"] == "application/json"
        return answer.json()

    async def gone(self) -> dict[str, bool]:
        return {row["attendee"]: row["isDeleted"] for row in await self.rows()}


@pytest.fixture
async def meeting(hall) -> Meeting:
    vendor = await a_vendor(hall)
    link = (await vendor.software.post("/session")).text
    token = (await vendor.software.post(f"/session/{link}/token")).json()
    return Meeting(vendor, link, token["sessionId"])


async def test_l32_l33_attendees_and_those_still_there(meeting):
    assert await meeting.rows() == []
    told = await meeting.tell("connectionCreated")
    await meeting.tell("connectionCreated", "cy")
    await meeting.tell("connectionDestroyed", "cy")
    bo, cy = await meeting.rows()
    assert bo == {
        "id": bo["id"], "sessionId": meeting.id, "attendee": "bo", "createdOn": bo["createdOn"],
        "modifiedOn": bo["modifiedOn"], "isDeleted": False, "extId": None,
        "extMetadata": {"webhookPayload": told},
    }  # fmt: skip
    assert isinstance(bo["id"], int)
    assert 0 < bo["id"] < cy["id"] < 1 << 53
    assert (cy["isDeleted"], cy["modifiedOn"] is not None) == (True, True)
    assert [row["attendee"] for row in await meeting.rows(active="true")] == ["bo"]
    for other in ("false", "TRUE", "1", ""):
        assert len(await meeting.rows(active=other)) == 2
    unknown = await meeting.vendor.software.get("/session/AAAAAAAAAA/attendees")
    assert error_of(unknown) == (404, "NotFoundError")


async def test_l34_l39_a_callback_needs_no_bearer_and_a_connection(meeting):
    """L39: a row is written, where 5.0.5 of the vendor's service failed."""
    caller = meeting.vendor.caller()
    for body in ({}, {"sessionId": meeting.id, "event": "connectionCreated"}, {"connection": {"id": "c"}}):
        answer = await caller.post("/webhooks/session", json=body)
        assert (answer.status_code, answer.json()["error"]["message"]) == (500, "Internal Server Error")
    for body in ([], {"sessionId": 7, "event": "x"}, "x"):
        assert error_of(await caller.post("/webhooks/session", json=body))[0] == 422
    text = await caller.post("/webhooks/session", content="{}", headers={"content-type": "text/plain"})
    assert error_of(text)[0] == 415
    for event in ("streamCreated", "streamDestroyed", "connectionDestroyed", "archiveStarted", ""):
        await meeting.tell(event, "nobody")
    assert await meeting.rows() == []
    await meeting.tell("connectionCreated")
    assert await meeting.gone() == {"bo": False}


async def test_l35_l36_l37_what_a_vendor_tells_of_attendees(meeting, hall):
    await meeting.tell("connectionCreated")
    (first,) = await meeting.rows()
    await meeting.tell("connectionCreated")
    told = await meeting.tell("streamCreated", stream={"id": "s"})
    (row,) = await meeting.rows()
    assert row["extMetadata"]["webhookPayload"] == told
    assert (row["id"], row["isDeleted"]) == (first["id"], False)
    for reason in ("forceUnpublished", "mediaStopped"):
        await meeting.tell("streamDestroyed", reason=reason)
        assert await meeting.gone() == {"bo": False}
    await meeting.tell("streamDestroyed", reason="clientDisconnected")
    assert await meeting.gone() == {"bo": True}
    await meeting.tell("connectionCreated")  # back again: the same row
    (row,) = await meeting.rows()
    assert (row["id"], row["isDeleted"]) == (first["id"], False)
    await meeting.tell("connectionDestroyed")
    assert await meeting.gone() == {"bo": True}
    # what has come and gone is attendance like any other
    attendance = await meeting.vendor.admin.get(f"/sessions/{meeting.id}/attendance")
    assert attendance.json()["data"]["pagination"]["total"] == 1, attendance.text


async def test_l36_every_callback_moves_when_a_row_was_changed(meeting, hall, monkeypatch):
    """Also that of a stream whose sender has gone; that they have, stays."""
    desk = hall.app.house.desk
    began = desk.clock().replace(microsecond=0)
    events = ("connectionCreated", "streamCreated", "connectionDestroyed", "streamCreated")
    seen = []
    for minute, event in enumerate(events):
        monkeypatch.setattr(desk, "clock", lambda at=began + timedelta(minutes=minute): at)
        told = await meeting.tell(event)
        (row,) = await meeting.rows()
        assert row["extMetadata"]["webhookPayload"] == told
        changed = row["modifiedOn"] and datetime.fromisoformat(row["modifiedOn"])
        seen.append((changed and changed - began, row["isDeleted"]))
    minute = timedelta(minutes=1)
    assert seen == [(None, False), (minute, False), (2 * minute, True), (3 * minute, True)]


async def test_what_the_media_server_reports_makes_attendees_too(meeting, hall):
    answer = await meeting.vendor.software.post(f"/session/{meeting.link}/token", json={"data": "dee"})
    assert answer.status_code == 200
    house = hall.app.house
    here = Connection(
        room=meeting.id, sid="PA_1", identity="x.speaker.abc", at=house.desk.clock(), name="dee"
    )
    async with house.desk.work(MEDIA) as work:
        await reports.joined(work, here)
    (row,) = await meeting.rows()
    assert (row["attendee"], row["isDeleted"], row["extMetadata"]) == ("dee", False, None)

    # forging: a callback touches no row that our own media server has vouched for
    await meeting.tell("connectionDestroyed", "dee")
    assert await meeting.gone() == {"dee": False}
    async with house.desk.work(MEDIA) as work:
        await reports.left(work, here)
    assert await meeting.gone() == {"dee": True}


async def test_a_callback_changes_nothing_but_a_meeting_that_is_on(meeting, hall, monkeypatch):
    await meeting.tell("connectionCreated")
    desk = hall.app.house.desk
    later = desk.clock() + timedelta(hours=2)
    monkeypatch.setattr(desk, "clock", lambda: later)
    await jobs.sweep(desk)  # nobody hears of them but by callbacks: they are not given up
    assert await meeting.gone() == {"bo": False}
    monkeypatch.setattr(callbacks, "MOST", 1)
    await meeting.tell("connectionCreated", "one too many")
    monkeypatch.setattr(callbacks, "MOST", 10_000)
    await meeting.tell("connectionCreated", "x" * 1001)
    await meeting.vendor.software.patch(f"/session/{meeting.link}/end")
    assert await meeting.gone() == {"bo": True}  # with the meeting everybody has left (I17)
    await meeting.tell("connectionCreated", "late")
    assert await meeting.gone() == {"bo": True}

    admin = meeting.vendor.admin
    room = (await admin.post("/rooms", json={"title": "Show"})).json()["data"]
    show = (await admin.post(f"/rooms/{room['id']}/sessions", json={"title": "Show"})).json()["data"][
        "session"
    ]
    await admin.post(f"/sessions/{show['id']}/start")
    for session_id in (show["id"], new_id(), "nonsense"):
        meeting.id = session_id
        await meeting.tell("connectionCreated")
    attendance = (await admin.get(f"/sessions/{show['id']}/attendance")).json()["data"]
    assert attendance["pagination"]["total"] == 0


def test_a_row_has_a_number_that_rises_with_time():
    rows = [new_id() for _ in range(5)]
    assert [number_of(each) for each in rows] == sorted({number_of(each) for each in rows})
