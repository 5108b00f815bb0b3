"""The chat over HTTP, and who hears it."""

import asyncio
import csv
import io
from contextlib import asynccontextmanager

import pytest

from livehall.core.ports.channels import Since
from livehall.core.ports.realtime import Refused
from livehall.kernel.ids import new_id
from tests.dialects.live.evening import an_evening, code
from tests.support.waiting import eventually


async def test_a_message_is_stored_and_read(hall):
    evening = await an_evening(hall)
    await evening.join()
    path = f"/sessions/{evening.id}/chat"
    sent = await evening.viewer.post(path, json={"message": " hello ", "client_id": "a"})
    assert sent.status_code == 201
    message = sent.json()["data"]
    assert (message["message"], message["username"], message["role"]) == ("hello", "ben", "viewer")
    assert (message["type"], message["is_deleted"], message["client_id"]) == ("text", False, "a")
    assert (await evening.host.get(path)).json()["data"] == {
        "messages": [message],
        "next_cursor": None,
        "has_more": False,
    }


async def test_c20_a_repeated_client_id_answers_201_with_the_first(hall):
    evening = await an_evening(hall)
    await evening.join()
    path = f"/sessions/{evening.id}/chat"
    answers = [await evening.viewer.post(path, json={"message": text, "client_id": "a"}) for text in "xy"]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json()["data"] == answers[1].json()["data"]


@pytest.mark.parametrize(
    "body",
    [
        {}, {"message": ""}, {"message": "  "}, {"message": "x" * 2001}, {"message": 7},
        {"message": "a", "client_id": ""}, {"message": "a", "client_id": "x" * 65},
        {"message": "a", "reply_to": "none"}, {"message": "a", "nonsense": 1},
    ],
)  # fmt: skip
async def test_what_cannot_be_a_message_is_refused(hall, body):
    evening = await an_evening(hall)
    await evening.join()
    answer = await evening.viewer.post(f"/sessions/{evening.id}/chat", json=body)
    assert code(answer) == (422, "validation_failed")


async def test_c5_answering_or_attaching_what_is_not_there_is_refused_by_name(hall):
    evening = await an_evening(hall)
    await evening.join()
    for field in ("reply_to", "file_id"):
        body = {"message": "a", field: new_id()}
        answer = await evening.viewer.post(f"/sessions/{evening.id}/chat", json=body)
        assert code(answer) == (422, "validation_failed")
        assert answer.json()["error"]["details"][0]["field"] == field


async def test_too_fast_is_told_when_to_come_back(hall):
    evening = await an_evening(hall)
    await evening.join()
    path = f"/sessions/{evening.id}/chat"
    answers = [await evening.viewer.post(path, json={"message": text}) for text in "abcd"]
    assert [answer.status_code for answer in answers] == [201, 201, 201, 429]
    assert answers[-1].headers["retry-after"] in ("1", "2")


async def test_pages_lead_back_by_cursor(hall):
    evening = await an_evening(hall)
    path = f"/sessions/{evening.id}/chat"
    for text in "abc":
        await evening.host.post(path, json={"message": text})
    newest = (await evening.host.get(f"{path}?limit=2")).json()["data"]
    assert [message["message"] for message in newest["messages"]] == ["b", "c"]
    assert newest["has_more"] is True
    older = (await evening.host.get(f"{path}?limit=2&cursor={newest['next_cursor']}")).json()["data"]
    assert ([message["message"] for message in older["messages"]], older["next_cursor"]) == (["a"], None)
    after = (await evening.host.get(f"{path}?after={older['messages'][0]['id']}")).json()["data"]
    assert [message["message"] for message in after["messages"]] == ["b", "c"]
    for query in ("cursor=none", "limit=0", "limit=201", "after=none"):
        answer = await evening.host.get(f"{path}?{query}")
        assert code(answer) == (422, "validation_failed")
        assert answer.json()["error"]["details"][0]["field"] == query.partition("=")[0]


async def test_who_has_not_joined_is_outside(hall):
    evening = await an_evening(hall)
    path = f"/sessions/{evening.id}/chat"
    assert code(await evening.viewer.post(path, json={"message": "a"})) == (403, "forbidden")
    assert code(await evening.viewer.get(path)) == (403, "forbidden")
    assert code(await hall.client().get(path)) == (401, "unauthenticated")
    assert code(await evening.viewer.get(f"/sessions/{new_id()}/chat")) == (404, "not_found")


async def test_a_deleted_message_keeps_its_place_and_loses_its_text(hall):
    evening = await an_evening(hall)
    await evening.join()
    path = f"/sessions/{evening.id}/chat"
    message = (await evening.viewer.post(path, json={"message": "oops"})).json()["data"]
    mine = (await evening.host.post(path, json={"message": "mine"})).json()["data"]
    assert code(await evening.viewer.delete(f"{path}/{mine['id']}")) == (403, "forbidden")
    assert (await evening.viewer.delete(f"{path}/{message['id']}")).status_code == 204
    assert (await evening.viewer.delete(f"{path}/{message['id']}")).status_code == 204
    shown = (await evening.host.get(path)).json()["data"]["messages"][0]
    assert (shown["message"], shown["is_deleted"]) == ("", True)
    assert code(await evening.viewer.delete(f"{path}/{new_id()}")) == (404, "not_found")


