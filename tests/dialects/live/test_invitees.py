"""Speakers and invited people, as a client of the Live API sees them."""

import re
from email import message_from_bytes
from email.policy import default

from livehall.kernel import journal
from livehall.kernel.ids import new_id
from tests.dialects.live.test_libraries import error_of, made
from tests.dialects.live.test_sessions import later, planned
from tests.support.letters import WHOLE
from tests.support.people import say


def letters(hall):
    """What was put into the mail folder, by recipient."""
    found = {}
    for path in sorted(hall.app.house.settings.data.joinpath("mail").glob(WHOLE)):
        letter = message_from_bytes(path.read_bytes(), policy=default)
        text = letter.get_body(("plain",)).get_content()
        found.setdefault(letter["To"], []).append((letter["Subject"], text))
    return found


async def people_of(client, session, **query):
    answer = await client.get(f"/sessions/{session['id']}/people", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]["people"]


async def test_invite_person(hall):
    ada, bob = await hall.signed_in(), await hall.signed_in("bob@example.org")
    member = await hall.person("cy@example.org", "viewer")
    session = await planned(ada, scheduled_start_time=later(days=1))
    path = f"/sessions/{session['id']}/people"
    person = await made(ada, path, user_id=member.id, notify=True)
    assert (person["user_id"], person["email"], person["role"]) == (member.id, "cy@example.org", "viewer")
    assert (person["status"], person["rsvp"], person["first_name"]) == ("invited", "pending", "cy")
    assert person["invited_at"]
    for body in ({"email": "CY@example.org"}, {"user_id": member.id}):  # one person, one row (I6)
        again = await ada.post(path, json=body)
        assert (again.status_code, again.json()["data"]["id"]) == (200, person["id"])
    outside = await made(ada, path, email="zoe@elsewhere.test", first_name="Zoe", notify=True)
    assert (outside["user_id"], outside["user"], outside["first_name"]) == (None, None, "Zoe")
    eve = await hall.signed_in("eve@example.org", "admin", "Elsewhere")
    for client, body, answer in (
        (bob, {"email": "x@example.org"}, (403, "forbidden")),
        (eve, {"email": "x@example.org"}, (404, "not_found")),
        (hall.client(), {"email": "x@example.org"}, (401, "unauthenticated")),
        (ada, {}, (422, "validation_failed")),
        (ada, {"email": "x@example.org", "user_id": member.id}, (422, "validation_failed")),
        (ada, {"user_id": new_id()}, (422, "validation_failed")),
        (ada, {"email": "no address"}, (422, "validation_failed")),
        (ada, {"email": "ada@example.org"}, (409, "conflict")),  # the host
    ):
        assert error_of(await client.post(path, json=body)) == answer, body
    await hall.app.house.relay.drained()
    found = letters(hall)
    assert sorted(found) == ["cy@example.org", "zoe@elsewhere.test"]
    assert all(len(each) == 1 for each in found.values())
    assert found["cy@example.org"][0][0] == "Invitation: Evening"
    assert f"/w/{session['room_id']}" in found["cy@example.org"][0][1]
    token = re.search(r"/registered#(\S+)", found["zoe@elsewhere.test"][0][1])[1]
    entered = await hall.client().post("/auth/access-link", json={"access_token": token})
    assert entered.status_code == 200, entered.text
    await say(hall.app.house.desk, outside["id"], "declined")
    refused = await hall.client().post("/auth/access-link", json={"access_token": token})
    assert refused.status_code == 403


async def test_invite_people(hall):
    ada = await hall.signed_in()
    member, session = await hall.person("cy@example.org", "viewer"), await planned(ada)
    path = f"/sessions/{session['id']}/people/bulk"
    unknown = await ada.post(path, json={"people": [{"email": "x@example.org"}, {"user_id": new_id()}]})
    assert error_of(unknown) == (422, "validation_failed")
    assert await people_of(ada, session) == []
    several = [{"user_id": member.id}, {"email": "x@example.org"}, {"email": "X@example.org"},
               {"email": "cy@example.org"}, {"email": "ada@example.org"}]  # fmt: skip
    answer = await ada.post(path, json={"people": several})
    found = [
        (each["outcome"], each["person"] and each["person"]["email"])
        for each in answer.json()["data"]["results"]
    ]
    assert found == [
        ("invited", "cy@example.org"), ("invited", "x@example.org"), ("unchanged", None),
    ]  # fmt: skip
    assert len(await people_of(ada, session)) == 2
    assert error_of(await ada.post(path, json={"people": []})) == (422, "validation_failed")


