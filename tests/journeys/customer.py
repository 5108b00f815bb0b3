"""Somebody at an evening with no page of ours: HTTP, Centrifugo's own client, LiveKit's own SDK."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest

from tests.support.api import Api
from tests.support.centrifuge_clients import PythonClient, RealClient, real_client
from tests.support.hall import Hall, holder_of
from tests.support.waiting import eventually

rtc = pytest.importorskip("livekit.rtc")

PATIENCE_S = 30.0
WIDTH, HEIGHT = 320, 180
FRAME_S = 1 / 15


class Person:
    """Somebody with an account, and the API in their name."""

    def __init__(self, name: str, api: Api, account_id: str, served: Hall, number: int) -> None:
        self.name, self.api, self.account_id = name, api, account_id
        self._hall, self._process = served, number % served.processes  # which one holds their socket
        self.seat: dict[str, Any] = {}
        self.room = rtc.Room()
        self.frames = 0
        self._clients: list[RealClient] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def join(self, session_id: str, **body: object) -> dict[str, Any]:
        self.seat = await self.api.post(f"/sessions/{session_id}/join", body)
        return self.seat

    async def watch(self) -> None:
        """By WebRTC, with every frame decoded."""
        self.room.on("track_subscribed", self._subscribed)
        await self.enter(self.seat)

    async def enter(self, access: dict[str, Any]) -> None:
        """The media room, by the answer to joining or starting."""
        await self.room.connect(access["livekit_url"], access["token"])

    def _subscribed(self, track: Any, *_: Any) -> None:
        if track.kind == rtc.TrackKind.KIND_VIDEO:
            task = asyncio.get_running_loop().create_task(self._decode(rtc.VideoStream(track)))
            self._tasks.add(task)

    async def _decode(self, stream: Any) -> None:
        try:
            async for _ in stream:
                self.frames += 1
        finally:
            await stream.aclose()

    async def sees(self, more: int = 10) -> None:
        """Wait until so many further frames were decoded."""
        goal = self.frames + more

        async def is_there() -> bool:
            return self.frames >= goal

        await eventually(is_there, within=PATIENCE_S, what=f"{self.name} to see {more} frames")

    async def sees_publishers(self, number: int) -> None:
        async def are_there() -> bool:
            found = [one for one in self.room.remote_participants.values() if one.track_publications]
            return len(found) == number

        await eventually(are_there, within=PATIENCE_S, what=f"{number} pictures at {self.name}'s")

    @asynccontextmanager
    async def filming(self) -> AsyncIterator[None]:
        """With a camera in the media room, once they may."""

        async def may_publish() -> bool:
            return bool(self.room.local_participant.permissions.can_publish)

        await eventually(may_publish, within=PATIENCE_S, what=f"{self.name} to be allowed to publish")
        source = rtc.VideoSource(WIDTH, HEIGHT)
        track = rtc.LocalVideoTrack.create_video_track("camera", source)
        options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_CAMERA)
        await self.room.local_participant.publish_track(track, options)
        filming = asyncio.get_running_loop().create_task(_film(source))
        try:
            yield
        finally:
            filming.cancel()
            await asyncio.gather(filming, return_exceptions=True)
            await source.aclose()

    def told(self, kind: str, channel: str) -> list[dict[str, Any]]:
        return [
            each["data"]
            for client in self._clients
            for each in client.told("publication")
            if each["data"]["type"] == kind and each["channel"].startswith(channel)
        ]

    async def hears(self, kind: str, channel: str = "", times: int = 1) -> Any:
        """What the event of this kind says, once it was told so often."""

        async def is_told() -> bool:
            return len(self.told(kind, channel)) >= times

        await eventually(is_told, within=PATIENCE_S, what=f"{self.name} to hear of {kind}")
        return self.told(kind, channel)[-1]["data"]

    @asynccontextmanager
    async def listening(self, *kinds: str) -> AsyncIterator[None]:
        """Subscribed to these channels of the session."""
        session_id = self.seat["session"]["id"]
        async with AsyncExitStack() as stack:
            client = await self._client(stack)
            self._clients.append(client)
            for kind in kinds:
                await client.subscribe(f"{kind}:{session_id}")
                await client.tells("subscribed", f"{kind}:{session_id}")
            yield

    async def _client(self, stack: AsyncExitStack) -> RealClient:
        """With its socket at their own one of the hall's processes."""
        access, wanted = self.seat["realtime"], self._hall.pids("api")[self._process]
        while True:
            client = await stack.enter_async_context(
                real_client("python", access["url"], token=access["token"])
            )
            await client.tells("connected")
            assert isinstance(client, PythonClient)
            if holder_of(self._hall, _local_address(client)) == wanted:
                return client
            await client.client.disconnect()

    async def close(self) -> None:
        await self.room.disconnect()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.api.http.aclose()


async def person(served: Hall, name: str, role: str = "viewer", number: int = 0) -> Person:
    email = f"{name}@example.org"
    await asyncio.to_thread(served.add_account, email, role)
    api = served.api(await asyncio.to_thread(served.token, email))
    return Person(name, api, (await api.get("/auth/me"))["id"], served, number)


def _local_address(client: PythonClient) -> tuple[str, int]:
    address: tuple[str, int] = client.client._conn.local_address  # it does not tell in public
    return address


async def _film(source: Any) -> None:
    for shade in _shades():
        picture = bytes((shade, shade, shade, 255)) * (WIDTH * HEIGHT)
        source.capture_frame(rtc.VideoFrame(WIDTH, HEIGHT, rtc.VideoBufferType.RGBA, picture))
        await asyncio.sleep(FRAME_S)


def _shades() -> Iterator[int]:
    while True:
        yield from range(0, 250, 10)
