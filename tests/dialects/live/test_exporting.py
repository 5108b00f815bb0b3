"""Exports in the background, over HTTP: made after the call, fetched by who asked, gone after their time."""

import csv
import io
import json
import tracemalloc
import zipfile

import msgspec
import pytest
from sqlalchemy import bindparam, insert, select, update

from livehall.core.exports import fields, store
from livehall.core.exports.model import Export
from livehall.core.exports.model import export as exports
from livehall.core.messages.model import message
from livehall.core.participants.model import participant
from livehall.core.rooms.model import room as rooms
from livehall.dialects.live.exporting import rows
from livehall.kernel.actor import SYSTEM
from livehall.kernel.db import Command, Statement
from livehall.kernel.ids import new_id
from tests.dialects.live.evening import an_evening, code
from tests.dialects.live.test_attendance import connected
from tests.dialects.live.test_clients import machine, made
from tests.dialects.live.test_registrations import FORM, MIA
from tests.support.people import actor_of
from tests.support.waiting import eventually

WAIT_S = 10.0
ALL = Statement(select(exports), Export)
HAND_OVER = Command(update(rooms).values(host_id=bindparam("to", type_=rooms.c.host_id.type)))
P = participant.c
MOMENT = bindparam("moment", type_=P.registered_at.type)
EMAIL = bindparam("email", type_=P.email.type)
TOGETHER = Command(update(participant).where(P.email == EMAIL).values(registered_at=MOMENT))
REMOVED = Command(update(participant).where(P.email == EMAIL).values(deleted_at=MOMENT))
COLUMNS = [column.name for column in message.c]
MESSAGES = Statement(select(message), lambda *row: dict(zip(COLUMNS, row, strict=True)))
ADD_MESSAGE = Command(insert(message).values({c.name: bindparam(c.name, type_=c.type) for c in message.c}))


def data(answer, status=200):
    assert answer.status_code == status, answer.text
    return answer.json()["data"]


async def wanted(client, kind="chat", **more):
    return data(await client.post("/exports", json={"kind": kind, **more}), 202)


async def ended(client, export):
    """The export, when it is ready or given up."""

    async def is_over():
        return data(await client.get(f"/exports/{export['id']}"))["state"] != "pending"

    await eventually(is_over, within=WAIT_S, what="the export is made")
    return data(await client.get(f"/exports/{export['id']}"))


async def fetched(client, kind="chat", **more):
    """The file, as its maker gets it."""
    export = await ended(client, await wanted(client, kind, **more))
    assert export["state"] == "ready", export
    answer = await client.get(f"/exports/{export['id']}/file")
    assert (answer.status_code, len(answer.content)) == (200, export["size"])
    return answer


def table(answer):
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


async def said(evening, *texts):
    for text in texts:
        data(await evening.host.post(f"/sessions/{evening.id}/chat", json={"message": text}), 201)


async def test_a_file_is_made_and_fetched_by_its_maker(hall):
    evening = await an_evening(hall)
    await said(evening, "hello", "=1+1")
    export = await wanted(evening.host, session_id=evening.id)
    assert (export["state"], export["format"], export["size"], export["ended_at"]) == (
        "pending", "csv", None, None,
    )  # fmt: skip
    assert (export["session_id"], export["room_id"]) == (evening.id, evening.session["room_id"])
    ready = await ended(evening.host, export)
    assert (ready["state"], ready["reason"]) == ("ready", None)

    url = f"/exports/{export['id']}/file"
    file = await evening.host.get(url)
    streamed = await evening.host.get(f"/sessions/{evening.id}/chat/export")
    assert file.content == streamed.content, "as the operation streams it"
    assert [row["message"] for row in table(file)] == ["hello", "'=1+1"]
    assert file.headers["content-type"] == "text/csv; charset=utf-8"
    assert f'filename="chat-{evening.id}.csv"' in file.headers["content-disposition"]
    part = await evening.host.get(url, headers={"Range": "bytes=0-9"})
    assert (part.status_code, part.content) == (206, file.content[:10])
    same = await evening.host.get(url, headers={"If-None-Match": file.headers["etag"]})
    assert same.status_code == 304


