"""Polls over HTTP and in realtime."""

import asyncio

import msgspec
import pytest
from sqlalchemy import select

from livehall.dialects.live.realtime.publishing import publications
from livehall.kernel import journal
from livehall.kernel.actor import SYSTEM
from livehall.kernel.db import Statement
from livehall.kernel.ids import new_id
from tests.dialects.live.evening import an_evening, code

JOURNAL = Statement(select(journal.journal).order_by(journal.journal.c.seq), journal.Entry)
POLL = {"question": "Tea or coffee?", "options": ["tea", "coffee"]}


async def a_poll(evening, **more):
    answer = await evening.host.post(f"/sessions/{evening.id}/polls", json={**POLL, **more})
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]


async def test_create_poll(hall):
    evening = await an_evening(hall)
    poll = await a_poll(evening, duration=60)
    assert (poll["status"], poll["anonymous"], poll["show_results"]) == ("open", True, "after_vote")
    assert [(option["text"], option["position"]) for option in poll["options"]] == [("tea", 0), ("coffee", 1)]
    assert (poll["total_voters"], poll["my_votes"], poll["options"][0]["votes"]) == (0, [], 0)
    assert poll["closes_at"] > poll["created_at"]
    assert poll["closed_at"] is None


async def test_c4_a_repeated_creation_makes_one_poll(hall):
    evening = await an_evening(hall)
    path, key = f"/sessions/{evening.id}/polls", {"Idempotency-Key": "one"}
    first, second = [await evening.host.post(path, json=POLL, headers=key) for _ in range(2)]
    assert first.json()["data"] == second.json()["data"]
    assert len((await evening.host.get(path)).json()["data"]["polls"]) == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"question": ""}, "question"), ({"question": "x" * 501}, "question"),
        ({"options": ["a"]}, "options"), ({"options": list("abcdefghijk")}, "options"),
        ({"options": ["a", "a"]}, "options"), ({"options": ["a", 7]}, "options.1"),
        ({"options": ["a", "b" * 201]}, "options.1"), ({"duration": 4}, "duration"),
        ({"duration": 86401}, "duration"), ({"show_results": "never"}, "show_results"),
        ({"nonsense": 1}, "nonsense"),
    ],
)  # fmt: skip
async def test_what_cannot_be_a_poll_is_refused(hall, body, field):
    evening = await an_evening(hall)
    answer = await evening.host.post(f"/sessions/{evening.id}/polls", json={**POLL, **body})
    assert code(answer) == (422, "validation_failed")
    assert answer.json()["error"]["details"][0]["field"].replace("[1]", ".1") == field


async def test_vote_poll(hall):
    evening = await an_evening(hall)
    await evening.join()
    poll = await a_poll(evening)
    tea, coffee = (option["id"] for option in poll["options"])
    path = f"/sessions/{evening.id}/polls/{poll['id']}/vote"
    first = (await evening.viewer.post(path, json={"option_id": tea})).json()["data"]
    assert (first["my_votes"], first["total_voters"]) == ([tea], 1)
    changed = (await evening.viewer.post(path, json={"option_ids": [coffee.upper()]})).json()["data"]
    assert (changed["my_votes"], [option["votes"] for option in changed["options"]]) == ([coffee], [0, 1])
    assert changed["options"][1]["percentage"] == 100


async def test_c8_a_vote_carries_exactly_one_of_option_id_and_option_ids(hall):
    evening = await an_evening(hall)
    await evening.join()
    poll = await a_poll(evening)
    tea, coffee = (option["id"] for option in poll["options"])
    path = f"/sessions/{evening.id}/polls/{poll['id']}/vote"
    for body in (
        {}, {"option_id": tea, "option_ids": [tea]}, {"option_ids": []}, {"option_ids": [tea, coffee]},
        {"option_id": new_id()}, {"option_ids": [new_id()]}, {"option_id": "tea"},
    ):  # fmt: skip
        answer = await evening.viewer.post(path, json=body)
        assert code(answer) == (422, "validation_failed"), body
        assert answer.json()["error"]["details"][0]["field"].startswith("option_id")


async def test_get_poll_results(hall):
    evening = await an_evening(hall)
    await evening.join()
    poll = await a_poll(evening)
    path = f"/sessions/{evening.id}/polls/{poll['id']}"
    assert code(await evening.viewer.get(f"{path}/results")) == (403, "feature_disabled")
    listed = (await evening.viewer.get(f"/sessions/{evening.id}/polls")).json()["data"]["polls"]
    assert [option["votes"] for option in listed[0]["options"]] == [None, None]
    await evening.viewer.post(f"{path}/vote", json={"option_id": poll["options"][0]["id"]})
    for client in (evening.viewer, evening.host):
        shown = (await client.get(f"{path}/results")).json()["data"]
        assert [option["votes"] for option in shown["options"]] == [1, 0]


