"""A whole evening by a customer's own software: HTTP, a Centrifugo client, a LiveKit client, ffmpeg.

In the order of a real one: preset, room, session, reminder; an encoder goes live; people watch by WebRTC and
by HLS; a hand, the stage, a poll, chat, a ban; the end, attendance, the replay.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect

from tests.media.ingress import encoder
from tests.support.api import Api, Refused
from tests.support.hall import Hall, hall, holder_of
from tests.support.postgres import PostgresServer
from tests.support.realtime import Wire
from tests.support.waiting import eventually

rtc = pytest.importorskip("livekit.rtc")

pytestmark = [pytest.mark.media]
PATIENCE_S = 30.0
REPLAY_PATIENCE_S = 60.0


class Person:
    """Somebody with an account, and the API in their name."""

    def __init__(self, name: str, api: Api, account_id: str, served: Hall, number: int) -> None:
        self.name, self.api, self.account_id = name, api, account_id
        self._hall, self._process = served, number % served.processes  # which one holds their socket
        self.seat: dict[str, Any] = {}
        self.events: list[dict[str, Any]] = []
        self.room = rtc.Room()
        self.frames = 0
        self._tasks: set[asyncio.Task[None]] = set()

    async def join(self, session_id: str, **body: object) -> dict[str, Any]:
        self.seat = await self.api.post(f"/sessions/{session_id}/join", body)
        return self.seat

    async def watch(self) -> None:
        """By WebRTC, with every frame decoded."""
        self.room.on("track_subscribed", self._subscribed)
        await self.room.connect(self.seat["livekit_url"], self.seat["token"])

    def _subscribed(self, track: Any, *_: Any) -> None:
        if track.kind == rtc.TrackKind.KIND_VIDEO:
            task = asyncio.get_running_loop().create_task(self._decode(rtc.VideoStream(track)))
            self._tasks.add(task)

    async def _decode(self, stream: Any) -> None:
        async for _ in stream:
            self.frames += 1

    async def sees(self, more: int = 10) -> None:
        """Wait until so many further frames were decoded."""
        goal = self.frames + more

        async def is_there() -> bool:
            return self.frames >= goal

        await eventually(is_there, within=PATIENCE_S, what=f"{self.name} to see {more} frames")

    def told(self, kind: str, channel: str) -> list[dict[str, Any]]:
        return [each for each in self.events if each["type"] == kind and each["channel"].startswith(channel)]

    async def hears(self, kind: str, channel: str = "", times: int = 1) -> dict[str, Any]:
        """The event of this kind, once it was told so often."""

        async def is_told() -> bool:
            return len(self.told(kind, channel)) >= times

        await eventually(is_told, within=PATIENCE_S, what=f"{self.name} to hear of {kind}")
        return self.told(kind, channel)[-1]

    @asynccontextmanager
    async def listening(self, *kinds: str) -> AsyncIterator[None]:
        """Subscribed to these channels of the session, as a Centrifugo client is."""
        access, session_id = self.seat["realtime"], self.seat["session"]["id"]
        async with AsyncExitStack() as stack:
            wire = Wire(await self._connect(access["url"], stack))
            await wire.ask("connect", data={"token": access["token"]})
            for kind in kinds:
                answer = await wire.ask("subscribe", channel=f"{kind}:{session_id}")
                assert "data" in answer, f"{self.name} may not listen to {kind}: {answer}"
            reading = asyncio.get_running_loop().create_task(self._read(wire))
            try:
                yield
            finally:
                reading.cancel()
                await asyncio.gather(reading, return_exceptions=True)

    async def _connect(self, url: str, stack: AsyncExitStack) -> ClientConnection:
        """A socket at their own one of the hall's processes."""
        wanted = self._hall.pids("api")[self._process]
        while True:
            socket = await stack.enter_async_context(connect(url, proxy=None))
            if holder_of(self._hall, socket.local_address) == wanted:
                return socket
            await socket.close()

    async def _read(self, wire: Wire) -> None:
        while True:
            try:
                push = await wire.push()
            except TimeoutError:
                continue
            if "pub" in push:
                self.events.append({"channel": push["channel"], **push["pub"]["data"]})

    async def close(self) -> None:
        await self.room.disconnect()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.api.http.aclose()


