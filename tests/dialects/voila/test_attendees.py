"""Registering attendees by the Voilà API (V18–V27)."""

import re
from datetime import datetime

from livehall.dialects.voila import ids
from livehall.kernel.ids import new_id
from tests.dialects.voila.conftest import voila

VERA = {
    "firstName": "Vera",
    "lastName": "Rubin",
    "email": "vera@example.org",
    "isPersonalDataSharingAccepted": True,
}


async def registered(partner, program, **fields):
    answer = await partner.http.post(f"/programs/{program}/attendees", json=VERA | fields)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_v18_v25_v26_v27_an_attendee_is_registered(hall, partner):
    program = await partner.program()
    vera = await registered(partner, program, externalId=" crm/7 ü ")
    assert set(vera) == {
        "id", "externalId", "organizationId", "programId", "createdAt", "firstName", "lastName", "email",
        "isPersonalDataSharingAccepted", "accessLink",
    }  # fmt: skip
    assert {name: vera[name] for name in VERA} == VERA
    assert (vera["organizationId"], vera["programId"]) == (partner.organization_id, program)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", vera["createdAt"])
    assert datetime.fromisoformat(vera["createdAt"]) <= hall.app.house.desk.clock()
    assert re.fullmatch("[0-9A-Za-z]{27}", vera["id"])  # V25
    ben = await registered(partner, program, email="ben@example.org", externalId=" crm/7 ü ")
    assert ben["id"] > vera["id"]
    assert vera["accessLink"].startswith("http")  # V26
    assert len(vera["accessLink"].partition("#")[2]) >= 43
    assert ben["accessLink"] != vera["accessLink"]
    assert vera["externalId"] == ben["externalId"] == " crm/7 ü "  # V27
    eva = await registered(partner, program, email="eva@example.org", isPersonalDataSharingAccepted=False)
    assert eva["isPersonalDataSharingAccepted"] is False  # V20
    assert "externalId" not in eva
    # The ids come back as they were sent, in 27 characters too.
    short = [ids.outside(partner.organization_id), ids.outside(program)]
    at = voila(hall, partner.token, f"/organizations/{short[0]}")
    again = (await at.post(f"/programs/{short[1]}/attendees", json=VERA)).json()
    assert [again["organizationId"], again["programId"]] == short
    assert again["id"] == vera["id"]
    # The link lets its bearer in.
    traded = await hall.client().post(
        "/auth/access-link", json={"access_token": vera["accessLink"].partition("#")[2]}
    )
    assert traded.status_code == 200, traded.text
    # And the host sees who registered.
    listed = (await partner.host.get(f"/rooms/{program}/registrations")).json()["data"]
    assert {row["email"] for row in listed["registrations"]} == {
        f"{x}@example.org" for x in ("vera", "ben", "eva")
    }


async def test_v19_v20_v21_what_is_wrong_with_a_body_is_400(partner):
    program = await partner.program()
    path = f"/programs/{program}/attendees"
    for member in VERA:
        body = {name: value for name, value in VERA.items() if name != member}
        answer = await partner.http.post(path, json=body)
        assert (answer.status_code, member in answer.json()["message"]) == (400, True), member
    for member, value in (
        ("isPersonalDataSharingAccepted", "true"), ("isPersonalDataSharingAccepted", 1),
        ("email", "vera"), ("email", "vera@"), ("email", " "), ("email", 7), ("firstName", ""),
        ("firstName", "  "), ("lastName", "\t"), ("lastName", None), ("externalId", 7),
    ):  # fmt: skip
        answer = await partner.http.post(path, json=VERA | {member: value})
        assert answer.status_code == 400, (member, value)
        assert answer.json()["message"]
    json = {"content-type": "application/json"}
    for content in (b"{", b"", b"[]", b'{"email": "\xff"}', b"null"):
        assert (await partner.http.post(path, content=content, headers=json)).status_code == 400
    assert (await partner.http.post(path, data={"email": "x"})).status_code == 400
    listed = (await partner.host.get(f"/rooms/{program}/registrations")).json()["data"]
    assert listed["registrations"] == []


async def test_v13_unknown_members_do_not_fail_the_call(partner):
    program = await partner.program()
    assert (await registered(partner, program, surprise=[1, {"a": None}]))["email"] == VERA["email"]


async def test_v22_an_unknown_program_is_400(partner, partner_of):
    other = await partner_of("Elsewhere")
    theirs, public = await other.program(), await other.program(visibility="public")
    bodies = []
    for program in (new_id(), ids.outside(new_id()), "nowhere", "%00", theirs, public):
        answer = await partner.http.post(f"/programs/{program}/attendees", json=VERA)
        assert answer.status_code == 400, program
        bodies.append(answer.content)
    assert len(set(bodies[-2:] + bodies[:1])) == 1, "another tenant's program is as an unknown one"
    for program in (theirs, public):
        listed = (await other.host.get(f"/rooms/{program}/registrations")).json()["data"]
        assert listed["registrations"] == []


async def test_v23_v24_the_same_address_is_one_attendee_of_a_program(partner):
    program, other = await partner.program(), await partner.program()
    first = await registered(partner, program)
    again = await registered(partner, program, firstName="Somebody", email="VERA@example.org")
    assert again == first
    elsewhere = await registered(partner, other)
    assert elsewhere["id"] != first["id"]
    assert elsewhere["accessLink"] != first["accessLink"]


async def test_a_client_without_the_scope_to_write_registers_nobody(partner_of):
    reader = await partner_of(scopes=("admin",))
    program = await reader.program()
    answer = await reader.http.post(f"/programs/{program}/attendees", json=VERA)
    assert answer.status_code == 403
    assert (await reader.http.get("/ping")).status_code == 200


async def test_a_full_program_is_400(partner):
    program = await partner.program()
    form = await partner.host.put(f"/rooms/{program}/registration", json={"mode": "optional", "capacity": 1})
    assert form.status_code == 200, form.text
    await registered(partner, program)
    answer = await partner.http.post(
        f"/programs/{program}/attendees", json=VERA | {"email": "ben@example.org"}
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "registration_full")