async def test_list_polls(hall):
    evening = await an_evening(hall)
    await evening.join()
    poll, draft = await a_poll(evening), await a_poll(evening, draft=True)
    path = f"/sessions/{evening.id}/polls"
    assert [each["id"] for each in (await evening.host.get(path)).json()["data"]["polls"]] == [
        poll["id"], draft["id"],
    ]  # fmt: skip
    seen = (await evening.viewer.get(path)).json()["data"]["polls"]
    assert [each["id"] for each in seen] == [poll["id"]]
    drafts = (await evening.host.get(f"{path}?status=draft")).json()["data"]["polls"]
    assert [each["id"] for each in drafts] == [draft["id"]]
    refused = await evening.host.get(f"{path}?status=none")
    assert (code(refused), refused.json()["error"]["details"][0]["field"]) == (
        (422, "validation_failed"), "status",
    )  # fmt: skip


async def test_update_poll(hall):
    evening = await an_evening(hall)
    draft = await a_poll(evening, draft=True)
    path = f"/sessions/{evening.id}/polls/{draft['id']}"
    body = {"question": "Which?", "options": ["x", "y", "z"], "duration": 30, "status": "open"}
    opened = (await evening.host.patch(path, json=body)).json()["data"]
    assert (opened["status"], opened["question"], len(opened["options"])) == ("open", "Which?", 3)
    assert code(await evening.host.patch(path, json={"question": "Why?"})) == (409, "invalid_state")


async def test_close_poll(hall):
    evening = await an_evening(hall)
    await evening.join()
    poll = await a_poll(evening)
    path = f"/sessions/{evening.id}/polls/{poll['id']}"
    vote = {"option_id": poll["options"][1]["id"]}
    await evening.viewer.post(f"{path}/vote", json=vote)
    assert code(await evening.viewer.post(f"{path}/close")) == (403, "forbidden")
    closed = [(await evening.host.post(f"{path}/close")).json()["data"] for _ in range(2)]
    assert closed[0] == closed[1]
    assert (closed[0]["status"], closed[0]["options"][1]["votes"]) == ("closed", 1)
    assert code(await evening.viewer.post(f"{path}/vote", json=vote)) == (409, "poll_closed")


async def test_the_end_of_the_session_closes_its_polls_i17(hall):
    evening = await an_evening(hall)
    await a_poll(evening)
    await evening.end()
    (poll,) = (await evening.host.get(f"/sessions/{evening.id}/polls")).json()["data"]["polls"]
    assert poll["status"] == "closed"
    answer = await evening.host.post(f"/sessions/{evening.id}/polls", json=POLL)
    assert code(answer) == (409, "invalid_state")


async def test_who_may_not_see_a_poll_gets_the_answer_of_what_is_not_there_i22(hall):
    evening = await an_evening(hall)
    poll = await a_poll(evening)
    path = f"/sessions/{evening.id}/polls"
    assert code(await hall.client().get(path)) == (401, "unauthenticated")
    assert code(await evening.viewer.get(path)) == (403, "forbidden")
    await evening.join()
    assert code(await evening.viewer.post(path, json=POLL)) == (403, "feature_disabled")
    for there in (f"/sessions/{new_id()}/polls/{poll['id']}", f"{path}/{new_id()}", f"{path}/none"):
        assert code(await evening.viewer.get(f"{there}/results")) == (404, "not_found")


class Listener:
    """What a listener of the `session:` channel knows of open polls: the snapshot, then event by event."""

    def __init__(self, snapshot):
        self.polls = {poll["id"]: without_own(poll) for poll in snapshot["polls"]}

    def take(self, event):
        data = event["data"]
        if event["type"] == "poll.opened":
            assert "my_votes" not in data  # C21
            self.polls[data["id"]] = data
        elif event["type"] == "poll.closed":
            del self.polls[data["id"]]
        elif event["type"] == "poll.results":
            poll = self.polls[data["poll_id"]]
            counts = {option["id"]: option for option in data["options"]}
            options = [{**option, **counts[option["id"]]} for option in poll["options"]]
            self.polls[poll["id"]] = {**poll, "total_voters": data["total_voters"], "options": options}


def without_own(poll):
    return {name: value for name, value in poll.items() if name != "my_votes"}


