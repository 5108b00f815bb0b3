"""Co-hosts and moderators over HTTP."""

import pytest

from livehall.kernel.ids import new_id
from tests.dialects.live.evening import an_evening, code
from tests.support.letters import letters


async def somebody(hall, email="eve@example.org", role="viewer"):
    person = await hall.person(email, role)
    return person, hall.client(hall.token(person))


async def test_list_participants(hall):
    evening = await an_evening(hall)
    eve, client = await somebody(hall)
    await evening.host.post(f"/sessions/{evening.id}/moderators", json={"user_id": eve.id})
    for reader, address in (
        (evening.host, "eve@example.org"),
        (client, "eve@example.org"),
        (evening.viewer, None),
    ):
        data = (await reader.get(f"/sessions/{evening.id}/participants")).json()["data"]
        (moderator,) = data["moderators"]
        assert (data["total"], data["co_hosts"]) == (2, [])
        assert (moderator["user_id"], moderator["status"], moderator["email"]) == (eve.id, "active", address)
        assert data["host"]["id"] == evening.session["room"]["host_id"]
    anonymous = hall.client()
    assert code(await anonymous.get(f"/sessions/{evening.id}/participants"))[0] == 401


async def test_add_co_host(hall):
    evening = await an_evening(hall)
    eve, client = await somebody(hall)
    path = f"/sessions/{evening.id}/settings"
    assert code(await client.patch(path, json={"chat_enabled": False})) == (403, "forbidden")
    added = await evening.host.post(f"/sessions/{evening.id}/co-hosts", json={"user_id": eve.id})
    assert added.status_code == 201
    assert (added.json()["data"]["role"], added.json()["data"]["user_id"]) == ("co_host", eve.id)
    assert (await client.patch(path, json={"chat_enabled": False})).status_code == 200, "at once"
    again = await evening.host.post(f"/sessions/{evening.id}/co-hosts", json={"user_id": eve.id})
    assert (again.status_code, again.json()["data"]["id"]) == (201, added.json()["data"]["id"])
    joined = await evening.join(client)
    assert (joined["role"], joined["permissions"]["session.run"]) == ("co_host", True)


async def test_i16_a_co_host_appoints_moderators_and_no_co_hosts(hall):
    evening = await an_evening(hall)
    eve, client = await somebody(hall)
    mia, _ = await somebody(hall, "mia@example.org")
    await evening.host.post(f"/sessions/{evening.id}/co-hosts", json={"user_id": eve.id})
    refused = await client.post(f"/sessions/{evening.id}/co-hosts", json={"user_id": mia.id})
    assert code(refused) == (403, "forbidden")
    made = await client.post(f"/sessions/{evening.id}/moderators", json={"user_id": mia.id})
    assert made.status_code == 201
    assert code(await client.delete(f"/sessions/{evening.id}/co-hosts/{eve.id}")) == (403, "forbidden")


async def test_one_role_a_person_a_higher_one_replaces_a_lower(hall):
    evening = await an_evening(hall)
    eve, _ = await somebody(hall)
    await evening.host.post(f"/sessions/{evening.id}/moderators", json={"user_id": eve.id})
    await evening.host.post(f"/sessions/{evening.id}/co-hosts", json={"user_id": eve.id})
    data = (await evening.host.get(f"/sessions/{evening.id}/participants")).json()["data"]
    assert ([each["user_id"] for each in data["co_hosts"]], data["moderators"]) == ([eve.id], [])
    lower = await evening.host.post(f"/sessions/{evening.id}/moderators", json={"user_id": eve.id})
    assert code(lower) == (409, "conflict")
    host_id = evening.session["room"]["host_id"]
    own = await evening.host.post(f"/sessions/{evening.id}/moderators", json={"user_id": host_id})
    assert code(own) == (409, "conflict")


async def test_remove_co_host(hall):
    evening = await an_evening(hall)
    eve, client = await somebody(hall)
    await evening.host.post(f"/sessions/{evening.id}/co-hosts", json={"user_id": eve.id})
    path = f"/sessions/{evening.id}/co-hosts/{eve.id}"
    assert (await evening.host.delete(path)).status_code == 204
    assert code(await evening.host.delete(path)) == (404, "not_found")
    joined = await evening.join(client)
    assert (joined["role"], joined["permissions"]["session.run"]) == ("viewer", False)


async def test_add_moderator(hall):
    evening = await an_evening(hall)
    eve, client = await somebody(hall)
    await evening.join()
    sent = await evening.viewer.post(f"/sessions/{evening.id}/chat", json={"message": "spam"})
    message = f"/sessions/{evening.id}/chat/{sent.json()['data']['id']}"
    await evening.join(client)
    assert code(await client.delete(message)) == (403, "forbidden")
    added = await evening.host.post(f"/sessions/{evening.id}/moderators", json={"user_id": eve.id})
    assert added.status_code == 201
    assert (await client.delete(message)).status_code == 204


