"""The stage over HTTP: asking for it, managing it, and what its channels tell."""

import base64

import msgspec
import pytest

from livehall.core.audience import reports
from livehall.core.ports.realtime import Connected, Refused
from livehall.dialects.live.realtime.publishing import publications
from livehall.dialects.live.realtime.revocations import revocations
from livehall.kernel import journal
from livehall.kernel.actor import SYSTEM
from livehall.kernel.ids import new_id
from tests.dialects.live.evening import an_evening, code


async def joined(hall, **settings):
    """An evening with Ben inside, and the path of its stage."""
    evening = await an_evening(hall)
    if settings:
        answer = await evening.host.patch(f"/sessions/{evening.id}/settings", json=settings)
        assert answer.status_code == 200, answer.text
    await evening.join()
    return evening, f"/sessions/{evening.id}/stage"


async def another(hall, evening, email="eve@example.org"):
    client = await hall.signed_in(email, "viewer")
    await evening.join(client)
    return client


def data(answer, status=200):
    assert answer.status_code == status, answer.text
    return answer.json()["data"]


async def on_stage(evening, path, client=None):
    """Raise a hand and have it approved; who it was."""
    hand = data(await (client or evening.viewer).post(f"{path}/hand"), 201)
    return data(await evening.host.post(f"{path}/hands/{hand['id']}/approve"))


async def test_a_hand_is_raised_seen_and_lowered(hall):
    evening, path = await joined(hall)
    never = data(await evening.viewer.get(f"{path}/hand"))
    assert (never["id"], never["status"], never["username"]) == (None, None, "ben")

    hand = data(await evening.viewer.post(f"{path}/hand", json={"message": " a question "}), 201)
    assert (hand["status"], hand["message"], hand["position"]) == ("pending", "a question", 1)
    eve = await another(hall, evening)
    assert data(await eve.post(f"{path}/hand"), 201)["position"] == 2
    again = data(await evening.viewer.post(f"{path}/hand", json={"message": "two questions"}), 201)
    assert (again["id"], again["message"], again["position"]) == (hand["id"], "two questions", 1)

    queue = data(await evening.host.get(f"{path}/hands"))
    assert [each["username"] for each in queue["hands"]] == ["ben", "eve"]
    assert queue["total"] == 2
    assert code(await evening.viewer.get(f"{path}/hands")) == (403, "forbidden")

    for _ in range(2):
        assert (await evening.viewer.delete(f"{path}/hand")).status_code == 204
    assert data(await evening.viewer.get(f"{path}/hand"))["status"] == "withdrawn"
    assert data(await eve.get(f"{path}/hand"))["position"] == 1


async def test_an_approved_hand_puts_its_owner_on_stage(hall):
    evening, path = await joined(hall)
    approved = await on_stage(evening, path)
    assert (approved["status"], approved["position"]) == ("approved", None)
    stage = data(await evening.viewer.get(f"{path}/participants"))
    (member,) = stage["participants"]
    assert (stage["count"], stage["limit"]) == (1, 0)
    assert (member["username"], member["role"], member["via"]) == ("ben", "speaker", "hand")
    assert (member["can_publish_audio"], member["can_publish_video"], member["can_screen_share"]) == (
        True, True, True,
    )  # fmt: skip
    assert member["identity"] == f"u.{member['user_id']}"
    again = data(await evening.host.post(f"{path}/hands/{approved['id']}/approve"))
    assert again == approved
    answer = await evening.join()
    assert (answer["on_stage"], answer["role"], answer["permissions"]["publish.camera"]) == (
        True, "speaker", True,
    )  # fmt: skip
    assert f"stage:{evening.id}" in answer["realtime"]["channels"]
    assert code(await evening.viewer.post(f"{path}/hand")) == (409, "invalid_state")