async def snapshot(hall, evening, joined):
    """What the viewer's subscription begins with."""
    gate = hall.app.house.gate
    who = await gate.connect(joined["realtime"]["token"])
    return msgspec.json.decode((await gate.subscribe(who, f"session:{evening.id}")).data)["snapshot"]


async def test_replay_of_polls(hall):
    """State before + what was published = state read afresh, for one who may see every count."""
    evening = await an_evening(hall)
    joined = await evening.join()
    house = hall.app.house
    first = await a_poll(evening, show_results="always")
    listener = Listener(await snapshot(hall, evening, joined))
    async with house.desk.read(SYSTEM) as read:
        seen = {row.id for row in await read.db.all(JOURNAL)}
    results = asyncio.Queue()
    publish = house.hub.publish
    house.hub.publish = lambda channel, one: (results.put_nowait((channel, one)), publish(channel, one))

    second = await a_poll(evening, show_results="always", duration=600)
    third = await a_poll(evening)
    path = f"/sessions/{evening.id}/polls"
    await evening.host.post(f"{path}/{third['id']}/close")
    for poll in (first, second):
        for client, at in ((evening.viewer, 0), (evening.host, 1), (evening.host, 0)):
            await client.post(f"{path}/{poll['id']}/vote", json={"option_id": poll["options"][at]["id"]})
    await house.results.gather()

    async with house.desk.read(SYSTEM) as read:
        rows = [journal.at(row, row.seq) for row in await read.db.all(JOURNAL) if row.id not in seen]
    for row in rows:
        for channel, publication in publications(row):
            if channel == f"session:{evening.id}":
                listener.take(msgspec.json.decode(publication.data))
    while not results.empty():
        channel, publication = results.get_nowait()
        event = msgspec.json.decode(publication.data)
        if channel == f"session:{evening.id}" and event["type"] == "poll.results":
            listener.take(event)
    afresh = {poll["id"]: poll for poll in (await snapshot(hall, evening, joined))["polls"]}
    assert {name: without_own(poll) for name, poll in afresh.items()} == listener.polls
    assert afresh[first["id"]]["my_votes"] == [first["options"][0]["id"]]
    assert [option["votes"] for option in afresh[second["id"]]["options"]] == [2, 0]


async def test_counts_that_the_audience_may_not_see_are_told_to_the_staff(hall):
    evening = await an_evening(hall)
    joined = await evening.join()
    house = hall.app.house
    poll = await a_poll(evening)
    await house.results.gather()
    told = []
    house.hub.publish = lambda channel, publication: told.append((channel, publication))
    vote = {"option_id": poll["options"][0]["id"]}
    await evening.host.post(f"/sessions/{evening.id}/polls/{poll['id']}/vote", json=vote)
    await house.results.gather()
    channels = {channel for channel, each in told if msgspec.json.decode(each.data)["type"] == "poll.results"}
    assert channels == {f"staff:{evening.id}"}
    (seen,) = (await snapshot(hall, evening, joined))["polls"]
    assert [option["votes"] for option in seen["options"]] == [None, None]


async def test_the_snapshot_keeps_to_its_size_with_the_longest_polls(hall):
    evening = await an_evening(hall)
    joined = await evening.join()
    for _ in range(8):
        longest = {"question": "😀" * 500, "options": [f"{at}" + "😀" * 199 for at in range(10)]}
        newest = await a_poll(evening, **longest)
    gate = hall.app.house.gate
    who = await gate.connect(joined["realtime"]["token"])
    data = (await gate.subscribe(who, f"session:{evening.id}")).data
    polls = msgspec.json.decode(data)["snapshot"]["polls"]
    assert len(data) <= 64 * 1024
    assert 0 < len(polls) < 8
    assert polls[0]["id"] == newest["id"]


async def test_c6_opening_an_open_poll_again_keeps_nobody_from_voting(hall):
    evening = await an_evening(hall)
    voters = [await hall.signed_in(f"v{number}@example.org", "viewer") for number in range(6)]
    for each in voters:
        await evening.join(each)
    path = f"/sessions/{evening.id}/polls"
    poll = (await evening.host.post(path, json={"question": "Tea?", "options": ["yes", "no"]})).json()["data"]
    body = {"option_id": poll["options"][0]["id"]}
    for _ in range(4):
        answers = await asyncio.gather(
            *(each.post(f"{path}/{poll['id']}/vote", json=body) for each in voters),
            *(evening.host.patch(f"{path}/{poll['id']}", json={"status": "open"}) for _ in range(4)),
        )
        assert {answer.status_code for answer in answers} == {200}
