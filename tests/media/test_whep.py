"""WHEP, draft-ietf-wish-whep-03: players without an SDK."""

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator

import pytest
from livekit.protocol import models
from livekit.protocol import room as rooms

from livehall.media.client.offer import H264, OPUS, VP8
from livehall.media.client.publisher import SentStream, play
from livehall.media.sdp import parse as sdp
from tests.media.conftest import Stage, eventually
from tests.media.player import FRAGMENT, Player

pytestmark = pytest.mark.media
LOUD, SILENT = 20, 127  # -dBov


@contextlib.asynccontextmanager
async def playing(*streams: SentStream) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(play(stream, seconds=60)) for stream in streams]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@contextlib.asynccontextmanager
async def talking(stream: SentStream, level: int = LOUD) -> AsyncIterator[None]:
    async def talk() -> None:
        for number in range(10_000):
            stream.send(b"\xfc" + bytes((level,)) * 20, number * 960, level=level)
            await asyncio.sleep(0.02)

    task = asyncio.create_task(talk())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def player(stage: Stage, identity: str = "bob", **grants: object) -> Player:
    return Player(stage.http_url, stage.token(identity, **grants))


async def seen_by(stage: Stage) -> dict[str, models.ParticipantInfo]:
    listed = await (await stage.api()).room.list_participants(rooms.ListParticipantsRequest(room="hall"))
    return {each.identity: each for each in listed.participants}


async def test_a_player_sees_and_hears_and_is_a_viewer_like_others(stage: Stage):
    ada = await stage.publisher("ada")
    (camera,), microphone = await ada.publish_video(), await ada.publish_audio()
    async with playing(camera), talking(microphone), player(stage) as bob:
        await bob.connect()
        await bob.until(lambda: bool(bob.of(VP8) and bob.of(OPUS)))
        first = bob.of(VP8)[0][1]
        assert first[6] & 1 == 0  # of a key frame, which was asked for
        sections = sdp.parse(bob.answer.text)
        assert [section.direction for section in sections] == ["sendonly", "sendonly"]
        assert {header.ssrc for header, _ in bob.of(VP8)} == {sections[1].ssrcs[0]}
        await stage.hooks.until("participant_joined", "participant_joined")
        assert (await seen_by(stage))["bob"].state == models.ParticipantInfo.ACTIVE

        assert (await bob.http.delete(bob.where)).status_code == 200
        assert (await bob.http.delete(bob.where)).status_code == 404
        await stage.hooks.until("participant_left")
        assert set(await seen_by(stage)) == {"ada"}


async def test_what_is_seen_follows_the_publishers_in_one_stream(stage: Stage):
    """A camera, a screen in another codec, the camera again: one SSRC, and no gap in the numbers."""
    ada, eve = await stage.publisher("ada"), await stage.publisher("eve")
    async with player(stage) as bob:
        await bob.connect()  # before there is anything
        (camera,) = await ada.publish_video()
        async with playing(camera):
            await bob.until(lambda: len(bob.of(VP8)) > 5)
            (screen,) = await eve.publish_video(codec="h264", source=models.SCREEN_SHARE)
            for number in range(8):
                screen.send(b"\x65" + bytes(30), number * 3000)
                await asyncio.sleep(0.03)
            await bob.until(lambda: len(bob.of(H264)) > 3)
            cameras = len(bob.of(VP8))
            await eve.vanish()
            await (await stage.api()).room.remove_participant(
                rooms.RoomParticipantIdentity(room="hall", identity="eve")
            )
            await bob.until(lambda: len(bob.of(VP8)) > cameras + 5)
        headers = [header for header, _ in bob.got if header.payload_type in (VP8, H264)]
    assert len({header.ssrc for header in headers}) == 1
    numbers = [header.sequence for header in headers]
    assert numbers == [(numbers[0] + step) & 0xFFFF for step in range(len(numbers))]
    times = [header.timestamp for header in headers]
    assert all((after - before) & 0xFFFFFFFF < 90_000 for before, after in itertools.pairwise(times))


async def test_who_speaks_is_heard(stage: Stage):
    ada, eve = await stage.publisher("ada"), await stage.publisher("eve")
    hers, others = await ada.publish_audio(), await eve.publish_audio()
    async with player(stage) as bob:
        await bob.connect()
        async with talking(hers, SILENT), talking(others, LOUD):
            await bob.until(lambda: bool(bob.of(OPUS)) and bob.of(OPUS)[-1][1][1] == LOUD)
        headers = [header for header, _ in bob.of(OPUS)]
    numbers = [header.sequence for header in headers]
    assert numbers == [(numbers[0] + step) & 0xFFFF for step in range(len(numbers))]


async def test_rights_that_are_taken_away_end_what_is_seen(stage: Stage):
    ada = await stage.publisher("ada")
    (camera,) = await ada.publish_video()
    api = await stage.api()
    async with playing(camera), player(stage) as bob:
        await bob.connect()
        await bob.until(lambda: bool(bob.of(VP8)))
        await api.room.update_participant(
            rooms.UpdateParticipantRequest(
                room="hall", identity="bob", permission=models.ParticipantPermission(can_subscribe=False)
            )
        )
        await asyncio.sleep(0.1)
        before = len(bob.of(VP8))
        await asyncio.sleep(0.3)
        assert len(bob.of(VP8)) == before
        await api.room.remove_participant(rooms.RoomParticipantIdentity(room="hall", identity="bob"))
        await eventually(lambda: bob.path.dtls.peer_said_goodbye, 2)  # the player hears of it
        answer = await bob.http.patch(bob.where, content="a=x", headers=FRAGMENT | {"If-Match": "*"})
        assert answer.status_code == 404


async def test_only_who_may_watch_gets_an_answer(stage: Stage):
    async with Player(stage.http_url) as nobody:
        assert (await nobody.post()).status_code == 401
        assert (
            "Authorization"
            in (await nobody.http.options(f"{stage.http_url}/whep")).headers["Access-Control-Allow-Headers"]
        )
    async with player(stage, can_subscribe=False) as deaf:
        assert (await deaf.post()).status_code == 403
    async with player(stage) as bob:
        for offer, status in (
            ("v=0", 400),
            (bob.offer.replace("recvonly", "sendonly"), 400),
            (Player("", kinds=("video", "video")).offer, 406),
        ):
            bob.offer = offer
            assert (await bob.post()).status_code == status
    assert stage.server.rooms.find("hall") is None


async def test_an_ice_restart_and_a_goodbye_by_the_connection_itself(stage: Stage):
    async with player(stage) as bob:
        await bob.connect()
        etag = bob.answer.headers["ETag"]
        same = await bob.http.patch(bob.where, content="a=x", headers=FRAGMENT | {"If-Match": etag})
        assert same.status_code == 204
        fragment = "a=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuv\r\nm=audio 9 x 0\r\na=mid:0\r\n"
        anew = await bob.http.patch(bob.where, content=fragment, headers=FRAGMENT | {"If-Match": "*"})
        assert anew.status_code == 200
        assert anew.headers["ETag"] != etag
        bob.path.dtls.say_goodbye()  # as a page does that is closed
        await eventually(lambda: not stage.server.rooms.find("hall").participants, 3)
