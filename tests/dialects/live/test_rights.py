"""Role × switch × operation: what the rights table says is what the API does."""

from collections.abc import Awaitable, Callable

import httpx
import pytest

from tests.core.sessions.test_rights import SWITCHES, TABLE
from tests.dialects.live.evening import Evening, an_evening

COLUMN = {"h": 0, "c": 1, "m": 2, "s": 4, "v": 5}  # letter of a role → its place in a row of the table
REFUSALS = ("forbidden", "feature_disabled", "not_found")
Operation = Callable[["Cast", httpx.AsyncClient], Awaitable[httpx.Response]]


class Cast:
    """One live session with somebody in every role, and a preset whose switches can be turned."""

    def __init__(self, evening: Evening, preset: str, poll: dict, spare: list[str]) -> None:
        self.evening, self.preset, self.poll, self.spare = evening, preset, poll, spare
        self.path = f"/sessions/{evening.id}"
        self.question = ""
        self.people: dict[str, httpx.AsyncClient] = {}

    async def turn(self, **switches: bool) -> None:
        answer = await self.evening.host.patch(f"/presets/{self.preset}", json=switches)
        assert answer.status_code == 200, answer.text


def call(verb: str, path: str, body: object = None) -> Operation:
    async def operation(cast: Cast, client: httpx.AsyncClient) -> httpx.Response:
        return await client.request(verb, cast.path + path, json=body)

    return operation


async def vote(cast: Cast, client: httpx.AsyncClient) -> httpx.Response:
    option = cast.poll["options"][0]["id"]
    return await client.post(f"{cast.path}/polls/{cast.poll['id']}/vote", json={"option_id": option})


def of_question(verb: str, action: str, body: object = None) -> Operation:
    async def operation(cast: Cast, client: httpx.AsyncClient) -> httpx.Response:
        return await client.request(verb, f"{cast.path}/questions/{cast.question}/{action}", json=body)

    return operation


async def raise_hand(cast: Cast, client: httpx.AsyncClient) -> httpx.Response:
    answer = await client.post(f"{cast.path}/stage/hand", json={})
    await client.delete(f"{cast.path}/stage/hand")
    return answer


def appoint(kind: str, which: int) -> Operation:
    async def operation(cast: Cast, client: httpx.AsyncClient) -> httpx.Response:
        return await client.post(f"{cast.path}/{kind}", json={"user_id": cast.spare[which]})

    return operation


async def rename_room(cast: Cast, client: httpx.AsyncClient) -> httpx.Response:
    room = cast.evening.session["room_id"]
    return await client.patch(f"/rooms/{room}", json={"description": "about light"})


OPERATIONS: dict[str, Operation] = {
    "chat.read": call("GET", "/chat"),
    "chat.send": call("POST", "/chat", {"message": "hello"}),
    "ban": call("GET", "/bans"),
    "poll.read": call("GET", "/polls"),
    "poll.vote": vote,
    "poll.create": call("POST", "/polls", {"question": "Why?", "options": ["a", "b"]}),
    "question.read": call("GET", "/questions"),
    "question.ask": call("POST", "/questions", {"text": "How?"}),
    "question.anonymous": call("POST", "/questions", {"text": "Who?", "is_anonymous": True}),
    "question.vote": of_question("PUT", "vote"),
    "question.answer": of_question("POST", "answer", {"text": "So."}),
    "question.manage": of_question("PUT", "pin"),
    "stage.request": raise_hand,
    "stage.manage": call("GET", "/stage/hands"),
    "viewers.list": call("GET", "/viewers"),
    "staff.moderators": appoint("moderators", 0),
    "staff.co_hosts": appoint("co-hosts", 1),
    "session.run": call("PATCH", "/settings", {}),
    "session.delete": call("DELETE", ""),
    "room.edit": rename_room,
}


@pytest.fixture
async def cast(hall):
    host = await hall.signed_in()
    switches = {**dict.fromkeys(SWITCHES, True), "chat_enabled": True, "stage_enabled": True}
    preset = (await host.post("/presets", json={"name": "all on", **switches})).json()["data"]["id"]
    evening = await an_evening(hall, mode="webcam", preset_id=preset)
    poll = await evening.host.post(
        f"/sessions/{evening.id}/polls", json={"question": "Tea?", "options": ["yes", "no"]}
    )
    spare = [(await hall.person(f"{name}@example.org", "viewer")).id for name in ("mia", "leo")]
    made = Cast(evening, preset, poll.json()["data"], spare)
    asked = await evening.host.post(f"{made.path}/questions", json={"text": "Why?"})
    made.question = asked.json()["data"]["id"]
    made.people = {"h": evening.host, "v": evening.viewer}
    for letter, kind in (("c", "co-hosts"), ("m", "moderators"), ("s", None)):
        person = await hall.person(f"{letter}@example.org", "viewer")
        made.people[letter] = hall.client(hall.token(person))
        if kind:
            await evening.host.post(f"{made.path}/{kind}", json={"user_id": person.id})
        await evening.join(made.people[letter])
        if kind is None:
            seated = await evening.host.post(f"{made.path}/stage/participants", json={"user_id": person.id})
            assert seated.status_code == 201, seated.text
    await evening.join()
    return made


async def may(cast: Cast, letter: str, right: str) -> bool:
    answer = await OPERATIONS[right](cast, cast.people[letter])
    assert answer.status_code < 500, answer.text
    if answer.is_success:
        return True
    code = answer.json()["error"]["code"]
    is_seated = right == "stage.request" and code == "invalid_state"  # said in words that help more
    return code not in REFUSALS and not is_seated


async def test_with_every_switch_on_each_role_does_what_its_column_says(cast):
    for right in OPERATIONS:
        found = {letter: await may(cast, letter, right) for letter in COLUMN}
        assert found == {letter: TABLE[right][at] == "y" for letter, at in COLUMN.items()}, right


async def test_a_switch_keeps_from_each_role_the_operations_that_its_row_says(cast):
    for flag, rows in SWITCHES.items():
        await cast.turn(**{flag: False})
        for right, losers in rows.items():
            if right not in OPERATIONS:
                continue
            found = {letter: await may(cast, letter, right) for letter in COLUMN}
            expected = {
                letter: TABLE[right][at] == "y" and letter not in losers for letter, at in COLUMN.items()
            }
            assert found == expected, (flag, right)
        await cast.turn(**{flag: True})


async def test_without_a_stage_nobody_asks_for_it_or_handles_it(cast):
    await cast.turn(stage_enabled=False)
    for right in ("stage.request", "stage.manage"):
        assert not any([await may(cast, letter, right) for letter in COLUMN]), right


async def test_c19_without_chat_only_the_staff_writes(cast):
    await cast.turn(chat_enabled=False)
    assert {letter: await may(cast, letter, "chat.send") for letter in COLUMN} == {
        "h": True, "c": True, "m": True, "s": False, "v": False,
    }  # fmt: skip