@pytest.fixture(
    params=[
        "sqlite",
        pytest.param("postgresql", marks=[pytest.mark.postgres, pytest.mark.long]),
        pytest.param("two processes", marks=pytest.mark.postgres),
    ]
)
def running(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    url, settings = None, {}
    if request.param != "sqlite":
        server: PostgresServer = request.getfixturevalue("postgres_server")
        url = server.create()
    if request.param == "two processes":
        settings = {"LIVEHALL_API_PROCESSES": "2"}
    with hall(tmp_path, database_url=url, settings=settings) as served:
        yield served


async def person(served: Hall, name: str, role: str = "viewer", number: int = 0) -> Person:
    email = f"{name}@example.org"
    await asyncio.to_thread(served.add_account, email, role)
    api = served.api(await asyncio.to_thread(served.token, email))
    return Person(name, api, (await api.get("/auth/me"))["id"], served, number)


async def test_an_evening_by_a_customers_own_software(running: Hall) -> None:
    ada = await person(running, "ada", "host")
    names = ("bo", "cy", "eve")
    bo, cy, eve = [await person(running, name, number=number) for number, name in enumerate(names, 1)]
    everybody = (ada, bo, cy, eve)
    try:
        await evening(running, ada, bo, cy, eve)
    finally:
        for each in everybody:
            await each.close()
    assert running.faults() == []


async def evening(served: Hall, ada: Person, bo: Person, cy: Person, eve: Person) -> None:
    preset = await ada.api.post("/presets", {"name": "Town hall", "type": "rtmp", "max_join_limit": 2})
    room = await ada.api.post("/rooms", {"title": "Town hall", "default_preset_id": preset["id"]})
    await bo.api.post(f"/rooms/{room['id']}/reminders", {"channels": ["email"]})
    made = await ada.api.post(f"/rooms/{room['id']}/sessions", {"title": "March"})
    session = made["session"]
    assert (session["mode"], session["preset"]["id"]) == ("rtmp", preset["id"])
    path = f"/sessions/{session['id']}"

    started = await ada.api.post(f"{path}/start", {"go_live": True})
    async with encoder.rtmp(started["rtmp_url"], started["stream_key"]):
        await is_live(ada, path)
        await people_come(ada, bo, cy, eve, path)
        async with (
            ada.listening("session", "staff", "chat"),
            bo.listening("session", "chat"),
            cy.listening("session", "chat"),
        ):
            recording = await ada.api.post(f"{path}/recordings/start")
            await a_hand_goes_up(ada, bo, cy, path)
            await a_poll(ada, bo, cy, path)
            await a_ban(ada, bo, eve, path)
            await asyncio.sleep(3)  # something to be seen in the recording
            await ada.api.post(f"{path}/end")
            state = await bo.hears("session.state", "session:")
            assert (state["data"]["from"], state["data"]["to"]) == ("live", "ended")
    await afterwards(served, ada, recording["id"], path)


async def is_live(ada: Person, path: str) -> None:
    async def is_on_air() -> bool:
        return bool((await ada.api.get(path))["status"] == "live")

    await eventually(is_on_air, within=PATIENCE_S, what="the encoder to take the session live", every=0.25)


async def people_come(ada: Person, bo: Person, cy: Person, eve: Person, path: str) -> None:
    """The host, two viewers by WebRTC, and one by HLS."""
    session_id = path.rpartition("/")[2]
    for each in (ada, bo, cy):
        await each.join(session_id)
    for each in (bo, cy):
        await each.watch()
    await bo.sees()
    await cy.sees()
    await eve.join(session_id, prefer="hls")
    assert eve.seat["delivery"] == "hls"
    await ada.api.post(f"{path}/hls")

    async def has_segments() -> bool:
        address = (await eve.join(session_id, prefer="hls"))["hls_url"]
        if address is None:
            return False
        async with httpx.AsyncClient() as client:
            return await first_segment(client, address) > 0

    await eventually(has_segments, within=PATIENCE_S, what="a segment of HLS", every=0.5)


async def first_segment(client: httpx.AsyncClient, playlist: str) -> int:
    """Bytes of the first segment behind a playlist, or of a playlist behind it; 0 while there is none."""
    answer = await client.get(playlist)
    if answer.status_code != 200:
        return 0
    lines = [line for line in answer.text.splitlines() if line and not line.startswith("#")]
    if not lines:
        return 0
    address = urljoin(playlist, lines[0])
    if ".m3u8" in lines[0]:
        return await first_segment(client, address)
    found = await client.get(address)
    return len(found.content) if found.status_code == 200 else 0


async def a_hand_goes_up(ada: Person, bo: Person, cy: Person, path: str) -> None:
    """Bo asks, Ada lets him on stage, Cy sees his picture beside the encoder's, Bo leaves."""
    await bo.api.post(f"{path}/stage/hand", {"message": "a question"})
    raised = await ada.hears("hand.raised", "staff:")
    assert (raised["data"]["username"], raised["data"]["message"]) == ("bo", "a question")
    await ada.api.post(f"{path}/stage/hands/{raised['data']['id']}/approve")
    joined = await cy.hears("stage.joined", "session:")
    assert joined["data"]["user_id"] == bo.account_id

    async def may_publish() -> bool:
        return bool(bo.room.local_participant.permissions.can_publish)

    await eventually(may_publish, within=PATIENCE_S, what="Bo's connection to be allowed to publish")
    source = rtc.VideoSource(320, 180)
    track = rtc.LocalVideoTrack.create_video_track("camera", source)
    options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_CAMERA)
    await bo.room.local_participant.publish_track(track, options)

    async def is_seen() -> bool:
        source.capture_frame(rtc.VideoFrame(320, 180, rtc.VideoBufferType.RGBA, bytes(320 * 180 * 4)))
        publishers = [one for one in cy.room.remote_participants.values() if one.track_publications]
        return len(publishers) == 2

    await eventually(is_seen, within=PATIENCE_S, what="two pictures at Cy's", every=0.1)
    await bo.api.post(f"{path}/stage/leave")
    left = await cy.hears("stage.left", "session:")
    assert left["data"] == {"user_id": bo.account_id, "reason": "left"}