class Ear:
    """A listener to the chat of an evening, as the hub sees a connection."""

    def __init__(self, hall, evening, who):
        self.hub, self.channel = hall.app.house.hub, f"chat:{evening.id}"
        self.client, self.who = new_id(), who
        self.heard, self.lost = b"", []

    def send(self, data):
        self.heard += data

    def unsubscribed(self, channel, code, reason):
        self.lost.append((channel, code))

    def disconnect(self, code, reason):
        raise AssertionError(f"nobody is sent away: {code} {reason}")

    async def subscribe(self, since=None):
        return (await self.hub.subscribe(self, self.channel, since))()

    async def eventually(self, what):
        async def ask():
            return what(self)

        await eventually(ask, within=10, what="what the listener waits for")  # the promise is 2 s


@asynccontextmanager
async def listening(hall, evening, client):
    token = (await evening.join(client))["realtime"]["token"]
    ear = Ear(hall, evening, await hall.app.house.gate.connect(token))
    ear.hub.attach(ear, asyncio.get_running_loop().time())
    try:
        yield ear
    finally:
        ear.hub.detach(ear)


async def with_a_preset(hall):
    host = hall.client(hall.token(await hall.person()))
    preset = (await host.post("/presets", json={"name": "Lecture", "type": "whip"})).json()["data"]["id"]
    return await an_evening(hall, mode="webcam", preset_id=preset), f"/presets/{preset}"


async def test_who_may_not_read_the_chat_any_more_hears_no_word_and_others_miss_none(hall):
    evening, preset = await with_a_preset(hall)
    chat = f"/sessions/{evening.id}/chat"
    async with listening(hall, evening, evening.viewer) as ben, listening(hall, evening, evening.host) as ada:
        await ben.subscribe()
        place = await ada.subscribe()
        answer = await evening.host.patch(preset, json={"audience_chat_receive_message": False})
        assert answer.status_code == 200
        for each in (ben, ada):
            await each.eventually(lambda ear: ear.lost)
            assert each.lost == [(each.channel, 2501)]  # upon which Centrifugo's clients subscribe again
        assert (await evening.host.post(chat, json={"message": "among us"})).status_code == 201
        await hall.app.house.relay.drained()
        with pytest.raises(Refused):
            await ben.subscribe()
        again = await ada.subscribe(Since(epoch=place.epoch, position=place.position))
        assert again.recovered
        assert b"among us" in again.missed[-1].data
        await evening.host.post(chat, json={"message": "go on"})
        await ada.eventually(lambda ear: b"go on" in ear.heard)
        assert ben.heard == b""


async def test_settings_by_which_nobody_loses_the_chat_disturb_nobody_in_it(hall):
    evening, preset = await with_a_preset(hall)
    async with listening(hall, evening, evening.viewer) as ben:
        await ben.subscribe()
        assert (await evening.host.patch(preset, json={"audience_poll_view": False})).status_code == 200
        await hall.app.house.relay.drained()
        assert ben.lost == []


async def test_who_is_dismissed_to_an_audience_without_chat_loses_it(hall):
    evening, preset = await with_a_preset(hall)
    await evening.host.patch(preset, json={"audience_chat_receive_message": False})
    who = (await evening.viewer.get("/auth/me")).json()["data"]["id"]
    moderators = f"/sessions/{evening.id}/moderators"
    assert (await evening.host.post(moderators, json={"user_id": who})).status_code == 201
    await hall.app.house.relay.drained()
    async with listening(hall, evening, evening.viewer) as ben:
        await ben.subscribe()
        assert (await evening.host.delete(f"{moderators}/{who}")).status_code == 204
        await ben.eventually(lambda ear: (ear.channel, 2000) in ear.lost)


async def test_the_whole_chat_is_taken_out_as_a_file(hall):
    evening = await an_evening(hall)
    await evening.join()
    chat = f"/sessions/{evening.id}/chat"
    for client, text in ((evening.viewer, "=1"), (evening.host, "welcome"), (evening.viewer, "oops")):
        last = (await client.post(chat, json={"message": text})).json()["data"]["id"]
    await evening.viewer.delete(f"{chat}/{last}")
    await evening.viewer.post(f"/sessions/{evening.id}/questions", json={"text": "no message"})
    answer = await evening.host.get(f"{chat}/export")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [(row["message"], row["username"], row["email"]) for row in rows] == [
        ("'=1", "ben", "ben@example.org"), ("welcome", "ada", "ada@example.org"),
    ]  # fmt: skip
    grouped = (await evening.host.get(f"{chat}/export?format=json&by=attendee")).json()
    assert [row["user_id"] for row in grouped] == sorted(row["user_id"] for row in grouped)
    assert (await evening.host.get(f"{chat}/export?format=xlsx")).content.startswith(b"PK")
    assert code(await evening.viewer.get(f"{chat}/export")) == (403, "forbidden")