async def test_each_kind_is_written_in_each_format(hall):
    evening = await an_evening(hall)
    await said(evening, "hello")
    await connected(evening, (await evening.join())["identity"], "PA_1")
    data(await evening.host.post(f"/sessions/{evening.id}/questions", json={"text": "Why?"}), 201)
    poll = {"question": "Tea?", "options": ["yes", "no"]}
    data(await evening.host.post(f"/sessions/{evening.id}/polls", json=poll), 201)
    room = evening.session["room_id"]
    data(await evening.host.put(f"/rooms/{room}/registration", json={**FORM, "mode": "optional"}))
    data(await hall.client().post(f"/rooms/{room}/registrations", json=MIA), 201)

    for kind, column, values in (
        ("chat", "message", ["hello"]),
        ("questions", "text", ["Why?"]),
        ("polls", "option", ["yes", "no"]),
        ("registrations", "email", ["mia@example.org"]),
    ):
        rows = table(await fetched(evening.host, kind, session_id=evening.id))
        assert [row[column] for row in rows] == values, kind
        as_json = await fetched(evening.host, kind, session_id=evening.id, format="json")
        assert [row[column] for row in json.loads(as_json.content)] == values, kind
        book = await fetched(evening.host, kind, session_id=evening.id, format="xlsx")
        sheet = zipfile.ZipFile(io.BytesIO(book.content)).read("xl/worksheets/sheet1.xml").decode()
        assert all(value in sheet for value in values), kind
    streamed = table(await evening.host.get(f"/sessions/{evening.id}/attendance/export"))
    attendance = table(await fetched(evening.host, "attendance", session_id=evening.id))
    assert [row["username"] for row in attendance] == ["ben"]
    assert [row.keys() for row in attendance] == [row.keys() for row in streamed]


async def test_registrations_of_a_room_have_the_columns_of_its_form(hall):
    host = await hall.signed_in()
    room = data(await host.post("/rooms", json={"title": "Physics"}), 201)["id"]
    more = [{"id": name, "kind": "text", "label": name} for name in ("status", "answer_status", "email")]
    form = {**FORM, "fields": [*FORM["fields"], *more]}
    data(await host.put(f"/rooms/{room}/registration", json=form))
    answers = {"diet": "veg", "status": "single", "answer_status": "no", "email": "m@x.org"}
    person = {**MIA, "answers": {**answers, "news": True}}
    data(await hall.client().post(f"/rooms/{room}/registrations", json=person), 201)
    data(await host.post(f"/rooms/{room}/registrations", json={"email": "leo@example.org"}), 201)
    mia, leo = table(await fetched(host, "registrations", room_id=room))
    assert {
        "email": "mia@example.org", "status": "approved", "diet": "veg", "news": "true",
        "consent": "true", "consent_version": "1", "presence": "absent",
        "answer_status": "no", "answer_answer_status": "single", "answer_email": "m@x.org",
    }.items() <= mia.items()  # fmt: skip
    assert (leo["email"], leo["diet"], leo["consent"]) == ("leo@example.org", "", "")


@pytest.mark.parametrize("of_session", [False, True])
async def test_who_goes_between_two_parts_of_registrations_is_the_only_one_missing(
    hall, monkeypatch, of_session
):
    evening, desk = await an_evening(hall), hall.app.house.desk
    admin = actor_of(await hall.person("ann@example.org", "admin"))
    monkeypatch.setattr(rows, "PART", 2)
    room, session = evening.session["room_id"], evening.id if of_session else None
    data(await evening.host.put(f"/rooms/{room}/registration", json={"mode": "optional"}))
    place = f"/sessions/{session}" if of_session else f"/rooms/{room}"
    for number in range(7):
        person = {"email": f"p{number}@example.org"}
        data(await evening.host.post(f"{place}/registrations", json=person), 201)
    async with desk.work(SYSTEM) as work:  # four came in one moment
        for number in range(1, 5):
            await work.db.run(TOGETHER, moment=work.now, email=f"p{number}@example.org")
    kind = await rows.registration_kind(desk, admin, room)
    read = rows.registrations(desk, admin, None if of_session else room, session, *kind)
    found = [await anext(read), await anext(read)]
    async with desk.work(SYSTEM) as work:
        for gone in ("p0", "p4"):
            await work.db.run(REMOVED, moment=work.now, email=f"{gone}@example.org")
    found += [row async for row in read]
    assert [row.email[:2] for row in found] == ["p0", "p5", "p6", "p1", "p2", "p3"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"kind": "chat"}, "session_id"),
        ({"kind": "chat", "room_id": "{room}"}, "room_id"),
        ({"kind": "registrations", "room_id": "{room}", "session_id": "{session}"}, "session_id"),
        ({"kind": "report", "room_id": "{room}"}, "room_id"),
        ({"kind": "audit", "session_id": "{session}"}, "kind"),
        ({"kind": "audit", "room_id": "{room}"}, "kind"),
        ({"kind": "plans", "session_id": "{session}"}, "kind"),
        ({"kind": "chat", "format": "pdf", "session_id": "{session}"}, "format"),
    ],
)
async def test_what_cannot_be_made_is_refused_by_name(hall, body, field):
    evening = await an_evening(hall)
    ids = {"{room}": evening.session["room_id"], "{session}": evening.id}
    answer = await evening.host.post(
        "/exports", json={name: ids.get(value, value) for name, value in body.items()}
    )
    assert (answer.status_code, answer.json()["error"]["details"][0]["field"]) == (422, field)


