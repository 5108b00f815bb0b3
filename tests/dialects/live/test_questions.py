"""Questions over HTTP, who hears what, and that events lead to what is read afresh."""

import csv
import io
import json

import pytest

from livehall.core.messages import steps as messages_steps
from livehall.core.messages import store as messages_store
from livehall.core.questions import steps as question_steps
from livehall.dialects.live.realtime.publishing import publications
from livehall.kernel import journal
from livehall.kernel.actor import SYSTEM
from livehall.kernel.ids import new_id
from tests.dialects.live.evening import an_evening, code


async def a_talk(hall, *, moderated=False):
    """An evening with Ben and Cleo in it."""
    evening = await an_evening(hall)
    evening.cleo = await hall.signed_in("cleo@example.org", "viewer")
    evening.path = f"/sessions/{evening.id}/questions"
    await evening.join()
    await evening.join(evening.cleo)
    if moderated:
        answer = await evening.host.patch(
            f"/sessions/{evening.id}/settings", json={"question_moderation": True}
        )
        assert answer.json()["data"]["effective_question_moderation"] is True
    return evening


async def asked(evening, client=None, **body):
    answer = await (client or evening.viewer).post(evening.path, json={"text": "Why?", **body})
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]


async def data(answer, status=200):
    assert answer.status_code == status, answer.text
    return answer.json()["data"]


async def test_ask_question(hall):
    evening = await a_talk(hall)
    question = await asked(evening, text=" Why? ", is_anonymous=True)
    assert (question["text"], question["state"], question["is_mine"]) == ("Why?", "published", True)
    assert (question["username"], question["votes"], question["answers"]) == ("ben", 0, [])
    for body in ({}, {"text": ""}, {"text": "x" * 1001}, {"text": 7}, {"text": "a", "more": 1}):
        assert code(await evening.cleo.post(evening.path, json=body)) == (422, "validation_failed")
    stranger = await hall.signed_in("eve@example.org", "viewer")
    assert code(await stranger.post(evening.path, json={"text": "a"})) == (403, "forbidden")
    assert code(await hall.client().post(evening.path, json={"text": "a"})) == (401, "unauthenticated")
    answers = [await evening.cleo.post(evening.path, json={"text": text}) for text in "abcd"]
    assert [answer.status_code for answer in answers] == [201, 201, 201, 429]
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 10
    off = await evening.host.post("/presets", json={"name": "Q", "question_enabled": False})
    assert off.json()["data"]["question_enabled"] is False


async def test_list_questions(hall):
    evening = await a_talk(hall, moderated=True)
    waiting = await asked(evening, text="waiting")
    shown = await asked(evening, evening.host, text="from the house")
    titles = {
        name: [each["text"] for each in (await data(await client.get(evening.path)))["questions"]]
        for name, client in (("host", evening.host), ("ben", evening.viewer), ("cleo", evening.cleo))
    }
    assert titles == {
        "host": ["waiting", "from the house"], "ben": ["waiting", "from the house"],
        "cleo": ["from the house"],
    }  # fmt: skip
    page = await data(await evening.host.get(f"{evening.path}?sort=-time&limit=1"))
    assert ([each["id"] for each in page["questions"]], page["pagination"]["total"]) == ([shown["id"]], 2)
    for query, found in (("state=pending", [waiting["id"]]), ("mine=true", [shown["id"]])):
        page = await data(await evening.host.get(f"{evening.path}?{query}"))
        assert [each["id"] for each in page["questions"]] == found
    for query in ("state=none", "sort=none", "limit=0"):
        answer = await evening.host.get(f"{evening.path}?{query}")
        assert code(answer) == (422, "validation_failed")


