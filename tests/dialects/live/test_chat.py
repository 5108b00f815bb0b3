"""The chat over HTTP."""

import pytest

from livehall.kernel.ids import new_id
from tests.dialects.live.evening import an_evening, code


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