async def test_a_request_for_a_seat_is_granted(hall):
    evening, path = await joined(hall)
    assert data(await evening.viewer.get(f"{path}/join-request"))["status"] is None
    request = data(await evening.viewer.post(f"{path}/join-request"), 201)
    assert data(await evening.viewer.post(f"{path}/join-request"), 201) == request
    assert request["user"]["email"] == "ben@example.org"
    queue = data(await evening.host.get(f"{path}/join-requests"))
    assert [(each["id"], each["user"]["username"]) for each in queue["requests"]] == [(request["id"], "ben")]
    assert queue["requests"][0]["user"]["email"] is None

    granted = data(await evening.host.post(f"{path}/join-requests/{request['id']}/approve"))
    assert granted["status"] == "approved"
    assert data(await evening.viewer.get(f"{path}/join-request"))["status"] == "approved"
    (member,) = data(await evening.host.get(f"{path}/participants"))["participants"]
    assert member["via"] == "join_request"


async def test_refusals_are_told_with_their_reason(hall):
    evening, path = await joined(hall)
    request = data(await evening.viewer.post(f"{path}/join-request"), 201)
    hand = data(await evening.viewer.post(f"{path}/hand"), 201)
    for kind, row in (("join-requests", request), ("hands", hand)):
        refused = data(
            await evening.host.post(f"{path}/{kind}/{row['id']}/reject", json={"reason": "Later."})
        )
        assert refused["status"] == "rejected"
        assert code(await evening.host.post(f"{path}/{kind}/{row['id']}/approve")) == (409, "invalid_state")
        assert code(await evening.host.post(f"{path}/{kind}/{new_id()}/reject")) == (404, "not_found")
    assert data(await evening.viewer.get(f"{path}/join-request"))["reason"] == "Later."
    again = await evening.viewer.post(f"{path}/hand")
    assert code(again) == (429, "rate_limited")
    assert 1 <= int(again.headers["retry-after"]) <= 10


async def test_the_staff_brings_somebody_on_stage(hall):
    evening, path = await joined(hall)
    await evening.viewer.post(f"{path}/hand")
    ben = data(await evening.viewer.get(f"{path}/hand"))["user_id"]
    body = {"user_id": ben, "can_screen_share": False}
    added = data(await evening.host.post(f"{path}/participants", json=body), 201)
    assert (added["via"], added["can_publish_audio"], added["can_screen_share"]) == ("added", True, False)
    assert data(await evening.viewer.get(f"{path}/hand"))["status"] == "approved"
    assert code(await evening.host.post(f"{path}/participants", json=body)) == (409, "already_exists")
    for nobody in (new_id(), (await hall.person("zoe@example.org", "viewer")).id):
        answer = await evening.host.post(f"{path}/participants", json={"user_id": nobody})
        assert code(answer) == (422, "validation_failed")
        assert answer.json()["error"]["details"][0]["field"] == "user_id"
    assert code(await evening.viewer.post(f"{path}/participants", json=body)) == (403, "forbidden")


async def test_the_stage_takes_no_more_than_its_limit_i15(hall):
    evening, path = await joined(hall, max_join_limit=1)
    eve = await another(hall, evening)
    await on_stage(evening, path)
    hand = data(await eve.post(f"{path}/hand"), 201)
    assert code(await evening.host.post(f"{path}/hands/{hand['id']}/approve")) == (409, "stage_full")
    assert data(await eve.get(f"{path}/hand"))["status"] == "pending"
    assert (await evening.viewer.post(f"{path}/leave")).status_code == 204
    assert data(await evening.host.post(f"{path}/hands/{hand['id']}/approve"))["status"] == "approved"


async def test_rights_are_given_and_taken(hall):
    evening, path = await joined(hall)
    ben = (await on_stage(evening, path))["user_id"]
    answer = await evening.host.patch(f"{path}/participants/{ben}", json={"can_publish_audio": False})
    changed = data(answer)
    assert (changed["can_publish_audio"], changed["can_publish_video"]) == (False, True)
    join = await evening.join()
    assert join["permissions"]["publish.audio"] is False
    assert code(await evening.host.patch(f"{path}/participants/{ben}", json={})) == (422, "validation_failed")
    nobody = await evening.host.patch(f"{path}/participants/{new_id()}", json={"can_publish_audio": True})
    assert code(nobody) == (403, "not_on_stage")


