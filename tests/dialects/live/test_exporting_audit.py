"""Exports of reports and of the audit log, and how their maker hears of them."""

import json
import tracemalloc

import pytest
from sqlalchemy import bindparam, insert, update

from livehall.core.insight import audit
from livehall.core.people.model import membership
from livehall.kernel.actor import SYSTEM
from livehall.kernel.db import Command
from livehall.kernel.ids import new_id
from livehall.kernel.journal import journal
from tests.dialects.live.evening import an_evening, code
from tests.dialects.live.test_attendance import connected
from tests.dialects.live.test_clients import machine, made
from tests.dialects.live.test_exporting import data, ended, fetched, row_of, said, table, wanted
from tests.support.waiting import eventually

GIVEN = [each for each in journal.c if each.name not in ("seq", "position", "attempts", "done_at")]
ADD_ACT = Command(
    insert(journal).values({each.name: bindparam(each.name, type_=each.type) for each in GIVEN})
)
DEMOTE = Command(
    update(membership)
    .where(membership.c.account_id == bindparam("who", type_=membership.c.account_id.type))
    .values(role="host")
)


async def test_a_report_has_the_figures_of_the_session(hall):
    evening = await an_evening(hall)
    await said(evening, "hello", "again")
    await connected(evening, (await evening.join())["identity"], "PA_1")
    await evening.end()
    shown = data(await evening.host.get(f"/sessions/{evening.id}/report"))
    (row,) = json.loads((await fetched(evening.host, "report", session_id=evening.id, format="json")).content)
    assert (row["title"], row["status"], row["chat_messages"]) == ("Waves", "ended", 2)
    for part in ("metrics", "interaction"):
        assert shown[part].items() <= row.items(), part
    assert row["attendee"] == row["unique_viewers"] == 1
    assert row["peak_viewers"] == shown["attendance"]["peak_viewers"]
    (flat,) = table(await fetched(evening.host, "report", session_id=evening.id))
    assert list(flat) == list(row)


async def test_a_co_host_keeps_the_report_that_a_host_may_have(hall):
    evening = await an_evening(hall)
    cleo = await hall.person("cleo@example.org", "viewer")
    client = hall.client(hall.token(cleo))
    assert code(await client.post("/exports", json={"kind": "report", "session_id": evening.id})) == (
        403, "forbidden",
    )  # fmt: skip
    data(await evening.host.post(f"/sessions/{evening.id}/co-hosts", json={"user_id": cleo.id}), 201)
    assert table(await fetched(client, "report", session_id=evening.id))


async def test_the_audit_log_says_who_did_what(hall):
    evening = await an_evening(hall)
    admin = await hall.signed_in("root@example.org", "admin")
    library = data(await admin.post("/libraries", json={"name": "=Physics"}), 201)["id"]
    await ended(evening.host, await wanted(evening.host, "chat", session_id=evening.id))
    export = await wanted(admin, "audit")
    assert (export["room_id"], export["session_id"]) == (None, None)
    ready = await ended(admin, export)
    assert ready["state"] == "ready", ready
    file = await admin.get(f"/exports/{export['id']}/file")
    organization = data(await admin.get("/auth/me"))["organization_id"]
    assert f'filename="audit-{organization}.csv"' in file.headers["content-disposition"]
    acts = {row["type"]: row for row in table(file)}
    assert {"library.created", "export.wanted", "chat.exported"} <= set(acts)
    assert "chat.message" not in acts, "what is no privileged act"
    act = acts["library.created"]
    assert (act["actor_name"], act["actor_role"], act["subject_id"]) == ("root", "admin", library)
    assert json.loads(act["data"])["name"] == "=Physics"
    times = [row["at"] for row in table(file)]
    assert times == sorted(times)
    as_json = await fetched(admin, "audit", format="json")
    assert {each["type"] for each in json.loads(as_json.content)} >= set(acts)
    assert (await fetched(admin, "audit", format="xlsx")).content.startswith(b"PK")


async def test_the_audit_log_is_for_administrators_of_the_whole_organization(hall):
    evening = await an_evening(hall)
    admin = await hall.signed_in("root@example.org", "admin")
    library = data(await admin.post("/libraries", json={"name": "Physics"}), 201)["id"]
    bound = machine(hall, (await made(admin, name="Bound", library_ids=[library]))["secret"])
    for client in (evening.host, evening.viewer):
        assert code(await client.post("/exports", json={"kind": "audit"})) == (403, "forbidden")
    assert (await bound.post("/exports", json={"kind": "audit"})).status_code == 401
    assert code(await hall.client().post("/exports", json={"kind": "audit"})) == (401, "unauthenticated")


async def test_it_holds_nothing_of_another_organization(hall):
    await an_evening(hall)
    admin = await hall.signed_in("root@example.org", "admin")
    eve = await hall.signed_in("eve@example.org", "owner", "Elsewhere")
    data(await admin.post("/libraries", json={"name": "Physics"}), 201)
    types = {row["type"] for row in table(await fetched(eve, "audit"))}
    assert types == {"organization.founded", "member.added", "export.wanted"}