async def test_get_question(hall):
    evening = await a_talk(hall, moderated=True)
    question = await asked(evening)
    path = f"{evening.path}/{question['id']}"
    assert await data(await evening.viewer.get(path)) == question
    assert code(await evening.cleo.get(path)) == (404, "not_found")
    assert code(await evening.host.get(f"{evening.path}/{new_id()}")) == (404, "not_found")
    message = await data(
        await evening.host.post(f"/sessions/{evening.id}/chat", json={"message": "chat"}), 201
    )
    for each in (f"{evening.path}/{message['id']}", f"{evening.path}/{message['id']}/publish"):
        verb = "GET" if each.endswith(message["id"]) else "POST"
        assert code(await evening.host.request(verb, each)) == (404, "not_found"), "it is of the chat"
    chat = await evening.host.delete(f"/sessions/{evening.id}/chat/{question['id']}")
    assert code(chat) == (404, "not_found")


async def test_update_and_delete_question(hall):
    evening = await a_talk(hall, moderated=True)
    question = await asked(evening, text="Wy?")
    path = f"{evening.path}/{question['id']}"
    changed = await data(await evening.viewer.patch(path, json={"text": "Why?", "is_anonymous": True}))
    assert (changed["text"], changed["is_anonymous"]) == ("Why?", True)
    assert code(await evening.cleo.patch(path, json={"text": "mine"})) == (404, "not_found")
    assert code(await evening.host.patch(path, json={"text": "mine"})) == (403, "forbidden")
    await data(await evening.host.post(f"{path}/publish"))
    assert code(await evening.viewer.patch(path, json={"text": "late"})) == (409, "invalid_state")
    assert code(await evening.cleo.delete(path)) == (403, "forbidden")
    assert (await evening.viewer.delete(path)).status_code == 204
    assert code(await evening.viewer.delete(path)) == (404, "not_found")


async def test_vote_and_unvote_question(hall):
    evening = await a_talk(hall)
    question = await asked(evening)
    path = f"{evening.path}/{question['id']}/vote"
    for _ in range(2):
        voted = await data(await evening.cleo.put(path))
        assert (voted["votes"], voted["my_vote"]) == (1, True)
    assert (await data(await evening.viewer.put(path)))["votes"] == 2
    back = await data(await evening.cleo.delete(path))
    assert (back["votes"], back["my_vote"]) == (1, False)
    stranger = await hall.signed_in("eve@example.org", "viewer")
    assert code(await stranger.put(path)) == (403, "forbidden")
    assert code(await evening.cleo.put(f"{evening.path}/{new_id()}/vote")) == (404, "not_found")


async def test_publish_dismiss_and_pin_question(hall):
    evening = await a_talk(hall, moderated=True)
    question, other = await asked(evening), await asked(evening, text="Spam")
    path = f"{evening.path}/{question['id']}"
    for verb, action in (("POST", "publish"), ("POST", "dismiss"), ("PUT", "pin")):
        assert code(await evening.viewer.request(verb, f"{path}/{action}")) == (403, "forbidden")
    assert code(await evening.host.put(f"{path}/pin")) == (409, "invalid_state")
    for _ in range(2):  # C6
        assert (await data(await evening.host.post(f"{path}/publish")))["state"] == "published"
    assert (await data(await evening.host.put(f"{path}/pin")))["pinned_at"]
    assert (await data(await evening.host.put(f"{path}/pin", json={"pinned": False})))["pinned_at"] is None
    for _ in range(2):
        answer = await evening.host.post(f"{evening.path}/{other['id']}/dismiss")
        assert (await data(answer))["state"] == "dismissed"
    assert code(await evening.host.post(f"{evening.path}/{other['id']}/publish")) == (409, "invalid_state")