async def test_only_who_may_read_the_source_has_a_file_made(hall):
    evening = await an_evening(hall)
    eve = await hall.signed_in("eve@example.org", "owner", "Elsewhere")
    room = {"kind": "registrations", "room_id": evening.session["room_id"]}
    for body in ({"kind": "chat", "session_id": evening.id}, room):
        assert code(await evening.viewer.post("/exports", json=body)) == (403, "forbidden")
        assert code(await eve.post("/exports", json=body)) == (
            (404, "not_found") if body is room else (403, "forbidden")
        )
        assert code(await hall.client().post("/exports", json=body)) == (401, "unauthenticated")
    unknown = {"kind": "chat", "session_id": new_id()}
    assert code(await evening.host.post("/exports", json=unknown)) == (404, "not_found")


async def test_each_maker_sees_their_own_alone(hall):
    evening = await an_evening(hall)
    admin = await hall.signed_in("ann@example.org", "admin")
    key = machine(hall, (await made(admin, name="A key"))["secret"])
    own = [
        await ended(client, await wanted(client, session_id=evening.id)) for client in (evening.host, admin)
    ]
    for client, export, other in ((evening.host, *own), (admin, own[1], own[0])):
        listed = data(await client.get("/exports"))
        assert (listed["exports"], listed["pagination"]["total"]) == ([export], 1)
        for path in (f"/exports/{other['id']}", f"/exports/{other['id']}/file"):
            assert code(await client.get(path)) == (404, "not_found")
    assert data(await key.get("/exports"))["exports"] == []
    newest = await wanted(admin, session_id=evening.id)
    listed = data(await admin.get("/exports", params={"limit": 1}))
    assert [each["id"] for each in listed["exports"]] == [newest["id"]]
    assert listed["pagination"]["total"] == 2


async def test_who_lost_the_right_gets_no_file(hall):
    evening = await an_evening(hall)
    cleo = await hall.person("cleo@example.org", "viewer")
    client = hall.client(hall.token(cleo))
    await said(evening, "hello")
    data(await evening.host.post(f"/sessions/{evening.id}/co-hosts", json={"user_id": cleo.id}), 201)
    export = await ended(client, await wanted(client, session_id=evening.id))
    url = f"/exports/{export['id']}/file"
    (row,) = table(await client.get(url))
    assert row["email"] == "", "a co-host sees no addresses"
    assert (await evening.host.delete(f"/sessions/{evening.id}/co-hosts/{cleo.id}")).status_code == 204
    assert code(await client.get(url)) == (403, "forbidden")


async def test_a_repeated_call_makes_one_file(hall):
    evening = await an_evening(hall)
    body, headers = {"kind": "chat", "session_id": evening.id}, {"Idempotency-Key": new_id()}
    first = data(await evening.host.post("/exports", json=body, headers=headers), 202)
    assert data(await evening.host.post("/exports", json=body, headers=headers), 202)["id"] == first["id"]
    assert data(await evening.host.get("/exports"))["pagination"]["total"] == 1


async def stopped(hall, **want):
    """An evening, an export that nobody makes by itself, and the hall's desk, storage and maker."""
    evening, house = await an_evening(hall), hall.app.house
    await house.loops.stop()  # the rounds are the test's own
    await said(evening, "hello")
    return evening, await wanted(evening.host, session_id=evening.id, **want), house


async def row_of(house):
    """The only export, as it is kept."""
    async with house.desk.read(SYSTEM) as read:
        (row,) = await read.db.all(ALL)
    return row


def on(clock, by):
    return lambda: clock() + by


@pytest.mark.parametrize("reason", ["forbidden", "not_found"])
async def test_who_lost_the_right_before_it_was_made_has_none(hall, reason):
    evening, house = await an_evening(hall), hall.app.house
    await house.loops.stop()
    cleo = await hall.person("cleo@example.org", "viewer")
    data(await evening.host.post(f"/sessions/{evening.id}/co-hosts", json={"user_id": cleo.id}), 201)
    await wanted(hall.client(hall.token(cleo)), session_id=evening.id)
    if reason == "forbidden":
        await evening.host.delete(f"/sessions/{evening.id}/co-hosts/{cleo.id}")
    else:
        await evening.end()
        assert (await evening.host.delete(f"/sessions/{evening.id}")).status_code == 204
    await house.maker.make(await row_of(house))
    row = await row_of(house)
    assert (row.state, row.reason, row.with_addresses) == ("failed", reason, False)