async def test_who_administers_no_more_gets_no_audit_log(hall):
    house = hall.app.house
    root = await hall.person("root@example.org", "admin")
    admin = hall.client(hall.token(root))
    export = await ended(admin, await wanted(admin, "audit"))
    await house.loops.stop()
    later = await wanted(admin, "audit")
    async with house.desk.work(SYSTEM) as work:
        assert await work.db.run(DEMOTE, who=root.id) == 1
    house.sign_in.forget(root.id)
    assert code(await admin.get(f"/exports/{export['id']}/file")) == (403, "forbidden")
    await house.maker.make_due()
    assert (await ended(admin, later))["reason"] == "forbidden"


async def test_a_long_audit_log_is_read_part_by_part(hall, monkeypatch):
    house = hall.app.house
    root = await hall.person("root@example.org", "admin")
    admin = hall.client(hall.token(root))
    await house.loops.stop()
    await wanted(admin, "audit", format="json")
    async with house.desk.work(SYSTEM) as work:
        for number in range(12_000):
            await work.db.run(
                ADD_ACT,
                id=new_id(),
                organization_id=root.organization_id,
                type="library.updated",
                actor_kind="account",
                actor_id=root.id,
                actor_name="root",
                actor_role="admin",
                subject_kind="library",
                subject_id=new_id(),
                session_id=None,
                room_id=None,
                data={"number": number, "name": "x" * 1000},
                audit=True,
                source="api",
                occurred_at=work.now,
            )
    tracemalloc.start()
    try:
        await house.maker.make(await row_of(house))
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    row = await row_of(house)
    assert (row.state, most < row.size / 2) == ("ready", True), (most, row.size)
    file = await admin.get(f"/exports/{row.id}/file")
    numbers = [
        json.loads(each["data"])["number"]
        for each in json.loads(file.content)
        if each["type"] == "library.updated"
    ]
    assert numbers == list(range(12_000)), "each once, in their order"


@pytest.mark.parametrize("size", [1, 2, 3])
async def test_parts_of_any_size_make_the_same_list(hall, monkeypatch, size):
    root = await hall.person("root@example.org", "admin")
    admin = hall.client(hall.token(root))
    for number in range(4):
        data(await admin.post("/libraries", json={"name": f"Library {number}"}), 201)
    whole = table(await fetched(admin, "audit"))
    monkeypatch.setattr(audit, "PART", size)
    parts = table(await fetched(admin, "audit"))
    assert [each["id"] for each in parts][: len(whole)] == [each["id"] for each in whole]


async def test_its_maker_hears_that_an_export_is_ready_or_failed(hall):
    evening, house = await an_evening(hall), hall.app.house
    ada = data(await evening.host.get("/auth/me"))["id"]
    heard = []
    publish = house.hub.publish

    def listen(channel, said):
        body = json.loads(said.data)
        if body["type"] == "job.state":
            heard.append((channel, body["data"]))
        publish(channel, said)

    async def told():
        return len(heard)

    house.hub.publish = listen
    ready = await ended(evening.host, await wanted(evening.host, session_id=evening.id))
    await eventually(told, lambda count: count == 1, within=10, what="the maker hears of it")
    assert heard == [
        (
            f"user:{ada}",
            {
                "job_id": ready["id"],
                "kind": "export",
                "state": "succeeded",
                "progress": 1.0,
                "asset_id": None,
            },
        )
    ]
    await house.loops.stop()
    lost = await wanted(evening.host, session_id=evening.id)
    await evening.end()
    assert (await evening.host.delete(f"/sessions/{evening.id}")).status_code == 204
    await house.maker.make_due()
    assert (await ended(evening.host, lost))["reason"] == "not_found"
    await eventually(told, lambda count: count == 2, within=10, what="the maker hears of the other")
    assert (heard[1][1]["job_id"], heard[1][1]["state"]) == (lost["id"], "failed")


async def test_an_export_of_a_key_is_told_to_nobody(hall):
    evening, house = await an_evening(hall), hall.app.house
    admin = await hall.signed_in("root@example.org", "admin")
    key = machine(hall, (await made(admin, name="A key", scopes=["write", "admin"]))["secret"])
    heard = []
    publish = house.hub.publish
    house.hub.publish = lambda channel, said: (heard.append(json.loads(said.data)), publish(channel, said))

    async def told():
        return [each["data"]["job_id"] for each in heard if each["type"] == "job.state"]

    await ended(key, await wanted(key, session_id=evening.id))
    own = await ended(evening.host, await wanted(evening.host, session_id=evening.id))
    await eventually(told, within=10, what="the host hears of theirs")
    assert await told() == [own["id"]]