async def test_who_steps_down_goes_on_watching(hall):
    evening, path = await joined(hall)
    assert code(await evening.viewer.post(f"{path}/leave")) == (403, "not_on_stage")
    await on_stage(evening, path)
    assert (await evening.viewer.post(f"{path}/leave")).status_code == 204
    answer = await evening.join()
    assert (answer["on_stage"], answer["role"], answer["admission"]) == (False, "viewer", "admitted")
    assert code(await evening.host.post(f"{path}/leave")) == (403, "not_on_stage")


async def test_who_is_removed_and_blocked_asks_no_more(hall):
    evening, path = await joined(hall)
    ben = (await on_stage(evening, path))["user_id"]
    body = {"reason": "Thank you.", "block_requests": True}
    assert code(await evening.viewer.post(f"{path}/participants/{ben}/remove")) == (403, "forbidden")
    assert (await evening.host.post(f"{path}/participants/{ben}/remove", json=body)).status_code == 204
    assert code(await evening.host.post(f"{path}/participants/{ben}/remove")) == (403, "not_on_stage")
    for ask in ("hand", "join-request"):
        assert code(await evening.viewer.post(f"{path}/{ask}")) == (403, "feature_disabled")


async def test_the_list_of_viewers_marks_seats_and_hands(hall):
    evening, path = await joined(hall)
    eve = await another(hall, evening)
    await on_stage(evening, path)
    await eve.post(f"{path}/hand")
    identities = [(await evening.join(client))["identity"] for client in (evening.viewer, eve)]
    async with hall.app.house.desk.work(SYSTEM) as work:
        for identity in identities:
            report = reports.Connection(room=evening.id, sid=f"PA_{identity}", identity=identity, at=work.now)
            await reports.joined(work, report)
    viewers = data(await evening.host.get(f"/sessions/{evening.id}/viewers"))["viewers"]
    marks = {each["username"]: (each["on_stage"], each["hand_raised"]) for each in viewers}
    assert marks == {"ben": (True, False), "eve": (False, True)}


async def test_a_stage_token_publishes_as_the_list_says(hall):
    evening, path = await joined(hall)
    assert code(await evening.viewer.get(f"{path}/token")) == (403, "not_on_stage")
    ben = (await on_stage(evening, path))["user_id"]
    await evening.host.patch(f"{path}/participants/{ben}", json={"can_publish_video": False})
    answer = await evening.viewer.get(f"{path}/token")
    token = data(answer)
    assert answer.headers["cache-control"] == "no-store"
    assert (token["identity"], token["room_name"]) == (f"u.{ben}", evening.id)
    claims = msgspec.json.decode(_padded(token["token"].split(".")[1]))
    assert claims["video"]["canPublishSources"] == ["microphone", "screen_share", "screen_share_audio"]


async def test_what_is_switched_off_cannot_be_asked_for(hall):
    evening, path = await joined(hall, stage_enabled=False)
    for ask in ("hand", "join-request"):
        assert code(await evening.viewer.post(f"{path}/{ask}")) == (403, "feature_disabled")
    assert code(await evening.host.get(f"{path}/hands")) == (403, "feature_disabled")


async def test_who_has_not_joined_asks_in_vain(hall):
    evening = await an_evening(hall)
    path = f"/sessions/{evening.id}/stage"
    for ask in ("hand", "join-request"):
        assert code(await evening.viewer.post(f"{path}/{ask}")) == (403, "forbidden")
        assert code(await hall.client().post(f"{path}/{ask}")) == (401, "unauthenticated")
    await evening.end()
    assert code(await evening.host.post(f"{path}/participants", json={"user_id": new_id()})) == (
        409, "invalid_state",
    )  # fmt: skip


