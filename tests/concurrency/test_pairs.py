"""Of two calls at once, through two processes, one wins; the other gets the documented answer.

Each test names what both do; `outcomes` is what they were told, in order of status. What the database holds
afterwards is asked of the database.
"""

import asyncio
from typing import Any

import pytest

from livehall.core.people import ops, plans
from livehall.core.people.model import Quotas
from livehall.core.people.plans import PutPlan
from livehall.kernel.actor import SYSTEM
from livehall.kernel.db import Deadlocked, Statement
from livehall.kernel.db.postgres import PostgresSession
from tests.concurrency.invariants import BROKEN
from tests.concurrency.pairs import Somebody, Two, outcomes
from tests.concurrency.table import of
from tests.dialects.live.evening import Evening
from tests.dialects.live.test_media_reports import participant
from tests.support.reporting import Reporter

pytestmark = [pytest.mark.postgres, pytest.mark.asyncio(loop_scope="module")]

EXTERNAL = {"title": "One", "mode": "external", "external_url": "https://video.example.org/1"}
WON, MADE, GONE = (200, ""), (201, ""), (204, "")


async def a_room(ada: Somebody, **fields: Any) -> str:
    return str((await ada.post("/rooms", {"title": "A room", **fields}, 201))["id"])


async def a_session(ada: Somebody, room: str | None = None, *, live: bool = True) -> str:
    """The path of a session that people may enter."""
    room = room or await a_room(ada)
    made = await ada.post(f"/rooms/{room}/sessions", EXTERNAL, 201)
    path = f"/sessions/{made['session']['id']}"
    if live:
        await ada.post(f"{path}/go-live", None, 200)
    return path


async def go_by(two: Two, organization: str, **quotas: int) -> None:
    async with two.here.app.house.desk.work(SYSTEM) as work:
        await plans.put(work, PutPlan(code="small", name="Small", quotas=Quotas(**quotas)))
        await plans.assign(work, await ops.default_organization(work, organization), "small")


async def test_rooms_and_sessions(two: Two) -> None:
    ada = await two.person("ada@example.org", "host")
    room = await a_room(ada)
    first, second = [await a_session(ada, room, live=False) for _ in range(2)]

    # I1: a room has one session that is open.
    answers = await asyncio.gather(ada.here.post(f"{first}/go-live"), ada.there.post(f"{second}/go-live"))
    assert outcomes(list(answers)) == [WON, (409, "room_busy")]
    busy = first if answers[0].is_success else second
    other = second if busy == first else first

    # C6: the same twice is one transition, told once.
    assert outcomes(await ada.twice("POST", f"{busy}/end")) == [WON, WON]
    assert await two.told("session.ended") == 1
    assert outcomes(await ada.twice("POST", f"{other}/go-live")) == [WON, WON]
    assert await two.told("session.live") == 2
    assert outcomes(await ada.twice("POST", f"{other}/end")) == [WON, WON]

    webcam = await ada.post(f"/rooms/{room}/sessions", {"title": "Two", "mode": "webcam"}, 201)
    path = f"/sessions/{webcam['session']['id']}"
    started = await two.told("session.started")
    assert outcomes(await ada.twice("POST", f"{path}/start")) == [WON, WON]
    assert await two.told("session.started") == started + 1
    assert outcomes(await ada.twice("POST", f"{path}/end")) == [WON, WON]

    planned = await a_session(ada, room, live=False)
    assert outcomes(await ada.twice("DELETE", planned)) == [GONE, (404, "not_found")]
    empty = await a_room(ada)
    assert outcomes(await ada.twice("DELETE", f"/rooms/{empty}")) == [GONE, (404, "not_found")]
    for _ in range(4):  # a session goes with its room, or finds none
        place = f"/rooms/{await a_room(ada)}"
        answers = await asyncio.gather(
            ada.here.delete(place), ada.there.post(f"{place}/sessions", json=EXTERNAL)
        )
        assert outcomes(list(answers)) in ([MADE, GONE], [GONE, (404, "not_found")])
    assert await two.rows(BROKEN["no session stays without its room"]) == []


