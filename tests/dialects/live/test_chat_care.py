"""What the team does about the chat, applause, and that events lead to what is read afresh."""

import json

import pytest

from livehall.dialects.live.realtime.publishing import publications
from livehall.kernel import journal
from livehall.kernel.actor import SYSTEM
from livehall.kernel.ids import new_id
from tests.dialects.live.evening import an_evening, code


@pytest.fixture
async def evening(hall):
    evening = await an_evening(hall)
    evening.chat = f"/sessions/{evening.id}/chat"
    await evening.join()
    for client, text in ((evening.viewer, "one"), (evening.host, "two"), (evening.viewer, "three")):
        assert (await client.post(evening.chat, json={"message": text})).status_code == 201
    return evening


async def messages(evening):
    return (await evening.host.get(evening.chat)).json()["data"]["messages"]


async def told(hall, evening):
    """What the chat's channel was told, in order."""
    await hall.app.house.relay.drained()
    async with hall.app.house.desk.read(SYSTEM) as read:
        entries = await read.db.all(journal.SINCE_IN_SESSION, session_id=evening.id, after=0, limit=1000)
    return [
        json.loads(publication.data)
        for entry in entries
        for channel, publication in publications(entry)
        if channel == f"chat:{evening.id}"
    ]


def read(log, events):
    """What a client shows after these events: messages by id, without those that were taken away."""
    for event in events:
        data = event["data"]
        if event["type"] == "chat.message":
            log[data["id"]] = data
        elif event["type"] == "chat.deleted":
            log = {key: each for key, each in log.items() if key not in data["ids"]}
        elif event["type"] == "chat.cleared":
            log = {key: each for key, each in log.items() if each["created_at"] > data["before"]}
        elif event["type"] == "chat.pinned":
            log[data["id"]]["pinned_at"] = data["pinned_at"]
    return log


async def afresh(evening):
    return {each["id"]: each for each in await messages(evening) if not each["is_deleted"]}


async def test_a_pinned_message_is_kept_in_view_until_it_is_taken_down(hall, evening):
    first = (await messages(evening))[0]
    path = f"{evening.chat}/{first['id']}/pin"
    assert code(await evening.viewer.put(path)) == (403, "forbidden")
    for _ in range(2):
        assert (await evening.host.put(path)).status_code == 204
    assert (await messages(evening))[0]["pinned_at"]
    assert read({}, await told(hall, evening)) == await afresh(evening)
    assert (await evening.host.put(path, json={"pinned": False})).status_code == 204
    assert (await messages(evening))[0]["pinned_at"] is None
    assert code(await evening.host.put(f"{evening.chat}/{new_id()}/pin")) == (404, "not_found")
    pins = [each["data"] for each in await told(hall, evening) if each["type"] == "chat.pinned"]
    assert [pin["pinned_at"] is None for pin in pins] == [False, True]


async def test_the_chat_is_cleared_of_all_or_of_one_person(hall, evening):
    clear = f"{evening.chat}/clear"
    assert code(await evening.viewer.post(clear)) == (403, "forbidden")
    ben = (await evening.viewer.get("/auth/me")).json()["data"]["id"]
    asked = await evening.viewer.post(f"/sessions/{evening.id}/questions", json={"text": "Why?"})
    assert (await evening.host.post(clear, json={"user_id": ben})).status_code == 204
    assert [each["message"] for each in await messages(evening)] == ["", "two", ""]
    assert read({}, await told(hall, evening)) == await afresh(evening)
    assert (await evening.host.post(clear)).status_code == 204
    assert await afresh(evening) == read({}, await told(hall, evening)) == {}
    assert code(await evening.host.post(clear, json={"user_id": "x"})) == (422, "validation_failed")
    kept = await evening.host.get(f"/sessions/{evening.id}/questions/{asked.json()['data']['id']}")
    assert kept.status_code == 200, "a question is no message of the chat"


async def test_applause_is_counted_over_a_second_told_and_forgotten(hall, evening):
    heard = []
    applause = hall.app.house.applause
    await applause.gather()
    applause._publish = lambda found: heard.append((found.session_id, dict(found.counts)))
    path = f"/sessions/{evening.id}/reactions"
    for client, emoji in ((evening.viewer, "👏"), (evening.host, "👏"), (evening.viewer, "🎉")):
        assert (await client.post(path, json={"emoji": emoji})).status_code == 204
    for _ in range(2):
        await applause.gather()
    counted = {}
    for session_id, counts in heard:
        assert session_id == evening.id
        counted = {name: counted.get(name, 0) + number for name, number in counts.items()} | {
            name: number for name, number in counted.items() if name not in counts
        }
    assert counted == {"👏": 2, "🎉": 1}
    for body in ({"emoji": "x"}, {"emoji": ""}, {}):
        assert code(await evening.viewer.post(path, json=body)) == (422, "validation_failed")
    stranger = await hall.signed_in("eve@example.org", "viewer")
    assert code(await stranger.post(path, json={"emoji": "👏"})) == (403, "forbidden")
    answers = [await evening.viewer.post(path, json={"emoji": "👏"}) for _ in range(12)]
    assert answers[-1].status_code == 429
    await evening.end()
    assert code(await evening.host.post(path, json={"emoji": "👏"})) == (409, "invalid_state")
