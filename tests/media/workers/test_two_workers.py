"""Two workers behind one address: what the conformance suite says of one server holds for them; and what is
new with several."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

pytest.importorskip("livekit.rtc")

import httpx
from livekit.protocol import ingress as proto
from livekit.protocol import room as rooms
from livekit.protocol import rtc
from websockets.asyncio.client import connect

from livehall.media.ingress.encoders import rtmp_socket
from livehall.media.serve import _listen
from livehall.media.workers.front import Front
from livehall.media.workers.place import worker_of
from tests.media.conformance import servers
from tests.media.conformance.conftest import Case
from tests.media.conformance.servers import Server
from tests.media.conformance.test_media import test_a_sound_is_heard  # noqa: F401
from tests.media.conformance.test_room_calls import *  # noqa: F403
from tests.media.conformance.test_webhooks import (  # noqa: F401
    test_a_stay_is_told_from_its_beginning_to_its_end,
    test_a_track_is_told_from_its_beginning_to_its_end,
    test_every_join_has_one_leave,
)
from tests.media.conftest import Hooks, Stage, settings
from tests.media.ingress import encoder
from tests.media.ingress.conftest import an_ingress
from tests.media.player import Player
from tests.support.processes import free_port, free_ports_in_a_row

pytestmark = pytest.mark.media
ROOMS = {worker_of(name, 2): name for name in ("hall", "yard", "attic", "cellar")}  # one of each worker


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with servers.ours(Path(tmp_path_factory.mktemp("workers")), workers=2, udp_port=0, tcp_port=0) as own:
        yield own


@pytest.fixture
async def case(server: Server) -> AsyncIterator[Case]:
    async with AsyncExitStack() as stack:
        yield Case(server, stack)


class TwoWorkers(Stage):
    def __init__(self, front: Front, stack: AsyncExitStack, hooks: Hooks) -> None:
        super().__init__(front, stack, hooks)  # type: ignore[arg-type]
        self.front = front

    def pid(self, number: int) -> int:
        assert self.front.pool is not None
        return self.front.pool.pid(number)


@pytest.fixture
async def stage(hooks: Hooks, tmp_path: Path) -> AsyncIterator[TwoWorkers]:
    first = free_ports_in_a_row(2)
    chosen = settings(hooks, tmp_path, workers=2, udp_port=first, tcp_port=0, rtmp_port=free_port())
    front = Front(chosen)
    await front.start(_listen("127.0.0.1", 0), rtmp_socket(chosen))
    try:
        async with AsyncExitStack() as stack:
            yield TwoWorkers(front, stack, hooks)
    finally:
        await front.stop()


async def listed(stage: Stage) -> dict[str, str]:
    answer = await (await stage.api()).room.list_rooms(rooms.ListRoomsRequest())
    return {room.name: room.sid for room in answer.rooms}


async def test_a_worker_that_dies_takes_only_its_rooms_and_comes_again(stage: TwoWorkers):
    assert stage.front.pool is not None
    people = [await stage.viewer(name, room) for name in ("ada", "bob") for room in ROOMS.values()]
    before = await listed(stage)
    assert set(before) == set(ROOMS.values())
    assert len({person.candidate.split()[5] for person in people}) == 2  # each worker has its own UDP port

    for number, room in ROOMS.items():  # a player by WHEP finds its room's worker, now and by its address
        async with Player(stage.http_url, stage.token("pip", room)) as player:
            await player.connect()
            assert player.where.startswith(f"{stage.http_url}/whep/session/{number}.")
            assert (await player.http.delete(player.where)).status_code == 200

    dead = stage.pid(0)
    os.kill(dead, signal.SIGKILL)
    assert await listed(stage) == {ROOMS[1]: before[ROOMS[1]]}  # asked while it is away
    assert stage.pid(0) != dead
    api = await stage.api()
    there = await api.room.list_participants(rooms.ListParticipantsRequest(room=ROOMS[1]))
    assert {each.identity for each in there.participants} == {"ada", "bob"}

    await stage.viewer("eve", ROOMS[0])
    after = await listed(stage)
    assert after[ROOMS[0]] != before[ROOMS[0]]
    assert after[ROOMS[1]] == before[ROOMS[1]]

    front_gone = stage.front.pool._processes[1]  # a worker whose front is gone ends by itself
    front_gone.stdin.close()
    assert await asyncio.wait_for(front_gone.wait(), 10) == 0


async def test_a_client_that_shows_two_tokens_is_at_the_home_of_its_room(case: Case):
    """One of the decoys names a room of the other worker, which must not open ours a second time."""
    door = f"{case.server.signal_url}/rtc?access_token="
    async with AsyncExitStack() as stack:
        for number, decoy in ROOMS.items():
            junk = case.token("junk", room=decoy, secret="x" * 32)
            first, second = case.token(f"first-{number}"), case.token(f"second-{number}")
            for url, headers in (
                (f"{door}{junk}&access_token={first}", {}),
                (f"{door}{junk}", {"Authorization": second}),
            ):
                socket = await stack.enter_async_context(connect(url, additional_headers=headers))
                said = rtc.SignalResponse.FromString(await asyncio.wait_for(socket.recv(decode=False), 10))
                assert said.WhichOneof("message") == "join"
        everybody = {f"{way}-{worker}" for way in ("first", "second") for worker in ROOMS}
        assert set(await case.participants()) == everybody
        listed = (await case.done("ListRooms", names=[case.room]))["rooms"]
        assert [each["num_participants"] for each in listed] == [4]


async def test_encoders_find_the_worker_of_their_room(stage: TwoWorkers):
    made = [
        await an_ingress(stage, kind, room_name=ROOMS[number])
        for kind in (proto.RTMP_INPUT, proto.WHIP_INPUT)
        for number in ROOMS
    ]
    async with AsyncExitStack() as stack:
        for info in made[:2]:
            await stack.enter_async_context(encoder.rtmp(info.url, info.stream_key))
        await stage.hooks.until("ingress_started", "ingress_started")
        told = [event for event in stage.hooks.events if event["event"] == "ingress_started"]
        assert {event["ingressInfo"]["roomName"] for event in told} == set(ROOMS.values())
    async with httpx.AsyncClient() as http:
        for info in made[2:]:
            headers = {"Authorization": f"Bearer {info.stream_key}", "Content-Type": "application/sdp"}
            assert (await http.post(info.url, content="v=0", headers=headers)).status_code == 400
        headers["Authorization"] = "Bearer of-nobody"
        assert (await http.post(info.url, content="v=0", headers=headers)).status_code == 401
    api = await stage.api()
    first = next(info for info in made if info.room_name == ROOMS[0])
    for room in (ROOMS[1], ROOMS[0], ROOMS[1]):  # it goes with its room to another worker
        await api.ingress.update_ingress(
            proto.UpdateIngressRequest(ingress_id=first.ingress_id, room_name=room)
        )
    found = (await api.ingress.list_ingress(proto.ListIngressRequest())).items
    assert sorted(each.ingress_id for each in found) == sorted(each.ingress_id for each in made)
    assert sum(each.room_name == ROOMS[1] for each in found) == 3
    for info in made:
        await api.ingress.delete_ingress(proto.DeleteIngressRequest(ingress_id=info.ingress_id))
    assert not (await api.ingress.list_ingress(proto.ListIngressRequest())).items


async def test_what_is_no_http_is_answered_as_such(server: Server):
    reader, writer = await asyncio.open_connection("127.0.0.1", int(server.url.rpartition(":")[2]))
    writer.write(b"\x16\x03\x01 nonsense\r\n\r\n")
    assert (await reader.readline()).startswith(b"HTTP/1.1 400")
    writer.close()