async def test_one_answer_to_one_idempotency_key(two: Two) -> None:
    ada = await two.person("ada@example.org", "host")
    answers = await ada.twice("POST", "/rooms", {"title": "Once"}, **{"Idempotency-Key": "k1"})
    statuses = {answer.status_code for answer in answers}
    assert statuses in ({201}, {201, 409}), outcomes(answers)  # a replay, or still running
    assert await two.count("room") == 1


async def test_the_last_place_of_a_plan(two: Two) -> None:
    ada = await two.person("ada@example.org", "host", "Small")
    await go_by(two, "Small", viewers=1, concurrent_sessions=1, rooms=3)
    full = (402, "quota_exceeded")
    path = await a_session(ada)
    people = [await two.person(f"v{number}@example.org", organization="Small") for number in range(2)]
    answers = await asyncio.gather(people[0].here.post(f"{path}/join"), people[1].there.post(f"{path}/join"))
    assert outcomes(list(answers)) == [WON, full]
    assert await two.count("attendance", "state in ('expected', 'present')") == 1
    inside = people[0] if answers[0].is_success else people[1]
    assert outcomes(await inside.twice("POST", f"{path}/join")) == [WON, WON]  # no further place
    await ada.post(f"{path}/end", None, 200)

    made = [await a_session(ada, live=False) for _ in range(2)]
    answers = await asyncio.gather(ada.here.post(f"{made[0]}/go-live"), ada.there.post(f"{made[1]}/go-live"))
    assert outcomes(list(answers)) == [WON, full]


async def test_stage_and_hands(two: Two) -> None:
    ada = await two.person("ada@example.org", "host")
    path = await a_session(ada)
    people = [await two.person(f"v{number}@example.org") for number in range(3)]
    for each in people:
        await each.post(f"{path}/join", None, 200)
    bo, cy, _ = people
    await ada.here.patch(f"{path}/settings", json={"max_join_limit": 1})

    # I5: one hand, one request of a person.
    answers = await bo.twice("POST", f"{path}/stage/hand")
    assert outcomes(answers) == [MADE, MADE]
    assert len({answer.json()["data"]["id"] for answer in answers}) == 1
    answers = await cy.twice("POST", f"{path}/stage/join-request")
    assert await two.count("stage_request", "status = 'pending'") == 2

    # I15: the last place is taken by one.
    hand = (await ada.here.get(f"{path}/stage/hands")).json()["data"]["hands"][0]["id"]
    request = (await ada.here.get(f"{path}/stage/join-requests")).json()["data"]["requests"][0]["id"]
    answers = await asyncio.gather(
        ada.here.post(f"{path}/stage/hands/{hand}/approve"),
        ada.there.post(f"{path}/stage/join-requests/{request}/approve"),
    )
    assert outcomes(list(answers)) == [WON, (409, "stage_full")]
    assert await two.count("stage_member", "left_at IS NULL") == 1
    up = bo if answers[0].is_success else cy
    assert outcomes(await up.twice("POST", f"{path}/stage/leave"))[0] in (WON, GONE)
    assert await two.told("stage.left") == 1


