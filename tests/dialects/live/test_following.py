"""Replay: state before + what was published = state read afresh, for every channel and every event.

A listener hears the hub's own frames and folds them by the contract (`following`); what comes of it is compared
whole with the snapshot that one gets who subscribes now, and with the lists of the API.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import httpx

from livehall.core.sessions import ops as session_ops
from livehall.core.sessions import programme
from livehall.core.sessions import store as session_store
from livehall.dialects.live.realtime import catalogue
from livehall.kernel.actor import MEDIA
from tests.dialects.live.evening import Evening, an_evening
from tests.dialects.live.following import Ear, Follower
from tests.dialects.live.test_attendance import connected
from tests.dialects.live.test_recordings import a_ready_recording
from tests.support.in_process import Hall

NO_STATE = {
    ("chat", "chat.reaction"): "nobody's applause is kept; its gathering is in test_chat_care",
    ("org", "notice"): "words for people, kept nowhere; said in test_dashboards and core/webhooks",
    ("user", "notice"): "words for people, kept nowhere; said in test_reminders",
}
"""Events that carry no state, and why."""

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
}  # fmt: skip
"""What events do not tell of a thing, and a listener therefore does not follow."""

RUN_BY_STAFF = {  # what holds is in `effective_…`; that it is recorded is told by the sign
    "chat_enabled_override", "stage_enabled_override", "max_join_limit_override",
    "question_moderation_override", "recording_enabled",
}  # fmt: skip
NOT_TOLD_ON = {
    "room": {"sessions": {"stream_state"}},
    "library": {"sessions": {"stream_state", "viewer_count", "max_viewers"}},  # asked when a card is opened
    "session": {"sessions": RUN_BY_STAFF},
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
        for gather in (house.counts.count, house.results.gather, house.questions.gather, house.hands.count):
            await gather()


# Rooms and the library

IN_A_LIBRARY = {("room", name) for name in catalogue.EVENTS["room"]} | {
    ("library", name) for name in catalogue.EVENTS["library"]
}


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
        }

    return read


def later(**after: int) -> str:
    return (datetime.now(UTC) + timedelta(**after)).isoformat()


async def test_replay_a_room_and_its_library_tell_what_is_in_them(hall, tmp_path):
    evening = await an_evening(hall)  # a room, and what was in it before anybody followed
    host, room_id = evening.host, evening.session["room_id"]
    await evening.end()
    library_id = evening.session["room"]["library_id"]
    audience = Audience(hall)
    viewer = await audience.ear(evening.viewer.headers["Authorization"].removeprefix("Bearer "))
    own = await audience.ear(data(await host.post("/realtime/token"))["token"])
    await audience.follow(viewer, f"room:{room_id}", of_room(viewer, evening.viewer, room_id))
    await audience.follow(own, f"library:{library_id}", of_library(own, host, library_id))

    await host.patch(f"/rooms/{room_id}", json={"title": "Optics", "description": "Light"})
    for title in ("Gone", "Stays"):
        room = data(await host.post("/rooms", json={"title": title}))
        await host.patch(f"/rooms/{room['id']}", json={"title": f"{title}!"})
        if title == "Gone":
            data(await host.post(f"/rooms/{room['id']}/sessions", json={"title": "With it"}))
            data(await host.delete(f"/rooms/{room['id']}"))
    planned = {"title": "Lenses", "scheduled_start_time": later(hours=2)}
    path = f"/rooms/{room_id}/sessions"
    gone = data(await host.post(path, json={"title": "No"}))["session"]["id"]
    session = data(await host.post(path, json=planned))["session"]
    data(await host.delete(f"/sessions/{gone}"))
    data(await host.patch(f"/sessions/{session['id']}", json={"title": "Mirrors", "description": "Flat"}))
    moved = {"scheduled_start_time": later(hours=3), "scheduled_end_time": later(hours=4)}
    data(await host.patch(f"/sessions/{session['id']}/reschedule", json=moved))
    data(await host.put(f"/rooms/{room_id}/registration", json={"mode": "optional", "fields": []}))
    person = {"email": "mia@example.org", "first_name": "Mia", "last_name": "Wolf"}
    data(await hall.client().post(f"/sessions/{session['id']}/registrations", json=person))
    await audience.check()

    started = Evening(hall, host, evening.viewer, session)
    data(await host.post(f"/sessions/{session['id']}/start", json={"go_live": True}))
    await camera(hall, session["id"])
    seat = await started.join()
    await connected(started, seat["identity"], "PA_ben")
    async with hall.app.house.desk.work(MEDIA) as work:
        await session_ops.hls_changed(work, session["id"], "https://hall.test/hls/x.m3u8")
    await audience.count()
    await audience.check()
    shown = data(await host.get(f"/sessions/{session['id']}"))
    assert (shown["status"], shown["viewer_count"]) == ("live", 1)

    for title, visibility in (("Kept", "public"), ("Not kept", "private")):
        recording = await a_ready_recording(started, tmp_path)
        data(await host.patch(f"/recordings/{recording.id}", json={"title": title, "visibility": visibility}))
    data(await host.delete(f"/recordings/{recording.id}"))
    await started.end()
    await audience.check()
    assert IN_A_LIBRARY - audience.folded == set()


async def camera(hall: Hall, session_id: str) -> None:
    async with hall.app.house.desk.work(MEDIA) as work:
        session = await session_store.get(work, session_id)
        room = (await session_store.hold(work, session))[1]
        track = programme.ReportedTrack(
            sid=f"TR_{session_id}", participant_sid="PA_host", identity=f"u.{room.host_id}", source="camera"
        )
        await programme.track_published(work, session_id, track, work.now)
