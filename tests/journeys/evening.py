"""The main job, played once from end to end: what people did, and what was seen of it.

A host signs in by a link, makes a room and a session and goes live; Bo and Cy come by the room's link, they
write to each other; Cy loses the network for five seconds; Bo leaves by the button, Cy stays to the end; the
host ends. What is asserted here is only what the rest of the evening needs.
"""

import asyncio
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
from playwright.async_api import Browser

from tests.journeys import accessibility
from tests.journeys.people import Host, Viewer
from tests.support import browser, recorded
from tests.support.api import Api, Refused
from tests.support.browser import VideoStats
from tests.support.detour import Detour, SentFrame, detour
from tests.support.fake_media import BEAT_S
from tests.support.hall import Hall
from tests.support.livekit.server import LiveKitServer
from tests.support.recorded import Recorded
from tests.support.waiting import eventually

ON_ITS_WAY_S = 0.1  # what came to the door later may not have reached the server when the session ended
FULL_S = 45.0  # live seconds of the form that leaves nothing out
LOSS_S = 5
PATIENCE_S = 30


class Watched(msgspec.Struct, kw_only=True):
    """What one viewer saw and did; clock times in seconds since 1970."""

    first_picture_s: float  # from the click on "enter" to a readable picture
    decoded: tuple[int, int]  # at two moments, two seconds apart
    numbers: tuple[int, int]
    sound_level: float
    connected_at: float
    left_at: float = 0.0
    chat: list[str] = msgspec.field(default_factory=list)


class Loss(msgspec.Struct, kw_only=True):
    """Five seconds without a network."""

    before: VideoStats
    at_its_end: VideoStats
    swallowed: dict[str, int]
    back_after_s: float


class Replay(msgspec.Struct, kw_only=True):
    """The recording as the API, the replay page and the file show it."""

    row: dict[str, Any]
    ready_after_s: float
    numbers: list[int | None]
    shown_duration: float
    file: Recorded


@dataclass(kw_only=True)
class Evening:
    """All of it."""

    session: dict[str, Any] = field(default_factory=dict)
    bo: Watched
    cy: Watched
    loss: Loss
    captured_offset: float
    said: list[str]
    host_chat: list[str] = field(default_factory=list)
    attendance: list[dict[str, Any]] = field(default_factory=list)
    sent: list[SentFrame] = field(default_factory=list)  # until the host ended
    replay: Replay | None = None
    recording_refusal: Refused | None = None
    barriers: dict[str, list[str]]  # page: what axe found; empty in the short form
    complaints: list[str] = field(default_factory=list)
    server_errors: list[str] = field(default_factory=list)


async def play(
    chromium: Browser, hall: Hall, folder: Path, *, seconds: float, livekit: LiveKitServer | None = None
) -> Evening:
    """The whole evening, live for about `seconds`; against a LiveKit server without a recorder when given."""
    udp = livekit.udp_port if livekit else hall.udp_port
    sockets = [hall.port, *([livekit.port] if livekit else [])]
    async with detour(udp) as door, detour(udp, *sockets) as long_way:
        cast = _Cast(
            hall=hall,
            host=await Host.arrive(chromium, hall, door),
            bo=await Viewer.arrive(chromium, hall),
            cy=await Viewer.arrive(chromium, hall, long_way, pages_too=True),
            door=door,
            long_way=long_way,
            is_recorded=livekit is None,
            is_full=seconds >= FULL_S,
        )
        try:
            return await cast.play(seconds, folder)
        except BaseException:
            for name, person in (("host", cast.host), ("bo", cast.bo), ("cy", cast.cy)):
                await person.photograph(name)
            raise


