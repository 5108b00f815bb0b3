"""States as the API shows them, to be compared with those that were followed (`following`)."""

from collections.abc import Awaitable, Callable

import httpx

from tests.dialects.live.following import Ear, Follower
from tests.support.in_process import Hall

NOT_TOLD = {
    "sessions": {
        "room",  # has events of its own
        "preset",  # for the staff; what holds is in `effective_…`
        "metadata",  # for the staff
        "duration",  # the clock's
        "updated_at",  # the clock's; `revision` tells that something changed
    },
    "rooms": {"host", "updated_at"},
    "recordings": {
        "library_id", "playback_url", "thumbnail_url", "expires_at", "width", "height", "updated_at",
    },
    "polls": {"my_votes", "updated_at"},
    "questions": {"my_vote", "is_mine"},
    "people": {"is_publishing"},
    "present": {"on_stage", "hand_raised"},  # the stage and the queue tell
}  # fmt: skip
"""What events do not tell of a thing, and a listener therefore does not follow."""

RUN_BY_STAFF = {  # what holds is in `effective_…`; that it is recorded is told by the sign
    "chat_enabled_override", "stage_enabled_override", "max_join_limit_override",
    "question_moderation_override", "recording_enabled",
}  # fmt: skip
NOT_TOLD_ON = {
    "room": {"sessions": {"stream_state"}},
    "library": {"sessions": {"stream_state", "viewer_count", "max_viewers"}},  # asked when a card is opened
    "session": {
        "sessions": RUN_BY_STAFF,
        "people": {"can_publish_audio", "can_publish_video", "can_screen_share"},  # the stage's
    },
    "staff": {"sessions": {"revision"}, "questions": {"votes"}},  # `session:` tells
}
"""What is told on other channels only."""

Read = Callable[[], Awaitable[dict[str, object]]]


def data(answer: httpx.Response) -> object:
    assert answer.status_code < 300, answer.text
    return answer.json()["data"] if answer.content else None


def table(rows: list, *, by: str = "id") -> dict:
    return {row[by]: row for row in rows}


def told_of(kind: str, part: str, value: object) -> object:
    """A part of a state without what no event tells."""
    if not isinstance(value, dict):
        return value
    if part == "stage":
        return {**value, "people": told_of(kind, "people", value["people"])}
    leave = NOT_TOLD.get(part, set()) | NOT_TOLD_ON.get(kind, {}).get(part, set())
    if not leave:
        return value
    return {
        key: {name: each for name, each in row.items() if name not in leave} for key, row in value.items()
    }


def differences(followed: object, read: object, where: str = "") -> list[str]:
    if isinstance(followed, dict) and isinstance(read, dict):
        found = [f"{where}.{key} was only followed" for key in followed.keys() - read.keys()]
        found += [f"{where}.{key} was only read" for key in read.keys() - followed.keys()]
        for key in sorted(followed.keys() & read.keys()):
            found += differences(followed[key], read[key], f"{where}.{key}")
        return found
    return [] if followed == read else [f"{where}: followed {followed!r}, read {read!r}"]


class Pair:
    """A channel that is followed, and how its state is read."""

    def __init__(self, follower: Follower, read: Read) -> None:
        self.follower, self.read = follower, read

    async def differences(self) -> list[str]:
        """After an instant in which nothing was told between following and reading."""
        while True:
            await self.follower.follow()
            known = len(self.follower.heard)
            fresh = await self.read()
            followed = await self.follower.follow()
            if len(self.follower.heard) == known:
                break
        kind = self.follower.kind
        a, b = (
            {part: told_of(kind, part, value) for part, value in state.items()} for state in (followed, fresh)
        )
        return differences(a, b, f"{kind}:")