async def test_answer_question(hall):
    evening = await a_talk(hall)
    question = await asked(evening)
    path = f"{evening.path}/{question['id']}/answer"
    assert code(await evening.cleo.post(path, json={"text": "So."})) == (403, "forbidden")
    for body in ({}, {"text": " "}, {"text": "x" * 2001}, {"on_air_at": "2026-01-01T00:00:00Z"},
                 {"on_air": True, "on_air_at": "2020-01-01T00:00:00Z"}):  # fmt: skip
        assert code(await evening.host.post(path, json=body)) == (422, "validation_failed"), body
    await data(await evening.host.post(path, json={"text": "Because."}))
    cleo = (await evening.cleo.get("/auth/me")).json()["data"]["id"]
    seat = await evening.host.post(f"/sessions/{evening.id}/stage/participants", json={"user_id": cleo})
    assert seat.status_code == 201, "who speaks answers too"
    answered = await data(await evening.cleo.post(path, json={"on_air": True}))
    assert (answered["state"], [each["text"] for each in answered["answers"]]) == (
        "answered", ["Because.", ""],
    )  # fmt: skip
    assert [each["on_air_at"] is None for each in answered["answers"]] == [True, False]


async def test_export_questions(hall):
    evening = await a_talk(hall)
    first = await asked(evening, text="=1+1")
    await asked(evening, evening.cleo, text="Cleo's", is_anonymous=True)
    await asked(evening, text="again")
    await evening.host.post(f"{evening.path}/{first['id']}/answer", json={"text": "Two."})
    await evening.cleo.put(f"{evening.path}/{first['id']}/vote")
    path = f"{evening.path}/export"
    answer = await evening.host.get(path)
    assert answer.headers["content-disposition"] == f'attachment; filename="questions-{evening.id}.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [(row["text"], row["email"], row["votes"], row["answers"]) for row in rows] == [
        ("'=1+1", "ben@example.org", "1", "Two."), ("Cleo's", "cleo@example.org", "0", ""),
        ("again", "ben@example.org", "0", ""),
    ]  # fmt: skip
    grouped = (await evening.host.get(f"{path}?format=json&by=attendee")).json()
    assert [row["email"] for row in grouped] in (
        [f"{name}@example.org" for name in names]
        for names in (("ben", "ben", "cleo"), ("cleo", "ben", "ben"))
    )
    assert (await evening.host.get(f"{path}?format=xlsx")).content.startswith(b"PK")
    assert code(await evening.viewer.get(path)) == (403, "forbidden")
    assert code(await evening.host.get(f"{path}?format=pdf")) == (422, "validation_failed")


async def test_the_name_of_who_asks_anonymously_is_on_no_channel_of_the_audience(hall):
    evening = await a_talk(hall)
    await asked(evening, is_anonymous=True)
    (question,) = (await data(await evening.cleo.get(evening.path)))["questions"]
    assert (question["username"], question["user_id"], question["role"]) == (None, None, None)
    entries = await journal_of(hall, evening)
    heard = {
        channel.partition(":")[0]: json.loads(publication.data)
        for entry in entries
        for channel, publication in publications(entry)
        if entry.type == "question.asked"
    }
    assert (heard["session"]["data"]["username"], heard["staff"]["data"]["username"]) == (None, "ben")
    assert "actor" not in heard["session"], "who did it would name who asked"


@pytest.mark.parametrize("moderated", [False, True], ids=["open", "moderated"])
async def test_snapshot_and_events_lead_to_what_is_read_afresh(hall, moderated):
    """State before + published events = state read afresh, for the audience and for the staff."""
    evening = await a_talk(hall, moderated=moderated)
    early = await asked(evening, text="early", is_anonymous=True)
    before = {kind: await snapshot(hall, evening, kind) for kind in ("session", "staff")}
    after = len(await journal_of(hall, evening))

    await asked(evening, evening.cleo, text="taken back")
    mine = (await data(await evening.cleo.get(f"{evening.path}?mine=true")))["questions"][0]
    spam = await asked(evening, text="spam")
    wanted = await asked(evening, evening.cleo, text="wanted")
    for each in (early, spam, wanted) if moderated else ():
        await data(await evening.host.post(f"{evening.path}/{each['id']}/publish"))
    if moderated:
        await asked(evening, evening.cleo, text="left pending")
    assert (await evening.cleo.delete(f"{evening.path}/{mine['id']}")).status_code == 204
    await data(await evening.host.post(f"{evening.path}/{spam['id']}/dismiss"))
    await data(await evening.host.put(f"{evening.path}/{early['id']}/pin"))
    for text in ("one", "two"):
        answer = await evening.host.post(f"{evening.path}/{wanted['id']}/answer", json={"text": text})
        await data(answer)
    await data(await evening.viewer.put(f"{evening.path}/{wanted['id']}/vote"))
    counted = []
    hall.app.house.questions._publish = counted.append
    await hall.app.house.questions.gather()

    for kind in ("session", "staff"):
        questions = {each["id"]: each for each in before[kind]}
        for entry in (await journal_of(hall, evening))[after:]:
            for channel, publication in publications(entry):
                if channel == f"{kind}:{evening.id}":
                    apply(kind, questions, json.loads(publication.data))
        if kind == "session":
            for count in counted:
                for question_id, votes in count.votes.items():
                    questions[question_id]["votes"] = votes
        fresh = {each["id"]: plain(each) for each in await snapshot(hall, evening, kind)}
        assert {question_id: plain(each) for question_id, each in questions.items()} == fresh, kind
        assert len(fresh) == (2 if kind == "session" else int(moderated))