@dataclass(kw_only=True)
class _Cast:
    """Who plays, and the acts."""

    hall: Hall
    host: Host
    bo: Viewer
    cy: Viewer
    door: Detour
    long_way: Detour
    is_recorded: bool
    is_full: bool
    room_id: str = ""
    session_id: str = ""
    said: list[str] = field(default_factory=list)
    barriers: dict[str, list[str]] = field(default_factory=dict)

    async def play(self, seconds: float, folder: Path) -> Evening:
        await self._open()
        until = time.monotonic() + seconds
        evening = await self._share()
        async with self.hall.api(self.host.token) as api:
            if not self.is_recorded:
                evening.recording_refusal = await _refusal_to_record(api, self.session_id)
            await asyncio.sleep(max(0, until - time.monotonic()))
            ended = await self._close(evening)
            if self.is_recorded:
                evening.replay = await self._replay(api, ended, folder)
            await self._report(api, evening)
        return evening

    async def _open(self) -> None:
        """The host comes and goes live."""
        await self.host.sign_in(self.hall.sign_in_link)
        self.room_id = await self.host.make_room("The blue room")
        self.session_id = await self.host.make_session("An evening with numbers", recorded=self.is_recorded)
        await self.host.go_live(self.session_id)

    async def _share(self) -> Evening:
        """The viewers come, everybody writes, one loses the network."""
        bo, cy = await asyncio.gather(self._watch(self.bo, "Bo"), self._watch(self.cy, "Cy"))
        await self._talk()
        await self._look("studio, live", self.host)
        await self._look("audience, live", self.bo)
        offset = await browser.captured_offset(self.host.page, 3 * BEAT_S)
        loss = await self._lose_the_network()
        return Evening(
            bo=bo, cy=cy, loss=loss, captured_offset=offset, said=self.said, barriers=self.barriers
        )

    async def _close(self, evening: Evening) -> float:
        """Bo leaves, and the host ends; when, by the monotonic clock."""
        evening.bo.chat, evening.cy.chat = await self.bo.chat(), await self.cy.chat()
        evening.host_chat = await self.host.chat()
        evening.bo.left_at = await self.bo.leave()
        await asyncio.sleep(2)  # the two viewers' times shall differ
        evening.cy.left_at = await self.host.end()
        ended = time.monotonic() - (time.time() - evening.cy.left_at)
        evening.sent = [frame for frame in await self.door.frames() if frame.at < ended - ON_ITS_WAY_S]
        return ended

    async def _report(self, api: Api, evening: Evening) -> None:
        """What is known the day after."""
        await self._look("audience, afterwards", self.cy)
        await self.host.open_report(self.session_id)
        await self._look("report", self.host)
        evening.session = await api.get(f"/sessions/{self.session_id}")
        # The host looked at the replay too, which is an attendance of its own.
        live = await api.get(f"/sessions/{self.session_id}/attendance", source="live")
        evening.attendance = live["attendance"]
        evening.complaints = [*self.host.complaints, *self.bo.complaints, *self.cy.complaints]
        evening.server_errors = self.hall.faults()

    async def _look(self, name: str, person: Host | Viewer) -> None:
        """Note what stands in the way of those who cannot see or point on this page."""
        if self.is_full:
            self.barriers[name] = await accessibility.violations(person.page)

    async def _watch(self, viewer: Viewer, name: str) -> Watched:
        await viewer.enter(self.room_id, name)
        entered = time.monotonic()
        first = await viewer.shows()
        first_picture_s = time.monotonic() - entered
        decoded = (await browser.stats(viewer.page)).frames_decoded
        await asyncio.sleep(2)
        level = await eventually(
            lambda: browser.sound_level(viewer.page),
            lambda level: level > 0.005,
            within=PATIENCE_S,
            what="sound",
        )
        return Watched(
            first_picture_s=first_picture_s,
            decoded=(decoded, (await browser.stats(viewer.page)).frames_decoded),
            numbers=(first, await viewer.shows()),
            sound_level=level,
            connected_at=await viewer.connected_at(),
        )

    async def _talk(self) -> None:
        await self._say(self.host, "Good evening.")
        await self.bo.reads(*self.said)
        await self._say(self.bo, "Good evening from Bo.")
        await self._say(self.cy, "And from Cy.")
        for person in (self.host, self.bo, self.cy):
            await person.reads(*self.said)

    async def _say(self, person: Host | Viewer, text: str) -> None:
        await person.write(text)
        self.said.append(text)

    async def _lose_the_network(self) -> Loss:
        await self.long_way.swallow()
        lost = time.monotonic()
        await self._say(self.host, "Cy cannot hear this.")
        await asyncio.sleep(1)  # frames that had arrived are still decoded
        before = await browser.stats(self.cy.page)
        await self._say(self.bo, "Nor this.")
        await self._say(self.cy, "Can you hear me?")
        await asyncio.sleep(LOSS_S - (time.monotonic() - lost))
        at_its_end = await browser.stats(self.cy.page)
        swallowed = await self.long_way.counts()
        await self.long_way.flow()
        back = time.monotonic()
        await eventually(
            lambda: browser.stats(self.cy.page),
            lambda now: now.frames_decoded > at_its_end.frames_decoded + 5,
            within=PATIENCE_S,
            what="pictures after the loss",
        )
        back_after_s = time.monotonic() - back
        for person in (self.host, self.bo, self.cy):
            await person.reads(*self.said)
        return Loss(before=before, at_its_end=at_its_end, swallowed=swallowed, back_after_s=back_after_s)

    async def _replay(self, api: Api, ended: float, folder: Path) -> Replay:
        await self._look("studio, ended", self.host)

        async def rows() -> list[dict[str, Any]]:
            found: list[dict[str, Any]] = (await api.get(f"/sessions/{self.session_id}/recordings"))[
                "recordings"
            ]
            return found

        (row,) = await eventually(
            rows,
            lambda found: found and all(one["status"] in {"ready", "failed"} for one in found),
            within=3 * PATIENCE_S,
            what="a recording that is ready",
        )
        ready_after_s = time.monotonic() - ended
        shown, numbers = await self.host.plays_replay(self.room_id, row["id"])
        await self._look("replay", self.host)
        link = await api.get(f"/recordings/{row['id']}/download")
        file = folder / "recording"
        file.write_bytes((await api.http.get(link["url"])).raise_for_status().content)
        return Replay(
            row=row,
            ready_after_s=ready_after_s,
            numbers=numbers,
            shown_duration=shown,
            file=await asyncio.to_thread(recorded.read, file),
        )


async def _refusal_to_record(api: Api, session_id: str) -> Refused:
    try:
        await api.post(f"/sessions/{session_id}/recordings/start")
    except Refused as refused:
        return refused
    raise AssertionError("a LiveKit server without a recorder records")