class Audience:
    """All who follow in one test."""

    def __init__(self, hall: Hall) -> None:
        self.hall, self.pairs = hall, []

    async def ear(self, token: str) -> Ear:
        return Ear(self.hall, await self.hall.app.house.gate.connect(token))

    async def follow(self, ear: Ear, channel: str, read: Read) -> None:
        await ear.listen(channel)
        await ear.settled()
        ear.told[channel].clear()
        self.pairs.append(Pair(Follower(ear, channel, await read()), read))

    async def check(self) -> None:
        found = [line for pair in self.pairs for line in await pair.differences()]
        assert not found, "\n".join(found)

    @property
    def folded(self) -> set[tuple[str, str]]:
        return {each for pair in self.pairs for each in pair.follower.folded}

    async def count(self) -> None:
        """What is gathered is told now, and not at the next round."""
        house = self.hall.app.house
        await house.relay.drained()
        counts = (house.counts.count, house.results.gather, house.questions.gather, house.hands.count)
        for gather in (*counts, house.healths.tell):
            await gather()


def of_room(ear: Ear, client: httpx.AsyncClient, room_id: str) -> Read:
    async def read() -> dict:
        snapshot = await ear.afresh(f"room:{room_id}")
        sessions = data(await client.get(f"/rooms/{room_id}/sessions"))["sessions"]
        return {
            "rooms": {room_id: snapshot["room"]},
            "sessions": table(sessions),
            "live": {
                each["id"]: {"title": each["title"], "room_id": room_id}
                for each in sessions
                if each["status"] == "live"
            },
            "replays": await replays_of(client, sessions),
        }

    return read


async def replays_of(client: httpx.AsyncClient, sessions: list) -> dict:
    """What everybody may watch."""
    return {
        each["id"]: {"session_id": session["id"], "duration": each["duration"]}
        for session in sessions
        for each in data(await client.get(f"/sessions/{session['id']}/recordings"))["recordings"]
        if each["visibility"] == "public"
    }


def of_library(ear: Ear, client: httpx.AsyncClient, library_id: str) -> Read:
    async def read() -> dict:
        snapshot = await ear.afresh(f"library:{library_id}")
        sessions = data(await client.get("/sessions"))["sessions"]
        registered: dict = {}
        answers: dict = {}
        for session in sessions:
            asked = data(await client.get(f"/sessions/{session['id']}/people"))["people"]
            answers |= {each["id"]: each["rsvp"] for each in asked if each["rsvp"] not in (None, "pending")}
        for room in snapshot["rooms"]:
            listed = data(await client.get(f"/rooms/{room['id']}/registrations"))["registrations"]
            for each in listed:
                name = f"{each['first_name']} {each['last_name']}"
                kept = {key: each[key] for key in ("id", "room_id", "session_id", "status")}
                registered[each["id"]] = {**kept, "name": name}
        return {
            "rooms": table(snapshot["rooms"]),
            "live": {
                each["session_id"]: {name: each[name] for name in ("title", "room_id")}
                for each in snapshot["live"]
            },
            "sessions": table(sessions),
            "recordings": table(data(await client.get("/recordings"))["recordings"]),
            "replays": await replays_of(client, sessions),
            "registered": registered,
            "answers": answers,
        }

    return read


async def roles_of(client: httpx.AsyncClient, session_id: str) -> dict:
    listed = data(await client.get(f"/sessions/{session_id}/participants"))
    return {each["user_id"]: each["role"] for each in (*listed["co_hosts"], *listed["moderators"])}


def of_session(ear: Ear, client: httpx.AsyncClient, session_id: str) -> Read:
    async def read() -> dict:
        snapshot = await ear.afresh(f"session:{session_id}")
        stage = snapshot["stage"]
        polls = data(await client.get(f"/sessions/{session_id}/polls"))["polls"]
        assert table(snapshot["polls"]) == table([each for each in polls if each["status"] == "open"])
        return {
            "sessions": {session_id: snapshot["session"]},
            "live": {},
            "host_media": snapshot["host_media"],
            "recording": snapshot["recording"],
            "stage": {
                "people": table(stage["participants"], by="user_id"),
                "limit": stage["limit"], "pinned": stage["pinned"],
            },
            "hands": snapshot["hands"],
            "polls": table(polls),
            "questions": table(snapshot["questions"]),
            "permissions": snapshot["permissions"],
            "roles": await roles_of(client, session_id),
        }  # fmt: skip

    return read


