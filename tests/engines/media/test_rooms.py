"""Rooms and who is in them, on our media server and on the real LiveKit server."""

import asyncio
import time

import jwt
import pytest

from livehall.core.ports.media import Grant, MediaUnavailable
from livehall.engines.media.calls import DEADLINE_S
from livehall.engines.media.tokens import MediaTokens
from livehall.kernel.clock import utc_now
from livehall.kernel.ids import new_id
from tests.support.livekit.server import API_KEY, API_SECRET
from tests.support.media_servers import engine_at, nowhere, publishing
from tests.support.people import NOON

STAGE = ("camera", "microphone")


def a_grant(room: str, identity: str = "u.ada", **more: object) -> Grant:
    return Grant(room=room, identity=identity, **{"publish": STAGE, "data": True, **more})


def read(token: str, **options: bool) -> dict:
    return jwt.decode(token, API_SECRET, algorithms=["HS256"], options=options)


async def until_present(rooms, room, condition):
    """Who is present, once that is as wanted."""
    async with asyncio.timeout(15):
        while True:
            present = await rooms.present(room)
            if present is not None and condition(present):
                return present
            await asyncio.sleep(0.05)


async def test_a_room_that_was_never_opened_is_unknown(engine):
    assert await engine.rooms.present(new_id()) is None


async def test_an_opened_room_is_known_and_empty(engine):
    room = new_id()
    await engine.rooms.open(room)
    assert await engine.rooms.present(room) == ()


async def test_opening_twice_and_closing_twice_do_no_harm(engine):
    room = new_id()
    await engine.rooms.open(room)
    await engine.rooms.open(room)
    await engine.rooms.close(room)
    await engine.rooms.close(room)
    assert await engine.rooms.present(room) is None


async def test_a_token_lets_in_and_its_bearer_is_present_with_tracks(engine, media_address):
    room = new_id()
    await engine.rooms.open(room)
    token = engine.rooms.token(a_grant(room, name="Ada"), utc_now()).token
    async with publishing(media_address, token) as ada:
        await ada.publish_audio()
        (found,) = await until_present(engine.rooms, room, lambda present: present and present[0].tracks)
    assert (found.identity, found.kind) == ("u.ada", "standard")
    assert found.sid.startswith("PA_")
    assert [track.source for track in found.tracks] == ["microphone"]
    assert abs((utc_now() - found.joined_at).total_seconds()) < 60


async def test_who_is_removed_is_gone(engine, media_address):
    room = new_id()
    await engine.rooms.open(room)
    token = engine.rooms.token(a_grant(room), utc_now()).token
    async with publishing(media_address, token):
        await until_present(engine.rooms, room, lambda present: len(present) == 1)
        await engine.rooms.remove(room, "u.ada")
        await until_present(engine.rooms, room, lambda present: not present)


async def test_removing_and_permitting_somebody_who_is_not_there_do_no_harm(engine):
    room = new_id()
    await engine.rooms.open(room)
    await engine.rooms.remove(room, "u.nobody")
    await engine.rooms.permit(a_grant(room, "u.nobody"))


async def test_a_permission_changes_an_open_connection(engine, media_address):
    room = new_id()
    await engine.rooms.open(room)
    token = engine.rooms.token(a_grant(room, publish=()), utc_now()).token
    async with publishing(media_address, token) as ada:
        await engine.rooms.permit(a_grant(room))
        await asyncio.wait_for(ada.publish_audio(), 15)
        await until_present(engine.rooms, room, lambda present: present and present[0].tracks)


async def test_a_server_that_is_not_there_is_unavailable():
    async with engine_at(nowhere()) as engine:
        with pytest.raises(MediaUnavailable):
            await engine.rooms.open(new_id())


async def test_a_server_that_does_not_answer_is_unavailable_within_the_deadline():
    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(1024):
            pass
        writer.close()

    server = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    async with server, engine_at(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}") as engine:
        began = time.monotonic()
        with pytest.raises(MediaUnavailable):
            await engine.rooms.open(new_id())
        assert DEADLINE_S - 0.5 < time.monotonic() - began < 3 * DEADLINE_S


async def test_a_wrong_secret_is_unavailable(media_address):
    async with engine_at(media_address.url, secret="x" * 32) as engine:
        with pytest.raises(MediaUnavailable):
            await engine.rooms.open(new_id())


def test_a_token_says_what_the_grant_says_and_lives_ten_minutes():
    tokens = MediaTokens(API_KEY, API_SECRET)
    made = tokens.issue(a_grant("r", name="Ada"), NOON)
    claims = jwt.decode(
        made.token, API_SECRET, algorithms=["HS256"], options={"verify_exp": False, "verify_nbf": False}
    )
    assert claims["exp"] - NOON.timestamp() == 600
    assert (made.expires_at - NOON).total_seconds() == 600
    assert (claims["iss"], claims["sub"], claims["name"]) == (API_KEY, "u.ada", "Ada")
    assert claims["video"] == {
        "roomJoin": True,
        "room": "r",
        "canPublish": True,
        "canSubscribe": True,
        "canPublishData": True,
        "canUpdateOwnMetadata": False,
        "canPublishSources": ["camera", "microphone"],
    }


def test_a_viewers_token_neither_publishes_nor_sends_data():
    made = MediaTokens(API_KEY, API_SECRET).issue(a_grant("r", publish=(), data=False), utc_now())
    video = jwt.decode(made.token, API_SECRET, algorithms=["HS256"])["video"]
    assert (video["canPublish"], video["canPublishData"], "canPublishSources" in video) == (
        False,
        False,
        False,
    )


def test_a_monitors_token_is_hidden():
    made = MediaTokens(API_KEY, API_SECRET).issue(a_grant("r", publish=(), hidden=True), utc_now())
    assert read(made.token)["video"]["hidden"] is True
