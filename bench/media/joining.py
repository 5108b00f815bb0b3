"""`python -m bench.media.joining PLAN`: how long people wait for a picture that is decoded, as JSON.

People come and go by LiveKit's own SDK, one after another, and at each of the servers in turns, so that what
else the machine does hits all of them. A subscriber's time is from `connect` to the first frame that the SDK
hands on; a publisher's is from its `connect` to its first frame at somebody who watches already. Each is
asked for with one peer connection (`/rtc/v1`) and with two (`/rtc`).

A reader's stream ends by itself, and is never cancelled while it does. One that was stays among the
listeners of the SDK (livekit 1.2.1) until it is garbage. `VideoStream.__del__` then takes it from their list,
often on the thread where `FfiQueue.put` is going through that list to hand on an event, and the next listener
is passed over. `disconnect`, whose answer was lost so, waits for ever, and a lost `track_subscribed` is a
picture that never comes; each was seen within a hundred joins. No server is to blame: one that was stopped
(SIGSTOP) at any step kept nobody from leaving.
"""

import asyncio
import datetime
import faulthandler
import itertools
import json
import logging
import sys
import time
from collections.abc import Awaitable, Iterator
from contextlib import suppress
from typing import Any

import msgspec
from livekit import rtc
from livekit.api import AccessToken, VideoGrants

WIDTH, HEIGHT, FPS = 640, 360, 30
DEADLINE_S = 10.0  # for one picture, and for each other step of one person
# After the deadline of all: for what does not come back to the loop, and so misses that.
STUCK_S = 30.0
# Between two joins: at one server they are so far apart that each has a key frame of its own to wait for. The
# real server asks a publisher for one every 0.5 s at most, ours every 0.4 s.
GAP_S = 0.3
WARM = 1  # joins of each kind at each server that do not count
TOKEN_S = 3600
RESIDENT = "resident"
CONNECTIONS = {"one": True, "two": False}  # peer connections: what the SDK is told

Waited = dict[str, dict[str, list[float]]]  # "subscriber, one", …: server: seconds


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    servers: dict[str, str]  # name: ws://…
    api_key: str
    api_secret: str
    joins: int  # of each kind at each server
    within_s: float  # all of them


class NotInTime(Exception):
    """A step that took too long; the text says which and whose."""


class Person:
    """A connection that films, watches, or both."""

    def __init__(self, plan: Plan, server: str, identity: str, *, single: bool = True) -> None:
        self.identity = identity
        self._server, self._url = server, plan.servers[server]
        grants = VideoGrants(room_join=True, room="joins")
        token = AccessToken(plan.api_key, plan.api_secret).with_identity(identity).with_grants(grants)
        self._token = token.with_ttl(datetime.timedelta(seconds=TOKEN_S)).to_jwt()
        self._options = rtc.RoomOptions(single_peer_connection=single)
        self._room = rtc.Room()
        self._room.on("track_subscribed", self._on_subscribed)
        self._first: dict[str, asyncio.Future[float]] = {}  # identity: when its first frame was decoded
        self._tasks: list[asyncio.Task[None]] = []
        self._source: rtc.VideoSource | None = None

    def lights_on(self) -> None:
        """The camera runs, before anybody is told of it."""
        self._source = rtc.VideoSource(WIDTH, HEIGHT)
        self._tasks.append(asyncio.create_task(_film(self._source)))

    async def connect(self) -> None:
        """Raises: NotInTime."""
        await self._within("connecting", self._room.connect(self._url, self._token, self._options))

    async def publish(self) -> None:
        """Raises: NotInTime."""
        assert self._source is not None
        track = rtc.LocalVideoTrack.create_video_track("camera", self._source)
        options = rtc.TrackPublishOptions(
            source=rtc.TrackSource.SOURCE_CAMERA, video_codec=rtc.VideoCodec.VP8, simulcast=False
        )
        await self._within("publishing", self._room.local_participant.publish_track(track, options))

    async def first_frame_of(self, identity: str) -> float:
        """Monotonic seconds. Raises: NotInTime."""
        first = self._first_of(identity)
        await self._within(f"the first frame of {identity}", first)
        return first.result()

    def _first_of(self, identity: str) -> asyncio.Future[float]:
        return self._first.setdefault(identity, asyncio.get_running_loop().create_future())

    def _on_subscribed(self, track: rtc.Track, _: rtc.TrackPublication, whose: rtc.RemoteParticipant) -> None:
        if track.kind == rtc.TrackKind.KIND_VIDEO:
            self._tasks.append(asyncio.ensure_future(self._watch(track, whose.identity)))

    async def _watch(self, track: rtc.Track, identity: str) -> None:
        stream = rtc.VideoStream(track)
        try:
            async for _ in stream:
                first = self._first_of(identity)
                if not first.done():  # it is when the track came twice, or too late
                    first.set_result(time.monotonic())
                return
        finally:
            await asyncio.shield(stream.aclose())  # see above

    async def leave(self) -> None:
        """What does not end in time is told, and left behind: figures are of those who come."""
        for task in self._tasks:
            task.cancel()
        await self._ended("its readers", asyncio.gather(*self._tasks, return_exceptions=True))
        await self._ended("disconnecting", self._room.disconnect())
        if self._source is not None:
            await self._ended("its camera", self._source.aclose())

    async def _ended(self, step: str, ending: Awaitable[Any]) -> None:
        try:
            await self._within(step, ending)
        except NotInTime as late:
            print(f"left behind: {late}", file=sys.stderr, flush=True)

    async def _within(self, step: str, done: Awaitable[Any]) -> None:
        """Raises: NotInTime."""
        try:
            async with asyncio.timeout(DEADLINE_S):
                await done
        except TimeoutError:
            late = f"{self.identity!r} at {self._server}: {step} took more than {DEADLINE_S:.0f} s"
            raise NotInTime(late) from None