async def handed_over(hall, evening, person):
    """The room has another host."""
    async with hall.app.house.desk.work(SYSTEM) as work:
        assert await work.db.run(HAND_OVER, to=person.id) == 1


@pytest.mark.parametrize("kind", ["chat", "questions", "attendance"])
async def test_a_file_holds_no_addresses_when_it_was_wanted_without(hall, kind):
    evening, house = await an_evening(hall), hall.app.house
    await house.loops.stop()
    cleo = await hall.person("cleo@example.org", "host")
    client = hall.client(hall.token(cleo))
    data(await evening.host.post(f"/sessions/{evening.id}/co-hosts", json={"user_id": cleo.id}), 201)
    await evening.join()
    data(await evening.viewer.post(f"/sessions/{evening.id}/chat", json={"message": "hello"}), 201)
    data(await evening.viewer.post(f"/sessions/{evening.id}/questions", json={"text": "Why?"}), 201)
    await connected(evening, (await evening.join())["identity"], "PA_1")
    first = await wanted(client, kind, session_id=evening.id)
    await handed_over(hall, evening, cleo)
    second = await wanted(client, kind, session_id=evening.id)
    emails = []
    for export in (first, second):
        await house.maker.make_due()
        await ended(client, export)
        (row,) = table(await client.get(f"/exports/{export['id']}/file"))
        emails.append(row["email"])
    assert emails == ["", "ben@example.org"]


async def test_who_may_see_no_addresses_any_more_gets_no_file_with_them(hall):
    evening, export, house = await stopped(hall)
    cleo = await hall.person("cleo@example.org", "host")
    await handed_over(hall, evening, cleo)
    ada = {"user_id": (await row_of(house)).account_id}
    data(await hall.client(hall.token(cleo)).post(f"/sessions/{evening.id}/co-hosts", json=ada), 201)
    await house.maker.make(await row_of(house))
    row = await row_of(house)
    assert (row.state, row.reason, row.with_addresses) == ("failed", "forbidden", True)
    export = await wanted(evening.host, session_id=evening.id)
    await house.maker.make_due()
    await ended(evening.host, export)
    (message,) = table(await evening.host.get(f"/exports/{export['id']}/file"))
    assert (message["message"], message["email"]) == ("hello", ""), "a co-host has files without"


async def test_at_most_ten_of_a_maker_are_made_at_a_time(hall):
    evening, *_ = await stopped(hall)
    for _ in range(fields.MOST_PENDING - 1):
        await wanted(evening.host, session_id=evening.id)
    full = await evening.host.post("/exports", json={"kind": "chat", "session_id": evening.id})
    assert code(full) == (409, "too_many_exports")
    admin = await hall.signed_in("ann@example.org", "admin")
    await wanted(admin, session_id=evening.id)


async def test_a_maker_has_at_most_a_hundred(hall):
    evening, _, house = await stopped(hall)
    await house.maker.make(await row_of(house))
    row, body = await row_of(house), {"kind": "chat", "session_id": evening.id}
    async with house.desk.work(SYSTEM) as work:
        for _ in range(fields.MOST_KEPT - 2):
            await store.add(work, msgspec.structs.replace(row, id=new_id()))
    await wanted(evening.host, session_id=evening.id)
    full = await evening.host.post("/exports", json=body)
    assert code(full) == (409, "too_many_exports")
    assert "100" in full.json()["error"]["message"]
    await wanted(await hall.signed_in("ann@example.org", "admin"), session_id=evening.id)
    house.desk.clock = on(house.desk.clock, fields.KEPT)
    await house.maker.sweep()
    await wanted(evening.host, session_id=evening.id)


async def test_a_large_file_is_written_part_by_part(hall):
    _, _, house = await stopped(hall, format="json")
    line = "x" * 1000
    async with house.desk.read(SYSTEM) as read:
        (first,) = await read.db.all(MESSAGES)
    async with house.desk.work(SYSTEM) as work:
        for number in range(20_000):
            row = {**first, "id": new_id(), "body": f"{number} {line}"}
            await work.db.run(ADD_MESSAGE, **row)
    tracemalloc.start()
    try:
        await house.maker.make(await row_of(house))
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    row = await row_of(house)
    assert row.size > 20_000_000
    assert most < row.size / 2
