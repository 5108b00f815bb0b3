"""Chat and questions by the Voilà API (V31–V37); statistics in `test_statistics`."""

import re

import pytest

from livehall.dialects.voila import ids
from livehall.kernel.ids import new_id
from tests.dialects.live.evening import an_evening
from tests.dialects.voila.conftest import voila
from tests.dialects.voila.test_attendees import registered

REPORTS = ("attendees/statistics", "chat-messages", "questions")


async def comes(hall, evening, attendee):
    """A registered attendee, in the session by the personal link."""
    token = {"access_token": attendee["accessLink"].partition("#")[2]}
    traded = await hall.client().post("/auth/access-link", json=token)
    assert traded.status_code == 200, traded.text
    client = hall.client(traded.json()["data"]["access_token"])
    await evening.join(client)
    return client


@pytest.fixture
async def evening(hall, partner):
    return await an_evening(hall)


async def test_v31_v32_v33_v37_who_wrote_what_attendee_by_attendee(hall, partner, evening):
    program, below = evening.session["room_id"], f"/sessions/{evening.id}"
    vera = await registered(partner, program)
    ben = await registered(partner, program, email="ben@example.org", firstName="Ben")
    eva = await registered(partner, program, email="eva@example.org", firstName="Eva")
    people = {
        name: await comes(hall, evening, each) for name, each in (("vera", vera), ("ben", ben), ("eva", eva))
    }
    for name, text in (("ben", "first"), ("vera", "second"), ("ben", "third")):
        answer = await people[name].post(f"{below}/chat", json={"message": text})
        assert answer.status_code == 201, answer.text
    asked = []
    for name, text in (("vera", "Why?"), ("ben", "How?"), ("vera", "When?")):
        answer = await people[name].post(f"{below}/questions", json={"text": text})
        assert answer.status_code == 201, answer.text
        asked.append(answer.json()["data"]["id"])
    await people["eva"].put(f"{below}/questions/{asked[0]}/vote")
    at = f"/programs/{program}{below}"
    # V37: it is still live, and everything is there so far.
    chat = (await partner.http.get(f"{at}/chat-messages")).json()
    assert [(row["attendeeId"], row["email"]) for row in chat] == [
        (ben["id"], "ben@example.org"),
        (vera["id"], "vera@example.org"),
    ]
    assert [[each["message"] for each in row["messages"]] for row in chat] == [["first", "third"], ["second"]]
    assert all(set(each) == {"message", "timestamp"} for row in chat for each in row["messages"])
    stamps = [each["timestamp"] for each in chat[0]["messages"]]
    assert stamps == sorted(stamps)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", stamps[0])
    questions = (await partner.http.get(f"{at}/questions")).json()
    assert [row["attendeeId"] for row in questions] == [vera["id"], ben["id"]]
    assert [(each["message"], each["votes"]) for each in questions[0]["messages"]] == [
        ("Why?", 1),
        ("When?", 0),
    ]
    await evening.end()
    assert (await partner.http.get(f"{at}/chat-messages")).json() == chat
    assert (await partner.http.get(f"{at}/questions")).json() == questions


async def test_v34_v35_v12_which_session_and_which_program(hall, partner, partner_of):
    program, other = await partner.program(), await partner.program()
    session = await partner.session(program)
    stranger = await partner_of("Elsewhere")
    theirs = await stranger.program()
    public = await stranger.program(visibility="public")
    places = [
        (program, new_id()), (new_id(), session), (other, session),
        (program, "nowhere"), ("nowhere", session),
        (theirs, await stranger.session(theirs)), (public, await stranger.session(public)),
    ]  # fmt: skip
    for report in REPORTS:
        for where in places:
            answer = await partner.http.get(f"/programs/{where[0]}/sessions/{where[1]}/{report}")
            assert answer.status_code == 404, (report, where)
            assert answer.json()["message"]
        answer = await partner.http.get(f"/programs/{program}/sessions/{session}/{report}")
        assert (answer.status_code, answer.content) == (200, b"[]"), report  # V35
        short = "/".join(("programs", ids.outside(program), "sessions", ids.outside(session), report))
        at = voila(hall, partner.token, f"/organizations/{ids.outside(partner.organization_id)}")
        assert (await at.get(f"/{short}")).json() == []