async def test_list_people(hall):
    ada, bob = await hall.signed_in(), await hall.signed_in("bob@example.org")
    session = await planned(ada)
    path = f"/sessions/{session['id']}/people"
    for email, role, name in (
        ("ann@example.org", "viewer", "Ann"), ("ben@example.org", "speaker", "Ben"),
        ("cy_%@example.org", "moderator", None), ("dan@example.org", "co_host", "Dan"),
    ):  # fmt: skip
        await made(ada, path, email=email, role=role, first_name=name)
    await made(ada, f"/sessions/{session['id']}/registrations", email="eva@example.org", first_name="Eva")
    ann = (await people_of(ada, session, search="ann"))[0]
    await say(hall.app.house.desk, ann["id"], "declined")

    async def names(**query):
        return [each["email"].partition("@")[0] for each in await people_of(ada, session, **query)]

    assert await names() == ["ann", "ben", "cy_%", "dan", "eva"]
    assert await names(role=["speaker", "co_host"]) == ["ben", "dan"]
    assert await names(status="declined") == ["ann"]
    assert await names(status=["invited", "accepted"], role="viewer") == ["eva"]
    assert await names(search="_%") == ["cy_%"]
    assert await names(search="BEN") == ["ben"]
    assert await names(email="Dan@example.org") == ["dan"]
    assert await names(attended="true") == []
    assert await names(replayed="false", page=2, limit=3) == ["dan", "eva"]
    assert error_of(await bob.get(path)) == (403, "forbidden")
    eve = await hall.signed_in("eve@example.org", "admin", "Elsewhere")
    assert error_of(await eve.get(path)) == (404, "not_found")
    assert error_of(await ada.get(path, params={"role": "king"})) == (422, "validation_failed")


async def test_update_person(hall):
    ada, cy = await hall.signed_in(), await hall.signed_in("cy@example.org", "viewer")
    member = await hall.person("cy@example.org", "viewer")
    session = await planned(ada)
    person = await made(ada, f"/sessions/{session['id']}/people", user_id=member.id)
    path = f"/sessions/{session['id']}/people/{person['id']}"
    assert (await cy.patch(path, json={"rsvp": "accepted"})).json()["data"]["status"] == "accepted"
    assert error_of(await cy.patch(path, json={"rsvp": "declined", "title": "x"})) == (403, "forbidden")
    # Whether somebody comes they say themselves.
    assert error_of(await ada.patch(path, json={"rsvp": "declined"})) == (403, "forbidden")
    body = {"role": "speaker", "is_highlighted": True, "title": "Poet", "biography": "*Long*"}
    changed = await ada.patch(path, json=body)
    assert {name: changed.json()["data"][name] for name in body} == body
    late = await ada.patch(path, json={"title": "x"}, headers={"If-Match": '"1"'})
    assert error_of(late) == (409, "conflict")
    bob = await hall.signed_in("bob@example.org", "viewer")
    assert error_of(await bob.patch(path, json={"rsvp": "accepted"})) == (403, "forbidden")
    # I16: a co-host makes no co-host, and acts on none.
    assert (await ada.patch(path, json={"role": "co_host"})).json()["data"]["role"] == "co_host"
    for client, status in ((cy, 403), (ada, 404)):
        other = path.replace(person["id"], new_id())
        assert (await client.patch(other, json={"role": "co_host"})).status_code in (status, 404)
    friend = await made(cy, f"/sessions/{session['id']}/people", email="fay@example.org")
    raised = await cy.patch(path.replace(person["id"], friend["id"]), json={"role": "co_host"})
    assert raised.status_code == 403
    assert (await cy.patch(path, json={"role": "viewer"})).status_code == 403
    seen = [(await client.get(path.rpartition("/")[0])).json()["data"]["people"] for client in (cy, ada)]
    addresses = [{each["email"] for each in people} for people in seen]
    assert addresses == [{None}, {"cy@example.org", "fay@example.org"}]  # the host's alone


async def test_withdraw_person(hall):
    ada, bob = await hall.signed_in(), await hall.signed_in("bob@example.org")
    room = await made(ada, "/rooms", title="Board", visibility="private")
    session, member = await planned(ada, room["id"]), await hall.person("cy@example.org", "viewer")
    cy = await hall.signed_in("cy@example.org", "viewer")
    person = await made(ada, f"/sessions/{session['id']}/people", user_id=member.id)
    path = f"/sessions/{session['id']}/people/{person['id']}"
    assert (await cy.get(f"/sessions/{session['id']}")).status_code == 200  # who is asked may come
    assert error_of(await bob.delete(path)) == (404, "not_found")
    assert (await ada.delete(path)).status_code == 204
    assert error_of(await ada.delete(path)) == (404, "not_found")
    assert error_of(await cy.get(f"/sessions/{session['id']}")) == (404, "not_found")
    registered = await made(ada, f"/sessions/{session['id']}/registrations", email="eva@example.org",
                            first_name="Eva")  # fmt: skip
    asked = await ada.post(f"/sessions/{session['id']}/people", json={"email": "eva@example.org"})
    assert (asked.status_code, asked.json()["data"]["id"]) == (200, registered["id"])
    assert (await ada.delete(path.replace(person["id"], registered["id"]))).status_code == 204
    (left,) = await people_of(ada, session)
    assert (left["registration"], left["invited_at"]) == ("approved", None)