def of_stage(ear: Ear, session_id: str) -> Read:
    async def read() -> dict:
        snapshot = await ear.afresh(f"stage:{session_id}")
        people = table(snapshot["stage"], by="user_id")
        return {"stage": {"people": people, "layout": snapshot["layout"], "pinned": snapshot["pinned"]}}

    return read


def of_chat(ear: Ear, session_id: str) -> Read:
    async def read() -> dict:
        return {"messages": table((await ear.afresh(f"chat:{session_id}"))["messages"])}

    return read


def of_staff(ear: Ear, client: httpx.AsyncClient, session_id: str, *, is_hidden: bool = False) -> Read:
    """`is_hidden`: whether the audience sees neither counts nor polls, so that the staff is told."""
    path = f"/sessions/{session_id}"

    async def read() -> dict:
        snapshot = await ear.afresh(f"staff:{session_id}")
        questions = data(await client.get(f"{path}/questions"))["questions"]
        assert [each["id"] for each in snapshot["questions"]] == [
            each["id"] for each in questions if each["state"] == "pending"
        ]
        outputs = data(await client.get(f"{path}/outputs"))["outputs"]
        session = data(await client.get(path))
        health = data(await client.get(f"{path}/health"))
        known = ("id", "stream_state", *(("viewer_count", "max_viewers") if is_hidden else ()))
        return {
            "sessions": {session_id: {name: session[name] for name in known}},
            "stage": {"people": table(snapshot["stage"], by="user_id")},
            "hands": table(snapshot["hands"]),
            "join_requests": table(snapshot["join_requests"]),
            "waiting": table(snapshot["waiting"], by="attendance_id"),
            "banned": table(snapshot["banned"], by="user_id"),
            "questions": table(questions),
            "present": table(data(await client.get(f"{path}/viewers"))["viewers"], by="identity"),
            "polls": table(data(await client.get(f"{path}/polls"))["polls"]) if is_hidden else {},
            "health": {name: health[name] for name in health if name != "checked_at"},
            "roles": await roles_of(client, session_id),
            "recordings": table(data(await client.get(f"{path}/recordings"))["recordings"]),
            "outputs": {
                f"{each['kind']} {each['target_id']}": (each["status"], each["error"])
                for each in reversed(outputs)
                if each["kind"] != "file"  # is a recording
            },
        }

    return read


def of_user(client: httpx.AsyncClient, session_id: str) -> Read:
    """There is no snapshot: what a person may ask about themselves."""
    path = f"/sessions/{session_id}"

    async def read() -> dict:
        me = data(await client.get("/auth/me"))["id"]
        stage = data(await client.get(f"{path}/stage/participants"))["participants"]
        mine = [each for each in stage if each["user_id"] == me]
        questions = data(await client.get(f"{path}/questions?mine=true"))["questions"]
        roles = await roles_of(client, session_id)
        asked = data(await client.get(f"{path}/stage/join-request"))
        return {
            "hand": data(await client.get(f"{path}/stage/hand")),
            "join_request": {name: asked[name] for name in asked if name != "user"},  # themselves
            "rights": rights_in(mine[0]) if mine else None,
            "mine": {each["id"]: each["state"] for each in questions if each["state"] == "dismissed"},
            "roles": {key: role for key, role in roles.items() if key == me},
        }

    return read


def of_ban(client: httpx.AsyncClient, session_id: str) -> Read:
    async def read() -> dict:
        return {"ban": data(await client.get(f"/sessions/{session_id}/bans/me"))}

    return read


def of_admission(client: httpx.AsyncClient, session_id: str) -> Read:
    async def read() -> dict:
        answer = await client.post(f"/sessions/{session_id}/join", json={})
        return {"admission": data(answer)["admission"] if answer.status_code == 200 else "denied"}

    return read


def rights_in(seat: dict) -> dict:
    names = {"audio": "can_publish_audio", "video": "can_publish_video", "screen": "can_screen_share"}
    return {name: seat[member] for name, member in names.items()}


def of_organization(ear: Ear, channel: str) -> Read:
    async def read() -> dict:
        return {"jobs": table((await ear.afresh(channel))["jobs"], by="job_id")}

    return read