async def test_polls(two: Two) -> None:
    ada, bo = await two.person("ada@example.org", "host"), await two.person("bo@example.org")
    path = await a_session(ada)
    await bo.post(f"{path}/join", None, 200)
    poll = await ada.post(f"{path}/polls", {"question": "Tea?", "options": ["yes", "no"]}, 201)
    yes, no = [option["id"] for option in poll["options"]]
    vote = f"{path}/polls/{poll['id']}/vote"

    # I7: a voter has one ballot, whichever of the two it is.
    assert outcomes(await bo.twice("POST", vote, {"option_id": yes}, {"option_id": no})) == [WON, WON]
    assert await two.count("poll_vote", key="poll_id") == 1

    # A vote at the moment of closing is in the final count, or is refused.
    answers = await asyncio.gather(
        ada.here.post(f"{path}/polls/{poll['id']}/close"), ada.there.post(vote, json={"option_id": yes})
    )
    assert outcomes(list(answers)) in ([WON, WON], [WON, (409, "poll_closed")])
    (closed,) = (await ada.here.get(f"{path}/polls", params={"status": "closed"})).json()["data"]["polls"]
    assert closed["total_voters"] == await two.count("poll_vote", key="poll_id")
    assert outcomes(await ada.twice("POST", f"{path}/polls/{poll['id']}/close")) == [WON, WON]
    assert await two.told("poll.closed") == 1

    draft = await ada.post(
        f"{path}/polls", {"question": "Cake?", "options": ["yes", "no"], "draft": True}, 201
    )
    opened = await ada.twice("PATCH", f"{path}/polls/{draft['id']}", {"status": "open"})
    assert outcomes(opened) == [WON, WON]
    assert await two.told("poll.opened") == 2


async def test_chat(two: Two) -> None:
    ada, bo = await two.person("ada@example.org", "host"), await two.person("bo@example.org")
    path = await a_session(ada)
    await bo.post(f"{path}/join", None, 200)

    # I9: what a client sends twice is written once.
    answers = await bo.twice("POST", f"{path}/chat", {"message": "hello", "client_id": "c1"})
    assert outcomes(answers) == [MADE, MADE]
    assert len({answer.json()["data"]["id"] for answer in answers}) == 1
    message = answers[0].json()["data"]["id"]
    assert await two.count("message") == await two.told("chat.message") == 1
    assert outcomes(await bo.twice("DELETE", f"{path}/chat/{message}")) == [GONE, GONE]
    assert await two.told("chat.deleted") == 1


async def test_bans_and_the_waiting_room(two: Two) -> None:
    ada, bo = await two.person("ada@example.org", "host"), await two.person("bo@example.org")
    path = await a_session(ada)
    await bo.post(f"{path}/join", None, 200)

    # I8: one unlifted ban; nobody is inside who is banned.
    body = {"user_id": bo.id}
    assert outcomes(await ada.twice("POST", f"{path}/bans", body)) == [MADE, (409, "already_exists")]
    assert outcomes(await ada.twice("DELETE", f"{path}/bans/{bo.id}")) == [GONE, (404, "not_found")]
    for _ in range(3):
        seat = await bo.post(f"{path}/join", {"prefer": "hls"}, 200)
        answers = await asyncio.gather(
            ada.here.post(f"{path}/bans", json=body),
            bo.there.post(f"{path}/join"),
            bo.there.post(f"/attendance/{seat['attendance_id']}/beat", json={}),
        )
        assert answers[0].status_code == 201
        assert set(outcomes(list(answers[1:]))) <= {WON, (403, "banned")}
        assert await two.count("attendance", "state IN ('present', 'waiting')") == 0
        assert (await ada.here.delete(f"{path}/bans/{bo.id}")).status_code == 204

    door = await a_session(ada, await a_room(ada, waiting_room=True))
    cy = await two.person("cy@example.org")
    await cy.post(f"{door}/join", None, 200)
    (waits,) = await two.rows(f"SELECT id FROM attendance WHERE state = 'waiting' AND id > '{two.mark}'")
    assert outcomes(await ada.twice("POST", f"{door}/waiting/{waits['id']}/admit")) == [WON, WON]
    assert await two.told("waiting.admitted") == 1


