"""Meetings: made, entered by token, moved, ended (L9–L31)."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from livehall.core.audience import reports
from livehall.core.audience.reports import Connection
from livehall.core.people import ops as people
from livehall.core.people import plans
from livehall.core.people.model import Quotas
from livehall.core.recordings import store as recordings
from livehall.kernel.actor import MEDIA, SYSTEM
from livehall.kernel.clock import rfc3339
from tests.dialects.sourceloop.vendor import a_vendor, error_of
from tests.support.reporting import Reporter
from tests.support.waiting import eventually

BAD = (400, "BadRequestError")
UNKNOWN = (404, "NotFoundError")


def ms(instant: datetime) -> int:
    return int(instant.timestamp() * 1000)


@pytest.fixture
async def vendor(hall):
    return await a_vendor(hall)


@pytest.fixture
def now(hall) -> datetime:
    return hall.app.house.desk.clock()


async def a_link(vendor, **options) -> str:
    answer = await vendor.software.post("/session", json=options)
    assert answer.status_code == 200, answer.text
    return answer.text


async def test_l9_a_meeting_needs_no_options(vendor):
    for answer in (await vendor.software.post("/session"), await vendor.software.post("/session", json={})):
        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/plain; charset=utf-8")
        assert re.fullmatch("[A-Za-z0-9_-]{10}", answer.text)
    asked = await vendor.caller(vendor.token(), accept="application/json").post("/session")
    assert asked.headers["content-type"] == "application/json"
    assert re.fullmatch("[A-Za-z0-9_-]{10}", asked.json()["code"])


async def test_l10_a_body_is_an_object_in_json(vendor):
    listed = await vendor.software.post("/session", json=[])
    assert error_of(listed) == (422, "UnprocessableEntityError")
    assert listed.json()["error"]["details"][0]["code"] == "type"
    text = await vendor.software.post("/session", content="{}", headers={"content-type": "text/plain"})
    assert error_of(text) == (415, "UnsupportedMediaTypeError")


async def test_l11_l12_what_cannot_be_is_refused_before_anything_is_made(vendor, now):
    before = (await vendor.admin.get("/rooms/mine")).json()["data"]["pagination"]["total"]
    for options in (
        {"isScheduled": True},
        {"isScheduled": True, "scheduleTime": "soon"},
        {"isScheduled": True, "scheduleTime": {}},
        {"isScheduled": True, "scheduleTime": 1e300},
        {"isScheduled": True, "scheduleTime": rfc3339(now - timedelta(minutes=1))},
        {"isScheduled": True, "scheduleTime": ms(now - timedelta(minutes=1))},
        {"endToEndEncryption": True, "enableArchiving": True},
    ):
        assert error_of(await vendor.software.post("/session", json=options)) == BAD, options
    rooms = (await vendor.admin.get("/rooms/mine")).json()["data"]["pagination"]
    assert rooms["total"] == before  # nothing was made


async def test_l13_l14_l16_what_a_meeting_is_for_the_live_api(vendor, now):
    later = now + timedelta(days=1)
    plain = await vendor.session(await a_link(vendor))
    assert datetime.fromisoformat(plain["scheduled_start_time"]) >= now  # L14: stored as now
    assert (plain["recording_enabled"], plain["room"]["e2ee"], plain["room"]["kind"]) == (
        False,
        False,
        "meeting",
    )
    assert plain["room"]["visibility"] == "unlisted"
    assert plain["metadata"] == {"createdBy": "t-1", "modifiedBy": "t-1"}
    options = {"isScheduled": True, "scheduleTime": rfc3339(later), "enableArchiving": True}
    planned = await vendor.session(await a_link(vendor, **options))
    assert (planned["scheduled_start_time"], planned["recording_enabled"]) == (rfc3339(later), True)
    relayed = await vendor.session(await a_link(vendor, endToEndEncryption=True))
    assert relayed["room"]["e2ee"] is True
    caller = vendor.caller(vendor.token(userTenantId=None))
    by_user = await vendor.session((await caller.post("/session")).text)
    assert by_user["metadata"]["createdBy"] == "u-1"

    async def archiving(link):
        assert (await vendor.software.post(f"/session/{link}/token")).status_code == 200
        session = await vendor.session(link)
        return (await vendor.admin.post(f"/sessions/{session['id']}/recordings/start")).json()

    relayed_link = await a_link(vendor, endToEndEncryption=True)
    assert (await archiving(relayed_link))["error"]["code"] == "feature_disabled"  # L13: relayed, no archive
    always = await a_link(vendor, enableArchiving=True)
    await vendor.software.post(f"/session/{always}/token")
    session = await vendor.session(always)

    async def recorded():
        answer = await vendor.admin.get(f"/sessions/{session['id']}/recordings")
        return answer.json()["data"]["recordings"]

    assert await eventually(recorded, within=5, what="an archive that begins by itself")


async def test_l13_an_archive_begins_with_the_media_room(vendor, hall_secrets):
    """At the first token there is none yet, and nobody has to wait for the next comparison."""
    house = vendor.hall.app.house
    link = await a_link(vendor, enableArchiving=True)
    assert (await vendor.software.post(f"/session/{link}/token")).status_code == 200
    session_id = (await vendor.session(link))["id"]

    async def outputs():
        async with house.desk.read(SYSTEM) as read:
            return await recordings.open_in(read, session_id)

    wanted = await eventually(outputs, within=5, what="an archive that is wanted")
    assert [each.media_id for each in wanted] == [None]
    assert await house.media.rooms.present(session_id) is None
    await house.media.rooms.open(session_id)
    keys = hall_secrets.media_api_key, hall_secrets.media_api_secret
    answer = await Reporter(vendor.hall.client(), session_id, *keys).report("room_started")
    assert answer.status_code == 200
    begun = await eventually(
        outputs, lambda found: found[0].media_id is not None, within=15, what="an archive that begins"
    )
    assert [each.id for each in begun] == [each.id for each in wanted]


async def test_l17_l20_l23_l24_tokens_open_meetings(vendor, now, hall_secrets):
    link = await a_link(vendor)
    path, until = f"/session/{link}/token", now + timedelta(hours=1)
    options = {"role": "subscriber", "data": '{"name":"Bo"}', "expireTime": ms(until)}
    answer = await vendor.software.post(path, json=options)
    assert answer.json().keys() == {"sessionId", "token"}
    session = await vendor.session(link)
    assert answer.json()["sessionId"] == session["id"] != link  # L17

    def claims(answer):
        key = OctKey.import_key(hall_secrets.media_api_secret)
        return jwt.decode(answer.json()["token"], key, algorithms=["HS256"]).claims

    given = claims(answer)  # L23
    assert (given["name"], given["exp"]) == ('{"name":"Bo"}', int(until.timestamp()))
    assert (given["video"]["room"], given["video"]["canPublish"]) == (session["id"], False)
    seats = {"subscriber": given}
    for role in ("publisher", "moderator"):
        seats[role] = more = claims(await vendor.software.post(path, json={"role": role}))
        assert more["video"]["canPublish"] is True
        assert more["exp"] == pytest.approx(now.timestamp() + 86_400, abs=60)
    for number, seat in enumerate(seats.values()):  # and whoever comes with one is what it says
        async with vendor.hall.app.house.desk.work(MEDIA) as work:
            report = Connection(room=session["id"], sid=f"PA_{number}", identity=seat["sub"], at=work.now)
            await reports.joined(work, report)
    people = (await vendor.admin.get(f"/sessions/{session['id']}/attendees")).json()["data"]["attendees"]
    assert sorted(each["role"] for each in people) == ["moderator", "speaker", "viewer"]
    for odd in ({"role": "king"}, {"role": 7}, {"data": {}}, {"data": "x" * 1001}):
        assert error_of(await vendor.software.post(path, json=odd)) == BAD
    started = session["started_at"]  # L24
    assert started is not None
    assert (await vendor.session(link))["started_at"] == started
    assert (await vendor.software.patch(f"/session/{link}/end")).status_code == 204
    assert error_of(await vendor.software.post(path)) == BAD  # L20


async def test_l22_when_a_token_expires(vendor, now):
    link = await a_link(vendor)
    path = f"/session/{link}/token"
    past, ahead = now - timedelta(minutes=1), now + timedelta(hours=1)
    for good in (ms(ahead), rfc3339(ahead), "2999-01-01T00:00:00+02:00", "2999-01-01"):
        assert (await vendor.software.post(path, json={"expireTime": good})).status_code == 200, good
    for bad in (ms(past), rfc3339(past), "soon", [], True, -1e300):
        assert error_of(await vendor.software.post(path, json={"expireTime": bad})) == BAD, bad


async def test_l18_l19_the_order_of_a_tokens_checks(vendor, now):
    async def words(link, **options):
        answer = await vendor.software.post(f"/session/{link}/token", json=options)
        assert error_of(answer) == BAD
        return answer.json()["error"]["message"]

    ended, early = (
        await a_link(vendor),
        await a_link(vendor, isScheduled=True, scheduleTime=rfc3339(now + timedelta(minutes=11))),
    )
    await vendor.software.patch(f"/session/{ended}/end")
    past = ms(now - timedelta(hours=1))
    assert await words("%20", expireTime="soon") == "blank link"
    assert await words("AAAAAAAAAA", expireTime="soon") == "expireTime unreadable"
    assert "passed" in await words("AAAAAAAAAA", expireTime=past)
    unknown = await words("AAAAAAAAAA")  # L19: 400 here, 404 elsewhere
    over, soon = await words(ended), await words(early)
    assert len({unknown, over, soon}) == 3
    assert (await vendor.session(early))["started_at"] is None


async def test_l21_a_meeting_opens_ten_minutes_ahead_and_never_expires(vendor, hall, now):
    async def entered(minutes: float) -> int:
        start = now + timedelta(minutes=minutes)
        link = await a_link(vendor, isScheduled=True, scheduleTime=rfc3339(start))
        return (await vendor.software.post(f"/session/{link}/token")).status_code

    assert [await entered(11), await entered(9)] == [400, 200]
    link = await a_link(vendor, isScheduled=True, scheduleTime=rfc3339(now + timedelta(minutes=1)))
    desk = hall.app.house.desk
    clock, desk.clock = desk.clock, lambda: now + timedelta(days=90)
    try:
        assert (await vendor.software.post(f"/session/{link}/token")).status_code == 200
    finally:
        desk.clock = clock


async def test_l18_l21_a_meeting_that_has_begun_and_was_moved_ahead_is_too_early(vendor, now):
    link = await a_link(vendor)
    token = f"/session/{link}/token"
    assert (await vendor.software.post(token)).status_code == 200
    for minutes, status in ((2 * 24 * 60, 400), (9, 200)):
        body = {"isScheduled": True, "scheduleTime": rfc3339(now + timedelta(minutes=minutes))}
        assert (await vendor.software.patch(f"/session/{link}", json=body)).status_code == 204
        assert (await vendor.software.post(token)).status_code == status, minutes


async def test_l25_the_body_of_an_edit_is_checked_by_schema(vendor):
    link = await a_link(vendor)
    for body, code, path in (
        ({"surprise": 1}, "additionalProperties", ""),
        ({"isScheduled": "yes"}, "type", "/isScheduled"),
        ({"extMetadata": []}, "type", "/extMetadata"),
        ({"scheduleTime": "soon"}, "format", "/scheduleTime"),
        ({"deletedOn": "2026-13-01T00:00:00Z"}, "format", "/deletedOn"),
        ([], "type", ""),
    ):
        answer = await vendor.software.patch(f"/session/{link}", json=body)
        assert error_of(answer) == (422, "UnprocessableEntityError"), body
        (detail,) = answer.json()["error"]["details"]
        assert (detail["code"], detail["path"]) == (code, path)
    whole = {
        "deleted": True, "deletedOn": None, "deletedBy": None, "createdOn": "2026-01-01T00:00:00Z", "id": 1.5,
        "sessionId": "x", "meetingLink": "y", "isArchived": True, "archiveId": "z", "extMetadata": {"a": []},
    }  # fmt: skip
    assert (await vendor.software.patch(f"/session/{link}", json=whole)).status_code == 204
    assert (
        await vendor.software.get(f"/session/{link}/attendees")
    ).status_code == 200  # `deleted` is ignored


async def test_l26_l28_the_rules_of_a_schedule(vendor, now):
    link, past = await a_link(vendor), rfc3339(now - timedelta(minutes=1))
    body = {"isScheduled": True}
    assert error_of(await vendor.software.patch("/session/AAAAAAAAAA", json=body)) == UNKNOWN  # L26
    assert error_of(await vendor.software.patch("/session/%20", json=body)) == BAD
    for odd in (body, {**body, "scheduleTime": past}, {"isScheduled": False, "scheduleTime": past}):
        assert error_of(await vendor.software.patch(f"/session/{link}", json=odd)) == BAD, odd  # L28


async def test_l29_l30_only_the_time_is_edited_even_when_over(vendor, now):
    link, later = await a_link(vendor), rfc3339(now + timedelta(days=2))
    caller = vendor.caller(vendor.token(userTenantId="t-9"))

    async def edited(**body) -> dict:
        answer = await caller.patch(f"/session/{link}", json=body)
        assert (answer.status_code, answer.content) == (204, b""), answer.text
        return await vendor.session(link)

    moved = await edited(isScheduled=True, scheduleTime=later, meetingLink="other", sessionId="other")
    assert (moved["scheduled_start_time"], moved["metadata"]["modifiedBy"]) == (later, "t-9")
    assert moved["metadata"]["createdBy"] == "t-1"
    now_again = await edited(isScheduled=False, scheduleTime=later)
    assert now <= datetime.fromisoformat(now_again["scheduled_start_time"]) < now + timedelta(minutes=5)
    assert (await caller.patch(f"/session/{link}")).status_code == 204  # no body at all
    await vendor.software.post(f"/session/{link}/token")
    await vendor.software.patch(f"/session/{link}/end")
    over = await edited(isScheduled=True, scheduleTime=later)  # L30
    assert (over["status"], over["scheduled_start_time"]) == ("ended", later)


async def test_l31_a_meeting_ends_once(vendor):
    entered, empty = await a_link(vendor), await a_link(vendor)
    await vendor.software.post(f"/session/{entered}/token")
    for link in (entered, empty):
        first, second = [await vendor.software.patch(f"/session/{link}/end") for _ in range(2)]
        assert (first.status_code, first.content, error_of(second)) == (204, b"", BAD)
    ended = await vendor.session(entered)
    assert (ended["status"], ended["ended_at"] is not None) == ("ended", True)
    assert (await vendor.session(empty))["status"] == "cancelled"  # nobody ever came
    assert error_of(await vendor.software.patch("/session/AAAAAAAAAA/end")) == UNKNOWN
    assert error_of(await vendor.software.patch("/session/%20/end")) == BAD


async def test_what_the_database_cannot_store_finds_and_names_nothing(vendor):
    for verb, path, status in (
        ("GET", "/session/%00/attendees", 404),
        ("POST", "/session/a%00b/token", 400),
        ("PATCH", "/session/a%00b", 404),
        ("PATCH", "/session/a%00b/end", 404),
    ):
        answer = await vendor.software.request(verb, path)
        assert answer.status_code == status, (path, answer.text)
    link = (await vendor.caller(vendor.token(userTenantId="t\0-\n1")).post("/session")).text
    assert (await vendor.session(link))["metadata"]["createdBy"] == "t-1"


async def test_a_plan_limits_meetings(vendor, hall):
    async with hall.app.house.desk.work(SYSTEM) as work:
        where = await people.default_organization(work, "Livehall")
        limits = Quotas(rooms=2, concurrent_sessions=1)
        await plans.put(work, plans.PutPlan(code="small", name="Small", quotas=limits))
        await plans.assign(work, where, "small")
    first, second = await a_link(vendor), await a_link(vendor)
    assert error_of(await vendor.software.post("/session")) == BAD
    assert (await vendor.software.post(f"/session/{first}/token")).status_code == 200
    assert error_of(await vendor.software.post(f"/session/{second}/token")) == BAD


async def test_a_host_reaches_the_meetings_of_the_own_account_alone(hall):
    first = await a_vendor(hall, scopes=["write"])
    second = await a_vendor(hall, "bea@example.org", scopes=["write"])
    link = await a_link(first)
    assert error_of(await second.software.get(f"/session/{link}/attendees")) == UNKNOWN
    everywhere = await a_vendor(hall, "cid@example.org")
    assert (await everywhere.software.get(f"/session/{link}/attendees")).json() == []


def test_a_time_is_read_as_it_is_meant():
    from livehall.dialects.sourceloop.values import instant_of

    assert instant_of("2030-01-01T00:00:00", "x") == datetime(2030, 1, 1, tzinfo=UTC)
    assert instant_of(1_893_456_000_000, "x") == datetime(2030, 1, 1, tzinfo=UTC)