async def test_who_is_before_the_door_or_banned_does_not_learn_who_is_on_stage(hall):
    evening, path = await joined(hall)
    settings = f"/sessions/{evening.id}/settings"
    assert (await evening.host.patch(settings, json={"waiting_room": True})).status_code == 200
    assert (await evening.viewer.get(f"{path}/participants")).status_code == 200
    eve = await hall.signed_in("eve@example.org", "viewer")
    assert code(await eve.get(f"{path}/participants")) == (403, "forbidden")
    assert (await evening.join(eve))["admission"] == "waiting"
    assert code(await eve.get(f"{path}/participants")) == (403, "forbidden")
    ben = data(await evening.viewer.get("/auth/me"))["id"]
    await evening.host.post(f"/sessions/{evening.id}/bans", json={"user_id": ben})
    assert code(await evening.viewer.get(f"{path}/participants")) == (403, "banned")
    assert (await evening.host.get(f"{path}/participants")).status_code == 200


def _padded(part):
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


# Realtime


class Reader:
    """Somebody who listens to one channel: its snapshot, and what was published after it."""

    def __init__(self, hall, evening, join, kind):
        self.hall, self.channel = hall, f"{kind}:{evening.id}"
        self.who = Connected(
            user=join["identity"].split(".")[1],
            meta={
                "org": join["org"],
                "session": evening.id,
                "attendance": join["attendance_id"],
            },
        )

    async def read(self):
        answer = await self.hall.app.house.gate.subscribe(self.who, self.channel)
        self.top = answer.top
        return msgspec.json.decode(answer.data)["snapshot"]

    async def published(self):
        """Since the last `read`, in order."""
        await self.hall.app.house.relay.drained()
        async with self.hall.app.house.database.read() as db:
            rows = await db.all(
                journal.SINCE_IN_SESSION,
                session_id=self.channel.partition(":")[2], after=self.top, limit=1000,
            )  # fmt: skip
        return [
            msgspec.json.decode(publication.data)
            for row in rows
            for channel, publication in publications(row)
            if channel == self.channel
        ]


async def listens(hall, evening, client, kind):
    join = await evening.join(client)
    me = data(await client.get("/auth/me"))
    return Reader(hall, evening, {**join, "org": me["organization_id"]}, kind)


def without(member, *names):
    return {name: value for name, value in member.items() if name not in names}


def replay(state, told, *, rights):
    """What a client of these channels makes of the events (old state + events = fresh state)."""
    hidden = ("is_publishing",) if rights else (
        "is_publishing", "can_publish_audio", "can_publish_video", "can_screen_share"
    )  # fmt: skip
    for event in told:
        payload = event["data"]
        match event["type"]:
            case "stage.joined" | "stage.permissions":
                member = without(payload, *hidden)
                known = [each["user_id"] for each in state["stage"]]
                if member["user_id"] in known:
                    state["stage"][known.index(member["user_id"])] = member
                else:
                    state["stage"].append(member)
            case "stage.left":
                state["stage"] = [each for each in state["stage"] if each["user_id"] != payload["user_id"]]
            case "hand.raised" | "hand.lowered" | "hand.resolved":
                _queue(state, "hands", payload)
            case "join_request.created" | "join_request.resolved":
                _queue(state, "join_requests", payload)
    for place, hand in enumerate(state.get("hands", []), start=1):
        hand["position"] = place
    return state


def _queue(state, name, row):
    kept = [each for each in state[name] if each["id"] != row["id"]]
    state[name] = sorted([*kept, row] if row["status"] == "pending" else kept, key=lambda each: each["id"])