async def _film(source: rtc.VideoSource) -> None:
    pictures = [
        rtc.VideoFrame(WIDTH, HEIGHT, rtc.VideoBufferType.I420, picture) for picture in _pictures(FPS)
    ]
    due = time.monotonic()
    for picture in itertools.cycle(pictures):
        source.capture_frame(picture)
        due = max(due + 1 / FPS, time.monotonic())  # what was missed is not made up for
        await asyncio.sleep(due - time.monotonic())


def _pictures(number: int) -> Iterator[bytes]:
    """Two halves whose shades change."""
    half = WIDTH * HEIGHT // 2
    for at in range(number):
        shade = 40 + at * 5
        yield bytes([shade]) * half + bytes([255 - shade]) * half + bytes([128]) * half


async def subscriber(plan: Plan, server: str, identity: str, *, single: bool) -> float:
    """Seconds from `connect` to the resident's picture."""
    person = Person(plan, server, identity, single=single)
    began = time.monotonic()
    try:
        await person.connect()
        return await person.first_frame_of(RESIDENT) - began
    finally:
        await person.leave()


async def publisher(plan: Plan, server: str, identity: str, resident: Person, *, single: bool) -> float:
    """Seconds from `connect` to the picture at the resident."""
    person = Person(plan, server, identity, single=single)
    person.lights_on()
    began = time.monotonic()
    try:
        await person.connect()
        await person.publish()
        return await resident.first_frame_of(identity) - began
    finally:
        await person.leave()


def turns(plan: Plan, number: int) -> list[str]:
    """The servers; who is first changes from round to round."""
    servers = list(plan.servers)
    return servers if number % 2 else servers[::-1]


async def measure(plan: Plan) -> Waited:
    waited: Waited = {}
    residents = {server: Person(plan, server, RESIDENT) for server in plan.servers}
    try:
        for resident in residents.values():
            await resident.connect()
        for words, single in CONNECTIONS.items():
            for number in range(-WARM, plan.joins):
                for server in turns(plan, number):
                    took = await publisher(
                        plan, server, f"{words} {number}", residents[server], single=single
                    )
                    if number >= 0:
                        waited.setdefault(f"publisher, {words}", {}).setdefault(server, []).append(took)
                    await asyncio.sleep(GAP_S)
        for resident in residents.values():
            resident.lights_on()
            await resident.publish()
        for words, single in CONNECTIONS.items():
            for number in range(-WARM, plan.joins):
                for server in turns(plan, number):
                    took = await subscriber(plan, server, f"{words} {number}", single=single)
                    if number >= 0:
                        waited.setdefault(f"subscriber, {words}", {}).setdefault(server, []).append(took)
                    await asyncio.sleep(GAP_S)
    finally:
        for resident in residents.values():
            await resident.leave()
    return waited


async def measured(plan: Plan) -> Waited:
    """Raises: TimeoutError, whose cause shows where the time was up."""
    async with asyncio.timeout(plan.within_s):
        return await measure(plan)


def main() -> int:
    plan = msgspec.json.decode(sys.argv[1], type=Plan)
    faulthandler.dump_traceback_later(plan.within_s + STUCK_S, exit=True)
    logging.getLogger("livekit").setLevel(logging.ERROR)  # it warns of handles of its own
    with suppress(KeyboardInterrupt):
        print(json.dumps(asyncio.run(measured(plan))))
        return 0
    return 1


if __name__ == "__main__":
    sys.exit(main())