async def test_remove_moderator(hall):
    evening = await an_evening(hall)
    eve, _ = await somebody(hall)
    await evening.host.post(f"/sessions/{evening.id}/moderators", json={"user_id": eve.id})
    path = f"/sessions/{evening.id}/moderators/{eve.id}"
    assert code(await evening.viewer.delete(path)) == (403, "forbidden")
    assert (await evening.host.delete(path)).status_code == 204
    data = (await evening.host.get(f"/sessions/{evening.id}/participants")).json()["data"]
    assert (data["moderators"], data["total"]) == ([], 1)


async def test_who_was_appointed_by_address_has_the_role_on_coming_as_a_member(hall):
    evening = await an_evening(hall)
    body = {"email": "Zoe@example.org"}
    invited = await evening.host.post(f"/sessions/{evening.id}/moderators", json=body)
    data = invited.json()["data"]
    assert (data["status"], data["user_id"], data["email"]) == ("invited", None, "zoe@example.org")
    _, zoe = await somebody(hall, "zoe@example.org")
    assert (await evening.join(zoe))["role"] == "moderator"


async def test_a_guest_who_claims_an_invited_address_stays_a_viewer(hall):
    evening = await an_evening(hall)
    await evening.host.post(f"/sessions/{evening.id}/co-hosts", json={"email": "zoe@example.org"})
    anonymous = hall.client()
    registered = await anonymous.post("/auth/viewers", json={"username": "Zoe", "email": "zoe@example.org"})
    assert registered.status_code in (200, 201), registered.text
    guest = hall.client(registered.json()["data"]["access_token"])
    assert (await evening.join(guest))["role"] == "viewer"


@pytest.mark.parametrize("kind", ["co-hosts", "moderators"])
async def test_c5_whom_nobody_knows_is_refused_by_name(hall, kind):
    evening = await an_evening(hall)
    foreign = await hall.person("far@example.net", "owner", "Elsewhere")
    for user_id in (new_id(), foreign.id):
        answer = await evening.host.post(f"/sessions/{evening.id}/{kind}", json={"user_id": user_id})
        assert code(answer) == (422, "validation_failed")
        assert answer.json()["error"]["details"][0]["field"] == "user_id"
    for body in ({}, {"user_id": foreign.id, "email": "a@example.org"}, {"email": "nobody"}):
        answer = await evening.host.post(f"/sessions/{evening.id}/{kind}", json=body)
        assert code(answer) == (422, "validation_failed")


async def test_without_the_switch_nobody_appoints_co_hosts(hall):
    host = await hall.signed_in()
    await host.post("/presets", json={"name": "strict", "host_add_co_host": False})
    evening = await an_evening(hall, mode="webcam")
    eve, _ = await somebody(hall)
    answer = await evening.host.post(f"/sessions/{evening.id}/co-hosts", json={"user_id": eve.id})
    assert code(answer) == (403, "feature_disabled")


async def test_nobody_is_appointed_once_it_is_over(hall):
    evening = await an_evening(hall)
    eve, _ = await somebody(hall)
    await evening.end()
    answer = await evening.host.post(f"/sessions/{evening.id}/moderators", json={"user_id": eve.id})
    assert code(answer) == (409, "invalid_state")


async def test_a_moderator_of_a_private_room_sees_it(hall):
    evening = await an_evening(hall)
    eve, client = await somebody(hall)
    room = evening.session["room_id"]
    await evening.host.patch(f"/rooms/{room}", json={"visibility": "private"})
    assert code(await client.get(f"/sessions/{evening.id}")) == (404, "not_found")
    await evening.host.post(f"/sessions/{evening.id}/moderators", json={"user_id": eve.id})
    assert (await client.get(f"/sessions/{evening.id}")).status_code == 200


async def mails(tmp_path, number):
    """Address → subject and text."""
    found = await letters(tmp_path / "data", number)
    return {
        str(each["to"]): (str(each["subject"]), each.get_body(("plain",)).get_content()) for each in found
    }


async def test_who_is_appointed_is_told_by_mail_unless_that_is_not_wanted(hall, tmp_path):
    evening = await an_evening(hall)
    eve, _ = await somebody(hall)
    mia, _ = await somebody(hall, "mia@example.org")
    path = f"/sessions/{evening.id}"
    await evening.host.post(f"{path}/moderators", json={"user_id": mia.id, "notify": False})
    await evening.host.post(f"{path}/moderators", json={"user_id": eve.id})
    await evening.host.post(f"{path}/co-hosts", json={"email": "zoe@example.org"})
    letters = await mails(tmp_path, 2)
    assert letters["eve@example.org"][0] == "You are moderator: Waves"
    assert letters["zoe@example.org"][0] == "You are co-host: Waves"
    assert f"/studio/{evening.id}" in letters["zoe@example.org"][1]
    assert "unsubscribe" not in letters["zoe@example.org"][1]
    await evening.host.delete(f"{path}/moderators/{eve.id}")
    await evening.host.post(f"{path}/moderators", json={"email": "li@example.org"})
    assert set(await mails(tmp_path, 3)) == {"eve@example.org", "zoe@example.org", "li@example.org"}