def apply(kind, questions, told):
    """What a client does with a publication: `session:` shows public ones, `staff:` those that wait."""
    data = told["data"]
    if told["type"] in ("question.dismissed", "question.deleted"):
        questions.pop(data["id"], None)
    elif told["type"].startswith("question."):
        answers = questions.get(data["id"], {}).get("answers", [])
        new = data.pop("answer", None)
        questions[data["id"]] = {**data, "answers": [*answers, *([new] if new else [])]}
        if kind == "staff" and data["state"] != "pending":
            del questions[data["id"]]


def plain(question):
    """Without what depends on who looks."""
    return {name: value for name, value in question.items() if name not in ("my_vote", "is_mine")}


async def snapshot(hall, evening, kind):
    gate = hall.app.house.gate
    client = evening.cleo if kind == "session" else evening.host
    who = await gate.connect((await evening.join(client))["realtime"]["token"])
    subscribed = await gate.subscribe(who, f"{kind}:{evening.id}")
    return json.loads(subscribed.data)["snapshot"]["questions"]


async def journal_of(hall, evening):
    await hall.app.house.relay.drained()
    async with hall.app.house.desk.read(SYSTEM) as read:
        return await read.db.all(journal.SINCE_IN_SESSION, session_id=evening.id, after=0, limit=1000)


async def test_who_is_banned_with_all_they_wrote_leaves_no_question(hall):
    evening = await a_talk(hall)
    question = await asked(evening)
    ben = (await evening.viewer.get("/auth/me")).json()["data"]["id"]
    banned = await evening.host.post(
        f"/sessions/{evening.id}/bans", json={"user_id": ben, "delete_messages": True}
    )
    assert banned.status_code in (200, 201), banned.text
    assert (await data(await evening.cleo.get(evening.path)))["questions"] == []
    for answer in (
        await evening.viewer.post(evening.path, json={"text": "again"}),
        await evening.viewer.put(f"{evening.path}/{question['id']}/vote"),
    ):
        assert code(answer) == (403, "banned")


async def test_an_export_reads_answers_with_their_questions_a_batch_at_a_time(hall, monkeypatch):
    monkeypatch.setattr(question_steps, "BATCH", 2)
    evening = await a_talk(hall)
    for number in range(5):
        one = await asked(evening, evening.cleo if number % 2 else None, text=f"Question {number}")
        await evening.host.post(f"{evening.path}/{one['id']}/answer", json={"text": f"Answer {number}"})
    read, batches = messages_store.replies, []

    async def counted(desk, session, kind, parent_ids):
        batches.append(len(parent_ids))
        return await read(desk, session, kind, parent_ids)

    monkeypatch.setattr(messages_steps, "replies", counted)
    rows = (await evening.host.get(f"{evening.path}/export?format=json")).json()
    assert [(row["text"], row["answers"]) for row in rows] == [
        (f"Question {number}", f"Answer {number}") for number in range(5)
    ]
    assert batches == [2, 2, 1]