async def a_poll(ada: Person, bo: Person, cy: Person, path: str) -> None:
    """Two vote, one changes their mind, all see the result."""
    poll = await ada.api.post(
        f"{path}/polls", {"question": "Tea?", "options": ["yes", "no"], "show_results": "always"}
    )
    await cy.hears("poll.opened", "session:")
    yes, no = [option["id"] for option in poll["options"]]
    vote = f"{path}/polls/{poll['id']}/vote"
    for voter, option in ((bo, yes), (cy, yes), (cy, no)):
        await voter.api.post(vote, {"option_id": option})
    await ada.api.post(f"{path}/polls/{poll['id']}/close")
    closed = await cy.hears("poll.closed", "session:")
    assert [option["votes"] for option in closed["data"]["options"]] == [1, 1]
    assert closed["data"]["total_voters"] == 2


async def a_ban(ada: Person, bo: Person, eve: Person, path: str) -> None:
    """Eve writes what she should not: her words and she are gone, by every door."""
    session_id = path.rpartition("/")[2]
    await bo.api.post(f"{path}/chat", {"message": "hello"})
    await eve.join(session_id)
    await eve.watch()
    await eve.sees(1)
    await eve.api.post(f"{path}/chat", {"message": "spam"})
    gone = asyncio.Event()
    eve.room.on("disconnected", lambda *_: gone.set())
    await ada.api.post(f"{path}/bans", {"user_id": eve.account_id, "delete_messages": True})
    async with asyncio.timeout(PATIENCE_S):
        await gone.wait()
    with pytest.raises(Refused) as refused:
        await eve.join(session_id)
    assert (refused.value.status, refused.value.code) == (403, "banned")
    await bo.hears("chat.deleted", "chat:")
    chat = await ada.api.get(f"{path}/chat")
    assert [message["message"] for message in chat["messages"] if not message["is_deleted"]] == ["hello"]


async def afterwards(served: Hall, ada: Person, recording_id: str, path: str) -> None:
    """Who was there, and what is left to watch."""
    listed = (await ada.api.get(f"{path}/attendance"))["attendance"]
    people = {each["username"]: each for each in listed}
    assert set(people) >= {"bo", "cy", "eve"}
    assert all(each["left_at"] for each in listed), json.dumps(listed)
    export = await ada.api.http.get(f"{path}/attendance/export", params={"format": "csv"})
    assert export.status_code == 200
    assert len(export.text.strip().splitlines()) == 1 + len(listed)

    async def is_ready() -> bool:
        return bool((await ada.api.get(f"/recordings/{recording_id}"))["status"] == "ready")

    await eventually(is_ready, within=REPLAY_PATIENCE_S, what="the recording", every=0.5)
    row = await ada.api.get(f"/recordings/{recording_id}")
    async with httpx.AsyncClient() as client:
        part = await client.get(row["playback_url"], headers={"Range": "bytes=0-1023"})
    assert (part.status_code, len(part.content)) == (206, 1024)
    assert row["duration"] >= 3
    assert (await ada.api.get(path))["status"] == "ended"