async def test_speakers(hall):
    ada = await hall.signed_in()
    session, member = await planned(ada), await hall.person("cy@example.org", "viewer")
    path = f"/sessions/{session['id']}/speakers"
    person = await made(ada, f"/sessions/{session['id']}/people", user_id=member.id)
    raised = await ada.post(path, json={"user_id": member.id, "title": "Poet", "is_highlighted": True})
    assert (raised.status_code, raised.json()["data"]["id"]) == (201, person["id"])
    assert (await ada.post(path, json={"user_id": member.id})).status_code == 200
    host = await made(ada, path, email="zoe@elsewhere.test", first_name="Zoe", grant_host_rights=True)
    assert host["role"] == "co_host"
    seen = (await hall.client().get(path)).json()["data"]
    assert [(each["name"], each["title"], each["is_highlighted"]) for each in seen["speakers"]] == [
        ("cy", "Poet", True), ("Zoe", None, False),
    ]  # fmt: skip
    assert "example.org" not in str(seen)
    assert [each["has_host_rights"] for each in seen["speakers"]] == [False, True]
    lower = await ada.post(path, json={"email": "zoe@elsewhere.test"})
    assert error_of(lower) == (409, "conflict")
    copy = (await ada.post(f"/sessions/{session['id']}/duplicate")).json()["data"]
    again = (await hall.client().get(f"/sessions/{copy['id']}/speakers")).json()["data"]["speakers"]
    assert [each["name"] for each in again] == ["cy", "Zoe"]


async def test_invite_speakers(hall):
    ada, session = await hall.signed_in(), None
    session = await planned(ada)
    body = {"people": [{"email": "a@example.org"}, {"email": "b@example.org"}], "is_highlighted": True}
    answer = await ada.post(f"/sessions/{session['id']}/speakers/bulk", json=body)
    found = [each["person"] for each in answer.json()["data"]["results"]]
    assert [(each["role"], each["is_highlighted"]) for each in found] == [("speaker", True)] * 2


async def test_who_was_asked_is_told_when_it_is_called_off(hall):
    ada = await hall.signed_in(role="admin")
    session = await planned(ada, scheduled_start_time=later(days=1))
    member, group = await hall.person("cy@example.org", "viewer"), await made(ada, "/groups", name="Friends")
    for email in ("ann@example.org", "ben@example.org"):
        await made(ada, f"/sessions/{session['id']}/people", email=email)
    ben = (await people_of(ada, session, search="ben"))[0]
    await say(hall.app.house.desk, ben["id"], "declined")
    await ada.put(f"/groups/{group['id']}/members/{member.id}")
    bulk = {"group_ids": [group["id"]], "notify": True}
    for _ in range(2):  # who is linked already gets no second letter
        await ada.post(f"/sessions/{session['id']}/groups/bulk-add", json=bulk)
    await hall.app.house.relay.drained()
    assert [subject for subject, _ in letters(hall)["cy@example.org"]] == ["Invitation: Evening"]
    await ada.post(f"/sessions/{session['id']}/cancel")
    await hall.app.house.relay.drained()
    found = letters(hall)
    assert [subject for subject, _ in found["ann@example.org"]] == ["Cancelled: Evening"]
    assert "because you were invited" in found["ann@example.org"][0][1]
    assert "ben@example.org" not in found


async def test_the_letters_to_a_group_are_written_a_batch_at_a_time_and_once(hall, monkeypatch):
    monkeypatch.setattr("livehall.core.invitees.letters.BATCH", 2)
    ada = await hall.signed_in(role="admin")
    session = await planned(ada, scheduled_start_time=later(days=1))
    groups = [(await made(ada, "/groups", name=name))["id"] for name in ("One", "Two")]
    for number in range(5):
        member = await hall.person(f"m{number}@example.org", "viewer")
        for group in groups if number == 0 else groups[number % 2 :][:1]:
            await ada.put(f"/groups/{group}/members/{member.id}")
    await hall.app.house.relay.drained()
    bulk = {"group_ids": groups, "notify": True}
    await ada.post(f"/sessions/{session['id']}/groups/bulk-add", json=bulk)
    await hall.app.house.relay.drained()
    found = letters(hall)
    assert {name: len(each) for name, each in found.items()} == {f"m{n}@example.org": 1 for n in range(5)}
    rows = [entry for entry in await everything(hall) if entry.type == "invitation.addressed"]
    assert len(rows) == len({row.subject_id for row in rows}) == 5
    assert {row.source for row in rows} == {"job"}
    (linked,) = [entry for entry in await everything(hall) if entry.type == "groups.linked"]
    await hall.app.house.invitations.linked(linked)  # a reaction may run twice
    await hall.app.house.relay.drained()
    assert len([row for row in await everything(hall) if row.type == "invitation.addressed"]) == 5


async def everything(hall):
    async with hall.app.house.database.read() as db:
        return await db.all(journal.SINCE, after=0, limit=500)