async def test_i17_nobody_comes_into_a_session_that_ends(two: Two) -> None:
    ada, bo = await two.person("ada@example.org", "host"), await two.person("bo@example.org")
    room = await a_room(ada)
    for _ in range(6):
        path = await a_session(ada, room)
        first = await bo.post(f"{path}/join", {"prefer": "hls"}, 200)
        beat = f"/attendance/{first['attendance_id']}/beat"
        answers = await asyncio.gather(
            bo.there.post(f"{path}/join"),
            ada.here.post(f"{path}/end"),
            bo.there.post(beat, json={}),
            bo.there.post(f"{path}/stage/hand"),
            ada.there.post(f"{path}/polls", json={"question": "Tea?", "options": ["yes", "no"]}),
        )
        assert answers[1].status_code == 200
        assert all(answer.status_code < 500 for answer in answers)
        for table, state in (
            ("attendance", "state IN ('expected', 'present', 'waiting')"),
            ("stage_request", "status = 'pending'"),
            ("stage_member", "left_at IS NULL"),
            ("poll", "status = 'open'"),
        ):
            assert await two.count(table, state) == 0, table


async def test_presets_staff_and_reminders(two: Two) -> None:
    ada, bo = await two.person("ada@example.org", "host"), await two.person("bo@example.org")
    made = [await ada.post("/presets", {"name": name, "type": "whip"}, 201) for name in ("Quiet", "Loud")]

    # I3: one default preset of an owner.
    answers = await asyncio.gather(
        ada.here.post(f"/presets/{made[0]['id']}/default"),
        ada.there.post(f"/presets/{made[1]['id']}/default"),
    )
    assert outcomes(list(answers)) == [WON, WON]
    assert await two.count("preset", "is_default AND deleted_at IS NULL") == 1
    assert outcomes(await ada.twice("DELETE", f"/presets/{made[0]['id']}")) == [GONE, (404, "not_found")]

    # I6: one participant of an account.
    path = await a_session(ada)
    answers = await ada.twice("POST", f"{path}/moderators", {"user_id": bo.id})
    assert {answer.status_code for answer in answers} <= {200, 201}, outcomes(answers)
    assert await two.count("participant") == 1
    assert outcomes(await ada.twice("DELETE", f"{path}/moderators/{bo.id}")) == [GONE, (404, "not_found")]

    room = await a_room(ada)
    answers = await bo.twice("POST", f"/rooms/{room}/reminders", {"channels": ["email"]})
    assert {answer.status_code for answer in answers} <= {200, 201}, outcomes(answers)
    assert await two.count("follow", key="account_id") == 1


async def test_signing_in_and_keys(two: Two) -> None:
    ada = await two.person("ada@example.org", "host")
    code = (await ada.post("/auth/code", {}))["code"]
    answers = await ada.twice("POST", "/auth/exchange", {"code": code})
    assert [status for status, _ in outcomes(answers)] == [200, 410]
    signed_in = next(answer for answer in answers if answer.is_success).json()["data"]

    # A refresh token is used once; its second use ends the sign-in, for whoever was faster too.
    answers = await ada.twice("POST", "/auth/refresh", {"refresh_token": signed_in["refresh_token"]})
    assert [status for status, _ in outcomes(answers)] == [200, 401]


async def test_recordings_and_hls(two: Two) -> None:
    ada = await two.person("ada@example.org", "host")
    room = await a_room(ada)
    webcam = await ada.post(f"/rooms/{room}/sessions", {"title": "Two", "mode": "webcam"}, 201)
    path = f"/sessions/{webcam['session']['id']}"
    await ada.post(f"{path}/start", None, 200)

    # I4: one recording, one HLS output; the media server is asked once for each.
    answers = await ada.twice("POST", f"{path}/recordings/start")
    assert outcomes(answers) == [MADE, (409, "already_recording")]
    answers = await ada.twice("POST", f"{path}/hls")
    assert {answer.status_code for answer in answers} <= {200, 201}
    await two.drained()
    outputs = await two.here.app.house.media.outputs.outputs(webcam["session"]["id"])
    assert len(outputs) == await two.count("egress", "media_id IS NOT NULL") == 2
    assert outcomes(await ada.twice("POST", f"{path}/recordings/stop")) == [WON, WON]
    await ada.post(f"{path}/end", None, 200)
    await two.drained()
    assert await two.count("egress", "status IN ('starting', 'active')") == 0