async def an_hour_on_stage(hall, evening, path):
    """Everything that can happen to hands, requests and seats; somebody stays in each of the queues."""
    eve = await another(hall, evening)
    zoe = await another(hall, evening, "zoe@example.org")
    ben = (await on_stage(evening, path))["user_id"]
    await evening.host.patch(f"{path}/participants/{ben}", json={"can_screen_share": False})
    await eve.post(f"{path}/hand", json={"message": "first"})
    await eve.post(f"{path}/hand", json={"message": "second"})
    await zoe.post(f"{path}/hand")
    request = data(await zoe.post(f"{path}/join-request"), 201)
    await evening.host.post(f"{path}/join-requests/{request['id']}/approve")
    await eve.post(f"{path}/join-request")
    max_ = await another(hall, evening, "max@example.org")
    await max_.post(f"{path}/hand")
    await eve.delete(f"{path}/hand")
    await evening.host.post(f"{path}/participants/{ben}/remove")
    moe = await another(hall, evening, "moe@example.org")
    await on_stage(evening, path, moe)


async def test_replay_the_session_channel_tells_who_is_on_stage(hall):
    evening, path = await joined(hall)
    listener = await listens(hall, evening, evening.viewer, "session")
    before = await listener.read()
    assert before["stage"] == {"participants": [], "count": 0, "limit": 0, "pinned": None}
    await an_hour_on_stage(hall, evening, path)
    told = await listener.published()
    now = replay({"stage": before["stage"]["participants"]}, told, rights=False)
    after = await listener.read()
    assert now["stage"] == after["stage"]["participants"]
    assert [each["username"] for each in now["stage"]] == ["zoe", "moe"]
    assert after["hands"] == {"pending": 1}
    revisions = [each["revision"] for each in told]
    assert revisions == list(range(revisions[0], revisions[0] + len(revisions)))


async def test_replay_the_staff_channel_tells_the_queues_and_the_stage(hall):
    evening, path = await joined(hall)
    listener = await listens(hall, evening, evening.host, "staff")
    before = await listener.read()
    await an_hour_on_stage(hall, evening, path)
    now = replay(before, await listener.published(), rights=True)
    after = await listener.read()
    for name in ("stage", "hands", "join_requests"):
        assert now[name] == after[name], name
    assert [each["username"] for each in now["hands"]] == ["max"]
    assert [each["user"]["username"] for each in now["join_requests"]] == ["eve"]


async def test_replay_the_stage_channel_tells_rights(hall):
    evening, path = await joined(hall)
    listener = await listens(hall, evening, evening.host, "stage")
    before = await listener.read()
    await an_hour_on_stage(hall, evening, path)
    now = replay(before, await listener.published(), rights=True)
    assert now["stage"] == (await listener.read())["stage"]


class Taken:
    """A hub that notes what is taken from whom."""

    def __init__(self):
        self.found = []

    def unsubscribe(self, channel, user=None, *, code=2000, reason=""):
        self.found.append((channel, user, code))


async def test_who_leaves_the_stage_loses_its_channel_and_who_came_back_keeps_it(hall):
    evening, path = await joined(hall)
    ben = (await on_stage(evening, path))["user_id"]
    listener = await listens(hall, evening, evening.viewer, "stage")
    await listener.read()
    taken = Taken()
    (revoke,) = revocations(hall.app.house.desk, taken)["stage.left"]
    await evening.viewer.post(f"{path}/leave")
    await hall.app.house.relay.drained()
    async with hall.app.house.database.read() as db:
        rows = await db.all(journal.SINCE_IN_SESSION, session_id=evening.id, after=listener.top, limit=9)
    (left,) = [row for row in rows if row.type == "stage.left"]
    await revoke(left)
    assert taken.found == [(f"staff:{evening.id}", ben, 2000), (f"stage:{evening.id}", ben, 2000)]
    with pytest.raises(Refused):
        await listener.read()
    await evening.host.post(f"{path}/participants", json={"user_id": ben})
    taken.found.clear()
    await revoke(left)
    assert taken.found == [(f"staff:{evening.id}", ben, 2000)]
