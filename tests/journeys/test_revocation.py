"""What a lost right closes: socket, media connection and HLS, within 2 s (realtime.md §1, threats 4 and 5).

A whole hall, a Centrifugo client, LiveKit's SDK and an HLS player. The deadline is three times what is
promised, since the machine has other work too; `python -m bench.revocation` measures what it takes.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from tests.media.player import Player
from tests.support.api import Api
from tests.support.hall import Hall, hall
from tests.support.realtime import Wire
from tests.support.waiting import eventually

rtc = pytest.importorskip("livekit.rtc")

pytestmark = [pytest.mark.media]
PROMISED_S = 2.0
DEADLINE_S = 3 * PROMISED_S
PATIENCE_S = 30.0


class Ear:
    """A realtime connection, and how it and its channels ended."""

    def __init__(self) -> None:
        self.lost: dict[str, int] = {}  # channel → code
        self.closed: int | None = None

    @asynccontextmanager
    async def listening(self, access: dict[str, Any], *channels: str) -> AsyncIterator["Ear"]:
        async with connect(access["url"], proxy=None) as socket:
            wire = Wire(socket)
            await wire.ask("connect", data={"token": access["token"]})
            for channel in channels:
                assert "data" in await wire.ask("subscribe", channel=channel), channel
            reading = asyncio.get_running_loop().create_task(self._read(wire))
            yield self
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)

    async def _read(self, wire: Wire) -> None:
        with suppress(ConnectionClosed):
            while True:
                with suppress(TimeoutError):
                    push = await wire.push()
                    if "unsubscribe" in push:
                        self.lost[push["channel"]] = push["unsubscribe"]["code"]
        self.closed = wire.socket.close_code


class Watcher:
    """Somebody with an account who is in the session by media."""

    def __init__(self, api: Api, account_id: str, session_id: str) -> None:
        self.api, self.account_id, self.session_id = api, account_id, session_id
        self.room = rtc.Room()
        self.seat: dict[str, Any] = {}
        self.is_out = False
        self.room.on("disconnected", self._out)

    def _out(self, *_: object) -> None:
        self.is_out = True

    async def join(self, **body: object) -> dict[str, Any]:
        self.seat = await self.api.post(f"/sessions/{self.session_id}/join", body)
        return self.seat

    async def watch(self) -> None:
        await self.join()
        await self.room.connect(self.seat["livekit_url"], self.seat["token"])

    async def close(self) -> None:
        await self.room.disconnect()
        await self.api.http.aclose()


async def closes(what: str, is_closed: Callable[[], Awaitable[object]], since: float) -> None:
    await eventually(is_closed, within=max(0.1, since + DEADLINE_S - time.monotonic()), what=what, every=0.02)


def now_is(condition: Callable[[], object]) -> Callable[[], Awaitable[object]]:
    async def ask() -> object:
        return condition()

    return ask


@pytest.fixture
def served(tmp_path: Path) -> Any:
    with hall(tmp_path, settings={"LIVEHALL_MEDIA_WORKERS": "2"}) as running:  # others have one
        yield running


async def somebody(served: Hall, name: str, role: str, session_id: str = "") -> Watcher:
    await asyncio.to_thread(served.add_account, f"{name}@example.org", role)
    api = served.api(await asyncio.to_thread(served.token, f"{name}@example.org"))
    return Watcher(api, (await api.get("/auth/me"))["id"], session_id)


async def a_guest(served: Hall, name: str, session_id: str) -> Watcher:
    """Somebody who registered alone."""
    async with served.api() as api:
        made = await api.post("/auth/viewers", {"username": name})
    return Watcher(served.api(made["access_token"]), made["user"]["id"], session_id)


async def test_a_lost_right_closes_socket_media_and_hls_within_two_seconds(served: Hall) -> None:
    ada = await somebody(served, "ada", "host")
    made = await ada.api.post("/rooms", {"title": "Talks"})
    planned = await ada.api.post(f"/rooms/{made['id']}/sessions", {"title": "Evening"})
    session_id = ada.session_id = planned["session"]["id"]
    path = f"/sessions/{session_id}"
    bo, eve, hal, pip = [await a_guest(served, name, session_id) for name in ("Bo", "Eve", "Hal", "Pip")]
    mo = await somebody(served, "mo", "viewer", session_id)
    people = (bo, mo, eve, hal, pip)
    olga = await somebody(served, "olga", "admin")
    try:
        started = await ada.api.post(f"{path}/start", {"go_live": True})
        await ada.room.connect(started["livekit_url"], started["token"])
        sound = rtc.LocalAudioTrack.create_audio_track("microphone", rtc.AudioSource(48_000, 1))
        await ada.room.local_participant.publish_track(
            sound, rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE)
        )
        player = await an_hls_player(ada, hal)
        await ada.api.post(f"{path}/moderators", {"user_id": mo.account_id})
        for each in (bo, mo, eve):
            await each.watch()
        await a_ban(ada, eve, hal, player, path)
        await a_ban_of_a_plain_player(ada, pip, path)
        await a_dismissal(ada, mo, path)
        await a_place_on_stage(ada, bo, path)
        await a_role(served, olga)
        await a_cancelled_registration(served, ada, path)
        await the_end(ada, bo, path)
    finally:
        for each in (ada, olga, *people):
            await each.close()
    assert served.faults() == []


async def an_hls_player(ada: Watcher, hal: Watcher) -> Callable[[], Awaitable[int]]:
    """Hal plays by HLS; what the playlist answers now."""

    async def has_a_playlist() -> bool:
        address = (await hal.join(prefer="hls"))["hls_url"]
        if address is None:
            return False
        async with httpx.AsyncClient() as client:
            return (await client.get(address)).status_code == 200

    await eventually(has_a_playlist, within=PATIENCE_S, what="HLS", every=0.25)
    await hal.api.post(f"/attendance/{hal.seat['attendance_id']}/beat", {})

    async def status() -> int:
        async with httpx.AsyncClient() as client:
            return (await client.get(hal.seat["hls_url"])).status_code

    return status


async def removed(ada: Watcher, path: str) -> None:
    answer = await ada.api.http.delete(path)
    assert answer.status_code < 300, answer.text


async def a_ban(
    ada: Watcher, eve: Watcher, hal: Watcher, player: Callable[[], Awaitable[int]], path: str
) -> None:
    """Socket and media of one who watches directly, the playlist of one who watches by HLS."""
    channels = [f"{kind}:{eve.session_id}" for kind in ("session", "chat")]
    async with Ear().listening(eve.seat["realtime"], *channels) as ear:
        await ada.api.post(f"{path}/bans", {"user_id": eve.account_id})
        await ada.api.post(f"{path}/bans", {"user_id": hal.account_id})
        since = time.monotonic()
        await closes("the socket of a banned person", now_is(lambda: ear.closed == 4502), since)
        await closes("their media connection", now_is(lambda: eve.is_out), since)

        async def is_refused() -> bool:
            return await player() == 403

        await closes("HLS of a banned person", is_refused, since)


async def a_cancelled_registration(served: Hall, ada: Watcher, path: str) -> None:
    """Socket and media of one who watches directly, the playlist of one who watches by HLS."""
    room = (await ada.api.get(path))["room_id"]
    answer = await ada.api.http.put(f"/rooms/{room}/registration", json={"mode": "required"})
    assert answer.status_code == 200, answer.text
    people, registered = [], []
    for name in ("ned", "una"):
        made = await ada.api.post(f"/rooms/{room}/registrations", {"email": f"{name}@example.org"})
        async with served.api() as api:
            link = {"access_token": made["access_link"].rpartition("#")[2]}
            signed_in = await api.post("/auth/access-link", link)
        people.append(Watcher(served.api(signed_in["access_token"]), signed_in["user"]["id"], ada.session_id))
        registered.append(made["id"])
    ned, una = people
    try:
        player = await an_hls_player(ada, una)
        await ned.watch()
        channels = [f"{kind}:{ned.session_id}" for kind in ("session", "chat")]
        async with Ear().listening(ned.seat["realtime"], *channels) as ear:
            for each in registered:
                await removed(ada, f"/registrations/{each}")
            since = time.monotonic()
            await closes("the channels of a registration", now_is(lambda: {*channels} <= {*ear.lost}), since)
            await closes("their media connection", now_is(lambda: ned.is_out), since)

            async def is_refused() -> bool:
                return await player() == 403

            await closes("HLS of a cancelled registration", is_refused, since)
    finally:
        await ada.api.http.put(f"/rooms/{room}/registration", json={"mode": "none"})
        for each in people:
            await each.close()


async def a_ban_of_a_plain_player(ada: Watcher, pip: Watcher, path: str) -> None:
    """One who watches by WHEP, without an SDK, counts as present, is out as fast, and stays out."""
    await pip.join()
    address = pip.seat["livekit_url"].replace("ws", "http", 1)
    async with Player(address, pip.seat["token"]) as player:
        await player.connect()

        async def is_counted() -> bool:
            rows = (await ada.api.get(f"{path}/attendance"))["attendance"]
            return any(row["user_id"] == pip.account_id and row["is_active"] for row in rows)

        await eventually(is_counted, within=PATIENCE_S, what="the attendance of a player")
        await ada.api.post(f"{path}/bans", {"user_id": pip.account_id})
        await closes("the player of a banned person", has_ended(player), time.monotonic())
    async with Player(address, pip.seat["token"]) as player:  # the token is good for minutes more
        await player.connect()
        await closes("the player of one who comes again", has_ended(player), time.monotonic())


def has_ended(player: Player) -> Callable[[], Awaitable[object]]:
    return now_is(lambda: player.path.dtls.peer_said_goodbye)


async def a_dismissal(ada: Watcher, mo: Watcher, path: str) -> None:
    """A moderator who is one no more hears the staff no more, and watches on."""
    staff = f"staff:{mo.session_id}"
    async with Ear().listening(mo.seat["realtime"], staff, f"session:{mo.session_id}") as ear:
        await removed(ada, f"{path}/moderators/{mo.account_id}")
        since = time.monotonic()
        await closes("the staff's channel of a dismissed moderator", now_is(lambda: staff in ear.lost), since)
        assert (ear.lost, ear.closed) == ({staff: 2000}, None)


async def a_place_on_stage(ada: Watcher, bo: Watcher, path: str) -> None:
    """The right to publish comes with the place and goes with it (C17)."""

    async def may_publish() -> bool:
        return bool(bo.room.local_participant.permissions.can_publish)

    async def may_not_publish() -> bool:
        return not await may_publish()

    await ada.api.post(f"{path}/stage/participants", {"user_id": bo.account_id})
    await eventually(may_publish, within=PATIENCE_S, what="the right to publish")
    stage = f"stage:{bo.session_id}"
    async with Ear().listening((await bo.join())["realtime"], stage) as ear:
        await ada.api.post(f"{path}/stage/participants/{bo.account_id}/remove")
        since = time.monotonic()
        await closes("the right to publish", may_not_publish, since)
        await closes("the stage's channel", now_is(lambda: stage in ear.lost), since)
    assert not bo.is_out


async def a_role(served: Hall, olga: Watcher) -> None:
    """An administrator who becomes a host loses the organization's channel; who signs out, the connection."""
    access = await olga.api.post("/realtime/token")
    (org,) = [channel for channel in access["channels"] if channel.startswith("org:")]
    async with Ear().listening(access, org) as ear:
        await asyncio.to_thread(served.add_account, "olga@example.org", "host")
        since = time.monotonic()
        await closes("the organization's channel", now_is(lambda: org in ear.lost), since)
        assert ear.closed is None


async def the_end(ada: Watcher, bo: Watcher, path: str) -> None:
    """C25: the session's channels and the media room."""
    channels = [f"{kind}:{bo.session_id}" for kind in ("session", "chat")]
    async with Ear().listening((await bo.join())["realtime"], *channels) as ear:
        await ada.api.post(f"{path}/end")
        since = time.monotonic()
        await closes("the session's channels", now_is(lambda: len(ear.lost) == len(channels)), since)
        await closes("the media room", now_is(lambda: bo.is_out and ada.is_out), since)
        assert (set(ear.lost.values()), ear.closed) == ({2000}, None)