async def test_a_call_that_met_another_in_a_deadlock_runs_again(
    two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = await two.person("ada@example.org", "host")
    run, times = PostgresSession.run, 2

    async def meets_another(self: PostgresSession, statement: Statement[Any], /, **values: object) -> int:
        nonlocal times
        changed = await run(self, statement, **values)
        if times and "INSERT INTO room" in statement.postgres.sql:
            times -= 1
            raise Deadlocked
        return changed

    monkeypatch.setattr(PostgresSession, "run", meets_another)
    assert (await ada.here.post("/rooms", json={"title": "A room"})).status_code == 201
    assert await two.count("room") == await two.told("room.created") == 1
    times = 3
    assert outcomes([await ada.here.post("/rooms", json={"title": "A room"})]) == [(503, "unavailable")]
    assert await two.count("room") == 1


@of("receiveLivekitWebhook", "centrifugoConnect", "centrifugoSubscribe")
async def test_reports_and_proxies_are_taken_by_any_process(two: Two) -> None:
    hall_secrets = two.secrets
    ada, bo = await two.person("ada@example.org", "host"), await two.person("bo@example.org")
    room = await a_room(ada)
    made = await ada.post(f"/rooms/{room}/sessions", {"title": "Two", "mode": "webcam"}, 201)
    evening = Evening(two.here, ada.here, bo.here, made["session"])
    path = f"/sessions/{evening.id}"
    await ada.post(f"{path}/start", None, 200)
    await ada.post(f"{path}/moderators", {"user_id": bo.id})  # enters the backstage
    seat = await bo.post(f"{path}/join", None, 200)
    keys = (hall_secrets.media_api_key, hall_secrets.media_api_secret)
    here, there = (Reporter(hall.client(), evening.id, *keys) for hall in (two.here, two.there))

    # The same report to both is one effect.
    who = participant(seat["identity"], state="ACTIVE")
    answers = await asyncio.gather(
        *(server.report("participant_joined", id="EV_1", participant=who) for server in (here, there))
    )
    assert [answer.status_code for answer in answers] == [200, 200]
    assert await two.told("attendance.joined") == 1

    # *Joined* and *left* of one connection at the same moment: it is over, whichever came first.
    for number in range(6):
        who = participant(seat["identity"], sid=f"PA_{number + 2}", state="ACTIVE")
        reports = [
            here.report("participant_joined", participant=who),
            there.report("participant_left", participant=who),
        ]
        answers = await asyncio.gather(*(reports if number % 2 else reversed(reports)))
        assert [answer.status_code for answer in answers] == [200, 200]
        rows = await two.rows(f"SELECT state FROM attendance WHERE connection_id = '{who['sid']}'")
        assert [row["state"] for row in rows] == ["left"]

    body = {"client": "c", "transport": "websocket", "protocol": "json", "encoding": "json"}
    secret = {"X-Proxy-Secret": hall_secrets.centrifugo_secret}
    asked = {**body, "user": bo.id, "channel": f"session:{evening.id}"}
    told = {**body, "data": {"token": seat["realtime"]["token"]}}
    halls = (two.here.client(), two.there.client())
    connected = await asyncio.gather(
        *(hall.post("/centrifugo/connect", json=told, headers=secret) for hall in halls)
    )
    told_both = [answer.json()["result"]["meta"] for answer in connected]
    assert told_both[0] == told_both[1]
    asked["meta"] = told_both[0]
    subscribed = await asyncio.gather(
        *(hall.post("/centrifugo/subscribe", json=asked, headers=secret) for hall in halls)
    )
    for answer in subscribed:
        assert answer.json()["result"]["data"]["snapshot"]["session"]["status"] == "backstage"
